//! One stretch of a channel's samples as bytes: what the project file stores.
//!
//! Layout, little-endian: `LTC` and the version as a digit, n u32, t0 i64, t1 i64, min f64, max f64, sum f64, length of the body before
//! compression u32, whether units are mixed u8, length of the first unit u8, first unit UTF-8, zstd body, CRC-32 (IEEE)
//! of everything before it.
//! Body: n − 1 varint time steps in nanoseconds, n quality bytes, then the values' bytes by place (all lowest bytes
//! first), which compresses better than whole numbers: neighbors share their upper bytes; where units are mixed, runs
//! of varint count, length u8 and unit.
//!
//! Version 1 is that. Version 2 has the numbers of messages after it: for each sample whether it has one (u8), then for
//! those that have the step from the one before (from 0) as zigzag varint; and a time step may be 0 from one number to a
//! larger one. Version 3 has result times after it: for each sample whether it has one (u8), then for those that have how
//! many nanoseconds later than its time that is as zigzag varint. Version 4 has numbers, then result times. Versions 5 to 8
//! are these with qualities up to 4 ([`Quality::OffClock`]). Samples without are written as version 1, and take no more
//! than they did.

use std::cell::RefCell;
use std::sync::Arc;

use lantu_base::UtcNanos;
use zstd::bulk::{Compressor, Decompressor};

use crate::{Quality, Sample};

/// Samples in one chunk at most, which is a channel's day. Chosen: 388 a second; 570 MB decoded.
pub const MAX_CHUNK_SAMPLES: usize = 1 << 25;

/// Longest unit in bytes.
pub const MAX_UNIT_BYTES: usize = 255;

/// Length of a UTC day. A chunk never crosses midnight UTC.
pub const NANOS_PER_DAY: i64 = 86_400_000_000_000;

const MAGIC: &[u8; 3] = b"LTC";
/// Version without numbers of messages and result times.
const PLAIN: u8 = b'1';
/// Added to it where there are numbers.
const NUMBERED: u8 = 1;
/// Added to it where there are result times.
const WITH_RESULTS: u8 = 2;
/// Added to it where there are readings of a wrong clock.
const OFF_CLOCK: u8 = 4;
const FIXED_BYTES: usize = 4 + 4 + 8 * 5 + 4 + 1 + 1;
/// Chosen: as in the measurement of day chunks (33 MB for 10⁷ observations).
const ZSTD_LEVEL: i32 = 3;

/// What a chunk says about itself without being decompressed.
#[expect(clippy::struct_excessive_bools, reason = "what samples have beside values, each without the others")]
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkHeader {
    /// Samples, at least 1.
    pub n: u32,
    /// Time of the first sample.
    pub t0: UtcNanos,
    /// Time of the last sample.
    pub t1: UtcNanos,
    /// Smallest value, whatever its quality, in `unit`.
    pub min: f64,
    /// Largest value, whatever its quality.
    pub max: f64,
    /// Sum of all values.
    pub sum: f64,
    /// Unit of the first sample, and of all of them unless `mixed`.
    pub unit: Arc<str>,
    /// Whether samples have different units; `min`, `max` and `sum` then mean little.
    pub mixed: bool,
    /// Whether samples have numbers of messages.
    pub numbered: bool,
    /// Whether samples have result times.
    pub with_results: bool,
    /// Whether samples came from a device with a wrong clock ([`Quality::OffClock`]).
    pub off_clock: bool,
}

/// Bytes are not a sound chunk, or samples cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The bytes changed after they were written, or end early.
    #[error("a chunk of observations is damaged: {0}")]
    Damaged(&'static str),
    /// A newer build wrote it.
    #[error(
        "a chunk of observations of version {version:?}, which this build does not know: use the one that wrote it"
    )]
    Version {
        /// As it says.
        version: char,
    },
    /// Samples that cannot stand in one chunk.
    #[error("samples do not form a chunk: {0}")]
    Samples(&'static str),
    /// Compression failed.
    #[error("cannot compress a chunk of observations")]
    Compress,
}

