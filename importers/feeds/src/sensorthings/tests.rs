//! Against a server on loopback that answers as OGC 18-088 says: collections in pages, `$filter`, `$expand`.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use lantu_base::{CancelToken, ChannelId, ProjectFrame, UtcNanos};
use lantu_live::{Quality, Sample};
use serde_json::{Value, json};

use super::{SensorThings, SensorThingsAccess};
use crate::{FeedSource as _, Tally, queue};

/// Nobody is named, and files lie here.
fn nobody() -> (&'static SensorThingsAccess, &'static Path) {
    static NOBODY: SensorThingsAccess =
        SensorThingsAccess { user: None, password_file: None, ca_file: None, look_back_s: 600 };
    (&NOBODY, Path::new("."))
}

/// The end of July 2026.
fn now() -> UtcNanos {
    UtcNanos(1_785_500_000_000_000_000)
}

/// Observations of each datastream: (minute of 2026-07-01, result).
type Streams = Vec<(&'static str, Vec<(u32, Value)>)>;

/// Answers requests about these datastreams, page by page, until the test ends; what was asked for is kept.
fn serve(streams: Streams, page: usize) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    serve_by(move |target| answer(&streams, target, page))
}

fn serve_by(mut answer: impl FnMut(&str) -> Value + Send + 'static) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::Builder::new()
        .name("sta-server".into())
        .spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                reader.read_line(&mut line).unwrap();
                loop {
                    let mut header = String::new();
                    if reader.read_line(&mut header).unwrap() <= 2 {
                        break;
                    }
                }
                let target = line
                    .split_whitespace()
                    .nth(1)
                    .unwrap()
                    .replace("%20", " ")
                    .replace("%3A", ":")
                    .replace("%27", "'");
                log.lock().unwrap().push(target.clone());
                let body = answer(&target);
                let text = body.to_string();
                // One answer as a whole, the others in chunks, as real servers do.
                let sent = if target.contains("skip") {
                    format!(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{text}\r\n0\r\n\r\n",
                        text.len()
                    )
                } else {
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len())
                };
                stream.write_all(sent.as_bytes()).unwrap();
            }
        })
        .unwrap();
    (address, asked)
}

fn option<'t>(target: &'t str, name: &str) -> Option<&'t str> {
    target.split(['?', '&']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='))
}

fn answer(streams: &Streams, target: &str, page: usize) -> Value {
    let all: Vec<Value> = if let Some(rest) = target.strip_prefix("/sta/v1.1/Datastreams(") {
        let ix: usize = rest.split(')').next().unwrap().parse().unwrap();
        let since =
            option(target, "$filter").map(|f| f.strip_prefix("phenomenonTime gt ").unwrap().to_owned());
        streams[ix - 1]
            .1
            .iter()
            .map(|(m, result)| (format!("2026-07-01T{:02}:{:02}:00Z", m / 60, m % 60), result))
            .filter(|(time, _)| since.as_ref().is_none_or(|s| time > s))
            .map(|(time, result)| json!({ "@iot.id": 1, "phenomenonTime": time, "result": result, "resultTime": null }))
            .collect()
    } else if target.contains("/HistoricalLocations") {
        let filter = option(target, "$filter").unwrap();
        let at = |lon: f64| json!([{ "location": { "type": "Point", "coordinates": [lon, 39.99] } }]);
        let all = [
            ("2026-07-01T00:00:00Z", at(116.47)),
            ("2026-07-01T00:01:00Z", at(116.48)),
            ("2026-07-01T00:02:00Z", json!([])),
        ];
        let newer = |time: &str| filter.split("time gt ").nth(1).is_none_or(|since| time > since);
        let all = all
            .into_iter()
            .filter(|(time, _)| newer(time) && filter.starts_with("Thing/name eq 'Li''s tag'"));
        all.map(|(time, places)| json!({ "time": time, "Locations": places })).collect()
    } else {
        assert!(target.contains("$expand=Thing"), "{target}");
        let one = |(ix, (name, _)): (usize, &(&str, _))| {
            json!({ "@iot.id": ix + 1, "name": name, "unitOfMeasurement": { "symbol": "mm", "name": "millimeter" },
                "Thing": { "name": "pit 3" } })
        };
        streams.iter().enumerate().map(one).collect()
    };
    let skip: usize = option(target, "$skip").map_or(0, |s| s.parse().unwrap());
    let mut out = json!({ "value": all.iter().skip(skip).take(page).collect::<Vec<_>>() });
    if skip + page < all.len() {
        // Servers name themselves as they know themselves, which may be another host than the one that was called.
        let base = target.split("&$skip").next().unwrap().replace(' ', "%20");
        out["@iot.nextLink"] =
            json!(format!("http://internal.example/{}&$skip={}", base.trim_start_matches('/'), skip + page));
    }
    out
}

