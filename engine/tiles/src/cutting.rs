//! From objects to cells: pieces that waited by object are finished, cut, and wait by cell.

use std::collections::{BTreeMap, HashMap};

use lantu_base::{Bounds, CancelToken, Cancelled};
use rayon::prelude::*;

use crate::assemble::{WAIT_CELL_M, cell_of, cut_line, cut_piece};
use crate::builder::{InputLine, ObjectExtent};
use crate::edges::mark_edges_and_sides;
use crate::error::TileError;
use crate::item::Item;
use crate::pack::PackHash;
use crate::piece::Piece;
use crate::repeat::{Repeat, ShapeCounts, Template, shared_name, template_of};
use crate::spill::{Spill, SpillRoom};
use crate::vertex::Part;

/// Objects that wait together, see [`bucket_of`]. Chosen: some hundred kilobytes of ordinary objects.
const OBJECTS_PER_BUCKET: u32 = 256;
/// Bytes of objects that are worked on at a time, unless less may wait in memory. Chosen: enough for all threads.
const BATCH_BYTES: u64 = 16 << 20;

/// Where an object's pieces wait for each other.
pub(crate) fn bucket_of(object: u32) -> u32 {
    object / OBJECTS_PER_BUCKET
}

/// One layer's items by cell, and what they refer to.
pub(crate) struct Cut {
    pub(crate) cells: Spill<[i64; 3]>,
    /// What each cell counts when tiles are cut.
    pub(crate) n_vertices: BTreeMap<[i64; 3], usize>,
    pub(crate) lines: Vec<InputLine>,
    pub(crate) templates: Vec<Template>,
    /// Colors of objects.
    pub(crate) parts: Vec<Part>,
}

/// What cutting reads and adds to.
pub(crate) struct Cutter<'a> {
    pub(crate) counts: &'a ShapeCounts,
    pub(crate) objects: &'a mut BTreeMap<u32, ObjectExtent>,
    pub(crate) cancel: &'a CancelToken,
    pub(crate) room: SpillRoom,
}

impl Cutter<'_> {
    /// Cuts a layer: its pieces and repeats by bucket, its lines, and the templates that were given.
    ///
    /// Bucket after bucket in the order of objects, so that nothing depends on the order in which they came.
    pub(crate) fn cut(
        &mut self,
        waiting: Spill<u32>,
        mut lines: Vec<InputLine>,
        templates: Vec<Template>,
    ) -> Result<Cut, TileError> {
        sort_lines(&mut lines);
        let mut cut = Cut {
            cells: Spill::new(self.room.clone()),
            n_vertices: BTreeMap::new(),
            lines: Vec::new(),
            templates,
            parts: Vec::new(),
        };
        let mut by_name = HashMap::new();
        let buckets: Vec<u32> = waiting.keys().collect();
        let mut rest = buckets.as_slice();
        let batch_bytes = BATCH_BYTES.min(self.room.memory_bytes as u64);
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take_while(|&&bucket| {
                bytes += waiting.len(bucket);
                bytes <= batch_bytes
            });
            let (batch, after) = rest.split_at(fits.count().max(1));
            rest = after;
            let mut items = Vec::new();
            for &bucket in batch {
                items.extend(Item::read_all(&waiting.read(bucket)?)?);
            }
            self.cut_batch(items, &mut by_name, &mut cut)?;
        }
        // Its memory and its disk are free from here on.
        drop(waiting);
        for (line_ix, line) in lines.iter().enumerate() {
            self.cancel.check()?;
            let runs = cut_line(line_ix, line);
            let bounds = runs.iter().fold(Bounds::EMPTY, |all, run| all.union(run.bounds));
            self.count(line.object, bounds, 0);
            runs.into_iter().try_for_each(|run| cut.push(&Item::Run(run)))?;
        }
        cut.lines = lines;
        Ok(cut)
    }

    fn cut_batch(
        &mut self,
        items: Vec<Item>,
        by_name: &mut HashMap<PackHash, Option<usize>>,
        cut: &mut Cut,
    ) -> Result<(), TileError> {
        let (mut pieces, mut repeats) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Piece(p) => pieces.push(p),
                Item::Repeat(r) => repeats.push(r),
                Item::Run(_) => {}
            }
        }
        let pieces = with_edges(pieces, self.cancel)?;
        for p in &pieces {
            self.count(p.object, p.bounds, p.triangles.len());
        }
        for r in &repeats {
            let n = cut.templates.get(r.template_ix).map_or(0, |t| t.triangles.len());
            self.count(r.object, r.bounds, n);
        }
        let names: Vec<Option<PackHash>> = pieces.par_iter().map(|p| shared_name(p, self.counts)).collect();
        let mut own = Vec::with_capacity(pieces.len());
        for (piece, name) in pieces.into_iter().zip(names) {
            match name.and_then(|name| cut.repeat(&piece, name, by_name)) {
                Some(repeat) => repeats.push(repeat),
                None => own.push(piece),
            }
        }
        repeats.sort_by(Repeat::order);
        let mut known = HashMap::new();
        for p in &mut own {
            p.part = cut.part(&mut known, (p.object, p.color));
        }
        for r in &mut repeats {
            r.part = cut.part(&mut known, (r.object, r.color));
        }
        let items: Vec<Vec<Item>> = own.into_par_iter().map(cut_piece).collect();
        items
            .into_iter()
            .flatten()
            .chain(repeats.into_iter().map(Item::Repeat))
            .try_for_each(|i| cut.push(&i))
    }

    fn count(&mut self, object: u32, bounds: Bounds, n_triangles: usize) {
        let empty = ObjectExtent { bounds: Bounds::EMPTY, n_triangles: 0 };
        let extent = self.objects.entry(object).or_insert(empty);
        extent.bounds = extent.bounds.union(bounds);
        let n = u32::try_from(n_triangles).unwrap_or(u32::MAX);
        extent.n_triangles = extent.n_triangles.saturating_add(n);
    }
}

