//! What floats over the scene: chips, tool cards, legend, compass, overview. Says where each of them goes.

use egui::{Align2, Area, Id, Order, Rect, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::card::Place;
use super::{card, coloring, heat, legend, measure, memory, motion, overview, placement, section, view};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{UiModel, VisibilityModel};
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// Distance of cards from the edge of the scene.
const MARGIN: f32 = 12.0;
/// Inner width of a tool card.
const TOOL_WIDTH: f32 = 272.0;
/// Inner width of the legend of a coloring.
const LEGEND_WIDTH: f32 = 250.0;
/// Inner width of the card of a map over the ground.
const HEAT_WIDTH: f32 = 284.0;
/// Height of the legend without its rows.
const LEGEND_FRAME: f32 = 96.0;
/// Width of the column of the compass.
const COMPASS: f32 = 74.0;

/// Everything that a window at a desk shows over the scene.
pub(crate) fn show(
    ui: &Ui,
    free: Rect,
    model: &UiModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) {
    let chips = chips(ui, free, model, (state, words), out);
    if let Some((heat, now)) = model.heat.as_ref().and_then(|h| Some((h, h.now.as_ref()?))) {
        let at = pos2(free.left() + MARGIN, chips.bottom() + if chips.height() > 0.0 { 8.0 } else { 0.0 });
        let place = Place { pivot: Align2::LEFT_TOP, at, width: HEAT_WIDTH };
        card::show(ui, "lantu-heat", place, |ui| heat::panel(ui, heat, now, words, out));
    }
    let cards = tools(ui, (free, chips), model, (state, words), out);
    match &model.coloring {
        Some(coloring) if coloring.now.is_some() => {
            let at = free.left_bottom() + vec2(MARGIN, -MARGIN);
            let place = Place { pivot: Align2::LEFT_BOTTOM, at, width: LEGEND_WIDTH };
            let list_height = (at.y - chips.bottom() - LEGEND_FRAME).max(66.0);
            card::show(ui, "lantu-color-legend", place, |ui| {
                coloring::legend(ui, coloring, list_height, words, out);
            });
            let beside =
                Rect::from_min_max(free.left_top() + vec2(LEGEND_WIDTH + 3.0 * MARGIN, 0.0), free.max);
            legend::show(ui, beside, [None, model.outline_legend.as_ref()], words, out);
        }
        _ => {
            let overlays = [model.legend.as_ref(), model.outline_legend.as_ref()];
            legend::show(ui, free, overlays, words, out);
        }
    }
    view::show(ui, free, &model.view, words, out);
    if model.view.empty || model.view.loading {
        return;
    }
    if let Some(motion) = &model.motion {
        motion::show(ui, free, motion, words, out);
    }
    if let Some(overview) = &model.overview {
        let below = Rect::from_min_max(pos2(free.left(), cards.max(free.top())), free.max);
        overview::show(ui, (free, below.height()), overview, (state, words), out);
    }
}

/// What is not as usual: hidden objects, coarser detail, a model that is not whole yet. Returns where they are.
fn chips(
    ui: &Ui,
    free: Rect,
    model: &UiModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) -> Rect {
    let at = free.left_top() + vec2(MARGIN, MARGIN);
    let unfinished = model.view.unfinished.as_deref();
    if !model.visibility.any() && !model.status.memory.coarser && unfinished.is_none() {
        return Rect::from_min_size(at, Vec2::ZERO);
    }
    let area = Area::new(Id::unique("lantu-chips")).order(Order::Middle).fixed_pos(at);
    let shown = area.show(ui.ctx(), |ui| {
        ui.horizontal(|ui| {
            hidden(ui, model.visibility, words, out);
            memory::chip(ui, &model.status.memory, state, words, out);
            if let Some(name) = unfinished {
                not_whole(ui, name, words);
            }
        });
    });
    shown.response.rect
}

/// Of a model only what has been made so far is shown.
fn not_whole(ui: &mut Ui, name: &str, words: &Words) {
    let t = theme::of(ui);
    let text = words.t_args(msg::SCENE_UNFINISHED, &[("name", name.into())]);
    let font = egui::FontId::new(12.5, theme::strong_family());
    let galley = ui.painter().layout_no_wrap(text.clone(), font, t.text);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(38.0, 10.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
    ui.painter().rect(rect, 6.0, t.surface, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    let at = Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), vec2(14.0, 14.0));
    draw::icon(ui.painter(), at, Icon::Model, t.weak);
    ui.painter().galley(rect.left_center() + vec2(28.0, -galley.size().y / 2.0), galley, t.text);
    response.on_hover_text(words.t(msg::SCENE_UNFINISHED_TEXT));
}

/// How much is not shown, or not as it is; `None` where everything is.
fn hidden_text(model: VisibilityModel, words: &Words) -> Option<String> {
    let mut parts = Vec::new();
    if model.n_hidden > 0 {
        parts.push(words.counted(msg::HIDDEN_COUNT, model.n_hidden));
    }
    if model.n_ghosted > 0 {
        parts.push(words.counted(msg::GHOSTED_COUNT, model.n_ghosted));
    }
    if parts.is_empty() && model.any() {
        parts.push(words.t(msg::HIDDEN_FILTERED).into_owned());
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The same as the chips, in words: what people before a wall must know of the picture.
pub(crate) fn unusual(model: &UiModel, words: &Words) -> Vec<String> {
    let coarser = model.status.memory.coarser.then(|| words.t(msg::MEMORY_COARSER).into_owned());
    let unfinished = model.view.unfinished.as_deref();
    let unfinished = unfinished.map(|name| words.t_args(msg::SCENE_UNFINISHED, &[("name", name.into())]));
    [hidden_text(model.visibility, words), coarser, unfinished].into_iter().flatten().collect()
}

fn hidden(ui: &mut Ui, model: VisibilityModel, words: &Words, out: &mut Vec<Action>) {
    let Some(text) = hidden_text(model, words) else { return };
    let t = theme::of(ui);
    let all = words.t(msg::HIDDEN_SHOW_ALL);
    let plain = egui::FontId::new(12.5, egui::FontFamily::Proportional);
    let strong = egui::FontId::new(12.5, theme::strong_family());
    let text_galley = ui.painter().layout_no_wrap(text.clone(), plain, t.text);
    let all_galley = ui.painter().layout_no_wrap(all.to_string(), strong, t.accent);
    let width = text_galley.size().x + all_galley.size().x + 52.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, all_galley.size().y + 10.0), Sense::click());
    let label = format!("{text} · {all}");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let fill = if response.hovered() || response.has_focus() { t.hover } else { t.surface };
    ui.painter().rect(rect, 6.0, fill, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    let icon = Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), vec2(14.0, 14.0));
    draw::icon(ui.painter(), icon, Icon::EyeOff, t.weak);
    let y = rect.center().y - text_galley.size().y / 2.0;
    let right = rect.right() - 10.0 - all_galley.size().x;
    ui.painter().galley(pos2(rect.left() + 28.0, y), text_galley, t.text);
    ui.painter().galley(pos2(right, y), all_galley, t.accent);
    if response.clicked() {
        out.push(Action::ShowAll);
    }
}

