//! Every command by name and by key.

use egui::{FocusDirection, Key, Modifiers, Popup};

use super::{coloring, heat, views_menu};
use crate::action::Action;
use crate::model::{Beside, MeasureKind, MotionMode, UiModel};
use crate::state::{DockTab, UiState, WorksTab};
use crate::states::OverlayKind;
use crate::theme::ThemeKind;
use crate::words::{Msg, Words, msg};

/// A command: what the box lists and what a key runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) name: Msg,
    /// The key as people write it; the same in every language.
    pub(crate) key: &'static str,
    chord: Option<(Modifiers, Key)>,
    pub(crate) run: Run,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Run {
    FitSelection,
    FitAll,
    Top,
    Overlay(OverlayKind),
    Outline(OverlayKind),
    Beside(Beside),
    ColorBy,
    Hide,
    Isolate,
    Ghost,
    ShowAll,
    ClearSelection,
    Xray,
    Labels,
    Simple,
    Play,
    Step(i32, bool),
    Measure(MeasureKind),
    Section,
    SectionReset,
    SaveView,
    NextView,
    PreviousView,
    Undo,
    Redo,
    Motion(MotionMode),
    Overview,
    Panels,
    Jobs,
    Dock(DockTab),
    Follow,
    Forecast,
    Unusual,
    Heat,
    ExportStates,
    Help,
    Large,
    Fullscreen,
    Scale(isize),
    NormalScale,
    Focus(FocusDirection),
    Language,
    Theme,
    Demo,
    New,
    Open,
    Import,
    Snapshot,
}

const fn keyed(name: Msg, key: &'static str, chord: (Modifiers, Key), run: Run) -> Command {
    Command { name, key, chord: Some(chord), run }
}

const fn plain(name: Msg, key: &'static str, press: Key, run: Run) -> Command {
    keyed(name, key, (Modifiers::NONE, press), run)
}

