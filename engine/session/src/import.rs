//! Importing files into an open project.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lantu_base::{Bounds, Code, Diagnostic, Report, Severity, SourceId, UtcNanos};
use lantu_ingest::{Batch, Begin, BindingRecord, RasterPreview, Reading, Resume, TaskRecord};
use lantu_live::{Quality, Sample, TimeStore};
use lantu_project::{
    BindingRow, ChunkRow, FootprintRow, PlacementRecord, PlacementState as RowState, SourceContent,
    SourceFile, SourceRecord, TaskRow, hash_content,
};
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{ElevationStack, HeightField, RasterCache, RasterPyramid, TileError};

use crate::SessionError;
use crate::build::{SourceBuild, Surroundings, waiting_diagnostic};
use crate::first_shapes::{FirstShapes, ShapesLook};
use crate::inspect::source_name;
use crate::job::{JobEnd, JobLimits, run_job};
use crate::journal::RasterJournal;
use crate::placement::{
    Placement, PlacementState, SourceFacts, SourceTransform, Weighed, settle_heights, weigh,
};
use crate::session::Session;
use crate::stated::PlacedFile;
use crate::worker::WorkerJob;

/// Decoded heights that are kept while places are weighed. Chosen: a few tiles around each candidate.
const GROUND_CACHE_BYTES: usize = 32 << 20;

/// What the user states about the files of one import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Importer's name (`--as`).
    pub importer: Option<String>,
    /// CRS over what the files say.
    pub crs: Option<String>,
    /// Height CRS or offset.
    pub height: Option<String>,
    /// Name of the source that the file is, or is a new revision of; `None`: that of the source which was imported
    /// from the same path, else a new one after the file's stem.
    pub source: Option<String>,
    /// Somebody looks at the project meanwhile: shapes are told before the import ends, as [`ImportEvent::Shapes`].
    pub first_shapes: bool,
}

/// How far an import is.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportEvent {
    /// A file starts: its place in the list and how many there are.
    File {
        /// From 0.
        ix: usize,
        /// Files in all.
        n: usize,
        /// The file.
        path: PathBuf,
    },
    /// A first coarse look at the raster of the current file.
    Preview(Box<RasterLook>),
    /// Shapes of the current file that have been made, where its place is known.
    Shapes(ShapesLook),
    /// Steps of the current file; `total` is 0 while unknown.
    Progress {
        /// Done.
        done: u64,
        /// In all.
        total: u64,
    },
}

/// A first coarse look at a raster whose import goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterLook {
    /// Its tiles, in the project's store until the project is closed.
    pub pyramid: RasterPyramid,
    /// Share of the file's blocks that it was made from; `None`: from all, by the file's own overviews.
    pub sampled_share: Option<f64>,
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// The file as given.
    pub path: PathBuf,
    /// Name of the source that it is now; `None` if nothing of it can be used.
    pub source: Option<String>,
    /// Diagnostics and counts.
    pub report: Report,
    /// It waits for its place.
    pub waiting: bool,
}

impl FileOutcome {
    /// Whether something was dropped, approximated, or waits.
    pub fn is_partial(&self) -> bool {
        self.waiting || self.report.is_partial()
    }
}

/// A source's name, what is decided of its place, and whether it is only built again.
type Known<'a> = (&'a str, Option<&'a Placement>, bool);

/// A file that is to be read, how, and as what.
#[derive(Clone, Copy)]
struct Asked<'a> {
    path: &'a Path,
    options: &'a ImportOptions,
    reading: Option<&'a Reading>,
    known: Known<'a>,
}

/// What was read of a file, and how that ended.
type ReadResult<'s> = Result<(SourceBuild<'s>, JobEnd), SessionError>;

/// A rebuild weighs again what lies around by now, but it decides nothing.
fn keep_decision(weighed: &mut Placement, known: Option<&Placement>) {
    if let Some(k) = known
        && k.state == weighed.state
        && k.is_same_place(weighed)
    {
        *weighed = k.clone();
    }
}

