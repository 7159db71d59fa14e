//! Progress: the tasks that name an object, and what was entered about it with proof.

use lantu_base::ObjectRow;
use lantu_records::{
    ProgressCause, ProgressEntry, ProgressState, Task, combine, contradicts, entry_in_force, planned_at,
    progress_at, proven_at,
};

use crate::linker::Links;
use crate::moment::{Explained, Moment};
use crate::reason::{Arg, Reason, days, plain};

fn code(state: ProgressState) -> u8 {
    match state {
        ProgressState::NotStarted => 0,
        ProgressState::InProgress => 1,
        ProgressState::Late => 2,
        ProgressState::Done => 3,
        ProgressState::Ahead => 4,
        ProgressState::Unlinked => 5,
    }
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    let tasks = m.tasks();
    m.input.linker.groups().fill(states, |links| {
        let by_tasks =
            || combine(links.tasks.iter().filter_map(|l| tasks.get(l.1 as usize)).map(|p| p.state));
        let state = proven(m, links).map(|(_, state)| state).or_else(|| Some(by_tasks()?.0))?;
        Some(code(state))
    });
}

/// If all goes as planned.
pub(crate) fn fill_planned(m: &Moment<'_>, states: &mut [u8]) {
    let planned: Vec<ProgressState> =
        m.input.schedule.tasks.iter().map(|task| planned_at(task, m.input.t)).collect();
    m.input.linker.groups().fill(states, |links| {
        let of_row = links.tasks.iter().filter_map(|l| planned.get(l.1 as usize).copied());
        combine(of_row).map(|(state, _)| code(state))
    });
}

/// The entry that holds for an object with these links, and the state that follows from it.
fn proven<'m>(m: &Moment<'m>, links: &Links<'_>) -> Option<(&'m ProgressEntry, ProgressState)> {
    let (schedule, t) = (m.input.schedule, m.input.t);
    let entry = entry_in_force(links.entries.iter().filter_map(|l| schedule.entries.get(l.1 as usize)), t)?;
    let tasks = links.tasks.iter().filter_map(|l| schedule.tasks.get(l.1 as usize));
    Some((entry, proven_at(entry, tasks, t)?))
}

/// What was seen, by whom, and what the tasks say otherwise.
fn seen(m: &Moment<'_>, row: ObjectRow, entry: &ProgressEntry) -> Reason {
    let text = |t: &str| Arg::Text(t.to_owned());
    let args = vec![
        ("seen", Arg::Word(entry.state.name())),
        ("evidence", text(&entry.evidence)),
        ("proof", text(&entry.proof)),
        ("by", text(&entry.by)),
        ("valid", Arg::Time(entry.valid)),
        ("known", Arg::Time(entry.known)),
    ];
    let reason = Reason::new("progress.seen", args);
    let linked: Vec<usize> = m.input.linker.tasks_of(row).collect();
    let tasks = || linked.iter().filter_map(|ix| m.input.schedule.tasks.get(*ix));
    let at = |task: &Task| progress_at(task, entry.valid);
    let other = tasks().find(|task| contradicts(at(task), entry.state));
    let Some(task) = other else { return reason };
    let cause = at(task).cause;
    let args = vec![("task", text(&task.name)), ("id", text(&task.id)), ("valid", Arg::Time(entry.valid))];
    let other = Reason::new("progress.disagrees", args);
    reason.with_part(other.with_part(why(m, task, cause)))
}

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    if let Some((entry, state)) = proven(m, &m.input.linker.links_of(row)) {
        let value = Some(entry.valid.to_string());
        return Explained { state_ix: code(state), value, reason: seen(m, row, entry) };
    }
    let linked: Vec<usize> = m.input.linker.tasks_of(row).collect();
    let of_row = linked.iter().filter_map(|&ix| m.tasks().get(ix)).map(|p| p.state);
    let deciding = combine(of_row).and_then(|(state, nth)| {
        let ix = *linked.get(nth)?;
        Some((state, m.input.schedule.tasks.get(ix)?, m.tasks().get(ix)?.cause))
    });
    let Some((state, task, cause)) = deciding else {
        let reason = Reason::new("progress.unlinked", Vec::new());
        return Explained { state_ix: code(ProgressState::Unlinked), value: None, reason };
    };
    let mut reason = why(m, task, cause);
    if linked.len() > 1 {
        let count = Arg::Number(linked.len() as f64, String::new());
        reason = reason.with_part(Reason::new("progress.of_tasks", vec![("count", count)]));
    }
    Explained { state_ix: code(state), value: Some(value(task, state)), reason }
}

/// Done: when; begun: the stated percent, else when it is due; not begun: when it should begin.
fn value(task: &Task, state: ProgressState) -> String {
    match (state, task.percent) {
        (ProgressState::Done, _) => task.completed().unwrap_or(task.finish).to_string(),
        (ProgressState::NotStarted, _) => task.start.to_string(),
        // A stated 100 of a task that is not done at this instant was stated later.
        (_, Some(p)) if p > 0.0 && p < 100.0 => format!("{} %", plain(p)),
        _ => task.finish.to_string(),
    }
}

fn why(m: &Moment<'_>, task: &Task, cause: ProgressCause) -> Reason {
    let t = m.input.t;
    let mut args = vec![
        ("task", Arg::Text(task.name.clone())),
        ("id", Arg::Text(task.id.clone())),
        ("start", Arg::Time(task.start)),
        ("finish", Arg::Time(task.finish)),
    ];
    args.extend(task.actual_finish.map(|f| ("actual_finish", Arg::Time(f))));
    args.extend(task.began().map(|b| ("began", Arg::Time(b))));
    let code = match cause {
        ProgressCause::Finished => "progress.finished",
        ProgressCause::StatedComplete => "progress.stated_complete",
        ProgressCause::FinishOverdue => {
            args.push(("overdue", days(t.seconds_since(task.finish))));
            "progress.finish_overdue"
        }
        ProgressCause::StartOverdue => {
            args.push(("overdue", days(t.seconds_since(task.start))));
            "progress.start_overdue"
        }
        ProgressCause::BegunEarly => "progress.begun_early",
        ProgressCause::Begun => "progress.begun",
        ProgressCause::NotDue => "progress.not_due",
    };
    Reason::new(code, args)
}
