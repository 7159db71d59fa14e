//! The Gantt chart: one row a task; only visible rows are made.

use egui::{
    Color32, FontFamily, FontId, Painter, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use lantu_base::UtcNanos;

use super::scale::Scale;
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{GanttKind, GanttModel, GanttRow, WorksModel};
use crate::panels::long_list::{self, List};
use crate::state::UiState;
use crate::states::StateId;
use crate::theme::{self, Tokens};
use crate::words::{Words, msg};

const ROW: f32 = 20.0;
/// Width of the names, share of the panel, and its limits, points.
const NAMES: f32 = 0.26;
const NAMES_RANGE: (f32, f32) = (180.0, 420.0);
/// Height of the dates above the bars.
const STRIP: f32 = 18.0;
/// Deeper levels of nesting are not indented further. Chosen: what the names' width holds.
const DEEPEST: u16 = 8;

/// What is told beside the tabs: how many tasks, how many critical, and a switch to those alone.
pub(super) fn head(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(gantt) = &model.gantt else { return };
    let planned = state.gantt_planned;
    let counts = |r: &&GanttRow| r.is_critical(planned) && r.kind != GanttKind::Summary;
    let critical = gantt.rows.iter().filter(counts).count() as u64;
    for (of_plan, name) in [(true, msg::GANTT_PATH_PLANNED), (false, msg::GANTT_PATH_REMAINING)] {
        if ui.selectable_label(planned == of_plan, words.t(name)).clicked() {
            state.gantt_planned = of_plan;
            state.gantt_top = 0.0;
        }
    }
    let name = words.t(msg::GANTT_ONLY_CRITICAL);
    if ui.selectable_label(state.gantt_critical, name.as_ref()).clicked() {
        state.gantt_critical = !state.gantt_critical;
        state.gantt_top = 0.0;
    }
    if critical > 0 && ui.button(words.t(msg::GANTT_SELECT_CRITICAL).as_ref()).clicked() {
        out.push(Action::SelectCritical { planned });
    }
    let n = [
        ("tasks", format::count(gantt.rows.len() as u64).into()),
        ("critical", format::count(critical).into()),
        ("marked", format::count(model.marked.len() as u64).into()),
    ];
    ui.label(draw::weak(ui, &words.t_args(msg::GANTT_COUNTS, &n)));
}

pub(super) fn show(
    ui: &mut Ui,
    model: &WorksModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let Some(gantt) = &model.gantt else { return super::say(ui, &words.t(msg::WORKS_LOADING)) };
    let Some(span) = gantt.span.filter(|_| !gantt.rows.is_empty()) else {
        return super::say(ui, &words.t(msg::GANTT_EMPTY));
    };
    if !gantt.problem.is_empty() {
        ui.label(egui::RichText::new(&gantt.problem).size(12.0).color(theme::of(ui).caution));
    }
    let t = theme::of(ui);
    let area = ui.available_rect_before_wrap();
    let names = (area.width() * NAMES).clamp(NAMES_RANGE.0, NAMES_RANGE.1);
    let strip = Rect::from_min_max(
        pos2(area.left() + names, area.top()),
        pos2(area.right() - 10.0, area.top() + STRIP),
    );
    let body = Rect::from_min_max(pos2(strip.left(), strip.bottom()), pos2(strip.right(), area.bottom()));
    let scale = Scale::new(strip.left(), strip.width(), span);
    let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
    scale.grid(&painter.with_clip_rect(strip.union(body)), (strip, body), &model.zone, t);
    clock(ui, (strip, &scale), model, words, out);
    ui.add_space(STRIP);
    let planned = state.gantt_planned;
    let shown = shown(gantt, state.gantt_critical, planned);
    // What was selected in the scene is brought into view once.
    let first = model.marked.first().and_then(|m| shown.iter().position(|ix| ix == m));
    let jump = first.filter(|_| state.gantt_marked != model.marked);
    if state.gantt_marked != model.marked {
        state.gantt_marked.clone_from(&model.marked);
    }
    let list = List { n_rows: shown.len(), row_height: ROW, jump };
    let label = words.t(msg::WORKS_GANTT);
    long_list::show(ui, list, &mut state.gantt_top, &label, |ui, ix, rect| {
        let Some((&place, row)) =
            shown.get(ix).and_then(|place| Some((place, gantt.rows.get(*place as usize)?)))
        else {
            return;
        };
        let marked = model.marked.contains(&place);
        let response = ui.interact(rect, ui.scope_id().with(("task", place)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::ListItem, true, marked, &row.name));
        let critical = row.is_critical(planned);
        line(ui, rect, names, (row, critical, [marked, response.hovered()]), t);
        let p = ui.painter().with_clip_rect(body.intersect(ui.clip_rect()));
        bars(&p, rect, (row, critical), &scale, t);
        if response.clicked() {
            out.push(Action::SelectTask { task: place, fit: false });
        }
        if response.double_clicked() {
            out.push(Action::SelectTask { task: place, fit: true });
        }
        hover(response, (row, critical), model, words);
    });
    scale.now(&painter, body, model.time, t);
}

/// Places of the rows that are listed.
fn shown(gantt: &GanttModel, only_critical: bool, planned: bool) -> Vec<u32> {
    let rows = (0_u32..).zip(&gantt.rows);
    rows.filter(|(_, r)| !only_critical || r.is_critical(planned)).map(|(ix, _)| ix).collect()
}

impl GanttRow {
    /// On the critical path of the plan, or of the work that remains.
    fn is_critical(&self, planned: bool) -> bool {
        if planned { self.critical_planned } else { self.critical }
    }
}

/// A press in the strip of dates moves the clock.
fn clock(ui: &Ui, (strip, scale): (Rect, &Scale), model: &WorksModel, words: &Words, out: &mut Vec<Action>) {
    let response = ui.interact(strip, ui.scope_id().with("gantt-clock"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, words.t(msg::GANTT_CLOCK)));
    if let Some(at) = response.interact_pointer_pos()
        && (response.clicked() || response.dragged())
        && model.time.is_some()
    {
        out.push(Action::SetTime(scale.at(at.x)));
    }
}

/// The name, at the left, on the background of the row.
fn line(
    ui: &Ui,
    rect: Rect,
    names: f32,
    (row, critical, [marked, hovered]): (&GanttRow, bool, [bool; 2]),
    t: Tokens,
) {
    let p = ui.painter();
    if marked {
        p.rect_filled(rect, 2.0, t.accent_soft);
    } else if hovered {
        p.rect_filled(rect, 2.0, t.hover);
    }
    let indent = f32::from(row.depth.min(DEEPEST)) * 11.0;
    let family =
        if row.kind == GanttKind::Summary { theme::strong_family() } else { FontFamily::Proportional };
    let color = if critical { t.danger } else { t.text };
    let code = if row.code.is_empty() { String::new() } else { format!("{}  ", row.code) };
    let text = format!("{code}{}", row.name);
    let at = pos2(rect.left() + 6.0 + indent, rect.center().y);
    draw::cut_text(p, at, &text, FontId::new(12.0, family), (color, names - indent - 34.0));
    if row.n_objects > 0 {
        let n = format::count(row.n_objects);
        let right = pos2(rect.left() + names - 6.0, rect.center().y);
        let font = FontId::new(10.5, FontFamily::Proportional);
        p.text(right, egui::Align2::RIGHT_CENTER, n, font, t.weak);
    }
}

fn bars(p: &Painter, rect: Rect, (row, critical): (&GanttRow, bool), scale: &Scale, t: Tokens) {
    let y = rect.center().y;
    let between = |(a, b): (UtcNanos, UtcNanos), top: f32, bottom: f32| {
        let left = scale.x(a);
        Rect::from_min_max(pos2(left, top), pos2(scale.x(b).max(left + 1.5), bottom))
    };
    // As it was agreed: thin, below.
    if let Some(baseline) = row.baseline {
        p.rect_filled(between(baseline, y + 5.5, y + 8.0), 1.0, t.weak.gamma_multiply(0.75));
    }
    let Some(bar) = row.bar else { return };
    let color = if critical { t.danger } else { t.accent };
    match row.kind {
        GanttKind::Milestone => {
            let c = pos2(scale.x(bar.1), y);
            let points = vec![c - vec2(0.0, 6.0), c + vec2(6.0, 0.0), c + vec2(0.0, 6.0), c - vec2(6.0, 0.0)];
            p.add(Shape::convex_polygon(points, color, Stroke::new(1.0, t.surface)));
        }
        GanttKind::Summary => {
            let r = between(bar, y - 3.5, y + 0.5);
            p.rect_filled(r, 0.0, t.text);
            for (x, s) in [(r.left(), 1.0), (r.right(), -1.0)] {
                let points = vec![pos2(x, r.top()), pos2(x + 5.0 * s, r.top()), pos2(x, r.bottom() + 4.0)];
                p.add(Shape::convex_polygon(points, t.text, Stroke::NONE));
            }
        }
        GanttKind::Task => task(p, between(bar, y - 5.0, y + 4.0), row, color),
    }
    // As it was done: a line over the bar.
    if let Some((from, to)) = row.actual {
        let done = theme::state_color(StateId::Done);
        let to = to.unwrap_or_else(|| UtcNanos(bar.1.0.max(from.0)));
        let r = between((from, to), y - 7.0, y - 5.5);
        p.rect_filled(r, 0.0, done);
    }
}

fn task(p: &Painter, r: Rect, row: &GanttRow, color: Color32) {
    p.rect_filled(r, 2.0, color.gamma_multiply(0.32));
    let share = row.done.clamp(0.0, 1.0);
    if share > 0.0 {
        p.rect_filled(r.with_max_x(r.left() + r.width() * share), 2.0, color);
    }
    p.rect_stroke(r, 2.0, Stroke::new(1.0, color), StrokeKind::Inside);
}

fn hover(response: Response, (row, critical): (&GanttRow, bool), model: &WorksModel, words: &Words) {
    response.on_hover_ui(|ui| {
        ui.label(draw::strong(&row.name, 13.0));
        let span = |(a, b): (UtcNanos, UtcNanos)| {
            format!("{} – {}", format::date_time(a, &model.zone), format::date_time(b, &model.zone))
        };
        let told = |name, text: String| format!("{}  {text}", words.t(name));
        if let Some(bar) = row.bar {
            ui.label(told(msg::GANTT_PLANNED, span(bar)));
        }
        if let Some(baseline) = row.baseline {
            ui.label(told(msg::GANTT_BASELINE, span(baseline)));
        }
        if let Some((from, to)) = row.actual {
            let to = to.map_or_else(|| "…".to_owned(), |t| format::date_time(t, &model.zone));
            ui.label(told(msg::GANTT_ACTUAL, format!("{} – {to}", format::date_time(from, &model.zone))));
        }
        ui.label(told(msg::GANTT_DONE, format::percent(f64::from(row.done))));
        if critical {
            ui.label(egui::RichText::new(words.t(msg::GANTT_CRITICAL).as_ref()).color(theme::of(ui).danger));
        }
    });
}
