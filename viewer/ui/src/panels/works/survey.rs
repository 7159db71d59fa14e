//! What a survey proposes about how far elements are: a list to look at, accept and take back.

use egui::{Button, FontFamily, FontId, Frame, Id, Rect, RichText, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{Observed, ProposalRow, SurveyModel, WorksModel};
use crate::panels::card;
use crate::panels::long_list::{self, List};
use crate::state::{SurveyForm, UiState};
use crate::states::StateId;
use crate::theme::{self, Tokens};
use crate::words::{Msg, Words, msg};

const ROW: f32 = 22.0;
const HEAD: f32 = 18.0;
/// Columns of the list: what was seen, object, cells, mean difference, 95 %, who accepted; shares of the width.
const COLUMNS: [f32; 6] = [0.25, 0.26, 0.12, 0.1, 0.1, 0.17];
/// Width of the button at the end of a row.
const BUTTON: f32 = 26.0;

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
    let (head, _space) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let names = [
        msg::SURVEY_STATE,
        msg::SURVEY_OBJECT,
        msg::SURVEY_CELLS,
        msg::SURVEY_OFF,
        msg::SURVEY_P95,
        msg::SURVEY_DECISION,
    ];
    for (cell, name) in cells(head).zip(names) {
        let font = FontId::new(11.0, FontFamily::Proportional);
        let at = pos2(cell.left(), cell.center().y);
        draw::cut_text(ui.painter(), at, &words.t(name), font, (t.weak, cell.width()));
    }
    let list = List { n_rows: rows.len(), row_height: ROW, jump: None };
    let mut form = None;
    long_list::show(ui, list, &mut state.survey_top, &words.t(msg::WORKS_SURVEY), |ui, ix, rect| {
        let Some(row) = rows.get(ix) else { return };
        let selected = model.selected == Some(row.row);
        let response = ui.interact(rect, ui.scope_id().with(("proposal", row.row)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::ListItem, true, selected, &row.name));
        if selected {
            ui.painter().rect_filled(rect, 2.0, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 2.0, t.hover);
        }
        line(ui, rect, row, model, (t, words));
        form = decide(ui, rect, row, model, words).or_else(|| form.take());
        if response.double_clicked() {
            out.push(Action::FitRow(row.row));
        } else if response.clicked() {
            out.push(Action::Select(Some(row.row)));
        }
        if !row.proof.is_empty() {
            response.on_hover_text(&row.proof);
        }
    });
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
fn decide(ui: &Ui, rect: Rect, row: &ProposalRow, model: &WorksModel, words: &Words) -> Option<SurveyForm> {
    let withdraw = row.accepted.is_some();
    if !withdraw && !is_open(row) {
        return None;
    }
    let (icon, label) =
        if withdraw { (Icon::Undo, msg::SURVEY_WITHDRAW) } else { (Icon::Check, msg::SURVEY_ACCEPT) };
    let label = words.t_args(label, &[("object", row.name.as_str().into())]);
    let at = pos2(rect.right() - BUTTON / 2.0, rect.center().y);
    let button = Rect::from_center_size(at, vec2(BUTTON, ROW));
    let response = draw::icon_at(ui, button, (icon, &label), ("proposal-decide", row.row));
    response.clicked().then(|| SurveyForm {
        rows: vec![row.row],
        name: row.name.clone(),
        withdraw,
        by: model.person.clone(),
    })
}

fn cells(rect: Rect) -> impl Iterator<Item = Rect> {
    let mut left = rect.left() + 4.0;
    COLUMNS.into_iter().map(move |share| {
        let right = left + (rect.width() - 8.0 - BUTTON) * share;
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(right - 8.0, rect.bottom()));
        left = right;
        cell
    })
}

fn line(ui: &Ui, rect: Rect, row: &ProposalRow, model: &WorksModel, (t, words): (Tokens, &Words)) {
    let p = ui.painter();
    let font = FontId::new(12.0, FontFamily::Proportional);
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
    for (ix, (cell, text)) in cells(rect).zip(texts).enumerate() {
        let mut left = cell.left();
        if ix == 0 {
            let swatch = Rect::from_center_size(pos2(left + 8.0, cell.center().y), vec2(15.0, 15.0));
            draw::swatch(p, swatch, state, t.border);
            left += 22.0;
        }
        let color = if ix == 5 && disagrees { t.caution } else { t.text };
        draw::cut_text(p, pos2(left, cell.center().y), &text, font.clone(), (color, cell.right() - left));
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
