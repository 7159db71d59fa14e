//! A tile of ground: heights and a texture on one cell of a quadtree over the project frame.

use lantu_base::{Bounds, WorldPoint};
use serde::{Deserialize, Serialize};

/// Cell of the ground quadtree, which lies over the whole project frame.
///
/// A tile of level 0, the finest, is [`GroundTileId::EDGE_M`] wide; a tile of each further level is twice as wide.
/// Column 0 starts at easting 0 and row 0 at northing 0, counted east and north.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroundTileId {
    /// 0 = finest.
    pub level: u32,
    /// Towards the east.
    pub col: i32,
    /// Towards the north.
    pub row: i32,
}

impl GroundTileId {
    /// Edge of a tile of level 0, meters. Chosen: with 256 pixels a texel is 2.5 cm, and level 1 meets the 5 cm of
    /// a usual drone orthophoto.
    pub const EDGE_M: f64 = 6.4;
    /// Coarsest level. Chosen: 6.4 m · 2¹⁶ = 419 km is more than a district.
    pub const MAX_LEVEL: u32 = 16;

    /// Edge of a tile of `level`, meters.
    pub fn edge_at(level: u32) -> f64 {
        Self::EDGE_M * f64::from(1_u32 << level.min(31))
    }

    /// West, south, east, north, meters.
    pub fn extent(self) -> [f64; 4] {
        let edge = Self::edge_at(self.level);
        let (x, y) = (f64::from(self.col), f64::from(self.row));
        [x * edge, y * edge, (x + 1.0) * edge, (y + 1.0) * edge]
    }

    /// The tile of `level` that holds a position, meters. Positions beyond the i32 range saturate.
    #[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
    pub fn at(level: u32, x: f64, y: f64) -> Self {
        let edge = Self::edge_at(level);
        Self { level, col: (x / edge).floor() as i32, row: (y / edge).floor() as i32 }
    }

    /// The tile of the next coarser level that holds this one.
    #[must_use]
    pub fn parent(self) -> Self {
        Self { level: self.level + 1, col: self.col.div_euclid(2), row: self.row.div_euclid(2) }
    }

    /// The four tiles of the next finer level, southwest, southeast, northwest, northeast; `None` at level 0.
    pub fn children(self) -> Option<[Self; 4]> {
        let level = self.level.checked_sub(1)?;
        let (c, r) = (self.col.saturating_mul(2), self.row.saturating_mul(2));
        Some([(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dc, dr)| Self {
            level,
            col: c.saturating_add(dc),
            row: r.saturating_add(dr),
        }))
    }
}

/// Heights and texture of one ground tile.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundTile {
    /// Which cell.
    pub id: GroundTileId,
    /// What the heights are relative to: southwest corner and a height, in the project frame.
    pub origin: WorldPoint,
    /// Box around the surface (without the skirt), in the project frame.
    pub bounds: Bounds,
    /// Heights per side.
    pub n: u32,
    /// Distance between two heights, meters; the first and last lie on the tile's edges.
    pub spacing_m: f64,
    /// `n × n` heights relative to `origin`'s, meters, row-major from the southwest.
    pub heights: Vec<f32>,
    /// Which of `heights` come from an elevation raster; the others are filled in from around.
    pub measured: Vec<bool>,
    /// Edge of the texture in pixels.
    pub texture_px: u32,
    /// `texture_px²` pixels, RGBA8 sRGB, row 0 in the north; opaque.
    pub texture: Vec<u8>,
    /// The picture right of the line of a swipe, of the same size, where it is another one.
    pub texture_right: Option<Vec<u8>>,
    /// How far a skirt hangs down from the edges to hide cracks towards coarser neighbors, meters.
    pub skirt_m: f32,
    /// How far the surface may lie from the finest one, meters; 0 for a tile that is not refined.
    pub geometric_error_m: f64,
}

impl GroundTile {
    /// Size of the buffers in memory, bytes.
    pub fn bytes(&self) -> u64 {
        let right = self.texture_right.as_ref().map_or(0, Vec::len);
        (size_of_val(self.heights.as_slice()) + self.measured.len() + self.texture.len() + right) as u64
    }
}
