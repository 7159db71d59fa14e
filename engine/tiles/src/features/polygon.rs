//! Flat polygons: triangulated with holes, draped or at their own heights.

use earcut::Earcut;
use glam::{DVec2, DVec3};
use lantu_base::Clamp;

use super::Job;
use super::drape::{signed_area, triangle};
use super::shapes::outlines;
use super::surface::{Surface, shade};

/// Adds a polygon: rings without closing points, outer first.
pub(super) fn build(job: &Job<'_>, rings: &[Vec<[f64; 3]>], surface: &mut Surface) {
    let color = job.style.color;
    if rings.is_empty() {
        return;
    }
    // Alpha 0 is not seen until an overlay colors it.
    surface.color = if job.style.outline_only { [color[0], color[1], color[2], 0] } else { color };
    if job.style.clamp == Clamp::Absolute && is_steep(rings) {
        standing(job, rings, surface);
    } else {
        for corners in triangulate(rings) {
            triangle(job, corners, surface);
        }
    }
    let [r, g, b, a] = color;
    let line = if job.style.outline_only { [r, g, b, a.max(200)] } else { shade([r, g, b, a.max(160)], 0.7) };
    outlines(job, rings, line, surface);
}

/// Triangles of a polygon seen from above; z between the rings' points as they have it.
pub(super) fn triangulate(rings: &[Vec<[f64; 3]>]) -> Vec<[DVec3; 3]> {
    let points: Vec<DVec3> = rings.iter().flatten().map(|&p| DVec3::from_array(p)).collect();
    let indices = earcut_in_plane(rings, &points, DVec3::truncate);
    pick(&points, &indices)
}

/// A polygon that stands upright, such as a wall: triangulated in its own plane.
fn standing(job: &Job<'_>, rings: &[Vec<[f64; 3]>], surface: &mut Surface) {
    let points: Vec<DVec3> = rings.iter().flatten().map(|&p| job.place(p)).collect();
    let outer = rings.first().map_or(0, Vec::len);
    let n = newell(points.get(..outer).unwrap_or(&[]));
    let indices = if n.x.abs() > n.y.abs() {
        earcut_in_plane(rings, &points, |p| DVec2::new(p.y, p.z))
    } else {
        earcut_in_plane(rings, &points, |p| DVec2::new(p.x, p.z))
    };
    for [a, b, c] in pick(&points, &indices) {
        let facing = (b - a).cross(c - a).dot(n) >= 0.0;
        surface.flat(if facing { [a, b, c] } else { [a, c, b] });
    }
}

fn pick(points: &[DVec3], indices: &[u32]) -> Vec<[DVec3; 3]> {
    let (triangles, _) = indices.as_chunks::<3>();
    let corner = |i: u32| points.get(i as usize).copied().unwrap_or(DVec3::ZERO);
    triangles.iter().map(|t| t.map(corner)).collect()
}

fn earcut_in_plane(rings: &[Vec<[f64; 3]>], points: &[DVec3], flat: impl Fn(DVec3) -> DVec2) -> Vec<u32> {
    let mut holes: Vec<u32> = Vec::new();
    let mut n = 0;
    for ring in rings.iter().take(rings.len().saturating_sub(1)) {
        n += ring.len();
        holes.push(u32::try_from(n).unwrap_or(u32::MAX));
    }
    // Relative to the first point: the algorithm multiplies coordinates.
    let base = points.first().map_or(DVec2::ZERO, |&p| flat(p));
    let mut indices: Vec<u32> = Vec::new();
    Earcut::new().earcut(points.iter().map(|&p| (flat(p) - base).to_array()), &holes, &mut indices);
    indices
}

fn newell(ring: &[DVec3]) -> DVec3 {
    let Some(&first) = ring.first() else { return DVec3::Z };
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().zip(next).map(|(a, b)| (*a - first).cross(*b - first)).sum()
}

/// Whether a polygon with heights is steeper than about 84°.
fn is_steep(rings: &[Vec<[f64; 3]>]) -> bool {
    let Some(outer) = rings.first() else { return false };
    let points: Vec<DVec3> = outer.iter().map(|&p| DVec3::from_array(p)).collect();
    let area = newell(&points).length() * 0.5;
    let from_above = signed_area(points.iter().map(|p| p.truncate())).abs();
    area.is_finite() && from_above < 0.1 * area
}
