//! Bends triangles that were filled between the bounds of a curved face to the face's surface.

use std::collections::HashMap;

use glam::{DVec2, DVec3};

use super::surface::Surface;
use super::tolerance::{MAX_DEVIATION_M, MAX_TURN_RAD};
use crate::shapes::{charge, charge_triangles};

/// How often sides are halved at most. Chosen: a side that spans a whole turn is then far below the tolerance.
const MAX_ROUNDS: usize = 12;
/// Most triangles of one face. Chosen: what its lattice may have points, twice.
const MAX_TRIANGLES: usize = 40_000;
/// Places along a side where its distance from the surface is looked at.
const LOOKS: [f64; 3] = [0.25, 0.5, 0.75];
/// What is nearer to its surface lies on it, meters. Chosen: a tenth of the sag of the smallest arc that is seen.
const NEAR_M: f64 = 1e-6;
/// Steps that one look at a surface takes. Measured: a spline's point.
const STEPS_PER_LOOK: usize = 16;

/// Halves sides inside a face until all lie on its surface within the tolerance of curves. Sides of the outline stay:
/// the neighbors have them too.
///
/// * `corners`: parameters and place of each corner; new ones are added behind.
/// * `triangles`: of numbers of corners, each side inside used by two of them.
pub(crate) fn bend(on: &Surface, corners: &mut Vec<(DVec2, DVec3)>, triangles: &mut Vec<[u32; 3]>) {
    // Sides that were found to lie on the surface need no second look.
    let mut flat: HashMap<(u32, u32), bool> = HashMap::new();
    for _ in 0..MAX_ROUNDS {
        let mut uses: HashMap<(u32, u32), u8> = HashMap::new();
        for side in triangles.iter().flat_map(sides) {
            let n = uses.entry(side).or_default();
            *n = n.saturating_add(1);
        }
        let mut middle: HashMap<(u32, u32), u32> = HashMap::new();
        // In the order of triangles: the same file gives the same bytes.
        for side in triangles.iter().flat_map(sides) {
            let is_inside = uses.get(&side).is_some_and(|n| *n == 2);
            if !is_inside
                || middle.contains_key(&side)
                || *flat.entry(side).or_insert_with(|| lies(on, corners, side))
            {
                continue;
            }
            let Some((a, b)) = ends(corners, side) else { continue };
            let at = (a.0 + b.0) / 2.0;
            middle.insert(side, u32::try_from(corners.len()).unwrap_or(u32::MAX));
            corners.push((at, on.at(at)));
        }
        if middle.is_empty() || triangles.len() + 2 * middle.len() > MAX_TRIANGLES {
            return;
        }
        charge_triangles(2 * middle.len());
        *triangles = triangles.iter().flat_map(|t| halved(t, corners, &middle)).collect();
    }
}

/// The sides of a triangle, each the same whichever of two triangles has it.
fn sides(&[a, b, c]: &[u32; 3]) -> [(u32, u32); 3] {
    [(a, b), (b, c), (c, a)].map(|(a, b)| if a < b { (a, b) } else { (b, a) })
}

fn ends(corners: &[(DVec2, DVec3)], side: (u32, u32)) -> Option<((DVec2, DVec3), (DVec2, DVec3))> {
    Some((*corners.get(side.0 as usize)?, *corners.get(side.1 as usize)?))
}

/// Whether a side lies on the surface as well as a line of a curve has to.
fn lies(on: &Surface, corners: &[(DVec2, DVec3)], side: (u32, u32)) -> bool {
    charge(STEPS_PER_LOOK * LOOKS.len());
    let Some((a, b)) = ends(corners, side) else { return true };
    // Where lines along the surface are straight, only the way across them turns.
    let across = if on.is_straight() { on.at(DVec2::new(b.0.x, a.0.y)) } else { b.1 };
    // The sag of an arc over such a chord that turns as much as a line may. What closes on itself has no chord.
    let chord = a.1.distance(across);
    let turned = if chord > NEAR_M { chord / 2.0 * (MAX_TURN_RAD / 4.0).tan() } else { NEAR_M };
    let off = LOOKS.map(|t| on.at(a.0.lerp(b.0, t)).distance(a.1.lerp(b.1, t)));
    off.into_iter().fold(0.0, f64::max) <= MAX_DEVIATION_M.min(turned).max(NEAR_M)
}

