//! From a message to readings.

use std::borrow::Cow;
use std::ops::Range;

use lantu_base::{ChannelId, ProjectFrame, TimeZoneName, UtcNanos};
use lantu_live::{Quality, Sample, is_measurable, missing_before, tell_clock};
use serde_json::Value;

use super::mapping::{MqttFormat, MqttMapping, Position, TimeUnit, Topic};
use super::numbers::Numbers;
use crate::Counters;
use crate::names::{NO_NAME, is_name};
use crate::place::{DEGREES, Found, Placer, geojson_point};
use crate::quality::result_quality;
use crate::sensorthings::result_time;

/// A time that lies so far after the present is a clock that is off. Chosen: below the three hours of a wrong zone.
pub(crate) const CLOCK_SUSPECT_S: f64 = 2.5 * 3600.0;
/// A time that lies so far from the present belongs to another year: nobody looks for its reading there.
pub(crate) const CLOCK_REFUSED_S: f64 = 366.0 * 86_400.0;

type Row = (ChannelId, Sample);

/// Turns messages into readings, and counts what is wrong with them.
#[derive(Debug)]
pub(crate) struct Decoder {
    mapping: MqttMapping,
    zone: TimeZoneName,
    clock: fn() -> UtcNanos,
    /// For each topic the way of its positions; `None` of one that has none.
    placers: Vec<Option<Placer>>,
    numbers: Numbers,
}

impl Decoder {
    pub(crate) fn new(
        mapping: MqttMapping,
        zone: TimeZoneName,
        clock: fn() -> UtcNanos,
        frame: &ProjectFrame,
    ) -> Self {
        let placer = |topic: &Topic| match (&topic.position, topic.format) {
            (Some(p), _) => Some(Placer::new(&p.crs, p.heights.as_deref(), frame)),
            // The result of an observation may be a point.
            (None, MqttFormat::SensorThings) => Some(Placer::new(DEGREES, None, frame)),
            (None, MqttFormat::Json) => None,
        };
        let placers = mapping.topics.iter().map(placer).collect();
        Self { mapping, zone, clock, placers, numbers: Numbers::default() }
    }

    /// Goes on with the last number of each source, as an earlier run left it.
    pub(crate) fn after(mut self, numbers: impl IntoIterator<Item = (String, i64)>) -> Self {
        self.numbers = Numbers::after(numbers);
        self
    }

    /// The readings of a message; what cannot be read is counted with its reason.
    pub(crate) fn decode(&mut self, topic: &str, payload: &[u8], counters: &Counters) -> Vec<Row> {
        let known = self.mapping.topics.iter().zip(&self.placers);
        let Some((kind, placer)) = known.into_iter().find(|(t, _)| t.fits(topic)) else {
            counters.reject("a topic that no mapping fits", topic);
            return Vec::new();
        };
        let message: Value = match serde_json::from_slice(payload) {
            Ok(message) => message,
            Err(e) => {
                counters.reject(&format!("not JSON: {e}"), topic);
                return Vec::new();
            }
        };
        let (mut rows, mut lost) = (Vec::new(), Vec::new());
        let now = (self.clock)();
        let readings = match kind.list.as_ref().map(|p| message.pointer(p)) {
            None => std::slice::from_ref(&message),
            Some(Some(Value::Array(list))) => list.as_slice(),
            Some(_) => {
                counters.reject("no list of readings", topic);
                return Vec::new();
            }
        };
        for reading in readings {
            let before = rows.len();
            let read = match kind.format {
                MqttFormat::Json => by_pointers(kind, (topic, &message, reading), &self.zone),
                MqttFormat::SensorThings => observation(kind, (topic, reading), &self.zone),
            };
            let result_time = result_of(kind, (&message, reading), &self.zone);
            let read = result_time.and_then(|at| Ok((read?, at)));
            let result_time = read.as_ref().ok().and_then(|read| read.1);
            let put = read.map_err(Cow::Borrowed).and_then(|(read, _)| match (read, placer) {
                (Read::Values(read), _) => {
                    rows.extend(read);
                    Ok(())
                }
                (Read::Position { name, time, quality, at }, Some(placer)) => {
                    placer.put(&Found { name: &name, time, quality, at }, counters, &mut rows)
                }
                (Read::Position { .. }, None) => Err("a position where none was expected".into()),
            });
            if let Err(why) = put {
                counters.reject(&why, topic);
            }
            rows.iter_mut().skip(before).for_each(|(_, s)| s.result_time = result_time);
            if let (Some(pointer), Some((channel, _))) = (&kind.sequence, rows.get(before))
                && let Some(n) = reading.pointer(pointer).and_then(Value::as_i64)
            {
                let missing = self.numbers.count_gap(&channel.0, n, counters);
                let number = missing.is_some().then_some(n);
                rows.iter_mut().skip(before).for_each(|(_, s)| s.sequence = number);
                if let Some(missing) = missing.filter(|m| *m > 0) {
                    lost.push((before..rows.len(), missing));
                }
            }
        }
        let mut told = companions(&rows, &lost);
        let mut of_clocks = Vec::new();
        rows.retain_mut(|(channel, sample)| {
            let believed = believe(sample, now, (&channel.0, counters));
            of_clocks.extend((believed == Believed::Marked).then(|| tell_clock(channel, sample, now)));
            believed != Believed::Refused
        });
        told.retain(|(_, s)| {
            rows.iter().any(|(_, reading)| (reading.time, reading.sequence) == (s.time, s.sequence))
        });
        rows.extend(told);
        rows.extend(of_clocks);
        if !rows.is_empty() {
            counters.message();
        }
        rows
    }
}

