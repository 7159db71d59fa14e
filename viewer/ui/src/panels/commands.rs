//! Every command by name and by key.

use egui::{Key, Modifiers};

use crate::action::Action;
use crate::model::UiModel;
use crate::state::UiState;
use crate::states::OverlayKind;
use crate::theme::ThemeKind;
use crate::words::{Msg, Words, msg};

/// A command: what the box lists and what a key runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) name: Msg,
    /// The key as people write it; the same in every language.
    pub(crate) key: &'static str,
    pub(crate) run: Run,
}

/// What a command does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    FitSelection,
    FitAll,
    Top,
    Overlay(OverlayKind),
    Hide,
    Isolate,
    ShowAll,
    ClearSelection,
    Xray,
    Play,
    Step(i32, bool),
    Panels,
    Fullscreen,
    Language,
    Theme,
    Demo,
    New,
    Open,
    Import,
    Snapshot,
}

const fn command(name: Msg, key: &'static str, run: Run) -> Command {
    Command { name, key, run }
}

/// All commands, in the order of the box.
pub(crate) const COMMANDS: &[Command] = &[
    command(msg::CMD_FIT_SELECTION, "F", Run::FitSelection),
    command(msg::CMD_FIT_ALL, "Home", Run::FitAll),
    command(msg::CMD_TOP, "T", Run::Top),
    command(msg::CMD_OVERLAY_PROGRESS, "1", Run::Overlay(OverlayKind::Progress)),
    command(msg::CMD_OVERLAY_SENSOR, "2", Run::Overlay(OverlayKind::Sensor)),
    command(msg::CMD_OVERLAY_RISK, "3", Run::Overlay(OverlayKind::Risk)),
    command(msg::CMD_OVERLAY_NONE, "4", Run::Overlay(OverlayKind::None)),
    command(msg::CMD_HIDE, "H", Run::Hide),
    command(msg::CMD_ISOLATE, "I", Run::Isolate),
    command(msg::CMD_SHOW_ALL, "Shift+H", Run::ShowAll),
    command(msg::CMD_CLEAR_SELECTION, "Esc", Run::ClearSelection),
    command(msg::CMD_XRAY, "X", Run::Xray),
    command(msg::CMD_PLAY, "Space", Run::Play),
    command(msg::CMD_STEP_BACK, "←", Run::Step(-1, false)),
    command(msg::CMD_STEP_FORWARD, "→", Run::Step(1, false)),
    command(msg::CMD_PANELS, "Tab", Run::Panels),
    command(msg::CMD_FULLSCREEN, "F11", Run::Fullscreen),
    command(msg::CMD_LANGUAGE, "", Run::Language),
    command(msg::CMD_THEME, "", Run::Theme),
    command(msg::MENU_DEMO, "", Run::Demo),
    command(msg::MENU_NEW, "", Run::New),
    command(msg::MENU_OPEN, "", Run::Open),
    command(msg::MENU_IMPORT, "", Run::Import),
    command(msg::MENU_SNAPSHOT, "", Run::Snapshot),
];

/// Carries a command out: changes the panels' own state, or asks the app.
pub(crate) fn run(command: Run, model: &UiModel, state: &mut UiState, words: &Words) -> Option<Action> {
    Some(match command {
        Run::FitSelection => Action::FitSelection,
        Run::FitAll => Action::FitAll,
        Run::Top => Action::TopView,
        Run::Overlay(kind) => Action::SetOverlay(kind),
        Run::Hide => Action::Hide,
        Run::Isolate => Action::Isolate,
        Run::ShowAll => Action::ShowAll,
        Run::ClearSelection => Action::Select(None),
        Run::Xray => Action::XrayGround(!model.top_bar.xray_ground),
        Run::Play => Action::Play(!model.timeline.as_ref()?.playing),
        Run::Step(steps, large) => Action::Step { steps, large },
        Run::Panels => {
            state.panels_hidden = !state.panels_hidden;
            return None;
        }
        Run::Fullscreen => Action::ToggleFullscreen,
        Run::Language => Action::SetLanguage(words.language().other()),
        Run::Theme => {
            state.set_theme(if state.theme == ThemeKind::Light { ThemeKind::Dark } else { ThemeKind::Light });
            Action::SetTheme(state.theme)
        }
        Run::Demo => Action::OpenDemo,
        Run::New => Action::NewProject,
        Run::Open => Action::OpenProject(None),
        Run::Import => Action::ImportFiles,
        Run::Snapshot => Action::SaveSnapshot,
    })
}

/// Keys that work wherever no text is being typed. The right mouse button keeps W A S D Q E for flying.
pub(crate) fn keys(ctx: &egui::Context, model: &UiModel, state: &mut UiState, words: &Words) -> Vec<Action> {
    if ctx.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::K)) {
        state.panels_hidden = false;
        state.command_open = true;
        state.command_focus = true;
        return Vec::new();
    }
    if ctx.text_edit_focused() || model.dialog.is_some() || model.first_start {
        return Vec::new();
    }
    // A focused button takes Space and the arrows; letters still work.
    let free = !ctx.egui_wants_keyboard_input();
    let pressed = |modifiers, key| ctx.input_mut(|i| i.consume_key(modifiers, key));
    let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
    // Longer combinations come first: consuming a key ignores an additional Shift.
    let table = [
        (shift, Key::H, Run::ShowAll, true),
        (shift, Key::ArrowLeft, Run::Step(-1, true), free),
        (shift, Key::ArrowRight, Run::Step(1, true), free),
        (none, Key::F, Run::FitSelection, true),
        (none, Key::Home, Run::FitAll, true),
        (none, Key::T, Run::Top, true),
        (none, Key::Num1, Run::Overlay(OverlayKind::Progress), true),
        (none, Key::Num2, Run::Overlay(OverlayKind::Sensor), true),
        (none, Key::Num3, Run::Overlay(OverlayKind::Risk), true),
        (none, Key::Num4, Run::Overlay(OverlayKind::None), true),
        (none, Key::H, Run::Hide, true),
        (none, Key::I, Run::Isolate, true),
        (none, Key::X, Run::Xray, true),
        (none, Key::Space, Run::Play, free),
        (none, Key::ArrowLeft, Run::Step(-1, false), free),
        (none, Key::ArrowRight, Run::Step(1, false), free),
        (none, Key::F11, Run::Fullscreen, true),
    ];
    let mut actions = Vec::new();
    for (modifiers, key, what, enabled) in table {
        if enabled && pressed(modifiers, key) {
            actions.extend(run(what, model, state, words));
        }
    }
    if pressed(none, Key::Tab) {
        state.panels_hidden = !state.panels_hidden;
        // Tab also moved the focus, which nobody sees any more.
        ctx.memory_mut(|m| {
            if let Some(id) = m.focused() {
                m.surrender_focus(id);
            }
        });
    }
    if model.context_menu.is_none() && pressed(none, Key::Escape) {
        actions.push(if model.legend.as_ref().is_some_and(|l| l.filter.is_some()) {
            Action::FilterState(None)
        } else {
            Action::Select(None)
        });
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut keys: Vec<_> = COMMANDS.iter().map(|c| c.key).filter(|k| !k.is_empty()).collect();
        keys.sort_unstable();
        let n = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), n);
    }
}
