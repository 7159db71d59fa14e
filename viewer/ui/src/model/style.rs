//! How a GIS layer is drawn, as the panel shows and asks for it.

use std::sync::Arc;

use lantu_base::Clamp;

/// How a layer is drawn now, and by what it could be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerStyleModel {
    /// As the project keeps it.
    pub now: StyleAsk,
    /// Its attributes, by name.
    pub attributes: Arc<[LayerAttribute]>,
    /// What its colors mean, in their order; empty without colors by an attribute.
    pub legend: Arc<[StyleClass]>,
}

/// An attribute of a layer's features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerAttribute {
    /// Its name as the file writes it.
    pub name: String,
    /// Its values are numbers, so colors can be graduated.
    pub numeric: bool,
}

/// A class of a layer's colors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleClass {
    /// sRGB.
    pub color: [u8; 3],
    /// `steel (12)`, `0.8 – 1.2 (40)`.
    pub name: String,
}

/// How a layer is to be drawn. Empty: by the rules that choose by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleAsk {
    /// The attribute that it is colored by.
    pub by: Option<String>,
    /// Numbers are categories too, as codes are.
    pub categories: bool,
    /// Classes of numbers, 2 to 9.
    pub n_classes: u8,
    /// Colors of numbers.
    pub ramp: StyleRamp,
    /// How its heights are meant; `None` as the rules say.
    pub clamp: Option<Clamp>,
    /// The attribute that names its features.
    pub label: Option<String>,
}

impl Default for StyleAsk {
    /// By the rules; colors that are asked for then have five classes.
    fn default() -> Self {
        Self { by: None, categories: false, n_classes: 5, ramp: StyleRamp::Viridis, clamp: None, label: None }
    }
}

/// Colors from low to high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleRamp {
    /// Dark violet, green, yellow.
    Viridis,
    /// Dark blue, gray, yellow.
    Cividis,
    /// Blue, white, red.
    BlueRed,
}
