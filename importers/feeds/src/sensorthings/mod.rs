//! A service that speaks OGC `SensorThings` 1.1 (18-088) over HTTP or HTTPS: its datastreams become channels, and their new
//! observations are asked for again and again.

mod http;

use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::path::Path;
use std::time::Duration;

use lantu_base::{ChannelId, ProjectFrame, TimeZoneName, UtcNanos};
use lantu_live::{Quality, Sample, is_measurable, tell_clock};
use serde::Deserialize;

use crate::mqtt::{CLOCK_REFUSED_S, CLOCK_SUSPECT_S};
use crate::names::{NO_NAME, is_name};
use crate::place::{DEGREES, Found, Placer, geojson_point};
use crate::quality::result_quality;
use crate::{Batch, FeedError, FeedSink, FeedSource};
pub use http::SensorThingsAccess;
use http::{Refused, Service, encoded};

/// Entities that are asked for at once; a server may give fewer.
const PAGE: usize = 1000;
/// Pages of one answer at most: a server whose links go in circles must end. Chosen: a billion observations.
const MAX_PAGES: usize = 1_000_000;
/// Datastreams in a row that cannot be read until the poll is given up: then it is the service that fails. Chosen.
const MAX_FAILED: usize = 8;
/// First and longest wait after a failure; it doubles in between. Chosen.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// Polls a service.
pub struct SensorThings {
    service: Service,
    zone: TimeZoneName,
    clock: fn() -> UtcNanos,
    known: HashMap<ChannelId, Known>,
    /// How far before the newest is asked.
    look_back_ns: i64,
    every: Option<Duration>,
    frame: Option<ProjectFrame>,
    things: Vec<String>,
}

/// What is known of a channel.
#[derive(Default)]
struct Known {
    newest: Option<UtcNanos>,
    /// Instants that were taken, as far as they are asked for again.
    taken: BTreeSet<UtcNanos>,
    /// Instants ahead of the clock that came, and come at each poll until their time comes.
    ahead: BTreeSet<UtcNanos>,
    /// What the service last said its observations span.
    spans: Option<Spans>,
}

/// `phenomenonTime` and `resultTime` of a datastream.
type Spans = (String, Option<String>);

/// A page of entities.
#[derive(Deserialize)]
struct Page {
    value: Vec<serde_json::Value>,
    #[serde(rename = "@iot.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Datastream {
    #[serde(rename = "@iot.id")]
    id: serde_json::Value,
    #[serde(default)]
    name: String,
    #[serde(rename = "unitOfMeasurement")]
    unit: Option<Unit>,
    #[serde(rename = "Thing")]
    thing: Option<Named>,
    /// From the first to the last of its observations; not every service says it.
    #[serde(rename = "phenomenonTime", default)]
    span: Option<String>,
    #[serde(rename = "resultTime", default)]
    result_span: Option<String>,
}

impl Datastream {
    /// Thing and datastream, as far as they have names.
    fn name(&self) -> String {
        match &self.thing {
            Some(thing) if !thing.name.is_empty() => format!("{}.{}", thing.name, self.name),
            _ => self.name.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Unit {
    symbol: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

/// Where a thing was from an instant on.
#[derive(Deserialize)]
struct HistoricalLocation {
    time: String,
    #[serde(rename = "Locations", default)]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    location: serde_json::Value,
}

#[derive(Deserialize)]
struct Observation {
    #[serde(rename = "phenomenonTime")]
    time: Option<String>,
    #[serde(default)]
    result: serde_json::Value,
    #[serde(rename = "resultQuality", default)]
    quality: serde_json::Value,
    #[serde(rename = "resultTime", default)]
    result_time: serde_json::Value,
}

/// What is wrong with a `resultTime` that is there and no instant.
const NO_RESULT_TIME: &str = "a resultTime that cannot be read";

/// When the result of an observation was there; `None` where it says nothing, null, as the standard
/// allows, or an empty text.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn result_time(
    value: &serde_json::Value,
    zone: &TimeZoneName,
) -> Result<Option<UtcNanos>, &'static str> {
    match value {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) if text.is_empty() => Ok(None),
        serde_json::Value::String(text) => UtcNanos::parse(text, zone).ok().map(Some).ok_or(NO_RESULT_TIME),
        _ => Err(NO_RESULT_TIME),
    }
}

impl SensorThings {
    /// Polls the service at `url` (`https://host:port/v1.1`) each `every`, or once, as whom `access` names; its files lie
    /// in `folder`.
    ///
    /// Observations that are later than `newest` of their channel are asked for, and those before it as far as the access
    /// looks back: what a service files late comes too. What is ahead of `clock` by hours is marked, and by a year refused.
    ///
    /// # Errors
    /// [`FeedError::Format`] if that is no such address or no certificate, [`FeedError::File`] if a file of the access
    /// cannot be read.
    pub fn new(
        url: &str,
        (access, folder): (&SensorThingsAccess, &Path),
        newest: HashMap<ChannelId, UtcNanos>,
        (every, clock): (Option<Duration>, fn() -> UtcNanos),
    ) -> Result<Self, FeedError> {
        let service = Service::new(url, access, folder)?;
        // The standard's times have offsets; one without is UTC.
        let zone = TimeZoneName::new("UTC")
            .map_err(|e| FeedError::Format { what: e.to_string(), path: url.into() })?;
        let known = |t| Known { newest: Some(t), ..Known::default() };
        let known = newest.into_iter().map(|(channel, t)| (channel, known(t))).collect();
        let look_back_ns = i64::from(access.look_back_s) * 1_000_000_000;
        Ok(Self { service, zone, clock, known, look_back_ns, every, frame: None, things: Vec::new() })
    }

