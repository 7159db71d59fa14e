//! Project menu, search and command box, overlay switch, views, language.

use egui::{
    Align, Align2, Area, Frame, Id, Key, Layout, Modifiers, Order, Rect, RichText, Sense, TextEdit, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::commands::{self, COMMANDS, Command};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::UiModel;
use crate::state::UiState;
use crate::states::OverlayKind;
use crate::theme::{self, ThemeKind};
use crate::words::{Language, Words, msg};

/// The top bar's contents.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        project_menu(ui, model, state, words, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            language(ui, words, out);
            panel_toggles(ui, state, words);
            ui.add_space(6.0);
            views(ui, model, words, out);
            ui.add_space(6.0);
            overlay_switch(ui, model.top_bar.overlay, words, out);
            ui.add_space(10.0);
            command_box(ui, model, state, words, out);
        });
    });
}

fn project_menu(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let name = if model.top_bar.project.is_empty() {
        words.t(msg::NO_PROJECT)
    } else {
        model.top_bar.project.as_str().into()
    };
    let font = egui::FontId::new(14.5, egui::FontFamily::Proportional);
    let width =
        ui.painter().layout_no_wrap(name.to_string(), font.clone(), theme::of(ui).text).size().x.min(190.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width + 52.0, 30.0), Sense::click());
    let label = words.t(msg::MENU_PROJECT);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let t = theme::of(ui);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, t.hover);
    }
    let square = |x: f32| Rect::from_center_size(pos2(x, rect.center().y), Vec2::splat(16.0));
    draw::icon(ui.painter(), square(rect.left() + 14.0), Icon::Menu, t.weak);
    draw::cut_text(
        ui.painter(),
        pos2(rect.left() + 28.0, rect.center().y),
        &name,
        font,
        (t.text, width + 2.0),
    );
    draw::icon(ui.painter(), square(rect.right() - 12.0).shrink(2.0), Icon::ChevronDown, t.weak);
    egui::Popup::menu(&response).show(|ui| {
        ui.set_min_width(200.0);
        for (text, action) in [
            (msg::MENU_DEMO, Action::OpenDemo),
            (msg::MENU_NEW, Action::NewProject),
            (msg::MENU_OPEN, Action::OpenProject(None)),
            (msg::MENU_IMPORT, Action::ImportFiles),
            (msg::MENU_SNAPSHOT, Action::SaveSnapshot),
        ] {
            if ui.button(words.t(text)).clicked() {
                out.push(action);
            }
        }
        ui.separator();
        for (text, kind) in [
            (msg::THEME_LIGHT, ThemeKind::Light),
            (msg::THEME_DARK, ThemeKind::Dark),
            (msg::THEME_LARGE, ThemeKind::Large),
        ] {
            if ui.selectable_label(state.theme == kind, words.t(text)).clicked() {
                state.set_theme(kind);
                out.push(Action::SetTheme(kind));
            }
        }
        ui.separator();
        if ui.button(words.t(msg::MENU_QUIT)).clicked() {
            out.push(Action::Quit);
        }
    });
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
    if draw::icon_button(ui, Icon::PanelRight, &words.t(msg::PANEL_RIGHT_TOGGLE), state.right_open).clicked()
    {
        state.right_open = !state.right_open;
    }
    if draw::icon_button(ui, Icon::PanelLeft, &words.t(msg::PANEL_LEFT_TOGGLE), state.left_open).clicked() {
        state.left_open = !state.left_open;
    }
}

fn views(ui: &mut Ui, model: &UiModel, words: &Words, out: &mut Vec<Action>) {
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
    if model.visibility.any()
        && draw::icon_button(ui, Icon::EyeOff, &words.t(msg::CMD_SHOW_ALL), true).clicked()
    {
        out.push(Action::ShowAll);
    }
}

