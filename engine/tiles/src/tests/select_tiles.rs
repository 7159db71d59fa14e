use std::collections::BTreeSet;

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};
use proptest::prelude::*;

use super::trees::{node, random_tree};
use super::{EAST, NORTH, Random};
use crate::{
    Need, SelectInput, Selection, TileLayer, TileNode, TileRef, TileTree, View, select, shadow_casters,
};

/// Trees, views, and what a program would keep between frames.
pub(super) struct World {
    pub(super) trees: Vec<TileTree>,
    pub(super) views: Vec<View>,
    pub(super) ahead: Vec<View>,
    pub(super) sse_px: f64,
    pub(super) budget: u64,
    pub(super) resident: BTreeSet<TileRef>,
    pub(super) drawn: BTreeSet<TileRef>,
}

pub(super) const PLENTY: u64 = u64::MAX;

impl World {
    pub(super) fn new(trees: Vec<TileTree>, views: Vec<View>) -> Self {
        let (resident, drawn) = (BTreeSet::new(), BTreeSet::new());
        Self { trees, views, ahead: Vec::new(), sse_px: 4.0, budget: PLENTY, resident, drawn }
    }

    pub(super) fn node(&self, at: TileRef) -> &TileNode {
        &self.trees[at.tree as usize].nodes[at.node as usize]
    }

    pub(super) fn select(&self) -> Selection {
        let trees: Vec<&TileTree> = self.trees.iter().collect();
        select(&SelectInput {
            trees: &trees,
            views: &self.views,
            ahead: &self.ahead,
            resident: &|at| self.resident.contains(&at),
            drawn: &self.drawn,
            sse_px: self.sse_px,
            budget_bytes: self.budget,
        })
    }

