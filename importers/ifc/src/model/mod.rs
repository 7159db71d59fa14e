//! What the file says about its objects, apart from their shapes.

mod describe;
mod entries;
mod facts;
mod materials;
mod objects;
mod properties;
mod relations;
mod values;

pub(crate) use describe::Describer;
pub(crate) use entries::{attributes, entries};
pub(crate) use facts::Facts;
pub(crate) use materials::Materials;
pub(crate) use objects::{Object, collect};
pub(crate) use properties::{Source, properties};
pub(crate) use relations::{Relations, container, parents};

/// Records on the relating side of one relation that are followed. Chosen: the standard has one, or a set of property
/// sets; a list on both sides would otherwise become any number of links.
pub(crate) const MAX_RELATING: usize = 64;
