//! The camera in motion: flights to another place, flying and walking with keys.

use glam::DVec3;
use lantu_base::WorldPoint;
use lantu_render::{Camera, EYE_HEIGHT_M};
use lantu_ui::MotionMode;

/// Seconds of a flight. Chosen: long enough to see where one goes, short enough to step through views.
const FLIGHT_S: f64 = 0.7;

/// A flight to another place.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    from: Camera,
    to: Camera,
    done_s: f64,
}

impl Flight {
    pub(crate) fn new(from: Camera, to: Camera) -> Self {
        Self { from, to, done_s: 0.0 }
    }

    /// The camera some seconds later. A slow frame slows the flight down rather than jump.
    pub(crate) fn advance(&mut self, seconds: f64) -> Camera {
        self.done_s += seconds.clamp(0.0, FLIGHT_S / 3.0);
        self.from.towards(&self.to, self.done_s / FLIGHT_S)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.done_s >= FLIGHT_S
    }

    /// Where it goes.
    pub(crate) fn to(&self) -> &Camera {
        &self.to
    }
}

/// A key that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MoveKey {
    Forward,
    Back,
    Left,
    Right,
    Up,
    Down,
}

/// Flying and walking with keys.
#[derive(Debug)]
pub(crate) struct Motion {
    pub(crate) mode: MotionMode,
    /// Meters per second, before Shift.
    pub(crate) speed_m_s: f64,
    /// Right, up, forward.
    velocity: DVec3,
    held: Vec<MoveKey>,
    fast: bool,
    /// Height of the floor where the walker stands.
    floor: Option<f64>,
    /// The walker stands on the floor: frames need not go on.
    settled: bool,
}

/// Seconds in which about two thirds of a change of speed happen: no jerk at the start, no slide at the end.
const RESPONSE_S: f64 = 0.12;
/// What Shift multiplies the speed with.
const FAST: f64 = 4.0;
/// One notch of the wheel multiplies or divides the speed by this.
const SPEED_STEP: f64 = 1.25;
/// Slowest and fastest that one can fly, meters per second.
const SPEEDS: (f64, f64) = (0.1, 2_000.0);
/// A person who walks fast, meters per second.
const WALK_M_S: f64 = 1.8;
/// Below this the camera stands, meters per second.
const REST_M_S: f64 = 0.005;

impl Default for Motion {
    fn default() -> Self {
        Self {
            mode: MotionMode::Orbit,
            speed_m_s: 20.0,
            velocity: DVec3::ZERO,
            held: Vec::new(),
            fast: false,
            floor: None,
            settled: false,
        }
    }
}

impl Motion {
    /// Moves another way from now on.
    pub(crate) fn set_mode(&mut self, mode: MotionMode) {
        if mode != self.mode && mode == MotionMode::Walk {
            self.speed_m_s = WALK_M_S;
        } else if mode != self.mode && self.mode == MotionMode::Walk {
            self.speed_m_s = 20.0;
        }
        (self.mode, self.floor, self.settled) = (mode, None, false);
    }

    /// A key went down or up. Returns whether that changed something.
    pub(crate) fn key(&mut self, key: MoveKey, down: bool) -> bool {
        let had = self.held.contains(&key);
        self.held.retain(|k| *k != key);
        if down {
            self.held.push(key);
        }
        had != down
    }

    pub(crate) fn set_fast(&mut self, fast: bool) {
        self.fast = fast;
    }

    /// All keys are let go: the window lost the keyboard, or the button was released.
    pub(crate) fn let_go(&mut self) {
        self.held.clear();
    }

    /// The wheel turned while moving.
    pub(crate) fn change_speed(&mut self, notches: f64) {
        self.speed_m_s = (self.speed_m_s * SPEED_STEP.powf(notches)).clamp(SPEEDS.0, SPEEDS.1);
    }

    /// Whether frames must go on.
    pub(crate) fn is_moving(&self) -> bool {
        let sinks = self.mode == MotionMode::Walk && !self.settled;
        !self.held.is_empty() || self.velocity != DVec3::ZERO || sinks
    }

