//! Where the file lies, and the grid that its pixels are brought to.

use gdal::Dataset;
use gdal::spatial_ref::SpatialRef;
use lantu_base::{ProjectFrame, RasterGrid, RasterKind};
use lantu_geodesy::{Crs, Transform, capture_gdal_errors};
use lantu_ingest::{ImportError, ImportJob};

use crate::bands::Plan;
use crate::native::{self, WarpJob};
use crate::open::{check_size, failed};
use crate::source::warp_job;

/// Drift of a corner, in pixels, up to which pixels count as square. Chosen: it cannot be seen.
const MAX_DRIFT_PX: f64 = 0.1;

/// The target of an import.
pub(crate) struct Target {
    pub grid: RasterGrid,
    /// How to get there; `None` where the file's pixels are taken as they are.
    pub warp: Option<WarpJob>,
}

/// The file's geotransform, if it has a usable one.
pub(crate) fn geo_transform(ds: &Dataset) -> Option<[f64; 6]> {
    let (gt, _said) = capture_gdal_errors(|| ds.geo_transform());
    gt.ok().filter(|g| {
        let [_, a, b, _, d, e] = *g;
        g.iter().all(|v| v.is_finite()) && (a * e - b * d).abs() > 0.0
    })
}

/// The CRS that the user states, or else the file's own.
pub(crate) fn file_crs(ds: &Dataset, job: &ImportJob) -> Result<Option<Crs>, ImportError> {
    if let Some(text) = &job.crs_override {
        let parsed = Crs::parse(text).map_err(|e| failed("raster.crs_unreadable", e.to_string()))?;
        return Ok(Some(parsed));
    }
    let (srs, _said) = capture_gdal_errors(|| ds.spatial_ref());
    // A CRS that cannot be read is as good as none: the message then says how to state one.
    Ok(srs.ok().and_then(|s| Crs::from_spatial_ref(&s).ok()))
}

/// West, south, east, north of the file in its own units.
pub(crate) fn own_extent(gt: [f64; 6], [w, h]: [u32; 2]) -> [f64; 4] {
    let (w, h) = (f64::from(w), f64::from(h));
    let mut box_ = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let [x0, a, b, y0, d, e] = gt;
    for (i, j) in [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)] {
        let (x, y) = (x0 + i * a + j * b, y0 + i * d + j * e);
        let [west, south, east, north] = box_;
        box_ = [west.min(x), south.min(y), east.max(x), north.max(y)];
    }
    box_
}

fn grid(kind: RasterKind, west_north: [f64; 2], gsd_m: f64, size_px: [u32; 2]) -> RasterGrid {
    RasterGrid { kind, west_north, gsd_m, size_px, n_levels: RasterGrid::levels_for(size_px) }
}

/// The file's own grid in its own units, for inspection.
pub(crate) fn own_grid(kind: RasterKind, gt: [f64; 6], size: [u32; 2]) -> RasterGrid {
    let [west, _, _, north] = own_extent(gt, size);
    grid(kind, [west, north], gt[1].hypot(gt[4]), size)
}

/// The grid in project meters.
pub(crate) fn target(
    ds: &Dataset,
    plan: &Plan,
    frame: &ProjectFrame,
    crs: (&Crs, &Crs),
) -> Result<Target, ImportError> {
    let (from, to) = crs;
    let (w, h) = ds.raster_size();
    let size = [w, h].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let m = frame.meters_per_unit;
    if let Some([west, dx, rx, north, ry, dy]) = geo_transform(ds)
        && from.same_horizontal(to)
        && rx.abs() + ry.abs() == 0.0
        && dx > 0.0
        && dy < 0.0
        && (dx + dy).abs() / dx * f64::from(size[0].max(size[1])) < MAX_DRIFT_PX
    {
        return Ok(Target {
            grid: grid(plan.kind(), [west * m, north * m], (dx - dy) / 2.0 * m, size),
            warp: None,
        });
    }
    let warp = warp_job(plan, &wkt(from)?, &wkt(to)?);
    let (suggested, said) = capture_gdal_errors(|| native::suggest(ds, &warp));
    let Some((gt, size)) = suggested else {
        let reason =
            said.last().cloned().unwrap_or_else(|| "its corners have no coordinates there".to_owned());
        return Err(failed(
            "raster.outside",
            format!("the raster cannot be brought to the project's CRS: {reason}"),
        ));
    };
    check_size(size.map(u64::from))?;
    Ok(Target { grid: grid(plan.kind(), [gt[0] * m, gt[3] * m], gt[1] * m, size), warp: Some(warp) })
}

/// The policy first: what PROJ would pass through unchanged is refused.
pub(crate) fn policy(from: &Crs, to: &Crs) -> Result<Transform, ImportError> {
    Transform::new(from, to).map_err(|e| failed("raster.crs_refused", e.to_string()))
}

fn wkt(crs: &Crs) -> Result<String, ImportError> {
    // The registry's form has no second authority: EPSG:4490+5737.
    let text = crs.text();
    let read = || {
        if text.contains('[') {
            SpatialRef::from_wkt(text)
        } else {
            SpatialRef::from_definition(&text.replace("+EPSG:", "+"))
        }
    };
    let (wkt, _said) = capture_gdal_errors(|| read().and_then(|s| s.to_wkt()));
    wkt.map_err(|e| failed("raster.crs_unreadable", format!("{} cannot be written as WKT: {e}", crs.label())))
}
