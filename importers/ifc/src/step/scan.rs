//! Finds the records of a STEP file (ISO 10303-21) without reading what is in them.
//!
//! One pass, in parallel: the text is cut at line starts that look like records, each piece is scanned for itself,
//! and where a piece turns out to begin inside a record or comment of its predecessor, it is scanned again from
//! where that ended. So the result is that of one scan from the start, whatever the pieces.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::index::Index;

/// Records that do not end, after which they are no longer listed one by one. Chosen: a person reads no more.
const MAX_LISTED_FLAWS: usize = 256;
/// Longest keyword that is kept. Chosen: the longest of any IFC schema has 56 characters.
const MAX_KEYWORD_BYTES: usize = 128;
/// Bytes of a piece. Chosen: large enough to cost nothing per piece, small enough to keep many cores busy.
const PIECE_BYTES: usize = 1 << 20;

/// Bits of a byte's place in the file: a terabyte.
const PLACE_BITS: u32 = 40;
/// Stands for a keyword that is not kept, and for more different ones than there are numbers for.
const NO_KEYWORD: u32 = (1 << (u64::BITS - PLACE_BITS)) - 1;

/// One record `#id=KEYWORD(…);`. There are as many as the file has lines, so they are held in 24 bytes.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Number after `#`.
    pub(crate) id: u64,
    // Invariant: the byte of the `#`, and above that the keyword.
    place: u64,
    /// Bytes from the `#` to those between the outer parentheses.
    before: u32,
    /// Bytes between the outer parentheses.
    length: u32,
}

impl Record {
    /// `None` where a record is larger, or lies further into its file, than is kept.
    fn new(id: u64, start: usize, keyword: u32, args: &Range<usize>) -> Option<Self> {
        let at = u64::try_from(start).ok().filter(|at| at >> PLACE_BITS == 0)?;
        let before = u32::try_from(args.start.checked_sub(start)?).ok()?;
        let length = u32::try_from(args.len()).ok()?;
        Some(Self { id, place: at, before, length }.with_keyword(keyword))
    }

    fn with_keyword(self, keyword: u32) -> Self {
        let at = self.place & ((1 << PLACE_BITS) - 1);
        Self { place: at | (u64::from(keyword.min(NO_KEYWORD)) << PLACE_BITS), ..self }
    }

    /// Byte of the `#`.
    pub(crate) fn start(&self) -> usize {
        (self.place & ((1 << PLACE_BITS) - 1)) as usize
    }

    /// Index into [`Scan::keywords`].
    pub(crate) fn keyword(&self) -> u32 {
        (self.place >> PLACE_BITS) as u32
    }

    /// Bytes between the outer parentheses.
    pub(crate) fn args(&self) -> Range<usize> {
        let start = self.start() + self.before as usize;
        start..start + self.length as usize
    }
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
    /// So many more flaws of records that are not listed.
    More { n: usize, at: usize },
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
    index: Index,
}

impl Scan {
    /// The record with this number.
    pub(crate) fn find(&self, id: u64) -> Option<&Record> {
        self.records.get(self.index.find(id)? as usize)
    }

    /// Records of a class, in file order.
    pub(crate) fn of<'s>(&'s self, keyword: &str) -> impl Iterator<Item = &'s Record> + use<'s> {
        self.numbered(self.keywords.iter().map(|k| k == keyword).collect())
    }

    /// Records of classes, in file order. Each class is asked for once: comparing the words of a million records takes as
    /// long as reading some megabytes.
    pub(crate) fn of_any(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &Record> {
        self.numbered(self.keywords.iter().map(|k| is_wanted(k)).collect())
    }

    /// Records whose keyword has a number that is wanted.
    fn numbered(&self, wanted: Vec<bool>) -> impl Iterator<Item = &Record> + use<'_> {
        let records = if wanted.contains(&true) { self.records.as_slice() } else { &[] };
        records.iter().filter(move |r| wanted.get(r.keyword() as usize) == Some(&true))
    }

    /// Uppercase keyword of a record.
    pub(crate) fn keyword(&self, record: &Record) -> &str {
        self.keywords.get(record.keyword() as usize).map_or("", String::as_str)
    }
}

