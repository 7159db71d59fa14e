//! One object's exact triangles as a file: OBJ with its materials, or GLB.
//!
//! Both keep numbers small: vertices are relative to an offset of whole meters, which a comment (OBJ) or the node's
//! translation and `extras` (GLB) say in full. Axes are the project's, right-handed with z up, in meters; a GLB's root
//! node turns them to the y-up axes of glTF.

use std::collections::HashMap;
use std::fmt::Write as _;

use glam::DVec3;
use lantu_base::Bounds;
use serde_json::{Value, json};

use crate::SessionError;
use crate::model::shape_bounds;
use crate::shapes::ShapePart;

/// An object's triangles, and what a reader of the file has to know of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectShape {
    /// Source and id of the object.
    pub source: String,
    /// See `source`.
    pub id: String,
    /// Its class.
    pub class: String,
    /// As the file names it.
    pub name: String,
    /// What its coordinates are relative to: `project` or `source`.
    pub frame: &'static str,
    /// CRS of that frame, if it has one.
    pub crs: Option<String>,
    /// Triangles by color, in the frame, meters.
    pub parts: Vec<ShapePart>,
}

impl ObjectShape {
    /// What vertices are written relative to: the middle of the shape, in whole meters, so that 32-bit floats keep a
    /// micrometer within tens of meters.
    pub fn offset(&self) -> DVec3 {
        let bounds: Bounds = shape_bounds(&self.parts);
        if bounds.is_empty() { DVec3::ZERO } else { bounds.center().round() }
    }

    /// The file as OBJ text, and its materials, which it calls `mtl_name`.
    pub fn to_obj(&self, mtl_name: &str) -> (String, String) {
        let offset = self.offset();
        let (mut obj, mut mtl) = (String::new(), String::new());
        let written = self.write_obj(&mut obj, mtl_name, offset).and_then(|()| self.write_mtl(&mut mtl));
        debug_assert!(written.is_ok(), "a String refused text");
        (obj, mtl)
    }

    fn write_obj(&self, out: &mut String, mtl_name: &str, offset: DVec3) -> std::fmt::Result {
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        writeln!(out, "# {}:{} {} {}", self.source, self.id, self.class, line(&self.name))?;
        writeln!(
            out,
            "# frame: {}, z up, meters, crs: {}",
            self.frame,
            self.crs.as_deref().unwrap_or("none")
        )?;
        writeln!(out, "# offset: {} {} {}", offset.x, offset.y, offset.z)?;
        writeln!(out, "# add the offset to every vertex for coordinates in the frame")?;
        writeln!(out, "mtllib {mtl_name}\no {}", self.id)?;
        let mut numbers: HashMap<[u64; 3], usize> = HashMap::new();
        let mut faces = String::new();
        for part in &self.parts {
            writeln!(faces, "usemtl {}", material(part.color))?;
            for t in part.indices.chunks_exact(3) {
                faces.push('f');
                for p in t.iter().filter_map(|&i| part.positions.get(i as usize)) {
                    let next = numbers.len() + 1;
                    // Vertices of the same numbers are one, whatever their colors.
                    let number = *numbers.entry(p.to_array().map(f64::to_bits)).or_insert(next);
                    if number == next {
                        let p = *p - offset;
                        writeln!(out, "v {} {} {}", p.x, p.y, p.z)?;
                    }
                    write!(faces, " {number}")?;
                }
                faces.push('\n');
            }
        }
        out.push_str(&faces);
        Ok(())
    }

    fn write_mtl(&self, out: &mut String) -> std::fmt::Result {
        let mut colors: Vec<[u8; 4]> = self.parts.iter().map(|p| p.color).collect();
        colors.sort_unstable();
        colors.dedup();
        for c in colors {
            let [r, g, b, a] = c.map(|v| f64::from(v) / 255.0);
            writeln!(out, "newmtl {}\nKd {r:.6} {g:.6} {b:.6}\nd {a:.6}", material(c))?;
        }
        Ok(())
    }

