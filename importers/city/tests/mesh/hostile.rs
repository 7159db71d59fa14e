//! Documents and tiles that lie, end early or were damaged: a reason, or what is sound in them.

use lantu_ingest::ImportError;
use serde_json::{Value, json};

use crate::write::Model;
use crate::{Stream, import};

fn with(change: impl Fn(&mut Model)) -> Result<Stream, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.glb");
    let mut model = Model::new();
    model.square(2.0).picture();
    change(&mut model);
    model.save(&path);
    import(&path)
}

/// The codes that are said where one thing is wrong; nothing is drawn.
fn refused(change: impl Fn(&mut Model)) -> Vec<(String, String)> {
    let out = with(change).unwrap();
    assert!(out.meshes.is_empty(), "{:?}", out.said);
    out.said
}

#[test]
fn indices_counts_and_offsets_beyond_what_is_there_are_named() {
    type Change = Box<dyn Fn(&mut Model)>;
    let huge = || json!(u64::MAX / 2);
    let cases: [(&str, Change); 9] = [
        ("mesh.data", Box::new(|m| m.primitive()["attributes"]["POSITION"] = json!(77))),
        ("mesh.data", Box::new(|m| m.json["accessors"][0]["bufferView"] = json!(77))),
        ("mesh.data", Box::new(|m| m.json["accessors"][0]["count"] = json!(5))),
        ("mesh.data", Box::new(move |m| m.json["accessors"][0]["count"] = huge())),
        ("mesh.data", Box::new(move |m| m.json["accessors"][0]["byteOffset"] = huge())),
        ("mesh.data", Box::new(move |m| m.json["bufferViews"][0]["byteLength"] = huge())),
        ("mesh.data", Box::new(move |m| m.json["bufferViews"][0]["byteStride"] = huge())),
        ("mesh.data", Box::new(|m| m.json["bufferViews"][0]["buffer"] = json!(3))),
        ("mesh.node", Box::new(|m| m.json["scenes"][0]["nodes"] = json!([9]))),
    ];
    for (code, change) in cases {
        let said = refused(change);
        assert!(said.iter().any(|s| s.0 == code), "{code}: {said:?}");
    }
    // Zeros without a buffer cost no memory to ask for.
    let said = refused(|m| {
        m.json["accessors"][0] = json!({"componentType": 5126, "count": 4_000_000_000_u32, "type": "VEC3"});
    });
    assert!(said.iter().any(|s| s.0 == "mesh.data"), "{said:?}");
}

#[test]
fn a_triangle_that_names_no_vertex_is_left_out_and_the_others_are_drawn() {
    let out = with(|m| {
        let indices = m.indices(&[0, 1, 2, 0, 2, 9]);
        m.primitive()["indices"] = json!(indices);
    })
    .unwrap();
    assert!(out.says("mesh.index") && (out.objects[0].area_m2.unwrap() - 2.0).abs() < 1e-6, "{:?}", out.said);
    // A corner that is no number.
    let out = with(|m| m.bytes[0..4].copy_from_slice(&f32::NAN.to_le_bytes())).unwrap();
    assert!(out.says("mesh.nowhere") && out.objects.iter().all(|o| o.n_triangles == 0), "{:?}", out.said);
}

#[test]
fn nodes_in_circles_and_matrices_that_are_none_are_named() {
    let said = refused(|m| {
        m.json["nodes"] = json!([{"children": [1]}, {"children": [0]}]);
    });
    assert!(said.iter().any(|s| s.0 == "mesh.node"), "{said:?}");
    let said = refused(|m| m.json["nodes"][0]["scale"] = json!([1.0, 0.0, 1.0]));
    assert!(said.iter().any(|s| s.0 == "mesh.place"), "{said:?}");
    let deep = with(|m| {
        let chain: Vec<Value> =
            (1..400).map(|n| json!({"children": [n]})).chain([json!({"mesh": 0})]).collect();
        m.json["nodes"] = json!(chain);
    });
    assert!(deep.unwrap().says("mesh.node"));
}

