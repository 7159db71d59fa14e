//! A district as the panels would show it, and a harness that draws it.

use egui::{Vec2, vec2};
use egui_kittest::Harness;
use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ui::*;

/// What a test looks at: the model, the panels' state, the words, and every action so far.
pub(crate) struct Window {
    pub(crate) model: UiModel,
    pub(crate) state: UiState,
    pub(crate) words: Words,
    pub(crate) actions: Vec<Action>,
    pub(crate) output: Option<UiOutput>,
}

pub(crate) fn window(language: Language) -> Window {
    Window {
        model: district(),
        state: UiState::default(),
        words: Words::new(language),
        actions: Vec::new(),
        output: None,
    }
}

/// A harness of `size` points with the bundled fonts.
pub(crate) fn harness(window: Window, size: Vec2, scale: f32) -> Harness<'static, Window> {
    let language = window.words.language();
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_context_setup(move |ctx| ctx.set_fonts(fonts(language)))
        .build_ui_state(
            |ui, w: &mut Window| {
                // The harness keeps a margin; the app's window has none.
                let whole = ui.ctx().viewport_rect();
                ui.set_clip_rect(whole);
                let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(whole));
                backdrop(&ui);
                let output = show(&mut ui, &w.model, &mut w.state, &w.words);
                w.actions.extend(output.actions.iter().cloned());
                w.output = Some(output);
            },
            window,
        )
}

/// Stands for the scene: sky, ground, and a block.
fn backdrop(ui: &egui::Ui) {
    let rect = ui.max_rect();
    let p = ui.painter();
    p.rect_filled(rect, 0.0, egui::Color32::from_rgb(0xC9, 0xDB, 0xEA));
    let ground = egui::Rect::from_min_max(rect.left_center() - vec2(0.0, 80.0), rect.max);
    p.rect_filled(ground, 0.0, egui::Color32::from_rgb(0xC6, 0xC4, 0xB4));
    let block = egui::Rect::from_center_size(rect.center(), vec2(220.0, 180.0));
    p.rect_filled(block, 0.0, egui::Color32::from_rgb(0x9A, 0x9E, 0xA3));
}

fn at(text: &str) -> UtcNanos {
    UtcNanos::parse(text, &TimeZoneName::new("Asia/Shanghai").unwrap()).unwrap()
}

/// An open project in the middle of its schedule.
pub(crate) fn district() -> UiModel {
    let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
    UiModel {
        top_bar: TopBarModel {
            project: "永宁街示范片区".to_owned(),
            overlay: OverlayKind::Progress,
            outline: OverlayKind::None,
            labels: true,
            xray_ground: true,
        },
        tree: tree(),
        layers: layers(),
        properties: Some(wall()),
        timeline: Some(timeline(zone)),
        status: status(),
        legend: Some(legend()),
        view: ViewModel {
            north_rad: 0.4,
            meters_per_point: 0.31,
            exaggeration: 2.0,
            empty: false,
            loading: false,
            waiting: None,
            unfinished: None,
            importing: None,
        },
        visibility: VisibilityModel { n_hidden: 148, n_ghosted: 0, filtered: false, can_ghost: true },
        recent: recent(),
        views: Some(views()),
        measure: Some(MeasureModel::default()),
        section: Some(SectionModel::default()),
        coloring: Some(ColoringModel { choices: choices(), ..ColoringModel::default() }),
        history: Some(HistoryModel { undo: Some(Edit::Hide), redo: None }),
        motion: Some(MotionModel { mode: MotionMode::Orbit, speed_m_s: 12.0 }),
        overview: Some(overview()),
        ..UiModel::default()
    }
}

fn views() -> ViewsModel {
    let names = ["全区鸟瞰", "1 号楼二层", "地下管线", "Bridge from the south"];
    ViewsModel { names: names.map(str::to_owned).to_vec(), current: Some(1) }
}

