//! Why a project could not be made, opened, read or changed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// What a file turned out to be that is not a SQLite database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// No bytes at all.
    Empty,
    /// A folder.
    Folder,
    /// Text.
    Text,
    /// A ZIP archive (also XLSX, DOCX, IFCZIP).
    Zip,
    /// Something else; the first bytes in hexadecimal.
    Bytes(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty file"),
            Self::Folder => f.write_str("a folder"),
            Self::Text => f.write_str("text"),
            Self::Zip => f.write_str("a ZIP archive"),
            Self::Bytes(hex) => write!(f, "bytes {hex}"),
        }
    }
}

/// Why a project could not be made, opened, read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// Nothing has this name, or the folder for a new project does not exist.
    #[error("there is no such file or folder\npath: {path:?}")]
    NotFound {
        /// The project file, or the folder that is missing.
        path: PathBuf,
    },
    /// A new project would overwrite something.
    #[error("the file exists already, and a new project never overwrites\npath: {path:?}")]
    Exists {
        /// The file that is there.
        path: PathBuf,
    },
    /// Not a SQLite database.
    #[error("not a Lantu project: found {found}\npath: {path:?}")]
    NotAProject {
        /// What it is instead.
        found: Found,
        /// The file.
        path: PathBuf,
    },
    /// A SQLite database of another program.
    #[error("a database of another program: {program}\npath: {path:?}")]
    OtherProgram {
        /// What is known of the program.
        program: String,
        /// The file.
        path: PathBuf,
    },
    /// Bytes were changed or lost.
    #[error("the project file is damaged: {detail}\npath: {path:?}")]
    Damaged {
        /// Where and how, in English.
        detail: String,
        /// The file.
        path: PathBuf,
    },
    /// Written by a later version of Lantu.
    #[error("the project has format {found}, this version reads up to {supported}\npath: {path:?}")]
    NewerVersion {
        /// The format of the file.
        found: u32,
        /// The newest format that can be read.
        supported: u32,
        /// The file.
        path: PathBuf,
    },
    /// Written by a version of Lantu whose files are no longer read.
    #[error("the project has format {found}, this version reads from {supported}\npath: {path:?}")]
    OlderVersion {
        /// The format of the file.
        found: u32,
        /// The oldest format that can be read.
        supported: u32,
        /// The file.
        path: PathBuf,
    },
    /// The folder or the file may not be written.
    #[error("the folder or the file is read-only\npath: {path:?}")]
    ReadOnlyFolder {
        /// The project file.
        path: PathBuf,
    },
    /// The project was not closed, and what waits beside it cannot be applied in a read-only folder.
    #[error("the project was not closed, and its folder does not allow to recover it\npath: {path:?}")]
    NotRecovered {
        /// The project file.
        path: PathBuf,
    },
    /// A change was asked of a project that is open for reading.
    #[error("the project is open for reading only\npath: {path:?}")]
    OpenForReading {
        /// The project file.
        path: PathBuf,
    },
    /// Another program or window is changing the project.
    #[error("the project is open for writing elsewhere\npath: {path:?}")]
    Busy {
        /// The project file.
        path: PathBuf,
    },
    /// The project has no source of this name.
    #[error("the project has no such source\nsource: {id:?}\npath: {path:?}")]
    UnknownSource {
        /// The name.
        id: String,
        /// The project file.
        path: PathBuf,
    },
    /// A source of this name is there already.
    #[error("the project has a source of this name already\nsource: {id:?}\npath: {path:?}")]
    SourceExists {
        /// The name.
        id: String,
        /// The project file.
        path: PathBuf,
    },
    /// No placement decision of this source is left to take back.
    #[error("there is no placement decision to take back\nsource: {id:?}\npath: {path:?}")]
    NothingToUndo {
        /// The source.
        id: String,
        /// The project file.
        path: PathBuf,
    },
    /// The operating system refused to read or write.
    #[error("cannot read or write the project\npath: {path:?}")]
    Io {
        /// The cause.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The database refused, for none of the reasons above.
    #[error("the project database refused\npath: {path:?}")]
    Sqlite {
        /// The cause.
        source: Box<rusqlite::Error>,
        /// The project file.
        path: PathBuf,
    },
}
const _: () = assert!(size_of::<ProjectError>() <= 64, "box large variants");

impl ProjectError {
    pub(crate) fn io(source: io::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnlyFolder { path }
            }
            _ => Self::Io { source, path },
        }
    }

    pub(crate) fn sql(source: rusqlite::Error, path: &Path) -> Self {
        Fault::Sql(source).at(path)
    }

    pub(crate) fn damaged(detail: impl Into<String>, path: &Path) -> Self {
        Self::Damaged { detail: detail.into(), path: path.to_owned() }
    }
}

/// A failure inside a transaction, before the path is added.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(rusqlite::Error),
    Damaged(String),
    UnknownSource(String),
    SourceExists(String),
    NothingToUndo(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sql(e)
    }
}

impl Fault {
    pub(crate) fn at(self, path: &Path) -> ProjectError {
        let path = path.to_owned();
        match self {
            Self::Damaged(detail) => ProjectError::Damaged { detail, path },
            Self::UnknownSource(id) => ProjectError::UnknownSource { id, path },
            Self::SourceExists(id) => ProjectError::SourceExists { id, path },
            Self::NothingToUndo(id) => ProjectError::NothingToUndo { id, path },
            Self::Sql(e) if is_damage(&e) => ProjectError::Damaged { detail: e.to_string(), path },
            Self::Sql(e) => match e.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ProjectError::Busy { path },
                Some(ErrorCode::ReadOnly) => ProjectError::ReadOnlyFolder { path },
                _ => ProjectError::Sqlite { source: Box::new(e), path },
            },
        }
    }
}

/// `SQLITE_IOERR_SHORT_READ`: the file ends before a page that it must have.
const SHORT_READ: i32 = 522;

/// Whether the error can only come from bytes that changed or are gone. A missing row, a wrong type and a missing
/// table count: our own statements never ask for what our own schema lacks.
pub(crate) fn is_damage(e: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    match e {
        E::SqliteFailure(f, _) => {
            matches!(f.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch)
                || f.extended_code == SHORT_READ
                || f.extended_code == rusqlite::ffi::SQLITE_ERROR
        }
        E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::QueryReturnedNoRows
        | E::QueryReturnedMoreThanOneRow
        | E::InvalidColumnType(..)
        | E::InvalidColumnName(_)
        | E::InvalidColumnIndex(_) => true,
        _ => false,
    }
}