    fn wanted(&self) -> DVec3 {
        let on = |key| f64::from(u8::from(self.held.contains(&key)));
        let along = DVec3::new(
            on(MoveKey::Right) - on(MoveKey::Left),
            on(MoveKey::Up) - on(MoveKey::Down),
            on(MoveKey::Forward) - on(MoveKey::Back),
        );
        let speed = self.speed_m_s * if self.fast { FAST } else { 1.0 };
        along.try_normalize().unwrap_or(DVec3::ZERO) * speed
    }

    /// The camera some seconds later; `None` if it stands. The same way for any frame rate: speed follows the keys
    /// exponentially, and its integral is exact. `floor`: height of what is below a place, for walking.
    pub(crate) fn step(
        &mut self,
        camera: &Camera,
        seconds: f64,
        floor: &dyn Fn(f64, f64) -> Option<f64>,
    ) -> Option<Camera> {
        let wanted = self.wanted();
        let decay = (-seconds / RESPONSE_S).exp();
        let way = wanted * seconds + (self.velocity - wanted) * RESPONSE_S * (1.0 - decay);
        self.velocity = wanted + (self.velocity - wanted) * decay;
        if self.velocity.length() < REST_M_S && wanted == DVec3::ZERO {
            self.velocity = DVec3::ZERO;
        }
        if self.mode != MotionMode::Walk {
            return (way != DVec3::ZERO).then(|| camera.fly(way));
        }
        // One question a frame: the floor here is what was there a frame ago.
        let known = self.floor;
        let found = std::cell::Cell::new(known);
        let here = camera.eye.0.truncate();
        let ask = |x: f64, y: f64| {
            if known.is_some() && (x, y) == (here.x, here.y) && way.with_y(0.0) != DVec3::ZERO {
                return known;
            }
            found.set(floor(x, y));
            found.get()
        };
        let walked = camera.walk(way.x, way.z, seconds, &ask);
        let moved = walked.eye.0.distance(camera.eye.0) > 1e-5;
        self.floor = found.get().filter(|_| walked.eye.0.truncate() != here || known.is_none()).or(known);
        self.settled = !moved && wanted == DVec3::ZERO;
        moved.then_some(walked)
    }
}

/// Whoever looks down more steeply looks from above, as a share of the gaze: 15°.
const FROM_ABOVE: f64 = 0.26;
/// What is nearer is where one stands already, meters.
const HERE_M: f64 = 20.0;

