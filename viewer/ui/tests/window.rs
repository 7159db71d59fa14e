//! The panels as a person uses them: by name, by key, in every language.

#[cfg(test)]
mod support;

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lantu_ui::*;
use support::{Window, harness, window};

const SMALL: egui::Vec2 = vec2(1280.0, 720.0);
const LARGE: egui::Vec2 = vec2(1920.0, 1080.0);

fn at_work(language: Language) -> Harness<'static, Window> {
    let mut harness = harness(window(language), LARGE, 1.0);
    harness.run_steps(3);
    harness.state_mut().actions.clear();
    harness
}

/// Clicks what has this accessible name, and returns what was asked for.
fn click(harness: &mut Harness<'static, Window>, label: &str) -> Vec<Action> {
    harness.get_by_label(label).click();
    harness.run_steps(2);
    std::mem::take(&mut harness.state_mut().actions)
}

#[test]
fn the_overlay_switch_asks_for_the_overlay_in_both_languages() {
    for (language, label) in [(Language::English, "Sensors"), (Language::Chinese, "监测")] {
        let mut h = at_work(language);
        assert_eq!(click(&mut h, label), [Action::SetOverlay(OverlayKind::Sensor)]);
    }
}

#[test]
fn a_second_overlay_outlines_by_key_and_its_legend_stands_beside_the_first_and_filters() {
    let mut h = at_work(Language::English);
    h.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    h.run_steps(2);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::SetOutline(OverlayKind::Risk)]);
    let rows = StateId::of(OverlayKind::Risk).map(|state| LegendRow { state, n: 40 }).collect();
    let as_of = "2026-07-31 14:05".to_owned();
    let outlines = LegendModel { overlay: OverlayKind::Risk, outlines: true, rows, filter: None, as_of };
    h.state_mut().model.outline_legend = Some(outlines);
    h.run_steps(3);
    let fill = h.get_by_label("Show only Late, 412").rect();
    let outline = h.get_by_label("Show only Extreme, 40").rect();
    assert!(outline.left() > fill.right() && (outline.top() - fill.top()).abs() < 1.0, "{fill} {outline}");
    assert_eq!(click(&mut h, "Show only Extreme, 40"), [Action::FilterState(Some(StateId::Extreme))]);
}

#[test]
fn why_it_is_filled_and_why_it_is_outlined_are_both_told() {
    let mut h = at_work(Language::English);
    let properties = h.state_mut().model.properties.as_mut().unwrap();
    let why = properties.why.clone().unwrap();
    let reasons = vec!["A crane turns over it.".to_owned()];
    properties.why_outline = Some(WhyModel { state: Some(StateId::High), reasons, ..why });
    h.run_steps(3);
    h.get_by_label("Why this outline");
    h.get_by_label("A crane turns over it.");
}

#[test]
fn typing_in_the_search_field_searches_and_the_cross_clears_it() {
    let mut h = at_work(Language::English);
    h.get_by_label("Find by name, class, id or value").focus();
    h.run_steps(2);
    h.get_by_label("Find by name, class, id or value").type_text("外墙");
    h.run_steps(2);
    assert_eq!(h.state().actions.last(), Some(&Action::Search("外墙".to_owned())));
    h.state_mut().actions.clear();
    assert_eq!(click(&mut h, "Clear the search"), [Action::Search(String::new())]);
}

#[test]
fn letters_typed_into_the_search_field_are_not_commands() {
    let mut h = at_work(Language::English);
    h.get_by_label("Find by name, class, id or value").focus();
    h.run_steps(2);
    h.key_press(Key::H);
    h.key_press(Key::Num2);
    h.run_steps(2);
    assert_eq!(h.state().actions, []);
    assert!(h.state().output.as_ref().unwrap().wants_keyboard);
}

