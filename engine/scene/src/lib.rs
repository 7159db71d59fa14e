//! What exists, where, and how it is related: object columns, relations, immutable snapshots, and a spatial index.
//!
//! Owns object rows and revisions. Must not know triangles, colors, time series, wgpu or file formats.
//!
//! Main types: [`ColumnWriter`] (writes the columns of one source in pages), [`Scene`] (the one owner),
//! [`SceneSnapshot`] (what everybody else reads, page by page through a [`PageCache`]).
//!
//! ```
//! use std::sync::Arc;
//!
//! use lantu_base::{Bounds, SourceId};
//! use lantu_scene::{ColumnWriter, MemoryPages, NewObject, PageCache, Scene, SourceColumns};
//!
//! let store = Arc::new(MemoryPages::default());
//! let mut columns = ColumnWriter::new(&*store);
//! columns.push(NewObject { id: "a", class: "IfcWall", bounds: Bounds::from_array([0., 0., 0., 5., 1., 3.]), ..NewObject::default() })?;
//! let directory = Arc::new(columns.finish()?);
//! let mut scene = Scene::default();
//! scene.put_source(SourceId::new("house"), SourceColumns::new(directory, store, Arc::new(PageCache::default())));
//! let snapshot = scene.snapshot();
//! assert_eq!(snapshot.in_box(&Bounds::from_array([4., 0., 0., 9., 9., 9.])).len(), 1);
//! # Ok::<(), lantu_scene::PageError>(())
//! ```

mod cache;
mod codec;
mod columns;
mod directory;
mod edges;
mod expr;
mod grams;
mod ids;
mod index;
mod object;
mod page;
mod search;
mod snapshot;
mod store;
mod view;
mod writer;

pub use cache::{PageCache, Paged};
pub use columns::SourceColumns;
pub use directory::{Directory, PAGE_ROWS};
pub use expr::{Expr, ExprError, Op, Value};
pub use index::RayHit;
pub use object::{NO_PARENT, NewObject, ObjectKind, Relation, RelationKind};
pub use page::{PlacePage, StringColumn, TextPage};
pub use search::{Scan, Search};
pub use snapshot::{Scene, SceneSnapshot, SourceSpan};
pub use store::{MemoryPages, PageError, PageHash, PageStore};
pub use view::ObjectView;
pub use writer::ColumnWriter;
