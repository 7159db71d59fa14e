//! Pairs of objects on disk, sorted by the first: the children of a parent, the openings of a wall.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cache::{PageCache, Paged};
use crate::codec::{Cursor, put_delta, seal, unseal};
use crate::object::NO_PARENT;
use crate::store::{PageError, PageHash, PageStore};

const MAGIC: [u8; 4] = *b"LCE1";

/// Pairs in a page. Chosen: 128 KiB decoded, like the other pages.
const PAGE_EDGES: usize = 16_384;

/// Pairs that are sorted at once while the children of a source are written. Chosen: 8 MiB.
const SORTED_AT_ONCE: usize = 1 << 20;

/// Parents that are counted together while children are written.
const BUCKET_PARENTS: usize = 4096;

/// Where the pairs of one kind lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EdgeTable {
    /// Pairs in all.
    pub(crate) n: u32,
    pages: Vec<EdgeEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct EdgeEntry {
    hash: PageHash,
    first: u32,
    last: u32,
}

/// One page of pairs, sorted.
struct EdgePage {
    from: Vec<u32>,
    to: Vec<u32>,
}

impl Paged for EdgePage {
    fn heap_bytes(&self) -> usize {
        self.from.len() * 8
    }
}

impl EdgePage {
    fn decode(bytes: &[u8], n: usize) -> Result<Self, PageError> {
        let raw = unseal(MAGIC, bytes)?;
        let mut c = Cursor(&raw);
        let (from, to) = (c.deltas(n)?, c.deltas(n)?);
        c.end()?;
        if from.is_sorted() { Ok(Self { from, to }) } else { Err(PageError::Damaged("it is not sorted")) }
    }
}

/// Writes pairs that come sorted.
struct EdgeWriter<'s> {
    store: &'s dyn PageStore,
    table: EdgeTable,
    from: Vec<u32>,
    to: Vec<u32>,
}

impl<'s> EdgeWriter<'s> {
    fn new(store: &'s dyn PageStore) -> Self {
        Self { store, table: EdgeTable::default(), from: Vec::new(), to: Vec::new() }
    }

    fn push(&mut self, from: u32, to: u32) -> Result<(), PageError> {
        self.from.push(from);
        self.to.push(to);
        self.table.n = self.table.n.saturating_add(1);
        if self.from.len() == PAGE_EDGES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), PageError> {
        let (Some(&first), Some(&last)) = (self.from.first(), self.from.last()) else { return Ok(()) };
        let mut raw = Vec::with_capacity(self.from.len() * 8);
        put_delta(&mut raw, &self.from);
        put_delta(&mut raw, &self.to);
        let hash = self.store.write_page(&seal(MAGIC, &raw)?)?;
        self.table.pages.push(EdgeEntry { hash, first, last });
        self.from.clear();
        self.to.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<EdgeTable, PageError> {
        self.flush()?;
        Ok(self.table)
    }
}

/// Writes pairs that are sorted already.
pub(crate) fn write_edges(
    store: &dyn PageStore,
    edges: impl Iterator<Item = (u32, u32)>,
) -> Result<EdgeTable, PageError> {
    let mut w = EdgeWriter::new(store);
    for (from, to) in edges {
        w.push(from, to)?;
    }
    w.finish()
}

/// Writes (parent, child) for every object that has a parent, children of one parent in ascending order.
///
/// Sorts a part of the parents at a time, so that memory stays at a few megabytes beside `parents`.
pub(crate) fn write_children(store: &dyn PageStore, parents: &[u32]) -> Result<EdgeTable, PageError> {
    let mut counts = vec![0_usize; parents.len() / BUCKET_PARENTS + 1];
    for &p in parents.iter().filter(|&&p| p != NO_PARENT) {
        if let Some(n) = counts.get_mut(p as usize / BUCKET_PARENTS) {
            *n += 1;
        }
    }
    let mut w = EdgeWriter::new(store);
    let mut start = 0;
    while start < counts.len() {
        let mut end = start;
        let mut n = 0;
        while let Some(more) = counts.get(end).filter(|&&more| n == 0 || n + more <= SORTED_AT_ONCE) {
            n += more;
            end += 1;
        }
        let range = start * BUCKET_PARENTS..end * BUCKET_PARENTS;
        let mut edges = Vec::with_capacity(n);
        if n > 0 {
            let inside = |p: &u32| *p != NO_PARENT && range.contains(&(*p as usize));
            edges.extend(parents.iter().zip(0_u32..).filter(|(p, _)| inside(p)).map(|(&p, c)| (p, c)));
        }
        edges.sort_unstable();
        for (parent, child) in edges {
            w.push(parent, child)?;
        }
        start = end;
    }
    w.finish()
}

/// Reads the pairs of a table.
#[derive(Clone, Copy)]
pub(crate) struct Edges<'a> {
    pub(crate) table: &'a EdgeTable,
    pub(crate) store: &'a dyn PageStore,
    pub(crate) cache: &'a PageCache,
}

