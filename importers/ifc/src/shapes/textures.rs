//! Image textures: not drawn as images, but as their mean color, which is what they amount to from afar.

use std::collections::HashMap;

use lantu_base::{Code, Diagnostic, Severity};

use super::budget::{Allowance, Ended, attempt};
use super::local::Model;
use super::looks::Rgba;
use super::picture::{Mean, mean_of_image, mean_of_pixels};
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
        let mut known: HashMap<u64, Option<Mean>> = HashMap::new();
        for r in scan.of("IFCSTYLEDITEM") {
            let args = model.file.args(r);
            let styles: Vec<u64> = args.get(1).into_iter().flat_map(Value::refs).collect();
            let mut found = Found::default();
            for &s in &styles {
                found.below(model, s, 0);
            }
            let Some(texture) = found.texture else { continue };
            if !known.contains_key(&texture) && known.len() < MAX_IMAGES {
                let (mean, note) = look(model, texture, beside);
                out.notes.push(note);
                known.insert(texture, mean);
            }
            if let (Some(item), Some(mean)) =
                (args.first().and_then(Value::as_ref), known.get(&texture).copied().flatten())
            {
                out.colors.push((item, mean.over(found.color)));
            }
        }
        out
    }
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

/// The mean color of a texture, and what is said about it.
fn look(model: &Model<'_>, texture: u64, beside: &Beside<'_>) -> (Option<Mean>, Diagnostic) {
    // Decoders of images may break down on what the file holds.
    let (mean, _) = attempt(Allowance::of_file(model.file.content.len()), || mean(model, texture, beside));
    let mean = mean.unwrap_or_else(|ended| {
        Err(match ended {
            Ended::OverBudget => "it takes too long".to_owned(),
            Ended::Panicked(words) => format!("the decoder broke down: {words}"),
        })
    });
    let place = model.file.place_of(texture);
    match mean {
        Ok(mean) => {
            let what = "The texture is drawn as its mean color.";
            (Some(mean), Diagnostic::new(Code::new("ifc.texture_mean"), Severity::Info, place, what))
        }
        Err(why) => {
            let what = format!("The texture is not drawn ({why}); what has it keeps the color of its style.");
            let d = Diagnostic::new(Code::new("ifc.texture_missing"), Severity::Warning, place, what);
            (None, d.with("reason", why))
        }
    }
}

fn mean(model: &Model<'_>, texture: u64, beside: &Beside<'_>) -> Result<Mean, String> {
    let Some((keyword, args)) = model.file.get(texture) else {
        return Err("its record is missing".to_owned());
    };
    // Counted from the end: IFC4 has one attribute more before these than IFC2x3.
    let last = |n: usize| args.len().checked_sub(n).and_then(|at| args.get(at));
    let whole = |v: Option<&Value<'_>>| match v {
        Some(Value::Int(n)) => usize::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    match keyword {
        "IFCPIXELTEXTURE" => {
            let pixels = last(1).map(Value::members).unwrap_or_default();
            let size = (whole(last(4)), whole(last(3)));
            mean_of_pixels(size, whole(last(2)), pixels.iter().filter_map(binary))
        }
        "IFCBLOBTEXTURE" => {
            let bytes = last(1).and_then(binary).ok_or("its raster is no binary")?;
            mean_of_image(&bytes)
        }
        "IFCIMAGETEXTURE" => {
            let name = model.file.text(last(1)).ok_or("it names no file")?;
            mean_of_image(&beside(&name)?)
        }
        _ => Err("it is no texture".to_owned()),
    }
}

/// Bytes of a binary: a digit for the unused bits at its start, then two digits a byte.
fn binary(v: &Value<'_>) -> Option<Vec<u8>> {
    let Value::Text([_unused, digits @ ..]) = v else { return None };
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
    rest.is_empty().then(|| bytes.collect())?
}
