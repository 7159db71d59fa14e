//! `schedule`, `progress` and `clearance`: figures worked by hand, and files that are wrong.

use serde_json::Value;

use crate::lantu::{Desk, run};

/// A contract of 12 million in five milestones; the first two done, the third at 40 %.
const CONTRACT: &str = "任务编号,任务名称,计划开始,计划完成,预算,完成百分比,实际成本,前置任务,构件\n\
    M1,一,2026-01-01,2026-03-31,1200000.00,100,1300000,,where class = 'pit'\n\
    M2,二,2026-04-01,2026-05-31,2400000.00,100,2500000,M1,\n\
    M3,三,2026-06-01,2026-08-31,3600000.00,40,1600000,M2,nowhere:1\n\
    M4,四,2026-09-01,2026-11-30,3000000.00,0,,M3,\n\
    M5,五,2026-12-01,2027-01-31,1800000.00,0,,M4,\n";

fn row<'a>(list: &'a Value, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|r| r["id"] == id).unwrap_or_else(|| panic!("no {id} in {list:#}"))
}

#[test]
fn a_contract_is_worth_what_was_worked_out_and_a_later_version_says_what_moved() {
    let desk = Desk::new("EPSG:4548");
    let file = desk.write("contract.csv", CONTRACT.as_bytes());
    run(&["import", &desk.project, &file]).expect(0);
    let worth = run(&["progress", &desk.project, "--time", "2026-07-31", "--json"]).expect(0).json();
    let expected = [
        ("pv", "5986956.52"),
        ("ev", "5040000.00"),
        ("ac", "5400000.00"),
        ("spi", "0.8418"),
        ("cpi", "0.9333"),
        ("eac", "12857142.86"),
    ];
    for (key, value) in expected {
        assert_eq!(worth["total"][key], value, "{key}");
    }
    assert_eq!(row(&worth["packages"], "M4")["cpi"], Value::Null, "nothing is divided by zero");
    run(&["progress", &desk.project, "--time", "2026-07-31", "--baseline", "x"]).expect(1);

    let dates = run(&["schedule", &desk.project, "--json"]).expect(0).json();
    assert_eq!(row(&dates["tasks"], "M3")["early_start"], "2026-05-31T16:00:00Z");
    let critical = |id: &str| row(&dates["tasks"], id)["critical"] == true;
    assert!(!critical("M2") && critical("M3") && critical("M5"), "what is done is not critical");
    // Of the plan itself every milestone is; on a day those that remain then.
    let as_of = |time: &str| -> Vec<String> {
        let dates = run(&["schedule", &desk.project, "--json", "--as-of", time]).expect(0).json();
        let tasks = dates["tasks"].as_array().unwrap().clone();
        let critical = tasks.iter().filter(|t| t["critical"] == true);
        critical.map(|t| t["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(as_of("2025-12-01"), ["M1", "M2", "M3", "M4", "M5"]);
    assert_eq!(as_of("2026-07-31"), ["M3", "M4", "M5"]);
    let lint = run(&["schedule", &desk.project, "--lint", "--json"]).expect(3).json();
    assert_eq!(lint["unresolved"][0]["object"], "where class = 'pit'");
    assert_eq!(lint["tasks_without_objects"].as_array().unwrap().len(), 5);

    desk.write("contract.csv", CONTRACT.replace("2026-08-31", "2026-09-15").as_bytes());
    let report = desk.path("report.json");
    run(&["import", &desk.project, &file, "--report", report.to_str().unwrap()]).expect(0);
    let told = std::fs::read_to_string(report).unwrap();
    assert!(told.contains("finish moved from 2026-09-01T00:00:00 to 2026-09-16T00:00:00"), "{told}");
}

#[test]
fn a_cycle_is_refused_by_name_and_a_link_to_nothing_is_told() {
    let desk = Desk::empty();
    let circle = desk.write(
        "circle.csv",
        b"id,name,start,finish,predecessors\nA,a,2026-01-01,2026-01-02,B\nB,b,2026-01-01,2026-01-02,A\n",
    );
    let refused = run(&["schedule", &circle, "--json"]).expect(1);
    assert!(
        refused.err.contains("A \"a\" → B \"b\" → A \"a\"") && refused.err.contains(&circle),
        "{refused:?}"
    );
    let lost = desk.write("lost.csv", b"id,name,start,finish,predecessors\nA,a,2026-01-01,2026-01-02,Z9\n");
    let dates = run(&["schedule", &lost, "--json"]).expect(3).json();
    assert_eq!(dates["diagnostics"][0]["where"], "line 2");
    let bomb = desk.write(
        "bomb.xml",
        b"<?xml version=\"1.0\"?>\n<!DOCTYPE a>\n<Project xmlns=\"http://schemas.microsoft.com/project\"/>",
    );
    assert!(run(&["schedule", &bomb]).expect(1).err.contains("line 2"));
}

/// Three pipes under or beside a pit of 10 m: water at 1.2 m, gas of which nobody knows the depth, and a sewer far away.
#[test]
fn a_planned_pit_is_compared_with_pipes_and_no_unknown_depth_is_free() {
    let desk = Desk::new("EPSG:4548");
    let line = |y: f64, kind: &str, depth: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"kind":"{kind}","diameter_m":0.4,"depth_m":{depth}}},
               "geometry":{{"type":"LineString","coordinates":[[500000,{y}],[500040,{y}]]}}}}"#,
        )
    };
    let pipes =
        [line(4400005.0, "water", "1.2"), line(4400011.0, "gas", "null"), line(4400030.0, "sewer", "2.0")];
    let layer = format!(
        r#"{{"type":"FeatureCollection","name":"pipes","crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::4548"}}}},"features":[{}]}}"#,
        pipes.join(",")
    );
    let file = desk.write("pipes.geojson", layer.as_bytes());
    run(&["import", &desk.project, &file]);
    let pit = "POLYGON((500010 4400000,500020 4400000,500020 4400010,500010 4400010,500010 4400000))";
    let clear = |depth: &str| {
        run(&["clearance", &desk.project, "--excavation", pit, "--depth", depth, "--json"]).expect(0).json()
    };
    let kinds = |found: &Value| -> Vec<String> {
        let rows = found["conflicts"].as_array().unwrap();
        rows.iter()
            .map(|r| format!("{} {}", r["kind"].as_str().unwrap(), r["carries"].as_str().unwrap()))
            .collect()
    };
    let deep = clear("3");
    assert_eq!(kinds(&deep), ["hard water", "undecidable gas"], "{deep:#}");
    assert_eq!(deep["n_pipes"], 2);
    assert!((deep["conflicts"][0]["distance_m"].as_f64().unwrap() + 1.8).abs() < 1e-9);
    assert_eq!(kinds(&clear("1.0")), ["clearance water", "undecidable gas"]);
    assert_eq!(kinds(&clear("0.5")), ["undecidable gas"]);
    for wrong in ["0", "-1", "nan"] {
        run(&["clearance", &desk.project, "--excavation", pit, &format!("--depth={wrong}")]).expect(1);
    }
}

