//! How a GIS layer is drawn: a small editor that hangs on its row.
//!
//! What is chosen is kept beside the row until it is applied: the layer's file is read again for it.

use egui::{ComboBox, FontFamily, FontId, Id, Rect, Response, ScrollArea, Sense, Slider, Ui, pos2, vec2};
use lantu_base::Clamp;

use super::card;
use crate::action::Action;
use crate::draw;
use crate::model::{LayerStyleModel, StyleAsk, StyleClass, StyleRamp};
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Width of the editor, points.
const WIDTH: f32 = 290.0;
/// Width of what is chosen in, points.
const FIELD: f32 = 168.0;
/// Height of the legend before it scrolls, points.
const LEGEND_HEIGHT: f32 = 150.0;
/// Classes of numbers that can be chosen: more cannot be told apart in a legend.
const CLASSES: std::ops::RangeInclusive<u8> = 2..=9;

/// The editor below `button`. `layer`: its id and name.
pub(crate) fn editor(
    button: &Response,
    (layer, name): (u32, &str),
    model: &LayerStyleModel,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let kept = Id::unique(("lantu-style", name));
    card::popup(button, WIDTH).show(|ui| {
        ui.set_width(WIDTH);
        let title = words.t_args(msg::STYLE_TITLE, &[("name", name.into())]);
        ui.label(draw::strong(&title, 13.5));
        let mut ask = ui.data(|d| d.get_temp::<StyleAsk>(kept)).unwrap_or_else(|| model.now.clone());
        let before = ask.clone();
        fields(ui, &mut ask, model, words);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let changed = ask != model.now;
            if ui.add_enabled(changed, egui::Button::new(words.t(msg::STYLE_APPLY))).clicked() {
                out.push(Action::SetLayerStyle(layer, ask.clone()));
                ui.close();
            }
            let ruled = model.now == StyleAsk::default();
            if ui.add_enabled(!ruled, egui::Button::new(words.t(msg::STYLE_RESET))).clicked() {
                ask = StyleAsk::default();
                out.push(Action::SetLayerStyle(layer, ask.clone()));
                ui.close();
            }
        });
        if ask != before {
            ui.data_mut(|d| d.insert_temp(kept, ask));
        }
        legend(ui, &model.legend, words);
    });
    if !egui::Popup::is_id_open(&button.ctx, egui::Popup::default_response_id(button)) {
        // The next time it begins with what is drawn then.
        button.ctx.data_mut(|d| d.remove::<StyleAsk>(kept));
    }
}

fn fields(ui: &mut Ui, ask: &mut StyleAsk, model: &LayerStyleModel, words: &Words) {
    let names = || model.attributes.iter().map(|a| a.name.as_str());
    let by_rules = words.t(msg::STYLE_BY_RULES);
    row(ui, msg::STYLE_COLORS, words, |ui| attribute(ui, "style-by", (&mut ask.by, &by_rules), names()));
    let numeric = model.attributes.iter().any(|a| Some(&a.name) == ask.by.as_ref() && a.numeric);
    if numeric {
        row(ui, msg::STYLE_NUMBERS, words, |ui| {
            ui.selectable_value(&mut ask.categories, false, words.t(msg::STYLE_GRADUATED));
            ui.selectable_value(&mut ask.categories, true, words.t(msg::STYLE_CATEGORIES));
        });
    }
    if numeric && !ask.categories {
        row(ui, msg::STYLE_RAMP, words, |ui| ramps(ui, &mut ask.ramp, words));
        row(ui, msg::STYLE_CLASSES, words, |ui| {
            ui.spacing_mut().slider_width = FIELD - 50.0;
            draw::slider_look(ui);
            let n = f64::from(ask.n_classes);
            let slider = ui.add(Slider::new(&mut ask.n_classes, CLASSES));
            slider.widget_info(|| egui::WidgetInfo::slider(true, n, words.t(msg::STYLE_CLASSES)));
        });
    }
    row(ui, msg::STYLE_HEIGHTS, words, |ui| {
        let text = |clamp: Option<Clamp>| words.t(clamp_name(clamp));
        let shown = text(ask.clamp);
        let combo = ComboBox::from_id_salt("style-clamp").width(FIELD).selected_text(shown.as_ref());
        combo.show_ui(ui, |ui| {
            for clamp in [None, Some(Clamp::Drape), Some(Clamp::RelativeToGround), Some(Clamp::Absolute)] {
                ui.selectable_value(&mut ask.clamp, clamp, text(clamp));
            }
        });
    });
    row(ui, msg::STYLE_NAMES, words, |ui| attribute(ui, "style-label", (&mut ask.label, &by_rules), names()));
}

