//! From shapes to the stream: objects, their properties, meshes, and what is to be said.

use std::collections::BTreeMap;

use lantu_base::{Bounds, Code, Diagnostic, Severity};
use lantu_ingest::{
    Batch, ImportError, ImportJob, ImportMode, ImportSink, MeshRecord, ObjectKind, ObjectRecord,
    PropertyKind, PropertyRecord,
};
use serde_json::Value;

use crate::send::value_of;

use super::collect::Shape;
use super::container::Model;
use super::document::Document;
use super::paint::Facet;
use super::surfaces::{Notes, Surface};

/// Rows in a batch at most.
const BATCH_ROWS: usize = 4096;
/// Triangles in a batch at most: some 50 bytes each.
const BATCH_TRIANGLES: usize = 100_000;
/// Diagnostics of one kind that are listed one by one; the rest is counted.
const LISTED: u64 = 20;

/// The set of properties of a feature of a batched tile.
const SET: &str = "batch";
/// Columns that name a feature, the first before the others.
const NAMES: [&str; 5] = ["name", "gml:name", "名称", "gml_id", "id"];

/// Codes of what is only told, and of what is lost.
const TOLD: [&str; 6] = [
    "mesh.textures",
    "mesh.coarse_textures",
    "mesh.levels",
    "mesh.rest",
    "mesh.features",
    "mesh.binary_columns",
];
const WARNED: [&str; 5] =
    ["mesh.extension", "mesh.bounded", "mesh.texture", "mesh.instances", "mesh.missing"];

/// What one document is cut into.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) model: &'a Model<'a>,
    pub(crate) document: &'a Document,
    /// Each node is an object; else all of it is one.
    pub(crate) by_node: bool,
}

/// The objects of one document.
pub(crate) struct Shapes<'a> {
    wanted: Wanted<'a>,
    by_feature: bool,
    all: BTreeMap<u32, Shape>,
    n_nowhere: u64,
}

impl<'a> Wanted<'a> {
    pub(crate) fn shapes(self, surfaces: &[Surface]) -> Shapes<'a> {
        let mut ids = surfaces.iter().flat_map(|s| &s.features);
        let first = ids.next();
        let several = self.model.n_batches > 1 || ids.any(|id| Some(id) != first);
        let by_feature = (first.is_some() || self.model.instances.is_some()) && several;
        Shapes { wanted: self, by_feature, all: BTreeMap::new(), n_nowhere: 0 }
    }
}

impl Shapes<'_> {
    pub(crate) fn add(&mut self, facet: &Facet) {
        let key = match (self.by_feature, self.wanted.by_node) {
            (true, _) => facet.feature.unwrap_or(u32::MAX),
            (false, true) => u32::try_from(facet.node).unwrap_or(u32::MAX),
            (false, false) => 0,
        };
        let shape = self.all.entry(key).or_default();
        if !shape.add(facet.corners, facet.color) && facet.corners.iter().any(|p| !p.is_finite()) {
            self.n_nowhere += 1;
        }
    }

    /// What is wrong with or left out of it.
    pub(crate) fn notes(&self) -> Notes {
        let mut out = Notes::new();
        if self.n_nowhere > 0 {
            let what = format!("{} triangles lie nowhere, and are left out", self.n_nowhere);
            out.push(("mesh.nowhere", what));
        }
        if self.wanted.document.extensions.contains_key("EXT_structural_metadata") {
            let what = "attributes of EXT_structural_metadata are not read".to_owned();
            out.push(("mesh.features", what));
        }
        let columns = self.wanted.model.batches.as_object().into_iter().flatten();
        let n = columns.filter(|(_, v)| v.get("byteOffset").is_some()).count();
        if n > 0 {
            out.push((
                "mesh.binary_columns",
                format!("{n} columns of attributes that are stored as bytes are not read"),
            ));
        }
        out
    }

    /// Id and name of an object.
    fn names(&self, key: u32) -> (String, String) {
        let Wanted { name, document, by_node, .. } = self.wanted;
        if self.by_feature {
            let named = NAMES.iter().find_map(|n| match self.value(n, key)? {
                Value::String(t) => Some(t.clone()),
                Value::Number(n) => Some(n.to_string()),
                _ => None,
            });
            return (format!("{name}#{key}"), named.unwrap_or_default());
        }
        if !by_node {
            return (name.to_owned(), name.to_owned());
        }
        let node = document.nodes.get(key as usize);
        let mesh = node.and_then(|n| document.meshes.get(n.mesh?));
        let named = node.map(|n| &n.name).filter(|n| !n.is_empty()).or(mesh.map(|m| &m.name));
        (format!("node/{key}"), named.cloned().unwrap_or_default())
    }

    fn value(&self, column: &str, feature: u32) -> Option<&Value> {
        self.wanted.model.batches.get(column)?.get(feature as usize)
    }

    fn properties(&self, object: u32, feature: u32) -> Vec<PropertyRecord> {
        let columns = self.wanted.model.batches.as_object().filter(|_| self.by_feature);
        let property = |(name, column): (&String, &Value)| {
            Some(PropertyRecord {
                object,
                set: SET.to_owned(),
                name: name.clone(),
                value: value_of(column.as_array()?.get(feature as usize)?),
                unit: None,
                kind: PropertyKind::Property,
                inherited: false,
            })
        };
        columns.into_iter().flatten().filter_map(property).collect()
    }
}

