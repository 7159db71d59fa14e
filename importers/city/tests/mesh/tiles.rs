//! Tiles and tilesets: where on Earth they are, and which of their levels are drawn.

use lantu_ingest::{Georeference, ImportError, ImportJob, PropertyValue};
use serde_json::{Value, json};

use crate::write::{Model, east_north_up};
use crate::{assert_box, import, job, run};

/// A control point: 116.48° E, 39.99° N in EPSG:4548.
const LON_LAT: [f64; 2] = [116.48, 39.99];
const EAST_NORTH: [f64; 2] = [455_588.610, 4_428_548.202];

fn volume() -> Value {
    json!({"box": [0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0, 10]})
}

fn tile(error: f64, uri: &str, children: &[Value]) -> Value {
    json!({"boundingVolume": volume(), "geometricError": error, "content": {"uri": uri}, "children": children})
}

fn set(root: Value) -> Value {
    let mut root = root;
    root["refine"] = json!("REPLACE");
    root["transform"] = json!(east_north_up(LON_LAT[0], LON_LAT[1], 50.0));
    json!({"asset": {"version": "1.0"}, "geometricError": 100, "root": root})
}

/// A square whose side tells which one it is.
fn square(size: f32) -> Vec<u8> {
    Model::new().square(size).b3dm(&json!({"BATCH_LENGTH": 0}), &Value::Null)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn set(&self, root: Value) -> std::path::PathBuf {
        self.write("tileset.json", set(root).to_string().as_bytes())
    }
}

/// Names of the objects that are drawn.
fn drawn(path: &std::path::Path) -> (Vec<String>, Vec<(String, String)>) {
    let out = import(path).unwrap();
    (out.objects.into_iter().map(|o| o.id).collect(), out.said)
}

#[test]
fn a_tileset_stands_on_the_earth_to_a_millimeter_and_its_finest_level_is_drawn() {
    let f = Folder::new();
    f.write("coarse.b3dm", &square(4.0));
    f.write("fine/a.b3dm", &square(2.0));
    f.write("fine/b.glb", &Model::new().square(1.0).glb());
    let path =
        f.set(tile(10.0, "coarse.b3dm", &[tile(0.0, "fine/a.b3dm", &[]), tile(0.0, "fine/b.glb", &[])]));
    let out = import(&path).unwrap();
    assert_eq!(out.begin.georeference, Georeference::Coordinates);
    assert_eq!((out.begin.schema.as_str(), out.begin.crs.as_deref()), ("3D Tiles 1.0", Some("EPSG:4548")));
    let names: Vec<&str> = out.objects.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(names, ["fine/a.b3dm", "fine/b.glb"]);
    let b = out.objects[0].bbox.unwrap();
    let [e, n] = EAST_NORTH;
    // The corner at the control point; north of the square points to true north, 0.33° off that of the grid.
    let at = out.meshes.iter().find(|m| m.object == 0).unwrap();
    let near = at.positions.chunks(3).map(|p| {
        let d = [0, 1].map(|k| at.origin[k] + f64::from(p[k]) - [e, n][k]);
        d[0].hypot(d[1])
    });
    assert!(near.fold(f64::MAX, f64::min) < 1e-3, "{b:?}");
    // The project names no height datum: heights above the ellipsoid stay.
    assert!((b[2] - 50.0).abs() < 1e-3 && (b[3] - b[0] - 2.0).abs() < 0.02, "{b:?}");
    assert!(out.says("mesh.levels") && out.says("mesh.crs_note"), "{:?}", out.said);
}

#[test]
fn heights_above_the_ellipsoid_are_not_taken_for_heights_of_the_project() {
    let f = Folder::new();
    f.write("a.b3dm", &square(2.0));
    let path = f.set(tile(0.0, "a.b3dm", &[]));
    let into = |height: Option<&str>| ImportJob {
        height_override: height.map(str::to_owned),
        frame: Some(lantu_geodesy::make_frame("EPSG:4548+EPSG:5737", None, "Asia/Shanghai").unwrap()),
        ..job(&path)
    };
    match run(&into(None)) {
        Err(ImportError::Format { what, .. }) => assert!(what.contains("offset"), "{what}"),
        other => panic!("{:?}", other.map(|o| o.objects)),
    }
    let out = run(&into(Some("9.85"))).unwrap();
    assert!((out.objects[0].bbox.unwrap()[2] - 59.85).abs() < 1e-3);
}

