//! Memory: the badge in the status bar, what it says, and the limit.

use egui::{Align2, Rect, RichText, Sense, Slider, Ui, WidgetInfo, vec2};

use super::card;
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::MemoryModel;
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// `412/512 MB` with a bar; opens what it means and the limit.
pub(crate) fn badge(
    ui: &mut Ui,
    model: &MemoryModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let t = theme::of(ui);
    let (used, limit) = (model.used_bytes, model.limit_bytes);
    let text = if limit == 0 {
        format::bytes(used)
    } else {
        let args =
            [("used", format::bytes_number(used, limit).into()), ("limit", format::bytes(limit).into())];
        words.t_args(msg::STATUS_MEMORY_OF, &args)
    };
    let color = if model.coarser { t.caution } else { t.text };
    let button =
        egui::Button::new(RichText::new(&text).size(12.0).color(color)).frame_when_inactive(false).small();
    let response = ui.add(button);
    let label = words.t_args(msg::MEMORY_OPEN, &[("text", text.as_str().into())]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if limit > 0 {
        let (rect, _bar) = ui.allocate_exact_size(vec2(44.0, 6.0), Sense::hover());
        share_bar(ui, rect, used as f64 / limit as f64);
    }
    popup(&response, model, state, words, out);
}

fn share_bar(ui: &Ui, rect: Rect, share: f64) {
    let t = theme::of(ui);
    #[expect(clippy::cast_possible_truncation, reason = "a fraction from 0 to 1")]
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.min(1.0) as f32, rect.height()));
    ui.painter().rect_filled(rect, 3.0, t.line);
    let color = match share {
        s if s > 0.95 => t.danger,
        s if s > 0.8 => t.caution,
        _ => t.accent,
    };
    ui.painter().rect_filled(filled, 3.0, color);
}

fn popup(
    button: &egui::Response,
    model: &MemoryModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    card::popup(button, 300.0).show(|ui| {
        ui.set_width(300.0);
        ui.label(draw::strong(&words.t(msg::MEMORY_TITLE), 13.5));
        if model.coarser {
            ui.add(egui::Label::new(explain(model, words)).wrap());
        }
        ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::MEMORY_EXPLAIN))).wrap());
        let Some((least, most)) = model.choices else { return };
        ui.add_space(6.0);
        let now = if model.limit_bytes == 0 { most } else { model.limit_bytes };
        let mut limit = state.memory_limit.unwrap_or(now).clamp(least, most.max(least));
        ui.spacing_mut().slider_width = 200.0;
        let slider = Slider::new(&mut limit, least..=most.max(least))
            .logarithmic(true)
            .step_by(16e6)
            .show_value(false);
        let response = ui
            .scope(|ui| {
                draw::slider_look(ui);
                ui.add(slider)
            })
            .inner;
        response.widget_info(|| WidgetInfo::slider(true, limit as f64, words.t(msg::MEMORY_LIMIT)));
        ui.horizontal(|ui| {
            ui.label(draw::strong(&format::bytes(limit), 13.0));
            let changed = limit != now;
            if ui.add_enabled(changed, egui::Button::new(words.t(msg::MEMORY_APPLY))).clicked() {
                out.push(Action::SetMemoryLimit(limit));
                state.memory_limit = None;
                ui.close();
            } else {
                state.memory_limit = changed.then_some(limit);
            }
        });
    });
}

fn explain(model: &MemoryModel, words: &Words) -> String {
    let limit = format::bytes(model.limit_bytes);
    words.t_args(msg::MEMORY_COARSER_EXPLAIN, &[("limit", limit.into())])
}

/// Over the scene, while the limit makes it coarser. A click opens the badge's popup.
pub(crate) fn chip(
    ui: &mut Ui,
    model: &MemoryModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    if !model.coarser {
        return;
    }
    let t = theme::of(ui);
    let text = words.t(msg::MEMORY_COARSER);
    let font = egui::FontId::new(12.5, theme::strong_family());
    let galley = ui.painter().layout_no_wrap(text.to_string(), font.clone(), t.caution);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(34.0, 10.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &text));
    let fill = if response.hovered() || response.has_focus() { t.hover } else { t.surface };
    let stroke = egui::Stroke::new(1.0, t.caution);
    ui.painter().rect(rect, 6.0, fill, stroke, egui::StrokeKind::Inside);
    let at = Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), vec2(14.0, 14.0));
    draw::icon(ui.painter(), at, draw::Icon::Warn, t.caution);
    ui.painter().text(rect.left_center() + vec2(26.0, 0.0), Align2::LEFT_CENTER, &text, font, t.caution);
    let response = response.on_hover_text(explain(model, words));
    popup(&response, model, state, words, out);
}
