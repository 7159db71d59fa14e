//! Primavera's own XML (`APIBusinessObjects`, versions 6 to 24).

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::Severity;
use lantu_ingest::ImportError;
use lantu_schedule::{
    Assignment, Baseline, Calendar, ConstraintKind, Exception, Lag, LagCalendar, Link, LinkKind, PlanTask,
    Resource, Rules, Span, Stated, TaskKind, parse_clock, whole,
};

use super::found::Found;
use super::xml::{Node, Shape, records, refused};

const SHAPE: Shape =
    Shape { lists: &["Project", "BaselineProject"], skipped: &["ProjectList", "UDF", "Code"] };

/// Records that are not kept, with what they hold.
const NOT_KEPT: [(&str, &str); 8] = [
    ("ActivityCode", "activity codes"),
    ("ActivityCodeAssignment", "assigned activity codes"),
    ("ActivityNote", "notebook entries"),
    ("ActivityStep", "steps"),
    ("UDFType", "user-defined fields"),
    ("ResourceRate", "rates of resources"),
    ("ResourceCurve", "curves of resources"),
    ("Risk", "risks"),
];

/// Seconds that a time of the end of a shift is short of its end: Primavera writes its last minute.
const LAST_MINUTE_S: i64 = 60;

/// Reads a schedule.
pub(crate) fn read(text: &str) -> Result<Found, ImportError> {
    let mut reading = Reading::default();
    reading.found.plan.rules = Rules::Primavera;
    reading.found.plan.day_s = 8 * 3600;
    let mut root = |node: &Node| match node.name.as_str() {
        "APIBusinessObjects" => Ok(()),
        other => {
            let what = format!("expected <APIBusinessObjects>, found <{other}>");
            Err(refused("schedule.not_pmxml", what, node.line))
        }
    };
    records(text, &SHAPE, &mut root, &mut |list, node| {
        reading.record(list, node);
        Ok(())
    })?;
    Ok(reading.done())
}

/// A project or baseline as its fields say.
#[derive(Default)]
struct Project {
    baseline: bool,
    fields: BTreeMap<String, String>,
    n_tasks: usize,
    place: String,
}

