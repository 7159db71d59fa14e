//! The project as a file: what it is before SQLite sees it, how it is opened, and who may write.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lantu_base::UtcNanos;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::digest::hex;
use crate::error::{Found, ProjectError};
use crate::schema::{APPLICATION_ID, FORMAT, OLDEST_FORMAT};

/// Where the time of a change comes from; passed in, so that tests and the demo are the same every time.
pub type Clock = Box<dyn Fn() -> UtcNanos + Send>;

/// Who changes a project, and by which clock.
pub struct Author {
    /// User name, as the log will show it.
    pub by: String,
    /// The clock.
    pub clock: Clock,
}

impl Author {
    /// A person and a clock.
    pub fn new(by: &str, clock: impl Fn() -> UtcNanos + Send + 'static) -> Self {
        Self { by: by.to_owned(), clock: Box::new(clock) }
    }
}

/// How to open a project.
pub enum OpenMode {
    /// To look only; works beside a writer and in a read-only folder.
    ReadOnly,
    /// To change it; one at a time.
    ReadWrite(Author),
}

/// How long to wait for another program's short lock. Chosen: long enough for a commit, too short to look hung.
const BUSY_WAIT: Duration = Duration::from_millis(500);
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
/// So many wrong bytes in the magic still mean a damaged database and not another kind of file. Chosen.
const MAX_WRONG_MAGIC: usize = 2;

/// The folder of caches beside a project file: `name.lantu.d`. May be deleted at any moment.
pub fn cache_dir_of(path: &Path) -> PathBuf {
    with_suffix(path, ".d")
}

/// Where a cache folder keeps the pack of this hash: `packs/<first two digits>/<hash>`.
pub fn pack_path(cache_dir: &Path, hash: &str) -> PathBuf {
    cache_dir.join("packs").join(hash.get(..2).unwrap_or("__")).join(hash)
}

/// `path` with `suffix` after its whole name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Looks at the first bytes: what is not a whole SQLite database is refused before SQLite touches it.
pub(crate) fn inspect(path: &Path) -> Result<(), ProjectError> {
    let not = |found| Err(ProjectError::NotAProject { found, path: path.to_owned() });
    let fail = |e| ProjectError::io(e, path);
    let meta = std::fs::metadata(path).map_err(fail)?;
    if meta.is_dir() {
        return not(Found::Folder);
    }
    let mut head = Vec::with_capacity(HEADER_BYTES);
    File::open(path).map_err(fail)?.take(HEADER_BYTES as u64).read_to_end(&mut head).map_err(fail)?;
    if head.is_empty() {
        return not(Found::Empty);
    }
    let n_wrong = MAGIC.iter().zip(&head).filter(|(a, b)| a != b).count();
    if head.len() < MAGIC.len() || n_wrong > MAX_WRONG_MAGIC {
        return not(kind_of(&head));
    }
    if n_wrong > 0 {
        return Err(ProjectError::damaged("the first 16 bytes are not those of a SQLite database", path));
    }
    let (Some(page), Some(n_pages)) = (page_bytes(&head), be_u32(&head, 28)) else {
        return Err(ProjectError::damaged("the file ends within its header", path));
    };
    let expected = u64::from(page) * u64::from(n_pages);
    // The page count counts only where the last writer kept it, and while nothing waits to be applied.
    let counts = be_u32(&head, 24) == be_u32(&head, 92) && !has_pending(path);
    if counts && meta.len() < expected {
        let detail = format!("the file has {} bytes of {expected}: its end is missing", meta.len());
        return Err(ProjectError::damaged(detail, path));
    }
    Ok(())
}

/// Page size from a database header; 1 stands for 65536.
pub(crate) fn page_bytes(head: &[u8]) -> Option<u32> {
    match (head.get(16)?, head.get(17)?) {
        (0, 1) => Some(65_536),
        (&hi, &lo) => Some(u32::from(u16::from_be_bytes([hi, lo]))),
    }
}

/// A big-endian number of a database header.
pub(crate) fn be_u32(head: &[u8], at: usize) -> Option<u32> {
    let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn kind_of(head: &[u8]) -> Found {
    let text_like = |b: &u8| *b >= 0x20 || matches!(b, b'\t' | b'\r' | b'\n');
    if head.starts_with(b"PK\x03\x04") {
        Found::Zip
    } else if head.iter().all(text_like) {
        Found::Text
    } else {
        Found::Bytes(hex(head.get(..8).unwrap_or(head)))
    }
}

/// Whether a write-ahead log or a rollback journal waits to be applied: the file alone is not the project then.
fn has_pending(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|s| std::fs::metadata(with_suffix(path, s)).is_ok_and(|m| m.len() > 0))
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY_WAIT)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)
}

/// Opens an existing database for writing; identifies nothing yet.
pub(crate) fn connect_rw(path: &Path) -> Result<Connection, ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(fail)?;
    configure(&conn).map_err(fail)?;
    if conn.is_readonly(rusqlite::MAIN_DB).map_err(fail)? {
        return Err(ProjectError::ReadOnlyFolder { path: path.to_owned() });
    }
    Ok(conn)
}

