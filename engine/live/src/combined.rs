//! The state of a rule over several channels through time: one pass over the readings of all of them, by event time.
//!
//! Readings of one instant are taken together and judged once, so their order does not show. Between readings the clock
//! makes what is old stale. What follows from a UTC day is kept under numbers that stand for the readings until its end.

mod curves;

use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use lantu_base::{ChannelId, UtcNanos};

use crate::cache::Kept;
use crate::chunk::NANOS_PER_DAY;
use crate::fold::{FoldState, Judge, Shown, Step, advance, weigh};
use crate::pieces::StoredChunk;
use crate::rules::{Fact, Measured, Take};
use crate::thing::distance;
use crate::window::nanos;
use crate::wiring::{At, SeriesSource, Wired, Wiring};
use crate::{Quality, SensorRule, SensorRules, TimeStore};

pub(crate) use self::curves::DayCurve;
pub use self::curves::{Extent, InputCurve, input_curves};

/// A rule over several channels, and what it looks at.
#[derive(Clone, Copy)]
pub(crate) struct Combined<'a> {
    pub(crate) store: &'a TimeStore,
    pub(crate) rules: &'a SensorRules,
    pub(crate) rule: &'a SensorRule,
    pub(crate) wiring: &'a Wiring,
}

/// What an input reads at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct InputReading {
    /// Name of the input in the rule.
    pub input: String,
    /// Its value; `None` if it is not known.
    pub value: Option<f64>,
    /// Unit of `value`.
    pub unit: String,
    /// When the reading was taken that decided; `None` of what does not move or was not read.
    pub time: Option<UtcNanos>,
    /// The channel or thing that decided; of several that are not known the first.
    pub from: String,
    /// Of a distance to the nearest thing: how it was measured.
    pub measured: Option<Measured>,
}

/// What follows from a day.
#[derive(Debug)]
pub(crate) struct DayFold {
    before: Option<Shown>,
    steps: Vec<Step>,
    /// The last instant at which something was read.
    last: i64,
    end: Pass,
}

impl Kept for DayFold {
    fn n_bytes(&self) -> usize {
        self.steps.len() * size_of::<Step>()
            + self.end.fold.n_bytes()
            + self.end.latest.len() * size_of::<Option<Latest>>()
            + 128
    }
}

/// Where the pass stands.
#[derive(Clone, Debug)]
struct Pass {
    fold: FoldState,
    /// Latest reading of each series.
    latest: Vec<Option<Latest>>,
    /// Latest value of each statistic.
    statistics: Vec<Fact>,
    /// Until when the clock has been looked at.
    now: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Latest {
    t: i64,
    /// Value, or easting, northing and height; `None` of a reading that cannot be used.
    value: Option<[f64; 3]>,
}

/// A reading of a series.
#[derive(Clone, Copy, Debug)]
struct Event {
    t: i64,
    series: usize,
    value: Option<[f64; 3]>,
}

/// Value of an input, with the series that decided.
type Decided = (Fact, Option<usize>);

impl Combined<'_> {
    /// What is shown at `t`.
    pub(crate) fn shown_at(&self, t: UtcNanos) -> Option<Shown> {
        let days = self.days_until(t);
        let day = self.day(&days, days.len().checked_sub(1)?);
        if t.0 < day.last {
            let n = day.steps.partition_point(|s| s.t <= t.0);
            return n.checked_sub(1).and_then(|ix| day.steps.get(ix)).map(|s| s.shown).or(day.before);
        }
        let mut pass = day.end.clone();
        self.clock(&mut pass, t.0.saturating_add(1), &mut Vec::new());
        pass.fold.shown
    }

