//! What each step promises, on shapes small enough to count.

use std::f32::consts::TAU;

use super::super::{Soup, Target, coarsen};
use super::city::{city, push_box};

const GRAY: u32 = 0xff80_8080;

fn target(error_m: f32) -> Target {
    Target { error_m, max_triangles: usize::MAX, wanted_triangles: usize::MAX }
}

/// Triangles of a part in the coarser version.
fn count(soup: &Soup, part: u32) -> usize {
    soup.part.iter().filter(|&&p| p == part).count()
}

/// An upright cylinder of `n` sides, in the soup as part `part`.
fn push_cylinder(soup: &mut Soup, part: u32, radius: f32, height: f32, n: u32) {
    let first = soup.positions.len() as u32;
    for i in 0..n {
        let (sin, cos) = (TAU * i as f32 / n as f32).sin_cos();
        soup.positions.push([radius * cos, radius * sin, 0.0]);
        soup.positions.push([radius * cos, radius * sin, height]);
    }
    for i in 0..n {
        let (a, b) = (first + 2 * i, first + 2 * ((i + 1) % n));
        for t in [[a, b, b + 1], [a, b + 1, a + 1], [first + 1, a + 1, b + 1], [first, b, a]] {
            soup.triangles.push(t);
            soup.part.push(part);
            soup.single_sided.push(true);
        }
    }
}

#[test]
fn furniture_inside_a_closed_room_goes_and_the_walls_stay() {
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [0.0, 0.0, 0.0], [10.0, 8.0, 3.0]);
    push_box(&mut soup, 1, [1.0, 1.0, 0.5], [2.0, 1.0, 0.8]);
    let (out, _) = coarsen(&soup, &[GRAY, GRAY], &target(0.25));
    assert_eq!(count(&out, 1), 0);
    assert_eq!(count(&out, 0), 12);
}

#[test]
fn what_stands_behind_glass_stays() {
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [0.0, 0.0, 0.0], [10.0, 8.0, 3.0]);
    push_box(&mut soup, 1, [1.0, 1.0, 0.5], [2.0, 1.0, 0.8]);
    let (out, _) = coarsen(&soup, &[0x4080_8080, GRAY], &target(0.25));
    assert_eq!(count(&out, 0), 12);
    assert!(count(&out, 1) >= 10);
}

#[test]
fn faces_between_touching_boxes_go() {
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [0.0, 0.0, 0.0], [10.0, 8.0, 3.0]);
    push_box(&mut soup, 1, [0.0, 0.0, 3.0], [10.0, 8.0, 3.0]);
    let (out, _) = coarsen(&soup, &[GRAY, 0xff00_00ff], &target(0.25));
    assert_eq!((count(&out, 0), count(&out, 1)), (10, 10));
}

#[test]
fn a_pole_thinner_than_a_pixel_stays() {
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [0.0, 0.0, -0.3], [60.0, 60.0, 0.3]);
    push_box(&mut soup, 1, [3.3, 1.7, 0.0], [0.1, 0.1, 6.0]);
    for error_m in [0.25, 1.0, 4.0] {
        let (out, _) = coarsen(&soup, &[GRAY, GRAY], &target(error_m));
        let is_line = out.threads.iter().any(|t| t.part == 1);
        assert!(count(&out, 1) > 0 || is_line, "gone at {error_m} m");
    }
}

#[test]
fn a_round_tower_loses_sides_but_keeps_its_height() {
    let mut soup = Soup::default();
    push_cylinder(&mut soup, 0, 10.0, 30.0, 256);
    let (out, error_m) = coarsen(&soup, &[GRAY], &target(0.5));
    assert!((error_m - 0.5).abs() < 1e-6);
    assert!(out.triangles.len() < 120, "{}", out.triangles.len());
    let top = out.positions.iter().map(|p| p[2]).fold(0.0, f32::max);
    assert!((top - 30.0).abs() <= 0.5);
    for p in &out.positions {
        assert!((p[0].hypot(p[1]) - 10.0).abs() < 0.5, "{p:?}");
    }
}

#[test]
fn equal_input_gives_equal_bits_on_any_number_of_threads() {
    let (soup, colors) = city(2, 0.3);
    let run = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| coarsen(&soup, &colors, &target(0.5)))
    };
    assert!(run(1) == run(4));
}

#[test]
fn unusable_input_gives_a_picture_of_the_rest() {
    assert_eq!(coarsen(&Soup::default(), &[], &target(1.0)).0, Soup::default());
    let mut soup = Soup::default();
    push_box(&mut soup, 0, [0.0, 0.0, 0.0], [10.0, 8.0, 3.0]);
    soup.positions.extend([[f32::NAN; 3], [f32::INFINITY; 3], [1e30, 0.0, 0.0], [0.0, 1e30, 0.0]]);
    for t in [[0, 1, 8], [0, 1, 9], [0, 0, 1], [0, 1, 99], [0, 1, 3]] {
        soup.triangles.push(t);
        soup.part.push(0);
        soup.single_sided.push(false);
    }
    soup.triangles.push([0, 1, 2]);
    let (out, _) = coarsen(&soup, &[GRAY], &target(0.5));
    assert!(out.triangles.len() >= 12);
    assert!(out.positions.iter().flatten().all(|c| c.is_finite()));
    soup.triangles.push([0, 10, 11]);
    soup.part.resize(soup.triangles.len(), 0);
    soup.single_sided.resize(soup.triangles.len(), false);
    for error_m in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-30, 0.5] {
        let (out, reached) = coarsen(&soup, &[GRAY], &Target { max_triangles: 5, ..target(error_m) });
        assert!(out.positions.iter().flatten().all(|c| c.is_finite()));
        assert!(reached.is_finite() && reached >= 0.0, "{error_m} {reached}");
    }
}

#[test]
fn a_limit_on_triangles_holds_and_tells_the_larger_error() {
    let (soup, colors) = city(2, 0.3);
    for max_triangles in [0, 1, 12, 100, 1000] {
        let (out, error_m) = coarsen(&soup, &colors, &Target { max_triangles, ..target(0.5) });
        assert!(out.triangles.len() <= max_triangles);
        assert!(max_triangles == 0 || !out.triangles.is_empty());
        assert!(error_m > 0.5);
    }
}
