//! What of the blocks cannot be seen at a pixel of the error, and what stands for things smaller than it.

use std::collections::BTreeMap;

use glam::Vec3;

use super::block::{BOTTOM, Block, Shape};
use super::merge::neighbors;
use super::sight::{SEEN, UNKNOWN_CONTRAST, is_seen};

/// Beyond this error, meters, nobody looks at undersides: at one pixel, the eye is 800 m away.
const NO_UNDERSIDES_M: f32 = 1.0;
/// Sine of the angle under which undersides are seen: 6°, that of a roof 20 m up from 200 m away.
const FROM_BELOW: f32 = 0.1;
/// A block becomes part of another at most so many times its surface: what stands on the ground stays itself.
const MAX_RATIO: f32 = 200.0;
/// A covered side may show a strip of at most this part of its shorter edge.
const MAX_STRIP: f32 = 0.25;
/// Small blocks are gathered in squares of so many errors.
const GATHER: f32 = 2.0;

/// Extents of a side across its axis.
fn across(size: Vec3, axis: usize) -> [f32; 2] {
    match axis {
        0 => [size.y, size.z],
        1 => [size.x, size.z],
        _ => [size.x, size.y],
    }
}

/// Takes blocks into larger ones that they lie in or on, and sides off that no pixel shows.
pub(super) fn drop_unseen(mut blocks: Vec<Block>, error_m: f32) -> Vec<Block> {
    let pairs = neighbors(&blocks, error_m / 2.0);
    let mut gone = vec![false; blocks.len()];
    for (i, j) in pairs.iter().flat_map(|&(i, j)| [(i, j), (j, i)]) {
        let (Some(inner), Some(outer)) = (blocks.get(i), blocks.get(j)) else { continue };
        let sides = covered_sides(inner, outer, error_m);
        let absorbed = gone.get(j) == Some(&false) && is_absorbed(inner, outer, sides, error_m);
        let left = if absorbed { uncovered(inner, sides) } else { (Vec3::ZERO, 0.0) };
        let grown = if absorbed { grown(inner, outer, error_m) } else { None };
        if let Some(block) = blocks.get_mut(j) {
            block.taken = (block.taken.0 + left.0, block.taken.1 + left.1);
            (block.low, block.high) = grown.unwrap_or((block.low, block.high));
        }
        if let Some(block) = blocks.get_mut(i) {
            block.sides &= !sides;
            block.shell = if sides == 0 { block.shell } else { None };
        }
        if let Some(gone) = gone.get_mut(i) {
            *gone |= absorbed;
        }
    }
    let mut gone = gone.iter();
    blocks.retain(|b| gone.next() != Some(&true) && b.sides != 0);
    for block in &mut blocks {
        simplify_small(block, error_m);
    }
    gather(blocks, error_m)
}

/// How far a side's rectangle reaches beyond another block, and whether that block covers the rest of it.
fn overhang(inner: &Block, outer: &Block, side: usize, touch_m: f32) -> Option<f32> {
    let axis = side / 2;
    let plane = if side % 2 == 1 { inner.high[axis] } else { inner.low[axis] };
    let is_between = if side % 2 == 1 {
        outer.low[axis] <= plane + touch_m && outer.high[axis] > plane + touch_m
    } else {
        outer.high[axis] >= plane - touch_m && outer.low[axis] < plane - touch_m
    };
    let out = (outer.low - inner.low).max(inner.high - outer.high);
    is_between.then(|| {
        let [u, v] = across(out, axis);
        u.max(v).max(0.0)
    })
}

fn contrast(a: &Block, b: &Block) -> f32 {
    (a.mean_color() - b.mean_color()).abs().max_element()
}

/// Bits of the sides of `inner` that `outer` covers but for a strip that no pixel shows.
fn covered_sides(inner: &Block, outer: &Block, error_m: f32) -> u8 {
    let touch_m = 0.02 * error_m;
    let mut sides = 0;
    for side in (0..6).filter(|side| inner.sides >> side & 1 == 1) {
        let size = across(inner.size(), side / 2);
        let slant = if 1 << side == BOTTOM { FROM_BELOW } else { 1.0 };
        let is_covered = overhang(inner, outer, side, touch_m).map(|m| m * slant).is_some_and(|strip_m| {
            strip_m <= touch_m
                || (strip_m <= (error_m / 2.0).min(size[0].min(size[1]) * MAX_STRIP)
                    && !is_seen([strip_m, size[0].max(size[1])], UNKNOWN_CONTRAST, error_m))
        });
        sides |= u8::from(is_covered) << side;
    }
    sides
}

/// `inner` lies within half an error of `outer`, and what is left of its sides shows in no pixel.
fn is_absorbed(inner: &Block, outer: &Block, covered: u8, error_m: f32) -> bool {
    let out = (outer.low - inner.low).max(inner.high - outer.high).max_element();
    if out > error_m / 2.0 || outer.surface_m2() <= inner.surface_m2() {
        return false;
    }
    if outer.surface_m2() > MAX_RATIO * inner.surface_m2() {
        return false;
    }
    let contrast = contrast(inner, outer);
    let same = inner.part == outer.part;
    (0..6).filter(|side| (inner.sides & !covered) >> side & 1 == 1).all(|side| {
        let [u, v] = across(inner.size(), side / 2);
        (same || u.min(v) <= error_m) && (contrast <= SEEN || !is_seen([u, v], contrast, error_m))
    })
}

