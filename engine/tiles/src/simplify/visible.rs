//! What can be seen from outside: triangles drawn from many directions into buffers of depth and number.

use glam::{Vec2, Vec3};
use rayon::prelude::*;

use super::soup::Face;

/// Pixels along the longer edge of a direction's buffer: 2 MiB each, which stays in a core's cache. Larger cells get
/// coarser pixels.
const MAX_SIDE_PX: f32 = 512.0;
/// A face on at most so many pixel centers is also compared with a tolerance: its fate must not hang on samples.
const FEW_PX: u32 = 4;
/// Number of no triangle.
pub(super) const EMPTY: u32 = u32::MAX;

/// Of a pixel, how far behind others a small face still counts as in front of them where that is asked strictly.
const STRICT: f32 = 0.05;
/// Of a direction's height, below which it looks from above: 30°.
const FROM_ABOVE: f32 = -0.5;

/// Which faces are seen.
pub(super) struct Seen {
    /// In any direction.
    pub(super) at_all: Vec<bool>,
    /// From high above, as good as in front of everything: what lies under something and is seen from the side is not.
    pub(super) from_above: Vec<bool>,
}

/// Marks the faces that are seen from outside in any of 16 directions, at pixels of `pixel_m`.
///
/// Faces that are not `solid` (transparent) hide nothing and always count as seen.
/// Also returns the coarsest pixel that was used, meters: at least `pixel_m`.
pub(super) fn visible_faces(faces: &[Face], solid: &[bool], pixel_m: f32) -> (Seen, f32) {
    let directions = directions();
    let views: Vec<([Vec<bool>; 2], f32)> =
        directions.par_iter().map(|&toward| seen_from(faces, solid, toward, pixel_m)).collect();
    let clear: Vec<bool> = solid.iter().map(|s| !s).collect();
    let mut seen = Seen { at_all: clear.clone(), from_above: clear };
    let mut coarsest = pixel_m;
    for (([about, strictly], pixel), toward) in views.iter().zip(&directions) {
        seen.at_all.iter_mut().zip(about).for_each(|(all, one)| *all |= one);
        if toward.z < FROM_ABOVE {
            seen.from_above.iter_mut().zip(strictly).for_each(|(all, one)| *all |= one);
        }
        coarsest = coarsest.max(*pixel);
    }
    (seen, coarsest)
}

/// Directions of sight: six around at two heights, straight down, and three from below.
fn directions() -> Vec<Vec3> {
    /// Elevation of the eye in degrees, number of azimuths: near the street, as in an oblique view, from below.
    const RINGS: [(f32, u16); 3] = [(10.0, 6), (40.0, 6), (-30.0, 3)];
    // No azimuth is along an axis: walls along the axes would be seen edge-on.
    const FIRST_AZIMUTH_DEG: f32 = 17.0;
    let mut out = vec![Vec3::NEG_Z];
    for (elevation, n) in RINGS {
        let (up, out_by) = elevation.to_radians().sin_cos();
        out.extend((0..n).map(|i| {
            let azimuth = (FIRST_AZIMUTH_DEG + 360.0 * f32::from(i) / f32::from(n)).to_radians();
            Vec3::new(-azimuth.cos() * out_by, -azimuth.sin() * out_by, -up)
        }));
    }
    out
}

/// A picture without perspective: for each pixel the nearest face's depth and number.
pub(super) struct Raster {
    right: Vec3,
    down: Vec3,
    toward: Vec3,
    /// Of the first pixel's corner, along `right` and `down`, meters.
    corner: Vec2,
    px_per_m: f32,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Depth of each pixel's nearest face, meters; infinite where there is none.
    depths: Vec<f32>,
    /// Its number, or [`EMPTY`]. Of faces at one depth the one that was drawn first stays.
    pub(super) numbers: Vec<u32>,
}

/// A corner in the raster: x and y in pixels, z the depth in meters.
type Corners = [Vec3; 3];

/// Which faces are seen up to a pixel, and up to [`STRICT`] of it; the pixel.
fn seen_from(faces: &[Face], solid: &[bool], toward: Vec3, pixel_m: f32) -> ([Vec<bool>; 2], f32) {
    let mut seen = vec![false; faces.len()];
    let Some(mut raster) = Raster::over(faces, toward, pixel_m) else {
        return ([seen.clone(), seen], pixel_m);
    };
    let mut few: Vec<(usize, Corners)> = Vec::new();
    for (ix, (face, &solid)) in faces.iter().zip(solid).enumerate() {
        if !solid || (face.single_sided && face.cross().dot(toward) >= 0.0) {
            continue;
        }
        let corners = face.p.map(|p| raster.project(p));
        if raster.draw(&corners, u32::try_from(ix).unwrap_or(u32::MAX)) <= FEW_PX {
            few.push((ix, corners));
        }
    }
    for &number in &raster.numbers {
        if let Some(seen) = seen.get_mut(number as usize) {
            *seen = true;
        }
    }
    let pixel_m = raster.px_per_m.recip();
    let mut strictly = seen.clone();
    for (ix, corners) in few {
        let behind_m = raster.behind_m(&corners);
        for (seen, tolerance_m) in [(&mut seen, pixel_m), (&mut strictly, STRICT * pixel_m)] {
            if let Some(seen) = seen.get_mut(ix) {
                *seen |= behind_m <= tolerance_m;
            }
        }
    }
    ([seen, strictly], pixel_m)
}