/// Whether a reading lies in a time that can be.
#[derive(PartialEq)]
enum Believed {
    Here,
    /// Too far ahead: the clock is off.
    Marked,
    Refused,
}

fn believe(sample: &Sample, now: UtcNanos, (place, counters): (&str, &Counters)) -> Believed {
    let ahead = sample.time.seconds_since(now);
    if ahead.abs() > CLOCK_REFUSED_S {
        counters.clock();
        counters.reject("a time more than a year from the present", place);
        return Believed::Refused;
    }
    if ahead > CLOCK_SUSPECT_S {
        counters.clock();
        return Believed::Marked;
    }
    Believed::Here
}

/// What is stored with the readings of messages before which some are missing (which readings, how many messages).
fn companions(rows: &[Row], lost: &[(Range<usize>, u64)]) -> Vec<Row> {
    let mut out = Vec::new();
    for (of, missing) in lost {
        for (channel, s) in rows.get(of.clone()).unwrap_or_default() {
            let (value, quality, unit) = (*missing as f64, Quality::Good, "".into());
            let told = Sample { value, quality, unit, result_time: None, ..s.clone() };
            out.push((missing_before(channel), told));
        }
    }
    out
}

/// What a message says.
enum Read {
    Values(Vec<Row>),
    Position { name: String, time: UtcNanos, quality: Quality, at: [f64; 3] },
}

fn by_pointers(
    kind: &Topic,
    (topic, message, reading): (&str, &Value, &Value),
    zone: &TimeZoneName,
) -> Result<Read, &'static str> {
    let time = reading.pointer(&kind.time).or_else(|| message.pointer(&kind.time)).ok_or("no time")?;
    let time = instant(time, kind.time_unit, zone).ok_or("a time that cannot be read")?;
    let name = name(&kind.channel, topic, reading, message)?;
    let quality = match kind.quality.as_ref().and_then(|p| reading.pointer(p)) {
        None => Quality::Good,
        Some(Value::Bool(good)) => Quality::from_code(if *good { 0 } else { 2 }),
        Some(code) => Quality::from_code(code.as_u64().and_then(|c| u8::try_from(c).ok()).unwrap_or(2)),
    };
    let sample = |value| Sample::new(time, value, quality, kind.unit.as_str().into());
    if let Some(position) = &kind.position {
        let at = place(position, reading).ok_or("no position that can be read")?;
        return Ok(Read::Position { name, time, quality, at });
    }
    if kind.values.is_empty() {
        let value =
            number(reading.pointer(&kind.value)).ok_or("no value that is a number that can be measured")?;
        return Ok(Read::Values(vec![(ChannelId(name.into()), sample(value))]));
    }
    let mut rows = Vec::new();
    for (end, pointer) in &kind.values {
        if let Some(value) = number(reading.pointer(pointer)) {
            rows.push((ChannelId(format!("{name}{end}").into()), sample(value)));
        }
    }
    if rows.is_empty() { Err("none of its values is there") } else { Ok(Read::Values(rows)) }
}

