//! What is being written: a journal that makes rows durable, and the store that shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use lantu_base::ChannelId;

use crate::journal::{Journal, LogFile, Recovered, Row, sound_unit};
use crate::missing::is_companion;
use crate::store::{ExtendCounts, TimeStore, day};
use crate::{ChunkHeader, Sample, is_measurable};

/// A time store that grows: rows are buffered, made durable in groups, and compacted into day chunks.
///
/// What [`HotStore::commit`] has returned for is on the medium. Everything else may be lost, and nothing comes twice:
/// of two rows of one channel, instant and number one is kept.
#[derive(Debug)]
pub struct HotStore<F> {
    journal: Journal<F>,
    told: Told,
    pending: Vec<(ChannelId, Sample)>,
    /// While it is compacted: what was committed since that began.
    since: Option<Vec<Vec<Row>>>,
}

/// What is on the medium, as it is shown.
#[derive(Debug, Default)]
struct Told {
    store: TimeStore,
    /// Days that the journal has rows of and whose chunks may not be on the medium, by channel.
    touched: BTreeMap<ChannelId, BTreeSet<i64>>,
    counts: ExtendCounts,
}

/// Rows of an old journal that are put into the store together. Chosen: four megabytes.
const ROWS_AT_ONCE: usize = 1 << 16;

impl Told {
    fn apply(&mut self, rows: Vec<(ChannelId, Sample)>) {
        let mut by_channel: BTreeMap<ChannelId, Vec<Sample>> = BTreeMap::new();
        for (channel, sample) in rows {
            by_channel.entry(channel).or_default().push(sample);
        }
        for (channel, samples) in by_channel {
            let days = self.touched.entry(channel.clone()).or_default();
            days.extend(samples.iter().map(|s| day(s.time)));
            let mut uncounted = ExtendCounts::default();
            let counts = if is_companion(&channel) { &mut uncounted } else { &mut self.counts };
            self.store.append(&channel, samples, counts);
        }
    }
}

/// A day chunk to be kept elsewhere before the journal is emptied.
#[derive(Clone, Debug)]
pub struct DayChunk {
    /// Its channel.
    pub channel: ChannelId,
    /// What it says about itself.
    pub header: ChunkHeader,
    /// As [`crate::encode_chunk`] writes it.
    pub bytes: Vec<u8>,
}

impl<F: LogFile> HotStore<F> {
    /// Opens a journal over what is in day chunks already; rows that are in both count once.
    ///
    /// # Errors
    /// A failure to read, or to cut off what was torn.
    pub fn open(file: F, base: TimeStore) -> io::Result<(Self, Recovered)> {
        let mut rows = Vec::new();
        let mut told = Told { store: base, ..Told::default() };
        let (journal, found) = Journal::open(file, |channel, sample| {
            rows.push((channel, sample));
            if rows.len() >= ROWS_AT_ONCE {
                told.apply(std::mem::take(&mut rows));
            }
        })?;
        told.apply(rows);
        told.counts = ExtendCounts::default();
        Ok((Self { journal, told, pending: Vec::new(), since: None }, found))
    }

    /// Takes a row for the next commit. Values that nothing can have measured are counted and left out.
    pub fn push(&mut self, channel: ChannelId, mut sample: Sample) {
        if !is_measurable(sample.value) {
            self.told.counts.not_finite += 1;
            return;
        }
        // −0 and 0 are one value, as in a chunk.
        sample.value += 0.0;
        sample.unit = sound_unit(&sample.unit);
        self.pending.push((channel, sample));
    }

    /// Rows that wait for a commit.
    pub fn n_pending(&self) -> usize {
        self.pending.len()
    }

    /// Makes what was pushed durable, then visible; the number of rows, without those that tell what is missing.
    ///
    /// # Errors
    /// A failure to write: the rows are not acknowledged, stay pending, and every later commit fails until the store
    /// is opened again.
    pub fn commit(&mut self) -> io::Result<usize> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        self.journal.write(&self.pending)?;
        let rows = std::mem::take(&mut self.pending);
        if let Some(since) = &mut self.since {
            since.push(rows.clone());
        }
        let n = rows.iter().filter(|(channel, _)| !is_companion(channel)).count();
        self.told.apply(rows);
        Ok(n)
    }

    /// Everything committed, as a snapshot.
    pub fn snapshot(&self) -> TimeStore {
        self.told.store.clone()
    }

    /// What became of the rows since it was opened.
    pub fn counts(&self) -> ExtendCounts {
        self.told.counts
    }

    /// Bytes of the journal.
    pub fn journal_bytes(&self) -> u64 {
        self.journal.len()
    }

    /// Whether the journal has rows whose day chunks may not be on the medium.
    pub fn is_touched(&self) -> bool {
        !self.told.touched.is_empty()
    }

    /// Begins to empty the journal: channels and days (in UTC since 1970-01-01) of which it has rows. Once their chunks are
    /// on the medium, [`HotStore::end_compaction`] takes these rows out of it. What is committed from now on stays in it.
    pub fn begin_compaction(&mut self) -> Vec<(ChannelId, i64)> {
        self.since = Some(Vec::new());
        let touched = std::mem::take(&mut self.told.touched);
        let of =
            |(channel, days): (ChannelId, BTreeSet<i64>)| days.into_iter().map(move |d| (channel.clone(), d));
        touched.into_iter().flat_map(of).collect()
    }

    /// The journal keeps all it has; the chunks of these days are not on the medium.
    pub fn give_up_compaction(&mut self, days: impl IntoIterator<Item = (ChannelId, i64)>) {
        self.since = None;
        for (channel, of) in days {
            self.told.touched.entry(channel).or_default().insert(of);
        }
    }

    /// A channel's day with all that is committed of it; `None` of one that has no samples.
    pub fn day_chunk(&self, channel: &ChannelId, of: i64) -> Option<DayChunk> {
        let (header, bytes) = self.told.store.chunks_of(channel, |day| day == of).next()?;
        Some(DayChunk { channel: channel.clone(), header, bytes: bytes.to_vec() })
    }

    /// Leaves in the journal what was committed since the compaction began. The chunks of all days that
    /// [`HotStore::begin_compaction`] named are on the medium, as they were then or later.
    ///
    /// # Errors
    /// A failure to write.
    pub fn end_compaction(&mut self) -> io::Result<()> {
        self.journal.keep_only(&self.since.take().unwrap_or_default())
    }
}

#[cfg(test)]
impl<F: LogFile> HotStore<F> {
    pub(crate) fn journal_mut(&mut self) -> &mut Journal<F> {
        &mut self.journal
    }

    pub(crate) fn into_file(self) -> F {
        self.journal.into_file()
    }
}
