//! Which ground tiles to draw, to load and to keep: a pure function of index, view and residency.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use glam::DVec3;
use lantu_base::Bounds;

use crate::ground::{GROUND_N, GROUND_TEXTURE_PX, GroundSource, HeightRange, error_of_spacing, overlap};
use crate::ground_tile::GroundTileId;
use crate::raster::RasterCache;
use crate::select::{Need, Priority, UNSEEN_PARENT};
use crate::view::View;

/// What selection knows of the ground without composing it.
pub struct GroundSourceIndex {
    extents: Vec<[f64; 4]>,
    /// Extent and pixel size of each orthophoto.
    imagery: Vec<([f64; 4], f64)>,
    is_swiped: bool,
    elevation: Vec<HeightRange>,
    base_height_m: f64,
    roots: Vec<GroundTileId>,
}

/// What to do in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroundSelection {
    /// Resident tiles to draw, without overlap and without holes; in the order of their ids.
    pub draw: Vec<GroundTileId>,
    /// Missing tiles, most urgent first.
    pub load: Vec<(GroundTileId, Priority)>,
    /// Tiles to keep in memory: those to be drawn, their ancestors and siblings; in the order of their ids.
    pub keep: Vec<GroundTileId>,
    /// Whether the budget forced a larger error than was asked for.
    pub is_coarser: bool,
}

/// Size of any ground tile in memory, bytes: its texture and its heights.
pub const GROUND_TILE_BYTES: u64 =
    4 * (GROUND_TEXTURE_PX as u64 * GROUND_TEXTURE_PX as u64 + GROUND_N as u64 * GROUND_N as u64);
/// Tiles drawn at once at most. Chosen: 4 times what fills a 4K screen at one texel a pixel (8294400 / 256²).
const MAX_TILES: usize = 512;
/// Roots at most; the root level is the finest that stays below.
const MAX_ROOTS: usize = 4;
/// How much less urgent a tile is that nobody sees, but whose siblings wait for it. Chosen.
const UNSEEN: f64 = 0.5;

impl GroundSourceIndex {
    /// Reads extents, pixel sizes, and one coarse level of each elevation raster.
    pub fn new(source: &GroundSource, cache: &RasterCache) -> Self {
        let extents = source.extents();
        let roots = roots(&extents);
        Self {
            imagery: source.imagery.iter().map(|p| (p.raster.grid.extent(), p.raster.grid.gsd_m)).collect(),
            elevation: source.elevation.iter().map(|r| HeightRange::new(r, cache)).collect(),
            base_height_m: source.base_height_m,
            is_swiped: source.imagery.iter().any(|p| p.look.right_only),
            extents,
            roots,
        }
    }

