//! Decodes the strings of a STEP file: `\X2\…\X0\`, `\X4\…`, `\X\hh`, `\S\c`, `\P?\`, and bytes above 127.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use encoding_rs::{DecoderResult, Encoding};

use super::encoding::RawEncoding;

/// Bytes that no encoding can read are carried as these characters of a private plane through the directives, and
/// written as `\X\hh`.
const UNREADABLE: u32 = 0x10_FF00;

/// What is not certain about a text that was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFlaw {
    /// In the file's other encoding.
    OtherEncoding(&'static str),
    /// Bytes or directives that mean no character, which were left as `\X\hh` or as they stand.
    Unreadable,
    /// The file itself holds the mark of a character that was lost before.
    Lost,
}

/// Decodes what stands between the quotes. Never fails, and loses nothing: what cannot be read is left as written.
pub(crate) fn decode(raw: &[u8], encoding: RawEncoding) -> String {
    decode_checked(raw, encoding).0
}

/// As [`decode`], and what is not certain about it.
pub(crate) fn decode_checked(raw: &[u8], encoding: RawEncoding) -> (String, Option<TextFlaw>) {
    if is_plain(raw)
        && let Ok(text) = std::str::from_utf8(raw)
    {
        return (text.to_owned(), None);
    }
    let (text, mut flaw) = characters(raw, encoding);
    if !text.bytes().any(|b| matches!(b, b'\\' | b'\'' | b'\r') || b == 0xF4) {
        let flaw = flaw.or_else(|| lost(&text));
        return (text.into_owned(), flaw);
    }
    let mut out = String::with_capacity(text.len());
    let mut page = 0_u8;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' => {
                // Two stand for one.
                rest.next_if_eq(&'\'');
                out.push('\'');
            }
            // The standard ignores line breaks inside a string; real files mean them.
            '\r' if rest.peek() == Some(&'\n') => {}
            '\\' => {
                let mut ahead = rest.clone();
                if directive(&mut ahead, &mut page, &mut out) {
                    rest = ahead;
                } else {
                    // A backslash that starts nothing stands for itself; one that starts something is reported.
                    if starts_directive(rest.clone()) {
                        flaw = Some(TextFlaw::Unreadable);
                    }
                    out.push('\\');
                }
            }
            c => match u32::from(c).checked_sub(UNREADABLE).filter(|b| *b < 0x100) {
                Some(byte) => {
                    flaw = Some(TextFlaw::Unreadable);
                    out.push_str("\\X\\");
                    for digit in [byte >> 4, byte & 15] {
                        out.extend(char::from_digit(digit, 16).map(|d| d.to_ascii_uppercase()));
                    }
                }
                None => out.push(c),
            },
        }
    }
    let flaw = flaw.or_else(|| lost(&out));
    (out, flaw)
}

/// Whether all bytes stand for themselves in every encoding.
fn is_plain(raw: &[u8]) -> bool {
    raw.is_ascii() && !raw.iter().any(|b| matches!(b, b'\\' | b'\'' | b'\r'))
}

fn lost(text: &str) -> Option<TextFlaw> {
    (!text.is_ascii() && text.contains(char::REPLACEMENT_CHARACTER)).then_some(TextFlaw::Lost)
}

/// The bytes as characters, before directives.
fn characters(raw: &[u8], encoding: RawEncoding) -> (Cow<'_, str>, Option<TextFlaw>) {
    if let Ok(text) = std::str::from_utf8(raw)
        && (raw.is_ascii() || encoding.main == encoding_rs::UTF_8)
    {
        return (Cow::Borrowed(text), None);
    }
    if let (Some(other), Ok(text)) = (encoding.other, std::str::from_utf8(raw))
        && other == encoding_rs::UTF_8
        && encoding.main.is_single_byte()
    {
        return (Cow::Borrowed(text), Some(TextFlaw::OtherEncoding(other.name())));
    }
    let whole = |e: &'static Encoding| e.decode_without_bom_handling_and_without_replacement(raw);
    if let Some(text) = whole(encoding.main) {
        return (text, None);
    }
    if let Some(other) = encoding.other
        && let Some(text) = whole(other)
    {
        return (text, Some(TextFlaw::OtherEncoding(other.name())));
    }
    (Cow::Owned(piecewise(raw, encoding.main)), Some(TextFlaw::Unreadable))
}

