//! The window's state without a window, for measurements: everything that a frame does but drawing the scene.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use lantu_base::{ObjectRow, UtcNanos};
use lantu_overlay::OverlayKind;
use lantu_session::SessionOptions;
use lantu_ui::{Language, PropertiesModel, SceneTreeModel, UiModel, UiState, Words};

use crate::window::desk::Desk;
use crate::window::history::Shown;
use crate::window::opening::Opened;
use crate::window::rowset::RowSet;
use crate::window::{models, sensors, tree};

/// Points of the window that is not there.
const SIZE: [u32; 2] = [1280, 720];

/// A project as the window holds it, colored by sensors, with an object picked and the clock following the present.
pub(crate) struct Probe {
    desk: Desk,
    egui: egui::Context,
    ui: UiState,
    words: Words,
    tree: SceneTreeModel,
    properties: Option<PropertiesModel>,
    ticked: Instant,
    /// Requests of colors with the newest reading that they are made from.
    asked: VecDeque<(u64, UtcNanos)>,
    /// The newest reading in the colors that are shown.
    pub(crate) shown: Option<UtcNanos>,
    /// Styles that the graphics card would have been sent.
    pub(crate) n_styles: u64,
}

impl Probe {
    pub(crate) fn open(path: &Path, options: &SessionOptions) -> anyhow::Result<Self> {
        let mut desk = Desk::new(Opened::open(path, options)?, None, SIZE, || {})?;
        let picked: RowSet =
            desk.overlays.observed().take(1).collect::<Vec<ObjectRow>>().into_iter().collect();
        desk.adopt(Shown {
            overlay: Some(OverlayKind::Sensor),
            selection: Arc::new(picked),
            ..desk.shown.clone()
        });
        desk.follow(true);
        let (language, egui) = (Language::English, egui::Context::default());
        egui.set_fonts(lantu_ui::fonts(language));
        Ok(Self {
            desk,
            egui,
            ui: UiState::default(),
            words: Words::new(language),
            tree: SceneTreeModel::default(),
            properties: None,
            ticked: Instant::now(),
            asked: VecDeque::new(),
            shown: None,
            n_styles: 0,
        })
    }

