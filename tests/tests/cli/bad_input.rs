//! What people hand over by mistake: a message that repeats the path and says what to do, the right exit code,
//! everything else intact, in both languages, and never a panic.

use std::path::Path;

use lantu_support::corpus;

use crate::lantu::{Desk, Run, binary, command, finish, is_chinese, run, text};

/// Words of a Rust panic or of a debug print: a person never reads them.
const NEVER_SHOWN: &[&str] = &["panicked", "RUST_BACKTRACE", "unwrap()", "Os { code"];

#[track_caller]
fn assert_told(run: &Run, codes: &[i32], repeats: &str) {
    assert!(codes.contains(&run.code), "exit {} is none of {codes:?}: {run:#?}", run.code);
    let all = run.text();
    for word in NEVER_SHOWN {
        assert!(!all.contains(word), "{word}: {run:#?}");
    }
    assert!(all.contains(repeats), "the message does not repeat {repeats}: {run:#?}");
}

/// Runs in both languages; both are told, one of them in Chinese.
#[track_caller]
fn told_in_both(args: &[&str], codes: &[i32], repeats: &str) {
    let mut all = vec!["--lang", "en"];
    all.extend(args);
    let english = run(&all);
    assert_told(&english, codes, repeats);
    all[1] = "zh-CN";
    let chinese = run(&all);
    assert_told(&chinese, codes, repeats);
    let said = |r: &Run| r.text().replace(repeats, "");
    assert!(is_chinese(&said(&chinese)), "not Chinese: {chinese:#?}");
    assert!(!is_chinese(&said(&english)), "not English: {english:#?}");
}

/// Imports a file that cannot be used, in both languages; the project stays as it was.
#[track_caller]
fn refused(desk: &Desk, file: &str) {
    told_in_both(&["import", &desk.project, file], &[1], file);
    told_in_both(&["inspect", file], &[1], file);
    assert_eq!(desk.info()["sources"].as_array().unwrap().len(), 0, "{file}");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn files_that_are_missing_empty_or_of_another_kind_are_refused_by_name() {
    let desk = Desk::new("EPSG:4548");
    refused(&desk, text(&desk.path("absent 缺失.ifc")));
    refused(&desk, &desk.write("empty.ifc", b""));
    refused(&desk, &desk.write("empty.tif", b""));
    refused(&desk, &desk.write("text.ifc", b"Dear colleague, the model is attached.\n"));
    refused(&desk, &desk.write("zip.ifc", b"PK\x03\x04\x14\x00\x00\x00\x08\x00and so on, not a model"));
    refused(&desk, &desk.write("text.tif", b"not a picture"));
    refused(&desk, &desk.write("picture.tif", b"II*\x00\xff\xff\xff\xff\x00\x00\x00\x00"));
    refused(&desk, &desk.write("noise.dat", &[0x9c; 300]));
    refused(&desk, &desk.write("text.geojson", b"no JSON either"));
    refused(&desk, &desk.write("table.csv", b"a,b\n1,2\n"));
    let folder = desk.path("folder.ifc");
    std::fs::create_dir(&folder).unwrap();
    refused(&desk, text(&folder));
}

#[test]
fn truncated_files_come_in_part_or_not_at_all_and_say_so() {
    let desk = Desk::new("EPSG:4548");
    let cut = [
        ("ifc/files/bonsai-hello-wall.ifc", "cut.ifc"),
        ("gis/ortho/201404_13SED190110_201404_0x1500m_CL_1_nodata.tif", "cut.tif"),
        ("gis/network/ky4_pipes.geojson", "cut.geojson"),
    ];
    for (from, to) in cut {
        let Some(path) = corpus("truncated_files_come_in_part", from) else { return };
        let bytes = std::fs::read(path).unwrap();
        let file = desk.write(to, &bytes[..bytes.len() / 2]);
        told_in_both(&["import", &desk.project, &file], &[1, 3], &file);
    }
    desk.run("verify", &[]).expect(0);
    let malformed = corpus("malformed_models_are_told", "ifc/files/malformed");
    for entry in malformed.iter().flat_map(|m| std::fs::read_dir(m).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ifc")) {
            let run = run(&["inspect", text(&path)]);
            assert_told(&run, &[0, 1, 3], text(&path));
        }
    }
}

#[test]
fn hostile_rasters_and_layers_of_the_corpus_never_panic_or_crash_the_command() {
    let mut seen = 0;
    for folder in ["gis/hostile_raster", "gis/hostile_vector"] {
        let Some(folder) = corpus("hostile_rasters_and_layers", folder) else { return };
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        // Every third: all of them are the importers' own tests.
        for path in files.iter().filter(|p| p.is_file()).step_by(3) {
            let run = run(&["inspect", text(path), "--memory", "1GB", "--deadline", "20"]);
            assert_told(&run, &[0, 1, 3], text(path));
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn rasters_without_georeference_and_layers_without_crs_are_told_what_to_add() {
    let Some(plain) = corpus("rasters_without_georeference", "gis/ortho/rgb_with_mask.tif") else { return };
    let desk = Desk::new("EPSG:4548");
    told_in_both(&["import", &desk.project, text(&plain)], &[1, 3], text(&plain));
    assert!(desk.objects(&[]).iter().all(|r| r["bbox"].is_null()), "never placed silently");
}

#[test]
fn wrong_coordinate_systems_are_refused_with_their_name() {
    let desk = Desk::empty();
    for crs in ["EPSG:999999", "EPSG:4326", "nonsense", "EPSG:5773"] {
        told_in_both(&["new", &desk.project, "--crs", crs], &[1], crs);
        assert!(!Path::new(&desk.project).exists(), "{crs} made a project");
    }
    let desk = Desk::new("EPSG:4548");
    let layer = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
        "geometry":{"type":"Point","coordinates":[116.48, 39.99]}}]}"#;
    let file = desk.write("layer.geojson", layer.as_bytes());
    told_in_both(&["import", &desk.project, &file, "--crs", "EPSG:999999"], &[1], &file);
    // Coordinates of the moon do not fit any district of the earth.
    let far = layer.replace("116.48, 39.99", "1e12, -4e15");
    let far = desk.write("far.geojson", far.as_bytes());
    told_in_both(&["import", &desk.project, &far], &[1, 3], &far);
}