#[test]
fn packed_shapes_that_cannot_be_unpacked_and_pictures_that_are_not_read_are_refused_by_name() {
    let draco = refused(|m| {
        m.primitive()["extensions"] =
            json!({"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}});
        m.json["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]);
    });
    assert!(draco.iter().any(|s| s.0 == "mesh.compressed" && s.1.contains("draco")), "{draco:?}");
    let meshopt = refused(|m| {
        m.json["buffers"].as_array_mut().unwrap().push(json!({"byteLength": 48}));
        m.json["bufferViews"][0]["buffer"] = json!(1);
        m.json["bufferViews"][0]["extensions"] = json!({"EXT_meshopt_compression": {"buffer": 0}});
    });
    assert!(meshopt.iter().any(|s| s.1.contains("cannot be unpacked")), "{meshopt:?}");
    // Sizes that the library does not check.
    for (mode, filter, stride, count) in [
        ("ATTRIBUTES", "NONE", 10, 4),
        ("ATTRIBUTES", "NONE", 260, 4),
        ("ATTRIBUTES", "NONE", 4, u64::from(u32::MAX)),
        ("ATTRIBUTES", "OCTAHEDRAL", 12, 4),
        ("ATTRIBUTES", "QUATERNION", 4, 4),
        ("TRIANGLES", "NONE", 2, 4),
        ("TRIANGLES", "NONE", 3, 3),
        ("TRIANGLES", "EXPONENTIAL", 4, 3),
        ("INDICES", "NONE", 8, 4),
        ("OTHER", "NONE", 4, 4),
    ] {
        let said = refused(|m| {
            let packed = json!({"buffer": 0, "byteOffset": 0, "byteLength": 16, "byteStride": stride,
                "count": count, "mode": mode, "filter": filter});
            m.json["bufferViews"][0]["extensions"] = json!({"EXT_meshopt_compression": packed});
        });
        assert!(said.iter().any(|s| s.1.contains("cannot be unpacked")), "{mode} {filter}: {said:?}");
    }
    let out = with(|m| {
        let view = m.view(b"\xABKTX 20\xBB\r\n\x1A\n");
        m.json["images"][0]["bufferView"] = json!(view);
    })
    .unwrap();
    assert!(out.n_triangles() == 2 && out.said.iter().any(|s| s.1.contains("KTX2")), "{:?}", out.said);
    let old = dir_of(json!({"asset": {"version": "1.0"}, "meshes": {}, "nodes": {}}).to_string().as_bytes());
    assert!(matches!(old, Err(ImportError::Format { what, .. }) if what.contains("1.0")));
}

fn dir_of(bytes: &[u8]) -> Result<Stream, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gltf");
    std::fs::write(&path, bytes).unwrap();
    import(&path)
}

#[test]
fn buffers_outside_of_the_folder_are_not_opened() {
    for uri in ["../secret.bin", "/etc/hostname", "file:///etc/hostname", "http://127.0.0.1/a.bin"] {
        let mut model = Model::new();
        model.square(2.0).json["buffers"][0]["uri"] = json!(uri);
        let out = dir_of(model.json.to_string().as_bytes()).unwrap();
        assert!(out.meshes.is_empty() && out.says("mesh.data"), "{uri}: {:?}", out.said);
    }
}

#[test]
fn a_file_that_is_cut_or_flipped_anywhere_ends_in_triangles_or_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::new();
    model.square(2.0).picture();
    let tile = model.b3dm(&json!({"BATCH_LENGTH": 1}), &json!({"id": [1]}));
    for (name, whole) in [("a.glb", model.glb()), ("a.b3dm", tile)] {
        let path = dir.path().join(name);
        let end = |bytes: &[u8], what: &str| {
            std::fs::write(&path, bytes).unwrap();
            match import(&path) {
                Ok(_) => {}
                Err(ImportError::Format { code, .. }) => assert!(code.starts_with("mesh."), "{what}: {code}"),
                Err(e) => panic!("{what}: {e}"),
            }
        };
        for cut in (0..whole.len()).step_by(3) {
            end(&whole[..cut], &format!("{name} cut at {cut}"));
        }
        for at in (0..whole.len()).step_by(2) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            end(&flipped, &format!("{name} flipped at {at}"));
        }
    }
}
