//! Primavera's exchange format: tables of tab-separated rows.

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::Severity;
use lantu_ingest::ImportError;
use lantu_schedule::{
    Assignment, Baseline, ConstraintKind, Lag, LagCalendar, Link, LinkKind, PlanTask, Resource, Rules,
    Stated, TaskKind, whole,
};

use super::found::Found;
use super::xer_calendar::calendar;
use super::xer_table::{Row, Tables};

/// Tables that are not kept, with what they hold.
const NOT_KEPT: [(&str, &str); 7] = [
    ("TASKACTV", "activity codes"),
    ("UDFVALUE", "user-defined fields"),
    ("TASKMEMO", "notebook entries"),
    ("TASKPROC", "steps"),
    ("TASKDOC", "documents"),
    ("RSRCRATE", "rates of resources"),
    ("PROJRISK", "risks"),
];

/// Reads a schedule.
pub(crate) fn read(text: &str) -> Result<Found, ImportError> {
    let tables = Tables::read(text)?;
    let mut reading =
        Reading { t: &tables, found: Found::default(), link_places: Vec::new(), costs: costs(&tables) };
    reading.found.plan.rules = Rules::Primavera;
    reading.found.plan.day_s = 8 * 3600;
    for (line, what) in &tables.broken {
        reading.found.drop_record("schedule.xer_row", &format!("line {line}"), what.clone());
    }
    let main = reading.projects();
    reading.properties(main.as_deref());
    for row in tables.rows("CALENDAR") {
        let c = calendar(&row, &mut reading.found);
        reading.found.plan.calendars.push(c);
    }
    let baselines = reading.baselines(main.as_deref());
    reading.structure(&baselines.projects);
    for row in tables.rows("TASK").filter(|r| !baselines.projects.contains(r.get("proj_id"))) {
        reading.task(&row, &baselines);
    }
    for row in tables.rows("TASKPRED").filter(|r| !baselines.projects.contains(r.get("proj_id"))) {
        reading.link(&row);
    }
    reading.resources();
    for (table, what) in NOT_KEPT {
        let n = tables.rows(table).count();
        if n > 0 {
            let message = format!("{n} {what} ({table}) are not kept");
            reading.found.note("schedule.not_kept", Severity::Info, "", message);
        }
    }
    reading.found.resolve(&reading.link_places);
    Ok(reading.found)
}

struct Reading<'a> {
    t: &'a Tables<'a>,
    found: Found,
    link_places: Vec<String>,
    /// Planned and actual cost of each task.
    costs: BTreeMap<&'a str, (i64, i64)>,
}

/// Projects that are baselines of the main one, and their tasks by code.
#[derive(Default)]
struct Baselines<'a> {
    projects: BTreeSet<String>,
    by_code: BTreeMap<&'a str, Vec<Baseline>>,
}

impl<'a> Reading<'a> {
    /// The project whose dates count: the one with the most tasks that is no baseline.
    fn projects(&mut self) -> Option<String> {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.t.rows("TASK") {
            *sizes.entry(row.get("proj_id")).or_default() += 1;
        }
        let own = |r: &Row<'a>| r.get("orig_proj_id").is_empty();
        let mut main: Option<(usize, &str)> = None;
        let mut n = 0;
        for row in self.t.rows("PROJECT").filter(own) {
            let id = row.get("proj_id");
            let size = sizes.get(id).copied().unwrap_or(0);
            n += usize::from(size > 0);
            if main.is_none_or(|(s, _)| size > s) {
                main = Some((size, id));
            }
        }
        if n > 1 {
            let message =
                format!("the file holds {n} projects; start, data date and options are those of the largest");
            self.found.warn("schedule.projects", "", message);
        }
        main.map(|(_, id)| id.to_owned())
    }

    fn properties(&mut self, main: Option<&str>) {
        let Some(row) = self.t.rows("PROJECT").find(|r| Some(r.get("proj_id")) == main) else { return };
        let place = row.place();
        let wbs = self
            .t
            .rows("PROJWBS")
            .find(|r| r.get("proj_id") == row.get("proj_id") && r.get("proj_node_flag") == "Y");
        let name = wbs.map_or("", |w| w.get("wbs_name"));
        let f = &mut self.found;
        f.plan.name = if name.is_empty() { row.get("proj_short_name") } else { name }.to_owned();
        f.plan.start = f.date(row.get("plan_start_date"), "plan_start_date", &place);
        f.plan.data_date = f.date(row.get("last_recalc_date"), "last_recalc_date", &place);
        f.plan.must_finish = f.date(row.get("plan_end_date"), "plan_end_date", &place);
        f.plan.calendar = some(row.get("clndr_id"));
        f.plan.critical_float_s = hours(row.get("critical_drtn_hr_cnt")).unwrap_or(0);
        if row.get("critical_path_type") == "CT_DrivPath" {
            let message = "the file calls the longest path critical; here float decides";
            f.note("schedule.longest_path", Severity::Warning, &place, message);
        }
        f.plan.currency = self.t.rows("CURRTYPE").next().map_or("", |c| c.get("curr_short_name")).to_owned();
        let options = self.t.rows("SCHEDOPTIONS").find(|r| r.get("proj_id") == row.get("proj_id"));
        f.plan.lag_calendar = match options.map_or("", |o| o.get("sched_calendar_on_relationship_lag")) {
            "rcal_Successor" => LagCalendar::Successor,
            "rcal_24Hour" => LagCalendar::Clock,
            "rcal_ProjDefault" => LagCalendar::Project,
            _ => LagCalendar::Predecessor,
        };
    }

