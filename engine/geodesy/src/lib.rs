//! Coordinate reference systems, the project frame, and transformations that never guess.
//!
//! Owns the policy of what may be reprojected (through PROJ, by way of GDAL) and what is refused, with the reason.
//! Must not know files of any format, the scene, the GPU or windows.
//!
//! Main types: [`Crs`], [`Transform`], [`GeodesyError`].
//!
//! ```
//! use lantu_geodesy::{Crs, Transform};
//!
//! let t = Transform::new(&Crs::parse("EPSG:4490")?, &Crs::parse("EPSG:4548")?)?;
//! let mut points = [[116.48, 39.99, 0.0]];
//! t.apply(&mut points)?;
//! assert!((points[0][0] - 455_588.610).abs() < 1e-3);
//! # Ok::<(), lantu_geodesy::GeodesyError>(())
//! ```

mod crs;
mod error;
mod fit;
mod frame;
mod geoid;
mod helmert;
mod local;
mod osr;
mod place;
mod quiet;
mod text;
mod to_frame;
mod transform;
#[cfg(gdal_when_needed)]
mod when_needed;
mod words;
mod zones;

pub use crs::{AreaOfUse, Crs, CrsKind, resolve_projected_crs};
pub use error::GeodesyError;
pub use fit::{PlaneFit, PointPair, fit_plane};
pub use frame::make_frame;
pub use helmert::{Convention, DatumPair, Helmert, HelmertFit, fit_helmert, helmert_grid};
pub use local::local_grid;
pub use place::{EarthPlace, place_of};
pub use quiet::capture_gdal_errors;
pub use text::{TransformedText, transform_text};
pub use to_frame::{ToFrame, same_heights, states_heights_of};
pub use transform::{Transform, TransformNote};
pub use zones::{geoid_height_m, project_degrees};
