//! The place of a shape that is nearest to the middle of its box: a bent road does not lie in the middle of its own.

use glam::DVec3;

use crate::mesh_tile::{Cluster, MeshTile};
use crate::vertex::Instance;

/// How much heights count beside distances on the map. Chosen: of places above each other the one nearest in height is
/// meant, and no height makes up for a meter on the map.
const HEIGHT_COUNTS: f64 = 1e-3;

/// The point of an object's triangles and lines in a tile that is nearest to a place on the map, and of those above each
/// other the one nearest to it in height. `None` if the tile has nothing of it.
///
/// * `object`: its number within the tile's source.
/// * `to`: in the project frame, as the answer is.
///
/// Exact to the tile's simplification (its node's geometric error). Cost: linear in the triangles of the tile.
pub fn nearest_point(tile: &MeshTile, object: u32, to: DVec3) -> Option<DVec3> {
    let to = flattened(to - tile.origin.0);
    let mut best = Best { to, found: None };
    let is_its = |part: u32| tile.parts.get(part as usize).is_some_and(|p| p.object == object);
    for cluster in &tile.clusters {
        let first = cluster.first_instance as usize;
        let instances = tile.instances.get(first..first + cluster.n_instances as usize);
        for instance in instances.unwrap_or(&[]) {
            best.of_instance(tile, (cluster, instance), &is_its);
        }
    }
    for line in tile.segments.iter().filter(|s| is_its(s.part_ix())) {
        let [a, b] = [line.a, line.b].map(|p| flattened(DVec3::from_array(p.map(f64::from))));
        best.take(on_edge(to, a, b));
    }
    let (_, p) = best.found?;
    Some(tile.origin.0 + DVec3::new(p.x, p.y, p.z / HEIGHT_COUNTS))
}

/// Heights taken for as much as they count.
fn flattened(p: DVec3) -> DVec3 {
    DVec3::new(p.x, p.y, p.z * HEIGHT_COUNTS)
}

struct Best {
    to: DVec3,
    /// Square of its distance, and the point.
    found: Option<(f64, DVec3)>,
}

impl Best {
    fn take(&mut self, p: DVec3) {
        let off = p.distance_squared(self.to);
        if self.found.is_none_or(|(least, _)| off < least) {
            self.found = Some((off, p));
        }
    }

    fn of_instance(
        &mut self,
        tile: &MeshTile,
        (cluster, instance): (&Cluster, &Instance),
        is_its: &dyn Fn(u32) -> bool,
    ) {
        let first = cluster.first_vertex as usize;
        let vertices = tile.vertices.get(first..first + cluster.n_vertices as usize).unwrap_or(&[]);
        let rows = instance.rows.map(|r| r.map(f64::from));
        let place = |ix: &u16| {
            let v = vertices.get(usize::from(*ix))?;
            let [x, y, z] = v.position.map(f64::from);
            let p = DVec3::from_array(rows.map(|[a, b, c, d]| a * x + b * y + c * z + d));
            Some((flattened(p), v.part.checked_add(instance.first_part)?))
        };
        let from = cluster.first_index as usize;
        let n = (cluster.n_opaque + cluster.n_transparent) as usize;
        let faces = tile.indices.get(from..from + n).unwrap_or(&[]);
        for [a, b, c] in faces.as_chunks::<3>().0 {
            if let (Some((a, part)), Some((b, _)), Some((c, _))) = (place(a), place(b), place(c))
                && is_its(part)
            {
                self.take(on_triangle(self.to, [a, b, c]));
            }
        }
    }
}

/// The nearest point of a line between two points.
fn on_edge(p: DVec3, a: DVec3, b: DVec3) -> DVec3 {
    let along = b - a;
    let t = (p - a).dot(along) / along.length_squared();
    if t.is_finite() { a + along * t.clamp(0.0, 1.0) } else { a }
}

/// The nearest point of a triangle: below the point where it lies over the triangle, else on one of the sides.
fn on_triangle(p: DVec3, [a, b, c]: [DVec3; 3]) -> DVec3 {
    let normal = (b - a).cross(c - a);
    let inside = |from: DVec3, to: DVec3| (to - from).cross(p - from).dot(normal) >= 0.0;
    if normal.length_squared() > 0.0 && inside(a, b) && inside(b, c) && inside(c, a) {
        return p - normal * ((p - a).dot(normal) / normal.length_squared());
    }
    let sides = [on_edge(p, a, b), on_edge(p, b, c), on_edge(p, c, a)];
    sides.into_iter().min_by(|x, y| x.distance_squared(p).total_cmp(&y.distance_squared(p))).unwrap_or(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_of_a_triangle_lies_below_or_on_a_side() {
        let t = [DVec3::ZERO, DVec3::new(4.0, 0.0, 0.0), DVec3::new(0.0, 4.0, 0.0)];
        assert_eq!(on_triangle(DVec3::new(1.0, 1.0, 5.0), t), DVec3::new(1.0, 1.0, 0.0));
        assert_eq!(on_triangle(DVec3::new(1.0, -2.0, 0.0), t), DVec3::new(1.0, 0.0, 0.0));
        assert_eq!(on_triangle(DVec3::new(-1.0, -2.0, 3.0), t), DVec3::ZERO);
        let side = on_triangle(DVec3::new(4.0, 4.0, 1.0), t);
        assert!((side - DVec3::new(2.0, 2.0, 0.0)).length() < 1e-12, "{side}");
        // Without an area it is its longest side.
        assert_eq!(on_triangle(DVec3::new(1.0, 1.0, 0.0), [t[0], t[1], t[1]]), DVec3::new(1.0, 0.0, 0.0));
    }
}
