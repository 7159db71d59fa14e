//! Levels: what raises them, what clears them, and how long it must last.

use lantu_base::{TimeZoneName, UtcNanos};
use serde::Deserialize;

use super::Hours;
use crate::SensorState;

/// One named level. Its own condition together with all of `and`, or any of `or`, raises it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Name, as shown beside the reading.
    pub name: String,
    /// `advisory`, `warning` or `alarm`.
    pub state: SensorState,
    /// Raises the level (v ≥ value; v ≤ value if `below`), in the rule's unit.
    pub value: f64,
    /// Clears the level (v < clear; v > clear if `below`).
    pub clear: f64,
    /// `value` at night; as by day if absent.
    #[serde(default)]
    pub night_value: Option<f64>,
    /// `clear` at night; as by day if absent.
    #[serde(default)]
    pub night_clear: Option<f64>,
    /// Small values are the dangerous ones.
    #[serde(default)]
    pub below: bool,
    /// Name of the statistic that is compared; the reading itself if absent.
    #[serde(default)]
    pub of: Option<String>,
    /// Conditions that must hold too.
    #[serde(default)]
    pub and: Vec<Condition>,
    /// Conditions any of which is enough.
    #[serde(default)]
    pub or: Vec<Condition>,
    /// How long it must last to raise this level; as the rule says if absent.
    #[serde(default)]
    pub raise_after: Option<Delay>,
    /// How long it must last to clear this level; as the rule says if absent.
    #[serde(default)]
    pub clear_after: Option<Delay>,
    /// Index of `of` in [`super::SensorRule::statistic`]; set when the file is read.
    #[serde(skip)]
    pub(crate) statistic_ix: usize,
}

/// One condition of a level: a comparison, hours, or both; together with all of `and`, or any of `or`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// As in [`Level`].
    #[serde(default)]
    pub of: Option<String>,
    /// As in [`Level`].
    #[serde(default)]
    pub value: Option<f64>,
    /// As in [`Level`].
    #[serde(default)]
    pub clear: Option<f64>,
    /// As in [`Level`].
    #[serde(default)]
    pub below: bool,
    /// Holds at these times only.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// As in [`Level`].
    #[serde(default)]
    pub and: Vec<Self>,
    /// As in [`Level`].
    #[serde(default)]
    pub or: Vec<Self>,
    #[serde(skip)]
    pub(crate) statistic_ix: usize,
}

/// How long a condition must last.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Delay {
    /// In `samples` of the last `of` readings.
    Samples {
        /// So many.
        samples: u32,
        /// Of so many, at most 64.
        of: u32,
    },
    /// Without interruption for so long; the clock alone ends it.
    Seconds {
        /// So long.
        seconds: f64,
    },
}

impl Delay {
    /// The first reading decides.
    pub const NONE: Self = Self::Samples { samples: 1, of: 1 };

    pub(super) fn contradiction(self) -> Option<&'static str> {
        let sound = match self {
            Self::Samples { samples, of } => (1..=of).contains(&samples) && of <= 64,
            Self::Seconds { seconds } => seconds.is_finite() && (0.0..=1e9).contains(&seconds),
        };
        (!sound).then_some("a delay is 1 to n of at most 64 readings, or seconds")
    }
}

/// A comparison with a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) statistic_ix: usize,
    pub(crate) raise: f64,
    pub(crate) clear: f64,
    pub(crate) below: bool,
}

/// What conditions say at an instant. Neither is true between the two limits, and where something is missing.
#[expect(
    clippy::struct_excessive_bools,
    reason = "two questions, each by what is known and by what could be"
)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) reached: bool,
    pub(crate) cleared: bool,
    /// What would be true for some value of what is absent.
    pub(crate) could_reach: bool,
    pub(crate) could_clear: bool,
    /// The comparison that decided, and the value compared.
    pub(crate) by: Option<(Limit, f64)>,
}

/// What conditions are compared with.
pub(crate) struct Facts<'a> {
    pub(crate) t: UtcNanos,
    pub(crate) zone: Option<&'a TimeZoneName>,
    pub(crate) night: bool,
    /// Value of each statistic.
    pub(crate) values: &'a [Fact],
}

/// Value of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Known.
    Known(f64),
    /// Too few readings.
    Missing,
    /// Outside of its hours.
    Off,
    /// An input that is not known now: it may be anything.
    Absent,
    /// Some channels of an input are not known: it is this or more.
    AtLeast(f64),
    /// It is this or less.
    AtMost(f64),
}

impl Limit {
    pub(crate) fn is_reached(&self, v: f64) -> bool {
        if self.below { v <= self.raise } else { v >= self.raise }
    }

    pub(crate) fn is_cleared(&self, v: f64) -> bool {
        if self.below { v > self.clear } else { v < self.clear }
    }

