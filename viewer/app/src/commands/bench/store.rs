//! `lantu bench store`: what writing and reading readings costs.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{HotStore, Quality, Sample, TimeStore, encode_chunk};
use lantu_session::{DiskLog, usage};
use serde_json::json;

use crate::cli::BenchStoreArgs;
use crate::commands::DONE;
use crate::context::Context;

/// A reading a minute.
const PERIOD_NS: i64 = 60_000_000_000;
const PER_DAY: u64 = 1440;
/// Rows of one commit.
const COMMIT_ROWS: usize = 50_000;
/// Minutes that are generated at once; divides a week.
const MINUTES_AT_ONCE: usize = 360;
/// Days that are read one by one.
const N_READS: u64 = 400;
/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000_000_000;

/// A reading of a sensor with a resolution of a tenth: a daily rhythm, and a walk of one step up or down.
fn value(channel: u64, minute: u64, walk: &mut i64) -> f64 {
    let mut z = (channel << 32 ^ minute).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    *walk += i64::try_from((z >> 33) % 3).unwrap_or(0) - 1;
    let phase = (minute % PER_DAY) as f64 / PER_DAY as f64 * std::f64::consts::TAU;
    ((400.0 + 50.0 * phase.sin()).round() + *walk as f64) / 10.0
}

fn sample(channel: u64, minute: u64, walk: &mut i64) -> Sample {
    let time = UtcNanos(START + i64::try_from(minute).unwrap_or(0) * PERIOD_NS);
    Sample::new(time, value(channel, minute, walk), Quality::Good, "µε".into())
}

/// What is written: so many channels, so many minutes.
#[derive(Clone, Copy)]
struct Load {
    n_channels: u64,
    minutes: u64,
}

impl Load {
    fn n_rows(self) -> f64 {
        (self.n_channels * self.minutes) as f64
    }
}

pub(crate) fn store(context: &Context, args: &BenchStoreArgs) -> anyhow::Result<u8> {
    // A month of as many channels as it takes.
    let n_channels = args.rows.div_ceil(PER_DAY * 30);
    let load = Load { n_channels, minutes: args.rows / n_channels };
    let (writer_s, bytes) = chunk_writer(load)?;
    let durable = end_to_end(load)?;
    let (day_ms, n_reads) = sensor_days(load, &durable)?;
    let per_ten = bytes as f64 * 10.0 / load.n_rows();
    let rates = [load.n_rows() / writer_s, load.n_rows() / durable.cpu_s, load.n_rows() / durable.wall_s];
    let [writer, cpu, wall] = rates;
    if args.json {
        let text = serde_json::to_string_pretty(&json!({
            "rows": load.n_rows(), "channels": n_channels, "chunk_rows_per_cpu_s": writer,
            "end_to_end_rows_per_cpu_s": cpu, "end_to_end_rows_per_s": wall, "sensor_day_ms": day_ms,
            "bytes_per_ten_rows": per_ten,
        }))?;
        context.line(&text)?;
        return Ok(DONE);
    }
    context.line(&format!("{} readings of {n_channels} channels", load.n_rows()))?;
    context.line(&format!("chunk writer alone: {:.1} M rows per CPU second", writer / 1e6))?;
    context.line(&format!(
        "end to end (append, group commit, compaction): {:.2} M rows per CPU second, {:.2} M a second",
        cpu / 1e6,
        wall / 1e6
    ))?;
    context.line(&format!("one day of one sensor: {day_ms:.4} ms of CPU, {n_reads} days read"))?;
    context.line(&format!("on disk: {per_ten:.1} bytes for ten readings"))?;
    Ok(DONE)
}

/// The writer of chunks alone, days lying ready in memory: CPU seconds and bytes.
fn chunk_writer(load: Load) -> anyhow::Result<(f64, u64)> {
    let (mut cpu_s, mut bytes) = (0.0, 0_u64);
    for channel in 0..load.n_channels {
        let mut walk = 0;
        let samples: Vec<Sample> = (0..load.minutes).map(|m| sample(channel, m, &mut walk)).collect();
        let before = usage::cpu_seconds();
        for day in samples.chunks(usize::try_from(PER_DAY)?) {
            bytes += encode_chunk(day)?.len() as u64;
        }
        cpu_s += usage::cpu_seconds() - before;
    }
    Ok((cpu_s, bytes))
}

/// What the durable path took, and what it holds then.
struct Durable {
    cpu_s: f64,
    wall_s: f64,
    names: Vec<ChannelId>,
    store: TimeStore,
}

/// A row of every channel each minute, committed in groups, compacted at the end of each week.
fn end_to_end(load: Load) -> anyhow::Result<Durable> {
    let folder = tempfile::tempdir().context("no place for the journal")?;
    let log = DiskLog::open(&folder.path().join("bench-feed"))?;
    let (mut hot, _) = HotStore::open(log, TimeStore::default())?;
    let name = |c: u64| ChannelId(format!("bench-{c:05}").into());
    let names: Vec<ChannelId> = (0..load.n_channels).map(name).collect();
    let mut walks = vec![0_i64; names.len()];
    let (mut cpu_s, mut wall) = (0.0, Duration::ZERO);
    for first in (0..load.minutes).step_by(MINUTES_AT_ONCE) {
        let last = load.minutes.min(first + MINUTES_AT_ONCE as u64);
        let mut rows = Vec::new();
        for minute in first..last {
            for ((name, walk), channel) in names.iter().zip(&mut walks).zip(0..) {
                rows.push((name.clone(), sample(channel, minute, walk)));
            }
        }
        let (before, began) = (usage::cpu_seconds(), Instant::now());
        for (channel, sample) in rows {
            hot.push(channel, sample);
            if hot.n_pending() >= COMMIT_ROWS {
                hot.commit()?;
            }
        }
        if last.is_multiple_of(7 * PER_DAY) || last == load.minutes {
            hot.commit()?;
            let days = hot.begin_compaction();
            let chunks = days.iter().filter_map(|(channel, day)| hot.day_chunk(channel, *day));
            std::fs::write(folder.path().join("chunks"), chunks.flat_map(|c| c.bytes).collect::<Vec<u8>>())?;
            hot.end_compaction()?;
        }
        cpu_s += usage::cpu_seconds() - before;
        wall += began.elapsed();
    }
    let store = hot.snapshot();
    anyhow::ensure!(store.n_samples() as f64 >= load.n_rows(), "{} rows were stored", store.n_samples());
    Ok(Durable { cpu_s, wall_s: wall.as_secs_f64(), names, store })
}

/// One day of one sensor, never one that was read before: milliseconds of CPU for each, and how many.
fn sensor_days(load: Load, durable: &Durable) -> anyhow::Result<(f64, u64)> {
    let n_days = load.minutes.div_ceil(PER_DAY);
    let n_reads = N_READS.min(n_days * load.n_channels);
    let before = usage::cpu_seconds();
    let mut n_read = 0;
    for read in 0..n_reads {
        let (channel, day) = (read % load.n_channels, read / load.n_channels);
        let from = START + i64::try_from(day * PER_DAY)? * PERIOD_NS;
        let until = from + i64::try_from(PER_DAY)? * PERIOD_NS - 1;
        let id = durable.names.get(usize::try_from(channel)?).context("a channel")?;
        n_read += durable.store.range(id, UtcNanos(from), UtcNanos(until)).len();
    }
    anyhow::ensure!(n_read > 0, "nothing was read");
    Ok(((usage::cpu_seconds() - before) * 1e3 / n_reads as f64, n_reads))
}
