//! Triangles by object, by part of space and by color: what a scene keeps together.

use std::collections::{BTreeMap, HashMap};

use glam::{DVec3, Vec3};
use lantu_base::Bounds;
use lantu_ingest::MeshRecord;

/// Triangles of a color are kept together within cubes of this size, meters. Chosen: a small part of what one sees of
/// a street at a time.
const CELL_M: f64 = 16.0;

/// What one object is drawn by.
#[derive(Default)]
pub(crate) struct Shape {
    cells: BTreeMap<([i64; 3], [u8; 4]), Part>,
    pub(crate) bounds: Option<Bounds>,
    pub(crate) area_m2: f64,
    pub(crate) n_triangles: u32,
    /// m², by color: the largest is that of the object.
    colors: BTreeMap<[u8; 4], f64>,
}

#[derive(Default)]
struct Part {
    positions: Vec<f32>,
    indices: Vec<u32>,
    /// Corners by the bits of their position: neighbors share them.
    corners: HashMap<[u32; 3], u32>,
}

impl Shape {
    /// Adds a triangle; one without a place or an area is left out: whether it was taken.
    pub(crate) fn add(&mut self, corners: [DVec3; 3], color: [u8; 4]) -> bool {
        let [a, b, c] = corners;
        let area = (b - a).cross(c - a).length() * 0.5;
        if area <= 0.0 || !area.is_finite() {
            return false;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and nothing is that far off"
        )]
        let cell = ((a + b + c) / 3.0 / CELL_M).floor().to_array().map(|v| v as i64);
        let origin = origin(cell);
        let part = self.cells.entry((cell, color)).or_default();
        for p in corners {
            let local = (p - origin).as_vec3();
            let corner = part.corner(local);
            part.indices.push(corner);
            self.bounds.get_or_insert(Bounds::EMPTY).add(p);
        }
        self.n_triangles = self.n_triangles.saturating_add(1);
        self.area_m2 += area;
        *self.colors.entry(color).or_default() += area;
        true
    }

    /// The color of most of it.
    pub(crate) fn color(&self) -> Option<[u8; 4]> {
        self.colors.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|c| *c.0)
    }

    pub(crate) fn meshes(self, object: u32) -> impl Iterator<Item = MeshRecord> {
        self.cells.into_iter().map(move |((cell, color), part)| MeshRecord {
            object,
            origin: origin(cell).to_array(),
            positions: part.positions,
            normals: Vec::new(),
            indices: part.indices,
            color,
        })
    }
}

fn origin(cell: [i64; 3]) -> DVec3 {
    DVec3::from_array(cell.map(|v| v as f64)) * CELL_M
}

impl Part {
    fn corner(&mut self, p: Vec3) -> u32 {
        let next = u32::try_from(self.corners.len()).unwrap_or(u32::MAX);
        let ix = *self.corners.entry(p.to_array().map(f32::to_bits)).or_insert(next);
        if ix == next {
            self.positions.extend(p.to_array());
        }
        ix
    }
}
