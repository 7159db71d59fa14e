use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use glam::{DAffine3, DVec3};
use lantu_base::CancelToken;

use super::building::{Mesh, block, column, district};
use super::{EAST, NORTH, Random, triangles};
use crate::io::{DirPackStore, MemoryPackStore, PackStore};
use crate::{
    BuiltTree, InputInstance, InputLine, MeshTile, PackHash, SpillRoom, TileBuilder, TileError, TileLayer,
    TileNode, decode_mesh_tile,
};

fn grow(meshes: &[Mesh], store: &dyn PackStore) -> BuiltTree {
    let mut builder = TileBuilder::default();
    for m in meshes {
        builder.push(&m.input());
    }
    builder.build(store, &CancelToken::default()).unwrap()
}

fn tile(store: &dyn PackStore, hash: PackHash) -> MeshTile {
    decode_mesh_tile(&store.read(hash).unwrap()).unwrap()
}

#[test]
fn leaves_hold_every_triangle_and_each_coarser_tile_fewer() {
    let store = MemoryPackStore::default();
    let built = grow(&district(4000), &store);
    let nodes = &built.tree.nodes;
    let leaves: Vec<MeshTile> =
        nodes.iter().filter(|n| n.n_children == 0).map(|n| tile(&store, n.hash)).collect();
    assert_eq!(triangles(&leaves).len(), 4000 * 12);
    assert_eq!(built.tree.n_roots(), 1);
    for (ix, node) in (0_u32..).zip(nodes) {
        let below: u32 = built.tree.children(ix).map(|c| nodes[c as usize].n_triangles).sum();
        if node.n_children > 0 {
            assert!(node.n_triangles < below && node.geometric_error_m > 0.0);
            let drawn = tile(&store, node.hash);
            assert!(drawn.check().is_ok() && !drawn.clusters.is_empty());
            for (corners, ..) in triangles(&[drawn]) {
                assert!(corners.iter().all(|&p| node.bounds.distance(p) <= node.geometric_error_m + 0.01));
            }
        }
    }
    assert!(nodes[0].n_triangles < 20_000, "{}", nodes[0].n_triangles);
}

#[test]
fn coarser_tiles_of_repeated_shapes_err_by_what_they_say_whoever_makes_them_first() {
    // A row of 4 km of round columns, 254 triangles each, twice as wide from the middle on.
    let radius = |i: u32| if i < 2000 { 1.0 } else { 2.0 };
    let at = |i: u32| DVec3::new(EAST + 2.0 * f64::from(i), NORTH, 40.0);
    let grown = |threads: usize| {
        let mut builder = TileBuilder::default();
        let template = builder.add_template(&[column(0, DVec3::ZERO, 127).input()]);
        for i in 0..2100 {
            let scale = DAffine3::from_scale(DVec3::new(radius(i), radius(i), 1.0));
            let world_from_template = DAffine3::from_translation(at(i)) * scale;
            let place = InputInstance { object: i, template, world_from_template, colors: &[] };
            builder.push_instance(TileLayer::Solid, &place);
        }
        let store = MemoryPackStore::default();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let built = pool.install(|| builder.build(&store, &CancelToken::default())).unwrap();
        (built.tree.nodes, store)
    };
    let (nodes, store) = grown(1);
    assert_eq!(nodes, grown(4).0);
    let parents: Vec<&TileNode> = nodes.iter().filter(|n| n.n_children > 0).collect();
    assert!(parents.len() > 8, "{}", parents.len());
    for node in parents {
        for (corners, _, i) in triangles(&[tile(&store, node.hash)]) {
            let near = corners.iter().all(|p| {
                let off = p.truncate() - at(i).truncate();
                off.length() <= radius(i) + node.geometric_error_m + 0.01 || node.geometric_error_m > 1.0
            });
            assert!(near, "{i} {corners:?} {}", node.geometric_error_m);
        }
    }
}

