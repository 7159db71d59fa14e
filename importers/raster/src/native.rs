//! The calls of GDAL's warper, which the `gdal` crate does not wrap.

#![expect(unsafe_code, reason = "GDAL's warper has no safe wrapper")]

use std::ffi::{c_int, c_void};
use std::ptr;

use gdal::Dataset;
use gdal::cpl::CslStringList;

/// Largest deviation of the approximated transformation, in source pixels. Chosen: an eighth cannot be seen.
const MAX_ERROR_PX: f64 = 0.125;
/// What the warper may use per chunk, bytes. Chosen: GDAL's own default.
const WARP_MEMORY_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// Which bands are warped and what is missing in them.
#[derive(Clone, Debug)]
pub(crate) struct WarpJob {
    /// CRS of the source as WKT.
    pub src_wkt: String,
    /// CRS of the target as WKT.
    pub dst_wkt: String,
    /// Source bands, from 1; target bands are 1, 2, … and then validity, 0 to 255.
    pub bands: Vec<c_int>,
    /// Source band that holds alpha.
    pub alpha: Option<c_int>,
    /// Value that stands for a full alpha.
    pub alpha_max: f64,
    /// Value that means nothing, per band; empty where there is none.
    pub nodata: Vec<f64>,
    /// Takes the nearest pixel instead of interpolating.
    pub nearest: bool,
}

/// Pixel coordinates of the source ↔ map or pixel coordinates of the target.
struct Projector(*mut c_void);

impl Projector {
    fn new(src: &Dataset, dst: Option<&Dataset>, job: &WarpJob) -> Option<Self> {
        let mut options = CslStringList::new();
        for (key, value) in [
            ("SRC_SRS", job.src_wkt.as_str()),
            ("DST_SRS", job.dst_wkt.as_str()),
            ("SRC_METHOD", "GEOTRANSFORM"),
            ("DST_METHOD", if dst.is_some() { "GEOTRANSFORM" } else { "NO_GEOTRANSFORM" }),
        ] {
            options.set_name_value(key, value).ok()?;
        }
        let target = dst.map_or(ptr::null_mut(), Dataset::c_dataset);
        // SAFETY: both handles live as long as their references; the options are copied by the call.
        let made =
            unsafe { gdal_sys::GDALCreateGenImgProjTransformer2(src.c_dataset(), target, options.as_ptr()) };
        (!made.is_null()).then_some(Self(made))
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        // SAFETY: made by the matching call and destroyed once.
        unsafe { gdal_sys::GDALDestroyGenImgProjTransformer(self.0) };
    }
}

/// North-up grid with square pixels that keeps the source's resolution: geotransform in target units, and size.
pub(crate) fn suggest(src: &Dataset, job: &WarpJob) -> Option<([f64; 6], [u32; 2])> {
    let projector = Projector::new(src, None, job)?;
    let (mut gt, mut extent, mut w, mut h) = ([0.0_f64; 6], [0.0_f64; 4], 0, 0);
    // SAFETY: the transformer is alive and belongs to the function that is passed with it; GDAL writes six
    // numbers, two integers and four numbers, which is what the buffers hold.
    let code = unsafe {
        gdal_sys::GDALSuggestedWarpOutput2(
            src.c_dataset(),
            Some(gdal_sys::GDALGenImgProjTransform),
            projector.0,
            gt.as_mut_ptr(),
            &raw mut w,
            &raw mut h,
            extent.as_mut_ptr(),
            0,
        )
    };
    let size = [u32::try_from(w).ok()?, u32::try_from(h).ok()?];
    (code == gdal_sys::CPLErr::CE_None && gt.iter().all(|v| v.is_finite())).then_some((gt, size))
}

/// Fills the first `rows` rows of `dst` (its bands are those of the job, then validity). False where GDAL failed.
pub(crate) fn warp(src: &Dataset, dst: &Dataset, job: &WarpJob, rows: usize) -> bool {
    let Some(projector) = Projector::new(src, Some(dst), job) else { return false };
    let mut settings = CslStringList::new();
    let alpha_max = job.alpha_max.to_string();
    for (key, value) in [
        ("INIT_DEST", "0"),
        ("UNIFIED_SRC_NODATA", "YES"),
        ("SRC_ALPHA_MAX", alpha_max.as_str()),
        ("DST_ALPHA_MAX", "255"),
    ] {
        if settings.set_name_value(key, value).is_err() {
            return false;
        }
    }
    let (Ok(n), Ok(width), Ok(rows)) =
        (c_int::try_from(job.bands.len()), c_int::try_from(dst.raster_size().0), c_int::try_from(rows))
    else {
        return false;
    };
    let mut src_bands = job.bands.clone();
    let mut dst_bands: Vec<c_int> = (1..=n).collect();
    let mut nodata = job.nodata.clone();
    nodata.truncate(src_bands.len());
    let mut imaginary = vec![0.0_f64; nodata.len()];
    // SAFETY: every pointer that is put into the options is alive until the last line. The operation takes copies
    // of the options, but not of the transformers, which outlive it. The lists that belong to us are taken out
    // of the options before GDAL frees those. `nodata` is only passed if it has one value for each band.
    unsafe {
        let approximate = gdal_sys::GDALCreateApproxTransformer(
            Some(gdal_sys::GDALGenImgProjTransform),
            projector.0,
            MAX_ERROR_PX,
        );
        let options = gdal_sys::GDALCreateWarpOptions();
        if approximate.is_null() || options.is_null() {
            return false;
        }
        let o = &mut *options;
        let own_settings = o.papszWarpOptions;
        o.papszWarpOptions = settings.as_ptr();
        o.dfWarpMemoryLimit = WARP_MEMORY_BYTES;
        o.eResampleAlg = if job.nearest {
            gdal_sys::GDALResampleAlg::GRA_NearestNeighbour
        } else {
            gdal_sys::GDALResampleAlg::GRA_Bilinear
        };
        o.hSrcDS = src.c_dataset();
        o.hDstDS = dst.c_dataset();
        o.nBandCount = n;
        o.panSrcBands = src_bands.as_mut_ptr();
        o.panDstBands = dst_bands.as_mut_ptr();
        o.nSrcAlphaBand = job.alpha.unwrap_or(0);
        o.nDstAlphaBand = n + 1;
        if !nodata.is_empty() && nodata.len() == src_bands.len() {
            o.padfSrcNoDataReal = nodata.as_mut_ptr();
            o.padfSrcNoDataImag = imaginary.as_mut_ptr();
        }
        o.pfnTransformer = Some(gdal_sys::GDALApproxTransform);
        o.pTransformerArg = approximate;
        let operation = gdal_sys::GDALCreateWarpOperation(options);
        let mut code = gdal_sys::CPLErr::CE_Failure;
        if !operation.is_null() {
            code = gdal_sys::GDALChunkAndWarpImage(operation, 0, 0, width, rows);
            gdal_sys::GDALDestroyWarpOperation(operation);
        }
        o.papszWarpOptions = own_settings;
        o.panSrcBands = ptr::null_mut();
        o.panDstBands = ptr::null_mut();
        o.padfSrcNoDataReal = ptr::null_mut();
        o.padfSrcNoDataImag = ptr::null_mut();
        gdal_sys::GDALDestroyWarpOptions(options);
        gdal_sys::GDALDestroyApproxTransformer(approximate);
        code == gdal_sys::CPLErr::CE_None
    }
}
