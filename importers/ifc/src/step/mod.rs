//! STEP files: where the records are, what is in them, what their strings say.

mod scan;
mod text;
mod value;

pub(crate) use scan::{Flaw, Record, Scan, references, scan};
pub(crate) use text::{RawEncoding, decode};
pub(crate) use value::{Value, ValueFlaw, arguments};

use lantu_base::{Code, Diagnostic, Severity};

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
    // Invariant: byte offsets of line starts, ascending, first 0.
    lines: Vec<usize>,
}

impl<'a> StepFile<'a> {
    /// Scans a file.
    pub(crate) fn read(content: &'a [u8]) -> Self {
        let scan = scan(content);
        let encoding = RawEncoding::of(content);
        let schema = scan.file_schema.as_ref().map_or_else(String::new, |args| {
            let (values, _) = arguments(content, args);
            let names: Vec<String> = values
                .iter()
                .flat_map(Value::members)
                .filter_map(|v| if let Value::Text(t) = v { Some(decode(t, encoding)) } else { None })
                .collect();
            names.join(",")
        });
        let lines = std::iter::once(0)
            .chain(content.iter().enumerate().filter(|b| *b.1 == b'\n').map(|b| b.0 + 1))
            .collect();
        Self { content, scan, encoding, schema, lines }
    }

    /// Line of a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }

    /// `#12, line 34`
    pub(crate) fn place(&self, id: Option<u64>, at: usize) -> String {
        let line = self.line(at);
        id.map_or_else(|| format!("line {line}"), |id| format!("#{id}, line {line}"))
    }

    /// `#12, line 34` of a record, or `#12` if there is none.
    pub(crate) fn place_of(&self, id: u64) -> String {
        self.scan.find(id).map_or_else(|| format!("#{id}"), |r| self.place(Some(id), r.start))
    }

    /// Keyword and arguments of a record; `None` if there is no such record.
    pub(crate) fn get(&self, id: u64) -> Option<(&str, Vec<Value<'a>>)> {
        let r = self.scan.find(id)?;
        Some((self.scan.keyword(r), arguments(self.content, &r.args).0))
    }

    /// Arguments of a record that was found.
    pub(crate) fn args(&self, record: &Record) -> Vec<Value<'a>> {
        arguments(self.content, &record.args).0
    }

    /// The decoded text of a value, also inside a typed value; `None` if it is not a text or empty.
    pub(crate) fn text(&self, v: Option<&Value<'_>>) -> Option<String> {
        match v? {
            Value::Text(raw) => Some(decode(raw, self.encoding)).filter(|t| !t.is_empty()),
            Value::Typed(_, inner) => self.text(inner.first()),
            _ => None,
        }
    }

    /// What is wrong with the text as such.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut out: Vec<Diagnostic> = self.scan.flaws.iter().map(|f| self.flaw(f)).collect();
        if !self.encoding.is_utf8() {
            out.push(
                Diagnostic::new(
                    Code::new("ifc.encoding_guessed"),
                    Severity::Warning,
                    "",
                    format!(
                        "Texts hold bytes that are not UTF-8; they were read as {}.",
                        self.encoding.name()
                    ),
                )
                .with("encoding", self.encoding.name()),
            );
        }
        for r in &self.scan.records {
            if let (_, Some(flaw)) = arguments_unless_bulk(self.content, r) {
                let (at, what) = match flaw {
                    ValueFlaw::Unexpected(at) => (at, "cannot be read from here on"),
                    ValueFlaw::TooDeep(at) => (at, "nests too deeply"),
                };
                out.push(Diagnostic::new(
                    Code::new("ifc.syntax"),
                    Severity::Error,
                    self.place(Some(r.id), at),
                    format!("The record {what}; the rest of it was left out."),
                ));
            }
        }
        out.extend(self.dangling());
        out
    }

    fn flaw(&self, flaw: &Flaw) -> Diagnostic {
        let (code, severity, place, message) = match *flaw {
            Flaw::Truncated { id, at } => (
                "ifc.truncated",
                Severity::Error,
                self.place(id, at),
                "The file ends before its end mark; everything up to there was read.",
            ),
            Flaw::Unfinished { id, at } => (
                "ifc.syntax",
                Severity::Error,
                self.place(id, at),
                "The record does not end; it was left out, and reading went on with the next one.",
            ),
            Flaw::NotARecord { id, at } => {
                ("ifc.syntax", Severity::Error, self.place(id, at), "This is not a record; it was left out.")
            }
            Flaw::DuplicateId { id, at } => (
                "ifc.duplicate_id",
                Severity::Warning,
                self.place(Some(id), at),
                "Two records have this number; the later one counts.",
            ),
            Flaw::GaveUp { at } => (
                "ifc.syntax",
                Severity::Error,
                self.place(None, at),
                "Too many records do not end; the rest of the file was left out.",
            ),
        };
        Diagnostic::new(Code::new(code), severity, place, message)
    }

    fn dangling(&self) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for r in &self.scan.records {
            let mut missing: Vec<u64> = Vec::new();
            references(self.content, &r.args, |id| {
                if missing.len() < 4 && !missing.contains(&id) && self.scan.find(id).is_none() {
                    missing.push(id);
                }
            });
            if !missing.is_empty() {
                let names: Vec<String> = missing.iter().map(|id| format!("#{id}")).collect();
                out.push(
                    Diagnostic::new(
                        Code::new("ifc.dangling_reference"),
                        Severity::Warning,
                        self.place(Some(r.id), r.start),
                        format!(
                            "The record refers to {}, which the file does not have; it was read as if empty.",
                            names.join(", ")
                        ),
                    )
                    .with("missing", names.join(", ")),
                );
            }
        }
        out
    }
}

/// Coordinate lists are the bulk of a file and are read by the kernel alone: looking for flaws there would cost
/// as much as everything else.
fn arguments_unless_bulk<'a>(content: &'a [u8], r: &Record) -> (Vec<Value<'a>>, Option<ValueFlaw>) {
    if r.args.len() > 1 << 16 { (Vec::new(), None) } else { arguments(content, &r.args) }
}
