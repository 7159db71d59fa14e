//! Compass, scale bar, the menu under the pointer, and what an empty scene says.

use egui::{
    Align2, Area, Color32, FontId, Frame, Id, Key, Order, Painter, Rect, RichText, Sense, Shape, Stroke, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{ContextMenuModel, ViewModel};
use crate::theme;
use crate::words::{Words, msg};

/// Compass at the upper right, scale bar at the lower right of `free`.
pub(crate) fn show(ui: &Ui, free: Rect, model: &ViewModel, words: &Words, out: &mut Vec<Action>) {
    if model.empty || model.loading || model.waiting.is_some() {
        empty(ui, free, model, words, out);
        return;
    }
    compass(ui, free, model, words, out);
    scale_bar(ui, free, model, words);
}

fn compass(ui: &Ui, free: Rect, model: &ViewModel, words: &Words, out: &mut Vec<Action>) {
    const SIDE: f32 = 46.0;
    let at = free.right_top() + vec2(-SIDE - 14.0, 14.0);
    Area::new(Id::unique("lantu-compass")).order(Order::Middle).fixed_pos(at).show(ui.ctx(), |ui| {
        let t = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::click());
        let label = words.t(msg::COMPASS);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        let p = ui.painter();
        let c = rect.center();
        let fill = if response.hovered() { t.hover } else { t.surface };
        p.circle(c, SIDE / 2.0 - 1.0, fill.gamma_multiply(0.94), Stroke::new(1.0, t.border));
        let (sin, cos) = model.north_rad.sin_cos();
        let turned = |x: f32, y: f32| c + vec2(x * cos - y * sin, x * sin + y * cos);
        let red = theme::state_color(crate::states::StateId::Alarm);
        p.add(Shape::convex_polygon(
            vec![turned(0.0, -10.0), turned(4.5, 3.0), turned(-4.5, 3.0)],
            red,
            Stroke::NONE,
        ));
        let tail = vec![turned(-4.5, 3.0), turned(4.5, 3.0), turned(0.0, 14.0)];
        p.add(Shape::convex_polygon(tail, t.weak.gamma_multiply(0.6), Stroke::NONE));
        let font = FontId::new(12.0, theme::strong_family());
        p.text(turned(0.0, -15.5), Align2::CENTER_CENTER, words.t(msg::COMPASS_NORTH), font, t.text);
        if response.on_hover_text(label.as_ref()).clicked() {
            out.push(Action::NorthUp);
        }
    });
}

/// The largest of 1, 2, 5 times a power of ten that is at most `limit_m` meters.
fn round_below(limit_m: f64) -> f64 {
    let power = 10_f64.powf(limit_m.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|l| *l <= limit_m * 1.000_001).unwrap_or(power)
}

fn scale_bar(ui: &Ui, free: Rect, model: &ViewModel, words: &Words) {
    const WIDEST: f64 = 130.0;
    if !(model.meters_per_point.is_finite() && model.meters_per_point > 0.0) {
        return;
    }
    let meters = round_below(model.meters_per_point * WIDEST);
    #[expect(clippy::cast_possible_truncation, reason = "at most 130 points")]
    let width = (meters / model.meters_per_point) as f32;
    let length = format::round_length(meters);
    let stretched = (model.exaggeration - 1.0).abs() > 1e-9;
    let factor = format::factor(model.exaggeration);
    let heights = words.t_args(msg::SCALE_HEIGHTS, &[("factor", factor.as_str().into())]);
    let text = if stretched { format!("{length} · {heights}") } else { length };
    let right = free.right_bottom() + vec2(-16.0, -16.0);
    let area = Area::new(Id::unique("lantu-scale")).order(Order::Background).interactable(false);
    // What is said beside the length takes more room than a short bar has.
    let words_px = ui.painter().layout_no_wrap(text.clone(), bar_font(), Color32::BLACK).size().x;
    let wide = width.max(words_px) + 12.0;
    area.fixed_pos(right - vec2(wide, 26.0)).show(ui.ctx(), |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(wide, 26.0), Sense::hover());
        let label = words.t_args(msg::SCALE_BAR, &[("length", text.as_str().into())]);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &label));
        let (from, to) = (
            pos2(rect.center().x - width * 0.5, rect.bottom() - 4.0),
            pos2(rect.center().x + width * 0.5, rect.bottom() - 4.0),
        );
        // A light halo keeps the dark bar readable on any ground.
        for (stroke, color) in [(4.0, Color32::from_white_alpha(220)), (1.6, Color32::from_black_alpha(230))]
        {
            let ends = vec![from - vec2(0.0, 6.0), from, to, to - vec2(0.0, 6.0)];
            ui.painter().add(Shape::line(ends, Stroke::new(stroke, color)));
        }
        halo_text(ui.painter(), pos2(rect.center().x, rect.bottom() - 8.0), &text);
    });
}

fn bar_font() -> FontId {
    FontId::new(12.5, theme::strong_family())
}

fn halo_text(p: &Painter, at: egui::Pos2, text: &str) {
    let font = bar_font();
    for (x, y) in
        [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8)]
    {
        p.text(at + vec2(x, y), Align2::CENTER_BOTTOM, text, font.clone(), Color32::from_white_alpha(200));
    }
    p.text(at, Align2::CENTER_BOTTOM, text, font, Color32::from_black_alpha(240));
}

