//! Pictures and picks of small scenes on whatever driver there is; lavapipe will do.

mod choice;
mod faults;
mod names;
mod night;
mod outlines;
mod parts;
mod queue;
mod scene;
mod sections;
mod see_through;
mod shapes;
mod slender;
mod stretched;

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, ObjectRow, Pattern, Rgba, Style, StyleFlags, WorldPoint};
use lantu_render::{Camera, Gpu, Options, RenderConfig, RenderError, Renderer, render_image};
use lantu_tiles::{GroundTile, TileLayer};
use scene::{Boxes, ORIGIN, SIZE, Scene, count, flat_ground, near, plain};

const RED: u32 = 0xB3202A;

fn colored(rgb: u32) -> Style {
    Style { rgba: Rgba::hex(rgb).packed(), flags: StyleFlags::COLORED }
}

fn is_reddish(p: [u8; 4]) -> bool {
    i32::from(p[0]) > i32::from(p[1]) * 2 && i32::from(p[0]) > i32::from(p[2]) * 2 && p[0] > 60
}

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// Two gray boxes of 4 m side by side, seen from the south.
fn two_boxes() -> Scene {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-6.0, 0.0, 0.0], [-2.0, 4.0, 4.0], 0xC0C0C0FF, 0);
    b.cuboid([2.0, 0.0, 0.0], [6.0, 4.0, 4.0], 0xC0C0C0FF, 1);
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0)));
    s.put(b, 100);
    s
}

#[test]
fn a_changed_style_recolors_its_object_and_uploads_nothing_but_styles() {
    let mut s = two_boxes();
    s.renderer.set_styles(ObjectRow(0), &[Style::default(); 200]);
    let before = s.shoot();
    assert_eq!(count(&before, is_reddish), 0);
    assert!(before.stats.tile_bytes > 0);
    s.renderer.set_styles(ObjectRow(101), &[colored(RED)]);
    let after = s.shoot();
    assert!(count(&after, is_reddish) > 200, "{}", count(&after, is_reddish));
    assert_eq!(after.stats.tile_bytes, 0);
    assert!((8..=32 * 1024).contains(&after.stats.style_bytes), "{}", after.stats.style_bytes);
    // Only the right half changes.
    let w = SIZE[0] as usize;
    let left = |p: &[u8]| {
        (0..SIZE[1] as usize).map(|y| p[y * w * 4..(y * w + w / 2 - 4) * 4].to_vec()).collect::<Vec<_>>()
    };
    s.input.occlusion = false;
    assert_eq!(left(&before.rgba), left(&after.rgba));
    let idle = s.shoot();
    assert_eq!(idle.stats.style_bytes, 0, "nothing changed");
}

#[test]
fn a_hidden_object_is_neither_drawn_nor_picked() {
    let mut s = two_boxes();
    let center = s.pixel(at(4.0, 0.0, 2.0));
    assert_eq!(s.pick(center).unwrap().row, Some(ObjectRow(101)));
    let empty = Scene::new(s.camera).shoot();
    s.renderer.set_styles(ObjectRow(100), &[Style { rgba: 0, flags: StyleFlags::HIDDEN }; 2]);
    assert_eq!(s.pick(center), None);
    s.input.edges = true;
    assert_eq!(s.shoot().rgba, empty.rgba);
}

#[test]
fn a_pattern_shows_as_a_second_color_on_its_object() {
    for p in [Pattern::Hatch, Pattern::Dots, Pattern::Half, Pattern::Bar, Pattern::Wide] {
        let mut s = two_boxes();
        s.renderer.set_styles(ObjectRow(100), &[colored(RED)]);
        let solid = s.shoot();
        let mut style = colored(RED);
        style.flags |= StyleFlags::pattern(p);
        s.renderer.set_styles(ObjectRow(100), &[style]);
        let marked = s.shoot();
        let n = solid.rgba.as_chunks::<4>().0.iter().zip(marked.rgba.as_chunks::<4>().0);
        let changed = n.filter(|(a, b)| !near(**a, **b, 25)).count();
        let all = count(&solid, is_reddish);
        assert!(changed > all / 12 && changed < all * 9 / 10, "{p:?}: {changed} of {all}");
    }
}

