//! Raster pyramids and the cache of their decoded tiles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lantu_base::{Code, Diagnostic, RasterGrid, Severity, TileCoord};
use serde::{Deserialize, Serialize};

use crate::io::PackStore;
use crate::pack::PackHash;
use crate::raster_pack::{RasterPixels, RasterTile, decode_raster_tile};

/// Which tiles a raster has, and under which names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RasterPyramid {
    /// Where it lies and how it is cut.
    pub grid: RasterGrid,
    /// Packs by place; a tile that is not here holds only nodata.
    pub tiles: BTreeMap<TileCoord, PackHash>,
}

/// Reads raster tiles and keeps the ones used last, up to a number of bytes.
///
/// A tile that cannot be read counts as nodata and is reported once, see [`RasterCache::problems`].
pub struct RasterCache {
    store: Arc<dyn PackStore>,
    state: Mutex<State>,
    budget_bytes: usize,
}

#[derive(Default)]
struct State {
    tiles: BTreeMap<PackHash, (Option<Arc<RasterTile>>, u64)>,
    /// Names by the time of their last use.
    by_age: BTreeMap<u64, PackHash>,
    clock: u64,
    bytes: usize,
    problems: BTreeMap<PackHash, String>,
}

impl RasterCache {
    /// A cache that keeps at most `budget_bytes` of decoded tiles, and always the one read last.
    pub fn new(store: Arc<dyn PackStore>, budget_bytes: usize) -> Self {
        Self { store, state: Mutex::default(), budget_bytes }
    }

    /// A decoded tile; `None` where the pyramid has none or it cannot be read.
    pub fn tile(&self, pyramid: &RasterPyramid, coord: TileCoord) -> Option<Arc<RasterTile>> {
        let hash = *pyramid.tiles.get(&coord)?;
        {
            let mut state = self.lock();
            state.clock += 1;
            let now = state.clock;
            if let Some((tile, used)) = state.tiles.get_mut(&hash) {
                let (tile, before) = (tile.clone(), std::mem::replace(used, now));
                state.by_age.remove(&before);
                state.by_age.insert(now, hash);
                return tile;
            }
        }
        // Read without the lock: two threads may read the same tile once each, none waits for another's disk.
        let read = self.store.read(hash).and_then(|pack| decode_raster_tile(&pack));
        let mut state = self.lock();
        let tile = match read {
            Ok(tile) if tile.px == RasterGrid::TILE_PX => Some(Arc::new(tile)),
            Ok(tile) => {
                state.problems.insert(hash, format!("its edge is {} pixels", tile.px));
                None
            }
            Err(e) => {
                state.problems.insert(hash, e.to_string());
                None
            }
        };
        state.insert(hash, tile.clone());
        state.shrink(self.budget_bytes);
        tile
    }

    /// Tiles that could not be read since the cache was made, in the order of their names.
    pub fn problems(&self) -> Vec<Diagnostic> {
        let state = self.lock();
        let say = |(hash, what): (&PackHash, &String)| {
            let text = format!("A raster tile cannot be read and is shown as nodata: {what}.");
            Diagnostic::new(Code::new("tiles.raster_unreadable"), Severity::Error, hash.to_string(), text)
        };
        state.problems.iter().map(say).collect()
    }

    /// Bytes of decoded tiles that are kept now.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn insert(&mut self, hash: PackHash, tile: Option<Arc<RasterTile>>) {
        self.clock += 1;
        self.bytes += tile.as_ref().map_or(0, |t| t.bytes());
        if let Some((old, used)) = self.tiles.insert(hash, (tile, self.clock)) {
            self.bytes -= old.map_or(0, |t| t.bytes());
            self.by_age.remove(&used);
        }
        self.by_age.insert(self.clock, hash);
    }

    fn shrink(&mut self, budget: usize) {
        while self.bytes > budget
            && self.by_age.len() > 1
            && let Some((_, hash)) = self.by_age.pop_first()
        {
            let old = self.tiles.remove(&hash).and_then(|(tile, _)| tile);
            self.bytes -= old.map_or(0, |t| t.bytes());
        }
    }
}

