//! Filled areas of annotations: triangles in the plane of their outline.

use glam::{DAffine3, DVec2, DVec3};

use crate::evaluate::{fill, plane_axes};

/// Triangles of an area and its corners.
pub(super) type Filled = (Vec<DVec3>, Vec<[u32; 3]>);

/// Fills an outline with holes, all in one plane; `None` where it has none.
pub(super) fn filled(rings: &[Vec<DVec3>]) -> Option<Filled> {
    let open = |ring: &Vec<DVec3>| {
        let mut ring = ring.clone();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        ring
    };
    let rings: Vec<Vec<DVec3>> = rings.iter().map(open).collect();
    let outer = rings.first()?;
    let origin = *outer.first()?;
    // Newell: twice the area as a vector.
    let normal = outer
        .iter()
        .zip(outer.iter().cycle().skip(1))
        .fold(DVec3::ZERO, |sum, (a, b)| sum + (*a - origin).cross(*b - origin));
    let (x, y) = plane_axes(normal)?;
    let flat = |ring: &Vec<DVec3>, wanted: f64| {
        let mut flat: Vec<DVec2> =
            ring.iter().map(|p| DVec2::new((*p - origin).dot(x), (*p - origin).dot(y))).collect();
        let area: f64 = flat.iter().zip(flat.iter().cycle().skip(1)).map(|(a, b)| a.perp_dot(*b)).sum();
        if area * wanted < 0.0 {
            flat.reverse();
        }
        flat
    };
    let flat: Vec<Vec<DVec2>> =
        rings.iter().enumerate().map(|(ix, r)| flat(r, if ix == 0 { 1.0 } else { -1.0 })).collect();
    let triangles = fill(&flat)?;
    Some((flat.into_iter().flatten().map(|p| origin + x * p.x + y * p.y).collect(), triangles))
}

/// Its triangles relative to its first corner where it stands.
#[expect(clippy::cast_possible_truncation, reason = "relative to a corner of its own")]
pub(super) fn placed((corners, triangles): &Filled, place: &DAffine3) -> ([f64; 3], Vec<f32>, Vec<u32>) {
    let origin = corners.first().map_or(DVec3::ZERO, |p| place.transform_point3(*p));
    let positions = corners.iter().flat_map(|p| (place.transform_point3(*p) - origin).to_array());
    (origin.to_array(), positions.map(|v| v as f32).collect(), triangles.iter().flatten().copied().collect())
}