    /// The file as GLB (glTF 2.0). Vertices are 32-bit floats, as the format has no others.
    ///
    /// # Errors
    /// [`SessionError::Json`], [`SessionError::Stream`] if the shape has more than 4 GB.
    pub fn to_glb(&self) -> Result<Vec<u8>, SessionError> {
        let offset = self.offset();
        let mut bin: Vec<u8> = Vec::new();
        let (mut views, mut accessors, mut materials, mut primitives) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for part in &self.parts {
            let positions: Vec<[f32; 3]> =
                part.positions.iter().map(|p| (*p - offset).as_vec3().to_array()).collect();
            let start = bin.len();
            bin.extend(positions.iter().flatten().flat_map(|v| v.to_le_bytes()));
            views.push(
                json!({"buffer": 0, "byteOffset": start, "byteLength": bin.len() - start, "target": 34962}),
            );
            let (lo, hi) = extremes(&positions);
            accessors
                .push(json!({"bufferView": views.len() - 1, "componentType": 5126, "count": positions.len(),
                "type": "VEC3", "min": lo, "max": hi}));
            let start = bin.len();
            bin.extend(part.indices.iter().flat_map(|v| v.to_le_bytes()));
            views.push(
                json!({"buffer": 0, "byteOffset": start, "byteLength": bin.len() - start, "target": 34963}),
            );
            accessors.push(json!({"bufferView": views.len() - 1, "componentType": 5125,
                "count": part.indices.len(), "type": "SCALAR"}));
            primitives.push(
                json!({"attributes": {"POSITION": accessors.len() - 2}, "indices": accessors.len() - 1,
                "material": materials.len()}),
            );
            materials.push(gltf_material(part.color));
        }
        let extras = json!({"source": self.source, "id": self.id, "class": self.class, "name": self.name,
            "frame": self.frame, "crs": self.crs, "unit": "m", "offset": offset.to_array()});
        let document = json!({
            "asset": {"version": "2.0", "generator": "lantu"},
            "scene": 0, "scenes": [{"nodes": [0]}],
            "nodes": [
                // Columns of the rotation from z up to y up.
                {"name": "z up to y up", "children": [1],
                 "matrix": [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]},
                {"name": self.id, "mesh": 0, "translation": offset.to_array(), "extras": extras},
            ],
            "meshes": [{"primitives": primitives}], "materials": materials, "accessors": accessors,
            "bufferViews": views, "buffers": [{"byteLength": bin.len()}],
        });
        container(serde_json::to_vec(&document)?, bin)
    }
}

fn material([r, g, b, a]: [u8; 4]) -> String {
    format!("c{r:02x}{g:02x}{b:02x}{a:02x}")
}

/// A color as glTF wants it: linear, as factors.
fn gltf_material(color: [u8; 4]) -> Value {
    let linear = |v: u8| {
        let v = f64::from(v) / 255.0;
        // The transfer function of sRGB, IEC 61966-2-1.
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b, a] = color;
    let mode = if a == u8::MAX { "OPAQUE" } else { "BLEND" };
    json!({"name": material(color), "alphaMode": mode, "doubleSided": true, "pbrMetallicRoughness": {
        "baseColorFactor": [linear(r), linear(g), linear(b), f64::from(a) / 255.0],
        "metallicFactor": 0, "roughnessFactor": 1}})
}

fn extremes(positions: &[[f32; 3]]) -> ([f32; 3], [f32; 3]) {
    let first = positions.first().copied().unwrap_or_default();
    positions.iter().fold((first, first), |(lo, hi), p| {
        let pick = |a: [f32; 3], f: fn(f32, f32) -> f32| {
            let ([x, y, z], [u, v, w]) = (a, *p);
            [f(x, u), f(y, v), f(z, w)]
        };
        (pick(lo, f32::min), pick(hi, f32::max))
    })
}

