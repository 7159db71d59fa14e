//! Property and quantity sets of an object, and what it inherits from its type.

use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher as _;

use lantu_ingest::{PropertyKind, PropertyRecord, PropertyValue};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Relations;
use super::values::{Values, pairs};
use crate::schema::{Family, is_type};
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Deepest nesting of complex properties. Chosen: real ones have 3 levels.
const MAX_LEVELS: usize = 8;
/// Properties and quantities that are read for one object: complex ones that hold each other many times over end.
/// Chosen: an object of a detailed plant has a thousand.
const MAX_LOOKS: usize = 65_536;

/// What properties are read from.
pub(crate) struct Source<'a, 'f> {
    pub(crate) file: &'a StepFile<'f>,
    pub(crate) relations: &'a Relations,
    pub(crate) units: &'a Units,
    pub(crate) family: Family,
}

/// Appends the properties of an object, its own first. Where both it and its type have one, its own counts.
pub(crate) fn properties(s: &Source<'_, '_>, record: u64, object: u32, out: &mut Vec<PropertyRecord>) {
    let mut sink = Sink::new(s, object, out);
    for &definition in s.relations.defined_by.get(&record).into_iter().flatten() {
        sink.definition(definition);
    }
    // A type that is an object itself.
    if let Some(r) = s.file.scan.find(record).filter(|r| is_type(s.file.scan.keyword(r))) {
        for definition in s.file.args(r).get(5).into_iter().flat_map(Value::refs) {
            sink.definition(definition);
        }
    }
    if let Some((_, args)) = s.relations.type_of.get(&record).and_then(|kind| s.file.get(*kind)) {
        sink.inherited = true;
        for definition in args.get(5).into_iter().flat_map(Value::refs) {
            sink.definition(definition);
        }
    }
}

/// Appends the property and quantity sets of a type, or of what is defined by none.
pub(crate) fn own_properties(
    s: &Source<'_, '_>,
    record: u64,
    sets: impl Iterator<Item = u64>,
    out: &mut Vec<PropertyRecord>,
) {
    let mut sink = Sink::new(s, 0, out);
    let defined = s.relations.defined_by.get(&record).into_iter().flatten().copied();
    for definition in sets.chain(defined) {
        sink.definition(definition);
    }
}

struct Sink<'s, 'a, 'f> {
    s: &'s Source<'a, 'f>,
    object: u32,
    inherited: bool,
    /// Rows by the hash of their kind, set and name; of several with one hash the first.
    seen: FxHashMap<u64, usize>,
    looks: Cell<usize>,
    out: &'s mut Vec<PropertyRecord>,
    /// Where the rows of this object begin.
    start: usize,
}

impl<'s, 'a, 'f> Sink<'s, 'a, 'f> {
    fn new(s: &'s Source<'a, 'f>, object: u32, out: &'s mut Vec<PropertyRecord>) -> Self {
        let start = out.len();
        Self { s, object, inherited: false, seen: FxHashMap::default(), looks: Cell::new(0), out, start }
    }

    fn definition(&mut self, id: u64) {
        let Some((keyword, args)) = self.s.file.get(id) else { return };
        let set = self.s.file.text(args.get(2)).unwrap_or_default();
        match keyword {
            "IFCPROPERTYSET" => {
                for p in args.get(4).into_iter().flat_map(Value::refs) {
                    if let Some((name, value, unit)) = self.property(p, 0) {
                        self.push(&set, name, (value, unit), PropertyKind::Property);
                    }
                }
            }
            "IFCELEMENTQUANTITY" => {
                for q in args.get(5).into_iter().flat_map(Value::refs) {
                    if let Some((name, value, unit)) = self.quantity(q, 0) {
                        self.push(&set, name, (value, unit), PropertyKind::Quantity);
                    }
                }
            }
            _ => self.predefined(&set, keyword, &args),
        }
    }

