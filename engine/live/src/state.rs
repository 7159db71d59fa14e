//! The state of a channel at an instant: a pure function of its samples, the rules and the instant.

use lantu_base::UtcNanos;
use serde::{Deserialize, Serialize};

use crate::clock::latest_sound;
use crate::fold::{Doubt, Why};
use crate::rules::Limit;
use crate::timeline::Subject;
use crate::{Channel, InputReading, Level, Quality, Sample, SensorRule, SensorRules, TimeStore};

/// State of a channel, or of an object by its channels. The first four ascend in severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SensorState {
    /// Below every level.
    Normal,
    /// A level that asks for attention.
    Advisory,
    /// A level that asks for action.
    Warning,
    /// The limit is exceeded.
    Alarm,
    /// No value for several periods.
    Stale,
    /// The latest value is of bad quality.
    Suspect,
    /// It cannot be judged: no value yet, no rule, or another unit.
    Unknown,
    /// Silenced by somebody for a while.
    Shelved,
    /// No channel.
    Unbound,
}

impl SensorState {
    /// Stable name: `normal`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Advisory => "advisory",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
            Self::Stale => "stale",
            Self::Suspect => "suspect",
            Self::Unknown => "unknown",
            Self::Shelved => "shelved",
            Self::Unbound => "unbound",
        }
    }
}

/// Which rule judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRef {
    /// The rule's id.
    pub id: String,
    /// The rule file's version.
    pub version: String,
    /// Standard, clause and edition, as the rule states them.
    pub standard: String,
    /// Whether somebody compared it with the standard's text.
    pub verified: bool,
}

/// Why a channel has its state.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// Below every level, or cleared.
    BelowLevels,
    /// The latest value reached a level.
    Raised {
        /// Limit that was reached, in the rule's unit.
        limit: f64,
    },
    /// The latest value lies below the limit, but has not fallen below where the level clears.
    Held {
        /// Where it clears, in the rule's unit.
        clear: f64,
    },
    /// The latest value is older than it may be.
    Stale {
        /// Its age, seconds.
        age_s: f64,
        /// How old it may be, seconds.
        limit_s: f64,
    },
    /// A level was raised and now has been below where it clears, but not for long enough.
    Clearing {
        /// Where it clears, in the rule's unit.
        clear: f64,
    },
    /// The latest value reaches a level, but has not done so for long enough.
    Pending {
        /// Limit that is reached, in the rule's unit.
        limit: f64,
    },
    /// A level that looks at more than the reading was raised by this comparison.
    Decided {
        /// Name of the statistic or input; empty for the reading itself.
        statistic: String,
        /// Unit of `value` and `limit`.
        unit: String,
        /// Its value when the level was raised.
        value: f64,
        /// The limit that it reached.
        limit: f64,
    },
    /// A level was raised by the calendar alone.
    Scheduled,
    /// The latest value is not believed.
    Doubted(Doubt),
    /// Somebody silenced it.
    Shelved {
        /// Until then.
        until: UtcNanos,
    },
    /// An input of a rule over several channels is not known, and it matters.
    Absent {
        /// Name of the input or of the statistic of one.
        input: String,
    },
    /// No value at or before the instant.
    NoReading,
    /// No rule judges this quantity.
    NoRule,
    /// The value's unit does not compare with the rule's.
    UnitMismatch {
        /// The rule's unit.
        expected: String,
    },
}

/// State of one channel at one instant, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelState {
    /// The state.
    pub state: SensorState,
    /// Latest reading at or before the instant, in `unit`.
    pub value: Option<f64>,
    /// Unit of `value`; empty if nobody stated one.
    pub unit: String,
    /// Name of the level that holds.
    pub level: Option<String>,
    /// Time of the reading.
    pub sample_time: Option<UtcNanos>,
    /// Rule that judged; `None` without one.
    pub rule: Option<RuleRef>,
    /// Why.
    pub cause: Cause,
    /// Of a rule over several channels: what each input reads.
    pub inputs: Vec<InputReading>,
}

