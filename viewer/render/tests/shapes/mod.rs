//! What tiles can say beyond boxes: instances, mirrored and stretched, groups of faces, lines and points with widths.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests stop at the first thing that is wrong"
)]

use crate::scene::{ORIGIN, SIZE, Scene, count, near};
use glam::{DVec3, Mat4, Quat, Vec3};
use lantu_base::{Bounds, ObjectRow, Pattern, Rgba, StyleFlags, WorldPoint};
use lantu_render::{Background, Camera, Picture, Shading, Sun};
use lantu_tiles::{
    Cluster, FLAT_NORMAL, FaceRange, Instance, MeshTile, Part, Point, Segment, TileLayer, Vertex, pack_normal,
};

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// Sides of a box with corners numbered by bits x, y, z, counterclockwise from outside.
const SIDES: [([u16; 4], [i8; 3]); 6] = [
    ([0, 1, 5, 4], [0, -127, 0]),
    ([1, 3, 7, 5], [127, 0, 0]),
    ([3, 2, 6, 7], [0, 127, 0]),
    ([2, 0, 4, 6], [-127, 0, 0]),
    ([4, 5, 7, 6], [0, 0, 127]),
    ([2, 3, 1, 0], [0, 0, -127]),
];

const GRAY: u32 = 0xFFC0_C0C0;

/// A cube from 0 to 1000 steps, drawn once for each matrix (from meters; a step is a millimeter).
fn cubes(places: &[Mat4], smooth: bool) -> MeshTile {
    let mut vertices = Vec::new();
    let mut indices = Vec::new();
    let mut ranges = Vec::new();
    for (first, (corners, facing)) in (0..).step_by(6).zip(SIDES) {
        let base = u16::try_from(vertices.len()).unwrap();
        for c in corners {
            let normal =
                if smooth { pack_normal(Vec3::from_array(facing.map(f32::from))) } else { FLAT_NORMAL };
            let position = [0, 1, 2].map(|k| (c >> k & 1) * 1000);
            vertices.push(Vertex { position, normal, part: 0 });
        }
        indices.extend([0, 1, 2, 0, 2, 3].map(|i| base + i));
        ranges.push(FaceRange {
            first,
            n: 6,
            facing: Some(facing),
            cos_spread: 1.0,
            min: [0; 3],
            max: [1000; 3],
        });
    }
    let step = Mat4::from_scale(Vec3::splat(0.001));
    let mut bounds = Bounds::EMPTY;
    for m in places {
        for i in 0..8_u8 {
            let corner = Vec3::from_array([0, 1, 2].map(|k| f32::from(i >> k & 1)));
            bounds.add(ORIGIN + m.transform_point3(corner).as_dvec3());
        }
    }
    let relative = |p: DVec3| (p - ORIGIN).as_vec3().to_array();
    let cluster = Cluster {
        n_vertices: 24,
        n_opaque: 36,
        single_sided: true,
        ranges,
        n_instances: u32::try_from(places.len()).unwrap(),
        min: relative(bounds.min),
        max: relative(bounds.max),
        ..Cluster::default()
    };
    MeshTile {
        origin: WorldPoint(ORIGIN),
        bounds,
        layer: TileLayer::Solid,
        parts: (0..).zip(places).map(|(object, _)| Part { object, rgba: GRAY }).collect(),
        vertices,
        indices,
        instances: (0..).zip(places).map(|(i, m)| Instance::from_matrix(*m * step, i)).collect(),
        clusters: vec![cluster],
        segments: Vec::new(),
        points: Vec::new(),
    }
}

fn shoot(tile: &MeshTile, camera: Camera) -> Picture {
    let mut s = Scene::new(camera);
    s.put_tile(tile, 0);
    s.shoot()
}

fn differing(a: &Picture, b: &Picture, tolerance: u8) -> usize {
    let pairs = a.rgba.as_chunks::<4>().0.iter().zip(b.rgba.as_chunks::<4>().0);
    pairs.filter(|(a, b)| !near(**a, **b, tolerance)).count()
}

