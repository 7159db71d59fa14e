//! Project menu, search and command box, saved views, overlay switch, tools, language.

use egui::{Align, Align2, Id, Layout, Rect, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{coloring, command_box, project_menu, views_menu};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{MeasureKind, UiModel};
use crate::state::UiState;
use crate::states::OverlayKind;
use crate::theme;
use crate::words::{Language, Words, msg};

/// Below this width the overlay switch is a menu, and the buttons that have keys go.
const NARROW: f32 = 1080.0;

/// The top bar's contents. The switches stand at its right end; they are laid out from left to right, as wide as they were
/// in the frame before, so that the keyboard goes through the bar the way it is read.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let narrow = ui.available_width() < NARROW;
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        project_menu::button(ui, model, state, words, out);
        if !narrow {
            project_menu::undo_buttons(ui, model, words, out);
        }
        let room = ui.available_rect_before_wrap();
        let id = Id::unique("lantu-top-bar-switches");
        let known: f32 = ui.data(|d| d.get_temp(id)).unwrap_or(room.width() / 2.0);
        let from = (room.right() - known).max(room.left());
        let across = Layout::left_to_right(Align::Center);
        let field = Rect::from_min_max(room.min, pos2((from - 12.0).max(room.left()), room.bottom()));
        ui.scope_builder(UiBuilder::new().max_rect(field).layout(across), |ui| {
            command_box::show(ui, model, state, words, out);
        });
        let rest = Rect::from_min_max(pos2(from, room.top()), room.max);
        let shown = ui.scope_builder(UiBuilder::new().max_rect(rest).layout(across), |ui| {
            switches(ui, narrow, model, (state, words), out);
        });
        let width = shown.response.rect.width();
        if (width - known).abs() > 0.5 {
            ui.data_mut(|d| d.insert_temp(id, width));
            ui.ctx().request_discard("the switches of the top bar have another width");
        }
    });
}

/// Views, overlay, tools, panels, language.
fn switches(
    ui: &mut Ui,
    narrow: bool,
    model: &UiModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) {
    if let Some(views) = &model.views {
        views_menu::button(ui, views, state, words, out);
        ui.add_space(4.0);
    }
    // A property that colors the scene takes the place of the overlay.
    let colored = model.coloring.as_ref().is_some_and(|c| c.now.is_some());
    let current = (!colored).then_some(model.top_bar.overlay);
    if narrow {
        overlay_menu(ui, current, words, out);
    } else {
        overlay_switch(ui, current, words, out);
    }
    outline_menu(ui, (current, model.top_bar.outline), words, out);
    ui.add_space(6.0);
    if !narrow {
        camera(ui, model, words, out);
    }
    tools(ui, model, state, words, out);
    ui.add_space(6.0);
    panel_toggles(ui, state, words);
    if !narrow && draw::icon_button(ui, Icon::Help, &words.t(msg::CMD_HELP), state.help_open).clicked() {
        state.help_open = true;
    }
    language(ui, words, out);
}

fn language(ui: &mut Ui, words: &Words, out: &mut Vec<Action>) {
    let label = words.t(msg::LANGUAGE_SWITCH);
    let (rect, response) = ui.allocate_exact_size(vec2(58.0, 26.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let t = theme::of(ui);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, t.hover);
    }
    let chinese = words.language() == Language::Chinese;
    let paint = |x: f32, text: &str, on: bool| {
        let family = if on { theme::strong_family() } else { egui::FontFamily::Proportional };
        let color = if on { t.accent } else { t.weak };
        ui.painter().text(
            pos2(x, rect.center().y),
            Align2::CENTER_CENTER,
            text,
            egui::FontId::new(13.0, family),
            color,
        );
    };
    paint(rect.center().x - 14.0, "中", chinese);
    paint(rect.center().x, "/", false);
    paint(rect.center().x + 14.0, "EN", !chinese);
    if response.on_hover_text(label.as_ref()).clicked() {
        out.push(Action::SetLanguage(words.language().other()));
    }
}

fn panel_toggles(ui: &mut Ui, state: &mut UiState, words: &Words) {
    if draw::icon_button(ui, Icon::PanelLeft, &words.t(msg::PANEL_LEFT_TOGGLE), state.left_open).clicked() {
        state.left_open = !state.left_open;
    }
    if draw::icon_button(ui, Icon::PanelRight, &words.t(msg::PANEL_RIGHT_TOGGLE), state.right_open).clicked()
    {
        state.right_open = !state.right_open;
    }
}

