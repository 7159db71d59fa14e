//! Filters of `objects` against the whole list, and one row an object in every table.

use std::collections::BTreeSet;

use lantu_support::corpus;
use serde_json::Value;

use crate::lantu::{Desk, bbox, keys, text};

/// Meters of one US survey foot, the unit of EPSG:3547.
const US_FOOT_M: f64 = 1200.0 / 3937.0;

/// Distance of a point from a box with feet in x and y and meters in z, in meters.
fn distance_m(b: &[f64; 6], of: [f64; 3]) -> f64 {
    let gap = |axis: usize, unit: f64| (b[axis] - of[axis]).max(of[axis] - b[axis + 3]).max(0.0) * unit;
    (gap(0, US_FOOT_M).powi(2) + gap(1, US_FOOT_M).powi(2) + gap(2, 1.0).powi(2)).sqrt()
}

fn expect_same(found: &[Value], all: &[Value], wanted: impl Fn(&Value) -> bool, what: &str) -> usize {
    let expected: Vec<Value> = all.iter().filter(|r| wanted(r)).cloned().collect();
    assert_eq!(keys(found), keys(&expected), "{what}");
    expected.len()
}

#[test]
fn filters_find_what_going_through_the_whole_list_finds() {
    let Some(pipes) = corpus("filters_find_what_the_whole_list_finds", "gis/network/ky4_pipes.geojson")
    else {
        return;
    };
    let desk = Desk::new("EPSG:3547");
    desk.run("import", &[text(&pipes)]);
    let all = desk.objects(&[]);
    let middle = bbox(&all[all.len() / 2]).unwrap();
    let mut found_some = 0;
    for reach in [100.0, 2000.0, 20_000.0] {
        let [x0, y0, x1, y1] =
            [middle[0] - reach, middle[1] - reach / 2.0, middle[0] + reach, middle[1] + reach];
        let found = desk.objects(&["--bbox", &format!("{x0},{y0},{x1},{y1}")]);
        found_some += expect_same(
            &found,
            &all,
            |r| bbox(r).is_some_and(|b| b[0] <= x1 && b[3] >= x0 && b[1] <= y1 && b[4] >= y0),
            "--bbox",
        );
    }
    for meters in [50.0, 800.0, 5000.0] {
        let of = [middle[0] + 300.0, middle[1] - 200.0, middle[2]];
        let point = format!("{},{},{}", of[0], of[1], of[2]);
        let found = desk.objects(&["--within", &meters.to_string(), "--of", &point]);
        found_some +=
            expect_same(&found, &all, |r| bbox(r).is_some_and(|b| distance_m(&b, of) <= meters), "--within");
    }
    assert!(found_some > 50, "the queries find something: {found_some}");

    let id = all[7]["id"].as_str().unwrap();
    assert_eq!(keys(&desk.objects(&["--where", &format!("id = '{id}'")])), keys(&all[7..8]));
    let not = desk.objects(&["--where", &format!("not (id = '{id}') and source = 'ky4_pipes'")]);
    assert_eq!(not.len(), all.len() - 1);
    let either = desk.objects(&["--where", &format!("id = '{id}' or name ~ 'no such pipe'")]);
    assert_eq!(either.len(), 1);
    // A property, compared as a number: 0.1524 m is six inches.
    let thin = desk.objects(&["--where", "diameter <= '0.1524'"]).len();
    let thick = desk.objects(&["--where", "diameter > '0.1524'"]).len();
    assert!(thin > 0 && thick > 0, "{thin} {thick}");
    assert_eq!(thin + thick, all.len());
    desk.run("objects", &["--format", "json", "--where", "id = = 'x'"]).expect(1);
    desk.run("objects", &["--format", "json", "--source", "nobody"]).expect(1);
}

#[test]
fn every_table_has_exactly_one_row_for_each_object_of_info() {
    let Some(bridge) = corpus("every_table_has_one_row_an_object", "ifc/files/pcert-infra-bridge.ifc") else {
        return;
    };
    let desk = Desk::new("EPSG:32760");
    desk.run("import", &[text(&bridge)]);
    let n = usize::try_from(desk.info()["n_objects"].as_u64().unwrap()).unwrap();
    let all = desk.objects(&[]);
    assert_eq!(all.len(), n);
    assert_eq!(keys(&all).into_iter().collect::<BTreeSet<_>>().len(), n, "ids are unique");
    for kind in ["progress", "sensor", "risk"] {
        let rows = desk.overlay(kind, "2026-07-31T14:05:00+08:00");
        assert_eq!(keys(&rows), keys(&all), "{kind}");
        // Nothing is linked, bound or at risk here, and that is said, not left out.
        let states: BTreeSet<&str> = rows.iter().map(|r| r["state"].as_str().unwrap()).collect();
        let expected = match kind {
            "progress" => "unlinked",
            "sensor" => "unbound",
            _ => "unknown",
        };
        assert!(states.contains(expected) || states.contains("none"), "{kind}: {states:?}");
        assert!(rows.iter().all(|r| !r["reason"].as_str().unwrap().is_empty()), "{kind}");
    }
    let csv = desk.run("objects", &["--format", "csv"]).expect(0).out;
    assert!(csv.starts_with("source,id,class,name,parent,"), "{csv:.60}");
    let geojson = desk.run("objects", &["--format", "geojson"]).expect(0).json();
    assert_eq!(geojson["features"].as_array().unwrap().len(), n);
    let out = desk.path("overlay.csv");
    let args = ["--kind", "progress", "--time", "2026-07-31", "--format", "csv", "--out", text(&out)];
    desk.run("overlay", &args).expect(0);
    let csv = std::fs::read_to_string(out).unwrap();
    assert!(csv.starts_with("source,id,state,color,value,reason\n"));

    // What `inspect` tells of the file is what the project has.
    let inspected = crate::lantu::run(&["inspect", text(&bridge), "--json", "-"]);
    assert!([0, 3].contains(&inspected.code), "{inspected:?}");
    let inspected = inspected.json();
    let ids = |rows: &[Value]| rows.iter().map(|r| r["id"].to_string()).collect::<BTreeSet<_>>();
    assert_eq!(ids(inspected["rows"].as_array().unwrap()), ids(&all));
}
