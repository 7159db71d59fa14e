//! A channel's state through time: one pass over its samples in the order of event time, with the clock in between.
//!
//! Causal: what happened until an instant depends on the samples until then, so a history that was made once can be
//! cut anywhere and continued from anywhere.

use lantu_base::{TimeZoneName, UtcNanos};

use crate::rules::{Delay, Fact, Facts, Limit, Verdict};
use crate::window::{Running, nanos};
use crate::{Quality, SensorRule, SensorState};

/// What the pass needs besides samples.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'r> {
    pub(crate) rule: &'r SensorRule,
    pub(crate) zone: Option<&'r TimeZoneName>,
    /// A reading older than this is stale.
    pub(crate) stale_ns: i64,
}

/// One sample, in the rule's unit; `None` where its unit does not compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) t: i64,
    pub(crate) value: Option<f64>,
    pub(crate) quality: Quality,
}

/// From `t` on the channel shows this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) t: i64,
    pub(crate) shown: Shown,
}

/// What a channel shows, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) state: SensorState,
    /// Index of the level that holds.
    pub(crate) level: Option<u8>,
    pub(crate) why: Why,
    /// Index of the level that gave way to this, and the comparison that cleared it.
    pub(crate) cleared: Option<(u8, Option<(Limit, f64)>)>,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Why {
    /// No level holds.
    Below,
    /// A level was raised: by which comparison, if it was one, and with which value.
    Raised(Option<(Limit, f64)>),
    Silent,
    Doubt(Doubt),
    OtherUnit,
    /// What conditions call so is not known, and it matters.
    Absent(u8),
}

/// Why a reading is not believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// The device or file says so.
    Quality,
    /// The device's clock was off when it was received.
    Clock,
    /// It came now, and the device's clock is so many seconds ahead; negative: behind.
    Skew(f64),
    /// Below the smallest or above the largest possible value, which is given.
    OutOfRange(f64),
    /// So far from the last one that was believed.
    Spike(f64),
    /// The same value for so many seconds.
    Flat(f64),
}

