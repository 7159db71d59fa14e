//! What the clock moves over: observations, channels, tasks, and the rules that judge them.

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use lantu_live::{Channel, Sample, TimeStore, decode_chunk};
use lantu_overlay::RuleSet;
use lantu_project::{ChunkRow, Project};
use lantu_records::{Schedule, Task};

use crate::SessionError;

pub(crate) struct Inputs {
    pub(crate) store: TimeStore,
    pub(crate) channels: Vec<Channel>,
    pub(crate) schedule: Schedule,
}

/// The rules that Lantu ships, with hours in the project's zone.
pub(crate) fn shipped_rules(zone: &TimeZoneName) -> Result<RuleSet, SessionError> {
    let mut rules = RuleSet::parse(
        include_bytes!("../../../assets/rules/sensor_levels.toml"),
        include_bytes!("../../../assets/rules/risk.toml"),
        include_bytes!("../../../assets/rules/clearance.toml"),
    )
    .map_err(|e| SessionError::Rules { what: e.to_string(), file: "assets/rules" })?;
    rules.sensor = rules.sensor.in_zone(zone);
    Ok(rules)
}

/// Inputs of all sources.
pub(crate) fn load(project: &Project) -> Result<Inputs, SessionError> {
    load_of(project, &|_source| true)
}

/// Inputs of the sources that are wanted, by their ids; readings of a feed's journal are always.
pub(crate) fn load_of(project: &Project, wanted: &dyn Fn(&str) -> bool) -> Result<Inputs, SessionError> {
    let tasks = project.tasks()?.into_iter().filter(|(s, _)| wanted(s)).map(|(_, t)| task(t)).collect();
    let shelves = lantu_live::shelves(&crate::alarms::acts(project)?);
    let mut channels: Vec<Channel> = Vec::new();
    for (_, b) in project.bindings()?.into_iter().filter(|(s, _)| wanted(s)) {
        let extra: serde_json::Value = if b.extra_json.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::from_str(&b.extra_json)?
        };
        channels.push(Channel {
            id: ChannelId(b.channel.as_str().into()),
            object: (!b.object.is_empty()).then(|| b.object.clone()),
            quantity: b.rule,
            unit: b.unit,
            shelves: shelves.iter().filter(|s| s.0 == b.channel).map(|s| (s.1, s.2)).collect(),
            period_s: extra.get("period_s").and_then(serde_json::Value::as_f64).unwrap_or(0.0),
        });
    }
    channels.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.object.cmp(&b.object)));
    let store = crate::feed::with_journal(project.path(), observations(project, wanted)?)?;
    Ok(Inputs { store, channels, schedule: Schedule { tasks } })
}

/// Chunks go in as they are; where two sources brought chunks of one channel that overlap, their samples are merged.
pub(crate) fn observations(
    project: &Project,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<TimeStore, SessionError> {
    let damaged = |channel: &str, what: String| SessionError::Rules {
        what: format!("{channel}: {what}"),
        file: "observations",
    };
    let mut whole = Vec::new();
    let mut mixed: Vec<(ChannelId, Sample)> = Vec::new();
    for span in project.channels()? {
        let id = ChannelId(span.channel.as_str().into());
        let chunks = project.chunks(&span.channel)?.into_iter().filter(|(source, _)| wanted(source));
        let mut chunks: Vec<ChunkRow> = chunks.map(|(_, c)| c).collect();
        chunks.sort_by_key(|c| c.t0);
        if chunks.is_sorted_by(|a, b| a.t1 < b.t0) {
            whole.extend(chunks.into_iter().map(|c| (id.clone(), c.blob)));
            continue;
        }
        for c in chunks {
            let samples = decode_chunk(&c.blob).map_err(|e| damaged(&c.channel, e.to_string()))?;
            mixed.extend(samples.into_iter().map(|s| (id.clone(), s)));
        }
    }
    let store = TimeStore::from_chunks(whole).map_err(|(c, e)| damaged(&c.0, e.to_string()))?;
    Ok(if mixed.is_empty() { store } else { store.extended(mixed).0 })
}

pub(crate) fn task(t: lantu_project::TaskRow) -> Task {
    Task {
        id: t.id,
        name: t.name,
        start: t.start.unwrap_or(UtcNanos(0)),
        finish: t.finish.unwrap_or(UtcNanos(0)),
        percent: t.percent,
        actual_start: t.actual_start,
        actual_finish: t.actual_finish,
        budget_cents: t.budget.as_deref().and_then(cents),
        actual_cost_cents: t.actual_cost.as_deref().and_then(cents),
        objects: t.objects,
    }
}

/// An exact decimal as hundredths.
fn cents(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |d| (-1, d));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let part = format!("{part:0<2}");
    Some(sign * (whole.parse::<i64>().ok()?.checked_mul(100)? + part.get(..2)?.parse::<i64>().ok()?))
}
