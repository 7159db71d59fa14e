//! Property and quantity sets of an object, and what it inherits from its type.

use std::collections::HashSet;

use lantu_ingest::{PropertyKind, PropertyRecord, PropertyValue};

use super::Relations;
use crate::schema::attribute_names;
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Deepest nesting of complex properties. Chosen: real ones have 3 levels.
const MAX_LEVELS: usize = 8;

/// What properties are read from.
pub(crate) struct Source<'a, 'f> {
    pub(crate) file: &'a StepFile<'f>,
    pub(crate) relations: &'a Relations,
    pub(crate) units: &'a Units,
}

/// Appends the properties of an object, its own first. Where both it and its type have one, its own counts.
pub(crate) fn properties(s: &Source<'_, '_>, record: u64, object: u32, out: &mut Vec<PropertyRecord>) {
    let mut sink = Sink { s, object, inherited: false, seen: HashSet::new(), out };
    // A later definition replaces an earlier one, so the last comes first.
    for &definition in s.relations.defined_by.get(&record).into_iter().flatten().rev() {
        sink.definition(definition);
    }
    if let Some((_, args)) = s.relations.type_of.get(&record).and_then(|kind| s.file.get(*kind)) {
        sink.inherited = true;
        for definition in args.get(5).into_iter().flat_map(Value::refs) {
            sink.definition(definition);
        }
    }
}

struct Sink<'s, 'a, 'f> {
    s: &'s Source<'a, 'f>,
    object: u32,
    inherited: bool,
    seen: HashSet<(bool, String, String)>,
    out: &'s mut Vec<PropertyRecord>,
}

