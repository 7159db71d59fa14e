//! What an importer delivers: the [`Importer`] trait, the stream of [`Batch`]es that it writes, how a file is
//! probed, and the framing that carries the stream out of a child process.
//!
//! Owns the wire between an importer and a session. Must not know any file format, the scene's columns,
//! the GPU or the project file.
//!
//! Main types: [`Importer`], [`Batch`], [`ImportSink`].
//!
//! ```
//! use lantu_ingest::{Batch, read_batch, write_batch};
//!
//! let mut wire = Vec::new();
//! write_batch(&mut wire, &Batch::Progress { done: 1, total: 2 })?;
//! assert_eq!(read_batch(&mut wire.as_slice())?, Some(Batch::Progress { done: 1, total: 2 }));
//! # Ok::<(), lantu_ingest::WireError>(())
//! ```

pub mod archive;
mod batch;
mod facts;
mod importer;
mod measure;
mod packed;
mod picture;
mod texture;
mod wire;

pub use batch::{
    ATTRIBUTES, Batch, Begin, BindingRecord, End, FeatureRecord, Georeference, ISSUE_CLASS, InstanceRecord,
    LabelKind, LabelRecord, MapConversion, MeshRecord, ObjectDetail, ObjectKind, ObjectRecord, PlaceHints,
    PointsRecord, PropertyKind, PropertyRecord, PropertyValue, RasterBegin, RasterPreview, RasterTile,
    Reading, RelationKind, RelationRecord, SampleRecord, TaskRecord, TemplateRecord, no_factors,
};
pub use facts::{EntryRecord, Fact, FactKind, Field};
pub use importer::{
    Confidence, ImportError, ImportJob, ImportMode, ImportSink, Importer, Resume, VecSink, choose,
};
pub use measure::{MeshMeasure, measure};
pub use packed::{PackedBatch, PackedRows, Row, Tally};
pub use picture::{MAX_PIXELS, PictureError, Pixels};
pub use texture::{Texture, Wrap, byte, encoded};
pub use wire::{MAX_BATCH_BYTES, WireError, read_batch, write_batch, write_packed};