/// Which pixels of a level: half-open columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PixelRect {
    x0: i64,
    y0: i64,
    x1: i64,
    y1: i64,
}

/// Pixels of one level of a pyramid around one place, copied out of its tiles.
pub(crate) struct Window<T> {
    rect: PixelRect,
    /// West and north edge of pixel 0/0 of the level, meters.
    west_north: [f64; 2],
    gsd_m: f64,
    pixels: Vec<T>,
}

/// What a raster says about one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PixelValue {
    /// Red, green, blue of the pixel that holds the place, sRGB.
    Color([u8; 3]),
    /// Height between the four pixels around it, meters.
    Height(f64),
}

impl RasterPyramid {
    /// What the finest level says about a place, easting and northing in meters; `None` where it has no data, or
    /// where its pack cannot be read, see [`RasterCache::problems`].
    pub fn value_at(&self, cache: &RasterCache, [x, y]: [f64; 2]) -> Option<PixelValue> {
        let extent = [x, y, x, y];
        if self.grid.kind.is_height() {
            let heights = height_window(self, cache, 0, extent)?;
            return mix_heights(heights.neighbors(x, y)).map(PixelValue::Height);
        }
        let around = color_window(self, cache, 0, extent)?.neighbors(x, y);
        let (pixel, _) = around.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        pixel.filter(|[.., alpha]| *alpha > 0).map(|[r, g, b, _]| PixelValue::Color([r, g, b]))
    }
}

/// The level of a pyramid whose pixels are closest to `texel_m`.
pub(crate) fn level_for(grid: &RasterGrid, texel_m: f64) -> u32 {
    let last = grid.n_levels.saturating_sub(1);
    (0..last).find(|&level| grid.gsd_at(level) * std::f64::consts::SQRT_2 >= texel_m).unwrap_or(last)
}

impl<T: Copy> Window<T> {
    /// Bilinear neighborhood of a place: four pixels and the weight of each. `None` pixels lie outside.
    pub(crate) fn neighbors(&self, x: f64, y: f64) -> [(Option<T>, f64); 4] {
        let u = (x - self.west_north[0]) / self.gsd_m - 0.5;
        let v = (self.west_north[1] - y) / self.gsd_m - 0.5;
        let (c, r) = (u.floor(), v.floor());
        let (fx, fy) = (u - c, v - r);
        let (c, r) = (to_i64(c), to_i64(r));
        [
            (self.at(c, r), (1.0 - fx) * (1.0 - fy)),
            (self.at(c + 1, r), fx * (1.0 - fy)),
            (self.at(c, r + 1), (1.0 - fx) * fy),
            (self.at(c + 1, r + 1), fx * fy),
        ]
    }

    fn at(&self, col: i64, row: i64) -> Option<T> {
        let PixelRect { x0, y0, x1, y1 } = self.rect;
        if col < x0 || col >= x1 || row < y0 || row >= y1 {
            return None;
        }
        let ix = (row - y0) * (x1 - x0) + (col - x0);
        self.pixels.get(usize::try_from(ix).ok()?).copied()
    }

    /// All pixels, row by row from the northwest.
    pub(crate) fn pixels(&self) -> &[T] {
        &self.pixels
    }
}

/// Which pixels of a level touch `extent` (west, south, east, north), one more on each side; `None` if none do.
fn rect_for(grid: &RasterGrid, level: u32, extent: [f64; 4]) -> Option<PixelRect> {
    let gsd = grid.gsd_at(level);
    let [west, north] = grid.west_north;
    let [nx, ny] = grid.size_at(level).map(i64::from);
    let rect = PixelRect {
        x0: to_i64(((extent[0] - west) / gsd).floor()).saturating_sub(1).max(0),
        y0: to_i64(((north - extent[3]) / gsd).floor()).saturating_sub(1).max(0),
        x1: to_i64(((extent[2] - west) / gsd).ceil()).saturating_add(1).min(nx),
        y1: to_i64(((north - extent[1]) / gsd).ceil()).saturating_add(1).min(ny),
    };
    (rect.x0 < rect.x1 && rect.y0 < rect.y1 && gsd > 0.0).then_some(rect)
}

