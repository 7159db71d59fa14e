//! An open project at run time: the scene's owner, its sources, its clock's inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lantu_base::{
    Bounds, CancelToken, ObjectRow, ProjectFrame, RasterKind, Report, SourceId, TimeZoneName, UtcNanos,
};
use lantu_live::{Channel, Thing, TimeStore};
use lantu_overlay::{Changes, RuleSet};
use lantu_project::{Author, OpenMode, Project, ProjectMeta, SourceRecord};
use lantu_records::{Issue, Schedule};
use lantu_scene::{Directory, PageCache, Scene, SceneSnapshot, SourceColumns};
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{
    ElevationStack, GroundPhoto, GroundSource, PackHash, PhotoLook, RasterCache, RasterPyramid, TileTree,
};

use crate::SessionError;
use crate::build::{BuiltSource, Terrain, drape};
use crate::details::SourceDetails;
use crate::job::WorkerCommand;
use crate::packs::{
    PackPages, SourceIndex, Trees, packs_of, read_directory, read_value, terrain_key, write_value,
};
use crate::placement::Placement;
use crate::timeline;

/// Decoded raster tiles that the session keeps while it builds, bytes. Chosen: a few hundred tiles.
pub(crate) const RASTER_CACHE_BYTES: usize = 64 << 20;

/// How a project is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To look only; works beside a writer and in a read-only folder.
    Read,
    /// To change it; one at a time.
    Write,
}

/// What a session needs from outside.
#[derive(Clone)]
pub struct SessionOptions {
    /// Starts an import worker.
    pub worker: WorkerCommand,
    /// Who writes into the log.
    pub user: String,
    /// What time it is, for the log.
    pub clock: fn() -> UtcNanos,
    /// Threads of an import.
    pub threads: usize,
    /// Limits of an import: memory that the operating system enforces, and wall time.
    pub memory_bytes: Option<u64>,
    /// Wall time of one import.
    pub deadline_s: u64,
    /// Stops long work.
    pub cancel: CancelToken,
}

/// One source in memory.
pub struct SourceState {
    /// What the project file says of it.
    pub record: SourceRecord,
    /// What it has in the cache; `None` while neither cache nor file is there.
    pub index: Option<SourceIndex>,
    /// Whether every pack of it was in the cache when it was opened.
    pub is_complete: bool,
    /// Its columns.
    pub objects: SourceColumns,
    /// Its tiles.
    trees: Arc<Trees>,
    /// Where it lies.
    pub placement: Placement,
    /// Types, materials, properties of its objects.
    pub details: SourceDetails,
}

/// Above so many packs opening does not look for each of them: a missing one is found when it is loaded. Chosen: a
/// second of asking the file system on a slow disk.
const MANY_PACKS: usize = 4_096;

/// For each channel the files that brought readings of it: name, first and last instant.
type ReadingFiles = BTreeMap<String, Vec<(String, UtcNanos, UtcNanos)>>;

/// An open project.
pub struct Session {
    pub(crate) project: Project,
    pub(crate) frame: ProjectFrame,
    pub(crate) zone: TimeZoneName,
    pub(crate) store: Arc<DirPackStore>,
    /// Pages of columns and details.
    columns: Arc<PageCache>,
    pub(crate) sources: Vec<SourceState>,
    pub(crate) options: SessionOptions,
    scene: Scene,
    snapshot: Arc<SceneSnapshot>,
    time_store: Arc<TimeStore>,
    channels: Arc<Vec<Channel>>,
    things: Arc<Vec<Thing>>,
    reading_files: ReadingFiles,
    schedule: Arc<Schedule>,
    issues: Arc<Vec<Issue>>,
    rules: Arc<RuleSet>,
    pub(crate) base_height_m: f64,
    /// What became of the objects since another revision.
    pub(crate) changes: Arc<Changes>,
    /// Packs that a source had before it was built again.
    replaced_packs: BTreeSet<String>,
    /// What opening had to say: sources that are gone, caches that were rebuilt.
    pub notes: Report,
}

/// Folder of packs inside the cache folder.
pub fn pack_root(project_path: &Path) -> PathBuf {
    lantu_project::cache_dir_of(project_path).join("packs")
}