    /// Everything that happened until `t`, in the order of time.
    pub(crate) fn steps_until(&self, t: UtcNanos) -> Vec<Step> {
        let days = self.days_until(t);
        let mut out = Vec::new();
        let mut last: Option<Arc<DayFold>> = None;
        for ix in 0..days.len() {
            let day = self.day(&days, ix);
            out.extend_from_slice(&day.steps);
            last = Some(day);
        }
        if let Some(day) = last {
            let mut pass = day.end.clone();
            self.clock(&mut pass, t.0.saturating_add(1), &mut out);
        }
        out.retain(|s| s.t <= t.0);
        out
    }

    /// What each input reads at `t`, in the order of the rule's inputs.
    pub(crate) fn readings_at(&self, t: UtcNanos) -> Vec<InputReading> {
        let days = self.days_until(t);
        let mut pass = match days.len().checked_sub(2) {
            Some(before) => self.day(&days, before).end.clone(),
            None => self.begin(),
        };
        for event in days.last().map_or_else(Vec::new, |day| self.events(*day)) {
            if event.t <= t.0
                && let Some(slot) = pass.latest.get_mut(event.series)
            {
                *slot = Some(Latest { t: event.t, value: event.value });
            }
        }
        pass.now = t.0;
        let read = |(wired, (name, input)): (&Wired, (&String, &crate::Input))| {
            let (fact, by) = self.input(&pass, wired);
            let series = by.and_then(|ix| self.wiring.series.get(ix));
            let latest = by.and_then(|ix| pass.latest.get(ix)).copied().flatten();
            InputReading {
                input: name.clone(),
                value: match fact {
                    Fact::Known(v) if v.is_finite() => Some(v),
                    _ => None,
                },
                unit: input.unit.clone(),
                time: latest.map(|l| UtcNanos(l.t)),
                from: series.map_or(String::new(), |s| s.name.clone()),
                measured: match wired {
                    Wired::Nearest { measured, .. } => Some(*measured),
                    _ => None,
                },
            }
        };
        self.wiring.inputs.iter().zip(&self.rule.inputs).map(read).collect()
    }

