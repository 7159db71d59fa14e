//! Coarser levels from finer ones, one stripe of tiles per level at a time.

use lantu_base::{RasterGrid, TileCoord};
use lantu_ingest::RasterTile;

/// Edge of a tile.
pub(crate) const EDGE: usize = RasterGrid::TILE_PX as usize;

/// A pixel that can be averaged and written.
pub(crate) trait Pixel: Copy {
    /// No data.
    const EMPTY: Self;
    /// Whether there is no data.
    fn is_empty(self) -> bool;
    /// Average of those of four that have data.
    fn mean(four: [Self; 4]) -> Self;
    /// As it lies in a tile.
    fn bytes(self) -> [u8; 4];
}

impl Pixel for [u8; 4] {
    const EMPTY: Self = [0; 4];

    fn is_empty(self) -> bool {
        self[3] == 0
    }

    fn mean(four: [Self; 4]) -> Self {
        let alpha: u32 = four.iter().map(|p| u32::from(p[3])).sum();
        if alpha == 0 {
            return Self::EMPTY;
        }
        // What is transparent must not darken its neighbors.
        let channel = |pick: fn(&Self) -> u8| {
            let sum: u32 = four.iter().map(|p| u32::from(pick(p)) * u32::from(p[3])).sum();
            u8::try_from((sum + alpha / 2) / alpha).unwrap_or(u8::MAX)
        };
        let mean_alpha = u8::try_from((alpha + 2) / 4).unwrap_or(u8::MAX);
        [channel(|p| p[0]), channel(|p| p[1]), channel(|p| p[2]), mean_alpha]
    }

    fn bytes(self) -> [u8; 4] {
        self
    }
}

impl Pixel for f32 {
    const EMPTY: Self = Self::NAN;

    fn is_empty(self) -> bool {
        self.is_nan()
    }

    fn mean(four: [Self; 4]) -> Self {
        let (mut sum, mut n) = (0.0_f64, 0.0_f64);
        for v in four.into_iter().filter(|v| !v.is_nan()) {
            sum += f64::from(v);
            n += 1.0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a mean of f32 values fits f32")]
        let mean = (sum / n) as Self;
        mean
    }

    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

struct Level<P> {
    width: usize,
    height: usize,
    /// Rows that have gone out.
    done: usize,
    /// Rows that wait for their stripe to be full.
    rows: Vec<P>,
}

/// Takes rows from the north and gives tiles of all levels.
pub(crate) struct Pyramid<P> {
    levels: Vec<Level<P>>,
}

impl<P: Pixel> Pyramid<P> {
    pub(crate) fn new(grid: &RasterGrid) -> Self {
        let level = |n| {
            let [width, height] = grid.size_at(n).map(|v| usize::try_from(v).unwrap_or(usize::MAX));
            Level { width, height, done: 0, rows: Vec::new() }
        };
        Self { levels: (0..grid.n_levels).map(level).collect() }
    }

    /// Takes the next stripe: [`EDGE`] rows, or what is left at the south.
    pub(crate) fn push<E>(
        &mut self,
        stripe: Vec<P>,
        out: &mut impl FnMut(RasterTile) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut stripe = stripe;
        for (n, level) in (0_u32..).zip(&mut self.levels) {
            if level.rows.is_empty() {
                level.rows = stripe;
            } else {
                level.rows.append(&mut stripe);
            }
            let have = level.rows.len() / level.width;
            if have < EDGE && level.done + have < level.height {
                return Ok(());
            }
            tiles(level, n, out)?;
            stripe = halved(&level.rows, level.width);
            level.done += have;
            level.rows.clear();
        }
        Ok(())
    }
}

fn tiles<P: Pixel, E>(
    level: &Level<P>,
    n: u32,
    out: &mut impl FnMut(RasterTile) -> Result<(), E>,
) -> Result<(), E> {
    let row = u32::try_from(level.done / EDGE).unwrap_or(u32::MAX);
    for (col, x) in (0_u32..).zip((0..level.width).step_by(EDGE)) {
        let span = x..(x + EDGE).min(level.width);
        let lines = || level.rows.chunks_exact(level.width).filter_map(|line| line.get(span.clone()));
        if lines().flatten().all(|p| p.is_empty()) {
            continue;
        }
        let mut pixels = Vec::with_capacity(EDGE * EDGE * 4);
        for line in lines() {
            pixels.extend(line.iter().flat_map(|p| p.bytes()));
            pixels.extend(std::iter::repeat_n(P::EMPTY.bytes(), EDGE - line.len()).flatten());
        }
        let missing = (EDGE * EDGE * 4 - pixels.len()) / 4;
        pixels.extend(std::iter::repeat_n(P::EMPTY.bytes(), missing).flatten());
        out(RasterTile { coord: TileCoord { level: n, col, row }, pixels })?;
    }
    Ok(())
}

/// Every 2 × 2 pixels as one. The last of an odd number of columns or rows stands in for the neighbor that it lacks:
/// the edge is the mean of what exists and does not fade.
fn halved<P: Pixel>(rows: &[P], width: usize) -> Vec<P> {
    let two = |pair: &[P]| {
        let first = pair.first().copied().unwrap_or(P::EMPTY);
        [first, pair.get(1).copied().unwrap_or(first)]
    };
    let mut half = Vec::with_capacity(rows.len() / 4 + width);
    for lines in rows.chunks(2 * width) {
        let (top, bottom) = lines.split_at(width.min(lines.len()));
        let bottom = if bottom.is_empty() { top } else { bottom };
        for (above, below) in top.chunks(2).zip(bottom.chunks(2)) {
            let ([a, b], [c, d]) = (two(above), two(below));
            half.push(P::mean([a, b, c, d]));
        }
    }
    half
}