fn poll(
    address: SocketAddr,
    newest: HashMap<ChannelId, UtcNanos>,
    things: &[&str],
) -> (Vec<(String, String, f64)>, Tally) {
    poll_into("EPSG:4548", address, newest, things)
}

fn poll_into(
    crs: &str,
    address: SocketAddr,
    newest: HashMap<ChannelId, UtcNanos>,
    things: &[&str],
) -> (Vec<(String, String, f64)>, Tally) {
    let (rows, tally) = poll_rows(crs, address, newest, things);
    (rows.into_iter().map(|(c, s)| (c.to_string(), s.time.to_string(), s.value)).collect(), tally)
}

fn poll_rows(
    crs: &str,
    address: SocketAddr,
    newest: HashMap<ChannelId, UtcNanos>,
    things: &[&str],
) -> (Vec<(ChannelId, Sample)>, Tally) {
    let frame = ProjectFrame {
        crs: crs.into(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".into(),
    };
    let source =
        SensorThings::new(&format!("http://{address}/sta/v1.1/"), nobody(), newest, (None, now)).unwrap();
    let mut source = source.with_positions(&frame, things.iter().map(|t| (*t).to_owned()).collect());
    let (sink, receiver) = queue(CancelToken::default());
    let thread = std::thread::Builder::new()
        .name("poll".into())
        .spawn(move || {
            source.run(&sink).unwrap();
            sink.counters.tally()
        })
        .unwrap();
    let rows = receiver.iter().flat_map(|b| b.rows).collect();
    (rows, thread.join().unwrap())
}

#[test]
fn every_page_of_every_datastream_is_read_and_what_is_no_number_is_counted() {
    let many = (0..25).map(|m| (m, json!(f64::from(m) / 2.0))).collect();
    let odd = vec![(0, json!("12.5")), (1, json!({"x": 1})), (2, json!(true)), (3, json!(null))];
    let streams =
        vec![("top", many), ("odd", odd), ("same", vec![(5, json!(1))]), ("same", vec![(5, json!(2))])];
    let (address, asked) = serve(streams, 10);
    let (rows, tally) = poll(address, HashMap::new(), &[]);
    let of = |name: &str| rows.iter().filter(|r| r.0 == name).map(|r| r.2).collect::<Vec<_>>();
    assert_eq!(of("pit 3.top").len(), 25);
    assert_eq!(of("pit 3.odd"), [12.5, 1.0]);
    assert_eq!((of("pit 3.same#3"), of("pit 3.same#4")), (vec![1.0], vec![2.0]));
    assert_eq!((tally.messages, tally.rejected), (29, 2));
    assert_eq!(rows[0].1, "2026-07-01T00:00:00Z");
    assert!(asked.lock().unwrap().iter().all(|t| t.starts_with("/sta/v1.1/")));
}

/// 18-088, 8.2.8: `resultTime` is there or null, and another instant than that of the phenomenon.
#[test]
fn the_time_of_a_result_is_kept_beside_that_of_the_phenomenon() {
    let (address, _) = serve_by(move |target| {
        if !target.starts_with("/sta/v1.1/Datastreams(") {
            return json!({ "value": [{ "@iot.id": 1, "name": "cube", "Thing": { "name": "slab" } }] });
        }
        let one = |minute: u32, result_time: Value, result: Value| {
            let time = format!("2026-07-01T00:{minute:02}:00Z/2026-07-01T01:{minute:02}:00Z");
            json!({ "phenomenonTime": time, "result": result, "resultTime": result_time })
        };
        let place = json!({ "type": "Point", "coordinates": [116.48, 39.99] });
        json!({ "value": [
            one(1, json!("2026-07-29T09:30:00+08:00"), json!(41.5)),
            one(2, json!(null), json!(42)),
            one(3, json!("yesterday"), json!(43)),
            one(4, json!(7), json!(44)),
            one(5, json!("2026-07-29T01:30:00Z"), place),
        ] })
    });
    let (rows, tally) = poll_rows("EPSG:4548", address, HashMap::new(), &[]);
    let told = |(c, s): &(ChannelId, Sample)| {
        (c.to_string(), s.time.to_string(), s.result_time.map_or(String::new(), |t| t.to_string()))
    };
    let row = |name: &str, minute: u32, result: &str| {
        (format!("slab.cube{name}"), format!("2026-07-01T01:{minute:02}:00Z"), result.to_owned())
    };
    let there = "2026-07-29T01:30:00Z";
    let expected = [row("", 1, there), row("", 2, ""), row(".x", 5, there), row(".y", 5, there)];
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(tally.reasons["a resultTime that cannot be read"].n, 2, "{tally:?}");
}

#[test]
fn what_is_newer_than_what_is_known_is_asked_for_and_the_ten_minutes_before() {
    let streams = vec![("top", (0..30).map(|m| (m, json!(m))).collect::<Vec<_>>())];
    let (address, asked) = serve(streams, 100);
    let known =
        UtcNanos::parse("2026-07-01T00:27:00Z", &lantu_base::TimeZoneName::new("UTC").unwrap()).unwrap();
    let (rows, _) = poll(address, HashMap::from([(ChannelId("pit 3.top".into()), known)]), &[]);
    assert_eq!(rows.iter().map(|r| r.2).collect::<Vec<_>>(), (18..30).map(f64::from).collect::<Vec<_>>());
    let asked = asked.lock().unwrap().join("\n");
    assert!(asked.contains("$filter=phenomenonTime gt 2026-07-01T00:17:00Z"), "{asked}");
}

/// A station whose line was down files what it had kept, after others have filed what is newer.
#[test]
fn what_a_service_files_late_comes_once_and_a_datastream_that_says_it_has_nothing_new_is_not_asked() {
    let (mut n_polls, mut n_calm) = (0, 0);
    let (address, asked) = serve_by(move |target| {
        let Some(rest) = target.strip_prefix("/sta/v1.1/Datastreams(") else {
            n_polls += 1;
            let span = "2026-07-01T00:00:00Z/2026-07-01T00:07:00Z";
            return json!({ "value": [
                { "@iot.id": 1, "name": "top" },
                { "@iot.id": 2, "name": "calm", "phenomenonTime": span, "resultTime": null },
            ] });
        };
        let minutes: &[u32] = match (rest.starts_with('1'), n_polls) {
            (true, 1) => &[0, 2, 9],
            (true, _) => &[0, 2, 3, 9, 10],
            (false, _) => &[7],
        };
        n_calm += u32::from(rest.starts_with('2'));
        assert!(n_calm < 2, "it has said that it has nothing new");
        let since =
            option(target, "$filter").map(|f| f.strip_prefix("phenomenonTime gt ").unwrap().to_owned());
        let all = minutes.iter().map(|m| (*m, format!("2026-07-01T00:{m:02}:00Z")));
        let new = all.filter(|(_, time)| since.as_ref().is_none_or(|s| time > s));
        json!({ "value": new.map(|(m, time)| json!({ "phenomenonTime": time, "result": m })).collect::<Vec<_>>() })
    });
    let every = Some(std::time::Duration::from_millis(1));
    let url = format!("http://{address}/sta/v1.1");
    let mut source = SensorThings::new(&url, nobody(), HashMap::new(), (every, now)).unwrap();
    let (sink, receiver) = queue(CancelToken::default());
    let (cancel, counters) = (sink.cancel.clone(), Arc::clone(&sink.counters));
    let thread = std::thread::Builder::new().name("poll".into()).spawn(move || source.run(&sink)).unwrap();
    let enough =
        |asked: &Mutex<Vec<String>>| asked.lock().unwrap().iter().filter(|t| t.contains("(1)")).count() > 4;
    let mut rows = Vec::new();
    while rows.len() < 6 || !enough(&asked) {
        match receiver.recv_timeout(std::time::Duration::from_millis(10)) {
            Ok(batch) => rows.extend(batch.rows),
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => assert!(!thread.is_finished(), "{rows:?}"),
            Err(e) => panic!("{e}"),
        }
    }
    cancel.cancel();
    rows.extend(receiver.iter().flat_map(|b| b.rows));
    // Who is told to end in the middle of an answer says so.
    assert!(matches!(thread.join().unwrap(), Ok(()) | Err(crate::FeedError::Closed)));
    let told: Vec<_> = rows.iter().map(|(c, s)| format!("{c} {}", s.value)).collect();
    assert_eq!(told, ["top 0", "top 2", "top 9", "calm 7", "top 3", "top 10"]);
    assert_eq!(counters.tally().messages, 6, "what was taken is not counted again");
}

#[test]
fn where_things_were_and_observations_that_are_points_come_into_the_projects_system() {
    let point = |at: Value| json!({ "type": "Point", "coordinates": at });
    let results = vec![(3, point(json!([116.48, 39.99, 50]))), (4, point(json!([39.99, 116.48])))];
    let (address, asked) = serve(vec![("gps", results)], 10);
    let (rows, tally) = poll(address, HashMap::new(), &["Li's tag", "nobody knows"]);
    let at = |name: &str, minute: u32| -> Vec<f64> {
        let time = format!("2026-07-01T00:{minute:02}:00Z");
        let of = |axis: &str| rows.iter().find(|r| r.0 == format!("{name}.{axis}") && r.1 == time);
        ["x", "y"].into_iter().filter_map(|axis| Some(of(axis)?.2)).collect()
    };
    // The place that the documentation of `lantu-geodesy` has.
    let there = |at: Vec<f64>| (at[0] - 455_588.610).abs() < 1e-3 && (at[1] - 4_428_548.202).abs() < 1e-3;
    assert!(there(at("pit 3.gps", 3)) && there(at("Li's tag", 1)), "{rows:?}");
    assert!((at("Li's tag", 1)[0] - at("Li's tag", 0)[0] - 853.0).abs() < 2.0, "{rows:?}");
    assert_eq!(tally.rejected, 2, "{tally:?}");
    let why: Vec<_> = tally.reasons.iter().map(|(why, n)| (why.as_str(), n.first.as_str())).collect();
    let expected = [
        ("a location that is no point", "Li's tag"),
        ("degrees beyond the globe: longitude comes first", "pit 3.gps"),
    ];
    assert_eq!(why, expected);
    let known =
        UtcNanos::parse("2026-07-01T00:00:30Z", &lantu_base::TimeZoneName::new("UTC").unwrap()).unwrap();
    poll(address, HashMap::from([(ChannelId("Li's tag.x".into()), known)]), &["Li's tag"]);
    let asked = asked.lock().unwrap().join("\n");
    assert!(asked.contains("Thing/name eq 'Li''s tag' and time gt 2026-07-01T00:00:30Z"), "{asked}");
}

#[test]
fn a_real_thing_of_a_server_comes_in_with_its_datastreams_and_its_place() {
    let file = "live/sta/frost_entitiesDefault.json";
    let Some(path) =
        lantu_support::corpus("a_real_thing_of_a_server_comes_in_with_its_datastreams_and_its_place", file)
    else {
        return;
    };
    let thing: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (address, _) = serve_by(move |target| {
        let streams = thing["Datastreams"].as_array().unwrap();
        if let Some(rest) = target.strip_prefix("/sta/v1.1/Datastreams(") {
            let ix: usize = rest.split(')').next().unwrap().parse().unwrap();
            return json!({ "value": streams[ix]["Observations"] });
        }
        if target.contains("/HistoricalLocations") {
            return json!({ "value": [{ "time": "2015-03-03T00:00:00Z", "Locations": thing["Locations"] }] });
        }
        let one = |(ix, stream): (usize, &Value)| {
            let mut stream = stream.clone();
            (stream["@iot.id"], stream["Thing"]) = (json!(ix), json!({ "name": thing["name"] }));
            stream
        };
        json!({ "value": streams.iter().enumerate().map(one).collect::<Vec<_>>() })
    });
    let (rows, tally) = poll_into("EPSG:32611", address, HashMap::new(), &["thing name 1"]);
    let rows: Vec<_> = rows.iter().map(|(c, t, v)| format!("{c} {} {v:.0}", &t[..10])).collect();
    // 117.05° W, 51.05° N in zone 11, after `gdaltransform`.
    let expected = [
        "thing name 1.datastream name 1 2015-03-03 3",
        "thing name 1.datastream name 1 2015-03-04 4",
        "thing name 1.datastream name 2 2015-03-05 5",
        "thing name 1.datastream name 2 2015-03-06 6",
        "thing name 1.x 2015-03-03 496495",
        "thing name 1.y 2015-03-03 5655386",
    ];
    assert_eq!(rows, expected);
    assert_eq!(tally.rejected, 0, "{tally:?}");
}

#[test]
fn a_server_that_answers_nonsense_or_not_at_all_is_said_with_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut source =
        SensorThings::new(&format!("http://{address}"), nobody(), HashMap::new(), (None, now)).unwrap();
    let (sink, _receiver) = queue(CancelToken::default());
    let error = source.run(&sink).unwrap_err().to_string();
    assert!(error.contains(&address.to_string()), "{error}");
    assert_eq!(sink.counters.tally().reconnects, 0);
}

