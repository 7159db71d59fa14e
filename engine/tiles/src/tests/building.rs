use glam::{DAffine3, DVec3};
use lantu_base::{CancelToken, WorldPoint};

use super::{EAST, NORTH, Random, area, n_edges as edges_of, triangles, volume};
use crate::{Built, Dropped, FLAT_NORMAL, InputInstance, InputLine, InputMesh, TileBuilder, TileLayer};

pub(super) struct Mesh {
    pub(super) object: u32,
    pub(super) origin: DVec3,
    positions: Vec<f32>,
    indices: Vec<u32>,
    pub(super) color: [u8; 4],
}

impl Mesh {
    pub(super) fn input(&self) -> InputMesh<'_> {
        InputMesh {
            object: self.object,
            origin: WorldPoint(self.origin),
            positions: &self.positions,
            normals: &[],
            indices: &self.indices,
            color: self.color,
        }
    }
}

pub(super) fn block(object: u32, origin: DVec3, size: [f32; 3], color: [u8; 4]) -> Mesh {
    let [x, y, z] = size;
    let p = [[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]];
    let positions = [0.0, z].iter().flat_map(|&z| p.iter().flat_map(move |p| [p[0], p[1], z])).collect();
    let indices = vec![
        0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3,
        4, 7,
    ];
    Mesh { object, origin, positions, indices, color }
}

fn build(meshes: &[Mesh]) -> Built {
    let mut builder = TileBuilder::default();
    for m in meshes {
        builder.push(&m.input());
    }
    builder.finish(&CancelToken::default()).unwrap()
}

pub(super) fn district(n: u32) -> Vec<Mesh> {
    let mut random = Random(7);
    (0..n)
        .map(|i| {
            let at =
                DVec3::new(EAST + random.unit() * 700.0, NORTH + random.unit() * 500.0, random.unit() * 60.0);
            let size = [0.0; 3].map(|_: f32| 0.5 + random.small() * 12.0);
            block(i / 2, at, size, [200, 190, 180, if i % 5 == 0 { 90 } else { 255 }])
        })
        .collect()
}

#[test]
fn shuffled_input_and_any_number_of_threads_give_the_same_tiles() {
    let mut meshes = district(500);
    let expected = build(&meshes);
    assert!(expected.tiles.len() > 5);
    let mut random = Random(99);
    for threads in [1, 2, 3] {
        random.shuffle(&mut meshes);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| build(&meshes)) == expected, "{threads} threads");
    }
}

#[test]
fn no_triangle_is_lost_and_every_tile_is_bounded() {
    let meshes = district(3000);
    let built = build(&meshes);
    let all = triangles(&built.tiles);
    assert_eq!(all.len(), 3000 * 12);
    assert_eq!(built.objects.len(), 1500);
    assert_eq!(built.objects.values().map(|o| o.n_triangles).sum::<u32>(), 3000 * 12);
    for tile in &built.tiles {
        assert!(tile.vertices.len() <= 65_536 && tile.bounds.size().max_element() < 200.0);
        for c in &tile.clusters {
            let wide = c.min.iter().zip(&c.max).any(|(lo, hi)| hi - lo > 65.6);
            assert!(!wide && c.n_vertices <= 65_536, "{:?} {:?}", c.min, c.max);
        }
    }
    for ([a, ..], _, object) in &all {
        assert!(
            built.tiles.iter().any(|t| t.bounds.distance(*a) < 1e-3) && built.objects.contains_key(object)
        );
    }
    for (corners, _, object) in &all {
        assert!(corners.iter().all(|&p| built.objects[object].bounds.distance(p) < 1e-3));
    }
}

#[test]
fn transparent_triangles_come_after_opaque_ones() {
    let built = build(&district(400));
    assert!(built.tiles.iter().flat_map(|t| &t.clusters).any(|c| c.n_transparent > 0 && c.n_opaque > 0));
    for tile in &built.tiles {
        for c in &tile.clusters {
            let alpha = |i: &u16| {
                tile.parts[tile.vertices[(c.first_vertex + u32::from(*i)) as usize].part as usize].rgba >> 24
            };
            let indices = &tile.indices[c.first_index as usize..][..(c.n_opaque + c.n_transparent) as usize];
            let (opaque, transparent) = indices.split_at(c.n_opaque as usize);
            assert!(opaque.iter().all(|i| alpha(i) == 255) && transparent.iter().all(|i| alpha(i) < 255));
        }
    }
}

