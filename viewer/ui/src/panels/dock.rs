//! The panel below the scene: the list of alarms, or charts of the picked object's channels.

use egui::{Align, Button, Frame, Layout, Margin, Panel, RichText, Ui, WidgetInfo};

use super::{alarms, charts};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{AlarmRow, LiveModel, UiModel};
use crate::state::{DockTab, UiState};
use crate::states::StateId;
use crate::theme;
use crate::words::{Words, msg};

/// Height of the panel when it is first opened, points.
const HEIGHT: f32 = 236.0;

/// The panel, if it is open.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let (Some(live), Some(tab)) = (&model.live, state.dock.open) else { return };
    let zone = model.timeline.as_ref().map(|t| &t.zone);
    let frame = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin::symmetric(10, 6));
    let tallest = (ui.available_height() * 0.6).max(140.0);
    let panel = Panel::bottom("dock").default_size(HEIGHT).size_range(140.0..=tallest).resizable(true);
    panel.frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| {
            for (which, name) in [(DockTab::Alarms, msg::DOCK_ALARMS), (DockTab::Charts, msg::DOCK_CHARTS)] {
                let button = Button::selectable(tab == which, RichText::new(words.t(name)).size(13.0));
                if ui.add(button).clicked() {
                    state.dock.open = Some(which);
                }
            }
            ui.add_space(12.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if draw::icon_button(ui, Icon::Close, &words.t(msg::DOCK_CLOSE), false).clicked() {
                    state.dock.open = None;
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| match tab {
                    DockTab::Alarms => alarms::filters(ui, &live.alarms, &mut state.dock, words),
                    DockTab::Charts => charts::spans(ui, live, words, out),
                });
            });
        });
        ui.add_space(2.0);
        match (tab, zone) {
            (DockTab::Alarms, Some(zone)) => alarms::list(ui, live, (&mut state.dock, zone), words, out),
            (DockTab::Charts, Some(zone)) => charts::show(ui, live, zone, words, out),
            (_, None) => {}
        }
    });
}

/// The button of the status bar: how many alarms nobody has acknowledged.
pub(crate) fn badge(ui: &mut Ui, live: &LiveModel, state: &mut UiState, words: &Words) {
    let open: Vec<&AlarmRow> = live.alarms.iter().filter(|a| a.life.is_open()).collect();
    let text = words.counted(msg::ALARMS_OPEN, open.len() as u64);
    let t = theme::of(ui);
    let color = if open.is_empty() { t.weak } else { t.text };
    let response =
        ui.add(Button::new(RichText::new(&text).size(12.0).color(color)).frame_when_inactive(false).small());
    let label = words.t_args(msg::DOCK_OPEN_ALARMS, &[("text", text.as_str().into())]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if let Some(worst) = open.iter().map(|a| a.worst).max_by_key(|s| severity(*s)) {
        let (rect, _swatch) = ui.allocate_exact_size(egui::vec2(16.0, 12.0), egui::Sense::hover());
        draw::swatch(ui.painter(), rect, worst, t.border);
    }
    if response.clicked() {
        state.toggle_dock(DockTab::Alarms);
    }
}

/// The order of states by how bad they are.
pub(crate) const fn severity(state: StateId) -> u8 {
    match state {
        StateId::Alarm => 3,
        StateId::Warning => 2,
        StateId::Advisory => 1,
        _ => 0,
    }
}
