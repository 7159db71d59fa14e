//! Factors of risk beyond tasks, channels and pipes; sums over wholes; digs that could be one.

use super::*;
use crate::{Conflict, Factor, RiskFixtures, aggregate, repeated_digs};

const EAST: f64 = 455_600.0;
const NORTH: f64 = 4_428_550.0;

impl World {
    fn add_box(&mut self, id: &str, class: &str, (x, y): (f64, f64), size_m: f64) {
        let ring = [[0.0, 0.0], [size_m, 0.0], [size_m, size_m], [0.0, size_m], [0.0, 0.0]];
        let lines = ring.iter().map(|p| [p[0] + x + EAST, p[1] + y + NORTH, 40.0]).collect();
        self.add(id, class).lines = Some(vec![lines]);
    }

    fn add_readings(
        &mut self,
        id: &str,
        object: &str,
        (quantity, unit): (&str, &str),
        values: &[(f64, f64)],
    ) {
        self.add_channel(id, object, values);
        let channel = self.channels.last_mut().unwrap();
        (channel.quantity, channel.unit) = (quantity.into(), unit.into());
    }

    fn factors(&self, row: u32, day: f64) -> Vec<&'static str> {
        self.ask(day, |m| m.risk_of(ObjectRow(row)).contributions.iter().map(|c| c.factor.name()).collect())
    }
}

#[test]
fn the_shipped_fixtures_hold_and_speak_of_every_factor() {
    let rules = RuleSet::shipped().unwrap().risk;
    let text = include_str!("../../../../assets/rules/risk.fixtures.toml");
    let fixtures = RiskFixtures::parse(text).unwrap();
    for f in &fixtures.fixtures {
        assert_eq!(f.run(&rules), Ok(()), "{}", f.name);
    }
    assert_eq!(fixtures.missing(&rules), []);
}

#[test]
fn an_unknown_factor_is_refused_with_its_place() {
    let text = "[[fixture]]\nname = \"x\"\nfacts = [ { moon_phase = 3.0 } ]\nexpect = \"low\"\n";
    let e = RiskFixtures::parse(text).unwrap_err().to_string();
    assert!(e.contains("moon_phase") && e.contains("line 3"), "{e}");
    let risk = include_str!("../../../../assets/rules/risk.toml");
    let bad = format!("{risk}\n[moon_phase]\nseverity = 3\n");
    let (sensor, clearance) = (
        include_bytes!("../../../../assets/rules/sensor_levels.toml"),
        include_bytes!("../../../../assets/rules/clearance.toml"),
    );
    let e = RuleSet::parse(sensor, bad.as_bytes(), clearance).unwrap_err().to_string();
    let line = format!("line {}", risk.lines().count() + 2);
    assert!(e.contains("risk.toml") && e.contains("moon_phase") && e.contains(&line), "{e}");
}

#[test]
fn people_under_a_crane_are_at_risk_and_so_is_the_crane_while_it_works() {
    let mut w = World::default();
    w.add_box("crane", "tower_crane", (0.0, 0.0), 2.0);
    w.add_box("near", "workers", (6.0, 0.0), 0.5);
    w.add_box("far", "workers", (9.0, 0.0), 0.5);
    assert_eq!(w.states(OverlayKind::Risk, 1.0), ["high", "high", "none"], "without tasks it always stands");
    let task = w.add_task("lift", 0.0, 2.0, &["crane"]);
    (task.actual_start, task.actual_finish) = (at(0.0), at(2.0));
    assert_eq!(w.states(OverlayKind::Risk, 1.0), ["high", "high", "none"]);
    assert_eq!(w.states(OverlayKind::Risk, 3.0), ["none", "none", "none"]);
    let text = w.reason(OverlayKind::Risk, 1, 1.0);
    assert!(text.contains("s:near is 4 m from s:crane, within 5 m (under a crane)"), "{text}");
}

