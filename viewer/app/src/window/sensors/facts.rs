//! What the overlay's and the alarms' threads work out about channels: curves, stretches in a state, the list of alarms.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use glam::DVec3;
use lantu_base::{Bounds, ChannelId, ObjectRow, UtcNanos};
use lantu_live::{
    Act, Channel, ChannelState, Column, Deciding, Forecast, Gap, InputCurve, Life, NoForecast, Oddities,
    Onset, OnsetFinder, SensorState, Thing, alarms_at, deciding_samples, first_forecast, gaps, input_curves,
    oddities, state_at, transitions,
};
use lantu_overlay::ObjectTable as _;
use lantu_ui::{AlarmLife, AlarmRow, Language, MarkKind, OverlayKind, StateId, TimeMark};

use crate::stage::Overlays;

/// Share of a chart that lies before the clock, where there are readings after it.
const BEFORE: f64 = 0.85;
/// Readings listed as those that decided. Chosen: as many as a panel shows without scrolling.
const DECIDING: usize = 8;
/// Marks on the time line: nearer ones are one. Chosen: the pixels of a wide screen.
const MARKS: usize = 1600;
/// Where readings come late, marks are made afresh so often at most. Chosen: a look at everything costs a second of a large
/// district.
const AFRESH_EVERY: Duration = Duration::from_secs(20);

/// So much around a thing is seen from near, meters. Chosen: who stands beside it is seen too.
const AROUND_M: f64 = 12.0;

/// How channels are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChartAsk {
    /// Length, seconds.
    pub(crate) span_s: f64,
    /// Columns of pixels.
    pub(crate) columns: u32,
    /// With where channels are going.
    pub(crate) forecast: bool,
    /// With how unusual readings are.
    pub(crate) unusual: bool,
}

/// Whose channels are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Those of an object.
    Object(ObjectRow),
    /// One that may belong to no object.
    Channel(ChannelId),
}

/// What channels read around an instant.
pub(crate) struct Watched {
    pub(crate) of: Watch,
    pub(crate) time: UtcNanos,
    pub(crate) span: (UtcNanos, UtcNanos),
    pub(crate) channels: Vec<WatchedChannel>,
}

pub(crate) struct WatchedChannel {
    pub(crate) channel: Channel,
    pub(crate) state: ChannelState,
    pub(crate) columns: Vec<Column>,
    /// Of a rule over several channels what its inputs read.
    pub(crate) inputs: Vec<InputCurve>,
    /// What its source says never came.
    pub(crate) gaps: Vec<Gap>,
    /// Stretches in a state other than normal.
    pub(crate) intervals: Vec<(UtcNanos, UtcNanos, SensorState)>,
    pub(crate) deciding: Deciding,
    /// Where it is going: the first limit that it will cross, with the limit in its own unit; or why not, `None` where there
    /// is no limit. Only where that was asked for, of a channel with readings of its own.
    pub(crate) forecast: Option<Result<(Forecast, f64), Option<NoForecast>>>,
    /// What is unusual of it, where that was asked for, of a channel with readings of its own.
    pub(crate) oddities: Option<Oddities>,
}

/// Works out what channels read around `t`.
pub(crate) fn watch(overlays: &Overlays, (of, t): (&Watch, UtcNanos), ask: ChartAsk) -> Watched {
    let end = overlays.store.span().map_or(t, |s| s.1.max(t));
    let to = t.plus_s(ask.span_s * (1.0 - BEFORE)).min(end);
    let span = (to.plus_s(-ask.span_s), to);
    let one = |ix: usize| {
        let channel = overlays.channels.get(ix)?;
        let (store, rules) = (&*overlays.store, &overlays.rules.sensor);
        let state = state_at(store, channel, rules, t);
        let own = channel.wiring.is_none();
        let until = (span.0, t.min(span.1));
        let thresholds = || limits(overlays, channel, &state.unit);
        Some(WatchedChannel {
            oddities: (own && ask.unusual).then(|| oddities(store, &channel.id, span)),
            forecast: (own && ask.forecast).then(|| first_forecast(store, &channel.id, until, &thresholds())),
            state,
            columns: store.min_max(&channel.id, span.0, UtcNanos(span.1.0.saturating_add(1)), ask.columns),
            gaps: gaps(store, &channel.id, span.0, span.1),
            inputs: input_curves(store, channel, rules, span, ask.columns),
            intervals: intervals(overlays, channel, span),
            deciding: deciding_samples(store, channel, rules, t, DECIDING),
            channel: channel.clone(),
        })
    };
    let ixs: Vec<usize> = match of {
        Watch::Object(row) => overlays.channel_ixs(*row).collect(),
        Watch::Channel(id) => overlays.channels.iter().position(|c| c.id == *id).into_iter().collect(),
    };
    Watched { of: of.clone(), time: t, span, channels: ixs.into_iter().filter_map(one).collect() }
}

