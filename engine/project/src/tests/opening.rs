//! Files that are no projects, folders that cannot be written, two writers, and what a crash leaves.

use super::*;

/// What opening says, for reading and for writing, without its path; the path must be in the message.
fn refusals(path: &Path) -> [ProjectError; 2] {
    let modes = [OpenMode::ReadOnly, OpenMode::ReadWrite(author())];
    modes.map(|mode| {
        let e = Project::open(path, mode).unwrap_err();
        assert!(e.to_string().contains(path.file_name().unwrap().to_str().unwrap()), "{e}");
        e
    })
}

#[test]
fn what_is_not_a_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&[u8], Found); 5] = [
        (b"", Found::Empty),
        (b"Dear colleague,\nthe model is attached.", Found::Text),
        ("标题,日期\n".as_bytes(), Found::Text),
        (b"PK\x03\x04\x14\x00\x06\x00", Found::Zip),
        (b"\x89PNG\r\n\x1a\n\x00\x00", Found::Bytes("89504e470d0a1a0a".to_owned())),
    ];
    for (bytes, expected) in cases {
        let path = dir.path().join("x.lantu");
        std::fs::write(&path, bytes).unwrap();
        for e in refusals(&path) {
            assert!(matches!(&e, ProjectError::NotAProject { found, .. } if *found == expected), "{e:?}");
        }
        assert!(verify(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "the file must stay as it is");
        assert!(!cache_dir_of(&path).exists());
    }
    for e in refusals(dir.path()) {
        assert!(matches!(e, ProjectError::NotAProject { found: Found::Folder, .. }));
    }
    for e in refusals(&dir.path().join("none.lantu")) {
        assert!(matches!(e, ProjectError::NotFound { .. }));
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for (name, pragma, expected) in [
        ("a.lantu", "PRAGMA application_id = 0", "SQLite without an application id"),
        ("b.lantu", "PRAGMA application_id = 0x4750464D", "SQLite application id 0x4750464d"),
        ("c.lantu", "PRAGMA application_id = 0x47504B47", "a GeoPackage"),
    ] {
        let path = dir.path().join(name);
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch(&format!("{pragma}; CREATE TABLE t (x); INSERT INTO t VALUES (1);")).unwrap();
        drop(conn);
        let before = std::fs::read(&path).unwrap();
        for e in refusals(&path) {
            assert!(matches!(&e, ProjectError::OtherProgram { program, .. } if program == expected), "{e:?}");
        }
        assert!(before == std::fs::read(&path).unwrap());
        assert!(!cache_dir_of(&path).exists());
    }
}

#[test]
fn a_project_cut_anywhere_is_damaged_and_verification_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let whole = std::fs::read(&path).unwrap();
    for len in [50, 100, 4095, 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).unwrap();
        for e in refusals(&path) {
            assert!(matches!(e, ProjectError::Damaged { .. }), "{len} bytes: {e:?}");
        }
        assert!(!verify(&path).unwrap().passed(), "{len} bytes");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), len as u64, "the file must stay as it is");
    }
}

#[test]
fn a_project_of_a_newer_or_older_format_is_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    for (format, newer) in [(7, true), (0, false)] {
        let conn = rusqlite::Connection::open(&path).unwrap();
        let set = "UPDATE lantu_meta SET value = ?1 WHERE key = ?2";
        conn.execute(set, [format.to_string().as_str(), "format"]).unwrap();
        conn.execute(set, [format!("Lantu project, format {format}").as_str(), "identification"]).unwrap();
        drop(conn);
        for e in refusals(&path) {
            match e {
                ProjectError::NewerVersion { found, supported, .. } if newer => {
                    assert_eq!((found, supported), (7, 1));
                }
                ProjectError::OlderVersion { found, supported, .. } if !newer => {
                    assert_eq!((found, supported), (0, 1));
                }
                e => panic!("{e:?}"),
            }
        }
    }
}

#[test]
fn creating_never_overwrites_and_names_the_missing_folder() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Project::create(&path, &meta(), author()), Err(ProjectError::Exists { .. })));
    assert!(before == std::fs::read(&path).unwrap());
    let nowhere = dir.path().join("nowhere/x.lantu");
    let e = Project::create(&nowhere, &meta(), author()).unwrap_err();
    assert!(matches!(e, ProjectError::NotFound { path } if path == dir.path().join("nowhere")));
}

/// What a deleted project left beside itself must not be replayed into a new one of the same name.
#[test]
fn a_new_project_starts_empty_whatever_a_deleted_one_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    p.set_view("south", "{}").unwrap();
    let wal = std::fs::read(dir.path().join("block.lantu-wal")).unwrap();
    p.close().unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(dir.path().join("block.lantu-wal"), wal).unwrap();
    let p = Project::create(&path, &meta(), author()).unwrap();
    assert_eq!((p.views().unwrap().len(), p.log().unwrap().len()), (0, 1));
    p.close().unwrap();
    assert!(verify(&path).unwrap().passed());
}

