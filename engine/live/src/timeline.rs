//! A channel's states through time, computed once a day chunk and kept.
//!
//! What follows from a chunk depends on the chunks before it; each chunk knows a number that stands for itself and all
//! before it, so what was computed once is found again by every later snapshot of the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lantu_base::UtcNanos;

use crate::chunk::{ChunkHeader, Columns};
use crate::combined::Combined;
use crate::fold::{FoldState, Judge, Reading, Shown, Step, advance, step};
use crate::rules::{Condition, Delay, Level};
use crate::store::{StoredChunk, TimeStore};
use crate::window::nanos;
use crate::{Channel, Quality, SensorRule, SensorRules, Wiring};

/// Chosen: states of 10⁴ channels over a month take 30 MB.
const BUDGET_BYTES: usize = 64 << 20;

/// Readings after which a state no longer depends on what was before, if all of them clear every level: the most that a
/// delay counts.
const SETTLING_READINGS: u64 = 64;

/// What follows from one chunk.
#[derive(Debug)]
pub(crate) struct ChunkFold {
    /// What was shown before its first sample.
    before: Option<Shown>,
    steps: Vec<Step>,
    end: FoldState,
    /// Samples of the chunk that went in; it may have grown since.
    n: usize,
}

/// What was computed lately, by what it follows from.
#[derive(Debug)]
pub(crate) struct FoldCache<T>(Mutex<Inner<T>>);

/// What is kept in a [`FoldCache`].
pub(crate) trait Kept {
    /// About how many bytes it takes.
    fn n_bytes(&self) -> usize;
}

#[derive(Debug)]
struct Inner<T> {
    entries: BTreeMap<[u64; 2], (u64, Arc<T>)>,
    n_bytes: usize,
    tick: u64,
}

impl<T> Default for FoldCache<T> {
    fn default() -> Self {
        Self(Mutex::new(Inner { entries: BTreeMap::new(), n_bytes: 0, tick: 0 }))
    }
}

impl<T: Kept> FoldCache<T> {
    pub(crate) fn get(&self, key: [u64; 2]) -> Option<Arc<T>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        let (used, fold) = inner.entries.get_mut(&key)?;
        *used = tick;
        Some(Arc::clone(fold))
    }

    pub(crate) fn put(&self, key: [u64; 2], fold: Arc<T>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        inner.n_bytes += fold.n_bytes();
        if let Some((_, old)) = inner.entries.insert(key, (tick, fold)) {
            inner.n_bytes = inner.n_bytes.saturating_sub(old.n_bytes());
        }
        if inner.n_bytes > BUDGET_BYTES {
            let mut ages: Vec<u64> = inner.entries.values().map(|e| e.0).collect();
            ages.sort_unstable();
            let middle = ages.get(ages.len() / 2).copied().unwrap_or(tick);
            inner.entries.retain(|_, e| e.0 >= middle);
            inner.n_bytes = inner.entries.values().map(|e| e.1.n_bytes()).sum();
        }
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
        use std::hash::{Hash as _, Hasher as _};
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        (self.rules.digest(), &self.rule.id, &self.channel.unit, self.stale_after_s().to_bits())
            .hash(&mut hasher);
        [chunk.prefix(), hasher.finish()]
    }

    /// What is shown at `t`.
    pub(crate) fn shown_at(&self, t: UtcNanos) -> Option<Shown> {
        if let Some(wiring) = &self.channel.wiring {
            return self.combined(wiring).shown_at(t);
        }
        let chunks = self.store.chunks_until(&self.channel.id, t);
        let last = chunks.len().checked_sub(1)?;
        let fold = self.fold_of(chunks, last)?;
        let in_chunk = chunks.get(last).is_some_and(|c| c.header.t1 <= t);
        if !in_chunk {
            let n = fold.steps.partition_point(|s| s.t <= t.0);
            return n.checked_sub(1).and_then(|ix| fold.steps.get(ix)).map(|s| s.shown).or(fold.before);
        }
        let mut after = Vec::new();
        let mut end = fold.end.clone();
        advance(self.judge(), &mut end, t.0.saturating_add(1), &mut after);
        end.shown
    }

    /// Everything that happened until `t`, in the order of time. Days that were gone through before are not again.
    pub(crate) fn steps_until(&self, t: UtcNanos) -> Vec<Step> {
        if let Some(wiring) = &self.channel.wiring {
            return self.combined(wiring).steps_until(t);
        }
        let chunks = self.store.chunks_until(&self.channel.id, t);
        let mut out = Vec::new();
        let mut last: Option<Arc<ChunkFold>> = None;
        for ix in 0..chunks.len() {
            let Some(fold) = self.fold_of(chunks, ix) else { continue };
            out.extend_from_slice(&fold.steps);
            last = Some(fold);
        }
        if let Some(fold) = last {
            let mut end = fold.end.clone();
            advance(self.judge(), &mut end, t.0.saturating_add(1), &mut out);
        }
        out.retain(|s| s.t <= t.0);
        out
    }

    /// What follows from the chunk at `ix`, given those before it.
    fn fold_of(&self, chunks: &[StoredChunk], ix: usize) -> Option<Arc<ChunkFold>> {
        let cache = self.store.folds();
        let chunk = chunks.get(ix)?;
        let (key, n) = (self.key(chunk), chunk.header.n as usize);
        let found = cache.get(key).filter(|f| f.n <= n);
        if let Some(found) = &found {
            if found.n == n {
                return Some(Arc::clone(found));
            }
            let (mut steps, mut end) = (found.steps.clone(), found.end.clone());
            self.run((chunk, found.n), &mut end, &mut steps);
            let fold = Arc::new(ChunkFold { before: found.before, steps, end, n });
            cache.put(key, Arc::clone(&fold));
            return Some(fold);
        }
        let (mut next, mut state) = self.start(chunks, ix);
        let mut last = None;
        while let Some(chunk) = chunks.get(next).filter(|_| next <= ix) {
            let before = state.shown;
            let mut steps = Vec::new();
            self.run((chunk, 0), &mut state, &mut steps);
            // The one asked for, and the one before it for when this one changes.
            if next + 1 >= ix {
                let n = chunk.header.n as usize;
                let fold = Arc::new(ChunkFold { before, steps, end: state.clone(), n });
                cache.put(self.key(chunk), Arc::clone(&fold));
                last = Some(fold);
            }
            next += 1;
        }
        last
    }

    /// The chunk to go on with and the state before it: after the nearest chunk that was computed or after which all
    /// levels are certainly cleared, else from the first one.
    fn start(&self, chunks: &[StoredChunk], ix: usize) -> (usize, FoldState) {
        let settles = self.settles();
        for (back, chunk) in chunks.iter().enumerate().take(ix).rev() {
            let n = chunk.header.n as usize;
            if let Some(found) = self.store.folds().get(self.key(chunk)).filter(|f| f.n == n) {
                return (back + 1, found.end.clone());
            }
            if settles && self.is_quiet(&chunk.header) {
                let mut state = FoldState::new(self.rule);
                self.run((chunk, 0), &mut state, &mut Vec::new());
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

    /// Goes through a chunk's samples from the `n`th on.
    fn run(&self, (chunk, n): (&StoredChunk, usize), state: &mut FoldState, out: &mut Vec<Step>) {
        let Some(columns) = self.store.columns(chunk) else { return };
        let judge = self.judge();
        for reading in readings(&columns, |unit| self.factor(unit)).skip(n) {
            step(judge, state, reading, out);
        }
    }
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
        Reading { t, value: factor.map(|f| value * f), quality: Quality::from_code(quality) }
    })
}
