//! Clean triangles of one color of one object: what the builder sorts, cuts and packs.

use std::collections::HashMap;

use glam::{DAffine3, DVec3, Vec3};
use lantu_base::{Bounds, WorldPoint};

use crate::builder::{Dropped, InputMesh};
use crate::vertex::{FLAT_FACE, FLAT_NORMAL, pack_normal, unpack_normal};

/// Shapes larger than this are cut, meters: a cluster holds 65.535 m in steps of 1 mm.
pub(crate) const WHOLE_M: f64 = 56.0;
/// Longest edge of a triangle of a larger shape, after cutting, meters: with cells of [`CUT_CELL_M`] a piece stays below
/// [`WHOLE_M`], since no corner lies farther from the middle than two thirds of the longest edge.
const MAX_EDGE_M: f32 = 24.0;
/// Cells in which larger shapes are cut, meters.
pub(crate) const CUT_CELL_M: f64 = 24.0;
/// Longest edge that is cut and positioned at finest detail, meters; for each doubling both are half as fine, so that
/// one triangle becomes some dozens at most. Chosen: no wall or slab in one triangle is longer.
const FINE_M: f64 = 192.0;
/// Doublings at most: steps of 4 m, for edges of 800 km.
const MAX_COARSE: u8 = 12;
/// Cosine of the angle up to which a given normal counts as that of its face, 2°: below, a facet is seen as flat anyway.
const COS_FLAT: f32 = 0.999_39;
/// Twice the area, m², under which a triangle cannot be seen: 0.001 mm².
const MIN_DOUBLE_AREA: f64 = 2e-9;
/// Cuts of one triangle at most; what is larger than some kilometers is not a building.
const MAX_CUTS: usize = 1 << 17;

/// A vertex before it belongs to a tile: position bits relative to the piece's origin, and the packed normal.
pub(crate) type PieceVertex = ([u32; 3], u16);

/// Triangles of one color of one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) object: u32,
    pub(crate) color: [u8; 4],
    /// Its number among the colors of objects of its layer, once it has one.
    pub(crate) part: u32,
    /// Whether creases and boundaries are drawn.
    pub(crate) edged: bool,
    /// Doublings of the step and of the cells in which it is cut: 0 up to edges of 192 m.
    pub(crate) coarse: u8,
    /// Part of a closed shape whose faces are wound outward.
    pub(crate) single_sided: bool,
    pub(crate) origin: DVec3,
    pub(crate) vertices: Vec<PieceVertex>,
    pub(crate) triangles: Vec<[u32; 3]>,
    /// For each triangle the bits of its edges (0→1, 1→2, 2→0) that are feature edges.
    pub(crate) edge_bits: Vec<u8>,
    pub(crate) bounds: Bounds,
}

impl Piece {
    /// 2 to the power of `coarse`.
    pub(crate) fn factor(&self) -> f64 {
        f64::from(1_u32 << self.coarse.min(31))
    }

    /// A vertex position in the project frame.
    pub(crate) fn world(&self, vertex: u32) -> DVec3 {
        let bits = self.vertices.get(vertex as usize).map_or([0; 3], |v| v.0);
        self.origin + Vec3::from_array(bits.map(f32::from_bits)).as_dvec3()
    }

    /// The corners of a triangle in the project frame.
    pub(crate) fn corners(&self, triangle: [u32; 3]) -> [DVec3; 3] {
        triangle.map(|v| self.world(v))
    }

