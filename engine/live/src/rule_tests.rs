//! Rules against series whose states are known.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::float_cmp,
    reason = "numbers of a test are small, and these values have no rounding"
)]

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use proptest::prelude::*;

use crate::arrivals::{disordered, noise};
use crate::shown_state;
use crate::timeline::Subject;
use crate::{
    Cause, Channel, Doubt, Quality, Sample, SensorRules, SensorState, SensorState as S, TimeStore, state_at,
};

const MINUTE: i64 = 60_000_000_000;
/// 2026-07-01T00:00:00Z.
const T0: i64 = 1_782_864_000_000_000_000;

fn rules(body: &str) -> SensorRules {
    let text = format!(
        r#"
        version = "t"
        source = "test"
        verification = "none"
        [[rule]]
        id = "r"
        quantity = "q"
        unit = "u"
        stale_after_periods = 3
        default_period_s = 60
        standard = "none"
        clause = ""
        edition = ""
        verified = false
        {body}
        "#
    );
    SensorRules::parse(text.as_bytes()).unwrap()
}

fn channel() -> Channel {
    Channel {
        id: ChannelId("c".into()),
        object: None,
        quantity: "q".into(),
        unit: "u".into(),
        period_s: 60.0,
        shelves: Vec::new(),
        site: String::new(),
        wiring: None,
    }
}

fn sample(t: i64, value: f64) -> (ChannelId, Sample) {
    (ChannelId("c".into()), Sample::new(UtcNanos(t), value, Quality::Good, "".into()))
}

fn minutes(values: impl IntoIterator<Item = f64>) -> TimeStore {
    let rows = values.into_iter().zip(0..).map(|(v, ix)| sample(T0 + ix * MINUTE, v)).collect();
    TimeStore::default().extended(rows).0
}

/// (minute since `T0`, state) of every change until `end_minute`.
fn changes(store: &TimeStore, rules: &SensorRules, end_minute: i64) -> Vec<(i64, SensorState)> {
    let channel = channel();
    let rule = rules.for_quantity("q").unwrap();
    let subject = Subject { store, channel: &channel, rules, rule };
    let steps = subject.steps_until(UtcNanos(T0 + end_minute * MINUTE));
    steps.iter().map(|s| ((s.t - T0).div_euclid(MINUTE), s.shown.state)).collect()
}

fn strain(t: i64) -> f64 {
    let x = t as f64;
    match t {
        0..=240 => 60.0 + 0.25 * x,
        241..=270 if t % 2 == 0 => 123.0,
        241..=270 => 117.0,
        _ => 117.0 - 0.5 * (x - 270.0),
    }
}

const STRAIN: &str = r#"
    level = [
        { name = "L1", state = "advisory", value = 100.0, clear = 95.0 },
        { name = "L2", state = "warning", value = 120.0, clear = 115.0 },
    ]
    raise_after = { samples = 3, of = 5 }
    clear_after = { samples = 5, of = 5 }
"#;

#[test]
fn six_hours_of_strain_raise_and_clear_at_four_known_minutes() {
    let store = minutes((0..=360).map(strain));
    let rules = rules(STRAIN);
    let expected =
        [(0, S::Normal), (162, S::Advisory), (244, S::Warning), (279, S::Advisory), (319, S::Normal)];
    assert_eq!(changes(&store, &rules, 360), expected);
    let values = [162, 244, 279, 319].map(strain);
    assert_eq!(values, [100.5, 123.0, 112.5, 92.5]);
}

#[test]
fn bare_thresholds_change_the_same_series_thirty_four_times() {
    let store = minutes((0..=360).map(strain));
    let bare = STRAIN.replace("clear = 95.0", "clear = 100.0").replace("clear = 115.0", "clear = 120.0");
    let bare = bare.lines().filter(|l| !l.contains("_after")).collect::<Vec<_>>().join("\n");
    assert_eq!(changes(&store, &rules(&bare), 360).len() - 1, 34, "all but the first state");
}

#[test]
fn what_reaches_a_level_too_briefly_is_pending_and_what_leaves_it_briefly_is_clearing() {
    let (store, rules) = (minutes((0..=360).map(strain)), rules(STRAIN));
    let at = |m: i64| state_at(&store, &channel(), &rules, UtcNanos(T0 + m * MINUTE));
    assert_eq!((at(161).state, at(161).cause), (SensorState::Normal, Cause::Pending { limit: 100.0 }));
    assert_eq!((at(162).state, at(162).cause), (SensorState::Advisory, Cause::Raised { limit: 100.0 }));
    assert_eq!((at(278).state, at(278).cause), (SensorState::Warning, Cause::Clearing { clear: 115.0 }));
    assert_eq!((at(271).state, at(271).cause), (SensorState::Warning, Cause::Held { clear: 115.0 }));
}

