//! What messages mean.

use lantu_base::{ProjectFrame, TimeZoneName};
use lantu_live::Quality;

use super::decode::Decoder;
use super::*;
use crate::Counters;

const MAPPING: &str = r#"
    client_id = "lantu-test"
    zone = "Asia/Shanghai"
    [[topic]]
    filter = "site/+/noise"
    channel = "{2}.LAeq"
    time = "/ts"
    value = "/laeq"
    unit = "dB(A)"
    quality = "/q"
    sequence = "/n"
    result_time = "/done"
    [[topic]]
    filter = "gateway/#"
    list = "/readings"
    channel = "{/device}.{/id}"
    time = "/t"
    values = { ".x" = "/x", ".y" = "/y" }
    [[topic]]
    filter = "v1.1/+/Observations"
    format = "sensorthings"
    [[topic]]
    filter = "gps/+"
    channel = "{2}"
    [topic.position]
    height = "/alt"
    heights = "-10"
    [[topic]]
    filter = "tag/+"
    channel = "{2}"
    [topic.position]
    point = "/where"
"#;

const NOW: UtcNanos = UtcNanos(1_782_878_400_000_000_000);

fn frame() -> ProjectFrame {
    let (crs, time_zone) = ("EPSG:4548".to_owned(), "Asia/Shanghai".to_owned());
    ProjectFrame { crs, height_crs: None, meters_per_unit: 1.0, time_zone }
}

fn decoder(text: &str) -> Decoder {
    let mapping = MqttMapping::parse(text).unwrap_or_else(|e| unreachable!("{e}"));
    let zone = TimeZoneName::new(&mapping.zone).unwrap_or_else(|e| unreachable!("{e}"));
    Decoder::new(mapping, zone, || NOW, &frame())
}

fn rows(topic: &str, payload: &str) -> (Vec<String>, crate::Tally) {
    let (counters, mut decoder) = (Counters::default(), decoder(MAPPING));
    let mut rows = decoder.decode(topic, payload.as_bytes(), &counters);
    rows.retain(|(c, _)| !lantu_live::is_companion(c));
    let text = |(c, s): &(lantu_base::ChannelId, lantu_live::Sample)| {
        format!("{c} {} {} {} {}", s.time, s.value, s.unit, s.quality.name())
    };
    (rows.iter().map(text).collect(), counters.tally())
}

