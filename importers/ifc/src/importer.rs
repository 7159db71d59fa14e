//! The import: checks the file, reads what it says, lets the kernel mesh it, writes the stream.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_ingest::{
    Batch, Begin, Confidence, End, ImportError, ImportJob, ImportSink, Importer, MeshRecord, ObjectRecord,
    measure,
};

use crate::kernel::{GeometryKernel, IfcLite, KernelError, KernelReport, Shape, ShapeJob};
use crate::model::Object;
use crate::open::open;
use crate::records::{Data, InTree, ROWS_PER_BATCH};
use crate::schema::family;
use crate::sniff::looks_like_step;
use crate::step::StepFile;

/// Bytes of meshes in a batch. Chosen: bounds the reader's memory, large enough to cost nothing per batch.
const MESH_BYTES_PER_BATCH: usize = 4 << 20;

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
        import_with(&IfcLite, job, out)
    }
}

/// Imports a file whose shapes another kernel makes than that of [`IfcImporter`].
///
/// # Errors
/// As [`Importer::import`].
pub fn import_with(
    kernel: &dyn GeometryKernel,
    job: &ImportJob,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let started = Instant::now();
    let (content, opened) = open(&job.path)?;
    let file = on_threads(job.threads, || StepFile::read(&content))?;
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
    let (data, objects, mut diagnostics) = on_threads(job.threads, || Data::read(&file, family))?;
    diagnostics.splice(0..0, opened.into_iter().chain(schema));
    Import { job, file: &file, content: &content, out }.run(
        started,
        kernel,
        Reading { data, objects, diagnostics },
    )
}

/// What was read of a file before its shapes.
struct Reading<'f> {
    data: Data<'f>,
    objects: Vec<InTree>,
    diagnostics: Vec<Diagnostic>,
}

/// Runs on so many threads as the job allows.
fn on_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> Result<T, ImportError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|i| format!("ifc-reader-{i}"))
        .build()
        .map_err(|e| ImportError::Read { source: std::io::Error::other(e), path: PathBuf::new() })?;
    Ok(pool.install(f))
}

/// Imports a file that was found to be in STEP form: reads it, lets the kernel mesh it, sends both.
struct Import<'a, 'f> {
    job: &'a ImportJob,
    file: &'a StepFile<'f>,
    content: &'a [u8],
    out: &'a mut dyn ImportSink,
}

/// An object with its place in the tree and its triangles.
struct Placed {
    object: Object,
    parent: Option<u32>,
    shapes: Vec<Shape>,
}

impl Import<'_, '_> {
    fn run(
        mut self,
        started: Instant,
        kernel: &dyn GeometryKernel,
        reading: Reading<'_>,
    ) -> Result<(), ImportError> {
        let Reading { data, objects, diagnostics } = reading;
        self.out.send(Batch::Begin(Begin {
            importer: "ifc".to_owned(),
            schema: self.file.schema.clone(),
            crs: data.ground.declared_crs.clone(),
            declared_crs: data.ground.declared_crs.clone(),
            unit: data.units.length_name(),
            georeference: data.ground.georeference.clone(),
        }))?;
        diagnostics.into_iter().try_for_each(|d| self.out.send(Batch::Diagnostic(d)))?;
        let mut placed: Vec<Placed> = objects
            .into_iter()
            .map(|(object, parent)| Placed { object, parent, shapes: Vec::new() })
            .collect();
        let open_s = started.elapsed().as_secs_f64();
        self.job.cancel.check()?;

        let shapes_started = Instant::now();
        self.mesh(&mut placed, kernel)?;
        self.send_objects(&placed)?;
        self.send_meshes(&mut placed)?;
        let geometry_s = shapes_started.elapsed().as_secs_f64();

        let objects: Vec<&Object> = placed.iter().map(|p| &p.object).collect();
        data.send(&objects, &self.job.cancel, self.out)?;
        let n = placed.len() as u64;
        let counts = Counts { read: n, kept: n, dropped: 0 };
        self.out.send(Batch::End(End { counts, open_s, geometry_s }))
    }

    /// Lets the kernel mesh the file and says what went wrong.
    fn mesh(&mut self, placed: &mut [Placed], kernel: &dyn GeometryKernel) -> Result<(), ImportError> {
        let at: HashMap<u64, usize> = placed.iter().enumerate().map(|(i, p)| (p.object.record, i)).collect();
        let job = ShapeJob {
            threads: self.job.threads,
            cancel: self.job.cancel.clone(),
            products: placed.iter().filter(|p| p.object.has_shape).map(|p| p.object.record).collect(),
        };
        let mut by_object: BTreeMap<usize, Vec<Shape>> = BTreeMap::new();
        let ran = kernel.shapes(self.content, &job, &mut |batch| {
            for shape in batch.shapes {
                if let Some(&i) = at.get(&shape.record) {
                    by_object.entry(i).or_default().push(shape);
                }
            }
        });
        let report = match ran {
            Ok(report) => report,
            Err(KernelError::Cancelled(c)) => return Err(c.into()),
            Err(e) => {
                let d = Diagnostic::new(
                    Code::new("ifc.kernel_failed"),
                    Severity::Error,
                    "",
                    format!(
                        "Shapes are missing: {e}. All objects and what the file says about them were kept."
                    ),
                );
                self.out.send(Batch::Diagnostic(d.with("reason", e)))?;
                KernelReport::default()
            }
        };
        for (i, mut shapes) in by_object {
            if let Some(p) = placed.get_mut(i) {
                if let Some(color) = report.recolored.get(&p.object.record) {
                    for s in &mut shapes {
                        s.color = *color;
                    }
                }
                p.shapes = merged(shapes);
            }
        }
        for p in placed {
            if let Some(d) = self.verdict(p, &report) {
                p.object.codes.push(d.code.0.to_string());
                self.out.send(Batch::Diagnostic(d))?;
            }
        }
        Ok(())
    }

