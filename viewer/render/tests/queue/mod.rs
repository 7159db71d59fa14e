//! Passes that are drawn in parts, because a driver would keep too much of them at once.

use glam::DVec3;
use lantu_base::{ObjectRow, Rgba, Style, StyleFlags};
use lantu_render::{Camera, HalfSpace, Picture, RenderConfig, Section};
use lantu_tiles::TileLayer;

use crate::at;
use crate::scene::{Boxes, ORIGIN, Scene, flat_ground};

/// Boxes, glass, a ghost and a chosen object in tiles of their own, on ground, with everything that passes are for.
fn street(samples: u32, most_queued: u64, cut: bool) -> Picture {
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
    s.shoot()
}

#[test]
fn a_picture_drawn_in_parts_is_what_one_piece_is() {
    for (samples, cut) in [(1, false), (4, false), (1, true), (4, true)] {
        let (whole, parts) = (street(samples, u64::MAX, cut), street(samples, 1, cut));
        assert_eq!(whole.stats.n_waits, 0, "a small scene is drawn at once");
        assert!(parts.stats.n_waits > 20, "{}", parts.stats.n_waits);
        assert_eq!(whole.stats.n_triangles, parts.stats.n_triangles);
        assert!(whole.rgba == parts.rgba, "{samples} samples, cut: {cut}");
    }
}