/// How a statement ended.
enum Tail {
    /// At its `;`, behind which `next` lies. `args` is the outermost parenthesis.
    Semicolon { args: Option<Range<usize>>, end: usize, next: usize },
    /// A new record starts on a new line although this one is not closed.
    NextRecord(usize),
    /// The text ends.
    Eof,
}

/// Scans a whole file on the current thread pool. Linear in its size.
pub(crate) fn scan(text: &[u8]) -> Scan {
    let mut starts = vec![0];
    let mut at = PIECE_BYTES;
    while at < text.len() {
        let Some(next) = next_record_line(text, at, at + PIECE_BYTES) else {
            at += PIECE_BYTES;
            continue;
        };
        starts.push(next);
        at = next + PIECE_BYTES;
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    let pieces: Vec<Piece> =
        starts.par_iter().zip(&ends).map(|(&start, &end)| Piece::scan(text, start, end)).collect();
    let mut whole = Whole::default();
    let mut expected = 0;
    for (piece, (start, end)) in pieces.into_iter().zip(starts.into_iter().zip(ends)) {
        if expected >= end && end < text.len() {
            // The record before it reaches beyond all of this piece.
            continue;
        }
        let piece = if expected == start { piece } else { Piece::scan(text, expected, end) };
        expected = piece.next;
        whole.add(piece);
    }
    whole.finish(text)
}

/// What one piece of the text holds.
#[derive(Default)]
struct Piece<'t> {
    /// `keyword` is an index into this piece's keywords.
    records: Vec<Record>,
    /// As written.
    keywords: Keywords<'t>,
    file_schema: Option<Range<usize>>,
    flaws: Vec<Flaw>,
    n_flaws: usize,
    has_header: bool,
    /// The end mark was read, or the text ended.
    ended: bool,
    /// Where the next piece starts.
    next: usize,
}

impl<'t> Piece<'t> {
    /// Reads the statements that start in `start..end`.
    fn scan(text: &'t [u8], start: usize, end: usize) -> Self {
        let mut out = Self::default();
        out.records.reserve((end.saturating_sub(start)) / 96);
        let mut at = start;
        out.next = text.len();
        while let Some(start) = skip_space(text, at) {
            if start >= end {
                out.next = start;
                return out;
            }
            let (id, body) = match record_id(text, start) {
                Some((id, body)) => (Some(id), body),
                None => (None, start),
            };
            match tail(text, body) {
                Tail::Semicolon { args, end, next } => {
                    out.statement(text, &Statement { id, start, body, args, end });
                    at = next;
                }
                Tail::NextRecord(next) => {
                    out.flaw(Flaw::Unfinished { id, at: start });
                    at = next;
                }
                Tail::Eof => {
                    if !out.ended {
                        out.flaw(Flaw::Truncated { id, at: start });
                        out.ended = true;
                    }
                    return out;
                }
            }
        }
        out
    }

    fn flaw(&mut self, flaw: Flaw) {
        self.n_flaws += 1;
        if self.flaws.len() < MAX_LISTED_FLAWS || matches!(flaw, Flaw::Truncated { .. }) {
            self.flaws.push(flaw);
        }
    }

    fn statement(&mut self, text: &'t [u8], s: &Statement) {
        let head_end = s.args.as_ref().map_or(s.end, |a| a.start.saturating_sub(1));
        let head = text.get(s.body..head_end).unwrap_or_default().trim_ascii();
        let Some(id) = s.id else {
            let upper = head.get(..head.len().min(32)).unwrap_or_default().to_ascii_uppercase();
            self.ended |= upper.starts_with(b"END-ISO-10303-21");
            if upper.starts_with(b"ISO-10303-21")
                || matches!(upper.as_slice(), b"HEADER" | b"DATA" | b"ENDSEC")
            {
                self.has_header = true;
            } else if upper == b"FILE_SCHEMA" && self.file_schema.is_none() {
                self.file_schema.clone_from(&s.args);
            }
            return;
        };
        // A comment may stand behind the keyword; of few records it does.
        let keyword = self.keywords.of(head).or_else(|| self.keywords.of(before_comment(head)?));
        let record = |keyword| Record::new(id, s.start, keyword, s.args.as_ref()?);
        match keyword.and_then(record) {
            Some(record) => self.records.push(record),
            None => self.flaw(Flaw::NotARecord { id: Some(id), at: s.start }),
        }
    }
}