/// Corners of a block that takes in what continues it: of nearly its cross section, so that no gap is left.
fn grown(inner: &Block, outer: &Block, error_m: f32) -> Option<(Vec3, Vec3)> {
    let off = (inner.low - outer.low).abs().max((inner.high - outer.high).abs());
    let low = outer.low.min(inner.low);
    let high = outer.high.max(inner.high);
    (0..3).find(|&axis| across(off, axis).iter().all(|m| *m <= error_m / 2.0)).map(|axis| {
        let only = |grown: Vec3, own: Vec3| match axis {
            0 => own.with_x(grown.x),
            1 => own.with_y(grown.y),
            _ => own.with_z(grown.z),
        };
        (only(low, outer.low), only(high, outer.high))
    })
}

/// Color times area, and area in m², of the sides that are left of a block.
fn uncovered(block: &Block, covered: u8) -> (Vec3, f32) {
    let left = block.sides & !covered;
    let area: f32 = (0..6)
        .filter(|side| left >> side & 1 == 1)
        .map(|side| across(block.size(), side / 2).iter().product::<f32>())
        .sum();
    (block.mean_color() * area + block.taken.0, area + block.taken.1)
}

/// Takes off sides that are too small to see, and makes a spike of what is too small altogether.
pub(super) fn simplify_small(block: &mut Block, error_m: f32) {
    let before = (block.sides, block.shape);
    if error_m >= NO_UNDERSIDES_M && block.sides != BOTTOM {
        block.sides &= !BOTTOM;
    }
    let size = block.size();
    let area = |side: usize| across(size, side / 2).iter().product::<f32>();
    let seen = |side: usize| is_seen(across(size, side / 2), UNKNOWN_CONTRAST, error_m);
    let there: Vec<usize> = (0..6).filter(|side| block.sides >> side & 1 == 1).collect();
    let largest = there.iter().map(|&s| area(s)).fold(0.0, f32::max);
    if there.iter().any(|&s| seen(s)) {
        for side in there.into_iter().filter(|&s| !seen(s) && area(s) < largest / 4.0) {
            block.sides &= !(1 << side);
        }
    } else if there.len() > 2 && size.min_element() > 0.0 {
        spike(block);
    }
    if (block.sides, block.shape) != before {
        block.shell = None;
    }
}

/// Four slopes instead of five sides: twice as wide where it is slender, so that it covers as many pixels.
fn spike(block: &mut Block) {
    if block.shape == Shape::Spike {
        return;
    }
    let size = block.size();
    let widen = if size.z > 2.0 * size.x.max(size.y) { size.with_z(0.0) / 2.0 } else { Vec3::ZERO };
    block.low -= widen;
    block.high += widen;
    block.shape = Shape::Spike;
}

/// Replaces spikes of similar color near each other by one that covers as much.
fn gather(blocks: Vec<Block>, error_m: f32) -> Vec<Block> {
    /// Colors that differ by less are similar where single things cannot be seen.
    const COLOR_STEP: f32 = 48.0;
    let mut out = Vec::new();
    let mut cells: BTreeMap<(usize, [i32; 6]), Vec<Block>> = BTreeMap::new();
    for block in blocks {
        if block.shape == Shape::Spike && block.size().max_element() <= error_m {
            let place = (block.low + block.high) / (2.0 * GATHER * error_m);
            let [x, y, z] = whole(place);
            let [r, g, b] = whole(block.mean_color() / COLOR_STEP);
            cells.entry((block.frame, [x, y, z, r, g, b])).or_default().push(block);
        } else {
            out.push(block);
        }
    }
    out.extend(cells.into_values().filter_map(|cell| gathered(&cell)));
    out
}

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn whole(p: Vec3) -> [i32; 3] {
    p.floor().to_array().map(|c| c as i32)
}

/// One block at the middle of the members whose sides have the members' areas together.
fn gathered(members: &[Block]) -> Option<Block> {
    let largest = members.iter().max_by(|a, b| a.part_m2.total_cmp(&b.part_m2))?;
    if members.len() == 1 {
        return Some(largest.clone());
    }
    let mut sum = Vec3::ZERO;
    let mut weights = 0.0;
    let mut areas = Vec3::ZERO;
    let mut low_z = f32::INFINITY;
    for member in members {
        let s = member.size();
        let weight = member.surface_m2();
        sum += (member.low + member.high) / 2.0 * weight;
        weights += weight;
        areas += Vec3::new(s.y * s.z, s.x * s.z, s.x * s.y);
        low_z = low_z.min(member.low.z);
    }
    let volume = (areas.x * areas.y * areas.z).sqrt();
    let size = volume / areas;
    if !size.is_finite() || weights <= 0.0 {
        return Some(largest.clone());
    }
    let middle = sum / weights;
    let low = (middle - size / 2.0).with_z(low_z);
    Some(Block { low, high: low + size, shell: None, ..largest.clone() })
}
