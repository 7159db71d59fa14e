//! The time store: immutable snapshots of every channel's samples, encoded.

use std::collections::BTreeMap;
use std::sync::Arc;

use lantu_base::{ChannelId, UtcNanos};

use crate::cache::Cache;
use crate::chunk::{
    ChunkError, ChunkHeader, Columns, MAX_CHUNK_SAMPLES, MAX_UNIT_BYTES, NANOS_PER_DAY, read_chunk_header,
};
use crate::clock::is_of_clock;
use crate::combined::{DayCurve, DayFold};
use crate::course::Course;
use crate::missing::is_companion;
use crate::pieces::{PASSING_SAMPLES, Shelf, StoredChunk, begin_piece, merge, number_prefixes, whole_day};
use crate::timeline::ChunkFold;
use crate::{Sample, is_measurable};

/// Samples of all channels. A snapshot: extending makes a new one that shares untouched chunks.
///
/// What it holds depends on the set of samples, never on their order: of two samples of one channel, instant and number
/// the one of better quality stays, then the larger value, then the larger unit, then the one with the earlier result.
/// Where one of an instant has a number, those without are the same reading and go.
/// A chunk is a channel's UTC day. A day that is being written is held in pieces of which the last one is decoded and the
/// others lie on a [`Shelf`], where there is one; how it is cut shows nowhere.
#[derive(Clone, Debug, Default)]
pub struct TimeStore {
    series: BTreeMap<ChannelId, Arc<Vec<StoredChunk>>>,
    shelf: Option<Arc<dyn Shelf>>,
    /// Whether anything was said of clocks, so that nobody else asks for it.
    clocks: bool,
    cache: Arc<Cache<Columns>>,
    folds: Arc<Cache<ChunkFold>>,
    courses: Arc<Cache<Course>>,
    days: Arc<Cache<DayFold>>,
    curves: Arc<Cache<DayCurve>>,
}

/// What became of samples that were put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtendCounts {
    /// Now in the store.
    pub added: u64,
    /// Another sample of the same channel, instant and number was there, equal or preferred, or was replaced.
    pub duplicates: u64,
    /// NaN, infinite or beyond [`crate::MAX_MAGNITUDE`], left out.
    pub not_finite: u64,
    /// The latest of a day that has more than [`MAX_CHUNK_SAMPLES`], or of an instant that has more than
    /// [`crate::MOST_OF_INSTANT`], left out.
    pub over_full: u64,
}

/// One column of a chart: what happened from its `t0` until before the next column's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Start of the column.
    pub t0: UtcNanos,
    /// Samples in it; the other fields mean nothing when 0.
    pub n: u64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Sum of the values.
    pub sum: f64,
}

impl TimeStore {
    /// A new snapshot with more samples; touched days are decoded, merged and encoded again.
    /// For many small batches use [`TimeStoreBuilder`].
    pub fn extended(&self, samples: Vec<(ChannelId, Sample)>) -> (Self, ExtendCounts) {
        let mut builder = TimeStoreBuilder::new(self.clone());
        for (channel, sample) in samples {
            builder.push(channel, sample);
        }
        builder.finish()
    }

    /// A store from chunks as [`TimeStore::chunks`] gave them, in any order.
    ///
    /// # Errors
    /// [`ChunkError::Damaged`] if one is damaged or two of a channel overlap; the place names the channel.
    pub fn from_chunks(
        chunks: impl IntoIterator<Item = (ChannelId, Vec<u8>)>,
    ) -> Result<Self, (ChannelId, ChunkError)> {
        let mut series: BTreeMap<ChannelId, Vec<StoredChunk>> = BTreeMap::new();
        for (channel, bytes) in chunks {
            let header = read_chunk_header(&bytes).map_err(|e| (channel.clone(), e))?;
            series.entry(channel).or_default().push(StoredChunk::packed_from(header, bytes.into()));
        }
        for (channel, list) in &mut series {
            list.sort_by_key(|c| c.header.t0);
            number_prefixes(list, 0);
            if list.is_sorted_by(|a, b| a.header.t1 < b.header.t0) {
                continue;
            }
            return Err((channel.clone(), ChunkError::Damaged("two chunks of a channel overlap")));
        }
        let series: BTreeMap<_, _> = series.into_iter().map(|(c, list)| (c, Arc::new(list))).collect();
        let clocks = series.keys().any(is_of_clock);
        Ok(Self { series, clocks, ..Self::default() })
    }

