//! How bright and of what color the light of the sun and of the sky is, from day through dusk to night.

use glam::Vec3;

use crate::uniforms::narrow;

/// Elevations between which the sun's own light comes up, degrees. It is a disc of half a degree, dimmed by the air near
/// the horizon.
const DIRECT_DEG: (f64, f64) = (-0.8, 9.0);
/// Elevations between which the sky grows light, degrees: from the end of civil twilight until the sun stands clear of
/// the horizon.
const SKY_DEG: (f64, f64) = (-6.0, 7.0);
/// Elevation from which the sun is white, degrees. Chosen.
const WHITE_DEG: f64 = 22.0;

/// The sun at the horizon, share of its light by day, linear. Chosen: warm, and short of an orange that would pass for a
/// state.
const LOW_SUN: Vec3 = Vec3::new(1.0, 0.80, 0.58);
/// The sky at night, share of its light by day, linear. Chosen: far darker than nature's opposite, so that shapes are
/// still read; blue, as the eye sees at night.
const NIGHT_SKY: Vec3 = Vec3::new(0.105, 0.150, 0.270);
/// The dome at night, share of its color by day: darker than what it lights, so that buildings stand before it.
const NIGHT_DOME: Vec3 = Vec3::new(0.045, 0.060, 0.100);
/// What dusk adds to the horizon, linear.
const GLOW: Vec3 = Vec3::new(0.10, 0.01, -0.06);

/// Light of one moment, as factors on that of a clear day; linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Daylight {
    /// On the sun's own light; 0 below the horizon.
    pub sun: Vec3,
    /// On light from the sky and from the ground.
    pub sky: Vec3,
    /// On the colors of the sky itself.
    pub dome: Vec3,
    /// Added to the horizon.
    pub glow: Vec3,
    /// 0 at night, 1 by day.
    pub day: f32,
}

/// 0 below `a`, 1 above `b`, without a kink.
fn rise(v: f64, (a, b): (f64, f64)) -> f32 {
    let t = ((v - a) / (b - a)).clamp(0.0, 1.0);
    narrow(t * t * (3.0 - 2.0 * t))
}

impl Daylight {
    /// With the sun `elevation_deg` above the horizon.
    pub(crate) fn at(elevation_deg: f64) -> Self {
        let (direct, day) = (rise(elevation_deg, DIRECT_DEG), rise(elevation_deg, SKY_DEG));
        let white = rise(elevation_deg, (0.0, WHITE_DEG));
        Self {
            sun: LOW_SUN.lerp(Vec3::ONE, white) * direct,
            sky: NIGHT_SKY.lerp(Vec3::ONE, day),
            dome: NIGHT_DOME.lerp(Vec3::ONE, day),
            // Strongest in the middle of dusk.
            glow: GLOW * (4.0 * day * (1.0 - day)),
            day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_fades_from_day_to_night_without_a_jump_and_nights_are_dim_and_blue() {
        let all: Vec<Daylight> = (-300..=400).map(|e| Daylight::at(f64::from(e) * 0.1)).collect();
        for pair in all.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            assert!(b.sky.cmpge(a.sky).all() && b.sun.cmpge(a.sun).all(), "{a:?} {b:?}");
            let step = (b.sky - a.sky).max_element().max((b.sun - a.sun).max_element());
            assert!(step < 0.02, "a tenth of a degree changes {step}");
        }
        let night = Daylight::at(-20.0);
        assert_eq!((night.sun, night.day), (Vec3::ZERO, 0.0));
        assert!(night.sky.z > night.sky.x * 2.0 && night.sky.max_element() < 0.3);
        assert_eq!((Daylight::at(45.0).sky, Daylight::at(45.0).sun), (Vec3::ONE, Vec3::ONE));
    }
}
