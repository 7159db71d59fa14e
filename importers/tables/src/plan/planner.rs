//! Planner's XML (also of its predecessor, `MrProject`).

use std::collections::BTreeMap;

use lantu_base::Severity;
use lantu_ingest::ImportError;
use lantu_schedule::{
    Assignment, Calendar, ConstraintKind, Exception, Lag, Link, LinkKind, PlanTask, Resource, Rules, Span,
    TaskKind, WorkTime, whole,
};

use super::found::Found;
use super::xml::{Node, Shape, records, refused};

const SHAPE: Shape =
    Shape { lists: &["calendars", "tasks", "resources", "allocations"], skipped: &["properties", "phases"] };

/// Names of weekdays from Sunday on.
const WEEK: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Deepest nesting of tasks and calendars. The reader of XML goes no deeper.
const MAX_DEPTH: usize = 64;

/// Reads a schedule.
pub(crate) fn read(text: &str) -> Result<Found, ImportError> {
    let mut reading = Reading::default();
    reading.found.plan.rules = Rules::Project;
    reading.found.plan.day_s = 8 * 3600;
    let mut head = Node::default();
    let mut root = |node: &Node| {
        if node.name != "project" {
            let what = format!("expected <project>, found <{}>", node.name);
            return Err(refused("schedule.not_planner", what, node.line));
        }
        head.attributes.clone_from(&node.attributes);
        head.line = node.line;
        Ok(())
    };
    records(text, &SHAPE, &mut root, &mut |list, node| {
        reading.record(list, &node);
        Ok(())
    })?;
    let plan = &mut reading.found.plan;
    head.attribute("name").clone_into(&mut plan.name);
    // Where the project names no calendar, the first is its own.
    plan.calendar = some(head.attribute("calendar")).or_else(|| plan.calendars.first().map(|c| c.id.clone()));
    let start = dashed(head.attribute("project-start"));
    let start = reading.found.date(&start, "project-start", &head.place());
    reading.found.plan.start = start;
    Ok(reading.done())
}

#[derive(Default)]
struct Reading {
    found: Found,
    link_places: Vec<String>,
    tasks: Vec<(PlanTask, String)>,
}

impl Reading {
    fn record(&mut self, list: &str, node: &Node) {
        match (list, node.name.as_str()) {
            ("calendars", "calendar") => self.calendar(node, None, 0),
            ("tasks", "task") => self.task(node, None, 0),
            ("resources", "resource") => self.found.plan.resources.push(Resource {
                id: node.attribute("id").to_owned(),
                name: node.attribute("name").to_owned(),
                calendar: some(node.attribute("calendar")),
                // 1 is work, 2 is a material.
                works: node.attribute("type") != "2",
            }),
            ("allocations", "allocation") => {
                let units = node.attribute("units").parse::<f64>().unwrap_or(100.0) / 100.0;
                self.found.plan.assignments.push(Assignment {
                    task: node.attribute("task-id").to_owned(),
                    resource: node.attribute("resource-id").to_owned(),
                    units,
                    ..Assignment::default()
                });
            }
            _ => {}
        }
    }

    fn calendar(&mut self, node: &Node, base: Option<&str>, depth: usize) {
        let id = node.attribute("id").to_owned();
        let mut types: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
        // What the format means by its own numbers: a working day, a day off.
        types.insert("0", vec![(8 * 3600, 12 * 3600), (13 * 3600, 17 * 3600)]);
        types.insert("1", Vec::new());
        let overridden = node.child("overridden-day-types");
        for day in overridden.into_iter().flat_map(|o| o.all("overridden-day-type")) {
            let spans = self.spans(day);
            types.insert(day.attribute("id"), spans);
        }
        let mut out = Calendar {
            id: id.clone(),
            name: node.attribute("name").to_owned(),
            base: base.map(str::to_owned),
            ..Calendar::default()
        };
        if let Some(week) = node.child("default-week") {
            for (slot, day) in out.week.iter_mut().zip(WEEK) {
                // 2 and what is not said are the base's.
                *slot = types.get(week.attribute(day)).cloned();
            }
        }
        if base.is_none() {
            for slot in &mut out.week {
                slot.get_or_insert_default();
            }
        }
        for day in node.child("days").into_iter().flat_map(|d| d.all("day")) {
            let place = day.place();
            let Some(date) = self.found.date(&dashed(day.attribute("date")), "date", &place) else {
                continue;
            };
            let own = day.all("interval").next().is_some();
            let kind =
                if day.attribute("id").is_empty() { day.attribute("type") } else { day.attribute("id") };
            let spans = if own { Some(self.spans(day)) } else { types.get(kind).cloned() };
            let Some(spans) = spans else { continue };
            let name = String::new();
            out.exceptions.push(Exception { name, from_day: date.day(), to_day: date.day(), spans });
        }
        self.found.plan.calendars.push(out);
        for child in node.all("calendar").filter(|_| depth < MAX_DEPTH) {
            self.calendar(child, Some(&id), depth + 1);
        }
    }

    /// Hours of a day; an end at midnight is the end of the day, and what runs past it goes on from midnight.
    fn spans(&mut self, day: &Node) -> Vec<Span> {
        let mut out = Vec::new();
        for i in day.all("interval") {
            match clock(i.attribute("start")).zip(clock(i.attribute("end"))) {
                Some((a, 0)) => out.push((a, 86_400)),
                Some((a, b)) if a < b => out.push((a, b)),
                Some((a, b)) if a > b => out.extend([(0, b), (a, 86_400)]),
                _ => {
                    let (from, to) = (i.attribute("start"), i.attribute("end"));
                    let message = format!("the hours {from:?} to {to:?} cannot be read; they were left out");
                    self.found.warn("schedule.bad_hours", &i.place(), message);
                }
            }
        }
        out.sort_unstable();
        out
    }

