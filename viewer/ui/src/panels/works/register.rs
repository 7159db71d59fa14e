//! The register of risks: the list, worst first, and the matrix of likelihood and severity.

use egui::{
    Align2, Button, FontFamily, FontId, Frame, Id, Rect, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::table::{self, Line, Table};
use crate::action::{Action, RiskEdit};
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{HeapRow, RegisterModel, RegisterRow, WorksModel};
use crate::panels::card;
use crate::panels::long_list::{self, List};
use crate::state::{RiskList, UiState};
use crate::states::{OverlayKind, StateId};
use crate::theme::{self, Tokens};
use crate::words::{Words, msg};

const ROW: f32 = 22.0;
/// Most width of the matrix with its axes.
const MATRIX: f32 = 236.0;

/// What is told beside the tabs.
pub(super) fn head(ui: &mut Ui, model: &WorksModel, state: &mut UiState, words: &Words) {
    let Some(register) = &model.register else { return };
    let lists = [
        (RiskList::Cells, msg::RISK_CELLS, !register.cells.is_empty()),
        (RiskList::Sites, msg::RISK_SITES, !register.sites.is_empty()),
        (RiskList::Objects, msg::RISK_OBJECTS, true),
    ];
    for (list, name, _) in lists.into_iter().filter(|l| l.2) {
        if ui.selectable_label(state.risk_list == list, words.t(name)).clicked() {
            (state.risk_list, state.risk_top) = (list, 0.0);
        }
    }
    if let Some((likelihood, severity)) = state.risk_cell {
        let args = [("likelihood", u64::from(likelihood).into()), ("severity", u64::from(severity).into())];
        if ui.selectable_label(true, words.t_args(msg::RISK_ONLY_CELL, &args)).clicked() {
            state.risk_cell = None;
        }
    }
    let args = [
        ("n", format::count(register.rows.len() as u64).into()),
        ("version", register.version.as_str().into()),
    ];
    ui.label(draw::weak(ui, &words.t_args(msg::RISK_COUNTS, &args)));
}

pub(super) fn show(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(register) = &model.register else { return super::say(ui, &words.t(msg::WORKS_LOADING)) };
    if register.rows.is_empty() {
        return super::say(ui, &words.t(msg::RISK_EMPTY));
    }
    let area = ui.available_rect_before_wrap();
    let width = MATRIX.min(area.width() * 0.4);
    let left = Rect::from_min_max(area.min, pos2(area.right() - width - 14.0, area.bottom()));
    let right = Rect::from_min_max(pos2(area.right() - width, area.top()), area.max);
    matrix(ui, right, register, state, words);
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| match state.risk_list {
        RiskList::Objects => list(ui, (model, register), state, words, out),
        RiskList::Sites => heaps(ui, &register.sites, state, words, out),
        RiskList::Cells => heaps(ui, &register.cells, state, words, out),
    });
    ui.allocate_rect(area, Sense::hover());
    form(ui, state, words, out);
}

/// Sites or management cells: the worst risk in each, and how many objects have which.
fn heaps(ui: &mut Ui, rows: &[HeapRow], state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let font = || FontId::new(12.0, FontFamily::Proportional);
    let list = List { n_rows: rows.len(), row_height: ROW, jump: None };
    long_list::show(ui, list, &mut state.risk_top, &words.t(msg::WORKS_REGISTER), |ui, ix, rect| {
        let Some(row) = rows.get(ix) else { return };
        let name = if row.row.is_some() { row.name.clone() } else { words.t(msg::RISK_NOWHERE).into_owned() };
        let response = ui.interact(rect, ui.scope_id().with(("heap", ix)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::ListItem, true, &name));
        if response.hovered() {
            ui.painter().rect_filled(rect, 2.0, t.hover);
        }
        let mut left = rect.left() + 4.0;
        if let Some(state) = row.state {
            let swatch = Rect::from_center_size(pos2(left + 8.0, rect.center().y), vec2(15.0, 15.0));
            draw::swatch(ui.painter(), swatch, state, t.border);
        }
        left += 22.0;
        let width = rect.width() * 0.34;
        draw::cut_text(ui.painter(), pos2(left, rect.center().y), &name, font(), (t.text, width));
        let names = ["extreme", "high", "medium", "low", "unknown"];
        let [_, low, medium, high, extreme, unknown] = row.counts;
        let mut at = left + width + 12.0;
        for (name, n) in names.into_iter().zip([extreme, high, medium, low, unknown]).filter(|(_, n)| *n > 0)
        {
            let Some(state) = StateId::parse(OverlayKind::Risk, name) else { continue };
            let text = format!("{} {}", words.t(state.msg()), format::count(n));
            at += draw::cut_text(ui.painter(), pos2(at, rect.center().y), &text, font(), (t.text, 120.0))
                + 14.0;
        }
        // The cell itself is an area of the ground: what is at risk in it is looked at.
        match (row.worst.or(row.row), response.double_clicked(), response.clicked()) {
            (Some(row), true, _) => out.push(Action::FitRow(row)),
            (Some(row), _, true) => out.push(Action::Select(Some(row))),
            _ => {}
        }
    });
}