    /// The same, with what is sealed of the days that are being written put onto a shelf from now on.
    #[must_use]
    pub fn with_shelf(mut self, shelf: Arc<dyn Shelf>) -> Self {
        self.shelf = Some(shelf);
        self
    }

    /// Every chunk, by channel and time, for storing. The same samples give the same chunks.
    pub fn chunks(&self) -> impl Iterator<Item = (&ChannelId, ChunkHeader, Arc<[u8]>)> {
        let of = |id| self.chunks_of(id, |_day| true).map(move |(header, bytes)| (id, header, bytes));
        self.series.keys().flat_map(of)
    }

    /// Chunks of a channel, by time, as [`TimeStore::chunks`], of the days that are wanted.
    pub(crate) fn chunks_of(
        &self,
        channel: &ChannelId,
        wanted: impl Fn(i64) -> bool,
    ) -> impl Iterator<Item = (ChunkHeader, Arc<[u8]>)> {
        let list = self.series.get(channel).map_or(&[][..], |l| l.as_slice());
        let days = list.chunk_by(|a, b| day(a.header.t0) == day(b.header.t0));
        let days = days.filter(move |pieces| pieces.first().is_some_and(|p| wanted(day(p.header.t0))));
        days.filter_map(whole_day)
    }

    /// The same without days of a channel, counted in UTC since 1970-01-01.
    #[must_use]
    pub fn without_days(&self, channel: &ChannelId, gone: &dyn Fn(i64) -> bool) -> Self {
        let mut out = self.clone();
        if let Some(list) = out.series.get_mut(channel) {
            let kept = list.iter().filter(|c| !gone(day(c.header.t0)));
            let mut kept: Vec<StoredChunk> = kept.cloned().collect();
            number_prefixes(&mut kept, 0);
            *list = Arc::new(kept);
        }
        out
    }

    /// Adds samples of one channel. Where they continue its last day in order, its last piece grows, and what was written
    /// before is not touched.
    pub(crate) fn append(
        &mut self,
        channel: &ChannelId,
        mut samples: Vec<Sample>,
        counts: &mut ExtendCounts,
    ) {
        let shelf = self.shelf.as_ref();
        self.clocks |= is_of_clock(channel);
        let list = Arc::make_mut(self.series.entry(channel.clone()).or_default());
        let mut last = list.last().map(|c| c.header.t1);
        let n = samples.iter().take_while(|s| last.replace(s.time).is_none_or(|l| l < s.time)).count();
        let rest = samples.split_off(n);
        let mut today: Option<(i64, usize)> = None;
        for s in &samples {
            let (_, n_today) = match &mut today {
                Some(known) if known.0 == day(s.time) => known,
                other => other.insert((day(s.time), n_of_day(list, day(s.time)))),
            };
            if *n_today >= MAX_CHUNK_SAMPLES {
                counts.over_full += 1;
                continue;
            }
            match list.last_mut().filter(|c| c.takes(s)) {
                Some(piece) => piece.grow(s),
                None => begin_piece(list, s, shelf),
            }
            *n_today += 1;
            counts.added += 1;
        }
        if !rest.is_empty() {
            let old = Arc::clone(self.series.entry(channel.clone()).or_default());
            let merged = merge((&old, rest), self.shelf.as_ref(), counts);
            self.series.insert(channel.clone(), Arc::new(merged));
        }
    }

