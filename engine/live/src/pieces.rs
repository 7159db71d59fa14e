//! The pieces that a channel's day is held in while it is being written.
//!
//! Readings come one by one, and a snapshot is taken a few times a second. So the last piece, which grows, is short and
//! decoded; when it is full it is sealed: encoded, and put onto a shelf. Sealed pieces are joined when there are many
//! of a size, so that a day has some dozens of them. A whole day that came at once is one piece.
//!
//! Invariant of a channel's list: pieces ascend in time, do not overlap, none crosses midnight UTC, and readings of one
//! instant lie in one piece.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Sample;
use crate::chunk::{
    ChunkHeader, Columns, MAX_CHUNK_SAMPLES, NANOS_PER_DAY, decode_columns, encode_chunk, read_chunk_header,
};
use crate::store::{ExtendCounts, day};

/// Samples of the piece that grows at most. Chosen: with 10⁴ channels 5 MB.
const PIECE_SAMPLES: u32 = 32;
/// Sealed pieces are joined at once until they have so many samples: a channel that was read a hundred times has as many
/// pieces as one that was read five hundred times. Until then they are strung together as they are, which costs a copy;
/// decoding and encoding them each time would take half of what a commit takes. Chosen: three kilobytes on the shelf.
const GATHERED: u32 = 512;
/// Longer pieces of a size that are joined to one. Chosen: a day of seconds has a dozen pieces.
const JOINED: u32 = 4;
/// Sealed pieces at the end that are not joined: what was computed up to them is found under their numbers.
const KEPT_APART: usize = 2;
/// Longer pieces are not joined. Chosen: two megabytes decoded.
const LONGEST_JOINED: u32 = 1 << 17;
/// Readings of one channel at one instant. Chosen: a device whose clock stands still is seen for a day, and cannot make
/// a piece too long to be copied.
pub const MOST_OF_INSTANT: usize = 1 << 16;
/// Pieces of fewer samples come and go while a day is written: what follows from them is not kept for long.
pub(crate) const PASSING_SAMPLES: u32 = GATHERED;

/// Where sealed pieces of days that are being written lie while nobody asks for them, so that they take no memory.
///
/// Nothing on it is needed after the process has ended: what was acknowledged is in the journal or the project.
pub trait Shelf: Send + Sync + std::fmt::Debug {
    /// Keeps bytes; where they are.
    ///
    /// # Errors
    /// A failure to write: the bytes stay in memory.
    fn put(&self, bytes: &[u8]) -> io::Result<u64>;
    /// The `len` bytes that were put there.
    ///
    /// # Errors
    /// A failure to read.
    fn get(&self, place: u64, len: usize) -> io::Result<Vec<u8>>;
    /// The bytes are not needed any more; their place may be used again.
    fn free(&self, place: u64, len: usize);
}

/// Bytes on a shelf, as long as somebody may ask for them.
#[derive(Debug)]
pub(crate) struct Shelved {
    shelf: Arc<dyn Shelf>,
    place: u64,
    len: usize,
}

impl Drop for Shelved {
    fn drop(&mut self) {
        self.shelf.free(self.place, self.len);
    }
}

/// A channel's day, or a piece of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredChunk {
    /// Its own; kept while it only grows at its end.
    number: u64,
    /// Stands for the samples of this piece and of all before it in its channel, however they are cut.
    prefix: u64,
    pub(crate) header: ChunkHeader,
    body: Body,
    /// Its bytes are several chunks, each after its length (u32, little-endian).
    strung: bool,
}

#[derive(Clone, Debug)]
enum Body {
    /// Invariant: passed [`read_chunk_header`], or is strung together from what did.
    Packed(Arc<[u8]>),
    /// The same, on a shelf.
    Shelved(Arc<Shelved>),
    /// Being written.
    Open(Arc<Columns>),
}