    /// A copy for an object, moved, turned and scaled; cut where it has become too large for one cluster.
    pub(crate) fn placed(&self, object: u32, m: &DAffine3, dropped: &mut Dropped) -> Option<Self> {
        let origin = m.transform_point3(self.origin).floor();
        let at = |v: u32| (m.transform_point3(self.world(v)) - origin).as_vec3();
        let turn = m.matrix3.inverse().transpose();
        let mut normals = Vec::new();
        let smooth = self.vertices.iter().all(|v| v.1 != FLAT_NORMAL);
        let mut positions = Vec::with_capacity(self.vertices.len() * 3);
        for (v, &(_, normal)) in (0_u32..).zip(&self.vertices) {
            positions.extend(at(v).to_array());
            if smooth {
                let n = (turn * unpack_normal(normal).as_dvec3()).as_vec3();
                normals.extend(n.try_normalize().unwrap_or(Vec3::Z).to_array());
            }
        }
        let mirrored = m.matrix3.determinant() < 0.0;
        let indices: Vec<u32> = self
            .triangles
            .iter()
            .flat_map(|&[a, b, c]| if mirrored { [a, c, b] } else { [a, b, c] })
            .collect();
        let mesh = InputMesh {
            object,
            origin: WorldPoint(origin),
            positions: &positions,
            normals: &normals,
            indices: &indices,
            color: self.color,
        };
        Some(clean(&mesh, self.edged, dropped)).filter(|p| !p.triangles.is_empty())
    }

    /// Some of its triangles.
    pub(crate) fn part_of(&self, triangles: &[u32]) -> Self {
        let mut out = Self {
            vertices: Vec::new(),
            triangles: Vec::with_capacity(triangles.len()),
            edge_bits: Vec::with_capacity(triangles.len()),
            bounds: Bounds::EMPTY,
            ..*self
        };
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for &ix in triangles {
            let Some(&t) = self.triangles.get(ix as usize) else { continue };
            self.corners(t).into_iter().for_each(|p| out.bounds.add(p));
            out.triangles.push(t.map(|v| {
                let next = u32::try_from(out.vertices.len()).unwrap_or(u32::MAX);
                *numbers.entry(v).or_insert_with(|| {
                    out.vertices.extend(self.vertices.get(v as usize));
                    next
                })
            }));
            out.edge_bits.push(self.edge_bits.get(ix as usize).copied().unwrap_or(0));
        }
        out
    }

    /// Total order that depends on content only, so that shuffled input gives the same tiles.
    pub(crate) fn order(&self, o: &Self) -> std::cmp::Ordering {
        let key =
            |p: &Self| (p.object, p.color, p.edged, p.triangles.len(), p.origin.to_array().map(f64::to_bits));
        key(self)
            .cmp(&key(o))
            .then_with(|| self.vertices.cmp(&o.vertices))
            .then_with(|| self.triangles.cmp(&o.triangles))
    }
}

/// Largest side of the box around positions, meters; what is not finite is left out.
fn extent_m(positions: &[[f32; 3]]) -> f64 {
    let mut bounds = Bounds::EMPTY;
    for &p in positions {
        bounds.add(Vec3::from_array(p).as_dvec3());
    }
    if bounds.is_empty() { 0.0 } else { bounds.size().max_element() }
}

/// Longest edge of triangles, meters; what is not finite or not there is left out.
fn longest_edge_m(positions: &[[f32; 3]], triangles: &[[u32; 3]]) -> f64 {
    let at = |i: u32| positions.get(i as usize).map(|&p| Vec3::from_array(p));
    let longest = triangles.iter().filter_map(|t| {
        let [Some(a), Some(b), Some(c)] = t.map(at) else { return None };
        Some(a.distance(b).max(b.distance(c)).max(c.distance(a))).filter(|l| l.is_finite())
    });
    f64::from(longest.fold(0.0, f32::max))
}

struct Cleaner {
    piece: Piece,
    seen: HashMap<PieceVertex, u32>,
    max_edge_m: f32,
}