impl Sink<'_, '_, '_> {
    fn definition(&mut self, id: u64) {
        let Some((keyword, args)) = self.s.file.get(id) else { return };
        let set = self.s.file.text(args.get(2)).unwrap_or_default();
        match keyword {
            "IFCPROPERTYSET" => {
                for p in args.get(4).into_iter().flat_map(Value::refs) {
                    self.property(&set, "", p, 0);
                }
            }
            "IFCELEMENTQUANTITY" => {
                for q in args.get(5).into_iter().flat_map(Value::refs) {
                    self.quantity(&set, "", q, 0);
                }
            }
            _ => self.predefined(&set, keyword, &args),
        }
    }

    /// `IfcDoorLiningProperties` and the like: attributes instead of properties.
    fn predefined(&mut self, set: &str, keyword: &str, args: &[Value<'_>]) {
        let names = attribute_names(&self.s.file.schema, keyword).unwrap_or_default();
        for (name, value) in names.iter().zip(args).skip(4) {
            if !matches!(value, Value::Null | Value::Ref(_)) {
                let (value, unit) = (self.value(value), None);
                self.push(set, (*name).to_owned(), value, unit, PropertyKind::Property);
            }
        }
    }

    fn property(&mut self, set: &str, prefix: &str, id: u64, depth: usize) {
        let Some((keyword, args)) = self.s.file.get(id).filter(|_| depth < MAX_LEVELS) else { return };
        let arg = |at: usize| args.get(at).unwrap_or(&Value::Null);
        let name = format!("{prefix}{}", self.s.file.text(args.first()).unwrap_or_default());
        let (value, unit) = match keyword {
            "IFCPROPERTYSINGLEVALUE" => (self.value(arg(2)), self.unit(arg(3), arg(2))),
            "IFCPROPERTYENUMERATEDVALUE" => (self.list(arg(2)), None),
            "IFCPROPERTYLISTVALUE" => (self.list(arg(2)), self.unit(arg(3), arg(2))),
            "IFCPROPERTYBOUNDEDVALUE" => {
                // Lower, upper, set point.
                let bounds = [arg(3), arg(2), arg(5)].map(|v| self.value(v));
                (PropertyValue::List(bounds.to_vec()), self.unit(arg(4), arg(2)))
            }
            "IFCPROPERTYTABLEVALUE" => {
                (PropertyValue::List(vec![self.list(arg(2)), self.list(arg(3))]), self.unit(arg(6), arg(3)))
            }
            "IFCPROPERTYREFERENCEVALUE" => (self.reference(arg(3)), None),
            "IFCCOMPLEXPROPERTY" => {
                let prefix = format!("{name}.");
                self.push(
                    set,
                    name,
                    PropertyValue::Text(self.s.file.text(args.get(2)).unwrap_or_default()),
                    None,
                    PropertyKind::Property,
                );
                for p in arg(3).refs() {
                    self.property(set, &prefix, p, depth + 1);
                }
                return;
            }
            _ => return,
        };
        self.push(set, name, value, unit, PropertyKind::Property);
    }

    fn quantity(&mut self, set: &str, prefix: &str, id: u64, depth: usize) {
        let Some((keyword, args)) = self.s.file.get(id).filter(|_| depth < MAX_LEVELS) else { return };
        let name = format!("{prefix}{}", self.s.file.text(args.first()).unwrap_or_default());
        if keyword == "IFCPHYSICALCOMPLEXQUANTITY" {
            let prefix = format!("{name}.");
            self.push(
                set,
                name,
                PropertyValue::Text(self.s.file.text(args.get(3)).unwrap_or_default()),
                None,
                PropertyKind::Quantity,
            );
            for q in args.get(2).into_iter().flat_map(Value::refs) {
                self.quantity(set, &prefix, q, depth + 1);
            }
            return;
        }
        let Some(measure) = keyword.strip_prefix("IFCQUANTITY") else { return };
        let value = self.value(args.get(3).unwrap_or(&Value::Null));
        let unit = args
            .get(2)
            .and_then(Value::as_ref)
            .and_then(|u| self.s.units.name(self.s.file, u))
            .or_else(|| {
                self.s.units.of_kind(&format!("{}UNIT", if measure == "WEIGHT" { "MASS" } else { measure }))
            });
        self.push(set, name, value, unit, PropertyKind::Quantity);
    }

    fn push(
        &mut self,
        set: &str,
        name: String,
        value: PropertyValue,
        unit: Option<String>,
        kind: PropertyKind,
    ) {
        if self.seen.insert((kind == PropertyKind::Quantity, set.to_owned(), name.clone())) {
            let (object, inherited) = (self.object, self.inherited);
            self.out.push(PropertyRecord { object, set: set.to_owned(), name, value, unit, kind, inherited });
        }
    }

    /// The unit that a property names, or the project's for its measure.
    fn unit(&self, unit: &Value<'_>, value: &Value<'_>) -> Option<String> {
        if let Some(id) = unit.as_ref() {
            return self.s.units.name(self.s.file, id);
        }
        match value {
            Value::Typed(measure, _) => self.s.units.of_measure(measure),
            Value::List(l) => match l.first()? {
                Value::Typed(measure, _) => self.s.units.of_measure(measure),
                _ => None,
            },
            _ => None,
        }
    }

    fn list(&self, v: &Value<'_>) -> PropertyValue {
        match v {
            Value::Null => PropertyValue::Null,
            v => PropertyValue::List(v.members().iter().map(|m| self.value(m)).collect()),
        }
    }

    fn value(&self, v: &Value<'_>) -> PropertyValue {
        match v {
            Value::Null => PropertyValue::Null,
            Value::Ref(id) => self.reference(&Value::Ref(*id)),
            Value::Int(i) => PropertyValue::Int(*i),
            Value::Real(r) => PropertyValue::Real(*r),
            Value::Text(_) => PropertyValue::Text(self.s.file.text(Some(v)).unwrap_or_default()),
            Value::Enum("T" | "t") => PropertyValue::Bool(true),
            Value::Enum("F" | "f") => PropertyValue::Bool(false),
            Value::Enum("U" | "u") => PropertyValue::Text("UNKNOWN".to_owned()),
            Value::Enum(e) => PropertyValue::Text((*e).to_owned()),
            Value::Typed(_, inner) => inner.first().map_or(PropertyValue::Null, |v| self.value(v)),
            Value::List(l) => PropertyValue::List(l.iter().map(|m| self.value(m)).collect()),
        }
    }

    /// What a reference is called: the first text of its record, or its number.
    fn reference(&self, v: &Value<'_>) -> PropertyValue {
        let Some(id) = v.as_ref() else { return PropertyValue::Null };
        let name =
            self.s.file.get(id).and_then(|(_, args)| args.iter().find_map(|a| self.s.file.text(Some(a))));
        PropertyValue::Text(name.unwrap_or_else(|| format!("#{id}")))
    }
}