impl StoredChunk {
    fn new(header: ChunkHeader, body: Body) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { number: NEXT.fetch_add(1, Ordering::Relaxed), prefix: 0, header, body, strung: false }
    }

    pub(crate) fn packed_from(header: ChunkHeader, bytes: Arc<[u8]>) -> Self {
        Self::new(header, Body::Packed(bytes))
    }

    /// Samples that ascend, sealed. `None` only if encoding fails, which is said.
    fn sealed_from(samples: &[Sample]) -> Option<Self> {
        let made = encode_chunk(samples).and_then(|bytes| Ok((read_chunk_header(&bytes)?, bytes)));
        match made {
            Ok((header, bytes)) => Some(Self::packed_from(header, bytes.into())),
            Err(error) => {
                debug_assert!(false, "sorted, finite samples form a chunk: {error}");
                tracing::error!(%error, n = samples.len(), "samples are not encoded");
                None
            }
        }
    }

    fn open_from(samples: &[Sample]) -> Option<Self> {
        let (first, rest) = samples.split_first()?;
        let mut out = Self::new(ChunkHeader::begin(first), Body::Open(Arc::new(Columns::begin(first))));
        for s in rest {
            out.grow(s);
        }
        Some(out)
    }

    /// Whether it grows by a sample that is later than all of its own.
    pub(crate) fn takes(&self, s: &Sample) -> bool {
        self.is_open() && self.header.n < PIECE_SAMPLES && day(self.header.t0) == day(s.time)
    }

    /// Takes the next sample in time.
    pub(crate) fn grow(&mut self, s: &Sample) {
        if let Body::Open(columns) = &mut self.body {
            Arc::make_mut(columns).push(s);
            self.header.push(s);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.body, Body::Open(_))
    }

    /// Encodes what was being written, and puts it away.
    fn seal(&mut self, shelf: Option<&Arc<dyn Shelf>>) {
        if let Body::Open(_) = &self.body
            && let Some(bytes) = self.bytes()
        {
            self.body = Body::Packed(bytes);
        }
        self.put_away(shelf);
    }

    fn put_away(&mut self, shelf: Option<&Arc<dyn Shelf>>) {
        let (Body::Packed(bytes), Some(shelf)) = (&self.body, shelf) else { return };
        match shelf.put(bytes) {
            Ok(place) => {
                let (shelf, len) = (Arc::clone(shelf), bytes.len());
                self.body = Body::Shelved(Arc::new(Shelved { shelf, place, len }));
            }
            Err(error) => tracing::warn!(%error, "readings stay in memory: they cannot be put away"),
        }
    }

    /// As one chunk; `None` only if encoding or reading fails, which is said.
    fn bytes(&self) -> Option<Arc<[u8]>> {
        if self.strung { Self::sealed_from(&samples_of(&self.decoded()?))?.lying() } else { self.lying() }
    }

    /// Its bytes as they lie.
    fn lying(&self) -> Option<Arc<[u8]>> {
        match &self.body {
            Body::Packed(bytes) => Some(Arc::clone(bytes)),
            Body::Shelved(at) => match at.shelf.get(at.place, at.len) {
                Ok(bytes) => Some(bytes.into()),
                Err(error) => {
                    tracing::error!(%error, "readings that were put away cannot be read");
                    None
                }
            },
            Body::Open(columns) => match Self::sealed_from(&samples_of(columns))?.body {
                Body::Packed(bytes) => Some(bytes),
                Body::Shelved(_) | Body::Open(_) => None,
            },
        }
    }

    /// What is being written; `None` of what is sealed.
    pub(crate) fn open_columns(&self) -> Option<Arc<Columns>> {
        match &self.body {
            Body::Open(columns) => Some(Arc::clone(columns)),
            Body::Packed(_) | Body::Shelved(_) => None,
        }
    }

    /// Its samples; `None` only if they cannot be read, which is said.
    pub(crate) fn decoded(&self) -> Option<Columns> {
        if let Body::Open(columns) = &self.body {
            return Some(Columns::clone(columns));
        }
        let bytes = self.lying()?;
        let mut out: Option<Columns> = None;
        let mut rest: &[u8] = &bytes;
        while !rest.is_empty() {
            let chunk = if self.strung { take_strung(&mut rest)? } else { std::mem::take(&mut rest) };
            let columns = decode_columns(chunk);
            let columns =
                columns.inspect_err(|error| tracing::error!(%error, "a checked chunk does not decode"));
            match &mut out {
                Some(before) => before.append(columns.ok()?),
                None => out = Some(columns.ok()?),
            }
        }
        out
    }

    /// Strung behind others as it lies.
    fn string_to(&self, out: &mut Vec<u8>) -> Option<()> {
        let bytes = self.lying()?;
        if !self.strung {
            out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
        }
        out.extend(&*bytes);
        Some(())
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn prefix(&self) -> u64 {
        self.prefix
    }
}

