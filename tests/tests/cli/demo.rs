//! The demo district end to end, with coarse pictures: import, overlays at three moments, a picture.

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::{TimeZoneName, UtcNanos};
use lantu_demo::{Detail, generate_with};
use serde_json::Value;

use crate::lantu::{Desk, keys, text};
use crate::snapshot::n_different;

fn instant(span: &Value, key: &str) -> i64 {
    UtcNanos::parse(span[key].as_str().unwrap(), &TimeZoneName::new("Asia/Shanghai").unwrap()).unwrap().0
}

fn at_percent(span: &Value, percent: i64) -> String {
    let (from, to) = (instant(span, "from"), instant(span, "to"));
    UtcNanos(from + (to - from) / 100 * percent).to_string()
}

fn n_states(rows: &[Value]) -> BTreeMap<String, usize> {
    let mut n = BTreeMap::new();
    for row in rows {
        *n.entry(row["state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    n
}

#[test]
fn the_demo_comes_in_whole_and_each_overlay_shows_three_states_at_25_50_and_90_percent() {
    let desk = Desk::empty();
    desk.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    let files = generate_with(&desk.path("sources"), Detail { coarser: 10.0 }, &mut |_, _| {}).unwrap();
    let paths: Vec<&str> =
        files.imports.iter().chain(&files.samples).chain([&files.channels]).map(|p| text(p)).collect();
    let run = desk.run("import", &paths);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let info = desk.info();
    let sources = info["sources"].as_array().unwrap();
    assert_eq!(sources.len(), paths.len(), "every file is a source: {}", run.text());
    for s in sources {
        assert_eq!((s["present"].as_bool(), s["placed"].as_bool()), (Some(true), Some(true)), "{s}");
    }
    let importers: BTreeSet<&str> = sources.iter().map(|s| s["importer"].as_str().unwrap()).collect();
    assert_eq!(importers, BTreeSet::from(["ifc", "raster", "tables", "vector"]));
    desk.run("verify", &[]).expect(0);
    // Its table is in GBK, and nothing beside it says so.
    let manhole = desk.run("properties", &["manholes:0", "--json"]).expect(0).text();
    assert!(manhole.contains("污水检查井") && manhole.contains("市排水管理处"), "{manhole}");

    let all = keys(&desk.objects(&[]));
    assert_eq!(all.len() as u64, info["n_objects"].as_u64().unwrap());
    let span = &info["time_span"];
    for percent in [25, 50, 90] {
        let time = at_percent(span, percent);
        for kind in ["progress", "sensor", "risk"] {
            let rows = desk.overlay(kind, &time);
            assert_eq!(keys(&rows), all, "{kind} at {percent} %");
            let mut states = n_states(&rows);
            // What has nothing to show is no state that an overlay is for.
            for nothing in ["unlinked", "unbound", "unknown"] {
                states.remove(nothing);
            }
            assert!(states.len() >= 3, "{kind} at {percent} %: {states:?}");
        }
    }
    the_ground_is_measured(&desk);
    the_second_survey_proposes_and_what_is_accepted_colors(&desk);
    the_picture_changes_with_overlay_and_time(&desk, span);
}

/// Inside the earthworks, on whole cells of these coarse models of 2 m.
fn the_ground_is_measured(desk: &Desk) {
    let volume = |polygon: &str, more: &[&str]| -> Value {
        let sides = ["--before", "dsm_0.5m", "--after", "dsm_0.5m_epoch2", "--polygon", polygon, "--json"];
        desk.run("volume", &[&sides[..], more].concat()).expect(0).json()
    };
    let near = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() < 1e-3 * expected.abs().max(1.0), "{value} for {expected}");
    };
    let pit = "POLYGON((455480 4428404, 455520 4428404, 455520 4428424, 455480 4428424, 455480 4428404))";
    let v = volume(pit, &["--sigma", "0.03,0.03"]);
    near(&v["cut_m3"], 1600.0);
    near(&v["net_m3"], -1600.0);
    near(&v["lod95_m"], 0.083_16);
    assert_eq!(
        (v["n_cells"].as_u64(), v["n_below_lod"].as_u64(), v["n_nodata"].as_u64()),
        (Some(200), Some(0), Some(0))
    );
    let heap = "POLYGON((455548 4428588, 455562 4428588, 455562 4428602, 455548 4428602, 455548 4428588))";
    near(&volume(heap, &[])["fill_m3"], 294.0);

    let height = |source: &[&str]| -> f64 {
        let args = [&["455500,4428415", "--json"][..], source].concat();
        let found = desk.run("height", &args).expect(0).json();
        let row = &found["rows"][0];
        assert_eq!(row["datum"], "EPSG:5737");
        row["height_m"].as_f64().unwrap()
    };
    let drop = height(&["--source", "dsm_0.5m"]) - height(&["--source", "dsm_0.5m_epoch2"]);
    assert!((drop - 2.0).abs() < 2e-3, "{drop}");
    let run = desk.run("height", &["455500,4428415", "0,0"]).expect(3);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[1].ends_with(",EPSG:5737,dtm_0.5m") && lines[2] == "0,0,,,", "{lines:?}");

    let line = "LINESTRING(455470 4428414, 455534 4428414)";
    let args = ["--line", line, "--step", "8", "--format", "csv", "--source", "dsm_0.5m_epoch2"];
    let profile = desk.run("profile", &args).expect(0).out;
    let rows: Vec<Vec<f64>> =
        profile.lines().skip(1).map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    assert_eq!((profile.lines().next(), rows.len()), (Some("distance_m,x,y,height_m"), 9));
    assert!(rows[4][3] < rows[0][3] - 1.5 && rows[4][3] < rows[8][3] - 1.5, "{profile}");
    desk.run("volume", &["--before", "41", "--after", "nothing", "--polygon", pit]).expect(1);
}

