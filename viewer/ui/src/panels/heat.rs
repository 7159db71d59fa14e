//! The card of a map over the ground: what is mapped, how, and what its colors mean.

use egui::{Align2, ComboBox, FontFamily, FontId, Mesh, Rect, Sense, Ui, pos2, vec2};

use super::card;
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{HeatAsk, HeatKind, HeatLegend, HeatModel, HeatNow};
use crate::states::{OverlayKind, StateId};
use crate::theme;
use crate::words::{Words, msg};

/// Height of the bar of colors.
const BAR: f32 = 14.0;

/// The contents of the card.
pub(crate) fn panel(ui: &mut Ui, model: &HeatModel, now: &HeatNow, words: &Words, out: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    if card::title(ui, &words.t(msg::HEAT_TITLE), Some(&words.t(msg::HEAT_CLOSE))) {
        out.push(Action::SetHeat(None));
    }
    let mut ask = now.ask.clone();
    ui.horizontal(|ui| {
        ComboBox::from_id_salt("heat-quantity").selected_text(quantity(&ask.quantity, words)).show_ui(
            ui,
            |ui| {
                for q in &model.quantities {
                    ui.selectable_value(&mut ask.quantity, q.clone(), quantity(q, words));
                }
            },
        );
        if ask.quantity != RISK {
            ui.selectable_value(&mut ask.kriging, true, words.t(msg::HEAT_KRIGING));
            ui.selectable_value(&mut ask.kriging, false, words.t(msg::HEAT_IDW));
        }
    });
    if ask.quantity != RISK && ask.kriging {
        ui.checkbox(&mut ask.variance, words.t(msg::HEAT_VARIANCE));
    }
    if ask != now.ask {
        out.push(Action::SetHeat(Some(HeatAsk { variance: ask.variance && ask.kriging, ..ask })));
    }
    match &now.legend {
        Some(legend) => self::legend(ui, legend, now, words),
        None if now.problem.is_empty() => {
            ui.label(draw::weak(ui, &words.t(msg::WORKS_LOADING)));
        }
        None => {
            ui.add(egui::Label::new(draw::weak(ui, &now.problem)).wrap());
        }
    }
}

/// The quantity that stands for the risk of management cells.
const RISK: &str = "risk";

/// A quantity in the reader's language; one that the catalog does not know as the project calls it.
fn quantity(name: &str, words: &Words) -> String {
    words.by_id(&format!("quantity-{name}"), &[]).unwrap_or_else(|| name.to_owned())
}

/// The ask that comes after the current one when somebody goes through the maps; `None` after the last.
pub(crate) fn next(model: &HeatModel) -> Option<HeatAsk> {
    let at = model.now.as_ref().and_then(|n| model.quantities.iter().position(|q| *q == n.ask.quantity));
    let quantity = model.quantities.get(at.map_or(0, |ix| ix + 1))?.clone();
    Some(HeatAsk { quantity, kriging: true, variance: false })
}

/// What a map shows and what its colors mean, without anything to choose: for pictures.
pub(crate) fn told(ui: &mut Ui, now: &HeatNow, words: &Words) {
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.label(draw::strong(&words.t(msg::HEAT_TITLE), 13.0));
    let mut what = quantity(&now.ask.quantity, words);
    let kind = now.legend.as_ref().map(|l| l.kind);
    let method = match kind {
        Some(HeatKind::Kriging) => Some(msg::HEAT_KRIGING),
        Some(HeatKind::InverseDistance) => Some(msg::HEAT_IDW),
        _ => None,
    };
    if let Some(method) = method {
        what = format!("{what} · {}", words.t(method));
    }
    ui.label(egui::RichText::new(what).size(12.5));
    if now.ask.variance {
        ui.label(egui::RichText::new(words.t(msg::HEAT_VARIANCE)).size(12.5));
    }
    if let Some(legend) = &now.legend {
        self::legend(ui, legend, now, words);
    }
}

