//! The window on a wall: title, saved view, legend and time, readable from five meters. A ring shows the pointer.

use egui::{
    Align2, Area, Color32, FontFamily, FontId, Frame, Id, Order, Rect, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use super::{coloring, legend, over_scene, views_menu};
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{ColorScale, ColoringNow, LegendModel, TimelineModel, UiModel};
use crate::palette;
use crate::states::StateId;
use crate::theme;
use crate::words::{Words, msg};

/// Sizes in points; 12 are 28 pixels on 3840 × 2160.
const TITLE: f32 = 24.0;
const TEXT: f32 = 16.0;
const TIME: f32 = 26.0;
const ROW: f32 = 28.0;
const MARGIN: f32 = 20.0;

/// Everything but the scene.
pub(crate) fn show(ui: &Ui, rect: Rect, model: &UiModel, words: &Words, out: &mut Vec<Action>) {
    title(ui, rect, model, words);
    legend(ui, rect, model, words, out);
    if let Some(timeline) = &model.timeline {
        time(ui, rect, timeline, words, out);
    }
}

fn plate(ui: &Ui, name: &'static str, (pivot, at): (Align2, egui::Pos2), content: impl FnOnce(&mut Ui)) {
    let area = Area::new(Id::unique(name)).order(Order::Middle).pivot(pivot).fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        let t = theme::of(ui);
        let frame = Frame::new().fill(t.surface.gamma_multiply(0.92)).corner_radius(8.0).inner_margin(14.0);
        frame.stroke(Stroke::new(1.0, t.border)).show(ui, content);
    });
}

/// A line of text that screen readers can read.
fn line(ui: &mut Ui, text: &str, font: FontId, color: Color32) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, color);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
}

/// The project, and below it the saved view with its place in the order, and what of the scene is not as usual.
fn title(ui: &Ui, rect: Rect, model: &UiModel, words: &Words) {
    let step = model.views.as_ref().and_then(|v| {
        let name = v.names.get(v.current?)?;
        Some((name.clone(), views_menu::step_text(v, words)?))
    });
    let unusual = over_scene::unusual(model, words);
    if model.top_bar.project.is_empty() && step.is_none() && unusual.is_empty() {
        return;
    }
    plate(ui, "lantu-wall-title", (Align2::LEFT_TOP, rect.left_top() + vec2(MARGIN, MARGIN)), |ui| {
        let t = theme::of(ui);
        line(ui, &model.top_bar.project, FontId::new(TITLE, FontFamily::Proportional), t.text);
        if let Some((name, step)) = step {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 14.0;
                line(ui, &name, FontId::new(TEXT + 2.0, FontFamily::Proportional), t.accent);
                line(ui, &step, FontId::new(TEXT, FontFamily::Proportional), t.weak);
            });
        }
        for text in unusual {
            line(ui, &text, FontId::new(TEXT, FontFamily::Proportional), t.caution);
        }
    });
}

/// What a row of the legend is painted with.
enum Ink {
    State(StateId),
    Outline(StateId),
    Color(Color32),
}

struct Row {
    ink: Ink,
    name: String,
    count: String,
    /// What a click asks for, and whether it is on already.
    click: Option<(Action, bool)>,
}

/// What fills objects or outlines them: a title, the instant, and rows.
struct Section {
    title: String,
    as_of: String,
    rows: Vec<Row>,
}

fn legend(ui: &Ui, rect: Rect, model: &UiModel, words: &Words, out: &mut Vec<Action>) {
    let colored = model.coloring.as_ref().and_then(|c| c.now.as_ref());
    let of = |legend: &LegendModel| Section {
        title: legend::title(legend, words),
        as_of: legend.as_of.clone(),
        rows: state_rows(legend, words),
    };
    let fill = match colored {
        Some(now) => Some(Section {
            title: coloring::name(&now.by, words),
            as_of: String::new(),
            rows: color_rows(now, words),
        }),
        None => model.legend.as_ref().map(of),
    };
    let sections: Vec<Section> = fill.into_iter().chain(model.outline_legend.as_ref().map(of)).collect();
    if sections.is_empty() {
        return;
    }
    let corner = rect.left_bottom() + vec2(MARGIN, -MARGIN);
    let most = rect.width() * 0.4 / sections.len() as f32;
    plate(ui, "lantu-wall-legend", (Align2::LEFT_BOTTOM, corner), |ui| {
        ui.horizontal_top(|ui| {
            for section in sections {
                ui.vertical(|ui| legend_section(ui, section, most, words, out));
            }
        });
    });
}

fn legend_section(ui: &mut Ui, section: Section, most: f32, words: &Words, out: &mut Vec<Action>) {
    let Section { title, as_of, rows } = section;
    let t = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    line(ui, &title, FontId::new(TEXT + 2.0, theme::strong_family()), t.text);
    if !as_of.is_empty() {
        let as_of = words.t_args(msg::LEGEND_AS_OF, &[("time", as_of.as_str().into())]);
        line(ui, &as_of, FontId::new(14.0, FontFamily::Proportional), t.weak);
    }
    ui.add_space(4.0);
    let font = FontId::new(TEXT, FontFamily::Proportional);
    let measure = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), t.text).size().x;
    let widest = rows.iter().map(|r| measure(&r.name) + measure(&r.count)).fold(0.0, f32::max);
    let width = (widest + 96.0).clamp(220.0, most.max(220.0));
    for (ix, row) in rows.into_iter().enumerate() {
        legend_row(ui, (ix, width), row, words, out);
    }
}

