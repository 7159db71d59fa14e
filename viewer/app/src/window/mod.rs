//! The window: one loop that takes events, moves the camera, carries out actions, and draws when something changed.

mod acts;
mod canvas;
mod chooser;
mod deeds;
mod desk;
mod frame;
mod heat;
pub(crate) mod history;
pub(crate) mod jobs;
mod latest;
mod models;
mod motion;
mod news;
mod opening;
mod overview;
mod paint;
mod placing;
mod pointer;
mod probe;
mod recent;
mod rowset;
pub(crate) mod section;
mod sensors;
mod shell;
mod snapper;
mod styles;
mod survey;
mod tape;
mod tree;
mod unfinished;
mod values;
mod works;

use std::sync::Arc;
use std::time::{Duration, Instant};

use glam::DVec2;
use lantu_render::Gpu;
use lantu_ui::{
    ContextMenuModel, DialogModel, Notice, NoticeKind, PropertiesModel, SceneTreeModel, UiState, Words,
};
use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::WindowId;

use crate::cli::{CullingChoice, ViewArgs};
use crate::commands::{DONE, project};
use crate::context::Context;
use crate::district::DEFAULT_MEMORY_BYTES;
use crate::window::canvas::Canvas;
use crate::window::chooser::Chooser;
use crate::window::desk::Desk;
use crate::window::jobs::Jobs;
use crate::window::latest::Latest;
use crate::window::motion::Motion;
use crate::window::news::JobEnd;
use crate::window::opening::Opened;
pub(crate) use crate::window::paint::differences;
use crate::window::pointer::Hand;
pub(crate) use crate::window::probe::Probe;
use crate::window::recent::Recent;
use crate::window::shell::Shell;
use crate::window::snapper::Snapper;
use crate::window::tree::Found;
use crate::window::works::Works;

/// What wakes the loop from other threads.
#[derive(Debug)]
pub(crate) enum Wake {
    /// A tile, colors, a folder or a job's progress is ready.
    News,
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
/// Least time between two renewals of what draws the scene. Chosen: a fault in every frame does not make everything load
/// in every frame.
const REBUILD_PAUSE: Duration = Duration::from_secs(5);

/// How often the clock moves while it follows the present.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// A search of the tree: the scene with what is known of it, and what is searched for.
type Search = (Arc<lantu_session::SceneTable>, String);

/// Opens the window and returns when it is closed.
pub(crate) fn run(context: &Context, args: Option<&ViewArgs>) -> anyhow::Result<u8> {
    let no_display = |e: &dyn std::fmt::Display| {
        anyhow::anyhow!(context.say("app-error-no-display", &[("detail", e.to_string().into())]))
    };
    let size = args.map_or([1440, 900], |a| a.size);
    let opened = match args.and_then(|a| a.project.as_deref()) {
        Some(path) => Some(Opened::new(project::open(context, path)?)),
        None => None,
    };
    let event_loop = EventLoop::<Wake>::with_user_event().build().map_err(|e| no_display(&e))?;
    let proxy = event_loop.create_proxy();
    let wake = waker(&proxy);
    let view = args.and_then(|a| a.view.as_deref());
    let mut recent = Recent::read();
    let desk = opened.map(|o| Desk::new(o, view, size, waker(&proxy))).transpose()?;
    if let Some(desk) = &desk {
        recent.note(desk.session.path(), desk.session.name(), crate::context::now());
    }
    let options = context.session_options(args.map(|a| &a.limits))?;
    let mut app = App {
        context,
        jobs: Jobs::start(options, wake)?,
        works: Works::start(waker(&proxy))?,
        finder: Latest::start_telling("tree-search", waker(&proxy), |(table, text): Search, asker| {
            tree::find(&table, &text, asker);
        })?,
        snapper: snapper::start(waker(&proxy))?,
        proxy,
        size,
        fullscreen: args.is_some_and(|a| a.fullscreen),
        covered: false,
        lost_pages: std::collections::BTreeSet::new(),
        culling: args.and_then(|a| a.culling),
        memory_limit: args.and_then(|a| a.limits.memory).unwrap_or(DEFAULT_MEMORY_BYTES),
        words: Words::new(context.words.language()),
        ui: UiState::scaled(args.map_or(1.0, |a| a.ui_scale)),
        desk,
        shell: None,
        canvas: None,
        beside: None,
        hand: Hand::default(),
        motion: Motion::default(),
        notices: Vec::new(),
        ended: Vec::new(),
        report: None,
        placing: None,
        menu: None,
        dialog: None,
        dropping: false,
        chooser: None,
        recent,
        found: None,
        tree: None,
        properties: None,
        written: Vec::new(),
        faults: args.and_then(|a| a.lose_device_every).map(Duration::from_secs),
        last_fault: Instant::now(),
        rebuilt: None,
        refused: None,
        frame_ms: None,
        last_tick: Instant::now(),
        failure: None,
    };
    event_loop.run_app(&mut app).map_err(|e| no_display(&e))?;
    app.finish()
}

/// What other threads call when they have something for the loop.
fn waker(proxy: &EventLoopProxy<Wake>) -> impl Fn() + Send + Sync + 'static {
    let proxy = proxy.clone();
    // The loop is gone when the window is: nobody needs waking then.
    move || drop(proxy.send_event(Wake::News))
}

