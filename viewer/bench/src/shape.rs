//! Closed solids: boxes, prisms, tubes, rings, all wound outwards.

use glam::{DVec2, DVec3, Vec3};

/// Where something stands: a corner of the world with its own x axis, z up. Meters from the block's origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) at: DVec3,
    /// Unit vector.
    pub(crate) x: DVec2,
}

impl Place {
    /// Without rotation.
    pub(crate) fn at(at: DVec3) -> Self {
        Self { at, x: DVec2::X }
    }

    /// A point of the place's own coordinates.
    pub(crate) fn point(&self, p: DVec3) -> DVec3 {
        let y = self.x.perp();
        let flat = self.x * p.x + y * p.y;
        self.at + flat.extend(p.z)
    }

    /// A place inside this one, `turned` by an x axis of its own.
    pub(crate) fn inside(&self, p: DVec3, turned: DVec2) -> Self {
        Self { at: self.point(p), x: self.x * turned.x + self.x.perp() * turned.y }
    }
}

/// Triangles under construction: positions in meters and, where a surface is round, normals.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Solid {
    pub(crate) positions: Vec<f32>,
    /// Empty for flat faces; else beside `positions`.
    pub(crate) normals: Vec<f32>,
    pub(crate) indices: Vec<u32>,
}

impl Solid {
    pub(crate) fn clear(&mut self) {
        self.positions.clear();
        self.normals.clear();
        self.indices.clear();
    }

    pub(crate) fn n_vertices(&self) -> u32 {
        u32::try_from(self.positions.len() / 3).unwrap_or(u32::MAX)
    }

    fn vertex(&mut self, p: DVec3) -> u32 {
        let n = self.n_vertices();
        self.positions.extend(p.as_vec3().to_array());
        n
    }

    pub(crate) fn round_vertex(&mut self, p: Vec3, normal: Vec3) {
        self.positions.extend(p.to_array());
        self.normals.extend(normal.to_array());
    }

    fn triangle(&mut self, t: [u32; 3]) {
        self.indices.extend(t);
    }

    fn quad(&mut self, [a, b, c, d]: [u32; 4]) {
        self.indices.extend([a, b, c, a, c, d]);
    }

    /// A box from `min` to `max` in the place's coordinates. 12 triangles.
    pub(crate) fn add_box(&mut self, place: &Place, min: DVec3, max: DVec3) {
        let (low, high) = (min.truncate(), max.truncate());
        self.add_frustum(place, [low, high, low, high], [min.z, max.z]);
    }

    /// Between a rectangle (its smallest and largest corner) below and one above. 12 triangles.
    pub(crate) fn add_frustum(&mut self, place: &Place, rectangles: [DVec2; 4], heights: [f64; 2]) {
        let [a, b, c, d] = rectangles;
        let ring = |a: DVec2, b: DVec2, z: f64| {
            [(a.x, a.y), (b.x, a.y), (b.x, b.y), (a.x, b.y)].map(|(x, y)| DVec3::new(x, y, z))
        };
        self.add_hexahedron(place, ring(a, b, heights[0]), ring(c, d, heights[1]));
    }

    /// Between four corners (counterclockwise from above) below and four above. 12 triangles.
    pub(crate) fn add_hexahedron(&mut self, place: &Place, low: [DVec3; 4], high: [DVec3; 4]) {
        let [a, b, c, d] = low.map(|p| self.vertex(place.point(p)));
        let [e, f, g, h] = high.map(|p| self.vertex(place.point(p)));
        for side in [[a, b, f, e], [b, c, g, f], [c, d, h, g], [d, a, e, h], [e, f, g, h], [d, c, b, a]] {
            self.quad(side);
        }
    }

    /// A convex outline (counterclockwise, at least three points) from one height to another. 4n − 4 triangles.
    pub(crate) fn add_prism(&mut self, place: &Place, outline: &[DVec2], low: f64, high: f64) {
        let bottom: Vec<u32> = outline.iter().map(|p| self.vertex(place.point(p.extend(low)))).collect();
        let top: Vec<u32> = outline.iter().map(|p| self.vertex(place.point(p.extend(high)))).collect();
        let n = outline.len();
        let (b, t) = (|i: usize| at(&bottom, i), |i: usize| at(&top, i));
        for i in 0..n {
            self.quad([b(i), b(i + 1), t(i + 1), t(i)]);
        }
        for i in 1..n.saturating_sub(1) {
            self.triangle([t(0), t(i), t(i + 1)]);
            self.triangle([b(0), b(i + 1), b(i)]);
        }
    }

