//! GIS layers through GDAL/OGR: features with attributes, in the project frame, with a drawing style.
//!
//! Owns what is particular to vector formats: drivers, encodings, geometry types. Must not know the session, other
//! importers, or the screen.
//!
//! Main type: [`VectorImporter`].
//!
//! ```
//! use lantu_ingest::{Confidence, Importer};
//! use lantu_vector::VectorImporter;
//!
//! let head = br#"{"type": "FeatureCollection", "features": []}"#;
//! assert_eq!(VectorImporter.probe("roads.geojson".as_ref(), head), Confidence::MAGIC);
//! ```
#![deny(clippy::indexing_slicing)]

mod dbf;
mod fields;
mod importer;
mod native;
mod shape;
mod style;
mod wkb;

pub use importer::VectorImporter;
