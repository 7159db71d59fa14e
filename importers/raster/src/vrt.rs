//! Virtual rasters name other files: which of them may be followed.

use std::io::Read;
use std::path::Path;

use lantu_ingest::ImportError;

use crate::open::failed;

/// Longest virtual raster text, bytes. Chosen: a mosaic of 10⁴ tiles has some 5 MB.
const MAX_VRT_BYTES: u64 = 16 << 20;
/// How far into a file the opening tag is looked for. GDAL looks at less.
const HEAD_BYTES: u64 = 64 << 10;
/// Opening tags of what a virtual raster reads from, in lower case: GDAL ignores case.
const SOURCE_TAGS: [&str; 3] = ["<sourcefilename", "<sourcedataset", "<dataset"];

/// Refuses a virtual raster that names an address, another virtual raster, or anything but pictures: formats that
/// are only a description of a server would be opened by GDAL as sources.
pub(crate) fn check(path: &Path) -> Result<(), ImportError> {
    let text = read_if_virtual(path).map_err(|source| ImportError::Read { source, path: path.to_owned() })?;
    let Some(text) = text else { return Ok(()) };
    if u64::try_from(text.len()).unwrap_or(u64::MAX) >= MAX_VRT_BYTES {
        return Err(failed("raster.vrt_refused", "the virtual raster's text is longer than 16 MiB"));
    }
    // Lower-case ASCII keeps byte positions.
    let lower = text.to_ascii_lowercase();
    for word in ["/vsi", "http", "://"] {
        if lower.contains(word) {
            let what =
                format!("a virtual raster may only name files of this computer, but its text has {word:?}");
            return Err(failed("raster.vrt_refused", what));
        }
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for tag in SOURCE_TAGS {
        for (at, _) in lower.match_indices(tag) {
            let Some((_, rest)) = text.get(at..).and_then(|t| t.split_once('>')) else { continue };
            let name = rest.split('<').next().unwrap_or_default().trim();
            if name.contains('&')
                || rest.starts_with("<!")
                || !(is_picture(&folder.join(name)) && is_picture(Path::new(name)))
            {
                let what =
                    format!("a virtual raster may only name TIFF, PNG and JPEG files, but names {name:?}");
                return Err(failed("raster.vrt_refused", what));
            }
        }
    }
    Ok(())
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
    let mut head = [0_u8; 8];
    let Ok(file) = std::fs::File::open(path) else { return !path.to_string_lossy().contains(':') };
    let Ok(mut n) = (&file).read(&mut head) else { return true };
    n = n.min(head.len());
    let head = head.get(..n).unwrap_or_default();
    [&b"II\x2a\0"[..], b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b", b"\x89PNG", b"\xff\xd8\xff"]
        .iter()
        .any(|m| head.starts_with(m))
}