    fn verdict(self, values: &[Fact]) -> Verdict {
        let known = |v: f64| (self.is_reached(v), self.is_cleared(v));
        match values.get(self.statistic_ix) {
            Some(Fact::Known(v)) => Verdict::certain(known(*v)).by(self, *v),
            Some(Fact::Off) => Verdict::certain((false, true)),
            Some(Fact::Missing) | None => Verdict::certain((false, false)),
            Some(Fact::Absent) => Verdict::OPEN,
            // Toward the side where it is open everything can be; what holds at its end holds beyond it.
            Some(Fact::AtLeast(v)) if self.below => {
                let (could_reach, cleared) = known(*v);
                Verdict { cleared, could_reach, ..Verdict::OPEN }.by(self, *v)
            }
            Some(Fact::AtMost(v)) if !self.below => {
                let (could_reach, cleared) = known(*v);
                Verdict { cleared, could_reach, ..Verdict::OPEN }.by(self, *v)
            }
            Some(Fact::AtLeast(v) | Fact::AtMost(v)) => {
                let (reached, could_clear) = known(*v);
                Verdict { reached, could_clear, ..Verdict::OPEN }.by(self, *v)
            }
        }
    }
}

impl Verdict {
    /// Everything can be.
    const OPEN: Self =
        Self { reached: false, cleared: false, could_reach: true, could_clear: true, by: None };

    fn certain((reached, cleared): (bool, bool)) -> Self {
        Self { reached, cleared, could_reach: reached, could_clear: cleared, by: None }
    }

    fn by(self, limit: Limit, value: f64) -> Self {
        Self { by: Some((limit, value)), ..self }
    }

    /// Whether it depends on what is absent if a level, raised or not, turns.
    pub(crate) fn is_open(&self, raised: bool) -> bool {
        if raised { self.could_clear && !self.cleared } else { self.could_reach && !self.reached }
    }
}

impl Level {
    /// Where it is raised and where it clears, in the rule's unit.
    pub fn limits(&self, night: bool) -> (f64, f64) {
        if night {
            (self.night_value.unwrap_or(self.value), self.night_clear.unwrap_or(self.clear))
        } else {
            (self.value, self.clear)
        }
    }

    pub(crate) fn limit(&self, night: bool) -> Limit {
        let (raise, clear) = self.limits(night);
        Limit { statistic_ix: self.statistic_ix, raise, clear, below: self.below }
    }

    /// Whether the reading alone decides about it.
    pub(crate) fn is_plain(&self) -> bool {
        self.statistic_ix == 0 && self.and.is_empty() && self.or.is_empty()
    }

    pub(crate) fn verdict(&self, facts: &Facts<'_>) -> Verdict {
        combined(self.limit(facts.night).verdict(facts.values), (&self.and, &self.or), facts)
    }
}

impl Condition {
    fn verdict(&self, facts: &Facts<'_>) -> Verdict {
        let in_hours = self.hours.as_ref().is_none_or(|h| h.hold(facts.t, facts.zone));
        let own = match self.value.zip(self.clear) {
            _ if !in_hours => Verdict::certain((false, true)),
            Some((raise, clear)) => {
                Limit { statistic_ix: self.statistic_ix, raise, clear, below: self.below }
                    .verdict(facts.values)
            }
            None => Verdict::certain((true, false)),
        };
        combined(own, (&self.and, &self.or), facts)
    }

    pub(super) fn contradiction(&self) -> Option<&'static str> {
        match (self.value, self.clear) {
            (Some(v), Some(c))
                if v.is_finite() && c.is_finite() && (if self.below { c >= v } else { c <= v }) => {}
            (Some(_), Some(_)) => return Some("a condition clears beyond where it is raised"),
            (None, None) if self.hours.is_some() => {}
            _ => return Some("a condition has a value and where it clears, or hours"),
        }
        if let Some(what) = self.hours.as_ref().and_then(Hours::contradiction) {
            return Some(what);
        }
        self.and.iter().chain(&self.or).find_map(Self::contradiction)
    }
}

/// `(own and all of and) or any of or`.
fn combined(own: Verdict, (and, or): (&[Condition], &[Condition]), facts: &Facts<'_>) -> Verdict {
    let mut out = own;
    for condition in and {
        let v = condition.verdict(facts);
        out.reached &= v.reached;
        out.cleared |= v.cleared;
        out.could_reach &= v.could_reach;
        out.could_clear |= v.could_clear;
        out.by = out.by.or(v.by);
    }
    for condition in or {
        let v = condition.verdict(facts);
        if v.reached && !out.reached {
            out.by = v.by;
        }
        out.reached |= v.reached;
        out.cleared &= v.cleared;
        out.could_reach |= v.could_reach;
        out.could_clear &= v.could_clear;
    }
    out
}
