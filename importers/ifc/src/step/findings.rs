//! What is wrong with the text of a file, in words, with record and line.

use lantu_base::{Code, Diagnostic, Severity};
use rayon::prelude::*;

use super::StepFile;
use super::check::{Met, walk};
use super::needs::{Checks, Needs, Tally};
use super::scan::{Flaw, Record};
use super::text::{TextFlaw, decode_checked};
use super::value::{Value, ValueFlaw};
use crate::schema::class;

/// Diagnostics of one code that are listed one by one; then how many more there are. Chosen: a person reads no more.
const MAX_LISTED: usize = 256;
/// Missing records that are named for each record. Chosen: enough to find the place.
const MAX_MISSING: usize = 4;
/// Codes of what can be wrong with one record, see [`code_of`].
const N_CODES: usize = 8;
/// Records that one task looks at.
const RECORDS_PER_TASK: usize = 4096;

/// What is wrong with the text of a file.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Numbers of records that refer to missing ones, in file order.
    pub(crate) dangling: Vec<u64>,
}

/// What is wrong with one record.
enum Wrong {
    Value(ValueFlaw),
    Missing(Vec<u64>),
    /// It refers to one that cannot stand there.
    Stray(u64),
    /// It lacks a reference to one that the standard calls so.
    Lacks(&'static str),
    /// A list in it holds another list, or nothing, in place of a reference.
    Ragged,
    Text(TextFlaw, usize),
}

impl StepFile<'_> {
    /// Looks at every record once, on the current thread pool.
    pub(crate) fn findings(&self) -> Findings {
        let mut out = Findings::default();
        out.diagnostics.extend(self.scan.flaws.iter().map(|f| self.flaw(f)));
        out.diagnostics.extend(self.assumed_encoding());
        let checks = Checks::new(&self.scan.keywords);
        let wrong: Vec<(u64, usize, Wrong)> = self
            .scan
            .records
            .par_chunks(RECORDS_PER_TASK)
            .flat_map_iter(|records| records.iter().flat_map(|r| self.wrong(r, &checks)))
            .collect();
        let mut listed: [(&'static str, usize); N_CODES] = [("", 0); N_CODES];
        for (id, start, wrong) in &wrong {
            if matches!(wrong, Wrong::Missing(_)) {
                out.dangling.push(*id);
            }
            let code = code_of(wrong);
            let Some(slot) = listed.iter_mut().find(|s| s.0 == code || s.0.is_empty()) else { continue };
            *slot = (code, slot.1 + 1);
            if slot.1 <= MAX_LISTED {
                out.diagnostics.push(self.in_words(*id, *start, wrong));
            }
        }
        for (code, n) in listed.into_iter().filter(|l| l.1 > MAX_LISTED) {
            let n = n - MAX_LISTED;
            let what = format!("{n} more records have the same flaw ({code}).");
            out.diagnostics.push(Diagnostic::new(Code::new(code), Severity::Warning, "", what).with("n", n));
        }
        out
    }

    fn assumed_encoding(&self) -> Option<Diagnostic> {
        let e = self.encoding;
        if e == super::RawEncoding::UTF_8 {
            return None;
        }
        let percent = (100.0 * e.confidence).round();
        let what = if e.name() == super::RawEncoding::UTF_8.name() {
            format!(
                "Some texts are UTF-8 and others are not; UTF-8 counts where it can be (confidence {percent} %)."
            )
        } else {
            format!(
                "Texts hold bytes that are not UTF-8; they were read as {} (confidence {percent} %).",
                e.name()
            )
        };
        let d = Diagnostic::new(Code::new("ifc.encoding_guessed"), Severity::Warning, "", what);
        Some(d.with("encoding", e.name()).with("confidence", format!("{:.2}", e.confidence)))
    }

    fn wrong(&self, r: &Record, checks: &Checks) -> Vec<(u64, usize, Wrong)> {
        let needs = checks.needs(r.keyword());
        let mut tally = Tally::default();
        let mut missing: Vec<u64> = Vec::new();
        let mut text: Option<(TextFlaw, usize)> = None;
        let flaw = walk(self.content, &r.args(), |met| match met {
            Met::Reference(id, depth) => {
                let found = self.scan.find(id);
                if found.is_none() && missing.len() < MAX_MISSING && !missing.contains(&id) {
                    missing.push(id);
                }
                if let Some(needs) = needs {
                    tally.reference(checks, needs, (id, found.map(Record::keyword)), depth);
                }
            }
            Met::Nothing(depth) => needs.into_iter().for_each(|needs| tally.nothing(needs, depth)),
            Met::Text(raw, at) => {
                if text.is_none() && (raw.contains(&b'\\') || !raw.is_ascii()) {
                    text = decode_checked(raw, self.encoding).1.map(|flaw| (flaw, at));
                }
            }
        });
        let mut out = Vec::new();
        out.extend(flaw.map(Wrong::Value));
        // What cannot be read ends early, which is all there is to say of it.
        if let Some(needs) = needs.filter(|_| flaw.is_none()) {
            out.extend(self.misses(r, checks, needs, &tally));
        }
        out.extend((!missing.is_empty()).then_some(Wrong::Missing(missing)));
        out.extend(text.map(|(flaw, at)| Wrong::Text(flaw, at)));
        out.into_iter().map(|w| (r.id, r.start(), w)).collect()
    }

    /// What a record does not refer to as it must.
    fn misses(&self, r: &Record, checks: &Checks, needs: &Needs, tally: &Tally) -> Option<Wrong> {
        if needs.is_product {
            let args = self.args(r);
            let at = |at: usize| args.get(at).and_then(Value::as_ref);
            let keyword = |id: u64| self.scan.find(id).map(Record::keyword);
            let place = at(5).filter(|id| !checks.is_placement(keyword(*id)));
            let stray = place.or_else(|| at(6).filter(|id| !checks.is_shape(keyword(*id)))).map(Wrong::Stray);
            // A number or a text where a reference belongs.
            let other = |at: usize, what| {
                let found = args.get(at).filter(|v| !matches!(v, Value::Null) && v.as_ref().is_none());
                found.map(|_| Wrong::Lacks(what))
            };
            let no_place = || other(5, "IfcObjectPlacement");
            return stray.or_else(no_place).or_else(|| other(6, "IfcProductDefinitionShape"));
        }
        let lacks = || tally.lacks(needs).map(Wrong::Lacks);
        tally.stray.map(Wrong::Stray).or_else(|| tally.ragged.then_some(Wrong::Ragged)).or_else(lacks)
    }

    fn in_words(&self, id: u64, start: usize, wrong: &Wrong) -> Diagnostic {
        let (severity, at, what) = match wrong {
            Wrong::Value(ValueFlaw::Unexpected(at)) => (
                Severity::Error,
                *at,
                "The record cannot be read from here on; the rest of it was left out.".to_owned(),
            ),
            Wrong::Value(ValueFlaw::TooDeep(at)) => (
                Severity::Error,
                *at,
                "The record nests too deeply; the rest of it was left out.".to_owned(),
            ),
            Wrong::Value(ValueFlaw::Unseparated(at)) => (
                Severity::Error,
                *at,
                "A comma or a parenthesis is missing here; values of the record may stand in the wrong places."
                    .to_owned(),
            ),
            Wrong::Value(ValueFlaw::Number(at)) => (
                Severity::Error,
                *at,
                "This is not a number, or one too large; it was read as if empty.".to_owned(),
            ),
            Wrong::Missing(missing) => {
                let names: Vec<String> = missing.iter().map(|id| format!("#{id}")).collect();
                let names = names.join(", ");
                let what = format!("The record refers to {names}, which the file does not have; it was read as if empty.");
                let place = self.place(Some(id), start);
                return Diagnostic::new(Code::new(code_of(wrong)), Severity::Warning, place, what)
                    .with("missing", names);
            }
            Wrong::Stray(_) | Wrong::Lacks(_) | Wrong::Ragged => return self.astray(id, start, wrong),
            Wrong::Text(TextFlaw::OtherEncoding(name), at) => (
                Severity::Warning,
                *at,
                format!("The text is not in the file's encoding; it was read as {name}."),
            ),
            Wrong::Text(TextFlaw::Unreadable, at) => (
                Severity::Warning,
                *at,
                "A part of the text means no character; it was left as \\X\\hh or as it stands.".to_owned(),
            ),
            Wrong::Text(TextFlaw::Lost, at) => (
                Severity::Warning,
                *at,
                "The file has replacement characters (U+FFFD) in a text: what they stood for was lost before."
                    .to_owned(),
            ),
        };
        Diagnostic::new(Code::new(code_of(wrong)), severity, self.place(Some(id), at), what)
    }

    fn astray(&self, id: u64, start: usize, wrong: &Wrong) -> Diagnostic {
        let class = |id: u64| self.scan.find(id).map_or_else(String::new, |r| class(self.scan.keyword(r)).0);
        let of = class(id);
        let what = match wrong {
            Wrong::Stray(to) => {
                let found = format!("#{to} ({})", class(*to));
                let what = format!(
                    "The {of} refers to {found}, which cannot stand there; what hangs on it may be missing or elsewhere."
                );
                let place = self.place(Some(id), start);
                let d = Diagnostic::new(Code::new(code_of(wrong)), Severity::Warning, place, what);
                return d.with("class", of).with("found", found);
            }
            Wrong::Lacks(what) => *what,
            // Words in other languages tell it by this.
            _ => "list",
        };
        let message = format!(
            "The {of} has no {what} where it needs one; what hangs on it may be missing or elsewhere."
        );
        let place = self.place(Some(id), start);
        let d = Diagnostic::new(Code::new(code_of(wrong)), Severity::Warning, place, message);
        d.with("class", of).with("what", what)
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
            Flaw::More { n, at } => {
                let what = format!("{n} more records have flaws like these.");
                let d = Diagnostic::new(Code::new("ifc.syntax"), Severity::Error, self.place(None, at), what);
                return d.with("n", n);
            }
        };
        Diagnostic::new(Code::new(code), severity, place, message)
    }
}

fn code_of(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Value(ValueFlaw::Unexpected(_) | ValueFlaw::TooDeep(_) | ValueFlaw::Unseparated(_)) => {
            "ifc.syntax"
        }
        Wrong::Value(ValueFlaw::Number(_)) => "ifc.number",
        Wrong::Missing(_) => "ifc.dangling_reference",
        Wrong::Stray(_) => "ifc.stray_reference",
        Wrong::Lacks(_) | Wrong::Ragged => "ifc.incomplete_record",
        Wrong::Text(TextFlaw::OtherEncoding(_), _) => "ifc.encoding_mixed",
        Wrong::Text(TextFlaw::Unreadable, _) => "ifc.text_unreadable",
        Wrong::Text(TextFlaw::Lost, _) => "ifc.text_lost",
    }
}
