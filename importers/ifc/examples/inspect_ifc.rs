//! Writes what the importer reads of one file as JSON, in the shape of `lantu inspect --json --properties`.
//!
//! `cargo run -p lantu-ifc --example inspect_ifc -- FILE.ifc OUT.json [THREADS] [--data]`
//!
//! With `--data` no shapes are made: what the file says of its objects, and the time that reading it takes.

use std::collections::HashMap;
use std::time::Instant;

use lantu_ifc::{IfcImporter, import_without_shapes};
use lantu_ingest::{
    Batch, ImportJob, Importer, ObjectDetail, ObjectRecord, PropertyKind, PropertyValue, VecSink,
};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data_only = std::env::args().any(|a| a == "--data");
    let mut args = std::env::args().skip(1).filter(|a| a != "--data");
    let (Some(file), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: inspect_ifc FILE.ifc OUT.json".into());
    };
    let threads = args.next().and_then(|t| t.parse().ok()).unwrap_or(2);
    let job = ImportJob { threads, ..ImportJob::inspect(&file) };
    let started = Instant::now();
    let mut sink = VecSink::default();
    if data_only {
        import_without_shapes(&job, &mut sink)?;
    } else {
        IfcImporter.import(&job, &mut sink)?;
    }
    let mut doc = collect(sink.0);
    doc.insert("file".to_owned(), json!(file));
    if let Some(Value::Object(s)) = doc.get_mut("seconds") {
        s.insert("total".to_owned(), json!(started.elapsed().as_secs_f64()));
    }
    std::fs::write(out, serde_json::to_string(&Value::Object(doc))?)?;
    Ok(())
}

fn collect(batches: Vec<Batch>) -> Map<String, Value> {
    let mut doc = Map::new();
    let (mut objects, mut details, mut properties) = (Vec::new(), Vec::new(), Vec::new());
    let mut diagnostics = Vec::new();
    for batch in batches {
        match batch {
            Batch::Begin(b) => {
                doc.insert("schema".to_owned(), json!(b.schema));
                doc.insert("crs".to_owned(), json!(b.declared_crs));
                doc.insert("unit".to_owned(), json!(b.unit));
                doc.insert("georeference".to_owned(), json!(b.georeference));
            }
            Batch::Objects(o) => objects.extend(o),
            Batch::Details(d) => details.extend(d),
            Batch::Properties(p) => properties.extend(p),
            Batch::Diagnostic(d) => diagnostics.push(json!(d)),
            Batch::End(e) => {
                doc.insert("seconds".to_owned(), json!({"open": e.open_s, "geometry": e.geometry_s}));
            }
            _ => {}
        }
    }
    let mut sets: HashMap<u32, [Map<String, Value>; 2]> = HashMap::new();
    for p in properties.iter().filter(|p| p.kind != PropertyKind::Attribute) {
        let both = sets.entry(p.object).or_default();
        let [property, quantity] = both;
        let of_kind = if p.kind == PropertyKind::Quantity { quantity } else { property };
        if let Value::Object(set) = of_kind.entry(p.set.clone()).or_insert_with(|| json!({})) {
            set.entry(p.name.clone()).or_insert(value(&p.value));
        }
    }
    let rows: Vec<Value> = (0_u32..)
        .zip(&objects)
        .zip(&details)
        .map(|((n, o), d)| row(o, d, &objects, sets.remove(&n).unwrap_or_default()))
        .collect();
    doc.insert("n_objects".to_owned(), json!(rows.len()));
    doc.insert("n_with_geometry".to_owned(), json!(objects.iter().filter(|o| o.bbox.is_some()).count()));
    doc.insert(
        "n_triangles".to_owned(),
        json!(objects.iter().map(|o| u64::from(o.n_triangles)).sum::<u64>()),
    );
    doc.insert("n_properties".to_owned(), json!(properties.len()));
    doc.insert("diagnostics".to_owned(), Value::Array(diagnostics));
    doc.insert("rows".to_owned(), Value::Array(rows));
    doc
}

fn row(o: &ObjectRecord, d: &ObjectDetail, all: &[ObjectRecord], sets: [Map<String, Value>; 2]) -> Value {
    let [properties, quantities] = sets;
    json!({
        "id": o.id, "class": o.class, "name": o.name,
        "parent": o.parent.and_then(|p| all.get(p as usize)).map(|p| &p.id),
        "bbox": o.bbox, "area_m2": o.area_m2, "volume_m3": o.volume_m3, "n_triangles": o.n_triangles,
        "closed": o.closed,
        "color": o.color.map(|[r, g, b, a]| format!("#{r:02x}{g:02x}{b:02x}{a:02x}")),
        "hidden": o.hidden, "diagnostics": o.diagnostics,
        "type": d.type_name, "container": d.container, "materials": d.materials,
        "classifications": d.classifications, "properties": properties, "quantities": quantities,
    })
}

fn value(v: &PropertyValue) -> Value {
    match v {
        PropertyValue::Null => Value::Null,
        PropertyValue::Bool(b) => json!(b),
        PropertyValue::Int(i) => json!(i),
        PropertyValue::Real(r) => json!(r),
        PropertyValue::Text(t) => json!(t),
        PropertyValue::List(l) => Value::Array(l.iter().map(value).collect()),
    }
}
