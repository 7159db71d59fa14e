//! A schedule as its file states it: tasks, links, calendars, resources, baselines.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::civil::{Civil, whole};

/// Whose rules of counting a schedule follows where programs differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// Microsoft Project: from the project's start, work done keeps its dates.
    #[default]
    Project,
    /// Primavera P6: from the data date, only what remains is scheduled.
    Primavera,
}

/// In whose calendar the lags of links are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LagCalendar {
    /// The successor's.
    #[default]
    Successor,
    /// The predecessor's.
    Predecessor,
    /// The project's.
    Project,
    /// The clock on the wall.
    Clock,
}

/// A whole schedule. Ids are unique among their kind; what refers to an id that is not there was dropped and reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the project.
    pub name: String,
    /// Whose rules it follows.
    pub rules: Rules,
    /// Start of the project.
    pub start: Option<Civil>,
    /// Until when progress is reported: what remains starts then.
    pub data_date: Option<Civil>,
    /// Latest finish that the plan demands of all tasks.
    pub must_finish: Option<Civil>,
    /// Calendar of tasks without one of their own; `None` is the standard week.
    pub calendar: Option<String>,
    /// In whose calendar lags are counted.
    pub lag_calendar: LagCalendar,
    /// Calendars.
    pub calendars: Vec<Calendar>,
    /// Tasks, summaries among them, in the order of the file.
    pub tasks: Vec<PlanTask>,
    /// Links between tasks.
    pub links: Vec<Link>,
    /// Resources.
    pub resources: Vec<Resource>,
    /// Which resource works on which task.
    pub assignments: Vec<Assignment>,
    /// Seconds that the file calls a day of work.
    pub day_s: i64,
    /// Float up to which a task is critical, in seconds of work.
    pub critical_float_s: i64,
    /// Currency code, empty if unknown.
    pub currency: String,
}

/// What a task is in the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Work with a duration.
    #[default]
    Task,
    /// A point in time; may sit where a day's work ends.
    Milestone,
    /// A point in time at which work begins: it never sits where a day's work ends.
    StartMilestone,
    /// Holds other tasks and has their dates.
    Summary,
    /// Spans what it is linked to; constrains nothing.
    LevelOfEffort,
    /// Switched off: kept, not scheduled.
    Inactive,
}

/// What is done to the objects of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// They come to stand.
    #[default]
    Construct,
    /// They disappear.
    Demolish,
    /// They stand while the task lasts.
    Temporary,
    /// They change their place.
    Move,
}

/// A task or summary.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanTask {
    /// Unique in the schedule, and the same when the file is written again (`UID`, `task_id`).
    pub id: String,
    /// Globally unique id, empty if the file has none.
    pub guid: String,
    /// What people call it: `task_code`, `ID`; empty if the file has none.
    pub code: String,
    /// Place in the work breakdown structure.
    pub wbs: String,
    /// Name.
    pub name: String,
    /// The summary that holds it.
    pub parent: Option<String>,
    /// What it is in the network.
    pub kind: TaskKind,
    /// What is done to its objects.
    pub work: Work,
    /// Keeps the dates it has: not moved by links.
    pub manual: bool,
    /// Its own calendar.
    pub calendar: Option<String>,
    /// Duration does not follow from the work of its resources.
    pub fixed_duration: bool,
    /// Planned start as stated.
    pub start: Option<Civil>,
    /// Planned finish as stated.
    pub finish: Option<Civil>,
    /// Duration in seconds, of work or (see `elapsed`) of the clock.
    pub duration_s: i64,
    /// What remains of it; `None` is what the percentage leaves of it.
    pub remaining_s: Option<i64>,
    /// Durations run through nights and holidays.
    pub elapsed: bool,
    /// Delay by leveling, seconds of the clock.
    pub leveling_delay_s: i64,
    /// Constraints, the first before the second.
    pub constraints: Vec<Constraint>,
    /// Should be done by then; moves late dates, never early ones.
    pub deadline: Option<Civil>,
    /// Actual start.
    pub actual_start: Option<Civil>,
    /// Actual finish.
    pub actual_finish: Option<Civil>,
    /// Percent complete, 0 to 100.
    pub percent: Option<f64>,
    /// Planned cost in hundredths.
    pub cost_cents: Option<i64>,
    /// Actual cost in hundredths.
    pub actual_cost_cents: Option<i64>,
    /// Baselines in the order of the file.
    pub baselines: Vec<Baseline>,
    /// What the file says that its program computed.
    pub stated: Stated,
    /// Objects it concerns, as written.
    pub objects: Vec<String>,
}

