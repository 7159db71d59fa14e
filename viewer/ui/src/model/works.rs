//! Schedules, what was worth what, and risks, in the panel below the scene.

use std::collections::BTreeSet;
use std::sync::Arc;

use lantu_base::{TimeZoneName, UtcNanos};

use crate::states::StateId;

/// What the panel of schedules and risks shows.
#[derive(Clone, Debug)]
pub struct WorksModel {
    /// Bars of tasks; `None` while they are worked out.
    pub gantt: Option<Arc<GanttModel>>,
    /// Bars of the selected objects, as places in [`GanttModel::rows`].
    pub marked: Arc<BTreeSet<u32>>,
    /// The curve of worth; `None` while it is worked out.
    pub curve: Option<Arc<CurveModel>>,
    /// The register of risks; `None` while it is worked out.
    pub register: Option<Arc<RegisterModel>>,
    /// What a survey proposes; `None` while it is worked out.
    pub survey: Option<Arc<SurveyModel>>,
    /// The row that is selected in the scene, if it is one.
    pub selected: Option<u32>,
    /// The clock's time.
    pub time: Option<UtcNanos>,
    /// The project's zone.
    pub zone: TimeZoneName,
    /// Who sits here, for entries in the register.
    pub person: String,
}

/// Tasks as bars over time.
#[derive(Clone, Debug, Default)]
pub struct GanttModel {
    /// Tasks and summaries in the order of their schedules.
    pub rows: Vec<GanttRow>,
    /// First and last instant of all bars.
    pub span: Option<(UtcNanos, UtcNanos)>,
    /// Why there are no critical tasks, if a schedule cannot be computed; empty otherwise.
    pub problem: String,
}

/// What a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GanttKind {
    /// Work.
    Task,
    /// A point in time: a diamond.
    Milestone,
    /// Holds others: a bracket.
    Summary,
}

/// A row of the Gantt chart.
#[derive(Clone, Debug)]
pub struct GanttRow {
    /// What people call it: a code or number; may be empty.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How deep it is nested.
    pub depth: u16,
    /// What it is.
    pub kind: GanttKind,
    /// From when to when; `None` without dates.
    pub bar: Option<(UtcNanos, UtcNanos)>,
    /// As it was once agreed.
    pub baseline: Option<(UtcNanos, UtcNanos)>,
    /// As it was or is being done: the end is `None` while work goes on.
    pub actual: Option<(UtcNanos, Option<UtcNanos>)>,
    /// Share done, 0 to 1.
    pub done: f32,
    /// On the critical path of the work that remains at the clock's time.
    pub critical: bool,
    /// On the critical path of the plan, as if nothing were done yet.
    pub critical_planned: bool,
    /// Objects of the scene that it names.
    pub n_objects: u64,
}

/// Planned value, earned value and actual cost over time.
#[derive(Clone, Debug, Default)]
pub struct CurveModel {
    /// Ascending in time; earned value and cost are `None` after the clock's time.
    pub points: Vec<CurvePoint>,
    /// The instant of the figures.
    pub time: Option<UtcNanos>,
    /// The figures at that instant.
    pub figures: CurveFigures,
    /// ISO code of the currency; empty if nobody said.
    pub currency: String,
}

/// One instant of the curve, in units of the currency.
#[derive(Clone, Copy, Debug)]
pub struct CurvePoint {
    /// When.
    pub at: UtcNanos,
    /// Planned value.
    pub pv: f64,
    /// Earned value.
    pub ev: Option<f64>,
    /// Actual cost.
    pub ac: Option<f64>,
}

/// Figures as exact decimals; `None` where a divisor is zero.
#[derive(Clone, Debug, Default)]
pub struct CurveFigures {
    /// Budget at completion.
    pub bac: String,
    /// Planned value.
    pub pv: String,
    /// Earned value.
    pub ev: String,
    /// Actual cost.
    pub ac: String,
    /// Schedule variance.
    pub sv: String,
    /// Cost variance.
    pub cv: String,
    /// Schedule performance index.
    pub spi: Option<String>,
    /// Cost performance index.
    pub cpi: Option<String>,
    /// Estimate at completion.
    pub eac: Option<String>,
}