/// Writes the stream.
pub(crate) struct Sender<'a> {
    pub(crate) job: &'a ImportJob,
    out: &'a mut dyn ImportSink,
    n_objects: u32,
    /// Tiles that are left out.
    pub(crate) n_dropped: u64,
    listed: BTreeMap<&'static str, u64>,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(job: &'a ImportJob, out: &'a mut dyn ImportSink) -> Self {
        Self { job, out, n_objects: 0, n_dropped: 0, listed: BTreeMap::new() }
    }

    /// Whether triangles are sent.
    pub(crate) fn draws(&self) -> bool {
        self.job.mode == ImportMode::Import
    }

    pub(crate) fn check(&self) -> Result<(), ImportError> {
        Ok(self.job.cancel.check()?)
    }

    pub(crate) fn progress(&mut self, done: u64, total: u64) -> Result<(), ImportError> {
        self.out.send(Batch::Progress { done, total })
    }

    /// Reports what was noted of a tile.
    pub(crate) fn notes(&mut self, place: &str, notes: Notes) -> Result<(), ImportError> {
        for (code, what) in notes {
            let severity = if TOLD.contains(&code) {
                Severity::Info
            } else if WARNED.contains(&code) {
                Severity::Warning
            } else {
                Severity::Error
            };
            self.say((code, severity), place, what)?;
        }
        Ok(())
    }

    /// Reports; of one kind only the first ones, the rest is counted at the end.
    pub(crate) fn say(
        &mut self,
        (code, severity): (&'static str, Severity),
        place: &str,
        what: String,
    ) -> Result<(), ImportError> {
        let n = self.listed.entry(code).or_default();
        *n += 1;
        // What all tiles have in common is told once.
        if *n > if severity == Severity::Info { 1 } else { LISTED } {
            return Ok(());
        }
        self.out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, place, what)))
    }

    /// Sends the objects of one document, and their triangles.
    pub(crate) fn shapes(&mut self, mut shapes: Shapes<'_>) -> Result<(), ImportError> {
        let all = std::mem::take(&mut shapes.all);
        let (mut objects, mut properties, mut meshes) = (Vec::new(), Vec::new(), Meshes::default());
        let mut drawn = Vec::new();
        for (key, shape) in all {
            let number = self.n_objects;
            self.n_objects = self.n_objects.saturating_add(1);
            let (id, name) = shapes.names(key);
            properties.extend(shapes.properties(number, key));
            objects.push(record((id, name), &shape));
            drawn.push((number, shape));
        }
        for some in chunks(objects) {
            self.out.send(Batch::Objects(some))?;
        }
        for some in chunks(properties) {
            self.out.send(Batch::Properties(some))?;
        }
        if !self.draws() {
            return Ok(());
        }
        for (number, shape) in drawn {
            for mesh in shape.meshes(number) {
                if let Some(full) = meshes.push(mesh) {
                    self.check()?;
                    self.out.send(Batch::Meshes(full))?;
                }
            }
        }
        if meshes.all.is_empty() { Ok(()) } else { self.out.send(Batch::Meshes(meshes.all)) }
    }

    /// How many objects were sent and how many tiles left out.
    pub(crate) fn finish(self) -> Result<(u64, u64), ImportError> {
        let more = self.listed.iter().filter(|(code, n)| **n > LISTED && !TOLD.contains(*code));
        for (code, n) in more {
            let what = format!("{} more like these are not listed one by one", n - LISTED);
            self.out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), Severity::Info, "", what)))?;
        }
        Ok((u64::from(self.n_objects), self.n_dropped))
    }
}

/// Meshes that are sent together.
#[derive(Default)]
struct Meshes {
    all: Vec<MeshRecord>,
    n_triangles: usize,
}

impl Meshes {
    /// Adds one; all of them when they are enough for a batch.
    fn push(&mut self, mesh: MeshRecord) -> Option<Vec<MeshRecord>> {
        self.n_triangles += mesh.indices.len() / 3;
        self.all.push(mesh);
        (self.all.len() >= BATCH_ROWS || self.n_triangles >= BATCH_TRIANGLES).then(|| {
            self.n_triangles = 0;
            std::mem::take(&mut self.all)
        })
    }
}

fn chunks<T>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rest = all.into_iter();
    std::iter::from_fn(move || {
        let some: Vec<T> = rest.by_ref().take(BATCH_ROWS).collect();
        (!some.is_empty()).then_some(some)
    })
}

fn record((id, name): (String, String), shape: &Shape) -> ObjectRecord {
    ObjectRecord {
        name,
        bbox: shape.bounds.map(Bounds::to_array),
        area_m2: (shape.n_triangles > 0).then_some(shape.area_m2),
        n_triangles: shape.n_triangles,
        color: shape.color(),
        ..ObjectRecord::new(ObjectKind::Feature, "mesh", id)
    }
}
