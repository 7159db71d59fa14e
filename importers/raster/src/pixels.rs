//! Stripes of 256 rows in the target grid: read as they are where the grids agree, warped otherwise.

use gdal::raster::GdalType;
use gdal::{Dataset, DriverManager};
use lantu_base::RasterGrid;

use crate::native::{WarpJob, warp};
use crate::source::Source;

/// Where stripes come from.
pub(crate) struct Stripes<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) source: &'a Source,
    /// The warp, where the file's own grid is not the target's.
    pub(crate) warp: Option<WarpJob>,
    pub(crate) grid: &'a RasterGrid,
    /// Length of a unit of the target CRS in meters.
    pub(crate) meters_per_unit: f64,
    /// Smallest and largest value that colors of more than 8 bits are scaled from.
    pub(crate) range: (f32, f32),
}

/// One stripe: each band, and 0 to 255 for how much is there.
struct Bands<T> {
    bands: Vec<Vec<T>>,
    valid: Vec<u8>,
}

type Read<T> = Result<T, String>;

impl Stripes<'_> {
    fn rows_at(&self, y: usize) -> usize {
        let height = self.grid.size_px[1] as usize;
        crate::pyramid::EDGE.min(height.saturating_sub(y))
    }

    fn read<T: Copy + GdalType + Default>(&self, y: usize) -> Read<Bands<T>> {
        let (width, rows) = (self.grid.size_px[0] as usize, self.rows_at(y));
        let text = |e: gdal::errors::GdalError| e.to_string();
        let Some(job) = &self.warp else {
            let window = |b: usize| -> Read<Vec<T>> {
                let band = self.dataset.rasterband(b).map_err(text)?;
                let at = (0, isize::try_from(y).unwrap_or(isize::MAX));
                Ok(band.read_as::<T>(at, (width, rows), (width, rows), None).map_err(text)?.data().to_vec())
            };
            let bands = self.source.bands.iter().map(|&b| window(b)).collect::<Read<Vec<_>>>()?;
            return Ok(Bands { bands, valid: self.mask(y, width, rows)? });
        };
        let n = self.source.bands.len();
        let memory = DriverManager::get_driver_by_name("MEM").map_err(text)?;
        let mut target = memory.create_with_band_type::<T, _>("", width, rows, n + 1).map_err(text)?;
        let gsd = self.grid.gsd_m / self.meters_per_unit;
        let [west, north] = self.grid.west_north.map(|v| v / self.meters_per_unit);
        target.set_geo_transform(&[west, gsd, 0.0, north - y as f64 * gsd, 0.0, -gsd]).map_err(text)?;
        let (done, said) = lantu_geodesy::capture_gdal_errors(|| warp(self.dataset, &target, job, rows));
        if !done {
            return Err(said.last().cloned().unwrap_or_else(|| "warping failed".to_owned()));
        }
        let window = |b: usize| -> Read<Vec<T>> {
            let band = target.rasterband(b).map_err(text)?;
            Ok(band.read_as::<T>((0, 0), (width, rows), (width, rows), None).map_err(text)?.data().to_vec())
        };
        let bands = (1..=n).map(window).collect::<Read<Vec<_>>>()?;
        let valid = target.rasterband(n + 1).map_err(text)?;
        let valid =
            valid.read_as::<u8>((0, 0), (width, rows), (width, rows), None).map_err(text)?.data().to_vec();
        Ok(Bands { bands, valid })
    }

    /// What is there, from alpha, masks and nodata: a pixel is missing only where every band says so.
    fn mask(&self, y: usize, width: usize, rows: usize) -> Read<Vec<u8>> {
        let text = |e: gdal::errors::GdalError| e.to_string();
        let mut all = vec![0_u8; width * rows];
        for &b in &self.source.bands {
            let band = self.dataset.rasterband(b).map_err(text)?;
            if band.mask_flags().is_ok_and(|f| f.is_all_valid()) {
                all.fill(255);
                return Ok(all);
            }
            let at = (0, isize::try_from(y).unwrap_or(isize::MAX));
            let mask = band.open_mask_band().map_err(text)?;
            let own = mask.read_as::<u8>(at, (width, rows), (width, rows), None).map_err(text)?;
            for (a, m) in all.iter_mut().zip(own.data()) {
                *a = (*a).max(*m);
            }
        }
        Ok(all)
    }

    /// Colors of a stripe, row-major.
    pub(crate) fn colors(&self, y: usize) -> Read<Vec<[u8; 4]>> {
        let (bands, valid) = if self.source.bytes {
            let s = self.read::<u8>(y)?;
            (s.bands, s.valid)
        } else {
            let s = self.read::<f32>(y)?;
            (s.bands.into_iter().map(|b| self.scaled(&b)).collect(), s.valid)
        };
        let mut bands = bands.into_iter();
        let first = bands.next().unwrap_or_default();
        if let Some(palette) = &self.source.palette {
            let color = |(ix, v): (&u8, &u8)| {
                let [r, g, b, a] = palette.get(usize::from(*ix)).copied().unwrap_or_default();
                [r, g, b, a.min(*v)]
            };
            return Ok(first.iter().zip(&valid).map(color).collect());
        }
        Ok(match (bands.next(), bands.next()) {
            (Some(green), Some(blue)) => {
                let rgb = first.iter().zip(&green).zip(&blue);
                rgb.zip(&valid).map(|(((r, g), b), a)| [*r, *g, *b, *a]).collect()
            }
            _ => first.iter().zip(&valid).map(|(v, a)| [*v, *v, *v, *a]).collect(),
        })
    }

    fn scaled(&self, band: &[f32]) -> Vec<u8> {
        let (lo, hi) = self.range;
        let span = (hi - lo).max(f32::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 255")]
        let scale = |v: &f32| ((v - lo) / span * 255.0).clamp(0.0, 255.0).round() as u8;
        band.iter().map(scale).collect()
    }

    /// Heights of a stripe, row-major, meters; nodata is NaN.
    pub(crate) fn heights(&self, y: usize, (scale, offset): (f64, f64)) -> Read<Vec<f32>> {
        let s = self.read::<f32>(y)?;
        let band = s.bands.into_iter().next().unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "heights of the Earth to a tenth of a millimeter"
        )]
        let height = |(v, valid): (&f32, &u8)| {
            if *valid == 0 || !v.is_finite() { f32::NAN } else { (f64::from(*v) * scale + offset) as f32 }
        };
        Ok(band.iter().zip(&s.valid).map(height).collect())
    }
}
