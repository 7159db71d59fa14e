//! What is seen through: colors, order, opacity.

use glam::Vec3;
use lantu_base::{ObjectRow, Rgba, Style, StyleFlags};
use lantu_render::{Camera, HalfSpace, Options, Picture, Section, Shading};
use lantu_tiles::{MeshTile, TileLayer};

use crate::at;
use crate::scene::{Boxes, SIZE, Scene, flat_ground, near};

/// What `plain` scenes stand before.
const BACKGROUND: [u8; 3] = [0xD8, 0xE0, 0xE8];

fn linear(v: u8) -> f64 {
    let v = f64::from(v) / 255.0;
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn stored(v: f64) -> u8 {
    let s = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a color's share")]
    let byte = (s * 255.0).round() as u8;
    byte
}

/// Colors over each other, the nearest first; the last one is opaque. Light is mixed linearly.
fn over(layers: &[([u8; 3], f64)]) -> [u8; 4] {
    let mut out = [0.0; 3];
    for (color, alpha) in layers.iter().rev() {
        for (o, c) in out.iter_mut().zip(color) {
            *o = *o * (1.0 - alpha) + linear(*c) * alpha;
        }
    }
    let [r, g, b] = out.map(stored);
    [r, g, b, 255]
}

fn pixel(p: &Picture, [x, y]: [u32; 2]) -> [u8; 4] {
    *p.rgba.as_chunks::<4>().0.get((y * SIZE[0] + x) as usize).unwrap_or(&[0; 4])
}

/// Colors as they are stored, so that they can be told exactly.
fn unlit(s: &mut Scene) {
    s.input.shading = Shading::Plain { ambient: 1.0, diffuse: 0.0 };
}

/// An upright rectangle from `a` to `b`, 8 m high.
fn pane(a: [f32; 2], b: [f32; 2], rgba: u32, object: u32) -> MeshTile {
    let p = |[x, y]: [f32; 2], z: f32| Vec3::new(x, y, z);
    let mut boxes = Boxes::new(TileLayer::Solid);
    boxes.quads(&[[p(a, 0.0), p(b, 0.0), p(b, 8.0), p(a, 8.0)]], rgba, object);
    boxes.finish()
}

fn from_the_south(samples: u32) -> Scene {
    let mut s = Scene::new(Camera::looking(at(0.0, -40.0, 4.0), at(0.0, 0.0, 4.0))).with_samples(samples);
    unlit(&mut s);
    s
}

#[test]
fn two_panes_that_cross_are_each_before_the_other_on_their_side() {
    let (red, blue) = ([0xC0, 0x20, 0x20], [0x20, 0x40, 0xC0]);
    let share = f64::from(0x90_u8) / 255.0;
    for (samples, turned) in [(1, false), (1, true), (4, false), (4, true)] {
        let mut s = from_the_south(samples);
        // Red is nearer in the west, blue in the east.
        let mut panes =
            [pane([-8.0, -6.0], [8.0, 6.0], 0xC0202090, 0), pane([-8.0, 6.0], [8.0, -6.0], 0x2040C090, 1)];
        if turned {
            panes.reverse();
        }
        for p in &panes {
            s.put_tile(p, 0);
        }
        let picture = s.shoot();
        let west = pixel(&picture, s.pixel(at(-4.0, 0.0, 4.0)));
        let east = pixel(&picture, s.pixel(at(4.0, 0.0, 4.0)));
        let expected = |a, b| over(&[(a, share), (b, share), (BACKGROUND, 1.0)]);
        // Colors behind the nearest one are kept in steps of 1/255 of its opacity.
        assert!(near(west, expected(red, blue), 2), "{west:?} {:?}", expected(red, blue));
        assert!(near(east, expected(blue, red), 2), "{east:?} {:?}", expected(blue, red));
        assert_eq!(s.pick(s.pixel(at(-4.0, 0.0, 4.0))).unwrap().row, Some(ObjectRow(0)));
        assert_eq!(s.pick(s.pixel(at(4.0, 0.0, 4.0))).unwrap().row, Some(ObjectRow(1)));
    }
}

/// Panes one behind the other and askew, some of them through each other.
fn many_panes() -> Vec<MeshTile> {
    (0..9_u8)
        .map(|i| {
            let t = f32::from(i);
            let rgba = u32::from_be_bytes([i * 28, 255 - i * 20, 90 + i * 9, 40 + i * 22]);
            let (a, b) = ([-9.0 + t, t * 1.5 - 6.0], [8.0 - t * 0.5, 7.0 - t * 1.2]);
            pane(a, b, rgba, u32::from(i))
        })
        .collect()
}

#[test]
fn the_order_in_which_tiles_are_drawn_changes_no_byte() {
    for samples in [1, 4] {
        let shoot = |order: &[usize]| {
            let mut s = from_the_south(samples);
            s.input.shading = Shading::Full;
            let panes = many_panes();
            for &i in order {
                s.put_tile(&panes[i], 0);
            }
            let ghost = Style { rgba: 0, flags: StyleFlags::GHOSTED };
            s.renderer.set_styles(ObjectRow(4), &[ghost, ghost]);
            let first = s.shoot();
            assert!(first.rgba == s.shoot().rgba, "two frames differ");
            first.rgba
        };
        let first = shoot(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        for order in [[8, 7, 6, 5, 4, 3, 2, 1, 0], [4, 0, 8, 2, 6, 1, 7, 3, 5], [1, 5, 0, 3, 8, 7, 2, 4, 6]] {
            assert!(first == shoot(&order), "{samples} samples, {order:?}");
        }
    }
}

#[test]
fn an_object_is_as_opaque_as_its_style_says_in_steps_of_a_byte() {
    let gray = [0x60, 0x80, 0xA0];
    for alpha in [0_u8, 1, 3, 64, 128, 200, 254, 255] {
        let mut s = from_the_south(1);
        let mut b = Boxes::new(TileLayer::Solid);
        b.cuboid([-6.0, 0.0, 0.0], [6.0, 2.0, 8.0], 0x6080A0FF, 0);
        s.put(b, 0);
        let middle = s.pixel(at(0.0, 0.0, 4.0));
        let whole = s.shoot();
        let style = Style::default().faded(f32::from(alpha) / 255.0);
        assert_eq!(style.opacity(), alpha);
        s.renderer.set_styles(ObjectRow(0), &[style]);
        let picture = s.shoot();
        let expected = over(&[(gray, f64::from(alpha) / 255.0), (BACKGROUND, 1.0)]);
        assert!(near(pixel(&picture, middle), expected, 1), "{alpha}: {:?}", pixel(&picture, middle));
        assert_eq!(s.pick(middle).is_some(), alpha > 0, "{alpha}");
        assert_eq!(picture.rgba == whole.rgba, alpha == 255, "{alpha}");
        // A color of a state fades as well.
        let rgba = Rgba([0x60, 0x80, 0xA0, alpha]).packed();
        s.renderer.set_styles(ObjectRow(0), &[Style { rgba, flags: StyleFlags::COLORED }]);
        let colored = s.shoot();
        assert!(near(pixel(&colored, middle), expected, 1), "{alpha}: {:?}", pixel(&colored, middle));
    }
}

#[test]
fn a_slider_moves_the_picture_without_a_jump_up_to_opaque() {
    for samples in [1, 4] {
        let mut s = from_the_south(samples);
        s.input = Options { background: s.input.background, ..Options::default() };
        let mut b = Boxes::new(TileLayer::Solid);
        b.cuboid([-6.0, 0.0, 0.0], [6.0, 9.0, 8.0], 0xB0A090FF, 0);
        // Rooms, whose walls must not show through when nearly nothing does.
        for i in 0..6_u8 {
            let y = 1.0 + f64::from(i);
            b.cuboid([-5.0, y, 0.5], [5.0, y + 0.2, 7.0], 0x2040E0FF, 0);
        }
        s.put(b, 0);
        let mut last = s.shoot().rgba;
        for alpha in (0..=254_u8).rev().step_by(6) {
            s.renderer.set_styles(ObjectRow(0), &[Style::default().faded(f32::from(alpha) / 255.0)]);
            let next = s.shoot().rgba;
            let pairs = last.as_chunks::<4>().0.iter().zip(next.as_chunks::<4>().0);
            let step = pairs.flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b))).max().unwrap();
            // Six steps of opacity; where little is left, stored numbers are steep.
            assert!(step <= 40, "{samples} samples, {alpha}: {step}");
            last = next;
        }
    }
}

