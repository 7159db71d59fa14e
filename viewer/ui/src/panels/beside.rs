//! What the two halves of the scene show, while there are two.

use egui::{Align2, Area, Frame, Id, Margin, Order, Rect, Ui, pos2, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::Beside;
use crate::theme;
use crate::words::{Words, msg};

/// Distance of the captions from the upper edge, points: below the notices' and the compass' row they would be far from
/// what the eye compares.
const TOP: f32 = 10.0;

/// The halves of the scene: the second picture, and the scene itself.
pub(crate) fn halves(scene: Rect) -> [Rect; 2] {
    let middle = scene.center().x;
    [scene.with_max_x(middle), scene.with_min_x(middle)]
}

/// A line between the halves, and over each what it shows.
pub(crate) fn show(ui: &Ui, scene: Rect, shown: Beside, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let [left, right] = halves(scene);
    let painter = ui.painter().with_clip_rect(scene);
    painter.vline(left.right(), scene.y_range(), egui::Stroke::new(3.0, t.panel));
    let (there, here) = match shown {
        Beside::Plan => (msg::BESIDE_PLAN, msg::BESIDE_ACTUAL),
        Beside::Former => (msg::BESIDE_FORMER, msg::BESIDE_PRESENT),
    };
    for (half, name, closes) in [(left, there, true), (right, here, false)] {
        let area = Area::new(Id::unique(("lantu-beside", closes))).order(Order::Middle);
        area.pivot(Align2::CENTER_TOP).fixed_pos(pos2(half.center().x, half.top() + TOP)).show(
            ui.ctx(),
            |ui| {
                let plate =
                    Frame::new().fill(t.surface).stroke(egui::Stroke::new(1.0, t.border)).corner_radius(6.0);
                plate.inner_margin(Margin::symmetric(12, 5)).show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
                        ui.label(draw::strong(&words.t(name), 13.0));
                        if closes
                            && draw::icon_button(ui, Icon::Close, &words.t(msg::BESIDE_CLOSE), false)
                                .clicked()
                        {
                            out.push(Action::ShowBeside(None));
                        }
                    });
                });
            },
        );
    }
}