/// The state of `channel` at `t`: a pure function of the rules, the samples by event time, and `t`.
///
/// Costs two binary searches where the day was asked for before; else its samples are gone through once, and those of
/// days before it until levels are certain.
pub fn state_at(store: &TimeStore, channel: &Channel, rules: &SensorRules, t: UtcNanos) -> ChannelState {
    let rule = rules.for_quantity(&channel.quantity);
    if let (Some(rule), Some(_)) = (rule, &channel.wiring) {
        return combined_state(Subject { store, channel, rules, rule }, t);
    }
    let told = rule.and_then(|rule| Subject { store, channel, rules, rule }.told_at(t));
    let told_reading = || told.and_then(|told| told.reading(store, &channel.id));
    let latest = match told.filter(|told| told.holds) {
        Some(_) => told_reading(),
        None => latest_sound(store, &channel.id, t).or_else(told_reading),
    };
    let unit = latest.as_ref().map_or("", |s| &s.unit);
    let unit = if unit.is_empty() { channel.unit.as_str() } else { unit };
    let mut out = ChannelState {
        state: SensorState::Unknown,
        value: latest.as_ref().map(|s| s.value),
        unit: unit.to_owned(),
        level: None,
        sample_time: latest.as_ref().map(|s| s.time),
        rule: rule.map(|r| RuleRef::new(rules, r)),
        cause: Cause::NoReading,
        inputs: Vec::new(),
    };
    let Some(latest) = &latest else { return out };
    let Some(rule) = rule else {
        out.cause = Cause::NoRule;
        return out;
    };
    let subject = Subject { store, channel, rules, rule };
    let Some(shown) = subject.shown_at(t) else { return out };
    if let Some(&(_, until)) = channel.shelves.iter().find(|(from, until)| *from <= t && t < *until) {
        (out.state, out.cause) = (SensorState::Shelved, Cause::Shelved { until });
        return out;
    }
    out.state = shown.state;
    // What came with a wrong clock was heard when it came.
    let heard = told.filter(|_| latest.quality == Quality::OffClock).map_or(latest.time, |told| told.at);
    let level = shown.level.and_then(|ix| rule.levels.get(usize::from(ix)));
    out.level = level.map(|l| l.name.clone());
    out.cause = match shown.why {
        // Divided, not multiplied by 1e-9, so that whole seconds stay whole.
        Why::Silent => Cause::Stale {
            age_s: (i128::from(t.0) - i128::from(heard.0)) as f64 / 1e9,
            limit_s: subject.stale_after_s(),
        },
        Why::Doubt(doubt) => Cause::Doubted(doubt),
        Why::OtherUnit => Cause::UnitMismatch { expected: rule.unit.clone() },
        Why::Absent(ix) => Cause::Absent { input: rule.fact(usize::from(ix)).0.to_owned() },
        Why::Below | Why::Raised(_) => level_cause(&subject, latest, (shown.why, level), unit),
    };
    out
}

/// The state of a rule over several channels. Its reading is that of the input that the first level looks at.
fn combined_state(subject: Subject<'_>, t: UtcNanos) -> ChannelState {
    let Subject { channel, rules, rule, .. } = subject;
    let inputs = channel.wiring.as_ref().map_or_else(Vec::new, |w| subject.combined(w).readings_at(t));
    let main = rule.main_input().and_then(|name| inputs.iter().find(|i| i.input == name));
    let mut out = ChannelState {
        state: SensorState::Unknown,
        value: main.and_then(|i| i.value),
        unit: main.map_or_else(String::new, |i| i.unit.clone()),
        level: None,
        sample_time: main.and_then(|i| i.time),
        rule: Some(RuleRef::new(rules, rule)),
        cause: Cause::NoReading,
        inputs: Vec::new(),
    };
    if let Some(shown) = subject.shown_at(t) {
        let level = shown.level.and_then(|ix| rule.levels.get(usize::from(ix)));
        (out.state, out.level) = (shown.state, level.map(|l| l.name.clone()));
        out.cause = match shown.why {
            Why::Raised(Some((limit, value))) => Cause::decided(rule, limit, value),
            Why::Raised(None) => Cause::Scheduled,
            Why::Absent(ix) => Cause::Absent { input: rule.fact(usize::from(ix)).0.to_owned() },
            _ => Cause::BelowLevels,
        };
        if let Some(&(_, until)) = channel.shelves.iter().find(|(from, until)| *from <= t && t < *until) {
            (out.state, out.level, out.cause) = (SensorState::Shelved, None, Cause::Shelved { until });
        }
    }
    out.inputs = inputs;
    out
}

