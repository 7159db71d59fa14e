//! Opening a file: which drivers, which paths, and the limits that hold before a pixel is read.

use std::io::Read;
use std::path::Path;

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use lantu_geodesy::capture_gdal_errors;
use lantu_ingest::ImportError;

/// Drivers that may open a file. Others can reach the network or follow references.
const DRIVERS: [&str; 8] = ["GTiff", "COG", "VRT", "JPEG", "PNG", "AAIGrid", "SRTMHGT", "DTED"];

/// Longest side of a raster in pixels. Chosen: a district at 2 cm has some 250 000.
pub(crate) const MAX_SIDE_PX: u64 = 500_000;
/// Most pixels of a raster. Chosen: a day of work for a disk, far above any orthophoto of a district.
pub(crate) const MAX_PIXELS: u64 = 10_000_000_000;
/// Largest block of all bands, bytes: GDAL decodes whole blocks.
const MAX_BLOCK_BYTES: u64 = 256 << 20;
/// Most bands that are looked at. Chosen: hyperspectral cubes have some hundreds.
const MAX_BANDS: usize = 1024;
/// Longest virtual raster text, bytes.
const MAX_VRT_BYTES: u64 = 4 << 20;
/// What `probe` sees of a file.
const HEAD_BYTES: u64 = 64 << 10;

pub(crate) fn failed(code: &'static str, what: impl Into<String>) -> ImportError {
    ImportError::Format { code, what: what.into(), place: String::new() }
}

/// Opens the file, or says why not.
pub(crate) fn open(path: &Path) -> Result<Dataset, ImportError> {
    let text = path.to_string_lossy();
    if text.starts_with("/vsi") || text.contains("://") {
        return Err(failed("raster.not_a_file", format!("only files of this computer are read, not {text}")));
    }
    check_virtual(path).map_err(|source| ImportError::Read { source, path: path.to_owned() })??;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&DRIVERS),
        open_options: None,
        sibling_files: None,
    };
    let (opened, said) = capture_gdal_errors(|| Dataset::open_ex(path, options));
    let dataset = opened.map_err(|e| {
        let reason = said.last().cloned().unwrap_or_else(|| e.to_string());
        failed("raster.unreadable", format!("no raster format reads the file: {reason}"))
    })?;
    check_limits(&dataset)?;
    Ok(dataset)
}

/// A virtual raster may name other files of this computer, but no address and no other virtual raster.
fn check_virtual(path: &Path) -> std::io::Result<Result<(), ImportError>> {
    let file = std::fs::File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
    }
    let mut text = Vec::new();
    (&file).take(HEAD_BYTES).read_to_end(&mut text)?;
    if !text.windows(11).any(|w| w.eq_ignore_ascii_case(b"<VRTDataset")) {
        return Ok(Ok(()));
    }
    (&file).take(MAX_VRT_BYTES).read_to_end(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) >= MAX_VRT_BYTES {
        return Ok(Err(failed("raster.vrt_refused", "the virtual raster's text is longer than 4 MiB")));
    }
    let text = String::from_utf8_lossy(&text).to_lowercase();
    for word in ["/vsi", "http", "://", ".vrt", "&#"] {
        if text.contains(word) {
            let what = format!("a virtual raster may only name files of this computer, but its text has {word:?}");
            return Ok(Err(failed("raster.vrt_refused", what)));
        }
    }
    Ok(Ok(()))
}

fn check_limits(dataset: &Dataset) -> Result<(), ImportError> {
    let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let (w, h) = dataset.raster_size();
    check_size([wide(w), wide(h)])?;
    let n = dataset.raster_count();
    if n == 0 || n > MAX_BANDS {
        return Err(failed("raster.bands", format!("expected 1 to {MAX_BANDS} bands, found {n}")));
    }
    let mut block = 0_u64;
    for band in dataset.rasterbands() {
        let band = band.map_err(|e| failed("raster.bands", e.to_string()))?;
        let (bw, bh) = band.block_size();
        // The type of complex bands is not known to the wrapper and counts as the largest there is.
        let bytes = bytes_per_pixel(&band);
        block = block.saturating_add(wide(bw).saturating_mul(wide(bh)).saturating_mul(bytes));
    }
    if block > MAX_BLOCK_BYTES {
        let what = format!("one block of the file needs {block} bytes, the limit is {MAX_BLOCK_BYTES}");
        return Err(failed("raster.block_too_large", what));
    }
    Ok(())
}

/// Refuses rasters that are too large, of the file and of the grid that it would be brought to.
pub(crate) fn check_size([w, h]: [u64; 2]) -> Result<(), ImportError> {
    if w == 0 || h == 0 {
        return Err(failed("raster.empty", "the raster has no pixels"));
    }
    if w > MAX_SIDE_PX || h > MAX_SIDE_PX || w.saturating_mul(h) > MAX_PIXELS {
        let what = format!(
            "{w} × {h} pixels are too many: a side may have {MAX_SIDE_PX}, the whole raster {MAX_PIXELS}"
        );
        return Err(failed("raster.too_large", what));
    }
    Ok(())
}

fn bytes_per_pixel(band: &gdal::raster::RasterBand<'_>) -> u64 {
    use gdal::raster::GdalDataType as T;
    match band.band_type() {
        T::UInt8 => 1,
        T::UInt16 | T::Int16 => 2,
        T::UInt32 | T::Int32 | T::Float32 => 4,
        T::UInt64 | T::Int64 | T::Float64 => 8,
        T::Unknown => 16,
    }
}
