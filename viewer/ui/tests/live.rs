//! Alarms and charts as a person uses them.

#[cfg(test)]
mod support;

use egui::{Key, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ui::*;
use support::{Window, harness, window};

#[cfg(test)]
fn at(text: &str) -> UtcNanos {
    UtcNanos::parse(text, &TimeZoneName::new("Asia/Shanghai").unwrap()).unwrap()
}

/// A crane with its circle, somebody inside it, and a sensor nobody hears.
#[cfg(test)]
fn glyphs() -> Vec<GlyphModel> {
    let glyph = |at, kind, name: &str, state, ring| GlyphModel {
        at,
        kind,
        name: name.to_owned(),
        named: !name.is_empty(),
        state,
        certain: state != StateId::Stale,
        ring,
    };
    let corner = |n: u16| {
        let angle = f32::from(n) / 24.0 * std::f32::consts::TAU;
        [900.0 + 160.0 * angle.cos(), 520.0 + 70.0 * angle.sin()]
    };
    vec![
        glyph([900.0, 520.0], GlyphKind::Crane, "crane-1", StateId::Alarm, (0..=24).map(corner).collect()),
        glyph([980.0, 500.0], GlyphKind::Person, "worker-7", StateId::Normal, Vec::new()),
        glyph([760.0, 400.0], GlyphKind::Vehicle, "truck-3", StateId::Warning, Vec::new()),
        glyph([1100.0, 420.0], GlyphKind::Sensor, "", StateId::Stale, Vec::new()),
    ]
}

fn alarm(channel: &str, row: u32, worst: StateId, life: AlarmLife) -> AlarmRow {
    AlarmRow {
        channel: channel.to_owned(),
        object: format!("beam {row}"),
        row: Some(row),
        flies: true,
        area: "bridge".to_owned(),
        life,
        worst,
        level: "L2".to_owned(),
        raised: at("2026-07-30 08:00"),
        reading: Some((123.5, "µε".to_owned())),
        by: String::new(),
    }
}

fn chart() -> ChartModel {
    ChartModel {
        name: "YB-01".to_owned(),
        unit: "µε".to_owned(),
        state: Some(StateId::Alarm),
        last: Some((123.5, at("2026-07-31 14:00"))),
        span: (at("2026-07-25"), at("2026-08-01")),
        cursor_s: 6.5 * 86_400.0,
        runs: vec![(0..200).map(|i| [f64::from(i) * 2_000.0, 60.0 + f64::from(i % 24)]).collect()],
        levels: vec![(StateId::Advisory, "L1".to_owned(), 100.0), (StateId::Alarm, "L2".to_owned(), 120.0)],
        intervals: vec![(400_000.0, 500_000.0, StateId::Alarm)],
        gaps: Vec::new(),
        unverified: true,
        outlook: None,
        oddness: None,
    }
}

#[cfg(test)]
fn live(language: Language) -> Harness<'static, Window> {
    let mut w = window(language);
    w.model.live = Some(LiveModel {
        alarms: [
            alarm("YB-02", 8, StateId::Warning, AlarmLife::Acknowledged),
            alarm("YB-01", 7, StateId::Alarm, AlarmLife::Unacknowledged),
        ]
        .into(),
        charts: [chart()].into(),
        object: "beam 7".to_owned(),
        chart_s: 7.0 * 86_400.0,
        forecast: false,
        unusual: false,
        person: "duty".to_owned(),
        following: false,
        fed: None,
        glyphs: glyphs(),
    });
    w.model.timeline.as_mut().unwrap().following = Some(false);
    let mut harness = harness(w, vec2(1920.0, 1080.0), 1.0);
    harness.run_steps(3);
    harness.state_mut().actions.clear();
    harness
}

fn click(h: &mut Harness<'static, Window>, label: &str) -> Vec<Action> {
    h.get_by_label(label).click();
    h.run_steps(3);
    std::mem::take(&mut h.state_mut().actions)
}

#[test]
fn an_alarm_is_acknowledged_only_with_who_and_why() {
    let mut h = live(Language::English);
    h.key_press(Key::Num6);
    h.run_steps(3);
    assert!(click(&mut h, "Acknowledge the alarm of YB-01").is_empty(), "first it is asked who and why");
    click(&mut h, "Do it");
    assert!(h.state().actions.is_empty(), "without a reason nothing is done");
    h.get_by_label("Why").focus();
    h.run_steps(2);
    h.get_by_label("Why").type_text("crane over the beam");
    h.run_steps(2);
    let done = Action::ActOnAlarm {
        channel: "YB-01".to_owned(),
        deed: AlarmDeed::Acknowledge,
        by: "duty".to_owned(),
        why: "crane over the beam".to_owned(),
    };
    assert_eq!(click(&mut h, "Do it"), [done]);
    assert!(h.query_by_label("Do it").is_none(), "the form closes");
}