fn corner_view() -> Camera {
    Camera::looking(at(-4.0, -6.0, 5.0), at(0.5, 0.5, 0.5))
}

#[test]
fn each_instance_of_a_shape_is_an_object_of_its_own() {
    let places = [-2.0, 0.0, 2.0].map(|x| Mat4::from_translation(Vec3::new(x, 0.0, 0.0)));
    let mut s = Scene::new(Camera::looking(at(0.5, -8.0, 3.0), at(0.5, 0.0, 0.5)));
    s.put_tile(&cubes(&places, false), 40);
    for (row, x) in [(40, -1.5), (41, 0.5), (42, 2.5)] {
        let px = s.pixel(at(x, 0.0, 0.5));
        assert_eq!(s.pick(px).unwrap().row, Some(ObjectRow(row)));
    }
}

#[test]
fn a_mirrored_instance_shows_its_outside() {
    let plain = shoot(&cubes(&[Mat4::IDENTITY], false), corner_view());
    let mirrored = Mat4::from_translation(Vec3::X) * Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0));
    for places in [vec![mirrored], vec![mirrored, Mat4::IDENTITY]] {
        let picture = shoot(&cubes(&places, false), corner_view());
        assert_eq!(differing(&plain, &picture, 2), 0, "the mirrored cube fills the same place");
    }
}

#[test]
fn stored_normals_turn_with_stretched_and_mirrored_instances() {
    // Skewed by a stretch after a turn: normals of the true faces come from slopes.
    let turned = Mat4::from_quat(Quat::from_rotation_z(0.6));
    for stretch in [Vec3::new(2.5, 1.0, 0.7), Vec3::new(-2.5, 1.0, 0.7)] {
        let place = Mat4::from_scale(stretch) * turned;
        let flat = shoot(&cubes(&[place], false), corner_view());
        let smooth = shoot(&cubes(&[place], true), corner_view());
        let background = flat.rgba.as_chunks::<4>().0[0];
        assert!(count(&flat, |p| p != background) > 1500);
        assert_eq!(differing(&flat, &smooth, 3), 0, "{stretch}");
    }
}

#[test]
fn leaving_out_faces_that_look_away_changes_no_face_and_saves_triangles() {
    let places: Vec<_> = (0..5).map(|i| Mat4::from_translation(Vec3::X * 2.0 * f32::from(i as u8))).collect();
    let mut grouped = cubes(&places[..1], false);
    for p in &places[1..] {
        // One cluster each: directions are known for single instances.
        let more = cubes(std::slice::from_ref(p), false);
        let mut c = more.clusters[0].clone();
        c.first_instance = u32::try_from(grouped.instances.len()).unwrap();
        grouped.instances.extend(more.instances);
        grouped.clusters.push(c);
        grouped.bounds = grouped.bounds.union(more.bounds);
    }
    let mut open = grouped.clone();
    for c in &mut open.clusters {
        c.single_sided = false;
        c.ranges = vec![FaceRange {
            first: 0,
            n: c.n_opaque,
            facing: None,
            cos_spread: -1.0,
            min: [0; 3],
            max: [1000; 3],
        }];
    }
    for eye in [at(-4.0, -6.0, 5.0), at(4.5, -6.0, 0.5), at(4.5, 0.5, 9.0), at(14.0, 7.0, -3.0)] {
        let camera = Camera::looking(eye, at(4.5, 0.5, 0.5));
        let (few, all) = (shoot(&grouped, camera), shoot(&open, camera));
        // Where a face that looks away ends, its last pixels may lie before the neighbor's.
        let n = differing(&few, &all, 0);
        assert!(n < 20, "{n} pixels");
        assert!(few.stats.n_triangles * 4 <= all.stats.n_triangles * 3, "{:?} {:?}", few.stats, all.stats);
    }
}

