//! Sources that a program makes: the stream of an importer without a file of its format and without a child process.

use std::path::Path;

use lantu_ingest::Batch;
use lantu_project::{SourceContent, SourceRecord};

use crate::SessionError;
use crate::build::{SourceBuild, Surroundings};
use crate::import::hash_file;
use crate::session::Session;

impl Session {
    /// Writes a source from its stream. `recipe`: the file that says how it was made; its hash names the source's
    /// origin. The open scene does not show it before the project is opened again, so that a district is written
    /// source by source in bounded memory.
    ///
    /// # Errors
    /// [`SessionError::Project`], [`SessionError::Tiles`] if it cannot be written, [`SessionError::Cancelled`].
    pub fn write_source(
        &mut self,
        id: &str,
        recipe: &Path,
        batches: &mut dyn Iterator<Item = Batch>,
    ) -> Result<u64, SessionError> {
        let store = std::sync::Arc::clone(&self.store);
        let mut build = SourceBuild::without_shapes(&*store);
        for batch in batches {
            self.options.cancel.check()?;
            if !build.take(batch) {
                break;
            }
        }
        if let Some(e) = build.failure.take() {
            return Err(e);
        }
        let around = Surroundings {
            frame: &self.frame,
            district: lantu_base::Bounds::EMPTY,
            decided: None,
            before: std::collections::HashMap::new(),
            cancel: &self.options.cancel,
        };
        let built = build.finish(&around)?;
        let (sha256, size) = hash_file(recipe).map_err(SessionError::Io)?;
        let n_objects = build.objects.len() as u64;
        let record = SourceRecord {
            id: id.to_owned(),
            path: self.project.path_to_record(recipe),
            sha256,
            size,
            companions: Vec::new(),
            importer: build.begin.importer.clone(),
            schema: build.begin.schema.clone(),
            begin_json: serde_json::to_string(&build.begin)?,
            report_json: serde_json::to_string(&build.report)?,
            n_objects,
            n_triangles: built.n_triangles,
            bytes: 0,
            order: self.project.sources()?.iter().map(|s| s.order).max().unwrap_or(0) + 1,
        };
        let content = SourceContent {
            placement: Some(self.placement_record(&built.placement, false)?),
            packs: self.pack_records(&built.index, &built.trees)?,
            ..SourceContent::default()
        };
        self.project.import_source(&record, &content)?;
        Ok(n_objects)
    }
}
