//! What is open in the window and what a person did to it: selection, visibility, clock, camera. No GPU.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, Style, StyleFlags, UtcNanos, WorldPoint};
use lantu_geodesy::EarthPlace;
use lantu_overlay::{OverlayKind, OverlayResult};
use lantu_render::Camera;
use lantu_scene::SceneSnapshot;
use lantu_session::{LayerStyle, Session};
use lantu_tiles::{RasterPyramid, Stretch, TileTree};
use lantu_ui::{ColorChoice, ColoringNow, Edit, HereModel};

use crate::light::{light_time, sun};
use crate::picture::{fit_boxes, fit_camera};
use crate::stage::{Overlays, Stage};
use crate::views::{SavedView, saved_view, saved_views};
use crate::window::heat::Heat;
use crate::window::history::{History, Shown};
use crate::window::motion::Flight;
use crate::window::opening::Opened;
use crate::window::overview::Overview;
use crate::window::paint::{Answer, Ask, Look, Painter, Styled, Why};
use crate::window::rowset::RowSet;
use crate::window::sensors::{Sensors, Watched};
use crate::window::styles::{self, Layers};
use crate::window::tape::Tape;
use crate::window::unfinished::Unfinished;

/// How long opening waits for the first colors, so that they do not flash. A larger scene shows its materials meanwhile.
const FIRST_PAINT: Duration = Duration::from_millis(200);

/// An open project in the window.
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches and change marks that do not depend on each other"
)]
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) stage: Stage,
    pub(crate) overlays: Arc<Overlays>,
    painter: Painter,
    pub(crate) camera: Camera,
    /// The camera is on its way to another place.
    pub(crate) flight: Option<Flight>,
    pub(crate) shown: Shown,
    pub(crate) history: History,
    pub(crate) result: Option<Arc<OverlayResult>>,
    /// States of what outlines objects.
    pub(crate) outlines: Option<Arc<OverlayResult>>,
    pub(crate) coloring: Option<Arc<ColoringNow>>,
    /// What objects can be colored by; `None` while that is counted.
    pub(crate) choices: Option<Arc<[ColorChoice]>>,
    /// One for each overlay that says something of the picked object.
    pub(crate) why: Vec<Why>,
    /// What the picked object's channels read.
    pub(crate) watched: Option<Box<Watched>>,
    pub(crate) sensors: Sensors,
    pub(crate) heat: Heat,
    pub(crate) time: Option<UtcNanos>,
    pub(crate) playing: bool,
    /// How opaque the ground is, 0 to 1; follows from `shown`.
    pub(crate) ground_opacity: f32,
    /// Where the line of a swipe is, share of the width; stays where it was for the next one.
    pub(crate) swipe_at: f32,
    /// Of the panels.
    pub(crate) language: lantu_ui::Language,
    /// Simple shading, as the panels have it.
    pub(crate) simple: bool,
    pub(crate) tape: Tape,
    /// The next click gives the section plane a face.
    pub(crate) picking_face: bool,
    /// The saved view that was gone to last and not left since.
    pub(crate) current_view: Option<usize>,
    pub(crate) expanded: BTreeSet<u64>,
    pub(crate) search: String,
    /// A source has an older revision, with which it can be compared.
    pub(crate) has_former: bool,
    /// Where on Earth the middle of the project lies; `None` if its CRS does not say.
    pub(crate) place: Option<EarthPlace>,
    /// The scene from above.
    pub(crate) overview: Option<Overview>,
    /// Tasks under way along the time line.
    pub(crate) histogram: Vec<f32>,
    styles: Styles,
    /// Of the second picture.
    beside_styles: Styles,
    /// Views that the project file does not have yet: name, JSON or `None` to remove it.
    pub(crate) view_writes: Vec<(String, Option<String>)>,
    /// Styles of layers that the project file must learn: name of the source, `None` for the rules.
    pub(crate) style_writes: Vec<(String, Option<LayerStyle>)>,
    /// What can be chosen of each GIS layer.
    pub(crate) layer_styles: Layers,
    asked: u64,
    painted: u64,
    /// The tree changed since its model was made.
    pub(crate) tree_dirty: bool,
    /// What is known of the picked object changed since its model was made.
    pub(crate) properties_dirty: bool,
    /// The place that was clicked last, and what rasters say there.
    pub(crate) here: Option<HereModel>,
    /// First looks at rasters that are being imported into this project, by job.
    first_looks: Vec<(u64, RasterPyramid)>,
    /// Shapes of models that are being imported into this project, by job.
    pub(crate) unfinished: Unfinished,
    /// Ground layers changed: what was composed is stale.
    pub(crate) ground_dirty: bool,
    /// Viewport in pixels, for fitting.
    pub(crate) viewport: [u32; 2],
    /// The camera that shows everything, for as long as nobody has moved it.
    fitted: Option<Camera>,
}

