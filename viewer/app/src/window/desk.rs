//! What is open in the window and what a person did to it: selection, visibility, clock, camera. No GPU.

use std::collections::{BTreeMap, BTreeSet};

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, Style, StyleFlags, UtcNanos, WorldPoint};
use lantu_overlay::{OverlayKind, OverlayResult};
use lantu_render::Camera;
use lantu_scene::SceneSnapshot;
use lantu_session::Session;
use lantu_ui::{Action, StateId};

use crate::picture::{fit_camera, saved_camera};
use crate::stage::{Overlays, Stage, base_styles};

/// Steps that `←` and `→` make along the span, and with Shift.
const STEP: f64 = 1.0 / 200.0;
const LARGE_STEP: f64 = 1.0 / 20.0;

/// An open project in the window.
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches and change marks that do not depend on each other"
)]
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) stage: Stage,
    pub(crate) overlays: Overlays,
    pub(crate) camera: Camera,
    pub(crate) overlay: Option<OverlayKind>,
    pub(crate) result: Option<OverlayResult>,
    pub(crate) time: Option<UtcNanos>,
    pub(crate) playing: bool,
    pub(crate) xray: bool,
    pub(crate) selection: BTreeSet<ObjectRow>,
    pub(crate) hidden: BTreeSet<ObjectRow>,
    pub(crate) isolated: BTreeSet<ObjectRow>,
    pub(crate) hidden_layers: BTreeSet<String>,
    pub(crate) filter: Option<StateId>,
    pub(crate) expanded: BTreeSet<u64>,
    pub(crate) search: String,
    /// Styles changed since they were sent to the GPU.
    pub(crate) styles_dirty: bool,
    /// The tree changed since its model was made.
    pub(crate) tree_dirty: bool,
    /// Ground layers changed: what was composed is stale.
    pub(crate) ground_dirty: bool,
    /// Viewport in pixels, for fitting.
    pub(crate) viewport: [u32; 2],
}

impl Desk {
    pub(crate) fn new(session: Session, view: Option<&str>, viewport: [u32; 2]) -> anyhow::Result<Self> {
        let stage = Stage::new(&session, &|_| false);
        let overlays = Overlays::new(&session);
        let camera = match view {
            Some(name) => saved_camera(&session, name)?,
            None => saved_camera(&session, "demo").unwrap_or_else(|_| fit_camera(&session, viewport)),
        };
        let time = session.time_span().map(|(a, b)| UtcNanos(a.0 + (b.0 - a.0) / 100 * 55));
        let has_schedule = !session.schedule().tasks.is_empty();
        let expanded = (0..session.sources().len() as u64).map(source_key).take(1).collect();
        let mut desk = Self {
            session,
            stage,
            overlays,
            camera,
            overlay: has_schedule.then_some(OverlayKind::Progress),
            result: None,
            time,
            playing: false,
            xray: false,
            selection: BTreeSet::new(),
            hidden: BTreeSet::new(),
            isolated: BTreeSet::new(),
            hidden_layers: BTreeSet::new(),
            filter: None,
            expanded,
            search: String::new(),
            styles_dirty: true,
            tree_dirty: true,
            ground_dirty: false,
            viewport,
        };
        desk.evaluate();
        Ok(desk)
    }

    pub(crate) fn scene(&self) -> std::sync::Arc<SceneSnapshot> {
        self.session.scene()
    }

    /// Evaluates the overlay at the clock's time.
    pub(crate) fn evaluate(&mut self) {
        self.result = match (self.overlay, self.time) {
            (Some(kind), Some(t)) => Some(self.overlays.evaluate(kind, t)),
            _ => None,
        };
        self.styles_dirty = true;
        self.tree_dirty = true;
    }

