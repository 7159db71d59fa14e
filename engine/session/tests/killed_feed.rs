//! A process that writes readings is killed, again and again, under load.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected stops there")]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{Quality, Sample};
use lantu_session::{Access, FeedWriter, Session};
use support::options;

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

/// Not a test of its own: what the killed process runs. It compacts so often that half of its time goes into that.
#[test]
fn a_child_writes_until_it_is_killed() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let mut session = Session::open(Path::new(&file), Access::Read, options()).unwrap();
    let mut writer = session.begin_feed().unwrap();
    let mut n: u64 = first.parse().unwrap();
    let mut commit = |writer: &mut FeedWriter| {
        for _ in 0..GROUP {
            let (channel, sample) = row(n);
            writer.push(channel, sample);
            n += 1;
        }
        writer.commit()?;
        // Only what was committed is told: this is the acknowledgement.
        println!("acknowledged {n}");
        Ok(())
    };
    loop {
        for _ in 0..8 {
            commit(&mut writer).unwrap();
        }
        println!("compacting");
        session.compact_feed(&mut writer, &mut commit).unwrap();
        println!("compacted");
    }
}

/// Runs the child until it is killed at `after` its first acknowledgement; what it had acknowledged, and whether it was
/// compacting then.
fn run_and_kill(file: &Path, first: u64, after: Duration) -> (u64, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_writes_until_it_is_killed", "--nocapture"])
        .envs([(FILE, file.to_str().unwrap()), (FIRST, &first.to_string())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut acknowledged, mut until, mut compacting) = (first, None, false);
    for line in lines {
        // A line that was cut off by the kill says nothing for certain.
        let Ok(line) = line else { break };
        if let Some(n) = line.split("acknowledged ").nth(1).and_then(|n| n.parse().ok()) {
            acknowledged = n;
        }
        compacting =
            if line.ends_with("compacting") { true } else { compacting && !line.ends_with("compacted") };
        if Instant::now() >= *until.get_or_insert(Instant::now() + after) {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (acknowledged, compacting)
}

#[test]
fn a_feed_killed_at_any_moment_has_what_it_acknowledged_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("project.lantu");
    let create = || {
        let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        Session::create(&file, "site", frame, options()).unwrap().close().unwrap();
    };
    create();
    let asked: Option<u32> = std::env::var(CYCLES).ok().and_then(|n| n.parse().ok());
    let began = Instant::now();
    let (mut acknowledged, mut cycles, mut n_compacting) = (0, 0, 0);
    // Fifteen seconds where nobody asks for more: starting a process takes most of each cycle.
    let some = |n| n < 5 || (n < 300 && began.elapsed() < Duration::from_secs(15));
    while asked.map_or_else(|| some(cycles), |n| cycles < n) {
        let after = Duration::from_micros(u64::from(cycles * 7_919 % 93_000));
        let (n, compacting) = run_and_kill(&file, acknowledged, after);
        (acknowledged, cycles, n_compacting) = (n, cycles + 1, n_compacting + u32::from(compacting));
        let session = Session::open(&file, Access::Read, options()).unwrap();
        let store = session.time_store();
        let mut held: BTreeMap<i64, u32> = BTreeMap::new();
        for channel in store.channels() {
            for s in store.range(channel, UtcNanos(0), UtcNanos(i64::MAX)) {
                *held.entry(s.sequence.unwrap()).or_default() += 1;
            }
        }
        let lost = (0..acknowledged).filter(|n| !held.contains_key(&i64::try_from(*n).unwrap())).count();
        assert_eq!(lost, 0, "cycle {cycles}: rows were acknowledged and are lost");
        assert!(held.values().all(|&n| n == 1), "cycle {cycles}: a row is there twice");
        assert_eq!(held.len() as u64 % GROUP, 0, "cycle {cycles}: a commit is there in part");
        session.close().unwrap();
        let report = lantu_session::verify(&file).unwrap();
        assert!(report.failures.is_empty(), "cycle {cycles}: {report:?}");
        // The next child goes on behind everything that is there.
        acknowledged = held.len() as u64;
        if acknowledged > 60_000 {
            std::fs::remove_file(&file).unwrap();
            std::fs::remove_file(lantu_session::journal_path(&file)).unwrap();
            create();
            acknowledged = 0;
        }
    }
    println!("{cycles} cycles, {n_compacting} of them ended in a compaction");
}
