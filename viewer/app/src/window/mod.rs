//! The window: one loop that takes events, moves the camera, carries out actions, and draws when something changed.

mod canvas;
mod desk;
mod hands;
mod loader;
mod models;
mod shell;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use glam::DVec2;
use lantu_render::{Gpu, Pick};
use lantu_ui::{
    Action, ContextMenuModel, DialogModel, MemoryModel, Notice, NoticeKind, StatusModel, UiModel, UiState,
    ViewModel, Words, format,
};
use winit::application::ApplicationHandler;
use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::keyboard::ModifiersState;
use winit::window::WindowId;

use crate::cli::ViewArgs;
use crate::commands::{DONE, project};
use crate::context::Context;
use crate::window::canvas::Canvas;
use crate::window::desk::Desk;
use crate::window::hands::{Drag, Grip, anchor, zoomed};
use crate::window::shell::Shell;

/// What wakes the loop from other threads.
#[derive(Debug)]
pub(crate) enum Wake {
    /// A tile is ready.
    Tile,
    /// Assistive technology asks for something.
    Access(egui_winit::accesskit_winit::Event),
}

impl From<egui_winit::accesskit_winit::Event> for Wake {
    fn from(e: egui_winit::accesskit_winit::Event) -> Self {
        Self::Access(e)
    }
}

/// How long a notice stays.
const NOTICE_TIME: Duration = Duration::from_secs(6);

/// Opens the window and returns when it is closed.
pub(crate) fn run(context: &Context, args: Option<&ViewArgs>) -> anyhow::Result<u8> {
    let no_display = |e: &dyn std::fmt::Display| {
        anyhow::anyhow!(context.say("app-error-no-display", &[("detail", e.to_string().into())]))
    };
    let size = args.map_or([1440, 900], |a| a.size);
    let desk = match args.and_then(|a| a.project.as_deref()) {
        Some(path) => {
            Some(Desk::new(project::open(context, path)?, args.and_then(|a| a.view.as_deref()), size)?)
        }
        None => None,
    };
    let event_loop = EventLoop::<Wake>::with_user_event().build().map_err(|e| no_display(&e))?;
    let mut app = App {
        context,
        proxy: event_loop.create_proxy(),
        size,
        fullscreen: args.is_some_and(|a| a.fullscreen),
        memory_limit: args.and_then(|a| a.limits.memory).unwrap_or(0),
        words: Words::new(context.words.language()),
        ui: UiState::scaled(args.map_or(1.0, |a| a.ui_scale)),
        desk,
        shell: None,
        canvas: None,
        hand: Hand::default(),
        notices: Vec::new(),
        menu: None,
        dialog: None,
        dropping: false,
        tree: None,
        frame_ms: None,
        last_tick: Instant::now(),
        failure: None,
    };
    event_loop.run_app(&mut app).map_err(|e| no_display(&e))?;
    if let Some(e) = app.failure {
        return Err(e);
    }
    if let Some(desk) = app.desk {
        desk.session.close()?;
    }
    Ok(DONE)
}

/// What the pointer does.
#[derive(Default)]
struct Hand {
    at: DVec2,
    drag: Option<Drag>,
    /// The left button went down in the scene, here.
    press: Option<DVec2>,
    modifiers: ModifiersState,
    hover: Option<Pick>,
    /// The pointer belongs to a panel.
    over_panel: bool,
    last_click: Option<(Instant, DVec2)>,
}

struct App<'a> {
    context: &'a Context,
    proxy: EventLoopProxy<Wake>,
    size: [u32; 2],
    fullscreen: bool,
    memory_limit: u64,
    words: Words,
    ui: UiState,
    desk: Option<Desk>,
    shell: Option<Shell>,
    canvas: Option<Canvas>,
    hand: Hand,
    notices: Vec<(Notice, Instant)>,
    menu: Option<ContextMenuModel>,
    dialog: Option<DialogModel>,
    dropping: bool,
    tree: Option<lantu_ui::SceneTreeModel>,
    frame_ms: Option<f32>,
    last_tick: Instant,
    failure: Option<anyhow::Error>,
}