impl Raster {
    /// An empty picture that holds all faces; `None` if there are none or they have no finite size.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1026 pixels a side")]
    pub(super) fn over(faces: &[Face], toward: Vec3, pixel_m: f32) -> Option<Raster> {
        let (right, down) = toward.any_orthonormal_pair();
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for p in faces.iter().flat_map(|f| f.p) {
            let at = Vec2::new(p.dot(right), p.dot(down));
            (low, high) = (low.min(at), high.max(at));
        }
        let size = (high - low).max_element();
        if !size.is_finite() {
            return None;
        }
        let pixel_m = pixel_m.max(size / MAX_SIDE_PX).max(f32::MIN_POSITIVE);
        let side = |m: f32| (m / pixel_m).ceil().clamp(0.0, MAX_SIDE_PX) as usize + 2;
        let (width, height) = (side(high.x - low.x), side(high.y - low.y));
        Some(Raster {
            right,
            down,
            toward,
            corner: low - pixel_m,
            px_per_m: pixel_m.recip(),
            width,
            height,
            depths: vec![f32::INFINITY; width * height],
            numbers: vec![EMPTY; width * height],
        })
    }

    pub(super) fn project(&self, p: Vec3) -> Vec3 {
        let at = (Vec2::new(p.dot(self.right), p.dot(self.down)) - self.corner) * self.px_per_m;
        at.extend(p.dot(self.toward))
    }

    /// Draws a triangle at the pixel centers within it. Returns how many those are.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the picture before the cast"
    )]
    pub(super) fn draw(&mut self, corners: &Corners, number: u32) -> u32 {
        let [a, b, c] = *corners;
        let (u, v) = (b - a, c - a);
        let area = u.x * v.y - u.y * v.x;
        if !area.is_normal() {
            return 0;
        }
        let slope = Vec2::new(u.z * v.y - v.z * u.y, u.x * v.z - v.x * u.z) / area;
        let (near, far) = (a.z.min(b.z).min(c.z), a.z.max(b.z).max(c.z));
        // A pixel is covered from its center on: adding a half and cutting off gives the first center at or after.
        let row = |y: f32| (y + 0.5).clamp(0.0, self.height as f32) as usize;
        let first = row(a.y.min(b.y).min(c.y));
        let end = row(a.y.max(b.y).max(c.y));
        let mut n = 0;
        for y in first..end {
            let center = y as f32 + 0.5;
            let (mut left, mut right) = (f32::INFINITY, f32::NEG_INFINITY);
            for (p, q) in [(a, b), (b, c), (c, a)] {
                if (p.y.min(q.y)..p.y.max(q.y)).contains(&center) {
                    let x = p.x + (q.x - p.x) * ((center - p.y) / (q.y - p.y));
                    (left, right) = (left.min(x), right.max(x));
                }
            }
            let column = |x: f32| (x + 0.5).clamp(0.0, self.width as f32) as usize;
            let (start, stop) = (column(left), column(right));
            let line = y * self.width;
            let span = line + start..line + stop.max(start);
            let depths = self.depths.get_mut(span.clone()).unwrap_or_default();
            let numbers = self.numbers.get_mut(span).unwrap_or_default();
            let depth_at_start = a.z + slope.x * (start as f32 + 0.5 - a.x) + slope.y * (center - a.y);
            n += u32::try_from(depths.len()).unwrap_or(u32::MAX);
            let mut at = 0.0;
            for (front, owner) in depths.iter_mut().zip(numbers) {
                let depth = (depth_at_start + slope.x * at).clamp(near, far);
                at += 1.0;
                if depth < *front {
                    (*front, *owner) = (depth, number);
                }
            }
        }
        n
    }

    /// How far a small face lies behind what is in front, at its middle or near one of its corners, meters: the least of it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the picture before the cast"
    )]
    fn behind_m(&self, corners: &Corners) -> f32 {
        let middle = (corners[0] + corners[1] + corners[2]) / 3.0;
        let inward = corners.map(|c| c.lerp(middle, 0.2));
        let behind = inward.iter().chain([&middle]).filter_map(|p| {
            let x = p.x.clamp(0.0, self.width as f32 - 1.0) as usize;
            let y = p.y.clamp(0.0, self.height as f32 - 1.0) as usize;
            // Nothing is behind an empty pixel.
            self.depths.get(y * self.width + x).map(|&front| p.z - front)
        });
        behind.fold(f32::INFINITY, f32::min)
    }
}
