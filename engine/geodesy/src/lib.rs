//! Coordinate reference systems: reading them, and going from one to another without silent shortcuts.
//!
//! Owns the policy of what may be transformed. Must not know the scene, tiles, files of projects or importers.
//!
//! Main types: [`Crs`], [`Transform`], [`GeodesyError`].
//!
//! ```
//! use lantu_geodesy::{Crs, Transform};
//!
//! let to_grid = Transform::new(&Crs::parse("EPSG:4490")?, &Crs::parse("EPSG:4548")?)?;
//! let mut points = [[116.48, 39.99, 0.0]];
//! to_grid.apply(&mut points)?;
//! assert!((points[0][0] - 455_588.610).abs() < 0.001);
//! # Ok::<(), lantu_geodesy::GeodesyError>(())
//! ```

mod crs;
mod error;
mod native;
mod text;
mod transform;

pub use crs::{Crs, CrsKind, make_frame, resolve_projected_crs};
pub use error::GeodesyError;
pub use text::transform_text;
pub use transform::Transform;
