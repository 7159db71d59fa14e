//! What becomes of boxes: which are merged, which stay apart, and that none is lost.

use super::super::{Soup, Target, coarsen};
use super::city::push_box;

const GRAY: u32 = 0xff80_8080;
const RED: u32 = 0xff20_20c0;
const WHITE: u32 = 0xfff0_f0f0;

fn coarse(soup: &Soup, colors: &[u32], error_m: f32) -> Soup {
    coarsen(soup, colors, &Target { error_m, max_triangles: usize::MAX, wanted_triangles: usize::MAX }).0
}

fn n_parts(soup: &Soup) -> usize {
    let mut parts = soup.part.clone();
    parts.sort_unstable();
    parts.dedup();
    parts.len()
}

fn top_m(soup: &Soup) -> f32 {
    soup.positions.iter().map(|p| p[2]).fold(f32::MIN, f32::max)
}

/// Storeys of 3 m, each an object of its own.
fn tower(n: u8) -> Soup {
    let mut soup = Soup::default();
    for i in 0..n {
        push_box(&mut soup, i.into(), [0.0, 0.0, 3.0 * f32::from(i)], [14.0, 12.0, 3.0]);
    }
    soup
}

#[test]
fn storeys_become_one_block_when_they_are_less_than_two_pixels_high() {
    let soup = tower(6);
    let near = coarse(&soup, &[GRAY; 6], 1.0);
    assert_eq!(n_parts(&near), 6);
    let far = coarse(&soup, &[GRAY; 6], 2.0);
    assert_eq!((n_parts(&far), far.triangles.len()), (1, 10));
    assert!((top_m(&far) - 18.0).abs() < 1e-3);
}

#[test]
fn storeys_of_different_colors_stay_apart() {
    let far = coarse(&tower(6), &[RED, WHITE, RED, WHITE, RED, WHITE], 2.0);
    assert_eq!(n_parts(&far), 6);
}

#[test]
fn merged_storeys_are_colored_between_their_tints() {
    let far = coarse(&tower(2), &[0xff80_8080, 0xff88_8888], 2.0);
    assert_eq!(far.mixed.len(), 1);
    assert_eq!((far.mixed[0].part, far.mixed[0].rgba, far.mixed[0].off), (0, 0xff84_8484, 4));
    assert!(far.part.iter().all(|&p| p == 2));
    // The next level knows how far the tints are off: nothing else is added to them.
    let mut soup = far;
    push_box(&mut soup, 1, [0.0, 0.0, 6.0], [14.0, 12.0, 3.0]);
    let further = coarse(&soup, &[0xff80_8080, 0xff99_9999], 4.0);
    assert_eq!(n_parts(&further), 2);
}

#[test]
fn a_triangular_lawn_stays_a_triangle() {
    let soup = Soup {
        positions: vec![[0.0, 0.0, 0.0], [40.0, 0.0, 0.0], [0.0, 30.0, 0.0]],
        triangles: vec![[0, 1, 2]],
        part: vec![0],
        single_sided: vec![false],
        ..Soup::default()
    };
    for error_m in [0.25, 4.0] {
        assert_eq!(coarse(&soup, &[GRAY], error_m).triangles.len(), 1);
    }
}

#[test]
fn buildings_turned_every_way_keep_their_corners() {
    let mut soup = Soup::default();
    let n = 2000_u16;
    for i in 0..n {
        let first = soup.positions.len();
        push_box(&mut soup, i.into(), [0.0; 3], [14.0, 9.0, 8.0]);
        let (sin, cos) = (f32::from(i) * 0.00079).sin_cos();
        let at = [f32::from(i % 50) * 40.0, f32::from(i / 50) * 40.0];
        for p in &mut soup.positions[first..] {
            *p = [at[0] + p[0] * cos - p[1] * sin, at[1] + p[0] * sin + p[1] * cos, p[2]];
        }
    }
    let out = coarse(&soup, &vec![GRAY; n.into()], 2.0);
    let corner = |p: [f32; 3]| p.map(|c| (c * 2.0).round() as i32);
    let mut known: Vec<[i32; 3]> = soup.positions.iter().map(|&p| corner(p)).collect();
    known.sort_unstable();
    for &p in &out.positions {
        let [x, y, z] = corner(p);
        let near = (-1..=1).any(|i| (-1..=1).any(|j| known.binary_search(&[x + i, y + j, z]).is_ok()));
        assert!(near, "{p:?}");
    }
}

#[test]
fn things_smaller_than_a_pixel_are_gathered_and_do_not_vanish() {
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [50.0, 50.0, -0.5], [100.0, 100.0, 0.5]);
    for i in 0..100_u8 {
        let at = [f32::from(i % 10) * 10.0 + 1.0, f32::from(i / 10) * 10.0, 0.0];
        push_box(&mut soup, 1 + u32::from(i), at, [1.6, 0.5, 0.8]);
    }
    let mut colors = vec![GRAY; 1];
    colors.resize(101, RED);
    let out = coarse(&soup, &colors, 8.0);
    let benches = out.part.iter().filter(|&&p| p != 0).count();
    assert!((4..=400).contains(&benches), "{benches}");
    let area = |part: bool| -> f32 {
        let inside = out.triangles.iter().zip(&out.part).filter(|(_, p)| (**p != 0) == part);
        inside.map(|(t, _)| flat_area(t.map(|i| out.positions[i as usize]))).sum()
    };
    assert!((40.0..160.0).contains(&area(true)), "{} m² for 80 m²", area(true));
}

/// Area of a triangle as seen from above.
fn flat_area([a, b, c]: [[f32; 3]; 3]) -> f32 {
    ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).abs() / 2.0
}

#[test]
fn what_is_seen_through_is_not_merged() {
    let far = coarse(&tower(6), &[0x8080_8080; 6], 2.0);
    assert_eq!(n_parts(&far), 6);
    assert!(far.mixed.is_empty());
}
