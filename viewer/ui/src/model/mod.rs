//! View models: what the panels show. Plain data, made by the app once per change or frame.

use lantu_base::{TimeZoneName, UtcNanos};

use crate::states::{OverlayKind, StateId};

mod coloring;
mod files;
mod heat;
mod live;
mod placing;
mod style;
mod tools;
mod tree;
mod works;

pub use coloring::*;
pub use files::*;
pub use heat::*;
pub use live::*;
pub use placing::*;
pub use style::*;
pub use tools::*;
pub use tree::*;
pub use works::*;

/// Everything that the window shows around the scene.
#[derive(Clone, Debug, Default)]
pub struct UiModel {
    /// Nothing is open: the first-start screen is shown instead of panels.
    pub first_start: bool,
    /// Project name, switches.
    pub top_bar: TopBarModel,
    /// The tree.
    pub tree: SceneTreeModel,
    /// The layers.
    pub layers: LayersModel,
    /// The picked object, if there is one.
    pub properties: Option<PropertiesModel>,
    /// The place that was clicked, if it was one on something.
    pub here: Option<HereModel>,
    /// The clock; `None` where nothing has a time.
    pub timeline: Option<TimelineModel>,
    /// Bottom line.
    pub status: StatusModel,
    /// Counts per state; `None` without an overlay.
    pub legend: Option<LegendModel>,
    /// Counts per state of a second overlay, which outlines objects; `None` without one.
    pub outline_legend: Option<LegendModel>,
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
    /// Saved views; `None` hides their menu.
    pub views: Option<ViewsModel>,
    /// Measuring; `None` hides the tool.
    pub measure: Option<MeasureModel>,
    /// Cutting the scene open; `None` hides the tool.
    pub section: Option<SectionModel>,
    /// Coloring by any property; `None` hides the chooser.
    pub coloring: Option<ColoringModel>,
    /// The line between two pictures of the ground, while there is one.
    pub swipe: Option<SwipeModel>,
    /// A second picture left of the scene.
    pub beside: BesideModel,
    /// What is hidden, isolated, translucent.
    pub visibility: VisibilityModel,
    /// What can be undone; `None` hides it.
    pub history: Option<HistoryModel>,
    /// Flying and walking; `None` hides the switch.
    pub motion: Option<MotionModel>,
    /// Where one source may lie, while a person looks into it.
    pub placing: Option<PlacingModel>,
    /// The scene from above; `None` hides it.
    pub overview: Option<OverviewModel>,
    /// Projects that were open before, newest first.
    pub recent: Vec<RecentProject>,
    /// The chooser of files, while it is open.
    pub chooser: Option<ChooserModel>,
    /// A job's report, while it is open.
    pub report: Option<ReportModel>,
    /// What sensors say; `None` where there are no channels.
    pub live: Option<LiveModel>,
    /// Maps over the ground; `None` where nothing can be mapped.
    pub heat: Option<HeatModel>,
    /// Schedules and risks; `None` hides their panel.
    pub works: Option<WorksModel>,
}

/// The top bar.
#[derive(Clone, Debug, Default)]
pub struct TopBarModel {
    /// Name of the project; empty for none.
    pub project: String,
    /// What colors the scene.
    pub overlay: OverlayKind,
    /// What outlines objects besides.
    pub outline: OverlayKind,
    /// Names of things are shown in the scene.
    pub labels: bool,
    /// The ground is translucent.
    pub xray_ground: bool,
}

/// What is not shown as usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisibilityModel {
    /// Objects that are hidden, or that isolating others hides.
    pub n_hidden: u64,
    /// Objects that are translucent.
    pub n_ghosted: u64,
    /// A filter or an isolation leaves others out, so "show everything" does something.
    pub filtered: bool,
    /// The app can make objects translucent; without it the command is hidden.
    pub can_ghost: bool,
}

impl VisibilityModel {
    /// Whether "show everything" does something.
    pub const fn any(self) -> bool {
        self.n_hidden > 0 || self.n_ghosted > 0 || self.filtered
    }
}

/// The layers, topmost first.
#[derive(Clone, Debug, Default)]
pub struct LayersModel {
    /// The layers.
    pub layers: Vec<LayerRow>,
    /// Opacity of the ground, 0 to 1; `None` without a ground.
    pub ground_opacity: Option<f32>,
    /// How the ground's picture is shown; `None` where it cannot be changed.
    pub ground_look: Option<GroundLook>,
}

/// How the ground's picture is shown, and what is drawn of its heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundLook {
    /// Added to colors, −1 to 1.
    pub brightness: f32,
    /// Factor on how far colors lie from gray, 0 to 4.
    pub contrast: f32,
    /// Share of a shaded relief, 0 to 1.
    pub hillshade: f32,
    /// Share of colors of the slope, 0 to 1.
    pub slope: f32,
    /// Contour lines every so many meters; 0 for none.
    pub contour_m: f32,
    /// How many times as tall heights are drawn; 1 as they are.
    pub exaggeration: f64,
}

