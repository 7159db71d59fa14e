//! Calls of GDAL that the `gdal` crate does not wrap: its projector, and reading bands interleaved.

#![expect(unsafe_code, reason = "GDAL's projector and interleaved reading have no safe wrapper")]

use std::ffi::{c_int, c_void};
use std::ptr;

use gdal::Dataset;
use gdal::cpl::CslStringList;

use crate::pixels::{Read, Rect};
use crate::source::Content;

/// From which CRS to which.
#[derive(Clone, Debug)]
pub(crate) struct WarpJob {
    /// CRS of the source as WKT.
    pub(crate) src_wkt: String,
    /// CRS of the target as WKT.
    pub(crate) dst_wkt: String,
    /// The source lies by control points, not by a geotransform.
    pub(crate) by_points: bool,
}

/// Pixel coordinates of the source ↔ map coordinates of the target. Of one thread.
pub(crate) struct Projector(*mut c_void);

impl Projector {
    pub(crate) fn new(src: &Dataset, job: &WarpJob) -> Option<Self> {
        let mut options = CslStringList::new();
        for (key, value) in [
            ("SRC_SRS", job.src_wkt.as_str()),
            ("DST_SRS", job.dst_wkt.as_str()),
            ("SRC_METHOD", if job.by_points { "GCP_POLYNOMIAL" } else { "GEOTRANSFORM" }),
            ("DST_METHOD", "NO_GEOTRANSFORM"),
        ] {
            options.set_name_value(key, value).ok()?;
        }
        // SAFETY: the handle lives as long as its reference; the options are copied by the call.
        let made = unsafe {
            gdal_sys::GDALCreateGenImgProjTransformer2(src.c_dataset(), ptr::null_mut(), options.as_ptr())
        };
        (!made.is_null()).then_some(Self(made))
    }

    /// Map coordinates of the target to pixel coordinates of the source; `None` where there is no way.
    pub(crate) fn to_source<const N: usize>(&self, map: [[f64; 2]; N]) -> [Option<[f64; 2]>; N] {
        let (mut x, mut y, mut z) = (map.map(|p| p[0]), map.map(|p| p[1]), [0.0_f64; N]);
        let mut found = [0; N];
        // SAFETY: the transformer is alive and belongs to the function; every buffer has N numbers. Whether the call as
        // a whole succeeded says nothing more than the marks of the points.
        unsafe {
            gdal_sys::GDALGenImgProjTransform(
                self.0,
                1,
                c_int::try_from(N).unwrap_or(0),
                x.as_mut_ptr(),
                y.as_mut_ptr(),
                z.as_mut_ptr(),
                found.as_mut_ptr(),
            );
        }
        let mut points = x.into_iter().zip(y).zip(found);
        [(); N].map(|()| {
            let ((x, y), found) = points.next()?;
            (found != 0 && x.is_finite() && y.is_finite()).then_some([x, y])
        })
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
    let projector = Projector::new(src, job)?;
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

/// The corner and pixels that control points come to on average: a geotransform.
pub(crate) fn geotransform_of_points(dataset: &Dataset) -> Option<[f64; 6]> {
    let mut gt = [0.0_f64; 6];
    // SAFETY: the list belongs to the open dataset and has as many points as it says; GDAL writes six numbers.
    let found = unsafe {
        let (n, points) =
            (gdal_sys::GDALGetGCPCount(dataset.c_dataset()), gdal_sys::GDALGetGCPs(dataset.c_dataset()));
        n > 0 && !points.is_null() && gdal_sys::GDALGCPsToGeoTransform(n, points, gt.as_mut_ptr(), 1) != 0
    };
    found.then_some(gt)
}

/// Whether [`read_interleaved`] can read the colors of a source: three bands of bytes.
pub(crate) fn reads_interleaved(source: &Content) -> bool {
    source.palette.is_none() && source.bands.len() == 3
}

/// Reads three bands of bytes as opaque colors, in one call: a block is decoded once and never copied by band.
pub(crate) fn read_interleaved(dataset: &Dataset, source: &Content, rect: Rect) -> Read<Vec<[u8; 4]>> {
    let mut pixels = vec![[u8::MAX; 4]; rect.area()];
    let mut bands: Vec<c_int> = source.bands.iter().filter_map(|b| c_int::try_from(*b).ok()).collect();
    let int = |n: usize| c_int::try_from(n).map_err(|e| e.to_string());
    let (x, y, w, h) = (int(rect.x)?, int(rect.y)?, int(rect.w)?, int(rect.h)?);
    if bands.len() != 3 {
        return Err("three bands are read at once".to_owned());
    }
    // SAFETY: GDAL writes three bytes every four bytes for w × h pixels, which is less than the buffer holds; the list
    // of bands has the length that is passed with it.
    let code = unsafe {
        gdal_sys::GDALDatasetRasterIOEx(
            dataset.c_dataset(),
            gdal_sys::GDALRWFlag::GF_Read,
            x,
            y,
            w,
            h,
            pixels.as_mut_ptr().cast(),
            w,
            h,
            gdal_sys::GDALDataType::GDT_Byte,
            3,
            bands.as_mut_ptr(),
            4,
            i64::from(w) * 4,
            1,
            ptr::null_mut(),
        )
    };
    if code == gdal_sys::CPLErr::CE_None { Ok(pixels) } else { Err("GDAL cannot read it".to_owned()) }
}

/// Reads all bands of a part (x, y, width, height in pixels) as bytes, pixel by pixel.
pub(crate) fn read_all_bands(dataset: &Dataset, part: [usize; 4], pixels: &mut Vec<u8>) -> Read<()> {
    let n = dataset.raster_count();
    let [x, y, w, h] = part;
    pixels.clear();
    pixels.resize(w.saturating_mul(h).saturating_mul(n), 0);
    let int = |n: usize| c_int::try_from(n).map_err(|e| e.to_string());
    let (x, y, w, h, bands) = (int(x)?, int(y)?, int(w)?, int(h)?, int(n)?);
    // SAFETY: GDAL writes one byte for each of w × h × n values, which is what the buffer holds; without a list it reads
    // the first n bands.
    let code = unsafe {
        gdal_sys::GDALDatasetRasterIOEx(
            dataset.c_dataset(),
            gdal_sys::GDALRWFlag::GF_Read,
            x,
            y,
            w,
            h,
            pixels.as_mut_ptr().cast(),
            w,
            h,
            gdal_sys::GDALDataType::GDT_Byte,
            bands,
            ptr::null_mut(),
            i64::from(bands),
            i64::from(w) * i64::from(bands),
            1,
            ptr::null_mut(),
        )
    };
    if code == gdal_sys::CPLErr::CE_None { Ok(()) } else { Err("GDAL cannot read it".to_owned()) }
}