impl Edges<'_> {
    fn page(&self, ix: usize) -> Result<Arc<EdgePage>, PageError> {
        let entry =
            self.table.pages.get(ix).ok_or(PageError::Damaged("a page of relations is not listed"))?;
        let n = (self.table.n as usize).saturating_sub(ix * PAGE_EDGES).min(PAGE_EDGES);
        let place = || format!("relations of objects {} to {}", entry.first, entry.last);
        self.cache.get(self.store, entry.hash, &place, |b| EdgePage::decode(b, n))
    }

    /// Which pairs start at `from`: a range of positions in the whole list. Two pages are read at most.
    pub(crate) fn range(&self, from: u32) -> Result<Range<usize>, PageError> {
        let pages = &self.table.pages;
        let a = pages.partition_point(|p| p.last < from);
        let b = pages.partition_point(|p| p.first <= from);
        if a >= b {
            return Ok(0..0);
        }
        let start = a * PAGE_EDGES + self.page(a)?.from.partition_point(|&f| f < from);
        let end = (b - 1) * PAGE_EDGES + self.page(b - 1)?.from.partition_point(|&f| f <= from);
        Ok(start..end.max(start))
    }

    /// Seconds of the pairs at these positions.
    pub(crate) fn targets(&self, positions: Range<usize>, out: &mut Vec<u32>) -> Result<(), PageError> {
        let mut at = positions.start;
        let end = positions.end.min(self.table.n as usize);
        while at < end {
            let (ix, first) = (at / PAGE_EDGES, at % PAGE_EDGES);
            let last = (end - ix * PAGE_EDGES).min(PAGE_EDGES);
            out.extend_from_slice(self.page(ix)?.to.get(first..last).unwrap_or(&[]));
            at = (ix + 1) * PAGE_EDGES;
        }
        Ok(())
    }

    /// The place of a pair among those with the same first, whose seconds ascend.
    pub(crate) fn place(&self, from: u32, to: u32) -> Result<Option<u32>, PageError> {
        let range = self.range(from)?;
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low.midpoint(high);
            let at = self.page(middle / PAGE_EDGES)?.to.get(middle % PAGE_EDGES).copied();
            match at.map_or(std::cmp::Ordering::Greater, |t| t.cmp(&to)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(u32::try_from(middle - range.start).ok()),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// Seconds of all pairs that start at one of `from`, which is ascending. Reads each page once.
    pub(crate) fn targets_of_all(&self, from: &[u32], out: &mut Vec<u32>) -> Result<(), PageError> {
        let (Some(&first), Some(&last)) = (from.first(), from.last()) else { return Ok(()) };
        let a = self.table.pages.partition_point(|p| p.last < first);
        let b = self.table.pages.partition_point(|p| p.first <= last);
        let mut wanted = from;
        for ix in a..b {
            let page = self.page(ix)?;
            let mut edges = page.from.iter().zip(&page.to).peekable();
            while let (Some(&w), Some(&(&f, &t))) = (wanted.first(), edges.peek()) {
                match f.cmp(&w) {
                    std::cmp::Ordering::Less => {
                        edges.next();
                    }
                    std::cmp::Ordering::Equal => {
                        out.push(t);
                        edges.next();
                    }
                    std::cmp::Ordering::Greater => wanted = wanted.split_first().map_or(&[], |(_, r)| r),
                }
            }
        }
        Ok(())
    }
}

impl EdgeTable {
    /// Names of its pages.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PageHash> + '_ {
        self.pages.iter().map(|p| p.hash)
    }

    /// Whether there are as many pages as the pairs need.
    pub(crate) fn is_consistent(&self) -> bool {
        self.pages.len() == (self.n as usize).div_ceil(PAGE_EDGES)
    }
}
