//! Reads the arguments of one record.

use std::ops::Range;

use super::scan::skip_space;

/// Deepest nesting of lists that is read. Chosen: IFC needs 4; the stack of a thread must hold it.
pub(super) const MAX_DEPTH: usize = 32;
/// Values that the list of a record has room for from the start. Chosen: few records have more.
const USUAL_ARGUMENTS: usize = 8;
/// The same for a list within it. Chosen: a point has three.
const USUAL_MEMBERS: usize = 3;

/// One argument. Texts are still encoded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// `$`, `*`, nothing at all, or unreadable.
    Null,
    /// `#12`
    Ref(u64),
    /// `12`
    Int(i64),
    /// `1.2E3`
    Real(f64),
    /// Between the quotes.
    Text(&'a [u8]),
    /// `.T.` without the dots.
    Enum(&'a str),
    /// `IFCLABEL('x')`
    Typed(&'a str, Vec<Value<'a>>),
    /// `(…)`
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// The reference, if it is one.
    pub(crate) fn as_ref(&self) -> Option<u64> {
        if let Self::Ref(id) = self { Some(*id) } else { None }
    }

    /// The number, also inside a typed value.
    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Real(r) => Some(*r),
            Self::Typed(_, v) => v.first()?.as_f64(),
            _ => None,
        }
    }

    /// The members of a list, also inside a typed value; a single value is a list of one.
    pub(crate) fn members(&self) -> &[Value<'a>] {
        match self {
            Self::List(v) => v,
            Self::Typed(_, v) => v.first().map_or(&[], |v| v.members()),
            Self::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// All references in it.
    pub(crate) fn refs(&self) -> impl Iterator<Item = u64> {
        self.members().iter().filter_map(Value::as_ref)
    }
}

/// Why a record's arguments could not all be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueFlaw {
    /// A character that starts no value, at this byte.
    Unexpected(usize),
    /// A value behind another without a comma, or a list that is not closed, at this byte; what follows was read.
    Unseparated(usize),
    /// Deeper than [`MAX_DEPTH`], at this byte.
    TooDeep(usize),
    /// A number that is none or too large, at this byte; it counts as empty, and what follows was read.
    Number(usize),
}

/// Reads the arguments of a record, and says the first flaw. What comes behind one is missing, except behind a
/// number.
pub(crate) fn arguments<'a>(text: &'a [u8], args: &Range<usize>) -> (Vec<Value<'a>>, Option<ValueFlaw>) {
    let body = text.get(..args.end).unwrap_or_default();
    let mut reader = Reader { body, at: args.start, flaw: None, stopped: false };
    (reader.list(0), reader.flaw)
}