#[test]
fn the_ground_lets_as_much_through_as_its_opacity_says() {
    let mut pipe = Boxes::new(TileLayer::Underground);
    pipe.cuboid([-30.0, -8.0, -9.0], [30.0, 8.0, -2.0], 0xC02020FF, 0);
    let mut s = Scene::new(Camera::looking(at(0.0, -40.0, 40.0), at(0.0, 0.0, -2.0)));
    unlit(&mut s);
    s.put_ground(&flat_ground());
    s.put(pipe, 0);
    let middle = [SIZE[0] / 2, SIZE[1] / 2];
    let (ground, red) = ([140, 150, 130], [0xC0, 0x20, 0x20]);
    for opacity in [0.0_f32, 0.2, 0.5, 0.9, 1.0] {
        s.input.ground_opacity = opacity;
        let seen = pixel(&s.shoot(), middle);
        let expected = over(&[(ground, f64::from(opacity)), (red, 1.0)]);
        assert!(near(seen, expected, 2), "{opacity}: {seen:?} {expected:?}");
    }
    // A pipe that is half faded is still under the ground.
    s.renderer.set_styles(ObjectRow(0), &[Style::default().faded(128.0 / 255.0)]);
    s.input.ground_opacity = 0.5;
    let seen = pixel(&s.shoot(), middle);
    let half = 128.0 / 255.0;
    let expected = over(&[(ground, 0.5), (red, half), (BACKGROUND, 1.0)]);
    assert!(near(seen, expected, 2), "{seen:?} {expected:?}");
}

