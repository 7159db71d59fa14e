//! What is written is read back, and every change leaves an entry in the log.

use super::*;

#[test]
fn everything_that_was_written_is_read_back_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let p = read_only(&path);
    assert_eq!(p.meta(), &meta());
    let sources = p.sources().unwrap();
    assert_eq!(sources.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["house", "bridge"]);
    assert_eq!(sources[0], {
        let mut s = source(&p, "house", &dir.path().join("house.ifc"));
        s.companions = sources[0].companions.clone();
        s
    });
    assert_eq!(sources[0].path, "house.ifc");
    assert_eq!(p.source_path(&sources[0].path), dir.path().join("house.ifc"));
    let expected = content(&p);
    assert_eq!(p.placement("house").unwrap().unwrap().placement, expected.placement.unwrap());
    assert_eq!(p.placements().unwrap().len(), 2);
    let mut packs = expected.packs;
    packs.sort();
    assert_eq!(p.packs("bridge").unwrap(), packs);
    let tasks = p.tasks().unwrap();
    assert_eq!(tasks.len(), 4);
    assert_eq!(tasks[0], ("house".to_owned(), task("T1")));
    assert_eq!(p.bindings().unwrap()[1], ("bridge".to_owned(), expected.bindings[0].clone()));
    let noise: Vec<_> = p.chunks("noise-1").unwrap().into_iter().map(|(_, c)| c).collect();
    assert_eq!(noise, vec![expected.chunks[1].clone(), expected.chunks[1].clone()]);
    let channels = p.channels().unwrap();
    assert_eq!(
        channels.iter().map(|c| (c.channel.as_str(), c.n)).collect::<Vec<_>>(),
        [("noise-1", 6), ("strain-1", 6)]
    );
    assert_eq!(p.time_span().unwrap(), Some((UtcNanos(10), expected.chunks[1].t1)));
    assert_eq!(p.views().unwrap(), [("north".to_owned(), r#"{"eye":[1,2,3]}"#.to_owned())]);
    assert_eq!(p.settings().unwrap(), [("language".to_owned(), "zh-CN".to_owned())]);
    assert_eq!(p.rules().unwrap()[0].version, "3");
}

#[test]
fn a_closed_project_is_one_file_and_passes_with_nothing_to_remark() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    for suffix in ["-wal", "-shm", "-journal"] {
        assert!(!dir.path().join(format!("block.lantu{suffix}")).exists());
    }
    let report = verify(&path).unwrap();
    assert_eq!((report.failures.as_slice(), report.notes.as_slice()), (&[][..], &[][..]));
    let c = report.checked;
    assert_eq!((c.sources, c.packs, c.chunks, c.log_entries), (3, 2, 4, 6));
    assert!(c.rows > 30 && c.tables == 14, "{c:?}");
}

#[test]
fn looking_at_a_project_changes_no_byte_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let before = std::fs::read(&path).unwrap();
    drop(read_only(&path));
    verify(&path).unwrap();
    assert!(before == std::fs::read(&path).unwrap());
}

#[test]
fn a_project_opened_for_writing_and_closed_unchanged_still_passes_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let p = writable(&path);
    assert_eq!(p.verify(true).notes[0].what, Noted::NotSealed);
    p.close().unwrap();
    assert_eq!(verify(&path).unwrap().notes, []);
}

#[test]
fn each_change_is_one_entry_that_says_who_when_and_what() {
    let dir = tempfile::tempdir().unwrap();
    let p = read_only(&full(dir.path()));
    let log = p.log().unwrap();
    let ops: Vec<_> = log.iter().map(|e| e.op.as_str()).collect();
    assert_eq!(
        ops,
        ["project.create", "source.import", "source.import", "view.set", "setting.set", "rules.set"]
    );
    assert!(log.iter().all(|e| e.by == "wang" && e.at == (author().clock)()));
    assert!(log.windows(2).all(|w| w[1].prev_hash == w[0].hash && w[1].seq == w[0].seq + 1));
    assert!(log[1].payload_json.contains("house.ifc"));
}

#[test]
fn the_same_changes_at_the_same_times_give_the_same_log() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = |d: &tempfile::TempDir| read_only(&full(d.path())).log().unwrap();
    assert_eq!(log(&a), log(&b));
}

#[test]
fn the_log_refuses_to_be_rewritten() {
    let dir = tempfile::tempdir().unwrap();
    let conn = rusqlite::Connection::open(full(dir.path())).unwrap();
    for sql in ["UPDATE lantu_log SET by = 'li' WHERE seq = 2", "DELETE FROM lantu_log WHERE seq = 6"] {
        assert!(conn.execute(sql, []).unwrap_err().to_string().contains("only grows"), "{sql}");
    }
}

#[test]
fn a_decision_can_be_taken_back_and_stays_in_the_history() {
    let dir = tempfile::tempdir().unwrap();
    let mut p = writable(&full(dir.path()));
    p.set_placement("house", &placement("zone_prefix", 0.1 + 0.2)).unwrap();
    assert_eq!(p.placement("house").unwrap().unwrap().placement, placement("zone_prefix", 0.1 + 0.2));
    let back = p.undo_placement("house").unwrap().unwrap();
    assert_eq!(back.hypothesis.as_deref(), Some("as_declared"));
    assert_eq!(p.undo_placement("house").unwrap(), None);
    assert!(matches!(p.undo_placement("house"), Err(ProjectError::NothingToUndo { .. })));
    let history = p.decisions("house").unwrap();
    assert_eq!(history.len(), 2);
    assert!(history.iter().all(|d| d.undone == Some(("wang".to_owned(), (author().clock)()))));
    assert_eq!(p.placements().unwrap().len(), 1);
    p.close().unwrap();
    assert!(verify(&dir.path().join("block.lantu")).unwrap().passed());
}

