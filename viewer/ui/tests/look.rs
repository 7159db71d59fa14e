//! Pictures of the whole window to look at: `LANTU_LOOK=folder cargo test -p lantu-ui --test look`.
//!
//! Without the variable, pictures up to 1920 × 1080 are drawn once and only checked for not being blank.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/tools.rs"]
mod tools;

use egui::vec2;
use egui_kittest::kittest::Queryable;
use lantu_ui::*;
use support::{Window, harness, window};

/// Pixels of a picture that is drawn without being asked for.
#[cfg(test)]
const LARGEST: f32 = 2.2e6;

#[cfg(test)]
fn draw(name: &str, size: [f32; 2], scale: f32, window: Window) {
    draw_open(name, size, scale, window, &[]);
}

/// Draws after the controls with these names were clicked.
#[cfg(test)]
fn draw_open(name: &str, size: [f32; 2], scale: f32, window: Window, clicks: &[&str]) {
    // A software driver takes ten seconds for eight million pixels: only for people who look at them.
    if size[0] * size[1] * scale * scale > LARGEST && std::env::var("LANTU_LOOK").is_err() {
        return;
    }
    let mut harness = harness(window, vec2(size[0], size[1]), scale);
    harness.run_steps(4);
    for label in clicks {
        harness.get_by_label(label).click();
        harness.run_steps(4);
    }
    let image = harness.render().unwrap();
    let first = *image.get_pixel(0, 0);
    assert!(image.pixels().any(|p| *p != first), "{name} is blank");
    if let Ok(folder) = std::env::var("LANTU_LOOK") {
        std::fs::create_dir_all(&folder).unwrap();
        image.save(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

#[test]
fn the_window_at_work() {
    draw("en-light-1280", [1280.0, 720.0], 1.0, window(Language::English));
    let mut dark = window(Language::Chinese);
    dark.state.theme = ThemeKind::Dark;
    dark.model.top_bar.overlay = OverlayKind::Sensor;
    draw("zh-dark-1920", [1920.0, 1080.0], 1.0, dark);
    draw("zh-light-1920-at-1.5", [1280.0, 720.0], 1.5, window(Language::Chinese));
    draw("pseudo-1440", [1440.0, 900.0], 1.0, window(Language::Pseudo));
}

#[test]
fn legends_and_small_windows() {
    for (overlay, state) in [(OverlayKind::Sensor, StateId::Warning), (OverlayKind::Risk, StateId::High)] {
        let mut w = window(Language::Chinese);
        w.model.top_bar.overlay = overlay;
        w.model.legend = Some(LegendModel {
            outlines: false,
            overlay,
            rows: StateId::of(overlay)
                .zip([3, 41, 7, 960, 12, 2, 9, 1, 11_829])
                .map(|(state, n)| LegendRow { state, n })
                .collect(),
            filter: Some(state),
            as_of: "2026-07-31 14:05".to_owned(),
        });
        w.model.properties.as_mut().unwrap().why.as_mut().unwrap().state = Some(state);
        w.state.command_open = overlay == OverlayKind::Risk;
        draw(&format!("zh-{}", overlay.name()), [1280.0, 720.0], 1.0, w);
    }
    draw("en-1280-at-1.5", [853.0, 480.0], 1.5, window(Language::English));
}

#[test]
fn the_window_with_nothing_in_it() {
    let mut first = window(Language::Chinese);
    first.model.first_start = true;
    first.model.recent = support::recent();
    draw("zh-first", [1280.0, 720.0], 1.0, first);
    let mut empty = window(Language::English);
    empty.model.tree = SceneTreeModel::default();
    empty.model.layers = LayersModel::default();
    empty.model.properties = None;
    empty.model.timeline = None;
    empty.model.legend = None;
    empty.model.view.empty = true;
    empty.model.status = StatusModel::default();
    draw("en-empty", [1920.0, 1080.0], 1.0, empty);
}

#[test]
fn the_window_with_trouble() {
    let mut w = window(Language::Chinese);
    w.model.dialog = Some(DialogModel {
        title: String::new(),
        what: "文件不是 IFC：开头是 “PK”，这是一个 zip 压缩包。".to_owned(),
        place: "/data/模型/district_2026.ifc".to_owned(),
        todo: "请先解压，再导入其中的 .ifc 文件。".to_owned(),
        details: "ifc.not_step".to_owned(),
    });
    draw("zh-dialog", [1280.0, 720.0], 1.0, w);
    let mut w = window(Language::English);
    w.state.jobs_open = true;
    w.model.notices = vec![
        Notice { id: 1, kind: NoticeKind::Done, text: "building.ifc: 8 421 objects.".to_owned() },
        Notice {
            id: 2,
            kind: NoticeKind::Warning,
            text: "bridge.ifc: 2 of 2 310 objects have no shape. Open the report to see which.".to_owned(),
        },
    ];
    w.model.context_menu = Some(ContextMenuModel {
        at: [700.0, 300.0],
        row: Some(7),
        label: "外墙 W-2-07".to_owned(),
        coordinates: "455 612.35, 4 428 540.12, 41.20".to_owned(),
        id: "2O2Fr$t4X7Zf8NOew3FLOH".to_owned(),
    });
    draw("en-notices-1920", [1920.0, 1080.0], 1.0, w);
    let mut w = window(Language::Chinese);
    w.state.set_theme(ThemeKind::Large);
    draw("zh-large", [1920.0, 1080.0], 1.0, w);
}

#[test]
fn tools_in_use() {
    let mut w = window(Language::Chinese);
    w.model.measure = Some(tools::measuring());
    w.model.coloring.as_mut().unwrap().now = Some(tools::by_material());
    w.model.status.memory.coarser = true;
    w.model.motion = Some(MotionModel { mode: MotionMode::Fly, speed_m_s: 24.0 });
    draw("zh-tools-1280", [1280.0, 720.0], 1.0, w);
    let mut w = window(Language::English);
    w.model.measure = Some(tools::measuring());
    w.model.section = Some(SectionModel {
        plane: Some(SectionPlane {
            axis: SectionAxis::Up,
            offset_m: 41.2,
            range_m: (38.0, 96.5),
            flipped: false,
        }),
        picking: false,
        cube: Some([455_590.0, 4_428_510.0, 38.0, 455_640.0, 4_428_560.0, 96.5]),
        has_selection: true,
    });
    w.state.section_open = true;
    w.state.theme = ThemeKind::Dark;
    w.model.coloring.as_mut().unwrap().now = Some(tools::by_depth());
    draw("en-tools-1920-at-1.5", [1280.0, 720.0], 1.5, w);
    let mut w = window(Language::Pseudo);
    w.model.measure = Some(tools::measuring());
    w.model.coloring.as_mut().unwrap().now = Some(tools::by_depth());
    w.state.section_open = true;
    draw("pseudo-tools-1280", [1280.0, 720.0], 1.0, w);
}

#[test]
fn dialogs() {
    let mut w = window(Language::English);
    w.model.chooser = Some(tools::chooser(ChooserPurpose::Import));
    draw("en-chooser", [1280.0, 720.0], 1.0, w);
    let mut w = window(Language::Chinese);
    w.model.chooser = Some(tools::chooser(ChooserPurpose::NewProject));
    w.state.theme = ThemeKind::Dark;
    draw("zh-chooser-new-dark", [1280.0, 720.0], 1.5, w);
    let mut w = window(Language::Chinese);
    w.state.help_open = true;
    draw("zh-help", [1280.0, 720.0], 1.0, w);
    let mut w = window(Language::English);
    w.model.report = Some(tools::report());
    draw("en-report", [1280.0, 720.0], 1.0, w);
}

#[test]
fn the_wall() {
    let mut w = window(Language::Chinese);
    w.state.set_large(true);
    draw("zh-wall-3840", [3840.0, 2160.0], 1.0, w);
    let mut w = window(Language::English);
    w.state.set_large(true);
    w.model.coloring.as_mut().unwrap().now = Some(tools::by_depth());
    w.model.measure = Some(tools::measuring());
    draw("en-wall-1920", [1920.0, 1080.0], 1.0, w);
    pointer_is_seen();
    let w = window(Language::Chinese);
    draw("zh-3840-at-3", [1280.0, 720.0], 3.0, w);
}

#[test]
fn menus() {
    let small = [1280.0, 720.0];
    draw_open("en-views-menu", small, 1.0, window(Language::English), &["Views"]);
    draw_open("zh-project-menu", small, 1.0, window(Language::Chinese), &["项目菜单"]);
    draw_open("zh-color-menu", small, 1.0, window(Language::Chinese), &["按属性着色（5）"]);
    let mut w = window(Language::English);
    w.model.status.memory.coarser = true;
    w.state.theme = ThemeKind::Dark;
    draw_open("en-memory", small, 1.0, w, &["Coarser: memory limit"]);
    let mut w = window(Language::English);
    w.state.command_open = true;
    w.state.command = "view".to_owned();
    draw("en-commands", small, 1.0, w);
}

/// The ring around the pointer on a wall, counted by its color.
#[cfg(test)]
fn pointer_is_seen() {
    let ring = |large| {
        let mut w = window(Language::English);
        w.state.set_large(large);
        let mut h = harness(w, vec2(1280.0, 720.0), 1.0);
        h.run_steps(3);
        h.hover_at(egui::pos2(500.0, 200.0));
        h.run_steps(2);
        let yellow = |p: &&image::Rgba<u8>| p[0] > 240 && (190..230).contains(&p[1]) && p[2] < 90;
        h.render().unwrap().pixels().filter(yellow).count()
    };
    let (wall, desk) = (ring(true), ring(false));
    assert!(wall > desk + 200, "{wall} pixels of the ring, {desk} at a desk");
}
