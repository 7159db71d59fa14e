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