/// What the program that wrote the file computed: for comparison, never an input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// Early start.
    pub early_start: Option<Civil>,
    /// Early finish.
    pub early_finish: Option<Civil>,
    /// Late start.
    pub late_start: Option<Civil>,
    /// Late finish.
    pub late_finish: Option<Civil>,
    /// Total float in seconds of work.
    pub total_float_s: Option<i64>,
    /// Whether it is critical.
    pub critical: Option<bool>,
}

/// A plan as it was once agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Number or name.
    pub name: String,
    /// Start.
    pub start: Option<Civil>,
    /// Finish.
    pub finish: Option<Civil>,
    /// Duration in seconds.
    pub duration_s: Option<i64>,
    /// Budget in hundredths.
    pub cost_cents: Option<i64>,
}

/// A limit on a task's dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Which.
    pub kind: ConstraintKind,
    /// When; of no meaning for [`ConstraintKind::AsLateAsPossible`].
    pub date: Civil,
}

/// Kinds of limits. "Must" holds against links, the others bend to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// Uses up its free float.
    AsLateAsPossible,
    /// Not before.
    StartNoEarlierThan,
    /// Not after.
    StartNoLaterThan,
    /// Not before.
    FinishNoEarlierThan,
    /// Not after.
    FinishNoLaterThan,
    /// At, as far as links let it.
    StartOn,
    /// At, as far as links let it.
    FinishOn,
    /// At, whatever links say.
    MustStartOn,
    /// At, whatever links say.
    MustFinishOn,
}

/// What a link ties together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// The successor starts after the predecessor's finish.
    #[default]
    #[serde(rename = "FS")]
    FinishStart,
    /// It starts after its start.
    #[serde(rename = "SS")]
    StartStart,
    /// It finishes after its finish.
    #[serde(rename = "FF")]
    FinishFinish,
    /// It finishes after its start.
    #[serde(rename = "SF")]
    StartFinish,
}

/// How long a link waits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lag {
    /// Seconds of work; negative is a lead.
    Work(i64),
    /// Seconds of the clock.
    Elapsed(i64),
    /// Percent of the predecessor's duration.
    Percent(f64),
}

/// One link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Id of the task before.
    pub from: String,
    /// Id of the task after.
    pub to: String,
    /// What it ties together.
    pub kind: LinkKind,
    /// How long it waits.
    pub lag: Lag,
}

/// Somebody or something that works, or is used up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Unique in the schedule.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its calendar.
    pub calendar: Option<String>,
    /// Its work makes durations; a material or a cost does not.
    pub works: bool,
}

/// A resource on a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Id of the task.
    pub task: String,
    /// Id of the resource.
    pub resource: String,
    /// Share of its time, 1 is all.
    pub units: f64,
    /// Seconds of work.
    pub work_s: i64,
    /// What remains of it.
    pub remaining_s: i64,
    /// Planned cost in hundredths.
    pub cost_cents: Option<i64>,
}

impl PlanTask {
    /// What remains of its duration, seconds: as stated, else what the percentage leaves.
    pub fn left_s(&self) -> i64 {
        self.remaining_s.unwrap_or_else(|| {
            let left = 1.0 - self.percent.unwrap_or(0.0).clamp(0.0, 100.0) / 100.0;
            whole(self.duration_s as f64 * left)
        })
    }

    /// Whether it has dates of its own in the network.
    pub fn is_leaf(&self) -> bool {
        !matches!(self.kind, TaskKind::Summary | TaskKind::Inactive)
    }
}
