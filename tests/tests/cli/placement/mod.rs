//! Models whose georeference has one defect: each is named, and none is placed silently at the wrong place.

mod decisions;
mod layers;
mod model;

use std::fmt::Write as _;

use serde_json::{Value, json};

use self::model::{Model, Says};
use crate::lantu::{Desk, bbox, run};

/// A place where models are put.
struct Site {
    crs: &'static str,
    /// Its neighbor, which people take for it.
    neighbor: &'static str,
    /// Number that other zones' eastings begin with here.
    zone: f64,
    /// Where the model's origin truly lies, meters.
    origin: [f64; 3],
    turn_deg: f64,
    /// CRS that says latitude and longitude on the same datum.
    degrees: &'static str,
}

const SITES: [Site; 3] = [
    Site {
        crs: "EPSG:4548",
        neighbor: "EPSG:4547",
        zone: 39.0,
        origin: [455_612.4, 4_428_540.7, 41.3],
        turn_deg: 21.5,
        degrees: "EPSG:4490",
    },
    Site {
        crs: "EPSG:4549",
        neighbor: "EPSG:4548",
        zone: 40.0,
        origin: [559_026.9, 3_464_401.8, 6.2],
        turn_deg: -13.0,
        degrees: "EPSG:4490",
    },
    Site {
        crs: "EPSG:25832",
        neighbor: "EPSG:25833",
        zone: 32.0,
        origin: [457_950.3, 5_429_330.6, 116.4],
        turn_deg: 33.0,
        degrees: "EPSG:4258",
    },
];

/// Transforms one point with the product.
fn transformed(from: &str, to: &str, p: [f64; 3]) -> [f64; 3] {
    let text = format!("{:.6},{:.6},{:.4}", p[0], p[1], p[2]);
    let text = if p[0].abs() < 180.0 { format!("{:.10},{:.10},{:.4}", p[0], p[1], p[2]) } else { text };
    let out = run(&["transform", "--from", from, "--to", to, &text]).expect(0).out;
    let v: Vec<f64> = out.split_whitespace().map(|w| w.parse().unwrap()).collect();
    [v[0], v[1], v.get(2).copied().unwrap_or(p[2])]
}

impl Site {
    /// Direction of true north, degrees clockwise from grid north.
    fn convergence_deg(&self) -> f64 {
        let [x, y, z] = self.origin;
        let [lon, lat, _] = transformed(self.crs, self.degrees, self.origin);
        let [e, n, _] = transformed(self.degrees, self.crs, [lon, lat + 0.01, z]);
        (e - x).atan2(n - y).to_degrees()
    }

    fn geoid_m(&self) -> f64 {
        let [lon, lat, _] = transformed(self.crs, self.degrees, self.origin);
        -transformed("EPSG:4979", "EPSG:4326+EPSG:5773", [lon, lat, 0.0])[2]
    }

    fn sound(&self) -> Says {
        Says {
            crs: self.crs.to_owned(),
            offset: self.origin,
            turn_deg: self.turn_deg,
            scale: None,
            map_prefix: "$",
            project_prefix: None,
            site: [0.0; 3],
            map: true,
            lat_long: None,
            true_north_deg: None,
        }
    }

    /// A point of the model, meters, in the CRS.
    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (s, c) = self.turn_deg.to_radians().sin_cos();
        [self.origin[0] + c * x - s * y, self.origin[1] + s * x + c * y]
    }

    /// Ground of gentle slope, 600 m wide, as an ASCII grid.
    fn ground(&self) -> String {
        const N: i32 = 60;
        const CELL: f64 = 10.0;
        let (x0, y0) = (self.origin[0] - 300.0, self.origin[1] - 300.0);
        let mut out = format!(
            "ncols {N}\nnrows {N}\nxllcorner {x0}\nyllcorner {y0}\ncellsize {CELL}\nNODATA_value -9999\n"
        );
        for row in 0..N {
            for col in 0..N {
                let (dx, dy) = (f64::from(col - N / 2), f64::from(N / 2 - row));
                write!(out, "{:.2} ", self.origin[2] - 0.3 + 0.02 * dx + 0.01 * dy).unwrap();
            }
            out.push('\n');
        }
        out
    }

    /// The model's own footprint among others, and streets along them.
    fn plan(&self, footprint: [f64; 4]) -> String {
        let rectangle = |[x0, y0, x1, y1]: [f64; 4]| {
            let ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]].map(|p| self.place(p));
            json!({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}})
        };
        let mut features = vec![rectangle(footprint)];
        for (k, (x, y)) in
            [(-60.0, -45.0), (-60.0, 50.0), (70.0, -50.0), (75.0, 45.0), (0.0, 90.0)].iter().enumerate()
        {
            let k = k as f64;
            features.push(rectangle([*x, *y, x + 33.0 + 4.0 * k, y + 9.0 + 2.0 * k]));
        }
        let crs = self.crs.replace("EPSG:", "urn:ogc:def:crs:EPSG::");
        json!({
            "type": "FeatureCollection", "name": "buildings",
            "crs": {"type": "name", "properties": {"name": crs}}, "features": features
        })
        .to_string()
    }
}

