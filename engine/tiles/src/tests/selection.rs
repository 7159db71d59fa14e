use std::cell::RefCell;
use std::collections::BTreeSet;
use std::slice;
use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};

use super::ground::{Paint, pyramid, slope};
use super::{EAST, NORTH, Random};
use crate::io::MemoryPackStore;
use crate::{
    GROUND_TILE_BYTES, GroundSource, GroundSourceIndex, GroundTileId, Need, RasterCache, View,
    compose_ground, select_ground,
};

fn district() -> (GroundSource, RasterCache) {
    let store = MemoryPackStore::default();
    let gray = |_x: f64, _y: f64| [90, 90, 90, 255];
    let source = GroundSource {
        imagery: vec![
            pyramid(&store, [EAST - 200.0, NORTH + 500.0], 0.8, [1000, 900], &Paint::Color(&gray)).into(),
            pyramid(&store, [EAST, NORTH + 300.0], 0.2, [1500, 1200], &Paint::Color(&gray)).into(),
        ],
        elevation: vec![pyramid(&store, [EAST, NORTH + 300.0], 0.5, [800, 600], &Paint::Height(&slope))],
        base_height_m: 40.0,
        background: None,
    };
    (source, RasterCache::new(Arc::new(store), 64 << 20))
}

fn views() -> Vec<View> {
    let at = |eye: DVec3, target: DVec3| View {
        eye: WorldPoint(eye),
        forward: target - eye,
        up: DVec3::Z,
        fov_y_rad: 0.8,
        viewport: [1280, 720],
        stretch: crate::Stretch::TRUE,
    };
    let center = DVec3::new(EAST + 150.0, NORTH + 150.0, 45.0);
    vec![
        at(center + DVec3::new(-300.0, -400.0, 300.0), center),
        at(center + DVec3::new(0.0, -60.0, 20.0), center),
        at(center + DVec3::new(0.0, 0.0, 800.0), center),
        at(center + DVec3::new(2.0, 0.0, 3.0), center + DVec3::new(100.0, 30.0, 0.0)),
    ]
}

