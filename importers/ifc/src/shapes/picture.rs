//! The mean color of an image.

use lantu_ingest::{MAX_PIXELS, Pixels};

use super::looks::Rgba;

/// The mean of an image, weighted by opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mean {
    color: Rgba,
    /// It has no color of its own: intensities, which darken that of the style.
    gray: bool,
}

impl Mean {
    /// On a surface of this color: images in color replace it, others darken it (ISO/IEC 19775-1, 17.2.2.3).
    pub(crate) fn over(self, style: Option<Rgba>) -> Rgba {
        let [r, g, b, a] = self.color;
        match style {
            None => self.color,
            Some([sr, sg, sb, sa]) if self.gray => [r * sr, g * sg, b * sb, a * sa],
            Some([.., sa]) => [r, g, b, a * sa],
        }
    }
}

/// Sums of linear light: what an eye sees of a pattern from afar.
#[derive(Default)]
struct Sums {
    light: [f64; 3],
    opacity: f64,
    n: f64,
}

impl Sums {
    fn add(&mut self, rgb: [u8; 3], alpha: u8) {
        let alpha = f64::from(alpha) / 255.0;
        for (sum, v) in self.light.iter_mut().zip(rgb) {
            *sum += alpha * linear(f64::from(v) / 255.0);
        }
        self.opacity += alpha;
        self.n += 1.0;
    }

    #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
    fn mean(&self, gray: bool) -> Result<Mean, String> {
        if self.opacity <= 0.0 {
            return Err("it has no pixel that can be seen".to_owned());
        }
        let [r, g, b] = self.light.map(|sum| encoded(sum / self.opacity) as f32);
        Ok(Mean { color: [r, g, b, (self.opacity / self.n) as f32], gray })
    }
}

/// IEC 61966-2-1.
fn linear(v: f64) -> f64 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn encoded(v: f64) -> f64 {
    if v <= 0.0031308 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// Of pixels of 1 to 4 channels: gray, gray and opacity, color, color and opacity.
pub(crate) fn mean_of_pixels(
    (width, height): (usize, usize),
    channels: usize,
    pixels: impl Iterator<Item = Vec<u8>>,
) -> Result<Mean, String> {
    if !(1..=4).contains(&channels) {
        return Err(format!("pixels of {channels} channels"));
    }
    let mut sums = Sums::default();
    for p in pixels.take(width.saturating_mul(height).min(MAX_PIXELS)) {
        add(&mut sums, &p, channels);
    }
    sums.mean(channels < 3)
}

fn add(sums: &mut Sums, pixel: &[u8], channels: usize) {
    match (channels, pixel) {
        (1, &[v, ..]) => sums.add([v; 3], u8::MAX),
        (2, &[v, a, ..]) => sums.add([v; 3], a),
        (3, &[r, g, b, ..]) => sums.add([r, g, b], u8::MAX),
        (4, &[r, g, b, a, ..]) => sums.add([r, g, b], a),
        _ => {}
    }
}

/// Of a PNG or a JPEG.
pub(crate) fn mean_of_image(bytes: &[u8]) -> Result<Mean, String> {
    let Pixels { channels, samples, .. } = Pixels::decode(bytes).map_err(|e| e.to_string())?;
    let mut sums = Sums::default();
    samples.chunks_exact(channels).for_each(|p| add(&mut sums, p, channels));
    sums.mean(channels < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(m: Mean) -> [u8; 4] {
        super::super::looks::bytes(m.over(None))
    }

    #[test]
    fn a_checkerboard_is_the_gray_that_an_eye_sees_from_afar() {
        let pixels = (0..64).map(|i| vec![if i % 2 == 0 { 255 } else { 0 }; 3]);
        assert_eq!(bytes(mean_of_pixels((8, 8), 3, pixels).unwrap()), [188, 188, 188, 255]);
    }

    #[test]
    fn what_cannot_be_seen_colors_nothing_and_gray_darkens_the_style() {
        let leaf = [vec![0, 128, 0, 255], vec![255, 0, 0, 0]];
        assert_eq!(bytes(mean_of_pixels((2, 1), 4, leaf.into_iter()).unwrap()), [0, 128, 0, 128]);
        let half = mean_of_pixels((1, 1), 1, std::iter::once(vec![128])).unwrap();
        assert_eq!(super::super::looks::bytes(half.over(Some([1.0, 0.0, 0.5, 1.0]))), [128, 0, 64, 255]);
        let red = mean_of_pixels((1, 1), 3, std::iter::once(vec![255, 0, 0])).unwrap();
        assert_eq!(super::super::looks::bytes(red.over(Some([0.0, 1.0, 0.0, 0.5]))), [255, 0, 0, 128]);
    }

    #[test]
    fn broken_images_are_refused() {
        for broken in [&b"GIF89a"[..], b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF\xE0", b""] {
            assert!(mean_of_image(broken).is_err(), "{broken:?}");
        }
        assert!(mean_of_pixels((0, 0), 3, std::iter::once(vec![1, 2, 3])).is_err());
        assert!(mean_of_pixels((1, 1), 7, std::iter::once(vec![1; 7])).is_err());
    }
}
