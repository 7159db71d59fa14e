//! Who wears which texture: items by their styles, products by their material. Where the file says where it lies it is
//! painted on; elsewhere its mean color is drawn, which is what it amounts to from afar.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use glam::DAffine2;
use lantu_base::{Code, Diagnostic, Severity};

use super::cover::{Cover, Lie, over};
use super::local::Model;
use super::looks::Rgba;
use super::places::Placed;
use super::task::{items_of, mapped_representation};
use super::textures::{Beside, Images};
use crate::step::Value;

/// Deepest chain from a styled item to a style. Specified: assignment, style; a level to spare.
const MAX_LEVELS: usize = 3;
/// Deepest chain from a material of a product to an `IfcMaterial`. Specified: usage, set, layer; a level to spare.
const MAX_MATERIAL_LEVELS: usize = 4;
/// Attribute of `IfcProduct` that holds its shape, in every schema.
const REPRESENTATION: usize = 6;
/// Attribute of `IfcProductDefinitionShape` that lists the representations.
const REPRESENTATIONS: usize = 2;
/// Deepest nesting of mapped items that is looked into. Chosen: real files have 2 levels.
const MAX_MAPPED: usize = 8;

/// Colors that items and products have from textures.
#[derive(Debug, Default)]
pub(crate) struct Textures {
    /// By number of the item's record, in the order of the file.
    pub(crate) colors: Vec<(u64, Rgba)>,
    /// By number of the product's record: colors of its materials, of which one has a texture.
    pub(crate) products: Vec<(u64, Vec<Rgba>)>,
    /// By number of the material's record.
    pub(crate) materials: HashMap<u64, Rgba>,
    /// Textures that lie on the faces of items.
    pub(crate) covers: Arc<Covers>,
    /// What became of each texture.
    pub(crate) notes: Vec<Diagnostic>,
}

/// The textures of a file, and who wears them where.
#[derive(Debug, Default)]
pub(crate) struct Covers {
    images: Images,
    placed: Placed,
    /// Meters per unit of the file.
    meters: f64,
    /// By number of the styled record.
    items: HashMap<u64, Found>,
    /// By number of the product's record: of its one material.
    products: HashMap<u64, Found>,
}

/// What styles say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// The first texture.
    texture: Option<u64>,
    /// The first color.
    pub(super) color: Option<Rgba>,
}

impl Textures {
    /// Reads the textures of a file and who has them.
    pub(crate) fn read(model: &Model<'_>, beside: &Beside<'_>) -> Self {
        let mut out = Self::default();
        let scan = &model.file.scan;
        if !scan.keywords.iter().any(|k| k == "IFCSURFACESTYLEWITHTEXTURES") {
            return out;
        }
        let mut covers = Covers { placed: Placed::read(model), meters: model.meters(), ..Covers::default() };
        let mut fate = Fate::default();
        for r in scan.of_any(|k| matches!(k, "IFCSTYLEDITEM" | "IFCANNOTATIONSURFACEOCCURRENCE")) {
            let args = model.file.args(r);
            let found = styles(model, &args);
            let (Some(item), Some(texture)) = (args.first().and_then(Value::as_ref), found.texture) else {
                continue;
            };
            // What IFC2x3 annotates is styled through its annotation.
            let item = match model.file.get(item) {
                Some(("IFCANNOTATIONSURFACE", args)) => args.first().and_then(Value::as_ref).unwrap_or(item),
                _ => item,
            };
            covers.images.want(model, texture, beside);
            let Some(color) = covers.color(&found) else { continue };
            out.colors.push((item, color));
            covers.items.entry(item).or_insert(found);
            covers.look(model, item, &found, (&mut fate, 0));
        }
        let styled = styles_of_materials(model);
        for found in styled.values() {
            let Some(texture) = found.texture else { continue };
            covers.images.want(model, texture, beside);
        }
        for (&material, found) in styled.iter().filter(|(_, f)| f.texture.is_some()) {
            if let Some(color) = covers.color(found) {
                out.materials.insert(material, color);
            }
        }
        if !out.materials.is_empty() {
            out.products = covers.of_products(model, &styled, &mut fate);
        }
        out.notes.append(&mut covers.images.notes);
        out.notes.extend(fate.notes(model, &covers));
        out.covers = Arc::new(covers);
        out
    }
}

impl Covers {
    /// The mean color of what has a texture that was read.
    fn color(&self, found: &Found) -> Option<Rgba> {
        let image = self.images.get(found.texture?)?;
        Some(over(image.mean, image.picture.is_gray(), found.color))
    }