    /// Channels that have samples, by name, without the companions that tell what is missing.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.series.keys().filter(|id| !is_companion(id))
    }

    /// Samples of all these channels.
    pub fn n_samples(&self) -> u64 {
        let own = self.series.iter().filter(|(id, _)| !is_companion(id));
        own.flat_map(|(_, l)| l.iter()).map(|c| u64::from(c.header.n)).sum()
    }

    /// Bytes of what is decoded or was computed from readings and is kept for the next question, beside what is being
    /// written: some megabytes of a district that nobody looks back in, and at most 320. Waits for nobody.
    pub fn kept_bytes(&self) -> u64 {
        let all = [
            self.cache.n_bytes(),
            self.folds.n_bytes(),
            self.courses.n_bytes(),
            self.days.n_bytes(),
            self.curves.n_bytes(),
        ];
        all.into_iter().sum::<usize>() as u64
    }

    /// First and last instant of all samples; `None` when empty.
    pub fn span(&self) -> Option<(UtcNanos, UtcNanos)> {
        let first = self.series.values().filter_map(|l| l.first()).map(|c| c.header.t0).min()?;
        let last = self.series.values().filter_map(|l| l.last()).map(|c| c.header.t1).max()?;
        Some((first, last))
    }

    /// The latest sample at or before `t`, of any quality; of several at one instant the one with the largest number.
    pub fn value_at(&self, channel: &ChannelId, t: UtcNanos) -> Option<Sample> {
        let chunk = self.chunks_until(channel, t).last()?;
        let columns = self.columns(chunk)?;
        columns.sample(columns.count_until(t).checked_sub(1)?)
    }

    /// Samples with `t0 ≤ time ≤ t1`, ascending, those of one instant by their numbers.
    pub fn range(&self, channel: &ChannelId, t0: UtcNanos, t1: UtcNanos) -> Vec<Sample> {
        let mut out = Vec::new();
        for chunk in self.chunks_until(channel, t1).iter().skip_while(|c| c.header.t1 < t0) {
            if let Some(columns) = self.columns(chunk) {
                let from = columns.times.partition_point(|&x| x < t0.0);
                out.extend((from..columns.count_until(t1)).filter_map(|ix| columns.sample(ix)));
            }
        }
        out
    }

    /// The sample of a channel before another one, which may be of its companion.
    pub(crate) fn before(&self, channel: &ChannelId, s: &Sample) -> Option<Sample> {
        let chunks = self.chunks_until(channel, s.time);
        chunks.iter().rev().find_map(|chunk| {
            let columns = self.columns(chunk)?;
            let place = |ix: usize| Some((UtcNanos(*columns.times.get(ix)?), columns.number(ix)));
            let ix = (0..columns.count_until(s.time)).rev().find(|ix| place(*ix) < Some(s.place()))?;
            columns.sample(ix)
        })
    }

    /// The number of the last message that brought a sample of a channel, where its last chunk has one.
    pub(crate) fn last_number(&self, channel: &ChannelId) -> Option<i64> {
        let last = self.series.get(channel)?.last().filter(|c| c.header.numbered)?;
        self.columns(last)?.numbers.iter().rev().find_map(|n| *n)
    }

    /// Smallest and largest value in each of `n_columns` equal stretches of `t0 ≤ time < t1`, for drawing a series
    /// without losing a peak. Chunks inside one column are read from their headers only.
    /// Empty when `t1 ≤ t0` or `n_columns` is 0.
    pub fn min_max(&self, channel: &ChannelId, t0: UtcNanos, t1: UtcNanos, n_columns: u32) -> Vec<Column> {
        let width = i128::from(t1.0) - i128::from(t0.0);
        if width <= 0 || n_columns == 0 {
            return Vec::new();
        }
        let start = |ix: i128| {
            let offset = width * ix / i128::from(n_columns);
            UtcNanos(i64::try_from(i128::from(t0.0) + offset).unwrap_or(i64::MAX))
        };
        let mut columns: Vec<Column> = (0..n_columns)
            .map(|ix| Column {
                t0: start(ix.into()),
                n: 0,
                min: f64::INFINITY,
                max: f64::NEG_INFINITY,
                sum: 0.0,
            })
            .collect();
        let column_of =
            |columns: &[Column], t: UtcNanos| columns.partition_point(|c| c.t0 <= t).checked_sub(1);
        let last = UtcNanos(t1.0 - 1);
        for chunk in self.chunks_until(channel, last).iter().skip_while(|c| c.header.t1 < t0) {
            let h = &chunk.header;
            let (a, b) = (column_of(&columns, h.t0), column_of(&columns, h.t1));
            if h.t0 >= t0 && h.t1 <= last && a == b {
                if let Some(c) = a.and_then(|ix| columns.get_mut(ix)) {
                    c.add(u64::from(h.n), h.min, h.max, h.sum);
                }
            } else if let Some(decoded) = self.columns(chunk) {
                let from = decoded.times.partition_point(|&x| x < t0.0);
                let until = decoded.count_until(last);
                for (&t, &v) in decoded.times.iter().zip(&decoded.values).take(until).skip(from) {
                    if let Some(c) = column_of(&columns, UtcNanos(t)).and_then(|ix| columns.get_mut(ix)) {
                        c.add(1, v, v, v);
                    }
                }
            }
        }
        columns
    }

    /// Chunks of a channel that start at or before `t`, ascending.
    pub(crate) fn chunks_until(&self, channel: &ChannelId, t: UtcNanos) -> &[StoredChunk] {
        let list = self.series.get(channel).map_or(&[][..], |l| l.as_slice());
        list.get(..list.partition_point(|c| c.header.t0 <= t)).unwrap_or_default()
    }

    /// Whether anything was said of the clock of any device.
    pub(crate) fn has_clocks(&self) -> bool {
        self.clocks
    }

    pub(crate) fn folds(&self) -> &Cache<ChunkFold> {
        &self.folds
    }

    pub(crate) fn days(&self) -> &Cache<DayFold> {
        &self.days
    }

    pub(crate) fn curves(&self) -> &Cache<DayCurve> {
        &self.curves
    }

    pub(crate) fn courses(&self) -> &Cache<Course> {
        &self.courses
    }

    /// The decoded chunk, from the cache or fresh. `None` only if memory changed under us, or the shelf cannot be read, which
    /// is said: bytes were checked when they came in.
    pub(crate) fn columns(&self, chunk: &StoredChunk) -> Option<Arc<Columns>> {
        if let Some(open) = chunk.open_columns() {
            return Some(open);
        }
        if let Some(found) = self.cache.get([chunk.number(), 0]) {
            return Some(found);
        }
        let columns = Arc::new(chunk.decoded()?);
        // A short piece is looked at once when it is sealed, and there are ever new ones.
        if chunk.header.n >= PASSING_SAMPLES {
            self.cache.put([chunk.number(), 0], Arc::clone(&columns));
        }
        Some(columns)
    }
}

