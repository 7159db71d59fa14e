//! Risk: overdue tasks, sensors at a level, and open excavations near pipes, combined by the rule file.

use lantu_base::ObjectRow;
use lantu_live::SensorState;
use lantu_records::{ProgressCause, ProgressState};

use crate::clearance::Conflict;
use crate::moment::{Explained, Moment};
use crate::reason::{Arg, Reason, days, number};
use crate::rules::Rating;
use crate::{Dig, Grade, sensor};

/// Named parts of a reason; further ones are counted. Chosen: what fits a panel.
const MAX_DIGS_NAMED: usize = 8;
const UNKNOWN: u8 = 5;

/// A factor's contribution; `None` where it cannot be judged.
#[derive(Clone, Copy)]
struct Factor {
    rating: Option<Rating>,
}

/// What the factors of a row amount to.
struct Verdict {
    state_ix: u8,
    grade: Grade,
    score: u8,
    /// How many factors raised the grade; 0 if it was not raised.
    raised_by: usize,
}

fn combine(m: &Moment<'_>, factors: &[Factor]) -> Verdict {
    let rules = &m.input.rules.risk;
    let rated = || factors.iter().filter_map(|f| f.rating);
    let mut grade = rated().map(|r| rules.grade(r)).max().unwrap_or(Grade::None);
    let score = rated().map(|r| r.likelihood * r.severity).max().unwrap_or(0);
    let n_from = rated().filter(|&r| rules.grade(r) >= rules.escalation.from).count();
    let raised_by = if n_from >= rules.escalation.factors { n_from } else { 0 };
    if raised_by > 0 {
        grade = grade.raised();
    }
    let state_ix = match grade {
        Grade::None if factors.iter().any(|f| f.rating.is_none()) => UNKNOWN,
        Grade::None => 0,
        Grade::Low => 1,
        Grade::Medium => 2,
        Grade::High => 3,
        Grade::Extreme => 4,
    };
    Verdict { state_ix, grade, score, raised_by }
}

/// The factors of a row, without words: at most one of each sort.
fn factors(m: &Moment<'_>, row: ObjectRow) -> Vec<Factor> {
    let overdue = worst_overdue(m, row).map(|(_, _, rating)| rating);
    let sensor = worst_channel(m, row).map(|(_, rating)| rating);
    let dig = active_digs(m, row).first().map(|d| d.rating);
    [overdue.map(Some), sensor, dig].into_iter().flatten().map(|rating| Factor { rating }).collect()
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    let linker = m.input.linker;
    // Rows whose tasks are in time, without channels and digs, have no factor: most rows are decided here.
    let overdue: Vec<bool> = (0..m.tasks().len()).map(|ix| overdue_of(m, ix).is_some()).collect();
    let late = linker.tasks().iter().filter(|l| overdue.get(l.1 as usize).copied().unwrap_or(false));
    let mut rows: Vec<u32> = late.chain(linker.channels()).chain(linker.digs_by_row()).map(|l| l.0).collect();
    rows.sort_unstable();
    rows.dedup();
    for row in rows {
        if let Some(slot) = states.get_mut(row as usize) {
            *slot = combine(m, &factors(m, ObjectRow(row))).state_ix;
        }
    }
}

/// Days overdue and rating of a task.
fn overdue_of(m: &Moment<'_>, task_ix: usize) -> Option<(f64, Rating)> {
    let progress = m.tasks().get(task_ix).filter(|p| p.state == ProgressState::Late)?;
    let task = m.input.schedule.tasks.get(task_ix)?;
    let due = if progress.cause == ProgressCause::StartOverdue { task.start } else { task.finish };
    let seconds = m.input.t.seconds_since(due);
    let rules = &m.input.rules.risk.task_overdue;
    let step = rules.steps.iter().rev().find(|s| seconds > s.days * 86_400.0)?;
    Some((seconds, Rating { likelihood: step.likelihood, severity: rules.severity }))
}

/// Index, seconds overdue and rating of the row's longest overdue task.
fn worst_overdue(m: &Moment<'_>, row: ObjectRow) -> Option<(usize, f64, Rating)> {
    let mut best: Option<(usize, f64, Rating)> = None;
    for ix in m.input.linker.tasks_of(row) {
        if let Some((seconds, rating)) = overdue_of(m, ix)
            && best.is_none_or(|b| seconds > b.1)
        {
            best = Some((ix, seconds, rating));
        }
    }
    best
}

/// The row's worst channel and its rating; `None` where it adds nothing.
fn worst_channel(m: &Moment<'_>, row: ObjectRow) -> Option<(usize, Option<Rating>)> {
    let rules = &m.input.rules.risk.sensor_alarm;
    let (ix, state) = sensor::worst(m, m.input.linker.channels_of(row))?;
    match state.state {
        SensorState::Alarm => Some((ix, Some(rules.alarm))),
        SensorState::Warning => Some((ix, Some(rules.warning))),
        SensorState::Advisory => Some((ix, Some(rules.advisory))),
        s => rules.unknown_states.contains(&s).then_some((ix, None)),
    }
}

struct ActiveDig<'a> {
    dig: &'a Dig,
    has_task: bool,
    rating: Option<Rating>,
}

