//! Schedules, worth and risks for the panel below the scene, worked out on a thread of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use lantu_base::{TimeZoneName, UtcNanos};
use lantu_overlay::Rating;
use lantu_schedule::{
    Civil, Computed, Plan, PlanTask, TaskKind, Worth, compute, compute_at, compute_planned, decimal_2,
    decimal_4, worth,
};
use lantu_session::RiskEntry;
use lantu_ui::{
    CurveFigures, CurveModel, CurvePoint, GanttKind, GanttModel, GanttRow, HeapRow, OverlayKind,
    RegisterModel, RegisterRow, RiskEdit, StateId, WorksModel, WorksTab,
};

use crate::register::Register;
use crate::stage::Overlays;
use crate::window::App;
use crate::window::desk::Desk;
use crate::window::jobs::Work;
use crate::window::latest::Latest;
use crate::window::rowset::RowSet;
use crate::window::survey::Surveyed;

/// Points of the curve. Chosen: one every five pixels of a panel.
const CURVE_POINTS: i64 = 160;
/// Selected objects whose bars are looked for. Chosen: a whole district at once marks no bar that helps.
const MOST_MARKED: usize = 100_000;

/// What a revision has: read once when the panel is first opened.
#[derive(Clone)]
struct Plans {
    schedules: Arc<Vec<(String, Plan)>>,
    entries: Arc<Vec<RiskEntry>>,
    zone: TimeZoneName,
}

/// A question to the thread.
struct Ask {
    overlays: Arc<Overlays>,
    plans: Plans,
    tab: WorksTab,
    time: Option<UtcNanos>,
}

/// Bars, and which tasks of the records they stand for.
struct Bars {
    model: Arc<GanttModel>,
    /// For each bar the task's place in the records; `None` for summaries.
    task_of: Vec<Option<usize>>,
    /// Bar of each task of the records.
    bar_of: HashMap<usize, u32>,
    /// For each bar the first bar behind those that it holds.
    until: Vec<u32>,
}

enum Answer {
    Bars(Arc<Overlays>, Arc<Bars>),
    Curve(Arc<Overlays>, Arc<CurveModel>),
    Register(Arc<Overlays>, Arc<RegisterModel>),
}

/// The panel's data for what is open.
pub(crate) struct Works {
    thread: Latest<Ask, Answer>,
    /// Of which revision the rest is.
    of: Option<Arc<Overlays>>,
    plans: Option<Plans>,
    bars: Option<Arc<Bars>>,
    curve: Option<Arc<CurveModel>>,
    register: Option<Arc<RegisterModel>>,
    survey: Option<Surveyed>,
    /// Which survey is to be shown; where there are fewer, the last one.
    survey_wanted: usize,
    /// What was asked last: a part, and for parts that depend on it the instant.
    asked: BTreeMap<u8, Option<UtcNanos>>,
    /// The part that was asked for last and has not come: a newer question may take its place.
    pending: Option<u8>,
    marked: (Arc<RowSet>, Arc<BTreeSet<u32>>),
}

impl Works {
    /// Starts the thread. `wake` is called after each answer.
    pub(crate) fn start(wake: impl Fn() + Send + 'static) -> Result<Self, std::io::Error> {
        Ok(Self {
            thread: Latest::start("works", wake, answer)?,
            of: None,
            plans: None,
            bars: None,
            curve: None,
            register: None,
            survey: None,
            survey_wanted: usize::MAX,
            asked: BTreeMap::new(),
            pending: None,
            marked: (Arc::default(), Arc::default()),
        })
    }

    /// What the panel shows; asks for what is missing of the open tab.
    pub(crate) fn model(&mut self, desk: &Desk, open: Option<WorksTab>, person: &str) -> WorksModel {
        if !self.of.as_ref().is_some_and(|o| Arc::ptr_eq(o, &desk.overlays)) {
            self.of = Some(Arc::clone(&desk.overlays));
            (self.plans, self.bars, self.curve, self.register) = (None, None, None, None);
            self.survey = None;
            self.asked.clear();
            self.pending = None;
            self.marked = (Arc::default(), Arc::default());
        }
        if let Some(tab) = open.filter(|tab| *tab != WorksTab::Survey) {
            self.ask(desk, tab);
        }
        self.mark(desk);
        WorksModel {
            gantt: self.bars.as_ref().map(|b| Arc::clone(&b.model)),
            marked: Arc::clone(&self.marked.1),
            curve: self.curve.clone(),
            register: self.register.clone(),
            survey: self.survey.as_ref().map(|s| Arc::clone(&s.model)),
            selected: desk.shown.selection.first().map(|r| r.0).filter(|_| desk.shown.selection.len() == 1),
            time: desk.time,
            zone: desk.session.zone().clone(),
            person: person.to_owned(),
        }
    }

