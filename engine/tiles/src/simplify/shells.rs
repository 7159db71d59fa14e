//! Faces of one part that hang together: the walls of a box, a crown, a chair.

use std::collections::HashMap;

use glam::Vec3;

use super::soup::Face;

/// Points per meter of the welding grid: what packs can tell apart.
const WELD_PER_M: f32 = 1000.0;

/// The numbers of the faces by shell. Shells are in the order of their parts and then of their first faces.
pub(super) fn shells(faces: &[Face]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by_key(|&i| faces.get(i).map(|f| f.part));
    let part = |i: usize| faces.get(i).map(|f| f.part);
    let mut out = Vec::new();
    for of_part in order.chunk_by(|&a, &b| part(a) == part(b)) {
        let own: Vec<Face> = of_part.iter().filter_map(|&i| faces.get(i)).copied().collect();
        let mut by_root: Vec<(usize, usize)> = roots(&own).into_iter().zip(of_part.iter().copied()).collect();
        by_root.sort_unstable();
        out.extend(by_root.chunk_by(|a, b| a.0 == b.0).map(|shell| shell.iter().map(|&(_, i)| i).collect()));
    }
    out
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
