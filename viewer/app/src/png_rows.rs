//! Writing a PNG row by row: what is in memory does not grow with the picture's height.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A picture that is being written.
pub(crate) struct PngRows {
    rows: png::StreamWriter<'static, BufWriter<File>>,
    out: PathBuf,
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
        Ok(Self { rows, out: out.to_owned() })
    }

    /// Appends whole rows, three bytes a pixel.
    pub(crate) fn write(&mut self, rgb: &[u8]) -> anyhow::Result<()> {
        self.rows.write_all(rgb).with_context(|| format!("cannot write\nfile: {}", self.out.display()))
    }

    /// Ends the picture.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let Self { rows, out } = self;
        rows.finish().with_context(|| format!("cannot write\nfile: {}", out.display()))
    }
}
