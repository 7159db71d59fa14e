//! What a coordinate may have been meant in: neighboring zones, degrees, heights above the ellipsoid.

use crate::{Crs, CrsKind, GeodesyError, Transform, capture_gdal_errors};

/// How far codes of neighboring zones lie apart at most. Chosen: registries number zones one after the other, and
/// who mistakes a zone takes one of the two next to it, or the one after.
const REACH: i64 = 2;

/// First code and central meridian of the families in which China's zones of 3° and 6° have no number in the easting,
/// and those in which they have.
const CHINESE_FAMILIES: [(i64, f64, f64, i64); 4] =
    [(4534, 75.0, 3.0, 21), (4502, 75.0, 6.0, 11), (4513, 75.0, 3.0, 21), (4491, 75.0, 6.0, 11)];

/// Easting of a central meridian without the zone's number, meters (Gauss–Krüger and UTM).
const FALSE_EASTING_M: f64 = 500_000.0;

/// Meters that one zone's number before the easting stands for.
const ZONE_STEP_M: f64 = 1e6;

impl Crs {
    /// Central meridian in degrees, where the projection has one.
    pub fn central_meridian_deg(&self) -> Option<f64> {
        self.srs().get_proj_param("central_meridian").ok().flatten()
    }

    /// Longitude and latitude on its own datum.
    ///
    /// # Errors
    /// [`GeodesyError`] for a CRS without a place on Earth.
    pub fn degrees(&self) -> Result<Self, GeodesyError> {
        let (found, _said) = capture_gdal_errors(|| self.srs().geog_cs());
        Self::from_spatial_ref(&found?)
    }

    /// The zone's number that eastings begin with; 0 where they begin with none; `None` where the CRS does not count
    /// its eastings from half a million meters.
    pub fn zone_prefix(&self) -> Option<u32> {
        let east = self.srs().get_proj_param("false_easting").ok().flatten()? * self.meters_per_unit();
        let number = (east - FALSE_EASTING_M) / ZONE_STEP_M;
        let whole = number.round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 0 to 120")]
        let prefix =
            ((number - whole).abs() < 1e-9 && (0.0..=120.0).contains(&whole)).then_some(whole as u32);
        prefix
    }

    /// Zones of the same system and datum that a person may have mistaken this one for, nearest first.
    pub fn neighboring_zones(&self) -> Vec<Self> {
        let (Some(("EPSG", code)), Some(meridian)) = (self.authority(), self.central_meridian_deg()) else {
            return Vec::new();
        };
        let Ok(code) = code.parse::<i64>() else { return Vec::new() };
        let mut codes: Vec<i64> = (1..=REACH).flat_map(|d| [code - d, code + d]).collect();
        let chinese = |c: i64| CHINESE_FAMILIES.iter().any(|f| (f.0..f.0 + f.3).contains(&c));
        if chinese(code) {
            codes.extend(CHINESE_FAMILIES.iter().flat_map(|f| zones_around(*f, meridian)));
        }
        let mut seen = vec![code];
        let mut out: Vec<Self> = Vec::new();
        for c in codes {
            if seen.contains(&c) || c <= 0 {
                continue;
            }
            seen.push(c);
            let Ok(other) = Self::parse(&format!("EPSG:{c}")) else { continue };
            let apart = other.central_meridian_deg().map(|m| (m - meridian).abs());
            if other.kind() == CrsKind::Projected
                && self.same_projection(&other)
                && apart.is_some_and(|a| a > 1e-6 && a <= 2.0 * 6.0)
                && other.zone_prefix() == self.zone_prefix().filter(|p| *p == 0).or(other.zone_prefix())
            {
                out.push(other);
            }
        }
        let apart = |c: &Self| c.central_meridian_deg().map_or(f64::INFINITY, |m| (m - meridian).abs());
        out.sort_by(|a, b| apart(a).total_cmp(&apart(b)));
        out
    }

