//! One frame: time passes, news come in, panels, actions, the scene, the screen.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use lantu_render::RenderError;
use lantu_ui::{
    DockTab, MemoryModel, MotionModel, Notice, NoticeKind, SceneTreeModel, StatusModel, UiModel, UiOutput,
    ViewModel, WorksTab,
};
use winit::event_loop::ActiveEventLoop;

use crate::district::TileFailure;
use crate::window::acts::{LEAST_MEMORY_BYTES, MOST_MEMORY_BYTES};
use crate::window::canvas::Canvas;
use crate::window::pointer::Owner;
use crate::window::shell::{Pane, Shell};
use crate::window::tape::Screen;
use crate::window::{App, NOTICE_TIME, models, placing, sensors, tree};

/// Longest step that movement takes in one frame, seconds: after a hitch nobody finds himself somewhere else.
const MAX_STEP_S: f64 = 0.1;
/// Tiles that are named when they cannot be shown. Chosen: as many notices as fit beside the scene.
const FAILURES_SHOWN: usize = 3;

impl App<'_> {
    fn model(&mut self) -> UiModel {
        let status = self.status();
        let zone = self.desk.as_ref().map_or_else(
            || lantu_base::TimeZoneName::new("Asia/Shanghai").ok(),
            |d| Some(d.session.zone().clone()),
        );
        let common = UiModel {
            status,
            notices: self.notices.iter().map(|(n, _)| n.clone()).chain(self.first_steps()).collect(),
            dialog: self.dialog.clone(),
            dropping: self.dropping,
            recent: zone.map(|z| self.recent.model(&z)).unwrap_or_default(),
            chooser: self.chooser.as_ref().map(super::chooser::Chooser::model),
            report: self.report_model(),
            ..UiModel::default()
        };
        let loading = self.canvases().any(|c| c.is_loading() && c.is_blank());
        let screen = self.screen();
        let shell_points = self.shell.as_ref().map_or(1.0, |s| f64::from(s.pixels_per_point()));
        let deciding = self.jobs.running().any(|j| j.places);
        let importing = self.jobs.importing();
        let Some(desk) = &mut self.desk else { return UiModel { first_start: true, ..common } };
        if desk.tree_dirty || self.tree.is_none() {
            let revision = desk.scene().revision;
            let is_it = |f: &tree::Found| f.text == desk.search && f.revision == revision;
            if !desk.search.is_empty() && !self.found.as_ref().is_some_and(is_it) {
                self.finder.ask((Arc::clone(&desk.overlays.table), desk.search.clone()));
            }
            self.tree = Some(tree::model(desk, self.found.as_ref()));
            desk.tree_dirty = false;
        }
        if std::mem::take(&mut desk.properties_dirty) {
            self.properties = models::properties(desk, &self.words);
        }
        let camera = desk.camera;
        let f = camera.target.0 - camera.eye.0;
        let view = camera.view(desk.viewport);
        let [right, up, _] = view.axes();
        #[expect(clippy::cast_possible_truncation, reason = "an angle that is drawn; f32 is exact enough")]
        let north_rad = right.y.atan2(up.y.hypot(f.y) * if up.y + f.y < 0.0 { -1.0 } else { 1.0 }) as f32;
        let open = match self.ui.dock_shown() {
            Some(DockTab::Works(tab)) => Some(tab),
            _ => None,
        };
        let works = self.works.model(desk, open, &self.jobs.options().user);
        let [legend, outline_legend] = models::legends(desk);
        UiModel {
            works: Some(works),
            top_bar: models::top_bar(desk),
            visibility: models::visibility(desk),
            tree: SceneTreeModel { importing: importing.clone(), ..self.tree.clone().unwrap_or_default() },
            layers: models::layers(desk),
            swipe: models::swipe(desk),
            beside: models::beside(desk),
            properties: self.properties.clone(),
            here: desk.here.clone(),
            timeline: models::timeline(desk),
            legend,
            outline_legend,
            view: ViewModel {
                north_rad,
                meters_per_point: view.ahead_m(camera.target) / view.px_per_radian() * shell_points,
                exaggeration: camera.stretch.factor(),
                empty: desk.scene().n_rows() == 0 && desk.unfinished.job().is_none(),
                loading,
                waiting: models::waiting(desk).filter(|_| self.placing.is_none()),
                unfinished: desk.unfinished.job().and_then(|id| self.jobs.name_of(id)),
                importing,
            },
            context_menu: self.menu.clone(),
            views: Some(models::views(desk)),
            measure: screen.as_ref().map(|s| models::measure(desk, s)),
            section: Some(models::section(desk)),
            placing: self
                .placing
                .as_deref()
                .and_then(|s| placing::model(desk, s, (deciding, screen.as_ref(), &self.words))),
            coloring: Some(models::coloring(desk)),
            history: Some(models::history(desk)),
            motion: Some(MotionModel { mode: self.motion.mode, speed_m_s: self.motion.speed_m_s }),
            heat: desk.heat.model(),
            live: sensors::model(desk, &self.jobs.options().user, screen.as_ref()),
            overview: desk.overview.as_ref().map(|o| o.model(&camera, desk.viewport)),
            ..common
        }
    }

    /// On the start screen there is no status line: what runs is told as notices.
    fn first_steps(&self) -> Vec<Notice> {
        if self.desk.is_some() {
            return Vec::new();
        }
        let told = |j: &super::jobs::Job| {
            let percent = j.progress.fraction.map_or(0, |f| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
                let percent = (f.clamp(0.0, 1.0) * 100.0) as u64;
                percent
            });
            let args = [
                ("name", j.name.clone().into()),
                ("step", j.progress.what.clone().into()),
                ("percent", percent.into()),
            ];
            let text = self.words.by_id("app-notice-progress", &args).unwrap_or_default();
            Notice { id: u64::MAX - j.id, kind: NoticeKind::Info, text }
        };
        self.jobs.running().filter(|j| !j.quiet).map(told).collect()
    }

    pub(crate) fn canvases(&self) -> impl Iterator<Item = &Canvas> {
        self.canvas.iter().chain(&self.beside)
    }

    /// How the scene lies in the window.
    fn screen(&self) -> Option<Screen> {
        let (desk, shell) = (self.desk.as_ref()?, self.shell.as_ref()?);
        Some(Screen {
            camera: desk.camera,
            size: desk.viewport,
            origin: shell.origin(Pane::Scene),
            pixels_per_point: f64::from(shell.pixels_per_point()),
        })
    }

    fn status(&self) -> StatusModel {
        let memory = MemoryModel {
            used_bytes: self.canvases().map(|c| c.state().used_bytes).sum(),
            limit_bytes: self.memory_limit,
            coarser: self.canvases().any(|c| c.state().is_coarser),
            choices: Some((LEAST_MEMORY_BYTES, MOST_MEMORY_BYTES)),
        };
        let jobs = self.job_models();
        let mut status = StatusModel { memory, jobs, frame_ms: self.frame_ms, ..StatusModel::default() };
        if let Some(shell) = &self.shell {
            status.adapter.clone_from(&shell.gpu.info.name);
            status.software = shell.gpu.is_software();
        }
        if let Some(desk) = &self.desk {
            let frame = desk.session.frame();
            status.position = self.hand.hover.as_ref().map(|p| frame.crs_from_world(p.position));
            models::unit(frame.meters_per_unit).clone_into(&mut status.unit);
            models::crs_name(&frame.crs).clone_into(&mut status.crs);
            status.height_datum = models::height_datum(desk);
            status.zone = desk.time.map(|t| t.offset_label(desk.session.zone())).unwrap_or_default();
            desk.session.zone().name().clone_into(&mut status.zone_name);
        }
        status
    }

    /// Lets time pass for clock, flights and movement.
    fn pass_time(&mut self) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.last_tick).as_secs_f64();
        self.last_tick = now;
        let Some(desk) = &mut self.desk else { return };
        let mut moved = desk.advance(elapsed.min(0.5));
        let camera = desk.camera;
        // A walker sinks to the floor once a flight is over; keys end it.
        if self.motion.is_moving() && desk.flight.is_none() {
            let mut motion = std::mem::take(&mut self.motion);
            let app = RefCell::new(&mut *self);
            let floor = |x: f64, y: f64| app.borrow_mut().floor_below(x, y);
            let next = motion.step(&camera, elapsed.min(MAX_STEP_S), &floor);
            self.motion = motion;
            if let (Some(next), Some(desk)) = (next, &mut self.desk) {
                desk.moved_by_hand(next);
                moved = true;
            }
        }
        if moved {
            self.touch();
        }
    }

    /// One frame: clock, news, panels, actions, scene, present.
    pub(crate) fn frame(&mut self, event_loop: &ActiveEventLoop) -> anyhow::Result<()> {
        let started = Instant::now();
        if self.is_hidden() {
            // Other threads do not wait for somebody to look.
            self.take_news();
            return Ok(());
        }
        self.pass_time();
        self.update_hover();
        self.take_news();
        self.notices.retain(|(_, at)| at.elapsed() < NOTICE_TIME);
        let model = self.model();
        if self.ui.dock_shown() == Some(DockTab::Works(WorksTab::Survey)) {
            self.want_survey();
        }
        let Some(mut shell) = self.shell.take() else { return Ok(()) };
        if self.faults.is_some_and(|every| self.last_fault.elapsed() >= every) {
            self.last_fault = started;
            shell.lose_device();
            self.touch();
        }
        let scale = shell.pixels_per_point();
        shell.lasso = self.hand.lasso.map(|corner| {
            #[expect(clippy::cast_possible_truncation, reason = "window coordinates")]
            let point = |p: glam::DVec2| egui::pos2(p.x as f32 / scale, p.y as f32 / scale);
            egui::Rect::from_two_pos(point(corner), point(self.hand.at))
        });
        let out = shell.panels(&model, &mut self.ui, &self.words);
        self.hand.typing = out.wants_keyboard;
        self.hand.owner = match (out.holds_pointer, out.wants_pointer) {
            (true, _) => Owner::Panels,
            (false, true) => Owner::PanelBelow,
            (false, false) => Owner::Scene,
        };
        for action in &out.actions {
            self.act(action, event_loop, &mut shell);
        }
        self.save_views();
        self.save_styles();
        let drawn = self.draw_scene(&mut shell, &out);
        let scene_changed = !matches!(drawn, Ok(false));
        let presented = drawn.and_then(|changed| shell.present(changed));
        if let Err(e) = presented {
            match e.downcast_ref::<RenderError>() {
                Some(RenderError::DeviceLost(_)) => self.recover(&mut shell)?,
                Some(RenderError::Invalid(why)) => self.rebuild(&shell, why)?,
                Some(_) => {
                    // The window shows what it had; the next change tries again.
                    tracing::error!(error = %e, "the window was not drawn");
                }
                None => return Err(e),
            }
        }
        let (mut failures, mut lowered) = (Vec::new(), None);
        for canvas in [&mut self.canvas, &mut self.beside].into_iter().flatten() {
            failures.extend(canvas.take_failures());
            lowered = lowered.or(canvas.take_lowered());
        }
        let again = !out.actions.is_empty() || shell.wants_repaint();
        self.shell = Some(shell);
        if let Some(bytes) = lowered {
            let limit = (bytes / 1_000_000).to_string();
            self.say(NoticeKind::Warning, "app-notice-graphics-full", &[("limit", limit.into())]);
        }
        self.tell_failures(&failures);
        self.tell_lost_pages();
        #[expect(clippy::cast_possible_truncation, reason = "a frame's milliseconds")]
        let ms = (started.elapsed().as_secs_f64() * 1e3) as f32;
        // A turn that only went on with a picture is no frame, and a number that changes would paint the panels.
        if scene_changed || self.frame_ms.is_none() {
            self.frame_ms = Some(ms);
        }
        let running = self.desk.as_ref().is_some_and(|d| d.playing || d.flight.is_some());
        let loading = self.canvases().any(|c| c.dirty || c.is_loading());
        if again || running || loading || self.motion.is_moving() {
            self.redraw();
        }
        Ok(())
    }

    /// Tiles that are not shown: the first ones by name.
    pub(crate) fn tell_failures(&mut self, failures: &[TileFailure]) {
        for why in failures.iter().take(FAILURES_SHOWN) {
            self.notice(NoticeKind::Error, crate::explain::tile_failure(&self.words, why));
        }
        let n = failures.len().saturating_sub(FAILURES_SHOWN) as u64;
        if n > 0 {
            self.say(NoticeKind::Error, "app-tile-more", &[("n", n.into())]);
        }
    }

    /// Pages of columns that could not be read, each once: what they know is missing from lists and panels.
    fn tell_lost_pages(&mut self) {
        let Some(desk) = &self.desk else { return };
        let problems = desk.session.column_cache().problems();
        let new: Vec<_> = problems.iter().filter(|d| !self.lost_pages.contains(&d.place)).cloned().collect();
        for d in new {
            self.notice(NoticeKind::Error, crate::explain::diagnostic_words(&self.words, &d));
            self.lost_pages.insert(d.place);
        }
    }

    /// Whether a picture of the scene became another one.
    fn draw_scene(&mut self, shell: &mut Shell, out: &UiOutput) -> anyhow::Result<bool> {
        self.keep_beside(&shell.gpu)?;
        shell.set_beside(self.beside.is_some());
        let Some(desk) = &mut self.desk else { return Ok(false) };
        let mut changed = false;
        let (scene, beside) = (&mut self.canvas, &mut self.beside);
        let mut panes: Vec<_> = [(Pane::Scene, scene), (Pane::Beside, beside)]
            .into_iter()
            .filter_map(|(p, c)| Some((p, c.as_mut()?)))
            .collect();
        if std::mem::take(&mut desk.ground_dirty) {
            for (_, canvas) in &mut panes {
                canvas.restart_ground(desk)?;
            }
        }
        let simple = std::mem::replace(&mut desk.simple, self.ui.simple_shading);
        let language = std::mem::replace(&mut desk.language, self.words.language());
        let is_other = (simple, language) != (desk.simple, desk.language);
        if language != desk.language {
            desk.ask_alarms();
        }
        let size = shell.pane_size(out.scene_rect);
        desk.set_viewport(size);
        for (pane, canvas) in panes {
            canvas.take_unfinished(desk)?;
            canvas.dirty |= is_other;
            canvas.cover(shell.covered(pane, &out.signs), desk.shown.labels);
            canvas.style(if pane == Pane::Scene { desk.take_styles() } else { desk.take_beside_styles() });
            if let Some(view) = canvas.draw(&shell.gpu, desk, size, shell.pixels_per_point())? {
                shell.show_scene(pane, &view);
            }
            changed |= canvas.take_changed();
        }
        Ok(changed)
    }
}
