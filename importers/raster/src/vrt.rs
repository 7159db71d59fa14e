//! Virtual rasters name other files: which of them may be followed.

use std::io::Read;
use std::path::Path;

use lantu_ingest::ImportError;

use crate::open::failed;

/// Longest virtual raster text, bytes. Chosen: a mosaic of 10⁴ tiles has some 5 MB.
const MAX_VRT_BYTES: u64 = 16 << 20;
/// How far into a file the opening tag is looked for. GDAL looks at less.
const HEAD_BYTES: u64 = 64 << 10;
/// What no virtual raster may say anywhere, in lower case.
const REFUSED: [&str; 3] = ["/vsi", "http", "://"];
/// Elements that name what is read, in lower case: GDAL ignores case.
const SOURCES: [&str; 2] = ["sourcefilename", "sourcedataset"];

/// Refuses a virtual raster that names an address, another virtual raster, or anything but pictures: formats that
/// only describe a server or a memory address would be opened by GDAL as sources.
pub(crate) fn check(path: &Path) -> Result<(), ImportError> {
    let text = read_if_virtual(path).map_err(|source| ImportError::Read { source, path: path.to_owned() })?;
    let Some(text) = text else { return Ok(()) };
    let refused = |what: String| Err(failed("raster.vrt_refused", what));
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_VRT_BYTES {
        return refused("the virtual raster's text is longer than 16 MiB".to_owned());
    }
    // Lower-case ASCII keeps byte positions.
    let lower = text.to_ascii_lowercase();
    if let Some(word) = REFUSED.iter().find(|w| lower.contains(**w)) {
        return refused(format!(
            "a virtual raster may only name files of this computer, but its text has {word:?}"
        ));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for word in SOURCES {
        for (at, _) in lower.match_indices(word) {
            let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
            if before.ends_with("</") {
                continue;
            }
            let name = element_text(before, rest);
            if !name.is_some_and(|n| is_picture(&folder.join(n)) && is_picture(Path::new(n))) {
                let what = "a virtual raster may only name TIFF, PNG and JPEG files, but names";
                return refused(format!("{what} {:?}", name.unwrap_or("something that is not plain text")));
            }
        }
    }
    Ok(())
}

/// What stands in the element whose name `rest` starts with. `None` where GDAL could read something else: in an
/// attribute of that name, behind an odd tag, or with escapes.
fn element_text<'a>(before: &str, rest: &'a str) -> Option<&'a str> {
    let (tag, content) = rest.split_once('>')?;
    let quotes_closed = |quote| tag.matches(quote).count().is_multiple_of(2);
    let (text, _) = content.split_once('<')?;
    let plain = !text.contains(['&', char::REPLACEMENT_CHARACTER]) && !content.trim_start().starts_with('<');
    (before.ends_with('<') && quotes_closed('"') && quotes_closed('\'') && plain).then_some(text.trim())
}

fn read_if_virtual(path: &Path) -> std::io::Result<Option<String>> {
    let file = std::fs::File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
    }
    let mut bytes = Vec::new();
    (&file).take(HEAD_BYTES).read_to_end(&mut bytes)?;
    if !bytes.windows(11).any(|w| w.eq_ignore_ascii_case(b"<VRTDataset")) {
        return Ok(None);
    }
    (&file).take(MAX_VRT_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a file starts like a picture. One that is not there passes: GDAL says better what is missing.
fn is_picture(path: &Path) -> bool {
    match std::fs::metadata(path) {
        // What has a colon and is no file names a driver: `WMTS:…`.
        Err(_) => !path.to_string_lossy().contains(':'),
        Ok(about) if !about.is_file() => false,
        Ok(_) => {
            let mut head = [0_u8; 4];
            let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
            let magic: [&[u8]; 6] =
                [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b", b"\x89PNG", b"\xff\xd8\xff"];
            read.is_ok() && magic.iter().any(|m| head.starts_with(m))
        }
    }
}
