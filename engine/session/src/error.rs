//! Why a session could not do what was asked.

use std::path::PathBuf;

use lantu_base::{Cancelled, TimeError};

use crate::model::reason;

/// Why a session could not do what was asked. Bad input files are not here: they are diagnostics.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The project file.
    #[error(transparent)]
    Project(#[from] lantu_project::ProjectError),
    /// The tile cache.
    #[error(transparent)]
    Tiles(lantu_tiles::TileError),
    /// A coordinate reference system or a way between two.
    #[error(transparent)]
    Geodesy(#[from] lantu_geodesy::GeodesyError),
    /// A time that cannot be read.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A filter that cannot be read.
    #[error(transparent)]
    Filter(#[from] lantu_scene::ExprError),
    /// Stopped by the user.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A rule file that cannot be read.
    #[error("the rule file cannot be used: {what}\nfile: {file}")]
    Rules {
        /// What is wrong with it.
        what: String,
        /// Which one.
        file: &'static str,
    },
    /// An importer's stream contradicts itself.
    #[error("the import stream is not sound: {0}")]
    Stream(&'static str),
    /// Columns of objects cannot be read or written.
    #[error(transparent)]
    Columns(#[from] lantu_scene::PageError),
    /// Values could not be encoded or decoded.
    #[error("values cannot be encoded or decoded: {0}")]
    Encode(postcard::Error),
    /// JSON in the project could not be read.
    #[error("the project holds JSON that cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The cache was written by another version.
    #[error("the tile cache was written by another version")]
    CacheVersion,
    /// Reading or writing failed.
    #[error("cannot read or write: {0}")]
    Io(#[source] std::io::Error),
    /// Another process writes the project's readings.
    #[error("another feed writes this project's readings\nproject: {project:?}\nprocess: {}", by.map_or("unknown".to_owned(), |id| id.to_string()))]
    AlreadyFed {
        /// The project.
        project: PathBuf,
        /// Its number, where the system tells.
        by: Option<u32>,
    },
    /// A source file cannot be read.
    #[error("cannot read the file: {source}\nfile: {path:?}")]
    File {
        /// The operating system's reason.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Nothing of a file can be used.
    #[error("the file cannot be used: {}\nfile: {path:?}", reason(why))]
    Unusable {
        /// Why.
        why: Box<lantu_base::Diagnostic>,
        /// The file.
        path: PathBuf,
    },
    /// An object has no triangles of its own, or its source keeps none.
    #[error("the object has no shape of its own\nname: {name:?}")]
    NoShape {
        /// The object as it was named.
        name: String,
    },
    /// A source cannot be moved by a decision.
    #[error("the source cannot be moved: {why}\nsource: {source_name:?}")]
    NotMovable {
        /// Why.
        why: &'static str,
        /// The source.
        source_name: String,
    },
    /// A source cannot be drawn in another style.
    #[error("the source has no style: {why}\nsource: {source_name:?}")]
    NotALayer {
        /// Why.
        why: &'static str,
        /// The source.
        source_name: String,
    },
    /// A file is not the one that a source was imported from.
    #[error("the file has another content: expected SHA-256 {expected}, found {found}\nfile: {path:?}")]
    OtherContent {
        /// SHA-256 of the imported file.
        expected: String,
        /// SHA-256 of this one.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// Nothing is called that.
    #[error("the project has no {what} of this name\nname: {name:?}")]
    Unknown {
        /// `source`, `object`, `view`, `hypothesis`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The name fits several objects.
    #[error("the name fits {n} objects: write source:id\nname: {name:?}")]
    Ambiguous {
        /// How many.
        n: usize,
        /// The name.
        name: String,
    },
}

impl From<lantu_tiles::TileError> for SessionError {
    fn from(e: lantu_tiles::TileError) -> Self {
        match e {
            lantu_tiles::TileError::Cancelled(c) => Self::Cancelled(c),
            e => Self::Tiles(e),
        }
    }
}
