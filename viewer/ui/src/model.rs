//! View models: what the panels show. Plain data, made by the app once per change or frame.

use lantu_base::{TimeZoneName, UtcNanos};

use crate::states::{OverlayKind, StateId};

/// Everything that the window shows around the scene.
#[derive(Clone, Debug, Default)]
pub struct UiModel {
    /// Nothing is open: the first-start screen is shown instead of panels.
    pub first_start: Option<FirstStartModel>,
    /// Project name, switches.
    pub top_bar: TopBarModel,
    /// The tree.
    pub tree: SceneTreeModel,
    /// The layers.
    pub layers: LayersModel,
    /// The picked object, if there is one.
    pub properties: Option<PropertiesModel>,
    /// The clock; `None` where nothing has a time.
    pub timeline: Option<TimelineModel>,
    /// Bottom line.
    pub status: StatusModel,
    /// Counts per state; `None` without an overlay.
    pub legend: Option<LegendModel>,
    /// Compass and scale bar.
    pub view: ViewModel,
    /// Messages that go away, newest last.
    pub notices: Vec<Notice>,
    /// A message that must be read.
    pub dialog: Option<DialogModel>,
    /// Menu at the pointer after a right click in the scene.
    pub context_menu: Option<ContextMenuModel>,
    /// Files are held over the window.
    pub dropping: bool,
}

/// The first-start screen.
#[derive(Clone, Debug, Default)]
pub struct FirstStartModel {
    /// Paths of recent projects, newest first.
    pub recent: Vec<String>,
}

/// The top bar.
#[derive(Clone, Debug, Default)]
pub struct TopBarModel {
    /// Name of the project; empty for none.
    pub project: String,
    /// What colors the scene.
    pub overlay: OverlayKind,
    /// The ground is translucent.
    pub xray_ground: bool,
    /// Hidden or isolated objects exist, so "show everything" does something.
    pub has_hidden: bool,
}

/// The scene tree: only the rows that are open, in order.
#[derive(Clone, Debug, Default)]
pub struct SceneTreeModel {
    /// Rows, flattened: children follow their parent.
    pub rows: Vec<TreeRow>,
    /// Objects in the scene.
    pub n_objects: u64,
    /// The search that `rows` answer; empty for the whole tree.
    pub search: String,
    /// Matches of the search.
    pub n_matches: u64,
    /// The tree is still being made.
    pub loading: bool,
    /// Index in `rows` to scroll to, when it differs from the frame before.
    pub scroll_to: Option<usize>,
}

/// One row of the tree.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a row; every combination occurs")]
pub struct TreeRow {
    /// The object, if the row is one (a group of a class is not).
    pub row: Option<u32>,
    /// Identifies the row from frame to frame.
    pub key: u64,
    /// 0 at the top.
    pub depth: u16,
    /// Name; empty where the source has none.
    pub label: String,
    /// Class: `IfcWall`, `pipe`; empty for groups.
    pub class: String,
    /// Objects below, shown for groups; 0 shows nothing.
    pub n_below: u64,
    /// Can be opened.
    pub has_children: bool,
    /// Is open.
    pub expanded: bool,
    /// Is shown in the scene.
    pub visible: bool,
    /// Is part of the selection.
    pub selected: bool,
    /// State in the current overlay.
    pub state: Option<StateId>,
}

/// The layers, topmost first.
#[derive(Clone, Debug, Default)]
pub struct LayersModel {
    /// The layers.
    pub layers: Vec<LayerRow>,
}

/// What a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// IFC objects.
    Model,
    /// Drone or satellite picture.
    Orthophoto,
    /// Terrain.
    Elevation,
    /// Points, lines, polygons.
    Vector,
    /// Pipes and cables.
    Utilities,
    /// Management cells.
    Cells,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct LayerRow {
    /// Identifies the layer in actions.
    pub id: u32,
    /// Its source's short name.
    pub name: String,
    /// What it holds.
    pub kind: LayerKind,
    /// Shown.
    pub visible: bool,
    /// 0 to 1.
    pub opacity: f32,
    /// It has no place yet: waits for a decision.
    pub waiting: bool,
}

