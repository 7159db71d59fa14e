//! The line between two pictures of the ground, to be moved across the scene.

use egui::{Align2, Area, CursorIcon, Event, Id, Key, Order, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::SwipeModel;
use crate::theme;
use crate::words::{Words, msg};

/// How far from the line it is still caught, points. Chosen: a finger.
const REACH: f32 = 12.0;
/// Radius of the handle, points.
const HANDLE: f32 = 15.0;
/// How far an arrow key moves the line, share of the width.
const STEP: f32 = 0.02;

/// The line with its handle in the middle of `scene`, and the picture's name right of it.
pub(crate) fn show(ui: &Ui, scene: Rect, model: &SwipeModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let x = scene.left() + scene.width() * model.at.clamp(0.0, 1.0);
    let painter = ui.painter().with_clip_rect(scene);
    // White with dark rims is seen on any picture.
    painter.vline(x, scene.y_range(), egui::Stroke::new(4.0, egui::Color32::from_black_alpha(110)));
    painter.vline(x, scene.y_range(), egui::Stroke::new(2.0, egui::Color32::WHITE));
    let name = draw::strong(&model.name, 12.0);
    let galley = egui::WidgetText::from(name).into_galley(ui, None, f32::INFINITY, egui::TextStyle::Body);
    let at = pos2(x + HANDLE + 8.0, scene.center().y - galley.size().y / 2.0);
    let plate = Rect::from_min_size(at, galley.size()).expand2(vec2(6.0, 3.0));
    painter.rect(plate, 4.0, t.surface, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    painter.galley(at, galley, t.text);

    let grip = Rect::from_center_size(pos2(x, scene.center().y), vec2(2.0 * REACH, 5.0 * HANDLE));
    let area = Area::new(Id::unique("lantu-swipe")).order(Order::Middle).pivot(Align2::CENTER_CENTER);
    area.fixed_pos(grip.center()).constrain(false).show(ui.ctx(), |ui| {
        let (rect, response) = ui.allocate_exact_size(grip.size(), Sense::click_and_drag());
        let label = words.t_args(msg::SWIPE_LINE, &[("name", model.name.as_str().into())]);
        response.widget_info(|| WidgetInfo::slider(true, f64::from(model.at), &label));
        let center = rect.center();
        let held = response.dragged() || response.hovered() || response.has_focus();
        ui.painter().circle(
            center,
            HANDLE,
            t.surface,
            egui::Stroke::new(1.5, if held { t.accent } else { t.border }),
        );
        let icon = Rect::from_center_size(center, vec2(16.0, 16.0));
        draw::icon(ui.painter(), icon, Icon::Swipe, if held { t.accent } else { t.text });
        let by_key = if response.has_focus() { key_steps(ui) } else { 0.0 };
        let to = match response.interact_pointer_pos().filter(|_| response.dragged()) {
            Some(p) => (p.x - scene.left()) / scene.width().max(1.0),
            None => model.at + by_key,
        };
        if (to - model.at).abs() > f32::EPSILON {
            out.push(Action::MoveSwipe(to.clamp(0.0, 1.0)));
        }
        response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(label);
    });
}

/// How far arrow keys want to move the line, share of the width.
fn key_steps(ui: &Ui) -> f32 {
    let step = |e: &Event| match e {
        Event::Key { key: Key::ArrowLeft, pressed: true, .. } => -STEP,
        Event::Key { key: Key::ArrowRight, pressed: true, .. } => STEP,
        _ => 0.0,
    };
    ui.input(|i| i.events.iter().map(step).sum())
}
