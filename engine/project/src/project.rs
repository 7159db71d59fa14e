//! The open project: how it is made, opened, changed and closed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use lantu_base::{ProjectFrame, UtcNanos};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};
use serde_json::{Value, json};

use crate::digest::{self, Canon};
use crate::error::{Fault, ProjectError};
use crate::file::{self, Author, OpenMode, WriterLock};
use crate::log::{self, Entry, LogEntry};
use crate::schema::{APPLICATION_ID, FORMAT, SQL, TABLES, USER_VERSION};
use crate::verify::{VerifyReport, verify_connection};
use crate::{gpkg, seal};

/// What a project is called and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectMeta {
    /// Name on screen.
    pub name: String,
    /// CRS, heights, unit and time zone.
    pub frame: ProjectFrame,
    /// The CRS as WKT, for programs that read the file as a GeoPackage.
    pub crs_wkt: Option<String>,
}

/// An open project. Owns the database connection and, if writing, the writer's lock.
///
/// Each change is one transaction that also appends to the log; what returned `Ok` is on disk. May move between
/// threads. Dropping a writer closes it, but says nothing if that fails: prefer [`Project::close`].
pub struct Project {
    // Invariant: dropped before the lock, so that no two writers ever have a connection.
    pub(crate) conn: Connection,
    path: PathBuf,
    meta: ProjectMeta,
    uuid: String,
    writer: Option<(Author, WriterLock)>,
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project")
            .field("path", &self.path)
            .field("writing", &self.writer.is_some())
            .finish_non_exhaustive()
    }
}

/// A part of a table that a change writes.
pub(crate) struct Touch {
    pub(crate) table: &'static str,
    pub(crate) part: String,
    /// Whether all rows of the part are written anew; else what stays is checked before.
    pub(crate) whole: bool,
}

impl Touch {
    pub(crate) fn amend(table: &'static str, part: &str) -> Self {
        Self { table, part: part.to_owned(), whole: false }
    }

    pub(crate) fn replace(table: &'static str, part: &str) -> Self {
        Self { table, part: part.to_owned(), whole: true }
    }
}

/// Who changes, and when: the same for all rows and the log entry of a change.
pub(crate) struct Stamp {
    pub(crate) by: String,
    pub(crate) at: UtcNanos,
}

impl Project {
    /// Makes a new project file; the folder must exist.
    ///
    /// # Errors
    /// [`ProjectError::Exists`], [`ProjectError::NotFound`] for the folder, [`ProjectError::ReadOnlyFolder`], or
    /// what the operating system says.
    pub fn create(path: &Path, meta: &ProjectMeta, author: Author) -> Result<Self, ProjectError> {
        file::create_empty(path)?;
        let made = Self::fill(path, meta, author);
        if made.is_err() {
            file::remove_new(path);
        }
        made
    }

    fn fill(path: &Path, meta: &ProjectMeta, author: Author) -> Result<Self, ProjectError> {
        let fail = |e| ProjectError::sql(e, path);
        let lock = file::lock_writer(path)?;
        let mut conn = file::connect_rw(path)?;
        let stamp = Stamp { by: author.by.clone(), at: (author.clock)() };
        let uuid = uuid_of(meta, &stamp);
        conn.pragma_update(None, "application_id", APPLICATION_ID).map_err(fail)?;
        conn.pragma_update(None, "user_version", USER_VERSION).map_err(fail)?;
        start_writing(&conn).map_err(fail)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        write_new(&tx, meta, &uuid, &stamp).map_err(fail)?;
        tx.commit().map_err(fail)?;
        tracing::info!(path = %path.display(), "created");
        Ok(Self { conn, path: path.to_owned(), meta: meta.clone(), uuid, writer: Some((author, lock)) })
    }

    /// Opens a project. A writer recovers what a crash left in the write-ahead log; a reader in a read-only folder
    /// opens the file as immutable.
    ///
    /// # Errors
    /// [`ProjectError::NotFound`], [`ProjectError::NotAProject`], [`ProjectError::OtherProgram`],
    /// [`ProjectError::Damaged`], [`ProjectError::NewerVersion`], [`ProjectError::OlderVersion`],
    /// [`ProjectError::Busy`], [`ProjectError::ReadOnlyFolder`], [`ProjectError::NotRecovered`].
    pub fn open(path: &Path, mode: OpenMode) -> Result<Self, ProjectError> {
        file::inspect(path)?;
        let fail = |e| ProjectError::sql(e, path);
        let (conn, writer) = match mode {
            OpenMode::ReadOnly => (file::connect_ro(path)?, None),
            OpenMode::ReadWrite(author) => {
                let conn = file::connect_rw(path)?;
                file::identify(&conn, path)?;
                let lock = file::lock_writer(path)?;
                start_writing(&conn).map_err(|e| match e.sqlite_error_code() {
                    Some(ErrorCode::CannotOpen) => ProjectError::ReadOnlyFolder { path: path.to_owned() },
                    _ => fail(e),
                })?;
                seal::clear(&conn).map_err(fail)?;
                (conn, Some((author, lock)))
            }
        };
        file::identify(&conn, path)?;
        let (meta, uuid) = read_meta(&conn).map_err(|f| f.at(path))?;
        Ok(Self { conn, path: path.to_owned(), meta, uuid, writer })
    }

