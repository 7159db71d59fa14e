//! Which ground tiles to draw, to load and to keep: a pure function of index, view and residency.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use glam::DVec3;
use lantu_base::Bounds;

use crate::ground::{GROUND_N, GROUND_TEXTURE_PX, GroundSource, HeightRange, error_of_spacing, overlap};
use crate::ground_tile::GroundTileId;
use crate::raster::RasterCache;
use crate::view::View;

/// What selection knows of the ground without composing it.
pub struct GroundSourceIndex {
    extents: Vec<[f64; 4]>,
    /// Extent and pixel size of each orthophoto.
    imagery: Vec<([f64; 4], f64)>,
    elevation: Vec<HeightRange>,
    base_height_m: f64,
    roots: Vec<GroundTileId>,
}

/// What to do for one view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroundSelection {
    /// Resident tiles to draw, without overlap and without holes; in the order of their ids.
    pub draw: Vec<GroundTileId>,
    /// Missing tiles, most urgent first, with how large their absence appears in pixels.
    pub load: Vec<(GroundTileId, f64)>,
    /// Tiles to keep in memory: those drawn, their ancestors and siblings; in the order of their ids.
    pub keep: Vec<GroundTileId>,
}

/// Tiles drawn at once at most. Chosen: 4 times what fills a 4K screen at one texel a pixel (8294400 / 256²).
const MAX_TILES: usize = 512;
/// Roots at most; the root level is the finest that stays below.
const MAX_ROOTS: usize = 4;

impl GroundSourceIndex {
    /// Reads extents, pixel sizes, and one coarse level of each elevation raster.
    pub fn new(source: &GroundSource, cache: &RasterCache) -> Self {
        let extents = source.extents();
        let roots = roots(&extents);
        Self {
            imagery: source.imagery.iter().map(|r| (r.grid.extent(), r.grid.gsd_m)).collect(),
            elevation: source.elevation.iter().map(|r| HeightRange::new(r, cache)).collect(),
            base_height_m: source.base_height_m,
            extents,
            roots,
        }
    }

    /// Box around a tile, with room for heights that are not known before it is composed.
    pub fn bounds(&self, id: GroundTileId) -> Bounds {
        let extent = id.extent();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (l, h) in self.elevation.iter().filter_map(|e| e.over(extent)) {
            (low, high) = (low.min(l), high.max(h));
        }
        let measured = self.elevation.iter().any(|e| {
            let [w, s, x, n] = e.extent();
            extent[0] >= w && extent[1] >= s && extent[2] <= x && extent[3] <= n
        });
        if !measured || low > high {
            // Beyond the rasters the ground fades from their edges to the base height.
            let near = [extent[0] - 200.0, extent[1] - 200.0, extent[2] + 200.0, extent[3] + 200.0];
            for (l, h) in self.elevation.iter().filter_map(|e| e.over(near)) {
                (low, high) = (low.min(l), high.max(h));
            }
            (low, high) = (low.min(self.base_height_m - 1.0), high.max(self.base_height_m + 1.0));
        }
        Bounds::new(DVec3::new(extent[0], extent[1], low), DVec3::new(extent[2], extent[3], high))
    }

    /// Box around all ground; empty without any.
    pub fn all(&self) -> Bounds {
        self.roots.iter().fold(Bounds::EMPTY, |b, &id| b.union(self.bounds(id)))
    }

    fn exists(&self, id: GroundTileId) -> bool {
        let extent = id.extent();
        self.extents.iter().any(|&e| overlap(extent, e))
    }

    /// How far a tile is from the finest that there is, meters; 0 if nothing finer is there.
    fn error_m(&self, id: GroundTileId) -> f64 {
        let extent = id.extent();
        let edge = GroundTileId::edge_at(id.level);
        let texel = edge / f64::from(GROUND_TEXTURE_PX);
        let finest = |sizes: &mut dyn Iterator<Item = ([f64; 4], f64)>| {
            sizes.filter(|(e, _)| overlap(extent, *e)).map(|(_, gsd)| gsd).fold(f64::INFINITY, f64::min)
        };
        let photo = finest(&mut self.imagery.iter().copied());
        let relief = finest(&mut self.elevation.iter().map(|e| (e.extent(), e.gsd_m())));
        let blurred = if texel > photo * 1.01 { texel } else { 0.0 };
        blurred.max(error_of_spacing(edge / f64::from(GROUND_N - 1), relief))
    }

