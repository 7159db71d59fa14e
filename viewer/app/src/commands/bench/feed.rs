//! `lantu bench feed`: readings of thousands of channels into a project that is open, while the window's state goes on.
//!
//! The feed is a process of its own, as it always is. It sends for a while and rests for a while, so that frames with and
//! without it are measured in turns of one run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use lantu_base::{ChannelId, UtcNanos};
use lantu_feeds::{Batch, FeedError, FeedSink, FeedSource};
use lantu_live::{Quality, Sample};
use lantu_session::{Access, ImportOptions, Session, usage};

use crate::cli::{Beat, BenchCityArgs, BenchFeedArgs};
use crate::commands::DONE;
use crate::commands::bench::city;
use crate::context::{Context, now};
use crate::window::Probe;

/// Frames a second. Chosen: what a clock that follows the present needs, and more than colors change.
const FRAMES_PER_S: u32 = 20;
/// Frames after a change of turn that count for neither. Chosen: what waits is through after a second.
const SETTLE: Duration = Duration::from_secs(2);
/// Until the first turn: the feed opens the project meanwhile.
const LEAD_S: f64 = 10.0;
/// Of so long a time the slowest color is told. Chosen: what comes once a minute shows as that.
const STRETCH: f64 = 5.0;
/// How many of them. Chosen: what a person looks through.
const SLOWEST: usize = 8;
/// How often the generator wakes. Chosen: ten messages at a time at the usual rate.
const TICK: Duration = Duration::from_millis(2);

impl Beat {
    /// The turn at an instant (its number, and whether readings are sent); `None` before and after all of them.
    fn turn(&self, t: UtcNanos) -> Option<(u32, bool)> {
        let at = t.seconds_since(UtcNanos(self.start_ms.saturating_mul(1_000_000)));
        let length = self.on_s + self.off_s;
        if at < 0.0 || at >= length * f64::from(self.rounds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the rounds")]
        let round = (at / length) as u32;
        Some((round, at - length * f64::from(round) >= self.off_s))
    }

    fn is_over(&self, t: UtcNanos) -> bool {
        let length = (self.on_s + self.off_s) * f64::from(self.rounds);
        t.seconds_since(UtcNanos(self.start_ms.saturating_mul(1_000_000))) >= length
    }
}

/// Name of a channel.
fn channel(ix: u32) -> String {
    format!("load-{ix}")
}

/// Sends a message for each reading, each to be acknowledged, as a gateway does.
pub(crate) struct Generator(pub(crate) Beat);

impl FeedSource for Generator {
    fn name(&self) -> &'static str {
        "feed-load"
    }

    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        let names: Vec<ChannelId> = (0..self.0.channels).map(|ix| ChannelId(channel(ix).into())).collect();
        let (mut sent, mut began) = (0.0_f64, None);
        let mut next = 0_usize;
        loop {
            let t = now();
            if self.0.is_over(t) {
                return Ok(());
            }
            if let Some((_, true)) = self.0.turn(t) {
                let since = *began.get_or_insert(t);
                let due = t.seconds_since(since) * self.0.rate;
                while sent < due {
                    let Some(name) = names.get(next % names.len().max(1)) else { return Ok(()) };
                    // A wave that reaches its levels now and then.
                    let value = 90.0 + 40.0 * ((next as f64) * 1e-4).sin();
                    let sample = Sample::new(now(), value, Quality::Good, "µε".into());
                    let acknowledge: Box<dyn FnOnce() + Send> = Box::new(|| {});
                    sink.counters.message();
                    sink.send(Batch { rows: vec![(name.clone(), sample)], acknowledge: Some(acknowledge) })?;
                    (sent, next) = (sent + 1.0, next + 1);
                }
            } else {
                (sent, began) = (0.0, None);
            }
            if sink.cancel.pause(TICK).is_err() {
                return Err(FeedError::Closed);
            }
        }
    }
}

/// What was measured in turns of one kind.
#[derive(Default)]
struct Kind {
    /// Median CPU milliseconds of the main thread a frame, of each turn.
    medians: Vec<f64>,
    /// Frames of the turn under way.
    frames: Vec<f64>,
}

