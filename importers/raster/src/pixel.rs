//! Pixels of both kinds: how they are averaged, mixed between neighbors, and become a tile's bytes.

use lantu_base::RasterGrid;
use lantu_base::TileCoord;
use lantu_ingest::{ImportError, RasterTile};
use lantu_tiles::RasterPixels;

use crate::open::failed;
use crate::pixels::{Read, Reader, Rect};

/// Edge of a tile.
pub(crate) const EDGE: usize = RasterGrid::TILE_PX as usize;

/// A pixel that can be read, averaged and written.
pub(crate) trait Pixel: Copy + Send + Sync {
    /// No data.
    const EMPTY: Self;
    /// Whether there is no data.
    fn is_empty(self) -> bool;
    /// Average of those of four that have data.
    fn mean(four: [Self; 4]) -> Self;
    /// Between four neighbors, each with its share; the shares sum to 1.
    fn mix(four: [Self; 4], shares: [f32; 4]) -> Self;
    /// Reads a part of the source.
    fn read(reader: &Reader<'_>, rect: Rect) -> Read<Vec<Self>>;
    /// As tiles keep it.
    fn stored(pixels: Vec<Self>) -> RasterPixels;
    /// From what a tile keeps; `None` for the other kind.
    fn of_stored(pixels: RasterPixels) -> Option<Vec<Self>>;
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes is a byte")]
fn to_byte(v: f32) -> u8 {
    (v + 0.5) as u8
}

impl Pixel for [u8; 4] {
    const EMPTY: Self = [0; 4];

    fn is_empty(self) -> bool {
        self[3] == 0
    }

    fn mean(four: [Self; 4]) -> Self {
        let [a, b, c, d] = four;
        if a[3] & b[3] & c[3] & d[3] == u8::MAX {
            let sum = |i: [u8; 4]| i.iter().map(|v| u32::from(*v)).sum::<u32>();
            let byte = |n: u32| u8::try_from((n + 2) / 4).unwrap_or(u8::MAX);
            return [
                byte(sum([a[0], b[0], c[0], d[0]])),
                byte(sum([a[1], b[1], c[1], d[1]])),
                byte(sum([a[2], b[2], c[2], d[2]])),
                u8::MAX,
            ];
        }
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

    fn mix([a, b, c, d]: [Self; 4], shares: [f32; 4]) -> Self {
        let mut shares = shares;
        let opaque = a[3] & b[3] & c[3] & d[3] == u8::MAX;
        let mut alpha = 255.0;
        if !opaque {
            for (share, p) in shares.iter_mut().zip([a, b, c, d]) {
                *share *= f32::from(p[3]) / 255.0;
            }
            let sum: f32 = shares.iter().sum();
            if sum <= 0.0 {
                return Self::EMPTY;
            }
            alpha = sum * 255.0;
            shares = shares.map(|s| s / sum);
        }
        let [wa, wb, wc, wd] = shares;
        let channel = |a: u8, b: u8, c: u8, d: u8| {
            to_byte(f32::from(a) * wa + f32::from(b) * wb + f32::from(c) * wc + f32::from(d) * wd)
        };
        [
            channel(a[0], b[0], c[0], d[0]),
            channel(a[1], b[1], c[1], d[1]),
            channel(a[2], b[2], c[2], d[2]),
            to_byte(alpha),
        ]
    }

    fn read(reader: &Reader<'_>, rect: Rect) -> Read<Vec<Self>> {
        reader.colors(rect)
    }

    fn stored(pixels: Vec<Self>) -> RasterPixels {
        RasterPixels::Color(pixels.into_flattened())
    }

    fn of_stored(pixels: RasterPixels) -> Option<Vec<Self>> {
        match pixels {
            RasterPixels::Color(v) => Some(v.as_chunks::<4>().0.to_vec()),
            RasterPixels::Height(_) => None,
        }
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

    /// Nodata takes no part; nodata where the nearest neighbor has none.
    fn mix(four: [Self; 4], shares: [Self; 4]) -> Self {
        let (mut sum, mut weights, mut nearest) = (0.0_f64, 0.0_f64, (0.0, Self::NAN));
        for (v, share) in four.into_iter().zip(shares) {
            if share > nearest.0 {
                nearest = (share, v);
            }
            if !v.is_nan() {
                sum += f64::from(v) * f64::from(share);
                weights += f64::from(share);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a mean of f32 values fits f32")]
        let mean = (sum / weights) as Self;
        if nearest.1.is_nan() { Self::NAN } else { mean }
    }

    fn read(reader: &Reader<'_>, rect: Rect) -> Read<Vec<Self>> {
        reader.heights(rect)
    }

    fn stored(pixels: Vec<Self>) -> RasterPixels {
        RasterPixels::Height(pixels)
    }

    fn of_stored(pixels: RasterPixels) -> Option<Vec<Self>> {
        match pixels {
            RasterPixels::Height(v) => Some(v),
            RasterPixels::Color(_) => None,
        }
    }
}

/// A tile as it is sent; `None` where there is nothing on it.
pub(crate) fn encode<P: Pixel>(coord: TileCoord, pixels: &[P]) -> Result<Option<RasterTile>, ImportError> {
    if pixels.iter().all(|p| p.is_empty()) {
        return Ok(None);
    }
    let tile = lantu_tiles::RasterTile { px: RasterGrid::TILE_PX, pixels: P::stored(pixels.to_vec()) };
    let pack = lantu_tiles::encode_raster_tile(&tile).map_err(|e| failed("raster.encode", e.to_string()))?;
    Ok(Some(RasterTile { coord, pack }))
}

/// Which part of its parent a tile is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quarter {
    /// East or west, south or north: 0 or 1.
    pub(crate) at: [usize; 2],
    /// Columns and rows of the tile that belong to the raster.
    pub(crate) size: [usize; 2],
}

/// Writes a tile at half its size into its quarter of the parent. The last of an odd number of columns or rows stands
/// in for the neighbor that it lacks: the edge is the mean of what exists and does not fade.
pub(crate) fn halve<P: Pixel>(tile: &[P], quarter: Quarter, parent: &mut [P]) {
    let half = EDGE / 2;
    let [w, h] = quarter.size;
    let mut rows = tile.chunks_exact(EDGE).take(h);
    let to = parent.chunks_exact_mut(EDGE).skip(quarter.at[1] * half);
    for line in to.take(h.div_ceil(2)) {
        let Some(top) = rows.next() else { return };
        let bottom = rows.next().unwrap_or(top);
        let two = |pair: &[P]| {
            let first = pair.first().copied().unwrap_or(P::EMPTY);
            [first, pair.get(1).copied().unwrap_or(first)]
        };
        let (top, bottom) = (top.get(..w).unwrap_or(top), bottom.get(..w).unwrap_or(bottom));
        for ((above, below), to) in
            top.chunks(2).zip(bottom.chunks(2)).zip(line.iter_mut().skip(quarter.at[0] * half))
        {
            let ([a, b], [c, d]) = (two(above), two(below));
            *to = P::mean([a, b, c, d]);
        }
    }
}
