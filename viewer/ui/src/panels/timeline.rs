//! The one clock: play, step, drag; what happens when.

use egui::{
    Align2, FontFamily, FontId, Key, Modifiers, Painter, Rect, RichText, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use lantu_base::UtcNanos;

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{MarkKind, TimelineModel};
use crate::theme::{self, Tokens};
use crate::words::{Words, msg};

/// Buttons, the instant, the line.
pub(crate) fn show(ui: &mut Ui, model: Option<&TimelineModel>, words: &Words, out: &mut Vec<Action>) {
    let Some(model) = model else {
        ui.horizontal_centered(|ui| ui.label(draw::weak(ui, &words.t(msg::TIME_EMPTY))));
        return;
    };
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        buttons(ui, model, words, out);
        ui.add_space(8.0);
        instant(ui, model, words);
        ui.add_space(12.0);
        let width = ui.available_width() - 8.0;
        let (rect, _space) = ui.allocate_exact_size(vec2(width, ui.available_height()), Sense::hover());
        line(ui, rect, model, words, out);
    });
}

fn buttons(ui: &mut Ui, model: &TimelineModel, words: &Words, out: &mut Vec<Action>) {
    let large = ui.input(|i| i.modifiers.shift);
    if draw::icon_button(ui, Icon::Back, &words.t(msg::TIME_BACK), false).clicked() {
        out.push(Action::Step { steps: -1, large });
    }
    let (icon, label) =
        if model.playing { (Icon::Pause, msg::TIME_PAUSE) } else { (Icon::Play, msg::TIME_PLAY) };
    if draw::icon_button(ui, icon, &words.t(label), model.playing).clicked() {
        out.push(Action::Play(!model.playing));
    }
    if draw::icon_button(ui, Icon::Forward, &words.t(msg::TIME_FORWARD), false).clicked() {
        out.push(Action::Step { steps: 1, large });
    }
    if let Some(on) = model.following {
        let button = egui::Button::selectable(on, RichText::new(words.t(msg::TIME_FOLLOW)).size(12.5));
        let label = words.t(if on { msg::TIME_FOLLOW_ON } else { msg::TIME_FOLLOW_OFF });
        let response = ui.add(button).on_hover_text(label.as_ref());
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, label.as_ref()));
        if response.clicked() {
            out.push(Action::FollowNow(!on));
        }
    }
}

/// Date and time, and below it how fast the clock runs.
fn instant(ui: &mut Ui, model: &TimelineModel, words: &Words) {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(158.0, 40.0), Sense::hover());
    let time = format::date_time(model.time, &model.zone);
    let speed = format::duration(model.speed, words);
    let below = format!(
        "{} · {}",
        model.time.offset_label(&model.zone),
        words.t_args(msg::TIME_SPEED, &[("speed", format!("×{speed}").into())])
    );
    let strong = FontId::new(14.5, theme::strong_family());
    let small = FontId::new(11.0, FontFamily::Proportional);
    ui.painter().text(pos2(rect.left(), rect.center().y - 7.0), Align2::LEFT_CENTER, &time, strong, t.text);
    draw::cut_text(
        ui.painter(),
        pos2(rect.left(), rect.center().y + 11.0),
        &below,
        small,
        (t.weak, rect.width()),
    );
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{time} {below}")));
}

/// Where instants lie on the line.
struct Scale {
    rect: Rect,
    span: (UtcNanos, UtcNanos),
}

impl Scale {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction from 0 to 1")]
    fn fraction(&self, at: UtcNanos) -> f32 {
        let length = self.span.1.seconds_since(self.span.0);
        if length > 0.0 { (at.seconds_since(self.span.0) / length).clamp(0.0, 1.0) as f32 } else { 0.0 }
    }

    fn x(&self, at: UtcNanos) -> f32 {
        self.rect.left() + self.fraction(at) * self.rect.width()
    }

    /// The instant at a fraction of the span, to the minute: nobody drags more exactly.
    #[expect(clippy::cast_possible_truncation, reason = "between two i64, so it fits")]
    fn at(&self, fraction: f64) -> UtcNanos {
        if fraction <= 0.0 {
            return self.span.0;
        }
        if fraction >= 1.0 {
            return self.span.1;
        }
        let (from, to) = (i128::from(self.span.0.0), i128::from(self.span.1.0));
        let offset = ((to - from) as f64 * fraction) as i128;
        let minute = 60_000_000_000;
        let rounded = (from + offset + minute / 2).div_euclid(minute) * minute;
        UtcNanos(i64::try_from(rounded.clamp(from, to)).unwrap_or(self.span.1.0))
    }
}