impl Session {
    /// Imports files one after the other. One file that fails, crashes or hangs is one outcome with a
    /// diagnostic, and the others go on.
    ///
    /// # Errors
    /// [`SessionError`] if the project or its cache cannot be written; what was reported as done stays.
    pub fn import(
        &mut self,
        files: &[PathBuf],
        options: &ImportOptions,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> Result<Vec<FileOutcome>, SessionError> {
        let mut outcomes = Vec::with_capacity(files.len());
        for (ix, path) in files.iter().enumerate() {
            progress(ImportEvent::File { ix, n: files.len(), path: path.clone() });
            outcomes.push(self.import_file(path, options, None, progress)?);
            self.options.cancel.check()?;
        }
        self.refresh()?;
        for id in outcomes.iter().filter_map(|o| o.source.as_deref()) {
            self.write_footprints(id)?;
        }
        Ok(outcomes)
    }

    /// Imports one file, new or again. `again`: the source that it replaces, with the decision that stands.
    pub(crate) fn import_file(
        &mut self,
        path: &Path,
        options: &ImportOptions,
        again: Option<(String, Placement)>,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> Result<FileOutcome, SessionError> {
        let failed = |d: Diagnostic| {
            let mut report = Report::default();
            report.push(d);
            FileOutcome { path: path.to_owned(), source: None, report, waiting: false }
        };
        if let Err(e) = std::fs::File::open(path) {
            return Ok(failed(unreadable(&e)));
        }
        let id = match &again {
            Some((id, _)) => id.clone(),
            None => options.source.as_deref().map_or_else(|| self.free_name(path), source_id),
        };
        let store = Arc::clone(&self.store);
        let rebuilds = again.is_some();
        let meant = self.meant((&id, path), options, again.as_ref().map(|(_, p)| p))?;
        let decided = match again {
            Some((_, p)) => Some(p),
            None => self.decided(&id)?.filter(|_| !meant.restated),
        };
        let known = (id.as_str(), decided.as_ref(), rebuilds);
        let (hashed, read) = self.read_and_hash((path, &meant.options), &store, known, progress);
        let (mut build, end) = read?;
        if let JobEnd::Failed(d) = end {
            let mut outcome = failed(d);
            for d in build.report.diagnostics {
                outcome.report.push(d);
            }
            return Ok(outcome);
        }
        let (sha256, size) = match hashed {
            Ok(h) => h,
            Err(e) => return Ok(failed(unreadable(&e))),
        };
        let elevation = self.elevation();
        let cache = RasterCache::new(Arc::<DirPackStore>::clone(&self.store), GROUND_CACHE_BYTES);
        let field = ElevationStack::new(&elevation, &cache, self.base_height_m);
        let mut context = self.place_context(&id, &build.begin)?;
        context.ground = (!elevation.is_empty()).then_some(&field as &dyn HeightField);
        let around = Surroundings {
            frame: &self.frame,
            context,
            waits: rebuilds && decided.as_ref().is_some_and(|d| d.state == PlacementState::Waiting),
            decided,
            before: self.numbers_of(&id),
            cancel: &self.options.cancel,
        };
        self.tell_moved(&id, &mut build);
        if let Some(style) = self.layer_style(&id)? {
            build.restyle(&style)?;
        }
        let raster_packs = build.raster_packs();
        let mut built = build.finish(&around)?;
        built.placement.file = meant.file;
        let known = self.decided(&id)?;
        keep_decision(&mut built.placement, known.as_ref().filter(|_| rebuilds));
        let waiting = built.placement.state == PlacementState::Waiting && !build.objects.is_empty();
        if waiting {
            build.report.push(waiting_diagnostic(&built.placement));
        }
        let record = self.record_of((&id, path), (sha256, size), &build, built.n_triangles)?;
        // A decision that stands is not decided again by importing again.
        let placement = if known.as_ref() == Some(&built.placement) {
            None
        } else {
            Some(self.placement_record(&built.placement, meant.by_person)?)
        };
        let kept = self.kept_after(&record)?;
        let content = SourceContent {
            placement,
            // With the source in one transaction: whenever the program ends, a source that is there has its tiles.
            packs: self.pack_records(&built.index, &built.trees)?.into_iter().chain(kept).collect(),
            footprints: Vec::new(),
            tasks: build.tasks.iter().map(task_row).collect(),
            bindings: build.bindings.iter().map(binding_row).collect::<Result<_, _>>()?,
            chunks: chunk_rows(&build),
        };
        self.note_replaced_packs(&id)?;
        self.keep_packs(raster_packs.iter().filter(|_| waiting));
        self.project.import_source(&record, &content)?;
        let state = self.new_source(record, built)?;
        match self.sources.iter_mut().find(|s| s.record.id == id) {
            Some(slot) => *slot = state,
            None => self.sources.push(state),
        }
        if !waiting {
            build.forget_journal();
        }
        Ok(FileOutcome { path: path.to_owned(), source: Some(id), report: build.report.clone(), waiting })
    }

    /// The row of a source that was read.
    fn record_of(
        &self,
        (id, path): (&str, &Path),
        (sha256, size): (String, u64),
        build: &SourceBuild<'_>,
        n_triangles: u64,
    ) -> Result<SourceRecord, SessionError> {
        Ok(SourceRecord {
            id: id.to_owned(),
            path: self.project.path_to_record(path),
            sha256,
            size,
            companions: companions(path)
                .into_iter()
                .map(|f| SourceFile { path: self.project.path_to_record(Path::new(&f.path)), ..f })
                .collect(),
            importer: build.begin.importer.clone(),
            schema: build.begin.schema.clone(),
            begin_json: serde_json::to_string(&build.begin)?,
            report_json: serde_json::to_string(&build.report)?,
            n_objects: build.objects.len() as u64,
            n_triangles,
            bytes: 0,
            order: self.order_of(id),
        })
    }

    /// Reads a file and hashes it: a large one takes longer to hash than its first look may take, so both at once.
    fn read_and_hash<'s>(
        &mut self,
        (path, options): (&Path, &ImportOptions),
        store: &'s DirPackStore,
        known: Known<'_>,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> (std::io::Result<(String, u64)>, ReadResult<'s>) {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("hasher".into());
            let hashing = thread.spawn_scoped(scope, || hash_content(path, &|| stop.load(Ordering::Relaxed)));
            let read = self.read_as_meant((path, options), store, known, progress);
            stop.store(!matches!(read, Ok((_, JobEnd::Done))), Ordering::Relaxed);
            let died = |_| Err(std::io::ErrorKind::Other.into());
            (hashing.and_then(|h| h.join().unwrap_or_else(died)), read)
        })
    }

    /// Reads a file: a layer as was decided; else as it says, and once more where that is clearly not how its coordinates
    /// are meant.
    fn read_as_meant<'s>(
        &mut self,
        (path, options): (&Path, &ImportOptions),
        store: &'s DirPackStore,
        (id, decided, rebuilds): Known<'_>,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> ReadResult<'s> {
        let reading = decided.and_then(Placement::reading);
        let asked = Asked { path, options, reading, known: (id, decided, rebuilds) };
        let mut read = self.read(asked, store, progress)?;
        let stands = rebuilds || decided.is_some_and(|d| d.transform().is_some());
        if stands || !matches!(read.1, JobEnd::Done) {
            return Ok(read);
        }
        match self.reading_of(id, &read.0.begin)? {
            None => Ok(read),
            meant => {
                read.0.forget_journal();
                self.read(Asked { reading: meant.as_ref(), ..asked }, store, progress)
            }
        }
    }

    /// Reads a file once.
    fn read<'s>(
        &mut self,
        asked: Asked<'_>,
        store: &'s DirPackStore,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> ReadResult<'s> {
        let Asked { path, options, reading, .. } = asked;
        let mut build = SourceBuild::new(store);
        let journal = self.journal_of(path, options, reading);
        let resume = journal.as_ref().and_then(|j| j.resume(&crate::session::pack_root(self.path())));
        if let Some(journal) = journal {
            build = build.with_journal(journal);
        }
        let mut end = self.run(asked, resume, &mut build, progress)?;
        if let Err(d) = settle_heights(&mut build.begin, options.height.as_deref(), &self.frame) {
            end = JobEnd::Failed(*d);
        }
        match build.failure.take() {
            Some(e) => Err(e),
            None => Ok((build, end)),
        }
    }

    /// How the coordinates of a layer are read by the hypothesis that clearly wins; `None` as its file says.
    fn reading_of(&self, id: &str, begin: &Begin) -> Result<Option<Reading>, SessionError> {
        if begin.hints.extent.is_none() {
            return Ok(None);
        }
        let context = self.place_context(id, begin)?;
        let facts = SourceFacts::default();
        let source = Weighed { begin, bounds: Bounds::EMPTY, facts: &facts };
        Ok(weigh(&source, &self.frame, &context)?.reading().cloned())
    }

    fn run(
        &mut self,
        asked: Asked<'_>,
        resume: Option<Resume>,
        build: &mut SourceBuild<'_>,
        progress: &mut dyn FnMut(ImportEvent),
    ) -> Result<JobEnd, SessionError> {
        let Asked { path, options, reading, known } = asked;
        let mut previews = Vec::new();
        let store = Arc::clone(&self.store);
        let job = WorkerJob {
            crs: options.crs.clone(),
            height: options.height.clone(),
            reading: reading.cloned(),
            importer: options.importer.clone(),
            resume,
            ..WorkerJob::import(path, self.frame.clone(), &self.options)
        };
        let limits = JobLimits::of(&self.options);
        let wanted = options.first_shapes && !known.2;
        let mut first = wanted.then(|| FirstShapes::new(&*store, &self.frame));
        let end = run_job(&self.options.worker, &job, &limits, &mut |batch| {
            match batch {
                Batch::Progress { done, total } => progress(ImportEvent::Progress { done, total }),
                // A look that cannot be kept is not worth ending the import for.
                Batch::RasterPreview(preview) => {
                    if let Ok(look) = keep_look(&*store, preview) {
                        previews.extend(look.pyramid.tiles.values().map(ToString::to_string));
                        progress(ImportEvent::Preview(Box::new(look)));
                    }
                    return true;
                }
                _ => {}
            }
            let Some(shapes) = &mut first else { return build.take(batch) };
            shapes.take(&batch, &build.objects);
            let goes_on = build.take(batch);
            match shapes.look(&self.options.cancel, || self.place_so_far(known, options, build)) {
                Ok(None) => {}
                Ok(Some(look)) => {
                    previews.extend(look.tree.nodes.iter().map(|n| n.hash.to_string()));
                    progress(ImportEvent::Shapes(look));
                }
                Err(error) => {
                    tracing::debug!(%error, "shapes cannot be shown before the import ends");
                    first = None;
                }
            }
            goes_on
        });
        self.note_unneeded_packs(previews);
        end.map_err(SessionError::Io)
    }

    /// Where a source lies by what is decided of it, or by what has come of it so far; `None` where that is not enough.
    fn place_so_far(
        &self,
        (id, decided, _): Known<'_>,
        options: &ImportOptions,
        build: &SourceBuild<'_>,
    ) -> Option<SourceTransform> {
        if let Some(decided) = decided.and_then(Placement::transform) {
            return Some(decided.clone());
        }
        let mut begin = build.begin.clone();
        // Of a layer it is known only at the end how its coordinates are read.
        if begin.hints.extent.is_some() {
            return None;
        }
        settle_heights(&mut begin, options.height.as_deref(), &self.frame).ok()?;
        let elevation = self.elevation();
        let cache = RasterCache::new(Arc::<DirPackStore>::clone(&self.store), GROUND_CACHE_BYTES);
        let field = ElevationStack::new(&elevation, &cache, self.base_height_m);
        let mut context = self.place_context(id, &begin).ok()?;
        context.ground = (!elevation.is_empty()).then_some(&field as &dyn HeightField);
        let placement = build.weigh(&begin, &self.frame, &context).ok()?;
        placement.transform().filter(|_| placement.state == PlacementState::Placed).cloned()
    }

    fn journal_of(
        &self,
        path: &Path,
        options: &ImportOptions,
        reading: Option<&Reading>,
    ) -> Option<RasterJournal> {
        let folder = lantu_project::cache_dir_of(self.path()).join("imports");
        let store: Arc<dyn PackStore> = self.store();
        RasterJournal::of((&folder, store), path, (options, reading), &self.frame)
    }

    /// Rebuilds sources whose cache is gone or damaged, where their file is still the same.
    pub(crate) fn rebuild_missing(&mut self) -> Result<(), SessionError> {
        let missing: Vec<(String, Placement)> = self
            .sources
            .iter()
            .filter(|s| !s.is_complete)
            .map(|s| (s.record.id.clone(), s.placement.clone()))
            .collect();
        for (id, placement) in missing {
            let known = self.sources.iter().find(|s| s.record.id == id);
            let Some((record, shown)) = known.map(|s| (s.record.clone(), s.index.is_some())) else {
                continue;
            };
            let path = self.project.source_path(&record.path);
            let same = hash_file(&path).is_ok_and(|(sha, _)| sha == record.sha256);
            let why = if record.importer == crate::generated::GENERATED {
                "it was generated: only `lantu bench city` with the same numbers writes it again".to_owned()
            } else if !same {
                "its file is gone or changed".to_owned()
            } else if !self.project.is_writable() {
                "the project is open elsewhere or cannot be written".to_owned()
            } else {
                let outcome = self.rebuild_source(&id, placement, None)?;
                let reason = outcome.report.diagnostics.first().map_or("", |d| &d.message);
                match outcome.source {
                    Some(_) => continue,
                    None => format!("building it again from its file failed: {reason}"),
                }
            };
            self.notes.push(missing_diagnostic(&record.path, shown, &why));
        }
        Ok(())
    }

    /// Imports a source's file again under a placement. `file`: another one than the one that it has.
    pub(crate) fn rebuild_source(
        &mut self,
        id: &str,
        placement: Placement,
        file: Option<PathBuf>,
    ) -> Result<FileOutcome, SessionError> {
        let Some(state) = self.sources.iter().find(|s| s.record.id == id) else {
            return Err(SessionError::Unknown { what: "source", name: id.to_owned() });
        };
        let mut options = self.stated(state)?.options();
        if file.is_none() {
            options.importer.get_or_insert_with(|| state.record.importer.clone());
        }
        let path = file.unwrap_or_else(|| self.project.source_path(&state.record.path));
        let outcome = self.import_file(&path, &options, Some((id.to_owned(), placement)), &mut |_| {})?;
        if outcome.source.is_some() {
            self.refresh()?;
            self.write_footprints(id)?;
        }
        Ok(outcome)
    }

    /// What is decided on a source, with what is stated of its file.
    fn decided(&self, id: &str) -> Result<Option<Placement>, SessionError> {
        let Some(state) = self.sources.iter().find(|s| s.record.id == id) else { return Ok(None) };
        let file = PlacedFile { stated: Some(self.stated(state)?), ..state.placement.file.clone() };
        Ok(Some(Placement { file, ..state.placement.clone() }))
    }

    /// Numbers of a source's objects as it is now, by id: the first where an id is not unique.
    fn numbers_of(&self, id: &str) -> HashMap<String, u32> {
        let mut out = HashMap::new();
        let scene = self.scene();
        for o in scene.source(&SourceId::new(id)).into_iter().flat_map(lantu_scene::SourceSpan::objects) {
            if let Ok(number) = u32::try_from(o.number) {
                out.entry(o.id().to_owned()).or_insert(number);
            }
        }
        out
    }

    fn order_of(&self, id: &str) -> i64 {
        let known = self.sources.iter().find(|s| s.record.id == id).map(|s| s.record.order);
        known.unwrap_or_else(|| self.sources.iter().map(|s| s.record.order).max().unwrap_or(0) + 1)
    }

    /// The name of the source that this file is already, or a free one made from the file's stem.
    fn free_name(&self, path: &Path) -> String {
        let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let same = |s: &&crate::session::SourceState| {
            std::path::absolute(self.project.source_path(&s.record.path)).is_ok_and(|p| p == full)
        };
        if let Some(s) = self.sources.iter().find(same) {
            return s.record.id.clone();
        }
        let stem = source_name(path);
        let taken = |name: &str| self.sources.iter().any(|s| s.record.id == name);
        if !taken(&stem) {
            return stem;
        }
        // One candidate more than there are sources: at least one of them is free.
        (2..=self.sources.len() + 2).map(|n| format!("{stem}_{n}")).find(|n| !taken(n)).unwrap_or(stem)
    }

    pub(crate) fn placement_record(
        &self,
        p: &Placement,
        by_person: bool,
    ) -> Result<PlacementRecord, SessionError> {
        let by = if by_person && p.chosen.is_some_and(|n| n > 0) {
            self.options.user.clone()
        } else {
            "lantu".to_owned()
        };
        Ok(PlacementRecord {
            state: if p.state == PlacementState::Placed { RowState::Placed } else { RowState::Waiting },
            hypothesis: p.chosen.map(|_| p.hypothesis().to_owned()),
            by,
            at: (self.options.clock)(),
            transform: p.transform().map(matrix),
            hypotheses_json: serde_json::to_string(p)?,
        })
    }

    /// Writes the outlines that other GIS programs see.
    fn write_footprints(&mut self, source: &str) -> Result<(), SessionError> {
        let Some(span) = self.scene().source(&SourceId::new(source)).cloned() else { return Ok(()) };
        let row = |o: lantu_scene::ObjectView<'_>| {
            let bounds = Some(o.bounds()).filter(|b| !b.is_empty())?;
            let (object, class, name) = (o.id().to_owned(), o.class().to_owned(), o.name().to_owned());
            Some(FootprintRow { object, class, name, bounds })
        };
        let rows: Vec<FootprintRow> = span.objects().filter_map(row).collect();
        if rows.is_empty() { Ok(()) } else { Ok(self.project.set_footprints(source, &rows)?) }
    }
}

