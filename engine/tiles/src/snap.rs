//! Catching what a person means to point at: corners, middles of edges, edges, faces.

use glam::DVec3;
use lantu_base::WorldPoint;

use crate::mesh_tile::{Cluster, MeshTile};
use crate::vertex::Instance;

/// Where somebody points: a ray, what it hit, and how near counts as meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Where the ray starts, in the project frame.
    pub eye: WorldPoint,
    /// Unit vector of the ray.
    pub direction: DVec3,
    /// What the ray hit: what is seen there.
    pub hit: WorldPoint,
    /// How far off the ray still counts, as the tangent of the angle at the eye: pixels of tolerance divided by
    /// [`crate::View::px_per_radian`].
    pub tolerance: f64,
}

/// A triangle of a drawn object, in the project frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnapFace {
    /// Its corners.
    pub corners: [DVec3; 3],
}

/// A straight edge of a drawn object: a crease, a rim, or a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnapEdge {
    /// Its ends, in the project frame.
    pub ends: [DVec3; 2],
}

/// What lies around a hit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapGeometry {
    /// Triangles.
    pub faces: Vec<SnapFace>,
    /// Edges that people see as such.
    pub edges: Vec<SnapEdge>,
}

/// What was caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapKind {
    /// A corner: the end of an edge.
    Vertex,
    /// The middle of an edge.
    Midpoint,
    /// A point on an edge.
    Edge,
    /// A point on a face.
    Face,
    /// What is seen, where no shape lies near: terrain, or something not loaded.
    Surface,
}

/// A caught point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// Where, in the project frame.
    pub point: WorldPoint,
    /// On what.
    pub kind: SnapKind,
    /// The edge it lies on, for drawing it; both ends are the point where there is none.
    pub edge: [WorldPoint; 2],
    /// Unit normal of the face that was hit, towards the eye; `None` where none is known.
    pub normal: Option<DVec3>,
}

/// Middles of edges pull less than corners do: this share of the tolerance.
const MIDPOINT_SHARE: f64 = 0.6;
/// How much deeper than the hit something may lie and still be meant, in tolerances at the hit. Chosen: corners of the
/// face that is seen, even aslant, but not those behind it.
const DEPTH_SHARE: f64 = 4.0;
/// Shortest edge that has a middle of its own on the screen, in tolerances.
const LEAST_EDGE: f64 = 4.0;

/// How far from the hit shapes are looked at, in tolerances at the hit, and at least in meters.
const AROUND: f64 = 12.0;
const AROUND_LEAST_M: f64 = 0.5;

impl Aim {
    /// Depth of the hit along the ray, meters.
    fn depth(&self) -> f64 {
        (self.hit.0 - self.eye.0).dot(self.direction)
    }

    /// How far from the hit shapes are looked at, meters: what tiles must be given.
    pub fn around_m(&self) -> f64 {
        (AROUND * self.tolerance * self.depth()).max(AROUND_LEAST_M)
    }
}

impl SnapGeometry {
    /// Adds what a tile has around the hit: triangles under it, and edges, lines and points near the ray.
    ///
    /// * `visible`: whether an object, by its number within its source, is seen.
    ///
    /// Positions are exact to the tile's step (1 mm or finer). Cost: linear in the clusters, and in the triangles and
    /// edges of those around the hit.
    pub fn add(&mut self, tile: &MeshTile, aim: &Aim, visible: &dyn Fn(u32) -> bool) {
        let around = aim.around_m();
        let hit = aim.hit.0 - tile.origin.0;
        let seen = |part: u32| tile.parts.get(part as usize).is_some_and(|p| visible(p.object));
        for cluster in &tile.clusters {
            let [min, max] = [cluster.min, cluster.max].map(|c| DVec3::from_array(c.map(f64::from)));
            if (min - hit).max(hit - max).max(DVec3::ZERO).length() > around {
                continue;
            }
            let first = cluster.first_instance as usize;
            let instances = tile.instances.get(first..first + cluster.n_instances as usize);
            for instance in instances.unwrap_or(&[]) {
                self.add_instance(tile, (cluster, instance), aim, &seen);
            }
        }
        // What a faint line lies along has edges of its own.
        for line in tile.segments.iter().filter(|s| !s.is_faint()) {
            let ends = [line.a, line.b].map(|p| tile.origin.0 + DVec3::from_array(p.map(f64::from)));
            if seen(line.part) {
                self.add_edge(ends, aim);
            }
        }
        for point in &tile.points {
            if seen(point.part) {
                self.add_edge([tile.origin.0 + DVec3::from_array(point.at.map(f64::from)); 2], aim);
            }
        }
    }

