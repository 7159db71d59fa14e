//! The check that nothing in the project file, behind it (sources) or beside it (packs) was changed or lost.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;

use crate::content::hash_content;
use crate::digest::{self, SCHEMA_SCOPE, sha256_hex};
use crate::error::{Fault, ProjectError};
use crate::log::{self, LogEntry};
use crate::project::Project;
use crate::schema::TABLES;
use crate::seal::{self, SealState};
use crate::{OpenMode, sources};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failed {
    /// The file as a whole, or the database in it.
    Database,
    /// The rows of a table.
    Table,
    /// The operation log.
    Log,
    /// A source file, or one that belongs to it.
    Source,
    /// A pack in the cache.
    Pack,
}

/// Something that was changed or lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyFailure {
    /// What.
    pub what: Failed,
    /// Where: a table and its part, a log entry's number, a file.
    pub place: String,
    /// How it differs, in English.
    pub detail: String,
}

/// What is worth knowing without being a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Noted {
    /// A source file is not where it was; nothing can be said of it.
    SourceAbsent,
    /// A pack is not in the cache, nor is any other; they will be rebuilt.
    PackMissing,
    /// The project is open for writing or was not closed: bytes that no table owns were not checked.
    NotSealed,
}

/// Something worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyNote {
    /// What.
    pub what: Noted,
    /// Where: a source's path, a pack's hash, the project file.
    pub place: String,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Tables.
    pub tables: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Day chunks of observations.
    pub chunks: u64,
    /// Entries of the log.
    pub log_entries: u64,
    /// Source files that were there.
    pub sources: u64,
    /// Packs that were there.
    pub packs: u64,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// How much was checked.
    pub checked: Checked,
    /// What was changed or lost.
    pub failures: Vec<VerifyFailure>,
    /// What is worth knowing.
    pub notes: Vec<VerifyNote>,
}

impl VerifyReport {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn fail(&mut self, what: Failed, place: impl Into<String>, detail: impl Into<String>) {
        self.failures.push(VerifyFailure { what, place: place.into(), detail: detail.into() });
    }

    fn note(&mut self, what: Noted, place: impl Into<String>) {
        self.notes.push(VerifyNote { what, place: place.into() });
    }
}

/// Verifies a project file with its sources and its cache, without changing anything.
///
/// Damage is a failure in the report, also where it keeps the project from being opened.
///
/// # Errors
/// Only if there is no Lantu project of a known format, or it cannot be read now: [`ProjectError::NotFound`],
/// [`ProjectError::NotAProject`], [`ProjectError::OtherProgram`], [`ProjectError::NewerVersion`],
/// [`ProjectError::OlderVersion`], [`ProjectError::Busy`], [`ProjectError::NotRecovered`].
pub fn verify(path: &Path) -> Result<VerifyReport, ProjectError> {
    match Project::open(path, OpenMode::ReadOnly) {
        Ok(project) => Ok(project.verify(true)),
        Err(ProjectError::Damaged { detail, path }) => {
            let mut report = VerifyReport::default();
            report.fail(Failed::Database, path.to_string_lossy(), detail);
            Ok(report)
        }
        Err(e) => Err(e),
    }
}

/// The cap on messages of one SQLite check: a file that was overwritten in the middle gives thousands.
const MAX_MESSAGES: u32 = 100;

type Step = fn(&Connection, &mut VerifyReport) -> Result<(), Fault>;

