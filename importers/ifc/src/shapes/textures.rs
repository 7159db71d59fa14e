//! Images of textures: taken from the file or from beside it, and how places on them are transformed.

use std::collections::HashMap;

use glam::{DAffine2, DMat2, DVec2};
use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{MAX_PIXELS, Pixels, Texture, Wrap};

use super::budget::{Allowance, Ended, attempt};
use super::local::Model;
use crate::step::Value;

/// Images that are read of one file. Chosen: libraries of materials have some hundred.
const MAX_IMAGES: usize = 2_000;

/// What takes the bytes of an image beside the model, by the name that the model says; or says why it cannot.
pub(crate) type Beside<'b> = dyn Fn(&str) -> Result<Vec<u8>, String> + Sync + 'b;

/// A texture that was read.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) picture: Texture,
    /// Linear with straight alpha.
    pub(super) mean: [f32; 4],
    pub(super) wrap: [Wrap; 2],
    /// Of places on it.
    pub(super) transform: DAffine2,
}

/// The images of a file, each read when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Images {
    known: HashMap<u64, Option<Image>>,
    /// Those that are not drawn, and why.
    pub(super) notes: Vec<Diagnostic>,
}

impl Images {
    /// Reads an image if it was not read before.
    pub(super) fn want(&mut self, model: &Model<'_>, texture: u64, beside: &Beside<'_>) {
        if self.known.contains_key(&texture) || self.known.len() >= MAX_IMAGES {
            return;
        }
        // Decoders of images may break down on what the file holds.
        let (image, _) =
            attempt(Allowance::of_file(model.file.content.len()), || image(model, texture, beside));
        let image = image.unwrap_or_else(|ended| {
            Err(match ended {
                Ended::OverBudget => "it takes too long".to_owned(),
                Ended::Panicked(words) => format!("the decoder broke down: {words}"),
            })
        });
        let image = image.map_err(|why| {
            let what = format!("The texture is not drawn ({why}); what has it keeps the color of its style.");
            let place = model.file.place_of(texture);
            let note = Diagnostic::new(Code::new("ifc.texture_missing"), Severity::Warning, place, what);
            self.notes.push(note.with("reason", why));
        });
        self.known.insert(texture, image.ok());
    }

    /// One that was read.
    pub(super) fn get(&self, texture: u64) -> Option<&Image> {
        self.known.get(&texture)?.as_ref()
    }
}

fn image(model: &Model<'_>, texture: u64, beside: &Beside<'_>) -> Result<Image, String> {
    let Some((keyword, args)) = model.file.get(texture) else {
        return Err("its record is missing".to_owned());
    };
    // Counted from the end: IFC4 has one attribute more before these than IFC2x3.
    let last = |n: usize| args.len().checked_sub(n).and_then(|at| args.get(at));
    let picture = match keyword {
        "IFCPIXELTEXTURE" => Texture::new(&pixels((last(4), last(3)), last(2), last(1))?),
        "IFCBLOBTEXTURE" => {
            let bytes = last(1).and_then(binary).ok_or("its raster is no binary")?;
            Texture::decode(&bytes).map_err(|e| e.to_string())?
        }
        "IFCIMAGETEXTURE" => {
            let name = model.file.text(last(1)).ok_or("it names no file")?;
            Texture::decode(&beside(&name)?).map_err(|e| e.to_string())?
        }
        _ => return Err("it is no texture".to_owned()),
    };
    let mean = picture.mean().ok_or("it has no pixel that can be seen")?;
    let transform =
        args.get(3).and_then(Value::as_ref).and_then(|id| transform(model, id)).unwrap_or_default();
    let wrap = [0, 1].map(|k| match args.get(k) {
        Some(Value::Enum("F")) => Wrap::Clamp,
        _ => Wrap::Repeat,
    });
    Ok(Image { picture, mean, wrap, transform })
}

/// `TextureTransform`: places are scaled about the origin of the operator and then turned about it by the angle of its
/// first axis (`IfcSurfaceTexture`), so that the picture on the surface shrinks, and turns the other way. `None` where its
/// numbers cannot be.
fn transform(model: &Model<'_>, id: u64) -> Option<DAffine2> {
    let (keyword, args) = model.file.get(id)?;
    if !keyword.starts_with("IFCCARTESIANTRANSFORMATIONOPERATOR2D") {
        return None;
    }
    let pair = |at: usize| {
        let (_, args) = model.file.get(args.get(at)?.as_ref()?)?;
        let of = |k: usize| args.first()?.members().get(k)?.as_f64();
        Some(DVec2::new(of(0)?, of(1)?))
    };
    let center = pair(2).unwrap_or_default();
    let axis = pair(0).unwrap_or(DVec2::X);
    let scale = args.get(3).and_then(Value::as_f64).unwrap_or(1.0);
    // Without a second scale of its own it is the first (`IfcCartesianTransformationOperator2DnonUniform`).
    let second = args.get(4).and_then(Value::as_f64).unwrap_or(scale);
    let turned = DMat2::from_angle(axis.y.atan2(axis.x)) * DMat2::from_diagonal(DVec2::new(scale, second));
    let out = DAffine2 { matrix2: turned, translation: center - turned * center };
    out.is_finite().then_some(out)
}

/// Pixels that a record lists, the lowest row first (ISO/IEC 19775-1, 5.3.6), the uppermost first.
fn pixels(
    (width, height): (Option<&Value<'_>>, Option<&Value<'_>>),
    channels: Option<&Value<'_>>,
    list: Option<&Value<'_>>,
) -> Result<Pixels, String> {
    let whole = |v: Option<&Value<'_>>| match v {
        Some(Value::Int(n)) => usize::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    let (width, height, channels) = (whole(width), whole(height), whole(channels));
    if !(1..=4).contains(&channels) {
        return Err(format!("pixels of {channels} channels"));
    }
    let n = width.saturating_mul(height);
    if n == 0 || n > MAX_PIXELS {
        return Err(format!("it has {width} × {height} pixels"));
    }
    let list = list.map(Value::members).unwrap_or_default();
    if list.len() != n {
        return Err(format!("it lists {} of {width} × {height} pixels", list.len()));
    }
    let mut samples = Vec::with_capacity(n * channels);
    for row in list.rchunks(width) {
        for pixel in row {
            // Some write an opacity that they do not announce.
            let bytes = binary(pixel).unwrap_or_default();
            let own = bytes.get(..channels).ok_or_else(|| format!("a pixel has no {channels} channels"))?;
            samples.extend_from_slice(own);
        }
    }
    Ok(Pixels { width, height, channels, samples })
}

/// Bytes of a binary: a digit for the unused bits at its start, then two digits a byte.
fn binary(v: &Value<'_>) -> Option<Vec<u8>> {
    let Value::Text([_unused, digits @ ..]) = v else { return None };
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
    rest.is_empty().then(|| bytes.collect())?
}