    /// Takes positions too, into `frame`: observations whose result is a point of `GeoJSON`, and where `things` of these
    /// names were.
    #[must_use]
    pub fn with_positions(mut self, frame: &ProjectFrame, things: Vec<String>) -> Self {
        (self.frame, self.things) = (Some(frame.clone()), things);
        self
    }

    /// Calls `each` with every entity of a collection, page after page.
    fn pages<T: for<'a> Deserialize<'a>>(
        &self,
        query: &str,
        sink: &FeedSink,
        mut each: impl FnMut(Vec<T>) -> Result<(), FeedError>,
    ) -> Result<(), Failure> {
        let mut target = encoded(&format!("{}/{query}", self.service.path));
        let mut asked = HashSet::new();
        for _ in 0..MAX_PAGES {
            if sink.cancel.is_cancelled() {
                return Err(Failure::Ended(FeedError::Closed));
            }
            if !asked.insert(hash_of(&target)) {
                return Err(Failure::Here("the links of the pages go in a circle".to_owned()));
            }
            let body = match self.service.get(&target, &sink.cancel) {
                Ok(body) => body,
                Err(_) if sink.cancel.is_cancelled() => return Err(Failure::Ended(FeedError::Closed)),
                Err(Refused::Answer(what)) => return Err(Failure::Here(what)),
                Err(Refused::Silent(e)) => return Err(Failure::Again(e.to_string())),
            };
            let page: Page = serde_json::from_slice(&body).map_err(|e| Failure::Here(e.to_string()))?;
            let mut sound = Vec::with_capacity(page.value.len());
            for entity in page.value {
                match serde_json::from_value(entity) {
                    Ok(entity) => sound.push(entity),
                    // Those beside it are not to blame.
                    Err(e) => sink.counters.reject(&format!("an entity that cannot be read: {e}"), query),
                }
            }
            each(sound).map_err(Failure::Ended)?;
            let Some(next) = page.next else { return Ok(()) };
            target = self.service.next(&next);
        }
        Err(Failure::Here("the links of the pages do not end".to_owned()))
    }

    /// Asks for everything that is new.
    fn poll(&mut self, sink: &FeedSink, placer: Option<&Placer>) -> Result<(), Failure> {
        let mut streams: Vec<Datastream> = Vec::new();
        let query = format!("Datastreams?$expand=Thing($select=name)&$orderby=id&$top={PAGE}");
        self.pages(&query, sink, |page| {
            streams.extend(page);
            Ok(())
        })?;
        let mut times: HashMap<String, usize> = HashMap::new();
        for stream in &streams {
            *times.entry(stream.name()).or_default() += 1;
        }
        // One that cannot be read does not keep those behind it waiting.
        let (mut failed, mut n_failed) = (None, 0);
        for stream in &streams {
            let twice = times.get(&stream.name()).is_some_and(|n| *n > 1);
            match self.poll_stream((stream, twice), sink, placer) {
                Ok(()) => n_failed = 0,
                Err(Failure::Here(what)) if n_failed < MAX_FAILED => {
                    sink.counters.reject(&what, &stream.name());
                    n_failed += 1;
                    failed.get_or_insert(format!("{}: {what}", stream.name()));
                }
                Err(e) => return Err(e),
            }
        }
        failed.map_or(Ok(()), |what| Err(Failure::Partly(what)))
    }