/// Encodes samples of one channel.
///
/// `samples` are 1 to [`MAX_CHUNK_SAMPLES`], strictly ascending in time or at one instant in their numbers, finite, with
/// units of at most [`MAX_UNIT_BYTES`]. The same samples give the same bytes.
///
/// # Errors
/// [`ChunkError::Samples`] if they are not; [`ChunkError::Compress`].
pub fn encode_chunk(samples: &[Sample]) -> Result<Vec<u8>, ChunkError> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Err(ChunkError::Samples("there are none"));
    };
    if samples.len() > MAX_CHUNK_SAMPLES {
        return Err(ChunkError::Samples("too many"));
    }
    let unit = first.unit.as_bytes();
    let (Ok(unit_len), Ok(n)) = (u8::try_from(unit.len()), u32::try_from(samples.len())) else {
        return Err(ChunkError::Samples("the unit is too long"));
    };
    let (mut min, mut max, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    let mut body = Vec::with_capacity(samples.len() * 12);
    let (mut mixed, mut numbered, mut with_results, mut off_clock) = (false, false, false, false);
    let mut before: Option<(UtcNanos, Option<i64>)> = None;
    for s in samples {
        if !s.value.is_finite() {
            return Err(ChunkError::Samples("a value is not finite"));
        }
        mixed |= s.unit != first.unit;
        numbered |= s.sequence.is_some();
        with_results |= s.result_time.is_some();
        off_clock |= s.quality == Quality::OffClock;
        if let Some((t, number)) = before {
            match s.time.0.checked_sub(t.0).and_then(|d| u64::try_from(d).ok()) {
                Some(step) if step > 0 || number < s.sequence => put_varint(&mut body, step),
                _ => return Err(ChunkError::Samples("times do not ascend")),
            }
        }
        before = Some(s.place());
        min = min.min(s.value);
        max = max.max(s.value);
        sum += s.value;
    }
    body.extend(samples.iter().map(|s| s.quality.code()));
    for place in 0..8 {
        body.extend(samples.iter().filter_map(|s| s.value.to_le_bytes().get(place).copied()));
    }
    if mixed {
        put_units(&mut body, samples)?;
    }
    if numbered {
        put_numbers(&mut body, samples);
    }
    if with_results {
        let late = |s: &Sample| s.result_time.map(|at| at.0.wrapping_sub(s.time.0));
        put_some(&mut body, samples.iter().map(late));
    }
    let Ok(body_len) = u32::try_from(body.len()) else { return Err(ChunkError::Samples("too many")) };
    let packed = compress(&body).ok_or(ChunkError::Compress)?;

    let mut out = Vec::with_capacity(FIXED_BYTES + unit.len() + packed.len() + 4);
    out.extend(MAGIC);
    let version = PLAIN + if numbered { NUMBERED } else { 0 };
    let version = version + if with_results { WITH_RESULTS } else { 0 };
    out.push(version + if off_clock { OFF_CLOCK } else { 0 });
    out.extend(n.to_le_bytes());
    out.extend(first.time.0.to_le_bytes());
    out.extend(last.time.0.to_le_bytes());
    for v in [min, max, sum] {
        out.extend(v.to_le_bytes());
    }
    out.extend(body_len.to_le_bytes());
    out.extend([u8::from(mixed), unit_len]);
    out.extend(unit);
    out.extend(packed);
    let crc = crc32(&out);
    out.extend(crc.to_le_bytes());
    Ok(out)
}

/// Reads what a chunk says about itself, after checking its CRC: one pass over the bytes, no decompression.
///
/// # Errors
/// [`ChunkError::Damaged`] for anything that [`encode_chunk`] did not write, byte by byte; [`ChunkError::Version`] for what
/// that of a newer build wrote.
pub fn read_chunk_header(bytes: &[u8]) -> Result<ChunkHeader, ChunkError> {
    split(bytes).map(|(header, ..)| header)
}

/// Decodes a chunk, in the order in which it was written.
///
/// # Errors
/// As [`read_chunk_header`].
pub fn decode_chunk(bytes: &[u8]) -> Result<Vec<Sample>, ChunkError> {
    let d = decode_columns(bytes)?;
    Ok((0..d.times.len()).filter_map(|ix| d.sample(ix)).collect())
}

/// A decoded chunk as columns: 17 bytes a sample, 16 more of one with a number, and of one with a result time.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) times: Vec<i64>,
    pub(crate) values: Vec<f64>,
    pub(crate) quality: Vec<u8>,
    /// (index after the last sample, unit), ascending, at least one.
    pub(crate) units: Vec<(usize, Arc<str>)>,
    /// Numbers of messages; empty where no sample has one.
    pub(crate) numbers: Vec<Option<i64>>,
    /// Result times; empty where no sample has one.
    pub(crate) results: Vec<Option<i64>>,
}

