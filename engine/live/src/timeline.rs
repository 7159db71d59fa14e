//! A channel's states through time, computed once a day chunk and kept.
//!
//! What follows from a chunk depends on the chunks before it; each chunk knows a number that stands for itself and all
//! before it, so what was computed once is found again by every later snapshot of the store.

use std::sync::Arc;

use lantu_base::UtcNanos;

use crate::cache::Kept;
use crate::chunk::{ChunkHeader, Columns};
use crate::clock::{Told, told_at, with_told};
use crate::combined::Combined;
use crate::course::Course;
use crate::fold::{FoldState, Judge, Reading, Shown, Step, advance, step};
use crate::pieces::{PASSING_SAMPLES, StoredChunk};
use crate::rules::{Condition, Delay, Level};
use crate::store::TimeStore;
use crate::window::nanos;
use crate::{Act, Channel, Quality, SensorRule, SensorRules, SensorState, Wiring};

/// Readings after which a state no longer depends on what was before, if all of them clear every level: the most that a
/// delay counts.
const SETTLING_READINGS: u64 = 64;

/// What follows from one chunk, or from the end of one that was joined from several since.
#[derive(Debug)]
pub(crate) struct ChunkFold {
    /// What was shown before the first sample that went in.
    before: Option<Shown>,
    /// Time of that sample.
    t0: i64,
    steps: Vec<Step>,
    end: FoldState,
    /// Time of the last sample that went in; the chunk may have grown since.
    t1: i64,
}

impl Kept for Course {
    fn n_bytes(&self) -> usize {
        size_of::<Self>() + 64
    }
}

impl Kept for ChunkFold {
    fn n_bytes(&self) -> usize {
        self.steps.len() * size_of::<Step>() + self.end.n_bytes() + 64
    }
}

/// A channel and its rule.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) store: &'a TimeStore,
    pub(crate) channel: &'a Channel,
    pub(crate) rules: &'a SensorRules,
    pub(crate) rule: &'a SensorRule,
}

impl<'a> Subject<'a> {
    /// Seconds after which a reading is stale.
    pub(crate) fn stale_after_s(&self) -> f64 {
        let period =
            if self.channel.period_s > 0.0 { self.channel.period_s } else { self.rule.default_period_s };
        self.rule.stale_after_periods * period
    }

    pub(crate) fn combined(&self, wiring: &'a Wiring) -> Combined<'a> {
        Combined { store: self.store, rules: self.rules, rule: self.rule, wiring }
    }

    fn judge(&self) -> Judge<'a> {
        Judge { rule: self.rule, zone: self.rules.zone(), stale_ns: nanos(self.stale_after_s()) }
    }

    fn factor(&self, unit: &str) -> Option<f64> {
        self.rule.factor(if unit.is_empty() { &self.channel.unit } else { unit })
    }

    fn key(&self, chunk: &StoredChunk) -> [u64; 2] {
        [chunk.prefix(), self.digest(())]
    }

    /// Stands for what judges, and for `besides`.
    fn digest(&self, besides: impl std::hash::Hash) -> u64 {
        use std::hash::{Hash as _, Hasher as _};
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        (self.rules.digest(), &self.rule.id, &self.channel.unit, self.stale_after_s().to_bits())
            .hash(&mut hasher);
        besides.hash(&mut hasher);
        hasher.finish()
    }

    /// What is shown at `t`.
    pub(crate) fn shown_at(&self, t: UtcNanos) -> Option<Shown> {
        if let Some(wiring) = &self.channel.wiring {
            return self.combined(wiring).shown_at(t);
        }
        if let Some(told) = self.told_at(t).filter(|told| told.holds) {
            return Some(told.shown());
        }
        self.judged_at(t).or_else(|| self.told_at(t).map(Told::shown))
    }

    /// What was last said of the clock of the channel until `t`.
    pub(crate) fn told_at(&self, t: UtcNanos) -> Option<Told> {
        told_at(self.store, &self.channel.id, t, nanos(self.stale_after_s()))
    }

