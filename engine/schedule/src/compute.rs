//! When tasks can and must happen: the forward and backward pass, float, and what is critical.
//!
//! Times are counted in the calendar of each task: its own, else the one of the resource whose work makes its
//! duration, else the project's. Whole seconds throughout, so that the same plan has the same dates everywhere.

use std::collections::BTreeMap;

use as_of::as_of;

use crate::calendar::{Calendar, CalendarError, WorkTime};
use crate::civil::{Civil, DAY_S, whole};
use crate::network::{Cycle, Edge, Network};
use crate::plan::{ConstraintKind, Lag, Link, LinkKind, Plan, PlanTask, Rules, TaskKind};

mod as_of;
mod passes;
mod slack;

/// Dates of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDates {
    /// Place in [`Plan::tasks`].
    pub place: usize,
    /// Earliest start.
    pub early_start: Civil,
    /// Earliest finish.
    pub early_finish: Civil,
    /// Latest start that delays nothing.
    pub late_start: Civil,
    /// Latest finish that delays nothing.
    pub late_finish: Civil,
    /// By how much it may slip without delaying the project, in seconds of its working time; negative where it is
    /// too late already.
    pub total_float_s: i64,
    /// By how much it may slip without moving another task, never negative.
    pub free_float_s: i64,
    /// Not done, and without more float than the plan allows.
    pub critical: bool,
}

/// Dates of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// Dates of all tasks and summaries, in the plan's order, without those switched off and empty summaries.
    pub tasks: Vec<TaskDates>,
    /// The latest early finish.
    pub finish: Option<Civil>,
    /// Places in [`Plan::links`] of links that were not used: an end is missing or both are one.
    pub unused_links: Vec<usize>,
}

/// Why a plan has no dates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Tasks wait for each other.
    #[error("tasks wait for each other in a circle: {}", circle(.0))]
    Cycle(Cycle),
    /// A calendar cannot be used.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// Nothing says when the project starts.
    #[error("the schedule says neither when it starts nor when any of its tasks does")]
    NoStart,
}

fn circle(cycle: &Cycle) -> String {
    let mut out: Vec<String> =
        cycle.ids.iter().zip(&cycle.names).map(|(id, name)| format!("{id} {name:?}")).collect();
    out.extend(out.first().cloned());
    // A long circle is named by its beginning: the message is for people.
    let more = out.len().saturating_sub(20);
    out.truncate(20);
    let rest = if more > 0 { format!(" → … ({more} more)") } else { String::new() };
    out.join(" → ") + &rest
}

/// Who makes a task last: a calendar and how much of it.
#[derive(Clone, Copy, Debug)]
struct Driver {
    /// Place in [`Passes::clocks`].
    clock: usize,
    /// All of it, seconds.
    all_s: i64,
    /// What remains.
    left_s: i64,
}

/// Both passes over one plan.
struct Passes<'a> {
    plan: &'a Plan,
    net: &'a Network,
    clocks: Vec<WorkTime>,
    /// For each task: the clock of its float and lags, then who makes it last.
    own_clock: Vec<usize>,
    drivers: Vec<Vec<Driver>>,
    start: Civil,
    finish: Civil,
    early: Vec<(Civil, Civil)>,
    late: Vec<(Civil, Civil)>,
    /// Late starts that links count with: also of tasks that began, whose own late start is the actual one.
    due_start: Vec<Civil>,
    /// The second forward pass: tasks as late as possible push their successors.
    pushing: bool,
    /// What remains cannot be done before this instant.
    from: Option<Civil>,
}

/// Computes the dates of a plan.
///
/// # Errors
/// [`ScheduleError`]: a cycle, by name; a calendar without working time; no start.
pub fn compute(plan: &Plan) -> Result<Computed, ScheduleError> {
    computed(plan, None)
}

/// Computes the dates of a plan as of an instant: what happened later is forgotten, and what remains is done from then
/// on, as after `Reschedule uncompleted work to start after` in Microsoft Project and at a data date in Primavera. Before
/// anything begins this is the plan itself, as if nothing were done.
///
/// How far a task was at the instant is what earned value says (`worth`): its percentage, of one that was finished later
/// the even share between its actual dates. Dates that must be met stay, also where they have passed.
///
/// # Errors
/// As [`compute`].
pub fn compute_at(plan: &Plan, at: Civil) -> Result<Computed, ScheduleError> {
    let then = as_of(plan, at);
    computed(&then, Some(at))
}

/// Computes the dates of the plan itself: as if nothing were done yet, from its start on.
///
/// # Errors
/// As [`compute`].
pub fn compute_planned(plan: &Plan) -> Result<Computed, ScheduleError> {
    let own = plan.tasks.iter().flat_map(|t| [t.start, t.actual_start, t.finish, t.actual_finish]);
    let first = own.chain([plan.start, plan.data_date]).flatten().min();
    let before = first.map_or(Civil(0), |t| t.plus(-DAY_S));
    compute_at(plan, before)
}

