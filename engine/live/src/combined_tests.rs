//! Rules over several channels and in space, against readings in any order.

#![expect(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use lantu_base::{ChannelId, UtcNanos};
use proptest::prelude::*;

use crate::arrivals::{disordered, noise};
use crate::timeline::Subject;
use crate::{
    Area, Cause, Channel, Measured, Quality, Sample, SensorRules, SensorState as S, Surroundings, Thing,
    TimeStore, combined_channels, input_curves, shown_state, state_at, transitions,
};

const MINUTE: i64 = 60_000_000_000;
/// 2026-07-01T12:00:00Z: half a day before a day ends.
const T0: i64 = 1_782_907_200_000_000_000;

const RULES: &str = r#"
    version = "t"
    source = "test"
    verification = "none"
    [[rule]]
    id = "near"
    quantity = "near"
    unit = "m"
    per = "thing"
    kinds = ["crane"]
    inputs.gap = { nearest = ["person"], beyond_radius = true, forget_after_s = 3600 }
    inputs.wind = { quantity = "wind", from = "site", unit = "m/s" }
    inputs.depth = { inside = ["*pit*"] }
    statistics.mean = { kind = "mean", of = "wind", window_s = 600 }
    stale_after_periods = 3
    default_period_s = 60
    standard = "none"
    clause = ""
    edition = ""
    verified = false
    raise_after = { samples = 2, of = 3 }
    clear_after = { seconds = 150 }
    level = [
        { name = "a", state = "advisory", value = 20.0, clear = 25.0, below = true, of = "gap" },
        { name = "b", state = "warning", value = 0.0, clear = 2.0, below = true, of = "gap",
          or = [ { of = "mean", value = 12.0, clear = 10.0, and = [ { of = "depth", value = 0.0, clear = -2.0 } ] } ] },
        { name = "c", state = "alarm", value = 0.0, clear = 2.0, below = true, of = "gap",
          and = [ { of = "wind", value = 10.0, clear = 8.0 } ] },
    ]
"#;

fn thing(name: &str, kind: &str, radius_m: f64) -> Thing {
    let (name, kind) = (name.to_owned(), kind.to_owned());
    Thing { name, kind, radius_m, fixed: None, object: None, site: String::new(), period_s: 60.0 }
}

fn wind() -> Channel {
    Channel {
        id: ChannelId("wind-1".into()),
        object: None,
        quantity: "wind".into(),
        unit: "m/s".into(),
        period_s: 60.0,
        shelves: Vec::new(),
        site: String::new(),
        wiring: None,
    }
}

