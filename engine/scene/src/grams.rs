//! Which pages may hold a text: short runs of characters, hashed, each with a bit per page.
//!
//! Indexed are runs of one to four characters with one outside ASCII (two Chinese characters are a word), and runs of
//! three to five inside. Fewer than three ASCII characters are found by reading on: so short a text is everywhere.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cache::{PageCache, Paged};
use crate::codec::{Cursor, put_delta, seal, unseal};
use crate::store::{PageError, PageHash, PageStore};

const MAGIC: [u8; 4] = *b"LCG1";

/// Bits of a hash. Measured: with random 22-character ids a page sets 7 % of so many bits, and a run of six characters
/// is then found in one page of the 256.
const HASH_BITS: u32 = 20;
const N_HASHES: usize = 1 << HASH_BITS;

/// Pages that share a table. Chosen: 32 MiB while it is written.
pub(crate) const SEGMENT_PAGES: usize = 256;

const WORD_BITS: usize = 64;
const SEGMENT_WORDS: usize = SEGMENT_PAGES / WORD_BITS;

/// Decoded bytes of one part of a table. Chosen: a question reads one part per run of characters.
const PART_BYTES: usize = 128 << 10;

/// Sources with fewer pages are read whole: faster than looking into an index. Chosen.
const MIN_PAGES: usize = 4;

/// So few pages are read rather than asked about further runs. Measured: a page costs as much as three questions.
const FEW_PAGES: u32 = 2;

/// Runs of a long text that are looked up. Chosen: more than a name has.
const MAX_LOOKUPS: usize = 32;

/// One bit per page of a segment.
pub(crate) type PageSet = [u64; SEGMENT_WORDS];

/// The index of a source; empty for small ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GramTable {
    /// One list of parts for every [`SEGMENT_PAGES`] pages; a part has its name, first hash and number of hashes.
    segments: Vec<Vec<(PageHash, u32, u32)>>,
}

/// Sets of pages by hash, ascending.
struct Part {
    hashes: Vec<u32>,
    sets: Vec<PageSet>,
}

impl Paged for Part {
    fn heap_bytes(&self) -> usize {
        self.hashes.len() * (4 + size_of::<PageSet>())
    }
}

impl Part {
    fn decode(bytes: &[u8], n: usize) -> Result<Self, PageError> {
        let raw = unseal(MAGIC, bytes)?;
        let mut c = Cursor(&raw);
        let hashes = c.deltas(n)?;
        if !hashes.is_sorted() {
            return Err(PageError::Damaged("it is not sorted"));
        }
        let mut sets = Vec::with_capacity(n);
        for _ in 0..n {
            let mut set = PageSet::default();
            for word in &mut set {
                *word = u64::from_le_bytes(c.array()?);
            }
            sets.push(set);
        }
        c.end()?;
        Ok(Self { hashes, sets })
    }

    fn get(&self, hash: u32) -> PageSet {
        let found = self.hashes.binary_search(&hash).ok().and_then(|at| self.sets.get(at));
        found.copied().unwrap_or_default()
    }
}

/// Lengths of runs inside ASCII. Measured: without five, a number of six digits is looked for in a third of the pages.
const ASCII_RUNS: [usize; 3] = [3, 4, 5];
/// Longest run with a character outside ASCII; shorter ones are indexed too.
const LONGEST_MIXED: usize = 4;
/// The longest run of all.
const LONGEST: usize = 5;

/// A run of characters as a hash: multiplication by an odd constant keeps the top bits well mixed.
fn mix(run: &[u32]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let folded =
        run.iter().fold(run.len() as u64, |h, &c| (h ^ u64::from(c)).wrapping_mul(ODD).rotate_left(29));
    (folded.wrapping_mul(ODD) >> (64 - HASH_BITS)) as u32
}

/// Hashes of the runs in a text that is in lower case. `longest_only`: without runs that a longer one covers.
pub(crate) fn runs(text: &str, longest_only: bool, visit: &mut dyn FnMut(u32)) {
    // The last characters, the newest at the end; how many of them there are; how many of those are ASCII in a row.
    let (mut last, mut n, mut n_ascii) = ([0_u32; LONGEST], 0_usize, 0_usize);
    for c in text.chars() {
        last.rotate_left(1);
        if let Some(newest) = last.last_mut() {
            *newest = u32::from(c);
        }
        n = (n + 1).min(LONGEST);
        n_ascii = if c.is_ascii() { (n_ascii + 1).min(LONGEST) } else { 0 };
        let ascii = ASCII_RUNS.into_iter().filter(|&l| l <= n_ascii);
        let mixed = (n_ascii + 1..=LONGEST_MIXED).filter(|&l| l <= n);
        let all = ascii.chain(mixed);
        if longest_only {
            let kept =
                all.fold((None, None), |(a, m), l| if l <= n_ascii { (Some(l), m) } else { (a, Some(l)) });
            for l in [kept.0, kept.1].into_iter().flatten() {
                visit(mix(last.get(LONGEST - l..).unwrap_or(&[])));
            }
        } else {
            all.for_each(|l| visit(mix(last.get(LONGEST - l..).unwrap_or(&[]))));
        }
    }
}

/// Collects runs while a source is written. Holds one table.
pub(crate) struct GramWriter {
    /// Runs of the page that is being filled, one bit each.
    page: Vec<u64>,
    /// The same of the first pages, while it is open whether there will be an index.
    early: Vec<Vec<u64>>,
    table: Vec<PageSet>,
    /// Pages in `table`.
    n_pages: usize,
    /// Pages in all.
    n_all: usize,
    segments: Vec<Vec<(PageHash, u32, u32)>>,
    lowered: String,
}

