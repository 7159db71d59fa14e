//! An open project at run time: import jobs in child processes, the scene's owner, the clock's inputs.
//!
//! Headless, shared by the window and every command. The only place where the import stream, the scene, the
//! tiles and the project file meet. Must not know wgpu, egui or file formats.
//!
//! Main types: [`Session`], [`WorkerCommand`], [`Placement`].
//!
//! ```
//! use lantu_session::placement::SourceTransform;
//!
//! let turned = SourceTransform { x_axis: [0.0, 1.0], ..SourceTransform::IDENTITY };
//! assert_eq!(turned.rotation_deg(), 90.0);
//! ```

mod alarms;
mod asbuilt;
mod aside;
mod build;
mod comparison;
mod details;
mod diff;
mod error;
mod features;
mod feed;
mod first_shapes;
mod generated;
mod ground;
mod import;
mod inspect;
mod job;
mod journal;
mod known;
mod mesh_file;
mod model;
mod numbers;
mod packs;
pub mod placement;
mod places;
mod plans;
mod query;
mod retention;
mod revisions;
mod risks;
mod rows;
mod session;
mod shapes;
mod shelf;
mod stated;
mod style;
mod table;
mod timeline;
pub mod usage;
mod waiting;
mod watch;
mod worker;

pub use alarms::note_alarm_act;
pub use asbuilt::{AsBuilt, Cells, DRONE_EPOCH, Earthwork, Epoch, Moved, Proposal, Survey, Thresholds, Zone};
pub use details::{DetailsWriter, ObjectDetails, SourceDetails};
pub use diff::{Change, ChangeKind, Difference, diff_all, diff_models};
pub use error::SessionError;
pub use feed::{DiskLog, FeedCounts, FeedWriter, journal_path};
pub use first_shapes::ShapesLook;
pub use generated::GENERATED;
pub use ground::{BaseRule, HeightAt, VolumeQuery, VolumeSide};
pub use import::{FileOutcome, ImportEvent, ImportOptions, RasterLook};
pub use inspect::{Inspection, georeference_json, inspect, source_name};
pub use job::{JobEnd, JobLimits, WorkerCommand, run_job};
pub use known::Known;
pub use mesh_file::ObjectShape;
pub use model::{Model, shape_bounds};
pub use packs::{PackPages, SourceIndex};
pub use placement::{
    ControlPoint, Hypothesis, PlaceContext, Placement, PlacementState, Reason, SourceFacts, SourceTransform,
    Weighed, weigh,
};
pub use query::{ObjectQuery, verify};
pub use retention::{Keep, RetentionPlan, RetentionRules, Then, Thinning};
pub use revisions::Held;
pub use risks::{RiskEntry, entry_of, note_risk_entry};
pub use rows::{Row, RowDetails, json_value, row_of, text_value};
pub use session::{Access, Session, SessionOptions, SourceState, pack_root};
pub use shapes::ShapePart;
pub use stated::{PlacedFile, ReplacedFile, Stated};
pub use style::{CLASSES, ColorBy, LayerStyle, Ramp, StyleClass, style_classes};
pub use table::{DetailSearch, SceneTable};
pub use timeline::{SHIPPED_SENSOR_RULES, use_sensor_rules};
pub use watch::{FeedWatch, Followed};
pub use worker::{Wanted, WorkerJob, worker_main};