const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// All commands, in the order of the box.
pub(crate) const COMMANDS: &[Command] = &[
    plain(msg::CMD_FIT_SELECTION, "F", Key::F, Run::FitSelection),
    plain(msg::CMD_FIT_ALL, "Home", Key::Home, Run::FitAll),
    plain(msg::CMD_TOP, "T", Key::T, Run::Top),
    plain(msg::CMD_OVERLAY_PROGRESS, "1", Key::Num1, Run::Overlay(OverlayKind::Progress)),
    plain(msg::CMD_OVERLAY_SENSOR, "2", Key::Num2, Run::Overlay(OverlayKind::Sensor)),
    plain(msg::CMD_OVERLAY_RISK, "3", Key::Num3, Run::Overlay(OverlayKind::Risk)),
    plain(msg::CMD_OVERLAY_NONE, "4", Key::Num4, Run::Overlay(OverlayKind::None)),
    keyed(msg::CMD_OUTLINE_PROGRESS, "Ctrl+1", (CTRL, Key::Num1), Run::Outline(OverlayKind::Progress)),
    keyed(msg::CMD_OUTLINE_SENSOR, "Ctrl+2", (CTRL, Key::Num2), Run::Outline(OverlayKind::Sensor)),
    keyed(msg::CMD_OUTLINE_RISK, "Ctrl+3", (CTRL, Key::Num3), Run::Outline(OverlayKind::Risk)),
    keyed(msg::CMD_OUTLINE_NONE, "Ctrl+4", (CTRL, Key::Num4), Run::Outline(OverlayKind::None)),
    plain(msg::CMD_COMPARE, "V", Key::V, Run::Overlay(OverlayKind::Change)),
    plain(msg::CMD_BESIDE_PLAN, "P", Key::P, Run::Beside(Beside::Plan)),
    keyed(msg::CMD_BESIDE_FORMER, "Shift+P", (SHIFT, Key::P), Run::Beside(Beside::Former)),
    plain(msg::CMD_COLOR_BY, "5", Key::Num5, Run::ColorBy),
    plain(msg::CMD_HIDE, "H", Key::H, Run::Hide),
    plain(msg::CMD_ISOLATE, "I", Key::I, Run::Isolate),
    plain(msg::CMD_GHOST, "G", Key::G, Run::Ghost),
    keyed(msg::CMD_SHOW_ALL, "Shift+H", (SHIFT, Key::H), Run::ShowAll),
    // Escape has an order of its own, see `escape`.
    Command { name: msg::CMD_CLEAR_SELECTION, key: "Esc", chord: None, run: Run::ClearSelection },
    plain(msg::CMD_XRAY, "X", Key::X, Run::Xray),
    plain(msg::CMD_LABELS, "L", Key::L, Run::Labels),
    keyed(msg::CMD_SIMPLE_SHADING, "Shift+L", (SHIFT, Key::L), Run::Simple),
    plain(msg::CMD_MEASURE_DISTANCE, "M", Key::M, Run::Measure(MeasureKind::Distance)),
    plain(msg::CMD_MEASURE_HEIGHT, "F7", Key::F7, Run::Measure(MeasureKind::Height)),
    plain(msg::CMD_MEASURE_AREA, "F8", Key::F8, Run::Measure(MeasureKind::Area)),
    plain(msg::CMD_MEASURE_ANGLE, "F9", Key::F9, Run::Measure(MeasureKind::Angle)),
    plain(msg::CMD_SECTION, "C", Key::C, Run::Section),
    keyed(msg::CMD_SECTION_RESET, "Shift+C", (SHIFT, Key::C), Run::SectionReset),
    keyed(msg::CMD_SAVE_VIEW, "Ctrl+Shift+S", (CTRL_SHIFT, Key::S), Run::SaveView),
    plain(msg::CMD_NEXT_VIEW, "PageDown", Key::PageDown, Run::NextView),
    plain(msg::CMD_PREVIOUS_VIEW, "PageUp", Key::PageUp, Run::PreviousView),
    keyed(msg::CMD_UNDO, "Ctrl+Z", (CTRL, Key::Z), Run::Undo),
    keyed(msg::CMD_REDO, "Ctrl+Shift+Z", (CTRL_SHIFT, Key::Z), Run::Redo),
    plain(msg::CMD_ORBIT, "F2", Key::F2, Run::Motion(MotionMode::Orbit)),
    plain(msg::CMD_FLY, "F3", Key::F3, Run::Motion(MotionMode::Fly)),
    plain(msg::CMD_WALK, "F4", Key::F4, Run::Motion(MotionMode::Walk)),
    plain(msg::CMD_PLAY, "Space", Key::Space, Run::Play),
    plain(msg::CMD_STEP_BACK, "←", Key::ArrowLeft, Run::Step(-1, false)),
    plain(msg::CMD_STEP_FORWARD, "→", Key::ArrowRight, Run::Step(1, false)),
    plain(msg::CMD_PANELS, "Tab", Key::Tab, Run::Panels),
    plain(msg::CMD_OVERVIEW, "O", Key::O, Run::Overview),
    plain(msg::CMD_GANTT, "B", Key::B, Run::Dock(DockTab::Works(WorksTab::Gantt))),
    keyed(msg::CMD_CURVE, "Shift+B", (SHIFT, Key::B), Run::Dock(DockTab::Works(WorksTab::Curve))),
    plain(msg::CMD_REGISTER, "R", Key::R, Run::Dock(DockTab::Works(WorksTab::Register))),
    keyed(msg::CMD_SURVEY, "Shift+R", (SHIFT, Key::R), Run::Dock(DockTab::Works(WorksTab::Survey))),
    plain(msg::CMD_JOBS, "J", Key::J, Run::Jobs),
    plain(msg::CMD_ALARMS, "6", Key::Num6, Run::Dock(DockTab::Alarms)),
    plain(msg::CMD_CHARTS, "7", Key::Num7, Run::Dock(DockTab::Charts)),
    plain(msg::CMD_FORECAST, "9", Key::Num9, Run::Forecast),
    plain(msg::CMD_UNUSUAL, "0", Key::Num0, Run::Unusual),
    plain(msg::CMD_FOLLOW, "N", Key::N, Run::Follow),
    plain(msg::CMD_HEAT, "8", Key::Num8, Run::Heat),
    keyed(msg::CMD_EXPORT_STATES, "Ctrl+E", (CTRL, Key::E), Run::ExportStates),
    plain(msg::CMD_LARGE, "F11", Key::F11, Run::Large),
    keyed(msg::CMD_FULLSCREEN, "Shift+F11", (SHIFT, Key::F11), Run::Fullscreen),
    keyed(msg::CMD_LARGER, "Ctrl+=", (CTRL, Key::Equals), Run::Scale(1)),
    keyed(msg::CMD_SMALLER, "Ctrl+-", (CTRL, Key::Minus), Run::Scale(-1)),
    keyed(msg::CMD_NORMAL_SIZE, "Ctrl+0", (CTRL, Key::Num0), Run::NormalScale),
    plain(msg::CMD_FOCUS_NEXT, "F6", Key::F6, Run::Focus(FocusDirection::Next)),
    keyed(msg::CMD_FOCUS_PREVIOUS, "Shift+F6", (SHIFT, Key::F6), Run::Focus(FocusDirection::Previous)),
    plain(msg::CMD_HELP, "F1", Key::F1, Run::Help),
    keyed(msg::CMD_LANGUAGE, "Ctrl+L", (CTRL, Key::L), Run::Language),
    keyed(msg::CMD_THEME, "Ctrl+T", (CTRL, Key::T), Run::Theme),
    // Without a key: it writes files, and makes a demo anew.
    Command { name: msg::MENU_DEMO, key: "", chord: None, run: Run::Demo },
    keyed(msg::MENU_NEW, "Ctrl+N", (CTRL, Key::N), Run::New),
    keyed(msg::MENU_OPEN, "Ctrl+O", (CTRL, Key::O), Run::Open),
    keyed(msg::MENU_IMPORT, "Ctrl+I", (CTRL, Key::I), Run::Import),
    keyed(msg::MENU_SNAPSHOT, "Ctrl+P", (CTRL, Key::P), Run::Snapshot),
];