#[test]
fn a_removed_source_leaves_no_rows_and_the_rest_intact() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    p.remove_source("house").unwrap();
    assert!(matches!(p.remove_source("house"), Err(ProjectError::UnknownSource { .. })));
    assert_eq!(p.sources().unwrap().len(), 1);
    assert_eq!((p.packs("house").unwrap().len(), p.decisions("house").unwrap().len()), (0, 0));
    assert_eq!((p.tasks().unwrap().len(), p.chunks("strain-1").unwrap().len()), (2, 1));
    p.remove_source("bridge").unwrap();
    assert_eq!((p.channels().unwrap().len(), p.time_span().unwrap()), (0, None));
    p.close().unwrap();
    let report = verify(&path).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn single_writes_equal_what_an_import_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    let file = dir.path().join("house.ifc");
    let mut other = source(&p, "other", &file);
    let c = content(&p);
    p.add_source(&other).unwrap();
    assert!(matches!(p.add_source(&other), Err(ProjectError::SourceExists { .. })));
    p.set_packs("other", &c.packs).unwrap();
    p.set_footprints("other", &c.footprints).unwrap();
    p.set_tasks("other", &c.tasks).unwrap();
    p.set_bindings("other", &c.bindings).unwrap();
    p.put_chunks("other", &c.chunks).unwrap();
    p.put_chunks("other", &[chunk("strain-1", 20_000, 10)]).unwrap();
    p.set_placement("other", c.placement.as_ref().unwrap()).unwrap();
    other.n_objects = 7;
    p.replace_source(&other).unwrap();
    assert!(matches!(p.set_tasks("nobody", &c.tasks), Err(ProjectError::UnknownSource { .. })));
    assert_eq!(p.packs("other").unwrap(), p.packs("house").unwrap());
    assert_eq!(p.sources().unwrap()[2].n_objects, 7);
    assert_eq!(p.chunks("strain-1").unwrap()[2].1.blob.len(), 10);
    // A second import of the same source replaces its rows and keeps its place.
    p.import_source(&other, &SourceContent::default()).unwrap();
    assert_eq!((p.packs("other").unwrap().len(), p.chunks("strain-1").unwrap().len()), (0, 2));
    assert!(p.placement("other").unwrap().is_some());
    assert!(p.remove_view("north").unwrap() && !p.remove_view("north").unwrap());
    p.close().unwrap();
    let report = verify(&path).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn a_failed_change_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    let twice = RuleRecord { name: "a".to_owned(), version: "1".to_owned(), sha256: String::new() };
    assert!(p.set_rules(&[twice.clone(), twice]).is_err());
    assert_eq!((p.rules().unwrap().len(), p.log().unwrap().len()), (1, 6));
    p.close().unwrap();
    assert!(verify(&path).unwrap().passed());
}

#[test]
fn a_unit_that_is_not_the_meter_survives_to_the_last_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ny.lantu");
    let mut m = meta();
    m.frame.crs = "EPSG:2263".to_owned();
    m.frame.meters_per_unit = 1200.0 / 3937.0;
    m.frame.height_crs = None;
    m.crs_wkt = Some("PROJCS[\"NAD83 / New York Long Island (ftUS)\"]".to_owned());
    Project::create(&path, &m, author()).unwrap().close().unwrap();
    let read = read_only(&path).meta().clone();
    assert_eq!(read.frame.meters_per_unit.to_bits(), m.frame.meters_per_unit.to_bits());
    assert_eq!(read, m);
}

/// Other GIS programs must find one layer with two rows where the objects are, and no internal table.
#[test]
fn gdal_opens_the_file_as_a_geopackage_and_lists_the_objects() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let run = |args: &[&str]| {
        std::process::Command::new("ogrinfo").args(args).arg(&path).arg("objects_footprints").output()
    };
    let Ok(listed) = std::process::Command::new("ogrinfo").arg("-ro").arg(&path).output() else {
        eprintln!(
            "SKIPPED gdal_opens_the_file_as_a_geopackage_and_lists_the_objects: ogrinfo is not installed"
        );
        return;
    };
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(text.contains("using driver `GPKG' successful"), "{text}");
    assert!(text.contains("objects_footprints (Polygon)") && text.contains("lantu_sources"), "{text}");
    assert!(!text.contains("lantu_log"), "{text}");
    let summary = run(&["-ro", "-so"]).unwrap();
    let text = String::from_utf8_lossy(&summary.stdout);
    assert!(text.contains("Feature Count: 4"), "{text}");
    assert!(
        text.contains("Extent: (455600.000000, 4428550.000000) - (455620.000000, 4428560.000000)"),
        "{text}"
    );
    assert!(text.contains("ID[\"EPSG\",4548]"), "{text}");
    let rows = run(&["-ro"]).unwrap();
    let text = String::from_utf8_lossy(&rows.stdout);
    assert!(text.contains("POLYGON ((455600 4428550,455620 4428550,455620 4428560,455600 4428560"), "{text}");
    assert!(verify(&path).unwrap().passed(), "reading by GDAL must not change the file");
}