struct App<'a> {
    context: &'a Context,
    proxy: EventLoopProxy<Wake>,
    jobs: Jobs,
    /// Schedules and risks below the scene.
    works: Works,
    finder: Latest<Search, Found>,
    snapper: Snapper,
    size: [u32; 2],
    fullscreen: bool,
    /// Other windows cover all of it, as far as the system says so.
    covered: bool,
    memory_limit: u64,
    /// Places of pages of columns that could not be read and that were told.
    lost_pages: std::collections::BTreeSet<String>,
    /// Who chooses what is drawn, if somebody said.
    culling: Option<CullingChoice>,
    words: Words,
    ui: UiState,
    desk: Option<Desk>,
    shell: Option<Shell>,
    canvas: Option<Canvas>,
    /// The second picture, left of it.
    beside: Option<Canvas>,
    hand: Hand,
    motion: Motion,
    notices: Vec<(Notice, Instant)>,
    /// Jobs that ended and whose reports are kept.
    ended: Vec<JobEnd>,
    /// The job whose report is open.
    report: Option<u64>,
    /// The source whose placement report is open.
    placing: Option<String>,
    menu: Option<ContextMenuModel>,
    dialog: Option<DialogModel>,
    dropping: bool,
    chooser: Option<Chooser>,
    recent: Recent,
    found: Option<Found>,
    tree: Option<SceneTreeModel>,
    properties: Option<PropertiesModel>,
    /// Projects that were written beside a reader, and so are not sealed yet.
    written: Vec<std::path::PathBuf>,
    /// The device is lost on purpose after each of these.
    faults: Option<Duration>,
    last_fault: Instant,
    /// When what draws the scene was last made anew, and what for.
    rebuilt: Option<Instant>,
    refused: Option<String>,
    frame_ms: Option<f32>,
    last_tick: Instant,
    failure: Option<anyhow::Error>,
}

