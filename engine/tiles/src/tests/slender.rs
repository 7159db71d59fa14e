//! What is long and thin is there in every level: straight, bent, of many pieces.

use std::collections::BTreeSet;

use glam::{DAffine3, DVec3};
use lantu_base::{CancelToken, WorldPoint};

use super::building::{Mesh, block};
use super::{EAST, NORTH};
use crate::io::{MemoryPackStore, PackStore};
use crate::{
    BuiltTree, InputInstance, InputMesh, MeshTile, TileBuilder, TileLayer, decode_mesh_tile, encode_mesh_tile,
};

const BAR: u32 = 10_000;
const CABLE: u32 = 10_001;
const RAILING: u32 = 10_002;
const POLES: u32 = 10_003;
/// Errors that a line is long at least.
const LONG: f64 = 16.0;

/// A cable of two centimeters that sags by 12 m over 240 m.
fn cable() -> (Vec<f32>, Vec<u32>) {
    let (mut positions, mut indices) = (Vec::new(), Vec::new());
    for ring in 0..=60_u32 {
        let x = ring as f32 * 4.0;
        let sag = 12.0 * (x / 120.0 - 1.0).powi(2);
        for side in 0..8_u32 {
            let (sin, cos) = (side as f32 * std::f32::consts::FRAC_PI_4).sin_cos();
            positions.extend([x, 0.01 * cos, sag + 0.01 * sin]);
        }
    }
    for ring in 0..60_u32 {
        for side in 0..8_u32 {
            let (a, b) = (ring * 8 + side, ring * 8 + (side + 1) % 8);
            indices.extend([a, a + 8, b + 8, a, b + 8, b]);
        }
    }
    (positions, indices)
}

fn scene(store: &dyn PackStore) -> BuiltTree {
    let mut builder = TileBuilder::default();
    // Houses in rows, so that there are many levels.
    for i in 0..768 {
        let corner = DVec3::new(EAST + f64::from(i % 32) * 24.0, NORTH + f64::from(i / 32) * 24.0, 40.0);
        builder.push(&block(i, corner, [12.0, 10.0, 9.0 + (i % 7) as f32], [200, 190, 180, 255]).input());
    }
    let at = |y: f64, z: f64| DVec3::new(EAST + 40.3, NORTH + y, z);
    let mut own: Vec<Mesh> = vec![block(BAR, at(60.2, 90.0), [200.0, 0.02, 0.02], [200, 0, 0, 255])];
    for high_m in [0.5, 1.0] {
        own.push(block(RAILING, at(200.0, 89.0 + high_m), [160.0, 0.05, 0.05], [0, 0, 200, 255]));
    }
    for i in 0..=80 {
        let post = at(200.0, 89.0) + DVec3::X * 2.0 * f64::from(i);
        own.push(block(RAILING, post, [0.05, 0.05, 1.05], [0, 0, 200, 255]));
    }
    for m in &own {
        builder.push(&m.input());
    }
    let (positions, indices) = cable();
    builder.push(&InputMesh {
        object: CABLE,
        origin: WorldPoint(at(300.1, 88.0)),
        positions: &positions,
        normals: &[],
        indices: &indices,
        color: [0, 200, 0, 255],
    });
    // A repeated shape: eight poles of 30 m, of 96 triangles together.
    let (mut positions, mut indices) = (Vec::new(), Vec::new());
    for (pole, x) in (0_u32..).zip([0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]) {
        let m = block(0, DVec3::ZERO, [0.1, 0.1, 30.0], [90, 90, 90, 255]);
        let input = m.input();
        let n = input.positions.chunks(3).map(|p| positions.extend([p[0] + x, p[1], p[2]])).count();
        let n = u32::try_from(n).unwrap();
        indices.extend(input.indices.iter().map(|i| i + pole * n));
    }
    let shape = InputMesh {
        object: 0,
        origin: WorldPoint(DVec3::ZERO),
        positions: &positions,
        normals: &[],
        indices: &indices,
        color: [90, 90, 90, 255],
    };
    let template = builder.add_template(&[shape]);
    for i in 0..4 {
        let world_from_template =
            DAffine3::from_translation(at(420.0, 90.0) + DVec3::X * 20.0 * f64::from(i));
        let place = InputInstance { object: POLES, template, world_from_template, colors: &[] };
        builder.push_instance(TileLayer::Solid, &place);
    }
    builder.build(store, &CancelToken::default()).unwrap()
}