/// Only the state that [`state_at`] gives, for coloring many objects: readings are not looked at where the day was asked
/// for before, and nothing is allocated.
pub fn shown_state(store: &TimeStore, channel: &Channel, rules: &SensorRules, t: UtcNanos) -> SensorState {
    let Some(rule) = rules.for_quantity(&channel.quantity) else { return SensorState::Unknown };
    let subject = Subject { store, channel, rules, rule };
    let Some(shown) = subject.shown_at(t) else { return SensorState::Unknown };
    if channel.shelves.iter().any(|(from, until)| *from <= t && t < *until) {
        return SensorState::Shelved;
    }
    shown.state
}

/// Why a level holds or none does, by the latest reading.
fn level_cause(
    subject: &Subject<'_>,
    latest: &Sample,
    (why, level): (Why, Option<&Level>),
    unit: &str,
) -> Cause {
    let rule = subject.rule;
    let night = rule.is_night(latest.time, subject.rules.zone());
    let value = latest.value * rule.factor(unit).unwrap_or(1.0);
    let value = if rule.absolute { value.abs() } else { value };
    if let (Why::Raised(by), Some(level)) = (why, level) {
        let limit = level.limit(night);
        return match by {
            _ if level.is_plain() && limit.is_reached(value) => Cause::Raised { limit: limit.raise },
            _ if level.is_plain() && !limit.is_cleared(value) => Cause::Held { clear: limit.clear },
            _ if level.is_plain() => Cause::Clearing { clear: limit.clear },
            Some((limit, value)) => Cause::decided(rule, limit, value),
            None => Cause::Scheduled,
        };
    }
    // The highest level that the reading reaches without having held long enough.
    let reached = |l: &&Level| l.is_plain() && l.limit(night).is_reached(value);
    match rule.levels.iter().rev().find(reached) {
        Some(level) => Cause::Pending { limit: level.limit(night).raise },
        None => Cause::BelowLevels,
    }
}

impl Cause {
    fn decided(rule: &SensorRule, limit: Limit, value: f64) -> Self {
        let (name, unit) = rule.fact(limit.statistic_ix);
        Self::Decided { statistic: name.to_owned(), unit: unit.to_owned(), value, limit: limit.raise }
    }
}

