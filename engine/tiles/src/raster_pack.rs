//! Raster tiles as bytes: pack format `LTR1`, lossless.
//!
//! Content: kind u32 (0 colors, 1 heights), edge in pixels u32, then byte planes of prediction errors. Colors are
//! predicted from the west, north and northwest pixel (median edge detector), red and blue after subtracting
//! green; heights from the west pixel, as ordered integers.

use crate::error::TileError;
use crate::pack::{Cursor, put_column, seal_at, unseal};

const MAGIC: [u8; 4] = *b"LTR1";
/// Chosen: four times the edge that importers use.
const MAX_PX: u32 = 1024;

/// Chosen: errors of prediction are noise, in which higher levels find nothing.
const ZSTD_LEVEL: i32 = 1;

/// Pixels of one raster tile, row-major from the northwest.
#[derive(Clone, Debug, PartialEq)]
pub enum RasterPixels {
    /// RGBA8, sRGB, straight alpha; 4 × px² bytes; nodata has alpha 0.
    Color(Vec<u8>),
    /// Meters; px² values; nodata is NaN.
    Height(Vec<f32>),
}

/// A decoded raster tile.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterTile {
    /// Edge in pixels.
    pub px: u32,
    /// Its pixels.
    pub pixels: RasterPixels,
}

impl RasterTile {
    /// Size in memory, bytes.
    pub fn bytes(&self) -> usize {
        match &self.pixels {
            RasterPixels::Color(v) => v.len(),
            RasterPixels::Height(v) => v.len() * 4,
        }
    }
}

/// A raster tile as the bytes of its pack. The same pixels give the same bytes.
///
/// # Errors
/// [`TileError::TooLarge`] when it has more than 1024² pixels or the pixels do not fill the square.
pub fn encode_raster_tile(tile: &RasterTile) -> Result<Vec<u8>, TileError> {
    let px = tile.px as usize;
    let kind = match &tile.pixels {
        RasterPixels::Color(_) => 0_u32,
        RasterPixels::Height(_) => 1,
    };
    if tile.px == 0 || tile.px > MAX_PX || tile.bytes() != px * px * 4 {
        return Err(TileError::TooLarge(tile.bytes()));
    }
    let mut raw = Vec::with_capacity(tile.bytes() + 8);
    raw.extend_from_slice(&kind.to_le_bytes());
    raw.extend_from_slice(&tile.px.to_le_bytes());
    match &tile.pixels {
        RasterPixels::Color(v) => {
            let (pixels, _) = v.as_chunks::<4>();
            for c in 0..4 {
                put_plane(&mut raw, pixels, px, c);
            }
        }
        RasterPixels::Height(v) => put_column(&mut raw, &v.iter().map(|h| ordered(h.to_bits()))),
    }
    seal_at(ZSTD_LEVEL, MAGIC, &raw)
}

/// A raster tile from the bytes of its pack.
///
/// # Errors
/// [`TileError::Damaged`] for anything that [`encode_raster_tile`] did not write.
pub fn decode_raster_tile(pack: &[u8]) -> Result<RasterTile, TileError> {
    let raw = unseal(MAGIC, pack)?;
    let mut cursor = Cursor::new(&raw);
    let kind = cursor.u32()?;
    let edge = cursor.u32()?;
    if edge == 0 || edge > MAX_PX || kind > 1 || cursor.rest().len() != (edge * edge * 4) as usize {
        return Err(TileError::Damaged("its size does not match"));
    }
    let px = edge as usize;
    let n = px * px;
    let pixels = if kind == 0 {
        let mut mixed = vec![[0_u8; 4]; n];
        for c in 0..4 {
            take_plane(cursor.bytes(n)?, &mut mixed, px, c);
        }
        RasterPixels::Color(mixed.into_iter().flat_map(correlate).collect())
    } else {
        RasterPixels::Height(cursor.column(n)?.into_iter().map(|v| f32::from_bits(unordered(v))).collect())
    };
    Ok(RasterTile { px: edge, pixels })
}

