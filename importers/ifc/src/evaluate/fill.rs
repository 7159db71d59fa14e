//! Fills flat outlines with triangles that use every corner, so that neighbors meet edge to edge.

use std::collections::{HashMap, VecDeque};

use earcut::Earcut;
use glam::{DVec2, DVec3};
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use crate::shapes::charge;

/// Largest part of an outline's area by which its triangles may miss it. Chosen: above rounding, far below a fault.
const MAX_AREA_ERROR: f64 = 1e-6;

/// Corners up to which ears are tried. Where rings cross, their time grows with the cube of the corners: a broken
/// file took minutes. Chosen: a second at the worst.
const MAX_EAR_CORNERS: usize = 1000;

/// Steps that filling takes for each corner, where outlines are simple. Measured: a microsecond.
const STEPS_PER_CORNER: usize = 64;
/// Where they are not, each corner is looked at from each: so many in a step.
const CORNERS_PER_STEP: usize = 256;

/// Twice the signed area of a closed line, positive if counterclockwise.
pub(crate) fn twice_area(ring: &[DVec2]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    pairs(ring).map(|(a, b)| (a - origin).perp_dot(b - origin)).sum()
}

/// The sides of a closed line.
pub(crate) fn pairs<T: Copy>(ring: &[T]) -> impl Iterator<Item = (T, T)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Triangles of an area: the first ring is its outer bound, counterclockwise, the others holes, clockwise. Indices
/// count the corners of all rings, in order. Counterclockwise.
///
/// Every corner is used, also those in the middle of a straight side. `None` if the rings cross or touch so that
/// there is no such filling.
pub(crate) fn fill(rings: &[Vec<DVec2>]) -> Option<Vec<[u32; 3]>> {
    let outer = rings.first()?;
    if rings.len() == 1
        && let Some(simple) = convex(outer)
    {
        return Some(simple);
    }
    let points: Vec<DVec2> = rings.iter().flatten().copied().collect();
    charge(points.len() * (STEPS_PER_CORNER + points.len() / CORNERS_PER_STEP));
    let wanted: f64 = rings.iter().map(|r| twice_area(r)).sum();
    if wanted.is_nan() || wanted <= 0.0 {
        return None;
    }
    let sound = |triangles: &Vec<[u32; 3]>| uses_all_edges(rings, &points, triangles, wanted);
    let ears = (points.len() <= MAX_EAR_CORNERS).then(|| by_ears(rings, &points));
    ears.filter(sound).or_else(|| by_delaunay(rings, &points).filter(sound))
}

/// Corners from which on a convex area is halved. Chosen: rectangles and the like stay fans of two or three triangles.
const MIN_HALVED: u32 = 9;

/// Triangles of a convex area of corners in order: the line from each to each is halved by the corner in its middle, so
/// that nearly all triangles are short and lie along the outline. A fan's are all as long as the area, and who looks for
/// those that may meet (`manifold_rust`) compares each with each.
pub(crate) fn halved(n: u32) -> Vec<[u32; 3]> {
    let mut out = Vec::new();
    let mut todo = vec![(0, n.saturating_sub(1))];
    while let Some((a, b)) = todo.pop() {
        if b - a >= 2 {
            let middle = a.midpoint(b);
            out.push([a, middle, b]);
            todo.extend([(middle, b), (a, middle)]);
        }
    }
    out
}

/// All corners strictly convex: a fan of few, or halves.
fn convex(ring: &[DVec2]) -> Option<Vec<[u32; 3]>> {
    let n = u32::try_from(ring.len()).ok()?;
    let scale = ring.iter().zip(ring.iter().skip(1)).map(|(a, b)| a.distance_squared(*b)).fold(0.0, f64::max);
    let turns_left = pairs(ring)
        .zip(ring.iter().cycle().skip(2))
        .all(|((a, b), c)| (b - a).perp_dot(*c - b) > scale * 1e-12);
    // One turn in all: the fan's triangles are then all of positive area.
    let first = *ring.first()?;
    let fan_fits = turns_left
        && pairs(ring).skip(1).take(ring.len() - 2).all(|(a, b)| (a - first).perp_dot(b - first) > 0.0);
    (n >= 3 && fan_fits)
        .then(|| if n < MIN_HALVED { (1..n - 1).map(|i| [0, i, i + 1]).collect() } else { halved(n) })
}

