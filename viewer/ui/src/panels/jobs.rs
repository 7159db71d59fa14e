//! Jobs: how far they are, how long they take, how to stop them, and the reports they left.

use egui::{
    Align, Align2, Area, Frame, Id, Label, Layout, Order, ProgressBar, Rect, RichText, ScrollArea, Sense, Ui,
    Vec2, pos2, vec2,
};
use lantu_base::Severity;

use super::{card, long_list};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{JobModel, JobOutcome, ReportModel, ReportRow};
use crate::state::UiState;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Width of the list of jobs.
const WIDTH: f32 = 360.0;

/// The button of the status bar: how many, and how far they are together.
pub(crate) fn button(ui: &mut Ui, jobs: &[JobModel], state: &mut UiState, words: &Words) {
    let running: Vec<&JobModel> = jobs.iter().filter(|j| j.outcome.is_none()).collect();
    let text = if running.is_empty() {
        words.t(msg::STATUS_JOBS_NONE).into_owned()
    } else {
        words.counted(msg::STATUS_JOBS, running.len() as u64)
    };
    if !running.is_empty() {
        let (rect, _bar) = ui.allocate_exact_size(vec2(44.0, 6.0), Sense::hover());
        let t = theme::of(ui);
        ui.painter().rect_filled(rect, 3.0, t.line);
        let share = running.iter().filter_map(|j| j.fraction).sum::<f32>() / running.len() as f32;
        let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
        ui.painter().rect_filled(done, 3.0, t.accent);
    }
    let button = egui::Button::new(RichText::new(text).size(12.0)).frame_when_inactive(false).small();
    if ui.add_enabled(!jobs.is_empty(), button).clicked() {
        state.jobs_open = !state.jobs_open;
    }
}

/// The list of jobs, above the status bar.
pub(crate) fn list(ui: &Ui, jobs: &[JobModel], state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if jobs.is_empty() {
        state.jobs_open = false;
        return;
    }
    let at = ui.max_rect().right_top() + vec2(-8.0, -8.0);
    let room = (at.y - ui.ctx().content_rect().top() - 80.0).max(120.0);
    Area::new(Id::unique("lantu-jobs"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(10.0).show(ui, |ui| {
                ui.set_width(WIDTH);
                if card::title(ui, &words.t(msg::JOBS_TITLE), Some(&words.t(msg::JOBS_CLOSE))) {
                    state.jobs_open = false;
                }
                ScrollArea::vertical().max_height(room).show(ui, |ui| {
                    for job in jobs {
                        ui.push_id(job.id, |ui| job_row(ui, job, words, out));
                    }
                });
            });
        });
}

fn job_row(ui: &mut Ui, job: &JobModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let named = |text| words.t_args(text, &[("name", job.name.as_str().into())]);
            if job.outcome.is_none() {
                if job.can_cancel
                    && draw::icon_button(ui, Icon::Close, &named(msg::STATUS_JOB_CANCEL), false).clicked()
                {
                    out.push(Action::CancelJob(job.id));
                }
            } else {
                if draw::icon_button(ui, Icon::Close, &named(msg::JOB_DISMISS), false).clicked() {
                    out.push(Action::DismissJob(job.id));
                }
                let label = named(msg::JOB_REPORT_OPEN);
                let button = ui.button(words.t(msg::JOB_REPORT)).on_hover_text(&label);
                button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
                if button.clicked() {
                    out.push(Action::OpenReport(job.id));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(&job.name).size(12.5)).truncate());
            });
        });
    });
    let remarks = words.counted(msg::JOB_REMARKS, job.n_remarks);
    let with_step =
        |text: &str| if job.step.is_empty() { text.to_owned() } else { format!("{text} · {}", job.step) };
    let (text, color) = match job.outcome {
        Some(JobOutcome::Done) => (format!("{} · {remarks}", words.t(msg::JOB_DONE)), t.good),
        Some(JobOutcome::Partial) => (with_step(&remarks), t.caution),
        Some(JobOutcome::Failed) => (with_step(&words.t(msg::JOB_FAILED)), t.danger),
        None => {
            let rest = job.remaining_s.map_or_else(
                || words.t(msg::JOB_NO_ESTIMATE).into_owned(),
                |s| words.t_args(msg::JOB_ESTIMATE, &[("time", format::duration(s, words).into())]),
            );
            ui.add(ProgressBar::new(job.fraction.unwrap_or(0.0)).desired_height(6.0).fill(t.accent));
            let percent = job.fraction.map(|f| format::percent(f64::from(f)));
            let parts = [percent.unwrap_or_default(), job.step.clone(), rest];
            (parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · "), t.weak)
        }
    };
    ui.add(Label::new(RichText::new(text).size(11.5).color(color)).wrap());
    ui.add_space(4.0);
}

