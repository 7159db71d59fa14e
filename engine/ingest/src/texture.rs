//! Pictures on surfaces: decoded, halved again and again, and read where a piece of surface lies on them.

use std::sync::LazyLock;

use crate::picture::{PictureError, Pixels};

/// A picture and its halves, sRGB with straight alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texture {
    levels: Vec<Level>,
    gray: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Level {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 4]>,
}

/// How a picture goes on beyond its edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrap {
    /// Again and again.
    #[default]
    Repeat,
    /// Again and again, every other time turned over.
    Mirror,
    /// With the color of its edge.
    Clamp,
}

impl Wrap {
    /// From any number to 0 to 1.
    fn inside(self, v: f64) -> f64 {
        match self {
            Self::Repeat => v.rem_euclid(1.0),
            Self::Mirror => 1.0 - (v.rem_euclid(2.0) - 1.0).abs(),
            Self::Clamp => v.clamp(0.0, 1.0),
        }
    }
}

impl Texture {
    /// Decodes a PNG, a JPEG or a WebP.
    ///
    /// # Errors
    /// [`PictureError`], as [`Pixels::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        Ok(Self::new(&Pixels::decode(bytes)?))
    }

    /// Of pixels that are decoded.
    #[must_use]
    pub fn new(of: &Pixels) -> Self {
        let mut levels = vec![level(of)];
        while let Some(half) = levels.last().and_then(Level::half) {
            levels.push(half);
        }
        Self { levels, gray: of.channels < 3 }
    }

    /// Whether it has no color of its own: intensities, which darken that of the surface.
    #[must_use]
    pub fn is_gray(&self) -> bool {
        self.gray
    }

    /// The mean of its light, weighted by opacity: linear with straight alpha. `None` if nothing of it can be seen.
    #[must_use]
    pub fn mean(&self) -> Option<[f32; 4]> {
        let pixels = &self.levels.first()?.pixels;
        let (mut light, mut opacity) = ([0.0_f64; 3], 0.0_f64);
        for &[r, g, b, a] in pixels {
            let a = f64::from(a) / 255.0;
            opacity += a;
            light.iter_mut().zip([r, g, b]).for_each(|(sum, v)| *sum += a * f64::from(linear(v)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
        let mean = |v: f64, n: f64| (v / n) as f32;
        let [r, g, b] = light.map(|v| mean(v, opacity));
        (opacity > 0.0).then(|| [r, g, b, mean(opacity, pixels.len() as f64)])
    }

    /// Width and height, pixels.
    #[must_use]
    pub fn size(&self) -> [f64; 2] {
        self.levels.first().map_or([1.0; 2], |l| [l.width as f64, l.height as f64])
    }

    /// The color around a place, from 0 to 1 from left to right and from the top down, linear with straight alpha.
    /// `pixels`: how wide the piece of surface is, in pixels of the picture.
    #[must_use]
    pub fn color(&self, [u, v]: [f64; 2], wrap: [Wrap; 2], pixels: f64) -> [f32; 4] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, at most 26")]
        let level = pixels.max(1.0).log2().round().clamp(0.0, 26.0) as usize;
        let Some(level) = self.levels.get(level).or(self.levels.last()) else { return [1.0; 4] };
        let place = |v: f64, wrap: Wrap, n: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
            let ix = (wrap.inside(v) * n as f64) as usize;
            ix.min(n.saturating_sub(1))
        };
        let [wrap_u, wrap_v] = wrap;
        let (x, y) = (place(u, wrap_u, level.width), place(v, wrap_v, level.height));
        let [r, g, b, a] = level.pixels.get(y * level.width + x).copied().unwrap_or([255; 4]);
        [linear(r), linear(g), linear(b), f32::from(a) / 255.0]
    }
}

impl Level {
    /// Half as wide and as high; `None` where it is one pixel.
    fn half(&self) -> Option<Self> {
        if self.width <= 1 && self.height <= 1 {
            return None;
        }
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let at = |dx: usize, dy: usize| {
                    let (x, y) = ((2 * x + dx).min(self.width - 1), (2 * y + dy).min(self.height - 1));
                    self.pixels.get(y * self.width + x).copied().unwrap_or_default()
                };
                pixels.push(mean([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]));
            }
        }
        Some(Self { width, height, pixels })
    }
}