impl Session {
    /// Makes an empty project and opens it.
    ///
    /// # Errors
    /// [`SessionError::Project`] if the file is there or cannot be made.
    pub fn create(
        path: &Path,
        name: &str,
        frame: ProjectFrame,
        options: SessionOptions,
    ) -> Result<Self, SessionError> {
        let meta = ProjectMeta { name: name.to_owned(), frame, crs_wkt: None };
        let project = Project::create(path, &meta, author(&options))?;
        Self::from_project(project, options, false)
    }

    /// Opens a project; what is missing from the cache is rebuilt from the sources.
    ///
    /// # Errors
    /// [`SessionError::Project`] if it is not a project or damaged.
    pub fn open(path: &Path, access: Access, options: SessionOptions) -> Result<Self, SessionError> {
        let mode = match access {
            Access::Read => OpenMode::ReadOnly,
            Access::Write => OpenMode::ReadWrite(author(&options)),
        };
        let project = Project::open(path, mode)?;
        Self::from_project(project, options, true)
    }

    fn from_project(project: Project, options: SessionOptions, load: bool) -> Result<Self, SessionError> {
        let frame = project.meta().frame.clone();
        let zone = TimeZoneName::new(&frame.time_zone)?;
        let store = Arc::new(DirPackStore::new(pack_root(project.path())));
        let rules = Arc::new(timeline::rules(&project, &zone)?);
        let mut session = Self {
            project,
            frame,
            zone,
            store,
            columns: Arc::default(),
            sources: Vec::new(),
            options,
            scene: Scene::default(),
            snapshot: Scene::default().snapshot(),
            time_store: Arc::default(),
            channels: Arc::default(),
            things: Arc::default(),
            reading_files: BTreeMap::new(),
            schedule: Arc::default(),
            issues: Arc::default(),
            rules,
            base_height_m: 0.0,
            changes: Arc::default(),
            replaced_packs: BTreeSet::new(),
            notes: Report::default(),
        };
        if load {
            for record in session.project.sources()? {
                let state = session.load_source(record)?;
                session.sources.push(state);
            }
            session.rebuild_missing()?;
            session.refresh()?;
        }
        Ok(session)
    }

    fn load_source(&self, record: SourceRecord) -> Result<SourceState, SessionError> {
        let placement = self.standing_placement(&record.id)?;
        let index = self.project.packs(&record.id)?.into_iter().find(|p| p.kind == "index").and_then(|p| {
            let hash = parse_hash(&p.hash)?;
            let index: SourceIndex = read_value(&*self.store, hash).ok()?;
            let trees = Trees::read(&*self.store, &index).ok()?;
            let packs = packs_of(&*self.store, &index, hash, &trees).ok()?;
            let complete = packs.len() > MANY_PACKS || packs.iter().all(|(_, _, h)| self.store.contains(*h));
            Some((index, (trees, complete)))
        });
        let (index, read_trees) = index.unzip();
        let (trees, complete): (Trees, bool) = read_trees.unwrap_or_default();
        let read = |i: &SourceIndex| {
            let objects = i.draped.as_ref().map_or(i.objects, |d| d.objects);
            let objects = self.columns_of(read_directory(&*self.store, objects).ok()?);
            Some((objects, SourceDetails::open(&self.store, &self.columns, i.details).ok()?))
        };
        let read = index.as_ref().and_then(read);
        let index = index.filter(|_| read.is_some());
        let (objects, details) = read.unwrap_or_else(|| (SourceColumns::empty(), SourceDetails::none()));
        let is_complete = complete && index.is_some();
        let trees = Arc::new(trees);
        Ok(SourceState { record, index, is_complete, objects, trees, placement, details })
    }

    /// A source that was just written.
    pub(crate) fn new_source(
        &self,
        record: SourceRecord,
        built: BuiltSource,
    ) -> Result<SourceState, SessionError> {
        Ok(SourceState {
            record,
            objects: self.columns_of(built.objects),
            trees: Arc::new(built.trees),
            placement: built.placement,
            details: SourceDetails::open(&self.store, &self.columns, built.index.details)?,
            index: Some(built.index),
            is_complete: true,
        })
    }