/// Samples that there is room for when columns grow, beside an eighth of what there is. Chosen: a few commits.
const FEW_MORE: usize = 4;

impl Columns {
    pub(crate) fn sample(&self, ix: usize) -> Option<Sample> {
        Some(Sample {
            time: UtcNanos(*self.times.get(ix)?),
            value: *self.values.get(ix)?,
            quality: Quality::from_stored(*self.quality.get(ix)?),
            unit: self.unit(ix)?.clone(),
            sequence: self.number(ix),
            result_time: self.results.get(ix).copied().flatten().map(UtcNanos),
        })
    }

    pub(crate) fn number(&self, ix: usize) -> Option<i64> {
        self.numbers.get(ix).copied().flatten()
    }

    pub(crate) fn unit(&self, ix: usize) -> Option<&Arc<str>> {
        self.units.get(self.units.partition_point(|&(end, _)| end <= ix)).map(|(_, unit)| unit)
    }

    /// Adds all samples of a chunk that comes next in time.
    pub(crate) fn append(&mut self, next: Self) {
        let n = self.times.len();
        let n_all = n + next.times.len();
        for (own, more) in [(&mut self.numbers, next.numbers), (&mut self.results, next.results)] {
            if !own.is_empty() || !more.is_empty() {
                own.resize(n, None);
                own.extend(more);
                own.resize(n_all, None);
            }
        }
        self.times.extend(next.times);
        self.values.extend(next.values);
        self.quality.extend(next.quality);
        for (end, unit) in next.units {
            match self.units.last_mut().filter(|(_, last)| *last == unit) {
                Some(last) => last.0 = n + end,
                None => self.units.push((n + end, unit)),
            }
        }
    }

    /// Number of samples at or before `t`.
    pub(crate) fn count_until(&self, t: UtcNanos) -> usize {
        self.times.partition_point(|&x| x <= t.0)
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.times.len() * 17 + (self.numbers.len() + self.results.len()) * size_of::<Option<i64>>() + 128
    }

    /// A chunk of one sample that grows.
    pub(crate) fn begin(s: &Sample) -> Self {
        let (times, values, quality) = (Vec::new(), Vec::new(), Vec::new());
        let (units, numbers, results) = (Vec::new(), Vec::new(), Vec::new());
        let mut out = Self { times, values, quality, units, numbers, results };
        out.push(s);
        out
    }

    /// Adds the next sample in time.
    pub(crate) fn push(&mut self, s: &Sample) {
        // A snapshot that is shown shares the columns, so that each commit copies them, as long as they are: room for
        // twice as many would be made anew each time, and never be used.
        if self.times.len() == self.times.capacity() {
            let more = self.times.len() / 8 + FEW_MORE;
            self.times.reserve_exact(more);
            self.values.reserve_exact(more);
            self.quality.reserve_exact(more);
        }
        let result = s.result_time.map(|at| at.0);
        for (own, value) in [(&mut self.numbers, s.sequence), (&mut self.results, result)] {
            if value.is_some() || !own.is_empty() {
                own.resize(self.times.len(), None);
                own.push(value);
            }
        }
        self.times.push(s.time.0);
        self.values.push(s.value);
        self.quality.push(s.quality.code());
        match self.units.last_mut().filter(|(_, unit)| *unit == s.unit) {
            Some((end, _)) => *end = self.times.len(),
            None => self.units.push((self.times.len(), s.unit.clone())),
        }
    }
}

impl ChunkHeader {
    /// Of one sample.
    pub(crate) fn begin(s: &Sample) -> Self {
        Self {
            n: 1,
            t0: s.time,
            t1: s.time,
            min: s.value,
            max: s.value,
            sum: s.value,
            unit: s.unit.clone(),
            mixed: false,
            numbered: s.sequence.is_some(),
            with_results: s.result_time.is_some(),
            off_clock: s.quality == Quality::OffClock,
        }
    }

    /// Takes the next sample in time.
    pub(crate) fn push(&mut self, s: &Sample) {
        self.n += 1;
        self.t1 = s.time;
        self.min = self.min.min(s.value);
        self.max = self.max.max(s.value);
        self.sum += s.value;
        self.mixed |= s.unit != self.unit;
        self.numbered |= s.sequence.is_some();
        self.with_results |= s.result_time.is_some();
        self.off_clock |= s.quality == Quality::OffClock;
    }
}