fn marks(segments: Vec<Segment>, points: Vec<Point>) -> MeshTile {
    let mut tile = cubes(&[Mat4::IDENTITY], false);
    tile.clusters.clear();
    tile.bounds = Bounds::new(ORIGIN - DVec3::splat(20.0), ORIGIN + DVec3::splat(20.0));
    tile.parts = vec![Part { object: 0, rgba: 0xFF20_20C0 }];
    (tile.segments, tile.points) = (segments, points);
    tile
}

/// Lines and points with sizes in pixels and in meters, some behind the eye.
pub(crate) fn lines_and_points() -> MeshTile {
    let line = |y: f32, width: f32| Segment { a: [-18.0, y, 1.0], b: [17.0, y + 3.0, 4.0], part: 0, width };
    let toward = Segment { a: [-8.0, -40.0, 6.0], b: [3.0, 12.0, 7.0], part: 0, width: 3.0 };
    let points = (0..40_u8).map(|i| {
        let x = f32::from(i) - 20.0;
        Point { at: [x, -9.0, 0.3 * f32::from(i % 9)], part: 0, size: if i % 2 == 0 { 9.0 } else { -0.4 } }
    });
    marks(vec![line(-9.0, 4.0), line(2.0, -0.3), toward], points.collect())
}

fn is_red(p: [u8; 4]) -> bool {
    p[0] > 150 && p[1] < 120
}

/// Red pixels in the picture's middle column.
fn thickness(picture: &Picture) -> usize {
    let column = picture.rgba.as_chunks::<4>().0.iter().skip(SIZE[0] as usize / 2).step_by(SIZE[0] as usize);
    column.filter(|p| is_red(**p)).count()
}

#[test]
fn lines_are_as_wide_as_they_say_in_pixels_or_in_meters() {
    let line =
        |width: f32| marks(vec![Segment { a: [-9.0, 0.0, 0.0], b: [9.0, 0.0, 0.0], part: 0, width }], vec![]);
    let from = |distance: f64| Camera::looking(at(0.0, -distance, 0.0), at(0.0, 0.0, 0.0));
    for distance in [10.0, 40.0] {
        let px = thickness(&shoot(&line(6.0), from(distance)));
        assert!((5..=7).contains(&px), "{px} at {distance}");
    }
    let (near, far) =
        (thickness(&shoot(&line(-2.0), from(10.0))), thickness(&shoot(&line(-2.0), from(40.0))));
    let camera = from(10.0);
    let expected = camera.project(at(0.0, 0.0, -1.0), SIZE).unwrap().y
        - camera.project(at(0.0, 0.0, 1.0), SIZE).unwrap().y;
    assert!((near as f64 - expected).abs() <= 2.0, "{near}, expected {expected}");
    assert!((near as f64 / far as f64 - 4.0).abs() < 0.6, "{near} {far}");
}

#[test]
fn points_are_discs_of_their_size_hide_each_other_and_are_picked() {
    let point = |at: [f32; 3], size: f32| Point { at, part: 0, size };
    let camera = Camera::looking(at(0.0, -10.0, 0.0), at(0.0, 0.0, 0.0));
    let px = count(&shoot(&marks(vec![], vec![point([0.0; 3], 20.0)]), camera), is_red);
    let disc = std::f64::consts::PI * 100.0;
    assert!((px as f64 - disc).abs() < 20.0, "{px} of {disc}");
    let meters = |y: f32| count(&shoot(&marks(vec![], vec![point([0.0, y, 0.0], -2.0)]), camera), is_red);
    let (close, twice) = (meters(0.0), meters(10.0));
    assert!((close as f64 / twice as f64 - 4.0).abs() < 0.5, "{close} {twice}");
    let mut s = Scene::new(camera);
    s.put_tile(&marks(vec![], vec![point([1.0, 0.0, 1.0], 3.0)]), 9);
    let px = s.pixel(at(1.0, 0.0, 1.0));
    let hit = s.pick(px).unwrap();
    assert_eq!(hit.row, Some(ObjectRow(9)));
    assert!(hit.position.0.distance(at(1.0, 0.0, 1.0).0) < 0.05);
}

