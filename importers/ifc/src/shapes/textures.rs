//! Textures: on the faces whose corners have places on them, and elsewhere as their mean color, which is what they amount
//! to from afar.

use std::collections::HashMap;
use std::sync::Arc;

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{MAX_PIXELS, Pixels, Texture, Wrap};

use super::budget::{Allowance, Ended, attempt};
use super::cover::{Cover, corners, over};
use super::local::Model;
use super::looks::Rgba;
use crate::step::Value;

/// Deepest chain from a styled item to a style. Specified: assignment, style; a level to spare.
const MAX_LEVELS: usize = 3;
/// Images that are read of one file. Chosen: libraries of materials have some hundred.
const MAX_IMAGES: usize = 2_000;

/// What takes the bytes of an image beside the model, by the name that the model says; or says why it cannot.
pub(crate) type Beside<'b> = dyn Fn(&str) -> Result<Vec<u8>, String> + Sync + 'b;

/// Colors that representation items have from textures.
#[derive(Debug, Default)]
pub(crate) struct Textures {
    /// By number of the item's record, in the order of the file.
    pub(crate) colors: Vec<(u64, Rgba)>,
    /// By number of the item's record: where textures lie on its faces.
    pub(crate) covers: Arc<HashMap<u64, Cover>>,
    /// What became of each texture.
    pub(crate) notes: Vec<Diagnostic>,
}

impl Textures {
    /// Reads the textures of a file and who has them.
    pub(crate) fn read(model: &Model<'_>, beside: &Beside<'_>) -> Self {
        let mut out = Self::default();
        let scan = &model.file.scan;
        if !scan.keywords.iter().any(|k| k == "IFCSURFACESTYLEWITHTEXTURES") {
            return out;
        }
        let mut known: HashMap<u64, Option<Image>> = HashMap::new();
        let mut covers = HashMap::new();
        let mut placed = corners(model);
        for r in scan.of("IFCSTYLEDITEM") {
            let args = model.file.args(r);
            let styles: Vec<u64> = args.get(1).into_iter().flat_map(Value::refs).collect();
            let mut found = Found::default();
            for &s in &styles {
                found.below(model, s, 0);
            }
            let Some(texture) = found.texture else { continue };
            let Some(item) = args.first().and_then(Value::as_ref) else { continue };
            let corners = placed.remove(&item).filter(|(of, _)| of.contains(&texture));
            if !known.contains_key(&texture) && known.len() < MAX_IMAGES {
                let (image, note) = look(model, texture, (beside, corners.is_some()));
                out.notes.push(note);
                known.insert(texture, image);
            }
            let Some(Some(image)) = known.get(&texture) else { continue };
            out.colors.push((item, over(image.mean, image.picture.is_gray(), found.color)));
            if let Some((_, corners)) = corners {
                let (picture, wrap) = (image.picture.clone(), image.wrap);
                covers.insert(item, Cover { picture, wrap, style: found.color, corners });
            }
        }
        out.covers = Arc::new(covers);
        out
    }
}

/// A texture that was read.
struct Image {
    picture: Arc<Texture>,
    /// Linear with straight alpha.
    mean: [f32; 4],
    wrap: [Wrap; 2],
}

/// What a styled item's styles say.
#[derive(Default)]
pub(super) struct Found {
    /// The first texture.
    texture: Option<u64>,
    /// The first color.
    pub(super) color: Option<Rgba>,
}

impl Found {
    /// Looks at a style and those below it.
    pub(super) fn below(&mut self, model: &Model<'_>, id: u64, level: usize) {
        let Some((keyword, args)) = model.file.get(id).filter(|_| level <= MAX_LEVELS) else { return };
        match keyword {
            "IFCPRESENTATIONSTYLEASSIGNMENT" => {
                args.first().into_iter().flat_map(Value::refs).for_each(|s| self.below(model, s, level + 1));
            }
            "IFCSURFACESTYLE" => {
                args.get(2).into_iter().flat_map(Value::refs).for_each(|s| self.below(model, s, level + 1));
            }
            "IFCSURFACESTYLEWITHTEXTURES" => {
                self.texture = self.texture.or_else(|| args.first().into_iter().flat_map(Value::refs).next());
            }
            "IFCSURFACESTYLESHADING" | "IFCSURFACESTYLERENDERING" => {
                let color = args.first().and_then(Value::as_ref).and_then(|c| model.file.get(c));
                if let Some(("IFCCOLOURRGB", rgb)) = color {
                    let channel = |at: usize| rgb.get(at).and_then(Value::as_f64).unwrap_or(1.0);
                    // Of IFC2x3 a shading has no transparency.
                    let alpha = 1.0 - args.get(1).and_then(Value::as_f64).unwrap_or(0.0);
                    self.color = self.color.or(Some([channel(1), channel(2), channel(3), alpha].map(unit)));
                }
            }
            _ => {}
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a color channel")]
fn unit(v: f64) -> f32 {
    v.clamp(0.0, 1.0) as f32
}

/// A texture, and what is said about it. `placed`: whether the file says where it lies on its first item.
fn look(
    model: &Model<'_>,
    texture: u64,
    (beside, placed): (&Beside<'_>, bool),
) -> (Option<Image>, Diagnostic) {
    // Decoders of images may break down on what the file holds.
    let (image, _) = attempt(Allowance::of_file(model.file.content.len()), || image(model, texture, beside));
    let image = image.unwrap_or_else(|ended| {
        Err(match ended {
            Ended::OverBudget => "it takes too long".to_owned(),
            Ended::Panicked(words) => format!("the decoder broke down: {words}"),
        })
    });
    let place = model.file.place_of(texture);
    match image {
        Ok(image) if placed => {
            let what =
                "The texture is drawn as one color for each triangle, divided as finely as it asks for.";
            (Some(image), Diagnostic::new(Code::new("ifc.texture_painted"), Severity::Info, place, what))
        }
        Ok(image) => {
            let what =
                "The file does not say where the texture lies on faces: it is drawn as its mean color.";
            (Some(image), Diagnostic::new(Code::new("ifc.texture_mean"), Severity::Info, place, what))
        }
        Err(why) => {
            let what = format!("The texture is not drawn ({why}); what has it keeps the color of its style.");
            let d = Diagnostic::new(Code::new("ifc.texture_missing"), Severity::Warning, place, what);
            (None, d.with("reason", why))
        }
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
    // `TextureTransform` is not applied: where corners have places, writers mean these as they are.
    let wrap = [0, 1].map(|k| match args.get(k) {
        Some(Value::Enum("F")) => Wrap::Clamp,
        _ => Wrap::Repeat,
    });
    Ok(Image { picture: Arc::new(picture), mean, wrap })
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
