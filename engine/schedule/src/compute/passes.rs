//! The two passes.

use super::{
    Civil, ConstraintKind, Driver, Edge, Lag, Link, LinkKind, Passes, PlanTask, Rules, ScheduleError,
    TaskKind,
};
use crate::calendar::CalendarError;
use crate::civil::whole;
use crate::plan::{Constraint, LagCalendar};

type Answer = Result<Civil, CalendarError>;

impl<'a> Passes<'a> {
    pub(super) fn task(&self, ix: usize) -> Option<&'a PlanTask> {
        self.plan.tasks.get(ix)
    }

    pub(super) fn early_of(&self, ix: usize) -> (Civil, Civil) {
        self.early.get(ix).copied().unwrap_or((self.start, self.start))
    }

    pub(super) fn late_of(&self, ix: usize) -> (Civil, Civil) {
        self.late.get(ix).copied().unwrap_or((self.finish, self.finish))
    }

    fn drivers_of(&self, ix: usize) -> &[Driver] {
        self.drivers.get(ix).map_or(&[], Vec::as_slice)
    }

    fn shift(&self, clock: usize, t: Civil, seconds: i64) -> Answer {
        self.clocks.get(clock).map_or(Ok(t), |c| c.add(t, seconds))
    }

    /// The finish of a task that starts at `t`: when the last of those who make it last is done.
    fn finish_from(&self, ix: usize, t: Civil) -> Answer {
        let ends = self.drivers_of(ix).iter().map(|d| self.shift(d.clock, t, d.all_s));
        ends.collect::<Result<Vec<_>, _>>().map(|v| v.into_iter().max().unwrap_or(t))
    }

    /// The start of a task that finishes at `t`, all of it or what remains.
    fn start_from(&self, ix: usize, t: Civil, remaining: bool) -> Answer {
        let of = |d: &Driver| if remaining { d.left_s } else { d.all_s };
        let starts = self.drivers_of(ix).iter().map(|d| self.shift(d.clock, t, -of(d)));
        starts.collect::<Result<Vec<_>, _>>().map(|v| v.into_iter().min().unwrap_or(t))
    }

    /// When work can begin from `t` on. A milestone may sit where work ends.
    fn next_start(&self, ix: usize, t: Civil) -> Answer {
        let milestone = self.task(ix).is_some_and(|t| t.kind == TaskKind::Milestone);
        let starts = self.drivers_of(ix).iter().filter_map(|d| self.clocks.get(d.clock)).map(|clock| {
            let next = clock.next_start(t)?;
            Ok(if next > t && milestone && clock.previous_finish(t)? == t { t } else { next })
        });
        starts.collect::<Result<Vec<_>, CalendarError>>().map(|v| v.into_iter().min().unwrap_or(t))
    }

    /// The same instant of work at the end of the day before, where `t` is the start of one.
    fn equal_finish(&self, ix: usize, t: Civil) -> Answer {
        let ends =
            self.drivers_of(ix).iter().filter_map(|d| self.clocks.get(d.clock)).map(|c| c.previous_finish(t));
        ends.collect::<Result<Vec<_>, _>>().map(|v| v.into_iter().max().unwrap_or(t))
    }

    /// `t` later by a link's lag, or earlier with `sign` -1; in the successor's calendar.
    fn lagged(&self, edge: &Edge, t: Civil, sign: i64) -> Answer {
        let Some(link) = self.link(edge) else { return Ok(t) };
        let of = |ix: usize| self.own_clock.get(ix).copied().unwrap_or(1);
        let clock = match self.plan.lag_calendar {
            LagCalendar::Successor => of(edge.to),
            LagCalendar::Predecessor => of(edge.from),
            LagCalendar::Project => 1,
            LagCalendar::Clock => 0,
        };
        match link.lag {
            Lag::Work(s) => self.shift(clock, t, sign * s),
            Lag::Elapsed(s) => Ok(t.plus(sign * s)),
            Lag::Percent(p) => {
                let of = self.task(edge.from).map_or(0, |t| t.duration_s);
                self.shift(clock, t, sign * whole(of as f64 * p / 100.0))
            }
        }
    }

    pub(super) fn link(&self, edge: &Edge) -> Option<&'a Link> {
        self.plan.links.get(edge.link)
    }

    pub(super) fn edges_before(&self, ix: usize) -> impl Iterator<Item = &'a Edge> + use<'a> {
        let net = self.net;
        net.before.get(ix).into_iter().flatten().filter_map(|&e| net.edges.get(e))
    }

    pub(super) fn edges_after(&self, ix: usize) -> impl Iterator<Item = &'a Edge> + use<'a> {
        let net = self.net;
        net.after.get(ix).into_iter().flatten().filter_map(|&e| net.edges.get(e))
    }

    pub(super) fn forward(&mut self) -> Result<(), ScheduleError> {
        let net = self.net;
        for &ix in &net.order {
            let Some(task) = self.task(ix) else { continue };
            let dates = match self.plan.rules {
                Rules::Project => self.early_project(ix, task)?,
                Rules::Primavera => self.early_primavera(ix, task)?,
            };
            if let Some(slot) = self.early.get_mut(ix) {
                *slot = dates;
            }
        }
        Ok(())
    }

    fn early_project(&self, ix: usize, task: &PlanTask) -> Result<(Civil, Civil), CalendarError> {
        if let (true, Some(start), Some(finish)) = (task.manual, task.start, task.finish) {
            return Ok((start, finish));
        }
        if let Some(start) = task.actual_start {
            if let Some(finish) = task.actual_finish {
                return Ok((start, finish));
            }
            let mut finish = match self.from.filter(|_| task.left_s() > 0) {
                Some(from) => self.remaining_finish(ix, self.next_start(ix, from)?)?,
                None => self.finish_from(ix, start)?,
            };
            for c in task.constraints.iter().filter(|c| c.kind == ConstraintKind::FinishNoEarlierThan) {
                finish = finish.max(c.date);
            }
            return Ok((start, finish));
        }
        let linked = self.links_say(ix)?;
        let start = match linked {
            Some(t) => self.next_start(ix, t)?,
            None => self.unlinked_start(ix, task)?,
        };
        // Work that is not done can only be done from now on.
        let start = match self.from.filter(|_| task.left_s() > 0 || task.duration_s == 0) {
            Some(from) => start.max(self.next_start(ix, from)?),
            None => start,
        };
        let (start, finish) = self.constrained(ix, task, start, false)?;
        // What waits for nothing finishes when it is stated to, also after the hours that it works.
        let stated = task.constraints.iter().find(|c| c.kind == ConstraintKind::FinishNoEarlierThan);
        let stated = stated.filter(|_| linked.is_none()).map(|c| c.date);
        // As of a later instant it finishes when its work is done.
        let stated = stated.filter(|date| self.from.is_none_or(|_| *date >= finish));
        Ok((start, stated.unwrap_or(finish)))
    }

    /// Where a task starts that waits for nothing. A constraint may put it before the project's start.
    fn unlinked_start(&self, ix: usize, task: &PlanTask) -> Answer {
        for c in &task.constraints {
            match c.kind {
                ConstraintKind::StartNoEarlierThan => return self.next_start(ix, c.date),
                ConstraintKind::FinishNoEarlierThan => {
                    let start = self.start_from(ix, c.date, false)?;
                    return self.next_start(ix, start);
                }
                _ => {}
            }
        }
        let mut t = self.next_start(ix, self.start)?;
        if task.leveling_delay_s > 0 {
            t = self.next_start(ix, t.plus(task.leveling_delay_s))?;
        }
        Ok(t)
    }

    /// What remains is scheduled from the data date on; what is done is past.
    fn early_primavera(&self, ix: usize, task: &PlanTask) -> Result<(Civil, Civil), CalendarError> {
        if task.actual_finish.is_some() {
            return Ok((self.start, self.start));
        }
        let linked = self.links_say(ix)?.map_or(self.start, |t| t.max(self.start));
        let start = self.next_start(ix, linked)?;
        self.constrained(ix, task, start, true)
    }

    /// Applies a task's constraints to its early start. `never_earlier`: limits that hold late dates move no early
    /// date forward.
    fn constrained(
        &self,
        ix: usize,
        task: &PlanTask,
        mut start: Civil,
        never_earlier: bool,
    ) -> Result<(Civil, Civil), CalendarError> {
        use ConstraintKind as Kind;
        let mut finish = None;
        for c in &task.constraints {
            match c.kind {
                Kind::AsLateAsPossible => {}
                // A stated start stays as stated, also on a day off: work counts from the next hour that is worked.
                Kind::StartNoEarlierThan if !never_earlier => start = start.max(c.date),
                Kind::StartNoEarlierThan => start = start.max(self.next_start(ix, c.date)?),
                Kind::FinishNoEarlierThan => start = start.max(self.start_from(ix, c.date, false)?),
                Kind::StartNoLaterThan | Kind::FinishNoLaterThan if never_earlier => {}
                Kind::StartNoLaterThan => start = start.min(c.date),
                Kind::FinishNoLaterThan => start = start.min(self.start_from(ix, c.date, false)?),
                Kind::StartOn if never_earlier => start = start.max(self.next_start(ix, c.date)?),
                Kind::FinishOn if never_earlier => start = start.max(self.start_from(ix, c.date, false)?),
                Kind::StartOn | Kind::MustStartOn => start = c.date,
                Kind::FinishOn | Kind::MustFinishOn => {
                    start = self.start_from(ix, c.date, false)?;
                    finish = Some(c.date);
                }
            }
        }
        let finish = match finish {
            Some(f) => f,
            None if never_earlier => self.remaining_finish(ix, start)?,
            None => self.finish_from(ix, start)?,
        };
        Ok((start, finish))
    }

    fn remaining_finish(&self, ix: usize, t: Civil) -> Answer {
        let ends = self.drivers_of(ix).iter().map(|d| self.shift(d.clock, t, d.left_s));
        ends.collect::<Result<Vec<_>, _>>().map(|v| v.into_iter().max().unwrap_or(t))
    }

    /// The earliest start that links allow; `None` where there are none. Of a summary's start the first counts.
    fn links_say(&self, ix: usize) -> Result<Option<Civil>, CalendarError> {
        let mut latest: Option<Civil> = None;
        let mut firsts: std::collections::BTreeMap<usize, Civil> = std::collections::BTreeMap::new();
        for edge in self.edges_before(ix) {
            let t = self.early_start_by(edge)?;
            if self.net.from_first.contains(&edge.link) {
                firsts.entry(edge.link).and_modify(|e| *e = (*e).min(t)).or_insert(t);
            } else {
                latest = Some(latest.map_or(t, |l| l.max(t)));
            }
        }
        Ok(latest.into_iter().chain(firsts.into_values()).max())
    }

    fn early_start_by(&self, edge: &Edge) -> Answer {
        let late = |t: &PlanTask| t.constraints.iter().any(|c| c.kind == ConstraintKind::AsLateAsPossible);
        let pushed =
            self.pushing && self.task(edge.from).is_some_and(late) && !self.task(edge.to).is_some_and(late);
        let (start, finish) = if pushed { self.late_of(edge.from) } else { self.early_of(edge.from) };
        match self.link(edge).map_or(LinkKind::FinishStart, |l| l.kind) {
            LinkKind::FinishStart => self.lagged(edge, finish, 1),
            LinkKind::StartStart => self.lagged(edge, start, 1),
            LinkKind::FinishFinish => {
                // A long successor would have to begin before the project to finish with its predecessor.
                let t = self.start_from(edge.to, finish, true)?;
                Ok(self.lagged(edge, t, 1)?.max(self.start))
            }
            LinkKind::StartFinish => {
                let t = self.start_from(edge.to, start, false)?;
                self.lagged(edge, t, 1)
            }
        }
    }

    pub(super) fn backward(&mut self) -> Result<(), ScheduleError> {
        let net = self.net;
        for &ix in net.order.iter().rev() {
            let Some(task) = self.task(ix) else { continue };
            let (start, finish, due) = self.late(ix, task)?;
            if let (Some(slot), Some(slot_due)) = (self.late.get_mut(ix), self.due_start.get_mut(ix)) {
                *slot = (start, finish);
                *slot_due = due;
            }
        }
        Ok(())
    }

    /// Late start and finish, and the late start that links count with.
    fn late(&self, ix: usize, task: &PlanTask) -> Result<(Civil, Civil, Civil), CalendarError> {
        let primavera = self.plan.rules == Rules::Primavera;
        if let Some(finish) = task.actual_finish {
            if primavera {
                return Ok((self.start, self.start, self.start));
            }
            let due = self.start_from(ix, finish, true)?;
            return Ok((task.actual_start.unwrap_or(due), finish, due));
        }
        let mut finish = self.finish;
        let begun_point = task.kind == TaskKind::Milestone && task.duration_s == 0;
        let mut linked = false;
        for edge in self.edges_after(ix) {
            if self.task(edge.to).is_some_and(|t| t.actual_finish.is_some()) || self.not_first(edge) {
                continue;
            }
            linked = true;
            finish = finish.min(self.late_finish_by(edge)?);
        }
        if let (true, true, Some(start)) = (linked, begun_point, task.actual_start) {
            finish = start;
        }
        for c in &task.constraints {
            finish = self.late_limit(ix, *c, finish)?;
        }
        finish = task.deadline.map_or(finish, |d| finish.min(d));
        let finish = self.equal_finish_of(ix, finish)?;
        let due = self.start_from(ix, finish, !task.manual)?;
        let start = if primavera { due } else { task.actual_start.unwrap_or(due) };
        Ok((start, finish, due))
    }

    fn equal_finish_of(&self, ix: usize, t: Civil) -> Answer {
        let previous = self.equal_finish(ix, t)?;
        let clock = self.drivers_of(ix).first().and_then(|d| self.clocks.get(d.clock));
        Ok(if clock.is_none_or(|c| c.between(previous, t) == 0) { previous } else { t })
    }

    fn late_limit(&self, ix: usize, c: Constraint, finish: Civil) -> Answer {
        use ConstraintKind as Kind;
        Ok(match c.kind {
            Kind::MustStartOn => self.finish_from(ix, c.date)?,
            Kind::MustFinishOn | Kind::FinishOn => c.date,
            Kind::StartNoLaterThan => finish.min(self.finish_from(ix, c.date)?),
            Kind::StartOn if self.plan.rules == Rules::Primavera => finish.min(self.finish_from(ix, c.date)?),
            Kind::FinishNoLaterThan => finish.min(c.date),
            Kind::StartOn | Kind::AsLateAsPossible | Kind::StartNoEarlierThan | Kind::FinishNoEarlierThan => {
                finish
            }
        })
    }

    /// Whether a link is from the start of a summary in which another task is first.
    fn not_first(&self, edge: &Edge) -> bool {
        if !self.net.from_first.contains(&edge.link) {
            return false;
        }
        let own = self.early_of(edge.from).0;
        let others = self.edges_before(edge.to).filter(|e| e.link == edge.link);
        others.map(|e| self.early_of(e.from).0).min().is_some_and(|first| first < own)
    }

    fn late_finish_by(&self, edge: &Edge) -> Answer {
        let due = self.due_start.get(edge.to).copied().unwrap_or(self.finish);
        let (start, finish) = self.late_of(edge.to);
        let begun = self.task(edge.from).is_some_and(|t| t.actual_start.is_some());
        let t = match self.link(edge).map_or(LinkKind::FinishStart, |l| l.kind) {
            LinkKind::FinishStart => self.lagged(edge, due, -1)?,
            LinkKind::FinishFinish => self.lagged(edge, finish, -1)?,
            // What has begun is bound by its start no more.
            LinkKind::StartStart | LinkKind::StartFinish if begun && self.plan.rules == Rules::Project => {
                self.finish
            }
            LinkKind::StartStart => {
                let clock = self.own_clock.get(edge.from).and_then(|c| self.clocks.get(*c));
                let start = clock.map_or(Ok(start), |c| c.next_start(start))?;
                let start = self.lagged(edge, start, -1)?;
                self.finish_from(edge.from, start)?
            }
            LinkKind::StartFinish => {
                let t = self.finish_from(edge.from, finish)?;
                self.lagged(edge, t, -1)?
            }
        };
        Ok(t.min(self.finish))
    }
}
