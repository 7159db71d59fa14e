//! Triangles in the making: corners shared by position, orientation, normals at the end.

use std::collections::HashMap;

use glam::{DAffine3, DVec3};

use crate::shapes::LocalMesh;

/// Cosine of the largest angle between triangles that are shaded as one curved surface: 30°. Chosen: three times
/// the turn between the lines of a curve, and below the edges of a hexagonal bar.
const SMOOTH_COS: f64 = 0.866;

/// Corners nearer than this are one corner, meters. Specified: shapes are closed after welding at 1 µm.
pub(crate) const WELD_M: f64 = 1e-6;

/// Triangles whose corners are shared where they meet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mesh {
    /// Meters.
    pub(crate) points: Vec<DVec3>,
    /// Counterclockwise from outside.
    pub(crate) triangles: Vec<[u32; 3]>,
    /// For each triangle the face of the source that it comes from; or empty.
    pub(crate) faces: Vec<u32>,
    /// Stands for a curved surface: neighbors that turn little are shaded as one.
    pub(crate) curved: bool,
}

impl Mesh {
    /// Number of the next corner, or `None` when a mesh cannot hold more.
    pub(crate) fn next(&self) -> u32 {
        u32::try_from(self.points.len()).unwrap_or(u32::MAX)
    }

    /// The corners of a triangle; `None` if an index is out of range.
    pub(crate) fn corners(&self, triangle: [u32; 3]) -> Option<[DVec3; 3]> {
        let at = |i: u32| self.points.get(i as usize).copied();
        let [a, b, c] = triangle;
        Some([at(a)?, at(b)?, at(c)?])
    }

    /// Moved into other axes. A mirroring turns the triangles over, so that outside stays outside.
    pub(crate) fn transformed(mut self, axes: DAffine3) -> Self {
        for p in &mut self.points {
            *p = axes.transform_point3(*p);
        }
        if axes.matrix3.determinant() < 0.0 {
            self.turn_over();
        }
        self
    }

    /// Makes the inside the outside.
    pub(crate) fn turn_over(&mut self) {
        for t in &mut self.triangles {
            t.swap(1, 2);
        }
    }

    /// Signed volume, m³, summed about a corner of the mesh itself; meaningful if it is closed.
    pub(crate) fn volume(&self) -> f64 {
        let origin = self.points.first().copied().unwrap_or_default();
        self.triangles
            .iter()
            .filter_map(|t| self.corners(*t))
            .map(|[a, b, c]| (a - origin).dot((b - origin).cross(c - origin)) / 6.0)
            .sum()
    }

    /// Least and greatest corner; the wrong way round without corners.
    pub(crate) fn bounds(&self) -> (DVec3, DVec3) {
        self.points.iter().fold((DVec3::MAX, DVec3::MIN), |b, p| (b.0.min(*p), b.1.max(*p)))
    }

    /// Whether every edge is used as often in one direction as in the other. Corners must be shared.
    pub(crate) fn is_closed(&self) -> bool {
        let mut edges: HashMap<(u32, u32), i32> = HashMap::new();
        for &[a, b, c] in &self.triangles {
            for (from, to) in [(a, b), (b, c), (c, a)] {
                let (key, sign) = if from < to { ((from, to), 1) } else { ((to, from), -1) };
                *edges.entry(key).or_default() += sign;
            }
        }
        edges.into_values().all(|n| n == 0)
    }

    /// Turns a closed mesh so that its volume is positive.
    pub(crate) fn outward(mut self) -> Self {
        if self.volume() < 0.0 {
            self.turn_over();
        }
        self
    }

