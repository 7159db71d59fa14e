//! What people rely on: the same bytes, linked objects, and something to see at every time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use glam::DVec2;
use sha2::{Digest, Sha256};

use crate::days::{Day, FIRST};
use crate::plan::{self, BLOCK, Plan, to_world};
use crate::raster::{self, Frame, Heights};
use crate::sensors::{self, Quantity};
use crate::{Detail, generate_with, ifc, schedule};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out.sort();
    out
}

fn hashes(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(dir)
        .into_iter()
        .map(|p| {
            (p.strip_prefix(dir).unwrap().to_owned(), Sha256::digest(std::fs::read(&p).unwrap()).to_vec())
        })
        .collect()
}

#[test]
fn two_runs_write_the_same_bytes_and_every_listed_file_exists() {
    let detail = Detail { coarser: 10.0 };
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = generate_with(a.path(), detail, &mut |_, _| {}).unwrap();
    generate_with(b.path(), detail, &mut |_, _| {}).unwrap();
    let (left, right) = (hashes(a.path()), hashes(b.path()));
    for (name, hash) in &left {
        assert_eq!(Some(hash), right.get(name), "{} differs between two runs", name.display());
    }
    assert_eq!(left.len(), right.len());
    let listed: BTreeSet<PathBuf> = written
        .imports
        .iter()
        .chain(&written.samples)
        .chain([&written.channels, &written.things])
        .cloned()
        .collect();
    // A Shapefile is several files, and its first one stands for them.
    let own = |p: &PathBuf| !["dbf", "prj", "shx"].iter().any(|e| p.extension().is_some_and(|own| own == *e));
    assert_eq!(listed, files(a.path()).into_iter().filter(own).collect(), "each written file is listed once");
}

#[test]
fn walls_slabs_doors_windows_openings_spaces_materials_and_property_sets_all_come_from_ifc_rs() {
    for (text, model) in [ifc::building(), ifc::bridge()] {
        for class in [
            "IFCWALL",
            "IFCSLAB",
            "IFCDOOR",
            "IFCWINDOW",
            "IFCOPENINGELEMENT",
            "IFCSPACE",
            "IFCMATERIAL",
            "IFCPROPERTYSET",
        ] {
            let in_file = text.lines().filter(|l| l.contains(&format!("={class}("))).count();
            let authored = model.authored.get(class).copied().unwrap_or(0);
            assert_eq!(in_file, authored, "{class}");
        }
    }
    let (_, model) = ifc::building();
    assert!(model.authored.values().all(|n| *n > 0) && model.authored.len() == 8);
}

#[test]
fn global_ids_are_unique_and_no_reference_dangles() {
    for (text, _) in [ifc::building(), ifc::bridge()] {
        let defined: BTreeSet<&str> =
            text.lines().filter_map(|l| l.strip_prefix('#')?.split_once('=').map(|(id, _)| id)).collect();
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|l| l.starts_with('#')) {
            let body = line.split_once('=').unwrap().1;
            let outside: String = body.split('\'').step_by(2).collect();
            for reference in outside.split('#').skip(1) {
                let id: String = reference.chars().take_while(char::is_ascii_digit).collect();
                assert!(defined.contains(id.as_str()), "#{id} is missing: {line}");
            }
            let first = body.split_once("('").filter(|(class, _)| !class.contains('('));
            if let Some((_, rest)) = first
                && rest.find('\'') == Some(22)
                && rest.starts_with(['0', '1', '2', '3'])
            {
                assert!(seen.insert(rest[..22].to_owned()), "twice: {line}");
            }
        }
        assert!(seen.len() > 180);
        assert!(text.is_ascii());
    }
}

#[test]
fn building_and_bridge_have_enough_elements_to_show_progress_and_each_has_a_task() {
    let ((_, building), (_, bridge)) = (ifc::building(), ifc::bridge());
    assert!(building.items.len() >= 250, "{}", building.items.len());
    assert!(bridge.items.len() >= 80, "{}", bridge.items.len());
    assert_eq!(schedule::unscheduled(&building.items, &bridge.items), BTreeSet::new());
}