fn choices() -> std::sync::Arc<[ColorChoice]> {
    let property = |set: &str, name: &str| ColorBy::Property { set: set.to_owned(), name: name.to_owned() };
    let choice = |by, n, numeric| ColorChoice { by, n, numeric };
    vec![
        choice(ColorBy::Class, 12_864, false),
        choice(ColorBy::Storey, 9_204, false),
        choice(ColorBy::Type, 8_811, false),
        choice(ColorBy::Material, 7_902, false),
        choice(ColorBy::Source, 12_864, false),
        choice(property("Pset_WallCommon", "FireRating"), 1_204, false),
        choice(property("Qto_WallBaseQuantities", "NetVolume"), 1_180, true),
        choice(property("管线", "埋深"), 2_133, true),
    ]
    .into()
}

fn overview() -> OverviewModel {
    let square = |x: f32, y: f32, s: f32| vec![[x, y], [x + s, y], [x + s, y + s], [x, y + s]];
    let shape = |kind, points| OverviewShape { kind, points };
    OverviewModel {
        picture: None,
        shapes: vec![
            shape(OverviewKind::Ground, square(0.04, 0.04, 0.92)),
            shape(OverviewKind::Object, square(0.3, 0.3, 0.12)),
            shape(OverviewKind::Object, square(0.5, 0.25, 0.2)),
            shape(OverviewKind::Object, square(0.25, 0.6, 0.18)),
            shape(OverviewKind::Line, vec![[0.05, 0.55], [0.5, 0.5], [0.95, 0.62]]),
        ]
        .into(),
        aspect: 1.2,
        seen: vec![[0.45, 0.75], [0.3, 0.2], [0.8, 0.2]],
        eye: [0.45, 0.78],
    }
}

/// Two projects, one of which is gone.
pub(crate) fn recent() -> Vec<RecentProject> {
    let project = |name: &str, path: &str, opened: &str, missing| RecentProject {
        name: name.to_owned(),
        path: path.to_owned(),
        opened: opened.to_owned(),
        missing,
    };
    vec![
        project("永宁街示范片区", "/data/projects/永宁街.lantu", "2026-07-31 14:05", false),
        project("跨河桥", "/media/usb/bridge.lantu", "2026-06-12 09:40", true),
    ]
}

fn tree() -> SceneTreeModel {
    let mut rows = Vec::new();
    let mut add = |depth, label: &str, class: &str, n_below: u64, state| {
        let key = rows.len() as u64;
        let group = n_below > 0;
        rows.push(TreeRow {
            row: (!class.is_empty()).then_some(u32::try_from(key).unwrap()),
            key,
            depth,
            label: label.to_owned(),
            class: class.to_owned(),
            n_below,
            has_children: group,
            expanded: group && depth < 4 && !label.contains('F') && !label.contains('3'),
            visible: !label.contains("雨水"),
            selected: label == "外墙 W-2-07",
            state,
        });
    };
    add(0, "永宁街示范片区", "", 12_864, None);
    add(1, "1 号楼", "IfcBuilding", 8_421, None);
    add(2, "一层", "IfcBuildingStorey", 1_204, None);
    add(3, "外墙 W-1-01", "IfcWall", 0, Some(StateId::Done));
    add(3, "柱 C-1-12", "IfcColumn", 0, Some(StateId::Done));
    add(3, "楼板 S-1", "IfcSlab", 0, Some(StateId::Done));
    add(2, "二层", "IfcBuildingStorey", 1_198, None);
    add(3, "外墙 W-2-07", "IfcWall", 0, Some(StateId::Late));
    add(
        3,
        "外墙 W-2-08 with a very long name that cannot fit into the panel",
        "IfcWall",
        0,
        Some(StateId::InProgress),
    );
    add(3, "", "IfcDoor", 0, Some(StateId::NotStarted));
    add(3, "梁 B-2-03", "IfcBeam", 0, Some(StateId::Ahead));
    add(2, "3F", "IfcBuildingStorey", 1_187, None);
    add(1, "跨河桥", "IfcBridge", 2_310, None);
    add(2, "主梁", "IfcBridgePart", 32, None);
    add(3, "主梁 G-1", "IfcBeam", 0, Some(StateId::InProgress));
    add(3, "主梁 G-2", "IfcBeam", 0, Some(StateId::Unlinked));
    add(1, "地下管线", "", 2_133, None);
    add(2, "雨水管 DN600", "pipe", 0, None);
    add(2, "给水管 DN300", "pipe", 0, None);
    SceneTreeModel {
        rows: std::sync::Arc::new(rows),
        n_objects: 12_864,
        search: String::new(),
        n_matches: 0,
        loading: false,
        scroll_to: Some(7),
        importing: None,
    }
}