#[test]
fn a_truck_that_reports_from_the_edge_of_a_pit_puts_both_at_risk_as_long_as_it_is_there_and_heard() {
    let mut w = World::default();
    w.add_box("pit", "excavations", (0.0, 0.0), 10.0);
    w.add("trucks", "fleet");
    let thing = |name: &str, kind: &str, radius_m: f64, object: Option<&str>| lantu_live::Thing {
        name: name.into(),
        kind: kind.into(),
        radius_m,
        fixed: None,
        object: object.map(str::to_owned),
        site: String::new(),
        period_s: 60.0,
    };
    let (truck, crane) =
        (thing("t", "vehicle", 0.0, Some("trucks")), thing("k", "crane", 20.0, Some("trucks")));
    let mut rows = Vec::new();
    for (minute, east) in [(0.0, 30.0), (1.0, 11.5), (2.0, 13.0)] {
        let of = |value| Sample::new(at(minute / 1440.0).unwrap(), value, Quality::Good, "m".into());
        rows.extend(truck.tracks().into_iter().zip([of(EAST + east), of(NORTH + 5.0)]));
    }
    w.store = TimeStore::default().extended(rows).0;
    w.things = vec![crane, truck];
    let risk = |w: &World, minute: f64| w.states(OverlayKind::Risk, minute / 1440.0);
    assert_eq!(risk(&w, 0.5), ["none", "none"]);
    assert_eq!(risk(&w, 1.5), ["high", "high"], "1.5 m from the edge");
    assert_eq!(risk(&w, 2.5), ["none", "none"], "3 m from the edge");
    let text = w.reason(OverlayKind::Risk, 0, 1.5 / 1440.0);
    assert!(text.contains("t is 1.5 m from s:pit, within 2 m"), "{text}");
    let (kept, dropped) = (w.store.clone(), ChannelId("t.x".into()));
    w.store = TimeStore::default();
    for id in ["t.x", "t.y"].map(|id| ChannelId(id.into())) {
        let until = kept.range(&id, at(0.0).unwrap(), at(1.5 / 1440.0).unwrap());
        w.store = w.store.extended(until.into_iter().map(|s| (id.clone(), s)).collect()).0;
    }
    assert_eq!(w.store.range(&dropped, at(0.0).unwrap(), at(1.0).unwrap()).len(), 2);
    assert_eq!(risk(&w, 5.9), ["high", "high"]);
    assert_eq!(risk(&w, 6.1), ["none", "none"], "five minutes later nobody knows where it is");
}

#[test]
fn lifting_in_wind_is_a_risk_only_while_it_goes_on_and_the_reading_is_fresh() {
    let mut w = World::default();
    w.add("beam", "IfcBeam");
    w.add("mast", "station");
    let task = w.add_task("T", 0.0, 4.0, &["beam"]);
    task.name = "钢结构吊装".into();
    (task.actual_start, task.actual_finish) = (at(0.0), at(3.0));
    w.add_readings("w", "mast", ("wind_speed", "m/s"), &[(0.9, 3.0), (1.0, 14.0), (3.5, 14.0)]);
    assert_eq!(w.factors(0, 0.95), [] as [&str; 0]);
    assert_eq!(w.factors(0, 1.05), ["weather_limit"]);
    assert_eq!(w.factors(0, 1.5), [] as [&str; 0], "after three hours nobody knows");
    assert_eq!(w.factors(0, 3.55), [] as [&str; 0], "the work is done");
    assert!(w.reason(OverlayKind::Risk, 0, 1.05).contains("14 m/s, limit 10.8 m/s"));
}

#[test]
fn an_issue_counts_from_its_creation_until_it_is_closed_and_more_once_it_is_due() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    let issue = Issue {
        id: "i".into(),
        title: "crack".into(),
        priority: "Major".into(),
        status: "Closed".into(),
        created: at(1.0),
        modified: at(9.0),
        due: at(5.0),
        objects: vec!["wall".into(), "gone".into()],
        ..Issue::default()
    };
    w.issues.push(issue);
    for (day, state) in [(0.5, "none"), (1.0, "medium"), (5.5, "high"), (9.0, "none")] {
        assert_eq!(w.states(OverlayKind::Risk, day), [state], "day {day}");
    }
    w.ask(1.0, |m| {
        let gone = Unresolved::Issue { issue: "i".into(), object: "gone".into() };
        assert_eq!(m.input.linker.unresolved(), [gone]);
    });
}

