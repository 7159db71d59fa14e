//! The building and the bridge as IFC.
//!
//! Walls, slabs, doors, windows, openings, spaces, materials and property sets are authored through
//! `ifc_rs`; beams, stairs, quantities, colors and the georeference come from a small STEP writer of
//! our own. Both end in one file, with ids and times that do not change between runs.

mod bridge;
mod building;
mod model;
mod rooms;
mod shapes;
mod step;

pub(crate) use bridge::bridge;
pub(crate) use building::building;
pub(crate) use model::Item;
