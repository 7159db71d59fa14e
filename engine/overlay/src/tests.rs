//! Rules one by one, over a small scene.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::{Bounds, ChannelId, ObjectKey, ObjectRow, SourceId, StyleFlags, UtcNanos};
use lantu_live::{Channel, Quality, Sample, TimeStore};
use lantu_records::{Issue, ProgressEntry, Proven, Schedule, Task};

use crate::{
    Explained, Linker, Moment, ObjectTable, OverlayInput, OverlayKind, OverlayResult, Records, RuleSet,
    Unresolved, outline, styles,
};

const DAY: i64 = 86_400_000_000_000;
/// 2026-03-01T04:00:00Z: noon in Shanghai, when the day levels of noise count.
const NOON: i64 = 1_772_337_600_000_000_000;

#[derive(Clone, Default)]
struct Thing {
    id: String,
    class: String,
    lines: Option<Vec<Vec<[f64; 3]>>>,
    numbers: BTreeMap<String, f64>,
    texts: BTreeMap<String, String>,
}

#[derive(Default)]
struct Scene(Vec<Thing>);

impl ObjectTable for Scene {
    fn n_rows(&self) -> usize {
        self.0.len()
    }
    fn key(&self, row: ObjectRow) -> Option<ObjectKey> {
        let thing = self.0.get(row.ix())?;
        Some(ObjectKey { source: SourceId::new("s"), id: thing.id.as_str().into() })
    }
    fn class(&self, row: ObjectRow) -> &str {
        self.0.get(row.ix()).map_or("", |t| &t.class)
    }
    fn bounds(&self, row: ObjectRow) -> Bounds {
        let mut b = Bounds::EMPTY;
        for p in self.0.get(row.ix()).and_then(|t| t.lines.as_ref()).into_iter().flatten().flatten() {
            b.add(DVec3::from_array([p[0], p[1], 40.0]));
        }
        b
    }
    fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        let fits = |t: &Thing| t.id == text || format!("s:{}", t.id) == text;
        (0..).zip(&self.0).filter(|(_, t)| fits(t)).map(|(i, _)| ObjectRow(i)).collect()
    }
    fn number(&self, row: ObjectRow, property: &str) -> Option<f64> {
        self.0.get(row.ix())?.numbers.get(property).copied()
    }
    fn text(&self, row: ObjectRow, property: &str) -> Option<String> {
        self.0.get(row.ix())?.texts.get(property).cloned()
    }
    fn outline(&self, row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>> {
        self.0.get(row.ix())?.lines.clone()
    }
    fn within(&self, bounds: Bounds) -> Vec<ObjectRow> {
        (0..)
            .zip(&self.0)
            .map(|(i, _)| ObjectRow(i))
            .filter(|&r| self.bounds(r).intersects(&bounds))
            .collect()
    }
}

/// A scene with its records; questions are asked `days` after [`NOON`].
#[derive(Default)]
struct World {
    scene: Scene,
    store: TimeStore,
    channels: Vec<Channel>,
    schedule: Schedule,
    issues: Vec<Issue>,
    things: Vec<lantu_live::Thing>,
}

