//! From where the world is seen, in f64, and how hands move that.

use glam::{DMat4, DVec2, DVec3, DVec4};
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::View;

/// An eye, what it looks at, and how wide it sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Where the eye is.
    pub eye: WorldPoint,
    /// What it looks at; its distance also says how large steps are.
    pub target: WorldPoint,
    /// What is up on the screen; not parallel to the view.
    pub up: DVec3,
    /// Vertical opening angle, degrees.
    pub fov_y_deg: f64,
}

/// A half-line into the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: WorldPoint,
    /// Unit vector.
    pub direction: DVec3,
}

/// Chosen: like a 50 mm lens on a wide sensor; verticals of tall buildings stay calm.
const FOV_Y_DEG: f64 = 42.0;
/// Nearest distance that is drawn, meters. With reversed infinite depth it costs no accuracy far away.
pub(crate) const NEAR_M: f64 = 0.05;
/// Share of the distance to what lies under the cursor that one zoom can use up.
const ZOOM_REACH: f64 = 0.98;
/// Closest to the vertical that orbiting goes, radians.
const POLE_RAD: f64 = 0.002;

impl Camera {
    /// Looks from one place at another with z up.
    pub fn looking(eye: WorldPoint, target: WorldPoint) -> Self {
        Self { eye, target, up: DVec3::Z, fov_y_deg: FOV_Y_DEG }
    }

    /// The same for tile selection.
    pub fn view(&self, size: [u32; 2]) -> View {
        View {
            eye: self.eye,
            forward: self.target.0 - self.eye.0,
            up: self.up,
            fov_y_rad: self.fov_y_deg.to_radians(),
            viewport: size,
        }
    }

    /// Distance from the eye to the target, meters.
    pub fn distance(&self) -> f64 {
        self.eye.0.distance(self.target.0)
    }

    /// Clip coordinates from positions relative to the eye, world axes. Reversed infinite depth: `z/w = near/distance`.
    pub fn clip_from_eye(&self, size: [u32; 2]) -> DMat4 {
        let view = self.view(size);
        let [r, u, f] = view.axes();
        let t = view.tan_half();
        let (r, u) = (r / t.x, u / t.y);
        DMat4::from_cols(
            DVec4::new(r.x, u.x, 0.0, f.x),
            DVec4::new(r.y, u.y, 0.0, f.y),
            DVec4::new(r.z, u.z, 0.0, f.z),
            DVec4::new(0.0, 0.0, NEAR_M, 0.0),
        )
    }

    /// Clip coordinates from positions relative to `origin`: what a shader effectively gets, in f64.
    pub fn view_proj(&self, origin: WorldPoint, size: [u32; 2]) -> DMat4 {
        self.clip_from_eye(size) * DMat4::from_translation(origin.0 - self.eye.0)
    }

    /// Pixel of a world position, `None` behind the eye.
    pub fn project(&self, p: WorldPoint, size: [u32; 2]) -> Option<DVec2> {
        let c = self.clip_from_eye(size) * (p.0 - self.eye.0).extend(1.0);
        let [w, h] = size.map(f64::from);
        (c.w > NEAR_M).then(|| DVec2::new((c.x / c.w * 0.5 + 0.5) * w, (0.5 - c.y / c.w * 0.5) * h))
    }

    /// The ray through a pixel position (pixel centers lie at .5), scaled so that it goes 1 m forward.
    pub(crate) fn through(&self, pixel: DVec2, size: [u32; 2]) -> DVec3 {
        let view = self.view(size);
        let [r, u, f] = view.axes();
        let t = view.tan_half();
        let [w, h] = size.map(|s| f64::from(s.max(1)));
        f + r * (t.x * (pixel.x / w * 2.0 - 1.0)) + u * (t.y * (1.0 - pixel.y / h * 2.0))
    }

    /// The ray through a pixel position.
    pub fn ray(&self, pixel: DVec2, size: [u32; 2]) -> Ray {
        let d = self.through(pixel, size);
        Ray { origin: self.eye, direction: d.try_normalize().unwrap_or(DVec3::Y) }
    }

