//! Writes the demo district: a seeded block of a town with terrain, orthophotos, vector layers,
//! a building and a bridge under construction, their schedule and their sensors.
//!
//! The layout stands in one plan, and every file derives from it, so that all agree. The same bytes
//! come out of every run: no clock, no random ids. This crate must not know the importers or the
//! project: it writes files that anybody could have written.
//!
//! Its main items are [`generate`], [`DemoFiles`] and [`DemoError`].
//!
//! ```no_run
//! let files = lantu_demo::generate("demo/sources".as_ref(), &mut |_step, _done| {})?;
//! assert!(files.imports.iter().all(|path| path.exists()));
//! # Ok::<(), lantu_demo::DemoError>(())
//! ```

mod days;
mod error;
mod generate;
mod ifc;
mod manholes;
mod movers;
mod noise;
mod paint;
mod plan;
mod raster;
mod schedule;
mod sensors;
mod shape;
#[cfg(test)]
mod tests;
mod vector;
mod views;
mod waits;

pub use error::DemoError;
use generate::write_text;
pub use generate::{DemoFiles, DemoSurvey, Detail, SURVEYS, generate, generate_with};
pub use views::{DemoView, VIEWS};

/// The district's CRS: CGCS2000 / 3-degree Gauss-Kruger CM 117E.
const EPSG: u32 = 4548;
/// Its heights: Yellow Sea 1985.
const HEIGHT_EPSG: u32 = 5737;
