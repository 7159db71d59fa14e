//! The tools as a person uses them: by name, by key, in both languages.

#[cfg(test)]
mod support;
#[cfg(test)]
#[path = "support/tools.rs"]
mod tools;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lantu_ui::*;
use support::{Window, harness, window};

const SIZE: egui::Vec2 = vec2(1920.0, 1080.0);

fn with(language: Language, change: impl FnOnce(&mut Window)) -> Harness<'static, Window> {
    let mut w = window(language);
    change(&mut w);
    let mut harness = harness(w, SIZE, 1.0);
    harness.run_steps(4);
    harness.state_mut().actions.clear();
    harness
}

fn at_work(language: Language) -> Harness<'static, Window> {
    with(language, |_| {})
}

fn taken(harness: &mut Harness<'static, Window>) -> Vec<Action> {
    std::mem::take(&mut harness.state_mut().actions)
}

/// Clicks what has this accessible name, and returns what was asked for.
fn click(harness: &mut Harness<'static, Window>, label: &str) -> Vec<Action> {
    harness.get_by_label(label).click();
    harness.run_steps(3);
    taken(harness)
}

fn press(harness: &mut Harness<'static, Window>, modifiers: Modifiers, key: Key) -> Vec<Action> {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
    taken(harness)
}

/// Runs a command by its name, as typed into the command box.
fn command(harness: &mut Harness<'static, Window>, field: &str, name: &str) -> Vec<Action> {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_label(field).type_text(name);
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    taken(harness)
}

fn has(harness: &Harness<'static, Window>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

#[test]
fn a_view_is_saved_gone_to_renamed_moved_overwritten_and_deleted() {
    let mut h = at_work(Language::English);
    assert_eq!(click(&mut h, "Views"), []);
    assert_eq!(click(&mut h, "Show view 3: 地下管线"), [Action::GoToView(2)]);
    assert_eq!(click(&mut h, "Move 地下管线 up"), [Action::MoveView { from: 2, to: 1 }]);
    assert_eq!(click(&mut h, "Move 地下管线 down"), [Action::MoveView { from: 2, to: 3 }]);
    assert!(!has(&h, "Move 全区鸟瞰 up"), "the first view cannot go up");
    assert_eq!(click(&mut h, "Save what is shown now as 地下管线"), [Action::OverwriteView(2)]);
    assert_eq!(click(&mut h, "Delete 地下管线"), [Action::DeleteView(2)]);
    assert_eq!(click(&mut h, "Rename 全区鸟瞰"), []);
    h.get_by_label("New name of 全区鸟瞰").type_text("!");
    h.run_steps(2);
    let renamed = press(&mut h, Modifiers::NONE, Key::Enter);
    assert!(
        matches!(&renamed[..], [Action::RenameView { ix: 0, name }] if name.contains('!') && name.contains("鸟瞰")),
        "{renamed:?}"
    );
    h.get_by_label("Name of the view").focus();
    h.run_steps(2);
    h.get_by_label("Name of the view").type_text("Gate");
    h.run_steps(2);
    assert_eq!(click(&mut h, "Save view"), [Action::SaveView { name: "Gate".to_owned() }]);
}

#[test]
fn the_style_of_a_layer_is_chosen_applied_and_taken_back_to_the_rules() {
    let mut h = at_work(Language::English);
    assert_eq!(click(&mut h, "Style of 地下管线.gpkg"), []);
    assert!(has(&h, "0.8 – < 1.2 (40)") || has(&h, "Drawn now, with the number of features"));
    assert_eq!(click(&mut h, "Categories"), [], "nothing is read again before it is applied");
    // A list to choose from opens over it, and both stay.
    h.get_all_by_value("as the layer's name says").next().unwrap().click();
    h.run_steps(3);
    assert!(has(&h, "on the terrain") && has(&h, "Apply"), "the editor stays while something is chosen");
    assert_eq!(click(&mut h, "on the terrain"), []);
    let ask = |categories| StyleAsk {
        by: Some("depth_m".to_owned()),
        categories,
        clamp: Some(lantu_base::Clamp::Drape),
        ..StyleAsk::default()
    };
    assert_eq!(click(&mut h, "Apply"), [Action::SetLayerStyle(2, ask(true))]);
    assert_eq!(click(&mut h, "Style of 地下管线.gpkg"), []);
    assert_eq!(click(&mut h, "Back to the rules"), [Action::SetLayerStyle(2, StyleAsk::default())]);
}

#[test]
fn a_view_without_a_name_gets_a_free_one() {
    let mut h = with(Language::Chinese, |w| {
        w.model.views = Some(ViewsModel { names: vec!["视图 2".to_owned()], current: None });
    });
    assert_eq!(click(&mut h, "视图"), []);
    assert_eq!(click(&mut h, "保存视图"), [Action::SaveView { name: "视图 3".to_owned() }]);
}

#[test]
fn a_clicker_steps_through_the_saved_views() {
    let mut h = with(Language::English, |w| w.state.set_large(true));
    assert_eq!(press(&mut h, Modifiers::NONE, Key::PageDown), [Action::NextView]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::PageUp), [Action::PreviousView]);
    assert!(has(&h, "1 号楼二层") && has(&h, "2 / 4"), "name and place of the view are on the wall");
}

