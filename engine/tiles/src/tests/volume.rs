use std::sync::Arc;

use super::ground::{Paint, pyramid, slope};
use super::{EAST, NORTH};
use crate::io::MemoryPackStore;
use crate::{BasePlane, HeightSide, RasterCache, RasterPyramid, Volume, VolumeJob, volume};

/// A square in meters from the corner of the test's rasters, counter-clockwise where `turn` is not set.
fn square([x0, y0]: [f64; 2], [x1, y1]: [f64; 2], turn: bool) -> Vec<[f64; 2]> {
    let mut ring: Vec<[f64; 2]> =
        [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]].map(|[x, y]| [EAST + x, NORTH + y]).into();
    if turn {
        ring.reverse();
    }
    ring
}

struct Site {
    cache: RasterCache,
    before: RasterPyramid,
    after: RasterPyramid,
}

/// A slope of 150 m × 120 m, and the same with a pit of 40 m × 25 m × 2 m, and heights missing in the east.
fn site(gsd_after: f64) -> Site {
    let store = MemoryPackStore::default();
    let corner = [EAST, NORTH + 120.0];
    let dug = |x: f64, y: f64| {
        let (u, v) = (x - EAST, y - NORTH);
        let pit = u > 20.0 && u < 60.0 && v > 30.0 && v < 55.0;
        if u > 140.0 { f32::NAN } else { slope(x, y) - if pit { 2.0 } else { 0.0 } }
    };
    let before = pyramid(&store, corner, 0.5, [300, 240], &Paint::Height(&slope));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred pixels")]
    let size = [(150.0 / gsd_after) as u32, (120.0 / gsd_after) as u32];
    let after = pyramid(&store, corner, gsd_after, size, &Paint::Height(&dug));
    Site { cache: RasterCache::new(Arc::new(store), 32 << 20), before, after }
}

fn between(site: &Site, polygons: &[Vec<Vec<[f64; 2]>>], sigma_m: [f64; 2]) -> Volume {
    let job = VolumeJob {
        before: HeightSide::Raster(&site.before),
        after: HeightSide::Raster(&site.after),
        polygons,
        sigma_m,
    };
    volume(&job, &site.cache).unwrap()
}

#[test]
fn a_pit_aligned_to_cells_has_its_volume_whatever_way_the_polygon_runs() {
    let site = site(0.5);
    for turn in [false, true] {
        let v = between(&site, &[vec![square([20.0, 30.0], [60.0, 55.0], turn)]], [0.03, 0.03]);
        assert!((v.cut_m3 - 2000.0).abs() < 0.1 && v.fill_m3 == 0.0, "{v:?}");
        assert_eq!((v.n_cells, v.n_below_lod, v.n_nodata), (4000, 0, 0));
        assert!((v.area_m2 - 1000.0).abs() < 1e-6 && (v.lod95_m - 0.0832).abs() < 5e-5, "{v:?}");
        let around = between(&site, &[vec![square([10.0, 20.0], [70.0, 65.0], turn)]], [0.03, 0.03]);
        assert!((around.cut_m3 - 2000.0).abs() < 0.1, "{around:?}");
        assert_eq!((around.n_cells, around.n_below_lod), (10_800, 6_800));
    }
}

#[test]
fn a_polygon_across_cells_takes_shares_of_them_and_holes_are_left_out() {
    let site = site(0.5);
    let triangle = [[25.1, 31.0], [55.3, 33.3], [40.2, 53.7]].map(|[x, y]| [EAST + x, NORTH + y]).to_vec();
    let area = 0.5 * ((55.3 - 25.1) * (53.7 - 31.0) - (40.2 - 25.1) * (33.3 - 31.0));
    let v = between(&site, &[vec![triangle]], [0.0; 2]);
    assert!((v.area_m2 - area).abs() < 1e-6 && (v.cut_m3 - 2.0 * area).abs() < 0.1, "{v:?} {area}");
    let hole = square([30.25, 40.25], [40.0, 50.0], false);
    let ring = between(&site, &[vec![square([20.0, 30.0], [60.0, 55.0], false), hole]], [0.0; 2]);
    assert!((ring.area_m2 - (1000.0 - 9.75 * 9.75)).abs() < 1e-6, "{ring:?}");
}

#[test]
fn what_has_no_height_is_counted_and_not_taken_for_level() {
    let site = site(0.5);
    let v = between(&site, &[vec![square([130.0, 10.0], [149.0, 20.0], false)]], [0.0; 2]);
    assert_eq!((v.n_cells, v.n_nodata), (38 * 20, 18 * 20));
    assert!((v.nodata_m2 - 90.0).abs() < 1e-6 && v.cut_m3.abs() < 1e-3, "{v:?}");
}

#[test]
fn what_reaches_beyond_the_models_is_said() {
    let site = site(0.5);
    let v = between(&site, &[vec![square([-10.0, 10.0], [10.0, 20.0], false)]], [0.0; 2]);
    assert!((v.area_m2 - 100.0).abs() < 1e-6 && (v.outside_m2 - 100.0).abs() < 1e-3, "{v:?}");
    let inside = between(&site, &[vec![square([10.0, 10.0], [20.0, 20.0], true)]], [0.0; 2]);
    assert!(inside.outside_m2.abs() < 1e-9, "{inside:?}");
}

#[test]
fn models_of_different_cells_are_compared_on_the_finer_ones() {
    let site = site(0.25);
    let v = between(&site, &[vec![square([25.0, 35.0], [55.0, 50.0], false)]], [0.0; 2]);
    assert_eq!((v.n_cells, v.cell_m), (30 * 15 * 16, 0.25));
    assert!((v.cut_m3 - 2.0 * 450.0).abs() < 0.5, "{v:?}");
}

#[test]
fn a_fitted_plane_lies_in_the_slope_that_its_points_lie_in() {
    let on = |x: f64, y: f64| [EAST + x, NORTH + y, f64::from(slope(EAST + x, NORTH + y))];
    let plane = BasePlane::fitted(&[on(0.0, 0.0), on(30.0, 0.0), on(30.0, 20.0), on(0.0, 20.0)]).unwrap();
    assert!((plane.at(EAST + 11.0, NORTH + 7.0) - (40.0 + 0.55 + 0.14)).abs() < 1e-4);
    let line = BasePlane::fitted(&[on(0.0, 0.0), on(10.0, 10.0), on(20.0, 20.0)]).unwrap();
    assert!(line.slope.iter().all(|s| *s == 0.0));
    assert_eq!(BasePlane::fitted(&[]), None);
    let site = site(0.5);
    let job = VolumeJob {
        before: HeightSide::Plane(plane),
        after: HeightSide::Raster(&site.after),
        polygons: &[vec![square([20.0, 30.0], [60.0, 55.0], false)]],
        sigma_m: [0.0; 2],
    };
    assert!((volume(&job, &site.cache).unwrap().cut_m3 - 2000.0).abs() < 0.5);
}
