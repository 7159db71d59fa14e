//! What evaluators of representation items are given and what they return.

use std::borrow::Cow;

use super::content::references;
use crate::align::Courses;
use crate::step::{Record, StepFile};
use crate::units::Units;

/// What an evaluator reads: the records and the units of one file. Shared by all threads.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a> {
    /// The records.
    pub(crate) file: &'a StepFile<'a>,
    /// The project's units.
    pub(crate) units: &'a Units,
    /// Curves that items are swept along.
    pub(crate) courses: &'a Courses,
}

impl Model<'_> {
    /// Meters per length unit of the file; 1 where the file says none.
    pub(crate) fn meters(&self) -> f64 {
        self.units.length_m.unwrap_or(1.0)
    }

    /// Calls `f` with each reference in a record.
    pub(crate) fn references(&self, record: &Record, mut f: impl FnMut(u64)) {
        references(self.file.content.get(record.args()).unwrap_or_default(), |id, _| f(id));
    }
}

/// Triangles of one representation item in its own axes, meters: no placement of a product, no mapping, no opening.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LocalMesh {
    /// Corners, shared between triangles where the surface is one.
    pub(crate) positions: Vec<[f64; 3]>,
    /// Unit vectors, one for each position; or empty: flat normals are computed.
    pub(crate) normals: Vec<[f32; 3]>,
    /// Counterclockwise from outside.
    pub(crate) triangles: Vec<[u32; 3]>,
    /// For each triangle the number of the face that it comes from, in the order of the item's own list of faces,
    /// from 0 (`IfcIndexedColourMap`); or empty where the item has no such list.
    pub(crate) faces: Vec<u32>,
}

impl LocalMesh {
    /// Number of the next corner; the greatest when a mesh cannot hold more.
    pub(crate) fn next(&self) -> u32 {
        u32::try_from(self.positions.len()).unwrap_or(u32::MAX)
    }
}

/// Why an item has no shape of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("#{record}: {what}")]
pub(crate) struct Reason {
    /// The record at fault.
    pub(crate) record: u64,
    /// Words for a report, lower case, no full stop: `the radius is negative`.
    pub(crate) what: Cow<'static, str>,
}

impl Reason {
    /// A record and what is wrong with it.
    pub(crate) fn new(record: u64, what: impl Into<Cow<'static, str>>) -> Self {
        Self { record, what: what.into() }
    }
}