impl ChunkHeader {
    /// Takes the samples of a chunk that comes next in time.
    pub(crate) fn append(&mut self, next: &Self) {
        self.mixed |= next.mixed || next.unit != self.unit;
        self.numbered |= next.numbered;
        self.off_clock |= next.off_clock;
        self.with_results |= next.with_results;
        self.n += next.n;
        self.t1 = next.t1;
        (self.min, self.max) = (self.min.min(next.min), self.max.max(next.max));
        self.sum += next.sum;
    }
}

pub(crate) fn decode_columns(bytes: &[u8]) -> Result<Columns, ChunkError> {
    let (header, body_len, packed) = split(bytes)?;
    let n = header.n as usize;
    // A step takes 1 to 10 bytes, quality 1, value 8: an honest body is neither shorter nor longer.
    if body_len < n * 10 - 1 {
        return Err(ChunkError::Damaged("the body is shorter than its samples"));
    }
    let more_bytes = 11 * (usize::from(header.numbered) + usize::from(header.with_results));
    if body_len > n * (more_bytes + if header.mixed { 20 + 10 + MAX_UNIT_BYTES } else { 19 }) {
        return Err(ChunkError::Damaged("the body is longer than its samples"));
    }
    let body = decompress(packed, body_len).ok_or(ChunkError::Damaged("the body does not decompress"))?;
    if body.len() != body_len {
        return Err(ChunkError::Damaged("the body has another length"));
    }
    let mut rest = body.as_slice();
    let mut times = Vec::with_capacity(n);
    times.push(header.t0.0);
    let mut t = header.t0.0;
    for _ in 1..n {
        let step = take_varint(&mut rest).filter(|&s| s > 0 || header.numbered);
        let step = step.and_then(|s| i64::try_from(s).ok());
        let Some(next) = step.and_then(|s| t.checked_add(s)) else {
            return Err(ChunkError::Damaged("a time step is unreadable"));
        };
        t = next;
        times.push(t);
    }
    let parts = rest.split_at_checked(n).and_then(|(q, rest)| Some((q, rest.split_at_checked(n * 8)?)));
    let Some((quality, (planes, tail))) = parts else {
        return Err(ChunkError::Damaged("values are missing"));
    };
    let mut tail = tail;
    let units = take_units(&mut tail, &header).ok_or(ChunkError::Damaged("units are unreadable"))?;
    let numbers = take_numbers(&mut tail, (&header, &times));
    let numbers = numbers.ok_or(ChunkError::Damaged("numbers are unreadable"))?;
    let results = take_results(&mut tail, (&header, &times)).filter(|_| tail.is_empty());
    let results = results.ok_or(ChunkError::Damaged("result times are unreadable"))?;
    let worst = if header.off_clock { Quality::OffClock } else { Quality::BadClock };
    if t != header.t1.0 || quality.iter().any(|&q| q > worst.code()) {
        return Err(ChunkError::Damaged("header and body differ"));
    }
    let mut raw = vec![[0_u8; 8]; n];
    for (place, plane) in planes.chunks_exact(n).enumerate() {
        for (value, byte) in raw.iter_mut().zip(plane) {
            if let Some(b) = value.get_mut(place) {
                *b = *byte;
            }
        }
    }
    let values: Vec<f64> = raw.into_iter().map(f64::from_le_bytes).collect();
    if values.iter().any(|v| !v.is_finite()) {
        return Err(ChunkError::Damaged("a value is not finite"));
    }
    Ok(Columns { times, values, quality: quality.to_vec(), units, numbers, results })
}

thread_local! {
    /// Working memory of the compressor, kept: making it anew costs more than a short chunk.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(body: &[u8]) -> Option<Vec<u8>> {
    PACKER.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Compressor::new(ZSTD_LEVEL).ok();
        }
        kept.as_mut()?.compress(body).ok()
    })
}

fn decompress(packed: &[u8], body_len: usize) -> Option<Vec<u8>> {
    UNPACKER.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Decompressor::new().ok();
        }
        kept.as_mut()?.decompress(packed, body_len).ok()
    })
}

