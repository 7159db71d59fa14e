use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use lantu_base::{CancelToken, ChannelId, UtcNanos};
use lantu_live::Quality;
use proptest::prelude::*;

use super::*;
use crate::{Batch, Counters, queue};

const NOW: &str = "2026-07-01T00:00:30Z";

fn utc(text: &str) -> UtcNanos {
    UtcNanos::parse(text, &lantu_base::TimeZoneName::new("UTC").unwrap()).unwrap()
}

fn now() -> UtcNanos {
    utc(NOW)
}

fn segment(flag: u8, cp: &str) -> String {
    format!("QN=20260701080030001;ST=22;CN=2011;PW=123456;MN=STATION1;Flag={flag};CP=&&{cp}&&")
}

/// A packet in UTF-8.
fn framed(segment: &str) -> String {
    String::from_utf8(frame(segment.as_bytes())).unwrap()
}

fn all(framer: &mut Framer) -> Vec<Framed> {
    std::iter::from_fn(|| framer.next_packet()).collect()
}

#[test]
fn the_checksum_is_that_of_real_stations() {
    let Some(path) = lantu_support::corpus("the_checksum_is_that_of_real_stations", "live/hj212/samples.txt")
    else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut framer = Framer::default();
    framer.push(text.as_bytes());
    let found = all(&mut framer);
    let segments: Vec<_> = found.iter().filter(|f| matches!(f, Framed::Segment(..))).collect();
    assert_eq!((segments.len(), found.len()), (3, 3), "{found:?}");
}

#[test]
fn readings_have_times_of_the_stations_zone_their_marks_and_units_of_the_profile() {
    let profiles = Profiles::parse(
        "[keys]\na34004 = { unit = 'µg/m³', channel = 'pm25' }\nLA = { unit = 'dB(A)' }\na01001 = {}\n\
         [devices.STATION1]\npassword = '123456'\nname = 'gate'\nkeys.a01001 = { unit = '°C' }\n",
    )
    .unwrap();
    let cp = "DataTime=20260701080000;a34004-Rtd=35.5,a34004-Flag=N;LA-td=61,LA-Flag=D;a01001-Avg=21;B00008-Rtd=5;a34004-Foo=1";
    let packet = Packet::parse(&segment(5, cp)).unwrap();
    let counters = Counters::default();
    let decoded = Decoder::new(&profiles).unwrap().decode(&packet, now(), &counters);
    let Decoded::Readings(rows) = decoded else { panic!("{decoded:?}") };
    let shown: Vec<_> =
        rows.iter().map(|(c, s)| (c.to_string(), s.time, s.value, s.quality, s.unit.to_string())).collect();
    let t = utc("2026-07-01T00:00:00Z");
    let expected = [
        ("gate.pm25".to_owned(), t, 35.5, Quality::Good, "µg/m³".to_owned()),
        ("gate.LA".to_owned(), t, 61.0, Quality::Bad, "dB(A)".to_owned()),
        ("gate.a01001.avg".to_owned(), t, 21.0, Quality::Good, "°C".to_owned()),
    ];
    assert_eq!(shown, expected);
    let keys: Vec<_> = counters.tally().quarantined.into_keys().collect();
    assert_eq!(keys, ["B00008", "a34004-Foo"]);
    assert!(packet.wants_answer());
    assert!(
        answer(&packet).contains("QN=20260701080030001;ST=91;CN=9014;PW=123456;MN=STATION1;Flag=4;CP=&&&&")
    );

    let stranger = Packet::parse(&segment(5, cp).replace("PW=123456", "PW=1")).unwrap();
    let decoded = Decoder::new(&profiles).unwrap().decode(&stranger, now(), &counters);
    assert_eq!(decoded, Decoded::Refused("a wrong password"));
}

#[test]
fn a_mark_counts_wherever_a_station_puts_it() {
    let profiles = Profiles::default();
    let quality = |cp: &str| {
        let packet = Packet::parse(&segment(4, &format!("DataTime=20260701080000;{cp}"))).unwrap();
        let decoded = Decoder::new(&profiles).unwrap().decode(&packet, now(), &Counters::default());
        let Decoded::Readings(rows) = decoded else { panic!() };
        rows.iter()
            .map(|(id, s)| (id.0.trim_start_matches("STATION1.").to_owned(), s.quality))
            .collect::<Vec<_>>()
    };
    let of = |channel: &str, quality| (channel.to_owned(), quality);
    assert_eq!(quality("LA-Rtd=60,LA-Flag=D"), [of("LA", Quality::Bad)]);
    // Two makers separate values and marks alike; a third marks the packet.
    assert_eq!(
        quality("LA-Rtd=60;LA-Flag=D;L10-Rtd=61;L10-Flag=N"),
        [of("LA", Quality::Bad), of("L10", Quality::Good)]
    );
    assert_eq!(
        quality("LA-Rtd=60;L10-Rtd=61,L10-Flag=N;Flag=D"),
        [of("LA", Quality::Bad), of("L10", Quality::Good)]
    );
}

