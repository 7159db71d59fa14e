//! The import: checks the file, reads what it says, lets the kernel mesh it, writes the stream.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_ingest::{Batch, Begin, Confidence, End, ImportError, ImportJob, ImportSink, Importer};

use crate::drawn::{DrawError, Outgoing, Ready};
use crate::lines::Lines;
use crate::model::Object;
use crate::open::{beside, open};
use crate::plan;
use crate::records::{Data, InTree};
use crate::schema::family;
use crate::shapes::{Model, RunError};
use crate::sniff::looks_like_step;
use crate::step::StepFile;

/// Reads IFC files in STEP form, of any schema from IFC2X3 to IFC4X3.
#[derive(Clone, Copy, Debug, Default)]
pub struct IfcImporter;

impl Importer for IfcImporter {
    fn name(&self) -> &'static str {
        "ifc"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        let named = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("ifc") || e.eq_ignore_ascii_case("ifczip"));
        match (looks_like_step(head), named) {
            (true, _) => Confidence::MAGIC,
            (false, true) if head.starts_with(b"PK\x03\x04") => Confidence::MAGIC,
            (false, true) => Confidence::NAME,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        read(job, out, true)
    }
}

/// Imports what a file says, without the shapes of its objects.
///
/// # Errors
/// As [`Importer::import`].
pub fn import_without_shapes(job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
    read(job, out, false)
}

fn read(job: &ImportJob, out: &mut dyn ImportSink, shapes: bool) -> Result<(), ImportError> {
    let started = Instant::now();
    let (content, opened) = open(&job.path)?;
    let pool = pool(job.threads)?;
    let file = pool.install(|| StepFile::read(&content));
    if file.scan.records.is_empty() {
        let what = if file.scan.has_header {
            "The file has a STEP header but no record that can be read."
        } else {
            "This is not an IFC file in STEP form: it has no records like #1=IFCWALL(…);."
        };
        let code = if file.scan.has_header { "ifc.empty" } else { "ifc.not_step" };
        return Err(ImportError::Format { code, what: what.to_owned(), place: String::new() });
    }
    let (family, schema) = family(&file.schema, &file.scan.keywords).map_err(|what| ImportError::Format {
        code: "ifc.other_schema",
        what,
        place: String::new(),
    })?;
    let (data, objects, mut diagnostics) = pool.install(|| Data::read(&file, family));
    diagnostics.splice(0..0, opened.into_iter().chain(schema));
    Import { job, pool: &pool, file: &file, out }.run(started, Reading { data, objects, diagnostics }, shapes)
}

/// What was read of a file before its shapes.
struct Reading<'f> {
    data: Data<'f>,
    objects: Vec<InTree>,
    diagnostics: Vec<Diagnostic>,
}

/// As many threads as the job allows.
fn pool(threads: usize) -> Result<rayon::ThreadPool, ImportError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|i| format!("ifc-reader-{i}"))
        .build()
        .map_err(|e| ImportError::Read { source: std::io::Error::other(e), path: PathBuf::new() })
}

/// Imports a file that was found to be in STEP form: reads it, lets the kernel mesh it, sends both.
struct Import<'a, 'f> {
    job: &'a ImportJob,
    pool: &'a rayon::ThreadPool,
    file: &'a StepFile<'f>,
    out: &'a mut dyn ImportSink,
}

impl Import<'_, '_> {
    fn run(mut self, started: Instant, reading: Reading<'_>, shapes: bool) -> Result<(), ImportError> {
        let Reading { data, mut objects, diagnostics } = reading;
        self.out.send(Batch::Begin(Begin {
            importer: "ifc".to_owned(),
            schema: self.file.schema.clone(),
            crs: data.ground.declared_crs.clone(),
            declared_crs: data.ground.declared_crs.clone(),
            unit: data.units.length_name(),
            georeference: data.ground.georeference.clone(),
            hints: Box::new(crate::hints::read(self.file, &data.units)),
        }))?;
        self.report(diagnostics)?;
        let open_s = started.elapsed().as_secs_f64();
        self.job.cancel.check()?;

        let shapes_started = Instant::now();
        self.draw(&data, &mut objects, shapes)?;
        let geometry_s = shapes_started.elapsed().as_secs_f64();

        let objects: Vec<&Object> = objects.iter().map(|(o, _)| o).collect();
        data.send(&objects, self.pool, &self.job.cancel, self.out)?;
        plan::send(self.file, self.job, self.out)?;
        let n = objects.len() as u64;
        let counts = Counts { read: n, kept: n, dropped: 0 };
        self.out.send(Batch::End(End { counts, open_s, geometry_s }))
    }

    fn report(&mut self, diagnostics: Vec<Diagnostic>) -> Result<(), ImportError> {
        diagnostics.into_iter().try_for_each(|d| self.out.send(Batch::Diagnostic(d)))
    }

    /// Sends the objects, with their shapes, and says what went wrong with those.
    fn draw(&mut self, data: &Data<'_>, objects: &mut [InTree], shapes: bool) -> Result<(), ImportError> {
        let model = Model { file: self.file, units: &data.units };
        let cancel = &self.job.cancel;
        if !shapes {
            return Outgoing::new(model, objects, HashMap::new(), (self.out, cancel)).finish(false);
        }
        let beside = |name: &str| beside(&self.job.path, name);
        let ready = Ready::read(model, self.pool, &beside);
        let lines = Lines::read(model, &ready.placements, objects);
        let mut outgoing = Outgoing::new(model, objects, lines.bounds(), (self.out, cancel));
        match ready.draw(self.pool, cancel, &mut outgoing) {
            Ok(notes) => {
                outgoing.finish(true)?;
                lines.send(cancel, self.out)?;
                self.report(notes)
            }
            Err(DrawError::Run(RunError::Ended(e))) => Err(e),
            Err(e) => {
                outgoing.finish(true)?;
                lines.send(cancel, self.out)?;
                let message = format!(
                    "Shapes are missing: {e}. All objects and what the file says about them were kept."
                );
                let d = Diagnostic::new(Code::new("ifc.kernel_failed"), Severity::Error, "", message);
                self.report(vec![d.with("reason", e)])
            }
        }
    }
}