#[test]
fn a_selected_object_gets_an_outline_and_keeps_its_color() {
    let mut s = two_boxes();
    s.renderer.set_styles(ObjectRow(101), &[colored(RED)]);
    let before = s.shoot();
    let mut style = colored(RED);
    style.flags |= StyleFlags::SELECTED;
    s.renderer.set_styles(ObjectRow(101), &[style]);
    let after = s.shoot();
    let cyan = |p: [u8; 4]| p[0] < 90 && p[1] > 150 && p[2] > 200;
    assert!(count(&after, cyan) > 60, "{}", count(&after, cyan));
    assert_eq!(count(&after, is_reddish), count(&before, is_reddish));
}

#[test]
fn invisible_volumes_show_only_when_an_overlay_colors_them() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-3.0, 0.0, 0.0], [3.0, 4.0, 4.0], 0x80808000, 0);
    let camera = Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0));
    let mut s = Scene::new(camera);
    s.put(b, 0);
    let empty = Scene::new(camera).shoot();
    assert_eq!(s.shoot().rgba, empty.rgba);
    s.renderer.set_styles(ObjectRow(0), &[colored(RED)]);
    let tinted = s.shoot();
    let differs =
        tinted.rgba.as_chunks::<4>().0.iter().zip(empty.rgba.as_chunks::<4>().0).filter(|(a, b)| a != b);
    assert!(differs.count() > 500);
}

#[test]
fn a_ghost_lets_what_stands_behind_it_through() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-3.0, 0.0, 0.0], [3.0, 1.0, 4.0], 0xC0C0C0FF, 0);
    b.cuboid([-3.0, 5.0, 0.0], [3.0, 6.0, 4.0], 0xC02020FF, 1);
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 3.0), at(0.0, 0.0, 2.0)));
    s.put(b, 0);
    let before = count(&s.shoot(), is_reddish);
    s.renderer.set_styles(ObjectRow(0), &[Style { rgba: 0, flags: StyleFlags::GHOSTED }]);
    let warm = |p: [u8; 4]| i32::from(p[0]) > i32::from(p[1]) + 25;
    let after = count(&s.shoot(), warm);
    assert!(after > before + 500, "{before} {after}");
}

#[test]
fn picking_returns_the_row_and_the_place_within_a_centimeter() {
    let mut s = two_boxes();
    for p in [at(-4.0, 0.0, 1.5), at(4.5, 0.0, 3.0), at(2.5, 0.0, 0.5)] {
        let px = s.pixel(p);
        let hit = s.pick(px).unwrap();
        assert_eq!(hit.row, Some(ObjectRow(if p.0.x < ORIGIN.x { 100 } else { 101 })));
        // The face lies in the plane of the boxes' south side; compare with the ray through the pixel's center.
        let ray = s.camera.ray(DVec2::new(f64::from(px[0]) + 0.5, f64::from(px[1]) + 0.5), SIZE);
        let t = (ORIGIN.y - ray.origin.0.y) / ray.direction.y;
        assert!(hit.position.0.distance(ray.origin.0 + ray.direction * t) < 0.01, "{hit:?}");
    }
    assert_eq!(s.pick([2, 2]), None);
    let rows = s.pick_rect([0, 0], SIZE);
    assert_eq!(rows, [ObjectRow(100), ObjectRow(101)]);
}

#[test]
fn bare_ground_is_picked_without_a_row() {
    let mut s = Scene::new(Camera::looking(at(0.0, -60.0, 40.0), at(0.0, 0.0, 0.0)));
    s.put_ground(&flat_ground());
    let hit = s.pick([SIZE[0] / 2, SIZE[1] / 2]).unwrap();
    assert_eq!(hit.row, None);
    assert!((hit.position.0.z - ORIGIN.z).abs() < 0.01, "{hit:?}");
}

