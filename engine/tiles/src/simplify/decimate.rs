//! Fewer triangles on the same surface: edge collapses of meshoptimizer, one object and color at a time.

use std::collections::HashMap;

use glam::Vec3;
use meshopt::{SimplifyOptions, VertexDataAdapter, simplify_with_attributes_and_locks};
use rayon::prelude::*;

use super::sight::LAYER_M;
use super::soup::Face;
use crate::vertex::{FLAT_FACE, FLAT_NORMAL};

/// Meshes of fewer triangles stay: an octahedron has nothing to give.
const FEWEST: usize = 9;
/// What a normal turned by 90° (a difference of √2) costs, in errors: about half the allowed one.
const NORMAL_WEIGHT: f32 = 0.35;

/// A mesh that loses a larger share of what it shows along an axis, and more than its outline explains, has folded:
/// a slab thinner than the error can collapse onto itself. Less error is tried then, at most so many times.
const LOST: f32 = 0.25;
const TRIES: u32 = 3;

/// Simplifies the triangles of each part, welded, until the surface would move by more than `error_m`.
///
/// Faces come back ordered by part. A part never loses its last face.
pub(super) fn decimate(mut faces: Vec<Face>, error_m: f32) -> Vec<Face> {
    faces.sort_by_key(|f| f.part);
    let groups: Vec<&[Face]> = faces.chunk_by(|a, b| a.part == b.part).collect();
    let done: Vec<Vec<Face>> = groups.par_iter().map(|group| decimate_part(group, error_m)).collect();
    done.concat()
}

fn decimate_part(faces: &[Face], error_m: f32) -> Vec<Face> {
    let mesh = Welded::new(faces);
    let (low, high) = mesh
        .positions
        .iter()
        .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(l, h), &p| (l.min(p.into()), h.max(p.into())));
    let size_m = (high - low).max_element();
    if faces.len() < FEWEST || !size_m.is_finite() || size_m <= 0.0 {
        return faces.to_vec();
    }
    // What is thinner than the error and lies flat keeps its top: heights count as if they were so many times as large.
    let is_layer = high.z - low.z <= error_m && size_m > error_m;
    let stretch = if is_layer { (error_m / LAYER_M).max(1.0) } else { 1.0 };
    let stretched: Vec<[f32; 3]> =
        mesh.positions.iter().map(|&[x, y, z]| [x, y, (z - low.z) * stretch]).collect();
    let size_m = size_m.max((high.z - low.z) * stretch);
    let Ok(vertices) = VertexDataAdapter::new(bytemuck::cast_slice(&stretched), 12, 0) else {
        return faces.to_vec();
    };
    // The library compares attributes with positions scaled to a unit box.
    let attributes: &[f32] = bytemuck::cast_slice(&mesh.directions);
    let before = shown_m2(faces);
    let mut tried_m = error_m;
    for _ in 0..TRIES {
        let weights = [NORMAL_WEIGHT * tried_m / size_m; 3];
        let indices = simplify_with_attributes_and_locks(
            &mesh.indices,
            &vertices,
            attributes,
            if mesh.is_smooth { &weights } else { &[] },
            12,
            &vec![false; mesh.positions.len()],
            0,
            tried_m,
            SimplifyOptions::ErrorAbsolute,
            None,
        );
        let simple = mesh.faces(&indices, faces);
        let lost = (before - shown_m2(&simple)).max(Vec3::ZERO);
        // A surface that moves by the error shows less along its outline, by at most that much.
        let rim_m2 = error_m * 4.0 * size_m;
        if !simple.is_empty() && lost.cmple((before * LOST).max(Vec3::splat(rim_m2))).all() {
            return simple;
        }
        tried_m /= 2.0;
    }
    faces.to_vec()
}

/// Area of the faces as seen along each axis, m²: hidden ones count, too.
fn shown_m2(faces: &[Face]) -> Vec3 {
    faces.iter().map(|f| f.cross().abs() / 4.0).sum()
}

/// Triangles of one part whose corners at one place with one normal are one vertex.
struct Welded {
    positions: Vec<[f32; 3]>,
    normals: Vec<u16>,
    /// Unit normals, zero for flat faces.
    directions: Vec<[f32; 3]>,
    indices: Vec<u32>,
    is_smooth: bool,
}

