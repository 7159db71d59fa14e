//! What is known of an object beside its shape, and of a source as a whole: compared value by value.

use lantu_ingest::{Begin, FactKind};
use serde_json::{Map, Value, json};

use crate::SessionError;
use crate::inspect::georeference_json;
use crate::model::Model;

/// Two numbers that differ by less, relatively, are the same: what writing and reading a number may lose. Chosen.
const SAME_NUMBER: f64 = 1e-12;

/// Facts of one object by name.
pub(crate) struct Named(Map<String, Value>);

/// Keys of values that are ids of other objects.
const IDS: [&str; 2] = ["parent", "container"];

impl Named {
    pub(crate) fn of(model: &Model, number: u32) -> Result<Self, SessionError> {
        let mut out = match serde_json::to_value(model.details(number))? {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        // How we draw it is no word of the file.
        if let Some(Value::Object(facts)) = out.get_mut("facts") {
            facts.shift_remove(FactKind::Drawn.as_str());
        }
        if let Some(o) = model.object(number) {
            let parent = o.parent().and_then(|p| model.object(p.0)).map(|p| p.id().to_owned());
            out.insert("class".into(), json!(o.class()));
            out.insert("name".into(), json!(o.name()));
            out.insert("parent".into(), json!(parent));
            out.insert("color".into(), json!(o.color().map(|c| lantu_base::Rgba(c).to_string())));
        }
        Ok(Self(flat(out)))
    }
}

/// Which ids of the old and the new revision are of one object.
pub(crate) trait Identity {
    /// Whether a parent or container is the same one.
    fn is_one(&self, old: &str, new: &str) -> bool;

    /// Whether both are objects, and the same one: what changed of it is said there and nowhere else.
    fn is_one_object(&self, old: &str, new: &str) -> bool;
}

/// Ids as they are, of nothing that is compared by itself.
pub(crate) struct ByValue;

impl Identity for ByValue {
    fn is_one(&self, old: &str, new: &str) -> bool {
        old == new
    }

    fn is_one_object(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// What, old and new value of each fact that is different.
pub(crate) fn facts_changed(old: Named, mut new: Named, ids: &dyn Identity) -> Vec<(String, Value, Value)> {
    let mut out = Vec::new();
    for (what, before) in old.0 {
        let after = new.0.shift_remove(&what).unwrap_or(Value::Null);
        let named = before.as_str().zip(after.as_str()).filter(|_| IDS.contains(&what.as_str()));
        if !same(&before, &after, ids) && !named.is_some_and(|(a, b)| ids.is_one(a, b)) {
            out.push((what, before, after));
        }
    }
    out.extend(new.0.into_iter().filter(|(_, v)| !v.is_null()).map(|(what, v)| (what, Value::Null, v)));
    out
}

/// What a source says as a whole.
pub(crate) fn of_source(old: &Begin, new: &Begin) -> Result<Vec<(Value, Value, String)>, SessionError> {
    let of = |b: &Begin| -> Result<Map<String, Value>, SessionError> {
        let mut out = Map::new();
        out.insert("schema".into(), json!(b.schema));
        out.insert("crs".into(), json!(b.declared_crs));
        out.insert("unit".into(), json!(b.unit));
        out.insert("georeference".into(), georeference_json(&b.georeference));
        Ok(flat(out))
    };
    let changed = facts_changed(Named(of(old)?), Named(of(new)?), &ByValue);
    Ok(changed.into_iter().map(|(what, before, after)| (before, after, what)).collect())
}

/// Maps within maps as paths; sets of properties and quantities without the word before them.
fn flat(map: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, value) in map {
        let (prefix, suffix) = match key.as_str() {
            "properties" | "quantities" => (String::new(), ""),
            "units" => (String::new(), " unit"),
            _ => (key.clone(), ""),
        };
        flatten(&prefix, suffix, value, &mut out);
    }
    out
}

fn flatten(path: &str, suffix: &str, value: Value, out: &mut Map<String, Value>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(&path, suffix, value, out);
            }
        }
        Value::Array(a) if a.is_empty() => {}
        value => {
            out.insert(format!("{path}{suffix}"), value);
        }
    }
}

fn same(a: &Value, b: &Value, ids: &dyn Identity) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_f64(), y.as_f64()) {
            (Some(x), Some(y)) => (x - y).abs() <= SAME_NUMBER * x.abs().max(y.abs()),
            _ => x == y,
        },
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b, ids))
        }
        (Value::Object(x), Value::Object(y)) => {
            let id = |o: &Map<String, Value>| o.get("id").and_then(Value::as_str).map(str::to_owned);
            let is_one = id(x).zip(id(y)).is_some_and(|(a, b)| ids.is_one_object(&a, &b));
            // Its name, and the id that replaced another, are changes of the other side.
            let counts = |key: &String| !(is_one && ["id", "name"].contains(&key.as_str()));
            let of = |key: &String, o: &Map<String, Value>| o.get(key).cloned().unwrap_or(Value::Null);
            x.keys().chain(y.keys()).filter(|k| counts(k)).all(|k| same(&of(k, x), &of(k, y), ids))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(value: Value) -> Named {
        let Value::Object(map) = value else { panic!() };
        Named(flat(map))
    }

    #[test]
    fn sets_are_compared_value_by_value_and_numbers_whatever_their_form() {
        let old = named(
            json!({"name": "a", "properties": {"P": {"x": 1, "y": "F30", "gone": true}}, "materials": []}),
        );
        let new = named(
            json!({"name": "a", "properties": {"P": {"x": 1.0, "y": "F90", "come": 2}}, "materials": ["C30"]}),
        );
        let expected = [
            ("P.y".to_owned(), json!("F30"), json!("F90")),
            ("P.gone".to_owned(), json!(true), Value::Null),
            ("P.come".to_owned(), Value::Null, json!(2)),
            ("materials".to_owned(), Value::Null, json!(["C30"])),
        ];
        assert_eq!(facts_changed(old, new, &ByValue), expected);
    }

    /// The object `old` is called `new` now.
    struct Replaced;

    impl Identity for Replaced {
        fn is_one(&self, old: &str, new: &str) -> bool {
            (old, new) == ("old", "new")
        }

        fn is_one_object(&self, old: &str, new: &str) -> bool {
            self.is_one(old, new)
        }
    }

    #[test]
    fn what_changed_of_the_other_side_is_not_a_change_of_this_one() {
        let side = |id: &str, role: &str| {
            named(json!({"facts": {"boundary": [{"id": id, "name": format!("wall {id}"), "role": role}]}}))
        };
        assert!(facts_changed(side("old", "inner"), side("new", "inner"), &Replaced).is_empty());
        assert_eq!(facts_changed(side("old", "inner"), side("new", "outer"), &Replaced).len(), 1);
        assert_eq!(facts_changed(side("old", "inner"), side("other", "inner"), &Replaced).len(), 1);
    }

    #[test]
    fn a_parent_under_its_new_id_is_the_same_parent() {
        let side = |id: &str| named(json!({"parent": id, "name": id}));
        let changed = facts_changed(side("old"), side("new"), &Replaced);
        assert_eq!(changed, [("name".to_owned(), json!("old"), json!("new"))]);
    }
}
