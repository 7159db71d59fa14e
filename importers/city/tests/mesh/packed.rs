//! Shapes and pictures that were packed as programs for drones pack them: Draco, meshoptimizer, WebP.

use draco_core::{
    DataType, EncoderBuffer, EncoderOptions, GeometryAttributeType as Attribute, Mesh, MeshEncoder,
    PointAttribute, PointIndex,
};
use serde_json::{Value, json};

use crate::write::Model;
use crate::{Stream, import};

/// Squares on a side of the surface that is packed.
const SIDE: u32 = 12;

/// Corners, where they lie on a picture, triangles.
type Surface = (Vec<[f32; 3]>, Vec<[f32; 2]>, Vec<[u32; 3]>);

/// Corners of a wavy surface of 24 m, where they lie on a picture, and its triangles.
fn surface() -> Surface {
    let n = SIDE + 1;
    let corner = |i: u32| {
        let (x, z) = ((i % n) as f32 * 2.0, (i / n) as f32 * 2.0);
        [x, (x * 0.3).sin() + (z * 0.2).cos(), -z]
    };
    let points: Vec<[f32; 3]> = (0..n * n).map(corner).collect();
    let places = points.iter().map(|[x, _, z]| [x / 24.0, 1.0 + z / 24.0]).collect();
    let square = |i: u32| {
        let at = i / SIDE * n + i % SIDE;
        [[at, at + 1, at + n + 1], [at, at + n + 1, at + n]]
    };
    (points, places, (0..SIDE * SIDE).flat_map(square).collect())
}

fn floats<const N: usize>(rows: &[[f32; N]]) -> Vec<u8> {
    rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()
}

/// The surface as it stands, which the packed ones are compared with.
fn plain() -> Model {
    let (points, places, triangles) = surface();
    let mut m = Model::new();
    let position = m.floats("VEC3", 3, points.as_flattened());
    let place = m.floats("VEC2", 2, places.as_flattened());
    let corners: Vec<u16> = triangles.iter().flatten().map(|v| u16::try_from(*v).unwrap()).collect();
    let indices = m.indices(&corners);
    let attributes = json!({"POSITION": position, "TEXCOORD_0": place});
    shown(&mut m, json!({"attributes": attributes, "indices": indices}));
    m
}

/// Shows one primitive under a picture that is red on the left and blue on the right, packed as WebP.
fn shown(m: &mut Model, mut primitive: Value) {
    let pixels: Vec<u8> =
        (0..64 * 64).flat_map(|i| if i % 64 < 32 { [255, 0, 0] } else { [0, 0, 255] }).collect();
    let mut webp = Vec::new();
    image_webp::WebPEncoder::new(&mut webp).encode(&pixels, 64, 64, image_webp::ColorType::Rgb8).unwrap();
    let view = m.view(&webp);
    let image = m.push("images", json!({"bufferView": view, "mimeType": "image/webp"}));
    let texture = m.push("textures", json!({"extensions": {"EXT_texture_webp": {"source": image}}}));
    let base = json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}});
    primitive["material"] = json!(m.push("materials", base));
    let mesh = m.push("meshes", json!({"primitives": [primitive]}));
    let node = m.push("nodes", json!({"mesh": mesh}));
    m.json["scenes"][0]["nodes"] = json!([node]);
    m.json["extensionsUsed"] = json!(["EXT_texture_webp"]);
    m.json["extensionsRequired"] = json!(["EXT_texture_webp"]);
}

fn imported(model: &Model) -> Stream {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("surface.glb");
    model.save(&path);
    import(&path).unwrap()
}

/// Both show the same: as many triangles, of the same area and colors, at the same place to a few millimeters.
fn assert_same(packed: &Model) {
    let (expected, found) = (imported(&plain()), imported(packed));
    assert!(
        !found.says("mesh.compressed") && !found.says("mesh.data") && !found.says("mesh.extension"),
        "{:?}",
        found.said
    );
    assert!(!found.says("mesh.texture"), "{:?}", found.said);
    assert!(found.n_triangles() >= 2 * (SIDE * SIDE) as usize);
    assert_eq!(found.colors(), expected.colors());
    assert!(found.colors().len() >= 2, "{:?}", found.colors());
    let area = |s: &Stream| s.objects[0].area_m2.unwrap();
    assert!((area(&found) - area(&expected)).abs() < 1e-3 * area(&expected), "{}", area(&found));
    let [a, b] = [&found, &expected].map(|s| s.objects[0].bbox.unwrap());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 5e-3), "{a:?} {b:?}");
}

fn attribute<const N: usize>(kind: Attribute, rows: &[[f32; N]]) -> PointAttribute {
    let mut out = PointAttribute::new();
    out.init(kind, u8::try_from(N).unwrap(), DataType::Float32, false, rows.len());
    out.buffer_mut().write(0, &floats(rows));
    out
}