/// Tasks of the CSV as columns.
fn tasks() -> Vec<Vec<String>> {
    let ((_, building), (_, bridge)) = (ifc::building(), ifc::bridge());
    schedule::csv(&building.items, &bridge.items)
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_link_of_the_schedule_names_tasks_and_most_of_the_building_waits_for_the_pit() {
    let tasks = tasks();
    let names: BTreeSet<&str> = tasks.iter().map(|t| t[1].as_str()).collect();
    for name in crate::waits::names() {
        assert!(names.contains(name), "{name}");
    }
    let before = |id: &str| {
        let row = tasks.iter().find(|t| t[0] == id)?;
        row.last()?.get(..4).map(str::to_owned)
    };
    let last = tasks.iter().find(|t| t[1] == "综合楼与桥梁竣工验收").unwrap();
    let chain = std::iter::successors(Some(last[0].clone()), |id| before(id)).count();
    assert!(chain > 20, "{chain}");
}

/// Hour of the span of 426 days at a share of it.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand hours")]
fn hour_at(share: f64) -> i32 {
    (share * 426.0 * 24.0) as i32
}

fn day_at(share: f64) -> String {
    Day(FIRST.0 + hour_at(share) / 24).text()
}

const TIMES: [(f64, &str); 3] = [(0.25, "25 %"), (0.5, "50 %"), (0.9, "90 %")];

#[test]
fn a_quarter_half_and_nine_tenths_through_tasks_are_in_at_least_three_states() {
    let tasks = tasks();
    assert!((40..=80).contains(&tasks.len()), "{}", tasks.len());
    for (share, name) in TIMES {
        // The same counting of days as in the file; text dates sort as dates do.
        let now = day_at(share);
        let states: BTreeSet<&str> = tasks
            .iter()
            .map(|t| {
                let (start, finish, actual_start, actual_finish) = (&t[2], &t[3], &t[6], &t[7]);
                assert!(start <= finish, "{t:?}");
                let begun = !actual_start.is_empty() && *actual_start <= now;
                let done = !actual_finish.is_empty() && *actual_finish <= now;
                match (begun, done) {
                    (_, true) => "done",
                    _ if *finish < now => "late",
                    (false, _) if *start < now => "late",
                    (true, _) => "in_progress",
                    (false, _) => "not_started",
                }
            })
            .collect();
        assert_eq!(states.len(), 4, "{name}: {states:?}");
    }
    assert!(tasks.iter().all(|t| t[6].is_empty() || t[7].is_empty() || t[6] <= t[7]));
    assert!(tasks.iter().any(|t| !t[7].is_empty() && t[7] < t[3]), "something is ahead");
}

#[test]
fn at_each_of_the_three_times_some_excavation_beside_a_pipe_is_being_dug() {
    let tasks = tasks();
    for (share, name) in TIMES {
        let now = day_at(share);
        let digging = tasks.iter().any(|t| {
            t[9].starts_with("excavations:")
                && t[9] != "excavations:3"
                && !t[6].is_empty()
                && t[6] <= now
                && (t[7].is_empty() || t[7] > now)
        });
        assert!(digging, "{name}");
    }
}

#[test]
fn at_each_of_the_three_times_channels_are_in_at_least_three_states() {
    let ((_, building), (_, bridge)) = (ifc::building(), ifc::bridge());
    let levels = [
        (Quantity::Strain, [100.0, 120.0, 150.0]),
        (Quantity::Noise, [65.0, 70.0, 75.0]),
        (Quantity::Dust, [80.0, 120.0, 150.0]),
    ];
    let mut last: BTreeMap<(String, usize), (i32, f64)> = BTreeMap::new();
    let mut found: [BTreeSet<&str>; 3] = Default::default();
    let texts: Vec<String> =
        levels.iter().map(|(q, _)| sensors::series(*q, &building.items, &bridge.items)).collect();
    for (text, (_, levels)) in texts.iter().zip(levels) {
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let (date, rest) = cells[0].split_once('T').unwrap();
            let parts: Vec<i32> = date.split('-').map(|p| p.parse().unwrap()).collect();
            let hour =
                (Day::of(parts[0], parts[1], parts[2]).0 - FIRST.0) * 24 + rest[..2].parse::<i32>().unwrap();
            if cells[4] != "0" {
                continue;
            }
            for (i, (share, _)) in TIMES.iter().enumerate() {
                if hour <= hour_at(*share) {
                    last.insert((cells[1].to_owned(), i), (hour, cells[2].parse().unwrap()));
                }
            }
        }
        for ((_, i), (hour, value)) in std::mem::take(&mut last) {
            let now = hour_at(TIMES[i].0);
            let n = levels.iter().filter(|l| value >= **l).count();
            let state = if now - hour > 24 { "stale" } else { ["normal", "advisory", "warning", "alarm"][n] };
            found[i].insert(state);
        }
    }
    for (states, (_, name)) in found.iter().zip(TIMES) {
        assert!(states.len() >= 4 && states.contains("alarm"), "{name}: {states:?}");
    }
}

