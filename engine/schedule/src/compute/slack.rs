//! Float, what is critical, and the dates of summaries.

use super::{Civil, Edge, Lag, LinkKind, Passes, PlanTask, Rules, TaskDates, TaskKind};
use crate::civil::whole;
use crate::plan::ConstraintKind;

impl Passes<'_> {
    /// Dates of all leaves and of the summaries above them, in the plan's order.
    pub(super) fn dates(&self) -> Vec<TaskDates> {
        let mut out: Vec<Option<TaskDates>> = vec![None; self.plan.tasks.len()];
        for &ix in &self.net.order {
            if let (Some(task), Some(slot)) = (self.task(ix), out.get_mut(ix)) {
                *slot = Some(self.leaf(ix, task));
            }
        }
        for (&ix, leaves) in &self.net.leaves {
            let summary = self.task(ix).is_some_and(|t| t.kind == TaskKind::Summary);
            let below: Vec<TaskDates> =
                leaves.iter().filter_map(|&l| out.get(l).copied().flatten()).collect();
            if let (true, Some(slot)) = (summary, out.get_mut(ix)) {
                *slot = self.summary(ix, &below);
            }
        }
        out.into_iter().flatten().collect()
    }

    fn leaf(&self, place: usize, task: &PlanTask) -> TaskDates {
        let ((early_start, early_finish), (late_start, late_finish)) =
            (self.early_of(place), self.late_of(place));
        let total_float_s = self.total_float(place, task);
        let free =
            self.edges_after(place).filter(|e| self.task(e.to).is_some_and(|t| t.actual_finish.is_none()));
        let free_float_s = if task.actual_finish.is_some() {
            0
        } else {
            free.map(|e| self.free_float(e)).min().unwrap_or(total_float_s).max(0)
        };
        // Primavera's percentages may be of material or by hand: only an actual finish ends a task there.
        let complete = self.plan.rules == Rules::Project && task.percent.is_some_and(|p| p >= 100.0);
        let done = task.actual_finish.is_some() || complete;
        TaskDates {
            place,
            early_start,
            early_finish,
            late_start,
            late_finish,
            total_float_s,
            free_float_s,
            critical: !done && total_float_s <= self.plan.critical_float_s,
        }
    }

    fn between(&self, place: usize, a: Civil, b: Civil) -> i64 {
        let clock = self.own_clock.get(place).and_then(|c| self.clocks.get(*c));
        clock.map_or(b.0 - a.0, |c| c.between(a, b))
    }

    /// The smaller of the floats of start and finish; of the finish alone once work has begun.
    fn total_float(&self, place: usize, task: &PlanTask) -> i64 {
        let ((es, ef), (ls, lf)) = (self.early_of(place), self.late_of(place));
        if task.constraints.iter().any(|c| c.kind == ConstraintKind::AsLateAsPossible) {
            return 0;
        }
        let finish = self.between(place, ef, lf);
        if task.actual_start.is_some() || self.plan.rules == Rules::Primavera {
            return finish;
        }
        finish.min(self.between(place, es, ls))
    }

    fn free_float(&self, edge: &Edge) -> i64 {
        let (from, to) = (self.early_of(edge.from), self.early_of(edge.to));
        let (a, b) = match self.link(edge).map_or(LinkKind::FinishStart, |l| l.kind) {
            LinkKind::FinishStart => (from.1, to.0),
            LinkKind::StartStart => (from.0, to.0),
            LinkKind::FinishFinish => (from.1, to.1),
            LinkKind::StartFinish => (from.0, to.1),
        };
        let lag = match self.link(edge).map(|l| l.lag) {
            Some(Lag::Work(s)) => s,
            // Clock time is counted on the clock, then in the task's own working time.
            Some(Lag::Elapsed(s)) => return self.between(edge.from, a.plus(s), b),
            Some(Lag::Percent(p)) => {
                let of = self.task(edge.from).map_or(0, |t| t.duration_s);
                whole(of as f64 * p / 100.0)
            }
            None => 0,
        };
        self.between(edge.from, a, b) - lag
    }

    /// A summary spans what it holds, is critical when one of them is, and has the least of their floats.
    fn summary(&self, place: usize, below: &[TaskDates]) -> Option<TaskDates> {
        let early_start = below.iter().map(|d| d.early_start).min()?;
        let early_finish = below.iter().map(|d| d.early_finish).max()?;
        let late_start = below.iter().map(|d| d.late_start).min()?;
        let late_finish = below.iter().map(|d| d.late_finish).max()?;
        let float =
            self.between(place, early_start, late_start).min(self.between(place, early_finish, late_finish));
        Some(TaskDates {
            place,
            early_start,
            early_finish,
            late_start,
            late_finish,
            total_float_s: float,
            free_float_s: below.iter().map(|d| d.free_float_s).min()?,
            critical: below.iter().any(|d| d.critical),
        })
    }
}
