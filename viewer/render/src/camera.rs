//! From where the world is seen, in f64, and how hands move that.

use glam::{DMat4, DVec2, DVec3, DVec4};
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::{Stretch, View};

/// An eye, what it looks at, and how wide it sees.
///
/// Where heights are drawn taller than they are ([`Camera::stretch`]), eye and target are still true positions: the eye is
/// at a tower's top when it is seen level with it.
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
    /// How tall heights are drawn.
    pub stretch: Stretch,
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

/// Height of a walker's eyes above the floor, meters. Chosen: a person of 1.8 m.
pub const EYE_HEIGHT_M: f64 = 1.7;
/// Highest step that a walker takes, meters. Chosen: curbs and stairs of building sites, but no wall.
pub const STEP_M: f64 = 0.5;
/// Time in which a walker's eyes cover about two thirds of a change of the floor, seconds. Chosen: stairs feel like a ramp.
const FOLLOW_S: f64 = 0.12;

/// Share of the picture that stays free on each side of what a view is fitted to. Specified.
const FIT_MARGIN: f64 = 0.05;

impl Camera {
    /// Looks from one place at another with z up.
    pub fn looking(eye: WorldPoint, target: WorldPoint) -> Self {
        Self { eye, target, up: DVec3::Z, fov_y_deg: FOV_Y_DEG, stretch: Stretch::TRUE }
    }

    /// The same picture's camera for heights that are drawn otherwise: the target keeps its place and the view its
    /// direction on the screen, as if heights were stretched about that of the target.
    #[must_use]
    pub fn stretched(&self, stretch: Stretch) -> Self {
        let shown = self.shown_eye().0 - self.target.0;
        Self { eye: WorldPoint(self.target.0 + stretch.to_true(shown)), stretch, ..*self }
    }

    /// Where the eye is in a scene whose heights are stretched about that of the target: what people say and views keep.
    pub fn shown_eye(&self) -> WorldPoint {
        WorldPoint(self.target.0 + self.stretch.to_shown(self.eye.0 - self.target.0))
    }

    /// Changes the camera as it is shown: what `change` gets and gives has its positions in a scene whose heights are
    /// stretched about that of `about`, together with where a true position is shown there.
    fn as_shown(&self, about: DVec3, change: impl FnOnce(&Self, &dyn Fn(DVec3) -> DVec3) -> Self) -> Self {
        let stretch = self.stretch;
        if !stretch.changes() {
            return change(self, &|p| p);
        }
        let shown = |p: DVec3| about + stretch.to_shown(p - about);
        let back = |p: WorldPoint| WorldPoint(about + stretch.to_true(p.0 - about));
        let place = |p: WorldPoint| WorldPoint(shown(p.0));
        let plain =
            Self { eye: place(self.eye), target: place(self.target), stretch: Stretch::TRUE, ..*self };
        let c = change(&plain, &shown);
        Self { eye: back(c.eye), target: back(c.target), stretch, ..c }
    }

    /// The same for tile selection.
    pub fn view(&self, size: [u32; 2]) -> View {
        View {
            eye: self.eye,
            forward: self.target.0 - self.eye.0,
            up: self.up,
            fov_y_rad: self.fov_y_deg.to_radians(),
            viewport: size,
            stretch: self.stretch,
        }
    }

    /// True distance from the eye to the target, meters.
    pub fn distance(&self) -> f64 {
        self.eye.0.distance(self.target.0)
    }

