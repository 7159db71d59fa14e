use std::collections::BTreeMap;
use std::sync::Arc;

use lantu_base::{RasterGrid, RasterKind, TileCoord};

use super::{EAST, NORTH};
use crate::io::{DirPackStore, MemoryPackStore, PackStore};
use crate::{
    ElevationStack, GROUND_COLOR, GroundPhoto, GroundSource, GroundTileId, HeightField, PhotoLook,
    PixelValue, RasterCache, RasterPixels, RasterPyramid, RasterTile, compose_ground, encode_raster_tile,
};

/// Colors or heights as a function of a place.
pub(super) enum Paint<'a> {
    Color(&'a dyn Fn(f64, f64) -> [u8; 4]),
    Height(&'a dyn Fn(f64, f64) -> f32),
}

/// Writes a pyramid; each level samples the function at its own pixel centers.
pub(super) fn pyramid(
    store: &dyn PackStore,
    west_north: [f64; 2],
    gsd_m: f64,
    size_px: [u32; 2],
    paint: &Paint<'_>,
) -> RasterPyramid {
    let kind = if matches!(paint, Paint::Color(_)) { RasterKind::Orthophoto } else { RasterKind::Elevation };
    let grid = RasterGrid { kind, west_north, gsd_m, size_px, n_levels: RasterGrid::levels_for(size_px) };
    let mut tiles = BTreeMap::new();
    let px = RasterGrid::TILE_PX;
    for level in 0..grid.n_levels {
        let ([cols, rows], gsd, size) = (grid.tiles_at(level), grid.gsd_at(level), grid.size_at(level));
        for (col, row) in (0..rows).flat_map(|row| (0..cols).map(move |col| (col, row))) {
            let place = |i: u32| {
                let (c, r) = (col * px + i % px, row * px + i / px);
                let at =
                    [west_north[0] + (f64::from(c) + 0.5) * gsd, west_north[1] - (f64::from(r) + 0.5) * gsd];
                (c < size[0] && r < size[1]).then_some(at)
            };
            let pixels = match paint {
                Paint::Color(f) => RasterPixels::Color(
                    (0..px * px).flat_map(|i| place(i).map_or([0; 4], |[x, y]| f(x, y))).collect(),
                ),
                Paint::Height(f) => RasterPixels::Height(
                    (0..px * px).map(|i| place(i).map_or(f32::NAN, |[x, y]| f(x, y))).collect(),
                ),
            };
            let pack = encode_raster_tile(&RasterTile { px, pixels }).unwrap();
            tiles.insert(TileCoord { level, col, row }, store.write(&pack).unwrap());
        }
    }
    RasterPyramid { grid, tiles }
}

#[expect(clippy::cast_possible_truncation, reason = "rounded on purpose")]
pub(super) fn slope(x: f64, y: f64) -> f32 {
    (40.0 + (x - EAST) * 0.05 + (y - NORTH) * 0.02) as f32
}

fn photo(x: f64, y: f64) -> [u8; 4] {
    let [u, v] = [x - EAST, y - NORTH].map(|d| u8::try_from(crate::raster::to_i64(d)).unwrap_or(255));
    if u > 100 { [0, 0, 0, 0] } else { [u, v, 77, 255] }
}

fn source(store: &dyn PackStore) -> GroundSource {
    let corner = [EAST, NORTH + 120.0];
    GroundSource {
        imagery: vec![pyramid(store, corner, 0.2, [750, 600], &Paint::Color(&photo)).into()],
        elevation: vec![pyramid(store, corner, 0.5, [300, 240], &Paint::Height(&slope))],
        base_height_m: 40.0,
        background: None,
    }
}

fn cache(store: MemoryPackStore) -> RasterCache {
    RasterCache::new(Arc::new(store), 32 << 20)
}

#[test]
fn heights_on_a_slope_are_exact_and_neighbors_meet() {
    let store = MemoryPackStore::default();
    let source = source(&store);
    let cache = cache(store);
    for level in [2, 3] {
        let id = GroundTileId::at(level, EAST + 60.0, NORTH + 60.0);
        let tile = compose_ground(id, &source, &cache);
        assert!(tile.measured.iter().any(|m| *m));
        for row in 0..tile.n {
            for col in 0..tile.n {
                let (x, y) = (f64::from(col) * tile.spacing_m, f64::from(row) * tile.spacing_m);
                let (x, y) = (tile.origin.0.x + x, tile.origin.0.y + y);
                let h = tile.origin.0.z + f64::from(tile.heights[(row * tile.n + col) as usize]);
                assert!((h - f64::from(slope(x, y))).abs() < 1e-3, "level {level}: {h} at {x} {y}");
            }
        }
        let east = compose_ground(GroundTileId { col: id.col + 1, ..id }, &source, &cache);
        for row in 0..tile.n {
            let a = tile.origin.0.z + f64::from(tile.heights[(row * tile.n + tile.n - 1) as usize]);
            let b = east.origin.0.z + f64::from(east.heights[(row * tile.n) as usize]);
            assert!((a - b).abs() < 1e-4);
        }
    }
}

fn texel(tile: &crate::GroundTile, x: f64, y: f64) -> [u8; 4] {
    let [w, _, _, n] = tile.id.extent();
    let m = GroundTileId::edge_at(tile.id.level) / f64::from(tile.texture_px);
    let [c, r] = [(x - w) / m, (n - y) / m].map(|d| usize::try_from(crate::raster::to_i64(d)).unwrap());
    let at = (r * tile.texture_px as usize + c) * 4;
    tile.texture[at..at + 4].try_into().unwrap()
}

#[test]
fn the_texture_shows_the_photo_where_it_is_and_calm_ground_where_it_is_not() {
    let store = MemoryPackStore::default();
    let source = source(&store);
    let cache = cache(store);
    // 51.2 m at 20 cm, 409.6 m at 1.6 m.
    for level in [3, 6] {
        let at = |x: f64, y: f64| {
            let id = GroundTileId::at(level, EAST + x, NORTH + y);
            texel(&compose_ground(id, &source, &cache), EAST + x, NORTH + y)
        };
        for (x, y) in [(10.5, 20.5), (50.5, 60.5), (99.0, 100.5)] {
            let [r, g, b, a] = at(x, y);
            let near = |v: u8, w: f64| (f64::from(v) - w).abs() <= 2.0;
            assert!(
                near(r, x) && near(g, y) && near(b, 77.0) && a == 255,
                "level {level}: {r} {g} {b} at {x} {y}"
            );
        }
        let [r, g, b] = GROUND_COLOR;
        assert_eq!(at(140.0, 60.0), [r, g, b, 255], "nodata inside the raster");
        assert_eq!(at(60.0, -10.0), [r, g, b, 0], "outside of all rasters");
    }
}

#[test]
fn a_background_makes_ground_beyond_the_rasters_at_the_base_height() {
    let store = MemoryPackStore::default();
    let mut source = source(&store);
    source.background = Some([EAST - 1000.0, NORTH - 1000.0, EAST + 1000.0, NORTH + 1000.0]);
    let cache = cache(store);
    let far = compose_ground(GroundTileId::at(3, EAST - 800.0, NORTH), &source, &cache);
    assert!(!far.measured.contains(&true) && (far.bounds.max.z - 40.0).abs() < 1e-6 && far.texture[3] == 255);
    // Near the edge the ground goes over from the last measured height without a step.
    let stack = ElevationStack::new(&source.elevation, &cache, source.base_height_m);
    let mut last = stack.ground(EAST + 149.0, NORTH + 60.0);
    assert!(last > 47.0);
    for i in 0..200 {
        let h = stack.ground(EAST + 149.0 + f64::from(i), NORTH + 60.0);
        assert!((h - last).abs() < 0.2, "{h} after {last}");
        last = h;
    }
    assert!((last - 40.0).abs() < 1e-6);
    assert_eq!(stack.height(EAST + 300.0, NORTH), None);
}

#[test]
fn the_finest_raster_wins_and_its_nodata_shows_the_one_below() {
    let store = MemoryPackStore::default();
    let fine = |x: f64, _y: f64| if x > EAST + 30.0 { f32::NAN } else { 99.0 };
    let elevation = vec![
        pyramid(&store, [EAST, NORTH + 120.0], 2.0, [60, 60], &Paint::Height(&slope)),
        pyramid(&store, [EAST, NORTH + 120.0], 0.5, [240, 240], &Paint::Height(&fine)),
    ];
    let cache = cache(store);
    let stack = ElevationStack::new(&elevation, &cache, 0.0);
    assert_eq!(stack.height(EAST + 20.0, NORTH + 50.0), Some(99.0));
    let below = stack.height(EAST + 60.0, NORTH + 50.0).unwrap();
    assert!((below - 44.0).abs() < 1e-3);
    assert!((stack.spacing_m() - 0.5).abs() < 1e-12);
}

#[test]
fn a_damaged_pack_is_reported_and_the_rest_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let store = DirPackStore::new(dir.path());
    let source = source(&store);
    let damaged = source.imagery[0].raster.tiles[&TileCoord { level: 0, col: 0, row: 2 }];
    std::fs::write(store.path(damaged), b"nonsense").unwrap();
    let missing = source.imagery[0].raster.tiles[&TileCoord { level: 0, col: 1, row: 2 }];
    std::fs::remove_file(store.path(missing)).unwrap();
    let cache = RasterCache::new(Arc::new(store), 32 << 20);
    for x in [26.0, 77.0] {
        let tile = compose_ground(GroundTileId::at(3, EAST + x, NORTH + 10.0), &source, &cache);
        assert_eq!(tile.texture.len(), 256 * 256 * 4);
    }
    let problems = cache.problems();
    assert!(problems.iter().any(|d| d.place == damaged.to_string()));
    assert!(problems.iter().any(|d| d.place == missing.to_string()));
}

