//! Which tiles to draw, to load and to keep: a pure function of trees, views and what is in memory.
//!
//! Works from the roots down, so it costs what is in sight, not what there is. First the wanted tiles are found
//! without asking what is in memory, the largest error on the screen first, until nothing appears too coarse or the
//! bytes are used up ([`refine`]). Then, for each wanted tile that is missing, something that covers its place is
//! drawn in its stead ([`cover`]).

mod cover;
mod eyes;
mod marks;
mod refine;
mod shade;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use cover::Cover;
use eyes::Eyes;
use marks::Marks;
use refine::{Plan, Visit, refine};
pub use shade::shadow_casters;

use crate::mesh_tile::TileLayer;
use crate::tree::{TileNode, TileTree};
use crate::view::View;

/// Names a tile of one of the trees that selection was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileRef {
    /// Its tree: the place in [`SelectInput::trees`].
    pub tree: u32,
    /// Its node: the place in [`TileTree::nodes`].
    pub node: u32,
}

/// What a selection depends on, all of it.
pub struct SelectInput<'a> {
    /// The tiles that there are.
    pub trees: &'a [&'a TileTree],
    /// What is looked at; several at once share the tiles. One with an empty viewport sees nothing; one that is not
    /// finite sees only roots.
    pub views: &'a [View],
    /// What will probably be looked at soon, see [`crate::CameraPath`]. Served with what the budget leaves over.
    pub ahead: &'a [View],
    /// Whether a tile can be drawn now. Asked only for tiles in sight and next to them.
    pub resident: &'a dyn Fn(TileRef) -> bool,
    /// What was drawn in the last frame: [`Selection::draw`] of then, or nothing.
    pub drawn: &'a BTreeSet<TileRef>,
    /// A tile is refined while its error appears larger than this, physical pixels.
    pub sse_px: f64,
    /// Memory for all tiles of all trees, bytes.
    pub budget_bytes: u64,
}

/// What to do in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Resident tiles to draw, none above another: underground, draped by rising `z_order`, solid from near to far.
    pub draw: Vec<TileRef>,
    /// Resident tiles out of sight, as coarse as they come, whose shadows may be in sight; none above or below
    /// another of these or of `draw`. In the order of their names.
    pub casters: Vec<TileRef>,
    /// Missing tiles, most urgent first; a tile comes after the one that it refines.
    pub load: Vec<(TileRef, Priority)>,
    /// Tiles to keep in memory: what is drawn, to be drawn, and all above it. Together at most the budget, unless
    /// the roots in sight alone are larger.
    pub keep: BTreeSet<TileRef>,
    /// Size of what is wanted in sight and above it, resident or not, bytes; without what is only beside or ahead.
    pub wanted_bytes: u64,
    /// Whether the budget forced a larger error than was asked for.
    pub is_coarser: bool,
    /// The error up to which the views in sight will be refined, physical pixels: `sse_px`, or more if coarser.
    pub error_px: f64,
    /// Tiles looked at, which is what the selection cost.
    pub n_visited: usize,
}

/// What a missing tile is needed for, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It is the coarsest of its place, in sight: without it there is a hole.
    Root,
    /// It replaces something coarser that is in sight.
    Visible,
    /// It is next to something in sight: it replaces something coarser when the eye turns.
    Beside,
    /// It will probably be in sight soon.
    Ahead,
}

/// How urgent a missing tile is. Greater is more urgent.
#[derive(Clone, Copy, Debug)]
pub struct Priority {
    /// What for.
    pub need: Need,
    /// How large its absence appears, physical pixels: the error of what stands in for it, less toward the edge of
    /// the view. Of a root, how large it appears itself.
    pub px: f64,
}

impl PartialEq for Priority {
    fn eq(&self, o: &Self) -> bool {
        self.cmp(o) == Ordering::Equal
    }
}

impl Eq for Priority {}