#[test]
fn a_message_becomes_a_reading_of_the_channel_that_its_topic_names() {
    let (rows, tally) = rows("site/north/noise", r#"{"ts": 1782878340000, "laeq": "71.5", "q": 1, "n": 7}"#);
    assert_eq!(rows, ["north.LAeq 2026-07-01T03:59:00Z 71.5 dB(A) uncertain"]);
    assert_eq!((tally.messages, tally.rejected), (1, 0));
}

#[test]
fn positions_in_degrees_become_meters_of_the_project_or_say_why_not() {
    let near = |rows: &[String]| -> Vec<String> {
        let cut = |r: &String| {
            r.split(' ').map(|w| w.split('.').next().unwrap_or(w).to_owned()).collect::<Vec<_>>()
        };
        let words = rows.iter().map(cut).zip(rows);
        words.map(|(w, r)| format!("{} {} {}", r.split(' ').next().unwrap(), w[2], w[3])).collect()
    };
    let (gps, _) = rows("gps/w7", r#"{"time": 1782878340000, "lon": 116.48, "lat": 39.99, "alt": 51}"#);
    assert_eq!(near(&gps), ["w7.x 455588 m", "w7.y 4428548 m", "w7.z 41 m"]);
    let point = r#"{"time": 1782878340000, "where": {"type": "Point", "coordinates": [116.48, 39.99]}}"#;
    assert_eq!(near(&rows("tag/t3", point).0), ["t3.x 455588 m", "t3.y 4428548 m"]);
    let observed = r#"{"phenomenonTime": "2026-07-01T03:59:00Z", "result": {"type": "Point", "coordinates": [116.48, 39.99]}}"#;
    let (found, _) = rows("v1.1/Datastreams(4)/Observations", observed);
    assert_eq!(near(&found), ["Datastreams(4).x 455588 m", "Datastreams(4).y 4428548 m"]);
    let swapped = r#"{"time": 1782878340000, "lon": 39.99, "lat": 116.48}"#;
    let (none, tally) = rows("gps/w7", swapped);
    assert!(none.is_empty() && tally.rejected == 1, "{tally:?}");
    let (why, named) = tally.reasons.iter().next().unwrap();
    assert!(why.contains("longitude comes first") && named.first == "gps/w7", "{tally:?}");
    assert_eq!(rows("gps/w7", r#"{"time": 1782878340000, "lon": 116.48}"#).1.rejected, 1);
    assert!(MqttMapping::parse(&MAPPING.replace("heights = \"-10\"", "crs = \"EPSG:1\"")).is_err());
}

#[test]
fn a_gateway_sends_lists_and_times_without_offset_are_in_its_zone() {
    let message = r#"{"device": "G1", "readings": [
        {"id": 4, "t": "2026-07-01 11:59:00", "x": 1.5, "y": -2},
        {"id": 5, "t": "2026-07-01 11:58:00", "x": null}
    ]}"#;
    let (rows, tally) = rows("gateway/a/b", message);
    assert_eq!(rows, ["G1.4.x 2026-07-01T03:59:00Z 1.5  good", "G1.4.y 2026-07-01T03:59:00Z -2  good"]);
    assert_eq!(tally.reasons.keys().collect::<Vec<_>>(), ["none of its values is there"]);
}

#[test]
fn an_observation_of_sensorthings_belongs_to_its_datastream() {
    let message = r#"{"phenomenonTime": "2026-07-01T03:00:00Z/2026-07-01T03:15:00Z", "result": 63.25}"#;
    let (rows, _) = rows("v1.1/Datastreams(42)/Observations", message);
    assert_eq!(rows, ["Datastreams(42) 2026-07-01T03:15:00Z 63.25  good"]);
}

#[test]
fn hostile_messages_are_counted_with_their_reason_and_bring_nothing() {
    for (message, why) in [
        ("\u{0}\u{1}", "not JSON"),
        (&"[".repeat(100_000), "not JSON"),
        (r#"{"ts": 1782878340000}"#, "no value that is a number"),
        (r#"{"ts": 1782878340000, "laeq": "NaN"}"#, "no value that is a number"),
        (r#"{"ts": 1782878340000, "laeq": 1e308}"#, "no value that is a number that can be measured"),
        (r#"{"ts": 1782878340000, "laeq": 1e400}"#, "not JSON"),
        (r#"{"ts": 1e308, "laeq": 1}"#, "a time that cannot be read"),
        (r#"{"ts": 9223372036854775807, "laeq": 1}"#, "a time that cannot be read"),
        (r#"{"laeq": 1}"#, "no time"),
        (r#"{"ts": 1467345540000, "laeq": 1}"#, "a time more than a year from the present"),
    ] {
        let (rows, tally) = rows("site/north/noise", message);
        assert!(rows.is_empty(), "{message}");
        let named = tally.reasons.iter().find(|(k, _)| k.starts_with(why));
        let place = named.map(|(_, n)| (n.n, n.first.contains("north")));
        assert_eq!(place, Some((1, true)), "{why}: {:?}", tally.reasons);
        assert_eq!(tally.rejected, 1, "{message}");
    }
    assert_eq!(rows("elsewhere", "{}").1.reasons.len(), 1);
}

#[test]
fn what_is_refused_of_one_gateway_disturbs_no_other() {
    let (counters, mut d, mut stored) = (Counters::default(), decoder(MAPPING), Vec::new());
    let good = |n: i64| {
        format!(r#"{{"ts": {}, "laeq": {}, "n": {n}}}"#, NOW.0 / 1_000_000 - 60_000 + n * 1000, 60 + n)
    };
    for n in 0..20 {
        stored.extend(d.decode("site/good/noise", good(n).as_bytes(), &counters));
        for bad in ["{", r#"{"ts": 1782878340000, "laeq": 1e308}"#, r#"{"ts": 1467345540000, "laeq": 1}"#] {
            stored.extend(d.decode("site/bad/noise", bad.as_bytes(), &counters));
        }
    }
    stored.retain(|(c, _)| !lantu_live::is_companion(c));
    let values: Vec<f64> = stored.iter().map(|(_, s)| s.value).collect();
    assert_eq!(values, (0..20).map(|n| f64::from(60 + n)).collect::<Vec<_>>());
    assert!(stored.iter().all(|(c, s)| &*c.0 == "good.LAeq" && s.quality == Quality::Good));
    let tally = counters.tally();
    assert_eq!((tally.messages, tally.rejected, tally.clock, tally.missing), (20, 60, 20, 0));
    let named: Vec<(u64, &str)> = tally.reasons.values().map(|n| (n.n, n.first.as_str())).collect();
    assert_eq!(named.iter().map(|n| n.0).collect::<Vec<_>>(), [20, 20, 20], "{named:?}");
    assert!(named.iter().all(|n| n.1.contains("bad")), "{named:?}");
}

#[test]
fn a_clock_three_hours_ahead_is_marked_and_one_behind_is_a_message_that_waited() {
    let (counters, mut d) = (Counters::default(), decoder(MAPPING));
    let mut quality = |ms: i64| {
        let message = format!(r#"{{"ts": {ms}, "laeq": 60}}"#);
        let rows = d.decode("site/a/noise", message.as_bytes(), &counters);
        let told = rows.get(1).map(|(c, s)| (c.to_string(), s.time, s.value));
        (rows[0].1.quality, told)
    };
    let now = NOW.0 / 1_000_000;
    let told = Some(("a.LAeq#clock".to_owned(), NOW, 3.0 * 3600.0));
    assert_eq!(quality(now + 3 * 3_600_000), (Quality::OffClock, told));
    assert_eq!(quality(now - 5 * 3_600_000), (Quality::Good, None));
}

#[test]
fn missing_numbers_are_told_and_repeated_or_restarted_ones_are_none() {
    let (counters, mut d, mut stored) = (Counters::default(), decoder(MAPPING), Vec::new());
    for n in [5, 6, 6, 9, 8, 10, 0, 1] {
        let message = format!(r#"{{"ts": 1782878340000, "laeq": 60, "n": {n}}}"#);
        stored.extend(d.decode("site/a/noise", message.as_bytes(), &counters));
    }
    let tally = counters.tally();
    assert_eq!(tally.missing, 2);
    assert_eq!(tally.gaps["a.LAeq"].first, "between 6 and 9");
    let of =
        |name: &str| stored.iter().filter(|(c, _)| &*c.0 == name).map(|(_, s)| s.value).collect::<Vec<_>>();
    assert_eq!(of("a.LAeq#missing"), [2.0]);
    // Readings of one instant with different numbers are different readings.
    let (store, counts) = lantu_live::TimeStore::default().extended(stored);
    let channel = lantu_base::ChannelId("a.LAeq".into());
    let kept = store.range(&channel, UtcNanos(0), NOW);
    let numbers: Vec<_> = kept.iter().filter_map(|s| s.sequence).collect();
    assert_eq!((numbers, counts.duplicates), (vec![0, 1, 5, 6, 8, 9, 10], 1));
    let gaps = lantu_live::gaps(&store, &channel, UtcNanos(0), NOW);
    assert_eq!(gaps.iter().map(|g| g.missing).collect::<Vec<_>>(), [2]);
}

/// What is told as missing of a source that sends these numbers, the numbers that are kept, and how often one was left out.
fn told(numbers: &[i64]) -> (Vec<String>, Vec<i64>, u64) {
    let (counters, mut d) = (Counters::default(), decoder(MAPPING));
    let (mut kept, mut gaps) = (Vec::new(), Vec::new());
    for n in numbers {
        let before = counters.tally();
        let message = format!(r#"{{"ts": 1782878340000, "laeq": 60, "n": {n}}}"#);
        let rows = d.decode("site/a/noise", message.as_bytes(), &counters);
        let readings: Vec<_> = rows.iter().filter(|(c, _)| !lantu_live::is_companion(c)).collect();
        assert_eq!(readings.len(), 1, "{n}: the reading is kept whatever its number is");
        kept.extend(readings[0].1.sequence);
        let missing = counters.tally().missing - before.missing;
        if missing > 0 {
            gaps.push(format!("{missing} before {n}"));
        }
    }
    let tally = counters.tally();
    assert_eq!(tally.rejected, 0);
    let left_out = tally.reasons.get("a sequence number more than a million from the last");
    (gaps, kept, left_out.map_or(0, |r| r.n))
}

#[test]
fn a_number_that_no_counter_gives_is_told_and_hides_no_gap_behind_it() {
    let gap = |text: &str| vec![text.to_owned()];
    assert_eq!(told(&[5, i64::MAX, 6, 9]), (gap("2 before 9"), vec![5, 6, 9], 1));
    assert_eq!(told(&[5, i64::MIN, 6, 9]), (gap("2 before 9"), vec![5, 6, 9], 1));
    assert_eq!(told(&[5, i64::MAX, i64::MAX, 6, 9]), (gap("2 before 9"), vec![5, 6, 9], 2));
    // The first number of all may be the wild one: who counts on elsewhere is believed.
    assert_eq!(told(&[i64::MAX, 6, 9, 10]), (gap("2 before 9"), vec![i64::MAX, 9, 10], 1));
    let later = 1_782_878_340_000;
    assert_eq!(told(&[5, later, later + 1, later + 4]).0, [format!("2 before {}", later + 4)]);
    // Started again, from a large number too.
    assert_eq!(told(&[later, 0, 1, 2]), (vec![], vec![later, 0, 1, 2], 0));
}

/// A feed that is ended and begun again remembers the last number by what it stored.
#[test]
fn a_message_that_is_missing_between_two_runs_is_a_gap_and_one_that_comes_again_is_none() {
    let message = |n: i64| format!(r#"{{"ts": {}, "laeq": 60, "n": {n}}}"#, 1_782_878_340_000 + n * 1000);
    let (first, mut d) = (Counters::default(), decoder(MAPPING));
    let mut stored = Vec::new();
    for n in 1..=4 {
        stored.extend(d.decode("site/a/noise", message(n).as_bytes(), &first));
    }
    drop(d);
    let (store, _) = lantu_live::TimeStore::default().extended(stored.clone());
    let (second, mut d) = (Counters::default(), decoder(MAPPING).after(lantu_live::last_numbers(&store)));
    // The broker sends the last one again, as it was not acknowledged when the feed ended; 5 and 6 never come.
    for n in [4, 7, 8] {
        stored.extend(d.decode("site/a/noise", message(n).as_bytes(), &second));
    }
    assert_eq!((first.tally().missing, second.tally().missing), (0, 2));
    assert_eq!(second.tally().gaps["a.LAeq"].first, "between 4 and 7");
    let (store, counts) = lantu_live::TimeStore::default().extended(stored);
    let channel = lantu_base::ChannelId("a.LAeq".into());
    assert_eq!((store.n_samples(), counts.duplicates), (6, 1), "the reading is there once");
    let gaps = lantu_live::gaps(&store, &channel, UtcNanos(0), NOW);
    assert_eq!(gaps.iter().map(|g| g.missing).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_topic_that_gives_no_name_of_a_channel_is_refused() {
    let observed = r#"{"phenomenonTime": "2026-07-01T03:15:00Z", "result": 63.25}"#;
    let noise = r#"{"ts": 1782878340000, "laeq": 60}"#;
    let long = format!("v1.1/Datastreams({})/Observations", "4".repeat(300));
    for (topic, message) in
        [(long.as_str(), observed), ("site/\u{FFFD}\u{FFFD}/noise", noise), ("site/a\u{2028}b/noise", noise)]
    {
        let (rows, tally) = rows(topic, message);
        assert_eq!(rows, Vec::<String>::new(), "{topic}");
        assert_eq!(tally.reasons[crate::names::NO_NAME].n, 1, "{topic}");
    }
}

#[test]
fn what_an_observation_says_of_its_quality_comes_with_it() {
    let message =
        r#"{"phenomenonTime": "2026-07-01T03:15:00Z", "result": 63.25, "resultQuality": "suspect"}"#;
    let (rows, _) = rows("v1.1/Datastreams(42)/Observations", message);
    assert_eq!(rows, ["Datastreams(42) 2026-07-01T03:15:00Z 63.25  bad"]);
}

#[test]
fn the_time_of_a_result_comes_with_every_value_of_its_message_and_one_that_is_none_is_refused() {
    let (counters, mut d) = (Counters::default(), decoder(MAPPING));
    let mut told = |topic: &str, message: &str| -> Vec<(String, Option<String>)> {
        let rows = d.decode(topic, message.as_bytes(), &counters);
        rows.iter().map(|(c, s)| (c.to_string(), s.result_time.map(|t| t.to_string()))).collect()
    };
    let noise = |done: &str, n: i64| format!(r#"{{"ts": 1782878340000, "laeq": 60, "n": {n}{done}}}"#);
    let at = |name: &str, t: Option<&str>| (name.to_owned(), t.map(str::to_owned));
    let done = "2026-07-01T03:59:30Z";
    let own = told("site/a/noise", &noise(r#", "done": 1782878370000"#, 1));
    assert_eq!(own, [at("a.LAeq", Some(done))]);
    // A number that is missing says nothing of results.
    let after = told("site/a/noise", &noise(r#", "done": "2026-07-01 11:59:30""#, 3));
    assert_eq!(after, [at("a.LAeq", Some(done)), at("a.LAeq#missing", None)]);
    for none in ["", r#", "done": null"#] {
        assert_eq!(told("site/a/noise", &noise(none, 4)), [at("a.LAeq", None)]);
    }
    assert_eq!(told("site/a/noise", &noise(r#", "done": "later""#, 5)), []);
    let observed = |result: &str| {
        let time = "2026-07-01T03:59:00Z";
        format!(r#"{{"phenomenonTime": "{time}", "resultTime": "{done}", "result": {result}}}"#)
    };
    let of = |axis: &str| at(&format!("Datastreams(4){axis}"), Some(done));
    assert_eq!(told("v1.1/Datastreams(4)/Observations", &observed("63.25")), [of("")]);
    let point = observed(r#"{"type": "Point", "coordinates": [116.48, 39.99]}"#);
    assert_eq!(told("v1.1/Datastreams(4)/Observations", &point), [of(".x"), of(".y")]);
    assert_eq!(counters.tally().reasons["a result time that cannot be read"].n, 1);
}

#[test]
fn a_mapping_that_cannot_work_is_refused_with_its_place() {
    for (from, to) in [
        ("client_id = \"lantu-test\"", "client_id = \"\""),
        ("site/+/noise", "site/+noise"),
        ("gateway/#", "gateway/#/x"),
        ("\"/ts\"", "\"ts\""),
        ("\"/done\"", "\"done\""),
        ("Asia/Shanghai", "Mars/Base"),
        ("unit =", "units ="),
        ("channel = \"{2}.LAeq\"", ""),
    ] {
        assert!(MAPPING.contains(from), "{from}");
        assert!(MqttMapping::parse(&MAPPING.replacen(from, to, 1)).is_err(), "{from} -> {to}");
    }
    // What is in braces was looked at when a message came, and refused that.
    for channel in ["{2.LAeq", "{zone}.LAeq", "{0}.LAeq", "{}.LAeq"] {
        let text = MAPPING.replacen("{2}.LAeq", channel, 1);
        let error = MqttMapping::parse(&text).unwrap_err();
        let line = text.lines().position(|line| line.contains("site/+/noise")).unwrap() + 1;
        assert!(error.contains("brace") && error.contains(&format!("line: {line}")), "{channel}: {error}");
    }
}

#[test]
fn an_address_with_a_password_is_refused_because_lists_of_processes_show_it() {
    let folder = Path::new(".");
    let mapping = || MqttMapping::parse(MAPPING).unwrap_or_else(|e| unreachable!("{e}"));
    for url in ["mqtt://me:secret@broker", "http://broker", "mqtt://", "mqtts://broker", "mqtt://broker:x"] {
        assert!(Mqtt::new(url, mapping(), folder, || NOW, &frame()).is_err(), "{url}");
    }
    assert!(Mqtt::new("mqtt://[::1]:1884/", mapping(), folder, || NOW, &frame()).is_ok());
}
