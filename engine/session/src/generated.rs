//! Sources that a program makes: the stream of an importer without a file of its format and without a child process.

use std::path::Path;

use lantu_ingest::{Batch, Begin, Georeference};
use lantu_project::{SourceContent, SourceRecord};

use crate::SessionError;
use crate::build::{BuiltSource, SourceBuild, Surroundings};
use crate::import::hash_file;
use crate::job::{JobEnd, JobLimits, run_job};
use crate::session::Session;
use crate::worker::WorkerJob;

/// What sources of a generated district call their importer. No importer reads them: their file says how they were made,
/// not what they hold.
pub const GENERATED: &str = "city";

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
        let written = self.put_built(id, recipe, &mut build)?;
        Ok(written.0)
    }

    /// Imports a file as it lies in its own frame, whose coordinates are taken for the project's whatever it says of
    /// its place: to draw a picture of one file. The import is ended after `cpu_s` seconds of CPU time. The scene shows
    /// it at once.
    ///
    /// # Errors
    /// [`SessionError::Unusable`] if nothing of the file can be used; else as [`Session::write_source`].
    pub fn import_unplaced(&mut self, id: &str, path: &Path, cpu_s: u64) -> Result<(), SessionError> {
        let store = std::sync::Arc::clone(&self.store);
        let mut build = SourceBuild::without_shapes(&*store);
        let job = WorkerJob { cpu_s: Some(cpu_s), ..WorkerJob::inspect(path, &self.options) };
        let limits = JobLimits::of(&self.options);
        let crs = self.frame.crs.clone();
        let end = run_job(&self.options.worker, &job, &limits, &mut |batch| {
            build.take(match batch {
                Batch::Begin(b) => Batch::Begin(Begin {
                    crs: Some(crs.clone()),
                    georeference: Georeference::Coordinates,
                    ..b
                }),
                other => other,
            })
        })
        .map_err(SessionError::Io)?;
        if let Some(e) = build.failure.take() {
            return Err(e);
        }
        if let JobEnd::Failed(why) = end {
            return Err(SessionError::Unusable { why: Box::new(why), path: path.to_owned() });
        }
        let (_, record, built) = self.put_built(id, path, &mut build)?;
        let state = self.new_source(record, built)?;
        self.sources.push(state);
        self.refresh()
    }

    /// Builds what was collected and writes it into the project; the open scene is left as it is.
    fn put_built(
        &mut self,
        id: &str,
        recipe: &Path,
        build: &mut SourceBuild<'_>,
    ) -> Result<(u64, SourceRecord, BuiltSource), SessionError> {
        let around = Surroundings {
            frame: &self.frame,
            context: crate::placement::PlaceContext::default(),
            decided: None,
            waits: false,
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
        Ok((n_objects, record, built))
    }
}