/// Pixels per side of a window at most; more would mean that the level does not suit the request.
const MAX_WINDOW_PX: i64 = 4096;

/// Copies the pixels of `level` around `extent` out of their tiles; `nodata` where there are none.
///
/// `copy` appends one row segment `[from, to)` of a decoded tile into the given slice.
fn window<T: Copy>(
    (pyramid, cache): (&RasterPyramid, &RasterCache),
    level: u32,
    extent: [f64; 4],
    nodata: T,
    row_of: impl for<'t> Fn(&'t RasterTile, usize, usize) -> Option<&'t [T]>,
) -> Option<Window<T>> {
    let grid = &pyramid.grid;
    let rect = rect_for(grid, level, extent)?;
    let (width, height) = (rect.x1 - rect.x0, rect.y1 - rect.y0);
    if width > MAX_WINDOW_PX || height > MAX_WINDOW_PX {
        return None;
    }
    let mut pixels = vec![nodata; usize::try_from(width * height).ok()?];
    let px = i64::from(RasterGrid::TILE_PX);
    for row in rect.y0 / px..=(rect.y1 - 1) / px {
        for col in rect.x0 / px..=(rect.x1 - 1) / px {
            let coord = TileCoord { level, col: u32::try_from(col).ok()?, row: u32::try_from(row).ok()? };
            let Some(tile) = cache.tile(pyramid, coord) else { continue };
            let (x0, x1) = (rect.x0.max(col * px), rect.x1.min((col + 1) * px));
            for y in rect.y0.max(row * px)..rect.y1.min((row + 1) * px) {
                let from = usize::try_from((y - row * px) * px + x0 - col * px).ok()?;
                let n = usize::try_from(x1 - x0).ok()?;
                let to = usize::try_from((y - rect.y0) * width + x0 - rect.x0).ok()?;
                if let (Some(to), Some(from)) = (pixels.get_mut(to..to + n), row_of(&tile, from, n)) {
                    to.copy_from_slice(from);
                }
            }
        }
    }
    Some(Window { rect, west_north: grid.west_north, gsd_m: grid.gsd_at(level), pixels })
}

/// Colors of `level` around `extent`; alpha 0 where there are none. `None` if the raster does not reach there.
pub(crate) fn color_window(
    pyramid: &RasterPyramid,
    cache: &RasterCache,
    level: u32,
    extent: [f64; 4],
) -> Option<Window<[u8; 4]>> {
    window((pyramid, cache), level, extent, [0; 4], |tile, from, n| match &tile.pixels {
        RasterPixels::Color(v) => v.as_chunks::<4>().0.get(from..from + n),
        RasterPixels::Height(_) => None,
    })
}

/// Heights of `level` around `extent`; NaN where there are none. `None` if the raster does not reach there.
pub(crate) fn height_window(
    pyramid: &RasterPyramid,
    cache: &RasterCache,
    level: u32,
    extent: [f64; 4],
) -> Option<Window<f32>> {
    window((pyramid, cache), level, extent, f32::NAN, |tile, from, n| match &tile.pixels {
        RasterPixels::Height(v) => v.get(from..from + n),
        RasterPixels::Color(_) => None,
    })
}

/// Bilinear height of four neighbors; nodata takes no part; `None` when the nearest pixel is nodata.
pub(crate) fn mix_heights(neighbors: [(Option<f32>, f64); 4]) -> Option<f64> {
    let (mut sum, mut weights, mut nearest) = (0.0, 0.0, (0.0, false));
    for (height, weight) in neighbors {
        let height = height.filter(|h| h.is_finite());
        if weight > nearest.0 {
            nearest = (weight, height.is_some());
        }
        if let Some(h) = height {
            sum += f64::from(h) * weight;
            weights += weight;
        }
    }
    (nearest.1 && weights > 0.0).then(|| sum / weights)
}

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
pub(crate) fn to_i64(v: f64) -> i64 {
    v as i64
}
