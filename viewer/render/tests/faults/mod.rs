//! What the graphics card refuses, and what it says of its work.

use lantu_base::WorldPoint;
use lantu_render::{Camera, Fault, RenderError, render_image};
use lantu_tiles::TileLayer;

use crate::scene::{Boxes, ORIGIN, SIZE, Scene, flat_ground, plain};

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + glam::DVec3::new(x, y, z))
}

fn boxes() -> Boxes {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-6.0, 0.0, 0.0], [-2.0, 4.0, 4.0], 0xC0C0C0FF, 0);
    b.cuboid([2.0, 0.0, 0.0], [6.0, 4.0, 4.0], 0xC02020FF, 1);
    b
}

fn scene() -> Scene {
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0)));
    s.put_ground(&flat_ground());
    s.put(boxes(), 0);
    s.input.occlusion = true;
    s
}

#[test]
fn a_tile_for_which_memory_is_full_is_not_resident_leaves_nothing_and_comes_when_there_is_room() {
    let tile = boxes().finish();
    let mut whole = scene();
    let picture = whole.shoot();
    // Each of the allocations of a tile is refused once.
    for after in 0..4 {
        let mut s = Scene::new(whole.camera);
        s.input = whole.input;
        s.put_ground(&flat_ground());
        let bare = s.renderer.resident_bytes();
        let key = whole.keys[0];
        s.renderer.gpu().inject(Fault::OutOfMemory { after, times: 1 });
        let put = s.renderer.put_mesh(key, &tile, 0);
        assert!(matches!(put, Err(RenderError::OutOfMemory(_))), "{after}: {put:?}");
        assert!(!s.renderer.has_mesh(key));
        assert_eq!((s.renderer.resident_bytes(), s.renderer.allocated_bytes()), (bare, 0), "{after}");
        s.shoot();
        s.put_as(key.source, &tile, 0);
        assert!(s.shoot().rgba == picture.rgba, "{after}");
    }
}

#[test]
fn ground_and_targets_for_which_memory_is_full_say_so_and_come_later() {
    let mut s = Scene::new(Camera::looking(at(0.0, -20.0, 6.0), at(0.0, 0.0, 2.0)));
    let ground = flat_ground();
    for after in 0..2 {
        s.renderer.gpu().inject(Fault::OutOfMemory { after, times: 1 });
        let put = s.renderer.put_ground(&ground);
        assert!(matches!(put, Err(RenderError::OutOfMemory(_))), "{after}: {put:?}");
        assert!(!s.renderer.has_ground(ground.id));
    }
    s.put_ground(&ground);
    s.renderer.gpu().inject(Fault::OutOfMemory { after: 0, times: 1 });
    let (camera, input) = (s.camera, s.input);
    let frame = lantu_render::FrameInput { options: input, ..plain(camera, &[], &[]) };
    let drawn = render_image(&mut s.renderer, SIZE, &frame);
    assert!(matches!(drawn, Err(RenderError::OutOfMemory(_))), "{:?}", drawn.err());
    s.shoot();
}

#[test]
fn a_refused_call_costs_one_frame_and_is_reported_with_the_name_of_its_pass() {
    let mut s = scene();
    s.input.shadows = true;
    let before = s.shoot();
    for pass in ["scene", "occlusion", "composite", "shadow"] {
        // The shadow map is drawn only when something changed.
        s.renderer.release_shadows();
        s.renderer.gpu().inject(Fault::Validation { pass });
        let (keys, ground, camera, options) = (s.keys.clone(), s.ground.clone(), s.camera, s.input);
        let frame = lantu_render::FrameInput { options, ..plain(camera, &keys, &ground) };
        let drawn = render_image(&mut s.renderer, SIZE, &frame);
        let error = drawn.err();
        let named = matches!(&error, Some(RenderError::Invalid(text)) if text.contains(&format!("'{pass}'")));
        assert!(named, "{pass}: {error:?}");
        assert!(s.shoot().rgba == before.rgba, "the picture after {pass} is another one");
    }
}

#[test]
fn passes_are_timed_where_the_device_has_timestamps() {
    let mut s = scene();
    let has = s.renderer.gpu().device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
    assert_eq!(s.renderer.pass_times().unwrap(), []);
    assert_eq!(s.renderer.time_passes(true), has);
    s.shoot();
    let times = s.renderer.pass_times().unwrap();
    let names: Vec<_> = times.iter().map(|t| t.pass).collect();
    if has {
        assert_eq!(names, ["scene", "distance", "occlusion", "composite"]);
        assert!(times.iter().all(|t| (0.0..10_000.0).contains(&t.ms)), "{times:?}");
        assert!(times.iter().any(|t| t.ms > 0.0), "{times:?}");
    } else {
        assert!(names.is_empty());
    }
    s.renderer.time_passes(false);
    s.shoot();
    assert_eq!(s.renderer.pass_times().unwrap(), []);
}
