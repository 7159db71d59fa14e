//! What is measured of a model to weigh where it may lie: size, outline, direction of its facades.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use glam::{DAffine3, DVec2, DVec3};
use lantu_base::Bounds;
use lantu_ingest::{InstanceRecord, MeshRecord, ObjectRecord, TemplateRecord};
use serde::{Deserialize, Serialize};

use super::plane::{Directions, hull};

/// Directions along which the outmost points of a plan are kept. Chosen: the corners of a rectangle are met exactly,
/// those of a round plan within 1 % of its radius.
const N_SUPPORTS: usize = 32;

/// Vertical within this sine of the angle counts as a facade. Chosen: steeper than any roof.
const VERTICAL: f64 = 0.02;

/// Classes of which a model's plan is made where it has them: walls do not reach out as roofs and terraces do.
const WALLS: [&str; 3] = ["IfcWall", "IfcWallStandardCase", "IfcCurtainWall"];

/// Classes that are no part of a structure's plan, by the beginning of their names.
const NOT_STRUCTURE: [&str; 16] = [
    "IfcSite",
    "IfcGeographicElement",
    "IfcAnnotation",
    "IfcSpace",
    "IfcGrid",
    "IfcFurni",
    "IfcOpeningElement",
    "IfcVirtualElement",
    "IfcFlow",
    "IfcDistribution",
    "IfcZone",
    "IfcSpatial",
    "IfcAlignment",
    "IfcReferent",
    "IfcSystem",
    "IfcEarthworks",
];

/// What is known of a model in its own frame, meters.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Convex outline of the structure's plan, counterclockwise.
    pub outline: Vec<[f64; 2]>,
    /// Lowest and highest point of the structure.
    pub heights: Option<[f64; 2]>,
    /// Direction of the facades against the x axis, radians in 0 to π/2, where they agree.
    pub facade_rad: Option<f64>,
    /// Median height of objects, by class.
    pub sizes: BTreeMap<String, f64>,
    /// Middle of objects that bear the name of a control point.
    pub marks: BTreeMap<String, [f64; 3]>,
}

/// Gathers [`SourceFacts`] from a stream, batch by batch.
#[derive(Debug, Default)]
pub(crate) struct FactsBuilder {
    walls: Part,
    structure: Part,
    templates: HashMap<u32, Vec<MeshRecord>>,
}

#[derive(Debug, Default)]
struct Part {
    /// Largest projection on each direction, and the point.
    supports: Vec<(f64, DVec2)>,
    low: f64,
    high: f64,
    facades: Directions,
    n: u64,
}

impl FactsBuilder {
    /// Takes triangles; `objects` are those that came before them.
    pub(crate) fn meshes(&mut self, meshes: &[MeshRecord], objects: &[ObjectRecord]) {
        for m in meshes {
            let origin = DAffine3::from_translation(DVec3::from_array(m.origin));
            self.add(m, origin, objects.get(m.object as usize));
        }
    }

    pub(crate) fn templates(&mut self, templates: &[TemplateRecord]) {
        for t in templates {
            self.templates.insert(t.template, t.meshes.clone());
        }
    }

    pub(crate) fn instances(&mut self, instances: &[InstanceRecord], objects: &[ObjectRecord]) {
        for i in instances {
            let Some(object) = objects.get(i.object as usize) else { continue };
            if !is_structure(&object.class) {
                continue;
            }
            let meshes = self.templates.remove(&i.template).unwrap_or_default();
            let place = DAffine3::from_cols_array(&i.matrix);
            for m in &meshes {
                let origin = DAffine3::from_translation(DVec3::from_array(m.origin));
                self.add(m, place * origin, Some(object));
            }
            self.templates.insert(i.template, meshes);
        }
    }

    fn add(&mut self, mesh: &MeshRecord, place: DAffine3, object: Option<&ObjectRecord>) {
        let Some(class) = object.map(|o| o.class.as_str()).filter(|c| is_structure(c)) else { return };
        self.structure.add(mesh, place);
        if WALLS.contains(&class) {
            self.walls.add(mesh, place);
        }
    }

    /// What was found, with the sizes of `objects` and the places of those that are named like control points.
    pub(crate) fn finish(&self, objects: &[ObjectRecord], control: &[String]) -> SourceFacts {
        let has_walls = self.walls.n > 0 && self.walls.area() > 0.2 * self.structure.area();
        let part = if has_walls { &self.walls } else { &self.structure };
        let mut by_class: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut marks = BTreeMap::new();
        for o in objects {
            let Some(b) = o.bbox.map(Bounds::from_array).filter(|b| !b.is_empty()) else { continue };
            if !o.hidden {
                by_class.entry(o.class.clone()).or_default().push(b.size().z);
            }
            if control.contains(&o.name) {
                marks.insert(o.name.clone(), b.center().to_array());
            }
        }
        let median = |mut v: Vec<f64>| {
            v.sort_by(f64::total_cmp);
            v.get(v.len() / 2).copied().unwrap_or(0.0)
        };
        let heights = (self.structure.n > 0).then_some([self.structure.low, self.structure.high]);
        SourceFacts {
            outline: part.outline().iter().map(DVec2::to_array).collect(),
            heights,
            facade_rad: part.facades.main().map(|m| m.angle_rad),
            sizes: by_class.into_iter().map(|(c, v)| (c, median(v))).filter(|(_, m)| *m > 0.0).collect(),
            marks,
        }
    }
}

impl Part {
    fn add(&mut self, mesh: &MeshRecord, place: DAffine3) {
        let points: Vec<DVec3> = mesh
            .positions
            .chunks_exact(3)
            .map(|p| match *p {
                [x, y, z] => place.transform_point3(DVec3::new(x.into(), y.into(), z.into())),
                _ => DVec3::NAN,
            })
            .collect();
        if self.n == 0 {
            (self.low, self.high) = (f64::INFINITY, f64::NEG_INFINITY);
            self.supports = vec![(f64::NEG_INFINITY, DVec2::ZERO); N_SUPPORTS];
        }
        self.n += 1;
        let axes = &*SUPPORT_AXES;
        for p in points.iter().filter(|p| p.is_finite()) {
            self.low = self.low.min(p.z);
            self.high = self.high.max(p.z);
            for (slot, axis) in self.supports.iter_mut().zip(axes) {
                let reach = p.truncate().dot(*axis);
                if reach > slot.0 {
                    *slot = (reach, p.truncate());
                }
            }
        }
        for t in mesh.indices.chunks_exact(3) {
            let at = |i: usize| t.get(i).and_then(|n| points.get(*n as usize)).copied();
            let (Some(a), Some(b), Some(c)) = (at(0), at(1), at(2)) else { continue };
            let normal = (b - a).cross(c - a);
            let area = normal.length();
            if area > 1e-6 && normal.z.abs() < VERTICAL * area {
                self.facades.add(DVec2::new(-normal.y, normal.x), area);
            }
        }
    }

    fn outline(&self) -> Vec<DVec2> {
        hull(self.supports.iter().filter(|s| s.0.is_finite()).map(|s| s.1).collect())
    }

    fn area(&self) -> f64 {
        super::plane::area(&self.outline())
    }
}

/// Directions in which the outline is felt. Made once: sines for every vertex were most of an import's time.
static SUPPORT_AXES: LazyLock<[DVec2; N_SUPPORTS]> = LazyLock::new(|| {
    std::array::from_fn(|k| DVec2::from_angle(k as f64 / N_SUPPORTS as f64 * std::f64::consts::TAU + 0.01))
});

fn is_structure(class: &str) -> bool {
    !NOT_STRUCTURE.iter().any(|c| class.starts_with(c))
}