#[test]
fn a_row_of_the_list_selects_its_object_and_its_button_flies_there() {
    let mut h = live(Language::English);
    h.key_press(Key::Num6);
    h.run_steps(3);
    assert_eq!(click(&mut h, "Alarm · YB-01 · beam 7 · unacknowledged"), [Action::Select(Some(7))]);
    assert_eq!(click(&mut h, "Fly to beam 8"), [Action::FitRow(8)]);
}

#[test]
fn an_alarm_of_a_thing_shows_its_charts_and_flies_where_the_thing_is_known_to_be() {
    let mut h = live(Language::English);
    let of_thing = |channel: &str, object: &str, flies| AlarmRow {
        object: object.to_owned(),
        row: None,
        flies,
        ..alarm(channel, 0, StateId::Alarm, AlarmLife::Unacknowledged)
    };
    let rows = [of_thing("near@crane-1", "crane-1", true), of_thing("leak@", "", false)];
    h.state_mut().model.live.as_mut().unwrap().alarms = rows.into();
    h.key_press(Key::Num6);
    h.run_steps(3);
    let pick = Action::PickChannel("near@crane-1".to_owned());
    assert_eq!(click(&mut h, "Alarm · near@crane-1 · crane-1 · unacknowledged"), [pick]);
    assert_eq!(click(&mut h, "Fly to crane-1"), [Action::FitChannel("near@crane-1".to_owned())]);
    assert!(h.query_by_label("Fly to leak@").is_none(), "nobody knows where that is");
}

#[test]
fn the_badge_counts_what_nobody_has_acknowledged_in_both_languages() {
    for (language, badge, row) in [
        (Language::English, "Open the list of alarms: 1 alarm", "Shelve the alarm of YB-02"),
        (Language::Chinese, "打开报警列表：1 条报警", "搁置 YB-02 的报警"),
    ] {
        let mut h = live(language);
        click(&mut h, badge);
        assert!(h.query_by_label(row).is_some(), "{badge} opens the list");
    }
}

#[test]
fn a_click_in_a_chart_moves_the_clock_to_that_instant() {
    let mut h = live(Language::English);
    h.key_press(Key::Num7);
    h.run_steps(3);
    assert!(h.query_by_label("limits not verified").is_some());
    let actions = click(&mut h, "Chart of YB-01");
    let [Action::SetTime(t)] = actions[..] else { panic!("{actions:?}") };
    let (from, to) = chart().span;
    assert!(from < t && t < to, "{t}");
    assert_eq!(click(&mut h, "Show one day"), [Action::SetChartSpan(86_400.0)]);
}

fn crossing() -> Outlook {
    let horizon_s = 10.0 * 86_400.0;
    Outlook::Crossing(ForecastModel {
        horizon_s,
        line: [[0.0, 60.0], [horizon_s, 130.0]],
        interval: [[6.5 * 86_400.0, 101.0], [horizon_s, 150.0], [horizon_s, 110.0]],
        readings: (40, at("2026-07-01 08:00"), at("2026-07-31 14:05")),
        slope: (7.0, [5.5, 9.0]),
        limit: ("L2".to_owned(), 120.0),
        crossing: (at("2026-08-03 12:00"), at("2026-08-02 09:00"), None),
    })
}

/// Off until somebody asks; then the chart says when a limit is reached, or why nobody can say.
#[test]
fn a_chart_tells_when_its_limit_will_be_reached_or_why_nobody_can_say() {
    let mut h = live(Language::English);
    h.key_press(Key::Num9);
    h.run_steps(3);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::ShowForecast(true)]);
    assert!(h.query_by_label("Chart of YB-01").is_some(), "the key opens the charts");
    assert!(h.query_by_label_contains("forecast").is_none(), "nothing is told before it is known");
    let off = "Show in charts where channels are going";
    assert_eq!(click(&mut h, off), [Action::ShowForecast(true)]);
    for (language, outlook, expected) in [
        (
            Language::English,
            crossing(),
            "Forecast: L2 (120\u{202F}µε) is reached 2026-08-03 12:00 (95 %: 2026-08-02 09:00 to ∞); 7\u{202F}µε a day (5.5 to 9), by 40 readings from 2026-07-01 08:00 to 2026-07-31 14:05.",
        ),
        (
            Language::English,
            Outlook::Refused(NoOutlook::NoTrend),
            "No forecast: the interval of the slope holds zero.",
        ),
        (Language::Chinese, Outlook::Refused(NoOutlook::TooFew), "无法预测：读数太少。"),
    ] {
        let mut h = live(language);
        let shown = h.state_mut().model.live.as_mut().unwrap();
        (shown.forecast, shown.charts) = (true, [ChartModel { outlook: Some(outlook), ..chart() }].into());
        h.key_press(Key::Num7);
        h.run_steps(3);
        assert!(h.query_by_label(expected).is_some(), "{expected}");
    }
}

