//! Finds the tiles that ought to be in memory, whatever is.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::eyes::{Eyes, Look, MAX_PX};
use super::{BESIDE, COARSEN_AT, Context, Need, Priority, TileRef, UNSEEN_PARENT, Wanted};
use crate::tree::TileNode;

/// A tile that was looked at.
pub(super) struct Visit<'a> {
    pub(super) at: TileRef,
    pub(super) node: &'a TileNode,
    /// Whether any view shows it.
    pub(super) seen: bool,
    pub(super) resident: bool,
    /// Whether this visit made it wanted.
    pub(super) wanted: bool,
    /// Visits of its children, also of those that are not seen, if they ought to replace it.
    pub(super) kids: Option<(u32, u32)>,
    /// How urgent it is if it is missing.
    pub(super) priority: Priority,
    error_px: f64,
}

/// Tiles in sight, from the roots down to those fine enough. Parents come before their children.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) visits: Vec<Visit<'a>>,
    /// The largest error that had to be left for lack of room, pixels.
    pub(super) stopped_at_px: Option<f64>,
}

/// A visit that may be refined; the largest error first, then by name.
struct Candidate {
    key_px: f64,
    at: TileRef,
    visit: u32,
}

impl PartialEq for Candidate {
    fn eq(&self, o: &Self) -> bool {
        self.cmp(o) == Ordering::Equal
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl Ord for Candidate {
    fn cmp(&self, o: &Self) -> Ordering {
        self.key_px.total_cmp(&o.key_px).then_with(|| o.at.cmp(&self.at))
    }
}

impl<'a> Plan<'a> {
    /// The visits of a tile's children; none if it is not to be replaced.
    pub(super) fn kids(&self, visit: &Visit<'a>) -> &[Visit<'a>] {
        let (start, end) = visit.kids.unwrap_or_default();
        self.visits.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// Refines what `eyes` see, the largest error on the screen first, until nothing appears too coarse or the budget is
/// used up by what is wanted.
///
/// Stops at the first tile whose children do not fit, even where smaller ones would: so the error is the same all
/// over the screen, and tiles that wait do not change places from frame to frame.
pub(super) fn refine<'a>(context: &Context<'a>, eyes: &Eyes, wanted: &mut Wanted, need: Need) -> Plan<'a> {
    let mut plan = Plan::default();
    let mut heap = BinaryHeap::new();
    for (tree, t) in (0_u32..).zip(context.input.trees) {
        for (node, n) in (0_u32..).zip(&t.nodes).take_while(|(_, n)| n.parent.is_none()) {
            let at = TileRef { tree, node };
            let look = eyes.look(n);
            if need == Need::Ahead && !(wanted.marks.get(at) || wanted.fits(n.bytes, context)) {
                continue;
            }
            let priority = match look {
                None => Priority { need: Need::Beside, px: MAX_PX },
                Some(l) if need == Need::Visible => Priority { need: Need::Root, px: l.size_px * l.weight },
                Some(l) => Priority { need, px: l.size_px * l.weight },
            };
            let visit = Visit::new(context, (at, n), look, priority);
            plan.push(context, visit, wanted, &mut heap);
        }
    }
    let mut looks = Vec::new();
    while let Some(Candidate { at, visit, .. }) = heap.pop() {
        looks.clear();
        looks.extend(context.children(at).map(|(child, n)| (child, n, eyes.look(n))));
        if looks.iter().all(|(.., look)| look.is_none()) {
            // In sight by a corner without content. It is drawn as it is.
            continue;
        }
        let new = looks.iter().filter(|(child, _, look)| look.is_some() && !wanted.marks.get(*child));
        let bytes = new.fold(0, |sum: u64, (_, n, _)| sum.saturating_add(n.bytes));
        let start = plan.visits.len();
        let Some(parent) = plan.visits.get_mut(visit as usize) else { break };
        if !wanted.fits(bytes, context) {
            plan.stopped_at_px = Some(parent.error_px);
            break;
        }
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(start + looks.len())) else { break };
        parent.kids = Some((start, end));
        let (error_px, resident, above) = (parent.error_px.min(MAX_PX), parent.resident, parent.priority);
        for &(child, n, look) in &looks {
            let priority = match look {
                None => Priority { need: Need::Beside, px: error_px * BESIDE },
                Some(l) if resident => Priority { need, px: error_px * l.weight },
                Some(l) => {
                    let px = error_px * l.weight * UNSEEN_PARENT;
                    Priority { need, px: if above.need == need { px.min(above.px) } else { px } }
                }
            };
            plan.push(context, Visit::new(context, (child, n), look, priority), wanted, &mut heap);
        }
    }
    plan
}

impl<'a> Visit<'a> {
    fn new(
        context: &Context<'a>,
        (at, node): (TileRef, &'a TileNode),
        look: Option<Look>,
        priority: Priority,
    ) -> Self {
        Self {
            at,
            node,
            seen: look.is_some(),
            resident: context.resident(at),
            wanted: false,
            kids: None,
            priority,
            error_px: look.map_or(0.0, |l| l.error_px),
        }
    }
}

impl<'a> Plan<'a> {
    /// Adds a visit; wants the tile if it is seen, and refines it later if it appears too coarse.
    fn push(
        &mut self,
        context: &Context<'a>,
        mut visit: Visit<'a>,
        wanted: &mut Wanted,
        heap: &mut BinaryHeap<Candidate>,
    ) {
        if visit.seen {
            visit.wanted = wanted.add(visit.at, visit.node);
            let stays = if context.was_refined.get(visit.at) { COARSEN_AT } else { 1.0 };
            let key_px = visit.error_px / stays;
            if visit.node.n_children > 0 && key_px > context.input.sse_px {
                let ix = u32::try_from(self.visits.len()).unwrap_or(u32::MAX);
                heap.push(Candidate { key_px, at: visit.at, visit: ix });
            }
        }
        self.visits.push(visit);
    }
}