#[test]
fn the_command_box_knows_saved_views_by_name() {
    let mut h = at_work(Language::Chinese);
    assert_eq!(command(&mut h, "搜索或命令", "Bridge from"), [Action::GoToView(3)]);
}

#[test]
fn m_takes_the_ruler_and_escape_puts_it_away() {
    let mut h = at_work(Language::English);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::M), [Action::Measure(Some(MeasureKind::Distance))]);
    h.state_mut().model.measure = Some(tools::measuring());
    h.run_steps(2);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::M), [Action::Measure(None)]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Enter), [Action::MeasureFinish]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Backspace), [Action::MeasureBack]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Escape), [Action::Measure(None)]);
    h.state_mut().model.measure = Some(MeasureModel::default());
    h.run_steps(2);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Escape), [Action::Select(None)], "then the selection");
}

#[test]
fn the_measuring_palette_changes_the_tool_and_lists_what_was_measured() {
    for (language, area, row, go, clear) in [
        (Language::English, "Area", "Delete Area 412.560\u{202F}m²", "Zoom to Angle 59.59°", "Clear all"),
        (Language::Chinese, "面积", "删除面积 412.560\u{202F}m²", "缩放到角度 59.59°", "全部清除"),
    ] {
        let mut h = with(language, |w| w.model.measure = Some(tools::measuring()));
        assert_eq!(click(&mut h, area), [Action::Measure(Some(MeasureKind::Area))]);
        assert_eq!(click(&mut h, row), [Action::DeleteMeasurement(7)]);
        assert_eq!(click(&mut h, go), [Action::FitMeasurement(9)]);
        assert_eq!(click(&mut h, clear), [Action::ClearMeasurements]);
        assert!(has(&h, "23.417\u{202F}m"), "the value stands on the line, too");
    }
}