impl Desk {
    /// Shows a project. `view`: name of the saved view to begin with. `wake` is called from the painter's thread.
    pub(crate) fn new(
        opened: Opened,
        view: Option<&str>,
        viewport: [u32; 2],
        wake: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let Opened { session, stage, overlays, overview } = opened;
        let views = saved_views(&session)?;
        let first = match view {
            Some(name) => Some(saved_view(&session, name)?),
            None => views.iter().find(|v| v.name == "demo").or(views.first()).cloned(),
        };
        let camera = first.as_ref().and_then(|v| v.record.camera(session.frame()));
        let time = session.time_span().map(|(a, b)| UtcNanos(a.0 + (b.0 - a.0) / 100 * 55));
        let sensors = Sensors::start(&session, &overlays, Arc::clone(&wake))?;
        let wake_heat = Arc::clone(&wake);
        let heat = Heat::start(&overlays, move || wake_heat())?;
        let has_schedule = !session.schedule().tasks.is_empty();
        let place = lantu_geodesy::place_of(session.frame(), WorldPoint(middle(&session)));
        let shown = Shown {
            overlay: has_schedule.then_some(OverlayKind::Progress),
            views: Arc::new(views),
            styles: Arc::new(styles::kept(&session)),
            labels: true,
            ..Shown::default()
        };
        let expanded = (0..session.sources().len() as u64).map(source_key).take(1).collect();
        let histogram = crate::window::models::histogram(&session);
        let fitted = camera.is_none().then(|| fit_camera(&session, viewport, Stretch::TRUE));
        let has_former = session.former_revision()?.is_some();
        let layer_styles = styles::layers(&session, &overlays.table);
        let mut desk = Self {
            has_former,
            camera: camera.or(fitted).unwrap_or_else(|| fit_camera(&session, viewport, Stretch::TRUE)),
            fitted,
            session,
            stage,
            overlays,
            painter: Painter::start(move || wake())?,
            flight: None,
            shown,
            history: History::default(),
            result: None,
            outlines: None,
            coloring: None,
            choices: None,
            why: Vec::new(),
            watched: None,
            sensors,
            heat,
            time,
            playing: false,
            ground_opacity: 1.0,
            swipe_at: 0.5,
            language: lantu_ui::Language::English,
            simple: false,
            tape: Tape::default(),
            picking_face: false,
            current_view: None,
            expanded,
            search: String::new(),
            place: place.inspect_err(|error| tracing::debug!(%error, "no latitude for the sun")).ok(),
            overview,
            histogram,
            styles: Styles::default(),
            beside_styles: Styles::default(),
            view_writes: Vec::new(),
            style_writes: Vec::new(),
            layer_styles,
            asked: 0,
            painted: 0,
            tree_dirty: true,
            properties_dirty: true,
            here: None,
            first_looks: Vec::new(),
            unfinished: Unfinished::default(),
            ground_dirty: false,
            viewport,
        };
        desk.styles.table = Arc::new(vec![Style::default(); desk.scene().n_rows() as usize]);
        desk.restyle_all();
        desk.ask();
        desk.ask_alarms();
        if let (Some(_), Some(v)) = (view, &first) {
            desk.show_record(&v.record.clone());
            desk.current_view = desk.shown.views.iter().position(|w| w.name == v.name);
            desk.history = History::default();
        }
        if let Some(answer) = desk.painter.wait(FIRST_PAINT) {
            desk.take_answer(answer);
        }
        Ok(desk)
    }

    /// The scene has another size on the screen: what showed everything still does.
    pub(crate) fn set_viewport(&mut self, size: [u32; 2]) {
        if std::mem::replace(&mut self.viewport, size) != size && self.fitted == Some(self.camera) {
            self.camera = fit_camera(&self.session, size, self.shown.stretch);
            self.fitted = Some(self.camera);
        }
    }

