//! What the project keeps, as plain rows.

use lantu_base::{Bounds, UtcNanos};

/// A file that a source needs beside its main one: `.dbf`, `.shx`, `.prj`, `.tfw`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceFile {
    /// As [`SourceRecord::path`].
    pub path: String,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// One imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRecord {
    /// Short name, unique in the project.
    pub id: String,
    /// Where the file is: relative to the project's folder if inside it, else absolute. See
    /// [`crate::Project::source_path`].
    pub path: String,
    /// SHA-256 of the content at import, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes at import.
    pub size: u64,
    /// Files that belong to it, each checked like it.
    pub companions: Vec<SourceFile>,
    /// Name of the importer.
    pub importer: String,
    /// The file's schema: `IFC4`, `GeoTIFF`.
    pub schema: String,
    /// What the importer said first: units, CRS, georeference. JSON.
    pub begin_json: String,
    /// The import report: diagnostics and counts. JSON.
    pub report_json: String,
    /// Objects that were kept.
    pub n_objects: u64,
    /// Triangles of the finest level.
    pub n_triangles: u64,
    /// Bytes of all its packs.
    pub bytes: u64,
    /// Place in lists, ascending.
    pub order: i64,
}

/// Whether a source may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementState {
    /// Placed in the project frame.
    Placed,
    /// Waits for a person to choose.
    Waiting,
}

impl PlacementState {
    /// The word of the command line: `placed`, `waiting`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Waiting => "waiting",
        }
    }
}

/// One decision on where a source lies.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacementRecord {
    /// Placed or waiting.
    pub state: PlacementState,
    /// Name of the chosen hypothesis, if one was.
    pub hypothesis: Option<String>,
    /// Who decided: a user name, or `lantu` where a rule did.
    pub by: String,
    /// When.
    pub at: UtcNanos,
    /// World from source, 4 × 4, column-major, meters. `None` while waiting.
    pub transform: Option<[f64; 16]>,
    /// All hypotheses with scores and reasons, as they were then. JSON.
    pub hypotheses_json: String,
}

/// A placement in a source's history.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// Counts from 1 through the project, in the order of the decisions.
    pub n: i64,
    /// The source.
    pub source: String,
    /// What was decided.
    pub placement: PlacementRecord,
    /// Who took it back and when, if somebody did.
    pub undone: Option<(String, UtcNanos)>,
}

/// A pack in the cache that belongs to a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackRecord {
    /// `objects`, `properties`, `mesh`, `raster`, `feature`.
    pub kind: String,
    /// Which of its kind: a tile's name, a page number. Unique within source and kind.
    pub key: String,
    /// SHA-256 of the pack's bytes, 64 hexadecimal digits; also its name.
    pub hash: String,
    /// Length of the pack.
    pub bytes: u64,
}

/// The outline of an object for other GIS programs.
#[derive(Clone, Debug, PartialEq)]
pub struct FootprintRow {
    /// Id within the source.
    pub object: String,
    /// Class: `IfcWall`, a layer's name.
    pub class: String,
    /// Name, possibly empty.
    pub name: String,
    /// Bounds in world meters; an empty box becomes a null geometry.
    pub bounds: Bounds,
}

/// A task of the schedule.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TaskRow {
    /// Id, unique within the source.
    pub id: String,
    /// Name.
    pub name: String,
    /// Planned start.
    pub start: Option<UtcNanos>,
    /// Planned finish, exclusive.
    pub finish: Option<UtcNanos>,
    /// Budget, an exact decimal.
    pub budget: Option<String>,
    /// Percent complete, 0 to 100.
    pub percent: Option<f64>,
    /// Actual start.
    pub actual_start: Option<UtcNanos>,
    /// Actual finish, exclusive.
    pub actual_finish: Option<UtcNanos>,
    /// Actual cost, an exact decimal.
    pub actual_cost: Option<String>,
    /// Objects that it builds: a `GlobalId`, or `source:id`.
    pub objects: Vec<String>,
    /// Anything else: JSON, or empty.
    pub extra_json: String,
}

/// Which object a channel speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BindingRow {
    /// The channel.
    pub channel: String,
    /// The object: a `GlobalId`, or `source:id`. One channel may have several.
    pub object: String,
    /// Unit of the values.
    pub unit: String,
    /// Name of the rule that judges them, possibly empty.
    pub rule: String,
    /// Anything else: JSON, or empty.
    pub extra_json: String,
}

/// Observations of one channel on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkRow {
    /// The channel.
    pub channel: String,
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// Number of samples.
    pub n: u64,
    /// First instant.
    pub t0: UtcNanos,
    /// Last instant.
    pub t1: UtcNanos,
    /// The encoded samples.
    pub blob: Vec<u8>,
}

/// Names a chunk: a channel's day of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkKey {
    /// The channel.
    pub channel: String,
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// The source; empty for what feeds brought.
    pub source: String,
}

/// How much of a channel the project holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSpan {
    /// The channel.
    pub channel: String,
    /// Number of samples.
    pub n: u64,
    /// First instant.
    pub t0: UtcNanos,
    /// Last instant.
    pub t1: UtcNanos,
}

/// A rule file that the project's overlays use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRecord {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}

/// A content that a source had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Counts over the project's sources from 1.
    pub n: u64,
    /// The source.
    pub source: String,
    /// Its file then, as in [`SourceRecord::path`].
    pub path: String,
    /// SHA-256 of that file, 64 hexadecimal digits.
    pub sha256: String,
    /// Objects that it brought.
    pub n_objects: u64,
    /// When it was imported.
    pub at: UtcNanos,
    /// By whom.
    pub by: String,
}

/// Everything that one import brings, written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct SourceContent {
    /// Where it lies, if that was decided.
    pub placement: Option<PlacementRecord>,
    /// Its packs.
    pub packs: Vec<PackRecord>,
    /// Its objects' outlines.
    pub footprints: Vec<FootprintRow>,
    /// Its tasks.
    pub tasks: Vec<TaskRow>,
    /// Its bindings.
    pub bindings: Vec<BindingRow>,
    /// Its observations.
    pub chunks: Vec<ChunkRow>,
}