const TEN: &str = r#"level = [ { name = "high", state = "alarm", value = 10.0, clear = 8.0 } ]"#;

#[test]
fn a_delay_in_seconds_ends_by_the_clock_without_another_reading() {
    let rules = rules(&format!("{TEN}\nraise_after = {{ seconds = 90 }}\nclear_after = {{ seconds = 90 }}"));
    let store = minutes([1.0, 11.0, 12.0, 12.0, 1.0, 1.0, 1.0]);
    let channel = channel();
    let at = |s: i64| state_at(&store, &channel, &rules, UtcNanos(T0 + s * 1_000_000_000)).state;
    assert_eq!(
        (at(149), at(150), at(329), at(330)),
        (SensorState::Normal, SensorState::Alarm, SensorState::Alarm, SensorState::Normal)
    );
    // One reading below in between and it starts again.
    let store = minutes([1.0, 11.0, 9.0, 12.0, 12.0]);
    assert_eq!(changes(&store, &rules, 5), [(0, SensorState::Normal), (4, SensorState::Alarm)]);
}

#[test]
fn silence_ends_by_the_clock_and_what_lasted_before_it_does_not_count() {
    let rules = rules(&format!("{TEN}\nraise_after = {{ seconds = 600 }}"));
    let rows = vec![sample(T0, 11.0), sample(T0 + 9 * MINUTE, 11.0), sample(T0 + 10 * MINUTE, 11.0)];
    let store = TimeStore::default().extended(rows).0;
    let expected = [
        (0, SensorState::Normal),
        (3, SensorState::Stale),
        (9, SensorState::Normal),
        (13, SensorState::Stale),
    ];
    assert_eq!(changes(&store, &rules, 60), expected);
}

#[test]
fn a_mean_over_fifteen_minutes_hides_a_gust_and_the_energy_mean_does_not_hide_a_blast() {
    let mean = rules(
        r#"statistics = { mean15 = { kind = "mean", window_s = 900, min_samples = 15 } }
        level = [ { name = "wind", state = "alarm", value = 10.0, clear = 9.0, of = "mean15" } ]"#,
    );
    let mut gust = vec![5.0; 60];
    gust[30] = 60.0;
    assert_eq!(changes(&minutes(gust), &mean, 59), [(0, SensorState::Normal)]);
    let storm = (0..60).map(|m| if m < 30 { 5.0 } else { 15.0 });
    // Fifteen readings with k of 15.0 and the others of 5.0 reach 10.0 at k = 8: minute 37.
    assert_eq!(changes(&minutes(storm), &mean, 59), [(0, SensorState::Normal), (37, SensorState::Alarm)]);

    let leq = rules(
        r#"statistics = { leq = { kind = "leq", window_s = 900 } }
        level = [ { name = "noise", state = "alarm", value = 70.0, clear = 65.0, of = "leq" } ]"#,
    );
    // 90 dB once in fifteen: 10·lg((10⁹ + 14·10⁵) / 15) = 78.2 dB; the arithmetic mean is 52.7.
    let store = minutes((0..40).map(|m| if m == 20 { 90.0 } else { 50.0 }));
    assert_eq!(
        changes(&store, &leq, 39),
        [(0, SensorState::Normal), (20, SensorState::Alarm), (35, SensorState::Normal)]
    );
    let s = state_at(&store, &channel(), &leq, UtcNanos(T0 + 30 * MINUTE));
    let Cause::Decided { statistic, value, limit, .. } = s.cause else { panic!("{s:?}") };
    assert_eq!((statistic.as_str(), limit), ("leq", 70.0));
    assert!((value - 78.245).abs() < 0.001, "{value}");
}