/// Triangles of rings as earcut finds them: rough where the rings cross or touch, and without holes that reach beyond
/// the box of the outer bound, with which earcut breaks down.
pub(crate) fn by_ears(rings: &[Vec<DVec2>], points: &[DVec2]) -> Vec<[u32; 3]> {
    let base = points.first().copied().unwrap_or_default();
    let outer = rings.first().map(Vec::as_slice).unwrap_or_default();
    let low = outer.iter().copied().fold(DVec2::INFINITY, DVec2::min);
    let high = outer.iter().copied().fold(DVec2::NEG_INFINITY, DVec2::max);
    let lies_within = |p: &DVec2| p.cmpge(low).all() && p.cmple(high).all();
    let mut holes: Vec<u32> = Vec::new();
    // Of the corners that earcut is given, their numbers among all.
    let mut corners: Vec<u32> = Vec::with_capacity(points.len());
    let mut at = 0_u32;
    for (n, ring) in rings.iter().enumerate() {
        let next = at.saturating_add(u32::try_from(ring.len()).unwrap_or(u32::MAX));
        if n == 0 || ring.iter().all(lies_within) {
            if n > 0 {
                holes.push(u32::try_from(corners.len()).unwrap_or(u32::MAX));
            }
            corners.extend(at..next);
        }
        at = next;
    }
    let point = |i: &u32| points.get(*i as usize).copied().unwrap_or_default();
    let mut indices: Vec<u32> = Vec::new();
    Earcut::new().earcut(corners.iter().map(|i| (point(i) - base).to_array()), &holes, &mut indices);
    for i in &mut indices {
        *i = corners.get(*i as usize).copied().unwrap_or_default();
    }
    let flat = |i: u32| points.get(i as usize).copied().unwrap_or_default();
    let mut out = indices.as_chunks::<3>().0.to_vec();
    for t in &mut out {
        let [a, b, c] = t.map(flat);
        if (b - a).perp_dot(c - a) < 0.0 {
            t.swap(1, 2);
        }
    }
    out
}

/// Like [`fill`], with points inside that triangles meet in; they count after the corners of the rings.
pub(crate) fn fill_around(rings: &[Vec<DVec2>], inner: &[DVec2]) -> Option<Vec<[u32; 3]>> {
    let points: Vec<DVec2> = rings.iter().flatten().chain(inner).copied().collect();
    let wanted: f64 = rings.iter().map(|r| twice_area(r)).sum();
    by_delaunay(rings, &points).filter(|t| uses_all_edges(rings, &points, t, wanted))
}

fn by_delaunay(rings: &[Vec<DVec2>], points: &[DVec2]) -> Option<Vec<[u32; 3]>> {
    let mut net = ConstrainedDelaunayTriangulation::<Point2<f64>>::new();
    let base = points.first().copied()?;
    // Vertices of the net by corner; of corners at one place the first stands for all.
    let mut handles = Vec::with_capacity(points.len());
    let mut corner: HashMap<usize, u32> = HashMap::new();
    for (n, p) in (0_u32..).zip(points) {
        // Numbers too small for the net's arithmetic are zero.
        let d = (*p - base).to_array().map(|v| if v.abs() < 1e-100 { 0.0 } else { v });
        let handle = net.insert(Point2::new(d[0], d[1])).ok()?;
        corner.entry(handle.index()).or_insert(n);
        handles.push(handle);
    }
    let mut first = 0;
    for ring in rings {
        let of_ring = handles.get(first..first + ring.len())?;
        for (a, b) in pairs(of_ring) {
            if a == b {
                continue;
            }
            if !net.can_add_constraint(a, b) {
                return None;
            }
            net.add_constraint(a, b);
        }
        first += ring.len();
    }
    // From outside in: crossing an outline changes between outside and inside.
    let mut inside: Vec<Option<bool>> = vec![None; net.num_all_faces()];
    let outer = net.outer_face();
    let mut queue = VecDeque::from([(outer.fix(), false)]);
    for edge in net.convex_hull() {
        let face = edge.rev().face();
        queue.push_back((face.fix(), edge.is_constraint_edge()));
    }
    if let Some(slot) = inside.get_mut(outer.fix().index()) {
        *slot = Some(false);
    }
    queue.pop_front();
    while let Some((face, is_inside)) = queue.pop_front() {
        let slot = inside.get_mut(face.index())?;
        if slot.is_some() {
            continue;
        }
        *slot = Some(is_inside);
        let Some(inner) = net.face(face).as_inner() else { continue };
        for edge in inner.adjacent_edges() {
            queue.push_back((edge.rev().face().fix(), is_inside != edge.is_constraint_edge()));
        }
    }
    let mut out = Vec::new();
    for face in net.inner_faces() {
        if inside.get(face.fix().index()).copied().flatten() == Some(true) {
            let [a, b, c] = face.vertices().map(|v| corner.get(&v.fix().index()).copied());
            out.push([a?, b?, c?]);
        }
    }
    Some(out)
}

/// Whether triangles fill the area, and each side of the outline is the side of exactly one of them, each other side
/// of exactly two.
fn uses_all_edges(rings: &[Vec<DVec2>], points: &[DVec2], triangles: &[[u32; 3]], wanted: f64) -> bool {
    let key = |p: DVec2| p.to_array().map(|v| (v + 0.0).to_bits());
    let flat = |i: u32| points.get(i as usize).copied().unwrap_or_default();
    let mut open: HashMap<([u64; 2], [u64; 2]), i32> = HashMap::new();
    let mut got = 0.0;
    for t in triangles {
        let p = t.map(flat);
        got += twice_area(&p);
        for (a, b) in pairs(&p) {
            *open.entry((key(a), key(b))).or_default() += 1;
        }
    }
    for ring in rings {
        for (a, b) in pairs(ring) {
            *open.entry((key(b), key(a))).or_default() += 1;
        }
    }
    (got - wanted).abs() <= MAX_AREA_ERROR * wanted
        && open.iter().all(|((a, b), n)| open.get(&(*b, *a)).is_some_and(|m| m == n))
}

