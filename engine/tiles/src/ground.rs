//! Composing a ground tile: heights from elevation rasters, texture from orthophotos.

use lantu_base::{Bounds, WorldPoint};

use glam::DVec3;

use crate::ground_tile::{GroundTile, GroundTileId};
use crate::height::{ElevationStack, HeightField};
use crate::raster::{RasterCache, RasterPyramid, Window, color_window, height_window, level_for};
use crate::raster_pack::RasterPixels;

/// How an orthophoto lies on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoLook {
    /// How much it covers what lies under it, 0 to 1; 0 hides it.
    pub opacity: f32,
    /// Lies only right of the line of a swipe; the others on both sides.
    pub right_only: bool,
}

impl PhotoLook {
    /// Covers what lies under it.
    pub const OPAQUE: Self = Self { opacity: 1.0, right_only: false };
    /// Is not there.
    pub const HIDDEN: Self = Self { opacity: 0.0, right_only: false };
}

/// An orthophoto on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundPhoto {
    /// Its pixels.
    pub raster: RasterPyramid,
    /// How it lies there.
    pub look: PhotoLook,
}

impl From<RasterPyramid> for GroundPhoto {
    fn from(raster: RasterPyramid) -> Self {
        Self { raster, look: PhotoLook::OPAQUE }
    }
}

/// What the ground is made of.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GroundSource {
    /// Orthophotos, lowest first: later ones lie over earlier ones.
    pub imagery: Vec<GroundPhoto>,
    /// Elevation rasters, lowest first: see [`ElevationStack`] for which wins.
    pub elevation: Vec<RasterPyramid>,
    /// Height where nobody measured, meters; see [`GroundSource::median_height`].
    pub base_height_m: f64,
    /// Ground is also drawn here, in a neutral color: west, south, east, north, meters.
    pub background: Option<[f64; 4]>,
}

/// Heights per side of a ground tile. Chosen: one height per eight texels.
pub const GROUND_N: u32 = 33;
/// Edge of a ground tile's texture in pixels.
pub const GROUND_TEXTURE_PX: u32 = 256;
/// Ground without orthophoto: a calm light gray-green.
pub const GROUND_COLOR: [u8; 3] = [196, 201, 188];

impl GroundSource {
    /// Rectangles that the ground covers: west, south, east, north of each raster and of the background.
    pub fn extents(&self) -> Vec<[f64; 4]> {
        let photos = self.imagery.iter().map(|p| &p.raster);
        photos
            .chain(&self.elevation)
            .map(|r| r.grid.extent())
            .chain(self.background)
            .filter(|[w, s, e, n]| w < e && s < n)
            .collect()
    }

    /// The middle one of all heights in the coarsest tiles; `None` without elevation.
    pub fn median_height(&self, cache: &RasterCache) -> Option<f64> {
        let mut heights: Vec<f32> = Vec::new();
        for raster in &self.elevation {
            let level = raster.grid.n_levels.saturating_sub(1);
            let coord = lantu_base::TileCoord { level, col: 0, row: 0 };
            if let Some(tile) = cache.tile(raster, coord)
                && let RasterPixels::Height(v) = &tile.pixels
            {
                heights.extend(v.iter().filter(|h| h.is_finite()));
            }
        }
        heights.sort_by(f32::total_cmp);
        heights.get(heights.len() / 2).map(|&h| f64::from(h))
    }
}

/// Composes one ground tile. Pure: the same source and id give the same bytes.
///
/// The texture is opaque on the ground and has alpha 0 beyond it (see [`GroundSource::extents`]), where nothing
/// is to be drawn. Packs that cannot be read count as nodata, see [`RasterCache::problems`].
pub fn compose_ground(id: GroundTileId, source: &GroundSource, cache: &RasterCache) -> GroundTile {
    let [west, south, east, north] = id.extent();
    let spacing_m = GroundTileId::edge_at(id.level) / f64::from(GROUND_N - 1);
    let stack = ElevationStack::at_spacing(&source.elevation, cache, source.base_height_m, spacing_m);
    // One ring of heights more than the tile has: what a vertex shows depends on its neighbors.
    let mut measured = Vec::with_capacity((GROUND_N * GROUND_N) as usize);
    let wide = GROUND_N + 2;
    let mut around = Vec::with_capacity((wide * wide) as usize);
    for row in 0..wide {
        for col in 0..wide {
            let (x, y) =
                (west + (f64::from(col) - 1.0) * spacing_m, south + (f64::from(row) - 1.0) * spacing_m);
            let height = stack.height(x, y);
            if (1..=GROUND_N).contains(&row) && (1..=GROUND_N).contains(&col) {
                measured.push(height.is_some());
            }
            around.push(height.unwrap_or_else(|| stack.ground(x, y)));
        }
    }
    let absolute = keep_walls_inside(&around, wide as usize);
    let low = absolute.iter().copied().fold(f64::INFINITY, f64::min);
    let high = absolute.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let origin = WorldPoint::new(west, south, low.floor());
    #[expect(clippy::cast_possible_truncation, reason = "relative heights fit f32 to 0.1 mm")]
    let heights = absolute.iter().map(|h| (h - origin.0.z) as f32).collect();
    let geometric_error_m = geometric_error(source, id);
    #[expect(clippy::cast_possible_truncation, reason = "a few meters")]
    let skirt_m = (spacing_m * 2.0 + (high - low) * 0.25).min(GroundTileId::edge_at(id.level)) as f32;
    let (texture, texture_right) = textures(id, source, cache);
    GroundTile {
        id,
        origin,
        bounds: Bounds::new(DVec3::new(west, south, low), DVec3::new(east, north, high)),
        n: GROUND_N,
        spacing_m,
        heights,
        measured,
        texture_px: GROUND_TEXTURE_PX,
        texture,
        texture_right,
        skirt_m,
        geometric_error_m,
    }
}