/// The tiles that show all of a scene where errors up to `error_m` are allowed.
fn level(built: &BuiltTree, store: &dyn PackStore, error_m: f64) -> Vec<MeshTile> {
    let nodes = &built.tree.nodes;
    let fine = |n: &crate::TileNode| n.geometric_error_m <= error_m || n.n_children == 0;
    let shown = nodes.iter().filter(|n| fine(n) && n.parent.is_none_or(|p| !fine(&nodes[p as usize])));
    shown.map(|n| decode_mesh_tile(&store.read(n.hash).unwrap()).unwrap()).collect()
}

/// Ends of an object's lines.
fn lines(tiles: &[MeshTile], object: u32) -> Vec<[DVec3; 2]> {
    let of = |t: &MeshTile| {
        let ends = |p: [f32; 3]| t.origin.0 + DVec3::from_array(p.map(f64::from));
        let own = t.segments.iter().filter(|s| t.parts[s.part_ix() as usize].object == object);
        own.map(|s| [ends(s.a), ends(s.b)]).collect::<Vec<_>>()
    };
    tiles.iter().flat_map(of).collect()
}

fn length(lines: &[[DVec3; 2]]) -> f64 {
    lines.iter().map(|[a, b]| a.distance(*b)).sum()
}

fn off(p: DVec3, [a, b]: [DVec3; 2]) -> f64 {
    let along = b - a;
    p.distance(a + along * ((p - a).dot(along) / along.length_squared()).clamp(0.0, 1.0))
}

#[test]
fn a_long_thin_thing_is_a_line_all_along_it_in_every_level() {
    let store = MemoryPackStore::default();
    let built = scene(&store);
    let errors: BTreeSet<u64> = built.tree.nodes.iter().map(|n| n.geometric_error_m.to_bits()).collect();
    let errors: Vec<f64> = errors.into_iter().map(f64::from_bits).collect();
    let long: Vec<f64> = errors.iter().copied().filter(|e| e * LONG < 150.0).collect();
    assert!(long.len() > 3, "{errors:?}");
    for &error_m in &long {
        let tiles = level(&built, &store, error_m);
        let bar = lines(&tiles, BAR);
        assert!((length(&bar) - 200.0).abs() < 0.02 * 200.0 + 2.0 * error_m, "{error_m} m: {}", length(&bar));
        for x in [1.0, 77.0, 143.0, 199.0] {
            let p = DVec3::new(EAST + 40.3 + x, NORTH + 60.21, 90.01);
            assert!(bar.iter().any(|l| off(p, *l) <= error_m + 0.02), "{error_m} m at {x}");
        }
        let cable = lines(&tiles, CABLE);
        for x in [2.0, 60.0, 120.0, 201.0, 238.0] {
            let p = DVec3::new(EAST + 40.3 + x, NORTH + 300.1, 88.0 + 12.0 * (x / 120.0 - 1.0).powi(2));
            assert!(cable.iter().any(|l| off(p, *l) <= 2.0 * error_m + 0.3), "{error_m} m at {x}: {cable:?}");
        }
        assert!(length(&lines(&tiles, RAILING)) > 150.0, "{error_m} m");
        if error_m * LONG < 25.0 {
            assert!(length(&lines(&tiles, POLES)) > 0.95 * 4.0 * 30.0, "{error_m} m");
        }
        assert!(tiles.iter().all(|t| t.check().is_ok()));
    }
    // The bar costs a few lines, however many tiles are below.
    assert!(lines(&level(&built, &store, 2.0), BAR).len() <= 8);
}

#[test]
fn a_line_beside_triangles_is_faint_and_the_one_in_their_place_is_not() {
    let store = MemoryPackStore::default();
    let built = scene(&store);
    let mut n = [0, 0];
    for node in &built.tree.nodes {
        let tile = decode_mesh_tile(&store.read(node.hash).unwrap()).unwrap();
        let is_bar = |part: u32| tile.parts[part as usize].object == BAR;
        let beside = tile.vertices.iter().any(|v| is_bar(v.part));
        for line in tile.segments.iter().filter(|s| is_bar(s.part_ix())) {
            assert!(line.is_faint() == beside && line.width < -0.01 && line.width > -0.03);
            n[usize::from(beside)] += 1;
        }
        assert!(decode_mesh_tile(&encode_mesh_tile(&tile).unwrap()).unwrap() == tile);
    }
    assert!(n[0] > 0 && n[1] > 0, "{n:?}");
}