/// What was measured besides.
#[derive(Default)]
struct Seen {
    idle: Kind,
    fed: Kind,
    lags_s: Vec<f64>,
    /// The slowest of each stretch of [`STRETCH`]: seconds since the first turn began, lag.
    slowest: Vec<(f64, f64)>,
    memory: Vec<u64>,
    feed_memory: Vec<u64>,
    slowest_wall_ms: f64,
    /// CPU seconds of the feed in the turns in which it sends, and how long these were.
    feed_cpu_s: f64,
    fed_s: f64,
}

impl Seen {
    /// Ends a turn; `mark`: CPU seconds of the feed when it began, and when that was.
    fn end_turn(&mut self, on: bool, (feed, mark): (&Child, (f64, Instant))) {
        let kind = if on { &mut self.fed } else { &mut self.idle };
        kind.medians.extend(median(&mut std::mem::take(&mut kind.frames)));
        if on {
            self.feed_cpu_s += usage::cpu_seconds_of(feed.id()) - mark.0;
            self.fed_s += mark.1.elapsed().as_secs_f64();
        }
    }
}

pub(crate) fn feed(context: &Context, args: &BenchFeedArgs) -> anyhow::Result<u8> {
    let folder = tempfile::tempdir()?;
    let project = make_project(context, args, folder.path())?;
    let mut probe = Probe::open(&project, &context.session_options(None)?)?;
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let start_ms = (now().plus_s(LEAD_S).0 as f64 / 1e6) as i64;
    let beat = Beat {
        start_ms,
        rate: args.rate,
        channels: args.channels,
        on_s: args.minutes * 60.0 / f64::from(args.rounds),
        off_s: (args.minutes * 15.0 / f64::from(args.rounds)).max(4.0),
        rounds: args.rounds,
    };
    let mut child = spawn(&project, &beat)?;
    let seen = watch(context, &mut probe, (&beat, &mut child));
    // The feed ends with its beat; a cancelled run ends it.
    if seen.is_err() {
        drop(child.kill());
    }
    let output = child.wait_with_output()?;
    let seen = seen?;
    if !output.status.success() {
        bail!("the feed failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    say(context, args, (&seen, &told), probe.n_styles)
}

/// A district with a channel on each of its first objects.
fn make_project(
    context: &Context,
    args: &BenchFeedArgs,
    folder: &Path,
) -> anyhow::Result<std::path::PathBuf> {
    let objects = args.objects.max(u64::from(args.channels));
    city::city(context, &BenchCityArgs { objects, seed: 1, out: folder.to_path_buf() })?;
    let project = folder.join("city.lantu");
    let mut session = Session::open(&project, Access::Write, context.session_options(None)?)?;
    let mut text = "channel,object,quantity,unit,period_s\n".to_owned();
    let scene = session.scene();
    for (ix, object) in (0..args.channels).zip(scene.objects()) {
        // Each channel reads once in `channels / rate` seconds.
        let period = (f64::from(args.channels) / args.rate).max(1.0);
        writeln!(text, "{},{},strain,µε,{period}", channel(ix), object.key())?;
    }
    let table = folder.join("channels.csv");
    std::fs::File::create(&table)?.write_all(text.as_bytes())?;
    session.import(&[table], &ImportOptions::default(), &mut |_| {})?;
    session.close()?;
    Ok(project)
}

fn spawn(project: &Path, beat: &Beat) -> anyhow::Result<Child> {
    let own = std::env::current_exe().context("this program does not know its own file")?;
    let mut command = Command::new(own);
    command.arg("feed").arg(project).arg("--json").args(["--generate", &beat.to_string()]);
    Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
}

/// Runs frames until the beat is over.
fn watch(context: &Context, probe: &mut Probe, (beat, child): (&Beat, &mut Child)) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut turn = None;
    let mut since = Instant::now();
    let mut mark = (0.0, Instant::now());
    let mut looked = Instant::now();
    loop {
        context.cancel.check()?;
        let t = now();
        if beat.is_over(t) {
            break;
        }
        if let Some(status) = child.try_wait()? {
            bail!("the feed ended early: {status}");
        }
        let current = beat.turn(t);
        if current != turn {
            if let Some((_, on)) = turn {
                seen.end_turn(on, (child, mark));
            }
            (turn, since) = (current, Instant::now());
            mark = (usage::cpu_seconds_of(child.id()), Instant::now());
        }
        let (cpu, wall) = (usage::thread_cpu_seconds(), Instant::now());
        probe.frame();
        let (cpu_ms, wall_ms) =
            ((usage::thread_cpu_seconds() - cpu) * 1e3, wall.elapsed().as_secs_f64() * 1e3);
        probe.note();
        if let (Some((_, on)), true) = (turn, since.elapsed() > SETTLE) {
            if on { &mut seen.fed } else { &mut seen.idle }.frames.push(cpu_ms);
            seen.slowest_wall_ms = seen.slowest_wall_ms.max(wall_ms);
            if on && let Some(shown) = probe.shown {
                let lag = now().seconds_since(shown);
                seen.lags_s.push(lag);
                let at = t.seconds_since(UtcNanos(beat.start_ms.saturating_mul(1_000_000)));
                match seen.slowest.last_mut().filter(|(from, _)| at - *from < STRETCH) {
                    Some((_, most)) => *most = most.max(lag),
                    None => seen.slowest.push((at, lag)),
                }
            }
            if looked.elapsed() > Duration::from_secs(1) {
                looked = Instant::now();
                seen.memory.push(usage::rss_bytes());
                seen.feed_memory.push(usage::rss_bytes_of(child.id()));
            }
        }
        let left = Duration::from_secs(1) / FRAMES_PER_S;
        std::thread::sleep(left.saturating_sub(wall.elapsed()));
    }
    if let Some((_, on)) = turn {
        seen.end_turn(on, (child, mark));
    }
    Ok(seen)
}

fn median(values: &mut [f64]) -> Option<f64> {
    share(values, 0.5)
}

/// The value that so many of all lie below.
fn share(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let ix = (values.len().checked_sub(1)? as f64 * share).round() as usize;
    values.get(ix).copied()
}

/// What memory did: the mean of each quarter, the most, and from the middle of the second quarter to that of the last, in
/// which half of the readings came, bytes for each of them. The first quarter is left out: it fills what then stays.
fn growth(all: &[u64], stored: f64) -> serde_json::Value {
    let mean = |part: &[u64]| part.iter().sum::<u64>() / (part.len() as u64).max(1);
    let quarters: Vec<u64> = all.chunks(all.len().div_ceil(4).max(1)).map(mean).collect();
    let of = |ix: usize| quarters.get(ix).map_or(0.0, |q| *q as f64);
    serde_json::json!({
        "quarters_bytes": quarters, "most_bytes": all.iter().max(),
        "bytes_a_reading": (of(3) - of(1)) / (stored / 2.0).max(1.0),
    })
}

fn say(
    context: &Context,
    args: &BenchFeedArgs,
    (seen, told): (&Seen, &serde_json::Value),
    n_styles: u64,
) -> anyhow::Result<u8> {
    let mut lags = seen.lags_s.clone();
    let of = |kind: &Kind| {
        let mut m = kind.medians.clone();
        serde_json::json!({
            "turns": m, "median_ms": median(&mut m), "least_ms": m.first(), "most_ms": m.last(),
        })
    };
    let mut slowest = seen.slowest.clone();
    slowest.sort_by(|a, b| b.1.total_cmp(&a.1));
    slowest.truncate(SLOWEST);
    let stored = told["stored"].as_f64().unwrap_or(0.0);
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "rate": args.rate, "channels": args.channels, "minutes_fed": seen.fed_s / 60.0,
        "stored": told["stored"], "messages": told["messages"], "rejected": told["rejected"],
        "main_thread_cpu_a_frame": { "idle": of(&seen.idle), "fed": of(&seen.fed) },
        "slowest_frame_wall_ms": seen.slowest_wall_ms,
        "lag_of_colors_s": { "median": median(&mut lags), "of_99_in_100": share(&mut lags, 0.99), "most": lags.last(), "slowest_at_s": slowest },
        "feed_cpu_share_of_one_core": seen.feed_cpu_s / seen.fed_s.max(1e-9),
        "viewer_memory": growth(&seen.memory, stored), "feed_memory": growth(&seen.feed_memory, stored),
        "styles_sent": n_styles,
    }))?;
    context.line(&text)?;
    Ok(DONE)
}