#[test]
fn an_object_larger_than_a_tile_is_cut_without_loss() {
    // A road deck of 400 m in 2 m steps.
    let mut mesh = Mesh {
        object: 4,
        origin: DVec3::new(EAST, NORTH, 45.0),
        positions: Vec::new(),
        indices: Vec::new(),
        color: [90, 90, 95, 255],
    };
    for i in 0..=200_u16 {
        let x = f32::from(i) * 2.0;
        mesh.positions.extend([x, 0.0, 0.0, x, 12.0, 0.0]);
        if i < 200 {
            let k = u32::from(i) * 2;
            mesh.indices.extend([k, k + 2, k + 3, k, k + 3, k + 1]);
        }
    }
    let built = build(&[mesh]);
    assert!(built.tiles.len() > 3);
    assert!(built.tiles.iter().all(|t| t.bounds.size().max_element() <= 200.0));
    let all = triangles(&built.tiles);
    assert!(all.len() == 400 && (area(&all) - 400.0 * 12.0).abs() < 1e-3);
    // Only the outline is an edge: cutting it into tiles adds none.
    let n_edges: usize = built.tiles.iter().map(edges_of).sum();
    assert_eq!(n_edges, 200 * 2 + 2);
}

#[test]
fn a_triangle_of_kilometers_is_cut_until_it_fits() {
    let mesh = Mesh {
        object: 0,
        origin: DVec3::new(EAST, NORTH, 0.0),
        positions: vec![0.0, 0.0, 0.0, 1200.0, 0.0, 0.0, 0.0, 1000.0, 0.0],
        indices: vec![0, 1, 2],
        color: [1, 2, 3, 255],
    };
    let all = triangles(&build(&[mesh]).tiles);
    assert!(all.len() > 10 && (area(&all) - 6e5).abs() < 10.0, "{} {}", all.len(), area(&all));
}

fn n_edges(meshes: &[Mesh]) -> usize {
    build(meshes).tiles.iter().map(edges_of).sum()
}

#[test]
fn a_block_has_twelve_edges_in_one_color_or_in_two() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let mut whole = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    assert_eq!(n_edges(&[block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255])]), 12);
    let mut half = block(1, at, [2.0, 3.0, 4.0], [0, 0, 200, 255]);
    half.indices = whole.indices.split_off(15);
    assert_eq!(n_edges(&[whole, half]), 12);
}

#[test]
fn a_block_without_lid_shows_its_rim_and_one_with_doubled_faces_no_diagonals() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let mut open = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    open.indices.drain(6..12);
    assert_eq!(n_edges(&[open]), 12);
    let mut doubled = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    let reversed: Vec<u32> = doubled.indices.chunks(3).flat_map(|t| [t[0], t[2], t[1]]).collect();
    doubled.indices.extend(reversed);
    assert_eq!(n_edges(&[doubled]), 12);
}

#[test]
fn a_round_column_shows_its_two_rims_only() {
    let n = 24_u16;
    let mut mesh = Mesh {
        object: 0,
        origin: DVec3::new(EAST, NORTH, 40.0),
        positions: Vec::new(),
        indices: Vec::new(),
        color: [9, 9, 9, 255],
    };
    for i in 0..n {
        let a = f32::from(i) * std::f32::consts::TAU / f32::from(n);
        mesh.positions.extend([a.cos(), a.sin(), 0.0, a.cos(), a.sin(), 3.0]);
        let (k, m) = (u32::from(i) * 2, u32::from((i + 1) % n) * 2);
        mesh.indices.extend([k, m, m + 1, k, m + 1, k + 1]);
    }
    assert_eq!(n_edges(&[mesh]), 48);
}

#[test]
fn what_cannot_be_drawn_is_counted_and_the_rest_is_drawn() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let mut mesh = block(1, at, [1.0; 3], [200, 0, 0, 255]);
    mesh.indices.extend([0, 0, 1, 0, 1, 77, 3, 4]);
    mesh.positions.extend([f32::NAN, 0.0, 0.0]);
    mesh.indices.drain(38..);
    mesh.indices.push(1);
    mesh.indices.extend([0, 1, 77, 0, 1, 8, 3, 4]);
    let built = build(&[mesh]);
    assert_eq!(built.dropped, Dropped { degenerate: 1, bad_index: 2, not_finite: 1, too_large: 0 });
    assert_eq!(triangles(&built.tiles).len(), 12);
    assert!((volume(&triangles(&built.tiles)) - 1.0).abs() < 1e-6);
    assert_eq!(built.dropped.diagnostics().len(), 3);
}

