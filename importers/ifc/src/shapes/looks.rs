//! Which color an item, a material or a class has.

use std::sync::Arc;

use ifc_lite_core::ifc_type_from_keyword;
use ifc_lite_processing::Rgba as Color;
use ifc_lite_processing::element::OwnedMeshProductionContext;
use ifc_lite_processing::style::{
    default_color_for_type, element_material_fallback_color, fixed_display_color_for_type,
    resolve_submesh_color,
};
use rustc_hash::FxHashMap;

use super::budget::charge;
use super::content::Mixer;
use super::cover::Cover;
use super::layers::Layered;
use super::local::Model;
use super::task::{Task, items_of, mapped_representation};
use super::worn::Covers;

/// Deepest nesting of mapped items in which a style is looked for. Chosen: real files have 2 levels.
const MAX_MAPPED: usize = 8;

/// Steps that looking for the style of an item takes. Measured: two records are read for a mapped item.
const STEPS_PER_LOOK: usize = 96;

/// Red, green, blue and alpha, 0 to 1.
pub(crate) type Rgba = [f32; 4];

/// The styles of a file.
pub(crate) struct Looks {
    /// Colors of representation items.
    pub(crate) colors: FxHashMap<u32, Rgba>,
    /// Layers of materials.
    pub(crate) layers: Layered,
    /// Textures that lie on the faces of items.
    pub(crate) covers: Arc<Covers>,
    /// Colors of materials, of faces, textures.
    pub(crate) context: Arc<OwnedMeshProductionContext>,
}

/// Gives the items of one product their colors, in the order in which they come.
pub(crate) struct Painter<'l> {
    looks: &'l Looks,
    fixed: Option<Rgba>,
    materials: Option<&'l [Rgba]>,
    next_material: usize,
    element: Rgba,
}

impl Looks {
    /// Color of an item that has one of its own.
    pub(crate) fn of_item(&self, item: u64) -> Option<Rgba> {
        self.colors.get(&u32::try_from(item).ok()?).copied()
    }

    /// Colors of a product's materials.
    pub(crate) fn of_materials(&self, product: u64) -> Option<&[Rgba]> {
        let id = u32::try_from(product).ok()?;
        self.context.borrowed().element_material_colors.get(&id).map(Vec::as_slice)
    }

    /// Color of what has none of its own in a product.
    pub(crate) fn of_product(&self, model: &Model<'_>, task: &Task) -> Rgba {
        let styled = task
            .representations
            .iter()
            .flat_map(|&r| items_of(model, r))
            .find_map(|item| self.below(model, item, 0));
        styled
            .or_else(|| self.of_materials(task.record).and_then(element_material_fallback_color))
            .unwrap_or_else(|| default_color_for_type(ifc_type_from_keyword(&task.keyword)).to_array())
    }

    fn below(&self, model: &Model<'_>, item: u64, depth: usize) -> Option<Rgba> {
        charge(STEPS_PER_LOOK);
        self.of_item(item).or_else(|| {
            let mapped = mapped_representation(model, item).filter(|_| depth < MAX_MAPPED)?;
            items_of(model, mapped).into_iter().find_map(|item| self.below(model, item, depth + 1))
        })
    }

    /// Colors of the faces of an item, if each has its own: the color of face `n` is `palette[faces[n]]`.
    pub(crate) fn of_faces(&self, item: u64) -> Option<(Vec<Rgba>, &[usize])> {
        let id = u32::try_from(item).ok()?;
        let map = self.context.borrowed().indexed_colour_full.get(&id)?;
        Some((map.colours.iter().map(|c| c.to_array()).collect(), &map.triangle_palette))
    }

    /// How a texture lies on the next item of a product, which stands in mapped items, the outermost first: that of the style
    /// that colors it, or of the product's material.
    pub(crate) fn cover(&self, (product, item): (u64, u64), mapped: &[u64]) -> Option<Cover<'_>> {
        let chain = std::iter::once(&item).chain(mapped.iter().rev());
        match chain.copied().find(|&record| self.of_item(record).is_some()) {
            Some(styled) => self.covers.of_styled(item, styled),
            None => self.covers.of_product(item, product),
        }
    }

    /// Takes in what colors a record, if anything does.
    pub(crate) fn mix(&self, record: u64, mixer: &mut Mixer) {
        let Ok(id) = u32::try_from(record) else { return };
        if let Some(color) = self.colors.get(&id) {
            mixer.color(*color);
        }
        let context = self.context.borrowed();
        // Maps of colors and textures are few and large: their own number stands for them.
        if context.indexed_colour_full.contains_key(&id) || self.covers.concerns(record) {
            mixer.word(record);
        }
    }

    /// Takes in the colors that a product has from its materials.
    pub(crate) fn mix_materials(&self, product: u64, mixer: &mut Mixer) {
        for color in self.of_materials(product).into_iter().flatten() {
            mixer.color(*color);
        }
        if let Some(texture) = self.covers.worn(product) {
            mixer.word(texture);
        }
        self.layers.mix(product, mixer);
    }

    /// Colors for the items of a product.
    pub(crate) fn painter(&self, model: &Model<'_>, task: &Task) -> Painter<'_> {
        let class = ifc_type_from_keyword(&task.keyword);
        Painter {
            looks: self,
            fixed: fixed_display_color_for_type(&class).map(Color::to_array),
            materials: self.of_materials(task.record),
            next_material: 0,
            element: self.of_product(model, task),
        }
    }
}

impl Painter<'_> {
    /// Whether an item's color is its own, not that of its product's material.
    pub(crate) fn is_own(&self, item: u64, mapped: &[u64]) -> bool {
        let styled = |&i: &u64| self.looks.of_item(i).is_some();
        self.fixed.is_some() || styled(&item) || mapped.iter().any(styled)
    }

    /// Color of the next item, which stands in mapped items, the outermost first.
    pub(crate) fn item(&mut self, item: u64, mapped: &[u64]) -> Rgba {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let own = self.looks.of_item(item);
        let own = own.or_else(|| mapped.iter().rev().find_map(|&m| self.looks.of_item(m)));
        resolve_submesh_color(own, self.materials, &mut self.next_material, self.element)
    }
}

/// 0 to 1 as bytes.
pub(crate) fn bytes(c: Rgba) -> [u8; 4] {
    c.map(|v| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 255")]
        let byte = (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        byte
    })
}
