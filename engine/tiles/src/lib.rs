//! Bytes on disk, and what to load and draw of them: mesh tiles, raster pyramids, ground tiles.
//!
//! Owns the tile formats, the mesh and feature builders, and selection. Must not know why an object is red,
//! wgpu types, windows, or foreign file formats.
//!
//! Main types: [`MeshTile`], [`GroundTile`], [`View`].
//!
//! ```
//! use lantu_base::{CancelToken, WorldPoint};
//! use lantu_tiles::{InputMesh, TileBuilder, decode_mesh_tile, encode_mesh_tile};
//!
//! let mut builder = TileBuilder::default();
//! builder.push(&InputMesh {
//!     object: 0,
//!     origin: WorldPoint::new(455_600.0, 4_428_550.0, 40.0),
//!     positions: &[0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 3.0, 0.0],
//!     normals: &[],
//!     indices: &[0, 1, 2],
//!     color: [200, 190, 180, 255],
//! });
//! let built = builder.finish(&CancelToken::default())?;
//! let pack = encode_mesh_tile(&built.tiles[0])?;
//! assert_eq!(decode_mesh_tile(&pack)?, built.tiles[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assemble;
mod builder;
mod check;
mod cloud;
mod cluster;
mod columns;
mod coverage;
mod cutting;
mod edges;
mod error;
mod facing;
mod features;
mod flat;
mod ground;
mod ground_tile;
mod height;
mod hierarchy;
pub mod io;
mod item;
mod journal;
pub mod measure;
mod mesh_pack;
mod mesh_tile;
mod nearest;
mod outline;
mod pack;
mod piece;
mod prefetch;
mod raster;
mod raster_pack;
mod repeat;
mod residency;
mod select;
mod select_ground;
mod shares;
mod simplify;
mod snap;
mod spill;
mod stretch;
mod tree;
mod tree_pack;
mod vertex;
mod view;
mod volume;

#[cfg(test)]
mod tests;

pub use builder::{
    Built, BuiltTree, Dropped, InputInstance, InputLine, InputMesh, ObjectExtent, TemplateId, TileBuilder,
};
pub use cloud::{CloudBuilder, InputPoint};
pub use columns::{BLOCK_CELLS, CellBlock, Column, ColumnRaster};
pub use error::TileError;
pub use features::{FeatureArea, FeatureDrawer, InputFeature, LINE_PX, block_triangles};
pub use ground::{
    GROUND_COLOR, GROUND_N, GROUND_TEXTURE_PX, GroundPhoto, GroundSource, PhotoLook, compose_ground,
};
pub use ground_tile::{GroundTile, GroundTileId};
pub use height::{ElevationStack, FlatGround, HeightField, precedence};
pub use journal::{KeptTiles, TileGroup, TileJournal};
pub use mesh_pack::{decode_mesh_tile, encode_mesh_tile};
pub use mesh_tile::{Cluster, FaceRange, MeshTile, MeshTileId, TileLayer};
pub use nearest::nearest_points;
pub use pack::PackHash;
pub use prefetch::CameraPath;
pub use raster::{PixelValue, RasterCache, RasterPyramid};
pub use raster_pack::{RasterPixels, RasterTile, decode_raster_tile, encode_raster_tile};
pub use residency::{Cost, MemoryClass, Residency, Resident, Start, Usage};
pub use select::{Need, Priority, SelectInput, Selection, TileRef, select, shadow_casters};
pub use select_ground::{GROUND_TILE_BYTES, GroundSelection, GroundSourceIndex, select_ground};
pub use snap::{Aim, Snap, SnapEdge, SnapFace, SnapGeometry, SnapKind, snap};
pub use spill::{Spill, SpillLog, SpillRoom};
pub use stretch::Stretch;
pub use tree::{TileNode, TileTree};
pub use tree_pack::{decode_tree, encode_tree};
pub use vertex::{FLAT_NORMAL, Instance, Part, Point, Segment, Vertex, pack_normal, unpack_normal};
pub use view::{Frustum, View};
pub use volume::{BasePlane, HeightSide, Volume, VolumeJob, volume};