    /// Looks at a box from where it is seen whole. `direction`: of the view; zero keeps the camera's own. An empty
    /// box leaves the camera as it is.
    #[must_use]
    pub fn fit(&self, bounds: &Bounds, direction: DVec3, size: [u32; 2]) -> Self {
        if bounds.is_empty() || !bounds.size().is_finite() {
            return *self;
        }
        let own = (self.target.0 - self.eye.0).try_normalize().unwrap_or(DVec3::Y);
        let f = direction.try_normalize().unwrap_or(own);
        let looking = Self { target: WorldPoint(self.eye.0 + f), up: upright(f, self.up), ..*self };
        let view = looking.view(size);
        let [r, u, f] = view.axes();
        let t = view.tan_half();
        let center = bounds.center();
        // Far enough that every corner lies inside the view, with a margin.
        let distance = corners(bounds).into_iter().fold(1.0_f64, |d, p| {
            let v = p - center;
            let side = (v.dot(r).abs() / t.x).max(v.dot(u).abs() / t.y);
            d.max(side * 1.08 - v.dot(f))
        });
        Self { eye: WorldPoint(center - f * distance), target: WorldPoint(center), ..looking }
    }

    /// Turns about `pivot`, which stays where it is on the screen. Angles in radians: `turn` about the vertical,
    /// `tilt` up; stops short of looking straight up or down.
    #[must_use]
    pub fn orbit(&self, pivot: WorldPoint, turn: f64, tilt: f64) -> Self {
        let [r, _, f] = self.view([1, 1]).axes();
        let now = f.z.clamp(-1.0, 1.0).asin();
        let limit = std::f64::consts::FRAC_PI_2 - POLE_RAD;
        let tilt = (now + tilt).clamp(-limit, limit) - now;
        let q = glam::DQuat::from_rotation_z(turn) * glam::DQuat::from_axis_angle(r, tilt);
        let about = |p: WorldPoint| WorldPoint(pivot.0 + q * (p.0 - pivot.0));
        Self { eye: about(self.eye), target: about(self.target), up: DVec3::Z, fov_y_deg: self.fov_y_deg }
    }

    /// Moves sideways so that `grabbed`, seen at pixel `from`, is then seen at pixel `to`.
    #[must_use]
    pub fn pan(&self, grabbed: WorldPoint, from: DVec2, to: DVec2, size: [u32; 2]) -> Self {
        let [_, _, f] = self.view(size).axes();
        let depth = (grabbed.0 - self.eye.0).dot(f).max(NEAR_M);
        let shift = (self.through(from, size) - self.through(to, size)) * depth;
        Self { eye: WorldPoint(self.eye.0 + shift), target: WorldPoint(self.target.0 + shift), ..*self }
    }

    /// Moves towards `hit`, what lies under the cursor, and never through it. `factor`: what remains of the distance,
    /// 0.8 comes closer, 1.25 goes away. The hit stays under the cursor.
    #[must_use]
    pub fn zoom(&self, hit: WorldPoint, factor: f64) -> Self {
        let keep = if factor.is_finite() { factor.clamp(1.0 - ZOOM_REACH, 1e3) } else { 1.0 };
        let to_hit = hit.0 - self.eye.0;
        let (distance, least) = (to_hit.length(), NEAR_M * 4.0);
        let keep = if keep < 1.0 { keep.max((least / distance.max(least)).min(1.0)) } else { keep };
        let eye = hit.0 - to_hit * keep;
        let f = (self.target.0 - self.eye.0).try_normalize().unwrap_or(DVec3::Y);
        // The target keeps its place along the view, as far from the new eye as the hit now is.
        let ahead = (self.distance() * keep).max(least);
        Self { eye: WorldPoint(eye), target: WorldPoint(eye + f * ahead), ..*self }
    }

    /// Straight down with north up, the same target at the same distance.
    #[must_use]
    pub fn from_above(&self) -> Self {
        Self { eye: WorldPoint(self.target.0 + DVec3::Z * self.distance().max(1.0)), up: DVec3::Y, ..*self }
    }
}

/// What is up for a view direction: north when it looks straight up or down.
fn upright(f: DVec3, up: DVec3) -> DVec3 {
    if f.cross(up).length_squared() > 1e-8 {
        up
    } else if f.cross(DVec3::Z).length_squared() > 1e-8 {
        DVec3::Z
    } else {
        DVec3::Y
    }
}