/// A GLB container of two chunks, each padded to four bytes (glTF 2.0, section 4.4).
fn container(mut text: Vec<u8>, mut bin: Vec<u8>) -> Result<Vec<u8>, SessionError> {
    text.resize(text.len().next_multiple_of(4), b' ');
    bin.resize(bin.len().next_multiple_of(4), 0);
    let narrow = |n: usize| u32::try_from(n).ok().ok_or(SessionError::Stream("a shape of more than 4 GB"));
    let total = 12 + 8 + text.len() + 8 + bin.len();
    let mut out = Vec::with_capacity(total);
    out.extend(*b"glTF");
    out.extend(2_u32.to_le_bytes());
    out.extend(narrow(total)?.to_le_bytes());
    for (kind, chunk) in [(b"JSON", &text), (b"BIN\0", &bin)] {
        out.extend(narrow(chunk.len())?.to_le_bytes());
        out.extend(kind);
        out.extend(chunk);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> ObjectShape {
        let at = DVec3::new(455_600.25, 4_428_550.5, 40.0);
        let corners = [DVec3::ZERO, DVec3::X, DVec3::Y, DVec3::Z].map(|d| at + d * 1e-4);
        let part = |indices: Vec<u32>, color| ShapePart { positions: corners.to_vec(), indices, color };
        ObjectShape {
            source: "house".into(),
            id: "0abc".into(),
            class: "IfcWall".into(),
            name: "north\nwall".into(),
            frame: "project",
            crs: Some("EPSG:4548".into()),
            parts: vec![
                part(vec![0, 2, 1, 0, 1, 3], [255, 0, 0, 255]),
                part(vec![0, 3, 2, 1, 2, 3], [0, 0, 255, 128]),
            ],
        }
    }

    #[test]
    fn an_obj_keeps_a_tenth_of_a_millimeter_at_map_coordinates_and_joins_parts_at_equal_vertices() {
        let (obj, mtl) = shape().to_obj("a.mtl");
        assert!(obj.contains("# offset: 455600 4428551 40\n"), "{obj}");
        assert!(!obj.contains("north\nwall"));
        let vertices: Vec<Vec<f64>> = obj
            .lines()
            .filter_map(|l| l.strip_prefix("v "))
            .map(|l| l.split(' ').map(|v| v.parse().unwrap()).collect())
            .collect();
        assert_eq!(vertices.len(), 4);
        let edge = vertices.iter().map(|v| v[0] + 455_600.0).fold(f64::MIN, f64::max) - 455_600.25;
        assert!((edge - 1e-4).abs() < 1e-9, "{edge}");
        assert_eq!(obj.lines().filter(|l| l.starts_with("f ")).count(), 4);
        assert_eq!(obj.matches("usemtl ").count(), 2);
        assert!(mtl.contains("newmtl c0000ff80\nKd 0.000000 0.000000 1.000000\nd 0.501961"), "{mtl}");
    }

    #[test]
    fn a_glb_says_its_lengths_and_its_offset() {
        let glb = shape().to_glb().unwrap();
        let number = |at: usize| u32::from_le_bytes(glb[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!((&glb[..4], number(4), number(8)), (&b"glTF"[..], 2, glb.len()));
        let n_text = number(12);
        let document: Value = serde_json::from_slice(&glb[20..20 + n_text]).unwrap();
        assert_eq!(document["nodes"][1]["translation"], json!([455_600.0, 4_428_551.0, 40.0]));
        assert_eq!(document["nodes"][1]["extras"]["crs"], "EPSG:4548");
        assert_eq!(document["accessors"][1]["count"], 6);
        assert_eq!(document["materials"][1]["alphaMode"], "BLEND");
        let n_bin = number(20 + n_text);
        assert_eq!(document["buffers"][0]["byteLength"], n_bin);
        assert_eq!(20 + n_text + 8 + n_bin, glb.len());
    }
}