#[test]
fn a_section_is_laid_moved_flipped_boxed_and_taken_away() {
    let mut h = at_work(Language::English);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::C), []);
    assert_eq!(click(&mut h, "Cut square to Height"), [Action::SetSection(Some(SectionAxis::Up))]);
    assert_eq!(click(&mut h, "Cut square to Face"), [Action::SetSection(Some(SectionAxis::Face))]);
    assert_eq!(click(&mut h, "Box"), [Action::SectionBox(true)]);
    h.state_mut().model.section = Some(SectionModel {
        plane: Some(SectionPlane {
            axis: SectionAxis::Up,
            offset_m: 41.2,
            range_m: (38.0, 96.5),
            flipped: false,
        }),
        picking: false,
        cube: Some([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        has_selection: true,
    });
    h.run_steps(3);
    assert_eq!(click(&mut h, "Cut square to Height"), [Action::SetSection(None)]);
    h.get_by_label("Offset of the plane").set_value_accesskit(50.0);
    h.run_steps(2);
    assert_eq!(taken(&mut h), [Action::SetSectionOffset(50.0)]);
    assert_eq!(click(&mut h, "Flip"), [Action::FlipSection]);
    h.get_by_label("North to").set_value_accesskit(9.5);
    h.run_steps(2);
    assert_eq!(taken(&mut h), [Action::SetSectionBox([1.0, 2.0, 3.0, 4.0, 9.5, 6.0])]);
    assert_eq!(click(&mut h, "Around the selection"), [Action::BoxSelection]);
    assert_eq!(click(&mut h, "Reset"), [Action::ResetSection]);
}

#[test]
fn a_source_that_waits_shows_its_hypotheses_as_ghosts_and_takes_one() {
    let row = |n: u32, name: &str, score: f64| HypothesisRow {
        n,
        name: name.to_owned(),
        score,
        chosen: false,
        moves_m: [76.9, 0.0],
        reasons: vec!["it lies within what is placed already".to_owned()],
        has_place: true,
    };
    let ghost = |n: u32, x: f32| GhostShape {
        n,
        first: n == 1,
        edges: vec![vec![[x, 400.0], [x + 120.0, 400.0], [x + 120.0, 520.0]]],
        label_at: Some([x + 60.0, 390.0]),
    };
    let mut h = with(Language::English, |w| {
        w.model.layers.layers[1].has_report = true;
        w.model.placing = Some(PlacingModel {
            source: "bridge".to_owned(),
            rows: vec![row(1, "Another datum", 0.9), row(2, "As the file says", 0.3)],
            ghosts: vec![ghost(1, 700.0), ghost(2, 1000.0)],
            ..PlacingModel::default()
        });
    });
    let open = "bridge.ifc waits for its place: see the hypotheses";
    assert_eq!(click(&mut h, open), [Action::ShowPlacement(Some(1))]);
    assert!(has(&h, "Hypothesis 1: Another datum") && has(&h, "Hypothesis 2: As the file says"));
    assert!(!has(&h, "Undo the last decision"), "nothing is decided");
    assert_eq!(click(&mut h, "Show where hypothesis 2 puts it"), [Action::FitHypothesis(2)]);
    assert_eq!(click(&mut h, "Accept hypothesis 1"), [Action::AcceptPlacement(1)]);
    let placing = h.state_mut().model.placing.as_mut().unwrap();
    (placing.placed, placing.can_undo, placing.rows[0].chosen) = (true, true, true);
    h.run_steps(3);
    assert!(!has(&h, "Accept hypothesis 1"), "it is accepted");
    assert_eq!(click(&mut h, "Undo the last decision"), [Action::UndoPlacement]);
    assert_eq!(click(&mut h, "Close the placement report"), [Action::ShowPlacement(None)]);
}

#[test]
fn hidden_objects_are_counted_and_come_back_by_one_click() {
    let mut h = at_work(Language::Chinese);
    assert_eq!(click(&mut h, "已隐藏 148 个对象 · 全部显示"), [Action::ShowAll]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::G), [Action::Ghost]);
    h.state_mut().model.visibility = VisibilityModel { can_ghost: true, ..VisibilityModel::default() };
    h.run_steps(3);
    assert!(!has(&h, "已隐藏 148 个对象 · 全部显示"));
}

#[test]
fn objects_are_colored_by_a_property_that_is_found_by_name() {
    let mut h = at_work(Language::English);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Num5), []);
    assert!(has(&h, "Color by Storey, 9\u{2009}204 objects"));
    assert!(h.get_by_label("Find a property").is_focused(), "a name can be typed at once");
    h.get_by_label("Find a property").type_text("volume");
    h.run_steps(3);
    assert!(!has(&h, "Color by Storey, 9\u{2009}204 objects"));
    let by = ColorBy::Property { set: "Qto_WallBaseQuantities".to_owned(), name: "NetVolume".to_owned() };
    assert_eq!(click(&mut h, "Color by NetVolume, 1\u{2009}180 objects"), [Action::ColorBy(Some(by))]);
}

#[test]
fn a_row_of_the_coloring_shows_only_these_and_the_cross_ends_it() {
    let mut h = with(Language::English, |w| {
        w.model.coloring.as_mut().unwrap().now = Some(tools::by_material());
    });
    assert_eq!(click(&mut h, "Show only 岩棉, 750"), [Action::FilterColor(Some(3))]);
    assert_eq!(click(&mut h, "Show only no value, 4\u{2009}962"), [Action::FilterColor(Some(13))]);
    h.state_mut().model.coloring.as_mut().unwrap().now.as_mut().unwrap().only = Some(3);
    h.run_steps(2);
    assert_eq!(click(&mut h, "Show only 岩棉, 750"), [Action::FilterColor(None)]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Escape), [Action::FilterColor(None)]);
    assert_eq!(click(&mut h, "Stop coloring by Material"), [Action::ColorBy(None)]);
}