    fn ask(&mut self, desk: &Desk, tab: WorksTab) {
        // Bars are needed for marks by the other parts too, but only once they are open.
        let time = desk.time;
        let key = key_of(tab);
        if self.asked.get(&key) == Some(&time) {
            return;
        }
        if self.plans.is_none() {
            let plans = desk.session.plans().unwrap_or_else(|error| {
                tracing::warn!(%error, "a schedule cannot be read");
                Vec::new()
            });
            let entries = desk.session.risk_entries().unwrap_or_else(|error| {
                tracing::warn!(%error, "the register of risks cannot be read");
                Vec::new()
            });
            let zone = desk.session.zone().clone();
            self.plans = Some(Plans { schedules: Arc::new(plans), entries: Arc::new(entries), zone });
        }
        let Some(plans) = self.plans.clone() else { return };
        // What still waits is forgotten by the thread: it is asked for again when its tab is opened.
        if let Some(forgotten) = self.pending.replace(key).filter(|k| *k != key) {
            self.asked.remove(&forgotten);
        }
        self.asked.insert(key, time);
        self.thread.ask(Ask { overlays: Arc::clone(&desk.overlays), plans, tab, time });
    }

    /// Shows what was entered into the register.
    pub(crate) fn take_entries(&mut self, entries: Vec<RiskEntry>) {
        if let Some(plans) = &mut self.plans {
            plans.entries = Arc::new(entries);
        }
        self.asked.remove(&key_of(WorksTab::Register));
    }

    /// Which survey is to be read, if none of this revision was asked for: its place among those with a date.
    pub(crate) fn wants_survey(&mut self, overlays: &Arc<Overlays>) -> Option<usize> {
        let current = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, overlays));
        let asked = !current || self.asked.insert(key_of(WorksTab::Survey), None).is_some();
        (!asked).then_some(self.survey_wanted)
    }

    /// Shows another survey.
    pub(crate) fn show_survey(&mut self, ix: usize) {
        self.survey_wanted = ix;
        self.asked.remove(&key_of(WorksTab::Survey));
    }

    /// What was read of a survey.
    pub(crate) fn take_survey(&mut self, surveyed: Surveyed) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &surveyed.of)) {
            self.survey = Some(surveyed);
        }
    }

    /// The survey that is shown.
    pub(crate) fn surveyed(&self) -> Option<&Surveyed> {
        self.survey.as_ref()
    }

    /// Takes what the thread has done. Returns whether anything came.
    pub(crate) fn take(&mut self) -> bool {
        let mut any = false;
        while let Some(answer) = self.thread.take() {
            let current = |o: &Arc<Overlays>| self.of.as_ref().is_some_and(|own| Arc::ptr_eq(own, o));
            let key = match &answer {
                Answer::Bars(..) => WorksTab::Gantt,
                Answer::Curve(..) => WorksTab::Curve,
                Answer::Register(..) => WorksTab::Register,
            };
            self.pending = self.pending.filter(|k| *k != key_of(key));
            match answer {
                Answer::Bars(of, bars) if current(&of) => {
                    // At another instant other bars are critical; which objects they name stays.
                    if self.bars.replace(bars).is_none() {
                        self.marked = (Arc::default(), Arc::default());
                    }
                }
                Answer::Curve(of, curve) if current(&of) => self.curve = Some(curve),
                Answer::Register(of, register) if current(&of) => self.register = Some(register),
                _ => continue,
            }
            any = true;
        }
        any
    }

    /// Bars of the selection, looked for once a selection.
    fn mark(&mut self, desk: &Desk) {
        let selection = &desk.shown.selection;
        let (Some(bars), false) = (&self.bars, Arc::ptr_eq(selection, &self.marked.0)) else { return };
        let tasks = selection.iter().take(MOST_MARKED).flat_map(|row| desk.overlays.tasks_of(row));
        let marked = tasks.filter_map(|task| bars.bar_of.get(&task)).copied().collect();
        self.marked = (Arc::clone(selection), Arc::new(marked));
    }

    /// Objects of a task and of those below it.
    pub(crate) fn objects(&self, bar: u32) -> RowSet {
        let Some(bars) = &self.bars else { return RowSet::default() };
        let until = bars.until.get(bar as usize).copied().unwrap_or(bar + 1);
        self.objects_of(
            &(bar..until).filter_map(|b| bars.task_of.get(b as usize).copied().flatten()).collect(),
        )
    }

    /// Objects of all critical tasks: of the plan, or of the work that remains at the clock's time.
    pub(crate) fn critical_objects(&self, planned: bool) -> RowSet {
        let Some(bars) = &self.bars else { return RowSet::default() };
        let rows = bars.model.rows.iter().zip(&bars.task_of);
        let critical = rows.filter(|(r, _)| if planned { r.critical_planned } else { r.critical });
        self.objects_of(&critical.filter_map(|(_, task)| *task).collect())
    }

    fn objects_of(&self, wanted: &BTreeSet<usize>) -> RowSet {
        let Some(overlays) = &self.of else { return RowSet::default() };
        let links = overlays.links_to_tasks().iter();
        links.filter(|l| wanted.contains(&(l.1 as usize))).map(|l| lantu_base::ObjectRow(l.0)).collect()
    }
}

