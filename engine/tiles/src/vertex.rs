//! What a mesh tile's buffers hold: vertices, line segments, and normals packed into four bytes.

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

/// One vertex, 24 bytes. Mirrors `Vertex` in `shaders/common`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Vertex {
    /// Relative to the tile's origin, meters.
    pub position: [f32; 3],
    /// Unit normal, see [`pack_normal`].
    pub normal: u32,
    /// Material color, sRGB, red lowest, straight alpha in the top byte; alpha 0 is drawn only when styled.
    pub rgba: u32,
    /// The object's number within its source.
    pub object: u32,
}
const _: () = assert!(size_of::<Vertex>() == 24 && align_of::<Vertex>() == 4);

/// A line segment of constant width in pixels, 32 bytes. Mirrors `Segment` in `shaders/common`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Segment {
    /// Start, relative to the tile's origin, meters.
    pub a: [f32; 3],
    /// End, relative to the tile's origin, meters.
    pub b: [f32; 3],
    /// Material color, sRGB, red lowest, straight alpha in the top byte.
    pub rgba: u32,
    /// The object's number within its source.
    pub object: u32,
}
const _: () = assert!(size_of::<Segment>() == 32 && align_of::<Segment>() == 4);

/// Packs a direction as octahedral coordinates: two i16 snorm, x in the low half.
///
/// A vector without direction (zero, not finite) becomes straight up. Error of a round trip: below 0.01°.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to ±32767 before the cast"
)]
pub fn pack_normal(n: Vec3) -> u32 {
    let n = n.try_normalize().unwrap_or(Vec3::Z);
    let l1 = n.x.abs() + n.y.abs() + n.z.abs();
    let (mut x, mut y) = (n.x / l1, n.y / l1);
    if n.z < 0.0 {
        (x, y) = ((1.0 - y.abs()).copysign(x), (1.0 - x.abs()).copysign(y));
    }
    let snorm = |v: f32| u32::from((v.clamp(-1.0, 1.0) * 32767.0).round() as i16 as u16);
    snorm(x) | snorm(y) << 16
}

/// The direction that [`pack_normal`] packed; unit length for any input.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the halves of a u32 are taken as i16"
)]
pub fn unpack_normal(packed: u32) -> Vec3 {
    let half = |v: u32| (f32::from(v as u16 as i16) / 32767.0).max(-1.0);
    let (x, y) = (half(packed), half(packed >> 16));
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
            let back = unpack_normal(pack_normal(n));
            assert!(n.angle_between(back) < 5e-4, "{n} {back}");
        }
        for n in [Vec3::X, Vec3::Y, Vec3::Z, -Vec3::X, -Vec3::Y, -Vec3::Z] {
            assert!((unpack_normal(pack_normal(n)) - n).length() < 1e-4);
        }
        assert_eq!(unpack_normal(pack_normal(Vec3::NAN)), Vec3::Z);
    }
}