/// Where a walk begins that was asked for while the camera looks from above: on what is seen in the middle of the picture,
/// with the gaze level and in the same direction. `None` where the walk begins where the camera is: it looks ahead already,
/// or at nothing.
pub(crate) fn begin_walk(camera: &Camera, seen: Option<WorldPoint>) -> Option<Camera> {
    let level = |v: DVec3| v.with_z(0.0).try_normalize();
    let gaze = (camera.target.0 - camera.eye.0).try_normalize()?;
    let seen = seen.filter(|_| gaze.z < -FROM_ABOVE)?;
    // Straight down, what is up on the screen is ahead.
    let ahead = if gaze.z < -0.99 { level(camera.up) } else { level(gaze) }?;
    let far = seen.0.distance(camera.eye.0) > HERE_M;
    let eye = if far { seen.0 + DVec3::Z * EYE_HEIGHT_M } else { camera.eye.0 };
    Some(Camera { eye: WorldPoint(eye), target: WorldPoint(eye + ahead * HERE_M), up: DVec3::Z, ..*camera })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: DVec3 = DVec3::new(455_612.0, 4_428_540.0, 41.7);

    fn north() -> Camera {
        Camera::looking(WorldPoint(AT), WorldPoint(AT + DVec3::Y * 50.0))
    }

    /// Two seconds of flying, then two of standing.
    fn flown(frame_s: f64) -> DVec3 {
        let (mut motion, mut camera) = (Motion::default(), north());
        motion.set_mode(MotionMode::Fly);
        let n = (2.0 / frame_s).round();
        let mut left = n;
        motion.key(MoveKey::Forward, true);
        while left > 0.0 {
            camera = motion.step(&camera, frame_s, &|_, _| None).unwrap_or(camera);
            left -= 1.0;
        }
        motion.key(MoveKey::Forward, false);
        for _ in 0..400 {
            camera = motion.step(&camera, frame_s, &|_, _| None).unwrap_or(camera);
        }
        assert!(!motion.is_moving(), "it comes to rest");
        camera.eye.0 - AT
    }

    #[test]
    fn flying_goes_the_same_way_at_any_frame_rate() {
        let (slow, fast) = (flown(0.1), flown(0.01));
        assert!((slow.y - 40.0).abs() < 0.1, "20 m/s for 2 s: {slow}");
        assert!((slow - fast).length() < 0.01, "{slow} {fast}");
    }

    #[test]
    fn the_wheel_and_shift_change_the_speed_within_limits() {
        let mut motion = Motion::default();
        motion.change_speed(1.0);
        assert!((motion.speed_m_s - 25.0).abs() < 1e-9);
        motion.change_speed(1e3);
        assert!((motion.speed_m_s - SPEEDS.1).abs() < 1e-9);
        motion.change_speed(-1e3);
        assert!((motion.speed_m_s - SPEEDS.0).abs() < 1e-9);
        motion.key(MoveKey::Right, true);
        let plain = motion.wanted().length();
        motion.set_fast(true);
        assert!((motion.wanted().length() / plain - FAST).abs() < 1e-9);
        motion.key(MoveKey::Left, true);
        assert_eq!(motion.wanted(), DVec3::ZERO, "opposite keys cancel");
    }

    #[test]
    fn a_walk_asks_for_the_floor_once_a_frame_and_ends_on_it() {
        let (mut motion, mut camera) = (Motion::default(), north());
        motion.set_mode(MotionMode::Walk);
        motion.key(MoveKey::Forward, true);
        let asked = std::cell::Cell::new(0);
        let floor = |_: f64, y: f64| {
            asked.set(asked.get() + 1);
            // A ramp of 10 %.
            Some(40.0 + (y - AT.y) * 0.1)
        };
        for _ in 0..600 {
            camera = motion.step(&camera, 1.0 / 60.0, &floor).unwrap_or(camera);
        }
        assert!(asked.get() <= 605, "{}", asked.get());
        let way = camera.eye.0.y - AT.y;
        assert!((way - 18.0).abs() < 0.5, "1.8 m/s for 10 s: {way}");
        assert!((camera.eye.0.z - (41.7 + way * 0.1)).abs() < 0.05, "{}", camera.eye.0.z);
        motion.let_go();
        for _ in 0..240 {
            camera = motion.step(&camera, 1.0 / 60.0, &floor).unwrap_or(camera);
        }
        assert!(!motion.is_moving(), "standing costs no frames");
    }

    #[test]
    fn a_flight_ends_at_its_goal_and_slow_frames_do_not_jump() {
        let to = north().from_above();
        let mut flight = Flight::new(north(), to);
        let first = flight.advance(5.0);
        assert!(!flight.is_over() && first != to);
        for _ in 0..5 {
            flight.advance(1.0);
        }
        assert!(flight.is_over() && flight.advance(0.0) == to);
    }

    #[test]
    fn a_walk_from_above_begins_on_what_is_seen_and_looks_ahead() {
        let street = WorldPoint(AT + DVec3::new(0.0, 300.0, -1.7));
        let bird = Camera::looking(WorldPoint(AT + DVec3::Z * 200.0), street);
        let walker = begin_walk(&bird, Some(street)).unwrap();
        assert_eq!(walker.eye.0, street.0 + DVec3::Z * EYE_HEIGHT_M);
        let gaze = (walker.target.0 - walker.eye.0).try_normalize().unwrap();
        assert!(gaze.distance(DVec3::Y) < 1e-9, "level, and to the north as before: {gaze}");
        // From straight above, what is up on the screen is ahead.
        let above = Camera { target: street, ..bird }.from_above();
        let walker = begin_walk(&above, Some(street)).unwrap();
        assert!((walker.target.0 - walker.eye.0).try_normalize().unwrap().distance(DVec3::Y) < 1e-6);
        assert_eq!(walker.up, DVec3::Z);
        // Near the ground only the gaze rises.
        let near = Camera::looking(WorldPoint(AT), WorldPoint(AT + DVec3::new(0.0, 2.0, -1.7)));
        let walker = begin_walk(&near, Some(near.target)).unwrap();
        assert_eq!((walker.eye.0, walker.target.0.z), (AT, AT.z));
        assert_eq!(begin_walk(&north(), Some(street)), None, "who looks ahead walks from there");
        assert_eq!(begin_walk(&bird, None), None, "nothing to stand on");
    }
}
