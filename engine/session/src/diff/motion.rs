//! How one shape became another: the same, the same elsewhere, or another shape.

use std::collections::HashMap;

use glam::{DMat3, DVec3};
use lantu_base::Bounds;

use crate::model::shape_bounds;
use crate::shapes::ShapePart;

/// Vertices nearer than this are the same, meters. Chosen: a tenth of what drawings are read to; exporters round to it.
const TOLERANCE_M: f64 = 1e-4;
/// What 32-bit floats may add to it for each meter of a shape's size: a few steps of 2⁻²⁴.
const TOLERANCE_PER_M: f64 = 5e-7;
/// A frame taken from three vertices turns their error into a larger one elsewhere. Chosen: vertices lie at most so
/// many times farther from the first than those that make the frame, which are the farthest.
const FRAME_FACTOR: f64 = 8.0;
/// Relative difference of areas that are the same, chosen: far above what rounding makes, far below a real change.
const AREA_RATIO: f64 = 1e-5;

/// What became of a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It stands where it stood.
    Same,
    /// It stands elsewhere.
    Moved {
        /// How far its middle went, meters.
        distance_m: f64,
        /// How far it turned, degrees, 0 to 180.
        turn_deg: f64,
    },
    /// It is another shape.
    Reshaped,
}

/// A shape's corners, triangle by triangle, and what they amount to.
pub(crate) struct Corners {
    points: Vec<DVec3>,
    pub(crate) bounds: Bounds,
    pub(crate) area_m2: f64,
}

impl Corners {
    pub(crate) fn of(parts: &[ShapePart]) -> Self {
        let corner = |p: &ShapePart| -> Vec<DVec3> {
            p.indices.iter().filter_map(|&i| p.positions.get(i as usize).copied()).collect()
        };
        let points: Vec<DVec3> = parts.iter().flat_map(corner).collect();
        let area = |t: &[DVec3]| match *t {
            [a, b, c] => 0.5 * (b - a).cross(c - a).length(),
            _ => 0.0,
        };
        let area_m2 = points.chunks_exact(3).map(area).sum();
        Self { points, bounds: shape_bounds(parts), area_m2 }
    }

    pub(crate) fn n_triangles(&self) -> usize {
        self.points.len() / 3
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    fn tolerance(&self) -> f64 {
        TOLERANCE_M + TOLERANCE_PER_M * (self.bounds.max - self.bounds.min).length()
    }

    /// Corners as text hashes them: relative to the lowest, in steps of a tenth of a millimeter.
    pub(crate) fn local_steps(&self) -> impl Iterator<Item = [i64; 3]> + '_ {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "steps of 0.1 mm within a shape; beyond, it saturates"
        )]
        let step = |v: f64| (v / TOLERANCE_M).round() as i64;
        self.points.iter().map(move |p| (*p - self.bounds.min).to_array().map(step))
    }
}

/// What became of `old`. Both have corners, in one frame.
pub(crate) fn fate(old: &Corners, new: &Corners) -> Fate {
    let tolerance = old.tolerance().max(new.tolerance());
    if in_order(old, new, tolerance, |p| p) {
        return Fate::Same;
    }
    let went = new.bounds.center() - old.bounds.center();
    if in_order(old, new, tolerance, |p| p + went) {
        return moved(old, DMat3::IDENTITY, went);
    }
    if let Some((turn, shift)) = turned(old, new)
        && in_order(old, new, tolerance * FRAME_FACTOR, |p| turn * p + shift)
    {
        return moved(old, turn, shift);
    }
    // The same surface may come in other triangles or another order.
    let alike = (old.area_m2 - new.area_m2).abs() <= AREA_RATIO * old.area_m2.max(new.area_m2);
    if alike && same_vertices(old, new, DVec3::ZERO, tolerance) {
        return Fate::Same;
    }
    if alike && same_vertices(old, new, went, tolerance) {
        return moved(old, DMat3::IDENTITY, went);
    }
    Fate::Reshaped
}

fn in_order(old: &Corners, new: &Corners, tolerance: f64, at: impl Fn(DVec3) -> DVec3) -> bool {
    old.points.len() == new.points.len()
        && old
            .points
            .iter()
            .zip(&new.points)
            .all(|(a, b)| at(*a).distance_squared(*b) <= tolerance * tolerance)
}

fn moved(old: &Corners, turn: DMat3, shift: DVec3) -> Fate {
    let middle = old.bounds.center();
    // The trace of a rotation is 1 + 2 cos of its angle.
    let cos = (turn.x_axis.x + turn.y_axis.y + turn.z_axis.z - 1.0) / 2.0;
    Fate::Moved {
        distance_m: (turn * middle + shift).distance(middle),
        turn_deg: cos.clamp(-1.0, 1.0).acos().to_degrees(),
    }
}

/// The rotation and the shift that take the three most distant corners of the old shape to those of the new one.
fn turned(old: &Corners, new: &Corners) -> Option<(DMat3, DVec3)> {
    let first = *old.points.first()?;
    let far = farthest(&old.points, |p| p.distance_squared(first))?;
    let along = (*old.points.get(far)? - first).try_normalize()?;
    let aside = farthest(&old.points, |p| (*p - first).reject_from_normalized(along).length_squared())?;
    let from = frame(old, far, aside)?;
    let to = frame(new, far, aside)?;
    let turn = to * from.transpose();
    Some((turn, *new.points.first()? - turn * first))
}

