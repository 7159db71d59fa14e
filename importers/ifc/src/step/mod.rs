//! STEP files: where the records are, what is in them, what their strings say.

mod check;
mod encoding;
mod findings;
mod index;
mod needs;
mod scan;
mod text;
mod value;

pub(crate) use encoding::RawEncoding;
pub(crate) use findings::Findings;
pub(crate) use scan::{Record, Scan};
pub(crate) use text::decode;
pub(crate) use value::{Value, arguments, first_of};

use std::sync::OnceLock;

/// A file in memory with its records found.
pub(crate) struct StepFile<'a> {
    /// The whole file.
    pub(crate) content: &'a [u8],
    /// Its records.
    pub(crate) scan: Scan,
    /// How bytes above 127 are meant.
    pub(crate) encoding: RawEncoding,
    /// `FILE_SCHEMA` as written; empty if missing.
    pub(crate) schema: String,
    // Invariant: byte offsets of line starts, ascending, first 0. Made when a line is first asked for.
    lines: OnceLock<Vec<usize>>,
}

impl<'a> StepFile<'a> {
    /// Scans a file on the current thread pool.
    pub(crate) fn read(content: &'a [u8]) -> Self {
        let (scan, encoding) = rayon::join(|| scan::scan(content), || RawEncoding::of(content));
        let schema = scan.file_schema.as_ref().map_or_else(String::new, |args| {
            let (values, _) = arguments(content, args);
            let names: Vec<String> = values
                .iter()
                .flat_map(Value::members)
                .filter_map(|v| if let Value::Text(t) = v { Some(decode(t, encoding)) } else { None })
                .collect();
            names.join(",")
        });
        Self { content, scan, encoding, schema, lines: OnceLock::new() }
    }

    /// Line of a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        let lines = self.lines.get_or_init(|| {
            let breaks = self.content.iter().enumerate().filter(|b| *b.1 == b'\n').map(|b| b.0 + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        lines.partition_point(|&start| start <= at)
    }

    /// `#12, line 34`
    pub(crate) fn place(&self, id: Option<u64>, at: usize) -> String {
        let line = self.line(at);
        id.map_or_else(|| format!("line {line}"), |id| format!("#{id}, line {line}"))
    }

    /// `#12, line 34` of a record, or `#12` if there is none.
    pub(crate) fn place_of(&self, id: u64) -> String {
        self.scan.find(id).map_or_else(|| format!("#{id}"), |r| self.place(Some(id), r.start()))
    }

    /// Keyword and arguments of a record; `None` if there is no such record.
    pub(crate) fn get(&self, id: u64) -> Option<(&str, Vec<Value<'a>>)> {
        let r = self.scan.find(id)?;
        Some((self.scan.keyword(r), arguments(self.content, &r.args()).0))
    }

    /// Keyword of a record, without reading its arguments; `None` if there is no such record.
    pub(crate) fn keyword(&self, id: u64) -> Option<&str> {
        self.scan.find(id).map(|r| self.scan.keyword(r))
    }

    /// The first text among a record's arguments; `None` if there is no such record, or no text in it.
    pub(crate) fn first_text(&self, id: u64) -> Option<String> {
        first_of(self.content, &self.scan.find(id)?.args(), |v| self.text(Some(v)))
    }

    /// Arguments of a record that was found.
    pub(crate) fn args(&self, record: &Record) -> Vec<Value<'a>> {
        arguments(self.content, &record.args()).0
    }

    /// The decoded text of a value, also inside a typed value; `None` if it is not a text or empty.
    pub(crate) fn text(&self, v: Option<&Value<'_>>) -> Option<String> {
        match v? {
            Value::Text(raw) => Some(decode(raw, self.encoding)).filter(|t| !t.is_empty()),
            Value::Typed(_, inner) => self.text(inner.first()),
            _ => None,
        }
    }
}
