//! Cutting space: chunks of triangles, chunks grouped into tiles, tiles filled.

use std::collections::{BTreeMap, HashMap};

use glam::DVec3;
use lantu_base::{Bounds, TileFrame, WorldPoint};

use crate::builder::InputLine;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::part::Part;
use crate::vertex::{Segment, Vertex};

/// Objects wider than this are cut, meters. Measured elsewhere: 65 m keep 1 mm in 16 bits, should we quantize.
const CUT_M: f64 = 64.0;
/// Largest cell of space that becomes one tile, meters.
const CELL_M: f64 = 128.0;
/// Smallest cell: below it tiles are filled in order instead of halving space further.
const MIN_CELL_M: f64 = 2.0;
/// Vertices of a tile above which its cell is halved.
const MAX_VERTICES: usize = 65_536;
/// Vertices of a tile up to which a cell of the largest size is kept whole.
const COARSE_VERTICES: usize = 16_384;
/// Triangles of one chunk, the unit that is not cut: below half a tile even with three vertices each.
const MAX_CHUNK_TRIANGLES: usize = 8_192;

/// Part of one object that goes into one tile.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    kind: ChunkKind,
    bounds: Bounds,
    n_vertices: usize,
}

#[derive(Clone, Debug)]
enum ChunkKind {
    /// Triangles of a part.
    Triangles { part_ix: usize, triangles: Vec<u32> },
    /// Segment `from..to` of a line: segment k runs from point k to k + 1.
    Segments { line_ix: usize, from: usize, to: usize },
}

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn cell_of(p: DVec3, edge_m: f64) -> [i64; 3] {
    let c = (p / edge_m).floor();
    [c.x as i64, c.y as i64, c.z as i64]
}

/// Cuts a part: whole if small, otherwise by cells of space.
pub(crate) fn chunks_of_part(part_ix: usize, part: &Part) -> Vec<Chunk> {
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    if part.bounds.size().max_element() <= CUT_M {
        let all = (0_u32..).zip(&part.triangles).map(|(i, _)| i).collect();
        cells.insert([0; 3], all);
    } else {
        for (i, &t) in (0_u32..).zip(&part.triangles) {
            let [a, b, c] = part.corners(t);
            cells.entry(cell_of((a + b + c) / 3.0, CUT_M)).or_default().push(i);
        }
    }
    let mut chunks = Vec::new();
    for triangles in cells.into_values() {
        for piece in triangles.chunks(MAX_CHUNK_TRIANGLES) {
            let mut bounds = Bounds::EMPTY;
            for t in piece.iter().filter_map(|&i| part.triangles.get(i as usize)) {
                part.corners(*t).into_iter().for_each(|p| bounds.add(p));
            }
            let n_vertices = part.vertices.len().min(piece.len() * 3);
            let kind = ChunkKind::Triangles { part_ix, triangles: piece.to_vec() };
            chunks.push(Chunk { kind, bounds, n_vertices });
        }
    }
    chunks
}

