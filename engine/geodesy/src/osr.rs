//! The calls of OSR that the `gdal` crate does not wrap.
#![expect(unsafe_code, reason = "OSR is a C interface")]

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use gdal::spatial_ref::SpatialRef;

/// Registered CRS that resemble `srs`, each with GDAL's confidence in percent.
pub(crate) fn find_matches(srs: &SpatialRef) -> Vec<(SpatialRef, i32)> {
    let mut out = Vec::new();
    let (mut n, mut confidence): (c_int, *mut c_int) = (0, ptr::null_mut());
    // SAFETY: the handle lives as long as `srs`; both out-pointers are valid; what GDAL allocates is read within
    // its stated length and freed with the functions that its documentation names.
    unsafe {
        let found =
            gdal_sys::OSRFindMatches(srs.to_c_hsrs(), ptr::null_mut(), &raw mut n, &raw mut confidence);
        if !found.is_null() {
            for i in 0..usize::try_from(n).unwrap_or(0) {
                let handle = *found.add(i);
                if handle.is_null() || confidence.is_null() {
                    continue;
                }
                if let Ok(m) = SpatialRef::from_c_obj(handle) {
                    out.push((m, *confidence.add(i)));
                }
            }
            gdal_sys::OSRFreeSRSArray(found);
        }
        if !confidence.is_null() {
            gdal_sys::VSIFree(confidence.cast());
        }
    }
    out
}

/// WKT 2:2019 on one line; `None` where PROJ cannot write it.
pub(crate) fn wkt2(srs: &SpatialRef) -> Option<String> {
    let format = c"FORMAT=WKT2_2019";
    let options: [*const c_char; 2] = [format.as_ptr(), ptr::null()];
    let mut text: *mut c_char = ptr::null_mut();
    // SAFETY: handle and options are valid for the call; the result is a C string that we copy and free.
    unsafe {
        let rv = gdal_sys::OSRExportToWktEx(srs.to_c_hsrs(), &raw mut text, options.as_ptr());
        let out = (rv == gdal_sys::OGRErr::OGRERR_NONE && !text.is_null())
            .then(|| CStr::from_ptr(text).to_string_lossy().into_owned());
        if !text.is_null() {
            gdal_sys::VSIFree(text.cast());
        }
        out.filter(|t| !t.is_empty())
    }
}

/// A copy without heights: of a compound CRS its horizontal part, of a 3D one its 2D form.
pub(crate) fn horizontal(srs: &SpatialRef) -> Option<SpatialRef> {
    let copy = srs.clone();
    // SAFETY: the handle belongs to `copy` alone.
    let ok = unsafe {
        let compound = gdal_sys::OSRIsCompound(copy.to_c_hsrs()) != 0;
        let stripped =
            !compound || gdal_sys::OSRStripVertical(copy.to_c_hsrs()) == gdal_sys::OGRErr::OGRERR_NONE;
        stripped && gdal_sys::OSRDemoteTo2D(copy.to_c_hsrs(), ptr::null()) == gdal_sys::OGRErr::OGRERR_NONE
    };
    ok.then_some(copy)
}