/// The line alone, for the wall: no dates below it, as the instant stands above.
pub(crate) fn wall_line(ui: &mut Ui, model: &TimelineModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (area, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::hover());
    let rect = area.shrink2(vec2(8.0, 6.0));
    let scale = Scale { rect, span: model.span };
    let response = ui.interact(area, ui.scope_id().with("wall-time-line"), Sense::click_and_drag());
    let percent = f64::from(scale.fraction(model.time)) * 100.0;
    response.widget_info(|| WidgetInfo::slider(true, percent, words.t(msg::TIME_SLIDER)));
    let painter = ui.painter();
    let rail = Rect::from_min_max(
        pos2(rect.left(), rect.center().y - 3.0),
        pos2(rect.right(), rect.center().y + 3.0),
    );
    painter.rect_filled(rail, 3.0, t.line);
    let done = Rect::from_min_max(rail.min, pos2(scale.x(model.time), rail.bottom()));
    painter.rect_filled(done, 3.0, t.accent);
    for mark in &model.marks {
        let at = pos2(scale.x(mark.at), rect.center().y);
        match mark.kind {
            MarkKind::Milestone => diamond(painter, at, t),
            MarkKind::Alarm => triangle(painter, at),
        }
    }
    painter.circle(pos2(scale.x(model.time), rect.center().y), 9.0, t.accent, Stroke::new(2.0, t.surface));
    drag(&response, &scale, model, out);
    keyboard(ui, &response, &scale, out);
}

/// A press or a drag on the line moves the clock.
fn drag(response: &egui::Response, scale: &Scale, model: &TimelineModel, out: &mut Vec<Action>) {
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked() || response.is_pointer_button_down_on())
    {
        let fraction = f64::from((pointer.x - scale.rect.left()) / scale.rect.width().max(1.0));
        let at = scale.at(fraction);
        if at != model.time {
            out.push(Action::SetTime(at));
        }
    }
}

fn line(ui: &mut Ui, area: Rect, model: &TimelineModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let rect = Rect::from_min_max(
        pos2(area.left() + 8.0, area.top() + 4.0),
        pos2(area.right() - 8.0, area.bottom() - 18.0),
    );
    let scale = Scale { rect, span: model.span };
    let response =
        ui.interact(rect.expand2(vec2(8.0, 4.0)), ui.scope_id().with("time-line"), Sense::click_and_drag());
    let percent = f64::from(scale.fraction(model.time)) * 100.0;
    response.widget_info(|| WidgetInfo::slider(true, percent, words.t(msg::TIME_SLIDER)));
    let painter = ui.painter();
    histogram(painter, &scale, model, t);
    ticks(painter, &scale, model, t);
    for mark in &model.marks {
        let x = scale.x(mark.at);
        match mark.kind {
            MarkKind::Milestone => diamond(painter, pos2(x, rect.top() + 5.0), t),
            MarkKind::Alarm => triangle(painter, pos2(x, rect.top() + 5.0)),
        }
    }
    handle(
        painter,
        scale.x(model.time),
        rect,
        (t, response.hovered() || response.dragged() || response.has_focus()),
    );
    drag(&response, &scale, model, out);
    keyboard(ui, &response, &scale, out);
    hover(response, &scale, model, words);
}

/// Arrow keys while the line has the focus, and values that a screen reader sets (percent of the span).
fn keyboard(ui: &Ui, response: &egui::Response, scale: &Scale, out: &mut Vec<Action>) {
    use egui::accesskit::{Action as Ask, ActionData};
    ui.input_mut(|i| {
        for request in i.accesskit_action_requests(response.id, Ask::SetValue) {
            if let Some(ActionData::NumericValue(percent)) = request.data {
                out.push(Action::SetTime(scale.at(percent / 100.0)));
            }
        }
    });
    if !response.has_focus() {
        return;
    }
    for (key, steps) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
        for (modifiers, large) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
            if ui.input_mut(|i| i.consume_key(modifiers, key)) {
                out.push(Action::Step { steps, large });
            }
        }
    }
}

fn hover(response: egui::Response, scale: &Scale, model: &TimelineModel, words: &Words) {
    let Some(pointer) = response.hover_pos() else { return };
    let near = model.marks.iter().find(|m| (scale.x(m.at) - pointer.x).abs() < 6.0);
    let text = if let Some(mark) = near {
        let text = match mark.kind {
            MarkKind::Milestone => msg::TIME_MARK_MILESTONE,
            MarkKind::Alarm => msg::TIME_MARK_ALARM,
        };
        let time = format::date_time(mark.at, &model.zone);
        words.t_args(text, &[("name", mark.label.as_str().into()), ("time", time.into())])
    } else {
        let fraction = f64::from((pointer.x - scale.rect.left()) / scale.rect.width().max(1.0));
        format::date_time(scale.at(fraction), &model.zone)
    };
    response.on_hover_text_at_pointer(text);
}