/// Who looks after a risk, until when, and what is to be done.
fn form(ui: &Ui, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let Some((name, edit)) = &mut state.risk_form else { return };
    let frame = Frame::popup(ui.style()).inner_margin(18.0);
    let title = words.t_args(msg::RISK_FORM, &[("object", name.as_str().into())]);
    let response = egui::Modal::new(Id::unique("lantu-risk-form")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        let mut done = card::title(ui, &title, Some(&words.t(msg::ALARM_FORM_CANCEL)));
        ui.add_space(6.0);
        let fields = [
            (msg::RISK_OWNER, &mut edit.owner),
            (msg::RISK_FORM_DUE, &mut edit.due),
            (msg::RISK_FORM_WHY, &mut edit.why),
            (msg::ALARM_FORM_BY, &mut edit.by),
        ];
        for (label, text) in fields {
            card::text_field(ui, &words.t(label), text);
        }
        ui.checkbox(&mut edit.closed, words.t(msg::RISK_FORM_CLOSED));
        let due = edit.due.trim();
        let readable = due.is_empty() || is_date(due);
        if !readable {
            ui.label(RichText::new(words.t(msg::RISK_FORM_BAD_DATE)).size(12.0).color(theme::of(ui).danger));
        }
        ui.label(draw::weak(ui, &words.t(msg::ALARM_FORM_LOG)));
        ui.add_space(8.0);
        let named = edit.closed || !edit.owner.trim().is_empty();
        let ready = readable && named && !edit.by.trim().is_empty() && !edit.why.trim().is_empty();
        ui.horizontal(|ui| {
            if ui.add_enabled(ready, Button::new(words.t(msg::RISK_FORM_DO))).clicked() {
                let trimmed = |text: &String| text.trim().to_owned();
                out.push(Action::EnterRisk(RiskEdit {
                    owner: trimmed(&edit.owner),
                    due: trimmed(&edit.due),
                    why: trimmed(&edit.why),
                    by: trimmed(&edit.by),
                    ..edit.clone()
                }));
                done = true;
            }
            done |= ui.button(words.t(msg::ALARM_FORM_CANCEL)).clicked();
        });
        done
    });
    if response.inner || response.should_close() {
        state.risk_form = None;
    }
}

/// Whether a text is a date as the form wants it: `2026-09-30`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, most: u32| text.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n));
    matches!(parts.as_slice(), [y, m, d] if y.len() == 4 && number(y, 9999) && number(m, 12) && number(d, 31))
}

fn list(
    ui: &mut Ui,
    (model, register): (&WorksModel, &RegisterModel),
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let t = theme::of(ui);
    let fits = |r: &&RegisterRow| state.risk_cell.is_none() || r.worst == state.risk_cell;
    let rows: Vec<&RegisterRow> = register.rows.iter().filter(fits).collect();
    let table = Table {
        id: "risk",
        label: &words.t(msg::WORKS_REGISTER),
        columns: [
            (msg::RISK_STATE, 0.13),
            (msg::RISK_OBJECT, 0.25),
            (msg::RISK_FACTORS, 0.34),
            (msg::RISK_OWNER, 0.14),
            (msg::RISK_DUE, 0.14),
        ],
        n_rows: rows.len(),
        selected: model.selected,
        words,
    };
    let form = &mut state.risk_form;
    let mut edit = |ui: &Ui, ix: usize, place: Rect| {
        let Some(row) = rows.get(ix) else { return false };
        let label = words.t_args(msg::RISK_EDIT, &[("object", row.name.as_str().into())]);
        let clicked = draw::icon_at(ui, place, (Icon::Pencil, &label), ("risk-edit", row.row)).clicked();
        if clicked {
            *form = Some((row.name.clone(), edit_of(row, model)));
        }
        clicked
    };
    let show = |ix: usize| rows.get(ix).map(|row| line(row, model, (t, words)));
    out.extend(table::show(ui, &table, &mut state.risk_top, &show, &mut edit));
}