    /// The same project after a change: what a person did to it goes on.
    pub(crate) fn reopened(
        self,
        opened: Opened,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let before = self.scene();
        let mut desk = Self::new(opened, None, self.viewport, wake)?;
        let after = desk.scene();
        let carried = |rows: &Arc<RowSet>| Arc::new(carry(rows, &before, &after));
        let views = if self.view_writes.is_empty() {
            Arc::clone(&desk.shown.views)
        } else {
            Arc::clone(&self.shown.views)
        };
        let styles = Arc::clone(&desk.shown.styles);
        let same_rows = styles::same_rows(&self.session, &desk.session);
        let shown = Shown {
            styles,
            selection: carried(&self.shown.selection),
            hidden: carried(&self.shown.hidden),
            isolated: carried(&self.shown.isolated),
            ghosted: carried(&self.shown.ghosted),
            views,
            ..self.shown.clone()
        };
        // Rows of earlier states may mean other objects now.
        desk.view_writes = self.view_writes;
        desk.style_writes = self.style_writes;
        // What first has a place is looked at as a whole.
        if !before.bounds().is_empty() || self.session.rasters().next().is_some() {
            desk.camera = self.camera;
        }
        desk.follow_stretch();
        if before.n_rows() > 0 {
            desk.time = self.time.or(desk.time);
            desk.adopt(shown);
        }
        if same_rows {
            desk.history = self.history;
        }
        // Another import may go on.
        desk.unfinished = self.unfinished;
        desk.sensors.go_on(&self.sensors);
        desk.set_heat(self.heat.asked());
        desk.search = self.search;
        desk.tape = self.tape;
        desk.ask();
        Ok(desk)
    }

    pub(crate) fn scene(&self) -> Arc<SceneSnapshot> {
        self.session.scene()
    }

    /// Changes what is shown, so that it can be taken back. `slides`: part of one movement of a slider.
    pub(crate) fn edit(&mut self, edit: Edit, slides: bool, change: impl FnOnce(&mut Shown)) {
        let mut after = self.shown.clone();
        change(&mut after);
        if after != self.shown {
            self.history.note(edit, self.shown.clone(), slides);
            self.adopt(after);
        }
    }

    /// Takes the last change back, or does it again.
    pub(crate) fn step_history(&mut self, back: bool) {
        let now = self.shown.clone();
        let step = if back { self.history.undo(now) } else { self.history.redo(now) };
        if let Some((_, shown)) = step {
            self.adopt(shown);
        }
    }

    /// Shows `after` from now on.
    pub(crate) fn adopt(&mut self, after: Shown) {
        let before = std::mem::replace(&mut self.shown, after);
        let after = &self.shown;
        if before.selection != after.selection {
            for styles in [&mut self.styles, &mut self.beside_styles] {
                styles.stale.extend_from_slice(before.selection.ranges());
                styles.stale.extend_from_slice(after.selection.ranges());
            }
            let selection = Arc::clone(&after.selection);
            self.reveal(&selection);
            self.properties_dirty = true;
        }
        let after = &self.shown;
        self.ground_opacity = after.ground_opacity();
        self.follow_stretch();
        self.write_views(&before.views);
        self.note_styles(&before.styles);
        let after = &self.shown;
        let is_ground =
            |s: &&lantu_session::SourceState| s.index.as_ref().is_some_and(|i| i.raster.is_some());
        let mut rasters = self.session.sources().iter().filter(is_ground).map(|s| s.record.id.as_str());
        if rasters.any(|id| before.photo_look(id) != after.photo_look(id)) {
            self.lay_ground();
        }
        self.tree_dirty = true;
        self.ask();
    }

    /// Heights are drawn as what is shown says: what the camera looks at keeps its place.
    fn follow_stretch(&mut self) {
        let stretch = self.shown.stretch;
        if self.camera.stretch != stretch {
            self.camera = self.camera.stretched(stretch);
            self.flight = self.flight.take().map(|f| Flight::new(self.camera, f.to().stretched(stretch)));
        }
    }

    /// Shows a first look at a raster until its import has ended.
    pub(crate) fn show_first_look(&mut self, job: u64, pyramid: RasterPyramid) {
        self.first_looks.push((job, pyramid));
        self.lay_ground();
    }

    /// Shows shapes of a model until its import has ended. Where there was nothing, they are looked at as a whole.
    pub(crate) fn show_first_shapes(&mut self, job: u64, tree: Arc<TileTree>) {
        tracing::debug!(job, n_tiles = tree.nodes.len(), "shapes of a model that is not whole are shown");
        self.unfinished.push(job, tree);
        if self.scene().bounds().is_empty()
            && self.session.rasters().next().is_none()
            && self.fitted == Some(self.camera)
        {
            self.camera = fit_boxes(&self.unfinished.boxes(), self.viewport, self.shown.stretch);
            self.fitted = Some(self.camera);
        }
    }

