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

/// What is the same for every row at one instant.
pub(crate) struct RiskFacts {
    /// For each task: seconds overdue and rating.
    overdue: Vec<Option<(f64, Rating)>>,
    /// For each dig: whether it counts, and how.
    digs: Vec<Option<ActiveDig>>,
}

/// A dig whose excavation is open, or of which nobody knows whether it is.
#[derive(Clone, Copy)]
struct ActiveDig {
    has_task: bool,
    /// `None` where it cannot be judged.
    rating: Option<Rating>,
}

/// At most one factor of each sort: outside `None` where there is none, inside where it cannot be judged.
type Factors = [Option<Option<Rating>>; 3];

/// What the factors of a row amount to.
struct Verdict {
    state_ix: u8,
    grade: Grade,
    score: u8,
    /// How many factors raised the grade; 0 if it was not raised.
    raised_by: usize,
}

impl RiskFacts {
    pub(crate) fn new(m: &Moment<'_>) -> Self {
        let i = &m.input;
        let overdue = (0..m.tasks().len()).map(|ix| overdue_of(m, ix)).collect();
        let digs = i.linker.digs().iter().map(|dig| active(m, dig)).collect();
        Self { overdue, digs }
    }
}

fn combine(m: &Moment<'_>, factors: Factors) -> Verdict {
    let rules = &m.input.rules.risk;
    let rated = || factors.into_iter().flatten().flatten();
    let mut grade = rated().map(|r| rules.grade(r)).max().unwrap_or(Grade::None);
    let score = rated().map(score_of).max().unwrap_or(0);
    let n_from = rated().filter(|&r| rules.grade(r) >= rules.escalation.from).count();
    let raised_by = if n_from >= rules.escalation.factors { n_from } else { 0 };
    if raised_by > 0 {
        grade = grade.raised();
    }
    let state_ix = match grade {
        Grade::None if factors.into_iter().flatten().any(|f| f.is_none()) => UNKNOWN,
        Grade::None => 0,
        Grade::Low => 1,
        Grade::Medium => 2,
        Grade::High => 3,
        Grade::Extreme => 4,
    };
    Verdict { state_ix, grade, score, raised_by }
}

fn score_of(r: Rating) -> u8 {
    r.likelihood.saturating_mul(r.severity)
}

