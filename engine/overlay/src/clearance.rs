//! The clear distance between an open excavation and a buried pipe, against what its kind requires.

use serde::Deserialize;

/// Required distances by what a pipe carries, and where depths and diameters are found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearanceTable {
    /// Version of the file.
    pub version: String,
    /// Where the distances come from.
    pub source: String,
    /// How far somebody compared them with that source.
    pub verification: String,
    /// Where depths, diameters and kinds are found.
    pub properties: PropertyNames,
    /// How depths are known; a depth that says nothing, or an unlisted word, is taken as `unstated_tolerance_m` says.
    #[serde(rename = "depth_confidence")]
    pub confidences: Vec<DepthConfidence>,
    /// How far a depth may be off that does not say how it is known, meters.
    pub unstated_tolerance_m: f64,
    /// Kinds, tried in this order.
    #[serde(rename = "kind")]
    pub kinds: Vec<PipeKind>,
}

/// Names of properties, tried in order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyNames {
    /// Depth of an excavation's bottom below the ground.
    pub excavation_depth: Vec<ScaledProperty>,
    /// Depth of a pipe below the ground, to what `depth_to` says.
    pub pipe_depth: Vec<ScaledProperty>,
    /// Outer diameter of a pipe.
    pub pipe_diameter: Vec<ScaledProperty>,
    /// What a pipe carries.
    pub pipe_kind: Vec<String>,
    /// How a pipe's depth is known.
    pub depth_confidence: Vec<String>,
    /// What `pipe_depth` measures to.
    pub depth_to: DepthTo,
}

/// How far a depth may be off by how it is known.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthConfidence {
    /// Name.
    pub name: String,
    /// Values of the property that mean it, ignoring case.
    pub words: Vec<String>,
    /// The true depth lies within so much of the stated one, meters.
    pub tolerance_m: f64,
}

/// A property and the factor that leads to meters.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaledProperty {
    /// As written in the layer.
    pub name: String,
    /// Meters per unit.
    pub factor: f64,
}

/// What a pipe's depth measures to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DepthTo {
    /// Its highest point.
    Crown,
    /// Its middle.
    Axis,
}

/// What one kind of pipe requires.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipeKind {
    /// Name.
    pub name: String,
    /// Words one of which occurs in the pipe's kind or class.
    pub words: Vec<String>,
    /// Required horizontal distance between surfaces, meters.
    pub horizontal_m: f64,
    /// Required distance between the excavation's bottom and the pipe's crown, meters.
    pub vertical_m: f64,
    /// Diameter of a pipe that states none, meters.
    pub assumed_diameter_m: f64,
    /// Standard, or `none`.
    pub standard: String,
    /// Clause in it.
    pub clause: String,
    /// Its edition.
    pub edition: String,
    /// Whether somebody compared the distances with the standard's text.
    pub verified: bool,
}

/// A buried pipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pipe {
    /// Outer diameter, meters.
    pub diameter_m: f64,
    /// Depth below the ground to what [`PropertyNames::depth_to`] says, meters; `None` if nobody said.
    pub depth_m: Option<f64>,
    /// The true depth lies within so much of it, meters.
    pub depth_tolerance_m: f64,
}

/// How an excavation and a pipe stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conflict {
    /// Far enough apart, beside or below.
    Free,
    /// Nearer than required beside, and a depth is not known.
    Undecidable,
    /// Nearer than required.
    #[serde(rename = "clearance")]
    TooClose,
    /// The excavation digs into the pipe.
    Hard,
}

/// The outcome of comparing one excavation with one pipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clearance {
    /// How they stand to each other.
    pub conflict: Conflict,
    /// From the excavation's outline to the pipe's surface, seen from above, meters; 0 or less where they meet.
    pub horizontal_m: f64,
    /// From the excavation's bottom down to the pipe's crown, meters; negative where the bottom lies deeper.
    pub vertical_m: Option<f64>,
}

/// Compares an excavation with a pipe.
///
/// * `axis_distance_m`: from the excavation's outline to the pipe's axis, seen from above; 0 where they meet.
/// * `excavation_depth_m`: of its bottom below the ground; `None` if nobody said.
///
/// Far enough beside is free whatever the depths. An unknown depth is never free otherwise, nor is one that may be off
/// by so much that the pipe may lie nearer than required.
pub fn clearance(
    axis_distance_m: f64,
    excavation_depth_m: Option<f64>,
    pipe: Pipe,
    depth_to: DepthTo,
    kind: &PipeKind,
) -> Clearance {
    let horizontal_m = axis_distance_m - pipe.diameter_m / 2.0;
    let crown = pipe.depth_m.map(|d| match depth_to {
        DepthTo::Crown => d,
        DepthTo::Axis => d - pipe.diameter_m / 2.0,
    });
    let vertical_m = crown.zip(excavation_depth_m).map(|(crown, bottom)| crown - bottom);
    let conflict = if horizontal_m >= kind.horizontal_m {
        Conflict::Free
    } else {
        match vertical_m {
            None => Conflict::Undecidable,
            Some(v) if v - pipe.depth_tolerance_m >= kind.vertical_m => Conflict::Free,
            Some(v) if v >= kind.vertical_m => Conflict::Undecidable,
            Some(v) if v <= 0.0 && horizontal_m <= 0.0 => Conflict::Hard,
            Some(_) => Conflict::TooClose,
        }
    };
    Clearance { conflict, horizontal_m, vertical_m }
}

