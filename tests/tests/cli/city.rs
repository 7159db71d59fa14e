//! City models, point clouds and styles of layers, from the file to what a person asks.

use serde_json::{Value, json};

use crate::lantu::{Desk, text};

/// A house of two meters in a city model, which says nothing of its heights.
fn house() -> String {
    json!({
        "type": "CityJSON", "version": "2.0",
        "metadata": {"referenceSystem": "urn:ogc:def:crs:EPSG::4548"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [455_600.0, 4_428_550.0, 40.0]},
        "CityObjects": {"house": {"type": "Building", "attributes": {"year": 1999}, "geometry": [{
            "type": "Solid", "lod": "2",
            "boundaries": [[[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]],
            "semantics": {"surfaces": [{"type": "RoofSurface"}], "values": [[null, 0, null, null, null, null]]}
        }]}},
        "vertices": [
            [0, 0, 0], [2000, 0, 0], [2000, 2000, 0], [0, 2000, 0],
            [0, 0, 2000], [2000, 0, 2000], [2000, 2000, 2000], [0, 2000, 2000]
        ]
    })
    .to_string()
}

#[test]
fn a_city_model_waits_for_its_heights_and_stands_where_it_says_once_they_are_accepted() {
    let desk = Desk::empty();
    desk.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    let file = desk.write("houses.city.json", house().as_bytes());
    desk.import(&[&file], 3);
    assert_eq!(desk.info()["sources"][0]["placed"], Value::Bool(false));
    let report = desk.run("placement", &["houses.city", "--json"]).expect(0).json();
    assert!(report["hypotheses"][0]["reasons"].to_string().contains("heights"), "{report}");
    desk.run("placement", &["houses.city", "--accept", "1"]).expect(0);
    let rows = desk.objects(&[]);
    assert_eq!(rows[0]["bbox"], json!([455_600.0, 4_428_550.0, 40.0, 455_602.0, 4_428_552.0, 42.0]));
    assert_eq!((&rows[0]["closed"], &rows[0]["volume_m3"]), (&json!(true), &json!(8.0)));

    // What is stated is not asked, and is added.
    let stated = Desk::empty();
    stated.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    let file = stated.write("houses.city.json", house().as_bytes());
    stated.import(&[&file, "--height", "1.5"], 0);
    assert_eq!(stated.objects(&[])[0]["bbox"][2], json!(41.5));
    stated.run("verify", &[]).expect(0);
}

#[test]
fn a_surface_without_a_place_waits_and_stands_where_somebody_says() {
    // A triangle of 4 × 3 m, y up.
    let bytes = "AAAAAAAAAAAAAAAAAACAQAAAAAAAAAAAAAAAAAAAAAAAAEDA";
    let model = json!({
        "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "scan"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36, "uri": format!("data:application/octet-stream;base64,{bytes}")}]
    });
    let desk = Desk::new("EPSG:4548");
    let file = desk.write("scan.gltf", model.to_string().as_bytes());
    desk.import(&[&file], 3);
    assert_eq!(desk.info()["sources"][0]["placed"], Value::Bool(false));
    let points = desk.write(
        "fit.csv",
        b"id,x,y,z,easting,northing,height\na,0,0,0,455600,4428550,40\nb,4,0,0,455604,4428550,40\nc,0,3,0,455600,4428553,40\n",
    );
    desk.run("placement", &["scan", "--fit", &points]).expect(0);
    let rows = desk.objects(&[]);
    let b: Vec<f64> = rows[0]["bbox"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let expected = [455_600.0, 4_428_550.0, 40.0, 455_604.0, 4_428_553.0, 40.0];
    assert!(b.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-3), "{b:?}");
    assert_eq!((rows[0]["name"].as_str(), rows[0]["area_m2"].as_f64()), (Some("scan"), Some(6.0)));
    desk.run("verify", &[]).expect(0);
}

#[test]
fn a_layer_is_colored_by_its_values_named_by_an_attribute_and_goes_back_to_its_rules() {
    let desk = Desk::new("EPSG:4548");
    let features: Vec<Value> = (0..20)
        .map(|i| {
            let (x, y) = (455_600.0 + f64::from(i), 4_428_550.0);
            json!({
                "type": "Feature", "id": i, "properties": {"flow": f64::from(i) * 0.5, "编号": format!("W{i}")},
                "geometry": {"type": "LineString", "coordinates": [[x, y, 12.0], [x, y + 5.0, 12.0]]}
            })
        })
        .collect();
    let crs = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}});
    let layer = json!({"type": "FeatureCollection", "name": "flows", "crs": crs, "features": features});
    let file = desk.write("flows.geojson", layer.to_string().as_bytes());
    desk.import(&[&file], 0);
    let look = |desk: &Desk| -> Vec<(Value, Value, Value)> {
        let rows = desk.objects(&[]);
        rows.iter().map(|r| (r["color"].clone(), r["name"].clone(), r["bbox"][2].clone())).collect()
    };
    let before = look(&desk);
    let styled = desk
        .run("style", &["flows", "--by", "FLOW", "--classes", "4", "--clamp", "absolute", "--label", "编号"])
        .expect(0);
    assert!(styled.out.contains("#440154") && styled.out.contains("(5)"), "{styled:?}");
    let after = look(&desk);
    let colors: std::collections::BTreeSet<String> = after.iter().map(|r| r.0.to_string()).collect();
    assert_eq!((colors.len(), &after[7].1, &after[7].2), (4, &json!("W7"), &json!(12.0)));
    // A new revision of the file is drawn in the same style.
    desk.import(&[&file], 0);
    assert_eq!(look(&desk), after);
    desk.run("style", &["flows", "--by", "nothing"]).expect(3);
    desk.run("style", &["flows", "--reset"]).expect(0);
    assert_eq!(look(&desk), before);
    desk.run("style", &["nothing", "--reset"]).expect(1);
    desk.run("verify", &[]).expect(0);
}

#[test]
fn a_point_cloud_has_an_object_for_each_class_and_is_in_the_picture() {
    let Some(path) = lantu_support::corpus("cli_points", "gis/points/bad-geotiff-keys.las") else { return };
    let desk = Desk::new("EPSG:32617");
    desk.import(&[text(&path)], 0);
    let rows = desk.objects(&[]);
    assert_eq!((rows.len(), &rows[0]["name"]), (1, &json!("ground")));
    let picture = desk.path("cloud.png");
    desk.run("snapshot", &["--fit", "--size", "160x120", "--out", text(&picture)]).expect(0);
    let empty = Desk::new("EPSG:32617");
    let nothing = empty.path("nothing.png");
    empty.run("snapshot", &["--fit", "--size", "160x120", "--out", text(&nothing)]).expect(0);
    assert!(crate::snapshot::n_different(&picture, &nothing) > 20);
}