#[test]
fn graduated_colors_have_a_range_that_can_be_changed() {
    let mut h = with(Language::Chinese, |w| {
        w.model.coloring.as_mut().unwrap().now = Some(tools::by_depth());
    });
    h.get_by_label("终止颜色的数值").set_value_accesskit(5.0);
    h.run_steps(2);
    assert_eq!(taken(&mut h), [Action::SetColorRange(0.6, 5.0)]);
    assert_eq!(click(&mut h, "全部范围"), [Action::SetColorRange(0.3, 6.8)]);
    assert_eq!(click(&mut h, "每个值一种颜色"), [Action::ColorGraduated(false)]);
    assert_eq!(
        click(&mut h, "只看0.60 至 0.90\u{202F}m，12 个对象"),
        [Action::FilterColor(Some(0))],
        "a step of the histogram"
    );
}

#[test]
fn undo_says_what_it_takes_back() {
    let mut h = at_work(Language::English);
    assert_eq!(press(&mut h, Modifiers::COMMAND, Key::Z), [Action::Undo]);
    assert_eq!(press(&mut h, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z), [], "nothing to do again");
    assert_eq!(click(&mut h, "Undo: hide"), [Action::Undo]);
    h.state_mut().model.history = Some(HistoryModel { undo: None, redo: Some(Edit::Section) });
    h.run_steps(2);
    assert_eq!(press(&mut h, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z), [Action::Redo]);
    assert_eq!(press(&mut h, Modifiers::COMMAND, Key::Z), []);
    click(&mut h, "Project menu");
    assert!(
        has(&h, "Redo: section Ctrl+Shift+Z") || h.query_all_by_label_contains("Redo: section").count() > 0
    );
}

#[test]
fn recent_projects_open_and_those_that_are_gone_leave_the_list() {
    let mut h = at_work(Language::English);
    click(&mut h, "Project menu");
    assert_eq!(click(&mut h, "Open /media/usb/bridge.lantu"), [], "its file is gone");
    let path = "/media/usb/bridge.lantu".to_owned();
    assert_eq!(click(&mut h, "Take 跨河桥 off the list"), [Action::ForgetProject(path)]);
    let path = "/data/projects/永宁街.lantu".to_owned();
    assert_eq!(click(&mut h, "Open /data/projects/永宁街.lantu"), [Action::OpenProject(Some(path))]);
}

#[test]
fn files_are_chosen_by_folder_by_list_and_by_typed_path() {
    let mut h = with(Language::English, |w| w.model.chooser = Some(tools::chooser(ChooserPurpose::Import)));
    assert_eq!(click(&mut h, "Go to /data"), [Action::ChooserEnter("/data".to_owned())]);
    assert_eq!(click(&mut h, "Go to 分包"), [Action::ChooserEnter("/data/模型/分包".to_owned())]);
    assert_eq!(click(&mut h, "USB"), [Action::ChooserEnter("/media/usb".to_owned())]);
    assert_eq!(click(&mut h, "File building.ifc, 48\u{202F}MB"), []);
    assert_eq!(click(&mut h, "File bridge.ifc, 13\u{202F}MB"), []);
    let both = vec!["/data/模型/bridge.ifc".to_owned(), "/data/模型/building.ifc".to_owned()];
    assert_eq!(click(&mut h, "Import 2 files"), [Action::ChooserPick(both)]);
    h.get_by_label("Path").focus();
    h.run_steps(2);
    h.get_by_label("Path").type_text("b");
    h.run_steps(2);
    let typed = taken(&mut h);
    assert!(matches!(&typed[..], [Action::ChooserType(path)] if path.contains('b')), "{typed:?}");
    h.state_mut().model.chooser.as_mut().unwrap().completions = vec!["/data/模型/bridge.ifc".to_owned()];
    h.run_steps(3);
    let picked = Action::ChooserPick(vec!["/data/模型/bridge.ifc".to_owned()]);
    assert_eq!(click(&mut h, "/data/模型/bridge.ifc"), [picked]);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Escape).last(), Some(&Action::ChooserClose));
}

