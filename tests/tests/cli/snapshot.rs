//! Pictures without a window: the same bytes, and something on them.

use std::path::{Path, PathBuf};

use lantu_support::corpus;

use crate::lantu::{Desk, text};

fn pixels(path: &Path) -> image::RgbImage {
    image::open(path).unwrap().into_rgb8()
}

/// Pixels that differ by more than rounding.
pub(crate) fn n_different(a: &Path, b: &Path) -> usize {
    let (a, b) = (pixels(a), pixels(b));
    assert_eq!(a.dimensions(), b.dimensions());
    a.pixels().zip(b.pixels()).filter(|(p, q)| p.0.iter().zip(q.0).any(|(x, y)| x.abs_diff(y) > 8)).count()
}

/// A picture of the project.
fn shoot(desk: &Desk, name: &str, size: &str, more: &[&str]) -> PathBuf {
    let out = desk.path(name);
    let mut args = vec!["--out", text(&out), "--size", size];
    args.extend(more);
    desk.run("snapshot", &args).expect(0);
    out
}

#[test]
fn a_picture_of_a_real_bridge_is_the_same_twice_and_with_one_and_two_threads_and_shows_the_bridge() {
    let Some(bridge) = corpus("a_picture_of_a_real_bridge", "ifc/files/pcert-infra-bridge.ifc") else {
        return;
    };
    let desk = Desk::new("EPSG:32760");
    desk.run("import", &[text(&bridge)]);
    let shoot = |name: &str, more: &[&str]| shoot(&desk, name, "320x200", more);
    let sidecar = desk.path("first.json");
    let first = shoot("first.png", &["--threads", "1", "--sidecar", text(&sidecar)]);
    let bytes = std::fs::read(&first).unwrap();
    for (name, threads) in [("again.png", "1"), ("two.png", "2")] {
        let again = shoot(name, &["--threads", threads]);
        assert!(std::fs::read(again).unwrap() == bytes, "{name} differs");
    }
    assert_eq!(pixels(&first).dimensions(), (320, 200));
    // What hiding the only source changes is the bridge.
    let without = shoot("without.png", &["--hide", "pcert-infra-bridge"]);
    let n = n_different(&first, &without);
    assert!(n > 1_000, "only {n} of 64000 pixels show the bridge");
    let sidecar: serde_json::Value = serde_json::from_slice(&std::fs::read(sidecar).unwrap()).unwrap();
    assert_eq!(sidecar["size"], serde_json::json!([320, 200]));
    assert_eq!(sidecar["overlay"], "none");
    assert_eq!(sidecar["layers"], serde_json::json!(["pcert-infra-bridge"]));
    assert_eq!(sidecar["sources"][0]["sha256"].as_str().unwrap().len(), 64);
    for key in ["eye", "target", "up"] {
        assert_eq!(sidecar["camera"][key].as_array().unwrap().len(), 3, "{key}");
    }
    assert!(sidecar["camera"]["fov_y_deg"].as_f64().unwrap() > 1.0);
    assert!(!sidecar["adapter"].as_str().unwrap().is_empty() && sidecar["version"].is_string());

    // The camera of the sidecar takes the same picture.
    let point = |k: &str| {
        let p: Vec<String> =
            sidecar["camera"][k].as_array().unwrap().iter().map(ToString::to_string).collect();
        p.join(",")
    };
    let same = shoot("same.png", &["--eye", &point("eye"), "--target", &point("target")]);
    let n = n_different(&first, &same);
    assert!(n < 640, "{n} pixels differ from the fitted view");
    // An overlay colors it.
    let colored = shoot("progress.png", &["--overlay", "progress", "--time", "2026-07-31T12:00:00Z"]);
    assert!(n_different(&first, &colored) > 500);
}

#[test]
fn a_picture_that_memory_forces_into_parts_shows_no_seams() {
    let Some(bridge) = corpus("a_picture_in_parts", "ifc/files/pcert-infra-bridge.ifc") else { return };
    let desk = Desk::new("EPSG:32760");
    desk.run("import", &[text(&bridge)]);
    let shoot = |name: &str, more: &[&str]| shoot(&desk, name, "1200x900", more);
    // A quarter of 60 MB is 272 000 pixels at 55 bytes: twelve parts.
    let (whole, parts) = (shoot("whole.png", &[]), shoot("parts.png", &["--memory", "60MB"]));
    let n = n_different(&whole, &parts);
    assert!(n < 30, "{n} of 1080000 pixels differ");
}

