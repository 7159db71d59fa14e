//! What is the same for every row at one instant: worth of tasks, channels, digs, hazards and issues.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lantu_base::UtcNanos;
use lantu_live::{Quality, SensorState, first_crossing};
use lantu_records::{ProgressCause, ProgressState};

use crate::Conflict;
use crate::encounter::{Encounter, encounters, there};
use crate::factors::{Fact, IssueFact};
use crate::linker::{Danger, Dig};
use crate::moment::Moment;
use crate::rules::Rating;

const DAY_NS: i64 = 86_400_000_000_000;

/// What is the same for every row at one instant.
pub(crate) struct RiskFacts {
    /// For each task: seconds overdue and rating.
    pub(super) overdue: Vec<Option<(f64, Rating)>>,
    /// For each task that is worked on: the weather that forbids it.
    pub(super) weather: Vec<Option<Weather>>,
    /// For each channel: when it crosses its highest level.
    pub(super) crossings: Vec<Option<Crossing>>,
    /// For each dig: whether it counts, and how.
    pub(super) digs: Vec<Option<ActiveDig>>,
    /// For each hazard with somebody inside its radius.
    pub(super) dangers: Vec<Option<Rating>>,
    /// Things inside the radius of a hazard.
    pub(super) encounters: Vec<Encounter>,
    /// For each issue.
    pub(super) issues: Vec<Option<OpenOne>>,
}

/// Weather beyond a limit.
#[derive(Clone, Copy)]
pub(super) struct Weather {
    /// Place in the rules.
    pub(super) limit: usize,
    pub(super) value: f64,
    pub(super) rating: Rating,
}

/// A level that will be reached.
#[derive(Clone, Copy)]
pub(super) struct Crossing {
    pub(super) at: UtcNanos,
    pub(super) level: f64,
    pub(super) rating: Rating,
}

/// A dig whose excavation is open, or of which nobody knows whether it is.
#[derive(Clone, Copy)]
pub(super) struct ActiveDig {
    pub(super) has_task: bool,
    /// `None` where it cannot be judged.
    pub(super) rating: Option<Rating>,
}

/// An open issue; `rating` is `None` where no priority of the rules fits.
#[derive(Clone, Copy)]
pub(super) struct OpenOne {
    pub(super) overdue: bool,
    pub(super) rating: Option<Rating>,
}

/// Crossings by channel and day: a line through weeks of readings is laid once a day, not at every step of the clock.
#[derive(Debug, Default)]
pub(crate) struct CrossingCache(Mutex<BTreeMap<(usize, i64), Option<Reached>>>);

/// When a level is reached, and which.
type Reached = (UtcNanos, f64);

impl RiskFacts {
    pub(crate) fn new(m: &Moment<'_>) -> Self {
        let i = &m.input;
        let readings = readings(m);
        Self {
            overdue: (0..m.tasks().len()).map(|ix| overdue_of(m, ix)).collect(),
            weather: (0..m.tasks().len()).map(|ix| weather_of(m, &readings, ix)).collect(),
            crossings: (0..i.channels.len()).map(|ix| crossing_of(m, ix)).collect(),
            digs: i.linker.digs().iter().map(|dig| active(m, dig)).collect(),
            dangers: i.linker.dangers().iter().map(|d| danger(m, d)).collect(),
            encounters: encounters(m),
            issues: (0..i.issues.len()).map(|ix| open_issue(m, ix)).collect(),
        }
    }
}

/// Seconds overdue and rating of a task.
fn overdue_of(m: &Moment<'_>, task_ix: usize) -> Option<(f64, Rating)> {
    let progress = m.tasks().get(task_ix).filter(|p| p.state == ProgressState::Late)?;
    let task = m.input.schedule.tasks.get(task_ix)?;
    let due = if progress.cause == ProgressCause::StartOverdue { task.start } else { task.finish };
    // Divided, not multiplied by 1e-9, so that three days are not more than three.
    let seconds = (i128::from(m.input.t.0) - i128::from(due.0)) as f64 / 1e9;
    let (_, rating) = m.input.rules.risk.rate(&Fact::TaskOverdue(seconds / 86_400.0))?;
    Some((seconds, rating?))
}

