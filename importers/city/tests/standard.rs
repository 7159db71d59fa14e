//! What `CityJSON` says of solids, templates, parts and sequences, and what becomes of files that break its rules.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use lantu_base::ProjectFrame;
use lantu_city::CityImporter;
use lantu_ingest::{
    Batch, Confidence, ImportError, ImportJob, ImportMode, Importer, InstanceRecord, MeshRecord,
    ObjectRecord, PropertyRecord, PropertyValue, RelationRecord, VecSink,
};
use serde_json::{Value, json};

/// Everything of one kind that a stream has.
#[derive(Default)]
struct Stream {
    objects: Vec<ObjectRecord>,
    meshes: Vec<MeshRecord>,
    instances: Vec<InstanceRecord>,
    properties: Vec<PropertyRecord>,
    relations: Vec<RelationRecord>,
    said: Vec<(String, String, String)>,
    asks_height: bool,
    unplaced: bool,
}

fn import_text(text: &str, frame: &str, height: Option<&str>) -> Result<Stream, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.city.json");
    std::fs::write(&path, text).unwrap();
    let frame = ProjectFrame {
        crs: frame.to_owned(),
        height_crs: height.map(str::to_owned),
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let job = ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(&path) };
    let mut sink = VecSink::default();
    CityImporter.import(&job, &mut sink)?;
    let mut out = Stream::default();
    for batch in sink.0 {
        match batch {
            Batch::Begin(b) => {
                (out.asks_height, out.unplaced) = (b.hints.asks_height, b.declared_crs.is_none());
            }
            Batch::Objects(o) => out.objects.extend(o),
            Batch::Meshes(m) => out.meshes.extend(m),
            Batch::Instances(i) => out.instances.extend(i),
            Batch::Properties(p) => out.properties.extend(p),
            Batch::Relations(r) => out.relations.extend(r),
            Batch::Diagnostic(d) => out.said.push((d.code.to_string(), d.place, d.message)),
            _ => {}
        }
    }
    Ok(out)
}

fn import(value: &Value) -> Stream {
    import_text(&value.to_string(), "EPSG:4548", None).unwrap()
}

impl Stream {
    fn object(&self, id: &str) -> &ObjectRecord {
        self.objects.iter().find(|o| o.id == id).unwrap()
    }

    fn says(&self, code: &str) -> &str {
        self.said
            .iter()
            .find(|s| s.0 == code)
            .map_or_else(|| panic!("{code} in {:?}", self.said), |s| s.2.as_str())
    }
}

/// A cube of two meters: bottom, top, four walls.
fn cube() -> Value {
    json!([[[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]])
}

fn corners() -> Value {
    json!([
        [0, 0, 0],
        [2000, 0, 0],
        [2000, 2000, 0],
        [0, 2000, 0],
        [0, 0, 2000],
        [2000, 0, 2000],
        [2000, 2000, 2000],
        [0, 2000, 2000]
    ])
}

fn model(objects: &Value) -> Value {
    json!({
        "type": "CityJSON", "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4548"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [455_600.0, 4_428_550.0, 40.0]},
        "CityObjects": objects, "vertices": corners()
    })
}

#[test]
fn a_solid_has_its_volume_its_place_and_the_color_of_each_meaning() {
    let out = import(&model(&json!({"house": {
        "type": "Building", "attributes": {"name": "甲楼", "storeys": 1, "made": {"year": 1999}},
        "geometry": [{
            "type": "Solid", "lod": "2", "boundaries": cube(),
            "semantics": {
                "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
                "values": [[0, 1, 2, 2, 2, null]]
            }
        }]
    }})));
    let o = out.object("house");
    assert!(
        (o.volume_m3.unwrap() - 8.0).abs() < 1e-6 && (o.area_m2.unwrap() - 24.0).abs() < 1e-6 && o.closed
    );
    assert_eq!(o.bbox, Some([455_600.0, 4_428_550.0, 40.0, 455_602.0, 4_428_552.0, 42.0]));
    assert_eq!((o.name.as_str(), o.n_triangles, out.meshes.len()), ("甲楼", 12, 4));
    let area = |name: &str| match &out.properties.iter().find(|p| p.name == name).unwrap().value {
        PropertyValue::Real(v) => *v,
        other => panic!("{other:?}"),
    };
    assert!((area("WallSurface") - 12.0).abs() < 1e-6 && (area("RoofSurface") - 4.0).abs() < 1e-6);
    assert!(
        out.properties
            .iter()
            .any(|p| p.name == "made" && p.value == PropertyValue::Text("{\"year\":1999}".into()))
    );
}

#[test]
fn the_finest_detail_is_drawn_and_parts_stand_for_their_building() {
    let flat = json!([[[0, 1, 2, 3]]]);
    let out = import(&model(&json!({
        "part": {"type": "BuildingPart", "parents": ["house"], "geometry": [
            {"type": "MultiSurface", "lod": "1", "boundaries": flat},
            {"type": "Solid", "lod": "2.2", "boundaries": cube()}
        ]},
        "house": {"type": "Building", "children": ["part"], "geometry": [
            {"type": "MultiSurface", "lod": "0", "boundaries": flat}
        ]},
        "shed": {"type": "BuildingInstallation", "parents": ["house"], "geometry": [
            {"type": "MultiSurface", "lod": 3, "boundaries": flat}
        ]}
    })));
    let ids: Vec<&str> = out.objects.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(ids, ["house", "part", "shed"], "a whole comes before its parts");
    assert_eq!((out.object("part").parent, out.object("part").n_triangles), (Some(0), 12));
    assert_eq!((out.object("house").n_triangles, out.object("shed").n_triangles), (0, 2));
    assert_eq!(out.relations.len(), 2);
}