    fn all(&self) -> impl Iterator<Item = TileRef> + '_ {
        (0_u32..).zip(&self.trees).flat_map(|(tree, t)| {
            (0..u32::try_from(t.nodes.len()).unwrap()).map(move |node| TileRef { tree, node })
        })
    }

    fn seen(&self, at: TileRef) -> bool {
        let looking = self.views.iter().filter(|v| v.viewport[0] > 0 && v.viewport[1] > 0);
        looking.into_iter().any(|v| v.frustum().sees(&self.node(at).bounds))
    }

    fn error_px(&self, at: TileRef) -> f64 {
        let n = self.node(at);
        let errors = self.views.iter().filter(|v| v.frustum().sees(&n.bounds));
        errors.map(|v| v.screen_error_px(n.geometric_error_m, n.bounds.distance(v.eye.0))).fold(0.0, f64::max)
    }

    pub(super) fn bytes<'a>(&self, tiles: impl IntoIterator<Item = &'a TileRef>) -> u64 {
        tiles.into_iter().map(|&at| self.node(at).bytes).sum()
    }

    fn children(&self, at: TileRef) -> Vec<TileRef> {
        let range = self.trees[at.tree as usize].children(at.node);
        range.map(|node| TileRef { tree: at.tree, node }).collect()
    }

    /// A tile and all above it.
    pub(super) fn upward(&self, at: TileRef) -> Vec<TileRef> {
        std::iter::successors(Some(at), |&a| self.node(a).parent.map(|node| TileRef { tree: a.tree, node }))
            .collect()
    }

    fn root_of(&self, at: TileRef) -> TileRef {
        *self.upward(at).last().unwrap()
    }

    fn visible_leaves(&self) -> Vec<TileRef> {
        self.all().filter(|&at| self.children(at).is_empty() && self.seen(at)).collect()
    }

    fn seen_root_bytes(&self) -> u64 {
        let roots: Vec<TileRef> =
            self.all().filter(|&at| self.node(at).parent.is_none() && self.seen(at)).collect();
        self.bytes(&roots)
    }

    /// What should be drawn once everything wanted is there, found the slow way.
    fn reference(&self) -> BTreeSet<TileRef> {
        let above_drawn: BTreeSet<TileRef> =
            self.drawn.iter().flat_map(|&at| self.upward(at).split_off(1)).collect();
        let key = |at| self.error_px(at) / if above_drawn.contains(&at) { 0.8 } else { 1.0 };
        let mut cut: BTreeSet<TileRef> =
            self.all().filter(|&at| self.node(at).parent.is_none() && self.seen(at)).collect();
        let mut bytes = self.bytes(&cut);
        loop {
            let rough = cut
                .iter()
                .copied()
                .filter(|&at| self.children(at).into_iter().any(|c| self.seen(c)) && key(at) > self.sse_px);
            let Some(worst) = rough.min_by(|&a, &b| key(b).total_cmp(&key(a)).then(a.cmp(&b))) else {
                return cut;
            };
            let children: Vec<TileRef> = self.children(worst).into_iter().filter(|&c| self.seen(c)).collect();
            bytes = bytes.saturating_add(self.bytes(&children));
            if bytes > self.budget {
                return cut;
            }
            cut.remove(&worst);
            cut.extend(children);
        }
    }

    /// Checks what has to hold in every frame, whatever is in memory.
    pub(super) fn check(&self, s: &Selection) {
        let draw: BTreeSet<TileRef> = s.draw.iter().copied().collect();
        assert_eq!(draw.len(), s.draw.len(), "nothing is drawn twice");
        for at in s.draw.iter().chain(&s.casters) {
            assert!(self.resident.contains(at), "only what is in memory is drawn");
            let twice = self.upward(*at)[1..].iter().any(|a| draw.contains(a) || s.casters.contains(a));
            assert!(!twice, "{at:?} is drawn together with a coarser tile of its place");
        }
        assert!(s.draw.iter().all(|&at| s.keep.contains(&at) && self.seen(at)));
        assert!(s.casters.iter().all(|&at| !self.seen(at)));
        assert!(s.load.iter().all(|(at, _)| s.keep.contains(at) && !self.resident.contains(at)));
        assert!(s.load.windows(2).all(|w| w[0].1 >= w[1].1), "most urgent first");
        for (place, (at, _)) in s.load.iter().enumerate() {
            let refined = self.upward(*at).get(1).copied();
            assert!(
                s.load[place..].iter().all(|l| Some(l.0) != refined),
                "a tile loads after the one that it refines"
            );
        }
        for leaf in self.visible_leaves() {
            let n = self.upward(leaf).iter().filter(|at| draw.contains(at)).count();
            let was =
                self.upward(leaf).iter().any(|at| self.drawn.contains(at) && self.resident.contains(at));
            assert!(n <= 1);
            assert!(n == 1 || !self.resident.contains(&self.root_of(leaf)), "a hole at {leaf:?}");
            assert!(n == 1 || !was, "what was drawn at {leaf:?} is gone");
        }
        let roots_there = self.visible_leaves().into_iter().all(|l| self.resident.contains(&self.root_of(l)));
        let limit = self.budget.max(self.seen_root_bytes());
        let kept = self.bytes(&s.keep);
        assert!(
            kept <= limit || !roots_there || self.bytes(&s.draw) > self.budget,
            "{kept} of {limit} bytes are kept"
        );
    }

    /// Loads what is asked for in the order that `pick` likes, making room as needed, until nothing is missing.
    pub(super) fn load_all(&mut self, pick: &mut dyn FnMut(usize) -> usize) -> Selection {
        for frame in 0..2000 {
            let s = self.select();
            self.check(&s);
            let before = std::mem::replace(&mut self.drawn, s.draw.iter().copied().collect());
            if s.load.is_empty() {
                if before == self.drawn {
                    return s;
                }
                continue;
            }
            assert!(frame == 0 || self.select().draw == s.draw, "a frame more changes nothing");
            let (at, priority) = s.load[pick(s.load.len())];
            let limit = self.budget.max(self.seen_root_bytes());
            while self.bytes(&self.resident).saturating_add(self.node(at).bytes) > limit {
                let Some(&old) = self.resident.iter().find(|a| !s.keep.contains(a)) else {
                    assert_eq!(priority.need, Need::Root, "there is no room for {at:?}");
                    break;
                };
                self.resident.remove(&old);
            }
            self.resident.insert(at);
        }
        unreachable!("loading does not end");
    }
}

pub(super) fn view(eye: DVec3, forward: DVec3) -> View {
    View {
        eye: WorldPoint(eye),
        forward,
        up: DVec3::Z,
        fov_y_rad: 0.8,
        viewport: [1280, 720],
        stretch: crate::Stretch::TRUE,
    }
}

