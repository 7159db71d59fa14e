//! A task of a schedule, as its file states it.

use lantu_base::UtcNanos;

use crate::ProgressEntry;

/// One task. Intervals are half-open: a task that finishes at midnight is not late at midnight, only after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Unique in the schedule.
    pub id: String,
    /// Name.
    pub name: String,
    /// Planned start.
    pub start: UtcNanos,
    /// Planned finish; a bare date in a file is the end of that local day.
    pub finish: UtcNanos,
    /// Percent complete as stated, 0 to 100; the file says no date for it.
    pub percent: Option<f64>,
    /// Actual start.
    pub actual_start: Option<UtcNanos>,
    /// Actual finish.
    pub actual_finish: Option<UtcNanos>,
    /// Budget in hundredths of the currency.
    pub budget_cents: Option<i64>,
    /// Actual cost in hundredths of the currency.
    pub actual_cost_cents: Option<i64>,
    /// Objects it concerns, as written: `GlobalId` or `source:id`.
    pub objects: Vec<String>,
}

impl Default for Task {
    /// An unnamed task without objects at the epoch, to be filled in.
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            start: UtcNanos(0),
            finish: UtcNanos(0),
            percent: None,
            actual_start: None,
            actual_finish: None,
            budget_cents: None,
            actual_cost_cents: None,
            objects: Vec::new(),
        }
    }
}

impl Task {
    /// When the work began as far as the record says: the actual start; or the planned start, where the record says
    /// that work was done (percent, actual finish) but not since when, and no later than the actual finish.
    pub fn began(&self) -> Option<UtcNanos> {
        let worked = self.actual_finish.is_some() || self.percent.is_some_and(|p| p > 0.0);
        let assumed = self.actual_finish.map_or(self.start, |f| f.min(self.start));
        self.actual_start.or(worked.then_some(assumed))
    }

    /// When the work was done as far as the record says: the actual finish; or the planned finish of a task at
    /// 100 percent without any actual date.
    pub fn completed(&self) -> Option<UtcNanos> {
        let by_percent = self.actual_start.is_none() && self.percent.is_some_and(|p| p >= 100.0);
        self.actual_finish.or(by_percent.then_some(self.finish))
    }

    /// Whether it is done at `t`.
    pub fn is_done(&self, t: UtcNanos) -> bool {
        self.completed().is_some_and(|c| c <= t)
    }

    /// Whether people work on it at `t`: begun and not done, late or not.
    pub fn is_active(&self, t: UtcNanos) -> bool {
        !self.is_done(t) && self.began().is_some_and(|b| b <= t)
    }
}

/// The tasks of a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// In the order of the file.
    pub tasks: Vec<Task>,
    /// What was entered about single objects, in the order in which it was.
    pub entries: Vec<ProgressEntry>,
}

impl Schedule {
    /// First and last instant of all tasks, planned and actual; `None` without tasks.
    pub fn span(&self) -> Option<(UtcNanos, UtcNanos)> {
        let instants = |t: &Task| [Some(t.start), Some(t.finish), t.actual_start, t.actual_finish];
        let first = self.tasks.iter().flat_map(instants).flatten().min()?;
        let last = self.tasks.iter().flat_map(instants).flatten().max()?;
        Some((first, last))
    }
}
