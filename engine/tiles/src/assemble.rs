//! Cutting space: chunks of shapes, and chunks grouped into tiles.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::Bounds;

use crate::builder::InputLine;
use crate::piece::{CUT_CELL_M, Piece, WHOLE_M};
use crate::repeat::Repeat;

/// Largest cell of space that becomes one leaf tile, meters.
pub(crate) const LEAF_CELL_M: f64 = 128.0;
/// Smallest cell: below it tiles are filled in order instead of halving space further.
const MIN_CELL_M: f64 = 2.0;
/// Vertices of a tile above which its cell is halved. Chosen: 0.8 MB, which loads in a few milliseconds.
const MAX_VERTICES: usize = 65_536;
/// Triangles of one chunk, the unit that is not cut: below half a cluster even with three vertices each.
const MAX_CHUNK_TRIANGLES: usize = 8_192;
/// What an instance counts among vertices: its 52 bytes.
const INSTANCE_VERTICES: usize = 5;

/// What goes into one tile and one cluster as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) kind: ChunkKind,
    pub(crate) bounds: Bounds,
    pub(crate) n_vertices: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum ChunkKind {
    /// Triangles of a piece; `None` for all of them.
    Triangles { piece_ix: usize, triangles: Option<Vec<u32>> },
    /// Segment `from..to` of a line: segment k runs from point k to k + 1.
    Segments { line_ix: usize, from: usize, to: usize },
    /// A repeated shape in one place.
    Repeat { repeat_ix: usize },
}

/// The cell of edge `edge_m` that holds a point; cells lie at multiples of their edge in the project frame.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
pub(crate) fn cell_of(p: DVec3, edge_m: f64) -> [i64; 3] {
    let c = (p / edge_m).floor();
    [c.x as i64, c.y as i64, c.z as i64]
}

/// Cuts a piece: whole if small, otherwise by cells of space.
pub(crate) fn chunks_of_piece(piece_ix: usize, piece: &Piece) -> Vec<Chunk> {
    let is_whole = piece.bounds.size().max_element() <= WHOLE_M * piece.factor();
    if is_whole && piece.triangles.len() <= MAX_CHUNK_TRIANGLES {
        let kind = ChunkKind::Triangles { piece_ix, triangles: None };
        return vec![Chunk { kind, bounds: piece.bounds, n_vertices: piece.vertices.len() }];
    }
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    for (i, &t) in (0_u32..).zip(&piece.triangles) {
        let [a, b, c] = piece.corners(t);
        let cell = if is_whole { [0; 3] } else { cell_of((a + b + c) / 3.0, CUT_CELL_M * piece.factor()) };
        cells.entry(cell).or_default().push(i);
    }
    let mut chunks = Vec::new();
    for triangles in cells.into_values() {
        for some in triangles.chunks(MAX_CHUNK_TRIANGLES) {
            let mut bounds = Bounds::EMPTY;
            for t in some.iter().filter_map(|&i| piece.triangles.get(i as usize)) {
                piece.corners(*t).into_iter().for_each(|p| bounds.add(p));
            }
            let n_vertices = piece.vertices.len().min(some.len() * 3);
            let kind = ChunkKind::Triangles { piece_ix, triangles: Some(some.to_vec()) };
            chunks.push(Chunk { kind, bounds, n_vertices });
        }
    }
    chunks
}

/// One chunk for each place of a repeated shape.
pub(crate) fn chunk_of_repeat(repeat_ix: usize, repeat: &Repeat) -> Chunk {
    let kind = ChunkKind::Repeat { repeat_ix };
    Chunk { kind, bounds: repeat.bounds, n_vertices: INSTANCE_VERTICES }
}

/// Cuts a line into runs of segments whose middles lie in one cell.
pub(crate) fn chunks_of_lines(line_ix: usize, line: &InputLine) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut last = None;
    for (k, pair) in line.points.windows(2).enumerate() {
        let &[a, b] = pair else { continue };
        let cell = cell_of(a.midpoint(b), WHOLE_M);
        let mut bounds = Bounds::EMPTY;
        bounds.add(a);
        bounds.add(b);
        if last == Some(cell)
            && let Some(chunk) = chunks.last_mut()
            && let ChunkKind::Segments { to, .. } = &mut chunk.kind
            && chunk.n_vertices < MAX_CHUNK_TRIANGLES
        {
            *to = k + 1;
            chunk.bounds = chunk.bounds.union(bounds);
            chunk.n_vertices += 2;
        } else {
            let kind = ChunkKind::Segments { line_ix, from: k, to: k + 1 };
            chunks.push(Chunk { kind, bounds, n_vertices: 2 });
        }
        last = Some(cell);
    }
    chunks
}

/// The chunks of one leaf tile, and the cell that they lie in.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) cell: [i64; 3],
    pub(crate) edge_m: f64,
}

impl Member {
    /// Middle of its cell, in the project frame.
    pub(crate) fn center(&self) -> DVec3 {
        let [x, y, z] = self.cell.map(|c| c as f64 + 0.5);
        DVec3::new(x, y, z) * self.edge_m
    }
}

/// Groups chunks so that each group makes one leaf tile: cells of space, halved until they are small enough.
///
/// Cells lie at multiples of their size in the project frame, so that a change in one place leaves the tiles of
/// other places as they were.
pub(crate) fn group(chunks: Vec<Chunk>) -> Vec<Member> {
    let mut groups = Vec::new();
    split(chunks, LEAF_CELL_M, &mut groups);
    groups
}

fn split(chunks: Vec<Chunk>, edge_m: f64, groups: &mut Vec<Member>) {
    let mut cells: BTreeMap<[i64; 3], Vec<Chunk>> = BTreeMap::new();
    for chunk in chunks {
        cells.entry(cell_of(chunk.bounds.center(), edge_m)).or_default().push(chunk);
    }
    for (cell, chunks) in cells {
        let n: usize = chunks.iter().map(|c| c.n_vertices).sum();
        if n <= MAX_VERTICES {
            groups.push(Member { chunks, cell, edge_m });
        } else if edge_m > MIN_CELL_M {
            split(chunks, edge_m * 0.5, groups);
        } else {
            fill(chunks, (cell, edge_m), groups);
        }
    }
}

fn fill(chunks: Vec<Chunk>, (cell, edge_m): ([i64; 3], f64), groups: &mut Vec<Member>) {
    let mut tile = Vec::new();
    let mut n = 0;
    for chunk in chunks {
        if n + chunk.n_vertices > MAX_VERTICES && !tile.is_empty() {
            groups.push(Member { chunks: std::mem::take(&mut tile), cell, edge_m });
            n = 0;
        }
        n += chunk.n_vertices;
        tile.push(chunk);
    }
    groups.push(Member { chunks: tile, cell, edge_m });
}
