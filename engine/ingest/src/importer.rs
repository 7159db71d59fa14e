//! The trait behind which a family of formats lives, and the choice of one importer for a file.

use std::path::{Path, PathBuf};

use lantu_base::{CancelToken, Cancelled, ProjectFrame};

use serde::{Deserialize, Serialize};

use crate::{Batch, PackedBatch, Reading, WireError};

/// How sure an importer is that a file is its own: 0 (no) to 100 (its magic number is there).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(pub u8);

impl Confidence {
    /// Not its file.
    pub const NO: Self = Self(0);
    /// The name fits, the content does not contradict.
    pub const NAME: Self = Self(40);
    /// The content fits.
    pub const CONTENT: Self = Self(80);
    /// The magic number is there.
    pub const MAGIC: Self = Self(100);
}

/// What an import is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// For a project: GIS is reprojected to the project CRS; rasters come as tiles.
    Import,
    /// For `lantu inspect`: GIS stays in its own CRS and unit; rasters send their object only.
    Inspect,
}

/// Where an import that was ended left the tiles that it had finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The journal of tiles.
    pub journal: PathBuf,
    /// The folder of packs.
    pub packs: PathBuf,
}

/// One job: one file.
#[derive(Clone, Debug)]
pub struct ImportJob {
    /// The file.
    pub path: PathBuf,
    /// What it is for.
    pub mode: ImportMode,
    /// The project's frame; `None` when inspecting.
    pub frame: Option<ProjectFrame>,
    /// CRS that the user states for this file, over the file's own (`--crs`).
    pub crs_override: Option<String>,
    /// Height CRS or a constant offset in meters that the user states (`--height`).
    pub height_override: Option<String>,
    /// How the coordinates of a layer are read, over the file's own way and over `crs_override`: what was decided of its
    /// place.
    pub reading: Option<Reading>,
    /// What the file is, in the importer's own words, as the user states it (`--as IMPORTER:VARIANT`).
    pub variant: Option<String>,
    /// What an ended import of the same file left; `None` where there is nothing.
    pub resume: Option<Resume>,
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Stop when asked to.
    pub cancel: CancelToken,
}

impl ImportJob {
    /// Inspects a file on one thread, with nothing stated about it; other jobs are told by what they change of this.
    pub fn inspect(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            mode: ImportMode::Inspect,
            frame: None,
            crs_override: None,
            height_override: None,
            reading: None,
            variant: None,
            resume: None,
            threads: 1,
            cancel: CancelToken::default(),
        }
    }
}

/// Where an importer writes its stream. Blocks while the reader is slow: that bounds memory.
pub trait ImportSink {
    /// Hands over one batch.
    ///
    /// # Errors
    /// [`ImportError::Wire`] when nobody reads any more; the importer returns it and stops.
    fn send(&mut self, batch: Batch) -> Result<(), ImportError>;

    /// Hands over one batch that is encoded. A sink that writes overrides this: it need not know what is in it.
    ///
    /// # Errors
    /// As [`Self::send`].
    fn send_packed(&mut self, batch: PackedBatch) -> Result<(), ImportError> {
        self.send(batch.unpack()?)
    }
}

/// Collects a stream in memory, for tests and small files.
#[derive(Debug, Default)]
pub struct VecSink(pub Vec<Batch>);

impl ImportSink for VecSink {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        self.0.push(batch);
        Ok(())
    }
}

/// Why a whole file could not be imported. Anything smaller is a diagnostic.
///
/// Each variant's text says what is wrong and, after a line break, where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The operating system refused to read it.
    #[error("cannot read the file: {source}\nfile: {path:?}")]
    Read {
        /// The operating system's reason.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The content is not what this importer reads.
    #[error("{what}\nplace: {place}")]
    Format {
        /// Stable code: `ifc.not_step`, `raster.no_georeference`.
        code: &'static str,
        /// One sentence: what was expected and what was found.
        what: String,
        /// Line, byte, band, feature; empty if the file as a whole.
        place: String,
    },
    /// Stopped by the user.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The reader is gone.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// One family of formats. Linked by the application's `import-worker` command only.
pub trait Importer: Sync {
    /// Short name: `ifc`, `raster`, `vector`, `tables`.
    fn name(&self) -> &'static str;

    /// How sure it is, from the path and the first 64 KiB. Reads nothing else.
    fn probe(&self, path: &Path, head: &[u8]) -> Confidence;

    /// Reads the file and writes its stream. Never panics on bad input: what is wrong with a part of the file
    /// is a [`Batch::Diagnostic`], and the rest still comes.
    ///
    /// # Errors
    /// [`ImportError`] when nothing of the file can be used.
    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError>;
}

/// Picks the importer that is surest of a file; the earlier one when two are equally sure. `None` if nobody is.
pub fn choose<'a>(importers: &[&'a dyn Importer], path: &Path, head: &[u8]) -> Option<&'a dyn Importer> {
    let mut best: Option<(Confidence, &'a dyn Importer)> = None;
    for &importer in importers {
        let c = importer.probe(path, head);
        if c > best.map_or(Confidence::NO, |b| b.0) {
            best = Some((c, importer));
        }
    }
    best.map(|b| b.1)
}
