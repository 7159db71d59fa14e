//! A first coarse look at a raster before its import goes on: from its overviews, else from a sample of its blocks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use gdal::Dataset;
use lantu_base::{RasterGrid, TileCoord};
use lantu_ingest::{Batch, ImportError, ImportSink, RasterPreview, RasterTile};

use crate::blocks::{Blocks, Layout};
use crate::native::{Projector, WarpJob};
use crate::open::open_overview;
use crate::pass::Pass;
use crate::pixel::{Pixel, encode};
use crate::pixels::{Reader, Rect};
use crate::source::Source;
use crate::warp::Filler;

/// Longest side of the look, pixels. Chosen: what a window shows of a district.
const SIDE_PX: u32 = 1024;
/// Smaller rasters are done before anybody misses them, pixels.
const MIN_SIDE_PX: u32 = 4096;
/// Most pixels that are read of an overview. Chosen: a tenth of a second.
const MAX_OVERVIEW_PX: usize = 4_000_000;
/// How long blocks are sampled. Chosen: with opening and packing it stays within a second.
const SAMPLING: Duration = Duration::from_millis(400);

/// Sends the look; nothing for small rasters. What cannot be read is left to the import, which says it.
pub(crate) fn send<P: Pixel>(
    pass: &Pass<'_>,
    dataset: &Dataset,
    source: &Source,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let side = pass.grid.size_px.into_iter().max().unwrap_or(0);
    if side < MIN_SIDE_PX {
        return Ok(());
    }
    let level = (0..31).find(|l| pass.grid.size_at(*l).iter().all(|n| *n <= SIDE_PX)).unwrap_or(0);
    let size_px = pass.grid.size_at(level);
    let n_levels = RasterGrid::levels_for(size_px);
    let grid = RasterGrid { gsd_m: pass.grid.gsd_at(level), size_px, n_levels, ..pass.grid.clone() };
    let small = match overview::<P>(dataset, pass, source) {
        Some(small) => small,
        None => sampled::<P>(dataset, pass, source),
    };
    // Where the grids agree there is no job, and the way is the file's own geotransform.
    let own =
        WarpJob { src_wkt: source.wkt.clone(), dst_wkt: source.wkt.clone(), by_points: source.by_points };
    let Some(projector) = Projector::new(dataset, pass.warp.unwrap_or(&own)) else { return Ok(()) };
    let reader_of = small.dataset.as_ref().unwrap_or(dataset);
    let reader = Reader { dataset: reader_of, source: pass.source, scales: pass.scales };
    let mut filler = Filler {
        reader: &reader,
        blocks: &small.blocks,
        grid: &grid,
        projector: Some(projector),
        meters_per_unit: pass.meters_per_unit,
        shrink: small.shrink,
        nearest: pass.source.palette.is_some(),
        window: Vec::new(),
    };
    let tiles = tiles(&Pass { grid: &grid, ..*pass }, &mut filler)?;
    out.send(Batch::RasterPreview(RasterPreview { grid, tiles, sampled_share: small.sampled_share }))
}

fn tiles<P: Pixel>(pass: &Pass<'_>, filler: &mut Filler<'_, P>) -> Result<Vec<RasterTile>, ImportError> {
    let mut tiles = Vec::new();
    let mut level = std::collections::BTreeMap::new();
    let [nx, ny] = pass.grid.tiles_at(0);
    for (col, row) in (0..ny).flat_map(|row| (0..nx).map(move |col| (col, row))) {
        let pixels = filler.fill(pass.rect(0, [col, row]));
        tiles.extend(encode(TileCoord { level: 0, col, row }, &pixels)?);
        level.insert([col, row], pixels);
    }
    for n in 1..pass.grid.n_levels {
        level = pass.halved(level, n - 1);
        for (&[col, row], pixels) in &level {
            tiles.extend(encode(TileCoord { level: n, col, row }, pixels)?);
        }
    }
    Ok(tiles)
}

/// A small picture of the source.
struct Small<P> {
    /// Where its blocks are read from; `None` where all are there already.
    dataset: Option<Dataset>,
    blocks: Blocks<P>,
    /// Pixels of the source in one of these, across and down.
    shrink: [f64; 2],
    /// Share of the source's blocks that it was made from; `None`: all, through the file's own overviews.
    sampled_share: Option<f64>,
}

/// The smallest overview that has enough pixels.
fn overview<P: Pixel>(dataset: &Dataset, pass: &Pass<'_>, source: &Source) -> Option<Small<P>> {
    let band = dataset.rasterband(*source.content.bands.first()?).ok()?;
    let n = usize::try_from(band.overview_count().ok()?).ok()?;
    let sizes = (0..n).filter_map(|ix| Some((ix, band.overview(ix).ok()?.size())));
    let mut fitting: Vec<(usize, (usize, usize))> =
        sizes.filter(|(_, (w, h))| w * h <= MAX_OVERVIEW_PX).collect();
    fitting.sort_by_key(|(_, (w, h))| w * h);
    let enough = fitting.iter().find(|(_, (w, h))| *w.max(h) >= SIDE_PX as usize);
    let (ix, (w, h)) = *enough.or(fitting.last())?;
    let small = open_overview(&pass.job.path, ix).ok().filter(|d| d.raster_size() == (w, h))?;
    let blocks = Blocks::new(Layout::of(&small));
    let shrink = [source.size[0] as f64 / w as f64, source.size[1] as f64 / h as f64];
    Some(Small { dataset: Some(small), blocks, shrink, sampled_share: None })
}