#[test]
fn where_finer_tiles_are_missing_the_coarser_one_is_drawn() {
    let f = Folder::new();
    f.write("root.b3dm", &square(8.0));
    f.write("a.b3dm", &square(4.0));
    f.write("b.b3dm", &square(4.0));
    f.write("a0.b3dm", &square(2.0));
    let a = tile(5.0, "a.b3dm", &[tile(0.0, "a0.b3dm", &[]), tile(0.0, "a1.b3dm", &[])]);
    let path = f.set(tile(10.0, "root.b3dm", &[a, tile(0.0, "b.b3dm", &[])]));
    let (names, said) = drawn(&path);
    assert_eq!(names, ["a.b3dm", "b.b3dm"]);
    assert!(said.iter().any(|s| s.0 == "mesh.missing" && s.1.contains("a1.b3dm")), "{said:?}");
    // What adds to its parent does not replace it.
    let mut root = tile(10.0, "root.b3dm", &[tile(0.0, "b.b3dm", &[])]);
    root["refine"] = json!("ADD");
    let set = json!({"asset": {"version": "1.1"}, "geometricError": 9, "root": root});
    let (names, _) = drawn(&f.write("tileset.json", set.to_string().as_bytes()));
    assert_eq!(names, ["root.b3dm", "b.b3dm"]);
}

#[test]
fn tilesets_in_tilesets_are_followed_within_their_folder_and_never_in_a_circle() {
    let f = Folder::new();
    f.write("inner/a.b3dm", &square(2.0));
    let inner = json!({"asset": {"version": "1.0"}, "geometricError": 5, "root": {
        "boundingVolume": volume(), "geometricError": 0, "content": {"url": "a.b3dm"},
        "transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 7, 1]
    }});
    f.write("inner/tileset.json", inner.to_string().as_bytes());
    let back = json!({"boundingVolume": volume(), "geometricError": 1, "content": {"uri": "tileset.json"}});
    let out_of = tile(0.0, "../../../etc/hostname", &[]);
    let web = tile(0.0, "https://example.org/tile.b3dm", &[]);
    let root = json!({"boundingVolume": volume(), "geometricError": 10, "children": [
        {"boundingVolume": volume(), "geometricError": 5, "content": {"uri": "inner/tileset.json"}}, back, out_of, web
    ]});
    let path = f.set(root);
    let out = import(&path).unwrap();
    let names: Vec<&str> = out.objects.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(names, ["inner/a.b3dm"]);
    assert!((out.objects[0].bbox.unwrap()[2] - 57.0).abs() < 1e-3, "transforms add up");
    let missing: Vec<&String> = out.said.iter().filter(|s| s.0 == "mesh.missing").map(|s| &s.1).collect();
    assert!(missing.len() == 3 && missing[0].contains("within itself"), "{missing:?}");
}

#[test]
fn features_of_a_batched_tile_are_objects_with_their_attributes() {
    let f = Folder::new();
    let mut model = Model::new();
    let position = model.floats(
        "VEC3",
        3,
        &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 5.0, 0.0, 0.0, 6.0, 0.0, 0.0, 5.0, 1.0, 0.0],
    );
    let batch = model.floats("SCALAR", 1, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let mesh = model
        .push("meshes", json!({"primitives": [{"attributes": {"POSITION": position, "_BATCHID": batch}}]}));
    model.push("nodes", json!({"mesh": mesh}));
    model.json["scenes"][0]["nodes"] = json!([0]);
    let center = &east_north_up(LON_LAT[0], LON_LAT[1], 0.0)[12..15];
    let tile = model.b3dm(
        &json!({"BATCH_LENGTH": 2, "RTC_CENTER": center}),
        &json!({"name": ["甲", "乙"], "floors": [3, 20], "bytes": {"byteOffset": 0, "componentType": "FLOAT", "type": "SCALAR"}}),
    );
    let path = f.write("houses.b3dm", &tile);
    let out = import(&path).unwrap();
    assert_eq!(out.begin.georeference, Georeference::Coordinates);
    let rows: Vec<(&str, &str)> = out.objects.iter().map(|o| (o.id.as_str(), o.name.as_str())).collect();
    assert_eq!(rows, [("houses.b3dm#0", "甲"), ("houses.b3dm#1", "乙")]);
    let floors = out.properties.iter().find(|p| p.object == 1 && p.name == "floors").unwrap();
    assert_eq!((&floors.value, floors.set.as_str()), (&PropertyValue::Int(20), "batch"));
    assert!(out.says("mesh.binary_columns"));
}

#[test]
fn a_tileset_in_its_own_coordinates_waits_and_its_axis_is_as_it_says() {
    let f = Folder::new();
    f.write("a.b3dm", &square(2.0));
    let root = tile(0.0, "a.b3dm", &[]);
    let set = json!({"asset": {"version": "1.0", "gltfUpAxis": "Z"}, "geometricError": 1, "root": root});
    let out = import(&f.write("tileset.json", set.to_string().as_bytes())).unwrap();
    assert_eq!(out.begin.georeference, Georeference::None);
    assert_box(out.objects[0].bbox, [0.0, 0.0, -2.0, 2.0, 0.0, 0.0]);
}

