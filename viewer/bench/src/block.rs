//! One block of the district: its objects, their shapes, what is said about them.

use std::sync::Arc;

use glam::{DVec2, DVec3, Mat3, Vec3};
use lantu_base::{Bounds, WorldPoint};

use crate::grid::BlockId;
use crate::shape::Solid;
use crate::template::{MAX_PARTS, Repeat, Template};

/// One object of the district.
#[derive(Clone, Debug, PartialEq)]
pub struct CityObject {
    /// Unique in the district.
    pub id: String,
    /// IFC class, or `Tree`, `Car`, `Pipe` and other classes of GIS.
    pub class: &'static str,
    /// Chinese, then English.
    pub name: String,
    /// The object that holds it: an earlier one of the same block.
    pub parent: Option<u32>,
    /// Box around its own geometry, in the project frame; empty without geometry.
    pub bounds: Bounds,
    /// Of its first part; `None` without geometry.
    pub color: Option<[u8; 4]>,
    /// Triangles of its own geometry.
    pub n_triangles: u32,
    /// Lies below the streets.
    pub underground: bool,
}

/// Triangles of one color of one object, a range of its block's vertices and indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CityMesh {
    /// The object's number within its block.
    pub object: u32,
    /// sRGB and alpha.
    pub color: [u8; 4],
    /// First vertex in [`Block::positions`].
    pub first_vertex: usize,
    /// Number of vertices.
    pub n_vertices: usize,
    /// First index in [`Block::indices`]; indices count from `first_vertex`.
    pub first_index: usize,
    /// Number of indices.
    pub n_indices: usize,
}

/// A template in its place: the whole geometry of an object, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityInstance {
    /// The object's number within its block.
    pub object: u32,
    /// Index into [`Block::templates`].
    pub template: u32,
    /// Where the template's origin comes to lie, in the project frame.
    pub origin: WorldPoint,
    /// Rotation and scale from template to world axes.
    pub linear: Mat3,
    /// sRGB and alpha of each part of the template.
    pub colors: [[u8; 4]; MAX_PARTS],
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum CityValue {
    /// Words.
    Text(&'static str),
    /// A count or a year.
    Integer(i64),
    /// In the property's unit.
    Real(f64),
}

/// What is said about an object.
#[derive(Clone, Debug, PartialEq)]
pub struct CityProperty {
    /// The object's number within its block.
    pub object: u32,
    /// Property set.
    pub set: &'static str,
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: CityValue,
    /// Unit of a number.
    pub unit: Option<&'static str>,
}

/// One block with its streets at the south and west.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Which block.
    pub id: BlockId,
    /// What `positions` are relative to, in the project frame.
    pub origin: WorldPoint,
    /// Objects; a container comes before what it holds.
    pub objects: Vec<CityObject>,
    /// What is said about them, by object.
    pub properties: Vec<CityProperty>,
    /// 3 × n, relative to `origin`, along the world's axes, meters; faces are flat.
    pub positions: Vec<f32>,
    /// Counterclockwise from outside.
    pub indices: Vec<u32>,
    /// Shapes that occur once.
    pub meshes: Vec<CityMesh>,
    /// Shapes that repeat, the same list for all blocks of a district.
    pub templates: Arc<[Template]>,
    /// Where they repeat.
    pub instances: Vec<CityInstance>,
}

impl Block {
    /// Positions and indices of a mesh.
    pub fn mesh(&self, mesh: &CityMesh) -> (&[f32], &[u32]) {
        let p = mesh.first_vertex * 3..(mesh.first_vertex + mesh.n_vertices) * 3;
        let i = mesh.first_index..mesh.first_index + mesh.n_indices;
        (self.positions.get(p).unwrap_or_default(), self.indices.get(i).unwrap_or_default())
    }
}

/// Fills a block, or only counts what it would hold.
pub(crate) struct Maker {
    block: Block,
    /// Objects so far, kept or not.
    n: u32,
    /// Objects from this number on are left out.
    limit: u32,
    solid: Solid,
}

/// What an object is, before it has geometry.
pub(crate) struct What {
    pub(crate) class: &'static str,
    pub(crate) parent: Option<u32>,
}

impl Maker {
    pub(crate) fn new(id: BlockId, origin: WorldPoint, templates: Arc<[Template]>, limit: u32) -> Self {
        let block = Block {
            id,
            origin,
            objects: Vec::new(),
            properties: Vec::new(),
            positions: Vec::new(),
            indices: Vec::new(),
            meshes: Vec::new(),
            templates,
            instances: Vec::new(),
        };
        Self { block, n: 0, limit, solid: Solid::default() }
    }