/// Blocks all over the source, evenly, for as long as there is time; what lies between has the color of the nearest.
fn sampled<P: Pixel>(dataset: &Dataset, pass: &Pass<'_>, source: &Source) -> Small<P> {
    let started = Instant::now();
    let layout = Layout::of(dataset);
    let [w, h] = layout.size;
    let step = (0..31).map(|l| 1_usize << l).find(|s| w.max(h).div_ceil(*s) <= SIDE_PX as usize).unwrap_or(1);
    let size = [w.div_ceil(step), h.div_ceil(step)];
    let mut pixels = vec![P::EMPTY; size[0] * size[1]];
    let n = [w.div_ceil(layout.block[0]), h.div_ceil(layout.block[1])];
    let reader = Reader { dataset, source: &source.content, scales: pass.scales };
    let mut done = BTreeSet::new();
    for place in lattice(n) {
        if started.elapsed() > SAMPLING {
            break;
        }
        let rect = layout.rect(place);
        let (read, _said) = lantu_geodesy::capture_gdal_errors(|| P::read(&reader, rect));
        if let Ok(block) = read {
            shrink_block(&block, rect, step, (&mut pixels, size[0]));
            done.insert(place);
        }
    }
    let share = done.len() as f64 / (n[0] * n[1]).max(1) as f64;
    fill_gaps(&layout, n, &done, step, (&mut pixels, size));
    let blocks = Blocks::whole(size, pixels);
    Small { dataset: None, blocks, shrink: [step as f64; 2], sampled_share: Some(share) }
}

/// All places of a grid, those of a coarse lattice first, then those between.
fn lattice([nx, ny]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    let top = (0..32).map(|l| 1_usize << l).find(|s| *s >= nx.max(ny)).unwrap_or(1);
    let steps = std::iter::successors(Some(top), |s| (*s > 1).then_some(s / 2));
    steps.flat_map(move |step| {
        let rows = (0..ny).step_by(step);
        let places = rows.flat_map(move |y| (0..nx).step_by(step).map(move |x| [x, y]));
        // Those of the step before were there.
        places.filter(move |[x, y]| step == top || x % (2 * step) != 0 || y % (2 * step) != 0)
    })
}

/// Writes a block of the source into the small picture: of each of its pixels the mean of four of the source's.
fn shrink_block<P: Pixel>(block: &[P], rect: Rect, step: usize, (pixels, width): (&mut [P], usize)) {
    let at = |x: usize, y: usize| block.get(y * rect.w + x).copied().unwrap_or(P::EMPTY);
    for y in (rect.y.next_multiple_of(step)..rect.y + rect.h).step_by(step) {
        for x in (rect.x.next_multiple_of(step)..rect.x + rect.w).step_by(step) {
            let (left, top) = (x - rect.x, y - rect.y);
            let right = (left + step / 2).min(rect.w - 1);
            let bottom = (top + step / 2).min(rect.h - 1);
            if let Some(to) = pixels.get_mut(y / step * width + x / step) {
                *to = P::mean([at(left, top), at(right, top), at(left, bottom), at(right, bottom)]);
            }
        }
    }
}

/// Gives blocks that were not read the pixels of the nearest that was, by the lattice.
fn fill_gaps<P: Pixel>(
    layout: &Layout,
    [nx, ny]: [usize; 2],
    done: &BTreeSet<[usize; 2]>,
    step: usize,
    (pixels, [width, height]): (&mut [P], [usize; 2]),
) {
    for place in (0..ny).flat_map(|y| (0..nx).map(move |x| [x, y])).filter(|p| !done.contains(p)) {
        let below =
            (0..32).map(|l| 1_usize << l).map(|s| place.map(|v| v - v % s)).find(|p| done.contains(p));
        let Some(from) = below else { continue };
        let (to, from) = (layout.rect(place), layout.rect(from));
        for y in (to.y.div_ceil(step)..(to.y + to.h).div_ceil(step)).take_while(|y| *y < height) {
            for x in (to.x.div_ceil(step)..(to.x + to.w).div_ceil(step)).take_while(|x| *x < width) {
                let near = [
                    (x * step - to.x).min(from.w.saturating_sub(1)) / step + from.x.div_ceil(step),
                    (y * step - to.y).min(from.h.saturating_sub(1)) / step + from.y.div_ceil(step),
                ];
                let pixel = pixels.get(near[1] * width + near[0]).copied();
                if let (Some(pixel), Some(slot)) = (pixel, pixels.get_mut(y * width + x)) {
                    *slot = pixel;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_has_every_place_once_and_is_even_from_the_start() {
        let places: Vec<[usize; 2]> = lattice([13, 9]).collect();
        let all: BTreeSet<[usize; 2]> = places.iter().copied().collect();
        assert_eq!((places.len(), all.len()), (117, 117));
        let first = &places[..12];
        assert!(first.iter().any(|p| p[0] >= 8 && p[1] >= 4) && first.iter().any(|p| p[0] < 4 && p[1] >= 4));
    }
}
