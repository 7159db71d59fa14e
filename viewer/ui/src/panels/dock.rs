//! The dock below the scene: schedule, earned value, risks, alarms, or charts of the picked object's channels.

use egui::{Align, Button, Frame, Layout, Margin, Panel, RichText, Sense, Ui, WidgetInfo, vec2};

use super::{alarms, charts, works};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{AlarmRow, LiveModel, UiModel};
use crate::state::{DockTab, UiState, WorksTab};
use crate::states::StateId;
use crate::theme;
use crate::words::{Words, msg};

/// Height of the dock when it is first opened, points.
const HEIGHT: f32 = 248.0;
/// Least height.
const LEAST: f32 = 140.0;
/// Height of the line of tabs.
const HEAD: f32 = 28.0;

/// The dock, if it is open.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if !state.dock_open || !has(model, state.dock_tab) {
        return;
    }
    let frame = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin::symmetric(10, 2));
    let tallest = (ui.available_height() * 0.7).max(LEAST);
    let panel = Panel::bottom("dock").default_size(HEIGHT).size_range(LEAST..=tallest).resizable(true);
    panel.frame(frame).show(ui, |ui| {
        // A tab with little to say leaves the dock as high as it was.
        ui.set_min_height(ui.available_height());
        ui.spacing_mut().item_spacing.y = 2.0;
        let line = vec2(ui.available_width(), HEAD);
        ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for which in DockTab::ALL.into_iter().filter(|t| has(model, *t)) {
                if tab(ui, which, state.dock_tab == which, words) {
                    state.dock_tab = which;
                }
            }
            ui.add_space(12.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                if draw::icon_button(ui, Icon::Close, &words.t(msg::DOCK_CLOSE), false).clicked() {
                    state.dock_open = false;
                }
                head(ui, model, state, words, out);
            });
        });
        contents(ui, model, state, words, out);
    });
}

/// Whether there is anything that a tab could show.
fn has(model: &UiModel, tab: DockTab) -> bool {
    match tab {
        DockTab::Works(_) => model.works.is_some(),
        DockTab::Alarms | DockTab::Charts => model.live.is_some(),
    }
}

/// What stands beside the tabs, from the right.
fn head(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    match (state.dock_tab, &model.works, &model.live) {
        (DockTab::Works(tab), Some(works), _) => works::head(ui, (works, tab), state, words, out),
        (tab, _, Some(live)) => {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match tab {
                DockTab::Alarms => alarms::filters(ui, &live.alarms, &mut state.alarms, words),
                _ => charts::spans(ui, live, words, out),
            });
        }
        _ => {}
    }
}

fn contents(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let zone = model.timeline.as_ref().map(|t| &t.zone);
    match (state.dock_tab, &model.works, model.live.as_ref().zip(zone)) {
        (DockTab::Works(tab), Some(works), _) => works::show(ui, (works, tab), state, words, out),
        (DockTab::Alarms, _, Some((live, zone))) => {
            alarms::list(ui, live, (&mut state.alarms, zone), words, out);
        }
        (DockTab::Charts, _, Some((live, zone))) => charts::show(ui, live, zone, words, out),
        _ => {}
    }
}

fn tab(ui: &mut Ui, tab: DockTab, on: bool, words: &Words) -> bool {
    let t = theme::of(ui);
    let name = words.t(match tab {
        DockTab::Works(WorksTab::Gantt) => msg::WORKS_GANTT,
        DockTab::Works(WorksTab::Curve) => msg::WORKS_CURVE,
        DockTab::Works(WorksTab::Register) => msg::WORKS_REGISTER,
        DockTab::Works(WorksTab::Survey) => msg::WORKS_SURVEY,
        DockTab::Alarms => msg::DOCK_ALARMS,
        DockTab::Charts => msg::DOCK_CHARTS,
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
        let (rect, _swatch) = ui.allocate_exact_size(vec2(16.0, 12.0), Sense::hover());
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