#[test]
fn a_pit_moves_too_far_or_too_fast() {
    let pit = rules(
        r#"absolute = true
        statistics = { total = { kind = "change" }, pace = { kind = "rate", window_s = 7200, per_s = 86400 } }
        level = [ { name = "pit", state = "alarm", value = 30.0, clear = 29.0, of = "total",
                    or = [ { of = "pace", value = 3.0, clear = 2.5 } ] } ]"#,
    );
    // 2 mm a day: 30 mm after 15 days, never too fast; read once an hour.
    let hour = 60 * MINUTE;
    let slow: Vec<_> = (0..24 * 16).map(|h| sample(T0 + h * hour, 100.0 - h as f64 / 12.0)).collect();
    let fast: Vec<_> =
        (0..48).map(|h| sample(T0 + h * hour, if h < 24 { 0.0 } else { (h - 24) as f64 / 4.0 })).collect();
    let slow_pit = TimeStore::default().extended(slow).0;
    let fast_pit = TimeStore::default().extended(fast).0;
    let hourly = Channel { period_s: 3600.0, ..channel() };
    let first = |store: &TimeStore| {
        let subject = Subject { store, channel: &hourly, rules: &pit, rule: pit.for_quantity("q").unwrap() };
        let steps = subject.steps_until(UtcNanos(T0 + 24 * 16 * hour));
        steps.iter().find(|s| s.shown.state == SensorState::Alarm).map(|s| (s.t - T0) / hour)
    };
    assert_eq!((first(&slow_pit), first(&fast_pit)), (Some(360), Some(25)));
}

#[test]
fn the_loudest_moment_of_a_night_counts_until_the_night_ends() {
    let night = rules(
        r#"statistics = { loudest = { kind = "max", hours = { from_minute = 1320, to_minute = 360 } } }
        level = [ { name = "night", state = "alarm", value = 70.0, clear = 70.0, of = "loudest" } ]"#,
    )
    .in_zone(&TimeZoneName::new("Asia/Shanghai").unwrap());
    // 12:00Z is 20:00 in Shanghai: 80 dB then is evening; at 15:00Z, 23:00 there, it is night until 22:00Z.
    let store = minutes((0..26 * 60).map(|m| if m == 12 * 60 || m == 15 * 60 { 80.0 } else { 50.0 }));
    let expected = [(0, SensorState::Normal), (15 * 60, SensorState::Alarm), (22 * 60, SensorState::Normal)];
    assert_eq!(changes(&store, &night, 26 * 60 - 1), expected);
}

#[test]
fn people_on_site_outside_of_working_hours_are_told_on_the_right_days() {
    let hours = rules(
        r#"level = [ { name = "people", state = "warning", value = 1.0, clear = 1.0,
            and = [ { hours = { from_minute = 420, to_minute = 1140, weekdays = [1, 2, 3, 4, 5], outside = true } } ] } ]"#,
    )
    .in_zone(&TimeZoneName::new("Asia/Shanghai").unwrap());
    // 2026-07-01 is a Wednesday; somebody is always there. 07:00 to 19:00 there is 23:00Z to 11:00Z.
    let store = minutes(std::iter::repeat_n(2.0, 5 * 1440));
    let day = 1440;
    let expected = [
        (0, S::Normal),
        (660, S::Warning),
        (23 * 60, S::Normal),
        (day + 660, S::Warning),
        (day + 23 * 60, S::Normal),
        (2 * day + 660, S::Warning),
        (4 * day + 23 * 60, S::Normal),
    ];
    assert_eq!(
        changes(&store, &hours, 5 * 1440 - 1),
        expected,
        "from Friday evening to Monday morning nobody works"
    );
}

