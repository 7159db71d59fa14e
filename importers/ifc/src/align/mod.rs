//! Where things stand: placements in f64, alignments, and what is measured or swept along them.
//!
//! Everything here is a pure function of the file. Lengths come out in meters, directions in radians, in the file's
//! own frame: all placements applied, no map conversion.

mod alignments;
mod axes;
mod blend;
mod cant;
mod course;
mod courses;
mod curves;
mod grid;
mod legacy;
mod linear;
mod offset;
mod placement;
mod plane;
mod profile;
mod segment;
mod semantic;
mod stations;

pub(crate) use alignments::alignments_of;
pub use alignments::{Alignment, AlignmentPoint, alignments};
pub(crate) use axes::{Reader, frame};
pub(crate) use course::{Course, Place};
pub(crate) use courses::Courses;
pub(crate) use curves::course;
pub(crate) use grid::axis as grid_axis;
pub(crate) use legacy::inclined;
pub(crate) use linear::{LinearAxes, distance, linear_axes};
pub(crate) use offset::beside;
pub(crate) use placement::Placements;
pub use stations::Station;