pub(crate) fn corners(b: &Bounds) -> [DVec3; 8] {
    std::array::from_fn(|i| {
        DVec3::new(
            if i & 1 == 0 { b.min.x } else { b.max.x },
            if i & 2 == 0 { b.min.y } else { b.max.y },
            if i & 4 == 0 { b.min.z } else { b.max.z },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [1280, 720];

    fn camera() -> Camera {
        Camera::looking(
            WorldPoint::new(455_600.0, 4_428_400.0, 120.0),
            WorldPoint::new(455_620.0, 4_428_550.0, 40.0),
        )
    }

    fn close(a: DVec2, b: DVec2) {
        assert!((a - b).length() < 1e-4, "{a} {b}");
    }

    #[test]
    fn a_ray_through_a_projected_point_meets_it() {
        let c = camera();
        let p = WorldPoint::new(455_640.0, 4_428_520.0, 55.0);
        let ray = c.ray(c.project(p, SIZE).unwrap(), SIZE);
        let t = (p.0 - ray.origin.0).dot(ray.direction);
        assert!((ray.origin.0 + ray.direction * t - p.0).length() < 1e-6);
    }

    #[test]
    fn orbiting_keeps_the_pivot_in_place_and_the_horizon_level() {
        let c = camera();
        let pivot = WorldPoint::new(455_640.0, 4_428_520.0, 45.0);
        let before = c.project(pivot, SIZE).unwrap();
        for (turn, tilt) in [(0.3, 0.0), (-1.0, 0.2), (2.0, -0.3)] {
            let o = c.orbit(pivot, turn, tilt);
            close(o.project(pivot, SIZE).unwrap(), before);
            assert!(o.view(SIZE).axes()[0].z.abs() < 1e-9);
            assert!((o.eye.0.distance(pivot.0) - c.eye.0.distance(pivot.0)).abs() < 1e-6);
        }
        let below = c.orbit(pivot, 0.0, -10.0);
        assert!((below.target.0 - below.eye.0).normalize_or_zero().z > -1.0);
    }

    #[test]
    fn panning_keeps_the_grabbed_point_under_the_cursor() {
        let c = camera();
        let p = WorldPoint::new(455_630.0, 4_428_500.0, 40.0);
        let (from, to) = (c.project(p, SIZE).unwrap(), DVec2::new(900.0, 200.0));
        close(c.pan(p, from, to, SIZE).project(p, SIZE).unwrap(), to);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_cursor_and_never_passes_it() {
        let c = camera();
        let p = WorldPoint::new(455_630.0, 4_428_500.0, 40.0);
        let at = c.project(p, SIZE).unwrap();
        let mut z = c;
        for _ in 0..200 {
            z = z.zoom(p, 0.7);
            assert!((p.0 - z.eye.0).dot(p.0 - c.eye.0) > 0.0, "passed through");
        }
        close(c.zoom(p, 0.5).project(p, SIZE).unwrap(), at);
        close(c.zoom(p, 2.0).project(p, SIZE).unwrap(), at);
        assert!(z.eye.0.distance(p.0) < 0.5);
    }

    #[test]
    fn a_fitted_box_is_seen_whole_and_fills_the_view() {
        let b =
            Bounds::new(DVec3::new(455_600.0, 4_428_500.0, 30.0), DVec3::new(455_700.0, 4_428_540.0, 80.0));
        for dir in [DVec3::ZERO, -DVec3::Z, DVec3::new(1.0, 1.0, -0.5), DVec3::Y] {
            let c = camera().fit(&b, dir, SIZE);
            let px: Vec<_> = corners(&b).iter().map(|p| c.project(WorldPoint(*p), SIZE).unwrap()).collect();
            assert!(px.iter().all(|p| p.x > 0.0 && p.x < 1280.0 && p.y > 0.0 && p.y < 720.0), "{dir} {px:?}");
            let spread = |f: fn(&DVec2) -> f64| {
                px.iter().map(f).fold(f64::MIN, f64::max) - px.iter().map(f).fold(f64::MAX, f64::min)
            };
            assert!(spread(|p| p.x) > 640.0 || spread(|p| p.y) > 360.0, "{dir}");
        }
        assert_eq!(camera().fit(&Bounds::EMPTY, DVec3::ZERO, SIZE), camera());
    }

    #[test]
    fn a_view_from_above_has_north_up() {
        let c = camera().from_above();
        let north = WorldPoint(c.target.0 + DVec3::Y * 10.0);
        assert!(c.project(north, SIZE).unwrap().y < c.project(c.target, SIZE).unwrap().y);
    }
}
