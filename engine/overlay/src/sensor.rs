//! Sensor: the channels that are bound to an object; the worst one counts.

use lantu_base::ObjectRow;
use lantu_live::{Cause, ChannelState, Doubt, InputReading, Measured, SensorState};

use crate::moment::{Explained, Moment};
use crate::reason::{Arg, Reason, number, plain};

fn code(state: SensorState) -> u8 {
    match state {
        SensorState::Normal => 0,
        SensorState::Advisory => 1,
        SensorState::Warning => 2,
        SensorState::Alarm => 3,
        SensorState::Stale => 4,
        SensorState::Suspect => 5,
        SensorState::Unknown => 6,
        SensorState::Shelved => 7,
        SensorState::Unbound => 8,
    }
}

/// Stable name, as in `lantu overlay`.
pub(crate) fn name(state: SensorState) -> &'static str {
    crate::OverlayKind::Sensor.states().get(usize::from(code(state))).map_or("", |s| s.name)
}

/// Which of an object's channels counts: a level before a missing reading, a missing reading before normal, so that
/// one sound channel does not hide a silent one.
fn weight(state: SensorState) -> u8 {
    match state {
        SensorState::Alarm => 8,
        SensorState::Warning => 7,
        SensorState::Advisory => 6,
        SensorState::Suspect => 5,
        SensorState::Stale => 4,
        SensorState::Unknown => 3,
        SensorState::Normal => 2,
        SensorState::Shelved => 1,
        SensorState::Unbound => 0,
    }
}

/// The channel that counts, the first of equals.
pub(crate) fn worst<'m>(
    m: &'m Moment<'_>,
    channels: impl Iterator<Item = usize>,
) -> Option<(usize, &'m ChannelState)> {
    let mut best: Option<(usize, &'m ChannelState)> = None;
    for ix in channels {
        if let Some(s) = m.channels().get(ix)
            && best.is_none_or(|(_, b)| weight(s.state) > weight(b.state))
        {
            best = Some((ix, s));
        }
    }
    best
}

/// State of the channel that counts, without what it rests on. Of equals any: the state is the same.
pub(crate) fn worst_shown(m: &Moment<'_>, channels: impl Iterator<Item = usize>) -> Option<SensorState> {
    let shown = m.shown();
    channels.filter_map(|ix| shown.get(ix).copied()).max_by_key(|s| weight(*s))
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    let of = |channels: &[(u32, u32)]| worst_shown(m, channels.iter().map(|l| l.1 as usize));
    m.input.linker.groups().fill(states, |links| of(links.channels).map(code));
}

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    let bound: Vec<usize> = m.input.linker.channels_of(row).collect();
    let Some((ix, state)) = worst(m, bound.iter().copied()) else {
        let reason = Reason::new("sensor.unbound", Vec::new());
        return Explained { state_ix: code(SensorState::Unbound), value: None, reason };
    };
    let mut reason = why(m, ix, state);
    if bound.len() > 1 {
        let count = Arg::Number(bound.len() as f64, String::new());
        reason = reason.with_part(Reason::new("sensor.of_channels", vec![("count", count)]));
    }
    Explained { state_ix: code(state.state), value: value(state), reason }
}

/// Reading, unit and level: `71.5 dB(A) limit`.
pub(crate) fn value(state: &ChannelState) -> Option<String> {
    let mut text = plain(state.value?);
    for part in [Some(&state.unit), state.level.as_ref()].into_iter().flatten().filter(|p| !p.is_empty()) {
        text.push(' ');
        text.push_str(part);
    }
    Some(text)
}

pub(crate) fn why(m: &Moment<'_>, channel_ix: usize, state: &ChannelState) -> Reason {
    let channel = m.input.channels.get(channel_ix);
    let rule_unit = channel
        .and_then(|c| m.input.rules.sensor.for_quantity(&c.quantity))
        .map_or(String::new(), |r| r.unit.clone());
    let mut args = vec![("channel", Arg::Text(channel.map_or(String::new(), |c| c.id.to_string())))];
    args.extend(channel.map(|c| ("quantity", Arg::Text(c.quantity.clone()))));
    args.extend(state.value.map(|v| ("value", number(v, &state.unit))));
    args.extend(state.sample_time.map(|t| ("time", Arg::Time(t))));
    args.extend(state.level.as_ref().map(|l| ("level", Arg::Text(l.clone()))));
    let mut code = cause(&state.cause, rule_unit, &mut args);
    if !state.inputs.is_empty() {
        code = match code {
            "sensor.below" => "sensor.combined_below",
            "sensor.decided" => "sensor.combined_decided",
            "sensor.scheduled" => "sensor.combined_hours",
            "sensor.shelved" => "sensor.combined_shelved",
            other => other,
        };
    }
    let mut reason = Reason::new(code, args);
    for input in &state.inputs {
        reason = reason.with_part(input_reason(input));
    }
    let Some(rule) = &state.rule else { return reason };
    let code = if rule.verified { "sensor.rule" } else { "sensor.rule_unverified" };
    let args = vec![
        ("rule", Arg::Text(rule.id.clone())),
        ("version", Arg::Text(rule.version.clone())),
        ("standard", Arg::Text(rule.standard.clone())),
    ];
    reason.with_part(Reason::new(code, args))
}