#[test]
fn a_district_around_the_corner_of_all_cells_gets_a_fine_tile_of_all_of_it() {
    let mut meshes = district(4000);
    let center = DVec3::new(EAST + 350.0, NORTH + 250.0, 30.0);
    for mesh in &mut meshes {
        mesh.origin -= center;
        mesh.color[3] = 255;
    }
    let built = grow(&meshes, &MemoryPackStore::default());
    let size_m = |n: &TileNode| n.bounds.size().max_element();
    let whole_m = size_m(&built.tree.nodes[0]);
    let of_all = built.tree.nodes.iter().filter(|n| size_m(n) > 0.99 * whole_m);
    let least_m = of_all.map(|n| n.geometric_error_m).fold(f64::MAX, f64::min);
    assert!(least_m < whole_m / 20.0, "{least_m} m on {whole_m} m");
}

#[test]
fn trees_do_not_depend_on_order_or_threads() {
    let mut meshes = district(600);
    let store = MemoryPackStore::default();
    let expected = grow(&meshes, &store);
    let mut random = Random(5);
    for threads in [1, 2, 3] {
        random.shuffle(&mut meshes);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| grow(&meshes, &store)) == expected, "{threads} threads");
    }
}

#[test]
fn trees_do_not_depend_on_what_waits_on_disk_and_nothing_stays_there() {
    let meshes = district(600);
    let store = MemoryPackStore::default();
    let expected = grow(&meshes, &store);
    let dir = tempfile::tempdir().unwrap();
    for memory_bytes in [0, 10_000, 1 << 20] {
        let folder = Some(dir.path().to_owned());
        let mut builder = TileBuilder::within(SpillRoom { folder, memory_bytes });
        for m in meshes.iter().rev() {
            builder.push(&m.input());
        }
        assert!(builder.build(&store, &CancelToken::default()).unwrap() == expected, "{memory_bytes} bytes");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_disk_that_takes_nothing_while_shapes_are_added_is_an_error_of_the_build() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let mut builder = TileBuilder::within(SpillRoom { folder: Some(file), memory_bytes: 1000 });
    for m in &district(50) {
        builder.push(&m.input());
    }
    let built = builder.build(&MemoryPackStore::default(), &CancelToken::default());
    assert!(matches!(built, Err(TileError::Io { .. })));
}

#[test]
fn a_moved_object_changes_only_the_tiles_that_show_it() {
    let mut meshes = district(4000);
    let store = MemoryPackStore::default();
    let before: BTreeSet<PackHash> = grow(&meshes, &store).tree.nodes.iter().map(|n| n.hash).collect();
    meshes[77].origin += DVec3::new(0.0, 0.0, 0.5);
    let after: BTreeSet<PackHash> = grow(&meshes, &store).tree.nodes.iter().map(|n| n.hash).collect();
    let n_new = after.difference(&before).count();
    assert!(n_new > 0 && n_new <= 8, "{n_new} of {}", after.len());
}

#[test]
fn lines_stay_visible_in_coarser_tiles() {
    let store = MemoryPackStore::default();
    let mut builder = TileBuilder::default();
    for k in 0..40 {
        let points = (0..2000)
            .map(|i| {
                let x = f64::from(i);
                DVec3::new(EAST + x, NORTH + f64::from(k) * 30.0 + (x * 0.01).sin(), 40.0)
            })
            .collect();
        let line = InputLine { object: k, points, color: [1, 2, 3, 255], width: 1.6 };
        builder.push_line(TileLayer::Draped { z_order: 1 }, line);
    }
    let built = builder.build(&store, &CancelToken::default()).unwrap();
    let root = built.tree.nodes[0];
    let drawn = tile(&store, root.hash);
    let objects: BTreeSet<u32> = drawn.segments.iter().map(|s| drawn.parts[s.part as usize].object).collect();
    assert_eq!(objects.len(), 40);
    assert!(drawn.segments.len() < 40 * 400, "{}", drawn.segments.len());
}

#[test]
fn what_starts_hidden_hides_nothing_from_afar() {
    let at = DVec3::new(EAST, NORTH, 40.0);
    let mut meshes: Vec<Mesh> = (0..400)
        .map(|i| {
            let p = at + DVec3::new(f64::from(i % 20) * 0.4 + 1.0, f64::from(i / 20) * 0.4 + 1.0, 1.0);
            block(i + 1, p, [0.3, 0.3, 0.3], [200, 0, 0, 255])
        })
        .collect();
    // An opening or a room around everything.
    meshes.push(block(0, at, [10.0, 10.0, 10.0], [10, 200, 200, 255]));
    let objects = |hide: bool| {
        let store = MemoryPackStore::default();
        let mut builder = TileBuilder::default();
        for m in &meshes {
            builder.push(&m.input());
        }
        if hide {
            builder.hide([0]);
        }
        let built = builder.build(&store, &CancelToken::default()).unwrap();
        let root = tile(&store, built.tree.nodes[0].hash);
        root.parts.iter().map(|p| p.object).collect::<BTreeSet<u32>>().len()
    };
    assert!(objects(true) > 10);
    assert!(objects(false) < 10);
}

#[test]
fn a_full_disk_and_a_cancelled_build_are_errors() {
    struct Full;
    impl PackStore for Full {
        fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
            Err(TileError::Missing(hash))
        }
        fn write(&self, _pack: &[u8]) -> Result<PackHash, TileError> {
            Err(TileError::Io { source: std::io::ErrorKind::StorageFull.into(), path: "full".into() })
        }
        fn contains(&self, _hash: PackHash) -> bool {
            false
        }
    }
    let build = |store: &dyn PackStore, cancel: &CancelToken| {
        let mut builder = TileBuilder::default();
        for m in &district(50) {
            builder.push(&m.input());
        }
        builder.build(store, cancel)
    };
    assert!(matches!(build(&Full, &CancelToken::default()), Err(TileError::Io { .. })));
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(matches!(build(&MemoryPackStore::default(), &cancel), Err(TileError::Cancelled(_))));
}