#[test]
fn a_new_project_needs_a_name_and_a_coordinate_system() {
    let mut h =
        with(Language::Chinese, |w| w.model.chooser = Some(tools::chooser(ChooserPurpose::NewProject)));
    assert_eq!(click(&mut h, "创建"), [], "no coordinate system yet");
    h.get_by_role_and_label(egui::Role::TextInput, "坐标系").focus();
    h.run_steps(2);
    h.get_by_role_and_label(egui::Role::TextInput, "坐标系").type_text("EPSG:4548");
    h.run_steps(2);
    let path = "/data/模型/district.lantu".to_owned();
    assert_eq!(click(&mut h, "创建"), [Action::CreateProject { path, crs: "EPSG:4548".to_owned() }]);
}

#[test]
fn jobs_are_cancelled_and_leave_reports_that_lead_to_the_object() {
    let mut h = with(Language::English, |w| w.state.jobs_open = true);
    assert_eq!(click(&mut h, "Cancel ortho_5cm.tif"), [Action::CancelJob(1)]);
    assert_eq!(click(&mut h, "Report of bridge.ifc"), [Action::OpenReport(2)]);
    assert_eq!(click(&mut h, "Take bridge.ifc off the list"), [Action::DismissJob(2)]);
    h.state_mut().model.report = Some(tools::report());
    h.run_steps(4);
    assert_eq!(
        click(&mut h, "Show in the scene: Error: The shape of a beam is not closed and was left out."),
        [Action::FitRow(14), Action::CloseReport]
    );
    assert_eq!(click(&mut h, "Close the report"), [Action::CloseReport]);
}

#[test]
fn a_memory_limit_that_costs_detail_is_seen_explained_and_raised() {
    for (language, badge) in
        [(Language::English, "Coarser: memory limit"), (Language::Chinese, "精度降低：内存上限")]
    {
        let mut h = with(language, |w| w.model.status.memory.coarser = true);
        assert!(has(&h, badge));
        click(&mut h, badge);
        let slider = if language == Language::English { "Memory limit" } else { "内存上限" };
        h.get_by_label(slider).set_value_accesskit(1_024_000_000.0);
        h.run_steps(3);
        let button = if language == Language::English { "Set limit" } else { "设为上限" };
        assert_eq!(click(&mut h, button), [Action::SetMemoryLimit(1_024_000_000)]);
    }
    let h = at_work(Language::English);
    assert!(!has(&h, "Coarser: memory limit"), "no badge while everything is there");
}

#[test]
fn a_click_on_the_overview_flies_there() {
    let mut h = at_work(Language::English);
    let map = h.get_by_label("Overview map: click to fly there").rect();
    h.drag_at(map.lerp_inside(vec2(0.25, 0.75)));
    h.drop_at(map.lerp_inside(vec2(0.25, 0.75)));
    h.run_steps(3);
    let asked = taken(&mut h);
    assert!(
        matches!(asked[..], [Action::FlyTo([x, y])] if (x - 0.25).abs() < 0.02 && (y - 0.75).abs() < 0.02),
        "{asked:?}"
    );
    click(&mut h, "Close the overview map");
    assert!(!has(&h, "Overview map: click to fly there"));
    click(&mut h, "Open the overview map");
    assert!(has(&h, "Overview map: click to fly there"));
}

#[test]
fn the_camera_is_told_to_fly_or_walk_and_says_how_fast() {
    let mut h = at_work(Language::English);
    let walk = "Walk on the ground: W A S D, wheel for speed";
    assert_eq!(click(&mut h, walk), [Action::SetMotion(MotionMode::Walk)]);
    h.state_mut().model.motion = Some(MotionModel { mode: MotionMode::Walk, speed_m_s: 1.4 });
    h.run_steps(2);
    assert!(has(&h, "Speed 1.4\u{202F}m/s"));
    assert_eq!(command(&mut h, "Search or command", "Fly"), [Action::SetMotion(MotionMode::Fly)]);
}

#[test]
fn f1_and_the_question_mark_show_hands_and_keys() {
    for key in [Key::F1, Key::Questionmark] {
        let mut h = at_work(Language::Chinese);
        assert_eq!(press(&mut h, Modifiers::NONE, key), []);
        for text in ["鼠标与键盘", "右键或中键拖动", "PageDown", "下一个视图"] {
            assert!(has(&h, text), "{text}");
        }
        assert_eq!(press(&mut h, Modifiers::NONE, Key::H), [], "keys do not reach the scene");
        press(&mut h, Modifiers::NONE, Key::Escape);
        assert!(!has(&h, "右键或中键拖动"));
    }
}

