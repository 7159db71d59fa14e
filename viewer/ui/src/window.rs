//! The whole window around the scene: which panel goes where, and what is left for the scene.

use egui::{Area, Frame, Id, Margin, Order, Panel, Rect, Stroke, Ui, UiBuilder, pos2};

use crate::action::Action;
use crate::model::UiModel;
use crate::panels::{
    beside, chooser, commands, dock, first_start, glyphs, help, here, jobs, large, layers, measure, notices,
    over_scene, placement, properties, status, swipe, timeline, top_bar, tree, view,
};
use crate::state::{Applied, ChooserState, UiState};
use crate::theme::{self, size};
use crate::words::Words;

/// Largest UI scale that a person can choose. Chosen: 14 points are then readable from three meters on a desk's screen.
const MAX_SCALE: f32 = 3.0;

/// Title, search field and four rows of the scene tree, points.
const LEAST_TREE: f32 = 168.0;

/// How much thicker lines of measurements are on a wall.
const WALL_LINES: f32 = 1.4;

/// What a frame of the panels left.
#[derive(Clone, Debug)]
pub struct UiOutput {
    /// What the person asked for, in order.
    pub actions: Vec<Action>,
    /// Where the scene is drawn, in points. Panels that float over it are not subtracted.
    pub scene_rect: Rect,
    /// The part of `scene_rect` that no panel covers: where "fit" should put things.
    pub free_rect: Rect,
    /// Where signs and their names lie over the scene, in points: no name in the scene's picture stands there.
    pub signs: Vec<Rect>,
    /// The pointer belongs to a panel: the camera must not move.
    pub wants_pointer: bool,
    /// It does wherever it goes: a panel is being dragged, or something must be answered first.
    pub holds_pointer: bool,
    /// Text is being typed: keys are not commands.
    pub wants_keyboard: bool,
}

/// Shows all panels for one frame. `ui` is the root of the frame, as `egui::Context::run_ui` gives it.
pub fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words) -> UiOutput {
    apply_looks(ui, state, words);
    let mut actions = commands::keys(ui.ctx(), model, state, words);
    let out = &mut actions;
    let window = ui.max_rect();
    let wall = state.is_large() && state.panels_hidden;
    let (scene, free) = if model.first_start {
        first_start::show(ui, window, &model.recent, words, out);
        (window, window)
    } else if state.panels_hidden {
        (window, window)
    } else {
        panels(ui, model, state, words, out)
    };
    let mut signs = Vec::new();
    if !model.first_start {
        let whole = scene;
        let scene = model.beside.shown.map_or(whole, |_| beside::halves(whole)[1]);
        if let Some(shown) = model.beside.shown {
            beside::show(ui, whole, shown, words, out);
        }
        if let Some(live) = &model.live {
            signs = glyphs::show(ui, scene, &live.glyphs);
        }
        if let Some(measure) = &model.measure {
            measure::over_scene(ui, scene, measure, if wall { WALL_LINES } else { 1.0 }, words);
        }
        if let Some(line) = &model.swipe {
            swipe::show(ui, scene, line, words, out);
        }
        if let Some(placing) = &model.placing {
            placement::ghosts(ui, scene, placing, words);
        }
        if wall {
            large::show(ui, free, model, words, out);
            view::show(ui, free, &model.view, words, out);
        } else {
            over_scene::show(ui, free, model, (state, words), out);
        }
    }
    notices::show(ui, free, &model.notices, words, out);
    if let Some(menu) = &model.context_menu {
        view::context_menu(ui, menu, model.visibility.can_ghost, words, out);
    }
    over_all(ui, window, model, (state, words), out);
    if wall {
        large::pointer(ui);
    }
    let modal = model.dialog.is_some()
        || model.chooser.is_some()
        || model.report.is_some()
        || state.help_open
        || state.alarms.form.is_some();
    UiOutput {
        actions,
        scene_rect: scene,
        free_rect: free,
        signs,
        wants_pointer: ui.ctx().egui_wants_pointer_input() || modal || model.first_start,
        holds_pointer: ui.ctx().egui_is_using_pointer() || modal || model.first_start,
        wants_keyboard: ui.ctx().egui_wants_keyboard_input() || modal,
    }
}

/// What must be answered first.
fn over_all(
    ui: &Ui,
    window: Rect,
    model: &UiModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) {
    if state.help_open {
        help::show(ui, model, state, words);
    }
    match &model.report {
        Some(report) => jobs::report(ui, report, &mut state.report_top, words, out),
        None => state.report_top = 0.0,
    }
    match &model.chooser {
        Some(files) => chooser::show(ui, files, (&mut state.chooser, &mut state.chooser_top), words, out),
        None => state.chooser = ChooserState::default(),
    }
    if let Some(dialog) = &model.dialog {
        notices::dialog(ui, dialog, words, out);
    }
    if model.dropping {
        first_start::drop_veil(ui, window, words);
    }
}

