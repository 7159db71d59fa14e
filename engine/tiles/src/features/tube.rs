//! Pipes: tubes of eight sides along a line, mitred at bends, capped at the ends.

use std::f64::consts::TAU;

use glam::{DQuat, DVec3};

use super::Job;
use super::surface::Surface;

const SIDES: usize = 8;
/// A joint reaches at most this many radii out.
const MITRE_LIMIT: f64 = 2.0;

type Ring = [(DVec3, DVec3); SIDES];

/// Adds a tube of `tube_m` diameter along a line; it runs straight between the line's points.
pub(super) fn build(job: &Job<'_>, line: &[[f64; 3]], surface: &mut Surface) {
    let mut points: Vec<DVec3> = line.iter().map(|&p| job.place(p)).collect();
    points.dedup_by(|a, b| a.distance(*b) < 1e-3);
    let directions: Vec<DVec3> = points
        .windows(2)
        .map(|p| if let [a, b] = p { (*b - *a).normalize_or(DVec3::X) } else { DVec3::X })
        .collect();
    let Some((&first, &last)) = directions.first().zip(directions.last()) else { return };
    let radius = job.style.tube_m * 0.5;
    let mut side = first.cross(DVec3::Z).try_normalize().unwrap_or(DVec3::X);
    let mut rings: Vec<Ring> = Vec::with_capacity(points.len());
    for (i, &center) in points.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|k| directions.get(k)).copied().unwrap_or(first);
        let after = directions.get(i).copied().unwrap_or(last);
        rings.push(ring(center, side, before, after, radius));
        // Turned with the bend: the tube does not twist, and both sides of a mitre meet in the same points.
        side = DQuat::from_rotation_arc(before, after) * side;
    }
    for pair in rings.windows(2) {
        let [a, b] = pair else { continue };
        for (((a0, n_a0), (b0, n_b0)), ((a1, n_a1), (b1, n_b1))) in
            a.iter().zip(b).zip(a.iter().cycle().skip(1).zip(b.iter().cycle().skip(1)))
        {
            surface.smooth([*a0, *b0, *b1], [*n_a0, *n_b0, *n_b1]);
            surface.smooth([*a0, *b1, *a1], [*n_a0, *n_b1, *n_a1]);
        }
    }
    if let Some((start, end)) = rings.first().zip(rings.last()) {
        cap(start, first, surface, true);
        cap(end, last, surface, false);
    }
}

/// Points of a tube's ring and the normals there: in the plane that halves the bend. Runs
/// counterclockwise as seen along the tube.
fn ring(center: DVec3, side: DVec3, before: DVec3, after: DVec3, radius: f64) -> Ring {
    let up = side.cross(before);
    let plane = (before + after).try_normalize().unwrap_or(before);
    let mut angle = 0.0_f64;
    std::array::from_fn(|_| {
        let normal = side * angle.cos() + up * angle.sin();
        angle += TAU / SIDES as f64;
        // Slid along the tube onto the mitre plane.
        let slide = -normal.dot(plane) / before.dot(plane).max(1.0 / MITRE_LIMIT);
        (center + (normal + before * slide.clamp(-MITRE_LIMIT, MITRE_LIMIT)) * radius, normal)
    })
}

fn cap(ring: &Ring, direction: DVec3, surface: &mut Surface, is_start: bool) {
    let [(first, _), rest @ ..] = ring;
    let normal = if is_start { -direction } else { direction };
    for pair in rest.windows(2) {
        let &[(b, _), (c, _)] = pair else { continue };
        let corners =
            if (b - *first).cross(c - *first).dot(normal) > 0.0 { [*first, b, c] } else { [*first, c, b] };
        surface.smooth(corners, [normal; 3]);
    }
}