/// Longitude or easting, latitude or northing, height or NaN.
fn place(position: &Position, reading: &Value) -> Option<[f64; 3]> {
    if let Some(point) = &position.point {
        return geojson_point(reading.pointer(point)?);
    }
    let height = position.height.as_ref().and_then(|p| number(reading.pointer(p)));
    Some([
        number(reading.pointer(&position.x))?,
        number(reading.pointer(&position.y))?,
        height.unwrap_or(f64::NAN),
    ])
}

/// An observation as `SensorThings` publishes it under `…/Datastreams(id)/Observations`.
fn observation(
    kind: &Topic,
    (topic, reading): (&str, &Value),
    zone: &TimeZoneName,
) -> Result<Read, &'static str> {
    let text = reading.get("phenomenonTime").and_then(Value::as_str).ok_or("no phenomenonTime")?;
    // Of an interval the end: only then the value is known.
    let end = text.rsplit('/').next().unwrap_or(text);
    let time = UtcNanos::parse(end, zone).ok().ok_or("a phenomenonTime that cannot be read")?;
    let result = reading.get("result").ok_or("no result")?;
    let name = if kind.channel.is_empty() {
        let stream = topic.split('/').find(|l| l.starts_with("Datastreams("));
        let stream = stream.ok_or("a topic that names no Datastream")?;
        is_name(stream).then(|| stream.to_owned()).ok_or(NO_NAME)?
    } else {
        name(&kind.channel, topic, reading, reading)?
    };
    let quality = reading.get("resultQuality").map_or(Quality::Good, result_quality);
    if let Some(at) = geojson_point(result) {
        return Ok(Read::Position { name, time, quality, at });
    }
    let value = number(Some(result)).ok_or("a result that is neither a number nor a point")?;
    let sample = Sample::new(time, value, quality, kind.unit.as_str().into());
    Ok(Read::Values(vec![(ChannelId(name.into()), sample)]))
}

/// When the values of a message were there; `None` where it says nothing.
fn result_of(
    kind: &Topic,
    (message, reading): (&Value, &Value),
    zone: &TimeZoneName,
) -> Result<Option<UtcNanos>, &'static str> {
    let found = match (kind.format, &kind.result_time) {
        (MqttFormat::SensorThings, _) => {
            return result_time(reading.get("resultTime").unwrap_or(&Value::Null), zone);
        }
        (MqttFormat::Json, Some(pointer)) => reading.pointer(pointer).or_else(|| message.pointer(pointer)),
        (MqttFormat::Json, None) => None,
    };
    match found {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            instant(value, kind.time_unit, zone).map(Some).ok_or("a result time that cannot be read")
        }
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        Value::Bool(b) => Some(f64::from(*b)),
        _ => None,
    };
    number.filter(|v| is_measurable(*v))
}

fn instant(value: &Value, unit: TimeUnit, zone: &TimeZoneName) -> Option<UtcNanos> {
    if let Value::String(text) = value {
        return UtcNanos::parse(text, zone).ok();
    }
    let nanos: i64 = match unit {
        TimeUnit::Seconds => 1_000_000_000,
        TimeUnit::Millis => 1_000_000,
        TimeUnit::Micros => 1_000,
        TimeUnit::Nanos => 1,
    };
    if let Some(whole) = value.as_i64() {
        return whole.checked_mul(nanos).map(UtcNanos);
    }
    let seconds = value.as_f64().filter(|v| v.is_finite())? * (nanos as f64 / 1e9);
    (seconds.abs() < 9e9).then(|| UtcNanos(0).plus_s(seconds))
}

/// A channel's name from its template.
fn name(template: &str, topic: &str, reading: &Value, message: &Value) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (field, after) = after.split_once('}').ok_or("a template without its closing brace")?;
        if field.starts_with('/') {
            match reading.pointer(field).or_else(|| message.pointer(field)) {
                Some(Value::String(s)) => out.push_str(s),
                Some(Value::Number(n)) => out.push_str(&n.to_string()),
                _ => return Err("a member that the channel's name needs is missing"),
            }
        } else {
            let ix = field.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let level = ix.and_then(|ix| topic.split('/').nth(ix));
            out.push_str(level.ok_or("a level of the topic that the channel's name needs is missing")?);
        }
        rest = after;
    }
    out.push_str(rest);
    if is_name(&out) { Ok(out) } else { Err(NO_NAME) }
}