    /// Objects so far, those beyond the limit too.
    pub(crate) fn n_objects(&self) -> u32 {
        self.n
    }

    pub(crate) fn finish(self) -> Block {
        self.block
    }

    /// A new object; its name is made only if it is kept.
    pub(crate) fn object(&mut self, what: &What, name: impl FnOnce() -> String) -> u32 {
        let number = self.n;
        self.n += 1;
        if number < self.limit {
            let BlockId { col, row } = self.block.id;
            self.block.objects.push(CityObject {
                id: format!("{col}.{row}.{number}"),
                class: what.class,
                name: name(),
                parent: what.parent,
                bounds: Bounds::EMPTY,
                color: None,
                n_triangles: 0,
                underground: false,
            });
        }
        number
    }

    /// The object lies below the streets.
    pub(crate) fn sink(&mut self, object: u32) {
        if let Some(o) = self.block.objects.get_mut(object as usize) {
            o.underground = true;
        }
    }

    pub(crate) fn say(&mut self, object: u32, set: &'static str, name: &'static str, value: CityValue) {
        self.say_in(object, [set, name], value, None);
    }

    pub(crate) fn say_in(
        &mut self,
        object: u32,
        [set, name]: [&'static str; 2],
        value: CityValue,
        unit: Option<&'static str>,
    ) {
        if object < self.limit {
            self.block.properties.push(CityProperty { object, set, name, value, unit });
        }
    }

    /// Adds a shape that occurs once.
    pub(crate) fn mesh(&mut self, object: u32, color: [u8; 4], fill: impl FnOnce(&mut Solid)) {
        let (s, b) = (&mut self.solid, &mut self.block);
        let Some(o) = b.objects.get_mut(object as usize) else { return };
        s.clear();
        fill(s);
        for p in s.positions.as_chunks::<3>().0 {
            o.bounds.add(b.origin.0 + Vec3::from_array(*p).as_dvec3());
        }
        o.color.get_or_insert(color);
        o.n_triangles += u32::try_from(s.indices.len() / 3).unwrap_or(u32::MAX);
        b.meshes.push(CityMesh {
            object,
            color,
            first_vertex: b.positions.len() / 3,
            n_vertices: s.positions.len() / 3,
            first_index: b.indices.len(),
            n_indices: s.indices.len(),
        });
        b.positions.extend_from_slice(&s.positions);
        b.indices.extend_from_slice(&s.indices);
    }

    /// Places a template.
    pub(crate) fn instance(&mut self, object: u32, repeat: &Repeat<'_>) {
        let Repeat { shape, place, scale, paint } = *repeat;
        let b = &mut self.block;
        let Some(o) = b.objects.get_mut(object as usize) else { return };
        let Some(template) = b.templates.get(shape as usize) else { return };
        let mut colors = [[0; 4]; MAX_PARTS];
        for (color, part) in colors.iter_mut().zip(&template.parts) {
            *color = part.color;
        }
        for (ix, color) in paint {
            if let Some(c) = colors.get_mut(*ix) {
                *c = *color;
            }
        }
        let x = place.x * scale.x;
        let y = place.x.perp() * scale.y;
        let linear = Mat3::from_cols(
            x.extend(0.0).as_vec3(),
            y.extend(0.0).as_vec3(),
            DVec3::new(0.0, 0.0, scale.z).as_vec3(),
        );
        let origin = WorldPoint(b.origin.0 + place.at);
        for p in template.parts.iter().flat_map(|p| p.positions.as_chunks::<3>().0) {
            o.bounds.add(origin.0 + (linear * Vec3::from_array(*p)).as_dvec3());
        }
        o.color.get_or_insert(colors[0]);
        o.n_triangles += template.n_triangles();
        b.instances.push(CityInstance { object, template: shape as u32, origin, linear, colors });
    }

    /// A template as an object of its own.
    pub(crate) fn thing(&mut self, what: &What, name: &str, repeat: &Repeat<'_>) -> u32 {
        let object = self.object(what, || name.to_owned());
        self.instance(object, repeat);
        object
    }
}

/// A point of a quadrilateral (corners counterclockwise from the southwest); u to the east, v to the north, 0 to 1.
pub(crate) fn within(q: &[DVec2; 4], u: f64, v: f64) -> DVec2 {
    let [sw, se, ne, nw] = *q;
    (sw + (se - sw) * u) * (1.0 - v) + (nw + (ne - nw) * u) * v
}