    /// Puts an older revision of a source beside it, under a name of its own, in the same place.
    pub(crate) fn put_former(&mut self, source: &str, former: &str, n: u64) -> Result<(), SessionError> {
        let unknown = || SessionError::Unknown { what: "revision", name: n.to_string() };
        let index = self.kept_index(source, n)?.ok_or_else(unknown)?;
        let now = self.sources.iter().find(|s| s.record.id == source).ok_or_else(unknown)?;
        let state = SourceState {
            record: SourceRecord { id: former.to_owned(), ..now.record.clone() },
            is_complete: true,
            objects: self.columns_of(read_directory(&*self.store, index.objects)?),
            trees: Arc::new(Trees::read(&*self.store, &index)?),
            placement: now.placement.clone(),
            details: SourceDetails::open(&self.store, &self.columns, index.details)?,
            index: Some(index),
        };
        match self.sources.iter_mut().find(|s| s.record.id == former) {
            Some(slot) => *slot = state,
            None => self.sources.push(state),
        }
        Ok(())
    }

    /// Columns that are read through the session's cache.
    fn columns_of(&self, directory: Directory) -> SourceColumns {
        let pages = Arc::new(PackPages(Arc::clone(&self.store)));
        SourceColumns::new(Arc::new(directory), pages, Arc::clone(&self.columns))
    }

    /// Brings everything that follows from the sources up to date: drapes, scene, clock inputs.
    pub(crate) fn refresh(&mut self) -> Result<(), SessionError> {
        self.refresh_drapes()?;
        let mut scene = std::mem::take(&mut self.scene);
        let gone: Vec<SourceId> = self
            .snapshot
            .sources()
            .iter()
            .filter(|s| !self.sources.iter().any(|k| k.record.id == s.source.as_str()))
            .map(|s| s.source.clone())
            .collect();
        for id in &gone {
            scene.remove_source(id);
        }
        for s in &self.sources {
            scene.put_source(SourceId::new(&s.record.id), s.objects.clone());
        }
        self.snapshot = scene.snapshot();
        self.scene = scene;
        let mut inputs = timeline::load(&self.project)?;
        self.combine(&mut inputs)?;
        self.time_store = Arc::new(inputs.store);
        self.channels = Arc::new(inputs.channels);
        self.things = Arc::new(inputs.things);
        self.reading_files = self.read_reading_files()?;
        self.schedule = Arc::new(inputs.schedule);
        let issues = self.sources.iter().flat_map(|s| crate::known::issues_of(s, &self.zone));
        self.issues = Arc::new(issues.collect());
        Ok(())
    }

    fn read_reading_files(&self) -> Result<ReadingFiles, SessionError> {
        let mut out = ReadingFiles::new();
        for (channel, source, from, to) in self.project.reading_sources()? {
            let file = self.sources.iter().find(|s| s.record.id == source);
            let name = file.and_then(|s| s.record.path.rsplit(['/', '\\']).next()).unwrap_or(&source);
            // What feeds brought has no file.
            if !source.is_empty() {
                out.entry(channel).or_default().push((name.to_owned(), from, to));
            }
        }
        Ok(out)
    }

    /// Name of the file that brought a channel's reading of an instant; `None` if a feed did.
    pub fn source_of_reading(&self, channel: &str, at: UtcNanos) -> Option<&str> {
        let files = self.reading_files.get(channel)?;
        files.iter().find(|(_, from, to)| *from <= at && at <= *to).map(|(name, ..)| name.as_str())
    }

    /// Adds what rules over several channels and in space judge.
    pub(crate) fn combine(&self, inputs: &mut timeline::Inputs) -> Result<(), SessionError> {
        let rules = &self.rules.sensor;
        let named: Vec<String> = rules
            .rules()
            .iter()
            .filter(|r| inputs.things.iter().any(|t| r.kinds.contains(&t.kind)))
            .flat_map(|r| r.inputs.values().flat_map(|i| i.inside.iter().cloned()))
            .collect();
        let mut areas = Vec::new();
        if !named.is_empty() {
            use lantu_overlay::ObjectTable as _;

            let table = crate::SceneTable::new(self);
            for row in table.rows_of_class(&|class| lantu_live::class_fits(&named, class)) {
                let rings = table.outline(row).unwrap_or_default();
                let flat = |ring: Vec<[f64; 3]>| ring.into_iter().map(|[x, y, _]| [x, y]).collect();
                let rings = rings.into_iter().map(flat).collect();
                areas.push(lantu_live::Area { class: table.class(row).to_owned(), rings });
            }
        }
        let shelves = lantu_live::shelves(&crate::alarms::acts(&self.project)?);
        inputs.combine(rules, &areas, &shelves);
        Ok(())
    }