#[test]
fn one_datastream_that_cannot_be_read_keeps_no_other_waiting_and_is_named() {
    let (address, _) = serve_by(move |target| {
        let Some(rest) = target.strip_prefix("/sta/v1.1/Datastreams(") else {
            return json!({ "value": [
                { "@iot.id": 1, "name": "no list" },
                { "@iot.id": 2, "name": "circle" },
                { "name": "no id" },
                { "@iot.id": 3, "name": null },
                { "@iot.id": 4, "name": "odd" },
                { "@iot.id": 5, "name": "good" },
            ] });
        };
        let one = |time: Value| json!({ "phenomenonTime": time, "result": 7 });
        match rest.get(..1).unwrap() {
            "1" => json!({ "value": "nothing" }),
            "2" => json!({ "value": [], "@iot.nextLink": "Datastreams(2)/Observations?$skip=1" }),
            "4" => json!({ "value": [one(json!(5)), one(json!("2026-07-01T00:00:00Z"))] }),
            _ => json!({ "value": [one(json!("2026-07-01T00:00:00Z"))] }),
        }
    });
    let url = format!("http://{address}/sta/v1.1");
    let mut source = SensorThings::new(&url, nobody(), HashMap::new(), (None, now)).unwrap();
    let (sink, receiver) = queue(CancelToken::default());
    let error = source.run(&sink).unwrap_err().to_string();
    let tally = sink.counters.tally();
    drop(sink);
    let told: Vec<_> = receiver.iter().flat_map(|b| b.rows).map(|(c, _)| c.to_string()).collect();
    assert_eq!(told, ["odd", "good"]);
    assert!(error.contains("no list") && error.contains("invalid type"), "{error}");
    let circle = &tally.reasons["the links of the pages go in a circle"];
    assert_eq!((circle.n, circle.first.as_str()), (1, "circle"));
    assert!(tally.rejected >= 5, "{tally:?}");
}

