//! Reads IFC files: every product and group with its shape, properties, relations, and how the file lies on the
//! ground.
//!
//! Owns the STEP reader and what records mean; shapes come from a geometry kernel behind [`GeometryKernel`].
//! Must not know projects, tiles or the scene. Nothing of the kernel's own types leaves this crate.
//!
//! Main types: [`IfcImporter`], [`GeometryKernel`], [`Shape`].
//!
//! ```
//! use lantu_ifc::IfcImporter;
//! use lantu_ingest::{Confidence, Importer};
//!
//! let head = b"ISO-10303-21;\nHEADER;";
//! assert_eq!(IfcImporter.probe("bridge.ifc".as_ref(), head), Confidence::MAGIC);
//! ```

#![deny(clippy::indexing_slicing)]

#[expect(dead_code, reason = "the pipeline that asks them follows")]
mod align;
mod archive;
mod evaluate;
mod georef;
mod importer;
mod kernel;
mod model;
mod open;
mod records;
mod schema;
#[expect(dead_code, reason = "the pipeline that fills them follows")]
mod shapes;
mod sniff;
mod step;
mod units;

pub use align::{Alignment, AlignmentPoint, Station, alignments};
pub use importer::{IfcImporter, import_with};
pub use kernel::{GeometryKernel, IfcLite, KernelError, KernelReport, Shape, ShapeBatch, ShapeJob};