/// Header, length of the body before compression, compressed body.
fn split(bytes: &[u8]) -> Result<(ChunkHeader, usize, &[u8]), ChunkError> {
    const SHORT: ChunkError = ChunkError::Damaged("it ends early");
    let (content, crc) = bytes.split_last_chunk::<4>().ok_or(SHORT)?;
    let mut rest = content;
    if take(&mut rest).ok_or(SHORT)? != *MAGIC {
        return Err(ChunkError::Damaged("it does not start as a chunk"));
    }
    // Before the checksum: nobody knows where another version has it.
    let [version] = take(&mut rest).ok_or(SHORT)?;
    let kind = version.wrapping_sub(PLAIN);
    if kind > NUMBERED + WITH_RESULTS + OFF_CLOCK {
        return Err(ChunkError::Version { version: char::from(version) });
    }
    if crc32(content) != u32::from_le_bytes(*crc) {
        return Err(ChunkError::Damaged("its checksum does not match"));
    }
    let n = u32::from_le_bytes(take(&mut rest).ok_or(SHORT)?);
    let t0 = UtcNanos(i64::from_le_bytes(take(&mut rest).ok_or(SHORT)?));
    let t1 = UtcNanos(i64::from_le_bytes(take(&mut rest).ok_or(SHORT)?));
    let min = f64::from_le_bytes(take(&mut rest).ok_or(SHORT)?);
    let max = f64::from_le_bytes(take(&mut rest).ok_or(SHORT)?);
    let sum = f64::from_le_bytes(take(&mut rest).ok_or(SHORT)?);
    let body_len = u32::from_le_bytes(take(&mut rest).ok_or(SHORT)?) as usize;
    let [mixed, unit_len] = take(&mut rest).ok_or(SHORT)?;
    if n == 0 || n as usize > MAX_CHUNK_SAMPLES || t1 < t0 || mixed > 1 {
        return Err(ChunkError::Damaged("its header is impossible"));
    }
    let (unit, packed) = rest.split_at_checked(usize::from(unit_len)).ok_or(SHORT)?;
    let Ok(unit) = std::str::from_utf8(unit) else {
        return Err(ChunkError::Damaged("its unit is not UTF-8"));
    };
    let header = ChunkHeader {
        n,
        t0,
        t1,
        min,
        max,
        sum,
        unit: unit.into(),
        mixed: mixed == 1,
        numbered: kind & NUMBERED != 0,
        with_results: kind & WITH_RESULTS != 0,
        off_clock: kind & OFF_CLOCK != 0,
    };
    Ok((header, body_len, packed))
}

fn put_units(body: &mut Vec<u8>, samples: &[Sample]) -> Result<(), ChunkError> {
    for run in samples.chunk_by(|a, b| a.unit == b.unit) {
        let unit = run.first().map_or(&[][..], |s| s.unit.as_bytes());
        let Ok(len) = u8::try_from(unit.len()) else {
            return Err(ChunkError::Samples("a unit is too long"));
        };
        put_varint(body, run.len() as u64);
        body.push(len);
        body.extend(unit);
    }
    Ok(())
}

/// For each whether it is there (u8), then those that are as zigzag varint.
fn put_some(body: &mut Vec<u8>, values: impl Iterator<Item = Option<i64>> + Clone) {
    body.extend(values.clone().map(|v| u8::from(v.is_some())));
    for value in values.flatten() {
        put_varint(body, zigzag(value));
    }
}

/// `None` if they are not as they are written, or none is there.
fn take_some(rest: &mut &[u8], n: usize) -> Option<Vec<Option<i64>>> {
    let (has, after) = rest.split_at_checked(n)?;
    *rest = after;
    let mut out = Vec::with_capacity(n);
    for has in has {
        out.push(match has {
            0 => None,
            1 => Some(unzigzag(take_varint(rest)?)),
            _ => return None,
        });
    }
    out.iter().any(Option::is_some).then_some(out)
}

fn put_numbers(body: &mut Vec<u8>, samples: &[Sample]) {
    let mut before = 0_i64;
    let mut steps = Vec::with_capacity(samples.len());
    for s in samples {
        steps.push(s.sequence.map(|number| number.wrapping_sub(before)));
        before = s.sequence.unwrap_or(before);
    }
    put_some(body, steps.into_iter());
}

