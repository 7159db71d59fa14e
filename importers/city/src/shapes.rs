//! From the geometries of one object to meshes by color, places of templates, points and lines.

use std::collections::{BTreeMap, HashMap};

use glam::{DAffine3, DMat3, DVec3, Vec3};
use lantu_base::{Clamp, FeatureGeometry, FeatureStyle, Severity};
use lantu_ingest::{
    FeatureRecord, InstanceRecord, MeshRecord, ObjectRecord, PropertyKind, PropertyRecord, PropertyValue,
    measure,
};

use crate::colors::{CLOSURE, of_class, of_meaning};
use crate::model::{Geometry, Instance, Shape};
use crate::surface::{NoFace, triangulate};
use crate::way::Way;

/// The set of the areas that are summed here.
const AREAS: &str = "Surfaces";

/// Unit of areas.
const AREA_UNIT: &str = "m²";

/// A shape that stands in many places.
#[derive(Debug, Default)]
pub(crate) struct Template {
    /// In its own axes; none where it cannot be drawn.
    pub(crate) meshes: Vec<MeshRecord>,
    /// Its level of detail.
    pub(crate) lod: f64,
    /// What is wrong with it: code and sentence.
    pub(crate) faults: Vec<(&'static str, String)>,
}

impl Template {
    /// Makes a template of the vertices that all templates of a file share.
    pub(crate) fn read(geometry: &Geometry, vertices: &[[f64; 3]]) -> Self {
        let mut solids = Solids::default();
        let mut faults = Faults::default();
        let mut out = Self { lod: geometry.lod_number(), ..Self::default() };
        match &geometry.shape {
            Shape::Faces(_) => solids.add(geometry, "", vertices, &mut faults),
            _ => out.faults.push(("city.geometry", "it is left out: it has no faces".to_owned())),
        }
        out.faults.extend(faults.told().map(|(code, _, what)| (code, what)));
        out.meshes = solids.meshes(0);
        out
    }
}

/// What one object is drawn by.
pub(crate) struct Drawn {
    pub(crate) meshes: Vec<MeshRecord>,
    pub(crate) instances: Vec<InstanceRecord>,
    pub(crate) features: Vec<FeatureRecord>,
}

/// Collects the geometries of one object.
pub(crate) struct Drawing<'a> {
    number: u32,
    vertices: &'a [[f64; 3]],
    /// As the file has them, before they went to the project; empty where there are no templates.
    raw: &'a [[f64; 3]],
    way: &'a Way,
    solids: Solids,
    faults: Faults,
    instances: Vec<InstanceRecord>,
    /// Templates where they stand, to be measured.
    placed: Vec<MeshRecord>,
    features: Vec<FeatureRecord>,
}

impl<'a> Drawing<'a> {
    pub(crate) fn new(number: u32, (vertices, raw): (&'a [[f64; 3]], &'a [[f64; 3]]), way: &'a Way) -> Self {
        Self {
            number,
            vertices,
            raw,
            way,
            solids: Solids::default(),
            faults: Faults::default(),
            instances: Vec::new(),
            placed: Vec::new(),
            features: Vec::new(),
        }
    }

    /// Adds geometry `n` of the object.
    pub(crate) fn add(&mut self, n: usize, geometry: &Geometry, class: &str, templates: &[Template]) {
        self.faults.geometry = n;
        match &geometry.shape {
            Shape::Faces(_) => self.solids.add(geometry, class, self.vertices, &mut self.faults),
            Shape::Points(points) => {
                let points = self.points(points);
                if !points.is_empty() {
                    self.feature(FeatureGeometry::Points(points), class);
                }
            }
            Shape::Lines(lines) => {
                let lines = lines.iter().map(|l| self.points(l)).collect::<Vec<_>>();
                let lines: Vec<_> = lines.into_iter().filter(|l| l.len() > 1).collect();
                if !lines.is_empty() {
                    self.feature(FeatureGeometry::Lines(lines), class);
                }
            }
            Shape::Instance(i) => self.instance(i, class, templates),
        }
    }

    fn points(&mut self, indices: &[u32]) -> Vec<[f64; 3]> {
        let mut out = Vec::with_capacity(indices.len());
        for &i in indices {
            match self.vertices.get(i as usize) {
                None => self.faults.add(NoFace::Index(i, self.vertices.len()), "a point"),
                Some(p) if !p.iter().all(|v| v.is_finite()) => self.faults.add(NoFace::NoPlace, "a point"),
                Some(p) => out.push(*p),
            }
        }
        out
    }