impl World {
    fn records(&self) -> Records<'_> {
        Records {
            schedule: &self.schedule,
            channels: &self.channels,
            issues: &self.issues,
            things: &self.things,
        }
    }

    fn add(&mut self, id: &str, class: &str) -> &mut Thing {
        self.scene.0.push(Thing { id: id.into(), class: class.into(), ..Thing::default() });
        self.scene.0.last_mut().unwrap()
    }

    /// A pit of 10 × 10 m with its task planned and worked on from day 0 to day 10.
    fn add_pit(&mut self, depth_m: Option<f64>) {
        let (x, y) = (455_600.0, 4_428_550.0);
        let ring = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]];
        let pit = self.add("pit", "excavations");
        pit.lines = Some(vec![ring.iter().map(|p| [p[0] + x, p[1] + y, 40.0]).collect()]);
        pit.numbers.extend(depth_m.map(|d| ("depth_m".to_owned(), d)));
        let task = self.add_task("dig", 0.0, 10.0, &["pit"]);
        (task.actual_start, task.actual_finish) = (at(0.0), at(10.0));
    }

    /// A gas pipe of 0.3 m along y, its axis `east` meters east of the pit's west edge.
    fn add_pipe(&mut self, id: &str, east: f64, depth_m: Option<f64>) {
        let (x, y) = (455_600.0 + east, 4_428_550.0);
        let pipe = self.add(id, "pipes");
        pipe.lines = Some(vec![vec![[x, y - 40.0, 38.0], [x, y + 40.0, 38.0]]]);
        pipe.numbers.insert("diameter_mm".into(), 300.0);
        pipe.numbers.extend(depth_m.map(|d| ("depth_m".to_owned(), d)));
        pipe.texts.insert("kind".into(), "燃气".into());
    }

    fn add_task(&mut self, id: &str, start: f64, finish: f64, objects: &[&str]) -> &mut Task {
        self.schedule.tasks.push(Task {
            id: id.into(),
            name: format!("task {id}"),
            start: at(start).unwrap(),
            finish: at(finish).unwrap(),
            objects: objects.iter().map(|o| (*o).to_owned()).collect(),
            ..Task::default()
        });
        self.schedule.tasks.last_mut().unwrap()
    }

    fn add_channel(&mut self, id: &str, object: &str, readings: &[(f64, f64)]) {
        let key = ChannelId(id.into());
        self.channels.push(Channel {
            id: key.clone(),
            object: Some(object.into()),
            quantity: "noise".into(),
            unit: "dB(A)".into(),
            period_s: 86_400.0,
            shelves: Vec::new(),
            site: String::new(),
            wiring: None,
        });
        let sample =
            |&(day, value): &(f64, f64)| Sample::new(at(day).unwrap(), value, Quality::Good, "".into());
        self.store = self.store.extended(readings.iter().map(|r| (key.clone(), sample(r))).collect()).0;
    }

    fn ask<T>(&self, day: f64, question: impl FnOnce(&Moment<'_>) -> T) -> T {
        let rules = RuleSet::shipped().unwrap();
        let linker = Linker::prepare(&self.scene, self.records(), &rules);
        question(&Moment::new(OverlayInput {
            objects: &self.scene,
            linker: &linker,
            store: &self.store,
            channels: &self.channels,
            schedule: &self.schedule,
            issues: &self.issues,
            things: &self.things,
            rules: &rules,
            changes: &crate::Changes::default(),
            t: at(day).unwrap(),
        }))
    }

    /// State names of all rows, checked against the explanations.
    fn states(&self, kind: OverlayKind, day: f64) -> Vec<&'static str> {
        self.ask(day, |m| {
            let result = m.evaluate(kind);
            assert_eq!(result.states.len(), self.scene.0.len());
            assert_eq!(result.legend.iter().map(|l| l.count).sum::<u64>(), result.states.len() as u64);
            assert_eq!(styles(&result).len(), result.states.len());
            (0..).zip(&result.states).for_each(|(row, &s)| {
                let explained = m.explain(kind, ObjectRow(row));
                assert_eq!(explained.state_ix, s);
                check_text(&explained);
            });
            result.states.iter().map(|&s| kind.states()[usize::from(s)].name).collect()
        })
    }

    fn reason(&self, kind: OverlayKind, row: u32, day: f64) -> String {
        self.ask(day, |m| m.explain(kind, ObjectRow(row)).reason.to_string())
    }
}

/// Every code has a text, and every value that the text names is there.
fn check_text(e: &Explained) {
    let mut stack = vec![&e.reason];
    while let Some(r) = stack.pop() {
        assert!(crate::reason::has_text(r.code), "{}", r.code);
        stack.extend(&r.parts);
    }
    let text = e.reason.to_string();
    assert!(!text.contains(" ? ") && !text.ends_with('?') && !text.contains('{'), "{text}");
}

#[expect(clippy::unnecessary_wraps, clippy::cast_possible_truncation, reason = "small test times")]
fn at(day: f64) -> Option<UtcNanos> {
    Some(UtcNanos(NOON + (day * DAY as f64) as i64))
}

#[test]
fn the_plan_shows_what_was_to_be_done_by_then_whatever_became_of_it() {
    let mut w = World::default();
    for id in ["wall", "roof", "fence"] {
        w.add(id, "IfcWall");
    }
    // Nobody began the wall; the roof was done early.
    w.add_task("W", 0.0, 10.0, &["wall"]);
    let roof = w.add_task("R", 20.0, 30.0, &["roof"]);
    (roof.actual_start, roof.actual_finish) = (at(1.0), at(4.0));
    let planned = |day| {
        w.ask(day, |m| {
            let names = OverlayKind::Progress.states();
            m.planned().states.iter().map(|&s| names[usize::from(s)].name).collect::<Vec<_>>()
        })
    };
    assert_eq!(planned(5.0), ["in_progress", "not_started", "unlinked"]);
    assert_eq!(planned(25.0), ["done", "in_progress", "unlinked"]);
    assert_eq!(w.states(OverlayKind::Progress, 25.0), ["late", "done", "unlinked"]);
}