    fn baselines(&mut self, main: Option<&str>) -> Baselines<'a> {
        let mut out = Baselines::default();
        for p in self.t.rows("PROJECT").filter(|p| !p.get("orig_proj_id").is_empty()) {
            let id = p.get("proj_id");
            out.projects.insert(id.to_owned());
            if Some(p.get("orig_proj_id")) != main {
                continue;
            }
            for row in self.t.rows("TASK").filter(|r| r.get("proj_id") == id) {
                let place = row.place();
                let baseline = Baseline {
                    name: p.get("proj_short_name").to_owned(),
                    start: self.found.date(row.get("target_start_date"), "target_start_date", &place),
                    finish: self.found.date(row.get("target_end_date"), "target_end_date", &place),
                    duration_s: hours(row.get("target_drtn_hr_cnt")),
                    cost_cents: self.costs.get(row.get("task_id")).map(|c| c.0),
                };
                out.by_code.entry(row.get("task_code")).or_default().push(baseline);
            }
        }
        out
    }

    /// The work breakdown structure is a tree of summaries.
    fn structure(&mut self, baselines: &BTreeSet<String>) {
        let mut seen = BTreeSet::new();
        for row in self.t.rows("PROJWBS").filter(|r| !baselines.contains(r.get("proj_id"))) {
            let id = row.get("wbs_id");
            if id.is_empty() || !seen.insert(id) {
                continue;
            }
            self.found.task(
                PlanTask {
                    id: wbs_id(id),
                    code: row.get("wbs_short_name").to_owned(),
                    wbs: row.get("wbs_short_name").to_owned(),
                    name: row.get("wbs_name").to_owned(),
                    guid: row.get("guid").to_owned(),
                    parent: some(row.get("parent_wbs_id")).map(|p| wbs_id(&p)),
                    kind: TaskKind::Summary,
                    ..PlanTask::default()
                },
                row.place(),
            );
        }
    }

    fn task(&mut self, row: &Row<'a>, baselines: &Baselines<'a>) {
        let place = row.place();
        let id = row.get("task_id");
        let costs = self.costs.get(id).copied();
        let f = &mut self.found;
        let mut date = |name: &str| f.date(row.get(name), name, &place);
        let done = row.get("status_code") == "TK_Complete";
        let duration_s = hours(row.get("target_drtn_hr_cnt")).unwrap_or(0);
        let mut task = PlanTask {
            actual_start: date("act_start_date"),
            actual_finish: date("act_end_date"),
            start: date("target_start_date"),
            finish: date("target_end_date"),
            stated: Stated {
                early_start: date("early_start_date"),
                early_finish: date("early_end_date"),
                late_start: date("late_start_date"),
                late_finish: date("late_end_date"),
                total_float_s: hours(row.get("total_float_hr_cnt")),
                critical: None,
            },
            id: id.to_owned(),
            guid: row.get("guid").to_owned(),
            code: row.get("task_code").to_owned(),
            name: row.get("task_name").to_owned(),
            parent: some(row.get("wbs_id")).map(|w| wbs_id(&w)),
            kind: match row.get("task_type") {
                "TT_Mile" => TaskKind::StartMilestone,
                "TT_FinMile" => TaskKind::Milestone,
                "TT_LOE" | "TT_WBS" => TaskKind::LevelOfEffort,
                _ => TaskKind::Task,
            },
            calendar: some(row.get("clndr_id")),
            fixed_duration: true,
            duration_s,
            remaining_s: Some(if done {
                0
            } else {
                hours(row.get("remain_drtn_hr_cnt")).unwrap_or(duration_s)
            }),
            cost_cents: costs.map(|c| c.0),
            actual_cost_cents: costs.map(|c| c.1),
            baselines: baselines.by_code.get(row.get("task_code")).cloned().unwrap_or_default(),
            ..PlanTask::default()
        };
        task.percent = percent(row, &task, f, &place);
        if done && task.actual_finish.is_none() {
            f.warn(
                "schedule.done_without_date",
                &place,
                format!("the task {id:?} is complete without an actual finish"),
            );
        }
        for (kind, when) in [("cstr_type", "cstr_date"), ("cstr_type2", "cstr_date2")] {
            let Some(kind) = constraint(row.get(kind)) else { continue };
            let date = f.date(row.get(when), when, &place);
            f.constrain(&mut task, kind, date, &place);
        }
        self.found.task(task, place);
    }

    fn link(&mut self, row: &Row<'a>) {
        let place = row.place();
        let kind = match row.get("pred_type") {
            "PR_FS" | "" => LinkKind::FinishStart,
            "PR_SS" => LinkKind::StartStart,
            "PR_FF" => LinkKind::FinishFinish,
            "PR_SF" => LinkKind::StartFinish,
            other => {
                let message = format!("a link is of the unknown type {other:?}; it was dropped");
                return self.found.drop_record("schedule.link_type", &place, message);
            }
        };
        let lag = Lag::Work(hours(row.get("lag_hr_cnt")).unwrap_or(0));
        self.link_places.push(place);
        self.found.plan.links.push(Link {
            from: row.get("pred_task_id").to_owned(),
            to: row.get("task_id").to_owned(),
            kind,
            lag,
        });
    }

    fn resources(&mut self) {
        for row in self.t.rows("RSRC") {
            self.found.plan.resources.push(Resource {
                id: row.get("rsrc_id").to_owned(),
                name: row.get("rsrc_name").to_owned(),
                calendar: some(row.get("clndr_id")),
                works: row.get("rsrc_type") != "RT_Mat",
            });
        }
        for row in self.t.rows("TASKRSRC") {
            self.found.plan.assignments.push(Assignment {
                task: row.get("task_id").to_owned(),
                resource: row.get("rsrc_id").to_owned(),
                units: row.get("target_qty_per_hr").parse().unwrap_or(1.0),
                work_s: hours(row.get("target_qty")).unwrap_or(0),
                remaining_s: hours(row.get("remain_qty")).unwrap_or(0),
                cost_cents: cents(row.get("target_cost")),
            });
        }
    }
}