fn decorrelate([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [r.wrapping_sub(g), g, b.wrapping_sub(g), a]
}

fn correlate([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [r.wrapping_add(g), g, b.wrapping_add(g), a]
}

/// Predicts a byte from its west, north and northwest neighbors: the median edge detector of LOCO-I.
fn predict(w: u8, n: u8, nw: u8) -> u8 {
    let (lo, hi) = (w.min(n), w.max(n));
    if nw >= hi {
        lo
    } else if nw <= lo {
        hi
    } else {
        w.wrapping_add(n).wrapping_sub(nw)
    }
}

/// One channel, without green where it is red or blue, as errors of its prediction. A row is a plain loop over bytes
/// that knows all neighbors beforehand, so that the compiler does many at once.
fn put_plane(out: &mut Vec<u8>, pixels: &[[u8; 4]], px: usize, c: usize) {
    let (mut row, mut above) = (vec![0_u8; px], Vec::<u8>::new());
    for line in pixels.chunks_exact(px) {
        for (to, p) in row.iter_mut().zip(line) {
            let [r, g, b, a] = decorrelate(*p);
            *to = [r, g, b, a].get(c).copied().unwrap_or(0);
        }
        let Some((&first, rest)) = row.split_first() else { continue };
        if above.is_empty() {
            out.push(first);
            out.extend(rest.iter().zip(&row).map(|(p, w)| p.wrapping_sub(*w)));
        } else {
            out.push(first.wrapping_sub(above.first().copied().unwrap_or(0)));
            let around = row.iter().zip(above.iter().skip(1)).zip(&above);
            out.extend(rest.iter().zip(around).map(|(p, ((w, n), nw))| p.wrapping_sub(predict(*w, *n, *nw))));
        }
        above.clear();
        above.extend_from_slice(&row);
    }
}

#[expect(clippy::indexing_slicing, reason = "c < 4, and rows are whole by construction")]
fn take_plane(errors: &[u8], pixels: &mut [[u8; 4]], px: usize, c: usize) {
    let mut above: Vec<u8> = Vec::new();
    for (row, errors) in pixels.chunks_exact_mut(px).zip(errors.chunks_exact(px)) {
        let first = above.first().copied().unwrap_or(0);
        let (mut w, mut nw) = (first, first);
        for (x, (p, e)) in row.iter_mut().zip(errors).enumerate() {
            let n = above.get(x).copied().unwrap_or(w);
            if above.is_empty() {
                nw = w;
            }
            p[c] = e.wrapping_add(predict(w, n, nw));
            (w, nw) = (p[c], n);
        }
        above.clear();
        above.extend(row.iter().map(|p| p[c]));
    }
}

/// Bits of a float so that neighboring floats are neighboring integers, over zero too.
fn ordered(bits: u32) -> u32 {
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

fn unordered(v: u32) -> u32 {
    if v >> 31 == 1 { v & !(1 << 31) } else { !v }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn photo(px: u32) -> RasterTile {
        let mut v = Vec::new();
        let mut noise = 1_u32;
        for y in 0..px {
            for x in 0..px {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let n = u8::try_from(noise >> 28).unwrap();
                let base = u8::try_from((x * 100 / px + y * 90 / px) % 200).unwrap();
                v.extend([base + n, base + n / 2 + 20, base + n / 3, if x < 5 { 0 } else { 255 }]);
            }
        }
        RasterTile { px, pixels: RasterPixels::Color(v) }
    }

    #[test]
    fn a_photo_reads_back_and_takes_less_than_half() {
        let tile = photo(256);
        let pack = encode_raster_tile(&tile).unwrap();
        assert!(pack.len() * 2 < tile.bytes(), "{} of {}", pack.len(), tile.bytes());
        assert_eq!(decode_raster_tile(&pack).unwrap(), tile);
    }

    #[test]
    fn a_damaged_raster_tile_is_noticed() {
        let pack = encode_raster_tile(&photo(16)).unwrap();
        for at in 0..pack.len() {
            let mut bad = pack.clone();
            bad[at] ^= 0x10;
            assert!(decode_raster_tile(&bad).is_err(), "flipped at {at}");
            assert!(decode_raster_tile(&pack[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn pixels_that_do_not_fill_the_square_are_refused() {
        for pixels in [RasterPixels::Color(vec![0; 63]), RasterPixels::Height(vec![0.0; 17])] {
            assert!(encode_raster_tile(&RasterTile { px: 4, pixels }).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_pixels_read_back_bit_for_bit(px in 1_u32..9, seed in any::<u64>()) {
            let mut state = seed | 1;
            let mut next = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            let n = (px * px) as usize;
            let color = RasterTile { px, pixels: RasterPixels::Color((0..n * 4).map(|_| next().to_le_bytes()[3]).collect()) };
            prop_assert_eq!(&decode_raster_tile(&encode_raster_tile(&color).unwrap()).unwrap(), &color);
            let bits: Vec<u32> = (0..n).map(|_| u32::try_from(next() >> 32).unwrap()).collect();
            let height = RasterTile {
                px,
                pixels: RasterPixels::Height(bits.iter().map(|&b| f32::from_bits(b)).collect()),
            };
            let back = decode_raster_tile(&encode_raster_tile(&height).unwrap()).unwrap();
            let RasterPixels::Height(back) = back.pixels else { unreachable!() };
            prop_assert_eq!(back.iter().map(|h| h.to_bits()).collect::<Vec<_>>(), bits);
        }
    }
}
