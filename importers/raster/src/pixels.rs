//! Parts of the source as pixels of tiles: bands, palettes, masks, alpha and nodata become colors or heights.

use gdal::Dataset;
use gdal::raster::GdalType;

use crate::native::{read_interleaved, reads_interleaved};
use crate::source::Content;

/// A part of the source, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) w: usize,
    pub(crate) h: usize,
}

impl Rect {
    pub(crate) fn area(self) -> usize {
        self.w.saturating_mul(self.h)
    }

    fn window(self) -> ((isize, isize), (usize, usize)) {
        let signed = |n: usize| isize::try_from(n).unwrap_or(isize::MAX);
        ((signed(self.x), signed(self.y)), (self.w, self.h))
    }
}

/// How values become colors or meters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scales {
    /// Smallest and largest value that colors of more than 8 bits are scaled from.
    pub(crate) range: (f32, f32),
    /// From a stored height to meters: factor and offset.
    pub(crate) height: (f64, f64),
    /// Value of a full alpha.
    pub(crate) alpha_max: f32,
}

/// Reads an open file. Of one thread: handles of GDAL do not cross threads.
pub(crate) struct Reader<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) source: &'a Content,
    pub(crate) scales: Scales,
}

/// What was read, or why not.
pub(crate) type Read<T> = Result<T, String>;

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn text(e: gdal::errors::GdalError) -> String {
    e.to_string()
}

impl Reader<'_> {
    fn band<T: Copy + GdalType>(&self, band: usize, rect: Rect) -> Read<Vec<T>> {
        let (at, size) = rect.window();
        let band = self.dataset.rasterband(band).map_err(text)?;
        let read = band.read_as::<T>(at, size, size, None).map_err(text)?;
        Ok(read.into_shape_and_vec().1)
    }

    /// 0 to 255 for how much is there, from alpha, masks and nodata: a pixel is missing only where every band says so.
    fn valid(&self, rect: Rect) -> Read<Option<Vec<u8>>> {
        if let Some(alpha) = self.source.alpha {
            if self.scales.alpha_max <= 255.0 && self.source.bytes {
                return self.band::<u8>(alpha, rect).map(Some);
            }
            let alpha = self.band::<f32>(alpha, rect)?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 255")]
            let byte = |v: &f32| (v / self.scales.alpha_max * 255.0).clamp(0.0, 255.0).round() as u8;
            return Ok(Some(alpha.iter().map(byte).collect()));
        }
        if self.source.all_valid {
            return Ok(None);
        }
        let mut all: Option<Vec<u8>> = None;
        for &b in &self.source.bands {
            let band = self.dataset.rasterband(b).map_err(text)?;
            let flags = band.mask_flags().map_err(text)?;
            if flags.is_all_valid() {
                return Ok(None);
            }
            let (at, size) = rect.window();
            let mask = band.open_mask_band().map_err(text)?;
            let own = mask.read_as::<u8>(at, size, size, None).map_err(text)?;
            match &mut all {
                None => all = Some(own.data().to_vec()),
                Some(all) => all.iter_mut().zip(own.data()).for_each(|(a, m)| *a = (*a).max(*m)),
            }
            if flags.is_per_dataset() {
                break;
            }
        }
        Ok(all)
    }

    /// Colors of a part, row-major: sRGB with straight alpha.
    pub(crate) fn colors(&self, rect: Rect) -> Read<Vec<[u8; 4]>> {
        let mut pixels = if self.source.bytes && reads_interleaved(self.source) {
            read_interleaved(self.dataset, self.source, rect)?
        } else {
            self.colors_by_band(rect)?
        };
        if let Some(valid) = self.valid(rect)? {
            for (p, v) in pixels.iter_mut().zip(valid) {
                let [r, g, b, a] = *p;
                *p = if v == 0 { [0; 4] } else { [r, g, b, a.min(v)] };
            }
        }
        Ok(pixels)
    }

    fn colors_by_band(&self, rect: Rect) -> Read<Vec<[u8; 4]>> {
        let read = |b: &usize| -> Read<Vec<u8>> {
            if self.source.bytes {
                self.band::<u8>(*b, rect)
            } else {
                Ok(self.scaled(&self.band::<f32>(*b, rect)?))
            }
        };
        let mut bands = self.source.bands.iter().map(read);
        let first = bands.next().unwrap_or(Ok(Vec::new()))?;
        if let Some(palette) = &self.source.palette {
            let color = |ix: &u8| palette.get(usize::from(*ix)).copied().unwrap_or_default();
            return Ok(first.iter().map(color).collect());
        }
        Ok(match (bands.next().transpose()?, bands.next().transpose()?) {
            (Some(green), Some(blue)) => {
                first.iter().zip(&green).zip(&blue).map(|((r, g), b)| [*r, *g, *b, 255]).collect()
            }
            _ => first.iter().map(|v| [*v, *v, *v, 255]).collect(),
        })
    }

    fn scaled(&self, band: &[f32]) -> Vec<u8> {
        let (lo, hi) = self.scales.range;
        let span = (hi - lo).max(f32::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 255")]
        let scale = |v: &f32| ((v - lo) / span * 255.0).clamp(0.0, 255.0).round() as u8;
        band.iter().map(scale).collect()
    }

    /// Heights of a part, row-major, meters; nodata is NaN.
    pub(crate) fn heights(&self, rect: Rect) -> Read<Vec<f32>> {
        let first = self.source.bands.first().copied().unwrap_or(1);
        let mut values = self.band::<f32>(first, rect)?;
        let (scale, offset) = self.scales.height;
        for v in &mut values {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "heights of the Earth to a tenth of a millimeter"
            )]
            let meters = (f64::from(*v) * scale + offset) as f32;
            *v = if v.is_finite() { meters } else { f32::NAN };
        }
        if let Some(valid) = self.valid(rect)? {
            values.iter_mut().zip(valid).filter(|(_, v)| *v == 0).for_each(|(h, _)| *h = f32::NAN);
        }
        Ok(values)
    }
}
