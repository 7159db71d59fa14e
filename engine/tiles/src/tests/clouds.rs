//! Point clouds as tiles: every point is there, coarser tiles stand for them, and nothing depends on their order.

use glam::DVec3;
use lantu_base::CancelToken;

use super::{EAST, NORTH, Random};
use crate::io::{MemoryPackStore, PackStore};
use crate::{BuiltTree, CloudBuilder, InputPoint, MeshTile, SpillRoom, decode_mesh_tile};

/// A surface with a tree on it: dense in one place, thin elsewhere.
fn cloud(n: usize) -> Vec<InputPoint> {
    let mut random = Random(7);
    let mut point = |k: usize| {
        let wide = if k.is_multiple_of(4) { 6.0 } else { 400.0 };
        let (x, y) = (random.unit() * wide, random.unit() * wide);
        let at =
            DVec3::new(EAST + x, NORTH + y, 40.0 + random.unit() * 0.2 + if wide < 10.0 { x } else { 0.0 });
        InputPoint { object: u32::from(wide < 10.0), at, color: [90, 120, 60, 255] }
    };
    (0..n).map(&mut point).collect()
}

fn build(points: &[InputPoint], room: SpillRoom, store: &MemoryPackStore) -> BuiltTree {
    let mut builder = CloudBuilder::within(room);
    points.chunks(10_000).for_each(|some| builder.push(some).unwrap());
    builder.build(store, &CancelToken::default()).unwrap()
}

fn tiles(built: &BuiltTree, store: &MemoryPackStore) -> Vec<MeshTile> {
    built.tree.nodes.iter().map(|n| decode_mesh_tile(&store.read(n.hash).unwrap()).unwrap()).collect()
}

#[test]
fn leaves_hold_every_point_to_a_tenth_of_a_millimeter_and_each_coarser_tile_fewer() {
    let (points, store) = (cloud(300_000), MemoryPackStore::default());
    let built = build(&points, SpillRoom::IN_MEMORY, &store);
    let tiles = tiles(&built, &store);
    let mut found = Vec::new();
    for (node, tile) in built.tree.nodes.iter().zip(&tiles) {
        if node.n_children == 0 {
            let place = |p: &crate::Point| tile.origin.0 + glam::Vec3::from_array(p.at).as_dvec3();
            found.extend(tile.points.iter().map(place));
            continue;
        }
        let children = &tiles[node.first_child as usize..(node.first_child + node.n_children) as usize];
        let finer: usize = children.iter().map(|t| t.points.len()).sum();
        assert!(tile.points.len() < finer && !tile.points.is_empty());
        assert!(node.geometric_error_m > 0.0);
    }
    assert_eq!(found.len(), points.len());
    let mut wanted: Vec<DVec3> = points.iter().map(|p| p.at).collect();
    for all in [&mut found, &mut wanted] {
        all.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    assert!(found.iter().zip(&wanted).all(|(a, b)| (a.x - b.x).abs() < 1e-4));
    let roots = built.tree.nodes.iter().filter(|n| n.parent.is_none()).count();
    assert!(
        roots == 1 && tiles.len() > 8 && tiles.iter().all(|t| t.points.len() <= 65_536),
        "{}",
        tiles.len()
    );
    assert_eq!(built.objects.len(), 2);
}

#[test]
fn the_order_of_points_and_where_they_wait_change_no_tile() {
    let mut points = cloud(100_000);
    let store = MemoryPackStore::default();
    let first = build(&points, SpillRoom::IN_MEMORY, &store);
    let mut random = Random(3);
    for k in (1..points.len()).rev() {
        points.swap(k, random.below(k + 1));
    }
    let folder = tempfile::tempdir().unwrap();
    let room = SpillRoom { folder: Some(folder.path().to_owned()), memory_bytes: 1 << 16 };
    assert_eq!(build(&points, room, &store), first);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_cloud_in_one_place_ends_and_points_without_a_place_are_left_out() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let mut points = vec![InputPoint { object: 0, at, color: [1, 2, 3, 255] }; 200_000];
    points.push(InputPoint { at: DVec3::NAN, ..points[0] });
    points.push(InputPoint { at: at * 1e9, ..points[0] });
    let store = MemoryPackStore::default();
    let built = build(&points, SpillRoom::IN_MEMORY, &store);
    let kept: usize = tiles(&built, &store)
        .iter()
        .zip(&built.tree.nodes)
        .filter(|t| t.1.n_children == 0)
        .map(|t| t.0.points.len())
        .sum();
    assert_eq!((kept, built.dropped.not_finite), (200_000, 2));
    let empty = build(&[], SpillRoom::IN_MEMORY, &store);
    assert!(empty.tree.nodes.is_empty());
}
