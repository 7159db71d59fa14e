//! What every evaluator reads with: the file in meters and radians, and how deep it already is.

use std::sync::Arc;

use glam::{DAffine3, DVec3};

use super::Fail;
use crate::align::{Course, Courses, Reader};
use crate::shapes::{Model, Reason};
use crate::step::Value;

/// Deepest nesting of items, curves and profiles that is followed. Chosen: real files stay below 20 (chains of
/// booleans are walked without nesting); the stack of a thread holds ten times as much.
const MAX_DEPTH: usize = 64;

/// Reads records for evaluators.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Points, axes, lengths in meters.
    pub(crate) read: Reader<'a>,
    courses: &'a Courses,
    depth: usize,
}

impl<'a> Context<'a> {
    /// A context at the top.
    pub(crate) fn new(model: Model<'a>) -> Self {
        Self { read: Reader::new(model.file, model.units), courses: model.courses, depth: 0 }
    }

    /// One level deeper, for a record that refers to others of its own kind.
    pub(crate) fn deeper(self, id: u64) -> Result<Self, Fail> {
        if self.depth >= MAX_DEPTH {
            return Err(bad(id, "it nests too deeply, or refers to itself"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// A curve that something is swept along.
    pub(crate) fn course(self, id: u64) -> Result<Arc<Course>, Fail> {
        self.courses.get(&self.read, id).map_err(Fail::Bad)
    }

    /// A record that must exist.
    pub(crate) fn record(self, id: u64) -> Result<Record<'a>, Fail> {
        let (keyword, args) = self.read.file.get(id).ok_or_else(|| bad(id, "the record is missing"))?;
        Ok(Record { id, keyword, args, read: self.read })
    }
}

/// A reason why an item has no shape.
pub(crate) fn bad(id: u64, what: &'static str) -> Fail {
    Fail::Bad(Reason::new(id, what))
}

/// A record with its arguments.
pub(crate) struct Record<'a> {
    /// Its number.
    pub(crate) id: u64,
    /// Uppercase.
    pub(crate) keyword: &'a str,
    /// As written.
    pub(crate) args: Vec<Value<'a>>,
    read: Reader<'a>,
}

impl Record<'_> {
    /// This record is at fault.
    pub(crate) fn bad(&self, what: &'static str) -> Fail {
        bad(self.id, what)
    }

    /// What this record makes has no area or no volume.
    pub(crate) fn empty(&self, what: &'static str) -> Fail {
        Fail::Empty(Reason::new(self.id, what))
    }

    /// An argument that refers to a record, if it does.
    pub(crate) fn optional(&self, at: usize) -> Option<u64> {
        self.args.get(at)?.as_ref()
    }

    /// An argument that must refer to a record.
    pub(crate) fn reference(&self, at: usize) -> Result<u64, Fail> {
        self.optional(at).ok_or_else(|| self.bad("a record that it needs is not given"))
    }

    /// The records that a list refers to.
    pub(crate) fn references(&self, at: usize) -> Vec<u64> {
        self.args.get(at).map(|v| v.refs().collect()).unwrap_or_default()
    }

    /// A number that must be there.
    pub(crate) fn number(&self, at: usize) -> Result<f64, Fail> {
        self.optional_number(at).ok_or_else(|| self.bad("a number that it needs is not given"))
    }

    /// A finite number, if it is there.
    pub(crate) fn optional_number(&self, at: usize) -> Option<f64> {
        self.args.get(at)?.as_f64().filter(|v| v.is_finite())
    }

    /// A length in meters that must be there.
    pub(crate) fn length(&self, at: usize) -> Result<f64, Fail> {
        Ok(self.number(at)? * self.read.length_m)
    }

    /// A length in meters above zero.
    pub(crate) fn size(&self, at: usize) -> Result<f64, Fail> {
        let size = self.length(at)?;
        if size > 0.0 { Ok(size) } else { Err(self.bad("a size is not above zero")) }
    }

    /// A length in meters; 0 if it is not there.
    pub(crate) fn length_or_zero(&self, at: usize) -> f64 {
        self.optional_number(at).unwrap_or(0.0) * self.read.length_m
    }

    /// An angle in radians; 0 if it is not there.
    pub(crate) fn angle_or_zero(&self, at: usize) -> f64 {
        self.optional_number(at).unwrap_or(0.0) * self.read.angle_rad
    }

    /// `.T.` or `.F.`
    pub(crate) fn flag(&self, at: usize) -> Option<bool> {
        match self.args.get(at)? {
            Value::Enum("T" | "t" | "TRUE" | "true") => Some(true),
            Value::Enum("F" | "f" | "FALSE" | "false") => Some(false),
            _ => None,
        }
    }

    /// An enumeration value.
    pub(crate) fn word(&self, at: usize) -> &str {
        if let Some(Value::Enum(word)) = self.args.get(at) { word } else { "" }
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self, at: usize) -> Vec<f64> {
        self.args.get(at).map(|v| v.members().iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
    }

    /// An axis placement; the item's own axes if none is given.
    pub(crate) fn axes(&self, at: usize) -> DAffine3 {
        self.optional(at).and_then(|id| self.read.axes(id)).unwrap_or_default()
    }

    /// A direction of length 1, if there is one.
    pub(crate) fn direction(&self, at: usize) -> Option<DVec3> {
        self.read.direction_at(&self.args, at)
    }

    /// A point that must be there.
    pub(crate) fn point(&self, at: usize) -> Result<DVec3, Fail> {
        self.read.point_at(&self.args, at).ok_or_else(|| self.bad("a point that it needs is not given"))
    }
}
