//! The project menu: undo, recent projects, files, theme, size.

use egui::{
    Button, Popup, PopupCloseBehavior, Rect, RichText, Sense, Slider, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{Edit, HistoryModel, RecentProject, UiModel};
use crate::state::UiState;
use crate::theme::{self, ThemeKind};
use crate::words::{Msg, Words, msg};

/// Recent projects that the menu lists.
const RECENT: usize = 5;
const WIDTH: f32 = 300.0;

/// The button with the project's name, and the menu below it.
pub(crate) fn button(
    ui: &mut Ui,
    model: &UiModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let name = if model.top_bar.project.is_empty() {
        words.t(msg::NO_PROJECT)
    } else {
        model.top_bar.project.as_str().into()
    };
    let font = egui::FontId::new(14.5, egui::FontFamily::Proportional);
    let ink = theme::of(ui).text;
    let width = ui.painter().layout_no_wrap(name.to_string(), font.clone(), ink).size().x.min(190.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width + 52.0, 30.0), Sense::click());
    let label = words.t(msg::MENU_PROJECT);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let t = theme::of(ui);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, t.hover);
    }
    let square = |x: f32| Rect::from_center_size(pos2(x, rect.center().y), Vec2::splat(16.0));
    draw::icon(ui.painter(), square(rect.left() + 14.0), Icon::Menu, t.weak);
    let at = pos2(rect.left() + 28.0, rect.center().y);
    draw::cut_text(ui.painter(), at, &name, font, (t.text, width + 2.0));
    draw::icon(ui.painter(), square(rect.right() - 12.0).shrink(2.0), Icon::ChevronDown, t.weak);
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH).show(|ui| {
        ui.set_width(WIDTH);
        menu(ui, model, state, words, out);
    });
}

fn menu(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if let Some(history) = model.history {
        history_items(ui, history, words, out);
        ui.separator();
    }
    for (text, key, action) in [
        (msg::MENU_OPEN, "Ctrl+O", Action::OpenProject(None)),
        (msg::MENU_NEW, "Ctrl+N", Action::NewProject),
        (msg::MENU_IMPORT, "Ctrl+I", Action::ImportFiles),
        (msg::MENU_SNAPSHOT, "Ctrl+P", Action::SaveSnapshot),
        (msg::MENU_DEMO, "", Action::OpenDemo),
    ] {
        if item(ui, &words.t(text), key, true) {
            out.push(action);
        }
    }
    if !model.recent.is_empty() {
        ui.separator();
        ui.label(draw::weak(ui, &words.t(msg::MENU_RECENT)));
        for project in model.recent.iter().take(RECENT) {
            if recent_row(ui, project, words, out) {
                ui.close();
            }
        }
    }
    ui.separator();
    looks(ui, state, words, out);
    ui.separator();
    if item(ui, &words.t(msg::CMD_HELP), "F1", true) {
        state.help_open = true;
    }
    if item(ui, &words.t(msg::MENU_QUIT), "", true) {
        out.push(Action::Quit);
    }
}

/// A line of the menu, which then closes.
fn item(ui: &mut Ui, text: &str, key: &str, enabled: bool) -> bool {
    let button = Button::selectable(false, text).min_size(vec2(ui.available_width(), 24.0));
    let button = if key.is_empty() { button } else { button.shortcut_text(draw::weak(ui, key)) };
    let clicked = ui.add_enabled(enabled, button).clicked();
    if clicked {
        ui.close();
    }
    clicked
}

/// What an edit did, in words.
pub(crate) const fn edit_name(edit: Edit) -> Msg {
    match edit {
        Edit::Hide => msg::EDIT_HIDE,
        Edit::Show => msg::EDIT_SHOW,
        Edit::Isolate => msg::EDIT_ISOLATE,
        Edit::Ghost => msg::EDIT_GHOST,
        Edit::Select => msg::EDIT_SELECT,
        Edit::Layers => msg::EDIT_LAYERS,
        Edit::Colors => msg::EDIT_COLORS,
        Edit::Section => msg::EDIT_SECTION,
        Edit::Measure => msg::EDIT_MEASURE,
        Edit::Views => msg::EDIT_VIEWS,
        Edit::Placement => msg::EDIT_PLACEMENT,
        Edit::Style => msg::EDIT_STYLE,
    }
}