fn take_strung<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (len, after) = rest.split_first_chunk::<4>()?;
    let (chunk, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*len)).ok()?)?;
    *rest = after;
    Some(chunk)
}

fn samples_of(columns: &Columns) -> Vec<Sample> {
    (0..columns.times.len()).filter_map(|ix| columns.sample(ix)).collect()
}

/// Numbers the pieces from the `from`th on by those before them.
pub(crate) fn number_prefixes(list: &mut [StoredChunk], from: usize) {
    let mut before = from.checked_sub(1).and_then(|ix| list.get(ix)).map_or(0, |c| c.prefix);
    for chunk in list.iter_mut().skip(from) {
        // The finalizer of MurmurHash3, chained: numbers are never used twice in a process.
        let mut x = (before ^ chunk.number.wrapping_add(1)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        before = x ^ (x >> 29);
        chunk.prefix = before;
    }
}

/// Begins a piece with a sample that is later than all others; the one before it is sealed.
pub(crate) fn begin_piece(list: &mut Vec<StoredChunk>, s: &Sample, shelf: Option<&Arc<dyn Shelf>>) {
    if let Some(before) = list.last_mut().filter(|c| c.is_open()) {
        before.seal(shelf);
        let over = day(before.header.t0);
        if over == day(s.time) {
            join(list, shelf);
        } else {
            // A day that is over does not grow, as a rule.
            let from = list.len() - list.iter().rev().take_while(|c| day(c.header.t0) == over).count();
            join_all(list, from..list.len(), shelf);
        }
    }
    if let Some(piece) = StoredChunk::open_from(std::slice::from_ref(s)) {
        // Each snapshot has a list of its own: room for what may come would be most of it.
        list.reserve_exact(1);
        list.push(piece);
    }
    let last = list.len().saturating_sub(1);
    number_prefixes(list, last);
}

/// Joins sealed pieces, short ones to one that grows, long ones of about one size, from the end.
fn join(list: &mut Vec<StoredChunk>, shelf: Option<&Arc<dyn Shelf>>) {
    let Some(end) = list.len().checked_sub(KEPT_APART) else { return };
    let same_day = |parts: &[StoredChunk]| {
        let first = parts.first().map(|c| day(c.header.t0));
        parts.iter().all(|c| !c.is_open() && Some(day(c.header.t0)) == first)
    };
    let short = |parts: &[StoredChunk]| {
        same_day(parts) && parts.iter().fold(0_u32, |n, c| n.saturating_add(c.header.n)) <= GATHERED
    };
    if let Some(from) = end.checked_sub(2)
        && let Some(parts) = list.get(from..end).filter(|parts| short(parts))
    {
        let n: u32 = parts.iter().map(|c| c.header.n).sum();
        if n + PIECE_SAMPLES > GATHERED {
            join_all(list, from..end, shelf);
        } else if let Some(joined) = strung(parts, shelf) {
            list.splice(from..end, [joined]);
        }
        return;
    }
    // What is gathered is full, and behind it comes the first of those that will be gathered next.
    let Some(mut end) = end.checked_sub(1) else { return };
    let class = |c: &StoredChunk| (c.header.n / (GATHERED / 2)).max(1).ilog(JOINED);
    while let Some(from) = end.checked_sub(JOINED as usize) {
        let Some(parts) = list.get(from..end) else { return };
        let alike = parts.chunk_by(|a, b| class(a) == class(b)).count() == 1;
        if !alike || !same_day(parts) || !join_all(list, from..end, shelf) {
            return;
        }
        end = from + 1;
    }
}

/// Sealed pieces as one, each as it lies. `None` only if one cannot be read, which is said.
fn strung(parts: &[StoredChunk], shelf: Option<&Arc<dyn Shelf>>) -> Option<StoredChunk> {
    let (first, rest) = parts.split_first()?;
    let (mut header, mut bytes) = (first.header.clone(), Vec::new());
    first.string_to(&mut bytes)?;
    for part in rest {
        header.append(&part.header);
        part.string_to(&mut bytes)?;
    }
    let mut joined = StoredChunk::packed_from(header, bytes.into());
    joined.strung = true;
    joined.prefix = parts.last()?.prefix;
    joined.put_away(shelf);
    Some(joined)
}

/// Makes one piece of several of a day. Whether it did: none grows too long, and what cannot be read stays as it is.
fn join_all(list: &mut Vec<StoredChunk>, of: Range<usize>, shelf: Option<&Arc<dyn Shelf>>) -> bool {
    let Some(parts) = list.get(of.clone()).filter(|parts| parts.len() > 1) else { return false };
    let n = parts.iter().fold(0_u32, |n, c| n.saturating_add(c.header.n));
    let Some(last) = parts.last().filter(|_| n <= LONGEST_JOINED) else { return false };
    let Some(samples) = gathered(parts) else { return false };
    let Some(mut joined) = StoredChunk::sealed_from(&samples) else { return false };
    // The same samples up to here: what follows from them stays known.
    joined.prefix = last.prefix;
    joined.put_away(shelf);
    list.splice(of, [joined]);
    true
}

/// All samples of pieces; `None` if one cannot be read.
fn gathered(pieces: &[StoredChunk]) -> Option<Vec<Sample>> {
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(samples_of(&piece.decoded()?));
    }
    Some(out)
}

