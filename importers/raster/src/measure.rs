//! What measurements of imports need of GDAL: one decode of a file, and how far pictures lie apart.

use std::path::Path;

use lantu_base::RasterGrid;
use lantu_ingest::ImportError;
use lantu_tiles::io::PackStore;
use lantu_tiles::{RasterPixels, RasterPyramid, decode_raster_tile};

use crate::native::read_all_bands;
use crate::open::{failed, open};

/// Decodes every block of a raster once, on this thread, and drops the pixels: the least that any reader must do.
///
/// # Errors
/// [`ImportError::Format`] where the file cannot be opened or a part cannot be read.
pub fn decode(path: &Path) -> Result<(), ImportError> {
    let dataset = open(path)?;
    let (w, h) = dataset.raster_size();
    let band = dataset.rasterband(1).map_err(|e| failed("raster.bands", e.to_string()))?;
    let (_, rows) = band.block_size();
    let mut pixels = Vec::new();
    for y in (0..h).step_by(rows.max(1)) {
        read_all_bands(&dataset, [0, y, w, rows.min(h - y)], &mut pixels)
            .map_err(|e| failed("raster.read", e))?;
    }
    Ok(())
}

/// How alike the finest level of a pyramid and another raster of 8-bit red, green, blue and alpha are, as PSNR in dB over
/// all pixels that both have in full. The other's pixels must be pixels of the pyramid; it may cover a part of it.
///
/// # Errors
/// [`ImportError::Format`] where the other cannot be read, its pixels are others, or a pack is missing.
pub fn psnr_db(pyramid: &RasterPyramid, store: &dyn PackStore, other: &Path) -> Result<f64, ImportError> {
    let dataset = open(other)?;
    let unusable = |e: String| failed("raster.compare", e);
    let gt = dataset.geo_transform().map_err(|e| unusable(e.to_string()))?;
    let grid = &pyramid.grid;
    let shift = [(gt[0] - grid.west_north[0]) / grid.gsd_m, (grid.west_north[1] - gt[3]) / grid.gsd_m];
    let on_grid = |v: f64| (v - v.round()).abs() < 1e-3 && v > -0.5;
    if !shift.into_iter().all(on_grid) || (gt[1] / grid.gsd_m - 1.0).abs() > 1e-9 {
        return Err(unusable("the pixels of the two rasters are not the same".to_owned()));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and not negative"
    )]
    let shift = shift.map(|v| v.round() as usize);
    let edge = RasterGrid::TILE_PX as usize;
    let (w, h) = dataset.raster_size();
    let mut sum = Squares::default();
    let mut theirs = Vec::new();
    for (coord, hash) in pyramid.tiles.iter().filter(|(c, _)| c.level == 0) {
        let from = [coord.col as usize * edge, coord.row as usize * edge];
        let x = [from[0].max(shift[0]), (from[0] + edge).min(shift[0] + w)];
        let y = [from[1].max(shift[1]), (from[1] + edge).min(shift[1] + h)];
        if x[0] >= x[1] || y[0] >= y[1] {
            continue;
        }
        let tile = store.read(*hash).and_then(|pack| decode_raster_tile(&pack));
        let RasterPixels::Color(ours) = tile.map_err(|e| unusable(e.to_string()))?.pixels else { continue };
        let (ours, _) = ours.as_chunks::<4>();
        let (tw, th) = (x[1] - x[0], y[1] - y[0]);
        read_all_bands(&dataset, [x[0] - shift[0], y[0] - shift[1], tw, th], &mut theirs)
            .map_err(unusable)?;
        let rows =
            ours.chunks_exact(edge).skip(y[0] - from[1]).map(|row| row.iter().skip(x[0] - from[0]).take(tw));
        rows.take(th).flatten().zip(theirs.chunks_exact(4)).for_each(|(own, other)| sum.add(own, other));
    }
    sum.psnr_db()
}

/// How alike two rasters of 8-bit red, green, blue and alpha with the same pixels are, as PSNR in dB over all pixels that
/// both have in full.
///
/// # Errors
/// [`ImportError::Format`] where one cannot be read or their sizes differ.
pub fn psnr_of_files(a: &Path, b: &Path) -> Result<f64, ImportError> {
    let (a, b) = (open(a)?, open(b)?);
    let unusable = |e: String| failed("raster.compare", e);
    let (w, h) = a.raster_size();
    if b.raster_size() != (w, h) || a.raster_count() != 4 || b.raster_count() != 4 {
        return Err(unusable("the two rasters have different sizes or bands".to_owned()));
    }
    let mut sum = Squares::default();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for y in 0..h {
        read_all_bands(&a, [0, y, w, 1], &mut left).map_err(unusable)?;
        read_all_bands(&b, [0, y, w, 1], &mut right).map_err(unusable)?;
        left.chunks_exact(4).zip(right.chunks_exact(4)).for_each(|(p, q)| sum.add(p, q));
    }
    sum.psnr_db()
}

/// Squared differences of colors.
#[derive(Default)]
struct Squares {
    sum: f64,
    n: f64,
}

impl Squares {
    /// Adds two pixels of red, green, blue and alpha where both are there in full.
    fn add(&mut self, p: &[u8], q: &[u8]) {
        if let (&[r, g, b, u8::MAX], &[qr, qg, qb, u8::MAX]) = (p, q) {
            let square = |a: u8, b: u8| (f64::from(a) - f64::from(b)).powi(2);
            self.sum += square(r, qr) + square(g, qg) + square(b, qb);
            self.n += 3.0;
        }
    }

    /// Infinite for equal pictures.
    fn psnr_db(&self) -> Result<f64, ImportError> {
        if self.n == 0.0 {
            return Err(failed("raster.compare", "the two rasters have no pixel in common"));
        }
        Ok(10.0 * (255.0 * 255.0 * self.n / self.sum).log10())
    }
}
