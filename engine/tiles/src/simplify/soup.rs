//! Triangles of many objects as they come and go, and as the steps between work on them.

use glam::Vec3;

use super::threads::Thread;
use crate::vertex::FLAT_FACE;

/// Coordinates beyond this are errors of the file: cells are a few kilometers across.
const FARTHEST_M: f32 = 1e6;

/// Triangles of many objects: f32 meters relative to one origin, a few kilometers across at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Soup {
    /// Meters relative to the origin.
    pub positions: Vec<[f32; 3]>,
    /// Corners as indices into `positions`, counter-clockwise from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Per triangle: index of its object and color. Triangles without an entry are dropped.
    pub part: Vec<u32>,
    /// Per triangle: of a closed surface wound outward, so that its back is never seen.
    pub single_sided: Vec<bool>,
    /// Per triangle: packed octahedral normals of the corners, [`crate::vertex::FLAT_NORMAL`] for flat faces. `None`: all flat.
    pub normals: Option<Vec<[u16; 3]>>,
    /// Lines in the place of long thin shapes.
    pub threads: Vec<Thread>,
    /// Lines along shapes that are among the triangles, for where those are thinner than a pixel. Not simplified further.
    pub faint: Vec<Thread>,
    /// Parts that merging made: number `n` of them is part `part_colors.len() + n`, see [`super::coarsen`].
    pub mixed: Vec<Mixed>,
}

/// A part that stands for several of similar color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mixed {
    /// The largest member, one of those that have a color of their own: whose object it is.
    pub part: u32,
    /// sRGB with red lowest and straight alpha on top.
    pub rgba: u32,
    /// How far a channel of a member's color is from that at most, 0 to 255.
    pub off: u8,
}

impl Soup {
    /// What drawing it costs, in triangles.
    pub(crate) fn n_drawn(&self) -> usize {
        self.triangles.len() + 2 * self.threads.len()
    }
}

/// One triangle with everything it needs: what the steps of the simplification hand on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    /// Corners, meters, finite.
    pub p: [Vec3; 3],
    /// Index of object and color.
    pub part: u32,
    pub single_sided: bool,
    /// Packed normals of the corners.
    pub normals: [u16; 3],
}

impl Face {
    /// Twice the area as a vector along the normal.
    pub(super) fn cross(&self) -> Vec3 {
        let [a, b, c] = self.p;
        (b - a).cross(c - a)
    }
}

/// The usable triangles of a soup, in its order.
///
/// Dropped: triangles with missing, not finite or absurdly far corners, without a part, or with two corners at one place.
pub(super) fn faces(soup: &Soup) -> Vec<Face> {
    let is_near = |p: &Vec3| p.is_finite() && p.abs().max_element() <= FARTHEST_M;
    let point = |i: u32| soup.positions.get(i as usize).map(|&p| Vec3::from(p)).filter(is_near);
    (0..soup.triangles.len())
        .filter_map(|i| {
            let &[a, b, c] = soup.triangles.get(i)?;
            let p = [point(a)?, point(b)?, point(c)?];
            let normals = match &soup.normals {
                Some(all) => *all.get(i)?,
                None => FLAT_FACE,
            };
            let face =
                Face { p, part: *soup.part.get(i)?, single_sided: *soup.single_sided.get(i)?, normals };
            (p[0] != p[1] && p[1] != p[2] && p[2] != p[0]).then_some(face)
        })
        .collect()
}