/// Four segments in one frame. The layout of the bar runs from right to left, so the frame is placed as a whole.
fn overlay_switch(ui: &mut Ui, current: OverlayKind, words: &Words, out: &mut Vec<Action>) {
    let font = egui::FontId::new(13.0, egui::FontFamily::Proportional);
    let t = theme::of(ui);
    let widths = OverlayKind::ALL.map(|kind| {
        ui.painter().layout_no_wrap(words.t(kind.msg()).into_owned(), font.clone(), t.text).size().x + 22.0
    });
    let (rect, _frame) = ui.allocate_exact_size(vec2(widths.iter().sum::<f32>() + 4.0, 28.0), Sense::hover());
    ui.painter().rect(rect, 6.0, t.hover, egui::Stroke::new(1.0, t.line), egui::StrokeKind::Inside);
    let mut x = rect.left() + 2.0;
    for (ix, (kind, width)) in OverlayKind::ALL.into_iter().zip(widths).enumerate() {
        let segment = Rect::from_min_size(pos2(x, rect.top() + 2.0), vec2(width, rect.height() - 4.0));
        x += width;
        let on = kind == current;
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

fn command_box(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let width = ui.available_width().clamp(60.0, 420.0);
    let hint = words.t(msg::SEARCH_OR_COMMAND).into_owned();
    let id = Id::unique("lantu-command-box");
    // In the middle of what is left.
    ui.add_space(((ui.available_width() - width) / 2.0).max(0.0));
    let (rect, _space) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
    let edit = TextEdit::singleline(&mut state.command)
        .id(id)
        .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
        .margin(egui::Margin { left: 28, right: 52, top: 5, bottom: 5 })
        .align(Align2::LEFT_CENTER)
        .desired_width(width);
    let response = ui.put(rect, edit);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
    let t = theme::of(ui);
    let center = pos2(rect.left() + 15.0, rect.center().y);
    draw::icon(ui.painter(), Rect::from_center_size(center, Vec2::splat(14.0)), Icon::Search, t.weak);
    if width > 180.0 && !response.has_focus() {
        let font = egui::FontId::new(11.0, egui::FontFamily::Proportional);
        ui.painter().text(
            pos2(rect.right() - 8.0, rect.center().y),
            Align2::RIGHT_CENTER,
            "Ctrl+K",
            font,
            t.weak,
        );
    }
    if state.command_focus {
        response.request_focus();
        state.command_focus = false;
    }
    if response.gained_focus() || response.changed() {
        state.command_open = true;
        state.command_choice = 0;
    }
    if state.command_open {
        matches(ui, rect, (model, words), state, out);
    }
}

/// The list under the command box.
fn matches(
    ui: &mut Ui,
    field: Rect,
    (model, words): (&UiModel, &Words),
    state: &mut UiState,
    out: &mut Vec<Action>,
) {
    let text = state.command.trim().to_owned();
    let wanted = text.to_lowercase();
    let found: Vec<&Command> =
        COMMANDS.iter().filter(|c| words.t(c.name).to_lowercase().contains(&wanted)).take(12).collect();
    let n = found.len() + usize::from(!text.is_empty());
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        state.command_choice = (state.command_choice + 1) % n.max(1);
    }
    if pressed(Key::ArrowUp) {
        state.command_choice = (state.command_choice + n.max(1) - 1) % n.max(1);
    }
    let mut chosen =
        ui.input(|i| i.key_pressed(Key::Enter)).then_some(state.command_choice.min(n.saturating_sub(1)));
    let width = field.width().max(300.0);
    let area = Area::new(Id::unique("lantu-command-list"))
        .order(Order::Foreground)
        .fixed_pos(field.left_bottom() + vec2(0.0, 4.0))
        .constrain(true);
    let inner = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(width - 14.0);
            ui.spacing_mut().item_spacing.y = 1.0;
            for (ix, command) in found.iter().enumerate() {
                let on = ix == state.command_choice;
                let name = RichText::new(words.t(command.name).as_ref()).color(theme::of(ui).text);
                let row = egui::Button::selectable(on, name)
                    .shortcut_text(draw::weak(ui, command.key))
                    .min_size(vec2(ui.available_width(), 24.0));
                if ui.add(row).clicked() {
                    chosen = Some(ix);
                }
            }
            if !text.is_empty() {
                let find = words.t_args(msg::CMD_SEARCH_FOR, &[("text", text.as_str().into())]);
                let on = found.len() == state.command_choice;
                let row =
                    egui::Button::selectable(on, find).truncate().min_size(vec2(ui.available_width(), 24.0));
                if ui.add(row).clicked() {
                    chosen = Some(found.len());
                }
            }
        });
    });
    let mut close = pressed(Key::Escape);
    if let Some(ix) = chosen {
        if let Some(command) = found.get(ix) {
            out.extend(commands::run(command.run, model, state, words));
        } else if !text.is_empty() {
            state.tree_search.clone_from(&text);
            state.left_open = true;
            out.push(Action::Search(text));
        }
        close = true;
    }
    let clicked_away = ui.input(|i| i.pointer.any_pressed())
        && ui
            .ctx()
            .pointer_interact_pos()
            .is_some_and(|p| !field.contains(p) && !inner.response.rect.contains(p));
    if close || clicked_away {
        state.command_open = false;
        state.command.clear();
        ui.memory_mut(|m| m.surrender_focus(Id::unique("lantu-command-box")));
    }
}