impl App<'_> {
    fn waker(&self) -> impl Fn() + Send + Sync + 'static {
        waker(&self.proxy)
    }

    fn gpu(&self) -> Option<Gpu> {
        self.shell.as_ref().map(|s| s.gpu.clone())
    }

    fn make_canvas(&mut self) -> anyhow::Result<()> {
        if let Some(gpu) = self.gpu() {
            self.tree = None;
            self.make_canvas_on(&gpu)?;
        }
        Ok(())
    }

    /// What draws the scene, from nothing.
    fn make_canvas_on(&mut self, gpu: &Gpu) -> anyhow::Result<()> {
        (self.canvas, self.beside) = (None, None);
        if let Some(desk) = &mut self.desk {
            desk.restyle_all();
            let limits = (self.memory_limit, self.culling);
            self.canvas = Some(Canvas::new(gpu, desk, limits, Arc::new(waker(&self.proxy)))?);
        }
        Ok(())
    }

    /// Makes the second picture where one is wanted, or lets it go.
    fn keep_beside(&mut self, gpu: &Gpu) -> anyhow::Result<()> {
        let Some(desk) = &mut self.desk else { return Ok(()) };
        if desk.shown.beside.is_some() == self.beside.is_some() {
            return Ok(());
        }
        self.beside = None;
        if desk.shown.beside.is_some() {
            desk.restyle_all();
            let limits = (self.memory_limit / 2, self.culling);
            self.beside = Some(Canvas::new(gpu, desk, limits, Arc::new(waker(&self.proxy)))?);
        }
        self.share_memory();
        Ok(())
    }

    /// The limit holds for all pictures together.
    fn share_memory(&mut self) {
        let n = if self.beside.is_some() { 2 } else { 1 };
        for canvas in [&mut self.canvas, &mut self.beside].into_iter().flatten() {
            canvas.set_limit(self.memory_limit / n);
        }
    }

    /// The picture no longer shows what is true.
    fn touch(&mut self) {
        for canvas in [&mut self.canvas, &mut self.beside].into_iter().flatten() {
            canvas.dirty = true;
        }
    }

    /// Whether nobody can see the window: then nothing is drawn, loaded or freed, and no clock runs.
    fn is_hidden(&self) -> bool {
        self.covered || self.shell.as_ref().is_some_and(Shell::is_minimized)
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

    /// A notice by the name of its message.
    fn say(&mut self, kind: NoticeKind, id: &str, args: &[(&str, lantu_ui::Arg<'_>)]) {
        let text = self.words.by_id(id, args).unwrap_or_else(|| {
            tracing::error!(id, "a message is missing from the catalog");
            id.to_owned()
        });
        self.notice(kind, text);
    }

    fn say_error(&mut self, e: &anyhow::Error) {
        let what = crate::explain::error(&self.words, e);
        self.dialog = Some(DialogModel { what, details: format!("{e:?}"), ..DialogModel::default() });
        self.redraw();
    }

    /// The device is gone: a new one, and everything again. What a person did stays.
    fn recover(&mut self, shell: &mut Shell) -> anyhow::Result<()> {
        tracing::warn!("the graphics device was lost; making a new one");
        (self.canvas, self.beside) = (None, None);
        shell.rebuild()?;
        self.last_fault = Instant::now();
        self.make_canvas_on(&shell.gpu)?;
        self.say(NoticeKind::Warning, "app-notice-device-lost", &[]);
        Ok(())
    }

    /// The graphics interface refused a call: the frame is dropped, what draws the scene is made anew, and the first refusal
    /// of its kind is told.
    fn rebuild(&mut self, shell: &Shell, why: &str) -> anyhow::Result<()> {
        tracing::error!(why, "a frame was refused");
        if self.rebuilt.is_some_and(|at| at.elapsed() < REBUILD_PAUSE) {
            return Ok(());
        }
        self.rebuilt = Some(Instant::now());
        self.make_canvas_on(&shell.gpu)?;
        if self.refused.as_deref() != Some(why) {
            self.refused = Some(why.to_owned());
            self.say(NoticeKind::Warning, "app-notice-graphics-refused", &[("why", why.into())]);
        }
        Ok(())
    }

    /// After the loop: what was begun is finished or stopped, and projects are closed.
    fn finish(mut self) -> anyhow::Result<u8> {
        self.save_views();
        let closed = self.desk.take().map(|desk| {
            let path = desk.session.path().to_owned();
            (desk.session.close(), path)
        });
        let options = self.jobs.options().clone();
        self.jobs.finish();
        for path in &self.written {
            jobs::seal(path, &options);
        }
        if let Some(e) = self.failure {
            return Err(e);
        }
        if let Some((closed, _)) = closed {
            closed?;
        }
        Ok(DONE)
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
            WindowEvent::Occluded(covered) => {
                self.covered = covered;
                self.redraw();
            }
            WindowEvent::ModifiersChanged(m) => {
                self.hand.modifiers = m.state();
                self.motion.set_fast(m.state().shift_key());
            }
            WindowEvent::KeyboardInput { event, .. } => self.key(&event),
            WindowEvent::Focused(false) => self.motion.let_go(),
            WindowEvent::CursorMoved { position, .. } => self.moved(DVec2::new(position.x, position.y)),
            WindowEvent::MouseInput { state, button, .. } => self.button(state, button),
            WindowEvent::MouseWheel { delta, .. } => self.wheel(delta),
            WindowEvent::HoveredFile(_) => {
                self.dropping = true;
                self.redraw();
            }
            WindowEvent::HoveredFileCancelled => {
                self.dropping = false;
                self.redraw();
            }
            WindowEvent::DroppedFile(path) => self.dropped(path),
            _ => {}
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        // Notices go away by themselves, and estimates of running jobs count down; nothing else needs a clock while
        // nobody does anything.
        let now = Instant::now();
        let notices = self.notices.iter().map(|(_, at)| *at + NOTICE_TIME).min();
        let jobs = self.jobs.running().any(|j| !j.quiet).then(|| self.last_tick + Duration::from_millis(500));
        let fault = self.faults.map(|every| self.last_fault + every);
        let follows = self.desk.as_ref().is_some_and(|d| d.sensors.following);
        let clock = follows.then(|| self.last_tick + FOLLOW_EVERY);
        let finer = self.canvases().filter_map(Canvas::finer_from).min();
        let next = [notices, jobs, fault, clock, finer].into_iter().flatten().min();
        let is_due = next.is_some_and(|t| t <= now);
        if is_due && self.is_hidden() {
            event_loop.set_control_flow(ControlFlow::Wait);
            return;
        }
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
        if is_due {
            self.redraw();
        }
    }
}