/// The register of risks.
#[derive(Clone, Debug, Default)]
pub struct RegisterModel {
    /// Worst first.
    pub rows: Vec<RegisterRow>,
    /// Objects by likelihood (row, 1 first) and severity (column) of their worst factor.
    pub matrix: [[u64; 5]; 5],
    /// Grade of each cell of the matrix.
    pub grades: [[Option<StateId>; 5]; 5],
    /// Version of the rules.
    pub version: String,
    /// The instant that it holds for.
    pub time: Option<UtcNanos>,
    /// Sums over sites.
    pub sites: Vec<HeapRow>,
    /// Sums over management cells.
    pub cells: Vec<HeapRow>,
}

/// Risks of what a site or a management cell holds.
#[derive(Clone, Debug)]
pub struct HeapRow {
    /// The site's or cell's row; `None` for objects that none holds.
    pub row: Option<u32>,
    /// Its name, or its id; empty for objects that none holds.
    pub name: String,
    /// The worst risk in it.
    pub state: Option<StateId>,
    /// Objects by risk: none, low, medium, high, extreme, and those that cannot be judged.
    pub counts: [u64; 6],
    /// The object with the worst risk.
    pub worst: Option<u32>,
}

/// An object at risk.
#[derive(Clone, Debug)]
pub struct RegisterRow {
    /// The object's row.
    pub row: u32,
    /// Its name, or its id.
    pub name: String,
    /// `IfcWall`.
    pub class: String,
    /// Its risk.
    pub state: Option<StateId>,
    /// Highest likelihood × severity.
    pub score: u8,
    /// Likelihood and severity of its worst factor.
    pub worst: Option<(u8, u8)>,
    /// Stable names of its factors, each with likelihood × severity if it can be judged.
    pub factors: Vec<(&'static str, Option<u8>)>,
    /// Who looks after it; empty for nobody.
    pub owner: String,
    /// Until when.
    pub due: Option<UtcNanos>,
    /// That date is past.
    pub overdue: bool,
    /// What was entered last: what is to be done, or why.
    pub note: String,
}

/// What a survey from the air proposes about how far elements are.
#[derive(Clone, Debug, Default)]
pub struct SurveyModel {
    /// Surveys with a date, oldest first: name and when it was flown.
    pub epochs: Vec<(String, UtcNanos)>,
    /// Which of them the proposals are of; `None` where there are none.
    pub shown: Option<usize>,
    /// Why there are no proposals, if something failed; empty otherwise.
    pub problem: String,
    /// Edge of a cell, meters.
    pub cell_m: f64,
    /// A height that differs from the model by less is the model's, meters.
    pub lod95_m: f64,
    /// Proposals: what deviates or is under way first, what cannot be observed last.
    pub rows: Vec<ProposalRow>,
}

/// How far an element or an earthwork is, as a survey sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// It stands, but not where its model says.
    Deviates,
    /// A part of it stands.
    InProgress,
    /// It stands.
    Built,
    /// Nothing of it stands.
    NotStarted,
    /// The survey cannot tell.
    NotObservable,
}

impl Observed {
    /// In the order of the list.
    pub const ALL: [Self; 5] =
        [Self::Deviates, Self::InProgress, Self::Built, Self::NotStarted, Self::NotObservable];
}

/// A proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposalRow {
    /// The object's row.
    pub row: u32,
    /// Its name, or its id.
    pub name: String,
    /// `IfcSlab`.
    pub class: String,
    /// How far it is.
    pub state: Observed,
    /// Stable word for why: `within_lod95`.
    pub why: &'static str,
    /// Cells where its top stands, and all that say how far it is; `None` for an earthwork.
    pub cells: Option<(u64, u64)>,
    /// Share of what is planned that was moved, of an earthwork, 0 to 1.
    pub share: Option<f64>,
    /// Mean difference from the model and what 95 % of cells differ by at most, meters.
    pub off_m: Option<(f64, f64)>,
    /// What the entry would say: survey, cells or volumes.
    pub proof: String,
    /// Its tasks say otherwise for that day.
    pub disagrees: bool,
    /// Who accepted it, and when.
    pub accepted: Option<(String, UtcNanos)>,
}
