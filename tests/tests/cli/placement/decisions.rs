//! What is stated of a file and which file a source is made from are decisions, told in the reader's language and taken
//! back like any other.

use serde_json::{Value, json};

use crate::lantu::{Desk, bbox, is_chinese, run};

const HEADER: &str = "ncols 3\nnrows 3\nxllcorner 455600\nyllcorner 4428550\ncellsize 1\n";
const MIDDLE: &str = "455601.5,4428551.5";

/// A grid of nine equal heights.
fn grid(height: f64) -> Vec<u8> {
    let row = format!("{height} {height} {height}\n");
    format!("{HEADER}{row}{row}{row}").into_bytes()
}

fn height(desk: &Desk) -> f64 {
    desk.run("height", &[MIDDLE, "--json"]).expect(0).json()["rows"][0]["height_m"].as_f64().unwrap()
}

fn decisions(desk: &Desk, source: &str) -> Vec<Value> {
    let report = desk.run("placement", &[source, "--json"]).expect(0).json();
    report["decisions"].as_array().unwrap().clone()
}

/// A project of heights above the datum of 1985 with a grid of 40 m.
fn district() -> Desk {
    let desk = Desk::empty();
    desk.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    let file = desk.write("dtm.asc", &grid(40.0));
    desk.import(&[&file, "--crs", "EPSG:4548", "--height", "EPSG:5737"], 0);
    desk
}

#[test]
fn what_is_stated_of_a_raster_that_is_imported_again_is_taken_back_by_undo() {
    let desk = district();
    let file = desk.path("dtm.asc").display().to_string();
    desk.import(&[&file, "--height", "1.5"], 0);
    assert!((height(&desk) - 41.5).abs() < 1e-3, "the CRS that was stated before still holds");
    let made = decisions(&desk, "dtm");
    assert_eq!(made.len(), 2, "{made:#?}");
    assert_eq!(made[1]["stated"], json!({"crs": "EPSG:4548", "height": "1.5", "importer": null}));
    assert_ne!(made[1]["by"], "lantu", "a person stated it");
    desk.import(&[&file], 0);
    assert!((height(&desk) - 41.5).abs() < 1e-3, "who states nothing changes nothing");
    assert_eq!(decisions(&desk, "dtm").len(), 2);
    desk.run("placement", &["dtm", "--undo"]).expect(0);
    assert!((height(&desk) - 40.0).abs() < 1e-3);
    desk.run("placement", &["dtm", "--undo"]).expect(0);
    let waits = desk.run("placement", &["dtm", "--json"]).expect(0).json();
    assert_eq!(waits["state"], "waiting");
    desk.run("placement", &["dtm", "--accept", "1"]).expect(0);
    assert!((height(&desk) - 40.0).abs() < 1e-3);
    desk.run("verify", &[]).expect(0);
}

#[test]
fn a_file_in_the_place_of_another_gives_way_to_it_again_where_that_is_still_there() {
    let desk = district();
    let newer = desk.write("newer.asc", &grid(60.0));
    let stated = ["--crs", "EPSG:4548", "--height", "EPSG:5737"];
    desk.import(&[&["--source", "dtm", &newer][..], &stated].concat(), 0);
    assert!((height(&desk) - 60.0).abs() < 1e-3);
    assert_eq!(decisions(&desk, "dtm")[1]["replaced"]["path"], "dtm.asc");
    // Its predecessor has changed: the decision stands, and nothing is lost.
    let first = std::fs::read(desk.path("dtm.asc")).unwrap();
    desk.write("dtm.asc", &grid(50.0));
    desk.run("placement", &["dtm", "--undo"]).expect(1);
    assert!((height(&desk) - 60.0).abs() < 1e-3);
    assert!(decisions(&desk, "dtm")[1]["undone"].is_null());
    desk.write("dtm.asc", &first);
    desk.run("placement", &["dtm", "--undo"]).expect(0);
    assert!((height(&desk) - 40.0).abs() < 1e-3);
    assert_eq!(desk.info()["sources"][0]["path"], "dtm.asc");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn a_raster_stays_what_it_was_imported_as_when_it_is_moved() {
    let desk = Desk::new("EPSG:4548");
    let file = desk.write("flat.asc", &grid(40.0));
    desk.import(&[&file, "--crs", "EPSG:4548", "--as", "raster:surface"], 0);
    desk.run("placement", &["flat", "--nudge", "0.5,0"]).expect(0);
    let row = &desk.objects(&["--source", "flat"])[0];
    assert_eq!(row["class"], "surface");
    assert!((bbox(row).unwrap()[0] - 455_600.5).abs() < 1e-6);
}

#[test]
fn the_report_gives_its_reasons_in_chinese() {
    let desk = district();
    let csv = "id,x,y\n1,455600,4428550\n2,455620,4428560\n";
    desk.run("import", &["--as", "vector", &desk.write("points.csv", csv.as_bytes())]).expect(3);
    desk.run("placement", &["dtm", "--nudge", "0.5,-0.25"]).expect(0);
    let report = |language: &str| run(&["--lang", language, "placement", &desk.project]).expect(0).out;
    let (chinese, english) = (report("zh-CN"), report("en"));
    assert_eq!(chinese.lines().count(), english.lines().count());
    for line in chinese.lines() {
        // After number, name and score.
        let reasons = line.split_once("）：").map_or(line, |(_, reasons)| reasons);
        assert!(is_chinese(reasons), "{line}");
    }
    assert!(chinese.contains("向东移 0.500 米、向北移 -0.250 米"), "{chinese}");
    assert!(english.contains("moved by 0.500 m east, -0.250 m north"), "{english}");
}