/// A step between neighboring heights that is a wall and not a slope, meters. Chosen: above curbs, walls of pits
/// and river banks at the spacings that are seen close by, below a storey.
const WALL_M: f64 = 1.8;

/// The inner heights of a square of `wide` × `wide`, where every height beside a wall is taken from its foot.
///
/// A coarse grid cannot show the walls of a surface model: between a roof and the ground it would slope across
/// the street. Taking the foot, the slope falls inside the building, and the ground around it stays exact.
fn keep_walls_inside(around: &[f64], wide: usize) -> Vec<f64> {
    let at = |row: usize, col: usize| around.get(row * wide + col).copied();
    let mut out = Vec::with_capacity(around.len());
    for row in 1..wide.saturating_sub(1) {
        for col in 1..wide - 1 {
            let own = at(row, col).unwrap_or(0.0);
            let near = (row - 1..=row + 1).flat_map(|r| (col - 1..=col + 1).filter_map(move |c| at(r, c)));
            let foot = near.fold(own, f64::min);
            out.push(if own - foot > WALL_M { foot } else { own });
        }
    }
    out
}

/// How far a surface with `spacing` between heights lies from the finest one, as a part of the spacing.
/// Chosen: a step of a tenth per cell is what terrain and roofs at construction sites show on average.
const ERROR_PER_SPACING: f64 = 0.1;

/// How far a tile's surface may lie from the finest one, meters; 0 where no raster is finer.
fn geometric_error(source: &GroundSource, id: GroundTileId) -> f64 {
    let spacing = GroundTileId::edge_at(id.level) / f64::from(GROUND_N - 1);
    let extent = id.extent();
    let reaches = |r: &&RasterPyramid| overlap(extent, r.grid.extent());
    let finest = source.elevation.iter().filter(reaches).map(|r| r.grid.gsd_m).fold(f64::INFINITY, f64::min);
    error_of_spacing(spacing, finest)
}

/// Error of a surface with `spacing` where the finest raster has pixels of `gsd_m`, meters.
pub(crate) fn error_of_spacing(spacing_m: f64, gsd_m: f64) -> f64 {
    if spacing_m > gsd_m * 1.01 { spacing_m * ERROR_PER_SPACING } else { 0.0 }
}

/// Whether two rectangles (west, south, east, north) share an area.
pub(crate) fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// A photo around a tile, how opaque it is, and whether it lies only right of the line of a swipe.
type PhotoWindow = (Window<[u8; 4]>, f64, bool);

/// The picture left of the line of a swipe, and the one right of it where that is another one.
fn textures(id: GroundTileId, source: &GroundSource, cache: &RasterCache) -> (Vec<u8>, Option<Vec<u8>>) {
    let extent = id.extent();
    let texel_m = GroundTileId::edge_at(id.level) / f64::from(GROUND_TEXTURE_PX);
    let covered: Vec<[f64; 4]> = source.extents().into_iter().filter(|e| overlap(extent, *e)).collect();
    let photos = source.imagery.iter().filter(|p| overlap(extent, p.raster.grid.extent()));
    let windows: Vec<PhotoWindow> = photos
        .filter_map(|p| {
            let window = color_window(&p.raster, cache, level_for(&p.raster.grid, texel_m), extent)?;
            Some((window, f64::from(p.look.opacity.clamp(0.0, 1.0)), p.look.right_only))
        })
        .collect();
    let both: Vec<&PhotoWindow> = windows.iter().filter(|(_, _, right_only)| !right_only).collect();
    let all: Vec<&PhotoWindow> = windows.iter().collect();
    let differ = both.len() < all.len();
    (texture(id, &covered, &both), differ.then(|| texture(id, &covered, &all)))
}

