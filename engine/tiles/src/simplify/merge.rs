//! Blocks that stand on or beside each other become one: the storeys of a building, the slabs of a pavement.

use glam::Vec3;

use super::block::Block;
use super::sight::{LAYER_M, UNKNOWN_CONTRAST, is_seen};

/// Color channels of one block's members may be so far apart: drawn in the middle, each is off by half of it.
const COLOR_SPAN: f32 = 16.0;
/// Merging goes on until nothing changes: a row of 2ⁿ blocks takes n rounds, so this is far above what happens.
const MAX_ROUNDS: usize = 16;
/// Objects that are longer than so many errors, pixels that is, can be told apart.
const APART: f32 = 2.0;
/// Blocks within this part of the error touch.
const TOUCH: f32 = 0.1;
/// Cross sections are equal if their sides are off by at most this part of their lengths.
const UNEQUAL: f32 = 0.25;
/// Pairs below and above a block; with more it is no slab between storeys but a ground.
const MOST_ACROSS: usize = 4096;
/// What fills a gap stands out by at least this part of the error: flush sides would flicker.
const PROUD: f32 = 0.05;

/// Merges blocks of similar color and equal cross section until no two fit, within `error_m`.
///
/// Objects that are larger than [`APART`] errors along the axis stay apart: they may get colors of their own.
/// Sides move by at most half the error, so that all levels above together move them by at most the error.
pub(super) fn merge(mut blocks: Vec<Block>, error_m: f32) -> Vec<Block> {
    for _ in 0..MAX_ROUNDS {
        let n = blocks.len();
        blocks = round(blocks, error_m);
        if blocks.len() == n {
            break;
        }
    }
    blocks
}

/// Blocks of a strip in which neighbors are looked for, times the strips. Chosen: strips are then about as wide as the
/// stretch along them in which a block's neighbors begin.
const BLOCKS_OF_STRIP: f32 = 8.0;
const MOST_STRIPS: f32 = 64.0;

