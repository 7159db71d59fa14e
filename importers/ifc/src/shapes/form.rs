//! A shape in its own axes, and where it stands.

use glam::{DAffine3, DVec3};
use lantu_base::Bounds;
use lantu_ingest::{MeshMeasure, measure};

/// Places for which a shape's points are not worth being put in groups.
const FEW_PLACES: usize = 8;
/// Points of a group. Chosen: looking at a group costs as much as at some of its points.
const POINTS_PER_GROUP: usize = 64;

/// Triangles of one color.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// Origin of `positions`, meters.
    pub(crate) origin: [f64; 3],
    /// 3 × vertices, relative to `origin`, meters.
    pub(crate) positions: Vec<f32>,
    /// 3 × vertices, unit length; or empty: flat normals are computed.
    pub(crate) normals: Vec<f32>,
    /// 3 × triangles, counterclockwise from outside.
    pub(crate) indices: Vec<u32>,
    /// sRGB and alpha.
    pub(crate) color: [u8; 4],
}

/// A shape in its own axes: evaluated once, drawn in any number of places.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// One for each color and origin, in the order in which they first come.
    pub(crate) parts: Vec<Part>,
    /// What it amounts to, in its own axes.
    pub(crate) measure: MeshMeasure,
    /// Color of the largest area; the first of equal ones. `None` without parts.
    pub(crate) color: Option<[u8; 4]>,
}

/// Area of one color, for the color of a whole.
fn area(part: &Part) -> f64 {
    let at = |i: u32| {
        let k = i as usize * 3;
        match part.positions.get(k..k + 3) {
            Some([x, y, z]) => DVec3::new((*x).into(), (*y).into(), (*z).into()),
            _ => DVec3::ZERO,
        }
    };
    let (triangles, _) = part.indices.as_chunks::<3>();
    triangles.iter().map(|&[a, b, c]| (at(b) - at(a)).cross(at(c) - at(a)).length() * 0.5).sum()
}

impl Form {
    /// Joins parts of one color and origin and measures them.
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        let parts = merged(parts);
        let measure = measure(parts.iter().map(|p| (p.origin, p.positions.as_slice(), p.indices.as_slice())));
        let color = match parts.as_slice() {
            [] => None,
            [only] => Some(only.color),
            many => largest_color(many),
        };
        Self { parts, measure, color }
    }

    /// Whether it has a triangle.
    pub(crate) fn is_drawn(&self) -> bool {
        self.measure.n_triangles > 0 && !self.measure.bounds.is_empty()
    }

    /// Bytes of its triangles.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(Part::bytes).sum()
    }

    /// Its boxes in some places, in their order.
    pub(crate) fn bounds<'p>(&self, places: impl ExactSizeIterator<Item = &'p DAffine3>) -> Vec<Bounds> {
        let points = || {
            self.parts.iter().flat_map(|part| {
                let origin = DVec3::from_array(part.origin);
                let (points, _) = part.positions.as_chunks::<3>();
                points.iter().map(move |p| origin + DVec3::from_array(p.map(f64::from)))
            })
        };
        if places.len() < FEW_PLACES {
            let at = |place: &DAffine3| {
                let mut out = Bounds::EMPTY;
                points().for_each(|p| out.add(place.transform_point3(p)));
                out
            };
            return places.map(at).collect();
        }
        let groups = Groups::of(&points().collect::<Vec<_>>());
        places.map(|place| groups.bounds(place)).collect()
    }
}

/// Points in groups of neighbors, those that reach farthest first: most groups need not be looked at point by point.
struct Groups(Vec<(Bounds, Vec<DVec3>)>);

impl Groups {
    fn of(points: &[DVec3]) -> Self {
        let around = |points: &[DVec3]| {
            let mut out = Bounds::EMPTY;
            for p in points {
                out.add(*p);
            }
            out
        };
        let whole = around(points);
        let mut groups: Vec<(Bounds, Vec<DVec3>)> =
            points.chunks(POINTS_PER_GROUP).map(|some| (around(some), some.to_vec())).collect();
        let reaches_out = |b: &Bounds| b.min.cmpeq(whole.min).any() || b.max.cmpeq(whole.max).any();
        groups.sort_by_key(|g| !reaches_out(&g.0));
        Self(groups)
    }