/// The mean of light, weighted by opacity.
fn mean(four: [[u8; 4]; 4]) -> [u8; 4] {
    let alpha: f32 = four.iter().map(|p| f32::from(p[3])).sum();
    let channel = |k: usize| {
        let sum = |p: &[u8; 4]| linear(p.get(k).copied().unwrap_or_default()) * f32::from(p[3]);
        if alpha > 0.0 { encoded(four.iter().map(sum).sum::<f32>() / alpha) } else { 0 }
    };
    [channel(0), channel(1), channel(2), byte(alpha / 4.0 / 255.0)]
}

/// Light of each of the 256 steps of sRGB. Specified: IEC 61966-2-1.
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|v| {
        let v = v as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
});

/// How many steps of light are encoded beforehand. Chosen: the darkest step of sRGB is 1/3295 of light.
const STEPS: usize = 1 << 14;

/// Steps of sRGB by light.
static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let step = |i: usize| {
        let v = i as f32 / (STEPS - 1) as f32;
        byte(if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 })
    };
    (0..STEPS).map(step).collect()
});

fn linear(v: u8) -> f32 {
    LINEAR.get(usize::from(v)).copied().unwrap_or_default()
}

/// Light of 0 to 1 as a step of sRGB.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; a NaN becomes 0")]
#[must_use]
pub fn encoded(light: f32) -> u8 {
    let ix = (light.clamp(0.0, 1.0) * (STEPS - 1) as f32).round() as usize;
    ENCODED.get(ix).copied().unwrap_or_default()
}

/// A share as a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; a NaN becomes 0")]
#[must_use]
pub fn byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn level(of: &Pixels) -> Level {
    let pixel = |p: &[u8]| match *p {
        [v] => [v, v, v, 255],
        [v, a] => [v, v, v, a],
        [r, g, b] => [r, g, b, 255],
        [r, g, b, a, ..] => [r, g, b, a],
        [] => [0; 4],
    };
    let pixels = of.samples.chunks_exact(of.channels.max(1)).map(pixel).collect();
    Level { width: of.width, height: of.height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkerboard_seen_from_afar_is_the_gray_of_half_the_light() {
        let samples: Vec<u8> =
            (0..16).flat_map(|i| [if (i + i / 4) % 2 == 0 { 255 } else { 0 }; 3]).collect();
        let picture = Texture::new(&Pixels { width: 4, height: 4, channels: 3, samples });
        assert_eq!(picture.levels.last().unwrap().pixels, [[188, 188, 188, 255]]);
        assert_eq!(picture.mean().map(|m| m.map(encoded)), Some([188, 188, 188, 255]));
        let near = picture.color([0.01, 0.01], [Wrap::Repeat; 2], 1.0);
        let far = picture.color([0.01, 0.01], [Wrap::Repeat; 2], 100.0);
        assert!((near[0] - 1.0).abs() < 1e-6 && (far[0] - 0.5).abs() < 0.01, "{near:?} {far:?}");
    }

    #[test]
    fn the_mean_counts_what_can_be_seen() {
        let of = |samples: Vec<u8>| Texture::new(&Pixels { width: 3, height: 1, channels: 4, samples });
        let [leaf, hole] = [[0, 128, 0, 255], [255, 0, 0, 0]];
        let mean = of([leaf, leaf, hole].concat()).mean().unwrap();
        assert_eq!(([0, 1, 2].map(|k| encoded(mean[k])), byte(mean[3])), ([0, 128, 0], 170));
        assert_eq!(of([hole; 3].concat()).mean(), None);
    }

    #[test]
    fn beyond_its_edge_a_picture_goes_on_as_the_file_says() {
        let close = |wrap: Wrap, expected: [f64; 2]| {
            [1.25, -0.25].into_iter().zip(expected).all(|(v, e)| (wrap.inside(v) - e).abs() < 1e-12)
        };
        assert!(close(Wrap::Repeat, [0.25, 0.75]));
        assert!(close(Wrap::Mirror, [0.75, 0.25]));
        assert!(close(Wrap::Clamp, [1.0, 0.0]));
    }
}