    /// The job has ended: its looks go, or the revision that it made takes their place.
    pub(crate) fn drop_first_looks(&mut self, job: u64) {
        self.unfinished.drop_of(job);
        let before = self.first_looks.len();
        self.first_looks.retain(|(of, _)| *of != job);
        if self.first_looks.len() != before {
            self.lay_ground();
        }
    }

    /// Puts the ground together anew.
    pub(crate) fn lay_ground(&mut self) {
        let first_looks = self.first_looks.iter().map(|(_, look)| look.clone());
        self.stage =
            Stage::with_more(&self.session, &|s| self.shown.photo_look(s), first_looks, self.heat.layer());
        self.ground_dirty = true;
    }

    /// Notes what the project file must learn about views.
    fn write_views(&mut self, before: &Arc<Vec<SavedView>>) {
        let after = &self.shown.views;
        if Arc::ptr_eq(before, after) {
            return;
        }
        for gone in before.iter().filter(|v| !after.iter().any(|w| w.name == v.name)) {
            self.view_writes.push((gone.name.clone(), None));
        }
        for v in after.iter().filter(|v| !before.contains(v)) {
            match serde_json::to_string(&v.record) {
                Ok(json) => self.view_writes.push((v.name.clone(), Some(json))),
                Err(error) => tracing::error!(%error, "a view cannot be written"),
            }
        }
    }

    /// Asks the painter for what is shown at the clock's time.
    pub(crate) fn ask(&mut self) {
        self.asked += 1;
        self.painter.ask(Ask {
            number: self.asked,
            overlays: Arc::clone(&self.overlays),
            look: Look::of(&self.shown),
            // Changes have no time; other overlays have no state without it.
            time: self.time.or((self.shown.overlay == Some(OverlayKind::Change)).then_some(UtcNanos(0))),
            explain: self.shown.selection.first(),
            watch: self.watches_what(),
            chart: self.sensors.chart,
        });
    }