/// Two excavations on one street a month apart, with tasks that are late on 2026-04-01.
const DIGS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"depth_m":2.0},"geometry":{"type":"Polygon","coordinates":[[[116.5,40.0],[116.5001,40.0],[116.5001,40.00005],[116.5,40.00005],[116.5,40.0]]]}},
{"type":"Feature","properties":{"depth_m":2.0},"geometry":{"type":"Polygon","coordinates":[[[116.501,40.0],[116.5011,40.0],[116.5011,40.00005],[116.501,40.00005],[116.501,40.0]]]}}]}"#;
const STREET: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[116.499,40.00002],[116.502,40.00002]]}}]}"#;

#[test]
fn the_register_says_which_factor_adds_what_who_looks_after_it_and_what_was_known_before() {
    let desk = Desk::new("EPSG:4548");
    let digs = desk.write("excavations.geojson", DIGS.as_bytes());
    let street = desk.write("roads.geojson", STREET.as_bytes());
    let plan = "id,name,start,finish,percent,actual_start,objects\n\
        T1,dig A,2026-03-01,2026-03-10,50,2026-03-01,excavations:0\nT2,dig B,2026-05-01,2026-05-10,0,,excavations:1\n";
    let tasks = desk.write("tasks.csv", plan.as_bytes());
    run(&["import", &desk.project, &digs, &street, &tasks]).expect(0);
    let ask = |more: &[&str]| {
        let args = ["risk", &desk.project, "--time", "2026-04-01", "--json"];
        run(&[&args[..], more].concat()).expect(0).json()
    };
    let all = ask(&[]);
    let first = row(&all["risks"], "0");
    assert_eq!((&first["state"], &first["would_help_most"]), (&"high".into(), &"task_overdue".into()));
    assert_eq!(first["factors"][0]["state_without"], "none");
    assert_eq!(all["states"]["high"], 1);
    let twice = &all["repeated_digs"][0];
    assert_eq!((&twice["first"], &twice["street"]), (&"excavations:0".into(), &"roads:0".into()));

    let owned =
        ["--assign", "excavations:0", "--owner", "site", "--due", "2026-04-05", "--by", "x", "--why", "y"];
    run(&[&["risk", &desk.project, "--time", "2026-03-20"][..], &owned].concat()).expect(0);
    let all = ask(&[]);
    let first = row(&all["risks"], "0");
    assert_eq!((&first["owner"], &first["due"]), (&"site".into(), &"2026-04-05T16:00:00Z".into()));
    run(&["verify", &desk.project]).expect(0);

    let before = ask(&["--known", "2020-01-01"]);
    assert_eq!(
        (&before["risks"], &before["not_yet"]),
        (&serde_json::json!([]), &serde_json::json!(["tasks"]))
    );
    let known = ask(&["--known", "2100-01-01"]);
    assert_eq!(row(&known["risks"], "0")["owner"], "site");
}

#[test]
fn the_shipped_rules_of_risk_hold_and_a_factor_that_nobody_knows_is_named_with_its_line() {
    let shipped = run(&["rules", "test"]).expect(0).text();
    assert!(shipped.trim_end().ends_with(" 0 failed"), "{shipped}");
    let desk = Desk::empty();
    let rules = include_str!("../../../assets/rules/risk.toml");
    let folder = desk.path("rules");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("risk.toml"), format!("{rules}\n[moon_phase]\nseverity = 3\n")).unwrap();
    let told = run(&["rules", "test", folder.to_str().unwrap()]).expect(4).text();
    assert!(told.contains("moon_phase") && told.contains("line "), "{told}");
}