pub(crate) fn apply_looks(ui: &mut Ui, state: &mut UiState, words: &Words) {
    let (theme, language) = (state.theme, words.language());
    let native = ui.ctx().native_pixels_per_point().unwrap_or(1.0);
    let height_px = ui.ctx().viewport_rect().height() * ui.ctx().pixels_per_point();
    let zoom = state.ui_scale.clamp(1.0, MAX_SCALE) * theme::scale(theme, height_px, native);
    let wanted = Applied { theme, language, zoom };
    let before = state.applied;
    if before == Some(wanted) {
        return;
    }
    ui.ctx().options_mut(|o| o.zoom_with_keyboard = false);
    ui.ctx().set_zoom_factor(zoom);
    if before.is_none_or(|b| (b.theme, b.language) != (theme, language)) {
        ui.ctx().set_fonts(crate::fonts(language));
        theme::apply(ui.ctx(), theme);
        ui.set_style(ui.ctx().global_style());
    }
    state.applied = Some(wanted);
}

fn bar(ui: &Ui, margin: Margin) -> Frame {
    Frame::new().fill(theme::of(ui).bar).inner_margin(margin)
}

fn bar_below(ui: &mut Ui, height: f32, name: &str, content: impl FnOnce(&mut Ui)) {
    let frame = bar(ui, Margin::symmetric(10, 0));
    Panel::bottom(name).exact_size(height).resizable(false).frame(frame).show(ui, content);
}

/// Bars, and the side panels beside the scene or, in a narrow window, over it. Returns the scene and its free part.
fn panels(
    ui: &mut Ui,
    model: &UiModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) -> (Rect, Rect) {
    let narrow = ui.max_rect().width() < size::OVERLAY_BELOW;
    let frame = bar(ui, Margin::symmetric(8, 0));
    Panel::top("top")
        .exact_size(size::TOP_BAR)
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| top_bar::show(ui, model, state, words, out));
    bar_below(ui, size::STATUS, "status", |ui| status::show(ui, model, state, words, out));
    bar_below(ui, size::TIMELINE, "time", |ui| timeline::show(ui, model.timeline.as_ref(), words, out));
    dock::show(ui, model, state, words, out);
    if narrow { floating(ui, model, state, words, out) } else { docked(ui, model, state, words, out) }
}

fn docked(
    ui: &mut Ui,
    model: &UiModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) -> (Rect, Rect) {
    let side = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin::symmetric(10, 8));
    if state.left_open {
        Panel::left("left")
            .default_size(size::LEFT)
            .size_range(220.0..=480.0)
            .frame(side)
            .show(ui, |ui| left(ui, model, state, words, out));
    }
    if state.right_open {
        Panel::right("right")
            .default_size(size::RIGHT)
            .size_range(260.0..=560.0)
            .frame(side)
            .show(ui, |ui| right(ui, model, state, words, out));
    }
    let rect = ui.available_rect_before_wrap();
    (rect, rect)
}

fn floating(
    ui: &mut Ui,
    model: &UiModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) -> (Rect, Rect) {
    let scene = ui.available_rect_before_wrap();
    let mut free = scene;
    // Both panels together leave at least a third of the window.
    let widest = scene.width() / 3.0;
    if state.left_open {
        let edge = scene.left() + 268.0_f32.min(widest);
        let rect = Rect::from_min_max(scene.left_top(), pos2(edge, scene.bottom()));
        over_scene(ui, "left-over", rect, |ui| left(ui, model, state, words, out));
        free.min.x = edge;
    }
    // An empty properties panel would only hide the scene.
    if state.right_open && model.properties.is_some() {
        let edge = scene.right() - 316.0_f32.min(widest);
        let rect = Rect::from_min_max(pos2(edge, scene.top()), scene.right_bottom());
        over_scene(ui, "right-over", rect, |ui| right(ui, model, state, words, out));
        free.max.x = edge;
    }
    (scene, free)
}

fn over_scene(ui: &Ui, name: &str, rect: Rect, content: impl FnOnce(&mut Ui)) {
    Area::new(Id::unique(name)).order(Order::Middle).fixed_pos(rect.min).default_size(rect.size()).show(
        ui.ctx(),
        |ui| {
            let t = theme::of(ui);
            ui.set_clip_rect(rect);
            ui.painter().rect(
                rect,
                0.0,
                t.panel.gamma_multiply(0.97),
                Stroke::new(1.0, t.line),
                egui::StrokeKind::Inside,
            );
            let inner = rect.shrink2(egui::vec2(10.0, 8.0));
            let _takes_the_whole_rect = ui.allocate_rect(rect, egui::Sense::click_and_drag());
            ui.scope_builder(UiBuilder::new().max_rect(inner), content);
        },
    );
}

fn left(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let n = model.layers.layers.len()
        + usize::from(model.layers.ground_opacity.is_some())
        + usize::from(model.layers.ground_look.is_some());
    let layers = (n as f32 * 28.0 + 40.0).clamp(76.0, ui.available_height() * 0.4);
    let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 8, bottom: 0 });
    // Whatever size it was dragged to in a larger window, or before everything grew: some rows of the tree stay.
    let most = (ui.available_height() - LEAST_TREE).max(60.0);
    Panel::bottom("layers")
        .default_size(layers)
        .size_range(60.0..=most)
        .frame(frame)
        .show(ui, |ui| layers::show(ui, &model.layers, words, out));
    tree::show(ui, &model.tree, state, words, out);
}

fn right(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let zone = model.timeline.as_ref().map(|t| &t.zone);
    match (&model.properties, &model.here) {
        (None, Some(place)) => here::show(ui, place, words, out),
        (properties, here) => {
            properties::show(ui, (properties.as_ref(), here.as_ref()), (zone, state), words, out);
        }
    }
}