#[test]
fn missing_normals_are_flat_and_given_ones_are_kept() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let built = build(&[block(1, at, [1.0; 3], [200, 0, 0, 255])]);
    // Flat faces take their normal from their corners, so that these are shared by all.
    assert_eq!(built.tiles[0].vertices.len(), 8);
    assert!(built.tiles[0].clusters[0].flat);
    assert!(built.tiles[0].vertices.iter().any(|v| v.normal == FLAT_NORMAL), "six sides, eight corners");
    let smooth = block(1, at, [1.0; 3], [200, 0, 0, 255]);
    let normals: Vec<f32> = smooth.positions.iter().map(|p| p - 0.5).collect();
    let mut builder = TileBuilder::default();
    builder.push(&InputMesh { normals: &normals, ..smooth.input() });
    let built = builder.finish(&CancelToken::default()).unwrap();
    assert_eq!(built.tiles[0].vertices.len(), 8);
    assert!(!built.tiles[0].clusters[0].flat);
    assert!(built.tiles[0].vertices.iter().all(|v| v.normal != FLAT_NORMAL));
}

pub(super) fn column(object: u32, origin: DVec3, n: u16) -> Mesh {
    let mut mesh = Mesh { object, origin, positions: Vec::new(), indices: Vec::new(), color: [9, 9, 9, 255] };
    for i in 0..n {
        let a = f32::from(i) * std::f32::consts::TAU / f32::from(n);
        mesh.positions.extend([a.cos(), a.sin(), 0.0, a.cos(), a.sin(), 3.0]);
        let (k, m) = (u32::from(i) * 2, u32::from((i + 1) % n) * 2);
        mesh.indices.extend([k, m, m + 1, k, m + 1, k + 1]);
    }
    mesh
}

#[test]
fn repeats_are_found_by_content_and_drawn_where_they_stood() {
    let at = |i: u32| DVec3::new(EAST + f64::from(i % 20) * 3.0, NORTH + f64::from(i / 20) * 3.0, 40.0);
    let meshes: Vec<Mesh> = (0..200).map(|i| column(i, at(i), 64)).collect();
    let built = build(&meshes);
    let all = triangles(&built.tiles);
    assert_eq!(all.len(), 200 * 128);
    let n_vertices: usize = built.tiles.iter().map(|t| t.vertices.len()).sum();
    assert!(n_vertices <= built.tiles.len() * 128, "{n_vertices}");
    for (corners, _, object) in &all {
        let middle = at(*object);
        for p in corners {
            let r = (p.truncate() - middle.truncate()).length();
            assert!((r - 1.0).abs() < 2e-3 && (-1e-3..3.001).contains(&(p.z - 40.0)), "{r}");
        }
    }
}

#[test]
fn a_template_is_drawn_turned_mirrored_and_scaled_as_it_was_placed() {
    let shape = column(0, DVec3::ZERO, 48);
    let mut builder = TileBuilder::default();
    let template = builder.add_template(&[shape.input()]);
    let place = |i: u32| {
        let f = f64::from(i);
        DAffine3::from_translation(DVec3::new(EAST + f * 0.37, NORTH + f, 40.0))
            * DAffine3::from_rotation_x(f * 0.1)
            * DAffine3::from_scale(DVec3::new(if i.is_multiple_of(2) { -1.0 } else { 1.0 }, 1.0, 2.0))
    };
    for i in 0..100 {
        let instance = InputInstance { object: i, template, world_from_template: place(i), colors: &[] };
        builder.push_instance(TileLayer::Solid, &instance);
    }
    let world_from_template = DAffine3::from_translation(DVec3::NAN);
    builder.push_instance(
        TileLayer::Solid,
        &InputInstance { object: 7, template, world_from_template, colors: &[] },
    );
    let built = builder.finish(&CancelToken::default()).unwrap();
    assert_eq!(built.dropped.not_finite, 96);
    let all = triangles(&built.tiles);
    assert_eq!(all.len(), 9600);
    assert!(built.tiles.iter().map(|t| t.vertices.len()).sum::<usize>() <= 96 * built.tiles.len());
    for (corners, _, object) in &all {
        let back = place(*object).inverse();
        for p in corners {
            let p = back.transform_point3(*p);
            assert!((p.truncate().length() - 1.0).abs() < 2e-3, "{p}");
        }
        // Outward, whatever hand the matrix has.
        let [a, b, c] = *corners;
        let middle = place(*object).transform_point3(DVec3::new(0.0, 0.0, 1.5));
        assert!((b - a).cross(c - a).dot((a + b + c) / 3.0 - middle) > 0.0, "{object}");
    }
}