/// What is wrong, and what the file then says.
fn defects(site: &Site, model: &Model) -> Vec<(&'static str, Says)> {
    let sound = site.sound();
    let [e, n, h] = site.origin;
    let turn = site.turn_deg;
    let with = |f: &dyn Fn(&mut Says)| {
        let mut says = sound.clone();
        f(&mut says);
        says
    };
    let [lon, lat, _] = transformed(site.crs, site.degrees, site.origin);
    let convergence = site.convergence_deg();
    let geoid = site.geoid_m();
    let other = transformed(site.crs, site.neighbor, site.origin);
    let step = transformed(site.crs, site.neighbor, [e + 1000.0, n, h]);
    let between = (step[1] - other[1]).atan2(step[0] - other[0]).to_degrees();
    let metric = model.unit_m > 0.5;
    vec![
        ("as_declared", sound.clone()),
        ("offset_twice", with(&|s| s.site = [e, n, 0.0])),
        ("offset_twice", with(&|s| s.site = [e, n, h])),
        ("map_unit_mismatch", with(&|s| s.map_prefix = ".MILLI.")),
        ("map_unit_mismatch", with(&|s| s.scale = Some(if metric { 0.001 } else { 1.0 }))),
        ("map_unit_mismatch", with(&|s| s.offset = [lon, lat, h])),
        (
            "project_unit_mismatch",
            with(&|s| {
                s.project_prefix = Some(if metric { ".MILLI." } else { "$" });
                s.scale = Some(if metric { 0.001 } else { 1.0 });
            }),
        ),
        ("axes_swapped", with(&|s| s.offset = [n, e, h])),
        ("zone_prefix", with(&|s| s.offset = [e + site.zone * 1e6, n, h])),
        (
            "wrong_zone",
            with(&|s| {
                s.offset = [other[0], other[1], h];
                s.turn_deg = turn + between;
            }),
        ),
        ("true_north_for_grid", with(&|s| s.turn_deg = turn + convergence)),
        ("rotation_sign", with(&|s| s.turn_deg = -turn)),
        ("ellipsoidal_height", with(&|s| s.offset = [e, n, h + geoid])),
        ("wrong_datum", with(&|s| s.offset = [e + 46.0, n - 61.5, h])),
        (
            "site_latlong",
            with(&|s| {
                s.map = false;
                s.lat_long = Some([lat, lon]);
            }),
        ),
        ("no_georeference", with(&|s| s.map = false)),
    ]
}

fn models() -> Vec<Model> {
    let mut out = vec![
        Model::office("office", [24.0, 14.5], 1.0),
        Model::office("long office in millimeters", [41.0, 11.0], 0.001),
    ];
    for (name, file, unit_m) in [
        ("FZK-Haus", "ifc/files/fzk-haus-archicad20-ifc4.ifc", 1.0),
        ("Duplex", "ifc/files/duplex-a-revit.ifc", 1.0),
    ] {
        let path = lantu_support::corpus("each_defect_is_named_and_none_is_placed_silently_wrong", file);
        if let Some(path) = path {
            let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
            out.push(Model::real(name, text, unit_m));
        }
    }
    out
}

/// A project with what lies around.
fn district(site: &Site, layers: &[(&str, String)]) -> Desk {
    let desk = Desk::new(site.crs);
    for (name, text) in layers {
        let file = desk.write(name, text.as_bytes());
        desk.run("import", &["--crs", site.crs, &file]).expect(0);
    }
    desk
}

/// Bounds of a sound model in its own frame: of walls, and of everything.
fn own_bounds(desk: &Desk, model: &Model) -> ([f64; 4], [f64; 6]) {
    let file = desk.write("plain.ifc", model.plain().as_bytes());
    let json = desk.path("plain.json");
    run(&["inspect", &file, "--json", crate::lantu::text(&json)]);
    let value: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let (mut walls, mut all) = (
        [f64::MAX, f64::MAX, f64::MIN, f64::MIN],
        [f64::MAX, f64::MAX, f64::MAX, f64::MIN, f64::MIN, f64::MIN],
    );
    for row in value["rows"].as_array().unwrap() {
        let Some(b) = bbox(row) else { continue };
        if row["class"].as_str().unwrap().starts_with("IfcWall") {
            walls = [walls[0].min(b[0]), walls[1].min(b[1]), walls[2].max(b[3]), walls[3].max(b[4])];
        }
        for k in 0..3 {
            all[k] = all[k].min(b[k]);
            all[k + 3] = all[k + 3].max(b[k + 3]);
        }
    }
    (walls, all)
}

