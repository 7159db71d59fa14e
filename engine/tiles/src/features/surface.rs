//! Triangles of one feature in the project frame, handed over to the builder in pieces of bounded size.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::WorldPoint;

use crate::builder::{InputLine, InputMesh, TileBuilder};
use crate::mesh_tile::TileLayer;

/// Edge of the cells in which triangles get an origin of their own, meters: f32 then errs by 0.03 mm at most.
const CELL_M: f64 = 512.0;

/// Width of lines without a width of their own, pixels. Chosen: readable on a photo, not heavy in a dense network.
pub const LINE_PX: f32 = 1.6;

/// Collects the triangles and lines of one feature.
pub(super) struct Surface {
    object: u32,
    /// sRGB and alpha of triangles from now on.
    pub(super) color: [u8; 4],
    /// Whether triangles from now on show their creases.
    pub(super) edged: bool,
    buckets: BTreeMap<([i64; 2], [u8; 4], bool), Bucket>,
    lines: Vec<InputLine>,
}

#[derive(Default)]
struct Bucket {
    positions: Vec<f32>,
    normals: Vec<f32>,
}

impl Surface {
    pub(super) fn new(object: u32, color: [u8; 4]) -> Self {
        Self { object, color, edged: false, buckets: BTreeMap::new(), lines: Vec::new() }
    }

    /// Adds a triangle, counterclockwise from outside, with the normals of its corners.
    pub(super) fn smooth(&mut self, corners: [DVec3; 3], normals: [DVec3; 3]) {
        let key = [corners[0].x, corners[0].y].map(|v| crate::raster::to_i64((v / CELL_M).floor()));
        let origin = origin_of(key);
        let bucket = self.buckets.entry((key, self.color, self.edged)).or_default();
        for (p, n) in corners.into_iter().zip(normals) {
            bucket.positions.extend((p - origin).as_vec3().to_array());
            bucket.normals.extend(n.as_vec3().to_array());
        }
    }

    /// Adds a flat triangle, counterclockwise from outside.
    pub(super) fn flat(&mut self, corners: [DVec3; 3]) {
        let [a, b, c] = corners;
        if let Some(n) = (b - a).cross(c - a).try_normalize() {
            self.smooth(corners, [n; 3]);
        }
    }

    /// Adds a flat quadrilateral, counterclockwise from outside.
    pub(super) fn quad(&mut self, [a, b, c, d]: [DVec3; 4]) {
        self.flat([a, b, c]);
        self.flat([a, c, d]);
    }

    /// Adds a line of constant width in pixels.
    pub(super) fn line(&mut self, points: Vec<DVec3>, color: [u8; 4]) {
        self.lines.push(InputLine { object: self.object, points, color, width: LINE_PX });
    }

    /// All triangles.
    pub(super) fn triangles(&self) -> Vec<[DVec3; 3]> {
        let of_bucket = |(key, bucket): (&([i64; 2], [u8; 4], bool), &Bucket)| {
            let origin = origin_of(key.0);
            let corner = |[x, y, z]: [f32; 3]| origin + DVec3::new(x.into(), y.into(), z.into());
            let corners: Vec<DVec3> =
                bucket.positions.as_chunks::<3>().0.iter().map(|p| corner(*p)).collect();
            corners.as_chunks::<3>().0.to_vec()
        };
        self.buckets.iter().flat_map(of_bucket).collect()
    }

    /// Hands everything over.
    pub(super) fn into_builder(self, layer: TileLayer, builder: &mut TileBuilder) {
        for ((key, color, edged), bucket) in self.buckets {
            let n = u32::try_from(bucket.positions.len() / 3).unwrap_or(u32::MAX);
            let indices: Vec<u32> = (0..n).collect();
            let mesh = InputMesh {
                object: self.object,
                origin: WorldPoint(origin_of(key)),
                positions: &bucket.positions,
                normals: &bucket.normals,
                indices: &indices,
                color,
            };
            builder.push_in(layer, edged, &mesh);
        }
        for line in self.lines {
            builder.push_line(layer, line);
        }
    }
}

fn origin_of(key: [i64; 2]) -> DVec3 {
    let [x, y] = key.map(|k| (k as f64 + 0.5) * CELL_M);
    DVec3::new(x, y, 0.0)
}

/// A color with each channel scaled; alpha stays.
pub(super) fn shade(color: [u8; 4], factor: f64) -> [u8; 4] {
    let [r, g, b, a] = color;
    let [r, g, b] = [r, g, b].map(|c| channel(f64::from(c) * factor));
    [r, g, b, a]
}

/// The color between two; alpha is the first one's.
pub(super) fn blend(a: [u8; 4], b: [u8; 4], t: f64) -> [u8; 4] {
    let mix = |x: u8, y: u8| channel(f64::from(x) * (1.0 - t) + f64::from(y) * t);
    [mix(a[0], b[0]), mix(a[1], b[1]), mix(a[2], b[2]), a[3]]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before the cast")]
fn channel(v: f64) -> u8 {
    v.round().clamp(0.0, 255.0) as u8
}