#[test]
fn the_time_slider_moves_the_clock_by_drag_and_for_screen_readers() {
    let mut h = at_work(Language::English);
    let span = h.state().model.timeline.as_ref().unwrap().span;
    let rect = h.get_by_label("Time slider").rect();
    h.drag_at(rect.center());
    h.run_steps(2);
    h.drop_at(rect.center());
    h.run_steps(2);
    let Some(Action::SetTime(t)) = h.state().actions.last().cloned() else {
        panic!("{:?}", h.state().actions)
    };
    let middle = i64::midpoint(span.0.0, span.1.0);
    assert!((t.0 - middle).abs() < 3_600_000_000_000 * 24, "within a day of the middle");
    h.state_mut().actions.clear();
    h.get_by_label("Time slider").set_value_accesskit(100.0);
    h.run_steps(2);
    assert_eq!(h.state().actions, [Action::SetTime(span.1)]);
}

#[test]
fn a_click_in_the_tree_selects_expands_and_hides() {
    let mut h = at_work(Language::English);
    assert_eq!(click(&mut h, "柱 C-1-12"), [Action::Select(Some(4))]);
    assert_eq!(click(&mut h, "Collapse 二层"), [Action::ExpandTree(6, false)]);
    assert_eq!(click(&mut h, "Expand 3F"), [Action::ExpandTree(11, true)]);
    assert_eq!(click(&mut h, "Show 雨水管 DN600"), [Action::SetVisible(17, true)]);
}

#[test]
fn a_tree_of_a_million_rows_draws_only_what_is_visible() {
    let mut w = window(Language::English);
    let row = w.model.tree.rows.row(3).unwrap();
    let rows: Vec<TreeRow> =
        (0..1_000_000).map(|key| TreeRow { key, label: format!("row {key}"), ..row.clone() }).collect();
    w.model.tree.rows = std::sync::Arc::new(rows);
    w.model.tree.scroll_to = Some(999_000);
    let mut h = harness(w, LARGE, 1.0);
    h.run_steps(12);
    assert!(h.query_by_label("row 999000").is_some(), "scrolled to the asked row");
    assert!(h.query_by_label("row 10").is_none());
}

#[test]
fn a_click_on_a_legend_row_shows_only_that_state_and_a_second_one_all() {
    let mut h = at_work(Language::English);
    assert_eq!(click(&mut h, "Show only Late, 412"), [Action::FilterState(Some(StateId::Late))]);
    h.state_mut().model.legend.as_mut().unwrap().filter = Some(StateId::Late);
    h.run_steps(2);
    assert_eq!(click(&mut h, "Show only Late, 412"), [Action::FilterState(None)]);
}

#[test]
fn layers_are_switched_and_faded() {
    let mut h = at_work(Language::Chinese);
    assert_eq!(click(&mut h, "显示图层building.ifc"), [Action::ToggleLayer(0, false)]);
    h.get_by_label("地下管线.gpkg的不透明度").set_value_accesskit(0.25);
    h.run_steps(2);
    assert_eq!(h.state().actions, [Action::SetLayerOpacity(2, 0.25)]);
}

#[test]
fn a_photo_is_swiped_over_what_lies_under_it_and_the_line_follows_the_hand() {
    let mut h = at_work(Language::English);
    let photo = h.state().model.layers.layers.iter().find(|l| l.swiped.is_some()).unwrap().clone();
    let begin = format!("Compare: show {} only right of a line", photo.name);
    assert_eq!(click(&mut h, &begin), [Action::Swipe(Some(photo.id))]);
    h.state_mut().model.swipe = Some(SwipeModel { name: photo.name.clone(), at: 0.5 });
    h.run_steps(2);
    let line = h.get_by_label(&format!("Line of the comparison: {} lies right of it", photo.name)).rect();
    h.state_mut().actions.clear();
    h.drag_at(line.center());
    h.run_steps(2);
    h.hover_at(line.center() + vec2(-80.0, 0.0));
    h.run_steps(2);
    let to = h.state().actions.iter().rev().find_map(|a| match a {
        Action::MoveSwipe(at) => Some(*at),
        _ => None,
    });
    assert!(to.is_some_and(|at| at > 0.2 && at < 0.49), "{to:?}");
}

