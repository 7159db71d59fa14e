//! Shells that are upright boxes within the error, as boxes: what buildings, furniture and far trees are merged as.

use glam::{Vec2, Vec3};

use super::soup::Face;
use crate::vertex::FLAT_FACE;

/// Sides of a block as bits: −x, +x, −y, +y, −z, +z of its frame.
pub(super) const BOTTOM: u8 = 1 << 4;
/// A side is there if so much of it is: one triangle of two, less what rounding takes.
const PRESENT: f32 = 0.4;
/// Of a normal's largest component, above which the face counts as along an axis: 1.8°.
const COS_AXIS: f32 = 0.9995;
/// Of a side's area, above which faces that look inward make a hollow of the block.
const HOLLOW: f32 = 0.25;

/// How blocks are turned: the cosine and sine of the angle from east to their x axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame(pub Vec2);

impl Frame {
    pub(super) fn into_frame(self, p: Vec3) -> Vec3 {
        let Vec2 { x: cos, y: sin } = self.0;
        Vec3::new(p.x * cos + p.y * sin, p.y * cos - p.x * sin, p.z)
    }

    fn out_of_frame(self, p: Vec3) -> Vec3 {
        let Vec2 { x: cos, y: sin } = self.0;
        Vec3::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos, p.z)
    }
}

/// What a block is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The sides that are there.
    Box,
    /// Four sloping sides: what is smaller than a pixel needs no more.
    Spike,
}

/// An upright box, some of whose sides are there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    /// Number of the frame.
    pub frame: usize,
    pub low: Vec3,
    pub high: Vec3,
    /// Bits of the sides that are there, see [`BOTTOM`].
    pub sides: u8,
    /// Part of the largest member.
    pub part: u32,
    /// Surface of that member, m².
    pub part_m2: f32,
    pub single_sided: bool,
    /// Darkest and brightest of each color channel among its members, 0 to 255.
    pub color: [Vec3; 2],
    /// Color times area, and area in m², of the blocks that it took in.
    pub taken: (Vec3, f32),
    /// How far its sides are from its members' sides at most, meters.
    pub moved_m: f32,
    pub shape: Shape,
    /// Its number among the shells while it stands for that shell alone.
    pub shell: Option<usize>,
}

impl Block {
    pub(super) fn size(&self) -> Vec3 {
        self.high - self.low
    }

    /// Surface of a box of this size, m².
    pub(super) fn surface_m2(&self) -> f32 {
        let s = self.size();
        2.0 * (s.x * s.y + s.y * s.z + s.z * s.x)
    }

    /// Between its members' colors.
    pub(super) fn mean_color(&self) -> Vec3 {
        (self.color[0] + self.color[1]) / 2.0
    }

    /// How far apart its members' colors are, in the channel where most.
    pub(super) fn color_span(&self) -> f32 {
        (self.color[1] - self.color[0]).max_element()
    }

    /// As [`Block::mean_color`], mixed by area with what it took in.
    pub(super) fn drawn_color(&self) -> Vec3 {
        let own_m2 = self.surface_m2().max(f32::MIN_POSITIVE);
        (self.mean_color() * own_m2 + self.taken.0) / (own_m2 + self.taken.1)
    }
}

/// The angle of a shell's walls, or of the edges of its flat faces, from east, in [0, π/2); `None` for round things.
pub(super) fn yaw(faces: &[Face]) -> Option<f32> {
    let largest = |a: &(f32, Vec2), b: &(f32, Vec2)| a.0.total_cmp(&b.0);
    let walls = faces.iter().filter_map(|f| {
        let n = f.cross();
        (n.z.abs() < 0.1 * n.length()).then(|| (n.length(), n.truncate()))
    });
    let right_angles = || {
        faces.iter().flat_map(|f| {
            let [a, b, c] = f.p;
            [(a, b, c), (b, c, a), (c, a, b)].into_iter().filter_map(|(at, p, q)| {
                let (u, v) = (p - at, q - at);
                let is_right = u.dot(v).abs() < 0.01 * u.length() * v.length();
                (is_right && u.z.abs() < 0.1 * u.length()).then(|| (u.length(), u.truncate()))
            })
        })
    };
    let (_, along) = walls.max_by(largest).or_else(|| right_angles().max_by(largest))?;
    let quarter = std::f32::consts::FRAC_PI_2;
    let angle = along.y.atan2(along.x).rem_euclid(quarter);
    Some(if angle >= quarter { 0.0 } else { angle })
}

/// Where the faces of a shell lie relative to the box around them.
struct Sides {
    /// Area on each of the six sides that looks outward and inward, m².
    outward: [f32; 6],
    inward: [f32; 6],
    /// All faces are along an axis.
    aligned: bool,
    /// The farthest corner from any corner of the box, along an axis, meters.
    off_corner_m: f32,
    /// The farthest corner or middle of a face from the box's surface, meters.
    off_surface_m: f32,
}