    /// Readings that a feed has written.
    pub(crate) fn show_readings(&mut self, store: Arc<TimeStore>) {
        self.time_store = store;
    }

    /// Rebuilds what lies on the terrain where the terrain is not the one that it was built for.
    fn refresh_drapes(&mut self) -> Result<(), SessionError> {
        let elevation = self.elevation();
        let key = terrain_key(&elevation);
        let store = Arc::clone(&self.store);
        let cache = RasterCache::new(Arc::<DirPackStore>::clone(&store), RASTER_CACHE_BYTES);
        let ground = GroundSource { elevation: elevation.clone(), ..GroundSource::default() };
        self.base_height_m = ground.median_height(&cache).unwrap_or(0.0);
        let field = ElevationStack::new(&elevation, &cache, self.base_height_m);
        for ix in 0..self.sources.len() {
            let Some(index) = self.sources.get(ix).and_then(|s| s.index.as_ref()) else { continue };
            if index.features.is_none() || index.draped.as_ref().is_some_and(|d| d.terrain == key) {
                continue;
            }
            let flat = self.columns_of(read_directory(&*store, index.objects)?);
            let draped = drape(&*store, index, Terrain { key, field: &field }, &flat, &self.options.cancel);
            let Some(state) = self.sources.get_mut(ix) else { continue };
            let (draped, tree, objects) = match draped {
                Ok(Some(draped)) => draped,
                Ok(None) => continue,
                // What the cache has of it stays as it lies; that parts are missing is noted already.
                Err(e) if !state.is_complete => {
                    tracing::warn!(error = %e, source = %state.record.id, "not laid on the new terrain");
                    continue;
                }
                Err(e) => return Err(e),
            };
            let Some(index) = &mut state.index else { continue };
            index.draped = Some(draped);
            state.record.n_triangles = objects.directory().n_triangles();
            state.objects = objects;
            state.trees = Arc::new(Trees { draped: Arc::new(tree), ..(*state.trees).clone() });
            let (index, id, trees) = (index.clone(), state.record.id.clone(), Arc::clone(&state.trees));
            self.write_packs(&id, &index, &trees)?;
        }
        for d in cache.problems() {
            self.notes.push(d);
        }
        Ok(())
    }

    /// Writes a source's index and lists which packs it has.
    pub(crate) fn pack_records(
        &self,
        index: &SourceIndex,
        trees: &Trees,
    ) -> Result<Vec<lantu_project::PackRecord>, SessionError> {
        let hash = write_value(&*self.store, index)?;
        let packs = packs_of(&*self.store, index, hash, trees)?.into_iter();
        let record = |(kind, key, hash): (&str, String, PackHash)| lantu_project::PackRecord {
            kind: kind.to_owned(),
            key,
            hash: hash.to_string(),
            bytes: std::fs::metadata(self.store.path(hash)).map_or(0, |m| m.len()),
        };
        Ok(packs.map(record).collect())
    }

    /// Writes a source's index and tells the project which packs it has now. A project that is open for reading
    /// keeps the packs in the cache only.
    pub(crate) fn write_packs(
        &mut self,
        id: &str,
        index: &SourceIndex,
        trees: &Trees,
    ) -> Result<(), SessionError> {
        let mut records = self.pack_records(index, trees)?;
        records.extend(self.kept(id)?);
        if self.project.is_writable() {
            self.note_replaced_packs(id)?;
            self.project.set_packs(id, &records)?;
        }
        Ok(())
    }

    /// Whether something of a source is missing from the cache.
    pub fn is_incomplete(&self) -> bool {
        self.sources.iter().any(|s| !s.is_complete)
    }

