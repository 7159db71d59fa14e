//! Positions and frames: f64 in the project frame, f32 only relative to a tile.

use std::fmt;

use glam::{DVec3, Vec3};
use serde::{Deserialize, Serialize};

/// The district's own frame: which CRS, which heights.
///
/// World coordinates are meters: easting, northing and height. Where the CRS counts in another unit,
/// `meters_per_unit` converts what people type and read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectFrame {
    /// `EPSG:n`, or WKT where there is no code. Always projected, always easting first.
    pub crs: String,
    /// Vertical CRS (`EPSG:5737`), or a name of the heights' datum; `None` where nobody said.
    pub height_crs: Option<String>,
    /// Length of one CRS unit in meters: 1 for a metric CRS, 0.3048006… for US survey feet.
    pub meters_per_unit: f64,
    /// IANA name: `Asia/Shanghai`.
    pub time_zone: String,
}

impl ProjectFrame {
    /// World meters from coordinates as people write them (x, y in CRS units, height in meters).
    pub fn world_from_crs(&self, xyz: [f64; 3]) -> WorldPoint {
        WorldPoint::new(xyz[0] * self.meters_per_unit, xyz[1] * self.meters_per_unit, xyz[2])
    }

    /// Coordinates as people read them (x, y in CRS units, height in meters) from world meters.
    pub fn crs_from_world(&self, p: WorldPoint) -> [f64; 3] {
        [p.0.x / self.meters_per_unit, p.0.y / self.meters_per_unit, p.0.z]
    }
}

/// A position in the project frame: meters, f64, right-handed, Z up.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct WorldPoint(pub DVec3);

impl WorldPoint {
    /// Easting, northing, height, in meters.
    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self(DVec3::new(x, y, z))
    }
}

/// A position relative to one tile's origin: meters, f32. Made only by [`TileFrame::narrow`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TilePoint(Vec3);

impl TilePoint {
    /// The components, for a vertex buffer.
    pub fn get(self) -> Vec3 {
        self.0
    }
}

/// Where a tile's origin lies in the world.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TileFrame {
    /// The origin, in the project frame.
    pub origin_in_world: WorldPoint,
}

impl TileFrame {
    /// Largest distance from the origin on one axis, in meters. Chosen: f32 steps are 2⁻¹² m just below it.
    pub const REACH_M: f64 = 4096.0;

    /// A frame with its origin at `p`.
    pub fn around(p: WorldPoint) -> Self {
        Self { origin_in_world: p }
    }

    /// Narrows a world position to this tile: the one place where f64 becomes f32.
    ///
    /// Rounds by at most 2⁻¹³ m (0.12 mm) per axis.
    ///
    /// # Errors
    /// [`OutsideTile`] if the point lies 4096 m or more away on an axis, or is not finite.
    pub fn narrow(&self, p: WorldPoint) -> Result<TilePoint, OutsideTile> {
        let d = p.0 - self.origin_in_world.0;
        if d.is_finite() && d.abs().max_element() < Self::REACH_M {
            Ok(TilePoint(d.as_vec3()))
        } else {
            Err(OutsideTile { point: p, origin: self.origin_in_world })
        }
    }

    /// The world position of a tile point; exact.
    pub fn widen(&self, p: Vec3) -> WorldPoint {
        WorldPoint(self.origin_in_world.0 + p.as_dvec3())
    }
}

/// A point cannot be expressed relative to a tile.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the point lies outside its tile's reach\npoint: {point:?}\norigin: {origin:?}")]
pub struct OutsideTile {
    /// The point, in the project frame.
    pub point: WorldPoint,
    /// The tile's origin, in the project frame.
    pub origin: WorldPoint,
}

/// An axis-aligned box. Empty when `min > max` on an axis, which is how [`Bounds::EMPTY`] starts.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Smallest corner, in meters.
    pub min: DVec3,
    /// Largest corner, in meters.
    pub max: DVec3,
}

impl Bounds {
    /// Holds nothing; the neutral element of [`Bounds::union`].
    pub const EMPTY: Self = Self { min: DVec3::INFINITY, max: DVec3::NEG_INFINITY };

    /// A box from its corners.
    pub const fn new(min: DVec3, max: DVec3) -> Self {
        Self { min, max }
    }

    /// From xmin, ymin, zmin, xmax, ymax, zmax.
    pub fn from_array(a: [f64; 6]) -> Self {
        Self { min: DVec3::new(a[0], a[1], a[2]), max: DVec3::new(a[3], a[4], a[5]) }
    }

    /// As xmin, ymin, zmin, xmax, ymax, zmax.
    pub fn to_array(self) -> [f64; 6] {
        [self.min.x, self.min.y, self.min.z, self.max.x, self.max.y, self.max.z]
    }

    /// Whether it holds nothing (also when a component is NaN).
    pub fn is_empty(&self) -> bool {
        !(self.min.x <= self.max.x && self.min.y <= self.max.y && self.min.z <= self.max.z)
    }

    /// Grows to hold `p`. A point that is not finite is left out.
    pub fn add(&mut self, p: DVec3) {
        if p.is_finite() {
            self.min = self.min.min(p);
            self.max = self.max.max(p);
        }
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(self, o: Self) -> Self {
        Self { min: self.min.min(o.min), max: self.max.max(o.max) }
    }

    /// Whether the boxes share at least a point (touching counts).
    pub fn intersects(&self, o: &Self) -> bool {
        self.min.cmple(o.max).all() && o.min.cmple(self.max).all()
    }

    /// The middle; meaningless for an empty box.
    pub fn center(&self) -> DVec3 {
        (self.min + self.max) * 0.5
    }

    /// Edge lengths in meters.
    pub fn size(&self) -> DVec3 {
        self.max - self.min
    }

    /// Distance from `p` to the nearest point of the box, in meters; 0 inside; infinite for an empty box.
    pub fn distance(&self, p: DVec3) -> f64 {
        if self.is_empty() {
            return f64::INFINITY;
        }
        (self.min - p).max(p - self.max).max(DVec3::ZERO).length()
    }
}

impl fmt::Debug for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} … {}]", self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_millimeter_at_project_coordinates_survives_narrowing() {
        let frame = TileFrame::around(WorldPoint::new(500_123.0, 4_400_789.0, 30.0));
        let a = frame.narrow(WorldPoint::new(500_130.000, 4_400_790.0, 31.0)).unwrap();
        let b = frame.narrow(WorldPoint::new(500_130.001, 4_400_790.0, 31.0)).unwrap();
        assert!(((b.get().x - a.get().x) - 0.001).abs() < 2e-6);
    }

    #[test]
    fn a_point_beyond_reach_or_not_finite_is_refused() {
        let frame = TileFrame::around(WorldPoint::new(0.0, 0.0, 0.0));
        assert!(frame.narrow(WorldPoint::new(4096.0, 0.0, 0.0)).is_err());
        assert!(frame.narrow(WorldPoint::new(f64::NAN, 0.0, 0.0)).is_err());
    }

    #[test]
    fn an_empty_box_touches_nothing_and_takes_the_first_point() {
        let mut b = Bounds::EMPTY;
        assert!(b.is_empty() && !b.intersects(&Bounds::new(DVec3::splat(-1e9), DVec3::splat(1e9))));
        b.add(DVec3::new(f64::NAN, 0.0, 0.0));
        assert!(b.is_empty());
        b.add(DVec3::ONE);
        assert_eq!((b.min, b.max), (DVec3::ONE, DVec3::ONE));
    }
}
