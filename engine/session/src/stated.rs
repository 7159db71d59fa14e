//! What people state of a file when they import it, and which file took the place of which: a part of every decision on a
//! place, so that it is taken back with it.

use std::path::{Path, PathBuf};

use lantu_project::DecisionRecord;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::import::{ImportOptions, hash_file};
use crate::placement::Placement;
use crate::session::{Session, SourceState};

/// What a person stated of a file, over what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// CRS.
    pub crs: Option<String>,
    /// Height CRS, or meters that are added.
    pub height: Option<String>,
    /// Importer, with what it takes the file for: `raster:surface`.
    pub importer: Option<String>,
}

/// The file that was a source before another one took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedFile {
    /// As the project records paths.
    pub path: String,
    /// SHA-256 of its content when it was imported.
    pub sha256: String,
}

/// What a placement is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedFile {
    /// What was stated of the file; `None` in decisions that were made before it was kept with them.
    pub stated: Option<Stated>,
    /// The file that this one replaced.
    pub replaced: Option<ReplacedFile>,
}

impl Stated {
    /// What import options state.
    pub(crate) fn by(options: &ImportOptions) -> Self {
        let ImportOptions { importer, crs, height, source: _, first_shapes: _ } = options.clone();
        Self { crs, height, importer }
    }

    /// The options that state it.
    pub(crate) fn options(self) -> ImportOptions {
        ImportOptions {
            importer: self.importer,
            crs: self.crs,
            height: self.height,
            ..ImportOptions::default()
        }
    }
}

/// A file that is about to be read as a source.
pub(crate) struct Meant {
    pub(crate) options: ImportOptions,
    pub(crate) file: PlacedFile,
    /// Something else is stated of it than before, so that what was decided on its place no longer stands.
    pub(crate) restated: bool,
    /// A person states it, or puts the file in the place of another.
    pub(crate) by_person: bool,
}

impl Session {
    /// How a file is to be read as source `id`. What was stated of the same file before holds where nothing else is.
    /// `again`: it is only built again, under this decision.
    pub(crate) fn meant(
        &self,
        (id, path): (&str, &Path),
        options: &ImportOptions,
        again: Option<&Placement>,
    ) -> Result<Meant, SessionError> {
        if let Some(p) = again {
            let (options, file) = (options.clone(), p.file.clone());
            return Ok(Meant { options, file, restated: false, by_person: false });
        }
        let Some(known) = self.sources.iter().find(|s| s.record.id == id) else {
            let file = PlacedFile { stated: Some(Stated::by(options)), replaced: None };
            return Ok(Meant { options: options.clone(), file, restated: false, by_person: false });
        };
        let before = self.stated(known)?;
        let full = |p: &Path| std::path::absolute(p).ok();
        let is_same = full(path) == full(&self.project.source_path(&known.record.path));
        let mut options = options.clone();
        let mut replaced =
            Some(ReplacedFile { path: known.record.path.clone(), sha256: known.record.sha256.clone() });
        if is_same {
            options.crs = options.crs.or_else(|| before.crs.clone());
            options.height = options.height.or_else(|| before.height.clone());
            options.importer = options.importer.or_else(|| before.importer.clone());
            replaced.clone_from(&known.placement.file.replaced);
        }
        let stated = Stated::by(&options);
        let restated = stated != before;
        let file = PlacedFile { stated: Some(stated), replaced };
        Ok(Meant { options, file, restated, by_person: restated || !is_same })
    }

    /// What is stated of a source's file.
    pub(crate) fn stated(&self, source: &SourceState) -> Result<Stated, SessionError> {
        if let Some(stated) = &source.placement.file.stated {
            return Ok(stated.clone());
        }
        // Projects of before had one statement for each source, outside of the decisions.
        let key = format!("import:{}", source.record.id);
        let text = self.project.settings()?.into_iter().find(|(k, _)| *k == key).map(|(_, v)| v);
        let Some(text) = text else { return Ok(Stated::default()) };
        let (crs, height) = serde_json::from_str(&text)?;
        Ok(Stated { crs, height, importer: None })
    }

    /// The file that a source is made from again when its last decision is taken back; `None`: the one that it has.
    ///
    /// # Errors
    /// [`SessionError::File`] where it cannot be read, [`SessionError::OtherContent`] where it is another one by now.
    pub(crate) fn file_before(&self, source: &str) -> Result<Option<PathBuf>, SessionError> {
        let decisions = self.project.decisions(source)?;
        let mut standing = decisions.iter().rev().filter(|d| d.undone.is_none());
        let replaced = |d: &DecisionRecord| -> Result<Option<ReplacedFile>, SessionError> {
            let placement: Placement = serde_json::from_str(&d.placement.hypotheses_json)?;
            Ok(placement.file.replaced)
        };
        let last = standing.next().map(replaced).transpose()?.flatten();
        let before = standing.next().map(replaced).transpose()?.flatten();
        let Some(file) = last.filter(|l| before.as_ref() != Some(l)) else { return Ok(None) };
        let path = self.project.source_path(&file.path);
        match hash_file(&path) {
            Err(source) => Err(SessionError::File { source, path }),
            Ok((found, _)) if found != file.sha256 => {
                Err(SessionError::OtherContent { expected: file.sha256, found, path })
            }
            Ok(_) => Ok(Some(path)),
        }
    }
}