    /// Name, frame and CRS.
    pub fn meta(&self) -> &ProjectMeta {
        &self.meta
    }

    /// The file, as it was named when opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that the file lies in.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        }
    }

    /// The folder of caches beside the file; may not exist.
    pub fn cache_dir(&self) -> PathBuf {
        file::cache_dir_of(&self.path)
    }

    /// The project's own identity, unchanged by renaming or moving the file.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Whether changes are possible.
    pub fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    /// The operation log, oldest entry first.
    ///
    /// # Errors
    /// [`ProjectError::Damaged`] or another failure to read.
    pub fn log(&self) -> Result<Vec<LogEntry>, ProjectError> {
        self.rows(log::SELECT, [], LogEntry::read)
    }

    /// Checks everything that can be checked; `sources` says whether to read the source files too. Packs are
    /// looked for in [`Project::cache_dir`]. Damage is a failure in the report, never an error or a panic.
    pub fn verify(&self, sources: bool) -> VerifyReport {
        let cache = self.cache_dir();
        self.verify_with(sources, &|hash| file::pack_path(&cache, hash))
    }

    /// Like [`Project::verify`], with packs where `locate` says.
    pub fn verify_with(&self, sources: bool, locate: &dyn Fn(&str) -> PathBuf) -> VerifyReport {
        verify_connection(&self.conn, &self.path, sources, locate)
    }

    /// Closes: afterwards the one file is the whole project, unless another program is still reading it.
    ///
    /// # Errors
    /// What the operating system or the database says; nothing that was changed is lost even then.
    pub fn close(mut self) -> Result<(), ProjectError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), ProjectError> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let done = finish_writing(&self.conn, &self.path);
        drop(writer);
        done
    }

    /// One change: `f` writes, then the digests of what it touched, the log entry and the head follow in the same
    /// transaction.
    pub(crate) fn change<T>(
        &mut self,
        op: &str,
        payload: &Value,
        touches: Vec<Touch>,
        f: impl FnOnce(&Transaction<'_>, &Stamp) -> Result<T, Fault>,
    ) -> Result<T, ProjectError> {
        let path = &self.path;
        let Some((author, _)) = &self.writer else {
            return Err(ProjectError::OpenForReading { path: path.clone() });
        };
        let stamp = Stamp { by: author.by.clone(), at: (author.clock)() };
        let run = |conn: &mut Connection| -> Result<T, Fault> {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut parts: BTreeMap<(&'static str, String), bool> = BTreeMap::new();
            for t in touches {
                let whole = parts.entry((t.table, t.part)).or_insert(true);
                *whole &= t.whole;
            }
            for ((table, part), whole) in &parts {
                if let Some(spec) = digest::spec(table).filter(|_| !whole) {
                    digest::require_intact(&tx, spec, part)?;
                }
            }
            let result = f(&tx, &stamp)?;
            for (table, part) in parts.keys() {
                if let Some(spec) = digest::spec(table) {
                    digest::store(&tx, spec, part)?;
                } else {
                    debug_assert!(false, "a table without digest was touched: {table}");
                }
            }
            let entry = Entry { at: stamp.at, by: &stamp.by, op, payload_json: payload.to_string() };
            let prev = log::head(&tx)?;
            let state = digest::integrity_state(&tx)?;
            log::append(&tx, entry, prev, state)?;
            tx.commit()?;
            Ok(result)
        };
        let result = run(&mut self.conn).map_err(|f| f.at(path))?;
        tracing::debug!(op, path = %path.display(), "changed");
        Ok(result)
    }

    /// Reads all rows of a query.
    pub(crate) fn rows<T, P: rusqlite::Params>(
        &self,
        sql: &str,
        args: P,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ProjectError> {
        let run =
            || self.conn.prepare_cached(sql)?.query_map(args, read)?.collect::<rusqlite::Result<Vec<T>>>();
        run().map_err(|e| ProjectError::sql(e, &self.path))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!(%error, "the project was not closed cleanly");
        }
    }
}

/// Puts the database into the state in which it is written: what is acknowledged is on disk.
fn start_writing(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")
}

/// Folds the write-ahead log into the file and seals it.
fn finish_writing(conn: &Connection, path: &Path) -> Result<(), ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let busy = |e: &rusqlite::Error| {
        matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    };
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(fail)?;
    let mode = conn.pragma_update_and_check(None, "journal_mode", "DELETE", |r| r.get::<_, String>(0));
    match mode {
        Ok(mode) if mode == "delete" => seal::write(conn, path),
        Ok(_) => Ok(()),
        // A reader is still there: everything is durable, but the write-ahead log stays, and the seal is left off.
        Err(e) if busy(&e) => {
            tracing::info!(path = %path.display(), "another program reads the project; it stays unsealed");
            Ok(())
        }
        Err(e) => Err(fail(e)),
    }
}