#[test]
fn every_channel_is_bound_to_something() {
    let ((_, building), (_, bridge)) = (ifc::building(), ifc::bridge());
    let ids: BTreeSet<&str> =
        building.items.iter().chain(&bridge.items).map(|i| i.global_id.as_str()).collect();
    let text = sensors::bindings(&building.items, &bridge.items);
    assert_eq!(text.lines().count(), 15, "a header and 14 channels");
    for line in text.lines().skip(1) {
        let object = line.split(',').nth(1).unwrap();
        assert!(object.contains(':') || ids.contains(object), "{line}");
    }
}

/// Distance between a pipe's outside and a pit, in the plan.
fn gap(plan: &Plan, pit: usize, known_depth: bool) -> f64 {
    let rect = plan.pits[pit].rect;
    let mut least = f64::INFINITY;
    for pipe in plan.pipes.iter().filter(|p| p.depth_m.is_some() == known_depth) {
        let steps = (0..100_000_i32).map(|i| f64::from(i) * 0.1);
        for station in steps.take_while(|s| *s <= pipe.axis.length()) {
            let (p, _) = pipe.axis.at(station).unwrap();
            let out = (rect.local(p).abs() - rect.half).max(DVec2::ZERO).length();
            least = least.min(out - f64::from(pipe.diameter_mm) / 2000.0);
        }
    }
    least
}

#[test]
fn one_pit_is_clear_of_pipes_one_is_close_and_one_hits() {
    let plan = Plan::demo();
    let close = gap(&plan, 0, true);
    assert!((0.5..1.0).contains(&close), "{close}");
    assert!(gap(&plan, 1, true) < 0.0);
    assert!(gap(&plan, 2, true) > 3.0);
    assert!(gap(&plan, 3, true) > 3.0 && gap(&plan, 3, false) < 0.0, "only the pipe of unknown depth");
}

#[test]
fn the_terrain_is_that_of_a_town_on_a_river() {
    let plan = Plan::demo();
    let river = plan.ground_m(DVec2::new(plan::river_x(60.0), 60.0));
    assert!((river - plan::WATER_M).abs() < 0.1);
    assert!((plan.ground_m(DVec2::new(plan::ABUTMENTS.0 - 6.0, 14.0)) - plan::DECK_M).abs() < 1.2);
    assert!((60..=140).contains(&plan.houses.len()), "{}", plan.houses.len());
    assert!(plan.trees.len() > 500, "{}", plan.trees.len());
    let [west, south, east, north] = BLOCK;
    let inside = plan
        .houses
        .iter()
        .map(|h| to_world(h.rect.center))
        .filter(|p| (west..east).contains(&p.x) && (south..north).contains(&p.y))
        .count();
    assert!(inside >= 25, "{inside} houses in the block");
}

