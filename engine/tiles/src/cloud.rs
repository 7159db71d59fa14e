//! Point clouds: leaf tiles with every point, and coarser ones above them with one point for each cube of space.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytemuck::{Pod, Zeroable};
use glam::DVec3;
use lantu_base::{Bounds, CancelToken};
use rayon::prelude::*;

use crate::assemble::cell_of;
use crate::builder::{BuiltTree, Dropped, ObjectExtent};
use crate::cluster::Mesher;
use crate::error::TileError;
use crate::io::PackStore;
use crate::mesh_pack::encode_mesh_tile;
use crate::mesh_tile::TileLayer;
use crate::spill::{Spill, SpillRoom};
use crate::tree::{TileNode, TileTree};

/// Cells in which points wait, meters. Chosen: what a scanner on a tripod puts into one of them fits into memory.
const WAIT_CELL_M: f64 = 8.0;
/// Largest cell that becomes one leaf tile, meters.
const LEAF_CELL_M: f64 = 128.0;
/// Points of a tile above which its cell is halved. Chosen: 1.3 MB, which loads in a few milliseconds.
const MAX_POINTS: usize = 65_536;
/// Smallest cell, meters; what is left in one is one tile.
const MIN_CELL_M: f64 = 0.125;
/// Cubes along the edge of a coarser tile's cell. Chosen: what is a surface then keeps some twenty thousand points.
const CUBES_PER_EDGE: f64 = 128.0;
/// Below this a tile needs no coarser one.
const FEW_POINTS: usize = 4_096;
/// Largest cell, meters: 131 km, more than a district.
const MAX_EDGE_M: f64 = LEAF_CELL_M * 1024.0;
/// Points farther than this from the middle of the project frame's axes, meters, have no cell.
const MAX_COORDINATE_M: f64 = 1e9;
/// Diameter of a point of the finest detail at most and at least, meters: with the room that it has on average.
const SIZES_M: [f64; 2] = [0.01, 2.0];
/// Bits of each color channel that tiles keep: names of colors are shared by points.
const COLOR_MASK: u32 = 0xF8F8_F8F8;
/// What fills the bits that are dropped, so that white stays white.
const COLOR_SHIFT: u32 = 5;

/// One point of a cloud, placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputPoint {
    /// The object's number within its source.
    pub object: u32,
    /// In the project frame, meters.
    pub at: DVec3,
    /// sRGB and alpha.
    pub color: [u8; 4],
}

/// A point while it waits: 20 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Stored {
    /// Relative to the low corner of its waiting cell, meters.
    at: [f32; 3],
    object: u32,
    rgba: u32,
}

/// A point while tiles are made of it.
#[derive(Clone, Copy, Debug)]
struct Own {
    at: DVec3,
    object: u32,
    rgba: u32,
}

/// Collects the points of one source and makes tiles of them. Points wait in its [`SpillRoom`] by cells of space; in
/// memory is what one cell holds, and what its neighbors were thinned to.
#[derive(Debug)]
pub struct CloudBuilder {
    cells: Spill<[i64; 3]>,
    counts: BTreeMap<[i64; 3], usize>,
    objects: BTreeMap<u32, ObjectExtent>,
    n_points: u64,
    dropped: Dropped,
}

/// Cells of one leaf tile, or of a cell that is divided further.
struct Member {
    cells: Vec<[i64; 3]>,
    n: usize,
}

/// Tiles below one cell.
#[derive(Default)]
struct Branch {
    /// Parents count in this list.
    nodes: Vec<TileNode>,
    /// Those without parent.
    tops: Vec<u32>,
    /// What the next coarser tile is made from.
    points: Vec<Own>,
}

impl CloudBuilder {
    /// With room for what waits.
    pub fn within(room: SpillRoom) -> Self {
        Self {
            cells: Spill::new(room),
            counts: BTreeMap::new(),
            objects: BTreeMap::new(),
            n_points: 0,
            dropped: Dropped::default(),
        }
    }

    /// Takes points in any order. One that is not finite is left out and counted.
    ///
    /// # Errors
    /// [`TileError::Io`] if its room has no space left.
    pub fn push(&mut self, points: &[InputPoint]) -> Result<(), TileError> {
        let mut by_cell: BTreeMap<[i64; 3], Vec<Stored>> = BTreeMap::new();
        for p in points {
            if !(p.at.is_finite() && p.at.abs().max_element() < MAX_COORDINATE_M) {
                self.dropped.not_finite += 1;
                continue;
            }
            let cell = cell_of(p.at, WAIT_CELL_M);
            let at = (p.at - corner(cell, WAIT_CELL_M)).as_vec3().to_array();
            let rgba = u32::from_le_bytes(p.color);
            by_cell.entry(cell).or_default().push(Stored { at, object: p.object, rgba });
            let empty = ObjectExtent { bounds: Bounds::EMPTY, n_triangles: 0 };
            self.objects.entry(p.object).or_insert(empty).bounds.add(p.at);
            self.n_points += 1;
        }
        for (cell, stored) in by_cell {
            *self.counts.entry(cell).or_default() += stored.len();
            self.cells.push(cell, bytemuck::cast_slice(&stored))?;
        }
        Ok(())
    }

