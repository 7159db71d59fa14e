//! Clean triangles of one color of one object: what the builder sorts, cuts and packs.

use std::collections::HashMap;

use glam::{DVec3, Vec3};
use lantu_base::Bounds;

use crate::builder::{Dropped, InputMesh};
use crate::vertex::pack_normal;

/// Longest edge of a triangle after cutting, meters. Chosen: a quarter of a tile's reach.
const MAX_EDGE_M: f32 = 1024.0;
/// Twice the area, m², under which a triangle cannot be seen: 0.001 mm².
const MIN_DOUBLE_AREA: f64 = 2e-9;
/// Pieces into which one triangle is cut at most; what is larger than 32 km is not a building.
const MAX_PIECES: usize = 4096;

/// A vertex before it belongs to a tile: position bits relative to the part's origin, and the packed normal.
pub(crate) type PartVertex = ([u32; 3], u32);

/// Triangles of one color of one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) object: u32,
    pub(crate) color: [u8; 4],
    /// Whether creases and boundaries are drawn.
    pub(crate) edged: bool,
    pub(crate) origin: DVec3,
    pub(crate) vertices: Vec<PartVertex>,
    pub(crate) triangles: Vec<[u32; 3]>,
    /// For each triangle the bits of its edges (0→1, 1→2, 2→0) that are feature edges.
    pub(crate) edge_bits: Vec<u8>,
    pub(crate) bounds: Bounds,
}

impl Part {
    /// A vertex position in the project frame.
    pub(crate) fn world(&self, vertex: u32) -> DVec3 {
        let bits = self.vertices.get(vertex as usize).map_or([0; 3], |v| v.0);
        self.origin + Vec3::from_array(bits.map(f32::from_bits)).as_dvec3()
    }

    /// The corners of a triangle in the project frame.
    pub(crate) fn corners(&self, triangle: [u32; 3]) -> [DVec3; 3] {
        triangle.map(|v| self.world(v))
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

struct Cleaner {
    part: Part,
    seen: HashMap<PartVertex, u32>,
}

/// Checks and cleans a mesh: drops what cannot be drawn (and counts it), computes flat normals where they are
/// missing, cuts triangles that are too large for one tile, merges equal vertices.
pub(crate) fn clean(mesh: &InputMesh<'_>, edged: bool, dropped: &mut Dropped) -> Part {
    let part = Part {
        object: mesh.object,
        color: mesh.color,
        edged,
        origin: mesh.origin.0,
        vertices: Vec::new(),
        triangles: Vec::new(),
        edge_bits: Vec::new(),
        bounds: Bounds::EMPTY,
    };
    let mut cleaner = Cleaner { part, seen: HashMap::new() };
    let (positions, _) = mesh.positions.as_chunks::<3>();
    let (normals, _) = mesh.normals.as_chunks::<3>();
    let normals = if normals.len() == positions.len() { normals } else { &[] };
    let (triangles, rest) = mesh.indices.as_chunks::<3>();
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
        let n = match given {
            [Some(x), Some(y), Some(z)] => [x, y, z].map(pack_normal),
            _ => [pack_normal(flat.try_normalize().unwrap_or(Vec3::Z)); 3],
        };
        cleaner.add([a, b, c], n, dropped);
    }
    cleaner.part.edge_bits = vec![0; cleaner.part.triangles.len()];
    cleaner.part
}

impl Cleaner {
    fn add(&mut self, corners: [Vec3; 3], normals: [u32; 3], dropped: &mut Dropped) {
        let mut stack = vec![(corners, normals)];
        let mut n_pieces = 0;
        while let Some(([a, b, c], [na, nb, nc])) = stack.pop() {
            let lengths = [a.distance(b), b.distance(c), c.distance(a)];
            let longest = lengths[0].max(lengths[1]).max(lengths[2]);
            if longest <= MAX_EDGE_M {
                self.keep([(a, na), (b, nb), (c, nc)]);
                continue;
            }
            n_pieces += 1;
            if n_pieces > MAX_PIECES {
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

    fn keep(&mut self, corners: [(Vec3, u32); 3]) {
        let triangle = corners.map(|(p, n)| {
            self.part.bounds.add(self.part.origin + p.as_dvec3());
            // + 0.0 turns −0 into 0, so that equal points have equal bits.
            let key = ((p + Vec3::ZERO).to_array().map(f32::to_bits), n);
            let next = u32::try_from(self.part.vertices.len()).unwrap_or(u32::MAX);
            *self.seen.entry(key).or_insert_with(|| {
                self.part.vertices.push(key);
                next
            })
        });
        self.part.triangles.push(triangle);
    }
}
