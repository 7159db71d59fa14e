//! The append-only file of what was acknowledged and is not yet in day chunks.
//!
//! `LTJ` and the version as a digit, then a sequence of frames, little-endian: length of the payload u32, CRC-32 of the
//! payload u32, payload. A payload holds the varint number of the frame, names of channels and units that are new in the
//! file, each as varint length and UTF-8 after their varint count, then a varint count of rows; a row is channel and unit
//! as varint numbers in the order of their names, the step in time from the row before it (from 0 in the first) as zigzag
//! varint nanoseconds, quality u8 with its top bit set where the message has a number and the next one where it has a
//! result time, value f64, then that number, and how many nanoseconds later than its time the result was, each as
//! zigzag varint.
//!
//! A file of a later version is refused and left as it is. Version 1 had no result times, and before it files began with
//! their first frame: they are read, and nothing is added to them until they are emptied.
//!
//! One frame is one commit: it is on disk as a whole, or it was never acknowledged and is cut off. Frames are numbered on
//! when the file is emptied. The first one after that holds the rows of the last commits before it, none or some; behind
//! them it has the number of these commits and how many rows each of them had, as varints. Who follows the file knows
//! which of them it has taken, and whether it has seen everything that was in the file.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use lantu_base::{ChannelId, UtcNanos};

use crate::chunk::{crc32, put_varint, take, take_varint, unzigzag, zigzag};
use crate::{ExtendCounts, MAX_UNIT_BYTES, Quality, Sample, TimeStore};

/// Where a journal lies. Implemented by a file, and by tests that pull the plug.
pub trait LogFile {
    /// Everything in it.
    ///
    /// # Errors
    /// A failure to read.
    fn read_all(&mut self) -> io::Result<Vec<u8>>;
    /// Writes at the end; may be lost until [`LogFile::sync`] returns.
    ///
    /// # Errors
    /// A failure to write.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts it to `len` bytes.
    ///
    /// # Errors
    /// A failure to write.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Returns when everything before is on the medium.
    ///
    /// # Errors
    /// A failure to write: then nothing since the last success can be relied on.
    fn sync(&mut self) -> io::Result<()>;
    /// Makes these bytes all that it holds; they are on the medium when it returns. Until then it holds what it held.
    ///
    /// # Errors
    /// A failure to write: it holds either.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

#[cfg(test)]
impl<F: LogFile> LogFile for &mut F {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        F::read_all(self)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        F::append(self, bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        F::truncate(self, len)
    }

    fn sync(&mut self) -> io::Result<()> {
        F::sync(self)
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        F::replace(self, bytes)
    }
}

/// A reading and its channel.
pub(crate) type Row = (ChannelId, Sample);

/// What a journal begins with: magic and version.
const HEAD: &[u8; 4] = b"LTJ2";
/// What it began with before readings had result times.
const FORMER_HEAD: &[u8; 4] = b"LTJ1";
/// Set in the quality of a row whose message has a number.
const NUMBERED: u8 = 0x80;
/// Set where it has a result time.
const WITH_RESULT: u8 = 0x40;

/// What opening a journal found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Rows that had been acknowledged.
    pub rows: u64,
    /// Bytes behind them that were not, and were cut off.
    pub torn_bytes: u64,
    /// It is of an earlier build, of version 1 or before there were versions: it takes no rows until it is emptied.
    pub former: bool,
}

/// How a file begins.
enum Begin<'b> {
    /// With its head, or before there were heads; then come these bytes.
    Journal { rest: &'b [u8], former: bool },
    /// The head is not there, or not as a whole: nothing in it was acknowledged.
    Nothing,
}

