//! A real broker on loopback, with TLS, password and access list: stopped, killed, restarted, flooding.
//!
//! `LANTU_MQTT_ROUNDS=100` restarts it a hundred times.

#![cfg(unix)]

mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lantu_base::{CancelToken, ChannelId, ProjectFrame, UtcNanos};
use lantu_feeds::mqtt::{Mqtt, MqttMapping};
use lantu_feeds::{Counters, FeedError, queue, start};
use lantu_live::{Sample, TimeStore, gaps, is_companion};
use rumqttc_v4::{
    Broker as Address, Client, Event, MqttOptions, Packet, PublishOptions, QoS, TlsConfiguration, Transport,
};

use programs::{certificates, run};

/// Longest wait for what must happen. Chosen: far above what a loaded machine needs.
const PATIENCE: Duration = Duration::from_mins(5);

fn now() -> UtcNanos {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UtcNanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Whether the programs are there that these tests start; records the skip by name.
fn ready(test: &str) -> bool {
    programs::ready(test, &["mosquitto", "mosquitto_passwd", "openssl"])
}

/// Certificates, passwords and an access list in a folder.
struct Site {
    folder: tempfile::TempDir,
    port: u16,
}

impl Site {
    #[cfg(test)]
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        certificates(at);
        run(at, "mosquitto_passwd", &["-c", "-b", "passwords", "lantu", "secret"]);
        run(at, "mosquitto_passwd", &["-b", "passwords", "gateway", "secret"]);
        std::fs::write(at.join("password"), "secret\n").unwrap();
        std::fs::write(at.join("wrong"), "guess\n").unwrap();
        let acl = "user lantu\ntopic read site/#\nuser gateway\ntopic write site/#\n";
        std::fs::write(at.join("acl"), acl).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let conf = format!(
            "user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {0}/passwords\nacl_file {0}/acl\n\
             cafile {0}/ca.crt\ncertfile {0}/server.crt\nkeyfile {0}/server.key\npersistence true\n\
             persistence_location {0}/\nautosave_interval 1\nmax_queued_messages 0\nlog_type none\n",
            at.display()
        );
        std::fs::write(at.join("mosquitto.conf"), conf).unwrap();
        Self { folder, port }
    }

    #[cfg(test)]
    fn broker(&self) -> Running {
        let path = format!("/usr/sbin:/usr/bin:{}", std::env::var("PATH").unwrap_or_default());
        let child = Command::new("mosquitto")
            .args(["-c", "mosquitto.conf"])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "the broker does not start");
            std::thread::yield_now();
        }
        Running(child)
    }

    fn mapping(protocol: &str, ca: &str, password: &str) -> String {
        format!(
            "client_id = \"lantu-test\"\nprotocol = \"{protocol}\"\nuser = \"lantu\"\npassword_file = \"{password}\"\n\
             ca_file = \"{ca}\"\n[[topic]]\nfilter = \"site/+/strain\"\nchannel = \"{{2}}\"\ntime_unit = \"ns\"\n\
             sequence = \"/n\"\n"
        )
    }

    /// A feed that has stored its first message.
    fn feed_that_hears(&self) -> Feed {
        let feed = self.feed(&Self::mapping("5", "ca.crt", "password"));
        feed.wait("a first message", |f| {
            self.publish(0..1);
            f.n_stored() > 0
        });
        feed
    }

    #[cfg(test)]
    fn feed(&self, mapping: &str) -> Feed {
        let mapping = MqttMapping::parse(mapping).unwrap();
        let url = format!("mqtts://127.0.0.1:{}", self.port);
        let (crs, time_zone) = ("EPSG:4548".to_owned(), "Asia/Shanghai".to_owned());
        let frame = ProjectFrame { crs, height_crs: None, meters_per_unit: 1.0, time_zone };
        let source = Mqtt::new(&url, mapping, self.folder.path(), now, &frame).unwrap();
        let cancel = CancelToken::default();
        let (sink, receiver) = queue(cancel.clone());
        let counters = Arc::clone(&sink.counters);
        let thread = start(source, sink).unwrap();
        let stored: Stored = Arc::default();
        let store = Arc::clone(&stored);
        let rows: Rows = Arc::default();
        let kept = Arc::clone(&rows);
        let writer = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                for batch in receiver {
                    let mut stored = store.lock().unwrap();
                    kept.lock().unwrap().extend(batch.rows.iter().cloned());
                    for (_, sample) in batch.rows.into_iter().filter(|(c, _)| !is_companion(c)) {
                        *stored.entry(sample.time.0).or_default() += 1;
                    }
                    drop(stored);
                    batch.acknowledge.into_iter().for_each(|a| a());
                }
            })
            .unwrap();
        Feed { cancel, counters, stored, rows, thread, writer }
    }

    /// Publishes rows with these times and returns when the broker has acknowledged them all.
    #[cfg(test)]
    fn publish(&self, times: std::ops::Range<i64>) {
        let payload = |n: i64| {
            let time = now().0 / 1_000_000_000 * 1_000_000_000 - 3_600_000_000_000 + n;
            format!("{{\"time\": {time}, \"value\": {n}, \"n\": {n}}}")
        };
        let all: Vec<String> = times.map(payload).collect();
        publish_as(self.folder.path(), self.port, ("gateway", "site/beam/strain"), all.into_iter());
    }
}