    /// What is shown at `t` by readings.
    fn judged_at(&self, t: UtcNanos) -> Option<Shown> {
        let chunks = self.store.chunks_until(&self.channel.id, t);
        let last = chunks.len().checked_sub(1)?;
        let in_chunk = chunks.get(last).is_some_and(|c| c.header.t1 <= t);
        let fold = self.fold_of(chunks, last, !in_chunk)?;
        if !in_chunk {
            let n = fold.steps.partition_point(|s| s.t <= t.0);
            return n.checked_sub(1).and_then(|ix| fold.steps.get(ix)).map(|s| s.shown).or(fold.before);
        }
        let mut after = Vec::new();
        let mut end = fold.end.clone();
        advance(self.judge(), &mut end, t.0.saturating_add(1), &mut after);
        end.shown
    }

    /// Everything that happened until `t`, in the order of time.
    pub(crate) fn steps_until(&self, t: UtcNanos) -> Vec<Step> {
        if let Some(wiring) = &self.channel.wiring {
            return self.combined(wiring).steps_until(t);
        }
        let chunks = self.store.chunks_until(&self.channel.id, t);
        let mut out = Vec::new();
        self.steps_of(chunks, 0, t, &mut |s| out.push(*s));
        with_told((self.store, &self.channel.id), out, (t, nanos(self.stale_after_s())))
    }

    /// What happened from the chunk at `from` on until `t`.
    fn steps_of(&self, chunks: &[StoredChunk], from: usize, t: UtcNanos, each: &mut dyn FnMut(&Step)) {
        let mut last: Option<Arc<ChunkFold>> = None;
        for ix in from..chunks.len() {
            let Some(fold) = self.fold_of(chunks, ix, true) else { continue };
            fold.steps.iter().filter(|s| s.t <= t.0).for_each(&mut *each);
            last = Some(fold);
        }
        if let Some(fold) = last {
            let (mut end, mut after) = (fold.end.clone(), Vec::new());
            advance(self.judge(), &mut end, t.0.saturating_add(1), &mut after);
            after.iter().filter(|s| s.t <= t.0).for_each(&mut *each);
        }
    }

    /// Where the alarm of the channel stands at `t`. What follows from chunks before the last one is kept, so that each new
    /// reading costs what the last chunk costs.
    pub(crate) fn course_until(&self, t: UtcNanos, acts: &[&Act]) -> Course {
        let latched = self.rule.latched;
        let mut course = Course::default();
        if self.channel.wiring.is_some() {
            for s in self.steps_until(t) {
                course.step(&s, acts, latched);
            }
            return course;
        }
        let chunks = self.store.chunks_until(&self.channel.id, t);
        let told: Vec<_> = acts.iter().map(|a| (a.time.0, &a.by, format!("{:?}", a.deed))).collect();
        let digest = self.digest(told);
        let cache = self.store.courses();
        let known = |ix: usize| cache.get([chunks.get(ix)?.prefix(), digest]);
        let last = chunks.len().saturating_sub(1);
        let found = (0..last).rev().find_map(|ix| Some((ix + 1, known(ix)?)));
        let mut from = 0;
        if let Some((next, found)) = found {
            (from, course) = (next, Course::clone(&found));
        }
        for ix in from..last {
            let Some(fold) = self.fold_of(chunks, ix, true) else { continue };
            fold.steps.iter().for_each(|s| course.step(s, acts, latched));
            if let Some(chunk) = chunks.get(ix).filter(|_| ix + 1 == last) {
                cache.put([chunk.prefix(), digest], Arc::new(course.clone()));
            }
        }
        // What leads to it is not asked for again while the day is written.
        if let Some(before) = last.checked_sub(2).and_then(|ix| chunks.get(ix)).filter(|_| from < last) {
            cache.remove([before.prefix(), digest]);
        }
        self.steps_of(chunks, last, t, &mut |s| course.step(s, acts, latched));
        course
    }

