//! Measuring: districts of any size made from numbers, camera paths through them, tables and plots of what frames cost.
//!
//! Owns the generated district, the paths, statistics and their output as text. Must not know wgpu, windows, the
//! session or files: it hands out shapes and strings.
//!
//! Main types: [`City`], [`Block`], [`CameraPath`].
//!
//! ```
//! use lantu_bench::City;
//!
//! let city = City::new(100, 1);
//! let n: usize = city.quarters().iter().flat_map(|q| city.blocks(q)).map(|b| b.objects.len()).sum();
//! assert_eq!(n, 100);
//! ```

mod block;
mod boxes;
mod building;
mod city;
mod grid;
mod land;
mod paths;
mod plot;
mod random;
mod shape;
mod street;
mod table;
mod template;

pub use block::{Block, CityInstance, CityMesh, CityObject, CityProperty, CityValue};
pub use boxes::{BoxPaths, BoxRow, BoxShading, BoxesError, read_boxes, read_paths};
pub use city::{CRS, City, HEIGHT_CRS, MAX_OBJECTS, Quarter};
pub use grid::{BlockId, BlockUse};
pub use paths::{Avenue, CameraPath, Pose, Way};
pub use plot::{Panel, Series, plot_svg};
pub use table::{BoxFrame, Frame, boxes_csv, differing_percent, frames_csv, percentile};
pub use template::{MAX_PARTS, Template, TemplatePart};
