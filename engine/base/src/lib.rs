//! Words that every other crate of Lantu speaks: identities, positions and frames, UTC time, diagnostics,
//! styles, and cancellation.
//!
//! Owns no data and does no work. Must not know files, formats, GPU or windows.
//!
//! Main types: [`ObjectRow`], [`WorldPoint`], [`Diagnostic`].
//!
//! ```
//! use lantu_base::{TileFrame, WorldPoint};
//!
//! let frame = TileFrame::around(WorldPoint::new(455_600.0, 4_428_550.0, 40.0));
//! let p = frame.narrow(WorldPoint::new(455_612.25, 4_428_540.5, 41.2))?;
//! assert!((p.get().x - 12.25).abs() < 1e-3);
//! # Ok::<(), lantu_base::OutsideTile>(())
//! ```

mod cancel;
mod diagnostic;
mod ids;
mod shape;
mod space;
mod style;
mod sun;
mod time;

pub use cancel::{CancelToken, Cancelled};
pub use diagnostic::{Code, Counts, Diagnostic, Report, Severity};
pub use ids::{ChannelId, ObjectKey, ObjectRow, SourceId};
pub use shape::{
    Clamp, FeatureGeometry, FeatureStyle, RasterGrid, RasterKind, RoofShape, RoofStyle, TileCoord,
};
pub use space::{Bounds, OutsideTile, ProjectFrame, TileFrame, TilePoint, WorldPoint};
pub use style::{Pattern, Rgba, Style, StyleFlags};
pub use sun::{SunPosition, sun_position};
pub use time::{LocalTime, TimeError, TimeZoneName, UtcNanos};