#[test]
fn shipped_rules_are_sound_and_say_where_they_come_from() {
    let rules = RuleSet::shipped().unwrap();
    assert!(!rules.sensor.source.is_empty() && !rules.risk.source.is_empty());
    for quantity in ["noise", "dust", "strain"] {
        assert!(rules.sensor.for_quantity(quantity).is_some(), "{quantity}");
    }
}

#[test]
fn a_risk_file_that_contradicts_itself_is_refused() {
    let (sensor, risk, clearance) = (
        include_str!("../../../assets/rules/sensor_levels.toml"),
        include_str!("../../../assets/rules/risk.toml"),
        include_str!("../../../assets/rules/clearance.toml"),
    );
    let refuse = |from: &str, to: &str| {
        assert!(risk.contains(from), "{from}");
        let bad = risk.replacen(from, to, 1);
        assert!(RuleSet::parse(sensor.as_bytes(), bad.as_bytes(), clearance.as_bytes()).is_err(), "{to}");
    };
    refuse("\"extreme\"]", "\"low\"]");
    refuse("severity = 3", "severity = 9");
    refuse("factors = 2", "factors = 1");
    refuse("days = 3.0", "days = 30.0");
    refuse("version =", "verzion =");
    assert!(RuleSet::parse(sensor.as_bytes(), risk.as_bytes(), b"\xff").is_err());
    let bad = clearance.replace("words = [\"\"]", "words = [\"x\"]");
    assert!(RuleSet::parse(sensor.as_bytes(), risk.as_bytes(), bad.as_bytes()).is_err());
}

#[test]
fn progress_shows_each_state_and_the_task_that_decides() {
    let mut w = World::default();
    for id in ["done", "late", "doing", "later", "early", "alone"] {
        w.add(id, "IfcWall");
    }
    let t = w.add_task("T1", 0.0, 2.0, &["s:done", "doing"]);
    (t.actual_start, t.actual_finish) = (at(0.0), at(2.0));
    w.add_task("T2", 1.0, 4.0, &["late"]);
    let t = w.add_task("T3", 3.0, 9.0, &["doing"]);
    (t.actual_start, t.percent) = (at(3.0), Some(40.0));
    w.add_task("T4", 8.0, 9.0, &["later", "gone"]);
    w.add_task("T5", 8.0, 9.0, &["early"]).actual_start = at(4.0);
    let expected = ["done", "late", "in_progress", "not_started", "ahead", "unlinked"];
    assert_eq!(w.states(OverlayKind::Progress, 5.0), expected);
    let late = w.reason(OverlayKind::Progress, 1, 5.0);
    assert_eq!(late, "task task T2 (T2) is not done; its planned finish 2026-03-05T04:00:00Z passed 1 d ago");
    w.ask(5.0, |m| {
        let doing = m.explain(OverlayKind::Progress, ObjectRow(2));
        assert_eq!(doing.value.as_deref(), Some("40 %"));
        assert!(doing.reason.to_string().ends_with("this task decides among 2"), "{}", doing.reason);
        let gone = Unresolved::Task { task: "T4".into(), object: "gone".into() };
        assert_eq!(m.input.linker.unresolved(), [gone]);
    });
}

#[test]
fn sensor_shows_the_worst_channel_and_never_calls_silence_normal() {
    let mut w = World::default();
    for id in ["quiet", "loud", "both", "silent", "none"] {
        w.add(id, "IfcWall");
    }
    w.add_channel("q", "quiet", &[(0.0, 50.0), (1.0, 55.0)]);
    w.add_channel("l", "loud", &[(0.0, 50.0), (1.0, 71.0)]);
    w.add_channel("b1", "both", &[(1.0, 50.0)]);
    w.add_channel("b2", "both", &[(-9.0, 50.0)]);
    w.add_channel("s", "silent", &[]);
    assert_eq!(w.states(OverlayKind::Sensor, 1.0), ["normal", "warning", "stale", "unknown", "unbound"]);
    assert_eq!(w.states(OverlayKind::Sensor, 0.5), ["normal", "normal", "stale", "unknown", "unbound"]);
    w.ask(1.0, |m| {
        let loud = m.explain(OverlayKind::Sensor, ObjectRow(1));
        assert_eq!(loud.value.as_deref(), Some("71 dB(A) limit"));
        let text = loud.reason.to_string();
        assert!(text.contains("at or above 70 dB(A)") && text.contains("GB 12523"), "{text}");
        assert!(text.contains("not verified"), "{text}");
    });
}