#[test]
fn closed_shapes_are_single_sided_and_open_or_inverted_ones_are_not() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let sides = |m: Mesh| build(&[m]).tiles[0].clusters[0].single_sided;
    assert!(sides(block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255])));
    let mut open = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    open.indices.drain(6..12);
    assert!(!sides(open));
    let mut inverted = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    inverted.indices.reverse();
    assert!(!sides(inverted));
    // One shell sound, the other inside out: culling would open the second.
    let mut both = block(1, at, [2.0, 3.0, 4.0], [200, 0, 0, 255]);
    let other: Vec<u32> = both.indices.iter().rev().map(|i| i + 8).collect();
    let moved: Vec<f32> = both.positions.iter().map(|p| p * 0.5 + 10.0).collect();
    both.indices.extend(other);
    both.positions.extend(moved);
    assert!(!sides(both));
}

#[test]
fn faces_are_ranged_by_where_they_look_and_none_looks_elsewhere() {
    let meshes: Vec<Mesh> = (0..80)
        .map(|i| {
            let at = DVec3::new(EAST + f64::from(i % 10) * 3.0, NORTH + f64::from(i / 10) * 3.0, 40.0);
            block(i, at, [2.0, 2.0, 2.0], [200, 0, 0, 255])
        })
        .collect();
    let built = build(&meshes);
    let mut n_ranges = 0;
    for tile in &built.tiles {
        for c in &tile.clusters {
            for r in &c.ranges {
                let Some(facing) = r.facing else { continue };
                n_ranges += 1;
                let axis = DVec3::from_array(facing.map(f64::from)).try_normalize().unwrap();
                let first = (c.first_index + r.first) as usize;
                for t in tile.indices[first..first + r.n as usize].chunks_exact(3) {
                    let p = [t[0], t[1], t[2]].map(|i| {
                        let v = tile.vertices[c.first_vertex as usize + usize::from(i)];
                        DVec3::from_array(v.position.map(f64::from))
                    });
                    let n = (p[1] - p[0]).cross(p[2] - p[0]).try_normalize().unwrap();
                    assert!(n.dot(axis) >= f64::from(r.cos_spread));
                }
            }
        }
    }
    assert!(n_ranges >= 6);
}

#[test]
fn lines_are_cut_by_space_and_keep_their_length() {
    let points = vec![
        DVec3::new(EAST, NORTH, 40.0),
        DVec3::new(EAST + 5000.0, NORTH, 40.0),
        DVec3::new(EAST + 5000.0, NORTH, 41.0),
        DVec3::new(f64::NAN, 0.0, 0.0),
    ];
    let mut builder = TileBuilder::default();
    builder.push_line(
        TileLayer::Draped { z_order: 3 },
        InputLine { object: 5, points, color: [1, 2, 3, 255], width: 1.6 },
    );
    let built = builder.finish(&CancelToken::default()).unwrap();
    assert!(built.tiles.iter().all(|t| t.layer == TileLayer::Draped { z_order: 3 }));
    let length: f32 = built
        .tiles
        .iter()
        .flat_map(|t| &t.segments)
        .map(|s| glam::Vec3::from_array(s.a).distance(glam::Vec3::from_array(s.b)))
        .sum();
    assert!((length - 5001.0).abs() < 0.01, "{length}");
    assert_eq!(built.dropped.not_finite, 1);
}

#[test]
fn a_dense_heap_of_triangles_is_spread_over_tiles_of_bounded_size() {
    let mut random = Random(3);
    let mut mesh = block(0, DVec3::new(EAST, NORTH, 40.0), [1.0; 3], [5, 5, 5, 255]);
    mesh.positions.clear();
    mesh.indices.clear();
    for i in 0..100_000_u32 {
        mesh.positions.extend((0..9).map(|_| random.small()));
        mesh.indices.extend([i * 3, i * 3 + 1, i * 3 + 2]);
    }
    let mut builder = TileBuilder::default();
    builder.push_in(TileLayer::Solid, false, &mesh.input());
    let built = builder.finish(&CancelToken::default()).unwrap();
    assert!(built.tiles.len() >= 5 && built.tiles.iter().all(|t| t.vertices.len() <= 65_536));
    assert_eq!(triangles(&built.tiles).len() as u64 + built.dropped.degenerate, 100_000);
}

#[test]
fn a_cancelled_build_stops() {
    let mut builder = TileBuilder::default();
    for m in district(10) {
        builder.push(&m.input());
    }
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(builder.finish(&cancel).is_err());
}
