//! Reads files that tests write.

use std::path::Path;

use lantu_ifc::{GeometryKernel, KernelError, KernelReport, ShapeBatch, ShapeJob};
use lantu_ingest::ImportError;

use crate::support::{Read, read, read_with};

/// A kernel that makes nothing, where only data are asked for.
struct NoShapes;

impl GeometryKernel for NoShapes {
    fn shapes(
        &self,
        _content: &[u8],
        _job: &ShapeJob,
        _sink: &mut (dyn FnMut(ShapeBatch) + Send),
    ) -> Result<KernelReport, KernelError> {
        Ok(KernelReport::default())
    }
}

fn in_file<T>(text: &[u8], f: impl FnOnce(&Path) -> T) -> T {
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
    in_file(text, |path| read_with(&NoShapes, path, 2))
}

/// A file around records.
pub(crate) fn step(schema: &str, data: &str) -> Vec<u8> {
    format!(
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
         FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{data}\nENDSEC;\nEND-ISO-10303-21;\n"
    )
    .into_bytes()
}