/// Looks at the begin of a file.
///
/// # Errors
/// `InvalidData` of another version, with it, or if it is no journal.
fn begin(bytes: &[u8]) -> io::Result<Begin<'_>> {
    let refuse = |what: String| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    if let Some(rest) = bytes.strip_prefix(HEAD) {
        return Ok(Begin::Journal { rest, former: false });
    }
    if let Some(rest) = bytes.strip_prefix(FORMER_HEAD) {
        return Ok(Begin::Journal { rest, former: true });
    }
    // A file system leaves the begin of what was being written, or zeros.
    if bytes.iter().zip(HEAD).all(|(b, h)| b == h || *b == 0) {
        return Ok(Begin::Nothing);
    }
    if let (true, Some(&version)) = (bytes.starts_with(b"LTJ"), bytes.get(3)) {
        return refuse(format!(
            "a journal of readings of version {:?}, which this build does not know: use the one that wrote it; it was left as it is",
            char::from(version)
        ));
    }
    let (mut channels, mut units) = (Names::default(), Names::default());
    if take_frame(bytes, &mut channels, &mut units, &mut |_, _| {}, &mut 0).is_some() {
        return Ok(Begin::Journal { rest: bytes, former: true });
    }
    refuse("not a journal of readings; it was left as it is".to_owned())
}

/// Names in the order in which the file says them.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
    /// How many of them the file has.
    n_written: usize,
}

impl Names {
    fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(&n) = self.numbers.get(name) {
            return n;
        }
        let n = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.clone(), n);
        self.list.push(name.clone());
        n
    }

    fn put_new(&self, out: &mut Vec<u8>) {
        let new = self.list.get(self.n_written..).unwrap_or_default();
        put_varint(out, new.len() as u64);
        for name in new {
            put_varint(out, name.len() as u64);
            out.extend(name.as_bytes());
        }
    }

    fn take_new(&mut self, rest: &mut &[u8]) -> Option<()> {
        for _ in 0..take_varint(rest)? {
            let len = usize::try_from(take_varint(rest)?).ok()?;
            let (name, after) = rest.split_at_checked(len)?;
            *rest = after;
            self.number(&Arc::from(std::str::from_utf8(name).ok()?));
        }
        self.n_written = self.list.len();
        Some(())
    }
}

/// Appends rows, and knows what is on the medium.
#[derive(Debug)]
pub(crate) struct Journal<F> {
    file: F,
    channels: Names,
    units: Names,
    /// Bytes on the medium.
    len: u64,
    /// Of the next frame.
    number: u64,
    /// A write failed: what the file holds is unknown until it is opened again.
    broken: bool,
    /// See [`Recovered::former`].
    former: bool,
}

impl<F: LogFile> Journal<F> {
    /// Opens a journal and gives every acknowledged row to `row`; what was torn is cut off. A file of another version, or
    /// one that is no journal, is an error and stays as it is.
    pub(crate) fn open(mut file: F, mut row: impl FnMut(ChannelId, Sample)) -> io::Result<(Self, Recovered)> {
        let bytes = file.read_all()?;
        let (mut channels, mut units) = (Names::default(), Names::default());
        let (mut rest, former, mut at) = match begin(&bytes)? {
            Begin::Journal { rest, former } => (rest, former, (bytes.len() - rest.len()) as u64),
            Begin::Nothing => (&[][..], false, 0),
        };
        let mut found = Recovered { former, ..Recovered::default() };
        let n_bytes = rest.len();
        let mut number = 0;
        while let Some(frame) = take_frame(rest, &mut channels, &mut units, &mut row, &mut found.rows) {
            (rest, number) = (frame.after, frame.number.wrapping_add(1));
        }
        at += (n_bytes - rest.len()) as u64;
        found.torn_bytes = bytes.len() as u64 - at;
        if found.torn_bytes > 0 {
            file.truncate(at)?;
            file.sync()?;
        }
        Ok((Self { file, channels, units, len: at, number, broken: false, former }, found))
    }

