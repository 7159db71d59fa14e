//! From an id to its object: sorted hashes in pages, one list for a million objects.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cache::{PageCache, Paged};
use crate::codec::{Cursor, put_delta, put_u32, seal, unseal};
use crate::store::{PageError, PageHash, PageStore, fnv};

const MAGIC: [u8; 4] = *b"LCI1";

/// Objects in one sorted list. Chosen: 8 MiB are sorted at once, and a district of 10⁷ has ten lists to look into.
const SEGMENT: usize = 1 << 20;

/// Entries in a page. Chosen: 64 KiB decoded, because an id needs one entry of it.
const PAGE_ENTRIES: usize = 8192;

/// The lists of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct IdTable {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Segment {
    n: u32,
    /// Name of each page and its first hash.
    pages: Vec<(PageHash, u32)>,
}

struct IdPage {
    hashes: Vec<u32>,
    numbers: Vec<u32>,
}

impl Paged for IdPage {
    fn heap_bytes(&self) -> usize {
        self.hashes.len() * 8
    }
}

impl IdPage {
    fn decode(bytes: &[u8], n: usize) -> Result<Self, PageError> {
        let raw = unseal(MAGIC, bytes)?;
        let mut c = Cursor(&raw);
        let (hashes, numbers) = (c.deltas(n)?, c.u32s(n)?);
        c.end()?;
        if hashes.is_sorted() {
            Ok(Self { hashes, numbers })
        } else {
            Err(PageError::Damaged("it is not sorted"))
        }
    }
}

/// Half of the 64 bits folded onto the other half.
#[expect(clippy::cast_possible_truncation, reason = "32 of the 64 bits are what is wanted")]
fn hash(id: &str) -> u32 {
    let h = fnv(0, id.as_bytes());
    (h ^ (h >> 32)) as u32
}

/// Collects ids while a source is written. Holds one list.
#[derive(Default)]
pub(crate) struct IdWriter {
    table: IdTable,
    entries: Vec<(u32, u32)>,
}

impl IdWriter {
    /// Takes the id of the next object. An empty id names nothing.
    pub(crate) fn push(&mut self, store: &dyn PageStore, id: &str, number: u32) -> Result<(), PageError> {
        if !id.is_empty() {
            self.entries.push((hash(id), number));
        }
        if self.entries.len() == SEGMENT { self.flush(store) } else { Ok(()) }
    }

    fn flush(&mut self, store: &dyn PageStore) -> Result<(), PageError> {
        self.entries.sort_unstable();
        let mut pages = Vec::new();
        for page in self.entries.chunks(PAGE_ENTRIES) {
            let (hashes, numbers): (Vec<u32>, Vec<u32>) = page.iter().copied().unzip();
            let mut raw = Vec::with_capacity(page.len() * 8);
            put_delta(&mut raw, &hashes);
            put_u32(&mut raw, &numbers);
            let first = hashes.first().copied().unwrap_or(0);
            pages.push((store.write_page(&seal(MAGIC, &raw)?)?, first));
        }
        let n = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.table.segments.push(Segment { n, pages });
        self.entries.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self, store: &dyn PageStore) -> Result<IdTable, PageError> {
        if !self.entries.is_empty() {
            self.flush(store)?;
        }
        Ok(self.table)
    }
}

impl IdTable {
    /// Numbers of objects whose id may be this one, ascending; the caller compares the ids themselves.
    pub(crate) fn candidates(
        &self,
        store: &dyn PageStore,
        cache: &PageCache,
        id: &str,
    ) -> Result<Vec<u32>, PageError> {
        let wanted = hash(id);
        let mut out = Vec::new();
        for segment in &self.segments {
            // The page before the first that starts at the hash may end with it.
            let start = segment.pages.partition_point(|p| p.1 < wanted).saturating_sub(1);
            let end = segment.pages.partition_point(|p| p.1 <= wanted);
            for (ix, (page, _)) in segment.pages.iter().enumerate().take(end).skip(start) {
                let n = (segment.n as usize).saturating_sub(ix * PAGE_ENTRIES).min(PAGE_ENTRIES);
                let place = || "index of ids".to_owned();
                let page: Arc<IdPage> = cache.get(store, *page, &place, |b| IdPage::decode(b, n))?;
                let a = page.hashes.partition_point(|&h| h < wanted);
                let b = page.hashes.partition_point(|&h| h <= wanted);
                out.extend_from_slice(page.numbers.get(a..b).unwrap_or(&[]));
            }
        }
        out.sort_unstable();
        Ok(out)
    }

    /// Names of its pages.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PageHash> + '_ {
        self.segments.iter().flat_map(|s| s.pages.iter().map(|p| p.0))
    }
}
