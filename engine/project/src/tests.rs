//! Tests over whole project files.

mod damage;
mod opening;
mod round_trip;

use std::path::{Path, PathBuf};

use lantu_base::{Bounds, ProjectFrame, UtcNanos};

use crate::digest::sha256_hex;
use crate::*;

/// A clock that always says the same.
fn author() -> Author {
    Author::new("wang", || UtcNanos(1_780_000_000_000_000_000))
}

fn meta() -> ProjectMeta {
    ProjectMeta {
        name: "北区 7".to_owned(),
        frame: ProjectFrame {
            crs: "EPSG:4548".to_owned(),
            height_crs: Some("EPSG:5737".to_owned()),
            meters_per_unit: 1.0,
            time_zone: "Asia/Shanghai".to_owned(),
        },
        crs_wkt: None,
    }
}

fn source(project: &Project, id: &str, file: &Path) -> SourceRecord {
    let bytes = std::fs::read(file).unwrap();
    SourceRecord {
        id: id.to_owned(),
        path: project.path_to_record(file),
        sha256: sha256_hex(&bytes),
        size: bytes.len() as u64,
        companions: Vec::new(),
        importer: "ifc".to_owned(),
        schema: "IFC4".to_owned(),
        begin_json: r#"{"unit":"METRE"}"#.to_owned(),
        report_json: r#"{"diagnostics":[]}"#.to_owned(),
        n_objects: 2,
        n_triangles: 24,
        bytes: 1000,
        order: 1,
    }
}

fn placement(hypothesis: &str, x: f64) -> PlacementRecord {
    let mut m = [0.0; 16];
    for i in [0, 5, 10, 15] {
        m[i] = 1.0;
    }
    m[12] = x;
    PlacementRecord {
        state: PlacementState::Placed,
        hypothesis: Some(hypothesis.to_owned()),
        by: "wang".to_owned(),
        at: UtcNanos(5),
        transform: Some(m),
        hypotheses_json: r#"[{"n":1}]"#.to_owned(),
    }
}

fn pack(project: &Project, bytes: &[u8]) -> PackRecord {
    let hash = sha256_hex(bytes);
    let file = pack_path(&project.cache_dir(), &hash);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
    PackRecord { kind: "mesh".to_owned(), key: hash[..6].to_owned(), hash, bytes: bytes.len() as u64 }
}

fn chunk(channel: &str, day: i32, bytes: usize) -> ChunkRow {
    let t0 = UtcNanos(i64::from(day) * 86_400_000_000_000);
    ChunkRow {
        channel: channel.to_owned(),
        day,
        n: 3,
        t0,
        t1: UtcNanos(t0.0 + 60),
        blob: (0..bytes).map(|i| u8::try_from(i % 251).unwrap()).collect(),
    }
}

fn content(project: &Project) -> SourceContent {
    let corner = |x: f64| glam_box(x);
    SourceContent {
        placement: Some(placement("as_declared", 455_600.123_456_789)),
        packs: vec![pack(project, b"first pack"), pack(project, b"second pack")],
        footprints: vec![
            FootprintRow {
                object: "2O2Fr$t4X7Zf8NOew3FNr2".to_owned(),
                class: "IfcWall".to_owned(),
                name: "外墙".to_owned(),
                bounds: corner(455_600.0),
            },
            FootprintRow {
                object: "0".to_owned(),
                class: "IfcGroup".to_owned(),
                name: String::new(),
                bounds: Bounds::EMPTY,
            },
        ],
        tasks: vec![task("T1"), task("T2")],
        bindings: vec![BindingRow {
            channel: "strain-1".to_owned(),
            object: "house:2O2Fr$t4X7Zf8NOew3FNr2".to_owned(),
            unit: "µm/m".to_owned(),
            rule: "strain".to_owned(),
            extra_json: String::new(),
        }],
        chunks: vec![chunk("strain-1", 20_000, 9000), chunk("noise-1", 20_001, 50)],
    }
}

fn glam_box(x: f64) -> Bounds {
    Bounds::from_array([x, 4_428_550.0, 30.0, x + 20.0, 4_428_560.0, 42.0])
}

fn task(id: &str) -> TaskRow {
    TaskRow {
        id: id.to_owned(),
        name: "基础".to_owned(),
        start: Some(UtcNanos(10)),
        finish: Some(UtcNanos(20)),
        budget: Some("120000.10".to_owned()),
        percent: Some(33.3),
        actual_start: None,
        actual_finish: None,
        actual_cost: Some("7".to_owned()),
        objects: vec!["house:1".to_owned(), "house:2".to_owned()],
        extra_json: String::new(),
    }
}

/// A closed project with a row in every table, two sources, and their packs in the cache.
fn full(folder: &Path) -> PathBuf {
    let path = folder.join("block.lantu");
    let mut p = Project::create(&path, &meta(), author()).unwrap();
    for name in ["house", "bridge"] {
        let file = folder.join(format!("{name}.ifc"));
        std::fs::write(&file, format!("ISO-10303-21; {name}")).unwrap();
        let mut record = source(&p, name, &file);
        if name == "house" {
            std::fs::write(folder.join("house.prj"), "PROJCS").unwrap();
            record.companions.push(SourceFile {
                path: "house.prj".to_owned(),
                sha256: sha256_hex(b"PROJCS"),
                size: 6,
            });
        }
        let content = content(&p);
        p.import_source(&record, &content).unwrap();
    }
    p.set_view("north", r#"{"eye":[1,2,3]}"#).unwrap();
    p.set_setting("language", "zh-CN").unwrap();
    p.set_rules(&[RuleRecord {
        name: "risk".to_owned(),
        version: "3".to_owned(),
        sha256: sha256_hex(b"rule"),
    }])
    .unwrap();
    p.close().unwrap();
    path
}

fn read_only(path: &Path) -> Project {
    Project::open(path, OpenMode::ReadOnly).unwrap()
}

fn writable(path: &Path) -> Project {
    Project::open(path, OpenMode::ReadWrite(author())).unwrap()
}
