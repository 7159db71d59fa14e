//! Sorting triangles by where they look and where they lie, so that whole ranges of them can be skipped.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::Bounds;

use crate::assemble::cell_of;
use crate::mesh_tile::FaceRange;

/// Triangles below which a range is not worth a decision of its own.
const MIN_RANGE: usize = 24;
/// Sectors of the compass into which walls are sorted.
const SECTORS: f64 = 12.0;
/// Sine of the slope up to which a face counts as a wall, and above whose complement as floor or roof.
const WALL_Z: f64 = 0.3;
const FLAT_Z: f64 = 0.95;

/// Faces that can be skipped together, before their cluster's steps are known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alike {
    /// In the order that comes with it.
    pub(crate) faces: std::ops::Range<usize>,
    pub(crate) facing: Option<[i8; 3]>,
    pub(crate) cos_spread: f32,
    /// In the same frame as the corners.
    pub(crate) bounds: Bounds,
}

impl Alike {
    /// In steps from `low`, for indices `first..first + n`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-int cast saturates, which only widens the box"
    )]
    pub(crate) fn range(&self, (first, n): (usize, usize), low: DVec3, step_m: f64) -> FaceRange {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        FaceRange {
            first: count(first),
            n: count(n),
            facing: self.facing,
            cos_spread: self.cos_spread,
            min: ((self.bounds.min / step_m).floor() - low).to_array().map(|s| s as u16),
            max: ((self.bounds.max / step_m).ceil() - low).to_array().map(|s| s as u16),
        }
    }
}

/// Where a triangle looks: -2 down, -1 up, 0.. a sector of the compass, `SECTORS` anything else.
#[expect(clippy::cast_possible_truncation, reason = "a small number of sectors")]
fn sector(normal: DVec3) -> i32 {
    if normal.z > FLAT_Z {
        -1
    } else if normal.z < -FLAT_Z {
        -2
    } else if normal.z.abs() <= WALL_Z {
        // Half a sector on, so that walls along the axes lie in the middle of theirs.
        let turn = normal.y.atan2(normal.x) / std::f64::consts::TAU * SECTORS + 0.5;
        turn.rem_euclid(SECTORS).floor() as i32
    } else {
        SECTORS as i32
    }
}

/// Faces on their way into ranges.
struct Sorter<'a> {
    corners: &'a [[DVec3; 3]],
    cell_m: f64,
    order: Vec<usize>,
    ranges: Vec<Alike>,
}

/// The order in which faces go into a cluster, and its ranges.
///
/// `faces`: those of `corners` that are meant. Ranges hold faces of one direction and one cell of `cell_m`; faces that
/// are seen from both sides are sorted by cell only.
pub(crate) fn by_facing(
    corners: &[[DVec3; 3]],
    faces: Vec<usize>,
    single_sided: bool,
    cell_m: f64,
) -> (Vec<usize>, Vec<Alike>) {
    let mut sorter = Sorter { corners, cell_m, order: Vec::with_capacity(faces.len()), ranges: Vec::new() };
    if faces.is_empty() {
        return (faces, Vec::new());
    }
    let mut sectors: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    if single_sided && faces.len() >= 2 * MIN_RANGE {
        for ix in faces {
            sectors.entry(sector(sorter.normal(ix))).or_default().push(ix);
        }
    } else {
        sectors.insert(i32::MAX, faces);
    }
    let mut rest = Vec::new();
    for (key, faces) in sectors {
        if f64::from(key) >= SECTORS || faces.len() < MIN_RANGE {
            rest.extend(faces);
        } else {
            sorter.add(faces, true);
        }
    }
    sorter.add(rest, false);
    (sorter.order, sorter.ranges)
}

impl Sorter<'_> {
    fn at(&self, ix: usize) -> [DVec3; 3] {
        self.corners.get(ix).copied().unwrap_or_default()
    }

    fn normal(&self, ix: usize) -> DVec3 {
        let [a, b, c] = self.at(ix);
        (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::Z)
    }

    /// Adds faces cell by cell; small cells join the one before.
    fn add(&mut self, faces: Vec<usize>, directed: bool) {
        let mut cells: BTreeMap<[i64; 3], Vec<usize>> = BTreeMap::new();
        for ix in faces {
            let [a, b, c] = self.at(ix);
            cells.entry(cell_of((a + b + c) / 3.0, self.cell_m)).or_default().push(ix);
        }
        let mut open: Vec<usize> = Vec::new();
        for faces in cells.into_values() {
            open.extend(faces);
            if open.len() >= MIN_RANGE {
                self.close(std::mem::take(&mut open), directed);
            }
        }
        self.close(open, directed);
    }

    fn close(&mut self, faces: Vec<usize>, directed: bool) {
        if faces.is_empty() {
            return;
        }
        let mut bounds = Bounds::EMPTY;
        faces.iter().flat_map(|&ix| self.at(ix)).for_each(|p| bounds.add(p));
        let (facing, cos_spread) = if directed { self.cone(&faces) } else { (None, -1.0) };
        let first = self.order.len();
        self.order.extend(faces);
        self.ranges.push(Alike { faces: first..self.order.len(), facing, cos_spread, bounds });
    }

    fn cone(&self, faces: &[usize]) -> (Option<[i8; 3]>, f32) {
        let mean = faces.iter().fold(DVec3::ZERO, |sum, &ix| sum + self.normal(ix));
        let facing = mean.try_normalize().unwrap_or(DVec3::Z).to_array().map(snorm);
        let axis = DVec3::from_array(facing.map(f64::from)).try_normalize().unwrap_or(DVec3::Z);
        let spread = faces.iter().fold(1.0_f64, |c, &ix| c.min(self.normal(ix).dot(axis)));
        // Rounded down, so that the cone never is too narrow.
        #[expect(clippy::cast_possible_truncation, reason = "a cosine")]
        let cos_spread = (spread - 1e-3) as f32;
        (Some(facing), cos_spread)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped before the cast")]
fn snorm(v: f64) -> i8 {
    (v.clamp(-1.0, 1.0) * 127.0).round() as i8
}