impl Column {
    fn add(&mut self, n: u64, min: f64, max: f64, sum: f64) {
        self.n += n;
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.sum += sum;
    }
}

/// Takes samples one by one in any order and makes a store of them, in bounded memory.
#[derive(Debug)]
pub struct TimeStoreBuilder {
    store: TimeStore,
    pending: BTreeMap<ChannelId, Vec<Sample>>,
    n_pending: usize,
    counts: ExtendCounts,
    units: Vec<Arc<str>>,
}

impl TimeStoreBuilder {
    /// Chosen: 40 MB of pending samples.
    const MAX_PENDING: usize = 1 << 20;

    /// Starts from what `store` holds.
    pub fn new(store: TimeStore) -> Self {
        let counts = ExtendCounts::default();
        Self { store, pending: BTreeMap::new(), n_pending: 0, counts, units: Vec::new() }
    }

    /// Adds one sample.
    pub fn push(&mut self, channel: ChannelId, mut sample: Sample) {
        if !is_measurable(sample.value) {
            self.counts.not_finite += 1;
            return;
        }
        // −0 and 0 are one value, or the bytes of a chunk would depend on which came first.
        sample.value += 0.0;
        // So long a text is no unit; without one the rules call the channel unknown, never normal.
        if sample.unit.len() > MAX_UNIT_BYTES {
            sample.unit = "".into();
        }
        // Readers make a new string per row; a store has a handful of units.
        match self.units.iter().find(|u| **u == sample.unit) {
            Some(known) => sample.unit = known.clone(),
            None if self.units.len() < 64 => self.units.push(sample.unit.clone()),
            None => {}
        }
        self.pending.entry(channel).or_default().push(sample);
        self.n_pending += 1;
        if self.n_pending >= Self::MAX_PENDING {
            self.flush();
        }
    }

