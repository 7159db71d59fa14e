//! The shapes of a file's objects: made, and sent with the objects as soon as they are made.

use std::collections::HashMap;

use glam::DAffine3;
use ifc_lite_core::ColumnLengthMismatch;
use lantu_base::{Bounds, CancelToken, Diagnostic};
use lantu_ingest::{
    Batch, ImportError, ImportSink, InstanceRecord, MeshRecord, ObjectRecord, TemplateRecord,
};

use crate::align::{Alignment, Placements, Reader, alignments_of};
use crate::lines::Lines;
use crate::records::InTree;
use crate::rounds::ROWS_PER_BATCH;
use crate::shapes::{
    Beside, Form, IfcLite, Model, Part, Plan, Planned, RunError, Shape, Textures, Work, plan, run,
};
use crate::verdicts::{fact_of, lost, verdicts};

/// Bytes of meshes in a batch. Chosen: bounds the reader's memory, large enough to cost nothing per batch.
const MESH_BYTES_PER_BATCH: usize = 4 << 20;
/// Bytes of meshes in the first batch with shapes; each further one may be twice as large. Chosen: something is seen at
/// once.
const FIRST_BATCH_BYTES: usize = 32 << 10;
/// Triangles that the first batch with shapes lets be seen, those of repeated shapes at each of their places; each
/// further one may have twice as many. Chosen: whoever shows them is done in some hundredths of a second.
const FIRST_BATCH_TRIANGLES: usize = 2048;
/// Places from which a shape is sent once for all. Chosen: as tiles do with repeats that they find themselves.
const MIN_PLACES: usize = 3;
/// Triangles from which a shape is sent once for all. Chosen: as tiles do; smaller ones are cheaper when they lie
/// with their neighbors.
const MIN_TRIANGLES: u32 = 40;
/// Farthest from zero that an object may reach, meters. Chosen: coordinates of any map in any unit of length that maps
/// have are below 10⁸; beyond, single precision has no meters and nothing can be seen.
const MAX_REACH_M: f64 = 1e9;

/// Why a file has no shapes, or no more of them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrawError {
    /// The kernel does not take the file.
    #[error("the geometry kernel refuses the records: {0}")]
    Index(#[from] ColumnLengthMismatch),
    /// It could not run, or was stopped.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What all shapes of a file need: where products stand, what colors they have, what the kernel keeps.
pub(crate) struct Ready<'f> {
    model: Model<'f>,
    /// Where products stand.
    placements: Placements<'f>,
    alignments: Vec<Alignment>,
    textures: Textures,
    library: Result<IfcLite<'f>, ColumnLengthMismatch>,
    /// What a person has to know about the alignments.
    alignment_notes: Vec<Diagnostic>,
}

/// What is to be drawn of a file.
pub(crate) struct Prepared {
    /// As surfaces and solids; or why the kernel does not take the file.
    pub(crate) plan: Result<Plan, ColumnLengthMismatch>,
    /// As lines and words.
    pub(crate) lines: Lines,
}

impl<'f> Ready<'f> {
    /// Reads a file on the current thread pool. `beside`: takes images that the file names.
    pub(crate) fn read(model: Model<'f>, beside: &Beside<'_>) -> Self {
        let placed = || {
            let placements = Placements::new(model.file, model.units);
            let aligned = alignments_of(&Reader::new(model.file, model.units), &placements);
            (placements, aligned)
        };
        let ((placements, (alignments, alignment_notes)), (textures, library)) = rayon::join(placed, || {
            let textures = Textures::read(&model, beside);
            let library = IfcLite::new(model, &textures);
            (textures, library)
        });
        Self { model, placements, alignments, textures, library, alignment_notes }
    }

    /// Looks at what is to be drawn of some objects, on the current thread pool.
    pub(crate) fn prepare(&self, objects: &[InTree]) -> Prepared {
        let Self { model, placements, library, .. } = self;
        let wanted = products(objects);
        let (plan, lines) = rayon::join(
            || library.as_ref().map(|library| plan(*model, placements, library, &wanted)).map_err(|e| *e),
            || Lines::read(*model, placements, &self.alignments, objects),
        );
        Prepared { plan, lines }
    }

    /// Makes the shapes of some objects and sends both, each object as soon as its shape is made; then what a person has
    /// to know about textures, placements and alignments as such.
    ///
    /// # Errors
    /// [`DrawError`]; [`DrawError::Run`] may come when objects were sent, the others before.
    pub(crate) fn draw(
        self,
        plan: Result<Plan, ColumnLengthMismatch>,
        (threads, cancel): (usize, &CancelToken),
        out: &mut Outgoing<'_, '_>,
    ) -> Result<Vec<Diagnostic>, DrawError> {
        let Self { model, placements, textures, library, alignment_notes, .. } = self;
        let (library, Plan { tasks, products }) = (library?, plan?);
        let places = out.expect(products, tasks.len());
        let work = Work { tasks: &tasks, places: &places, threads, cancel };
        run(&model, &library, &work, &mut |shape| out.take(shape))?;
        let mut notes = textures.notes;
        notes.extend(placements.diagnostics().iter().cloned());
        notes.extend(alignment_notes);
        Ok(notes)
    }
}

