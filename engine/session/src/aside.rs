//! What an importer says of objects, held encoded until the object's turn comes: as records of Rust, the properties of
//! a model take some twenty times what they take in its file.

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

/// Records by the number of an object, encoded in the order in which they came.
#[derive(Default)]
struct Runs {
    bytes: Vec<u8>,
    /// Neighbors of one object: its number, and where their list begins in `bytes`.
    runs: Vec<(u32, usize)>,
}

impl Runs {
    fn push<T: Serialize>(&mut self, records: &[T], object: impl Fn(&T) -> u32) -> Result<(), SessionError> {
        for run in records.chunk_by(|a, b| object(a) == object(b)) {
            let Some(first) = run.first() else { continue };
            self.runs.push((object(first), self.bytes.len()));
            self.bytes =
                postcard::to_extend(run, std::mem::take(&mut self.bytes)).map_err(SessionError::Encode)?;
        }
        Ok(())
    }

    /// By object; what came first of one stays first.
    fn sort(&mut self) {
        self.runs.sort_by_key(|r| r.0);
    }

    fn of<T: DeserializeOwned>(&self, object: u32) -> Result<Vec<T>, SessionError> {
        let first = self.runs.partition_point(|r| r.0 < object);
        let mut out = Vec::new();
        for (_, at) in self.runs.iter().skip(first).take_while(|r| r.0 == object) {
            let (run, _): (Vec<T>, _) = postcard::take_from_bytes(self.bytes.get(*at..).unwrap_or_default())
                .map_err(SessionError::Encode)?;
            out.extend(run);
        }
        Ok(out)
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
}