#[derive(Default)]
struct Tally {
    n: usize,
    named: usize,
    wrong: Vec<String>,
    lines: String,
}

/// Imports one file into a copy of the district and looks at what was decided.
fn judge((site, desk): (&Site, &Desk), expected: &str, text: &str, what: &str, tally: &mut Tally) -> Value {
    let file = desk.write("model.ifc", text.as_bytes());
    let before = desk.project.clone();
    let project = desk.path("try.lantu");
    std::fs::copy(&before, &project).unwrap();
    let cache = desk.path("try.lantu.d");
    let _gone = std::fs::remove_dir_all(&cache);
    copy_folder(&desk.path("district.lantu.d"), &cache);
    let project = crate::lantu::text(&project).to_owned();
    let done = run(&["import", &project, &file]);
    let value = run(&["placement", &project, "model", "--json"]).expect(0).json();
    let best = value["hypotheses"][0]["name"].as_str().unwrap_or("").to_owned();
    let state = value["state"].as_str().unwrap().to_owned();
    tally.n += 1;
    tally.named += usize::from(best == expected);
    let mut note = String::new();
    if state == "placed" {
        let b = value["hypotheses"][0]["bbox"].as_array().unwrap();
        let at = [0, 1].map(|k| f64::midpoint(b[k].as_f64().unwrap(), b[k + 3].as_f64().unwrap()));
        let off = (at[0] - site.origin[0]).hypot(at[1] - site.origin[1]);
        write!(note, " {off:.1} m from the origin").unwrap();
    }
    writeln!(tally.lines, "{what}: {expected} → {best} ({state}, exit {}){note}", done.code).unwrap();
    if best != expected {
        for h in value["hypotheses"].as_array().unwrap().iter().take(4) {
            writeln!(tally.lines, "    {} {:.3} {}", h["name"], h["score"].as_f64().unwrap(), h["reasons"])
                .unwrap();
        }
    }
    value
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Center of the true bounds, in the CRS.
fn true_center(site: &Site, all: [f64; 6]) -> [f64; 3] {
    let corners =
        [[all[0], all[1]], [all[3], all[1]], [all[3], all[4]], [all[0], all[4]]].map(|p| site.place(p));
    let range = |k: usize| {
        let v = corners.map(|c| c[k]);
        f64::midpoint(v.iter().copied().fold(f64::MAX, f64::min), v.iter().copied().fold(f64::MIN, f64::max))
    };
    [range(0), range(1), site.origin[2] + f64::midpoint(all[2], all[5])]
}

/// How far a placed model may lie from its true place, meters. Chosen: what a footprint can show.
const PLACED_M: f64 = 0.6;

#[test]
fn each_defect_is_named_and_none_is_placed_silently_wrong() {
    let mut tally = Tally::default();
    let models = models();
    for (k, model) in models.iter().enumerate() {
        let site = &SITES[k % SITES.len()];
        let (walls, all) = own_bounds(&Desk::empty(), model);
        let desk = district(site, &[("ground.asc", site.ground()), ("buildings.geojson", site.plan(walls))]);
        let truth = true_center(site, all);
        for (expected, says) in defects(site, model) {
            let what = format!("{} in {}", model.name, site.crs);
            let value = judge((site, &desk), expected, &model.with(&says), &what, &mut tally);
            if value["state"] == "placed" {
                let b = value["hypotheses"][0]["bbox"].as_array().unwrap();
                let off = (0..3)
                    .map(|k| {
                        (f64::midpoint(b[k].as_f64().unwrap(), b[k + 3].as_f64().unwrap()) - truth[k]).abs()
                    })
                    .fold(0.0, f64::max);
                if off > PLACED_M {
                    tally.wrong.push(format!("{what}: {expected}, {off:.2} m off"));
                }
            }
        }
    }
    assert!(tally.wrong.is_empty(), "placed silently wrong: {:#?}\n{}", tally.wrong, tally.lines);
    assert!(tally.named * 20 >= tally.n * 19, "{} of {} named\n{}", tally.named, tally.n, tally.lines);
}

#[test]
fn on_a_site_without_features_what_cannot_be_told_waits() {
    let mut tally = Tally::default();
    let model = Model::office("office", [24.0, 14.5], 1.0);
    for site in &SITES {
        let desk = district(site, &[("ground.asc", site.ground())]);
        for (expected, says) in defects(site, &model) {
            if ["rotation_sign", "true_north_for_grid", "no_georeference", "site_latlong"].contains(&expected)
            {
                let value = judge((site, &desk), expected, &model.with(&says), site.crs, &mut tally);
                assert_eq!(value["state"], "waiting", "{expected}\n{}", tally.lines);
            }
        }
    }
}
