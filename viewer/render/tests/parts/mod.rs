//! Pictures put together from parts.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is wrong"
)]

use glam::DVec3;
use lantu_base::{ObjectRow, Pattern, Rgba, Style, StyleFlags, WorldPoint};
use lantu_render::{
    Background, Camera, FrameInput, HalfSpace, Options, Part, Picture, RenderConfig, Section, lay_part,
    margin_px, parts, read_picture, render_image, render_part,
};
use lantu_tiles::TileLayer;

use crate::scene::{Boxes, ORIGIN, Scene, flat_ground};
use crate::shapes::lines_and_points;

const WHOLE: [u32; 2] = [1200, 900];

fn at(x: f64, y: f64, z: f64) -> WorldPoint {
    WorldPoint(ORIGIN + DVec3::new(x, y, z))
}

/// A street of boxes with all that reaches over pixels: glass, ghosts, outlines, patterns, edges, lines, points.
fn street(samples: u32) -> Scene {
    let mut s = Scene::with_config(
        Camera::looking(at(-9.0, -26.0, 7.0), at(1.0, 6.0, 3.0)),
        RenderConfig::pictures(samples),
    );
    let mut b = Boxes::new(TileLayer::Solid);
    for i in 0..24_u32 {
        let (x, y) = (f64::from(i % 6) * 5.0 - 15.0, f64::from(i / 6) * 7.0 - 8.0);
        let rgba = if i % 5 == 3 { 0x80A0_B070 } else { 0xC8B0_90FF - i * 0x0400_0200 };
        // Just above the ground: which of two faces in one place wins is a matter of rounding.
        b.cuboid([x, y, 0.02], [x + 3.1, y + 3.7, 2.0 + f64::from(i % 7) * 1.3], rgba, i);
    }
    s.put(b, 0);
    let mut road = Boxes::new(TileLayer::Draped { z_order: 1 });
    road.flat([-22.0, -12.0], [22.0, -9.0], 0x50585CFF, 30);
    s.put(road, 0);
    s.put_tile(&lines_and_points(), 31);
    s.put_ground(&flat_ground());
    let styled = |flags: u32, rgb: u32| Style { rgba: Rgba::hex(rgb).packed(), flags };
    let colored = StyleFlags::COLORED;
    s.renderer.set_styles(ObjectRow(1), &[styled(colored | StyleFlags::pattern(Pattern::Hatch), 0x2080C0)]);
    s.renderer.set_styles(ObjectRow(4), &[styled(StyleFlags::GHOSTED, 0)]);
    s.renderer.set_styles(ObjectRow(8), &[styled(StyleFlags::SELECTED, 0)]);
    s.renderer.set_styles(ObjectRow(13), &[styled(colored | StyleFlags::pattern(Pattern::Dots), 0xC04020)]);
    s.renderer.set_styles(ObjectRow(20), &[styled(colored | StyleFlags::SELECTED, 0x40A040)]);
    // Opaque, a ghost, glass, selected, on the ground, lines and points.
    for (row, p) in [(2, Pattern::Solid), (4, Pattern::Half), (18, Pattern::Wide), (20, Pattern::Hatch)] {
        let outline = StyleFlags::outline(Rgba::hex(0xF7D046), p);
        let flags = [StyleFlags::GHOSTED, colored | StyleFlags::SELECTED, 0][match row {
            4 => 0,
            20 => 1,
            _ => 2,
        }];
        s.renderer.set_styles(ObjectRow(row), &[styled(flags | outline, 0x40A040)]);
    }
    let outline = StyleFlags::outline(Rgba::hex(0xB3202A), Pattern::Dots);
    s.renderer.set_styles(ObjectRow(30), &[styled(outline, 0); 4]);
    s.input = Options { soft_shadows: true, skip_hidden: false, ..Options::default() };
    s
}

fn input<'a>(
    s: &Scene,
    keys: &'a (Vec<lantu_render::TileKey>, Vec<lantu_tiles::GroundTileId>),
) -> FrameInput<'a> {
    FrameInput {
        camera: s.camera,
        meshes: &keys.0,
        casters: &keys.0,
        ground: &keys.1,
        sun: s.sun,
        options: s.input,
    }
}

fn one_piece(s: &mut Scene, size: [u32; 2]) -> Picture {
    let keys = (s.keys.clone(), s.ground.clone());
    let input = input(s, &keys);
    render_image(&mut s.renderer, size, &input).unwrap()
}

fn pieces(s: &mut Scene, size: [u32; 2], part: [u32; 2]) -> Vec<u8> {
    let keys = (s.keys.clone(), s.ground.clone());
    let input = input(s, &keys);
    let margin = margin_px(&s.camera, size, &s.input, 0.0, true);
    let mut out = vec![0; (size[0] * size[1] * 4) as usize];
    for p in parts(size, part, margin).iter().flatten() {
        put(&mut out, size, p, &render_part(&mut s.renderer, p, &input).unwrap());
    }
    out
}

fn put(out: &mut [u8], size: [u32; 2], p: &Part, drawn: &Picture) {
    assert_eq!([drawn.width, drawn.height], p.extent);
    let row_bytes = (p.extent[0] * 4) as usize;
    for (y, row) in (p.corner[1]..).zip(drawn.rgba.chunks(row_bytes)) {
        let first = ((y * size[0] + p.corner[0]) * 4) as usize;
        out[first..first + row_bytes].copy_from_slice(row);
    }
}

/// Rounding decides where two surfaces, or a surface and its shadow, meet at one depth: there, and there alone, parts may
/// differ from the whole by more than 1 of 255. Pixels of a million.
const UNDECIDED_PER_MILLION: usize = 100;