/// The first of a record's arguments of which something is found; what stands behind it is not read.
pub(crate) fn first_of<'a, T>(
    text: &'a [u8],
    args: &Range<usize>,
    mut find: impl FnMut(&Value<'a>) -> Option<T>,
) -> Option<T> {
    let body = text.get(..args.end).unwrap_or_default();
    let mut reader = Reader { body, at: args.start, flaw: None, stopped: false };
    let mut separated = true;
    std::iter::from_fn(|| reader.next(0, &mut separated)).find_map(|v| find(&v))
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    flaw: Option<ValueFlaw>,
    /// Nothing more is read.
    stopped: bool,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<u8> {
        self.at = skip_space(self.body, self.at).unwrap_or(self.body.len());
        self.body.get(self.at).copied()
    }

    /// Values up to the closing parenthesis, which is consumed, or the end.
    fn list(&mut self, depth: usize) -> Vec<Value<'a>> {
        if depth > MAX_DEPTH {
            self.stop(ValueFlaw::TooDeep(self.at));
            return Vec::new();
        }
        let mut out = Vec::with_capacity(if depth == 0 { USUAL_ARGUMENTS } else { USUAL_MEMBERS });
        let mut separated = true;
        while let Some(value) = self.next(depth, &mut separated) {
            out.push(value);
        }
        out
    }

    /// The next value of a list; `None` at its end. `separated`: whether a value may stand here.
    fn next(&mut self, depth: usize, separated: &mut bool) -> Option<Value<'a>> {
        while !self.stopped {
            match self.peek() {
                None => {
                    if depth > 0 {
                        self.flaw.get_or_insert(ValueFlaw::Unseparated(self.body.len()));
                    }
                    return None;
                }
                Some(b')') => {
                    if depth == 0 {
                        // More closed than opened.
                        self.stop(ValueFlaw::Unexpected(self.at));
                    }
                    self.at += 1;
                    return None;
                }
                Some(b',') => {
                    *separated = true;
                    self.at += 1;
                    if matches!(self.peek(), Some(b',' | b')')) {
                        return Some(Value::Null);
                    }
                }
                Some(_) => {
                    if !std::mem::replace(separated, false) {
                        self.flaw.get_or_insert(ValueFlaw::Unseparated(self.at));
                    }
                    return Some(self.value(depth));
                }
            }
        }
        None
    }

    fn value(&mut self, depth: usize) -> Value<'a> {
        match self.peek() {
            Some(b'$' | b'*') => {
                self.at += 1;
                Value::Null
            }
            Some(b'#') => {
                self.at += 1;
                std::str::from_utf8(self.word(|b| b.is_ascii_digit()))
                    .ok()
                    .and_then(|d| d.parse().ok())
                    .map_or(Value::Null, Value::Ref)
            }
            Some(b'\'') => Value::Text(self.text()),
            Some(b'"') => {
                self.at += 1;
                let raw = self.word(|b| b != b'"');
                self.at += 1;
                Value::Text(raw)
            }
            Some(b'.') if !self.body.get(self.at + 1).is_some_and(u8::is_ascii_digit) => {
                self.at += 1;
                let word = self.word(|b| b.is_ascii_alphanumeric() || b == b'_');
                if self.body.get(self.at) == Some(&b'.') {
                    self.at += 1;
                }
                std::str::from_utf8(word).map_or(Value::Null, Value::Enum)
            }
            Some(b'(') => {
                self.at += 1;
                Value::List(self.list(depth + 1))
            }
            Some(b'0'..=b'9' | b'+' | b'-' | b'.') => self.number(),
            Some(b) if b.is_ascii_alphabetic() => {
                let at = self.at;
                let word = self.word(|b| b.is_ascii_alphanumeric() || b == b'_');
                let word = std::str::from_utf8(word).unwrap_or_default();
                if self.peek() == Some(b'(') {
                    self.at += 1;
                    Value::Typed(word, self.list(depth + 1))
                } else if is_no_number(word.as_bytes()) {
                    self.flaw.get_or_insert(ValueFlaw::Number(at));
                    Value::Null
                } else {
                    Value::Enum(word)
                }
            }
            _ => {
                self.stop(ValueFlaw::Unexpected(self.at));
                Value::Null
            }
        }
    }

    fn stop(&mut self, flaw: ValueFlaw) {
        self.flaw.get_or_insert(flaw);
        self.stopped = true;
    }

    fn word(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.body.get(self.at..).unwrap_or_default();
        let n = rest.iter().take_while(|&&b| belongs(b)).count();
        self.at += n;
        rest.get(..n).unwrap_or_default()
    }

    fn text(&mut self) -> &'a [u8] {
        let start = self.at + 1;
        let mut i = start;
        while let Some(&b) = self.body.get(i) {
            if b == b'\'' {
                if self.body.get(i + 1) != Some(&b'\'') {
                    break;
                }
                i += 1;
            }
            i += 1;
        }
        self.at = i + 1;
        self.body.get(start..i.min(self.body.len())).unwrap_or_default()
    }

    fn number(&mut self) -> Value<'a> {
        let at = self.at;
        let word = self.word(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        number(word).unwrap_or_else(|| {
            self.flaw.get_or_insert(ValueFlaw::Number(at));
            Value::Null
        })
    }
}

/// Whether a word is what some programs write in place of a number that they could not compute.
pub(super) fn is_no_number(word: &[u8]) -> bool {
    ["nan", "inf", "infinity", "ind"].iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
}

/// A number that f64 can hold.
pub(super) fn number<'a>(word: &[u8]) -> Option<Value<'a>> {
    let word = std::str::from_utf8(word).ok()?;
    if let Ok(i) = word.parse::<i64>() {
        return Some(Value::Int(i));
    }
    word.parse::<f64>().ok().filter(|r| r.is_finite()).map(Value::Real)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Value<'_>>, Option<ValueFlaw>) {
        arguments(text.as_bytes(), &(0..text.len()))
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let (v, flaw) = read("$,*, #12 ,-3,1.5E-1,'a''b',.T.,IFCLABEL('x'),(1.,(2)),\"0FF\"");
        assert_eq!(flaw, None);
        assert_eq!(
            v,
            vec![
                Value::Null,
                Value::Null,
                Value::Ref(12),
                Value::Int(-3),
                Value::Real(0.15),
                Value::Text(b"a''b"),
                Value::Enum("T"),
                Value::Typed("IFCLABEL", vec![Value::Text(b"x")]),
                Value::List(vec![Value::Real(1.0), Value::List(vec![Value::Int(2)])]),
                Value::Text(b"0FF"),
            ]
        );
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let deep = "(".repeat(100_000);
        assert!(matches!(read(&deep).1, Some(ValueFlaw::TooDeep(_))));
    }

    #[test]
    fn an_empty_argument_keeps_the_places_of_the_others() {
        assert_eq!(read("1,,3").0, vec![Value::Int(1), Value::Null, Value::Int(3)]);
    }
}