    /// The style table: overlay, then layers, hiding, isolation, selection.
    pub(crate) fn styles(&self) -> Vec<Style> {
        let mut table = base_styles(&self.session, self.result.as_ref(), &|s| self.hidden_layers.contains(s));
        if let (Some(filter), Some(result)) = (self.filter, &self.result) {
            let wanted = result.kind.states().iter().position(|s| s.name == filter.name());
            for (style, state) in table.iter_mut().zip(&result.states) {
                if Some(usize::from(*state)) != wanted {
                    style.flags |= StyleFlags::GHOSTED | StyleFlags::MUTED;
                    style.flags &= !StyleFlags::COLORED;
                }
            }
        }
        if !self.isolated.is_empty() {
            for (style, row) in table.iter_mut().zip(0..) {
                if !self.isolated.contains(&ObjectRow(row)) {
                    style.flags |= StyleFlags::GHOSTED;
                }
            }
        }
        let mut set = |rows: &BTreeSet<ObjectRow>, flag: u32| {
            for row in rows {
                if let Some(style) = table.get_mut(row.ix()) {
                    style.flags |= flag;
                }
            }
        };
        set(&self.hidden, StyleFlags::HIDDEN);
        set(&self.selection, StyleFlags::SELECTED);
        table
    }

    /// Bounds of rows and everything below them.
    fn bounds_of(&self, rows: &BTreeSet<ObjectRow>) -> Bounds {
        let scene = self.scene();
        let all = rows.iter().flat_map(|r| scene.subtree(*r));
        all.filter_map(|r| scene.object(r))
            .map(|o| o.bounds())
            .filter(|b| !b.is_empty())
            .fold(Bounds::EMPTY, Bounds::union)
    }

    fn fit(&mut self, bounds: Bounds) {
        let margin = DVec3::splat(2.0);
        if !bounds.is_empty() {
            let b = Bounds::new(bounds.min - margin, bounds.max + margin);
            self.camera = self.camera.fit(&b, DVec3::ZERO, self.viewport);
        }
    }

