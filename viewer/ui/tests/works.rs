//! The panel of schedules and risks as a person uses it.
#![expect(clippy::unwrap_used, reason = "models of tests are made by hand")]

#[cfg(test)]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ui::*;
use support::{Window, harness, window};

const DAY: i64 = 86_400_000_000_000;
const START: i64 = 1_772_337_600_000_000_000;

fn day(n: i64) -> UtcNanos {
    UtcNanos(START + n * DAY)
}

fn task(n: i64, critical: bool) -> GanttRow {
    GanttRow {
        code: format!("T{n:05}"),
        name: format!("dig {n}"),
        depth: 0,
        kind: GanttKind::Task,
        bar: Some((day(n % 300), day(n % 300 + 9))),
        baseline: Some((day(n % 300), day(n % 300 + 7))),
        actual: None,
        done: 0.4,
        critical,
        critical_planned: n % 3 == 0,
        n_objects: 3,
    }
}

fn risk(row: u32, worst: (u8, u8)) -> RegisterRow {
    RegisterRow {
        row,
        name: format!("wall {row}"),
        class: "IfcWall".to_owned(),
        state: Some(StateId::High),
        score: worst.0 * worst.1,
        worst: Some(worst),
        factors: vec![("task_overdue", Some(worst.0 * worst.1))],
        owner: "site".to_owned(),
        due: Some(day(3)),
        overdue: true,
        note: "prop it".to_owned(),
    }
}

fn works(n_tasks: i64) -> WorksModel {
    let rows = (0..n_tasks).map(|n| task(n, n % 2 == 1)).collect();
    let mut matrix = [[0; 5]; 5];
    (matrix[3][3], matrix[1][2]) = (1, 1);
    let gantt = GanttModel { rows, span: Some((day(0), day(310))), problem: String::new() };
    let register = RegisterModel {
        rows: vec![risk(7, (4, 4)), risk(9, (2, 3))],
        matrix,
        grades: [[Some(StateId::High); 5]; 5],
        version: "1".to_owned(),
        time: Some(day(5)),
        sites: vec![HeapRow {
            row: Some(3),
            name: "bridge site".to_owned(),
            state: Some(StateId::High),
            counts: [5, 0, 1, 1, 0, 0],
            worst: Some(7),
        }],
        cells: Vec::new(),
    };
    WorksModel {
        gantt: Some(Arc::new(gantt)),
        marked: Arc::default(),
        curve: None,
        survey: None,
        register: Some(Arc::new(register)),
        selected: None,
        time: Some(day(5)),
        zone: TimeZoneName::new("Asia/Shanghai").unwrap(),
        person: "K. Li".to_owned(),
    }
}

fn with(language: Language, change: impl FnOnce(&mut Window)) -> Harness<'static, Window> {
    let mut w = window(language);
    (w.model.works, w.state.dock_open) = (Some(works(40)), true);
    change(&mut w);
    let mut harness = harness(w, vec2(1600.0, 1000.0), 1.0);
    harness.run_steps(4);
    harness.state_mut().actions.clear();
    harness
}

fn click(harness: &mut Harness<'static, Window>, label: &str) -> Vec<Action> {
    harness.get_by_label(label).click();
    harness.run_steps(3);
    std::mem::take(&mut harness.state_mut().actions)
}

