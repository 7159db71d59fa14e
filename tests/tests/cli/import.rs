//! Projects, imports, placements, and what survives closing and deleting.

use lantu_support::corpus;

use crate::lantu::{Desk, bbox, is_chinese, keys, run, text};

#[test]
fn a_new_project_is_empty_and_says_its_crs_heights_and_time_zone() {
    let desk = Desk::empty();
    let args =
        ["--crs", "EPSG:4548", "--height", "EPSG:5737", "--name", "试验段", "--time-zone", "Asia/Shanghai"];
    desk.run("new", &args).expect(0);
    let info = desk.info();
    assert_eq!(info["n_objects"], 0);
    assert_eq!(info["sources"].as_array().unwrap().len(), 0);
    assert_eq!((info["crs"].as_str(), info["height_crs"].as_str()), (Some("EPSG:4548"), Some("EPSG:5737")));
    assert_eq!((info["time_zone"].as_str(), info["name"].as_str()), (Some("Asia/Shanghai"), Some("试验段")));
    assert!(info["time_span"].is_null());
    desk.run("verify", &[]).expect(0);
    // Nothing is overwritten.
    let again = desk.run("new", &["--crs", "EPSG:4548"]).expect(1);
    assert!(again.err.contains(&desk.project), "{again:?}");
}