/// Publishes as a client of this name, and returns when the broker has acknowledged everything.
#[cfg(test)]
fn publish_as(
    folder: &Path,
    port: u16,
    (name, topic): (&str, &str),
    payloads: impl ExactSizeIterator<Item = String>,
) {
    let mut options = MqttOptions::new(name, Address::tcp("127.0.0.1", port));
    options.set_credentials("gateway", "secret");
    options.set_max_packet_size(1 << 20, 16 << 20);
    let ca = std::fs::read(folder.join("ca.crt")).unwrap();
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Simple {
        ca,
        alpn: None,
        client_auth: None,
    }));
    let n = payloads.len();
    let (client, mut connection) = Client::builder(options).capacity(n + 4).build();
    for payload in payloads {
        client.publish(topic, payload, PublishOptions::new(QoS::AtLeastOnce)).unwrap();
    }
    let (mut acknowledged, began) = (0, Instant::now());
    while acknowledged < n {
        assert!(began.elapsed() < PATIENCE, "the broker acknowledged {acknowledged} of {n}");
        match connection.recv_timeout(Duration::from_secs(5)) {
            Ok(Ok(Event::Incoming(Packet::PubAck(_)))) => acknowledged += 1,
            Ok(Err(e)) => panic!("the broker refuses the gateway: {e}"),
            _ => {}
        }
    }
    client.disconnect().unwrap();
    while let Ok(Ok(_)) = connection.recv_timeout(Duration::from_millis(300)) {}
}

/// Everything that was received.
type Rows = Arc<Mutex<Vec<(ChannelId, Sample)>>>;

/// How often each instant was received.
type Stored = Arc<Mutex<BTreeMap<i64, u32>>>;

struct Running(Child);

impl Running {
    /// Asks it to end: it writes what it keeps.
    #[cfg(test)]
    fn stop(mut self) {
        run(Path::new("/"), "kill", &["-TERM", &self.0.id().to_string()]);
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

struct Feed {
    cancel: CancelToken,
    counters: Arc<Counters>,
    stored: Stored,
    rows: Rows,
    thread: std::thread::JoinHandle<Result<(), FeedError>>,
    writer: std::thread::JoinHandle<()>,
}

impl Feed {
    #[cfg(test)]
    fn wait(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < PATIENCE, "{what}: {:?}", self.counters.tally());
            self.cancel.pause(Duration::from_millis(20)).unwrap();
        }
    }

    #[cfg(test)]
    fn n_stored(&self) -> usize {
        self.stored.lock().unwrap().len()
    }

    #[cfg(test)]
    fn end(self) -> BTreeMap<i64, u32> {
        self.cancel.cancel();
        self.thread.join().unwrap().unwrap();
        self.writer.join().unwrap();
        self.stored.lock().unwrap().clone()
    }
}

#[cfg(test)]
fn values(stored: &BTreeMap<i64, u32>) -> BTreeSet<i64> {
    stored.keys().map(|t| t % 1_000_000_000).collect()
}

#[test]
fn a_broker_stopped_and_restarted_again_and_again_loses_no_message() {
    if !ready("a_broker_stopped_and_restarted_again_and_again_loses_no_message") {
        return;
    }
    let rounds = std::env::var("LANTU_MQTT_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    for protocol in ["5", "3.1.1"] {
        let site = Site::new();
        let first = site.broker();
        let feed = site.feed(&Site::mapping(protocol, "ca.crt", "password"));
        // Only what is published after the subscription is kept for it.
        site.publish(0..1);
        let subscribed = Instant::now();
        while feed.n_stored() == 0 {
            assert!(subscribed.elapsed() < PATIENCE, "nothing arrives: {:?}", feed.counters.tally());
            site.publish(0..1);
        }
        first.stop();
        for round in 0..rounds {
            let broker = site.broker();
            site.publish(1 + round * 50..1 + (round + 1) * 50);
            // Every other time it is stopped while messages are on their way.
            if round % 2 == 0 {
                let all = usize::try_from(1 + (round + 1) * 50).unwrap();
                feed.wait("the messages of a round", |f| values(&f.stored.lock().unwrap()).len() >= all);
            }
            broker.stop();
        }
        let _last = site.broker();
        let all = usize::try_from(1 + rounds * 50).unwrap();
        feed.wait("all messages", |f| values(&f.stored.lock().unwrap()).len() >= all);
        let tally = feed.counters.tally();
        let stored = feed.end();
        assert_eq!(values(&stored).len(), all, "MQTT {protocol}");
        assert!(tally.reconnects >= u64::try_from(rounds).unwrap(), "{tally:?}");
        assert_eq!(tally.rejected, 0, "{tally:?}");
    }
}