impl Welded {
    fn new(faces: &[Face]) -> Welded {
        let mut out = Welded {
            positions: Vec::new(),
            normals: Vec::new(),
            directions: Vec::new(),
            indices: Vec::with_capacity(3 * faces.len()),
            is_smooth: faces.iter().any(|f| f.normals != FLAT_FACE),
        };
        let mut ids: HashMap<([u32; 3], u16), u32> = HashMap::new();
        for (&p, &normal) in faces.iter().flat_map(|f| f.p.iter().zip(&f.normals)) {
            let p = (p + Vec3::ZERO).to_array();
            let next = u32::try_from(out.positions.len()).unwrap_or(u32::MAX);
            out.indices.push(*ids.entry((p.map(f32::to_bits), normal)).or_insert_with(|| {
                out.positions.push(p);
                out.normals.push(normal);
                out.directions.push(direction(normal));
                next
            }));
        }
        out
    }

    /// The triangles of an index list, with the part of the `original` faces.
    fn faces(&self, indices: &[u32], original: &[Face]) -> Vec<Face> {
        let Some(first) = original.first() else { return Vec::new() };
        let single_sided = original.iter().all(|f| f.single_sided);
        let corner = |i: u32| Some((*self.positions.get(i as usize)?, *self.normals.get(i as usize)?));
        indices
            .as_chunks::<3>()
            .0
            .iter()
            .filter_map(|&[a, b, c]| {
                let [a, b, c] = [corner(a)?, corner(b)?, corner(c)?];
                let face = Face {
                    p: [a.0, b.0, c.0].map(Vec3::from),
                    part: first.part,
                    single_sided,
                    normals: [a.1, b.1, c.1],
                };
                (face.cross() != Vec3::ZERO).then_some(face)
            })
            .collect()
    }
}

/// The direction of a packed octahedral normal, zero for a flat face.
fn direction(packed: u16) -> [f32; 3] {
    if packed == FLAT_NORMAL {
        return [0.0; 3];
    }
    let [x, y] = packed.to_le_bytes().map(|b| (f32::from(b.cast_signed()) / 127.0).max(-1.0));
    let z = 1.0 - x.abs() - y.abs();
    let t = (-z).max(0.0);
    Vec3::new(x - t.copysign(x), y - t.copysign(y), z).normalize_or_zero().to_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed slab whose top and bottom are cut along lines of a grid that does not meet its edges.
    fn slab(size: f32, thick: f32, lines: &[f32]) -> Vec<Face> {
        let mut stops = vec![0.0];
        stops.extend(lines);
        stops.push(size);
        let mut faces = Vec::new();
        let mut quad = |p: [Vec3; 4]| {
            for t in [[p[0], p[1], p[2]], [p[0], p[2], p[3]]] {
                faces.push(Face { p: t, part: 0, single_sided: true, normals: FLAT_FACE });
            }
        };
        for u in stops.windows(2) {
            for v in stops.windows(2) {
                let at = |x: usize, y: usize, z: f32| Vec3::new(u[x], v[y], z);
                quad([at(0, 0, thick), at(1, 0, thick), at(1, 1, thick), at(0, 1, thick)]);
                quad([at(0, 0, 0.0), at(0, 1, 0.0), at(1, 1, 0.0), at(1, 0, 0.0)]);
            }
            let side =
                |f: &dyn Fn(f32, f32) -> Vec3| [f(u[0], 0.0), f(u[1], 0.0), f(u[1], thick), f(u[0], thick)];
            quad(side(&|x, z| Vec3::new(x, 0.0, z)));
            quad(side(&|x, z| Vec3::new(size - x, size, z)));
            quad(side(&|y, z| Vec3::new(size, y, z)));
            quad(side(&|y, z| Vec3::new(0.0, size - y, z)));
        }
        faces
    }

    /// Streets of cities of boxes once vanished from afar: slabs of 0.35 m at an error of 0.75 m.
    #[test]
    fn a_slab_thinner_than_the_error_does_not_fold_away() {
        for error_m in [0.2, 0.5, 0.75, 1.0, 2.0] {
            for lines in [&[4.0, 12.0][..], &[2.0, 34.0], &[1.0, 17.0, 33.0, 49.0], &[8.0, 10.0, 12.0, 40.0]]
            {
                let faces = slab(60.0, 0.35, lines);
                let simple = decimate(faces.clone(), error_m);
                let (before, after) = (shown_m2(&faces).z, shown_m2(&simple).z);
                assert!(after > 0.75 * before, "error {error_m}, lines {lines:?}: {after} of {before} m²");
            }
        }
    }
}
