//! One changed byte, wherever it sits, makes verification fail; and damage never becomes a panic or a silent repair.

use rusqlite::Connection;

use super::*;

/// Verifies, and returns what failed; an error that is not about damage fails the test.
fn failures(path: &Path) -> Vec<VerifyFailure> {
    verify(path).unwrap().failures
}

/// Every column of every table of the file.
fn columns(conn: &Connection) -> Vec<(String, String)> {
    let mut stmt = conn
        .prepare(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid",
        )
        .unwrap();
    stmt.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}

fn without_triggers(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
         CREATE TEMP TABLE kept AS SELECT name, sql FROM sqlite_master WHERE type = 'trigger';
         DROP TRIGGER lantu_log_keeps; DROP TRIGGER lantu_log_grows;",
    )
    .unwrap();
    conn
}

fn restore_triggers(conn: &Connection) {
    let mut stmt = conn.prepare("SELECT sql FROM kept ORDER BY name").unwrap();
    let all: Vec<String> = stmt.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    conn.execute_batch(&all.join(";")).unwrap();
}

/// Changes the first value of a column a little, and puts the triggers back, so that only the value differs.
fn change_value(path: &Path, table: &str, column: &str) -> bool {
    let conn = without_triggers(path);
    let sql = format!(
        "UPDATE {table} SET {column} = CASE typeof({column})
           WHEN 'integer' THEN {column} + 1000 WHEN 'real' THEN {column} + 0.001 WHEN 'null' THEN 'x'
           WHEN 'blob' THEN CAST(substr({column}, 1, length({column}) - 1) || x'fe' AS BLOB)
           ELSE {column} || 'x' END
         WHERE rowid_of = (SELECT min(rowid_of) FROM {table})"
    );
    let key: String = conn
        .query_row(
            &format!("SELECT name FROM pragma_table_info('{table}') ORDER BY pk = 0, pk LIMIT 1"),
            [],
            |r| r.get(0),
        )
        .unwrap();
    let changed = conn.execute(&sql.replace("rowid_of", &key), []).unwrap() > 0;
    restore_triggers(&conn);
    changed
}

#[test]
fn a_changed_value_is_found_in_every_column_of_every_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    // Rewriting a file through SQLite breaks the seal; without it, only the digests can tell.
    unseal(&path);
    assert_eq!(failures(&path), []);
    let whole = std::fs::read(&path).unwrap();
    let all = columns(&Connection::open(&path).unwrap());
    assert!(all.len() > 90, "{}", all.len());
    for (table, column) in all {
        std::fs::write(&path, &whole).unwrap();
        assert!(change_value(&path, &table, &column), "{table} has no row to change");
        match verify(&path) {
            Ok(report) => assert!(!report.passed(), "{table}.{column} was changed unnoticed"),
            Err(e) => panic!("{table}.{column}: {e}"),
        }
    }
}

/// Takes the seal off as a crash does.
fn unseal(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.execute("UPDATE lantu_seal SET seal = zeroblob(40)", []).unwrap();
}

/// Found by killing a feed some thousand times: one died in the microseconds between turning the log on and its first
/// change, and the project counted as damaged.
#[test]
fn a_project_whose_next_writer_died_before_its_first_change_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let closed = std::fs::read(&path).unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    drop(conn);
    let left = std::fs::read(&path).unwrap();
    assert_ne!(left, closed);
    assert_eq!(failures(&path), []);
    // Any other change beside it is still found.
    let mut damaged = left.clone();
    damaged[60] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    assert!(verify(&path).map_or(true, |report| !report.passed()));
    let mut damaged = left;
    damaged[18] = 1;
    std::fs::write(&path, &damaged).unwrap();
    assert!(verify(&path).map_or(true, |report| !report.passed()));
}

#[test]
fn an_added_or_removed_row_is_found_in_every_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    unseal(&path);
    let whole = std::fs::read(&path).unwrap();
    let mut tables: Vec<String> =
        columns(&Connection::open(&path).unwrap()).into_iter().map(|(table, _)| table).collect();
    tables.dedup();
    for table in tables {
        std::fs::write(&path, &whole).unwrap();
        let conn = without_triggers(&path);
        conn.execute(&format!("DELETE FROM {table}"), []).unwrap();
        restore_triggers(&conn);
        drop(conn);
        assert!(!failures(&path).is_empty(), "{table} was emptied unnoticed");
    }
    let add = [
        "INSERT INTO lantu_views VALUES ('new', '{}')",
        "INSERT INTO lantu_packs SELECT 'nobody', kind, key, hash, bytes FROM lantu_packs LIMIT 1",
        "INSERT INTO lantu_chunks (channel, day, source, n, t0, t1, sha256, samples)
           SELECT 'new', day, source, n, t0, t1, sha256, samples FROM lantu_chunks LIMIT 1",
        "INSERT INTO lantu_integrity VALUES ('lantu_views', 'x', 0, '')",
        "CREATE TABLE theirs (x)",
        "DROP TRIGGER lantu_log_keeps",
        "PRAGMA user_version = 10301",
    ];
    for sql in add {
        std::fs::write(&path, &whole).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert!(!failures(&path).is_empty(), "unnoticed: {sql}");
    }
}