/// What is known about the picked object.
#[derive(Clone, Debug, Default)]
pub struct PropertiesModel {
    /// The object's row.
    pub row: u32,
    /// Further objects in the selection.
    pub n_more: u64,
    /// Name; empty where the source has none.
    pub name: String,
    /// `IfcWall`.
    pub class: String,
    /// Id within its source.
    pub id: String,
    /// The source's short name.
    pub source: String,
    /// Name of its type; empty if none.
    pub type_name: String,
    /// What it is part of: `tower › storey 3`; empty if nothing.
    pub container: String,
    /// Names of materials.
    pub materials: Vec<String>,
    /// Where it is; `None` while its source is not placed.
    pub place: Option<PlaceModel>,
    /// Why it has its color; `None` without an overlay.
    pub why: Option<WhyModel>,
    /// Sensor channels bound to it.
    pub channels: Vec<ChannelModel>,
    /// Property and quantity sets.
    pub sets: Vec<PropertySet>,
}

/// Where the object is: in CRS units as people read them, heights in meters.
#[derive(Clone, Debug, Default)]
pub struct PlaceModel {
    /// Center: easting, northing, height.
    pub center: [f64; 3],
    /// Edges of its box: along easting, northing, height.
    pub size: [f64; 3],
    /// Decimals that the source's accuracy allows.
    pub decimals: usize,
    /// Unit of easting and northing: `m`, `ftUS`.
    pub unit: String,
    /// `EPSG:4548`.
    pub crs: String,
    /// Name of the height datum; empty if unknown.
    pub height_datum: String,
}

/// Why the object has its color. Texts are already in the reader's language.
#[derive(Clone, Debug)]
pub struct WhyModel {
    /// The overlay's state; `None` if it says nothing about the object.
    pub state: Option<StateId>,
    /// Reasons, most important first.
    pub reasons: Vec<String>,
    /// Name of the rule; empty if none.
    pub rule: String,
    /// Its version; empty if none.
    pub rule_version: String,
    /// Where the fact comes from: a schedule, a channel, a layer.
    pub evidence: String,
    /// The instant that the state holds for.
    pub as_of: UtcNanos,
}

/// A sensor channel.
#[derive(Clone, Debug)]
pub struct ChannelModel {
    /// Its name.
    pub name: String,
    /// Unit of its values.
    pub unit: String,
    /// Last value at the clock's time, and its instant.
    pub last: Option<(f64, UtcNanos)>,
    /// Decimals that the sensor gives.
    pub decimals: usize,
    /// Its state at the clock's time.
    pub state: Option<StateId>,
    /// The curve: seconds from any origin, value; ascending. A gap is a NaN value.
    pub curve: Vec<[f64; 2]>,
    /// Levels of its rule: state, threshold; ascending.
    pub levels: Vec<(StateId, f64)>,
}

/// A property or quantity set.
#[derive(Clone, Debug, Default)]
pub struct PropertySet {
    /// `Pset_WallCommon`.
    pub name: String,
    /// Name, value with unit.
    pub rows: Vec<(String, String)>,
}

/// The clock.
#[derive(Clone, Debug)]
pub struct TimelineModel {
    /// The clock's time.
    pub time: UtcNanos,
    /// First and last instant of tasks and samples.
    pub span: (UtcNanos, UtcNanos),
    /// The present, if it lies in the span: what follows is planned.
    pub now: Option<UtcNanos>,
    /// The clock runs.
    pub playing: bool,
    /// Seconds of project time per second.
    pub speed: f64,
    /// Tasks under way, in bins of equal length over the span.
    pub histogram: Vec<f32>,
    /// Milestones and alarms.
    pub marks: Vec<TimeMark>,
    /// The project's zone.
    pub zone: TimeZoneName,
}