    /// The project's frame.
    pub fn frame(&self) -> &ProjectFrame {
        &self.frame
    }

    /// The project's time zone.
    pub fn zone(&self) -> &TimeZoneName {
        &self.zone
    }

    /// The project's name.
    pub fn name(&self) -> &str {
        &self.project.meta().name
    }

    /// The project file.
    pub fn path(&self) -> &Path {
        self.project.path()
    }

    /// The project file's rows: saved views, log.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The sources, in order.
    pub fn sources(&self) -> &[SourceState] {
        &self.sources
    }

    /// The scene now.
    pub fn scene(&self) -> Arc<SceneSnapshot> {
        Arc::clone(&self.snapshot)
    }

    /// The pack store, for loader threads.
    pub fn store(&self) -> Arc<DirPackStore> {
        Arc::clone(&self.store)
    }

    /// Pages of columns and details that are in memory: its bytes, its limit, and what could not be read.
    pub fn column_cache(&self) -> &Arc<PageCache> {
        &self.columns
    }

    /// Observations.
    pub fn time_store(&self) -> &Arc<TimeStore> {
        &self.time_store
    }

    /// Channels and what they are bound to.
    pub fn channels(&self) -> &Arc<Vec<Channel>> {
        &self.channels
    }

    /// Median height of the ground, meters in the project's heights: for what does not say its own.
    pub fn base_height_m(&self) -> f64 {
        self.base_height_m
    }

    /// People, vehicles, cranes, by name: what has a place and is no object of a model.
    pub fn things(&self) -> &Arc<Vec<Thing>> {
        &self.things
    }

    /// Tasks.
    pub fn schedule(&self) -> &Arc<Schedule> {
        &self.schedule
    }

    /// Issues that somebody raised about objects.
    pub fn issues(&self) -> &Arc<Vec<Issue>> {
        &self.issues
    }

    /// Rules of the overlays.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// The project's own rules of readings (TOML), as they were given; `None` where it uses those that Lantu ships.
    ///
    /// # Errors
    /// A failure to read.
    pub fn own_sensor_rules(&self) -> Result<Option<String>, SessionError> {
        timeline::own_sensor_rules(&self.project)
    }

    /// Pyramids of heights, in the order of their sources; of placed sources only.
    pub fn elevation(&self) -> Vec<RasterPyramid> {
        self.rasters().map(|(_, r)| r).filter(|r| r.grid.kind.is_height()).cloned().collect()
    }

    /// All rasters with the names of their sources, in the order of these; of placed sources only.
    pub fn rasters(&self) -> impl Iterator<Item = (&str, &RasterPyramid)> {
        fn raster(s: &SourceState) -> Option<(&str, &RasterPyramid)> {
            Some((s.record.id.as_str(), s.index.as_ref()?.raster.as_ref()?))
        }
        self.sources.iter().filter_map(raster)
    }

    /// What the ground is made of. Finer orthophotos lie over coarser ones, whatever order they came in.
    ///
    /// * `look`: how the orthophotos of a source lie there.
    pub fn ground(&self, look: &dyn Fn(&str) -> PhotoLook) -> GroundSource {
        let mut imagery: Vec<(f64, &str, GroundPhoto)> = self
            .sources
            .iter()
            .filter_map(|s| {
                let id = s.record.id.as_str();
                let raster = s.index.as_ref()?.raster.as_ref();
                let raster = raster.filter(|r| r.grid.kind == RasterKind::Orthophoto)?.clone();
                let look = look(id);
                (look.opacity > 0.0).then_some((raster.grid.gsd_m, id, GroundPhoto { raster, look }))
            })
            .collect();
        imagery.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        GroundSource {
            imagery: imagery.into_iter().map(|(_, _, r)| r).collect(),
            elevation: self.elevation(),
            base_height_m: self.base_height_m,
            background: self.background(),
        }
    }

    /// Where plain ground is drawn: around everything, to the haze; only where a raster says how high it lies.
    fn background(&self) -> Option<[f64; 4]> {
        // How far the ground goes on beyond what is known, meters. Chosen: two thirds of a color is haze at 6 km.
        const MARGIN_M: f64 = 4_000.0;
        let b = self.snapshot.bounds();
        let known = !b.is_empty() && !self.elevation().is_empty();
        known.then_some([b.min.x - MARGIN_M, b.min.y - MARGIN_M, b.max.x + MARGIN_M, b.max.y + MARGIN_M])
    }

