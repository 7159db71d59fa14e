//! Lines with a width on the ground: strips with mitred joints, cut and draped like polygons.

use glam::{DVec2, DVec3};

use super::Job;
use super::drape::triangle;
use super::surface::Surface;

/// A joint reaches at most this many half widths out, so that sharp bends make no spikes.
const MITRE_LIMIT: f64 = 2.0;

/// Adds a strip of `width_m` along a line.
pub(super) fn build(job: &Job<'_>, line: &[[f64; 3]], surface: &mut Surface) {
    let half = job.style.width_m * 0.5;
    let flat: Vec<DVec2> = line.iter().map(|p| DVec2::new(p[0], p[1])).collect();
    let directions: Vec<DVec2> = flat
        .windows(2)
        .map(|p| if let [a, b] = p { (*b - *a).normalize_or_zero() } else { DVec2::ZERO })
        .collect();
    if directions.is_empty() {
        return;
    }
    let closed = line.len() > 3 && flat.first().zip(flat.last()).is_some_and(|(a, b)| a.distance(*b) < 1e-3);
    let n = flat.len();
    let side = |i: usize| -> DVec2 {
        let before = if i > 0 {
            directions.get(i - 1)
        } else if closed {
            directions.last()
        } else {
            None
        };
        let after = if i + 1 < n {
            directions.get(i)
        } else if closed {
            directions.first()
        } else {
            None
        };
        let (before, after) = match (before, after) {
            (Some(&b), Some(&a)) => (b, a),
            (Some(&d), None) | (None, Some(&d)) => (d, d),
            (None, None) => (DVec2::X, DVec2::X),
        };
        let across = (before.perp() + after.perp()).normalize_or(after.perp());
        let reach = 1.0 / across.dot(after.perp()).abs().max(1.0 / MITRE_LIMIT);
        across * half * reach
    };
    for (i, pair) in line.windows(2).enumerate() {
        let &[a, b] = pair else { continue };
        let (sa, sb) = (side(i), side(i + 1));
        let shift = |p: [f64; 3], d: DVec2| DVec3::new(p[0] + d.x, p[1] + d.y, p[2]);
        let corners = [shift(a, -sa), shift(b, -sb), shift(b, sb), shift(a, sa)];
        let [p, q, r, s] = corners;
        triangle(job, [p, q, r], surface);
        triangle(job, [p, r, s], surface);
    }
}
