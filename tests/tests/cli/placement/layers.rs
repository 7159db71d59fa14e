//! Layers whose coordinates are not what their file says, rasters that are nudged, files that moved.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::lantu::{Desk, bbox, run, text};

const CRS: &str = "EPSG:4548";
/// Southwest corner of the house that the tests write, meters.
const CORNER: [f64; 2] = [455_600.0, 4_428_500.0];

/// One house of 20 × 10 m, whose corners `write` writes.
fn house(crs: Option<&str>, write: impl Fn([f64; 2]) -> [f64; 2]) -> String {
    let at = |x: f64, y: f64| write([CORNER[0] + x, CORNER[1] + y]);
    let ring = [at(0.0, 0.0), at(20.0, 0.0), at(20.0, 10.0), at(0.0, 10.0), at(0.0, 0.0)];
    let mut value = json!({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    if let Some(crs) = crs {
        let name = crs.replace("EPSG:", "urn:ogc:def:crs:EPSG::");
        value["crs"] = json!({"type": "name", "properties": {"name": name}});
    }
    value.to_string()
}

/// A project with a house of sound coordinates.
fn district() -> Desk {
    let desk = Desk::new(CRS);
    let file = desk.write("sound.geojson", house(Some(CRS), |p| p).as_bytes());
    desk.run("import", &[&file]).expect(0);
    desk
}

fn placement(desk: &Desk, source: &str) -> Value {
    run(&["placement", &desk.project, source, "--json"]).expect(0).json()
}

/// How far the house of a source lies from where it belongs, meters.
fn off(desk: &Desk, source: &str) -> Option<f64> {
    let b = desk.objects(&["--source", source]).iter().find_map(bbox)?;
    let truth = [CORNER[0], CORNER[1], CORNER[0] + 20.0, CORNER[1] + 10.0];
    Some([b[0], b[1], b[3], b[4]].iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
}

#[test]
fn a_layer_whose_coordinates_are_exchanged_or_have_a_zone_is_read_as_it_was_meant_and_that_can_be_undone() {
    let desk = district();
    let files = [
        ("swapped", house(Some(CRS), |[x, y]| [y, x]), "axes_swapped"),
        ("zone", house(Some(CRS), |[x, y]| [x + 39e6, y]), "zone_prefix"),
        ("neighbor", house(Some("EPSG:4547"), |p| p), "wrong_zone"),
        ("millimeters", house(Some(CRS), |[x, y]| [x * 1e3, y * 1e3]), "map_unit_mismatch"),
    ];
    for (name, text, expected) in files {
        let file = desk.write(&format!("{name}.geojson"), text.as_bytes());
        desk.run("import", &[&file]).expect(0);
        let p = placement(&desk, name);
        assert_eq!((&p["state"], &p["hypotheses"][0]["name"]), (&json!("placed"), &json!(expected)), "{p:#}");
        assert!(off(&desk, name).unwrap() < 1e-3, "{name}: {:?}", off(&desk, name));
        assert_eq!(p["decisions"].as_array().unwrap().len(), 1);
    }
    desk.run("placement", &["swapped", "--undo"]).expect(0);
    assert_eq!(placement(&desk, "swapped")["state"], "waiting");
    assert_eq!(off(&desk, "swapped"), None);
    desk.run("placement", &["swapped", "--accept", "1"]).expect(0);
    assert!(off(&desk, "swapped").unwrap() < 1e-3);
    desk.run("import", &[text(&desk.path("swapped.geojson"))]).expect(0);
    assert!(off(&desk, "swapped").unwrap() < 1e-3, "importing again keeps the decision");
    run(&["verify", &desk.project]).expect(0);
}

#[test]
fn a_layer_without_crs_waits_until_somebody_says_what_its_coordinates_are() {
    let desk = district();
    let csv = format!(
        "id,x,y\n1,{:.3},{:.3}\n2,{:.3},{:.3}\n",
        CORNER[0],
        CORNER[1],
        CORNER[0] + 20.0,
        CORNER[1] + 10.0
    );
    let file = desk.write("points.csv", csv.as_bytes());
    desk.run("import", &["--as", "vector", &file]).expect(3);
    let p = placement(&desk, "points");
    assert_eq!(
        (&p["state"], &p["hypotheses"][0]["name"]),
        (&json!("waiting"), &json!("no_georeference")),
        "{p:#}"
    );
    assert!(desk.objects(&["--source", "points"]).iter().all(|r| r["bbox"].is_null()));
    desk.run("placement", &["points", "--accept", "1"]).expect(0);
    let b = desk.objects(&["--source", "points"]).iter().find_map(bbox).unwrap();
    // The box is that of the mark at the point.
    let middle = [f64::midpoint(b[0], b[3]), f64::midpoint(b[1], b[4])];
    assert!((middle[0] - CORNER[0]).abs() < 1e-3 && (middle[1] - CORNER[1]).abs() < 1e-3, "{b:?}");
}

#[test]
fn a_raster_is_nudged_by_a_decision_that_can_be_undone() {
    let desk = Desk::new(CRS);
    let rows = "1 2\n3 4\n";
    let grid = format!(
        "ncols 2\nnrows 2\nxllcorner {:?}\nyllcorner {:?}\ncellsize 10\nNODATA_value -9999\n{rows}",
        CORNER[0], CORNER[1]
    );
    let file = desk.write("ground.asc", grid.as_bytes());
    desk.run("import", &["--crs", CRS, &file]).expect(0);
    let west = || desk.objects(&["--source", "ground"]).iter().find_map(bbox).unwrap();
    desk.run("placement", &["ground", "--nudge", "0.35,-1.20"]).expect(0);
    assert!((west()[0] - CORNER[0] - 0.35).abs() < 1e-6 && (west()[1] - CORNER[1] + 1.2).abs() < 1e-6);
    assert_eq!(placement(&desk, "ground")["decisions"][1]["hypothesis"], "nudged");
    desk.run("placement", &["ground", "--nudge", "0,0,1"]).expect(1);
    desk.run("placement", &["ground", "--undo"]).expect(0);
    assert!((west()[0] - CORNER[0]).abs() < 1e-6);
}

#[test]
fn a_project_may_lie_in_a_grid_of_the_city_that_control_points_say() {
    let desk = Desk::empty();
    // Turned by 20″, 12 ppm larger, shifted.
    let (s, c) = (20.0_f64 / 3600.0).to_radians().sin_cos();
    let m = 1.000_012;
    let grid = |[e, n]: [f64; 2]| {
        let (x, y) = (e - 455_000.0, n - 4_428_000.0);
        [55_000.0 + m * (c * x - s * y), 28_000.0 + m * (s * x + c * y)]
    };
    let mut csv = "id,x,y,easting,northing\n".to_owned();
    for (id, e, n) in
        [("A", 454_000.0, 4_427_000.0), ("B", 457_000.0, 4_427_500.0), ("C", 455_500.0, 4_430_000.0)]
    {
        let [x, y] = grid([e, n]);
        writeln!(csv, "{id},{x:.4},{y:.4},{e:.4},{n:.4}").unwrap();
    }
    let points = desk.write("points.csv", csv.as_bytes());
    let made = desk.run("new", &["--crs", CRS, "--local-points", &points]).expect(0);
    assert!(made.out.contains("12.0"), "the scale in ppm: {made:?}");
    // A layer in the national grid comes to lie in that of the city, a raster too.
    let file = desk.write("sound.geojson", house(Some(CRS), |p| p).as_bytes());
    desk.run("import", &[&file]).expect(0);
    let b = desk.objects(&["--source", "sound"]).iter().find_map(bbox).unwrap();
    let corner = grid(CORNER);
    assert!((b[0] - corner[0]).abs() < 0.01 && (b[1] - corner[1]).abs() < 0.01, "{b:?} {corner:?}");
    let ground = format!(
        "ncols 2\nnrows 2\nxllcorner {:?}\nyllcorner {:?}\ncellsize 10\nNODATA_value -9999\n1 2\n3 4\n",
        CORNER[0], CORNER[1]
    );
    let file = desk.write("ground.asc", ground.as_bytes());
    desk.run("import", &["--crs", CRS, &file]).expect(0);
    let b = desk.objects(&["--source", "ground"]).iter().find_map(bbox).unwrap();
    assert!((b[0] - corner[0]).abs() < 10.0 && (b[1] - corner[1]).abs() < 10.0, "{b:?} {corner:?}");
    // By four parameters.
    let other = Desk::empty();
    other.run("new", &["--crs", CRS, "--local-parameters", "-400000,-4400000,0,0"]).expect(0);
    let file = other.write("sound.geojson", house(Some(CRS), |p| p).as_bytes());
    other.run("import", &[&file]).expect(0);
    let b = other.objects(&[]).iter().find_map(bbox).unwrap();
    assert!((b[0] - CORNER[0] + 4e5).abs() < 1e-3 && (b[1] - CORNER[1] + 4.4e6).abs() < 1e-3, "{b:?}");
}

#[test]
fn a_source_that_moved_is_found_again_only_where_its_content_is_the_same() {
    let desk = district();
    let moved = desk.path("elsewhere.geojson");
    std::fs::rename(desk.path("sound.geojson"), &moved).unwrap();
    let other = desk.write("other.geojson", house(Some(CRS), |[x, y]| [x, y + 1.0]).as_bytes());
    let refused = desk.run("relink", &["sound", &other]).expect(1);
    assert!(refused.text().contains("other.geojson"), "{refused:?}");
    desk.run("relink", &["sound", text(&moved)]).expect(0);
    let info = run(&["info", &desk.project, "--json"]).expect(0).json();
    assert_eq!(info["sources"][0]["present"], true, "{info:#}");
    run(&["verify", &desk.project]).expect(0);
}