/// Cards of the tools that are open, beside the column of the compass, so that the legend stays free: side by side,
/// or, where they would reach the legend, one below the other. Returns how far down they reach.
fn tools(
    ui: &Ui,
    (free, chips): (Rect, Rect),
    model: &UiModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) -> f32 {
    let mut at = pos2(free.right() - COMPASS, free.top() + MARGIN);
    let width = TOOL_WIDTH.min(free.width() - COMPASS - 3.0 * MARGIN);
    if at.x - width - 3.0 * MARGIN < chips.right() {
        at.y = chips.bottom() + 8.0;
    }
    let measure = model.measure.as_ref().filter(|m| m.active.is_some() || !m.rows.is_empty());
    let section = model.section.as_ref().filter(|_| state.section_open);
    let stacked = free.width() < COMPASS + 2.0 * (width + 3.0 * MARGIN) + LEGEND_WIDTH + 3.0 * MARGIN;
    let mut bottom = free.top();
    if let Some(placing) = &model.placing {
        let place = Place { pivot: Align2::RIGHT_TOP, at, width };
        let list_height = (free.height() - 220.0).clamp(120.0, 520.0);
        let rect = card::show(ui, "lantu-placement", place, |ui| {
            placement::panel(ui, placing, list_height, words, out);
        });
        bottom = rect.bottom();
        at = if stacked { pos2(at.x, rect.bottom() + 8.0) } else { pos2(rect.left() - 8.0, at.y) };
    }
    if let Some(measure) = measure {
        let place = Place { pivot: Align2::RIGHT_TOP, at, width };
        let list_height = (free.height() - 520.0).clamp(56.0, 240.0);
        let list_height = (!(stacked && section.is_some())).then_some(list_height);
        let rect = card::show(ui, "lantu-measure", place, |ui| {
            measure::panel(ui, measure, list_height, words, out);
        });
        bottom = bottom.max(rect.bottom());
        at = if stacked { pos2(at.x, rect.bottom() + 8.0) } else { pos2(rect.left() - 8.0, at.y) };
    }
    if let Some(section) = section {
        let place = Place { pivot: Align2::RIGHT_TOP, at, width };
        let rect =
            card::show(ui, "lantu-section", place, |ui| section::panel(ui, section, state, words, out));
        bottom = bottom.max(rect.bottom());
    }
    bottom
}
