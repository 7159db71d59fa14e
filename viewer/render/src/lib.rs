//! Drawing: GPU memory, passes, picking, reading pictures back. Headless is the normal case.
//!
//! Owns GPU objects. Must not know formats, GIS, rules, widgets or files.
//!
//! Main types: [`Gpu`], [`Renderer`], [`Camera`].
//!
//! ```
//! use lantu_base::WorldPoint;
//! use lantu_render::{Camera, FrameInput, Gpu, Options, RenderConfig, RenderError, Renderer, Sun, render_image};
//!
//! let gpu = match Gpu::headless() {
//!     Err(RenderError::NoAdapter { .. }) => return Ok(()), // no Vulkan driver on this computer
//!     other => other?,
//! };
//! let mut renderer = Renderer::new(&gpu, RenderConfig::headless(1))?;
//! let camera = Camera::looking(WorldPoint::new(0.0, -50.0, 20.0), WorldPoint::new(0.0, 0.0, 5.0));
//! let input = FrameInput { camera, meshes: &[], casters: &[], ground: &[], sun: Sun::default(), options: Options::default() };
//! let picture = render_image(&mut renderer, [64, 36], &input)?;
//! assert_eq!(picture.rgba.len(), 64 * 36 * 4);
//! # Ok::<(), lantu_render::RenderError>(())
//! ```

mod buffers;
mod camera;
mod cull;
mod daylight;
mod draw;
mod drawing;
mod error;
mod frame;
mod gpu;
mod gpu_cull;
mod ground;
mod image;
mod input;
mod labels;
mod layers;
#[cfg(test)]
mod layout_tests;
mod layouts;
mod list;
mod meshes;
mod occlude;
mod pages;
mod parts;
mod passes;
mod pick;
mod pipelines;
mod post;
mod renderer;
mod section;
mod see_through;
mod shadow;
mod styles;
mod targets;
mod uniforms;

pub use camera::{Camera, EYE_HEIGHT_M, Ray, STEP_M};
pub use error::RenderError;
pub use gpu::{Fault, Gpu};
pub use gpu_cull::{CullCounts, Culling};
pub use image::{Picture, lay_part, read_picture, render_image, render_part};
pub use input::{Background, FrameInput, FrameStats, Options, Relief, RenderConfig, Shading, Sun, TileKey};
pub use labels::{Label, LabelGlyph, LabelSheet, MOST_LABEL_PX, PlacedLabel, place_labels};
pub use parts::{Part, Window, margin_px, parts};
pub use passes::PassTime;
pub use pick::Pick;
pub use renderer::Renderer;
pub use section::{HalfSpace, Section};
pub use shadow::shadow_texel_m;