#[test]
fn an_open_pit_near_a_gas_pipe_puts_both_at_risk_only_while_it_is_open() {
    let mut w = World::default();
    w.add_pit(Some(5.0));
    w.add_pipe("near", 11.0, Some(1.2));
    w.add_pipe("far", 12.0, Some(1.2));
    let check =
        |day: f64, expected: [&str; 3]| assert_eq!(w.states(OverlayKind::Risk, day), expected, "day {day}");
    check(-1.0, ["none", "none", "none"]);
    check(5.0, ["high", "high", "none"]);
    check(10.0, ["none", "none", "none"]);
    let text = w.reason(OverlayKind::Risk, 1, 5.0);
    assert!(text.contains("s:pit") && text.contains("0.85 m beside it (1.5 m required)"), "{text}");
}

#[test]
fn a_pipe_through_the_pit_is_extreme_and_one_far_below_is_free() {
    let mut w = World::default();
    w.add_pit(Some(5.0));
    w.add_pipe("through", 5.0, Some(1.2));
    assert_eq!(w.states(OverlayKind::Risk, 5.0), ["extreme", "extreme"]);
    let mut w = World::default();
    w.add_pit(Some(1.0));
    w.add_pipe("below", 5.0, Some(2.0));
    assert_eq!(w.states(OverlayKind::Risk, 5.0), ["none", "none"]);
}

#[test]
fn an_unknown_depth_is_unknown_never_free() {
    let mut w = World::default();
    w.add_pit(Some(5.0));
    w.add_pipe("p", 5.0, None);
    w.add_pipe("far", 30.0, None);
    assert_eq!(w.states(OverlayKind::Risk, 5.0), ["unknown", "unknown", "none"]);
    let mut w = World::default();
    w.add_pit(None);
    w.add_pipe("p", 5.0, Some(1.0));
    assert_eq!(w.states(OverlayKind::Risk, 5.0), ["unknown", "unknown"]);
    w.schedule.tasks.clear();
    assert_eq!(w.states(OverlayKind::Risk, 5.0), ["unknown", "unknown"]);
    assert!(w.reason(OverlayKind::Risk, 0, 5.0).contains("no task says when it is open"));
}

#[test]
fn risk_grows_with_the_days_that_a_task_is_overdue() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    w.add_task("T", 0.0, 2.0, &["wall"]).actual_start = at(0.0);
    for (day, grade) in [(2.0, "none"), (2.5, "low"), (5.0, "low"), (5.5, "medium"), (16.5, "high")] {
        assert_eq!(w.states(OverlayKind::Risk, day), [grade], "day {day}");
    }
}

#[test]
fn two_factors_together_are_one_grade_worse_and_the_reason_lists_both() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    w.add_task("T", 0.0, 2.0, &["wall"]).actual_start = at(0.0);
    w.add_channel("n", "wall", &[(6.0, 72.0)]);
    assert_eq!(w.states(OverlayKind::Risk, 6.0), ["high"]);
    let text = w.reason(OverlayKind::Risk, 0, 6.0);
    for part in ["is overdue by 4 d: 2 × 3 = 6, medium", "3 × 3 = 9, medium", "several factors meet (2)"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(
        w.states(OverlayKind::Risk, 12.0),
        ["medium"],
        "the silent channel adds nothing to a known grade"
    );
}

#[test]
fn a_silent_channel_alone_makes_the_risk_unknown() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    w.add_channel("n", "wall", &[(0.0, 50.0)]);
    assert_eq!(w.states(OverlayKind::Risk, 0.0), ["none"]);
    assert_eq!(w.states(OverlayKind::Risk, 20.0), ["unknown"]);
}

mod risk;

