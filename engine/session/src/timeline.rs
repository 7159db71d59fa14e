//! What the clock moves over: observations, channels, tasks, and the rules that judge them.

use std::path::Path;

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use lantu_live::{
    Area, Channel, POSITION, Sample, SensorRules, Surroundings, Thing, TimeStore, combined_channels,
    decode_chunk,
};
use lantu_overlay::RuleSet;
use lantu_project::{ChunkRow, OpenMode, Project};
use lantu_records::{Schedule, Task};

use crate::session::author;
use crate::{SessionError, SessionOptions};

pub(crate) struct Inputs {
    pub(crate) store: TimeStore,
    pub(crate) channels: Vec<Channel>,
    pub(crate) things: Vec<Thing>,
    pub(crate) schedule: Schedule,
}

/// The rules of readings that Lantu ships (TOML).
pub const SHIPPED_SENSOR_RULES: &str = include_str!("../../../assets/rules/sensor_levels.toml");
/// Setting of a project with its own rules of readings; absent or empty where it has none.
const SENSOR_RULES_KEY: &str = "rules.sensor";

/// The project's own rules of readings, as they were given.
pub(crate) fn own_sensor_rules(project: &Project) -> Result<Option<String>, SessionError> {
    let found = project.settings()?.into_iter().find(|(key, _)| key == SENSOR_RULES_KEY);
    Ok(found.map(|(_, text)| text).filter(|text| !text.is_empty()))
}

/// Gives a project its own rules of readings (TOML), in place of those that Lantu ships; `None` takes them away. Goes into
/// the log.
///
/// # Errors
/// [`SessionError::Rules`] if they are none, or contradict themselves; [`SessionError::Project`] if the project cannot be
/// written.
pub fn use_sensor_rules(
    path: &Path,
    options: &SessionOptions,
    text: Option<&str>,
) -> Result<(), SessionError> {
    if let Some(text) = text {
        SensorRules::parse(text.as_bytes())
            .map_err(|e| SessionError::Rules { what: e.to_string(), file: "given" })?;
    }
    let mut project = Project::open(path, OpenMode::ReadWrite(author(options)))?;
    project.set_setting(SENSOR_RULES_KEY, text.unwrap_or_default())?;
    Ok(project.close()?)
}

/// The rules of a project: its own where it has some, else those that Lantu ships; with hours in its zone.
pub(crate) fn rules(project: &Project, zone: &TimeZoneName) -> Result<RuleSet, SessionError> {
    let own = own_sensor_rules(project)?;
    let file = if own.is_some() { "rules.sensor of the project" } else { "assets/rules" };
    let mut rules = RuleSet::parse(
        own.as_deref().unwrap_or(SHIPPED_SENSOR_RULES).as_bytes(),
        include_bytes!("../../../assets/rules/risk.toml"),
        include_bytes!("../../../assets/rules/clearance.toml"),
    )
    .map_err(|e| SessionError::Rules { what: e.to_string(), file })?;
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
    let (mut channels, mut things): (Vec<Channel>, Vec<Thing>) = (Vec::new(), Vec::new());
    for (_, b) in project.bindings()?.into_iter().filter(|(s, _)| wanted(s)) {
        let extra: serde_json::Value = if b.extra_json.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::from_str(&b.extra_json)?
        };
        let number = |key: &str| extra.get(key).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
        let text = |key: &str| extra.get(key).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
        let object = (!b.object.is_empty()).then(|| b.object.clone());
        if b.rule == POSITION {
            things.push(Thing {
                name: b.channel,
                kind: text("kind"),
                radius_m: number("radius_m"),
                fixed: extra.get("place").and_then(place),
                object,
                site: text("site"),
                period_s: number("period_s"),
            });
            continue;
        }
        channels.push(Channel {
            id: ChannelId(b.channel.as_str().into()),
            object,
            quantity: b.rule,
            unit: b.unit,
            shelves: shelves.iter().filter(|s| s.0 == b.channel).map(|s| (s.1, s.2)).collect(),
            period_s: number("period_s"),
            site: text("site"),
            wiring: None,
        });
    }
    channels.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.object.cmp(&b.object)));
    let store = crate::feed::with_journal(project.path(), observations(project, wanted)?)?;
    things.sort_by(|a, b| a.name.cmp(&b.name));
    // A thing that two tables bring is that of the first.
    things.dedup_by(|b, a| a.name == b.name);
    let entries = crate::asbuilt::entries(project)?;
    Ok(Inputs { store, channels, things, schedule: Schedule { tasks, entries } })
}

/// Easting, northing, and the height where one is stated.
fn place(value: &serde_json::Value) -> Option<[f64; 3]> {
    let at = |ix: usize| value.get(ix).and_then(serde_json::Value::as_f64);
    Some([at(0)?, at(1)?, at(2).unwrap_or(f64::NAN)])
}

impl Inputs {
    /// Adds the channels that rules over several channels judge.
    pub(crate) fn combine(&mut self, rules: &SensorRules, areas: &[Area], shelves: &[Shelf]) {
        let around = Surroundings { channels: &self.channels, things: &self.things, areas };
        let mut combined = combined_channels(rules, around);
        for c in &mut combined {
            c.shelves = shelves.iter().filter(|s| *s.0 == *c.id.0).map(|s| (s.1, s.2)).collect();
        }
        self.channels.extend(combined);
        self.channels.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.object.cmp(&b.object)));
    }
}

/// Channel, and from when until when it is silenced.
pub(crate) type Shelf = (String, UtcNanos, UtcNanos);

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