/// What an input of a rule over several channels reads.
fn input_reason(input: &InputReading) -> Reason {
    let mut args = vec![("input", Arg::Text(input.input.clone())), ("from", Arg::Text(input.from.clone()))];
    args.extend(input.value.map(|v| ("value", number(v, &input.unit))));
    args.extend(input.time.map(|t| ("time", Arg::Time(t))));
    let code = match (input.value, input.time) {
        (Some(_), Some(_)) => match input.measured {
            Some(Measured::FromAbove) => "sensor.input_from_above",
            Some(Measured::InSpace) => "sensor.input_in_space",
            None => "sensor.input",
        },
        (Some(_), None) => "sensor.input_fixed",
        (None, _) if input.from.is_empty() => "sensor.input_nobody",
        (None, _) => "sensor.input_absent",
    };
    Reason::new(code, args)
}

/// Code of the reason; adds what else it says.
fn cause(cause: &Cause, rule_unit: String, args: &mut Vec<(&'static str, Arg)>) -> &'static str {
    match cause {
        Cause::BelowLevels => "sensor.below",
        Cause::Raised { limit } => {
            args.push(("limit", Arg::Number(*limit, rule_unit)));
            "sensor.raised"
        }
        Cause::Held { clear } => {
            args.push(("clear", Arg::Number(*clear, rule_unit)));
            "sensor.held"
        }
        Cause::Clearing { clear } => {
            args.push(("clear", Arg::Number(*clear, rule_unit)));
            "sensor.clearing"
        }
        Cause::Pending { limit } => {
            args.push(("limit", Arg::Number(*limit, rule_unit)));
            "sensor.pending"
        }
        Cause::Decided { statistic, unit, value, limit } => {
            args.push(("statistic", Arg::Text(statistic.clone())));
            args.push(("judged", Arg::Number(*value, unit.clone())));
            args.push(("limit", Arg::Number(*limit, unit.clone())));
            "sensor.decided"
        }
        Cause::Scheduled => "sensor.scheduled",
        Cause::Stale { age_s, limit_s } => {
            args.push(("age", number(*age_s, "s")));
            args.push(("allowed", number(*limit_s, "s")));
            "sensor.stale"
        }
        Cause::Shelved { until } => {
            args.push(("until", Arg::Time(*until)));
            "sensor.shelved"
        }
        Cause::Doubted(doubt) => doubted(*doubt, rule_unit, args),
        Cause::Absent { input } => {
            args.push(("input", Arg::Text(input.clone())));
            "sensor.absent"
        }
        Cause::NoReading => "sensor.no_reading",
        Cause::NoRule => "sensor.no_rule",
        Cause::UnitMismatch { expected } => {
            args.push(("expected", Arg::Text(expected.clone())));
            "sensor.unit_mismatch"
        }
    }
}

fn doubted(doubt: Doubt, rule_unit: String, args: &mut Vec<(&'static str, Arg)>) -> &'static str {
    match doubt {
        Doubt::Quality => "sensor.bad_quality",
        Doubt::Clock => "sensor.clock",
        Doubt::Skew(ahead_s) => {
            args.push(("skew", number(ahead_s.abs(), "s")));
            if ahead_s > 0.0 { "sensor.clock_ahead" } else { "sensor.clock_behind" }
        }
        Doubt::OutOfRange(limit) => {
            args.push(("limit", Arg::Number(limit, rule_unit)));
            "sensor.out_of_range"
        }
        Doubt::Spike(jump) => {
            args.push(("jump", Arg::Number(jump, rule_unit)));
            "sensor.spike"
        }
        Doubt::Flat(seconds) => {
            args.push(("duration", number(seconds, "s")));
            "sensor.flat"
        }
    }
}
