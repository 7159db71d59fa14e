//! A shape in its own axes, and where it stands.

use glam::{DAffine3, DVec3};
use lantu_base::Bounds;
use lantu_ingest::{MeshMeasure, measure};

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

    /// Its box where it stands.
    pub(crate) fn bounds(&self, place: &DAffine3) -> Bounds {
        let mut out = Bounds::EMPTY;
        for part in &self.parts {
            let origin = DVec3::from_array(part.origin);
            let (points, _) = part.positions.as_chunks::<3>();
            for p in points {
                out.add(place.transform_point3(origin + DVec3::from_array(p.map(f64::from))));
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
