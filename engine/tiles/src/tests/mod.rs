//! Tests over the crate's public functions, with a small made-up district.

mod building;
mod clouds;
mod features;
mod formats;
mod ground;
mod hierarchy;
mod memory;
mod prefetching;
mod select_tiles;
mod selection;
mod slender;
mod trees;
mod volume;

use glam::DVec3;

use crate::{HeightField, MeshTile};

/// Gentle hills, known exactly everywhere.
struct Hills;

impl HeightField for Hills {
    fn height(&self, x: f64, y: f64) -> Option<f64> {
        Some(40.0 + 5.0 * ((x - 455_600.0) / 20.0).sin() + 3.0 * ((y - 4_428_550.0) / 15.0).cos())
    }

    fn spacing_m(&self) -> f64 {
        0.5
    }
}

const EAST: f64 = 455_600.0;
const NORTH: f64 = 4_428_550.0;

/// Numbers that repeat: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// In 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// In 0..1.
    #[expect(clippy::cast_possible_truncation, reason = "rounded on purpose")]
    fn small(&mut self) -> f32 {
        self.unit() as f32
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Corners of all triangles in the project frame, with color and object.
fn triangles(tiles: &[MeshTile]) -> Vec<([DVec3; 3], u32, u32)> {
    let mut all = Vec::new();
    for tile in tiles {
        tile.check().unwrap();
        for c in &tile.clusters {
            let first = c.first_index as usize;
            let n = (c.n_opaque + c.n_transparent) as usize;
            for instance in &tile.instances[c.first_instance as usize..][..c.n_instances as usize] {
                let mirrored = instance.is_mirrored();
                for t in tile.indices[first..first + n].chunks_exact(3) {
                    let t = if mirrored { [t[0], t[2], t[1]] } else { [t[0], t[1], t[2]] };
                    let v = t.map(|i| tile.vertices[c.first_vertex as usize + usize::from(i)]);
                    let corners = v.map(|v| tile.origin.0 + instance.place(v.position));
                    let part = tile.parts[(v[0].part + instance.first_part) as usize];
                    all.push((corners, part.rgba, part.object));
                }
            }
        }
    }
    all
}

fn n_edges(tile: &MeshTile) -> usize {
    tile.clusters.iter().map(|c| (c.n_edges / 2 * c.n_instances) as usize).sum()
}

fn area(triangles: &[([DVec3; 3], u32, u32)]) -> f64 {
    triangles.iter().map(|([a, b, c], ..)| (*b - *a).cross(*c - *a).length() * 0.5).sum()
}

/// Area as seen from above; faces that look down count negative.
fn area_from_above(triangles: &[([DVec3; 3], u32, u32)]) -> f64 {
    triangles.iter().map(|([a, b, c], ..)| (*b - *a).cross(*c - *a).z * 0.5).sum()
}

/// Volume that the triangles enclose; positive when they face outwards.
fn volume(triangles: &[([DVec3; 3], u32, u32)]) -> f64 {
    let base = DVec3::new(EAST, NORTH, 40.0);
    triangles.iter().map(|([a, b, c], ..)| (*a - base).dot((*b - base).cross(*c - base)) / 6.0).sum()
}
