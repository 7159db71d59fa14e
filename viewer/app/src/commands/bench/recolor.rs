//! `lantu bench recolor`: what a step in time costs when sensors, tasks or both color a district.

use std::fmt::Write as _;

use anyhow::Context as _;
use lantu_base::{Bounds, ChannelId, ObjectKey, ObjectRow, TimeZoneName, UtcNanos};
use lantu_live::{Channel, Quality, Sample, TimeStore, TimeStoreBuilder, state_at};
use lantu_overlay::{
    Changes, Linker, Moment, ObjectTable, OverlayInput, OverlayKind, OverlayResult, Records, RuleSet,
    outline, styles,
};
use lantu_records::{Schedule, Task};
use lantu_session::usage;
use serde_json::json;

use crate::cli::{BenchRecolorArgs, RecolorOverlay};
use crate::commands::DONE;
use crate::context::Context;
use crate::window::differences;

/// A reading each ten minutes, as strain gauges and stations send them.
const PERIOD_NS: i64 = 600_000_000_000;
/// Readings of a channel: a day and a half, so that steps cross midnight.
const N_READINGS: u32 = 216;
/// 2026-07-01T00:00:00Z.
const START: i64 = 1_782_864_000_000_000_000;

/// Objects in rows; as many on each channel.
struct Grid {
    n_rows: u32,
    n_channels: u32,
}

impl ObjectTable for Grid {
    fn n_rows(&self) -> usize {
        self.n_rows as usize
    }
    fn key(&self, _row: ObjectRow) -> Option<ObjectKey> {
        None
    }
    fn class(&self, _row: ObjectRow) -> &'static str {
        "IfcBeam"
    }
    fn bounds(&self, _row: ObjectRow) -> Bounds {
        Bounds::EMPTY
    }
    fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        let Ok(channel) = text.parse::<u32>() else { return Vec::new() };
        (channel..self.n_rows).step_by(self.n_channels as usize).map(ObjectRow).collect()
    }
    fn number(&self, _row: ObjectRow, _property: &str) -> Option<f64> {
        None
    }
    fn text(&self, _row: ObjectRow, _property: &str) -> Option<String> {
        None
    }
    fn outline(&self, _row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>> {
        None
    }
    fn within(&self, _bounds: Bounds) -> Vec<ObjectRow> {
        Vec::new()
    }
}

fn channel(ix: u32) -> Channel {
    Channel {
        id: ChannelId(format!("bench-{ix:05}").into()),
        object: Some(ix.to_string()),
        quantity: "strain".to_owned(),
        unit: "µε".to_owned(),
        period_s: 600.0,
        shelves: Vec::new(),
        site: String::new(),
        wiring: None,
    }
}

/// Tasks of four hours to a day, each on the objects of one number, that begin and end all through the steps; of three two
/// are begun, and one is finished, in time or late.
fn tasks(n: u32, n_steps: u32) -> Vec<Task> {
    let first = START + i64::from(N_READINGS - n_steps) * PERIOD_NS;
    let one = |ix: u32| {
        let start =
            first + i64::from(ix * 37 % (2 * n_steps)) * PERIOD_NS - i64::from(n_steps / 2) * PERIOD_NS;
        let finish = start + i64::from(24 + ix % 120) * PERIOD_NS;
        let late = i64::from(ix % 7) * PERIOD_NS;
        Task {
            id: format!("T{ix}"),
            name: format!("task {ix}"),
            start: UtcNanos(start),
            finish: UtcNanos(finish),
            actual_start: (!ix.is_multiple_of(3)).then_some(UtcNanos(start + late)),
            actual_finish: (ix % 3 == 1).then_some(UtcNanos(finish + late)),
            objects: vec![ix.to_string()],
            ..Task::default()
        }
    };
    (0..n).map(one).collect()
}

/// A daily rhythm that reaches the levels on some channels, each at its own hour.
fn readings(channels: &[Channel]) -> TimeStore {
    let mut builder = TimeStoreBuilder::new(TimeStore::default());
    for (channel, shift) in channels.iter().zip(0_u32..) {
        for n in 0..N_READINGS {
            let phase = f64::from((n + shift * 37) % 144) / 144.0 * std::f64::consts::TAU;
            let value = (900.0 + 500.0 * phase.sin()).round() / 10.0;
            let time = UtcNanos(START + i64::from(n) * PERIOD_NS);
            let sample = Sample::new(time, value, Quality::Good, "µε".into());
            builder.push(channel.id.clone(), sample);
        }
    }
    builder.finish().0
}

/// CPU milliseconds of what is done.
fn cpu_ms<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = usage::cpu_seconds();
    let out = work();
    ((usage::cpu_seconds() - before) * 1e3, out)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a step costs, by part.
#[derive(Default)]
struct Steps {
    /// The first one, which reads all readings.
    first_ms: f64,
    whole: Vec<f64>,
    states: Vec<f64>,
    table: Vec<f64>,
    compare: Vec<f64>,
    changed: Vec<f64>,
}

