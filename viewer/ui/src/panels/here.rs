//! A place of the ground: where it is, and what each layer of heights or pictures says there.

use egui::{Align, Color32, Layout, ScrollArea, Sense, Ui, vec2};

use super::properties::{field, pair, position};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{HereModel, HereNumber, HereValue};
use crate::theme;
use crate::words::{Words, msg};

/// Width of the column of layers.
const NAMES: f32 = 124.0;

/// The panel in place of an object's properties.
pub(crate) fn show(ui: &mut Ui, model: &HereModel, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if draw::icon_button(ui, Icon::Close, &words.t(msg::PROPS_CLOSE), false).clicked() {
                out.push(Action::Select(None));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.label(draw::strong(&words.t(msg::HERE_TITLE), 16.0));
            });
        });
    });
    ui.separator();
    ScrollArea::vertical().id_salt("here").auto_shrink([false, false]).show(ui, |ui| {
        draw::section(ui, words, msg::PROPS_WHERE);
        position(ui, &model.place, words, out);
        field(ui, words, msg::PROPS_CRS, &model.place.crs);
        layers(ui, model, words);
    });
}

/// What each layer says at the place; nothing where no layer has values.
pub(crate) fn layers(ui: &mut Ui, model: &HereModel, words: &Words) {
    if model.values.is_empty() {
        return;
    }
    draw::section(ui, words, msg::HERE_LAYERS);
    for value in &model.values {
        layer(ui, value, words);
    }
}

fn layer(ui: &mut Ui, value: &HereValue, words: &Words) {
    match value.value {
        None => pair(ui, &value.layer, &words.t(msg::HERE_NOTHING), NAMES),
        Some(HereNumber::Height(h)) => {
            pair(ui, &value.layer, &format::with_unit(&format::number(h, 2), "m"), NAMES);
        }
        Some(HereNumber::Color([r, g, b])) => {
            ui.horizontal(|ui| {
                pair(ui, &value.layer, &format!("{r} · {g} · {b}"), NAMES);
                let (rect, _swatch) = ui.allocate_exact_size(vec2(22.0, 14.0), Sense::hover());
                let rim = egui::Stroke::new(1.0, theme::of(ui).border);
                ui.painter().rect(rect, 3.0, Color32::from_rgb(r, g, b), rim, egui::StrokeKind::Inside);
            });
        }
    }
}
