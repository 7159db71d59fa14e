//! Walks over the arguments of a record without keeping them: is all of it readable, and what does it refer to.

use std::ops::Range;

use super::scan::skip_space;
use super::value::{MAX_DEPTH, ValueFlaw};

/// What a walk meets.
pub(crate) enum Met<'a> {
    /// `#12`, in so many lists.
    Reference(u64, usize),
    /// `$`, in so many lists.
    Nothing(usize),
    /// Between the quotes, at this byte.
    Text(&'a [u8], usize),
}

/// Calls `f` with all references and texts, and says the first flaw. Ends where reading does.
pub(crate) fn walk<'a>(text: &'a [u8], args: &Range<usize>, mut f: impl FnMut(Met<'a>)) -> Option<ValueFlaw> {
    let body = text.get(..args.end).unwrap_or_default();
    let mut at = args.start;
    let mut depth = 0_usize;
    let mut flaw: Option<ValueFlaw> = None;
    // A value may stand here; a list may, for it belongs to the word before it.
    let (mut separated, mut typed) = (true, false);
    while let Some(&b) = body.get(at) {
        match b {
            b',' => {
                separated = true;
                at += 1;
                continue;
            }
            b'\n' | b' ' | b'\r' => {
                at += 1;
                continue;
            }
            b')' => {
                // More closed than opened: what follows is not read.
                let Some(less) = depth.checked_sub(1) else {
                    return flaw.or(Some(ValueFlaw::Unexpected(at)));
                };
                (depth, separated, typed) = (less, false, false);
                at += 1;
                continue;
            }
            _ => {}
        }
        let starts = matches!(b, b'$' | b'*' | b'#' | b'+' | b'-' | b'.' | b'\'' | b'(' | b'"');
        if starts || b.is_ascii_alphanumeric() {
            let belongs = typed && b == b'(';
            if !(separated || belongs) {
                flaw.get_or_insert(ValueFlaw::Unseparated(at));
            }
            separated = b == b'(';
            typed = b.is_ascii_alphabetic();
        }
        match b {
            b'*' => at += 1,
            b'$' => {
                f(Met::Nothing(depth));
                at += 1;
            }
            b'#' => {
                let mut id = 0_u64;
                at += 1;
                let first = at;
                while let Some(digit) = body.get(at).filter(|d| d.is_ascii_digit()) {
                    id = id.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
                    at += 1;
                }
                if at > first {
                    f(Met::Reference(id, depth));
                }
            }
            b'0'..=b'9' | b'+' | b'-' => at = number(body, at, &mut flaw),
            b'.' if body.get(at + 1).is_some_and(u8::is_ascii_digit) => at = number(body, at, &mut flaw),
            b'\'' => {
                let end = quote(body, at + 1);
                f(Met::Text(body.get(at + 1..end).unwrap_or_default(), at));
                at = end + 1;
            }
            b'(' => {
                depth += 1;
                at += 1;
                if depth > MAX_DEPTH {
                    return flaw.or(Some(ValueFlaw::TooDeep(at)));
                }
            }
            b'"' => {
                let rest = body.get(at + 1..).unwrap_or_default();
                at += 2 + rest.iter().position(|&b| b == b'"').unwrap_or(rest.len());
            }
            b'.' => {
                at = word(body, at + 1);
                at += usize::from(body.get(at) == Some(&b'.'));
            }
            b if b.is_ascii_alphabetic() => {
                let first = at;
                at = word(body, at);
                let is_typed = || skip_space(body, at).is_some_and(|next| body.get(next) == Some(&b'('));
                if super::value::is_no_number(body.get(first..at).unwrap_or_default()) && !is_typed() {
                    flaw.get_or_insert(ValueFlaw::Number(first));
                }
            }
            _ => match skip_space(body, at) {
                Some(next) if next > at => at = next,
                Some(_) => {
                    let first =
                        if separated { ValueFlaw::Unexpected(at) } else { ValueFlaw::Unseparated(at) };
                    return flaw.or(Some(first));
                }
                None => break,
            },
        }
    }
    if depth > 0 {
        flaw.get_or_insert(ValueFlaw::Unseparated(body.len()));
    }
    flaw
}