struct Statement {
    id: Option<u64>,
    start: usize,
    body: usize,
    args: Option<Range<usize>>,
    end: usize,
}

/// Numbers for the keywords of a piece.
struct Keywords<'t> {
    /// As first written.
    names: Vec<&'t [u8]>,
    ids: HashMap<&'t [u8], u32>,
    /// The last few keywords by their length and last byte: records of one class come in runs.
    recent: [(&'t [u8], u32); 64],
}

impl Default for Keywords<'_> {
    fn default() -> Self {
        Self { names: Vec::new(), ids: HashMap::new(), recent: [(b"", 0); 64] }
    }
}

impl<'t> Keywords<'t> {
    fn of(&mut self, name: &'t [u8]) -> Option<u32> {
        let last = usize::from(*name.last()?);
        let middle = usize::from(*name.get(name.len() / 2)?);
        let slot = (name.len() + 7 * last + 31 * middle) % self.recent.len();
        if let Some((known, id)) = self.recent.get(slot)
            && *known == name
        {
            return Some(*id);
        }
        let sound = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'!');
        if name.len() > MAX_KEYWORD_BYTES || !name.iter().all(sound) {
            return None;
        }
        let next = u32::try_from(self.names.len()).ok()?;
        let id = *self.ids.entry(name).or_insert_with(|| {
            self.names.push(name);
            next
        });
        if let Some(recent) = self.recent.get_mut(slot) {
            *recent = (name, id);
        }
        Some(id)
    }
}

/// Pieces put together.
#[derive(Default)]
struct Whole {
    scan: Scan,
    ids: HashMap<String, u32>,
    n_flaws: usize,
    ended: bool,
}

impl Whole {
    fn add(&mut self, piece: Piece<'_>) {
        let keyword: Vec<u32> = piece
            .keywords
            .names
            .iter()
            .map(|name| {
                let upper = String::from_utf8_lossy(name).to_ascii_uppercase();
                let next = u32::try_from(self.scan.keywords.len()).ok().filter(|n| *n < NO_KEYWORD);
                *self.ids.entry(upper).or_insert_with_key(|k| {
                    if next.is_some() {
                        self.scan.keywords.push(k.clone());
                    }
                    next.unwrap_or(NO_KEYWORD)
                })
            })
            .collect();
        self.scan.records.extend(piece.records.into_iter().map(|r| {
            let keyword = keyword.get(r.keyword() as usize).copied().unwrap_or(NO_KEYWORD);
            r.with_keyword(keyword)
        }));
        if self.scan.file_schema.is_none() {
            self.scan.file_schema = piece.file_schema;
        }
        self.scan.has_header |= piece.has_header;
        // What stands behind the end mark is no part of the file.
        if !self.ended {
            self.n_flaws += piece.n_flaws;
            let room = MAX_LISTED_FLAWS.saturating_sub(self.scan.flaws.len());
            let truncated = piece.flaws.last().filter(|f| matches!(f, Flaw::Truncated { .. })).cloned();
            let listed = piece.flaws.len().min(room);
            self.scan.flaws.extend(piece.flaws.into_iter().take(room));
            if let Some(f) = truncated.filter(|f| self.scan.flaws.last() != Some(f)) {
                debug_assert!(listed == room, "a truncation comes last");
                self.scan.flaws.push(f);
            }
        }
        self.ended |= piece.ended;
    }