/// The upright box around a shell in a frame, if the shell is within `tolerance_m` of it.
///
/// Its color: red, green, blue, and how far its members are off, 0 to 255. The block's `shell` is not set.
pub(super) fn fit(
    faces: &[Face],
    (number, frame): (usize, Frame),
    (color, off): (Vec3, f32),
    tolerance_m: f32,
) -> Option<Block> {
    let first = faces.first()?;
    let turned = || faces.iter().map(|f| f.p.map(|p| frame.into_frame(p)));
    let (low, high) =
        turned().flatten().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
    let size = high - low;
    let sides = Sides::of(turned(), low, high);
    let area = |k: usize| match k / 2 {
        0 => size.y * size.z,
        1 => size.x * size.z,
        _ => size.x * size.y,
    };
    let around = |k: usize| match k / 2 {
        0 => size.y + size.z,
        1 => size.x + size.z,
        _ => size.x + size.y,
    };
    let single_sided = faces.iter().all(|f| f.single_sided);
    let is_small = size.max_element() <= 2.0 * tolerance_m;
    let mut there: u8 = 0;
    let mut is_box = sides.off_surface_m <= tolerance_m;
    let mut is_half = false;
    for (k, (outward, inward)) in sides.outward.iter().zip(sides.inward).enumerate() {
        let area = area(k);
        let present = if single_sided { *outward } else { outward + inward };
        if present <= PRESENT * area.min(tolerance_m * tolerance_m) || present <= 0.0 {
            continue;
        }
        there |= 1 << k;
        let full = area - present <= tolerance_m * around(k) / 2.0;
        let half = sides.aligned && sides.off_corner_m <= tolerance_m && present >= PRESENT * area;
        is_box &= full || half;
        is_half |= !full;
        is_box &= !(single_sided && inward > HOLLOW * area);
    }
    let block = Block {
        frame: number,
        low,
        high,
        sides: there,
        part: first.part,
        part_m2: 0.0,
        single_sided,
        color: [color - off, color + off],
        taken: (Vec3::ZERO, 0.0),
        moved_m: 0.0,
        shape: Shape::Box,
        shell: None,
    };
    // A single triangle is no half of a rectangle, but two sides, of which one is a half, are of a box.
    is_box &= !is_half || there.count_ones() > 1;
    let part_m2 = block.surface_m2();
    (there != 0 && (is_box || is_small)).then_some(Block { part_m2, ..block })
}

impl Sides {
    fn of(faces: impl Iterator<Item = [Vec3; 3]>, low: Vec3, high: Vec3) -> Sides {
        let mut out = Sides {
            outward: [0.0; 6],
            inward: [0.0; 6],
            aligned: true,
            off_corner_m: 0.0,
            off_surface_m: 0.0,
        };
        let center = (low + high) / 2.0;
        for [a, b, c] in faces {
            let n = (b - a).cross(c - a);
            let middle = (a + b + c) / 3.0;
            let axis = if n.x.abs() >= n.y.abs().max(n.z.abs()) {
                0
            } else if n.y.abs() >= n.z.abs() {
                1
            } else {
                2
            };
            let along = n[axis];
            out.aligned &= along.abs() >= COS_AXIS * n.length();
            let is_flat = high[axis] - low[axis] <= f32::EPSILON * high[axis].abs();
            let is_high = if is_flat { along > 0.0 } else { middle[axis] > center[axis] };
            let side = 2 * axis + usize::from(is_high);
            let areas = if is_high == (along > 0.0) { &mut out.outward } else { &mut out.inward };
            if let Some(area) = areas.get_mut(side) {
                *area += along.abs() / 2.0;
            }
            for p in [a, b, c] {
                let off = (p - low).abs().min((high - p).abs());
                out.off_corner_m = out.off_corner_m.max(off.max_element());
                out.off_surface_m = out.off_surface_m.max(off.min_element());
            }
            let off = (middle - low).abs().min((high - middle).abs());
            out.off_surface_m = out.off_surface_m.max(off.min_element());
        }
        out
    }
}

/// The triangles of a block.
pub(super) fn draw(block: &Block, frame: Frame, part: u32, out: &mut Vec<Face>) {
    /// Corners of the sides, counter-clockwise from outside; bit 0 of a corner is x, 1 is y, 2 is z.
    const QUADS: [[u8; 4]; 6] =
        [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
    let at = |corner: u8| {
        let pick = |axis: usize| if corner >> axis & 1 == 1 { block.high[axis] } else { block.low[axis] };
        frame.out_of_frame(Vec3::new(pick(0), pick(1), pick(2)))
    };
    let mut push = |p: [Vec3; 3]| {
        let face = Face { p, part, single_sided: block.single_sided, normals: FLAT_FACE };
        if face.cross() != Vec3::ZERO {
            out.push(face);
        }
    };
    if block.shape == Shape::Spike {
        let tip = frame.out_of_frame(((block.low + block.high) / 2.0).with_z(block.high.z));
        for [a, b] in [[0, 1], [1, 3], [3, 2], [2, 0]] {
            push([at(a), at(b), tip]);
        }
        return;
    }
    for (k, [a, b, c, d]) in QUADS.into_iter().enumerate() {
        if block.sides >> k & 1 == 1 {
            push([at(a), at(b), at(c)]);
            push([at(a), at(c), at(d)]);
        }
    }
}