fn wbs_id(id: &str) -> String {
    format!("wbs:{id}")
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Hours with decimals as seconds.
fn hours(text: &str) -> Option<i64> {
    let h: f64 = text.replace(',', ".").parse().ok()?;
    (h.abs() < 1e6).then(|| whole(h * 3600.0))
}

/// An amount as hundredths, exactly up to two decimals, further ones rounded.
fn cents(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let only_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !only_digits(whole) || !only_digits(part) {
        return None;
    }
    let thousandths: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let c = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add((thousandths + 5) / 10)?;
    Some(if negative { -c } else { c })
}

/// Planned and actual cost of each task, from resources and expenses.
fn costs<'a>(tables: &'a Tables<'a>) -> BTreeMap<&'a str, (i64, i64)> {
    let mut out: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut add = |row: &Row<'a>, actual: &[&str]| {
        let sum = actual.iter().filter_map(|name| cents(row.get(name))).sum::<i64>();
        let entry = out.entry(row.get("task_id")).or_default();
        entry.0 = entry.0.saturating_add(cents(row.get("target_cost")).unwrap_or(0));
        entry.1 = entry.1.saturating_add(sum);
    };
    for row in tables.rows("TASKRSRC") {
        add(&row, &["act_reg_cost", "act_ot_cost"]);
    }
    for row in tables.rows("PROJCOST") {
        add(&row, &["act_cost"]);
    }
    out
}

/// Percent complete by the way that the task says it is measured.
fn percent(row: &Row<'_>, task: &PlanTask, found: &mut Found, place: &str) -> Option<f64> {
    let share = |done: f64, all: f64| (all > 0.0).then(|| (done / all * 100.0).clamp(0.0, 100.0));
    let stated = found.percent(row.get("phys_complete_pct"), "phys_complete_pct", place);
    match row.get("complete_pct_type") {
        "CP_Phys" => stated,
        "CP_Units" => {
            let number = |name: &str| row.get(name).parse::<f64>().unwrap_or(0.0);
            let done = number("act_work_qty") + number("act_equip_qty");
            share(done, done + number("remain_work_qty") + number("remain_equip_qty"))
        }
        _ if task.actual_finish.is_some() => Some(100.0),
        _ if task.actual_start.is_none() => Some(0.0),
        _ => share((task.duration_s - task.left_s()) as f64, task.duration_s as f64),
    }
}

fn constraint(text: &str) -> Option<ConstraintKind> {
    Some(match text {
        "CS_ALAP" => ConstraintKind::AsLateAsPossible,
        "CS_MSO" => ConstraintKind::StartOn,
        "CS_MEO" => ConstraintKind::FinishOn,
        "CS_MSOA" => ConstraintKind::StartNoEarlierThan,
        "CS_MSOB" => ConstraintKind::StartNoLaterThan,
        "CS_MEOA" => ConstraintKind::FinishNoEarlierThan,
        "CS_MEOB" => ConstraintKind::FinishNoLaterThan,
        "CS_MANDSTART" => ConstraintKind::MustStartOn,
        "CS_MANDFIN" => ConstraintKind::MustFinishOn,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{cents, hours};

    #[test]
    fn amounts_and_hours_are_exact() {
        assert_eq!(cents("240.0000"), Some(24_000));
        assert_eq!(cents("-0.075"), Some(-8));
        assert_eq!(cents("1,5"), Some(150));
        assert_eq!(cents("x"), None);
        assert_eq!(hours("7.5"), Some(27_000));
        assert_eq!(hours("-16"), Some(-57_600));
    }
}
