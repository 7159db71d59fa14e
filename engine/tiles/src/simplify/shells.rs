//! Faces of one part that hang together: the walls of a box, a crown, a chair.

use std::collections::HashMap;

use glam::Vec3;

use super::soup::Face;

/// Points per meter of the welding grid: what packs can tell apart.
const WELD_PER_M: f32 = 1000.0;

/// The faces ordered by shell, and the lengths of the shells. Shells of a part are in the order of their first face.
pub(super) fn shells(mut faces: Vec<Face>) -> (Vec<Face>, Vec<usize>) {
    faces.sort_by_key(|f| f.part);
    let mut out = Vec::with_capacity(faces.len());
    let mut lengths = Vec::new();
    for part in faces.chunk_by(|a, b| a.part == b.part) {
        let roots = roots(part);
        let mut order: Vec<usize> = (0..part.len()).collect();
        order.sort_by_key(|&i| roots.get(i));
        for shell in order.chunk_by(|&a, &b| roots.get(a) == roots.get(b)) {
            lengths.push(shell.len());
            out.extend(shell.iter().filter_map(|&i| part.get(i)));
        }
    }
    (out, lengths)
}

/// For each face the smallest number of a corner of its shell.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn roots(faces: &[Face]) -> Vec<usize> {
    let mut ids: HashMap<[i32; 3], usize> = HashMap::new();
    let mut above: Vec<usize> = Vec::new();
    let welded = |p: Vec3| (p * WELD_PER_M).round().to_array().map(|c| c as i32);
    let corners: Vec<[usize; 3]> = faces
        .iter()
        .map(|face| {
            let corners = face.p.map(|p| {
                let id = *ids.entry(welded(p)).or_insert(above.len());
                if id == above.len() {
                    above.push(id);
                }
                id
            });
            let tops = corners.map(|c| top(&mut above, c));
            let least = tops.into_iter().min().unwrap_or(0);
            for t in tops {
                if let Some(slot) = above.get_mut(t) {
                    *slot = least;
                }
            }
            corners
        })
        .collect();
    corners.iter().map(|c| top(&mut above, c[0])).collect()
}

/// The last in the chain of corners above `id`; shortens the chain.
fn top(above: &mut [usize], mut id: usize) -> usize {
    while let Some(&next) = above.get(id)
        && next != id
    {
        let after = above.get(next).copied().unwrap_or(next);
        if let Some(slot) = above.get_mut(id) {
            *slot = after;
        }
        id = after;
    }
    id
}
