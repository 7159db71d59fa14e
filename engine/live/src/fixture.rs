//! Fixtures: a series and the states that a rule must give, in a file beside the rules.

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use serde::Deserialize;

use crate::alarms::{Transition, transitions};
use crate::{
    Area, Channel, Quality, Sample, SensorRule, SensorRules, SensorState, Surroundings, Thing, TimeStore,
    combined_channels,
};

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
    /// The readings of a rule of one channel.
    #[serde(default)]
    pub series: Vec<Part>,
    /// Of a rule over several channels: the channels.
    #[serde(default)]
    pub channels: Vec<FixtureChannel>,
    /// Of a rule over several channels: things with a place.
    #[serde(default)]
    pub things: Vec<FixtureThing>,
    /// Of a rule over several channels: areas.
    #[serde(default)]
    pub areas: Vec<FixtureArea>,
    /// Of a rule over several channels: the object, site or thing whose changes are expected; the only one if absent.
    #[serde(default)]
    pub subject: Option<String>,
    /// Minutes since the start until which changes are expected; the last reading if absent.
    #[serde(default)]
    pub until_minute: Option<f64>,
    /// Every change of state; a series begins normal.
    pub expect: Vec<Expected>,
}

/// A channel of a fixture of a rule over several channels.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureChannel {
    /// Its name.
    pub channel: String,
    /// What it measures.
    pub quantity: String,
    /// What it is bound to, as in bindings.
    #[serde(default)]
    pub object: Option<String>,
    /// Unit of its readings.
    pub unit: String,
    /// Its readings.
    pub series: Vec<Part>,
}

/// A thing of a fixture.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureThing {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// How far it reaches, meters.
    #[serde(default)]
    pub radius_m: f64,
    /// Where it stands.
    #[serde(default)]
    pub at: Option<[f64; 3]>,
    /// Where it goes: minutes since the start, easting, northing, height.
    #[serde(default)]
    pub track: Vec<[f64; 4]>,
}

/// An area of a fixture.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureArea {
    /// Its class.
    pub class: String,
    /// Its corners.
    pub ring: Vec<[f64; 2]>,
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
        let (channel, store, last) =
            if rule.is_combined() { self.combined(rules, rule, start)? } else { self.plain(rule, start)? };
        let until = self.until_minute.map_or(last, |m| start.plus_s(m * 60.0));
        let rules = rules.clone().in_zone(&zone);
        let found = transitions(&store, &[channel], &rules, start, until);
        let found: Vec<&Transition> = found.iter().collect();
        self.compare(start, &found)
    }

    /// The channel that is judged, all readings, and the time of the last one.
    fn plain(&self, rule: &SensorRule, start: UtcNanos) -> Result<(Channel, TimeStore, UtcNanos), String> {
        if !(self.channels.is_empty() && self.things.is_empty() && self.areas.is_empty()) {
            return Err("channels, things and areas are of rules with inputs".to_owned());
        }
        let channel = Channel {
            id: ChannelId("fixture".into()),
            object: None,
            quantity: rule.quantity.clone(),
            unit: self.unit.clone().unwrap_or_else(|| rule.unit.clone()),
            period_s: self.period_s,
            shelves: Vec::new(),
            site: String::new(),
            wiring: None,
        };
        let readings = self.readings(&self.series, start)?;
        let last = readings.last().map_or(start, |s| s.time);
        let rows = readings.into_iter().map(|s| (channel.id.clone(), s)).collect();
        let store = TimeStore::default().extended(rows).0;
        Ok((channel, store, last))
    }

    /// The same of a rule over several channels.
    fn combined(
        &self,
        rules: &SensorRules,
        rule: &SensorRule,
        start: UtcNanos,
    ) -> Result<(Channel, TimeStore, UtcNanos), String> {
        if !self.series.is_empty() || self.unit.is_some() {
            return Err("a rule with inputs has channels and things, not a series".to_owned());
        }
        let mut rows: Vec<(ChannelId, Sample)> = Vec::new();
        let mut channels = Vec::new();
        for c in &self.channels {
            let id = ChannelId(c.channel.as_str().into());
            rows.extend(self.readings(&c.series, start)?.into_iter().map(|s| (id.clone(), s)));
            channels.push(Channel {
                id,
                object: c.object.clone(),
                quantity: c.quantity.clone(),
                unit: c.unit.clone(),
                period_s: self.period_s,
                shelves: Vec::new(),
                site: String::new(),
                wiring: None,
            });
        }
        let mut things = Vec::new();
        for t in &self.things {
            let thing = Thing {
                name: t.name.clone(),
                kind: t.kind.clone(),
                radius_m: t.radius_m,
                fixed: t.at,
                object: None,
                site: String::new(),
                period_s: self.period_s,
            };
            for [minute, at @ ..] in &t.track {
                let time = start.plus_s(minute * 60.0);
                let of = |value| Sample::new(time, value, Quality::Good, "m".into());
                rows.extend(thing.tracks().into_iter().zip(at.map(of)));
            }
            things.push(thing);
        }
        let areas: Vec<Area> =
            self.areas.iter().map(|a| Area { class: a.class.clone(), rings: vec![a.ring.clone()] }).collect();
        let last = rows.iter().map(|r| r.1.time).max().unwrap_or(start);
        let around = Surroundings { channels: &channels, things: &things, areas: &areas };
        let mut judged: Vec<Channel> = combined_channels(rules, around);
        judged.retain(|c| {
            let subject = c.wiring.as_ref().map(|w| &w.subject);
            c.quantity == rule.quantity && (self.subject.is_none() || self.subject.as_ref() == subject)
        });
        let channel = match <[Channel; 1]>::try_from(judged) {
            Ok([one]) => one,
            Err(all) => return Err(format!("it judges {} subjects: name one of them", all.len())),
        };
        Ok((channel, TimeStore::default().extended(rows).0, last))
    }

    fn readings(&self, series: &[Part], start: UtcNanos) -> Result<Vec<Sample>, String> {
        let mut out = Vec::new();
        let mut ix = 0_usize;
        let mut push = |ix: usize, value: f64, quality: Quality| {
            let time = start.plus_s(ix as f64 * self.period_s);
            out.push(Sample::new(time, value, quality, "".into()));
        };
        for part in series {
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
