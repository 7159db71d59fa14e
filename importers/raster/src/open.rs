//! Opening a file: which drivers, which paths, and the limits that hold before a pixel is read.

use std::path::Path;
use std::sync::Once;

use gdal::config::set_config_option;
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags, Metadata};
use lantu_geodesy::capture_gdal_errors;
use lantu_ingest::ImportError;

use crate::vrt;

/// Drivers that may open a file. Others can reach the network or follow references.
const DRIVERS: [&str; 10] =
    ["GTiff", "COG", "VRT", "JPEG", "PNG", "AAIGrid", "SRTMHGT", "DTED", "MBTiles", "GPKG"];

/// Longest side of a raster in pixels. Chosen: a district at 2 cm has some 250 000.
pub(crate) const MAX_SIDE_PX: u64 = 500_000;
/// Most pixels of a raster. Chosen: a day of work for a disk, far above any orthophoto of a district.
pub(crate) const MAX_PIXELS: u64 = 10_000_000_000;
/// Largest block of all bands, bytes: GDAL decodes whole blocks.
const MAX_BLOCK_BYTES: u64 = 256 << 20;
/// Most bands that are looked at. Chosen: hyperspectral cubes have some hundreds.
const MAX_BANDS: usize = 1024;
/// Drivers that others need within: memory, and pictures inside of tile packages.
const INNER_DRIVERS: [&str; 3] = ["MEM", "DERIVED", "WEBP"];
/// Drivers that fetch from servers and read vectors too.
const SERVER_DRIVERS: [&str; 10] =
    ["HTTP", "OGCAPI", "NGW", "PLSCENES", "EEDA", "WFS", "OAPIF", "CSW", "Carto", "Elasticsearch"];
/// Settings that leave GDAL's own network code without a way out: the only address that its file systems accept is
/// none, and the proxy of everything else is a port of this computer where nothing listens.
const OFFLINE: [(&str, &str); 2] =
    [("CPL_VSIL_CURL_ALLOWED_FILENAME", "none"), ("GDAL_HTTP_PROXY", "127.0.0.1:1")];

/// GDAL's own cache of blocks, MB: ours keeps what is needed again.
const GDAL_CACHE: (&str, &str) = ("GDAL_CACHEMAX", "64");

pub(crate) fn failed(code: &'static str, what: impl Into<String>) -> ImportError {
    ImportError::Format { code, what: what.into(), place: String::new() }
}

/// Opens one of the overviews of a file as a dataset of its own.
pub(crate) fn open_overview(path: &Path, ix: usize) -> Result<Dataset, ImportError> {
    open_with(path, Some(&[&format!("OVERVIEW_LEVEL={ix}")]))
}

/// Opens the file, or says why not.
pub(crate) fn open(path: &Path) -> Result<Dataset, ImportError> {
    open_with(path, None)
}

fn open_with(path: &Path, open_options: Option<&[&str]>) -> Result<Dataset, ImportError> {
    let text = path.to_string_lossy();
    if text.starts_with("/vsi") || text.contains("://") {
        return Err(failed("raster.not_a_file", format!("only files of this computer are read, not {text}")));
    }
    vrt::check(path)?;
    confine();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&DRIVERS),
        open_options,
        sibling_files: None,
    };
    let (opened, said) = capture_gdal_errors(|| Dataset::open_ex(path, options));
    let dataset = opened.map_err(|e| {
        let reason = said.last().cloned().unwrap_or_else(|| e.to_string());
        failed("raster.unreadable", format!("no raster format reads the file: {reason}"))
    })?;
    // Overviews that a file declares elsewhere would be opened by any driver, from any address.
    if dataset.metadata_item("OVERVIEW_FILE", "OVERVIEWS").is_some() {
        let what = "the raster says that its overviews lie in another file; such references are not followed";
        return Err(failed("raster.not_a_file", what));
    }
    check_limits(&dataset)?;
    Ok(dataset)
}

/// Keeps what a raster refers to (sources, masks, overviews beside it) on this computer and to the formats above:
/// the list of drivers that a file is opened with does not hold for the files that GDAL opens from within.
fn confine() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let stays = |name: &str| DRIVERS.contains(&name) || INNER_DRIVERS.contains(&name);
        let reads = |driver: &gdal::Driver, what| driver.metadata_item(what, "").is_some();
        // Removing moves the later ones forward: first the list, then the removals.
        let all: Vec<_> = DriverManager::all().collect();
        for driver in all {
            let name = driver.short_name();
            let raster_only = reads(&driver, "DCAP_RASTER") && !reads(&driver, "DCAP_VECTOR");
            if (raster_only && !stays(&name)) || SERVER_DRIVERS.contains(&name.as_str()) {
                DriverManager::deregister_driver(&driver);
            }
        }
        for (key, value) in OFFLINE.into_iter().chain([GDAL_CACHE]) {
            // It fails for texts with a zero byte only, and these have none.
            set_config_option(key, value).unwrap_or_default();
        }
    });
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