/// A name that people gave, as a source may be called.
fn source_id(name: &str) -> String {
    SourceId::new(name).as_str().to_owned()
}

fn matrix(t: &SourceTransform) -> [f64; 16] {
    let ([c, s], k, [x, y, z]) = (t.x_axis, t.scale, t.offset);
    [c * k, s * k, 0.0, 0.0, -s * k, c * k, 0.0, 0.0, 0.0, 0.0, k, 0.0, x, y, z, 1.0]
}

/// The diagnostic for a source whose cache is not whole. `shown`: whether something of it is left.
fn missing_diagnostic(path: &str, shown: bool, why: &str) -> Diagnostic {
    let (code, message) = if shown {
        (
            "session.cache_incomplete",
            format!("parts of this source are missing from the cache, and {why}: what is left is shown"),
        )
    } else {
        ("session.source_absent", format!("the tiles of this source are missing, and {why}: it is not shown"))
    };
    Diagnostic::new(Code::new(code), Severity::Error, path.to_owned(), message).with("path", path)
}

/// Puts the tiles of a first look where loaders find them.
fn keep_look(store: &dyn PackStore, preview: RasterPreview) -> Result<RasterLook, TileError> {
    let mut tiles = BTreeMap::new();
    for tile in preview.tiles {
        tiles.insert(tile.coord, store.write(&tile.pack)?);
    }
    let pyramid = RasterPyramid { grid: preview.grid, tiles };
    Ok(RasterLook { pyramid, sampled_share: preview.sampled_share })
}

