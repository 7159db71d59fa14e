//! Area, volume and closedness of a triangle mesh: what `inspect` and `objects` report of a shape.

use std::collections::HashMap;

use glam::DVec3;
use lantu_base::Bounds;

/// What one object's triangles amount to.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshMeasure {
    /// Their bounds, in the frame of the points; empty without triangles.
    pub bounds: Bounds,
    /// Sum of the triangles' areas, m².
    pub area_m2: f64,
    /// Signed volume, m³; `None` when the sum of the area vectors exceeds 10⁻³ of the area (not closed at all).
    pub volume_m3: Option<f64>,
    /// After welding at 1 µm every edge is used as often in one direction as in the other: twice, or more often where
    /// bodies of one object touch.
    pub closed: bool,
    /// Triangles.
    pub n_triangles: u32,
}

/// Measures the triangles of one object.
///
/// `parts` yields (origin, positions, indices) of each mesh; positions are 3 × n f32 relative to the origin.
/// An index out of range drops its triangle. Linear in the number of triangles.
pub fn measure<'a>(parts: impl Iterator<Item = ([f64; 3], &'a [f32], &'a [u32])>) -> MeshMeasure {
    let mut bounds = Bounds::EMPTY;
    let mut triangles: Vec<[DVec3; 3]> = Vec::new();
    for (origin, positions, indices) in parts {
        let origin = DVec3::from_array(origin);
        let at = |i: u32| {
            let k = i as usize * 3;
            let p = positions.get(k..k + 3)?;
            if let [x, y, z] = *p { Some(origin + DVec3::new(x.into(), y.into(), z.into())) } else { None }
        };
        for t in indices.chunks_exact(3) {
            if let [a, b, c] = *t
                && let (Some(a), Some(b), Some(c)) = (at(a), at(b), at(c))
            {
                for p in [a, b, c] {
                    bounds.add(p);
                }
                triangles.push([a, b, c]);
            }
        }
    }
    // Volumes are summed about the middle of the box: at map coordinates the terms would cancel in the last digits.
    let center = if bounds.is_empty() { DVec3::ZERO } else { bounds.center() };
    let (mut area, mut vector, mut volume) = (0.0, DVec3::ZERO, 0.0);
    for [a, b, c] in &triangles {
        let cross = (*b - *a).cross(*c - *a);
        area += 0.5 * cross.length();
        vector += 0.5 * cross;
        volume += (*a - center).dot((*b - center).cross(*c - center)) / 6.0;
    }
    let volume_m3 = (!triangles.is_empty() && area > 0.0 && vector.length() <= 1e-3 * area).then_some(volume);
    MeshMeasure {
        bounds,
        area_m2: area,
        volume_m3,
        closed: is_closed(&triangles, center),
        n_triangles: u32::try_from(triangles.len()).unwrap_or(u32::MAX),
    }
}

/// Corners that a side's word can tell apart.
const MAX_CORNERS: u64 = 1 << 31;

fn is_closed(triangles: &[[DVec3; 3]], center: DVec3) -> bool {
    if triangles.is_empty() {
        return false;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "micrometers fit in an i64 up to 9.2e12 m from the middle; beyond, the cast saturates"
    )]
    let weld = |p: DVec3| {
        let q = ((p - center) * 1e6).round();
        [q.x as i64, q.y as i64, q.z as i64]
    };
    // Corners by number, and each side as one word: its lower corner, its higher one, and which of them comes first.
    let mut numbers: HashMap<[i64; 3], u64> = HashMap::new();
    let mut sides: Vec<u64> = Vec::with_capacity(3 * triangles.len());
    for t in triangles {
        let [a, b, c] = t.map(|p| {
            let next = numbers.len() as u64;
            *numbers.entry(weld(p)).or_insert(next)
        });
        if a == b || b == c || c == a {
            continue;
        }
        for (from, to) in [(a, b), (b, c), (c, a)] {
            sides.push(from.min(to) << 32 | from.max(to) << 1 | u64::from(from < to));
        }
    }
    if numbers.len() as u64 > MAX_CORNERS {
        return false;
    }
    drop(numbers);
    sides.sort_unstable();
    !sides.is_empty()
        && sides.chunk_by(|a, b| a >> 1 == b >> 1).all(|side| {
            let forward = side.iter().filter(|s| **s & 1 == 1).count();
            2 * forward == side.len()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> (Vec<f32>, Vec<u32>) {
        let p = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1]
            .map(|v: i8| f32::from(v));
        let i = [
            0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0,
            4, 3, 4, 7,
        ];
        (p.to_vec(), i.to_vec())
    }

    #[test]
    fn a_unit_cube_far_from_zero_keeps_its_volume() {
        let (p, i) = cube();
        let m = measure([([455_600.0, 4_428_550.0, 40.0], p.as_slice(), i.as_slice())].into_iter());
        assert!((m.volume_m3.unwrap() - 1.0).abs() < 1e-9 && (m.area_m2 - 6.0).abs() < 1e-9 && m.closed);
    }

    #[test]
    fn two_cubes_that_touch_along_a_side_are_closed() {
        let (p, i) = cube();
        let beside = [1.0, 1.0, 0.0];
        let m = measure(
            [([0.0; 3], p.as_slice(), i.as_slice()), (beside, p.as_slice(), i.as_slice())].into_iter(),
        );
        assert!(m.closed && m.volume_m3.is_some_and(|v| (v - 2.0).abs() < 1e-9));
    }

    #[test]
    fn a_cube_without_lid_has_no_volume_and_is_open() {
        let (p, i) = cube();
        let m = measure([([0.0; 3], p.as_slice(), &i[6..])].into_iter());
        assert_eq!((m.volume_m3, m.closed), (None, false));
    }

    #[test]
    fn an_index_out_of_range_drops_its_triangle_only() {
        let (p, mut i) = cube();
        i[0] = 4_000_000_000;
        assert_eq!(measure([([0.0; 3], p.as_slice(), i.as_slice())].into_iter()).n_triangles, 11);
    }
}
