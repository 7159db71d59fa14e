//! What the header of a point cloud says of where its points lie.

use lantu_geodesy::{Crs, CrsKind};
use las::{Header, Reader};

/// GeoTIFF codes from here on name a registered CRS; below and above they are reserved, private or user-defined.
const CODES: std::ops::Range<u16> = 1024..32_767;

/// Units of heights by their EPSG codes (GeoTIFF key 4099), in meters.
const HEIGHT_UNITS: [(u16, f64); 3] = [(9001, 1.0), (9002, 0.3048), (9003, 1200.0 / 3937.0)];

/// GeoTIFF key of the unit of heights.
const VERTICAL_UNITS_KEY: u16 = 4099;

/// The CRS of a file, or why there is none; and meters per unit of its heights, where it says that by itself.
pub(crate) struct Ground {
    pub(crate) crs: Result<Crs, String>,
    pub(crate) height_unit_m: Option<f64>,
}

/// Reads the CRS from well-known text or, where there is none, from GeoTIFF keys.
pub(crate) fn ground(header: &Header) -> Ground {
    let wkt = header
        .get_wkt_crs_bytes()
        .map(|b| String::from_utf8_lossy(b).trim_end_matches('\0').trim().to_owned());
    if let Some(text) = wkt.filter(|t| !t.is_empty()) {
        return Ground { crs: Crs::parse(&text).map_err(|e| e.to_string()), height_unit_m: None };
    }
    let Ok(Some(keys)) = header.get_geotiff_crs() else {
        let why =
            "the file does not say its coordinate system, neither as well-known text nor by GeoTIFF keys";
        return Ground { crs: Err(why.to_owned()), height_unit_m: None };
    };
    let unit = keys.entries.iter().find(|k| k.id == VERTICAL_UNITS_KEY).and_then(|k| match k.data {
        las::crs::GeoTiffData::U16(code) => HEIGHT_UNITS.iter().find(|u| u.0 == code).map(|u| u.1),
        _ => None,
    });
    let code = |v: Option<u16>| v.filter(|c| CODES.contains(c));
    let horizontal =
        code(keys.get_projected_crs_geo_key_value()).or_else(|| code(keys.get_geodetic_crs_geo_key_value()));
    let Some(horizontal) = horizontal else {
        let why = "its GeoTIFF keys name no registered coordinate system";
        return Ground { crs: Err(why.to_owned()), height_unit_m: unit };
    };
    let whole = code(keys.get_vertical_crs_geo_key_value())
        .and_then(|vertical| Crs::parse(&format!("EPSG:{horizontal}+EPSG:{vertical}")).ok());
    let crs = whole.map_or_else(|| Crs::parse(&format!("EPSG:{horizontal}")).map_err(|e| e.to_string()), Ok);
    Ground { crs, height_unit_m: unit }
}

/// Meters per unit of heights where only the horizontal coordinates have one: they are taken to have the same.
pub(crate) fn same_unit(crs: &Crs) -> f64 {
    if crs.kind() == CrsKind::Projected { crs.meters_per_unit() } else { 1.0 }
}

/// What stands in the header of the points' extent: xmin, ymin, xmax, ymax; `None` where that cannot be.
pub(crate) fn declared_extent(reader: &Reader) -> Option<[f64; 4]> {
    let b = reader.header().bounds();
    let e = [b.min.x, b.min.y, b.max.x, b.max.y];
    (e.iter().all(|v| v.is_finite()) && e[0] <= e[2] && e[1] <= e[3] && e.iter().any(|v| *v != 0.0))
        .then_some(e)
}