#[test]
fn tiles_of_tiles_are_opened_and_kinds_that_are_not_drawn_are_named() {
    let f = Folder::new();
    let inner = square(2.0);
    let other = |magic: &[u8]| {
        let mut t = magic.to_vec();
        t.extend([1_u32, 16, 0].map(u32::to_le_bytes).as_flattened());
        t
    };
    let tiles = [inner, other(b"pnts")].concat();
    let mut cmpt = b"cmpt".to_vec();
    let length = u32::try_from(tiles.len() + 16).unwrap();
    cmpt.extend([1, length, 2].map(u32::to_le_bytes).as_flattened());
    cmpt.extend(tiles);
    let out = import(&f.write("all.cmpt", &cmpt)).unwrap();
    assert!(out.n_triangles() == 2 && out.says("mesh.pnts"), "{:?}", out.said);
    // An implicit tiling that is not sound and a tile that cannot be read cost themselves.
    f.write("good.b3dm", &square(2.0));
    f.write("bad.b3dm", b"b3dm but nothing else follows here");
    let implicit = json!({"boundingVolume": volume(), "geometricError": 1, "implicitTiling": {"subdivisionScheme": "QUADTREE"}});
    let path = f.set(json!({"boundingVolume": volume(), "geometricError": 2, "children": [
        tile(0.0, "good.b3dm", &[]), tile(0.0, "bad.b3dm", &[]), implicit
    ]}));
    let (names, said) = drawn(&path);
    let says = |code: &str| said.iter().any(|s| s.0 == code);
    assert!(names == ["good.b3dm"] && says("mesh.implicit") && says("mesh.unreadable"), "{names:?} {said:?}");
}

/// An instanced tile of one square: its places, and what else the table has.
fn repeated(places: &[[f32; 3]], more: &Value, batches: &Value, document: &[u8], form: u32) -> Vec<u8> {
    let binary: Vec<u8> = places.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    let mut table = json!({"INSTANCES_LENGTH": places.len(), "POSITION": {"byteOffset": 0}});
    table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let padded = |v: &Value| {
        let mut text = if v.is_null() { Vec::new() } else { v.to_string().into_bytes() };
        text.resize(text.len().next_multiple_of(8), b' ');
        text
    };
    let (features, batches) = (padded(&table), padded(batches));
    let length = 32 + features.len() + binary.len() + batches.len() + document.len();
    let sizes =
        [1, length, features.len(), binary.len(), batches.len(), 0].map(|n| u32::try_from(n).unwrap());
    let header = sizes.into_iter().chain([form]).flat_map(u32::to_le_bytes);
    b"i3dm"
        .iter()
        .copied()
        .chain(header)
        .chain(features)
        .chain(binary)
        .chain(batches)
        .chain(document.iter().copied())
        .collect()
}

#[test]
fn a_repeated_shape_stands_at_each_of_its_places_and_each_is_an_object() {
    let f = Folder::new();
    let places = [[0.0, 0.0, 0.0], [100.0, 0.0, 5.0], [0.0, 50.0, 0.0]];
    let names = json!({"name": ["槐", "柳", "杨"], "height": [7, 9, 12]});
    let own = Model::new().square(2.0).glb();
    let center = json!({"RTC_CENTER": [10.0, 20.0, 30.0]});
    let out = import(&f.write("trees.i3dm", &repeated(&places, &center, &names, &own, 1))).unwrap();
    let rows: Vec<(&str, &str)> = out.objects.iter().map(|o| (o.id.as_str(), o.name.as_str())).collect();
    assert_eq!(rows, [("trees.i3dm#0", "槐"), ("trees.i3dm#1", "柳"), ("trees.i3dm#2", "杨")]);
    assert_eq!(out.n_triangles(), 6);
    assert_box(out.objects[1].bbox, [110.0, 20.0, 35.0, 112.0, 22.0, 35.0]);
    assert_box(out.objects[2].bbox, [10.0, 70.0, 30.0, 12.0, 72.0, 30.0]);
    let height = out.properties.iter().find(|p| p.object == 2 && p.name == "height").unwrap();
    assert_eq!(height.value, PropertyValue::Int(12));
    // The shape may be a file beside the tile, or one that is not there or not in the folder.
    f.write("shapes/square.glb", &own);
    let beside = repeated(&places, &json!({}), &Value::Null, b"shapes/square.glb  ", 0);
    assert_eq!(import(&f.write("beside.i3dm", &beside)).unwrap().n_triangles(), 6);
    for gone in [&b"none.glb"[..], b"../../../etc/hostname"] {
        let tile = repeated(&places, &json!({}), &Value::Null, gone, 0);
        assert!(import(&f.write("gone.i3dm", &tile)).is_err());
    }
}