fn layers() -> LayersModel {
    let layer = |id, name: &str, kind, visible, opacity, waiting| LayerRow {
        id,
        name: name.to_owned(),
        kind,
        visible,
        opacity: Some(opacity),
        swiped: (kind == LayerKind::Orthophoto).then_some(false),
        waiting,
        has_report: false,
        style: (kind == LayerKind::Utilities).then(pipe_style),
    };
    LayersModel {
        layers: vec![
            layer(0, "building.ifc", LayerKind::Model, true, 1.0, false),
            layer(1, "bridge.ifc", LayerKind::Model, true, 1.0, true),
            layer(2, "地下管线.gpkg", LayerKind::Utilities, true, 0.8, false),
            layer(3, "cells.geojson", LayerKind::Cells, false, 0.5, false),
            layer(4, "ortho_5cm.tif", LayerKind::Orthophoto, true, 1.0, false),
            layer(5, "dsm_50cm.tif", LayerKind::Elevation, true, 1.0, false),
        ],
        ground_opacity: Some(0.6),
        ground_look: None,
    }
}

fn pipe_style() -> LayerStyleModel {
    let attribute = |name: &str, numeric| LayerAttribute { name: name.to_owned(), numeric };
    let class = |color, name: &str| StyleClass { color, name: name.to_owned() };
    LayerStyleModel {
        now: StyleAsk { by: Some("depth_m".to_owned()), ..StyleAsk::default() },
        attributes: [attribute("depth_m", true), attribute("owner", false)].into(),
        legend: [class([0x44, 1, 0x54], "0.8 – < 1.2 (40)"), class([0xFD, 0xE7, 0x25], "1.2 – 2.4 (38)")]
            .into(),
    }
}

fn wall() -> PropertiesModel {
    let curve = (0..160)
        .map(|i| {
            let t = f64::from(i);
            let value = 62.0 + 14.0 * (t / 11.0).sin() + t / 12.0;
            [t * 3600.0, if (60..72).contains(&i) { f64::NAN } else { value }]
        })
        .collect();
    PropertiesModel {
        why_outline: None,
        row: 7,
        n_more: 2,
        name: "外墙 W-2-07".to_owned(),
        class: "IfcWall".to_owned(),
        id: "2O2Fr$t4X7Zf8NOew3FLOH".to_owned(),
        source: "building".to_owned(),
        type_name: "外墙 240 混凝土".to_owned(),
        container: "1 号楼 › 二层".to_owned(),
        materials: vec!["C30 混凝土".to_owned(), "岩棉".to_owned()],
        drawn: vec![
            "Drawn as its box, hatched, because its shape could not be made: IfcSectionedSpine.".to_owned(),
        ],
        place: Some(PlaceModel {
            center: [455_612.351, 4_428_540.118, 41.204],
            size: [6.0, 0.24, 3.0],
            decimals: 2,
            unit: "m".to_owned(),
            crs: "EPSG:4548".to_owned(),
            height_datum: "1985 国家高程基准".to_owned(),
        }),
        why: Some(WhyModel {
            state: Some(StateId::Late),
            reasons: vec![
                "Task “二层砌体” should have finished on 2026-07-24 and is at 60 %.".to_owned(),
                "7 days behind the plan.".to_owned(),
            ],
            rule: "progress.plan".to_owned(),
            rule_version: "1".to_owned(),
            evidence: "schedule.csv, task 2.03".to_owned(),
            source: String::new(),
            as_of: at("2026-07-31 14:05"),
            readings: Vec::new(),
            n_more_readings: 0,
        }),
        channels: vec![ChannelModel {
            name: "噪声 N-03".to_owned(),
            unit: "dB".to_owned(),
            last: Some((81.4, at("2026-07-31 14:00"))),
            decimals: 1,
            state: Some(StateId::Warning),
            curve,
            levels: vec![(StateId::Advisory, 70.0), (StateId::Warning, 80.0), (StateId::Alarm, 90.0)],
        }],
        sets: vec![
            PropertySet {
                name: "Pset_WallCommon".to_owned(),
                rows: vec![
                    ("IsExternal".to_owned(), "是".to_owned()),
                    ("LoadBearing".to_owned(), "是".to_owned()),
                    ("FireRating".to_owned(), "2 h".to_owned()),
                    ("ThermalTransmittance".to_owned(), "0.45 W/(m²·K)".to_owned()),
                ],
            },
            PropertySet {
                name: "Qto_WallBaseQuantities".to_owned(),
                rows: vec![
                    ("Length".to_owned(), "6.00 m".to_owned()),
                    ("NetSideArea".to_owned(), "15.84 m²".to_owned()),
                    ("NetVolume".to_owned(), "3.80 m³".to_owned()),
                ],
            },
        ],
    }
}

