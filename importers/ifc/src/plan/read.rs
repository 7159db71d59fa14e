//! Tasks with what they are nested in, wait for, and are about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lantu_base::{Diagnostic, Severity};
use lantu_schedule::{Civil, Lag, Link, LinkKind, Plan, PlanTask, Stated, TaskKind, Work, whole};

use super::calendar;
use super::times::{Times, civil, seconds};
use crate::step::{StepFile, Value};

/// Deepest nesting of tasks. Chosen: plans nest ten deep; a circle of nests ends there too.
const MAX_DEPTH: usize = 64;

/// A plan with what was wrong in its records.
#[derive(Default)]
pub(super) struct Found {
    pub(super) plan: Plan,
    pub(super) notes: Vec<Diagnostic>,
}

/// Relations that concern tasks, by record number.
#[derive(Default)]
struct Relations {
    /// Whole of a nested task.
    parent: HashMap<u64, u64>,
    /// Products of a task, in file order.
    products: HashMap<u64, Vec<u64>>,
    /// Calendars, schedules and times of a task or of what holds it.
    controls: HashMap<u64, Vec<u64>>,
    /// `IfcRelSequence` records, in file order.
    sequences: Vec<u64>,
}

/// Reads the plan of a file; `None` for a file without tasks.
pub(super) fn read(file: &StepFile<'_>) -> Option<Found> {
    let tasks: Vec<u64> = file.scan.of("IFCTASK").map(|r| r.id).collect();
    if tasks.is_empty() {
        return None;
    }
    let relations = Relations::read(file);
    let mut found = Found::default();
    let ids = ids(file, &tasks, &mut found);
    let reader = Reader { file, relations: &relations, ids };
    let wholes: BTreeSet<u64> = tasks
        .iter()
        .filter_map(|t| relations.parent.get(t))
        .copied()
        .filter(|p| reader.ids.contains_key(p))
        .collect();
    for &record in &tasks {
        let task = reader.task(record, wholes.contains(&record), &mut found);
        found.plan.tasks.push(task);
    }
    reader.links(&mut found);
    reader.calendars(&tasks, &mut found);
    reader.project(&tasks, &mut found);
    Some(found)
}

/// Ids of tasks by record. A task is known by its `GlobalId`; of two with one, the later by the number of its record too.
fn ids(file: &StepFile<'_>, tasks: &[u64], found: &mut Found) -> HashMap<u64, String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut out = HashMap::with_capacity(tasks.len());
    for &record in tasks {
        let guid = file.get(record).and_then(|(_, args)| file.text(args.first()));
        let mut id = guid.unwrap_or_else(|| format!("#{record}"));
        if taken.contains(&id) {
            let own = format!("{id}#{record}");
            let message =
                format!("the GlobalId {id:?} of a task occurs a second time; the task is called {own}");
            found.note("ifc.task_id", Severity::Warning, &file.place_of(record), message);
            id = own;
        }
        taken.insert(id.clone());
        out.insert(record, id);
    }
    out
}

impl Relations {
    fn read(file: &StepFile<'_>) -> Self {
        let mut out = Self::default();
        for r in file.scan.of_any(|k| k.starts_with("IFCREL")) {
            let keyword = file.scan.keyword(r);
            let args = file.args(r);
            let one = |at: usize| args.get(at).and_then(Value::as_ref);
            let many = |at: usize| args.get(at).map(|v| v.refs().collect::<Vec<u64>>()).unwrap_or_default();
            match keyword {
                "IFCRELNESTS" | "IFCRELAGGREGATES" => {
                    for part in many(5) {
                        if let Some(whole) = one(4) {
                            out.parent.entry(part).or_insert(whole);
                        }
                    }
                }
                "IFCRELASSIGNSTOPROCESS" => {
                    if let Some(task) = one(6) {
                        out.products.entry(task).or_default().extend(many(4));
                    }
                }
                "IFCRELASSIGNSTOPRODUCT" => {
                    for task in many(4) {
                        out.products.entry(task).or_default().extend(one(6));
                    }
                }
                "IFCRELASSIGNSTOCONTROL" => {
                    for object in many(4) {
                        out.controls.entry(object).or_default().extend(one(6));
                    }
                }
                // IFC2X3: the schedule, and the times of the task in it.
                "IFCRELASSIGNSTASKS" => {
                    for object in many(4) {
                        out.controls
                            .entry(object)
                            .or_default()
                            .extend([one(6), one(7)].into_iter().flatten());
                    }
                }
                "IFCRELSEQUENCE" => out.sequences.push(r.id),
                _ => {}
            }
        }
        out
    }
}