    fn children(&self, id: GroundTileId) -> Vec<GroundTileId> {
        id.children().into_iter().flatten().filter(|&c| self.exists(c)).collect()
    }
}

fn roots(extents: &[[f64; 4]]) -> Vec<GroundTileId> {
    let all = extents
        .iter()
        .copied()
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let Some([west, south, east, north]) = all else { return Vec::new() };
    if ![west, south, east, north].iter().all(|v| v.is_finite() && v.abs() < 1e9) {
        return Vec::new();
    }
    for level in 0..=GroundTileId::MAX_LEVEL {
        let (a, b) = (GroundTileId::at(level, west, south), GroundTileId::at(level, east, north));
        let n = (i64::from(b.col) - i64::from(a.col) + 1) * (i64::from(b.row) - i64::from(a.row) + 1);
        if usize::try_from(n).is_ok_and(|n| n <= MAX_ROOTS) || level == GroundTileId::MAX_LEVEL {
            let tiles = (a.row..=b.row)
                .flat_map(|row| (a.col..=b.col).map(move |col| GroundTileId { level, col, row }));
            return tiles.filter(|t| extents.iter().any(|&e| overlap(t.extent(), e))).collect();
        }
    }
    Vec::new()
}

/// A tile that could be refined; the largest error first, then by id.
#[derive(PartialEq)]
struct Candidate {
    error_px: f64,
    id: GroundTileId,
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl Ord for Candidate {
    fn cmp(&self, o: &Self) -> Ordering {
        self.error_px.total_cmp(&o.error_px).then_with(|| o.id.cmp(&self.id))
    }
}

/// Chooses ground tiles for a view. Pure.
///
/// * `sse_px`: a tile is refined while its error appears larger than this, physical pixels.
/// * `resident`: whether a tile can be drawn now.
///
/// A tile is drawn until all its children that exist are resident, so what is seen never has a hole once the
/// roots are there. When `load` comes back empty, `draw` depends on the view only, not on what loaded first.
pub fn select_ground(
    index: &GroundSourceIndex,
    view: &View,
    sse_px: f64,
    resident: &dyn Fn(GroundTileId) -> bool,
) -> GroundSelection {
    let frustum = view.frustum();
    let error_px = |id| view.screen_error_px(index.error_m(id), index.bounds(id).distance(view.eye.0));
    let mut heap = BinaryHeap::new();
    let (mut draw, mut keep) = (BTreeSet::new(), BTreeSet::new());
    let mut load = Vec::new();
    let mut n_tiles = 0;
    for &id in &index.roots {
        // Roots stay in memory whatever is seen: they are what a sudden turn falls back to.
        keep.insert(id);
        if !resident(id) {
            load.push((id, f64::MAX));
        } else if frustum.sees(&index.bounds(id)) {
            heap.push(Candidate { error_px: error_px(id), id });
            n_tiles += 1;
        }
    }
    while let Some(Candidate { error_px: error, id }) = heap.pop() {
        keep.insert(id);
        let children = if error > sse_px { index.children(id) } else { Vec::new() };
        let seen: Vec<GroundTileId> =
            children.iter().copied().filter(|&c| frustum.sees(&index.bounds(c))).collect();
        if seen.is_empty() || n_tiles + seen.len() > MAX_TILES + 1 {
            draw.insert(id);
            continue;
        }
        keep.extend(children.iter().copied());
        let missing: Vec<GroundTileId> = children.iter().copied().filter(|&c| !resident(c)).collect();
        // Counted as if refined, so that the limit does not depend on what has been loaded so far.
        n_tiles = n_tiles + seen.len() - 1;
        if missing.is_empty() {
            heap.extend(seen.into_iter().map(|id| Candidate { error_px: error_px(id), id }));
        } else {
            draw.insert(id);
            load.extend(missing.into_iter().map(|c| {
                let urgency = if seen.contains(&c) { error } else { error * 0.5 };
                (c, urgency.min(f64::MAX))
            }));
        }
    }
    load.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    GroundSelection { draw: draw.into_iter().collect(), load, keep: keep.into_iter().collect() }
}
