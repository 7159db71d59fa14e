//! The rules that turn a reading into a state: data with a source, an edition and a verification status.

use std::collections::BTreeMap;

use lantu_base::UtcNanos;
use serde::Deserialize;

use crate::{NANOS_PER_DAY, SensorState};

/// A rule file: at most one rule a quantity.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorRules {
    /// Version of the file; every state says which one it was judged by.
    pub version: String,
    /// Where the limits come from.
    pub source: String,
    /// How far somebody compared them with that source.
    pub verification: String,
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<SensorRule>,
}

/// Limits for one observed quantity.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorRule {
    /// Stable id: `noise-construction-site`.
    pub id: String,
    /// Observed property that it judges: `noise`.
    pub quantity: String,
    /// Unit of the levels, as shown.
    pub unit: String,
    /// Other ways to write the unit, and related units: factor that leads to `unit` (`"mg/m³" = 1000` for µg/m³).
    #[serde(default)]
    pub units: BTreeMap<String, f64>,
    /// Judge the magnitude, not the signed value (strain: tension and compression).
    #[serde(default)]
    pub absolute: bool,
    /// No value for this many periods of the channel is stale.
    pub stale_after_periods: f64,
    /// Period of a channel that does not state one, seconds.
    pub default_period_s: f64,
    /// Standard that the levels come from, or `none`.
    pub standard: String,
    /// Clause in it.
    pub clause: String,
    /// Its edition.
    pub edition: String,
    /// Whether somebody compared the levels with the standard's text.
    pub verified: bool,
    /// What a reader should know; empty if nothing.
    #[serde(default)]
    pub note: String,
    /// Local hours with other levels.
    #[serde(default)]
    pub night: Option<Night>,
    /// Named levels, ascending.
    #[serde(rename = "level")]
    pub levels: Vec<Level>,
}

/// Local hours in which `night_value` counts. Standards mean local civil time; the offset is fixed, because a rule
/// of one country's standard must not depend on the project's settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// First minute of the local day, 0 to 1439.
    pub from_minute: u16,
    /// First minute that is day again; smaller than `from_minute` when the night crosses midnight.
    pub to_minute: u16,
    /// Local time minus UTC, minutes.
    pub utc_offset_minutes: i16,
}

/// One named level. Raised at `v ≥ value`, cleared at `v < clear`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Name, as shown beside the reading.
    pub name: String,
    /// `advisory`, `warning` or `alarm`.
    pub state: SensorState,
    /// Raises the level, in the rule's unit.
    pub value: f64,
    /// Falling below it clears the level; at most `value`.
    pub clear: f64,
    /// `value` at night; as by day if absent.
    #[serde(default)]
    pub night_value: Option<f64>,
    /// `clear` at night; as by day if absent.
    #[serde(default)]
    pub night_clear: Option<f64>,
}

/// A rule file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Not TOML, or a field is missing, unknown or of another type.
    #[error("cannot read the rule file: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Not UTF-8.
    #[error("the rule file is not UTF-8")]
    Encoding(#[from] std::str::Utf8Error),
    /// Readable, but its numbers contradict each other.
    #[error("a rule contradicts itself: {what}\nrule: {rule}")]
    Contradiction {
        /// What is wrong.
        what: &'static str,
        /// Its id.
        rule: String,
    },
}

impl SensorRules {
    /// Reads and checks a rule file (TOML, UTF-8).
    ///
    /// # Errors
    /// [`RuleError`]: a file with a wrong rule is refused as a whole, because a silently missing limit is dangerous.
    pub fn parse(bytes: &[u8]) -> Result<Self, RuleError> {
        let rules: Self = toml::from_str(std::str::from_utf8(bytes)?)?;
        for (ix, rule) in rules.rules.iter().enumerate() {
            let earlier = rules.rules.get(..ix).unwrap_or_default();
            let twice = earlier.iter().any(|r| r.id == rule.id || r.quantity == rule.quantity);
            let what = if twice { Some("another rule has its id or quantity") } else { rule.contradiction() };
            if let Some(what) = what {
                return Err(RuleError::Contradiction { what, rule: rule.id.clone() });
            }
        }
        Ok(rules)
    }

    /// The rule for a quantity.
    pub fn for_quantity(&self, quantity: &str) -> Option<&SensorRule> {
        self.rules.iter().find(|r| r.quantity == quantity)
    }
}

impl SensorRule {
    fn contradiction(&self) -> Option<&'static str> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if self.levels.is_empty() {
            return Some("it has no level");
        }
        if !positive(self.stale_after_periods) || !positive(self.default_period_s) {
            return Some("periods must be positive");
        }
        if !self.units.values().all(|&f| positive(f)) {
            return Some("a unit factor must be positive");
        }
        if self.night.as_ref().is_some_and(|n| n.from_minute >= 1440 || n.to_minute >= 1440) {
            return Some("minutes of a day are 0 to 1439");
        }
        for night in [false, true] {
            let mut before: Option<(f64, f64, SensorState)> = None;
            for level in &self.levels {
                let (raise, clear) = level.limits(night);
                if !raise.is_finite() || !clear.is_finite() || clear > raise {
                    return Some("a level clears above where it is raised");
                }
                if !matches!(level.state, SensorState::Advisory | SensorState::Warning | SensorState::Alarm) {
                    return Some("a level is advisory, warning or alarm");
                }
                if before.is_some_and(|(r, c, s)| r >= raise || c > clear || s > level.state) {
                    return Some("levels do not ascend");
                }
                before = Some((raise, clear, level.state));
            }
        }
        None
    }

    /// Factor from `unit` to the rule's unit; `None` if they do not compare.
    pub fn factor(&self, unit: &str) -> Option<f64> {
        if unit == self.unit { Some(1.0) } else { self.units.get(unit).copied() }
    }

    /// Whether night levels count at `t`.
    pub fn is_night(&self, t: UtcNanos) -> bool {
        const MINUTE: i64 = 60_000_000_000;
        self.night.as_ref().is_some_and(|n| {
            let offset = i64::from(n.utc_offset_minutes);
            let minute = (t.0.rem_euclid(NANOS_PER_DAY) / MINUTE + offset).rem_euclid(1440);
            let (from, to) = (i64::from(n.from_minute), i64::from(n.to_minute));
            if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
        })
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
}
