//! From city objects to the stream: order, detail, records.

use std::collections::{BTreeMap, HashMap, HashSet};

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_ingest::{
    Batch, ImportError, ImportJob, ImportMode, ImportSink, InstanceRecord, MeshRecord, ObjectKind,
    ObjectRecord, PropertyKind, PropertyRecord, PropertyValue, RelationKind, RelationRecord, TemplateRecord,
};
use serde_json::Value;

use crate::file::CityFile;
use crate::importer::counts;
use crate::model::{CityObject, Geometry, Shape};
use crate::shapes::{Drawing, Template};
use crate::way::Way;

/// Objects in a batch at most.
const BATCH_OBJECTS: usize = 4096;
/// Triangles in a batch at most: some 50 bytes each.
const BATCH_TRIANGLES: usize = 100_000;
/// Diagnostics of one kind that are listed one by one; the rest is counted.
const LISTED: u64 = 20;
/// Vertices that are transformed at a time.
const CHUNK: usize = 1 << 16;

/// The class of what is no thing but holds others together.
const GROUP: &str = "CityObjectGroup";

/// Attributes that name an object, the first before the others.
const NAMES: [&str; 5] = ["name", "gml:name", "gml_name", "名称", "title"];

/// Turns files into batches.
pub(crate) struct Sender<'a> {
    job: &'a ImportJob,
    out: &'a mut dyn ImportSink,
    way: &'a Way,
    templates: Vec<Template>,
    /// Numbers of all objects, by id.
    numbers: HashMap<String, u32>,
    /// Those of them that are groups.
    groups: HashSet<u32>,
    n_dropped: u64,
    listed: BTreeMap<&'static str, u64>,
    waiting: Waiting,
}

/// What is sent with the next batches.
#[derive(Default)]
struct Waiting {
    objects: Vec<ObjectRecord>,
    properties: Vec<PropertyRecord>,
    relations: Vec<RelationRecord>,
    meshes: Vec<MeshRecord>,
    instances: Vec<InstanceRecord>,
    features: Vec<lantu_ingest::FeatureRecord>,
    n_triangles: usize,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(job: &'a ImportJob, out: &'a mut dyn ImportSink, way: &'a Way) -> Self {
        Self {
            job,
            out,
            way,
            templates: Vec::new(),
            numbers: HashMap::new(),
            groups: HashSet::new(),
            n_dropped: 0,
            listed: BTreeMap::new(),
            waiting: Waiting::default(),
        }
    }

    /// Draws is what it does with shapes: neither when inspecting nor when nobody knows where they are.
    fn draws(&self) -> bool {
        self.job.mode == ImportMode::Import && !self.way.unplaced
    }

    /// Sends the templates of a file, which its objects name.
    pub(crate) fn templates(&mut self, file: &CityFile) -> Result<(), ImportError> {
        let mut records = Vec::new();
        for (n, read) in (0_u32..).zip(&file.templates) {
            let mut template = Template::default();
            match read {
                Ok(g) => template = Template::read(g, &file.template_vertices),
                Err(why) => template.faults.push(("city.geometry", format!("it is left out: {why}"))),
            }
            for (code, what) in &template.faults {
                self.say((code, Severity::Error), &format!("template {n}"), what.clone())?;
            }
            if self.draws() && !template.meshes.is_empty() {
                records.push(TemplateRecord { template: n, meshes: template.meshes.clone() });
            }
            self.templates.push(template);
        }
        if records.is_empty() { Ok(()) } else { self.out.send(Batch::Templates(records)) }
    }

    /// Sends the objects of a file or of a line of a sequence.
    pub(crate) fn file(&mut self, file: &mut CityFile) -> Result<(), ImportError> {
        // Templates stand in the coordinates of the file, and are moved from there.
        let raw = if self.templates.is_empty() { Vec::new() } else { file.vertices.clone() };
        for chunk in file.vertices.chunks_mut(CHUNK) {
            self.job.cancel.check()?;
            self.way.apply(chunk);
        }
        let total = (self.numbers.len() + file.objects.len()) as u64;
        let replaced = replaced_by_parts(&file.objects);
        for ix in parents_first(&file.objects) {
            self.job.cancel.check()?;
            let Some(object) = file.objects.get(ix) else { continue };
            self.object(object, replaced.contains(object.id.as_str()), (&file.vertices, &raw))?;
            let full =
                self.waiting.objects.len() >= BATCH_OBJECTS || self.waiting.n_triangles >= BATCH_TRIANGLES;
            if full {
                self.flush()?;
                self.out.send(Batch::Progress { done: self.numbers.len() as u64, total })?;
            }
        }
        Ok(())
    }

