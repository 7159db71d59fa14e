//! Writes an orthophoto of any size as a tiled DEFLATE `GeoTIFF`: what imports of rasters are measured with.
//!
//! `cargo run --release -p lantu-raster --example ortho -- FILE.tif [PIXELS]`: a square of PIXELS (default 20000) at
//! 5 cm in EPSG:4548, three bands of 8 bits. The same size is the same bytes. Parcels with edges, soft shade in four
//! octaves, roads, and the grain of a sensor: the parts that compress badly and that resampling shows.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "colors are clamped to 0 … 255")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::prelude::*;

/// Edge of a tile of the file, pixels. Chosen: what GDAL writes where nobody says otherwise.
const TILE: u32 = 256;
/// Size of a pixel, meters. Chosen: a drone at 150 m.
const GSD_M: f64 = 0.05;
/// Western and northern corner in EPSG:4548, meters: at 116.5° E 40° N.
const CORNER: [f64; 2] = [457_302.976, 4_429_648.784];
const EPSG: u16 = 4548;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: ortho FILE.tif [PIXELS]")?;
    let size: u32 = args.next().map_or(Ok(20_000), |t| t.parse())?;
    let n = size.div_ceil(TILE);
    let mut out = BufWriter::new(File::create(path)?);
    // The header is written when the places of the tiles are known; the pixels begin behind it.
    let directory = 8_u64;
    let tables = directory + 2 + 14 * 12 + 4;
    let extra = 6 + 3 * 8 + 6 * 8 + 16 * 2 + 8;
    let mut at = tables + extra + u64::from(n) * u64::from(n) * 8;
    out.seek(SeekFrom::Start(at))?;
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for row in 0..n {
        let packed: Vec<Vec<u8>> =
            (0..n).into_par_iter().map(|col| tile(size, col, row)).collect::<Result<_, _>>()?;
        for bytes in packed {
            out.write_all(&bytes)?;
            offsets.push(u32::try_from(at)?);
            counts.push(u32::try_from(bytes.len())?);
            at += bytes.len() as u64;
        }
    }
    out.seek(SeekFrom::Start(0))?;
    header(&mut out, size, u32::try_from(tables)?, (&offsets, &counts))?;
    Ok(out.flush()?)
}

/// One tile, compressed.
fn tile(size: u32, col: u32, row: u32) -> Result<Vec<u8>, std::io::Error> {
    let mut pixels = Vec::with_capacity((TILE * TILE * 3) as usize);
    for y in row * TILE..(row + 1) * TILE {
        for x in col * TILE..(col + 1) * TILE {
            pixels.extend(if x < size && y < size { color(x, y) } else { [0; 3] });
        }
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
    zlib.write_all(&pixels)?;
    zlib.finish()
}

fn hash(x: i64, y: i64, salt: u64) -> u64 {
    let mut h = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ salt;
    h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 31)
}

fn unit(x: i64, y: i64, salt: u64) -> f64 {
    (hash(x, y, salt) >> 40) as f64 / f64::from(1 << 24)
}

/// Smooth noise between 0 and 1 with a period in pixels.
fn noise(x: f64, y: f64, period: f64, salt: u64) -> f64 {
    let (u, v) = (x / period, y / period);
    let (c, r) = (u.floor(), v.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(u - c), ease(v - r));
    let at = |i: i64, j: i64| unit(c as i64 + i, r as i64 + j, salt);
    let mix = |a: f64, b: f64, t: f64| a + (b - a) * t;
    mix(mix(at(0, 0), at(1, 0), fx), mix(at(0, 1), at(1, 1), fx), fy)
}

