//! What a reader has found, and the checks that all readers share.

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_schedule::{Civil, Constraint, ConstraintKind, Plan, PlanTask};

/// A schedule with what was wrong in its file.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) plan: Plan,
    pub(crate) notes: Vec<Diagnostic>,
    pub(crate) counts: Counts,
    /// Where each task stands in the file.
    pub(crate) places: BTreeMap<String, String>,
}

impl Found {
    pub(crate) fn note(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: &str,
        message: impl Into<String>,
    ) {
        self.notes.push(Diagnostic::new(Code::new(code), severity, place, message));
    }

    pub(crate) fn warn(&mut self, code: &'static str, place: &str, message: impl Into<String>) {
        self.note(code, Severity::Warning, place, message);
    }

    /// A record that was left out.
    pub(crate) fn drop_record(&mut self, code: &'static str, place: &str, message: impl Into<String>) {
        self.counts.dropped += 1;
        self.note(code, Severity::Error, place, message);
    }

    /// A date; `None` with a remark where it cannot be read.
    pub(crate) fn date(&mut self, text: &str, what: &str, place: &str) -> Option<Civil> {
        if text.is_empty() || text == "NA" {
            return None;
        }
        let date = Civil::parse(text);
        if date.is_none() {
            let found: String = text.chars().take(64).collect();
            self.warn(
                "schedule.bad_date",
                place,
                format!("{what} is no date between 1900 and 2199: {found:?}; it was left out"),
            );
        }
        date
    }

    /// A percentage from 0 to 100; `None` with a remark where it is another number.
    pub(crate) fn percent(&mut self, text: &str, what: &str, place: &str) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        match text.parse::<f64>() {
            Ok(p) if (0.0..=100.0).contains(&p) => Some(p),
            _ => {
                let found: String = text.chars().take(64).collect();
                self.warn(
                    "schedule.bad_percent",
                    place,
                    format!("{what} is not between 0 and 100: {found:?}; it was left out"),
                );
                None
            }
        }
    }

    /// Gives a task a constraint; one that needs a date and has none is left out with a remark.
    pub(crate) fn constrain(
        &mut self,
        task: &mut PlanTask,
        kind: ConstraintKind,
        date: Option<Civil>,
        place: &str,
    ) {
        match date {
            // As late as possible needs no date.
            _ if kind == ConstraintKind::AsLateAsPossible => {
                task.constraints.push(Constraint { kind, date: date.unwrap_or(Civil(0)) });
            }
            Some(date) => task.constraints.push(Constraint { kind, date }),
            None => {
                let message = "a constraint has no date; it was left out";
                self.warn("schedule.constraint_without_date", place, message);
            }
        }
    }

    /// Adds a task whose id is new, after looking at its dates.
    pub(crate) fn task(&mut self, mut task: PlanTask, place: String) {
        self.counts.read += 1;
        if task.id.is_empty() {
            return self.drop_record("schedule.no_id", &place, "a task has no id; it was dropped");
        }
        if self.places.contains_key(&task.id) {
            let message = format!("the task id {:?} occurs a second time; the task was dropped", task.id);
            return self.drop_record("schedule.duplicate", &place, message);
        }
        let named = format!("task {:?} {:?}", task.id, task.name);
        let reversed = |a: Option<Civil>, b: Option<Civil>| a.zip(b).is_some_and(|(a, b)| b < a);
        if reversed(task.start, task.finish) {
            self.warn(
                "schedule.finish_before_start",
                &place,
                format!("{named} finishes before it starts; its finish was left out"),
            );
            task.finish = None;
        }
        if reversed(task.actual_start, task.actual_finish) {
            let message =
                format!("{named} was finished before it was started; its actual finish was left out");
            self.warn("schedule.finish_before_start", &place, message);
            task.actual_finish = None;
        }
        for b in &mut task.baselines {
            if reversed(b.start, b.finish) {
                let message = format!(
                    "baseline {} of {named} finishes before it starts; its finish was left out",
                    b.name
                );
                self.warn("schedule.finish_before_start", &place, message);
                b.finish = None;
            }
        }
        if task.duration_s < 0 {
            self.warn(
                "schedule.negative_duration",
                &place,
                format!("{named} has a negative duration; it was read as 0"),
            );
            task.duration_s = 0;
        }
        self.counts.kept += 1;
        self.places.insert(task.id.clone(), place);
        self.plan.tasks.push(task);
    }

    /// Looks at what refers to what when everything is read: links, parents and calendars that are not there.
    pub(crate) fn resolve(&mut self, link_places: &[String]) {
        let ids: BTreeSet<String> = self.plan.tasks.iter().map(|t| t.id.clone()).collect();
        let mut links = std::mem::take(&mut self.plan.links);
        let mut ix = 0;
        links.retain(|l| {
            let place = link_places.get(ix).map_or("", String::as_str).to_owned();
            ix += 1;
            let missing = [&l.from, &l.to].into_iter().find(|id| !ids.contains(*id));
            if let Some(id) = missing {
                let message = format!(
                    "a link from {:?} to {:?} names the task {id:?}, which is not there; it was dropped",
                    l.from, l.to
                );
                self.drop_record("schedule.link_to_nothing", &place, message);
            } else if l.from == l.to {
                let message = format!("the task {:?} is linked to itself; the link was dropped", l.from);
                self.drop_record("schedule.link_to_itself", &place, message);
            }
            missing.is_none() && l.from != l.to
        });
        self.plan.links = links;
        let calendars: BTreeSet<String> = self.plan.calendars.iter().map(|c| c.id.clone()).collect();
        let mut missing = Vec::new();
        for t in &mut self.plan.tasks {
            if t.calendar.as_ref().is_some_and(|c| !calendars.contains(c)) {
                missing.push((t.id.clone(), t.calendar.take().unwrap_or_default()));
            }
            if t.parent.as_ref().is_some_and(|p| !ids.contains(p)) {
                t.parent = None;
            }
        }
        for (task, calendar) in missing {
            let place = self.places.get(&task).cloned().unwrap_or_default();
            let message = format!(
                "the task {task:?} names the calendar {calendar:?}, which is not there; the project's counts"
            );
            self.warn("schedule.no_calendar", &place, message);
        }
        if self.plan.calendar.as_ref().is_some_and(|c| !calendars.contains(c)) {
            let message =
                "the project's calendar is not there; Monday to Friday, 8 to 12 and 13 to 17, counts"
                    .to_owned();
            self.warn("schedule.no_calendar", "", message);
            self.plan.calendar = None;
        }
        self.plan.assignments.retain(|a| ids.contains(&a.task));
    }
}
