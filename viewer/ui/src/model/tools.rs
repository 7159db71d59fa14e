//! Tools over the scene: saved views, measuring, cutting, moving through it, the overview, undo.

use crate::format::Measure;

/// The saved views. Each holds camera, layers, time, overlay and section; the app keeps them.
#[derive(Clone, Debug, Default)]
pub struct ViewsModel {
    /// Their names, in the order of stepping.
    pub names: Vec<String>,
    /// The one that was gone to last and not left since.
    pub current: Option<usize>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    /// Along a chain of points.
    Distance,
    /// Difference in height of two points.
    Height,
    /// Of the plane polygon that fits the points best.
    Area,
    /// At the second of three points.
    Angle,
}

impl MeasureKind {
    /// In the order of the tool palette.
    pub const ALL: [Self; 4] = [Self::Distance, Self::Height, Self::Area, Self::Angle];
}

/// What a point of a measurement snapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapKind {
    /// A corner.
    Vertex,
    /// An edge.
    Edge,
    /// A surface.
    Face,
}

/// Where the next point would be set.
#[derive(Clone, Copy, Debug)]
pub struct SnapModel {
    /// What it snaps to.
    pub kind: SnapKind,
    /// Window position, points.
    pub at: [f32; 2],
}

/// A part of a measurement that is told beside its main value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasurePart {
    /// Distance on the map.
    Horizontal,
    /// Difference in height.
    Vertical,
    /// Length around an area.
    Perimeter,
    /// Slope against the horizontal.
    Slope,
}

/// Lines over the scene: a measurement as it is seen now.
#[derive(Clone, Debug, Default)]
pub struct MeasureShape {
    /// Corners as window positions in points. The app clips them to what is before the camera.
    pub points: Vec<[f32; 2]>,
    /// The last corner is joined to the first, and the area is tinted.
    pub closed: bool,
    /// Still being made: drawn dashed after its last set point.
    pub live: bool,
    /// Values at window positions in points.
    pub labels: Vec<([f32; 2], Measure)>,
}

/// A measurement in the list.
#[derive(Clone, Debug)]
pub struct MeasureRow {
    /// Identifies it in actions.
    pub id: u64,
    /// What was measured.
    pub kind: MeasureKind,
    /// The value.
    pub value: Measure,
    /// What else is known of it.
    pub parts: Vec<(MeasurePart, Measure)>,
}

/// Measuring.
#[derive(Clone, Debug, Default)]
pub struct MeasureModel {
    /// What the next click in the scene measures; `None` while the tool is put away.
    pub active: Option<MeasureKind>,
    /// Value of the measurement under way, with its parts.
    pub live: Option<(Measure, Vec<(MeasurePart, Measure)>)>,
    /// Points set so far in the measurement under way.
    pub n_points: usize,
    /// Everything to draw over the scene.
    pub shapes: Vec<MeasureShape>,
    /// Where the next point would be set.
    pub snap: Option<SnapModel>,
    /// Finished measurements, oldest first.
    pub rows: Vec<MeasureRow>,
}

/// What a section plane is square to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionAxis {
    /// Grid east: a cross-section that looks along E.
    East,
    /// Grid north.
    North,
    /// Up: a plan at a height.
    Up,
    /// A face that was picked in the scene.
    Face,
}

impl SectionAxis {
    /// In the order of the panel.
    pub const ALL: [Self; 4] = [Self::East, Self::North, Self::Up, Self::Face];
}

/// A plane that cuts the scene open.
#[derive(Clone, Copy, Debug)]
pub struct SectionPlane {
    /// What it is square to.
    pub axis: SectionAxis,
    /// Where it lies along its axis, meters: a coordinate in the project frame, or from the picked face.
    pub offset_m: f64,
    /// The offsets that meet the scene, meters, ascending.
    pub range_m: (f64, f64),
    /// The other half is shown.
    pub flipped: bool,
}

/// Cutting the scene open.
#[derive(Clone, Debug, Default)]
pub struct SectionModel {
    /// The plane; `None` while it is off.
    pub plane: Option<SectionPlane>,
    /// The next click in the scene gives the plane a face.
    pub picking: bool,
    /// The box, meters in the project frame: east, north, up of its lower, then of its upper corner.
    pub cube: Option<[f64; 6]>,
    /// Something is selected, so that the box can be put around it.
    pub has_selection: bool,
}

/// How the camera moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MotionMode {
    /// About the point under the pointer.
    #[default]
    Orbit,
    /// Through the air.
    Fly,
    /// Along the ground, at the height of a person's eyes.
    Walk,
}

/// Moving through the scene.
#[derive(Clone, Copy, Debug, Default)]
pub struct MotionModel {
    /// How the camera moves.
    pub mode: MotionMode,
    /// Speed of flying and walking, meters per second.
    pub speed_m_s: f64,
}

/// What an outline of the overview stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverviewKind {
    /// Ground of a source.
    Ground,
    /// A building or another object.
    Object,
    /// A line: a street, a pipe.
    Line,
}

/// An outline of the overview.
#[derive(Clone, Debug)]
pub struct OverviewShape {
    /// What it stands for.
    pub kind: OverviewKind,
    /// Corners from 0 to 1, x to the right (grid east), y down (grid south). Areas are convex.
    pub points: Vec<[f32; 2]>,
}

/// The scene from above, and where the camera is. All positions from 0 to 1: x grid east, y grid south.
#[derive(Clone, Debug, Default)]
pub struct OverviewModel {
    /// A picture of it, grid north up; `None` draws `shapes` alone.
    pub picture: Option<egui::TextureId>,
    /// Outlines over the picture.
    pub shapes: std::sync::Arc<[OverviewShape]>,
    /// Width over height.
    pub aspect: f32,
    /// What the camera sees of the ground: a convex polygon, cut at the edges.
    pub seen: Vec<[f32; 2]>,
    /// Where the eye is.
    pub eye: [f32; 2],
}

/// What can be undone, by what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// Objects were hidden.
    Hide,
    /// Objects were shown again.
    Show,
    /// Objects were isolated.
    Isolate,
    /// Objects were made translucent.
    Ghost,
    /// Another selection.
    Select,
    /// Layers were shown, hidden or faded.
    Layers,
    /// Another overlay, coloring or filter.
    Colors,
    /// The section changed.
    Section,
    /// A measurement was made or deleted.
    Measure,
    /// A saved view was made, changed, moved or deleted.
    Views,
    /// A placement was decided.
    Placement,
    /// A layer is drawn otherwise.
    Style,
}

/// What undo and redo would do.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryModel {
    /// What Ctrl+Z takes back.
    pub undo: Option<Edit>,
    /// What Ctrl+Shift+Z does again.
    pub redo: Option<Edit>,
}