pub(crate) fn verify_connection(
    conn: &Connection,
    path: &Path,
    with_sources: bool,
    locate: &dyn Fn(&str) -> PathBuf,
) -> VerifyReport {
    let mut report = VerifyReport::default();
    let place = path.to_string_lossy().into_owned();
    match seal::check(conn, path) {
        Ok(SealState::Intact) => {}
        Ok(SealState::Open) => report.note(Noted::NotSealed, place.clone()),
        Ok(SealState::Broken(detail)) => report.fail(Failed::Database, place.clone(), detail),
        Err(e) => report.fail(Failed::Database, place.clone(), cause(&e)),
    }
    // One snapshot for all checks, also beside a writer.
    let snapshot = conn.unchecked_transaction();
    if let Err(e) = &snapshot {
        report.fail(Failed::Database, place.clone(), e.to_string());
    }
    let steps: [(Failed, &str, Step); 5] = [
        (Failed::Database, "integrity_check", check_database),
        (Failed::Database, "schema", check_schema),
        (Failed::Table, "tables", check_tables),
        (Failed::Table, "lantu_chunks", check_chunks),
        (Failed::Log, "lantu_log", check_log),
    ];
    for (what, step_place, step) in steps {
        if let Err(fault) = step(conn, &mut report) {
            report.fail(what, step_place, cause(&fault.at(path)));
        }
    }
    if with_sources && let Err(e) = check_sources(conn, path, &mut report) {
        report.fail(Failed::Table, "lantu_sources", e.to_string());
    }
    if let Err(e) = check_packs(conn, locate, &mut report) {
        report.fail(Failed::Table, "lantu_packs", e.to_string());
    }
    report
}

/// The message of an error with its cause.
fn cause(e: &ProjectError) -> String {
    match e {
        ProjectError::Damaged { detail, .. } => detail.clone(),
        ProjectError::Sqlite { source, .. } => source.to_string(),
        ProjectError::Io { source, .. } => source.to_string(),
        e => e.to_string(),
    }
}

fn check_database(conn: &Connection, report: &mut VerifyReport) -> Result<(), Fault> {
    let mut stmt = conn.prepare(&format!("PRAGMA integrity_check({MAX_MESSAGES})"))?;
    let mut rows = stmt.query([])?;
    while let Some(row) = rows.next()? {
        let message: String = row.get(0)?;
        if message != "ok" {
            report.fail(Failed::Database, "integrity_check", message);
        }
    }
    Ok(())
}

fn check_schema(conn: &Connection, report: &mut VerifyReport) -> Result<(), Fault> {
    let now = digest::schema_digest(conn)?;
    if digest::stored(conn, SCHEMA_SCOPE, "")?.as_ref() != Some(&now) {
        report.fail(
            Failed::Database,
            "schema",
            "tables, triggers or identifiers are not as they were written",
        );
    }
    Ok(())
}

fn check_tables(conn: &Connection, report: &mut VerifyReport) -> Result<(), Fault> {
    let mut expected = digest::stored_all(conn)?;
    expected.remove(&(SCHEMA_SCOPE.to_owned(), String::new()));
    for t in TABLES {
        report.checked.tables += 1;
        let parts = match digest::parts_of(conn, t) {
            Ok(parts) => parts,
            Err(e) => {
                report.fail(Failed::Table, t.name, e.to_string());
                continue;
            }
        };
        for part in parts {
            let place = if part.is_empty() { t.name.to_owned() } else { format!("{} {part}", t.name) };
            let written = expected.remove(&(t.name.to_owned(), part.clone()));
            match (digest::part_digest(conn, t, &part), written) {
                (Err(e), _) => report.fail(Failed::Table, place, e.to_string()),
                (Ok(_), None) => report.fail(Failed::Table, place, "rows that nobody wrote"),
                (Ok(now), Some(written)) => {
                    report.checked.rows += u64::try_from(now.n_rows).unwrap_or(0);
                    if now != written {
                        let detail = format!("{} rows, {} were written", now.n_rows, written.n_rows);
                        let same = now.n_rows == written.n_rows;
                        report.fail(Failed::Table, place, if same { "a value was changed" } else { &detail });
                    }
                }
            }
        }
    }
    for ((table, part), d) in expected {
        report.fail(Failed::Table, format!("{table} {part}"), format!("{} rows are gone", d.n_rows));
    }
    Ok(())
}

fn check_chunks(conn: &Connection, report: &mut VerifyReport) -> Result<(), Fault> {
    let mut stmt = conn.prepare("SELECT id, sha256, samples FROM lantu_chunks ORDER BY id")?;
    let mut rows = stmt.query([])?;
    while let Some(row) = rows.next()? {
        let (id, sha): (i64, String) = (row.get(0)?, row.get(1)?);
        report.checked.chunks += 1;
        let bytes = row.get_ref(2)?.as_bytes().unwrap_or_default();
        if sha256_hex(bytes) != sha {
            report.fail(Failed::Table, format!("lantu_chunks {id}"), "observations were changed");
        }
    }
    Ok(())
}