/// Undo and redo beside the menu; each says what it would change.
pub(crate) fn undo_buttons(ui: &mut Ui, model: &UiModel, words: &Words, out: &mut Vec<Action>) {
    let Some(history) = &model.history else { return };
    for (edit, icon, text, action) in [
        (history.undo, Icon::Undo, msg::UNDO_WHAT, Action::Undo),
        (history.redo, Icon::Redo, msg::REDO_WHAT, Action::Redo),
    ] {
        let Some(edit) = edit else { continue };
        let label = words.t_args(text, &[("what", words.t(edit_name(edit)).as_ref().into())]);
        if draw::icon_button(ui, icon, &label, false).clicked() {
            out.push(action);
        }
    }
}

fn history_items(ui: &mut Ui, model: HistoryModel, words: &Words, out: &mut Vec<Action>) {
    for (edit, none, some, key, action) in [
        (model.undo, msg::UNDO, msg::UNDO_WHAT, "Ctrl+Z", Action::Undo),
        (model.redo, msg::REDO, msg::REDO_WHAT, "Ctrl+Shift+Z", Action::Redo),
    ] {
        let text = match edit {
            Some(edit) => words.t_args(some, &[("what", words.t(edit_name(edit)).as_ref().into())]),
            None => words.t(none).into_owned(),
        };
        if item(ui, &text, key, edit.is_some()) {
            out.push(action);
        }
    }
}

/// Name, path and date of a recent project; one that is gone can only be taken off the list. `true` when it opens.
pub(crate) fn recent_row(ui: &mut Ui, project: &RecentProject, words: &Words, out: &mut Vec<Action>) -> bool {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    let label = words.t_args(msg::RECENT_OPEN, &[("path", project.path.as_str().into())]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, !project.missing, &label));
    if (response.hovered() || response.has_focus()) && !project.missing {
        ui.painter().rect_filled(rect, 4.0, t.hover);
    }
    let font = |size| egui::FontId::new(size, egui::FontFamily::Proportional);
    let right = if project.missing { words.t(msg::RECENT_MISSING) } else { project.opened.as_str().into() };
    let date = ui.painter().layout_no_wrap(right.into_owned(), font(11.0), t.weak);
    let date_at = pos2(rect.right() - 30.0 - date.size().x, rect.top() + 12.0 - date.size().y / 2.0);
    let room = date_at.x - rect.left() - 16.0;
    ui.painter().galley(date_at, date, t.weak);
    let ink = if project.missing { t.weak } else { t.text };
    draw::cut_text(ui.painter(), rect.left_top() + vec2(8.0, 12.0), &project.name, font(13.0), (ink, room));
    let room = rect.width() - 40.0;
    draw::cut_text(
        ui.painter(),
        rect.left_top() + vec2(8.0, 29.0),
        &project.path,
        font(11.0),
        (t.weak, room),
    );
    let cross = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), Vec2::splat(20.0));
    let forget = words.t_args(msg::RECENT_FORGET, &[("name", project.name.as_str().into())]);
    if draw::icon_at(ui, cross, (Icon::Close, &forget), ("forget", &project.path)).clicked() {
        out.push(Action::ForgetProject(project.path.clone()));
    }
    let opens = response.on_hover_text(&project.path).clicked() && !project.missing;
    if opens {
        out.push(Action::OpenProject(Some(project.path.clone())));
    }
    opens
}

/// Theme and size.
fn looks(ui: &mut Ui, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for (text, kind) in [(msg::THEME_LIGHT, ThemeKind::Light), (msg::THEME_DARK, ThemeKind::Dark)] {
            if ui.selectable_label(state.theme == kind, words.t(text).as_ref()).clicked() {
                state.set_theme(kind);
                out.push(Action::SetTheme(kind));
            }
        }
    });
    if item(ui, &words.t(msg::CMD_LARGE), "F11", true) {
        state.set_large(true);
        out.push(Action::LargeScreen(true));
    }
    let label = words.t(msg::UI_SCALE);
    ui.label(draw::weak(ui, &label));
    ui.horizontal(|ui| {
        let mut scale = state.scale_drag.unwrap_or(state.ui_scale);
        ui.spacing_mut().slider_width = 200.0;
        let slider = ui.scope(|ui| {
            draw::slider_look(ui);
            ui.add(Slider::new(&mut scale, 1.0..=3.0).step_by(0.25).show_value(false))
        });
        let slider = slider.inner;
        slider.widget_info(|| WidgetInfo::slider(true, f64::from(scale), &label));
        ui.label(RichText::new(format::percent(f64::from(scale))).size(12.0));
        // While it is dragged the slider must not move away under the pointer.
        if slider.drag_stopped() || (slider.changed() && !slider.dragged()) {
            state.ui_scale = scale;
            state.scale_drag = None;
        } else if slider.dragged() {
            state.scale_drag = Some(scale);
        }
    });
}