#[test]
fn the_plan_stands_left_of_the_scene_until_it_is_closed() {
    let mut h = at_work(Language::English);
    let press = |h: &mut Harness<'static, Window>| {
        h.key_press(Key::P);
        h.run_steps(2);
        std::mem::take(&mut h.state_mut().actions)
    };
    assert_eq!(press(&mut h), [], "without a schedule there is no plan");
    h.state_mut().model.beside.has_plan = true;
    assert_eq!(press(&mut h), [Action::ShowBeside(Some(Beside::Plan))]);
    h.state_mut().model.beside.shown = Some(Beside::Plan);
    h.run_steps(2);
    let scene = h.state().output.as_ref().unwrap().scene_rect;
    let (plan, actual) = (h.get_by_label("As planned").rect(), h.get_by_label("As it is").rect());
    assert!(plan.right() < scene.center().x && scene.center().x < actual.left(), "{plan} {actual}");
    assert_eq!(click(&mut h, "Show only the scene"), [Action::ShowBeside(None)]);
}

#[test]
fn a_place_of_the_ground_shows_its_position_and_what_each_raster_says_there() {
    let mut w = window(Language::English);
    w.model.properties = None;
    let layer = |layer: &str, value| HereValue { layer: layer.to_owned(), value };
    w.model.here = Some(HereModel {
        place: PlaceModel {
            center: [455_612.25, 4_428_540.5, 42.56],
            decimals: 2,
            unit: "m".to_owned(),
            height_datum: "1985".to_owned(),
            ..PlaceModel::default()
        },
        values: vec![
            layer("dtm", Some(HereNumber::Height(42.561))),
            layer("photo", Some(HereNumber::Color([120, 130, 90]))),
            layer("old", None),
        ],
    });
    let mut h = harness(w, LARGE, 1.0);
    h.run_steps(4);
    for text in
        ["On the ground", "42.56\u{202f}m (1985)", "dtm", "42.56\u{202f}m", "120 · 130 · 90", "no data"]
    {
        assert!(h.query_by_label(text).is_some(), "{text}");
    }
}

#[test]
fn a_scene_whose_models_all_wait_for_their_places_says_so_and_leads_to_the_report() {
    let mut h = at_work(Language::English);
    h.state_mut().model.view.waiting = Some((3, "bridge".to_owned()));
    h.run_steps(2);
    assert!(h.query_by_label("bridge waits for its place").is_some());
    assert_eq!(click(&mut h, "Show where it may lie"), [Action::ShowPlacement(Some(3))]);
}

#[test]
fn a_model_whose_import_goes_on_says_that_it_is_not_whole() {
    let said = [
        (Language::English, "bridge.ifc: importing, not whole yet"),
        (Language::Chinese, "bridge.ifc：正在导入，尚不完整"),
    ];
    for (language, text) in said {
        let mut h = at_work(language);
        h.run_steps(2);
        assert!(h.query_by_label(text).is_none(), "{text}");
        h.state_mut().model.view.unfinished = Some("bridge.ifc".to_owned());
        h.run_steps(2);
        assert!(h.query_by_label(text).is_some(), "{text}");
    }
}

#[test]
fn keys_are_commands() {
    let mut h = at_work(Language::English);
    for (modifiers, key, action) in [
        (Modifiers::NONE, Key::F, Action::FitSelection),
        (Modifiers::NONE, Key::Home, Action::FitAll),
        (Modifiers::NONE, Key::T, Action::TopView),
        (Modifiers::NONE, Key::Num3, Action::SetOverlay(OverlayKind::Risk)),
        (Modifiers::NONE, Key::H, Action::Hide),
        (Modifiers::SHIFT, Key::H, Action::ShowAll),
        (Modifiers::NONE, Key::X, Action::XrayGround(false)),
        (Modifiers::NONE, Key::Space, Action::Play(true)),
        (Modifiers::NONE, Key::ArrowLeft, Action::Step { steps: -1, large: false }),
        (Modifiers::SHIFT, Key::ArrowRight, Action::Step { steps: 1, large: true }),
    ] {
        h.key_press_modifiers(modifiers, key);
        h.run_steps(2);
        assert_eq!(std::mem::take(&mut h.state_mut().actions), [action], "{key:?}");
    }
}

