//! The last resort when a cell still has too many triangles: corners that share a cube become one.

use std::collections::{HashMap, HashSet};

use glam::Vec3;

use super::soup::Face;
use crate::vertex::FLAT_FACE;

/// By how much cubes grow from one try to the next: below 2, so that not much more is lost than must be.
const GROWTH: f32 = 1.5;
/// Cubes per meter of error: a corner moves by at most the cube's diagonal.
const DIAGONAL: f32 = 1.733;

/// Merges corners in ever larger cubes until at most `max_triangles` are left. Returns the error in meters, too.
///
/// Nothing is left when even one cube is too many, which happens for a limit of 0 only.
pub(super) fn cluster_to(faces: Vec<Face>, max_triangles: usize, error_m: f32) -> (Vec<Face>, f32) {
    let mut reached_m = error_m;
    let mut out = faces;
    let source = if out.len() > max_triangles { out.clone() } else { Vec::new() };
    while out.len() > max_triangles {
        reached_m *= GROWTH;
        out = cluster(&source, reached_m / DIAGONAL);
        if out.is_empty() {
            out = source.iter().max_by(|a, b| area(a).total_cmp(&area(b))).copied().into_iter().collect();
            out.truncate(max_triangles);
        }
    }
    (out, reached_m)
}

fn area(face: &Face) -> f32 {
    face.cross().length()
}

/// The faces with each corner moved to the mean of the corners in its cube, without those that lost their area and
/// those that became equal.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn cluster(faces: &[Face], cube_m: f32) -> Vec<Face> {
    let cube = |p: Vec3| (p / cube_m).floor().to_array().map(|c| c as i32);
    let mut ids: HashMap<[i32; 3], usize> = HashMap::new();
    let mut sums: Vec<(Vec3, f32)> = Vec::new();
    let corners: Vec<[usize; 3]> = faces
        .iter()
        .map(|face| {
            face.p.map(|p| {
                let id = *ids.entry(cube(p)).or_insert(sums.len());
                if id == sums.len() {
                    sums.push((Vec3::ZERO, 0.0));
                }
                if let Some((sum, n)) = sums.get_mut(id) {
                    *sum += p;
                    *n += 1.0;
                }
                id
            })
        })
        .collect();
    let mut taken: HashSet<[usize; 3]> = HashSet::new();
    let mean = |id: usize| sums.get(id).map(|&(sum, n)| sum / n);
    faces
        .iter()
        .zip(corners)
        .filter_map(|(face, ids)| {
            let [a, b, c] = ids;
            if a == b || b == c || c == a || !taken.insert(turned(ids)) {
                return None;
            }
            let moved = Face { p: [mean(a)?, mean(b)?, mean(c)?], normals: FLAT_FACE, ..*face };
            (moved.cross() != Vec3::ZERO).then_some(moved)
        })
        .collect()
}

/// The same triangle with the same winding, smallest corner first.
fn turned([a, b, c]: [usize; 3]) -> [usize; 3] {
    if a < b && a < c {
        [a, b, c]
    } else if b < c {
        [b, c, a]
    } else {
        [c, a, b]
    }
}
