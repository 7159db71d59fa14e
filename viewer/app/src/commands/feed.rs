//! `lantu feed`: readings while they come.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use lantu_base::{ChannelId, UtcNanos};
use lantu_feeds::hj212::{Hj212, Profiles};
use lantu_feeds::mqtt::{Mqtt, MqttMapping};
use lantu_feeds::{
    Batch, FeedError, FeedSink, Named, Positions, Replay, SensorThings, SensorThingsAccess, Tally, queue,
    start,
};
use lantu_live::last_numbers;
use lantu_project::ProjectError;
use lantu_session::{Access, FeedCounts, FeedWriter, Session, SessionError};
use serde_json::{Map, Value, json};

use crate::cli::{FeedArgs, Speed};
use crate::commands::bench::Generator;
use crate::commands::{DONE, PARTIAL, said};
use crate::context::{Context, now};

/// Rows of one commit at most. Chosen: a sync of 2 ms costs little beside 50 ms of rows.
const COMMIT_ROWS: usize = 50_000;
/// What has come is committed at least so often. Chosen: a gateway hears its answer within a second.
const COMMIT_EVERY: Duration = Duration::from_millis(200);

/// How often the end waits for another writer. Chosen: ten seconds; the journal keeps everything after that.
const PATIENCE: usize = 50;

/// What tells gateways that what they sent is on the medium.
type Waiting = Vec<Box<dyn FnOnce() + Send>>;

/// The thread of a source.
type Running = std::thread::JoinHandle<Result<(), FeedError>>;