/// Checks and cleans a mesh: drops what cannot be drawn (and counts it), computes flat normals where they are
/// missing, cuts triangles that are too large for one tile, merges equal vertices.
pub(crate) fn clean(mesh: &InputMesh<'_>, edged: bool, dropped: &mut Dropped) -> Piece {
    let piece = Piece {
        object: mesh.object,
        color: mesh.color,
        part: 0,
        edged,
        coarse: 0,
        single_sided: false,
        origin: mesh.origin.0,
        vertices: Vec::new(),
        triangles: Vec::new(),
        edge_bits: Vec::new(),
        bounds: Bounds::EMPTY,
    };
    let mut cleaner = Cleaner { piece, seen: HashMap::new(), max_edge_m: f32::INFINITY };
    let (positions, _) = mesh.positions.as_chunks::<3>();
    let (normals, _) = mesh.normals.as_chunks::<3>();
    let normals = if normals.len() == positions.len() { normals } else { &[] };
    let (triangles, rest) = mesh.indices.as_chunks::<3>();
    if extent_m(positions) > WHOLE_M {
        let longest_m = longest_edge_m(positions, triangles);
        while longest_m > FINE_M * cleaner.piece.factor() && cleaner.piece.coarse < MAX_COARSE {
            cleaner.piece.coarse += 1;
        }
        cleaner.max_edge_m = MAX_EDGE_M * f32::from(1_u16 << cleaner.piece.coarse);
    }
    dropped.bad_index += u64::from(!rest.is_empty());
    for t in triangles {
        let at = |i: u32| positions.get(i as usize).map(|&p| Vec3::from_array(p));
        let [Some(a), Some(b), Some(c)] = t.map(at) else {
            dropped.bad_index += 1;
            continue;
        };
        let finite = a.is_finite() && b.is_finite() && c.is_finite() && mesh.origin.0.is_finite();
        if !finite {
            dropped.not_finite += 1;
            continue;
        }
        let (ab, ac) = (b.as_dvec3() - a.as_dvec3(), c.as_dvec3() - a.as_dvec3());
        let cross = ab.cross(ac);
        if cross.length() < MIN_DOUBLE_AREA {
            dropped.degenerate += 1;
            continue;
        }
        let flat = cross.as_vec3();
        let given =
            t.map(|i| normals.get(i as usize).map(|&n| Vec3::from_array(n)).and_then(Vec3::try_normalize));
        let face = flat.try_normalize().unwrap_or(Vec3::Z);
        let n = match given {
            [Some(x), Some(y), Some(z)] if [x, y, z].iter().any(|n| n.dot(face).abs() < COS_FLAT) => {
                [x, y, z].map(pack_normal)
            }
            _ => FLAT_FACE,
        };
        cleaner.add([a, b, c], n, dropped);
    }
    cleaner.piece.edge_bits = vec![0; cleaner.piece.triangles.len()];
    cleaner.piece
}

impl Cleaner {
    fn add(&mut self, corners: [Vec3; 3], normals: [u16; 3], dropped: &mut Dropped) {
        let mut stack = vec![(corners, normals)];
        let mut n_cuts = 0;
        while let Some(([a, b, c], [na, nb, nc])) = stack.pop() {
            let lengths = [a.distance(b), b.distance(c), c.distance(a)];
            let longest = lengths[0].max(lengths[1]).max(lengths[2]);
            if longest <= self.max_edge_m {
                self.keep([(a, na), (b, nb), (c, nc)]);
                continue;
            }
            n_cuts += 1;
            if n_cuts > MAX_CUTS {
                dropped.too_large += 1;
                continue;
            }
            // Halving the longest edge cuts neighbors at the same point, so no crack opens.
            let ((p, np), (q, nq), (r, nr)) = if lengths[0] >= longest {
                ((a, na), (b, nb), (c, nc))
            } else if lengths[1] >= longest {
                ((b, nb), (c, nc), (a, na))
            } else {
                ((c, nc), (a, na), (b, nb))
            };
            let m = p.midpoint(q);
            stack.push(([p, m, r], [np, np, nr]));
            stack.push(([m, q, r], [nq, nq, nr]));
        }
    }

    fn keep(&mut self, corners: [(Vec3, u16); 3]) {
        let triangle = corners.map(|(p, n)| {
            self.piece.bounds.add(self.piece.origin + p.as_dvec3());
            // + 0.0 turns −0 into 0, so that equal points have equal bits.
            let key = ((p + Vec3::ZERO).to_array().map(f32::to_bits), n);
            let next = u32::try_from(self.piece.vertices.len()).unwrap_or(u32::MAX);
            *self.seen.entry(key).or_insert_with(|| {
                self.piece.vertices.push(key);
                next
            })
        });
        self.piece.triangles.push(triangle);
    }
}
