//! The picked object: what it is, where it is, why it has its color, its channels, its properties.

use egui::{
    Align, CollapsingHeader, Frame, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2,
};
use lantu_base::TimeZoneName;

use super::sparkline;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{ChannelModel, HereModel, PlaceModel, PropertiesModel, PropertySet, WhyModel};
use crate::state::{DockTab, UiState};
use crate::states::StateId;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Width of the column of names.
const NAMES: f32 = 84.0;

/// The panel, with what rasters say where the object was picked. `zone`: for instants.
pub(crate) fn show(
    ui: &mut Ui,
    (model, here): (Option<&PropertiesModel>, Option<&HereModel>),
    (zone, state): (Option<&TimeZoneName>, &mut UiState),
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(model) = model else {
        ui.label(draw::strong(&words.t(msg::PANEL_PROPERTIES), 13.5));
        draw::empty(ui, &words.t(msg::PROPS_EMPTY));
        return;
    };
    title(ui, model, words, out);
    ScrollArea::vertical().id_salt("properties").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(ui.available_width() - 4.0);
        drawn(ui, &model.drawn);
        draw::section(ui, words, msg::PROPS_WHY);
        why(ui, model.why.as_ref(), zone, words);
        if let Some(outline) = &model.why_outline {
            draw::section(ui, words, msg::PROPS_WHY_OUTLINE);
            why(ui, Some(outline), zone, words);
        }
        what(ui, model, words, out);
        place(ui, model, words, out);
        channels(ui, &model.channels, (zone, state), words);
        sets(ui, &model.sets, words);
        if let Some(place) = here {
            super::here::layers(ui, place, words);
        }
        ui.add_space(12.0);
    });
}

fn title(ui: &mut Ui, model: &PropertiesModel, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if draw::icon_button(ui, Icon::Close, &words.t(msg::PROPS_CLOSE), false).clicked() {
                out.push(Action::Select(None));
            }
            if draw::icon_button(ui, Icon::Fit, &words.t(msg::CMD_FIT_SELECTION), false).clicked() {
                out.push(Action::FitSelection);
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let name = if model.name.is_empty() {
                    words.t(msg::TREE_UNNAMED)
                } else {
                    model.name.as_str().into()
                };
                ui.add(Label::new(RichText::new(name.as_ref()).size(16.0)).wrap());
                ui.label(draw::weak(ui, &format!("{} · {}", model.class, model.source)));
                if model.n_more > 0 {
                    ui.label(draw::weak(ui, &words.counted(msg::PROPS_MORE_SELECTED, model.n_more)));
                }
            });
        });
    });
    ui.add_space(2.0);
    ui.separator();
}

/// One line: name left, value right of it, wrapped.
pub(crate) fn field(ui: &mut Ui, words: &Words, name: Msg, value: &str) {
    pair(ui, &words.t(name), value, NAMES);
}

pub(crate) fn pair(ui: &mut Ui, name: &str, value: &str, width: f32) {
    if value.is_empty() {
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let weak = theme::of(ui).weak;
        ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(width);
            ui.add(Label::new(RichText::new(name).size(12.0).color(weak)).wrap());
        });
        ui.vertical(|ui| {
            ui.add(Label::new(RichText::new(value).size(12.5)).wrap().selectable(true));
        });
    });
}

/// What is not drawn as the file says: hatched as in the scene.
fn drawn(ui: &mut Ui, remarks: &[String]) {
    if remarks.is_empty() {
        return;
    }
    let t = theme::of(ui);
    ui.add_space(4.0);
    Frame::new()
        .fill(t.surface)
        .stroke(egui::Stroke::new(1.0, t.border))
        .corner_radius(5.0)
        .inner_margin(6.0)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                let (rect, _swatch) = ui.allocate_exact_size(vec2(22.0, 16.0), Sense::hover());
                draw::hatched(ui.painter(), rect, t.weak, t.border);
                ui.vertical(|ui| {
                    for remark in remarks {
                        ui.add(Label::new(RichText::new(remark).size(12.5)).wrap().selectable(true));
                    }
                });
            });
        });
}