#[test]
fn what_lies_on_the_ground_is_drawn_by_its_order_and_behind_walls_not_at_all() {
    let mut low = Boxes::new(TileLayer::Draped { z_order: 1 });
    low.flat([-20.0, -20.0], [20.0, 20.0], 0x2020C0FF, 0);
    let mut high = Boxes::new(TileLayer::Draped { z_order: 2 });
    high.flat([-10.0, -10.0], [10.0, 10.0], 0xC02020FF, 1);
    let mut wall = Boxes::new(TileLayer::Solid);
    wall.cuboid([-40.0, -22.0, 0.0], [40.0, -21.0, 30.0], 0xC0C0C0FF, 2);
    let mut s = Scene::new(Camera::looking(at(0.0, -60.0, 40.0), at(0.0, 0.0, 0.0)));
    s.put_ground(&flat_ground());
    // Put in the wrong order on purpose.
    s.put(high, 0);
    s.put(low, 0);
    let picture = s.shoot();
    assert!(count(&picture, is_reddish) > 300, "{}", count(&picture, is_reddish));
    let middle = [SIZE[0] / 2, SIZE[1] / 2];
    let hit = s.pick(middle).unwrap();
    assert_eq!(hit.row, Some(ObjectRow(1)));
    assert!((hit.position.0.z - ORIGIN.z).abs() < 0.02, "the pull is taken back: {hit:?}");
    s.put(wall, 0);
    s.camera = Camera::looking(at(0.0, -60.0, 4.0), at(0.0, 0.0, 4.0));
    assert_eq!(count(&s.shoot(), is_reddish), 0, "red shines through the wall");
}

#[test]
fn pipes_show_through_the_ground_only_in_x_ray() {
    let mut pipe = Boxes::new(TileLayer::Underground);
    pipe.cuboid([-30.0, -1.0, -3.0], [30.0, 1.0, -2.0], 0xC02020FF, 0);
    let mut s = Scene::new(Camera::looking(at(0.0, -40.0, 40.0), at(0.0, 0.0, -2.0)));
    s.put_ground(&flat_ground());
    s.put(pipe, 0);
    let warm = |p: [u8; 4]| i32::from(p[0]) > i32::from(p[1]) + 25;
    assert_eq!(count(&s.shoot(), warm), 0);
    let middle = [SIZE[0] / 2, SIZE[1] / 2];
    assert_eq!(s.pick(middle).unwrap().row, None);
    s.input.ground_opacity = 0.35;
    assert!(count(&s.shoot(), warm) > 300);
    assert_eq!(s.pick(middle).unwrap().row, Some(ObjectRow(0)));
}

/// Ground, seen from 300 m above its middle.
fn from_above(ground: &GroundTile) -> Scene {
    let middle = ground.bounds.center();
    let eye = WorldPoint(middle.with_z(middle.z + 300.0) - DVec3::Y);
    let mut s = Scene::new(Camera::looking(eye, WorldPoint(middle)));
    s.put_ground(ground);
    s
}

#[test]
fn contour_lines_are_drawn_where_heights_were_measured_and_nowhere_else() {
    let mut ground = flat_ground();
    for (i, (height, measured)) in ground.heights.iter_mut().zip(&mut ground.measured).enumerate() {
        let col = i % ground.n as usize;
        *height = 4.0 * col as f32;
        *measured = col <= 4;
    }
    ground.bounds.max.z += 32.0;
    let mut s = from_above(&ground);
    let plain = s.shoot();
    s.input.relief.contour_m = 2.0;
    let lined = s.shoot();
    let half = SIZE[0] as usize / 2;
    let mut lines = [0; 2];
    for (i, (a, b)) in plain.rgba.chunks(4).zip(lined.rgba.chunks(4)).enumerate() {
        lines[usize::from(i % SIZE[0] as usize > half)] += usize::from(a != b);
    }
    assert!(lines[0] > 300 && lines[1] == 0, "west and east: {lines:?}");
}