#[test]
fn a_strain_that_creeps_towards_its_highest_level_is_a_risk_before_it_gets_there() {
    let mut w = World::default();
    w.add("pier", "IfcColumn");
    let creep: Vec<(f64, f64)> =
        (0..40).map(|n| (f64::from(n) * 0.5, 20.0 + 4.0 * f64::from(n) * 0.5)).collect();
    w.add_readings("s", "pier", ("strain", "µε"), &creep);
    assert!(w.factors(0, 19.9).contains(&"forecast_crossing"), "{:?}", w.factors(0, 19.9));
    assert!(w.reason(OverlayKind::Risk, 0, 19.9).contains("will cross"));
    let flat: Vec<(f64, f64)> = (0..40).map(|n| (f64::from(n) * 0.5, 20.0 + f64::from(n % 3))).collect();
    let mut w = World::default();
    w.add("pier", "IfcColumn");
    w.add_readings("s", "pier", ("strain", "µε"), &flat);
    assert_eq!(w.factors(0, 19.9), [] as [&str; 0]);
}

#[test]
fn a_contribution_says_what_would_be_left_without_it() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    w.add_task("T", 0.0, 2.0, &["wall"]).actual_start = at(0.0);
    w.add_channel("n", "wall", &[(6.0, 72.0)]);
    w.ask(6.0, |m| {
        let risk = m.risk_of(ObjectRow(0));
        assert_eq!(risk.state(), "high");
        let told: Vec<_> = risk
            .contributions
            .iter()
            .map(|c| (c.factor, c.rating.unwrap().score(), c.without.score))
            .collect();
        assert_eq!(told, [(Factor::TaskOverdue, 6, 9), (Factor::SensorAlarm, 9, 6)]);
        assert_eq!(risk.what_would_help().map(|c| c.factor), Some(Factor::SensorAlarm));
    });
}

#[test]
fn a_cell_has_the_worst_of_what_lies_in_it_and_every_object_is_counted_once_in_a_cell() {
    let mut w = World::default();
    w.add_box("A", "management_cells", (0.0, 0.0), 100.0);
    w.add_box("B", "management_cells", (100.0, 0.0), 100.0);
    w.add_box("late", "IfcWall", (10.0, 10.0), 1.0);
    w.add_box("fine", "IfcWall", (20.0, 10.0), 1.0);
    w.add_box("other", "IfcWall", (120.0, 10.0), 1.0);
    w.add_box("outside", "IfcWall", (500.0, 10.0), 1.0);
    w.add_task("T", 0.0, 2.0, &["late"]).actual_start = at(0.0);
    w.ask(6.0, |m| {
        let rows: Vec<_> = (0..6).map(|r| (ObjectRow(r), m.risk_of(ObjectRow(r)))).collect();
        let (sites, cells) = aggregate(m.input.objects, &m.input.rules.risk, &rows);
        let told: Vec<_> =
            cells.iter().map(|h| (h.whole.map(|r| r.0), h.grade.name(), h.counts[0], h.counts[2])).collect();
        assert_eq!(
            told,
            [(Some(0), "medium", 1, 1), (Some(1), "none", 1, 0), (None, "none", 1, 0)],
            "late is in A"
        );
        assert_eq!(sites.iter().map(|h| h.counts.iter().sum::<u64>()).sum::<u64>(), 4);
    });
}

#[test]
fn two_digs_on_one_street_within_a_year_are_named_and_others_are_not() {
    let mut w = World::default();
    w.add("street", "roads").lines = Some(vec![vec![[EAST, NORTH, 40.0], [EAST + 500.0, NORTH, 40.0]]]);
    for (id, x, y) in [("a", 0.0, 2.0), ("b", 100.0, 2.0), ("elsewhere", 50.0, 60.0), ("later", 60.0, 2.0)] {
        w.add_box(id, "excavations", (x, y), 5.0);
    }
    w.add_task("a", 0.0, 5.0, &["a"]);
    w.add_task("b", 100.0, 105.0, &["b"]);
    w.add_task("c", 100.0, 105.0, &["elsewhere"]);
    w.add_task("d", 800.0, 805.0, &["later"]);
    w.ask(0.0, |m| {
        let found = repeated_digs(&m.input);
        let told: Vec<_> = found.iter().map(|d| (d.first.0, d.second.0, d.street.0)).collect();
        assert_eq!(told, [(1, 2, 0)]);
        assert!((found[0].distance_m - 95.0).abs() < 1e-6 && (found[0].days_between - 95.0).abs() < 1e-6);
    });
}

#[test]
fn an_undecidable_conflict_is_said_as_its_word() {
    let fact: crate::Fact =
        toml::from_str::<BTreeMap<String, crate::Fact>>("x = { excavation_clearance = \"clearance\" }")
            .unwrap()
            .remove("x")
            .unwrap();
    assert_eq!(fact, crate::Fact::ExcavationClearance(Conflict::TooClose));
}