fn state_rows(legend: &LegendModel, words: &Words) -> Vec<Row> {
    let rows = legend.rows.iter().map(|r| {
        let on = legend.filter == Some(r.state);
        let action = Action::FilterState((!on).then_some(r.state));
        Row {
            ink: if legend.outlines { Ink::Outline(r.state) } else { Ink::State(r.state) },
            name: words.t(r.state.msg()).into_owned(),
            count: format::count(r.n),
            click: Some((action, on)),
        }
    });
    rows.collect()
}

fn color_rows(now: &ColoringNow, words: &Words) -> Vec<Row> {
    match &now.scale {
        ColorScale::Categories(rows) => rows
            .iter()
            .enumerate()
            .map(|(ix, row)| {
                let on = now.only == Some(ix);
                Row {
                    ink: Ink::Color(theme::color(row.color)),
                    name: coloring::category_name(row, words),
                    count: format::count(row.n),
                    click: Some((Action::FilterColor((!on).then_some(ix)), on)),
                }
            })
            .collect(),
        ColorScale::Range(range) => {
            let (low, high) = range.shown;
            let number = |v: f64| format::with_unit(&format::number(v, range.decimals), &range.unit);
            let row = |share: f64| Row {
                ink: Ink::Color(theme::color(palette::cividis(share))),
                name: number(low + (high - low) * share),
                count: String::new(),
                click: None,
            };
            [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().map(row).collect()
        }
    }
}

fn legend_row(ui: &mut Ui, (ix, width): (usize, f32), row: Row, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (rect, space) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let p = ui.painter();
    let on = row.click.as_ref().is_some_and(|(_, on)| *on);
    if on {
        p.rect_filled(rect, 4.0, t.accent_soft);
    }
    let y = rect.center().y;
    let swatch = Rect::from_min_size(pos2(rect.left() + 2.0, y - 10.0), vec2(30.0, 20.0));
    match row.ink {
        Ink::State(state) => draw::swatch(p, swatch, state, t.border),
        Ink::Outline(state) => draw::outline_swatch(p, swatch, state, (t.text, t.border)),
        Ink::Color(color) => {
            p.rect(swatch, 2.0, color, Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
        }
    }
    let font = FontId::new(TEXT, FontFamily::Proportional);
    let count = p.layout_no_wrap(row.count.clone(), font.clone(), t.text);
    let right = rect.right() - 4.0 - count.size().x;
    p.galley(pos2(right, y - count.size().y / 2.0), count, t.text);
    draw::cut_text(p, pos2(rect.left() + 44.0, y), &row.name, font, (t.text, right - rect.left() - 56.0));
    let Some((action, _)) = row.click else {
        space.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &row.name));
        return;
    };
    let response = ui.interact(rect, ui.scope_id().with(("wall-row", ix)), Sense::click());
    let args = [("state", row.name.as_str().into()), ("count", row.count.as_str().into())];
    let label = words.t_args(msg::LEGEND_FILTER, &args);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
    if response.clicked() {
        out.push(action);
    }
}

/// The instant, large, over a line that shows where in the span it lies. A drag moves the clock.
fn time(ui: &Ui, rect: Rect, model: &TimelineModel, words: &Words, out: &mut Vec<Action>) {
    let width = (rect.width() * 0.4).clamp(320.0, 760.0);
    let at = rect.center_bottom() - vec2(0.0, MARGIN);
    plate(ui, "lantu-wall-time", (Align2::CENTER_BOTTOM, at), |ui| {
        let t = theme::of(ui);
        ui.set_width(width);
        let text = format::date_time(model.time, &model.zone);
        ui.horizontal(|ui| {
            line(ui, &text, FontId::new(TIME, theme::strong_family()), t.text);
            let zone = model.time.offset_label(&model.zone);
            line(ui, &zone, FontId::new(14.0, FontFamily::Proportional), t.weak);
            if model.playing {
                let speed = format!("×{}", format::duration(model.speed, words));
                let speed = words.t_args(msg::TIME_SPEED, &[("speed", speed.into())]);
                line(ui, &speed, FontId::new(14.0, FontFamily::Proportional), t.accent);
            }
        });
        super::timeline::wall_line(ui, model, words, out);
    });
}

/// A ring around the pointer, on top of everything.
pub(crate) fn pointer(ui: &Ui) {
    /// Radius in points: the ring is 2 % of the screen's height.
    const RADIUS: f32 = 20.0;
    let Some(at) = ui.ctx().pointer_latest_pos() else { return };
    let layer = egui::LayerId::new(Order::Tooltip, Id::unique("lantu-pointer"));
    let p = ui.ctx().layer_painter(layer);
    let pressed = ui.input(|i| i.pointer.any_down());
    let radius = if pressed { RADIUS * 0.8 } else { RADIUS };
    p.circle_stroke(at, radius, Stroke::new(8.0, Color32::from_black_alpha(150)));
    p.circle_stroke(at, radius, Stroke::new(4.0, theme::POINTER));
    if pressed {
        p.circle_filled(at, radius, theme::POINTER.gamma_multiply(0.35));
    }
}
