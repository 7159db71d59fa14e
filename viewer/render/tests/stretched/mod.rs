//! Heights drawn taller than they are: the picture of a scene that is as tall, and hits that are true.

use glam::{DVec2, DVec3};
use lantu_base::WorldPoint;
use lantu_render::{Camera, HalfSpace, Section};
use lantu_tiles::{Stretch, TileLayer};

use crate::scene::{Boxes, ORIGIN, SIZE, Scene};

/// How many times as tall heights are drawn.
const FACTOR: f64 = 3.0;

/// Towers of several heights about the height of the origin, which is looked at; `tall`: factor on their heights.
fn towers(tall: f64, camera: Camera) -> Scene {
    let mut s = Scene::new(camera);
    let mut b = Boxes::new(TileLayer::Solid);
    for i in 0..40_u32 {
        let (x, y) = (f64::from(i % 8) * 7.0 - 26.0, f64::from(i / 8) * 9.0 - 10.0);
        let [low, high] = [-1.5, 1.0 + f64::from(i * 5 % 7)].map(|z| z * tall);
        b.cuboid([x, y, low], [x + 4.0, y + 3.0, high], 0xA0A0_90FF + i * 0x0201_0300, i + 1);
    }
    s.put(b, 0);
    s
}

fn camera() -> Camera {
    let at = |x: f64, y: f64, z: f64| WorldPoint(ORIGIN + DVec3::new(x, y, z));
    Camera::looking(at(-8.0, -42.0, 26.0), at(1.0, 6.0, 0.0))
}

fn stretched() -> Camera {
    camera().stretched(Stretch::new(FACTOR).unwrap_or_default())
}

/// Compares what every 41st pixel hits in the stretched scene and in the one that is built as tall.
fn compare(real: &mut Scene, built: &mut Scene) -> usize {
    let (mut hits, mut others) = (0, 0);
    for pixel in (0..SIZE[0] * SIZE[1]).step_by(41).map(|i| [i % SIZE[0], i / SIZE[0]]) {
        let (a, b) = (real.pick(pixel), built.pick(pixel));
        // At the rim of a tower rounding decides.
        if a.map(|p| p.row) != b.map(|p| p.row) {
            others += 1;
            continue;
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        let [true_m, tall_m] = [a, b].map(|p| p.position.0 - ORIGIN);
        let shown = DVec3::new(true_m.x, true_m.y, true_m.z * FACTOR);
        assert!((shown - tall_m).length() < 0.02, "{pixel:?}: {true_m} {tall_m}");
        hits += 1;
    }
    assert!(others <= hits / 50, "{others} of {hits} pixels show something else");
    hits
}

#[test]
fn a_stretched_scene_shows_what_one_built_as_tall_shows_and_hits_are_true() {
    let (mut real, mut built) = (towers(1.0, stretched()), towers(FACTOR, camera()));
    assert!(compare(&mut real, &mut built) > 250);
}

#[test]
fn a_section_cuts_a_stretched_scene_at_its_true_height() {
    let (mut real, mut built) = (towers(1.0, stretched()), towers(FACTOR, camera()));
    let above = |z: f64| {
        let plane = HalfSpace { normal: DVec3::Z, limit: ORIGIN.z + z };
        Section::new(&[plane])
    };
    real.input.section = above(2.0);
    built.input.section = above(2.0 * FACTOR);
    assert!(compare(&mut real, &mut built) > 150);
}

#[test]
fn what_is_fitted_is_seen_whole_however_tall_it_is_drawn() {
    let bounds = lantu_base::Bounds::new(ORIGIN, ORIGIN + DVec3::new(60.0, 40.0, 25.0));
    for factor in [0.5, 1.0, 4.0, 12.0] {
        let c = camera().stretched(Stretch::new(factor).unwrap()).fit(&bounds, DVec3::ZERO, SIZE);
        let mut spread = 0.0_f64;
        for i in 0..8 {
            let pick = |bit: u32, lo: f64, hi: f64| if i >> bit & 1 == 0 { lo } else { hi };
            let (lo, hi) = (bounds.min, bounds.max);
            let p = DVec3::new(pick(0, lo.x, hi.x), pick(1, lo.y, hi.y), pick(2, lo.z, hi.z));
            let px = c.project(WorldPoint(p), SIZE).unwrap();
            let share = px / DVec2::new(f64::from(SIZE[0]), f64::from(SIZE[1]));
            assert!(share.cmpge(DVec2::ZERO).all() && share.cmple(DVec2::ONE).all(), "{factor} {px}");
            spread = spread.max((share - 0.5).abs().max_element() * 2.0);
        }
        assert!(spread > 0.8, "{factor}: it fills the picture, {spread}");
    }
}

#[test]
fn hands_hold_what_they_grab_in_a_stretched_scene() {
    let c = stretched();
    let grabbed = WorldPoint(ORIGIN + DVec3::new(4.0, 9.0, 3.5));
    let before = c.project(grabbed, SIZE).unwrap();
    let ray = c.ray(before, SIZE);
    let along = (grabbed.0 - ray.origin.0).dot(ray.direction);
    assert!(
        (ray.origin.0 + ray.direction * along - grabbed.0).length() < 1e-6,
        "a ray meets what its pixel shows"
    );
    let to = DVec2::new(60.0, 40.0);
    assert!((c.pan(grabbed, before, to, SIZE).project(grabbed, SIZE).unwrap() - to).length() < 1e-4);
    for turned in [c.orbit(grabbed, 0.7, -0.2), c.zoom(grabbed, 0.4)] {
        assert!((turned.project(grabbed, SIZE).unwrap() - before).length() < 1e-4);
        assert!(turned.stretch == c.stretch);
    }
    let back = c.stretched(Stretch::TRUE);
    assert!(back.eye.0.distance(camera().eye.0) < 1e-9, "as it was before heights were stretched");
}
