//! Pictures of which the graphics card chooses what is drawn are those of which the processor does, byte for byte.

use glam::DVec3;
use lantu_base::{ObjectRow, Pattern, Rgba, Style, StyleFlags, WorldPoint};
use lantu_render::{
    Background, Camera, Culling, Fault, HalfSpace, Options, RenderConfig, RenderError, Section,
};
use lantu_tiles::{MeshTile, TileLayer};

use crate::scene::{Boxes, ORIGIN, Scene, flat_ground};
use crate::shapes::lines_and_points;

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// Rows of houses that touch, some of glass, pipes under them, a road.
fn houses() -> Vec<MeshTile> {
    let mut solid = Boxes::new(TileLayer::Solid);
    let mut n = 0;
    for row in 0..12_u32 {
        for k in 0..10_u32 {
            let (x, y) = (f64::from(k) * 9.0 - 45.0, f64::from(row) * 11.0 - 20.0);
            let top = 3.0 + f64::from((k * 7 + row * 5) % 11);
            let rgba =
                if (k + row) % 7 == 3 { 0x80A0_B070 } else { 0xB8A0_90FF - (k * 5 + row) * 0x0302_0100 };
            solid.cuboid([x, y, 0.0], [x + 9.0, y + 7.0, top], rgba, n);
            // Some faces lie in the plane of others.
            solid.cuboid([x + 1.0, y, top - 1.0], [x + 4.0, y + 0.5, top], 0x4060_80FF, n + 1);
            n += 2;
        }
    }
    let mut buried = Boxes::new(TileLayer::Underground);
    for k in 0..8_u32 {
        let x = f64::from(k) * 10.0 - 40.0;
        buried.cuboid([x, -30.0, -3.0], [x + 0.6, 100.0, -2.4], 0x3070_D0FF, n);
        n += 1;
    }
    let mut road = Boxes::new(TileLayer::Draped { z_order: 1 });
    road.flat([-50.0, -26.0], [50.0, -21.0], 0x5058_5CFF, n);
    [solid, buried, road].into_iter().flat_map(Boxes::tiles).collect()
}

fn city(samples: u32, culling: Culling) -> Scene {
    let camera = Camera::looking(at(-9.0, -40.0, 7.0), at(1.0, 6.0, 3.0));
    let mut s = Scene::with_config(camera, RenderConfig { culling, ..RenderConfig::headless(samples) });
    for tile in houses() {
        s.put_tile(&tile, 0);
    }
    s.put_tile(&lines_and_points(), 400);
    s.put_ground(&flat_ground());
    let styled = |flags: u32, rgb: u32| Style { rgba: Rgba::hex(rgb).packed(), flags };
    let colored = StyleFlags::COLORED;
    s.renderer.set_styles(ObjectRow(2), &[styled(colored | StyleFlags::pattern(Pattern::Hatch), 0x2080C0)]);
    s.renderer.set_styles(ObjectRow(14), &[styled(StyleFlags::GHOSTED, 0)]);
    s.renderer.set_styles(ObjectRow(40), &[styled(StyleFlags::SELECTED, 0)]);
    s.renderer.set_styles(ObjectRow(66), &[styled(StyleFlags::HIDDEN, 0)]);
    // Nothing is left out by the processor but what lies outside the view and what looks away.
    s.input = Options { skip_hidden: culling == Culling::Gpu, ..Options::default() };
    s
}

/// A walk along the street, over the roofs, and to where only a corner is in sight. No eye is in the plane of a wall: whether
/// a face is seen exactly edge on is a matter of rounding.
fn walk() -> Vec<Camera> {
    let mut all: Vec<_> = (0..5)
        .map(|i| {
            let x = f64::from(i) * 12.0 - 30.4;
            Camera::looking(at(x, -24.0, 1.7), at(x + 14.0, 0.0, 2.5))
        })
        .collect();
    all.push(Camera::looking(at(0.7, -60.0, 70.0), at(0.0, 30.0, 0.0)));
    all.push(Camera::looking(at(300.3, -60.0, 30.0), at(330.0, 30.0, 0.0)));
    all.push(Camera::looking(at(3.0, 3.0, 1.0), at(3.0, 30.0, 1.0)));
    all
}

fn assert_same(samples: u32, change: impl Fn(&mut Options)) {
    let [mut cpu, mut gpu] = [Culling::Cpu, Culling::Gpu].map(|c| city(samples, c));
    change(&mut cpu.input);
    change(&mut gpu.input);
    for (ix, camera) in walk().into_iter().enumerate() {
        (cpu.camera, gpu.camera) = (camera, camera);
        let expected = cpu.shoot();
        // What the frame before showed must not matter: another view, and the same one.
        for again in 0..3 {
            let found = gpu.shoot();
            let n = expected.rgba.chunks(4).zip(found.rgba.chunks(4)).filter(|(a, b)| a != b).count();
            assert_eq!(n, 0, "pixels of view {ix}, frame {again}, {samples} samples");
        }
    }
}