    /// What a person has to know about an object's shape.
    fn verdict(&self, p: &Placed, report: &KernelReport) -> Option<Diagnostic> {
        let reason = report.incomplete.get(&p.object.record);
        let place = || self.file.place_of(p.object.record);
        if p.shapes.is_empty() {
            if !p.object.has_shape {
                return None;
            }
            let reason = reason.map_or("no mesh output", String::as_str);
            let d = Diagnostic::new(
                Code::new("ifc.shape_failed"),
                Severity::Error,
                place(),
                format!(
                    "The shape of this {} could not be made ({reason}); the object was kept without it.",
                    p.object.class
                ),
            );
            return Some(d.with("class", &p.object.class).with("reason", reason));
        }
        let reason = reason?;
        let (code, severity, what) = if reason.contains("dropped representation items") {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing")
        } else if reason.contains("refused geometry input") {
            ("ifc.shape_partial", Severity::Error, "A part of the shape could not be read")
        } else if reason.contains("CSG") {
            (
                "ifc.shape_approximated",
                Severity::Info,
                "A cut or union was made by other means than asked for",
            )
        } else {
            return None;
        };
        Some(
            Diagnostic::new(Code::new(code), severity, place(), format!("{what} ({reason})."))
                .with("reason", reason),
        )
    }

    fn send_objects(&mut self, placed: &[Placed]) -> Result<(), ImportError> {
        for chunk in placed.chunks(ROWS_PER_BATCH) {
            self.out.send(Batch::Objects(chunk.iter().map(record).collect()))?;
            self.job.cancel.check()?;
        }
        Ok(())
    }

    fn send_meshes(&mut self, placed: &mut [Placed]) -> Result<(), ImportError> {
        let mut batch: Vec<MeshRecord> = Vec::new();
        let mut bytes = 0;
        let total = placed.len() as u64;
        for (number, p) in (0_u32..).zip(placed.iter_mut()) {
            for s in std::mem::take(&mut p.shapes) {
                bytes += 4 * (s.positions.len() + s.normals.len() + s.indices.len());
                batch.push(MeshRecord {
                    object: number,
                    origin: s.origin,
                    positions: s.positions,
                    normals: s.normals,
                    indices: s.indices,
                    color: s.color,
                });
                if bytes >= MESH_BYTES_PER_BATCH || batch.len() >= ROWS_PER_BATCH {
                    self.out.send(Batch::Meshes(std::mem::take(&mut batch)))?;
                    self.out.send(Batch::Progress { done: u64::from(number), total })?;
                    self.job.cancel.check()?;
                    bytes = 0;
                }
            }
        }
        if batch.is_empty() { Ok(()) } else { self.out.send(Batch::Meshes(batch)) }
    }
}

/// Joins an object's shapes of one color and origin, in the order in which the colors first come.
fn merged(shapes: Vec<Shape>) -> Vec<Shape> {
    let mut out: Vec<Shape> = Vec::new();
    for s in shapes {
        let same = out.iter_mut().find(|o| {
            o.color == s.color
                && o.origin.map(f64::to_bits) == s.origin.map(f64::to_bits)
                && o.normals.is_empty() == s.normals.is_empty()
        });
        let Some(o) = same else {
            out.push(s);
            continue;
        };
        let Ok(base) = u32::try_from(o.positions.len() / 3) else {
            out.push(s);
            continue;
        };
        o.positions.extend(s.positions);
        o.normals.extend(s.normals);
        o.indices.extend(s.indices.iter().map(|i| i.saturating_add(base)));
    }
    out
}

fn record(p: &Placed) -> ObjectRecord {
    let all = measure(p.shapes.iter().map(|s| (s.origin, s.positions.as_slice(), s.indices.as_slice())));
    let color = match p.shapes.as_slice() {
        [] => None,
        [only] => Some(only.color),
        many => largest_color(many),
    };
    let shaped = all.n_triangles > 0 && !all.bounds.is_empty();
    ObjectRecord {
        id: p.object.id.clone(),
        kind: p.object.kind,
        class: p.object.class.clone(),
        name: p.object.name.clone(),
        parent: p.parent,
        bbox: shaped.then(|| all.bounds.to_array()),
        area_m2: shaped.then_some(all.area_m2),
        volume_m3: all.volume_m3.filter(|_| shaped),
        n_triangles: all.n_triangles,
        closed: all.closed,
        color,
        hidden: p.object.hidden,
        diagnostics: p.object.codes.clone(),
    }
}

/// Color of the largest area; the first of equal ones.
fn largest_color(shapes: &[Shape]) -> Option<[u8; 4]> {
    let mut areas: BTreeMap<[u8; 4], f64> = BTreeMap::new();
    for s in shapes {
        let m = measure(std::iter::once((s.origin, s.positions.as_slice(), s.indices.as_slice())));
        *areas.entry(s.color).or_default() += m.area_m2;
    }
    let mut best: Option<([u8; 4], f64)> = None;
    for (color, area) in areas {
        if best.is_none_or(|b| area > b.1) {
            best = Some((color, area));
        }
    }
    best.map(|b| b.0)
}