impl App<'_> {
    fn waker(&self) -> impl Fn() + Send + 'static {
        let proxy = self.proxy.clone();
        // The loop is gone when the window is: nobody needs waking then.
        move || drop(proxy.send_event(Wake::Tile))
    }

    fn gpu(&self) -> Option<Gpu> {
        self.shell.as_ref().map(|s| s.gpu.clone())
    }

    fn make_canvas(&mut self) -> anyhow::Result<()> {
        if let (Some(gpu), Some(desk)) = (self.gpu(), &self.desk) {
            self.canvas = Some(Canvas::new(&gpu, desk, self.waker())?);
            self.tree = None;
        }
        Ok(())
    }

    fn redraw(&self) {
        if let Some(shell) = &self.shell {
            shell.window.request_redraw();
        }
    }

    fn notice(&mut self, kind: NoticeKind, text: String) {
        let id = self.notices.last().map_or(0, |(n, _)| n.id + 1);
        self.notices.push((Notice { id, kind, text }, Instant::now()));
        self.redraw();
    }

    fn open(&mut self, path: &Path) {
        let opened = project::open(self.context, path).and_then(|s| Desk::new(s, None, self.size));
        match opened {
            Ok(desk) => {
                if let Some(old) = self.desk.replace(desk)
                    && let Err(e) = old.session.close()
                {
                    tracing::warn!(error = %e, "the project before was not closed well");
                }
                if let Err(e) = self.make_canvas() {
                    self.say_error(&e);
                }
            }
            Err(e) => self.say_error(&e),
        }
    }

    fn say_error(&mut self, e: &anyhow::Error) {
        let what = crate::explain::error(&self.words, e);
        self.dialog = Some(DialogModel { what, details: format!("{e:?}"), ..DialogModel::default() });
        self.redraw();
    }

    fn dropped(&mut self, path: &Path) {
        self.dropping = false;
        if path.extension().is_some_and(|e| e == "lantu") {
            self.open(path);
            return;
        }
        let Some(desk) = &mut self.desk else { return };
        let outcomes =
            desk.session.import(&[path.to_owned()], &lantu_session::ImportOptions::default(), &mut |_| {});
        let project_path = desk.session.path().to_owned();
        match outcomes {
            Ok(outcomes) => {
                for o in &outcomes {
                    let kind = match (&o.source, o.is_partial()) {
                        (None, _) => NoticeKind::Error,
                        (_, true) => NoticeKind::Warning,
                        _ => NoticeKind::Done,
                    };
                    let text = crate::explain::outcome(self.context, o, &project_path);
                    self.notice(kind, text);
                }
                self.open(&project_path);
            }
            Err(e) => self.say_error(&e.into()),
        }
    }

    fn model(&mut self) -> UiModel {
        let status = self.status();
        let notices = self.notices.iter().map(|(n, _)| n.clone()).collect();
        let loading = self.canvas.as_ref().is_some_and(|c| c.is_loading() && c.is_blank());
        let shell_points = self.shell.as_ref().map_or(1.0, |s| f64::from(s.pixels_per_point()));
        let Some(desk) = &mut self.desk else {
            return UiModel {
                first_start: true,
                status,
                notices,
                dialog: self.dialog.clone(),
                dropping: self.dropping,
                ..UiModel::default()
            };
        };
        if desk.tree_dirty || self.tree.is_none() {
            self.tree = Some(models::tree(desk));
            desk.tree_dirty = false;
        }
        let camera = desk.camera;
        let f = camera.target.0 - camera.eye.0;
        let view = camera.view(desk.viewport);
        let [right, up, _] = view.axes();
        #[expect(clippy::cast_possible_truncation, reason = "an angle that is drawn; f32 is exact enough")]
        let north_rad = right.y.atan2(up.y.hypot(f.y) * if up.y + f.y < 0.0 { -1.0 } else { 1.0 }) as f32;
        UiModel {
            top_bar: models::top_bar(desk),
            visibility: models::visibility(desk),
            tree: self.tree.clone().unwrap_or_default(),
            layers: models::layers(desk),
            properties: models::properties(desk, &self.words),
            timeline: models::timeline(desk),
            status,
            legend: models::legend(desk),
            view: ViewModel {
                north_rad,
                meters_per_point: camera.distance() / view.px_per_radian() * shell_points,
                empty: desk.scene().n_rows() == 0,
                loading,
            },
            notices,
            dialog: self.dialog.clone(),
            context_menu: self.menu.clone(),
            dropping: self.dropping,
            ..UiModel::default()
        }
    }

    fn status(&self) -> StatusModel {
        let memory = MemoryModel {
            used_bytes: lantu_session::usage::rss_bytes(),
            limit_bytes: self.memory_limit,
            ..MemoryModel::default()
        };
        let mut status = StatusModel { memory, frame_ms: self.frame_ms, ..StatusModel::default() };
        if let Some(shell) = &self.shell {
            status.adapter.clone_from(&shell.gpu.info.name);
            status.software = shell.gpu.is_software();
        }
        if let Some(desk) = &self.desk {
            let frame = desk.session.frame();
            status.position = self.hand.hover.as_ref().map(|p| frame.crs_from_world(p.position));
            models::unit(frame.meters_per_unit).clone_into(&mut status.unit);
            status.crs.clone_from(&frame.crs);
            status.height_datum = models::height_datum(desk);
            status.zone = desk.time.map(|t| t.offset_label(desk.session.zone())).unwrap_or_default();
            desk.session.zone().name().clone_into(&mut status.zone_name);
        }
        status
    }

    /// One frame: clock, panels, actions, scene, present.
    fn frame(&mut self, event_loop: &ActiveEventLoop) -> anyhow::Result<()> {
        let started = Instant::now();
        let elapsed = self.last_tick.elapsed().as_secs_f64();
        self.last_tick = started;
        if let Some(desk) = &mut self.desk {
            desk.advance(elapsed.min(0.5));
        }
        self.notices.retain(|(_, at)| at.elapsed() < NOTICE_TIME);
        let model = self.model();
        let Some(mut shell) = self.shell.take() else { return Ok(()) };
        let out = shell.panels(&model, &mut self.ui, &self.words);
        self.hand.over_panel = out.wants_pointer;
        for action in &out.actions {
            self.act(action, event_loop, &mut shell);
        }
        if let (Some(canvas), Some(desk)) = (&mut self.canvas, &mut self.desk) {
            if std::mem::take(&mut desk.ground_dirty) {
                let proxy = self.proxy.clone();
                canvas.restart_ground(desk, move || drop(proxy.send_event(Wake::Tile)))?;
            }
            let size = shell.scene_size(out.scene_rect);
            let scale = shell.pixels_per_point();
            match canvas.draw(&shell.gpu, desk, size, scale) {
                Ok(Some(view)) => shell.show_scene(&view),
                Ok(None) => {}
                // The view shows what it had; the next change tries again.
                Err(e) => tracing::error!(error = %e, "the scene was not drawn"),
            }
        }
        shell.present()?;
        let failures = self.canvas.as_mut().map(Canvas::take_failures).unwrap_or_default();
        let again = !out.actions.is_empty() || shell.wants_repaint();
        self.shell = Some(shell);
        for why in failures {
            self.notice(NoticeKind::Error, why);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a frame's milliseconds")]
        let ms = (started.elapsed().as_secs_f64() * 1e3) as f32;
        self.frame_ms = Some(ms);
        let playing = self.desk.as_ref().is_some_and(|d| d.playing);
        let loading = self.canvas.as_ref().is_some_and(|c| c.dirty || c.is_loading());
        if again || playing || loading {
            self.redraw();
        }
        Ok(())
    }

    fn act(&mut self, action: &Action, event_loop: &ActiveEventLoop, shell: &mut Shell) {
        if let Some(canvas) = &mut self.canvas {
            canvas.dirty = true;
        }
        if !matches!(action, Action::CloseContextMenu) {
            self.menu = None;
        }
        match action {
            Action::SetLanguage(language) => {
                self.words = Words::new(*language);
                shell.set_language(*language);
            }
            Action::SetTheme(theme) => self.ui.theme = *theme,
            Action::ToggleFullscreen => {
                self.fullscreen = !self.fullscreen;
                shell.set_fullscreen(self.fullscreen);
            }
            Action::LargeScreen(on) => {
                self.fullscreen = *on;
                shell.set_fullscreen(*on);
            }
            Action::Quit => event_loop.exit(),
            Action::DismissNotice(id) => self.notices.retain(|(n, _)| n.id != *id),
            Action::CloseDialog => self.dialog = None,
            Action::CloseContextMenu => self.menu = None,
            Action::OpenProject(Some(path)) => self.open(Path::new(path)),
            Action::OpenDemo => self.open_demo(),
            Action::CopyText(_) => {
                let text = self.words.by_id("app-notice-copied", &[]).unwrap_or_default();
                self.notice(NoticeKind::Done, text);
            }
            Action::SaveSnapshot => self.save_snapshot(),
            Action::OpenProject(None) | Action::NewProject | Action::ImportFiles => {
                let text = self.words.by_id("app-notice-no-chooser", &[]).unwrap_or_default();
                self.notice(NoticeKind::Info, text);
            }
            other => {
                if let Some(desk) = &mut self.desk
                    && !desk.apply(other)
                {
                    tracing::debug!(?other, "an action without effect here");
                }
            }
        }
    }

    fn open_demo(&mut self) {
        let project = Path::new("./lantu-demo/demo.lantu");
        if !project.exists() {
            let Ok(program) = std::env::current_exe() else { return };
            let made =
                std::process::Command::new(program).args(["demo", "./lantu-demo", "--no-window"]).status();
            if !made.is_ok_and(|s| s.success() || s.code() == Some(3)) {
                self.notice(NoticeKind::Error, "lantu demo".to_owned());
                return;
            }
        }
        self.open(project);
    }

    fn save_snapshot(&mut self) {
        let Some(desk) = &self.desk else { return };
        let frame = desk.session.frame();
        let camera = desk.camera;
        let picture = crate::picture::Picture {
            size: [1920, 1080],
            view: crate::picture::PictureView::Camera(
                frame.crs_from_world(camera.eye),
                frame.crs_from_world(camera.target),
            ),
            time: desk.time,
            overlay: desk.overlay,
            hide: desk.hidden_layers.iter().cloned().collect(),
            xray: desk.xray,
        };
        let out = desk.session.path().with_extension("png");
        let written = crate::picture::draw(&desk.session, &picture).and_then(|d| d.write_png(&out));
        match written {
            Ok(()) => {
                let path = out.display().to_string();
                let text =
                    self.words.by_id("app-notice-snapshot", &[("path", path.into())]).unwrap_or_default();
                self.notice(NoticeKind::Done, text);
            }
            Err(e) => self.say_error(&e),
        }
    }

    fn pick(&mut self, at: DVec2) -> Option<Pick> {
        let (canvas, desk, shell) = (self.canvas.as_mut()?, self.desk.as_ref()?, self.shell.as_ref()?);
        let pixel = shell.scene_pixel(at, desk.viewport)?;
        canvas.pick(desk, pixel).ok().flatten()
    }

    fn scene_point(&self, at: DVec2) -> DVec2 {
        self.shell.as_ref().map_or(at, |s| at - s.scene_origin())
    }

    fn button(&mut self, state: ElementState, button: MouseButton) {
        let at = self.hand.at;
        if state == ElementState::Released {
            self.release(button);
            return;
        }
        if self.hand.over_panel || self.desk.is_none() {
            return;
        }
        self.menu = None;
        let grip = match button {
            MouseButton::Left => Grip::Orbit,
            MouseButton::Middle if self.hand.modifiers.shift_key() => Grip::Orbit,
            MouseButton::Middle | MouseButton::Right => Grip::Pan,
            _ => return,
        };
        let pick = self.pick(at);
        let point = self.scene_point(at);
        if let Some(desk) = &self.desk {
            let held = anchor(&desk.camera, pick.as_ref(), point, desk.viewport);
            self.hand.drag = Some(Drag::begin(grip, desk.camera, point, held));
            self.hand.press = Some(at);
        }
        self.hand.hover = pick;
    }

    fn release(&mut self, button: MouseButton) {
        let drag = self.hand.drag.take();
        let Some(press) = self.hand.press.take() else { return };
        if drag.is_some_and(|d| d.moved) {
            return;
        }
        let pick = self.pick(press);
        let row = pick.as_ref().and_then(|p| p.row);
        let add = self.hand.modifiers.control_key() || self.hand.modifiers.shift_key();
        let double = self
            .hand
            .last_click
            .is_some_and(|(t, p)| t.elapsed() < Duration::from_millis(400) && (p - press).length() < 6.0);
        let scale = self.shell.as_ref().map_or(1.0, Shell::pixels_per_point);
        let Some(desk) = &mut self.desk else { return };
        match button {
            MouseButton::Left => {
                self.hand.last_click = Some((Instant::now(), press));
                match row {
                    Some(row) if add => {
                        desk.apply(&Action::ToggleSelect(row.0));
                    }
                    Some(row) if double => {
                        desk.apply(&Action::FitRow(row.0));
                    }
                    row => desk.select(row.into_iter().collect::<BTreeSet<_>>()),
                }
            }
            MouseButton::Right => {
                let scene = desk.scene();
                let object = row.and_then(|r| scene.object(r));
                if let Some(row) = row {
                    desk.select(BTreeSet::from([row]));
                }
                let frame = desk.session.frame();
                let coordinates = pick.map(|p| frame.crs_from_world(p.position)).map(|[x, y, z]| {
                    format!(
                        "E {}  N {}  H {}",
                        format::number(x, 2),
                        format::number(y, 2),
                        format::number(z, 2)
                    )
                });
                #[expect(clippy::cast_possible_truncation, reason = "window coordinates")]
                let at = [(press.x as f32) / scale, (press.y as f32) / scale];
                self.menu = Some(ContextMenuModel {
                    at,
                    row: row.map(|r| r.0),
                    label: object
                        .map(|o| if o.name().is_empty() { o.id() } else { o.name() }.to_owned())
                        .unwrap_or_default(),
                    coordinates: coordinates.unwrap_or_default(),
                    id: object.map(|o| o.id().to_owned()).unwrap_or_default(),
                });
            }
            _ => {}
        }
        self.redraw();
    }

    fn moved(&mut self, at: DVec2) {
        self.hand.at = at;
        let point = self.scene_point(at);
        if let (Some(drag), Some(desk)) = (&mut self.hand.drag, &mut self.desk) {
            desk.camera = drag.camera(point, desk.viewport);
            if let Some(canvas) = &mut self.canvas {
                canvas.dirty = true;
            }
        } else if !self.hand.over_panel && !self.canvas.as_ref().is_none_or(Canvas::is_loading) {
            self.hand.hover = self.pick(at);
        }
        self.redraw();
    }

    fn wheel(&mut self, delta: MouseScrollDelta) {
        if self.hand.over_panel {
            return;
        }
        let notches = match delta {
            MouseScrollDelta::LineDelta(_, y) => f64::from(y),
            MouseScrollDelta::PixelDelta(p) => p.y / 60.0,
        };
        let at = self.hand.at;
        let pick = self.pick(at);
        let point = self.scene_point(at);
        if let Some(desk) = &mut self.desk {
            let held = anchor(&desk.camera, pick.as_ref(), point, desk.viewport);
            desk.camera = zoomed(&desk.camera, held, notches);
        }
        if let Some(canvas) = &mut self.canvas {
            canvas.dirty = true;
        }
        self.redraw();
    }
}

