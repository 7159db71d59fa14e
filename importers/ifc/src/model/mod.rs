//! What the file says about its objects, apart from their shapes.

mod materials;
mod objects;
mod properties;
mod relations;

pub(crate) use materials::Materials;
pub(crate) use objects::{Object, collect};
pub(crate) use properties::{Source, properties};
pub(crate) use relations::{Relations, container, parents};