    fn object(
        &mut self,
        object: &CityObject,
        replaced: bool,
        (vertices, raw): (&[[f64; 3]], &[[f64; 3]]),
    ) -> Result<(), ImportError> {
        let place = format!("object {}", object.id);
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        if self.numbers.contains_key(&object.id) {
            self.n_dropped += 1;
            let what = "another object has the same id; this one is left out".to_owned();
            return self.say(("city.duplicate_id", Severity::Error), &place, what);
        }
        self.numbers.insert(object.id.clone(), number);
        if object.class == GROUP {
            self.groups.insert(number);
        }
        let mut record = record(object, self.parent(object, number)?);
        for (code, what) in &object.faults {
            record.diagnostics.push((*code).to_owned());
            self.say((code, Severity::Error), &place, what.clone())?;
        }
        let chosen = chosen(&object.geometries, &self.templates);
        self.attributes(number, object, chosen.first().map(|g| g.lod.as_str()));
        if self.way.unplaced || replaced {
            if replaced {
                record.diagnostics.push("city.coarser".to_owned());
                let what = "its parts are more detailed and are drawn in its place".to_owned();
                self.say(("city.coarser", Severity::Info), &place, what)?;
            }
            self.waiting.objects.push(record);
            return Ok(());
        }
        let mut drawing = Drawing::new(number, (vertices, raw), self.way);
        for (n, geometry) in chosen.iter().enumerate() {
            drawing.add(n, geometry, &object.class, &self.templates);
        }
        if chosen.iter().any(|g| g.has_appearance) {
            let what =
                "textures and materials are not drawn; surfaces have the color of their meaning".to_owned();
            self.say(("city.appearance", Severity::Info), "appearance", what)?;
        }
        for (code, severity, what) in drawing.faults() {
            record.diagnostics.push(code.to_owned());
            self.say((code, severity), &place, what)?;
        }
        drawing.measure(&mut record);
        self.waiting.properties.extend(drawing.areas());
        self.waiting.objects.push(record);
        if self.draws() {
            let drawn = drawing.finish();
            self.waiting.n_triangles += drawn.meshes.iter().map(|m| m.indices.len() / 3).sum::<usize>();
            self.waiting.meshes.extend(drawn.meshes);
            self.waiting.instances.extend(drawn.instances);
            self.waiting.features.extend(drawn.features);
        }
        Ok(())
    }

    /// The object that this one is a part of; groups are a relation.
    fn parent(&mut self, object: &CityObject, number: u32) -> Result<Option<u32>, ImportError> {
        let mut parent = None;
        for id in &object.parents {
            let Some(&from) = self.numbers.get(id).filter(|n| **n != number) else {
                let what = format!("it names a parent that is not there: {id:?}");
                self.say(("city.parent", Severity::Warning), &format!("object {}", object.id), what)?;
                continue;
            };
            let kind = if self.groups.contains(&from) || parent.is_some() {
                RelationKind::Groups
            } else {
                RelationKind::Contains
            };
            if kind == RelationKind::Contains {
                parent = Some(from);
            }
            self.waiting.relations.push(RelationRecord { kind, from, to: number });
        }
        Ok(parent)
    }

    fn attributes(&mut self, object: u32, from: &CityObject, lod: Option<&str>) {
        let property = |name: &str, value| PropertyRecord {
            object,
            set: from.class.clone(),
            name: name.to_owned(),
            value,
            unit: None,
            kind: PropertyKind::Property,
            inherited: false,
        };
        let own = from.attributes.iter().map(|(name, value)| property(name, value_of(value)));
        let lod = lod.filter(|l| !l.is_empty()).map(|l| property("lod", PropertyValue::Text(l.to_owned())));
        self.waiting.properties.extend(own.chain(lod));
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
        // Of the file as a whole: once.
        if *n > LISTED || (*n > 1 && !place.contains(' ')) {
            return Ok(());
        }
        self.out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, place, what)))
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        let w = std::mem::take(&mut self.waiting);
        let batches = [
            (!w.objects.is_empty()).then_some(Batch::Objects(w.objects)),
            (!w.relations.is_empty()).then_some(Batch::Relations(w.relations)),
            (!w.properties.is_empty()).then_some(Batch::Properties(w.properties)),
            (!w.meshes.is_empty()).then_some(Batch::Meshes(w.meshes)),
            (!w.instances.is_empty()).then_some(Batch::Instances(w.instances)),
            (!w.features.is_empty()).then_some(Batch::Features(w.features)),
        ];
        batches.into_iter().flatten().try_for_each(|b| self.out.send(b))
    }

    /// Sends what waits, and how many diagnostics of each kind were not listed.
    pub(crate) fn finish(mut self) -> Result<Counts, ImportError> {
        self.flush()?;
        let more: Vec<(&str, u64)> =
            self.listed.iter().map(|(c, n)| (*c, *n)).filter(|(_, n)| *n > LISTED).collect();
        for (code, n) in more {
            let what = format!("{} more like these are not listed one by one", n - LISTED);
            self.out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), Severity::Info, "", what)))?;
        }
        Ok(counts(self.numbers.len() as u64 + self.n_dropped, self.n_dropped))
    }
}