impl PartialOrd for Priority {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl Ord for Priority {
    fn cmp(&self, o: &Self) -> Ordering {
        o.need.cmp(&self.need).then(self.px.total_cmp(&o.px))
    }
}

/// A tile that is refined stays so until its error appears smaller than this share of the threshold. Chosen: an eye
/// that sways by a tenth of its distance does not make tiles come and go.
const COARSEN_AT: f64 = 0.8;
/// How much less urgent a tile is whose parent is missing as well: refining what can be seen helps more. Chosen.
pub(crate) const UNSEEN_PARENT: f64 = 0.5;
/// How much less an unseen tile counts against unseen ones beside coarser tiles. Chosen.
const BESIDE: f64 = 0.25;

/// Everything that the steps of one selection share.
struct Context<'a> {
    input: &'a SelectInput<'a>,
    /// Tiles that have a tile below them in [`SelectInput::drawn`].
    was_refined: Marks,
}

impl<'a> Context<'a> {
    fn node(&self, at: TileRef) -> Option<&'a TileNode> {
        self.input.trees.get(at.tree as usize)?.nodes.get(at.node as usize)
    }

    fn children(&self, at: TileRef) -> impl Iterator<Item = (TileRef, &'a TileNode)> + use<'a> {
        let trees: &'a [&'a TileTree] = self.input.trees;
        let tree: Option<&'a TileTree> = trees.get(at.tree as usize).copied();
        let children = tree.map_or(0..0, |t| t.children(at.node));
        children
            .filter_map(move |node| Some((TileRef { tree: at.tree, node }, tree?.nodes.get(node as usize)?)))
    }

    fn resident(&self, at: TileRef) -> bool {
        (self.input.resident)(at)
    }
}

/// Chooses tiles for some views. Pure.
///
/// * Once the roots in sight are resident there is never a hole, and never a tile together with one above it.
/// * What was drawn stays until all that replaces it is resident, also when a finer tile gives way to a coarser one.
/// * When `load` comes back empty, what is drawn depends on the views, the budget and on what was drawn before by
///   hysteresis only, not on what loaded first.
/// * The roots in sight are always wanted, whatever the budget.
///
/// Cost: proportional to the tiles in sight and next to them, plus one bit per node.
pub fn select(input: &SelectInput<'_>) -> Selection {
    let context = Context { input, was_refined: ancestors(input) };
    let eyes = Eyes::new(input.views);
    if eyes.is_empty() {
        return asleep(&context);
    }
    let mut wanted = Wanted { marks: Marks::new(input.trees), bytes: 0 };
    let mut plan = refine(&context, &eyes, &mut wanted, Need::Visible);
    let wanted_bytes = wanted.bytes;
    add_beside(&context, &mut plan, &mut wanted);
    let ahead = Eyes::new(input.ahead);
    let later = if plan.stopped_at_px.is_some() || ahead.is_empty() {
        Plan::default()
    } else {
        refine(&context, &ahead, &mut wanted, Need::Ahead)
    };

    let mut load = loads(&plan, &later);
    let resident_bytes = all(&plan, &later)
        .filter(|v| v.wanted && v.resident)
        .fold(0, |sum: u64, v| sum.saturating_add(v.node.bytes));
    let room_beside = |cover: &Cover| {
        let used = resident_bytes.saturating_add(cover.extra_bytes(&context, &wanted.marks));
        n_that_fit(&context, &load, used)
    };
    let mut cover = Cover::of(&context, &eyes, &plan, true);
    let mut n_loads = room_beside(&cover);
    if n_loads == 0 && !load.is_empty() {
        // What stands in for missing tiles leaves no room for them: something coarser has to do meanwhile.
        cover = Cover::of(&context, &eyes, &plan, false);
        n_loads = room_beside(&cover);
    }
    // What is wanted and was not put off, and what stands in.
    let mut keep = wanted.marks;
    load.drain(n_loads..).for_each(|(at, _)| keep.clear(at));
    cover.draw.iter().for_each(|&at| _ = keep.set(at));
    let keep = keep.iter().collect();
    let n_visited = plan.visits.len() + later.visits.len();
    let draw = in_drawing_order(&context, &eyes, &cover.draw);
    cover.casters.sort_unstable();
    Selection {
        draw,
        casters: cover.casters,
        load,
        keep,
        wanted_bytes,
        is_coarser: plan.stopped_at_px.is_some(),
        error_px: plan.stopped_at_px.map_or(input.sse_px, |px| px.max(input.sse_px)),
        n_visited,
    }
}