#[test]
fn a_killed_broker_costs_at_most_what_it_lost_and_that_is_told_as_gaps() {
    if !ready("a_killed_broker_costs_at_most_what_it_lost_and_that_is_told_as_gaps") {
        return;
    }
    let site = Site::new();
    let broker = site.broker();
    let feed = site.feed_that_hears();
    site.publish(1..200);
    feed.wait("messages before the kill", |f| values(&f.stored.lock().unwrap()).len() >= 200);
    drop(broker);
    let _again = site.broker();
    // What comes next has later numbers; the broker may have forgotten the session, so it is sent until it arrives.
    feed.wait("messages after the kill", |f| {
        site.publish(300..320);
        values(&f.stored.lock().unwrap()).range(300..).count() == 20
    });
    let tally = feed.counters.tally();
    let rows = Arc::clone(&feed.rows);
    let stored = feed.end();
    assert_eq!(values(&stored).range(..200).count(), 200, "what was acknowledged is stored");
    // The first of the later messages may have come before the broker knew the session again.
    assert!((100..120).contains(&tally.missing), "{tally:?}");
    assert!(tally.gaps.values().next().unwrap().first.starts_with("between 199 and 3"), "{tally:?}");
    // The store has every reading once, and the gap with the reading after it.
    let (store, _) = TimeStore::default().extended(rows.lock().unwrap().clone());
    assert_eq!(store.n_samples(), stored.len() as u64);
    let beam = ChannelId("beam".into());
    let gaps = gaps(&store, &beam, UtcNanos(i64::MIN), UtcNanos(i64::MAX));
    assert_eq!(gaps.iter().map(|g| g.missing).collect::<Vec<_>>(), [tally.missing]);
    let value = |at| store.value_at(&beam, at).unwrap().value;
    assert_eq!((value(gaps[0].from), value(gaps[0].to)), (199.0, 200.0 + tally.missing as f64));
}

#[test]
fn a_wrong_certificate_or_password_is_refused_counted_and_tried_again_and_disturbs_nobody() {
    if !ready("a_wrong_certificate_or_password_is_refused_counted_and_tried_again_and_disturbs_nobody") {
        return;
    }
    let site = Site::new();
    let _broker = site.broker();
    let good = site.feed(&Site::mapping("5", "ca.crt", "password").replace("lantu-test", "lantu-good"));
    good.wait("a first message", |f| {
        site.publish(0..1);
        f.n_stored() > 0
    });
    for (ca, password, why) in
        [("other.crt", "password", "certificate"), ("ca.crt", "wrong", "NotAuthorized")]
    {
        let feed = site.feed(&Site::mapping("5", ca, password));
        feed.wait("two refusals", |f| f.counters.tally().reconnects >= 2);
        let tally = feed.counters.tally();
        let said = tally.reasons.iter().find(|(k, _)| k.to_lowercase().contains(&why.to_lowercase()));
        let said = said.unwrap_or_else(|| panic!("{why}: {tally:?}")).1;
        assert!(said.n >= 2 && said.first == "127.0.0.1", "{tally:?}");
        assert_eq!(tally.rejected, 0, "a connection that fails costs no reading: {tally:?}");
        assert!(feed.end().is_empty());
    }
    site.publish(1..50);
    good.wait("messages of the other feed", |f| values(&f.stored.lock().unwrap()).len() == 50);
    assert!(good.counters.tally().reasons.is_empty());
    good.end();
}

