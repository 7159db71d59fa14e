//! Names in the scene: where they stand, and drawing them.
//!
//! Texts come as glyphs in an atlas, whoever shaped them. Placement is a function of the camera, the picture's size and the
//! labels alone, so a window and a picture of the same view have the same labels at the same places.

mod draw;
mod place;

use std::ops::Range;

use lantu_base::{Bounds, WorldPoint};

#[cfg(test)]
pub(crate) use draw::GlyphInstance;
pub(crate) use draw::{GLYPH, LabelPass};
pub use place::{PlacedLabel, place_labels};

/// Widest text of a label with the gap to its place, pixels at scale 1: longer names are to be cut before they come here.
/// Chosen: a dozen ideographs and a few.
pub const MOST_LABEL_PX: f32 = 240.0;

/// One glyph of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelGlyph {
    /// Upper left corner from the label's upper left corner, pixels.
    pub min_px: [f32; 2],
    /// Width and height on the screen, pixels.
    pub size_px: [f32; 2],
    /// Upper left and lower right corner in the atlas, texels.
    pub texels: [f32; 4],
}

/// A name and the place that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place, project frame.
    pub anchor: WorldPoint,
    /// Of the named thing: its name goes to what a section leaves of it, and goes with it where nothing is left. Empty: it
    /// goes with its place.
    pub bounds: Bounds,
    /// What reaches this far towards the eye belongs to the thing itself and does not hide its name, meters.
    pub reach_m: f64,
    /// Kinds with lower numbers are placed first.
    pub kind: u8,
    /// How large the thing is, meters: of one kind larger things are placed first, and what is tiny on the screen has no
    /// name. Infinite: it has one from any distance.
    pub extent_m: f64,
    /// It stands on its place rather than beside it.
    pub centered: bool,
    /// Decides between equals; unique.
    pub id: u64,
    /// Of the text, pixels.
    pub size_px: [f32; 2],
    /// Its part of [`LabelSheet::glyphs`].
    pub glyphs: Range<usize>,
}

/// All labels of a scene with the glyphs that they are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSheet {
    /// In any order.
    pub labels: Vec<Label>,
    /// Of all labels.
    pub glyphs: Vec<LabelGlyph>,
    /// Width and height of the atlas.
    pub atlas_px: [u32; 2],
    /// One byte a texel, row by row: how much of it ink covers.
    pub coverage: Vec<u8>,
}