    /// Trees of all sources' tiles, own shapes and draped ones, without empty ones; each with the row of its source's
    /// object 0.
    pub fn trees(&self) -> Vec<(u32, Arc<TileTree>)> {
        let mut out = Vec::new();
        for s in &self.sources {
            let Some(span) = self.snapshot.source(&SourceId::new(&s.record.id)) else { continue };
            let trees = [&s.trees.own, &s.trees.draped];
            let drawn = trees.into_iter().filter(|t| !t.nodes.is_empty());
            out.extend(drawn.map(|t| (span.first_row, Arc::clone(t))));
        }
        out
    }

    /// Details and properties of a source's objects; of a source that is not there, none.
    pub fn details(&self, source: &str) -> SourceDetails {
        let state = self.sources.iter().find(|s| s.record.id == source);
        state.map_or_else(SourceDetails::none, |s| s.details.clone())
    }

    /// The one object that `text` names.
    ///
    /// # Errors
    /// [`SessionError::Unknown`], [`SessionError::Ambiguous`].
    pub fn resolve_one(&self, text: &str) -> Result<ObjectRow, SessionError> {
        match self.snapshot.resolve(text).as_slice() {
            [] => Err(SessionError::Unknown { what: "object", name: text.to_owned() }),
            [row] => Ok(*row),
            rows => Err(SessionError::Ambiguous { n: rows.len(), name: text.to_owned() }),
        }
    }

    /// First to last instant of tasks and samples; `None` without any.
    pub fn time_span(&self) -> Option<(UtcNanos, UtcNanos)> {
        match (self.schedule.span(), self.time_store.span()) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        }
    }

    /// Bounds of everything that has a place.
    pub fn district(&self) -> Bounds {
        self.snapshot.bounds()
    }

    /// Closes the project: one file, no journal beside it.
    ///
    /// # Errors
    /// [`SessionError::Project`] if the journal cannot be written back.
    pub fn close(self) -> Result<(), SessionError> {
        self.remove_replaced_packs()?;
        Ok(self.project.close()?)
    }

    /// Remembers what a source has in the cache before that is replaced.
    pub(crate) fn note_replaced_packs(&mut self, id: &str) -> Result<(), SessionError> {
        self.replaced_packs.extend(self.project.packs(id)?.into_iter().map(|p| p.hash));
        Ok(())
    }

    /// Remembers packs that are of use only while the project is open.
    pub(crate) fn note_unneeded_packs(&mut self, hashes: Vec<String>) {
        self.replaced_packs.extend(hashes);
    }

    /// Keeps packs that no source names yet: they are of use when it has its place.
    pub(crate) fn keep_packs<'p>(&mut self, packs: impl Iterator<Item = &'p PackHash>) {
        for pack in packs {
            self.replaced_packs.remove(&pack.to_string());
        }
    }

    /// Removes packs that no source names any more: nobody reads them, and the cache would only grow. Not before the end,
    /// since what is being drawn may still need them.
    fn remove_replaced_packs(&self) -> Result<(), SessionError> {
        let mut unnamed = self.replaced_packs.clone();
        for s in &self.sources {
            if unnamed.is_empty() {
                return Ok(());
            }
            for pack in self.project.packs(&s.record.id)? {
                unnamed.remove(&pack.hash);
            }
        }
        for path in unnamed.iter().filter_map(|h| Some(self.store.path(parse_hash(h)?))) {
            if let Err(e) = std::fs::remove_file(&path) {
                tracing::debug!(error = %e, path = %path.display(), "a replaced pack stays in the cache");
            }
        }
        Ok(())
    }
}

pub(crate) fn author(options: &SessionOptions) -> Author {
    Author::new(&options.user, options.clock)
}

/// A pack's name from its 64 hexadecimal digits.
pub(crate) fn parse_hash(text: &str) -> Option<PackHash> {
    let mut bytes = [0_u8; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(PackHash(bytes))
}
