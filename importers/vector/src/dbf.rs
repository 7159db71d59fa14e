//! Which encoding a DBF file's text really has: GDAL believes the language byte and the `.cpg`, and decodes with loss.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What the bytes of a DBF say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Encoding {
    /// Name that GDAL's `ENCODING` open option takes.
    pub(crate) name: &'static str,
    /// It differs from what the file declares, or the file declares nothing.
    pub(crate) guessed: bool,
    /// 0 to 100.
    pub(crate) confidence: u8,
    /// The first text that is not ASCII, decoded, for the report.
    pub(crate) sample: String,
}

/// Bytes of records that are looked at. Chosen: thousands of records, milliseconds.
const SAMPLE_BYTES: u64 = 4 << 20;

/// Looks at the table beside a shapefile. `None` if there is none, or all its text is ASCII.
pub(crate) fn sniff(shp: &Path) -> Option<Encoding> {
    let dbf = ["dbf", "DBF"].iter().map(|e| shp.with_extension(e)).find(|p| p.is_file())?;
    let mut bytes = Vec::new();
    File::open(dbf).ok()?.take(SAMPLE_BYTES).read_to_end(&mut bytes).ok()?;
    let header_len = usize::from(u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]));
    let language = *bytes.get(29)?;
    let declared_utf8 = ["cpg", "CPG"].iter().any(|e| {
        std::fs::read_to_string(shp.with_extension(e)).is_ok_and(|t| t.to_ascii_lowercase().contains("utf"))
    });
    let records = bytes.get(header_len..)?;
    let mut runs: Vec<&[u8]> =
        records.split(|b| *b == b' ' || *b == 0).filter(|r| r.iter().any(|b| *b >= 0x80)).collect();
    runs.truncate(20_000);
    if runs.is_empty() {
        return None;
    }
    let (gbk, _, _) = encoding_rs::GB18030.decode(runs.first()?);
    let sample = gbk.chars().take(40).collect::<String>();
    // A field cut inside a character leaves one broken run; more than one in fifty is another encoding.
    let n_bad_utf8 = runs.iter().filter(|r| std::str::from_utf8(r).is_err()).count();
    if n_bad_utf8 * 50 <= runs.len() {
        let sample = String::from_utf8_lossy(runs.first()?).chars().take(40).collect();
        return Some(Encoding { name: "UTF-8", guessed: !declared_utf8, confidence: 99, sample });
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    for r in &runs {
        detector.feed(r, false);
        detector.feed(b" ", false);
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    let n_bad_gbk = runs.iter().filter(|r| encoding_rs::GB18030.decode(r).2).count();
    // 0x4D and 0x7A are the language bytes of GBK tables.
    let declared_gbk = matches!(language, 0x4D | 0x7A);
    if guess == encoding_rs::GBK || guess == encoding_rs::GB18030 || declared_gbk {
        let confidence = if n_bad_gbk == 0 { 95 } else { 75 };
        return Some(Encoding { name: "GB18030", guessed: !declared_gbk, confidence, sample });
    }
    // Other languages: only a declaration is trusted, GDAL reads it.
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(folder: &Path, text: &[u8], language: u8) -> std::path::PathBuf {
        let mut b = vec![3, 26, 1, 1, 1, 0, 0, 0, 33, 0, 21, 0];
        b.resize(32, 0);
        *b.get_mut(29).unwrap() = language;
        b.push(0x0D);
        for _ in 0..50 {
            b.push(b' ');
            b.extend_from_slice(text);
            b.push(b' ');
        }
        std::fs::write(folder.join("t.dbf"), b).unwrap();
        folder.join("t.shp")
    }

    #[test]
    fn chinese_without_any_declaration_is_found_with_a_confidence() {
        let folder = tempfile::tempdir().unwrap();
        let (gbk, _, _) = encoding_rs::GBK.encode("朝阳区建国路给水管线");
        let found = sniff(&table(folder.path(), &gbk, 0)).unwrap();
        assert_eq!((found.name, found.guessed), ("GB18030", true));
        assert!(found.sample.contains("朝阳区") && found.confidence > 50);
        let found = sniff(&table(folder.path(), "朝阳区建国路".as_bytes(), 0)).unwrap();
        assert_eq!((found.name, found.guessed), ("UTF-8", true));
        assert_eq!(sniff(&table(folder.path(), b"plain", 0)), None);
    }
}
