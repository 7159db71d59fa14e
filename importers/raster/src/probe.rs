//! Recognizing rasters by their first bytes.

use std::path::Path;

use lantu_ingest::Confidence;

/// How sure we are that a file is a raster that we read.
pub(crate) fn probe(path: &Path, head: &[u8]) -> Confidence {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let starts = |magic: &[&[u8]]| magic.iter().any(|m| head.starts_with(m));
    if starts(&[b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"]) {
        return Confidence::MAGIC;
    }
    if starts(&[b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]) {
        return Confidence::MAGIC;
    }
    let text = String::from_utf8_lossy(head.get(..head.len().min(1024)).unwrap_or_default());
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<VRTDataset") {
        return Confidence::MAGIC;
    }
    if starts(&[b"UHL1"]) || (starts(&[b"VOL", b"HDR"]) && extension.starts_with("dt")) {
        return Confidence::MAGIC;
    }
    if text.to_ascii_lowercase().starts_with("ncols") {
        return Confidence::CONTENT;
    }
    match extension.as_str() {
        // An SRTM tile has no header at all: only its name says what it is.
        "hgt" => Confidence::NAME,
        "tif" | "tiff" | "vrt" | "asc" | "dt0" | "dt1" | "dt2" => Confidence(20),
        _ => Confidence::NO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rasters_are_known_by_content_not_by_name() {
        assert_eq!(probe(Path::new("a.bin"), b"MM\0\x2b"), Confidence::MAGIC);
        assert_eq!(probe(Path::new("a.asc"), b"NCOLS 4\nNROWS 3\n"), Confidence::CONTENT);
        assert_eq!(probe(Path::new("a.ifc"), b"ISO-10303-21;"), Confidence::NO);
        assert_eq!(probe(Path::new("N39E116.hgt"), &[0, 44]), Confidence::NAME);
    }
}