/// Somewhere around the trees that [`random_tree`] makes, also inside their boxes.
fn random_view(random: &mut Random) -> View {
    let unit = |r: &mut Random| r.unit() * 2.0 - 1.0;
    let eye = DVec3::new(EAST + 350.0 + unit(random) * 600.0, NORTH + 350.0 + unit(random) * 600.0, 20.0);
    let forward = DVec3::new(unit(random), unit(random), unit(random) * 0.5 - 0.2);
    view(eye + DVec3::Z * random.unit() * 200.0, forward)
}

fn random_world(seed: u64, n_views: usize) -> (World, Random) {
    let mut random = Random(seed);
    let layers = [TileLayer::Solid, TileLayer::Draped { z_order: 1 }, TileLayer::Underground];
    let trees = (0..3).map(|k| random_tree(&mut random, &layers[..k])).collect();
    let views = (0..n_views).map(|_| random_view(&mut random)).collect();
    let mut world = World::new(trees, views);
    world.sse_px = 1.0 + random.unit() * 20.0;
    (world, random)
}

/// Covers 640 m with a quadtree of `levels` levels; each level halves the error.
pub(super) fn quadtree(levels: u32) -> TileTree {
    let mut nodes = Vec::new();
    for level in 0..levels {
        let (n, below) = (1_u32 << level, levels - 1 - level);
        let edge = 640.0 / f64::from(n);
        let error = if below == 0 { 0.0 } else { 0.1 * f64::from(1 << below) };
        for k in 0..n * n {
            let (x, y) = (k % n, k / n);
            let min = DVec3::new(EAST + f64::from(x) * edge, NORTH + f64::from(y) * edge, 0.0);
            let first_above = ((1_u32 << (2 * level)) / 4).saturating_sub(1) / 3;
            let parent = (level > 0).then(|| first_above + (y / 2) * (n / 2) + x / 2);
            let name = u64::from(level) << 32 | u64::from(k);
            nodes.push(node(name, Bounds::new(min, min + DVec3::new(edge, edge, 30.0)), error, parent));
        }
    }
    TileTree::from_parents(&nodes).unwrap()
}

fn four_corners() -> [View; 4] {
    let center = DVec3::new(EAST + 320.0, NORTH + 320.0, 0.0);
    [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, y)| {
        let eye = center + DVec3::new(x * 300.0, y * 300.0, 60.0);
        view(eye, center - eye)
    })
}

proptest! {
    #[test]
    fn every_place_is_drawn_once_in_any_order_of_loading_and_the_end_is_always_the_same(
        seed in 1_u64.., n_views in 1_usize..5, budget in prop_oneof![Just(PLENTY), 0_u64..60_000],
    ) {
        let (mut world, mut random) = random_world(seed, n_views);
        world.budget = budget;
        let expected = world.reference();
        let s = world.load_all(&mut |_| 0);
        prop_assert_eq!(&world.drawn, &expected);
        prop_assert_eq!(s.error_px > world.sse_px, s.is_coarser);
        (world.resident, world.drawn) = Default::default();
        world.load_all(&mut |n| random.below(n));
        prop_assert_eq!(&world.drawn, &expected);
    }

    #[test]
    fn whatever_earlier_views_left_in_memory_there_is_no_hole_and_the_end_follows_from_what_is_drawn(
        seed in 1_u64.., budget in prop_oneof![Just(PLENTY), 20_000_u64..60_000],
    ) {
        let (mut world, mut random) = random_world(seed, 1);
        let everything: Vec<TileRef> = world.all().collect();
        world.resident = everything.iter().copied().filter(|_| random.below(2) == 0).collect();
        world.budget = budget.max(world.bytes(&world.resident));
        for _move in 0..4 {
            world.views = vec![random_view(&mut random)];
            world.load_all(&mut |n| random.below(n));
            prop_assert_eq!(&world.drawn, &world.reference());
        }
    }

    #[test]
    fn a_tile_that_was_drawn_in_detail_is_not_replaced_by_a_hole_when_the_eye_leaves(seed in 1_u64..) {
        let (mut world, mut random) = random_world(seed, 1);
        world.load_all(&mut |_| 0);
        // Everything above what is drawn is lost, then the eye moves back: the coarser tiles are needed again.
        world.resident = world.drawn.clone();
        let back = world.views[0].forward.normalize_or_zero() * -2000.0;
        world.views[0].eye.0 += back;
        let missing_roots = |w: &World| w.all().any(|a| w.node(a).parent.is_none() && !w.resident.contains(&a));
        let s = world.select();
        world.check(&s);
        prop_assert!(!missing_roots(&world) || !s.load.is_empty() || s.draw.is_empty());
        world.load_all(&mut |n| random.below(n));
        prop_assert_eq!(&world.drawn, &world.reference());
    }
}

