//! A file beside a table that says which of its columns are which: `plan.csv.columns.csv` with a line
//! `column,header` for each, for example `start,Beginn (Soll)`.

use std::path::{Path, PathBuf};

use lantu_ingest::ImportError;

use crate::header::{Table, clean};
use crate::source::FieldDecoder;

/// Largest mapping, bytes. Chosen: a table has some dozen columns.
const MAX_BYTES: u64 = 1 << 20;

/// The mapping of a table, if there is one.
pub(crate) fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_owned();
    name.push(".columns.csv");
    let mapping = path.with_file_name(name);
    mapping.is_file().then_some(mapping)
}

/// Columns with the names that stand for them; empty without a mapping.
///
/// # Errors
/// [`ImportError::Format`] for a line that names no column, [`ImportError::Read`].
pub(crate) fn read(path: &Path) -> Result<Vec<(String, String)>, ImportError> {
    let Some(file) = beside(path) else { return Ok(Vec::new()) };
    let fail = |source| ImportError::Read { source, path: file.clone() };
    let refused = |what: String, line: usize| ImportError::Format {
        code: "tables.columns",
        what: format!("{what}\nfile: {}", file.display()),
        place: format!("line {line}"),
    };
    if std::fs::metadata(&file).map_err(fail)?.len() > MAX_BYTES {
        return Err(refused("a mapping of columns has at most 1 MiB".to_owned(), 1));
    }
    let bytes = std::fs::read(&file).map_err(fail)?;
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let (text, _lost) = FieldDecoder::from_head(body).decode(body);
    let mut known: Vec<&str> = Vec::new();
    for column in Table::ALL.iter().flat_map(|t| t.columns().0) {
        if !known.contains(column) {
            known.push(column);
        }
    }
    let mut out = Vec::new();
    for (ix, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let Some((column, header)) = line.split_once([',', ';', '\t', '=']) else {
            return Err(refused(format!("expected column,header, found {line:?}"), ix + 1));
        };
        let (column, header) = (clean(column), clean(header));
        if ix == 0 && column == "column" {
            continue;
        }
        if !known.contains(&column.as_str()) {
            return Err(refused(
                format!("there is no column {column:?}; the columns are {}", known.join(", ")),
                ix + 1,
            ));
        }
        out.push((column, header));
    }
    Ok(out)
}