/// Cuts a line into runs of segments whose middles lie in one cell.
pub(crate) fn chunks_of_lines(line_ix: usize, line: &InputLine) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut last = None;
    for (k, pair) in line.points.windows(2).enumerate() {
        let &[a, b] = pair else { continue };
        let cell = cell_of(a.midpoint(b), CUT_M);
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

/// Groups chunks so that each group makes one tile: cells of space, halved until they are small enough.
///
/// Cells lie at multiples of their size in the project frame, so that a change in one place leaves the tiles of
/// other places as they were.
pub(crate) fn group(chunks: Vec<Chunk>) -> Vec<Vec<Chunk>> {
    let mut groups = Vec::new();
    split(chunks, CELL_M, &mut groups);
    groups
}

fn split(chunks: Vec<Chunk>, edge_m: f64, groups: &mut Vec<Vec<Chunk>>) {
    let mut cells: BTreeMap<[i64; 3], Vec<Chunk>> = BTreeMap::new();
    for chunk in chunks {
        cells.entry(cell_of(chunk.bounds.center(), edge_m)).or_default().push(chunk);
    }
    for chunks in cells.into_values() {
        let n: usize = chunks.iter().map(|c| c.n_vertices).sum();
        if n <= COARSE_VERTICES || (n <= MAX_VERTICES && edge_m < CELL_M) {
            groups.push(chunks);
        } else if edge_m > MIN_CELL_M {
            split(chunks, edge_m * 0.5, groups);
        } else {
            fill(chunks, groups);
        }
    }
}

fn fill(chunks: Vec<Chunk>, groups: &mut Vec<Vec<Chunk>>) {
    let mut tile = Vec::new();
    let mut n = 0;
    for chunk in chunks {
        if n + chunk.n_vertices > MAX_VERTICES && !tile.is_empty() {
            groups.push(std::mem::take(&mut tile));
            n = 0;
        }
        n += chunk.n_vertices;
        tile.push(chunk);
    }
    groups.push(tile);
}

struct Assembly {
    frame: TileFrame,
    tile: MeshTile,
    transparent: Vec<u32>,
}

/// Fills one tile.
pub(crate) fn assemble(layer: TileLayer, chunks: &[Chunk], parts: &[Part], lines: &[InputLine]) -> MeshTile {
    let bounds = chunks.iter().fold(Bounds::EMPTY, |b, c| b.union(c.bounds));
    // Whole meters, so that the origin is exact and survives being written as text.
    let origin = WorldPoint(bounds.center().floor());
    let tile = MeshTile {
        origin,
        bounds,
        vertices: Vec::new(),
        indices: Vec::new(),
        first_transparent: 0,
        edges: Vec::new(),
        segments: Vec::new(),
        layer,
    };
    let mut assembly = Assembly { frame: TileFrame::around(origin), tile, transparent: Vec::new() };
    for chunk in chunks {
        match &chunk.kind {
            ChunkKind::Triangles { part_ix, triangles } => {
                if let Some(part) = parts.get(*part_ix) {
                    assembly.add_triangles(part, triangles);
                }
            }
            ChunkKind::Segments { line_ix, from, to } => {
                if let Some(line) = lines.get(*line_ix) {
                    assembly.add_segments(line, *from, *to);
                }
            }
        }
    }
    let Assembly { mut tile, transparent, .. } = assembly;
    tile.first_transparent = u32::try_from(tile.indices.len()).unwrap_or(u32::MAX);
    tile.indices.extend(transparent);
    tile
}

impl Assembly {
    fn add_triangles(&mut self, part: &Part, triangles: &[u32]) {
        let mut renumbered: HashMap<u32, u32> = HashMap::new();
        let opaque = part.color[3] == 255;
        for &i in triangles {
            let Some(&t) = part.triangles.get(i as usize) else { continue };
            let corners = t.map(|v| {
                if let Some(&known) = renumbered.get(&v) {
                    return Some(known);
                }
                let position = self.frame.narrow(WorldPoint(part.world(v))).ok()?.get().to_array();
                let normal = part.vertices.get(v as usize)?.1;
                let rgba = u32::from_le_bytes(part.color);
                let n = u32::try_from(self.tile.vertices.len()).ok()?;
                self.tile.vertices.push(Vertex { position, normal, rgba, object: part.object });
                renumbered.insert(v, n);
                Some(n)
            });
            let [Some(a), Some(b), Some(c)] = corners else {
                // Triangles are cut to a quarter of the reach before they come here.
                debug_assert!(false, "a triangle lies outside its tile's reach");
                continue;
            };
            let target = if opaque { &mut self.tile.indices } else { &mut self.transparent };
            target.extend([a, b, c]);
            let bits = part.edge_bits.get(i as usize).copied().unwrap_or(0);
            for (corner, from, to) in [(0, a, b), (1, b, c), (2, c, a)] {
                if bits >> corner & 1 == 1 {
                    self.tile.edges.extend([from, to]);
                }
            }
        }
    }

    fn add_segments(&mut self, line: &InputLine, from: usize, to: usize) {
        let points = line.points.get(from..=to).unwrap_or(&[]);
        for pair in points.windows(2) {
            let &[a, b] = pair else { continue };
            let narrow = |p| self.frame.narrow(WorldPoint(p)).map(|p| p.get().to_array());
            if let (Ok(a), Ok(b)) = (narrow(a), narrow(b)) {
                let rgba = u32::from_le_bytes(line.color);
                self.tile.segments.push(Segment { a, b, rgba, object: line.object });
            } else {
                debug_assert!(false, "a segment lies outside its tile's reach");
            }
        }
    }
}