    /// Makes tiles and writes each to the store as it is made. Leaves hold every point; a coarser tile holds one point
    /// for each cube of its space, and errs by the cube's edge.
    ///
    /// # Errors
    /// [`TileError::Cancelled`]; what the store reports; [`TileError::Io`].
    pub fn build(self, store: &dyn PackStore, cancel: &CancelToken) -> Result<BuiltTree, TileError> {
        // A cloud covers its ground: so much room has a point, if it lay in one layer.
        let covered = self.counts.keys().map(|c| [c[0], c[1]]).collect::<HashSet<_>>().len() as f64;
        let room_m = (covered * WAIT_CELL_M * WAIT_CELL_M / self.n_points.max(1) as f64).sqrt();
        let making = Making {
            cells: &self.cells,
            store,
            cancel,
            leaf_size_m: (room_m * 1.5).clamp(SIZES_M[0], SIZES_M[1]),
        };
        let all = Member { n: self.counts.values().sum(), cells: self.counts.keys().copied().collect() };
        let mut edge_m = LEAF_CELL_M;
        while edge_m < MAX_EDGE_M && !is_one_cell(&all.cells, edge_m) {
            edge_m *= 2.0;
        }
        let mut nodes = Vec::new();
        if all.n > 0 {
            let counts = &self.counts;
            let mut branch = making.branch((all, counts), edge_m)?;
            while edge_m < MAX_EDGE_M && branch.points.len() > FEW_POINTS {
                edge_m *= 2.0;
                branch = making.coarser(branch, edge_m)?;
            }
            nodes = branch.nodes;
        }
        Ok(BuiltTree { tree: TileTree::from_parents(&nodes)?, objects: self.objects, dropped: self.dropped })
    }
}

fn corner(cell: [i64; 3], edge_m: f64) -> DVec3 {
    let [x, y, z] = cell.map(|c| c as f64);
    DVec3::new(x, y, z) * edge_m
}

/// The cell of a larger edge that a waiting cell lies in.
fn cell_within(cell: [i64; 3], edge_m: f64) -> [i64; 3] {
    cell_of(corner(cell, WAIT_CELL_M) + DVec3::splat(WAIT_CELL_M * 0.5), edge_m)
}

fn is_one_cell(cells: &[[i64; 3]], edge_m: f64) -> bool {
    let mut all = cells.iter().map(|c| cell_within(*c, edge_m));
    let first = all.next();
    all.all(|c| Some(c) == first)
}

/// What making tiles looks at.
struct Making<'a> {
    cells: &'a Spill<[i64; 3]>,
    store: &'a dyn PackStore,
    cancel: &'a CancelToken,
    leaf_size_m: f64,
}

