//! The place of a shape that is nearest to the middle of its box: a bent road does not lie in the middle of its own.

use std::collections::BTreeMap;

use glam::DVec3;

use crate::mesh_tile::{Cluster, MeshTile};
use crate::vertex::Instance;

/// How much heights count beside distances on the map. Chosen: of places above each other the one nearest in height is
/// meant, and no height makes up for a meter on the map.
const HEIGHT_COUNTS: f64 = 1e-3;

/// For each of some objects the point of its triangles and lines in a tile that is nearest to a place on the map, and of
/// those above each other the one nearest to it in height. `None` for objects of which the tile has nothing.
///
/// * `asked`: numbers of objects within the tile's source, and places in the project frame, as the answers are. An object
///   may be asked for several times.
///
/// Exact to the tile's simplification (its node's geometric error). Cost: linear in the triangles of the tile, and in
/// those of each object times how often it is asked for.
pub fn nearest_points(tile: &MeshTile, asked: &[(u32, DVec3)]) -> Vec<Option<DVec3>> {
    let mut best: BTreeMap<u32, Vec<Best>> = BTreeMap::new();
    for (n, (object, to)) in asked.iter().enumerate() {
        let to = flattened(*to - tile.origin.0);
        best.entry(*object).or_default().push(Best { n, to, found: None });
    }
    for cluster in &tile.clusters {
        let first = cluster.first_instance as usize;
        let instances = tile.instances.get(first..first + cluster.n_instances as usize);
        for instance in instances.unwrap_or(&[]) {
            of_instance(tile, (cluster, instance), &mut best);
        }
    }
    for line in &tile.segments {
        for best in of_part(tile, &mut best, line.part_ix()) {
            let [a, b] = [line.a, line.b].map(|p| flattened(DVec3::from_array(p.map(f64::from))));
            best.take(on_edge(best.to, a, b));
        }
    }
    let mut out = vec![None; asked.len()];
    for best in best.into_values().flatten() {
        if let (Some(slot), Some((_, p))) = (out.get_mut(best.n), best.found) {
            *slot = Some(tile.origin.0 + DVec3::new(p.x, p.y, p.z / HEIGHT_COUNTS));
        }
    }
    out
}

/// What is asked of the object that a part belongs to.
fn of_part<'b>(tile: &MeshTile, best: &'b mut BTreeMap<u32, Vec<Best>>, part: u32) -> &'b mut [Best] {
    let object = tile.parts.get(part as usize).map(|p| p.object);
    object.and_then(|object| best.get_mut(&object)).map(Vec::as_mut_slice).unwrap_or_default()
}

fn of_instance(
    tile: &MeshTile,
    (cluster, instance): (&Cluster, &Instance),
    best: &mut BTreeMap<u32, Vec<Best>>,
) {
    let first = cluster.first_vertex as usize;
    let vertices = tile.vertices.get(first..first + cluster.n_vertices as usize).unwrap_or(&[]);
    let rows = instance.rows.map(|r| r.map(f64::from));
    let vertex = |ix: &u16| vertices.get(usize::from(*ix));
    let place = |ix: &u16| {
        let [x, y, z] = vertex(ix)?.position.map(f64::from);
        Some(flattened(DVec3::from_array(rows.map(|[a, b, c, d]| a * x + b * y + c * z + d))))
    };
    let from = cluster.first_index as usize;
    let n = (cluster.n_opaque + cluster.n_transparent) as usize;
    for [a, b, c] in tile.indices.get(from..from + n).unwrap_or(&[]).as_chunks::<3>().0 {
        let part = vertex(a).and_then(|v| v.part.checked_add(instance.first_part));
        for best in part.map(|part| of_part(tile, best, part)).unwrap_or_default() {
            if let (Some(a), Some(b), Some(c)) = (place(a), place(b), place(c)) {
                best.take(on_triangle(best.to, [a, b, c]));
            }
        }
    }
}

/// Heights taken for as much as they count.
fn flattened(p: DVec3) -> DVec3 {
    DVec3::new(p.x, p.y, p.z * HEIGHT_COUNTS)
}

/// The nearest point so far of one that is asked for.
struct Best {
    /// Which of those that are asked for.
    n: usize,
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
