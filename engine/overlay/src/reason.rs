//! Why an object has its state: structured, so that the window can say it in the user's language.

use std::fmt;

use lantu_base::UtcNanos;

/// A reason: a stable code, named values, and the reasons that it sums up.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Stable code, `progress.finish_overdue`; the message catalog has a text for each.
    pub code: &'static str,
    /// Values by name.
    pub args: Vec<(&'static str, Arg)>,
    /// Parts: the factors of a risk, a remark.
    pub parts: Vec<Reason>,
}

/// A value in a reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Text from a file or a rule: shown as it is.
    Text(String),
    /// A stable word: a state or grade, to be translated.
    Word(&'static str),
    /// A number and its unit; the unit may be empty.
    Number(f64, String),
    /// An instant.
    Time(UtcNanos),
}

impl Reason {
    pub(crate) fn new(code: &'static str, args: Vec<(&'static str, Arg)>) -> Self {
        Self { code, args, parts: Vec::new() }
    }

    pub(crate) fn with_part(mut self, part: Self) -> Self {
        self.parts.push(part);
        self
    }

    /// A value by name.
    pub fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|(n, _)| *n == name).map(|(_, a)| a)
    }
}

/// English texts; `{name}` is an argument.
const TEXTS: &[(&str, &str)] = &[
    ("progress.unlinked", "no task names this object"),
    ("progress.finished", "task {task} ({id}) finished {actual_finish}, planned {start} to {finish}"),
    (
        "progress.stated_complete",
        "task {task} ({id}) is stated as complete and its planned finish {finish} is reached",
    ),
    (
        "progress.finish_overdue",
        "task {task} ({id}) is not done; its planned finish {finish} passed {overdue} ago",
    ),
    (
        "progress.start_overdue",
        "task {task} ({id}) has not begun; its planned start {start} passed {overdue} ago",
    ),
    (
        "progress.begun_early",
        "task {task} ({id}) began {began}, before its planned start {start}; planned finish {finish}",
    ),
    ("progress.begun", "task {task} ({id}) began {began}; planned {start} to {finish}"),
    ("progress.not_due", "task {task} ({id}) has not begun; planned {start} to {finish}"),
    ("progress.seen", "{seen} on {valid} by {evidence} ({proof}), accepted by {by}, known since {known}"),
    ("progress.disagrees", "task {task} ({id}) says otherwise for {valid}"),
    ("progress.of_tasks", "this task decides among {count}"),
    ("change.same", "it is the same in both revisions"),
    ("change.different", "{note}"),
    ("sensor.unbound", "no channel is bound to this object"),
    ("sensor.no_reading", "channel {channel} has no reading yet"),
    ("sensor.absent", "{channel} cannot be judged: {input} is not known"),
    ("sensor.combined_below", "{channel}: no level holds"),
    (
        "sensor.combined_decided",
        "{channel}: level \"{level}\" was raised when {statistic} was {judged}, limit {limit}",
    ),
    ("sensor.combined_hours", "{channel}: level \"{level}\" holds at these hours"),
    ("sensor.combined_shelved", "{channel} was silenced until {until}"),
    ("sensor.input", "{input} is {value} by {from} at {time}"),
    ("sensor.input_from_above", "{input} is {value} to {from}, seen from above, at {time}"),
    ("sensor.input_in_space", "{input} is {value} to {from}, in space, at {time}"),
    ("sensor.input_fixed", "{input} is {value}"),
    ("sensor.input_absent", "{input} is not known: nothing fresh from {from}"),
    ("sensor.input_nobody", "{input}: nobody is there"),
    ("sensor.no_rule", "channel {channel} reads {value} at {time}, but no rule judges {quantity}"),
    (
        "sensor.unit_mismatch",
        "channel {channel} reads {value} at {time}, which does not compare with {expected} of the rule",
    ),
    ("sensor.bad_quality", "channel {channel} marks its reading {value} at {time} as bad"),
    (
        "sensor.stale",
        "channel {channel} last read {value} at {time}, {age} ago; a reading is due within {allowed}",
    ),
    ("sensor.below", "channel {channel} reads {value} at {time}, below every level"),
    ("sensor.raised", "channel {channel} reads {value} at {time}, at or above {limit} of level \"{level}\""),
    (
        "sensor.held",
        "channel {channel} reads {value} at {time}; level \"{level}\" holds until it falls below {clear}",
    ),
    (
        "sensor.clearing",
        "channel {channel} reads {value} at {time}, below {clear} where level \"{level}\" clears, but not yet for long enough",
    ),
    (
        "sensor.pending",
        "channel {channel} reads {value} at {time}, at or above the limit {limit}, but not yet for long enough to raise a level",
    ),
    (
        "sensor.decided",
        "channel {channel} reads {value} at {time}; level \"{level}\" was raised when {statistic} was {judged}, limit {limit}",
    ),
    ("sensor.scheduled", "channel {channel} reads {value} at {time}; level \"{level}\" holds at these hours"),
    ("sensor.shelved", "channel {channel} reads {value} at {time}, and was silenced until {until}"),
    ("sensor.clock", "the clock of channel {channel} was off when it sent {value} for {time}"),
    (
        "sensor.clock_ahead",
        "the clock of channel {channel} is {skew} ahead: what it sent last is {value} for {time}",
    ),
    (
        "sensor.clock_behind",
        "the clock of channel {channel} is {skew} behind: what it sent last is {value} for {time}",
    ),
    ("sensor.out_of_range", "channel {channel} reads {value} at {time}, beyond {limit} which is possible"),
    (
        "sensor.spike",
        "channel {channel} reads {value} at {time}, {jump} away from what it read before, and no other reading confirms it",
    ),
    ("sensor.flat", "channel {channel} has read exactly {value} for {duration}, until {time}"),
    ("sensor.rule", "rule {rule}, version {version}, standard {standard}"),
    ("sensor.rule_unverified", "rule {rule}, version {version}, standard {standard} (not verified)"),
    ("sensor.of_channels", "this channel is the worst of {count}"),
    ("risk.none", "no risk factor applies"),
    ("risk.sum", "{grade}: highest score {score} of likelihood × severity, by risk rules {version}"),
    ("risk.unknown", "a risk factor cannot be judged, by risk rules {version}"),
    ("risk.escalated", "several factors meet ({count}): raised by one grade"),
    (
        "risk.task_overdue",
        "task {task} ({id}) is overdue by {overdue}: {likelihood} × {severity} = {score}, {grade}",
    ),
    ("risk.sensor", "channel {channel} is in {state}: {likelihood} × {severity} = {score}, {grade}"),
    ("risk.sensor_unknown", "channel {channel} is in {state}: cannot be judged"),
    (
        "risk.hard",
        "open excavation {excavation} meets pipe {pipe} ({kind}): {horizontal} beside it, bottom {vertical} above its crown; {likelihood} × {severity} = {score}, {grade}",
    ),
    (
        "risk.clearance",
        "open excavation {excavation} is too close to pipe {pipe} ({kind}): {horizontal} beside it ({required} required), bottom {vertical} above its crown ({required_vertical} required); {likelihood} × {severity} = {score}, {grade}",
    ),
    (
        "risk.undecidable",
        "excavation {excavation} lies {horizontal} beside pipe {pipe} ({kind}), {required} required, and a depth is not known: cannot be judged",
    ),
    (
        "risk.no_task",
        "excavation {excavation} lies {horizontal} beside pipe {pipe} ({kind}) and no task says when it is open: cannot be judged",
    ),
    ("risk.no_shape", "excavation {excavation} has no outline: its distance to pipes cannot be judged"),
    (
        "risk.crossing",
        "channel {channel} will cross {level} in {in}, by the line of its last weeks: {likelihood} × {severity} = {score}, {grade}",
    ),
    (
        "risk.hazard",
        "{exposed} is {distance} from {hazard}, within {radius} ({rule}): {likelihood} × {severity} = {score}, {grade}",
    ),
    (
        "risk.weather",
        "task {task} ({id}) is worked on at {value}, limit {limit} ({rule}): {likelihood} × {severity} = {score}, {grade}",
    ),
    ("risk.issue", "issue {title} ({id}) is open ({status}): {likelihood} × {severity} = {score}, {grade}"),
    (
        "risk.issue_overdue",
        "issue {title} ({id}) is open ({status}) and was due {due}: {likelihood} × {severity} = {score}, {grade}",
    ),
    ("risk.issue_unknown", "issue {title} ({id}) is open ({status}): its priority cannot be judged"),
    ("risk.more", "and {count} more"),
    ("risk.assumed_diameter", "the pipe's diameter is not known; {diameter} assumed"),
];

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = TEXTS.iter().find(|(c, _)| *c == self.code).map_or(self.code, |(_, t)| t);
        while let Some((before, rest)) = text.split_once('{') {
            f.write_str(before)?;
            let Some((name, after)) = rest.split_once('}') else { break };
            match self.arg(name) {
                Some(value) => write!(f, "{value}")?,
                None => f.write_str("?")?,
            }
            text = after;
        }
        f.write_str(text)?;
        for part in &self.parts {
            write!(f, "; {part}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(t) => f.write_str(t),
            Self::Word(w) => f.write_str(w),
            Self::Number(n, unit) if unit.is_empty() => f.write_str(&plain(*n)),
            Self::Number(n, unit) => write!(f, "{} {unit}", plain(*n)),
            Self::Time(t) => write!(f, "{t}"),
        }
    }
}

/// At most three decimals, no trailing zeros, no negative zero.
pub(crate) fn plain(n: f64) -> String {
    let text = format!("{n:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

pub(crate) fn number(n: f64, unit: &str) -> Arg {
    Arg::Number(n, unit.to_owned())
}

/// Days, to one decimal.
pub(crate) fn days(seconds: f64) -> Arg {
    Arg::Number((seconds / 8640.0).round() / 10.0, "d".to_owned())
}

#[cfg(test)]
pub(crate) fn has_text(code: &str) -> bool {
    TEXTS.iter().any(|(c, _)| *c == code)
}