/// What would fill the scene, and the button for it.
fn empty(ui: &Ui, free: Rect, model: &ViewModel, words: &Words, out: &mut Vec<Action>) {
    let area = Area::new(Id::unique("lantu-empty-scene")).order(Order::Middle).pivot(Align2::CENTER_CENTER);
    area.fixed_pos(free.center()).show(ui.ctx(), |ui| {
        let t = theme::of(ui);
        Frame::popup(ui.style()).fill(t.surface).inner_margin(20.0).show(ui, |ui| {
            ui.set_width(340.0_f32.min(free.width() - 60.0).max(160.0));
            ui.vertical_centered(|ui| {
                if model.loading {
                    ui.add(egui::Spinner::new().size(22.0));
                    ui.label(words.t(msg::SCENE_LOADING));
                    return;
                }
                let (rect, _icon) = ui.allocate_exact_size(Vec2::splat(30.0), Sense::hover());
                if let Some((layer, name)) = &model.waiting {
                    draw::icon(ui.painter(), rect, Icon::Map, t.weak);
                    let title = words.t_args(msg::SCENE_WAITING, &[("name", name.as_str().into())]);
                    ui.label(draw::strong(&title, 14.0));
                    ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::SCENE_WAITING_TEXT))).wrap());
                    ui.add_space(8.0);
                    if ui.button(words.t(msg::SCENE_WAITING_OPEN)).clicked() {
                        out.push(Action::ShowPlacement(Some(*layer)));
                    }
                    return;
                }
                draw::icon(ui.painter(), rect, Icon::Model, t.weak);
                if let Some(name) = &model.importing {
                    let title = words.t_args(msg::SCENE_IMPORTING, &[("name", name.into())]);
                    ui.add(egui::Label::new(draw::strong(&title, 14.0)).wrap());
                    ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::SCENE_IMPORTING_TEXT))).wrap());
                    return;
                }
                ui.label(draw::strong(&words.t(msg::SCENE_EMPTY), 14.0));
                ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::SCENE_EMPTY_TEXT))).wrap());
                ui.add_space(8.0);
                if ui.button(words.t(msg::MENU_IMPORT)).clicked() {
                    out.push(Action::ImportFiles);
                }
            });
        });
    });
}

/// The menu for what lies under the pointer.
pub(crate) fn context_menu(
    ui: &Ui,
    model: &ContextMenuModel,
    can_ghost: bool,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let [x, y] = model.at;
    let area = Area::new(Id::unique("lantu-context-menu"))
        .order(Order::Foreground)
        .fixed_pos(pos2(x, y))
        .constrain(true);
    let mut chosen: Option<Vec<Action>> = None;
    let shown = area.show(ui.ctx(), |ui| {
        Frame::menu(ui.style()).show(ui, |ui| {
            ui.set_width(230.0);
            ui.spacing_mut().item_spacing.y = 1.0;
            if !model.label.is_empty() {
                ui.add(egui::Label::new(RichText::new(&model.label).size(12.5)).truncate());
                ui.separator();
            }
            for (name, key, actions) in context_items(model, can_ghost) {
                let row = egui::Button::selectable(false, words.t(name))
                    .shortcut_text(draw::weak(ui, key))
                    .min_size(vec2(ui.available_width(), 24.0));
                if ui.add(row).clicked() {
                    for action in &actions {
                        if let Action::CopyText(text) = action {
                            ui.copy_text(text.clone());
                        }
                    }
                    chosen = Some(actions);
                }
            }
            if !model.coordinates.is_empty() {
                ui.separator();
                ui.add(egui::Label::new(draw::weak(ui, &model.coordinates)).wrap());
            }
        });
    });
    let away = ui.input(|i| i.pointer.any_pressed())
        && ui.ctx().pointer_interact_pos().is_some_and(|p| !shown.response.rect.contains(p));
    let escaped = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Escape));
    if chosen.is_some() || away || escaped {
        out.extend(chosen.into_iter().flatten());
        out.push(Action::CloseContextMenu);
    }
}

fn context_items(model: &ContextMenuModel, can_ghost: bool) -> Vec<(crate::Msg, &'static str, Vec<Action>)> {
    let mut items = Vec::new();
    if let Some(row) = model.row {
        let select = Action::Select(Some(row));
        items.push((msg::CMD_FIT_SELECTION, "F", vec![Action::FitRow(row)]));
        items.push((msg::CMD_HIDE, "H", vec![select.clone(), Action::Hide]));
        items.push((msg::CMD_ISOLATE, "I", vec![select.clone(), Action::Isolate]));
        if can_ghost {
            items.push((msg::CMD_GHOST, "G", vec![select.clone(), Action::Ghost]));
        }
        items.push((msg::CMD_PROPERTIES, "", vec![select.clone()]));
        items.push((msg::CMD_WHY, "", vec![select]));
        if !model.id.is_empty() {
            items.push((msg::CMD_COPY_ID, "", vec![Action::CopyText(model.id.clone())]));
        }
    }
    if !model.coordinates.is_empty() {
        items.push((msg::CMD_COPY_COORDINATES, "", vec![Action::CopyText(model.coordinates.clone())]));
    }
    items.push((msg::CMD_SHOW_ALL, "Shift+H", vec![Action::ShowAll]));
    items.push((msg::CMD_FIT_ALL, "Home", vec![Action::FitAll]));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_bars_are_round_lengths() {
        for (limit, length) in [(130.0, 100.0), (1.0, 1.0), (0.7, 0.5), (4999.0, 2000.0), (0.06, 0.05)] {
            assert!((round_below(limit) - length).abs() < 1e-9, "{limit}: {}", round_below(limit));
        }
    }
}
