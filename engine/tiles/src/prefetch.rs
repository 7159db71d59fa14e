//! Where the camera will probably be soon, so that tiles load before they are seen.

use std::collections::VecDeque;
use std::f64::consts::FRAC_PI_2;
use std::time::Duration;

use glam::{DMat3, DQuat, DVec3};
use lantu_base::WorldPoint;

use crate::view::View;

/// The last moments of one camera.
#[derive(Clone, Debug, Default)]
pub struct CameraPath {
    /// Times and views, oldest first; times grow.
    samples: VecDeque<(Duration, View)>,
}

/// How far to look ahead, seconds. Chosen: reading and decoding a tile takes tens of milliseconds, a screenful some
/// hundreds; beyond a second people change their mind.
const AHEAD_S: [f64; 2] = [0.3, 0.8];
/// How far back motion is measured, seconds. Chosen: long enough to average uneven frames, short enough to follow a
/// hand.
const WINDOW_S: f64 = 0.25;
/// A pause as long as this ends a motion, seconds. Chosen: an idle program draws no frames.
const PAUSE_S: f64 = 0.2;
/// Samples at most. Chosen: the window at 240 frames a second.
const MAX_SAMPLES: usize = 64;
/// Slower motion than this, over the longest look ahead, is rest: meters and radians. Chosen: below what is seen.
const REST_M: f64 = 0.01;
/// See [`REST_M`].
const REST_RAD: f64 = 0.002;
/// A turn is not carried on farther than this, radians. Chosen: nobody means a spin.
const MAX_TURN_RAD: f64 = FRAC_PI_2;

/// A steady motion: straight, on a circle, or a turn on the spot.
struct Motion {
    velocity_m_s: DVec3,
    axis: DVec3,
    turn_rad_s: f64,
    /// Whether the direction of flight turns with the view, as when circling something.
    circles: bool,
}

impl CameraPath {
    /// Notes where the camera is.
    ///
    /// * `at`: time since any fixed moment. What is not later than before, comes after a pause, or is not finite
    ///   starts a new path.
    pub fn push(&mut self, at: Duration, view: View) {
        let follows = self
            .samples
            .back()
            .is_none_or(|(before, _)| at > *before && at.saturating_sub(*before).as_secs_f64() < PAUSE_S);
        let finite = [view.eye.0, view.forward, view.up].iter().all(|v| v.is_finite());
        if !follows || !finite {
            self.samples.clear();
        }
        if finite {
            self.samples.push_back((at, view));
        }
        let old = |(t, _): &(Duration, View)| at.saturating_sub(*t).as_secs_f64() > WINDOW_S;
        while self.samples.front().is_some_and(old) || self.samples.len() > MAX_SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Views 0.3 s and 0.8 s ahead, if the camera keeps moving and turning as it does.
    ///
    /// None for a camera at rest, after a jump, and before it has been seen three times.
    pub fn ahead(&self) -> Vec<View> {
        let Some((motion, now)) = self.motion() else { return Vec::new() };
        AHEAD_S.iter().map(|&s| motion.after(now, s)).collect()
    }

    fn motion(&self) -> Option<(Motion, &View)> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let middle = self.samples.get(self.samples.len() / 2).filter(|_| self.samples.len() >= 3)?;
        let velocity = |a: &(Duration, View), b: &(Duration, View)| {
            (b.1.eye.0 - a.1.eye.0) / b.0.saturating_sub(a.0).as_secs_f64().max(1e-3)
        };
        let turn = |a: &(Duration, View), b: &(Duration, View)| {
            let (axis, angle) = (orientation(&b.1) * orientation(&a.1).inverse()).to_axis_angle();
            // The shorter way round.
            let angle = if angle > std::f64::consts::PI { angle - std::f64::consts::TAU } else { angle };
            (axis, angle / b.0.saturating_sub(a.0).as_secs_f64().max(1e-3))
        };
        let (early, late) = (velocity(first, middle), velocity(middle, last));
        let (axis, turn_rad_s) = turn(middle, last);
        let between_s = last.0.saturating_sub(first.0).as_secs_f64() * 0.5;
        let turned = DQuat::from_axis_angle(axis, turn_rad_s * between_s) * early;
        let circles = turned.distance(late) < early.distance(late);
        // Measured over the second half of the window, so on a circle it lags by half of that.
        let lag_s = last.0.saturating_sub(middle.0).as_secs_f64() * 0.5;
        let now = if circles { DQuat::from_axis_angle(axis, turn_rad_s * lag_s) * late } else { late };
        let motion = Motion { velocity_m_s: now, axis, turn_rad_s, circles };
        // A jump, or a stop: what was before says nothing about what comes.
        let steady = turned.distance(late).min(early.distance(late)) <= late.length().min(early.length());
        let longest = AHEAD_S.iter().copied().fold(0.0, f64::max);
        let moves = late.length() * longest > REST_M || turn_rad_s.abs() * longest > REST_RAD;
        (steady && moves).then_some((motion, &last.1))
    }
}

impl Motion {
    fn after(&self, now: &View, seconds: f64) -> View {
        let angle = (self.turn_rad_s * seconds).clamp(-MAX_TURN_RAD, MAX_TURN_RAD);
        let mut step = self.velocity_m_s * seconds;
        if self.circles {
            // The chord of the arc flown: half the turn away from the start, and shorter than the arc.
            let half = angle * 0.5;
            let shorter = if half.abs() < 1e-6 { 1.0 } else { half.sin() / half };
            step = DQuat::from_axis_angle(self.axis, half) * step * shorter;
        }
        let turn = DQuat::from_axis_angle(self.axis, angle);
        // Turned as it is seen.
        let forward = now.stretch.to_true(turn * now.stretch.to_shown(now.forward));
        View { eye: WorldPoint(now.eye.0 + step), forward, up: turn * now.up, ..*now }
    }
}

fn orientation(view: &View) -> DQuat {
    let [right, up, forward] = view.axes();
    DQuat::from_mat3(&DMat3::from_cols(right, up, -forward))
}
