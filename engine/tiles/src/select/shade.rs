//! What throws shadows: coarser tiles than what is drawn, because a shadow map has fewer pixels than a screen.

use std::collections::BTreeSet;

use super::TileRef;
use crate::tree::TileTree;

/// Tiles whose shadows stand for those of `tiles`: for each the coarsest one above it, or itself, that is resident and
/// errs by at most `error_m`. None covers another if none of `tiles` does; everything that they cover is covered.
///
/// * `tiles`: what is drawn, and what throws shadows from outside the view.
/// * `error_m`: meters in the project frame.
pub fn shadow_casters(
    trees: &[&TileTree],
    tiles: impl IntoIterator<Item = TileRef>,
    resident: &dyn Fn(TileRef) -> bool,
    error_m: f64,
) -> Vec<TileRef> {
    let coarsest = |at: TileRef| {
        let node = |n: u32| trees.get(at.tree as usize).and_then(|t| t.nodes.get(n as usize));
        // Errors never grow downward, so the first ancestor that errs too much ends the search.
        let above = std::iter::successors(node(at.node).and_then(|n| n.parent), |&n| node(n)?.parent)
            .take_while(|&n| node(n).is_some_and(|n| n.geometric_error_m <= error_m));
        let above = above.map(|node| TileRef { node, ..at });
        above.filter(|&at| resident(at)).last().unwrap_or(at)
    };
    tiles.into_iter().map(coarsest).collect::<BTreeSet<_>>().into_iter().collect()
}
