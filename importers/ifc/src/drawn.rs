//! The shapes of a file's objects: what is reported of them, and the batches that carry them.

use std::collections::HashMap;

use lantu_base::{Bounds, CancelToken, Code, Diagnostic, Severity};
use lantu_ingest::{
    Batch, ImportError, ImportSink, InstanceRecord, MeshRecord, ObjectRecord, TemplateRecord,
};

use crate::align::{Placements, Reader, alignment_notes};
use crate::model::Object;
use crate::records::ROWS_PER_BATCH;
use crate::shapes::{Extent, Flaw, Form, IfcLite, Model, Part, Plan, Planned, RunError, Shape, plan, run};

/// Bytes of meshes in a batch. Chosen: bounds the reader's memory, large enough to cost nothing per batch.
const MESH_BYTES_PER_BATCH: usize = 4 << 20;
/// Places from which a shape is sent once for all. Chosen: as tiles do with repeats that they find themselves.
const MIN_PLACES: usize = 3;
/// Triangles from which a shape is sent once for all. Chosen: as tiles do; smaller ones are cheaper when they lie
/// with their neighbors.
const MIN_TRIANGLES: u32 = 40;

/// The shapes of a file.
#[derive(Default)]
pub(crate) struct Drawn {
    shapes: Vec<Shape>,
    /// By number of the product's record.
    products: HashMap<u64, Planned>,
    /// The shape of each product.
    tasks: Vec<usize>,
    /// What a person has to know about placements and alignments as such.
    pub(crate) notes: Vec<Diagnostic>,
}

/// Why a file has no shapes at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrawnError {
    /// The kernel does not take the file.
    #[error("the geometry kernel refuses the records: {0}")]
    Index(#[from] ifc_lite_core::ColumnLengthMismatch),
    /// It could not run.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Drawn {
    /// Makes the shapes of some products.
    ///
    /// # Errors
    /// [`DrawnError`]
    pub(crate) fn make(
        model: Model<'_>,
        products: &[u64],
        threads: usize,
        cancel: &CancelToken,
    ) -> Result<Self, DrawnError> {
        let placements = Placements::new(model.file, model.units);
        let library = IfcLite::new(model)?;
        let Plan { tasks, products } = plan(model, &placements, &library, products);
        let shapes = run(&model, &library, &tasks, threads, cancel)?;
        let tasks = products.iter().map(|p| p.task).collect();
        let mut notes = placements.diagnostics().to_vec();
        notes.extend(alignment_notes(&Reader::new(model.file, model.units), &placements));
        Ok(Self { shapes, products: products.into_iter().map(|p| (p.record, p)).collect(), tasks, notes })
    }

    fn shape(&self, object: &Object) -> Option<(&Planned, &Shape)> {
        let planned = self.products.get(&object.record)?;
        Some((planned, self.shapes.get(planned.task)?))
    }

    /// What a person has to know about an object's shape. `place`: of its record.
    pub(crate) fn verdicts(&self, object: &Object, place: &dyn Fn() -> String) -> Vec<Diagnostic> {
        let Some((planned, shape)) = self.shape(object) else {
            let missing = object.has_shape.then(|| failed(object, place(), "no mesh output"));
            return missing.into_iter().collect();
        };
        let mut out = Vec::new();
        if let Some(reason) = &planned.misplaced {
            out.push(diagnostic(
                "ifc.placement_failed",
                Severity::Error,
                place(),
                "The object may stand elsewhere: its placement could not be evaluated",
                reason,
            ));
        }
        match &shape.extent {
            Extent::Nothing(reason) => out.push(failed(object, place(), reason)),
            Extent::Simplified(reason) => out.push(diagnostic(
                "ifc.shape_simplified",
                Severity::Error,
                place(),
                "The shape is drawn simpler than it is, without what is cut from it",
                reason,
            )),
            Extent::Boxed(reason) => out.push(diagnostic(
                "ifc.shape_boxed",
                Severity::Error,
                place(),
                "A hatched box stands for the shape, which could not be made",
                reason,
            )),
            Extent::Whole | Extent::Consumed => {}
        }
        // A box says all there is to say.
        if !matches!(shape.extent, Extent::Nothing(_) | Extent::Boxed(_)) {
            out.extend(shape.flaws.iter().map(|flaw| flawed(flaw, place())));
        }
        out
    }

    /// An object's row, with what its shape amounts to.
    pub(crate) fn record(&self, object: &Object, parent: Option<u32>) -> ObjectRecord {
        let found = self.shape(object).filter(|(_, shape)| shape.form.is_drawn());
        let bounds = found.map(|(planned, shape)| shape.form.bounds(&at(planned, shape)));
        let measure = found.map(|(_, shape)| &shape.form.measure);
        ObjectRecord {
            id: object.id.clone(),
            kind: object.kind,
            class: object.class.clone(),
            name: object.name.clone(),
            parent,
            bbox: bounds.filter(|b| !b.is_empty()).map(Bounds::to_array),
            area_m2: measure.map(|m| m.area_m2),
            volume_m3: measure.and_then(|m| m.volume_m3),
            n_triangles: measure.map_or(0, |m| m.n_triangles),
            closed: measure.is_some_and(|m| m.closed),
            color: found.and_then(|(_, shape)| shape.form.color),
            hidden: object.hidden,
            diagnostics: object.codes.clone(),
        }
    }

    /// Sends all shapes, in the order of the objects.
    ///
    /// # Errors
    /// The reader is gone, or the import was cancelled.
    pub(crate) fn send<'o>(
        mut self,
        objects: impl ExactSizeIterator<Item = &'o Object>,
        cancel: &CancelToken,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let mut uses: HashMap<usize, usize> = HashMap::new();
        for &p in &self.tasks {
            *uses.entry(p).or_default() += 1;
        }
        let mut sender = Sender { out, cancel, templates: HashMap::new(), batch: Outgoing::default() };
        let total = objects.len() as u64;
        for (number, object) in (0_u32..).zip(objects) {
            let Some(planned) = self.products.get(&object.record) else { continue };
            let Some(shape) = self.shapes.get_mut(planned.task) else { continue };
            let place = at(planned, shape);
            let left = uses.entry(planned.task).or_default();
            let repeated = sender.templates.contains_key(&planned.task)
                || *left >= MIN_PLACES && shape.form.measure.n_triangles >= MIN_TRIANGLES;
            *left = left.saturating_sub(1);
            if repeated {
                let template = sender.template(planned.task, &shape.form)?;
                sender.batch.instances.push(InstanceRecord {
                    object: number,
                    template,
                    matrix: place.to_cols_array(),
                    colors: Vec::new(),
                });
            } else {
                let last = *left == 0;
                let parts =
                    if last { std::mem::take(&mut shape.form.parts) } else { shape.form.parts.clone() };
                for part in parts {
                    sender.mesh(number, part.placed(&place));
                }
            }
            sender.flush(false, number, total)?;
        }
        sender.flush(true, u32::try_from(total).unwrap_or(u32::MAX), total)
    }
}

