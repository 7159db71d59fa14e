//! Microsoft Project's XML (MSPDI, 2002 to 2019).

use lantu_base::Severity;
use lantu_ingest::ImportError;
use lantu_schedule::{
    Assignment, Baseline, ConstraintKind, Lag, Link, LinkKind, PlanTask, Resource, Rules, Stated, TaskKind,
    parse_duration, whole,
};

use super::found::Found;
use super::mspdi_calendar::calendar;
use super::xml::{Node, Shape, records, refused};

const SHAPE: Shape = Shape {
    lists: &["Calendars", "Tasks", "Resources", "Assignments"],
    skipped: &["TimephasedData", "OutlineCodes", "WBSMasks", "ExtendedAttributes"],
};

/// What the format says that is not kept; told once, with how often it occurs.
const NOT_KEPT: [&str; 4] = ["ExtendedAttribute", "OutlineCode", "Rates", "AvailabilityPeriods"];

/// Reads a schedule.
pub(crate) fn read(text: &str) -> Result<Found, ImportError> {
    let mut found = Found::default();
    found.plan.rules = Rules::Project;
    found.plan.day_s = 480 * 60;
    let mut reading =
        Reading { found, limit_days: 0.0, outline: Vec::new(), link_places: Vec::new(), not_kept: [0; 4] };
    let mut root = |node: &Node| match node.name.as_str() {
        "Project" => Ok(()),
        other => {
            Err(refused("schedule.not_mspdi", format!("expected <Project>, found <{other}>"), node.line))
        }
    };
    records(text, &SHAPE, &mut root, &mut |list, node| {
        reading.record(list, &node);
        Ok(())
    })?;
    Ok(reading.done())
}

struct Reading {
    found: Found,
    limit_days: f64,
    /// Ids of the tasks above the current one, by outline level.
    outline: Vec<(u32, String)>,
    link_places: Vec<String>,
    not_kept: [u64; 4],
}

impl Reading {
    fn record(&mut self, list: &str, node: &Node) {
        for (name, n) in NOT_KEPT.iter().zip(&mut self.not_kept) {
            *n += node.all(name).filter(|c| !c.children.is_empty()).count() as u64;
        }
        match (list, node.name.as_str()) {
            ("Calendars", "Calendar") => {
                let c = calendar(node, &mut self.found);
                self.found.plan.calendars.push(c);
            }
            ("Tasks", "Task") => self.task(node),
            ("Resources", "Resource") => self.resource(node),
            ("Assignments", "Assignment") => self.assignment(node),
            ("", name) => self.property(name, node),
            _ => {}
        }
    }

    fn property(&mut self, name: &str, node: &Node) {
        let text = node.text.trim();
        let place = node.place();
        let plan = &mut self.found.plan;
        match name {
            "Title" if !text.is_empty() => text.clone_into(&mut plan.name),
            "Name" if plan.name.is_empty() => text.clone_into(&mut plan.name),
            "CalendarUID" => plan.calendar = uid(text),
            "CurrencyCode" => text.clone_into(&mut plan.currency),
            "MinutesPerDay" => {
                plan.day_s = text.parse::<i64>().ok().filter(|m| (1..=1440).contains(m)).unwrap_or(480) * 60;
            }
            "CriticalSlackLimit" => self.limit_days = text.parse().unwrap_or(0.0),
            "StartDate" => self.found.plan.start = self.found.date(text, name, &place),
            "StatusDate" => self.found.plan.data_date = self.found.date(text, name, &place),
            "ScheduleFromStart" if text == "0" => {
                let message = "the file is scheduled from its finish; dates were computed from its start";
                self.found.note("schedule.from_finish", Severity::Warning, &place, message);
            }
            _ => {}
        }
    }

    fn task(&mut self, node: &Node) {
        let place = node.place();
        // Blank lines of a schedule are tasks without content.
        if flag(node, "IsNull") {
            return;
        }
        let f = &mut self.found;
        let level: u32 = node.get("OutlineLevel").parse().unwrap_or(1);
        let id = node.get("UID").to_owned();
        self.outline.retain(|(l, _)| *l < level);
        let parent = self.outline.last().map(|(_, id)| id.clone());
        self.outline.push((level, id.clone()));
        let duration_s = parse_duration(node.get("Duration"));
        let (summary, milestone) = (flag(node, "Summary"), flag(node, "Milestone"));
        let mut date = |name: &str| f.date(node.get(name), name, &place);
        let mut task = PlanTask {
            parent,
            start: date("Start"),
            finish: date("Finish"),
            actual_start: date("ActualStart"),
            actual_finish: date("ActualFinish"),
            deadline: date("Deadline"),
            stated: Stated {
                early_start: date("EarlyStart"),
                early_finish: date("EarlyFinish"),
                late_start: date("LateStart"),
                late_finish: date("LateFinish"),
                total_float_s: tenths(node.get("TotalSlack")),
                critical: bit(node.get("Critical")),
            },
            guid: node.get("GUID").to_owned(),
            code: node.get("ID").to_owned(),
            wbs: node.get("WBS").to_owned(),
            name: node.get("Name").to_owned(),
            kind: match (node.get("Active") == "0", summary) {
                (true, _) => TaskKind::Inactive,
                (_, true) => TaskKind::Summary,
                _ if milestone => TaskKind::Milestone,
                _ => TaskKind::Task,
            },
            manual: flag(node, "Manual"),
            calendar: uid(node.get("CalendarUID")),
            fixed_duration: node.get("Type") == "1",
            duration_s: duration_s.unwrap_or(0),
            remaining_s: parse_duration(node.get("RemainingDuration")),
            elapsed: is_elapsed(node.get("DurationFormat")),
            leveling_delay_s: tenths(node.get("LevelingDelay")).unwrap_or(0).max(0),
            cost_cents: cents(node.get("Cost")),
            actual_cost_cents: cents(node.get("ActualCost")),
            id,
            ..PlanTask::default()
        };
        if duration_s.is_none() && !node.get("Duration").is_empty() {
            f.warn(
                "schedule.bad_duration",
                &place,
                format!("the duration {:?} cannot be read; it was taken as 0", node.get("Duration")),
            );
        }
        task.percent = f.percent(node.get("PercentComplete"), "PercentComplete", &place);
        if let Some(kind) = constraint(node.get("ConstraintType")) {
            let date = f.date(node.get("ConstraintDate"), "ConstraintDate", &place);
            f.constrain(&mut task, kind, date, &place);
        }
        for b in node.all("Baseline") {
            let place = b.place();
            task.baselines.push(Baseline {
                name: b.get("Number").to_owned(),
                start: f.date(b.get("Start"), "Baseline.Start", &place),
                finish: f.date(b.get("Finish"), "Baseline.Finish", &place),
                duration_s: parse_duration(b.get("Duration")),
                cost_cents: cents(b.get("Cost")),
            });
        }
        for l in node.all("PredecessorLink") {
            self.link(l, &task.id);
        }
        self.found.task(task, place);
    }