    fn judge(&self) -> Judge<'_> {
        // Staleness is that of the inputs.
        Judge { rule: self.rule, zone: self.rules.zone(), stale_ns: i64::MAX }
    }

    fn begin(&self) -> Pass {
        Pass {
            fold: FoldState::new(self.rule),
            latest: vec![None; self.wiring.series.len()],
            statistics: vec![Fact::Absent; self.rule.statistics.len()],
            now: i64::MIN,
        }
    }

    fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.wiring.series.iter().flat_map(|s| match &s.source {
            SeriesSource::Values { channel, .. } => std::slice::from_ref(channel),
            SeriesSource::Track(channels) => channels.as_slice(),
        })
    }

    /// UTC days with readings that begin at or before `t`, ascending.
    fn days_until(&self, t: UtcNanos) -> Vec<i64> {
        let chunks = self.channels().flat_map(|c| self.store.chunks_until(c, t));
        let days: BTreeSet<i64> = chunks.map(|c| c.header.t0.0.div_euclid(NANOS_PER_DAY)).collect();
        days.into_iter().collect()
    }

    /// Stands for all readings until the end of a day.
    fn key(&self, day: i64) -> [u64; 2] {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        (self.rules.digest(), &self.rule.id, self.wiring.digest, day).hash(&mut hasher);
        let mut read = std::collections::hash_map::DefaultHasher::new();
        let end = UtcNanos(day.saturating_add(1).saturating_mul(NANOS_PER_DAY).saturating_sub(1));
        for channel in self.channels() {
            self.store.chunks_until(channel, end).last().map(|c| (c.prefix(), c.header.n)).hash(&mut read);
        }
        [hasher.finish(), read.finish()]
    }

    /// What follows from the day at `ix`, given those before it.
    fn day(&self, days: &[i64], ix: usize) -> Arc<DayFold> {
        let kept = |day: i64| self.store.days().get(self.key(day));
        let known = days.iter().enumerate().take(ix + 1).rev().find_map(|(ix, day)| Some((ix, kept(*day)?)));
        let (mut next, mut last) = known.map_or((0, None), |(ix, fold)| (ix + 1, Some(fold)));
        while let Some(&day) = days.get(next).filter(|_| next <= ix) {
            let mut pass = last.map_or_else(|| self.begin(), |d: Arc<DayFold>| d.end.clone());
            let before = pass.fold.shown;
            let mut steps = Vec::new();
            let events = self.events(day);
            for together in events.chunk_by(|a, b| a.t == b.t) {
                self.take(&mut pass, together, &mut steps);
            }
            let at = events.last().map_or(pass.now, |e| e.t);
            let fold = Arc::new(DayFold { before, steps, last: at, end: pass });
            self.store.days().put(self.key(day), Arc::clone(&fold));
            last = Some(fold);
            next += 1;
        }
        last.unwrap_or_else(|| {
            Arc::new(DayFold { before: None, steps: Vec::new(), last: i64::MIN, end: self.begin() })
        })
    }

    /// All readings of a day, by time.
    fn events(&self, day: i64) -> Vec<Event> {
        let mut out = Vec::new();
        for (series, s) in self.wiring.series.iter().enumerate() {
            match &s.source {
                SeriesSource::Values { channel, unit, input } => {
                    let input = self.rule.inputs.values().nth(*input);
                    for row in self.rows(channel, day) {
                        let (t, own) = (row.t, &*row.unit);
                        let factor = input.and_then(|i| i.factor(if own.is_empty() { unit } else { own }));
                        let value = factor.filter(|_| usable(row.quality)).map(|f| [row.value * f, 0.0, 0.0]);
                        out.push(Event { t, series, value });
                    }
                }
                SeriesSource::Track([x, y, z]) => {
                    let (y, z) = (self.rows(y, day), self.rows(z, day));
                    let at = |rows: &[Row], place: (i64, Option<i64>)| {
                        let ix = rows.binary_search_by_key(&place, Row::place).ok()?;
                        rows.get(ix).filter(|r| usable(r.quality)).map(|r| r.value)
                    };
                    for row in self.rows(x, day) {
                        let (t, x) = (row.t, row.value);
                        // Half a position is none, and says nothing about the one before.
                        let y = at(&y, row.place()).filter(|_| usable(row.quality));
                        let Some(y) = y else { continue };
                        let value = Some([x, y, at(&z, row.place()).unwrap_or(f64::NAN)]);
                        out.push(Event { t, series, value });
                    }
                }
            }
        }
        out.sort_by_key(|e| (e.t, e.series));
        out
    }

    fn rows(&self, channel: &ChannelId, day: i64) -> Vec<Row> {
        let end = UtcNanos(day.saturating_add(1).saturating_mul(NANOS_PER_DAY).saturating_sub(1));
        let of_day = |c: &&StoredChunk| c.header.t0.0.div_euclid(NANOS_PER_DAY) == day;
        let until = self.store.chunks_until(channel, end);
        let from = until.len() - until.iter().rev().take_while(of_day).count();
        let mut out = Vec::new();
        for columns in until.iter().skip(from).filter_map(|c| self.store.columns(c)) {
            let mut units = columns.units.iter().peekable();
            let rows = columns.times.iter().zip(&columns.values).zip(&columns.quality).enumerate();
            for (ix, ((&t, &value), &quality)) in rows {
                while units.next_if(|(end, _)| *end <= ix).is_some() {}
                let unit = units.peek().map_or_else(|| Arc::from(""), |(_, unit)| Arc::clone(unit));
                let quality = Quality::from_stored(quality);
                if quality == Quality::OffClock {
                    continue;
                }
                out.push(Row { t, sequence: columns.number(ix), value, quality, unit });
            }
        }
        out
    }

    /// What the clock alone does before `until`, exclusive: readings that grow old, delays that end.
    fn clock(&self, pass: &mut Pass, until: i64, out: &mut Vec<Step>) {
        while let Some(due) = self.due(pass).filter(|due| *due < until) {
            advance(self.judge(), &mut pass.fold, due, out);
            pass.now = due;
            self.weigh(pass, out);
        }
        advance(self.judge(), &mut pass.fold, until, out);
    }

    /// The next instant at which a reading grows too old.
    fn due(&self, pass: &Pass) -> Option<i64> {
        let ages = |(latest, ix): (&Option<Latest>, usize)| {
            let (latest, s) = ((*latest)?, self.wiring.series.get(ix)?);
            let after = |seconds: f64| latest.t.saturating_add(nanos(seconds)).saturating_add(1);
            let all = [Some(after(s.stale_s)), s.forget_s.map(after)];
            all.into_iter().flatten().filter(|due| *due > pass.now).min()
        };
        pass.latest.iter().zip(0..).filter_map(ages).min()
    }

    /// Readings of one instant.
    fn take(&self, pass: &mut Pass, together: &[Event], out: &mut Vec<Step>) {
        let Some(t) = together.first().map(|e| e.t) else { return };
        self.clock(pass, t, out);
        pass.now = t;
        for e in together {
            if let Some(slot) = pass.latest.get_mut(e.series) {
                *slot = Some(Latest { t, value: e.value });
            }
        }
        let read = |wired: &Wired| {
            let of = |ix: &usize| together.iter().any(|e| e.series == *ix);
            match wired {
                Wired::Values { series, .. } => series.iter().any(of),
                Wired::Nearest { own, others, .. } => {
                    std::iter::once(own).chain(others).any(|at| at.series().is_some_and(|ix| of(&ix)))
                }
                Wired::Inside { own, .. } | Wired::Height(own) => own.series().is_some_and(|ix| of(&ix)),
            }
        };
        for (ix, s) in self.rule.statistics.values().enumerate() {
            let of = s.of.as_ref().and_then(|of| self.rule.inputs.keys().position(|name| name == of));
            let Some(wired) = of.and_then(|ix| self.wiring.inputs.get(ix)).filter(|w| read(w)) else {
                continue;
            };
            let Fact::Known(value) = self.input(pass, wired).0 else { continue };
            if !value.is_finite() {
                continue;
            }
            let in_hours = s.hours.as_ref().is_none_or(|h| h.hold(UtcNanos(t), self.rules.zone()));
            if let (Some(running), Some(slot)) =
                (pass.fold.statistics.get_mut(ix), pass.statistics.get_mut(ix))
            {
                *slot = running.push(s, t, value, in_hours);
            }
        }
        self.weigh(pass, out);
    }

    /// Judges what is known now.
    fn weigh(&self, pass: &mut Pass, out: &mut Vec<Step>) {
        let inputs: Vec<Fact> = self.wiring.inputs.iter().map(|w| self.input(pass, w).0).collect();
        // The place of a reading of its own, which no condition names.
        let mut facts = vec![Fact::Missing];
        for (s, fact) in self.rule.statistics.values().zip(&pass.statistics) {
            let of = s.of.as_ref().and_then(|of| self.rule.inputs.keys().position(|name| name == of));
            let known = of.and_then(|ix| inputs.get(ix)).is_some_and(|f| matches!(f, Fact::Known(_)));
            facts.push(if known { *fact } else { Fact::Absent });
        }
        facts.extend(inputs);
        let now = pass.now;
        weigh(self.judge(), &mut pass.fold, (now, &facts), out);
    }

    /// Value of an input now.
    fn input(&self, pass: &Pass, wired: &Wired) -> Decided {
        match wired {
            Wired::Values { series, take, absolute } => {
                let read = series.iter().map(|&ix| (ix, self.fresh(pass, ix)));
                let read = read.map(|(ix, v)| (ix, v.map(|[v, ..]| if *absolute { v.abs() } else { v })));
                one_of(read, *take)
            }
            Wired::Nearest { own, others, radius_m, measured } => {
                let Some(at) = self.place(pass, own) else { return (Fact::Absent, own.series()) };
                let there = others.iter().filter(|o| !o.series().is_some_and(|ix| self.has_left(pass, ix)));
                let read = there.map(|o| {
                    let away = |p: [f64; 3]| {
                        let flat = distance([at[0], at[1]], [p[0], p[1]]);
                        let away = match measured {
                            Measured::FromAbove => flat,
                            Measured::InSpace => distance([flat, at[2]], [0.0, p[2]]),
                        };
                        Some(away - radius_m).filter(|away| !away.is_nan())
                    };
                    (o.series().unwrap_or(usize::MAX), self.place(pass, o).and_then(away))
                });
                match one_of(read, Take::Min) {
                    // Nobody is there.
                    (Fact::Absent, None) => (Fact::Known(f64::INFINITY), None),
                    found => found,
                }
            }
            Wired::Inside { own, areas } => {
                let depth = self.place(pass, own).map(|at| {
                    let depths = areas.iter().map(|a| a.depth([at[0], at[1]]));
                    depths.fold(f64::NEG_INFINITY, f64::max)
                });
                (depth.map_or(Fact::Absent, Fact::Known), own.series())
            }
            Wired::Height(own) => {
                let height = self.place(pass, own).map(|at| at[2]).filter(|z| z.is_finite());
                (height.map_or(Fact::Absent, Fact::Known), own.series())
            }
        }
    }

    fn place(&self, pass: &Pass, at: &At) -> Option<[f64; 3]> {
        match at {
            At::Fixed(at) => Some(*at),
            At::Track(ix) => self.fresh(pass, *ix),
        }
    }

    /// The latest reading of a series, if it is not too old.
    fn fresh(&self, pass: &Pass, ix: usize) -> Option<[f64; 3]> {
        let latest = pass.latest.get(ix).copied().flatten()?;
        let stale = latest.t.saturating_add(nanos(self.wiring.series.get(ix)?.stale_s));
        latest.value.filter(|_| pass.now <= stale)
    }

    /// Whether a thing never said where it is, or not for so long that it has left.
    fn has_left(&self, pass: &Pass, ix: usize) -> bool {
        let Some(latest) = pass.latest.get(ix).copied().flatten() else { return true };
        let forget = self.wiring.series.get(ix).and_then(|s| s.forget_s);
        forget.is_some_and(|s| pass.now > latest.t.saturating_add(nanos(s)))
    }
}