#[test]
fn an_observation_of_a_clock_that_is_ahead_is_marked_or_refused_and_does_not_hide_those_of_now() {
    let (mut n_polls, mut since) = (0, Vec::new());
    let (address, asked) = serve_by(move |target| {
        if !target.starts_with("/sta/v1.1/Datastreams(") {
            n_polls += 1;
            return json!({ "value": [{ "@iot.id": 1, "name": "top" }] });
        }
        since.push(target.to_owned());
        let one = |time: &str, result: f64| json!({ "phenomenonTime": time, "result": result });
        let ahead = [one("2026-07-31T18:13:20Z", 2.0), one("2036-01-01T00:00:00Z", 3.0)];
        let (first, later) = (one("2026-07-31T12:13:20Z", 1.0), one("2026-07-31T12:14:20Z", 4.0));
        let all: Vec<_> = if n_polls < 3 { [first].into_iter().chain(ahead).collect() } else { vec![later] };
        json!({ "value": all })
    });
    let url = format!("http://{address}/sta/v1.1");
    let every = Some(std::time::Duration::from_millis(1));
    let mut source = SensorThings::new(&url, nobody(), HashMap::new(), (every, now)).unwrap();
    let (sink, receiver) = queue(CancelToken::default());
    let (cancel, counters) = (sink.cancel.clone(), Arc::clone(&sink.counters));
    let thread = std::thread::Builder::new().name("poll".into()).spawn(move || source.run(&sink)).unwrap();
    let mut rows = Vec::new();
    while rows.len() < 5 {
        rows.extend(receiver.recv_timeout(std::time::Duration::from_mins(2)).unwrap().rows);
    }
    cancel.cancel();
    drop(receiver);
    let _ended = thread.join().unwrap();
    let told: Vec<_> = rows.iter().map(|(c, s)| (&*c.0, s.value, s.quality)).collect();
    // The clock is told when the observation comes, and not again at each poll until its time comes.
    let (good, off) = (Quality::Good, Quality::OffClock);
    let clock = ("top#clock", 6.0 * 3600.0, good);
    assert_eq!(told, [("top", 1.0, good), ("top", 2.0, off), clock, ("top", 2.0, off), ("top", 4.0, good)]);
    assert_eq!(counters.tally().clock, 4);
    let asked = asked.lock().unwrap().join("\n");
    assert!(asked.contains("phenomenonTime gt 2026-07-31T12:03:20Z"), "{asked}");
}

