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
    /// What decided, in English: `100.5 ≥ 100 µε`.
    pub why: String,
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
    /// When the level that holds, or held last, was raised.
    pub raised: UtcNanos,
    /// That level.
    pub level: Option<String>,
    /// The worst state since it was raised.
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
            why: why(rule, &s.shown),
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

fn why(rule: &SensorRule, shown: &Shown) -> String {
    let level = |ix: Option<u8>| level_name(rule, ix).unwrap_or_default();
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
        format!("{name} {value} {sign} {bound} {unit}").trim().to_owned()
    };
    if let Some((ix, by)) = shown.cleared {
        let by = by.map_or_else(|| "the hours of the rule".to_owned(), |by| compare(by, true));
        return format!("{by}, {} cleared", level(Some(ix)));
    }
    match shown.why {
        Why::Below => "no level holds".to_owned(),
        Why::Raised(Some(by)) => format!("{}, {} raised", compare(by, false), level(shown.level)),
        Why::Raised(None) => "the hours of the rule".to_owned(),
        Why::Silent => format!("no reading for {} periods", rule.stale_after_periods),
        Why::Absent(ix) => format!("{} is not known", rule.fact(usize::from(ix)).0),
        Why::OtherUnit => format!("a unit that does not compare with {}", rule.unit),
        Why::Doubt(Doubt::Quality) => "the device marks its reading as bad".to_owned(),
        Why::Doubt(Doubt::Clock) => "the device's clock is off".to_owned(),
        Why::Doubt(Doubt::OutOfRange(limit)) => format!("beyond the possible {limit} {}", rule.unit),
        Why::Doubt(Doubt::Spike(jump)) => format!("a jump of {jump} {}", rule.unit),
        Why::Doubt(Doubt::Flat(seconds)) => format!("the same value for {seconds} s"),
    }
}

fn severity(state: SensorState) -> Option<u8> {
    match state {
        SensorState::Normal => Some(0),
        SensorState::Advisory => Some(1),
        SensorState::Warning => Some(2),
        SensorState::Alarm => Some(3),
        // Silence and doubt neither raise nor end an alarm.
        _ => None,
    }
}

/// The alarm of each channel at `t` that has one, in the order of `channels`.
pub fn alarms_at(
    (store, channels): (&TimeStore, &[Channel]),
    rules: &SensorRules,
    acts: &[Act],
    t: UtcNanos,
) -> Vec<Alarm> {
    let mut out: Vec<Alarm> = Vec::new();
    for channel in channels {
        if out.last().is_some_and(|a| a.channel == channel.id) {
            continue;
        }
        let latched = rules.for_quantity(&channel.quantity).is_some_and(|r| r.latched);
        let changes = of_channel(store, channel, rules, t);
        let acts = acts.iter().filter(|a| a.channel == *channel.id.0 && a.time <= t);
        out.extend(life(&changes, acts.collect(), latched, t));
    }
    out
}