#[test]
fn instances_are_turned_and_sized_as_their_tile_says() {
    let f = Folder::new();
    // The table's bytes: one position, up, right, and a size for each axis.
    let rows = [[5.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [2.0, 3.0, 1.0]];
    let own = Model::new().square(1.0).glb();
    let more = json!({"INSTANCES_LENGTH": 1, "NORMAL_UP": {"byteOffset": 12}, "NORMAL_RIGHT": {"byteOffset": 24},
        "SCALE_NON_UNIFORM": {"byteOffset": 36}});
    let out = import(&f.write("one.i3dm", &repeated(&rows, &more, &Value::Null, &own, 1))).unwrap();
    // Right is north and what was north is west: 2 m wide to the north, 3 m to the west.
    assert_box(out.objects[0].bbox, [2.0, 0.0, 0.0, 5.0, 2.0, 0.0]);
    for cut in ["POSITION", "SCALE_NON_UNIFORM"] {
        let mut far = more.clone();
        far[cut] = json!({"byteOffset": 40});
        let tile = repeated(&rows, &far, &Value::Null, &own, 1);
        assert!(import(&f.write("far.i3dm", &tile)).is_err(), "{cut} lies beyond the table");
    }
}

/// A subtree whose bits stand in its own bytes.
fn subtree(tiles: u8, contents: u8, subtrees: &[u8]) -> Vec<u8> {
    let bytes: Vec<u8> = [tiles, contents].into_iter().chain(subtrees.iter().copied()).collect();
    let below = if subtrees.is_empty() { json!({"constant": 0}) } else { json!({"bitstream": 2}) };
    let text = json!({
        "buffers": [{"byteLength": bytes.len()}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 1}, {"buffer": 0, "byteOffset": 1, "byteLength": 1},
            {"buffer": 0, "byteOffset": 2, "byteLength": subtrees.len()},
        ],
        "tileAvailability": {"bitstream": 0}, "contentAvailability": [{"bitstream": 1}],
        "childSubtreeAvailability": below,
    });
    let text = text.to_string().into_bytes();
    let mut out = b"subt".to_vec();
    out.extend(1_u32.to_le_bytes());
    out.extend((text.len() as u64).to_le_bytes());
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(text);
    out.extend(bytes);
    out
}

#[test]
fn tiles_of_an_implicit_tiling_are_found_through_their_subtrees() {
    let f = Folder::new();
    for (name, size) in [("0/0/0", 8.0), ("1/0/0", 4.0), ("1/1/1", 4.0), ("2/3/2", 2.0), ("2/3/3", 2.0)] {
        f.write(&format!("t/{name}.b3dm"), &square(size));
    }
    // Two levels in the first subtree: the root, and its first and last child; below the last one another subtree.
    // Tiles (3, 2) and (3, 3) begin subtrees of their own: x and y in turns, 13 and 15 of that level.
    let mut below = [0_u8; 2];
    for bit in [13, 15] {
        below[bit / 8] |= 1 << (bit % 8);
    }
    f.write("s/0/0/0.subtree", &subtree(0b1_0011, 0b1_0011, &below));
    f.write("s/2/3/2.subtree", &subtree(1, 1, &[]));
    f.write("s/2/3/3.subtree", &subtree(1, 1, &[]));
    let mut root = json!({
        "boundingVolume": volume(), "geometricError": 16, "content": {"uri": "t/{level}/{x}/{y}.b3dm"},
        "implicitTiling": {"subdivisionScheme": "QUADTREE", "subtreeLevels": 2, "availableLevels": 3,
            "subtrees": {"uri": "s/{level}/{x}/{y}.subtree"}},
    });
    let (names, said) = drawn(&f.set(root.clone()));
    assert_eq!(names, ["t/1/0/0.b3dm", "t/2/3/2.b3dm", "t/2/3/3.b3dm"], "{said:?}");
    assert!(said.iter().all(|s| s.0 == "mesh.levels" || s.0 == "mesh.crs_note"), "{said:?}");
    // As the extension of 1.0 said it; and a subtree that is gone leaves the coarser tile.
    let mut tiling = root["implicitTiling"].take();
    tiling.as_object_mut().unwrap().remove("availableLevels");
    tiling["maximumLevel"] = json!(2);
    root["extensions"] = json!({"3DTILES_implicit_tiling": tiling});
    root.as_object_mut().unwrap().remove("implicitTiling");
    std::fs::remove_file(f.0.path().join("s/2/3/3.subtree")).unwrap();
    let (names, said) = drawn(&f.set(root));
    assert_eq!(names, ["t/1/0/0.b3dm", "t/1/1/1.b3dm"], "{said:?}");
    assert!(said.iter().any(|s| s.0 == "mesh.missing" && s.1.contains("s/2/3/3.subtree")), "{said:?}");
}