/// Prints each statement of IfcOpenShell's validation on a line; with the rules of the schema where it can run them.
const VALIDATE: &str = "
import sys, ifcopenshell.validate
try:
    import _pytest
    rules = True
except ImportError:
    rules = False
for path in sys.argv[1:]:
    logger = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(path, logger, rules)
    for s in logger.statements:
        print(path, s)
";

#[test]
fn ifcopenshell_validates_both_models_without_a_remark() {
    let test = "ifcopenshell_validates_both_models_without_a_remark";
    let python = std::env::var_os("LANTU_PYTHON").unwrap_or_else(|| "python3".into());
    let run = |args: &[&str]| std::process::Command::new(&python).args(args).output();
    if !run(&["-c", "import ifcopenshell.validate"]).is_ok_and(|o| o.status.success()) {
        lantu_support::skip(test, "no Python with ifcopenshell; LANTU_PYTHON can name one");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let building = write("building.ifc", ifc::building().0);
    let bridge = write("bridge.ifc", ifc::bridge().0);
    let output = run(&["-c", VALIDATE, &building, &bridge]).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, "", "remarks");
    // The check itself finds something: a record with an attribute too many.
    let broken = ifc::bridge().0.replacen("IFCBRIDGE(", "IFCBRIDGE(1,", 1);
    let broken = write("broken.ifc", broken);
    let output = run(&["-c", VALIDATE, &broken]).unwrap();
    assert!(!output.stdout.is_empty() || !output.status.success());
}

/// Cells of one band and where they lie.
fn cells(path: &Path) -> (Vec<f32>, [usize; 2], [f64; 6]) {
    let dataset = gdal::Dataset::open(path).unwrap();
    let (w, h) = dataset.raster_size();
    let band = dataset.rasterband(1).unwrap();
    let values = band.read_as::<f32>((0, 0), (w, h), (w, h), None).unwrap();
    (values.data().to_vec(), [w, h], dataset.geo_transform().unwrap())
}

#[test]
fn between_the_two_surveys_2000_cubic_meters_were_dug_and_600_piled_up_on_free_ground() {
    let plan = Plan::demo();
    for works in plan::EARTHWORKS {
        let [west, south, east, north] = works.bounds;
        assert!(
            [west, south, east, north].iter().all(|v| (v * 2.0).fract() == 0.0),
            "on cells of the surface model"
        );
        let at = |i: u32, j: u32| {
            let (x, y) =
                (west + (east - west) * f64::from(i) / 8.0, south + (north - south) * f64::from(j) / 8.0);
            plan::from_world(DVec2::new(x, y))
        };
        assert!((0..=8).all(|i| (0..=8).all(|j| plan.is_free(at(i, j), 1.0))));
        let under = plan.trees.iter().map(|t| to_world(t.at));
        assert_eq!(under.filter(|t| t.x > west && t.x < east && t.y > south && t.y < north).count(), 0);
    }
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a.tif"), dir.path().join("b.tif"));
    let frame = Frame { bounds: BLOCK, pixel_m: 0.5 };
    raster::elevation(&[(&before, Heights::Surface)], &plan, frame).unwrap();
    raster::elevation(&[(&after, Heights::Surface)], &Plan { earthworks: &plan::EARTHWORKS, ..plan }, frame)
        .unwrap();
    let ((before, size, gt), (after, ..)) = (cells(&before), cells(&after));
    let (mut cut, mut fill, mut n) = (0.0, 0.0, [0; 2]);
    for (a, b) in before.iter().zip(&after) {
        let rise = f64::from(b - a) * gt[1] * gt[1];
        (cut, fill) = (cut - rise.min(0.0), fill + rise.max(0.0));
        n[usize::from(rise > 0.0)] += usize::from(rise != 0.0);
    }
    assert_eq!((size, n), ([800, 600], [4000, 1600]));
    assert!((cut - 2000.0).abs() < 1.0 && (fill - 600.0).abs() < 0.5, "{cut} {fill}");
}