impl Making<'_> {
    /// Tiles of what lies in one cell of `edge_m`.
    fn branch(
        &self,
        (member, counts): (Member, &BTreeMap<[i64; 3], usize>),
        edge_m: f64,
    ) -> Result<Branch, TileError> {
        self.cancel.check()?;
        if edge_m <= WAIT_CELL_M || (edge_m <= LEAF_CELL_M && member.n <= MAX_POINTS) {
            let mut points = Vec::with_capacity(member.n);
            for cell in member.cells {
                let low = corner(cell, WAIT_CELL_M);
                let bytes = self.cells.read(cell)?;
                for s in bytes.chunks_exact(size_of::<Stored>()).map(bytemuck::pod_read_unaligned::<Stored>) {
                    let at = low + glam::Vec3::from_array(s.at).as_dvec3();
                    points.push(Own { at, object: s.object, rgba: s.rgba });
                }
            }
            return self.divided(points, edge_m);
        }
        let mut parts: BTreeMap<[i64; 3], Member> = BTreeMap::new();
        for cell in member.cells {
            let n = counts.get(&cell).copied().unwrap_or(0);
            let empty = || Member { cells: Vec::new(), n: 0 };
            let part = parts.entry(cell_within(cell, edge_m * 0.5)).or_insert_with(empty);
            part.cells.push(cell);
            part.n += n;
        }
        let parts: Vec<Member> = parts.into_values().collect();
        let is_one = parts.len() == 1;
        let made: Vec<Branch> = parts
            .into_par_iter()
            .map(|m| self.branch((m, counts), edge_m * 0.5))
            .collect::<Result<_, _>>()?;
        let all = made.into_iter().fold(Branch::default(), Branch::with);
        if is_one { Ok(all) } else { self.coarser(all, edge_m) }
    }

    /// Tiles of points that are here.
    fn divided(&self, mut points: Vec<Own>, edge_m: f64) -> Result<Branch, TileError> {
        self.cancel.check()?;
        if points.len() <= MAX_POINTS || edge_m <= MIN_CELL_M {
            // Points come in the order of the file: what is drawn does not depend on it.
            points.sort_unstable_by_key(|p| (p.at.to_array().map(f64::to_bits), p.object, p.rgba));
            let node = self.write(&points, self.leaf_size_m, 0.0)?;
            return Ok(Branch { nodes: vec![node], tops: vec![0], points });
        }
        let mut parts: BTreeMap<[i64; 3], Vec<Own>> = BTreeMap::new();
        for p in points {
            parts.entry(cell_of(p.at, edge_m * 0.5)).or_default().push(p);
        }
        let made =
            parts.into_values().map(|p| self.divided(p, edge_m * 0.5)).collect::<Result<Vec<_>, _>>()?;
        self.coarser(made.into_iter().fold(Branch::default(), Branch::with), edge_m)
    }

    /// A tile that replaces all tops of a branch.
    fn coarser(&self, branch: Branch, edge_m: f64) -> Result<Branch, TileError> {
        self.cancel.check()?;
        let Branch { mut nodes, tops, points } = branch;
        if points.len() <= FEW_POINTS && tops.len() == 1 {
            return Ok(Branch { nodes, tops, points });
        }
        let cube_m = edge_m / CUBES_PER_EDGE;
        let kept = thinned(points, cube_m);
        let node = self.write(&kept, cube_m, cube_m)?;
        let own = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        let mut bounds = node.bounds;
        for &top in &tops {
            if let Some(top) = nodes.get_mut(top as usize) {
                top.parent = Some(own);
                bounds = bounds.union(top.bounds);
            }
        }
        nodes.push(TileNode { bounds, ..node });
        Ok(Branch { nodes, tops: vec![own], points: kept })
    }

    fn write(&self, points: &[Own], size_m: f64, geometric_error_m: f64) -> Result<TileNode, TileError> {
        let mut bounds = Bounds::EMPTY;
        for p in points {
            bounds.add(p.at);
        }
        let mut mesher = Mesher::new(TileLayer::Solid, bounds);
        #[expect(clippy::cast_possible_truncation, reason = "a length of some meters")]
        let size = -size_m as f32;
        for p in points {
            let part = mesher.part(p.object, shared_color(p.rgba));
            mesher.add_point(p.at, part, size);
        }
        let tile = mesher.finish();
        let hash = self.store.write(&encode_mesh_tile(&tile)?)?;
        Ok(TileNode {
            hash,
            bounds,
            geometric_error_m,
            parent: None,
            first_child: 0,
            n_children: 0,
            bytes: tile.bytes(),
            n_triangles: 0,
            n_vertices: 0,
            layer: TileLayer::Solid,
        })
    }
}

/// A color that many points share: of 32 steps a channel, with black and white as they are.
fn shared_color(rgba: u32) -> u32 {
    let kept = rgba & COLOR_MASK;
    (kept | (kept >> COLOR_SHIFT) & !COLOR_MASK) | 0xFF00_0000
}

/// Of each cube of space the point nearest to its middle.
fn thinned(points: Vec<Own>, cube_m: f64) -> Vec<Own> {
    let off =
        |p: &Own, cube: [i64; 3]| p.at.distance_squared(corner(cube, cube_m) + DVec3::splat(cube_m * 0.5));
    let mut best: HashMap<[i64; 3], (f64, usize)> = HashMap::new();
    for (ix, p) in points.iter().enumerate() {
        let cube = cell_of(p.at, cube_m);
        let d = off(p, cube);
        let own = best.entry(cube).or_insert((d, ix));
        if d < own.0 {
            *own = (d, ix);
        }
    }
    let kept: HashSet<usize> = best.into_values().map(|b| b.1).collect();
    points.into_iter().enumerate().filter(|(ix, _)| kept.contains(ix)).map(|(_, p)| p).collect()
}

impl Branch {
    fn with(mut self, other: Self) -> Self {
        let offset = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let moved = other.nodes.into_iter().map(|n| TileNode { parent: n.parent.map(|p| p + offset), ..n });
        self.nodes.extend(moved);
        self.tops.extend(other.tops.into_iter().map(|t| t + offset));
        self.points.extend(other.points);
        self
    }
}
