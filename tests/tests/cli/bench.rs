//! Generated districts and measurements: what they hold and which columns they have.

use std::path::Path;

use crate::lantu::{run, text};

fn columns(csv: &Path) -> (String, usize) {
    let table = std::fs::read_to_string(csv).unwrap();
    (table.lines().next().unwrap().to_owned(), table.lines().count() - 1)
}

#[test]
fn a_generated_district_is_a_project_of_as_many_objects_as_asked_for_and_can_be_measured() {
    let dir = tempfile::tempdir().unwrap();
    run(&["bench", "city", "--objects", "400", "--out", text(dir.path())]).expect(0);
    let project = dir.path().join("city.lantu");
    let info = run(&["info", text(&project), "--json"]).expect(0).json();
    let n: u64 = info["sources"].as_array().unwrap().iter().map(|s| s["n_objects"].as_u64().unwrap()).sum();
    assert_eq!(n, 400);
    run(&["verify", text(&project)]).expect(0);
    let csv = dir.path().join("frames.csv");
    let plot = dir.path().join("frames.svg");
    let strip = dir.path().join("strip.png");
    let measured =
        ["bench", "frames", text(&project), "--path", "overview", "--frames", "3", "--size", "160x90"];
    let out = ["--csv", text(&csv), "--plot", text(&plot), "--strip", text(&strip), "--memory", "64MB"];
    run(&[&measured[..], &out[..]].concat()).expect(0);
    let (head, rows) = columns(&csv);
    assert!(head.starts_with("frame,cpu_ms,encode_ms,n_triangles,n_tiles,resident_bytes,rss_bytes,"));
    assert_eq!(rows, 3);
    for line in std::fs::read_to_string(&csv).unwrap().lines().skip(1) {
        // Columns beyond these are empty where the adapter or the way of culling has no such figure.
        let cells: Vec<f64> = line.split(',').take(7).map(|c| c.parse().unwrap()).collect();
        assert!(cells[3] > 100.0 && cells[5] <= 64e6, "{line}");
        let refined = |name: &str| -> f64 {
            let column = head.split(',').position(|c| c == format!("refined_{name}")).unwrap();
            line.split(',').nth(column).unwrap().parse().unwrap()
        };
        // So few objects are drawn as fine as they are: nothing is left to be made finer, and it costs nothing.
        assert!(refined("n_triangles") == 0.0 && refined("resident_bytes") <= 64e6, "{line}");
    }
    assert!(std::fs::read_to_string(&plot).unwrap().contains("CPU (ms a frame)"));
    assert_eq!(image::open(&strip).unwrap().into_rgb8().dimensions(), (120, 22));
}

#[test]
fn boxes_of_the_comparison_are_drawn_and_measured_with_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let boxes = "x,y,z,sx,sy,sz,r,g,b\n0,0,0,4,4,3,200,40,40\n8,0,0,2,2,6,40,40,200\n";
    std::fs::write(at("boxes.csv"), boxes).unwrap();
    let paths = r#"{"width": 64, "height": 36, "fov_vertical_deg": 50, "up": [0, 0, 1],
        "shading": {"ambient": 0.45, "diffuse": 0.55, "to_light": [0, 0, 1], "background": [205, 220, 235]},
        "paths": {"street": {"near": 1, "far": 99, "frames": [{"eye": [0, -20, 30], "target": [0, 1, 3]}]}}}"#;
    std::fs::write(at("paths.json"), paths).unwrap();
    let (boxes, paths, csv, png) = (at("boxes.csv"), at("paths.json"), at("out.csv"), at("out.png"));
    let named = ["bench", "boxes", text(&boxes), "--paths", text(&paths), "--path", "street"];
    let out = ["--frames", "2", "--csv", text(&csv), "--png", text(&png)];
    run(&[&named[..], &out[..]].concat()).expect(0);
    assert_eq!(columns(&csv), ("frame,cpu_ms,wall_ms,n_triangles,resident_bytes,rss_bytes".to_owned(), 2));
    let picture = image::open(&png).unwrap().into_rgb8();
    assert_eq!(picture.get_pixel(0, 0).0, [205, 220, 235], "the background as it was given");
    // A roof in full light keeps its color: stored number times 0.45 + 0.55.
    let roof = picture.get_pixel(32, 18).0;
    assert!(roof.iter().zip([200, 40, 40]).all(|(c, want)| c.abs_diff(want) <= 4), "{roof:?}");
    let none =
        ["bench", "boxes", text(&boxes), "--paths", text(&paths), "--path", "moon", "--csv", text(&csv)];
    assert!(run(&none).expect(1).err.contains("street"), "the paths that there are, are named");
}