#[test]
fn a_georeferenced_bridge_places_itself_in_a_project_of_its_crs() {
    let Some(bridge) = corpus("a_georeferenced_bridge_places_itself", "ifc/files/pcert-infra-bridge.ifc")
    else {
        return;
    };
    let desk = Desk::new("EPSG:32760");
    let report = desk.path("report.json");
    let run = desk.run("import", &[text(&bridge), "--report", text(&report)]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let info = desk.info();
    let source = &info["sources"][0];
    assert_eq!((source["placed"].as_bool(), source["importer"].as_str()), (Some(true), Some("ifc")));
    assert_eq!(info["placements"][0]["hypothesis"], "as_declared");
    let rows = desk.objects(&[]);
    assert_eq!(Some(rows.len() as u64), info["n_objects"].as_u64());
    assert_eq!(rows.iter().filter(|r| r["class"] == "IfcBeam").count(), 8, "as many as the file has");
    // IfcMapConversion says 729011.2258823584 km east in millimeters: half a kilometer around it is generous.
    let placed: Vec<[f64; 6]> = rows.iter().filter_map(bbox).collect();
    assert!(placed.len() > 10, "{}", placed.len());
    for b in &placed {
        assert!((b[0] - 729_011.0).abs() < 500.0 && (b[1] - 9_063_960.0).abs() < 500.0, "{b:?}");
    }
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let counts = &report["counts"];
    let n = |k: &str| counts[k].as_u64().unwrap();
    assert_eq!(n("read"), n("kept") + n("dropped"));
    assert_eq!(n("kept"), rows.len() as u64);
    assert!(report["diagnostics"].is_array());
}

#[test]
fn a_model_without_georeference_waits_until_a_hypothesis_is_accepted_and_again_when_that_is_undone() {
    let Some(wall) = corpus("a_model_without_georeference_waits", "ifc/files/bonsai-hello-wall.ifc") else {
        return;
    };
    let desk = Desk::new("EPSG:4548");
    let run = desk.import(&[text(&wall)], 3);
    assert!(run.text().contains("--accept"), "{run:?}");
    let waits = || {
        let info = desk.info();
        assert_eq!(info["sources"][0]["placed"], false);
        assert_eq!(info["sources"][0]["present"], true);
        let rows = desk.objects(&[]);
        assert!(!rows.is_empty() && rows.iter().all(|r| r["bbox"].is_null()));
        keys(&rows)
    };
    let waiting = waits();
    let source = desk.info()["sources"][0]["source"].as_str().unwrap().to_owned();
    let placement = desk.run("placement", &[&source, "--json"]).expect(0).json();
    assert_eq!(placement["state"], "waiting");
    let hypotheses = placement["hypotheses"].as_array().unwrap();
    assert!(hypotheses.iter().any(|h| h["name"] == "no_georeference"), "{placement}");
    let n = hypotheses[0]["n"].to_string();

    let accepted = desk.run("placement", &[&source, "--accept", &n, "--json"]).expect(0).json();
    assert_eq!(accepted["state"], "placed");
    // Waiting, then placed by a person: building it in its place is no third decision.
    assert_eq!(accepted["decisions"].as_array().unwrap().len(), 2, "{accepted}");
    assert_eq!(desk.info()["sources"][0]["placed"], true);
    let rows = desk.objects(&[]);
    assert_eq!(keys(&rows), waiting, "the same objects, in place");
    assert!(rows.iter().any(|r| bbox(r).is_some()));
    desk.run("verify", &[]).expect(0);

    let undone = desk.run("placement", &[&source, "--undo", "--json"]).expect(0).json();
    assert_eq!(undone["state"], "waiting");
    waits();
    desk.run("verify", &[]).expect(0);
    // Nothing of that kind to accept, and nobody of that name.
    desk.run("placement", &[&source, "--accept", "99"]).expect(1);
    let nobody = desk.run("placement", &["nobody", "--json"]).expect(1);
    assert!(nobody.err.contains("nobody"));
}

#[test]
fn pipes_come_in_their_own_crs_in_feet_with_attributes_and_stay_the_same_after_closing_and_without_the_cache()
{
    let Some(pipes) = corpus("pipes_come_in_their_own_crs", "gis/network/ky4_pipes.geojson") else { return };
    let desk = Desk::new("EPSG:3547");
    let run = desk.run("import", &[text(&pipes)]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let before = desk.run("objects", &["--format", "json"]).expect(0).out;
    let rows = desk.objects(&[]);
    assert_eq!(rows.len(), 1156, "as many as the file has");
    let p1 = rows.iter().find(|r| bbox(r).is_some()).unwrap();
    let key = format!("{}:{}", p1["source"].as_str().unwrap(), p1["id"].as_str().unwrap());
    let properties = desk.run("properties", &[&key, "--json"]).expect(0).json();
    assert!(properties.to_string().contains("diameter"), "{properties}");

    let cache = desk.path("district.lantu.d");
    assert!(cache.is_dir());
    std::fs::remove_dir_all(&cache).unwrap();
    assert_eq!(desk.run("objects", &["--format", "json"]).expect(0).out, before, "rebuilt as it was");
    assert!(cache.is_dir());
    desk.run("verify", &[]).expect(0);
    // The same file again is the same source, not a second one.
    desk.run("import", &[text(&pipes)]);
    assert_eq!(desk.run("objects", &["--format", "json"]).expect(0).out, before);
}

#[test]
fn an_orthophoto_comes_in_as_one_object_where_its_file_says() {
    let file = "gis/ortho/201404_13SED190110_201404_0x1500m_CL_1_nodata.tif";
    let Some(ortho) = corpus("an_orthophoto_comes_in", file) else { return };
    let desk = Desk::new("EPSG:26913");
    let run = desk.run("import", &[text(&ortho)]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let rows = desk.objects(&[]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["class"], "orthophoto");
    let b = bbox(&rows[0]).unwrap();
    let expected =
        [519_467.496, 4_311_669.766 - 232.0 * 0.149_997_9, 519_467.496 + 383.0 * 0.149_815_5, 4_311_669.766];
    for (got, want) in [b[0], b[1], b[3], b[4]].iter().zip(expected) {
        assert!((got - want).abs() < 0.5, "{b:?} against {expected:?}");
    }
    desk.run("verify", &[]).expect(0);
}

#[test]
fn an_elevation_model_comes_in_with_its_heights_and_is_rebuilt_from_its_file() {
    let Some(dem) = corpus("an_elevation_model_comes_in", "gis/dem/dtm.tif") else { return };
    let desk = Desk::new("EPSG:26918");
    let run = desk.run("import", &[text(&dem)]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let rows = desk.objects(&[]);
    assert_eq!((rows.len(), rows[0]["class"].as_str()), (1, Some("elevation")));
    let b = bbox(&rows[0]).unwrap();
    assert!((b[0] - 321_498.0).abs() < 4.0 && (b[4] - 4_298_018.0).abs() < 4.0, "{b:?}");
    assert!(b[5] - b[2] > 1.0 && b[2] > -500.0 && b[5] < 9000.0, "{b:?}");
    std::fs::remove_dir_all(desk.path("district.lantu.d")).unwrap();
    assert_eq!(desk.objects(&[]), rows);
}

#[test]
fn a_layer_in_degrees_is_reprojected_to_the_projects_crs() {
    let desk = Desk::new("EPSG:4548");
    let layer = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"名称":"塔吊"},
        "geometry":{"type":"Point","coordinates":[116.48, 39.99]}}]}"#;
    let file = desk.write("cranes.geojson", layer.as_bytes());
    let run = desk.run("import", &[&file]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    let b = bbox(&desk.objects(&[])[0]).unwrap();
    let line = run_transform(&["--from", "EPSG:4326", "--to", "EPSG:4548", "116.48,39.99"]);
    let xy: Vec<f64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
    // The box is of the symbol that stands on the point.
    let middle = [b[0].midpoint(b[3]), b[1].midpoint(b[4])];
    assert!((middle[0] - xy[0]).abs() < 0.01 && (middle[1] - xy[1]).abs() < 0.01, "{b:?} against {line}");
    assert!(b[3] - b[0] < 3.0, "{b:?}");
}

fn run_transform(args: &[&str]) -> String {
    let mut all = vec!["transform"];
    all.extend(args);
    run(&all).expect(0).out.trim().to_owned()
}

#[test]
fn coordinates_convert_both_ways_with_the_decimals_of_the_contract() {
    // CGCS2000 / 3-degree Gauss-Kruger CM 117E: the central meridian is at 500 km, the equator at 0.
    assert_eq!(run_transform(&["--from", "EPSG:4490", "--to", "EPSG:4548", "117,0"]), "500000.0000 0.0000");
    // WGS 84 / UTM 31N of 3°E on the equator.
    assert_eq!(run_transform(&["--from", "EPSG:4326", "--to", "EPSG:32631", "3,0"]), "500000.0000 0.0000");
    // Web Mercator of 180°.
    let edge = run_transform(&["--from", "EPSG:4326", "--to", "EPSG:3857", "180,0"]);
    assert!(edge.starts_with("20037508.3428"), "{edge}");
    let back = run_transform(&["--from", "EPSG:4548", "--to", "EPSG:4490", "455600,4428550"]);
    let degrees: Vec<&str> = back.split(' ').collect();
    assert!(degrees.iter().all(|d| d.split('.').nth(1).is_some_and(|f| f.len() == 9)), "{back}");
    let there = format!("{},{}", degrees[0], degrees[1]);
    assert_eq!(
        run_transform(&["--from", "EPSG:4490", "--to", "EPSG:4548", &there]),
        "455600.0000 4428550.0000"
    );
    let refused = run(&["transform", "--from", "EPSG:4548", "--to", "EPSG:999999", "1,2"]).expect(1);
    assert!(refused.err.contains("999999"), "{refused:?}");
}

#[test]
fn several_files_end_in_0_all_1_none_3_some() {
    let desk = Desk::new("EPSG:4548");
    let point = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
        "geometry":{"type":"Point","coordinates":[116.48, 39.99]}}]}"#;
    let good = desk.write("good.geojson", point.as_bytes());
    let bad = desk.write("bad.ifc", b"not a model at all");
    let worse = text(&desk.path("absent.tif")).to_owned();
    let run = desk.import(&[&bad, &worse], 1);
    assert!(run.text().contains("bad.ifc") && run.text().contains("absent.tif"));
    assert_eq!(desk.info()["sources"].as_array().unwrap().len(), 0);
    desk.import(&[&bad, &good, &worse], 3);
    assert_eq!(desk.info()["n_objects"], 1, "what is good came in between two that are not");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn wrong_usage_is_exit_2_and_messages_follow_the_language_asked_for() {
    run(&["import"]).expect(2);
    run(&["no-such-command"]).expect(2);
    run(&["overlay", "x.lantu", "--kind", "weather", "--time", "2026-01-01", "--format", "csv"]).expect(2);
    let desk = Desk::new("EPSG:4548");
    let chinese = run(&["--lang", "zh-CN", "info", &desk.project]).expect(0);
    let english = run(&["--lang", "en", "info", &desk.project]).expect(0);
    assert!(is_chinese(&chinese.out) && !is_chinese(&english.out), "{chinese:?} {english:?}");
}