    /// Asks for what is new of a datastream. Two of one name are told apart by their ids.
    fn poll_stream(
        &mut self,
        (stream, twice): (&Datastream, bool),
        sink: &FeedSink,
        placer: Option<&Placer>,
    ) -> Result<(), Failure> {
        let id = match &stream.id {
            serde_json::Value::String(s) => format!("'{}'", s.replace('\'', "''")),
            other => other.to_string(),
        };
        let name = stream.name();
        let channel = ChannelId(if twice || name.is_empty() { format!("{name}#{id}") } else { name }.into());
        if !is_name(&channel.0) {
            return Err(Failure::Here(NO_NAME.to_owned()));
        }
        let unit = stream.unit.as_ref().and_then(|u| u.symbol.clone()).unwrap_or_default();
        let spans = stream.span.clone().map(|span| (span, stream.result_span.clone()));
        // A service that says so need not be asked once for each of its datastreams, most of which have nothing new.
        if spans.is_some() && self.known.get(&channel).is_some_and(|k| k.spans == spans) {
            return Ok(());
        }
        let now = (self.clock)();
        let since = self.newest(&channel.0).map(|t| UtcNanos(t.0.saturating_sub(self.look_back_ns)));
        let filter = since.map_or(String::new(), |t| format!("&$filter=phenomenonTime gt {t}"));
        let query = format!("Datastreams({id})/Observations?$orderby=phenomenonTime asc&$top={PAGE}{filter}");
        let (mut times, mut early) = (BTreeSet::new(), BTreeSet::new());
        self.pages(&query, sink, |page: Vec<Observation>| {
            let mut rows = Vec::with_capacity(page.len());
            for observation in page {
                let time = self.instant(&observation);
                if let Ok(time) = time
                    && self.known.get(&channel).is_some_and(|k| k.taken.contains(&time))
                {
                    continue;
                }
                let instant = time.as_ref().ok().copied();
                let ahead = instant.map_or(0.0, |time| time.seconds_since(now));
                if ahead > CLOCK_SUSPECT_S {
                    sink.counters.clock();
                } else {
                    // What comes from a clock that is ahead must not hide what is measured until then.
                    times.extend(&time);
                }
                let (of, before) = ((&channel, unit.as_str()), rows.len());
                let read = time.and_then(|time| {
                    if ahead > CLOCK_REFUSED_S {
                        return Err("a time more than a year from the present".into());
                    }
                    self.read((&observation, time), of, (placer, sink), &mut rows)
                });
                if ahead > CLOCK_SUSPECT_S {
                    // It is read again at each poll until its time comes, but came once.
                    let first = instant.is_some_and(|t| {
                        !self.known.get(&channel).is_some_and(|k| k.ahead.contains(&t)) && early.insert(t)
                    });
                    let mut told = Vec::new();
                    for (channel, s) in rows.iter_mut().skip(before) {
                        s.quality = Quality::OffClock;
                        told.extend(first.then(|| tell_clock(channel, s, now)));
                    }
                    rows.extend(told);
                }
                match read {
                    Ok(()) => sink.counters.message(),
                    Err(why) => sink.counters.reject(&why, &channel.0),
                }
            }
            if rows.is_empty() { Ok(()) } else { sink.send(Batch { rows, acknowledge: None }) }
        })?;
        let known = self.known.entry(channel.clone()).or_default();
        known.ahead.retain(|t| *t > now);
        known.ahead.extend(early);
        self.took(channel, times, spans);
        Ok(())
    }

    /// Notes what was taken of a channel, all that there was.
    fn took(&mut self, channel: ChannelId, times: BTreeSet<UtcNanos>, spans: Option<Spans>) {
        let before = self.newest(&channel.0);
        let known = self.known.entry(channel).or_default();
        known.newest = before.max(times.last().copied());
        known.taken.extend(times);
        if let Some(newest) = known.newest {
            known.taken.retain(|t| t.0 > newest.0.saturating_sub(self.look_back_ns));
        }
        known.spans = spans;
    }

    /// The newest instant that is known of a channel, or of a thing's easting.
    fn newest(&self, name: &str) -> Option<UtcNanos> {
        let of = |name: &str| self.known.get(&ChannelId(name.into()))?.newest;
        of(name).or_else(|| of(&format!("{name}.x")))
    }