fn at(planned: &Planned, shape: &Shape) -> glam::DAffine3 {
    shape.place.unwrap_or(planned.place)
}

#[derive(Default)]
struct Outgoing {
    meshes: Vec<MeshRecord>,
    templates: Vec<TemplateRecord>,
    instances: Vec<InstanceRecord>,
    bytes: usize,
}

struct Sender<'a> {
    out: &'a mut dyn ImportSink,
    cancel: &'a CancelToken,
    /// Number of a template by the task that made it.
    templates: HashMap<usize, u32>,
    batch: Outgoing,
}

impl Sender<'_> {
    fn template(&mut self, task: usize, form: &Form) -> Result<u32, ImportError> {
        let next = u32::try_from(self.templates.len()).unwrap_or(u32::MAX);
        let template = *self.templates.entry(task).or_insert(next);
        if template == next {
            let meshes: Vec<MeshRecord> = form.parts.iter().cloned().map(|p| mesh(0, p)).collect();
            self.batch.bytes += form.parts.iter().map(Part::bytes).sum::<usize>();
            self.batch.templates.push(TemplateRecord { template, meshes });
        }
        self.cancel.check()?;
        Ok(template)
    }

    fn mesh(&mut self, object: u32, part: Part) {
        self.batch.bytes += part.bytes();
        self.batch.meshes.push(mesh(object, part));
    }

    /// Sends what has gathered if it is enough, or all of it.
    fn flush(&mut self, all: bool, done: u32, total: u64) -> Result<(), ImportError> {
        let b = &self.batch;
        let rows = b.meshes.len().max(b.instances.len()).max(b.templates.len());
        if !all && b.bytes < MESH_BYTES_PER_BATCH && rows < ROWS_PER_BATCH {
            return Ok(());
        }
        self.cancel.check()?;
        let Outgoing { meshes, templates, instances, .. } = std::mem::take(&mut self.batch);
        for chunk in chunks(meshes) {
            self.out.send(Batch::Meshes(chunk))?;
        }
        for chunk in chunks(templates) {
            self.out.send(Batch::Templates(chunk))?;
        }
        for chunk in chunks(instances) {
            self.out.send(Batch::Instances(chunk))?;
        }
        self.out.send(Batch::Progress { done: u64::from(done), total })
    }
}

/// Rows in batches of at most [`ROWS_PER_BATCH`]; none of none.
fn chunks<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = rows.by_ref().take(ROWS_PER_BATCH).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

fn mesh(object: u32, part: Part) -> MeshRecord {
    let Part { origin, positions, normals, indices, color } = part;
    MeshRecord { object, origin, positions, normals, indices, color }
}

fn failed(object: &Object, place: String, reason: &str) -> Diagnostic {
    let message = format!(
        "The shape of this {} could not be made ({reason}); the object was kept without it.",
        object.class
    );
    Diagnostic::new(Code::new("ifc.shape_failed"), Severity::Error, place, message)
        .with("class", &object.class)
        .with("reason", reason)
}

fn flawed(flaw: &Flaw, place: String) -> Diagnostic {
    let (code, severity, what, reason) = match flaw {
        Flaw::Dropped(kinds) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", kinds.clone())
        }
        Flaw::Refused(record) => (
            "ifc.shape_partial",
            Severity::Error,
            "A part of the shape could not be read",
            format!("#{record} holds a number that cannot be"),
        ),
        Flaw::Cut(kinds) => (
            "ifc.shape_approximated",
            Severity::Info,
            "A cut or union was made by other means than asked for",
            kinds.clone(),
        ),
        Flaw::Uncut(n, of) => (
            "ifc.shape_simplified",
            Severity::Error,
            "The shape is drawn simpler than it is, without some of its openings",
            format!("{n} of {of} have more faces than can be cut"),
        ),
        Flaw::Disagree(ours, library) => {
            let library = library.map_or("no closed body".to_owned(), |v| format!("{v:.6} m³"));
            (
                "ifc.kernels_disagree",
                Severity::Info,
                "Two kernels cut the openings differently, and the second is drawn",
                format!("{ours:.6} m³ and {library}"),
            )
        }
        Flaw::Bad(reason) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", reason.to_string())
        }
        Flaw::Refusal(what) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", what.clone())
        }
    };
    diagnostic(code, severity, place, what, &reason)
}

fn diagnostic(code: &'static str, severity: Severity, place: String, what: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::new(code), severity, place, format!("{what} ({reason}).")).with("reason", reason)
}
