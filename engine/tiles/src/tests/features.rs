use glam::DVec3;
use lantu_base::{CancelToken, Clamp, FeatureGeometry, FeatureStyle, RoofShape, RoofStyle};
use proptest::prelude::*;

use super::{EAST, Hills, NORTH, Random, area_from_above, n_edges, triangles, volume};
use crate::{Built, FeatureArea, FeatureDrawer, FlatGround, HeightField, InputFeature, SpillRoom, TileLayer};

fn style() -> FeatureStyle {
    FeatureStyle {
        color: [120, 130, 140, 255],
        clamp: Clamp::Drape,
        offset_m: 0.0,
        width_m: 0.0,
        tube_m: 0.0,
        extrude_m: 0.0,
        roof: None,
        symbol: String::new(),
        outline_only: false,
        z_order: 0,
    }
}

fn build(features: &[InputFeature<'_>], ground: &dyn HeightField) -> Built {
    let mut area = FeatureArea::default();
    for feature in features {
        area.add(feature);
    }
    let mut drawer = FeatureDrawer::new(area, ground, SpillRoom::IN_MEMORY);
    for feature in features {
        drawer.draw(feature);
    }
    drawer.finish().finish(&CancelToken::default()).unwrap()
}

fn build_on(ground: &dyn HeightField, geometry: &FeatureGeometry, style: &FeatureStyle) -> Built {
    build(&[InputFeature { object: 7, geometry, style }], ground)
}

fn ring(points: &[[f64; 2]]) -> Vec<[f64; 3]> {
    points.iter().chain(points.first()).map(|p| [EAST + p[0], NORTH + p[1], f64::NAN]).collect()
}

fn square(edge: f64) -> Vec<[f64; 3]> {
    ring(&[[0.0, 0.0], [edge, 0.0], [edge, edge], [0.0, edge]])
}

#[test]
fn a_draped_polygon_with_a_hole_follows_the_terrain() {
    let hole = ring(&[[30.0, 30.0], [30.0, 50.0], [50.0, 50.0], [50.0, 30.0]]);
    let geometry = FeatureGeometry::Polygons(vec![vec![square(90.0), hole]]);
    let built = build_on(&Hills, &geometry, &FeatureStyle { z_order: 2, ..style() });
    assert!(built.tiles.iter().all(|t| t.layer == TileLayer::Draped { z_order: 2 } && n_edges(t) == 0));
    let all = triangles(&built.tiles);
    assert!((area_from_above(&all) - (8100.0 - 400.0)).abs() < 0.1, "{}", area_from_above(&all));
    for (corners, ..) in &all {
        let middle = (corners[0] + corners[1] + corners[2]) / 3.0;
        for p in [corners[0], corners[1], corners[2], middle] {
            let above = p.z - Hills.ground(p.x, p.y) - 0.05 - 2.0 * 0.02;
            assert!(above.abs() < 0.04, "{above} at {p}");
        }
    }
    // The outlines follow it too.
    for tile in &built.tiles {
        for s in &tile.segments {
            let p = tile.origin.0 + glam::Vec3::from_array(s.a).as_dvec3();
            assert!((p.z - Hills.ground(p.x, p.y) - 0.10).abs() < 0.04);
        }
    }
    assert_eq!(built.objects[&7].n_triangles as usize, all.len());
}

#[test]
fn a_large_polygon_is_cut_into_a_bounded_number_of_triangles() {
    let geometry = FeatureGeometry::Polygons(vec![vec![square(3000.0)]]);
    let built = build_on(&Hills, &geometry, &style());
    let all = triangles(&built.tiles);
    assert!(all.len() < 80_000 && all.len() > 5_000, "{}", all.len());
    assert!((area_from_above(&all) - 9e6).abs() < 50.0);
}

#[test]
fn flat_ground_needs_no_cutting_but_for_precision() {
    let geometry = FeatureGeometry::Polygons(vec![vec![square(500.0)]]);
    let built = build_on(&FlatGround(12.0), &geometry, &style());
    assert!(triangles(&built.tiles).len() <= 128);
    assert!((built.objects[&7].bounds.min.z - 12.05).abs() < 1e-3);
}

#[test]
fn a_road_has_its_width_and_its_bends() {
    let line = [[0.0, 0.0], [100.0, 0.0], [100.0, 80.0]].map(|p| [EAST + p[0], NORTH + p[1], 0.0]).to_vec();
    let geometry = FeatureGeometry::Lines(vec![line]);
    let built = build_on(&Hills, &geometry, &FeatureStyle { width_m: 6.0, ..style() });
    // A mitred strip has the area of its middle line.
    assert!((area_from_above(&triangles(&built.tiles)) - 180.0 * 6.0).abs() < 0.5);
    let b = built.objects[&7].bounds;
    assert!((b.max.x - (EAST + 103.0)).abs() < 0.01 && (b.min.y - (NORTH - 3.0)).abs() < 0.01);
}

#[test]
fn management_cells_have_an_invisible_fill_and_a_visible_outline() {
    let geometry = FeatureGeometry::Polygons(vec![vec![square(20.0)]]);
    let built = build_on(&Hills, &geometry, &FeatureStyle { outline_only: true, ..style() });
    assert!(triangles(&built.tiles).iter().all(|t| t.1 >> 24 == 0));
    assert!((area_from_above(&triangles(&built.tiles)) - 400.0).abs() < 0.01);
    assert!(
        built.tiles.iter().all(|t| t.segments.iter().all(|s| t.parts[s.part as usize].rgba >> 24 >= 200))
    );
}

#[test]
fn a_building_stands_on_the_lowest_ground_and_is_closed() {
    let geometry = FeatureGeometry::Polygons(vec![vec![
        square(20.0),
        ring(&[[5.0, 5.0], [10.0, 5.0], [10.0, 10.0], [5.0, 10.0]]),
    ]]);
    let built = build_on(&FlatGround(40.0), &geometry, &FeatureStyle { extrude_m: 9.0, ..style() });
    assert!(built.tiles.iter().all(|t| t.layer == TileLayer::Solid && n_edges(t) > 0));
    let b = built.objects[&7].bounds;
    assert!((b.min.z - 39.7).abs() < 1e-4 && (b.max.z - 49.0).abs() < 1e-4);
    // Without its floor, which lies in the base plane: moved there, the floor adds nothing to the volume.
    let all = triangles(&built.tiles);
    let lowered: Vec<_> = all.iter().map(|(c, a, o)| (c.map(|p| p + DVec3::Z * 0.3), *a, *o)).collect();
    assert!((volume(&lowered) - (400.0 - 25.0) * 9.3).abs() < 0.1, "{}", volume(&lowered));
    let hills = build_on(&Hills, &geometry, &FeatureStyle { extrude_m: 9.0, ..style() });
    let lowest = (0..=20)
        .flat_map(|i| (0..=20).map(move |j| (f64::from(i), f64::from(j))))
        .filter(|&(x, y)| (x - 10.0).abs().max((y - 10.0).abs()) > 9.9)
        .map(|(x, y)| Hills.ground(EAST + x, NORTH + y))
        .fold(f64::INFINITY, f64::min);
    assert!((hills.objects[&7].bounds.min.z - (lowest - 0.3)).abs() < 0.1);
}

#[test]
fn a_pit_is_translucent_has_its_depth_and_opens_upwards() {
    let geometry = FeatureGeometry::Polygons(vec![vec![square(10.0)]]);
    let built = build_on(&FlatGround(40.0), &geometry, &FeatureStyle { extrude_m: -6.0, ..style() });
    let all = triangles(&built.tiles);
    assert!(
        all.iter().all(|t| t.1 >> 24 < 255) && built.tiles.iter().all(|t| t.layer == TileLayer::Underground)
    );
    assert!((built.objects[&7].bounds.min.z - 34.0).abs() < 1e-4);
    assert!((area_from_above(&all) - 100.0).abs() < 1e-3, "the bottom faces up and walls count nothing");
    let center = DVec3::new(EAST + 5.0, NORTH + 5.0, 37.0);
    for ([a, b, c], ..) in &all {
        assert!((*b - *a).cross(*c - *a).dot(center - *a) > 0.0, "every face looks into the pit");
    }
}

#[test]
fn a_pipe_lies_at_its_depth_and_is_a_closed_tube() {
    let line: Vec<[f64; 3]> =
        [[0.0, 0.0], [30.0, 0.0], [30.0, 20.0]].map(|p| [EAST + p[0], NORTH + p[1], f64::NAN]).to_vec();
    let geometry = FeatureGeometry::Lines(vec![line]);
    let pipe = FeatureStyle { tube_m: 0.6, offset_m: -1.8, ..style() };
    let built = build_on(&FlatGround(40.0), &geometry, &pipe);
    assert!(built.tiles.iter().all(|t| t.layer == TileLayer::Underground));
    let all = triangles(&built.tiles);
    // Area of a regular octagon of radius 0.3, times the length of the middle line.
    let expected = 2.0 * 2.0_f64.sqrt() * 0.09 * 50.0;
    assert!((volume(&all) - expected).abs() < 0.02 * expected, "{} {expected}", volume(&all));
    let b = built.objects[&7].bounds;
    assert!((b.max.z - 38.5).abs() < 1e-3 && (b.min.z - 37.9).abs() < 1e-3, "{b:?}");
    let n_expected = 2 * 8 * 2 + 2 * 6;
    assert_eq!(all.len(), n_expected);
}

#[test]
fn a_vertical_pipe_and_a_hairpin_stay_finite_and_near_their_line() {
    for line in [
        vec![[EAST, NORTH, 0.0], [EAST, NORTH, -5.0]],
        vec![[EAST, NORTH, 0.0], [EAST + 10.0, NORTH, 0.0], [EAST, NORTH + 0.01, 0.0]],
        vec![[EAST, NORTH, 0.0]],
    ] {
        let pipe = FeatureStyle { tube_m: 0.5, clamp: Clamp::RelativeToGround, ..style() };
        let n = line.len();
        let built = build_on(&FlatGround(0.0), &FeatureGeometry::Lines(vec![line]), &pipe);
        assert_eq!(built.tiles.is_empty(), n == 1);
        for t in &built.tiles {
            assert!(t.bounds.size().max_element() < 12.0);
        }
    }
}

#[test]
fn trees_have_their_size_and_differ_from_object_to_object() {
    let geometry = FeatureGeometry::Points(vec![[EAST, NORTH, f64::NAN]]);
    let tree = FeatureStyle { symbol: "tree".into(), extrude_m: 8.0, width_m: 5.0, ..style() };
    let of = |object: u32| {
        let feature = InputFeature { object, geometry: &geometry, style: &tree };
        build(&[feature], &FlatGround(40.0))
    };
    let shapes: Vec<_> = (0..12).map(|o| triangles(&of(o).tiles)).collect();
    for (object, all) in (0_u32..).zip(&shapes) {
        assert!((40..=80).contains(&all.len()), "{}", all.len());
        let b = of(object).objects[&object].bounds;
        assert!((b.max.z - 48.0).abs() < 1e-3 && b.size().x < 6.0 && b.size().x > 3.0, "{b:?}");
        assert!(all.iter().all(|t| {
            let [r, g, b, _] = t.1.to_le_bytes();
            g > b && g.saturating_add(30) > r
        }));
    }
    assert!(shapes[0] != shapes[1] && shapes[1] != shapes[2]);
    assert_eq!(of(3).tiles, of(3).tiles);
}

#[test]
fn a_polygon_at_its_own_height_keeps_it_even_if_it_stands_upright() {
    let flat: Vec<[f64; 3]> = square(10.0).iter().map(|p| [p[0], p[1], 55.0]).collect();
    let absolute = FeatureStyle { clamp: Clamp::Absolute, ..style() };
    let built = build_on(&Hills, &FeatureGeometry::Polygons(vec![vec![flat]]), &absolute);
    let b = built.objects[&7].bounds;
    assert!((b.min.z - 55.0).abs() < 1e-4 && (b.max.z - 55.01).abs() < 1e-4);
    let wall = vec![
        [EAST, NORTH, 50.0],
        [EAST + 10.0, NORTH, 50.0],
        [EAST + 10.0, NORTH, 53.0],
        [EAST, NORTH, 53.0],
        [EAST, NORTH, 50.0],
    ];
    let built = build_on(&Hills, &FeatureGeometry::Polygons(vec![vec![wall]]), &absolute);
    assert!((super::area(&triangles(&built.tiles)) - 30.0).abs() < 1e-3);
}

#[test]
fn the_order_of_features_does_not_matter() {
    let mut random = Random(5);
    let geometries: Vec<FeatureGeometry> = (0..60)
        .map(|i| {
            let (x, y) = (random.unit() * 300.0, random.unit() * 300.0);
            let p = |dx: f64, dy: f64| [EAST + x + dx, NORTH + y + dy, f64::NAN];
            match i % 3 {
                0 => FeatureGeometry::Points(vec![p(0.0, 0.0)]),
                1 => FeatureGeometry::Lines(vec![vec![p(0.0, 0.0), p(20.0, 3.0)]]),
                _ => FeatureGeometry::Polygons(vec![vec![vec![
                    p(0.0, 0.0),
                    p(9.0, 0.0),
                    p(3.0, 9.0),
                    p(0.0, 0.0),
                ]]]),
            }
        })
        .collect();
    let tree = FeatureStyle { symbol: "tree".into(), width_m: 3.0, ..style() };
    let mut features: Vec<InputFeature<'_>> = (0_u32..)
        .zip(&geometries)
        .map(|(object, geometry)| InputFeature { object, geometry, style: &tree })
        .collect();
    let expected = build(&features, &Hills);
    random.shuffle(&mut features);
    assert!(build(&features, &Hills) == expected);
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -50.0..50.0, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => Just(f64::INFINITY)]
}