    /// Takes what the painter has done. Returns whether anything came.
    pub(crate) fn take_answers(&mut self) -> bool {
        let mut any = false;
        while let Some(answer) = self.painter.take() {
            self.take_answer(answer);
            any = true;
        }
        any
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Picture(picture) => {
                if let Some(p) = picture.painted {
                    self.painted = p.number;
                    self.styles.take(p.scene);
                    if let Some(styled) = p.beside {
                        self.beside_styles.take(styled);
                    }
                    (self.result, self.outlines) = (p.result, p.outlines);
                    self.coloring = p.coloring;
                    self.tree_dirty = true;
                }
                for why in picture.why {
                    self.why.retain(|w| w.row == why.row && w.kind != why.kind);
                    self.why.push(why);
                }
                self.watched = picture.watched.or(self.watched.take());
                if let Some(glyphs) = picture.glyphs {
                    self.sensors.glyphs = glyphs;
                }
            }
            Answer::Choices(of, choices) if of.same_scene(&self.overlays) => self.choices = Some(choices),
            Answer::Choices(..) => {}
        }
        self.properties_dirty = true;
    }

    /// Numbers of the newest request of colors, and of the request whose colors are shown.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.asked, self.painted)
    }

    /// Everything must be sent to the GPU again: it is a new one.
    pub(crate) fn restyle_all(&mut self) {
        self.styles.renew();
        self.beside_styles.renew();
    }

    /// Styles of the scene that the GPU does not have yet: first row, styles.
    pub(crate) fn take_styles(&mut self) -> Vec<(ObjectRow, Vec<Style>)> {
        self.styles.changed(&self.shown.selection)
    }

    /// The same of the second picture.
    pub(crate) fn take_beside_styles(&mut self) -> Vec<(ObjectRow, Vec<Style>)> {
        self.beside_styles.changed(&self.shown.selection)
    }

    /// Opens the tree down to what was selected; for a large selection, to its first object.
    fn reveal(&mut self, rows: &RowSet) {
        /// Branches that one selection may open. Chosen: a screen of rows.
        const MOST: usize = 50;
        let scene = self.scene();
        for row in rows.iter().take(MOST) {
            let mut at = scene.object(row);
            while let Some(o) = at {
                let parent = o.parent();
                let key = if let Some(p) = parent {
                    object_key(p)
                } else {
                    let ix = scene.sources().iter().position(|s| s.source == o.span.source).unwrap_or(0);
                    source_key(ix as u64)
                };
                self.expanded.insert(key);
                at = parent.and_then(|p| scene.object(p));
            }
        }
    }

    /// Makes rows the selection.
    pub(crate) fn select(&mut self, rows: RowSet) {
        self.here = None;
        self.sensors.picked = None;
        self.edit(Edit::Select, false, |s| s.selection = Arc::new(rows));
    }

    /// The same with the place where they were picked.
    pub(crate) fn select_at(&mut self, rows: RowSet, place: Option<WorldPoint>) {
        self.select(rows);
        self.here = place.map(|p| crate::window::models::here(self, p));
    }

    /// Selected objects with everything below them.
    pub(crate) fn selected_subtrees(&self) -> RowSet {
        let scene = self.scene();
        self.shown.selection.iter().flat_map(|r| scene.subtree(r)).collect()
    }

    /// Bounds of the selection and everything below it.
    pub(crate) fn selection_bounds(&self) -> Bounds {
        let scene = self.scene();
        let rows = self.selected_subtrees();
        rows.iter()
            .filter_map(|r| scene.object(r))
            .map(|o| o.bounds())
            .filter(|b| !b.is_empty())
            .fold(Bounds::EMPTY, Bounds::union)
    }

    /// Moves the camera so that a box is seen.
    pub(crate) fn fit(&mut self, bounds: Bounds) {
        let margin = DVec3::splat(2.0);
        if !bounds.is_empty() {
            let b = Bounds::new(bounds.min - margin, bounds.max + margin);
            self.fly_to(self.camera.fit(&b, DVec3::ZERO, self.viewport));
        }
    }

    /// Moves the camera to another place, gently.
    pub(crate) fn fly_to(&mut self, to: Camera) {
        self.flight = Some(Flight::new(self.camera, to.stretched(self.shown.stretch)));
    }

    /// A hand moves the camera: a flight ends, and a saved view is left.
    pub(crate) fn moved_by_hand(&mut self, camera: Camera) {
        self.camera = camera;
        self.flight = None;
        self.current_view = None;
    }

    /// Rows that a tree key stands for: an object with everything below, or all of a source.
    pub(crate) fn rows_of_key(&self, key: u64) -> RowSet {
        let scene = self.scene();
        match parse_key(key) {
            TreeKey::Object(row) => scene.subtree(row).into_iter().collect(),
            TreeKey::Source(ix) => {
                let span = usize::try_from(ix).ok().and_then(|ix| scene.sources().get(ix));
                span.map_or(RowSet::default(), |s| {
                    let n = u32::try_from(s.objects.len()).unwrap_or(0);
                    RowSet::of_range(s.first_row..s.first_row.saturating_add(n))
                })
            }
        }
    }

    pub(crate) fn set_time(&mut self, t: UtcNanos) {
        if let Some((a, b)) = self.time_span() {
            let t = UtcNanos(t.0.clamp(a.0, b.0));
            if Some(t) != self.time {
                self.time = Some(t);
                self.properties_dirty = true;
                self.ask();
                self.ask_alarms();
                self.ask_heat();
            }
        }
    }

    /// Seconds of project time that pass in a second while the clock runs: the whole span in 40 seconds.
    pub(crate) fn speed(&self) -> f64 {
        self.time_span().map_or(0.0, |(a, b)| b.seconds_since(a) / 40.0)
    }

    /// Lets time pass: for the clock and for a flight. Returns whether the camera moved.
    pub(crate) fn advance(&mut self, seconds: f64) -> bool {
        if self.sensors.following {
            self.set_time(crate::context::now());
        } else if let (true, Some(t)) = (self.playing, self.time) {
            #[expect(clippy::cast_possible_truncation, reason = "at most the span's nanoseconds")]
            let delta = (self.speed() * seconds * 1e9) as i64;
            self.set_time(UtcNanos(t.0.saturating_add(delta)));
            if self.time_span().is_some_and(|(_, b)| self.time == Some(b)) {
                self.playing = false;
            }
        }
        let Some(flight) = &mut self.flight else { return false };
        self.camera = flight.advance(seconds);
        if flight.is_over() {
            self.flight = None;
        }
        true
    }

    /// The instant whose sun lights the scene.
    pub(crate) fn light_time(&self) -> Option<UtcNanos> {
        self.time.map(|t| light_time(t, self.time_span(), self.session.zone()))
    }

    /// Where the light comes from.
    pub(crate) fn sun(&self) -> lantu_render::Sun {
        sun(self.place, self.light_time())
    }
}