/// Empty of a chunk without; `None` if they are not as they are written, or those of one instant do not ascend.
fn take_numbers(rest: &mut &[u8], (header, times): (&ChunkHeader, &[i64])) -> Option<Vec<Option<i64>>> {
    if !header.numbered {
        return Some(Vec::new());
    }
    let mut out = take_some(rest, times.len())?;
    let mut before = 0_i64;
    for number in out.iter_mut().flatten() {
        before = before.wrapping_add(*number);
        *number = before;
    }
    let places: Vec<(i64, Option<i64>)> = times.iter().copied().zip(out.iter().copied()).collect();
    places.is_sorted_by(|a, b| a < b).then_some(out)
}

/// Empty of a chunk without; `None` if they are not as they are written.
fn take_results(rest: &mut &[u8], (header, times): (&ChunkHeader, &[i64])) -> Option<Vec<Option<i64>>> {
    if !header.with_results {
        return Some(Vec::new());
    }
    let mut out = take_some(rest, times.len())?;
    for (late, time) in out.iter_mut().zip(times) {
        *late = late.map(|late| time.wrapping_add(late));
    }
    Some(out)
}

fn take_units(rest: &mut &[u8], header: &ChunkHeader) -> Option<Vec<(usize, Arc<str>)>> {
    let n = header.n as usize;
    if !header.mixed {
        return Some(vec![(n, header.unit.clone())]);
    }
    let (mut units, mut end) = (Vec::new(), 0_usize);
    while end < n {
        let count = take_varint(rest).filter(|&c| c > 0)?;
        end = end.checked_add(usize::try_from(count).ok()?)?;
        let [len] = take(rest)?;
        let (unit, after) = rest.split_at_checked(usize::from(len))?;
        *rest = after;
        units.push((end, Arc::from(std::str::from_utf8(unit).ok()?)));
    }
    (end == n).then_some(units)
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[expect(clippy::cast_possible_truncation, reason = "masked to seven bits")]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push((v & 0x7F) as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

pub(crate) fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut v = 0_u64;
    for shift in (0..64).step_by(7) {
        let [b] = take::<1>(rest)?;
        v |= u64::from(b & 0x7F).checked_shl(shift)?;
        if b < 0x80 {
            return Some(v);
        }
    }
    None
}

#[expect(clippy::cast_sign_loss, reason = "maps small magnitudes of both signs to small numbers")]
pub(crate) fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)) as u64
}

#[expect(clippy::cast_possible_wrap, reason = "the inverse of zigzag")]
pub(crate) fn unzigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}

