//! Values of a record as the stream carries them.

use std::cell::Cell;

use lantu_ingest::PropertyValue;

use crate::schema::Family;
use crate::step::{StepFile, Value};

/// Deepest nesting of records that are written out in a value. Chosen: a table of rows of measures has 3.
const MAX_LEVELS: usize = 6;
/// Values of records that are written out in one value. Chosen: a table of a page; records that refer to each other
/// many times over would otherwise become any number of values.
const MAX_PARTS: usize = 2048;

/// What stands for records that have no id of their own and are not named, so that a reference says nothing: times,
/// costs, addresses, quantities, tables, measures and what constraints compare.
const WRITTEN_OUT: [&str; 26] = [
    "IFCTASKTIME",
    "IFCTASKTIMERECURRING",
    "IFCRESOURCETIME",
    "IFCEVENTTIME",
    "IFCLAGTIME",
    "IFCWORKTIME",
    "IFCRECURRENCEPATTERN",
    "IFCTIMEPERIOD",
    "IFCCALENDARDATE",
    "IFCLOCALTIME",
    "IFCDATEANDTIME",
    "IFCCOSTVALUE",
    "IFCAPPLIEDVALUE",
    "IFCENVIRONMENTALIMPACTVALUE",
    "IFCMEASUREWITHUNIT",
    "IFCPOSTALADDRESS",
    "IFCTELECOMADDRESS",
    "IFCMETRIC",
    "IFCTABLE",
    "IFCTABLEROW",
    "IFCTABLECOLUMN",
    "IFCREFERENCE",
    "IFCREGULARTIMESERIES",
    "IFCIRREGULARTIMESERIES",
    "IFCTIMESERIESVALUE",
    "IFCIRREGULARTIMESERIESVALUE",
];

/// Turns arguments into values: texts decoded, records by their name, or written out where a name says nothing.
pub(crate) struct Values<'a, 'f> {
    file: &'a StepFile<'f>,
    family: Family,
    parts_left: Cell<usize>,
}

impl<'a, 'f> Values<'a, 'f> {
    /// For one value.
    pub(crate) fn new(file: &'a StepFile<'f>, family: Family) -> Self {
        Self { file, family, parts_left: Cell::new(MAX_PARTS) }
    }

    /// A value as the file writes it, without the wrapper of its measure.
    pub(crate) fn plain(&self, v: &Value<'_>) -> PropertyValue {
        self.at(v, 0)
    }

    fn at(&self, v: &Value<'_>, depth: usize) -> PropertyValue {
        match v {
            Value::Null => PropertyValue::Null,
            Value::Ref(id) => self.reference(*id, depth),
            Value::Int(i) => PropertyValue::Int(*i),
            Value::Real(r) => PropertyValue::Real(*r),
            Value::Text(_) => PropertyValue::Text(self.file.text(Some(v)).unwrap_or_default()),
            Value::Enum("T" | "t") => PropertyValue::Bool(true),
            Value::Enum("F" | "f") => PropertyValue::Bool(false),
            Value::Enum("U" | "u") => PropertyValue::Text("UNKNOWN".to_owned()),
            Value::Enum(e) => PropertyValue::Text((*e).to_owned()),
            Value::Typed(_, inner) => inner.first().map_or(PropertyValue::Null, |v| self.at(v, depth)),
            Value::List(l) => PropertyValue::List(l.iter().map(|m| self.at(m, depth)).collect()),
        }
    }

    /// What a reference leads to: a record written out as names with values, or what it is called (the first text of
    /// it), or its number.
    fn reference(&self, id: u64, depth: usize) -> PropertyValue {
        let is_written_out = |k: &&str| WRITTEN_OUT.contains(k) || k.starts_with("IFCQUANTITY");
        let keyword = self.file.keyword(id).filter(is_written_out).filter(|_| depth < MAX_LEVELS);
        if let Some(names) = keyword.and_then(|k| self.family.attribute_names(k))
            && let Some((_, args)) = self.file.get(id)
            && let Some(left) = self.parts_left.get().checked_sub(args.len())
        {
            self.parts_left.set(left);
            let said = names.iter().zip(&args).filter(|(_, v)| !matches!(v, Value::Null));
            return pairs(said.map(|(name, v)| ((*name).to_owned(), self.at(v, depth + 1), None)));
        }
        PropertyValue::Text(called(self.file, id).unwrap_or_else(|| format!("#{id}")))
    }
}

/// What people call a record: a person by both names, an organization by its name, and anything else by its first text.
pub(crate) fn called(file: &StepFile<'_>, id: u64) -> Option<String> {
    let named = match file.keyword(id)? {
        // Given and family name; without them the person's number.
        "IFCPERSON" => joined([text_at(file, id, 2), text_at(file, id, 1)], " "),
        "IFCORGANIZATION" => text_at(file, id, 1),
        "IFCAPPLICATION" => text_at(file, id, 2),
        "IFCPERSONANDORGANIZATION" => {
            let (_, args) = file.get(id)?;
            let side = |at: usize| {
                let side = args.get(at)?.as_ref()?;
                // One level down: a record that names itself ends.
                let is_side = matches!(file.keyword(side)?, "IFCPERSON" | "IFCORGANIZATION");
                is_side.then(|| called(file, side)).flatten()
            };
            joined([side(0), side(1)], ", ")
        }
        _ => None,
    };
    named.or_else(|| file.first_text(id))
}

fn text_at(file: &StepFile<'_>, id: u64, at: usize) -> Option<String> {
    file.text(file.get(id)?.1.get(at))
}

/// What there is of two texts.
fn joined(texts: [Option<String>; 2], between: &str) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().flatten().collect();
    (!texts.is_empty()).then(|| texts.join(between))
}

/// Names with values: a list of (name, value), or (name, value, unit) where a unit is known.
pub(crate) fn pairs(parts: impl Iterator<Item = (String, PropertyValue, Option<String>)>) -> PropertyValue {
    let pair = |(name, value, unit): (String, PropertyValue, Option<String>)| {
        let mut pair = vec![PropertyValue::Text(name), value];
        pair.extend(unit.map(PropertyValue::Text));
        PropertyValue::List(pair)
    };
    PropertyValue::List(parts.map(pair).collect())
}
