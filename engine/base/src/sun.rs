//! Where the sun stands: for light and shadows of a place at an instant.

use crate::UtcNanos;

/// Where the sun stands in the sky of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SunPosition {
    /// Clockwise from true north, degrees, 0 to 360.
    pub azimuth_deg: f64,
    /// Above the horizon, degrees, of the sun's center and without refraction; negative at night.
    pub elevation_deg: f64,
}

/// Days from 1970-01-01 to 2000-01-01 12:00, the epoch that the series counts from.
const J2000_DAY: f64 = 10_957.5;
const NANOS_PER_DAY: f64 = 86_400e9;
/// Days of a Julian century.
const CENTURY: f64 = 36_525.0;

/// Where the sun stands at an instant, seen from a latitude and longitude in degrees (north and east positive).
///
/// Error: below 0.02° from 1950 to 2100, more than a shadow shows. Refraction (half a degree at the horizon) and the
/// observer's height are left out. At a pole the azimuth is that of the sun's meridian.
/// Source: J. Meeus, *Astronomical Algorithms*, 2nd edition, chapters 12, 13 and 25 (low accuracy).
pub fn sun_position(at: UtcNanos, latitude_deg: f64, longitude_deg: f64) -> SunPosition {
    let days = at.0 as f64 / NANOS_PER_DAY - J2000_DAY;
    let (ascension, declination) = equatorial(days);
    // Greenwich sidereal time; nutation changes it by less than 0.005°.
    let sidereal = 280.460_618_37 + 360.985_647_366_29 * days + 0.000_387_933 * (days / CENTURY).powi(2);
    let hour_angle = (sidereal + longitude_deg).to_radians() - ascension;
    let (sin_h, cos_h) = hour_angle.sin_cos();
    let (sin_lat, cos_lat) = latitude_deg.to_radians().sin_cos();
    let (sin_dec, cos_dec) = declination.sin_cos();
    let up = sin_lat * sin_dec + cos_lat * cos_dec * cos_h;
    let east = -cos_dec * sin_h;
    let north = sin_dec * cos_lat - cos_dec * cos_h * sin_lat;
    SunPosition {
        azimuth_deg: east.atan2(north).to_degrees().rem_euclid(360.0),
        elevation_deg: up.clamp(-1.0, 1.0).asin().to_degrees(),
    }
}

/// Apparent right ascension and declination, radians. `days`: since J2000. Earth's clock and dynamical time are taken
/// as one: the minute between them moves the sun by less than 0.001°.
fn equatorial(days: f64) -> (f64, f64) {
    let t = days / CENTURY;
    let mean_longitude = 280.466_46 + t * (36_000.769_83 + t * 0.000_303_2);
    let anomaly = (357.529_11 + t * (35_999.050_29 - t * 0.000_153_7)).to_radians();
    let center = (1.914_602 - t * (0.004_817 + t * 0.000_014)) * anomaly.sin()
        + (0.019_993 - t * 0.000_101) * (2.0 * anomaly).sin()
        + 0.000_289 * (3.0 * anomaly).sin();
    let node = (125.04 - 1934.136 * t).to_radians();
    let longitude = (mean_longitude + center - 0.005_69 - 0.004_78 * node.sin()).to_radians();
    let obliquity = (23.439_291_1 - t * 0.013_004_2 + 0.002_56 * node.cos()).to_radians();
    let ascension = (obliquity.cos() * longitude.sin()).atan2(longitude.cos());
    (ascension, (obliquity.sin() * longitude.sin()).asin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeZoneName;

    fn at(text: &str) -> UtcNanos {
        UtcNanos::parse(text, &TimeZoneName::new("UTC").unwrap()).unwrap()
    }

    fn check(time: &str, (latitude, longitude): (f64, f64), (azimuth, elevation): (f64, f64)) {
        let sun = sun_position(at(time), latitude, longitude);
        assert!((sun.elevation_deg - elevation).abs() < 0.05, "{time}: {sun:?}");
        let off = (sun.azimuth_deg - azimuth + 180.0).rem_euclid(360.0) - 180.0;
        assert!((off * elevation.to_radians().cos()).abs() < 0.05, "{time}: {sun:?}");
    }

    /// Meeus, example 25.a: 1992 October 13.0, dynamical time.
    #[test]
    fn right_ascension_and_declination_are_those_of_the_textbook() {
        let (ascension, declination) = equatorial(2_448_908.5 - 2_451_545.0);
        assert!((ascension.to_degrees().rem_euclid(360.0) - 198.380_83).abs() < 1e-4);
        assert!((declination.to_degrees() + 7.785_07).abs() < 1e-4);
    }

    /// Reda and Andreas, NREL/TP-560-34302, appendix A.5: topocentric azimuth 194.340 24°, elevation before refraction
    /// 39.872 05°.
    #[test]
    fn the_sun_over_golden_stands_where_the_reference_algorithm_says() {
        check("2003-10-17T19:30:30Z", (39.742_476, -105.178_6), (194.340_24, 39.872_05));
    }

    #[test]
    fn at_noon_of_the_solstices_the_sun_over_beijing_is_due_south_as_high_as_the_tropic_allows() {
        // 90° − 39.9042° ± 23.436°; noon is 14.37 minutes after the clock's, less the equation of time (−1.8 and +1.8 min).
        check("2024-06-21T04:16:13Z", (39.904_2, 116.407_4), (180.0, 73.532));
        check("2024-12-21T04:12:32Z", (39.904_2, 116.407_4), (180.0, 26.660));
    }

    #[test]
    fn the_sun_rises_in_the_east_sets_in_the_west_and_is_below_at_midnight() {
        let beijing = |time: &str| sun_position(at(time), 39.904_2, 116.407_4);
        let (dawn, dusk) = (beijing("2024-03-20T22:20:00Z"), beijing("2024-03-20T10:28:00Z"));
        assert!((dawn.azimuth_deg - 90.0).abs() < 3.0 && dawn.elevation_deg.abs() < 2.0, "{dawn:?}");
        assert!((dusk.azimuth_deg - 270.0).abs() < 3.0 && dusk.elevation_deg.abs() < 2.0, "{dusk:?}");
        assert!(beijing("2024-06-21T16:16:00Z").elevation_deg < -20.0);
        let sydney = sun_position(at("2024-12-21T02:00:00Z"), -33.87, 151.21);
        assert!(sydney.elevation_deg > 70.0, "{sydney:?}");
    }

    #[test]
    fn any_instant_and_place_give_finite_angles() {
        for nanos in [i64::MIN, 0, i64::MAX] {
            for (latitude, longitude) in [(90.0, 0.0), (-90.0, 180.0), (0.0, -180.0)] {
                let sun = sun_position(UtcNanos(nanos), latitude, longitude);
                assert!(sun.azimuth_deg.is_finite() && sun.elevation_deg.abs() <= 90.0);
            }
        }
    }
}
