//! Night and dusk.

use lantu_base::{ObjectRow, Rgba, Style, StyleFlags};
use lantu_render::{Background, Camera, Options, Sun};
use lantu_tiles::TileLayer;

use crate::at;
use crate::scene::{Boxes, Scene, flat_ground};

fn street(sun: Sun) -> Scene {
    let mut s = Scene::new(Camera::looking(at(4.0, -30.0, 14.0), at(0.0, 0.0, 3.0)));
    s.input = Options { background: Background::Sky, ..Options::default() };
    s.sun = sun;
    s.put_ground(&flat_ground());
    let mut b = Boxes::new(TileLayer::Solid);
    for (i, x) in (0_u32..).zip([-12.0, -7.0, -2.0, 3.0, 8.0]) {
        b.cuboid([x, 0.0, 0.0], [x + 4.0, 4.0, 9.0], 0xC8C8C8FF, i);
    }
    s.put(b, 0);
    s
}

fn mean(rgba: &[u8]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for p in rgba.as_chunks::<4>().0 {
        for (s, v) in sum.iter_mut().zip(p) {
            *s += f64::from(*v);
        }
    }
    sum.map(|s| s * 4.0 / rgba.len() as f64)
}

#[test]
fn a_night_is_dark_and_blue_and_casts_no_shadow_wherever_the_sun_is_below_the_horizon() {
    let day = mean(&street(Sun::at(180.0, 50.0)).shoot().rgba);
    let night = street(Sun::at(180.0, -30.0)).shoot();
    let [r, g, b] = mean(&night.rgba);
    assert!(r + g + b < (day[0] + day[1] + day[2]) * 0.5 && b > r * 1.15, "{day:?} {r} {g} {b}");
    assert!(r > 15.0, "shapes can still be read: {r}");
    assert!(night.rgba == street(Sun::at(20.0, -12.0)).shoot().rgba, "the direction shows");
    let mut unshaded = street(Sun::at(180.0, -30.0));
    unshaded.input.shadows = false;
    assert!(night.rgba == unshaded.shoot().rgba, "something throws a shadow");
}

#[test]
fn dusk_lies_between_day_and_night_without_a_jump() {
    let at = |e: f64| mean(&street(Sun::at(250.0, e)).shoot().rgba).iter().sum::<f64>();
    let all: Vec<f64> = (-9..=12).rev().map(|e| at(f64::from(e))).collect();
    for pair in all.windows(2) {
        assert!(pair[1] <= pair[0] + 2.0 && pair[0] - pair[1] < 75.0, "{all:?}");
    }
}

/// Colors of states that must not be taken for each other.
const STATES: [u32; 5] = [0xB3202A, 0xEE7F1B, 0xF7D046, 0x2C8C6B, 0x56A5DD];

#[test]
fn the_color_of_a_state_is_told_at_night_as_by_day() {
    for sun in [Sun::at(200.0, 40.0), Sun::at(290.0, 0.0), Sun::at(0.0, -40.0)] {
        let mut s = street(sun);
        s.input.edges = false;
        let styles = STATES.map(|c| Style { rgba: Rgba::hex(c).packed(), flags: StyleFlags::COLORED });
        s.renderer.set_styles(ObjectRow(0), &styles);
        let picture = s.shoot();
        for (i, x) in [-10.0, -5.0, 0.0, 5.0, 10.0].into_iter().enumerate() {
            let [px, py] = s.pixel(at(x, 0.0, 5.0));
            let p = picture.rgba.as_chunks::<4>().0[(py * crate::scene::SIZE[0] + px) as usize];
            let light = p.iter().take(3).copied().max().unwrap();
            assert!(light > 100, "{:06x} is lost: {p:?}", STATES[i]);
            let like = |c: &u32| {
                let [_, r, g, b] = c.to_be_bytes().map(f64::from);
                // Brightness aside.
                let unit = |v: [f64; 3]| glam::DVec3::from_array(v).normalize_or_zero();
                unit([r, g, b]).dot(unit([f64::from(p[0]), f64::from(p[1]), f64::from(p[2])]))
            };
            let best = STATES.iter().max_by(|a, b| like(a).total_cmp(&like(b))).unwrap();
            assert_eq!(*best, STATES[i], "{sun:?}: {:06x} looks like {best:06x}", STATES[i]);
        }
    }
}
