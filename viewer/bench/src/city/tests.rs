//! The district as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn blocks(city: &City) -> impl Iterator<Item = Block> {
    city.quarters().iter().flat_map(|q| city.blocks(q))
}

/// A number that changes with any bit of a block.
fn digest(block: &Block) -> u64 {
    let mut h = 0xCBF2_9CE4_8422_2325_u64;
    for byte in format!("{block:?}").bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    h
}

#[test]
fn a_district_has_exactly_the_objects_asked_for() {
    for n in [1, 100, 10_000] {
        let city = City::new(n, 1);
        let ids: Vec<String> = blocks(&city).flat_map(|b| b.objects).map(|o| o.id).collect();
        assert_eq!(ids.len() as u64, n);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len() as u64, n, "ids are unique");
    }
}

#[test]
fn the_same_seed_gives_the_same_district_and_another_one_another() {
    let of = |seed| blocks(&City::new(10_000, seed)).map(|b| digest(&b)).collect::<Vec<_>>();
    let one = of(1);
    assert_eq!(one, of(1));
    assert_ne!(one, of(2));
}

#[test]
fn a_larger_district_holds_the_smaller_one() {
    let of = |n| blocks(&City::new(n, 1)).map(|b| (b.id, digest(&b))).collect::<BTreeMap<_, _>>();
    let (small, large) = (of(10_000), of(40_000));
    let same = small.iter().filter(|(id, d)| large.get(id) == Some(d)).count();
    assert!(same + 1 >= small.len(), "only the block that was cut off differs");
}

#[test]
fn what_has_no_shape_is_a_building_or_a_storey_and_all_shapes_lie_in_the_district() {
    let city = City::new(60_000, 1);
    let around = city.bounds();
    let mut uses = BTreeSet::new();
    for block in blocks(&city) {
        for (o, n) in block.objects.iter().zip(0..) {
            let container = matches!(o.class, "IfcBuilding" | "IfcBuildingStorey");
            assert_eq!(o.bounds.is_empty(), container, "{} {}", o.class, o.name);
            assert_eq!(o.n_triangles == 0, container);
            assert!(o.parent.is_none_or(|p| p < n), "a container comes first");
            assert!(!o.name.is_empty());
            if container {
                continue;
            }
            let inside = around.min.cmple(o.bounds.min).all() && o.bounds.max.cmple(around.max).all();
            assert!(inside, "{} {:?} outside {around:?}", o.name, o.bounds);
            assert!(!o.underground || o.bounds.max.z < MIDDLE.0.z, "{} shows above the street", o.name);
        }
        uses.insert(block.objects.first().map(|o| o.name.split(' ').next_back().map(str::to_owned)));
    }
    assert!(uses.len() >= 3, "several kinds of blocks: {uses:?}");
}

#[test]
fn triangles_an_object_and_objects_a_block_are_those_of_a_real_district() {
    let (small, large) = (City::new(100_000, 1), City::new(300_000, 1));
    let per_block = |c: &City| {
        let n: usize = c.quarters().iter().map(|q| q.blocks.len()).sum();
        c.n_objects() as f64 / n as f64
    };
    assert!((per_block(&small) / per_block(&large) - 1.0).abs() < 0.25, "density is constant");
    let mut triangles = 0;
    let mut classes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut largest = 0;
    for block in blocks(&small) {
        largest = largest.max(block.objects.len());
        for o in &block.objects {
            triangles += u64::from(o.n_triangles);
            *classes.entry(o.class).or_default() += 1;
        }
    }
    let mean = triangles as f64 / 100_000.0;
    println!("{mean:.1} triangles an object, {:.0} objects a block, {classes:?}", per_block(&small));
    assert!((20.0..40.0).contains(&mean), "{mean} triangles an object");
    assert!(largest < 8_000, "a block of {largest} objects is too much to hold at once");
    for class in ["IfcWall", "IfcWindow", "IfcSlab", "IfcColumn", "Tree", "Pipe", "Car", "IfcRoof"] {
        assert!(classes.get(class).is_some_and(|n| *n > 50), "{class} is missing");
    }
}

#[test]
fn meshes_and_instances_name_what_is_there() {
    for block in blocks(&City::new(20_000, 3)) {
        for mesh in &block.meshes {
            let (positions, indices) = block.mesh(mesh);
            assert!((mesh.object as usize) < block.objects.len());
            assert_eq!((positions.len(), indices.len()), (mesh.n_vertices * 3, mesh.n_indices));
            assert!(indices.iter().all(|i| (*i as usize) < mesh.n_vertices) && !indices.is_empty());
        }
        for i in &block.instances {
            assert!((i.object as usize) < block.objects.len());
            assert!((i.template as usize) < block.templates.len());
        }
        assert!(block.properties.iter().all(|p| (p.object as usize) < block.objects.len()));
    }
}