    /// Asks where things were since they were asked for last.
    fn poll_things(&mut self, sink: &FeedSink, placer: &Placer) -> Result<(), Failure> {
        for name in self.things.clone() {
            let since = self.newest(&name).map_or(String::new(), |t| format!(" and time gt {t}"));
            let quoted = name.replace('\'', "''");
            let query = format!(
                "HistoricalLocations?$filter=Thing/name eq '{quoted}'{since}&$expand=Locations&$orderby=time asc&$top={PAGE}"
            );
            let mut newest: Option<UtcNanos> = None;
            self.pages(&query, sink, |page: Vec<HistoricalLocation>| {
                let mut rows = Vec::with_capacity(page.len() * 3);
                for was in page {
                    let mut put = || -> Result<UtcNanos, Cow<'static, str>> {
                        let time = UtcNanos::parse(&was.time, &self.zone).ok();
                        let time = time.ok_or("a time of a location that cannot be read")?;
                        let at = was.locations.iter().find_map(|l| geojson_point(&l.location));
                        let at = at.ok_or("a location that is no point")?;
                        let found = Found { name: &name, time, quality: Quality::Good, at };
                        placer.put(&found, &sink.counters, &mut rows).map(|()| time)
                    };
                    match put() {
                        Ok(time) => {
                            newest = newest.max(Some(time));
                            sink.counters.message();
                        }
                        Err(why) => sink.counters.reject(&why, &name),
                    }
                }
                if rows.is_empty() { Ok(()) } else { sink.send(Batch { rows, acknowledge: None }) }
            })?;
            if newest.is_some() {
                self.known.entry(ChannelId(name.into())).or_default().newest = newest;
            }
        }
        Ok(())
    }

    /// The instant of an observation: of an interval the end, since only then the value is known.
    fn instant(&self, observation: &Observation) -> Result<UtcNanos, Cow<'static, str>> {
        let text = observation.time.as_deref().ok_or("no phenomenonTime")?;
        let instant = text.rsplit('/').next().unwrap_or(text);
        Ok(UtcNanos::parse(instant, &self.zone).ok().ok_or("a phenomenonTime that cannot be read")?)
    }

    /// Reads an observation of an instant.
    fn read(
        &self,
        (observation, time): (&Observation, UtcNanos),
        (channel, unit): (&ChannelId, &str),
        (placer, sink): (Option<&Placer>, &FeedSink),
        rows: &mut Vec<(ChannelId, Sample)>,
    ) -> Result<(), Cow<'static, str>> {
        let quality = result_quality(&observation.quality);
        let result_time = result_time(&observation.result_time, &self.zone)?;
        if let Some((at, placer)) = geojson_point(&observation.result).zip(placer) {
            let (found, before) = (Found { name: &channel.0, time, quality, at }, rows.len());
            placer.put(&found, &sink.counters, rows)?;
            rows.iter_mut().skip(before).for_each(|(_, s)| s.result_time = result_time);
            return Ok(());
        }
        let value = match &observation.result {
            serde_json::Value::Number(n) => n.as_f64(),
            serde_json::Value::String(s) => s.trim().parse().ok(),
            serde_json::Value::Bool(b) => Some(f64::from(*b)),
            _ => None,
        };
        let value =
            value.filter(|v| is_measurable(*v)).ok_or("a result that is no number that can be measured")?;
        let sample = Sample { time, value, quality, unit: unit.into(), sequence: None, result_time };
        rows.push((channel.clone(), sample));
        Ok(())
    }
}

fn hash_of(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

/// Why a poll did not end well.
enum Failure {
    /// It may go better another time.
    Again(String),
    /// What was asked for is answered with something else; other questions may be answered well.
    Here(String),
    /// Some datastreams could not be read, which was counted; the others were.
    Partly(String),
    Ended(FeedError),
}

impl FeedSource for SensorThings {
    fn name(&self) -> &'static str {
        "feed-sta"
    }

    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        let mut backoff = BACKOFF.0;
        let placer = self.frame.as_ref().map(|frame| Placer::new(DEGREES, None, frame));
        loop {
            let polled = self.poll(sink, placer.as_ref()).and_then(|()| match &placer {
                Some(placer) => self.poll_things(sink, placer),
                None => Ok(()),
            });
            let wait = match polled {
                Ok(()) => {
                    backoff = BACKOFF.0;
                    match self.every {
                        Some(every) => every,
                        None => return Ok(()),
                    }
                }
                Err(Failure::Ended(e)) => return Err(e),
                Err(Failure::Partly(what)) if self.every.is_some() => {
                    tracing::warn!(what, "a datastream cannot be read; the others are");
                    self.every.unwrap_or(BACKOFF.1)
                }
                Err(Failure::Again(what) | Failure::Here(what) | Failure::Partly(what)) => {
                    sink.counters.reject(&what, &self.service.origin);
                    let wait = backoff;
                    if self.every.is_none() {
                        return Err(FeedError::Format {
                            what,
                            path: format!("{}{}", self.service.origin, self.service.path).into(),
                        });
                    }
                    sink.counters.reconnect();
                    tracing::warn!(what, "the service cannot be read; it is tried again");
                    backoff = (backoff * 2).min(BACKOFF.1);
                    wait
                }
            };
            if sink.cancel.pause(wait).is_err() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