    /// Clip coordinates from true positions relative to the eye, world axes: where heights are stretched. Reversed infinite depth: `z/w = near/distance`.
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
        ) * DMat4::from_scale(self.stretch.to_shown(DVec3::ONE))
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

    /// The ray through a pixel position (pixel centers lie at .5) among true positions, scaled so that it is shown to go
    /// 1 m forward.
    pub(crate) fn through(&self, pixel: DVec2, size: [u32; 2]) -> DVec3 {
        self.stretch.to_true(self.shown_through(pixel, size))
    }

    /// The same ray as it is shown.
    pub(crate) fn shown_through(&self, pixel: DVec2, size: [u32; 2]) -> DVec3 {
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

    /// The camera that shows all of `bounds`, looking along `direction` (or as this one does, if it is zero), as near as
    /// leaves a margin of 5 % of the picture on the sides that limit it. This one for an empty box.
    #[must_use]
    pub fn fit(&self, bounds: &Bounds, direction: DVec3, size: [u32; 2]) -> Self {
        self.fit_all(std::slice::from_ref(bounds), direction, size)
    }

    /// As [`Camera::fit`], for many boxes: what stands high in the middle does not count as high at the rim.
    #[must_use]
    pub fn fit_all(&self, boxes: &[Bounds], direction: DVec3, size: [u32; 2]) -> Self {
        let bounds = boxes.iter().fold(Bounds::EMPTY, |all, b| all.union(*b));
        if bounds.is_empty() || !bounds.size().is_finite() {
            return *self;
        }
        self.as_shown(bounds.center(), |c, shown| c.fit_plain(boxes, direction, (size, shown)))
    }

    /// Fits boxes whose corners `shown` leads to where this camera, which stretches nothing, sees them.
    fn fit_plain(
        &self,
        boxes: &[Bounds],
        direction: DVec3,
        (size, shown): ([u32; 2], &dyn Fn(DVec3) -> DVec3),
    ) -> Self {
        let corners_of = |b: &Bounds| corners(b).map(shown);
        let bounds = boxes.iter().fold(Bounds::EMPTY, |all, b| all.union(*b));
        let own = (self.target.0 - self.eye.0).try_normalize().unwrap_or(DVec3::Y);
        let f = direction.try_normalize().unwrap_or(own);
        let looking = Self { target: WorldPoint(self.eye.0 + f), up: upright(f, self.up), ..*self };
        let view = looking.view(size);
        let [r, u, f] = view.axes();
        let t = view.tan_half();
        let center = shown(bounds.center());
        // Across the view and up: how far the sides reach at the depth of the center, each less where it is nearer.
        let inside = t * (1.0 - 2.0 * FIT_MARGIN);
        let (mut high, mut low) = (DVec2::NEG_INFINITY, DVec2::NEG_INFINITY);
        let mut nearest = 0.0_f64;
        for p in boxes.iter().filter(|b| !b.is_empty()).flat_map(corners_of) {
            let v = p - center;
            let (across, along) = (DVec2::new(v.dot(r), v.dot(u)), v.dot(f));
            high = high.max(across - inside * along);
            low = low.max(-across - inside * along);
            nearest = nearest.min(along);
        }
        let middle = (high - low) * 0.5;
        // Every corner lies before the eye, and so does what is a point.
        let distance = ((high + low) * 0.5 / inside).max_element().max(NEAR_M - nearest).max(1.0);
        let target = center + r * middle.x + u * middle.y;
        Self { eye: WorldPoint(target - f * distance), target: WorldPoint(target), ..looking }
    }

    /// Turns about `pivot`, which stays where it is on the screen. Angles in radians: `turn` about the vertical,
    /// `tilt` up; stops short of looking straight up or down.
    #[must_use]
    pub fn orbit(&self, pivot: WorldPoint, turn: f64, tilt: f64) -> Self {
        self.as_shown(pivot.0, |c, _| c.orbit_plain(pivot, turn, tilt))
    }

    fn orbit_plain(&self, pivot: WorldPoint, turn: f64, tilt: f64) -> Self {
        let [r, _, f] = self.view([1, 1]).axes();
        let now = f.z.clamp(-1.0, 1.0).asin();
        let limit = std::f64::consts::FRAC_PI_2 - POLE_RAD;
        let tilt = (now + tilt).clamp(-limit, limit) - now;
        let q = glam::DQuat::from_rotation_z(turn) * glam::DQuat::from_axis_angle(r, tilt);
        let about = |p: WorldPoint| WorldPoint(pivot.0 + q * (p.0 - pivot.0));
        Self { eye: about(self.eye), target: about(self.target), up: DVec3::Z, ..*self }
    }

    /// Moves sideways so that `grabbed`, seen at pixel `from`, is then seen at pixel `to`.
    #[must_use]
    pub fn pan(&self, grabbed: WorldPoint, from: DVec2, to: DVec2, size: [u32; 2]) -> Self {
        let depth = self.view(size).ahead_m(grabbed).max(NEAR_M);
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

    /// Looks around: the eye stays. Angles in radians: `turn` about the vertical, counterclockwise from above, `tilt` up;
    /// stops short of looking straight up or down. The target keeps its distance.
    #[must_use]
    pub fn look(&self, turn: f64, tilt: f64) -> Self {
        self.orbit(self.eye, turn, tilt)
    }

    /// Moves eye and target along the screen's own axes: `along` is right, up in the world, and forward where the camera
    /// looks, in meters.
    #[must_use]
    pub fn fly(&self, along: DVec3) -> Self {
        let [right, _, forward] = self.view([1, 1]).axes();
        self.moved(self.stretch.to_true(right * along.x + forward * along.z) + DVec3::Z * along.y)
    }

    /// Walks: moves right and forward on the level by so many meters, and keeps the eye [`EYE_HEIGHT_M`] above the
    /// floor, which it follows smoothly. `floor`: height of what is below a place, `None` where nothing is known; there the
    /// eye keeps its height. What stands higher than a step ([`STEP_M`]) stops the walk; what lies lower is followed
    /// down, so that one cannot hang in the air.
    #[must_use]
    pub fn walk(&self, right: f64, forward: f64, dt_s: f64, floor: &dyn Fn(f64, f64) -> Option<f64>) -> Self {
        let [r, u, f] = self.view([1, 1]).axes();
        let level = |v: DVec3| v.with_z(0.0).try_normalize();
        // Looking straight down, what is up on the screen is ahead.
        let ahead = level(f).or_else(|| level(u)).unwrap_or(DVec3::Y);
        let to = self.eye.0 + level(r).unwrap_or(DVec3::X) * right + ahead * forward;
        let (here, there) = (floor(self.eye.0.x, self.eye.0.y), floor(to.x, to.y));
        let stand = here.map_or(self.eye.0.z - EYE_HEIGHT_M, |h| h.max(self.eye.0.z - EYE_HEIGHT_M));
        let blocked = there.is_some_and(|h| h > stand + STEP_M);
        let (to, floor_z) = if blocked { (self.eye.0, here) } else { (to, there) };
        let wanted = floor_z.map_or(self.eye.0.z, |h| h + EYE_HEIGHT_M);
        let share = 1.0 - (-dt_s.max(0.0) / FOLLOW_S).exp();
        let z = self.eye.0.z + (wanted - self.eye.0.z) * share;
        self.moved(to.with_z(z) - self.eye.0)
    }

    fn moved(&self, by: DVec3) -> Self {
        Self { eye: WorldPoint(self.eye.0 + by), target: WorldPoint(self.target.0 + by), ..*self }
    }

    /// On the way from this camera to another. `share`: 0 is here, 1 is there; starts and ends gently. The eye goes
    /// straight, the view turns along the shortest way, and what is up follows.
    #[must_use]
    pub fn towards(&self, to: &Self, share: f64) -> Self {
        let s = share.clamp(0.0, 1.0);
        if s >= 1.0 {
            return *to;
        }
        let s = s * s * (3.0 - 2.0 * s);
        let [a, b] = [self, to].map(|c| (c.target.0 - c.eye.0).try_normalize().unwrap_or(DVec3::Y));
        let factor = self.stretch.factor() + (to.stretch.factor() - self.stretch.factor()) * s;
        let turn = glam::DQuat::from_rotation_arc(a, b);
        let f = glam::DQuat::IDENTITY.slerp(turn, s) * a;
        let eye = self.eye.0.lerp(to.eye.0, s);
        let ahead = self.distance() + (to.distance() - self.distance()) * s;
        let up = self.up.lerp(to.up, s).try_normalize().unwrap_or(to.up);
        Self {
            eye: WorldPoint(eye),
            target: WorldPoint(eye + f * ahead),
            up: upright(f, up),
            fov_y_deg: self.fov_y_deg + (to.fov_y_deg - self.fov_y_deg) * s,
            stretch: Stretch::new(factor).unwrap_or(to.stretch),
        }
    }

    /// Straight down with north up, the same target at the same distance.
    #[must_use]
    pub fn from_above(&self) -> Self {
        self.as_shown(self.target.0, |c, _| Self {
            eye: WorldPoint(c.target.0 + DVec3::Z * c.distance().max(1.0)),
            up: DVec3::Y,
            ..*c
        })
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
    fn looking_around_keeps_the_eye_and_the_distance() {
        let c = camera();
        let l = c.look(0.4, -0.2);
        assert!(l.eye.0.distance(c.eye.0) < 1e-9 && (l.distance() - c.distance()).abs() < 1e-6);
        let heading = |c: &Camera| (c.target.0 - c.eye.0).truncate().to_angle();
        assert!((heading(&l) - heading(&c) - 0.4).abs() < 1e-9, "counterclockwise from above");
        assert!(c.look(0.0, -10.0).view(SIZE).axes()[2].z > -1.0);
    }

    #[test]
    fn flying_moves_along_the_view_to_a_tenth_of_a_millimeter_at_project_coordinates() {
        let c = camera();
        let [right, _, forward] = c.view(SIZE).axes();
        let f = c.fly(DVec3::new(0.001, 0.0, 0.001));
        assert!((f.eye.0 - c.eye.0 - (right + forward) * 0.001).length() < 3e-9);
        assert!((f.target.0 - f.eye.0 - (c.target.0 - c.eye.0)).length() < 2e-9);
        assert!((c.fly(DVec3::Y * 3.0).eye.0.z - c.eye.0.z - 3.0).abs() < 1e-9, "up is up in the world");
    }

    /// A floor at 40 m, stairs of 0.15 m up to 41.5 m, then a wall of 3 m.
    fn site(x: f64, _: f64) -> Option<f64> {
        let x = x - 455_600.0;
        let height = if x < 10.0 {
            40.0
        } else if x < 13.0 {
            40.0 + ((x - 10.0) / 0.3).floor() * 0.15
        } else if x < 20.0 {
            41.5
        } else {
            44.5
        };
        (x > -50.0).then_some(height)
    }

    fn walker() -> Camera {
        Camera::looking(
            WorldPoint::new(455_600.0, 4_428_400.0, 41.7),
            WorldPoint::new(455_700.0, 4_428_400.0, 41.7),
        )
    }

    #[test]
    fn a_walker_climbs_stairs_smoothly_and_stops_at_a_wall() {
        let mut c = walker();
        for _ in 0..1200 {
            let next = c.walk(0.0, 1.4 / 60.0, 1.0 / 60.0, &site);
            assert!((next.eye.0.z - c.eye.0.z).abs() < 0.05, "no jump: {}", next.eye.0);
            c = next;
        }
        assert!((c.eye.0.x - 455_620.0).abs() < 0.05, "in front of the wall: {}", c.eye.0.x);
        assert!((c.eye.0.z - 41.5 - EYE_HEIGHT_M).abs() < 1e-6);
        assert!((c.target.0 - c.eye.0).z.abs() < 1e-6, "the view stays level");
    }

    #[test]
    fn a_walker_over_nothing_keeps_the_height_and_comes_down_where_a_floor_is() {
        let c = walker().walk(2.0, 3.0, 0.1, &|_, _| None);
        assert!((c.eye.0 - DVec3::new(455_603.0, 4_428_398.0, 41.7)).length() < 1e-9, "{}", c.eye.0);
        let mut high = walker().fly(DVec3::Y * 20.0);
        for _ in 0..240 {
            high = high.walk(0.0, 0.0, 1.0 / 60.0, &site);
        }
        assert!((high.eye.0.z - 40.0 - EYE_HEIGHT_M).abs() < 1e-6);
    }

    #[test]
    fn a_walker_who_looks_at_the_ground_still_walks_ahead() {
        let mut c = walker().from_above();
        c.eye = WorldPoint::new(455_600.0, 4_428_400.0, 41.7);
        c.target = WorldPoint(c.eye.0 - DVec3::Z);
        let c = c.walk(0.0, 1.0, 0.1, &|_, _| None);
        assert!((c.eye.0.y - 4_428_401.0).abs() < 1e-9);
    }

    #[test]
    fn a_flight_between_views_starts_and_ends_at_them_and_never_jumps() {
        let (a, b) = (camera(), camera().from_above());
        assert!(a.towards(&b, 1.0) == b);
        assert!(a.towards(&b, 0.0).target.0.distance(a.target.0) < 1e-6);
        let mut before = a;
        for i in 1..=100 {
            let c = a.towards(&b, f64::from(i) / 100.0);
            let angle = (c.target.0 - c.eye.0).angle_between(before.target.0 - before.eye.0);
            assert!(angle < 0.1 && c.eye.0.distance(before.eye.0) < 5.0, "{i}: {angle}");
            assert!(c.view(SIZE).axes().iter().all(|v| v.is_finite()));
            before = c;
        }
        let back = Camera { target: WorldPoint(a.eye.0 * 2.0 - a.target.0), ..a };
        assert!(a.towards(&back, 0.5).target.0.is_finite(), "turning around is defined");
    }

    #[test]
    fn a_view_from_above_has_north_up() {
        let c = camera().from_above();
        let north = WorldPoint(c.target.0 + DVec3::Y * 10.0);
        assert!(c.project(north, SIZE).unwrap().y < c.project(c.target, SIZE).unwrap().y);
    }
}
