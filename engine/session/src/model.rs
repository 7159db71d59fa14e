//! One revision of a source, in its own frame: what exists, what is known of it, and its exact shapes. Read from a
//! file, or from what a project keeps.

use std::path::Path;
use std::sync::Arc;

use lantu_base::{Bounds, Diagnostic, ObjectRow, SourceId};
use lantu_ingest::Begin;
use lantu_scene::{ObjectView, PageCache, PageStore, Scene, SceneSnapshot, SourceColumns};
use lantu_tiles::io::{MemoryPackStore, PackStore};

use crate::SessionError;
use crate::build::{Records, SourceBuild};
use crate::details::SourceDetails;
use crate::inspect::source_name;
use crate::job::{JobEnd, JobLimits, run_job};
use crate::mesh_file::ObjectShape;
use crate::packs::{PackPages, SourceIndex, read_directory};
use crate::placement::Placer;
use crate::rows::RowDetails;
use crate::session::{Session, SessionOptions};
use crate::shapes::{ShapePart, SourceShapes};
use crate::worker::WorkerJob;

/// One revision of a source.
pub struct Model {
    /// Name of the source.
    pub name: String,
    /// What its file says as a whole.
    pub begin: Begin,
    /// One source, in the frame that it was read in: a file in its own, a project's source where it lies.
    scene: Arc<SceneSnapshot>,
    details: SourceDetails,
    shapes: Option<SourceShapes>,
}

impl Model {
    /// Reads a file in a child process. What is wrong in it is left to `lantu inspect`.
    ///
    /// # Errors
    /// [`SessionError::Unusable`] if nothing of the file can be used; [`SessionError::Cancelled`].
    pub fn read(path: &Path, options: &SessionOptions) -> Result<Self, SessionError> {
        let store = Arc::new(MemoryPackStore::default());
        let mut build = SourceBuild::new(&*store);
        let job = WorkerJob::inspect(path, options);
        let limits = JobLimits::of(options);
        let end = run_job(&options.worker, &job, &limits, &mut |batch| build.take_records(batch))
            .map_err(SessionError::Io)?;
        options.cancel.check()?;
        if let Some(e) = build.failure.take() {
            return Err(e);
        }
        if let JobEnd::Failed(why) = end {
            return Err(SessionError::Unusable { why: Box::new(why), path: path.to_owned() });
        }
        let begin = std::mem::take(&mut build.begin);
        let records = build.finish_records()?;
        Self::of_records(&store, &Arc::default(), (source_name(path), begin), &records)
    }