    fn feature(&mut self, geometry: FeatureGeometry, class: &str) {
        let style = FeatureStyle {
            color: of_class(class),
            clamp: Clamp::Absolute,
            offset_m: 0.0,
            width_m: 0.0,
            tube_m: 0.0,
            extrude_m: 0.0,
            roof: None,
            symbol: String::new(),
            outline_only: false,
            z_order: 0,
        };
        self.features.push(FeatureRecord { object: self.number, geometry, style });
    }

    fn instance(&mut self, i: &Instance, class: &str, templates: &[Template]) {
        let Some(template) = templates.get(i.template as usize).filter(|t| !t.meshes.is_empty()) else {
            return self
                .faults
                .note("city.template", format!("it stands for template {}, which is not there", i.template));
        };
        let Some(at) = self.raw.get(i.at as usize) else {
            return self.faults.add(NoFace::Index(i.at, self.raw.len()), "the place of a template");
        };
        let Some(place) = placed(&i.matrix, *at, self.way) else {
            return self.faults.add(NoFace::NoPlace, "the place of a template");
        };
        for m in &template.meshes {
            let origin = place.translation;
            let turned = m.positions.as_chunks::<3>().0.iter().flat_map(|p| {
                let local = DVec3::from_array(m.origin) + Vec3::from_array(*p).as_dvec3();
                (place.transform_point3(local) - origin).as_vec3().to_array()
            });
            let positions = turned.collect();
            self.placed.push(MeshRecord {
                object: self.number,
                origin: origin.to_array(),
                positions,
                normals: Vec::new(),
                ..m.clone()
            });
        }
        // A template of which nothing more is said has the color of the object that it stands for.
        let plain = of_class("");
        let colors = template.meshes.iter().map(|m| if m.color == plain { of_class(class) } else { m.color });
        self.instances.push(InstanceRecord {
            object: self.number,
            template: i.template,
            matrix: place.to_cols_array(),
            colors: colors.collect(),
        });
    }

    /// What is wrong with it: code, severity and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, Severity, String)> {
        self.faults.told().collect()
    }

    /// Measures what is drawn.
    pub(crate) fn measure(&self, record: &mut ObjectRecord) {
        let own = self.solids.meshes(self.number);
        let all = own.iter().chain(&self.placed);
        let m = measure(all.map(|m| (m.origin, m.positions.as_slice(), m.indices.as_slice())));
        let mut bounds = m.bounds;
        let points = self.features.iter().flat_map(|f| match &f.geometry {
            FeatureGeometry::Points(p) => p.clone(),
            FeatureGeometry::Lines(l) => l.concat(),
            FeatureGeometry::Polygons(_) => Vec::new(),
        });
        points.for_each(|p| bounds.add(p.into()));
        record.bbox = (!bounds.is_empty()).then(|| bounds.to_array());
        if m.n_triangles > 0 {
            (record.area_m2, record.volume_m3) = (Some(m.area_m2), m.volume_m3);
        }
        (record.n_triangles, record.closed) = (m.n_triangles, m.closed);
        let largest =
            self.solids.parts.iter().filter(|p| p.0[3] > 0).max_by(|a, b| a.1.area.total_cmp(&b.1.area));
        record.color = largest
            .map(|p| *p.0)
            .or_else(|| self.instances.first()?.colors.first().copied())
            .or_else(|| self.features.first().map(|f| f.style.color));
    }

    /// The area of each kind of surface.
    pub(crate) fn areas(&self) -> impl Iterator<Item = PropertyRecord> {
        self.solids.areas.iter().map(|(meaning, area)| PropertyRecord {
            object: self.number,
            set: AREAS.to_owned(),
            name: meaning.clone(),
            value: PropertyValue::Real(*area),
            unit: Some(AREA_UNIT.to_owned()),
            kind: PropertyKind::Quantity,
            inherited: false,
        })
    }

    pub(crate) fn finish(self) -> Drawn {
        Drawn { meshes: self.solids.meshes(self.number), instances: self.instances, features: self.features }
    }
}