proptest! {
    #[test]
    fn no_shape_however_odd_makes_a_panic_or_a_position_that_is_not_finite(
        points in prop::collection::vec((any_number(), any_number(), any_number()), 0..12),
        kind in 0..3,
        clamp in 0_usize..3,
        sizes in (any_number(), 0.0..3.0, 0.0..2.0, any_number()),
    ) {
        let points: Vec<[f64; 3]> = points.into_iter().map(|(x, y, z)| [EAST + x, NORTH + y, z]).collect();
        let geometry = match kind {
            0 => FeatureGeometry::Points(points),
            1 => FeatureGeometry::Lines(vec![points.clone(), points]),
            _ => FeatureGeometry::Polygons(vec![vec![points.clone(), points.iter().rev().copied().collect()], vec![], vec![vec![]]]),
        };
        let clamp = [Clamp::Drape, Clamp::RelativeToGround, Clamp::Absolute][clamp];
        let style = FeatureStyle { clamp, offset_m: sizes.0, width_m: sizes.1, tube_m: sizes.2, extrude_m: sizes.3, ..style() };
        let built = build_on(&Hills, &geometry, &style);
        for tile in &built.tiles {
            prop_assert!(tile.origin.0.is_finite() && !tile.bounds.is_empty());
            prop_assert!(tile.check().is_ok());
        }
    }
}