    /// Adds the triangles of another mesh, without sharing corners.
    pub(crate) fn append(&mut self, other: Mesh) {
        let first = self.next();
        self.points.extend(other.points);
        let numbered = self.faces.len() == self.triangles.len() && other.faces.len() == other.triangles.len();
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|i| i.saturating_add(first))));
        if numbered {
            self.faces.extend(other.faces);
        } else {
            self.faces.clear();
        }
        self.curved |= other.curved;
    }

    /// Joins corners nearer than [`WELD_M`] and drops triangles that have no three corners left.
    pub(crate) fn welded(mut self) -> Self {
        let mut seen: HashMap<[i64; 3], u32> = HashMap::new();
        let mut points: Vec<DVec3> = Vec::new();
        let map: Vec<u32> = self
            .points
            .iter()
            .map(|p| {
                *seen.entry(weld_key(*p)).or_insert_with(|| {
                    points.push(*p);
                    u32::try_from(points.len() - 1).unwrap_or(u32::MAX)
                })
            })
            .collect();
        let at = |i: u32| map.get(i as usize).copied().unwrap_or(u32::MAX);
        let with_faces = self.faces.len() == self.triangles.len();
        let (mut triangles, mut faces) = (Vec::with_capacity(self.triangles.len()), Vec::new());
        for (n, t) in self.triangles.iter().enumerate() {
            let [a, b, c] = t.map(at);
            if a != b && b != c && c != a {
                triangles.push([a, b, c]);
                faces.extend(self.faces.get(n).filter(|_| with_faces));
            }
        }
        self.points = points;
        self.triangles = triangles;
        self.faces = faces;
        self
    }

    /// Without pairs of triangles on the same corners that face opposite ways: they enclose nothing.
    pub(crate) fn without_flaps(mut self) -> Self {
        let mut count: HashMap<[u32; 3], i32> = HashMap::new();
        let key = |t: &[u32; 3]| {
            let mut k = *t;
            k.sort_unstable();
            let [a, b, _] = k;
            // Even if the corners follow each other in ascending order around the triangle.
            let even = t.iter().zip(t.iter().cycle().skip(1)).any(|(x, y)| *x == a && *y == b);
            (k, if even { 1 } else { -1 })
        };
        for t in &self.triangles {
            let (k, sign) = key(t);
            *count.entry(k).or_default() += sign;
        }
        let faces = self.faces.len() == self.triangles.len();
        let mut kept = Vec::new();
        let mut keep = |t: &[u32; 3]| {
            let (k, sign) = key(t);
            let left = count.get_mut(&k).filter(|n| **n * sign > 0);
            let stays = left.is_some();
            if let Some(n) = left {
                *n -= sign;
            }
            kept.push(stays);
            stays
        };
        self.triangles.retain(&mut keep);
        if faces {
            let mut flags = kept.into_iter();
            self.faces.retain(|_| flags.next() == Some(true));
        }
        self
    }

    /// The mesh as the pipeline takes it.
    pub(crate) fn finish(self) -> LocalMesh {
        if !self.curved {
            return LocalMesh {
                positions: self.points.iter().map(DVec3::to_array).collect(),
                normals: Vec::new(),
                triangles: self.triangles,
                faces: self.faces,
            };
        }
        self.shaded()
    }

    /// Splits corners where the surface has an edge, and gives each its normal.
    fn shaded(self) -> LocalMesh {
        let flat: Vec<DVec3> = self
            .triangles
            .iter()
            .map(|t| self.corners(*t).map_or(DVec3::ZERO, |[a, b, c]| (b - a).cross(c - a)))
            .collect();
        let mut around: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for (n, t) in (0_u32..).zip(&self.triangles) {
            for i in t {
                if let Some(list) = around.get_mut(*i as usize) {
                    list.push(n);
                }
            }
        }
        let mut out = LocalMesh { faces: self.faces.clone(), ..LocalMesh::default() };
        let mut known: HashMap<(u32, [i32; 3]), u32> = HashMap::new();
        for (n, t) in self.triangles.iter().enumerate() {
            let own = flat.get(n).copied().unwrap_or_default();
            let own = own.try_normalize().unwrap_or(DVec3::Z);
            let corners = t.map(|i| {
                let normal = around
                    .get(i as usize)
                    .into_iter()
                    .flatten()
                    .filter_map(|m| flat.get(*m as usize))
                    .filter(|f| f.try_normalize().is_some_and(|f| f.dot(own) > SMOOTH_COS))
                    .sum::<DVec3>()
                    .try_normalize()
                    .unwrap_or(own);
                let normal = normal.as_vec3();
                #[expect(clippy::cast_possible_truncation, reason = "a part of a unit vector times 1000")]
                let key = (i, normal.to_array().map(|v| (v * 1000.0).round() as i32));
                *known.entry(key).or_insert_with(|| {
                    out.positions.push(self.points.get(i as usize).copied().unwrap_or_default().to_array());
                    out.normals.push(normal.to_array());
                    u32::try_from(out.positions.len() - 1).unwrap_or(u32::MAX)
                })
            });
            out.triangles.push(corners);
        }
        out
    }
}

/// Cell of a corner in a grid of [`WELD_M`].
#[expect(clippy::cast_possible_truncation, reason = "saturates beyond 9.2e12 m")]
pub(crate) fn weld_key(p: DVec3) -> [i64; 3] {
    (p / WELD_M).round().to_array().map(|v| v as i64)
}
