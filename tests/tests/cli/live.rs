//! Readings, rules and alarms from the command line.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use crate::lantu::{Desk, command, run, text};

const BINDING: &[u8] = b"channel,object,quantity,unit,period_s\nYB-1,girder,strain,\xc2\xb5\xce\xb5,60\n";

fn strain(t: i64) -> f64 {
    let x = t as f64;
    match t {
        0..=240 => 60.0 + 0.25 * x,
        241..=270 if t % 2 == 0 => 123.0,
        241..=270 => 117.0,
        _ => 117.0 - 0.5 * (x - 270.0),
    }
}

/// Six hours of strain, one reading a minute from midnight in Shanghai.
fn six_hours(order: impl Iterator<Item = i64>) -> String {
    order.fold("time,channel,value,unit,quality\n".to_owned(), |mut out, t| {
        writeln!(out, "2026-07-01 {:02}:{:02},YB-1,{},µε,0", t / 60, t % 60, strain(t)).unwrap();
        out
    })
}

/// (local time, to, value) of every change.
fn changes(desk: &Desk) -> Vec<(String, String, f64)> {
    let alarms = desk.run("alarms", &["--json"]).expect(0).json();
    let list = alarms["transitions"].as_array().unwrap();
    list.iter()
        .map(|t| {
            // UTC is eight hours behind: 16:00 the day before is midnight.
            let time = t["time"].as_str().unwrap();
            let (h, m) = (time[11..13].parse::<u32>().unwrap(), &time[14..16]);
            (
                format!("{:02}:{m}", (h + 8) % 24),
                t["to"].as_str().unwrap().to_owned(),
                t["value"].as_f64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_replay_in_any_order_raises_and_clears_two_levels_at_the_known_minutes() {
    let desk = Desk::new("EPSG:4547");
    let bindings = desk.write("bindings.csv", BINDING);
    desk.run("import", &[&bindings]).expect(0);
    let sorted = desk.write("sorted.csv", six_hours(0..=360).as_bytes());
    // Shuffled, and every tenth twice: 47 and 361 have no common divisor.
    let shuffled = six_hours((0..361).map(|k| k * 47 % 361).chain((0..36).map(|k| k * 10)));
    let shuffled = desk.write("shuffled.csv", shuffled.as_bytes());
    let fed = desk.run("feed", &["--replay", &shuffled, "--json"]).expect(0).json();
    assert_eq!((&fed["stored"], &fed["duplicates"]), (&361.into(), &36.into()), "{fed}");
    let expected = [
        ("02:42", "advisory", 100.5),
        ("04:04", "warning", 123.0),
        ("04:39", "advisory", 112.5),
        ("05:19", "normal", 92.5),
    ]
    .map(|(t, to, v)| (t.to_owned(), to.to_owned(), v));
    assert_eq!(changes(&desk), expected);
    let again = desk.run("feed", &["--replay", &sorted, "--json"]).expect(0).json();
    assert_eq!((&again["stored"], &again["duplicates"]), (&0.into(), &361.into()), "{again}");
    assert_eq!(changes(&desk), expected);
    desk.run("verify", &[]).expect(0);

    let channels = desk.run("channels", &["--time", "2026-07-01 04:10", "--json"]).expect(0).json();
    let c = &channels["channels"][0];
    assert_eq!(
        (&c["state"], &c["value"], &c["bound_to"]),
        (&"warning".into(), &123.0.into(), &"girder".into())
    );
    let out = desk
        .run(
            "samples",
            &["YB-1", "--from", "2026-07-01 04:04", "--to", "2026-07-01 04:05", "--format", "csv"],
        )
        .expect(0)
        .out;
    assert_eq!(
        out,
        "time,value,unit,quality\n2026-06-30T20:04:00Z,123.0,µε,good\n2026-06-30T20:05:00Z,117.0,µε,good\n"
    );
    let columns = desk.run("samples", &["YB-1", "--columns", "4"]).expect(0).out;
    assert_eq!(columns.lines().count(), 5, "{columns}");
}

#[test]
fn an_alarm_is_acknowledged_and_shelved_with_who_and_why() {
    let desk = Desk::new("EPSG:4547");
    let bindings = desk.write("bindings.csv", BINDING);
    let readings = desk.write("readings.csv", six_hours(0..=250).as_bytes());
    desk.run("import", &[&bindings, &readings]).expect(0);
    let done = ["--by", "Li", "--why", "seen on site", "--time", "2026-07-01 04:08"];
    let ack = |id: &str| {
        let mut args = vec!["--ack", id];
        args.extend(done);
        desk.run("alarms", &args)
    };
    let wrong = ack("nothing");
    assert!(wrong.code == 1 && wrong.err.contains("no alarm") && wrong.err.contains("`lantu alarms`"));
    let chinese = desk.run("alarms", &["--lang", "zh-CN"]).expect(0).out;
    assert!(chinese.contains("触发") && !chinese.contains("raised"), "{chinese}");
    assert_eq!(desk.run("alarms", &["--ack", "YB-1"]).code, 2, "who and why are asked for");
    let said = ack("YB-1").expect(0).out;
    assert_eq!(said.lines().count(), 2, "what was done, and not everything that ever happened: {said}");
    assert!(said.lines().nth(1).unwrap().ends_with("YB-1,,,,acknowledged,,seen on site,Li"), "{said}");
    let alarms = desk.run("alarms", &["--json"]).expect(0).json();
    assert_eq!(alarms["alarms"][0]["state"], "acknowledged", "{alarms}");
    let last = alarms["transitions"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["by"], &last["why"]), (&"Li".into(), &"seen on site".into()));
    let mut args = vec!["--shelve", "YB-1", "--until", "2026-07-01 05:00"];
    args.extend(done);
    desk.run("alarms", &args).expect(0);
    let state = |time: &str| {
        desk.run("channels", &["--time", time, "--json"]).expect(0).json()["channels"][0]["state"].clone()
    };
    assert_eq!((state("2026-07-01 04:07"), state("2026-07-01 04:09")), ("warning".into(), "shelved".into()));
    desk.run("verify", &[]).expect(0);
}

#[test]
fn shipped_rules_pass_their_fixtures_and_a_wrong_fixture_or_rule_fails_by_name() {
    let shipped = run(&["rules", "test"]).expect(0).out;
    assert!(shipped.trim_end().ends_with(" 0 failed"), "{shipped}");
    let folder = tempfile::tempdir().unwrap();
    let rules = lantu_support::workspace_root().join("assets/rules");
    let fixtures = std::fs::read_to_string(rules.join("sensor_levels.fixtures.toml")).unwrap();
    std::fs::copy(rules.join("sensor_levels.toml"), folder.path().join("a.toml")).unwrap();
    let wrong = fixtures.replacen("minute = 162,", "minute = 163,", 1);
    std::fs::write(folder.path().join("a.fixtures.toml"), wrong).unwrap();
    let failed = run(&["rules", "test", text(folder.path())]).expect(4).out;
    assert!(failed.contains("six hours of strain") && failed.trim_end().ends_with(" 1 failed"), "{failed}");
    let unclear =
        std::fs::read_to_string(rules.join("sensor_levels.toml")).unwrap().replacen(", clear = 63.0", "", 1);
    std::fs::write(folder.path().join("a.toml"), unclear).unwrap();
    let failed = run(&["rules", "test", text(folder.path())]).expect(4).out;
    assert!(failed.contains("missing field `clear`"), "{failed}");
}

/// A cube of concrete is taken on one day and crushed on another: `lantu samples` tells both, after the feed has ended and the
/// project was opened anew.
#[test]
fn the_time_of_a_result_is_stored_beside_that_of_its_reading() {
    let desk = Desk::new("EPSG:4547");
    let csv = "time,channel,value,unit,result_time\n2026-06-01T08:00:00Z,cube,41.5,MPa,2026-06-29T09:30:00Z\n\
               2026-06-02T08:00:00Z,cube,43,MPa,\n2026-06-01T08:00:00Z,cube,41.5,MPa,2026-06-30T09:30:00Z\n\
               2026-06-01T08:00:00Z,wind,7,m/s,\n";
    let file = desk.write("readings.csv", csv.as_bytes());
    let told = desk.run("feed", &["--replay", &file, "--json"]).expect(0).json();
    assert_eq!((&told["stored"], &told["duplicates"]), (&3.into(), &1.into()), "{told}");
    let samples = desk.run("samples", &["cube"]).expect(0).out;
    let expected = "time,value,unit,quality,result_time\n\
                    2026-06-01T08:00:00Z,41.5,MPa,good,2026-06-29T09:30:00Z\n\
                    2026-06-02T08:00:00Z,43.0,MPa,good,\n";
    assert_eq!(samples, expected, "of two that say the same the earlier result counts");
    assert!(desk.run("samples", &["wind"]).expect(0).out.starts_with("time,value,unit,quality\n"));
}

#[test]
fn unusual_readings_are_listed_with_their_reason() {
    let desk = Desk::new("EPSG:4547");
    let mut csv = "time,channel,value,unit\n".to_owned();
    for n in 0..900 {
        let value = (f64::from(n) / 24.0).sin() + f64::from(n * 7919 % 13) * 0.01;
        let (hour, minute) = (n / 60, n % 60);
        let value = if n == 700 { 4.0 } else { value };
        writeln!(csv, "2026-06-01T{hour:02}:{minute:02}:00Z,a,{value},mm").unwrap();
    }
    writeln!(csv, "2026-06-01T00:00:00Z,b,1,mm").unwrap();
    let file = desk.write("readings.csv", csv.as_bytes());
    desk.run("feed", &["--replay", &file]).expect(0);
    let told = desk.run("samples", &["a", "--unusual", "--from", "2026-06-01T05:00:00Z"]).expect(0).out;
    let rows: Vec<&str> = told.lines().collect();
    assert_eq!(rows[0], "time,value,score,what,by");
    assert!(rows[1].starts_with("2026-06-01T11:40:00Z,4.0,") && rows[1].contains(",jump,"), "{told}");
    let few = desk.run("samples", &["b", "--unusual"]);
    assert!(few.code == 1 && few.err.contains("too few to know what is usual"), "{few:?}");
}

#[test]
fn a_forecast_has_an_interval_and_is_refused_where_nothing_moves() {
    let desk = Desk::new("EPSG:4547");
    let mut csv = "time,channel,value,unit\n".to_owned();
    for day in 1..=28 {
        let wobble = f64::from(day * 7 % 5) / 10.0;
        writeln!(csv, "2026-06-{day:02},moves,{},mm", f64::from(day) * 0.5 + wobble).unwrap();
        writeln!(csv, "2026-06-{day:02},rests,{},mm", f64::from(day * 13 % 7)).unwrap();
    }
    let file = desk.write("readings.csv", csv.as_bytes());
    desk.run("feed", &["--replay", &file]).expect(0);
    let made = desk.run("forecast", &["moves", "--threshold", "30", "--json"]).expect(0).json();
    let crossing = made["crossing"].as_str().unwrap();
    // 0.5 mm a day and 0.2 mm in the mean: 30 mm after 59.6 days from the last of May.
    assert!(crossing.starts_with("2026-07-2") || crossing.starts_with("2026-07-3"), "{made}");
    assert!(made["slope_interval"][0].as_f64().unwrap() > 0.4, "{made}");
    let refused = desk.run("forecast", &["rests", "--threshold", "30", "--json"]).expect(0).json();
    assert_eq!(refused["refused"], "the interval of the slope holds zero", "{refused}");
    assert_eq!(desk.run("forecast", &["nobody", "--threshold", "30"]).code, 1);
}

#[test]
fn a_station_that_calls_in_is_answered_and_its_reading_is_in_the_project() {
    let desk = Desk::new("EPSG:4547");
    // The time of the packet lies years from now: the clock of the station is wrong, or ours is.
    // Beside a service that nobody offers: one source does not disturb another.
    let service = ["--sensorthings", "http://127.0.0.1:9/v1.1"];
    let mut child = command(&["feed", &desk.project, "--hj212", "127.0.0.1:0", "--json"])
        .args(service)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stderr.take().unwrap());
    let mut address = String::new();
    out.read_line(&mut address).unwrap();
    let mut station = TcpStream::connect(address.trim()).unwrap();
    let send = |station: &mut TcpStream, cp: &str| {
        let segment = format!("QN=1;ST=22;CN=2011;PW=1;MN=S1;Flag=5;CP=&&{cp}&&");
        let mut crc = 0xFFFF_u16;
        for b in segment.bytes() {
            crc = (crc >> 8) ^ u16::from(b);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
            }
        }
        write!(station, "##{:04}{segment}{crc:04X}\r\n", segment.len()).unwrap();
    };
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let t = lantu_base::UtcNanos(i64::try_from(since).unwrap() * 1_000_000_000);
    let zone = lantu_base::TimeZoneName::new("Asia/Shanghai").unwrap();
    let local = t.local_minute(&zone).replace(['-', ' ', ':'], "") + "00";
    send(&mut station, "DataTime=20010101000000;LA-Rtd=60");
    send(&mut station, &format!("DataTime={local};LA-Rtd=61.5,LA-Flag=N"));
    let mut answer = [0_u8; 40];
    station.read_exact(&mut answer).unwrap();
    // Answered is stored: what happens to the process now does not matter.
    child.kill().unwrap();
    child.wait().unwrap();
    let channels = desk.run("channels", &["--json"]).expect(0).json();
    let list = channels["channels"].as_array().unwrap();
    assert_eq!(
        (list.len(), &list[0]["channel"], &list[0]["value"]),
        (1, &"S1.LA".into(), &61.5.into()),
        "{channels}"
    );
    // The next feed takes the journal up, and leaves one file that is whole.
    let more = desk.write("more.csv", b"time,channel,value\n2026-07-01,x,1\n");
    desk.run("feed", &["--replay", &more]).expect(0);
    desk.run("verify", &[]).expect(0);
    let channels = desk.run("channels", &["--json"]).expect(0).json();
    assert_eq!(channels["channels"].as_array().unwrap().len(), 2);
}

#[test]
fn lint_lists_bindings_that_lead_nowhere_doubles_and_units_that_do_not_compare() {
    let desk = Desk::new("EPSG:4547");
    let text = "channel,object,quantity,unit,period_s\nYB-1,girder,strain,kPa,60\nYB-2,girder,magic,,60\n";
    let bindings = desk.write("bindings.csv", text.as_bytes());
    // A crane, and a worker who moves: where they are, and how near, is nothing to look at.
    let text = "channel,object,quantity,unit,period_s,kind,radius_m,x,y,z\n\
        Q-1,,position,m,60,crane,35,500000,4400000,42\nW-1,,position,m,60,person,,,,\n";
    let things = desk.write("things.csv", text.as_bytes());
    desk.run("import", &[&bindings, &things]).expect(0);
    let mut rows = "time,channel,value,unit,quality\n".to_owned();
    for channel in ["YB-1", "YB-3", "W-1.x", "W-1.y"] {
        for minute in 0..20 {
            writeln!(rows, "2026-07-01 08:{minute:02},{channel},{minute},,0").unwrap();
        }
    }
    let rows = desk.write("rows.csv", rows.as_bytes());
    desk.run("feed", &["--replay", &rows]).expect(0);
    let found = desk.run("channels", &["--lint", "--json"]).expect(3).json();
    let list = found["findings"].as_array().unwrap();
    let got: Vec<String> = list
        .iter()
        .map(|f| format!("{} {}", f["channel"].as_str().unwrap(), f["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        got,
        [
            "YB-1 orphan_object",
            "YB-1 unit_mismatch",
            "YB-2 no_rule",
            "YB-2 no_samples",
            "YB-2 orphan_object",
            "YB-3 double_series",
            "YB-3 unbound_series",
        ]
    );
}

#[test]
fn a_project_judges_by_rules_of_its_own_until_it_takes_the_shipped_ones_again() {
    let desk = Desk::new("EPSG:4547");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let readings = write("readings.csv", "time,channel,value,unit\n2026-07-01T00:00:00Z,c,12,mm\n");
    let bindings = write("bindings.csv", "channel,object,quantity,unit,period_s\nc,dam:1,seepage,mm,3600\n");
    desk.run("import", &[&readings, &bindings]).expect(0);
    let state = || {
        let all = desk.run("channels", &["--json"]).expect(0).json();
        all["channels"][0]["state"].as_str().unwrap().to_owned()
    };
    let shipped = state();
    let rule = |clear: &str| {
        format!(
            "version = \"site-7\"\nsource = \"plan\"\nverification = \"verified\"\n[[rule]]\nid = \"seepage\"\n\
             quantity = \"seepage\"\nunit = \"mm\"\nstale_after_periods = 3\ndefault_period_s = 3600\nstandard = \"plan\"\n\
             clause = \"4\"\nedition = \"2026\"\nverified = true\n\
             level = [{{ name = \"A\", state = \"warning\", value = 10.0{clear} }}]\n"
        )
    };
    let own = write("own.toml", &rule(", clear = 9.0"));
    run(&["rules", "use", &desk.project, &own]).expect(0);
    assert_ne!(shipped, "warning");
    assert_eq!(state(), "warning");
    assert_eq!(run(&["rules", "show", &desk.project]).expect(0).out, rule(", clear = 9.0"));
    // A wrong file, and one whose fixtures do not hold, change nothing.
    let wrong = write("wrong.toml", &rule(""));
    assert_eq!(run(&["rules", "use", &desk.project, &wrong]).code, 4);
    assert_eq!(state(), "warning");
    run(&["rules", "use", &desk.project, "--shipped"]).expect(0);
    assert_eq!(state(), shipped);
    assert!(run(&["rules", "show", &desk.project]).expect(0).out.contains("noise-construction-site"));
}
