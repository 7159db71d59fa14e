//! How the camera moves, and how fast.

use egui::{Align2, Area, Frame, Id, Order, Rect, Ui, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{MotionMode, MotionModel};
use crate::theme;
use crate::words::{Words, msg};

/// Below the compass, at the upper right of `free`.
pub(crate) fn show(ui: &Ui, free: Rect, model: &MotionModel, words: &Words, out: &mut Vec<Action>) {
    let at = free.right_top() + vec2(-14.0, 68.0);
    let area =
        Area::new(Id::unique("lantu-motion")).order(Order::Middle).pivot(Align2::RIGHT_TOP).fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        let t = theme::of(ui);
        let frame = Frame::new().fill(t.surface).stroke(egui::Stroke::new(1.0, t.border)).corner_radius(6.0);
        frame.inner_margin(2.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
            ui.vertical_centered(|ui| {
                ui.set_width(42.0);
                for (mode, icon, hint) in [
                    (MotionMode::Orbit, Icon::Orbit, msg::MOTION_HINT_ORBIT),
                    (MotionMode::Fly, Icon::Fly, msg::MOTION_HINT_FLY),
                    (MotionMode::Walk, Icon::Walk, msg::MOTION_HINT_WALK),
                ] {
                    if draw::icon_button(ui, icon, &words.t(hint), model.mode == mode).clicked() {
                        out.push(Action::SetMotion(mode));
                    }
                }
                if model.mode != MotionMode::Orbit {
                    speed(ui, model, words);
                }
            });
        });
    });
}

fn speed(ui: &mut Ui, model: &MotionModel, words: &Words) {
    let name = match model.mode {
        MotionMode::Orbit => msg::MOTION_ORBIT,
        MotionMode::Fly => msg::MOTION_FLY,
        MotionMode::Walk => msg::MOTION_WALK,
    };
    let speed = format::speed(model.speed_m_s);
    ui.label(draw::strong(&words.t(name), 11.0));
    let hint = words.t_args(msg::MOTION_SPEED, &[("speed", speed.as_str().into())]);
    let label = ui.label(draw::weak(ui, &speed).size(10.5));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &hint));
    label.on_hover_text(&hint);
}
