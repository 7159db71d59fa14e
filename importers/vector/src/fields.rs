//! Attributes: from OGR's fields to properties.

use gdal::vector::{Feature, FieldValue};
use lantu_ingest::{PropertyKind, PropertyRecord, PropertyValue};

/// Field names that hold an object's name, best first, lower case.
const NAME_FIELDS: [&str; 10] =
    ["name", "名称", "name_zh", "label", "title", "管线名称", "道路名称", "mc", "bz", "street"];

/// The attributes of a feature, in the order of its fields.
pub(crate) fn read(feature: &Feature<'_>, names: &[String]) -> Vec<(String, PropertyValue)> {
    let value = |ix: usize| match feature.field(ix) {
        Ok(v) => v.map_or(PropertyValue::Null, convert),
        // Times of day and binary fields: as OGR writes them as text.
        Err(_) => match feature.field_as_string(ix) {
            Ok(Some(t)) => PropertyValue::Text(t),
            _ => PropertyValue::Null,
        },
    };
    names.iter().enumerate().map(|(ix, name)| (name.clone(), value(ix))).collect()
}

fn convert(v: FieldValue) -> PropertyValue {
    use PropertyValue as P;
    match v {
        FieldValue::IntegerValue(i) => P::Int(i.into()),
        FieldValue::Integer64Value(i) => P::Int(i),
        FieldValue::RealValue(r) => P::Real(r),
        FieldValue::StringValue(s) => P::Text(s),
        FieldValue::DateValue(d) => P::Text(d.to_string()),
        FieldValue::DateTimeValue(d) => P::Text(format!("{d:?}")),
        FieldValue::IntegerListValue(l) => P::List(l.into_iter().map(|i| P::Int(i.into())).collect()),
        FieldValue::Integer64ListValue(l) => P::List(l.into_iter().map(P::Int).collect()),
        FieldValue::RealListValue(l) => P::List(l.into_iter().map(P::Real).collect()),
        FieldValue::StringListValue(l) => P::List(l.into_iter().map(P::Text).collect()),
    }
}

/// The object's name among its attributes; empty if there is none.
pub(crate) fn name_of(values: &[(String, PropertyValue)]) -> String {
    let text = |wanted: &str| {
        values.iter().find(|(n, _)| n.to_lowercase() == wanted).and_then(|(_, v)| match v {
            PropertyValue::Text(t) if !t.trim().is_empty() => Some(t.clone()),
            PropertyValue::Int(i) => Some(i.to_string()),
            _ => None,
        })
    };
    NAME_FIELDS.iter().find_map(|n| text(n)).unwrap_or_default()
}

/// An attribute as a number.
pub(crate) fn number(values: &[(String, PropertyValue)], names: &[String]) -> Option<f64> {
    let find = |wanted: &String| values.iter().find(|(n, _)| n.to_lowercase() == *wanted).map(|(_, v)| v);
    names.iter().find_map(|n| match find(n)? {
        PropertyValue::Int(i) => Some(*i as f64),
        PropertyValue::Real(r) if r.is_finite() => Some(*r),
        PropertyValue::Text(t) => leading_number(t),
        _ => None,
    })
}

/// `DN300`, `300mm` and `300` are 300.
fn leading_number(text: &str) -> Option<f64> {
    let t = text.trim().trim_start_matches(|c: char| c.is_alphabetic());
    let end = t.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(t.len());
    t.get(..end)?.parse().ok().filter(|v: &f64| v.is_finite())
}

/// An attribute as text, lower case.
pub(crate) fn text(values: &[(String, PropertyValue)], names: &[String]) -> Option<String> {
    let find = |wanted: &String| values.iter().find(|(n, _)| n.to_lowercase() == *wanted).map(|(_, v)| v);
    names.iter().find_map(|n| match find(n)? {
        PropertyValue::Text(t) if !t.is_empty() => Some(t.to_lowercase()),
        PropertyValue::Int(i) => Some(i.to_string()),
        _ => None,
    })
}

/// Attributes as property records.
pub(crate) fn records(
    object: u32,
    set: &str,
    values: Vec<(String, PropertyValue)>,
) -> impl Iterator<Item = PropertyRecord> {
    let set = set.to_owned();
    values.into_iter().map(move |(name, value)| PropertyRecord {
        object,
        set: set.clone(),
        name,
        value,
        unit: None,
        kind: PropertyKind::Property,
        inherited: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diameter_is_read_however_it_is_written() {
        for (t, v) in
            [("DN300", Some(300.0)), ("300mm", Some(300.0)), (" 1.5 ", Some(1.5)), ("-", None), ("", None)]
        {
            assert_eq!(leading_number(t), v, "{t}");
        }
    }
}