fn legend(ui: &mut Ui, legend: &HeatLegend, now: &HeatNow, words: &Words) {
    ui.add_space(3.0);
    match legend.span {
        Some(span) => bar(ui, legend, span),
        None => states(ui, words),
    }
    let n = |n: u64| format::count(n);
    let text = match legend.kind {
        HeatKind::Cells => {
            words.t_args(msg::HEAT_CELLS, &[("n", n(legend.n).into()), ("quiet", n(legend.n_silent).into())])
        }
        HeatKind::Points => words
            .t_args(msg::HEAT_POINTS, &[("n", n(legend.n).into()), ("silent", n(legend.n_silent).into())]),
        HeatKind::Difference => {
            words.t_args(msg::HEAT_DIFFERENCE, &[("least", format::short(legend.least, 3).into())])
        }
        HeatKind::Kriging | HeatKind::InverseDistance => {
            let percent = format::short(legend.masked * 100.0, 2);
            let args = [
                ("n", n(legend.n).into()),
                ("silent", n(legend.n_silent).into()),
                ("masked", percent.into()),
            ];
            words.t_args(msg::HEAT_STATIONS, &args)
        }
    };
    ui.add(egui::Label::new(draw::weak(ui, &text)).wrap());
    if now.ask.variance {
        ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::HEAT_VARIANCE_HINT))).wrap());
    }
}

/// The bar of colors with the values at its ends and its middle.
fn bar(ui: &mut Ui, legend: &HeatLegend, (low, high): (f64, f64)) {
    let t = theme::of(ui);
    let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), BAR + 16.0), Sense::hover());
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), BAR));
    let steps = legend.ramp.len().saturating_sub(1).max(1) as f32;
    let mut mesh = Mesh::default();
    for (n, [r, g, b]) in (0_u32..).zip(&legend.ramp) {
        let x = bar.left() + bar.width() * n as f32 / steps;
        let color = theme::rgb([*r, *g, *b]);
        mesh.colored_vertex(pos2(x, bar.top()), color);
        mesh.colored_vertex(pos2(x, bar.bottom()), color);
        if n > 0 {
            mesh.add_triangle(2 * n - 2, 2 * n - 1, 2 * n);
            mesh.add_triangle(2 * n - 1, 2 * n, 2 * n + 1);
        }
    }
    ui.painter().add(mesh);
    let font = FontId::new(11.0, FontFamily::Proportional);
    let value = |v: f64| format::with_unit(&format::short(v, 4), &legend.unit);
    let ends = [
        (rect.left_bottom(), Align2::LEFT_BOTTOM, value(low)),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, format::short(f64::midpoint(low, high), 4)),
        (rect.right_bottom(), Align2::RIGHT_BOTTOM, value(high)),
    ];
    for (at, align, text) in ends {
        ui.painter().text(at, align, text, font.clone(), t.text);
    }
}

/// The states of the risk overlay, which cells are colored by.
fn states(ui: &mut Ui, words: &Words) {
    let t = theme::of(ui);
    for name in ["extreme", "high", "medium", "low", "unknown"] {
        let Some(state) = StateId::parse(OverlayKind::Risk, name) else { continue };
        let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
        let swatch = Rect::from_min_size(rect.min + vec2(0.0, 2.0), vec2(20.0, 14.0));
        draw::swatch(ui.painter(), swatch, state, t.border);
        let font = FontId::new(12.0, FontFamily::Proportional);
        let at = pos2(rect.left() + 28.0, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, words.t(state.msg()), font, t.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_through_the_maps_shows_each_once_and_then_none() {
        let mut model = HeatModel { quantities: vec!["dust".into(), "noise".into()], now: None };
        let mut seen = Vec::new();
        while let Some(ask) = next(&model) {
            seen.push(ask.quantity.clone());
            model.now = Some(HeatNow { ask, legend: None, problem: String::new() });
        }
        assert_eq!(seen, ["dust", "noise"]);
        assert_eq!(next(&HeatModel::default()), None);
    }
}
