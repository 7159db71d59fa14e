//! How high the ground is at a place.

use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

use lantu_base::{RasterGrid, RasterKind};

use crate::raster::{RasterCache, RasterPyramid, Window, height_window, level_for, mix_heights};

/// How high the ground is at a place.
pub trait HeightField: Sync {
    /// Measured height of the ground at easting `x` and northing `y`, meters; `None` where nobody measured.
    fn height(&self, x: f64, y: f64) -> Option<f64>;

    /// Height of the ground as it is drawn, also where nobody measured.
    fn ground(&self, x: f64, y: f64) -> f64 {
        self.height(x, y).unwrap_or(0.0)
    }

    /// Distance of two measured heights, meters; infinite for flat ground.
    fn spacing_m(&self) -> f64;
}

/// Flat ground of one height, for a project without elevation.
#[derive(Clone, Copy, Debug)]
pub struct FlatGround(pub f64);

impl HeightField for FlatGround {
    fn height(&self, _x: f64, _y: f64) -> Option<f64> {
        None
    }

    fn ground(&self, _x: f64, _y: f64) -> f64 {
        self.0
    }

    fn spacing_m(&self) -> f64 {
        f64::INFINITY
    }
}

/// Distance over which the ground goes over to the base height beyond the last measured one, meters.
/// Chosen: gentle enough not to read as a cliff around a small survey.
const FADE_M: f64 = 150.0;

/// Elevation rasters; bilinear between pixels, nodata left out. Models of the ground win over surface models, which have
/// roofs and crowns; of one kind the finest that covers a place, and of equally fine ones the later.
///
/// Reads tiles as they are needed. Beyond all rasters the ground goes from the height at the nearest edge to the
/// base height.
pub struct ElevationStack<'a> {
    /// The one that wins first.
    rasters: Vec<&'a RasterPyramid>,
    cache: &'a RasterCache,
    base_height_m: f64,
    texel_m: f64,
    /// The window used last, by raster: neighboring questions come one after the other.
    recent: Mutex<Vec<Option<Block>>>,
}

/// Sorts elevation rasters so that the one that wins stands first: ground before surfaces, fine before coarse.
pub fn precedence(a: &RasterGrid, b: &RasterGrid) -> Ordering {
    let surface = |r: &RasterGrid| r.kind == RasterKind::Surface;
    surface(a).cmp(&surface(b)).then(a.gsd_m.total_cmp(&b.gsd_m))
}

/// Which block of pixels, and its pixels.
type Block = ([i64; 2], Window<f32>);

/// Edge of the windows that are kept for neighboring questions, in pixels.
const BLOCK_PX: f64 = 64.0;

impl<'a> ElevationStack<'a> {
    /// A stack at the finest level of each raster.
    pub fn new(rasters: &'a [RasterPyramid], cache: &'a RasterCache, base_height_m: f64) -> Self {
        Self::at_spacing(rasters, cache, base_height_m, 0.0)
    }

    /// A stack at the level of each raster whose pixels are closest to `texel_m`.
    pub fn at_spacing(
        rasters: &'a [RasterPyramid],
        cache: &'a RasterCache,
        base_height_m: f64,
        texel_m: f64,
    ) -> Self {
        // Of those that are equal the later stands first.
        let mut rasters: Vec<_> = rasters.iter().rev().collect();
        rasters.sort_by(|a, b| precedence(&a.grid, &b.grid));
        let recent = Mutex::new(rasters.iter().map(|_| None).collect());
        Self { rasters, cache, base_height_m, texel_m, recent }
    }

    fn sample(&self, ix: usize, x: f64, y: f64) -> Option<f64> {
        let raster = self.rasters.get(ix)?;
        let level = level_for(&raster.grid, self.texel_m);
        let edge = raster.grid.gsd_at(level) * BLOCK_PX;
        let block = [x, y].map(|v| crate::raster::to_i64((v / edge).floor()));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = recent.get_mut(ix)?;
        if slot.as_ref().is_none_or(|(at, _)| *at != block) {
            let [w, s] = block.map(|b| b as f64 * edge);
            let extent = [w, s, w + edge, s + edge];
            *slot = Some((block, height_window(raster, self.cache, level, extent)?));
        }
        slot.as_ref().and_then(|(_, window)| mix_heights(window.neighbors(x, y)))
    }

    /// Height at the nearest place inside a raster, and how far away that is, meters.
    fn nearest(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let mut best: Option<(f64, f64)> = None;
        for (ix, raster) in self.rasters.iter().enumerate() {
            let [w, s, e, n] = raster.grid.extent();
            let half = raster.grid.gsd_m * 0.5;
            if e - w < 2.0 * half || n - s < 2.0 * half {
                continue;
            }
            let (cx, cy) = (x.clamp(w + half, e - half), y.clamp(s + half, n - half));
            let distance = (x - cx).hypot(y - cy);
            if distance < FADE_M
                && best.is_none_or(|b| distance < b.1)
                && let Some(h) = self.sample(ix, cx, cy)
            {
                best = Some((h, distance));
            }
        }
        best
    }
}

impl HeightField for ElevationStack<'_> {
    fn height(&self, x: f64, y: f64) -> Option<f64> {
        (0..self.rasters.len()).find_map(|ix| {
            let [w, s, e, n] = self.rasters.get(ix)?.grid.extent();
            if x < w || x > e || y < s || y > n { None } else { self.sample(ix, x, y) }
        })
    }

    fn ground(&self, x: f64, y: f64) -> f64 {
        if let Some(h) = self.height(x, y) {
            return h;
        }
        self.nearest(x, y).map_or(self.base_height_m, |(h, distance)| {
            let t = (distance / FADE_M).clamp(0.0, 1.0);
            let smooth = t * t * (3.0 - 2.0 * t);
            h + (self.base_height_m - h) * smooth
        })
    }

    fn spacing_m(&self) -> f64 {
        self.rasters.first().map_or(f64::INFINITY, |r| r.grid.gsd_at(level_for(&r.grid, self.texel_m)))
    }
}