impl ApplicationHandler<Wake> for App<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.shell.is_some() {
            return;
        }
        let made = Shell::new(event_loop, &self.proxy, self.size, self.fullscreen, self.words.language());
        let result = made.and_then(|shell| {
            self.shell = Some(shell);
            self.make_canvas()
        });
        if let Err(e) = result {
            self.failure = Some(e);
            event_loop.exit();
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, event: Wake) {
        if let (Wake::Access(event), Some(shell)) = (event, &mut self.shell) {
            shell.access(event);
        }
        self.redraw();
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        if matches!(event, WindowEvent::RedrawRequested) {
            if let Err(e) = self.frame(event_loop) {
                self.failure = Some(e);
                event_loop.exit();
            }
            return;
        }
        let Some(shell) = &mut self.shell else { return };
        if shell.on_event(&event) {
            shell.window.request_redraw();
        }
        match event {
            WindowEvent::CloseRequested => event_loop.exit(),
            WindowEvent::Resized(size) => {
                shell.resize([size.width, size.height]);
                self.redraw();
            }
            WindowEvent::ModifiersChanged(m) => self.hand.modifiers = m.state(),
            WindowEvent::CursorMoved { position, .. } => self.moved(DVec2::new(position.x, position.y)),
            WindowEvent::MouseInput { state, button, .. } => self.button(state, button),
            WindowEvent::MouseWheel { delta, .. } => self.wheel(delta),
            WindowEvent::HoveredFile(_) => self.dropping = true,
            WindowEvent::HoveredFileCancelled => self.dropping = false,
            WindowEvent::DroppedFile(path) => self.dropped(&path),
            _ => {}
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        // Notices go away by themselves; nothing else needs a clock while nobody does anything.
        let next = self.notices.iter().map(|(_, at)| *at + NOTICE_TIME).min();
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
        if next.is_some_and(|t| t <= Instant::now()) {
            self.redraw();
        }
    }
}