#[test]
fn tab_folds_all_panels_away_and_back() {
    let mut h = at_work(Language::English);
    let docked = h.state().output.as_ref().unwrap().scene_rect;
    h.key_press(Key::Tab);
    h.run_steps(3);
    assert_eq!(h.state().output.as_ref().unwrap().scene_rect.size(), LARGE);
    assert!(h.query_by_label("Find by name, class, id or value").is_none());
    h.key_press(Key::Tab);
    h.run_steps(3);
    assert_eq!(h.state().output.as_ref().unwrap().scene_rect, docked);
}

#[test]
fn in_a_narrow_window_panels_lie_over_the_scene() {
    let mut h = harness(window(Language::English), SMALL, 1.0);
    h.run_steps(3);
    let output = h.state().output.clone().unwrap();
    assert!((output.scene_rect.width() - SMALL.x).abs() < 0.5, "the scene keeps the whole width");
    assert!(output.free_rect.width() > SMALL.x / 3.0 - 1.0, "and a third of it stays free");
    h.hover_at(egui::pos2(100.0, 300.0));
    h.run_steps(2);
    assert!(h.state().output.as_ref().unwrap().wants_pointer, "over a panel");
    h.hover_at(output.free_rect.center());
    h.run_steps(2);
    assert!(!h.state().output.as_ref().unwrap().wants_pointer, "over the scene");
}

#[test]
fn the_command_box_runs_a_command_by_name_and_finds_objects() {
    let mut h = at_work(Language::Chinese);
    h.key_press_modifiers(Modifiers::COMMAND, Key::K);
    h.run_steps(3);
    h.get_by_label("搜索或命令").type_text("俯视");
    h.run_steps(3);
    h.key_press(Key::Enter);
    h.run_steps(3);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::TopView]);
    h.key_press_modifiers(Modifiers::COMMAND, Key::K);
    h.run_steps(3);
    h.get_by_label("搜索或命令").type_text("W-2-07");
    h.run_steps(3);
    assert_eq!(click(&mut h, "在场景中查找“W-2-07”"), [Action::Search("W-2-07".to_owned())]);
}

#[test]
fn the_language_button_asks_for_the_other_language() {
    assert_eq!(click(&mut at_work(Language::Chinese), "语言"), [Action::SetLanguage(Language::English)]);
    let mut h = at_work(Language::English);
    assert_eq!(click(&mut h, "Language"), [Action::SetLanguage(Language::Chinese)]);
    h.state_mut().words = Words::new(Language::Chinese);
    h.run_steps(3);
    assert!(h.query_by_label("场景树").is_none() && h.query_by_label("监测").is_some());
}

#[test]
fn properties_say_what_where_and_why() {
    let mut h = at_work(Language::English);
    for text in ["Why this color", "Late", "As of 2026-07-31 14:05", "What it is", "Where it is", "EPSG:4548"]
    {
        assert!(h.query_all_by_label(text).next().is_some(), "{text}");
    }
    assert!(h.query_by_label("455\u{2009}612.35\u{202F}m").is_some(), "grouped, with its unit");
    assert_eq!(click(&mut h, "Copy id"), [Action::CopyText("2O2Fr$t4X7Zf8NOew3FLOH".to_owned())]);
}

#[test]
fn the_first_start_offers_three_ways_in() {
    let mut w = window(Language::English);
    w.model.first_start = true;
    w.model.recent = support::recent();
    let mut h = harness(w, SMALL, 1.0);
    h.run_steps(2);
    assert_eq!(click(&mut h, "Open the demo district"), [Action::OpenDemo]);
    assert_eq!(click(&mut h, "New project"), [Action::NewProject]);
    assert_eq!(click(&mut h, "Open project"), [Action::OpenProject(None)]);
    let path = "/data/projects/永宁街.lantu";
    let label = format!("Open {path}");
    assert_eq!(click(&mut h, &label), [Action::OpenProject(Some(path.to_owned()))]);
}

