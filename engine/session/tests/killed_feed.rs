//! A process that writes readings is killed, again and again, under load.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected stops there")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{HotStore, Quality, Sample, TimeStore};
use lantu_session::DiskLog;

const FILE: &str = "LANTU_TEST_KILLED_FEED_FILE";
const FIRST: &str = "LANTU_TEST_KILLED_FEED_FIRST";
/// As many as make a minute of release build; fewer where time is short.
const CYCLES: &str = "LANTU_KILL_CYCLES";
/// Rows of one commit.
const GROUP: u64 = 200;

/// Two messages of each second, which their numbers tell apart.
fn row(n: u64) -> (ChannelId, Sample) {
    let number = i64::try_from(n).unwrap();
    let time = UtcNanos(number / 2 * 1_000_000_000);
    let channel = ChannelId(format!("c{}", n / 2 % 7).into());
    let (quality, sequence) = (Quality::Good, Some(number));
    (channel, Sample { sequence, ..Sample::new(time, n as f64, quality, "mm".into()) })
}

/// Not a test of its own: what the killed process runs.
#[test]
fn a_child_writes_until_it_is_killed() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let log = DiskLog::open(Path::new(&file)).unwrap();
    let (mut hot, _) = HotStore::open(log, TimeStore::default()).unwrap();
    let mut n: u64 = first.parse().unwrap();
    loop {
        for _ in 0..GROUP {
            let (channel, sample) = row(n);
            hot.push(channel, sample);
            n += 1;
        }
        hot.commit().unwrap();
        // Only what was committed is told: this is the acknowledgement.
        println!("acknowledged {n}");
    }
}

/// Runs the child until it is killed at `after` its first acknowledgement; what it had acknowledged.
fn run_and_kill(file: &Path, first: u64, after: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_writes_until_it_is_killed", "--nocapture"])
        .envs([(FILE, file.to_str().unwrap()), (FIRST, &first.to_string())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut acknowledged, mut until) = (first, None);
    for line in lines {
        // A line that was cut off by the kill says nothing for certain.
        let Ok(line) = line else { break };
        if let Some(n) = line.split("acknowledged ").nth(1).and_then(|n| n.parse().ok()) {
            acknowledged = n;
        }
        if Instant::now() >= *until.get_or_insert(Instant::now() + after) {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[test]
fn a_feed_killed_at_any_moment_has_what_it_acknowledged_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("project.lantu-feed");
    let asked: Option<u32> = std::env::var(CYCLES).ok().and_then(|n| n.parse().ok());
    let began = Instant::now();
    let (mut acknowledged, mut cycles) = (0, 0);
    // Fifteen seconds where nobody asks for more: starting a process takes most of each cycle.
    let some = |n| n < 5 || (n < 300 && began.elapsed() < Duration::from_secs(15));
    while asked.map_or_else(|| some(cycles), |n| cycles < n) {
        let after = Duration::from_micros(u64::from(cycles * 977 % 23_000));
        acknowledged = run_and_kill(&file, acknowledged, after);
        cycles += 1;
        let (hot, found) = HotStore::open(DiskLog::open(&file).unwrap(), TimeStore::default()).unwrap();
        let store = hot.snapshot();
        let mut held: BTreeMap<i64, u32> = BTreeMap::new();
        for channel in store.channels() {
            for s in store.range(channel, UtcNanos(0), UtcNanos(i64::MAX)) {
                *held.entry(s.sequence.unwrap()).or_default() += 1;
            }
        }
        let lost = (0..acknowledged).filter(|n| !held.contains_key(&i64::try_from(*n).unwrap())).count();
        assert_eq!(lost, 0, "cycle {cycles}: rows were acknowledged and are lost ({found:?})");
        assert!(held.values().all(|&n| n == 1), "cycle {cycles}: a row is there twice");
        assert_eq!(held.len() as u64 % GROUP, 0, "cycle {cycles}: a commit is there in part");
        // The next child goes on behind everything that is there.
        acknowledged = held.len() as u64;
        if acknowledged > 200_000 {
            std::fs::remove_file(&file).unwrap();
            acknowledged = 0;
        }
    }
    println!("{cycles} cycles");
}