    /// When levels that mean an alarm were raised, after the sealed chunk that `since` stands for: those of sealed chunks,
    /// then those of the last one. `None` if there is no such chunk any more.
    pub(crate) fn onsets(&self, since: Option<u64>) -> Option<Onsets> {
        let end = UtcNanos(i64::MAX);
        let alarm = |s: &Step| (s.shown.state == SensorState::Alarm).then_some((s.t, s.shown.level));
        if let Some(wiring) = &self.channel.wiring {
            let last = self.store.span().map_or(UtcNanos(0), |s| s.1);
            let open = self.combined(wiring).steps_until(last).iter().filter_map(alarm).collect();
            return Some(Onsets { open, ..Onsets::default() });
        }
        let chunks = self.store.chunks_until(&self.channel.id, end);
        let last = chunks.len().saturating_sub(1);
        let from = match since {
            None => 0,
            Some(prefix) => 1 + chunks.iter().take(last).rposition(|c| c.prefix() == prefix)?,
        };
        let mut out = Onsets::default();
        for ix in from..last {
            let Some(fold) = self.fold_of(chunks, ix, true) else { continue };
            out.sealed.extend(fold.steps.iter().filter_map(alarm));
        }
        if let Some(fold) = (!chunks.is_empty()).then(|| self.fold_of(chunks, last, true)).flatten() {
            out.open.extend(fold.steps.iter().filter_map(alarm));
        }
        out.until = last.checked_sub(1).and_then(|ix| chunks.get(ix)).map(StoredChunk::prefix);
        Some(out)
    }

    /// What follows from the chunk at `ix`, given those before it. `whole`: its steps are those of the whole chunk.
    fn fold_of(&self, chunks: &[StoredChunk], ix: usize, whole: bool) -> Option<Arc<ChunkFold>> {
        let cache = self.store.folds();
        let chunk = chunks.get(ix)?;
        let (key, t0, t1) = (self.key(chunk), chunk.header.t0.0, chunk.header.t1.0);
        let fits = |f: &Arc<ChunkFold>| f.t1 <= t1 && if whole { f.t0 == t0 } else { f.t0 >= t0 };
        if let Some(found) = cache.get(key).filter(fits) {
            if found.t1 == t1 {
                return Some(found);
            }
            let (mut steps, mut end) = (found.steps.clone(), found.end.clone());
            self.run((chunk, Some(found.t1)), &mut end, &mut steps);
            let fold = Arc::new(ChunkFold { before: found.before, t0: found.t0, steps, end, t1 });
            cache.put(key, Arc::clone(&fold));
            return Some(fold);
        }
        let (mut next, mut state) = self.start(chunks, ix);
        let mut last = None;
        while let Some(chunk) = chunks.get(next).filter(|_| next <= ix) {
            let before = state.shown;
            let mut steps = Vec::new();
            self.run((chunk, None), &mut state, &mut steps);
            // The one asked for, and the one before it for when this one changes.
            if next + 1 >= ix {
                let (t0, t1) = (chunk.header.t0.0, chunk.header.t1.0);
                let fold = Arc::new(ChunkFold { before, t0, steps, end: state.clone(), t1 });
                cache.put(self.key(chunk), Arc::clone(&fold));
                last = Some(fold);
            }
            next += 1;
        }
        // Pieces of a day that is being written come all the time; nobody asks for what lies two behind.
        if let Some(old) = ix.checked_sub(2).and_then(|ix| chunks.get(ix))
            && old.header.n < PASSING_SAMPLES
        {
            cache.remove(self.key(old));
        }
        last
    }

