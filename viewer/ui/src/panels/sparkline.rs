//! A channel's curve with the levels of its rule.

use egui::{
    Align2, Color32, FontFamily, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::format;
use crate::model::ChannelModel;
use crate::theme;
use crate::words::{Words, msg};

const HEIGHT: f32 = 64.0;
/// Room for the names of levels.
const GUTTER: f32 = 74.0;

/// Draws the curve; nothing if there are fewer than two values. Returns whether somebody wants to see it larger.
pub(crate) fn show(ui: &mut Ui, channel: &ChannelModel, words: &Words) -> bool {
    if channel.curve.iter().filter(|p| p.iter().all(|v| v.is_finite())).count() < 2 {
        return false;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let label = words.t_args(msg::CHANNEL_CHART, &[("name", channel.name.as_str().into())]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
    let t = theme::of(ui);
    let painter = ui.painter().with_clip_rect(rect.expand(0.5));
    painter.rect(rect, 3.0, t.surface, Stroke::new(1.0, t.line), egui::StrokeKind::Inside);
    let gutter = if channel.levels.is_empty() { 2.0 } else { GUTTER };
    let plot = Rect::from_min_max(rect.min + vec2(3.0, 6.0), rect.max - vec2(gutter, 6.0));
    let axes = Axes::of(channel, plot);
    let mut free_below = f32::INFINITY;
    for (state, level) in &channel.levels {
        let y = axes.y(*level);
        if !rect.y_range().contains(y) {
            continue;
        }
        let color = theme::state_color(*state);
        painter.extend(Shape::dashed_line(
            &[pos2(rect.left(), y), pos2(plot.right(), y)],
            Stroke::new(1.2, color),
            4.0,
            3.0,
        ));
        let name = format!("{} {}", words.t(state.msg()), format::short(*level, 4));
        let font = FontId::new(10.0, FontFamily::Proportional);
        // Levels ascend; a name that would touch the one below it is left out, its line stays.
        if y <= free_below {
            painter.text(pos2(plot.right() + 5.0, y), Align2::LEFT_CENTER, name, font, t.weak);
            free_below = y - 10.0;
        }
    }
    for run in axes.runs(channel) {
        painter.add(Shape::line(run, Stroke::new(1.4, t.accent)));
    }
    if let Some(end) = channel.curve.last() {
        let end = axes.at(*end);
        painter.circle(end, 3.0, last_color(channel, t.accent), Stroke::new(1.0, t.surface));
    }
    let larger = words.t_args(msg::CHART_LARGER, &[("name", channel.name.as_str().into())]);
    response.on_hover_text(larger).clicked()
}

fn last_color(channel: &ChannelModel, otherwise: Color32) -> Color32 {
    channel.state.map_or(otherwise, theme::state_color)
}

/// From seconds and values to points.
struct Axes {
    rect: Rect,
    t: [f64; 2],
    v: [f64; 2],
}

impl Axes {
    /// Values and the levels next to them are in view.
    fn of(channel: &ChannelModel, rect: Rect) -> Self {
        let wide = |r: [f64; 2], v: f64| if v.is_finite() { [r[0].min(v), r[1].max(v)] } else { r };
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        let t = channel.curve.iter().fold(none, |r, p| wide(r, p[0]));
        let v = channel.curve.iter().fold(none, |r, p| wide(r, p[1]));
        let v = channel.levels.iter().fold(v, |r, (_, level)| wide(r, *level));
        Self { rect, t, v }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a fraction from 0 to 1")]
    fn fraction(range: [f64; 2], value: f64) -> f32 {
        let length = range[1] - range[0];
        if length > 0.0 { ((value - range[0]) / length) as f32 } else { 0.5 }
    }

    fn y(&self, value: f64) -> f32 {
        self.rect.bottom() - Self::fraction(self.v, value) * self.rect.height()
    }

    fn at(&self, point: [f64; 2]) -> Pos2 {
        pos2(self.rect.left() + Self::fraction(self.t, point[0]) * self.rect.width(), self.y(point[1]))
    }

    /// The curve in pieces: a value that is not finite is a gap.
    fn runs(&self, channel: &ChannelModel) -> Vec<Vec<Pos2>> {
        channel
            .curve
            .split(|p| !p[1].is_finite())
            .filter(|run| run.len() > 1)
            .map(|run| run.iter().map(|p| self.at(*p)).collect())
            .collect()
    }
}