/// A triangle between the middles of those of its sides that are halved.
fn halved(&t: &[u32; 3], corners: &[(DVec2, DVec3)], middle: &HashMap<(u32, u32), u32>) -> Vec<[u32; 3]> {
    let found = sides(&t).map(|s| middle.get(&s).copied());
    // Turned so that the sides that are halved come first.
    let turn = |k: usize| {
        let at = |i: usize| t.get((i + k) % 3).copied().unwrap_or_default();
        [at(0), at(1), at(2)]
    };
    match found {
        [None, None, None] => vec![t],
        [Some(m), None, None] => one(turn(0), m),
        [None, Some(m), None] => one(turn(1), m),
        [None, None, Some(m)] => one(turn(2), m),
        [Some(m), Some(n), None] => two(turn(0), m, n, corners),
        [None, Some(m), Some(n)] => two(turn(1), m, n, corners),
        [Some(n), None, Some(m)] => two(turn(2), m, n, corners),
        [Some(m), Some(n), Some(o)] => {
            let [a, b, c] = t;
            vec![[a, m, o], [m, b, n], [o, n, c], [m, n, o]]
        }
    }
}

/// The first side is halved.
fn one([a, b, c]: [u32; 3], m: u32) -> Vec<[u32; 3]> {
    vec![[a, m, c], [m, b, c]]
}

/// The first two sides are halved; the rest is divided along its shorter diagonal.
fn two([a, b, c]: [u32; 3], m: u32, n: u32, corners: &[(DVec2, DVec3)]) -> Vec<[u32; 3]> {
    let apart = |i: u32, j: u32| ends(corners, (i, j)).map_or(0.0, |(a, b)| a.1.distance_squared(b.1));
    let rest = if apart(a, n) <= apart(m, c) { [[a, m, n], [a, n, c]] } else { [[a, m, c], [m, n, c]] };
    std::iter::once([m, b, n]).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use glam::DAffine3;

    use super::super::fill::{by_ears, twice_area};
    use super::*;

    #[test]
    fn a_filling_across_half_a_pipe_becomes_half_a_pipe() {
        let (radius, long) = (0.02, 2.7);
        let on = Surface::cylinder(DAffine3::IDENTITY, radius);
        let half = std::f64::consts::PI * radius;
        let arc = |v: f64| (0..=18).map(move |i| DVec2::new(half * f64::from(i) / 18.0, v));
        let ring: Vec<DVec2> = arc(0.0).chain(arc(long).collect::<Vec<_>>().into_iter().rev()).collect();
        let mut triangles = by_ears(std::slice::from_ref(&ring), &ring);
        let mut corners: Vec<(DVec2, DVec3)> = ring.iter().map(|p| (*p, on.at(*p))).collect();
        let n_bound = corners.len();
        let area = |corners: &[(DVec2, DVec3)], triangles: &[[u32; 3]]| {
            let p = |i: u32| corners[i as usize].1;
            triangles.iter().map(|&[a, b, c]| (p(b) - p(a)).cross(p(c) - p(a)).length() / 2.0).sum::<f64>()
        };
        bend(&on, &mut corners, &mut triangles);
        assert!((area(&corners, &triangles) - half * long).abs() < 5e-3 * half * long);
        // All of the half pipe once, between the same bounds.
        let flat: f64 = triangles.iter().map(|t| twice_area(&t.map(|i| corners[i as usize].0)) / 2.0).sum();
        assert!((flat - half * long).abs() < 1e-12);
        let mut uses: HashMap<(u32, u32), u32> = HashMap::new();
        triangles.iter().flat_map(sides).for_each(|s| *uses.entry(s).or_default() += 1);
        let bounds: Vec<_> = uses.iter().filter(|u| *u.1 == 1).map(|u| *u.0).collect();
        assert_eq!(bounds.len(), n_bound);
        assert!(bounds.iter().all(|s| (s.1 as usize) < n_bound));
        let deep = triangles.iter().flat_map(sides).filter(|s| uses[s] == 2).map(|(a, b)| {
            let (a, b) = (corners[a as usize], corners[b as usize]);
            on.at((a.0 + b.0) / 2.0).distance((a.1 + b.1) / 2.0)
        });
        assert!(deep.fold(0.0, f64::max) < 1e-4, "no triangle cuts through the pipe");
    }
}