    fn link(&mut self, node: &Node, to: &str) {
        let place = node.place();
        if node.get("CrossProject") == "1" {
            let message =
                format!("the task {to:?} waits for a task of another project; the link was dropped");
            return self.found.drop_record("schedule.link_to_other_project", &place, message);
        }
        let kind = match node.get("Type") {
            "0" => LinkKind::FinishFinish,
            "1" | "" => LinkKind::FinishStart,
            "2" => LinkKind::StartFinish,
            "3" => LinkKind::StartStart,
            other => {
                let message = format!("a link to {to:?} is of the unknown type {other:?}; it was dropped");
                return self.found.drop_record("schedule.link_type", &place, message);
            }
        };
        let format = node.get("LagFormat");
        let lag: f64 = node.get("LinkLag").parse().unwrap_or(0.0);
        let lag = match format {
            // Percent, elapsed percent and their estimated kin.
            "19" | "20" | "51" | "52" => Lag::Percent(lag),
            f if is_elapsed(f) => Lag::Elapsed(whole(lag * 6.0)),
            _ => Lag::Work(whole(lag * 6.0)),
        };
        self.link_places.push(place);
        self.found.plan.links.push(Link {
            from: node.get("PredecessorUID").to_owned(),
            to: to.to_owned(),
            kind,
            lag,
        });
    }

    fn resource(&mut self, node: &Node) {
        if flag(node, "IsNull") {
            return;
        }
        self.found.plan.resources.push(Resource {
            id: node.get("UID").to_owned(),
            name: node.get("Name").to_owned(),
            calendar: uid(node.get("CalendarUID")),
            works: node.get("Type") != "0" && node.get("Type") != "2",
        });
    }

    fn assignment(&mut self, node: &Node) {
        // -65535 stands for "nobody".
        let Some(resource) = uid(node.get("ResourceUID")) else { return };
        let units = node.get("Units").parse::<f64>().unwrap_or(1.0);
        self.found.plan.assignments.push(Assignment {
            task: node.get("TaskUID").to_owned(),
            resource,
            units,
            work_s: parse_duration(node.get("Work")).unwrap_or(0),
            remaining_s: parse_duration(node.get("RemainingWork")).unwrap_or(0),
            cost_cents: cents(node.get("Cost")),
        });
    }

    fn done(mut self) -> Found {
        self.found.plan.critical_float_s = whole(self.limit_days * self.found.plan.day_s as f64);
        for (name, n) in NOT_KEPT.iter().zip(self.not_kept) {
            if n > 0 {
                let message = format!("{n} elements {name} are not kept");
                self.found.note("schedule.not_kept", Severity::Info, "", message);
            }
        }
        self.found.resolve(&self.link_places);
        self.found
    }
}

fn flag(node: &Node, name: &str) -> bool {
    matches!(node.get(name), "1" | "true")
}

fn bit(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// An id that names something: -1 and -65535 mean "none".
pub(crate) fn uid(text: &str) -> Option<String> {
    (!text.is_empty() && !text.starts_with('-')).then(|| text.to_owned())
}

/// Tenths of minutes as seconds.
fn tenths(text: &str) -> Option<i64> {
    let t: f64 = text.parse().ok()?;
    (t.abs() < 1e12).then(|| whole(t * 6.0))
}

/// Hundredths of the currency, as the format writes amounts; a fraction of one is rounded.
fn cents(text: &str) -> Option<i64> {
    let c: f64 = text.parse().ok()?;
    (c.abs() < 9e15).then(|| whole(c))
}

/// Formats of durations that run through nights: em, eh, ed, ew, emo, and the estimated ones.
fn is_elapsed(format: &str) -> bool {
    matches!(format, "4" | "6" | "8" | "10" | "12" | "36" | "38" | "40" | "42" | "44")
}

fn constraint(text: &str) -> Option<ConstraintKind> {
    Some(match text {
        "1" => ConstraintKind::AsLateAsPossible,
        "2" => ConstraintKind::MustStartOn,
        "3" => ConstraintKind::MustFinishOn,
        "4" => ConstraintKind::StartNoEarlierThan,
        "5" => ConstraintKind::StartNoLaterThan,
        "6" => ConstraintKind::FinishNoEarlierThan,
        "7" => ConstraintKind::FinishNoLaterThan,
        _ => return None,
    })
}