struct Reader<'a, 'f> {
    file: &'a StepFile<'f>,
    relations: &'a Relations,
    /// Ids of tasks by record.
    ids: HashMap<u64, String>,
}

impl Reader<'_, '_> {
    fn task(&self, record: u64, is_whole: bool, found: &mut Found) -> PlanTask {
        let args = self.file.get(record).map(|(_, args)| args).unwrap_or_default();
        let text = |at: usize| self.file.text(args.get(at)).unwrap_or_default();
        let place = self.file.place_of(record);
        let controls = self.relations.controls.get(&record).into_iter().flatten().copied();
        let own_time = args.get(11).and_then(Value::as_ref);
        let times = own_time.into_iter().chain(controls).find_map(|id| Times::read(self.file, id));
        let mut times = times.unwrap_or_default();
        check(&text(2), &place, &mut times, found);
        let milestone = matches!(args.get(9).or_else(|| args.get(8)), Some(Value::Enum("T")));
        // IFC2X3 has neither task time nor type, and its flag stands one place earlier.
        let milestone = milestone || matches!(args.get(8), Some(Value::Enum("T")));
        let start = times.start.or(times.early[0]);
        let finish = times.finish.or(times.early[1]);
        let spanned = start.zip(finish).map_or(0, |(a, b)| b.0 - a.0);
        PlanTask {
            id: self.ids.get(&record).cloned().unwrap_or_default(),
            guid: text(0),
            code: text(5),
            wbs: text(5),
            name: text(2),
            parent: self.relations.parent.get(&record).and_then(|p| self.ids.get(p)).cloned(),
            kind: match (is_whole, milestone) {
                (true, _) => TaskKind::Summary,
                (false, true) => TaskKind::Milestone,
                (false, false) => TaskKind::Task,
            },
            work: args.get(12).map_or(Work::Construct, work),
            start,
            finish,
            // Without a duration the dates are one, and run through nights.
            duration_s: times.duration_s.unwrap_or(spanned),
            elapsed: times.elapsed || (times.duration_s.is_none() && spanned > 0),
            remaining_s: times.remaining_s,
            actual_start: times.actual[0],
            actual_finish: times.actual[1],
            percent: times.percent,
            stated: Stated {
                early_start: times.early[0],
                early_finish: times.early[1],
                late_start: times.late[0],
                late_finish: times.late[1],
                total_float_s: times.total_float_s,
                critical: times.critical,
            },
            objects: self.products(record),
            ..PlanTask::default()
        }
    }

