//! The few calls that the `gdal` crate does not wrap.

#![expect(unsafe_code, reason = "OSRStripVertical and OSRFindMatches have no safe wrapper")]

use std::ffi::CString;

use gdal::spatial_ref::SpatialRef;

/// The horizontal part of a compound CRS, in place. Does nothing to others.
pub(crate) fn strip_vertical(srs: &mut SpatialRef) {
    // SAFETY: the handle is valid for the life of `srs`; the call only changes the object behind it.
    let code = unsafe { gdal_sys::OSRStripVertical(srs.to_c_hsrs()) };
    if code != gdal_sys::OGRErr::OGRERR_NONE {
        tracing::debug!(?code, "a CRS kept its vertical part");
    }
}

/// `AUTHORITY:CODE` of the best match in PROJ's database, with its confidence in percent.
pub(crate) fn best_match(srs: &SpatialRef) -> Option<(String, i32)> {
    let mut n = 0;
    let mut confidences: *mut i32 = std::ptr::null_mut();
    // SAFETY: all pointers are valid for the call; GDAL allocates both results, which are freed below with the
    // functions that its documentation names. Handles inside the array are only read before that.
    unsafe {
        let matches = gdal_sys::OSRFindMatches(srs.to_c_hsrs(), std::ptr::null_mut(), &raw mut n, &raw mut confidences);
        if matches.is_null() {
            return None;
        }
        let mut best = None;
        if n > 0 && !confidences.is_null() {
            let handle = *matches;
            let name = gdal_sys::OSRGetAuthorityName(handle, std::ptr::null());
            let code = gdal_sys::OSRGetAuthorityCode(handle, std::ptr::null());
            if !name.is_null() && !code.is_null() {
                let text = |p: *const std::ffi::c_char| CString::from(std::ffi::CStr::from_ptr(p)).to_string_lossy().into_owned();
                best = Some((format!("{}:{}", text(name), text(code)), *confidences));
            }
        }
        gdal_sys::OSRFreeSRSArray(matches);
        gdal_sys::VSIFree(confidences.cast());
        best
    }
}