    /// The chunk to go on with and the state before it: after the nearest chunk that was computed or after which all
    /// levels are certainly cleared, else from the first one.
    fn start(&self, chunks: &[StoredChunk], ix: usize) -> (usize, FoldState) {
        let settles = self.settles();
        for (back, chunk) in chunks.iter().enumerate().take(ix).rev() {
            let (t0, t1) = (chunk.header.t0.0, chunk.header.t1.0);
            let found = self.store.folds().get(self.key(chunk)).filter(|f| t0 <= f.t0 && f.t1 <= t1);
            if let Some(found) = found {
                // It may have grown since.
                let mut end = found.end.clone();
                if found.t1 < t1 {
                    self.run((chunk, Some(found.t1)), &mut end, &mut Vec::new());
                }
                return (back + 1, end);
            }
            if settles && self.is_quiet(&chunk.header) {
                let mut state = FoldState::new(self.rule);
                self.run((chunk, None), &mut state, &mut Vec::new());
                if state.n_judged >= SETTLING_READINGS {
                    return (back + 1, state);
                }
            }
        }
        (0, FoldState::new(self.rule))
    }

    /// Whether enough quiet readings make the state independent of everything before them.
    fn settles(&self) -> bool {
        let rule = self.rule;
        let counted = |d: Delay| matches!(d, Delay::Samples { .. });
        rule.suspect.spike.is_none()
            && rule.suspect.flat_s.is_none()
            && rule.statistics.values().all(crate::Statistic::is_within_readings)
            && rule.levels.iter().all(|l| {
                let (raise, clear) = rule.delays(l);
                counted(raise) && counted(clear) && !l.below && l.or.iter().all(is_comparison)
            })
    }

    /// Whether every reading of the chunk clears every level, by its header.
    fn is_quiet(&self, h: &ChunkHeader) -> bool {
        let Some(factor) = self.factor(&h.unit).filter(|_| !h.mixed) else { return false };
        let (low, high) = (h.min * factor, h.max * factor);
        let largest = if self.rule.absolute { low.abs().max(high.abs()) } else { high };
        let clears = |c: f64| largest < c;
        self.rule.levels.iter().all(|l: &Level| {
            clears(l.limits(false).1)
                && clears(l.limits(true).1)
                && l.or.iter().all(|c| c.clear.is_some_and(clears))
        })
    }

    /// Goes through a chunk's samples that are later than `after`.
    fn run(&self, (chunk, after): (&StoredChunk, Option<i64>), state: &mut FoldState, out: &mut Vec<Step>) {
        let Some(columns) = self.store.columns(chunk) else { return };
        let judge = self.judge();
        let n = after.map_or(0, |t| columns.count_until(UtcNanos(t)));
        for reading in readings(&columns, |unit| self.factor(unit)).skip(n) {
            // What has a wrong clock was judged when it came; here only time goes by.
            if reading.quality == Quality::OffClock {
                advance(judge, state, reading.t, out);
            } else {
                step(judge, state, reading, out);
            }
        }
    }
}

/// Instants at which a channel came into alarm, with the level.
#[derive(Debug, Default)]
pub(crate) struct Onsets {
    /// In chunks that are sealed.
    pub(crate) sealed: Vec<(i64, Option<u8>)>,
    /// In the last one.
    pub(crate) open: Vec<(i64, Option<u8>)>,
    /// Stands for the last sealed chunk.
    pub(crate) until: Option<u64>,
}

/// A comparison of large values, without hours or parts.
fn is_comparison(c: &Condition) -> bool {
    c.value.is_some() && !c.below && c.hours.is_none() && c.and.is_empty() && c.or.is_empty()
}

fn readings(columns: &Columns, factor: impl Fn(&str) -> Option<f64>) -> impl Iterator<Item = Reading> {
    let factors: Vec<(usize, Option<f64>)> =
        columns.units.iter().map(|(end, unit)| (*end, factor(unit))).collect();
    let rows = columns.times.iter().zip(&columns.values).zip(&columns.quality).enumerate();
    let mut run = 0;
    rows.map(move |(ix, ((&t, &value), &quality))| {
        while factors.get(run).is_some_and(|&(end, _)| end <= ix) {
            run += 1;
        }
        let factor = factors.get(run).and_then(|f| f.1);
        Reading { t, value: factor.map(|f| value * f), quality: Quality::from_stored(quality) }
    })
}