/// Pairs of blocks of one frame, the first before the second, that are at most `reach_m` apart along every axis.
/// Sorted.
pub(super) fn neighbors(blocks: &[Block], reach_m: f32) -> Vec<(usize, usize)> {
    // What is compared lies close together in memory: in large cells this is much of the work of making tiles.
    struct Around {
        frame: usize,
        strip: u32,
        /// Its first strip.
        first: u32,
        number: usize,
        low: Vec3,
        high: Vec3,
    }
    // Along the axis on which they are spread most, in strips across it, so that few are passed at a time.
    let (low, high) = blocks
        .iter()
        .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), b| (low.min(b.low), high.max(b.low)));
    let spread = high - low;
    let is_along_y = spread.y > spread.x;
    let along = |v: Vec3| if is_along_y { v.y } else { v.x };
    let across = |v: Vec3| if is_along_y { v.x } else { v.y };
    let n_strips = (blocks.len() as f32 / BLOCKS_OF_STRIP).sqrt().clamp(1.0, MOST_STRIPS);
    let per_m = n_strips / across(spread).max(f32::MIN_POSITIVE);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-int cast saturates"
    )]
    let strip = |v: f32| ((v - across(low)) * per_m).clamp(0.0, n_strips - 1.0) as u32;
    let mut order: Vec<Around> = Vec::with_capacity(blocks.len());
    for (number, b) in blocks.iter().enumerate() {
        let first = strip(across(b.low));
        // Rounding aside, as far as `reach_m`.
        for strip in first..=strip(across(b.high) + 2.0 * reach_m).max(first) {
            order.push(Around { frame: b.frame, strip, first, number, low: b.low, high: b.high });
        }
    }
    order.sort_unstable_by(|a, b| {
        let start = |a: &Around| (a.frame, a.strip);
        start(a).cmp(&start(b)).then(along(a.low).total_cmp(&along(b.low))).then(a.number.cmp(&b.number))
    });
    let mut pairs = Vec::new();
    for (at, a) in order.iter().enumerate() {
        let rest = order.get(at + 1..).unwrap_or_default();
        let end = along(a.high) + reach_m;
        let near = |b: &&Around| b.frame == a.frame && b.strip == a.strip && along(b.low) <= end;
        // In the first strip that both are in.
        for b in rest.iter().take_while(near).filter(|b| a.strip == a.first.max(b.first)) {
            let apart = a.low.max(b.low) - a.high.min(b.high);
            if apart.max_element() <= reach_m {
                pairs.push((a.number.min(b.number), a.number.max(b.number)));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

fn round(blocks: Vec<Block>, error_m: f32) -> Vec<Block> {
    let pairs = neighbors(&blocks, error_m / 2.0);
    let mut joined =
        Joined { owner: (0..blocks.len()).collect(), blocks: blocks.into_iter().map(Some).collect() };
    let touch_m = error_m * TOUCH;
    for &(i, j) in &pairs {
        joined.join(i, j, 0.0, error_m);
    }
    // A slab between two storeys hides what fills the gap between them: it may be as thick as it is.
    let mut by_block: Vec<(usize, usize)> = pairs.iter().flat_map(|&(i, j)| [(i, j), (j, i)]).collect();
    by_block.sort_unstable();
    for around in by_block.chunk_by(|a, b| a.0 == b.0) {
        joined.join_across(around, touch_m, error_m);
    }
    joined.blocks.into_iter().flatten().collect()
}

/// Blocks while some of them become part of others.
struct Joined {
    blocks: Vec<Option<Block>>,
    /// Per block: itself or what it became part of.
    owner: Vec<usize>,
}

impl Joined {
    fn owner(&self, mut i: usize) -> usize {
        while let Some(&next) = self.owner.get(i)
            && next != i
        {
            i = next;
        }
        i
    }

    fn get(&self, i: usize) -> Option<&Block> {
        self.blocks.get(self.owner(i)).and_then(Option::as_ref)
    }

    fn join(&mut self, i: usize, j: usize, gap_m: f32, error_m: f32) {
        let (i, j) = (self.owner(i), self.owner(j));
        if i == j {
            return;
        }
        let (i, j) = (i.min(j), i.max(j));
        let Some(both) = self.get(i).zip(self.get(j)).and_then(|(a, b)| union(a, b, gap_m, error_m)) else {
            return;
        };
        if let Some(slot) = self.blocks.get_mut(i) {
            *slot = Some(both);
        }
        if let Some(slot) = self.blocks.get_mut(j) {
            *slot = None;
        }
        if let Some(slot) = self.owner.get_mut(j) {
            *slot = i;
        }
    }

    /// Joins what stands under a block with what stands on it, through the block.
    fn join_across(&mut self, around: &[(usize, usize)], touch_m: f32, error_m: f32) {
        let Some(filler) = around.first().and_then(|&(i, _)| self.get(i)).cloned() else { return };
        let covers = |b: &Block| {
            let inset = (b.low - filler.low).min(filler.high - b.high);
            inset.x.min(inset.y) >= error_m * PROUD
        };
        let beside = |at_z: &dyn Fn(&Block) -> bool| -> Vec<usize> {
            let all = around.iter().map(|&(_, j)| self.owner(j));
            all.filter(|&j| self.get(j).is_some_and(|b| *b != filler && covers(b) && at_z(b))).collect()
        };
        let below = beside(&|b| b.low.z < filler.low.z && b.high.z >= filler.low.z - touch_m);
        let above = beside(&|b| b.high.z > filler.high.z && b.low.z <= filler.high.z + touch_m);
        let gap_m = filler.size().z + 2.0 * touch_m;
        if below.len() * above.len() > MOST_ACROSS {
            return;
        }
        for &i in &below {
            for &j in &above {
                self.join(i, j, gap_m, error_m);
            }
        }
    }
}

/// The block around two that differ along one axis only, less than each is long apart: at most `gap_m` or what no
/// pixel shows. `None` if they do not fit.
fn union(a: &Block, b: &Block, gap_m: f32, error_m: f32) -> Option<Block> {
    let color = [a.color[0].min(b.color[0]), a.color[1].max(b.color[1])];
    if a.single_sided != b.single_sided || (color[1] - color[0]).max_element() > COLOR_SPAN {
        return None;
    }
    let off = (a.low - b.low).abs().max((a.high - b.high).abs());
    let gap = a.low.max(b.low) - a.high.min(b.high);
    let short = a.size().min(b.size());
    let limit = (short * UNEQUAL).max(Vec3::splat(error_m * TOUCH));
    // What is thin carries other things.
    let top_m = if short.z <= APART * error_m { LAYER_M } else { f32::INFINITY };
    let is_level = (a.high.z - b.high.z).abs() <= top_m;
    let is_equal = off.cmple(limit);
    let across = |k: usize| match k {
        0 => (off.y.max(off.z), is_equal.y && is_equal.z && is_level),
        1 => (off.x.max(off.z), is_equal.x && is_equal.z && is_level),
        _ => (off.x.max(off.y), is_equal.x && is_equal.y),
    };
    let same = a.part == b.part;
    let moved_m = |k: usize| across(k).0 + a.moved_m.max(b.moved_m);
    let long = a.size().max(b.size()).max_element();
    let shows = |m: f32| is_seen([m, long], UNKNOWN_CONTRAST, error_m);
    // Along z first: storeys make towers before towers make blocks.
    let axis = [2, 0, 1].into_iter().find(|&k| {
        gap[k] <= short[k]
            && (gap[k] <= gap_m || (gap[k] <= error_m / 2.0 && !shows(gap[k])))
            && (moved_m(k) <= error_m / 2.0 && !shows(across(k).0))
            && across(k).1
            && (same || short[k] <= APART * error_m)
    })?;
    let larger = if b.part_m2 > a.part_m2 { b } else { a };
    let (low_side, high_side) = (1 << (2 * axis), 2 << (2 * axis));
    let end = |side: u8, a_is_end: bool, b_is_end: bool| {
        (if a_is_end { a.sides & side } else { 0 }) | (if b_is_end { b.sides & side } else { 0 })
    };
    let sides = ((a.sides | b.sides) & !(low_side | high_side))
        | end(low_side, a.low[axis] <= b.low[axis], b.low[axis] <= a.low[axis])
        | end(high_side, a.high[axis] >= b.high[axis], b.high[axis] >= a.high[axis]);
    Some(Block {
        frame: a.frame,
        low: a.low.min(b.low),
        high: a.high.max(b.high),
        sides,
        part: larger.part,
        part_m2: larger.part_m2,
        single_sided: a.single_sided,
        color,
        taken: (a.taken.0 + b.taken.0, a.taken.1 + b.taken.1),
        moved_m: moved_m(axis),
        shape: a.shape,
        shell: None,
    })
}
