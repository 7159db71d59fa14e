//! Cards that float over the scene: tools, lists, reports. All of one make.

use std::borrow::Cow;

use egui::{
    Align, Align2, Area, Frame, Id, Layout, Order, Popup, PopupCloseBehavior, Pos2, Rect, Response, Sense,
    TextEdit, Ui, Vec2, WidgetInfo, vec2,
};

use crate::draw::{self, Icon};
use crate::theme;

/// Where a card hangs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The corner of the card that stays.
    pub(crate) pivot: Align2,
    /// Where that corner is, points.
    pub(crate) at: Pos2,
    /// Inner width, points.
    pub(crate) width: f32,
}

/// Shows a card and returns its outer rectangle.
pub(crate) fn show(ui: &Ui, name: &'static str, place: Place, content: impl FnOnce(&mut Ui)) -> Rect {
    let area = Area::new(Id::unique(name)).order(Order::Middle).pivot(place.pivot).fixed_pos(place.at);
    let response = area.show(ui.ctx(), |ui| {
        let t = theme::of(ui);
        Frame::popup(ui.style()).fill(t.surface).inner_margin(10.0).show(ui, |ui| {
            ui.set_width(place.width);
            content(ui);
        });
    });
    response.response.rect
}

/// A popup with fields and buttons below a button. Unlike a plain menu it keeps their frames, and stays open while they
/// are used.
pub(crate) fn popup(button: &Response, width: f32) -> Popup<'static> {
    Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .style(egui::style::StyleModifier::default())
        .layout(Layout::top_down(Align::Min))
        .width(width)
}

/// A title; with `close`, a cross that says so. Returns whether the cross was clicked.
pub(crate) fn title(ui: &mut Ui, text: &str, close: Option<&str>) -> bool {
    ui.horizontal(|ui| {
        ui.label(draw::strong(text, 13.5));
        let Some(close) = close else { return false };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            draw::icon_button(ui, Icon::Close, close, false).clicked()
        })
        .inner
    })
    .inner
}

/// A field below its name.
pub(crate) fn text_field(ui: &mut Ui, name: &str, text: &mut String) {
    let label = ui.label(name);
    ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY)).labelled_by(label.id);
    ui.add_space(4.0);
}

/// A row of choices, each an icon over its word, in one frame. Returns the one that was clicked.
pub(crate) fn icon_choices(ui: &mut Ui, choices: &[(Icon, Cow<'_, str>, bool)]) -> Option<usize> {
    const HEIGHT: f32 = 46.0;
    let t = theme::of(ui);
    let (frame, _space) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    ui.painter().rect(frame, 6.0, t.hover, egui::Stroke::new(1.0, t.line), egui::StrokeKind::Inside);
    let width = frame.width() / choices.len().max(1) as f32;
    let mut clicked = None;
    for (ix, (icon, name, on)) in choices.iter().enumerate() {
        let corner = frame.min + vec2(width * ix as f32, 0.0);
        let rect = Rect::from_min_size(corner, vec2(width, HEIGHT)).shrink(2.0);
        let response = ui.interact(rect, ui.scope_id().with(("choice", ix)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, *on, name));
        let p = ui.painter();
        if *on {
            p.rect(rect, 4.0, t.surface, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
        } else if response.hovered() || response.has_focus() {
            p.rect_filled(rect, 4.0, t.line);
        }
        let ink = if *on { t.accent } else { t.text };
        let at = Rect::from_center_size(rect.center() - vec2(0.0, 8.0), Vec2::splat(16.0));
        draw::icon(p, at, *icon, ink);
        let font = egui::FontId::new(11.5, egui::FontFamily::Proportional);
        p.text(rect.center() + vec2(0.0, 10.0), Align2::CENTER_CENTER, name, font, ink);
        if response.clicked() {
            clicked = Some(ix);
        }
    }
    clicked
}