#[test]
fn level_ground_at_the_height_of_a_contour_line_has_no_lines() {
    let mut ground = flat_ground();
    // A pond, in the steps of a millimeter in which heights are stored.
    for (i, height) in ground.heights.iter_mut().enumerate() {
        *height += [0.0, 0.001, -0.001][i % 3];
    }
    ground.measured.fill(true);
    let mut s = from_above(&ground);
    let plain = s.shoot();
    s.input.relief.contour_m = 0.5;
    let lined = s.shoot();
    let n = plain.rgba.chunks(4).zip(lined.rgba.chunks(4)).filter(|(a, b)| a != b).count();
    assert_eq!(n, 0, "pixels of lines on a pond");
}

#[test]
fn the_line_of_a_swipe_parts_two_pictures_of_the_ground_and_moves_without_new_tiles() {
    let mut ground = flat_ground();
    ground.texture_right = Some([200, 40, 40, 255].repeat(16));
    let mut s = Scene::new(Camera::looking(at(0.0, -60.0, 40.0), at(0.0, 0.0, 0.0)));
    s.put_ground(&ground);
    assert_eq!(count(&s.shoot(), is_reddish), 0, "without a line only the left picture is seen");
    let red_from = |s: &mut Scene, share: f32| {
        s.input.swipe = Some(share);
        let picture = s.shoot();
        let red =
            |(i, p): (usize, &[u8])| is_reddish([p[0], p[1], p[2], p[3]]).then_some(i % SIZE[0] as usize);
        let columns: Vec<usize> = picture.rgba.chunks(4).enumerate().filter_map(red).collect();
        (columns.iter().min().copied().unwrap(), columns.len())
    };
    let middle = SIZE[0] as usize / 2;
    let (from, n) = red_from(&mut s, 0.5);
    assert!(from.abs_diff(middle) <= 1 && n > 500, "{from} {n}");
    assert!(red_from(&mut s, 0.75).0.abs_diff(middle * 3 / 2) <= 1);
}

/// A red plate 10 cm before a gray one, 5 km away: with a common far plane 39 % of the pixels were wrong.
#[test]
fn a_gap_of_ten_centimeters_at_five_kilometers_is_kept_apart() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-800.0, 0.1, -500.0], [800.0, 1.0, 500.0], 0xC0C0C0FF, 0);
    b.cuboid([-400.0, -0.1, -250.0], [400.0, 0.0, 250.0], 0xC02020FF, 1);
    let mut s = Scene::new(Camera::looking(at(0.0, -5000.0, 0.0), at(0.0, 0.0, 0.0)));
    s.put(b, 0);
    let (a, z) = (s.pixel(at(-399.0, -0.1, 249.0)), s.pixel(at(399.0, -0.1, -249.0)));
    let rows = s.pick_rect([a[0] + 1, a[1] + 1], [z[0] - a[0] - 1, z[1] - a[1] - 1]);
    assert_eq!(rows, [ObjectRow(1)]);
    // And the gray one everywhere else.
    let rows = s.pick_rect([a[0] - 12, a[1]], [10, z[1] - a[1]]);
    assert_eq!(rows, [ObjectRow(0)]);
}

/// f32 world coordinates would jump by half a meter here; the tile's origin is subtracted in f64.
#[test]
fn a_dolly_of_a_millimeter_moves_no_pixel_at_large_coordinates() {
    let mut b = Boxes::new(TileLayer::Solid);
    for i in 0..40_u16 {
        let x = f64::from(i % 8) * 3.0 - 12.0;
        let z = f64::from(i / 8) * 3.0;
        b.cuboid([x, 0.0, z], [x + 1.5, 1.5, z + 1.5], 0xC0C0C0FF, u32::from(i));
    }
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 6.0)));
    s.put(b, 0);
    let first = s.shoot();
    for step in 1..6 {
        let shift = DVec3::X * 0.001 * f64::from(step);
        s.camera.eye.0 += shift * 0.2;
        s.camera.target.0 += shift * 0.2;
        let moved = s.shoot();
        let pairs = first.rgba.as_chunks::<4>().0.iter().zip(moved.rgba.as_chunks::<4>().0);
        let changed = pairs.filter(|(a, b)| !near(**a, **b, 40)).count();
        // 1 mm at 20 m is 0.01 px: of the edges' pixels about one in a hundred may flip.
        assert!(changed < 60, "{changed} pixels after {step} steps");
    }
}

