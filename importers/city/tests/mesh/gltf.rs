//! Documents by themselves.

use lantu_ingest::{Georeference, ImportJob, ImportMode};
use serde_json::json;

use crate::write::Model;
use crate::{assert_box, import, job, run};

#[test]
fn what_is_drawn_y_up_stands_z_up_where_its_nodes_put_it_and_waits_for_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("square.glb");
    let mut model = Model::new();
    model.square(2.0);
    model.json["nodes"][0]["translation"] = json!([10.0, 5.0, -20.0]);
    model.json["materials"] = json!([{"pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.0, 0.0, 1.0]}}]);
    model.primitive()["material"] = json!(0);
    model.save(&path);
    let out = import(&path).unwrap();
    assert_eq!((out.begin.crs, out.begin.georeference), (None, Georeference::None));
    // East is x, north is −z, and the plane lies 5 m up.
    assert_box(out.objects[0].bbox, [10.0, 20.0, 5.0, 12.0, 22.0, 5.0]);
    assert_eq!((out.objects[0].name.as_str(), out.objects[0].area_m2), ("square", Some(4.0)));
    assert_eq!((out.objects[0].color, out.meshes.len()), (Some([255, 0, 0, 255]), 1));

    // Seen from above it is counterclockwise, also where a node mirrors it.
    for scale in [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]] {
        model.json["nodes"][0]["scale"] = json!(scale);
        model.save(&path);
        let out = import(&path).unwrap();
        let m = &out.meshes[0];
        let [a, b, c] = [0, 1, 2].map(|k| {
            let at = m.indices[k] as usize * 3;
            glam::Vec3::new(m.positions[at], m.positions[at + 1], m.positions[at + 2])
        });
        assert!((b - a).cross(c - a).z > 0.0, "{scale:?}");
    }
}

#[test]
fn a_stated_crs_places_it_and_asks_what_its_heights_are_above() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("square.glb");
    let mut model = Model::new();
    model.square(2.0).json["nodes"][0]["matrix"] =
        json!([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 455_600.0, 40.0, -4_428_550.0, 1]);
    model.save(&path);
    let stated = |height: Option<&str>, project: &str| ImportJob {
        crs_override: Some("EPSG:4548".to_owned()),
        height_override: height.map(str::to_owned),
        frame: Some(lantu_geodesy::make_frame(project, None, "Asia/Shanghai").unwrap()),
        ..job(&path)
    };
    let out = run(&stated(None, "EPSG:4548+EPSG:5737")).unwrap();
    assert!(out.begin.hints.asks_height && out.begin.hints.extent.is_some());
    assert_box(out.objects[0].bbox, [455_600.0, 4_428_550.0, 40.0, 455_602.0, 4_428_552.0, 40.0]);
    let out = run(&stated(Some("-9.85"), "EPSG:4548+EPSG:5737")).unwrap();
    assert!(!out.begin.hints.asks_height);
    assert!((out.objects[0].bbox.unwrap()[2] - 30.15).abs() < 1e-6);
}

#[test]
fn a_picture_on_a_surface_colors_its_triangles_where_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("picture.glb");
    let mut model = Model::new();
    model.square(16.0).picture().save(&path);
    let out = import(&path).unwrap();
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    assert!(out.says("mesh.textures"), "{:?}", out.said);
    assert!(out.corners(red).iter().all(|p| p[0] <= 8.6) && out.corners(blue).iter().all(|p| p[0] >= 7.4));
    let area = |color| {
        let (mut sum, all) = (0.0, out.meshes.iter().filter(|m| m.color == color));
        for m in all {
            for t in m.indices.chunks(3) {
                let at = |k: usize| {
                    let at = t[k] as usize * 3;
                    glam::Vec3::new(m.positions[at], m.positions[at + 1], m.positions[at + 2])
                };
                sum += (at(1) - at(0)).cross(at(2) - at(0)).length() / 2.0;
            }
        }
        sum
    };
    assert!(
        (area(red) - 128.0).abs() < 10.0 && (area(blue) - 128.0).abs() < 10.0,
        "{} {}",
        area(red),
        area(blue)
    );
    assert!((out.objects[0].area_m2.unwrap() - 256.0).abs() < 1e-3);
    // An inspection counts the triangles of the file.
    let inspected = run(&ImportJob { mode: ImportMode::Inspect, ..ImportJob::inspect(&path) }).unwrap();
    assert_eq!((inspected.objects[0].n_triangles, inspected.meshes.len()), (2, 0));
}

#[test]
fn a_picture_can_be_moved_on_its_surface_and_goes_on_beyond_its_edge_as_the_file_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("picture.glb");
    let mut model = Model::new();
    model.square(16.0).picture();
    let left = |model: &Model| {
        model.save(&path);
        let out = import(&path).unwrap();
        let at_left = |m: &&lantu_ingest::MeshRecord| {
            m.positions.chunks(3).any(|p| m.origin[0] + f64::from(p[0]) < 0.01)
        };
        out.meshes.iter().find(at_left).unwrap().color
    };
    assert_eq!(left(&model), [255, 0, 0, 255]);
    model.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["extensions"] =
        json!({"KHR_texture_transform": {"offset": [0.5, 0.0]}});
    assert_eq!(left(&model), [0, 0, 255, 255]);
    // A quarter of a turn: what was on the left is now at the bottom, so that the left side has both.
    model.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["extensions"] =
        json!({"KHR_texture_transform": {"rotation": std::f64::consts::FRAC_PI_2}});
    model.save(&path);
    let out = import(&path).unwrap();
    let (red, blue) = (out.corners([255, 0, 0, 255]), out.corners([0, 0, 255, 255]));
    let mean = |all: &[[f64; 3]]| all.iter().map(|p| p[1]).sum::<f64>() / all.len() as f64;
    assert!((mean(&red) - mean(&blue)).abs() > 6.0, "{} {}", mean(&red), mean(&blue));
    model.json["samplers"] = json!([{"wrapS": 33071}]);
    model.json["textures"][0]["sampler"] = json!(0);
    model.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["extensions"] =
        json!({"KHR_texture_transform": {"offset": [-1.0, 0.0]}});
    model.save(&path);
    assert_eq!(import(&path).unwrap().colors(), [[255, 0, 0, 255]]);
}