fn unreadable(e: &std::io::Error) -> Diagnostic {
    if e.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::new(Code::new("import.missing"), Severity::Error, "", "the file does not exist")
    } else {
        Diagnostic::new(
            Code::new("import.read"),
            Severity::Error,
            "",
            format!("the file cannot be read: {e}"),
        )
    }
}

/// What a source's content is, to tell whether it is still the same.
pub(crate) fn hash_file(path: &Path) -> Result<(String, u64), std::io::Error> {
    hash_content(path, &|| false)
}

/// Endings of files that belong to a main file of the same stem (or the same full name), as GDAL reads them.
const COMPANIONS: [&str; 16] = [
    "dbf",
    "shx",
    "prj",
    "cpg",
    "tfw",
    "jgw",
    "pgw",
    "wld",
    "tif.msk",
    "tif.ovr",
    "tif.aux.xml",
    "jpg.aux.xml",
    "png.aux.xml",
    "aux.xml",
    "ovr",
    "msk",
];

fn companions(path: &Path) -> Vec<SourceFile> {
    let mut out = Vec::new();
    for ending in COMPANIONS {
        for candidate in [path.with_extension(ending), PathBuf::from(format!("{}.{ending}", path.display()))]
        {
            if candidate == path {
                continue;
            }
            if let Ok((sha256, size)) = hash_file(&candidate) {
                let path = candidate.to_string_lossy().into_owned();
                if !out.iter().any(|f: &SourceFile| f.path == path) {
                    out.push(SourceFile { path, sha256, size });
                }
            }
        }
    }
    out
}