/// Where the pass stands.
#[derive(Clone, Debug)]
pub(crate) struct FoldState {
    last: Option<i64>,
    pub(crate) statistics: Vec<Running>,
    levels: Vec<LevelRun>,
    believed: Option<f64>,
    jump: Option<f64>,
    flat: Option<(f64, i64)>,
    pub(crate) shown: Option<Shown>,
    /// Readings believed so far.
    pub(crate) n_judged: u64,
    /// The first fact that is not known.
    absent: Option<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct LevelRun {
    raised: bool,
    /// Whether it would turn depends on what is absent.
    open: bool,
    by: Option<(Limit, f64)>,
    /// The latest comparison.
    latest: Option<(Limit, f64)>,
    reached_bits: u64,
    cleared_bits: u64,
    reached_since: Option<i64>,
    cleared_since: Option<i64>,
}

impl FoldState {
    pub(crate) fn new(rule: &SensorRule) -> Self {
        Self {
            last: None,
            statistics: vec![Running::default(); rule.statistics.len()],
            levels: vec![LevelRun::default(); rule.levels.len()],
            believed: None,
            jump: None,
            flat: None,
            shown: None,
            n_judged: 0,
            absent: None,
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        // A running window keeps what lies in it, some hundred readings.
        size_of::<Self>() + self.statistics.len() * 2048 + self.levels.len() * size_of::<LevelRun>()
    }
}

/// What the clock alone does before `until`, exclusive: delays that end, readings that grow stale.
pub(crate) fn advance(judge: Judge<'_>, state: &mut FoldState, until: i64, out: &mut Vec<Step>) {
    let Some(last) = state.last else { return };
    let stale_at = last.saturating_add(judge.stale_ns).saturating_add(1);
    loop {
        let due = state
            .levels
            .iter()
            .zip(&judge.rule.levels)
            .filter_map(|(run, level)| run.due(judge.rule.delays(level)))
            .min()
            .filter(|&due| due < until && due < stale_at);
        let Some(due) = due else { break };
        for (run, level) in state.levels.iter_mut().zip(&judge.rule.levels) {
            if run.due(judge.rule.delays(level)) == Some(due) {
                run.turn();
            }
        }
        if !matches!(state.shown, Some(Shown { why: Why::Doubt(_) | Why::OtherUnit, .. })) {
            show(state, judge.rule, due, out);
        }
    }
    if stale_at < until {
        for run in &mut state.levels {
            // What lasted was not seen while nothing was seen.
            (run.reached_since, run.cleared_since) = (None, None);
        }
        emit(state, stale_at, Shown::plain(SensorState::Stale, Why::Silent), out);
    }
}

/// The next reading; times ascend.
pub(crate) fn step(judge: Judge<'_>, state: &mut FoldState, reading: Reading, out: &mut Vec<Step>) {
    advance(judge, state, reading.t, out);
    state.last = Some(reading.t);
    let rule = judge.rule;
    let Some(raw) = reading.value else {
        emit(state, reading.t, Shown::plain(SensorState::Unknown, Why::OtherUnit), out);
        return;
    };
    if let Some(doubt) = doubt(rule, state, &reading, raw) {
        let shown = Shown::plain(SensorState::Suspect, Why::Doubt(doubt));
        emit(state, reading.t, shown, out);
        return;
    }
    state.n_judged += 1;
    let t = UtcNanos(reading.t);
    let value = if rule.absolute { raw.abs() } else { raw };
    let mut facts = Vec::with_capacity(1 + state.statistics.len());
    facts.push(Fact::Known(value));
    for (running, s) in state.statistics.iter_mut().zip(rule.statistics.values()) {
        let in_hours = s.hours.as_ref().is_none_or(|h| h.hold(t, judge.zone));
        // Changes and means of signed values are signed until they are compared.
        let signed = !matches!(s.kind, crate::StatisticKind::Min | crate::StatisticKind::Max);
        let fact = running.push(s, reading.t, if signed { raw } else { value }, in_hours);
        facts.push(match fact {
            Fact::Known(v) if rule.absolute => Fact::Known(v.abs()),
            other => other,
        });
    }
    weigh(judge, state, (reading.t, &facts), out);
}

/// What follows for the levels from facts at an instant; the clock has been advanced to it.
pub(crate) fn weigh(
    judge: Judge<'_>,
    state: &mut FoldState,
    (at, facts): (i64, &[Fact]),
    out: &mut Vec<Step>,
) {
    let (rule, t) = (judge.rule, UtcNanos(at));
    state.last = Some(at);
    let known = |f: &Fact| !matches!(f, Fact::Absent | Fact::AtLeast(_) | Fact::AtMost(_));
    state.absent = facts.iter().position(|f| !known(f)).and_then(|ix| u8::try_from(ix).ok());
    let facts = Facts { t, zone: judge.zone, night: rule.is_night(t, judge.zone), values: facts };
    for (run, level) in state.levels.iter_mut().zip(&rule.levels) {
        run.update(at, level.verdict(&facts), rule.delays(level));
    }
    show(state, rule, at, out);
}

fn doubt(rule: &SensorRule, state: &mut FoldState, reading: &Reading, value: f64) -> Option<Doubt> {
    match reading.quality {
        Quality::Bad => return Some(Doubt::Quality),
        Quality::BadClock | Quality::OffClock => return Some(Doubt::Clock),
        Quality::Good | Quality::Uncertain => {}
    }
    let s = &rule.suspect;
    if let Some(min) = s.min.filter(|&min| value < min) {
        return Some(Doubt::OutOfRange(min));
    }
    if let Some(max) = s.max.filter(|&max| value > max) {
        return Some(Doubt::OutOfRange(max));
    }
    if let (Some(spike), Some(believed)) = (s.spike, state.believed) {
        let jump = (value - believed).abs();
        // A second reading near the first one is a change, not a spike.
        if jump >= spike && state.jump.is_none_or(|j| (value - j).abs() >= spike) {
            state.jump = Some(value);
            return Some(Doubt::Spike(jump));
        }
    }
    state.jump = None;
    state.believed = Some(value);
    let since = match state.flat {
        Some((v, since)) if v.total_cmp(&value).is_eq() => since,
        _ => reading.t,
    };
    state.flat = Some((value, since));
    let flat_s = (i128::from(reading.t) - i128::from(since)) as f64 / 1e9;
    s.flat_s.filter(|&limit| flat_s >= limit).map(|_| Doubt::Flat(flat_s))
}

fn show(state: &mut FoldState, rule: &SensorRule, t: i64, out: &mut Vec<Step>) {
    // A level that holds for certain is shown, whatever is not known besides; else what is not known is unknown.
    let certain = |run: &LevelRun| run.raised && !run.open;
    let highest = state.levels.iter().zip(&rule.levels).enumerate().rev().find(|(_, (run, _))| certain(run));
    let open = state.levels.iter().any(|run| run.open);
    let mut shown = match highest {
        Some((ix, (run, level))) => {
            Shown { level: u8::try_from(ix).ok(), ..Shown::plain(level.state, Why::Raised(run.by)) }
        }
        None if open => {
            let why = Why::Absent(state.absent.unwrap_or(0));
            emit(state, t, Shown::plain(SensorState::Unknown, why), out);
            return;
        }
        None => Shown::plain(SensorState::Normal, Why::Below),
    };
    // A lower level than before: something cleared the one that held.
    let before = state.shown.and_then(|s| s.level).filter(|&b| shown.level.is_none_or(|now| now < b));
    shown.cleared = before.map(|ix| (ix, state.levels.get(usize::from(ix)).and_then(|l| l.latest)));
    emit(state, t, shown, out);
}

/// Records what is shown where it differs in state, level or kind of doubt.
fn emit(state: &mut FoldState, t: i64, shown: Shown, out: &mut Vec<Step>) {
    let same = state.shown.is_some_and(|s| {
        let kind = |w: &Why| match w {
            Why::Doubt(d) => Some(std::mem::discriminant(d)),
            _ => None,
        };
        s.state == shown.state && s.level == shown.level && kind(&s.why) == kind(&shown.why)
    });
    if !same {
        state.shown = Some(shown);
        out.push(Step { t, shown });
    }
}

impl Shown {
    pub(crate) fn plain(state: SensorState, why: Why) -> Self {
        Self { state, level: None, why, cleared: None }
    }
}

impl LevelRun {
    fn update(&mut self, t: i64, verdict: Verdict, (raise, clear): (Delay, Delay)) {
        self.reached_bits = self.reached_bits << 1 | u64::from(verdict.reached);
        self.cleared_bits = self.cleared_bits << 1 | u64::from(verdict.cleared);
        self.reached_since = verdict.reached.then(|| self.reached_since.unwrap_or(t));
        self.cleared_since = verdict.cleared.then(|| self.cleared_since.unwrap_or(t));
        self.latest = verdict.by;
        if verdict.reached && (!self.raised || self.by.is_none()) {
            self.by = verdict.by;
        }
        let (bits, since, delay) = if self.raised {
            (self.cleared_bits, self.cleared_since, clear)
        } else {
            (self.reached_bits, self.reached_since, raise)
        };
        let turns = match delay {
            Delay::Samples { samples, of } => {
                let mask = u64::MAX >> 64_u32.saturating_sub(of).min(63);
                bits & 1 == 1 && (bits & mask).count_ones() >= samples
            }
            Delay::Seconds { seconds } => {
                since.is_some_and(|s| i128::from(t) - i128::from(s) >= i128::from(nanos(seconds)))
            }
        };
        if turns {
            self.turn();
        }
        self.open = verdict.is_open(self.raised);
    }

    /// Raised or cleared: what led here does not count towards the next turn.
    fn turn(&mut self) {
        self.raised = !self.raised;
        let (reached, cleared) = (self.reached_bits & 1, self.cleared_bits & 1);
        *self = Self { raised: self.raised, by: self.by, latest: self.latest, ..Self::default() };
        // The latest verdict itself is kept for those who ask what it was.
        (self.reached_bits, self.cleared_bits) = if self.raised { (reached, 0) } else { (0, cleared) };
    }

    /// When the clock alone turns it.
    fn due(&self, (raise, clear): (Delay, Delay)) -> Option<i64> {
        let (since, delay) =
            if self.raised { (self.cleared_since, clear) } else { (self.reached_since, raise) };
        match delay {
            Delay::Seconds { seconds } => Some(since?.saturating_add(nanos(seconds))),
            Delay::Samples { .. } => None,
        }
    }
}
