//! Reads files that tests write.

use std::path::Path;

use lantu_ifc::import_without_shapes;
use lantu_ingest::ImportError;

use crate::support::{Read, collect, read};

/// Calls `f` with a file of this text.
pub(crate) fn in_file<T>(text: &[u8], f: impl FnOnce(&Path) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.ifc");
    std::fs::write(&path, text).unwrap();
    f(&path)
}

/// Reads a text as a file.
pub(crate) fn read_text(text: &[u8]) -> Result<Read, ImportError> {
    in_file(text, |path| read(path, 1))
}

/// Reads a text as a file, without shapes, on two threads.
pub(crate) fn read_data(text: &[u8]) -> Result<Read, ImportError> {
    in_file(text, |path| collect(path, 2, import_without_shapes))
}

/// A file around records.
pub(crate) fn step(schema: &str, data: &str) -> Vec<u8> {
    format!(
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
         FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{data}\nENDSEC;\nEND-ISO-10303-21;\n"
    )
    .into_bytes()
}
