//! What a condition looks at: the reading itself, or something computed from the readings of a while.

use serde::Deserialize;

use super::Hours;

/// A named statistic of a rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistic {
    /// What is computed.
    pub kind: StatisticKind,
    /// Of a rule over several channels: the input that it is about.
    #[serde(default)]
    pub of: Option<String>,
    /// Over which seconds before each reading, the reading itself included; since the beginning of `hours`, or of
    /// everything, if absent.
    #[serde(default)]
    pub window_s: Option<f64>,
    /// Of `rate`: the unit of time in which it is expressed, seconds (86400: a day).
    #[serde(default)]
    pub per_s: Option<f64>,
    /// Of means and sums: fewer readings in the window decide nothing.
    #[serde(default)]
    pub min_samples: Option<u32>,
    /// Readings at other times do not count, and each stretch of these hours begins afresh.
    #[serde(default)]
    pub hours: Option<Hours>,
}

/// What a [`Statistic`] computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatisticKind {
    /// The reading.
    Value,
    /// Arithmetic mean.
    Mean,
    /// Energy mean of levels in dB: 10·lg of the mean of 10^(v/10).
    Leq,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Sum.
    Sum,
    /// Change against the latest reading before the window, by time, per `per_s`.
    Rate,
    /// Change against the first reading.
    Change,
}

impl Statistic {
    /// The reading itself.
    pub(crate) const READING: Self = Self {
        kind: StatisticKind::Value,
        of: None,
        window_s: None,
        per_s: None,
        min_samples: None,
        hours: None,
    };

    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if !self.window_s.is_none_or(positive) || !self.per_s.is_none_or(positive) {
            return Some("windows and units of time must be positive");
        }
        let needs_window =
            matches!(self.kind, StatisticKind::Mean | StatisticKind::Leq | StatisticKind::Rate);
        if needs_window && self.window_s.is_none() {
            return Some("a mean or a rate needs a window");
        }
        if (self.kind == StatisticKind::Rate) != self.per_s.is_some() {
            return Some("a rate, and nothing else, has a unit of time");
        }
        self.hours.as_ref().and_then(Hours::contradiction)
    }

    /// Whether its limits can be drawn beside the readings: it lies between the smallest and the largest of them.
    pub(crate) fn has_scale_of_readings(&self) -> bool {
        use StatisticKind as K;
        matches!(self.kind, K::Value | K::Mean | K::Leq | K::Min | K::Max)
    }

    /// Whether it lies between the smallest and the largest reading of its window, and forgets what is older than a
    /// day.
    pub(crate) fn is_within_readings(&self) -> bool {
        use StatisticKind as K;
        let bounded = self.has_scale_of_readings();
        let short = self.kind == K::Value || self.window_s.is_some_and(|w| w <= 86_400.0);
        bounded && short && self.hours.is_none()
    }
}