    pub(crate) fn select(&mut self, rows: BTreeSet<ObjectRow>) {
        let scene = self.scene();
        for row in &rows {
            // The tree opens down to what was selected.
            let mut at = scene.object(*row);
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
        self.selection = rows;
        self.styles_dirty = true;
        self.tree_dirty = true;
    }

    /// Rows that a tree key stands for: an object with everything below, or all of a source.
    fn rows_of_key(&self, key: u64) -> Vec<ObjectRow> {
        let scene = self.scene();
        match parse_key(key) {
            TreeKey::Object(row) => scene.subtree(row),
            TreeKey::Source(ix) => {
                let span = usize::try_from(ix).ok().and_then(|ix| scene.sources().get(ix));
                span.map_or(Vec::new(), |s| {
                    let n = u32::try_from(s.objects.len()).unwrap_or(0);
                    (s.first_row..s.first_row + n).map(ObjectRow).collect()
                })
            }
        }
    }

    pub(crate) fn set_time(&mut self, t: UtcNanos) {
        if let Some((a, b)) = self.session.time_span() {
            let t = UtcNanos(t.0.clamp(a.0, b.0));
            if Some(t) != self.time {
                self.time = Some(t);
                self.evaluate();
            }
        }
    }

    fn step(&mut self, steps: i32, large: bool) {
        if let (Some((a, b)), Some(t)) = (self.session.time_span(), self.time) {
            let share = if large { LARGE_STEP } else { STEP };
            #[expect(clippy::cast_possible_truncation, reason = "a share of an i64 span")]
            let delta = ((b.0 - a.0) as f64 * share * f64::from(steps)) as i64;
            self.set_time(UtcNanos(t.0.saturating_add(delta)));
        }
    }

    /// Seconds of project time that pass in a second while the clock runs: the whole span in 40 seconds.
    pub(crate) fn speed(&self) -> f64 {
        self.session.time_span().map_or(0.0, |(a, b)| b.seconds_since(a) / 40.0)
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        if let (true, Some(t)) = (self.playing, self.time) {
            #[expect(clippy::cast_possible_truncation, reason = "at most the span's nanoseconds")]
            let delta = (self.speed() * seconds * 1e9) as i64;
            self.set_time(UtcNanos(t.0.saturating_add(delta)));
            if self.session.time_span().is_some_and(|(_, b)| self.time == Some(b)) {
                self.playing = false;
            }
        }
    }

    /// Carries out what concerns the project. `false` for what the window itself must do.
    pub(crate) fn apply(&mut self, action: &Action) -> bool {
        match action {
            Action::Select(row) => self.select(row.map(ObjectRow).into_iter().collect()),
            Action::ToggleSelect(row) => {
                let mut rows = self.selection.clone();
                if !rows.remove(&ObjectRow(*row)) {
                    rows.insert(ObjectRow(*row));
                }
                self.select(rows);
            }
            Action::SelectRange(key) => {
                let mut rows = self.selection.clone();
                rows.extend(self.rows_of_key(*key).first());
                self.select(rows);
            }
            Action::ExpandTree(key, open) => {
                if *open {
                    self.expanded.insert(*key)
                } else {
                    self.expanded.remove(key)
                };
                self.tree_dirty = true;
            }
            Action::Search(text) => {
                self.search.clone_from(text);
                self.tree_dirty = true;
            }
            Action::ToggleLayer(id, on) => self.toggle_layer(*id, *on),
            Action::SetOverlay(kind) => {
                self.overlay = OverlayKind::from_name(kind.name());
                self.filter = None;
                self.evaluate();
            }
            Action::FilterState(state) => {
                self.filter = *state;
                self.styles_dirty = true;
            }
            Action::SetTime(t) => self.set_time(*t),
            Action::Play(on) => self.playing = *on && self.time.is_some(),
            Action::Step { steps, large } => self.step(*steps, *large),
            Action::FitSelection => self.fit(self.bounds_of(&self.selection)),
            Action::FitRow(row) => {
                self.select(BTreeSet::from([ObjectRow(*row)]));
                self.fit(self.bounds_of(&self.selection));
            }
            Action::FitAll => self.camera = fit_camera(&self.session, self.viewport),
            Action::TopView => self.camera = self.camera.from_above(),
            Action::NorthUp => self.north_up(),
            Action::SetVisible(key, on) => {
                for row in self.rows_of_key(*key) {
                    if *on {
                        self.hidden.remove(&row)
                    } else {
                        self.hidden.insert(row)
                    };
                }
                self.visibility_changed();
            }
            Action::Hide => {
                let scene = self.scene();
                let rows: Vec<ObjectRow> = self.selection.iter().flat_map(|r| scene.subtree(*r)).collect();
                self.hidden.extend(rows);
                self.selection.clear();
                self.visibility_changed();
            }
            Action::Isolate => {
                let scene = self.scene();
                self.isolated = self.selection.iter().flat_map(|r| scene.subtree(*r)).collect();
                self.visibility_changed();
            }
            Action::ShowAll => {
                self.hidden.clear();
                self.isolated.clear();
                self.filter = None;
                self.visibility_changed();
            }
            Action::XrayGround(on) => self.xray = *on,
            _ => return false,
        }
        true
    }

    fn visibility_changed(&mut self) {
        self.styles_dirty = true;
        self.tree_dirty = true;
    }

    fn toggle_layer(&mut self, id: u32, on: bool) {
        let Some(s) = self.session.sources().get(id as usize) else { return };
        let name = s.record.id.clone();
        let has_raster = s.index.as_ref().is_some_and(|i| i.raster.is_some());
        if on {
            self.hidden_layers.remove(&name)
        } else {
            self.hidden_layers.insert(name)
        };
        if has_raster {
            let hidden = self.hidden_layers.clone();
            self.stage = Stage::new(&self.session, &|s| hidden.contains(s));
            self.ground_dirty = true;
        }
        self.visibility_changed();
    }

    fn north_up(&mut self) {
        let f = self.camera.target.0 - self.camera.eye.0;
        let flat = f.truncate().length();
        let to = DVec3::new(0.0, flat.max(1e-3), f.z);
        self.camera = Camera { eye: WorldPoint(self.camera.target.0 - to), ..self.camera };
        if self.camera.up.z < 0.5 {
            self.camera.up = DVec3::Y;
        }
    }

    /// Counts of states below each source, for the legend.
    pub(crate) fn legend_counts(&self) -> BTreeMap<&'static str, u64> {
        let of = |r: &OverlayResult| r.legend.iter().map(|l| (l.state.name, l.count)).collect();
        self.result.as_ref().map(of).unwrap_or_default()
    }
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

fn parse_key(key: u64) -> TreeKey {
    if key & SOURCE_BIT != 0 {
        TreeKey::Source(key & !SOURCE_BIT)
    } else {
        TreeKey::Object(ObjectRow(u32::try_from(key).unwrap_or(u32::MAX)))
    }
}
