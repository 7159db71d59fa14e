//! What an importer says of objects, held encoded and packed until the object's turn comes: as records of Rust, the
//! properties of a model take some twenty times what they take in its file, and encoded some three times.

use std::cell::{Ref, RefCell};

use lantu_ingest::{ObjectDetail, PropertyRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::SessionError;
use crate::rows::RowDetails;

/// Details and properties of objects, by the objects' numbers.
#[derive(Default)]
pub(crate) struct Aside {
    details: Runs,
    properties: Runs,
}

impl Aside {
    pub(crate) fn details(&mut self, records: &[ObjectDetail]) -> Result<(), SessionError> {
        self.details.push(records, |d| d.object)
    }

    pub(crate) fn properties(&mut self, records: &[PropertyRecord]) -> Result<(), SessionError> {
        self.properties.push(records, |p| p.object)
    }

    /// No more will come.
    pub(crate) fn finish(&mut self) {
        self.details.sort();
        self.properties.sort();
    }

    /// What was said of an object, once [`Aside::finish`] was called.
    ///
    /// # Errors
    /// [`SessionError::Encode`] if what was encoded cannot be decoded.
    pub(crate) fn of(&self, object: u32) -> Result<RowDetails, SessionError> {
        let details: Vec<ObjectDetail> = self.details.of(object)?;
        let properties: Vec<PropertyRecord> = self.properties.of(object)?;
        Ok(RowDetails::collect(details.first(), properties.iter()))
    }
}

/// Bytes that are packed at once. Chosen: names and texts of many objects come together, and unpacking what one object
/// asks for takes less than a millisecond.
const BLOCK_BYTES: usize = 256 << 10;
/// How hard blocks are packed. Chosen: what repeats is found at the lowest level.
const ZSTD_LEVEL: i32 = 1;

/// Records by the number of an object, encoded in the order in which they came.
#[derive(Default)]
struct Runs {
    /// Blocks that are full, packed.
    packed: Vec<Packed>,
    /// The block that is being filled.
    open: Vec<u8>,
    lists: Vec<Run>,
    /// The block that was unpacked last: objects ask in the order in which they came.
    unpacked: RefCell<Unpacked>,
}

struct Packed {
    bytes: Vec<u8>,
    /// Size when unpacked.
    n: usize,
}

/// Neighbors of one object.
struct Run {
    object: u32,
    /// Which block their list is in; the number of packed ones stands for the block that is being filled.
    block: usize,
    /// Where it begins there.
    at: usize,
}

#[derive(Default)]
struct Unpacked {
    block: Option<usize>,
    bytes: Vec<u8>,
}

impl Runs {
    fn push<T: Serialize>(&mut self, records: &[T], object: impl Fn(&T) -> u32) -> Result<(), SessionError> {
        for run in records.chunk_by(|a, b| object(a) == object(b)) {
            let Some(first) = run.first() else { continue };
            self.lists.push(Run { object: object(first), block: self.packed.len(), at: self.open.len() });
            self.open =
                postcard::to_extend(run, std::mem::take(&mut self.open)).map_err(SessionError::Encode)?;
            if self.open.len() >= BLOCK_BYTES {
                let bytes = zstd::bulk::compress(&self.open, ZSTD_LEVEL).map_err(SessionError::Io)?;
                self.packed.push(Packed { bytes, n: self.open.len() });
                self.open.clear();
            }
        }
        Ok(())
    }

    /// By object; what came first of one stays first.
    fn sort(&mut self) {
        self.lists.sort_by_key(|r| r.object);
    }

    fn of<T: DeserializeOwned>(&self, object: u32) -> Result<Vec<T>, SessionError> {
        let first = self.lists.partition_point(|r| r.object < object);
        let mut out = Vec::new();
        for run in self.lists.iter().skip(first).take_while(|r| r.object == object) {
            let unpacked;
            let block = match self.packed.get(run.block) {
                None => self.open.as_slice(),
                Some(packed) => {
                    unpacked = self.unpack(run.block, packed)?;
                    unpacked.bytes.as_slice()
                }
            };
            let (run, _): (Vec<T>, _) = postcard::take_from_bytes(block.get(run.at..).unwrap_or_default())
                .map_err(SessionError::Encode)?;
            out.extend(run);
        }
        Ok(out)
    }

    fn unpack(&self, block: usize, packed: &Packed) -> Result<Ref<'_, Unpacked>, SessionError> {
        if self.unpacked.borrow().block != Some(block) {
            let bytes = zstd::bulk::decompress(&packed.bytes, packed.n).map_err(SessionError::Io)?;
            *self.unpacked.borrow_mut() = Unpacked { block: Some(block), bytes };
        }
        Ok(self.unpacked.borrow())
    }
}

#[cfg(test)]
mod tests {
    use lantu_ingest::{PropertyKind, PropertyValue};

    use super::*;

    fn property(object: u32, name: &str, value: i64) -> PropertyRecord {
        PropertyRecord {
            object,
            set: "Pset_WallCommon".to_owned(),
            name: name.to_owned(),
            value: PropertyValue::Int(value),
            unit: None,
            kind: PropertyKind::Property,
            inherited: false,
        }
    }

    #[test]
    fn an_object_has_all_its_properties_and_the_first_of_a_name_however_they_were_batched() {
        let mut aside = Aside::default();
        aside.properties(&[property(1, "a", 1), property(0, "b", 2), property(1, "c", 3)]).unwrap();
        aside.properties(&[property(1, "a", 9), property(2, "a", 4), property(1, "d", 5)]).unwrap();
        aside.finish();
        let of = |n| serde_json::to_value(aside.of(n).unwrap().properties).unwrap();
        assert_eq!(of(0), serde_json::json!({"Pset_WallCommon": {"b": 2}}));
        assert_eq!(of(1), serde_json::json!({"Pset_WallCommon": {"a": 1, "c": 3, "d": 5}}));
        assert_eq!(of(2), serde_json::json!({"Pset_WallCommon": {"a": 4}}));
        assert_eq!(of(3), serde_json::json!({}));
    }
    #[test]
    fn properties_of_many_objects_come_back_whole_in_any_order_and_are_held_small() {
        let mut aside = Aside::default();
        let all: Vec<PropertyRecord> = (0..40_000_u32)
            .flat_map(|o| [property(o, "Reference", i64::from(o)), property(o, "Mass", -i64::from(o))])
            .collect();
        for batch in all.chunks(999) {
            aside.properties(batch).unwrap();
        }
        // Of an object at the beginning, after everything else.
        aside.properties(&[property(3, "Late", 7)]).unwrap();
        aside.finish();
        for o in [39_999, 0, 20_000, 3, 19_999, 20_001, 3] {
            let mut expected = serde_json::json!({"Reference": o, "Mass": -i64::from(o)});
            if o == 3 {
                expected["Late"] = serde_json::json!(7);
            }
            let got = serde_json::to_value(aside.of(o).unwrap().properties).unwrap();
            assert_eq!(got, serde_json::json!({"Pset_WallCommon": expected}));
        }
        let held: usize = aside.properties.packed.iter().map(|p| p.bytes.len()).sum();
        let said: usize = aside.properties.packed.iter().map(|p| p.n).sum();
        assert!(said > 1 << 20 && held * 4 < said, "{held} of {said} bytes");
    }
}
