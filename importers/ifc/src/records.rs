//! What the file says about its objects, and the batches that carry it.

use std::collections::{HashMap, HashSet};

use lantu_base::{CancelToken, Code, Diagnostic, Severity};
use lantu_ingest::{
    Batch, EntryRecord, Fact, ImportError, ImportSink, ObjectDetail, PropertyRecord, PropertyValue,
};

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::georef::{self, Ground};
use crate::model::{
    Describer, Facts, Materials, Object, Relations, Source, attributes, collect, container, entries, parents,
    properties,
};
use crate::rounds::in_rounds;
use crate::schema::Family;
use crate::step::{Findings, StepFile};
use crate::units::Units;

/// Rows of a batch, as the stream defines.
pub(crate) const ROWS_PER_BATCH: usize = 4096;
/// Facts after which a batch of rows that hold them ends. Chosen: about a megabyte.
const FACTS_PER_BATCH: usize = 4096;
/// Bytes of text after which a batch ends, however few rows it has: a long text that many objects share is sent for each.
/// Chosen: what batches of shapes may hold.
const TEXT_BYTES_PER_BATCH: usize = 4 << 20;

/// Objects whose rows are made while those before them are sent. Chosen: enough for any number of threads, little
/// memory, and the last rows, which nothing is made beside, are few.
const OBJECTS_PER_ROUND: usize = 512;
/// Objects that a thread takes at once, at least. Chosen: far more work than taking them.
const OBJECTS_PER_TASK: usize = 32;

/// An object and the number of the object that holds it, which comes before it.
pub(crate) type InTree = (Object, Option<u32>);

/// Everything that was read of a file but its objects and shapes.
pub(crate) struct Data<'f> {
    pub(crate) file: &'f StepFile<'f>,
    pub(crate) units: Units,
    pub(crate) ground: Ground,
    family: Family,
    relations: Relations,
}

impl<'f> Data<'f> {
    /// Reads a file on the current thread pool: its objects, parents first, and what is wrong with it.
    pub(crate) fn read(file: &'f StepFile<'f>, family: Family) -> (Self, Vec<InTree>, Vec<Diagnostic>) {
        let mut units = Units::read(file);
        let mut ground = georef::read(file, &units);
        let (found, (collected, relations)) =
            rayon::join(|| file.findings(), || rayon::join(|| collect(file), || Relations::read(file)));
        let Findings { mut diagnostics, dangling } = found;
        let dangling: HashSet<u64> = dangling.into_iter().collect();
        diagnostics.append(&mut ground.diagnostics);
        diagnostics.append(&mut units.diagnostics);
        if units.length_m.is_none() {
            diagnostics.push(Diagnostic::new(
                Code::new("ifc.no_length_unit"),
                Severity::Warning,
                "",
                "The project says no length unit that can be read; meters were assumed.",
            ));
        }
        let (objects, ids) = collected;
        diagnostics.extend(ids);
        if objects.is_empty() {
            diagnostics.push(Diagnostic::new(
                Code::new("ifc.no_objects"),
                Severity::Warning,
                "",
                "The file has no products and no groups.",
            ));
        }
        let (mut objects, cycles) = parents(objects, &relations, file);
        diagnostics.extend(cycles);
        for (object, _) in &mut objects {
            if dangling.contains(&object.record) {
                object.codes.push("ifc.dangling_reference".to_owned());
            }
        }
        (Self { file, units, ground, family, relations }, objects, diagnostics)
    }

    /// Sends details, relations and properties of objects that were sent in this order.
    pub(crate) fn send(
        &self,
        objects: &[&Object],
        pool: &ThreadPool,
        cancel: &CancelToken,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let number: HashMap<u64, u32> = objects.iter().zip(0_u32..).map(|(o, n)| (o.record, n)).collect();
        let facts = pool.install(|| Facts::read(Describer::new(self.file, &self.units, self.family)));
        let source = Made { facts: &facts, pool };
        self.send_details(objects, &number, &source, out)?;
        for chunk in self.relations.records(&number).chunks(ROWS_PER_BATCH) {
            out.send(Batch::Relations(chunk.to_vec()))?;
        }
        self.send_properties(objects, &source, cancel, out)?;
        self.send_entries(&source, cancel, out)
    }

