//! From the JSON of one city object to the form in which it waits. Nothing here fails: what is wrong is a fault of the
//! object, and the rest of it is kept.

use serde_json::{Map, Value};

use crate::model::{CityObject, Faces, Geometry, Instance, NO_INDEX, Shape};

/// Reads one city object.
pub(crate) fn city_object(id: String, value: Value) -> CityObject {
    let mut out = CityObject { id, ..CityObject::default() };
    let Value::Object(mut map) = value else {
        out.faults.push(("city.object", "it is not a JSON object; nothing of it is kept".to_owned()));
        return out;
    };
    out.class = text(map.get("type")).unwrap_or_default();
    if out.class.is_empty() {
        out.faults.push(("city.type", "it does not say its type".to_owned()));
    }
    if let Some(Value::Array(all)) = map.get("parents") {
        out.parents = all.iter().filter_map(|v| text(Some(v))).collect();
    }
    if let Some(Value::Object(attributes)) = map.remove("attributes") {
        out.attributes = attributes.into_iter().collect();
    }
    if let Some(address) = map.remove("address") {
        out.attributes.push(("address".to_owned(), address));
    }
    match map.remove("geometry") {
        None | Some(Value::Null) => {}
        Some(Value::Array(all)) => {
            for (n, value) in all.into_iter().enumerate() {
                match geometry(value) {
                    Ok(g) => out.geometries.push(g),
                    Err(why) => {
                        out.faults.push(("city.geometry", format!("geometry {n} is left out: {why}")));
                    }
                }
            }
        }
        Some(_) => out.faults.push(("city.geometry", "its geometry is not a list".to_owned())),
    }
    out
}

/// Reads one geometry or template.
pub(crate) fn geometry(value: Value) -> Result<Geometry, String> {
    let Value::Object(mut map) = value else { return Err("it is not a JSON object".to_owned()) };
    let kind = text(map.get("type")).unwrap_or_default();
    let boundaries = map.remove("boundaries").unwrap_or(Value::Null);
    let (meanings, values) = semantics(map.remove("semantics"));
    let shape = match kind.as_str() {
        "MultiPoint" => Shape::Points(ring(&boundaries)?),
        "MultiLineString" => {
            Shape::Lines(list(&boundaries, "boundaries")?.iter().map(ring).collect::<Result<_, _>>()?)
        }
        "MultiSurface" | "CompositeSurface" => faces(&boundaries, &values, 1)?,
        "Solid" => faces(&boundaries, &values, 2)?,
        "MultiSolid" | "CompositeSolid" => faces(&boundaries, &values, 3)?,
        "GeometryInstance" => Shape::Instance(instance(&map, &boundaries)?),
        "" => return Err("it does not say its type".to_owned()),
        other => return Err(format!("its type {other:?} is not one of CityJSON")),
    };
    let has = |key: &str| map.get(key).is_some_and(|v| !v.is_null());
    Ok(Geometry {
        lod: text(map.get("lod")).unwrap_or_default(),
        shape,
        meanings,
        has_appearance: has("texture") || has("material"),
    })
}

/// Text, or a number as text: versions before 1.1 write levels of detail as numbers.
pub(crate) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(t) => Some(t.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// Three numbers; NaN for what is none.
pub(crate) fn point(value: &Value) -> [f64; 3] {
    let at = |i: usize| value.get(i).and_then(Value::as_f64).unwrap_or(f64::NAN);
    [at(0), at(1), at(2)]
}

fn list<'v>(value: &'v Value, what: &str) -> Result<&'v [Value], String> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("its {what} are not nested as its type asks for"))
}

fn index(value: &Value) -> Result<u32, String> {
    match value {
        Value::Number(n) => Ok(n.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(NO_INDEX)),
        _ => Err("its boundaries are not nested as its type asks for".to_owned()),
    }
}

fn ring(value: &Value) -> Result<Vec<u32>, String> {
    list(value, "boundaries")?.iter().map(index).collect()
}

/// Meanings of surfaces by number, and which face has which.
fn semantics(value: Option<Value>) -> (Vec<String>, Value) {
    let Some(Value::Object(mut map)) = value else { return (Vec::new(), Value::Null) };
    let meanings = match map.get("surfaces") {
        Some(Value::Array(all)) => all.iter().map(|s| text(s.get("type")).unwrap_or_default()).collect(),
        _ => Vec::new(),
    };
    (meanings, map.remove("values").unwrap_or(Value::Null))
}

/// Faces below `depth` levels of lists.
fn faces(boundaries: &Value, values: &Value, depth: usize) -> Result<Shape, String> {
    let mut out = Faces::default();
    collect(boundaries, values, depth, &mut out)?;
    Ok(Shape::Faces(out))
}

fn collect(boundaries: &Value, values: &Value, depth: usize, out: &mut Faces) -> Result<(), String> {
    if depth > 0 {
        for (n, inner) in list(boundaries, "boundaries")?.iter().enumerate() {
            collect(inner, values.get(n).unwrap_or(&Value::Null), depth - 1, out)?;
        }
        return Ok(());
    }
    for r in list(boundaries, "boundaries")? {
        for i in list(r, "boundaries")? {
            out.corners.push(index(i)?);
        }
        out.ring_ends.push(out.corners.len());
    }
    let meaning = values.as_u64().and_then(|n| u32::try_from(n).ok());
    out.ends.push((out.ring_ends.len(), meaning));
    Ok(())
}

fn instance(map: &Map<String, Value>, boundaries: &Value) -> Result<Instance, String> {
    let template = map.get("template").ok_or("it names no template")?;
    let at = list(boundaries, "boundaries")?.first().ok_or("it names no vertex to stand at")?;
    let mut matrix = [0.0; 16];
    let given = map.get("transformationMatrix").and_then(Value::as_array).filter(|m| m.len() == matrix.len());
    let given = given.ok_or("its transformation matrix does not have 16 numbers")?;
    for (to, from) in matrix.iter_mut().zip(given) {
        *to = from.as_f64().ok_or("its transformation matrix does not have 16 numbers")?;
    }
    Ok(Instance { template: index(template)?, at: index(at)?, matrix })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_solid_with_a_hole_keeps_its_rings_and_the_meaning_of_each_face() {
        let g = geometry(json!({
            "type": "Solid", "lod": 2.2,
            "boundaries": [[[[0, 1, 2, 3], [4, 5, 6]], [[0, 1, -7]]]],
            "semantics": {"surfaces": [{"type": "RoofSurface"}], "values": [[0, null]]}
        }))
        .unwrap();
        assert_eq!((g.lod.as_str(), g.meanings.as_slice()), ("2.2", ["RoofSurface".to_owned()].as_slice()));
        let Shape::Faces(f) = g.shape else { unreachable!("a solid has faces") };
        let all: Vec<_> = f.iter().collect();
        assert_eq!(
            all,
            [(vec![&[0, 1, 2, 3][..], &[4, 5, 6]], Some(0)), (vec![&[0, 1, NO_INDEX][..]], None)]
        );
    }

    #[test]
    fn boundaries_that_are_nested_otherwise_are_a_reason_not_a_panic() {
        for boundaries in
            [json!(7), json!([7]), json!([[7]]), json!([[["a"]]]), json!([[[[[[0]]]]]]), json!(null)]
        {
            assert!(geometry(json!({"type": "Solid", "boundaries": boundaries})).is_err());
        }
        assert!(geometry(json!({"type": "Blob", "boundaries": []})).is_err());
        assert!(geometry(json!([])).is_err());
        assert_eq!(city_object("a".to_owned(), json!(1)).faults.len(), 1);
    }
}