/// From a template's axes to where its matrix and vertex put it; `None` where that is nowhere.
fn placed(matrix: &[f64; 16], at: [f64; 3], way: &Way) -> Option<DAffine3> {
    let [a, b, c, x, d, e, f, y, g, h, i, z, ..] = *matrix;
    let linear = DMat3::from_cols(DVec3::new(a, d, g), DVec3::new(b, e, h), DVec3::new(c, f, i));
    let origin = DVec3::new(x, y, z) + DVec3::from_array(at);
    // The way into the project is that of a small piece of the map around the place.
    let mut points = [origin, origin + DVec3::X, origin + DVec3::Y, origin + DVec3::Z].map(|p| p.to_array());
    way.apply(&mut points);
    let [o, east, north, up] = points.map(DVec3::from_array);
    let project = DMat3::from_cols(east - o, north - o, up - o);
    let out = DAffine3 { matrix3: project * linear, translation: o };
    (out.is_finite() && out.matrix3.determinant() != 0.0).then_some(out)
}

/// Triangles by color.
#[derive(Default)]
struct Solids {
    origin: Option<DVec3>,
    parts: BTreeMap<[u8; 4], Part>,
    /// m², by meaning.
    areas: BTreeMap<String, f64>,
}

/// Triangles of one color.
#[derive(Default)]
struct Part {
    positions: Vec<f32>,
    indices: Vec<u32>,
    area: f64,
    /// Corners by the bits of their position: neighbors share them.
    corners: HashMap<[u32; 3], u32>,
}

impl Solids {
    fn add(&mut self, geometry: &Geometry, class: &str, vertices: &[[f64; 3]], faults: &mut Faults) {
        let Shape::Faces(faces) = &geometry.shape else { return };
        for (n, (rings, meaning)) in faces.iter().enumerate() {
            let triangles = match triangulate(&rings, vertices) {
                Ok(t) => t,
                Err(no) => {
                    faults.add(no, &format!("face {n}"));
                    continue;
                }
            };
            let meaning = meaning.and_then(|m| geometry.meanings.get(m as usize)).filter(|m| !m.is_empty());
            let mut color = meaning.and_then(|m| of_meaning(m)).unwrap_or_else(|| of_class(class));
            if meaning.is_some_and(|m| m == CLOSURE) {
                // It closes the volume, but there is nothing to see.
                color = [color[0], color[1], color[2], 0];
            }
            let area = triangles.iter().map(|[a, b, c]| (*b - *a).cross(*c - *a).length() * 0.5).sum::<f64>();
            if let Some(meaning) = meaning {
                *self.areas.entry(meaning.clone()).or_default() += area;
            }
            let origin = *self.origin.get_or_insert(triangles.first().map_or(DVec3::ZERO, |t| t[0]));
            let part = self.parts.entry(color).or_default();
            part.area += area;
            for t in triangles {
                let corners = t.map(|p| part.corner((p - origin).as_vec3()));
                part.indices.extend(corners);
            }
        }
    }

    fn meshes(&self, object: u32) -> Vec<MeshRecord> {
        let origin = self.origin.unwrap_or_default().to_array();
        let mesh = |(color, part): (&[u8; 4], &Part)| MeshRecord {
            object,
            origin,
            positions: part.positions.clone(),
            normals: Vec::new(),
            indices: part.indices.clone(),
            color: *color,
        };
        self.parts.iter().map(mesh).collect()
    }
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

/// What is left out of one object, by code: how many, and the first.
#[derive(Default)]
struct Faults {
    /// The geometry that is read.
    geometry: usize,
    all: BTreeMap<&'static str, (u64, String)>,
}

impl Faults {
    fn add(&mut self, no: NoFace, what: &str) {
        let g = self.geometry;
        match no {
            NoFace::Index(i, n) => {
                self.note("city.index", format!("{what} of geometry {g} names vertex {i} of {n}"));
            }
            NoFace::NoPlace => {
                self.note(
                    "city.no_place",
                    format!("{what} of geometry {g} lies nowhere in the project's CRS"),
                );
            }
            NoFace::Empty => self.note("city.no_area", format!("{what} of geometry {g} encloses nothing")),
        }
    }

    fn note(&mut self, code: &'static str, what: String) {
        self.all.entry(code).or_insert((0, what)).0 += 1;
    }

    fn told(&self) -> impl Iterator<Item = (&'static str, Severity, String)> {
        self.all.iter().map(|(code, (n, first))| {
            let severity = if *code == "city.no_area" { Severity::Info } else { Severity::Error };
            let what = match n {
                1 => format!("{first}; it is left out"),
                n => format!("{n} of its faces are left out: the first, {first}"),
            };
            (*code, severity, what)
        })
    }
}
