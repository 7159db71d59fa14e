//! `lantu diff` and revisions of a project's sources.

use std::collections::BTreeMap;

use lantu_support::corpus;
use serde_json::Value;

use crate::houses::{House, id, wall};
use crate::lantu::{Desk, Run, run};

/// Rows of `diff --format json`.
fn rows(run: Run) -> Vec<Value> {
    run.expect(0).json()["rows"].as_array().unwrap().clone()
}

/// Id, change and what of each row.
fn brief(rows: &[Value]) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    rows.iter().map(|r| (text(&r["id"]), text(&r["change"]), text(&r["what"]))).collect()
}

fn diff(desk: &Desk, old: &House, new: &House) -> Vec<Value> {
    let old = desk.write("old.ifc", old.text().as_bytes());
    let new = desk.write("new.ifc", new.text().as_bytes());
    rows(run(&["diff", &old, &new, "--format", "json"]))
}

/// One of each: removed, moved, turned, reshaped, renamed, another property, and a new one at the beginning.
fn edited() -> House {
    let mut house = House::of_walls(7);
    house.parts[1].at[0] += 0.5;
    house.parts[2].turn_deg = 90.0;
    house.parts[3].size[2] = 2.5;
    "other".clone_into(&mut house.parts[4].name);
    "IFCLABEL('F90')".clone_into(&mut house.parts[5].properties[0].2);
    house.parts[5].properties.push(("Pset_Lantu", "Count", "IFCINTEGER(3)".to_owned()));
    house.parts.remove(0);
    house.parts.insert(0, wall(99, 100.0));
    house
}

#[test]
fn each_kind_of_change_is_told_with_both_values_and_nothing_else() {
    let desk = Desk::empty();
    let (old, new) = (House::of_walls(7), edited());
    let found = diff(&desk, &old, &new);
    let row = |n: usize, change: &str, what: &str| (id('1', n), change.to_owned(), what.to_owned());
    let expected = [
        row(0, "removed", "object"),
        row(1, "moved", "placement"),
        row(2, "moved", "placement"),
        row(3, "reshaped", "shape"),
        row(4, "changed", "name"),
        row(5, "changed", "Pset_Lantu.Count"),
        row(5, "changed", "Pset_WallCommon.FireRating"),
        row(99, "added", "object"),
    ];
    assert_eq!(brief(&found), expected);
    let near = |v: &Value, x: f64| (v.as_f64().unwrap() - x).abs() < 1e-3;
    assert!(near(&found[1]["distance_m"], 0.5) && near(&found[1]["turn_deg"], 0.0), "{}", found[1]);
    assert!(near(&found[2]["distance_m"], 0.0) && near(&found[2]["turn_deg"], 90.0), "{}", found[2]);
    assert!(near(&found[3]["old"]["size_m"][2], 3.0) && near(&found[3]["new"]["size_m"][2], 2.5));
    assert_eq!((&found[4]["old"], &found[4]["new"]), (&"wall 4".into(), &"other".into()));
    assert_eq!((&found[5]["old"], &found[5]["new"]), (&Value::Null, &3.into()));
    assert_eq!((&found[6]["old"], &found[6]["new"]), (&"F30".into(), &"F90".into()));
    // The other way round.
    let back = diff(&desk, &new, &old);
    assert_eq!(back.len(), found.len());
    assert!(diff(&desk, &new, &new).is_empty());

    let csv = run(&[
        "diff",
        &desk.write("a.ifc", old.text().as_bytes()),
        &desk.write("b.ifc", new.text().as_bytes()),
    ]);
    let csv = csv.expect(0).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("id,class,change,what,old,new", 9));
    assert_eq!(lines[7], format!("{},IfcWall,changed,Pset_WallCommon.FireRating,F30,F90", id('1', 5)));
    assert!(lines[2].ends_with("(0.5000 m)"), "{}", lines[2]);
}

#[test]
fn the_order_of_records_and_the_number_of_threads_change_nothing() {
    let desk = Desk::empty();
    let (old, mut new) = (House::of_walls(7), edited());
    let expected = diff(&desk, &old, &new);
    new.parts.reverse();
    assert_eq!(diff(&desk, &old, &new), expected);
    let [a, b] = ["old.ifc", "new.ifc"].map(|n| desk.path(n).to_str().unwrap().to_owned());
    assert_eq!(rows(run(&["diff", &a, &b, "--format", "json", "--threads", "1"])), expected);
}

