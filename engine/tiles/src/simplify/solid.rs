//! The faces of a cell as blocks where they are boxes, merged and drawn again; as simplified meshes elsewhere.

use std::f32::consts::FRAC_PI_2;

use glam::Vec2;

use super::block::{self, Block, Frame};
use super::decimate::decimate;
use super::details::{drop_unseen, simplify_small};
use super::merge::merge;
use super::palette::Palette;
use super::shells::shells;
use super::soup::Face;

/// Walls turned by less than this against each other, radians (0.06°), share a frame: 5 cm on 50 m.
const SAME_YAW: f32 = 0.001;
/// Frames that others are turned into: those of the largest walls.
const N_MAIN: usize = 8;
/// Turning a shell into a main frame moves its corners by this part of the error at most.
const TURNED: f32 = 0.05;

/// Faces by shell.
pub(super) fn by_shell(faces: &[Face]) -> Vec<Vec<Face>> {
    let of = |numbers: Vec<usize>| numbers.into_iter().filter_map(|ix| faces.get(ix)).copied().collect();
    shells(faces).into_iter().map(of).collect()
}

/// Simplifies shells: boxes as blocks, everything else as meshes.
pub(super) fn as_blocks(shells: &[Vec<Face>], palette: &mut Palette, error_m: f32) -> Vec<Face> {
    let (frames, frame_of) = frames(shells, error_m);
    let mut blocks = Vec::new();
    // What is seen through or starts hidden is never merged with anything.
    let mut alone = Vec::new();
    let mut meshes = Vec::new();
    for (ix, (shell, &frame_ix)) in shells.iter().zip(&frame_of).enumerate() {
        let part = shell.first().map_or(u32::MAX, |f| f.part);
        let opaque = palette.opaque(part);
        let color = (opaque.unwrap_or_default(), palette.off(part));
        let frame = frames.get(frame_ix).map(|&f| (frame_ix, f));
        let block = frame.and_then(|f| block::fit(shell, f, color, error_m / 2.0));
        match block.map(|block| Block { shell: Some(ix), ..block }) {
            Some(block) if opaque.is_some() => blocks.push(block),
            Some(block) => alone.push(block),
            None => meshes.extend_from_slice(shell),
        }
    }
    blocks = drop_unseen(merge(blocks, error_m), error_m);
    for block in &mut alone {
        simplify_small(block, error_m);
    }
    let mut out = decimate(meshes, error_m);
    for (block, merged) in blocks.iter().map(|b| (b, true)).chain(alone.iter().map(|b| (b, false))) {
        let original = block.shell.filter(|_| block.taken.1 <= 0.0).and_then(|ix| shells.get(ix));
        let mut drawn = Vec::new();
        if let Some(&frame) = frames.get(block.frame) {
            let mut mix = || palette.part(block.part, block.drawn_color(), block.color_span() / 2.0);
            let part = if merged { mix() } else { block.part };
            block::draw(block, frame, part, &mut drawn);
        }
        match original {
            Some(shell) if shell.len() <= drawn.len() => out.extend_from_slice(shell),
            _ => out.extend(drawn),
        }
    }
    out
}

/// The frames of all shells, and each shell's. Round things take the frame of most of the walls, and what is small or
/// turned by rounding only takes one of the main frames: blocks are merged within a frame.
fn frames(shells: &[Vec<Face>], error_m: f32) -> (Vec<Frame>, Vec<usize>) {
    let mut yaws: Vec<(f32, f32, usize)> = shells
        .iter()
        .enumerate()
        .filter_map(|(ix, shell)| {
            let area = shell.iter().map(|f| f.cross().length()).sum();
            block::yaw(shell).map(|yaw| (yaw, area, ix))
        })
        .map(|(yaw, area, ix)| {
            // Just below a quarter turn is just below none.
            (if yaw > FRAC_PI_2 - SAME_YAW { yaw - FRAC_PI_2 } else { yaw }, area, ix)
        })
        .collect();
    yaws.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    let mut frames = Vec::new();
    let mut weights: Vec<f32> = Vec::new();
    let mut frame_of: Vec<Option<usize>> = vec![None; shells.len()];
    let mut rest = yaws.as_slice();
    while let Some(&(least, ..)) = rest.first() {
        let (group, after) = rest.split_at(rest.partition_point(|y| y.0 - least < SAME_YAW).max(1));
        rest = after;
        let main = group.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |g| g.0);
        for &(_, _, ix) in group {
            if let Some(slot) = frame_of.get_mut(ix) {
                *slot = Some(frames.len());
            }
        }
        frames.push(Frame(Vec2::from_angle(main)));
        weights.push(group.iter().map(|g| g.1).sum());
    }
    if frames.is_empty() {
        frames.push(Frame(Vec2::X));
        weights.push(0.0);
    }
    let mut heaviest: Vec<(f32, usize)> = weights.into_iter().zip(0..).collect();
    heaviest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    heaviest.truncate(N_MAIN);
    let main = heaviest.first().map_or(0, |&(_, frame)| frame);
    let chosen = shells.iter().zip(frame_of).map(|(shell, own)| {
        let Some(own) = own else { return main };
        let turn = |other: usize| match (frames.get(own), frames.get(other)) {
            (Some(a), Some(b)) => {
                let turn = a.0.angle_to(b.0).abs().rem_euclid(FRAC_PI_2);
                turn.min(FRAC_PI_2 - turn)
            }
            _ => FRAC_PI_2,
        };
        let radius_m = radius_m(shell);
        let fits = |other: usize| radius_m <= error_m / 2.0 || radius_m * turn(other) <= TURNED * error_m;
        heaviest.iter().map(|h| h.1).find(|&other| fits(other)).unwrap_or(own)
    });
    let frame_of = chosen.collect();
    (frames, frame_of)
}

/// From the middle of a shell to the corners of the box around it, horizontally, meters.
fn radius_m(shell: &[Face]) -> f32 {
    let points = || shell.iter().flat_map(|f| f.p).map(glam::Vec3::truncate);
    let low = points().fold(Vec2::INFINITY, Vec2::min);
    let high = points().fold(Vec2::NEG_INFINITY, Vec2::max);
    (high - low).length() / 2.0
}
