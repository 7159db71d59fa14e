//! What actions of the panels do to an open project.

use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, UtcNanos, WorldPoint};
use lantu_overlay::OverlayKind;
use lantu_render::Camera;
use lantu_tiles::Stretch;
use lantu_ui::{Action, Beside, ColorBy, Edit, SectionAxis};

use crate::picture::fit_camera;
use crate::views::{SavedView, ViewRecord};
use crate::window::desk::Desk;
use crate::window::history::{Coloring, Shown};
use crate::window::rowset::RowSet;
use crate::window::section::{Plane, Section};

/// Steps that `←` and `→` make along the span, and with Shift.
const STEP: f64 = 1.0 / 200.0;
const LARGE_STEP: f64 = 1.0 / 20.0;

impl Desk {
    /// Carries out what concerns the project. `false` for what the window itself must do.
    pub(crate) fn apply(&mut self, action: &Action) -> bool {
        self.select_by(action)
            || self.look_by(action)
            || self.show_by(action)
            || self.color_by(action)
            || self.section_by(action)
            || self.views_by(action)
            || self.measure_by(action)
    }

    fn select_by(&mut self, action: &Action) -> bool {
        match action {
            Action::Select(row) => self.select(row.map(ObjectRow).into_iter().collect()),
            Action::ToggleSelect(row) => {
                let mut rows = RowSet::clone(&self.shown.selection);
                if rows.contains(ObjectRow(*row)) {
                    rows.remove(ObjectRow(*row));
                } else {
                    rows.insert(ObjectRow(*row));
                }
                self.select(rows);
            }
            Action::SelectRange(key) => {
                let mut rows = RowSet::clone(&self.shown.selection);
                if let Some(first) = self.rows_of_key(*key).first() {
                    rows.insert(first);
                }
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
            _ => return false,
        }
        true
    }

    fn look_by(&mut self, action: &Action) -> bool {
        match action {
            Action::SetTime(t) => {
                self.sensors.following = false;
                self.set_time(*t);
            }
            Action::Play(on) => {
                self.sensors.following = false;
                self.playing = *on && self.time.is_some();
            }
            Action::Step { steps, large } => {
                self.sensors.following = false;
                self.step(*steps, *large);
            }
            Action::FollowNow(on) => self.follow(*on),
            Action::SetChartSpan(seconds) => self.set_chart_span(*seconds),
            Action::ShowForecast(on) => self.show_forecast(*on),
            Action::ShowUnusual(on) => self.show_unusual(*on),
            Action::FitSelection => self.fit(self.selection_bounds()),
            Action::FitRow(row) => {
                self.select([ObjectRow(*row)].into_iter().collect());
                self.fit(self.selection_bounds());
            }
            Action::PickChannel(channel) => self.pick_channel(channel),
            Action::FitChannel(channel) => {
                self.pick_channel(channel);
                self.fit(self.place_of_channel(channel));
            }
            Action::FitAll => self.fly_to(fit_camera(&self.session, self.viewport, self.shown.stretch)),
            Action::TopView => self.fly_to(self.camera.from_above()),
            Action::NorthUp => self.fly_to(self.north_up()),
            _ => return false,
        }
        true
    }

    fn step(&mut self, steps: i32, large: bool) {
        if let (Some((a, b)), Some(t)) = (self.time_span(), self.time) {
            let share = if large { LARGE_STEP } else { STEP };
            #[expect(clippy::cast_possible_truncation, reason = "a share of an i64 span")]
            let delta = ((b.0 - a.0) as f64 * share * f64::from(steps)) as i64;
            self.set_time(UtcNanos(t.0.saturating_add(delta)));
        }
    }

    fn north_up(&self) -> Camera {
        let f = self.camera.target.0 - self.camera.eye.0;
        let flat = f.truncate().length();
        let to = DVec3::new(0.0, flat.max(1e-3), f.z);
        let up = if self.camera.up.z < 0.5 { DVec3::Y } else { self.camera.up };
        Camera { eye: WorldPoint(self.camera.target.0 - to), up, ..self.camera }
    }

    fn show_by(&mut self, action: &Action) -> bool {
        match action {
            Action::SetHeat(ask) => self.set_heat(ask.clone()),
            Action::ToggleLayer(id, on) => {
                let Some(s) = self.session.sources().get(*id as usize) else { return true };
                let name = s.record.id.clone();
                self.edit(Edit::Layers, false, |s| {
                    let layers = Arc::make_mut(&mut s.hidden_layers);
                    if *on {
                        layers.remove(&name)
                    } else {
                        layers.insert(name)
                    };
                });
            }
            Action::SetLayerOpacity(id, opacity) => {
                let Some(s) = self.session.sources().get(*id as usize) else { return true };
                let (name, opacity) = (s.record.id.clone(), opacity.clamp(0.0, 1.0));
                self.edit(Edit::Layers, true, |s| {
                    let faded = Arc::make_mut(&mut s.faded);
                    if opacity < 1.0 {
                        faded.insert(name, opacity)
                    } else {
                        faded.remove(&name)
                    };
                });
            }
            Action::Swipe(id) => {
                let source = id.and_then(|id| self.session.sources().get(id as usize));
                let source = source.map(|s| Arc::from(s.record.id.as_str()));
                self.edit(Edit::Layers, false, |s| s.swipe = source);
            }
            Action::ShowBeside(what) => self.edit(Edit::Colors, false, |s| {
                s.beside = *what;
                if let Some(overlay) = what.map(|what| match what {
                    Beside::Plan => OverlayKind::Progress,
                    Beside::Former => OverlayKind::Change,
                }) {
                    (s.overlay, s.coloring, s.filter) = (Some(overlay), None, None);
                }
            }),
            Action::MoveSwipe(at) => {
                self.swipe_at = at.clamp(0.0, 1.0);
                self.ask();
            }
            Action::SetVisible(key, on) => {
                let rows = self.rows_of_key(*key);
                self.edit(if *on { Edit::Show } else { Edit::Hide }, false, |s| {
                    s.hidden = Arc::new(if *on { s.hidden.without(&rows) } else { s.hidden.union(&rows) });
                });
            }
            Action::Hide => {
                let rows = self.selected_subtrees();
                self.edit(Edit::Hide, false, |s| {
                    s.hidden = Arc::new(s.hidden.union(&rows));
                    s.selection = Arc::default();
                });
            }
            Action::Isolate => {
                let rows = self.selected_subtrees();
                self.edit(Edit::Isolate, false, |s| s.isolated = Arc::new(rows));
            }
            Action::Ghost => {
                let rows = self.selected_subtrees();
                self.edit(Edit::Ghost, false, |s| {
                    let all = rows.without(&s.ghosted).is_empty();
                    s.ghosted = Arc::new(if all { s.ghosted.without(&rows) } else { s.ghosted.union(&rows) });
                });
            }
            Action::ShowAll => self.edit(Edit::Show, false, |s| {
                (s.hidden, s.isolated, s.ghosted) = Default::default();
                s.filter = None;
                if let Some(c) = &mut s.coloring {
                    c.only = None;
                }
            }),
            Action::ShowLabels(on) => self.edit(Edit::Layers, false, |s| s.labels = *on),
            Action::XrayGround(on) => self.edit(Edit::Layers, false, |s| s.xray = *on),
            Action::SetGroundOpacity(opacity) => self.edit(Edit::Layers, true, |s| {
                let opacity = opacity.clamp(0.0, 1.0);
                s.xray = opacity < 1.0;
                // The next x-ray is as strong as the last one.
                s.xray_opacity = if s.xray { Some(opacity) } else { s.xray_opacity };
            }),
            Action::SetGroundLook(look) => self.edit(Edit::Layers, true, |s| {
                s.relief = lantu_render::Relief {
                    brightness: look.brightness,
                    contrast: look.contrast,
                    hillshade: look.hillshade,
                    slope: look.slope,
                    contour_m: look.contour_m,
                };
                s.stretch = Stretch::new(look.exaggeration).unwrap_or(s.stretch);
            }),
            Action::SetLayerStyle(layer, ask) => self.ask_style(*layer, ask),
            Action::Undo => self.step_history(true),
            Action::Redo => self.step_history(false),
            _ => return false,
        }
        true
    }

    fn color_by(&mut self, action: &Action) -> bool {
        let asked = |by: &ColorBy| Coloring { by: by.clone(), graduated: None, range: None, only: None };
        match action {
            Action::SetOverlay(kind) => self.edit(Edit::Colors, false, |s| {
                s.overlay = OverlayKind::from_name(kind.name());
                (s.filter, s.coloring) = (None, None);
            }),
            Action::SetOutline(kind) => self.edit(Edit::Colors, false, |s| {
                s.outline = OverlayKind::from_name(kind.name());
                s.filter = None;
            }),
            Action::FilterState(state) => self.edit(Edit::Colors, false, |s| s.filter = *state),
            Action::ColorBy(by) => self.edit(Edit::Colors, false, |s| {
                s.coloring = by.as_ref().map(asked);
                s.filter = None;
            }),
            Action::ColorGraduated(on) => self.edit_coloring(false, |c| {
                (c.graduated, c.range, c.only) = (Some(*on), None, None);
            }),
            Action::SetColorRange(a, b) => self.edit_coloring(true, |c| c.range = Some((*a, *b))),
            Action::FilterColor(only) => self.edit_coloring(false, |c| c.only = *only),
            _ => return false,
        }
        true
    }

    fn edit_coloring(&mut self, slides: bool, change: impl FnOnce(&mut Coloring)) {
        self.edit(Edit::Colors, slides, |s| {
            if let Some(c) = &mut s.coloring {
                change(c);
            }
        });
    }

    fn section_by(&mut self, action: &Action) -> bool {
        let scene = self.session.district();
        let cut = |s: &mut Shown, change: &dyn Fn(&mut Plane)| {
            if let Some(plane) = &mut s.section.plane {
                change(plane);
            }
        };
        match action {
            Action::SetSection(axis) => {
                self.picking_face = *axis == Some(SectionAxis::Face);
                let at = self.section_start(&scene);
                if !self.picking_face {
                    self.edit(Edit::Section, false, |s| {
                        s.section.plane = axis.map(|a| Plane::square_to(a, at));
                    });
                }
            }
            Action::SetSectionOffset(m) if m.is_finite() => {
                self.edit(Edit::Section, true, |s| cut(s, &|p| p.offset_m = *m));
            }
            Action::FlipSection => {
                self.edit(Edit::Section, false, |s| cut(s, &|p| p.flipped = !p.flipped));
            }
            Action::SectionBox(on) => {
                self.edit(Edit::Section, false, |s| s.section.cube = on.then_some(scene));
            }
            Action::SetSectionBox(cube) => {
                let b = Bounds::from_array(*cube);
                if !b.is_empty() {
                    self.edit(Edit::Section, true, |s| s.section.cube = Some(b));
                }
            }
            Action::BoxSelection => {
                let b = self.selection_bounds();
                if !b.is_empty() {
                    let margin = DVec3::splat(0.5);
                    let b = Bounds::new(b.min - margin, b.max + margin);
                    self.edit(Edit::Section, false, |s| s.section.cube = Some(b));
                }
            }
            Action::ResetSection => {
                self.picking_face = false;
                self.edit(Edit::Section, false, |s| s.section = Section::default());
            }
            _ => return false,
        }
        true
    }

    /// Where a new section plane begins: through the selection, else through what the camera looks at, inside the scene.
    fn section_start(&self, scene: &Bounds) -> DVec3 {
        let selected = self.selection_bounds();
        if !selected.is_empty() {
            return selected.center();
        }
        let at = self.camera.target.0;
        if scene.is_empty() { at } else { at.clamp(scene.min, scene.max) }
    }

    /// What a view keeps of what is shown now.
    pub(crate) fn record(&self) -> ViewRecord {
        let camera = self.flight.as_ref().map_or(&self.camera, |f| f.to());
        ViewRecord {
            hidden_layers: Some(self.shown.hidden_layers.iter().cloned().collect()),
            time: self.time.map(|t| t.to_string()),
            overlay: Some(self.shown.overlay.map_or("none", OverlayKind::name).to_owned()),
            outline: Some(self.shown.outlined().map_or("none", OverlayKind::name).to_owned()),
            xray: Some(self.shown.xray),
            labels: Some(self.shown.labels),
            xray_opacity: self.shown.xray_opacity,
            layer_opacity: Some((*self.shown.faded).clone()),
            section: Some(self.shown.section.record(self.session.frame())),
            ..ViewRecord::of(camera, self.session.frame())
        }
    }

    /// Shows what a view kept, but for its camera.
    pub(crate) fn show_record(&mut self, record: &ViewRecord) {
        if let Some(t) = record.instant(&self.session) {
            self.set_time(t);
        }
        let frame = self.session.frame().clone();
        self.edit(Edit::Views, false, |s| {
            if let Some(hidden) = &record.hidden_layers {
                s.hidden_layers = Arc::new(hidden.iter().cloned().collect());
            }
            let overlay = record.overlay_or(s.overlay);
            let outline = record.outline_or(s.outline);
            if (overlay, outline) != (s.overlay, s.outline) {
                (s.overlay, s.outline, s.filter) = (overlay, outline, None);
            }
            s.xray = record.xray.unwrap_or(s.xray);
            s.labels = record.labels.unwrap_or(s.labels);
            s.stretch = record.stretch().unwrap_or(s.stretch);
            s.xray_opacity = record.xray_opacity.or(s.xray_opacity);
            if let Some(faded) = &record.layer_opacity {
                s.faded = Arc::new(faded.clone());
            }
            if let Some(section) = &record.section {
                s.section = Section::from_record(section, &frame);
            }
        });
    }

    fn go_to_view(&mut self, ix: usize) {
        let Some(view) = self.shown.views.get(ix).cloned() else { return };
        self.show_record(&view.record);
        if let Some(camera) = view.record.camera(self.session.frame()) {
            self.fly_to(camera);
        }
        self.current_view = Some(ix);
    }

    fn views_by(&mut self, action: &Action) -> bool {
        let n = self.shown.views.len();
        match action {
            Action::SaveView { name } => {
                let record = self.record();
                self.edit_views(|views| {
                    let name = free_name(views, name);
                    views.push(SavedView { name, record });
                });
                self.current_view = Some(n);
            }
            Action::OverwriteView(ix) => {
                let record = self.record();
                self.edit_views(|views| {
                    if let Some(v) = views.get_mut(*ix) {
                        v.record = record;
                    }
                });
                self.current_view = Some(*ix);
            }
            Action::RenameView { ix, name } => self.edit_views(|views| {
                let taken = views.iter().enumerate().any(|(i, v)| i != *ix && v.name == name.trim());
                if let Some(v) = views.get_mut(*ix).filter(|_| !taken && !name.trim().is_empty()) {
                    name.trim().clone_into(&mut v.name);
                }
            }),
            Action::DeleteView(ix) if *ix < n => {
                self.edit_views(|views| drop(views.remove(*ix)));
                self.current_view = None;
            }
            Action::MoveView { from, to } if *from < n && *to < n => {
                self.edit_views(|views| {
                    let v = views.remove(*from);
                    views.insert(*to, v);
                });
                self.current_view = None;
            }
            Action::GoToView(ix) => self.go_to_view(*ix),
            Action::NextView if n > 0 => self.go_to_view(self.current_view.map_or(0, |c| (c + 1) % n)),
            Action::PreviousView if n > 0 => {
                self.go_to_view(self.current_view.map_or(n - 1, |c| (c + n - 1) % n));
            }
            _ => return false,
        }
        true
    }

    /// Changes the list of views; the order of each is kept in it.
    fn edit_views(&mut self, change: impl FnOnce(&mut Vec<SavedView>)) {
        self.edit(Edit::Views, false, |s| {
            let mut views = Vec::clone(&s.views);
            change(&mut views);
            for (v, order) in views.iter_mut().zip(0..) {
                v.record.order = Some(order);
            }
            s.views = Arc::new(views);
        });
    }

    fn measure_by(&mut self, action: &Action) -> bool {
        match action {
            Action::Measure(kind) => self.tape.take(*kind),
            Action::MeasureBack => self.tape.back(),
            Action::MeasureFinish => {
                let done = self.tape.finish();
                self.keep_measurement(done);
            }
            Action::DeleteMeasurement(id) => self.edit(Edit::Measure, false, |s| {
                Arc::make_mut(&mut s.measurements).retain(|m| m.id != *id);
            }),
            Action::ClearMeasurements => {
                self.edit(Edit::Measure, false, |s| s.measurements = Arc::default());
            }
            Action::FitMeasurement(id) => {
                let mut bounds = Bounds::EMPTY;
                for m in self.shown.measurements.iter().filter(|m| m.id == *id) {
                    m.points.iter().for_each(|p| bounds.add(p.0));
                }
                self.fit(bounds);
            }
            _ => return false,
        }
        true
    }

    /// Keeps a measurement that was finished.
    pub(crate) fn keep_measurement(&mut self, done: Option<crate::window::tape::Measurement>) {
        if let Some(m) = done {
            self.edit(Edit::Measure, false, |s| Arc::make_mut(&mut s.measurements).push(m));
        }
    }
}

/// A name that no view has: the wanted one, or with a number after it.
fn free_name(views: &[SavedView], wanted: &str) -> String {
    let taken = |name: &str| views.iter().any(|v| v.name == name);
    let wanted = wanted.trim();
    if !wanted.is_empty() && !taken(wanted) {
        return wanted.to_owned();
    }
    // One candidate more than there are views: at least one of them is free.
    let from = if wanted.is_empty() { 1 } else { 2 };
    let numbered = |n: usize| if wanted.is_empty() { n.to_string() } else { format!("{wanted} {n}") };
    (from..=views.len() + 2).map(numbered).find(|n| !taken(n)).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_views_never_have_one_name() {
        let view = |name: &str| SavedView { name: name.to_owned(), record: ViewRecord::default() };
        let views = [view("bridge"), view("bridge 2"), view("1")];
        assert_eq!(free_name(&views, "roof"), "roof");
        assert_eq!(free_name(&views, " bridge "), "bridge 3");
        assert_eq!(free_name(&views, ""), "2");
    }
}