fn farthest(points: &[DVec3], measure: impl Fn(&DVec3) -> f64) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (ix, p) in points.iter().enumerate() {
        let m = measure(p);
        if best.is_none_or(|(_, b)| m > b) {
            best = Some((ix, m));
        }
    }
    best.map(|(ix, _)| ix)
}

fn frame(c: &Corners, far: usize, aside: usize) -> Option<DMat3> {
    let first = *c.points.first()?;
    let x = (*c.points.get(far)? - first).try_normalize()?;
    let y = (*c.points.get(aside)? - first).reject_from_normalized(x).try_normalize()?;
    Some(DMat3::from_cols(x, y, x.cross(y)))
}

/// Whether every vertex of one has one of the other within the tolerance, both ways.
fn same_vertices(old: &Corners, new: &Corners, shift: DVec3, tolerance: f64) -> bool {
    let center = new.bounds.center();
    let near = |points: &[DVec3], others: &[DVec3], shift: DVec3| {
        let grid = Grid::of(others, center, tolerance);
        points.iter().all(|p| grid.has(*p + shift))
    };
    near(&old.points, &new.points, shift) && near(&new.points, &old.points, -shift)
}

struct Grid<'p> {
    cells: HashMap<[i64; 3], Vec<&'p DVec3>>,
    center: DVec3,
    tolerance: f64,
}

impl<'p> Grid<'p> {
    fn of(points: &'p [DVec3], center: DVec3, tolerance: f64) -> Self {
        let mut grid = Self { cells: HashMap::new(), center, tolerance };
        for p in points {
            let own = grid.cells.entry(cell(*p - center, tolerance)).or_default();
            // Corners of several triangles are one vertex.
            if !own.contains(&p) {
                own.push(p);
            }
        }
        grid
    }

    fn has(&self, p: DVec3) -> bool {
        let [x, y, z] = cell(p - self.center, self.tolerance);
        let within = |o: &&DVec3| o.distance_squared(p) <= self.tolerance * self.tolerance;
        (-1..=1).any(|i| {
            (-1..=1).any(|j| {
                (-1..=1).any(|k| {
                    let key = [x.saturating_add(i), y.saturating_add(j), z.saturating_add(k)];
                    self.cells.get(&key).is_some_and(|c| c.iter().any(within))
                })
            })
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "cells of a tolerance around a shape; beyond, it saturates"
)]
fn cell(p: DVec3, size: f64) -> [i64; 3] {
    (p / size).to_array().map(|v| v.floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wedge without any symmetry, at a place and turned about z.
    fn wedge(at: DVec3, turn_deg: f64, height: f64) -> Corners {
        let (sin, cos) = turn_deg.to_radians().sin_cos();
        let corners = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.2, height]];
        // As an importer delivers it: 32-bit numbers relative to an origin.
        let place = |[x, y, z]: [f64; 3]| {
            at + DVec3::new(cos * x - sin * y, sin * x + cos * y, z).as_vec3().as_dvec3()
        };
        let part = ShapePart {
            positions: corners.map(place).to_vec(),
            indices: vec![0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3],
            color: [0; 4],
        };
        Corners::of(&[part])
    }

    fn at_map(x: f64) -> DVec3 {
        DVec3::new(455_600.0 + x, 4_428_550.0, 40.0)
    }

    #[test]
    fn a_shape_that_stands_still_went_nowhere_and_one_that_moved_says_how_far() {
        let old = wedge(at_map(0.0), 17.0, 2.0);
        assert_eq!(fate(&old, &wedge(at_map(2e-5), 17.0, 2.0)), Fate::Same);
        let Fate::Moved { distance_m, turn_deg } = fate(&old, &wedge(at_map(0.5), 17.0, 2.0)) else {
            panic!()
        };
        assert!((distance_m - 0.5).abs() < 1e-6 && turn_deg == 0.0, "{distance_m} {turn_deg}");
    }

    #[test]
    fn a_turn_is_told_in_degrees_whatever_the_axis_it_was_made_about() {
        let old = wedge(at_map(0.0), 10.0, 2.0);
        let Fate::Moved { turn_deg, .. } = fate(&old, &wedge(at_map(7.0), 100.0, 2.0)) else { panic!() };
        assert!((turn_deg - 90.0).abs() < 1e-3, "{turn_deg}");
    }

    #[test]
    fn another_height_and_a_mirrored_copy_are_other_shapes() {
        let old = wedge(at_map(0.0), 0.0, 2.0);
        assert_eq!(fate(&old, &wedge(at_map(0.0), 0.0, 2.01)), Fate::Reshaped);
        let mut mirrored = wedge(at_map(0.0), 0.0, 2.0);
        for p in &mut mirrored.points {
            p.y = 2.0 * 4_428_550.0 - p.y;
        }
        mirrored.bounds = Bounds::EMPTY;
        mirrored.points.clone().into_iter().for_each(|p| mirrored.bounds.add(p));
        assert_eq!(fate(&old, &mirrored), Fate::Reshaped);
    }

    #[test]
    fn the_same_surface_in_another_order_of_triangles_is_the_same_shape() {
        let old = wedge(at_map(0.0), 30.0, 2.0);
        let mut other = wedge(at_map(0.0), 30.0, 2.0);
        other.points.rotate_left(3);
        assert_eq!(fate(&old, &other), Fate::Same);
        let mut away = wedge(at_map(3.0), 30.0, 2.0);
        away.points.rotate_left(6);
        assert!(matches!(fate(&old, &away), Fate::Moved { .. }));
    }
}