/// The two axes of the plane with a normal, so that the first, the second and the normal are right-handed.
pub(crate) fn plane_axes(normal: DVec3) -> Option<(DVec3, DVec3)> {
    let n = normal.try_normalize()?;
    let x = if n.x.abs() < 0.8 { DVec3::X } else { DVec3::Y };
    let x = (x - n * n.dot(x)).try_normalize()?;
    Some((x, n.cross(x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(p: &[[f64; 2]]) -> Vec<DVec2> {
        p.iter().map(|p| DVec2::from_array(*p)).collect()
    }

    #[test]
    fn a_disk_is_filled_with_short_triangles_along_its_rim() {
        let n = 2000;
        let at = |i: u32| DVec2::from_angle(f64::from(i) / f64::from(n) * std::f64::consts::TAU);
        let rim: Vec<DVec2> = (0..n).map(at).collect();
        let triangles = fill(std::slice::from_ref(&rim)).unwrap();
        assert_eq!(triangles.len(), rim.len() - 2);
        let area: f64 = triangles.iter().map(|t| twice_area(&t.map(|i| rim[i as usize])) / 2.0).sum();
        assert!((area - twice_area(&rim) / 2.0).abs() < 1e-12, "{area}");
        // The sides of a fan are together 2 500 times as long as the disk is wide.
        let across: f64 = triangles
            .iter()
            .map(|[a, b, c]| {
                let [a, b, c] = [a, b, c].map(|i| rim[*i as usize]);
                a.distance(b).max(b.distance(c)).max(c.distance(a)) / 2.0
            })
            .sum();
        assert!(across < 50.0, "{across}");
    }

    #[test]
    fn a_corner_in_the_middle_of_a_side_is_used() {
        let r = ring(&[[0., 0.], [1., 0.], [2., 0.], [2., 1.], [1., 1.], [0., 1.]]);
        assert_eq!(fill(&[r]).unwrap().len(), 4);
    }

    /// Found by mutated files: with more than eighty corners earcut 0.4.5 breaks down at a hole that lies left of, below
    /// or far beyond the box of the outer bound.
    #[test]
    fn a_hole_that_reaches_out_of_the_outline_is_no_hole() {
        let outer: Vec<DVec2> =
            (0..100).map(|n| DVec2::from_angle(f64::from(n) / 100.0 * std::f64::consts::TAU) * 5.0).collect();
        for at in [[-7.0, 0.0], [0.0, -7.0], [9e9, 0.0]] {
            let [x, y] = at;
            let hole = ring(&[[x, y], [x, y + 1.0], [x + 1.0, y + 1.0]]);
            let rings = [outer.clone(), hole];
            let points: Vec<DVec2> = rings.iter().flatten().copied().collect();
            let triangles = by_ears(&rings, &points);
            let area: f64 = triangles.iter().map(|t| twice_area(&t.map(|i| points[i as usize])) / 2.0).sum();
            assert!((area - twice_area(&outer) / 2.0).abs() < 1e-9, "{at:?}: {area}");
            assert!(fill(&rings).is_none(), "{at:?}");
        }
    }

    #[test]
    fn a_row_of_holes_leaves_their_area_out() {
        let mut rings = vec![ring(&[[0., 0.], [10., 0.], [10., 1.], [0., 1.]])];
        for i in 0..9 {
            let x = f64::from(i) + 0.5;
            rings.push(ring(&[[x, 0.25], [x, 0.75], [x + 0.5, 0.75], [x + 0.5, 0.25]]));
        }
        let points: Vec<DVec2> = rings.iter().flatten().copied().collect();
        let t = fill(&rings).unwrap();
        let area: f64 = t.iter().map(|t| twice_area(&t.map(|i| points[i as usize])) / 2.0).sum();
        assert!((area - (10.0 - 9.0 * 0.25)).abs() < 1e-12);
        assert_eq!(t.len(), points.len() + 2 * 9 - 2);
    }

    #[test]
    fn a_spiral_is_no_fan_and_crossing_lines_are_refused() {
        let star = ring(&[[0., 3.], [-2., -3.], [3., 1.], [-3., 1.], [2., -3.]]);
        assert_eq!(fill(&[star]), None);
        assert_eq!(fill(&[ring(&[[0., 0.], [1., 1.], [1., 0.], [0., 1.]])]), None);
        assert_eq!(fill(&[]), None);
        assert_eq!(fill(&[ring(&[[0., 0.], [1., 0.]])]), None);
    }
}
