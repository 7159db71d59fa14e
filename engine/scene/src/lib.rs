//! What exists, where, and how it is related: object columns, relations, immutable snapshots, and a spatial index.
//!
//! Owns object rows and revisions. Must not know triangles, colors, time series, wgpu or file formats.
//!
//! Main types: [`SourceObjects`] (the columns of one source), [`Scene`] (the one owner), [`SceneSnapshot`]
//! (what everybody else reads).
//!
//! ```
//! use lantu_base::{Bounds, SourceId};
//! use lantu_scene::{NewObject, Scene, SourceObjects};
//!
//! let mut columns = SourceObjects::default();
//! columns.push(NewObject { id: "a", class: "IfcWall", bounds: Bounds::from_array([0., 0., 0., 5., 1., 3.]), ..NewObject::default() });
//! let mut scene = Scene::default();
//! scene.put_source(SourceId::new("house"), columns.into());
//! let snapshot = scene.snapshot();
//! assert_eq!(snapshot.in_box(&Bounds::from_array([4., 0., 0., 9., 9., 9.])).len(), 1);
//! ```

mod columns;
mod expr;
mod index;
mod snapshot;

pub use columns::{NO_PARENT, NewObject, ObjectKind, Relation, RelationKind, SourceObjects, StringColumn};
pub use expr::{Expr, ExprError, Op, Value};
pub use index::{RayHit, SpatialIndex};
pub use snapshot::{ObjectView, Scene, SceneSnapshot, SourceSpan};