impl Cut {
    fn push(&mut self, item: &Item) -> Result<(), TileError> {
        let cell = cell_of(item.bounds().center(), WAIT_CELL_M);
        *self.n_vertices.entry(cell).or_default() += item.n_vertices();
        let mut bytes = Vec::new();
        item.write(&mut bytes);
        self.cells.push(cell, &bytes)
    }

    /// A piece as a place of the shape that it shares with others; `None` if the shape cannot be shared.
    fn repeat(
        &mut self,
        piece: &Piece,
        name: PackHash,
        by_name: &mut HashMap<PackHash, Option<usize>>,
    ) -> Option<Repeat> {
        let ix = *by_name.entry(name).or_insert_with(|| {
            self.templates.push(template_of(piece)?);
            Some(self.templates.len() - 1)
        });
        let (ix, template) = (ix?, self.templates.get(ix?)?);
        let place = glam::DAffine3::from_translation(piece.bounds.min);
        Some(Repeat::new((ix, template), piece.object, piece.color, place))
    }

    fn part(&mut self, known: &mut HashMap<Part, u32>, (object, color): (u32, [u8; 4])) -> u32 {
        let part = Part { object, rgba: u32::from_le_bytes(color) };
        let next = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        *known.entry(part).or_insert_with(|| {
            self.parts.push(part);
            next
        })
    }
}

fn sort_lines(lines: &mut [InputLine]) {
    lines.sort_by(|a, b| {
        let key = |l: &InputLine| (l.object, l.color, l.width.to_bits(), l.points.len());
        let bits = |l: &InputLine| -> Vec<[u64; 3]> {
            l.points.iter().map(|p| p.to_array().map(f64::to_bits)).collect()
        };
        key(a).cmp(&key(b)).then_with(|| bits(a).cmp(&bits(b)))
    });
}

fn with_edges(mut pieces: Vec<Piece>, cancel: &CancelToken) -> Result<Vec<Piece>, Cancelled> {
    pieces.par_sort_by(Piece::order);
    let objects: Result<Vec<()>, Cancelled> = pieces
        .par_chunk_by_mut(|a, b| a.object == b.object)
        .map(|object| {
            cancel.check()?;
            mark_edges_and_sides(object);
            Ok(())
        })
        .collect();
    objects.map(|_done| pieces)
}
