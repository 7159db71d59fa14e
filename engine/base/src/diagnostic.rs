//! What went wrong inside otherwise usable input, and where.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Stable, machine-readable name of a kind of diagnostic: `ifc.dangling_reference`.
///
/// The message catalog has a text for each in every language, under `diag-` and the code with `-` for `.` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Code(pub std::borrow::Cow<'static, str>);

impl Code {
    /// A code known at compile time.
    pub const fn new(code: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much a diagnostic matters to somebody who relies on the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is missing or changed.
    Info,
    /// Done, but not as the file says: something was approximated or guessed.
    Warning,
    /// Something is missing from the result.
    Error,
}

/// One thing in the input that is wrong, missing, dropped or approximated. The import goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The kind, for scripts and translations.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The place in the input: `#853`, `line 12`, `feature 12`, `band 3`; empty for the file as a whole.
    #[serde(rename = "where")]
    pub place: String,
    /// One English sentence: what is wrong, then what was done about it.
    pub message: String,
    /// Values for a translated message, by name. Always written: the stream of an import is not self-describing.
    pub args: BTreeMap<String, String>,
}

impl Diagnostic {
    /// A diagnostic without arguments.
    pub fn new(code: Code, severity: Severity, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, severity, place: place.into(), message: message.into(), args: BTreeMap::new() }
    }

    /// Adds a value for the translated message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// How many objects an import read, kept and dropped. Invariant: `read == kept + dropped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Objects that the file has.
    pub read: u64,
    /// Objects that are in the scene.
    pub kept: u64,
    /// Objects that are not; each has a diagnostic.
    pub dropped: u64,
}

/// What an import left to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// In the order in which they were met. At most [`Report::MAX_DIAGNOSTICS`]; further ones are counted per code.
    pub diagnostics: Vec<Diagnostic>,
    /// Objects read, kept, dropped.
    pub counts: Counts,
    /// Diagnostics that came after the list was full, by code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub further: BTreeMap<Code, u64>,
}

impl Report {
    /// Chosen: a file with a defect in every one of a million objects must not fill memory with sentences.
    pub const MAX_DIAGNOSTICS: usize = 10_000;

    /// Adds a diagnostic, or counts it when the list is full.
    pub fn push(&mut self, d: Diagnostic) {
        if self.diagnostics.len() < Self::MAX_DIAGNOSTICS {
            self.diagnostics.push(d);
        } else {
            *self.further.entry(d.code).or_default() += 1;
        }
    }

    /// Whether something was dropped or approximated (exit code 3).
    pub fn is_partial(&self) -> bool {
        self.counts.dropped > 0
            || !self.further.is_empty()
            || self.diagnostics.iter().any(|d| d.severity >= Severity::Warning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_report_counts_instead_of_growing() {
        let mut report = Report::default();
        for i in 0..Report::MAX_DIAGNOSTICS + 5 {
            report.push(Diagnostic::new(Code::new("test.many"), Severity::Info, format!("#{i}"), "again"));
        }
        assert_eq!(report.diagnostics.len(), Report::MAX_DIAGNOSTICS);
        assert_eq!(report.further.get(&Code::new("test.many")), Some(&5));
    }
}
