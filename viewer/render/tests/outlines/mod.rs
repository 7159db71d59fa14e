//! Outlines of a second overlay.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is wrong"
)]

use glam::DVec3;
use lantu_base::{ObjectRow, Pattern, Rgba, Style, StyleFlags, WorldPoint};
use lantu_render::{Camera, HalfSpace, Picture, Section};
use lantu_tiles::TileLayer;

use crate::scene::{Boxes, ORIGIN, SIZE, Scene, count, flat_ground, near};

const GREEN: u32 = 0x2C8C6B;
const RED: u32 = 0xB3202A;

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// Filled green, outlined red.
fn both(pattern: Pattern) -> Style {
    let outline = StyleFlags::outline(Rgba::hex(RED), pattern);
    Style { rgba: Rgba::hex(GREEN).packed(), flags: StyleFlags::COLORED | outline }
}

fn is_red(p: [u8; 4]) -> bool {
    near(p, [0xB3, 0x20, 0x2A, 255], 12)
}

fn is_green(p: [u8; 4]) -> bool {
    i32::from(p[1]) > i32::from(p[0]) + 30 && p[1] > p[2]
}

/// A box of 4 m in sight of an eye that far to the south.
fn one_box(distance: f64) -> Scene {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-2.0, 0.0, 0.0], [2.0, 4.0, 4.0], 0xC0C0C0FF, 0);
    let mut s = Scene::new(Camera::looking(at(0.0, -distance, 2.0), at(0.0, 0.0, 2.0)));
    s.put(b, 0);
    s
}

fn pixel(p: &Picture, [x, y]: [u32; 2]) -> [u8; 4] {
    let first = ((y * SIZE[0] + x) * 4) as usize;
    p.rgba[first..first + 4].try_into().unwrap()
}

#[test]
fn fill_and_outline_of_an_object_are_both_seen_near_and_far() {
    for (distance, least_fill) in [(14.0, 0.6), (60.0, 0.4), (260.0, 0.15)] {
        let mut s = one_box(distance);
        s.renderer.set_styles(ObjectRow(0), &[Style { flags: StyleFlags::COLORED, ..both(Pattern::Solid) }]);
        let filled = count(&s.shoot(), is_green) as f64;
        s.renderer.set_styles(ObjectRow(0), &[both(Pattern::Solid)]);
        let p = s.shoot();
        let (fill, line) = (count(&p, is_green) as f64, count(&p, is_red) as f64);
        assert!(
            fill > least_fill * filled && line > 0.05 * filled,
            "{distance} m: {fill} + {line} of {filled}"
        );
        // A pixel beyond the rim is as it was.
        assert!(fill + line <= filled * 1.02 + 2.0, "{distance} m: {fill} + {line} of {filled}");
    }
}

#[test]
fn what_is_told_apart_by_color_is_told_apart_by_dashes_too() {
    let mut shares = Vec::new();
    for p in [Pattern::Solid, Pattern::Wide, Pattern::Hatch, Pattern::Half, Pattern::Dots] {
        let mut s = one_box(14.0);
        s.renderer.set_styles(ObjectRow(0), &[both(p)]);
        shares.push(count(&s.shoot(), is_red));
    }
    assert!(
        shares.windows(2).all(|w| w[1] * 100 < w[0] * 97),
        "each dashes more than the one before: {shares:?}"
    );
    assert!(shares[4] * 2 > shares[0] / 3, "dots are seen: {shares:?}");
}

#[test]
fn without_a_second_overlay_nothing_is_drawn_or_kept_for_it() {
    let mut s = one_box(14.0);
    let fill = Style { flags: StyleFlags::COLORED, ..both(Pattern::Solid) };
    s.renderer.set_styles(ObjectRow(0), &[fill]);
    let before = s.shoot();
    s.renderer.set_styles(ObjectRow(0), &[both(Pattern::Solid)]);
    let outlined = s.shoot();
    assert!(
        outlined.stats.gpu_bytes > before.stats.gpu_bytes && outlined.stats.n_draws > before.stats.n_draws
    );
    assert!(outlined.stats.style_bytes <= 4096 * 8, "a page of styles and no table besides");
    s.renderer.set_styles(ObjectRow(0), &[fill]);
    let after = s.shoot();
    assert_eq!((after.rgba, after.stats.n_draws), (before.rgba, before.stats.n_draws));
}