fn life(changes: &[Transition], mut acts: Vec<&Act>, latched: bool, t: UtcNanos) -> Option<Alarm> {
    acts.sort_by_key(|a| a.time);
    let mut acts = acts.into_iter().peekable();
    let mut alarm: Option<Alarm> = None;
    let mut shelved_until: Option<UtcNanos> = None;
    // The state that the levels that hold lead to.
    let mut held = SensorState::Normal;
    let mut apply = |alarm: &mut Option<Alarm>, act: &Act| {
        let Some(a) = alarm.as_mut() else { return };
        a.by = Some(act.by.clone());
        match act.deed {
            Deed::Acknowledge if a.life == Life::Unacknowledged => a.life = Life::Acknowledged,
            Deed::Acknowledge if matches!(a.life, Life::Returned | Life::Latched) => *alarm = None,
            Deed::Acknowledge => {}
            Deed::Shelve { until } => shelved_until = Some(until),
            Deed::Unshelve => shelved_until = None,
        }
    };
    for change in changes {
        while let Some(act) = acts.next_if(|a| a.time < change.time) {
            apply(&mut alarm, act);
        }
        match (severity(change.to), &mut alarm) {
            (Some(0), Some(a)) if a.life == Life::Acknowledged => alarm = None,
            (Some(0), Some(a)) => a.life = if latched { Life::Latched } else { Life::Returned },
            (Some(0) | None, _) => {}
            (Some(_), Some(a)) => {
                // Worse than what was acknowledged, or back again: to be seen anew.
                if change.to > a.worst || matches!(a.life, Life::Returned | Life::Latched) {
                    a.life = Life::Unacknowledged;
                }
                // What was not seen yet is told by the highest level, also where it was as high an earlier time.
                if a.life == Life::Unacknowledged && change.to > held {
                    (a.raised, a.level) = (change.time, change.level.clone());
                }
                a.worst = a.worst.max(change.to);
            }
            (Some(_), None) => {
                alarm = Some(Alarm {
                    channel: change.channel.clone(),
                    life: Life::Unacknowledged,
                    raised: change.time,
                    level: change.level.clone(),
                    worst: change.to,
                    by: None,
                });
            }
        }
        if severity(change.to).is_some() {
            held = change.to;
        }
    }
    for act in acts {
        apply(&mut alarm, act);
    }
    if let Some(a) = alarm.as_mut().filter(|_| shelved_until.is_some_and(|until| t < until)) {
        a.life = Life::Shelved;
    }
    alarm
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

    fn at(minute: i64) -> UtcNanos {
        UtcNanos(minute * 60_000_000_000)
    }

    fn change(minute: i64, from: SensorState, to: SensorState) -> Transition {
        Transition {
            time: at(minute),
            channel: ChannelId("c".into()),
            rule: "r".into(),
            version: "1".into(),
            from,
            to,
            level: None,
            value: None,
            why: String::new(),
        }
    }

    fn act(minute: i64, deed: Deed) -> Act {
        Act { time: at(minute), channel: "c".into(), deed, by: "Li".into(), why: "seen on site".into() }
    }

    fn history() -> Vec<Transition> {
        use SensorState::{Alarm, Normal, Stale, Warning};
        vec![
            change(0, SensorState::Unknown, Normal),
            change(10, Normal, Warning),
            change(20, Warning, Alarm),
            change(30, Alarm, Stale),
            change(40, Stale, Normal),
        ]
    }

    fn life_at(minute: i64, acts: &[Act], latched: bool) -> Life {
        let changes: Vec<_> = history().into_iter().filter(|c| c.time <= at(minute)).collect();
        let acts = acts.iter().filter(|a| a.time <= at(minute)).collect();
        life(&changes, acts, latched, at(minute)).map_or(Life::Normal, |a| a.life)
    }

    #[test]
    fn an_alarm_is_raised_acknowledged_worse_and_over() {
        use Life::{Acknowledged, Normal, Unacknowledged};

        let acts = [act(15, Deed::Acknowledge), act(25, Deed::Acknowledge)];
        let lives: Vec<Life> = [5, 12, 16, 21, 26, 35, 41].map(|m| life_at(m, &acts, false)).to_vec();
        let expected =
            [Normal, Unacknowledged, Acknowledged, Unacknowledged, Acknowledged, Acknowledged, Normal];
        assert_eq!(lives, expected);
    }

    #[test]
    fn an_alarm_that_nobody_saw_stays_returned_or_latched_until_somebody_does() {
        assert_eq!(life_at(50, &[], false), Life::Returned);
        assert_eq!(life_at(50, &[], true), Life::Latched);
        assert_eq!(life_at(50, &[act(45, Deed::Acknowledge)], true), Life::Normal);
    }

    #[test]
    fn an_alarm_that_comes_back_step_by_step_is_told_by_its_highest_level() {
        use SensorState::{Advisory, Alarm, Normal};
        let level = |minute, from, to, name: &str| Transition {
            level: Some(name.into()),
            ..change(minute, from, to)
        };
        let changes = [
            level(10, Normal, Alarm, "inside"),
            change(20, Alarm, Normal),
            level(30, Normal, Advisory, "near"),
            level(40, Advisory, Alarm, "inside"),
            level(50, Alarm, Advisory, "near"),
        ];
        let at_end = |n: usize| life(&changes[..n], Vec::new(), true, at(60)).unwrap();
        assert_eq!((at_end(3).level.as_deref(), at_end(3).raised), (Some("near"), at(30)));
        assert_eq!((at_end(4).level.as_deref(), at_end(4).raised), (Some("inside"), at(40)));
        assert_eq!((at_end(5).level.as_deref(), at_end(5).raised), (Some("inside"), at(40)));
    }

    #[test]
    fn a_shelved_alarm_comes_back_when_its_time_is_over() {
        let acts = [act(12, Deed::Shelve { until: at(25) })];
        assert_eq!(
            (life_at(24, &acts, false), life_at(25, &acts, false)),
            (Life::Shelved, Life::Unacknowledged)
        );
        let earlier = [acts[0].clone(), act(14, Deed::Unshelve)];
        assert_eq!(life_at(15, &earlier, false), Life::Unacknowledged);
        assert_eq!(shelves(&earlier), [("c".to_owned(), at(12), at(14))]);
    }
}
