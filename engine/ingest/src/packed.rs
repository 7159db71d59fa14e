//! Rows in the form in which they cross the pipe.
//!
//! Rows with many texts cost more to free and to encode than to make. Where they are made on many threads, packing them
//! there leaves one block of bytes for the thread that sends.

use std::marker::PhantomData;

use serde::Serialize;

use crate::{Batch, EntryRecord, ObjectDetail, PropertyKind, PropertyRecord, WireError};

/// How many properties and quantities there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of property sets.
    pub properties: u64,
    /// Of quantity sets.
    pub quantities: u64,
}

impl Tally {
    /// Of some records.
    pub fn of(records: &[PropertyRecord]) -> Self {
        let of = |kind| records.iter().filter(|p| p.kind == kind).count() as u64;
        Self { properties: of(PropertyKind::Property), quantities: of(PropertyKind::Quantity) }
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.properties += other.properties;
        self.quantities += other.quantities;
    }
}

/// A row that can be packed before its batch is whole.
pub trait Row: Serialize {
    /// How many properties and quantities some rows are.
    fn tally(_rows: &[Self]) -> Tally
    where
        Self: Sized,
    {
        Tally::default()
    }

    /// The batch of some rows.
    fn batch(rows: Vec<Self>) -> Batch
    where
        Self: Sized;
}

impl Row for ObjectDetail {
    fn batch(rows: Vec<Self>) -> Batch {
        Batch::Details(rows)
    }
}

impl Row for PropertyRecord {
    fn tally(rows: &[Self]) -> Tally {
        Tally::of(rows)
    }

    fn batch(rows: Vec<Self>) -> Batch {
        Batch::Properties(rows)
    }
}

impl Row for EntryRecord {
    fn batch(rows: Vec<Self>) -> Batch {
        Batch::Entries(rows)
    }
}

/// Rows of one kind, encoded one behind the other.
#[derive(Clone, Debug)]
pub struct PackedRows<T> {
    bytes: Vec<u8>,
    len: usize,
    tally: Tally,
    rows: PhantomData<fn() -> T>,
}

impl<T> Default for PackedRows<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), len: 0, tally: Tally::default(), rows: PhantomData }
    }
}

impl<T: Row> PackedRows<T> {
    /// Encodes rows.
    ///
    /// # Errors
    /// [`WireError::Decode`] if a row cannot be encoded.
    pub fn pack(rows: &[T]) -> Result<Self, WireError> {
        let mut bytes = Vec::new();
        for row in rows {
            bytes = postcard::to_extend(row, bytes)?;
        }
        Ok(Self { bytes, len: rows.len(), tally: T::tally(rows), rows: PhantomData })
    }

    /// Encodes one more row behind the others.
    ///
    /// # Errors
    /// [`WireError::Decode`] if it cannot be encoded; the rows are then of no use.
    pub fn push(&mut self, row: &T) -> Result<(), WireError> {
        self.bytes = postcard::to_extend(row, std::mem::take(&mut self.bytes))?;
        self.len += 1;
        self.tally.add(T::tally(std::slice::from_ref(row)));
        Ok(())
    }

    /// Number of rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// There are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that they take on the pipe.
    pub const fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Puts other rows behind these.
    pub fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        self.len += other.len;
        self.tally.add(other.tally);
    }

    /// The batch of these rows.
    ///
    /// # Errors
    /// [`WireError::Decode`] if it cannot be encoded.
    pub fn into_batch(self) -> Result<PackedBatch, WireError> {
        // A batch without rows ends with their number, zero, in one byte.
        let mut bytes = postcard::to_stdvec(&T::batch(Vec::new()))?;
        bytes.pop();
        bytes = postcard::to_extend(&self.len, bytes)?;
        bytes.extend_from_slice(&self.bytes);
        Ok(PackedBatch { bytes, tally: self.tally })
    }
}

/// An encoded batch.
#[derive(Clone, Debug)]
pub struct PackedBatch {
    bytes: Vec<u8>,
    tally: Tally,
}

impl PackedBatch {
    /// What a frame on the pipe holds.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many properties and quantities its rows are.
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The batch itself.
    ///
    /// # Errors
    /// [`WireError::Decode`] never for what [`PackedRows::into_batch`] made.
    pub fn unpack(&self) -> Result<Batch, WireError> {
        Ok(postcard::from_bytes(&self.bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PropertyKind, PropertyValue, read_batch, write_batch, write_packed};

    fn properties(n: u32) -> Vec<PropertyRecord> {
        (0..n)
            .map(|object| PropertyRecord {
                object,
                set: "Pset_WallCommon".to_owned(),
                name: format!("墙 {object}"),
                value: PropertyValue::Real(f64::from(object) / 3.0),
                unit: None,
                kind: PropertyKind::Property,
                inherited: false,
            })
            .collect()
    }

    #[test]
    fn packed_rows_cross_the_pipe_as_the_same_bytes_as_their_batch() {
        for n in [0, 1, 127, 128, 300] {
            let rows = properties(n);
            let mut packed = PackedRows::default();
            for some in rows.chunks(50) {
                packed.append(&PackedRows::pack(some).unwrap());
            }
            assert_eq!(packed.len(), rows.len());
            let mut pushed = PackedRows::default();
            for row in &rows {
                pushed.push(row).unwrap();
            }
            let packed = packed.into_batch().unwrap();
            assert_eq!(packed.bytes(), pushed.into_batch().unwrap().bytes());
            assert_eq!(packed.tally(), Tally { properties: n.into(), quantities: 0 });
            let batch = Batch::Properties(rows);
            assert_eq!(packed.unpack().unwrap(), batch);
            let (mut one, mut other) = (Vec::new(), Vec::new());
            write_packed(&mut one, &packed).unwrap();
            write_batch(&mut other, &batch).unwrap();
            assert_eq!(one, other);
            assert_eq!(read_batch(&mut one.as_slice()).unwrap(), Some(batch));
        }
    }
}