/// The pieces of one day as the chunk that is stored. `None` only if one cannot be read or encoded, which is said.
pub(crate) fn whole_day(pieces: &[StoredChunk]) -> Option<(ChunkHeader, Arc<[u8]>)> {
    if let [one] = pieces {
        return Some((one.header.clone(), one.bytes()?));
    }
    let whole = StoredChunk::sealed_from(&gathered(pieces)?)?;
    Some((whole.header.clone(), whole.bytes()?))
}

/// The pieces of a channel after samples joined them: only those are made again into which one falls.
pub(crate) fn merge(
    (old, mut samples): (&[StoredChunk], Vec<Sample>),
    shelf: Option<&Arc<dyn Shelf>>,
    counts: &mut ExtendCounts,
) -> Vec<StoredChunk> {
    samples.sort_by_key(|s| s.time);
    let mut out = old.to_vec();
    let mut changed = out.len();
    let mut rest = samples.as_slice();
    while let Some(first) = rest.first() {
        let today = day(first.time);
        let after = out.partition_point(|c| c.header.t0 <= first.time);
        let of_today = |ix: &usize| out.get(*ix).is_some_and(|c| day(c.header.t0) == today);
        // What lies before the first piece of its day goes to its front.
        let found = after.checked_sub(1).filter(of_today).or(Some(after).filter(of_today));
        let ix = found.unwrap_or(after);
        let next = out.get(if found.is_some() { ix + 1 } else { ix }).map_or(i64::MAX, |c| c.header.t0.0);
        let end = next.min(today.saturating_add(1).saturating_mul(NANOS_PER_DAY));
        let (new, later) = rest.split_at(rest.partition_point(|s| s.time.0 < end).max(1));
        rest = later;
        let before = found.and_then(|ix| out.get(ix));
        let Some(mut all) = before.map_or(Some(Vec::new()), |c| Some(samples_of(&c.decoded()?))) else {
            continue;
        };
        let (n_before, grows) = (all.len(), before.is_some_and(StoredChunk::is_open));
        all.extend_from_slice(new);
        let over_full = sort_and_choose(&mut all);
        // What is over full may have been there before.
        let added = all.len().saturating_sub(n_before);
        counts.added += added as u64;
        counts.over_full += over_full as u64;
        counts.duplicates += (new.len() - added).saturating_sub(over_full) as u64;
        let made = if grows && all.len() <= 2 * PIECE_SAMPLES as usize {
            StoredChunk::open_from(&all)
        } else {
            StoredChunk::sealed_from(&all)
        };
        let Some(mut made) = made else { continue };
        if before.is_some_and(|c| !matches!(c.body, Body::Packed(_))) {
            made.put_away(shelf);
        }
        out.splice(ix..ix + usize::from(found.is_some()), [made]);
        changed = changed.min(ix);
        cut_day(&mut out, (ix, today), counts);
    }
    number_prefixes(&mut out, changed);
    out
}

