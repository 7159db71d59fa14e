//! Cutting space: shapes cut into items, and cells of items grouped into tiles.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::Bounds;

use crate::builder::InputLine;
use crate::error::TileError;
use crate::item::{Item, LineRun};
use crate::piece::{CUT_CELL_M, Piece, WHOLE_M};
use crate::spill::Spill;

/// Largest cell of space that becomes one leaf tile, meters.
pub(crate) const LEAF_CELL_M: f64 = 128.0;
/// Cells in which items wait, meters. Chosen: what one of them holds fits into memory, and a district has some
/// hundred thousand.
pub(crate) const WAIT_CELL_M: f64 = 32.0;
/// Smallest cell of space, meters; what is left in one is cut by count.
const MIN_CELL_M: f64 = 2.0;
/// Vertices of a tile above which its cell is halved. Chosen: 0.8 MB, which loads in a few milliseconds.
const MAX_VERTICES: usize = 65_536;
/// Triangles of one item, the unit that is not cut: below half a cluster even with three vertices each.
const MAX_ITEM_TRIANGLES: usize = 8_192;

/// The cell of edge `edge_m` that holds a point; cells lie at multiples of their edge in the project frame.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
pub(crate) fn cell_of(p: DVec3, edge_m: f64) -> [i64; 3] {
    let c = (p / edge_m).floor();
    [c.x as i64, c.y as i64, c.z as i64]
}

/// Middle of a cell, in the project frame.
fn middle(cell: [i64; 3], edge_m: f64) -> DVec3 {
    let [x, y, z] = cell.map(|c| c as f64 + 0.5);
    DVec3::new(x, y, z) * edge_m
}

/// Cuts a piece: whole if small, otherwise by cells of space.
pub(crate) fn cut_piece(piece: Piece) -> Vec<Item> {
    let is_whole = piece.bounds.size().max_element() <= WHOLE_M * piece.factor();
    if is_whole && piece.triangles.len() <= MAX_ITEM_TRIANGLES {
        return vec![Item::Piece(piece)];
    }
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    for (i, &t) in (0_u32..).zip(&piece.triangles) {
        let [a, b, c] = piece.corners(t);
        let cell = if is_whole { [0; 3] } else { cell_of((a + b + c) / 3.0, CUT_CELL_M * piece.factor()) };
        cells.entry(cell).or_default().push(i);
    }
    let parts = cells.values().flat_map(|all| all.chunks(MAX_ITEM_TRIANGLES));
    parts.map(|some| Item::Piece(piece.part_of(some))).collect()
}

/// Cuts a line into runs of segments whose middles lie in one cell.
pub(crate) fn cut_line(line_ix: usize, line: &InputLine) -> Vec<LineRun> {
    let mut runs: Vec<LineRun> = Vec::new();
    let mut last = None;
    for (k, pair) in line.points.windows(2).enumerate() {
        let &[a, b] = pair else { continue };
        let cell = cell_of(a.midpoint(b), WHOLE_M);
        let mut bounds = Bounds::EMPTY;
        bounds.add(a);
        bounds.add(b);
        if last == Some(cell)
            && let Some(run) = runs.last_mut()
            && 2 * (run.to - run.from) < MAX_ITEM_TRIANGLES
        {
            run.to = k + 1;
            run.bounds = run.bounds.union(bounds);
        } else {
            runs.push(LineRun { line_ix, from: k, to: k + 1, bounds });
        }
        last = Some(cell);
    }
    runs
}

/// What one leaf tile is made of (or several, where much stands close together), and the cell that it lies in.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) content: Waiting,
    pub(crate) cell: [i64; 3],
    pub(crate) edge_m: f64,
}

/// Items that are here, or where they wait.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    Here(Vec<Item>),
    /// Cells of [`WAIT_CELL_M`].
    In(Vec<[i64; 3]>),
}

impl Member {
    /// Middle of its cell, in the project frame.
    pub(crate) fn center(&self) -> DVec3 {
        middle(self.cell, self.edge_m)
    }
}

/// Groups cells of [`WAIT_CELL_M`], which hold so many vertices each, so that each group makes one leaf tile: the
/// largest cells that are not too full.
///
/// Cells lie at multiples of their size in the project frame, so that a change in one place leaves the tiles of
/// other places as they were.
pub(crate) fn group_cells(cells: &BTreeMap<[i64; 3], usize>) -> Vec<Member> {
    let mut members = Vec::new();
    let all: Vec<([i64; 3], usize)> = cells.iter().map(|(&cell, &n)| (cell, n)).collect();
    group_within(all, LEAF_CELL_M, &mut members);
    members
}

fn group_within(all: Vec<([i64; 3], usize)>, edge_m: f64, members: &mut Vec<Member>) {
    let mut cells: BTreeMap<[i64; 3], Vec<([i64; 3], usize)>> = BTreeMap::new();
    for (small, n) in all {
        cells.entry(cell_of(middle(small, WAIT_CELL_M), edge_m)).or_default().push((small, n));
    }
    for (cell, inner) in cells {
        let n: usize = inner.iter().map(|c| c.1).sum();
        if n <= MAX_VERTICES || edge_m <= WAIT_CELL_M {
            let content = Waiting::In(inner.into_iter().map(|c| c.0).collect());
            members.push(Member { content, cell, edge_m });
        } else {
            group_within(inner, edge_m * 0.5, members);
        }
    }
}

/// A member that is here.
pub(crate) enum Loaded {
    /// One tile.
    One(Vec<Item>),
    /// More than one tile holds.
    Several(Vec<Member>),
}

impl Member {
    /// Fetches its items from where they wait; divides them if they are too many for one tile.
    pub(crate) fn load(self, cells: &Spill<[i64; 3]>) -> Result<Loaded, TileError> {
        let waiting = match self.content {
            Waiting::Here(items) => return Ok(Loaded::One(items)),
            Waiting::In(waiting) => waiting,
        };
        let mut items = Vec::new();
        for cell in waiting {
            items.extend(Item::read_all(&cells.read(cell)?)?);
        }
        if items.iter().map(Item::n_vertices).sum::<usize>() <= MAX_VERTICES {
            return Ok(Loaded::One(items));
        }
        let mut members = Vec::new();
        split(items, self.edge_m * 0.5, &mut members);
        Ok(Loaded::Several(members))
    }
}

fn split(items: Vec<Item>, edge_m: f64, members: &mut Vec<Member>) {
    let mut cells: BTreeMap<[i64; 3], Vec<Item>> = BTreeMap::new();
    for item in items {
        cells.entry(cell_of(item.bounds().center(), edge_m)).or_default().push(item);
    }
    for (cell, items) in cells {
        let n: usize = items.iter().map(Item::n_vertices).sum();
        if n <= MAX_VERTICES {
            members.push(Member { content: Waiting::Here(items), cell, edge_m });
        } else if edge_m > MIN_CELL_M {
            split(items, edge_m * 0.5, members);
        } else {
            fill(items, (cell, edge_m), members);
        }
    }
}

fn fill(items: Vec<Item>, (cell, edge_m): ([i64; 3], f64), members: &mut Vec<Member>) {
    let mut tile = Vec::new();
    let mut n = 0;
    for item in items {
        if n + item.n_vertices() > MAX_VERTICES && !tile.is_empty() {
            let content = Waiting::Here(std::mem::take(&mut tile));
            members.push(Member { content, cell, edge_m });
            n = 0;
        }
        n += item.n_vertices();
        tile.push(item);
    }
    members.push(Member { content: Waiting::Here(tile), cell, edge_m });
}