fn what(ui: &mut Ui, model: &PropertiesModel, words: &Words, out: &mut Vec<Action>) {
    draw::section(ui, words, msg::PROPS_WHAT);
    field(ui, words, msg::PROPS_CLASS, &model.class);
    field(ui, words, msg::PROPS_TYPE, &model.type_name);
    field(ui, words, msg::PROPS_CONTAINER, &model.container);
    field(ui, words, msg::PROPS_MATERIALS, &model.materials.join(", "));
    field(ui, words, msg::PROPS_SOURCE, &model.source);
    copyable(ui, words, (msg::PROPS_ID, msg::PROPS_COPY_ID), (&model.id, &model.id), out);
}

/// A line with a button that copies `copied`.
fn copyable(
    ui: &mut Ui,
    words: &Words,
    names: (Msg, Msg),
    (shown, copied): (&str, &str),
    out: &mut Vec<Action>,
) {
    if shown.is_empty() {
        return;
    }
    let row = ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - 26.0);
        field(ui, words, names.0, shown);
    });
    let corner = pos2(ui.max_rect().right() - 2.0, row.response.rect.top());
    let at = Rect::from_min_size(corner - vec2(20.0, 0.0), vec2(20.0, 20.0));
    if draw::icon_at(ui, at, (Icon::Copy, &words.t(names.1)), names.1.id()).clicked() {
        ui.copy_text(copied.to_owned());
        out.push(Action::CopyText(copied.to_owned()));
    }
}

fn place(ui: &mut Ui, model: &PropertiesModel, words: &Words, out: &mut Vec<Action>) {
    draw::section(ui, words, msg::PROPS_WHERE);
    let Some(place) = &model.place else {
        ui.label(words.t(msg::LAYER_WAITING));
        return;
    };
    position(ui, place, words, out);
    let sizes = place.size.map(|v| format::number(v, place.decimals.min(2)));
    field(ui, words, msg::PROPS_SIZE, &format::with_unit(&sizes.join(" × "), "m"));
    field(ui, words, msg::PROPS_CRS, &place.crs);
}

/// Easting, northing and height with its datum.
pub(crate) fn position(ui: &mut Ui, place: &PlaceModel, words: &Words, out: &mut Vec<Action>) {
    let coordinate = |ix: usize, unit: &str| {
        let value = place.center.get(ix).copied().unwrap_or(f64::NAN);
        format::with_unit(&format::number(value, place.decimals), unit)
    };
    let plain = place.center.map(|v| format!("{v:.*}", place.decimals)).join(", ");
    let easting = coordinate(0, &place.unit);
    copyable(ui, words, (msg::PROPS_EASTING, msg::PROPS_COPY_COORDINATES), (&easting, &plain), out);
    field(ui, words, msg::PROPS_NORTHING, &coordinate(1, &place.unit));
    field(ui, words, msg::PROPS_HEIGHT, &height(place, &coordinate(2, "m"), words));
}

fn height(place: &PlaceModel, number: &str, words: &Words) -> String {
    if place.height_datum.is_empty() {
        format!("{number} ({})", words.t(msg::STATUS_NO_HEIGHT_DATUM))
    } else {
        format!("{number} ({})", place.height_datum)
    }
}

/// A state as a swatch with its name.
pub(crate) fn chip(ui: &mut Ui, state: StateId, words: &Words) {
    let t = theme::of(ui);
    Frame::new()
        .fill(t.surface)
        .stroke(egui::Stroke::new(1.0, t.border))
        .corner_radius(5.0)
        .inner_margin(4.0)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let (rect, _swatch) = ui.allocate_exact_size(vec2(22.0, 16.0), Sense::hover());
                draw::swatch(ui.painter(), rect, state, t.border);
                ui.label(draw::strong(&words.t(state.msg()), 13.0));
                ui.add_space(2.0);
            });
        });
}

fn why(ui: &mut Ui, why: Option<&WhyModel>, zone: Option<&TimeZoneName>, words: &Words) {
    let Some(why) = why else {
        draw::empty(ui, &words.t(msg::PROPS_NO_OVERLAY));
        return;
    };
    ui.horizontal_wrapped(|ui| {
        if let Some(state) = why.state {
            chip(ui, state, words);
        }
        if let Some(zone) = zone {
            let time = format::date_time(why.as_of, zone);
            ui.label(draw::weak(ui, &words.t_args(msg::PROPS_AS_OF, &[("time", time.into())])));
        }
    });
    if why.reasons.is_empty() && why.state.is_none() {
        draw::empty(ui, &words.t(msg::PROPS_NO_REASON));
    }
    for reason in &why.reasons {
        ui.add(Label::new(RichText::new(reason).size(12.5)).wrap().selectable(true));
    }
    readings(ui, why, zone, words);
    field(ui, words, msg::WHY_SOURCE, &why.source);
    let rule = if why.rule.is_empty() || why.rule_version.is_empty() {
        why.rule.clone()
    } else {
        let args = [("rule", why.rule.as_str().into()), ("version", why.rule_version.as_str().into())];
        words.t_args(msg::PROPS_RULE_VERSION, &args)
    };
    field(ui, words, msg::PROPS_RULE, &rule);
    field(ui, words, msg::PROPS_EVIDENCE, &why.evidence);
}

