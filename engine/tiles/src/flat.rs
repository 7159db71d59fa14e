//! Normals of flat faces: each at the first vertex of its triangles, from where the whole face is lit.
//!
//! A box so keeps its eight vertices, and a processor that draws has nothing left to compute for a pixel.

use std::collections::{BTreeMap, HashMap};

use glam::{DVec3, Vec3};

use crate::cluster::count;
use crate::mesh_tile::{Cluster, MeshTile};
use crate::vertex::{FLAT_NORMAL, Vertex, pack_normal, unpack_normal};

/// Cosine of the largest angle between a face and a normal that it shares: 1.5°, beside the 1° of a packed normal.
/// Chosen: a fiftieth of the light at most.
const SAME: f32 = 0.999_66;
/// Vertices that 16 bits can index.
const MAX_VERTICES: usize = 65_536;

/// Where a cluster's vertices and indices went, and whether its faces are flat.
#[derive(Clone, Copy)]
struct Settled {
    first_vertex: u32,
    n_vertices: u32,
    first_index: u32,
    flat: bool,
}

/// Turns the triangles of clusters without own normals so that each begins with a vertex that holds its normal.
///
/// Vertices are added where all corners of a triangle are taken by others. Clusters with smooth faces stay as they are.
pub(crate) fn settle_flat_faces(tile: &mut MeshTile) {
    let mut vertices = Vec::with_capacity(tile.vertices.len());
    let mut indices = Vec::with_capacity(tile.indices.len());
    // Several clusters may share what they draw.
    let mut done: BTreeMap<(u32, u32), Settled> = BTreeMap::new();
    for ix in 0..tile.clusters.len() {
        let Some(c) = tile.clusters.get(ix) else { continue };
        let settled = *done
            .entry((c.first_vertex, c.first_index))
            .or_insert_with(|| settle(tile, c, &mut vertices, &mut indices));
        if let Some(c) = tile.clusters.get_mut(ix) {
            c.first_vertex = settled.first_vertex;
            c.n_vertices = settled.n_vertices;
            c.first_index = settled.first_index;
            c.flat = settled.flat;
        }
    }
    tile.vertices = vertices;
    tile.indices = indices;
}

/// Appends a cluster's vertices and indices, turned where its faces are flat.
fn settle(tile: &MeshTile, c: &Cluster, vertices: &mut Vec<Vertex>, indices: &mut Vec<u16>) -> Settled {
    let part = |first: u32, n: u32| first as usize..first as usize + n as usize;
    let own = tile.vertices.get(part(c.first_vertex, c.n_vertices)).unwrap_or_default();
    let n_corners = c.n_opaque + c.n_transparent;
    let corners = tile.indices.get(part(c.first_index, n_corners)).unwrap_or_default();
    let edges = tile.indices.get(part(c.first_index + n_corners, c.n_edges)).unwrap_or_default();
    let (first_vertex, first_index) = (count(vertices.len()), count(indices.len()));
    let (triangles, _) = corners.as_chunks::<3>();
    let turned = turned(own, triangles);
    let flat = turned.is_some();
    if let Some((more, triangles)) = turned {
        vertices.extend(more);
        indices.extend(triangles.into_iter().flatten());
    } else {
        vertices.extend(own);
        indices.extend(corners);
    }
    indices.extend(edges);
    Settled { first_vertex, n_vertices: count(vertices.len()) - first_vertex, first_index, flat }
}

/// Vertices with normals, and triangles turned to begin with theirs; `None` if some face is not flat.
fn turned(own: &[Vertex], triangles: &[[u16; 3]]) -> Option<(Vec<Vertex>, Vec<[u16; 3]>)> {
    if triangles.is_empty() || own.iter().any(|v| v.normal != FLAT_NORMAL) {
        return None;
    }
    let normals: Vec<Vec3> = triangles.iter().map(|t| normal_of(own, *t)).collect();
    // How many triangles of a face meet in a vertex: one that many share serves them all.
    let mut shared: HashMap<(u16, u16), u32> = HashMap::with_capacity(triangles.len());
    for (t, n) in triangles.iter().zip(&normals) {
        for &v in t {
            *shared.entry((v, pack_normal(*n))).or_default() += 1;
        }
    }
    let mut vertices = own.to_vec();
    let mut added: HashMap<(u16, u16), u16> = HashMap::new();
    let mut out = Vec::with_capacity(triangles.len());
    for (&t, &n) in triangles.iter().zip(&normals) {
        let packed = pack_normal(n);
        let mut t = t;
        for v in &mut t {
            *v = added.get(&(*v, packed)).copied().unwrap_or(*v);
        }
        let holds = |v: u16| vertices.get(usize::from(v)).map_or(FLAT_NORMAL, |v| v.normal);
        let same = |v: u16| holds(v) != FLAT_NORMAL && unpack_normal(holds(v)).dot(n) > SAME;
        let sharing = |v: u16| shared.get(&(v, packed)).copied().unwrap_or(0);
        let free = (0..3).filter(|&k| t.get(k).is_some_and(|&v| holds(v) == FLAT_NORMAL));
        let first = (0..3)
            .find(|&k| t.get(k).is_some_and(|&v| same(v)))
            .or_else(|| free.max_by_key(|&k| (t.get(k).map_or(0, |&v| sharing(v)), 3 - k)));
        let first = if let Some(k) = first {
            k
        } else {
            let k = (0..3).max_by_key(|&k| (t.get(k).map_or(0, |&v| sharing(v)), 3 - k))?;
            let old = *t.get(k)?;
            let new = u16::try_from(vertices.len()).ok().filter(|_| vertices.len() < MAX_VERTICES)?;
            let copy = Vertex { normal: FLAT_NORMAL, ..*vertices.get(usize::from(old))? };
            vertices.push(copy);
            added.insert((old, packed), new);
            *t.get_mut(k)? = new;
            k
        };
        t.rotate_left(first);
        let owner = vertices.get_mut(usize::from(t[0]))?;
        if owner.normal == FLAT_NORMAL {
            owner.normal = packed;
        }
        out.push(t);
    }
    Some((vertices, out))
}

