//! Imports that are killed or run out of disk: what was done stays, nothing else is harmed, and importing again works.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::districts::{N_IN_LAYER, cache_files, layer, quarters};
use crate::lantu::{Desk, binary, command, finish, text};

/// Layers of each import that is killed.
const N_LAYERS: usize = 6;

/// Starts an import whose progress can be read.
fn start_import(desk: &Desk, files: &[String]) -> Child {
    let mut args = vec!["import", desk.project.as_str()];
    args.extend(files.iter().map(String::as_str));
    command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Ends it as the operating system does when memory is short: at once, without a word.
fn kill(mut import: Child) {
    import.kill().unwrap();
    import.wait().unwrap();
}

/// After a kill: the project opens with at least `n_done` whole layers, and importing again completes it.
fn assert_recovers(desk: &Desk, files: &[String], n_done: usize, when: &str) {
    let verify = desk.run("verify", &[]);
    assert_eq!(verify.code, 0, "{when}: {verify:#?}");
    assert!(!verify.text().contains("PackMissing"), "{when}: a source came without its tiles: {verify:#?}");
    let info = desk.info();
    let sources = info["sources"].as_array().unwrap();
    assert!(sources.len() >= n_done, "{when}: {} of {n_done} layers that were done: {info}", sources.len());
    assert_eq!(desk.objects(&[]).len(), sources.len() * N_IN_LAYER, "{when}: each source is whole");
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    desk.import(&names, 0);
    assert_eq!(desk.info()["sources"].as_array().unwrap().len(), N_LAYERS, "{when}");
    assert_eq!(desk.objects(&[]).len(), N_LAYERS * N_IN_LAYER, "{when}");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn an_import_killed_between_any_two_files_keeps_what_was_done_and_can_be_repeated() {
    for n_lines in 1..=5 {
        let (desk, files) = quarters(N_LAYERS);
        let mut import = start_import(&desk, &files);
        let mut lines = BufReader::new(import.stderr.take().unwrap()).lines();
        for n in 1..=n_lines {
            let line = lines.by_ref().map(Result::unwrap).find(|l| l.starts_with('['));
            assert!(line.unwrap().starts_with(&format!("[{n}/{N_LAYERS}]")));
        }
        kill(import);
        // The line of a file comes when it starts: those before it are done.
        assert_recovers(&desk, &files, n_lines - 1, &format!("after line {n_lines}"));
    }
}

#[test]
fn an_import_killed_while_it_writes_packs_keeps_what_was_done_and_can_be_repeated() {
    for n_packs in [1, 4, 9, 17, 30] {
        let (desk, files) = quarters(N_LAYERS);
        let mut import = start_import(&desk, &files);
        // Until so many packs are there, or it was faster.
        while cache_files(&desk).len() < n_packs && import.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        drop(import.kill());
        let mut told = String::new();
        import.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        import.wait().unwrap();
        let n_started = told.lines().filter(|l| l.starts_with('[')).count();
        assert_recovers(&desk, &files, n_started.saturating_sub(1), &format!("at {n_packs} packs"));
    }
}

/// Journals of tiles beside the packs.
fn journals(desk: &Desk) -> usize {
    let folder = std::path::Path::new(&desk.project).with_extension("lantu.d").join("imports");
    std::fs::read_dir(folder).map_or(0, |found| {
        found.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "tiles")).count()
    })
}

#[test]
fn an_import_of_a_raster_that_is_killed_goes_on_where_it_stopped() {
    let desk = Desk::new("EPSG:32650");
    // 24 bits of noise a pixel: seconds of work, whatever the computer.
    let (w, h) = (6_000_u32, 5_000_u32);
    let picture = image::RgbImage::from_fn(w, h, |x, y| {
        let n = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519) ^ (x.wrapping_mul(y) << 7);
        let [r, g, b, _] = (n ^ (n >> 13)).to_le_bytes();
        image::Rgb([r, g, b])
    });
    let file = desk.path("noise.png");
    picture.save(&file).unwrap();
    desk.write("noise.pgw", b"0.1\n0\n0\n-0.1\n500000.05\n4399999.95\n");
    let args = ["import", desk.project.as_str(), text(&file), "--crs", "EPSG:32650"];
    let mut import = command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while cache_files(&desk).len() < 60 && import.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    kill(import);
    let n_before = cache_files(&desk).iter().filter(|p| p.extension().is_some_and(|e| e == "pack")).count();
    assert_eq!((journals(&desk), desk.info()["sources"].as_array().unwrap().len()), (1, 0));
    crate::lantu::run(&args).expect(0);
    assert_eq!(journals(&desk), 0, "it is done");
    desk.run("verify", &[]).expect(0);

    // Another project, without interruption, has the same packs.
    let other = Desk::new("EPSG:32650");
    crate::lantu::run(&["import", &other.project, text(&file), "--crs", "EPSG:32650"]).expect(0);
    let names = |desk: &Desk| -> Vec<String> {
        let info = desk.info();
        assert_eq!(info["sources"].as_array().unwrap().len(), 1);
        let packs = cache_files(desk).into_iter().filter(|p| p.extension().is_some_and(|e| e == "pack"));
        let mut names: Vec<String> =
            packs.map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    let (resumed, whole) = (names(&desk), names(&other));
    assert!(n_before < whole.len() && whole.iter().all(|n| resumed.contains(n)));
}

/// The import under a limit of what one file may hold, in blocks of 512 bytes: writing more fails as on a full disk.
#[cfg(unix)]
fn on_a_small_disk(args: &[&str], blocks: u32) -> crate::lantu::Run {
    let mut shell = Command::new("sh");
    // The signal that comes with the error would end the program before it can say anything.
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""), text(binary())]);
    shell.args(args).env("LC_ALL", "C");
    finish(shell)
}

#[test]
#[cfg(unix)]
fn a_full_disk_ends_an_import_with_the_file_and_the_reason_and_leaves_the_project_as_it_was() {
    let (desk, files) = quarters(1);
    desk.import(&[&files[0]], 0);
    let before = desk.info();
    // Some megabytes in one pack, few rows in the project file.
    let large = desk.write("large.geojson", layer(1, 150, 1500).as_bytes());
    let n_files = cache_files(&desk).len();
    let told = on_a_small_disk(&["import", &desk.project, &large], 1024).expect(1);
    assert!(told.err.contains("district.lantu.d") && told.err.contains("File too large"), "{told:#?}");
    let left = cache_files(&desk);
    assert!(left.iter().all(|p| p.extension().is_some_and(|e| e == "pack")), "no halves stay: {left:?}");
    assert!(left.len() >= n_files);
    assert_eq!(desk.info()["sources"], before["sources"], "nothing of it is in the project");
    desk.run("verify", &[]).expect(0);
    desk.import(&[&large], 0);
    assert_eq!(desk.objects(&[]).len(), N_IN_LAYER + 150);
    desk.run("verify", &[]).expect(0);
}

#[test]
#[cfg(unix)]
fn a_disk_too_full_for_the_project_file_is_told_with_its_path_and_the_reason() {
    let desk = Desk::empty();
    let told = on_a_small_disk(&["new", &desk.project, "--crs", "EPSG:4548"], 40).expect(1);
    assert!(told.err.contains(&desk.project), "{told:#?}");
    let reason = told.err.replace(&desk.project, "").to_lowercase();
    assert!(reason.contains("disk") || reason.contains("full") || reason.contains("large"), "{told:#?}");
    assert!(!std::path::Path::new(&desk.project).exists(), "no half project stays");
    desk.run("new", &["--crs", "EPSG:4548"]).expect(0);
}