/// Opens an existing database for reading: beside a writer, or immutable where the folder allows no lock files.
pub(crate) fn connect_ro(path: &Path) -> Result<Connection, ProjectError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let tried = Connection::open_with_flags(path, flags).and_then(|conn| {
        configure(&conn)?;
        conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok(conn)
    });
    match tried {
        Ok(conn) => Ok(conn),
        Err(e) if matches!(e.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) => {
            if has_pending(path) {
                return Err(ProjectError::NotRecovered { path: path.to_owned() });
            }
            connect_immutable(path)
        }
        Err(e) => Err(ProjectError::sql(e, path)),
    }
}

/// Opens a database that cannot change, without any lock.
pub(crate) fn connect_immutable(path: &Path) -> Result<Connection, ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let absolute = std::path::absolute(path).map_err(|e| ProjectError::io(e, path))?;
    let mut uri = String::from("file:");
    let text = absolute.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for c in text.chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    uri.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(&uri, flags).map_err(fail)?;
    configure(&conn).map_err(fail)?;
    Ok(conn)
}

/// The sentence in `lantu_meta` that makes a database a project.
pub(crate) fn identification(format: u32) -> String {
    format!("Lantu project, format {format}")
}

/// Checks that the database is a project of a format that can be read.
pub(crate) fn identify(conn: &Connection, path: &Path) -> Result<(), ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let has = |name: &str| {
        conn.query_row("SELECT count(*) FROM sqlite_master WHERE name = ?1", [name], |r| r.get::<_, i64>(0))
            .map(|n| n > 0)
            .map_err(fail)
    };
    let id: i64 = conn.pragma_query_value(None, "application_id", |r| r.get(0)).map_err(fail)?;
    // One flipped byte must not turn a project into another program's file: two marks out of three are enough.
    let marks = [id == APPLICATION_ID, has("lantu_meta")?, has("lantu_log")?];
    match marks.iter().filter(|m| **m).count() {
        3 => {}
        2 => return Err(ProjectError::damaged("one of its identifying marks is gone", path)),
        _ => {
            let program = match id {
                APPLICATION_ID => "a GeoPackage".to_owned(),
                0 => "SQLite without an application id".to_owned(),
                _ => format!("SQLite application id {id:#010x}"),
            };
            return Err(ProjectError::OtherProgram { program, path: path.to_owned() });
        }
    }
    let value = |key: &str| {
        conn.query_row("SELECT value FROM lantu_meta WHERE key = ?1", [key], |r| r.get::<_, String>(0))
            .map_err(fail)
    };
    let found: u32 = value("format")?.parse().unwrap_or(0);
    if value("identification")? != identification(found) {
        return Err(ProjectError::damaged("its format is said twice, differently", path));
    }
    let path = path.to_owned();
    if found > FORMAT {
        Err(ProjectError::NewerVersion { found, supported: FORMAT, path })
    } else if found < OLDEST_FORMAT {
        Err(ProjectError::OlderVersion { found, supported: OLDEST_FORMAT, path })
    } else {
        Ok(())
    }
}

/// Held by the one program that may change the project; the operating system frees it when the program ends.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

/// Becomes the writer.
pub(crate) fn lock_writer(path: &Path) -> Result<WriterLock, ProjectError> {
    let folder = cache_dir_of(path);
    let lock = folder.join("writer.lock");
    let opened = std::fs::create_dir_all(&folder)
        .and_then(|()| OpenOptions::new().create(true).truncate(false).write(true).open(&lock));
    let file = match opened {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            return Err(ProjectError::ReadOnlyFolder { path: path.to_owned() });
        }
        Err(e) => return Err(ProjectError::io(e, &lock)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(ProjectError::Busy { path: path.to_owned() }),
        // Some network file systems know no locks; SQLite's own still keep single changes apart.
        Err(TryLockError::Error(error)) => tracing::warn!(%error, path = %lock.display(), "no writer lock"),
    }
    Ok(WriterLock { _file: file })
}

/// Removes a project that could not be made, with what the database kept beside it.
pub(crate) fn remove_new(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let left = with_suffix(path, suffix);
        match std::fs::remove_file(&left) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, path = %left.display(), "left of a project that could not be made");
            }
            _ => {}
        }
    }
}

/// Makes the empty file of a new project, and refuses to overwrite.
pub(crate) fn create_empty(path: &Path) -> Result<(), ProjectError> {
    match OpenOptions::new().create_new(true).write(true).open(path) {
        Ok(_file) => {}
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(path);
            return Err(ProjectError::NotFound { path: parent.to_owned() });
        }
        Err(e) => return Err(ProjectError::io(e, path)),
    }
    // What a deleted project of the same name left behind would be replayed into the new one.
    for suffix in ["-wal", "-shm", "-journal"] {
        let left = with_suffix(path, suffix);
        match std::fs::remove_file(&left) {
            Ok(()) => tracing::info!(path = %left.display(), "removed what a deleted project left"),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(ProjectError::io(e, &left)),
        }
    }
    Ok(())
}
