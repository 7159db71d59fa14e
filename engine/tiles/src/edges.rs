//! Feature edges: the creases and open boundaries that make a shape readable.

use std::collections::HashMap;

use glam::DVec3;

use crate::part::Part;

/// Cosine of the angle between two faces above which their edge is a crease: 30°, and half a degree so that a
/// cylinder of twelve sides stays smooth.
const COS_CREASE: f64 = 0.861_629_160_441_525_6;
/// Points per meter of the welding grid: 0.1 mm.
const WELD_PER_M: f64 = 1e4;

struct EdgeUse {
    /// Welded ends, smaller first.
    ends: [u32; 2],
    /// The triangle runs from the smaller to the larger end.
    forward: bool,
    part_ix: usize,
    triangle_ix: usize,
    corner: u8,
    normal: DVec3,
}

/// Marks the feature edges of one object in `edge_bits` of its parts. Parts that are not `edged` take no part.
pub(crate) fn mark_feature_edges(parts: &mut [Part]) {
    let Some(base) = parts.first().map(|p| p.origin) else { return };
    let mut uses = collect(parts, base);
    uses.sort_unstable_by_key(|u| (u.ends, u.part_ix, u.triangle_ix, u.corner));
    for group in uses.chunk_by(|a, b| a.ends == b.ends) {
        if let Some(first) = group.first()
            && is_feature(group)
            && let Some(bits) =
                parts.get_mut(first.part_ix).and_then(|p| p.edge_bits.get_mut(first.triangle_ix))
        {
            *bits |= 1 << first.corner;
        }
    }
}

fn collect(parts: &[Part], base: DVec3) -> Vec<EdgeUse> {
    let mut ids: HashMap<[i64; 3], u32> = HashMap::new();
    let mut uses = Vec::new();
    for (part_ix, part) in parts.iter().enumerate().filter(|(_, p)| p.edged) {
        let welded: Vec<u32> = (0_u32..)
            .zip(&part.vertices)
            .map(|(v, _)| {
                let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                *ids.entry(weld(part.world(v) - base)).or_insert(next)
            })
            .collect();
        for (triangle_ix, &t) in part.triangles.iter().enumerate() {
            let [a, b, c] = part.corners(t);
            let Some(normal) = (b - a).cross(c - a).try_normalize() else { continue };
            let [i, j, k] = t.map(|v| welded.get(v as usize).copied().unwrap_or(0));
            for (corner, from, to) in [(0, i, j), (1, j, k), (2, k, i)] {
                if from != to {
                    let ends = [from.min(to), from.max(to)];
                    uses.push(EdgeUse { ends, forward: from < to, part_ix, triangle_ix, corner, normal });
                }
            }
        }
    }
    uses
}

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn weld(p: DVec3) -> [i64; 3] {
    let q = (p * WELD_PER_M).round();
    [q.x as i64, q.y as i64, q.z as i64]
}

fn is_feature(group: &[EdgeUse]) -> bool {
    match group {
        [] => false,
        [_] => true,
        [a, b] => {
            // Two faces that run along the edge in the same direction are wound against each other.
            let sign = if a.forward == b.forward { -1.0 } else { 1.0 };
            a.normal.dot(b.normal) * sign < COS_CREASE
        }
        // Doubled faces (both sides modeled) meet four at a time: only the planes count.
        [first, rest @ ..] => rest.iter().any(|u| u.normal.dot(first.normal).abs() < COS_CREASE),
    }
}
