//! Files of the corpus, broken in every way that files break, end with a stream or a reason: never with a panic, a
//! hang, or memory without bounds.
//!
//! `make test` breaks small files in some places; with `LANTU_MUTATIONS=all`, as `make corpus` has it, every file is
//! cut at every 64th of its length and edited in each way many times, shapes and all.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "functions that tests share"
)]

mod edits;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use edits::{Dice, Edit, cut, edited, flipped};
use lantu_ifc::import_without_shapes;
use lantu_ingest::ImportError;
use support::{Read, collect};

/// Time after which an import is taken to hang. A guard, a hundred times what the longest takes.
const HANG: Duration = Duration::from_mins(5);
/// Memory that this process may take for all of its imports, two at a time at most.
const MAX_BYTES: u64 = 3 << 30;
/// Files of at most this size are broken in `make test`.
const SMALL_BYTES: u64 = 32_000;

/// Everything is to be broken, not a part of it.
fn all() -> bool {
    std::env::var("LANTU_MUTATIONS").is_ok_and(|v| v == "all")
}

/// Files to break, with their names.
fn files(test: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = support::corpus(test, "") else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    paths.retain(|p| all() || p.metadata().unwrap().len() <= SMALL_BYTES);
    paths.sort();
    assert!(all() || paths.len() >= 30, "{} small files", paths.len());
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|p| (name(p), std::fs::read(p).unwrap())).collect()
}

/// Imports a broken file and holds what comes of it to what is promised of every file.
fn import(what: &str, broken: &[u8], shapes: bool) -> Result<Read, ImportError> {
    watch_panics();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("broken.ifc");
    std::fs::write(&path, broken).unwrap();
    let (send, receive) = sync_channel(1);
    let worker = std::thread::Builder::new().name("import".to_owned()).spawn(move || {
        let read = if shapes { support::read(&path, 2) } else { collect(&path, 2, import_without_shapes) };
        drop(send.send(read));
    });
    let worker = worker.unwrap();
    let read = match receive.recv_timeout(HANG) {
        Ok(read) => read,
        Err(RecvTimeoutError::Timeout) => panic!("{what} hangs"),
        Err(RecvTimeoutError::Disconnected) => panic!("{what} panics"),
    };
    worker.join().unwrap();
    let panics = std::mem::take(&mut *OURS.lock().unwrap());
    assert_eq!(panics, Vec::<String>::new(), "{what}, or what ran beside it");
    match &read {
        Ok(_) => {}
        Err(ImportError::Format { code, what: words, .. }) => {
            assert!(code.starts_with("ifc.") && !words.is_empty(), "{what}: {code} {words}");
        }
        Err(e) => panic!("{what}: {e}"),
    }
    read
}

/// Panics that are not a library's, with their places. What breaks down in a library is contained, and said.
static OURS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Libraries whose panics are contained.
const CONTAINED: [&str; 2] = ["ifc-lite", "manifold-rust"];

fn watch_panics() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let tests = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            if !CONTAINED.iter().any(|c| place.contains(c)) {
                OURS.lock().unwrap_or_else(PoisonError::into_inner).push(place);
                tests(info);
            }
        }));
    });
}

/// Most memory that this process has had, where the system says.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) << 10
}

fn assert_bounded() {
    let peak = peak_bytes();
    assert!(peak < MAX_BYTES, "{peak} bytes");
}

#[test]
fn a_file_cut_at_any_64th_ends_with_what_stands_before_the_cut_or_a_reason() {
    let test = "a_file_cut_at_any_64th_ends_with_what_stands_before_the_cut_or_a_reason";
    for (n, (name, whole)) in files(test).into_iter().enumerate() {
        let full = import(&name, &whole, false).unwrap().objects.len();
        for k in 0..64 {
            // Of the shapes of small files every sixteenth cut, another for each file.
            let shapes = all() || (k + n) % 16 == 0;
            let what = format!("{name} cut at {k}/64");
            match import(&what, cut(&whole, k), shapes) {
                Ok(r) => {
                    assert!(r.objects.len() <= full, "{what}: {} of {full} objects", r.objects.len());
                    assert!(!r.diagnostics.is_empty(), "{what}: nothing is said");
                }
                // Before the first record there is nothing to read.
                Err(_) => assert!(k < 16 || whole.len() < 20_000, "{what}: nothing of {full} objects"),
            }
        }
    }
    assert_bounded();
}

#[test]
fn a_file_with_flipped_bits_keeps_what_they_do_not_touch() {
    let test = "a_file_with_flipped_bits_keeps_what_they_do_not_touch";
    for (n, (name, whole)) in files(test).into_iter().enumerate() {
        let full = import(&name, &whole, false).unwrap().objects.len();
        for seed in 0..if all() { 64 } else { 6 } {
            let mut dice = Dice::new(seed * 1000 + n as u64);
            let what = format!("{name} flipped with seed {seed}");
            let r = import(&what, &flipped(&whole, &mut dice), all() || seed % 3 == 0);
            if let Ok(r) = r {
                // A bit of a quote may take the records up to the next one along.
                assert!(2 * r.objects.len() + 64 >= full, "{what}: {} of {full} objects", r.objects.len());
            }
        }
    }
    assert_bounded();
}

#[test]
fn a_file_with_edited_records_says_which_and_keeps_the_others() {
    let test = "a_file_with_edited_records_says_which_and_keeps_the_others";
    for (n, (name, whole)) in files(test).into_iter().enumerate() {
        for seed in 0..if all() { 8 } else { 1_usize } {
            for edit in Edit::ALL {
                let mut dice = Dice::new((seed * 1000 + n) as u64);
                let (broken, records) = edited(&whole, edit, &mut dice);
                let what = format!("{name} with {edit:?}, seed {seed}");
                let shapes = all() || (seed + n + edit as usize).is_multiple_of(3);
                let Ok(r) = import(&what, &broken, shapes) else {
                    assert_eq!(edit, Edit::EmptySections, "{what}: nothing is left");
                    continue;
                };
                let told = |record: &String| {
                    r.diagnostics.iter().any(|d| d.place.starts_with(&format!("#{record}, line ")))
                };
                let each_is_told = matches!(edit, Edit::Dangling | Edit::Duplicate | Edit::Nested);
                for record in records.iter().filter(|_| each_is_told) {
                    assert!(told(record) || r.diagnostics.len() > 50, "{what}: nothing is said of #{record}");
                }
            }
        }
    }
    assert_bounded();
}