/// Tasks under way as bars; what lies after the present is pale.
fn histogram(p: &Painter, scale: &Scale, model: &TimelineModel, t: Tokens) {
    let rect = scale.rect;
    let floor = rect.bottom();
    p.rect_filled(Rect::from_min_max(pos2(rect.left(), floor - 2.0), pos2(rect.right(), floor)), 1.0, t.line);
    let top = model.histogram.iter().copied().fold(0.0_f32, f32::max);
    let n = model.histogram.len() as f32;
    let now = model.now.map(|now| scale.x(now));
    let (past, planned) = (t.accent.gamma_multiply(0.42), t.weak.gamma_multiply(0.26));
    for (ix, value) in model.histogram.iter().enumerate() {
        if top <= 0.0 || *value <= 0.0 {
            continue;
        }
        let left = rect.left() + rect.width() * ix as f32 / n;
        let right = (rect.left() + rect.width() * (ix as f32 + 1.0) / n - 1.0).max(left + 1.0);
        let height = (rect.height() - 12.0) * value / top;
        let color = if now.is_some_and(|now| left > now) { planned } else { past };
        p.rect_filled(
            Rect::from_min_max(pos2(left, floor - 2.0 - height), pos2(right, floor - 2.0)),
            0.0,
            color,
        );
    }
    if let Some(x) = now {
        p.extend(Shape::dashed_line(
            &[pos2(x, rect.top()), pos2(x, floor)],
            Stroke::new(1.0, t.weak),
            3.0,
            3.0,
        ));
    }
}

/// Dates below the line: as many as fit without touching.
fn ticks(p: &Painter, scale: &Scale, model: &TimelineModel, t: Tokens) {
    let font = FontId::new(10.5, FontFamily::Proportional);
    let n =
        [8_u8, 6, 4, 3, 2, 1].into_iter().find(|n| scale.rect.width() / f32::from(*n) >= 96.0).unwrap_or(1);
    for ix in 0..=n {
        let fraction = f64::from(ix) / f64::from(n);
        let at = scale.at(fraction);
        let x = scale.x(at);
        p.vline(x, scale.rect.bottom()..=scale.rect.bottom() + 3.0, Stroke::new(1.0, t.border));
        let align = match ix {
            0 => Align2::LEFT_TOP,
            _ if ix == n => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        p.text(pos2(x, scale.rect.bottom() + 4.0), align, at.local_date(&model.zone), font.clone(), t.weak);
    }
}

fn diamond(p: &Painter, c: egui::Pos2, t: Tokens) {
    let r = 4.0;
    let points = vec![c + vec2(0.0, -r), c + vec2(r, 0.0), c + vec2(0.0, r), c + vec2(-r, 0.0)];
    p.add(Shape::convex_polygon(points, t.text, Stroke::new(1.0, t.bar)));
}

fn triangle(p: &Painter, c: egui::Pos2) {
    let color = theme::state_color(crate::states::StateId::Alarm);
    let points = vec![c + vec2(0.0, -4.5), c + vec2(4.5, 3.5), c + vec2(-4.5, 3.5)];
    p.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

fn handle(p: &Painter, x: f32, rect: Rect, (t, lively): (Tokens, bool)) {
    p.vline(x, rect.top()..=rect.bottom(), Stroke::new(2.0, t.accent));
    let knob =
        Rect::from_center_size(pos2(x, rect.bottom() - 1.0), Vec2::splat(if lively { 15.0 } else { 12.0 }));
    p.circle(knob.center(), knob.width() / 2.0, t.accent, Stroke::new(2.0, t.surface));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_line_are_the_ends_of_the_span() {
        let span = (UtcNanos(1_700_000_000_123_456_789), UtcNanos(1_760_000_000_000_000_001));
        let scale = Scale { rect: Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 10.0)), span };
        assert_eq!(scale.at(0.0), span.0);
        assert_eq!(scale.at(1.0), span.1);
        assert_eq!(scale.at(0.5).0 % 60_000_000_000, 0, "whole minutes");
        assert!((scale.x(scale.at(0.5)) - 50.0).abs() < 0.01);
    }
}