/// On these coarse models only slabs and the cap beams of the bridge are large enough.
fn the_second_survey_proposes_and_what_is_accepted_colors(desk: &Desk) {
    desk.run("asbuilt", &[]).expect(1);
    for survey in lantu_demo::SURVEYS {
        let sigma = survey.sigma_m.to_string();
        let args = ["--set-epoch", survey.source, "--time", survey.time, "--sigma", &sigma];
        desk.run("asbuilt", &args).expect(0);
    }
    let told = desk.run("asbuilt", &["--json"]).expect(0).json();
    assert_eq!(
        (&told["epoch"]["source"], &told["before"]["source"]),
        (&"dsm_0.5m_epoch2".into(), &"dsm_0.5m".into())
    );
    let all = told["proposals"].as_array().unwrap();
    let n: u64 = told["states"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(n, all.len() as u64, "every element has one state");
    let of = |name: &str| all.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("{name}: {all:?}"));
    let check = |name: &str, state: &str| assert_eq!(of(name)["state"], state, "{}", of(name));
    check("4F 楼板 东区", "built");
    check("5F 楼板 西区", "in_progress");
    check("5F 楼板 东区", "not_started");
    check("2F 楼板 东区", "not_observable");
    assert_eq!(of("2F 楼板 东区")["why"], "covered");
    check("RF 屋面板 东区", "not_started");
    let zone = |name: &str| told["zones"].as_array().unwrap().iter().find(|z| z["name"] == name).unwrap();
    assert_eq!(zone("5F")["state"], "in_progress");
    let pit = &told["earthworks"][0];
    let survey = &pit["surveys"][0];
    assert_eq!((survey["proposes"].as_str(), &pit["planned_cut_m3"]), (Some("in_progress"), &2500.0.into()));
    // Cells of 2 m do not end at the edge of the pit.
    assert!((survey["cut_m3"].as_f64().unwrap() - 2000.0).abs() < 100.0, "{survey}");

    // Nothing is entered by itself, and what is accepted counts from its survey on.
    let slab = of("4F 楼板 东区");
    let id = slab["id"].as_str().unwrap();
    let reason = |time: &str| {
        let rows = desk.overlay("progress", time);
        let row = rows.iter().find(|r| r["id"] == id).unwrap().clone();
        (row["state"].as_str().unwrap().to_owned(), row["reason"].as_str().unwrap().to_owned())
    };
    let before = reason("2026-09-11T00:00:00Z");
    assert!(!before.1.contains("drone epoch"), "{before:?}");
    let proposal = slab["proposal"].as_str().unwrap();
    desk.run("asbuilt", &["--accept", proposal]).expect(2);
    let hidden = of("2F 楼板 东区")["proposal"].as_str().unwrap();
    desk.run("asbuilt", &["--accept", proposal, "--accept", hidden, "--by", "K. Li"]).expect(1);
    assert_eq!(reason("2026-09-11T00:00:00Z"), before, "one that cannot be told lets none in");
    let pit = survey["proposal"].as_str().unwrap();
    desk.run("asbuilt", &["--accept", proposal, "--accept", pit, "--by", "K. Li"]).expect(0);
    let after = reason("2026-09-11T00:00:00Z");
    assert_eq!(after.0, "done");
    assert!(after.1.contains("drone epoch (dsm_0.5m_epoch2: ") && after.1.contains("K. Li"), "{after:?}");
    assert!(!reason("2026-09-09T00:00:00Z").1.contains("drone epoch"), "not before the survey");
    let again = desk.run("asbuilt", &["--csv"]).expect(0).out;
    assert!(again.lines().any(|l| l.contains(id) && l.ends_with(",K. Li")), "{again}");
    let withdrawn = desk.run("asbuilt", &["--withdraw", proposal, "--by", "M. Wu"]).expect(0).out;
    assert!(withdrawn.contains("M. Wu") || withdrawn.contains(slab["id"].as_str().unwrap()), "{withdrawn}");
    assert_eq!(reason("2026-09-11T00:00:00Z"), before, "as if nobody had accepted it");
    desk.run("asbuilt", &["--withdraw", proposal, "--by", "M. Wu"]).expect(1);
    desk.run("verify", &[]).expect(0);
}

fn the_picture_changes_with_overlay_and_time(desk: &Desk, span: &Value) {
    let early = at_percent(span, 25);
    let late = at_percent(span, 90);
    let shoot = |name: &str, overlay: &str, time: &str| {
        let out = desk.path(name);
        let view = ["--eye", "455452,4428330,175", "--target", "455612,4428545,38"];
        let mut args = vec!["--out", text(&out), "--size", "480x270", "--overlay", overlay, "--time", time];
        args.extend(view);
        desk.run("snapshot", &args).expect(0);
        out
    };
    let plain = shoot("plain.png", "none", &early);
    let progress_early = shoot("progress-25.png", "progress", &early);
    let progress_late = shoot("progress-90.png", "progress", &late);
    assert!(n_different(&plain, &progress_early) > 500, "progress shows");
    assert!(n_different(&progress_early, &progress_late) > 300, "progress moves");
}
