//! Three ways in: the demo, a new project, an existing one. Files can also be dropped.

use egui::{
    Align2, FontFamily, FontId, Frame, Label, Rect, RichText, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::project_menu;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::RecentProject;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Fills `rect`.
pub(crate) fn show(ui: &mut Ui, rect: Rect, recent: &[RecentProject], words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    ui.painter().rect_filled(rect, 0.0, t.panel);
    let width = (rect.width() - 48.0).min(820.0);
    let top = rect.top() + ((rect.height() - 430.0) * 0.42).max(24.0);
    let column = Rect::from_min_max(
        pos2(rect.center().x - width / 2.0, top),
        pos2(rect.center().x + width / 2.0, rect.bottom()),
    );
    ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
        ui.label(draw::strong(&words.t(msg::APP_NAME), 15.0).color(t.accent));
        ui.add_space(4.0);
        ui.add(Label::new(draw::strong(&words.t(msg::FIRST_TITLE), 26.0)).wrap());
        ui.add_space(6.0);
        ui.add(Label::new(RichText::new(words.t(msg::FIRST_TEXT).as_ref()).size(14.0).color(t.weak)).wrap());
        ui.add_space(24.0);
        ways(ui, width, words, out);
        ui.add_space(20.0);
        ui.label(draw::weak(ui, &words.t(msg::FIRST_DROP)).size(12.5));
        if !recent.is_empty() {
            ui.add_space(20.0);
            ui.label(draw::strong(&words.t(msg::FIRST_RECENT), 13.0));
            for project in recent.iter().take(6) {
                let _opens = project_menu::recent_row(ui, project, words, out);
            }
        }
    });
}

fn ways(ui: &mut Ui, width: f32, words: &Words, out: &mut Vec<Action>) {
    let ways = [
        (Icon::Spark, msg::FIRST_DEMO, msg::FIRST_DEMO_TEXT, Action::OpenDemo),
        (Icon::Plus, msg::FIRST_NEW, msg::FIRST_NEW_TEXT, Action::NewProject),
        (Icon::Folder, msg::FIRST_OPEN, msg::FIRST_OPEN_TEXT, Action::OpenProject(None)),
    ];
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let card = (width - 28.0) / 3.0;
        for (ix, (icon, title, text, action)) in ways.into_iter().enumerate() {
            if way(ui, card, (icon, ix == 0), (title, text), words) {
                out.push(action);
            }
        }
    });
}

fn way(
    ui: &mut Ui,
    width: f32,
    (icon, first): (Icon, bool),
    (title, text): (Msg, Msg),
    words: &Words,
) -> bool {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 146.0), Sense::click());
    let name = words.t(title);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    let lively = response.hovered() || response.has_focus();
    let border = if lively || first { t.accent } else { t.border };
    let frame = Frame::new()
        .fill(if lively { t.hover } else { t.surface })
        .stroke(Stroke::new(1.0, border))
        .corner_radius(8.0);
    ui.painter().add(frame.paint(rect.shrink(1.0)));
    let inner = rect.shrink(16.0);
    let at = Rect::from_min_size(inner.min, Vec2::splat(22.0));
    draw::icon(ui.painter(), at, icon, if first { t.accent } else { t.weak });
    let font = FontId::new(15.0, theme::strong_family());
    let title_at = pos2(inner.left(), inner.top() + 34.0);
    ui.painter().text(title_at, Align2::LEFT_TOP, &name, font, t.text);
    let body = FontId::new(12.0, FontFamily::Proportional);
    let galley = ui.painter().layout(words.t(text).into_owned(), body, t.weak, inner.width());
    ui.painter().galley(pos2(inner.left(), inner.top() + 58.0), galley, t.weak);
    response.clicked()
}

/// A veil while files are held over the window.
pub(crate) fn drop_veil(ui: &Ui, rect: Rect, words: &Words) {
    let t = theme::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("lantu-drop"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect(
        rect.shrink(6.0),
        8.0,
        t.accent.gamma_multiply(0.18),
        Stroke::new(2.0, t.accent),
        egui::StrokeKind::Inside,
    );
    let font = FontId::new(20.0, theme::strong_family());
    let text = words.t(msg::FIRST_DROP_NOW);
    let galley = painter.layout_no_wrap(text.into_owned(), font, t.on_accent);
    let plate = Rect::from_center_size(rect.center(), galley.size() + vec2(36.0, 20.0));
    painter.rect_filled(plate, 8.0, t.accent);
    painter.galley(plate.min + vec2(18.0, 10.0), galley, t.on_accent);
}
