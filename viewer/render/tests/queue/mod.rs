//! Passes that are drawn in parts, because a driver would keep too much of them at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first thing that is wrong")]

use glam::DVec3;
use lantu_base::{ObjectRow, Rgba, Style, StyleFlags};
use lantu_render::{Camera, HalfSpace, RenderConfig, Section, Window};
use lantu_tiles::TileLayer;

use crate::at;
use crate::scene::{Boxes, ORIGIN, SIZE, Scene, flat_ground};

/// Boxes, glass, a ghost and a chosen object in tiles of their own, on ground, with everything that passes are for.
fn street(samples: u32, most_queued: u64, cut: bool) -> Scene {
    let camera = Camera::looking(at(0.0, -30.0, 14.0), at(0.0, 6.0, 1.0));
    let mut s = Scene::with_config(camera, RenderConfig { most_queued, ..RenderConfig::headless(samples) });
    s.put_ground(&flat_ground());
    for (row, x) in (0_u32..).zip([-12.0, -7.0, -2.0, 3.0, 8.0]) {
        let mut b = Boxes::new(TileLayer::Solid);
        let rgba = if row == 1 { 0x3060_C080 } else { 0xC0B0_80FF };
        b.cuboid([x, 0.0, 0.0], [x + 4.0, 4.0, 4.0 + f64::from(row)], rgba, 0);
        b.cuboid([x, 6.0, 0.0], [x + 3.0, 10.0, 6.0], 0x70A0_70FF, 1);
        s.put(b, row * 2);
    }
    let mut styles = [Style::default(); 10];
    styles[4].flags |= StyleFlags::GHOSTED;
    styles[6].flags |= StyleFlags::SELECTED;
    styles[8] = Style { rgba: Rgba([200, 60, 40, 120]).packed(), flags: StyleFlags::COLORED };
    s.renderer.set_styles(ObjectRow(0), &styles);
    (s.input.edges, s.input.shadows, s.input.occlusion) = (true, true, true);
    if cut {
        s.input.section = Section::new(&[HalfSpace { normal: DVec3::Z, limit: ORIGIN.z + 5.0 }]);
    }
    s
}

#[test]
fn a_picture_drawn_in_parts_is_what_one_piece_is() {
    for (samples, cut) in [(1, false), (4, false), (1, true), (4, true)] {
        let (whole, parts) = (street(samples, u64::MAX, cut).shoot(), street(samples, 1, cut).shoot());
        assert_eq!(whole.stats.n_waits, 0, "a small scene is drawn at once");
        assert!(parts.stats.n_waits > 20, "{}", parts.stats.n_waits);
        assert_eq!(whole.stats.n_triangles, parts.stats.n_triangles);
        assert!(whole.rgba == parts.rgba, "{samples} samples, cut: {cut}");
    }
}

/// A target that can be read back.
fn target(s: &Scene) -> wgpu::Texture {
    s.renderer.gpu().device.create_texture(&wgpu::TextureDescriptor {
        label: Some("test"),
        size: wgpu::Extent3d { width: SIZE[0], height: SIZE[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8UnormSrgb,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

/// The pixels of a target; a row of [`SIZE`] is a multiple of 256 bytes.
fn read(s: &Scene, texture: &wgpu::Texture) -> Vec<u8> {
    let gpu = s.renderer.gpu();
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("test"),
        size: u64::from(SIZE[0]) * u64::from(SIZE[1]) * 4,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(SIZE[0] * 4), rows_per_image: None };
    let copy = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), copy, texture.size());
    gpu.queue.submit([encoder.finish()]);
    buffer.slice(..).map_async(wgpu::MapMode::Read, |_| ());
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    buffer.slice(..).get_mapped_range().unwrap().to_vec()
}

/// Draws a frame part by part; the calls that it took. `between`: what happens after so many calls.
fn in_parts(s: &mut Scene, into: &wgpu::Texture, between: impl Fn(&mut Scene, u32)) -> u32 {
    let view = into.create_view(&wgpu::TextureViewDescriptor::default());
    for calls in 1..10_000 {
        let (meshes, ground) = (s.keys.clone(), s.ground.clone());
        let input = s.frame(&meshes, &ground);
        if s.renderer.render_in_parts(&view, &Window::whole(SIZE), &input).unwrap().is_some() {
            assert!(!s.renderer.is_unfinished());
            return calls;
        }
        between(s, calls);
    }
    panic!("the frame never ends");
}

#[test]
fn a_frame_of_which_each_call_draws_a_part_is_what_one_piece_is() {
    for (samples, cut) in [(1, false), (4, false), (1, true), (4, true)] {
        let whole = street(samples, u64::MAX, cut).shoot();
        // A part of more than one tile may end one pass and begin the next.
        for most_queued in [7, 40, 110, 230, 500] {
            let mut s = street(samples, most_queued, cut);
            let into = target(&s);
            in_parts(&mut s, &into, |_, _| ());
            assert!(read(&s, &into) == whole.rgba, "{most_queued} triangles, {samples} samples, cut: {cut}");
        }
        let mut s = street(samples, 1, cut);
        let into = target(&s);
        let calls = in_parts(&mut s, &into, |_, _| ());
        assert!(calls > 20, "{calls}");
        assert!(read(&s, &into) == whole.rgba, "{samples} samples, cut: {cut}");
        let again = in_parts(&mut s, &into, |_, _| ());
        assert!(again < calls, "shadows that were drawn stay: {again} of {calls}");
        assert!(read(&s, &into) == whole.rgba);
    }
}

#[test]
fn a_change_in_the_midst_of_a_frame_begins_it_again() {
    let mut plain = street(1, u64::MAX, false);
    let hidden = Style { flags: StyleFlags::HIDDEN, ..Style::default() };
    plain.renderer.set_styles(ObjectRow(2), &[hidden]);
    let whole = plain.shoot();
    let mut s = street(1, 1, false);
    let into = target(&s);
    let calls = in_parts(&mut s, &into, |s, calls| match calls {
        7 => drop(s.pick([40, 80])),
        12 => s.renderer.set_styles(ObjectRow(2), &[hidden]),
        _ => {}
    });
    assert!(calls > 32, "{calls}");
    assert!(read(&s, &into) == whole.rgba);
}
