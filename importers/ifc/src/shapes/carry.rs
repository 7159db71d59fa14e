//! Cut bodies back in the axes of the item that they were cut from, each triangle with the face that it is left of.

use glam::{DAffine3, DMat3, DVec3};

use super::budget::charge;
use super::cover::NO_FACE;
use super::local::LocalMesh;

/// Distance up to which a triangle lies in a face of the body, meters. Chosen: above what simplifying a result moves,
/// below anything that is built.
const NEAR_M: f64 = 1e-4;
/// Cosine of the angle up to which it looks the same way. Chosen: between two lines of a curve there are 10°.
const SAME_COS: f64 = 0.996;
/// Pairs of triangles that are looked at in one of the steps that work is counted in. Chosen: most boxes are apart.
const PAIRS_PER_STEP: usize = 4;

/// A triangle of the body.
struct Side {
    corners: [DVec3; 3],
    normal: DVec3,
    low: DVec3,
    high: DVec3,
    face: u32,
}

/// The body `cut`, which was cut from `source` where that stands, in the axes of `source`. Triangles that openings left
/// are of no face. Where a triangle reaches over several faces it is of the one under its middle.
pub(super) fn carried(source: &LocalMesh, place: &DAffine3, mut cut: LocalMesh) -> LocalMesh {
    let back = place.inverse();
    cut.positions.iter_mut().for_each(|p| *p = back.transform_point3((*p).into()).to_array());
    let turn: DMat3 = place.matrix3.transpose();
    #[expect(clippy::cast_possible_truncation, reason = "a unit vector")]
    cut.normals.iter_mut().for_each(|n| {
        let turned = turn * DVec3::from_array(n.map(f64::from));
        *n = turned.try_normalize().unwrap_or(DVec3::Z).to_array().map(|v| v as f32);
    });
    if place.matrix3.determinant() < 0.0 {
        cut.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    let sides = sides(source);
    cut.faces = cut.triangles.iter().map(|t| face(&sides, corners(&cut, *t))).collect();
    cut
}

fn corners(mesh: &LocalMesh, triangle: [u32; 3]) -> [DVec3; 3] {
    triangle.map(|c| DVec3::from_array(mesh.positions.get(c as usize).copied().unwrap_or_default()))
}

/// The triangles of a body, by the lower ends of their boxes.
fn sides(source: &LocalMesh) -> Vec<Side> {
    let side = |(t, &face): (&[u32; 3], &u32)| {
        let [a, b, c] = corners(source, *t);
        let normal = (b - a).cross(c - a).try_normalize()?;
        let slack = DVec3::splat(NEAR_M);
        let (low, high) = (a.min(b).min(c) - slack, a.max(b).max(c) + slack);
        Some(Side { corners: [a, b, c], normal, low, high, face })
    };
    let mut out: Vec<Side> = source.triangles.iter().zip(&source.faces).filter_map(side).collect();
    out.sort_by(|a, b| a.low.x.total_cmp(&b.low.x));
    out
}

/// The face in which the middle of a triangle lies.
fn face(sides: &[Side], [a, b, c]: [DVec3; 3]) -> u32 {
    let Some(normal) = (b - a).cross(c - a).try_normalize() else { return NO_FACE };
    let middle = (a + b + c) / 3.0;
    let reached = sides.partition_point(|s| s.low.x <= middle.x);
    charge(reached / PAIRS_PER_STEP);
    // Bodies that are written inside out are turned before they are cut.
    let under = sides.iter().take(reached).filter(|s| {
        s.low.cmple(middle).all() && s.high.cmpge(middle).all() && s.normal.dot(normal).abs() > SAME_COS
    });
    let nearest = under
        .map(|s| (distance(s, middle), s.face))
        .filter(|(d, _)| *d <= NEAR_M)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or(NO_FACE, |(_, face)| face)
}

/// How far a point is from a triangle.
fn distance(side: &Side, at: DVec3) -> f64 {
    let [a, b, c] = side.corners;
    let flat = side.normal.dot(at - a);
    let beside = [(a, b), (b, c), (c, a)].map(|(p, q)| {
        let along = q - p;
        let inner = side.normal.cross(along).dot(at - p);
        let share = (along.dot(at - p) / along.length_squared()).clamp(0.0, 1.0);
        if inner >= 0.0 { 0.0 } else { (p + along * share).distance(at) }
    });
    beside.into_iter().fold(flat.abs(), f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_is_of_the_face_under_its_middle_also_in_a_mirrored_place() {
        let at = |x: f64, y: f64| [x, y, 1.0];
        let source = LocalMesh {
            positions: vec![at(0., 0.), at(2., 0.), at(2., 2.), at(0., 2.)],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            faces: vec![7, 9],
            ..LocalMesh::default()
        };
        let place = DAffine3 {
            matrix3: DMat3::from_diagonal(DVec3::new(-2.0, 1.0, 1.0)),
            translation: DVec3::new(100.0, 5.0, 0.0),
        };
        let moved = |p: [f64; 3]| place.transform_point3(p.into()).to_array();
        let cut = LocalMesh {
            positions: [at(1.0, 0.1), at(1.9, 0.1), at(1.9, 0.9), [1., 0., 0.], [1., 2., 0.], at(1., 1.)]
                .map(moved)
                .to_vec(),
            triangles: vec![[0, 2, 1], [3, 4, 5]],
            ..LocalMesh::default()
        };
        let out = carried(&source, &place, cut);
        assert_eq!(out.faces, [7, NO_FACE]);
        assert_eq!(out.triangles[0], [0, 1, 2], "turned over, as the place turns it again");
        assert!((out.positions[0][0] - 1.0).abs() < 1e-12);
    }
}
