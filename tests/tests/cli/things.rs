//! People, vehicles and cranes; and how long readings are kept.

use std::fmt::Write as _;

use crate::lantu::Desk;

const THINGS: &str = "channel,object,quantity,unit,period_s,kind,radius_m,x,y,z\n\
    crane-1,,position,m,60,crane,25,455600,4428500,42\n\
    worker-1,,position,m,60,person,,,,\n";

/// A worker who walks east through the circle of the crane, a position a minute, three meters further each time.
fn walk(order: impl Iterator<Item = i32>) -> String {
    order.fold("time,channel,value,unit,quality\n".to_owned(), |mut out, minute| {
        let east = 455_540.0 + f64::from(minute) * 3.0;
        for (axis, value) in [("x", east), ("y", 4_428_500.0), ("z", 42.0)] {
            let (h, m) = (minute / 60, minute % 60);
            writeln!(out, "2026-07-01T{h:02}:{m:02}:00Z,worker-1.{axis},{value},m,0").unwrap();
        }
        out
    })
}

#[test]
fn a_worker_who_walks_through_the_circle_of_a_crane_raises_its_alarm_once_in_whatever_order_positions_come() {
    let mut logs = Vec::new();
    // 41 minutes: every order of them is one of these, and the second also comes twice.
    for order in [(0..=40).collect::<Vec<_>>(), (0..41).map(|k| k * 17 % 41).chain(5..9).collect()] {
        let desk = Desk::new("EPSG:4548");
        let things = desk.write("things.csv", THINGS.as_bytes());
        desk.run("import", &[&things]).expect(0);
        let positions = desk.write("positions.csv", walk(order.into_iter()).as_bytes());
        desk.run("feed", &["--replay", &positions, "--json"]).expect(0);
        let found = desk.run("alarms", &["--json", "--to", "2026-07-01T00:40:00Z"]).expect(0).json();
        let list = found["transitions"].as_array().unwrap().clone();
        let told: Vec<(String, String)> = list
            .iter()
            .map(|t| (t["time"].as_str().unwrap()[11..16].to_owned(), t["to"].as_str().unwrap().to_owned()))
            .collect();
        let said = |time: &str, to: &str| (time.to_owned(), to.to_owned());
        let expected = [
            said("00:10", "advisory"),
            said("00:12", "alarm"),
            said("00:29", "advisory"),
            said("00:31", "normal"),
        ];
        assert_eq!(told, expected, "{found:#}");
        assert_eq!(list[1]["channel"], "people-in-crane-radius@crane-1");
        assert_eq!(list[1]["why"], "gap -1 ≤ 0 m, inside raised");
        assert_eq!(found["alarms"][0]["state"], "latched", "nobody has seen it: {found:#}");
        let channels = desk.run("channels", &["--json", "--time", "2026-07-01T00:20:00Z"]).expect(0).json();
        let judged = &channels["channels"][0];
        assert_eq!((&judged["state"], &judged["value"]), (&"alarm".into(), &(-25.0).into()), "{channels:#}");
        logs.push(list);
    }
    assert_eq!(logs[0], logs[1]);
}

/// A reading an hour for so many days.
fn hours(days: u32, channel: &str, unit: &str, value: impl Fn(u32) -> f64) -> String {
    (0..days * 24).fold(String::new(), |mut out, h| {
        let (day, hour) = (1 + h / 24, h % 24);
        writeln!(out, "2026-07-{day:02}T{hour:02}:00:00Z,{channel},{},{unit},0", value(h)).unwrap();
        out
    })
}

#[test]
fn old_readings_go_by_rule_after_a_dry_run_and_only_where_the_rest_is_judged_as_before() {
    let desk = Desk::new("EPSG:4548");
    let bindings =
        "channel,object,quantity,unit,period_s\ndust-1,a:1,dust,µg/m³,3600\nset-1,a:2,settlement,mm,3600\n";
    let bindings = desk.write("bindings.csv", bindings.as_bytes());
    desk.run("import", &[&bindings]).expect(0);
    let mut text = "time,channel,value,unit,quality\n".to_owned();
    text.push_str(&hours(20, "dust-1", "µg/m³", |h| 40.0 + f64::from(h % 24)));
    // Judged by the change against its first reading, which so must stay.
    text.push_str(&hours(20, "set-1", "mm", |h| -f64::from(h) / 20.0));
    let readings = desk.write("readings.csv", text.as_bytes());
    desk.run("feed", &["--replay", &readings]).expect(0);
    let rules = "version = \"1\"\n[[keep]]\nchannels = [\"dust*\"]\nraw_days = 10\nthen = \"day\"\n\
                 [[keep]]\nquantities = [\"settlement\"]\nraw_days = 10\nthen = \"drop\"\n";
    let rules = desk.write("keep.toml", rules.as_bytes());
    let none = desk.run("retention", &[]).expect(1);
    assert!(none.err.contains("keeps all readings"), "{}", none.err);
    let at = ["--json", "--time", "2026-07-20T12:00:00Z"];
    let before = desk.run("alarms", &["--json"]).expect(0).json();

    let would = desk.run("retention", &[&["--set", &rules], &at[..]].concat()).expect(3).json();
    assert_eq!((&would["readings"], &would["applied"]), (&216.into(), &false.into()), "{would:#}");
    assert_eq!(would["channels"][1]["kept"], "set-1 is judged by readings that would go");
    let n = |desk: &Desk, channel: &str| desk.run("samples", &[channel]).expect(0).out.lines().count() - 1;
    assert_eq!((n(&desk, "dust-1"), n(&desk, "set-1")), (480, 480), "a dry run takes nothing");

    let done = desk.run("retention", &[&["--apply"], &at[..]].concat()).expect(3).json();
    assert_eq!((&done["days"], &done["applied"]), (&9.into(), &true.into()));
    assert_eq!((n(&desk, "dust-1"), n(&desk, "set-1")), (264, 480));
    let largest = desk.run("samples", &["dust-1/day.max"]).expect(0).out;
    assert_eq!(largest.lines().nth(1), Some("2026-07-01T00:00:00Z,63.0,µg/m³,good"));
    assert_eq!(largest.lines().count(), 10);
    let after = desk.run("alarms", &["--json"]).expect(0).json();
    assert_eq!(before, after);
    desk.run("verify", &[]).expect(0);
    let again = desk.run("retention", &[&["--apply"], &at[..]].concat()).expect(3).json();
    assert_eq!(again["readings"], 0, "what was made of days stays: {again:#}");

    let wrong = desk.write(
        "wrong.toml",
        b"version = \"1\"\n[[keep]]\nchannels = [\"a\"]\nraw_days = -1\nthen = \"drop\"\n",
    );
    let refused = desk.run("retention", &["--set", &wrong]).expect(1);
    assert!(refused.err.contains("line 4"), "{}", refused.err);
}