    /// Writes rows as one frame; they are on the medium when it returns.
    pub(crate) fn write(&mut self, rows: &[(ChannelId, Sample)]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write failed: open the journal again"));
        }
        if self.former {
            return Err(io::Error::other("a journal of an earlier build takes no rows until it is emptied"));
        }
        let frame = self.frame(&[rows], false)?;
        self.broken = true;
        self.file.append(&frame)?;
        self.file.sync()?;
        self.wrote(&frame);
        Ok(())
    }

    /// The next frame with the rows of these commits, after the head where the file is empty. `again`: they had frames of
    /// their own, and it says how many rows each had.
    fn frame(&mut self, commits: &[impl AsRef<[Row]>], again: bool) -> io::Result<Vec<u8>> {
        let n_rows = commits.iter().map(|c| c.as_ref().len()).sum::<usize>();
        let mut body = Vec::with_capacity(n_rows * 20);
        let mut before = 0_i64;
        for (channel, s) in commits.iter().flat_map(AsRef::as_ref) {
            put_varint(&mut body, u64::from(self.channels.number(&channel.0)));
            put_varint(&mut body, u64::from(self.units.number(&s.unit)));
            put_varint(&mut body, zigzag(s.time.0.wrapping_sub(before)));
            before = s.time.0;
            let numbered = if s.sequence.is_some() { NUMBERED } else { 0 };
            let with_result = if s.result_time.is_some() { WITH_RESULT } else { 0 };
            body.push(s.quality.code() | numbered | with_result);
            body.extend(s.value.to_le_bytes());
            if let Some(number) = s.sequence {
                put_varint(&mut body, zigzag(number));
            }
            if let Some(at) = s.result_time {
                put_varint(&mut body, zigzag(at.0.wrapping_sub(s.time.0)));
            }
        }
        let mut payload = Vec::with_capacity(body.len() + 64);
        put_varint(&mut payload, self.number);
        self.channels.put_new(&mut payload);
        self.units.put_new(&mut payload);
        put_varint(&mut payload, n_rows as u64);
        payload.extend(body);
        if again {
            put_varint(&mut payload, commits.len() as u64);
            for commit in commits {
                put_varint(&mut payload, commit.as_ref().len() as u64);
            }
        }
        let Ok(len) = u32::try_from(payload.len()) else {
            return Err(io::Error::other("too many rows for one commit"));
        };
        let mut frame = Vec::with_capacity(HEAD.len() + payload.len() + 8);
        if self.len == 0 {
            frame.extend(HEAD);
        }
        frame.extend(len.to_le_bytes());
        frame.extend(crc32(&payload).to_le_bytes());
        frame.extend(payload);
        Ok(frame)
    }

    /// A frame is on the medium.
    fn wrote(&mut self, frame: &[u8]) {
        self.broken = false;
        self.len += frame.len() as u64;
        self.number = self.number.wrapping_add(1);
        (self.channels.n_written, self.units.n_written) = (self.channels.list.len(), self.units.list.len());
    }

    /// Leaves the rows of these commits, the last ones, in it alone: everything else in it is elsewhere on the medium.
    /// Without any its one frame tells who follows the file how many frames there were.
    pub(crate) fn keep_only(&mut self, commits: &[Vec<Row>]) -> io::Result<()> {
        self.broken = true;
        (self.channels, self.units, self.len) = (Names::default(), Names::default(), 0);
        let frame = self.frame(commits, true)?;
        self.file.replace(&frame)?;
        self.former = false;
        self.wrote(&frame);
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    #[cfg(test)]
    pub(crate) fn file_mut(&mut self) -> &mut F {
        &mut self.file
    }

    #[cfg(test)]
    pub(crate) fn into_file(self) -> F {
        self.file
    }
}

/// What somebody else's journal has said so far, and the store that follows: for who shows readings while another
/// process writes them.
#[derive(Debug)]
pub struct JournalTail {
    channels: Names,
    units: Names,
    store: TimeStore,
    /// Of the frame that comes next; unknown before the first.
    next: Option<u64>,
    /// The head of the file was taken.
    begun: bool,
    /// It was emptied since the last commit that was taken.
    rewound: bool,
}

/// What a piece of somebody else's journal brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Bytes of whole commits. What comes after them is being written, or torn, and is to be given again.
    pub bytes: usize,
    /// Their rows.
    pub rows: u64,
    /// Number of the first commit in it.
    pub first: Option<u64>,
    /// Commits lie before it that were not taken: what the store holds has a hole, and is to be read anew.
    pub hole: bool,
}

impl JournalTail {
    /// Begins at the journal's first byte, over what is in day chunks already.
    pub fn new(base: TimeStore) -> Self {
        let (channels, units) = (Names::default(), Names::default());
        Self { channels, units, store: base, next: None, begun: false, rewound: false }
    }

    /// The same; the first frame has this number, or commits were missed.
    pub fn expecting(base: TimeStore, first: Option<u64>) -> Self {
        Self { next: first, ..Self::new(base) }
    }

    /// The journal was emptied, but for what was committed last: goes on at its first byte.
    pub fn rewind(&mut self) {
        (self.channels, self.units, self.begun) = (Names::default(), Names::default(), false);
        self.rewound = true;
    }

