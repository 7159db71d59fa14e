//! The project on disk: `name.lantu`, one SQLite file with GeoPackage tables, its operation log, and the check
//! that nothing in it, beside it or behind it was damaged.
//!
//! Owns what must outlive the process: sources, placements, records, observations, views, settings, and who
//! changed what when. Must not know importers, tile formats, the scene or windows: it takes plain rows.
//!
//! Main types: [`Project`], [`ProjectError`], [`VerifyReport`].
//!
//! ```
//! use lantu_base::{ProjectFrame, UtcNanos};
//! use lantu_project::{Author, Project, ProjectMeta};
//!
//! # let folder = std::env::temp_dir().join(format!("lantu-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("block.lantu");
//! # if path.exists() { std::fs::remove_file(&path)?; }
//! let meta = ProjectMeta {
//!     name: "Block 7".to_owned(),
//!     frame: ProjectFrame {
//!         crs: "EPSG:4548".to_owned(),
//!         height_crs: None,
//!         meters_per_unit: 1.0,
//!         time_zone: "Asia/Shanghai".to_owned(),
//!     },
//!     crs_wkt: None,
//! };
//! let mut project = Project::create(&path, &meta, Author::new("wang", || UtcNanos(0)))?;
//! project.set_view("north", r#"{"eye":[0,0,100]}"#)?;
//! project.close()?;
//! assert!(lantu_project::verify(&path)?.passed());
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod content;
mod digest;
mod error;
mod file;
mod gpkg;
mod log;
mod placements;
mod project;
mod records;
mod rows;
mod schema;
mod seal;
mod settings;
mod sources;
mod verify;

#[cfg(test)]
mod tests;

pub use content::hash_content;
pub use error::{Found, ProjectError};
pub use file::{Author, Clock, OpenMode, cache_dir_of, pack_path};
pub use log::LogEntry;
pub use project::{Project, ProjectMeta};
pub use rows::{
    BindingRow, ChannelSpan, ChunkKey, ChunkRow, DecisionRecord, FootprintRow, PackRecord, PlacementRecord,
    PlacementState, Revision, RuleRecord, SourceContent, SourceFile, SourceRecord, TaskRow,
};
pub use verify::{Checked, Failed, Noted, VerifyFailure, VerifyNote, VerifyReport, verify};
