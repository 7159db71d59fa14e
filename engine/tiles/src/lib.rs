//! Bytes on disk, and what to load and draw of them: mesh tiles, raster pyramids, ground tiles.
//!
//! Owns the tile formats, the mesh and feature builders, and selection. Must not know why an object is red,
//! wgpu types, windows, or foreign file formats.
//!
//! Main types: [`MeshTile`], [`GroundTile`], [`View`].

mod ground_tile;
mod mesh_tile;
mod vertex;
mod view;

pub use ground_tile::{GroundTile, GroundTileId};
pub use mesh_tile::{MeshTile, MeshTileId, MeshTileInfo, TileLayer};
pub use vertex::{Segment, Vertex, pack_normal, unpack_normal};
pub use view::{Frustum, View};
