//! Values of a record as the stream carries them.

use lantu_ingest::PropertyValue;

use crate::step::{StepFile, Value};

/// A value as the file writes it, without the wrapper of its measure.
pub(crate) fn plain(file: &StepFile<'_>, v: &Value<'_>) -> PropertyValue {
    match v {
        Value::Null => PropertyValue::Null,
        Value::Ref(id) => reference(file, *id),
        Value::Int(i) => PropertyValue::Int(*i),
        Value::Real(r) => PropertyValue::Real(*r),
        Value::Text(_) => PropertyValue::Text(file.text(Some(v)).unwrap_or_default()),
        Value::Enum("T" | "t") => PropertyValue::Bool(true),
        Value::Enum("F" | "f") => PropertyValue::Bool(false),
        Value::Enum("U" | "u") => PropertyValue::Text("UNKNOWN".to_owned()),
        Value::Enum(e) => PropertyValue::Text((*e).to_owned()),
        Value::Typed(_, inner) => inner.first().map_or(PropertyValue::Null, |v| plain(file, v)),
        Value::List(l) => PropertyValue::List(l.iter().map(|m| plain(file, m)).collect()),
    }
}

/// What a reference is called: the first text of its record, or its number.
pub(crate) fn reference(file: &StepFile<'_>, id: u64) -> PropertyValue {
    let name = file.get(id).and_then(|(_, args)| args.iter().find_map(|a| file.text(Some(a))));
    PropertyValue::Text(name.unwrap_or_else(|| format!("#{id}")))
}
