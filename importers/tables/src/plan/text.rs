//! The text of a whole file: which encoding it has, how sure that is, and what it says of itself.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A decoded file.
pub(crate) struct Text {
    pub(crate) content: String,
    /// Name of the encoding that was used.
    pub(crate) encoding: &'static str,
    /// How sure that is, 0 to 1.
    pub(crate) confidence: f64,
    /// What the file claims, if that is another encoding than the one used.
    pub(crate) lie: Option<String>,
    /// Some bytes are no characters in it; they were replaced.
    pub(crate) damaged: bool,
}

/// Decodes `bytes`. A byte order mark counts first, then whether it is valid UTF-8, then what the file claims if the
/// bytes are valid in it and look like it, then what the bytes look like. A header may lie: schedulers in China write
/// `UTF-8` or `windows-1252` over GBK.
pub(crate) fn decode(bytes: &[u8], claimed: Option<&str>) -> Text {
    let claim = claimed.and_then(|c| Encoding::for_label(c.as_bytes()));
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        let body = bytes.get(skip..).unwrap_or_default();
        return finish(encoding, body, 1.0, claim, claimed);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return finish(UTF_8, bytes, if bytes.is_ascii() { 1.0 } else { 0.99 }, claim, claimed);
    }
    if let Some(encoding) = utf16(bytes) {
        return finish(encoding, bytes, 0.95, claim, claimed);
    }
    let (encoding, confidence) = guess(bytes, claim);
    finish(encoding, bytes, confidence, claim, claimed)
}

/// UTF-16 without a mark: every second byte of markup is zero.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

fn finish(
    encoding: &'static Encoding,
    bytes: &[u8],
    confidence: f64,
    claim: Option<&'static Encoding>,
    claimed: Option<&str>,
) -> Text {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    let same = |a: &'static Encoding, b: &'static Encoding| a == b || (is_chinese(a) && is_chinese(b));
    // Plain ASCII is the same in every encoding but UTF-16: there is nothing to lie about.
    let lie = claim.is_some_and(|c| !same(c, encoding)) && !bytes.is_ascii();
    let lie = lie.then(|| claimed.unwrap_or_default().chars().take(32).collect());
    Text { content: text.into_owned(), encoding: encoding.name(), confidence, lie, damaged }
}

fn is_chinese(e: &'static Encoding) -> bool {
    e == GBK || e == GB18030
}

/// What bytes that are not UTF-8 look like, and how sure that is.
///
/// GBK writes a character as two bytes of which the first is 0x81 or more; Western text has single high bytes between
/// ASCII letters. So the share of high bytes that pair up to common characters (both bytes 0xA1 or more, GB 2312)
/// tells them apart, from a few characters on.
fn guess(bytes: &[u8], claim: Option<&'static Encoding>) -> (&'static Encoding, f64) {
    let (pairs, common, alone) = pairs(bytes);
    let high = 2 * pairs + alone;
    if alone == 0 && pairs > 0 && common * 10 >= pairs * 9 {
        // One pair may be two Western letters (`Ä±`); ten are not.
        let sure = 1.0 - 0.5_f64.powi(i32::try_from(common.min(40)).unwrap_or(40) + 1);
        return (GBK, sure.min(0.99));
    }
    if high > 0 && alone * 2 > high {
        let western = claim.filter(|c| c.is_single_byte()).unwrap_or(WINDOWS_1252);
        return (western, if claim == Some(western) { 0.95 } else { 0.8 });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(Some(b"cn"), Utf8Detection::Deny);
    let valid = |e: &'static Encoding| !e.decode_without_bom_handling(bytes).1;
    match claim {
        Some(c) if c == guess && valid(c) => (c, 0.95),
        Some(c) if c != UTF_8 && !valid(guess) && valid(c) => (c, 0.6),
        _ => (guess, if valid(guess) { 0.7 } else { 0.3 }),
    }
}

/// Pairs of bytes that GBK reads as one character, those of them in GB 2312, and high bytes outside any pair.
fn pairs(bytes: &[u8]) -> (usize, usize, usize) {
    let (mut pairs, mut common, mut alone) = (0, 0, 0);
    let mut rest = bytes.iter().copied();
    while let Some(b) = rest.next() {
        if b < 0x80 {
            continue;
        }
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(second)
                if (0x81..=0xFE).contains(&b) && (0x40..=0xFE).contains(&second) && second != 0x7F =>
            {
                // A second byte below 0x80 is an ASCII letter after a Western one more often than not.
                if second < 0x80 {
                    alone += 1;
                    continue;
                }
                pairs += 1;
                common += usize::from((0xB0..=0xF7).contains(&b) || (0xA1..=0xA9).contains(&b))
                    * usize::from(second >= 0xA1);
                rest = ahead;
            }
            _ => alone += 1,
        }
    }
    (pairs, common, alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, encoding: &'static Encoding, claimed: &str, lie: bool) {
        let (bytes, _, lost) = encoding.encode(text);
        assert!(!lost, "{text}");
        let decoded = decode(&bytes, Some(claimed));
        assert_eq!(decoded.content, text, "as {}", decoded.encoding);
        assert_eq!(decoded.lie.is_some(), lie, "{text} claims {claimed}, is {}", decoded.encoding);
        assert!(!decoded.damaged && decoded.confidence > 0.5, "{} of {text}", decoded.confidence);
    }

    #[test]
    fn a_header_that_lies_about_gbk_is_not_believed() {
        for claimed in ["UTF-8", "windows-1252", "iso-8859-1"] {
            check("任务\t土方开挖与支护\t管线迁改 A-10", GBK, claimed, true);
        }
        check("任务\t土方开挖与支护", GBK, "gb2312", false);
        check("任务\t土方开挖与支护", UTF_8, "gbk", true);
    }

    #[test]
    fn western_letters_are_not_taken_for_chinese() {
        check("Gründung\tStraßenbau\tmaçonnerie\tcañería", WINDOWS_1252, "windows-1252", false);
        check("Gründung\tBöschung\tÜberführung", WINDOWS_1252, "UTF-8", true);
        check("plain", UTF_8, "windows-1252", false);
    }
}
