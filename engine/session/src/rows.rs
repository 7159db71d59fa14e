//! Rows as the command line and the panels show them: one object, flat, in the contract's words.

use lantu_base::{ProjectFrame, Rgba, WorldPoint};
use lantu_ingest::{
    EntryRecord, Fact, ObjectDetail, ObjectRecord, PropertyKind, PropertyRecord, PropertyValue,
};
use lantu_scene::ObjectView;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An object as `inspect` and `objects` write it. Field names are the command line's contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Source's name.
    pub source: String,
    /// Id within the source.
    pub id: String,
    /// Class.
    pub class: String,
    /// Name; empty if none.
    pub name: String,
    /// Id of the parent.
    pub parent: Option<String>,
    /// xmin, ymin, zmin, xmax, ymax, zmax: `objects` in the project CRS's unit and meters of height.
    pub bbox: Option<[f64; 6]>,
    /// Surface area.
    pub area_m2: Option<f64>,
    /// Signed volume.
    pub volume_m3: Option<f64>,
    /// Triangles.
    pub n_triangles: u32,
    /// Closed surface.
    pub closed: bool,
    /// `#rrggbbaa`.
    pub color: Option<String>,
    /// Codes of diagnostics.
    pub diagnostics: Vec<String>,
    /// With `--properties`. Elsewhere, since it would take more than half of a row that has none.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<RowDetails>>,
}

/// What `--properties` adds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RowDetails {
    /// Name of its type.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// Id of the structure or whole that it belongs to.
    pub container: Option<String>,
    /// Names of materials.
    pub materials: Vec<String>,
    /// Classification references.
    pub classifications: Vec<String>,
    /// Set → name → value.
    pub properties: Map<String, Value>,
    /// Set → name → value.
    pub quantities: Map<String, Value>,
    /// Set → name → unit, of those that have one.
    pub units: Map<String, Value>,
    /// Name → value of the object's own attributes.
    pub attributes: Map<String, Value>,
    /// In what way → things that it has to do with: {`id`, `class`, `name`, `inherited`, fields, `units`}.
    pub facts: Map<String, Value>,
}

impl RowDetails {
    /// Collects an object's details and properties.
    pub fn collect<'a>(
        detail: Option<&ObjectDetail>,
        properties: impl Iterator<Item = &'a PropertyRecord>,
    ) -> Self {
        let mut out = Self::default();
        if let Some(d) = detail {
            out.type_name.clone_from(&d.type_name);
            out.container.clone_from(&d.container);
            out.materials.clone_from(&d.materials);
            out.classifications.clone_from(&d.classifications);
            out.facts = facts_json(&d.facts);
        }
        for p in properties {
            match p.kind {
                PropertyKind::Quantity => put(&mut out.quantities, &p.set, &p.name, json_value(&p.value)),
                PropertyKind::Property => put(&mut out.properties, &p.set, &p.name, json_value(&p.value)),
                PropertyKind::Attribute => {
                    out.attributes.insert(p.name.clone(), json_value(&p.value));
                }
            }
            if let Some(unit) = &p.unit {
                put(&mut out.units, &p.set, &p.name, json!(unit));
            }
        }
        out
    }
}

/// Facts by their kind.
pub(crate) fn facts_json(facts: &[Fact]) -> Map<String, Value> {
    let mut out = Map::new();
    for f in facts {
        let mut one = Map::new();
        if let Some(id) = &f.id {
            one.insert("id".to_owned(), json!(id));
        }
        one.insert("class".to_owned(), json!(f.class));
        one.insert("name".to_owned(), json!(f.name));
        if f.inherited {
            one.insert("inherited".to_owned(), json!(true));
        }
        let mut units = Map::new();
        for field in &f.fields {
            one.entry(field.name.as_str()).or_insert_with(|| json_value(&field.value));
            if let Some(unit) = &field.unit {
                units.insert(field.name.clone(), json!(unit));
            }
        }
        if !units.is_empty() {
            one.insert("units".to_owned(), Value::Object(units));
        }
        if let Value::Array(list) = out.entry(f.kind.as_str()).or_insert_with(|| json!([])) {
            list.push(Value::Object(one));
        }
    }
    out
}

fn put(sets: &mut Map<String, Value>, set: &str, name: &str, value: Value) {
    if let Value::Object(inner) = sets.entry(set).or_insert_with(|| json!({})) {
        // The occurrence comes before its type in the stream, and wins.
        inner.entry(name).or_insert(value);
    }
}

