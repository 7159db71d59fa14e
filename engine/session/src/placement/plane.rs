//! Shapes in plan: convex outlines, how far they agree, and directions modulo a right angle.

use std::f64::consts::FRAC_PI_2;

use glam::DVec2;

/// Width of a bin of directions, radians: half a degree.
const N_BINS: usize = 180;

/// A direction that fewer than this share of all lengths have, within ±1.5°, says nothing. Chosen: a round tower has
/// 3 %, a right-angled building over 80 %.
const MIN_SHARE: f64 = 0.3;

/// Lengths by direction, modulo a right angle.
#[derive(Clone, Debug)]
pub(crate) struct Directions {
    /// Length, and the sum of lengths times the angle, of each bin.
    bins: Vec<(f64, f64)>,
    total: f64,
}

/// The direction that most lengths have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MainDirection {
    /// Radians, 0 to π/2.
    pub(crate) angle_rad: f64,
    /// Share of all lengths, 0 to 1.
    pub(crate) share: f64,
}

impl Default for Directions {
    fn default() -> Self {
        Self { bins: vec![(0.0, 0.0); N_BINS], total: 0.0 }
    }
}

impl Directions {
    /// Adds a direction with a weight.
    pub(crate) fn add(&mut self, along: DVec2, weight: f64) {
        let angle = along.y.atan2(along.x).rem_euclid(FRAC_PI_2);
        if !angle.is_finite() || !weight.is_finite() {
            return;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to N_BINS by construction"
        )]
        let bin = ((angle / FRAC_PI_2 * N_BINS as f64) as usize).min(N_BINS - 1);
        if let Some(b) = self.bins.get_mut(bin) {
            b.0 += weight;
            b.1 += weight * angle;
        }
        self.total += weight;
    }

    /// Adds the edges of a line or ring.
    pub(crate) fn add_edges(&mut self, points: &[DVec2]) {
        for w in points.windows(2) {
            if let [a, b] = w {
                let edge = *b - *a;
                self.add(edge, edge.length());
            }
        }
    }

    /// The direction that most lengths have, to the precision of the edges; `None` where they do not agree.
    pub(crate) fn main(&self) -> Option<MainDirection> {
        const REACH: usize = 3;
        if self.total <= 0.0 {
            return None;
        }
        let around = |k: usize| (0..=2 * REACH).map(move |d| (k + N_BINS + d - REACH) % N_BINS);
        let weight = |k: usize| around(k).filter_map(|b| self.bins.get(b)).map(|b| b.0).sum::<f64>();
        let mut best = (0, 0.0);
        for k in 0..N_BINS {
            let w = weight(k);
            if w > best.1 * (1.0 + 1e-12) {
                best = (k, w);
            }
        }
        let share = best.1 / self.total;
        if share < MIN_SHARE {
            return None;
        }
        // Angles of bins across the end of the range are those beyond it.
        let middle = (best.0 as f64 + 0.5) / N_BINS as f64 * FRAC_PI_2;
        let mut sum = 0.0;
        for (w, wa) in around(best.0).filter_map(|b| self.bins.get(b)).filter(|b| b.0 > 0.0) {
            let mean = wa / w;
            let turns = ((middle - mean) / FRAC_PI_2).round();
            sum += w * (mean + turns * FRAC_PI_2);
        }
        Some(MainDirection { angle_rad: (sum / best.1).rem_euclid(FRAC_PI_2), share })
    }
}

/// Difference of two directions modulo a right angle, radians, at most π/4.
pub(crate) fn apart(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(FRAC_PI_2);
    d.min(FRAC_PI_2 - d)
}

/// Convex hull, counterclockwise, without points on its edges.
pub(crate) fn hull(mut points: Vec<DVec2>) -> Vec<DVec2> {
    points.retain(|p| p.is_finite());
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = &DVec2>| {
        let mut out: Vec<DVec2> = Vec::new();
        for p in points {
            while let [.., a, b] = out.as_slice()
                && (*b - *a).perp_dot(*p - *a) <= 0.0
            {
                out.pop();
            }
            out.push(*p);
        }
        out.pop();
        out
    };
    let mut out = half(&mut points.iter());
    out.extend(half(&mut points.iter().rev()));
    out
}

