//! Finds the records of a STEP file (ISO 10303-21) without reading what is in them.

use std::collections::HashMap;
use std::ops::Range;

/// Records that do not end, after which scanning stops. Chosen: each costs a pass over the rest of the file.
const MAX_UNFINISHED: usize = 32;
/// Longest keyword that is kept. Chosen: the longest of any IFC schema has 56 characters.
const MAX_KEYWORD_BYTES: usize = 128;

/// One record `#id=KEYWORD(…);`.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Number after `#`.
    pub(crate) id: u64,
    /// Byte of the `#`.
    pub(crate) start: usize,
    /// Index into [`Scan::keywords`].
    pub(crate) keyword: u32,
    /// Bytes between the outer parentheses.
    pub(crate) args: Range<usize>,
}

/// What is wrong with the text, at a byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flaw {
    /// The file ends inside a record or without its end mark.
    Truncated { id: Option<u64>, at: usize },
    /// A record does not end; reading went on behind it.
    Unfinished { id: Option<u64>, at: usize },
    /// `#n=` with something else than `KEYWORD(…)`.
    NotARecord { id: Option<u64>, at: usize },
    /// Two records have one number; the later one counts.
    DuplicateId { id: u64, at: usize },
    /// Too many unfinished records: the rest was not read.
    GaveUp { at: usize },
}

/// The records of a file.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// In file order; of records with one number only the last.
    pub(crate) records: Vec<Record>,
    /// Uppercase.
    pub(crate) keywords: Vec<String>,
    /// Arguments of `FILE_SCHEMA`.
    pub(crate) file_schema: Option<Range<usize>>,
    /// What is wrong.
    pub(crate) flaws: Vec<Flaw>,
    /// `ISO-10303-21` or a section mark was seen.
    pub(crate) has_header: bool,
    /// (id, index into `records`), sorted by id.
    by_id: Vec<(u64, u32)>,
}

impl Scan {
    /// The record with this number.
    pub(crate) fn find(&self, id: u64) -> Option<&Record> {
        let at = self.by_id.binary_search_by_key(&id, |e| e.0).ok()?;
        self.records.get(self.by_id.get(at)?.1 as usize)
    }

    /// Uppercase keyword of a record.
    pub(crate) fn keyword(&self, record: &Record) -> &str {
        self.keywords.get(record.keyword as usize).map_or("", String::as_str)
    }
}

/// How a statement ended.
enum Tail {
    /// At its `;`, which is at this byte. `args` is the outermost parenthesis.
    Semicolon { args: Option<Range<usize>>, end: usize },
    /// A new record starts on a new line although this one is not closed.
    NextRecord(usize),
    /// The text ends.
    Eof { in_string: bool },
}

/// Scans a whole file. Linear in its size, except behind unfinished strings, which are limited.
pub(crate) fn scan(text: &[u8]) -> Scan {
    let mut out = Scan::default();
    let mut ids: HashMap<String, u32> = HashMap::new();
    let mut at = 0;
    let mut unfinished = 0;
    let mut ended = false;
    while let Some(start) = skip_space(text, at) {
        let id = record_id(text, start);
        let (id, body) = match id {
            Some((id, body)) => (Some(id), body),
            None => (None, start),
        };
        match tail(text, body) {
            Tail::Semicolon { args, end } => {
                statement(text, &mut out, &mut ids, &Statement { id, start, body, args, end });
                ended |= text.get(start..end).is_some_and(|s| s.eq_ignore_ascii_case(b"END-ISO-10303-21"));
                at = end + 1;
            }
            Tail::NextRecord(next) => {
                out.flaws.push(Flaw::Unfinished { id, at: start });
                at = next;
            }
            Tail::Eof { in_string } => {
                unfinished += 1;
                let next = if in_string { next_record_line(text, body) } else { None };
                match next {
                    Some(_) if unfinished > MAX_UNFINISHED => {
                        out.flaws.push(Flaw::GaveUp { at: start });
                        break;
                    }
                    Some(next) => {
                        out.flaws.push(Flaw::Unfinished { id, at: start });
                        at = next;
                    }
                    None => {
                        out.flaws.push(Flaw::Truncated { id, at: start });
                        ended = true;
                        break;
                    }
                }
            }
        }
    }
    if !ended && !out.records.is_empty() {
        out.flaws.push(Flaw::Truncated { id: None, at: text.len() });
    }
    index(&mut out);
    out
}

