//! What actions of the panels do to the window: files, jobs, pictures, looks.

use std::path::{Path, PathBuf};

use lantu_base::{ObjectRow, WorldPoint};
use lantu_ui::{Action, ChooserPurpose, MotionMode, NoticeKind, Words};
use winit::event_loop::ActiveEventLoop;

use crate::window::App;
use crate::window::chooser::{Chooser, is_for_chooser};
use crate::window::jobs::Work;
use crate::window::motion;
use crate::window::placing;
use crate::window::rowset::RowSet;
use crate::window::shell::Shell;

/// Least memory for tiles that can be chosen, bytes. Chosen: a view of coarse tiles.
pub(crate) const LEAST_MEMORY_BYTES: u64 = 64 << 20;
/// Most, bytes: what people have.
pub(crate) const MOST_MEMORY_BYTES: u64 = 64 << 30;
/// Where the demo district is written.
const DEMO_FOLDER: &str = "./lantu-demo";

impl App<'_> {
    pub(crate) fn act(&mut self, action: &Action, event_loop: &ActiveEventLoop, shell: &mut Shell) {
        self.touch();
        if !matches!(action, Action::CloseContextMenu) {
            self.menu = None;
        }
        if is_for_chooser(action) {
            self.choose(action);
            return;
        }
        match action {
            Action::SetLanguage(language) => {
                self.words = Words::new(*language);
                shell.set_language(*language);
                if let Some(desk) = &mut self.desk {
                    desk.properties_dirty = true;
                }
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
            Action::CancelJob(id) => self.jobs.cancel(*id),
            Action::OpenReport(id) => self.report = Some(*id),
            Action::CloseReport => self.report = None,
            Action::DismissJob(id) => self.ended.retain(|e| e.id != *id),
            Action::CopyText(_) => self.say(NoticeKind::Done, "app-notice-copied", &[]),
            Action::SetMotion(mode) => {
                self.motion.set_mode(*mode);
                if let Some(desk) = &mut self.desk {
                    desk.flight = None;
                }
                if *mode == MotionMode::Walk {
                    self.land();
                }
            }
            Action::SetMemoryLimit(bytes) => {
                self.memory_limit = (*bytes).max(LEAST_MEMORY_BYTES);
                self.share_memory();
            }
            Action::FlyTo(at) => self.fly_over(*at),
            Action::ActOnAlarm { channel, deed, by, why } => self.act_on_alarm(channel, *deed, (by, why)),
            Action::SelectTask { task, fit } => {
                let rows = self.works.objects(*task);
                self.select_objects(rows, *fit);
            }
            Action::EnterRisk(edit) => self.enter_risk(edit),
            Action::SelectCritical { planned } => {
                let rows = self.works.critical_objects(*planned);
                self.select_objects(rows, false);
            }
            Action::SelectRows(rows) => {
                self.select_objects(rows.iter().map(|r| ObjectRow(*r)).collect(), false);
            }
            Action::ShowSurvey(ix) => self.works.show_survey(*ix),
            Action::DecideProposals { rows, withdraw, by } => self.decide_proposals(rows, *withdraw, by),
            _ if self.act_on_place(action) => {}
            _ if self.act_on_files(action) => {}
            other => {
                if let Some(desk) = &mut self.desk
                    && !desk.apply(other)
                {
                    tracing::debug!(?other, "an action without effect here");
                }
            }
        }
        let former = Action::ShowBeside(Some(lantu_ui::Beside::Former));
        if *action == former || *action == Action::SetOverlay(lantu_ui::OverlayKind::Change) {
            self.compare_revisions();
        }
    }

    fn select_objects(&mut self, rows: RowSet, fit: bool) {
        let Some(desk) = &mut self.desk else { return };
        desk.select(rows);
        if fit {
            desk.apply(&Action::FitSelection);
        }
    }

    /// Reads the former revision beside what is shown, where that is not done already.
    fn compare_revisions(&mut self) {
        let Some(desk) = self.desk.as_ref().filter(|d| d.session.changes().states.is_empty()) else { return };
        let path = desk.session.path().to_owned();
        self.begin(Work::Compare(path));
    }

    fn act_on_place(&mut self, action: &Action) -> bool {
        let placing = self.placing.clone();
        match action {
            Action::ShowPlacement(layer) => {
                let named = |id: u32| {
                    let sources = self.desk.as_ref()?.session.sources();
                    sources.get(usize::try_from(id).ok()?).map(|s| s.record.id.clone())
                };
                self.placing = layer.and_then(named);
            }
            Action::AcceptPlacement(n) => self.decide_place(placing, Some(*n)),
            Action::UndoPlacement => self.decide_place(placing, None),
            Action::FitHypothesis(n) => {
                if let (Some(desk), Some(source)) = (&mut self.desk, placing)
                    && let Some(bounds) = placing::bounds_of(desk, &source, *n)
                {
                    desk.current_view = None;
                    desk.fit(bounds);
                }
            }
            _ => return false,
        }
        true
    }

    fn decide_place(&mut self, source: Option<String>, accept: Option<u32>) {
        if let (Some(desk), Some(source)) = (&self.desk, source) {
            self.begin(Work::Place { project: desk.session.path().to_owned(), source, accept });
        }
    }

    fn act_on_files(&mut self, action: &Action) -> bool {
        match action {
            Action::OpenProject(Some(path)) => self.begin(Work::Open(PathBuf::from(path))),
            Action::OpenProject(None) => self.open_chooser(ChooserPurpose::OpenProject),
            Action::NewProject => self.open_chooser(ChooserPurpose::NewProject),
            Action::ImportFiles => self.open_chooser(ChooserPurpose::Import),
            Action::SaveSnapshot => self.open_chooser(ChooserPurpose::Snapshot),
            Action::ExportStates => self.open_chooser(ChooserPurpose::States),
            Action::CreateProject { path, crs } => {
                let path =
                    self.chooser.as_ref().map_or_else(|| PathBuf::from(path), |c| c.folder().join(path));
                let path = if path.extension().is_some() { path } else { path.with_extension("lantu") };
                self.chooser = None;
                self.begin(Work::Create { path, crs: crs.clone(), time_zone: local_zone() });
            }
            Action::ForgetProject(path) => self.recent.forget(Path::new(path)),
            Action::OpenDemo => {
                let project = Path::new(DEMO_FOLDER).join("demo.lantu");
                let name = self.words.by_id("app-demo-name", &[]).unwrap_or_default();
                self.begin(if project.exists() {
                    Work::Open(project)
                } else {
                    Work::Demo { folder: PathBuf::from(DEMO_FOLDER), name }
                });
            }
            _ => return false,
        }
        true
    }

    /// Starts a job; says so where too many wait.
    pub(crate) fn begin(&mut self, work: Work) {
        if self.jobs.begin(work).is_none() {
            self.say(NoticeKind::Error, "app-notice-busy", &[]);
        }
        self.redraw();
    }

    /// A file was dropped onto the window.
    pub(crate) fn dropped(&mut self, path: PathBuf) {
        self.dropping = false;
        if path.extension().is_some_and(|e| e == "lantu") {
            self.begin(Work::Open(path));
        } else if let Some(desk) = &self.desk {
            self.begin(Work::Import { project: desk.session.path().to_owned(), files: vec![path] });
        } else {
            self.say(NoticeKind::Info, "app-notice-drop-needs-project", &[]);
        }
    }

    fn open_chooser(&mut self, purpose: ChooserPurpose) {
        let zone = match &self.desk {
            Some(desk) => Ok(desk.session.zone().clone()),
            None => lantu_base::TimeZoneName::new(&local_zone()),
        };
        let folder = self.desk.as_ref().and_then(|d| d.session.path().parent().map(Path::to_owned));
        let folder = folder.filter(|f| f.is_dir()).or_else(|| std::env::current_dir().ok());
        let folder = folder.unwrap_or_else(|| PathBuf::from("."));
        let opened = zone
            .map_err(anyhow::Error::from)
            .and_then(|zone| Ok(Chooser::open(purpose, &folder, zone, self.waker())?));
        match opened {
            Ok(chooser) => self.chooser = Some(chooser),
            Err(e) => self.say_error(&e),
        }
    }

    fn choose(&mut self, action: &Action) {
        let Some(chooser) = &mut self.chooser else { return };
        match action {
            Action::ChooserEnter(folder) => {
                let folder = chooser.picked(std::slice::from_ref(folder)).pop().unwrap_or_default();
                chooser.enter(&folder);
            }
            Action::ChooserType(text) => chooser.typed(text),
            Action::ChooserPick(paths) => {
                let (purpose, picked) = (chooser.purpose(), chooser.picked(paths));
                self.chooser = None;
                self.use_picked(purpose, picked);
            }
            _ => self.chooser = None,
        }
    }

    fn use_picked(&mut self, purpose: ChooserPurpose, mut picked: Vec<PathBuf>) {
        match purpose {
            ChooserPurpose::Import => {
                if let Some(desk) = self.desk.as_ref().filter(|_| !picked.is_empty()) {
                    let project = desk.session.path().to_owned();
                    self.begin(Work::Import { project, files: picked });
                }
            }
            ChooserPurpose::OpenProject | ChooserPurpose::NewProject => {
                if let Some(path) = picked.pop() {
                    self.begin(Work::Open(path));
                }
            }
            ChooserPurpose::States => {
                if let Some(path) = picked.pop() {
                    let path = if path.extension().is_some() { path } else { path.with_extension("csv") };
                    self.export_states(path);
                }
            }
            ChooserPurpose::Snapshot => {
                if let Some(path) = picked.pop() {
                    let path = if path.extension().is_some() { path } else { path.with_extension("png") };
                    self.save_snapshot(&path);
                }
            }
        }
    }

    /// Writes states, values and reasons of all objects at the clock's time.
    fn export_states(&mut self, out: PathBuf) {
        let Some(desk) = &self.desk else { return };
        if let (Some(kind), Some(time)) = (desk.shown.overlay.or(desk.shown.outlined()), desk.time) {
            let overlays = std::sync::Arc::clone(&desk.overlays);
            self.begin(Work::States { overlays, kind, time, out });
        }
    }

    fn save_snapshot(&mut self, out: &Path) {
        let Some(desk) = &self.desk else { return };
        let frame = desk.session.frame();
        let camera = desk.camera;
        let picture = crate::picture::Picture {
            size: [1920, 1080],
            view: crate::picture::PictureView::Camera(
                frame.crs_from_world(camera.shown_eye()),
                frame.crs_from_world(camera.target),
            ),
            time: desk.time,
            light: desk.light_time(),
            overlay: desk.shown.overlay,
            outline: desk.shown.outlined(),
            map: desk.heat.wish().map(crate::picture::GroundMap::Heat),
            hide: desk.shown.hidden_layers.iter().cloned().collect(),
            simple: desk.simple,
            labels: desk.shown.labels.then_some(self.words.language()),
            faded: (*desk.shown.faded).clone(),
            ground_opacity: desk.ground_opacity,
            relief: desk.shown.relief,
            stretch: desk.shown.stretch,
            right_of: desk.shown.swipe.as_deref().map(|of| (of.to_owned(), desk.swipe_at)),
            // As over the scene.
            legend: Some(self.words.language()),
            section: desk.shown.section,
            former: false,
            memory_bytes: Some(self.memory_limit),
            culling: self.culling,
        };
        let project = desk.session.path().to_owned();
        self.begin(Work::Picture { project, picture: Box::new(picture), out: out.to_owned() });
    }

    /// Flies down to where a walk begins.
    fn land(&mut self) {
        let (Some(canvas), Some(desk)) = (&mut self.canvas, &mut self.desk) else { return };
        let seen = canvas.pick(desk, desk.viewport.map(|s| s / 2)).ok().flatten();
        if let Some(to) = motion::begin_walk(&desk.camera, seen.map(|p| p.position)) {
            desk.current_view = None;
            desk.fly_to(to);
        }
    }

    /// Flies over a place of the overview, as high and in the direction as now.
    fn fly_over(&mut self, at: [f32; 2]) {
        let Some(desk) = &mut self.desk else { return };
        let Some(place) = desk.overview.as_ref().map(|o| o.place(at)) else { return };
        let by = place.extend(desk.camera.target.0.z) - desk.camera.target.0;
        let c = desk.camera;
        let to =
            lantu_render::Camera { eye: WorldPoint(c.eye.0 + by), target: WorldPoint(c.target.0 + by), ..c };
        desk.current_view = None;
        desk.fly_to(to);
    }
}

/// The time zone of a project that is made in the window: the one that the environment names, if it is an IANA name.
fn local_zone() -> String {
    const USUAL: &str = "Asia/Shanghai";
    let named = std::env::var("TZ").ok().map(|tz| tz.trim_start_matches(':').to_owned());
    named.filter(|tz| lantu_base::TimeZoneName::new(tz).is_ok()).unwrap_or_else(|| USUAL.to_owned())
}