/// Where a triangle looks, in the cluster's own axes.
fn normal_of(vertices: &[Vertex], t: [u16; 3]) -> Vec3 {
    let at = |v: u16| vertices.get(usize::from(v)).map_or([0; 3], |v| v.position).map(f64::from);
    let [a, b, c] = t.map(|v| DVec3::from_array(at(v)));
    (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::Z).as_vec3()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vertex::Instance;
    use crate::{InputMesh, TileBuilder, TileLayer};
    use lantu_base::{CancelToken, WorldPoint};

    fn check(tile: &MeshTile) {
        tile.check().unwrap();
        for c in &tile.clusters {
            assert!(c.flat);
            let first = c.first_index as usize;
            let corners = &tile.indices[first..first + (c.n_opaque + c.n_transparent) as usize];
            let own = &tile.vertices[c.first_vertex as usize..];
            for t in corners.as_chunks::<3>().0 {
                let held = unpack_normal(own[usize::from(t[0])].normal);
                assert!(held.dot(normal_of(own, *t)) > 0.9985, "{held}");
            }
        }
    }

    fn built(positions: &[f32], indices: &[u32]) -> MeshTile {
        let mut builder = TileBuilder::default();
        let origin = WorldPoint::new(455_600.0, 4_428_550.0, 40.0);
        let color = [200, 0, 0, 255];
        builder.push_in(
            TileLayer::Solid,
            true,
            &InputMesh { object: 0, origin, positions, normals: &[], indices, color },
        );
        builder.finish(&CancelToken::default()).unwrap().tiles.pop().unwrap()
    }

    /// Sides of a box with corners numbered by bits x, y, z.
    const SIDES: [[u32; 4]; 6] =
        [[0, 1, 5, 4], [1, 3, 7, 5], [3, 2, 6, 7], [2, 0, 4, 6], [4, 5, 7, 6], [2, 3, 1, 0]];

    #[test]
    fn a_hundred_boxes_need_hardly_more_than_eight_vertices_each() {
        let (mut positions, mut indices) = (Vec::new(), Vec::new());
        for b in 0..100_u16 {
            let first = u32::from(b) * 8;
            for i in 0..8_u16 {
                let x = f32::from(b % 10) * 3.0 + f32::from(i & 1);
                positions.extend([x, f32::from(b / 10) * 3.0 + f32::from(i >> 1 & 1), f32::from(i >> 2)]);
            }
            // Each turned another way, as files have them.
            for (k, s) in SIDES.iter().enumerate() {
                let turn = (usize::from(b) + k) % 4;
                indices.extend([0, 1, 2, 0, 2, 3].map(|i| first + s[(i + turn) % 4]));
            }
        }
        let tile = built(&positions, &indices);
        check(&tile);
        assert!(tile.vertices.len() <= 880, "{}", tile.vertices.len());
    }

    #[test]
    fn round_columns_and_single_triangles_hold_every_normal() {
        let (mut positions, mut indices) = (Vec::new(), Vec::new());
        let n = 24_u16;
        for i in 0..n {
            let a = f32::from(i) * std::f32::consts::TAU / f32::from(n);
            positions.extend([a.cos(), a.sin(), 0.0, a.cos(), a.sin(), 3.0]);
            let (k, m) = (u32::from(i) * 2, u32::from((i + 1) % n) * 2);
            indices.extend([k, m, m + 1, k, m + 1, k + 1]);
            if i > 0 && i < n - 1 {
                indices.extend([1, k + 1, m + 1, 0, m, k]);
            }
        }
        let tile = built(&positions, &indices);
        check(&tile);
        assert!(tile.vertices.len() <= 52, "{}", tile.vertices.len());
        check(&built(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.2, 0.0, 1.0, 0.0], &[0, 1, 2]));
    }

    #[test]
    fn clusters_that_share_what_they_draw_still_do() {
        let vertex = |x: u16, y: u16| Vertex { position: [x, y, 0], normal: FLAT_NORMAL, part: 0 };
        let mut tile = built(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0], &[0, 1, 2]);
        tile.vertices = vec![vertex(0, 0), vertex(1000, 0), vertex(0, 1000)];
        tile.indices = vec![0, 1, 2];
        tile.instances = vec![Instance::at(0.001, Vec3::ZERO); 2];
        let c = Cluster { n_edges: 0, n_vertices: 3, n_instances: 1, ..tile.clusters[0].clone() };
        tile.clusters = vec![c.clone(), Cluster { first_instance: 1, ..c }];
        settle_flat_faces(&mut tile);
        check(&tile);
        assert_eq!((tile.vertices.len(), tile.indices.len()), (3, 3));
        assert_eq!(tile.clusters[0].first_index, tile.clusters[1].first_index);
    }
}
