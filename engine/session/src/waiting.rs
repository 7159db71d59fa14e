//! Records of a stream that wait for its end: in memory up to a limit, beside the packs above it.

use lantu_ingest::PropertyRecord;
use lantu_tiles::io::PackStore;
use lantu_tiles::{Spill, SpillLog, SpillRoom};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::SessionError;

/// Bytes that wait in memory of each kind of record, and of triangles at each station: by object, by cell. What is more
/// waits on disk. Chosen: a building fits, and a gigabyte of memory holds all of it with room for the work on it.
const WAITING_BYTES: usize = 48 << 20;
/// Properties of so many objects are read at once. Chosen: under a megabyte where an object has ten.
const OBJECTS_AT_ONCE: u32 = 1024;

/// Where records and triangles wait.
pub(crate) fn room(store: &dyn PackStore) -> SpillRoom {
    SpillRoom { folder: store.spill_folder(), memory_bytes: WAITING_BYTES }
}

/// Batches of records in the order in which they came.
pub(crate) struct Waiting<'a> {
    store: &'a dyn PackStore,
    log: SpillLog,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(store: &'a dyn PackStore) -> Self {
        Self { store, log: SpillLog::new(room(store)) }
    }

    /// Everything that waits; what is left is empty.
    pub(crate) fn take(&mut self) -> Self {
        let store = self.store;
        std::mem::replace(self, Self::new(store))
    }

    pub(crate) fn push<T: Serialize>(&mut self, records: &[T]) -> Result<(), SessionError> {
        Ok(self.log.push(&postcard::to_stdvec(records).map_err(SessionError::Encode)?)?)
    }

    /// Batch by batch.
    pub(crate) fn batches<T: DeserializeOwned>(
        &self,
    ) -> impl Iterator<Item = Result<Vec<T>, SessionError>> + '_ {
        self.log.read().map(|bytes| postcard::from_bytes(&bytes?).map_err(SessionError::Encode))
    }

    /// Record by record.
    pub(crate) fn records<'b, T: DeserializeOwned + 'b>(
        &'b self,
    ) -> impl Iterator<Item = Result<T, SessionError>> + 'b {
        self.batches().flat_map(|batch| {
            let (records, failed): (Vec<T>, _) = match batch {
                Ok(records) => (records, None),
                Err(e) => (Vec::new(), Some(Err(e))),
            };
            records.into_iter().map(Ok).chain(failed)
        })
    }
}

/// Properties, which come in any order and are read in that of their objects.
pub(crate) struct WaitingProperties<'a> {
    store: &'a dyn PackStore,
    /// Encoded batches, by the number of the object divided by [`OBJECTS_AT_ONCE`].
    spill: Spill<u32>,
}

impl<'a> WaitingProperties<'a> {
    pub(crate) fn new(store: &'a dyn PackStore) -> Self {
        Self { store, spill: Spill::new(room(store)) }
    }

    pub(crate) fn push(&mut self, properties: &[PropertyRecord]) -> Result<(), SessionError> {
        let bucket = |p: &PropertyRecord| p.object / OBJECTS_AT_ONCE;
        for part in properties.chunk_by(|a, b| bucket(a) == bucket(b)) {
            let Some(first) = part.first() else { continue };
            self.spill.push(bucket(first), &postcard::to_stdvec(part).map_err(SessionError::Encode)?)?;
        }
        Ok(())
    }

    /// Gives their objects other numbers.
    pub(crate) fn renumber(&mut self, number: impl Fn(u32) -> u32) -> Result<(), SessionError> {
        let mut out = Self::new(self.store);
        for part in self.parts() {
            let mut part = part?;
            for p in &mut part {
                p.object = number(p.object);
            }
            out.push(&part)?;
        }
        *self = out;
        Ok(())
    }

    /// By object, those of the occurrence before those of its type; of some consecutive objects at once.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Result<Vec<PropertyRecord>, SessionError>> + '_ {
        self.spill.keys().map(|key| {
            let (bytes, mut part) = (self.spill.read(key)?, Vec::new());
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (batch, after) =
                    postcard::take_from_bytes::<Vec<PropertyRecord>>(rest).map_err(SessionError::Encode)?;
                part.extend(batch);
                rest = after;
            }
            part.sort_by_key(|p| (p.object, p.inherited));
            Ok(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use lantu_ingest::{PropertyKind, PropertyValue};
    use lantu_tiles::io::MemoryPackStore;

    use super::*;

    fn property(object: u32, value: i64, inherited: bool) -> PropertyRecord {
        PropertyRecord {
            object,
            set: "s".into(),
            name: "n".into(),
            value: PropertyValue::Int(value),
            unit: None,
            kind: PropertyKind::Property,
            inherited,
        }
    }

    #[test]
    fn properties_come_in_the_order_of_their_objects_whatever_numbers_these_get() {
        let store = MemoryPackStore::default();
        let mut waiting = WaitingProperties::new(&store);
        waiting.push(&[property(5000, 1, true), property(2, 2, false), property(5000, 3, false)]).unwrap();
        waiting.push(&[property(2, 4, false), property(1023, 5, false), property(1024, 6, false)]).unwrap();
        let read = |w: &WaitingProperties<'_>| -> Vec<(u32, PropertyValue)> {
            w.parts().flat_map(Result::unwrap).map(|p| (p.object, p.value)).collect()
        };
        let int = PropertyValue::Int;
        assert_eq!(
            read(&waiting),
            [(2, int(2)), (2, int(4)), (1023, int(5)), (1024, int(6)), (5000, int(3)), (5000, int(1))]
        );
        waiting.renumber(|n| 6000 - n).unwrap();
        assert_eq!(
            read(&waiting),
            [(1000, int(3)), (1000, int(1)), (4976, int(6)), (4977, int(5)), (5998, int(2)), (5998, int(4))]
        );
    }

    #[test]
    fn records_come_back_in_their_order_and_once() {
        let store = MemoryPackStore::default();
        let mut waiting = Waiting::new(&store);
        waiting.push(&[1_u32, 2]).unwrap();
        waiting.push(&[3_u32]).unwrap();
        let taken = waiting.take();
        let all: Result<Vec<u32>, SessionError> = taken.records().collect();
        assert_eq!(all.unwrap(), [1, 2, 3]);
        assert_eq!(waiting.records::<u32>().count(), 0);
    }
}