#[test]
fn plain_shading_is_color_times_ambient_and_diffuse_as_stored_numbers() {
    let mut s = Scene::new(Camera::looking(at(0.5, -4.0, 0.5), at(0.5, 0.0, 0.5)));
    s.put_tile(&cubes(&[Mat4::IDENTITY], false), 0);
    s.input.shading = Shading::Plain { ambient: 0.4, diffuse: 0.5 };
    s.input.background = Background::Plain(Rgba([205, 220, 235, 255]));
    // 60° off the face that looks south.
    s.sun = Sun::towards(DVec3::new(0.0, -0.5, 0.75_f64.sqrt()));
    let picture = s.shoot();
    let middle = picture.rgba.as_chunks::<4>().0[(SIZE[1] / 2 * SIZE[0] + SIZE[0] / 2) as usize];
    let expected = (192.0 * (0.4 + 0.5 * 0.5_f32)).round() as u8;
    assert!(near(middle, [expected, expected, expected, 255], 1), "{middle:?}, expected {expected}");
    assert_eq!(picture.rgba.as_chunks::<4>().0[0], [205, 220, 235, 255]);
    assert_eq!(
        picture.stats.n_draws, 2,
        "the sides left and right of the one that looks away, and no other pass"
    );
}

#[test]
fn smooth_faces_and_flat_ones_look_the_same_where_they_are_the_same() {
    let flat = shoot(&cubes(&[Mat4::IDENTITY], false), corner_view());
    let smooth = shoot(&cubes(&[Mat4::IDENTITY], true), corner_view());
    assert_eq!(differing(&flat, &smooth, 2), 0);
}

#[test]
fn thousands_of_tiles_share_few_buffers_and_free_all_of_them() {
    let mut s = Scene::new(corner_view());
    let tile = cubes(&[Mat4::IDENTITY], false);
    for _ in 0..2000 {
        s.put_tile(&tile, 0);
    }
    let one = s.renderer.resident_bytes() / 2000;
    // Its buffers, and the walls that are known to hide what is behind them.
    assert!((tile.bytes()..tile.bytes() + 512).contains(&one), "{one}");
    assert!(s.renderer.allocated_bytes() < s.renderer.resident_bytes() * 3 + (8 << 20));
    let keys = s.keys.clone();
    for (i, key) in keys.iter().enumerate() {
        assert!(s.renderer.remove_mesh(*key));
        assert_eq!(s.renderer.resident_bytes(), one * (1999 - i as u64));
    }
    assert_eq!(s.renderer.allocated_bytes(), 0);
}

#[test]
fn faces_lit_at_their_first_vertex_look_like_those_lit_by_pixel() {
    let places = [Mat4::IDENTITY, Mat4::from_scale(Vec3::new(-2.5, 1.0, 0.7)) * Mat4::from_rotation_z(0.6)];
    for place in places {
        let mut shots = [false, true].map(|flat| {
            let mut tile = cubes(&[place], flat);
            tile.clusters[0].flat = flat;
            let mut s = Scene::new(corner_view());
            s.put_tile(&tile, 0);
            s.input.shading = Shading::PLAIN;
            s
        });
        let [slopes, flat] = shots.each_mut().map(Scene::shoot);
        let background = flat.rgba.as_chunks::<4>().0[0];
        assert!(count(&flat, |p| p != background) > 500);
        assert_eq!(differing(&slopes, &flat, 3), 0, "{place}");
        // Patterns are drawn by pixel in both.
        let hatched = lantu_base::Style {
            rgba: 0xFF20_A020,
            flags: StyleFlags::COLORED | StyleFlags::pattern(Pattern::Hatch),
        };
        let [slopes, flat] = shots.each_mut().map(|s| {
            s.renderer.set_styles(ObjectRow(0), &[hatched]);
            s.shoot()
        });
        assert_eq!(differing(&slopes, &flat, 3), 0, "{place}");
    }
}
