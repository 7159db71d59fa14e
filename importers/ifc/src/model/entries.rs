//! What has a `GlobalId` but is no object: types, tasks, cost items, actors, the project, property sets, relations.

use std::collections::HashSet;

use lantu_ingest::{ATTRIBUTES, EntryRecord, ImportError, PropertyKind, PropertyRecord};
use rayon::ThreadPool;

use super::properties::own_properties;
use super::{Facts, Source};
use crate::rounds::{Packed, in_order, pack};
use crate::schema::{Role, class, is_type};
use crate::step::Record;

/// Records that a thread takes at once. Chosen: most of them are no entries.
const RECORDS_PER_TASK: usize = 512;

/// Calls `f` with every entry that is no object, packed, in file order. They are made on the threads of a pool. Ids are made unique by the
/// record's number.
pub(crate) fn entries(
    s: &Source<'_, '_>,
    facts: &Facts<'_, '_>,
    (pool, is_object): (&ThreadPool, &(dyn Fn(u64) -> bool + Sync)),
    mut f: impl FnMut(Packed<EntryRecord>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let roles: Vec<Role> = s.file.scan.keywords.iter().map(|k| class(k).1).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let is_entry = |r: &&Record| roles.get(r.keyword() as usize) == Some(&Role::Entry) && !is_object(r.id);
    let made = |some: &[Record]| -> Vec<(u64, String, Packed<EntryRecord>)> {
        let of = |r: &Record| {
            let entry = entry(s, facts, r);
            (r.id, entry.id.clone(), pack(&[entry]))
        };
        some.iter().filter(is_entry).map(of).collect()
    };
    let mut send = |(record, id, mut packed): (u64, String, Packed<EntryRecord>)| {
        if taken.contains(&id)
            && let Some(r) = s.file.scan.find(record)
        {
            let id = format!("{id}#{record}");
            packed = pack(&[EntryRecord { id: id.clone(), ..entry(s, facts, r) }]);
            taken.insert(id);
        } else {
            taken.insert(id);
        }
        f(packed)
    };
    in_order(pool, (&s.file.scan.records, RECORDS_PER_TASK), made, |some| {
        some.into_iter().try_for_each(&mut send)
    })
}

/// An entry under the id that its record says.
fn entry(s: &Source<'_, '_>, facts: &Facts<'_, '_>, r: &Record) -> EntryRecord {
    let keyword = s.file.scan.keyword(r);
    let args = s.file.args(r);
    let mut properties = Vec::new();
    let is_type = is_type(keyword);
    if !keyword.starts_with("IFCREL") {
        let sets: Vec<u64> = args.get(5).filter(|_| is_type).map(|v| v.refs().collect()).unwrap_or_default();
        own_properties(s, r.id, sets.into_iter(), &mut properties);
    }
    attributes(facts, r.id, 0, &mut properties);
    EntryRecord {
        id: s.file.text(args.first()).unwrap_or_else(|| format!("#{}", r.id)),
        class: facts.describer().class(keyword),
        name: s.file.text(args.get(2)).unwrap_or_default(),
        facts: facts.of(r.id),
        properties,
    }
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