/// What can be read, and private characters for the bytes that cannot.
fn piecewise(raw: &[u8], encoding: &'static Encoding) -> String {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = String::with_capacity(raw.len() * 3 + 16);
    let mut at = 0;
    loop {
        let rest = raw.get(at..).unwrap_or_default();
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut out, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => return out,
            DecoderResult::OutputFull => out.reserve(rest.len() * 3 + 16),
            DecoderResult::Malformed(bad, after) => {
                let end = at.saturating_sub(usize::from(after));
                let start = end.saturating_sub(usize::from(bad));
                let bytes = raw.get(start..end).unwrap_or_default();
                out.extend(bytes.iter().filter_map(|b| char::from_u32(UNREADABLE + u32::from(*b))));
                // At the end of the input the decoder is done for good.
                if at >= raw.len() {
                    return out;
                }
            }
        }
    }
}

/// Characters of a directive: line breaks may stand between any two of them.
struct Letters<'a, 'c>(&'a mut Peekable<Chars<'c>>);

impl Letters<'_, '_> {
    fn peek(&mut self) -> Option<char> {
        while self.0.next_if(|c| matches!(c, '\r' | '\n')).is_some() {}
        self.0.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        self.peek()?;
        self.0.next()
    }

    fn is(&mut self, c: char) -> bool {
        self.peek() == Some(c) && self.0.next().is_some()
    }
}

