//! Rasters that lie by ground control points: GDAL's polynomial through them.
#![expect(unsafe_code, reason = "GDAL's control point transformer is a C interface")]

use std::ffi::{c_int, c_void};

use gdal::Dataset;
use gdal::spatial_ref::SpatialRef;

/// Map coordinates to pixels and back through control points. Owns GDAL's transformer.
pub(crate) struct GcpPlace(*mut c_void);

impl Drop for GcpPlace {
    fn drop(&mut self) {
        // SAFETY: made by GDALCreateGCPTransformer and not freed elsewhere.
        unsafe { gdal_sys::GDALDestroyGCPTransformer(self.0) };
    }
}

impl GcpPlace {
    /// Fits the polynomial whose order GDAL chooses by the number of points; `None` without enough of them.
    pub(crate) fn new(dataset: &Dataset) -> Option<Self> {
        // SAFETY: the handle is alive; GDAL copies the points, which belong to the dataset.
        let transformer = unsafe {
            let n = gdal_sys::GDALGetGCPCount(dataset.c_dataset());
            if n < 3 {
                return None;
            }
            gdal_sys::GDALCreateGCPTransformer(n, gdal_sys::GDALGetGCPs(dataset.c_dataset()), 0, 0)
        };
        (!transformer.is_null()).then_some(Self(transformer))
    }

    /// The CRS of the control points.
    pub(crate) fn crs(dataset: &Dataset) -> Option<SpatialRef> {
        // SAFETY: the handle is alive; the CRS belongs to the dataset and is cloned.
        unsafe {
            let srs = gdal_sys::GDALGetGCPSpatialRef(dataset.c_dataset());
            if srs.is_null() { None } else { SpatialRef::from_c_obj(srs).ok() }
        }
    }

    pub(crate) fn map_from_pixel(&self, p: [f64; 2]) -> Option<[f64; 2]> {
        self.transform(p, 0)
    }

    pub(crate) fn pixel_from_map(&self, p: [f64; 2]) -> Option<[f64; 2]> {
        self.transform(p, 1)
    }

    fn transform(&self, p: [f64; 2], backwards: c_int) -> Option<[f64; 2]> {
        let ([mut x, mut y], mut z, mut ok) = (p, 0.0, 0);
        // SAFETY: the transformer is alive, and each pointer is to one value, as the count says.
        let done = unsafe {
            gdal_sys::GDALGCPTransform(self.0, backwards, 1, &raw mut x, &raw mut y, &raw mut z, &raw mut ok)
        };
        (done != 0 && ok != 0 && x.is_finite() && y.is_finite()).then_some([x, y])
    }
}