#[test]
fn f11_leaves_only_legend_time_and_title_and_brings_the_desk_back() {
    let mut h = at_work(Language::English);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::F11), [Action::LargeScreen(true)]);
    assert!(!has(&h, "Find by name, class, id or value") && !has(&h, "Project menu") && !has(&h, "Views"));
    for text in ["永宁街示范片区", "2026-07-31 14:05", "Show only Late, 412", "Time slider"] {
        assert!(has(&h, text), "{text}");
    }
    assert_eq!(press(&mut h, Modifiers::NONE, Key::F11), [Action::LargeScreen(false)]);
    assert!(has(&h, "Project menu"));
    assert_eq!(h.state().state.theme, ThemeKind::Light);
}

#[test]
fn text_on_a_wall_is_at_least_28_pixels_high() {
    for (size, native) in [([3840.0, 2160.0], 1.0), ([1280.0, 720.0], 3.0)] {
        let mut w = window(Language::Chinese);
        w.state.set_large(true);
        let mut h = harness(w, size.into(), native);
        h.run_steps(4);
        // The smallest text there: the zone beside the time.
        let pixels = h.get_by_label("UTC+8").rect().height() * h.ctx.pixels_per_point();
        assert!(pixels >= 28.0, "{pixels}");
        let row = h.get_by_label("只看滞后，412").rect().height() * h.ctx.pixels_per_point();
        assert!(row >= 56.0, "rows can be hit from afar: {row}");
    }
}

#[test]
fn the_interface_grows_to_three_times_its_size_by_key() {
    let mut h = at_work(Language::English);
    for _ in 0..8 {
        press(&mut h, Modifiers::COMMAND, Key::Equals);
    }
    assert!((h.ctx.zoom_factor() - 3.0).abs() < 1e-6);
    press(&mut h, Modifiers::COMMAND, Key::Num0);
    assert!((h.ctx.zoom_factor() - 1.0).abs() < 1e-6);
}

#[test]
fn opacity_travels_with_the_wish_to_change_it() {
    let mut h = at_work(Language::English);
    h.get_by_label("Opacity of Ground").set_value_accesskit(0.5);
    h.run_steps(2);
    assert_eq!(taken(&mut h), [Action::SetGroundOpacity(0.5)]);
}

#[test]
fn what_the_app_cannot_do_is_not_offered() {
    let mut h = with(Language::English, |w| {
        w.model.views = None;
        w.model.measure = None;
        w.model.section = None;
        w.model.coloring = None;
        w.model.history = None;
        w.model.motion = None;
        w.model.overview = None;
        w.model.visibility = VisibilityModel::default();
    });
    for label in ["Views", "Measure (M)", "Section (C)", "Color by a property (5)", "Open the overview map"] {
        assert!(!has(&h, label), "{label}");
    }
    for key in [Key::M, Key::C, Key::G, Key::Num5, Key::PageDown] {
        assert_eq!(press(&mut h, Modifiers::NONE, key), [], "{key:?}");
    }
    assert_eq!(press(&mut h, Modifiers::COMMAND, Key::Z), []);
}

#[test]
fn every_tool_has_an_accessible_name() {
    for language in [Language::English, Language::Chinese] {
        let mut h = with(language, |w| {
            w.model.measure = Some(tools::measuring());
            w.model.coloring.as_mut().unwrap().now = Some(tools::by_depth());
            w.model.status.memory.coarser = true;
            w.state.section_open = true;
        });
        assert_eq!(h.unnamed_widgets(), Vec::<String>::new());
        for purpose in [ChooserPurpose::Import, ChooserPurpose::NewProject] {
            h.state_mut().model.chooser = Some(tools::chooser(purpose));
            h.run_steps(3);
            assert_eq!(h.unnamed_widgets(), Vec::<String>::new());
        }
        h.state_mut().model.chooser = None;
        h.state_mut().model.report = Some(tools::report());
        h.run_steps(3);
        assert_eq!(h.unnamed_widgets(), Vec::<String>::new());
    }
}