#[test]
fn two_frames_and_two_renderers_give_the_same_bytes() {
    let shoot = |backward: bool| {
        let mut b = Boxes::new(TileLayer::Solid);
        b.cuboid([-6.0, 0.0, 0.0], [-2.0, 4.0, 4.0], 0xC0C0C0FF, 0);
        let mut c = Boxes::new(TileLayer::Solid);
        c.cuboid([-1.0, 3.0, 0.0], [6.0, 4.0, 7.0], 0x80A0B060, 1);
        let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0)));
        s.input = Options::default();
        s.put_ground(&flat_ground());
        let tiles = [b.finish(), c.finish()];
        if backward {
            s.put_as(1, &tiles[1], 0);
            s.put_as(0, &tiles[0], 0);
            s.keys.sort();
        } else {
            s.put_as(0, &tiles[0], 0);
            s.put_as(1, &tiles[1], 0);
        }
        let first = s.shoot();
        assert_eq!(first.rgba, s.shoot().rgba);
        first.rgba
    };
    assert_eq!(shoot(false), shoot(true), "loading order shows");
}

#[test]
fn four_samples_soften_edges() {
    let tones = |samples: u32| {
        let mut s = two_boxes().with_samples(samples);
        s.input.edges = false;
        let p = s.shoot();
        let mut all: Vec<_> = p.rgba.as_chunks::<4>().0.to_vec();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    assert!(tones(4) > tones(1) + 20);
}

#[test]
fn a_shadow_falls_away_from_the_sun() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-2.0, -2.0, 0.0], [2.0, 2.0, 12.0], 0xC0C0C0FF, 0);
    let mut camera = Camera::looking(at(0.0, 0.0, 60.0), at(0.0, 0.0, 0.0));
    camera.up = DVec3::Y;
    let mut s = Scene::new(camera);
    s.put_ground(&flat_ground());
    s.put(b, 0);
    let bright = |s: &mut Scene, x: f64, y: f64| {
        let p = s.pixel(at(x, y, 0.0));
        let picture = s.shoot();
        u32::from(picture.rgba[((p[1] * SIZE[0] + p[0]) * 4) as usize])
    };
    s.input.shadows = true;
    s.sun = lantu_render::Sun::at(180.0, 45.0);
    let (north, south) = (bright(&mut s, 0.0, 7.0), bright(&mut s, 0.0, -7.0));
    assert!(north + 30 < south, "north {north}, south {south}");
    s.input.shadows = false;
    assert_eq!(bright(&mut s, 0.0, 7.0), south);
}

#[test]
fn freed_tiles_free_their_memory_and_are_no_longer_drawn() {
    let mut s = two_boxes();
    let empty = Scene::new(s.camera).shoot();
    assert!(s.renderer.resident_bytes() > 0 && s.renderer.has_mesh(s.keys[0]));
    assert!(s.renderer.remove_mesh(s.keys[0]));
    assert_eq!(s.renderer.resident_bytes(), 0);
    assert_eq!(s.shoot().rgba, empty.rgba);
    let ground = flat_ground();
    s.put_ground(&ground);
    assert!(s.renderer.has_ground(ground.id));
    assert!(s.renderer.remove_ground(ground.id) && !s.renderer.remove_ground(ground.id));
    assert_eq!(s.renderer.resident_bytes(), 0);
}

