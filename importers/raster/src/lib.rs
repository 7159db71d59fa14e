//! Orthophotos and elevation models through GDAL: brought to the project CRS, cut into a pyramid of tiles.
//!
//! Owns what is particular to raster formats: drivers, limits, bands, masks, warping. Must not know the session,
//! other importers, or the screen.
//!
//! Main type: [`RasterImporter`].
//!
//! ```
//! use lantu_ingest::{Confidence, Importer};
//! use lantu_raster::RasterImporter;
//!
//! assert_eq!(RasterImporter.probe("ortho.tif".as_ref(), b"II*\0"), Confidence::MAGIC);
//! assert_eq!(RasterImporter.probe("model.ifc".as_ref(), b"ISO-10303-21;"), Confidence::NO);
//! ```
#![deny(clippy::indexing_slicing)]

mod blocks;
mod importer;
pub mod measure;
mod native;
mod open;
mod pass;
mod pixel;
mod pixels;
mod preview;
mod source;
mod vrt;
mod warp;

pub use importer::RasterImporter;
