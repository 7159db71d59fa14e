//! Where shadows are drawn from: a square seen from the sun that follows the view in whole texels.

use glam::{DMat4, DVec3, DVec4, Vec3};
use lantu_base::Bounds;

use crate::camera::{Camera, corners};

/// Edge of the shadow map, texels. Chosen: 15 cm a texel for a view 150 m wide; 16 MiB.
pub(crate) const MAP_PX: u32 = 2048;
/// Lowest sun that casts shadows, as the sine of its elevation: below, they reach everywhere.
const LOWEST_SUN: f64 = 0.03;
/// Half the width of the map per distance from eye to target.
const REACH_PER_DISTANCE: f64 = 1.35;
/// Smallest and largest half width, meters.
const REACH_M: (f64, f64) = (30.0, 3000.0);
/// Cosine from which on a face looks away from the sun, beyond what rounding makes of its normal.
const AVERTED: f64 = 1e-3;
/// How far below the casters shadows fall, in half widths.
const FALL: f64 = 2.0;

/// An orthographic view from the sun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ShadowView {
    right: DVec3,
    up: DVec3,
    /// Towards the sun.
    toward: DVec3,
    /// Middle of the map along `right` and `up`, meters.
    center: [f64; 2],
    /// Half its width, meters.
    pub reach_m: f64,
    /// Along `toward`: where depth is 1 and where it is 0, meters.
    range: [f64; 2],
}

impl ShadowView {
    /// `casters`: what stands around; `None` where nothing casts a shadow.
    pub(crate) fn fit(camera: &Camera, sun: DVec3, casters: &Bounds) -> Option<Self> {
        let toward = sun.try_normalize()?;
        if toward.z < LOWEST_SUN || casters.is_empty() || !casters.size().is_finite() {
            return None;
        }
        let right = DVec3::Z.cross(toward).try_normalize().unwrap_or(DVec3::X);
        let up = toward.cross(right);
        let (focus, reach_m) = reach(camera, casters);
        let texel = 2.0 * reach_m / f64::from(MAP_PX);
        let snap = |v: f64| (v / texel).round() * texel;
        let along = corners(casters).map(|p| p.dot(toward));
        let top = along.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let low = along.into_iter().fold(f64::INFINITY, f64::min);
        // Whole meters, so that a tile more or less seldom changes the map.
        let range = [(low - FALL * reach_m).floor(), top.ceil() + 1.0];
        let center = [snap(focus.dot(right)), snap(focus.dot(up))];
        Some(Self { right, up, toward, center, reach_m, range })
    }

    /// Whether a box can throw a shadow into the map.
    pub(crate) fn sees(&self, b: &Bounds) -> bool {
        let c = corners(b);
        [(self.right, self.center[0]), (self.up, self.center[1])].into_iter().all(|(axis, middle)| {
            let along = c.map(|p| p.dot(axis) - middle);
            along.iter().any(|&v| v >= -self.reach_m) && along.iter().any(|&v| v <= self.reach_m)
        })
    }

    /// Whether every face of a group looks away from the sun. `facing`: a unit vector, and the sine of the largest angle
    /// that a face has to it.
    pub(crate) fn is_averted(&self, facing: Option<(Vec3, f32)>) -> bool {
        facing.is_some_and(|(axis, sin_spread)| {
            axis.as_dvec3().dot(self.toward) < -f64::from(sin_spread) - AVERTED
        })
    }

    /// Clip coordinates of the shadow pass, from positions relative to the eye.
    pub(crate) fn clip_from_eye(&self, eye: DVec3) -> DMat4 {
        let (s, [bottom, top]) = (1.0 / self.reach_m, self.range);
        let d = -1.0 / (top - bottom);
        let (x, y, z) = (self.right * s, self.up * s, self.toward * d);
        DMat4::from_cols(
            DVec4::new(x.x, y.x, z.x, 0.0),
            DVec4::new(x.y, y.y, z.y, 0.0),
            DVec4::new(x.z, y.z, z.z, 0.0),
            DVec4::new(
                (eye.dot(self.right) - self.center[0]) * s,
                (eye.dot(self.up) - self.center[1]) * s,
                (eye.dot(self.toward) - top) * d,
                1.0,
            ),
        )
    }