/// A mark on the time line.
#[derive(Clone, Debug)]
pub struct TimeMark {
    /// When.
    pub at: UtcNanos,
    /// What kind.
    pub kind: MarkKind,
    /// Its name.
    pub label: String,
}

/// Kinds of marks on the time line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A milestone: a diamond.
    Milestone,
    /// An alarm began: a triangle.
    Alarm,
}

/// The status bar.
#[derive(Clone, Debug, Default)]
pub struct StatusModel {
    /// Easting, northing (CRS units) and height (meters) under the pointer.
    pub position: Option<[f64; 3]>,
    /// Unit of easting and northing; empty for meters.
    pub unit: String,
    /// `EPSG:4548`; empty without a project.
    pub crs: String,
    /// Name of the height datum; empty if unknown.
    pub height_datum: String,
    /// Work in progress and its outcome.
    pub jobs: Vec<JobModel>,
    /// Memory in use, and the limit that the user set (0 = none), bytes.
    pub memory: (u64, u64),
    /// Duration of the last frame, milliseconds; `None` before the first.
    pub frame_ms: Option<f32>,
    /// `UTC+8`.
    pub zone: String,
    /// IANA name of the project's zone.
    pub zone_name: String,
    /// Name of the graphics adapter.
    pub adapter: String,
    /// Drawn by the CPU.
    pub software: bool,
}

/// A job.
#[derive(Clone, Debug)]
pub struct JobModel {
    /// Identifies it in actions.
    pub id: u64,
    /// What it does: a file name.
    pub name: String,
    /// 0 to 1; `None` if unknown.
    pub fraction: Option<f32>,
    /// What it does now.
    pub step: String,
    /// Remaining seconds, if known.
    pub remaining_s: Option<f64>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<JobOutcome>,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// Everything is there.
    Done,
    /// Something was dropped or approximated.
    Partial,
    /// Nothing came of it.
    Failed,
}

/// The legend of the overlay.
#[derive(Clone, Debug)]
pub struct LegendModel {
    /// Which overlay.
    pub overlay: OverlayKind,
    /// States with their counts, in the order shown.
    pub rows: Vec<LegendRow>,
    /// Show only this state.
    pub filter: Option<StateId>,
    /// The clock's time, formatted.
    pub as_of: String,
}

/// One state and how many objects are in it.
#[derive(Clone, Copy, Debug)]
pub struct LegendRow {
    /// The state.
    pub state: StateId,
    /// Objects in it.
    pub n: u64,
}

/// The view onto the scene.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewModel {
    /// Where grid north points on the screen: clockwise from up, radians.
    pub north_rad: f32,
    /// Meters per point at the middle of the view; 0 hides the scale bar.
    pub meters_per_point: f64,
    /// The scene has nothing in it.
    pub empty: bool,
    /// The scene is being loaded.
    pub loading: bool,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// Done.
    Done,
    /// Done, but not as asked.
    Warning,
    /// Did not work.
    Error,
}

/// A message at the edge of the scene. The app removes it when its time has passed.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Identifies it in actions.
    pub id: u64,
    /// How much it matters.
    pub kind: NoticeKind,
    /// What happened, where, what to do.
    pub text: String,
}

/// A message that must be read.
#[derive(Clone, Debug, Default)]
pub struct DialogModel {
    /// Title; empty for the usual one.
    pub title: String,
    /// What happened.
    pub what: String,
    /// Path and place; empty if there is none.
    pub place: String,
    /// What to do.
    pub todo: String,
    /// Technical details for a report; folded.
    pub details: String,
}

/// The menu for what lies under the pointer.
#[derive(Clone, Debug, Default)]
pub struct ContextMenuModel {
    /// Where the click was, in points.
    pub at: [f32; 2],
    /// The object under the pointer.
    pub row: Option<u32>,
    /// Its name.
    pub label: String,
    /// Coordinates under the pointer, formatted.
    pub coordinates: String,
    /// Its id, if it has one.
    pub id: String,
}
