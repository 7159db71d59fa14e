//! What has a `GlobalId` but is no object: types, tasks, cost items, actors, the project, property sets, relations.

use std::collections::HashSet;

use lantu_ingest::{ATTRIBUTES, EntryRecord, PropertyKind, PropertyRecord};

use super::properties::own_properties;
use super::{Facts, Source};
use crate::schema::{Role, class};

/// Calls `f` with every entry, in file order. Ids are made unique by the record's number.
pub(crate) fn entries<E>(
    s: &Source<'_, '_>,
    facts: &Facts<'_, '_>,
    mut f: impl FnMut(EntryRecord) -> Result<(), E>,
) -> Result<(), E> {
    let roles: Vec<Role> = s.file.scan.keywords.iter().map(|k| class(k).1).collect();
    let mut taken: HashSet<String> = HashSet::new();
    for r in &s.file.scan.records {
        if roles.get(r.keyword as usize) != Some(&Role::Entry) {
            continue;
        }
        let keyword = s.file.scan.keyword(r);
        let args = s.file.args(r);
        let mut id = s.file.text(args.first()).unwrap_or_else(|| format!("#{}", r.id));
        if !taken.insert(id.clone()) {
            id = format!("{id}#{}", r.id);
            taken.insert(id.clone());
        }
        let mut properties = Vec::new();
        let is_type = keyword.ends_with("TYPE") || keyword.ends_with("STYLE");
        let is_relation = keyword.starts_with("IFCREL");
        if !is_relation {
            let sets: Vec<u64> =
                args.get(5).filter(|_| is_type).map(|v| v.refs().collect()).unwrap_or_default();
            own_properties(s, r.id, sets.into_iter(), &mut properties);
        }
        attributes(facts, r.id, 0, &mut properties);
        f(EntryRecord {
            id,
            class: facts.describer().class(keyword),
            name: s.file.text(args.get(2)).unwrap_or_default(),
            facts: facts.of(r.id),
            properties,
        })?;
    }
    Ok(())
}

/// Appends the attributes of an object or entry: all that its schema names, but its id, name, place and shape.
pub(crate) fn attributes(facts: &Facts<'_, '_>, record: u64, object: u32, out: &mut Vec<PropertyRecord>) {
    let describe = facts.describer();
    let Some((keyword, args)) = describe.file.get(record) else { return };
    for field in describe.fields(keyword, &args, FIRST_ATTRIBUTE) {
        out.push(PropertyRecord {
            object,
            set: ATTRIBUTES.to_owned(),
            name: field.name,
            value: field.value,
            unit: field.unit,
            kind: PropertyKind::Attribute,
            inherited: false,
        });
    }
}

/// Behind `GlobalId`, `OwnerHistory` and `Name`, which are said elsewhere.
const FIRST_ATTRIBUTE: usize = 3;