pub(crate) fn feed(context: &Context, args: &FeedArgs) -> anyhow::Result<u8> {
    // Only the journal is written while readings come: others may change the project meanwhile.
    let options = context.session_options(None)?;
    let mut session = Session::open(&args.project, Access::Read, options.clone())?;
    let until = args.until.as_deref().map(|t| UtcNanos::parse(t, session.zone())).transpose()?;
    let (sink, receiver) = queue(context.cancel.clone());
    let counters = std::sync::Arc::clone(&sink.counters);
    let live = args.replay.is_none();
    // Before anything listens or is asked: another feed may be at it.
    let mut writer = session.begin_feed()?;
    let threads = match begin(context, args, &session, sink) {
        Ok(threads) => threads,
        Err(e) => {
            session.end_feed(writer)?;
            return Err(e);
        }
    };
    let mut waiting = Waiting::new();
    let mut committed = Instant::now();
    loop {
        let batch = match receiver.recv_timeout(COMMIT_EVERY) {
            Ok(batch) => Some(batch),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        take(&mut writer, &mut waiting, (batch, &receiver));
        // Who waits for an answer sends no more than a few messages until it comes.
        if !waiting.is_empty() || writer.n_pending() >= COMMIT_ROWS || committed.elapsed() >= COMMIT_EVERY {
            commit(&mut writer, &mut waiting)?;
            committed = Instant::now();
        }
        if writer.wants_compaction() {
            commit(&mut writer, &mut waiting)?;
            compact(&mut session, &mut writer, &mut |writer| {
                take(writer, &mut waiting, (receiver.try_recv().ok(), &receiver));
                commit(writer, &mut waiting)
            })?;
            committed = Instant::now();
        }
        if live && until.is_some_and(|until| now() >= until) {
            context.cancel.cancel();
        }
    }
    commit(&mut writer, &mut waiting)?;
    let counts = end(&mut session, writer)?;
    session.close()?;
    crate::window::jobs::seal(&args.project, &options);
    let ended: Vec<_> = threads.into_iter().map(std::thread::JoinHandle::join).collect();
    let tally = counters.tally();
    say(context, args.json, &tally, counts)?;
    for ended in ended {
        match ended.map_err(|_panic| anyhow::anyhow!("a source of the feed ended by a fault of ours"))? {
            // Who stops it has what came until then.
            Ok(()) => {}
            Err(FeedError::Closed) if context.cancel.is_cancelled() => {}
            Err(e) => return Err(e.into()),
        }
    }
    let complete = tally.rejected + counts.not_finite + counts.over_full == 0;
    Ok(if complete { DONE } else { PARTIAL })
}

/// Starts the sources that were asked for, which share the queue.
fn begin(
    context: &Context,
    args: &FeedArgs,
    session: &Session,
    sink: FeedSink,
) -> anyhow::Result<Vec<Running>> {
    if let Some(path) = &args.replay {
        let speed = match args.speed {
            Speed::Max => None,
            Speed::Times(f) => Some(f),
        };
        let zone = session.zone().clone();
        let until = args.until.as_deref().map(|t| UtcNanos::parse(t, &zone)).transpose()?;
        let positions = args.positions.as_ref().map(|crs| Positions {
            crs: crs.clone(),
            heights: args.heights.clone(),
            frame: session.frame().clone(),
            things: moving(session),
        });
        return Ok(vec![start(Replay { path: path.clone(), speed, until, zone, positions }, sink)?]);
    }
    if let Some(beat) = &args.generate {
        return Ok(vec![start(Generator(beat.clone()), sink)?]);
    }
    if args.mapping.is_some() && args.mqtt.is_none() && args.sensorthings.is_none() {
        anyhow::bail!("--mapping is of --mqtt or --sensorthings");
    }
    // Everything is looked at before anything begins.
    let stations = args.hj212.as_deref().map(|address| stations(context, args, address)).transpose()?;
    let broker = args.mqtt.as_deref().map(|url| broker(args, session, url)).transpose()?;
    let service = args.sensorthings.as_deref().map(|url| service(args, session, url)).transpose()?;
    let mut out = Vec::new();
    if let Some(stations) = stations {
        out.push(start(stations, sink.clone())?);
    }
    if let Some(broker) = broker {
        out.push(start(broker, sink.clone())?);
    }
    if let Some(service) = service {
        out.push(start(service, sink)?);
    }
    Ok(out)
}

/// A service that is polled.
fn service(args: &FeedArgs, session: &Session, url: &str) -> anyhow::Result<SensorThings> {
    let store = session.time_store();
    let newest = |id: &ChannelId| Some((id.clone(), store.value_at(id, UtcNanos(i64::MAX))?.time));
    let newest = store.channels().filter_map(newest).collect();
    let every = (!args.once).then(|| Duration::from_secs(args.every));
    // A broker's mapping says nothing of a service.
    let mapping = args.mapping.as_ref().filter(|_| args.mqtt.is_none());
    let (access, folder) = match args.access.as_ref().or(mapping) {
        Some(path) => {
            let access = SensorThingsAccess::parse(&read_text(path)?)
                .map_err(|e| anyhow::anyhow!("{e}\nfile: {}", path.display()))?;
            (access, folder_of(path))
        }
        None => (SensorThingsAccess::default(), Path::new(".")),
    };
    let source = SensorThings::new(url, (&access, folder), newest, (every, now))?;
    Ok(source.with_positions(session.frame(), moving(session)))
}

/// A broker that is listened to.
fn broker(args: &FeedArgs, session: &Session, url: &str) -> anyhow::Result<Mqtt> {
    let path = args.mapping.as_ref().context("a broker needs --mapping")?;
    let text = read_text(path)?;
    let mapping = MqttMapping::parse(&text).map_err(|e| anyhow::anyhow!("{e}\nfile: {}", path.display()))?;
    let source = Mqtt::new(url, mapping, folder_of(path), now, session.frame())?;
    Ok(source.after(last_numbers(session.time_store())))
}

/// Stations that call in.
fn stations(context: &Context, args: &FeedArgs, address: &str) -> anyhow::Result<Hj212> {
    let profiles = match &args.profiles {
        None => Profiles::default(),
        Some(path) => {
            let text = read_text(path)?;
            Profiles::parse(&text).map_err(|e| anyhow::anyhow!("{e}\nfile: {}", path.display()))?
        }
    };
    let server = Hj212::bind(address, profiles, now)?;
    let at = server.address()?.to_string();
    // What is printed as JSON is nothing else.
    if args.json {
        writeln!(std::io::stderr().lock(), "{at}")?;
    } else {
        context.line(&at)?;
    }
    Ok(server)
}

/// Names of the things that report where they are.
fn moving(session: &Session) -> Vec<String> {
    session.things().iter().filter(|t| t.fixed.is_none()).map(|t| t.name.clone()).collect()
}

/// Where the files lie that a file names.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read\nfile: {}", path.display()))
}

