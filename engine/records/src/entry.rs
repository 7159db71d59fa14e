//! What somebody entered about how far an object is, with its evidence: valid from an instant on, and known since another.

use lantu_base::UtcNanos;
use serde::{Deserialize, Serialize};

use crate::{Progress, ProgressCause, ProgressState, Task};

/// How far an object was seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proven {
    /// Nothing of it stands.
    NotStarted,
    /// A part of it stands.
    InProgress,
    /// It stands.
    Done,
}

impl Proven {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }
}

/// Progress of one object as somebody entered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressEntry {
    /// The object: `source:id`.
    pub object: String,
    /// How far it was.
    pub state: Proven,
    /// What kind of proof it is: `drone epoch`.
    pub evidence: String,
    /// Where the proof is, and what it says.
    pub proof: String,
    /// Who accepted it.
    pub by: String,
    /// When it was seen: it holds from then on.
    pub valid: UtcNanos,
    /// When it was entered.
    pub known: UtcNanos,
    /// It takes back what was entered about the object for this instant; both stay in the log.
    #[serde(default)]
    pub withdrawn: bool,
}

impl ProgressEntry {
    /// The entry that takes this one back.
    #[must_use]
    pub fn taken_back(&self, by: &str, known: UtcNanos) -> Self {
        Self { by: by.to_owned(), known, withdrawn: true, ..self.clone() }
    }
}

/// The entry about one object that holds at `t`: of those seen until then the one seen last, of these the one entered last;
/// what was taken back holds no more. `entries` in the order in which they were entered.
pub fn entry_in_force<'e>(
    entries: impl Iterator<Item = &'e ProgressEntry>,
    t: UtcNanos,
) -> Option<&'e ProgressEntry> {
    let mut until: Vec<&ProgressEntry> = entries.filter(|e| e.valid <= t).collect();
    // A stable sort: of two that were entered at once the later one counts.
    until.sort_by_key(|e| (e.valid, e.known));
    let last_of_each = until.chunk_by(|a, b| a.valid == b.valid).rev().filter_map(<[_]>::last);
    last_of_each.copied().find(|e| !e.withdrawn)
}

/// State of an object at `t` by an entry that holds then, against the dates of its tasks. `None` where the tasks record
/// something that happened after the entry: the later of the two counts.
pub fn proven_at<'a>(
    entry: &ProgressEntry,
    tasks: impl Iterator<Item = &'a Task>,
    t: UtcNanos,
) -> Option<ProgressState> {
    let later = |at: Option<UtcNanos>| at.is_some_and(|a| entry.valid < a && a <= t);
    let mut planned: Option<(UtcNanos, UtcNanos)> = None;
    for task in tasks {
        if later(task.actual_start) || later(task.actual_finish) {
            return None;
        }
        planned =
            Some(planned.map_or((task.start, task.finish), |(a, b)| (a.min(task.start), b.max(task.finish))));
    }
    let overdue = |date: fn((UtcNanos, UtcNanos)) -> UtcNanos| planned.is_some_and(|p| t > date(p));
    Some(match entry.state {
        Proven::Done => ProgressState::Done,
        Proven::InProgress if overdue(|p| p.1) => ProgressState::Late,
        Proven::InProgress if planned.is_some_and(|p| t < p.0) => ProgressState::Ahead,
        Proven::InProgress => ProgressState::InProgress,
        Proven::NotStarted if overdue(|p| p.0) => ProgressState::Late,
        Proven::NotStarted => ProgressState::NotStarted,
    })
}

/// Whether what a task is known to be contradicts what was seen of one of its objects. Of a task under way some objects may
/// stand and others not.
pub fn contradicts(by_task: Progress, seen: Proven) -> bool {
    match (by_task.state, by_task.cause) {
        (ProgressState::Done, _) => seen != Proven::Done,
        (_, ProgressCause::NotDue | ProgressCause::StartOverdue) => seen != Proven::NotStarted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(state: Proven) -> ProgressEntry {
        ProgressEntry {
            object: "s:a".into(),
            state,
            evidence: "drone epoch".into(),
            proof: String::new(),
            by: "x".into(),
            valid: UtcNanos(150),
            known: UtcNanos(900),
            withdrawn: false,
        }
    }

    #[test]
    fn what_was_taken_back_holds_no_more_and_what_was_seen_before_holds_again() {
        let at = |valid, known, state| ProgressEntry {
            valid: UtcNanos(valid),
            known: UtcNanos(known),
            ..entry(state)
        };
        let mut entries = vec![at(100, 500, Proven::InProgress), at(200, 510, Proven::Done)];
        let holds =
            |entries: &[ProgressEntry], t| entry_in_force(entries.iter(), UtcNanos(t)).map(|e| e.state);
        assert_eq!(
            (holds(&entries, 50), holds(&entries, 150), holds(&entries, 250)),
            (None, Some(Proven::InProgress), Some(Proven::Done))
        );
        entries.push(entries[1].taken_back("y", UtcNanos(520)));
        assert_eq!(holds(&entries, 250), Some(Proven::InProgress));
        entries.push(at(200, 530, Proven::Done));
        assert_eq!(holds(&entries, 250), Some(Proven::Done), "accepted again");
    }

    /// Planned from 100 to 200.
    fn task(actual_start: Option<i64>, actual_finish: Option<i64>) -> Task {
        Task {
            start: UtcNanos(100),
            finish: UtcNanos(200),
            actual_start: actual_start.map(UtcNanos),
            actual_finish: actual_finish.map(UtcNanos),
            ..Task::default()
        }
    }

    #[test]
    fn what_was_seen_counts_until_the_schedule_records_something_later() {
        let at = |state, task: &Task, t| proven_at(&entry(state), [task].into_iter(), UtcNanos(t));
        let begun = task(Some(110), Some(180));
        assert_eq!(at(Proven::NotStarted, &begun, 160), Some(ProgressState::Late));
        assert_eq!(at(Proven::NotStarted, &begun, 179), Some(ProgressState::Late));
        assert_eq!(at(Proven::NotStarted, &begun, 180), None, "the finish is later than what was seen");
        assert_eq!(at(Proven::Done, &task(None, None), 160), Some(ProgressState::Done));
        assert_eq!(at(Proven::InProgress, &task(None, None), 201), Some(ProgressState::Late));
        assert_eq!(at(Proven::InProgress, &task(None, None), 200), Some(ProgressState::InProgress));
        assert_eq!(
            proven_at(&entry(Proven::InProgress), std::iter::empty(), UtcNanos(160)),
            Some(ProgressState::InProgress)
        );
    }

    #[test]
    fn two_sources_that_disagree_are_told_apart_from_two_that_do_not() {
        let at = |task: Task| crate::progress_at(&task, UtcNanos(150));
        let (done, begun, not_begun) =
            (at(task(Some(90), Some(140))), at(task(Some(110), None)), at(task(None, None)));
        assert!(contradicts(done, Proven::InProgress) && contradicts(done, Proven::NotStarted));
        assert!(contradicts(not_begun, Proven::InProgress) && contradicts(not_begun, Proven::Done));
        assert!(!contradicts(done, Proven::Done) && !contradicts(not_begun, Proven::NotStarted));
        assert!(
            [Proven::NotStarted, Proven::InProgress, Proven::Done].iter().all(|s| !contradicts(begun, *s))
        );
    }
}
