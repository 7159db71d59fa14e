// Which lines, points and edges a pass keeps: all, those that hide what is behind them, those that are seen through.
const ALL: u32 = 0u;
const SOLID: u32 = 1u;
const SEEN_THROUGH: u32 = 2u;
override KEEP: u32 = 0u;

fn is_kept(is_solid: bool) -> bool {
    return KEEP == ALL || is_solid == (KEEP == SOLID);
}

// What is summed is opaque in whole steps; what covers the scene is as opaque as it is.
fn stepped_where_summed(alpha: f32) -> f32 {
    return select(alpha, stepped(alpha), KEEP == SEEN_THROUGH);
}
