use std::collections::{BTreeMap, BTreeSet};

use glam::DVec3;
use lantu_base::WorldPoint;
use proptest::prelude::*;

use super::select_tiles::{PLENTY, World, quadtree, view};
use super::{EAST, NORTH, Random};
use crate::shares::{Demand, shares};
use crate::{Cost, GroundTileId, MemoryClass, Need, Residency, Resident, Start, TileRef};

fn tile(node: u32) -> Resident {
    Resident::Mesh(TileRef { tree: 0, node })
}

fn gpu(gpu_bytes: u64) -> Cost {
    Cost { cpu_bytes: 0, gpu_bytes }
}

fn evicted(start: Start) -> Vec<Resident> {
    match start {
        Start::Now { evict } => evict,
        other => unreachable!("{other:?}"),
    }
}

/// What a caller would know, to compare the books with.
fn sum(books: &BTreeMap<Resident, Cost>) -> u64 {
    books.values().map(|c| c.total()).sum()
}

proptest! {
    #[test]
    fn what_is_here_and_on_its_way_never_exceeds_the_limit(seed in 1_u64.., limit in 1_000_u64..10_000) {
        let mut random = Random(seed);
        let mut memory = Residency::new(limit);
        let (mut books, mut loading) = (BTreeMap::new(), BTreeSet::new());
        for _op in 0..300 {
            let kind = random.below(10);
            let what = if random.below(3) == 0 {
                Resident::Ground(GroundTileId { level: 3, col: i32::try_from(random.below(9)).unwrap(), row: 0 })
            } else {
                tile(u32::try_from(random.below(30)).unwrap())
            };
            let cost = Cost { cpu_bytes: random.next() % 300, gpu_bytes: random.next() % 700 };
            match kind {
                0..=1 => {
                    let keep: Vec<Resident> = books.keys().copied().filter(|_| random.below(2) == 0).collect();
                    memory.begin_frame(keep.iter().copied());
                    // Right after, only what is not kept makes room.
                    if let Start::Now { evict } = memory.start(what, cost, false) {
                        prop_assert!(evict.iter().all(|e| !keep.contains(e) && !loading.contains(e)));
                        books.retain(|k, _| !evict.contains(k));
                        books.insert(what, cost);
                        loading.insert(what);
                    }
                }
                2..=5 => match memory.start(what, cost, false) {
                    Start::Now { evict } => {
                        prop_assert!(!books.contains_key(&what));
                        books.retain(|k, _| !evict.contains(k));
                        books.insert(what, cost);
                        loading.insert(what);
                    }
                    Start::Wait => prop_assert!(sum(&books) + cost.total() > limit && !books.contains_key(&what)),
                    Start::Already => prop_assert!(books.contains_key(&what)),
                },
                6..=8 => {
                    let expected = loading.remove(&what);
                    let arrived = memory.arrived(what, cost);
                    prop_assert_eq!(arrived.is_some(), expected);
                    if let Some(evict) = arrived {
                        books.insert(what, cost);
                        books.retain(|k, _| !evict.contains(k));
                        loading.retain(|k| !evict.contains(k));
                    }
                }
                _ => {
                    let bytes = books.remove(&what).map_or(0, Cost::total);
                    loading.remove(&what);
                    prop_assert_eq!(memory.remove(what), bytes);
                }
            }
            let usage = memory.usage();
            prop_assert!(usage.used <= limit, "{} of {limit}", usage.used);
            prop_assert_eq!(usage.used, sum(&books));
            prop_assert_eq!(usage.classes.iter().map(|c| c.total()).sum::<u64>(), usage.used);
            prop_assert_eq!(usage.in_flight, loading.iter().map(|l| books[l].total()).sum::<u64>());
            prop_assert!(books.keys().all(|&k| memory.is_resident(k) != loading.contains(&k)));
        }
        let dropped = memory.set_limit(limit / 2);
        books.retain(|k, _| !dropped.contains(k));
        prop_assert_eq!(memory.usage().used, sum(&books));
        prop_assert!(sum(&books) <= limit / 2);
    }

    #[test]
    fn shares_never_exceed_the_room_and_follow_the_demand(
        room in prop_oneof![0_u64..100, 0_u64..10_000_000_000],
        wants in prop::array::uniform5((0_u64..6_000_000_000, any::<bool>())),
    ) {
        let demands = wants.map(|(wanted_bytes, is_coarser)| Demand { wanted_bytes, is_coarser });
        let given = shares(room, &demands);
        prop_assert!(given.iter().sum::<u64>() <= room);
        prop_assert!(room - given.iter().sum::<u64>() < 5 || given[4] > 0, "nothing is held back");
        let all = [6_u64, 3, 2, 1, 0];
        for (k, g) in given.iter().enumerate() {
            let fair = room * all[k] / 12;
            prop_assert!(*g >= fair.min(demands[k].wanted_bytes), "class {k} is squeezed");
        }
    }
}