impl RuleRef {
    pub(crate) fn new(rules: &SensorRules, rule: &SensorRule) -> Self {
        Self {
            id: rule.id.clone(),
            version: rules.version.clone(),
            standard: rule.standard_text(),
            verified: rule.verified,
        }
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::ChannelId;
    use proptest::prelude::*;

    use super::*;

    const RULES: &str = r#"
        version = "t1"
        source = "test"
        verification = "none"
        [[rule]]
        id = "noise-site"
        quantity = "noise"
        unit = "dB(A)"
        units = { dBA = 1.0 }
        stale_after_periods = 3
        default_period_s = 60
        standard = "S"
        clause = "1"
        edition = "2025"
        verified = false
        night = { from_minute = 1320, to_minute = 360, utc_offset_minutes = 480 }
        level = [
            { name = "near", state = "advisory", value = 65.0, clear = 63.0, night_value = 50.0, night_clear = 48.0 },
            { name = "limit", state = "alarm", value = 70.0, clear = 67.0, night_value = 55.0, night_clear = 52.0 },
        ]
        [[rule]]
        id = "strain-beam"
        quantity = "strain"
        unit = "µε"
        absolute = true
        stale_after_periods = 2
        default_period_s = 600
        standard = "none"
        clause = ""
        edition = ""
        verified = false
        level = [ { name = "design", state = "warning", value = 800.0, clear = 700.0 } ]
    "#;

    const MINUTE: i64 = 60_000_000_000;
    /// 2026-07-01T04:00:00Z, noon in Shanghai.
    const NOON: i64 = 1_782_878_400_000_000_000;

    fn rules() -> SensorRules {
        SensorRules::parse(RULES.as_bytes()).unwrap()
    }

    fn channel(quantity: &str) -> Channel {
        let unit = if quantity == "noise" { "dB(A)" } else { "µε" };
        let id = ChannelId("c".into());
        Channel {
            id,
            object: None,
            quantity: quantity.into(),
            unit: unit.into(),
            period_s: 60.0,
            shelves: Vec::new(),
            site: String::new(),
            wiring: None,
        }
    }

    fn store(start: i64, values: &[f64]) -> TimeStore {
        let rows = values.iter().zip(0..).map(|(&value, ix)| {
            let time = UtcNanos(start + ix * MINUTE);
            (ChannelId("c".into()), Sample::new(time, value, Quality::Good, "".into()))
        });
        TimeStore::default().extended(rows.collect()).0
    }

    /// State at the last of `values`, one a minute from `start`.
    fn last(quantity: &str, start: i64, values: &[f64]) -> ChannelState {
        let t = UtcNanos(start + (i64::try_from(values.len()).unwrap() - 1) * MINUTE);
        let (store, channel, rules) = (store(start, values), channel(quantity), rules());
        let state = state_at(&store, &channel, &rules, t);
        assert_eq!(shown_state(&store, &channel, &rules, t), state.state);
        state
    }

    #[test]
    fn a_level_is_raised_at_its_value_and_cleared_only_below_its_clearing_value() {
        let check = |values: &[f64], expected: SensorState| {
            assert_eq!(last("noise", NOON, values).state, expected, "{values:?}");
        };
        check(&[64.9], SensorState::Normal);
        check(&[65.0], SensorState::Advisory);
        check(&[70.0], SensorState::Alarm);
        check(&[70.0, 67.0], SensorState::Alarm);
        check(&[69.9, 67.0], SensorState::Advisory);
        check(&[70.0, 66.9], SensorState::Advisory);
        check(&[70.0, 66.9, 68.0], SensorState::Advisory);
        check(&[70.0, 62.9, 64.0], SensorState::Normal);
    }

    #[test]
    fn at_night_the_night_levels_count() {
        // 22:00 in Shanghai is 10 hours after noon.
        let s = last("noise", NOON + 600 * MINUTE, &[56.0]);
        assert_eq!((s.state, s.cause), (SensorState::Alarm, Cause::Raised { limit: 55.0 }));
        assert_eq!(last("noise", NOON + 599 * MINUTE, &[56.0]).state, SensorState::Normal);
        assert_eq!(last("noise", NOON + (18 * 60 - 1) * MINUTE, &[56.0]).state, SensorState::Alarm);
        assert_eq!(last("noise", NOON + 18 * 60 * MINUTE, &[56.0]).state, SensorState::Normal);
    }

    #[test]
    fn a_level_raised_months_ago_and_never_cleared_still_holds() {
        let mut values = vec![66.0; 200_000];
        values[0] = 71.0;
        // Daytime levels only: the dead band by day clears every night, so take a rule without night.
        let text = RULES
            .replace("night = { from_minute = 1320, to_minute = 360, utc_offset_minutes = 480 }", "")
            .replace(
                "value = 65.0, clear = 63.0, night_value = 50.0, night_clear = 48.0",
                "value = 69.0, clear = 65.0",
            )
            .replace(
                "value = 70.0, clear = 67.0, night_value = 55.0, night_clear = 52.0",
                "value = 70.0, clear = 65.0",
            );
        let rules = SensorRules::parse(text.as_bytes()).unwrap();
        let s = store(NOON, &values);
        let state = state_at(&s, &channel("noise"), &rules, UtcNanos(NOON + 199_999 * MINUTE));
        assert_eq!((state.state, state.cause), (SensorState::Alarm, Cause::Held { clear: 65.0 }));
    }

    #[test]
    fn silence_bad_values_other_units_and_missing_rules_are_states_of_their_own() {
        let s = store(NOON, &[71.0]);
        let at = |minutes: i64| state_at(&s, &channel("noise"), &rules(), UtcNanos(NOON + minutes * MINUTE));
        assert_eq!(at(-1).state, SensorState::Unknown);
        assert_eq!(at(3).state, SensorState::Alarm);
        let stale = at(4);
        assert_eq!((stale.state, stale.value), (SensorState::Stale, Some(71.0)));
        assert_eq!(stale.cause, Cause::Stale { age_s: 240.0, limit_s: 180.0 });

        let no_rule = state_at(&s, &channel("tilt"), &rules(), UtcNanos(NOON));
        assert_eq!((no_rule.state, no_rule.cause), (SensorState::Unknown, Cause::NoRule));
        let mut pa = channel("noise");
        pa.unit = "Pa".into();
        assert!(matches!(state_at(&s, &pa, &rules(), UtcNanos(NOON)).cause, Cause::UnitMismatch { .. }));
        pa.unit = "dBA".into();
        assert_eq!(state_at(&s, &pa, &rules(), UtcNanos(NOON)).state, SensorState::Alarm);

        let bad = Sample::new(UtcNanos(NOON + MINUTE), 20.0, Quality::Bad, "dB(A)".into());
        let (s, _) = s.extended(vec![(ChannelId("c".into()), bad)]);
        let at = |minutes: i64| state_at(&s, &channel("noise"), &rules(), UtcNanos(NOON + minutes * MINUTE));
        assert_eq!(at(1).state, SensorState::Suspect);
        assert_eq!(at(0).state, SensorState::Alarm);
    }

    #[test]
    fn a_bad_value_between_two_good_ones_clears_nothing() {
        let (s, _) = store(NOON, &[71.0, 68.0, 68.0]).extended(Vec::new());
        let bad = |ix: i64| Sample::new(UtcNanos(NOON + ix * MINUTE + 1), 0.0, Quality::Bad, "dB(A)".into());
        let (s, _) = s.extended(vec![(ChannelId("c".into()), bad(0)), (ChannelId("c".into()), bad(1))]);
        let state = state_at(&s, &channel("noise"), &rules(), UtcNanos(NOON + 2 * MINUTE));
        assert_eq!(state.state, SensorState::Alarm);
    }

    #[test]
    fn compression_is_judged_like_tension() {
        assert_eq!(last("strain", NOON, &[-810.0]).state, SensorState::Warning);
        assert_eq!(last("strain", NOON, &[-810.0, -750.0]).state, SensorState::Warning);
        assert_eq!(last("strain", NOON, &[-810.0, 10.0]).state, SensorState::Normal);
    }

    #[test]
    fn a_state_names_its_rule_version_and_standard() {
        let rule = last("noise", NOON, &[50.0]).rule.unwrap();
        assert_eq!((rule.id.as_str(), rule.version.as_str(), rule.verified), ("noise-site", "t1", false));
        assert_eq!(rule.standard, "S, 1, 2025");
    }

    #[test]
    fn a_rule_file_that_contradicts_itself_is_refused() {
        let refuse = |from: &str, to: &str| {
            assert!(RULES.contains(from));
            assert!(SensorRules::parse(RULES.replace(from, to).as_bytes()).is_err(), "{from} -> {to}");
        };
        refuse("clear = 67.0", "clear = 71.0");
        refuse("value = 70.0", "value = 60.0");
        refuse("state = \"alarm\"", "state = \"normal\"");
        refuse("stale_after_periods = 3", "stale_after_periods = 0");
        refuse("quantity = \"strain\"", "quantity = \"noise\"");
        refuse("default_period_s = 60\n", "");
        refuse("verified = false", "verifed = false");
        assert!(SensorRules::parse(b"\xff").is_err());
    }

    proptest! {
        #[test]
        fn shuffled_samples_give_the_states_of_a_sorted_replay(
            values in prop::collection::vec(60.0..75.0_f64, 1..60),
            order in any::<u64>(),
        ) {
            let sorted = store(NOON, &values);
            // The oracle: one pass forward in time with one flag per level.
            let (mut advisory, mut alarm) = (false, false);
            let mut shuffled = TimeStore::default();
            let mut rows: Vec<_> = values.iter().zip(0_i64..).collect();
            rows.sort_by_key(|(_, ix)| (ix.unsigned_abs() ^ order).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            for (&value, ix) in rows {
                let s = Sample::new(UtcNanos(NOON + ix * MINUTE), value, Quality::Good, "".into());
                shuffled = shuffled.extended(vec![(ChannelId("c".into()), s)]).0;
            }
            for (&v, ix) in values.iter().zip(0_i64..) {
                advisory = if v >= 65.0 { true } else if v < 63.0 { false } else { advisory };
                alarm = if v >= 70.0 { true } else if v < 67.0 { false } else { alarm };
                let expected = if alarm { SensorState::Alarm } else if advisory { SensorState::Advisory } else { SensorState::Normal };
                let t = UtcNanos(NOON + ix * MINUTE);
                let a = state_at(&sorted, &channel("noise"), &rules(), t);
                prop_assert_eq!(a.state, expected);
                prop_assert_eq!(shown_state(&shuffled, &channel("noise"), &rules(), t), a.state);
                prop_assert_eq!(state_at(&shuffled, &channel("noise"), &rules(), t), a);
            }
        }
    }
}