const fn clamp_name(clamp: Option<Clamp>) -> Msg {
    match clamp {
        None => msg::STYLE_BY_RULES,
        Some(Clamp::Drape) => msg::STYLE_DRAPE,
        Some(Clamp::RelativeToGround) => msg::STYLE_RELATIVE,
        Some(Clamp::Absolute) => msg::STYLE_ABSOLUTE,
    }
}

/// A name, and at the right what is chosen.
fn row(ui: &mut Ui, name: Msg, words: &Words, field: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let (at, _space) = ui.allocate_exact_size(vec2(WIDTH - FIELD - 24.0, 22.0), Sense::hover());
        let font = FontId::new(13.0, FontFamily::Proportional);
        let start = pos2(at.left(), at.center().y);
        draw::cut_text(ui.painter(), start, &words.t(name), font, (theme::of(ui).text, at.width()));
        field(ui);
    });
}

/// One of a layer's attributes, or none.
fn attribute<'a>(
    ui: &mut Ui,
    id: &str,
    (chosen, none): (&mut Option<String>, &str),
    names: impl Iterator<Item = &'a str>,
) {
    let shown = chosen.clone().unwrap_or_else(|| none.to_owned());
    ComboBox::from_id_salt(id).width(FIELD).truncate().selected_text(shown).show_ui(ui, |ui| {
        ui.selectable_value(chosen, None, none);
        for name in names {
            ui.selectable_value(chosen, Some(name.to_owned()), name);
        }
    });
}

fn ramps(ui: &mut Ui, chosen: &mut StyleRamp, words: &Words) {
    let all = [
        (StyleRamp::Viridis, msg::STYLE_VIRIDIS),
        (StyleRamp::Cividis, msg::STYLE_CIVIDIS),
        (StyleRamp::BlueRed, msg::STYLE_BLUE_RED),
    ];
    let name = |ramp: StyleRamp| all.iter().find(|r| r.0 == ramp).map_or(msg::STYLE_VIRIDIS, |r| r.1);
    let shown = words.t(name(*chosen));
    ComboBox::from_id_salt("style-ramp").width(FIELD).selected_text(shown.as_ref()).show_ui(ui, |ui| {
        for (ramp, name) in all {
            ui.selectable_value(chosen, ramp, words.t(name));
        }
    });
}

/// What the colors mean that are drawn now.
fn legend(ui: &mut Ui, classes: &[StyleClass], words: &Words) {
    if classes.is_empty() {
        return;
    }
    ui.separator();
    ui.label(draw::weak(ui, &words.t(msg::STYLE_LEGEND)));
    ScrollArea::vertical().id_salt("style-legend").max_height(LEGEND_HEIGHT).show(ui, |ui| {
        for class in classes {
            let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
            let swatch = Rect::from_min_size(rect.min + vec2(0.0, 2.0), vec2(20.0, 14.0));
            ui.painter().rect_filled(swatch, 2.0, theme::rgb(class.color));
            let font = FontId::new(12.0, FontFamily::Proportional);
            let at = pos2(rect.left() + 28.0, rect.center().y);
            draw::cut_text(ui.painter(), at, &class.name, font, (theme::of(ui).text, rect.width() - 30.0));
        }
    });
}
