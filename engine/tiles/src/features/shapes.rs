//! Lines of constant width in pixels.

use super::Job;
use super::drape::densify;
use super::surface::Surface;

/// A line of constant width in pixels that follows the ground if it has to.
pub(super) fn thin_line(job: &Job<'_>, line: &[[f64; 3]], color: [u8; 4], surface: &mut Surface) {
    surface.line(densify(job, line), color);
}

/// Outlines of rings (without closing points), slightly above their polygon.
pub(super) fn outlines(job: &Job<'_>, rings: &[Vec<[f64; 3]>], color: [u8; 4], surface: &mut Surface) {
    for ring in rings {
        let closed: Vec<[f64; 3]> = ring.iter().chain(ring.first()).copied().collect();
        let mut points = densify(job, &closed);
        for p in &mut points {
            p.z += 0.01;
        }
        surface.line(points, color);
    }
}