/// The style table of a picture, and what of it the GPU does not have yet.
#[derive(Default)]
struct Styles {
    /// Without the selection.
    table: Arc<Vec<Style>>,
    stale: Vec<Range<u32>>,
}

impl Styles {
    fn take(&mut self, (table, changed): Styled) {
        self.stale.extend(changed);
        self.table = table;
    }

    fn renew(&mut self) {
        self.stale.clear();
        self.stale.push(0..u32::try_from(self.table.len()).unwrap_or(u32::MAX));
    }

    fn changed(&mut self, selection: &RowSet) -> Vec<(ObjectRow, Vec<Style>)> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable_by_key(|r| r.start);
        let mut out: Vec<(ObjectRow, Vec<Style>)> = Vec::new();
        let mut done = 0;
        for r in stale {
            let from = r.start.max(done);
            if from < r.end {
                out.push((ObjectRow(from), self.of(from..r.end, selection)));
                done = r.end;
            }
        }
        out
    }

    fn of(&self, rows: Range<u32>, selection: &RowSet) -> Vec<Style> {
        let (from, to) = (rows.start as usize, (rows.end as usize).min(self.table.len()));
        let mut styles = self.table.get(from..to).unwrap_or(&[]).to_vec();
        for r in selection.ranges() {
            let (a, b) = (r.start.max(rows.start), r.end.min(rows.end));
            let selected = styles.iter_mut().skip((a - rows.start.min(a)) as usize);
            for style in selected.take(b.saturating_sub(a) as usize) {
                style.flags |= StyleFlags::SELECTED;
            }
        }
        styles
    }
}

/// The middle of what has a place; where nothing has, the frame's origin.
fn middle(session: &Session) -> DVec3 {
    let b = session.district();
    if b.is_empty() { DVec3::ZERO } else { b.center() }
}

/// Rows of one revision in another: those of sources that have as many objects as before.
fn carry(rows: &RowSet, before: &SceneSnapshot, after: &SceneSnapshot) -> RowSet {
    let mut out = RowSet::default();
    for old in before.sources() {
        let Some(new) = after.source(&old.source) else { continue };
        let n = u32::try_from(old.objects.len()).unwrap_or(0);
        if new.objects.len() != old.objects.len() {
            continue;
        }
        for r in rows.ranges() {
            let (a, b) = (r.start.max(old.first_row), r.end.min(old.first_row + n));
            if a < b {
                let shifted = a - old.first_row + new.first_row..b - old.first_row + new.first_row;
                out = out.union(&RowSet::of_range(shifted));
            }
        }
    }
    out
}

/// What a tree row stands for.
pub(crate) enum TreeKey {
    Source(u64),
    Object(ObjectRow),
}

const SOURCE_BIT: u64 = 1 << 40;

pub(crate) fn source_key(ix: u64) -> u64 {
    SOURCE_BIT | ix
}

pub(crate) fn object_key(row: ObjectRow) -> u64 {
    u64::from(row.0)
}

pub(crate) fn parse_key(key: u64) -> TreeKey {
    if key & SOURCE_BIT != 0 {
        TreeKey::Source(key & !SOURCE_BIT)
    } else {
        TreeKey::Object(ObjectRow(u32::try_from(key).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::SourceId;
    use lantu_scene::{NewObject, Scene, SourceColumns};

    use super::*;

    fn source(n: usize) -> SourceColumns {
        let ids: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        SourceColumns::in_memory(ids.iter().map(|id| NewObject { id, ..NewObject::default() })).unwrap()
    }

    #[test]
    fn rows_move_with_their_source_and_go_with_one_that_changed() {
        let mut scene = Scene::default();
        for (name, n) in [("a", 4), ("b", 6), ("c", 3)] {
            scene.put_source(SourceId::new(name), source(n));
        }
        let before = scene.snapshot();
        scene.put_source(SourceId::new("b"), source(7));
        scene.remove_source(&SourceId::new("a"));
        let after = scene.snapshot();
        // All of a, the middle of b, the first of c.
        let rows = RowSet::of_range(0..4).union(&RowSet::of_range(6..8)).union(&RowSet::of_range(10..11));
        let carried = carry(&rows, &before, &after);
        let c = after.source(&SourceId::new("c")).unwrap().first_row;
        assert_eq!(carried, RowSet::of_range(c..c + 1));
    }
}