#[test]
fn a_schedule_and_a_survey_that_disagree_are_told_with_both_and_nothing_else_changes() {
    let mut w = World::default();
    w.add("wall", "IfcWall");
    w.add("roof", "IfcSlab");
    let task = w.add_task("W", 0.0, 2.0, &["wall", "roof"]);
    (task.actual_start, task.actual_finish) = (at(0.0), at(2.0));
    let entry = ProgressEntry {
        object: "s:wall".into(),
        state: Proven::NotStarted,
        evidence: "drone epoch".into(),
        proof: "dsm: 0 of 40 cells".into(),
        by: "K. Li".into(),
        valid: at(4.0).unwrap(),
        known: at(6.0).unwrap(),
        withdrawn: false,
    };
    w.schedule.entries.push(entry.clone());
    let states = |w: &World, day| w.states(OverlayKind::Progress, day);
    assert_eq!(states(&w, 3.0), ["done", "done"], "nobody had looked yet");
    assert_eq!(states(&w, 5.0), ["late", "done"]);
    let explained = w.ask(5.0, |m| m.explain(OverlayKind::Progress, ObjectRow(0)).reason);
    assert_eq!((explained.code, explained.parts[0].code), ("progress.seen", "progress.disagrees"));
    let text = explained.to_string();
    assert!(["K. Li", "dsm: 0 of 40 cells", "task W"].iter().all(|part| text.contains(part)), "{text}");
    assert!(!w.reason(OverlayKind::Progress, 1, 5.0).contains("K. Li"));
    w.schedule.entries.push(entry.taken_back("M. Wu", at(7.0).unwrap()));
    assert_eq!(states(&w, 5.0), ["done", "done"], "it was taken back");
}

#[test]
fn every_state_of_every_overlay_has_a_style_that_differs_from_its_neighbors() {
    for kind in OverlayKind::ALL {
        let mut seen = std::collections::BTreeSet::new();
        for state in kind.states() {
            let style = state.style();
            assert!(seen.insert((style.rgba, style.flags)), "{} {}", kind.name(), state.name);
            assert!(style.flags & (StyleFlags::COLORED | StyleFlags::MUTED | StyleFlags::HIDDEN) != 0);
        }
        assert_eq!(OverlayKind::from_name(kind.name()), Some(kind));
    }
}

#[test]
fn a_second_overlay_outlines_what_it_says_something_of_and_leaves_the_fill_as_it_is() {
    for kind in OverlayKind::ALL {
        let n = u8::try_from(kind.states().len()).unwrap();
        let result = OverlayResult::new(kind, UtcNanos(0), (0..n).collect());
        let fill = styles(&OverlayResult::new(OverlayKind::Progress, UtcNanos(0), vec![2; n.into()]));
        let mut both = fill.clone();
        outline(&mut both, &result);
        let mut seen = std::collections::BTreeSet::new();
        for ((own, fill), state) in both.iter().zip(&fill).zip(kind.states()) {
            assert_eq!((own.rgba, own.flags & !StyleFlags::OUTLINE), (fill.rgba, fill.flags));
            let bits = own.flags & StyleFlags::OUTLINE;
            assert_eq!(bits == 0, state.object_color().is_none(), "{} {}", kind.name(), state.name);
            assert!(bits == 0 || seen.insert(bits), "{} {} has a look of its own", kind.name(), state.name);
        }
        outline(&mut both, &OverlayResult::new(kind, UtcNanos(0), vec![kind.background(); n.into()]));
        assert_eq!(both, fill, "the next instant takes away what no longer holds");
    }
}

#[test]
fn a_million_objects_step_through_time_without_asking_the_scene() {
    const N: u32 = 1_000_000;
    let mut w = World::default();
    w.scene.0 = vec![Thing::default(); N as usize];
    let rules = RuleSet::shipped().unwrap();
    w.add_task("T", 0.0, 2.0, &[]);
    let mut linker = Linker::prepare(&w.scene, w.records(), &rules);
    linker.link_all_for_test();
    let input = OverlayInput {
        objects: &crate::NoObjects,
        linker: &linker,
        store: &w.store,
        channels: &w.channels,
        schedule: &w.schedule,
        issues: &w.issues,
        things: &w.things,
        rules: &rules,
        changes: &crate::Changes::default(),
        t: at(1.0).unwrap(),
    };
    for kind in OverlayKind::ALL {
        let started = std::time::Instant::now();
        let result = Moment::new(input).evaluate(kind);
        let table = styles(&result);
        eprintln!("{}: {N} objects in {:?}", kind.name(), started.elapsed());
        assert_eq!(table.len(), N as usize);
    }
}