/// Leaves of the samples of one instant and number the one that counts: best quality, then largest value, then largest
/// unit, then earliest result; and those without number where no other has one. How many more there were than an instant
/// may have.
fn sort_and_choose(all: &mut Vec<Sample>) -> usize {
    // Best first among samples of one place, so that dedup keeps it.
    all.sort_by(|a, b| {
        let worth = |s: &Sample| std::cmp::Reverse(s.quality);
        // Who knows when there was a result knows more than who does not.
        let result = |s: &Sample| (s.result_time.is_none(), s.result_time);
        a.place()
            .cmp(&b.place())
            .then(worth(b).cmp(&worth(a)))
            .then(b.value.total_cmp(&a.value))
            .then(b.unit.cmp(&a.unit))
            .then(result(a).cmp(&result(b)))
    });
    all.dedup_by_key(|s| s.place());
    if all.iter().all(|s| s.sequence.is_none()) {
        return 0;
    }
    // No number comes before all numbers: it gives way to the one after it.
    let gives_way = |ix: usize| {
        let (Some(s), Some(next)) = (all.get(ix), all.get(ix + 1)) else { return false };
        s.sequence.is_none() && s.time == next.time
    };
    let gone: Vec<usize> = (0..all.len()).filter(|ix| gives_way(*ix)).collect();
    let mut ix = 0;
    all.retain(|_| {
        ix += 1;
        gone.binary_search(&(ix - 1)).is_err()
    });
    let n = all.len();
    let (mut time, mut n_of) = (None, 0);
    all.retain(|s| {
        n_of = if time.replace(s.time) == Some(s.time) { n_of + 1 } else { 1 };
        n_of <= MOST_OF_INSTANT
    });
    n - all.len()
}

/// Leaves out the latest samples of a day that has more than a chunk may have.
fn cut_day(list: &mut Vec<StoredChunk>, (near, today): (usize, i64), counts: &mut ExtendCounts) {
    let of_today = |c: &&StoredChunk| day(c.header.t0) == today;
    let n_before: usize =
        list.iter().take(near).rev().take_while(of_today).map(|c| c.header.n as usize).sum();
    let n_after: usize = list.iter().skip(near).take_while(of_today).map(|c| c.header.n as usize).sum();
    let mut over = (n_before + n_after).saturating_sub(MAX_CHUNK_SAMPLES);
    let mut end = near + list.iter().skip(near).take_while(of_today).count();
    while over > 0 && end > 0 {
        end -= 1;
        let Some(n) = list.get(end).map(|c| c.header.n as usize) else { return };
        counts.over_full += over.min(n) as u64;
        if over >= n {
            list.remove(end);
        } else if let Some(mut samples) = list.get(end).and_then(|c| gathered(std::slice::from_ref(c))) {
            samples.truncate(n - over);
            let made = StoredChunk::sealed_from(&samples);
            list.splice(end..=end, made);
        }
        over = over.saturating_sub(n);
    }
}