#[test]
fn what_was_wanted_longest_ago_leaves_first_and_finer_tiles_before_coarser() {
    let mut memory = Residency::new(400);
    for node in 0..4 {
        assert_eq!(evicted(memory.start(tile(node), gpu(100), false)), []);
        assert_eq!(memory.arrived(tile(node), gpu(100)), Some(vec![]));
    }
    memory.begin_frame([tile(2), tile(3), tile(1)]);
    memory.begin_frame([tile(3)]);
    // Of the two that were wanted together, the finer one goes; both go after the one not wanted since.
    assert_eq!(evicted(memory.start(tile(9), gpu(200), false)), [tile(0), tile(2)]);
    assert_eq!(memory.start(tile(10), gpu(200), false), Start::Wait);
    assert_eq!(memory.start(tile(9), gpu(200), false), Start::Already);
    assert_eq!(evicted(memory.start(tile(11), gpu(100), false)), [tile(1)]);
    assert!(memory.is_resident(tile(3)) && !memory.is_resident(tile(9)));
}

#[test]
fn what_was_dropped_and_is_wanted_again_in_the_same_frame_does_not_make_room_for_others() {
    let mut memory = Residency::new(200);
    for node in 0..2 {
        memory.start(tile(node), gpu(100), false);
        memory.arrived(tile(node), gpu(100));
    }
    memory.begin_frame([]);
    assert_eq!(memory.start(tile(5), gpu(300), false), Start::Wait);
    assert_eq!(evicted(memory.start(tile(6), gpu(50), false)), [tile(1)]);
    assert_eq!(evicted(memory.start(tile(1), gpu(50), false)), []);
    assert_eq!(memory.arrived(tile(1), gpu(50)), Some(vec![]));
    assert_eq!(evicted(memory.start(tile(7), gpu(100), false)), [tile(0)]);
    assert_eq!(memory.start(tile(8), gpu(1), false), Start::Wait);
}

#[test]
fn a_load_that_nobody_wants_any_more_gives_its_room_back() {
    let mut memory = Residency::new(100);
    memory.start(tile(1), gpu(60), false);
    memory.begin_frame([tile(1)]);
    memory.begin_frame([]);
    assert_eq!(memory.start(tile(2), gpu(60), false), Start::Wait);
    assert_eq!(memory.remove(tile(1)), 60);
    assert_eq!(memory.arrived(tile(1), gpu(60)), None);
    assert_eq!(evicted(memory.start(tile(2), gpu(60), false)), []);
}

#[test]
fn a_tile_larger_than_announced_goes_again_rather_than_break_the_limit() {
    let mut memory = Residency::new(100);
    memory.begin_frame([]);
    memory.start(tile(1), gpu(50), false);
    memory.arrived(tile(1), gpu(50));
    memory.start(tile(2), gpu(50), false);
    memory.begin_frame([tile(1), tile(2)]);
    assert_eq!(memory.arrived(tile(2), gpu(51)), Some(vec![tile(2)]));
    assert_eq!(memory.usage().used, 50);
}

#[test]
fn an_essential_tile_comes_whatever_the_limit_and_stays_while_it_is_wanted() {
    let mut memory = Residency::new(100);
    memory.start(tile(0), gpu(150), true);
    assert_eq!(memory.arrived(tile(0), gpu(150)), Some(vec![]));
    memory.begin_frame([tile(0)]);
    assert_eq!(memory.start(tile(1), gpu(10), false), Start::Wait);
    assert_eq!(memory.set_limit(90), []);
    memory.begin_frame([]);
    assert_eq!(memory.set_limit(80), [tile(0)]);
}

#[test]
fn targets_and_rasters_take_their_room_from_tiles() {
    let mut memory = Residency::new(1200);
    assert_eq!(memory.share(MemoryClass::Mesh), 600);
    memory.start(tile(0), gpu(1000), false);
    memory.arrived(tile(0), gpu(1000));
    memory.begin_frame([]);
    assert_eq!(memory.hold(Resident::Raster, Cost { cpu_bytes: 150, gpu_bytes: 0 }), []);
    // The window grows.
    assert_eq!(memory.hold(Resident::Targets, gpu(240)), [tile(0)]);
    let usage = memory.usage();
    assert_eq!((usage.used, usage.classes[2].cpu_bytes, usage.classes[4].gpu_bytes), (390, 150, 240));
    assert_eq!(memory.share(MemoryClass::Targets), 240);
    assert_eq!(memory.share(MemoryClass::Mesh), 480);
    // Meshes that do not fit get what ground leaves.
    memory.set_demand(MemoryClass::Mesh, 480, true);
    memory.set_demand(MemoryClass::Ground, 80, false);
    assert_eq!((memory.share(MemoryClass::Mesh), memory.share(MemoryClass::Ground)), (860, 100));
    assert!(memory.usage().coarser);
    memory.set_demand(MemoryClass::Ground, 240, true);
    assert_eq!((memory.share(MemoryClass::Mesh), memory.share(MemoryClass::Ground)), (640, 320));
    memory.clear();
    assert_eq!(memory.usage().used, 0);
}

/// Flies over a quadtree with a number of loads a frame, as a program would; says what was seen on the way.
struct Flight {
    world: World,
    memory: Residency,
    on_the_way: Vec<TileRef>,
}