/// Byte behind a word.
fn word(body: &[u8], at: usize) -> usize {
    let rest = body.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

/// Byte of the closing quote of a text whose first byte is at `i`, or the end.
fn quote(body: &[u8], mut i: usize) -> usize {
    loop {
        let rest = body.get(i..).unwrap_or_default();
        let Some(n) = rest.iter().position(|&b| b == b'\'') else { return body.len() };
        if rest.get(n + 1) != Some(&b'\'') {
            return i + n;
        }
        i += n + 2;
    }
}

/// Byte behind a number.
fn number(body: &[u8], at: usize, flaw: &mut Option<ValueFlaw>) -> usize {
    let rest = body.get(at..).unwrap_or_default();
    let n = rest.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
    let word = rest.get(..n).unwrap_or_default();
    if !plain_number(word) && super::value::number(word).is_none() {
        flaw.get_or_insert(ValueFlaw::Number(at));
    }
    at + n
}

/// Whether a number needs no second look: a sign, at most 18 digits, a dot, at most 100 digits, an exponent of two.
fn plain_number(word: &[u8]) -> bool {
    let digits = |b: &[u8]| b.iter().take_while(|b| b.is_ascii_digit()).count();
    let rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    let Some(mut rest) = rest.get(whole..) else { return false };
    if whole == 0 || whole > 18 {
        return false;
    }
    if let Some(behind) = rest.strip_prefix(b".") {
        let n = digits(behind);
        rest = behind.get(n.min(100)..).unwrap_or_default();
    }
    if let [b'E' | b'e', exponent @ ..] = rest {
        let exponent =
            exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        return matches!(exponent.len(), 1 | 2) && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::arguments;

    #[test]
    fn a_walk_stops_where_reading_stops() {
        let words = [
            "$,*,#12,-3,1.5E-1,'a''b',.T.,IFCLABEL('x #9'),(1.,(2)),\"0F#F\"",
            "1.E400,#1",
            "#1,(2,/*#3*/#4)",
            "1,,#2",
            "1,?,#2",
            "1e,#2",
            "+5,.5,5.,1.0E+10,1.E1234567",
            "--1",
            "a",
            ".T,#1",
            "_x",
            "'open",
            "((((",
            ")#1",
            "nan,inf,1",
            "1 2 3",
            "#",
            "12345678901234567890123,1",
            "1\u{1}2",
            "'a'(#1,#2)",
            "IFCX (1)(2)",
            "(1)IFCX",
            "#1#2,$$",
            "(#1,#2",
            "#1),#2",
            "1 /* a comment",
            "1?",
            "-nan,inf(1),NAN /* */ (2),(inf)",
        ];
        for text in words.into_iter().map(str::to_owned).chain(["(".repeat(40), "(".repeat(32) + "#3"]) {
            let mut refs = Vec::new();
            let walked = walk(text.as_bytes(), &(0..text.len()), |m| {
                if let Met::Reference(id, _) = m {
                    refs.push(id);
                }
            });
            let (values, flaw) = arguments(text.as_bytes(), &(0..text.len()));
            assert_eq!(walked, flaw, "{text}");
            let mut read = Vec::new();
            collect(&values, &mut read);
            assert_eq!(refs, read, "{text}");
        }
    }

    fn collect(values: &[crate::step::Value<'_>], out: &mut Vec<u64>) {
        use crate::step::Value;
        for v in values {
            match v {
                Value::Ref(id) => out.push(*id),
                Value::List(l) | Value::Typed(_, l) => collect(l, out),
                _ => {}
            }
        }
    }
}
