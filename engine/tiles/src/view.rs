//! From where somebody looks: the eye, what it can see, and how large things appear.

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, WorldPoint};

use crate::stretch::Stretch;

/// A perspective view with an infinite far plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The eye, in the project frame.
    pub eye: WorldPoint,
    /// Direction of view, between true positions; any length but zero.
    pub forward: DVec3,
    /// What is up on the screen; not parallel to `forward`.
    pub up: DVec3,
    /// Vertical opening angle, radians.
    pub fov_y_rad: f64,
    /// Width and height in physical pixels.
    pub viewport: [u32; 2],
    /// How tall heights are drawn. All else here is true.
    pub stretch: Stretch,
}

/// The half-spaces that a view can see: left, right, bottom, top, front.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frustum {
    /// Inward normals of planes through the eye, of true positions: a point `p` is inside where `normal · (p − eye) ≥ 0`
    /// for each.
    planes: [DVec3; 5],
    eye: DVec3,
}

impl View {
    /// Right, up and forward of the screen as unit vectors of what is shown. A view without direction looks north.
    pub fn axes(&self) -> [DVec3; 3] {
        let forward = self.stretch.to_shown(self.forward).try_normalize().unwrap_or(DVec3::Y);
        let side = |up: DVec3| forward.cross(up).try_normalize();
        let right = side(self.up).or_else(|| side(DVec3::Y)).or_else(|| side(DVec3::Z)).unwrap_or(DVec3::X);
        [right, right.cross(forward), forward]
    }

    /// Tangents of half the horizontal and vertical opening angle.
    pub fn tan_half(&self) -> DVec2 {
        let y = (self.fov_y_rad.clamp(1e-4, 3.1) * 0.5).tan();
        let [w, h] = self.viewport.map(|n| f64::from(n.max(1)));
        DVec2::new(y * w / h, y)
    }

    /// Physical pixels that one meter covers at a distance of one meter.
    pub fn px_per_radian(&self) -> f64 {
        f64::from(self.viewport[1].max(1)) * 0.5 / self.tan_half().y
    }

    /// What the view can see.
    pub fn frustum(&self) -> Frustum {
        self.frustum_of(DVec2::NEG_ONE, DVec2::ONE)
    }

    /// What a part of the view can see. `lo`, `hi`: its lower left and upper right, where the view's are (−1, −1) and
    /// (1, 1).
    pub fn frustum_of(&self, lo: DVec2, hi: DVec2) -> Frustum {
        let [right, up, forward] = self.axes();
        let (lo, hi) = (self.tan_half() * lo, self.tan_half() * hi);
        let planes = [
            right - forward * lo.x,
            forward * hi.x - right,
            up - forward * lo.y,
            forward * hi.y - up,
            forward,
        ];
        Frustum { planes: planes.map(|n| self.stretch.to_shown(n)), eye: self.eye.0 }
    }

    /// How far before the eye a true position is shown, along the view, meters; negative behind it.
    pub fn ahead_m(&self, p: WorldPoint) -> f64 {
        let [_, _, forward] = self.axes();
        self.stretch.to_shown(p.0 - self.eye.0).dot(forward)
    }

    /// How far from the eye the nearest point of a true box is shown, meters; 0 inside.
    pub fn distance_m(&self, b: &Bounds) -> f64 {
        shown_from(self.eye.0, self.stretch, b).distance(DVec3::ZERO)
    }

    /// What the view can see; `None` for a view that is not finite, which may see anything.
    pub(crate) fn frustum_if_finite(&self) -> Option<Frustum> {
        let finite = [self.eye.0, self.forward, self.up].iter().all(|v| v.is_finite());
        (finite && self.fov_y_rad.is_finite()).then(|| self.frustum())
    }

    /// Screen-space error in physical pixels: how far something that lies `error_m` meters off appears at most at
    /// `distance_m` meters from the eye, as shown.
    ///
    /// 0 for no error wherever the eye is; infinite for any other error at no distance.
    /// Source: OGC 22-025r4 (3D Tiles 1.1), geometric error.
    pub fn screen_error_px(&self, error_m: f64, distance_m: f64) -> f64 {
        let error_m = error_m * self.stretch.longest();
        if error_m <= 0.0 { 0.0 } else { error_m * self.px_per_radian() / distance_m.max(0.0) }
    }
}

/// A true box as it is shown, relative to the eye.
pub(crate) fn shown_from(eye: DVec3, stretch: Stretch, b: &Bounds) -> Bounds {
    if b.is_empty() { *b } else { stretch.shown_box(&Bounds::new(b.min - eye, b.max - eye)) }
}

