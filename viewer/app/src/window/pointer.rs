//! Pointer and keys in the scene: orbit, pan, zoom, look, fly, select, measure.

use std::time::{Duration, Instant};

use glam::DVec2;
use lantu_base::WorldPoint;
use lantu_render::{Camera, Pick};
use lantu_tiles::{Aim, Snap, SnapKind};
use lantu_ui::{Action, ContextMenuModel, Edit, MotionMode, format};
use winit::event::{ElementState, KeyEvent, MouseButton, MouseScrollDelta};
use winit::keyboard::{KeyCode, ModifiersState, PhysicalKey};

use crate::window::App;
use crate::window::canvas::Canvas;
use crate::window::motion::MoveKey;
use crate::window::rowset::RowSet;
use crate::window::section::Plane;
use crate::window::shell::{Pane, Shell};
use crate::window::snapper::Question;

/// What a held button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grip {
    Orbit,
    Pan,
    /// Turns the view about the eye.
    Look,
}

/// Whose the pointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owner {
    #[default]
    Scene,
    /// A panel lies under it.
    PanelBelow,
    /// Panels keep it wherever it goes: one of them is being dragged, or waits for an answer.
    Panels,
}

/// A drag under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drag {
    pub(crate) grip: Grip,
    start: Camera,
    from: DVec2,
    /// What was under the pointer when it began.
    held: WorldPoint,
    /// Where the pointer was last, for looking around: the eye may move meanwhile.
    last: DVec2,
    /// It moved far enough not to be a click.
    pub(crate) moved: bool,
}

/// A press that moves less is a click, pixels.
const CLICK_PX: f64 = 4.0;
/// Radians of orbit for a pixel.
const ORBIT_PER_PX: f64 = 0.005;
/// Radians of looking around for a pixel.
const LOOK_PER_PX: f64 = 0.003;
/// What remains of the distance after one notch of the wheel.
const ZOOM_PER_NOTCH: f64 = 0.84;
/// Pixels of a notch of wheels that tell pixels.
const PX_PER_NOTCH: f64 = 60.0;
/// How near the pointer must come to a corner or an edge to catch it, points.
const SNAP_POINTS: f64 = 9.0;
/// Two clicks within this time and these pixels are a double click.
const DOUBLE_CLICK: (Duration, f64) = (Duration::from_millis(400), 6.0);

/// The point that hands work on: what was picked, or a point ahead at the target's distance.
fn anchor(camera: &Camera, pick: Option<&Pick>, at: DVec2, size: [u32; 2]) -> WorldPoint {
    pick.map_or_else(
        || {
            let ray = camera.ray(at, size);
            WorldPoint(ray.origin.0 + ray.direction * camera.distance())
        },
        |p| p.position,
    )
}

impl Drag {
    pub(crate) fn begin(grip: Grip, camera: Camera, from: DVec2, held: WorldPoint) -> Self {
        Self { grip, start: camera, from, held, last: from, moved: false }
    }

    /// The camera for where the pointer is now. `now`: the camera, which keys may have moved since.
    pub(crate) fn camera(&mut self, now: &Camera, to: DVec2, size: [u32; 2]) -> Camera {
        let d = to - self.from;
        self.moved |= d.length() > CLICK_PX;
        if !self.moved {
            return *now;
        }
        match self.grip {
            Grip::Orbit => self.start.orbit(self.held, -d.x * ORBIT_PER_PX, -d.y * ORBIT_PER_PX),
            Grip::Pan => self.start.pan(self.held, self.from, to, size),
            Grip::Look => {
                let d = to - std::mem::replace(&mut self.last, to);
                now.look(-d.x * LOOK_PER_PX, -d.y * LOOK_PER_PX)
            }
        }
    }

    /// From now on the view turns about the eye.
    fn look_from(&mut self, at: DVec2) {
        (self.grip, self.last, self.moved) = (Grip::Look, at, true);
    }
}

