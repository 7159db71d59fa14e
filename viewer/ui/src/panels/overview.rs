//! The overview map: the scene from above, what the camera sees of it, and a click to fly there.

use egui::{
    Align2, Area, Color32, Id, Order, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{OverviewKind, OverviewModel};
use crate::state::UiState;
use crate::theme;
use crate::words::{Words, msg};

/// Longer side of the map, points.
const SIDE: f32 = 190.0;
/// In a smaller scene the map would hide what it maps.
const LEAST_ROOM: [f32; 2] = [560.0, 440.0];
/// Room below it for the scale bar.
const ABOVE_SCALE: f32 = 50.0;

/// The map, or the button that opens it, at the lower right of `free`, of which the lower `height` points are left.
pub(crate) fn show(
    ui: &Ui,
    (free, height): (Rect, f32),
    model: &OverviewModel,
    (state, words): (&mut UiState, &Words),
    out: &mut Vec<Action>,
) {
    let room = free.width() >= LEAST_ROOM[0] && free.height() >= LEAST_ROOM[1] && height > SIDE + ABOVE_SCALE;
    let at = free.right_bottom() - vec2(14.0, ABOVE_SCALE);
    let area = Area::new(Id::unique("lantu-overview"))
        .order(Order::Middle)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        if !state.overview_open || !room {
            closed(ui, state, words);
            return;
        }
        let aspect =
            if model.aspect.is_finite() && model.aspect > 0.0 { model.aspect.clamp(0.4, 2.5) } else { 1.0 };
        let size = if aspect > 1.0 { vec2(SIDE, SIDE / aspect) } else { vec2(SIDE * aspect, SIDE) };
        map(ui, size, model, words, out);
        let corner = ui.min_rect().right_top() + vec2(-24.0, 4.0);
        let label = words.t(msg::OVERVIEW_CLOSE);
        let cross = Rect::from_min_size(corner, Vec2::splat(20.0));
        ui.painter().rect_filled(cross, 4.0, theme::of(ui).surface.gamma_multiply(0.8));
        if draw::icon_at(ui, cross, (Icon::Close, &label), "close").clicked() {
            state.overview_open = false;
        }
    });
}

fn closed(ui: &mut Ui, state: &mut UiState, words: &Words) {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(34.0), Sense::click());
    let label = words.t(msg::OVERVIEW_OPEN);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let fill = if response.hovered() || response.has_focus() { t.hover } else { t.surface };
    ui.painter().rect(rect, 6.0, fill, Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    draw::icon(ui.painter(), rect.shrink(8.0), Icon::Map, t.text);
    if response.on_hover_text(label).clicked() {
        state.overview_open = true;
    }
}

fn map(ui: &mut Ui, size: Vec2, model: &OverviewModel, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let label = words.t(msg::OVERVIEW);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    let p = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    p.rect_filled(rect, 6.0, t.panel);
    let at = |[x, y]: [f32; 2]| pos2(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    if let Some(texture) = model.picture {
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        p.image(texture, rect, uv, Color32::WHITE);
    }
    for shape in model.shapes.iter() {
        outline(&p, shape.kind, shape.points.iter().map(|c| at(*c)).collect(), t);
    }
    camera(&p, model, &at, t);
    p.rect_stroke(rect, 6.0, Stroke::new(1.0, t.border), egui::StrokeKind::Inside);
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.clicked()) {
        let share = (pointer - rect.min) / rect.size();
        out.push(Action::FlyTo([share.x.clamp(0.0, 1.0), share.y.clamp(0.0, 1.0)]));
    } else if response.clicked() {
        // From the keyboard: the middle of the map.
        out.push(Action::FlyTo([0.5, 0.5]));
    }
    response.on_hover_text(label);
}

fn outline(p: &Painter, kind: OverviewKind, points: Vec<Pos2>, t: theme::Tokens) {
    match kind {
        OverviewKind::Ground => p.add(Shape::convex_polygon(points, t.line, Stroke::NONE)),
        OverviewKind::Object => {
            p.add(Shape::convex_polygon(points, t.weak.gamma_multiply(0.55), Stroke::NONE))
        }
        OverviewKind::Line => p.add(Shape::line(points, Stroke::new(1.0, t.weak.gamma_multiply(0.7)))),
    };
}

/// What is seen as a tinted polygon, and the eye as a dot with a ring.
fn camera(p: &Painter, model: &OverviewModel, at: &dyn Fn([f32; 2]) -> Pos2, t: theme::Tokens) {
    if model.seen.len() > 2 {
        let seen = model.seen.iter().map(|c| at(*c)).collect();
        p.add(Shape::convex_polygon(seen, t.accent.gamma_multiply(0.22), Stroke::new(1.2, t.accent)));
    }
    p.circle(at(model.eye), 4.0, t.accent, Stroke::new(1.5, Color32::WHITE));
}
