//! Arguments of `lantu style`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct StyleArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The layer.
    pub(crate) source: String,
    /// Color by an attribute: numbers from low to high, texts by category.
    #[arg(long, value_name = "ATTRIBUTE")]
    pub(crate) by: Option<String>,
    /// Take numbers as categories too.
    #[arg(long, requires = "by")]
    pub(crate) categories: bool,
    /// Classes of numbers, each with as many features.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=9))]
    pub(crate) classes: u8,
    /// Colors of numbers.
    #[arg(long, value_enum, default_value = "viridis")]
    pub(crate) ramp: RampChoice,
    /// How its heights are meant.
    #[arg(long, value_enum)]
    pub(crate) clamp: Option<ClampChoice>,
    /// The attribute that names its features, also where names are drawn.
    #[arg(long, value_name = "ATTRIBUTE")]
    pub(crate) label: Option<String>,
    /// Back to the rules that choose by the layer's name.
    #[arg(long, conflicts_with_all = ["by", "clamp", "label"])]
    pub(crate) reset: bool,
}

/// Colors of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RampChoice {
    /// Dark violet, green, yellow.
    Viridis,
    /// Dark blue, gray, yellow.
    Cividis,
    /// Blue, white, red.
    BlueRed,
}

/// How heights of a layer are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClampChoice {
    /// On the terrain; heights of the file do not count.
    Drape,
    /// Above the terrain, or below it where they are negative.
    Relative,
    /// In the project's heights.
    Absolute,
}
