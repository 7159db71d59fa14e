//! `lantu heat`: readings of stations over the ground, and what four stations say.

use std::fmt::Write as _;

use crate::lantu::{Desk, run, text};
use crate::snapshot::n_different;

/// Stations every 40 m along a line and beside it, their bindings, and one reading of each.
fn stations(desk: &Desk, n: usize) {
    let mut features = String::new();
    let mut bindings = String::from("channel,object,quantity,unit,period_s\n");
    let mut samples = String::from("time,channel,value,unit,quality\n");
    for ix in 0..n {
        let (x, y) = (116.5 + 0.0005 * ix as f64, 40.0 + 0.0003 * ((ix * 7) % 5) as f64);
        let comma = if ix == 0 { "" } else { "," };
        write!(
            features,
            r#"{comma}{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{x},{y}]}}}}"#
        )
        .unwrap();
        writeln!(bindings, "c{ix},posts:{ix},noise,dB(A),3600").unwrap();
        writeln!(samples, "2026-07-01T08:00:00Z,c{ix},{},dB(A),0", 50 + ix).unwrap();
    }
    let layer = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    let files = [
        desk.write("posts.geojson", layer.as_bytes()),
        desk.write("bindings.csv", bindings.as_bytes()),
        desk.write("samples.csv", samples.as_bytes()),
    ];
    run(&["import", &desk.project, &files[0], &files[1], &files[2]]).expect(0);
}

#[test]
fn a_map_has_the_stations_values_a_variance_and_a_variogram_and_silent_stations_are_named() {
    let desk = Desk::new("EPSG:4548");
    stations(&desk, 8);
    let ask = |method: &str, time: &str| {
        run(&["heat", &desk.project, "--quantity", "noise", "--method", method, "--time", time, "--json"])
    };
    let map = ask("kriging", "2026-07-01T08:30:00Z").expect(0).json();
    assert_eq!(map["stations"].as_array().unwrap().len(), 8);
    let grid = &map["grid"];
    assert!(grid["variogram"]["range_m"].as_f64().unwrap() > 0.0);
    let values: Vec<f64> = grid["values"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| r.as_array().unwrap())
        .filter_map(serde_json::Value::as_f64)
        .collect();
    let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    assert!(least > 45.0 && most < 62.0 && most - least > 3.0, "{least} {most}");
    let idw = ask("idw", "2026-07-01T08:30:00Z").expect(0).json();
    assert_eq!(idw["grid"]["variances"], serde_json::json!([]));
    let later = ask("kriging", "2026-07-01T20:00:00Z").expect(3).json();
    assert_eq!((&later["method"], later["silent"].as_array().unwrap().len()), (&"points".into(), 8));
    run(&["heat", &desk.project, "--quantity", "rain"]).expect(1);
}

#[test]
fn four_stations_are_points_only() {
    let desk = Desk::new("EPSG:4548");
    stations(&desk, 4);
    let told =
        run(&["heat", &desk.project, "--quantity", "noise", "--time", "2026-07-01T08:30:00Z"]).expect(3);
    assert_eq!(told.out.lines().count(), 5, "a header and four stations: {}", told.out);
    assert!(told.err.contains('4') && told.err.contains('5'), "{}", told.err);
}

#[test]
fn a_picture_has_the_map_on_the_ground_and_its_sidecar_says_what_the_colors_mean() {
    let desk = Desk::new("EPSG:4548");
    stations(&desk, 8);
    let shoot = |name: &str, more: &[&str]| {
        let (out, sidecar) = (desk.path(&format!("{name}.png")), desk.path(&format!("{name}.json")));
        let view = ["--eye", "457400,4429100,700", "--target", "457400,4429400,0"];
        let mut args = vec!["--out", text(&out), "--sidecar", text(&sidecar), "--size", "320x200"];
        args.extend(["--time", "2026-07-01T08:30:00Z"]);
        args.extend(view);
        args.extend(more);
        desk.run("snapshot", &args).expect(0);
        let told: serde_json::Value = serde_json::from_slice(&std::fs::read(sidecar).unwrap()).unwrap();
        (out, told)
    };
    let (plain, told) = shoot("plain", &[]);
    assert!(told["heat"].is_null());
    let (kriged, told) = shoot("kriged", &["--heat", "noise"]);
    assert!(n_different(&plain, &kriged) > 500);
    let legend = &told["heat"];
    assert_eq!((&legend["method"], &legend["n_stations"]), (&"kriging".into(), &8.into()));
    assert!(legend["lowest"].as_f64().unwrap() < legend["highest"].as_f64().unwrap(), "{legend}");
    let (variance, told) = shoot("variance", &["--heat", "noise", "--heat-variance"]);
    assert_eq!(told["heat"]["unit"], "dB(A)²");
    assert!(n_different(&kriged, &variance) > 500);
    let share = |told: &serde_json::Value| told["heat"]["masked_share"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&share(&told)), "{told}");
    assert_eq!(told["heat"]["n_silent"], 0);
    desk.run("snapshot", &["--out", text(&desk.path("none.png")), "--heat", "rain"]).expect(1);
    // A legend has its size: in a picture of 160 × 90 pixels there is no room for it.
    let out = desk.path("small.png");
    let small = ["--out", text(&out), "--size", "160x90", "--heat", "noise", "--legend"];
    desk.run("snapshot", &[&small[..], &["--time", "2026-07-01T08:30:00Z"]].concat()).expect(1);
    let large = |name: &str, more: &[&str]| {
        let out = desk.path(name);
        let at =
            ["--out", text(&out), "--size", "640x480", "--time", "2026-07-01T08:30:00Z", "--heat", "noise"];
        desk.run("snapshot", &[&at[..], more].concat()).expect(0);
        out
    };
    let (bare, told) = (large("bare.png", &[]), large("legend.png", &["--legend"]));
    let n = n_different(&bare, &told);
    assert!((8_000..60_000).contains(&n), "a card over the corner: {n} pixels");
}