#[test]
fn pitched_roofs_close_houses_and_have_their_height_whatever_their_direction() {
    let turned = |x: f64, y: f64| [x * 0.8 - y * 0.6, x * 0.6 + y * 0.8];
    let corners = [turned(0.0, 0.0), turned(20.0, 0.0), turned(20.0, 8.0), turned(0.0, 8.0)];
    let geometry = FeatureGeometry::Polygons(vec![vec![ring(&corners)]]);
    // Volume between eaves and roof over 20 m × 8 m, 3 m high, by the formulas of prism, wedge and pyramid.
    let cases = [
        (RoofShape::Gabled, 20.0 * 8.0 * 3.0 / 2.0),
        (RoofShape::Hipped, 8.0 * 3.0 / 6.0 * (2.0 * 20.0 + 12.0)),
        (RoofShape::Pyramidal, 20.0 * 8.0 * 3.0 / 3.0),
        (RoofShape::Skillion, 20.0 * 8.0 * 3.0 / 2.0),
        (RoofShape::Flat, 0.0),
    ];
    for (shape, above_eaves) in cases {
        let roof = Some(RoofStyle { shape, rise_m: 3.0, color: [120, 60, 50, 255] });
        let built = build_on(&FlatGround(40.0), &geometry, &FeatureStyle { extrude_m: 6.0, roof, ..style() });
        let top = if shape == RoofShape::Flat { 46.0 } else { 49.0 };
        assert!((built.objects[&7].bounds.max.z - top).abs() < 1e-4, "{shape:?}");
        let all = triangles(&built.tiles);
        let lowered: Vec<_> = all.iter().map(|(c, a, o)| (c.map(|p| p + DVec3::Z * 0.3), *a, *o)).collect();
        let expected = 160.0 * 6.3 + above_eaves;
        assert!((volume(&lowered) - expected).abs() < 0.2, "{shape:?}: {} {expected}", volume(&lowered));
        assert!((area_from_above(&all) - 160.0).abs() < 0.05, "{shape:?}");
    }
}
