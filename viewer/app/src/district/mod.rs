//! The district's tiles on their way from packs to the screen: one loop for the window, for pictures and for
//! measurements.
//!
//! Each step takes what has been loaded, chooses what the views need within the memory limit, frees what nobody needs
//! and asks for what is missing. Nothing here waits, except [`District::settle`].

mod exact;
mod loader;
mod part;
mod patience;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lantu_base::{Bounds, WorldPoint};
use lantu_render::{Camera, RenderError, Renderer, TileKey, shadow_texel_m};
use lantu_scene::PageCache;
use lantu_tiles::{
    CameraPath, Cost, GROUND_TILE_BYTES, GroundSelection, GroundSourceIndex, GroundTileId, MemoryClass, Need,
    Priority, Residency, Resident, SelectInput, Selection, Start, TileError, TileLayer, TileNode, TileRef,
    TileTree, View, select, select_ground, shadow_casters,
};

pub(crate) use exact::Exact;
pub(crate) use loader::Shelves;
use loader::{Loaded, Loader, Wanted};
use patience::{Patience, Sight};

/// Why a tile is not drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TileFailure {
    /// Its pack cannot be read.
    #[error(transparent)]
    Read(#[from] TileError),
    /// The renderer refuses it.
    #[error(transparent)]
    Drawn(#[from] RenderError),
}

/// Pages of objects that are kept under any limit, bytes. Chosen: what a screen of the scene tree needs; with less, a walk
/// over rows would read its page again for each of them.
const FEW_COLUMNS_BYTES: u64 = 8 << 20;

/// Memory limit where nobody gave one, bytes. Chosen: fits beside office programs on a computer of 8 GB.
pub(crate) const DEFAULT_MEMORY_BYTES: u64 = 1 << 30;

/// Least memory limit after the graphics memory was full, bytes. Chosen: roots and targets of a window.
const LEAST_LIMIT_BYTES: u64 = 64 << 20;

/// Error of a tile that cannot be read, meters. Chosen: a screen shows no error so large, from no distance.
const LOST_ERROR_M: f64 = 1e12;

/// A thread that died would leave its request on its way for ever. Chosen: longer than any tile takes.
const LOADER_PATIENCE: Duration = Duration::from_mins(2);

/// Time that uploads may take in one frame of the window, milliseconds.
pub(crate) const UPLOAD_MS: f64 = 8.0;

/// What a ground tile with one picture takes on the GPU, bytes: the picture with smaller copies, and its vertices with
/// skirts.
const GROUND_COST_BYTES: u64 = GROUND_TILE_BYTES * 4 / 3 + 12_288;

/// What a ground tile takes on the GPU, bytes: with two pictures where a line parts them.
fn ground_cost(index: &GroundSourceIndex) -> u64 {
    GROUND_COST_BYTES + if index.is_swiped() { GROUND_TILE_BYTES * 4 / 3 } else { 0 }
}

/// How finely a step chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fineness {
    /// Error of shapes on the screen, physical pixels.
    pub(crate) mesh_px: f64,
    /// Error of ground on the screen, physical pixels.
    pub(crate) ground_px: f64,
}

impl Fineness {
    /// In the window while the camera rests.
    pub(crate) const AT_REST: Self = Self { mesh_px: 0.7, ground_px: 1.5 };

    /// In the window while the camera moves: coarser where the processor draws, since there each triangle costs as much
    /// as a dozen pixels. Measured on 100 000 boxes along a flight, before culling: 345 000 triangles, 421 000 at
    /// 3 pixels, 535 000 at 2.
    pub(crate) const fn moving(is_software: bool) -> Self {
        if is_software {
            Self { mesh_px: 4.0, ground_px: 2.0 }
        } else {
            Self { mesh_px: 1.5, ground_px: 1.5 }
        }
    }

    /// In the window when nothing has moved for longer: what a picture at rest is refined to, see `refine`.
    pub(crate) const REFINED: Self = Self { mesh_px: 0.35, ..Self::AT_REST };

    /// For pictures.
    pub(crate) const PICTURE: Self = Self { mesh_px: 0.7, ground_px: 1.0 };