fn computed(plan: &Plan, from: Option<Civil>) -> Result<Computed, ScheduleError> {
    let net = Network::new(plan).map_err(ScheduleError::Cycle)?;
    let Some(start) = start_of(plan) else {
        if plan.tasks.iter().any(PlanTask::is_leaf) {
            return Err(ScheduleError::NoStart);
        }
        return Ok(Computed { unused_links: net.unused, ..Computed::default() });
    };
    let (clocks, own_clock, drivers) = drivers(plan)?;
    let n = plan.tasks.len();
    let mut passes = Passes {
        plan,
        net: &net,
        clocks,
        own_clock,
        drivers,
        start,
        finish: start,
        early: vec![(start, start); n],
        late: vec![(start, start); n],
        due_start: vec![start; n],
        pushing: false,
        from: from.filter(|_| plan.rules == Rules::Project),
    };
    passes.forward()?;
    let finish = net.order.iter().filter_map(|&ix| passes.early.get(ix)).map(|e| e.1).max();
    passes.finish = match (finish, plan.must_finish) {
        (Some(f), None) => f,
        (_, Some(must)) => must,
        (None, None) => start,
    };
    passes.backward()?;
    let alap = |t: &PlanTask| t.constraints.iter().any(|c| c.kind == ConstraintKind::AsLateAsPossible);
    if plan.tasks.iter().any(alap) {
        passes.pushing = true;
        passes.forward()?;
    }
    let tasks = passes.dates();
    Ok(Computed { tasks, finish, unused_links: net.unused.clone() })
}

fn start_of(plan: &Plan) -> Option<Civil> {
    let stated = match plan.rules {
        Rules::Primavera => plan.data_date.or(plan.start),
        Rules::Project => plan.start,
    };
    let of_task = |t: &PlanTask| t.actual_start.or(t.start);
    stated.or_else(|| plan.tasks.iter().filter(|t| t.is_leaf()).filter_map(of_task).min())
}

type Clocks = (Vec<WorkTime>, Vec<usize>, Vec<Vec<Driver>>);

/// Resolves calendars, and who makes each task last.
fn drivers(plan: &Plan) -> Result<Clocks, ScheduleError> {
    let standard = Calendar::standard();
    // Clock 0 is the clock on the wall, 1 the project's calendar; the calendars follow.
    let project = plan.calendar.as_deref().and_then(|id| plan.calendars.iter().find(|c| c.id == id));
    let mut clocks = vec![WorkTime::always(), WorkTime::new(project.unwrap_or(&standard), &plan.calendars)?];
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let used = plan.tasks.iter().filter_map(|t| t.calendar.as_deref());
    for id in used.chain(plan.resources.iter().filter_map(|r| r.calendar.as_deref())) {
        if known.contains_key(id) {
            continue;
        }
        if let Some(c) = plan.calendars.iter().find(|c| c.id == id) {
            // A resource that never works does not decide when tasks can happen.
            match WorkTime::new(c, &plan.calendars) {
                Ok(clock) => clocks.push(clock),
                Err(CalendarError::NoWork(_)) => continue,
                Err(e) => return Err(e.into()),
            }
            known.insert(id, clocks.len() - 1);
        }
    }
    let resources: BTreeMap<&str, _> = plan.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    let mut work: BTreeMap<&str, Vec<(&str, i64, i64)>> = BTreeMap::new();
    for a in plan.assignments.iter().filter(|a| a.units > 0.0 && a.units.is_finite()) {
        if resources.get(a.resource.as_str()).is_some_and(|r| r.works) {
            let share = |s: i64| whole(s as f64 / a.units);
            let entry = (a.resource.as_str(), share(a.work_s), share(a.remaining_s));
            work.entry(a.task.as_str()).or_default().push(entry);
        }
    }
    let (mut own, mut out) = (Vec::new(), Vec::new());
    for t in &plan.tasks {
        let calendar = t.calendar.as_deref().and_then(|id| known.get(id)).copied();
        let clock = if t.elapsed { 0 } else { calendar.unwrap_or(1) };
        own.push(clock);
        let by_work = work.get(t.id.as_str()).filter(|_| {
            !t.fixed_duration && !t.elapsed && plan.rules == Rules::Project && t.kind == TaskKind::Task
        });
        out.push(match by_work {
            Some(list) => list
                .iter()
                .map(|&(id, all_s, left_s)| {
                    let of_resource = resources.get(id).and_then(|r| r.calendar.as_deref());
                    let clock =
                        calendar.or_else(|| of_resource.and_then(|c| known.get(c)).copied()).unwrap_or(1);
                    Driver { clock, all_s, left_s }
                })
                .collect(),
            None => vec![Driver { clock, all_s: t.duration_s, left_s: t.left_s() }],
        });
    }
    Ok((clocks, own, out))
}
