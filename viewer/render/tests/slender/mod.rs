//! What is long and thinner than a pixel is in the picture and can be picked, from wherever its level is drawn.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is wrong"
)]

use std::collections::BTreeSet;

use glam::DVec3;
use lantu_base::{CancelToken, ObjectRow, WorldPoint};
use lantu_render::Camera;
use lantu_tiles::io::{MemoryPackStore, PackStore as _};
use lantu_tiles::{BuiltTree, InputMesh, MeshTile, TileBuilder, TileNode, decode_mesh_tile};

use crate::scene::{ORIGIN, SIZE, Scene};

/// Object number of a bar of 200 m and 2 cm, red on green houses.
const BAR: u32 = 5_000;
/// Pixels that errors may be, of a picture at rest.
const ERROR_PX: f64 = 0.7;

fn push_box(builder: &mut TileBuilder, object: u32, low: DVec3, size: [f32; 3], color: [u8; 4]) {
    let [x, y, z] = size;
    let corners = [[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]];
    let positions: Vec<f32> =
        [0.0, z].iter().flat_map(|&z| corners.iter().flat_map(move |p| [p[0], p[1], z])).collect();
    let indices = [
        0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3,
        4, 7,
    ];
    let origin = WorldPoint(ORIGIN + low);
    builder.push(&InputMesh {
        object,
        origin,
        positions: &positions,
        normals: &[],
        indices: &indices,
        color,
    });
}

fn district() -> (BuiltTree, MemoryPackStore) {
    let mut builder = TileBuilder::default();
    for i in 0..1024_u32 {
        let low = DVec3::new(f64::from(i % 32) * 24.0, f64::from(i / 32) * 24.0, 0.0);
        push_box(&mut builder, i, low, [12.0, 10.0, 9.0 + (i % 5) as f32], [70, 140, 80, 255]);
    }
    push_box(&mut builder, BAR, DVec3::new(280.0, 380.0, 40.0), [200.0, 0.02, 0.02], [220, 30, 30, 255]);
    let store = MemoryPackStore::default();
    let built = builder.build(&store, &CancelToken::default()).unwrap();
    (built, store)
}

/// The tiles that show all of it where errors up to `error_m` are allowed.
fn level(built: &BuiltTree, store: &MemoryPackStore, error_m: f64) -> Vec<MeshTile> {
    let nodes = &built.tree.nodes;
    let fine = |n: &TileNode| n.geometric_error_m <= error_m || n.n_children == 0;
    let shown = nodes.iter().filter(|n| fine(n) && n.parent.is_none_or(|p| !fine(&nodes[p as usize])));
    shown.map(|n| decode_mesh_tile(&store.read(n.hash).unwrap()).unwrap()).collect()
}

#[test]
fn a_bar_of_two_centimeters_is_seen_and_picked_in_every_level_from_where_that_is_drawn() {
    let (built, store) = district();
    let errors: BTreeSet<u64> = built.tree.nodes.iter().map(|n| n.geometric_error_m.to_bits()).collect();
    let errors: Vec<f64> = errors.into_iter().map(f64::from_bits).collect();
    let mut n_levels = 0;
    for (&error_m, next_m) in errors.iter().zip(errors.iter().skip(1)) {
        // The farthest place from which this level is drawn, and not the next one.
        let px_per_radian =
            Camera::looking(WorldPoint(ORIGIN), WorldPoint(ORIGIN + DVec3::X)).view(SIZE).px_per_radian();
        let far_m = next_m * px_per_radian / ERROR_PX * 0.99;
        let length_px = 200.0 * px_per_radian / far_m;
        if length_px < 24.0 {
            break;
        }
        n_levels += 1;
        let middle = ORIGIN + DVec3::new(380.0, 380.01, 40.01);
        let eye = middle + DVec3::new(0.1, -0.59, 0.8) * far_m;
        let mut s = Scene::new(Camera::looking(WorldPoint(eye), WorldPoint(middle)));
        for tile in level(&built, &store, error_m) {
            s.put_tile(&tile, 0);
        }
        let picture = s.shoot();
        let red = |[x, y]: [u32; 2]| {
            let at = ((y * SIZE[0] + x) * 4) as usize;
            let p = &picture.rgba[at..at + 3];
            p[0] > p[1].saturating_add(12)
        };
        for k in 0..20 {
            let at = middle + DVec3::new(-99.0 + 198.0 * f64::from(k) / 19.0, 0.0, 0.0);
            let px = s.camera.project(WorldPoint(at), SIZE).unwrap();
            if px.x < 2.0 || px.y < 2.0 || px.x > f64::from(SIZE[0]) - 3.0 || px.y > f64::from(SIZE[1]) - 3.0
            {
                continue;
            }
            let [x, y] = s.pixel(WorldPoint(at));
            let around = (0..9).map(|i| [x + i % 3 - 1, y + i / 3 - 1]);
            assert!(around.clone().any(red), "not seen at {error_m} m, {far_m} m away, {k}");
            let hit = s.pick([x, y]).and_then(|hit| hit.row);
            assert_eq!(hit, Some(ObjectRow(BAR)), "not picked at {error_m} m, {far_m} m away, {k}");
        }
    }
    assert!(n_levels >= 3, "{errors:?}");
}