#[test]
fn a_second_writer_is_told_that_the_project_is_open_and_readers_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut writer = writable(&path);
    let second = Project::open(&path, OpenMode::ReadWrite(author()));
    assert!(matches!(second, Err(ProjectError::Busy { .. })), "{second:?}");
    let mut reader = read_only(&path);
    assert_eq!(reader.views().unwrap().len(), 1);
    writer.set_view("south", "{}").unwrap();
    assert_eq!(reader.views().unwrap().len(), 2, "a reader sees what was committed");
    assert!(matches!(reader.set_view("x", "{}"), Err(ProjectError::OpenForReading { .. })));
    assert!(reader.verify(true).passed());
    // The reader keeps the write-ahead log alive; nothing is lost and the next writer seals.
    writer.close().unwrap();
    assert_eq!(reader.views().unwrap().len(), 2);
    drop(reader);
    writable(&path).close().unwrap();
    assert_eq!(verify(&path).unwrap().notes, []);
}

#[test]
fn a_writer_of_another_program_makes_a_change_busy_and_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(p.set_view("south", "{}"), Err(ProjectError::Busy { .. })));
    other.execute_batch("ROLLBACK").unwrap();
    p.set_view("south", "{}").unwrap();
    drop(other);
    p.close().unwrap();
    assert!(verify(&path).unwrap().passed());
}

/// Copies the files as a power cut would leave them.
fn cut_power(from: &Path, to: &Path) -> PathBuf {
    for suffix in ["", "-wal"] {
        let name = format!("block.lantu{suffix}");
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
    to.join("block.lantu")
}

#[test]
fn a_crash_in_the_middle_of_a_change_loses_nothing_that_was_acknowledged() {
    let (dir, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = full(dir.path());
    let mut p = writable(&path);
    p.set_view("south", "{}").unwrap();
    let crashed = p.change::<()>("view.set", &serde_json::json!({}), Vec::new(), |tx, _| {
        tx.execute("DELETE FROM lantu_views", [])?;
        // Large enough that pages leave the cache before the commit.
        tx.execute("INSERT INTO lantu_views VALUES ('big', hex(zeroblob(8000000)))", [])?;
        cut_power(dir.path(), after.path());
        Err(error::Fault::Damaged("power cut".to_owned()))
    });
    assert!(crashed.is_err());
    let path = after.path().join("block.lantu");
    let names = |p: &Project| p.views().unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&read_only(&path)), ["north", "south"]);
    let reopened = writable(&path);
    assert_eq!(names(&reopened), ["north", "south"]);
    reopened.close().unwrap();
    let report = verify(&path).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn a_project_that_is_dropped_without_closing_is_still_one_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let mut p = writable(&path);
    p.set_view("south", "{}").unwrap();
    drop(p);
    assert!(!dir.path().join("block.lantu-wal").exists());
    assert_eq!(read_only(&path).views().unwrap().len(), 2);
    assert_eq!(verify(&path).unwrap().notes, []);
}

#[test]
fn a_project_opens_as_immutable_where_no_lock_can_be_made() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("100% #1 蓝图?");
    std::fs::create_dir(&folder).unwrap();
    let path = full(&folder);
    let conn = file::connect_immutable(&path).unwrap();
    file::identify(&conn, &path).unwrap();
    let report = verify::verify_connection(&conn, &path, true, &|h| pack_path(&cache_dir_of(&path), h));
    assert!(report.passed() && report.notes.is_empty(), "{report:?}");
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named_for_writing_and_opened_for_reading() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    // Closed and crashed projects both: the latter's header asks for a write-ahead log that cannot be made.
    for wal in [false, true] {
        let conn = rusqlite::Connection::open(&path).unwrap();
        let mode = if wal { "WAL" } else { "DELETE" };
        conn.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(())).unwrap();
        drop(conn);
        std::fs::remove_dir_all(cache_dir_of(&path)).ok();
        set_mode(&path, 0o444);
        set_mode(dir.path(), 0o555);
        if std::fs::write(dir.path().join("probe"), "x").is_ok() {
            set_mode(dir.path(), 0o755);
            eprintln!(
                "SKIPPED a_read_only_folder_is_named_for_writing_and_opened_for_reading: this user may write anywhere"
            );
            return;
        }
        assert!(matches!(
            Project::open(&path, OpenMode::ReadWrite(author())),
            Err(ProjectError::ReadOnlyFolder { .. })
        ));
        let created = Project::create(&dir.path().join("new.lantu"), &meta(), author());
        assert!(matches!(created, Err(ProjectError::ReadOnlyFolder { .. })));
        assert_eq!(read_only(&path).sources().unwrap().len(), 2);
        set_mode(dir.path(), 0o755);
        // What a crash left cannot be applied here, and must not be passed over.
        if wal {
            let pending = dir.path().join("block.lantu-wal");
            std::fs::write(&pending, "pending").unwrap();
            set_mode(dir.path(), 0o555);
            let refused = Project::open(&path, OpenMode::ReadOnly);
            assert!(matches!(refused, Err(ProjectError::NotRecovered { .. })), "{refused:?}");
            set_mode(dir.path(), 0o755);
            std::fs::remove_file(&pending).unwrap();
        }
        set_mode(&path, 0o644);
    }
}