/// Whether the app can do it; what it cannot do is not offered.
pub(crate) fn available(command: Run, model: &UiModel) -> bool {
    match command {
        Run::ColorBy => model.coloring.is_some(),
        Run::Ghost => model.visibility.can_ghost,
        Run::Measure(_) => model.measure.is_some(),
        Run::Section | Run::SectionReset => model.section.is_some(),
        Run::SaveView | Run::NextView | Run::PreviousView => model.views.is_some(),
        Run::Undo => model.history.is_some_and(|h| h.undo.is_some()),
        Run::Redo => model.history.is_some_and(|h| h.redo.is_some()),
        Run::Motion(_) => model.motion.is_some(),
        Run::Overview => model.overview.is_some(),
        Run::Dock(DockTab::Works(_)) => model.works.is_some(),
        Run::Beside(what) => model.beside.can(what),
        Run::Play | Run::Step(..) => model.timeline.is_some(),
        Run::Jobs => !model.status.jobs.is_empty(),
        Run::Dock(_) | Run::Forecast | Run::Unusual => model.live.is_some(),
        Run::Heat => model.heat.is_some(),
        Run::ExportStates => {
            (model.legend.is_some() || model.outline_legend.is_some()) && model.timeline.is_some()
        }
        Run::Follow => model.timeline.as_ref().is_some_and(|t| t.following.is_some()),
        _ => true,
    }
}

