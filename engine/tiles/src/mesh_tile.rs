//! A tile of triangles and lines: what one pack file holds and one draw call shows.

use std::fmt;

use lantu_base::{Bounds, WorldPoint};
use serde::{Deserialize, Serialize};

use crate::vertex::{Segment, Vertex};

/// Triangles and line segments of one part of space of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshTile {
    /// What the positions are relative to, in the project frame.
    pub origin: WorldPoint,
    /// Box around everything in the tile, in the project frame.
    pub bounds: Bounds,
    /// Vertices of the triangles.
    pub vertices: Vec<Vertex>,
    /// 3 × `n_triangles` vertex indices, counterclockwise from outside.
    pub indices: Vec<u32>,
    /// `indices[first_transparent..]` need blending; a multiple of 3.
    pub first_transparent: u32,
    /// Feature edges (creases and open boundaries): pairs of vertex indices.
    pub edges: Vec<u32>,
    /// Lines of constant width in pixels.
    pub segments: Vec<Segment>,
    /// How the tile is drawn.
    pub layer: TileLayer,
}

/// How a mesh tile is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TileLayer {
    /// Stands in space.
    Solid,
    /// Lies on the ground: drawn over it, in this order.
    Draped {
        /// Later layers lie over earlier ones; 0 lowest.
        z_order: i32,
    },
    /// Lies under the ground: shown through it.
    Underground,
}

/// Name of a mesh tile: the first 16 bytes of the SHA-256 of its pack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MeshTileId(pub [u8; 16]);

impl fmt::Debug for MeshTileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// What selection knows of a mesh tile without loading it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeshTileInfo {
    /// Its name.
    pub id: MeshTileId,
    /// Its box, in the project frame.
    pub bounds: Bounds,
    /// Size of its buffers in memory.
    pub bytes: u64,
    /// How it is drawn.
    pub layer: TileLayer,
    /// Vertices.
    pub n_vertices: u32,
    /// Triangles.
    pub n_triangles: u32,
    /// Line segments.
    pub n_segments: u32,
}

impl MeshTile {
    /// Size of the buffers in memory, bytes.
    pub fn bytes(&self) -> u64 {
        (size_of_val(self.vertices.as_slice())
            + size_of_val(self.indices.as_slice())
            + size_of_val(self.edges.as_slice())
            + size_of_val(self.segments.as_slice())) as u64
    }

    /// What selection needs to know, under the name `id`.
    pub fn info(&self, id: MeshTileId) -> MeshTileInfo {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        MeshTileInfo {
            id,
            bounds: self.bounds,
            bytes: self.bytes(),
            layer: self.layer,
            n_vertices: count(self.vertices.len()),
            n_triangles: count(self.indices.len() / 3),
            n_segments: count(self.segments.len()),
        }
    }
}