#[test]
fn a_template_stands_where_its_matrix_and_vertex_put_it() {
    let mut file = model(&json!({"tree": {"type": "SolitaryVegetationObject", "geometry": [{
        "type": "GeometryInstance", "template": 0, "boundaries": [1],
        // Twice as large, and a quarter turn about z.
        "transformationMatrix": [0, -2, 0, 0, 2, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 1]
    }]}}));
    file["geometry-templates"] = json!({
        "templates": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]]]}],
        "vertices-templates": [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    });
    let out = import(&file);
    assert_eq!((out.instances.len(), out.meshes.len(), out.object("tree").n_triangles), (1, 0, 1));
    let b = out.object("tree").bbox.unwrap();
    for (got, wanted) in b.iter().zip([455_600.0, 4_428_550.0, 41.0, 455_602.0, 4_428_552.0, 41.0]) {
        assert!((got - wanted).abs() < 1e-6, "{b:?}");
    }
}

#[test]
fn each_line_of_a_sequence_has_its_own_vertices() {
    let head = json!({
        "type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": [],
        "metadata": {"referenceSystem": "urn:ogc:def:crs:EPSG::4548"},
        "transform": {"scale": [1, 1, 1], "translate": [455_600.0, 4_428_550.0, 40.0]}
    });
    let feature = |id: &str, x: i32| {
        json!({"type": "CityJSONFeature", "id": id, "vertices": [[x, 0, 0], [x + 1, 0, 0], [x, 1, 0]], "CityObjects": {
            id: {"type": "LandUse", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2]]]}]}
        }})
    };
    let text = format!("{head}\n{}\n{}\n", feature("a", 0), feature("b", 100));
    let out = import_text(&text, "EPSG:4548", None).unwrap();
    assert!((out.object("b").bbox.unwrap()[0] - 455_700.0).abs() < 1e-6 && out.objects.len() == 2);
    let cut = import_text(&text[..text.len() - 40], "EPSG:4548", None);
    assert!(
        matches!(cut, Err(ImportError::Format { code: "city.json", place, .. }) if place.starts_with("line 3"))
    );
}

#[test]
fn what_breaks_the_rules_is_left_out_with_its_place_and_the_rest_is_drawn() {
    let mut file = model(&json!({
        "ok": {"type": "Building", "geometry": [{"type": "Solid", "lod": "1", "boundaries": cube()}]},
        "far": {"type": "Building", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 99]], [[0, 1, 2]]]}]},
        "negative": {"type": "Building", "geometry": [{"type": "MultiSurface", "boundaries": [[[0, -1, 2.5]]]}]},
        "nowhere": {"type": "Building", "geometry": [{"type": "MultiSurface", "boundaries": [[[0, 1, 8]]]}]},
        "flat": {"type": "Building", "geometry": [{"type": "Solid", "boundaries": [[[0, 1, 2]]]}, 7]},
        "orphan": {"type": "BuildingPart", "parents": ["gone", "orphan"]},
        "round": {"type": "Building", "parents": ["trip"]},
        "trip": {"type": "Building", "parents": ["round"]},
        "no": 7
    }));
    file["vertices"].as_array_mut().unwrap().push(json!([1e300, 0, 0]));
    let out = import(&file);
    assert_eq!(out.objects.len(), 9);
    assert!(out.object("ok").closed && out.object("far").n_triangles == 1);
    assert!(out.says("city.index").contains("vertex 99 of 9"));
    assert!(out.said.iter().any(|s| s.0 == "city.no_place" && s.1 == "object nowhere"));
    assert!(out.said.iter().any(|s| s.0 == "city.geometry" && s.1 == "object flat"));
    assert!(
        out.says("city.parent").contains("gone") && out.says("city.object").contains("not a JSON object")
    );
    assert_eq!(out.object("negative").diagnostics, ["city.index"]);
}

#[test]
fn heights_without_a_datum_are_asked_for_where_the_project_has_one() {
    let text = model(&json!({})).to_string();
    assert!(import_text(&text, "EPSG:4548", Some("EPSG:5737")).unwrap().asks_height);
    assert!(!import_text(&text, "EPSG:4548", None).unwrap().asks_height);
    let nowhere = import_text(&text.replace("referenceSystem", "title"), "EPSG:4548", None).unwrap();
    assert!(nowhere.unplaced && nowhere.says("city.crs_unreadable").contains("referenceSystem"));
    let elsewhere = text.replace("EPSG/0/4548", "EPSG/0/2414");
    let refused = import_text(&elsewhere, "EPSG:4548", None);
    assert!(matches!(refused, Err(ImportError::Format { code: "city.crs_refused", .. })));
}

#[test]
fn a_city_model_is_told_from_other_json() {
    let probe = |name: &str, head: &str| CityImporter.probe(name.as_ref(), head.as_bytes());
    assert_eq!(probe("a.json", r#"{"CityObjects":{"x":{}}"#), Confidence::MAGIC);
    assert_eq!(probe("a.city.json", r#"{"vertices": ["#), Confidence::CONTENT);
    assert_eq!(probe("a.json", r#"{"type": "FeatureCollection"}"#), Confidence::NO);
    assert_eq!(probe("a.city.json", "<gml"), Confidence::NO);
}