/// Records of the objects that are to be drawn.
fn products(objects: &[InTree]) -> Vec<u64> {
    objects.iter().filter(|(o, _)| o.has_shape).map(|(o, _)| o.record).collect()
}

/// Objects on their way out, in their order, with the shapes that have been made.
pub(crate) struct Outgoing<'a, 'f> {
    /// Of the objects' records.
    model: Model<'f>,
    objects: &'a mut [InTree],
    /// Boxes of what objects have of lines, by their place in the list.
    lines: HashMap<u32, Bounds>,
    out: &'a mut dyn ImportSink,
    cancel: &'a CancelToken,
    /// Objects that were sent or gathered.
    n_sent: usize,
    /// By number of the product's record.
    planned: HashMap<u64, Planned>,
    /// Places that each task's shape has left.
    places: Vec<usize>,
    /// Shapes that were made, until their last place.
    shapes: Vec<Option<Shape>>,
    /// Number of a template by the task that made it.
    templates: HashMap<usize, u32>,
    batch: Gathered,
    /// What the next batch may hold of bytes and of triangles.
    room: (usize, usize),
}

#[derive(Default)]
struct Gathered {
    objects: Vec<ObjectRecord>,
    meshes: Vec<MeshRecord>,
    templates: Vec<TemplateRecord>,
    instances: Vec<InstanceRecord>,
    bytes: usize,
    /// That are seen: those of templates count at each place.
    triangles: usize,
}

impl<'a, 'f> Outgoing<'a, 'f> {
    /// Objects that have no shapes yet. `lines`: boxes of what they have of lines, by their place in the list.
    pub(crate) fn new(
        model: Model<'f>,
        objects: &'a mut [InTree],
        lines: HashMap<u32, Bounds>,
        (out, cancel): (&'a mut dyn ImportSink, &'a CancelToken),
    ) -> Self {
        Self {
            model,
            objects,
            lines,
            out,
            cancel,
            n_sent: 0,
            planned: HashMap::new(),
            places: Vec::new(),
            shapes: Vec::new(),
            templates: HashMap::new(),
            batch: Gathered::default(),
            room: (FIRST_BATCH_BYTES, FIRST_BATCH_TRIANGLES),
        }
    }

    /// Takes note of what will come, and says where the shape of each task stands: in the order of the objects.
    fn expect(&mut self, products: Vec<Planned>, n_tasks: usize) -> Vec<Vec<DAffine3>> {
        let mut places: Vec<Vec<DAffine3>> = vec![Vec::new(); n_tasks];
        for p in &products {
            if let Some(of_task) = places.get_mut(p.task) {
                of_task.push(p.place);
            }
        }
        self.places = places.iter().map(Vec::len).collect();
        self.planned = products.into_iter().map(|p| (p.record, p)).collect();
        places
    }

    /// Takes the shape of the next task.
    fn take(&mut self, shape: Shape) -> Result<(), ImportError> {
        self.shapes.push(Some(shape));
        self.advance(false)
    }

    /// Sends what has not been sent; objects whose shapes were not made go without. `wanted`: whether shapes were to be
    /// made at all.
    ///
    /// # Errors
    /// The reader is gone, or the import was cancelled.
    pub(crate) fn finish(mut self, wanted: bool) -> Result<(), ImportError> {
        if !wanted {
            self.objects.iter_mut().skip(self.n_sent).for_each(|(o, _)| o.has_shape = false);
        }
        self.advance(true)?;
        self.flush()
    }