    /// `GlobalId`s of the products that a task is about, in file order.
    fn products(&self, record: u64) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = self.relations.products.get(&record).into_iter().flatten();
        let named = all.filter_map(|&p| self.file.get(p).and_then(|(_, args)| self.file.text(args.first())));
        named.filter(|id| seen.insert(id.clone())).collect()
    }

    fn links(&self, found: &mut Found) {
        for &record in &self.relations.sequences {
            let Some((_, args)) = self.file.get(record) else { continue };
            let place = self.file.place_of(record);
            let end = |at: usize| args.get(at).and_then(Value::as_ref);
            let named = |at: usize| end(at).and_then(|id| self.ids.get(&id)).cloned();
            let (Some(from), Some(to)) = (named(4), named(5)) else {
                let message =
                    "a sequence names a process that is no task of this file; it was dropped".to_owned();
                found.note("ifc.task_sequence", Severity::Error, &place, message);
                continue;
            };
            if from == to {
                let message = format!("the task {from:?} is sequenced after itself; the link was dropped");
                found.note("ifc.task_sequence", Severity::Error, &place, message);
                continue;
            }
            let kind = match args.get(7) {
                Some(Value::Enum("START_START")) => LinkKind::StartStart,
                Some(Value::Enum("FINISH_FINISH")) => LinkKind::FinishFinish,
                Some(Value::Enum("START_FINISH")) => LinkKind::StartFinish,
                _ => LinkKind::FinishStart,
            };
            let lag = args.get(6).map_or(Lag::Work(0), |v| self.lag(v));
            found.plan.links.push(Link { from, to, kind, lag });
        }
    }

    /// `IfcLagTime` of IFC4, or a measure of time of IFC2X3.
    fn lag(&self, v: &Value<'_>) -> Lag {
        let Some((_, args)) = v.as_ref().and_then(|id| self.file.get(id)) else {
            return Lag::Work(seconds(self.file, v).unwrap_or(0));
        };
        let value = args.get(3);
        if let Some(Value::Typed("IFCRATIOMEASURE", inner)) = value {
            return Lag::Percent(inner.first().and_then(Value::as_f64).unwrap_or(0.0) * 100.0);
        }
        let s = value.and_then(|v| seconds(self.file, v)).unwrap_or(0);
        let elapsed = matches!(args.get(4), Some(Value::Enum("ELAPSEDTIME")));
        if elapsed { Lag::Elapsed(s) } else { Lag::Work(s) }
    }

    /// Calendars, given to tasks by their own control or by that of what holds them.
    fn calendars(&self, tasks: &[u64], found: &mut Found) {
        let mut known: BTreeMap<u64, Option<String>> = BTreeMap::new();
        let mut given: Vec<Option<String>> = Vec::new();
        for &task in tasks {
            let mut of_task = None;
            for holder in self.holders(task) {
                for &control in self.relations.controls.get(&holder).into_iter().flatten() {
                    let id = known.entry(control).or_insert_with(|| {
                        let calendar = calendar::read(self.file, control, found)?;
                        let id = calendar.id.clone();
                        found.plan.calendars.push(calendar);
                        Some(id)
                    });
                    of_task = of_task.or(id.clone());
                }
                if of_task.is_some() {
                    break;
                }
            }
            given.push(of_task);
        }
        for (task, calendar) in found.plan.tasks.iter_mut().zip(given) {
            task.calendar = calendar;
        }
        // Lags of the project, and tasks without one, count in the only calendar that there is.
        if let [only] = found.plan.calendars.as_slice() {
            found.plan.calendar = Some(only.id.clone());
        }
    }

    /// A task and what it is nested in, innermost first.
    fn holders(&self, task: u64) -> Vec<u64> {
        let mut out = vec![task];
        while let Some(&parent) = out.last().and_then(|t| self.relations.parent.get(t)) {
            if out.len() >= MAX_DEPTH || out.contains(&parent) {
                break;
            }
            out.push(parent);
        }
        out
    }

    /// Name and start: of the schedule that holds the tasks, and no later than the first of them.
    fn project(&self, tasks: &[u64], found: &mut Found) {
        let controls = tasks.iter().flat_map(|t| self.holders(*t));
        let controls = controls.flat_map(|h| self.relations.controls.get(&h).into_iter().flatten().copied());
        let is_schedule = |id: &u64| self.file.keyword(*id) == Some("IFCWORKSCHEDULE");
        let schedule = controls.filter(is_schedule).min();
        let args = schedule.and_then(|id| self.file.get(id)).map(|(_, args)| args).unwrap_or_default();
        found.plan.name = self.file.text(args.get(2)).unwrap_or_default();
        // IFC4: 5 identification, 6 creation date, 11 start time; IFC2X3 the same with dates in parts.
        let stated = args.get(11).and_then(|v| civil(self.file, v));
        let planned = found.plan.tasks.iter().filter(|t| t.is_leaf());
        let first: Option<Civil> = planned.filter_map(|t| t.actual_start.or(t.start)).min();
        found.plan.start = stated.into_iter().chain(first).min();
        found.plan.day_s = whole(8.0 * 3600.0);
    }
}

/// What cannot be so is left out, and said.
fn check(name: &str, place: &str, times: &mut Times, found: &mut Found) {
    let mut warn = |message: String| found.note("ifc.task_times", Severity::Warning, place, message);
    if times.start.zip(times.finish).is_some_and(|(a, b)| b < a) {
        warn(format!("task {name:?} finishes before it starts; its finish was left out"));
        times.finish = None;
    }
    if times.actual[0].zip(times.actual[1]).is_some_and(|(a, b)| b < a) {
        warn(format!("task {name:?} was finished before it was started; its actual finish was left out"));
        times.actual[1] = None;
    }
    if times.duration_s.is_some_and(|d| d < 0) {
        warn(format!("task {name:?} has a negative duration; it was left out"));
        times.duration_s = None;
    }
    if times.percent.is_some_and(|p| !(0.0..=100.0).contains(&p)) {
        warn(format!("task {name:?} is complete to a share outside 0 to 100 %; it was left out"));
        times.percent = None;
    }
}

/// What a task does to its products.
fn work(v: &Value<'_>) -> Work {
    match v {
        Value::Enum("DEMOLITION" | "DISMANTLE" | "REMOVAL" | "DISPOSAL") => Work::Demolish,
        Value::Enum("MOVE") => Work::Move,
        _ => Work::Construct,
    }
}
