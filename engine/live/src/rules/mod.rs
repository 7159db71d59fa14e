//! The rules that turn readings into states: data with a source, an edition and a verification status.

mod hours;
mod input;
mod level;
mod statistic;

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use lantu_base::{TimeZoneName, UtcNanos};
use serde::Deserialize;

pub use hours::{Hours, Night};
pub use input::{Input, Measured, Per, Take};
pub use level::{Condition, Delay, Level};
pub(crate) use level::{Fact, Facts, Limit, Verdict};
pub use statistic::{Statistic, StatisticKind};

use crate::SensorState;

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
    /// Invariant: checked when the file was read.
    #[serde(rename = "rule")]
    rules: Vec<SensorRule>,
    /// Names of levels, and what else readers see of the file, in other languages: by language tag and text.
    #[serde(default)]
    words: BTreeMap<String, BTreeMap<String, String>>,
    /// Zone of nights and hours that do not fix their own offset; UTC without one.
    #[serde(skip)]
    zone: Option<TimeZoneName>,
    /// Hash of the file and the zone: what was computed by other rules is not reused.
    #[serde(skip)]
    digest: u64,
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
    /// First and last day of the edition's validity, as the standard writes them; empty if unlimited or unknown.
    #[serde(default)]
    pub validity: String,
    /// Where it applies; empty if everywhere.
    #[serde(default)]
    pub region: String,
    /// What a reader should know; empty if nothing.
    #[serde(default)]
    pub note: String,
    /// Local hours with other levels.
    #[serde(default)]
    pub night: Option<Night>,
    /// What conditions may look at besides the reading, by name.
    #[serde(default)]
    pub statistics: BTreeMap<String, Statistic>,
    /// Of a rule over several channels: for what there is one judgment each.
    #[serde(default)]
    pub per: Per,
    /// With `per = "thing"`: kinds of the things that are judged.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// What a rule over several channels looks at, by name; empty for a rule of one channel. Its `quantity` is the name
    /// of what it judges.
    #[serde(default)]
    pub inputs: BTreeMap<String, Input>,
    /// How long it must last to raise a level.
    #[serde(default = "no_delay")]
    pub raise_after: Delay,
    /// How long it must last to clear a level.
    #[serde(default = "no_delay")]
    pub clear_after: Delay,
    /// A level that was raised stays in the list of alarms until somebody acknowledges it, also when it has cleared.
    #[serde(default)]
    pub latched: bool,
    /// Which readings are not believed.
    #[serde(default)]
    pub suspect: Suspect,
    /// Named levels, ascending in state.
    #[serde(rename = "level")]
    pub levels: Vec<Level>,
}

/// Which readings are shown as suspect and not judged; in the rule's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// Smaller ones.
    #[serde(default)]
    pub min: Option<f64>,
    /// Larger ones.
    #[serde(default)]
    pub max: Option<f64>,
    /// Those that lie so far or farther from the last one that was believed, unless the next one confirms it.
    #[serde(default)]
    pub spike: Option<f64>,
    /// Those after so many seconds of exactly the same value.
    #[serde(default)]
    pub flat_s: Option<f64>,
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

const fn no_delay() -> Delay {
    Delay::NONE
}

impl SensorRules {
    /// Reads and checks a rule file (TOML, UTF-8).
    ///
    /// # Errors
    /// [`RuleError`]: a file with a wrong rule is refused as a whole, because a silently missing limit is dangerous.
    pub fn parse(bytes: &[u8]) -> Result<Self, RuleError> {
        let mut out: Self = toml::from_str(std::str::from_utf8(bytes)?)?;
        for ix in 0..out.rules.len() {
            let (earlier, rest) = out.rules.split_at_mut(ix);
            let Some(rule) = rest.first_mut() else { break };
            let twice = earlier.iter().any(|r| r.id == rule.id || r.quantity == rule.quantity);
            let what = if twice { Some("another rule has its id or quantity") } else { rule.resolve() };
            if let Some(what) = what.or_else(|| rule.contradiction()) {
                return Err(RuleError::Contradiction { what, rule: rule.id.clone() });
            }
        }
        out.digest = hash_of(&bytes);
        Ok(out)
    }