/// Ten million rows that count how often they are asked for.
#[derive(Debug)]
struct Endless(Arc<AtomicUsize>);

impl TreeRows for Endless {
    fn n_rows(&self) -> usize {
        10_000_000
    }

    fn row(&self, ix: usize) -> Option<TreeRow> {
        self.0.fetch_add(1, Ordering::Relaxed);
        (ix < self.n_rows()).then(|| TreeRow {
            row: u32::try_from(ix).ok(),
            key: ix as u64,
            depth: 1,
            label: format!("object {ix}"),
            class: "IfcWall".to_owned(),
            n_below: 0,
            has_children: ix.is_multiple_of(7),
            expanded: false,
            visible: true,
            selected: false,
            state: None,
        })
    }
}

#[test]
fn a_tree_of_ten_million_rows_asks_for_the_visible_ones_only_and_skips_none() {
    let asked = Arc::new(AtomicUsize::new(0));
    let rows = Arc::new(Endless(Arc::clone(&asked)));
    let mut h = with(Language::English, |w| {
        w.model.tree = SceneTreeModel { rows, n_objects: 10_000_000, ..SceneTreeModel::default() };
    });
    let visible = h.query_all_by_label_contains("object ").filter(|n| !n.rect().is_negative()).count();
    assert!((10..60).contains(&visible), "{visible}");
    // A frame asks once for each visible row.
    let before = asked.load(Ordering::Relaxed);
    h.run_steps(5);
    let per_frame = (asked.load(Ordering::Relaxed) - before) / 5;
    assert!(per_frame < 60, "{per_frame} rows asked for in a frame");
    // Near the end every single row has its place.
    h.state_mut().model.tree.scroll_to = Some(9_876_543);
    h.run_steps(4);
    let at = |h: &Harness<'static, Window>, ix: usize| h.get_by_label(&format!("object {ix}")).rect().top();
    for ix in 9_876_540..9_876_546 {
        let step = at(&h, ix + 1) - at(&h, ix);
        assert!((step - 24.0).abs() < 0.1, "row {ix} is {step} points high");
    }
    assert_eq!(click(&mut h, "object 9876543"), [Action::Select(Some(9_876_543))]);
    // And the last row can be reached.
    h.state_mut().model.tree.scroll_to = Some(9_999_999);
    h.run_steps(4);
    assert!(has(&h, "object 9999999"));
    assert!(asked.load(Ordering::Relaxed) < 20_000);
}

#[test]
fn the_tree_is_walked_by_arrow_keys() {
    let asked = Arc::new(AtomicUsize::new(0));
    let rows = Arc::new(Endless(asked));
    let mut h = with(Language::English, |w| {
        w.model.tree = SceneTreeModel { rows, n_objects: 10_000_000, ..SceneTreeModel::default() };
    });
    h.get_by_label("object 0").focus();
    h.run_steps(2);
    assert_eq!(press(&mut h, Modifiers::NONE, Key::ArrowRight), [Action::ExpandTree(0, true)]);
    for _ in 0..50 {
        press(&mut h, Modifiers::NONE, Key::ArrowDown);
    }
    assert!(h.get_by_label("object 50").is_focused(), "the focus walks beyond the first screen");
    assert_eq!(press(&mut h, Modifiers::NONE, Key::Enter), [Action::Select(Some(50))]);
}

/// A heading must not mix two weights because its subset lacks a character.
#[test]
fn the_semibold_subset_has_every_character_of_the_chinese_catalogs() {
    let words = Words::new(Language::Chinese);
    let text: String = msg::ALL.iter().flat_map(|m| words.t(*m).chars().collect::<Vec<_>>()).collect();
    let ctx = egui::Context::default();
    let mut definitions = fonts(Language::Chinese);
    let strong = egui::FontFamily::Name("strong".into());
    definitions.families.insert(strong.clone(), vec!["strong".to_owned()]);
    ctx.set_fonts(definitions);
    let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
    output.textures_delta.clear();
    let missing: std::collections::BTreeSet<char> = text
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .filter(|c| !ctx.fonts_mut(|f| f.has_glyph(&egui::FontId::new(13.0, strong.clone()), *c)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}: make the subset again, see assets/MANIFEST.toml");
}
