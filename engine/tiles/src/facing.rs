//! Sorting triangles by where they look, so that a whole range of them can be skipped when it looks away.

use std::collections::BTreeMap;

use glam::DVec3;

use crate::mesh_tile::FaceRange;

/// Triangles below which a range is not worth a decision of its own.
const MIN_RANGE: usize = 24;
/// Sectors of the compass into which walls are sorted.
const SECTORS: f64 = 12.0;
/// Sine of the slope up to which a face counts as a wall, and above whose complement as floor or roof.
const WALL_Z: f64 = 0.3;
const FLAT_Z: f64 = 0.95;

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

/// The order in which faces go into a cluster, and its ranges in indices (three for each face of the order).
///
/// `faces`: those of `corners` that are meant. Faces that are seen from both sides stay as they are, in one range.
pub(crate) fn by_facing(
    corners: &[[DVec3; 3]],
    faces: Vec<usize>,
    single_sided: bool,
) -> (Vec<usize>, Vec<FaceRange>) {
    let whole = |n: usize| FaceRange { first: 0, n: indices(n), facing: None, cos_spread: -1.0 };
    if faces.is_empty() {
        return (faces, Vec::new());
    }
    if !single_sided || faces.len() < 2 * MIN_RANGE {
        let range = whole(faces.len());
        return (faces, vec![range]);
    }
    let normal = |ix: usize| {
        let [a, b, c] = corners.get(ix).copied().unwrap_or_default();
        (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::Z)
    };
    let mut sectors: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for ix in faces {
        sectors.entry(sector(normal(ix))).or_default().push(ix);
    }
    let mut order = Vec::new();
    let mut ranges = Vec::new();
    let mut rest = Vec::new();
    for (key, faces) in sectors {
        if f64::from(key) >= SECTORS || faces.len() < MIN_RANGE {
            rest.extend(faces);
            continue;
        }
        let mean = faces.iter().fold(DVec3::ZERO, |sum, &ix| sum + normal(ix));
        let facing = mean.try_normalize().unwrap_or(DVec3::Z).to_array().map(snorm);
        let axis = DVec3::from_array(facing.map(f64::from)).try_normalize().unwrap_or(DVec3::Z);
        let spread = faces.iter().fold(1.0_f64, |c, &ix| c.min(normal(ix).dot(axis)));
        // Rounded down, so that the cone never is too narrow.
        #[expect(clippy::cast_possible_truncation, reason = "a cosine")]
        let cos_spread = (spread - 1e-3) as f32;
        ranges.push(FaceRange {
            first: indices(order.len()),
            n: indices(faces.len()),
            facing: Some(facing),
            cos_spread,
        });
        order.extend(faces);
    }
    if !rest.is_empty() {
        ranges.push(FaceRange { first: indices(order.len()), ..whole(rest.len()) });
        order.extend(rest);
    }
    (order, ranges)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped before the cast")]
fn snorm(v: f64) -> i8 {
    (v.clamp(-1.0, 1.0) * 127.0).round() as i8
}

fn indices(n_faces: usize) -> u32 {
    u32::try_from(n_faces * 3).unwrap_or(u32::MAX)
}
