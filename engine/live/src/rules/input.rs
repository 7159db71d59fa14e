//! What a rule over several channels looks at: other channels, and where things are.

use std::collections::BTreeMap;

use serde::Deserialize;

/// For what a rule over several channels gives one judgment each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// For each object that has the channels.
    #[default]
    Object,
    /// For each site.
    Site,
    /// For each thing of `kinds`.
    Thing,
}

/// Which of several readings counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// The largest.
    #[default]
    Max,
    /// The smallest.
    Min,
}

/// How a distance is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Seen from above.
    #[default]
    FromAbove,
    /// In space, heights included; unknown where one of them is.
    InSpace,
}

/// One input, by exactly one of `quantity`, `nearest`, `inside` and `height`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The latest readings of channels of this quantity.
    #[serde(default)]
    pub quantity: Option<String>,
    /// Of `quantity`: whose channels; of the object or thing that is judged, or of its whole site.
    #[serde(default)]
    pub from: Per,
    /// Of `quantity`: which of several channels counts.
    #[serde(default)]
    pub take: Take,
    /// Unit of the comparisons; meters for places.
    #[serde(default = "meters")]
    pub unit: String,
    /// Other ways to write it, as in a rule.
    #[serde(default)]
    pub units: BTreeMap<String, f64>,
    /// Of `quantity`: the magnitude counts.
    #[serde(default)]
    pub absolute: bool,
    /// Distance from the thing that is judged to the nearest thing of these kinds, meters; as
    /// `measured` says.
    #[serde(default)]
    pub nearest: Vec<String>,
    /// Of `nearest`: how the distance is measured.
    #[serde(default)]
    pub measured: Measured,
    /// Of `nearest`: less the radius of the thing that is judged; negative inside it.
    #[serde(default)]
    pub beyond_radius: bool,
    /// How deep the thing that is judged is inside an area of these classes (patterns, as of layers), seen from above,
    /// meters; negative outside.
    #[serde(default)]
    pub inside: Vec<String>,
    /// Height of the thing that is judged, in the project's heights, meters.
    #[serde(default)]
    pub height: bool,
    /// A thing that has not said where it is for so many seconds has left; without it, and until then, what depends on
    /// it is unknown.
    #[serde(default)]
    pub forget_after_s: Option<f64>,
}

fn meters() -> String {
    "m".to_owned()
}

impl Input {
    /// Factor from `unit` to the input's unit; `None` if they do not compare.
    pub fn factor(&self, unit: &str) -> Option<f64> {
        if unit == self.unit { Some(1.0) } else { self.units.get(unit).copied() }
    }

    /// Whether it needs to know where the thing is that is judged.
    pub(crate) fn is_place(&self) -> bool {
        self.quantity.is_none()
    }

    pub(super) fn contradiction(&self, per: Per) -> Option<&'static str> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        let kinds = [self.quantity.is_some(), !self.nearest.is_empty(), !self.inside.is_empty(), self.height];
        if kinds.iter().filter(|k| **k).count() != 1 {
            return Some("an input is one of quantity, nearest, inside and height");
        }
        if self.is_place() && per != Per::Thing {
            return Some("only things have places");
        }
        if self.is_place() && self.unit != "m" {
            return Some("places are in m");
        }
        if self.quantity.is_some() && self.from == Per::Thing {
            return Some("an input is from its object or from its site");
        }
        if per == Per::Site && self.quantity.is_some() && self.from != Per::Site {
            return Some("a site is judged by inputs from the site");
        }
        if self.beyond_radius && self.nearest.is_empty() {
            return Some("only the nearest thing is beyond a radius");
        }
        if self.measured == Measured::InSpace && (self.nearest.is_empty() || self.beyond_radius) {
            return Some("only the nearest thing is looked for in space, and a radius is seen from above");
        }
        if !self.units.values().all(|&f| positive(f)) {
            return Some("a unit factor must be positive");
        }
        if self.forget_after_s.is_some_and(|s| !positive(s) || self.nearest.is_empty()) {
            return Some("only things that are nearest are forgotten, after positive seconds");
        }
        None
    }
}