#[test]
fn four_views_share_their_tiles_and_each_is_sharp() {
    let mut alone = BTreeSet::new();
    for v in four_corners() {
        let mut world = World::new(vec![quadtree(6)], vec![v]);
        world.load_all(&mut |_| 0);
        alone.extend(world.drawn.clone());
    }
    let mut world = World::new(vec![quadtree(6)], four_corners().to_vec());
    world.load_all(&mut |_| 0);
    // Where one view needs less than another, the finer one wins: no tile together gets coarser than alone.
    for leaf in world.visible_leaves() {
        let depth = |drawn: &BTreeSet<TileRef>| {
            world.upward(leaf).iter().position(|at| drawn.contains(at)).unwrap_or(usize::MAX)
        };
        assert!(depth(&world.drawn) <= depth(&alone), "{leaf:?}");
    }
    assert!(world.drawn.len() > 60, "{}", world.drawn.len());
}

#[test]
fn a_minimized_window_draws_and_loads_nothing_and_keeps_the_roots() {
    let mut world = World::new(vec![quadtree(4)], vec![four_corners()[0]]);
    world.load_all(&mut |_| 0);
    world.views[0].viewport = [0, 0];
    let s = world.select();
    assert!(s.draw.is_empty() && s.load.is_empty() && s.casters.is_empty() && !s.is_coarser);
    assert_eq!(s.keep.into_iter().collect::<Vec<_>>(), [TileRef { tree: 0, node: 0 }]);
    world.views.clear();
    assert!(world.select().draw.is_empty());
}

#[test]
fn a_camera_that_is_not_finite_draws_roots() {
    let good = four_corners()[0];
    let nan = DVec3::splat(f64::NAN);
    for bad in [
        View { eye: WorldPoint(nan), ..good },
        View { forward: nan, ..good },
        View { up: DVec3::new(0.0, f64::INFINITY, 0.0), ..good },
        View { fov_y_rad: f64::NAN, ..good },
    ] {
        let mut world = World::new(vec![quadtree(4), quadtree(2)], vec![bad]);
        world.resident = world.all().collect();
        let s = world.select();
        assert_eq!(s.draw, [0, 1].map(|tree| TileRef { tree, node: 0 }).to_vec(), "{bad:?}");
        world.sse_px = f64::NAN;
        assert_eq!(world.select().draw.len(), 2);
        // A good view beside it is served as ever.
        world.sse_px = 4.0;
        world.views.push(good);
        assert!(world.select().draw.len() > 10);
    }
}

#[test]
fn names_from_trees_that_are_gone_are_ignored() {
    let mut world = World::new(vec![quadtree(5)], vec![four_corners()[0]]);
    let expected = world.load_all(&mut |_| 0).draw;
    world.drawn =
        [(0, u32::MAX), (0, 9_999), (1, 0), (u32::MAX, 3)].map(|(tree, node)| TileRef { tree, node }).into();
    assert_eq!(world.select().draw, expected);
    // Nor does a tree that nobody checked make selection run in circles.
    for n in &mut world.trees[0].nodes {
        (n.first_child, n.n_children, n.parent) = (0, u32::MAX, Some(1));
    }
    world.drawn = world.all().collect();
    world.trees[0].nodes[0].parent = None;
    assert_eq!(world.select().draw, [TileRef { tree: 0, node: 0 }]);
}

