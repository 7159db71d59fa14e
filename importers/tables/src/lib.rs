//! Tables as people export them: schedules in CSV, Microsoft Project XML and Primavera XER, sensor series and channel
//! bindings in CSV.
//!
//! Owns the headers, the encodings and the traps of these files. Must not know the session, other importers or the
//! screen. Rows become records; a row that is wrong becomes a diagnostic with its line and is dropped.
//!
//! Main type: [`TablesImporter`].
//!
//! ```
//! use std::path::Path;
//! use lantu_ingest::{Confidence, Importer};
//! use lantu_tables::TablesImporter;
//!
//! let confidence = TablesImporter.probe(Path::new("plan.csv"), b"id,name,start,finish\n");
//! assert_eq!(confidence, Confidence::CONTENT);
//! ```
#![deny(clippy::indexing_slicing)]

mod columns;
mod header;
mod importer;
mod issues;
mod plan;
mod rows;
mod source;
mod task_table;

pub use importer::TablesImporter;

#[cfg(test)]
mod tests;
