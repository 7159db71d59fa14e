//! The calls that the `gdal` crate does not wrap.

#![expect(unsafe_code, reason = "OGR_G_GetLinearGeometry and OGR_G_WkbSize have no safe wrappers")]

use gdal::vector::Geometry;

/// Bytes of the WKB of a geometry, without making it.
pub(crate) fn wkb_bytes(geometry: &Geometry) -> usize {
    // SAFETY: the handle of `geometry` is valid for the call, which only reads it.
    usize::try_from(unsafe { gdal_sys::OGR_G_WkbSize(geometry.c_geometry()) }).unwrap_or(0)
}

/// ISO WKB of a geometry with its arcs replaced by lines; `None` if OGR cannot.
pub(crate) fn linear_wkb(geometry: &Geometry) -> Option<Vec<u8>> {
    // SAFETY: the handle of `geometry` is valid for the call. The result is a new geometry that belongs to us; its
    // size is asked for before the buffer of that size is filled, and it is destroyed exactly once.
    unsafe {
        let linear = gdal_sys::OGR_G_GetLinearGeometry(geometry.c_geometry(), 0.0, std::ptr::null_mut());
        if linear.is_null() {
            return None;
        }
        let size = usize::try_from(gdal_sys::OGR_G_WkbSize(linear)).unwrap_or(0);
        let mut wkb = vec![0_u8; size];
        let order = gdal_sys::OGRwkbByteOrder::wkbNDR;
        let code = gdal_sys::OGR_G_ExportToIsoWkb(linear, order, wkb.as_mut_ptr());
        gdal_sys::OGR_G_DestroyGeometry(linear);
        (code == gdal_sys::OGRErr::OGRERR_NONE).then_some(wkb)
    }
}
