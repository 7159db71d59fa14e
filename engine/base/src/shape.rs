//! Shapes that importers deliver and tiles are built from: simple features, how they are drawn, raster grids.

use serde::{Deserialize, Serialize};

/// Simple-feature geometry, flattened. z is NaN where the source has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeatureGeometry {
    /// Points.
    Points(Vec<[f64; 3]>),
    /// Lines, at least two points each.
    Lines(Vec<Vec<[f64; 3]>>),
    /// Polygons: each a list of rings, outer first, closed (last = first).
    Polygons(Vec<Vec<Vec<[f64; 3]>>>),
}

/// How a feature's z is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clamp {
    /// Lies on the terrain; z ignored.
    Drape,
    /// z (or `FeatureStyle::offset_m`) is above the terrain; negative = below.
    RelativeToGround,
    /// z is a height in the project frame.
    Absolute,
}

/// How the top of an extruded polygon is shaped: OpenStreetMap's `roof:shape`, as far as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoofShape {
    /// Level.
    Flat,
    /// Two slopes to a ridge along the longer side.
    Gabled,
    /// As gabled, with sloped ends.
    Hipped,
    /// Slopes from all sides to one point.
    Pyramidal,
    /// One slope across the shorter side.
    Skillion,
}

/// The roof of an extruded polygon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoofStyle {
    /// Its shape; a footprint that is far from a rectangle is roofed flat.
    pub shape: RoofShape,
    /// Its highest point above the eaves, meters.
    pub rise_m: f64,
    /// sRGB and alpha.
    pub color: [u8; 4],
}

/// How a feature is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureStyle {
    /// sRGB and alpha.
    pub color: [u8; 4],
    /// How z is meant.
    pub clamp: Clamp,
    /// Meters added to the terrain's (or the feature's) height; a pipe at 1.8 m depth has −1.8.
    pub offset_m: f64,
    /// Line width on the ground in meters; 0 = a thin line of constant width in pixels.
    pub width_m: f64,
    /// Diameter of the tube that stands for a line, meters; 0 = no tube.
    pub tube_m: f64,
    /// Polygons are extruded upwards by this, meters; negative digs down (excavation); 0 = flat.
    pub extrude_m: f64,
    /// The roof above an extrusion, which reaches up to its eaves; `None`: flat, in the color of the walls.
    pub roof: Option<RoofStyle>,
    /// Symbol of a point: `tree` (height `extrude_m`, crown diameter `width_m`), `pin`, or empty for a dot.
    pub symbol: String,
    /// Only the outline of a polygon is drawn (management cells), fill appears when an overlay colors it.
    pub outline_only: bool,
    /// Later layers lie over earlier ones on the ground: 0 lowest.
    pub z_order: i32,
}

/// What a raster's pixels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RasterKind {
    /// Colors.
    Orthophoto,
    /// Heights of the ground in meters (a terrain model), or heights of which nothing more is said.
    Elevation,
    /// Heights of what is seen from above in meters: roofs, crowns, and ground between them (a surface model).
    Surface,
}

impl RasterKind {
    /// Whether its pixels are heights.
    pub fn is_height(self) -> bool {
        matches!(self, Self::Elevation | Self::Surface)
    }
}

/// A raster pyramid, north up, in the project frame (meters).
///
/// Level 0 is the finest: its pixel is `gsd_m` wide; a level's pixel is twice as wide as the one before.
/// Tile (level, col, row) covers pixels from `col·tile_px` and `row·tile_px`, rows counted from the north.
/// Pixels are areas: pixel (0, 0) spans from the corner `west_north` to one `gsd_m` east and south.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RasterGrid {
    /// Colors or heights.
    pub kind: RasterKind,
    /// x of the west edge and y of the north edge of tile 0/0, meters.
    pub west_north: [f64; 2],
    /// Edge of a level-0 pixel, meters.
    pub gsd_m: f64,
    /// Size of level 0 in pixels (width, height); level n has `ceil(size / 2ⁿ)`.
    pub size_px: [u32; 2],
    /// Levels, at least 1; the last one fits in one tile.
    pub n_levels: u32,
}

impl RasterGrid {
    /// Edge of a tile in pixels. Chosen: small enough to skip nodata, large enough to compress.
    pub const TILE_PX: u32 = 256;

    /// Levels that a raster of this size needs until one tile holds it.
    pub fn levels_for(size_px: [u32; 2]) -> u32 {
        let mut n = 1;
        let mut edge = size_px[0].max(size_px[1]);
        while edge > Self::TILE_PX {
            edge = edge.div_ceil(2);
            n += 1;
        }
        n
    }

    /// Edge of a pixel of `level`, meters.
    pub fn gsd_at(&self, level: u32) -> f64 {
        self.gsd_m * f64::from(1_u32 << level.min(31))
    }

    /// Size of `level` in pixels.
    pub fn size_at(&self, level: u32) -> [u32; 2] {
        self.size_px.map(|n| n.div_ceil(1_u32 << level.min(31)).max(1))
    }

    /// Columns and rows of tiles at `level`.
    pub fn tiles_at(&self, level: u32) -> [u32; 2] {
        self.size_at(level).map(|n| n.div_ceil(Self::TILE_PX))
    }

    /// West, south, east, north of the raster, meters.
    pub fn extent(&self) -> [f64; 4] {
        let [w, n] = self.west_north;
        let [px, py] = self.size_px;
        [w, n - f64::from(py) * self.gsd_m, w + f64::from(px) * self.gsd_m, n]
    }
}

/// Which tile of a pyramid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TileCoord {
    /// 0 = finest.
    pub level: u32,
    /// From the west.
    pub col: u32,
    /// From the north.
    pub row: u32,
}