/// Fails after so many packs, as a full disk or a killed import does.
struct Interrupted<'a> {
    store: &'a DirPackStore,
    left: AtomicUsize,
}

impl PackStore for Interrupted<'_> {
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
        self.store.read(hash)
    }

    fn write(&self, pack: &[u8]) -> Result<PackHash, TileError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        left.map_err(|_none| TileError::Damaged("interrupted"))?;
        self.store.write(pack)
    }

    fn contains(&self, hash: PackHash) -> bool {
        self.store.contains(hash)
    }
}

#[test]
fn a_build_that_was_interrupted_keeps_its_packs_and_writes_only_those_that_are_missing() {
    let meshes = district(4000);
    let folder = tempfile::tempdir().unwrap();
    let store = DirPackStore::new(folder.path());
    let mut builder = TileBuilder::default();
    for m in &meshes {
        builder.push(&m.input());
    }
    let interrupted = Interrupted { store: &store, left: AtomicUsize::new(5) };
    assert!(builder.build(&interrupted, &CancelToken::default()).is_err());
    let expected = grow(&meshes, &MemoryPackStore::default());
    let hashes = || expected.tree.nodes.iter().map(|n| n.hash);
    let written = |hash: PackHash| std::fs::metadata(store.path(hash)).and_then(|m| m.modified()).ok();
    let before: Vec<_> = hashes().filter_map(|hash| Some((hash, written(hash)?))).collect();
    assert_eq!(before.len(), 5, "all of them are packs of the whole tree");
    assert!(grow(&meshes, &store) == expected);
    assert!(before.iter().all(|&(hash, at)| written(hash) == Some(at)), "none was written again");
    assert!(hashes().all(|hash| store.contains(hash)));
}