    fn finish(mut self, text: &[u8]) -> Scan {
        let more = self.n_flaws.saturating_sub(self.scan.flaws.len());
        if more > 0 {
            self.scan.flaws.push(Flaw::More { n: more, at: text.len() });
        }
        if !self.ended && !self.scan.records.is_empty() {
            self.scan.flaws.push(Flaw::Truncated { id: None, at: text.len() });
        }
        index(&mut self.scan);
        self.scan
    }
}

/// Builds the index, leaving the last of records with one number.
fn index(out: &mut Scan) {
    let (index, dropped) = Index::of(out.records.iter().map(|r| r.id));
    out.index = index;
    if dropped.is_empty() {
        return;
    }
    for &(_, kept) in dropped.iter().take(MAX_LISTED_FLAWS) {
        if let Some(r) = out.records.get(kept as usize) {
            out.flaws.push(Flaw::DuplicateId { id: r.id, at: r.start() });
        }
    }
    if dropped.len() > MAX_LISTED_FLAWS {
        let at = dropped
            .get(MAX_LISTED_FLAWS)
            .and_then(|d| out.records.get(d.1 as usize))
            .map_or(0, Record::start);
        out.flaws.push(Flaw::More { n: dropped.len() - MAX_LISTED_FLAWS, at });
    }
    let mut gone: Vec<u32> = dropped.into_iter().map(|d| d.0).collect();
    gone.sort_unstable();
    let mut i = 0_u32;
    out.records.retain(|_| {
        let keep = gone.binary_search(&i).is_err();
        i += 1;
        keep
    });
    out.index = Index::of(out.records.iter().map(|r| r.id)).0;
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

/// What stands before the first comment in a text; `None` if there is none.
fn before_comment(head: &[u8]) -> Option<&[u8]> {
    let at = head.windows(2).position(|w| w == b"/*")?;
    Some(head.get(..at)?.trim_ascii())
}

/// Byte behind a comment that starts at `at`; the end of the text if it does not close.
fn comment_end(text: &[u8], at: usize) -> usize {
    let mut i = at + 2;
    loop {
        let rest = text.get(i..).unwrap_or_default();
        let Some(n) = rest.iter().position(|&b| b == b'*') else { return text.len() };
        i += n + 1;
        if text.get(i) == Some(&b'/') {
            return i + 1;
        }
    }
}

/// Number of a record that starts at `at`, and the byte behind its `=`.
fn record_id(text: &[u8], at: usize) -> Option<(u64, usize)> {
    if text.get(at) != Some(&b'#') {
        return None;
    }
    let mut id = 0_u64;
    let mut end = at + 1;
    while let Some(digit) = text.get(end).filter(|b| b.is_ascii_digit()) {
        id = id.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        end += 1;
    }
    if end == at + 1 {
        return None;
    }
    let eq = skip_space(text, end)?;
    if text.get(eq) != Some(&b'=') {
        return None;
    }
    Some((id, skip_space(text, eq + 1)?))
}

/// Whether a record starts at `at`: `#n=K`, with a letter and without comments. What stands in texts and argument
/// lists never looks so.
fn starts_record(text: &[u8], at: usize) -> bool {
    if text.get(at) != Some(&b'#') {
        return false;
    }
    let run = |from: usize, belongs: fn(&u8) -> bool| {
        from + text.get(from..).unwrap_or_default().iter().take_while(|b| belongs(b)).count()
    };
    let blank = |b: &u8| *b <= b' ';
    let digits = run(at + 1, u8::is_ascii_digit);
    let equals = run(digits, blank);
    digits > at + 1
        && text.get(equals) == Some(&b'=')
        && text.get(run(equals + 1, blank)).is_some_and(u8::is_ascii_alphabetic)
}

/// Whether a walk over a statement has to stop at a byte.
fn stops(b: u8) -> bool {
    matches!(b, b'\'' | b'/' | b'(' | b')' | b';' | b'\n')
}

/// Walks to the end of a statement, over texts and comments.
fn tail(text: &[u8], from: usize) -> Tail {
    let mut at = from;
    let (mut open, mut close) = (None, None);
    let mut depth = 0_i64;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(n) = rest.iter().position(|&b| stops(b)) else {
            return Tail::Eof;
        };
        at += n;
        match rest.get(n) {
            Some(b'\'') => match text_end(text, at) {
                TextEnd::Quote(end) => at = end,
                TextEnd::NextRecord(next) => return Tail::NextRecord(next),
                TextEnd::Eof => return Tail::Eof,
            },
            Some(b'/') if text.get(at + 1) == Some(&b'*') => {
                at = comment_end(text, at);
                continue;
            }
            Some(b'(') => {
                open.get_or_insert(at + 1);
                depth += 1;
            }
            Some(b')') => {
                depth -= 1;
                close = Some(at);
            }
            Some(b';') => {
                let args = open.zip(close).filter(|(o, c)| o <= c).map(|(o, c)| o..c);
                return Tail::Semicolon { args, end: at, next: at + 1 };
            }
            Some(b'\n') if at > from => {
                let Some(next) = skip_space(text, at) else { return Tail::Eof };
                // A record that lost its `;` must not swallow the next one.
                if starts_record(text, next) {
                    return match open.zip(close) {
                        Some((o, c)) if depth == 0 && o <= c => {
                            Tail::Semicolon { args: Some(o..c), end: at, next: at + 1 }
                        }
                        _ => Tail::NextRecord(next),
                    };
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

enum TextEnd {
    /// At the closing quote.
    Quote(usize),
    /// A line in it starts a record: it was never closed.
    NextRecord(usize),
    Eof,
}

/// End of a text that opens at `at`.
fn text_end(text: &[u8], at: usize) -> TextEnd {
    let mut i = at + 1;
    loop {
        let rest = text.get(i..).unwrap_or_default();
        let Some(n) = rest.iter().position(|&b| b == b'\'' || b == b'\n') else { return TextEnd::Eof };
        i += n;
        if rest.get(n) == Some(&b'\n') {
            // Comments are none inside a text, so that only blanks are passed over.
            let blanks = text.get(i..).unwrap_or_default().iter().take_while(|b| **b <= b' ').count();
            if starts_record(text, i + blanks) {
                return TextEnd::NextRecord(i + blanks);
            }
            i += blanks.max(1);
        } else if rest.get(n + 1) == Some(&b'\'') {
            i += 2;
        } else {
            return TextEnd::Quote(i);
        }
    }
}

/// Start of the first line in `at..end` that begins with a record.
fn next_record_line(text: &[u8], mut at: usize, end: usize) -> Option<usize> {
    loop {
        let rest = text.get(at..end.min(text.len()))?;
        at += rest.iter().position(|&b| b == b'\n')? + 1;
        if starts_record(text, at) {
            return Some(at);
        }
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
    fn a_comment_between_a_keyword_and_its_values_hides_neither() {
        let text = "DATA;\n#1=IFCWALL /* it's (a; wall */ ('x');\n#2=IFCSLAB/**/();\nEND-ISO-10303-21;";
        assert_eq!(ids(text), (vec![1, 2], vec![]));
        assert_eq!(scan(text.as_bytes()).keywords, ["IFCWALL", "IFCSLAB"]);
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
    #[test]
    fn a_record_keeps_its_place_and_keyword_however_far_it_lies_and_what_cannot_be_kept_is_none() {
        let far = (1 << 40) - 1000;
        let r = Record::new(u64::MAX, far, 77, &(far + 20..far + 500)).unwrap().with_keyword(NO_KEYWORD - 1);
        assert_eq!((r.id, r.start(), r.keyword()), (u64::MAX, far, NO_KEYWORD - 1));
        assert_eq!(r.args(), far + 20..far + 500);
        assert_eq!(r.with_keyword(u32::MAX).keyword(), NO_KEYWORD);
        assert!(Record::new(1, 1 << 40, 0, &((1 << 40) + 1..(1 << 40) + 2)).is_none());
        assert!(Record::new(1, 0, 0, &(4..(1 << 32) + 4)).is_none());
        assert_eq!(size_of::<Record>(), 24);
    }
}