/// Where the levels of a channel's rule are raised, in the channel's unit; of one that looks at magnitudes both ways.
fn limits(overlays: &Overlays, channel: &Channel, unit: &str) -> Vec<f64> {
    let Some(rule) = overlays.rules.sensor.for_quantity(&channel.quantity) else { return Vec::new() };
    let Some(factor) = rule.factor(unit) else { return Vec::new() };
    let plain = rule.levels.iter().filter(|l| l.of.is_none()).map(|l| l.value / factor);
    plain.flat_map(|v| [Some(v), rule.absolute.then_some(-v)]).flatten().collect()
}

/// Stretches of a span in which a channel was not normal.
fn intervals(
    overlays: &Overlays,
    channel: &Channel,
    span: (UtcNanos, UtcNanos),
) -> Vec<(UtcNanos, UtcNanos, SensorState)> {
    let (store, rules) = (&*overlays.store, &overlays.rules.sensor);
    let one = std::slice::from_ref(channel);
    let mut out = Vec::new();
    let mut open: Option<(UtcNanos, SensorState)> = None;
    for change in transitions(store, one, rules, UtcNanos(i64::MIN), span.1) {
        if let Some((since, state)) = open.take() {
            out.push((since, change.time, state));
        }
        open = (change.to != SensorState::Normal).then_some((change.time, change.to));
    }
    out.extend(open.map(|(since, state)| (since, span.1, state)));
    out.retain(|(_, until, _)| *until > span.0);
    for stretch in &mut out {
        stretch.0 = stretch.0.max(span.0);
    }
    out
}

/// The panels' state of a channel.
pub(crate) fn state_id(state: SensorState) -> Option<StateId> {
    StateId::parse(OverlayKind::Sensor, state.name())
}

/// A question of the alarms' thread.
pub(crate) struct AlarmAsk {
    pub(crate) overlays: Arc<Overlays>,
    pub(crate) acts: Arc<Vec<Act>>,
    pub(crate) t: UtcNanos,
    pub(crate) language: Language,
}

/// Alarms at an instant, and when alarms began.
pub(crate) struct AlarmAnswer {
    pub(crate) alarms: Arc<[AlarmRow]>,
    pub(crate) marks: Arc<[TimeMark]>,
}

/// What the alarms' thread keeps between questions.
#[derive(Default)]
pub(crate) struct AlarmFinder {
    known: Option<Known>,
    onsets: OnsetFinder,
    /// When everything was last looked at for marks.
    afresh: Option<Instant>,
}

/// Readings, the first object of each of their channels, and when alarms began, with the language of that.
type Known = (Arc<Overlays>, HashMap<usize, ObjectRow>, (Language, Arc<[TimeMark]>));

impl AlarmFinder {
    pub(crate) fn answer(&mut self, ask: &AlarmAsk) -> AlarmAnswer {
        let o = &ask.overlays;
        let is_known = |(known, _, marks): &Known| Arc::ptr_eq(known, o) && marks.0 == ask.language;
        if !self.known.as_ref().is_some_and(is_known) {
            let rows = match self.known.take() {
                Some((known, rows, _)) if known.same_scene(o) => rows,
                _ => {
                    self.onsets = OnsetFinder::default();
                    bound_rows(o)
                }
            };
            let marks = self.marks(o, ask.language);
            self.known = Some((Arc::clone(o), rows, (ask.language, marks.into())));
        }
        let Some((_, rows, (_, marks))) = &self.known else {
            return AlarmAnswer { alarms: Arc::from([]), marks: Arc::from([]) };
        };
        let found = alarms_at((&o.store, &o.channels), &o.rules.sensor, &ask.acts, ask.t);
        let alarms = found.into_iter().filter_map(|a| row_of(ask, rows, a)).collect();
        AlarmAnswer { alarms, marks: Arc::clone(marks) }
    }