/// A property's value as JSON. A number that JSON cannot carry becomes text.
pub fn json_value(v: &PropertyValue) -> Value {
    match v {
        PropertyValue::Null => Value::Null,
        PropertyValue::Bool(b) => json!(b),
        PropertyValue::Int(i) => json!(i),
        PropertyValue::Real(r) if r.is_finite() => json!(r),
        PropertyValue::Real(r) => json!(r.to_string()),
        PropertyValue::Text(t) => json!(t),
        PropertyValue::List(l) => Value::Array(l.iter().map(json_value).collect()),
    }
}

/// A property's value as a person reads it.
pub fn text_value(v: &PropertyValue) -> String {
    match v {
        PropertyValue::Null => String::new(),
        PropertyValue::Bool(b) => b.to_string(),
        PropertyValue::Int(i) => i.to_string(),
        PropertyValue::Real(r) => r.to_string(),
        PropertyValue::Text(t) => t.clone(),
        PropertyValue::List(l) => match l.iter().map(named).collect::<Option<Vec<_>>>() {
            Some(parts) if !parts.is_empty() => parts.join("; "),
            _ => l.iter().map(text_value).collect::<Vec<_>>().join(", "),
        },
    }
}

/// A part of a complex value, `(name, value)` or `(name, value, unit)`, as a person reads it; `None` for anything else.
fn named(v: &PropertyValue) -> Option<String> {
    let PropertyValue::List(part) = v else { return None };
    match part.as_slice() {
        [PropertyValue::Text(name), value] => Some(format!("{name}: {}", text_value(value))),
        [PropertyValue::Text(name), value, PropertyValue::Text(unit)]
            if !matches!(value, PropertyValue::Text(_)) =>
        {
            Some(format!("{name}: {} {unit}", text_value(value)))
        }
        _ => None,
    }
}

/// The row of an object in the scene, with its box in the project CRS's unit.
pub fn row_of(o: &ObjectView<'_>, frame: &ProjectFrame) -> Row {
    let b = o.bounds();
    let bbox = (!b.is_empty()).then(|| {
        let [x0, y0, z0] = frame.crs_from_world(WorldPoint(b.min));
        let [x1, y1, z1] = frame.crs_from_world(WorldPoint(b.max));
        [x0, y0, z0, x1, y1, z1]
    });
    let id_of = |p: lantu_base::ObjectRow| o.span.object(p).map(|p| p.id().to_owned());
    Row {
        source: o.span.source.to_string(),
        id: o.id().to_owned(),
        class: o.class().to_owned(),
        name: o.name().to_owned(),
        parent: o.parent().and_then(id_of),
        bbox,
        area_m2: o.area_m2(),
        volume_m3: o.volume_m3(),
        n_triangles: o.n_triangles(),
        closed: o.closed(),
        color: o.color().map(|c| Rgba(c).to_string()),
        diagnostics: o.diagnostics().into_iter().map(str::to_owned).collect(),
        details: None,
    }
}

/// What has an id but is no object, as a row without a place and shape.
pub(crate) fn row_of_entry(source: &str, entry: &EntryRecord) -> Row {
    let mut details = RowDetails::collect(None, entry.properties.iter());
    details.facts = facts_json(&entry.facts);
    Row {
        source: source.to_owned(),
        id: entry.id.clone(),
        class: entry.class.clone(),
        name: entry.name.clone(),
        parent: None,
        bbox: None,
        area_m2: None,
        volume_m3: None,
        n_triangles: 0,
        closed: false,
        color: None,
        diagnostics: Vec::new(),
        details: Some(Box::new(details)),
    }
}

/// The row of an object as the importer delivered it, in the source's frame; its parent is still to be named.
pub(crate) fn row_of_record(source: &str, record: &ObjectRecord) -> Row {
    Row {
        source: source.to_owned(),
        id: record.id.clone(),
        class: record.class.clone(),
        name: record.name.clone(),
        parent: None,
        bbox: record.bbox,
        area_m2: record.area_m2,
        volume_m3: record.volume_m3,
        n_triangles: record.n_triangles,
        closed: record.closed,
        color: record.color.map(|c| Rgba(c).to_string()),
        diagnostics: record.diagnostics.clone(),
        details: None,
    }
}
