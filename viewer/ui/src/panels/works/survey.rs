//! What a survey proposes about how far elements are: a list to look at, accept and take back.

use egui::{Button, Frame, Id, Rect, RichText, Ui};

use super::table::{self, Line, Table};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{Observed, ProposalRow, SurveyModel, WorksModel};
use crate::panels::card;
use crate::state::{SurveyForm, UiState};
use crate::states::StateId;
use crate::theme::{self, Tokens};
use crate::words::{Msg, Words, msg};

/// The words, and the color and pattern that overlays give to the same.
fn look(state: Observed) -> (Msg, StateId) {
    match state {
        Observed::Deviates => (msg::SURVEY_DEVIATES, StateId::Late),
        Observed::InProgress => (msg::SURVEY_IN_PROGRESS, StateId::InProgress),
        Observed::Built => (msg::SURVEY_BUILT, StateId::Done),
        Observed::NotStarted => (msg::SURVEY_NOT_STARTED, StateId::NotStarted),
        Observed::NotObservable => (msg::SURVEY_NOT_OBSERVABLE, StateId::Unlinked),
    }
}

/// Proposals that are listed.
fn listed<'s>(survey: &'s SurveyModel, state: &UiState) -> Vec<&'s ProposalRow> {
    survey.rows.iter().filter(|r| state.survey_only.is_none_or(|only| r.state == only)).collect()
}

/// Whether somebody can decide for it.
fn is_open(row: &ProposalRow) -> bool {
    row.state != Observed::NotObservable && row.accepted.is_none()
}

/// What is told beside the tabs, from the right: what to do with the listed ones, states with counts, the survey.
pub(super) fn head(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(survey) = model.survey.as_ref().filter(|s| !s.rows.is_empty()) else { return };
    let rows = listed(survey, state);
    let open: Vec<u32> = rows.iter().filter(|r| is_open(r)).map(|r| r.row).collect();
    let n = [("n", format::count(open.len() as u64).into())];
    // Only after a state was chosen: nobody accepts everything that a survey says with one click.
    if state.survey_only.is_some() && !open.is_empty() {
        let accept = words.t_args(msg::SURVEY_ACCEPT_LISTED, &n);
        if ui.button(accept).clicked() {
            let by = model.person.clone();
            state.survey_form = Some(SurveyForm { rows: open, name: String::new(), withdraw: false, by });
        }
    }
    if ui.button(words.t(msg::SURVEY_SELECT)).clicked() {
        out.push(Action::SelectRows(rows.iter().map(|r| r.row).collect()));
    }
    for observed in Observed::ALL.into_iter().rev() {
        let count = survey.rows.iter().filter(|r| r.state == observed).count() as u64;
        if count == 0 {
            continue;
        }
        let name = words.t(look(observed).0);
        let args = [("state", name.as_ref().into()), ("n", format::count(count).into())];
        let on = state.survey_only == Some(observed);
        if ui.selectable_label(on, words.t_args(msg::SURVEY_ONLY, &args)).clicked() {
            state.survey_only = (!on).then_some(observed);
            state.survey_top = 0.0;
        }
    }
    let floor =
        [("lod", format::meters(survey.lod95_m).into()), ("cell", format::meters(survey.cell_m).into())];
    ui.label(draw::weak(ui, &words.t_args(msg::SURVEY_FLOOR, &floor)));
}

pub(super) fn show(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    form(ui, state, words, out);
    let Some(survey) = &model.survey else { return super::say(ui, &words.t(msg::WORKS_LOADING)) };
    if !survey.problem.is_empty() {
        return super::say(ui, &survey.problem);
    }
    if survey.epochs.is_empty() {
        return super::say(ui, &words.t(msg::SURVEY_EMPTY));
    }
    epochs(ui, (model, survey), words, out);
    if survey.rows.is_empty() {
        return super::say(ui, &words.t(msg::SURVEY_NONE));
    }
    let rows = listed(survey, state);
    let t = theme::of(ui);
    let table = Table {
        id: "proposal",
        label: &words.t(msg::WORKS_SURVEY),
        columns: [
            (msg::SURVEY_STATE, 0.25),
            (msg::SURVEY_OBJECT, 0.26),
            (msg::SURVEY_CELLS, 0.12),
            (msg::SURVEY_OFF, 0.1),
            (msg::SURVEY_P95, 0.1),
            (msg::SURVEY_DECISION, 0.17),
        ],
        n_rows: rows.len(),
        selected: model.selected,
        words,
    };
    let mut form = None;
    let mut end = |ui: &Ui, ix: usize, place: Rect| {
        let asked = rows.get(ix).and_then(|row| decide(ui, place, row, model, words));
        let clicked = asked.is_some();
        form = asked.or_else(|| form.take());
        clicked
    };
    let show = |ix: usize| rows.get(ix).map(|row| line(row, model, (t, words)));
    out.extend(table::show(ui, &table, &mut state.survey_top, &show, &mut end));
    if form.is_some() {
        state.survey_form = form;
    }
}