/// Carries a command out: changes the panels' own state, or asks the app.
pub(crate) fn run(
    ctx: &egui::Context,
    command: Run,
    model: &UiModel,
    state: &mut UiState,
    words: &Words,
) -> Option<Action> {
    if !available(command, model) {
        return None;
    }
    Some(match command {
        Run::FitSelection => Action::FitSelection,
        Run::FitAll => Action::FitAll,
        Run::Top => Action::TopView,
        Run::Overlay(kind) => Action::SetOverlay(kind),
        Run::Outline(kind) => Action::SetOutline(kind),
        Run::Beside(what) => Action::ShowBeside((model.beside.shown != Some(what)).then_some(what)),
        Run::Hide => Action::Hide,
        Run::Isolate => Action::Isolate,
        Run::Ghost => Action::Ghost,
        Run::ShowAll => Action::ShowAll,
        Run::ClearSelection => Action::Select(None),
        Run::Labels => Action::ShowLabels(!model.top_bar.labels),
        Run::Xray => Action::XrayGround(!model.top_bar.xray_ground),
        Run::Play => Action::Play(!model.timeline.as_ref()?.playing),
        Run::Step(steps, large) => Action::Step { steps, large },
        Run::ExportStates => Action::ExportStates,
        Run::Heat => Action::SetHeat(heat::next(model.heat.as_ref()?)),
        Run::Follow => Action::FollowNow(!model.timeline.as_ref()?.following?),
        Run::Forecast => {
            let on = !model.live.as_ref()?.forecast;
            if on {
                state.open_dock(DockTab::Charts);
            }
            Action::ShowForecast(on)
        }
        Run::Unusual => {
            let on = !model.live.as_ref()?.unusual;
            if on {
                state.open_dock(DockTab::Charts);
            }
            Action::ShowUnusual(on)
        }
        Run::Measure(kind) => {
            let active = model.measure.as_ref()?.active;
            Action::Measure((active != Some(kind)).then_some(kind))
        }
        Run::SectionReset => Action::ResetSection,
        Run::SaveView => Action::SaveView { name: views_menu::free_name(model.views.as_ref()?, words) },
        Run::NextView => Action::NextView,
        Run::PreviousView => Action::PreviousView,
        Run::Undo => Action::Undo,
        Run::Redo => Action::Redo,
        Run::Motion(mode) => Action::SetMotion(mode),
        Run::Fullscreen => Action::ToggleFullscreen,
        Run::Language => Action::SetLanguage(words.language().other()),
        Run::Large => {
            state.set_large(!state.is_large());
            Action::LargeScreen(state.is_large())
        }
        Run::Theme => {
            state.set_theme(if state.theme == ThemeKind::Light { ThemeKind::Dark } else { ThemeKind::Light });
            Action::SetTheme(state.theme)
        }
        Run::Demo => Action::OpenDemo,
        Run::New => Action::NewProject,
        Run::Open => Action::OpenProject(None),
        Run::Import => Action::ImportFiles,
        Run::Snapshot => Action::SaveSnapshot,
        _ => {
            own(ctx, command, state);
            return None;
        }
    })
}

/// Commands that only change what the panels show.
fn own(ctx: &egui::Context, command: Run, state: &mut UiState) {
    match command {
        Run::ColorBy => {
            state.panels_hidden = false;
            Popup::open_id(ctx, coloring::popup_id());
        }
        Run::Section => state.section_open = !state.section_open,
        Run::Panels => state.panels_hidden = !state.panels_hidden,
        Run::Overview => state.overview_open = !state.overview_open,
        Run::Simple => state.simple_shading = !state.simple_shading,
        Run::Jobs => {
            state.panels_hidden = false;
            state.jobs_open = !state.jobs_open;
        }
        Run::Dock(tab) => state.toggle_dock(tab),
        Run::Help => state.help_open = !state.help_open,
        Run::Scale(steps) => state.step_scale(steps),
        Run::NormalScale => state.ui_scale = 1.0,
        Run::Focus(direction) => ctx.memory_mut(|m| m.move_focus(direction)),
        _ => {}
    }
}

/// Keys that work wherever no text is being typed. W A S D Q E alone are no commands: they fly.
pub(crate) fn keys(ctx: &egui::Context, model: &UiModel, state: &mut UiState, words: &Words) -> Vec<Action> {
    if state.help_open || modal(model) {
        return Vec::new();
    }
    if !model.first_start && ctx.input_mut(|i| i.consume_key(CTRL, Key::K)) {
        state.panels_hidden = false;
        state.command_open = true;
        state.command_focus = true;
        return Vec::new();
    }
    let typing = ctx.text_edit_focused();
    // A focused button takes Space and the arrows; letters still work.
    let free = !ctx.egui_wants_keyboard_input();
    let mut actions = Vec::new();
    let large_steps = [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)];
    for (key, steps) in large_steps {
        if !typing && free && !model.first_start && ctx.input_mut(|i| i.consume_key(SHIFT, key)) {
            actions.extend(run(ctx, Run::Step(steps, true), model, state, words));
        }
    }
    // Longer chords come first: consuming a key ignores an additional Shift.
    for n_modifiers in [2, 1, 0] {
        for command in COMMANDS {
            let Some((modifiers, key)) = command.chord else { continue };
            if count(modifiers) != n_modifiers || !listens(command, (typing, free), model) {
                continue;
            }
            if !ctx.input_mut(|i| i.consume_key(modifiers, key)) {
                continue;
            }
            if command.run == Run::Panels {
                // Tab also moved the focus, which nobody sees any more.
                ctx.memory_mut(|m| m.focused().into_iter().for_each(|id| m.surrender_focus(id)));
            }
            actions.extend(run(ctx, command.run, model, state, words));
        }
    }
    if typing || model.first_start {
        return actions;
    }
    if ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Questionmark)) {
        state.help_open = true;
    }
    measuring(ctx, model, &mut actions);
    // A menu closes by itself; whatever lies behind it stays as it is.
    if model.context_menu.is_none()
        && !Popup::is_any_open(ctx)
        && ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape))
    {
        actions.push(escape(model));
    }
    actions
}