    /// For pictures where that shows.
    pub(crate) const FINE_PICTURE: Self = Self { mesh_px: Self::REFINED.mesh_px, ..Self::PICTURE };
}

/// How far what throws a shadow may lie from what is drawn, texels of the shadow map. Chosen: below the offset that keeps
/// surfaces from shading themselves.
const SHADOW_TEXELS: f64 = 1.0;

/// Threads that load tiles: the frame and the driver need some of the processor, too.
pub(crate) fn loader_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).clamp(1, 4))
}

/// What wakes a frame when something has arrived.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Tiles of one scene in one renderer.
pub(crate) struct District {
    content: Content,
    loader: Loader,
    n_threads: usize,
    wake: Wake,
    books: Residency,
    path: CameraPath,
    since: Instant,
    /// What cannot be read: not asked for again.
    failed: BTreeSet<Wanted>,
    failures: Vec<TileFailure>,
    drawn: BTreeSet<TileRef>,
    /// Out of sight, but their shadows may be in sight.
    unseen: Vec<TileRef>,
    /// Memory that others need beside tiles and targets, bytes.
    reserved_bytes: u64,
    /// The limit that full graphics memory forced since somebody asked, bytes.
    lowered_to: Option<u64>,
    keys: Vec<TileKey>,
    shown_ground: Vec<GroundTileId>,
    patience: Patience,
    state: State,
}

/// What the last step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The memory limit forces a larger error than asked for.
    pub(crate) is_coarser: bool,
    /// Something is missing or on its way.
    pub(crate) is_loading: bool,
    /// Something was loaded or freed.
    pub(crate) changed: bool,
    /// Memory that counts against the limit, bytes: tiles in memory and on their way, tables, targets, rasters.
    pub(crate) used_bytes: u64,
    /// Mesh tiles drawn.
    pub(crate) n_tiles: usize,
}

/// What a district is made of.
pub(crate) struct Content {
    /// Row of each source's object 0, and its tiles.
    pub(crate) trees: Vec<(u32, Arc<TileTree>)>,
    /// The last so many of them are of sources that are not in the scene yet.
    pub(crate) n_unfinished: usize,
    pub(crate) shelves: Shelves,
    pub(crate) ground_index: Arc<GroundSourceIndex>,
    /// Pages of objects that are in memory, for lists, search and picking.
    pub(crate) columns: Arc<PageCache>,
}

impl Content {
    /// Trees of the scene's sources.
    fn n_own(&self) -> usize {
        self.trees.len().saturating_sub(self.n_unfinished)
    }

    fn node(&self, at: TileRef) -> Option<&TileNode> {
        self.trees.get(at.tree as usize)?.1.nodes.get(at.node as usize)
    }

    /// Where a lost tile has nothing above it that can be read, what lies below has to show its place, however small
    /// it appears.
    fn replace_lost(&mut self, lost: TileRef, failed: &BTreeSet<Wanted>) {
        let is_lost = |node: u32| failed.contains(&Wanted::Mesh(TileRef { node, ..lost }));
        let Some((_, tree)) = self.trees.get_mut(lost.tree as usize) else { return };
        let mut above = tree.nodes.get(lost.node as usize).and_then(|n| n.parent);
        while let Some(node) = above {
            if !is_lost(node) {
                return;
            }
            above = tree.nodes.get(node as usize).and_then(|n| n.parent);
        }
        let tree = Arc::make_mut(tree);
        let mut bare = vec![lost.node];
        while let Some(node) = bare.pop() {
            bare.extend(tree.children(node).filter(|&child| is_lost(child)));
            if let Some(n) = tree.nodes.get_mut(node as usize).filter(|n| n.n_children > 0) {
                n.geometric_error_m = LOST_ERROR_M;
            }
        }
    }

    fn key(&self, at: TileRef) -> Option<TileKey> {
        Some(TileKey { source: at.tree, id: self.node(at)?.hash.mesh_tile_id() })
    }
}