impl GramWriter {
    pub(crate) fn new() -> Self {
        Self {
            page: vec![0; N_HASHES / WORD_BITS],
            early: Vec::new(),
            table: Vec::new(),
            n_pages: 0,
            n_all: 0,
            segments: Vec::new(),
            lowered: String::new(),
        }
    }

    /// Takes a text of the page that is being filled.
    pub(crate) fn add(&mut self, text: &str) {
        let page = &mut self.page;
        let mut set = |hash: u32| {
            if let Some(word) = page.get_mut(hash as usize / WORD_BITS) {
                *word |= 1 << (hash as usize % WORD_BITS);
            }
        };
        if text.is_ascii() {
            self.lowered.clear();
            self.lowered.push_str(text);
            self.lowered.make_ascii_lowercase();
            runs(&self.lowered, false, &mut set);
        } else {
            runs(&text.to_lowercase(), false, &mut set);
        }
    }

    /// The page is full.
    pub(crate) fn end_page(&mut self, store: &dyn PageStore) -> Result<(), PageError> {
        self.n_all += 1;
        let page = std::mem::replace(&mut self.page, vec![0; N_HASHES / WORD_BITS]);
        self.early.push(page);
        if self.n_all < MIN_PAGES {
            return Ok(());
        }
        for page in std::mem::take(&mut self.early) {
            self.enter(&page);
            if self.n_pages == SEGMENT_PAGES {
                self.flush(store)?;
            }
        }
        Ok(())
    }

    /// Sets a page's bits in the table.
    fn enter(&mut self, page: &[u64]) {
        if self.table.is_empty() {
            self.table = vec![PageSet::default(); N_HASHES];
        }
        let (at, bit) = (self.n_pages / WORD_BITS, 1_u64 << (self.n_pages % WORD_BITS));
        for (word, sets) in page.iter().zip(self.table.chunks_exact_mut(WORD_BITS)) {
            let mut left = *word;
            while left != 0 {
                let slot = sets.get_mut(left.trailing_zeros() as usize).and_then(|s| s.get_mut(at));
                if let Some(slot) = slot {
                    *slot |= bit;
                }
                left &= left - 1;
            }
        }
        self.n_pages += 1;
    }

    fn flush(&mut self, store: &dyn PageStore) -> Result<(), PageError> {
        let mut parts = Vec::new();
        let (mut hashes, mut sets) = (Vec::new(), Vec::new());
        for (set, hash) in self.table.iter().zip(0_u32..).filter(|(s, _)| **s != PageSet::default()) {
            hashes.push(hash);
            sets.extend(set.iter().flat_map(|w| w.to_le_bytes()));
            if sets.len() >= PART_BYTES {
                parts.push(write_part(store, &hashes, &sets)?);
                hashes.clear();
                sets.clear();
            }
        }
        if !hashes.is_empty() {
            parts.push(write_part(store, &hashes, &sets)?);
        }
        self.segments.push(parts);
        self.table = Vec::new();
        self.n_pages = 0;
        Ok(())
    }

    pub(crate) fn finish(mut self, store: &dyn PageStore) -> Result<GramTable, PageError> {
        if self.n_pages > 0 {
            self.flush(store)?;
        }
        Ok(GramTable { segments: self.segments })
    }
}

fn write_part(store: &dyn PageStore, hashes: &[u32], sets: &[u8]) -> Result<(PageHash, u32, u32), PageError> {
    let mut raw = Vec::with_capacity(hashes.len() * 4 + sets.len());
    put_delta(&mut raw, hashes);
    raw.extend_from_slice(sets);
    let n = u32::try_from(hashes.len()).map_err(|_e| PageError::TooLarge(raw.len()))?;
    Ok((store.write_page(&seal(MAGIC, &raw)?)?, hashes.first().copied().unwrap_or(0), n))
}

impl GramTable {
    /// Pages of a segment that may hold `needle`, which is in lower case. Everything where the index cannot tell.
    pub(crate) fn pages_with(
        &self,
        store: &dyn PageStore,
        cache: &PageCache,
        segment: usize,
        needle: &str,
    ) -> Result<PageSet, PageError> {
        let mut found = [u64::MAX; SEGMENT_WORDS];
        let Some(parts) = self.segments.get(segment) else { return Ok(found) };
        let mut hashes = Vec::new();
        runs(needle, true, &mut |h| hashes.push(h));
        // Names end with what tells them apart.
        for hash in hashes.into_iter().rev().take(MAX_LOOKUPS) {
            let at = parts.partition_point(|p| p.1 <= hash).checked_sub(1).and_then(|ix| parts.get(ix));
            let set = match at {
                None => PageSet::default(),
                Some(&(page, _, n)) => {
                    let place = || "index of names".to_owned();
                    let part: Arc<Part> = cache.get(store, page, &place, |b| Part::decode(b, n as usize))?;
                    part.get(hash)
                }
            };
            for (all, one) in found.iter_mut().zip(set) {
                *all &= one;
            }
            if found.iter().map(|w| w.count_ones()).sum::<u32>() <= FEW_PAGES {
                break;
            }
        }
        Ok(found)
    }

    /// Names of its pages.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PageHash> + '_ {
        self.segments.iter().flatten().map(|p| p.0)
    }
}