#[test]
fn what_one_packet_says_of_a_factor_is_stored_each_in_a_channel_of_its_own() {
    let profiles = Profiles::default();
    let kept = |command: u16, cp: &str| {
        let text = segment(4, &format!("DataTime=20260701000000;{cp}"));
        let packet = Packet::parse(&text.replace("CN=2011", &format!("CN={command}"))).unwrap();
        let counters = Counters::default();
        let decoded = Decoder::new(&profiles).unwrap().decode(&packet, now(), &counters);
        let Decoded::Readings(rows) = decoded else { panic!("{decoded:?}") };
        assert_eq!(counters.tally().quarantined.len(), 0, "{:?}", counters.tally());
        let (store, counts) = lantu_live::TimeStore::default().extended(rows.clone());
        assert_eq!((store.n_samples(), counts.duplicates), (rows.len() as u64, 0));
        rows.into_iter()
            .map(|(c, s)| format!("{} {}", c.0.trim_start_matches("STATION1."), s.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kept(2031, "LA-Data=58.1,LA-DayData=60.2,LA-NightData=51.3,LA-Flag=N"),
        ["LA.leq.day 58.1", "LA.ld.day 60.2", "LA.ln.day 51.3"]
    );
    assert_eq!(
        kept(
            2061,
            "a34001-Cou=1,a34001-Min=2,a34001-Avg=3,a34001-Max=4,a34001-ZsMin=5,a34001-ZsAvg=6,a34001-ZsMax=7"
        ),
        [
            "a34001.sum.hour 1",
            "a34001.min.hour 2",
            "a34001.avg.hour 3",
            "a34001.max.hour 4",
            "a34001.zs.min.hour 5",
            "a34001.zs.avg.hour 6",
            "a34001.zs.max.hour 7"
        ]
    );
    assert_eq!(kept(2011, "a34001-Rtd=1,a34001-ZsRtd=2,a34001-Flag=N"), ["a34001 1", "a34001.zs 2"]);
}

/// All four were of midnight; of them the first was kept.
#[test]
fn means_of_a_minute_an_hour_and_a_day_of_one_instant_are_all_stored() {
    let (profiles, counters) = (Profiles::default(), Counters::default());
    let mut decoder = Decoder::new(&profiles).unwrap();
    let mut rows = Vec::new();
    for (command, value) in [(2011, 50), (2051, 51), (2061, 52), (2031, 53)] {
        let cp = format!("DataTime=20260701000000;LA-Avg={value},LA-Min=1;LA-Data={value}");
        let text = segment(4, &cp).replace("CN=2011", &format!("CN={command}"));
        let Decoded::Readings(of_one) = decoder.decode(&Packet::parse(&text).unwrap(), now(), &counters)
        else {
            panic!("{text}")
        };
        rows.extend(of_one);
    }
    let (store, counts) = lantu_live::TimeStore::default().extended(rows);
    assert_eq!((store.n_samples(), counts.duplicates), (12, 0));
    for (channel, value) in [("avg", 50.0), ("avg.minute", 51.0), ("leq.hour", 52.0), ("leq.day", 53.0)] {
        let id = ChannelId(format!("STATION1.LA.{channel}").into());
        assert_eq!(store.value_at(&id, now()).unwrap().value.to_bits(), f64::to_bits(value), "{channel}");
    }
}

#[test]
fn a_clock_off_by_hours_makes_readings_suspect_and_one_off_by_years_is_refused() {
    let profiles = Profiles::default();
    let mut decoder = Decoder::new(&profiles).unwrap();
    let counters = Counters::default();
    let mut decode = |time: &str| {
        let packet = Packet::parse(&segment(4, &format!("DataTime={time};LA-Rtd=60"))).unwrap();
        decoder.decode(&packet, now(), &counters)
    };
    let Decoded::Readings(rows) = decode("20260701110100") else { panic!() };
    assert_eq!(rows[0].1.quality, Quality::OffClock);
    assert_eq!(decode("20160701080000"), Decoded::Refused("a clock that is off by more than a year"));
    assert_eq!(decode("2026070108"), Decoded::Refused("no DataTime that can be read"));
    assert_eq!(decode("20261301080000"), Decoded::Refused("no DataTime that can be read"));
    assert_eq!(counters.tally().clock, 2);
}

#[test]
fn means_and_what_is_sent_again_lie_in_the_past_and_only_a_station_whose_clock_is_off_is_suspect() {
    let profiles = Profiles::default();
    let quality = |qn: &str, command: u16, time: &str| {
        let text = segment(4, &format!("DataTime={time};LA-Avg=60"))
            .replace("QN=20260701080030001", &format!("QN={qn}"))
            .replace("CN=2011", &format!("CN={command}"));
        let (packet, counters) = (Packet::parse(&text).unwrap(), Counters::default());
        let decoded = Decoder::new(&profiles).unwrap().decode(&packet, now(), &counters);
        let Decoded::Readings(rows) = decoded else { panic!("{text}: {decoded:?}") };
        assert_eq!(counters.tally().clock, u64::from(rows[0].1.quality == Quality::OffClock), "{text}");
        rows[0].1.quality
    };
    // It is 08:00:30 there.
    let (now, slow, fast) = ("20260701080030001", "20260701050030001", "20260701110030001");
    for (qn, command, time, expected) in [
        // Yesterday's mean, last week's hours and minutes, and what was measured while the line was down.
        (now, 2031, "20260630000000", Quality::Good),
        (now, 2061, "20260624130000", Quality::Good),
        (now, 2051, "20260624131000", Quality::Good),
        (now, 2011, "20260701030000", Quality::Good),
        // A station that lives three hours ago, or in three hours.
        (slow, 2011, "20260701050030", Quality::OffClock),
        (slow, 2061, "20260701040000", Quality::OffClock),
        (slow, 2031, "20260630000000", Quality::OffClock),
        (fast, 2061, "20260701100000", Quality::OffClock),
        // What lies ahead is measured by nobody, whatever QN says.
        (now, 2061, "20260701120000", Quality::OffClock),
        (now, 2011, "20260701120000", Quality::OffClock),
        // QN that is no time says nothing: real-time values tell by themselves, means do not.
        ("1", 2011, "20260701050000", Quality::OffClock),
        ("20041010000000001", 2011, "20260701080000", Quality::Good),
        ("20041010000000001", 2031, "20260630000000", Quality::Good),
        ("", 2031, "20260630000000", Quality::Good),
    ] {
        assert_eq!(quality(qn, command, time), expected, "{qn} {command} {time}");
    }
}

#[test]
fn later_parts_of_a_divided_packet_have_the_time_of_the_first() {
    let profiles = Profiles::default();
    let mut decoder = Decoder::new(&profiles).unwrap();
    let counters = Counters::default();
    let part = |no: u8, cp: &str| {
        let text = segment(4, cp).replace("Flag=4;", &format!("Flag=6;PNUM=2;PNO={no};"));
        Packet::parse(&text).unwrap()
    };
    let Decoded::Readings(a) =
        decoder.decode(&part(1, "DataTime=20260701080000;LA-Rtd=60"), now(), &counters)
    else {
        panic!()
    };
    let Decoded::Readings(b) = decoder.decode(&part(2, "a01002-Rtd=40"), now(), &counters) else { panic!() };
    assert_eq!(a[0].1.time, b[0].1.time);
}

#[test]
fn a_wrong_packet_costs_itself_only() {
    let good = framed(&segment(4, "DataTime=20260701080000;LA-Rtd=60"));
    let wrong_crc = good.replace("LA-Rtd=60", "LA-Rtd=61");
    let too_long = good.replace("##0", "##9");
    let too_short = good.replace("##01", "##00");
    for wrong in [wrong_crc.as_str(), &too_long, &too_short, "##12a4xyz", "noise", "##0000"] {
        let mut framer = Framer::default();
        framer.push(format!("{good}{wrong}{good}{good}").as_bytes());
        let found = all(&mut framer);
        let n_good = found.iter().filter(|f| matches!(f, Framed::Segment(..))).count();
        assert_eq!(n_good, 3, "{wrong}: {found:?}");
        assert!(found.iter().any(|f| matches!(f, Framed::Refused(_))), "{wrong}: {found:?}");
    }
}

proptest! {
    #[test]
    fn packets_in_any_parts_are_the_same_packets(cuts in prop::collection::vec(0..600_usize, 0..12)) {
        let text: String =
            (0..4).map(|n| framed(&segment(4, &format!("DataTime=2026070108000{n};LA-Rtd=6{n}")))).collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let (mut framer, mut found) = (Framer::default(), Vec::new());
        for pair in cuts.windows(2) {
            framer.push(&text.as_bytes()[pair[0]..pair[1]]);
            found.extend(all(&mut framer));
        }
        prop_assert_eq!(found.len(), 4);
        prop_assert!(found.iter().all(|f| matches!(f, Framed::Segment(..))));
    }

    #[test]
    fn any_bytes_end_without_a_panic_and_a_sound_packet_behind_them_is_read(
        junk in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut framer = Framer::default();
        framer.push(&junk);
        // Two: what claims a length may take the first with it.
        for n in 0..2 {
            framer.push(framed(&segment(4, &format!("DataTime=2026070108000{n};LA-Rtd=60"))).as_bytes());
        }
        framer.push(&vec![b'\n'; 10_000]);
        prop_assert!(all(&mut framer).iter().any(|f| matches!(f, Framed::Segment(..))));
    }
}

#[test]
fn a_station_is_answered_when_its_reading_is_stored_and_not_before() {
    let cancel = CancelToken::default();
    let (sink, receiver) = queue(cancel.clone());
    let counters = std::sync::Arc::clone(&sink.counters);
    let server = Hj212::bind("127.0.0.1:0", Profiles::default(), now).unwrap();
    let address = server.address().unwrap();
    let thread = crate::start(server, sink).unwrap();
    let mut station = TcpStream::connect(address).unwrap();
    let from = station.local_addr().unwrap().to_string();
    let text = framed(&segment(5, "DataTime=20260701080000;LA-Rtd=60;zz-Rtd=1"));
    let (head, tail) = text.split_at(40);
    station.write_all(head.as_bytes()).unwrap();
    station.write_all(tail.as_bytes()).unwrap();
    station.write_all(text.replace("LA-Rtd=60", "LA-Rtd=99").as_bytes()).unwrap();
    let Batch { rows, acknowledge } = receiver.recv().unwrap();
    assert_eq!((rows.len(), rows[0].0.to_string().as_str()), (1, "STATION1.LA"));
    station.set_nonblocking(true).unwrap();
    let mut early = [0_u8; 1];
    assert!(station.read(&mut early).is_err(), "nothing is said before it is stored");
    station.set_nonblocking(false).unwrap();
    acknowledge.unwrap()();
    let mut answer = vec![0_u8; 80];
    station.read_exact(&mut answer).unwrap();
    assert!(String::from_utf8(answer).unwrap().contains("CN=9014"));
    drop(station);
    cancel.cancel();
    thread.join().unwrap().unwrap();
    let tally = counters.tally();
    assert_eq!((tally.messages, tally.readings, tally.rejected), (1, 1, 1));
    let (why, place) = tally.reasons.iter().next().unwrap();
    assert!(why == "a wrong checksum" && (place.n, &place.first) == (1, &from), "{tally:?}");
    assert!(tally.quarantined.contains_key("zz"));
}

/// A station by its name, in GBK as many write: 东 is B6 AB, 西 is CE F7, 站 is D5 BE.
#[test]
fn stations_whose_names_are_written_in_gbk_are_told_apart_and_answered_in_it() {
    let east: &[u8] = b"\xB6\xAB\xD5\xBE";
    let west: &[u8] = b"\xCE\xF7\xD5\xBE";
    let packet = |mn: &[u8]| {
        let text = segment(5, "DataTime=20260701080000;LA-Rtd=60");
        let (before, after) = text.split_once("STATION1").unwrap();
        frame(&[before.as_bytes(), mn, after.as_bytes()].concat())
    };
    let mut framer = Framer::default();
    for mn in [east, west, "东站".as_bytes(), b"\xFF\xFE\xFF"] {
        framer.push(&packet(mn));
    }
    let (profiles, counters) = (Profiles::default(), Counters::default());
    let mut decoder = Decoder::new(&profiles).unwrap();
    let found = all(&mut framer);
    let names: Vec<_> = found
        .iter()
        .filter_map(|framed| {
            let Framed::Segment(text, encoding) = framed else { return None };
            let packet = Packet::parse(text).unwrap();
            let Decoded::Readings(rows) = decoder.decode(&packet, now(), &counters) else { panic!("{text}") };
            Some((rows[0].0.to_string(), packet.answer(*encoding)))
        })
        .collect();
    let told: Vec<_> = names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(told, ["东站.LA", "西站.LA", "东站.LA"]);
    assert_eq!(found[3], Framed::Refused("text that is neither UTF-8 nor GB 18030"));
    for ((_, answer), mn) in names.iter().zip([east, west, "东站".as_bytes()]) {
        assert!(answer.windows(mn.len()).any(|w| w == mn), "{answer:?}");
        let mut own = Framer::default();
        own.push(answer);
        assert!(matches!(own.next_packet(), Some(Framed::Segment(..))), "the checksum is that of the bytes");
    }
}

#[test]
fn a_station_whose_name_is_no_name_of_a_channel_is_refused() {
    let long = "x".repeat(250);
    let (profiles, counters) = (Profiles::default(), Counters::default());
    let decode = |mn: &str| {
        let text = segment(4, "DataTime=20260701080000;LA-Rtd=60").replace("STATION1", mn);
        Decoder::new(&profiles).unwrap().decode(&Packet::parse(&text).unwrap(), now(), &counters)
    };
    for mn in ["a\nb", "a\u{2028}b", "a\u{0}b", "\u{FFFD}\u{FFFD}", &long] {
        let why = "a channel's name that is empty, too long or not text";
        assert_eq!(decode(mn), Decoded::Refused(why), "{mn:?}");
    }
    // With its factor behind it this one is too long.
    assert_eq!(decode(&long[..199]), Decoded::Readings(Vec::new()));
    assert_eq!(counters.tally().rejected, 1);
    assert!(matches!(decode(&long[..197]), Decoded::Readings(rows) if rows.len() == 1));
}

/// What takes longer hangs.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(2);

/// Four clients send as fast as they can, sound packets of a device of their own and rubbish; a station that waits for its
/// answers is served all the while.
#[test]
fn a_station_is_answered_in_time_while_others_flood_the_port() {
    const READINGS: u64 = 30;
    let cancel = CancelToken::default();
    let (sink, receiver) = queue(cancel.clone());
    let counters = std::sync::Arc::clone(&sink.counters);
    let server = Hj212::bind("127.0.0.1:0", Profiles::default(), now).unwrap();
    let address = server.address().unwrap();
    let thread = crate::start(server, sink).unwrap();
    let floods: Vec<_> = (0..4)
        .map(|n| {
            let cancel = cancel.clone();
            let flood = move || {
                let mut stream = TcpStream::connect(address).unwrap();
                let own =
                    segment(4, "DataTime=20260701080000;LA-Rtd=60").replace("STATION1", &format!("FLOOD{n}"));
                let text = framed(&own) + "##9999garbage##0003abc0000\r\n";
                // Whoever is not read from waits: its own buffer is full.
                while !cancel.is_cancelled() && stream.write_all(text.as_bytes()).is_ok() {}
            };
            std::thread::Builder::new().name("flood".into()).spawn(flood).unwrap()
        })
        .collect();
    let writer = std::thread::Builder::new()
        .name("writer".into())
        .spawn(move || {
            let mut n_good = 0;
            for batch in receiver {
                n_good += batch.rows.iter().filter(|(c, _)| c.0.starts_with("STATION1")).count();
                batch.acknowledge.into_iter().for_each(|a| a());
            }
            n_good
        })
        .unwrap();
    // A flood that begins after the station has ended would show nothing.
    let began = std::time::Instant::now();
    while counters.tally().rejected.min(counters.tally().messages) < 100 {
        assert!(began.elapsed() < PATIENCE, "the flood does not arrive: {:?}", counters.tally());
        cancel.pause(std::time::Duration::from_millis(5)).unwrap();
    }
    let mut station = TcpStream::connect(address).unwrap();
    station.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut slowest = std::time::Duration::ZERO;
    for n in 0..READINGS {
        let began = std::time::Instant::now();
        let text = framed(&segment(5, &format!("DataTime=202607010800{n:02};LA-Rtd=60")));
        station.write_all(text.as_bytes()).unwrap();
        let mut answer = vec![0_u8; text_len(&text)];
        station.read_exact(&mut answer).unwrap();
        slowest = slowest.max(began.elapsed());
    }
    cancel.cancel();
    drop(station);
    thread.join().unwrap().unwrap();
    for flood in floods {
        flood.join().unwrap();
    }
    assert_eq!(writer.join().unwrap() as u64, READINGS, "each reading of the station is stored, and once");
    let tally = counters.tally();
    assert!(tally.messages > READINGS, "the flood is counted: {tally:?}");
    // However much it is, it is told in a few lines.
    assert!(tally.reasons.len() < 300, "{}", tally.reasons.len());
    println!(
        "{READINGS} answers beside {} packets and {} refusals, the slowest after {slowest:?}",
        tally.messages, tally.rejected
    );
}

/// Bytes of the answer to a packet.
fn text_len(packet: &str) -> usize {
    let segment = &packet[6..packet.len() - 6];
    answer(&Packet::parse(segment).unwrap()).len()
}

fn answer(packet: &Packet) -> String {
    String::from_utf8(packet.answer(Encoding::Utf8)).unwrap()
}
