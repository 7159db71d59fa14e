//! Whatever one file does to its import worker, it is one diagnostic, and the next file still comes in.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected stops there")]

use std::path::PathBuf;

use lantu_base::{CancelToken, ProjectFrame, UtcNanos};
use lantu_session::{
    Access, FileOutcome, ImportEvent, ImportOptions, Session, SessionOptions, ShapesLook, WorkerCommand,
};

fn frame() -> ProjectFrame {
    ProjectFrame {
        crs: "EPSG:4548".to_owned(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

fn options(memory_bytes: Option<u64>, deadline_s: u64) -> SessionOptions {
    SessionOptions {
        worker: WorkerCommand { program: env!("CARGO_BIN_EXE_fault_worker").into(), args: Vec::new() },
        user: "tester".to_owned(),
        clock: || UtcNanos(1_800_000_000_000_000_000),
        threads: 1,
        memory_bytes,
        deadline_s,
        cancel: CancelToken::default(),
    }
}

/// Imports `first.<ending>`, then a file that works, and returns what became of each.
fn import_then_a_good_one(ending: &str, options: SessionOptions) -> [FileOutcome; 2] {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = [format!("first.{ending}"), "second.ok".to_owned()]
        .iter()
        .map(|name| {
            let path = dir.path().join(name);
            std::fs::write(&path, "some content").unwrap();
            path
        })
        .collect();
    let project = dir.path().join("faults.lantu");
    let mut session = Session::create(&project, "Faults", frame(), options.clone()).unwrap();
    let outcomes = session.import(&files, &ImportOptions::default(), &mut |_| {}).unwrap();
    session.close().unwrap();

    let session = Session::open(&project, Access::Read, options).unwrap();
    let names: Vec<&str> = session.sources().iter().map(|s| s.record.id.as_str()).collect();
    assert_eq!(names, ["second"], "only the file that works is in the project");
    assert_eq!(session.scene().n_rows(), 3);
    session.close().unwrap();
    outcomes.try_into().unwrap()
}

fn assert_one_diagnostic(outcomes: &[FileOutcome; 2], code: &str) {
    let [first, second] = outcomes;
    assert_eq!(first.source, None);
    let codes: Vec<&str> = first.report.diagnostics.iter().map(|d| d.code.0.as_ref()).collect();
    assert_eq!(codes, [code], "{:?}", first.report.diagnostics);
    assert_eq!(second.source.as_deref(), Some("second"));
    assert_eq!(second.report.counts.kept, 3);
}

#[test]
fn a_crash_of_one_import_is_one_diagnostic_and_the_next_file_comes_in() {
    let outcomes = import_then_a_good_one("crash", options(None, 60));
    assert_one_diagnostic(&outcomes, "import.crash");
    let message = &outcomes[0].report.diagnostics[0].message;
    assert!(message.contains("signal 6"), "{message}");
}

#[test]
fn an_import_that_hangs_is_ended_at_its_deadline_and_the_next_file_comes_in() {
    // Long enough for the good file beside whatever else this machine does.
    let outcomes = import_then_a_good_one("hang", options(None, 10));
    assert_one_diagnostic(&outcomes, "import.deadline");
}

#[test]
#[cfg(target_os = "linux")]
fn two_gigabytes_under_a_limit_of_300_mb_are_one_diagnostic_and_the_next_file_comes_in() {
    let outcomes = import_then_a_good_one("hog", options(Some(300_000_000), 60));
    assert_one_diagnostic(&outcomes, "import.memory");
    assert!(outcomes[0].report.diagnostics[0].message.contains("300000000"));
}

#[test]
fn a_file_that_its_importer_refuses_is_one_diagnostic_with_its_place_and_the_next_file_comes_in() {
    let outcomes = import_then_a_good_one("refuse", options(None, 60));
    assert_one_diagnostic(&outcomes, "test.refused");
    assert_eq!(outcomes[0].report.diagnostics[0].place, "line 7");
}

/// Imports `model.<ending>` for somebody who looks; `seen` is told each look.
fn import_watched(ending: &str, mut seen: impl FnMut(&Session, &ShapesLook, PathBuf)) -> FileOutcome {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(format!("model.{ending}"));
    std::fs::write(&file, "some content").unwrap();
    let project = dir.path().join("watched.lantu");
    let options = options(None, 120);
    let mut session = Session::create(&project, "Watched", frame(), options.clone()).unwrap();
    let reader = Session::open(&project, Access::Read, options).unwrap();
    let asked = ImportOptions { first_shapes: true, ..ImportOptions::default() };
    let mut outcomes = session
        .import(std::slice::from_ref(&file), &asked, &mut |event| {
            if let ImportEvent::Shapes(look) = event {
                seen(&reader, &look, file.with_extension("seen"));
            }
        })
        .unwrap();
    reader.close().unwrap();
    session.close().unwrap();
    outcomes.pop().unwrap()
}

#[test]
fn shapes_can_be_seen_by_another_reader_of_the_project_while_their_import_goes_on() {
    let outcome = import_watched("watched", |reader, look, seen| {
        let bounds = look.tree.bounds();
        assert!((bounds.min.x - 500_000.0).abs() < 0.01 && (bounds.max.y - 4_400_003.0).abs() < 0.01);
        for node in &look.tree.nodes {
            assert!(reader.store().path(node.hash).exists(), "its loader finds the tile");
        }
        // Only now the import may end.
        std::fs::write(seen, "").unwrap();
    });
    assert_eq!(outcome.source.as_deref(), Some("model"), "{:?}", outcome.report.diagnostics);
    assert!(!outcome.waiting);
}

#[test]
fn shapes_whose_place_waits_for_a_decision_are_not_shown_before() {
    let mut looks = 0;
    let outcome = import_watched("apart", |_, _, _| looks += 1);
    assert!(outcome.waiting, "{:?}", outcome.report.diagnostics);
    assert_eq!(looks, 0);
}

#[test]
fn a_worker_that_cannot_be_started_is_an_error_of_the_session_and_the_project_stays_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.ok");
    std::fs::write(&file, "some content").unwrap();
    let mut options = options(None, 60);
    options.worker.program = dir.path().join("no such program");
    let project = dir.path().join("faults.lantu");
    let mut session = Session::create(&project, "Faults", frame(), options).unwrap();
    assert!(session.import(&[file], &ImportOptions::default(), &mut |_| {}).is_err());
    session.close().unwrap();
    assert!(lantu_session::verify(&project).unwrap().passed());
}
