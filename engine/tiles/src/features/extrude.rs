//! Polygons with height: blocks with walls and a roof, and pits with walls and a bottom.

use glam::{DVec2, DVec3};
use lantu_base::Clamp;

use super::Job;
use super::drape::signed_area;
use super::polygon::triangulate;
use super::roof::Roof;
use super::surface::{Surface, shade};

/// How far walls reach below the lowest ground, meters.
const FOOT_M: f64 = 0.3;
/// Distance at which the ground along a footprint is looked at, meters.
const STEP_M: f64 = 2.0;
/// Points looked at per edge at most.
const MAX_STEPS: f64 = 64.0;
/// Alpha of a pit at most: what lies in it stays visible.
const PIT_ALPHA: u8 = 140;

/// Lowest and mean height of the ground along the outline of a footprint.
fn ground_under(job: &Job<'_>, rings: &[Vec<[f64; 3]>]) -> (f64, f64) {
    let (mut low, mut sum, mut n) = (f64::INFINITY, 0.0, 0.0);
    for (a, b) in rings.iter().flat_map(|r| edges(r)) {
        let steps = ((a[0] - b[0]).hypot(a[1] - b[1]) / STEP_M).ceil().clamp(1.0, MAX_STEPS);
        let mut k = 0.0;
        while k < steps {
            let h = job.ground.ground(a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps);
            low = low.min(h);
            sum += h;
            n += 1.0;
            k += 1.0;
        }
    }
    (low, if n > 0.0 { sum / n } else { low })
}

/// Edges of a ring without closing point.
fn edges(ring: &[[f64; 3]]) -> impl Iterator<Item = ([f64; 3], [f64; 3])> {
    ring.iter().copied().zip(ring.iter().skip(1).chain(ring.first()).copied())
}

/// Adds a block (positive `extrude_m`) or a pit (negative). Rings without closing points, outer first.
pub(super) fn build(job: &Job<'_>, rings: &[Vec<[f64; 3]>], surface: &mut Surface) {
    let mut rings: Vec<Vec<[f64; 3]>> = rings.to_vec();
    for (i, ring) in rings.iter_mut().enumerate() {
        let turns_left = signed_area(ring.iter().map(|p| DVec2::new(p[0], p[1]))) > 0.0;
        // Outer rings counterclockwise, holes clockwise: the solid is to the left of every edge.
        if turns_left != (i == 0) {
            ring.reverse();
        }
    }
    let Some(outer) = rings.first() else { return };
    let (low, mean) = ground_under(job, &rings);
    if !low.is_finite() {
        return;
    }
    let own_z = outer.iter().map(|p| p[2]).filter(|z| z.is_finite()).fold(f64::INFINITY, f64::min);
    let height = job.style.extrude_m;
    surface.edged = true;
    if height > 0.0 {
        let (bottom, top) = match job.style.clamp {
            Clamp::Absolute if own_z.is_finite() => {
                let z = own_z + job.style.offset_m;
                (z, z + height)
            }
            Clamp::RelativeToGround if own_z.is_finite() && own_z + job.style.offset_m > 0.0 => {
                let z = mean + own_z + job.style.offset_m;
                (z, z + height)
            }
            _ => (low - FOOT_M + job.style.offset_m.min(0.0), mean + job.style.offset_m + height),
        };
        block(job, &rings, bottom, top, surface);
    } else {
        let rim = |p: [f64; 3]| match job.style.clamp {
            Clamp::Absolute if own_z.is_finite() => own_z + job.style.offset_m,
            _ => job.ground.ground(p[0], p[1]) + 0.05,
        };
        let reference = if job.style.clamp == Clamp::Absolute && own_z.is_finite() { own_z } else { mean };
        pit(job, &rings, reference + job.style.offset_m + height, &rim, surface);
    }
}

fn block(job: &Job<'_>, rings: &[Vec<[f64; 3]>], bottom: f64, top: f64, surface: &mut Surface) {
    let at = |p: [f64; 3], z: f64| DVec3::new(p[0], p[1], z);
    let flat = |p: [f64; 3]| DVec2::new(p[0], p[1]);
    let outline: Vec<DVec2> = rings.first().into_iter().flatten().map(|p| flat(*p)).collect();
    let roof = job.style.roof.and_then(|style| Roof::over(&outline, &style));
    for (a, b) in rings.iter().flat_map(|r| edges(r)) {
        let Some(roof) = &roof else {
            surface.quad([at(a, bottom), at(b, bottom), at(b, top), at(a, top)]);
            continue;
        };
        let bends = roof.bends(flat(a), flat(b));
        for (a, b) in bends.iter().zip(bends.iter().skip(1)) {
            let eaves = |p: &DVec2| p.extend(top + roof.at(*p));
            surface.quad([a.extend(bottom), b.extend(bottom), eaves(b), eaves(a)]);
        }
    }
    surface.color = job.style.roof.map_or_else(|| shade(job.style.color, 0.88), |r| r.color);
    for corners in triangulate(rings) {
        match &roof {
            Some(roof) => {
                for piece in roof.pieces(corners.map(DVec3::truncate)) {
                    surface.flat(facing_up(piece.map(|p| p + DVec3::Z * top)));
                }
            }
            None => surface.flat(facing_up(corners.map(|p| p.with_z(top)))),
        }
    }
    surface.color = job.style.color;
}

fn pit(
    job: &Job<'_>,
    rings: &[Vec<[f64; 3]>],
    bottom: f64,
    rim: &dyn Fn([f64; 3]) -> f64,
    surface: &mut Surface,
) {
    let [r, g, b, a] = job.style.color;
    surface.color = shade([r, g, b, a.min(PIT_ALPHA)], 0.8);
    let at = |p: [f64; 3], z: f64| DVec3::new(p[0], p[1], z);
    for (a, b) in rings.iter().flat_map(|r| edges(r)) {
        // Walls face into the pit, which is to the left of the edge.
        surface.quad([at(b, bottom), at(a, bottom), at(a, rim(a)), at(b, rim(b))]);
    }
    surface.color = [r, g, b, a.min(PIT_ALPHA)];
    for corners in triangulate(rings) {
        surface.flat(facing_up(corners.map(|p| p.with_z(bottom))));
    }
}

fn facing_up([a, b, c]: [DVec3; 3]) -> [DVec3; 3] {
    if (b - a).cross(c - a).z < 0.0 { [a, c, b] } else { [a, b, c] }
}