/// Signed area of a ring that is not closed, positive counterclockwise.
pub(crate) fn area(ring: &[DVec2]) -> f64 {
    let next = ring.iter().skip(1).chain(ring.first());
    let Some(o) = ring.first() else { return 0.0 };
    ring.iter().zip(next).map(|(a, b)| (*a - *o).perp_dot(*b - *o)).sum::<f64>() * 0.5
}

/// The middle of a ring's area, or of its points where it has none.
pub(crate) fn centroid(ring: &[DVec2]) -> DVec2 {
    let Some(o) = ring.first() else { return DVec2::ZERO };
    let next = ring.iter().skip(1).chain(ring.first());
    let (mut sum, mut twice) = (DVec2::ZERO, 0.0);
    for (a, b) in ring.iter().zip(next) {
        let (a, b) = (*a - *o, *b - *o);
        let w = a.perp_dot(b);
        sum += (a + b) * w;
        twice += w;
    }
    if twice.abs() < 1e-9 {
        return ring.iter().sum::<DVec2>() / ring.len() as f64;
    }
    *o + sum / (3.0 * twice)
}

/// The part of a convex polygon inside another one, both counterclockwise.
fn intersection(a: &[DVec2], b: &[DVec2]) -> Vec<DVec2> {
    let mut out = a.to_vec();
    let next = b.iter().skip(1).chain(b.first());
    for (p, q) in b.iter().zip(next) {
        let inside = |v: DVec2| (*q - *p).perp_dot(v - *p);
        let input = std::mem::take(&mut out);
        let following = input.iter().skip(1).chain(input.first());
        for (u, v) in input.iter().zip(following) {
            let (du, dv) = (inside(*u), inside(*v));
            if du >= 0.0 {
                out.push(*u);
            }
            if (du >= 0.0) != (dv >= 0.0) && (du - dv).abs() > 0.0 {
                out.push(*u + (*v - *u) * (du / (du - dv)));
            }
        }
    }
    out
}

/// Area that two convex, counterclockwise outlines share, over the area that they cover: 0 to 1.
pub(crate) fn overlap(a: &[DVec2], b: &[DVec2]) -> f64 {
    let common = area(&intersection(a, b));
    let all = area(a) + area(b) - common;
    if all > 0.0 { (common / all).clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(w: f64, h: f64, turn: f64, at: DVec2) -> Vec<DVec2> {
        let corners = [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)];
        corners.map(|(x, y)| DVec2::from_angle(turn).rotate(DVec2::new(x, y)) + at).to_vec()
    }

    #[test]
    fn the_direction_of_a_building_is_met_to_a_hundredth_of_a_degree() {
        for degrees in [0.0_f64, 0.3, 12.34, 44.9, 89.99, 123.0] {
            let mut d = Directions::default();
            let mut ring = rectangle(30.0, 12.0, degrees.to_radians(), DVec2::new(5e5, 4e6));
            ring.extend(ring.first().copied());
            d.add_edges(&ring);
            let main = d.main().unwrap();
            assert!(apart(main.angle_rad, degrees.to_radians()).to_degrees() < 0.01, "{degrees}: {main:?}");
        }
        let mut round = Directions::default();
        for k in 0..360 {
            round.add(DVec2::from_angle(f64::from(k).to_radians()), 1.0);
        }
        assert_eq!(round.main(), None);
    }

    #[test]
    fn outlines_overlap_by_the_share_of_their_areas() {
        let at = DVec2::new(455_000.0, 4_428_000.0);
        let a = hull(rectangle(10.0, 10.0, 0.3, at));
        assert!((overlap(&a, &a) - 1.0).abs() < 1e-9 && (area(&a) - 100.0).abs() < 1e-6);
        let b = rectangle(10.0, 10.0, 0.0, at);
        let c = rectangle(10.0, 10.0, 0.0, at + DVec2::new(5.0, 0.0));
        assert!((overlap(&b, &c) - 1.0 / 3.0).abs() < 1e-6);
        assert!((centroid(&b) - at - DVec2::splat(5.0)).length() < 1e-6);
    }
}