/// Loads until nothing is missing, in an order given by `pick`; checks every step for holes and overlaps.
fn load_all(
    index: &GroundSourceIndex,
    view: &View,
    resident: &RefCell<BTreeSet<GroundTileId>>,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Vec<GroundTileId> {
    for _step in 0..5000 {
        let selection =
            select_ground(index, slice::from_ref(view), 1.5, u64::MAX, &|id| resident.borrow().contains(&id));
        if resident.borrow().iter().any(|id| id.level >= 6) {
            check_cover(index, view, &selection.draw, resident);
        }
        assert!(
            selection.draw.iter().all(|id| resident.borrow().contains(id) && selection.keep.contains(id))
        );
        if selection.load.is_empty() {
            return selection.draw;
        }
        let id = selection.load[pick(selection.load.len())].0;
        assert!(resident.borrow_mut().insert(id), "only missing tiles are asked for");
    }
    unreachable!("loading does not end");
}

fn check_cover(
    index: &GroundSourceIndex,
    view: &View,
    draw: &[GroundTileId],
    resident: &RefCell<BTreeSet<GroundTileId>>,
) {
    let roots_there =
        select_ground(index, slice::from_ref(view), 1.5, u64::MAX, &|id| resident.borrow().contains(&id))
            .load
            .iter()
            .all(|(_, priority)| priority.need != Need::Root);
    if !roots_there {
        return;
    }
    let frustum = view.frustum();
    for i in 0..40 {
        for j in 0..40 {
            let (x, y) = (EAST - 190.0 + f64::from(i) * 19.3, NORTH - 210.0 + f64::from(j) * 17.1);
            let z = 40.0;
            if !frustum.sees(&Bounds::new(DVec3::new(x, y, z), DVec3::new(x, y, z))) {
                continue;
            }
            let n = draw.iter().filter(|id| {
                let [w, s, e, n] = id.extent();
                x >= w && x < e && y >= s && y < n
            });
            assert_eq!(n.count(), 1, "at {x} {y}");
        }
    }
}

#[test]
fn there_is_never_a_hole_and_the_end_does_not_depend_on_the_order_of_loading() {
    let (source, cache) = district();
    let index = GroundSourceIndex::new(&source, &cache);
    for view in views() {
        let most_urgent = load_all(&index, &view, &RefCell::default(), &mut |_| 0);
        let mut random = Random(11);
        let shuffled = load_all(&index, &view, &RefCell::default(), &mut |n| random.below(n));
        assert_eq!(most_urgent, shuffled);
        assert!(most_urgent.len() > 3 && most_urgent.len() <= 513, "{}", most_urgent.len());
        // What earlier views left in memory changes nothing.
        let resident = RefCell::default();
        for other in views() {
            load_all(&index, &other, &resident, &mut |_| 0);
        }
        assert_eq!(load_all(&index, &view, &resident, &mut |_| 0), most_urgent);
    }
}

#[test]
fn ground_stays_within_its_memory_in_any_order_of_loading() {
    let (source, cache) = district();
    let index = GroundSourceIndex::new(&source, &cache);
    let views = views();
    let mut random = Random(5);
    for n_tiles in [0, 12, 40] {
        let budget = n_tiles * GROUND_TILE_BYTES;
        let mut ends = Vec::new();
        for _order in 0..3 {
            let mut resident = BTreeSet::new();
            let end = loop {
                let s = select_ground(&index, &views, 1.5, budget, &|id| resident.contains(&id));
                let n_roots = s.load.iter().filter(|(_, p)| p.need == Need::Root).count() as u64;
                assert!(s.is_coarser && s.keep.len() as u64 <= n_tiles.max(4) && n_roots <= 4);
                // Whatever is not to be kept is dropped at once.
                resident.retain(|id| s.keep.contains(id));
                if s.load.is_empty() {
                    break s.draw;
                }
                resident.insert(s.load[random.below(s.load.len())].0);
            };
            ends.push(end);
        }
        assert!(ends.iter().all(|e| *e == ends[0]) && !ends[0].is_empty());
    }
}

#[test]
fn ground_shows_its_roots_to_a_camera_that_is_not_finite_and_nothing_to_a_minimized_window() {
    let (source, cache) = district();
    let index = GroundSourceIndex::new(&source, &cache);
    let lost = View { eye: WorldPoint(DVec3::NAN), ..views()[0] };
    let s = select_ground(&index, &[lost], 1.5, u64::MAX, &|_| true);
    assert!(!s.draw.is_empty() && s.draw == s.keep);
    let minimized = View { viewport: [0, 720], ..views()[0] };
    let s = select_ground(&index, &[minimized], 1.5, u64::MAX, &|_| false);
    assert!(s.draw.is_empty() && s.load.is_empty() && !s.keep.is_empty());
}

#[test]
fn near_ground_is_as_fine_as_its_photo_and_no_finer() {
    let (source, cache) = district();
    let index = GroundSourceIndex::new(&source, &cache);
    let draw = load_all(&index, &views()[3], &RefCell::default(), &mut |_| 0);
    let finest = draw.iter().map(|id| id.level).min().unwrap();
    // 20 cm pixels: 25.6 m × 256 texels of 10 cm is the first level whose heights match the 0.5 m raster too.
    let texel = GroundTileId::edge_at(finest) / 256.0;
    assert!((0.05..=0.2).contains(&texel), "{texel}");
}

#[test]
fn the_box_of_a_tile_holds_its_surface() {
    let (source, cache) = district();
    let index = GroundSourceIndex::new(&source, &cache);
    for (x, y, level) in
        [(10.0, 10.0, 2), (200.0, 100.0, 4), (-100.0, 400.0, 3), (390.0, 290.0, 3), (100.0, 100.0, 7)]
    {
        let id = GroundTileId::at(level, EAST + x, NORTH + y);
        let (outer, inner) = (index.bounds(id), compose_ground(id, &source, &cache).bounds);
        assert!(outer.min.z <= inner.min.z && outer.max.z >= inner.max.z, "{outer:?} {inner:?}");
    }
}

#[test]
fn ground_without_any_raster_selects_nothing() {
    let cache = RasterCache::new(Arc::new(MemoryPackStore::default()), 0);
    let index = GroundSourceIndex::new(&GroundSource::default(), &cache);
    let selection = select_ground(&index, &views()[..1], 1.0, u64::MAX, &|_| true);
    assert!(selection.draw.is_empty() && selection.load.is_empty() && index.all().is_empty());
}