fn timeline(zone: TimeZoneName) -> TimelineModel {
    let mark = |when: &str, kind, label: &str| TimeMark { at: at(when), kind, label: label.to_owned() };
    TimelineModel {
        time: at("2026-07-31 14:05"),
        span: (at("2026-03-01"), at("2027-01-31")),
        now: Some(at("2026-08-20")),
        playing: false,
        speed: 86_400.0,
        histogram: (0..120_u8)
            .map(|i| 6.0 + 5.0 * (f32::from(i) / 14.0).sin() - (f32::from(i) - 60.0).abs() / 12.0)
            .collect(),
        marks: vec![
            mark("2026-05-10", MarkKind::Milestone, "±0.000"),
            mark("2026-07-12 22:10", MarkKind::Alarm, "噪声 N-03"),
            mark("2026-10-01", MarkKind::Milestone, "主体封顶"),
        ],
        following: None,
        zone,
    }
}

fn status() -> StatusModel {
    StatusModel {
        position: Some([455_612.351, 4_428_540.122, 41.2]),
        unit: String::new(),
        crs: "EPSG:4548".to_owned(),
        height_datum: "1985 国家高程基准".to_owned(),
        jobs: vec![
            JobModel {
                id: 1,
                name: "ortho_5cm.tif".to_owned(),
                fraction: Some(0.62),
                step: "reprojecting".to_owned(),
                remaining_s: Some(48.0),
                outcome: None,
                n_remarks: 0,
                can_cancel: true,
            },
            JobModel {
                id: 2,
                name: "bridge.ifc".to_owned(),
                fraction: None,
                step: "2 of 310 objects have no shape".to_owned(),
                remaining_s: None,
                outcome: Some(JobOutcome::Partial),
                n_remarks: 2,
                can_cancel: false,
            },
        ],
        memory: MemoryModel {
            used_bytes: 412_000_000,
            limit_bytes: 512_000_000,
            coarser: false,
            choices: Some((128_000_000, 16_000_000_000)),
        },
        frame_ms: Some(9.2),
        zone: "UTC+8".to_owned(),
        zone_name: "Asia/Shanghai".to_owned(),
        adapter: "llvmpipe".to_owned(),
        software: true,
    }
}

fn legend() -> LegendModel {
    let counts = [412, 1_530, 96, 5_204, 2_861, 2_761];
    LegendModel {
        outlines: false,
        overlay: OverlayKind::Progress,
        rows: StateId::of(OverlayKind::Progress)
            .zip(counts)
            .map(|(state, n)| LegendRow { state, n })
            .collect(),
        filter: None,
        as_of: "2026-07-31 14:05".to_owned(),
    }
}