    /// Takes the bytes after those that were taken before.
    ///
    /// # Errors
    /// `InvalidData` for a journal of another version, or a file that is none: nothing of it is taken.
    pub fn take(&mut self, bytes: &[u8]) -> io::Result<Taken> {
        let mut rest = bytes;
        let mut out = Taken::default();
        if !self.begun {
            let Begin::Journal { rest: after, .. } = begin(bytes)? else { return Ok(out) };
            rest = after;
            self.begun = true;
        }
        let mut rows: BTreeMap<ChannelId, Vec<Sample>> = BTreeMap::new();
        loop {
            let mut of_frame = Vec::new();
            let mut row = |channel: ChannelId, sample| of_frame.push((channel, sample));
            let taken = take_frame(rest, &mut self.channels, &mut self.units, &mut row, &mut 0);
            let Some(Frame { after, number, again }) = taken else { break };
            // Of what a compaction left in the journal the commits that were taken are not taken twice.
            let missing = self.next.map_or(0, |next| number.wrapping_sub(next));
            let again = if std::mem::take(&mut self.rewound) { again } else { Vec::new() };
            let n_known = match usize::try_from(missing).ok().and_then(|n| again.len().checked_sub(n)) {
                Some(n_taken) if self.next.is_some() => again.iter().take(n_taken).sum(),
                _ => 0,
            };
            out.hole |= missing > again.len() as u64;
            self.next = Some(number.wrapping_add(1));
            out.first = out.first.or(Some(number));
            rest = after;
            for (channel, sample) in of_frame.into_iter().skip(n_known) {
                rows.entry(channel).or_default().push(sample);
                out.rows += 1;
            }
        }
        let mut counts = ExtendCounts::default();
        for (channel, samples) in rows {
            self.store.append(&channel, samples, &mut counts);
        }
        out.bytes = bytes.len() - rest.len();
        Ok(out)
    }

    /// Everything that was taken, as a snapshot.
    pub fn snapshot(&self) -> TimeStore {
        self.store.clone()
    }
}

/// What a frame says besides its rows.
struct Frame<'b> {
    /// What comes after it.
    after: &'b [u8],
    number: u64,
    /// Rows of each of the commits before it that it repeats.
    again: Vec<usize>,
}

/// The next sound frame. One with a sound checksum was written by us and is read as a whole.
fn take_frame<'b>(
    mut rest: &'b [u8],
    channels: &mut Names,
    units: &mut Names,
    row: &mut impl FnMut(ChannelId, Sample),
    n_rows: &mut u64,
) -> Option<Frame<'b>> {
    let len = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
    let crc = u32::from_le_bytes(take(&mut rest)?);
    // A hole of zeros, as a file system leaves it, would be an empty frame with a sound checksum.
    if len == 0 {
        return None;
    }
    let (mut payload, after) = rest.split_at_checked(len)?;
    if crc32(payload) != crc {
        return None;
    }
    let number = take_varint(&mut payload)?;
    channels.take_new(&mut payload)?;
    units.take_new(&mut payload)?;
    let mut time = 0_i64;
    for _ in 0..take_varint(&mut payload)? {
        let channel = name(channels, &mut payload)?;
        let unit = name(units, &mut payload)?;
        time = time.wrapping_add(unzigzag(take_varint(&mut payload)?));
        let [quality] = take(&mut payload)?;
        let value = f64::from_le_bytes(take(&mut payload)?);
        let mut number_if = |flag: u8| -> Option<Option<i64>> {
            if quality & flag == 0 {
                Some(None)
            } else {
                take_varint(&mut payload).map(|v| Some(unzigzag(v)))
            }
        };
        let (sequence, late) = (number_if(NUMBERED)?, number_if(WITH_RESULT)?);
        let result_time = late.map(|late| UtcNanos(time.wrapping_add(late)));
        let quality = Quality::from_stored(quality & !(NUMBERED | WITH_RESULT));
        let time = UtcNanos(time);
        row(ChannelId(channel), Sample { time, value, quality, unit, sequence, result_time });
        *n_rows += 1;
    }
    let mut again = Vec::new();
    if !payload.is_empty() {
        for _ in 0..take_varint(&mut payload)? {
            again.push(usize::try_from(take_varint(&mut payload)?).ok()?);
        }
    }
    Some(Frame { after, number, again })
}