    /// How the texture of styles lies on an item; `None` if the file does not say.
    fn cover(&self, item: u64, found: &Found) -> Option<Cover<'_>> {
        let texture = found.texture?;
        let image = self.images.get(texture)?;
        let lie = match self.placed.faces(item, texture) {
            Some(faces) => Lie::Faces(faces),
            None => Lie::Rule(self.placed.mode(item, texture)?.rule?, self.meters),
        };
        let wrap = image.wrap;
        let transform = if self.placed.is_final(item) { DAffine2::IDENTITY } else { image.transform };
        Some(Cover { picture: &image.picture, wrap, transform, style: found.color, lie })
    }

    /// The texture of an item's own style, or of that of the innermost mapped item that has one; `styled` are the records
    /// that have a style, the first of which counts.
    pub(super) fn of_styled(&self, item: u64, styled: u64) -> Option<Cover<'_>> {
        self.cover(item, self.items.get(&styled)?)
    }

    /// The texture of a product's material on one of its items.
    pub(super) fn of_product(&self, item: u64, product: u64) -> Option<Cover<'_>> {
        self.cover(item, self.products.get(&product)?)
    }

    /// Whether what is drawn of a record depends on more than its style's color and its content.
    pub(super) fn concerns(&self, record: u64) -> bool {
        self.items.contains_key(&record) || self.placed.has(record)
    }

    /// The texture that a product has from its material.
    pub(super) fn worn(&self, product: u64) -> Option<u64> {
        self.products.get(&product)?.texture
    }

    /// Notes whether a texture lies on the faces of an item, or of those that it repeats.
    fn look(&self, model: &Model<'_>, item: u64, found: &Found, (fate, depth): (&mut Fate, usize)) {
        if let Some(inner) = mapped_representation(model, item).filter(|_| depth < MAX_MAPPED) {
            for item in items_of(model, inner) {
                self.look(model, item, found, (fate, depth + 1));
            }
        } else if let Some(texture) = found.texture {
            fate.add(texture, self.cover(item, found).is_some());
        }
    }

    /// Whether the file says where a texture lies on any item of a product.
    fn lies_on(&self, model: &Model<'_>, product: u64, texture: u64) -> bool {
        let found = Found { texture: Some(texture), color: None };
        let args = |id: u64| model.file.get(id).map(|(_, args)| args).unwrap_or_default();
        let shape = args(product).get(REPRESENTATION).and_then(Value::as_ref);
        let representations = shape.map(args).unwrap_or_default();
        let mut fate = Fate::default();
        for r in representations.get(REPRESENTATIONS).into_iter().flat_map(Value::refs) {
            for item in items_of(model, r) {
                self.look(model, item, &found, (&mut fate, 0));
            }
        }
        fate.seen.contains(&(texture, true))
    }

    /// Colors of the products whose materials have textures, in the order of the file; a product without material has that
    /// of its type.
    fn of_products(
        &mut self,
        model: &Model<'_>,
        styled: &BTreeMap<u64, Found>,
        fate: &mut Fate,
    ) -> Vec<(u64, Vec<Rgba>)> {
        let scan = &model.file.scan;
        let mut of: Vec<(u64, u64)> = Vec::new();
        let mut has: HashMap<u64, u64> = HashMap::new();
        for r in scan.of("IFCRELASSOCIATESMATERIAL") {
            let args = model.file.args(r);
            let Some(material) = args.get(5).and_then(Value::as_ref) else { continue };
            for object in args.get(4).into_iter().flat_map(Value::refs) {
                has.entry(object).or_insert(material);
                of.push((object, material));
            }
        }
        for r in scan.of("IFCRELDEFINESBYTYPE") {
            let args = model.file.args(r);
            let Some(&material) = args.get(5).and_then(Value::as_ref).and_then(|t| has.get(&t)) else {
                continue;
            };
            of.extend(args.get(4).into_iter().flat_map(Value::refs).map(|object| (object, material)));
        }
        let mut out = Vec::new();
        let mut seen: HashSet<u64> = HashSet::new();
        let mut known: HashMap<u64, Vec<u64>> = HashMap::new();
        for (object, material) in of {
            let materials = known.entry(material).or_insert_with(|| materials(model, material, 0));
            let found = || materials.iter().filter_map(|m| styled.get(m));
            if !seen.insert(object) || found().all(|f| self.color(f).is_none()) {
                continue;
            }
            out.push((object, found().filter_map(|f| self.color(f).or(f.color)).collect()));
            for texture in found().filter_map(|f| f.texture) {
                fate.add(texture, materials.len() == 1 && self.lies_on(model, object, texture));
            }
            // Of several materials it is not said which part has which.
            if let ([_], Some(only)) = (materials.as_slice(), found().next()) {
                self.products.insert(object, *only);
            }
        }
        out
    }
}

