//! Layers: shown or not, and how opaque.

use egui::{Align, Checkbox, Layout, Rect, ScrollArea, Sense, Slider, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{GroundLook, LayerKind, LayerRow, LayersModel, StyleAsk};
use crate::theme;
use crate::words::{Msg, Words, msg};

/// One line per layer.
pub(crate) fn show(ui: &mut Ui, model: &LayersModel, words: &Words, out: &mut Vec<Action>) {
    ui.label(draw::strong(&words.t(msg::PANEL_LAYERS), 13.5));
    ui.add_space(2.0);
    if model.layers.is_empty() {
        draw::empty(ui, &words.t(msg::LAYERS_EMPTY));
        return;
    }
    ScrollArea::vertical().id_salt("layers").auto_shrink([false, false]).show(ui, |ui| {
        for layer in &model.layers {
            ui.push_id(layer.id, |ui| layer_row(ui, layer, words, out));
        }
        if let Some(opacity) = model.ground_opacity {
            ground_row(ui, opacity, words, out);
        }
        if let Some(look) = model.ground_look {
            ground_look(ui, look, words, out);
        }
    });
}

/// Icon and name of a kind.
const fn kind_look(kind: LayerKind) -> (Icon, Msg) {
    match kind {
        LayerKind::Model => (Icon::Model, msg::LAYER_KIND_MODEL),
        LayerKind::Orthophoto => (Icon::Picture, msg::LAYER_KIND_ORTHOPHOTO),
        LayerKind::Elevation => (Icon::Terrain, msg::LAYER_KIND_ELEVATION),
        LayerKind::Surface => (Icon::Terrain, msg::LAYER_KIND_SURFACE),
        LayerKind::Vector => (Icon::Lines, msg::LAYER_KIND_VECTOR),
        LayerKind::Utilities => (Icon::Pipe, msg::LAYER_KIND_UTILITIES),
        LayerKind::Cells => (Icon::Grid, msg::LAYER_KIND_CELLS),
    }
}

fn layer_row(ui: &mut Ui, layer: &LayerRow, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (icon, kind) = kind_look(layer.kind);
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let mut visible = layer.visible;
        let check = ui.add(Checkbox::without_text(&mut visible));
        let label = words.t_args(msg::LAYER_VISIBLE, &[("name", layer.name.as_str().into())]);
        check.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, visible, &label));
        if check.changed() {
            out.push(Action::ToggleLayer(layer.id, visible));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = words.t_args(msg::LAYER_OPACITY, &[("name", layer.name.as_str().into())]);
            let slider = if layer.swiped.is_some() { settled_slider } else { opacity_slider };
            let moved = layer.opacity.and_then(|opacity| slider(ui, opacity, &label));
            if let Some(opacity) = moved {
                out.push(Action::SetLayerOpacity(layer.id, opacity));
            }
            if let Some(swiped) = layer.swiped.filter(|_| layer.visible) {
                let hint = if swiped { msg::SWIPE_END } else { msg::SWIPE_BEGIN };
                let hint = words.t_args(hint, &[("name", layer.name.as_str().into())]);
                if draw::icon_button(ui, Icon::Swipe, &hint, swiped).clicked() {
                    out.push(Action::Swipe((!swiped).then_some(layer.id)));
                }
            }
            if let Some(model) = &layer.style {
                let label = words.t_args(msg::STYLE_TITLE, &[("name", layer.name.as_str().into())]);
                let on = model.now != StyleAsk::default();
                let button = draw::icon_button(ui, Icon::Palette, &label, on);
                super::style::editor(ui, &button, (layer.id, &layer.name), model, (words, out));
            }
            if layer.has_report {
                let text = if layer.waiting { msg::PLACING_OPEN_WAITING } else { msg::PLACING_OPEN };
                let label = words.t_args(text, &[("name", layer.name.as_str().into())]);
                let icon = if layer.waiting { Icon::Warn } else { Icon::Map };
                if draw::icon_button(ui, icon, &label, layer.waiting).clicked() {
                    out.push(Action::ShowPlacement(Some(layer.id)));
                }
            }
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
            let ink = if layer.visible { t.text } else { t.weak };
            let at = Rect::from_center_size(pos2(rect.left() + 9.0, rect.center().y), Vec2::splat(14.0));
            draw::icon(ui.painter(), at, icon, t.weak);
            let font = egui::FontId::new(13.0, egui::FontFamily::Proportional);
            let start = pos2(rect.left() + 22.0, rect.center().y);
            draw::cut_text(ui.painter(), start, &layer.name, font, (ink, rect.width() - 26.0));
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &layer.name));
            let waiting =
                if layer.waiting { format!(" · {}", words.t(msg::LAYER_WAITING)) } else { String::new() };
            response.on_hover_text(format!("{} · {}{waiting}", layer.name, words.t(kind)));
        });
    });
}