fn name(names: &Names, rest: &mut &[u8]) -> Option<Arc<str>> {
    names.list.get(usize::try_from(take_varint(rest)?).ok()?).cloned()
}

/// A unit as a store keeps it: longer texts are none.
pub(crate) fn sound_unit(unit: &Arc<str>) -> Arc<str> {
    if unit.len() > MAX_UNIT_BYTES { "".into() } else { unit.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal in memory.
    #[derive(Debug, Default)]
    struct Memory(Vec<u8>);

    impl LogFile for Memory {
        fn read_all(&mut self) -> io::Result<Vec<u8>> {
            Ok(self.0.clone())
        }

        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.extend(bytes);
            Ok(())
        }

        fn truncate(&mut self, len: u64) -> io::Result<()> {
            self.0.truncate(usize::try_from(len).unwrap());
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0 = bytes.to_vec();
            Ok(())
        }
    }

    #[test]
    fn what_a_compaction_leaves_in_the_journal_is_not_taken_twice_and_a_commit_that_was_missed_is_told() {
        let row = |n: i64| {
            let (time, unit) = (UtcNanos(n * 1_000_000_000), "m".into());
            (ChannelId("a".into()), Sample::new(time, n as f64, Quality::Good, unit))
        };
        let mut journal = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        let mut ends = Vec::new();
        for rows in [vec![row(1), row(2)], vec![row(3)], vec![row(4), row(5)], vec![row(6)]] {
            journal.write(&rows).unwrap();
            ends.push(journal.file_mut().0.len());
        }
        let before = journal.file_mut().0.clone();
        // The first two are in day chunks.
        journal.keep_only(&[vec![row(4), row(5)], vec![row(6)]]).unwrap();
        journal.write(&[row(7)]).unwrap();
        let after = journal.into_file().0;

        for (n_seen, (n_before, n_new)) in ends.into_iter().zip([(2, 4), (3, 4), (5, 2), (6, 1)]) {
            let mut tail = JournalTail::new(TimeStore::default());
            assert_eq!(tail.take(&before[..n_seen]).unwrap().rows, n_before);
            tail.rewind();
            let taken = tail.take(&after).unwrap();
            assert_eq!((taken.rows, taken.hole), (n_new, n_before < 3), "after {n_before}");
            assert_eq!(tail.snapshot().n_samples(), n_before + n_new);
        }
        // Who comes now has what is in day chunks from there.
        let mut new = JournalTail::new(TimeStore::default());
        assert_eq!((new.take(&after).unwrap().rows, new.snapshot().n_samples()), (4, 4));
    }

    #[test]
    fn who_follows_a_journal_in_pieces_of_any_size_sees_every_commit_once() {
        let mut journal = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        for minute in 0..40_i64 {
            let row = |name: &str| {
                let time = UtcNanos(minute * 60_000_000_000);
                let (value, quality, unit) = (minute as f64, Quality::Good, "m".into());
                let (sequence, result_time) =
                    ((name == "b").then_some(minute), (minute % 3 > 0).then_some(time));
                (ChannelId(name.into()), Sample { time, value, quality, unit, sequence, result_time })
            };
            // A channel that begins late brings a new name.
            let rows: Vec<_> = if minute < 20 { vec![row("a")] } else { vec![row("a"), row("b")] };
            journal.write(&rows).unwrap();
        }
        let bytes = journal.into_file().0;
        for piece in [1, 7, 64, bytes.len()] {
            let mut tail = JournalTail::new(TimeStore::default());
            let (mut from, mut n_rows) = (0, 0);
            for end in (0..bytes.len()).step_by(piece).chain([bytes.len()]) {
                let taken = tail.take(&bytes[from..end]).unwrap();
                assert!(!taken.hole);
                from += taken.bytes;
                n_rows += taken.rows;
            }
            assert_eq!((from, n_rows, tail.snapshot().n_samples()), (bytes.len(), 60, 60), "{piece}");
            let seen = tail.snapshot().range(&ChannelId("b".into()), UtcNanos(0), UtcNanos(i64::MAX));
            let told = |s: &Sample| (s.sequence, s.result_time);
            let minute = |n: i64| (Some(n), (n % 3 > 0).then_some(UtcNanos(n * 60_000_000_000)));
            assert_eq!(seen.iter().map(told).collect::<Vec<_>>(), (20..40).map(minute).collect::<Vec<_>>());
        }
    }

    fn rows_at(n: i64) -> Vec<(ChannelId, Sample)> {
        let time = UtcNanos(n);
        let s = Sample::new(time, n as f64, Quality::Good, "m".into());
        vec![(ChannelId("a".into()), s)]
    }

    #[test]
    fn a_journal_of_another_version_is_refused_with_it_and_left_as_it_is() {
        let mut journal = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        journal.write(&rows_at(1)).unwrap();
        let sound = journal.into_file().0;
        for (at, byte, why) in [(3, b'9', "version '9'"), (0, b'X', "not a journal")] {
            let mut bytes = sound.clone();
            bytes[at] = byte;
            let mut file = Memory(bytes.clone());
            let error = Journal::open(&mut file, |_, _| {}).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("left as it is"), "{error}");
            assert_eq!(file.0, bytes, "not a byte of it is another");
            let mut tail = JournalTail::new(TimeStore::default());
            assert!(tail.take(&bytes).unwrap_err().to_string().contains(why));
            assert_eq!(tail.snapshot().n_samples(), 0);
        }
    }

    #[test]
    fn a_journal_of_an_earlier_version_is_read_and_takes_no_rows_until_it_is_emptied() {
        let mut journal = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        journal.write(&rows_at(1)).unwrap();
        journal.write(&rows_at(2)).unwrap();
        // The frames of then are those of now for rows without numbers, and of version 1 for rows without result times.
        let frames = journal.into_file().0.split_off(HEAD.len());
        for former in [frames.clone(), [FORMER_HEAD.as_slice(), &frames].concat()] {
            let mut read = Vec::new();
            let (mut journal, found) =
                Journal::open(Memory(former.clone()), |_, s: Sample| read.push(s.value)).unwrap();
            assert_eq!((found, read), (Recovered { rows: 2, torn_bytes: 0, former: true }, vec![1.0, 2.0]));
            assert!(journal.write(&rows_at(3)).is_err());
            assert_eq!(journal.file_mut().0, former);
            let mut tail = JournalTail::new(TimeStore::default());
            assert_eq!(tail.take(&former).unwrap().rows, 2);
            journal.keep_only(&[]).unwrap();
            journal.write(&rows_at(3)).unwrap();
            let (_, found) = Journal::open(journal.into_file(), |_, _| {}).unwrap();
            assert_eq!(found, Recovered { rows: 1, torn_bytes: 0, former: false });
        }
    }

    #[test]
    fn who_has_seen_all_of_a_journal_that_is_emptied_goes_on_and_who_has_not_is_told() {
        let at = |n: i64| {
            let sample = Sample::new(UtcNanos(n), n as f64, Quality::Good, "m".into());
            vec![(ChannelId("a".into()), sample)]
        };
        let mut journal = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        let (mut all, mut late) =
            (JournalTail::new(TimeStore::default()), JournalTail::new(TimeStore::default()));
        journal.write(&at(1)).unwrap();
        assert_eq!(late.take(&journal.file_mut().0).unwrap().rows, 1);
        journal.write(&at(2)).unwrap();
        assert_eq!(all.take(&journal.file_mut().0).unwrap().rows, 2);
        journal.keep_only(&[]).unwrap();
        // The emptied file says so at once, before anything is written to it.
        for (tail, hole) in [(&mut all, false), (&mut late, true)] {
            tail.rewind();
            let taken = tail.take(&journal.file_mut().0).unwrap();
            assert_eq!((taken.rows, taken.hole), (0, hole));
        }
        let from = journal.file_mut().0.len();
        journal.write(&at(3)).unwrap();
        let taken = all.take(&journal.file_mut().0[from..]).unwrap();
        assert_eq!((taken.rows, taken.hole, all.snapshot().n_samples()), (1, false, 3));
        // A journal that was begun anew, because its process died, is another one.
        let mut other = Journal::open(Memory::default(), |_, _| {}).unwrap().0;
        other.write(&at(4)).unwrap();
        all.rewind();
        assert!(all.take(&other.file_mut().0).unwrap().hole);
    }
}