/// Something that must be answered first lies over the window.
fn modal(model: &UiModel) -> bool {
    model.dialog.is_some() || model.chooser.is_some() || model.report.is_some()
}

fn count(modifiers: Modifiers) -> usize {
    usize::from(modifiers.shift) + usize::from(modifiers.command)
}

/// Whether a command listens to its key now.
fn listens(command: &Command, (typing, free): (bool, bool), model: &UiModel) -> bool {
    // These make sense wherever the keyboard is.
    if matches!(
        command.run,
        Run::Large | Run::Fullscreen | Run::Scale(_) | Run::NormalScale | Run::Focus(_) | Run::Help
    ) {
        return true;
    }
    if typing {
        return false;
    }
    if model.first_start {
        return matches!(command.run, Run::New | Run::Open);
    }
    match command.run {
        Run::Play | Run::Step(..) => free,
        _ => true,
    }
}

/// Enter and Backspace while something is being measured.
fn measuring(ctx: &egui::Context, model: &UiModel, actions: &mut Vec<Action>) {
    let measuring = model.measure.as_ref().is_some_and(|m| m.active.is_some() && m.n_points > 0);
    if !measuring || ctx.egui_wants_keyboard_input() {
        return;
    }
    for (key, action) in [(Key::Enter, Action::MeasureFinish), (Key::Backspace, Action::MeasureBack)] {
        if ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key)) {
            actions.push(action);
        }
    }
}

/// What Escape ends: the tool in the hand, then what is filtered, then the selection.
fn escape(model: &UiModel) -> Action {
    let colored = model.coloring.as_ref().and_then(|c| c.now.as_ref());
    if model.measure.as_ref().is_some_and(|m| m.active.is_some()) {
        Action::Measure(None)
    } else if model.section.as_ref().is_some_and(|s| s.picking) {
        Action::SetSection(None)
    } else if colored.is_some_and(|c| c.only.is_some()) {
        Action::FilterColor(None)
    } else if model.legend.as_ref().is_some_and(|l| l.filter.is_some()) {
        Action::FilterState(None)
    } else {
        Action::Select(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_key_of_its_own() {
        let mut keys: Vec<_> = COMMANDS.iter().filter(|c| c.run != Run::Demo).map(|c| c.key).collect();
        assert!(keys.iter().all(|k| !k.is_empty()), "every command has one");
        keys.sort_unstable();
        let n = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), n);
        let chords: Vec<_> = COMMANDS.iter().filter_map(|c| c.chord).collect();
        for (ix, chord) in chords.iter().enumerate() {
            assert!(!chords[ix + 1..].contains(chord), "{chord:?}");
        }
    }

    #[test]
    fn a_key_is_written_as_it_is_pressed() {
        for command in COMMANDS {
            let Some((modifiers, key)) = command.chord else { continue };
            let written = command.key;
            assert_eq!(modifiers.shift, written.contains("Shift+"), "{written}");
            assert_eq!(modifiers.command, written.contains("Ctrl+"), "{written}");
            let last = written.trim_start_matches("Ctrl+").trim_start_matches("Shift+");
            let named = Key::from_name(last).or(match last {
                "←" => Some(Key::ArrowLeft),
                "→" => Some(Key::ArrowRight),
                _ => None,
            });
            assert_eq!(named, Some(key), "{written}");
            let flies = matches!(key, Key::W | Key::A | Key::S | Key::D | Key::Q | Key::E);
            assert!(!flies || modifiers.command, "{written} moves the camera while flying");
        }
    }
}