/// Who ended a feed waited until the server had been silent for twenty seconds.
#[test]
fn a_server_that_says_nothing_does_not_hold_up_who_wants_to_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut source =
        SensorThings::new(&format!("http://{address}"), nobody(), HashMap::new(), (None, now)).unwrap();
    let (sink, _receiver) = queue(CancelToken::default());
    let cancel = sink.cancel.clone();
    let thread = std::thread::Builder::new().name("poll".into()).spawn(move || source.run(&sink)).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        asked.push(byte[0]);
    }
    cancel.cancel();
    assert!(matches!(thread.join().unwrap(), Err(crate::FeedError::Closed)));
    // It has not been given up: somebody still waits for it, but the feed does not.
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_does_not_hold_up_who_wants_to_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (begun, wait) = std::sync::mpsc::sync_channel(1);
    let server = std::thread::Builder::new().name("slow".into()).spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n ").unwrap();
        begun.send(()).unwrap();
        // Until the other side has enough.
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    let every = Some(std::time::Duration::from_hours(1));
    let mut source =
        SensorThings::new(&format!("http://{address}"), nobody(), HashMap::new(), (every, now)).unwrap();
    let (sink, _receiver) = queue(CancelToken::default());
    let cancel = sink.cancel.clone();
    let thread = std::thread::Builder::new().name("poll".into()).spawn(move || source.run(&sink)).unwrap();
    wait.recv().unwrap();
    cancel.cancel();
    assert!(matches!(thread.join().unwrap(), Ok(()) | Err(crate::FeedError::Closed)));
    server.unwrap().join().unwrap();
}
