//! The legend over the scene: what the colors mean, how many objects, as of when.

use egui::{Align2, Area, FontFamily, FontId, Frame, Id, Order, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{LegendModel, LegendRow};
use crate::theme;
use crate::words::{Words, msg};

/// A card at the lower left of `free`: the overlay that fills objects, and beside it the one that outlines them.
pub(crate) fn show(
    ui: &Ui,
    free: Rect,
    overlays: [Option<&LegendModel>; 2],
    words: &Words,
    out: &mut Vec<Action>,
) {
    if overlays == [None; 2] {
        return;
    }
    Area::new(Id::unique("lantu-legend"))
        .order(Order::Middle)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(free.left_bottom() + vec2(12.0, -12.0))
        .constrain_to(free)
        .show(ui.ctx(), |ui| {
            let t = theme::of(ui);
            let frame = Frame::popup(ui.style()).fill(t.surface).inner_margin(10.0);
            frame.show(ui, |ui| both(ui, overlays, words, out));
        });
}

/// One beside the other.
pub(crate) fn both(ui: &mut Ui, overlays: [Option<&LegendModel>; 2], words: &Words, out: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 18.0;
        for model in overlays.into_iter().flatten() {
            ui.vertical(|ui| contents(ui, model, words, out));
        }
    });
}

/// What is outlined, not filled, says so.
pub(crate) fn title(model: &LegendModel, words: &Words) -> String {
    let name = words.t(model.overlay.msg());
    if model.outlines {
        words.t_args(msg::LEGEND_OUTLINES, &[("name", name.as_ref().into())])
    } else {
        name.into_owned()
    }
}

/// The overlay, the instant, and the states with their counts.
fn contents(ui: &mut Ui, model: &LegendModel, words: &Words, out: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.set_width(width(ui, model, words));
    ui.label(draw::strong(&title(model, words), 13.0));
    if !model.as_of.is_empty() {
        let as_of = words.t_args(msg::LEGEND_AS_OF, &[("time", model.as_of.as_str().into())]);
        ui.label(draw::weak(ui, &as_of));
    }
    ui.add_space(4.0);
    if model.rows.iter().all(|r| r.n == 0) {
        ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::LEGEND_EMPTY))).wrap());
    }
    for row in &model.rows {
        legend_row(ui, row, model, words, out);
    }
    if model.filter.is_some() && ui.button(words.t(msg::LEGEND_ALL)).clicked() {
        out.push(Action::FilterState(None));
    }
}

/// Wide enough for the longest row.
fn width(ui: &Ui, model: &LegendModel, words: &Words) -> f32 {
    let font = FontId::new(12.5, FontFamily::Proportional);
    let measure = |text: String| ui.painter().layout_no_wrap(text, font.clone(), theme::of(ui).text).size().x;
    let longest = model
        .rows
        .iter()
        .map(|r| measure(words.t(r.state.msg()).into_owned()) + measure(format::count(r.n)))
        .fold(0.0, f32::max);
    let title = measure(title(model, words)) * 13.0 / 12.5;
    (longest + 64.0).max(title + 4.0).max(150.0)
}

fn legend_row(ui: &mut Ui, row: &LegendRow, model: &LegendModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    let on = model.filter == Some(row.state);
    let (name, count) = (words.t(row.state.msg()), format::count(row.n));
    let label = words
        .t_args(msg::LEGEND_FILTER, &[("state", name.as_ref().into()), ("count", count.as_str().into())]);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
    if on {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let faded = row.n == 0 || (model.filter.is_some() && !on);
    let ink = if faded { t.weak } else { t.text };
    let y = rect.center().y;
    let swatch = Rect::from_min_size(pos2(rect.left() + 4.0, y - 8.0), vec2(22.0, 16.0));
    if model.outlines {
        draw::outline_swatch(ui.painter(), swatch, row.state, (t.text, t.border));
    } else {
        draw::swatch(ui.painter(), swatch, row.state, t.border);
    }
    let font = FontId::new(12.5, FontFamily::Proportional);
    ui.painter().text(pos2(rect.left() + 34.0, y), Align2::LEFT_CENTER, &name, font.clone(), ink);
    ui.painter().text(pos2(rect.right() - 4.0, y), Align2::RIGHT_CENTER, &count, font, ink);
    if response.on_hover_text(words.t(msg::LEGEND_HINT)).clicked() {
        out.push(Action::FilterState(if on { None } else { Some(row.state) }));
    }
}