impl District {
    /// Starts loader threads. `wake` is called from them whenever something has arrived.
    pub(crate) fn new(
        content: Content,
        limit_bytes: u64,
        n_threads: usize,
        wake: Wake,
    ) -> Result<Self, std::io::Error> {
        let loader = Loader::start(&content.shelves, n_threads, &wake)?;
        Ok(Self {
            content,
            loader,
            n_threads,
            wake,
            books: Residency::new(limit_bytes),
            path: CameraPath::default(),
            since: Instant::now(),
            failed: BTreeSet::new(),
            failures: Vec::new(),
            drawn: BTreeSet::new(),
            unseen: Vec::new(),
            reserved_bytes: 0,
            lowered_to: None,
            keys: Vec::new(),
            shown_ground: Vec::new(),
            patience: Patience::default(),
            state: State::default(),
        })
    }

    /// Takes another ground: everything composed so far goes, shapes stay.
    pub(crate) fn replace_ground(
        &mut self,
        renderer: &mut Renderer,
        shelves: Shelves,
        ground_index: Arc<GroundSourceIndex>,
    ) -> Result<(), std::io::Error> {
        // What the old threads still deliver is of the old ground: they and their results go together.
        for wanted in self.loader.pending() {
            self.books.remove(resident(wanted));
        }
        self.loader = Loader::start(&shelves, self.n_threads, &self.wake)?;
        self.content.shelves = shelves;
        self.content.ground_index = ground_index;
        self.failed.retain(|w| matches!(w, Wanted::Mesh(_)));
        for id in renderer.ground_ids() {
            self.books.remove(Resident::Ground(id));
            renderer.remove_ground(id);
        }
        Ok(())
    }

