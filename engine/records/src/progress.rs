//! How far a task, or an object by its tasks, is at an instant.

use lantu_base::UtcNanos;
use serde::{Deserialize, Serialize};

use crate::Task;

/// Progress of a task or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgressState {
    /// Not begun, and not due to begin.
    NotStarted,
    /// Begun in time, not done, not overdue.
    InProgress,
    /// Should have begun and has not, or should be done and is not.
    Late,
    /// Done.
    Done,
    /// Begun before it was planned to.
    Ahead,
    /// No task.
    Unlinked,
}

/// Why a task has its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgressCause {
    /// The actual finish is reached.
    Finished,
    /// Stated as 100 percent without actual dates, and the planned finish is reached.
    StatedComplete,
    /// The planned finish is past, and it is not done.
    FinishOverdue,
    /// The planned start is past, and no actual start is recorded.
    StartOverdue,
    /// Begun before the planned start.
    BegunEarly,
    /// Begun.
    Begun,
    /// The planned start is yet to come.
    NotDue,
}

/// State of a task at an instant, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The state.
    pub state: ProgressState,
    /// Why.
    pub cause: ProgressCause,
}

/// How far `task` is at `t`.
///
/// What is recorded for later than `t` counts as not known yet, so that a moment in the past shows what was visible
/// then. Stated percents carry no date: they only tell that work began, and count as begun at the planned start.
pub fn progress_at(task: &Task, t: UtcNanos) -> Progress {
    use {ProgressCause as Cause, ProgressState as State};
    let (state, cause) = if task.is_done(t) {
        let stated = task.actual_finish.is_none();
        (State::Done, if stated { Cause::StatedComplete } else { Cause::Finished })
    } else if t > task.finish {
        (State::Late, Cause::FinishOverdue)
    } else if task.began().is_some_and(|b| b <= t) {
        if task.start > t { (State::Ahead, Cause::BegunEarly) } else { (State::InProgress, Cause::Begun) }
    } else if task.start < t {
        (State::Late, Cause::StartOverdue)
    } else {
        (State::NotStarted, Cause::NotDue)
    };
    Progress { state, cause }
}

/// How far `task` is at `t` if all goes as planned.
pub fn planned_at(task: &Task, t: UtcNanos) -> ProgressState {
    if task.finish <= t {
        ProgressState::Done
    } else if task.start <= t {
        ProgressState::InProgress
    } else {
        ProgressState::NotStarted
    }
}

/// State of an object from the states of its tasks, and which task decides: late before in progress before ahead
/// before not started; done only when all are. An object with some tasks done and the others not due is in progress.
/// `None` without tasks. The first of equals decides.
pub fn combine(states: impl IntoIterator<Item = ProgressState>) -> Option<(ProgressState, usize)> {
    use ProgressState as State;
    let weight = |s: State| match s {
        State::Late => 5,
        State::InProgress => 4,
        State::Ahead => 3,
        State::NotStarted => 2,
        State::Done => 1,
        State::Unlinked => 0,
    };
    let (mut best, mut any_done) = (None, false);
    for (ix, s) in states.into_iter().enumerate() {
        any_done |= s == State::Done;
        if best.is_none_or(|(b, _)| weight(s) > weight(b)) {
            best = Some((s, ix));
        }
    }
    best.map(|(s, ix)| (if s == State::NotStarted && any_done { State::InProgress } else { s }, ix))
}

#[cfg(test)]
mod tests {
    use ProgressState::{Ahead, Done, InProgress, Late, NotStarted};

    use super::*;

    /// Planned from 100 to 200.
    fn task(actual_start: Option<i64>, actual_finish: Option<i64>, percent: Option<f64>) -> Task {
        Task {
            start: UtcNanos(100),
            finish: UtcNanos(200),
            actual_start: actual_start.map(UtcNanos),
            actual_finish: actual_finish.map(UtcNanos),
            percent,
            ..Task::default()
        }
    }

    fn check(task: &Task, expected: &[(i64, ProgressState)]) {
        for &(t, state) in expected {
            assert_eq!(progress_at(task, UtcNanos(t)).state, state, "at {t}: {task:?}");
        }
    }

    #[test]
    fn a_plan_knows_neither_late_nor_ahead() {
        let late = task(Some(150), None, Some(10.0));
        for (t, state) in [(99, NotStarted), (100, InProgress), (199, InProgress), (200, Done)] {
            assert_eq!(planned_at(&late, UtcNanos(t)), state, "at {t}");
        }
    }

    #[test]
    fn a_task_done_in_time_goes_from_not_started_over_in_progress_to_done() {
        check(
            &task(Some(100), Some(180), None),
            &[(99, NotStarted), (100, InProgress), (179, InProgress), (180, Done), (500, Done)],
        );
    }

    #[test]
    fn a_task_begun_early_is_ahead_until_its_planned_start() {
        check(
            &task(Some(60), Some(250), Some(100.0)),
            &[
                (59, NotStarted),
                (60, Ahead),
                (99, Ahead),
                (100, InProgress),
                (200, InProgress),
                (201, Late),
                (250, Done),
            ],
        );
    }

    #[test]
    fn a_task_without_any_actual_date_is_late_once_its_start_is_past() {
        check(&task(None, None, None), &[(100, NotStarted), (101, Late), (201, Late)]);
        assert_eq!(progress_at(&task(None, None, None), UtcNanos(150)).cause, ProgressCause::StartOverdue);
        assert_eq!(progress_at(&task(None, None, None), UtcNanos(201)).cause, ProgressCause::FinishOverdue);
    }

    #[test]
    fn a_late_start_is_late_only_until_work_begins() {
        check(
            &task(Some(150), None, None),
            &[(149, Late), (150, InProgress), (200, InProgress), (201, Late)],
        );
    }

    #[test]
    fn a_stated_hundred_percent_without_dates_is_done_at_the_planned_finish() {
        check(&task(None, None, Some(100.0)), &[(99, NotStarted), (150, InProgress), (200, Done)]);
        check(&task(Some(100), None, Some(100.0)), &[(150, InProgress), (201, Late)]);
    }

    #[test]
    fn a_stated_share_without_dates_means_that_work_began() {
        check(&task(None, None, Some(40.0)), &[(99, NotStarted), (150, InProgress), (201, Late)]);
        check(&task(None, None, Some(0.0)), &[(150, Late)]);
    }

    #[test]
    fn a_finish_before_the_planned_start_needs_no_recorded_start() {
        check(&task(None, Some(80), None), &[(79, NotStarted), (80, Done)]);
        assert!(!task(None, Some(80), None).is_active(UtcNanos(80)));
    }

    #[test]
    fn an_object_is_done_only_when_all_its_tasks_are() {
        assert_eq!(combine([Done, Done]), Some((Done, 0)));
        assert_eq!(combine([Done, InProgress, Late, Late]), Some((Late, 2)));
        assert_eq!(combine([Ahead, InProgress]), Some((InProgress, 1)));
        assert_eq!(combine([Done, NotStarted]), Some((InProgress, 1)));
        assert_eq!(combine([NotStarted, NotStarted]), Some((NotStarted, 0)));
        assert_eq!(combine([]), None);
    }

    #[test]
    fn a_schedule_spans_planned_and_actual_dates() {
        let tasks = vec![task(Some(60), None, None), task(None, Some(900), None)];
        assert_eq!(
            crate::Schedule { tasks, entries: Vec::new() }.span(),
            Some((UtcNanos(60), UtcNanos(900)))
        );
        assert_eq!(crate::Schedule::default().span(), None);
    }
}