    fn add_instance(
        &mut self,
        tile: &MeshTile,
        (cluster, instance): (&Cluster, &Instance),
        aim: &Aim,
        seen: &dyn Fn(u32) -> bool,
    ) {
        let first = cluster.first_vertex as usize;
        let vertices = tile.vertices.get(first..first + cluster.n_vertices as usize).unwrap_or(&[]);
        let rows = instance.rows.map(|r| r.map(f64::from));
        let place = |ix: &u16| {
            let v = vertices.get(usize::from(*ix))?;
            let [x, y, z] = v.position.map(f64::from);
            let along = |[a, b, c, d]: [f64; 4]| a * x + b * y + c * z + d;
            let p = tile.origin.0 + DVec3::from_array(rows.map(along));
            Some((p, v.part.checked_add(instance.first_part)?))
        };
        let n_faces = (cluster.n_opaque + cluster.n_transparent) as usize;
        let from = cluster.first_index as usize;
        let faces = tile.indices.get(from..from + n_faces).unwrap_or(&[]);
        for [a, b, c] in faces.as_chunks::<3>().0 {
            if let (Some((a, part)), Some((b, _)), Some((c, _))) = (place(a), place(b), place(c)) {
                let face = SnapFace { corners: [a, b, c] };
                if on_face(aim, &face).is_some() && seen(part) {
                    self.faces.push(face);
                }
            }
        }
        let edges =
            tile.indices.get(from + n_faces..from + n_faces + cluster.n_edges as usize).unwrap_or(&[]);
        for [a, b] in edges.as_chunks::<2>().0 {
            if let (Some((a, part)), Some((b, _))) = (place(a), place(b))
                && seen(part)
            {
                self.add_edge([a, b], aim);
            }
        }
    }

    /// Keeps an edge that comes near the ray.
    fn add_edge(&mut self, ends: [DVec3; 2], aim: &Aim) {
        let edge = SnapEdge { ends };
        if off_ray(aim, nearest_on_edge(aim, &edge)).is_some_and(|off| off <= aim.tolerance) {
            self.edges.push(edge);
        }
    }
}