    /// Whether tiles may carry two pictures, one for each side of a swipe.
    pub fn is_swiped(&self) -> bool {
        self.is_swiped
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

/// Chooses ground tiles for some views. Pure.
///
/// * `sse_px`: a tile is refined while its error appears larger than this in any view, physical pixels. A view
///   with an empty viewport sees nothing; one that is not finite sees only roots.
/// * `budget_bytes`: memory for all ground tiles, at [`GROUND_TILE_BYTES`] each; the largest errors use it first. The
///   roots are wanted whatever it is.
/// * `resident`: whether a tile can be drawn now.
///
/// A tile is drawn until all its children that exist are resident, so what is seen never has a hole once the
/// roots are there. What is wanted depends on the views and the budget only; when `load` comes back
/// empty so does `draw`, not on what loaded first.
pub fn select_ground(
    index: &GroundSourceIndex,
    views: &[View],
    sse_px: f64,
    budget_bytes: u64,
    resident: &dyn Fn(GroundTileId) -> bool,
) -> GroundSelection {
    let looking = views.iter().filter(|v| v.viewport.iter().all(|&n| n > 0));
    let eyes: Vec<_> = looking.map(|v| (v, v.frustum_if_finite())).collect();
    let error_px = |id| {
        let (bounds, error_m) = (index.bounds(id), index.error_m(id));
        let errors = eyes.iter().filter_map(|(view, frustum)| match frustum {
            Some(f) if !f.sees(&bounds) => None,
            Some(_) => Some(view.screen_error_px(error_m, view.distance_m(&bounds))),
            None => Some(0.0),
        });
        errors.reduce(f64::max)
    };
    let plan = plan(index, &error_px, sse_px, budget_bytes);
    let seen_roots = index.roots.iter().copied().filter(|&id| error_px(id).is_some());
    let mut draw = Vec::new();
    // Only resident tiles get here: roots that are, and children that all are.
    let mut stack: Vec<GroundTileId> = seen_roots.filter(|&id| resident(id)).collect();
    while let Some(id) = stack.pop() {
        match plan.refined.get(&id) {
            Some(refined) if refined.children.iter().all(|(child, _)| resident(*child)) => {
                stack.extend(refined.children.iter().filter(|(_, seen)| *seen).map(|(child, _)| *child));
            }
            _ => draw.push(id),
        }
    }
    draw.sort_unstable();
    // Roots stay in memory whatever is seen: they are what a sudden turn falls back to.
    let roots = index.roots.iter().map(|&id| (id, Priority { need: Need::Root, px: f64::MAX }));
    let finer = plan.refined.iter().flat_map(|(&id, refined)| {
        let px = refined.error_px * if resident(id) { 1.0 } else { UNSEEN_PARENT };
        refined.children.iter().map(move |&(child, seen)| {
            (child, Priority { need: Need::Visible, px: px * if seen { 1.0 } else { UNSEEN } })
        })
    });
    let wanted: Vec<(GroundTileId, Priority)> = roots.chain(finer).collect();
    let mut load: Vec<_> =
        wanted.iter().copied().filter(|&(id, _)| !eyes.is_empty() && !resident(id)).collect();
    load.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut keep: Vec<GroundTileId> = wanted.into_iter().map(|(id, _)| id).collect();
    keep.sort_unstable();
    GroundSelection { draw, load, keep, is_coarser: plan.is_coarser }
}

/// A tile that ought to be replaced by its children.
struct Refined {
    error_px: f64,
    /// All that exist, and whether they are in sight.
    children: Vec<(GroundTileId, bool)>,
}

struct Plan {
    refined: BTreeMap<GroundTileId, Refined>,
    is_coarser: bool,
}

/// Refines the largest error first, whatever is resident.
///
/// * `error_px`: how large a tile's error appears; `None` out of sight.
fn plan(
    index: &GroundSourceIndex,
    error_px: &dyn Fn(GroundTileId) -> Option<f64>,
    sse_px: f64,
    budget_bytes: u64,
) -> Plan {
    let max_kept = usize::try_from(budget_bytes / GROUND_TILE_BYTES).unwrap_or(usize::MAX);
    let mut heap = BinaryHeap::new();
    let push = |heap: &mut BinaryHeap<Candidate>, id, error_px| {
        if error_px > sse_px {
            heap.push(Candidate { error_px, id });
        }
    };
    let (mut n_kept, mut n_drawn) = (index.roots.len(), 0);
    for &id in &index.roots {
        if let Some(error) = error_px(id) {
            n_drawn += 1;
            push(&mut heap, id, error);
        }
    }
    let mut plan = Plan { refined: BTreeMap::new(), is_coarser: false };
    while let Some(Candidate { error_px: error, id }) = heap.pop() {
        let looks: Vec<_> = index.children(id).into_iter().map(|c| (c, error_px(c))).collect();
        let n_seen = looks.iter().filter(|(_, look)| look.is_some()).count();
        if n_seen == 0 {
            continue;
        }
        if n_drawn + n_seen - 1 > MAX_TILES || n_kept + looks.len() > max_kept {
            plan.is_coarser = true;
            break;
        }
        (n_drawn, n_kept) = (n_drawn + n_seen - 1, n_kept + looks.len());
        looks.iter().filter_map(|&(c, look)| Some((c, look?))).for_each(|(c, e)| push(&mut heap, c, e));
        let children = looks.into_iter().map(|(c, look)| (c, look.is_some())).collect();
        plan.refined.insert(id, Refined { error_px: error.min(f64::MAX), children });
    }
    plan
}