impl ClearanceTable {
    /// The kind of a pipe by its stated kind, else by its class; `None` if the file lists none that fits.
    pub fn kind_of(&self, stated: Option<&str>, class: &str) -> Option<&PipeKind> {
        let find = |text: &str| {
            let text = text.to_lowercase();
            self.kinds
                .iter()
                .find(|k| k.words.iter().any(|w| !w.is_empty() && text.contains(&w.to_lowercase())))
        };
        let any = || self.kinds.iter().find(|k| k.words.iter().any(String::is_empty));
        stated.and_then(find).or_else(|| find(class)).or_else(any)
    }

    /// How far a depth may be off, by what the pipe says of how it is known; meters.
    pub fn tolerance_m(&self, stated: Option<&str>) -> f64 {
        let word = stated.map(|s| s.trim().to_lowercase());
        let listed = word
            .and_then(|w| self.confidences.iter().find(|c| c.words.iter().any(|x| x.to_lowercase() == w)));
        listed.map_or(self.unstated_tolerance_m, |c| c.tolerance_m)
    }

    /// Largest horizontal distance that any kind requires plus the largest pipe that is assumed, meters.
    pub(crate) fn reach_m(&self) -> f64 {
        self.kinds.iter().map(|k| k.horizontal_m).fold(0.0, f64::max)
    }

    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let sound = |v: f64| v.is_finite() && v >= 0.0;
        let p = &self.properties;
        let scaled = p.excavation_depth.iter().chain(&p.pipe_depth).chain(&p.pipe_diameter);
        if scaled.into_iter().any(|s| !s.factor.is_finite() || s.factor <= 0.0) {
            return Some("a factor must be positive");
        }
        if self
            .kinds
            .iter()
            .any(|k| ![k.horizontal_m, k.vertical_m, k.assumed_diameter_m].into_iter().all(sound))
        {
            return Some("a distance must not be negative");
        }
        let tolerances = self.confidences.iter().map(|c| c.tolerance_m).chain([self.unstated_tolerance_m]);
        if !tolerances.into_iter().all(sound) {
            return Some("a tolerance must not be negative");
        }
        if !self.kinds.iter().any(|k| k.words.iter().any(String::is_empty)) {
            return Some("no kind is for pipes of no listed kind (an empty word)");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gas() -> PipeKind {
        PipeKind {
            name: "gas".into(),
            words: vec!["gas".into()],
            horizontal_m: 1.5,
            vertical_m: 0.5,
            assumed_diameter_m: 0.3,
            standard: "none".into(),
            clause: String::new(),
            edition: String::new(),
            verified: false,
        }
    }

    #[test]
    fn beside_above_into_and_unknown() {
        let check = |axis: f64, pit: Option<f64>, depth: Option<f64>, expected: Conflict| {
            let pipe = Pipe { diameter_m: 0.4, depth_m: depth, depth_tolerance_m: 0.0 };
            let c = clearance(axis, pit, pipe, DepthTo::Crown, &gas());
            assert_eq!(c.conflict, expected, "{axis} {pit:?} {depth:?}");
        };
        check(1.75, Some(5.0), Some(1.2), Conflict::Free);
        check(1.65, Some(5.0), Some(1.2), Conflict::TooClose);
        check(0.0, Some(5.0), Some(1.2), Conflict::Hard);
        check(0.1, Some(1.2), Some(1.2), Conflict::Hard);
        check(0.0, Some(1.0), Some(1.2), Conflict::TooClose);
        check(0.0, Some(0.7), Some(1.2), Conflict::Free);
        check(0.0, None, Some(1.2), Conflict::Undecidable);
        check(0.0, Some(5.0), None, Conflict::Undecidable);
        check(1.75, None, None, Conflict::Free);
    }

    #[test]
    fn a_depth_that_may_be_off_is_not_free_and_a_conflict_stays_one() {
        let check = |pit: f64, tolerance: f64, expected: Conflict| {
            let pipe = Pipe { diameter_m: 0.4, depth_m: Some(1.2), depth_tolerance_m: tolerance };
            assert_eq!(
                clearance(0.0, Some(pit), pipe, DepthTo::Crown, &gas()).conflict,
                expected,
                "{pit} ± {tolerance}"
            );
        };
        check(0.6, 0.0, Conflict::Free);
        check(0.6, 0.1, Conflict::Free);
        check(0.6, 0.3, Conflict::Undecidable);
        check(1.0, 1.0, Conflict::TooClose);
        check(2.0, 1.0, Conflict::Hard);
    }

    #[test]
    fn a_depth_to_the_axis_is_a_radius_more_than_to_the_crown() {
        let pipe = Pipe { diameter_m: 0.4, depth_m: Some(1.2), depth_tolerance_m: 0.0 };
        let c = clearance(0.0, Some(1.1), pipe, DepthTo::Axis, &gas());
        assert_eq!(c.conflict, Conflict::Hard);
        assert!((c.vertical_m.unwrap() + 0.1).abs() < 1e-12);
    }
}
