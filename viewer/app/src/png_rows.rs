//! Writing a PNG row by row: what is in memory does not grow with the picture's height.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use lantu_ui::Stamp;

/// Air between a stamp and the edges of the picture, pixels of a stamp of scale 1; it has as much around it for its shadow.
const AIR_PX: f32 = 4.0;

/// A picture that is being written.
pub(crate) struct PngRows {
    rows: png::StreamWriter<'static, BufWriter<File>>,
    out: PathBuf,
    size: [u32; 2],
    /// Rows that are written.
    n_written: usize,
    /// What lies over the lower left corner, and its distance from the edges, pixels.
    stamp: Option<(Stamp, u32)>,
}

impl PngRows {
    /// Begins a picture of opaque 8-bit sRGB pixels, without time or path in it.
    pub(crate) fn create(out: &Path, [width, height]: [u32; 2]) -> anyhow::Result<Self> {
        let context = || format!("cannot write\nfile: {}", out.display());
        let file = BufWriter::new(File::create(out).with_context(context)?);
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let rows = encoder.write_header().and_then(png::Writer::into_stream_writer).with_context(context)?;
        Ok(Self { rows, out: out.to_owned(), size: [width, height], n_written: 0, stamp: None })
    }

    /// Lays a stamp over the lower left corner of what is written from now on. `scale`: its pixels per point.
    ///
    /// # Errors
    /// A picture that is too small for it.
    pub(crate) fn stamp(&mut self, stamp: Stamp, scale: f32) -> anyhow::Result<()> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels")]
        let air = (AIR_PX * scale) as u32;
        let [width, height] = stamp.size_px.map(|n| n + 2 * air);
        anyhow::ensure!(
            width <= self.size[0] && height <= self.size[1],
            "the legend needs a picture of at least {width}x{height}"
        );
        self.stamp = Some((stamp, air));
        Ok(())
    }

    /// Appends whole rows, three bytes a pixel.
    pub(crate) fn write(&mut self, rgb: &[u8]) -> anyhow::Result<()> {
        let whole = self.size[0] as usize * 3;
        let first = self.n_written;
        self.n_written += rgb.len() / whole.max(1);
        let Some((stamp, air)) = &self.stamp else { return self.write_all(rgb) };
        let (width, left) = (stamp.size_px[0] as usize, *air as usize);
        // The number of the picture's row that has the stamp's first.
        let top = (self.size[1] - stamp.size_px[1] - air) as usize;
        let mut out = rgb.to_vec();
        for (row, pixels) in (first..).zip(out.chunks_mut(whole.max(1))) {
            let own = row.checked_sub(top).and_then(|n| stamp.rgba.get(n * width..(n + 1) * width));
            let under = pixels.as_chunks_mut::<3>().0.iter_mut().skip(left);
            for (pixel, ink) in under.zip(own.unwrap_or_default()) {
                let [ink @ .., alpha] = *ink;
                for (to, ink) in pixel.iter_mut().zip(ink) {
                    let rest = u32::from(*to) * u32::from(255 - alpha) / 255;
                    *to = u8::try_from(u32::from(ink) + rest).unwrap_or(255);
                }
            }
        }
        self.write_all(&out)
    }

    fn write_all(&mut self, rgb: &[u8]) -> anyhow::Result<()> {
        self.rows.write_all(rgb).with_context(|| format!("cannot write\nfile: {}", self.out.display()))
    }

    /// Ends the picture.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let Self { rows, out, .. } = self;
        rows.finish().with_context(|| format!("cannot write\nfile: {}", out.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_lies_over_the_lower_left_corner_however_the_rows_come() {
        let folder = tempfile::tempdir().unwrap();
        let picture = |at_once: usize, name: &str| {
            let out = folder.path().join(name);
            let mut rows = PngRows::create(&out, [20, 16]).unwrap();
            let half = Stamp { size_px: [2, 3], rgba: vec![[100, 0, 0, 128]; 6] };
            rows.stamp(half, 1.0).unwrap();
            for _ in 0..16 / at_once {
                rows.write(&vec![200; 20 * 3 * at_once]).unwrap();
            }
            rows.finish().unwrap();
            let mut reader =
                png::Decoder::new(std::io::BufReader::new(File::open(out).unwrap())).read_info().unwrap();
            let mut pixels = vec![0; 20 * 16 * 3];
            reader.next_frame(&mut pixels).unwrap();
            pixels
        };
        let whole = picture(16, "whole.png");
        assert_eq!(whole, picture(4, "parts.png"));
        let at = |x: usize, y: usize| &whole[(y * 20 + x) * 3..(y * 20 + x) * 3 + 3];
        assert_eq!((at(3, 9), at(4, 8), at(6, 10)), (&[200; 3][..], &[200; 3][..], &[200; 3][..]));
        assert_eq!((at(4, 9), at(5, 11)), (&[199, 99, 99][..], &[199, 99, 99][..]));
        let mut small = PngRows::create(&folder.path().join("small.png"), [9, 9]).unwrap();
        assert!(small.stamp(Stamp { size_px: [2, 3], rgba: vec![[0; 4]; 6] }, 1.0).is_err());
    }
}