/// The factors of a row by its links, each list of (row, index).
fn factors(m: &Moment<'_>, links: [&[(u32, u32)]; 3]) -> Factors {
    let [tasks, channels, digs] = links;
    let overdue = worst_overdue(m, tasks).map(|(_, _, rating)| Some(rating));
    let sensor =
        if channels.is_empty() { None } else { worst_channel(m, channels).map(|(_, rating)| rating) };
    let active = digs.iter().filter_map(|l| m.risk().digs.get(l.1 as usize).copied().flatten());
    // Any rating before none: what is known to be dangerous is not hidden by what is not known.
    let dig = active.map(|d| d.rating).max_by_key(|r| r.map_or(0, score_of));
    [overdue, sensor, dig]
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    let linker = m.input.linker;
    let mut lists = [linker.tasks(), linker.channels(), linker.digs_by_row()];
    // The lists ascend by row: one pass over all of them.
    while let Some(row) = lists.iter().filter_map(|l| l.first()).map(|l| l.0).min() {
        let links = lists.map(|l| {
            let n = l.iter().take_while(|link| link.0 == row).count();
            l.split_at_checked(n).unwrap_or_default()
        });
        lists = links.map(|(_, rest)| rest);
        if let Some(slot) = states.get_mut(row as usize) {
            *slot = combine(m, factors(m, links.map(|(own, _)| own))).state_ix;
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
    let rules = &m.input.rules.risk.task_overdue;
    let step = rules.steps.iter().rev().find(|s| seconds > s.days * 86_400.0)?;
    Some((seconds, Rating { likelihood: step.likelihood, severity: rules.severity }))
}

fn active(m: &Moment<'_>, dig: &Dig) -> Option<ActiveDig> {
    let rules = &m.input.rules.risk.excavation_clearance;
    let mut tasks = m.input.linker.tasks_of(dig.excavation).peekable();
    let has_task = tasks.peek().is_some();
    let mut tasks = tasks.filter_map(|ix| m.input.schedule.tasks.get(ix));
    if has_task && !tasks.any(|task| task.is_active(m.input.t)) {
        return None;
    }
    let rating = match dig.clearance.conflict {
        _ if !has_task => None,
        Conflict::Hard => Some(rules.hard),
        Conflict::TooClose => Some(rules.clearance),
        Conflict::Undecidable | Conflict::Free => None,
    };
    Some(ActiveDig { has_task, rating })
}

/// Index, seconds overdue and rating of the longest overdue task, the first of equals.
fn worst_overdue(m: &Moment<'_>, tasks: &[(u32, u32)]) -> Option<(usize, f64, Rating)> {
    let mut best: Option<(usize, f64, Rating)> = None;
    for ix in tasks.iter().map(|l| l.1 as usize) {
        if let Some(Some((seconds, rating))) = m.risk().overdue.get(ix)
            && best.is_none_or(|b| *seconds > b.1)
        {
            best = Some((ix, *seconds, *rating));
        }
    }
    best
}

/// The worst channel and its rating; `None` where it adds nothing.
fn worst_channel(m: &Moment<'_>, channels: &[(u32, u32)]) -> Option<(usize, Option<Rating>)> {
    let rules = &m.input.rules.risk.sensor_alarm;
    let (ix, state) = sensor::worst(m, channels.iter().map(|l| l.1 as usize))?;
    match state.state {
        SensorState::Alarm => Some((ix, Some(rules.alarm))),
        SensorState::Warning => Some((ix, Some(rules.warning))),
        SensorState::Advisory => Some((ix, Some(rules.advisory))),
        s => rules.unknown_states.contains(&s).then_some((ix, None)),
    }
}

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    let links = m.input.linker.links_of(row);
    let factors = factors(m, links);
    let verdict = combine(m, factors);
    let version = ("version", Arg::Text(m.input.rules.risk.version.clone()));
    if factors.iter().all(Option::is_none) {
        let reason = Reason::new("risk.none", Vec::new());
        return Explained { state_ix: verdict.state_ix, value: None, reason };
    }
    let score = number(f64::from(verdict.score), "");
    let mut reason = if verdict.state_ix == UNKNOWN {
        Reason::new("risk.unknown", vec![version])
    } else {
        Reason::new("risk.sum", vec![("grade", Arg::Word(verdict.grade.name())), ("score", score), version])
    };
    let [tasks, channels, digs] = links;
    reason.parts.extend(worst_overdue(m, tasks).and_then(|f| explain_overdue(m, f)));
    reason.parts.extend(worst_channel(m, channels).and_then(|f| explain_channel(m, f)));
    let mut digs: Vec<(&Dig, ActiveDig)> = digs
        .iter()
        .filter_map(|l| {
            let ix = l.1 as usize;
            Some((m.input.linker.digs().get(ix)?, m.risk().digs.get(ix).copied().flatten()?))
        })
        .collect();
    digs.sort_by_key(|(_, active)| std::cmp::Reverse(active.rating.map_or(0, score_of)));
    reason.parts.extend(digs.iter().take(MAX_DIGS_NAMED).map(|&(dig, active)| explain_dig(m, dig, active)));
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
        ("score", number(f64::from(score_of(r)), "")),
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
    let mut args =
        vec![("channel", Arg::Text(channel.id.to_string())), ("state", Arg::Word(sensor::name(state.state)))];
    let code = if let Some(r) = rating {
        args.extend(rating_args(m, r));
        "risk.sensor"
    } else {
        "risk.sensor_unknown"
    };
    Some(Reason::new(code, args).with_part(sensor::why(m, ix, state)))
}

fn explain_dig(m: &Moment<'_>, dig: &Dig, active: ActiveDig) -> Reason {
    let c = &dig.clearance;
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
        Some(d) => reason.with_part(Reason::new("risk.assumed_diameter", vec![("diameter", number(d, "m"))])),
        None => reason,
    }
}
