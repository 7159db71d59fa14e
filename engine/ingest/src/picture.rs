//! Pictures that models carry, PNG, JPEG and WebP, decoded within limits.

use std::io::Cursor;

/// Pixels of a picture that is decoded. Chosen: 8192 × 8192.
pub const MAX_PIXELS: usize = 1 << 26;
/// Bytes that decoding may take. Chosen: four channels of the largest picture.
const MAX_BYTES: usize = 4 * MAX_PIXELS;

/// A decoded picture, sRGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels in a row.
    pub width: usize,
    /// Rows, from the top.
    pub height: usize,
    /// Samples of a pixel: 1 gray, 2 gray and opacity, 3 color, 4 color and opacity.
    pub channels: usize,
    /// Eight bits each; as many as the three numbers above say.
    pub samples: Vec<u8>,
}

/// Why a picture cannot be decoded; a sentence about "it".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Something else than PNG, JPEG or WebP.
    #[error("it is {0}, which is not read")]
    Kind(&'static str),
    /// More than [`MAX_PIXELS`], or none.
    #[error("it has {0} × {1} pixels")]
    Size(usize, usize),
    /// Samples are missing.
    #[error("it ends early")]
    Short,
    /// What the decoder says.
    #[error("{0}")]
    Damaged(String),
}

impl Pixels {
    /// Decodes a PNG, a JPEG or a WebP.
    ///
    /// # Errors
    /// [`PictureError`]. Decoders may panic on hostile input: whoever calls is a worker that may break down.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let pixels = match bytes {
            [0x89, b'P', b'N', b'G', ..] => png(bytes)?,
            [0xFF, 0xD8, ..] => jpeg(bytes)?,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes)?,
            [0xAB, b'K', b'T', b'X', ..] => return Err(PictureError::Kind("KTX2 (Basis Universal)")),
            _ => return Err(PictureError::Kind("neither PNG, JPEG nor WebP")),
        };
        let Self { width, height, channels, ref samples } = pixels;
        let n = width.saturating_mul(height);
        if n == 0 || n > MAX_PIXELS {
            return Err(PictureError::Size(width, height));
        }
        if samples.len() == n * channels { Ok(pixels) } else { Err(PictureError::Short) }
    }
}

fn damaged(e: impl std::fmt::Display) -> PictureError {
    PictureError::Damaged(e.to_string())
}

fn png(bytes: &[u8]) -> Result<Pixels, PictureError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MAX_BYTES });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    let too_large = PictureError::Size(width as usize, height as usize);
    let size = reader.output_buffer_size().filter(|&n| n <= MAX_BYTES).ok_or(too_large)?;
    let mut samples = vec![0; size];
    let info = reader.next_frame(&mut samples).map_err(damaged)?;
    samples.truncate(info.buffer_size());
    let (width, height) = (info.width as usize, info.height as usize);
    Ok(Pixels { width, height, channels: info.color_type.samples(), samples })
}

fn jpeg(bytes: &[u8]) -> Result<Pixels, PictureError> {
    use jpeg_decoder::PixelFormat;
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.set_max_decoding_buffer_size(MAX_BYTES);
    let samples = decoder.decode().map_err(damaged)?;
    let info = decoder.info().ok_or(PictureError::Short)?;
    let channels = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        _ => return Err(PictureError::Kind("a JPEG that is neither gray nor RGB")),
    };
    Ok(Pixels { width: info.width.into(), height: info.height.into(), channels, samples })
}

fn webp(bytes: &[u8]) -> Result<Pixels, PictureError> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    decoder.set_memory_limit(MAX_BYTES);
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let size = decoder.output_buffer_size().filter(|&n| n <= MAX_BYTES);
    let mut samples = vec![0; size.ok_or(PictureError::Size(width, height))?];
    decoder.read_image(&mut samples).map_err(damaged)?;
    Ok(Pixels { width, height, channels: if decoder.has_alpha() { 4 } else { 3 }, samples })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: u32, height: u32, samples: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(samples).unwrap();
        bytes
    }

    #[test]
    fn a_picture_comes_as_its_pixels_and_cut_anywhere_it_is_an_error() {
        let samples: Vec<u8> = (0..2 * 3 * 3).collect();
        let bytes = written(2, 3, &samples);
        let pixels = Pixels { width: 2, height: 3, channels: 3, samples };
        assert_eq!(Pixels::decode(&bytes), Ok(pixels.clone()));
        for n in 0..bytes.len() {
            let cut = Pixels::decode(bytes.get(..n).unwrap());
            assert!(cut.is_err() || cut == Ok(pixels.clone()), "{n}");
        }
    }

    #[test]
    fn a_webp_comes_as_its_pixels_and_cut_anywhere_it_is_an_error() {
        let samples: Vec<u8> = (0..3 * 2 * 4).map(|v| v * 9).collect();
        let mut bytes = Vec::new();
        let encoder = image_webp::WebPEncoder::new(&mut bytes);
        encoder.encode(&samples, 3, 2, image_webp::ColorType::Rgba8).unwrap();
        let pixels = Pixels { width: 3, height: 2, channels: 4, samples };
        assert_eq!(Pixels::decode(&bytes), Ok(pixels.clone()));
        for n in 0..bytes.len() {
            let cut = Pixels::decode(bytes.get(..n).unwrap());
            assert!(cut.is_err() || cut == Ok(pixels.clone()), "{n}");
        }
    }

    #[test]
    fn other_things_than_pictures_are_refused_by_name() {
        for (bytes, name) in [(&b"GIF89a"[..], "neither"), (b"\xABKTX", "KTX2"), (b"", "neither")] {
            assert!(Pixels::decode(bytes).unwrap_err().to_string().contains(name), "{bytes:?}");
        }
        for broken in [&b"\x89PNG\r\n\x1a\n"[..], b"\xFF\xD8\xFF\xE0", b"RIFF\x04\0\0\0WEBP"] {
            assert!(Pixels::decode(broken).is_err(), "{broken:?}");
        }
    }
}