#[test]
fn the_context_menu_acts_on_what_was_clicked_and_closes() {
    let mut h = at_work(Language::English);
    h.state_mut().model.context_menu = Some(ContextMenuModel {
        at: [800.0, 300.0],
        row: Some(9),
        label: "Door".to_owned(),
        coordinates: "1, 2, 3".to_owned(),
        id: "abc".to_owned(),
    });
    h.run_steps(3);
    let expected = [Action::Select(Some(9)), Action::Isolate, Action::CloseContextMenu];
    assert_eq!(click(&mut h, "Isolate I"), expected);
}

#[test]
fn an_error_dialog_takes_the_keyboard_and_closes() {
    let mut h = at_work(Language::English);
    h.state_mut().model.dialog = Some(DialogModel { what: "It broke.".to_owned(), ..DialogModel::default() });
    h.run_steps(3);
    h.key_press(Key::H);
    h.run_steps(2);
    assert_eq!(h.state().actions, [], "keys do not reach the scene");
    assert_eq!(click(&mut h, "Close"), [Action::CloseDialog]);
}

/// Draws every character of the catalogs; the harness fails on a glyph that no font has.
#[test]
fn every_character_of_the_catalogs_has_a_glyph() {
    for language in [Language::English, Language::Chinese, Language::Pseudo] {
        let words = Words::new(language);
        let text: std::collections::BTreeSet<char> = msg::ALL
            .iter()
            .flat_map(|m| words.t(*m).chars().collect::<Vec<_>>())
            .filter(|c| !c.is_control())
            .collect();
        let text: String = text.into_iter().chain("▲△◆●✓◐≥≤≈±²³−→↑×÷°…–—·".chars()).collect();
        let mut h = Harness::builder()
            .with_context_setup(move |ctx| ctx.set_fonts(fonts(language)))
            .build_ui(move |ui| {
                ui.label(&text);
                ui.label(egui::RichText::new(&text).family(egui::FontFamily::Name("strong".into())));
            });
        h.run_steps(2);
    }
}

#[test]
fn every_widget_has_an_accessible_name() {
    for language in [Language::English, Language::Chinese] {
        let mut h = at_work(language);
        h.state_mut().state.jobs_open = true;
        h.run_steps(2);
        assert_eq!(h.unnamed_widgets(), Vec::<String>::new());
    }
}

#[test]
fn the_window_looks_as_it_did() {
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, size, language, theme) in [
        ("work_en", SMALL, Language::English, ThemeKind::Light),
        ("work_zh_dark", LARGE, Language::Chinese, ThemeKind::Dark),
    ] {
        let mut w = window(language);
        w.state.theme = theme;
        let mut h = harness(w, size, 1.0);
        h.run_steps(6);
        // A driver's rounding may move single pixels of text.
        let options = egui_kittest::SnapshotOptions::new().threshold(1.0).max_failed_pixels(200_usize);
        results.add(h.try_snapshot_options(name, &options));
    }
    results.unwrap();
}

#[test]
fn a_project_whose_first_model_is_being_imported_says_so_instead_of_that_it_is_empty() {
    let mut h = at_work(Language::English);
    let model = &mut h.state_mut().model;
    let importing = Some("bridge.ifc".to_owned());
    model.tree = SceneTreeModel { importing: importing.clone(), ..SceneTreeModel::default() };
    (model.view.empty, model.view.importing) = (true, importing);
    h.run_steps(3);
    h.get_by_label("Importing bridge.ifc. Its objects are listed here when it is whole.");
    h.get_by_label("Importing bridge.ifc");
    assert!(h.query_by_label_contains("Nothing is loaded").is_none());
    assert!(h.query_by_label("The project is empty.").is_none());
}