fn task_row(t: &TaskRecord) -> TaskRow {
    TaskRow {
        id: t.id.clone(),
        name: t.name.clone(),
        start: Some(UtcNanos(t.start)),
        finish: Some(UtcNanos(t.finish)),
        budget: t.budget_cents.map(decimal),
        percent: t.percent,
        actual_start: t.actual_start.map(UtcNanos),
        actual_finish: t.actual_finish.map(UtcNanos),
        actual_cost: t.actual_cost_cents.map(decimal),
        objects: t.objects.clone(),
        extra_json: String::new(),
    }
}

/// Hundredths as an exact decimal.
fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let a = cents.unsigned_abs();
    format!("{sign}{}.{:02}", a / 100, a % 100)
}

/// What a binding says besides its columns: what most do not say is left out.
fn binding_extra(b: &BindingRecord) -> serde_json::Value {
    let mut out = serde_json::Map::new();
    out.insert("period_s".to_owned(), b.period_s.into());
    if !b.site.is_empty() {
        out.insert("site".to_owned(), b.site.as_str().into());
    }
    if !b.kind.is_empty() {
        out.insert("kind".to_owned(), b.kind.as_str().into());
        out.insert("radius_m".to_owned(), b.radius_m.into());
    }
    if let Some([x, y, z]) = b.fixed {
        out.insert("place".to_owned(), serde_json::json!([x, y, z.is_finite().then_some(z)]));
    }
    out.into()
}

