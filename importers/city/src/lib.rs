//! City models in `CityJSON` 1.0 to 2.0 and its text sequences: objects with surfaces colored by their meaning.
//!
//! Owns what is particular to `CityJSON`: its nested boundaries, semantics, templates, quantized vertices. Must not know
//! the session, other importers, or the screen.
//!
//! Main type: [`CityImporter`].
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
mod model;
mod send;
mod shapes;
mod surface;
mod way;

pub use importer::CityImporter;