/// An identity from what is known at birth, so that the same birth gives the same identity.
fn uuid_of(meta: &ProjectMeta, stamp: &Stamp) -> String {
    let mut c = Canon::new("lantu project uuid");
    for text in [&meta.name, &meta.frame.crs, &meta.frame.time_zone, &stamp.by] {
        c.text(text);
    }
    c.int(stamp.at.0);
    let h = c.hex();
    let cut = |a: usize, b: usize| h.get(a..b).unwrap_or_default();
    // Version 8, variant 10: RFC 9562, section 5.8.
    format!("{}-{}-8{}-a{}-{}", cut(0, 8), cut(8, 12), cut(12, 15), cut(15, 18), cut(18, 30))
}

fn write_new(tx: &Transaction<'_>, meta: &ProjectMeta, uuid: &str, stamp: &Stamp) -> rusqlite::Result<()> {
    tx.execute_batch(SQL)?;
    let frame = &meta.frame;
    let pairs = [
        ("identification", Some(file::identification(FORMAT))),
        ("format", Some(FORMAT.to_string())),
        ("uuid", Some(uuid.to_owned())),
        ("name", Some(meta.name.clone())),
        ("crs", Some(frame.crs.clone())),
        ("crs_wkt", meta.crs_wkt.clone()),
        ("height_crs", frame.height_crs.clone()),
        // Rust's own text reads back to the same bits.
        ("meters_per_unit", Some(format!("{:?}", frame.meters_per_unit))),
        ("time_zone", Some(frame.time_zone.clone())),
        ("created_by", Some(stamp.by.clone())),
        ("created_at", Some(stamp.at.to_string())),
    ];
    for (key, value) in pairs {
        if let Some(value) = value {
            tx.execute("INSERT INTO lantu_meta (key, value) VALUES (?1, ?2)", params![key, value])?;
        }
    }
    gpkg::write_new(tx, meta, stamp)?;
    for t in TABLES {
        if t.part.is_none() {
            digest::store(tx, t, "")?;
        }
    }
    let schema = digest::schema_digest(tx)?;
    digest::put(tx, digest::SCHEMA_SCOPE, "", &schema)?;
    let payload = json!({ "name": meta.name, "crs": frame.crs, "format": FORMAT, "uuid": uuid });
    let entry =
        Entry { at: stamp.at, by: &stamp.by, op: "project.create", payload_json: payload.to_string() };
    let state = digest::integrity_state(tx)?;
    log::append(tx, entry, (0, log::genesis(uuid)), state)
}

fn read_meta(conn: &Connection) -> Result<(ProjectMeta, String), Fault> {
    let mut stmt = conn.prepare("SELECT key, value FROM lantu_meta")?;
    let mut map = stmt
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<BTreeMap<String, String>, _>>()?;
    let mut must =
        |key: &str| map.remove(key).ok_or_else(|| Fault::Damaged(format!("table lantu_meta has no {key}")));
    let name = must("name")?;
    let crs = must("crs")?;
    let time_zone = must("time_zone")?;
    let uuid = must("uuid")?;
    let unit = must("meters_per_unit")?;
    let Ok(meters_per_unit) = unit.parse() else {
        return Err(Fault::Damaged(format!("meters_per_unit is {unit:?}")));
    };
    let crs_wkt = map.remove("crs_wkt");
    let frame = ProjectFrame { crs, height_crs: map.remove("height_crs"), meters_per_unit, time_zone };
    Ok((ProjectMeta { name, frame, crs_wkt }, uuid))
}