    /// Gathers objects up to the first whose shape is still being made, and sends what is enough for a batch.
    fn advance(&mut self, all: bool) -> Result<(), ImportError> {
        while let Some((object, _)) = self.objects.get(self.n_sent) {
            let planned = self.planned.remove(&object.record);
            if let Some(p) = planned.as_ref().filter(|p| !all && p.task >= self.shapes.len()) {
                self.planned.insert(object.record, p.clone());
                return Ok(());
            }
            self.gather(planned.as_ref())?;
            self.n_sent += 1;
            let b = &self.batch;
            let rows = [b.objects.len(), b.meshes.len(), b.instances.len(), b.templates.len()];
            let (bytes, triangles) = self.room;
            if b.bytes >= bytes || b.triangles >= triangles || rows.into_iter().any(|n| n >= ROWS_PER_BATCH) {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Gathers the next object with its shape.
    fn gather(&mut self, planned: Option<&Planned>) -> Result<(), ImportError> {
        let number = u32::try_from(self.n_sent).unwrap_or(u32::MAX);
        let task = planned.map_or(usize::MAX, |p| p.task);
        let shape = self.shapes.get_mut(task).and_then(Option::take);
        let drawn = planned.zip(shape.as_ref());
        let place = drawn.map_or(DAffine3::IDENTITY, |(p, s)| s.place.unwrap_or(p.place));
        let left = self.places.get(task).copied().unwrap_or(0);
        let bounds = drawn.and_then(|(_, s)| s.bounds.get(s.bounds.len().checked_sub(left)?));
        let bounds = bounds.copied().unwrap_or(Bounds::EMPTY);
        let Some((object, parent)) = self.objects.get_mut(self.n_sent) else { return Ok(()) };
        let record = object.record;
        let place_of = || self.model.file.place_of(record);
        let mut said = verdicts(object, drawn, &place_of);
        let reaches =
            bounds.is_empty() || (bounds.min.abs().max(bounds.max.abs())).max_element() <= MAX_REACH_M;
        if !reaches {
            said.push(lost(object, place_of()));
        }
        for d in said {
            object.codes.push(d.code.0.to_string());
            object.verdicts.push(fact_of(&d));
            self.out.send(Batch::Diagnostic(d))?;
        }
        let form = shape.as_ref().map(|s| &s.form).filter(|f| reaches && f.is_drawn() && !bounds.is_empty());
        self.batch.objects.push(ObjectRecord {
            id: object.id.clone(),
            kind: object.kind,
            class: object.class.clone(),
            name: object.name.clone(),
            parent: *parent,
            bbox: form.map_or(self.lines.get(&number).copied(), |_| Some(bounds)).map(Bounds::to_array),
            area_m2: form.map(|f| f.measure.area_m2),
            volume_m3: form.and_then(|f| f.measure.volume_m3),
            n_triangles: form.map_or(0, |f| f.measure.n_triangles),
            closed: form.is_some_and(|f| f.measure.closed),
            color: form.and_then(|f| f.color),
            hidden: object.hidden,
            stand_in: shape.as_ref().is_some_and(|s| reaches && s.extent.stands_in()),
            diagnostics: object.codes.clone(),
        });
        if let Some(shape) = shape {
            self.triangles(number, task, shape, reaches.then_some(&place))?;
        }
        Ok(())
    }

    /// Gathers the triangles of an object, and keeps its shape if it has more places. `place`: `None` where the object
    /// is not drawn.
    fn triangles(
        &mut self,
        object: u32,
        task: usize,
        mut shape: Shape,
        place: Option<&DAffine3>,
    ) -> Result<(), ImportError> {
        let left = self.places.get_mut(task).map_or(1, |n| std::mem::replace(n, n.saturating_sub(1)));
        if let Some(place) = place {
            self.batch.triangles += shape.form.measure.n_triangles as usize;
            let repeated = self.templates.contains_key(&task)
                || left >= MIN_PLACES && shape.form.measure.n_triangles >= MIN_TRIANGLES;
            if repeated {
                let template = self.template(task, &shape.form)?;
                let matrix = place.to_cols_array();
                self.batch.instances.push(InstanceRecord { object, template, matrix, colors: Vec::new() });
            } else {
                let parts =
                    if left <= 1 { std::mem::take(&mut shape.form.parts) } else { shape.form.parts.clone() };
                for part in parts {
                    self.batch.bytes += part.bytes();
                    self.batch.meshes.push(mesh(object, part.placed(place)));
                }
            }
        }
        if left > 1
            && let Some(slot) = self.shapes.get_mut(task)
        {
            *slot = Some(shape);
        }
        Ok(())
    }

    fn template(&mut self, task: usize, form: &Form) -> Result<u32, ImportError> {
        let next = u32::try_from(self.templates.len()).unwrap_or(u32::MAX);
        let template = *self.templates.entry(task).or_insert(next);
        if template == next {
            let meshes: Vec<MeshRecord> = form.parts.iter().cloned().map(|p| mesh(0, p)).collect();
            self.batch.bytes += form.bytes();
            self.batch.templates.push(TemplateRecord { template, meshes });
        }
        self.cancel.check()?;
        Ok(template)
    }

    /// Sends what has gathered.
    fn flush(&mut self) -> Result<(), ImportError> {
        self.cancel.check()?;
        let Gathered { objects, meshes, templates, instances, triangles, .. } =
            std::mem::take(&mut self.batch);
        for chunk in chunks(objects) {
            self.out.send(Batch::Objects(chunk))?;
        }
        for chunk in chunks(meshes) {
            self.out.send(Batch::Meshes(chunk))?;
        }
        for chunk in chunks(templates) {
            self.out.send(Batch::Templates(chunk))?;
        }
        for chunk in chunks(instances) {
            self.out.send(Batch::Instances(chunk))?;
        }
        // Objects without shapes may come in any number before the first that can be seen.
        if triangles > 0 {
            let (bytes, triangles) = self.room;
            self.room = ((bytes * 2).min(MESH_BYTES_PER_BATCH), triangles.saturating_mul(2));
        }
        self.out.send(Batch::Progress { done: self.n_sent as u64, total: self.objects.len() as u64 })
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
