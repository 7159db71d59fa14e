//! The bottom line: where the pointer is, what runs, what it costs.

use egui::{
    Align, Align2, Area, FontFamily, FontId, Frame, Id, Layout, Order, ProgressBar, Rect, RichText, Sense,
    Ui, WidgetInfo, pos2, vec2,
};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{JobModel, JobOutcome, StatusModel};
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// Coordinates left, machine right.
pub(crate) fn show(
    ui: &mut Ui,
    model: &StatusModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            machine(ui, model, state, words);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| position(ui, model, words));
        });
    });
    if state.jobs_open {
        jobs(ui, model, state, words, out);
    }
}

fn small(text: &str) -> RichText {
    RichText::new(text).size(12.0)
}

fn position(ui: &mut Ui, model: &StatusModel, words: &Words) {
    let t = theme::of(ui);
    let Some([e, n, h]) = model.position else {
        ui.label(draw::weak(ui, &words.t(msg::STATUS_NO_POSITION)));
        crs(ui, model);
        return;
    };
    let unit = if model.unit.is_empty() { "m" } else { model.unit.as_str() };
    let mut text = String::new();
    for (name, value, unit) in
        [(msg::STATUS_EASTING, e, unit), (msg::STATUS_NORTHING, n, unit), (msg::STATUS_HEIGHT, h, "m")]
    {
        if value.is_finite() {
            let value = format::with_unit(&format::number(value, 2), unit);
            text = format!("{text}{}\u{202F}{value}   ", words.t(name));
        }
    }
    let hint = words.t(msg::STATUS_POINTER);
    // A fixed width keeps what follows from trembling while the pointer moves.
    let font = FontId::new(12.0, FontFamily::Proportional);
    let galley = ui.painter().layout_no_wrap(text.clone(), font, t.text);
    let width = (galley.size().x / 12.0).ceil() * 12.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, t.text);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
    response.on_hover_text(hint);
    let datum = if model.height_datum.is_empty() {
        words.t(msg::STATUS_NO_HEIGHT_DATUM)
    } else {
        model.height_datum.as_str().into()
    };
    ui.label(draw::weak(ui, &datum));
    crs(ui, model);
}

fn crs(ui: &mut Ui, model: &StatusModel) {
    if !model.crs.is_empty() {
        divider(ui);
        ui.label(small(&model.crs));
    }
}

fn divider(ui: &mut Ui) {
    let (rect, _space) = ui.allocate_exact_size(vec2(1.0, 14.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme::of(ui).line);
}

/// From right to left.
fn machine(ui: &mut Ui, model: &StatusModel, state: &mut UiState, words: &Words) {
    if !model.zone.is_empty() {
        let hint = format!("{}: {}", words.t(msg::STATUS_ZONE), model.zone_name);
        ui.label(small(&model.zone)).on_hover_text(hint);
        divider(ui);
    }
    if let Some(ms) = model.frame_ms {
        let text = words.t_args(msg::STATUS_FRAME_MS, &[("ms", format::number(f64::from(ms), 0).into())]);
        let mut hint = words.t(msg::STATUS_FRAME).into_owned();
        if !model.adapter.is_empty() {
            hint = format!(
                "{hint}\n{}",
                words.t_args(msg::STATUS_RENDERER, &[("adapter", model.adapter.as_str().into())])
            );
        }
        if model.software {
            hint = format!("{hint}\n{}", words.t(msg::STATUS_SOFTWARE));
        }
        ui.label(small(&text)).on_hover_text(hint);
        divider(ui);
    }
    memory(ui, model, words);
    divider(ui);
    jobs_button(ui, model, state, words);
}

fn memory(ui: &mut Ui, model: &StatusModel, words: &Words) {
    let t = theme::of(ui);
    let (used, limit) = (model.memory.used_bytes, model.memory.limit_bytes);
    if limit == 0 {
        ui.label(small(&format::bytes(used))).on_hover_text(words.t(msg::STATUS_MEMORY));
        return;
    }
    let text = words.t_args(
        msg::STATUS_MEMORY_OF,
        &[("used", format::bytes(used).into()), ("limit", format::bytes(limit).into())],
    );
    ui.label(small(&text)).on_hover_text(words.t(msg::STATUS_MEMORY));
    let (rect, _bar) = ui.allocate_exact_size(vec2(44.0, 6.0), Sense::hover());
    let share = (used as f64 / limit as f64).min(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "a fraction from 0 to 1")]
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share as f32, rect.height()));
    ui.painter().rect_filled(rect, 3.0, t.line);
    let color = if share > 0.95 {
        t.danger
    } else if share > 0.8 {
        t.caution
    } else {
        t.accent
    };
    ui.painter().rect_filled(filled, 3.0, color);
}

