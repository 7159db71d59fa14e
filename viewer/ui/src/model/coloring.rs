//! Coloring by any property.

use std::sync::Arc;

use lantu_base::Rgba;

/// What objects are colored by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColorBy {
    /// Their class.
    Class,
    /// The storey that they are part of.
    Storey,
    /// Their type.
    Type,
    /// Their first material.
    Material,
    /// The source that they came from.
    Source,
    /// A property or quantity.
    Property {
        /// Its set; empty for any set.
        set: String,
        /// Its name.
        name: String,
    },
}

/// A row of the chooser.
#[derive(Clone, Debug)]
pub struct ColorChoice {
    /// What to color by.
    pub by: ColorBy,
    /// Objects that have it.
    pub n: u64,
    /// Most values are numbers, so colors can be graduated.
    pub numeric: bool,
}

/// A category and its color.
#[derive(Clone, Debug)]
pub struct CategoryRow {
    /// Its value as the source writes it; `None` for objects without a value.
    pub label: Option<String>,
    /// It stands for all that have no row of their own.
    pub other: bool,
    /// Its color, from [`crate::palette::category_color`].
    pub color: Rgba,
    /// Objects in it.
    pub n: u64,
}

/// A range of numbers and how often they occur.
#[derive(Clone, Debug)]
pub struct RangeModel {
    /// Numbers of the first and the last color.
    pub shown: (f64, f64),
    /// Smallest and largest number that occur.
    pub all: (f64, f64),
    /// Unit; empty for none.
    pub unit: String,
    /// Decimals that the source gives.
    pub decimals: usize,
    /// Objects in steps of equal width over `shown`; objects beyond it count in the first and the last step.
    pub steps: Vec<u64>,
    /// Objects without a number.
    pub n_without: u64,
}

/// Colors and what they mean.
#[derive(Clone, Debug)]
pub enum ColorScale {
    /// A color for each value: at most twelve, then "other", then "no value".
    Categories(Vec<CategoryRow>),
    /// Cividis from the smallest to the largest number.
    Range(RangeModel),
}

/// What colors the scene instead of an overlay.
#[derive(Clone, Debug)]
pub struct ColoringNow {
    /// The property.
    pub by: ColorBy,
    /// It can be shown either way.
    pub numeric: bool,
    /// The colors.
    pub scale: ColorScale,
    /// Only this row, or this step of the range, is shown.
    pub only: Option<usize>,
}

/// Coloring by any property.
#[derive(Clone, Debug, Default)]
pub struct ColoringModel {
    /// What objects can be colored by: properties by name, the most frequent first.
    pub choices: Arc<[ColorChoice]>,
    /// What they are colored by; `None` while an overlay or nothing colors them.
    pub now: Option<ColoringNow>,
    /// Values are being counted.
    pub counting: bool,
}