/// For each limit of the weather, the worst reading that is fresh.
fn readings(m: &Moment<'_>) -> Vec<Option<f64>> {
    let worst_of = |limit: &crate::WeatherLimit| {
        let of_quantity = m.input.channels.iter().filter(|c| c.quantity == limit.quantity);
        let values = of_quantity.filter_map(|c| {
            let s = m.input.store.value_at(&c.id, m.input.t)?;
            let good = matches!(s.quality, Quality::Good | Quality::Uncertain);
            let unit = if s.unit.is_empty() { c.unit.as_str() } else { &*s.unit };
            let fresh = m.input.t.seconds_since(s.time) <= limit.fresh_h * 3600.0;
            (good && fresh && unit == limit.unit).then_some(s.value)
        });
        values.reduce(if limit.below { f64::min } else { f64::max })
    };
    m.input.rules.risk.weather.iter().map(worst_of).collect()
}

fn weather_of(m: &Moment<'_>, readings: &[Option<f64>], task_ix: usize) -> Option<Weather> {
    let task = m.input.schedule.tasks.get(task_ix).filter(|task| task.is_active(m.input.t))?;
    let limits = m.input.rules.risk.weather.iter().zip(readings).enumerate();
    let beyond = limits.filter_map(|(limit, (rule, value))| {
        let value = (*value)?;
        (rule.limits(&task.name) && rule.exceeded(value)).then_some(Weather {
            limit,
            value,
            rating: rule.rating,
        })
    });
    beyond.max_by_key(|w| w.rating.score())
}

/// When a channel crosses the highest level of its rule, by the line of the days before the last midnight in UTC.
fn crossing_of(m: &Moment<'_>, ix: usize) -> Option<Crossing> {
    let (i, rules) = (&m.input, &m.input.rules.risk.forecast_crossing);
    let channel =
        i.channels.get(ix).filter(|c| c.object.is_some() && rules.quantities.contains(&c.quantity))?;
    let rule = i.rules.sensor.for_quantity(&channel.quantity)?;
    let highest = rule.levels.iter().rfind(|l| l.state == SensorState::Alarm);
    let level = highest.or(rule.levels.last()).filter(|l| l.of.is_none())?.value;
    let day = i.t.0.div_euclid(DAY_NS);
    let (at, level) = i.linker.crossings.get((ix, day), || {
        let until = UtcNanos(day * DAY_NS);
        let factor = rule.factor(&channel.unit)?;
        let span = (until.plus_s(-rules.window_days * 86_400.0), until);
        let level = level / factor;
        // Of a rule for both signs the level on the side of the readings counts. What is refused (no trend, away from the
        // level, reached already) is no crossing to come.
        let levels: &[f64] = if rule.absolute { &[level, -level] } else { &[level] };
        first_crossing(i.store, &channel.id, span, levels)
    })?;
    let days = at.seconds_since(i.t) / 86_400.0;
    let (_, rating) = i.rules.risk.rate(&Fact::ForecastCrossing(days.max(0.0)))?;
    Some(Crossing { at, level, rating: rating? })
}

impl CrossingCache {
    fn get(&self, key: (usize, i64), find: impl FnOnce() -> Option<Reached>) -> Option<Reached> {
        let known = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return *found;
        }
        let found = find();
        known().insert(key, found);
        found
    }
}

fn active(m: &Moment<'_>, dig: &Dig) -> Option<ActiveDig> {
    let mut tasks = m.input.linker.tasks_of(dig.excavation).peekable();
    let has_task = tasks.peek().is_some();
    let mut tasks = tasks.filter_map(|ix| m.input.schedule.tasks.get(ix));
    if has_task && !tasks.any(|task| task.is_active(m.input.t)) {
        return None;
    }
    let conflict = if has_task { dig.clearance.conflict } else { Conflict::Undecidable };
    let (_, rating) = m.input.rules.risk.rate(&Fact::ExcavationClearance(conflict))?;
    Some(ActiveDig { has_task, rating })
}

fn danger(m: &Moment<'_>, danger: &Danger) -> Option<Rating> {
    m.input.rules.risk.hazards.get(danger.rule).filter(|_| there(m, danger.hazard)).map(|h| h.rating)
}

fn open_issue(m: &Moment<'_>, ix: usize) -> Option<OpenOne> {
    let (t, issue) = (m.input.t, m.input.issues.get(ix)?);
    let closed = m.input.rules.risk.open_issue.is_closed(&issue.status);
    if !issue.is_open(closed, t) {
        return None;
    }
    let overdue = issue.due.is_some_and(|d| d < t);
    let fact = Fact::OpenIssue(IssueFact { priority: issue.priority.clone(), overdue });
    let (_, rating) = m.input.rules.risk.rate(&fact)?;
    Some(OpenOne { overdue, rating })
}
