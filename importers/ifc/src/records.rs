//! What the file says about its objects, and the batches that carry it.

use std::collections::{HashMap, HashSet};

use lantu_base::{CancelToken, Code, Diagnostic, Severity};
use lantu_ingest::{Batch, ImportError, ImportSink, ObjectDetail, PackedRows, Row};

use rayon::ThreadPool;

use crate::georef::{self, Ground};
use crate::model::{
    Describer, Facts, Materials, Object, Relations, Source, attributes, collect, container, entries, parents,
    properties,
};
use crate::rounds::{BYTES_PER_BATCH, Packed, ROWS_PER_BATCH, in_order, pack_behind};
use crate::schema::Family;
use crate::step::{Findings, StepFile};
use crate::units::Units;

/// Objects that a thread takes at once. Chosen: far more work than taking them, little memory.
const OBJECTS_PER_TASK: usize = 32;

/// An object and the number of the object that holds it, which comes before it.
pub(crate) type InTree = (Object, Option<u32>);

/// Everything that was read of a file but its objects and shapes.
pub(crate) struct Data<'f> {
    pub(crate) file: &'f StepFile<'f>,
    pub(crate) units: &'f Units,
    pub(crate) ground: Ground,
    pub(crate) family: Family,
    relations: Relations,
}

impl<'f> Data<'f> {
    /// Reads a file on the current thread pool: its objects, parents first, and what is wrong with it.
    pub(crate) fn read(
        file: &'f StepFile<'f>,
        units: &'f Units,
        family: Family,
    ) -> (Self, Vec<InTree>, Vec<Diagnostic>) {
        let mut ground = georef::read(file, units);
        let (found, (collected, relations)) =
            rayon::join(|| file.findings(), || rayon::join(|| collect(file), || Relations::read(file)));
        let Findings { mut diagnostics, dangling } = found;
        let dangling: HashSet<u64> = dangling.into_iter().collect();
        diagnostics.append(&mut ground.diagnostics);
        diagnostics.extend(units.diagnostics.iter().cloned());
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

    /// Reads what objects and entries of a file have to do with each other, on the current thread pool.
    pub(crate) fn facts(file: &'f StepFile<'f>, units: &'f Units, family: Family) -> Facts<'f, 'f> {
        Facts::read(Describer::new(file, units, family))
    }

    /// Sends details, relations and properties of objects that were sent in this order.
    pub(crate) fn send(
        &self,
        objects: &[&Object],
        facts: &Facts<'f, 'f>,
        (pool, cancel): (&ThreadPool, &CancelToken),
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let number: HashMap<u64, u32> = objects.iter().zip(0_u32..).map(|(o, n)| (o.record, n)).collect();
        let source = Made { facts, pool };
        self.send_details(objects, &number, &source, (cancel, &mut *out))?;
        for chunk in self.relations.records(&number).chunks(ROWS_PER_BATCH) {
            out.send(Batch::Relations(chunk.to_vec()))?;
        }
        self.send_properties(objects, &source, cancel, out)?;
        self.send_entries(&source, &|record| number.contains_key(&record), (cancel, out))
    }

    fn send_details(
        &self,
        objects: &[&Object],
        number: &HashMap<u64, u32>,
        made: &Made<'_, '_>,
        (cancel, out): (&CancelToken, &mut dyn ImportSink),
    ) -> Result<(), ImportError> {
        let (file, relations) = (self.file, &self.relations);
        let materials = Materials { file, relations };
        let name = |record: u64, at: usize| file.get(record).and_then(|(_, args)| file.text(args.get(at)));
        let id_of = |record: u64| {
            let known = number.get(&record).and_then(|&n| objects.get(n as usize)).map(|o| o.id.clone());
            known.or_else(|| name(record, 0))
        };
        let detail = |(object, o): (u32, &Object)| {
            let mut facts = made.facts.of(o.record);
            facts.extend(o.verdicts.iter().cloned());
            vec![ObjectDetail {
                object,
                type_name: relations.type_of.get(&o.record).and_then(|&t| name(t, 2)),
                container: container(relations, o.record).and_then(id_of),
                materials: materials.materials(o.record),
                classifications: materials.classifications(o.record),
                facts,
            }]
        };
        let mut batches = Batches::new(cancel, out);
        made.for_each(objects, detail, |rows| batches.take(rows))?;
        batches.flush()
    }

    fn send_properties(
        &self,
        objects: &[&Object],
        made: &Made<'_, '_>,
        cancel: &CancelToken,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let source = self.source();
        let of_object = |(object, o): (u32, &Object)| {
            let mut own = Vec::new();
            properties(&source, o.record, object, &mut own);
            attributes(made.facts, o.record, object, &mut own);
            own
        };
        let mut batches = Batches::new(cancel, out);
        made.for_each(objects, of_object, |rows| batches.take(rows))?;
        batches.flush()
    }

    fn send_entries(
        &self,
        made: &Made<'_, '_>,
        is_object: &(dyn Fn(u64) -> bool + Sync),
        (cancel, out): (&CancelToken, &mut dyn ImportSink),
    ) -> Result<(), ImportError> {
        let mut batches = Batches::new(cancel, out);
        entries(&self.source(), made.facts, (made.pool, is_object), |rows| batches.take(rows))?;
        batches.flush()
    }

    fn source(&self) -> Source<'_, 'f> {
        Source { file: self.file, relations: &self.relations, units: self.units, family: self.family }
    }
}

/// What rows are made from, and on which threads.
struct Made<'a, 'f> {
    facts: &'a Facts<'a, 'f>,
    pool: &'a ThreadPool,
}

impl Made<'_, '_> {
    /// Makes the rows of each object on all threads and hands them over in the order of the objects.
    fn for_each<T: Row>(
        &self,
        objects: &[&Object],
        rows: impl Fn((u32, &Object)) -> Vec<T> + Sync,
        take: impl FnMut(Packed<T>) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let numbered: Vec<(u32, &Object)> = (0_u32..).zip(objects.iter().copied()).collect();
        let packed = |some: &[(u32, &Object)]| {
            let mut out = Vec::new();
            some.iter().try_for_each(|o| pack_behind(&mut out, &rows(*o)))?;
            Ok(out)
        };
        in_order(self.pool, (&numbered, OBJECTS_PER_TASK), packed, take)
    }
}

/// Gathers rows to batches and sends them.
struct Batches<'a, T> {
    rows: PackedRows<T>,
    cancel: &'a CancelToken,
    out: &'a mut dyn ImportSink,
}

impl<'a, T: Row> Batches<'a, T> {
    fn new(cancel: &'a CancelToken, out: &'a mut dyn ImportSink) -> Self {
        Self { rows: PackedRows::default(), cancel, out }
    }

    fn take(&mut self, rows: Packed<T>) -> Result<(), ImportError> {
        for some in rows? {
            let (len, bytes) = (self.rows.len() + some.len(), self.rows.n_bytes() + some.n_bytes());
            if len > ROWS_PER_BATCH || bytes > BYTES_PER_BATCH {
                self.flush()?;
            }
            self.rows.append(&some);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.cancel.check()?;
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() { Ok(()) } else { self.out.send_packed(rows.into_batch()?) }
    }
}