/// Tiles that are to be in memory, and their size together.
struct Wanted {
    marks: Marks,
    bytes: u64,
}

impl Wanted {
    /// Adds a tile; whether it was not there.
    fn add(&mut self, at: TileRef, node: &TileNode) -> bool {
        let new = self.marks.set(at);
        if new {
            self.bytes = self.bytes.saturating_add(node.bytes);
        }
        new
    }

    /// Whether a tile can be added within the budget.
    fn fits(&self, bytes: u64, context: &Context<'_>) -> bool {
        self.bytes.saturating_add(bytes) <= context.input.budget_bytes
    }
}

fn all<'p, 'a>(plan: &'p Plan<'a>, later: &'p Plan<'a>) -> impl Iterator<Item = &'p Visit<'a>> {
    plan.visits.iter().chain(&later.visits)
}

/// Marks everything above what was drawn. Costs what was drawn.
fn ancestors(input: &SelectInput<'_>) -> Marks {
    let mut marks = Marks::new(input.trees);
    for &at in input.drawn {
        let Some(tree) = input.trees.get(at.tree as usize) else { continue };
        let mut node = at.node;
        while let Some(parent) = tree.nodes.get(node as usize).and_then(|n| n.parent) {
            if !marks.set(TileRef { tree: at.tree, node: parent }) {
                break;
            }
            node = parent;
        }
    }
    marks
}

/// Nothing is looked at: nothing is drawn or loaded; roots stay for when the window comes back.
fn asleep(context: &Context<'_>) -> Selection {
    let roots = (0_u32..)
        .zip(context.input.trees)
        .flat_map(|(tree, t)| (0..t.n_roots()).map(move |node| TileRef { tree, node }));
    Selection {
        keep: roots.filter(|&at| context.resident(at)).collect(),
        error_px: context.input.sse_px,
        ..Selection::default()
    }
}

/// Wants what lies beside the tiles in sight, largest error first, while there is room.
fn add_beside(context: &Context<'_>, plan: &mut Plan<'_>, wanted: &mut Wanted) {
    for visit in plan.visits.iter_mut().filter(|v| !v.seen) {
        if !wanted.fits(visit.node.bytes, context) {
            break;
        }
        visit.wanted = wanted.add(visit.at, visit.node);
    }
}

fn loads(plan: &Plan<'_>, later: &Plan<'_>) -> Vec<(TileRef, Priority)> {
    let missing = all(plan, later).filter(|v| v.wanted && !v.resident);
    let mut load: Vec<(TileRef, Priority)> = missing.map(|v| (v.at, v.priority)).collect();
    load.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    load
}

/// How many of these can be loaded beside what has to stay. Roots always can.
fn n_that_fit(context: &Context<'_>, load: &[(TileRef, Priority)], mut used: u64) -> usize {
    let fits = load.iter().take_while(|(at, priority)| {
        used = used.saturating_add(context.node(*at).map_or(0, |n| n.bytes));
        priority.need == Need::Root || used <= context.input.budget_bytes
    });
    fits.count()
}

fn in_drawing_order(context: &Context<'_>, eyes: &Eyes, draw: &[TileRef]) -> Vec<TileRef> {
    let with_keys = draw.iter().filter_map(|&at| {
        let node = context.node(at)?;
        Some((layer_order(node.layer), eyes.distance_m(&node.bounds), at))
    });
    let mut keys: Vec<_> = with_keys.collect();
    keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    keys.into_iter().map(|(.., at)| at).collect()
}

/// Rank in the order of drawing.
fn layer_order(layer: TileLayer) -> (u8, i32) {
    match layer {
        TileLayer::Underground => (0, 0),
        TileLayer::Draped { z_order } => (1, z_order),
        TileLayer::Solid => (2, 0),
    }
}