    /// The store with everything in it, and what became of the samples.
    pub fn finish(mut self) -> (TimeStore, ExtendCounts) {
        self.flush();
        (self.store, self.counts)
    }

    fn flush(&mut self) {
        let Self { store, pending, counts, .. } = self;
        for (channel, samples) in std::mem::take(pending) {
            let old = store.series.get(&channel).cloned().unwrap_or_default();
            let merged = merge((&old, samples), store.shelf.as_ref(), counts);
            store.clocks |= is_of_clock(&channel);
            store.series.insert(channel, Arc::new(merged));
        }
        self.n_pending = 0;
    }
}

pub(crate) fn day(t: UtcNanos) -> i64 {
    t.0.div_euclid(NANOS_PER_DAY)
}

/// Samples of a day at the end of a channel's pieces.
fn n_of_day(list: &[StoredChunk], of: i64) -> usize {
    list.iter().rev().take_while(|c| day(c.header.t0) == of).map(|c| c.header.n as usize).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Quality;

    const MINUTE: i64 = 60_000_000_000;

    fn sample(minute: i64, value: f64) -> Sample {
        Sample::new(UtcNanos(minute * MINUTE), value, Quality::Good, "dB(A)".into())
    }

    /// Stores that took the same rows one by one, each beginning with another one.
    fn in_any_turn(rows: &[(ChannelId, Sample)]) -> impl Iterator<Item = (TimeStore, ExtendCounts)> {
        (0..rows.len()).map(|turn| {
            let (mut store, mut counts) = (TimeStore::default(), ExtendCounts::default());
            for (channel, s) in rows.iter().cycle().skip(turn).take(rows.len()) {
                store.append(channel, vec![s.clone()], &mut counts);
            }
            (store, counts)
        })
    }

    fn id(name: &str) -> ChannelId {
        ChannelId(name.into())
    }

    fn dump(store: &TimeStore) -> Vec<(String, Vec<u8>)> {
        store.chunks().map(|(c, _, bytes)| (c.to_string(), bytes.to_vec())).collect()
    }

    #[test]
    fn the_latest_sample_at_or_before_an_instant_is_found_across_days() {
        let rows = (0..3000).map(|m| (id("a"), sample(m, m as f64))).collect();
        let (store, _) = TimeStore::default().extended(rows);
        let at = |minute: i64, plus: i64| {
            store.value_at(&id("a"), UtcNanos(minute * MINUTE + plus)).map(|s| s.value)
        };
        assert_eq!(
            (at(0, -1), at(0, 0), at(1440, -1), at(1440, 0)),
            (None, Some(0.0), Some(1439.0), Some(1440.0))
        );
        assert_eq!((at(99_999, 0), store.chunks().count()), (Some(2999.0), 3));
        assert_eq!(store.value_at(&id("b"), UtcNanos(0)), None);
        assert_eq!(store.span(), Some((UtcNanos(0), UtcNanos(2999 * MINUTE))));
    }

    #[test]
    fn of_two_values_at_one_instant_the_better_then_the_larger_stays_whichever_came_last() {
        let bad = Sample { quality: Quality::Bad, ..sample(5, 99.0) };
        for order in [[1.0, 2.0], [2.0, 1.0]] {
            let mut rows: Vec<_> = order.iter().map(|&v| (id("a"), sample(5, v))).collect();
            rows.push((id("a"), bad.clone()));
            let (store, counts) = TimeStore::default().extended(rows);
            assert_eq!(store.value_at(&id("a"), UtcNanos(i64::MAX)).map(|s| s.value), Some(2.0));
            assert_eq!((counts.added, counts.duplicates), (1, 2));
        }
    }

    #[test]
    fn of_one_instant_readings_with_other_numbers_are_kept_in_their_order_and_none_comes_twice() {
        let row = |value: f64, sequence| (id("a"), Sample { sequence, ..sample(5, value) });
        let rows = [
            row(3.0, Some(9)),
            row(1.0, Some(7)),
            // Again, after a reconnect; and once by somebody who does not know its number.
            row(1.0, Some(7)),
            row(8.0, None),
            row(2.0, Some(8)),
        ];
        let straight = TimeStore::default().extended(rows.to_vec()).0;
        for (store, counts) in in_any_turn(&rows) {
            assert_eq!((counts.added, counts.duplicates), (3, 2));
            let kept = store.range(&id("a"), UtcNanos(0), UtcNanos(i64::MAX));
            let kept: Vec<_> = kept.iter().map(|s| (s.sequence, s.value)).collect();
            assert_eq!(kept, [(Some(7), 1.0), (Some(8), 2.0), (Some(9), 3.0)]);
            assert_eq!(store.value_at(&id("a"), UtcNanos(5 * MINUTE)).map(|s| s.value), Some(3.0));
            assert_eq!(dump(&store), dump(&straight));
        }
        // They come back from the chunk, and one more finds its place there.
        let chunks: Vec<_> = straight.chunks().map(|(c, _, b)| (c.clone(), b.to_vec())).collect();
        let (again, counts) =
            TimeStore::from_chunks(chunks).unwrap().extended(vec![row(2.5, Some(10)), row(3.0, Some(9))]);
        assert_eq!((again.n_samples(), counts.added, counts.duplicates), (4, 1, 1));
        assert_eq!(again.value_at(&id("a"), UtcNanos(5 * MINUTE)).map(|s| s.sequence), Some(Some(10)));
    }

    /// A server may give an observation again with another `resultTime`: it is the same reading.
    #[test]
    fn of_two_equal_readings_the_one_with_the_earlier_result_is_kept_whichever_came_last() {
        let row = |result: Option<i64>, value: f64| {
            (id("a"), Sample { result_time: result.map(|m| UtcNanos(m * MINUTE)), ..sample(5, value) })
        };
        let rows = [row(None, 1.0), row(Some(9), 1.0), row(Some(7), 1.0)];
        let straight = TimeStore::default().extended(rows.to_vec()).0;
        for (store, counts) in in_any_turn(&rows) {
            assert_eq!((counts.added, counts.duplicates), (1, 2));
            let kept = store.value_at(&id("a"), UtcNanos(5 * MINUTE)).unwrap();
            assert_eq!(kept.result_time, Some(UtcNanos(7 * MINUTE)));
            assert_eq!(dump(&store), dump(&straight));
        }
        // What was measured decides first; and the chunk knows what it holds.
        let store = straight.extended(vec![row(None, 2.0)]).0;
        let kept = store.value_at(&id("a"), UtcNanos(5 * MINUTE)).unwrap();
        assert_eq!((kept.value, kept.result_time), (2.0, None));
        let known = |s: &TimeStore| s.chunks().map(|(_, header, _)| header.with_results).collect::<Vec<_>>();
        assert_eq!((known(&straight), known(&store)), (vec![true], vec![false]));
    }

    #[test]
    fn a_clock_that_stands_still_keeps_the_first_readings_and_tells_the_others() {
        let rows = |from: i64, to: i64| {
            let row = |n| (id("a"), Sample { sequence: Some(n), ..sample(5, n as f64) });
            (from..to).map(row).collect::<Vec<_>>()
        };
        let most = i64::try_from(crate::MOST_OF_INSTANT).unwrap();
        let (store, counts) = TimeStore::default().extended(rows(10, most + 10));
        assert_eq!(counts.over_full, 0);
        let (store, counts) = store.extended(rows(0, 20));
        assert_eq!((store.n_samples(), counts.over_full), (crate::MOST_OF_INSTANT as u64, 10));
        assert_eq!(store.value_at(&id("a"), UtcNanos(5 * MINUTE)).map(|s| s.sequence), Some(Some(most - 1)));
    }

    #[test]
    fn a_chart_column_keeps_the_one_minute_peak() {
        let rows = (0..14_400).map(|m| (id("a"), sample(m, if m == 7777 { 99.0 } else { 1.0 }))).collect();
        let (store, _) = TimeStore::default().extended(rows);
        let columns = store.min_max(&id("a"), UtcNanos(0), UtcNanos(14_400 * MINUTE), 10);
        assert_eq!(columns.iter().map(|c| c.n).collect::<Vec<_>>(), [1440; 10]);
        let peaks: Vec<_> =
            columns.iter().enumerate().filter(|(_, c)| c.max > 50.0).map(|(i, _)| i).collect();
        assert_eq!(peaks, [5]);
        let fine = store.min_max(&id("a"), UtcNanos(0), UtcNanos(14_400 * MINUTE), 999);
        assert_eq!(fine.iter().map(|c| c.n).sum::<u64>(), 14_400);
        assert!(store.min_max(&id("a"), UtcNanos(9), UtcNanos(9), 10).is_empty());
    }

    #[test]
    fn a_store_reopens_from_its_chunks_and_refuses_a_damaged_one() {
        let rows = (0..2000).map(|m| (id(if m % 2 == 0 { "a" } else { "b" }), sample(m, 1.0))).collect();
        let (store, _) = TimeStore::default().extended(rows);
        let mut chunks: Vec<_> = store.chunks().map(|(c, _, b)| (c.clone(), b.to_vec())).collect();
        chunks.reverse();
        assert_eq!(dump(&TimeStore::from_chunks(chunks.clone()).unwrap()), dump(&store));
        let twice = chunks.iter().chain(chunks.first()).cloned().collect::<Vec<_>>();
        assert!(TimeStore::from_chunks(twice).is_err());
        chunks[0].1[20] ^= 1;
        assert!(TimeStore::from_chunks(chunks).is_err());
    }

    #[test]
    fn a_value_that_is_no_number_is_counted_and_left_out() {
        let (store, counts) = TimeStore::default().extended(vec![(id("a"), sample(0, f64::NAN))]);
        assert_eq!((store.n_samples(), counts.not_finite), (0, 1));
    }

    proptest! {
        #[test]
        fn any_order_and_any_split_into_batches_gives_the_same_bytes(
            mut rows in prop::collection::vec((0..5000_i64, 0..5_i8, 0..3_u8, any::<bool>()), 1..120),
            cut in 0..120_usize,
            seed in any::<u64>(),
        ) {
            let make = |rows: &[(i64, i8, u8, bool)]| -> Vec<(ChannelId, Sample)> {
                rows.iter().map(|&(m, v, q, ch)| {
                    let unit = if v == 4 { "Pa" } else { "kPa" };
                    let s = Sample { quality: Quality::from_code(q), unit: unit.into(), ..sample(m, f64::from(v)) };
                    (id(if ch { "a" } else { "b" }), s)
                }).collect()
            };
            let (straight, _) = TimeStore::default().extended(make(&rows));
            // A shuffle by sorting on a hash of the position.
            let mut keyed: Vec<_> = rows.drain(..).enumerate()
                .map(|(i, r)| ((i as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15), r)).collect();
            keyed.sort_by_key(|k| k.0);
            let shuffled: Vec<_> = keyed.into_iter().map(|k| k.1).collect();
            let (head, tail) = shuffled.split_at(cut.min(shuffled.len()));
            let (first, _) = TimeStore::default().extended(make(head));
            let (second, _) = first.extended(make(tail));
            prop_assert_eq!(dump(&second), dump(&straight));
            // A project stores one chunk a channel and day.
            let days: std::collections::BTreeSet<_> =
                second.chunks().map(|(c, h, _)| (c.clone(), day(h.t0))).collect();
            prop_assert_eq!(days.len(), second.chunks().count());
        }
    }
}