#[test]
fn the_cache_stays_within_its_budget() {
    let store = MemoryPackStore::default();
    let source = source(&store);
    let budget = 300_000;
    let cache = RasterCache::new(Arc::new(store), budget);
    let roomy: Vec<_> =
        source.imagery[0].raster.tiles.keys().map(|&c| cache.tile(&source.imagery[0].raster, c)).collect();
    assert!(roomy.len() > 10 && roomy.iter().all(Option::is_some));
    assert!(cache.bytes() <= budget && cache.bytes() > 0);
    assert_eq!(source.median_height(&cache).map(|h| h > 40.0 && h < 50.0), Some(true));
}

#[test]
fn a_translucent_photo_lets_the_one_below_through_and_a_swiped_one_lies_right_of_the_line_only() {
    let store = MemoryPackStore::default();
    let mut source = source(&store);
    let white = |_x: f64, _y: f64| [255, 255, 255, 255];
    let corner = [EAST, NORTH + 60.0];
    let second = pyramid(&store, corner, 0.2, [750, 300], &Paint::Color(&white));
    source
        .imagery
        .push(GroundPhoto { raster: second, look: PhotoLook { opacity: 0.5, ..PhotoLook::OPAQUE } });
    let cache = cache(store);
    let compose = |source: &GroundSource, y: f64| {
        compose_ground(GroundTileId::at(3, EAST + 10.0, NORTH + y), source, &cache)
    };
    // Half of white over a blue of 77.
    let mixed = texel(&compose(&source, 20.0), EAST + 10.0, NORTH + 20.0);
    assert!(mixed[2].abs_diff(166) <= 2 && mixed[3] == 255, "{mixed:?}");
    source.imagery[1].look = PhotoLook { right_only: true, ..PhotoLook::OPAQUE };
    let mut tile = compose(&source, 20.0);
    assert!(texel(&tile, EAST + 10.0, NORTH + 20.0)[2].abs_diff(77) <= 2);
    tile.texture = tile.texture_right.clone().unwrap();
    assert_eq!(texel(&tile, EAST + 10.0, NORTH + 20.0), [255; 4]);
    assert!(
        compose(&source, 100.0).texture_right.is_none(),
        "where both sides are the same, one picture is enough"
    );
}

#[test]
fn a_place_has_the_pixel_of_each_photo_and_the_height_of_each_model_and_nothing_beside_them() {
    let store = MemoryPackStore::default();
    let source = source(&store);
    let cache = cache(store);
    let (photo, heights) = (&source.imagery[0].raster, &source.elevation[0]);
    let here = [EAST + 30.5, NORTH + 40.5];
    assert_eq!(photo.value_at(&cache, here), Some(PixelValue::Color([30, 40, 77])));
    let Some(PixelValue::Height(height)) = heights.value_at(&cache, here) else { panic!("no height") };
    assert!((height - f64::from(slope(here[0], here[1]))).abs() < 1e-3);
    assert_eq!(photo.value_at(&cache, [EAST + 110.0, NORTH + 40.0]), None, "nodata");
    assert_eq!(heights.value_at(&cache, [EAST - 5.0, NORTH + 40.0]), None, "beside it");
}