fn check_log(conn: &Connection, report: &mut VerifyReport) -> Result<(), Fault> {
    let uuid: String = conn.query_row("SELECT value FROM lantu_meta WHERE key = 'uuid'", [], |r| r.get(0))?;
    let mut prev = (0, log::genesis(&uuid));
    let mut state = String::new();
    let mut stmt = conn.prepare(log::SELECT)?;
    for entry in stmt.query_map([], LogEntry::read)? {
        let entry = entry?;
        report.checked.log_entries += 1;
        let place = format!("lantu_log {}", entry.seq);
        if entry.seq != prev.0 + 1 {
            report.fail(Failed::Log, place.clone(), format!("follows entry {}", prev.0));
        }
        if entry.prev_hash != prev.1 {
            report.fail(Failed::Log, place.clone(), "is not bound to the entry before");
        }
        if entry.hash != entry.expected_hash() {
            report.fail(Failed::Log, place, "was changed");
        }
        prev = (entry.seq, entry.hash);
        state = entry.state;
    }
    let n_heads: i64 = conn.query_row("SELECT count(*) FROM lantu_head", [], |r| r.get(0))?;
    if n_heads != 1 || log::head(conn)? != prev {
        report.fail(Failed::Log, "lantu_head", "the newest entry is not the one that was written last");
    }
    if digest::integrity_state(conn)? != state {
        report.fail(Failed::Table, "lantu_integrity", "is not what the newest log entry is bound to");
    }
    let n_seals: i64 = conn.query_row("SELECT count(*) FROM lantu_seal", [], |r| r.get(0))?;
    if n_seals != 1 {
        report.fail(Failed::Table, "lantu_seal", format!("{n_seals} rows instead of 1"));
    }
    Ok(())
}

fn check_sources(conn: &Connection, path: &Path, report: &mut VerifyReport) -> rusqlite::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    for s in sources::all(conn)? {
        let own = (s.path, s.sha256, s.size);
        let files = std::iter::once(own).chain(s.companions.into_iter().map(|c| (c.path, c.sha256, c.size)));
        for (file, sha, size) in files {
            match compare(&folder.join(&file), &sha, size) {
                Compared::Same => report.checked.sources += 1,
                Compared::Absent => report.note(Noted::SourceAbsent, file),
                Compared::Differs(detail) => report.fail(Failed::Source, file, detail),
            }
        }
    }
    Ok(())
}

fn check_packs(
    conn: &Connection,
    locate: &dyn Fn(&str) -> PathBuf,
    report: &mut VerifyReport,
) -> rusqlite::Result<()> {
    let mut stmt = conn.prepare("SELECT hash, bytes FROM lantu_packs")?;
    let packs: BTreeMap<String, u64> =
        stmt.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut missing = Vec::new();
    for (hash, bytes) in packs {
        // A name that is not a hash must never become a path.
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            report.fail(Failed::Pack, hash, "is not a hash");
            continue;
        }
        match compare(&locate(&hash), &hash, bytes) {
            Compared::Same => report.checked.packs += 1,
            Compared::Absent => missing.push(hash),
            Compared::Differs(detail) => report.fail(Failed::Pack, hash, detail),
        }
    }
    // Who deletes the cache deletes all of it; one that lost some of its packs is damaged.
    let damaged = report.checked.packs > 0;
    for hash in missing {
        if damaged {
            report.fail(Failed::Pack, hash, "is not in the cache");
        } else {
            report.note(Noted::PackMissing, hash);
        }
    }
    Ok(())
}

enum Compared {
    Same,
    Absent,
    Differs(String),
}

fn compare(file: &Path, sha: &str, size: u64) -> Compared {
    match hash_content(file, &|| false) {
        Ok((hash, n)) if hash == sha && n == size => Compared::Same,
        Ok((_, n)) if n != size => Compared::Differs(format!("has {n} bytes instead of {size}")),
        Ok(_) => Compared::Differs("its content was changed".to_owned()),
        Err(e) if e.kind() == ErrorKind::NotFound => Compared::Absent,
        Err(e) => Compared::Differs(e.to_string()),
    }
}