/// The readings that decided, each with its time.
fn readings(ui: &mut Ui, why: &WhyModel, zone: Option<&TimeZoneName>, words: &Words) {
    let (Some(zone), false) = (zone, why.readings.is_empty()) else { return };
    ui.add_space(2.0);
    ui.label(draw::weak(ui, &words.t(msg::WHY_READINGS)));
    if why.n_more_readings > 0 {
        let n = format::count(why.n_more_readings as u64);
        ui.label(draw::weak(ui, &words.t_args(msg::WHY_READINGS_MORE, &[("n", n.into())])));
    }
    for r in &why.readings {
        let value = format::with_unit(&format::short(r.value, 5), &r.unit);
        let time = format::date_time(r.at, zone);
        let mut text =
            if r.later { format!("{value} · {}", words.t(msg::WHY_READING_LATER)) } else { value };
        if let Some(at) = r.result {
            let time = format::date_time(at, zone);
            text = format!("{text} · {}", words.t_args(msg::WHY_READING_RESULT, &[("time", time.into())]));
        }
        pair(ui, &time, &text, 118.0);
    }
}

fn channels(
    ui: &mut Ui,
    channels: &[ChannelModel],
    (zone, state): (Option<&TimeZoneName>, &mut UiState),
    words: &Words,
) {
    if channels.is_empty() {
        return;
    }
    draw::section(ui, words, msg::PROPS_CHANNELS);
    for channel in channels {
        ui.horizontal(|ui| {
            if let Some(state) = channel.state {
                let (rect, _swatch) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
                draw::swatch(ui.painter(), rect, state, theme::of(ui).border);
            }
            ui.label(RichText::new(&channel.name).size(12.5));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| match (channel.last, zone) {
                (Some((value, _)), _) => {
                    let value = format::with_unit(&format::number(value, channel.decimals), &channel.unit);
                    ui.label(draw::strong(&value, 13.0));
                }
                (None, _) => {
                    ui.label(draw::weak(ui, &words.t(msg::CHANNEL_NEVER)));
                }
            });
        });
        if let (Some((_, at)), Some(zone)) = (channel.last, zone) {
            let state = channel.state.map(|s| words.t(s.msg()).into_owned()).unwrap_or_default();
            let at = words.t_args(msg::CHANNEL_AT, &[("time", format::date_time(at, zone).into())]);
            let text = if state.is_empty() { at } else { format!("{state} · {at}") };
            ui.label(draw::weak(ui, &text));
        }
        if sparkline::show(ui, channel, words) {
            state.open_dock(DockTab::Charts);
        }
        ui.add_space(6.0);
    }
}

fn sets(ui: &mut Ui, sets: &[PropertySet], words: &Words) {
    draw::section(ui, words, msg::PROPS_SETS);
    if sets.is_empty() {
        draw::empty(ui, &words.t(msg::PROPS_NO_SETS));
        return;
    }
    for (ix, set) in sets.iter().enumerate() {
        let title = RichText::new(&set.name).size(12.5);
        CollapsingHeader::new(title).id_salt(("set", ix, &set.name)).default_open(ix < 3).show_unindented(
            ui,
            |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                let width = (ui.available_width() * 0.44).max(NAMES);
                for (n, (name, value)) in set.rows.iter().enumerate() {
                    let top = ui.cursor().top();
                    let shape = ui.painter().add(egui::Shape::Noop);
                    pair(ui, name, if value.is_empty() { "–" } else { value }, width);
                    if n % 2 == 0 {
                        let rows =
                            Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=ui.min_rect().bottom());
                        ui.painter().set(shape, egui::Shape::rect_filled(rows, 2.0, theme::of(ui).hover));
                    }
                }
            },
        );
    }
}