#[test]
fn small_values_are_dangerous_where_the_rule_says_so() {
    let low =
        rules(r#"level = [ { name = "low", state = "alarm", value = 2.0, clear = 3.0, below = true } ]"#);
    let store = minutes([5.0, 2.0, 2.9, 3.0, 3.1]);
    assert_eq!(
        changes(&store, &low, 4),
        [(0, SensorState::Normal), (1, SensorState::Alarm), (4, SensorState::Normal)]
    );
}

#[test]
fn readings_that_cannot_be_are_suspect_and_raise_nothing() {
    let odd = rules(&format!("{TEN}\nsuspect = {{ min = -50.0, max = 1e6, spike = 20.0, flat_s = 300.0 }}"));
    let channel = channel();
    let check = |values: &[f64], expected: SensorState, doubt: Option<Doubt>| {
        let t = UtcNanos(T0 + (values.len() as i64 - 1) * MINUTE);
        let s = state_at(&minutes(values.iter().copied()), &channel, &odd, t);
        assert_eq!(s.state, expected, "{values:?}");
        if let Some(doubt) = doubt {
            assert_eq!(s.cause, Cause::Doubted(doubt), "{values:?}");
        }
    };
    check(&[5.0, 1e29], SensorState::Suspect, Some(Doubt::OutOfRange(1e6)));
    check(&[5.0, 30.0], SensorState::Suspect, Some(Doubt::Spike(25.0)));
    check(&[5.0, 30.0, 5.1], SensorState::Normal, None);
    check(&[5.0, 30.0, 30.5], SensorState::Alarm, None);
    check(&[5.0; 6], SensorState::Suspect, Some(Doubt::Flat(300.0)));
    check(&[5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.1], SensorState::Normal, None);
    let mut clock = sample(T0, 99.0);
    clock.1.quality = Quality::BadClock;
    let s = state_at(&TimeStore::default().extended(vec![clock]).0, &channel, &odd, UtcNanos(T0));
    assert_eq!((s.state, s.cause), (SensorState::Suspect, Cause::Doubted(Doubt::Clock)));
}

#[test]
fn rules_without_a_clear_level_or_with_impossible_parts_are_refused() {
    let refuse = |body: &str| {
        let text = format!(
            "version='t'\nsource=''\nverification=''\n[[rule]]\nid='r'\nquantity='q'\nunit='u'\nstale_after_periods=3\n\
             default_period_s=60\nstandard=''\nclause=''\nedition=''\nverified=false\n{body}"
        );
        assert!(SensorRules::parse(text.as_bytes()).is_err(), "{body}");
    };
    refuse("level = [ { name = 'a', state = 'alarm', value = 10.0 } ]");
    refuse("level = [ { name = 'a', state = 'alarm', value = 10.0, clear = 9.0, of = 'mean' } ]");
    refuse("level = [ { name = 'a', state = 'alarm', value = 10.0, clear = 11.0 } ]");
    refuse("level = [ { name = 'a', state = 'alarm', value = 10.0, clear = 9.0, below = true } ]");
    refuse(
        "level = [ { name = 'a', state = 'alarm', value = 10.0, clear = 9.0, and = [ { value = 1.0 } ] } ]",
    );
    refuse(&format!("{TEN}\nraise_after = {{ samples = 3, of = 2 }}"));
    refuse(&format!("{TEN}\nraise_after = {{ samples = 3, of = 65 }}"));
    refuse(&format!("{TEN}\nraise_after = {{ seconds = -1.0 }}"));
    refuse(&format!("{TEN}\nstatistics = {{ m = {{ kind = 'mean' }} }}"));
    refuse(&format!("{TEN}\nsuspect = {{ min = 5.0, max = 4.0 }}"));
}

/// A series of some days with gaps, bursts, doubtful readings and night levels.
fn busy() -> &'static str {
    r#"
    night = { from_minute = 1320, to_minute = 360 }
    statistics = { mean = { kind = "mean", window_s = 600 }, pace = { kind = "rate", window_s = 600, per_s = 60 } }
    raise_after = { samples = 2, of = 3 }
    clear_after = { seconds = 240 }
    suspect = { max = 190.0, spike = 150.0, flat_s = 1200.0 }
    level = [
        { name = "a", state = "advisory", value = 100.0, clear = 90.0, night_value = 80.0, night_clear = 70.0 },
        { name = "b", state = "warning", value = 120.0, clear = 100.0, of = "mean", or = [ { of = "pace", value = 30.0, clear = 5.0 } ] },
        { name = "c", state = "alarm", value = 150.0, clear = 140.0 },
    ]
    "#
}