#[test]
fn an_outline_ends_where_something_stands_before_its_object_and_does_not_run_around_that() {
    let camera = Camera::looking(at(0.0, -30.0, 2.0), at(0.0, 0.0, 2.0));
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-6.0, 8.0, 0.0], [6.0, 9.0, 8.0], 0xC0C0C0FF, 0);
    b.cuboid([-1.0, -9.0, 0.0], [1.0, -8.0, 6.0], 0xC0C0C0FF, 1);
    let mut s = Scene::new(camera);
    s.put(b, 0);
    s.renderer.set_styles(ObjectRow(0), &[both(Pattern::Solid)]);
    let p = s.shoot();
    // Beside the post: the wall, without a rim along it.
    for z in [1.5, 3.0, 4.0] {
        let [x, y] = s.pixel(at(1.0, -9.0, z));
        for dx in 1..5 {
            assert!(!is_red(pixel(&p, [x + dx, y])), "{z} m, {dx} px beside the post");
        }
    }
    let [x, y] = s.pixel(at(-6.0, 8.0, 3.0));
    assert!((0..4).any(|dx| is_red(pixel(&p, [x + dx, y]))), "its own rim is there");
    // And what is behind a wall has none.
    s.renderer.set_styles(ObjectRow(0), &[Style::default(), Style::default()]);
    let mut hidden = Boxes::new(TileLayer::Solid);
    hidden.cuboid([-1.0, 9.5, 0.0], [1.0, 10.0, 2.0], 0xC0C0C0FF, 0);
    s.put(hidden, 7);
    s.renderer.set_styles(ObjectRow(7), &[both(Pattern::Solid)]);
    assert_eq!(count(&s.shoot(), is_red), 0);
}

#[test]
fn neighbors_of_one_state_are_told_apart_near_and_are_one_far_away() {
    let row = |distance: f64| {
        let mut b = Boxes::new(TileLayer::Solid);
        for i in 0..4_u32 {
            let x = f64::from(i) - 2.0;
            b.cuboid([x, 0.0, -5.0], [x + 1.0, 1.0, 5.0], 0xC0C0C0FF, i);
        }
        let mut s = Scene::new(Camera::looking(at(0.0, -distance, 0.0), at(0.0, 0.0, 0.0)));
        s.put(b, 0);
        s.renderer.set_styles(ObjectRow(0), &[both(Pattern::Solid); 4]);
        let (p, [x, y]) = (s.shoot(), s.pixel(at(0.0, 0.0, 0.0)));
        (0..3).any(|d| is_red(pixel(&p, [x + d - 1, y])))
    };
    assert!(row(7.0), "where two of them touch");
    assert!(!row(60.0), "there they are a few pixels wide");
}

#[test]
fn areas_on_the_ground_that_nothing_fills_have_outlines_below_what_stands_there() {
    let mut s = Scene::new(Camera::looking(at(0.0, -26.0, 22.0), at(0.0, 0.0, 0.0)));
    s.put_ground(&flat_ground());
    let mut area = Boxes::new(TileLayer::Draped { z_order: 1 });
    area.flat([-9.0, -7.0], [9.0, 7.0], 0x80808000, 0);
    s.put(area, 0);
    let mut house = Boxes::new(TileLayer::Solid);
    house.cuboid([6.0, -2.0, 0.0], [12.0, 2.0, 4.0], 0xC0C0C0FF, 0);
    s.put(house, 5);
    let empty = s.shoot();
    s.renderer.set_styles(ObjectRow(0), &[Style { rgba: 0, ..both(Pattern::Solid) }]);
    s.renderer.set_styles(
        ObjectRow(0),
        &[Style { rgba: 0, flags: StyleFlags::outline(Rgba::hex(RED), Pattern::Solid) }],
    );
    let p = s.shoot();
    assert!(count(&p, is_red) > 150, "{}", count(&p, is_red));
    let middle = s.pixel(at(-2.0, 0.0, 0.0));
    assert_eq!(pixel(&p, middle), pixel(&empty, middle), "nothing fills it");
    let wall = s.pixel(at(9.0, -2.0, 2.0));
    assert_eq!(pixel(&p, wall), pixel(&empty, wall), "the house stands over it");
}

#[test]
fn ghosts_and_cut_shapes_have_outlines_where_they_are_seen() {
    let mut s = one_box(14.0);
    let outline = StyleFlags::outline(Rgba::hex(RED), Pattern::Solid);
    s.renderer.set_styles(ObjectRow(0), &[Style { rgba: 0, flags: StyleFlags::GHOSTED | outline }]);
    let ghost = count(&s.shoot(), is_red);
    s.renderer.set_styles(ObjectRow(0), &[both(Pattern::Solid)]);
    let solid = count(&s.shoot(), is_red);
    assert!(ghost * 10 > solid * 9, "{ghost} of {solid}");
    // Cut away above 2 m: the cap's rim is at half the height.
    let limit = DVec3::Z.dot(at(0.0, 0.0, 2.0).0);
    s.camera = Camera::looking(at(0.0, -14.0, 9.0), at(0.0, 2.0, 2.0));
    s.input.section = Section::new(&[HalfSpace { normal: DVec3::Z, limit }]);
    let p = s.shoot();
    let [x, y] = s.pixel(at(0.0, 4.0, 2.0));
    assert!((0..4).any(|d| is_red(pixel(&p, [x, y + d]))), "the far rim of the cap");
    let above = s.pixel(at(0.0, 0.0, 3.6));
    assert!(!is_red(pixel(&p, above)));
}