struct Statement {
    id: Option<u64>,
    start: usize,
    body: usize,
    args: Option<Range<usize>>,
    end: usize,
}

fn statement(text: &[u8], out: &mut Scan, ids: &mut HashMap<String, u32>, s: &Statement) {
    let head_end = s.args.as_ref().map_or(s.end, |a| a.start.saturating_sub(1));
    let head = text.get(s.body..head_end).unwrap_or_default().trim_ascii();
    let Some(id) = s.id else {
        let upper = head.to_ascii_uppercase();
        if upper.starts_with(b"ISO-10303-21") || matches!(upper.as_slice(), b"HEADER" | b"DATA" | b"ENDSEC") {
            out.has_header = true;
        } else if upper == b"FILE_SCHEMA" && out.file_schema.is_none() {
            out.file_schema.clone_from(&s.args);
        }
        return;
    };
    let keyword = std::str::from_utf8(head).ok().filter(|k| {
        !k.is_empty()
            && k.len() <= MAX_KEYWORD_BYTES
            && k.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'!')
    });
    match (keyword, s.args.clone()) {
        (Some(keyword), Some(args)) => {
            let upper = keyword.to_ascii_uppercase();
            let next = u32::try_from(out.keywords.len()).unwrap_or(u32::MAX);
            let keyword = *ids.entry(upper).or_insert_with_key(|k| {
                out.keywords.push(k.clone());
                next
            });
            out.records.push(Record { id, start: s.start, keyword, args });
        }
        _ => out.flaws.push(Flaw::NotARecord { id: Some(id), at: s.start }),
    }
}

/// Builds the index, leaving the last of records with one number.
fn index(out: &mut Scan) {
    let mut by_id: Vec<(u64, u32)> =
        out.records.iter().enumerate().map(|(i, r)| (r.id, u32::try_from(i).unwrap_or(u32::MAX))).collect();
    by_id.sort_unstable();
    let mut dropped: Vec<u32> = Vec::new();
    for pair in by_id.windows(2) {
        if let [a, b] = pair
            && a.0 == b.0
        {
            dropped.push(a.1);
            let at = out.records.get(b.1 as usize).map_or(0, |r| r.start);
            out.flaws.push(Flaw::DuplicateId { id: b.0, at });
        }
    }
    if !dropped.is_empty() {
        dropped.sort_unstable();
        let mut i = 0_u32;
        out.records.retain(|_| {
            let keep = dropped.binary_search(&i).is_err();
            i += 1;
            keep
        });
        by_id = out
            .records
            .iter()
            .enumerate()
            .map(|(i, r)| (r.id, u32::try_from(i).unwrap_or(u32::MAX)))
            .collect();
        by_id.sort_unstable();
    }
    out.by_id = by_id;
}

/// First byte from `at` that is neither white space nor in a comment; `None` at the end.
pub(crate) fn skip_space(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'/' if text.get(at + 1) == Some(&b'*') => at = comment_end(text, at),
            b if *b <= b' ' || *b == 0xEF || *b == 0xBB || *b == 0xBF => at += 1,
            _ => return Some(at),
        }
    }
}

/// Byte behind a comment that starts at `at`; the end of the text if it does not close.
fn comment_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at + 2..).unwrap_or_default();
    rest.windows(2).position(|w| w == b"*/").map_or(text.len(), |n| at + 2 + n + 2)
}