fn odd(day: &str, score: f64, what: OddTrait, by: f64) -> OddModel {
    OddModel { at: at(day), value: 83.0, score, what, by }
}

/// Off until somebody asks; then the chart says which reading before the clock was unusual last, and why.
#[test]
fn a_chart_tells_what_was_unusual_and_why_or_why_nobody_can_say() {
    let mut h = live(Language::English);
    h.key_press(Key::Num0);
    h.run_steps(3);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::ShowUnusual(true)]);
    assert!(h.query_by_label("Chart of YB-01").is_some(), "the key opens the charts");
    assert!(h.query_by_label_contains("nusual 20").is_none(), "nothing is told before it is known");
    assert_eq!(click(&mut h, "Show in charts how unusual readings are"), [Action::ShowUnusual(true)]);
    let known = |found| Oddness::Known { found, threshold: 0.1 };
    let some = known(vec![
        odd("2026-07-27 08:00", 0.6, OddTrait::Level, 0.3),
        odd("2026-07-29 08:00", 0.4, OddTrait::Jump, 1.25),
        odd("2026-07-30 08:00", 0.05, OddTrait::Mean, 0.01),
        // After the clock.
        odd("2026-07-31 20:00", 0.9, OddTrait::Level, 2.0),
    ]);
    for (language, oddness, expected) in [
        (
            Language::English,
            some.clone(),
            "Unusual 2026-07-29 08:00: 83\u{202F}µε, its jump from the reading before is larger than all before it, by 125\u{202F}% of their range (score 0.4).",
        ),
        (
            Language::Chinese,
            some,
            "异常 2026-07-29 08:00：83\u{202F}µε，与前一读数之差超出此前全部差值，超出量为其范围的 125\u{202F}%（得分 0.4）。",
        ),
        (Language::English, known(Vec::new()), "Nothing unusual until the clock in this time."),
        (Language::English, Oddness::TooFew(200), "What is unusual is not known: fewer than 200 readings."),
        (Language::Chinese, Oddness::Combined, "无法判断异常：多测点规则没有自身读数。"),
    ] {
        let mut h = live(language);
        let shown = h.state_mut().model.live.as_mut().unwrap();
        (shown.unusual, shown.charts) = (true, [ChartModel { oddness: Some(oddness), ..chart() }].into());
        h.key_press(Key::Num7);
        h.run_steps(3);
        assert!(h.query_by_label(expected).is_some(), "{expected}");
    }
}

/// A laboratory tells weeks later what was measured: the panel names both instants.
#[test]
fn a_reading_whose_result_came_later_says_when() {
    for (language, expected) in [
        (Language::English, "41.5\u{202F}MPa · result 2026-07-29 09:30"),
        (Language::Chinese, "41.5\u{202F}MPa · 结果 2026-07-29 09:30"),
    ] {
        let mut h = live(language);
        let reading = |result| ReadingModel {
            at: at("2026-07-01 09:00"),
            value: 41.5,
            unit: "MPa".to_owned(),
            later: false,
            result,
        };
        let selection = &mut h.state_mut().model.properties;
        let why = selection.as_mut().and_then(|p| p.why.as_mut()).unwrap();
        why.readings = vec![reading(Some(at("2026-07-29 09:30"))), reading(None)];
        h.run_steps(3);
        assert!(h.query_by_label(expected).is_some(), "{expected}");
        assert!(
            h.query_by_label("41.5\u{202F}MPa").is_some(),
            "where there is nothing to say nothing is said"
        );
    }
}

#[test]
fn n_lets_the_clock_follow_the_present() {
    let mut h = live(Language::English);
    h.key_press(Key::N);
    h.run_steps(2);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::FollowNow(true)]);
    assert_eq!(click(&mut h, "Follow the present"), [Action::FollowNow(true)]);
}

#[test]
fn signs_and_their_names_tell_where_they_lie_over_the_scene() {
    let h = live(Language::English);
    let output = h.state().output.as_ref().unwrap();
    for glyph in glyphs() {
        // A sign stands some 23 points over its place.
        let sign = pos2(glyph.at[0], glyph.at[1] - 23.0);
        assert!(output.signs.iter().any(|r| r.contains(sign) && r.width() < 24.0), "{}", glyph.name);
    }
    assert_eq!(output.signs.len(), 4 + 3, "three of them have a name");
    assert!(output.signs.iter().all(|r| output.scene_rect.intersects(*r)));
}