    /// A wall around a rectangle: outer and inner half sizes, from one height to another. 32 triangles.
    pub(crate) fn add_ring(&mut self, place: &Place, outer: DVec2, inner: DVec2, [low, high]: [f64; 2]) {
        let mut corners = Vec::with_capacity(16);
        for (half, z) in [(outer, low), (outer, high), (inner, low), (inner, high)] {
            for s in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                corners.push(self.vertex(place.point((half * DVec2::from(s)).extend(z))));
            }
        }
        let v = |ring: usize, i: usize| corners.get(ring * 4 + i % 4).copied().unwrap_or(0);
        for i in 0..4 {
            self.quad([v(0, i), v(0, i + 1), v(1, i + 1), v(1, i)]);
            self.quad([v(2, i + 1), v(2, i), v(3, i), v(3, i + 1)]);
            self.quad([v(1, i), v(1, i + 1), v(3, i + 1), v(3, i)]);
            self.quad([v(0, i + 1), v(0, i), v(2, i), v(2, i + 1)]);
        }
    }

    /// A ridge along the place's x over a rectangle of these half sizes. 8 triangles.
    pub(crate) fn add_gable(&mut self, place: &Place, half: DVec2, low: f64, rise: f64) {
        let base = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|s| self.vertex(place.point((half * DVec2::from(s)).extend(low))));
        let ridge = [-half.x, half.x].map(|x| self.vertex(place.point(DVec3::new(x, 0.0, low + rise))));
        let ([a, b, c, d], [w, e]) = (base, ridge);
        self.quad([a, b, e, w]);
        self.quad([c, d, w, e]);
        self.triangle([b, c, e]);
        self.triangle([d, a, w]);
        self.quad([a, d, c, b]);
    }

    /// A round bar from one point to another with flat ends, radii at both. 4 `sides` − 4 triangles.
    pub(crate) fn add_bar(&mut self, place: &Place, [from, to]: [DVec3; 2], radii: [f64; 2], sides: u32) {
        let along = (to - from).try_normalize().unwrap_or(DVec3::Z);
        let side = if along.z.abs() > 0.9 { DVec3::X } else { DVec3::Z };
        let u = side.cross(along).try_normalize().unwrap_or(DVec3::X);
        let v = along.cross(u);
        let mut ring = |end: DVec3, radius: f64| -> Vec<u32> {
            (0..sides)
                .map(|i| {
                    let d = crate::random::cos_sin(f64::from(i) / f64::from(sides));
                    self.vertex(place.point(end + (u * d.x + v * d.y) * radius))
                })
                .collect()
        };
        let (a, b) = (ring(from, radii[0]), ring(to, radii[1]));
        for i in 0..sides as usize {
            self.quad([at(&a, i), at(&a, i + 1), at(&b, i + 1), at(&b, i)]);
        }
        for i in 1..(sides as usize).saturating_sub(1) {
            self.triangle([at(&b, 0), at(&b, i), at(&b, i + 1)]);
            self.triangle([at(&a, 0), at(&a, i + 1), at(&a, i)]);
        }
    }
}

/// The `i`-th of a closed list of vertices.
fn at(ring: &[u32], i: usize) -> u32 {
    ring.get(i % ring.len().max(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six times the volume that a closed, outward surface holds.
    fn volume6(s: &Solid) -> f64 {
        let p = |i: u32| {
            let k = i as usize * 3;
            DVec3::new(s.positions[k].into(), s.positions[k + 1].into(), s.positions[k + 2].into())
        };
        s.indices.chunks_exact(3).map(|t| p(t[0]).dot(p(t[1]).cross(p(t[2])))).sum()
    }

    #[test]
    fn solids_are_wound_outwards_and_hold_their_volume() {
        let place = Place { at: DVec3::new(1.0, 2.0, 3.0), x: DVec2::new(0.6, 0.8) };
        let mut s = Solid::default();
        s.add_box(&place, DVec3::new(-1.0, -2.0, 0.0), DVec3::new(1.0, 2.0, 3.0));
        assert!((volume6(&s) / 6.0 - 24.0).abs() < 1e-3 && s.indices.len() == 36);
        s.clear();
        s.add_ring(&place, DVec2::new(3.0, 2.0), DVec2::new(2.0, 1.0), [0.0, 1.0]);
        assert!((volume6(&s) / 6.0 - (24.0 - 8.0)).abs() < 1e-3);
        s.clear();
        s.add_gable(&place, DVec2::new(3.0, 2.0), 0.0, 1.5);
        assert!((volume6(&s) / 6.0 - 18.0).abs() < 1e-3);
        s.clear();
        let ends = [DVec3::ZERO, DVec3::new(0.0, 5.0, 0.0)];
        s.add_bar(&place, ends, [1.0, 1.0], 64);
        assert!((volume6(&s) / 6.0 / (5.0 * std::f64::consts::PI) - 1.0).abs() < 0.01);
    }
}
