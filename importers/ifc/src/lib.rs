//! Reads IFC files: every product and group with its shape, properties, relations, and how the file lies on the
//! ground.
//!
//! Owns the STEP reader, what records mean, and where things stand; what they look like comes from a geometry kernel
//! behind a trait of its own, with evaluators of ours in front of it. Must not know projects, tiles or the scene.
//! Nothing of the kernel's own types leaves this crate.
//!
//! Main type: [`IfcImporter`].
//!
//! ```
//! use lantu_ifc::IfcImporter;
//! use lantu_ingest::{Confidence, Importer};
//!
//! let head = b"ISO-10303-21;\nHEADER;";
//! assert_eq!(IfcImporter.probe("bridge.ifc".as_ref(), head), Confidence::MAGIC);
//! ```

#![deny(clippy::indexing_slicing)]

mod align;
mod alone;
mod drawn;
mod evaluate;
mod georef;
mod hints;
mod importer;
mod lines;
mod model;
mod open;
mod plan;
mod records;
mod rounds;
mod schema;
mod shapes;
mod sniff;
mod step;
mod units;
mod verdicts;

pub use align::{Alignment, AlignmentPoint, Station, alignments};
pub use alone::{Alone, library_alone};
pub use importer::{IfcImporter, import_without_shapes};