    fn bounds(&self, place: &DAffine3) -> Bounds {
        let m = place.matrix3;
        let turned = glam::DMat3::from_cols(m.x_axis.abs(), m.y_axis.abs(), m.z_axis.abs());
        let mut out = Bounds::EMPTY;
        for (around, points) in &self.0 {
            let (center, half) = (place.transform_point3(around.center()), turned * (around.size() * 0.5));
            // Far more than rounding may do, so that no point that counts is passed over.
            let far = place.translation.abs() + turned * around.min.abs().max(around.max.abs());
            let half = half + far * 1e-12;
            let inside = out.min.cmple(center - half).all() && out.max.cmpge(center + half).all();
            if !inside {
                for p in points {
                    out.add(place.transform_point3(*p));
                }
            }
        }
        out
    }
}

impl Part {
    /// The same triangles where they stand; `place` turns and moves without change of size.
    #[expect(clippy::cast_possible_truncation, reason = "a turned f32 is as precise as an f32")]
    pub(crate) fn placed(mut self, place: &DAffine3) -> Self {
        self.origin = place.transform_point3(self.origin.into()).to_array();
        if place.matrix3 == glam::DMat3::IDENTITY {
            return self;
        }
        for list in [&mut self.positions, &mut self.normals] {
            for v in list.as_chunks_mut::<3>().0 {
                let turned = place.matrix3 * DVec3::from_array(v.map(f64::from));
                *v = turned.to_array().map(|c| c as f32);
            }
        }
        self
    }

    /// Whether all its vertices lie somewhere.
    pub(crate) fn is_finite(&self) -> bool {
        self.origin.iter().all(|v| v.is_finite()) && self.positions.iter().all(|v| v.is_finite())
    }

    /// Bytes of its vertices and triangles.
    pub(crate) fn bytes(&self) -> usize {
        4 * (self.positions.len() + self.normals.len() + self.indices.len())
    }
}

/// Joins parts of one color and origin, in the order in which the colors first come.
fn merged(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for p in parts {
        let same = out.iter_mut().find(|o| {
            o.color == p.color
                && o.origin.map(f64::to_bits) == p.origin.map(f64::to_bits)
                && o.normals.is_empty() == p.normals.is_empty()
        });
        let Some(o) = same else {
            out.push(p);
            continue;
        };
        let Ok(base) = u32::try_from(o.positions.len() / 3) else {
            out.push(p);
            continue;
        };
        o.positions.extend(p.positions);
        o.normals.extend(p.normals);
        o.indices.extend(p.indices.iter().map(|i| i.saturating_add(base)));
    }
    out
}

fn largest_color(parts: &[Part]) -> Option<[u8; 4]> {
    let mut areas: std::collections::BTreeMap<[u8; 4], f64> = std::collections::BTreeMap::new();
    for p in parts {
        *areas.entry(p.color).or_default() += area(p);
    }
    let mut best: Option<([u8; 4], f64)> = None;
    for (color, area) in areas {
        if best.is_none_or(|b| area > b.1) {
            best = Some((color, area));
        }
    }
    best.map(|b| b.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_in_many_places_are_those_of_each_place_to_the_last_bit() {
        let wave = |k: usize| (k as f32 * 0.618).sin();
        let positions: Vec<f32> =
            (0..3000).flat_map(|i| [8.0 * wave(i), 3.0 * wave(7 * i + 1), wave(3 * i + 2)]).collect();
        let part = Part { origin: [400.0, -20.0, 3.0], positions, ..Part::default() };
        let form = Form::new(vec![part]);
        let places: Vec<DAffine3> = (0..40)
            .map(|i| {
                let turn =
                    glam::DQuat::from_euler(glam::EulerRot::XYZ, 0.1 * f64::from(i), 0.3, f64::from(i));
                DAffine3::from_rotation_translation(turn, DVec3::new(6e5, -4e6, 7.0) * f64::from(i % 5))
            })
            .collect();
        let one_by_one: Vec<Bounds> =
            places.iter().flat_map(|p| form.bounds(std::slice::from_ref(p).iter())).collect();
        let together = form.bounds(places.iter());
        assert!(one_by_one.iter().zip(&together).all(|(a, b)| a == b));
        assert_eq!(together.len(), 40);
    }
}