    fn send_details(
        &self,
        objects: &[&Object],
        number: &HashMap<u64, u32>,
        made: &Made<'_, '_>,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let (file, relations) = (self.file, &self.relations);
        let materials = Materials { file, relations };
        let name = |record: u64, at: usize| file.get(record).and_then(|(_, args)| file.text(args.get(at)));
        let id_of = |record: u64| {
            let known = number.get(&record).and_then(|&n| objects.get(n as usize)).map(|o| o.id.clone());
            known.or_else(|| name(record, 0))
        };
        let (mut rows, mut n_facts, mut bytes) = (Vec::new(), 0, 0);
        let detail = |(object, o): (u32, &Object)| {
            let mut facts = made.facts.of(o.record);
            facts.extend(o.verdicts.iter().cloned());
            ObjectDetail {
                object,
                type_name: relations.type_of.get(&o.record).and_then(|&t| name(t, 2)),
                container: container(relations, o.record).and_then(id_of),
                materials: materials.materials(o.record),
                classifications: materials.classifications(o.record),
                facts,
            }
        };
        made.for_each(objects, detail, |row| {
            n_facts += 1 + row.facts.len();
            bytes += row.facts.iter().map(fact_bytes).sum::<usize>();
            rows.push(row);
            if n_facts >= FACTS_PER_BATCH || bytes >= TEXT_BYTES_PER_BATCH {
                out.send(Batch::Details(std::mem::take(&mut rows)))?;
                (n_facts, bytes) = (0, 0);
            }
            Ok(())
        })?;
        if rows.is_empty() { Ok(()) } else { out.send(Batch::Details(rows)) }
    }

    fn send_properties(
        &self,
        objects: &[&Object],
        made: &Made<'_, '_>,
        cancel: &CancelToken,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let source = self.source();
        let (mut rows, mut bytes): (Vec<PropertyRecord>, usize) = (Vec::new(), 0);
        let of_object = |(object, o): (u32, &Object)| {
            let mut own = Vec::new();
            properties(&source, o.record, object, &mut own);
            attributes(made.facts, o.record, object, &mut own);
            own
        };
        made.for_each(objects, of_object, |own| {
            bytes += own.iter().map(|p| value_bytes(&p.value)).sum::<usize>();
            rows.extend(own);
            while rows.len() >= ROWS_PER_BATCH || (bytes >= TEXT_BYTES_PER_BATCH && !rows.is_empty()) {
                let rest = rows.split_off(rows.len().min(ROWS_PER_BATCH));
                out.send(Batch::Properties(std::mem::replace(&mut rows, rest)))?;
                bytes = 0;
                cancel.check()?;
            }
            Ok(())
        })?;
        if rows.is_empty() { Ok(()) } else { out.send(Batch::Properties(rows)) }
    }

    fn send_entries(
        &self,
        made: &Made<'_, '_>,
        cancel: &CancelToken,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let (mut rows, mut n_facts, mut bytes): (Vec<EntryRecord>, usize, usize) = (Vec::new(), 0, 0);
        entries(&self.source(), made.facts, made.pool, |entry| {
            n_facts += 1 + entry.facts.len() + entry.properties.len();
            bytes += entry.facts.iter().map(fact_bytes).sum::<usize>();
            bytes += entry.properties.iter().map(|p| value_bytes(&p.value)).sum::<usize>();
            rows.push(entry);
            if n_facts >= FACTS_PER_BATCH || bytes >= TEXT_BYTES_PER_BATCH {
                (n_facts, bytes) = (0, 0);
                cancel.check()?;
                out.send(Batch::Entries(std::mem::take(&mut rows)))?;
            }
            Ok::<(), ImportError>(())
        })?;
        if rows.is_empty() { Ok(()) } else { out.send(Batch::Entries(rows)) }
    }

    fn source(&self) -> Source<'_, 'f> {
        Source { file: self.file, relations: &self.relations, units: &self.units, family: self.family }
    }
}

/// What rows are made from, and on which threads.
struct Made<'a, 'f> {
    facts: &'a Facts<'a, 'f>,
    pool: &'a ThreadPool,
}

impl Made<'_, '_> {
    /// Makes a row of each object on all threads and hands them over in the order of the objects.
    fn for_each<T: Send>(
        &self,
        objects: &[&Object],
        row: impl Fn((u32, &Object)) -> T + Sync,
        take: impl FnMut(T) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let numbered: Vec<(u32, &Object)> = (0_u32..).zip(objects.iter().copied()).collect();
        let rows = |round: &[(u32, &Object)]| -> Vec<T> {
            round.par_iter().with_min_len(OBJECTS_PER_TASK).map(|o| row(*o)).collect()
        };
        in_rounds(self.pool, (&numbered, OBJECTS_PER_ROUND), rows, take)
    }
}

/// Bytes of text in a value.
fn value_bytes(v: &PropertyValue) -> usize {
    match v {
        PropertyValue::Text(t) => t.len(),
        PropertyValue::List(l) => l.iter().map(value_bytes).sum(),
        _ => 0,
    }
}

/// Bytes of text in a fact's fields.
fn fact_bytes(f: &Fact) -> usize {
    f.name.len() + f.fields.iter().map(|f| value_bytes(&f.value)).sum::<usize>()
}
