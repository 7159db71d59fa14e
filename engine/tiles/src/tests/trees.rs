use glam::DVec3;
use lantu_base::Bounds;
use proptest::prelude::*;

use super::{EAST, NORTH, Random};
use crate::{PackHash, TileError, TileLayer, TileNode, TileTree, decode_mesh_tile, decode_tree, encode_tree};

/// A node without links; its hash is made from `name`.
pub(super) fn node(name: u64, bounds: Bounds, error: f64, parent: Option<u32>) -> TileNode {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&name.to_le_bytes());
    TileNode {
        hash: PackHash(hash),
        bounds,
        geometric_error_m: error,
        parent,
        first_child: 0,
        n_children: 0,
        bytes: 1000,
        n_triangles: 20,
        n_vertices: 40,
        layer: TileLayer::Solid,
    }
}

/// A tree of up to four levels with random boxes, arity, errors and sizes.
pub(super) fn random_tree(random: &mut Random, layers: &[TileLayer]) -> TileTree {
    let mut nodes = Vec::new();
    for &layer in layers {
        let min = DVec3::new(EAST + random.unit() * 400.0, NORTH + random.unit() * 400.0, 0.0);
        let bounds = Bounds::new(min, min + DVec3::new(300.0, 300.0, 40.0));
        let error = if random.below(8) == 0 { 0.0 } else { 5.0 + random.unit() * 10.0 };
        nodes.push(TileNode { layer, ..node(random.next(), bounds, error, None) });
        grow(random, &mut nodes, 3);
    }
    for n in &mut nodes {
        n.bytes = 500 + random.next() % 1500;
    }
    // Any order of siblings of different parents is allowed in.
    TileTree::from_parents(&nodes).unwrap()
}

fn grow(random: &mut Random, nodes: &mut Vec<TileNode>, levels: usize) {
    let ix = nodes.len() - 1;
    let parent = nodes[ix];
    if levels == 0 || parent.geometric_error_m == 0.0 {
        nodes[ix].geometric_error_m = 0.0;
        return;
    }
    let (min, size) = (parent.bounds.min, parent.bounds.size());
    let n = 1 + random.below(4);
    for k in 0..n {
        // Quarters; with fewer than four children some places stay empty, as in real districts.
        let cell = DVec3::new((k % 2) as f64, (k / 2) as f64, 0.0) * size * 0.5;
        let low = min + cell + size * DVec3::new(0.1, 0.1, 0.0) * random.unit();
        let high = min + cell + size * DVec3::new(0.5, 0.5, 1.0);
        let error = if random.below(5) == 0 { 0.0 } else { parent.geometric_error_m * 0.5 };
        let child = node(random.next(), Bounds::new(low, high), error, Some(u32::try_from(ix).unwrap()));
        nodes.push(TileNode { layer: parent.layer, ..child });
        grow(random, nodes, levels - 1);
    }
}

/// Two roots, the second with two children, one of which has a child.
pub(super) fn small() -> TileTree {
    let bounds = |x: f64, size: f64| {
        let min = DVec3::new(EAST + x, NORTH, 10.0);
        Bounds::new(min, min + DVec3::new(size, 50.0, 20.0))
    };
    TileTree::from_parents(&[
        node(3, bounds(60.0, 20.0), 0.0, Some(2)),
        node(4, bounds(0.0, 50.0), 0.0, Some(4)),
        node(2, bounds(50.0, 50.0), 1.0, Some(4)),
        TileNode { layer: TileLayer::Draped { z_order: -3 }, ..node(5, bounds(200.0, 10.0), 0.0, None) },
        node(1, bounds(0.0, 100.0), 4.0, None),
    ])
    .unwrap()
}

#[test]
fn tiles_given_in_any_order_come_out_breadth_first() {
    let tree = small();
    let names: Vec<u8> = tree.nodes.iter().map(|n| n.hash.0[0]).collect();
    assert_eq!(names, [5, 1, 4, 2, 3]);
    assert_eq!(tree.n_roots(), 2);
    assert_eq!([0, 1, 2, 3, 4].map(|n| tree.children(n)), [0..0, 2..4, 0..0, 4..5, 0..0]);
    assert_eq!(
        tree.nodes.iter().map(|n| n.parent).collect::<Vec<_>>(),
        [None, None, Some(1), Some(1), Some(3)]
    );
}