/// The entry that stands, to be changed.
fn edit_of(row: &RegisterRow, model: &WorksModel) -> RiskEdit {
    let due = row.due.map(|d| format::date_time(d, &model.zone)).unwrap_or_default();
    RiskEdit {
        row: row.row,
        owner: row.owner.clone(),
        due: due.split(' ').next().unwrap_or_default().to_owned(),
        why: row.note.clone(),
        closed: false,
        by: model.person.clone(),
    }
}

fn line(row: &RegisterRow, model: &WorksModel, (t, words): (Tokens, &Words)) -> Line<5> {
    let factors: Vec<String> = row
        .factors
        .iter()
        .map(|(name, score)| {
            let id = format!("factor-{name}");
            let name = words.by_id(&id, &[]).unwrap_or_else(|| (*name).to_owned());
            score.map_or_else(|| format!("{name} ?"), |s| format!("{name} {s}"))
        })
        .collect();
    let due = row.due.map(|d| format::date_time(d, &model.zone)).unwrap_or_default();
    Line {
        row: row.row,
        name: row.name.clone(),
        state: row.state,
        texts: [
            row.state.map(|s| words.t(s.msg()).into_owned()).unwrap_or_default(),
            row.name.clone(),
            factors.join(" · "),
            row.owner.clone(),
            due.split(' ').next().unwrap_or_default().to_owned(),
        ],
        ink: row.overdue.then_some((4, t.danger)),
        hint: String::new(),
    }
}

/// Likelihood upwards, severity to the right, with the number of objects in each cell; a click lists those.
fn matrix(ui: &Ui, area: Rect, register: &RegisterModel, state: &mut UiState, words: &Words) {
    let t = theme::of(ui);
    let p = ui.painter();
    let small = FontId::new(10.5, FontFamily::Proportional);
    let (left, bottom) = (area.left() + 30.0, area.bottom() - 30.0);
    let (width, height) = ((area.right() - left) / 5.0, ((bottom - area.top() - 4.0) / 5.0).min(38.0));
    let top = bottom - height * 5.0;
    for (l, (counts, grades)) in register.matrix.iter().zip(&register.grades).enumerate() {
        for (s, (n, grade)) in counts.iter().zip(grades).enumerate() {
            let corner = pos2(left + width * s as f32, bottom - height * (l as f32 + 1.0));
            let cell = Rect::from_min_size(corner, vec2(width, height)).shrink(1.0);
            let color = grade.map_or(t.surface, theme::state_color);
            let place = (u8::try_from(l + 1).unwrap_or(5), u8::try_from(s + 1).unwrap_or(5));
            let response = ui.interact(cell, ui.scope_id().with(("risk-cell", place)), Sense::click());
            let name = grade.map(|g| words.t(g.msg()).into_owned()).unwrap_or_default();
            let args = [
                ("likelihood", u64::from(place.0).into()),
                ("severity", u64::from(place.1).into()),
                ("n", format::count(*n).into()),
                ("grade", name.into()),
            ];
            let label = words.t_args(msg::RISK_CELL, &args);
            let on = state.risk_cell == Some(place);
            response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
            // Where nobody is, the color only hints at the grade.
            let fill = if *n > 0 { color } else { color.gamma_multiply(0.35) };
            p.rect_filled(cell, 2.0, fill);
            if on || response.hovered() {
                p.rect_stroke(cell, 2.0, Stroke::new(if on { 2.4 } else { 1.2 }, t.text), StrokeKind::Inside);
            }
            if *n > 0 {
                let font = FontId::new(13.0, theme::strong_family());
                p.text(cell.center(), Align2::CENTER_CENTER, format::count(*n), font, theme::ink_on(color));
            }
            if response.on_hover_text(&label).clicked() {
                state.risk_cell = if on || *n == 0 { None } else { Some(place) };
                state.risk_top = 0.0;
            }
        }
        let y = bottom - height * (l as f32 + 0.5);
        p.text(pos2(left - 5.0, y), Align2::RIGHT_CENTER, (l + 1).to_string(), small.clone(), t.weak);
        let x = left + width * (l as f32 + 0.5);
        p.text(pos2(x, bottom + 8.0), Align2::CENTER_CENTER, (l + 1).to_string(), small.clone(), t.weak);
    }
    let middle = pos2(f32::midpoint(left, area.right()), bottom + 22.0);
    p.text(middle, Align2::CENTER_CENTER, words.t(msg::RISK_SEVERITY), small.clone(), t.weak);
    let galley = p.layout_no_wrap(words.t(msg::RISK_LIKELIHOOD).into_owned(), small, t.weak);
    let at = pos2(area.left() + 4.0, f32::midpoint(top, bottom) + galley.size().x / 2.0);
    let turned = egui::epaint::TextShape::new(at, galley, t.weak).with_angle(-std::f32::consts::FRAC_PI_2);
    p.add(turned);
}