impl Frustum {
    /// Whether a box may be seen: never false for one that is; sometimes true for one just outside.
    pub fn sees(&self, b: &Bounds) -> bool {
        if b.is_empty() {
            return false;
        }
        let (lo, hi) = (b.min - self.eye, b.max - self.eye);
        self.planes.iter().all(|n| {
            let farthest = DVec3::select(n.cmpge(DVec3::ZERO), hi, lo);
            n.dot(farthest) >= 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn north() -> View {
        View {
            eye: WorldPoint::new(455_600.0, 4_428_550.0, 50.0),
            forward: DVec3::Y,
            up: DVec3::Z,
            fov_y_rad: 1.0,
            viewport: [1280, 720],
            stretch: Stretch::TRUE,
        }
    }

    #[test]
    fn nothing_is_left_out_that_a_stretched_view_shows() {
        let stretch = Stretch::new(4.0).unwrap();
        let view = View { forward: DVec3::new(0.2, 1.0, -0.1), stretch, ..north() };
        let (frustum, [right, up, forward], t) = (view.frustum(), view.axes(), view.tan_half());
        let (mut n_seen, mut n_hidden) = (0, 0);
        for i in 0..41 {
            for k in 0..41 {
                // A true position, and where it is shown.
                let p = DVec3::new(f64::from(i) * 5.0 - 100.0, 100.0, f64::from(k) * 2.0 - 40.0);
                let s = stretch.to_shown(p);
                let inside =
                    s.dot(right).abs() <= s.dot(forward) * t.x && s.dot(up).abs() <= s.dot(forward) * t.y;
                let sees = frustum.sees(&Bounds::new(view.eye.0 + p, view.eye.0 + p));
                assert_eq!(inside, sees, "{p}");
                (n_seen, n_hidden) = (n_seen + i32::from(sees), n_hidden + i32::from(!sees));
            }
        }
        assert!(n_seen > 200 && n_hidden > 200, "{n_seen} {n_hidden}");
    }

    #[test]
    fn a_stretched_tower_is_farther_below_and_as_near_beside() {
        let view = View { stretch: Stretch::new(3.0).unwrap(), ..north() };
        let at = |d: DVec3| Bounds::new(view.eye.0 + d, view.eye.0 + d);
        assert!((view.distance_m(&at(-DVec3::Z * 10.0)) - 30.0).abs() < 1e-9);
        assert!((view.distance_m(&at(DVec3::X * 10.0)) - 10.0).abs() < 1e-9);
        assert!((view.screen_error_px(1.0, 90.0) - north().screen_error_px(1.0, 30.0)).abs() < 1e-9);
        assert!((view.ahead_m(WorldPoint(view.eye.0 + DVec3::new(1.0, 7.0, 2.0))) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn a_box_ahead_is_seen_and_one_behind_or_beside_is_not() {
        let view = north();
        let at = |d: DVec3| Bounds::new(view.eye.0 + d - DVec3::ONE, view.eye.0 + d + DVec3::ONE);
        let f = view.frustum();
        assert!(f.sees(&at(DVec3::Y * 100.0)) && f.sees(&at(DVec3::Y * 1e6)) && f.sees(&at(DVec3::ZERO)));
        assert!(!f.sees(&at(-DVec3::Y * 100.0)) && !f.sees(&at(DVec3::new(200.0, 100.0, 0.0))));
        assert!(!f.sees(&Bounds::EMPTY));
    }

    #[test]
    fn the_parts_of_a_view_see_what_it_sees() {
        let view = north();
        let [left, right] = [(-1.0, 0.2), (0.2, 1.0)]
            .map(|(lo, hi)| view.frustum_of(DVec2::new(lo, -1.0), DVec2::new(hi, 1.0)));
        let at = |x: f64, half: f64| {
            let center = view.eye.0 + DVec3::new(x, 100.0, 0.0);
            Bounds::new(center - DVec3::splat(half), center + DVec3::splat(half))
        };
        let seam = 0.2 * 100.0 * view.tan_half().x;
        assert!(left.sees(&at(-60.0, 1.0)) && !right.sees(&at(-60.0, 1.0)));
        assert!(right.sees(&at(60.0, 1.0)) && !left.sees(&at(60.0, 1.0)));
        assert!(left.sees(&at(seam, 1.0)) && right.sees(&at(seam, 1.0)));
        assert!(!left.sees(&at(seam + 4.0, 1.0)) && !right.sees(&at(seam - 4.0, 1.0)));
    }

    #[test]
    fn an_error_of_one_pixel_is_one_pixel() {
        let view = north();
        let d = 100.0;
        let px_m = 2.0 * d * 0.5_f64.tan() / 720.0;
        assert!((view.screen_error_px(px_m, d) - 1.0).abs() < 1e-9);
        assert!(view.screen_error_px(0.0, 0.0).abs() < 1e-12);
        assert!(view.screen_error_px(1.0, 0.0).is_infinite());
    }

    #[test]
    fn looking_straight_down_has_axes() {
        let view = View { forward: -DVec3::Z, up: DVec3::Z, ..north() };
        let [r, u, f] = view.axes();
        assert!((r.cross(f) - u).length() < 1e-12 && r.is_finite() && (r.length() - 1.0).abs() < 1e-12);
    }
}