/// The surface under Draco, by the way of packing that a speed stands for.
fn draco(speed: i32) -> Model {
    let (points, places, triangles) = surface();
    let mut mesh = Mesh::new();
    mesh.set_num_points(points.len());
    let position = mesh.add_attribute(attribute(Attribute::Position, &points));
    let place = mesh.add_attribute(attribute(Attribute::TexCoord, &places));
    for t in &triangles {
        mesh.add_face(t.map(PointIndex));
    }
    let ids = [position, place].map(|ix| mesh.attribute(ix).unique_id());
    let mut options = EncoderOptions::new();
    options.set_global_int("encoding_speed", speed);
    options.set_global_int("decoding_speed", speed);
    options.set_attribute_int(position, "quantization_bits", 14);
    options.set_attribute_int(place, "quantization_bits", 12);
    let (mut encoder, mut bytes) = (MeshEncoder::new(), EncoderBuffer::new());
    encoder.set_mesh(mesh);
    encoder.encode(&options, &mut bytes).unwrap();
    let mut m = Model::new();
    let view = m.view(bytes.data());
    let accessor = |count: usize, kind: &str, component: u32| json!({"componentType": component, "count": count, "type": kind});
    let own = [
        m.push("accessors", accessor(points.len(), "VEC3", 5126)),
        m.push("accessors", accessor(points.len(), "VEC2", 5126)),
        m.push("accessors", accessor(triangles.len() * 3, "SCALAR", 5123)),
    ];
    let packed = json!({"bufferView": view, "attributes": {"POSITION": ids[0], "TEXCOORD_0": ids[1]}});
    let primitive = json!({"attributes": {"POSITION": own[0], "TEXCOORD_0": own[1]}, "indices": own[2],
        "extensions": {"KHR_draco_mesh_compression": packed}});
    shown(&mut m, primitive);
    m.json["extensionsRequired"] = json!(["KHR_draco_mesh_compression", "EXT_texture_webp"]);
    m
}

#[test]
fn a_surface_under_draco_is_the_surface() {
    // Sequential, edgebreaker, edgebreaker by valence.
    for speed in [10, 5, 0] {
        assert_same(&draco(speed));
    }
}

/// The surface as gltfpack writes it: quantized, packed, with filters.
fn meshopt() -> Model {
    let (points, places, triangles) = surface();
    let (mut m, n) = (Model::new(), points.len());
    // A buffer without bytes stands for the unpacked ones, for programs that do not know the extension.
    m.json["buffers"].as_array_mut().unwrap().push(json!({"byteLength": 1 << 20}));
    let mut packed = |bytes: &[u8], (stride, count): (usize, usize), mode: &str, filter: &str| {
        let view = m.view(bytes);
        let own = m.json["bufferViews"][view].take();
        let said = json!({"buffer": 0, "byteOffset": own["byteOffset"], "byteLength": own["byteLength"],
            "byteStride": stride, "count": count, "mode": mode, "filter": filter});
        let mut out = json!({"buffer": 1, "byteLength": stride * count,
            "extensions": {"EXT_meshopt_compression": said}});
        if mode == "ATTRIBUTES" {
            out["byteStride"] = json!(stride);
        }
        m.json["bufferViews"][view] = out;
        view
    };
    // Positions as floats with a shared exponent, places as 16 bits.
    let exponential = ::meshopt::encode_filter_exp(&points, 20, ::meshopt::EncodeExpMode::SharedVector);
    let position =
        packed(&::meshopt::encode_vertex_buffer(&exponential).unwrap(), (12, n), "ATTRIBUTES", "EXPONENTIAL");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 65535")]
    let small: Vec<[u16; 2]> = places.iter().map(|p| p.map(|v| (v * 65_535.0).round() as u16)).collect();
    let place = packed(&::meshopt::encode_vertex_buffer(&small).unwrap(), (4, n), "ATTRIBUTES", "NONE");
    let corners = triangles.as_flattened();
    let index = ::meshopt::encode_index_buffer(corners, n).unwrap();
    let index = packed(&index, (2, corners.len()), "TRIANGLES", "NONE");
    let own = [
        m.push("accessors", json!({"bufferView": position, "componentType": 5126, "count": n, "type": "VEC3"})),
        m.push(
            "accessors",
            json!({"bufferView": place, "componentType": 5123, "normalized": true, "count": n, "type": "VEC2"}),
        ),
        m.push(
            "accessors",
            json!({"bufferView": index, "componentType": 5123, "count": corners.len(), "type": "SCALAR"}),
        ),
    ];
    shown(&mut m, json!({"attributes": {"POSITION": own[0], "TEXCOORD_0": own[1]}, "indices": own[2]}));
    let all = ["EXT_meshopt_compression", "KHR_mesh_quantization", "EXT_texture_webp"];
    m.json["extensionsRequired"] = json!(all);
    m
}

#[test]
fn a_surface_packed_by_meshoptimizer_is_the_surface() {
    assert_same(&meshopt());
}

#[test]
fn packed_surfaces_that_are_cut_or_flipped_anywhere_end_in_triangles_or_a_reason() {
    for (name, model) in [("draco", draco(5)), ("meshopt", meshopt())] {
        let n = model.bytes.len();
        for at in (0..n).step_by(7) {
            let mut bytes = model.bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            let flipped = Model { json: model.json.clone(), bytes };
            let out = imported(&flipped);
            assert!(out.meshes.len() < 100_000, "{name} flipped at {at}");
        }
    }
}
