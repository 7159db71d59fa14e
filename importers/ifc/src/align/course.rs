//! A curve in space by the distance along it, with the axes that things placed on it take.

use std::f64::consts::TAU;

use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::cant::{Cant, Tilt};
use super::plane::PlanePath;
use super::profile::{Height, Profile};

/// A place on a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// On the profile, without what cant adds; meters.
    pub(crate) at: DVec3,
    /// Counterclockwise from X, radians.
    pub(crate) heading: f64,
    /// Rise per meter of the horizontal.
    pub(crate) gradient: f64,
    /// Of the horizontal, positive to the left, 1/m.
    pub(crate) curvature: f64,
    /// Cant.
    pub(crate) tilt: Tilt,
}

impl Place {
    /// Axes at the place: X along the curve, Y to its left, Z up as seen from it; tilted by cant.
    pub(crate) fn frame(&self) -> DAffine3 {
        let flat = DVec2::from_angle(self.heading);
        let x = flat.extend(self.gradient) / self.gradient.hypot(1.0);
        let left = DVec3::new(-flat.y, flat.x, 0.0);
        let up = x.cross(left);
        // Right rail higher: the left side goes down.
        let (sin, cos) = self.tilt.slope.atan().sin_cos();
        let (y, z) = (left * cos - up * sin, up * cos + left * sin);
        DAffine3 {
            matrix3: DMat3::from_cols(x, y, z),
            translation: self.at + DVec3::new(0.0, 0.0, self.tilt.mean),
        }
    }
}

/// A curve in space. Distances run along its horizontal projection, or along its own length where it has none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Course {
    /// A horizontal curve with heights and cant over it.
    Alignment {
        /// The horizontal.
        horizontal: PlanePath,
        /// Heights by distance.
        profile: Profile,
        /// Cant by distance.
        cant: Cant,
        /// Distance that the file gives to the start of the horizontal, meters.
        start: f64,
    },
    /// Points in space, by the length between them.
    Points(SpacePath),
}

impl Course {
    /// The place at a distance; `None` if it has no pieces.
    pub(crate) fn at(&self, distance: f64) -> Option<Place> {
        match self {
            Self::Alignment { horizontal, profile, cant, start } => {
                let p = horizontal.at(distance - start)?;
                let Height { z, gradient } = profile.at(distance);
                Some(Place {
                    at: p.at.extend(z),
                    heading: p.heading,
                    gradient,
                    curvature: p.curvature,
                    tilt: cant.at(distance),
                })
            }
            Self::Points(path) => path.at(distance),
        }
    }

    /// A curve in the plane.
    pub(crate) fn flat(horizontal: PlanePath) -> Self {
        Self::Alignment { horizontal, profile: Profile::default(), cant: Cant::default(), start: 0.0 }
    }

    /// Distances of its start and end.
    pub(crate) fn range(&self) -> (f64, f64) {
        match self {
            Self::Alignment { horizontal, start, .. } => (*start, start + horizontal.length()),
            Self::Points(path) => (0.0, path.length()),
        }
    }

    /// Distances of its corners, joints and enough places between, that a straight line from one to the next stays
    /// within `tolerance` meters and turns by `turn` radians at most; from `from` to `to`, both included, ascending.
    pub(crate) fn samples(&self, (from, to): (f64, f64), tolerance: f64, turn: f64) -> Vec<f64> {
        let mut joints = vec![from, to];
        match self {
            Self::Alignment { horizontal, profile, cant, start } => {
                joints.extend(horizontal.pieces().iter().map(|p| p.0 + start));
                joints.extend(profile.pieces().iter().flat_map(|p| [p.span.0, p.span.1]));
                joints.extend(cant.pieces().iter().flat_map(|p| [p.span.0, p.span.1]));
            }
            Self::Points(path) => joints.extend(path.distances()),
        }
        joints.retain(|d| *d >= from && *d <= to);
        joints.sort_by(f64::total_cmp);
        joints.dedup_by(|a, b| (*a - *b).abs() < 1e-6);
        let mut out: Vec<f64> = joints.first().copied().into_iter().collect();
        for pair in joints.windows(2) {
            if let [a, b] = pair {
                self.refine((*a, *b), (tolerance, turn), &mut out);
            }
        }
        out
    }

    /// Adds places after `a` up to `b`.
    fn refine(&self, (a, b): (f64, f64), (tolerance, turn): (f64, f64), out: &mut Vec<f64>) {
        if matches!(self, Self::Points(_)) {
            out.push(b);
            return;
        }
        // A step just before the end: at a joint the next piece's direction counts already.
        let inside = |d: f64| d.clamp(a, b - 1e-9 * (b - a));
        let place = |share: f64| self.at(inside(a + (b - a) * share));
        let (mut swept, mut bend) = (0.0_f64, 0.0_f64);
        let mut last: Option<Place> = None;
        for i in 0..=PROBES {
            let Some(p) = place(f64::from(i) / f64::from(PROBES)) else { return };
            if let Some(l) = last {
                let slope = (p.gradient.atan() - l.gradient.atan()).abs();
                let roll = (p.tilt.slope.atan() - l.tilt.slope.atan()).abs();
                swept += (p.heading - l.heading).abs().max(slope).max(roll);
            }
            bend = bend.max(p.curvature.abs());
            last = Some(p);
        }
        // An arc of angle a over length l deviates from its chord by a·l/8.
        let by_turn = swept / turn;
        let by_chord = (swept * (b - a) / (8.0 * tolerance)).sqrt();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let n = by_turn.max(by_chord).max(0.0).ceil().clamp(1.0, MAX_STEPS_OF_A_PIECE) as u32;
        for i in 1..=n {
            out.push(if i == n { b } else { a + (b - a) * f64::from(i) / f64::from(n) });
        }
    }
}

/// Places at which a piece's turning is looked at. Chosen: sees the middle of every transition.
const PROBES: u32 = 8;
/// Most steps of one piece. Chosen: a full circle of 10 km radius at 1 mm.
const MAX_STEPS_OF_A_PIECE: f64 = 8192.0;

/// Points in space joined by straight lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SpacePath {
    // Invariant: each with its distance from the first, strictly ascending.
    points: Vec<(f64, DVec3)>,
}

impl SpacePath {
    /// Joins points; equal ones in a row count once.
    pub(crate) fn new(points: impl IntoIterator<Item = DVec3>) -> Self {
        let mut out: Vec<(f64, DVec3)> = Vec::new();
        for p in points {
            match out.last() {
                Some((_, last)) if last.distance(p) < 1e-9 => {}
                Some((so_far, last)) => out.push((so_far + last.distance(p), p)),
                None => out.push((0.0, p)),
            }
        }
        Self { points: out }
    }

    /// Meters from start to end.
    pub(crate) fn length(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.0)
    }

    fn distances(&self) -> impl Iterator<Item = f64> {
        self.points.iter().map(|p| p.0)
    }

    fn at(&self, distance: f64) -> Option<Place> {
        let behind = self.points.partition_point(|p| p.0 <= distance);
        let first = behind.saturating_sub(1).min(self.points.len().checked_sub(2)?);
        let ((d0, a), (d1, b)) = (self.points.get(first)?, self.points.get(first + 1)?);
        let way = *b - *a;
        let flat = way.truncate();
        let heading = if flat.length() > 1e-12 { flat.y.atan2(flat.x).rem_euclid(TAU) } else { 0.0 };
        Some(Place {
            at: *a + way * ((distance - d0) / (d1 - d0)),
            heading,
            gradient: way.z / flat.length().max(1e-12),
            curvature: 0.0,
            tilt: Tilt::default(),
        })
    }
}
