//! From faces to triangles: polygons in space, with holes, as flat as their file makes them.

use earcut::Earcut;
use glam::{DVec2, DVec3};

/// A face whose outer ring encloses less is a line or a point, m². Chosen: a square of a tenth of a millimeter.
const MIN_AREA_M2: f64 = 1e-8;

/// Why a face is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoFace {
    /// A corner is no vertex of the file: its number, and how many there are.
    Index(u32, usize),
    /// A corner has no place.
    NoPlace,
    /// It encloses nothing.
    Empty,
}

/// Triangles of one face, counterclockwise where its outer ring is.
pub(crate) fn triangulate(rings: &[&[u32]], vertices: &[[f64; 3]]) -> Result<Vec<[DVec3; 3]>, NoFace> {
    let mut points: Vec<DVec3> = Vec::new();
    let mut holes: Vec<u32> = Vec::new();
    let mut outer = 0;
    for (n, ring) in rings.iter().enumerate() {
        let ring = corners(ring, vertices)?;
        if n == 0 {
            outer = ring.len();
        } else if ring.len() < 3 {
            continue;
        } else {
            holes.push(u32::try_from(points.len()).unwrap_or(u32::MAX));
        }
        points.extend(ring);
    }
    let base = points.first().copied().unwrap_or_default();
    let up = newell(points.get(..outer).unwrap_or_default(), base);
    let wide = up.length() * 0.5 >= MIN_AREA_M2;
    let up = up.try_normalize().filter(|_| wide).ok_or(NoFace::Empty)?;
    if let [a, b, c] = *points.as_slice() {
        return Ok(vec![[a, b, c]]);
    }
    let east = up.any_orthonormal_vector();
    let north = up.cross(east);
    let flat: Vec<DVec2> =
        points.iter().map(|p| DVec2::new((*p - base).dot(east), (*p - base).dot(north))).collect();
    let mut indices: Vec<u32> = Vec::new();
    Earcut::new().earcut(flat.iter().map(DVec2::to_array), &holes, &mut indices);
    let mut out = Vec::with_capacity(indices.len() / 3);
    for t in indices.as_chunks::<3>().0 {
        let at = |i: u32| Some((*points.get(i as usize)?, *flat.get(i as usize)?));
        let [Some(a), Some(b), Some(c)] = t.map(at) else { continue };
        let turns_left = (b.1 - a.1).perp_dot(c.1 - a.1) >= 0.0;
        out.push(if turns_left { [a.0, b.0, c.0] } else { [a.0, c.0, b.0] });
    }
    if out.is_empty() { Err(NoFace::Empty) } else { Ok(out) }
}

/// A ring's corners, without a repeated end.
fn corners(ring: &[u32], vertices: &[[f64; 3]]) -> Result<Vec<DVec3>, NoFace> {
    let mut out = Vec::with_capacity(ring.len());
    for &i in ring {
        let p = *vertices.get(i as usize).ok_or(NoFace::Index(i, vertices.len()))?;
        if !p.iter().all(|v| v.is_finite()) {
            return Err(NoFace::NoPlace);
        }
        out.push(DVec3::from_array(p));
    }
    out.dedup();
    while out.len() > 1 && out.first() == out.last() {
        out.pop();
    }
    Ok(out)
}

/// Twice the area vector of a ring, about `base`.
fn newell(ring: &[DVec3], base: DVec3) -> DVec3 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| (*a - base).cross(*b - base)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(triangles: &[[DVec3; 3]]) -> DVec3 {
        triangles.iter().map(|[a, b, c]| (*b - *a).cross(*c - *a) * 0.5).sum()
    }

    #[test]
    fn a_wall_with_a_window_has_its_area_and_looks_where_its_outer_ring_turns_left() {
        // A wall in a vertical plane at map coordinates, 4 m by 3 m, with a hole of 1 m by 1 m.
        let at = |u: f64, z: f64| [455_600.0 + u * 0.6, 4_428_550.0 + u * 0.8, 40.0 + z];
        let vertices = [
            at(0.0, 0.0),
            at(4.0, 0.0),
            at(4.0, 3.0),
            at(0.0, 3.0),
            at(1.0, 1.0),
            at(1.0, 2.0),
            at(2.0, 2.0),
            at(2.0, 1.0),
        ];
        let t = triangulate(&[&[0, 1, 2, 3], &[4, 5, 6, 7]], &vertices).unwrap();
        let a = area(&t);
        assert!((a.length() - 11.0).abs() < 1e-6 && a.dot(DVec3::new(0.8, -0.6, 0.0)) > 10.999_99);
        let t = triangulate(&[&[3, 2, 1, 0, 3]], &vertices).unwrap();
        assert!((area(&t).length() - 12.0).abs() < 1e-6 && area(&t).dot(DVec3::new(0.8, -0.6, 0.0)) < 0.0);
    }

    #[test]
    fn corners_that_are_not_there_and_faces_without_area_are_told_apart() {
        let vertices = [[0.0; 3], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [f64::NAN; 3]];
        assert_eq!(triangulate(&[&[0, 1, 9]], &vertices), Err(NoFace::Index(9, 4)));
        assert_eq!(triangulate(&[&[0, 1, 3]], &vertices), Err(NoFace::NoPlace));
        assert_eq!(triangulate(&[&[0, 1, 2]], &vertices), Err(NoFace::Empty));
        assert_eq!(triangulate(&[&[0, 0]], &vertices), Err(NoFace::Empty));
        assert_eq!(triangulate(&[], &vertices), Err(NoFace::Empty));
    }
}
