//! Where on Earth a point of the project lies: for the sun, and for north.

use gdal::spatial_ref::SpatialRef;
use lantu_base::{ProjectFrame, WorldPoint};

use crate::transform::{geographic, operation};
use crate::{Crs, GeodesyError, capture_gdal_errors, osr};

/// A place on the ellipsoid of the project's own datum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarthPlace {
    /// Degrees, north positive.
    pub latitude_deg: f64,
    /// Degrees from Greenwich, east positive.
    pub longitude_deg: f64,
    /// Grid convergence: where true north points in the project frame, degrees clockwise from grid north; negative is
    /// to the left.
    pub true_north_deg: f64,
}

/// How far north the second point lies that shows where north is, degrees: about 110 m.
const NORTHWARD_DEG: f64 = 1e-3;

/// Latitude, longitude and the direction of true north at a point of the project. Datums are not shifted: a few hundred
/// meters at most, which neither sun nor north notices.
///
/// # Errors
/// [`GeodesyError`] where the CRS cannot be read, or the point lies outside of what it can express.
pub fn place_of(frame: &ProjectFrame, at: WorldPoint) -> Result<EarthPlace, GeodesyError> {
    let crs = Crs::parse(&frame.crs)?;
    let outside = || GeodesyError::Outside {
        point: format!("{} {}", at.0.x, at.0.y),
        to: "latitude and longitude".to_owned(),
    };
    let (found, _said) = capture_gdal_errors(|| place(&crs, frame.crs_from_world(at)));
    match found {
        Ok(place) if place.latitude_deg.is_finite() && place.longitude_deg.is_finite() => Ok(place),
        Ok(_) | Err(GeodesyError::Library(_)) => Err(outside()),
        Err(e) => Err(e),
    }
}

fn place(crs: &Crs, [x, y, _]: [f64; 3]) -> Result<EarthPlace, GeodesyError> {
    let flat = osr::horizontal(crs.srs()).unwrap_or_else(|| crs.srs().clone());
    let angles = geographic(&flat)?;
    let (lon, lat) = moved(&flat, &angles, (x, y))?;
    let to_degrees = angles.angular_units().to_degrees();
    let (e, n) = moved(&angles, &flat, (lon, lat + NORTHWARD_DEG / to_degrees))?;
    let meridian = angles.get_attr_value("PRIMEM", 1).ok().flatten().and_then(|v| v.parse::<f64>().ok());
    Ok(EarthPlace {
        latitude_deg: lat * to_degrees,
        longitude_deg: lon * to_degrees + meridian.unwrap_or(0.0),
        true_north_deg: (e - x).atan2(n - y).to_degrees(),
    })
}

fn moved(from: &SpatialRef, to: &SpatialRef, (x, y): (f64, f64)) -> Result<(f64, f64), GeodesyError> {
    let (mut xs, mut ys) = ([x], [y]);
    operation(from, to)?.transform_coords(&mut xs, &mut ys, &mut [])?;
    Ok((xs[0], ys[0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make_frame;

    #[test]
    fn a_point_of_the_project_knows_its_latitude_and_where_north_is() {
        let frame = make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        let p = place_of(&frame, WorldPoint::new(455_588.610, 4_428_548.202, 40.0)).unwrap();
        assert!((p.latitude_deg - 39.99).abs() < 1e-6 && (p.longitude_deg - 116.48).abs() < 1e-6);
        // West of the central meridian true north lies to the right of grid north, by the convergence (−0.33419°).
        assert!((p.true_north_deg - 0.334_19).abs() < 1e-4, "{p:?}");
    }

    #[test]
    fn feet_and_a_compound_crs_are_understood() {
        let frame = make_frame("EPSG:2263", Some("NAVD88"), "America/New_York").unwrap();
        let p = place_of(&frame, frame.world_from_crs([987_000.0, 211_000.0, 0.0])).unwrap();
        assert!((p.latitude_deg - 40.745).abs() < 0.02 && (p.longitude_deg + 73.99).abs() < 0.02, "{p:?}");
    }

    #[test]
    fn a_point_off_the_earth_is_refused() {
        let frame = make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        assert!(place_of(&frame, WorldPoint::new(1e12, 1e12, 0.0)).is_err());
    }
}
