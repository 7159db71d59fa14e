//! The faces of a cell as blocks where they are boxes, merged and drawn again; as simplified meshes elsewhere.

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

/// Simplifies faces: boxes as blocks, everything else as meshes.
pub(super) fn as_blocks(faces: Vec<Face>, palette: &mut Palette, error_m: f32) -> Vec<Face> {
    let (faces, lengths) = shells(faces);
    let mut rest = faces.as_slice();
    let shells: Vec<&[Face]> = lengths
        .iter()
        .map(|&n| {
            let (shell, after) = rest.split_at(n.min(rest.len()));
            rest = after;
            shell
        })
        .collect();
    let (frames, frame_of) = frames(&shells);
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

/// The frames of all shells, and each shell's. Round things take the frame of most of the walls.
fn frames(shells: &[&[Face]]) -> (Vec<Frame>, Vec<usize>) {
    let mut yaws: Vec<(f32, f32, usize)> = shells
        .iter()
        .enumerate()
        .filter_map(|(ix, shell)| {
            let area = shell.iter().map(|f| f.cross().length()).sum();
            block::yaw(shell).map(|yaw| (yaw, area, ix))
        })
        .map(|(yaw, area, ix)| {
            // Just below a quarter turn is just below none.
            let quarter = std::f32::consts::FRAC_PI_2;
            (if yaw > quarter - SAME_YAW { yaw - quarter } else { yaw }, area, ix)
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
    }
    let heaviest = (0..weights.len())
        .max_by(|&a, &b| weights.get(a).partial_cmp(&weights.get(b)).unwrap_or(std::cmp::Ordering::Equal));
    let main = heaviest.unwrap_or(0);
    (frames, frame_of.into_iter().map(|f| f.unwrap_or(main)).collect())
}