/// A reading of one channel.
struct Row {
    t: i64,
    sequence: Option<i64>,
    value: f64,
    quality: Quality,
    unit: Arc<str>,
}

impl Row {
    /// As [`crate::Sample::place`].
    fn place(&self) -> (i64, Option<i64>) {
        (self.t, self.sequence)
    }
}

impl At {
    fn series(&self) -> Option<usize> {
        match self {
            Self::Fixed(_) => None,
            Self::Track(ix) => Some(*ix),
        }
    }
}

fn usable(quality: Quality) -> bool {
    matches!(quality, Quality::Good | Quality::Uncertain)
}

/// The value that counts of several, and whose it is; where some are not known it is a bound.
fn one_of(read: impl Iterator<Item = (usize, Option<f64>)>, take: Take) -> Decided {
    let mut best: Option<(usize, f64)> = None;
    let mut unknown: Option<usize> = None;
    for (ix, value) in read {
        match value {
            None => unknown = unknown.or(Some(ix)),
            Some(v) => {
                let counts = |b: f64| if take == Take::Max { v > b } else { v < b };
                if best.is_none_or(|(_, b)| counts(b)) {
                    best = Some((ix, v));
                }
            }
        }
    }
    match (best, unknown, take) {
        (None, by, _) => (Fact::Absent, by),
        (Some((ix, v)), None, _) => (Fact::Known(v), Some(ix)),
        (Some((_, v)), by, Take::Max) => (Fact::AtLeast(v), by),
        (Some((_, v)), by, Take::Min) => (Fact::AtMost(v), by),
    }
}