fn color(px: u32, py: u32) -> [u8; 3] {
    // Turned by 20°, so that edges cross pixels at all phases.
    let (x, y) = (f64::from(px), f64::from(py));
    let (u, v) = (x * 0.9397 + y * 0.3420, y * 0.9397 - x * 0.3420);
    let (parcel_x, parcel_y) = ((u / 410.0).floor() as i64, (v / 270.0).floor() as i64);
    let (in_x, in_y) = (u.rem_euclid(410.0), v.rem_euclid(270.0));
    let kind = unit(parcel_x, parcel_y, 1);
    let shade = [(180.0, 44.0), (46.0, 22.0), (11.0, 12.0), (3.3, 9.0)]
        .into_iter()
        .zip(2..)
        .map(|((period, strength), salt)| (noise(x, y, period, salt) - 0.5) * strength)
        .sum::<f64>();
    let base = if in_x < 60.0 || in_y < 40.0 {
        let line = (in_x - 30.0).abs() < 1.6 && (in_y / 60.0).fract() < 0.5;
        if line { [225.0, 222.0, 210.0] } else { [118.0, 117.0, 121.0] }
    } else if kind < 0.4 && (100.0..330.0).contains(&in_x) && (80.0..220.0).contains(&in_y) {
        let tile_row = if (in_y / 4.0).fract() < 0.25 { -18.0 } else { 0.0 };
        let side = if in_y < 150.0 { 22.0 } else { -14.0 };
        [168.0, 96.0 + kind * 90.0, 82.0].map(|c| c + tile_row + side)
    } else {
        [86.0 + kind * 60.0, 112.0 + kind * 30.0, 66.0 + kind * 30.0]
    };
    let grain = hash(px.into(), py.into(), 9);
    let mut out = [0; 3];
    for ((to, base), shift) in out.iter_mut().zip(base).zip([0, 8, 16]) {
        // Two dice make a bell, ±6 levels.
        let dice = ((grain >> shift) & 7) as f64 + ((grain >> (shift + 24)) & 7) as f64 - 7.0;
        *to = (base + shade + dice * 0.86).round().clamp(0.0, 255.0) as u8;
    }
    out
}

/// Numbers of a tag's values: TIFF 6.0, section 2.
enum Kind {
    Short = 3,
    Long = 4,
    Double = 12,
}

fn header(
    out: &mut impl Write,
    size: u32,
    tables: u32,
    (offsets, counts): (&[u32], &[u32]),
) -> Result<(), Box<dyn Error>> {
    let n = u32::try_from(offsets.len())?;
    let bits_at = tables;
    let scale_at = bits_at + 8;
    let tie_at = scale_at + 24;
    let keys_at = tie_at + 48;
    let offsets_at = keys_at + 32;
    let entries = [
        (256, Kind::Long, 1, size),
        (257, Kind::Long, 1, size),
        (258, Kind::Short, 3, bits_at),
        (259, Kind::Short, 1, 8),
        (262, Kind::Short, 1, 2),
        (277, Kind::Short, 1, 3),
        (284, Kind::Short, 1, 1),
        (322, Kind::Short, 1, TILE),
        (323, Kind::Short, 1, TILE),
        (324, Kind::Long, n, if n == 1 { offsets.first().copied().unwrap_or(0) } else { offsets_at }),
        (325, Kind::Long, n, if n == 1 { counts.first().copied().unwrap_or(0) } else { offsets_at + 4 * n }),
        (33550, Kind::Double, 3, scale_at),
        (33922, Kind::Double, 6, tie_at),
        (34735, Kind::Short, 16, keys_at),
    ];
    out.write_all(b"II*\0\x08\0\0\0")?;
    out.write_all(&u16::try_from(entries.len())?.to_le_bytes())?;
    for (tag, kind, count, value) in entries {
        out.write_all(&u16::to_le_bytes(tag))?;
        out.write_all(&(kind as u16).to_le_bytes())?;
        out.write_all(&count.to_le_bytes())?;
        out.write_all(&value.to_le_bytes())?;
    }
    out.write_all(&[0; 4])?;
    for bits in [8_u16, 8, 8, 0] {
        out.write_all(&bits.to_le_bytes())?;
    }
    for v in [GSD_M, GSD_M, 0.0, 0.0, 0.0, 0.0, CORNER[0], CORNER[1], 0.0] {
        out.write_all(&v.to_le_bytes())?;
    }
    // GeoTIFF 1.1, section 7.1: version, then projected, pixels are areas, the projected CRS.
    for key in [1_u16, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, EPSG] {
        out.write_all(&key.to_le_bytes())?;
    }
    for v in offsets.iter().chain(counts) {
        out.write_all(&v.to_le_bytes())?;
    }
    Ok(())
}