/// The point that somebody means: a corner within the tolerance, else the middle of an edge, else the nearest point of an
/// edge, else the face that was hit, else the hit itself. Of several, the one nearest to the ray.
///
/// Exact: a corner comes back as it is, an edge's point lies on it to a few 10⁻⁹ m at project coordinates.
/// Cost: linear in the geometry.
pub fn snap(aim: &Aim, near: &SnapGeometry) -> Snap {
    let normal = near.faces.iter().find_map(|f| hit_normal(aim, f));
    let on = |point: DVec3, kind, edge: [DVec3; 2]| Snap {
        point: WorldPoint(point),
        kind,
        edge: edge.map(WorldPoint),
        normal,
    };
    let corner = |p: &DVec3| Some((off_ray(aim, *p)?, *p));
    let best = |found: &mut dyn Iterator<Item = (f64, DVec3, [DVec3; 2])>, limit: f64| {
        found.filter(|c| c.0 <= limit).min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let mut corners =
        near.edges.iter().flat_map(|e| e.ends.iter().filter_map(corner).map(|(d, p)| (d, p, e.ends)));
    if let Some((_, p, edge)) = best(&mut corners, aim.tolerance) {
        return on(p, SnapKind::Vertex, edge);
    }
    let mut middles = near.edges.iter().filter_map(|e| {
        let middle = e.ends[0] + (e.ends[1] - e.ends[0]) * 0.5;
        let depth = (middle - aim.eye.0).dot(aim.direction);
        let visible = e.ends[0].distance(e.ends[1]) > LEAST_EDGE * aim.tolerance * depth;
        visible.then_some(())?;
        Some((off_ray(aim, middle)?, middle, e.ends))
    });
    if let Some((_, p, edge)) = best(&mut middles, aim.tolerance * MIDPOINT_SHARE) {
        return on(p, SnapKind::Midpoint, edge);
    }
    let mut edges = near.edges.iter().filter_map(|e| {
        let p = nearest_on_edge(aim, e);
        Some((off_ray(aim, p)?, p, e.ends))
    });
    if let Some((_, p, edge)) = best(&mut edges, aim.tolerance) {
        return on(p, SnapKind::Edge, edge);
    }
    let hit = aim.hit.0;
    match near
        .faces
        .iter()
        .filter_map(|f| on_face(aim, f))
        .min_by(|a, b| a.distance_squared(hit).total_cmp(&b.distance_squared(hit)))
    {
        Some(p) => on(p, SnapKind::Face, [p, p]),
        None => on(hit, SnapKind::Surface, [hit, hit]),
    }
}

/// Tangent of the angle between the ray and a point; `None` behind the eye, or deeper than what is seen.
fn off_ray(aim: &Aim, p: DVec3) -> Option<f64> {
    let to = p - aim.eye.0;
    let depth = to.dot(aim.direction);
    let seen = (aim.hit.0 - aim.eye.0).dot(aim.direction);
    let reach = seen + seen.max(0.0) * aim.tolerance * DEPTH_SHARE;
    let off = (to - aim.direction * depth).length() / depth;
    (depth > 0.0 && depth <= reach && off.is_finite()).then_some(off)
}

/// The point of an edge that comes nearest to the ray.
fn nearest_on_edge(aim: &Aim, e: &SnapEdge) -> DVec3 {
    let d = aim.direction;
    // Relative to the edge's own end: at project coordinates that keeps a millionth of a millimeter.
    let (edge, from) = (e.ends[1] - e.ends[0], aim.eye.0 - e.ends[0]);
    let (flat, flat_from) = (edge - d * edge.dot(d), from - d * from.dot(d));
    let length = flat.length_squared();
    let t = if length > 0.0 { (flat_from.dot(flat) / length).clamp(0.0, 1.0) } else { 0.0 };
    e.ends[0] + edge * t
}

fn plane(f: &SnapFace) -> Option<(DVec3, DVec3)> {
    let [a, b, c] = f.corners;
    (b - a).cross(c - a).try_normalize().map(|n| (a, n))
}

/// Where the ray meets a triangle, if that is what is seen.
fn on_face(aim: &Aim, f: &SnapFace) -> Option<DVec3> {
    let (a, n) = plane(f)?;
    let slope = n.dot(aim.direction);
    if slope.abs() < 1e-9 {
        return None;
    }
    let p = aim.eye.0 + aim.direction * (n.dot(a - aim.eye.0) / slope);
    let [c0, c1, c2] = f.corners;
    let inside = [(c0, c1), (c1, c2), (c2, c0)].into_iter().all(|(from, to)| {
        // A hair's breadth outside counts: shared edges must not fall between two triangles.
        (to - from).cross(p - from).dot(n) >= -1e-6 * (to - from).length()
    });
    let seen = (aim.hit.0 - aim.eye.0).dot(aim.direction);
    let near = p.distance(aim.hit.0) <= (DEPTH_SHARE * aim.tolerance * seen.abs()).max(1e-3);
    (inside && near).then_some(p)
}

fn hit_normal(aim: &Aim, f: &SnapFace) -> Option<DVec3> {
    on_face(aim, f)?;
    let (_, n) = plane(f)?;
    Some(if n.dot(aim.direction) > 0.0 { -n } else { n })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: DVec3 = DVec3::new(455_612.35, 4_428_540.12, 41.2);

    /// A face of 4 × 3 m that looks south, with its four edges, and one edge a meter behind it.
    fn wall() -> SnapGeometry {
        let c = [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)].map(|(x, z)| AT + DVec3::new(x, 0.0, z));
        let edge = |i: usize| SnapEdge { ends: [c[i], c[(i + 1) % 4]] };
        let mut edges: Vec<_> = (0..4).map(edge).collect();
        edges.push(SnapEdge { ends: [AT + DVec3::new(1.2, 1.0, 0.0), AT + DVec3::new(1.2, 1.0, 3.0)] });
        let faces = vec![SnapFace { corners: [c[0], c[1], c[2]] }, SnapFace { corners: [c[0], c[2], c[3]] }];
        SnapGeometry { faces, edges }
    }

    /// Looks from 20 m south at a point of the wall.
    fn aim(x: f64, z: f64) -> Aim {
        let hit = AT + DVec3::new(x, 0.0, z);
        let eye = AT + DVec3::new(1.0, -20.0, 6.0);
        // Ten pixels of 720 at an opening of 42°.
        let tolerance = 10.0 / (360.0 / 21_f64.to_radians().tan());
        Aim {
            eye: WorldPoint(eye),
            direction: (hit - eye).try_normalize().unwrap(),
            hit: WorldPoint(hit),
            tolerance,
        }
    }

    fn check(x: f64, z: f64, kind: SnapKind, (to_x, to_z): (f64, f64)) {
        let s = snap(&aim(x, z), &wall());
        assert_eq!(s.kind, kind, "{x} {z}");
        let off = s.point.0.distance(AT + DVec3::new(to_x, 0.0, to_z));
        assert!(off < 1e-3, "{x} {z}: {off}");
        assert!((s.normal.unwrap_or(-DVec3::Y) + DVec3::Y).length() < 1e-9, "towards the eye");
    }

    #[test]
    fn corners_win_over_middles_over_edges_over_faces() {
        check(0.1, 0.1, SnapKind::Vertex, (0.0, 0.0));
        check(3.93, 2.9, SnapKind::Vertex, (4.0, 3.0));
        check(2.05, 0.05, SnapKind::Midpoint, (2.0, 0.0));
        check(3.2, 2.95, SnapKind::Edge, (3.2, 3.0));
        check(2.0, 1.5, SnapKind::Face, (2.0, 1.5));
    }

    #[test]
    fn a_corner_comes_back_bit_for_bit_at_project_coordinates() {
        let s = snap(&aim(0.02, 0.03), &wall());
        assert_eq!(s.point.0, AT);
        assert!(s.edge[0].0.distance(s.edge[1].0) > 2.9, "the edge is known");
    }

    #[test]
    fn what_lies_behind_the_face_that_is_seen_is_not_caught() {
        // The edge a meter behind projects at about x = 1.19.
        check(1.19, 1.2, SnapKind::Face, (1.19, 1.2));
        let alone = SnapGeometry { faces: Vec::new(), ..wall() };
        assert_eq!(snap(&aim(1.19, 1.2), &alone).kind, SnapKind::Surface);
    }

    #[test]
    fn shapes_of_a_tile_are_caught_to_its_millimeter_wherever_its_instance_stands() {
        use crate::{InputMesh, TileBuilder};
        // A box of 2 × 1 × 3 m, made of quads that a builder turns into clusters with edges.
        let (x, y, z) = (2.0, 1.0, 3.0);
        let corner =
            |i: u8| [(i & 1, x), (i >> 1 & 1, y), (i >> 2, z)].map(|(on, s)| if on == 1 { s } else { 0.0 });
        let positions: Vec<f32> = (0..8).flat_map(corner).collect();
        let quads: [[u32; 4]; 6] =
            [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let indices: Vec<u32> = quads.iter().flat_map(|&[a, b, c, d]| [a, b, c, a, c, d]).collect();
        let mut builder = TileBuilder::default();
        builder.push(&InputMesh {
            object: 7,
            origin: WorldPoint(AT),
            positions: &positions,
            normals: &[],
            indices: &indices,
            color: [200, 190, 180, 255],
        });
        let built = builder.finish(&lantu_base::CancelToken::default()).unwrap();
        let geometry = |visible: bool| {
            let mut near = SnapGeometry::default();
            for tile in &built.tiles {
                near.add(tile, &aim(1.97, 2.97), &|object| visible && object == 7);
            }
            near
        };
        let s = snap(&aim(1.97, 2.97), &geometry(true));
        assert_eq!(s.kind, SnapKind::Vertex);
        assert!(s.point.0.distance(AT + DVec3::new(2.0, 0.0, 3.0)) < 6e-4, "{s:?}");
        assert!(s.normal.is_some_and(|n| n.dot(-DVec3::Y) > 0.999));
        assert_eq!(geometry(false), SnapGeometry::default(), "what is hidden is not caught");
    }

    #[test]
    fn without_any_shape_the_hit_stays_what_it_is() {
        let a = aim(2.0, 1.0);
        let s = snap(&a, &SnapGeometry::default());
        assert_eq!((s.kind, s.point, s.normal), (SnapKind::Surface, a.hit, None));
    }

    #[test]
    fn edges_that_point_at_the_eye_and_triangles_without_area_do_no_harm() {
        let a = aim(2.0, 1.0);
        let along = SnapEdge { ends: [a.eye.0 + a.direction * 5.0, a.eye.0 + a.direction * 6.0] };
        let flat = SnapFace { corners: [AT, AT, AT] };
        let s = snap(&a, &SnapGeometry { faces: vec![flat], edges: vec![along] });
        assert!(s.point.0.is_finite() && s.kind == SnapKind::Vertex);
    }
}
