//! Alarms: every change of state with its reason, and what people did about it (ISA-18.2).

use lantu_base::{ChannelId, UtcNanos};
use serde::{Deserialize, Serialize};

use crate::fold::{Doubt, Shown, Why};
use crate::rules::Limit;
use crate::timeline::Subject;
use crate::{Channel, SensorRule, SensorRules, SensorState, TimeStore};

/// A channel changed its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// When.
    pub time: UtcNanos,
    /// Which.
    pub channel: ChannelId,
    /// Id of the rule that judged.
    pub rule: String,
    /// Version of its file.
    pub version: String,
    /// State before; unknown at first.
    pub from: SensorState,
    /// State from `time` on.
    pub to: SensorState,
    /// Level that holds from `time` on.
    pub level: Option<String>,
    /// The value that was compared, in the rule's unit; `None` where none was.
    pub value: Option<f64>,
    /// What decided.
    pub why: Because,
}

/// What made a channel change its state. Says itself in English: `100.5 ≥ 100 µε, L1 raised`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// Stable, for messages in other languages: `raised`.
    pub code: &'static str,
    /// What the message names.
    pub args: Vec<(&'static str, String)>,
}

/// What somebody did about the alarm of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// When, UTC nanoseconds.
    pub time: UtcNanos,
    /// Which channel.
    pub channel: String,
    /// What.
    pub deed: Deed,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What can be done about an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Seen.
    Acknowledge,
    /// Silenced until then, at the latest.
    Shelve {
        /// End.
        until: UtcNanos,
    },
    /// No longer silenced.
    Unshelve,
}

/// Where the alarm of a channel stands, after ISA-18.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// No alarm, or one that is over and was seen.
    Normal,
    /// A level holds, and nobody has acknowledged it.
    Unacknowledged,
    /// A level holds, and somebody has.
    Acknowledged,
    /// The level has cleared before anybody acknowledged it.
    Returned,
    /// The level has cleared, and its rule keeps it until somebody acknowledges it.
    Latched,
    /// Silenced.
    Shelved,
}

/// The alarm of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Which channel.
    pub channel: ChannelId,
    /// Where it stands.
    pub life: Life,
    /// When the worst level was raised, the last time.
    pub raised: UtcNanos,
    /// That level.
    pub level: Option<String>,
    /// The worst state since it was raised, to which that level led.
    pub worst: SensorState,
    /// Who did the last thing about it.
    pub by: Option<String>,
}

/// Every change of state with `from ≤ time ≤ to`, by time, then by channel.
///
/// A function of the samples by event time, the rules and `to`: the order of arrival does not show.
/// Channels without a rule have none.
pub fn transitions(
    store: &TimeStore,
    channels: &[Channel],
    rules: &SensorRules,
    from: UtcNanos,
    to: UtcNanos,
) -> Vec<Transition> {
    let mut out = Vec::new();
    let mut seen: Option<&ChannelId> = None;
    for channel in channels {
        // A channel bound to several objects has one series.
        if seen.replace(&channel.id) == Some(&channel.id) {
            continue;
        }
        out.extend(of_channel(store, channel, rules, to).into_iter().filter(|t| t.time >= from));
    }
    out.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.channel.cmp(&b.channel)));
    out
}

fn of_channel(store: &TimeStore, channel: &Channel, rules: &SensorRules, to: UtcNanos) -> Vec<Transition> {
    let Some(rule) = rules.for_quantity(&channel.quantity) else { return Vec::new() };
    let mut before = SensorState::Unknown;
    let steps = Subject { store, channel, rules, rule }.steps_until(to);
    // The first reading that is as it should be changes nothing.
    let first = usize::from(steps.first().is_some_and(|s| s.shown.state == SensorState::Normal));
    if first == 1 {
        before = SensorState::Normal;
    }
    steps
        .into_iter()
        .skip(first)
        .map(|s| Transition {
            time: UtcNanos(s.t),
            channel: channel.id.clone(),
            rule: rule.id.clone(),
            version: rules.version.clone(),
            from: std::mem::replace(&mut before, s.shown.state),
            to: s.shown.state,
            level: level_name(rule, s.shown.level),
            value: compared(&s.shown).map(|(_, value)| value),
            why: because(rule, &s.shown),
        })
        .collect()
}

/// The comparison that made the change.
fn compared(shown: &Shown) -> Option<(Limit, f64)> {
    match (shown.cleared, shown.why) {
        (Some((_, by)), _) | (None, Why::Raised(by)) => by,
        _ => None,
    }
}

fn level_name(rule: &SensorRule, level: Option<u8>) -> Option<String> {
    level.and_then(|ix| rule.levels.get(usize::from(ix))).map(|l| l.name.clone())
}