    /// The same rules with nights and hours in `zone`, where they do not fix their own offset.
    #[must_use]
    pub fn in_zone(mut self, zone: &TimeZoneName) -> Self {
        self.digest = hash_of(&(self.digest, zone.name()));
        self.zone = Some(zone.clone());
        self
    }

    /// The rules, as in the file.
    pub fn rules(&self) -> &[SensorRule] {
        &self.rules
    }

    /// The rule for a quantity.
    pub fn for_quantity(&self, quantity: &str) -> Option<&SensorRule> {
        self.rules.iter().find(|r| r.quantity == quantity)
    }

    /// A text of the file, such as the name of a level, in the language of this tag (`zh-CN`); as it is where the file does
    /// not say it in that language.
    pub fn word<'a>(&'a self, language: &str, text: &'a str) -> &'a str {
        self.words.get(language).and_then(|words| words.get(text)).map_or(text, String::as_str)
    }

    /// Standard, clause and edition of the rule of this id, in the language of this tag.
    pub fn standard_text(&self, language: &str, rule: &str) -> Option<String> {
        let rule = self.rules.iter().find(|r| r.id == rule)?;
        Some(joined(rule.standard_parts().map(|part| self.word(language, part))))
    }

    pub(crate) fn zone(&self) -> Option<&TimeZoneName> {
        self.zone.as_ref()
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn hash_of(content: &impl std::hash::Hash) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

impl SensorRule {
    /// Finds the statistics that levels name.
    fn resolve(&mut self) -> Option<&'static str> {
        let names: Vec<&String> = self.statistics.keys().chain(self.inputs.keys()).collect();
        let combined = !self.inputs.is_empty();
        let find = |of: Option<&String>| match of {
            // A rule over several channels has no reading of its own.
            None => (!combined).then_some(0),
            Some(name) => names.iter().position(|n| *n == name).map(|ix| ix + 1),
        };
        let mut sound = true;
        let mut open: Vec<&mut Condition> = Vec::new();
        for level in &mut self.levels {
            match find(level.of.as_ref()) {
                Some(ix) => level.statistic_ix = ix,
                None => sound = false,
            }
            open.extend(level.and.iter_mut().chain(&mut level.or));
        }
        while let Some(condition) = open.pop() {
            match find(condition.of.as_ref()) {
                Some(ix) => condition.statistic_ix = ix,
                None if condition.value.is_none() => {}
                None => sound = false,
            }
            open.extend(condition.and.iter_mut().chain(&mut condition.or));
        }
        (!sound).then_some("a level looks at a statistic or an input that the rule does not have")
    }

    fn contradiction(&self) -> Option<&'static str> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if self.levels.is_empty() {
            return Some("it has no level");
        }
        if self.levels.len() > 64 || self.statistics.len() > 64 {
            return Some("it has more than 64 levels or statistics");
        }
        if !positive(self.stale_after_periods) || !positive(self.default_period_s) {
            return Some("periods must be positive");
        }
        if !self.units.values().all(|&f| positive(f)) {
            return Some("a unit factor must be positive");
        }
        if let Some(what) = self.inputs_contradiction() {
            return Some(what);
        }
        let s = &self.suspect;
        if !s.spike.is_none_or(positive)
            || !s.flat_s.is_none_or(positive)
            || s.min.zip(s.max).is_some_and(|(a, b)| a >= b)
        {
            return Some("what is suspect must be positive, and its range not empty");
        }
        let delays = self.levels.iter().flat_map(|l| [l.raise_after, l.clear_after]).flatten();
        if let Some(what) =
            [self.raise_after, self.clear_after].into_iter().chain(delays).find_map(Delay::contradiction)
        {
            return Some(what);
        }
        self.night
            .as_ref()
            .and_then(Night::contradiction)
            .or_else(|| self.statistics.values().find_map(Statistic::contradiction))
            .or_else(|| {
                self.levels.iter().flat_map(|l| l.and.iter().chain(&l.or)).find_map(Condition::contradiction)
            })
            .or_else(|| self.levels_contradiction())
    }

    fn inputs_contradiction(&self) -> Option<&'static str> {
        let named = |s: &Statistic| s.of.as_ref().map(|of| self.inputs.contains_key(of));
        if self.inputs.is_empty() {
            let stray = self.per != Per::Object || !self.kinds.is_empty();
            let stray = stray || self.statistics.values().any(|s| s.of.is_some());
            return stray.then_some("only a rule with inputs has per, kinds and statistics of inputs");
        }
        if self.inputs.len() > 16 || self.inputs.keys().any(|name| self.statistics.contains_key(name)) {
            return Some("a rule has at most 16 inputs, and none has the name of a statistic");
        }
        if (self.per == Per::Thing) == self.kinds.is_empty() {
            return Some("kinds are those of the things that a rule judges");
        }
        if !self.statistics.values().all(|s| named(s) == Some(true)) {
            return Some("a statistic of a rule with inputs is of one of them");
        }
        if self.suspect != Suspect::default() || self.absolute || self.night.is_some() {
            return Some("suspect, absolute and night belong to the rules of the inputs");
        }
        self.inputs.values().find_map(|i| i.contradiction(self.per))
    }

    fn levels_contradiction(&self) -> Option<&'static str> {
        for night in [false, true] {
            let mut before: Option<(&Level, f64, f64)> = None;
            for level in &self.levels {
                let (raise, clear) = level.limits(night);
                let sound = raise.is_finite() && clear.is_finite();
                if !sound || (if level.below { clear < raise } else { clear > raise }) {
                    return Some("a level clears beyond where it is raised");
                }
                if !matches!(level.state, SensorState::Advisory | SensorState::Warning | SensorState::Alarm) {
                    return Some("a level is advisory, warning or alarm");
                }
                if let Some((b, r, c)) = before {
                    // Levels that look at different things have no common scale.
                    let comparable = b.is_plain() && level.is_plain() && b.below == level.below;
                    let ascends = if level.below { raise < r && clear <= c } else { raise > r && clear >= c };
                    if b.state > level.state || (comparable && !ascends) {
                        return Some("levels do not ascend");
                    }
                }
                before = Some((level, raise, clear));
            }
        }
        None
    }

    /// Factor from `unit` to the rule's unit; `None` if they do not compare.
    pub fn factor(&self, unit: &str) -> Option<f64> {
        if unit == self.unit { Some(1.0) } else { self.units.get(unit).copied() }
    }

    /// Whether it looks at several channels.
    pub fn is_combined(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// The input that the first level looks at, itself or by a statistic of it; `None` of a rule of one channel.
    pub fn main_input(&self) -> Option<&str> {
        let of = self.levels.first()?.of.as_deref()?;
        let name = self.statistics.get(of).and_then(|s| s.of.as_deref()).unwrap_or(of);
        self.inputs.contains_key(name).then_some(name)
    }

    /// Name and unit of what conditions call `ix`: the reading, then statistics by name, then inputs by name.
    pub(crate) fn fact(&self, ix: usize) -> (&str, &str) {
        if let Some((name, s)) = self.statistic(ix) {
            let unit = s.of.as_ref().and_then(|of| self.inputs.get(of)).map_or(&self.unit, |i| &i.unit);
            return (name, unit);
        }
        let input = ix.checked_sub(1 + self.statistics.len()).and_then(|ix| self.inputs.iter().nth(ix));
        input.map_or(("", &self.unit), |(name, i)| (name, &i.unit))
    }

    /// Statistic that conditions call `ix`: the reading, then those of the file by name.
    pub(crate) fn statistic(&self, ix: usize) -> Option<(&str, &Statistic)> {
        match ix.checked_sub(1) {
            None => Some(("", &Statistic::READING)),
            Some(ix) => self.statistics.iter().nth(ix).map(|(name, s)| (name.as_str(), s)),
        }
    }

    pub(crate) fn is_night(&self, t: UtcNanos, zone: Option<&TimeZoneName>) -> bool {
        self.night.as_ref().is_some_and(|n| n.holds(t, zone))
    }

    /// How long it must last to raise and to clear a level.
    pub(crate) fn delays(&self, level: &Level) -> (Delay, Delay) {
        (level.raise_after.unwrap_or(self.raise_after), level.clear_after.unwrap_or(self.clear_after))
    }

    /// Standard, clause and edition as one text.
    pub fn standard_text(&self) -> String {
        joined(self.standard_parts())
    }

    fn standard_parts(&self) -> impl Iterator<Item = &str> {
        [self.standard.as_str(), &self.clause, &self.edition].into_iter().filter(|s| !s.is_empty())
    }
}