const fn severity_look(severity: Severity) -> (Icon, Msg) {
    match severity {
        Severity::Error => (Icon::Warn, msg::SEVERITY_ERROR),
        Severity::Warning => (Icon::Warn, msg::SEVERITY_WARNING),
        Severity::Info => (Icon::Info, msg::SEVERITY_INFO),
    }
}

/// A job's report over the scene.
pub(crate) fn report(ui: &Ui, model: &ReportModel, top: &mut f64, words: &Words, out: &mut Vec<Action>) {
    let window = ui.ctx().content_rect();
    let size = vec2((window.width() - 80.0).min(760.0), (window.height() - 120.0).min(520.0));
    let modal =
        egui::Modal::new(Id::unique("lantu-report")).frame(Frame::popup(ui.style()).inner_margin(18.0));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(size.x);
        let title = words.t_args(msg::REPORT_TITLE, &[("name", model.title.as_str().into())]);
        let closed = card::title(ui, &title, Some(&words.t(msg::REPORT_CLOSE)));
        let [errors, warnings, notes] = model.counts.map(format::count);
        let counts = [("errors", errors.into()), ("warnings", warnings.into()), ("notes", notes.into())];
        ui.label(draw::weak(ui, &words.t_args(msg::REPORT_COUNTS, &counts)));
        ui.add_space(6.0);
        if model.rows.is_empty() {
            draw::empty(ui, &words.t(msg::REPORT_EMPTY));
            return closed;
        }
        ui.allocate_ui(size - vec2(0.0, 60.0), |ui| {
            let list = long_list::List { n_rows: model.rows.len(), row_height: 46.0, jump: None };
            long_list::show(ui, list, top, &words.t(msg::REPORT_CLOSE), |ui, ix, rect| {
                if let Some(row) = model.rows.get(ix) {
                    report_row(ui, rect, (ix, row), words, out);
                }
            });
        });
        closed
    });
    if response.inner || response.should_close() {
        out.push(Action::CloseReport);
    }
}

/// Severity, what happened, and where; a click shows the object.
fn report_row(ui: &Ui, rect: Rect, (ix, row): (usize, &ReportRow), words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (icon, severity) = severity_look(row.severity);
    let sense = if row.row.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("remark", ix)), sense);
    let text = format!("{}: {}", words.t(severity), row.text);
    let (role, label) = if row.row.is_some() {
        (egui::Role::Button, words.t_args(msg::REPORT_SHOW, &[("text", text.as_str().into())]))
    } else {
        (egui::Role::Label, text)
    };
    response.widget_info(|| egui::WidgetInfo::labeled(role, true, &label));
    if row.row.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let color = match row.severity {
        Severity::Error => t.danger,
        Severity::Warning => t.caution,
        Severity::Info => t.weak,
    };
    let at = Rect::from_center_size(pos2(rect.left() + 14.0, rect.top() + 14.0), Vec2::splat(14.0));
    draw::icon(ui.painter(), at, icon, color);
    let font = egui::FontId::new(12.5, egui::FontFamily::Proportional);
    let room = rect.width() - 40.0;
    draw::cut_text(ui.painter(), rect.left_top() + vec2(30.0, 14.0), &row.text, font, (t.text, room));
    let font = egui::FontId::new(11.5, egui::FontFamily::Proportional);
    draw::cut_text(ui.painter(), rect.left_top() + vec2(30.0, 33.0), &row.place, font, (t.weak, room));
    let clicked = response.on_hover_text(&row.text).clicked();
    if let (true, Some(object)) = (clicked, row.row) {
        out.push(Action::FitRow(object));
        out.push(Action::CloseReport);
    }
}