fn because(rule: &SensorRule, shown: &Shown) -> Because {
    let level = |ix: Option<u8>| ("level", level_name(rule, ix).unwrap_or_default());
    let compare = |(limit, value): (Limit, f64), cleared: bool| {
        let (name, unit) = rule.fact(limit.statistic_ix);
        let (sign, bound) = match (cleared, limit.below) {
            (false, false) => ("≥", limit.raise),
            (false, true) => ("≤", limit.raise),
            (true, false) => ("<", limit.clear),
            (true, true) => (">", limit.clear),
        };
        // Six decimals: what rounding left behind the sum of a window tells nobody anything.
        let value = (value * 1e6).round() / 1e6;
        ("by", format!("{name} {value} {sign} {bound} {unit}").trim().to_owned())
    };
    let said = |code, args: &[(&'static str, String)]| Because { code, args: args.to_vec() };
    if let Some((ix, by)) = shown.cleared {
        return match by {
            Some(by) => said("cleared", &[compare(by, true), level(Some(ix))]),
            None => said("cleared-hours", &[level(Some(ix))]),
        };
    }
    let number = |name, value: f64| (name, value.to_string());
    match shown.why {
        Why::Below => said("below", &[]),
        Why::Raised(Some(by)) => said("raised", &[compare(by, false), level(shown.level)]),
        Why::Raised(None) => said("hours", &[]),
        Why::Silent => said("silent", &[number("n", rule.stale_after_periods)]),
        Why::Absent(ix) => said("absent", &[("input", rule.fact(usize::from(ix)).0.to_owned())]),
        Why::OtherUnit => said("unit", &[("unit", rule.unit.clone())]),
        Why::Doubt(doubt) => match doubt {
            Doubt::Quality => said("quality", &[]),
            Doubt::Clock => said("clock", &[]),
            Doubt::Skew(s) if s > 0.0 => said("clock-ahead", &[number("seconds", s.round())]),
            Doubt::Skew(s) => said("clock-behind", &[number("seconds", -s.round())]),
            Doubt::OutOfRange(limit) => said("range", &[number("limit", limit), ("unit", rule.unit.clone())]),
            Doubt::Spike(jump) => said("spike", &[number("jump", jump), ("unit", rule.unit.clone())]),
            Doubt::Flat(seconds) => said("flat", &[number("seconds", seconds)]),
        },
    }
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arg = |name: &str| self.args.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
        match self.code {
            "cleared" => write!(f, "{}, {} cleared", arg("by"), arg("level")),
            "cleared-hours" => write!(f, "the hours of the rule, {} cleared", arg("level")),
            "below" => write!(f, "no level holds"),
            "raised" => write!(f, "{}, {} raised", arg("by"), arg("level")),
            "hours" => write!(f, "the hours of the rule"),
            "silent" => write!(f, "no reading for {} periods", arg("n")),
            "absent" => write!(f, "{} is not known", arg("input")),
            "unit" => write!(f, "a unit that does not compare with {}", arg("unit")),
            "quality" => write!(f, "the device marks its reading as bad"),
            "clock" => write!(f, "the device's clock is off"),
            "clock-ahead" => write!(f, "the device's clock is {} s ahead", arg("seconds")),
            "clock-behind" => write!(f, "the device's clock is {} s behind", arg("seconds")),
            "range" => write!(f, "beyond the possible {} {}", arg("limit"), arg("unit")),
            "spike" => write!(f, "a jump of {} {}", arg("jump"), arg("unit")),
            "flat" => write!(f, "the same value for {} s", arg("seconds")),
            other => f.write_str(other),
        }
    }
}

/// The alarm of each channel at `t` that has one, in the order of `channels`.
///
/// What follows from readings that are sealed is kept with the store: after a new reading only the last of them are looked
/// at again.
pub fn alarms_at(
    (store, channels): (&TimeStore, &[Channel]),
    rules: &SensorRules,
    acts: &[Act],
    t: UtcNanos,
) -> Vec<Alarm> {
    let mut acts: Vec<&Act> = acts.iter().collect();
    acts.sort_by_key(|a| a.time);
    let mut out: Vec<Alarm> = Vec::new();
    for channel in channels {
        if out.last().is_some_and(|a| a.channel == channel.id) {
            continue;
        }
        let Some(rule) = rules.for_quantity(&channel.quantity) else { continue };
        let own: Vec<&Act> = acts.iter().filter(|a| a.channel == *channel.id.0).copied().collect();
        let course = Subject { store, channel, rules, rule }.course_until(t, &own);
        out.extend(course.alarm_at(t, &own).map(|found| Alarm {
            channel: channel.id.clone(),
            life: found.life,
            raised: found.raised,
            level: level_name(rule, found.level),
            worst: found.worst,
            by: found.by.and_then(|ix| own.get(ix)).map(|act| act.by.clone()),
        }));
    }
    out
}

/// When each channel was silenced, from the acts: (channel, from, until).
pub fn shelves(acts: &[Act]) -> Vec<(String, UtcNanos, UtcNanos)> {
    let mut sorted: Vec<&Act> = acts.iter().collect();
    sorted.sort_by_key(|a| a.time);
    let mut out: Vec<(String, UtcNanos, UtcNanos)> = Vec::new();
    for act in sorted {
        let open = out.iter_mut().rev().find(|(c, _, until)| *c == act.channel && act.time < *until);
        match (act.deed, open) {
            (Deed::Shelve { until }, Some(open)) => open.2 = until,
            (Deed::Shelve { until }, None) => out.push((act.channel.clone(), act.time, until)),
            (Deed::Unshelve, Some(open)) => open.2 = act.time,
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_is_unshelved_is_silent_until_then() {
        let at = |minute: i64| UtcNanos(minute * 60_000_000_000);
        let act = |minute, deed| Act {
            time: at(minute),
            channel: "c".into(),
            deed,
            by: "Li".into(),
            why: "seen on site".into(),
        };
        let acts = [act(12, Deed::Shelve { until: at(25) }), act(14, Deed::Unshelve)];
        assert_eq!(shelves(&acts), [("c".to_owned(), at(12), at(14))]);
    }
}