#[test]
fn a_picture_of_a_real_orthophoto_shows_its_colors() {
    let file = "gis/ortho/201404_13SED190110_201404_0x1500m_CL_1_nodata.tif";
    let Some(ortho) = corpus("a_picture_of_a_real_orthophoto", file) else { return };
    let desk = Desk::new("EPSG:26913");
    desk.run("import", &[text(&ortho)]);
    let (with, without) = (desk.path("with.png"), desk.path("without.png"));
    // Straight down from 60 m above the middle of 57 × 35 m.
    let view = ["--eye", "519496.2,4311652.0,60", "--target", "519496.2,4311652.4,0", "--size", "200x150"];
    let shoot = |out: &Path, more: &[&str]| {
        let mut args = vec!["--out", text(out)];
        args.extend(view);
        args.extend(more);
        desk.run("snapshot", &args).expect(0);
    };
    shoot(&with, &[]);
    shoot(&without, &["--hide", "201404_13SED190110_201404_0x1500m_CL_1_nodata"]);
    let n = n_different(&with, &without);
    assert!(n > 5_000, "only {n} of 30000 pixels show the orthophoto");
    let colors: std::collections::BTreeSet<[u8; 3]> =
        pixels(&with).pixels().map(|p| p.0.map(|c| c >> 4)).collect();
    assert!(colors.len() > 20, "a photograph has many colors: {}", colors.len());
}

#[test]
fn a_section_on_the_command_line_cuts_and_its_other_side_shows_the_rest() {
    let Some(bridge) = corpus("a_section_on_the_command_line", "ifc/files/pcert-infra-bridge.ifc") else {
        return;
    };
    let desk = Desk::new("EPSG:32760");
    desk.run("import", &[text(&bridge)]);
    let shoot = |name: &str, more: &[&str]| shoot(&desk, name, "320x200", more);
    let whole = shoot("whole.png", &[]);
    let out = desk.path("rows.json");
    desk.run("objects", &["--format", "json", "--out", text(&out)]).expect(0);
    let rows: serde_json::Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    let of = |k: usize| {
        let all = rows["rows"].as_array().unwrap().iter().filter_map(|r| r["bbox"][k].as_f64());
        all.collect::<Vec<_>>()
    };
    let low: Vec<f64> = (0..3).map(|k| of(k).into_iter().fold(f64::MAX, f64::min)).collect();
    let high: Vec<f64> = (3..6).map(|k| of(k).into_iter().fold(f64::MIN, f64::max)).collect();
    let middle: Vec<f64> = low.iter().zip(&high).map(|(a, b)| (a + b) / 2.0).collect();
    let x = format!("x={}", middle[0]);
    let (before, behind) =
        (shoot("x.png", &["--section", &x]), shoot("-x.png", &["--section", &format!("{x},flipped")]));
    for cut in [&before, &behind] {
        let n = n_different(&whole, cut);
        assert!(n > 300, "{n} pixels differ from the whole bridge");
    }
    assert!(n_different(&before, &behind) > 600);
    let plane = format!("plane={},{},{},-1,0,0", middle[0], middle[1], middle[2]);
    assert_eq!(
        n_different(&before, &shoot("plane.png", &["--section", &plane])),
        0,
        "x= cuts what lies before"
    );
    let whole_box = format!(
        "box={},{},{},{},{},{}",
        low[0] - 1.0,
        low[1] - 1.0,
        low[2] - 1.0,
        high[0] + 1.0,
        high[1] + 1.0,
        high[2] + 1.0
    );
    assert!(n_different(&whole, &shoot("box.png", &["--section", &whole_box])) < 600, "a box around all");
    desk.run("snapshot", &["--out", text(&desk.path("no.png")), "--section", "z="]).expect(2);

    // Whoever chooses what is drawn, the bytes are the same.
    for more in [vec![], vec!["--section", x.as_str()], vec!["--xray"]] {
        let with = |who: &str| {
            let mut args = vec!["--culling", who];
            args.extend(&more);
            std::fs::read(shoot(&format!("{who}.png"), &args)).unwrap()
        };
        assert!(with("cpu") == with("gpu"), "{more:?}");
    }
}