/// Which survey: a choice where there are several.
fn epochs(ui: &mut Ui, (model, survey): (&WorksModel, &SurveyModel), words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for (ix, (name, time)) in survey.epochs.iter().enumerate() {
            let args =
                [("name", name.as_str().into()), ("time", format::date_time(*time, &model.zone).into())];
            let text = RichText::new(words.t_args(msg::SURVEY_EPOCH, &args)).size(12.0);
            let on = survey.shown == Some(ix);
            if ui.selectable_label(on, text).clicked() && !on {
                out.push(Action::ShowSurvey(ix));
            }
        }
    });
}

/// The button at the end of a row: accept, or take back. What it opens.
fn decide(ui: &Ui, place: Rect, row: &ProposalRow, model: &WorksModel, words: &Words) -> Option<SurveyForm> {
    let withdraw = row.accepted.is_some();
    if !withdraw && !is_open(row) {
        return None;
    }
    let (icon, label) =
        if withdraw { (Icon::Undo, msg::SURVEY_WITHDRAW) } else { (Icon::Check, msg::SURVEY_ACCEPT) };
    let label = words.t_args(label, &[("object", row.name.as_str().into())]);
    let response = draw::icon_at(ui, place, (icon, &label), ("proposal-decide", row.row));
    response.clicked().then(|| SurveyForm {
        rows: vec![row.row],
        name: row.name.clone(),
        withdraw,
        by: model.person.clone(),
    })
}

fn line(row: &ProposalRow, model: &WorksModel, (t, words): (Tokens, &Words)) -> Line<6> {
    let (name, state) = look(row.state);
    let why = words.by_id(&format!("survey-why-{}", row.why), &[]).unwrap_or_else(|| row.why.to_owned());
    let told = |(by, at): &(String, lantu_base::UtcNanos)| {
        let args = [("by", by.as_str().into()), ("time", format::date_time(*at, &model.zone).into())];
        words.t_args(msg::SURVEY_ACCEPTED_BY, &args)
    };
    // What rounds to nothing has no sign.
    let sign = |m: f64| if m >= 0.0005 { "+" } else { "" };
    let off = |m: f64| format::with_unit(&format!("{}{}", sign(m), format::number(m, 3)), "m");
    let accepted = row.accepted.as_ref().map(told);
    let disagrees = row.disagrees && accepted.is_none();
    let texts = [
        format!("{} · {why}", words.t(name)),
        row.name.clone(),
        row.cells
            .map(|(there, seen)| {
                let args = [("there", format::count(there).into()), ("seen", format::count(seen).into())];
                words.t_args(msg::SURVEY_OF, &args)
            })
            .or_else(|| row.share.map(format::percent))
            .unwrap_or_default(),
        row.off_m.map(|(mean, _)| off(mean)).unwrap_or_default(),
        row.off_m.map(|(_, p95)| format::with_unit(&format::number(p95, 3), "m")).unwrap_or_default(),
        accepted.unwrap_or_else(|| {
            if disagrees { words.t(msg::SURVEY_DISAGREES).into_owned() } else { String::new() }
        }),
    ];
    Line {
        row: row.row,
        name: row.name.clone(),
        state: Some(state),
        texts,
        ink: disagrees.then_some((5, t.caution)),
        hint: row.proof.clone(),
    }
}

/// Who decides.
fn form(ui: &Ui, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let Some(form) = &mut state.survey_form else { return };
    let object = [("object", form.name.as_str().into())];
    let title = match (form.withdraw, form.name.is_empty()) {
        (true, _) => words.t_args(msg::SURVEY_FORM_WITHDRAW, &object),
        (false, false) => words.t_args(msg::SURVEY_FORM_ACCEPT, &object),
        (false, true) => {
            let n = [("n", format::count(form.rows.len() as u64).into())];
            words.t_args(msg::SURVEY_FORM_ACCEPT_MANY, &n)
        }
    };
    let frame = Frame::popup(ui.style()).inner_margin(18.0);
    let response = egui::Modal::new(Id::unique("lantu-survey-form")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        let mut done = card::title(ui, &title, Some(&words.t(msg::ALARM_FORM_CANCEL)));
        ui.add_space(6.0);
        card::text_field(ui, &words.t(msg::ALARM_FORM_BY), &mut form.by);
        ui.label(draw::weak(ui, &words.t(msg::ALARM_FORM_LOG)));
        ui.add_space(8.0);
        let deed = if form.withdraw { msg::SURVEY_FORM_UNDO } else { msg::SURVEY_FORM_DO };
        ui.horizontal(|ui| {
            let ready = !form.by.trim().is_empty();
            if ui.add_enabled(ready, Button::new(words.t(deed))).clicked() {
                out.push(Action::DecideProposals {
                    rows: form.rows.clone(),
                    withdraw: form.withdraw,
                    by: form.by.trim().to_owned(),
                });
                done = true;
            }
            done |= ui.button(words.t(msg::ALARM_FORM_CANCEL)).clicked();
        });
        done
    });
    if response.inner || response.should_close() {
        state.survey_form = None;
    }
}
