//! Stripes of pixels: straight from the file, or warped to the target grid.

use std::ffi::c_int;

use gdal::errors::Result;
use gdal::{Dataset, DriverManager};
use lantu_base::RasterGrid;

use crate::bands::{Look, Mask, Plan};
use crate::native::{self, WarpJob};
use crate::pyramid::{EDGE, Pixel};

/// Opacity from which a height counts as there: half of what it was interpolated from.
const HALF: u8 = 128;

/// What is read, and how.
pub(crate) struct Source<'a> {
    file: &'a Dataset,
    plan: &'a Plan,
    width: usize,
    warped: Option<Warped>,
}

struct Warped {
    job: WarpJob,
    /// One stripe in memory: value bands, then validity.
    stripe: Dataset,
    grid: RasterGrid,
    meters_per_unit: f64,
}

/// CRS of both sides, as WKT.
pub(crate) fn warp_job(plan: &Plan, src_wkt: &str, dst_wkt: &str) -> WarpJob {
    let number = |ix: usize| c_int::try_from(ix).unwrap_or(1);
    WarpJob {
        src_wkt: src_wkt.to_owned(),
        dst_wkt: dst_wkt.to_owned(),
        bands: plan.bands.iter().map(|&ix| number(ix)).collect(),
        alpha: plan.alpha.map(|(ix, _)| number(ix)),
        alpha_max: plan.alpha.map_or(255.0, |(_, max)| max),
        nodata: plan.nodata.clone(),
        nearest: matches!(plan.look, Look::Palette(_)),
    }
}

impl<'a> Source<'a> {
    /// Pixels of the file as they are.
    pub(crate) fn direct(file: &'a Dataset, plan: &'a Plan) -> Self {
        Self { file, plan, width: file.raster_size().0, warped: None }
    }

    /// Pixels of `grid`, interpolated.
    pub(crate) fn warped(
        file: &'a Dataset,
        plan: &'a Plan,
        job: WarpJob,
        grid: &RasterGrid,
        meters_per_unit: f64,
    ) -> Result<Self> {
        let width = usize::try_from(grid.size_px[0]).unwrap_or(usize::MAX);
        let memory = DriverManager::get_driver_by_name("MEM")?;
        let n = plan.bands.len() + 1;
        let stripe = if plan.bytes {
            memory.create_with_band_type::<u8, _>("", width, EDGE, n)?
        } else {
            memory.create_with_band_type::<f32, _>("", width, EDGE, n)?
        };
        Ok(Self {
            file,
            plan,
            width,
            warped: Some(Warped { job, stripe, grid: grid.clone(), meters_per_unit }),
        })
    }

    /// Prepares rows `y` to `y + rows`. False where GDAL failed.
    pub(crate) fn advance(&mut self, y: usize, rows: usize) -> bool {
        let Some(w) = &mut self.warped else { return true };
        let px = w.grid.gsd_m / w.meters_per_unit;
        let [west, north] = w.grid.west_north.map(|v| v / w.meters_per_unit);
        let gt = [west, px, 0.0, north - y as f64 * px, 0.0, -px];
        w.stripe.set_geo_transform(&gt).is_ok() && native::warp(self.file, &w.stripe, &w.job, rows)
    }

    /// Band `nth` of the plan.
    fn plane(&self, nth: usize, y: usize, rows: usize) -> Result<Vec<f32>> {
        let mut values = vec![0.0_f32; self.width * rows];
        let (band, y) = match &self.warped {
            Some(w) => (w.stripe.rasterband(nth + 1)?, 0),
            None => (self.file.rasterband(self.plan.bands.get(nth).copied().unwrap_or(1))?, y),
        };
        let size = (self.width, rows);
        band.read_into_slice((0, isize::try_from(y).unwrap_or(isize::MAX)), size, size, &mut values, None)?;
        Ok(values)
    }

    /// 0 (missing) to 255 (there).
    fn validity(&self, y: usize, rows: usize) -> Result<Vec<u8>> {
        let size = (self.width, rows);
        let mut valid = vec![255_u8; self.width * rows];
        if let Some(w) = &self.warped {
            w.stripe.rasterband(self.plan.bands.len() + 1)?.read_into_slice(
                (0, 0),
                size,
                size,
                &mut valid,
                None,
            )?;
            return Ok(valid);
        }
        let from = (0, isize::try_from(y).unwrap_or(isize::MAX));
        let bands: &[usize] = match self.plan.mask {
            Mask::None => return Ok(valid),
            Mask::Shared => self.plan.bands.get(..1).unwrap_or_default(),
            Mask::Nodata => &self.plan.bands,
        };
        valid.fill(0);
        let mut one = vec![0_u8; valid.len()];
        for &ix in bands {
            self.file.rasterband(ix)?.open_mask_band()?.read_into_slice(from, size, size, &mut one, None)?;
            for (all, one) in valid.iter_mut().zip(&one) {
                *all = (*all).max(*one);
            }
        }
        Ok(valid)
    }

    /// Heights of the rows that [`Self::advance`] prepared; `raise_m` is added.
    pub(crate) fn heights(&self, y: usize, rows: usize, raise_m: f64) -> Result<Vec<f32>> {
        let Look::Heights { scale, offset } = self.plan.look else {
            return Ok(vec![f32::NAN; self.width * rows]);
        };
        let valid = self.validity(y, rows)?;
        let height = |(v, ok): (f32, u8)| {
            #[expect(clippy::cast_possible_truncation, reason = "heights are kept as f32")]
            let h = (f64::from(v) * scale + offset + raise_m) as f32;
            if ok >= HALF && h.is_finite() { h } else { f32::NAN }
        };
        Ok(self.plane(0, y, rows)?.into_iter().zip(valid).map(height).collect())
    }

    /// Colors of the rows that [`Self::advance`] prepared.
    pub(crate) fn colors(&self, y: usize, rows: usize) -> Result<Vec<[u8; 4]>> {
        let mut pixels: Vec<[u8; 4]> = self.validity(y, rows)?.into_iter().map(|a| [0, 0, 0, a]).collect();
        if let Look::Palette(table) = &self.plan.look {
            for (p, v) in pixels.iter_mut().zip(self.plane(0, y, rows)?) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an index, saturating"
                )]
                let [r, g, b, a] = table.get(v as usize).copied().unwrap_or_default();
                *p = [r, g, b, p[3].min(a)];
            }
        } else if let Look::Colors { low, high } = self.plan.look {
            let gain = 255.0 / (high - low);
            for nth in 0..self.plan.bands.len() {
                let gray = self.plan.bands.len() == 1;
                for (p, v) in pixels.iter_mut().zip(self.plane(nth, y, rows)?) {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "clamped; NaN is 0"
                    )]
                    let c = ((v - low) * gain).round().clamp(0.0, 255.0) as u8;
                    if gray {
                        *p = [c, c, c, p[3]];
                    } else if let Some(channel) = p.get_mut(nth) {
                        *channel = c;
                    }
                }
            }
        }
        for p in pixels.iter_mut().filter(|p| p.is_empty()) {
            *p = <[u8; 4]>::EMPTY;
        }
        Ok(pixels)
    }
}