/// CRC-32 of IEEE 802.3 (reflected, 0xEDB88320).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = crc_table();
    let mut crc = u32::MAX;
    for &b in bytes {
        let ix = (crc ^ u32::from(b)) & 0xFF;
        crc = (crc >> 8) ^ TABLE.get(ix as usize).copied().unwrap_or(0);
    }
    !crc
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time: a wrong index cannot be built")]
const fn crc_table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let (mut i, mut n) = (0, 0_u32);
    while i < 256 {
        let mut c = n;
        let mut bit = 0;
        while bit < 8 {
            c = if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 };
            bit += 1;
        }
        table[i] = c;
        i += 1;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(rows: &[(i64, f64, u8)]) -> Vec<Sample> {
        let mut t = -5_000_000_000;
        rows.iter()
            .map(|&(step, value, quality)| {
                t += step;
                Sample::new(
                    UtcNanos(t),
                    value,
                    Quality::from_stored(quality),
                    if quality == 2 { "mV" } else { "µε" }.into(),
                )
            })
            .collect()
    }

    #[test]
    fn the_checksum_is_the_common_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_day_of_minutes_takes_a_few_bytes_a_sample() {
        let day: Vec<_> = (0..1440).map(|i| (60_000_000_000, 60.0 + f64::from(i % 97) * 0.1, 0)).collect();
        let bytes = encode_chunk(&series(&day)).unwrap();
        assert!(bytes.len() < 1440 * 4, "{}", bytes.len());
    }

    #[test]
    fn a_chunk_of_another_version_is_refused_with_it() {
        let mut bytes = encode_chunk(&series(&[(1, 1.0, 0)])).unwrap();
        assert_eq!(bytes[..4], *b"LTC1", "without numbers nothing is another than before there were any");
        bytes[3] = b'9';
        assert_eq!(read_chunk_header(&bytes), Err(ChunkError::Version { version: '9' }));
        assert!(decode_chunk(&bytes).unwrap_err().to_string().contains("version '9'"));
    }

    #[test]
    fn numbers_that_count_on_take_next_to_nothing() {
        let plain = series(&(0..1440).map(|i| (60_000_000_000, f64::from(i % 97), 0)).collect::<Vec<_>>());
        let numbered: Vec<Sample> =
            plain.iter().zip(70_000..).map(|(s, n)| Sample { sequence: Some(n), ..s.clone() }).collect();
        let (plain, numbered) = (encode_chunk(&plain).unwrap(), encode_chunk(&numbered).unwrap());
        assert!(numbered.len() < plain.len() + 64, "{} and {}", plain.len(), numbered.len());
    }

    #[test]
    fn result_times_that_come_as_late_as_ever_take_next_to_nothing() {
        let plain = series(&(0..1440).map(|i| (60_000_000_000, f64::from(i % 97), 0)).collect::<Vec<_>>());
        let late = |s: &Sample| Sample { result_time: Some(s.time.plus_s(90.0)), ..s.clone() };
        let resulted: Vec<Sample> = plain.iter().map(late).collect();
        let (plain, resulted) = (encode_chunk(&plain).unwrap(), encode_chunk(&resulted).unwrap());
        assert_eq!((&plain[..4], &resulted[..4]), (&b"LTC1"[..], &b"LTC3"[..]));
        assert!(resulted.len() < plain.len() + 64, "{} and {}", plain.len(), resulted.len());
    }

    #[test]
    fn samples_that_cannot_be_one_chunk_are_refused() {
        assert!(encode_chunk(&[]).is_err());
        assert!(encode_chunk(&series(&[(1, f64::NAN, 0)])).is_err());
        assert!(encode_chunk(&series(&[(1, 1.0, 0), (0, 2.0, 0)])).is_err());
        let mut twice = series(&[(1, 1.0, 0), (0, 2.0, 0)]);
        (twice[0].sequence, twice[1].sequence) = (Some(4), Some(4));
        assert!(encode_chunk(&twice).is_err());
        twice[1].sequence = Some(5);
        assert!(encode_chunk(&twice).is_ok());
    }

    proptest! {
        #[test]
        fn a_chunk_reads_back_as_it_was_written(
            rows in prop::collection::vec((1..1_000_000_000_000_i64, -1e12..1e12_f64, 0..5_u8), 1..200),
            numbers in prop::collection::vec(prop::option::of(any::<i64>()), 200),
            results in prop::collection::vec(prop::option::of(any::<i64>()), 200),
            with_results in any::<bool>(),
        ) {
            let mut samples = series(&rows);
            for (s, (number, result)) in samples.iter_mut().zip(numbers.iter().zip(&results)) {
                s.sequence = *number;
                s.result_time = result.filter(|_| with_results).map(UtcNanos);
            }
            for ix in 1..samples.len() {
                if numbers[ix - 1].is_some() && numbers[ix - 1] < numbers[ix] {
                    samples[ix].time = samples[ix - 1].time;
                }
            }
            let bytes = encode_chunk(&samples).unwrap();
            let header = read_chunk_header(&bytes).unwrap();
            prop_assert_eq!(header.n as usize, samples.len());
            prop_assert_eq!((header.t0, header.t1), (samples[0].time, samples[samples.len() - 1].time));
            prop_assert!(samples.iter().all(|s| header.min <= s.value && s.value <= header.max));
            prop_assert_eq!(decode_chunk(&bytes).unwrap(), samples);
        }

        #[test]
        fn any_changed_byte_and_any_cut_is_noticed(
            rows in prop::collection::vec((1..1_000_000_000_i64, -1e3..1e3_f64, 0..3_u8), 1..40),
            flip in 1..=255_u8,
            numbered in any::<bool>(),
            with_results in any::<bool>(),
        ) {
            let mut samples = series(&rows);
            samples[0].sequence = numbered.then_some(77);
            samples[0].result_time = with_results.then_some(UtcNanos(5));
            let bytes = encode_chunk(&samples).unwrap();
            for ix in 0..bytes.len() {
                let mut bad = bytes.clone();
                bad[ix] ^= flip;
                prop_assert!(decode_chunk(&bad).is_err(), "byte {}", ix);
                prop_assert!(read_chunk_header(&bytes[..ix]).is_err(), "cut {}", ix);
            }
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode_chunk(&bytes).is_err());
        }
    }
}