#[test]
fn a_changed_log_entry_is_found_and_named_and_so_is_a_cut_tail() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    unseal(&path);
    let whole = std::fs::read(&path).unwrap();
    let n = read_only(&path).log().unwrap().len();
    for seq in 1..=n {
        for column in ["at", "by", "op", "payload_json", "state", "prev_hash", "hash"] {
            std::fs::write(&path, &whole).unwrap();
            let conn = without_triggers(&path);
            let value =
                if column == "at" { "at + 1" } else { "substr(REPLACE, 1, 3) || '_' || substr(REPLACE, 5)" };
            let value = value.replace("REPLACE", column);
            conn.execute(&format!("UPDATE lantu_log SET {column} = {value} WHERE seq = {seq}"), []).unwrap();
            restore_triggers(&conn);
            drop(conn);
            let found = failures(&path);
            let place = format!("lantu_log {seq}");
            assert!(
                found.iter().any(|f| f.what == Failed::Log && f.place == place),
                "{column} of {seq}: {found:?}"
            );
        }
    }
    // The newest entry cut off, also with a head that pretends it never was.
    for pretend in [false, true] {
        std::fs::write(&path, &whole).unwrap();
        let conn = without_triggers(&path);
        conn.execute(&format!("DELETE FROM lantu_log WHERE seq = {n}"), []).unwrap();
        if pretend {
            conn.execute(
                "UPDATE lantu_head SET (seq, hash) = (SELECT seq, hash FROM lantu_log ORDER BY seq DESC)",
                [],
            )
            .unwrap();
        }
        restore_triggers(&conn);
        drop(conn);
        assert!(!failures(&path).is_empty(), "pretend: {pretend}");
    }
}

#[test]
fn a_changed_lost_or_longer_source_or_pack_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let p = read_only(&path);
    let packs = p.packs("house").unwrap();
    let mut files: Vec<(PathBuf, Failed, Noted)> = ["house.ifc", "bridge.ifc", "house.prj"]
        .map(|f| (dir.path().join(f), Failed::Source, Noted::SourceAbsent))
        .to_vec();
    files
        .extend(packs.iter().map(|k| (pack_path(&p.cache_dir(), &k.hash), Failed::Pack, Noted::PackMissing)));
    for (file, failed, noted) in files {
        let whole = std::fs::read(&file).unwrap();
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= 1;
            std::fs::write(&file, bytes).unwrap();
            let found = failures(&path);
            assert!(found.len() == 1 && found[0].what == failed, "{file:?} byte {i}: {found:?}");
        }
        std::fs::write(&file, [whole.as_slice(), b"\n"].concat()).unwrap();
        assert_eq!(failures(&path).len(), 1, "{file:?} grew");
        std::fs::remove_file(&file).unwrap();
        let report = verify(&path).unwrap();
        if failed == Failed::Pack && packs.len() > 1 {
            let one = report.failures.len() == 1 && report.failures[0].what == failed;
            assert!(one && report.notes.is_empty(), "{report:?}");
        } else {
            assert!(
                report.passed() && report.notes.len() == 1 && report.notes[0].what == noted,
                "{report:?}"
            );
        }
        std::fs::write(&file, whole).unwrap();
    }
    assert_eq!(failures(&path), []);
}

/// The whole header and every 97th byte after it, whether a table owns it or not.
#[test]
fn a_flipped_bit_anywhere_in_a_closed_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    let step = 97;
    let head = 0..100;
    for at in head.chain((100..whole.len()).step_by(step)) {
        let bit = 1 << (at % 8);
        bytes[at] ^= bit;
        std::fs::write(&path, &bytes).unwrap();
        match verify(&path) {
            Ok(report) => assert!(!report.passed(), "byte {at} was flipped unnoticed"),
            Err(e) => panic!("byte {at}: {e:?}"),
        }
        bytes[at] ^= bit;
    }
}

/// After a crash there is no seal. Then every byte that a table owns must be found by what was read.
#[test]
fn a_flipped_bit_in_a_project_that_was_not_closed_changes_nothing_unnoticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    unseal(&path);
    let whole = std::fs::read(&path).unwrap();
    let expected = contents(&read_only(&path)).unwrap();
    let mut bytes = whole.clone();
    for at in (100..whole.len()).step_by(331) {
        bytes[at] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        if failures(&path).is_empty() {
            let read = contents(&read_only(&path));
            assert_eq!(read.unwrap(), expected, "byte {at} changed what is read, unnoticed");
        }
        bytes[at] ^= 0x10;
    }
}

/// Everything that the interface gives, as text.
fn contents(p: &Project) -> Result<String, ProjectError> {
    let chunks: Result<Vec<_>, _> = p.channels()?.iter().map(|c| p.chunks(&c.channel)).collect();
    let lists = (p.sources()?, p.placements()?, p.packs("house")?, p.tasks()?, p.bindings()?, chunks?);
    Ok(format!("{:?}{lists:?}{:?}{:?}{:?}{:?}", p.meta(), p.views()?, p.settings()?, p.rules()?, p.log()?))
}

#[test]
fn a_change_never_hides_damage_under_a_new_digest() {
    let dir = tempfile::tempdir().unwrap();
    let path = full(dir.path());
    Connection::open(&path)
        .unwrap()
        .execute("UPDATE lantu_views SET json = '{\"eye\":[1,2,4]}'", [])
        .unwrap();
    let mut p = writable(&path);
    assert!(matches!(p.set_view("south", "{}"), Err(ProjectError::Damaged { .. })));
    p.set_setting("language", "en").unwrap();
    p.close().unwrap();
    let found = failures(&path);
    assert!(found.len() == 1 && found[0].place == "lantu_views", "{found:?}");
}