/// What became of textures.
#[derive(Default)]
struct Fate {
    /// By number of the texture: the file says where it lies, or does not; in this order.
    seen: BTreeSet<(u64, bool)>,
}

impl Fate {
    fn add(&mut self, texture: u64, placed: bool) {
        self.seen.insert((texture, placed));
    }

    fn notes(&self, model: &Model<'_>, covers: &Covers) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for &(texture, placed) in &self.seen {
            let note = |code: &'static str, what: &str| {
                Diagnostic::new(Code::new(code), Severity::Info, model.file.place_of(texture), what)
            };
            if covers.images.get(texture).is_none() {
                continue;
            }
            let mode = covers.placed.mode(0, texture);
            out.push(match (placed, mode) {
                (true, _) => note(
                    "ifc.texture_painted",
                    "The texture is drawn as one color for each triangle, divided as finely as it asks for.",
                ),
                (false, Some(mode)) if mode.rule.is_none() => note(
                    "ifc.texture_rule",
                    &format!("Where the texture lies is to be computed by a rule that is not known ({}): it is drawn as its mean color.", mode.name),
                )
                .with("rule", &mode.name),
                (false, _) => note(
                    "ifc.texture_mean",
                    "The file does not say where the texture lies on faces: it is drawn as its mean color.",
                ),
            });
            if let Some(mode) = mode.filter(|m| placed && m.of_camera) {
                let what = format!(
                    "The texture is to lie as a camera sees the shape ({}): it lies as seen along the Z axis of each item.",
                    mode.name
                );
                out.push(note("ifc.texture_seen", &what).with("rule", &mode.name));
            }
        }
        out
    }
}

/// What the styles of an `IfcStyledItem` say.
fn styles(model: &Model<'_>, styled: &[Value<'_>]) -> Found {
    let mut found = Found::default();
    for style in styled.get(1).into_iter().flat_map(Value::refs) {
        found.below(model, style, 0);
    }
    found
}

/// What the styles of materials say.
pub(super) fn styles_of_materials(model: &Model<'_>) -> BTreeMap<u64, Found> {
    let mut out = BTreeMap::new();
    for r in model.file.scan.of("IFCMATERIALDEFINITIONREPRESENTATION") {
        let args = model.file.args(r);
        let Some(material) = args.get(3).and_then(Value::as_ref) else { continue };
        let mut found = Found::default();
        for representation in args.get(2).into_iter().flat_map(Value::refs) {
            let items = model.file.get(representation).map(|(_, args)| args).unwrap_or_default();
            for item in items.get(3).into_iter().flat_map(Value::refs) {
                let Some(("IFCSTYLEDITEM", args)) = model.file.get(item) else { continue };
                let own = styles(model, &args);
                found.texture = found.texture.or(own.texture);
                found.color = found.color.or(own.color);
            }
        }
        if found.texture.is_some() || found.color.is_some() {
            out.insert(material, found);
        }
    }
    out
}

/// The materials that a product's material consists of.
fn materials(model: &Model<'_>, of: u64, level: usize) -> Vec<u64> {
    let Some((keyword, args)) = model.file.get(of).filter(|_| level <= MAX_MATERIAL_LEVELS) else {
        return Vec::new();
    };
    let at = match keyword {
        "IFCMATERIAL" => return vec![of],
        "IFCMATERIALPROFILESET"
        | "IFCMATERIALPROFILE"
        | "IFCMATERIALPROFILEWITHOFFSETS"
        | "IFCMATERIALCONSTITUENTSET"
        | "IFCMATERIALCONSTITUENT" => 2,
        k if k.starts_with("IFCMATERIALL") || k.starts_with("IFCMATERIALPROFILESETUSAGE") => 0,
        _ => return Vec::new(),
    };
    args.get(at).into_iter().flat_map(Value::refs).flat_map(|m| materials(model, m, level + 1)).collect()
}

impl Found {
    /// Looks at a style and those below it.
    fn below(&mut self, model: &Model<'_>, id: u64, level: usize) {
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