fn jobs_button(ui: &mut Ui, model: &StatusModel, state: &mut UiState, words: &Words) {
    let running: Vec<&JobModel> = model.jobs.iter().filter(|j| j.outcome.is_none()).collect();
    let text = if running.is_empty() {
        words.t(msg::STATUS_JOBS_NONE).into_owned()
    } else {
        words.counted(msg::STATUS_JOBS, running.len() as u64)
    };
    let known: Vec<f32> = running.iter().filter_map(|j| j.fraction).collect();
    if !running.is_empty() {
        let (rect, _bar) = ui.allocate_exact_size(vec2(44.0, 6.0), Sense::hover());
        let t = theme::of(ui);
        ui.painter().rect_filled(rect, 3.0, t.line);
        let share = known.iter().sum::<f32>() / running.len() as f32;
        let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
        ui.painter().rect_filled(done, 3.0, t.accent);
    }
    let button = egui::Button::new(small(&text)).frame_when_inactive(false).small();
    if ui.add_enabled(!model.jobs.is_empty(), button).clicked() {
        state.jobs_open = !state.jobs_open;
    }
}

/// The list of jobs, above the status bar.
fn jobs(ui: &Ui, model: &StatusModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if model.jobs.is_empty() {
        state.jobs_open = false;
        return;
    }
    let at = ui.max_rect().right_top() + vec2(-8.0, -8.0);
    Area::new(Id::unique("lantu-jobs"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(10.0).show(ui, |ui| {
                ui.set_width(320.0);
                for job in &model.jobs {
                    ui.push_id(job.id, |ui| job_row(ui, job, words, out));
                }
            });
        });
}

fn job_row(ui: &mut Ui, job: &JobModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if job.outcome.is_none() {
                let label = words.t_args(msg::STATUS_JOB_CANCEL, &[("name", job.name.as_str().into())]);
                if draw::icon_button(ui, Icon::Close, &label, false).clicked() {
                    out.push(Action::CancelJob(job.id));
                }
            } else if ui.button(words.t(msg::JOB_REPORT)).clicked() {
                out.push(Action::OpenReport(job.id));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(&job.name).size(12.5)).truncate());
            });
        });
    });
    let (text, color) = match job.outcome {
        Some(JobOutcome::Done) => (words.t(msg::JOB_DONE).into_owned(), t.good),
        Some(JobOutcome::Partial) => (job.step.clone(), t.caution),
        Some(JobOutcome::Failed) => (format!("{}: {}", words.t(msg::JOB_FAILED), job.step), t.danger),
        None => {
            let rest = job.remaining_s.map_or_else(
                || words.t(msg::JOB_NO_ESTIMATE).into_owned(),
                |s| words.t_args(msg::JOB_ESTIMATE, &[("time", format::duration(s, words).into())]),
            );
            ui.add(ProgressBar::new(job.fraction.unwrap_or(0.0)).desired_height(6.0).fill(t.accent));
            (format!("{} · {rest}", job.step), t.weak)
        }
    };
    ui.add(egui::Label::new(RichText::new(text).size(11.5).color(color)).wrap());
    ui.add_space(4.0);
}