impl Project {
    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

#[derive(Default)]
struct Reading {
    found: Found,
    projects: Vec<Project>,
    /// The next field begins another project: what it holds comes after its fields.
    ended: bool,
    tasks: Vec<(PlanTask, String)>,
    links: Vec<(Link, String)>,
    /// Of baselines: activities by code, each with the place of its project.
    baselines: BTreeMap<String, Vec<(usize, Baseline)>>,
    /// Planned and actual cost of each activity.
    costs: BTreeMap<String, (i64, i64)>,
    not_kept: [u64; NOT_KEPT.len()],
}

impl Reading {
    fn record(&mut self, list: &str, node: Node) {
        for ((name, _), n) in NOT_KEPT.iter().zip(&mut self.not_kept) {
            *n += u64::from(node.name == *name);
        }
        let in_project = !list.is_empty();
        if in_project && node.children.is_empty() {
            return self.field(list == "BaselineProject", node);
        }
        self.ended |= in_project;
        let in_baseline = list == "BaselineProject";
        match node.name.as_str() {
            "Calendar" if !in_baseline => self.calendar(&node),
            "Currency" if !in_project && self.found.plan.currency.is_empty() => {
                node.get("Id").clone_into(&mut self.found.plan.currency);
            }
            "Resource" => self.resource(&node),
            "WBS" if !in_baseline => self.structure(&node),
            "Activity" if in_baseline => self.baseline(&node),
            "Activity" => self.activity(&node),
            "Relationship" if !in_baseline => self.link(&node),
            "ResourceAssignment" if !in_baseline => self.assignment(&node),
            "ActivityExpense" if !in_baseline => self.expense(&node),
            "ScheduleOptions" if in_project && !in_baseline => {
                if let Some(p) = self.projects.last_mut() {
                    let options = node.children.into_iter().map(|c| (c.name, c.text.trim().to_owned()));
                    p.fields.extend(options);
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, baseline: bool, node: Node) {
        if self.ended || self.projects.last().is_none_or(|p| p.baseline != baseline) {
            self.projects.push(Project { baseline, place: node.place(), ..Project::default() });
            self.ended = false;
        }
        if let Some(p) = self.projects.last_mut() {
            p.fields.entry(node.name).or_insert_with(|| node.text.trim().to_owned());
        }
    }

    fn calendar(&mut self, node: &Node) {
        let id = node.get("ObjectId").to_owned();
        if self.found.plan.calendars.iter().any(|c| c.id == id) {
            return;
        }
        let mut out = Calendar {
            name: node.get("Name").to_owned(),
            base: some(node.get("BaseCalendarObjectId")),
            id,
            ..Calendar::default()
        };
        for day in node.child("StandardWorkWeek").into_iter().flat_map(|w| w.all("StandardWorkHours")) {
            let names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
            let ix = names.iter().position(|n| *n == day.get("DayOfWeek"));
            let spans = self.spans(day);
            if let Some(slot) = ix.and_then(|ix| out.week.get_mut(ix)) {
                *slot = Some(spans);
            }
        }
        if out.base.is_none() && out.week.iter().all(Option::is_none) {
            let message = format!(
                "the calendar {:?} has no week; Monday to Friday, 8 to 12 and 13 to 17, counts",
                out.name
            );
            self.found.warn("schedule.bad_calendar", &node.place(), message);
            out.week = Calendar::standard().week;
        }
        let list = node.child("HolidayOrExceptions");
        for e in list.into_iter().flat_map(|h| h.all("HolidayOrException")) {
            let Some(date) = self.found.date(e.get("Date"), "Date", &e.place()) else { continue };
            let spans = self.spans(e);
            out.exceptions.push(Exception {
                name: String::new(),
                from_day: date.day(),
                to_day: date.day(),
                spans,
            });
        }
        self.found.plan.calendars.push(out);
    }

    /// Hours of a day; `WorkTime` without times is a day off.
    fn spans(&mut self, day: &Node) -> Vec<Span> {
        let mut out = Vec::new();
        for w in day.all("WorkTime").filter(|w| !w.children.is_empty()) {
            let (from, to) = (w.get("Start"), w.get("Finish"));
            if from.is_empty() && to.is_empty() {
                continue;
            }
            // 11:59 is the last minute before noon, and midnight the end of the day.
            let end = |s: i64| match s {
                0 => 86_400,
                s if s % 300 == 240 => s + LAST_MINUTE_S,
                s => s,
            };
            match parse_clock(from).zip(parse_clock(to).map(end)) {
                Some((a, b)) if a < b => out.push((a, b)),
                _ => self.found.warn(
                    "schedule.bad_hours",
                    &w.place(),
                    format!("the hours {from:?} to {to:?} cannot be read; they were left out"),
                ),
            }
        }
        out
    }

    fn resource(&mut self, node: &Node) {
        self.found.plan.resources.push(Resource {
            id: node.get("ObjectId").to_owned(),
            name: node.get("Name").to_owned(),
            calendar: some(node.get("CalendarObjectId")),
            works: node.get("ResourceType") != "Material",
        });
    }

    fn structure(&mut self, node: &Node) {
        let id = wbs_id(node.get("ObjectId"));
        if self.tasks.iter().any(|(t, _)| t.id == id) {
            return;
        }
        let task = PlanTask {
            code: node.get("Code").to_owned(),
            wbs: node.get("Code").to_owned(),
            name: node.get("Name").to_owned(),
            guid: node.get("GUID").to_owned(),
            parent: some(node.get("ParentObjectId")).map(|p| wbs_id(&p)),
            kind: TaskKind::Summary,
            id,
            ..PlanTask::default()
        };
        self.tasks.push((task, node.place()));
    }

    fn activity(&mut self, node: &Node) {
        if let Some(p) = self.projects.last_mut() {
            p.n_tasks += 1;
        }
        let place = node.place();
        let f = &mut self.found;
        let mut date = |names: &[&str]| {
            let name = names.iter().find(|n| !node.get(n).is_empty())?;
            f.date(node.get(name), name, &place)
        };
        let duration_s = hours(node.get("PlannedDuration")).unwrap_or(0);
        let done = node.get("Status") == "Completed";
        let mut task = PlanTask {
            actual_start: date(&["ActualStartDate"]),
            actual_finish: date(&["ActualFinishDate"]),
            start: date(&["PlannedStartDate", "StartDate"]),
            finish: date(&["PlannedFinishDate", "FinishDate"]),
            stated: Stated {
                early_start: date(&["EarlyStartDate", "RemainingEarlyStartDate"]),
                early_finish: date(&["EarlyFinishDate", "RemainingEarlyFinishDate"]),
                late_start: date(&["LateStartDate", "RemainingLateStartDate"]),
                late_finish: date(&["LateFinishDate", "RemainingLateFinishDate"]),
                total_float_s: hours(node.get("TotalFloat")),
                critical: None,
            },
            id: node.get("ObjectId").to_owned(),
            guid: node.get("GUID").to_owned(),
            code: node.get("Id").to_owned(),
            name: node.get("Name").to_owned(),
            parent: some(node.get("WBSObjectId")).map(|w| wbs_id(&w)),
            kind: match node.get("Type") {
                "Start Milestone" => TaskKind::StartMilestone,
                "Finish Milestone" => TaskKind::Milestone,
                "Level of Effort" | "WBS Summary" => TaskKind::LevelOfEffort,
                _ => TaskKind::Task,
            },
            calendar: some(node.get("CalendarObjectId")),
            fixed_duration: true,
            duration_s,
            remaining_s: Some(if done {
                0
            } else {
                hours(node.get("RemainingDuration")).unwrap_or(duration_s)
            }),
            ..PlanTask::default()
        };
        let measured = match node.get("PercentCompleteType") {
            "Physical" => "PhysicalPercentComplete",
            "Units" => "UnitsPercentComplete",
            _ => "DurationPercentComplete",
        };
        task.percent = share(f, node.get(measured), measured, &place);
        for (kind, when) in [
            ("PrimaryConstraintType", "PrimaryConstraintDate"),
            ("SecondaryConstraintType", "SecondaryConstraintDate"),
        ] {
            let Some(kind) = constraint(node.get(kind)) else { continue };
            let date = f.date(node.get(when), when, &place);
            f.constrain(&mut task, kind, date, &place);
        }
        self.tasks.push((task, place));
    }

    fn baseline(&mut self, node: &Node) {
        let place = node.place();
        let mut date = |name: &str| self.found.date(node.get(name), name, &place);
        let baseline = Baseline {
            name: String::new(),
            start: date("PlannedStartDate"),
            finish: date("PlannedFinishDate"),
            duration_s: hours(node.get("PlannedDuration")),
            cost_cents: None,
        };
        let project = self.projects.len().saturating_sub(1);
        self.baselines.entry(node.get("Id").to_owned()).or_default().push((project, baseline));
    }

    fn link(&mut self, node: &Node) {
        let place = node.place();
        let kind = match node.get("Type") {
            "Finish to Start" | "" => LinkKind::FinishStart,
            "Start to Start" => LinkKind::StartStart,
            "Finish to Finish" => LinkKind::FinishFinish,
            "Start to Finish" => LinkKind::StartFinish,
            other => {
                let message = format!("a link is of the unknown type {other:?}; it was dropped");
                return self.found.drop_record("schedule.link_type", &place, message);
            }
        };
        let lag = Lag::Work(hours(node.get("Lag")).unwrap_or(0));
        let from = node.get("PredecessorActivityObjectId").to_owned();
        let to = node.get("SuccessorActivityObjectId").to_owned();
        self.links.push((Link { from, to, kind, lag }, place));
    }

    fn assignment(&mut self, node: &Node) {
        let task = node.get("ActivityObjectId").to_owned();
        let planned = cents(node.get("PlannedCost"));
        self.cost(&task, planned, cents(node.get("ActualCost")));
        let Some(resource) = some(node.get("ResourceObjectId")) else { return };
        self.found.plan.assignments.push(Assignment {
            task,
            resource,
            units: node.get("PlannedUnitsPerTime").parse().unwrap_or(1.0),
            work_s: hours(node.get("PlannedUnits")).unwrap_or(0),
            remaining_s: hours(node.get("RemainingUnits")).unwrap_or(0),
            cost_cents: planned,
        });
    }

    fn expense(&mut self, node: &Node) {
        let task = node.get("ActivityObjectId").to_owned();
        self.cost(&task, cents(node.get("PlannedCost")), cents(node.get("ActualCost")));
    }

    fn cost(&mut self, task: &str, planned: Option<i64>, actual: Option<i64>) {
        let sum = self.costs.entry(task.to_owned()).or_default();
        sum.0 = sum.0.saturating_add(planned.unwrap_or(0));
        sum.1 = sum.1.saturating_add(actual.unwrap_or(0));
    }

    fn done(mut self) -> Found {
        let main = self.main();
        if let Some(p) = main.and_then(|ix| self.projects.get(ix)) {
            properties(p, &mut self.found);
        }
        let name = |ix: usize| self.projects.get(ix).map_or("", |p| p.get("Name")).to_owned();
        let own: BTreeSet<usize> = self.baselines_of(main);
        for (mut task, place) in std::mem::take(&mut self.tasks) {
            let baselines = self.baselines.get(&task.code).into_iter().flatten();
            if task.is_leaf() {
                let kept = baselines.filter(|(project, _)| own.contains(project));
                task.baselines = kept.map(|(ix, b)| Baseline { name: name(*ix), ..b.clone() }).collect();
                let cost = self.costs.get(&task.id);
                (task.cost_cents, task.actual_cost_cents) = cost.copied().unzip();
            }
            self.found.task(task, place);
        }
        let (links, places): (Vec<Link>, Vec<String>) = std::mem::take(&mut self.links).into_iter().unzip();
        self.found.plan.links = links;
        for ((_, what), n) in NOT_KEPT.iter().zip(self.not_kept).filter(|(_, n)| *n > 0) {
            self.found.note("schedule.not_kept", Severity::Info, "", format!("{n} {what} are not kept"));
        }
        self.found.resolve(&places);
        self.found
    }

    /// The project whose dates count: the one with the most activities that is no baseline.
    fn main(&mut self) -> Option<usize> {
        let own = self.projects.iter().enumerate().filter(|(_, p)| !p.baseline && p.n_tasks > 0);
        let n = own.clone().count();
        if n > 1 {
            let message =
                format!("the file holds {n} projects; start, data date and options are those of the largest");
            self.found.warn("schedule.projects", "", message);
        }
        let first = self.projects.iter().position(|p| !p.baseline);
        let own = self.projects.iter().enumerate().filter(|(_, p)| !p.baseline && p.n_tasks > 0);
        own.max_by_key(|(ix, p)| (p.n_tasks, std::cmp::Reverse(*ix))).map(|(ix, _)| ix).or(first)
    }

    /// Baselines of a project; those that name none are of the only one there is.
    fn baselines_of(&self, main: Option<usize>) -> BTreeSet<usize> {
        let id = main.and_then(|ix| self.projects.get(ix)).map_or("", |p| p.get("ObjectId"));
        let of = |p: &Project| matches!(p.get("OriginalProjectObjectId"), o if o.is_empty() || o == id);
        let baselines = self.projects.iter().enumerate().filter(|(_, p)| p.baseline && of(p));
        baselines.map(|(ix, _)| ix).collect()
    }
}

fn properties(p: &Project, f: &mut Found) {
    let place = p.place.as_str();
    let name = if p.get("Name").is_empty() { p.get("Id") } else { p.get("Name") };
    name.clone_into(&mut f.plan.name);
    f.plan.start = f.date(p.get("PlannedStartDate"), "PlannedStartDate", place);
    f.plan.data_date = f.date(p.get("DataDate"), "DataDate", place);
    f.plan.must_finish = f.date(p.get("MustFinishByDate"), "MustFinishByDate", place);
    f.plan.calendar = some(p.get("ActivityDefaultCalendarObjectId"));
    f.plan.critical_float_s = hours(p.get("CriticalActivityFloatThreshold")).unwrap_or(0);
    if p.get("CriticalActivityPathType") == "Longest Path" {
        let message = "the file calls the longest path critical; here float decides";
        f.note("schedule.longest_path", Severity::Warning, place, message);
    }
    f.plan.lag_calendar = match p.get("RelationshipLagCalendar") {
        "Successor Activity Calendar" => LagCalendar::Successor,
        "24 Hour Calendar" => LagCalendar::Clock,
        "Project Default Calendar" => LagCalendar::Project,
        _ => LagCalendar::Predecessor,
    };
}

/// A share from 0 to 1 as percent.
fn share(f: &mut Found, text: &str, what: &str, place: &str) -> Option<f64> {
    match text.parse::<f64>() {
        Ok(v) => f.percent(&(v * 100.0).to_string(), what, place),
        Err(_) => f.percent(text, what, place),
    }
}

fn wbs_id(id: &str) -> String {
    format!("wbs:{id}")
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty() && text != "0").then(|| text.to_owned())
}

/// Hours with decimals as seconds.
fn hours(text: &str) -> Option<i64> {
    let h: f64 = text.parse().ok()?;
    (h.abs() < 1e6).then(|| whole(h * 3600.0))
}

/// An amount as hundredths; a fraction of one is rounded.
fn cents(text: &str) -> Option<i64> {
    let c: f64 = text.parse().ok()?;
    (c.abs() < 9e13).then(|| whole(c * 100.0))
}

fn constraint(text: &str) -> Option<ConstraintKind> {
    Some(match text {
        "As Late As Possible" => ConstraintKind::AsLateAsPossible,
        "Start On" => ConstraintKind::StartOn,
        "Finish On" => ConstraintKind::FinishOn,
        "Start On or After" => ConstraintKind::StartNoEarlierThan,
        "Start On or Before" => ConstraintKind::StartNoLaterThan,
        "Finish On or After" => ConstraintKind::FinishNoEarlierThan,
        "Finish On or Before" => ConstraintKind::FinishNoLaterThan,
        "Mandatory Start" => ConstraintKind::MustStartOn,
        "Mandatory Finish" => ConstraintKind::MustFinishOn,
        _ => return None,
    })
}