/// A tab as a key of what was asked.
fn key_of(tab: WorksTab) -> u8 {
    match tab {
        WorksTab::Gantt => 0,
        WorksTab::Curve => 1,
        WorksTab::Register => 2,
        WorksTab::Survey => 3,
    }
}

fn answer(ask: Ask) -> Answer {
    match ask.tab {
        WorksTab::Gantt => {
            let bars = Arc::new(bars(&ask));
            Answer::Bars(ask.overlays, bars)
        }
        WorksTab::Curve => {
            let curve = Arc::new(curve(&ask));
            Answer::Curve(ask.overlays, curve)
        }
        // Surveys are read by a job: they need a session.
        WorksTab::Register | WorksTab::Survey => {
            let register = Arc::new(register(&ask));
            Answer::Register(ask.overlays, register)
        }
    }
}

fn bars(ask: &Ask) -> Bars {
    // Tasks of the records by id: of several schedules with one id the first is the one of the first schedule.
    let mut known: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (ix, task) in ask.overlays.schedule().tasks.iter().enumerate() {
        known.entry(task.id.as_str()).or_default().push_back(ix);
    }
    let mut n_objects: HashMap<usize, u64> = HashMap::new();
    for link in ask.overlays.links_to_tasks() {
        *n_objects.entry(link.1 as usize).or_default() += 1;
    }
    let zone = &ask.plans.zone;
    let (mut rows, mut task_of, mut problem) = (Vec::new(), Vec::new(), String::new());
    for (source, plan) in ask.plans.schedules.iter() {
        let computed = compute(plan).inspect_err(|e| problem = format!("{source}: {e}")).ok();
        let dates = || computed.iter().flat_map(|c| &c.tasks);
        let spans: BTreeMap<usize, (Civil, Civil)> =
            dates().map(|d| (d.place, (d.early_start, d.early_finish))).collect();
        // Of a plan that can be computed the work that remains of it can, too.
        let critical = |computed: Computed| -> BTreeSet<usize> {
            computed.tasks.iter().filter(|d| d.critical).map(|d| d.place).collect()
        };
        let remaining = ask.time.and_then(|t| compute_at(plan, Civil::from_utc(t, zone)).ok());
        let remaining = remaining.map(critical).unwrap_or_default();
        let planned = compute_planned(plan).map(critical).unwrap_or_default();
        let depths = depths(plan);
        for (place, task) in plan.tasks.iter().enumerate() {
            if task.kind == TaskKind::Inactive {
                continue;
            }
            let record = if task.is_leaf() {
                known.get_mut(task.id.as_str()).and_then(VecDeque::pop_front)
            } else {
                None
            };
            let mut row = bar(task, spans.get(&place).copied(), zone);
            row.critical = remaining.contains(&place);
            row.critical_planned = planned.contains(&place);
            row.depth = depths.get(place).copied().unwrap_or(0);
            row.n_objects = record.and_then(|r| n_objects.get(&r)).copied().unwrap_or(0);
            rows.push(row);
            task_of.push(record);
        }
    }
    let until = until(&rows);
    hold(&mut rows, &until);
    let ends = rows.iter().filter_map(|r| r.bar).chain(rows.iter().filter_map(|r| r.baseline));
    let actual = rows.iter().filter_map(|r| r.actual).map(|(a, b)| (a, b.unwrap_or(a)));
    let span = ends.chain(actual).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let bar_of = (0_u32..).zip(&task_of).filter_map(|(bar, task)| Some(((*task)?, bar))).collect();
    Bars { model: Arc::new(GanttModel { rows, span, problem }), task_of, bar_of, until }
}

