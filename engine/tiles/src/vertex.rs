//! What a mesh tile's buffers hold: vertices of twelve bytes, parts, instances, lines and points.

use bytemuck::{Pod, Zeroable};
use glam::{DVec3, Mat4, Vec3, Vec4};

/// One vertex, 12 bytes. Mirrors `Vertex` in `shaders/common/vertex.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
pub struct Vertex {
    /// Steps of the instance's matrix: 1 mm each in a cluster of finest detail.
    pub position: [u16; 3],
    /// Unit normal, see [`pack_normal`], or [`FLAT_NORMAL`]. In clusters with flat faces: that of the triangles which
    /// begin with this vertex.
    pub normal: u16,
    /// Index into the tile's parts, to which the instance's `first_part` is added.
    pub part: u32,
}
const _: () = assert!(size_of::<Vertex>() == 12 && align_of::<Vertex>() == 4);

/// One color of one object: what a vertex's `part` names. 8 bytes; mirrors `Part` in `shaders/common/vertex.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
pub struct Part {
    /// The object's number within its source.
    pub object: u32,
    /// Material color, sRGB, red lowest, straight alpha in the top byte; alpha 0 is drawn only when styled.
    pub rgba: u32,
}
const _: () = assert!(size_of::<Part>() == 8 && align_of::<Part>() == 4);

/// Where a cluster is drawn once, 52 bytes. Mirrors `Instance` in `shaders/common/vertex.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Instance {
    /// Rows of a 3 × 4 matrix: meters relative to the tile's origin from the steps of a vertex.
    pub rows: [[f32; 4]; 3],
    /// Added to a vertex's `part`.
    pub first_part: u32,
}
const _: () = assert!(size_of::<Instance>() == 52 && align_of::<Instance>() == 4);

impl Instance {
    /// An instance that only scales by `step_m` and moves to `at_m`, meters relative to the tile's origin.
    pub fn at(step_m: f32, at_m: Vec3) -> Self {
        let row = |axis: usize| {
            let mut row = [0.0; 4];
            for (k, v) in row.iter_mut().enumerate() {
                *v = if k == axis {
                    step_m
                } else if k == 3 {
                    at_m.to_array().get(axis).copied().unwrap_or(0.0)
                } else {
                    0.0
                };
            }
            row
        };
        Self { rows: [row(0), row(1), row(2)], first_part: 0 }
    }

    /// An instance of a matrix that takes steps to meters relative to the tile's origin; its last row is ignored.
    pub fn from_matrix(m: Mat4, first_part: u32) -> Self {
        Self { rows: [m.row(0), m.row(1), m.row(2)].map(|r| r.to_array()), first_part }
    }

    /// The matrix: meters relative to the tile's origin from steps.
    pub fn matrix(&self) -> Mat4 {
        let [a, b, c] = self.rows.map(Vec4::from_array);
        Mat4::from_cols(a, b, c, Vec4::W).transpose()
    }

    /// Meters relative to the tile's origin of a vertex, as the GPU computes it but in f64.
    pub fn place(&self, position: [u16; 3]) -> DVec3 {
        let p = DVec3::from_array(position.map(f64::from)).extend(1.0);
        DVec3::from_array(self.rows.map(|r| Vec4::from_array(r).as_dvec4().dot(p)))
    }

    /// Whether it turns left hands into right ones: what was counterclockwise then is clockwise.
    pub fn is_mirrored(&self) -> bool {
        self.matrix().determinant() < 0.0
    }
}

/// A line segment, 32 bytes. Mirrors `Segment` in `shaders/common/segment.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Segment {
    /// Start, relative to the tile's origin, meters.
    pub a: [f32; 3],
    /// End, relative to the tile's origin, meters.
    pub b: [f32; 3],
    /// Index into the tile's parts, see [`Segment::part_ix`], and the bits [`Segment::SHAPE`] and [`Segment::FAINT`].
    pub part: u32,
    /// Width: pixels (at UI scale 1) if positive, meters if negative.
    pub width: f32,
}

impl Segment {
    /// Bit of `part`: the line lies along the middle of a shape of its width in meters, and is as strong as that is wide.
    pub const SHAPE: u32 = 1 << 30;
    /// Bit of `part`, besides [`Segment::SHAPE`]: the shape's triangles are in the tile, too, and the line is drawn where
    /// they are thinner than a pixel.
    pub const FAINT: u32 = 1 << 31;

