//! A broker that is killed while a feed listens to it, end to end.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::lantu::{Desk, command};

/// Longest wait for what must happen. Chosen: far above what a loaded machine needs.
const PATIENCE: Duration = Duration::from_mins(5);

const MAPPING: &str = r#"
client_id = "lantu-killed"
[[topic]]
filter = "site"
channel = "{/id}"
time = "/t"
time_unit = "s"
value = "/v"
sequence = "/n"
"#;

fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", format!("/usr/sbin:/usr/bin:{}", std::env::var("PATH").unwrap_or_default()));
    command
}

/// Ends with the test, however that ends.
struct Running(Child);

impl Running {
    fn signal(&self, name: &str) {
        assert!(tool("kill").args([name, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn broker(folder: &Path, port: u16) -> Running {
    let mut mosquitto = tool("mosquitto");
    mosquitto.args(["-c", "mosquitto.conf"]).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(mosquitto.spawn().unwrap());
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < PATIENCE, "the broker does not start");
        std::thread::yield_now();
    }
    running
}

/// Publishes messages with these numbers at least once each; the broker has them when it returns.
fn publish(port: u16, start: i64, numbers: std::ops::Range<i64>) {
    let mut text = String::new();
    for n in numbers {
        for id in ["a", "b"] {
            writeln!(text, "{{\"id\": \"{id}\", \"t\": {}, \"v\": {n}, \"n\": {n}}}", start + n).unwrap();
        }
    }
    let args = ["-h", "127.0.0.1", "-p", &port.to_string(), "-q", "1", "-t", "site", "-l"];
    let mut child = tool("mosquitto_pub").args(args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// (value, missing before) of each sample of a channel.
fn samples(desk: &Desk, channel: &str) -> Vec<(i64, Option<u64>)> {
    let run = desk.run("samples", &[channel, "--format", "csv"]);
    if run.code != 0 {
        return Vec::new();
    }
    let header: Vec<&str> = run.out.lines().next().unwrap_or_default().split(',').collect();
    let gaps = header.iter().position(|name| *name == "missing_before");
    let number = header.iter().position(|name| *name == "sequence").unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let value = cells[1].trim_end_matches(".0");
        assert_eq!(cells[number], value, "each message has its own number: {line}");
        (value.parse().unwrap(), gaps.and_then(|ix| cells[ix].parse().ok()))
    };
    run.out.lines().skip(1).map(row).collect()
}

fn wait_for(desk: &Desk, n: i64, what: &str, mut again: impl FnMut()) {
    let began = Instant::now();
    while !samples(desk, "b").iter().any(|s| s.0 == n) {
        assert!(began.elapsed() < PATIENCE, "{what}");
        again();
    }
}

/// Whether the programs are there; records the skip by name.
fn ready(test: &str) -> bool {
    let there = |program: &str| {
        ["/usr/sbin", "/usr/bin", "/usr/local/bin"].iter().any(|d| Path::new(d).join(program).exists())
    };
    let missing = ["mosquitto", "mosquitto_pub"].into_iter().find(|program| !there(program));
    if let Some(program) = missing {
        lantu_support::skip(test, &format!("{program} is not installed"));
    }
    missing.is_none()
}

/// What a broker listens to, and the mapping of the feed.
fn prepare(desk: &Desk) -> (u16, String) {
    let mapping = desk.write("mapping.toml", MAPPING.as_bytes());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // It keeps sessions, and writes them down every half hour: a kill loses what it took since.
    let conf = format!(
        "user root\nlistener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nlog_type none\n",
        desk.dir.path().display()
    );
    desk.write("mosquitto.conf", conf.as_bytes());
    (port, mapping)
}

fn begin(desk: &Desk, port: u16, mapping: &str) -> Running {
    let url = format!("mqtt://127.0.0.1:{port}");
    let args = ["feed", &desk.project, "--mqtt", &url, "--mapping", mapping, "--json"];
    Running(command(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

/// Ends a feed; what it says.
fn end(mut feed: Running) -> serde_json::Value {
    feed.signal("-INT");
    let mut told = String::new();
    std::io::Read::read_to_string(&mut feed.0.stdout.take().unwrap(), &mut told).unwrap();
    assert!(feed.0.wait().unwrap().success(), "{told}");
    serde_json::from_str(&told).unwrap()
}

fn an_hour_ago() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(since).unwrap() - 3600
}

#[test]
fn what_is_missing_between_two_runs_of_a_feed_is_a_gap() {
    if !ready("what_is_missing_between_two_runs_of_a_feed_is_a_gap") {
        return;
    }
    let desk = Desk::new("EPSG:4547");
    let (port, mapping) = prepare(&desk);
    let _broker = broker(desk.dir.path(), port);
    let start = an_hour_ago();
    let first = begin(&desk, port, &mapping);
    wait_for(&desk, 0, "nothing arrives", || publish(port, start, 0..1));
    publish(port, start, 1..6);
    wait_for(&desk, 5, "the messages of the first run", || {});
    assert_eq!(end(first)["missing"], 0);
    // Four messages of each sensor are sent by nobody.
    let second = begin(&desk, port, &mapping);
    publish(port, start, 10..13);
    wait_for(&desk, 12, "the messages of the second run", || {});
    let told = end(second);
    assert_eq!((&told["stored"], &told["missing"]), (&6.into(), &8.into()), "{told}");
    assert_eq!(told["gaps"]["a"]["first"], "between 5 and 10", "{told}");
    let kept: Vec<_> = (0..=5).chain(10..=12).map(|n| (n, (n == 10).then_some(4))).collect();
    for channel in ["a", "b"] {
        assert_eq!(samples(&desk, channel), kept, "{channel}");
    }
    let channels = desk.run("channels", &["--json"]).expect(0).json();
    assert_eq!(channels["channels"].as_array().unwrap().len(), 2, "numbers are no channels: {channels}");
}

#[test]
fn what_a_killed_broker_lost_is_a_gap_and_what_was_acknowledged_is_stored_once() {
    let test = "what_a_killed_broker_lost_is_a_gap_and_what_was_acknowledged_is_stored_once";
    if !ready(test) {
        return;
    }
    let desk = Desk::new("EPSG:4547");
    let (port, mapping) = prepare(&desk);
    let folder = desk.dir.path();
    let first = broker(folder, port);
    let feed = begin(&desk, port, &mapping);
    let start = an_hour_ago();
    wait_for(&desk, 0, "nothing arrives", || publish(port, start, 0..1));
    publish(port, start, 1..51);
    wait_for(&desk, 50, "the messages before the kill", || {});
    // While the feed cannot come back, the next broker takes messages for nobody.
    feed.signal("-STOP");
    first.signal("-KILL");
    drop(first);
    let _second = broker(folder, port);
    publish(port, start, 51..81);
    feed.signal("-CONT");
    wait_for(&desk, 81, "the messages after the kill", || publish(port, start, 81..82));
    publish(port, start, 82..91);
    wait_for(&desk, 90, "the last messages", || {});
    let told = end(feed);
    assert_eq!((&told["stored"], &told["missing"]), (&122.into(), &60.into()), "{told}");
    assert_eq!(told["gaps"]["a"]["first"], "between 50 and 81", "{told}");
    let kept: BTreeMap<i64, Option<u64>> =
        (0..=50).chain(81..=90).map(|n| (n, (n == 81).then_some(30))).collect();
    for channel in ["a", "b"] {
        // From the journal's day chunks by now: the gap went with them.
        assert_eq!(samples(&desk, channel), kept.clone().into_iter().collect::<Vec<_>>(), "{channel}");
    }
    let channels = desk.run("channels", &["--json"]).expect(0).json();
    assert_eq!(channels["channels"].as_array().unwrap().len(), 2, "{channels}");
    desk.run("verify", &[]).expect(0);
}