    /// `IfcDoorLiningProperties` and the like: attributes instead of properties. IFC2X3 counts them as the shape
    /// of doors and windows, not as property sets.
    fn predefined(&mut self, set: &str, keyword: &str, args: &[Value<'_>]) {
        if self.s.family == Family::Ifc2x3 {
            return;
        }
        let names = self.s.family.attribute_names(keyword).unwrap_or_default();
        for (name, value) in names.iter().zip(args).skip(4) {
            if !matches!(value, Value::Null | Value::Ref(_)) {
                let value = self.value(value);
                self.push(set, (*name).to_owned(), (value, None), PropertyKind::Property);
            }
        }
    }

    fn name(&self, args: &[Value<'_>]) -> String {
        self.s.file.text(args.first()).unwrap_or_default()
    }

    /// A record of a property or quantity, unless it is too deep or one too many.
    fn look(&self, id: u64, depth: usize) -> Option<(&str, Vec<Value<'_>>)> {
        self.looks.set(self.looks.get() + 1);
        self.s.file.get(id).filter(|_| depth < MAX_LEVELS && self.looks.get() < MAX_LOOKS)
    }

    fn property(&self, id: u64, depth: usize) -> Option<(String, PropertyValue, Option<String>)> {
        let (keyword, args) = self.look(id, depth)?;
        let arg = |at: usize| args.get(at).unwrap_or(&Value::Null);
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
                let of = self.unit(arg(5), arg(2));
                let to = self.unit(arg(6), arg(3));
                let unit = match (of, to) {
                    (Some(of), Some(to)) => Some(format!("{of} → {to}")),
                    (of, to) => to.or(of),
                };
                (PropertyValue::List(vec![self.list(arg(2)), self.list(arg(3))]), unit)
            }
            "IFCPROPERTYREFERENCEVALUE" => (self.value(arg(3)), None),
            "IFCCOMPLEXPROPERTY" => {
                let parts = arg(3).refs().filter_map(|p| self.property(p, depth + 1));
                (pairs(parts), None)
            }
            _ => return None,
        };
        Some((self.name(&args), value, unit))
    }

    fn quantity(&self, id: u64, depth: usize) -> Option<(String, PropertyValue, Option<String>)> {
        let (keyword, args) = self.look(id, depth)?;
        if keyword == "IFCPHYSICALCOMPLEXQUANTITY" {
            let parts =
                args.get(2).into_iter().flat_map(Value::refs).filter_map(|q| self.quantity(q, depth + 1));
            return Some((self.name(&args), pairs(parts), None));
        }
        let measure = keyword.strip_prefix("IFCQUANTITY")?;
        let kind = if measure == "WEIGHT" { "MASS" } else { measure };
        let unit = match args.get(2).and_then(Value::as_ref) {
            Some(unit) => self.s.units.name(self.s.file, unit),
            None => self.s.units.of_kind(&format!("{kind}UNIT")),
        };
        Some((self.name(&args), self.value(args.get(3).unwrap_or(&Value::Null)), unit))
    }

    /// Adds a row. Of several with one name in one set the last counts, but never an inherited one over its own.
    fn push(&mut self, set: &str, name: String, found: (PropertyValue, Option<String>), kind: PropertyKind) {
        let (value, unit) = found;
        let (object, inherited) = (self.object, self.inherited);
        let row = PropertyRecord { object, set: set.to_owned(), name, value, unit, kind, inherited };
        match self.same(&row).and_then(|at| self.out.get_mut(at)) {
            Some(old) if old.inherited == inherited => *old = row,
            Some(_) => {}
            None => self.out.push(row),
        }
    }

    /// The row that has the kind, set and name of another; if there is none, its place is kept for that one.
    fn same(&mut self, row: &PropertyRecord) -> Option<usize> {
        let is_quantity = |r: &PropertyRecord| r.kind == PropertyKind::Quantity;
        let same =
            |r: &PropertyRecord| r.name == row.name && r.set == row.set && is_quantity(r) == is_quantity(row);
        let hash = FxBuildHasher.hash_one((is_quantity(row), &row.set, &row.name));
        match self.seen.entry(hash) {
            Entry::Vacant(free) => {
                free.insert(self.out.len());
                None
            }
            Entry::Occupied(at) if self.out.get(*at.get()).is_some_and(same) => Some(*at.get()),
            // Two names with one hash: hardly ever.
            Entry::Occupied(_) => self.out.iter().skip(self.start).position(same).map(|n| n + self.start),
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
        Values::new(self.s.file, self.s.family).plain(v)
    }
}
