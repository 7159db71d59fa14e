//! Which encoding the bytes above 127 of a file have. The standard allows none of them; authoring tools write
//! UTF-8, or whatever their computer is set to.

use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};

/// Bytes of text that are looked at. Chosen: ten thousand names tell as much as a million.
const MAX_SAMPLE_BYTES: usize = 1 << 20;
/// From this share of texts that fit, an encoding is taken without asking for more. Chosen: the frequent two thirds
/// of Chinese characters are more than nine tenths of any Chinese text, and Latin letters with accents stand alone.
const SURE: f64 = 0.8;

/// How the bytes above 127 of a file are meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RawEncoding {
    /// Of most texts.
    pub(crate) main: &'static Encoding,
    /// Of texts that are not in the main one.
    pub(crate) other: Option<&'static Encoding>,
    /// 0 to 1; 1 without a doubt.
    pub(crate) confidence: f64,
}

impl RawEncoding {
    /// What needs no guess.
    pub(crate) const UTF_8: Self = Self { main: UTF_8, other: None, confidence: 1.0 };

    /// UTF-8 if all of the file is; otherwise the likeliest. Linear.
    pub(crate) fn of(content: &[u8]) -> Self {
        if std::str::from_utf8(content).is_ok() {
            return Self::UTF_8;
        }
        let texts = sample(content);
        let (valid, broken): (Vec<&[u8]>, Vec<&[u8]>) =
            texts.iter().partition(|t| std::str::from_utf8(t).is_ok());
        // Texts that are UTF-8 by chance are rare: two Chinese characters in some hundred pairs.
        let (other, sureness) = legacy(&broken);
        let share = valid.len() as f64 / texts.len().max(1) as f64;
        if share >= 0.5 {
            let other = Some(other).filter(|_| sureness >= SURE);
            return Self { main: UTF_8, other, confidence: share };
        }
        Self { main: other, other: Some(UTF_8), confidence: sureness }
    }

    /// Its name: `UTF-8`, `GB18030`.
    pub(crate) fn name(self) -> &'static str {
        if self.main == GB18030 { "GB18030" } else { self.main.name() }
    }
}

/// Texts between quotes that have bytes above 127.
fn sample(content: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut bytes = 0;
    for line in content.split(|&b| b == b'\n').filter(|l| !l.is_ascii()) {
        for text in line.split(|&b| b == b'\'').filter(|t| !t.is_ascii()) {
            bytes += text.len();
            out.push(text);
            if bytes > MAX_SAMPLE_BYTES {
                return out;
            }
        }
    }
    out
}

/// The likeliest encoding of texts that are not UTF-8, and how likely it is.
fn legacy(texts: &[&[u8]]) -> (&'static Encoding, f64) {
    let (chinese, latin) = (fits_chinese(texts), fits_latin(texts));
    let n: usize = texts.iter().flat_map(|t| t.iter()).filter(|b| !b.is_ascii()).count();
    // A single character proves little.
    let weight = 1.0 - 1.0 / (n as f64 + 1.0);
    if chinese >= SURE && chinese >= latin {
        return (GB18030, chinese * weight);
    }
    if latin >= SURE {
        return (WINDOWS_1252, latin * weight);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    for text in texts {
        detector.feed(text, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    let readable =
        texts.iter().filter(|t| guess.decode_without_bom_handling_and_without_replacement(t).is_some());
    let share = readable.count() as f64 / texts.len().max(1) as f64;
    (if guess == encoding_rs::GBK { GB18030 } else { guess }, 0.5 * share * weight)
}

/// Share of two-byte characters that are frequent ones of GB 2312 (its first level, and its punctuation).
fn fits_chinese(texts: &[&[u8]]) -> f64 {
    let (mut frequent, mut all) = (0_u64, 0_u64);
    for text in texts {
        let mut bytes = text.iter();
        while let Some(&lead) = bytes.next() {
            if lead.is_ascii() {
                continue;
            }
            all += 1;
            let Some(&trail) = bytes.next() else { continue };
            let level_1 = (0xB0..=0xD7).contains(&lead) && trail >= 0xA1;
            let signs = (0xA1..=0xA3).contains(&lead) && trail >= 0xA1;
            frequent += u64::from(level_1 || signs);
        }
    }
    if all == 0 { 0.0 } else { frequent as f64 / all as f64 }
}

/// Share of high bytes that stand alone among ASCII and are letters or signs that people write in the West.
fn fits_latin(texts: &[&[u8]]) -> f64 {
    let (mut fits, mut all) = (0_u64, 0_u64);
    for text in texts {
        for (i, &b) in text.iter().enumerate().filter(|(_, b)| !b.is_ascii()) {
            all += 1;
            let ascii = |at: Option<usize>| at.and_then(|at| text.get(at)).is_none_or(u8::is_ascii);
            let alone = ascii(i.checked_sub(1)) && ascii(i.checked_add(1));
            let letter = b >= 0xC0 && !matches!(b, 0xD7 | 0xF7);
            let sign = matches!(b, 0x80 | 0x85 | 0x91..=0x97 | 0x99 | 0xA0 | 0xA7 | 0xA9 | 0xAB | 0xAE..=0xB5 | 0xB7 | 0xB9..=0xBF | 0xD7);
            fits += u64::from(alone && (letter || sign));
        }
    }
    if all == 0 { 0.0 } else { fits as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&[u8]]) -> RawEncoding {
        let mut file = b"#1=A('".to_vec();
        file.extend(texts.join(&b"','"[..]));
        file.extend(b"');\n");
        RawEncoding::of(&file)
    }

    #[test]
    fn chinese_and_western_texts_are_told_apart() {
        let (gbk, _, _) = GB18030.encode("混凝土外墙");
        let found = of(&[&gbk]);
        assert_eq!(found.main, GB18030);
        assert!(found.confidence > 0.8, "{found:?}");
        let found = of(&[b"Gel\xE4nder", b"Stra\xDFe 30\xB0", b"plain"]);
        assert_eq!(found.main, WINDOWS_1252);
        assert!(found.confidence > 0.7, "{found:?}");
    }

    #[test]
    fn a_russian_text_is_not_taken_for_chinese() {
        let (raw, encoding, _) =
            encoding_rs::WINDOWS_1251.encode("Стена наружная монолитная, перекрытие этажа");
        assert_eq!(of(&[&raw]).main, encoding);
    }

    #[test]
    fn one_text_of_another_tool_does_not_change_the_file() {
        let (gbk, _, _) = GB18030.encode("钢筋混凝土楼板和外墙");
        let found = of(&["外墙".as_bytes(), "楼板".as_bytes(), &gbk]);
        assert_eq!((found.main, found.other), (UTF_8, Some(GB18030)));
        let found = of(&["外墙".as_bytes(), "楼板".as_bytes(), b"\xE5\xA4"]);
        assert_eq!((found.main, found.other), (UTF_8, None));
    }
}