fn texture(id: GroundTileId, covered: &[[f64; 4]], windows: &[&PhotoWindow]) -> Vec<u8> {
    let [west, _, _, north] = id.extent();
    let texel_m = GroundTileId::edge_at(id.level) / f64::from(GROUND_TEXTURE_PX);
    let mut texture = Vec::with_capacity((GROUND_TEXTURE_PX * GROUND_TEXTURE_PX * 4) as usize);
    for row in 0..GROUND_TEXTURE_PX {
        for col in 0..GROUND_TEXTURE_PX {
            let x = west + (f64::from(col) + 0.5) * texel_m;
            let y = north - (f64::from(row) + 0.5) * texel_m;
            let inside = covered.iter().any(|&[w, s, e, n]| x >= w && x <= e && y >= s && y <= n);
            let mut color = GROUND_COLOR.map(f64::from);
            for (window, opacity, _) in windows {
                over(&mut color, window.neighbors(x, y), *opacity);
            }
            let [r, g, b] = color.map(to_u8);
            texture.extend([r, g, b, if inside { 255 } else { 0 }]);
        }
    }
    texture
}

/// Lays the bilinear mean of four pixels over a color; alpha weighs the colors, so nodata leaves no fringe.
fn over(color: &mut [f64; 3], neighbors: [(Option<[u8; 4]>, f64); 4], opacity: f64) {
    let (mut sum, mut alpha) = ([0.0; 3], 0.0);
    for (pixel, weight) in neighbors {
        let Some([r, g, b, a]) = pixel else { continue };
        let w = weight * opacity * f64::from(a) / 255.0;
        alpha += w;
        for (s, c) in sum.iter_mut().zip([r, g, b]) {
            *s += w * f64::from(c);
        }
    }
    for (c, s) in color.iter_mut().zip(sum) {
        *c = *c * (1.0 - alpha) + s;
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before the cast")]
fn to_u8(v: f64) -> u8 {
    v.round().clamp(0.0, 255.0) as u8
}

/// Lowest and highest measured height of blocks of a raster, for boxes of tiles that are not loaded.
pub(crate) struct HeightRange {
    extent: [f64; 4],
    gsd_m: f64,
    /// Low and high of each block, row by row from the northwest; an empty block has low > high.
    blocks: Vec<(f32, f32)>,
    n: [usize; 2],
    block_m: f64,
}

/// Blocks per side at most.
const MAX_BLOCKS: usize = 64;

impl HeightRange {
    /// Reads a level of at most 1024 pixels a side; heights in between may lie outside by a margin that
    /// [`HeightRange::over`] adds.
    pub(crate) fn new(raster: &RasterPyramid, cache: &RasterCache) -> Self {
        let grid = &raster.grid;
        let small = |level: &u32| grid.size_at(*level).iter().all(|&n| n <= 1024);
        let level = (0..grid.n_levels).find(small).unwrap_or(grid.n_levels.saturating_sub(1));
        let [width, height] = grid.size_at(level).map(|n| n as usize);
        let block_px = width.max(height).div_ceil(MAX_BLOCKS).max(1);
        let n = [width.div_ceil(block_px), height.div_ceil(block_px)];
        let mut blocks = vec![(f32::INFINITY, f32::NEG_INFINITY); n[0] * n[1]];
        if let Some(window) = height_window(raster, cache, level, grid.extent()) {
            for (y, row) in window.pixels().chunks(width.max(1)).enumerate() {
                for (x, &h) in row.iter().enumerate().filter(|(_, h)| h.is_finite()) {
                    if let Some(b) = blocks.get_mut(y / block_px * n[0] + x / block_px) {
                        *b = (b.0.min(h), b.1.max(h));
                    }
                }
            }
        }
        let block_m = grid.gsd_at(level) * block_px as f64;
        Self { extent: grid.extent(), gsd_m: grid.gsd_m, blocks, n, block_m }
    }

    pub(crate) fn extent(&self) -> [f64; 4] {
        self.extent
    }

    pub(crate) fn gsd_m(&self) -> f64 {
        self.gsd_m
    }

    /// Lowest and highest height within `extent`, with a margin for what the coarse level smoothed away.
    pub(crate) fn over(&self, extent: [f64; 4]) -> Option<(f64, f64)> {
        if !overlap(extent, self.extent) {
            return None;
        }
        let block = |d: f64, n: usize| {
            let last = n.saturating_sub(1);
            usize::try_from(crate::raster::to_i64((d / self.block_m).floor())).unwrap_or(0).min(last)
        };
        let (x0, x1) =
            (block(extent[0] - self.extent[0], self.n[0]), block(extent[2] - self.extent[0], self.n[0]));
        let (y0, y1) =
            (block(self.extent[3] - extent[3], self.n[1]), block(self.extent[3] - extent[1], self.n[1]));
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for y in y0..=y1 {
            for x in x0..=x1 {
                if let Some(b) = self.blocks.get(y * self.n[0] + x) {
                    (low, high) = (low.min(b.0), high.max(b.1));
                }
            }
        }
        let margin = 3.0 + 0.25 * f64::from(high - low);
        (low <= high).then(|| (f64::from(low) - margin, f64::from(high) + margin))
    }
}