fn record(object: &CityObject, parent: Option<u32>) -> ObjectRecord {
    let named = |name: &&str| object.attributes.iter().find(|(n, _)| n.to_lowercase() == **name);
    let name = NAMES.iter().find_map(|n| named(n)?.1.as_str());
    let kind = if object.class == GROUP { ObjectKind::Group } else { ObjectKind::Feature };
    ObjectRecord {
        name: name.unwrap_or_default().to_owned(),
        parent,
        ..ObjectRecord::new(kind, object.class.as_str(), object.id.as_str())
    }
}

/// A value of JSON as a property.
pub(crate) fn value_of(value: &Value) -> PropertyValue {
    match value {
        Value::Null => PropertyValue::Null,
        Value::Bool(b) => PropertyValue::Bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(i) => PropertyValue::Int(i),
            None => PropertyValue::Real(n.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(t) => PropertyValue::Text(t.clone()),
        Value::Array(all) => PropertyValue::List(all.iter().map(value_of).collect()),
        Value::Object(_) => PropertyValue::Text(value.to_string()),
    }
}

/// The geometries of the finest level of detail.
fn chosen<'g>(all: &'g [Geometry], templates: &[Template]) -> Vec<&'g Geometry> {
    let lod = |g: &Geometry| match &g.shape {
        Shape::Instance(i) => templates.get(i.template as usize).map_or(-1.0, |t| t.lod),
        _ => g.lod_number(),
    };
    let finest = all.iter().map(lod).fold(f64::NEG_INFINITY, f64::max);
    all.iter().filter(|g| lod(g) >= finest).collect()
}

/// Ids of objects that their parts show in more detail: a building of level 1 over its parts of level 2 would hide them.
fn replaced_by_parts(objects: &[CityObject]) -> HashSet<&str> {
    let finest = |o: &CityObject| o.geometries.iter().map(Geometry::lod_number).fold(-1.0, f64::max).floor();
    let mut parts: HashMap<&str, f64> = HashMap::new();
    for o in objects.iter().filter(|o| o.class.ends_with("Part")) {
        for p in &o.parents {
            let best = parts.entry(p.as_str()).or_insert(-1.0);
            *best = best.max(finest(o));
        }
    }
    let is = |o: &&CityObject| {
        !o.geometries.is_empty() && parts.get(o.id.as_str()).is_some_and(|of_parts| *of_parts > finest(o))
    };
    objects.iter().filter(is).map(|o| o.id.as_str()).collect()
}

/// Indices of objects in the order of the file, each after its parents; of a circle one comes before its parent.
fn parents_first(objects: &[CityObject]) -> Vec<usize> {
    let places: HashMap<&str, usize> =
        objects.iter().enumerate().rev().map(|(ix, o)| (o.id.as_str(), ix)).collect();
    let mut out = Vec::with_capacity(objects.len());
    let mut seen = vec![false; objects.len()];
    for start in 0..objects.len() {
        let mut open = vec![start];
        while let Some(&ix) = open.last() {
            let fresh = seen.get_mut(ix).is_some_and(|s| !std::mem::replace(s, true));
            if fresh {
                let parents = objects.get(ix).into_iter().flat_map(|o| &o.parents);
                let parents = parents.filter_map(|p| places.get(p.as_str())).copied();
                open.extend(parents.filter(|p| seen.get(*p).is_some_and(|s| !s)));
            } else {
                open.pop();
                out.push(ix);
            }
        }
    }
    let mut sent = vec![false; objects.len()];
    out.retain(|ix| sent.get_mut(*ix).is_some_and(|s| !std::mem::replace(s, true)));
    out
}