fn bar(task: &PlanTask, computed: Option<(Civil, Civil)>, zone: &TimeZoneName) -> GanttRow {
    let utc = |t: Civil| t.to_utc(zone).ok();
    let both = |a: Option<Civil>, b: Option<Civil>| Some((utc(a?)?, utc(b?)?));
    let planned = both(task.start, task.finish.or(task.start));
    let base = task.baselines.first().and_then(|b| both(b.start, b.finish));
    let share = match (task.actual_finish, task.percent) {
        (Some(_), _) => 1.0,
        (None, percent) => percent.unwrap_or(0.0).clamp(0.0, 100.0) / 100.0,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
    let done = share as f32;
    GanttRow {
        code: if task.code.is_empty() { task.id.clone() } else { task.code.clone() },
        name: task.name.clone(),
        depth: 0,
        kind: match task.kind {
            TaskKind::Milestone | TaskKind::StartMilestone => GanttKind::Milestone,
            TaskKind::Summary => GanttKind::Summary,
            _ => GanttKind::Task,
        },
        bar: planned.or_else(|| computed.and_then(|(a, b)| both(Some(a), Some(b)))),
        // One that is as planned would only double the bar.
        baseline: base.filter(|b| planned != Some(*b)),
        actual: task.actual_start.and_then(utc).map(|from| (from, task.actual_finish.and_then(utc))),
        done,
        critical: false,
        critical_planned: false,
        n_objects: 0,
    }
}

/// How deep each task is nested.
fn depths(plan: &Plan) -> Vec<u16> {
    let mut by_id: HashMap<&str, u16> = HashMap::new();
    // Summaries come before what they hold; one that does not is taken as the outermost.
    plan.tasks
        .iter()
        .map(|t| {
            let depth = t.parent.as_deref().and_then(|p| by_id.get(p)).map_or(0, |d| d.saturating_add(1));
            by_id.insert(t.id.as_str(), depth);
            depth
        })
        .collect()
}

/// For each row the first row behind those that are nested in it.
fn until(rows: &[GanttRow]) -> Vec<u32> {
    let n = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut out = vec![n; rows.len()];
    let mut open: Vec<(usize, u16)> = Vec::new();
    for (ix, row) in rows.iter().enumerate() {
        while open.last().is_some_and(|(_, depth)| *depth >= row.depth) {
            if let Some((held, _)) = open.pop()
                && let Some(slot) = out.get_mut(held)
            {
                *slot = u32::try_from(ix).unwrap_or(u32::MAX);
            }
        }
        open.push((ix, row.depth));
    }
    out
}

/// Summaries count the objects of what they hold, and span it where they have no dates of their own.
fn hold(rows: &mut [GanttRow], until: &[u32]) {
    for ix in 0..rows.len() {
        let end = until.get(ix).copied().unwrap_or(0) as usize;
        let Some(below) = rows.get(ix + 1..end) else { continue };
        let leaves = || below.iter().filter(|r| r.kind != GanttKind::Summary);
        let n = leaves().map(|r| r.n_objects).sum();
        let span = leaves().filter_map(|r| r.bar).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        if let Some(row) = rows.get_mut(ix).filter(|r| r.kind == GanttKind::Summary) {
            row.n_objects = n;
            row.bar = row.bar.or(span);
        }
    }
}

fn curve(ask: &Ask) -> CurveModel {
    let zone = &ask.plans.zone;
    let plans = &ask.plans.schedules;
    let leaves = || plans.iter().flat_map(|(_, p)| p.tasks.iter().filter(|t| t.is_leaf()));
    let planned = |t: &PlanTask| {
        let base = t.baselines.iter().find(|b| b.name == "0");
        let own = [t.start, t.finish, t.actual_start, t.actual_finish];
        own.into_iter().chain([base.and_then(|b| b.start), base.and_then(|b| b.finish)])
    };
    let total = |at: Civil| leaves().fold(Worth::default(), |sum, t| sum.plus(&worth(t, None, at)));
    let span = leaves().flat_map(planned).flatten().fold(None, |span: Option<(Civil, Civil)>, t| {
        Some(span.map_or((t, t), |(a, b)| (a.min(t), b.max(t))))
    });
    let now = ask.time.map(|t| Civil::from_utc(t, zone));
    let mut instants: Vec<Civil> = span
        .map(|(a, b)| {
            (0..=CURVE_POINTS).map(|n| Civil(a.0 + (b.0 - a.0) / CURVE_POINTS * n)).chain([b]).collect()
        })
        .unwrap_or_default();
    // The clock's line meets the curves.
    instants.extend(now.filter(|n| span.is_some_and(|(a, b)| a <= *n && *n <= b)));
    instants.sort_unstable();
    instants.dedup();
    let units = |cents: i64| cents as f64 / 100.0;
    let point = |at: Civil| {
        let w = total(at);
        let past = now.is_none_or(|n| at <= n);
        Some(CurvePoint {
            at: at.to_utc(zone).ok()?,
            pv: units(w.pv),
            ev: past.then(|| units(w.ev)),
            ac: past.then(|| units(w.ac)),
        })
    };
    let figures = now.map(total).map(|w| CurveFigures {
        bac: decimal_2(w.bac),
        pv: decimal_2(w.pv),
        ev: decimal_2(w.ev),
        ac: decimal_2(w.ac),
        sv: decimal_2(w.sv()),
        cv: decimal_2(w.cv()),
        spi: w.spi().map(decimal_4),
        cpi: w.cpi().map(decimal_4),
        eac: w.eac().map(decimal_2),
    });
    let currency = plans.iter().map(|(_, p)| p.currency.clone()).find(|c| !c.is_empty());
    CurveModel {
        points: instants.into_iter().filter_map(point).collect(),
        time: ask.time,
        figures: figures.unwrap_or_default(),
        currency: currency.unwrap_or_default(),
    }
}

fn register(ask: &Ask) -> RegisterModel {
    let rules = &ask.overlays.rules().risk;
    let state = |name: &str| StateId::parse(OverlayKind::Risk, name);
    let mut grades = [[None; 5]; 5];
    for (likelihood, line) in (1_u8..).zip(&mut grades) {
        for (severity, cell) in (1_u8..).zip(line) {
            *cell = state(rules.grade(Rating { likelihood, severity }).name());
        }
    }
    let version = rules.version.clone();
    let Some(time) = ask.time else { return RegisterModel { grades, version, ..RegisterModel::default() } };
    let found = Register::new(&ask.overlays, time, (&ask.plans.entries, None));
    let scene = ask.overlays.table.scene();
    let row = |r: &crate::register::RegisterRow| {
        let o = scene.object(r.row)?;
        let entry = r.entry.as_ref();
        let due = entry.filter(|e| !e.closed).and_then(|e| e.due);
        Some(RegisterRow {
            row: r.row.0,
            name: if o.name().is_empty() { o.id() } else { o.name() }.to_owned(),
            class: o.class().to_owned(),
            state: state(r.risk.state()),
            score: r.risk.verdict.score,
            worst: r.worst(),
            factors: r
                .risk
                .contributions
                .iter()
                .map(|c| (c.factor.name(), c.rating.map(Rating::score)))
                .collect(),
            owner: entry.map(|e| e.owner.clone()).unwrap_or_default(),
            due,
            overdue: due.is_some_and(|d| d < time),
            note: entry.map(|e| e.why.clone()).unwrap_or_default(),
        })
    };
    let heap = |h: &lantu_overlay::Heap| {
        let object = h.whole.and_then(|row| scene.object(row));
        HeapRow {
            row: h.whole.map(|r| r.0),
            name: object
                .map(|o| if o.name().is_empty() { o.id() } else { o.name() }.to_owned())
                .unwrap_or_default(),
            state: state(if h.unknown { "unknown" } else { h.grade.name() }),
            counts: h.counts,
            worst: h.worst.map(|r| r.0),
        }
    };
    RegisterModel {
        rows: found.risks.iter().filter_map(row).collect(),
        matrix: found.matrix,
        grades,
        version,
        time: Some(time),
        sites: found.sites.iter().map(heap).collect(),
        cells: found.cells.iter().map(heap).collect(),
    }
}

impl App<'_> {
    /// Writes down who looks after the risk of an object, as of the clock's time.
    pub(crate) fn enter_risk(&mut self, edit: &RiskEdit) {
        let Some((desk, valid)) = self.desk.as_ref().and_then(|d| Some((d, d.time?))) else { return };
        let scene = desk.scene();
        let Some(object) = scene.object(lantu_base::ObjectRow(edit.row)).map(|o| o.key().to_string()) else {
            return;
        };
        let zone = desk.session.zone();
        let due = (!edit.due.is_empty()).then(|| UtcNanos::parse_finish(&edit.due, zone));
        let due = match due.transpose() {
            Ok(due) => due,
            Err(e) => return self.say_error(&e.into()),
        };
        let entry = RiskEntry {
            object,
            owner: edit.owner.clone(),
            due,
            closed: edit.closed,
            why: edit.why.clone(),
            by: edit.by.clone(),
            valid,
            known: crate::context::now(),
        };
        let project = desk.session.path().to_owned();
        self.written.push(project.clone());
        self.begin(Work::Risk { project, entry: Box::new(entry) });
    }
}
