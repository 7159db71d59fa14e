//! The bottom line: where the pointer is, what runs, what it costs.

use egui::{Align, FontFamily, FontId, Layout, RichText, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{dock, jobs, memory};
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{StatusModel, UiModel};
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// Coordinates left, machine right.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let (live, model) = (model.live.as_ref(), &model.status);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            machine(ui, model, state, words, out);
            if let Some(live) = live {
                divider(ui);
                dock::badge(ui, live, state, words);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| position(ui, model, words));
        });
    });
    if state.jobs_open {
        jobs::list(ui, &model.jobs, state, words, out);
    }
}

fn small(text: &str) -> RichText {
    RichText::new(text).size(12.0)
}

fn position(ui: &mut Ui, model: &StatusModel, words: &Words) {
    let t = theme::of(ui);
    let Some([e, n, h]) = model.position else {
        ui.label(draw::weak(ui, &words.t(msg::STATUS_NO_POSITION)));
        crs(ui, model);
        return;
    };
    let unit = if model.unit.is_empty() { "m" } else { model.unit.as_str() };
    let mut text = String::new();
    for (name, value, unit) in
        [(msg::STATUS_EASTING, e, unit), (msg::STATUS_NORTHING, n, unit), (msg::STATUS_HEIGHT, h, "m")]
    {
        if value.is_finite() {
            let value = format::with_unit(&format::number(value, 2), unit);
            text = format!("{text}{}\u{202F}{value}   ", words.t(name));
        }
    }
    let hint = words.t(msg::STATUS_POINTER);
    // A fixed width keeps what follows from trembling while the pointer moves.
    let font = FontId::new(12.0, FontFamily::Proportional);
    let galley = ui.painter().layout_no_wrap(text.clone(), font, t.text);
    let width = (galley.size().x / 12.0).ceil() * 12.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, t.text);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
    response.on_hover_text(hint);
    let datum = if model.height_datum.is_empty() {
        words.t(msg::STATUS_NO_HEIGHT_DATUM)
    } else {
        model.height_datum.as_str().into()
    };
    ui.label(draw::weak(ui, &datum));
    crs(ui, model);
}

fn crs(ui: &mut Ui, model: &StatusModel) {
    if !model.crs.is_empty() {
        divider(ui);
        ui.label(small(&model.crs));
    }
}

fn divider(ui: &mut Ui) {
    let (rect, _space) = ui.allocate_exact_size(vec2(1.0, 14.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme::of(ui).line);
}

/// From right to left.
fn machine(ui: &mut Ui, model: &StatusModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if !model.zone.is_empty() {
        let hint = format!("{}: {}", words.t(msg::STATUS_ZONE), model.zone_name);
        ui.label(small(&model.zone)).on_hover_text(hint);
        divider(ui);
    }
    if let Some(ms) = model.frame_ms {
        let text = words.t_args(msg::STATUS_FRAME_MS, &[("ms", format::number(f64::from(ms), 0).into())]);
        let mut hint = words.t(msg::STATUS_FRAME).into_owned();
        if !model.adapter.is_empty() {
            hint = format!(
                "{hint}\n{}",
                words.t_args(msg::STATUS_RENDERER, &[("adapter", model.adapter.as_str().into())])
            );
        }
        if model.software {
            hint = format!("{hint}\n{}", words.t(msg::STATUS_SOFTWARE));
        }
        ui.label(small(&text)).on_hover_text(hint);
        divider(ui);
    }
    memory::badge(ui, &model.memory, state, words, out);
    divider(ui);
    jobs::button(ui, &model.jobs, state, words);
}
