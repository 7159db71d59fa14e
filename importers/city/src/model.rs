//! What a city model says, in the form in which it waits for its vertices.

use serde_json::Value;

/// An index that the file writes as something else than a whole number from 0: out of range of any list.
pub(crate) const NO_INDEX: u32 = u32::MAX;

/// One city object.
#[derive(Debug, Default)]
pub(crate) struct CityObject {
    pub(crate) id: String,
    /// `Building`, `+NoiseBuilding`; empty if the file does not say.
    pub(crate) class: String,
    pub(crate) parents: Vec<String>,
    /// Name and value, as the file writes them.
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) geometries: Vec<Geometry>,
    /// What is wrong with it: code and sentence.
    pub(crate) faults: Vec<(&'static str, String)>,
}

/// One geometry of an object, or a template.
#[derive(Debug, Default)]
pub(crate) struct Geometry {
    /// As the file writes it: `2.2`; empty without one.
    pub(crate) lod: String,
    pub(crate) shape: Shape,
    /// Meanings of faces: `RoofSurface`.
    pub(crate) meanings: Vec<String>,
    /// It has textures or materials.
    pub(crate) has_appearance: bool,
}

/// What a geometry is made of.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Indices of points.
    Points(Vec<u32>),
    /// Indices of lines.
    Lines(Vec<Vec<u32>>),
    /// Faces of surfaces and solids.
    Faces(Faces),
    /// A template in a place.
    Instance(Instance),
}

impl Default for Shape {
    fn default() -> Self {
        Self::Points(Vec::new())
    }
}

/// Faces, flattened.
#[derive(Debug, Default)]
pub(crate) struct Faces {
    /// Indices of vertices, ring after ring.
    pub(crate) corners: Vec<u32>,
    /// Where each ring ends in `corners`.
    pub(crate) ring_ends: Vec<usize>,
    /// Of each face: where its rings end in `ring_ends`, and its place in [`Geometry::meanings`].
    pub(crate) ends: Vec<(usize, Option<u32>)>,
}

/// A template in a place.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) template: u32,
    /// Index of the vertex that the template stands at.
    pub(crate) at: u32,
    /// Row by row.
    pub(crate) matrix: [f64; 16],
}

impl Geometry {
    /// The level of detail as a number; −1 where it is none.
    pub(crate) fn lod_number(&self) -> f64 {
        self.lod.parse::<f64>().ok().filter(|v| v.is_finite()).unwrap_or(-1.0)
    }
}

impl Faces {
    /// Each face as its rings, and the place of its meaning.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Vec<&[u32]>, Option<u32>)> {
        let mut first_ring = 0;
        self.ends.iter().map(move |(end, meaning)| {
            let rings = (first_ring..*end).map(|r| {
                let from =
                    r.checked_sub(1).and_then(|before| self.ring_ends.get(before)).copied().unwrap_or(0);
                self.ring_ends.get(r).and_then(|to| self.corners.get(from..*to)).unwrap_or_default()
            });
            let rings = rings.collect();
            first_ring = *end;
            (rings, *meaning)
        })
    }
}
