//! Schedules and risks in the dock: a Gantt chart, the curve of worth, the register of risks, what surveys propose.

mod curve;
mod gantt;
mod register;
mod scale;
mod survey;
mod table;

use egui::Ui;

use crate::action::Action;
use crate::draw;
use crate::model::WorksModel;
use crate::state::{UiState, WorksTab};
use crate::words::Words;

/// What stands beside the tabs of the dock, from the right.
pub(crate) fn head(
    ui: &mut Ui,
    (model, tab): (&WorksModel, WorksTab),
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    match tab {
        WorksTab::Gantt => gantt::head(ui, model, state, words, out),
        WorksTab::Curve => {}
        WorksTab::Register => register::head(ui, model, state, words),
        WorksTab::Survey => survey::head(ui, model, state, words, out),
    }
}

/// What a tab of the dock shows.
pub(crate) fn show(
    ui: &mut Ui,
    (model, tab): (&WorksModel, WorksTab),
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    match tab {
        WorksTab::Gantt => gantt::show(ui, model, state, words, out),
        WorksTab::Curve => curve::show(ui, model, words),
        WorksTab::Register => register::show(ui, model, state, words, out),
        WorksTab::Survey => survey::show(ui, model, state, words, out),
    }
}

/// What an empty tab says in the middle.
fn say(ui: &mut Ui, text: &str) {
    ui.centered_and_justified(|ui| ui.label(draw::weak(ui, text)));
}