#[test]
fn project_files_of_others_cut_in_half_or_absent_are_told_apart() {
    let desk = Desk::new("EPSG:4548");
    let whole = std::fs::read(&desk.project).unwrap();
    let half = desk.write("half.lantu", &whole[..whole.len() / 2]);
    let words = desk.write("words.lantu", b"This is not a database.");
    let empty = desk.write("empty.lantu", b"");
    let absent = text(&desk.path("absent.lantu")).to_owned();
    let mut strangers = vec![half.clone(), words, empty, absent];
    if let Some(theirs) = corpus("project_files_of_others", "gis/vector/poly.gpkg") {
        strangers.push(desk.write("theirs.lantu", &std::fs::read(theirs).unwrap()));
    }
    for project in &strangers {
        told_in_both(&["info", project], &[1], project);
        told_in_both(&["import", project, "x.ifc"], &[1], project);
        let before = std::fs::read(project).ok();
        let png = desk.path("no.png");
        told_in_both(&["snapshot", project, "--out", text(&png)], &[1], project);
        assert!(!png.exists());
        assert_eq!(std::fs::read(project).ok(), before, "{project} is left alone");
    }
    told_in_both(&["verify", &half], &[4], &half);
}

/// The command as a user who owns nothing, where the tests run as the superuser, whom no permission stops.
#[cfg(unix)]
fn without_rights(args: &[&str]) -> std::process::Command {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let mut command = command(args);
    if std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
        command.uid(65_534).gid(65_534);
    }
    command
}

#[test]
#[cfg(unix)]
fn a_read_only_folder_is_told_and_still_shows_its_project() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new("EPSG:4548");
    let layer = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
        "geometry":{"type":"Point","coordinates":[116.48, 39.99]}}]}"#;
    let file = desk.write("layer.geojson", layer.as_bytes());
    desk.run("import", &[&file]);
    let before = desk.run("objects", &["--format", "json"]).expect(0).out;
    let set = |mode: u32| {
        std::fs::set_permissions(desk.dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o555);
    if without_rights(&["--version"]).output().is_err() {
        set(0o755);
        let why = format!("{} cannot be run by another user", binary().display());
        return lantu_support::skip("a_read_only_folder_is_told", &why);
    }
    let runs: Vec<(Run, bool)> = [
        (vec!["objects", &desk.project, "--format", "json"], true),
        (vec!["verify", &desk.project], true),
        (vec!["import", &desk.project, &file], false),
        (vec!["new", text(&desk.path("other.lantu")), "--crs", "EPSG:4548"], false),
        (vec!["snapshot", &desk.project, "--size", "64x48", "--out", text(&desk.path("no.png"))], false),
    ]
    .into_iter()
    .map(|(args, works)| (finish(without_rights(&args)), works))
    .collect();
    set(0o755);
    for (run, works) in &runs {
        let code = i32::from(!works);
        assert_eq!(run.code, code, "{run:#?}");
        assert!(NEVER_SHOWN.iter().all(|w| !run.text().contains(w)), "{run:#?}");
        if !works {
            assert!(run.text().contains(text(desk.dir.path())), "{run:#?}");
        }
    }
    assert_eq!(runs[0].0.out, before);
}

#[test]
fn without_any_graphics_driver_a_picture_is_refused_with_what_to_install_and_tables_still_work() {
    let desk = Desk::new("EPSG:4548");
    let png = desk.path("no.png");
    for lang in ["en", "zh-CN"] {
        let mut command =
            command(&["--lang", lang, "snapshot", &desk.project, "--out", text(&png), "--size", "64x48"]);
        for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES"] {
            command.env(name, "/nowhere/driver.json");
        }
        let run = finish(command);
        assert_told(&run, &[1], "mesa-vulkan-drivers");
        assert_eq!(is_chinese(&run.text()), lang == "zh-CN", "{run:?}");
        assert!(!png.exists());
    }
    desk.run("objects", &["--format", "csv"]).expect(0);
}

#[test]
fn times_points_and_objects_that_make_no_sense_are_told() {
    let desk = Desk::new("EPSG:4548");
    let overlay = |time: &'static str| {
        ["overlay", &desk.project, "--kind", "risk", "--format", "json", "--time", time].map(str::to_owned)
    };
    for time in ["yesterday", "2026-13-01", "2026-02-30T10:00:00Z"] {
        let args = overlay(time);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        told_in_both(&args, &[1], time);
    }
    told_in_both(&["properties", &desk.project, "no-such-object"], &[1], "no-such-object");
    for bbox in ["1,2,3", "a,b,c,d", "1,2,3,nan"] {
        let run = run(&["objects", &desk.project, "--format", "csv", "--bbox", bbox]);
        assert_told(&run, &[1, 2], bbox);
    }
    let run = run(&["import", &desk.project, "x.ifc", "--memory", "12 parsecs"]);
    assert_told(&run, &[2], "12 parsecs");
}