impl Flight {
    fn new(limit: u64) -> Self {
        let world = World::new(vec![quadtree(6)], vec![]);
        Self { world, memory: Residency::new(limit), on_the_way: Vec::new() }
    }

    fn at(s: f64) -> crate::View {
        let eye = DVec3::new(EAST + 100.0 + 400.0 * s, NORTH + 320.0 + 200.0 * (s * 6.0).sin(), 40.0);
        view(eye, DVec3::new((s * 5.0).cos(), (s * 5.0).sin(), -0.3))
    }

    fn frame(&mut self, eye: crate::View, random: &mut Random) -> crate::Selection {
        self.frame_of(vec![eye], random)
    }

    fn frame_of(&mut self, views: Vec<crate::View>, random: &mut Random) -> crate::Selection {
        let limit = self.memory.usage().limit;
        self.world.views = views;
        self.world.budget = self.memory.share(MemoryClass::Mesh);
        let s = self.world.select();
        self.world.check(&s);
        self.memory.set_demand(MemoryClass::Mesh, s.wanted_bytes, s.is_coarser);
        self.memory.begin_frame(s.keep.iter().map(|&at| Resident::Mesh(at)));
        self.world.drawn = s.draw.iter().copied().collect();
        for &(at, priority) in s.load.iter().take(6) {
            let cost = gpu(self.world.node(at).bytes);
            match self.memory.start(Resident::Mesh(at), cost, priority.need == Need::Root) {
                Start::Now { evict } => {
                    for old in evict {
                        let Resident::Mesh(old) = old else { continue };
                        assert!(!self.world.drawn.contains(&old), "what is drawn is not dropped");
                        self.world.resident.remove(&old);
                    }
                    self.on_the_way.push(at);
                }
                Start::Wait => break,
                Start::Already => {}
            }
        }
        // Some arrive, in any order.
        for _ in 0..random.below(5).min(self.on_the_way.len()) {
            let at = self.on_the_way.swap_remove(random.below(self.on_the_way.len()));
            if self.memory.arrived(Resident::Mesh(at), gpu(self.world.node(at).bytes)).is_some() {
                self.world.resident.insert(at);
            }
        }
        let usage = self.memory.usage();
        assert!(usage.used <= limit.max(self.world.node(TileRef { tree: 0, node: 0 }).bytes), "{usage:?}");
        let held = self.world.bytes(&self.world.resident) + self.world.bytes(&self.on_the_way);
        assert_eq!(usage.used, held);
        s
    }
}

#[test]
fn a_flight_stays_within_any_limit_without_holes_and_settles_when_it_ends() {
    for limit in [1, 5_000, 30_000, 80_000, PLENTY / 4] {
        let mut flight = Flight::new(limit);
        let mut random = Random(3 + limit);
        for k in 0..400 {
            flight.frame(Flight::at(f64::from(k) / 400.0), &mut random);
        }
        let mut last = flight.frame(Flight::at(1.0), &mut random);
        for _ in 0..300 {
            last = flight.frame(Flight::at(1.0), &mut random);
        }
        assert!(last.load.is_empty() && flight.on_the_way.is_empty(), "limit {limit} settles");
        assert_eq!(last.is_coarser, limit < 40_000, "{limit}");
        assert_eq!(last.is_coarser, flight.memory.usage().coarser);
        if limit == 1 {
            assert_eq!(last.draw.len(), 1, "roots only");
        }
    }
}

#[test]
fn four_views_at_once_show_what_each_would_show_alone_and_share_one_limit() {
    let eyes = [0.0, 0.3, 0.6, 1.0].map(Flight::at);
    let settled = |views: &[crate::View], limit: u64| {
        let mut flight = Flight::new(limit);
        let mut random = Random(11);
        // Every frame asserts the limit, and that each visible place is drawn once.
        for _ in 0..400 {
            flight.frame_of(views.to_vec(), &mut random);
        }
        (flight.frame_of(views.to_vec(), &mut random), flight)
    };
    let (all, flight) = settled(&eyes, PLENTY);
    assert!(!all.is_coarser && all.load.is_empty());
    for eye in eyes {
        let (alone, _) = settled(&[eye], PLENTY);
        for at in alone.draw {
            let shown = all.draw.iter().any(|d| flight.world.upward(*d).contains(&at));
            assert!(shown, "{at:?} is as fine as alone, or finer");
        }
    }
    let (few, _) = settled(&eyes, 30_000);
    assert!(few.is_coarser && few.draw.len() < all.draw.len());
}

#[test]
fn an_eye_below_the_ground_of_everything_still_keeps_the_roots() {
    let mut flight = Flight::new(20_000);
    let mut random = Random(7);
    let away = crate::View { eye: WorldPoint::new(0.0, 0.0, -1e6), ..Flight::at(0.0) };
    for _ in 0..40 {
        flight.frame(Flight::at(0.2), &mut random);
    }
    let s = flight.frame(away, &mut random);
    assert!(s.draw.is_empty() && s.keep.contains(&TileRef { tree: 0, node: 0 }));
}
