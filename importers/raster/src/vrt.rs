//! Virtual rasters name other files: which of them may be followed.

use std::path::{Component, Path, PathBuf};

use lantu_ingest::ImportError;

/// Largest virtual raster that is read. Chosen: a mosaic of 10⁴ tiles has some 5 MB.
const MAX_BYTES: u64 = 16 << 20;

/// How deep virtual rasters may nest. Chosen: mosaics of mosaics exist, deeper ones are loops.
const MAX_DEPTH: u32 = 4;

/// Checks that a virtual raster and what it names stay beside it on this machine; other files pass.
pub(crate) fn check(path: &Path) -> Result<(), ImportError> {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    check_one(path, &folder, 0)
}

fn check_one(path: &Path, folder: &Path, depth: u32) -> Result<(), ImportError> {
    let Some(text) = read_if_vrt(path)? else { return Ok(()) };
    if depth >= MAX_DEPTH {
        return Err(refused("virtual rasters are nested too deep, perhaps in a loop".to_owned(), path));
    }
    for source in sources(&text) {
        let path = allowed(&source, folder).ok_or_else(|| {
            refused("a virtual raster may only name files in its own folder".to_owned(), Path::new(&source))
        })?;
        check_one(&path, folder, depth + 1)?;
    }
    Ok(())
}

fn refused(what: String, place: &Path) -> ImportError {
    ImportError::Format { code: "raster.vrt_source", what, place: place.display().to_string().chars().take(200).collect() }
}

fn read_if_vrt(path: &Path) -> Result<Option<String>, ImportError> {
    use std::io::Read;
    let read = || -> std::io::Result<Option<String>> {
        let mut file = std::fs::File::open(path)?;
        let mut head = [0_u8; 256];
        let n = file.read(&mut head)?;
        let start = String::from_utf8_lossy(head.get(..n).unwrap_or_default()).into_owned();
        if !start.contains("<VRTDataset") {
            return Ok(None);
        }
        let mut rest = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut rest)?;
        Ok(Some(start + &String::from_utf8_lossy(&rest)))
    };
    match read() {
        Ok(text) => Ok(text),
        // GDAL says later, and better, what is missing.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ImportError::Read { source, path: path.to_path_buf() }),
    }
}

/// Names between `<SourceFilename …>`, `<SourceDataset …>` and their end.
fn sources(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for tag in ["<SourceFilename", "<SourceDataset"] {
        for part in text.split(tag).skip(1) {
            if let Some((_, rest)) = part.split_once('>')
                && let Some((name, _)) = rest.split_once("</")
            {
                out.push(name.trim().to_owned());
            }
        }
    }
    out
}

/// The file that a source names, if it is a plain one in `folder` or below.
fn allowed(source: &str, folder: &Path) -> Option<PathBuf> {
    // "<", ":" and "&" would start inline documents, driver prefixes and URLs.
    if source.is_empty() || source.contains(['<', ':', '&', '|']) || source.starts_with("/vsi") {
        return None;
    }
    let path = Path::new(source);
    if path.is_absolute() {
        return path.starts_with(folder).then(|| path.to_path_buf()).filter(|p| stays_inside(p));
    }
    stays_inside(path).then(|| folder.join(path))
}

fn stays_inside(path: &Path) -> bool {
    path.components().all(|c| !matches!(c, Component::ParentDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_beside_a_virtual_raster_are_followed() {
        let folder = Path::new("/data/site");
        assert!(allowed("a.tif", folder).is_some() && allowed("tiles/a.tif", folder).is_some());
        for source in ["/vsicurl/http://x/a.tif", "http://x/a.tif", "../a.tif", "/etc/a.tif", "WMS:x", "<GDAL_WMS>", "&lt;GDAL_WMS"] {
            assert!(allowed(source, folder).is_none(), "{source}");
        }
    }
}
