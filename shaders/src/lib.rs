//! The shaders: one WGSL file per pass, shared functions in `common/`, embedded as text.
//!
//! Owns the texts and their inclusion. Must not know wgpu or who draws what.
//!
//! Main types: [`Pass`], [`Samples`], [`ComposeError`].
//!
//! ```
//! use lantu_shaders::{Samples, Pass, compose};
//!
//! let text = compose(Pass::Mesh, Samples::One)?;
//! assert!(text.contains("fn vs_main") && !text.contains("#include"));
//! # Ok::<(), lantu_shaders::ComposeError>(())
//! ```

mod compose;

pub use compose::{ComposeError, Pass, Samples, compose};
