//! How a GIS layer is drawn: a small editor that hangs on its row.
//!
//! What is chosen is kept beside the row until it is applied: the layer's file is read again for it.

use egui::{
    Align2, ComboBox, FontFamily, FontId, Id, Rect, Response, ScrollArea, Sense, Slider, Ui, pos2, vec2,
};
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

/// The editor beside `button`, which opens and closes it. `layer`: its id and name.
///
/// A card rather than a popup: lists to choose from are popups, and only one of those is open at a time.
pub(crate) fn editor(
    ui: &Ui,
    button: &Response,
    (layer, name): (u32, &str),
    model: &LayerStyleModel,
    (words, out): (&Words, &mut Vec<Action>),
) {
    let (opened, kept) = (Id::unique("lantu-style-open"), Id::unique(("lantu-style", name)));
    let mut open = ui.data(|d| d.get_temp::<u32>(opened)) == Some(layer);
    if button.clicked() {
        open = !open;
        ui.data_mut(|d| {
            d.remove::<u32>(opened);
            if open {
                d.insert_temp(opened, layer);
            }
        });
    }
    if !open {
        return;
    }
    let mut done = false;
    let place = card::Place { pivot: Align2::LEFT_BOTTOM, at: button.rect.right_top(), width: WIDTH };
    card::show(ui, "lantu-style", place, |ui| {
        let arg = [("name", name.into())];
        let (title, close) = (words.t_args(msg::STYLE_TITLE, &arg), words.t_args(msg::STYLE_CLOSE, &arg));
        done |= card::title(ui, &title, Some(&close));
        let mut ask = ui.data(|d| d.get_temp::<StyleAsk>(kept)).unwrap_or_else(|| model.now.clone());
        fields(ui, &mut ask, model, words);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let apply = ui.add_enabled(ask != model.now, egui::Button::new(words.t(msg::STYLE_APPLY)));
            let ruled = model.now == StyleAsk::default();
            let reset = ui.add_enabled(!ruled, egui::Button::new(words.t(msg::STYLE_RESET)));
            if reset.clicked() {
                ask = StyleAsk::default();
            }
            if apply.clicked() || reset.clicked() {
                out.push(Action::SetLayerStyle(layer, ask.clone()));
                done = true;
            }
        });
        ui.data_mut(|d| d.insert_temp(kept, ask));
        legend(ui, &model.legend, words);
    });
    if done {
        // The next time it begins with what is drawn then.
        ui.data_mut(|d| {
            d.remove::<u32>(opened);
            d.remove::<StyleAsk>(kept);
        });
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