/// Pushes a batch, and what is there already, into the same commit.
fn take(
    writer: &mut FeedWriter,
    waiting: &mut Waiting,
    (first, receiver): (Option<Batch>, &Receiver<Batch>),
) {
    let mut batch = first;
    while let Some(Batch { rows, acknowledge }) = batch {
        for (channel, sample) in rows {
            writer.push(channel, sample);
        }
        waiting.extend(acknowledge);
        batch = (writer.n_pending() < COMMIT_ROWS).then(|| receiver.try_recv().ok()).flatten();
    }
}

/// Compacts where nobody else writes the project; else the journal grows and it is tried again.
fn compact(
    session: &mut Session,
    writer: &mut FeedWriter,
    meanwhile: &mut dyn FnMut(&mut FeedWriter) -> Result<(), SessionError>,
) -> anyhow::Result<()> {
    match session.compact_feed(writer, meanwhile) {
        Err(SessionError::Project(ProjectError::Busy { .. })) => Ok(()),
        other => Ok(other?),
    }
}

/// Ends the feed, when whoever else writes the project has done so.
fn end(session: &mut Session, mut writer: FeedWriter) -> anyhow::Result<FeedCounts> {
    for _ in 0..PATIENCE {
        match session.compact_feed(&mut writer, &mut |_| Ok(())) {
            Err(SessionError::Project(ProjectError::Busy { .. })) => std::thread::sleep(COMMIT_EVERY),
            Err(e) => return Err(e.into()),
            Ok(()) => break,
        }
    }
    Ok(session.end_feed(writer)?)
}

/// Makes what was pushed durable, then tells the gateways.
fn commit(writer: &mut FeedWriter, waiting: &mut Waiting) -> Result<(), SessionError> {
    writer.commit()?;
    for acknowledge in waiting.drain(..) {
        acknowledge();
    }
    Ok(())
}

fn say(context: &Context, as_json: bool, tally: &Tally, counts: FeedCounts) -> anyhow::Result<()> {
    let named = |map: &std::collections::BTreeMap<String, Named>| -> Value {
        let entry = |(k, v): (&String, &Named)| (k.clone(), json!({ "n": v.n, "first": v.first }));
        Value::Object(map.iter().map(entry).collect::<Map<_, _>>())
    };
    if as_json {
        let text = serde_json::to_string_pretty(&json!({
            "messages": tally.messages, "readings": tally.readings, "acknowledged": counts.rows,
            "stored": counts.added, "over_full": counts.over_full, "duplicates": counts.duplicates, "out_of_order": counts.out_of_order,
            "rejected": tally.rejected + counts.not_finite, "clock": tally.clock, "reconnects": tally.reconnects,
            "missing": tally.missing, "gaps": named(&tally.gaps),
            "reasons": named(&tally.reasons), "quarantined": named(&tally.quarantined),
        }))?;
        return context.line(&text);
    }
    let args = [
        ("stored", counts.added.into()),
        ("duplicates", counts.duplicates.into()),
        ("order", counts.out_of_order.into()),
        ("rejected", (tally.rejected + counts.not_finite + counts.over_full).into()),
    ];
    context.line(&context.say("app-feed-done", &args))?;
    for (source, n) in &tally.gaps {
        let args = [("source", source.into()), ("n", n.n.into()), ("first", (&n.first).into())];
        context.line(&context.say("app-feed-gaps", &args))?;
    }
    for (reason, n) in &tally.reasons {
        context.line(&format!("{}: {} ({})", n.n, said::refusal(context, reason), n.first))?;
    }
    for (key, n) in &tally.quarantined {
        context.line(
            &context.say("app-feed-quarantined", &[("key", key.into()), ("place", (&n.first).into())]),
        )?;
    }
    Ok(())
}
