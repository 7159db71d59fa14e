//! Names in the scene.

use std::sync::Arc;

use lantu_render::{Camera, Label, LabelGlyph, LabelSheet, Picture};
use lantu_tiles::TileLayer;

use crate::at;
use crate::scene::{Boxes, Scene, count};

/// One name, a bar of ink of 40 × 10 pixels, at a place.
fn bar(place: [f64; 3], reach_m: f64) -> Arc<LabelSheet> {
    let [x, y, z] = place;
    let label = Label {
        anchor: at(x, y, z),
        bounds: lantu_base::Bounds::EMPTY,
        reach_m,
        kind: 0,
        centered: false,
        extent_m: f64::INFINITY,
        id: 1,
        size_px: [40.0, 10.0],
        glyphs: 0..1,
    };
    let glyph = LabelGlyph { min_px: [0.0, 0.0], size_px: [40.0, 10.0], texels: [1.0, 1.0, 3.0, 3.0] };
    Arc::new(LabelSheet {
        labels: vec![label],
        glyphs: vec![glyph],
        atlas_px: [4, 4],
        coverage: vec![255; 16],
    })
}

fn wall(samples: u32) -> Scene {
    let mut b = Boxes::new(TileLayer::Solid);
    b.cuboid([-20.0, 0.0, -5.0], [20.0, 2.0, 12.0], 0xB0B8C0FF, 0);
    let s = Scene::new(Camera::looking(at(0.0, -40.0, 4.0), at(0.0, 0.0, 4.0)));
    let mut s = s.with_samples(samples);
    s.put(b, 0);
    s.input.labels = true;
    s
}

fn ink(p: &Picture) -> usize {
    count(p, |c| c[0] < 60 && c[1] < 60 && c[2] < 60)
}

#[test]
fn a_name_stands_in_ink_with_a_halo_and_what_stands_before_its_place_hides_it() {
    for samples in [1, 4] {
        let mut s = wall(samples);
        let without = s.shoot();
        assert_eq!(ink(&without), 0);
        s.renderer.set_labels(bar([0.0, -5.0, 4.0], 0.0)).unwrap();
        let named = s.shoot();
        assert_eq!(ink(&named), 400, "all of it shows");
        let pale = |p: &Picture| count(p, |c| c[0] > 225 && c[1] > 225 && c[2] > 225);
        assert!(pale(&named) > pale(&without) + 80, "the halo");
        assert!(named.rgba == s.shoot().rgba, "two frames differ");
        // The same place behind the wall.
        s.renderer.set_labels(bar([0.0, 5.0, 4.0], 0.0)).unwrap();
        assert!(s.shoot().rgba == without.rgba, "it shines through the wall");
        // Its own front does not hide a building's name.
        s.renderer.set_labels(bar([0.0, 5.0, 4.0], 6.0)).unwrap();
        assert_eq!(ink(&s.shoot()), 400);
        s.input.labels = false;
        assert!(s.shoot().rgba == without.rgba, "labels are off");
    }
}

#[test]
fn an_atlas_that_is_not_as_large_as_it_says_is_refused() {
    let mut s = wall(1);
    let mut sheet = (*bar([0.0, -5.0, 4.0], 0.0)).clone();
    sheet.coverage.pop();
    assert!(s.renderer.set_labels(Arc::new(sheet)).is_err());
    assert_eq!(ink(&s.shoot()), 0);
}

#[test]
fn a_name_makes_way_for_what_covers_it_and_other_boxes_ask_for_no_new_picture() {
    let mut s = wall(1);
    s.renderer.set_labels(bar([0.0, -5.0, 4.0], 0.0)).unwrap();
    let rows = |p: &Picture| -> Vec<usize> {
        let dark = |row: &&[u8]| row.as_chunks::<4>().0.iter().any(|c| c[0] < 60 && c[1] < 60 && c[2] < 60);
        let lines = p.rgba.chunks(p.width as usize * 4);
        lines.enumerate().filter(|(_, row)| dark(row)).map(|(y, _)| y).collect()
    };
    let free = s.shoot();
    let at = rows(&free);
    let (top, bottom) = (at[0] as f32, at[at.len() - 1] as f32 + 1.0);
    let middle = free.width as f32 / 2.0;
    assert!(!s.renderer.cover(vec![[0.0, 0.0, 20.0, 20.0]]), "a sign in the corner pushes nothing aside");
    assert!(s.shoot().rgba == free.rgba);
    // A sign over the name.
    assert!(s.renderer.cover(vec![[middle - 10.0, top, middle + 10.0, bottom]]));
    let moved = rows(&s.shoot());
    assert_eq!(moved.len(), at.len(), "all of it shows");
    assert!(moved.iter().all(|y| !at.contains(y)), "{moved:?} {at:?}");
    assert!(!s.renderer.cover(vec![[middle - 9.0, top, middle + 10.0, bottom]]), "it moves on a little");
    assert!(s.renderer.cover(Vec::new()), "it goes");
    assert!(s.shoot().rgba == free.rgba);
}
