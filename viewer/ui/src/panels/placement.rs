//! The placement panel: in which ways a source may lie, why, and which of them is decided; and their ghosts.

use egui::{
    Color32, FontId, Label, ProgressBar, Rect, RichText, ScrollArea, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::card;
use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{HypothesisRow, PlacingModel};
use crate::theme;
use crate::words::{Words, msg};

/// The card's contents. The list of ways is at most `list_height` high.
pub(crate) fn panel(
    ui: &mut Ui,
    model: &PlacingModel,
    list_height: f32,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let title = words.t_args(msg::PLACING_TITLE, &[("source", model.source.as_str().into())]);
    if card::title(ui, &title, Some(&words.t(msg::PLACING_CLOSE))) {
        out.push(Action::ShowPlacement(None));
    }
    let t = theme::of(ui);
    let (state, color) = if model.busy {
        (msg::PLACING_BUSY, t.accent)
    } else if model.placed {
        (msg::PLACING_PLACED, t.good)
    } else {
        (msg::PLACING_WAITING, t.caution)
    };
    ui.add(Label::new(RichText::new(words.t(state)).size(12.5).color(color)).wrap());
    ui.add_space(4.0);
    if model.rows.is_empty() {
        draw::empty(ui, &words.t(msg::PLACING_EMPTY));
    }
    ScrollArea::vertical().id_salt("hypotheses").max_height(list_height).show(ui, |ui| {
        for row in &model.rows {
            ui.push_id(row.n, |ui| hypothesis(ui, row, model, words, out));
        }
    });
    if model.can_undo {
        ui.add_space(4.0);
        if ui.add_enabled(!model.busy, egui::Button::new(words.t(msg::PLACING_UNDO).as_ref())).clicked() {
            out.push(Action::UndoPlacement);
        }
    }
}

fn hypothesis(ui: &mut Ui, row: &HypothesisRow, model: &PlacingModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    ui.separator();
    let mark = if row.chosen { " ✓" } else { "" };
    let name =
        RichText::new(format!("{}  {}{mark}", row.n, row.name)).size(13.0).family(theme::strong_family());
    ui.add(Label::new(name).wrap());
    #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
    let share = row.score.clamp(0.0, 1.0) as f32;
    let fill = if share >= 0.5 { t.good } else { t.weak };
    let score = words.t_args(msg::PLACING_SCORE, &[("score", format::percent(row.score).into())]);
    let bar = ui.add(ProgressBar::new(share).desired_height(5.0).fill(fill)).on_hover_text(&score);
    bar.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &score));
    let [flat, up] = row.moves_m;
    if flat.abs() > 1e-3 || up.abs() > 1e-3 {
        let moved = [("flat", format::number(flat, 2).into()), ("up", format::number(up, 2).into())];
        ui.label(draw::weak(ui, &words.t_args(msg::PLACING_MOVES, &moved)));
    }
    for reason in &row.reasons {
        ui.add(Label::new(RichText::new(reason).size(11.5).color(t.weak)).wrap());
    }
    ui.horizontal(|ui| {
        let n = [("n", u64::from(row.n).into())];
        if row.has_place {
            let label = words.t_args(msg::PLACING_SHOW_N, &n);
            let button = ui.button(words.t(msg::PLACING_SHOW).as_ref());
            button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
            if button.clicked() {
                out.push(Action::FitHypothesis(row.n));
            }
        }
        if !row.chosen {
            let label = words.t_args(msg::PLACING_ACCEPT_N, &n);
            let button =
                ui.add_enabled(!model.busy, egui::Button::new(words.t(msg::PLACING_ACCEPT).as_ref()));
            button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, !model.busy, &label));
            if button.clicked() {
                out.push(Action::AcceptPlacement(row.n));
            }
        }
    });
    ui.add_space(2.0);
}

/// Boxes at the candidate places, each with its number; that of the first is solid, the others are dashed.
pub(crate) fn ghosts(ui: &Ui, scene: Rect, model: &PlacingModel, words: &Words) {
    let painter = ui.painter().with_clip_rect(scene);
    let t = theme::of(ui);
    for ghost in &model.ghosts {
        let color = if ghost.first { t.accent } else { theme::MEASURE };
        for edge in &ghost.edges {
            let points: Vec<egui::Pos2> = edge
                .iter()
                .map(|[x, y]| pos2(*x, *y))
                .filter(|p| p.x.is_finite() && p.y.is_finite())
                .collect();
            // A light edge keeps the line apart from any ground.
            painter.add(Shape::line(points.clone(), Stroke::new(3.5, Color32::from_white_alpha(190))));
            if ghost.first {
                painter.add(Shape::line(points, Stroke::new(1.8, color)));
            } else {
                painter.extend(Shape::dashed_line(&points, Stroke::new(1.6, color), 6.0, 4.0));
            }
        }
    }
    for ghost in &model.ghosts {
        let Some([x, y]) = ghost.label_at else { continue };
        let name = model.rows.iter().find(|r| r.n == ghost.n).map_or("", |r| r.name.as_str());
        let text = format!("{} {name}", ghost.n);
        let ink = if ghost.first { t.accent } else { theme::MEASURE };
        let font = FontId::new(13.0, theme::strong_family());
        let galley = painter.layout_no_wrap(text, font, ink);
        let rect = Rect::from_center_size(pos2(x, y), galley.size() + vec2(12.0, 6.0));
        painter.rect(
            rect,
            4.0,
            Color32::from_white_alpha(236),
            Stroke::new(1.0, ink),
            egui::StrokeKind::Inside,
        );
        painter.galley(rect.center() - galley.size() / 2.0, galley, ink);
        let response = ui.interact(rect, ui.scope_id().with(("ghost", ghost.n)), Sense::hover());
        let label =
            words.t_args(msg::PLACING_GHOST, &[("n", u64::from(ghost.n).into()), ("name", name.into())]);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &label));
    }
}