#[test]
fn a_tree_that_would_mislead_selection_is_refused() {
    type Edit = fn(&mut [TileNode]);
    let edits: [(&str, Edit); 14] = [
        ("links", |n| n[1].first_child = 3),
        ("links", |n| n[1].n_children = 3),
        ("links", |n| n[3].first_child = 3),
        ("links", |n| n[2].parent = None),
        ("links", |n| n[4].parent = Some(1)),
        ("links", |n| n[4].first_child = 1),
        ("links", |n| (n[3].n_children, n[3].first_child) = (0, 0)),
        ("root", |n| n[0].parent = Some(1)),
        ("larger error", |n| n[3].geometric_error_m = 4.5),
        ("without error", |n| n[3].geometric_error_m = 0.0),
        ("negative or not finite", |n| n[4].geometric_error_m = f64::NAN),
        ("box is empty", |n| n[0].bounds.max.x = f64::INFINITY),
        ("out of its parent", |n| n[3].bounds.max.y += 0.002),
        ("another layer", |n| n[3].layer = TileLayer::Underground),
    ];
    for (word, edit) in edits {
        let mut tree = small();
        edit(&mut tree.nodes);
        let error = encode_tree(&tree).unwrap_err().to_string();
        assert!(error.contains(word), "{error} instead of {word}");
    }
    let mut tree = small();
    tree.nodes[2].bytes = 1 << 40;
    assert!(tree.check().is_err());
    let mut tree = small();
    tree.nodes[3].bounds.max.y += 0.000_5;
    assert!(tree.check().is_ok(), "rounding to a millimeter is allowed");
}

#[test]
fn a_circle_and_a_lost_parent_are_refused() {
    let bounds = small().nodes[1].bounds;
    let circle = [node(1, bounds, 1.0, None), node(2, bounds, 1.0, Some(2)), node(3, bounds, 1.0, Some(1))];
    assert!(TileTree::from_parents(&circle).is_err());
    assert!(TileTree::from_parents(&[node(1, bounds, 1.0, Some(7))]).is_err());
    let chain: Vec<TileNode> = (0..33)
        .map(|k: u32| node(k.into(), bounds, if k < 32 { 1.0 } else { 0.0 }, k.checked_sub(1)))
        .collect();
    assert!(TileTree::from_parents(&chain[..1]).is_ok() && TileTree::from_parents(&chain).is_err());
}

#[test]
fn a_tree_from_a_newer_version_is_refused_with_both_numbers() {
    let mut pack = encode_tree(&small()).unwrap();
    pack[3] = b'2';
    let error = decode_tree(&pack).unwrap_err();
    assert!(matches!(error, TileError::NewerVersion { .. }));
    assert_eq!(error.to_string(), "a tile has format LTT2, this version reads up to LTT1");
    assert!(matches!(decode_mesh_tile(b"LTM9 and more").unwrap_err(), TileError::NewerVersion { .. }));
    assert!(matches!(decode_mesh_tile(b"LTM0 and more").unwrap_err(), TileError::Damaged(_)));
    assert!(matches!(decode_mesh_tile(&pack).unwrap_err(), TileError::Damaged(_)));
}

#[test]
fn every_flipped_byte_and_every_cut_of_a_tree_is_noticed() {
    let pack = encode_tree(&small()).unwrap();
    for cut in 0..pack.len() {
        assert!(decode_tree(&pack[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..pack.len() {
        for bit in [1, 0x80] {
            let mut bad = pack.clone();
            bad[at] ^= bit;
            assert!(decode_tree(&bad).is_err(), "flipped {bit} at {at}");
        }
    }
}

#[test]
fn a_source_without_geometry_has_an_empty_tree() {
    let tree = TileTree::from_parents(&[]).unwrap();
    assert_eq!(decode_tree(&encode_tree(&tree).unwrap()).unwrap(), tree);
    assert!(tree.bounds().is_empty() && tree.children(0).is_empty());
}

proptest! {
    #[test]
    fn a_tree_reads_back_bit_for_bit(seed in 1_u64.., z_order in any::<i32>()) {
        let layers = [TileLayer::Underground, TileLayer::Draped { z_order }, TileLayer::Solid];
        let tree = random_tree(&mut Random(seed), &layers);
        let pack = encode_tree(&tree).unwrap();
        prop_assert_eq!(decode_tree(&pack).unwrap(), tree);
    }

    #[test]
    fn noise_under_a_good_checksum_is_refused_without_panic(
        n_roots in any::<u32>(),
        n in 0_u32..4,
        noise in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        let mut raw = n_roots.to_le_bytes().to_vec();
        raw.extend(n.to_le_bytes());
        raw.extend(noise);
        prop_assert!(decode_tree(&crate::pack::seal(*b"LTT1", &raw).unwrap()).is_err());
    }

    #[test]
    fn a_damaged_node_is_refused_or_passes_every_check(seed in 1_u64.., at in 0_usize..10_000, to in any::<u8>()) {
        let tree = random_tree(&mut Random(seed), &[TileLayer::Solid]);
        let mut raw = crate::pack::unseal(*b"LTT1", &encode_tree(&tree).unwrap()).unwrap();
        let at = at % raw.len();
        raw[at] = to;
        if let Ok(tree) = decode_tree(&crate::pack::seal(*b"LTT1", &raw).unwrap()) {
            prop_assert!(tree.check().is_ok());
        }
    }
}

#[test]
fn a_claimed_number_of_nodes_does_not_allocate() {
    let mut raw = 1_u32.to_le_bytes().to_vec();
    raw.extend(u32::MAX.to_le_bytes());
    assert!(decode_tree(&crate::pack::seal(*b"LTT1", &raw).unwrap()).is_err());
}
