//! Writes glTF, GLB, tiles and tilesets.

use std::path::Path;

use serde_json::{Value, json};

/// A document and the bytes of its buffer.
pub(crate) struct Model {
    pub(crate) json: Value,
    pub(crate) bytes: Vec<u8>,
}

impl Model {
    pub(crate) fn new() -> Self {
        let json = json!({
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "meshes": [],
            "accessors": [], "bufferViews": [], "buffers": [{"byteLength": 0}], "materials": [], "textures": [], "images": []
        });
        Self { json, bytes: Vec::new() }
    }

    pub(crate) fn push(&mut self, list: &str, value: Value) -> usize {
        let all = self.json[list].as_array_mut().unwrap();
        all.push(value);
        all.len() - 1
    }

    pub(crate) fn view(&mut self, bytes: &[u8]) -> usize {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
        let at = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.json["buffers"][0]["byteLength"] = json!(self.bytes.len());
        self.push("bufferViews", json!({"buffer": 0, "byteOffset": at, "byteLength": bytes.len()}))
    }

    pub(crate) fn floats(&mut self, kind: &str, n: usize, values: &[f32]) -> usize {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = self.view(&bytes);
        let count = values.len() / n;
        self.push(
            "accessors",
            json!({"bufferView": view, "componentType": 5126, "count": count, "type": kind}),
        )
    }

    pub(crate) fn indices(&mut self, values: &[u16]) -> usize {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = self.view(&bytes);
        self.push(
            "accessors",
            json!({"bufferView": view, "componentType": 5123, "count": values.len(), "type": "SCALAR"}),
        )
    }

    /// A quadrilateral in the plane of x and z (y is up), `size` wide, and a node that draws it.
    pub(crate) fn square(&mut self, size: f32) -> &mut Self {
        let position =
            self.floats("VEC3", 3, &[0.0, 0.0, 0.0, size, 0.0, 0.0, size, 0.0, -size, 0.0, 0.0, -size]);
        let indices = self.indices(&[0, 1, 2, 0, 2, 3]);
        let mesh = self.push(
            "meshes",
            json!({"primitives": [{"attributes": {"POSITION": position}, "indices": indices}]}),
        );
        let node = self.push("nodes", json!({"mesh": mesh, "name": "square"}));
        self.json["scenes"][0]["nodes"].as_array_mut().unwrap().push(json!(node));
        self
    }

    pub(crate) fn primitive(&mut self) -> &mut Value {
        &mut self.json["meshes"][0]["primitives"][0]
    }

    /// A picture of which the left half is red and the right half is blue, on the first primitive.
    pub(crate) fn picture(&mut self) -> &mut Self {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 64, 64);
        encoder.set_color(png::ColorType::Rgb);
        let pixels: Vec<u8> =
            (0..64 * 64).flat_map(|i| if i % 64 < 32 { [255, 0, 0] } else { [0, 0, 255] }).collect();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        let view = self.view(&png);
        let image = self.push("images", json!({"bufferView": view, "mimeType": "image/png"}));
        let texture = self.push("textures", json!({"source": image}));
        let material =
            self.push("materials", json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}));
        let places = self.floats("VEC2", 2, &[0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let primitive = self.primitive();
        primitive["attributes"]["TEXCOORD_0"] = json!(places);
        primitive["material"] = json!(material);
        self
    }

    pub(crate) fn glb(&self) -> Vec<u8> {
        let mut json = self.json.to_string().into_bytes();
        json.resize(json.len().next_multiple_of(4), b' ');
        let mut own = self.bytes.clone();
        own.resize(own.len().next_multiple_of(4), 0);
        let mut out = b"glTF".to_vec();
        let total = 12 + 8 + json.len() + 8 + own.len();
        for n in [2, total, json.len()] {
            out.extend(u32::try_from(n).unwrap().to_le_bytes());
        }
        out.extend(b"JSON");
        out.extend(&json);
        out.extend(u32::try_from(own.len()).unwrap().to_le_bytes());
        out.extend(b"BIN\0");
        out.extend(&own);
        out
    }

    /// A batched tile.
    pub(crate) fn b3dm(&self, features: &Value, batches: &Value) -> Vec<u8> {
        let text = |v: &Value| {
            let mut t = if v.is_null() { Vec::new() } else { v.to_string().into_bytes() };
            t.resize(t.len().next_multiple_of(8), b' ');
            t
        };
        let (features, batches, glb) = (text(features), text(batches), self.glb());
        let total = 28 + features.len() + batches.len() + glb.len();
        let mut out = b"b3dm".to_vec();
        for n in [1, total, features.len(), 0, batches.len(), 0] {
            out.extend(u32::try_from(n).unwrap().to_le_bytes());
        }
        out.extend(features);
        out.extend(batches);
        out.extend(glb);
        out
    }

    pub(crate) fn save(&self, path: &Path) {
        std::fs::write(path, self.glb()).unwrap();
    }
}

/// Meters from the middle of the Earth of a place in degrees, and the axes east, north and up there, by columns, with the
/// place as the last one: as a tileset's root has them.
pub(crate) fn east_north_up(lon_deg: f64, lat_deg: f64, height_m: f64) -> [f64; 16] {
    // WGS 84.
    const A: f64 = 6_378_137.0;
    const E2: f64 = 6.694_379_990_141_316e-3;
    let (lon, lat) = (lon_deg.to_radians(), lat_deg.to_radians());
    let n = A / (1.0 - E2 * lat.sin().powi(2)).sqrt();
    let [x, y] = [lon.cos(), lon.sin()].map(|v| (n + height_m) * lat.cos() * v);
    let z = (n * (1.0 - E2) + height_m) * lat.sin();
    [
        -lon.sin(),
        lon.cos(),
        0.0,
        0.0,
        -lat.sin() * lon.cos(),
        -lat.sin() * lon.sin(),
        lat.cos(),
        0.0,
        lat.cos() * lon.cos(),
        lat.cos() * lon.sin(),
        lat.sin(),
        0.0,
        x,
        y,
        z,
        1.0,
    ]
}