    /// A source that is not there.
    pub(crate) fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            begin: Begin::default(),
            scene: Scene::default().snapshot(),
            details: SourceDetails::none(),
            shapes: None,
        }
    }

    /// What a project's cache keeps of a source, by the index that names it.
    pub(crate) fn open<S: PackStore + 'static>(
        store: &Arc<S>,
        cache: &Arc<PageCache>,
        name: &str,
        index: &SourceIndex,
    ) -> Result<Self, SessionError> {
        let said = (name.to_owned(), index.begin.clone());
        let records = Records { objects: index.objects, details: index.details, shapes: index.shapes };
        Self::of_records(store, cache, said, &records)
    }

    fn of_records<S: PackStore + 'static>(
        store: &Arc<S>,
        cache: &Arc<PageCache>,
        (name, begin): (String, Begin),
        records: &Records,
    ) -> Result<Self, SessionError> {
        let directory = Arc::new(read_directory(&**store, records.objects)?);
        let pages: Arc<dyn PageStore> = Arc::new(PackPages(Arc::clone(store)));
        let mut scene = Scene::default();
        scene.put_source(SourceId::new(&name), SourceColumns::new(directory, pages, Arc::clone(cache)));
        let details = SourceDetails::open(store, cache, records.details)?;
        let shapes = records.shapes;
        let shapes = shapes.map(|hash| SourceShapes::open(Arc::clone(store) as _, hash)).transpose()?;
        Ok(Self { name, begin, scene: scene.snapshot(), details, shapes })
    }

    /// Its objects, by number.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'_>> {
        self.scene.objects()
    }

    /// How many objects it has.
    pub fn len(&self) -> u32 {
        self.scene.n_rows()
    }

    /// Whether it has no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An object by its number.
    pub fn object(&self, number: u32) -> Option<ObjectView<'_>> {
        self.scene.object(ObjectRow(number))
    }

    /// Numbers of the objects that are called `id`: one in a sound file.
    pub fn find(&self, id: &str) -> Vec<u32> {
        self.scene.resolve(id).into_iter().map(|row| row.0).collect()
    }

    /// Type, materials, properties and the like of an object.
    pub fn details(&self, number: u32) -> RowDetails {
        let known = self.details.of(number);
        RowDetails::collect(known.detail(), known.properties().iter())
    }

    /// Exact triangles of an object's own, in the source's frame, meters; none for an object without.
    ///
    /// # Errors
    /// [`SessionError::Tiles`] if the cache has lost or damaged them.
    pub fn shape(&self, number: u32) -> Result<Vec<ShapePart>, SessionError> {
        self.shapes.as_ref().map_or(Ok(Vec::new()), |s| s.of(number))
    }

    /// Whether it keeps exact triangles at all.
    pub fn has_shapes(&self) -> bool {
        self.shapes.is_some()
    }

    /// Exact triangles of the object called `id`, in the source's own frame.
    ///
    /// # Errors
    /// [`SessionError::Unknown`], [`SessionError::Ambiguous`], [`SessionError::NoShape`] for an object without
    /// triangles of its own.
    pub fn object_shape(&self, id: &str) -> Result<ObjectShape, SessionError> {
        let name = || id.to_owned();
        let number = match self.find(id).as_slice() {
            [] => return Err(SessionError::Unknown { what: "object", name: name() }),
            [one] => *one,
            many => return Err(SessionError::Ambiguous { n: many.len(), name: name() }),
        };
        let parts = self.shape(number)?;
        let Some(o) = self.object(number).filter(|_| parts.iter().any(|p| !p.indices.is_empty())) else {
            return Err(SessionError::NoShape { name: name() });
        };
        Ok(ObjectShape {
            source: self.name.clone(),
            id: o.id().to_owned(),
            class: o.class().to_owned(),
            name: o.name().to_owned(),
            frame: "source",
            crs: None,
            parts,
        })
    }
}

/// Box around the triangles of some parts.
pub fn shape_bounds(parts: &[ShapePart]) -> Bounds {
    let mut out = Bounds::EMPTY;
    for part in parts {
        for p in part.indices.iter().filter_map(|&i| part.positions.get(i as usize)) {
            out.add(*p);
        }
    }
    out
}

impl Session {
    /// A source as it is now.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] if there is no such source, or the cache has nothing of it.
    pub fn model(&self, source: &str) -> Result<Model, SessionError> {
        let unknown = || SessionError::Unknown { what: "source", name: source.to_owned() };
        let state = self.sources.iter().find(|s| s.record.id == source).ok_or_else(unknown)?;
        let index = state.index.as_ref().ok_or_else(unknown)?;
        Model::open(&self.store, self.column_cache(), source, index)
    }
}

impl Session {
    /// Exact triangles of an object: in the project's frame, or in the source's own while that waits for its place.
    ///
    /// # Errors
    /// As [`Model::object_shape`]; [`SessionError::Geodesy`] where the project's CRS ends.
    pub fn object_shape(&self, object: &str) -> Result<ObjectShape, SessionError> {
        let row = self.resolve_one(object)?;
        let scene = self.scene();
        let no_shape = || SessionError::NoShape { name: object.to_owned() };
        let o = scene.object(row).ok_or_else(no_shape)?;
        let source = o.span.source.as_str();
        let mut shape = self.model(source)?.object_shape(o.id())?;
        let state = self.sources.iter().find(|s| s.record.id == source);
        if let Some(transform) = state.and_then(|s| s.placement.transform()) {
            let placer = Placer::new(transform, &self.frame)?;
            for p in shape.parts.iter_mut().flat_map(|p| &mut p.positions) {
                *p = placer.place(*p)?.0;
            }
            shape.frame = "project";
            shape.crs = Some(self.frame.crs.clone());
        }
        Ok(shape)
    }
}

/// Why nothing of a file can be used, for messages that name no path.
pub(crate) fn reason(d: &Diagnostic) -> &str {
    d.message.trim_end_matches('.')
}