fn has(harness: &Harness<'static, Window>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

#[test]
fn a_bar_selects_its_objects_and_only_critical_ones_are_listed_on_request() {
    let mut h = with(Language::English, |_| {});
    assert_eq!(click(&mut h, "dig 2"), [Action::SelectTask { task: 2, fit: false }]);
    assert_eq!(click(&mut h, "Select critical in the scene"), [Action::SelectCritical { planned: false }]);
    assert_eq!(click(&mut h, "Only critical"), []);
    assert!(has(&h, "dig 1") && !has(&h, "dig 2"));
    assert_eq!(
        click(&mut h, "dig 3"),
        [Action::SelectTask { task: 3, fit: false }],
        "places stay those of all rows"
    );
    assert_eq!(click(&mut h, "Path of the plan"), []);
    assert!(has(&h, "dig 0") && !has(&h, "dig 1"), "other tasks are critical in the plan");
    assert_eq!(click(&mut h, "Select critical in the scene"), [Action::SelectCritical { planned: true }]);
}

fn proposal(row: u32, state: Observed, accepted: bool) -> ProposalRow {
    ProposalRow {
        row,
        name: format!("slab {row}"),
        class: "IfcSlab".to_owned(),
        state,
        why: "beyond_lod95",
        cells: Some((90, 100)),
        share: None,
        off_m: Some((0.08, 0.12)),
        proof: String::new(),
        disagrees: state == Observed::NotStarted,
        accepted: accepted.then(|| ("M. Wu".to_owned(), day(4))),
    }
}

#[test]
fn proposals_of_a_survey_are_listed_by_state_accepted_with_a_name_and_taken_back() {
    let mut h = with(Language::English, |w| {
        w.state.dock_tab = DockTab::Works(WorksTab::Survey);
        let rows = vec![
            proposal(3, Observed::Deviates, false),
            proposal(4, Observed::Built, false),
            proposal(5, Observed::Built, true),
            proposal(6, Observed::NotStarted, false),
            proposal(8, Observed::NotObservable, false),
        ];
        let survey = SurveyModel {
            epochs: vec![("spring".to_owned(), day(1)), ("autumn".to_owned(), day(5))],
            shown: Some(1),
            lod95_m: 0.059,
            cell_m: 0.5,
            rows,
            ..SurveyModel::default()
        };
        w.model.works.as_mut().unwrap().survey = Some(Arc::new(survey));
    });
    assert_eq!(click(&mut h, "slab 4"), [Action::Select(Some(4))]);
    assert!(!has(&h, "Accept what was seen of slab 8"), "nothing was seen of it");
    assert!(!has(&h, "Accept the listed ones: 4"), "never all states at once");
    assert_eq!(click(&mut h, "Accept what was seen of slab 3"), []);
    assert_eq!(
        click(&mut h, "Accept"),
        [Action::DecideProposals { rows: vec![3], withdraw: false, by: "K. Li".to_owned() }]
    );
    assert_eq!(click(&mut h, "Take back what was entered about slab 5"), []);
    assert_eq!(
        click(&mut h, "Take back"),
        [Action::DecideProposals { rows: vec![5], withdraw: true, by: "K. Li".to_owned() }]
    );
    assert_eq!(click(&mut h, "Built 2"), []);
    assert!(has(&h, "slab 4") && !has(&h, "slab 3"));
    assert_eq!(click(&mut h, "Select in the scene"), [Action::SelectRows(vec![4, 5])]);
    assert_eq!(click(&mut h, "Accept the listed ones: 1"), []);
    assert_eq!(
        click(&mut h, "Accept"),
        [Action::DecideProposals { rows: vec![4], withdraw: false, by: "K. Li".to_owned() }]
    );
    h.get_by_label_contains("Survey spring").click();
    h.run_steps(3);
    assert_eq!(std::mem::take(&mut h.state_mut().actions), [Action::ShowSurvey(0)]);
}

#[test]
fn what_is_selected_in_the_scene_is_brought_into_view() {
    let mut h = with(Language::Chinese, |_| {});
    assert!(!has(&h, "dig 35"));
    if let Some(works) = &mut h.state_mut().model.works {
        works.marked = Arc::new(BTreeSet::from([35]));
    }
    h.run_steps(3);
    assert!(has(&h, "dig 35"));
}

#[test]
fn of_ten_thousand_tasks_only_those_in_view_are_made() {
    let h = with(Language::English, |w| w.model.works = Some(works(10_000)));
    let made = h.query_all_by_role(egui::accesskit::Role::ListItem).count();
    assert!((5..100).contains(&made), "{made}");
}

#[test]
fn a_cell_of_the_matrix_lists_its_risks_and_a_risk_selects_its_object() {
    let mut h = with(Language::English, |w| w.state.dock_tab = DockTab::Works(WorksTab::Register));
    assert_eq!(click(&mut h, "wall 9"), [Action::Select(Some(9))]);
    assert_eq!(click(&mut h, "Likelihood 4, severity 4: 1 objects, High"), []);
    assert!(has(&h, "wall 7") && !has(&h, "wall 9"));
    assert_eq!(click(&mut h, "Only 4 × 4: show all"), []);
    assert!(has(&h, "wall 9"));
}

#[test]
fn an_entry_of_the_register_is_changed_in_a_form_and_sites_are_listed_with_their_worst() {
    let mut h = with(Language::English, |w| w.state.dock_tab = DockTab::Works(WorksTab::Register));
    assert_eq!(click(&mut h, "Enter owner, date and note for wall 7"), []);
    let edit = RiskEdit {
        row: 7,
        owner: "site".to_owned(),
        due: "2026-03-04".to_owned(),
        why: "prop it".to_owned(),
        closed: false,
        by: "K. Li".to_owned(),
    };
    assert_eq!(click(&mut h, "Enter"), [Action::EnterRisk(edit)]);
    assert!(!has(&h, "Enter"), "the form is closed");
    assert_eq!(click(&mut h, "Sites"), []);
    assert_eq!(click(&mut h, "bridge site"), [Action::Select(Some(7))]);
    assert!(!has(&h, "Management cells"), "there are none");
}

#[test]
fn keys_open_and_close_the_panel_and_what_is_not_there_yet_says_so() {
    let mut h = with(Language::English, |w| w.state.dock_open = false);
    let press = |h: &mut Harness<'static, Window>, key| {
        h.key_press_modifiers(Modifiers::NONE, key);
        h.run_steps(3);
    };
    press(&mut h, Key::B);
    assert!(has(&h, "dig 1"));
    press(&mut h, Key::R);
    assert!(has(&h, "wall 7") && !has(&h, "dig 1"));
    press(&mut h, Key::R);
    assert!(!has(&h, "wall 7"));
    press(&mut h, Key::B);
    click(&mut h, "Earned value");
    assert!(has(&h, "Working it out …"));
}
