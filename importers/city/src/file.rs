//! Reads one JSON text, a whole `CityJSON` file or one line of a sequence, one city object at a time.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::boundaries::{city_object, geometry, point, text};
use crate::model::{CityObject, Geometry};

/// What one JSON text says.
#[derive(Debug, Default)]
pub(crate) struct CityFile {
    /// `CityJSON` or `CityJSONFeature`.
    pub(crate) kind: String,
    pub(crate) version: String,
    /// Scale and translation of vertices.
    pub(crate) transform: Option<[[f64; 3]; 2]>,
    /// The file has a transform that cannot be read.
    pub(crate) bad_transform: bool,
    /// `metadata.referenceSystem`.
    pub(crate) crs: Option<String>,
    pub(crate) objects: Vec<CityObject>,
    /// As the file writes them, before the transform; NaN where one is no number.
    pub(crate) vertices: Vec<[f64; 3]>,
    /// Why one is not there says its text.
    pub(crate) templates: Vec<Result<Geometry, String>>,
    pub(crate) template_vertices: Vec<[f64; 3]>,
    /// Names of extensions.
    pub(crate) extensions: Vec<String>,
}

impl CityFile {
    /// Brings vertices from the steps of the file to coordinates of its CRS. `inherited`: the transform of the sequence
    /// that the text is a line of.
    pub(crate) fn unpack(&mut self, inherited: Option<[[f64; 3]; 2]>) {
        let Some([scale, translate]) = self.transform.or(inherited) else { return };
        for p in &mut self.vertices {
            for ((v, s), t) in p.iter_mut().zip(scale).zip(translate) {
                *v = *v * s + t;
            }
        }
    }
}

impl<'de> Deserialize<'de> for CityFile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(FileVisitor)
    }
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = CityFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CityJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CityFile, A::Error> {
        let mut out = CityFile::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => out.kind = text(Some(&map.next_value()?)).unwrap_or_default(),
                "version" => out.version = text(Some(&map.next_value()?)).unwrap_or_default(),
                "transform" => {
                    let value: Value = map.next_value()?;
                    let part = |key: &str| value.get(key).map_or([f64::NAN; 3], point);
                    let read = [part("scale"), part("translate")];
                    let sound = read.iter().flatten().all(|v| v.is_finite());
                    (out.transform, out.bad_transform) = (sound.then_some(read), !sound);
                }
                "metadata" => {
                    let value: Value = map.next_value()?;
                    out.crs = text(value.get("referenceSystem")).filter(|t| !t.trim().is_empty());
                }
                "CityObjects" => out.objects = map.next_value::<Objects>()?.0,
                "vertices" => out.vertices = map.next_value::<Points>()?.0,
                "geometry-templates" => {
                    let mut value: Value = map.next_value()?;
                    if let Some(Value::Array(all)) = value.get_mut("templates").map(Value::take) {
                        out.templates = all.into_iter().map(geometry).collect();
                    }
                    if let Some(Value::Array(all)) = value.get("vertices-templates") {
                        out.template_vertices = all.iter().map(point).collect();
                    }
                }
                "extensions" => {
                    if let Value::Object(all) = map.next_value()? {
                        out.extensions = all.into_iter().map(|(name, _)| name).collect();
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(out)
    }
}

/// City objects in the order of the file.
struct Objects(Vec<CityObject>);

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Objects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("city objects by their ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Objects, A::Error> {
                let mut out = Vec::new();
                while let Some((id, value)) = map.next_entry::<String, Value>()? {
                    out.push(city_object(id, value));
                }
                Ok(Objects(out))
            }
        }
        from.deserialize_map(All)
    }
}

/// Vertices; NaN where one is no list of three numbers, so that only what uses it suffers.
struct Points(Vec<[f64; 3]>);

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Points;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of vertices")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Points, A::Error> {
                let mut out = Vec::new();
                while let Some(value) = seq.next_element::<Value>()? {
                    out.push(point(&value));
                }
                Ok(Points(out))
            }
        }
        from.deserialize_seq(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_are_unpacked_and_what_is_no_vertex_spoils_only_itself() {
        let mut file: CityFile = serde_json::from_str(
            r#"{"vertices": [[1000, 0, 5], "no", [1, null, 2]], "transform": {"scale": [0.001, 0.001, 0.001], "translate": [10, 20, 30]}}"#,
        )
        .unwrap();
        file.unpack(None);
        assert!((file.vertices[0][0] - 11.0).abs() < 1e-12 && (file.vertices[0][2] - 30.005).abs() < 1e-12);
        assert!(file.vertices[1].iter().all(|v| v.is_nan()) && file.vertices[2][1].is_nan());
    }

    #[test]
    fn nesting_without_end_and_numbers_without_measure_are_refused_with_their_place() {
        let deep = format!(r#"{{"CityObjects": {{"a": {}"#, "[".repeat(100_000));
        let e = serde_json::from_str::<CityFile>(&deep).unwrap_err().to_string();
        assert!(e.contains("recursion limit") && e.contains("column"), "{e}");
        let huge = format!(r#"{{"vertices": [[{}, 0, 0]]}}"#, "9".repeat(400));
        assert!(serde_json::from_str::<CityFile>(&huge).unwrap_err().to_string().contains("out of range"));
    }
}