impl Default for GroundLook {
    fn default() -> Self {
        Self { brightness: 0.0, contrast: 1.0, hillshade: 0.0, slope: 0.0, contour_m: 0.0, exaggeration: 1.0 }
    }
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
    /// Heights of roofs and crowns.
    Surface,
    /// Points, lines, polygons.
    Vector,
    /// Pipes and cables.
    Utilities,
    /// Management cells.
    Cells,
}

/// A line over the scene: the picture of one layer lies only right of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SwipeModel {
    /// The layer's name.
    pub name: String,
    /// Share of the scene's width, 0 to 1.
    pub at: f32,
}

/// What can be shown left of the scene, from the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Progress if all goes as planned.
    Plan,
    /// The revision before.
    Former,
}

/// A second picture left of the scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BesideModel {
    /// What it shows, if there is one.
    pub shown: Option<Beside>,
    /// There is a schedule.
    pub has_plan: bool,
    /// A source has an older revision.
    pub has_former: bool,
}

impl BesideModel {
    /// Whether there is anything of it to show.
    pub fn can(&self, what: Beside) -> bool {
        match what {
            Beside::Plan => self.has_plan,
            Beside::Former => self.has_former,
        }
    }
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
    /// 0 to 1; `None`: it has none of its own.
    pub opacity: Option<f32>,
    /// Whether its picture lies only right of the line of a swipe; `None`: it has no picture on the ground.
    pub swiped: Option<bool>,
    /// It has no place yet: waits for a decision.
    pub waiting: bool,
    /// There is a report of the ways in which it may lie.
    pub has_report: bool,
    /// How it is drawn; `None`: nothing to choose.
    pub style: Option<LayerStyleModel>,
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
    /// What of it is not drawn as its file says, and why. Texts are already in the reader's language.
    pub drawn: Vec<String>,
    /// Where it is; `None` while its source is not placed.
    pub place: Option<PlaceModel>,
    /// Why it has its color; `None` without an overlay.
    pub why: Option<WhyModel>,
    /// Why it has its outline; `None` without a second overlay.
    pub why_outline: Option<WhyModel>,
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

/// A place of the ground.
#[derive(Clone, Debug, Default)]
pub struct HereModel {
    /// Where it is; its size is zero.
    pub place: PlaceModel,
    /// What each layer of heights or pictures says there.
    pub values: Vec<HereValue>,
}

/// What one layer says about a place.
#[derive(Clone, Debug, PartialEq)]
pub struct HereValue {
    /// The layer's name.
    pub layer: String,
    /// Its value; `None`: it has none here.
    pub value: Option<HereNumber>,
}

/// A value of a raster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HereNumber {
    /// Meters, in the project's height datum.
    Height(f64),
    /// Red, green, blue, 0 to 255.
    Color([u8; 3]),
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
    /// Where the fact comes from: a schedule, a layer, the standard of a limit.
    pub evidence: String,
    /// The files or feeds that the readings came from; empty without readings.
    pub source: String,
    /// The instant that the state holds for.
    pub as_of: UtcNanos,
    /// Readings that decided, ascending; empty where none did.
    pub readings: Vec<ReadingModel>,
    /// So many more decided with them.
    pub n_more_readings: usize,
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
    /// The clock follows the present; `None` where nothing is measured.
    pub following: Option<bool>,
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
    /// Memory in use.
    pub memory: MemoryModel,
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

/// Memory in use and what it costs the picture.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryModel {
    /// Bytes in use.
    pub used_bytes: u64,
    /// The limit that the user set; 0 for none.
    pub limit_bytes: u64,
    /// The limit makes parts of the scene coarser than the screen could show.
    pub coarser: bool,
    /// Limits that the app takes: least, most; `None` if it takes none while it runs.
    pub choices: Option<(u64, u64)>,
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
    /// Remarks in its report.
    pub n_remarks: u64,
    /// It can be stopped.
    pub can_cancel: bool,
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
#[derive(Clone, Debug, PartialEq)]
pub struct LegendModel {
    /// Which overlay.
    pub overlay: OverlayKind,
    /// It outlines objects; otherwise it fills them.
    pub outlines: bool,
    /// States with their counts, in the order shown.
    pub rows: Vec<LegendRow>,
    /// Show only this state.
    pub filter: Option<StateId>,
    /// The clock's time, formatted.
    pub as_of: String,
}

/// One state and how many objects are in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegendRow {
    /// The state.
    pub state: StateId,
    /// Objects in it.
    pub n: u64,
}

/// The view onto the scene.
#[derive(Clone, Debug, Default)]
pub struct ViewModel {
    /// Where grid north points on the screen: clockwise from up, radians.
    pub north_rad: f32,
    /// Meters per point at the middle of the view; 0 hides the scale bar.
    pub meters_per_point: f64,
    /// How many times as tall heights are drawn; 1 as they are. Any other is said beside the scale bar.
    pub exaggeration: f64,
    /// The scene has nothing in it.
    pub empty: bool,
    /// The scene is being loaded.
    pub loading: bool,
    /// Nothing in the scene has a place yet: the layer to decide about first, and its name.
    pub waiting: Option<(u32, String)>,
    /// The file of which only what has been made so far is shown.
    pub unfinished: Option<String>,
    /// The file that is being imported.
    pub importing: Option<String>,
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
