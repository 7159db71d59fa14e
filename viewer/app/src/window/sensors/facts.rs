//! What the overlay's and the alarms' threads work out about channels: curves, stretches in a state, the list of alarms.

use std::collections::HashMap;
use std::sync::Arc;

use lantu_base::{ObjectRow, UtcNanos};
use lantu_live::{
    Act, Channel, ChannelState, Column, Deciding, Life, SensorState, alarms_at, deciding_samples, state_at,
    transitions,
};
use lantu_ui::{AlarmLife, AlarmRow, MarkKind, OverlayKind, StateId, TimeMark};

use crate::stage::Overlays;

/// Share of a chart that lies before the clock, where there are readings after it.
const BEFORE: f64 = 0.85;
/// Readings listed as those that decided. Chosen: as many as a panel shows without scrolling.
const DECIDING: usize = 8;
/// Marks on the time line: nearer ones are one. Chosen: the pixels of a wide screen.
const MARKS: f64 = 1600.0;

/// How channels are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChartAsk {
    /// Length, seconds.
    pub(crate) span_s: f64,
    /// Columns of pixels.
    pub(crate) columns: u32,
}

/// What the channels of an object read around an instant.
pub(crate) struct Watched {
    pub(crate) row: ObjectRow,
    pub(crate) time: UtcNanos,
    pub(crate) span: (UtcNanos, UtcNanos),
    pub(crate) channels: Vec<WatchedChannel>,
}

pub(crate) struct WatchedChannel {
    pub(crate) channel: Channel,
    pub(crate) state: ChannelState,
    pub(crate) columns: Vec<Column>,
    /// Stretches in a state other than normal.
    pub(crate) intervals: Vec<(UtcNanos, UtcNanos, SensorState)>,
    pub(crate) deciding: Deciding,
}

/// Works out what the channels of `row` read around `t`.
pub(crate) fn watch(overlays: &Overlays, (row, t): (ObjectRow, UtcNanos), ask: ChartAsk) -> Watched {
    let end = overlays.store.span().map_or(t, |s| s.1.max(t));
    let to = t.plus_s(ask.span_s * (1.0 - BEFORE)).min(end);
    let span = (to.plus_s(-ask.span_s), to);
    let one = |ix: usize| {
        let channel = overlays.channels.get(ix)?;
        let (store, rules) = (&*overlays.store, &overlays.rules.sensor);
        Some(WatchedChannel {
            state: state_at(store, channel, rules, t),
            columns: store.min_max(&channel.id, span.0, UtcNanos(span.1.0.saturating_add(1)), ask.columns),
            intervals: intervals(overlays, channel, span),
            deciding: deciding_samples(store, channel, rules, t, DECIDING),
            channel: channel.clone(),
        })
    };
    Watched { row, time: t, span, channels: overlays.channel_ixs(row).filter_map(one).collect() }
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
}

/// Readings, the first object of each of their channels, and when alarms began.
type Known = (Arc<Overlays>, HashMap<usize, ObjectRow>, Arc<[TimeMark]>);

impl AlarmFinder {
    pub(crate) fn answer(&mut self, ask: &AlarmAsk) -> AlarmAnswer {
        let o = &ask.overlays;
        if self.known.as_ref().is_none_or(|(known, ..)| !Arc::ptr_eq(known, o)) {
            let rows = match self.known.take() {
                Some((known, rows, _)) if known.same_scene(o) => rows,
                _ => bound_rows(o),
            };
            self.known = Some((Arc::clone(o), rows, marks(o).into()));
        }
        let Some((_, rows, marks)) = &self.known else {
            return AlarmAnswer { alarms: Arc::from([]), marks: Arc::from([]) };
        };
        let found = alarms_at((&o.store, &o.channels), &o.rules.sensor, &ask.acts, ask.t);
        let alarms = found.into_iter().filter_map(|a| row_of(o, rows, a, ask.t)).collect();
        AlarmAnswer { alarms, marks: Arc::clone(marks) }
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

/// When channels came into alarm; of those that would touch on the time line the first.
fn marks(o: &Overlays) -> Vec<TimeMark> {
    let all = transitions(
        &o.store,
        &o.channels,
        &o.rules.sensor,
        UtcNanos(i64::MIN),
        o.store.span().map_or(UtcNanos(0), |s| s.1),
    );
    let apart = o.store.span().map_or(0.0, |(a, b)| b.seconds_since(a) / MARKS);
    let mut last: Option<UtcNanos> = None;
    let began = all.into_iter().filter(|t| t.to == SensorState::Alarm);
    let shown = began.filter(|t| {
        let free = last.is_none_or(|l| t.time.seconds_since(l) >= apart);
        if free {
            last = Some(t.time);
        }
        free
    });
    let label = |t: &lantu_live::Transition| match &t.level {
        Some(level) => format!("{} · {level}", t.channel),
        None => t.channel.to_string(),
    };
    shown.map(|t| TimeMark { at: t.time, kind: MarkKind::Alarm, label: label(&t) }).collect()
}

fn row_of(
    o: &Overlays,
    rows: &HashMap<usize, ObjectRow>,
    alarm: lantu_live::Alarm,
    t: UtcNanos,
) -> Option<AlarmRow> {
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
    let reading = o.store.value_at(&channel.id, t).map(|s| {
        let unit = if s.unit.is_empty() { channel.unit.clone() } else { s.unit.to_string() };
        (s.value, unit)
    });
    Some(AlarmRow {
        channel: alarm.channel.to_string(),
        object: name.or_else(|| channel.object.clone()).unwrap_or_default(),
        row: row.map(|r| r.0),
        area: object.map(|v| v.span.source.to_string()).unwrap_or_default(),
        life,
        worst: state_id(alarm.worst)?,
        level: alarm.level.unwrap_or_default(),
        raised: alarm.raised,
        reading,
        by: alarm.by.unwrap_or_default(),
    })
}