pub(crate) fn recolor(context: &Context, args: &BenchRecolorArgs) -> anyhow::Result<u8> {
    let n_channels = args.channels.min(args.objects);
    let grid = Grid { n_rows: args.objects, n_channels };
    let rules = rules()?;
    let kind = args.overlay.kind();
    let second = args.outline.map(RecolorOverlay::kind);
    let only = |of: OverlayKind| [Some(kind), second].into_iter().flatten().all(|k| k == of);
    let n_bound = if only(OverlayKind::Progress) { 0 } else { n_channels };
    let channels: Vec<Channel> = (0..n_bound).map(channel).collect();
    let store = readings(&channels);
    let tasks = if only(OverlayKind::Sensor) { Vec::new() } else { tasks(n_channels, args.steps) };
    let schedule = Schedule { tasks, entries: Vec::new() };
    let records = Records { schedule: &schedule, channels: &channels, issues: &[], things: &[] };
    let linker = Linker::prepare(&grid, records, &rules);
    let changes = Changes::default();
    let at = |step: u32| {
        let t = UtcNanos(START + i64::from(N_READINGS - args.steps + step) * PERIOD_NS);
        Moment::new(OverlayInput {
            objects: &grid,
            linker: &linker,
            store: &store,
            channels: &channels,
            schedule: &schedule,
            issues: &[],
            things: &[],
            rules: &rules,
            changes: &changes,
            t,
        })
    };
    let states = |step: u32| {
        let moment = at(step);
        (moment.evaluate(kind), second.map(|k| moment.evaluate(k)))
    };
    let table = |(fill, outlines): &(OverlayResult, Option<OverlayResult>)| {
        let mut table = styles(fill);
        if let Some(outlines) = outlines {
            outline(&mut table, outlines);
        }
        table
    };
    let (first_ms, first) = cpu_ms(|| states(0));
    let mut before = table(&first);
    let mut steps = Steps { first_ms, ..Steps::default() };
    let mut alone: Vec<f64> = Vec::new();
    for step in 1..args.steps {
        let (states_ms, result) = cpu_ms(|| states(step));
        let (table_ms, now) = cpu_ms(|| table(&result));
        let (compare_ms, changed) = cpu_ms(|| differences(&before, &now));
        let n_changed: u32 = changed.iter().map(|r| r.end - r.start).sum();
        steps.whole.push(states_ms + table_ms + compare_ms);
        steps.states.push(states_ms);
        steps.table.push(table_ms);
        steps.compare.push(compare_ms);
        steps.changed.push(f64::from(n_changed) / f64::from(args.objects));
        before = now;
        if only(OverlayKind::Sensor) && step % (args.steps / 4).max(1) == 0 {
            // Beside it: each object asks for the state of its channel by itself.
            let t = UtcNanos(START + i64::from(N_READINGS - args.steps + step) * PERIOD_NS);
            let (ms, n) = cpu_ms(|| {
                let of = |row: u32| channels.get((row % n_channels) as usize);
                let states = (0..args.objects).filter_map(of).map(|c| state_at(&store, c, &rules.sensor, t));
                states.filter(|s| s.level.is_some()).count()
            });
            tracing::debug!(n, "objects on a level");
            alone.push(ms);
        }
    }
    say(context, args, &mut steps, median(&mut alone))
}

fn rules() -> anyhow::Result<RuleSet> {
    let zone = TimeZoneName::new("Asia/Shanghai").context("the time zone")?;
    let mut rules = RuleSet::parse(
        include_bytes!("../../../../../assets/rules/sensor_levels.toml"),
        include_bytes!("../../../../../assets/rules/risk.toml"),
        include_bytes!("../../../../../assets/rules/clearance.toml"),
    )?;
    rules.sensor = rules.sensor.in_zone(&zone);
    Ok(rules)
}

fn say(context: &Context, args: &BenchRecolorArgs, steps: &mut Steps, alone_ms: f64) -> anyhow::Result<u8> {
    let slowest = steps.whole.iter().copied().fold(0.0, f64::max);
    let whole = median(&mut steps.whole);
    let parts = [&mut steps.states, &mut steps.table, &mut steps.compare].map(|v| median(v));
    let [states, table, compare] = parts;
    let changed = steps.changed.iter().sum::<f64>() / steps.changed.len().max(1) as f64;
    if args.json {
        let text = serde_json::to_string_pretty(&json!({
            "objects": args.objects, "overlay": format!("{:?}", args.overlay).to_lowercase(), "channels": args.channels, "steps": args.steps - 1,
            "cpu_ms": whole, "cpu_ms_max": slowest, "states_ms": states, "table_ms": table, "compare_ms": compare,
            "first_states_ms": steps.first_ms, "outline": args.outline.map(|o| o.kind().name()),
            "changed_share": changed, "each_object_alone_ms": alone_ms,
        }))?;
        context.line(&text)?;
        return Ok(DONE);
    }
    let mut text = String::new();
    writeln!(
        text,
        "{} objects by {:?} on {} records, {} steps",
        args.objects,
        args.overlay,
        args.channels,
        args.steps - 1
    )?;
    writeln!(text, "a step: {whole:.1} ms of CPU, at most {slowest:.1} ms")?;
    writeln!(text, "  states {states:.1} ms, style table {table:.1} ms, what changed {compare:.1} ms")?;
    writeln!(text, "  the first one, which reads all readings: {:.0} ms for its states", steps.first_ms)?;
    writeln!(text, "  {:.2} % of the styles are sent", changed * 100.0)?;
    if alone_ms.is_finite() {
        writeln!(text, "beside it, each object asking for itself: {alone_ms:.0} ms of CPU")?;
    }
    context.line(text.trim_end())?;
    Ok(DONE)
}