/// MQTT 3.1.1 has no word for a limit, so the broker sends it, and again until it is acknowledged.
#[test]
fn a_message_that_is_too_long_is_refused_once_and_what_comes_behind_it_is_stored() {
    if !ready("a_message_that_is_too_long_is_refused_once_and_what_comes_behind_it_is_stored") {
        return;
    }
    for protocol in ["3.1.1", "5"] {
        let site = Site::new();
        let _broker = site.broker();
        let mapping = Site::mapping(protocol, "ca.crt", "password");
        let feed = site.feed(&mapping);
        feed.wait("a first message", |f| {
            site.publish(0..1);
            f.n_stored() > 0
        });
        let long = format!("{{\"time\": {}, \"value\": 5, \"pad\": \"{}\"}}", now().0, "x".repeat(9 << 20));
        let to = ("gateway", "site/wall/strain");
        publish_as(site.folder.path(), site.port, to, std::iter::once(long));
        site.publish(1..20);
        feed.wait("messages behind it", |f| values(&f.stored.lock().unwrap()).len() == 20);
        let tally = feed.counters.tally();
        assert_eq!(values(&feed.end()).len(), 20);
        assert_eq!(tally.reconnects, 0, "MQTT {protocol}: {tally:?}");
        // A broker that was told the limit keeps it to itself.
        let refused = u64::from(protocol == "3.1.1");
        assert_eq!(tally.rejected, refused, "MQTT {protocol}: {tally:?}");
        let told = tally.reasons.get("a message of more than 1 MiB").map(|r| (r.n, r.first.as_str()));
        assert_eq!(told, (refused == 1).then_some((1, "site/wall/strain")), "{tally:?}");
        // It was acknowledged: the broker does not send it to the next run.
        let again = site.feed(&mapping);
        again.wait("a message of the next run", |f| {
            site.publish(20..21);
            f.n_stored() > 0
        });
        assert_eq!(again.counters.tally().rejected, 0, "{:?}", again.counters.tally());
        again.end();
    }
}

#[test]
fn a_client_that_floods_waits_and_nothing_of_it_is_stored_twice() {
    if !ready("a_client_that_floods_waits_and_nothing_of_it_is_stored_twice") {
        return;
    }
    let site = Site::new();
    let _broker = site.broker();
    let feed = site.feed_that_hears();
    site.publish(1..20_001);
    feed.wait("the flood", |f| values(&f.stored.lock().unwrap()).len() == 20_001);
    let stored = feed.end();
    assert_eq!(values(&stored).len(), 20_001);
}

/// What one client floods the broker with, half of it rubbish, is counted, and another's readings come in time.
#[test]
fn readings_of_one_client_come_in_time_while_another_floods_the_broker() {
    const FLOOD: u64 = 20_000;
    if !ready("readings_of_one_client_come_in_time_while_another_floods_the_broker") {
        return;
    }
    let site = Site::new();
    let _broker = site.broker();
    let feed = site.feed_that_hears();
    let (folder, port) = (site.folder.path().to_owned(), site.port);
    let flood = move || {
        for part in 0..FLOOD / 1000 {
            let payloads = (0..1000_u16).map(|n| {
                let time = now().0 - 7_200_000_000_000 + i64::from(n);
                if n % 2 == 0 {
                    format!("{{\"time\": {time}, \"value\": {part}}}")
                } else {
                    "{{[".repeat(200)
                }
            });
            publish_as(&folder, port, ("flood", "site/flood/strain"), payloads);
        }
    };
    let flooding = std::thread::Builder::new().name("flood".into()).spawn(flood).unwrap();
    let beam = |f: &Feed| {
        let rows = f.rows.lock().unwrap();
        rows.iter()
            .filter(|(c, s)| &*c.0 == "beam" && s.value > 0.0)
            .map(|(_, s)| s.value)
            .collect::<Vec<_>>()
    };
    let mut slowest = Duration::ZERO;
    for n in 1..=20_i32 {
        let began = Instant::now();
        site.publish(n.into()..i64::from(n) + 1);
        feed.wait("a reading beside the flood", |f| beam(f).contains(&f64::from(n)));
        slowest = slowest.max(began.elapsed());
    }
    flooding.join().unwrap();
    feed.wait("the end of the flood", |f| f.counters.tally().rejected >= FLOOD / 2);
    let (tally, stored) = (feed.counters.tally(), beam(&feed));
    feed.end();
    assert_eq!(
        stored,
        (1..=20).map(f64::from).collect::<Vec<_>>(),
        "each reading of the good one came, in its order, and once"
    );
    assert_eq!(tally.rejected, FLOOD / 2, "the rubbish is counted");
    assert_eq!(tally.missing, 0);
    let told: Vec<_> = tally.reasons.values().collect();
    assert!(told.len() == 1 && told[0].first == "site/flood/strain", "{told:?}");
    println!("20 readings beside {FLOOD} messages of a flood, the slowest after {slowest:?}");
}