    /// Shows trees of sources that are not in the scene yet, and no longer those that it showed so before and that are not
    /// among them. `row`: behind the scene's last one, that of all their triangles.
    pub(crate) fn show_unfinished<'t>(
        &mut self,
        renderer: &mut Renderer,
        row: u32,
        trees: impl Iterator<Item = &'t Arc<TileTree>>,
    ) -> Result<(), std::io::Error> {
        let first = self.content.n_own();
        let now: Vec<&Arc<TileTree>> = trees.collect();
        let before = self.content.trees.get(first..).unwrap_or_default();
        let same = before.iter().zip(&now).take_while(|(b, n)| Arc::ptr_eq(&b.1, n)).count();
        if same < before.len() {
            self.drop_trees_from(renderer, first + same)?;
        }
        self.content.trees.extend(now.into_iter().skip(same).map(|t| (row, Arc::clone(t))));
        self.content.n_unfinished = self.content.trees.len() - first;
        Ok(())
    }

    /// Lets the last trees go, with what is in memory of them.
    fn drop_trees_from(&mut self, renderer: &mut Renderer, first: usize) -> Result<(), std::io::Error> {
        // What the old threads still deliver may be of these trees, whose numbers others get.
        for wanted in self.loader.pending() {
            self.books.remove(resident(wanted));
        }
        self.loader = Loader::start(&self.content.shelves, self.n_threads, &self.wake)?;
        let is_gone = |at: &TileRef| at.tree as usize >= first;
        for tree in first..self.content.trees.len() {
            let n = self.content.trees.get(tree).map_or(0, |t| t.1.nodes.len());
            for node in 0..n {
                let (Ok(tree), Ok(node)) = (u32::try_from(tree), u32::try_from(node)) else { continue };
                let at = TileRef { tree, node };
                self.books.remove(Resident::Mesh(at));
                if let Some(key) = self.content.key(at) {
                    renderer.remove_mesh(key);
                }
            }
        }
        self.content.trees.truncate(first);
        self.failed.retain(|w| !matches!(w, Wanted::Mesh(at) if is_gone(at)));
        self.drawn.retain(|at| !is_gone(at));
        self.unseen.retain(|at| !is_gone(at));
        self.state.changed = true;
        Ok(())
    }

    /// Changes the memory limit; what is too much goes at once.
    pub(crate) fn set_limit(&mut self, renderer: &mut Renderer, bytes: u64) {
        let evict = self.books.set_limit(bytes);
        self.drop_all(renderer, &evict);
    }

    /// Mesh tiles that throw shadows on what this camera sees: as coarse as its shadow map allows, or what is drawn
    /// itself where everything is wanted.
    pub(crate) fn casters(&self, camera: &Camera, full: bool) -> Vec<TileKey> {
        let solid = |at: &TileRef| self.content.node(*at).filter(|n| n.layer == TileLayer::Solid);
        let tiles = || self.drawn.iter().chain(&self.unseen);
        let bounds = tiles().filter_map(solid).fold(Bounds::EMPTY, |all, n| all.union(n.bounds));
        let error_m = if full { 0.0 } else { SHADOW_TEXELS * shadow_texel_m(camera, &bounds) };
        let trees: Vec<&TileTree> = self.content.trees.iter().map(|(_, t)| &**t).collect();
        let resident = |at| self.books.is_resident(Resident::Mesh(at));
        let of = tiles().copied().filter(|at| solid(at).is_some());
        let casters = shadow_casters(&trees, of, &resident, error_m);
        casters.into_iter().filter_map(|at| self.content.key(at)).collect()
    }

    /// Counts memory that others need beside tiles and targets, bytes.
    pub(crate) fn reserve(&mut self, bytes: u64) {
        self.reserved_bytes = bytes;
    }

    /// The next view has nothing to do with the last one: nobody is on the way from there to here.
    pub(crate) fn turn_away(&mut self) {
        self.path = CameraPath::default();
        self.drawn.clear();
    }

    /// From an eye to the nearest that there is of shapes and ground, meters.
    pub(crate) fn nearest_m(&self, eye: WorldPoint) -> f64 {
        let roots = self
            .content
            .trees
            .iter()
            .flat_map(|(_, t)| t.nodes.get(..t.n_roots() as usize).unwrap_or_default());
        let shapes = roots.map(|n| n.bounds.distance(eye.0)).fold(f64::INFINITY, f64::min);
        shapes.min(self.content.ground_index.all().distance(eye.0))
    }

    /// Memory of all tiles that a view needs, bytes.
    pub(crate) fn bytes_for(&self, view: View, fineness: Fineness) -> u64 {
        let ground =
            select_ground(&self.content.ground_index, &[view], fineness.ground_px, u64::MAX, &|_| true);
        let ground_bytes = ground.keep.len() as u64 * ground_cost(&self.content.ground_index);
        self.mesh_bytes_for(view, fineness).saturating_add(ground_bytes)
    }

    fn mesh_bytes_for(&self, view: View, fineness: Fineness) -> u64 {
        self.choose_of_all(view, fineness).wanted_bytes
    }

    /// What would be drawn of a view if everything were in memory.
    fn choose_of_all(&self, view: View, fineness: Fineness) -> Selection {
        let trees: Vec<&TileTree> = self.content.trees.iter().map(|(_, t)| &**t).collect();
        select(&SelectInput {
            trees: &trees,
            views: &[view],
            ahead: &[],
            resident: &|_| true,
            drawn: &BTreeSet::new(),
            sse_px: fineness.mesh_px,
            budget_bytes: u64::MAX,
        })
    }

    /// Mesh tiles to draw.
    pub(crate) fn keys(&self) -> &[TileKey] {
        &self.keys
    }

    /// Ground tiles to draw.
    pub(crate) fn shown_ground(&self) -> &[GroundTileId] {
        &self.shown_ground
    }

    /// What the last step came to.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// The memory limit that full graphics memory forced since the last call, bytes.
    pub(crate) fn take_lowered(&mut self) -> Option<u64> {
        self.lowered_to.take()
    }

    /// What could not be loaded since the last call.
    pub(crate) fn take_failures(&mut self) -> Vec<TileFailure> {
        std::mem::take(&mut self.failures)
    }

    /// One step: takes what was loaded for at most `upload_ms`, chooses, frees, asks.
    ///
    /// # Errors
    /// [`RenderError::DeviceLost`]. A tile that the renderer refuses is not drawn, and named among the failures.
    pub(crate) fn step(
        &mut self,
        renderer: &mut Renderer,
        views: &[View],
        fineness: Fineness,
        upload_ms: f64,
    ) -> Result<(), RenderError> {
        self.take_loaded(renderer, upload_ms)?;
        self.choose(renderer, views, fineness);
        Ok(())
    }

    /// As [`District::step`], again and again while tiles come, until nothing is missing or `turn` is over.
    ///
    /// # Errors
    /// As [`District::step`].
    pub(crate) fn step_for(
        &mut self,
        renderer: &mut Renderer,
        (views, fineness): (&[View], Fineness),
        turn: Duration,
    ) -> Result<(), RenderError> {
        let started = Instant::now();
        let mut changed = false;
        loop {
            self.step(renderer, views, fineness, UPLOAD_MS)?;
            changed |= self.state.changed;
            let left = turn.saturating_sub(started.elapsed());
            if !self.state.is_loading || !self.wait(renderer, left)? {
                break;
            }
            changed = true;
        }
        self.state.changed = changed;
        Ok(())
    }

    /// Waits for a tile that is on its way, no longer than `at_most`; whether one came.
    ///
    /// # Errors
    /// As [`District::step`].
    pub(crate) fn wait(&mut self, renderer: &mut Renderer, at_most: Duration) -> Result<bool, RenderError> {
        if at_most.is_zero() {
            return Ok(false);
        }
        match self.loader.wait(at_most) {
            Some(loaded) => self.put(renderer, loaded).map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes what was loaded for at most `upload_ms`.
    fn take_loaded(&mut self, renderer: &mut Renderer, upload_ms: f64) -> Result<(), RenderError> {
        self.state.changed = false;
        let started = Instant::now();
        while started.elapsed().as_secs_f64() * 1e3 < upload_ms {
            let Some(loaded) = self.loader.take() else { break };
            self.put(renderer, loaded)?;
        }
        Ok(())
    }

    /// Steps until nothing is missing.
    ///
    /// # Errors
    /// As [`District::step`].
    pub(crate) fn settle(
        &mut self,
        renderer: &mut Renderer,
        views: &[View],
        fineness: Fineness,
    ) -> Result<(), RenderError> {
        self.step(renderer, views, fineness, f64::INFINITY)?;
        while self.state.is_loading {
            if let Some(loaded) = self.loader.wait(LOADER_PATIENCE) {
                self.put(renderer, loaded)?;
            }
            let before = self.state;
            self.step(renderer, views, fineness, f64::INFINITY)?;
            if !self.loader.is_busy() && !self.state.changed && !before.changed {
                // Nothing fits any more and nothing is on its way: this is as fine as the limit allows.
                break;
            }
        }
        Ok(())
    }

    fn put(&mut self, renderer: &mut Renderer, loaded: Loaded) -> Result<(), RenderError> {
        self.state.changed = true;
        let (what, put) = match loaded {
            Loaded::Mesh { at, tile } => {
                let first_row = self.content.trees.get(at.tree as usize).map_or(0, |t| t.0);
                let Some(key) = self.content.key(at) else { return Ok(()) };
                let cost = Cost { cpu_bytes: 0, gpu_bytes: tile.bytes() };
                let what = Resident::Mesh(at);
                let Some(evict) = self.books.arrived(what, cost) else { return Ok(()) };
                self.drop_all(renderer, &evict);
                (Wanted::Mesh(at), renderer.put_mesh(key, &tile, first_row))
            }
            Loaded::Ground(tile) => {
                let cost = Cost { cpu_bytes: 0, gpu_bytes: ground_cost(&self.content.ground_index) };
                let Some(evict) = self.books.arrived(Resident::Ground(tile.id), cost) else { return Ok(()) };
                self.drop_all(renderer, &evict);
                (Wanted::Ground(tile.id), renderer.put_ground(&tile))
            }
            Loaded::Failed { wanted, why } => {
                self.fail(wanted, TileFailure::Read(why));
                return Ok(());
            }
        };
        match put {
            Ok(()) => Ok(()),
            Err(e @ RenderError::DeviceLost(_)) => Err(e),
            Err(RenderError::OutOfMemory(why)) => {
                // It comes when there is room again, or something coarser does.
                self.books.remove(resident(what));
                if !self.out_of_memory(renderer, &why) {
                    self.fail(what, TileFailure::Drawn(RenderError::OutOfMemory(why)));
                }
                Ok(())
            }
            Err(e) => {
                self.fail(what, TileFailure::Drawn(e));
                Ok(())
            }
        }
    }

    /// The graphics memory is full before the limit is reached: the limit becomes seven eighths of what is in use, but
    /// not less than [`LEAST_LIMIT_BYTES`], and what is too much goes at once. What is shown is coarser from then on. `false`
    /// if it could not be lowered.
    pub(crate) fn out_of_memory(&mut self, renderer: &mut Renderer, why: &str) -> bool {
        if self.books.usage().limit <= LEAST_LIMIT_BYTES {
            return false;
        }
        let used = self.books.usage().used;
        let lowered = (used / 8 * 7).max(LEAST_LIMIT_BYTES).min(self.books.usage().limit);
        tracing::warn!(used_bytes = used, limit_bytes = lowered, why, "the graphics memory is full");
        self.set_limit(renderer, lowered);
        self.lowered_to = Some(lowered);
        self.state.changed = true;
        true
    }

    fn fail(&mut self, wanted: Wanted, why: TileFailure) {
        self.books.remove(resident(wanted));
        self.failed.insert(wanted);
        self.failures.push(why);
        if let Wanted::Mesh(at) = wanted {
            self.content.replace_lost(at, &self.failed);
        }
    }

    fn drop_all(&mut self, renderer: &mut Renderer, evict: &[Resident]) {
        for what in evict {
            match *what {
                Resident::Mesh(at) => {
                    if let Some(key) = self.content.key(at) {
                        renderer.remove_mesh(key);
                    }
                }
                Resident::Ground(id) => {
                    renderer.remove_ground(id);
                }
                Resident::Raster | Resident::Columns | Resident::Targets => {}
            }
            self.state.changed = true;
        }
    }

    /// Counts what others look after: targets, rasters, pages of objects.
    fn count_others(&mut self, renderer: &mut Renderer) {
        let targets = Cost { cpu_bytes: 0, gpu_bytes: renderer.fixed_bytes() + self.reserved_bytes };
        let rasters = Cost { cpu_bytes: self.content.shelves.rasters.bytes() as u64, gpu_bytes: 0 };
        let columns = Cost { cpu_bytes: self.content.columns.bytes() as u64, gpu_bytes: 0 };
        let others =
            [(Resident::Targets, targets), (Resident::Raster, rasters), (Resident::Columns, columns)];
        for (what, cost) in others {
            let evict = self.books.hold(what, cost);
            self.drop_all(renderer, &evict);
        }
        self.books.set_demand(MemoryClass::Raster, rasters.cpu_bytes, false);
        self.divide_columns(columns.cpu_bytes);
    }

    fn choose(&mut self, renderer: &mut Renderer, views: &[View], fineness: Fineness) {
        self.count_others(renderer);
        let now = self.since.elapsed();
        if let Some(&view) = views.first() {
            self.path.push(now, view);
        }
        self.patience.look(Sight {
            views: views.to_vec(),
            fineness: Some(fineness),
            limit_bytes: self.books.limit_bytes(),
            n_trees: self.content.trees.len(),
        });
        let ahead = self.path.ahead();
        let mut ground = self.choose_ground(views, fineness);
        let mut meshes = self.choose_meshes(views, &ahead, fineness);
        self.tell_demands(&meshes, &ground);
        let keep = meshes.keep.iter().map(|&at| Resident::Mesh(at));
        self.books.begin_frame(keep.chain(ground.keep.iter().map(|&id| Resident::Ground(id))));
        if self.patience.is_over() {
            meshes.load.retain(|l| l.1.need == Need::Root);
            ground.load.retain(|l| l.1.need == Need::Root);
        }
        let (missing, bytes) = self.ask(renderer, &meshes.load, &ground.load);
        self.patience.count(bytes);
        self.state.is_loading = missing || self.loader.is_busy();
        self.state.is_coarser = meshes.is_coarser || ground.is_coarser;
        self.show(meshes, ground);
    }

    /// What was chosen is what is drawn.
    fn show(&mut self, meshes: Selection, ground: GroundSelection) {
        self.keys = self.keys_of(&meshes.draw);
        self.state.n_tiles = meshes.draw.len();
        self.state.used_bytes = self.books.usage().used;
        self.drawn = meshes.draw.into_iter().collect();
        self.unseen = meshes.casters;
        self.shown_ground = ground.draw;
    }

    fn keys_of(&self, tiles: &[TileRef]) -> Vec<TileKey> {
        tiles.iter().filter_map(|&at| self.content.key(at)).collect()
    }

    /// Gives the pages of objects their share.
    fn divide_columns(&mut self, used_bytes: u64) {
        let cache = &self.content.columns;
        let wanted_bytes = used_bytes.max(FEW_COLUMNS_BYTES);
        self.books.set_demand(MemoryClass::Columns, wanted_bytes, cache.take_was_short());
        let share = self.books.share(MemoryClass::Columns).max(FEW_COLUMNS_BYTES);
        cache.set_limit(usize::try_from(share).unwrap_or(usize::MAX));
    }

    fn choose_ground(&self, views: &[View], fineness: Fineness) -> GroundSelection {
        let resident = |id| self.books.is_resident(Resident::Ground(id));
        let budget = self.books.share(MemoryClass::Ground) / ground_cost(&self.content.ground_index)
            * GROUND_TILE_BYTES;
        select_ground(&self.content.ground_index, views, fineness.ground_px, budget, &resident)
    }

    fn choose_meshes(&self, views: &[View], ahead: &[View], fineness: Fineness) -> Selection {
        self.select((views, ahead), fineness.mesh_px, (&self.drawn, self.books.share(MemoryClass::Mesh)))
    }

    /// `views`: what is looked at, and what probably will be; `drawn` in the last frame.
    fn select(
        &self,
        (views, ahead): (&[View], &[View]),
        sse_px: f64,
        (drawn, budget_bytes): (&BTreeSet<TileRef>, u64),
    ) -> Selection {
        let trees: Vec<&TileTree> = self.content.trees.iter().map(|(_, t)| &**t).collect();
        let resident = |at| self.books.is_resident(Resident::Mesh(at));
        select(&SelectInput { trees: &trees, views, ahead, resident: &resident, drawn, sse_px, budget_bytes })
    }

    fn tell_demands(&mut self, meshes: &Selection, ground: &GroundSelection) {
        let size = |at: TileRef| self.content.node(at).map_or(0, |n| n.bytes);
        let mesh_bytes = meshes.keep.iter().map(|&at| size(at)).sum();
        let n_ground = ground.keep.len() + ground.load.len();
        self.books.set_demand(MemoryClass::Mesh, mesh_bytes, meshes.is_coarser);
        self.books.set_demand(
            MemoryClass::Ground,
            n_ground as u64 * ground_cost(&self.content.ground_index),
            ground.is_coarser,
        );
    }

    /// Asks for what is missing, as much as fits and as is useful on its way. Whether more is missing, and how many bytes
    /// were asked for.
    fn ask(
        &mut self,
        renderer: &mut Renderer,
        meshes: &[(TileRef, Priority)],
        ground: &[(GroundTileId, Priority)],
    ) -> (bool, u64) {
        let mesh = meshes.iter().map(|&(at, priority)| (Wanted::Mesh(at), priority));
        let mut load: Vec<_> = mesh.chain(ground.iter().map(|&(id, p)| (Wanted::Ground(id), p))).collect();
        load.retain(|(wanted, _)| !self.failed.contains(wanted));
        // Stable: among equals the order of each selection stays.
        load.sort_by_key(|l| std::cmp::Reverse(l.1));
        let mut bytes: u64 = 0;
        for &(wanted, priority) in &load {
            if !self.loader.has_room() {
                return (true, bytes);
            }
            let (cost, hash) = match wanted {
                Wanted::Ground(_) => (ground_cost(&self.content.ground_index), None),
                Wanted::Mesh(at) => {
                    let Some(node) = self.content.node(at) else { continue };
                    (node.bytes, Some(node.hash))
                }
            };
            let cost = Cost { cpu_bytes: 0, gpu_bytes: cost };
            if let Start::Now { evict } =
                self.books.start(resident(wanted), cost, priority.need == Need::Root)
            {
                self.drop_all(renderer, &evict);
                bytes = bytes.saturating_add(cost.gpu_bytes);
                self.loader.want(wanted, hash);
            }
        }
        (false, bytes)
    }
}

fn resident(wanted: Wanted) -> Resident {
    match wanted {
        Wanted::Mesh(at) => Resident::Mesh(at),
        Wanted::Ground(id) => Resident::Ground(id),
    }
}
