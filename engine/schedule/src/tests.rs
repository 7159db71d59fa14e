//! Dates of small plans, worked by hand.

use crate::{
    Assignment, Calendar, Civil, Constraint, ConstraintKind, Exception, Lag, LagCalendar, Link, LinkKind,
    Plan, PlanTask, Resource, Rules, ScheduleError, TaskKind, WorkTime, compute, compute_at, compute_planned,
};

const DAY: i64 = 8 * 3600;

fn civil(text: &str) -> Civil {
    Civil::parse(text).unwrap()
}

fn task(id: &str, days: i64) -> PlanTask {
    PlanTask { id: id.into(), name: format!("task {id}"), duration_s: days * DAY, ..PlanTask::default() }
}

fn link(from: &str, kind: LinkKind, to: &str, lag_days: i64) -> Link {
    Link { from: from.into(), to: to.into(), kind, lag: Lag::Work(lag_days * DAY) }
}

/// From Monday 2026-03-02 on.
fn plan(tasks: Vec<PlanTask>, links: Vec<Link>) -> Plan {
    Plan { start: Some(civil("2026-03-02T08:00")), tasks, links, ..Plan::default() }
}

/// Early start, early finish, late start, late finish, float in days, critical; of each task.
fn check(plan: &Plan, expected: &[(&str, &str, &str, &str, f64, bool)]) {
    let dates = compute(plan).unwrap();
    let minute = |t: Civil| t.to_string()[5..16].replace('T', " ");
    let found: Vec<_> = dates
        .tasks
        .iter()
        .map(|d| {
            let texts = [d.early_start, d.early_finish, d.late_start, d.late_finish].map(minute);
            (texts, d.total_float_s as f64 / DAY as f64, d.critical)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(a, b, c, d, float, critical)| ([*a, *b, *c, *d].map(str::to_owned), *float, *critical))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_longest_chain_is_critical_and_the_other_floats() {
    let p = plan(
        vec![task("a", 2), task("b", 3), task("c", 1), task("d", 1)],
        vec![
            link("a", LinkKind::FinishStart, "b", 0),
            link("a", LinkKind::FinishStart, "c", 0),
            link("b", LinkKind::FinishStart, "d", 0),
            link("c", LinkKind::FinishStart, "d", 0),
        ],
    );
    check(
        &p,
        &[
            ("03-02 08:00", "03-03 17:00", "03-02 08:00", "03-03 17:00", 0.0, true),
            ("03-04 08:00", "03-06 17:00", "03-04 08:00", "03-06 17:00", 0.0, true),
            ("03-04 08:00", "03-04 17:00", "03-06 08:00", "03-06 17:00", 2.0, false),
            ("03-09 08:00", "03-09 17:00", "03-09 08:00", "03-09 17:00", 0.0, true),
        ],
    );
    let free: Vec<i64> = compute(&p).unwrap().tasks.iter().map(|d| d.free_float_s / DAY).collect();
    assert_eq!(free, [0, 0, 2, 0]);
}

#[test]
fn links_of_every_kind_with_lags_and_leads() {
    let two = |kind, lag| plan(vec![task("a", 3), task("b", 2)], vec![link("a", kind, "b", lag)]);
    let start_of_b = |p: &Plan| compute(p).unwrap().tasks[1].early_start.to_string();
    assert_eq!(start_of_b(&two(LinkKind::FinishStart, 1)), "2026-03-06T08:00:00");
    assert_eq!(start_of_b(&two(LinkKind::FinishStart, -1)), "2026-03-04T08:00:00");
    assert_eq!(start_of_b(&two(LinkKind::StartStart, 1)), "2026-03-03T08:00:00");
    assert_eq!(start_of_b(&two(LinkKind::FinishFinish, 0)), "2026-03-03T08:00:00");
    assert_eq!(start_of_b(&two(LinkKind::StartFinish, 5)), "2026-03-05T08:00:00");
    let mut elapsed = two(LinkKind::FinishStart, 0);
    elapsed.links[0].lag = Lag::Elapsed(3 * 86_400);
    assert_eq!(start_of_b(&elapsed), "2026-03-09T08:00:00", "three days on the clock end on Saturday");
    elapsed.links[0].lag = Lag::Percent(50.0);
    assert_eq!(start_of_b(&elapsed), "2026-03-06T13:00:00", "half of three days");
}

#[test]
fn holidays_weekends_and_own_calendars_count() {
    let mut six_days = Calendar { id: "six".into(), ..Calendar::standard() };
    six_days.week[6] = Some(vec![(8 * 3600, 16 * 3600)]);
    let day = civil("2026-03-04").day();
    six_days.exceptions.push(Exception {
        name: "holiday".into(),
        from_day: day,
        to_day: day,
        spans: Vec::new(),
    });
    let mut p =
        plan(vec![task("a", 5), PlanTask { calendar: Some("six".into()), ..task("b", 5) }], Vec::new());
    p.calendars.push(six_days);
    let finishes: Vec<String> =
        compute(&p).unwrap().tasks.iter().map(|d| d.early_finish.to_string()).collect();
    assert_eq!(finishes, ["2026-03-06T17:00:00", "2026-03-07T16:00:00"]);
}

#[test]
fn a_derived_calendar_says_only_what_differs() {
    let base = Calendar { id: "base".into(), ..Calendar::standard() };
    let mut own = Calendar { id: "own".into(), base: Some("base".into()), ..Calendar::default() };
    own.week[1] = Some(Vec::new());
    let all = [base, own.clone()];
    let time = WorkTime::new(&own, &all).unwrap();
    assert_eq!(time.next_start(civil("2026-03-02T08:00")).unwrap(), civil("2026-03-03T08:00"), "no Mondays");
    assert_eq!(time.between(civil("2026-03-02"), civil("2026-03-09")), 4 * DAY);
    let circle = Calendar { id: "own".into(), base: Some("own".into()), ..Calendar::default() };
    assert!(WorkTime::new(&circle, std::slice::from_ref(&circle)).is_err());
    let never = Calendar { week: std::array::from_fn(|_| Some(Vec::new())), ..Calendar::default() };
    assert!(WorkTime::new(&never, &[]).is_err());
}

#[test]
fn work_added_and_taken_away_again_is_none() {
    let time = WorkTime::new(&Calendar::standard(), &[]).unwrap();
    let start = civil("2026-03-05T10:30");
    for hours in [1, 5, 8, 20, 400] {
        let end = time.add(start, hours * 3600).unwrap();
        assert_eq!(time.between(start, end), hours * 3600);
        assert_eq!(time.add(end, -hours * 3600).unwrap(), start);
        assert_eq!(time.between(end, start), -hours * 3600);
    }
}

#[test]
fn constraints_and_deadlines_bend_dates_and_make_negative_float() {
    let at = |kind, date: &str| Constraint { kind, date: civil(date) };
    let mut p = plan(vec![task("a", 2), task("b", 2)], vec![link("a", LinkKind::FinishStart, "b", 0)]);
    p.tasks[0].constraints = vec![at(ConstraintKind::StartNoEarlierThan, "2026-03-04T08:00")];
    assert_eq!(compute(&p).unwrap().tasks[0].early_finish, civil("2026-03-05T17:00"));
    p.tasks[1].constraints = vec![at(ConstraintKind::MustFinishOn, "2026-03-06T17:00")];
    let dates = compute(&p).unwrap().tasks;
    assert_eq!(dates[0].total_float_s, -DAY, "a must be done by Wednesday and is by Thursday");
    assert!(dates[0].critical);
    p.tasks[1].constraints.clear();
    p.tasks[1].deadline = Some(civil("2026-03-06T17:00"));
    assert_eq!(compute(&p).unwrap().tasks[1].total_float_s, -DAY);
}

#[test]
fn a_stated_date_stays_as_stated_outside_working_hours_and_work_counts_from_the_next_hour_worked() {
    let at = |kind, date: &str| Constraint { kind, date: civil(date) };
    let mut p = plan(vec![task("a", 1), task("b", 1)], vec![link("a", LinkKind::FinishStart, "b", 0)]);
    p.tasks[1].constraints = vec![at(ConstraintKind::StartNoEarlierThan, "2026-03-07T08:00")];
    let dates = compute(&p).unwrap().tasks;
    assert_eq!(
        (dates[1].early_start, dates[1].early_finish),
        (civil("2026-03-07T08:00"), civil("2026-03-09T17:00")),
        "not before a Saturday, worked on the Monday"
    );
    p.tasks[0].constraints = vec![at(ConstraintKind::FinishNoEarlierThan, "2026-03-03T19:00")];
    assert_eq!(compute(&p).unwrap().tasks[0].early_finish, civil("2026-03-03T19:00"));
}

#[test]
fn a_summary_spans_its_tasks_and_its_links_are_theirs() {
    let mut p = plan(
        vec![
            PlanTask { kind: TaskKind::Summary, ..task("S", 0) },
            PlanTask { parent: Some("S".into()), ..task("a", 2) },
            PlanTask { parent: Some("S".into()), ..task("b", 3) },
            task("c", 1),
            task("d", 1),
        ],
        vec![
            link("S", LinkKind::FinishStart, "c", 0),
            link("a", LinkKind::FinishStart, "b", 0),
            link("S", LinkKind::StartStart, "d", 1),
        ],
    );
    let dates = compute(&p).unwrap().tasks;
    assert_eq!(
        (dates[0].early_start, dates[0].early_finish),
        (civil("2026-03-02T08:00"), civil("2026-03-06T17:00"))
    );
    assert_eq!(dates[3].early_start, civil("2026-03-09T08:00"));
    assert_eq!(
        dates[4].early_start,
        civil("2026-03-03T08:00"),
        "a day after the first of them, not the last"
    );
    p.links.push(link("c", LinkKind::FinishStart, "a", 0));
    let ScheduleError::Cycle(cycle) = compute(&p).unwrap_err() else { panic!("no cycle") };
    assert!(cycle.ids.contains(&"a".to_owned()) && cycle.ids.contains(&"c".to_owned()), "{cycle:?}");
}

#[test]
fn work_of_a_resource_makes_a_duration_in_its_calendar() {
    let mut p = plan(vec![task("a", 1)], Vec::new());
    let mut nights = Calendar { id: "n".into(), ..Calendar::standard() };
    nights.week = std::array::from_fn(|_| Some(vec![(20 * 3600, 24 * 3600)]));
    p.calendars.push(nights);
    p.resources.push(Resource {
        id: "r".into(),
        name: "crew".into(),
        calendar: Some("n".into()),
        works: true,
    });
    p.assignments.push(Assignment {
        task: "a".into(),
        resource: "r".into(),
        units: 0.5,
        work_s: 4 * 3600,
        remaining_s: 4 * 3600,
        cost_cents: None,
    });
    let d = compute(&p).unwrap().tasks[0];
    assert_eq!((d.early_start, d.early_finish), (civil("2026-03-02T20:00"), civil("2026-03-04T00:00")));
}

#[test]
fn what_remains_is_scheduled_from_the_data_date_in_primavera() {
    let mut p = plan(
        vec![
            PlanTask {
                actual_start: Some(civil("2026-02-23T08:00")),
                remaining_s: Some(DAY),
                percent: Some(80.0),
                ..task("a", 5)
            },
            PlanTask { kind: TaskKind::Milestone, ..task("m", 0) },
        ],
        vec![link("a", LinkKind::FinishStart, "m", 0)],
    );
    p.rules = Rules::Primavera;
    p.lag_calendar = LagCalendar::Predecessor;
    p.data_date = Some(civil("2026-03-04T08:00"));
    let dates = compute(&p).unwrap().tasks;
    assert_eq!(
        (dates[0].early_start, dates[0].early_finish),
        (civil("2026-03-04T08:00"), civil("2026-03-04T17:00"))
    );
    assert_eq!(
        dates[1].early_finish,
        civil("2026-03-04T17:00"),
        "a finish milestone sits where the day ends"
    );
}

#[test]
fn links_to_nothing_and_switched_off_tasks_hold_nothing_up() {
    let p = plan(
        vec![PlanTask { kind: TaskKind::Inactive, ..task("off", 50) }, task("b", 1)],
        vec![link("off", LinkKind::FinishStart, "b", 0), link("nobody", LinkKind::FinishStart, "b", 0)],
    );
    let computed = compute(&p).unwrap();
    assert_eq!(computed.unused_links, [0, 1]);
    assert_eq!(computed.tasks.len(), 1);
    assert_eq!(computed.tasks[0].early_start, civil("2026-03-02T08:00"));
    assert!(matches!(
        compute(&Plan { tasks: vec![task("a", 1)], ..Plan::default() }),
        Err(ScheduleError::NoStart)
    ));
}

/// Ids of critical tasks and the plan's finish as of an instant.
fn as_of(p: &Plan, at: &str) -> (String, String) {
    let dates = compute_at(p, civil(at)).unwrap();
    let critical = dates.tasks.iter().filter(|d| d.critical).map(|d| p.tasks[d.place].id.as_str());
    (critical.collect::<Vec<_>>().join(" "), dates.finish.unwrap().to_string()[5..16].to_owned())
}

#[test]
fn the_critical_path_of_any_date_is_that_of_the_work_that_remains_then() {
    // a and b are one chain of 5 days, c and d the other of 4; d needs 4 days instead of 1 and is still under way.
    let at = |id: &str, days: i64, start: &str, finish: Option<&str>| PlanTask {
        actual_start: Some(civil(start)),
        actual_finish: finish.map(civil),
        percent: Some(if finish.is_some() { 100.0 } else { 25.0 }),
        ..task(id, days)
    };
    let p = plan(
        vec![
            at("a", 2, "2026-03-02T08:00", Some("2026-03-03T17:00")),
            at("b", 3, "2026-03-04T08:00", Some("2026-03-06T17:00")),
            at("c", 3, "2026-03-02T08:00", Some("2026-03-04T17:00")),
            at("d", 4, "2026-03-09T08:00", None),
            task("e", 1),
        ],
        vec![
            link("a", LinkKind::FinishStart, "b", 0),
            link("b", LinkKind::FinishStart, "e", 0),
            link("c", LinkKind::FinishStart, "d", 0),
            link("d", LinkKind::FinishStart, "e", 0),
        ],
    );
    let day = |d: &str| as_of(&p, d);
    assert_eq!(compute_planned(&p), compute_at(&p, civil("2026-02-01")));
    assert_eq!(day("2026-02-01"), ("c d e".into(), "03-11T17:00".into()), "the plan: 3 + 4 + 1 days");
    // On Wednesday a is done; 48 of the 57 hours on the clock in which c was done have passed, so 3:47 of its 24 hours
    // of work remain.
    assert_eq!(day("2026-03-04T08:00"), ("c d e".into(), "03-11T11:47".into()));
    // On Monday nobody has begun d: it and e remain.
    assert_eq!(day("2026-03-09T07:00"), ("d e".into(), "03-13T17:00".into()));
    // A quarter of d is done; three days of it remain, from then on.
    assert_eq!(day("2026-03-13T08:00"), ("d e".into(), "03-18T17:00".into()));
    let file = compute(&p).unwrap();
    assert_eq!(file.finish.unwrap().to_string(), "2026-03-13T17:00:00", "of the file itself nothing changes");
}

#[test]
fn what_nobody_began_is_pushed_behind_the_date_and_hard_dates_show_that_they_are_missed() {
    let must = Constraint { kind: ConstraintKind::MustFinishOn, date: civil("2026-03-06T17:00") };
    let p = plan(
        vec![task("a", 2), PlanTask { constraints: vec![must], ..task("b", 1) }],
        vec![link("a", LinkKind::FinishStart, "b", 0)],
    );
    let float = |at: &str| {
        let dates = compute_at(&p, civil(at)).unwrap();
        (dates.tasks[0].early_start.to_string(), dates.tasks[0].total_float_s / DAY)
    };
    assert_eq!(float("2026-03-02T08:00"), ("2026-03-02T08:00:00".into(), 2));
    assert_eq!(float("2026-03-05T08:00"), ("2026-03-05T08:00:00".into(), -1), "b was to be done on Friday");
}

#[test]
fn in_primaveras_rules_the_date_is_the_data_date() {
    let done = PlanTask {
        actual_start: Some(civil("2026-03-02T08:00")),
        actual_finish: Some(civil("2026-03-03T17:00")),
        percent: Some(100.0),
        ..task("a", 2)
    };
    let mut p = plan(vec![done, task("b", 3)], vec![link("a", LinkKind::FinishStart, "b", 0)]);
    p.rules = Rules::Primavera;
    p.data_date = Some(civil("2026-03-04T08:00"));
    assert_eq!(as_of(&p, "2026-02-01"), ("a b".into(), "03-06T17:00".into()), "nothing is done yet");
    assert_eq!(as_of(&p, "2026-03-10T08:00"), ("b".into(), "03-12T17:00".into()));
}