/// Measuring, cutting, coloring, schedules and risks.
fn tools(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if let Some(measure) = &model.measure {
        let active = measure.active;
        if draw::icon_button(ui, Icon::Ruler, &words.t(msg::MEASURE_TOOL), active.is_some()).clicked() {
            out.push(Action::Measure(active.is_none().then_some(MeasureKind::Distance)));
        }
    }
    if let Some(section) = &model.section {
        let on = state.section_open || section.plane.is_some() || section.cube.is_some();
        if draw::icon_button(ui, Icon::Cut, &words.t(msg::SECTION_TOOL), on).clicked() {
            state.section_open = !state.section_open;
        }
    }
    if let Some(coloring) = &model.coloring {
        let button = draw::icon_button(ui, Icon::Palette, &words.t(msg::COLOR_TOOL), coloring.now.is_some());
        coloring::chooser(&button, coloring, state, words, out);
    }
    if model.works.is_some()
        && draw::icon_button(ui, Icon::Bars, &words.t(msg::WORKS_TOOL), state.dock_shown().is_some())
            .clicked()
    {
        state.toggle_dock(state.dock_tab);
    }
}

/// Everything in view, from above, and through the ground.
fn camera(ui: &mut Ui, model: &UiModel, words: &Words, out: &mut Vec<Action>) {
    if draw::icon_button(ui, Icon::Fit, &words.t(msg::VIEW_FIT_HINT), false).clicked() {
        out.push(Action::FitAll);
    }
    if draw::icon_button(ui, Icon::Top, &words.t(msg::VIEW_TOP_HINT), false).clicked() {
        out.push(Action::TopView);
    }
    let xray = model.top_bar.xray_ground;
    if draw::icon_button(ui, Icon::Xray, &words.t(msg::XRAY_GROUND_HINT), xray).clicked() {
        out.push(Action::XrayGround(!xray));
    }
}

/// The overlay switch where there is no room for four segments.
fn overlay_menu(ui: &mut Ui, current: Option<OverlayKind>, words: &Words, out: &mut Vec<Action>) {
    let label = words.t(msg::OVERLAY_MENU);
    let button =
        draw::menu_button(ui, &words.t(current.map_or(msg::OVERLAY_MENU, OverlayKind::msg)), &label, false);
    egui::Popup::menu(&button).show(|ui| {
        for kind in OverlayKind::ALL {
            if ui.selectable_label(Some(kind) == current, words.t(kind.msg()).as_ref()).clicked() {
                out.push(Action::SetOverlay(kind));
            }
        }
    });
}

/// What outlines objects besides what fills them.
fn outline_menu(
    ui: &mut Ui,
    (fill, current): (Option<OverlayKind>, OverlayKind),
    words: &Words,
    out: &mut Vec<Action>,
) {
    let button =
        draw::icon_button(ui, Icon::Outline, &words.t(msg::OUTLINE_TOOL), current != OverlayKind::None);
    egui::Popup::menu(&button).show(|ui| {
        ui.label(draw::weak(ui, &words.t(msg::OUTLINE_HINT)));
        for kind in OverlayKind::SWITCH {
            // What fills objects already says nothing more as an outline.
            let other = kind == OverlayKind::None || Some(kind) != fill;
            let row = egui::Button::selectable(kind == current, words.t(kind.msg()).as_ref());
            if ui.add_enabled(other, row).clicked() {
                out.push(Action::SetOutline(kind));
            }
        }
    });
}

/// Four segments in one frame.
fn overlay_switch(ui: &mut Ui, current: Option<OverlayKind>, words: &Words, out: &mut Vec<Action>) {
    let font = egui::FontId::new(13.0, egui::FontFamily::Proportional);
    let t = theme::of(ui);
    let widths = OverlayKind::SWITCH.map(|kind| {
        ui.painter().layout_no_wrap(words.t(kind.msg()).into_owned(), font.clone(), t.text).size().x + 22.0
    });
    let (rect, _frame) = ui.allocate_exact_size(vec2(widths.iter().sum::<f32>() + 4.0, 28.0), Sense::hover());
    ui.painter().rect(rect, 6.0, t.hover, egui::Stroke::new(1.0, t.line), egui::StrokeKind::Inside);
    let mut x = rect.left() + 2.0;
    for (ix, (kind, width)) in OverlayKind::SWITCH.into_iter().zip(widths).enumerate() {
        let segment = Rect::from_min_size(pos2(x, rect.top() + 2.0), vec2(width, rect.height() - 4.0));
        x += width;
        let on = Some(kind) == current;
        let name = words.t(kind.msg());
        let response = ui.interact(segment, ui.scope_id().with(("overlay", ix)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, on, &name));
        let painter = ui.painter();
        if on {
            painter.rect(segment, 4.0, t.surface, egui::Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
        } else if response.hovered() || response.has_focus() {
            painter.rect_filled(segment, 4.0, t.line);
        }
        let family = if on { theme::strong_family() } else { egui::FontFamily::Proportional };
        let color = if on { t.accent } else { t.text };
        painter.text(segment.center(), Align2::CENTER_CENTER, &name, egui::FontId::new(13.0, family), color);
        let key = (ix + 1).to_string();
        let hint = words.t_args(msg::OVERLAY_HINT, &[("name", name.as_ref().into()), ("key", key.into())]);
        if response.on_hover_text(hint).clicked() {
            out.push(Action::SetOverlay(kind));
        }
    }
}