    /// Index into the tile's parts.
    pub fn part_ix(&self) -> u32 {
        self.part & !(Self::SHAPE | Self::FAINT)
    }

    /// Whether it is drawn only where its width, meters, is less than a pixel.
    pub fn is_faint(&self) -> bool {
        self.part & Self::FAINT != 0
    }
}
const _: () = assert!(size_of::<Segment>() == 32 && align_of::<Segment>() == 4);

/// A point, 20 bytes. Mirrors `Point` in `shaders/common/point.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Point {
    /// Relative to the tile's origin, meters.
    pub at: [f32; 3],
    /// Index into the tile's parts.
    pub part: u32,
    /// Diameter: pixels (at UI scale 1) if positive, meters if negative.
    pub size: f32,
}
const _: () = assert!(size_of::<Point>() == 20 && align_of::<Point>() == 4);

/// In the place of a normal: the face is flat, and its normal follows from its corners. No direction packs to it.
pub const FLAT_NORMAL: u16 = 0x8080;
/// Normals of the corners of a face without own ones.
pub(crate) const FLAT_FACE: [u16; 3] = [FLAT_NORMAL; 3];

/// Packs a direction as octahedral coordinates: two i8 snorm, x in the low byte.
///
/// A vector without direction (zero, not finite) becomes straight up. Error of a round trip: below 1°.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to ±127 before the cast"
)]
pub fn pack_normal(n: Vec3) -> u16 {
    let n = n.try_normalize().unwrap_or(Vec3::Z);
    let l1 = n.x.abs() + n.y.abs() + n.z.abs();
    let (mut x, mut y) = (n.x / l1, n.y / l1);
    if n.z < 0.0 {
        (x, y) = ((1.0 - y.abs()).copysign(x), (1.0 - x.abs()).copysign(y));
    }
    let snorm = |v: f32| u16::from((v.clamp(-1.0, 1.0) * 127.0).round() as i8 as u8);
    snorm(x) | snorm(y) << 8
}

/// The direction that [`pack_normal`] packed; unit length for any input.
#[expect(clippy::cast_possible_wrap, reason = "the bytes of a u16 are taken as i8")]
pub fn unpack_normal(packed: u16) -> Vec3 {
    let [x, y] = packed.to_le_bytes().map(|b| (f32::from(b as i8) / 127.0).max(-1.0));
    let z = 1.0 - x.abs() - y.abs();
    let t = (-z).max(0.0);
    Vec3::new(x - t.copysign(x), y - t.copysign(y), z).try_normalize().unwrap_or(Vec3::Z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_normal_points_the_same_way() {
        for i in 0..2000_u16 {
            let (u, v) = (f32::from(i) * 0.617, f32::from(i) * 0.173);
            let n = Vec3::new(u.sin() * v.cos(), u.cos() * v.cos(), v.sin());
            let packed = pack_normal(n);
            assert!(packed != FLAT_NORMAL);
            assert!(n.angle_between(unpack_normal(packed)) < 0.0175, "{n}");
        }
        for n in [Vec3::X, Vec3::Y, Vec3::Z, -Vec3::X, -Vec3::Y, -Vec3::Z] {
            assert!((unpack_normal(pack_normal(n)) - n).length() < 1e-4);
        }
        assert_eq!(unpack_normal(pack_normal(Vec3::NAN)), Vec3::Z);
    }

    #[test]
    fn an_instance_keeps_its_matrix() {
        let m = Mat4::from_scale_rotation_translation(
            Vec3::new(1.0, 2.0, -0.5),
            glam::Quat::from_rotation_z(0.7),
            Vec3::new(3.0, -4.0, 5.0),
        );
        let instance = Instance::from_matrix(m, 7);
        assert_eq!(instance.matrix(), m);
        assert!(instance.is_mirrored() && !Instance::at(0.001, Vec3::ONE).is_mirrored());
        let there = m.transform_point3(Vec3::new(10.0, 20.0, 30.0)).as_dvec3();
        assert!((instance.place([10, 20, 30]) - there).length() < 1e-4);
        assert!(
            (Instance::at(0.001, Vec3::ONE).place([1000, 0, 500]) - DVec3::new(2.0, 1.0, 1.5)).length()
                < 1e-6
        );
    }
}