    /// Shadow map coordinates, from positions relative to the eye.
    pub(crate) fn map_from_eye(&self, eye: DVec3) -> DMat4 {
        DMat4::from_translation(DVec3::new(0.5, 0.5, 0.0))
            * DMat4::from_scale(DVec3::new(0.5, -0.5, 1.0))
            * self.clip_from_eye(eye)
    }
}

/// Middle of the shadow map and half its width, meters.
fn reach(camera: &Camera, casters: &Bounds) -> (DVec3, f64) {
    let whole = casters.size().length() * 0.5;
    let wanted = (camera.distance() * REACH_PER_DISTANCE).clamp(REACH_M.0, REACH_M.1);
    let (focus, reach) =
        if whole <= wanted { (casters.center(), whole.max(1.0)) } else { (camera.target.0, wanted) };
    // Steps of a quarter octave, and whole texels: shadows do not crawl while the camera moves.
    (focus, ((reach.log2() * 4.0).ceil() / 4.0).exp2())
}

/// Width of a texel of the shadow map, meters, where `casters` is the box around what throws shadows. What is smaller
/// leaves no trace in it.
pub fn shadow_texel_m(camera: &Camera, casters: &Bounds) -> f64 {
    if casters.is_empty() || !casters.size().is_finite() {
        return 0.0;
    }
    2.0 * reach(camera, casters).1 / f64::from(MAP_PX)
}

#[cfg(test)]
mod tests {
    use lantu_base::WorldPoint;

    use super::*;

    #[test]
    fn only_faces_that_no_sunlight_can_reach_are_left_out_of_the_shadow_map() {
        let camera = Camera::looking(WorldPoint::new(0.0, -100.0, 60.0), WorldPoint::new(0.0, 0.0, 0.0));
        let box_m = Bounds::new(DVec3::splat(-20.0), DVec3::splat(20.0));
        let sun = DVec3::new(-0.6, -0.6, 0.7).normalize_or_zero();
        let view = ShadowView::fit(&camera, sun, &box_m).unwrap();
        let away = (-sun).as_vec3();
        assert!(view.is_averted(Some((away, 0.0))) && view.is_averted(Some((Vec3::NEG_Z, 0.3))));
        assert!(!view.is_averted(Some((Vec3::Z, 0.0))) && !view.is_averted(None));
        // Of a group whose faces look up to 60° away from its axis, some see the sun from 40° beyond its horizon.
        let low = (sun.cross(DVec3::Z).normalize_or_zero() * 0.766 - sun * 0.643).as_vec3();
        assert!(view.is_averted(Some((low, 0.5))) && !view.is_averted(Some((low, 0.866))));
    }

    #[test]
    fn shadows_move_in_whole_texels_with_the_camera() {
        let casters = Bounds::new(DVec3::new(-2000.0, -2000.0, 0.0), DVec3::new(2000.0, 2000.0, 80.0));
        let sun = DVec3::new(-0.6, -0.6, 0.7);
        let at = |x: f64| {
            let camera = Camera::looking(WorldPoint::new(x, -100.0, 60.0), WorldPoint::new(x, 0.0, 0.0));
            ShadowView::fit(&camera, sun, &casters).unwrap()
        };
        let (a, b) = (at(0.0), at(0.37));
        assert!((a.reach_m - b.reach_m).abs() < 1e-12);
        let texels = (b.center[0] - a.center[0]) / (2.0 * a.reach_m / f64::from(MAP_PX));
        assert!((texels - texels.round()).abs() < 1e-6, "{texels}");
    }

    #[test]
    fn the_highest_caster_lies_nearer_to_the_sun_than_the_ground() {
        let casters = Bounds::new(DVec3::ZERO, DVec3::new(50.0, 50.0, 30.0));
        let camera = Camera::looking(WorldPoint::new(25.0, -100.0, 60.0), WorldPoint::new(25.0, 25.0, 0.0));
        let view = ShadowView::fit(&camera, DVec3::new(0.3, -0.4, 0.8), &casters).unwrap();
        let z = |p: DVec3| view.map_from_eye(camera.eye.0).project_point3(p - camera.eye.0).z;
        let (roof, ground) = (z(DVec3::new(25.0, 25.0, 30.0)), z(DVec3::new(25.0, 25.0, 0.0)));
        assert!(0.0 < roof && roof < ground && ground < 1.0, "{roof} {ground}");
        assert!(ShadowView::fit(&camera, DVec3::new(0.3, -0.4, -0.1), &casters).is_none());
    }
}
