//! Sections: what is cut away, caps on the cut, and what is picked there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is wrong"
)]

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, WorldPoint};
use lantu_render::{Camera, HalfSpace, Picture, Section, Shading};
use lantu_tiles::TileLayer;

use crate::scene::{Boxes, ORIGIN, SIZE, Scene, count, flat_ground, near};

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// Cuts away what lies south of a place.
fn south_of(y: f64) -> Section {
    Section::new(&[HalfSpace { normal: -DVec3::Y, limit: -(ORIGIN.y + y) }]).unwrap()
}

/// A red block with a gray one behind it.
fn blocks() -> Scene {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-4.0, 0.0, 0.0], [4.0, 6.0, 5.0], 0xC03028FF, 0);
    b.cuboid([-7.0, 8.0, 0.0], [7.0, 9.0, 9.0], 0xC0C0C0FF, 1);
    let mut s = Scene::new(Camera::looking(at(3.0, -20.0, 8.0), at(0.0, 0.0, 3.0)));
    s.put(b, 10);
    s
}

fn reddish(p: [u8; 4]) -> bool {
    i32::from(p[0]) > i32::from(p[1]) * 2 && p[0] > 40
}

fn pixel(p: &Picture, [x, y]: [u32; 2]) -> [u8; 4] {
    p.rgba.as_chunks::<4>().0[(y * SIZE[0] + x) as usize]
}

#[test]
fn a_cut_block_is_closed_by_a_hatched_cap_as_large_as_the_cut() {
    for samples in [1, 4] {
        let mut s = blocks().with_samples(samples);
        s.input.section = Some(south_of(2.0));
        let cut = s.shoot();
        // The same block built shorter.
        let mut b = Boxes::new(TileLayer::Solid);
        b.cuboid([-4.0, 2.0, 0.0], [4.0, 6.0, 5.0], 0xC03028FF, 0);
        b.cuboid([-7.0, 8.0, 0.0], [7.0, 9.0, 9.0], 0xC0C0C0FF, 1);
        let mut short = Scene::new(s.camera);
        short.put(b, 10);
        let expected = count(&short.shoot(), reddish);
        let capped = count(&cut, reddish);
        assert!(capped.abs_diff(expected) < expected / 40, "{capped} of {expected} pixels");
        // Hatched: two tones, both darker than the face was.
        let (low, high) = (s.pixel(at(-3.8, 2.0, 0.2)), s.pixel(at(3.8, 2.0, 4.8)));
        let inside = (high[1]..low[1]).flat_map(|y| (low[0]..high[0]).map(move |x| [x, y]));
        let tones: Vec<_> = inside.map(|px| pixel(&cut, px)).collect();
        let dark = tones.iter().filter(|p| p[0] < 105).count();
        assert!(dark * 10 > tones.len() && dark * 10 < tones.len() * 7, "{dark} of {}", tones.len());
    }
}

#[test]
fn a_cap_hides_the_edges_of_the_far_side() {
    for samples in [1, 4] {
        let mut s = blocks().with_samples(samples);
        s.input.section = Some(south_of(2.0));
        let without = s.shoot();
        s.input.edges = true;
        let with = s.shoot();
        let (low, high) = (s.pixel(at(-3.9, 2.0, 0.1)), s.pixel(at(3.9, 2.0, 4.9)));
        let mut n = 0;
        for y in high[1] + 3..low[1] - 3 {
            for x in low[0] + 3..high[0] - 3 {
                n += usize::from(!near(pixel(&without, [x, y]), pixel(&with, [x, y]), 2));
            }
        }
        assert_eq!(n, 0, "lines on the cap, {samples} samples");
        let pairs = without.rgba.as_chunks::<4>().0.iter().zip(with.rgba.as_chunks::<4>().0);
        let elsewhere = pairs.filter(|(a, b)| !near(**a, **b, 2)).count();
        assert!(elsewhere > 60, "{elsewhere} pixels of edges");
    }
}