/// Digs of the row whose excavation is open, or of which nobody knows whether it is; worst first.
fn active_digs<'a>(m: &Moment<'a>, row: ObjectRow) -> Vec<ActiveDig<'a>> {
    let rules = &m.input.rules.risk.excavation_clearance;
    let mut out = Vec::new();
    for dig in m.input.linker.digs_of(row) {
        let mut tasks = m.input.linker.tasks_of(dig.excavation).peekable();
        let has_task = tasks.peek().is_some();
        let mut tasks = tasks.filter_map(|ix| m.input.schedule.tasks.get(ix));
        if has_task && !tasks.any(|task| task.is_active(m.input.t)) {
            continue;
        }
        let rating = match dig.clearance.conflict {
            _ if !has_task => None,
            Conflict::Hard => Some(rules.hard),
            Conflict::TooClose => Some(rules.clearance),
            Conflict::Undecidable | Conflict::Free => None,
        };
        out.push(ActiveDig { dig, has_task, rating });
    }
    let score = |d: &ActiveDig<'_>| d.rating.map_or(0, |r| r.likelihood * r.severity);
    out.sort_by_key(|d| std::cmp::Reverse(score(d)));
    out
}

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    let factors = factors(m, row);
    let verdict = combine(m, &factors);
    let version = ("version", Arg::Text(m.input.rules.risk.version.clone()));
    if factors.is_empty() {
        let reason = Reason::new("risk.none", Vec::new());
        return Explained { state_ix: verdict.state_ix, value: None, reason };
    }
    let score = number(f64::from(verdict.score), "");
    let mut reason = if verdict.state_ix == UNKNOWN {
        Reason::new("risk.unknown", vec![version])
    } else {
        Reason::new("risk.sum", vec![("grade", Arg::Word(verdict.grade.name())), ("score", score), version])
    };
    reason.parts.extend(worst_overdue(m, row).and_then(|f| explain_overdue(m, f)));
    reason.parts.extend(worst_channel(m, row).and_then(|f| explain_channel(m, f)));
    let digs = active_digs(m, row);
    reason.parts.extend(digs.iter().take(MAX_DIGS_NAMED).map(|d| explain_dig(m, d)));
    if digs.len() > MAX_DIGS_NAMED {
        let count = number((digs.len() - MAX_DIGS_NAMED) as f64, "");
        reason.parts.push(Reason::new("risk.more", vec![("count", count)]));
    }
    if verdict.raised_by > 0 {
        let count = number(verdict.raised_by as f64, "");
        reason.parts.push(Reason::new("risk.escalated", vec![("count", count)]));
    }
    let value = (verdict.state_ix != UNKNOWN).then(|| verdict.score.to_string());
    Explained { state_ix: verdict.state_ix, value, reason }
}

fn rating_args(m: &Moment<'_>, r: Rating) -> [(&'static str, Arg); 4] {
    [
        ("likelihood", number(r.likelihood.into(), "")),
        ("severity", number(r.severity.into(), "")),
        ("score", number(f64::from(r.likelihood * r.severity), "")),
        ("grade", Arg::Word(m.input.rules.risk.grade(r).name())),
    ]
}

fn explain_overdue(m: &Moment<'_>, (ix, seconds, rating): (usize, f64, Rating)) -> Option<Reason> {
    let task = m.input.schedule.tasks.get(ix)?;
    let mut args = vec![
        ("task", Arg::Text(task.name.clone())),
        ("id", Arg::Text(task.id.clone())),
        ("overdue", days(seconds)),
    ];
    args.extend(rating_args(m, rating));
    Some(Reason::new("risk.task_overdue", args))
}

fn explain_channel(m: &Moment<'_>, (ix, rating): (usize, Option<Rating>)) -> Option<Reason> {
    let (channel, state) = (m.input.channels.get(ix)?, m.channels().get(ix)?);
    let mut args = vec![
        ("channel", Arg::Text(channel.id.to_string())),
        ("state", Arg::Word(sensor::name(state.state))),
    ];
    let code = if let Some(r) = rating {
        args.extend(rating_args(m, r));
        "risk.sensor"
    } else {
        "risk.sensor_unknown"
    };
    Some(Reason::new(code, args).with_part(sensor::why(m, ix, state)))
}

fn explain_dig(m: &Moment<'_>, active: &ActiveDig<'_>) -> Reason {
    let (dig, c) = (active.dig, &active.dig.clearance);
    let key = |row| Arg::Text(m.input.objects.key(row).map_or(String::new(), |k| k.to_string()));
    let mut args = vec![("excavation", key(dig.excavation))];
    let Some(pipe) = dig.pipe else { return Reason::new("risk.no_shape", args) };
    args.push(("pipe", key(pipe)));
    if let Some(kind) = m.input.rules.clearance.kinds.get(dig.kind) {
        args.push(("kind", Arg::Text(kind.name.clone())));
        args.push(("required", number(kind.horizontal_m, "m")));
        args.push(("required_vertical", number(kind.vertical_m, "m")));
    }
    args.push(("horizontal", number(c.horizontal_m.max(0.0), "m")));
    args.extend(c.vertical_m.map(|v| ("vertical", number(v, "m"))));
    args.extend(active.rating.into_iter().flat_map(|r| rating_args(m, r)));
    let code = match c.conflict {
        _ if !active.has_task => "risk.no_task",
        Conflict::Hard => "risk.hard",
        Conflict::TooClose => "risk.clearance",
        Conflict::Undecidable | Conflict::Free => "risk.undecidable",
    };
    let reason = Reason::new(code, args);
    match dig.assumed_diameter_m {
        Some(d) => {
            reason.with_part(Reason::new("risk.assumed_diameter", vec![("diameter", number(d, "m"))]))
        }
        None => reason,
    }
}
