//! City models in `CityJSON` 1.0 to 2.0, with surfaces colored by their meaning; point clouds in LAS, LAZ and COPC; and
//! surfaces in glTF and 3D Tiles.
//!
//! Owns what is particular to these: nested boundaries, semantics and templates; classes, colors and headers of points;
//! tilesets, their levels and the pictures on their surfaces; and the way of their coordinates into the project. Must not know the session, other importers, or the screen.
//!
//! Main types: [`CityImporter`], [`PointsImporter`], [`MeshImporter`].
//!
//! ```
//! use lantu_city::CityImporter;
//! use lantu_ingest::{Confidence, Importer};
//!
//! let head = br#"{"type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": []}"#;
//! assert_eq!(CityImporter.probe("delft.json".as_ref(), head), Confidence::MAGIC);
//! ```
#![deny(clippy::indexing_slicing)]

mod boundaries;
mod colors;
mod file;
mod importer;
mod mesh;
mod model;
mod points;
mod send;
mod shapes;
mod surface;
mod way;

pub use importer::CityImporter;
pub use mesh::MeshImporter;
pub use points::PointsImporter;
