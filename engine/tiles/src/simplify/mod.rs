//! A coarser version of one cell's triangles for the tile above: fewer triangles, a known error in meters.
//!
//! In order: what cannot be seen from outside goes, what is long and thin becomes lines, then surfaces are simplified
//! within the error, and what is still too much is merged with a larger one.
//! Equal input gives equal bits, however many threads work on it.

mod block;
mod budget;
mod decimate;
mod details;
mod merge;
mod network;
mod palette;
mod repeats;
mod shells;
mod sight;
mod solid;
mod soup;
mod threads;
mod visible;

#[cfg(test)]
mod tests;

pub(crate) use repeats::Repeats;
pub(crate) use soup::{Mixed, Soup};
pub(crate) use threads::Thread;

use budget::cluster_to;
use palette::Palette;
use solid::{as_blocks, by_shell};
use soup::{Face, faces};
use threads::{Sorted, sort_out, thin_out};
use visible::visible_faces;

/// Larger errors are tried up to this multiple of the wanted one before corners are clustered.
const MAX_COARSER: f32 = 64.0;
/// A larger error than the given one that may be taken for fewer triangles.
/// Chosen: that of the next level but one.
const SPARE: f32 = 4.0;
/// Between an error that leaves too many triangles and its double, so many are tried.
const N_BETWEEN: u32 = 2;

/// Errors outside of this range, meters, are taken as its ends: what packs can tell apart, and the Earth's size.
const SMALLEST_ERROR_M: f32 = 0.001;
const LARGEST_ERROR_M: f32 = 1e7;

/// How coarse a cell may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// How far a surface may move, meters, positive.
    pub error_m: f32,
    /// More triangles than this are never returned.
    pub max_triangles: usize,
    /// As many are wanted at most, if an error of [`SPARE`] times the given one is enough for that.
    pub wanted_triangles: usize,
}

/// A coarser version of `soup`, and its error in meters: `target.error_m`, more if that was not coarse enough.
///
/// `part_colors`: per part sRGB with red lowest and straight alpha on top. Parts with an alpha below 255 (or without
/// a color) hide nothing and are not merged with others. Unusable triangles (not finite, without area or part) are
/// dropped. Cost: below 30 µs for each triangle of the input on one core.
pub(crate) fn coarsen(soup: &Soup, part_colors: &[u32], target: &Target) -> (Soup, f32) {
    let wanted_m = if target.error_m.is_nan() { SMALLEST_ERROR_M } else { target.error_m };
    let error_m = wanted_m.clamp(SMALLEST_ERROR_M, LARGEST_ERROR_M);
    let mut palette = Palette::new(part_colors, &soup.mixed);
    // What is seen through gaps narrower than a pixel is lost: an error of a pixel.
    let (sorted, error_m) = outside(&faces(soup), &palette, error_m);
    let Sorted { mut faces, mut threads, faint } = sorted;
    threads.extend(&soup.threads);
    let (threads, boxes) = thin_out(threads, error_m, target.max_triangles / 2);
    faces.extend(boxes);
    let (faces, error_m) = within(&faces, &mut palette, error_m, target);
    let (faces, error_m) = cluster_to(faces, target.max_triangles, error_m);
    (palette.soup(&faces, [&threads, &faint]), error_m)
}

/// The lines along everything in a soup that is long and thin; what is bent is thin up to about `error_m`.
pub(crate) fn threads_of(soup: &Soup, error_m: f32) -> Vec<Thread> {
    threads::along(&faces(soup), error_m)
}

/// The faces within about the least error that leaves few enough; within the error given if none does. Returns the
/// error, too.
fn within(faces: &[Face], palette: &mut Palette, error_m: f32, target: &Target) -> (Vec<Face>, f32) {
    let shells = by_shell(faces);
    let first = as_blocks(&shells, palette, error_m);
    let wanted = target.wanted_triangles.min(target.max_triangles);
    if first.len() <= wanted {
        return (first, error_m);
    }
    let spare = if first.len() <= target.max_triangles { SPARE } else { MAX_COARSER };
    let (mut above, mut factor) = (1.0, 2.0);
    let mut best = None;
    while best.is_none() && factor <= spare {
        let coarser = as_blocks(&shells, palette, factor * error_m);
        if coarser.len() <= wanted {
            best = Some((coarser, factor));
        } else {
            above = factor;
            factor *= 2.0;
        }
    }
    let Some((mut best, mut below)) = best else { return (first, error_m) };
    for _ in 0..N_BETWEEN {
        let between = f32::sqrt(above * below);
        let coarser = as_blocks(&shells, palette, between * error_m);
        if coarser.len() <= wanted {
            (best, below) = (coarser, between);
        } else {
            above = between;
        }
    }
    (best, below * error_m)
}

/// The faces that are seen from outside, lines for those that are thin, and the pixel in meters at which they were
/// looked for.
fn outside(faces: &[Face], palette: &Palette, pixel_m: f32) -> (Sorted, f32) {
    let solid: Vec<bool> = faces.iter().map(|f| palette.opaque(f.part).is_some()).collect();
    let (seen, pixel_m) = visible_faces(faces, &solid, pixel_m);
    (sort_out(faces, &seen, pixel_m), pixel_m)
}