    fn task(&mut self, node: &Node, parent: Option<&str>, depth: usize) {
        let place = node.place();
        let id = node.attribute("id").to_owned();
        let milestone = node.attribute("type") == "milestone";
        let summary = node.all("task").next().is_some();
        let f = &mut self.found;
        let mut date = |name: &str| f.date(&dashed(node.attribute(name)), name, &place);
        let begins = date("work-start").or_else(|| date("start"));
        let mut task = PlanTask {
            start: begins,
            finish: date("end"),
            id: id.clone(),
            code: id.clone(),
            name: node.attribute("name").to_owned(),
            parent: parent.map(str::to_owned),
            kind: match (summary, milestone) {
                (true, _) => TaskKind::Summary,
                (_, true) => TaskKind::Milestone,
                _ => TaskKind::Task,
            },
            // Who works on it is part of the dates that the file states.
            fixed_duration: true,
            ..PlanTask::default()
        };
        task.percent = f.percent(node.attribute("percent-complete"), "percent-complete", &place);
        // The format has no actual dates: what is under way began when the file says that it starts.
        let share = task.percent.unwrap_or(0.0);
        task.actual_start = task.start.filter(|_| share > 0.0 && !summary);
        task.actual_finish = task.finish.filter(|_| share >= 100.0 && !summary);
        for c in node.all("constraint") {
            let kind = match c.attribute("type") {
                "must-start-on" => ConstraintKind::MustStartOn,
                "start-no-earlier-than" => ConstraintKind::StartNoEarlierThan,
                "finish-no-later-than" => ConstraintKind::FinishNoLaterThan,
                "as-late-as-possible" => ConstraintKind::AsLateAsPossible,
                _ => continue,
            };
            let date = f.date(&dashed(c.attribute("time")), "constraint", &c.place());
            f.constrain(&mut task, kind, date, &place);
        }
        self.tasks.push((task, place));
        for p in node.child("predecessors").into_iter().flat_map(|p| p.all("predecessor")) {
            self.link(p, &id);
        }
        for child in node.all("task").filter(|_| depth < MAX_DEPTH) {
            self.task(child, Some(&id), depth + 1);
        }
    }

    fn link(&mut self, node: &Node, to: &str) {
        let kind = match node.attribute("type") {
            "FS" | "" => LinkKind::FinishStart,
            "SS" => LinkKind::StartStart,
            "FF" => LinkKind::FinishFinish,
            "SF" => LinkKind::StartFinish,
            other => {
                let message = format!("a link to {to:?} is of the unknown type {other:?}; it was dropped");
                return self.found.drop_record("schedule.link_type", &node.place(), message);
            }
        };
        // Seconds of the clock: a day after 17:00 is 17:00.
        let lag = Lag::Elapsed(node.attribute("lag").parse().unwrap_or(0));
        self.link_places.push(node.place());
        let from = node.attribute("predecessor-id").to_owned();
        self.found.plan.links.push(Link { from, to: to.to_owned(), kind, lag });
    }

    fn done(mut self) -> Found {
        // The format states dates and work; how long a task takes is the working time between its dates.
        let plan = &self.found.plan;
        let own = plan.calendars.iter().find(|c| Some(&c.id) == plan.calendar.as_ref());
        let standard = Calendar::standard();
        let hours = WorkTime::new(own.unwrap_or(&standard), &plan.calendars).ok();
        for (mut task, place) in std::mem::take(&mut self.tasks) {
            if let (TaskKind::Task, Some(from), Some(to), Some(hours)) =
                (task.kind, task.start, task.finish, &hours)
                && from <= to
            {
                task.duration_s = hours.between(from, to);
            }
            for a in self.found.plan.assignments.iter_mut().filter(|a| a.task == task.id) {
                a.work_s = whole(task.duration_s as f64 * a.units);
                a.remaining_s = whole(task.left_s() as f64 * a.units);
            }
            self.found.task(task, place);
        }
        let message = "phases, properties and notes of Planner are not kept";
        self.found.note("schedule.not_kept", Severity::Info, "", message);
        self.found.resolve(&self.link_places);
        self.found
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `20060825T080000Z` as `2006-08-25T08:00:00`; what is not of that form stays.
fn dashed(text: &str) -> String {
    let digits =
        |from: usize, to: usize| text.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let date = digits(0, 4).zip(digits(4, 6)).zip(digits(6, 8));
    match (date, digits(9, 11).zip(digits(11, 13)).zip(digits(13, 15))) {
        (Some(((y, m), d)), Some(((h, min), s))) => format!("{y}-{m}-{d}T{h}:{min}:{s}"),
        (Some(((y, m), d)), None) => format!("{y}-{m}-{d}"),
        _ => text.to_owned(),
    }
}

/// `0830` as seconds since midnight; 24 hours are midnight.
fn clock(text: &str) -> Option<i64> {
    let (h, m): (i64, i64) = (text.get(..2)?.parse().ok()?, text.get(2..4)?.parse().ok()?);
    (text.len() == 4 && (0..=24).contains(&h) && (0..60).contains(&m)).then_some((h * 3600 + m * 60) % 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_hours_are_read_as_planner_writes_them() {
        assert_eq!(dashed("20060825T080000Z"), "2006-08-25T08:00:00");
        assert_eq!(dashed("20060825"), "2006-08-25");
        assert_eq!(dashed("soon"), "soon");
        assert_eq!(
            (clock("0830"), clock("0000"), clock("2400"), clock("9")),
            (Some(30_600), Some(0), Some(0), None)
        );
    }
}
