//! Orthophotos and elevation models: any raster that GDAL reads safely becomes a pyramid of tiles in the project
//! frame.
//!
//! Owns opening, reprojection and averaging of rasters. Must not know vectors, the scene, project files or the GPU.
//!
//! Main types: [`RasterImporter`].
//!
//! ```
//! use std::path::Path;
//! use lantu_ingest::{Confidence, Importer};
//!
//! let head = b"II\x2a\x00\x08\x00\x00\x00";
//! assert_eq!(lantu_raster::RasterImporter.probe(Path::new("site.tif"), head), Confidence::MAGIC);
//! ```
#![deny(clippy::indexing_slicing)]

mod bands;
mod grid;
mod importer;
mod native;
mod open;
mod probe;
mod pyramid;
mod source;
mod vrt;

pub use importer::RasterImporter;