    /// When channels came into alarm; of those that would touch on the time line the first.
    fn marks(&mut self, o: &Overlays, language: Language) -> Vec<TimeMark> {
        let afresh = self.afresh.is_none_or(|at| at.elapsed() > AFRESH_EVERY);
        if afresh {
            self.afresh = Some(Instant::now());
        }
        let found = self.onsets.look((&o.store, &o.channels), &o.rules.sensor, (MARKS, afresh));
        let label = |onset: &Onset| match &onset.level {
            Some(level) => format!("{} · {}", onset.channel, o.rules.sensor.word(language.tag(), level)),
            None => onset.channel.to_string(),
        };
        found.iter().map(|f| TimeMark { at: f.time, kind: MarkKind::Alarm, label: label(f) }).collect()
    }
}

/// The first object of each channel, by the channel's index.
fn bound_rows(o: &Overlays) -> HashMap<usize, ObjectRow> {
    let mut out = HashMap::new();
    for row in o.observed() {
        for ix in o.channel_ixs(row) {
            out.entry(ix).or_insert(row);
        }
    }
    out
}

fn row_of(ask: &AlarmAsk, rows: &HashMap<usize, ObjectRow>, alarm: lantu_live::Alarm) -> Option<AlarmRow> {
    let (o, t) = (&*ask.overlays, ask.t);
    let life = match alarm.life {
        Life::Normal => return None,
        Life::Unacknowledged => AlarmLife::Unacknowledged,
        Life::Acknowledged => AlarmLife::Acknowledged,
        Life::Returned => AlarmLife::Returned,
        Life::Latched => AlarmLife::Latched,
        Life::Shelved => AlarmLife::Shelved,
    };
    // Channels are sorted by name; one that is bound to several objects stands there as often.
    let first = o.channels.partition_point(|c| c.id < alarm.channel);
    let channel = o.channels.get(first)?;
    let row = rows.get(&first).copied();
    let object = row.and_then(|r| o.table.scene().object(r));
    let name = object.as_ref().map(|v| {
        let name = if v.name().is_empty() { v.id() } else { v.name() };
        name.to_owned()
    });
    let state = state_at(&o.store, channel, &o.rules.sensor, t);
    Some(AlarmRow {
        channel: alarm.channel.to_string(),
        object: name.unwrap_or_else(|| subject(channel)),
        row: row.map(|r| r.0),
        flies: row.is_some() || !place(o, channel, t).is_empty(),
        area: object.map_or_else(|| channel.site.clone(), |v| v.span.source.to_string()),
        life,
        worst: state_id(alarm.worst)?,
        level: alarm
            .level
            .map_or_else(String::new, |l| o.rules.sensor.word(ask.language.tag(), &l).to_owned()),
        raised: alarm.raised,
        reading: state.value.map(|value| (value, state.unit)),
        by: alarm.by.unwrap_or_default(),
    })
}

/// What a channel is about, where that is no object of the scene: a thing, a site, or an object that is not there.
pub(crate) fn subject(channel: &Channel) -> String {
    let wired = || channel.wiring.as_ref().map(|w| w.subject.clone());
    let bound = channel.object.as_ref().map(|o| Thing::named_in(o).unwrap_or(o).to_owned());
    bound.or_else(wired).unwrap_or_else(|| channel.site.clone())
}

/// Where a channel that belongs to no object of the scene is at `t`: around its thing, else around all that is measured on
/// its site; empty where nobody knows.
pub(crate) fn place(o: &Overlays, channel: &Channel, t: UtcNanos) -> Bounds {
    let around = |thing: &Thing| {
        let [x, y, z] = thing.position_at(&o.store, t)?.at;
        let at = DVec3::new(x, y, if z.is_finite() { z } else { o.base_height_m });
        let reach = DVec3::splat(thing.radius_m.max(AROUND_M));
        Some(Bounds::new(at - reach, at + reach))
    };
    if channel.object.is_some() {
        let name = subject(channel);
        let own = |thing: &&Thing| thing.name == name || thing.object == channel.object;
        return o.things().iter().find(own).and_then(around).unwrap_or(Bounds::EMPTY);
    }
    let on_site = |ix: usize| o.channels.get(ix).is_some_and(|c| c.site == channel.site);
    let objects = o.observed().filter(|row| o.channel_ixs(*row).any(on_site)).map(|row| o.table.bounds(row));
    let things = o.things().iter().filter(|thing| thing.site == channel.site).filter_map(around);
    objects.chain(things).filter(|b| !b.is_empty()).fold(Bounds::EMPTY, Bounds::union)
}