/// What the pointer does.
#[derive(Default)]
pub(crate) struct Hand {
    pub(crate) at: DVec2,
    /// The picture that it is in, or began to drag in.
    pub(crate) pane: Pane,
    pub(crate) drag: Option<Drag>,
    /// The button that drags.
    held: Option<MouseButton>,
    /// A button went down in the scene, here.
    press: Option<DVec2>,
    pub(crate) modifiers: ModifiersState,
    pub(crate) hover: Option<Pick>,
    /// The pointer moved since `hover` was looked up.
    stale: bool,
    /// Whose the pointer was when the last frame was drawn.
    pub(crate) owner: Owner,
    /// The keyboard belongs to a text field or a dialog.
    pub(crate) typing: bool,
    /// A corner of the rectangle that is being dragged to select, in window pixels.
    pub(crate) lasso: Option<DVec2>,
    last_click: Option<(Instant, DVec2)>,
}

/// The key that moves, by its place on the keyboard: the same fingers on every layout.
fn move_key(key: KeyCode) -> Option<MoveKey> {
    Some(match key {
        KeyCode::KeyW => MoveKey::Forward,
        KeyCode::KeyS => MoveKey::Back,
        KeyCode::KeyA => MoveKey::Left,
        KeyCode::KeyD => MoveKey::Right,
        KeyCode::KeyE => MoveKey::Up,
        KeyCode::KeyQ => MoveKey::Down,
        _ => return None,
    })
}