#[test]
fn tiles_that_contradict_themselves_are_refused() {
    let mut s = two_boxes();
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([0.0; 3], [1.0; 3], 0xC0C0C0FF, 0);
    let mut broken = b.finish();
    broken.indices[0] = 60_000;
    assert!(matches!(s.renderer.put_mesh(s.keys[0], &broken, 0), Err(RenderError::BadTile(_))));
    let mut ground = flat_ground();
    ground.heights.pop();
    assert!(matches!(s.renderer.put_ground(&ground), Err(RenderError::BadTile(_))));
    let picture = s.shoot();
    assert_eq!(picture.rgba.len(), (SIZE[0] * SIZE[1] * 4) as usize);
}

#[test]
fn a_picture_larger_than_the_adapter_allows_is_refused_and_the_next_one_drawn() {
    let mut s = two_boxes();
    let limit = s.renderer.gpu().device.limits().max_texture_dimension_2d;
    for size in [[limit + 1, 16], [16, 0]] {
        let camera = s.camera;
        let input = plain(camera, &s.keys, &[]);
        let result = render_image(&mut s.renderer, size, &input);
        assert!(matches!(result, Err(RenderError::Size { .. })), "{size:?}");
    }
    s.shoot();
}

#[test]
fn styles_of_far_apart_rows_reach_their_objects() {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-6.0, 0.0, 0.0], [-2.0, 4.0, 4.0], 0xC0C0C0FF, 0);
    b.cuboid([2.0, 0.0, 0.0], [6.0, 4.0, 4.0], 0xC0C0C0FF, 70_000);
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0)));
    s.put(b, 1_000_003);
    s.renderer.set_styles(ObjectRow(1_070_003), &[colored(RED)]);
    let px = s.pixel(at(4.0, 0.0, 2.0));
    assert_eq!(s.pick(px).unwrap().row, Some(ObjectRow(1_070_003)));
    let picture = s.shoot();
    let p = (px[1] * SIZE[0] + px[0]) as usize;
    assert!(is_reddish(picture.rgba.as_chunks::<4>().0[p]));
    assert!(count(&picture, is_reddish) < 6000);
}

#[test]
fn without_any_driver_there_is_a_message_and_no_panic() {
    let error = Gpu::with_backends(wgpu::Backends::empty()).err().unwrap();
    assert!(matches!(error, RenderError::NoAdapter { .. }), "{error}");
    assert!(error.to_string().contains("Vulkan driver"));
}

#[test]
fn a_view_fitted_to_bounds_shows_what_is_in_them() {
    let mut s = two_boxes();
    let b = Bounds::new(ORIGIN + DVec3::new(-6.0, 0.0, 0.0), ORIGIN + DVec3::new(6.0, 4.0, 4.0));
    s.camera = s.camera.fit(&b, DVec3::new(0.3, 1.0, -0.4), SIZE);
    assert_eq!(s.pick_rect([0, 0], SIZE).len(), 2);
    let _: (&Renderer, RenderConfig) = (&s.renderer, RenderConfig::headless(1));
}

#[test]
fn after_a_lost_device_everything_says_so_and_a_new_one_draws_the_same_picture() {
    let mut s = two_boxes();
    let before = s.shoot();
    s.renderer.gpu().lose();
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([0.0; 3], [1.0; 3], 0xC0C0C0FF, 0);
    let (tile, camera, keys) = (b.finish(), s.camera, s.keys.clone());
    let input = plain(camera, &keys, &[]);
    for _ in 0..2 {
        let drawn = render_image(&mut s.renderer, SIZE, &input);
        assert!(matches!(drawn, Err(RenderError::DeviceLost(_))), "{:?}", drawn.err());
        let put = s.renderer.put_mesh(keys[0], &tile, 0);
        assert!(matches!(put, Err(RenderError::DeviceLost(_))), "{put:?}");
        let picked = s.renderer.pick(&input, SIZE, [5, 5]);
        assert!(matches!(picked, Err(RenderError::DeviceLost(_))), "{:?}", picked.err());
    }
    assert_eq!(s.renderer.resident_bytes(), 0);
    // The scene keeps its tiles and puts them again on a device of its own.
    let after = s.with_samples(1).shoot();
    assert!(before.rgba == after.rgba, "the picture changed");
}