#[test]
fn a_cap_is_picked_on_the_plane_and_what_is_cut_away_is_not() {
    let mut s = blocks();
    let front = s.pixel(at(0.0, 0.0, 2.5));
    assert!((s.pick(front).unwrap().position.0.y - ORIGIN.y).abs() < 0.01);
    s.input.section = Some(south_of(2.0));
    let middle = s.pixel(at(0.0, 2.0, 2.5));
    let hit = s.pick(middle).unwrap();
    assert_eq!(hit.row, Some(ObjectRow(10)));
    assert!((hit.position.0.y - ORIGIN.y - 2.0).abs() < 0.01, "{hit:?}");
    s.input.section = Some(south_of(7.0));
    assert_eq!(s.pick(middle).unwrap().row, Some(ObjectRow(11)), "the wall behind");
    assert_eq!(s.pick_rect([0, 0], SIZE), [ObjectRow(11)]);
    assert_eq!(count(&s.shoot(), reddish), 0);
}

#[test]
fn a_box_of_six_planes_keeps_what_is_inside_and_cuts_the_ground_too() {
    let mut s = blocks();
    s.put_ground(&flat_ground());
    let b = Bounds::new(ORIGIN + DVec3::new(-2.0, 1.0, -1.0), ORIGIN + DVec3::new(2.0, 7.0, 3.0));
    let mut planes = Vec::new();
    for axis in [DVec3::X, DVec3::Y, DVec3::Z] {
        planes.push(HalfSpace { normal: axis, limit: b.max.dot(axis) });
        planes.push(HalfSpace { normal: -axis, limit: -b.min.dot(axis) });
    }
    for shading in [Shading::Full, Shading::PLAIN] {
        s.input.shading = shading;
        s.input.section = Some(Section::new(&planes).unwrap());
        let picture = s.shoot();
        let sky = pixel(&picture, [2, 2]);
        let kept: Vec<_> = (0..SIZE[1])
            .flat_map(|y| (0..SIZE[0]).map(move |x| [x, y]))
            .filter(|p| pixel(&picture, *p) != sky)
            .collect();
        assert!(kept.len() > 300, "{}", kept.len());
        // Everything that shows lies inside the box as it appears.
        let corners = (0..8_u8).map(|i| {
            let pick = |k: u8, lo: f64, hi: f64| if i >> k & 1 == 0 { lo } else { hi };
            let p =
                DVec3::new(pick(0, b.min.x, b.max.x), pick(1, b.min.y, b.max.y), pick(2, b.min.z, b.max.z));
            s.camera.project(WorldPoint(p), SIZE).unwrap()
        });
        let corners: Vec<_> = corners.collect();
        let reach = |f: fn(f64, f64) -> f64, start: f64, of: fn(&glam::DVec2) -> f64| {
            corners.iter().map(of).fold(start, f)
        };
        let (left, right) = (reach(f64::min, 1e9, |p| p.x), reach(f64::max, 0.0, |p| p.x));
        let (top, bottom) = (reach(f64::min, 1e9, |p| p.y), reach(f64::max, 0.0, |p| p.y));
        for [x, y] in kept {
            let (x, y) = (f64::from(x), f64::from(y));
            assert!(x > left - 2.0 && x < right + 2.0 && y > top - 2.0 && y < bottom + 2.0, "{x} {y}");
        }
    }
    assert!(Section::new(&[HalfSpace::default()]).is_none(), "a plane without direction");
    assert!(Section::new(&[HalfSpace { normal: DVec3::X, limit: 0.0 }; 9]).is_none());
}

#[test]
fn what_is_cut_away_casts_no_shadow() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-2.0, -2.0, 0.0], [2.0, 2.0, 12.0], 0xC0C0C0FF, 0);
    let mut s = Scene::new(Camera::looking(at(0.0, 0.1, 60.0), at(0.0, 0.0, 0.0)));
    s.camera.up = DVec3::Y;
    s.put_ground(&flat_ground());
    s.put(b, 0);
    s.input.shadows = true;
    s.sun = lantu_render::Sun::at(180.0, 45.0);
    let px = s.pixel(at(0.0, 8.0, 0.0));
    let in_shadow = pixel(&s.shoot(), px);
    // Above 3 m nothing is left: the shadow ends 5 m to the north.
    s.input.section = Section::new(&[HalfSpace { normal: DVec3::Z, limit: ORIGIN.z + 3.0 }]);
    let lit = pixel(&s.shoot(), px);
    assert!(in_shadow[0] + 30 < lit[0], "{in_shadow:?} {lit:?}");
}
