//! The search and command box: every command by name, saved views, and a search through the scene.

use egui::{
    Align, Align2, Area, Frame, Id, Key, Modifiers, Order, Rect, RichText, ScrollArea, Sense, TextEdit, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use super::commands::{self, COMMANDS, Command};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::UiModel;
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// Height of the list before it scrolls.
const LIST_HEIGHT: f32 = 380.0;
/// Narrower, only the magnifier remains.
const NARROW: f32 = 90.0;

fn field_id() -> Id {
    Id::unique("lantu-command-box")
}

/// What a line of the list does.
enum Match<'a> {
    Command(&'a Command),
    View(usize, String),
    /// Search the scene for what was typed.
    Find,
}

/// The field, in the middle of what is left of the bar.
pub(crate) fn show(ui: &mut Ui, model: &UiModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let room = ui.available_width();
    let hint = words.t(msg::SEARCH_OR_COMMAND).into_owned();
    if room < NARROW && !state.command_open {
        if draw::icon_button(ui, Icon::Search, &hint, false).clicked() {
            (state.command_open, state.command_focus) = (true, true);
        }
        return;
    }
    let width = room.clamp(NARROW, 420.0);
    ui.add_space(((room - width) / 2.0).max(0.0));
    let (rect, _space) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
    let edit = TextEdit::singleline(&mut state.command)
        .id(field_id())
        .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
        .margin(egui::Margin { left: 28, right: if width > 180.0 { 52 } else { 6 }, top: 5, bottom: 5 })
        .align(Align2::LEFT_CENTER)
        .desired_width(width);
    let response = ui.put(rect, edit);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
    let t = theme::of(ui);
    let center = pos2(rect.left() + 15.0, rect.center().y);
    draw::icon(ui.painter(), Rect::from_center_size(center, Vec2::splat(14.0)), Icon::Search, t.weak);
    if width > 180.0 && !response.has_focus() {
        let font = egui::FontId::new(11.0, egui::FontFamily::Proportional);
        let at = pos2(rect.right() - 8.0, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, "Ctrl+K", font, t.weak);
    }
    if state.command_focus {
        response.request_focus();
        state.command_focus = false;
    }
    // The keyboard went on to another control: a list that stays would take its Enter.
    let hand = ui.input(|i| i.pointer.any_pressed() || i.pointer.any_released());
    let chosen = ui.input(|i| i.key_pressed(Key::Enter) || i.key_pressed(Key::Escape));
    if response.lost_focus() && !hand && !chosen {
        state.command_open = false;
        state.command.clear();
    }
    if response.gained_focus() || response.changed() {
        state.command_open = true;
        state.command_choice = 0;
    }
    if state.command_open {
        list(ui, rect, (model, words), state, out);
    }
}

fn found<'a>(text: &str, model: &UiModel, words: &Words) -> Vec<Match<'a>> {
    let wanted = text.to_lowercase();
    let fits = |name: &str| name.to_lowercase().contains(&wanted);
    let mut lines: Vec<Match<'a>> = COMMANDS
        .iter()
        .filter(|c| commands::available(c.run, model) && fits(&words.t(c.name)))
        .map(Match::Command)
        .collect();
    let names = model.views.iter().flat_map(|v| &v.names).enumerate();
    for (ix, name) in names {
        let n = format::count(ix as u64 + 1);
        let label = words.t_args(msg::VIEWS_GO, &[("n", n.into()), ("name", name.into())]);
        if fits(&label) {
            lines.push(Match::View(ix, label));
        }
    }
    if !text.is_empty() {
        lines.push(Match::Find);
    }
    lines
}

/// The list under the field.
fn list(
    ui: &mut Ui,
    field: Rect,
    (model, words): (&UiModel, &Words),
    state: &mut UiState,
    out: &mut Vec<Action>,
) {
    let text = state.command.trim().to_owned();
    let lines = found(&text, model, words);
    let n = lines.len().max(1);
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    if down {
        state.command_choice = (state.command_choice + 1) % n;
    }
    if up {
        state.command_choice = (state.command_choice + n - 1) % n;
    }
    let mut chosen = ui.input(|i| i.key_pressed(Key::Enter)).then_some(state.command_choice.min(n - 1));
    let area = Area::new(Id::unique("lantu-command-list"))
        .order(Order::Foreground)
        .fixed_pos(field.left_bottom() + vec2(0.0, 4.0))
        .constrain(true);
    let inner = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(field.width().max(320.0) - 14.0);
            ui.spacing_mut().item_spacing.y = 1.0;
            ScrollArea::vertical().max_height(LIST_HEIGHT).show(ui, |ui| {
                for (ix, line) in lines.iter().enumerate() {
                    let on = ix == state.command_choice;
                    let response = line_button(ui, line, on, &text, words);
                    if on && (down || up) {
                        response.scroll_to_me(Some(Align::Center));
                    }
                    if response.clicked() {
                        chosen = Some(ix);
                    }
                }
            });
        });
    });
    let mut close = pressed(Key::Escape);
    if let Some(line) = chosen.and_then(|ix| lines.get(ix)) {
        close = true;
        match line {
            Match::Command(command) => out.extend(commands::run(ui.ctx(), command.run, model, state, words)),
            Match::View(ix, _) => out.push(Action::GoToView(*ix)),
            Match::Find => {
                state.tree_search.clone_from(&text);
                state.left_open = true;
                out.push(Action::Search(text));
            }
        }
    }
    let clicked_away = ui.input(|i| i.pointer.any_pressed())
        && ui
            .ctx()
            .pointer_interact_pos()
            .is_some_and(|p| !field.contains(p) && !inner.response.rect.contains(p));
    if close || clicked_away {
        state.command_open = false;
        state.command.clear();
        ui.memory_mut(|m| m.surrender_focus(field_id()));
    }
}

fn line_button(ui: &mut Ui, line: &Match<'_>, on: bool, text: &str, words: &Words) -> egui::Response {
    let (name, key) = match line {
        Match::Command(command) => (words.t(command.name).into_owned(), command.key),
        Match::View(_, label) => (label.clone(), ""),
        Match::Find => (words.t_args(msg::CMD_SEARCH_FOR, &[("text", text.into())]), ""),
    };
    let name = RichText::new(name).color(theme::of(ui).text);
    // Arrows choose a row while the field has the keyboard: the next control lies behind the list.
    let button = egui::Button::selectable(on, name)
        .sense(Sense::CLICK)
        .truncate()
        .min_size(vec2(ui.available_width(), 24.0));
    ui.add(if key.is_empty() { button } else { button.shortcut_text(draw::weak(ui, key)) })
}