#[test]
fn a_section_cuts_what_is_faded_and_its_cap_is_as_faded() {
    for samples in [1, 4] {
        let mut s = from_the_south(samples);
        let mut b = Boxes::new(TileLayer::Solid);
        b.cuboid([-6.0, 0.0, 0.0], [6.0, 6.0, 8.0], 0xC02020FF, 0);
        s.put(b, 0);
        s.renderer.set_styles(ObjectRow(0), &[Style::default().faded(0.5)]);
        let middle = s.pixel(at(0.0, 3.0, 4.0));
        let planes = [HalfSpace { normal: glam::DVec3::NEG_Y, limit: -(crate::scene::ORIGIN.y + 3.0) }];
        s.input.section = Section::new(&planes);
        let cut = s.shoot();
        assert!(cut.rgba == s.shoot().rgba);
        let seen = pixel(&cut, middle);
        // Half of the background shows through the cap.
        let expected = over(&[([0xC0, 0x20, 0x20], 0.5), (BACKGROUND, 1.0)]);
        assert!(near(seen, expected, 60) && seen[0] > seen[1], "{seen:?} {expected:?}");
        let empty = Scene::new(s.camera).shoot();
        let above = s.pixel(at(0.0, 3.0, 9.5));
        assert_eq!(pixel(&cut, above), pixel(&empty, above));
    }
}

#[test]
fn where_everything_is_opaque_nothing_is_made_for_what_is_seen_through() {
    let mut s = from_the_south(4);
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-6.0, 0.0, 0.0], [6.0, 2.0, 8.0], 0x6080A0FF, 0);
    // A cell that is invisible until it has a state, and a pane behind the eye.
    b.cuboid([-9.0, 3.0, 0.0], [9.0, 4.0, 8.0], 0x00000000, 1);
    s.put(b, 0);
    s.put_tile(&pane([-3.0, -90.0], [3.0, -90.0], 0xFFFFFF80, 2), 0);
    let before = s.shoot().stats;
    s.renderer.set_styles(ObjectRow(0), &[Style::default().faded(0.5)]);
    let faded = s.shoot().stats;
    assert!(faded.gpu_bytes > before.gpu_bytes && faded.n_draws > before.n_draws);
    let mut fresh = s.with_samples(4);
    unlit(&mut fresh);
    let after = fresh.shoot().stats;
    assert_eq!((after.gpu_bytes, after.n_draws), (before.gpu_bytes, before.n_draws));
}