fn judged(rules: &SensorRules) -> Channel {
    let square = vec![[0.0, -30.0], [30.0, -30.0], [30.0, 30.0], [0.0, 30.0]];
    let around = Surroundings {
        channels: &[wind()],
        things: &[thing("crane-1", "crane", 30.0), thing("p1", "person", 0.0), thing("p2", "person", 0.0)],
        areas: &[Area { class: "foundation_pit".into(), rings: vec![square] }],
    };
    let mut all = combined_channels(rules, around);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// A crane that drives, two people who walk and fall silent for a while, and the wind: some days.
fn site(seed: u64, n: i64) -> Vec<(ChannelId, Sample)> {
    let mut next = noise(seed);
    let mut out = Vec::new();
    let things = [thing("crane-1", "crane", 30.0), thing("p1", "person", 0.0), thing("p2", "person", 0.0)];
    for (thing, wide) in things.iter().zip([20.0, 120.0, 90.0]) {
        let (mut x, mut y, mut silent) = (0.0, 0.0, 0);
        for minute in 0..n {
            (x, y) = (x + (next() - 0.5) * 12.0, y + (next() - 0.5) * 12.0);
            (x, y) = (f64::clamp(x, -wide, wide), f64::clamp(y, -wide, wide));
            silent = if next() < 0.004 { (next() * 90.0) as i64 } else { (silent - 1).max(0) };
            if silent > 0 {
                continue;
            }
            // Devices do not measure at the full minute.
            let time = UtcNanos(T0 + minute * MINUTE + (next() * 5.0) as i64 * 1_000_000_000);
            let of = |value: f64| Sample::new(time, value, Quality::Good, "m".into());
            out.extend(thing.tracks().into_iter().zip([of(x), of(y), of(40.0)]));
        }
    }
    let mut v = 8.0;
    for minute in 0..n {
        v = f64::clamp(v + (next() - 0.5) * 3.0, 0.0, 18.0);
        let quality = if next() < 0.02 { Quality::Bad } else { Quality::Good };
        let time = UtcNanos(T0 + minute * MINUTE);
        out.push((wind().id, Sample::new(time, v, quality, "m/s".into())));
    }
    out.sort_by(|a, b| a.1.time.cmp(&b.1.time).then_with(|| a.0.cmp(&b.0)));
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn late_doubled_and_shuffled_readings_of_several_channels_end_in_the_same_alarms_byte_for_byte(
        seed in any::<u64>(),
    ) {
        let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
        let channel = judged(&rules);
        let sorted = site(seed, 2000);
        let end = UtcNanos(T0 + 2200 * MINUTE);
        let log = |store: &TimeStore| {
            format!("{:?}", transitions(store, std::slice::from_ref(&channel), &rules, UtcNanos(T0), end))
        };
        let mut next = noise(seed ^ 1);
        let arriving = disordered(&sorted, &mut next);
        let mut store = TimeStore::default();
        let mid = UtcNanos(T0 + 1000 * MINUTE);
        for batch in arriving.chunks(1511) {
            store = store.extended(batch.to_vec()).0;
            // Questions in between fill the cache, and must not show in the end.
            let _state = state_at(&store, &channel, &rules, mid);
        }
        let straight = TimeStore::default().extended(sorted).0;
        prop_assert_eq!(log(&store), log(&straight));
        let rule = rules.for_quantity("near").unwrap();
        let subject = Subject { store: &straight, channel: &channel, rules: &rules, rule };
        let steps = subject.steps_until(end);
        prop_assert!(steps.len() > 10, "a site on which nothing happens proves nothing");
        for _ in 0..60 {
            let t = UtcNanos(T0 + (next() * 2200.0) as i64 * MINUTE);
            let n = steps.partition_point(|s| s.t <= t.0);
            let expected = n.checked_sub(1).map_or(S::Unknown, |ix| steps[ix].shown.state);
            prop_assert_eq!(shown_state(&store, &channel, &rules, t), expected, "{}", t);
            prop_assert_eq!(state_at(&store, &channel, &rules, t), state_at(&straight, &channel, &rules, t));
        }
        for span in [(T0, end.0), (T0 + 300 * MINUTE, T0 + 360 * MINUTE)] {
            let curves = |store| input_curves(store, &channel, &rules, (UtcNanos(span.0), UtcNanos(span.1)), 480);
            prop_assert_eq!(curves(&store), curves(&straight));
        }
    }

    #[test]
    fn the_curve_of_an_input_is_what_the_rule_read_and_ends_where_it_was_not_known(seed in any::<u64>()) {
        let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
        let channel = judged(&rules);
        let store = TimeStore::default().extended(site(seed, 1500)).0;
        // An hour around midnight, by cells of ten seconds: no two readings of a channel lie in one.
        let span = (UtcNanos(T0 + 690 * MINUTE), UtcNanos(T0 + 750 * MINUTE));
        let curves = input_curves(&store, &channel, &rules, span, 480);
        let names: Vec<_> = curves.iter().map(|c| (c.input.as_str(), c.unit.as_str(), c.limits.len())).collect();
        prop_assert_eq!(names, [("depth", "m", 1), ("gap", "m", 3), ("wind", "m/s", 2)]);
        let read = |t: i64| state_at(&store, &channel, &rules, UtcNanos(t)).inputs;
        for (ix, curve) in curves.iter().enumerate() {
            for run in &curve.runs {
                prop_assert!(run.is_sorted_by(|a, b| a.time < b.time));
                for p in run {
                    let value = read(p.time.0)[ix].value;
                    prop_assert!(value.is_some_and(|v| p.min <= v && v <= p.max), "{} {p:?} {value:?}", curve.input);
                }
            }
            // Whatever is known at a full minute lies in a line, and what is not in none.
            for minute in 690..750 {
                let t = UtcNanos(T0 + minute * MINUTE);
                let known = read(t.0)[ix].value.is_some();
                let within = |run: &Vec<crate::Extent>| run[0].time <= t && t <= run[run.len() - 1].time;
                let drawn = curve.runs.iter().any(within);
                let ends = curve.runs.iter().any(|run| run[run.len() - 1].time <= t);
                prop_assert!(known || !drawn, "{} {t} is drawn and was not known", curve.input);
                prop_assert!(!known || drawn || ends, "{} {t} is not drawn and was known", curve.input);
            }
        }
    }
}

#[test]
fn the_state_says_what_each_input_reads_and_which_one_is_not_known() {
    let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
    let channel = judged(&rules);
    let mut rows = Vec::new();
    let mut put = |thing: &Thing, minute: i64, x: f64| {
        let time = UtcNanos(T0 + minute * MINUTE);
        let of = |value| Sample::new(time, value, Quality::Good, "m".into());
        rows.extend(thing.tracks().into_iter().zip([of(x), of(0.0), of(40.0)]));
    };
    let (crane, worker) = (thing("crane-1", "crane", 30.0), thing("p1", "person", 0.0));
    for minute in 0..8 {
        put(&crane, minute, 100.0);
        put(&worker, minute, if minute < 4 { 10.0 } else { 70.0 });
    }
    for minute in 8..13 {
        put(&crane, minute, 10.0);
        put(&worker, minute, 100.0);
    }
    let store = TimeStore::default().extended(rows).0;
    let at = |m: i64| state_at(&store, &channel, &rules, UtcNanos(T0 + m * MINUTE));
    assert_eq!(at(2).state, S::Normal, "far from the pit and from everybody the wind does not matter");
    let in_pit = at(12);
    assert_eq!((in_pit.state, in_pit.cause), (S::Unknown, Cause::Absent { input: "mean".into() }));
    let inside = at(5);
    assert_eq!((inside.state, inside.level.as_deref(), inside.value), (S::Warning, Some("b"), Some(0.0)));
    assert_eq!(
        inside.cause,
        Cause::Decided { statistic: "gap".into(), unit: "m".into(), value: 0.0, limit: 0.0 }
    );
    let read: Vec<_> = inside.inputs.iter().map(|i| (i.input.as_str(), i.value, i.from.as_str())).collect();
    assert_eq!(read, [("depth", Some(-70.0), "crane-1"), ("gap", Some(0.0), "p1"), ("wind", None, "wind-1")]);
    assert_eq!(at(30).state, S::Unknown, "nobody knows where the crane is");
}

#[test]
fn the_nearest_is_measured_from_above_or_in_space_and_says_which() {
    let crane = thing("crane-1", "crane", 0.0);
    let worker = thing("p1", "person", 0.0);
    let put = |thing: &Thing, at: [Option<f64>; 3]| -> Vec<(ChannelId, Sample)> {
        let of = |value| Sample::new(UtcNanos(T0), value, Quality::Good, "m".into());
        thing.tracks().into_iter().zip(at).filter_map(|(id, v)| Some((id, of(v?)))).collect()
    };
    let read = |in_space: bool, worker_z: Option<f64>| {
        let how = if in_space { "measured = \"in_space\"" } else { "beyond_radius = true" };
        let rules = SensorRules::parse(RULES.replacen("beyond_radius = true", how, 1).as_bytes()).unwrap();
        let around =
            Surroundings { channels: &[wind()], things: &[crane.clone(), worker.clone()], areas: &[] };
        let channel = combined_channels(&rules, around).remove(0);
        let mut rows = put(&crane, [Some(0.0), Some(0.0), Some(40.0)]);
        rows.extend(put(&worker, [Some(3.0), Some(4.0), worker_z]));
        let store = TimeStore::default().extended(rows).0;
        let gap = state_at(&store, &channel, &rules, UtcNanos(T0)).inputs.remove(1);
        (gap.value, gap.measured)
    };
    assert_eq!(read(false, Some(28.0)), (Some(5.0), Some(Measured::FromAbove)));
    assert_eq!(read(true, Some(28.0)), (Some(13.0), Some(Measured::InSpace)));
    assert_eq!(read(true, None), (None, Some(Measured::InSpace)), "nobody knows how high");
    let both = RULES.replacen("beyond_radius = true", "beyond_radius = true, measured = \"in_space\"", 1);
    assert!(SensorRules::parse(both.as_bytes()).is_err(), "a circle has no height");
}

#[test]
fn inputs_that_contradict_their_rule_are_refused() {
    let refuse = |from: &str, to: &str| {
        assert!(RULES.contains(from), "{from}");
        assert!(SensorRules::parse(RULES.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    };
    refuse("inputs.depth = { inside", "inputs.depth = { height = true, inside");
    refuse("kinds = [\"crane\"]", "");
    refuse("per = \"thing\"", "per = \"object\"");
    refuse("of = \"wind\", window_s", "window_s");
    refuse("of = \"gap\" },", "},");
    refuse("of = \"gap\",\n", "of = \"grap\",\n");
    refuse("forget_after_s = 3600", "forget_after_s = -1");
    refuse("unit = \"m/s\" }", "unit = \"m/s\", forget_after_s = 5.0 }");
    refuse("raise_after", "absolute = true\nraise_after");
}