fn series(seed: u64, n: usize) -> Vec<(ChannelId, Sample)> {
    let mut next = noise(seed);
    let (mut t, mut v) = (T0, 80.0);
    (0..n)
        .map(|_| {
            t += MINUTE * if next() < 0.02 { 30 } else { 1 };
            v = (v + (next() - 0.5) * 30.0).clamp(20.0, 200.0);
            let mut s = sample(t, (v * 4.0).round() / 4.0);
            if next() < 0.03 {
                s.1.quality = Quality::Bad;
            }
            s
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn late_doubled_and_shuffled_readings_end_in_the_same_alarms_byte_for_byte(seed in any::<u64>()) {
        let rules = rules(busy());
        let sorted = series(seed, 2500);
        let end = UtcNanos(sorted[sorted.len() - 1].1.time.0 + 60 * MINUTE);
        let log = |store: &TimeStore| {
            let channel = channel();
            let subject = Subject { store, channel: &channel, rules: &rules, rule: &rules.rules()[0] };
            format!("{:?}", subject.steps_until(end))
        };
        let mut next = noise(seed ^ 1);
        let arriving = disordered(&sorted, &mut next);
        let mut store = TimeStore::default();
        let mid = UtcNanos(T0 + 1000 * MINUTE);
        for batch in arriving.chunks(311) {
            store = store.extended(batch.to_vec()).0;
            // Questions in between fill the cache, and must not show in the end.
            let _state = state_at(&store, &channel(), &rules, mid);
        }
        let straight = TimeStore::default().extended(sorted.clone()).0;
        prop_assert_eq!(log(&store), log(&straight));
        for ix in (0..sorted.len()).step_by(97) {
            let t = sorted[ix].1.time;
            prop_assert_eq!(state_at(&store, &channel(), &rules, t), state_at(&straight, &channel(), &rules, t));
        }
    }

    #[test]
    fn the_state_at_an_instant_is_the_last_step_before_it_however_it_was_found(
        seed in any::<u64>(), scale in 0.2..1.2_f64, settling in any::<bool>(),
    ) {
        // With small values and counted delays days are quiet, and the past is skipped.
        let body = if settling { STRAIN.to_owned() } else { busy().to_owned() };
        let rules = rules(&body);
        let mut rows = series(seed, 6000);
        for (ix, row) in rows.iter_mut().enumerate() {
            row.1.value *= if ix % 3000 < 700 { 1.0 } else { scale };
        }
        let store = TimeStore::default().extended(rows.clone()).0;
        let channel = channel();
        let subject = Subject { store: &store, channel: &channel, rules: &rules, rule: &rules.rules()[0] };
        let end = rows[rows.len() - 1].1.time;
        let steps = subject.steps_until(UtcNanos(end.0 + 60 * MINUTE));
        let mut next = noise(seed ^ 2);
        for _ in 0..40 {
            let t = UtcNanos(T0 + (next() * (end.0 + 20 * MINUTE - T0) as f64) as i64);
            let n = steps.partition_point(|s| s.t <= t.0);
            let expected = n.checked_sub(1).map_or(SensorState::Unknown, |ix| steps[ix].shown.state);
            prop_assert_eq!(state_at(&store, &channel, &rules, t).state, expected, "{}", t);
            prop_assert_eq!(shown_state(&store, &channel, &rules, t), expected, "{}", t);
        }
    }
}

#[test]
fn the_shipped_rules_do_what_their_fixtures_say_and_each_has_one() {
    let rules = SensorRules::parse(include_bytes!("../../../assets/rules/sensor_levels.toml")).unwrap();
    let text = include_str!("../../../assets/rules/sensor_levels.fixtures.toml");
    let fixtures = crate::Fixtures::parse(text).unwrap().fixtures;
    let wrong: Vec<_> =
        fixtures.iter().filter_map(|f| f.run(&rules).err().map(|e| format!("{}: {e}", f.name))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for rule in rules.rules() {
        assert!(fixtures.iter().any(|f| f.rule == rule.id), "{} has no fixture", rule.id);
        assert!(!rule.verified, "{}: nobody has compared it with its standard", rule.id);
    }
    let mut wrong = fixtures[0].clone();
    wrong.expect[0].minute += 1.0;
    let said = wrong.run(&rules).unwrap_err();
    assert!(
        said.contains("02:43:00.0 advisory L1") && said.contains("found 02:42:00.0 advisory L1"),
        "{said}"
    );
}

/// A Chinese window said "near limit" between Chinese words.
#[test]
fn what_readers_see_of_the_shipped_rules_is_there_in_chinese_and_other_languages_see_the_file() {
    let rules = SensorRules::parse(include_bytes!("../../../assets/rules/sensor_levels.toml")).unwrap();
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let is_number = |text: &str| text.starts_with('L') && text.len() == 2;
    for rule in rules.rules() {
        for level in &rule.levels {
            let said = rules.word("zh-CN", &level.name);
            assert!(is_chinese(said) || is_number(said), "{}: {said}", rule.id);
            assert_eq!(rules.word("en", &level.name), level.name);
        }
        let standard = rules.standard_text("zh-CN", &rule.id).unwrap();
        let clause = rules.word("zh-CN", &rule.clause);
        assert!(is_chinese(clause) && standard.contains(clause), "{}: {standard}", rule.id);
        assert_eq!(rules.standard_text("en", &rule.id), Some(rule.standard_text()));
    }
    assert_eq!(
        rules.standard_text("zh-CN", "noise-construction-site").unwrap(),
        "GB 12523, 场界昼夜限值, 2025"
    );
}

/// A reading three hours ahead left the channel looking silent until its time came.
#[test]
fn a_clock_that_is_ahead_is_suspect_when_its_reading_comes_and_not_when_the_reading_claims() {
    let (rules, channel) = (rules(TEN), channel());
    let at = |minute: i64| UtcNanos(T0 + minute * MINUTE);
    let mut rows: Vec<_> = (0..=10).map(|m| sample(T0 + m * MINUTE, 5.0)).collect();
    // From minute 11 to 20 its clock is three hours ahead, then right until 40, then it is silent.
    for m in 11..=20 {
        let (id, mut ahead) = sample(T0 + (m + 180) * MINUTE, 99.0);
        let told = crate::tell_clock(&id, &mut ahead, at(m));
        rows.extend([(id, ahead), told]);
    }
    rows.extend((21..=40).map(|m| sample(T0 + m * MINUTE, 5.0)));
    let check = |store: &TimeStore| {
        let state = |minute: i64| {
            let s = state_at(store, &channel, &rules, at(minute));
            assert_eq!(shown_state(store, &channel, &rules, at(minute)), s.state, "minute {minute}");
            s
        };
        for minute in [0, 10, 21, 40] {
            assert_eq!(state(minute).state, SensorState::Normal, "minute {minute}");
        }
        for minute in [11, 12, 20] {
            let s = state(minute);
            assert_eq!(s.state, SensorState::Suspect, "minute {minute}");
            assert_eq!(s.cause, Cause::Doubted(Doubt::Skew(3.0 * 3600.0)));
            assert_eq!((s.value, s.sample_time), (Some(99.0), Some(at(minute + 180))), "what came says so");
        }
        // What claims these minutes came long ago, and nothing has come since.
        for minute in [50, 190, 191, 195, 200] {
            assert_eq!(state(minute).state, SensorState::Stale, "minute {minute}");
        }
        let Cause::Stale { age_s, .. } = state(195).cause else { panic!() };
        assert!((age_s - 155.0 * 60.0).abs() < 1e-6, "since minute 40: {age_s}");
        let changes: Vec<_> =
            crate::transitions(store, std::slice::from_ref(&channel), &rules, at(0), at(300))
                .into_iter()
                .map(|t| ((t.time.0 - T0) / MINUTE, t.to))
                .collect();
        let (suspect, normal, stale) = (SensorState::Suspect, SensorState::Normal, SensorState::Stale);
        assert_eq!(changes, [(11, suspect), (21, normal), (43, stale)]);
        let by = crate::deciding_samples(store, &channel, &rules, at(15), 10);
        assert_eq!((by.since, by.samples[0].time), (Some(at(11)), at(195)));
    };
    let (store, _) = TimeStore::default().extended(rows.clone());
    check(&store);
    // In any order, and from what is stored.
    rows.reverse();
    let mut grown = TimeStore::default();
    for (id, s) in rows {
        grown.append(&id, vec![s], &mut crate::ExtendCounts::default());
    }
    check(&grown);
    let chunks = grown.chunks().map(|(id, _, bytes)| (id.clone(), bytes.to_vec()));
    check(&TimeStore::from_chunks(chunks.collect::<Vec<_>>()).unwrap());
    assert_eq!(grown.channels().count(), 1, "what is said of clocks is no channel");
}

#[test]
fn a_channel_whose_first_reading_comes_with_a_wrong_clock_is_suspect_then_stale() {
    let (rules, channel) = (rules(TEN), channel());
    let (id, mut behind) = sample(T0, 99.0);
    let told = crate::tell_clock(&id, &mut behind, UtcNanos(T0 + 180 * MINUTE));
    let (store, _) = TimeStore::default().extended(vec![(id, behind), told]);
    let state = |minute: i64| state_at(&store, &channel, &rules, UtcNanos(T0 + minute * MINUTE));
    assert_eq!(state(10).state, SensorState::Unknown, "nothing had come");
    assert_eq!(state(180).cause, Cause::Doubted(Doubt::Skew(-3.0 * 3600.0)));
    assert_eq!(state(190).state, SensorState::Stale);
    let Cause::Stale { age_s, .. } = state(190).cause else { panic!() };
    assert!((age_s - 600.0).abs() < 1e-6, "{age_s}");
}