/// Number of a record that starts at `at`, and the byte behind its `=`.
fn record_id(text: &[u8], at: usize) -> Option<(u64, usize)> {
    if text.get(at) != Some(&b'#') {
        return None;
    }
    let digits = text.get(at + 1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let id = std::str::from_utf8(text.get(at + 1..at + 1 + digits)?).ok()?.parse().ok()?;
    let eq = skip_space(text, at + 1 + digits)?;
    if text.get(eq) != Some(&b'=') {
        return None;
    }
    Some((id, skip_space(text, eq + 1)?))
}

/// Walks to the end of a statement, over strings and comments.
fn tail(text: &[u8], from: usize) -> Tail {
    let mut at = from;
    let (mut open, mut close) = (None, None);
    let mut depth = 0_i64;
    while let Some(&b) = text.get(at) {
        match b {
            b'\'' => match string_end(text, at) {
                Some(end) => at = end,
                None => return Tail::Eof { in_string: true },
            },
            b'/' if text.get(at + 1) == Some(&b'*') => {
                at = comment_end(text, at);
                continue;
            }
            b'(' => {
                open.get_or_insert(at + 1);
                depth += 1;
            }
            b')' => {
                depth -= 1;
                close = Some(at);
            }
            b';' => {
                let args = open.zip(close).filter(|(o, c)| o <= c).map(|(o, c)| o..c);
                return Tail::Semicolon { args, end: at };
            }
            b'\n' if at > from => {
                // A record that lost its `;` must not swallow the next one.
                if let Some(next) = skip_space(text, at)
                    && text.get(next) == Some(&b'#')
                    && record_id(text, next).is_some()
                {
                    return match open.zip(close) {
                        Some((o, c)) if depth == 0 && o <= c => Tail::Semicolon { args: Some(o..c), end: at },
                        _ => Tail::NextRecord(next),
                    };
                }
            }
            _ => {}
        }
        at += 1;
    }
    Tail::Eof { in_string: false }
}

/// Byte of the closing quote of a string that opens at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut i = at + 1;
    loop {
        let rest = text.get(i..)?;
        let quote = i + rest.iter().position(|&b| b == b'\'')?;
        if text.get(quote + 1) == Some(&b'\'') {
            i = quote + 2;
        } else {
            return Some(quote);
        }
    }
}

/// Start of the first line behind `at` that begins with `#n=`.
fn next_record_line(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = text.get(at..)?;
        at += rest.iter().position(|&b| b == b'\n')? + 1;
        if record_id(text, at).is_some() {
            return Some(at);
        }
    }
}

/// Calls `f` with every `#n` in `args` that is not in a string.
pub(crate) fn references(text: &[u8], args: &Range<usize>, mut f: impl FnMut(u64)) {
    let body = text.get(args.clone()).unwrap_or_default();
    let mut at = 0;
    while let Some(&b) = body.get(at) {
        match b {
            b'\'' => at = string_end(body, at).unwrap_or(body.len()),
            b'"' => at += body.get(at + 1..).and_then(|r| r.iter().position(|&b| b == b'"')).unwrap_or(0) + 1,
            b'/' if body.get(at + 1) == Some(&b'*') => at = comment_end(body, at) - 1,
            b'#' => {
                let mut id = 0_u64;
                while let Some(d) = body.get(at + 1).filter(|d| d.is_ascii_digit()) {
                    id = id.saturating_mul(10).saturating_add(u64::from(d - b'0'));
                    at += 1;
                }
                f(id);
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> (Vec<u64>, Vec<Flaw>) {
        let s = scan(text.as_bytes());
        (s.records.iter().map(|r| r.id).collect(), s.flaws)
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        let (found, flaws) =
            ids("DATA;\n#1=A('it''s; #9=');/* ; #7=B(); */#2 = B ( (1,2),$ ) ;\nENDSEC;END-ISO-10303-21;");
        assert_eq!((found, flaws), (vec![1, 2], vec![]));
    }

    #[test]
    fn a_record_without_its_semicolon_keeps_the_next_one() {
        let (found, _) = ids("#1=A(1)\n#2=B(2);\n#3=C(\n#4=D();\nEND-ISO-10303-21;");
        assert_eq!(found, vec![1, 2, 4]);
    }

    #[test]
    fn a_string_that_never_ends_costs_one_record() {
        let (found, flaws) = ids("#1=A('x);\n#2=B(2);\n#3=C(3);");
        assert_eq!(found, vec![2, 3]);
        assert!(flaws.contains(&Flaw::Unfinished { id: Some(1), at: 0 }));
    }

    #[test]
    fn of_two_records_with_one_number_the_later_counts() {
        let s = scan(b"#1=A(1);\n#1=B(2);");
        assert_eq!(s.records.len(), 1);
        assert_eq!(s.find(1).map(|r| s.keyword(r)), Some("B"));
    }
}