#[test]
fn a_walk_shows_the_same_bytes_whoever_chooses_what_is_drawn() {
    assert_same(1, |_| {});
    assert_same(4, |_| {});
}

#[test]
fn plain_shading_shows_the_same_bytes_whoever_chooses_what_is_drawn() {
    assert_same(1, |o| o.shading = lantu_render::Shading::PLAIN);
    assert_same(1, |o| {
        o.shading = lantu_render::Shading::PLAIN;
        o.background = Background::Plain(Rgba::hex(0xFFFFFF));
        o.edges = false;
    });
}

#[test]
fn sections_and_x_ray_ground_show_the_same_bytes_whoever_chooses_what_is_drawn() {
    let section = Section::new(&[
        HalfSpace { normal: DVec3::X, limit: ORIGIN.x + 11.3 },
        HalfSpace { normal: DVec3::Z, limit: ORIGIN.z + 5.0 },
    ]);
    assert_same(1, |o| o.section = section);
    assert_same(4, |o| o.section = section);
    assert_same(4, |o| o.ground_opacity = 0.4);
    assert_same(1, |o| {
        o.ground_opacity = 0.4;
        o.section = section;
    });
}

#[test]
fn of_a_street_the_graphics_card_draws_a_fraction_once_it_has_seen_it() {
    let mut s = city(1, Culling::Gpu);
    s.camera = Camera::looking(at(0.0, -24.0, 1.7), at(6.0, 0.0, 2.5));
    let drawn = |s: &mut Scene| {
        s.shoot();
        s.renderer.cull_counts().unwrap().unwrap()
    };
    let first = drawn(&mut s);
    let second = drawn(&mut s);
    let third = drawn(&mut s);
    assert!(first.n_drawn < first.n_tested, "{first:?}: some look away");
    assert!(second.n_drawn * 2 < first.n_drawn, "{first:?} {second:?}");
    assert_eq!(second, third);
    s.input.skip_hidden = false;
    assert_eq!(drawn(&mut s), first, "what is hidden may be asked for");
}

#[test]
fn tiles_come_and_go_between_frames_and_what_is_gone_is_not_drawn() {
    let tiles = houses();
    let key = |i: usize| lantu_render::TileKey {
        source: u32::try_from(i).unwrap(),
        id: lantu_tiles::MeshTileId([7; 16]),
    };
    let mut both = [Culling::Cpu, Culling::Gpu].map(|c| city(1, c));
    let mut seed = 5_u32;
    for _ in 0..12 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let pictures = both.each_mut().map(|s| {
            for (i, tile) in tiles.iter().enumerate() {
                let there = seed >> (i + 8) & 1 == 1;
                if there && !s.renderer.has_mesh(key(i)) {
                    s.renderer.put_mesh(key(i), tile, 0).unwrap();
                } else if !there {
                    s.renderer.remove_mesh(key(i));
                }
            }
            s.shoot().rgba
        });
        assert!(pictures[0] == pictures[1]);
    }
}

#[test]
fn more_rows_than_a_page_holds_are_culled_page_by_page() {
    let mut both = [Culling::Cpu, Culling::Gpu].map(|c| city(1, c));
    for s in &mut both {
        for i in 0..400_u32 {
            let away = DVec3::new(f64::from(i % 20) * 100.0, f64::from(1 + i / 20) * 150.0, 0.0);
            for (k, mut tile) in (0..).zip(houses()) {
                tile.origin.0 += away;
                tile.bounds = lantu_base::Bounds::new(tile.bounds.min + away, tile.bounds.max + away);
                s.put_as(1000 + i * 10 + k, &tile, 0);
            }
        }
        s.camera = Camera::looking(at(1000.3, -900.0, 1200.0), at(1000.0, 1500.0, 0.0));
    }
    let [cpu, gpu] = both.each_mut().map(Scene::shoot);
    let n = cpu.rgba.chunks(4).zip(gpu.rgba.chunks(4)).filter(|(a, b)| a != b).count();
    assert_eq!(n, 0);
    // A page of 1 MiB holds 16 384 units.
    assert!(both[1].renderer.cull_counts().unwrap().unwrap().n_tested > 20_000);
}

#[test]
fn a_refused_call_while_choosing_costs_one_frame() {
    for pass in ["cull what was seen", "depth of what was seen", "depth pyramid", "cull"] {
        let mut s = city(1, Culling::Gpu);
        let before = s.shoot();
        s.renderer.gpu().inject(Fault::Validation { pass });
        assert!(matches!(s.try_shoot(), Err(RenderError::Invalid(text)) if text.contains(pass)), "{pass}");
        assert!(s.shoot().rgba == before.rgba, "{pass}");
    }
}