#[test]
fn colors_of_vertices_and_parts_that_are_cut_out_are_seen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("colors.glb");
    let mut model = Model::new();
    let green = [0.0, 1.0, 0.0, 1.0].repeat(4);
    let colors = model.square(4.0).floats("VEC4", 4, &green);
    model.primitive()["attributes"]["COLOR_0"] = json!(colors);
    model.save(&path);
    assert_eq!(import(&path).unwrap().colors(), [[0, 255, 0, 255]]);
    model.json["materials"] =
        json!([{"alphaMode": "MASK", "pbrMetallicRoughness": {"baseColorFactor": [1.0, 1.0, 1.0, 0.2]}}]);
    model.primitive()["material"] = json!(0);
    model.save(&path);
    assert_eq!(import(&path).unwrap().n_triangles(), 0);
    model.json["materials"][0]["alphaMode"] = json!("BLEND");
    model.save(&path);
    assert_eq!(import(&path).unwrap().colors(), [[0, 255, 0, 64]]);
}

#[test]
fn buffers_beside_the_document_and_in_it_are_read_and_whole_numbers_are_normalized() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gltf");
    let mut model = Model::new();
    model.square(2.0);
    std::fs::write(dir.path().join("the data.bin"), &model.bytes).unwrap();
    model.json["buffers"][0]["uri"] = json!("the%20data.bin");
    std::fs::write(&path, model.json.to_string()).unwrap();
    assert_eq!(import(&path).unwrap().n_triangles(), 2);
    // Positions as shares of 32 767, scaled by their node (KHR_mesh_quantization).
    let mut model = Model::new();
    model.square(2.0);
    let quantized: Vec<u8> = [0_i16, 0, 0, 0, 32_767, 0, 0, 0, 32_767, 0, -32_767, 0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let view = model.view(&quantized);
    model.json["bufferViews"][view]["byteStride"] = json!(8);
    let position = model.push(
        "accessors",
        json!({"bufferView": view, "componentType": 5122, "normalized": true, "count": 3, "type": "VEC3"}),
    );
    let primitive = model.primitive();
    primitive["attributes"]["POSITION"] = json!(position);
    primitive.as_object_mut().unwrap().remove("indices");
    model.json["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
    model.json["nodes"][0]["scale"] = json!([3.0, 3.0, 3.0]);
    let glb = dir.path().join("quantized.glb");
    model.save(&glb);
    let out = import(&glb).unwrap();
    assert!(out.said.iter().all(|s| s.0 == "mesh.no_georeference"), "{:?}", out.said);
    assert_box(out.objects[0].bbox, [0.0, 0.0, 0.0, 3.0, 3.0, 0.0]);
}

#[test]
fn strips_and_fans_are_the_triangles_that_they_stand_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("strip.glb");
    for (mode, order) in [(5, [0, 1, 3, 2]), (6, [0, 1, 2, 3])] {
        let mut model = Model::new();
        let indices = model.square(2.0).indices(&order);
        let primitive = model.primitive();
        primitive["mode"] = json!(mode);
        primitive["indices"] = json!(indices);
        model.save(&path);
        let out = import(&path).unwrap();
        assert_eq!((out.n_triangles(), out.objects[0].area_m2), (2, Some(4.0)), "{mode}");
    }
    let mut model = Model::new();
    model.square(2.0).primitive()["mode"] = json!(1);
    model.save(&path);
    let out = import(&path).unwrap();
    assert!(out.says("mesh.lines") && out.meshes.is_empty());
}

#[test]
fn a_node_with_instances_draws_its_shape_at_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::new();
    model.square(1.0);
    let at = model.floats("VEC3", 3, &[0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0, -20.0]);
    let size = model.floats("VEC3", 3, &[1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0]);
    let places = json!({"attributes": {"TRANSLATION": at, "SCALE": size}});
    model.json["nodes"][0]["extensions"] = json!({"EXT_mesh_gpu_instancing": places});
    model.json["extensionsRequired"] = json!(["EXT_mesh_gpu_instancing"]);
    let path = folder.path().join("many.glb");
    model.save(&path);
    let out = import(&path).unwrap();
    assert_eq!(out.n_triangles(), 6);
    assert!(out.said.iter().all(|s| s.0 == "mesh.no_georeference"), "{:?}", out.said);
    // y up becomes z up: −20 along z is 20 to the north.
    assert_box(out.objects[0].bbox, [0.0, 0.0, 0.0, 12.0, 21.0, 0.0]);
    model.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["SCALE"] = json!(99);
    model.save(&path);
    let out = import(&path).unwrap();
    assert!(
        out.n_triangles() == 2 && out.says("mesh.instances"),
        "what cannot be read is said: {:?}",
        out.said
    );
}
