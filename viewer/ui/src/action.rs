//! What a person asked for. Panels return these; whoever owns the data carries them out.

use lantu_base::UtcNanos;

use crate::model::{
    AlarmDeed, Beside, ColorBy, GroundLook, HeatAsk, MeasureKind, MotionMode, SectionAxis, StyleAsk,
};
use crate::states::{OverlayKind, StateId};
use crate::theme::ThemeKind;
use crate::words::Language;

/// What somebody enters about the risk of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskEdit {
    /// The object's row.
    pub row: u32,
    /// Who looks after it.
    pub owner: String,
    /// Until when, as typed: `2026-09-30`; empty for no date.
    pub due: String,
    /// What is to be done, or why.
    pub why: String,
    /// It is settled.
    pub closed: bool,
    /// Who enters it.
    pub by: String,
}

/// One thing that a person asked for through a panel, a key or a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make this row the selection; `None` clears it.
    Select(Option<u32>),
    /// Add the row to the selection, or take it out.
    ToggleSelect(u32),
    /// Select the rows between the last selected tree row and this one (keys of [`crate::TreeRow`]).
    SelectRange(u64),
    /// Open or close the branch with this [`crate::TreeRow::key`].
    ExpandTree(u64, bool),
    /// Show only tree rows that match; empty shows all.
    Search(String),
    /// Show or hide a layer.
    ToggleLayer(u32, bool),
    /// Opacity of a layer, 0 to 1.
    SetLayerOpacity(u32, f32),
    /// Show this layer's picture only right of a line over the scene; `None` takes the line away.
    Swipe(Option<u32>),
    /// Show this left of the scene, from the same place; `None` ends that.
    ShowBeside(Option<Beside>),
    /// Where that line is: share of the scene's width, 0 to 1.
    MoveSwipe(f32),
    /// Show in which ways this layer may lie; `None` closes the report.
    ShowPlacement(Option<u32>),
    /// Decide for this hypothesis of the source whose report is shown.
    AcceptPlacement(u32),
    /// Take the last decision on that source back.
    UndoPlacement,
    /// Move the camera to where this hypothesis would put it.
    FitHypothesis(u32),
    /// Color the scene by this overlay.
    SetOverlay(OverlayKind),
    /// Outline objects by a second overlay, whatever fills them; [`OverlayKind::None`] for no outlines.
    SetOutline(OverlayKind),
    /// Show only objects in this state, or all again.
    FilterState(Option<StateId>),
    /// Move the clock.
    SetTime(UtcNanos),
    /// Let the clock run or stop it.
    Play(bool),
    /// Move the clock by steps; `large` for the step of the Shift key.
    Step {
        /// Steps, negative to go back.
        steps: i32,
        /// A larger step.
        large: bool,
    },
    /// Let the clock follow the present, or stay where it is.
    FollowNow(bool),
    /// Length of the charts, seconds.
    SetChartSpan(f64),
    /// Show in the charts where their channels are going, or not.
    ShowForecast(bool),
    /// Show in the charts how unusual readings are, or not.
    ShowUnusual(bool),
    /// Show the charts of a channel that belongs to no object, and no object.
    PickChannel(String),
    /// The same, and move the camera to where it is at the clock's time: its thing, or its site.
    FitChannel(String),
    /// Do something about the alarm of a channel; it is kept in the log.
    ActOnAlarm {
        /// The channel.
        channel: String,
        /// What.
        deed: AlarmDeed,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Speak another language.
    SetLanguage(Language),
    /// Another theme.
    SetTheme(ThemeKind),
    /// Move the camera to the selection.
    FitSelection,
    /// Move the camera to this row (double click), and select it.
    FitRow(u32),
    /// Move the camera so that everything is visible.
    FitAll,
    /// Look straight down, grid north up.
    TopView,
    /// Turn the camera so that grid north is up, or ahead.
    NorthUp,
    /// Show or hide a tree row and everything below it ([`crate::TreeRow::key`]).
    SetVisible(u64, bool),
    /// Hide the selection.
    Hide,
    /// Show only the selection; the rest becomes translucent.
    Isolate,
    /// Make the selection translucent, or solid again.
    Ghost,
    /// Show everything that was hidden, isolated away or made translucent.
    ShowAll,
    /// See through the ground.
    XrayGround(bool),
    /// Show or hide names of things in the scene.
    ShowLabels(bool),
    /// Opacity of the ground, 0 to 1.
    SetGroundOpacity(f32),
    /// How the ground's picture is shown.
    SetGroundLook(GroundLook),
    /// Draw a GIS layer so ([`crate::LayerRow::id`]), and keep that in the project.
    SetLayerStyle(u32, StyleAsk),
    /// Keep camera, layers, time, overlay and section as a view, after the others.
    SaveView {
        /// What it is called.
        name: String,
    },
    /// Keep what is shown now under this view's name.
    OverwriteView(usize),
    /// Show this view.
    GoToView(usize),
    /// Call it something else.
    RenameView {
        /// Which.
        ix: usize,
        /// The new name.
        name: String,
    },
    /// Forget this view.
    DeleteView(usize),
    /// Give a view another place in the order.
    MoveView {
        /// Its place.
        from: usize,
        /// The place that it gets; the others move up or down.
        to: usize,
    },
    /// Show the view after the current one.
    NextView,
    /// Show the view before the current one.
    PreviousView,
    /// Take a measuring tool, or put it away.
    Measure(Option<MeasureKind>),
    /// Take the last point of the measurement under way back.
    MeasureBack,
    /// Finish the measurement under way with the points it has.
    MeasureFinish,
    /// Delete this measurement.
    DeleteMeasurement(u64),
    /// Delete all measurements.
    ClearMeasurements,
    /// Move the camera to this measurement.
    FitMeasurement(u64),
    /// Cut with a plane square to this axis, through the middle of what is seen; `None` takes it away.
    /// With [`SectionAxis::Face`] the next click in the scene gives the face.
    SetSection(Option<SectionAxis>),
    /// Move the plane along its axis, meters.
    SetSectionOffset(f64),
    /// Show the other half.
    FlipSection,
    /// Show only what is in a box, at first around the scene, or all again.
    SectionBox(bool),
    /// The box, as [`crate::SectionModel::cube`].
    SetSectionBox([f64; 6]),
    /// Put the box around the selection.
    BoxSelection,
    /// Take plane and box away.
    ResetSection,
    /// Color by a property; `None` goes back to the overlay.
    ColorBy(Option<ColorBy>),
    /// Colors graduated by number, or one for each value.
    ColorGraduated(bool),
    /// Numbers of the first and the last color.
    SetColorRange(f64, f64),
    /// Show only this row of the coloring's legend, or all again.
    FilterColor(Option<usize>),
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Move the camera another way.
    SetMotion(MotionMode),
    /// Fly over this place of the overview, 0 to 1.
    FlyTo([f32; 2]),
    /// Most memory that may be used, bytes.
    SetMemoryLimit(u64),
    /// Large-screen mode on or off: full screen, in the theme that the panels have already taken.
    LargeScreen(bool),
    /// List this folder in the chooser.
    ChooserEnter(String),
    /// A path is being typed in the chooser: complete it.
    ChooserType(String),
    /// Use these files for the chooser's purpose.
    ChooserPick(Vec<String>),
    /// Make a project from the chooser.
    CreateProject {
        /// Path of its file.
        path: String,
        /// Its CRS: `EPSG:4548`, with a height CRS `EPSG:4548+EPSG:5737`.
        crs: String,
    },
    /// Close the chooser.
    ChooserClose,
    /// Open the generated demo district.
    OpenDemo,
    /// Start a new project (the app opens the chooser for file and CRS).
    NewProject,
    /// Open a project; `None` opens the chooser.
    OpenProject(Option<String>),
    /// Take a project off the list of recent ones.
    ForgetProject(String),
    /// Import files into the project (the app opens the chooser).
    ImportFiles,
    /// Save a picture of the scene (the app asks where, or says where it put it).
    SaveSnapshot,
    /// Stop a job.
    CancelJob(u64),
    /// Open a job's report.
    OpenReport(u64),
    /// Close the report.
    CloseReport,
    /// Take a job that ended off the list.
    DismissJob(u64),
    /// Put text on the clipboard (already done by the panel; the app may log it).
    CopyText(String),
    /// Remove a notice.
    DismissNotice(u64),
    /// Close the error dialog.
    CloseDialog,
    /// Close the context menu.
    CloseContextMenu,
    /// Full screen on or off.
    ToggleFullscreen,
    /// Select the objects of this task, a place in [`crate::GanttModel::rows`], and of those below it.
    SelectTask {
        /// Which.
        task: u32,
        /// Move the camera there too.
        fit: bool,
    },
    /// Select the objects of all critical tasks.
    SelectCritical {
        /// Of the plan, not of the work that remains.
        planned: bool,
    },
    /// Show what this survey proposes: a place in [`crate::SurveyModel::epochs`].
    ShowSurvey(usize),
    /// Enter what the shown survey proposes about these objects as progress, or take such entries back; it is kept in the
    /// log.
    DecideProposals {
        /// The objects' rows.
        rows: Vec<u32>,
        /// Take back instead of accept.
        withdraw: bool,
        /// Who decides.
        by: String,
    },
    /// Select these rows.
    SelectRows(Vec<u32>),
    /// Enter who looks after the risk of an object, as of the clock's time; it is kept in the log.
    EnterRisk(RiskEdit),
    /// Write states, values and reasons of all objects as a table (the app asks where).
    ExportStates,
    /// Lay a map of readings or risks over the ground, or take it away.
    SetHeat(Option<HeatAsk>),
    /// Close the window.
    Quit,
}
