//! A tile of triangles and lines: what one pack file holds and one draw call shows.

use std::fmt;

use lantu_base::{Bounds, WorldPoint};
use serde::{Deserialize, Serialize};

use crate::vertex::{Instance, Part, Point, Segment, Vertex};

/// Triangles, lines and points of one part of space of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshTile {
    /// What positions are relative to, in the project frame: whole meters.
    pub origin: WorldPoint,
    /// Box around everything in the tile, in the project frame.
    pub bounds: Bounds,
    /// How the tile is drawn.
    pub layer: TileLayer,
    /// Colors of objects, named by vertices, segments and points.
    pub parts: Vec<Part>,
    /// Vertices of all clusters.
    pub vertices: Vec<Vertex>,
    /// Triangles and edges of all clusters, relative to each cluster's first vertex.
    pub indices: Vec<u16>,
    /// Places where clusters are drawn.
    pub instances: Vec<Instance>,
    /// What is drawn together. Several may share vertices and indices: a repeated shape whose places lie apart.
    pub clusters: Vec<Cluster>,
    /// Lines.
    pub segments: Vec<Segment>,
    /// Points.
    pub points: Vec<Point>,
}

/// Triangles that are drawn together, once for each instance. At most 65 535 steps wide.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Into the tile's vertices.
    pub first_vertex: u32,
    /// At most 65 536.
    pub n_vertices: u32,
    /// Into the tile's indices: opaque triangles, transparent triangles, pairs of edge ends.
    pub first_index: u32,
    /// Indices of opaque triangles, a multiple of 3.
    pub n_opaque: u32,
    /// Indices of triangles that need blending, a multiple of 3.
    pub n_transparent: u32,
    /// Indices of feature edges (creases and open boundaries), a multiple of 2.
    pub n_edges: u32,
    /// Every triangle belongs to a closed shape and is wound outward: back faces are never seen.
    pub single_sided: bool,
    /// Every triangle's first vertex holds the normal of its face; the other vertices' normals mean nothing to it.
    pub flat: bool,
    /// Cover the opaque indices in order.
    pub ranges: Vec<FaceRange>,
    /// Into the tile's instances.
    pub first_instance: u32,
    /// At least 1.
    pub n_instances: u32,
    /// Box over all its instances, meters relative to the tile's origin.
    pub min: [f32; 3],
    /// See `min`.
    pub max: [f32; 3],
}

/// Opaque triangles of a cluster that can be skipped together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceRange {
    /// Into the cluster's opaque indices, a multiple of 3.
    pub first: u32,
    /// Indices, a multiple of 3.
    pub n: u32,
    /// The middle of the directions in which its faces look, 127 = 1, in the cluster's own axes; `None` where they are
    /// seen from both sides or look everywhere.
    pub facing: Option<[i8; 3]>,
    /// Cosine of the largest angle between a face's normal and `facing`.
    pub cos_spread: f32,
    /// Box around them, in steps.
    pub min: [u16; 3],
    /// See `min`.
    pub max: [u16; 3],
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

impl MeshTile {
    /// Size of the buffers in memory, bytes.
    pub fn bytes(&self) -> u64 {
        (size_of_val(self.parts.as_slice())
            + size_of_val(self.vertices.as_slice())
            + size_of_val(self.indices.as_slice())
            + size_of_val(self.instances.as_slice())
            + size_of_val(self.segments.as_slice())
            + size_of_val(self.points.as_slice())) as u64
    }

    /// Triangles that are drawn: those of each cluster for each of its instances.
    pub fn n_triangles(&self) -> u64 {
        let of = |c: &Cluster| u64::from(c.n_opaque / 3 + c.n_transparent / 3) * u64::from(c.n_instances);
        self.clusters.iter().map(of).sum()
    }
}