    /// One frame: clock, news, models, panels, styles.
    pub(crate) fn frame(&mut self) {
        let now = Instant::now();
        let elapsed = now.duration_since(std::mem::replace(&mut self.ticked, now)).as_secs_f64();
        self.desk.advance(elapsed.min(0.5));
        self.desk.take_answers();
        self.desk.take_readings();
        let model = self.model();
        let raw = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 720.0))),
            ..egui::RawInput::default()
        };
        let (ui_state, words) = (&mut self.ui, &self.words);
        let mut full = self.egui.clone().run_ui(raw, |ui| {
            let _out = lantu_ui::show(ui, &model, ui_state, words);
        });
        // Nobody draws: pictures of letters go nowhere.
        full.textures_delta.clear();
        let _meshes = self.egui.tessellate(full.shapes, full.pixels_per_point);
        let styles = self.desk.take_styles();
        self.n_styles += styles.iter().map(|(_, s)| s.len() as u64).sum::<u64>();
    }

    /// Notes what the colors that came since are made from. Not a part of a frame: it looks at every channel.
    pub(crate) fn note(&mut self) {
        let (asked, painted) = self.desk.progress();
        if let Some((_, newest)) = self.desk.overlays.store.span()
            && self.asked.back().is_none_or(|(_, before)| *before < newest)
        {
            self.asked.push_back((asked, newest));
        }
        while let Some((_, newest)) = self.asked.front().copied().filter(|(n, _)| *n <= painted) {
            self.shown = Some(newest);
            self.asked.pop_front();
        }
    }

    fn model(&mut self) -> UiModel {
        let desk = &mut self.desk;
        if std::mem::take(&mut desk.tree_dirty) {
            self.tree = tree::model(desk, None);
        }
        if std::mem::take(&mut desk.properties_dirty) {
            self.properties = models::properties(desk, &self.words);
        }
        let [legend, outline_legend] = models::legends(desk);
        UiModel {
            top_bar: models::top_bar(desk),
            visibility: models::visibility(desk),
            tree: self.tree.clone(),
            layers: models::layers(desk),
            properties: self.properties.clone(),
            timeline: models::timeline(desk),
            legend,
            outline_legend,
            views: Some(models::views(desk)),
            section: Some(models::section(desk)),
            coloring: Some(models::coloring(desk)),
            history: Some(models::history(desk)),
            live: sensors::model(desk, "duty", None),
            ..UiModel::default()
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use lantu_base::{CancelToken, ChannelId};
    use lantu_live::{Quality, Sample};
    use lantu_project::{Author, BindingRow, OpenMode, Project, SourceContent, SourceRecord};
    use lantu_session::{Access, FeedWriter, Session, WorkerCommand, journal_path};

    use super::*;
    use crate::window::paint::{Answer, Ask, Look, Painter};
    use crate::window::sensors::Watch;

    /// Longest wait for another thread. Chosen: only what never comes takes so long.
    const PATIENCE: Duration = Duration::from_mins(5);

    fn clock() -> UtcNanos {
        UtcNanos(1_785_000_000_000_000_000)
    }

    fn options() -> SessionOptions {
        SessionOptions {
            worker: WorkerCommand { program: "true".into(), args: Vec::new() },
            user: "tester".to_owned(),
            clock,
            threads: 1,
            memory_bytes: None,
            deadline_s: 60,
            cancel: CancelToken::default(),
        }
    }

    /// A project with a channel of strain.
    fn project(folder: &Path) -> PathBuf {
        let path = folder.join("site.lantu");
        let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        Session::create(&path, "site", frame, options()).unwrap().close().unwrap();
        let mut file = Project::open(&path, OpenMode::ReadWrite(Author::new("tester", clock))).unwrap();
        let binding = BindingRow {
            channel: "strain-1".to_owned(),
            object: "2O2Fr$t4X7Zf8NOew3FNr2".to_owned(),
            unit: "µε".to_owned(),
            rule: "strain".to_owned(),
            extra_json: r#"{"period_s": 60}"#.to_owned(),
        };
        let record = SourceRecord {
            id: "channels".to_owned(),
            path: "channels.csv".to_owned(),
            sha256: "0".repeat(64),
            size: 0,
            companions: Vec::new(),
            importer: "tables".to_owned(),
            schema: "channels".to_owned(),
            begin_json: "{}".to_owned(),
            report_json: "{}".to_owned(),
            n_objects: 0,
            n_triangles: 0,
            bytes: 0,
            order: 0,
        };
        file.import_source(&record, &SourceContent { bindings: vec![binding], ..SourceContent::default() })
            .unwrap();
        file.close().unwrap();
        path
    }

    fn minute(n: i64) -> UtcNanos {
        UtcNanos(1_784_000_000_000_000_000 + n * 60_000_000_000)
    }

    fn feed(writer: &mut FeedWriter, minutes: std::ops::Range<i64>, value: f64) {
        for n in minutes {
            let (time, quality, unit) = (minute(n), Quality::Good, "µε".into());
            let sample = Sample::new(time, value, quality, unit);
            writer.push(ChannelId("strain-1".into()), sample);
        }
        writer.commit().unwrap();
    }

    /// Draws frames until they show something.
    fn frames(probe: &mut Probe, what: &str, shows: impl Fn(&mut Probe) -> bool) {
        let began = Instant::now();
        loop {
            probe.frame();
            probe.note();
            if shows(probe) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "no frame shows {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn n_alarms(probe: &mut Probe) -> usize {
        probe.model().live.unwrap().alarms.len()
    }

    fn last_read(probe: &mut Probe) -> Option<f64> {
        probe.model().live.unwrap().charts.first().and_then(|chart| Some(chart.last?.0))
    }

    /// Once a frame showed signs and reasons of another moment than the legend: it was drawn between two answers.
    #[test]
    fn colors_signs_reasons_and_charts_of_a_moment_come_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = project(folder.path());
        let mut session = Session::open(&path, Access::Read, options()).unwrap();
        let mut writer = session.begin_feed().unwrap();
        feed(&mut writer, 0..60, 10.0);
        feed(&mut writer, 60..120, 1_000.0);
        let mut probe = Probe::open(&path, &options()).unwrap();
        probe.desk.follow(false);
        probe.desk.pick_channel("strain-1");
        let painter = Painter::start(|| ()).unwrap();
        let channel = ChannelId("strain-1".into());
        for (number, step) in (1..).zip([90, 30, 31, 89, 5, 100]) {
            painter.ask(Ask {
                number,
                overlays: Arc::clone(&probe.desk.overlays),
                look: Look::of(&probe.desk.shown),
                time: Some(minute(step)),
                explain: Some(ObjectRow(0)),
                watch: Some(Watch::Channel(channel.clone())),
                chart: probe.desk.sensors.chart,
            });
            let picture = loop {
                match painter.wait(PATIENCE) {
                    Some(Answer::Picture(picture)) => break picture,
                    Some(Answer::Choices(..)) => {}
                    None => panic!("no answer for minute {step}"),
                }
            };
            assert_eq!(picture.painted.unwrap().number, number, "colors and legends");
            assert!(picture.glyphs.is_some(), "signs");
            assert_eq!(picture.why.iter().map(|w| w.time).collect::<Vec<_>>(), [minute(step)]);
            assert_eq!(picture.watched.unwrap().time, minute(step), "charts");
        }
        drop(probe);
        session.end_feed(writer).unwrap();
        session.close().unwrap();
    }

    /// The thread that follows a feed stands in the middle of reading what another process is writing, for as long as this
    /// test wants, and the feed holds the lock of its journal. Frames go on meanwhile: colors, alarms and charts of any
    /// moment come from the last snapshot. A frame that waited would be let go after five minutes and fail the test.
    #[test]
    fn no_frame_waits_for_a_feed_that_stands_still_in_the_middle_of_its_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = project(folder.path());
        let mut session = Session::open(&path, Access::Read, options()).unwrap();
        let mut writer = session.begin_feed().unwrap();
        feed(&mut writer, 0..60, 10.0);
        feed(&mut writer, 60..120, 1_000.0);
        let mut probe = Probe::open(&path, &options()).unwrap();
        probe.desk.follow(false);
        probe.desk.pick_channel("strain-1");
        let shown = |n: i64| move |probe: &mut Probe| probe.shown == Some(minute(n));
        frames(&mut probe, "what was committed", shown(119));
        probe.desk.set_time(minute(119));
        frames(&mut probe, "the alarm", |probe| n_alarms(probe) == 1);

        // In the journal's place there is suddenly a pipe into which nobody writes: whoever reads it waits.
        let (journal, kept, pipe) =
            (journal_path(&path), folder.path().join("kept"), folder.path().join("pipe"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::fs::hard_link(&journal, &kept).unwrap();
        std::fs::rename(&pipe, &journal).unwrap();
        let (told, entered) = crossbeam_channel::bounded(1);
        let (done, released) = crossbeam_channel::bounded::<()>(1);
        let place = journal.clone();
        let holder = std::thread::Builder::new().name("holder".into()).spawn(move || {
            // Opens when the other end is opened for reading, by the thread that follows the feed.
            let end = std::fs::OpenOptions::new().write(true).open(place).unwrap();
            told.send(()).unwrap();
            let waited = released.recv_timeout(PATIENCE);
            drop(end);
            waited
        });
        entered.recv_timeout(PATIENCE).unwrap();

        frames(&mut probe, "the alarm still", |probe| n_alarms(probe) == 1);
        probe.desk.set_time(minute(30));
        frames(&mut probe, "the past", |probe| n_alarms(probe) == 0 && last_read(probe) == Some(10.0));
        probe.desk.set_time(minute(119));
        frames(&mut probe, "the alarm again", |probe| {
            n_alarms(probe) == 1 && last_read(probe) == Some(1_000.0)
        });
        let (asked, painted) = probe.desk.progress();
        assert!(painted > 0 && asked >= painted);
        assert_eq!(probe.shown, Some(minute(119)), "nothing came from a feed that stands still");

        // The feed goes on, and so does what follows it.
        std::fs::rename(&kept, &journal).unwrap();
        done.send(()).unwrap();
        holder.unwrap().join().unwrap().unwrap();
        feed(&mut writer, 120..130, 20.0);
        frames(&mut probe, "what came after", shown(129));
        drop(probe);
        session.end_feed(writer).unwrap();
        session.close().unwrap();
    }
}
