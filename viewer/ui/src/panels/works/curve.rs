//! The curve of worth: planned value, earned value and actual cost over time, and the figures at the clock's time.

use egui::{
    Align2, Color32, FontFamily, FontId, Painter, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::scale::Scale;
use crate::draw;
use crate::format;
use crate::model::{CurveModel, CurvePoint, WorksModel};
use crate::states::StateId;
use crate::theme::{self, Tokens};
use crate::words::{Msg, Words, msg};

/// Width of the figures at the right.
const FIGURES: f32 = 250.0;
/// Room for amounts at the left of the plot.
const AMOUNTS: f32 = 72.0;
const STRIP: f32 = 18.0;
/// Lines across the plot.
const LINES: u8 = 4;

pub(super) fn show(ui: &mut Ui, model: &WorksModel, words: &Words) {
    let Some(curve) = &model.curve else { return super::say(ui, &words.t(msg::WORKS_LOADING)) };
    let top = curve.points.iter().flat_map(|p| [Some(p.pv), p.ev, p.ac]).flatten().fold(0.0, f64::max);
    let ends = curve.points.first().zip(curve.points.last());
    let Some((first, last)) = ends.filter(|_| top > 0.0) else {
        return super::say(ui, &words.t(msg::CURVE_EMPTY));
    };
    let t = theme::of(ui);
    let area = ui.available_rect_before_wrap();
    let (rect, response) = ui.allocate_exact_size(area.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, words.t(msg::WORKS_CURVE)));
    let figures_at = Rect::from_min_max(pos2(rect.right() - FIGURES, rect.top()), rect.max);
    let strip = Rect::from_min_max(
        pos2(rect.left() + AMOUNTS, rect.top()),
        pos2(figures_at.left() - 16.0, rect.top() + STRIP),
    );
    let body = Rect::from_min_max(
        pos2(strip.left(), strip.bottom() + 4.0),
        pos2(strip.right(), rect.bottom() - 6.0),
    );
    let scale = Scale::new(strip.left(), strip.width(), (first.at, last.at));
    let p = ui.painter().with_clip_rect(rect);
    scale.grid(&p.with_clip_rect(strip.union(body)), (strip, body), &model.zone, t);
    amounts(&p, body, top, t);
    let plot = Plot { scale, body, top };
    plot.line(&p, curve, |c| Some(c.pv), Stroke::new(1.8, t.weak));
    plot.line(&p, curve, |c| c.ac, Stroke::new(1.8, theme::state_color(StateId::Late)));
    plot.line(&p, curve, |c| c.ev, Stroke::new(2.2, theme::state_color(StateId::Done)));
    scale.now(&p, body, model.time, t);
    figures(ui, figures_at, curve, model, words);
}

/// Amounts beside the plot, with their lines.
fn amounts(p: &Painter, body: Rect, top: f64, t: Tokens) {
    for n in 0..=LINES {
        let share = f32::from(n) / f32::from(LINES);
        let y = body.bottom() - body.height() * share;
        p.hline(body.x_range(), y, Stroke::new(1.0, t.line));
        let text = amount(top * f64::from(share));
        let font = FontId::new(10.5, FontFamily::Proportional);
        p.text(pos2(body.left() - 6.0, y), Align2::RIGHT_CENTER, text, font, t.weak);
    }
}

/// An amount with at most three digits: `12.4 M`, `350 k`.
fn amount(v: f64) -> String {
    match v {
        v if v >= 1e9 => format::with_unit(&format::short(v / 1e9, 3), "G"),
        v if v >= 1e6 => format::with_unit(&format::short(v / 1e6, 3), "M"),
        v if v >= 1e3 => format::with_unit(&format::short(v / 1e3, 3), "k"),
        v => format::short(v, 3),
    }
}

struct Plot {
    scale: Scale,
    body: Rect,
    top: f64,
}

impl Plot {
    fn line(&self, p: &Painter, curve: &CurveModel, of: impl Fn(&CurvePoint) -> Option<f64>, stroke: Stroke) {
        let at = |c: &CurvePoint| {
            #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
            let share = (of(c)? / self.top) as f32;
            Some(pos2(self.scale.x(c.at), self.body.bottom() - self.body.height() * share))
        };
        let points: Vec<egui::Pos2> = curve.points.iter().filter_map(at).collect();
        if points.len() > 1 {
            p.add(Shape::line(points, stroke));
        }
    }
}

/// The figures at the clock's time, in two columns.
fn figures(ui: &Ui, rect: Rect, curve: &CurveModel, model: &WorksModel, words: &Words) {
    let t = theme::of(ui);
    let p = ui.painter();
    let as_of = curve.time.map(|at| format::date_time(at, &model.zone)).unwrap_or_default();
    let title = words.t_args(msg::CURVE_AS_OF, &[("time", as_of.into())]);
    let small = FontId::new(11.0, FontFamily::Proportional);
    let title = if curve.currency.is_empty() { title } else { format!("{title} · {}", curve.currency) };
    p.text(rect.left_top() + vec2(0.0, 9.0), Align2::LEFT_CENTER, title, small, t.weak);
    let none = || words.t(msg::CURVE_NONE).into_owned();
    let f = &curve.figures;
    let rows: [(Msg, String, Option<Color32>); 9] = [
        (msg::CURVE_BAC, f.bac.clone(), None),
        (msg::CURVE_PV, f.pv.clone(), Some(t.weak)),
        (msg::CURVE_EV, f.ev.clone(), Some(theme::state_color(StateId::Done))),
        (msg::CURVE_AC, f.ac.clone(), Some(theme::state_color(StateId::Late))),
        (msg::CURVE_SV, f.sv.clone(), None),
        (msg::CURVE_CV, f.cv.clone(), None),
        (msg::CURVE_SPI, f.spi.clone().unwrap_or_else(none), None),
        (msg::CURVE_CPI, f.cpi.clone().unwrap_or_else(none), None),
        (msg::CURVE_EAC, f.eac.clone().unwrap_or_else(none), None),
    ];
    let step = ((rect.height() - 24.0) / 9.0).clamp(13.0, 22.0);
    for (n, (name, value, color)) in (0_u8..).zip(rows) {
        let y = rect.top() + 24.0 + step * (f32::from(n) + 0.5);
        if let Some(color) = color {
            p.rect_filled(Rect::from_center_size(pos2(rect.left() + 7.0, y), vec2(14.0, 3.0)), 1.0, color);
        }
        let font = FontId::new(12.0, FontFamily::Proportional);
        draw::cut_text(p, pos2(rect.left() + 22.0, y), &words.t(name), font.clone(), (t.text, 118.0));
        let value = grouped(&value);
        p.text(pos2(rect.right() - 4.0, y), Align2::RIGHT_CENTER, value, font, t.text);
    }
}

/// An exact decimal with thin spaces between thousands and a minus that is one.
fn grouped(text: &str) -> String {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-');
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.to_owned();
    }
    let n = digits.len();
    let mut out = String::from(if whole.starts_with('-') { "\u{2212}" } else { "" });
    for (ix, c) in digits.chars().enumerate() {
        if ix > 0 && (n - ix).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    if part.is_empty() { out } else { format!("{out}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_what_is_no_number_stays() {
        assert_eq!(grouped("12857142.86"), "12\u{2009}857\u{2009}142.86");
        assert_eq!(grouped("-946956.52"), "\u{2212}946\u{2009}956.52");
        assert_eq!(grouped("0.8418"), "0.8418");
        assert_eq!(grouped("n/a"), "n/a");
    }
}