fn assert_same(whole: &[u8], parted: &[u8], what: &str) {
    let most = |(p, q): (&[u8; 4], &[u8; 4])| p.iter().zip(q).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
    let all: Vec<u8> = whole.as_chunks::<4>().0.iter().zip(parted.as_chunks::<4>().0).map(most).collect();
    let n = all.iter().filter(|&&d| d > 1).count();
    let allowed = (all.len() * UNDECIDED_PER_MILLION).div_ceil(1_000_000);
    assert!(n <= allowed, "{what}: {n} of {} pixels differ, {:?} at most", all.len(), all.iter().max());
}

#[test]
fn a_picture_in_parts_is_the_picture_in_one_piece() {
    for samples in [1, 4] {
        let mut s = street(samples);
        let whole = one_piece(&mut s, WHOLE);
        let parted = pieces(&mut s, WHOLE, [257, 193]);
        assert_same(&whole.rgba, &parted, &format!("{samples} samples"));
    }
}

#[test]
fn sections_x_ray_and_a_plain_background_have_no_seams_either() {
    let cut = HalfSpace { normal: DVec3::new(0.3, -1.0, 0.2).normalize_or_zero(), limit: 0.0 };
    let limit = cut.normal.dot(at(0.0, -2.0, 2.0).0);
    let mut s = street(4);
    s.input.section = Section::new(&[HalfSpace { limit, ..cut }]);
    s.input.ground_opacity = 0.35;
    s.input.background = Background::Plain(Rgba::hex(0xD8E0E8));
    let size = [640, 480];
    let whole = one_piece(&mut s, size);
    assert_same(&whole.rgba, &pieces(&mut s, size, [200, 200]), "sections");
}

#[test]
fn parts_of_any_size_make_the_same_picture() {
    let mut s = street(1);
    let size = [501, 333];
    let whole = one_piece(&mut s, size);
    let mut seed = 3_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    for _ in 0..12 {
        let part = [40 + next(500), 40 + next(300)];
        assert_same(&whole.rgba, &pieces(&mut s, size, part), &format!("parts of {part:?}"));
    }
}

/// Where pictures of the window are put together.
fn texture(s: &Scene, [width, height]: [u32; 2]) -> wgpu::Texture {
    s.renderer.gpu().device.create_texture(&wgpu::TextureDescriptor {
        label: Some("test"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8UnormSrgb,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::COPY_SRC
            | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Shadows drawn tile by tile and shapes in quarters, as where not all tiles fit into memory together.
#[test]
fn shadows_of_one_tile_after_the_other_are_those_of_all_together() {
    let camera = Camera::looking(at(-9.0, -26.0, 7.0), at(1.0, 6.0, 3.0));
    let mut s = Scene::with_config(camera, RenderConfig::pictures(1));
    for i in 0..12_u32 {
        let mut b = Boxes::new(TileLayer::Solid);
        let (x, y) = (f64::from(i % 4) * 6.0 - 12.0, f64::from(i / 4) * 7.0 - 8.0);
        b.cuboid([x, y, 0.0], [x + 3.0, y + 3.0, 3.0 + f64::from(i % 3)], 0xC8B0_90FF - i * 0x0400_0200, 0);
        s.put(b, i);
    }
    s.put_ground(&flat_ground());
    s.input = Options { skip_hidden: false, occlusion: false, ..Options::default() };
    let size = [512, 320];
    let whole = one_piece(&mut s, size);
    let keys = (s.keys.clone(), s.ground.clone());
    assert!(s.renderer.keep_shadows(), "the frame before had some");
    // Nothing casts shadows now; then one tile after the other does.
    let empty = FrameInput { casters: &[], ..input(&s, &keys) };
    s.renderer.add_shadows(size, &empty, false).unwrap();
    let bare = render_image(&mut s.renderer, size, &empty).unwrap();
    assert!(bare.rgba != whole.rgba, "the scene has shadows");
    for key in &keys.0 {
        let one = FrameInput { casters: std::slice::from_ref(key), ..empty };
        let (n, n_triangles) = s.renderer.add_shadows(size, &one, true).unwrap();
        assert!(n == 1 && (1..=12).contains(&n_triangles), "{n} tiles, {n_triangles} triangles");
    }
    let picture = texture(&s, size);
    let margin = margin_px(&s.camera, size, &s.input, 0.0, false);
    let part = Part::of(size, [0, 0], size, margin);
    for half in part.halves(64, margin).unwrap().iter().flat_map(|p| p.halves(64, margin).unwrap()) {
        let piece = texture(&s, half.window.extent);
        let view = piece.create_view(&wgpu::TextureViewDescriptor::default());
        while s.renderer.render_in_parts(&view, &half.window, &empty).unwrap().is_none() {}
        lay_part(s.renderer.gpu(), &half, &piece, &picture);
    }
    let parted = read_picture(s.renderer.gpu(), &picture).unwrap();
    assert_same(&whole.rgba, &parted, "tile by tile");
    s.renderer.release_shadows();
    assert_same(&whole.rgba, &one_piece(&mut s, size).rgba, "afterwards");
}

#[test]
fn a_renderer_that_is_not_made_for_parts_says_so() {
    let mut s = Scene::new(Camera::looking(at(0.0, -9.0, 3.0), at(0.0, 0.0, 0.0)));
    let input = input(&s, &(Vec::new(), Vec::new())).camera;
    let frame =
        FrameInput { camera: input, meshes: &[], casters: &[], ground: &[], sun: s.sun, options: s.input };
    let part = parts([64, 64], [32, 32], 8)[0][0];
    assert!(render_part(&mut s.renderer, &part, &frame).is_err());
}
