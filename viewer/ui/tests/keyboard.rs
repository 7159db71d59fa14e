//! The window by keyboard alone, at any size, and who has the pointer.

#[cfg(test)]
mod support;

use egui::{Key, Modifiers, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lantu_ui::*;
use support::{Window, harness, window};

fn at_work(size: egui::Vec2) -> Harness<'static, Window> {
    let mut harness = harness(window(Language::English), size, 1.0);
    harness.run_steps(4);
    harness.state_mut().actions.clear();
    harness
}

fn press(h: &mut Harness<'static, Window>, modifiers: Modifiers, key: Key) -> Vec<Action> {
    h.key_press_modifiers(modifiers, key);
    h.run_steps(3);
    std::mem::take(&mut h.state_mut().actions)
}

/// Where the control is that has the keyboard.
fn focused(h: &Harness<'static, Window>) -> Option<egui::Rect> {
    let id = h.ctx.memory(egui::Memory::focused)?;
    Some(h.ctx.read_response(id)?.rect)
}

#[test]
fn f6_goes_through_the_top_bar_from_left_to_right_and_on_to_the_panels() {
    for size in [vec2(1920.0, 1080.0), vec2(1000.0, 700.0)] {
        let mut h = at_work(size);
        press(&mut h, Modifiers::NONE, Key::F6);
        let (mut last, mut n) = (focused(&h).unwrap(), 1);
        loop {
            press(&mut h, Modifiers::NONE, Key::F6);
            let now = focused(&h).unwrap();
            if now.center().y > 44.0 {
                break;
            }
            assert!(now.left() > last.left(), "{now} after {last}");
            (last, n) = (now, n + 1);
            assert!(n < 60, "the keyboard stays in the bar");
        }
        assert!(n >= 9, "{n} controls of the bar have the keyboard in turn");
        assert!(!h.state().state.command_open, "the list of commands closed behind the keyboard");
        assert!(h.query_by_label("Look from the top").is_none());
        // Enter belongs to the control that has the keyboard, not to a list that nobody sees.
        assert_ne!(press(&mut h, Modifiers::NONE, Key::Enter), [Action::FitSelection]);
    }
}

#[test]
fn every_way_to_measure_and_to_move_has_a_key_that_f1_lists() {
    let mut h = at_work(vec2(1920.0, 1080.0));
    for (key, action) in [
        (Key::F7, Action::Measure(Some(MeasureKind::Height))),
        (Key::F8, Action::Measure(Some(MeasureKind::Area))),
        (Key::F9, Action::Measure(Some(MeasureKind::Angle))),
        (Key::F2, Action::SetMotion(MotionMode::Orbit)),
        (Key::F3, Action::SetMotion(MotionMode::Fly)),
        (Key::F4, Action::SetMotion(MotionMode::Walk)),
    ] {
        assert_eq!(press(&mut h, Modifiers::NONE, key), [action], "{key:?}");
    }
    assert_eq!(press(&mut h, Modifiers::SHIFT, Key::C), [Action::ResetSection]);
    press(&mut h, Modifiers::NONE, Key::F1);
    for name in
        ["Measure an angle", "Walk", "Overview map", "Section: reset", "Switch the language", "Ctrl+K"]
    {
        assert!(h.query_all_by_label(name).next().is_some(), "{name}");
    }
}

#[test]
fn some_rows_of_the_tree_stay_however_large_text_and_layers_become() {
    let mut h = at_work(vec2(2560.0, 1440.0));
    for _ in 0..8 {
        press(&mut h, Modifiers::COMMAND, Key::Equals);
    }
    assert!((h.ctx.zoom_factor() - 3.0).abs() < 1e-6);
    let field = h.get_by_label("Find by name, class, id or value").rect();
    let layers = h.get_by_label("Layers").rect();
    let row = 24.0;
    assert!(layers.top() - field.bottom() > 3.5 * row, "{field} {layers}");
}

#[test]
fn a_wall_says_what_is_hidden_and_what_is_coarser() {
    let mut h = at_work(vec2(1920.0, 1080.0));
    h.state_mut().model.status.memory.coarser = true;
    press(&mut h, Modifiers::NONE, Key::F11);
    for text in ["148 objects hidden", "Coarser: memory limit"] {
        assert!(h.query_by_label(text).is_some(), "{text}");
    }
    h.state_mut().model.status.memory.coarser = false;
    h.state_mut().model.visibility = VisibilityModel::default();
    h.run_steps(2);
    for text in ["148 objects hidden", "Coarser: memory limit"] {
        assert!(h.query_by_label(text).is_none(), "{text}");
    }
}

/// A hand leaves a panel and presses in the scene before the next frame: the press is the scene's.
#[test]
fn a_panel_keeps_the_pointer_only_while_it_is_dragged_or_waits_for_an_answer() {
    let mut h = at_work(vec2(1920.0, 1080.0));
    let holds = |h: &Harness<'static, Window>| h.state().output.as_ref().unwrap().holds_pointer;
    let scene = h.state().output.as_ref().unwrap().scene_rect.center();
    let slider = h.get_by_label("Time slider").rect().center();
    h.hover_at(slider);
    h.run_steps(3);
    assert!(!holds(&h), "it only lies under the pointer");
    h.drag_at(slider);
    h.run_steps(2);
    h.hover_at(scene);
    h.run_steps(2);
    assert!(holds(&h), "a slider that is dragged out of its panel goes on");
    h.drop_at(scene);
    h.run_steps(3);
    assert!(!holds(&h));
    press(&mut h, Modifiers::NONE, Key::F1);
    h.hover_at(pos2(5.0, 5.0));
    h.run_steps(3);
    assert!(holds(&h), "what lies over everything is answered first");
}
