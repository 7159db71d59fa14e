//! Fixtures: a series and the states that a rule must give, in a file beside the rules.

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use serde::Deserialize;

use crate::alarms::{Transition, transitions};
use crate::{Channel, Quality, Sample, SensorRules, SensorState, TimeStore};

const MINUTE_NS: f64 = 60e9;
/// Readings of one fixture at most. Chosen: a year of minutes.
const MAX_READINGS: usize = 600_000;

/// A file of fixtures, for the rules in the file of the same name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// The fixtures.
    #[serde(rename = "fixture")]
    pub fixtures: Vec<Fixture>,
}

/// One series, and every change of state that must follow.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What it shows, as a sentence.
    pub name: String,
    /// Id of the rule.
    pub rule: String,
    /// Time of the first reading, RFC 3339; a bare time is in `zone`.
    pub start: String,
    /// Zone of nights and hours that do not fix their own offset.
    #[serde(default = "utc")]
    pub zone: String,
    /// Seconds from one reading to the next.
    pub period_s: f64,
    /// Unit of the readings; the rule's if absent.
    #[serde(default)]
    pub unit: Option<String>,
    /// The readings.
    pub series: Vec<Part>,
    /// Minutes since the start until which changes are expected; the last reading if absent.
    #[serde(default)]
    pub until_minute: Option<f64>,
    /// Every change of state; a series begins normal.
    pub expect: Vec<Expected>,
}

/// A stretch of a series.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Part {
    /// `from`, `from + step`, …
    Ramp {
        /// First value.
        from: f64,
        /// Difference from one to the next.
        step: f64,
        /// How many.
        n: usize,
    },
    /// The values again and again.
    Cycle {
        /// The values.
        cycle: Vec<f64>,
        /// How many in all.
        n: usize,
    },
    /// So many readings are missing.
    Gap {
        /// How many.
        gap: usize,
    },
    /// Readings that the device marks as bad.
    Bad {
        /// The values.
        bad: Vec<f64>,
    },
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Minutes since the start, up to 0.1 s.
    pub minute: f64,
    /// The new state.
    pub state: SensorState,
    /// The level that holds then; not compared if absent.
    #[serde(default)]
    pub level: Option<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Fixtures {
    /// Reads a file of fixtures (TOML, UTF-8).
    ///
    /// # Errors
    /// What the parser says, with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }
}

impl Fixture {
    /// Runs the fixture.
    ///
    /// # Errors
    /// What differs from what was expected, or cannot be run.
    pub fn run(&self, rules: &SensorRules) -> Result<(), String> {
        let rule = rules
            .rules()
            .iter()
            .find(|r| r.id == self.rule)
            .ok_or_else(|| format!("the file has no rule {:?}", self.rule))?;
        let zone = TimeZoneName::new(&self.zone).map_err(|e| e.to_string())?;
        let start = UtcNanos::parse(&self.start, &zone).map_err(|e| e.to_string())?;
        if !(self.period_s.is_finite() && self.period_s > 0.0) {
            return Err("period_s must be positive".to_owned());
        }
        let unit = self.unit.clone().unwrap_or_else(|| rule.unit.clone());
        let id = ChannelId("fixture".into());
        let channel = Channel {
            id: id.clone(),
            object: None,
            quantity: rule.quantity.clone(),
            unit,
            period_s: self.period_s,
            shelves: Vec::new(),
        };
        let readings = self.readings(start)?;
        let last = readings.last().map_or(start, |s| s.time);
        let until = self.until_minute.map_or(last, |m| start.plus_s(m * 60.0));
        let (store, _) =
            TimeStore::default().extended(readings.into_iter().map(|s| (id.clone(), s)).collect());
        let rules = rules.clone().in_zone(&zone);
        let found = transitions(&store, &[channel], &rules, start, until);
        let found: Vec<&Transition> = found.iter().collect();
        self.compare(start, &found)
    }

    fn readings(&self, start: UtcNanos) -> Result<Vec<Sample>, String> {
        let mut out = Vec::new();
        let mut ix = 0_usize;
        let mut push = |ix: usize, value: f64, quality: Quality| {
            let time = start.plus_s(ix as f64 * self.period_s);
            out.push(Sample { time, value, quality, unit: "".into() });
        };
        for part in &self.series {
            let n = match part {
                Part::Ramp { n, .. } | Part::Cycle { n, .. } | Part::Gap { gap: n } => *n,
                Part::Bad { bad } => bad.len(),
            };
            if ix.saturating_add(n) > MAX_READINGS {
                return Err(format!("more than {MAX_READINGS} readings"));
            }
            for k in 0..n {
                match part {
                    Part::Ramp { from, step, .. } => push(ix + k, from + step * k as f64, Quality::Good),
                    Part::Cycle { cycle, .. } => {
                        let at = k.checked_rem(cycle.len()).and_then(|at| cycle.get(at));
                        push(ix + k, *at.ok_or("an empty cycle")?, Quality::Good);
                    }
                    Part::Gap { .. } => {}
                    Part::Bad { bad } => push(ix + k, bad.get(k).copied().unwrap_or(0.0), Quality::Bad),
                }
            }
            ix += n;
        }
        Ok(out)
    }

    fn compare(&self, start: UtcNanos, found: &[&Transition]) -> Result<(), String> {
        let line = |minute: f64, state: SensorState, level: Option<&str>| {
            let (h, m, s) = ((minute / 60.0).floor(), (minute % 60.0).floor(), (minute * 60.0) % 60.0);
            format!("{h:02}:{m:02}:{s:04.1} {} {}", state.name(), level.unwrap_or("")).trim_end().to_owned()
        };
        let minute = |t: UtcNanos| t.seconds_since(start) / 60.0;
        let same = found.len() == self.expect.len()
            && found.iter().zip(&self.expect).all(|(f, e)| {
                f.to == e.state
                    && (minute(f.time) - e.minute).abs() * MINUTE_NS <= 1e8
                    && (e.level.is_none() || e.level == f.level)
            });
        if same {
            return Ok(());
        }
        let found: Vec<String> =
            found.iter().map(|f| line(minute(f.time), f.to, f.level.as_deref())).collect();
        let expected: Vec<String> =
            self.expect.iter().map(|e| line(e.minute, e.state, e.level.as_deref())).collect();
        Err(format!("expected {}; found {}", expected.join(", "), found.join(", ")))
    }
}
