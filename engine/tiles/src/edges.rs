//! Feature edges (the creases and open boundaries that make a shape readable), and which shapes are closed.

use std::collections::HashMap;

use glam::DVec3;

use crate::piece::Piece;

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
    piece_ix: usize,
    triangle_ix: usize,
    corner: u8,
    normal: DVec3,
}

/// Marks the feature edges of one object in `edge_bits` of its pieces that are `edged`, and which of its pieces are
/// `single_sided`: those whose shells are all closed and wound outward.
pub(crate) fn mark_edges_and_sides(pieces: &mut [Piece]) {
    let Some(base) = pieces.first().map(|p| p.origin) else { return };
    let (mut uses, mut shells) = collect(pieces, base);
    uses.sort_unstable_by_key(|u| (u.ends, u.piece_ix, u.triangle_ix, u.corner));
    for group in uses.chunk_by(|a, b| a.ends == b.ends) {
        if !matches!(group, [a, b] if a.forward != b.forward)
            && let Some(first) = group.first()
        {
            shells.open(first.ends[0]);
        }
        mark(group, pieces);
    }
    let sound = shells.sound();
    for (piece_ix, piece) in pieces.iter_mut().enumerate() {
        let roots = shells.of_piece.get(piece_ix).map(Vec::as_slice).unwrap_or_default();
        piece.single_sided = !roots.is_empty()
            && roots.iter().all(|&v| sound.get(shells.parent_of(v)).copied().unwrap_or(false));
    }
}

fn mark(group: &[EdgeUse], pieces: &mut [Piece]) {
    let edged = |u: &&EdgeUse| pieces.get(u.piece_ix).is_some_and(|p| p.edged);
    let marked: Vec<&EdgeUse> = group.iter().filter(edged).collect();
    if is_feature(&marked)
        && let Some(first) = marked.first()
        && let Some(bits) =
            pieces.get_mut(first.piece_ix).and_then(|p| p.edge_bits.get_mut(first.triangle_ix))
    {
        *bits |= 1 << first.corner;
    }
}

/// Connected shells of one object: a forest over welded points.
#[derive(Default)]
struct Shells {
    parent: Vec<usize>,
    open: Vec<bool>,
    volume: Vec<f64>,
    /// One point of each triangle, by piece.
    of_piece: Vec<Vec<usize>>,
}

impl Shells {
    fn parent_of(&self, mut v: usize) -> usize {
        while let Some(&p) = self.parent.get(v)
            && p != v
        {
            v = p;
        }
        v
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.parent_of(a), self.parent_of(b));
        // The smaller number becomes the root, and both paths were short: points of one triangle are neighbors.
        if let Some(p) = self.parent.get_mut(a.max(b)) {
            *p = a.min(b);
        }
    }

    fn open(&mut self, v: u32) {
        if let Some(open) = self.open.get_mut(v as usize) {
            *open = true;
        }
    }

    /// Whether the shell of each root is closed and encloses a positive volume.
    fn sound(&mut self) -> Vec<bool> {
        for v in 0..self.parent.len() {
            let root = self.parent_of(v);
            if let Some(p) = self.parent.get_mut(v) {
                *p = root;
            }
        }
        let mut volume = vec![0.0; self.parent.len()];
        let mut open = vec![false; self.parent.len()];
        for (v, &root) in self.parent.iter().enumerate() {
            if let (Some(sum), Some(any)) = (volume.get_mut(root), open.get_mut(root)) {
                *sum += self.volume.get(v).copied().unwrap_or(0.0);
                *any |= self.open.get(v).copied().unwrap_or(true);
            }
        }
        volume.iter().zip(&open).map(|(&v, &open)| !open && v > 0.0).collect()
    }
}

fn collect(pieces: &[Piece], base: DVec3) -> (Vec<EdgeUse>, Shells) {
    let mut ids: HashMap<[i64; 3], u32> = HashMap::new();
    let mut uses = Vec::new();
    let mut shells = Shells::default();
    for (piece_ix, piece) in pieces.iter().enumerate() {
        let welded: Vec<u32> = (0_u32..)
            .zip(&piece.vertices)
            .map(|(v, _)| {
                let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                *ids.entry(weld(piece.world(v) - base)).or_insert(next)
            })
            .collect();
        shells.parent.extend(shells.parent.len()..ids.len());
        shells.open.resize(ids.len(), false);
        shells.volume.resize(ids.len(), 0.0);
        let mut roots = Vec::with_capacity(piece.triangles.len());
        for (triangle_ix, &t) in piece.triangles.iter().enumerate() {
            let [a, b, c] = piece.corners(t);
            let Some(normal) = (b - a).cross(c - a).try_normalize() else { continue };
            let [i, j, k] = t.map(|v| welded.get(v as usize).copied().unwrap_or(0));
            shells.join(i as usize, j as usize);
            shells.join(j as usize, k as usize);
            if let Some(v) = shells.volume.get_mut(i as usize) {
                *v += (a - base).dot((b - base).cross(c - base)) / 6.0;
            }
            roots.push(i as usize);
            for (corner, from, to) in [(0, i, j), (1, j, k), (2, k, i)] {
                if from != to {
                    let ends = [from.min(to), from.max(to)];
                    uses.push(EdgeUse { ends, forward: from < to, piece_ix, triangle_ix, corner, normal });
                }
            }
        }
        shells.of_piece.push(roots);
    }
    (uses, shells)
}

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn weld(p: DVec3) -> [i64; 3] {
    let q = (p * WELD_PER_M).round();
    [q.x as i64, q.y as i64, q.z as i64]
}

fn is_feature(group: &[&EdgeUse]) -> bool {
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