/// The slider of a layer, from 0 to 1; the new value when it moves.
fn opacity_slider(ui: &mut Ui, opacity: f32, label: &str) -> Option<f32> {
    let mut value = opacity;
    ui.spacing_mut().slider_width = 64.0;
    draw::slider_look(ui);
    let percent = format::percent(f64::from(opacity));
    let slider = ui.add(Slider::new(&mut value, 0.0..=1.0).show_value(false)).on_hover_text(percent);
    slider.widget_info(|| WidgetInfo::slider(true, f64::from(value), label));
    slider.changed().then_some(value)
}

/// The same, but the new value comes when the slider rests: pictures of the ground are put together anew for it.
fn settled_slider(ui: &mut Ui, opacity: f32, label: &str) -> Option<f32> {
    let id = ui.scope_id().with("sliding");
    let sliding = ui.data(|d| d.get_temp::<f32>(id));
    if let Some(value) = opacity_slider(ui, sliding.unwrap_or(opacity), label) {
        ui.data_mut(|d| d.insert_temp(id, value));
        if ui.input(|i| i.pointer.any_down()) {
            return None;
        }
    } else if ui.input(|i| i.pointer.any_down()) {
        return None;
    }
    let value = ui.data_mut(|d| d.remove_temp::<f32>(id))?;
    ((value - opacity).abs() > f32::EPSILON).then_some(value)
}

/// The ground has no check box: X makes it translucent, the slider says how much.
fn ground_row(ui: &mut Ui, opacity: f32, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let (icon_at, _space) = ui.allocate_exact_size(vec2(18.0, 22.0), Sense::hover());
        draw::icon(
            ui.painter(),
            Rect::from_center_size(icon_at.center(), Vec2::splat(14.0)),
            Icon::Terrain,
            t.weak,
        );
        ui.label(words.t(msg::LAYER_GROUND));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = words.t(msg::LAYER_GROUND);
            let label = words.t_args(msg::LAYER_OPACITY, &[("name", name.as_ref().into())]);
            if let Some(opacity) = opacity_slider(ui, opacity, &label) {
                out.push(Action::SetGroundOpacity(opacity));
            }
        });
    });
}

/// Distances of contour lines that can be chosen, meters; 0 for none.
const CONTOURS_M: [f32; 6] = [0.0, 0.25, 0.5, 1.0, 5.0, 20.0];

/// Brightness, contrast, relief, slope and contour lines of the ground.
fn ground_look(ui: &mut Ui, look: GroundLook, words: &Words, out: &mut Vec<Action>) {
    let title = words.t(msg::GROUND_LOOK);
    egui::CollapsingHeader::new(title.as_ref()).id_salt("ground-look").show(ui, |ui| {
        let mut new = look;
        let row = |ui: &mut Ui, name: Msg, value: &mut f32, range: std::ops::RangeInclusive<f32>| {
            ui.horizontal(|ui| {
                ui.label(words.t(name));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().slider_width = 110.0;
                    draw::slider_look(ui);
                    let slider = ui.add(Slider::new(value, range).show_value(false));
                    slider.widget_info(|| WidgetInfo::slider(true, f64::from(*value), words.t(name)));
                });
            });
        };
        row(ui, msg::GROUND_BRIGHTNESS, &mut new.brightness, -0.5..=0.5);
        row(ui, msg::GROUND_CONTRAST, &mut new.contrast, 0.25..=2.5);
        row(ui, msg::GROUND_HILLSHADE, &mut new.hillshade, 0.0..=1.0);
        row(ui, msg::GROUND_SLOPE, &mut new.slope, 0.0..=1.0);
        exaggeration(ui, &mut new.exaggeration, words);
        ui.horizontal(|ui| {
            ui.label(words.t(msg::GROUND_CONTOURS));
            for every in CONTOURS_M {
                let text = if every > 0.0 {
                    format!("{every} m")
                } else {
                    words.t(msg::GROUND_CONTOURS_NONE).into_owned()
                };
                ui.selectable_value(&mut new.contour_m, every, text);
            }
        });
        if new != look {
            out.push(Action::SetGroundLook(new));
        }
        if look != GroundLook::default() && ui.button(words.t(msg::GROUND_LOOK_RESET)).clicked() {
            out.push(Action::SetGroundLook(GroundLook::default()));
        }
    });
}

/// Largest factor on heights that the slider reaches. Chosen: hills of a plain show; the command line goes farther.
const MOST_EXAGGERATION: f64 = 10.0;

/// How many times as tall heights are drawn: a slider and its factor.
fn exaggeration(ui: &mut Ui, factor: &mut f64, words: &Words) {
    ui.horizontal(|ui| {
        ui.label(words.t(msg::GROUND_EXAGGERATION)).on_hover_text(words.t(msg::GROUND_EXAGGERATION_HINT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().slider_width = 80.0;
            draw::slider_look(ui);
            let most = factor.max(MOST_EXAGGERATION);
            let slider = Slider::new(factor, 1.0_f64.min(*factor)..=most).logarithmic(true);
            let slider = ui.add(slider.step_by(0.1).show_value(false));
            slider.widget_info(|| WidgetInfo::slider(true, *factor, words.t(msg::GROUND_EXAGGERATION)));
            ui.label(format::factor(*factor));
        });
    });
}