/// Reads what follows a backslash. False, having changed nothing but `rest`, if it is no directive.
fn directive(rest: &mut Peekable<Chars<'_>>, page: &mut u8, out: &mut String) -> bool {
    if rest.next_if_eq(&'\\').is_some() {
        out.push('\\');
        return true;
    }
    let mut letters = Letters(rest);
    match letters.next() {
        Some('X') => match letters.next() {
            Some('\\') => {
                let Some(code) = hex(&mut letters, 2) else { return false };
                out.extend(char::from_u32(code));
                true
            }
            Some('2') => letters.is('\\') && wide(&mut letters, 4, out),
            Some('4') => letters.is('\\') && wide(&mut letters, 8, out),
            _ => false,
        },
        Some('S') if letters.is('\\') => match letters.next().and_then(|c| upper_half(c, *page)) {
            Some(c) => {
                out.push(c);
                true
            }
            None => false,
        },
        Some('P') => match letters.next() {
            Some(p @ 'A'..='I') if letters.is('\\') => {
                *page = u8::try_from(u32::from(p) - u32::from('A')).unwrap_or(0);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether what follows a backslash looks like a directive, sound or not.
fn starts_directive(mut rest: Peekable<Chars<'_>>) -> bool {
    match rest.next() {
        Some('X') => {
            matches!((rest.next(), rest.next()), (Some('\\'), Some('0'..='9' | 'A'..='F')) | (Some('0' | '2' | '4'), Some('\\')))
        }
        Some('S') => rest.next() == Some('\\'),
        _ => false,
    }
}

/// A number of so many hexadecimal digits.
fn hex(letters: &mut Letters<'_, '_>, digits: u32) -> Option<u32> {
    let mut out = 0;
    for _ in 0..digits {
        let digit = letters.peek()?.to_digit(16)?;
        letters.next();
        out = out << 4 | digit;
    }
    Some(out)
}

/// `\X2\` and `\X4\`: groups of digits until `\X0\`. False, with `out` as it was, if they are not characters. Digits
/// behind the last whole group stay as they stand; zeros there, which one tool writes, mean nothing.
fn wide(letters: &mut Letters<'_, '_>, digits: usize, out: &mut String) -> bool {
    let mut written = String::new();
    while let Some(c) = letters.peek().filter(char::is_ascii_hexdigit) {
        written.push(c);
        letters.next();
    }
    let (whole, rest) = written.split_at(written.len() - written.len() % digits);
    let units = whole
        .as_bytes()
        .chunks_exact(digits)
        .filter_map(|u| u32::from_str_radix(std::str::from_utf8(u).ok()?, 16).ok());
    let before = out.len();
    let sound = if digits == 4 {
        let narrow = units.map(|u| u16::try_from(u).unwrap_or_default());
        char::decode_utf16(narrow).all(|c| c.map(|c| out.push(c)).is_ok())
    } else {
        units.map(|u| char::from_u32(u).map(|c| out.push(c))).all(|c| c.is_some())
    };
    if !sound || (whole.is_empty() && !rest.is_empty()) {
        out.truncate(before);
        return false;
    }
    if rest.bytes().any(|b| b != b'0') {
        out.push_str(rest);
    }
    // The end may be missing; then what follows is plain.
    let mut ahead = letters.0.clone();
    let mut end = Letters(&mut ahead);
    if end.is('\\') && end.is('X') && end.is('0') && end.is('\\') {
        *letters.0 = ahead;
    }
    true
}

/// `\S\c`: the character 128 above `c` in ISO 8859-`page + 1`; `None` if there is none.
fn upper_half(c: char, page: u8) -> Option<char> {
    let byte = u8::try_from(u32::from(c)).ok().filter(u8::is_ascii)? | 0x80;
    if page == 0 {
        return Some(char::from(byte));
    }
    // ISO 8859-9 is a part of Windows-1254, which this label stands for.
    let label = format!("iso-8859-{}", page + 1);
    let encoding = Encoding::for_label(label.as_bytes())?;
    encoding.decode_without_bom_handling_and_without_replacement(&[byte])?.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[u8], expected: &str) {
        assert_eq!(decode_checked(raw, RawEncoding::of(raw)), (expected.to_owned(), None));
    }

    fn unreadable(raw: &[u8], expected: &str) {
        let found = decode_checked(raw, RawEncoding::UTF_8);
        assert_eq!(found, (expected.to_owned(), Some(TextFlaw::Unreadable)));
    }

    #[test]
    fn every_way_of_writing_a_character_is_read() {
        check(b"plain", "plain");
        check(b"it''s \\\\ here", "it's \\ here");
        check(b"\\X2\\5899\\X0\\1", "\u{5899}1");
        check(b"\\X2\\D83DDE00\\X0\\", "\u{1F600}");
        check(b"\\X4\\0001F600\\X0\\", "\u{1F600}");
        check(b"\\X2\\30B300\\X0\\a", "\u{30B3}a");
        check(b"Stra\\X\\DFe", "Straße");
        check(b"Gel\\S\\dnder", "Geländer");
        check(b"\\PE\\\\S\\0", "А");
        check(b"\\PE\\\\S\\a\\PB\\\\S\\3 \\S\\3", "сł ł");
        check("墙体".as_bytes(), "墙体");
        check(b"one\r\ntwo", "one\ntwo");
        check(b"C:\\temp\\new", "C:\\temp\\new");
    }

    #[test]
    fn directives_go_on_behind_a_line_break() {
        check(b"\\X2\\58\n99\\X0\\", "\u{5899}");
        check(b"\\X\r\n2\\5899\\X\n0\\b", "\u{5899}b");
        check(b"\\X\\D\nFe", "ße");
    }

    #[test]
    fn what_is_no_character_stays_as_it_is_written_and_is_told() {
        unreadable(b"\\X2\\58", "\\X2\\58");
        unreadable(b"a\\X2\\D83D\\X0\\", "a\\X2\\D83D\\X0\\");
        unreadable(b"\\X4\\00110000\\X0\\", "\\X4\\00110000\\X0\\");
        unreadable(b"a\xE5\xA4'' b", "a\\X\\E5\\X\\A4' b");
        assert_eq!(decode_checked(b"\\X2\\FFFD\\X0\\", RawEncoding::UTF_8).1, Some(TextFlaw::Lost));
    }

    #[test]
    fn a_backslash_inside_a_character_of_gbk_starts_nothing() {
        let (raw, _, _) = encoding_rs::GBK.encode("混凝土外墙，二层楼板，誠");
        assert!(raw.ends_with(b"\\"));
        check(&raw, "混凝土外墙，二层楼板，誠");
    }
}
