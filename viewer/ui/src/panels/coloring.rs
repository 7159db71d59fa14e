//! Coloring by any property: the chooser, and the legend with counts.

use egui::{
    FontFamily, FontId, Id, Rect, Response, RichText, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use super::card;
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{CategoryRow, ColorBy, ColorChoice, ColorScale, ColoringModel, ColoringNow, RangeModel};
use crate::palette;
use crate::state::UiState;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Width of the chooser.
const WIDTH: f32 = 320.0;
/// Height of its list before it scrolls.
const LIST_HEIGHT: f32 = 340.0;
const ROW: f32 = 26.0;

/// The popup, for keys and commands that open it.
pub(crate) fn popup_id() -> Id {
    Id::unique("lantu-color-menu")
}

/// What to color by, as people call it: `Pset_WallCommon · FireRating`.
pub(crate) fn name(by: &ColorBy, words: &Words) -> String {
    match by {
        ColorBy::Class => words.t(msg::COLOR_CLASS).into_owned(),
        ColorBy::Storey => words.t(msg::COLOR_STOREY).into_owned(),
        ColorBy::Type => words.t(msg::COLOR_TYPE).into_owned(),
        ColorBy::Material => words.t(msg::COLOR_MATERIAL).into_owned(),
        ColorBy::Source => words.t(msg::COLOR_SOURCE).into_owned(),
        ColorBy::Property { name, .. } => name.clone(),
    }
}

/// The chooser below `button`.
pub(crate) fn chooser(
    button: &Response,
    model: &ColoringModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let opened = !std::mem::replace(&mut state.color_open, false);
    card::popup(button, WIDTH).id(popup_id()).show(|ui| {
        state.color_open = true;
        ui.set_width(WIDTH);
        ui.label(draw::strong(&words.t(msg::COLOR_TITLE), 13.5));
        search(ui, state, opened, words);
        list(ui, model, state, words, out);
        if model.now.is_some() {
            ui.separator();
            if ui.button(words.t(msg::COLOR_NONE)).clicked() {
                out.push(Action::ColorBy(None));
                ui.close();
            }
        }
    });
}

/// The field that narrows the list; it has the keyboard when the chooser `opened`.
fn search(ui: &mut Ui, state: &mut UiState, opened: bool, words: &Words) {
    let hint = words.t(msg::COLOR_SEARCH).into_owned();
    let edit = TextEdit::singleline(&mut state.color_search)
        .id(Id::unique("lantu-color-search"))
        .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
        .desired_width(WIDTH - 10.0);
    let response = ui.add(edit);
    if opened {
        response.request_focus();
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
}

fn list(ui: &mut Ui, model: &ColoringModel, state: &UiState, words: &Words, out: &mut Vec<Action>) {
    let wanted = state.color_search.trim().to_lowercase();
    let fits = |c: &&ColorChoice| {
        let set = matches!(&c.by, ColorBy::Property { set, .. } if set.to_lowercase().contains(&wanted));
        wanted.is_empty() || set || name(&c.by, words).to_lowercase().contains(&wanted)
    };
    let found: Vec<&ColorChoice> = model.choices.iter().filter(fits).collect();
    if found.is_empty() {
        let text = state.color_search.trim();
        draw::empty(ui, &words.t_args(msg::COLOR_NONE_FOUND, &[("text", text.into())]));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("color-choices").max_height(LIST_HEIGHT);
    area.show_rows(ui, ROW, found.len(), |ui, rows| {
        for ix in rows {
            let Some(choice) = found.get(ix) else { continue };
            let on = model.now.as_ref().is_some_and(|n| n.by == choice.by);
            if choice_row(ui, choice, on, words) {
                out.push(Action::ColorBy(Some(choice.by.clone())));
                ui.close();
            }
        }
    });
}

fn choice_row(ui: &mut Ui, choice: &ColorChoice, on: bool, words: &Words) -> bool {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (name, count) = (name(&choice.by, words), words.counted(msg::TREE_OBJECTS, choice.n));
    let args = [("name", name.as_str().into()), ("count", count.as_str().into())];
    let label = words.t_args(msg::COLOR_CHOICE, &args);
    response.widget_info(|| WidgetInfo::selected(egui::Role::MenuItem, true, on, &label));
    if on {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let y = rect.center().y;
    let small = FontId::new(11.0, FontFamily::Proportional);
    let count = ui.painter().layout_no_wrap(format::count(choice.n), small.clone(), t.weak);
    let mut right = rect.right() - 6.0 - count.size().x;
    ui.painter().galley(pos2(right, y - count.size().y / 2.0), count, t.weak);
    if choice.numeric {
        let ramp = Rect::from_min_max(pos2(right - 36.0, y - 4.0), pos2(right - 8.0, y + 4.0));
        cividis_bar(ui, ramp);
        right = ramp.left();
    }
    let room = right - rect.left() - 16.0;
    let font = FontId::new(13.0, FontFamily::Proportional);
    let used = draw::cut_text(ui.painter(), pos2(rect.left() + 6.0, y), &name, font, (t.text, room));
    if let ColorBy::Property { set, .. } = &choice.by
        && room - used > 50.0
    {
        let at = pos2(rect.left() + 14.0 + used, y);
        draw::cut_text(ui.painter(), at, set, small, (t.weak, room - used - 8.0));
    }
    response.clicked()
}

fn cividis_bar(ui: &Ui, rect: Rect) {
    /// Strips of one color; finer ones are not seen.
    const STRIPS: u16 = 32;
    let width = rect.width() / f32::from(STRIPS);
    for ix in 0..STRIPS {
        let left = rect.left() + width * f32::from(ix);
        let strip = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width + 0.5, rect.bottom()));
        let color = palette::cividis(f64::from(ix) / f64::from(STRIPS - 1));
        ui.painter().rect_filled(strip.intersect(rect), 0.0, theme::color(color));
    }
}

/// The legend's contents.
///
/// `list_height`: points of the rows before they scroll.
pub(crate) fn legend(
    ui: &mut Ui,
    model: &ColoringModel,
    list_height: f32,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(now) = &model.now else { return };
    let name = name(&now.by, words);
    let close = words.t_args(msg::COLOR_CLOSE, &[("name", name.as_str().into())]);
    if card::title(ui, &name, Some(&close)) {
        out.push(Action::ColorBy(None));
    }
    if let ColorBy::Property { set, .. } = &now.by
        && !set.is_empty()
    {
        ui.label(draw::weak(ui, set));
    }
    if model.counting {
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(draw::weak(ui, &words.t(msg::COLOR_COUNTING)));
        });
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    match &now.scale {
        ColorScale::Categories(rows) => {
            ScrollArea::vertical().id_salt("color-legend").max_height(list_height).show(ui, |ui| {
                for (ix, row) in rows.iter().enumerate() {
                    category(ui, (ix, row), now.only, words, out);
                }
            });
        }
        ColorScale::Range(range) => graduated(ui, range, now.only, words, out),
    }
    footer(ui, now, words, out);
}

fn footer(ui: &mut Ui, now: &ColoringNow, words: &Words, out: &mut Vec<Action>) {
    let mut buttons: Vec<(Msg, Action)> = Vec::new();
    if now.only.is_some() {
        buttons.push((msg::COLOR_ALL, Action::FilterColor(None)));
    }
    if let ColorScale::Range(range) = &now.scale
        && bits(range.shown) != bits(range.all)
    {
        buttons.push((msg::COLOR_FULL_RANGE, Action::SetColorRange(range.all.0, range.all.1)));
    }
    if now.numeric {
        let graduated = matches!(now.scale, ColorScale::Range(_));
        let text = if graduated { msg::COLOR_AS_CATEGORIES } else { msg::COLOR_AS_RANGE };
        buttons.push((text, Action::ColorGraduated(!graduated)));
    }
    if buttons.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal_wrapped(|ui| {
        for (text, action) in buttons {
            if ui.button(words.t(text)).clicked() {
                out.push(action);
            }
        }
    });
}

fn bits((a, b): (f64, f64)) -> (u64, u64) {
    (a.to_bits(), b.to_bits())
}

/// A category's value, or what stands for none.
pub(crate) fn category_name(row: &CategoryRow, words: &Words) -> String {
    match (&row.label, row.other) {
        (_, true) => words.t(msg::COLOR_OTHER).into_owned(),
        (Some(label), false) => label.clone(),
        (None, false) => words.t(msg::COLOR_NO_VALUE).into_owned(),
    }
}

/// Swatch, value and count of a row; a click shows only these.
fn category(
    ui: &mut Ui,
    (ix, row): (usize, &CategoryRow),
    only: Option<usize>,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let name = category_name(row, words);
    if legend_row(ui, (ix, theme::color(row.color)), (&name, row.n), only, words) {
        out.push(Action::FilterColor((only != Some(ix)).then_some(ix)));
    }
}

fn legend_row(
    ui: &mut Ui,
    (ix, color): (usize, egui::Color32),
    (name, n): (&str, u64),
    only: Option<usize>,
    words: &Words,
) -> bool {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    let on = only == Some(ix);
    let count = format::count(n);
    let label = words.t_args(msg::COLOR_ONLY, &[("value", name.into()), ("count", count.as_str().into())]);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
    if on {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let ink = if n == 0 || (only.is_some() && !on) { t.weak } else { t.text };
    let y = rect.center().y;
    let swatch = Rect::from_min_size(pos2(rect.left() + 4.0, y - 8.0), vec2(22.0, 16.0));
    ui.painter().rect(swatch, 2.0, color, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    let font = FontId::new(12.5, FontFamily::Proportional);
    let count = ui.painter().layout_no_wrap(count, font.clone(), ink);
    let right = rect.right() - 4.0 - count.size().x;
    ui.painter().galley(pos2(right, y - count.size().y / 2.0), count, ink);
    let room = right - rect.left() - 44.0;
    draw::cut_text(ui.painter(), pos2(rect.left() + 34.0, y), name, font, (ink, room));
    response.on_hover_text(format!("{name}\n{}", words.t(msg::LEGEND_HINT))).clicked()
}

/// How often numbers occur, in their colors; below, the numbers of both ends.
fn graduated(ui: &mut Ui, range: &RangeModel, only: Option<usize>, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::hover());
    let n = range.steps.len().max(1);
    let most = range.steps.iter().copied().max().unwrap_or(0).max(1);
    let width = rect.width() / n as f32;
    let (low, high) = range.shown;
    let number = |share: f64| format::number(low + (high - low) * share, range.decimals);
    for (ix, count) in range.steps.iter().enumerate() {
        let left = rect.left() + width * ix as f32;
        let column = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        let response = ui.interact(column, ui.scope_id().with(("step", ix)), Sense::click());
        let on = only == Some(ix);
        let (from, to) = (ix as f64 / n as f64, (ix + 1) as f64 / n as f64);
        let args =
            [("from", number(from).into()), ("to", format::with_unit(&number(to), &range.unit).into())];
        let value = words.t_args(msg::COLOR_STEP, &args);
        let args = [("value", value.into()), ("count", words.counted(msg::TREE_OBJECTS, *count).into())];
        let label = words.t_args(msg::COLOR_ONLY, &args);
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
        if on || response.hovered() || response.has_focus() {
            ui.painter().rect_filled(column, 0.0, if on { t.accent_soft } else { t.hover });
        }
        let share = *count as f64 / most as f64;
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
        let height = (rect.height() - 12.0) * share as f32;
        let color = theme::color(palette::cividis(f64::midpoint(from, to)));
        let faded = only.is_some() && !on;
        let color = if faded { color.gamma_multiply(0.35) } else { color };
        let bar = Rect::from_min_max(
            pos2(left + 0.5, rect.bottom() - 10.0 - height),
            pos2(left + width - 0.5, rect.bottom() - 10.0),
        );
        ui.painter().rect_filled(bar, 0.0, color);
        if response.on_hover_text(label).clicked() {
            out.push(Action::FilterColor((!on).then_some(ix)));
        }
    }
    cividis_bar(ui, Rect::from_min_max(pos2(rect.left(), rect.bottom() - 8.0), rect.max));
    ends(ui, range, words, out);
    if range.n_without > 0 {
        let text = format!("{} · {}", words.t(msg::COLOR_NO_NUMBER), format::count(range.n_without));
        ui.label(draw::weak(ui, &text));
    }
}

/// The numbers of the first and the last color, which a person may change.
fn ends(ui: &mut Ui, range: &RangeModel, words: &Words, out: &mut Vec<Action>) {
    let (mut low, mut high) = range.shown;
    let speed = ((range.all.1 - range.all.0) / 200.0).max(f64::EPSILON);
    let suffix = format::with_unit("", &range.unit);
    let edit = |ui: &mut Ui, value: &mut f64, name| {
        let decimals = range.decimals;
        let number = egui::DragValue::new(value)
            .speed(speed)
            .fixed_decimals(decimals)
            .custom_formatter(move |v, _| format::number(v, decimals))
            .suffix(suffix.as_str())
            .custom_parser(format::parse_number);
        let response = ui.add(number);
        let label = words.t(name);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::SpinButton, true, &label));
        response.on_hover_text(label).changed()
    };
    ui.horizontal(|ui| {
        let mut changed = edit(ui, &mut low, msg::COLOR_FROM);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            changed |= edit(ui, &mut high, msg::COLOR_TO);
        });
        if changed && low < high {
            out.push(Action::SetColorRange(low, high));
        }
    });
}
