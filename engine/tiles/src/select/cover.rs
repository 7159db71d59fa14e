//! What is drawn while wanted tiles are missing.

use super::eyes::Eyes;
use super::marks::Marks;
use super::refine::{Plan, Visit};
use super::{Context, TileRef};

/// Resident tiles that show every place once.
pub(super) struct Cover {
    /// In sight.
    pub(super) draw: Vec<TileRef>,
    /// Out of sight.
    pub(super) casters: Vec<TileRef>,
}

/// How deep below a missing tile to look for what was drawn. Specified: a checked tree has fewer levels.
const MAX_DEPTH: usize = 64;

impl Cover {
    /// Covers a plan with what is resident.
    ///
    /// * `may_stand_in`: whether finer tiles that were drawn last may stand in for a missing one. Where nothing
    ///   coarser is resident they do in any case.
    pub(super) fn of(context: &Context<'_>, eyes: &Eyes, plan: &Plan<'_>, may_stand_in: bool) -> Self {
        let mut cover = Self { draw: Vec::new(), casters: Vec::new() };
        let covered = covered(context, eyes, plan, may_stand_in);
        let all_covered = |visit: &Visit<'_>| {
            let (start, end) = visit.kids.unwrap_or_default();
            covered.get(start as usize..end as usize).is_some_and(|kids| kids.iter().all(|&c| c))
        };
        let mut stack: Vec<&Visit<'_>> = plan.visits.iter().take_while(|v| v.node.parent.is_none()).collect();
        stack.reverse();
        while let Some(visit) = stack.pop() {
            if !visit.seen {
                cover.casters.extend(visit.resident.then_some(visit.at));
            } else if visit.kids.is_some() && (all_covered(visit) || !visit.resident) {
                // Either everything below is there, or nothing above is: then whatever is below is better than a hole.
                stack.extend(plan.kids(visit).iter().rev());
            } else if visit.resident {
                cover.draw.push(visit.at);
            } else {
                stand_in(context, eyes, visit.at, &mut |at| cover.draw.push(at));
            }
        }
        cover
    }

    /// Size of what is drawn without being wanted, bytes.
    pub(super) fn extra_bytes(&self, context: &Context<'_>, wanted: &Marks) -> u64 {
        let extra = self.draw.iter().filter(|&&at| !wanted.get(at)).filter_map(|&at| context.node(at));
        extra.fold(0, |sum: u64, node| sum.saturating_add(node.bytes))
    }
}

/// For each visit, whether its place can be shown without anything coarser. Children come after their parents, so
/// one pass from the end suffices.
fn covered(context: &Context<'_>, eyes: &Eyes, plan: &Plan<'_>, may_stand_in: bool) -> Vec<bool> {
    let mut covered = vec![false; plan.visits.len()];
    for (ix, visit) in plan.visits.iter().enumerate().rev() {
        let here = !visit.seen
            || visit.resident
            || match visit.kids {
                Some((start, end)) => {
                    covered.get(start as usize..end as usize).is_some_and(|kids| kids.iter().all(|&kid| kid))
                }
                None => may_stand_in && stand_in(context, eyes, visit.at, &mut |_| ()),
            };
        if let Some(c) = covered.get_mut(ix) {
            *c = here;
        }
    }
    covered
}

/// Hands to `draw` the coarsest resident tiles of those below a tile where something was drawn last; whether they
/// cover the tile in sight.
fn stand_in(context: &Context<'_>, eyes: &Eyes, at: TileRef, draw: &mut dyn FnMut(TileRef)) -> bool {
    let mut complete = context.was_refined.get(at);
    if !complete {
        return false;
    }
    let mut stack = vec![(at, 0)];
    while let Some((at, depth)) = stack.pop() {
        for (child, node) in context.children(at).filter(|(_, n)| eyes.see(&n.bounds)) {
            let deeper = context.was_refined.get(child) && depth < MAX_DEPTH;
            if context.resident(child) {
                draw(child);
            } else if deeper && node.n_children > 0 {
                stack.push((child, depth + 1));
            } else {
                complete = false;
            }
        }
    }
    complete
}
