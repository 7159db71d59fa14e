//! Schedules and risks below the scene: a Gantt chart, the curve of worth, the register of risks.

mod curve;
mod gantt;
mod register;
mod scale;

use egui::{Layout, Sense, Ui, WidgetInfo, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::WorksModel;
use crate::state::{UiState, WorksTab};
use crate::theme;
use crate::words::{Words, msg};

/// Height of the panel at first, and between what a hand may draw it, points.
pub(crate) const HEIGHT: f32 = 248.0;
/// Least and most height.
pub(crate) const HEIGHTS: std::ops::RangeInclusive<f32> = 140.0..=620.0;
const HEAD: f32 = 28.0;

/// The panel's contents.
pub(crate) fn show(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), HEAD),
        Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for tab in WorksTab::ALL {
                if self::tab(ui, tab, state.works_tab == tab, words) {
                    state.works_tab = tab;
                }
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                if draw::icon_button(ui, Icon::Close, &words.t(msg::WORKS_CLOSE), false).clicked() {
                    state.works_open = false;
                }
                match state.works_tab {
                    WorksTab::Gantt => gantt::head(ui, model, state, words, out),
                    WorksTab::Curve => {}
                    WorksTab::Register => register::head(ui, model, state, words),
                }
            });
        },
    );
    match state.works_tab {
        WorksTab::Gantt => gantt::show(ui, model, state, words, out),
        WorksTab::Curve => curve::show(ui, model, words),
        WorksTab::Register => register::show(ui, model, state, words, out),
    }
}

fn tab(ui: &mut Ui, tab: WorksTab, on: bool, words: &Words) -> bool {
    let t = theme::of(ui);
    let name = words.t(match tab {
        WorksTab::Gantt => msg::WORKS_GANTT,
        WorksTab::Curve => msg::WORKS_CURVE,
        WorksTab::Register => msg::WORKS_REGISTER,
    });
    let family = if on { theme::strong_family() } else { egui::FontFamily::Proportional };
    let color = if on { t.accent } else { t.text };
    let galley = ui.painter().layout_no_wrap(name.to_string(), egui::FontId::new(13.0, family), color);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 18.0, HEAD), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Tab, true, on, &name));
    if !on && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 2.0)), 4.0, t.hover);
    }
    if on {
        let foot = rect.with_min_y(rect.bottom() - 2.0).shrink2(vec2(6.0, 0.0));
        ui.painter().rect_filled(foot, 1.0, t.accent);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response.clicked()
}

/// What an empty tab says in the middle.
fn say(ui: &mut Ui, text: &str) {
    ui.centered_and_justified(|ui| ui.label(draw::weak(ui, text)));
}
