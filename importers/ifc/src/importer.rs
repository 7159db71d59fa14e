//! The import: checks the file, reads what it says, lets the kernel mesh it, writes the stream.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_ingest::{Batch, Begin, Confidence, End, ImportError, ImportJob, ImportSink, Importer};

use crate::align::Courses;
use crate::drawn::{DrawError, Outgoing, Prepared, Ready};
use crate::model::{Facts, Object};
use crate::open::{beside, open};
use crate::plan;
use crate::records::{Data, InTree};
use crate::schema::family;
use crate::shapes::{Model, RunError};
use crate::sniff::looks_like_step;
use crate::step::StepFile;
use crate::units::Units;

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
            // Refused, by a name that says more than that it is unknown.
            _ if is_other_form(path) => Confidence::NAME,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        read(job, out, true)
    }
}

/// Whether a file is named as one of the other forms of IFC.
fn is_other_form(path: &Path) -> bool {
    let forms = ["ifcxml", "ifcx", "ifcjson", "ifchdf"];
    path.extension().is_some_and(|e| forms.iter().any(|f| e.eq_ignore_ascii_case(f)))
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
    let units = Units::read(&file);
    let courses = Courses::default();
    let model = Model { file: &file, units: &units, courses: &courses };
    let images = |name: &str| beside(&job.path, name);
    let ((data, objects, mut diagnostics), (ready, facts)) = pool.install(|| {
        rayon::join(
            || Data::read(&file, &units, family),
            // What follows references beside what looks at every record leaves no thread idle.
            || {
                let ready = shapes.then(|| Ready::read(model, &images));
                // With one thread the first shapes come before that.
                (ready, (job.threads > 1).then(|| Data::facts(&file, &units, family)))
            },
        )
    });
    diagnostics.splice(0..0, opened.into_iter().chain(schema));
    let reading = Reading { data, objects, diagnostics, ready, facts };
    Import { job, pool: &pool, model, out }.run(started, reading)
}

/// What was read of a file before its shapes were made.
struct Reading<'f> {
    data: Data<'f>,
    objects: Vec<InTree>,
    diagnostics: Vec<Diagnostic>,
    /// `None` if no shapes are wanted.
    ready: Option<Ready<'f>>,
    /// `None` if they are to be read when the shapes were made.
    facts: Option<Facts<'f, 'f>>,
}

/// Stack of a thread of the pool. Chosen: as large as that of a program, since curves are followed on it.
const STACK_BYTES: usize = 8 << 20;

/// As many threads as the job allows.
fn pool(threads: usize) -> Result<rayon::ThreadPool, ImportError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .stack_size(STACK_BYTES)
        .thread_name(|i| format!("ifc-reader-{i}"))
        .build()
        .map_err(|e| ImportError::Read { source: std::io::Error::other(e), path: PathBuf::new() })
}

/// Imports a file that was found to be in STEP form: reads it, lets the kernel mesh it, sends both.
struct Import<'a, 'f> {
    job: &'a ImportJob,
    pool: &'a rayon::ThreadPool,
    model: Model<'f>,
    out: &'a mut dyn ImportSink,
}

impl<'f> Import<'_, 'f> {
    fn run(mut self, started: Instant, reading: Reading<'f>) -> Result<(), ImportError> {
        let Reading { data, mut objects, diagnostics, ready, facts } = reading;
        let Model { file, units, .. } = self.model;
        self.out.send(Batch::Begin(Begin {
            importer: "ifc".to_owned(),
            schema: file.schema.clone(),
            crs: data.ground.declared_crs.clone(),
            declared_crs: data.ground.declared_crs.clone(),
            unit: units.length_name(),
            georeference: data.ground.georeference.clone(),
            hints: Box::new(crate::hints::read(file, units)),
        }))?;
        self.report(diagnostics)?;
        let open_s = started.elapsed().as_secs_f64();
        self.job.cancel.check()?;

        let shapes_started = Instant::now();
        self.draw(&mut objects, ready)?;
        let geometry_s = shapes_started.elapsed().as_secs_f64();

        let facts = facts.unwrap_or_else(|| self.pool.install(|| Data::facts(file, units, data.family)));
        let objects: Vec<&Object> = objects.iter().map(|(o, _)| o).collect();
        data.send(&objects, &facts, (self.pool, &self.job.cancel), self.out)?;
        plan::send(file, self.job, self.out)?;
        let n = objects.len() as u64;
        let counts = Counts { read: n, kept: n, dropped: 0 };
        self.out.send(Batch::End(End { counts, open_s, geometry_s }))
    }

    fn report(&mut self, diagnostics: Vec<Diagnostic>) -> Result<(), ImportError> {
        diagnostics.into_iter().try_for_each(|d| self.out.send(Batch::Diagnostic(d)))
    }

    /// Sends the objects, with their shapes, and says what went wrong with those.
    fn draw(&mut self, objects: &mut [InTree], ready: Option<Ready<'_>>) -> Result<(), ImportError> {
        let (model, cancel, threads) = (self.model, &self.job.cancel, self.pool.current_num_threads());
        let Some(ready) = ready else {
            return Outgoing::new(model, objects, HashMap::new(), (self.out, cancel)).finish(false);
        };
        let Prepared { plan, lines } = self.pool.install(|| ready.prepare(objects));
        let mut outgoing = Outgoing::new(model, objects, lines.bounds(), (self.out, cancel));
        let notes = match ready.draw(plan, (threads, cancel), &mut outgoing) {
            Ok(notes) => notes,
            Err(DrawError::Run(RunError::Ended(e))) => return Err(e),
            Err(e) => {
                let message = format!(
                    "Shapes are missing: {e}. All objects and what the file says about them were kept."
                );
                let d = Diagnostic::new(Code::new("ifc.kernel_failed"), Severity::Error, "", message);
                vec![d.with("reason", e)]
            }
        };
        outgoing.finish(true)?;
        lines.send(cancel, self.out)?;
        self.report(notes)
    }
}