#[test]
fn an_eye_inside_a_box_sees_its_finest_tiles() {
    let mut world = World::new(vec![quadtree(7)], vec![]);
    let eye = DVec3::new(EAST + 321.0, NORTH + 321.0, 10.0);
    world.views = vec![view(eye, DVec3::Y)];
    world.load_all(&mut |_| 0);
    let around: Vec<TileRef> =
        world.drawn.iter().copied().filter(|&at| world.node(at).bounds.distance(eye) <= 0.0).collect();
    assert_eq!(around.len(), 1);
    assert!(world.node(around[0]).geometric_error_m <= 0.0);
}

#[test]
fn a_budget_below_one_tile_shows_the_roots_and_says_so() {
    let mut world = World::new(vec![quadtree(5), quadtree(3)], vec![four_corners()[1]]);
    world.budget = 1;
    let s = world.load_all(&mut |_| 0);
    assert!(s.is_coarser && s.error_px > world.sse_px);
    assert_eq!(s.draw.len(), 2);
    assert_eq!(world.resident.len(), 2);
}

#[test]
fn a_budget_for_a_part_spends_it_where_the_error_is_largest() {
    let mut world = World::new(vec![quadtree(7)], vec![four_corners()[1]]);
    world.load_all(&mut |_| 0);
    let full = world.bytes(&world.select().keep);
    world.budget = full / 3;
    (world.resident, world.drawn) = Default::default();
    let s = world.load_all(&mut |_| 0);
    assert!(s.is_coarser && world.bytes(&s.keep) <= world.budget);
    assert!(world.bytes(&s.keep) > world.budget / 2, "the budget is used");
    let left = s.draw.iter().filter(|&&at| !world.children(at).is_empty());
    let worst = left.map(|&at| world.error_px(at)).fold(0.0, f64::max);
    assert!((worst - s.error_px).abs() < 1e-9, "{worst} {}", s.error_px);
}

#[test]
fn an_eye_that_sways_at_the_threshold_changes_nothing() {
    let mut world = World::new(vec![quadtree(7)], vec![four_corners()[2]]);
    let start = world.views[0].eye.0;
    let forward = world.views[0].forward.normalize_or_zero();
    // Parallel to the ground and back, so that what is in sight stays the same within a tile.
    let mut n_draws = BTreeSet::new();
    for frame in 0..40 {
        let sway = if frame % 2 == 0 { 0.0 } else { 0.5 };
        world.views[0].eye.0 = start + forward * sway;
        world.load_all(&mut |_| 0);
        if frame > 1 {
            n_draws.insert(world.drawn.iter().map(|at| at.node).collect::<Vec<_>>());
        }
    }
    assert_eq!(n_draws.len(), 1);
}

#[test]
fn layers_are_drawn_from_below_and_solid_tiles_from_near_to_far() {
    let bounds = |x: f64| {
        Bounds::new(DVec3::new(EAST + x, NORTH + 100.0, 0.0), DVec3::new(EAST + x + 5.0, NORTH + 105.0, 5.0))
    };
    let layers = [
        (TileLayer::Solid, 60.0),
        (TileLayer::Draped { z_order: 4 }, 0.0),
        (TileLayer::Solid, 10.0),
        (TileLayer::Draped { z_order: -1 }, 30.0),
        (TileLayer::Underground, 20.0),
    ];
    let nodes: Vec<TileNode> = (0..)
        .zip(layers)
        .map(|(k, (layer, x))| TileNode { layer, ..node(k, bounds(x), 0.0, None) })
        .collect();
    let tree = TileTree::from_parents(&nodes).unwrap();
    let mut world =
        World::new(vec![tree], vec![view(DVec3::new(EAST, NORTH, 2.0), DVec3::new(0.3, 1.0, 0.0))]);
    world.resident = world.all().collect();
    assert_eq!(world.select().draw.iter().map(|at| at.node).collect::<Vec<_>>(), [4, 3, 1, 2, 0]);
}