    /// Datum and method are the same.
    fn same_projection(&self, other: &Self) -> bool {
        let attr = |c: &Self, node: &str| c.srs().get_attr_value(node, 0).ok().flatten();
        let ((datum, method), _said) = capture_gdal_errors(|| {
            (
                attr(self, "DATUM") == attr(other, "DATUM"),
                attr(self, "PROJECTION") == attr(other, "PROJECTION"),
            )
        });
        datum && method
    }
}

/// Codes of the zones of a family whose central meridian is nearest, and of those beside it.
fn zones_around((first, meridian, step, n): (i64, f64, f64, i64), at: f64) -> impl Iterator<Item = i64> {
    #[expect(clippy::cast_possible_truncation, reason = "degrees over degrees: at most 120")]
    let nearest = ((at - meridian) / step).round() as i64;
    (nearest - 1..=nearest + 1).filter(move |k| (0..n).contains(k)).map(move |k| first + k)
}

/// Height of the geoid EGM96 above the ellipsoid of WGS 84, meters: what heights above the ellipsoid have more than
/// heights above sea level. `None` where the model's grid is not installed.
pub fn geoid_height_m(longitude_deg: f64, latitude_deg: f64) -> Option<f64> {
    let to_sea_level =
        Transform::new(&Crs::parse("EPSG:4979").ok()?, &Crs::parse("EPSG:4326+EPSG:5773").ok()?).ok()?;
    let mut p = [[longitude_deg, latitude_deg, 0.0]];
    to_sea_level.apply(&mut p).ok()?;
    let [[_, _, sea_level]] = p;
    (sea_level.is_finite() && sea_level.abs() > f64::EPSILON).then_some(-sea_level)
}

/// A place in a projected CRS from longitude and latitude in degrees on its own datum; for hints such as those of an
/// `IfcSite`, which name no datum.
///
/// # Errors
/// [`GeodesyError`] where the CRS cannot express the place.
pub fn project_degrees(crs: &Crs, longitude_deg: f64, latitude_deg: f64) -> Result<[f64; 2], GeodesyError> {
    let wgs84 = Crs::parse("EPSG:4326")?;
    let way = match Transform::new(&wgs84, crs) {
        Ok(way) => way,
        Err(_no_shift_is_known) => Transform::new(&crs.degrees()?, crs)?,
    };
    let mut p = [[longitude_deg, latitude_deg, f64::NAN]];
    way.apply(&mut p)?;
    let [[x, y, _]] = p;
    Ok([x, y])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(code: &str) -> Vec<String> {
        let crs = Crs::parse(code).unwrap();
        crs.neighboring_zones().iter().map(|c| c.text().to_owned()).collect()
    }

    #[test]
    fn neighbors_of_a_zone_are_those_of_its_own_system() {
        let beijing = around("EPSG:4548");
        for near in ["EPSG:4547", "EPSG:4549", "EPSG:4550", "EPSG:4546"] {
            assert!(beijing.iter().any(|c| c == near), "{near} is missing in {beijing:?}");
        }
        assert!(around("EPSG:25832").starts_with(&["EPSG:25831".into(), "EPSG:25833".into()]));
        assert!(around("EPSG:2154").is_empty(), "{:?}", around("EPSG:2154"));
    }

    #[test]
    fn an_easting_may_begin_with_the_number_of_its_zone() {
        let prefix = |code: &str| Crs::parse(code).unwrap().zone_prefix();
        assert_eq!(
            (prefix("EPSG:4548"), prefix("EPSG:4527"), prefix("EPSG:2154")),
            (Some(0), Some(39), None)
        );
    }

    /// Measured with PROJ and its EGM96: −9.9 m in Beijing, +8.1 m in Suzhou.
    #[test]
    fn the_geoid_lies_below_the_ellipsoid_in_beijing_and_above_it_in_suzhou() {
        let (beijing, suzhou) = (geoid_height_m(116.48, 39.99), geoid_height_m(120.62, 31.30));
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1.0);
        assert!(near(beijing, -9.9) && near(suzhou, 8.1), "{beijing:?} {suzhou:?}");
    }
}