fn binding_row(b: &BindingRecord) -> Result<BindingRow, SessionError> {
    Ok(BindingRow {
        channel: b.channel.clone(),
        object: b.object.clone(),
        unit: b.unit.clone(),
        rule: b.quantity.clone(),
        extra_json: serde_json::to_string(&binding_extra(b))?,
    })
}

fn chunk_rows(build: &SourceBuild<'_>) -> Vec<ChunkRow> {
    let samples = build.samples.iter().map(|s| {
        let (quality, unit) = (Quality::from_code(s.quality), s.unit.as_str().into());
        let (sequence, result_time) = (s.sequence, s.result_time.map(UtcNanos));
        let sample =
            Sample { sequence, result_time, ..Sample::new(UtcNanos(s.time), s.value, quality, unit) };
        (lantu_base::ChannelId(s.channel.as_str().into()), sample)
    });
    let (store, _) = TimeStore::default().extended(samples.collect());
    store
        .chunks()
        .map(|(channel, header, bytes)| ChunkRow {
            channel: channel.0.as_ref().to_owned(),
            day: i32::try_from(header.t0.0.div_euclid(lantu_live::NANOS_PER_DAY)).unwrap_or(0),
            n: u64::from(header.n),
            t0: header.t0,
            t1: header.t1,
            blob: bytes.to_vec(),
        })
        .collect()
}