#[test]
fn an_export_with_new_ids_is_matched_by_place_and_name_and_says_how_sure() {
    let desk = Desk::empty();
    let old = House::of_walls(6);
    let mut new = edited();
    new.prefix = '3';
    for p in &mut new.parts {
        p.id = p.id.replacen('1', "2", 1);
    }
    let found = diff(&desk, &old, &new);
    let renamed: BTreeMap<&str, &Value> =
        found.iter().filter(|r| r["what"] == "GlobalId").map(|r| (r["old"].as_str().unwrap(), r)).collect();
    // The storey and the five walls that are still there; those that moved or have another shape by their names.
    assert_eq!(renamed.len(), 6, "{found:#?}");
    assert_eq!(renamed[id('1', 5).as_str()]["new"], id('2', 5));
    assert_eq!(renamed[id('1', 5).as_str()]["confidence"], 0.99);
    assert_eq!(renamed[id('1', 4).as_str()]["confidence"], 0.9, "its name is another");
    assert!(renamed[id('1', 1).as_str()]["confidence"].as_f64().unwrap() < 0.7, "it moved");
    let others: Vec<_> = brief(&found).into_iter().filter(|(_, _, what)| what != "GlobalId").collect();
    let row = |p: char, n: usize, change: &str, what: &str| (id(p, n), change.to_owned(), what.to_owned());
    assert!(others.contains(&row('1', 0, "removed", "object")), "{others:#?}");
    assert!(others.contains(&row('2', 99, "added", "object")));
    assert!(others.contains(&row('2', 1, "moved", "placement")));
    assert!(others.contains(&row('2', 3, "reshaped", "shape")));
    assert!(
        !others.iter().any(|(_, _, what)| what == "parent" || what == "container"),
        "the storey is the same: {others:#?}"
    );
}

#[test]
fn another_file_of_a_source_is_a_revision_that_keeps_ids_and_shares_what_did_not_change() {
    let desk = Desk::new("EPSG:4548");
    // Walls of a long row, so that there are several tiles.
    let mut old = House::of_walls(400);
    let first = desk.write("house.ifc", old.text().as_bytes());
    desk.import(&[&first], 0);
    let packs = |desk: &Desk| {
        let mut out = std::collections::BTreeSet::new();
        let mut folders = vec![desk.path("district.lantu.d/packs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    out.insert(path);
                }
            }
        }
        out
    };
    let before = packs(&desk);
    // One more at the beginning of the file, and one at the end that is gone.
    old.parts.insert(0, wall(999, 0.0));
    old.parts.pop();
    let second = desk.write("house_v2.ifc", old.text().as_bytes());
    desk.import(&[&second, "--source", "house"], 0);
    let after = packs(&desk);
    let added = after.difference(&before).count();
    assert!(after.is_superset(&before), "the older revision is kept");
    assert!(added * 2 < before.len(), "{added} new packs beside {}", before.len());

    let info = desk.info();
    assert_eq!(info["sources"].as_array().unwrap().len(), 1);
    let revisions = info["sources"][0]["revisions"].as_array().unwrap();
    let numbers: Vec<_> = revisions.iter().map(|r| (r["n"].as_u64(), r["current"].as_bool())).collect();
    assert_eq!(numbers, [(Some(1), Some(false)), (Some(2), Some(true))]);
    let at = |n: u32| format!("{}@{n}", desk.project);
    let found = rows(run(&["diff", &at(1), &at(2), "--format", "json"]));
    let kinds: Vec<_> = brief(&found).into_iter().map(|(id, change, _)| (id, change)).collect();
    assert_eq!(kinds, [(id('1', 399), "removed".to_owned()), (id('1', 999), "added".to_owned())]);
    assert_eq!(rows(run(&["diff", &at(1), &desk.project, "--format", "json"])), found);
    assert_eq!(rows(run(&["diff", &first, &desk.project, "--format", "json"])), found);
    assert!(rows(run(&["diff", &second, &at(2), "--format", "json"])).is_empty());
    desk.run("verify", &[]).expect(0);
    run(&["diff", &at(1), &at(3)]).expect(1);

    // The same bytes again are no revision; a cache that is lost costs the older one, and says so.
    desk.import(&[&second, "--source", "house"], 0);
    assert_eq!(desk.info()["sources"][0]["revisions"].as_array().unwrap().len(), 2);
    std::fs::remove_dir_all(desk.path("district.lantu.d")).unwrap();
    assert!(rows(run(&["diff", &second, &at(2), "--format", "json"])).is_empty());
    let lost = run(&["diff", &at(1), &at(2)]).expect(1);
    assert!(lost.err.contains('1'), "{lost:?}");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn an_edited_copy_of_a_real_model_differs_in_what_was_edited() {
    let Some(path) = corpus("an_edited_copy_of_a_real_model", "ifc/files/duplex-a-revit.ifc") else { return };
    let desk = Desk::empty();
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let old = desk.write("old.ifc", text.as_bytes());
    assert!(rows(run(&["diff", &old, &old, "--format", "json"])).is_empty());
    // The name of one wall.
    let line = text
        .lines()
        .find(|l| l.contains("=IFCWALLSTANDARDCASE(") || l.contains("= IFCWALLSTANDARDCASE("))
        .unwrap();
    let name = line.split('\'').nth(3).unwrap();
    let changed = line.replacen(name, "edited", 1);
    let new = desk.write("new.ifc", text.replacen(line, &changed, 1).as_bytes());
    let found = rows(run(&["diff", &old, &new, "--format", "json"]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((&found[0]["what"], &found[0]["new"]), (&"name".into(), &"edited".into()));
    assert_eq!(found[0]["old"], name);
}
