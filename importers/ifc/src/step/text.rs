//! Decodes the strings of a STEP file: `\X2\…\X0\`, `\X4\…`, `\X\hh`, `\S\c`, `\P?\`, and bytes above 127.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Which encoding the file's bytes above 127 have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RawEncoding(&'static Encoding);

impl RawEncoding {
    /// UTF-8 if all of it is; otherwise the likeliest legacy encoding. Linear.
    pub(crate) fn of(content: &[u8]) -> Self {
        if std::str::from_utf8(content).is_ok() {
            return Self(UTF_8);
        }
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        // Only lines with such bytes tell anything; 1 MiB of them is plenty.
        let mut seen = 0;
        for line in content.split(|&b| b == b'\n').filter(|l| !l.is_ascii()) {
            detector.feed(line, false);
            detector.feed(b"\n", false);
            seen += line.len();
            if seen > 1 << 20 {
                break;
            }
        }
        detector.feed(b"", true);
        Self(detector.guess(None, chardetng::Utf8Detection::Allow))
    }

    /// Its name: `UTF-8`, `GBK`.
    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether it is UTF-8, which needs no guess.
    pub(crate) fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }
}

/// Decodes what stands between the quotes. Never fails: what cannot be decoded becomes U+FFFD.
pub(crate) fn decode(raw: &[u8], encoding: RawEncoding) -> String {
    if raw.iter().all(|&b| b.is_ascii() && b != b'\\' && b != b'\'' && b != b'\r') {
        return String::from_utf8_lossy(raw).into_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut page = 0_u8;
    let mut plain: Vec<u8> = Vec::new();
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        let rest = raw.get(at..).unwrap_or_default();
        let (n, decoded) = match b {
            b'\'' if rest.starts_with(b"''") => (2, Some("'".to_owned())),
            // The standard ignores line breaks inside a string; real files mean them.
            b'\r' if rest.starts_with(b"\r\n") => (1, Some(String::new())),
            b'\\' => directive(rest, &mut page),
            _ => (1, None),
        };
        if let Some(text) = decoded {
            flush(&mut plain, encoding, &mut out);
            out.push_str(&text);
        } else {
            plain.extend(rest.get(..n).unwrap_or_default());
        }
        at += n.max(1);
    }
    flush(&mut plain, encoding, &mut out);
    out
}

fn flush(plain: &mut Vec<u8>, encoding: RawEncoding, out: &mut String) {
    if !plain.is_empty() {
        out.push_str(&encoding.0.decode_without_bom_handling(plain).0);
        plain.clear();
    }
}

/// Length of the directive at the start of `rest`, and its text; `None` if it stands for itself.
fn directive(rest: &[u8], page: &mut u8) -> (usize, Option<String>) {
    match rest {
        [b'\\', b'\\', ..] => (2, Some("\\".to_owned())),
        [b'\\', b'X', b'2', b'\\', hex @ ..] => wide(hex, 4),
        [b'\\', b'X', b'4', b'\\', hex @ ..] => wide(hex, 8),
        [b'\\', b'X', b'\\', a, b, ..] => match hex_digit(*a).zip(hex_digit(*b)) {
            Some((a, b)) => (5, Some(char::from(u8::try_from(a * 16 + b).unwrap_or(b'?')).to_string())),
            None => (1, None),
        },
        [b'\\', b'S', b'\\', c, ..] if c.is_ascii() => (4, Some(upper_half(*c, *page))),
        [b'\\', b'P', p @ b'A'..=b'I', b'\\', ..] => {
            *page = p - b'A';
            (4, Some(String::new()))
        }
        _ => (1, None),
    }
}

/// `\X2\` and `\X4\`: groups of `digits` hexadecimal digits until `\X0\`.
fn wide(hex: &[u8], digits: usize) -> (usize, Option<String>) {
    let mut units: Vec<u32> = Vec::new();
    let (mut unit, mut filled, mut n) = (0_u32, 0, 0);
    for &b in hex {
        match hex_digit(b) {
            Some(d) => {
                unit = unit << 4 | d;
                filled += 1;
                if filled == digits {
                    units.push(unit);
                    (unit, filled) = (0, 0);
                }
            }
            None if b == b'\n' || b == b'\r' => {}
            None => break,
        }
        n += 1;
    }
    let behind = hex.get(n..).unwrap_or_default();
    let end = if behind.starts_with(b"\\X0\\") { 4 } else { 0 };
    let text = if digits == 4 {
        let units = units.iter().map(|&u| u16::try_from(u).unwrap_or(0xFFFD));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        units.iter().map(|&u| char::from_u32(u).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    (4 + n + end, Some(text))
}

fn hex_digit(b: u8) -> Option<u32> {
    char::from(b).to_digit(16)
}

/// `\S\c`: the character 128 above `c` in ISO 8859-`page + 1`.
fn upper_half(c: u8, page: u8) -> String {
    let byte = [c | 0x80];
    if page == 0 {
        return char::from(c | 0x80).to_string();
    }
    let label = format!("iso-8859-{}", page + 1);
    Encoding::for_label(label.as_bytes())
        .unwrap_or(WINDOWS_1252)
        .decode_without_bom_handling(&byte)
        .0
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[u8], expected: &str) {
        assert_eq!(decode(raw, RawEncoding::of(raw)), expected);
    }

    #[test]
    fn every_way_of_writing_a_character_is_read() {
        check(b"plain", "plain");
        check(b"it''s \\\\ here", "it's \\ here");
        check(b"\\X2\\5899\\X0\\1", "\u{5899}1");
        check(b"\\X2\\58\n99\\X0\\", "\u{5899}");
        check(b"\\X2\\D83DDE00\\X0\\", "\u{1F600}");
        check(b"\\X4\\0001F600\\X0\\", "\u{1F600}");
        check(b"Stra\\X\\DFe", "Straße");
        check(b"Gel\\S\\dnder", "Geländer");
        check(b"\\PE\\\\S\\0", "А");
        check("墙体".as_bytes(), "墙体");
        check(b"one\r\ntwo", "one\ntwo");
        check(b"\\X2\\58", "");
    }

    #[test]
    fn raw_gbk_is_recognized() {
        let (raw, _, _) = encoding_rs::GBK.encode("混凝土外墙，二层楼板，门窗安装工程项目管理平台");
        check(&raw, "混凝土外墙，二层楼板，门窗安装工程项目管理平台");
    }
}
