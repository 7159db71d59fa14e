//! Shapes: from the records of a file to triangles of its products.
//!
//! What a product looks like is made in its own axes, each different shape once, whatever stands where; where it
//! stands is ours, in f64. What cannot be made, or costs too much, is drawn simpler and says so.

mod ahead;
mod budget;
mod carry;
mod choice;
mod content;
mod cover;
mod cutters;
mod form;
mod layers;
mod library;
mod local;
mod looks;
mod mapping;
mod own;
mod places;
mod plan;
mod run;
mod simple;
mod task;
mod textures;
mod worn;

pub(crate) use budget::{Allowance, Ended, attempt, charge, charge_triangles};
pub(crate) use choice::choose;
pub(crate) use form::{Form, Part};
pub(crate) use library::IfcLite;
pub(crate) use local::{LocalMesh, Model, Reason};
pub(crate) use plan::{Plan, Planned, plan};
pub(crate) use run::{Extent, RunError, Shape, Work, run};
pub(crate) use task::Flaw;
pub(crate) use textures::Beside;
pub(crate) use worn::Textures;