#[test]
fn the_middle_of_the_view_loads_before_its_edges_and_what_is_beside_it_last() {
    let mut world =
        World::new(vec![quadtree(7)], vec![view(DVec3::new(EAST + 320.0, NORTH - 50.0, 40.0), DVec3::Y)]);
    world.resident.insert(TileRef { tree: 0, node: 0 });
    let needs: Vec<Need> = world.select().load.iter().map(|(_, p)| p.need).collect();
    assert!(needs.is_sorted() && needs.contains(&Need::Visible) && needs.contains(&Need::Beside));
    // Of tiles with the same error on the screen, the one in the middle comes first.
    let eye = world.views[0].eye.0;
    let at = |x: f64| DVec3::new(eye.x + x, NORTH + 150.0, 0.0);
    let row = [-140.0, -70.0, 0.0, 70.0, 140.0];
    let mut nodes = vec![node(9, Bounds::new(at(-200.0), at(200.0) + 50.0), 8.0, None)];
    nodes.extend(
        (0..)
            .zip(row)
            .map(|(k, x)| node(k, Bounds::new(at(x) - 5.0, at(x) + 5.0).union(Bounds::EMPTY), 0.0, Some(0))),
    );
    for n in &mut nodes {
        (n.bounds.min.z, n.bounds.max.z) = (0.0, 10.0);
        (n.bounds.min.y, n.bounds.max.y) = (NORTH + 100.0, NORTH + 200.0);
    }
    let mut world = World::new(vec![TileTree::from_parents(&nodes).unwrap()], world.views);
    world.resident.insert(TileRef { tree: 0, node: 0 });
    let load = world.select().load;
    assert_eq!(load[0].0.node, 3, "{load:?}");
}

#[test]
fn tiles_out_of_sight_cast_their_shadows_coarsely() {
    let mut world =
        World::new(vec![quadtree(6)], vec![view(DVec3::new(EAST + 320.0, NORTH + 200.0, 20.0), DVec3::Y)]);
    let s = world.load_all(&mut |_| 0);
    let behind = |at: &TileRef| world.node(*at).bounds.max.y < NORTH + 200.0;
    assert!(s.casters.iter().any(behind));
    assert!(s.casters.len() < s.draw.len());
    // Together they are everything: each leaf is drawn or casts its shadow, once.
    for leaf in world.all().filter(|&at| world.children(at).is_empty()) {
        let n = world.upward(leaf).iter().filter(|at| s.draw.contains(at) || s.casters.contains(at)).count();
        assert_eq!(n, 1, "{leaf:?}");
    }
}

#[test]
fn a_selection_costs_what_is_in_sight_not_what_there_is() {
    let mut visited = Vec::new();
    for levels in [8, 9, 10] {
        let mut world = World::new(vec![quadtree(levels)], vec![four_corners()[0]]);
        // The same errors at the same places: more levels below add only what the eye is near enough to see.
        world.resident = world.all().collect();
        let s = world.select();
        assert!(s.n_visited <= 4 * s.draw.len() + 8, "{} visited for {} drawn", s.n_visited, s.draw.len());
        visited.push((world.trees[0].nodes.len(), s.n_visited));
    }
    let (n, cost) = visited[2];
    assert!(n > 300_000 && cost < n / 20, "{visited:?}");
}

/// Whether a tile is another or lies below it.
fn is_under(world: &World, at: TileRef, top: TileRef) -> bool {
    world.upward(at).contains(&top)
}

proptest! {
    #[test]
    fn shadows_are_thrown_once_by_all_that_is_drawn_as_coarsely_as_asked(seed in 1_u64.., error_m in 0.0_f64..20.0) {
        let (mut world, mut random) = random_world(seed, 1);
        world.resident = world.all().filter(|_| random.below(4) > 0).collect();
        let chosen = world.select();
        let tiles: Vec<TileRef> = chosen.draw.iter().chain(&chosen.casters).copied().collect();
        let trees: Vec<&TileTree> = world.trees.iter().collect();
        let casters = shadow_casters(&trees, tiles.iter().copied(), &|at| world.resident.contains(&at), error_m);
        for &at in &tiles {
            let over: Vec<_> = casters.iter().filter(|&&c| is_under(&world, at, c)).collect();
            prop_assert_eq!(over.len(), 1, "{:?} is covered by {:?}", at, over);
        }
        for &c in &casters {
            prop_assert!(world.resident.contains(&c));
            prop_assert!(tiles.contains(&c) || world.node(c).geometric_error_m <= error_m);
            let above = world.upward(c).split_off(1);
            let coarser = above.iter().find(|a| {
                world.resident.contains(a) && world.node(**a).geometric_error_m <= error_m
            });
            prop_assert!(coarser.is_none(), "{c:?} could be {coarser:?}");
        }
    }
}