impl App<'_> {
    fn pick(&mut self, at: DVec2) -> Option<Pick> {
        let pane = self.hand.pane;
        let canvas = if pane == Pane::Scene { &mut self.canvas } else { &mut self.beside };
        let (canvas, desk, shell) = (canvas.as_mut()?, self.desk.as_ref()?, self.shell.as_ref()?);
        let pixel = shell.pixel(pane, at, desk.viewport)?;
        let mut pick = canvas.pick(desk, pixel).ok().flatten()?;
        // What is not in the scene yet is no object.
        pick.row = pick.row.filter(|r| r.0 < desk.scene().n_rows());
        Some(pick)
    }

    /// Height of what is below a place, from a little above the eye's feet: for walking.
    pub(crate) fn floor_below(&mut self, x: f64, y: f64) -> Option<f64> {
        /// How far above the feet the look down begins, meters: over a step, under a ceiling.
        const ABOVE_FEET_M: f64 = 1.2;
        let (canvas, desk) = (self.canvas.as_mut()?, self.desk.as_mut()?);
        let eye = WorldPoint::new(x, y, desk.camera.eye.0.z - lantu_render::EYE_HEIGHT_M + ABOVE_FEET_M);
        let down = Camera::looking(eye, WorldPoint(eye.0 - glam::DVec3::Z)).from_above();
        let down = Camera { eye, ..down };
        let own = std::mem::replace(&mut desk.camera, down);
        let middle = desk.viewport.map(|s| s / 2);
        let hit = canvas.pick(desk, middle).ok().flatten();
        desk.camera = own;
        hit.map(|p| p.position.0.z)
    }

    fn scene_point(&self, at: DVec2) -> DVec2 {
        self.shell.as_ref().map_or(at, |s| at - s.origin(self.hand.pane))
    }

    /// Whether keys move the camera now: while the right button is held, and in the modes for it.
    fn keys_move(&self) -> bool {
        let held = self.hand.held == Some(MouseButton::Right);
        held || (self.motion.mode != MotionMode::Orbit && !self.hand.typing)
    }

    pub(crate) fn key(&mut self, event: &KeyEvent) {
        let PhysicalKey::Code(code) = event.physical_key else { return };
        let Some(key) = move_key(code) else { return };
        let ctrl = self.hand.modifiers.control_key() || self.hand.modifiers.super_key();
        let down = event.state.is_pressed() && self.keys_move() && !ctrl && self.desk.is_some();
        if !self.motion.key(key, down) {
            return;
        }
        let point = self.scene_point(self.hand.at);
        if let (true, Some(drag)) = (down, &mut self.hand.drag) {
            // Flying with the right button held: the pointer looks around.
            drag.look_from(point);
        }
        if down && let Some(desk) = &mut self.desk {
            desk.moved_by_hand(desk.camera);
        }
        self.redraw();
    }

    /// Whether the pointer belongs to a panel where it is now. Where it was when the last frame was drawn says nothing:
    /// a slow frame ends long after a hand has left the panel, and its press in the scene must not be lost.
    fn over_panel(&self) -> bool {
        self.hand.owner == Owner::Panels || self.shell.as_ref().is_some_and(|s| s.is_panel_at(self.hand.at))
    }

    pub(crate) fn button(&mut self, state: ElementState, button: MouseButton) {
        let at = self.hand.at;
        if state == ElementState::Released {
            self.release(button);
            return;
        }
        if self.over_panel() || self.desk.is_none() || self.hand.held.is_some() {
            return;
        }
        self.menu = None;
        let modifiers = self.hand.modifiers;
        if button == MouseButton::Left && modifiers.alt_key() {
            (self.hand.lasso, self.hand.held) = (Some(at), Some(button));
            return;
        }
        let grip = match button {
            MouseButton::Left if self.motion.mode != MotionMode::Orbit => Grip::Look,
            MouseButton::Left => Grip::Orbit,
            MouseButton::Middle if modifiers.shift_key() => Grip::Orbit,
            MouseButton::Middle | MouseButton::Right => Grip::Pan,
            _ => return,
        };
        let pick = self.pick(at);
        let point = self.scene_point(at);
        if let Some(desk) = &mut self.desk {
            desk.flight = None;
            let held = anchor(&desk.camera, pick.as_ref(), point, desk.viewport);
            self.hand.drag = Some(Drag::begin(grip, desk.camera, point, held));
            (self.hand.press, self.hand.held) = (Some(at), Some(button));
        }
        self.hand.hover = pick;
    }

    fn release(&mut self, button: MouseButton) {
        if self.hand.held != Some(button) {
            return;
        }
        self.hand.held = None;
        if button == MouseButton::Right && self.motion.mode == MotionMode::Orbit {
            self.motion.let_go();
        }
        if let Some(corner) = self.hand.lasso.take() {
            self.select_by_box(corner, self.hand.at);
            return;
        }
        let drag = self.hand.drag.take();
        let Some(press) = self.hand.press.take() else { return };
        if drag.is_some_and(|d| d.moved) {
            return;
        }
        match button {
            MouseButton::Left => self.click(press),
            MouseButton::Right => self.open_menu(press),
            _ => {}
        }
        self.touch();
        self.redraw();
    }

    fn click(&mut self, press: DVec2) {
        let pick = self.pick(press);
        let row = pick.as_ref().and_then(|p| p.row);
        let add = self.hand.modifiers.control_key() || self.hand.modifiers.shift_key();
        let (time, way) = DOUBLE_CLICK;
        let double =
            self.hand.last_click.is_some_and(|(t, p)| t.elapsed() < time && (p - press).length() < way);
        self.hand.last_click = Some((Instant::now(), press));
        let Some(desk) = &mut self.desk else { return };
        if desk.picking_face {
            let normal = self.hand_normal(pick.as_ref());
            let Some(desk) = &mut self.desk else { return };
            if let Some(plane) = pick.zip(normal).and_then(|(p, n)| Plane::on_face(p.position, n)) {
                desk.picking_face = false;
                desk.edit(Edit::Section, false, |s| s.section.plane = Some(plane));
            }
            return;
        }
        if desk.tape.active.is_some() {
            let point = desk.tape.hover.map(|s| s.point).or(pick.map(|p| p.position));
            if let Some(point) = point {
                let done = if double { desk.tape.finish() } else { desk.tape.set(point) };
                desk.keep_measurement(done);
            }
            return;
        }
        match row {
            Some(row) if add => {
                desk.apply(&Action::ToggleSelect(row.0));
            }
            Some(row) if double => {
                desk.apply(&Action::FitRow(row.0));
            }
            row => desk.select_at(row.into_iter().collect(), pick.map(|p| p.position)),
        }
    }

    /// Normal of the face under the pointer, towards the eye: from three neighboring pixels of what is seen.
    fn hand_normal(&mut self, pick: Option<&Pick>) -> Option<glam::DVec3> {
        /// How far the neighbors lie, pixels: far enough for the depth's steps, near enough to be on the same face.
        const BESIDE_PX: f64 = 3.0;
        let at = self.hand.at;
        let middle = pick?.position.0;
        let mut beside = |d: DVec2| self.pick(at + d).map(|p| p.position.0);
        let across = beside(DVec2::X * BESIDE_PX).or_else(|| beside(-DVec2::X * BESIDE_PX))?;
        let along = beside(DVec2::Y * BESIDE_PX).or_else(|| beside(-DVec2::Y * BESIDE_PX))?;
        let normal = (across - middle).cross(along - middle).try_normalize()?;
        let eye = self.desk.as_ref()?.camera.eye.0;
        Some(if normal.dot(eye - middle) < 0.0 { -normal } else { normal })
    }

    fn open_menu(&mut self, press: DVec2) {
        let pick = self.pick(press);
        let row = pick.as_ref().and_then(|p| p.row);
        let scale = self.shell.as_ref().map_or(1.0, Shell::pixels_per_point);
        let Some(desk) = &mut self.desk else { return };
        if desk.tape.active.is_some() {
            desk.tape.back();
            return;
        }
        if let Some(row) = row.filter(|r| !desk.shown.selection.contains(*r)) {
            desk.select([row].into_iter().collect());
        }
        let scene = desk.scene();
        let object = row.and_then(|r| scene.object(r));
        let frame = desk.session.frame();
        let coordinates = pick.map(|p| frame.crs_from_world(p.position)).map(|[x, y, z]| {
            format!("E {}  N {}  H {}", format::number(x, 2), format::number(y, 2), format::number(z, 2))
        });
        #[expect(clippy::cast_possible_truncation, reason = "window coordinates")]
        let at = [(press.x as f32) / scale, (press.y as f32) / scale];
        self.menu = Some(ContextMenuModel {
            at,
            row: row.map(|r| r.0),
            label: object
                .as_ref()
                .map(|o| if o.name().is_empty() { o.id() } else { o.name() }.to_owned())
                .unwrap_or_default(),
            coordinates: coordinates.unwrap_or_default(),
            id: object.map(|o| o.id().to_owned()).unwrap_or_default(),
        });
    }

    pub(crate) fn moved(&mut self, at: DVec2) {
        self.hand.at = at;
        if let Some(shell) =
            self.shell.as_ref().filter(|_| self.hand.drag.is_none() && self.hand.lasso.is_none())
        {
            self.hand.pane = shell.pane_at(at);
        }
        let point = self.scene_point(at);
        if let (Some(drag), Some(desk)) = (&mut self.hand.drag, &mut self.desk) {
            let camera = drag.camera(&desk.camera, point, desk.viewport);
            if drag.moved {
                desk.moved_by_hand(camera);
                self.touch();
            }
        }
        // What lies under the pointer is looked up once a frame, however often the pointer moves.
        self.hand.stale = self.hand.drag.is_none();
        self.redraw();
    }

    /// Looks up what lies under the pointer, if it moved.
    pub(crate) fn update_hover(&mut self) {
        let busy = self.hand.drag.is_some() || self.hand.lasso.is_some() || self.hand.owner != Owner::Scene;
        if self.canvases().any(Canvas::is_painting) {
            // Looked up once the picture is whole.
            return;
        }
        if busy || !std::mem::take(&mut self.hand.stale) {
            return;
        }
        self.hand.hover = self.pick(self.hand.at);
        self.hover_tape();
    }

    /// Asks what the measuring tool would catch under the pointer; until that is known, what is seen there.
    fn hover_tape(&mut self) {
        let hover = self.hand.hover;
        let point = self.scene_point(self.hand.at);
        let Some(desk) = self.desk.as_mut().filter(|d| d.tape.active.is_some()) else { return };
        let Some(pick) = hover else {
            desk.tape.hover = None;
            return;
        };
        let (ray, view) = (desk.camera.ray(point, desk.viewport), desk.camera.view(desk.viewport));
        let scale = self.shell.as_ref().map_or(1.0, |s| f64::from(s.pixels_per_point()));
        let aim = Aim {
            eye: ray.origin,
            direction: ray.direction,
            hit: pick.position,
            tolerance: SNAP_POINTS * scale / view.px_per_radian(),
        };
        // The thread's answer is kept while it is about nearly the same place: the mark must not flicker.
        let keep = desk.tape.hover.is_some_and(|s| s.point.0.distance(pick.position.0) <= aim.around_m());
        if !keep {
            let at = pick.position;
            desk.tape.hover = Some(Snap { point: at, kind: SnapKind::Surface, edge: [at; 2], normal: None });
        }
        self.snapper.ask(Question {
            aim,
            tiles: desk.stage.leaves_near(pick.position, aim.around_m()),
            store: desk.session.store(),
            hidden: std::sync::Arc::clone(&desk.shown.hidden),
            section: desk.shown.section,
        });
    }

    /// Takes what the snapper has caught.
    pub(crate) fn take_snaps(&mut self) {
        while let Some(caught) = self.snapper.take() {
            let hover = self.hand.hover.as_ref().map(|p| p.position);
            if let Some(desk) = self.desk.as_mut().filter(|d| d.tape.active.is_some())
                && hover.is_some_and(|h| h.0.distance(caught.aim.hit.0) <= caught.aim.around_m())
            {
                desk.tape.hover = Some(caught.snap);
            }
        }
    }

    /// Selects what shows in a rectangle of the window; with Ctrl or Shift in addition to what is selected.
    fn select_by_box(&mut self, a: DVec2, b: DVec2) {
        let (a, b) = (self.scene_point(a), self.scene_point(b));
        let canvas = if self.hand.pane == Pane::Scene { &mut self.canvas } else { &mut self.beside };
        let (Some(canvas), Some(desk)) = (canvas, &mut self.desk) else { return };
        let [w, h] = desk.viewport.map(f64::from);
        let size = DVec2::new(w, h);
        let (lo, hi) = (a.min(b).clamp(DVec2::ZERO, size), a.max(b).clamp(DVec2::ZERO, size));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the scene")]
        let pixels = |p: DVec2| [p.x.floor() as u32, p.y.floor() as u32];
        let ([x0, y0], [x1, y1]) = (pixels(lo), pixels(hi));
        if x1 <= x0 || y1 <= y0 {
            return;
        }
        match canvas.pick_rect(desk, [x0, y0], [x1 - x0, y1 - y0]) {
            Ok(rows) => {
                let n_rows = desk.scene().n_rows();
                let rows: RowSet = rows.into_iter().filter(|r| r.0 < n_rows).collect();
                let add = self.hand.modifiers.control_key() || self.hand.modifiers.shift_key();
                desk.select(if add { desk.shown.selection.union(&rows) } else { rows });
            }
            Err(error) => tracing::error!(%error, "a rectangle was not picked"),
        }
        self.touch();
        self.redraw();
    }

    pub(crate) fn wheel(&mut self, delta: MouseScrollDelta) {
        if self.over_panel() {
            return;
        }
        let notches = match delta {
            MouseScrollDelta::LineDelta(_, y) => f64::from(y),
            MouseScrollDelta::PixelDelta(p) => p.y / PX_PER_NOTCH,
        };
        if self.hand.held == Some(MouseButton::Right) || self.motion.mode != MotionMode::Orbit {
            self.motion.change_speed(notches);
            self.redraw();
            return;
        }
        let at = self.hand.at;
        let pick = self.pick(at);
        let point = self.scene_point(at);
        if let Some(desk) = &mut self.desk {
            let held = anchor(&desk.camera, pick.as_ref(), point, desk.viewport);
            desk.moved_by_hand(desk.camera.zoom(held, ZOOM_PER_NOTCH.powf(notches)));
        }
        self.touch();
        self.redraw();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        Camera::looking(WorldPoint::new(0.0, -50.0, 30.0), WorldPoint::default())
    }

    #[test]
    fn a_press_that_hardly_moves_leaves_the_camera_alone() {
        let camera = camera();
        let mut drag = Drag::begin(Grip::Orbit, camera, DVec2::new(100.0, 100.0), WorldPoint::default());
        assert_eq!(drag.camera(&camera, DVec2::new(102.0, 101.0), [800, 600]), camera);
        assert!(!drag.moved);
        assert_ne!(drag.camera(&camera, DVec2::new(140.0, 100.0), [800, 600]), camera);
        assert!(drag.moved);
    }

    #[test]
    fn looking_around_turns_the_camera_that_keys_have_moved_meanwhile() {
        let mut drag = Drag::begin(Grip::Pan, camera(), DVec2::new(100.0, 100.0), WorldPoint::default());
        drag.look_from(DVec2::new(100.0, 100.0));
        let moved = camera().fly(glam::DVec3::Z * 5.0);
        let turned = drag.camera(&moved, DVec2::new(110.0, 100.0), [800, 600]);
        assert_eq!(turned.eye, moved.eye);
        assert!((turned.target.0 - turned.eye.0).x > 0.0, "to the right");
        assert_eq!(drag.camera(&turned, DVec2::new(110.0, 100.0), [800, 600]).eye, moved.eye);
    }
}
