//! Measuring: the tool palette with the list of measurements, and the lines over the scene.

use egui::{
    Align, Align2, Color32, FontId, Layout, Painter, Pos2, Rect, RichText, ScrollArea, Sense, Shape, Stroke,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::card;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format::{self, Measure};
use crate::model::{MeasureKind, MeasureModel, MeasurePart, MeasureRow, MeasureShape, SnapKind, SnapModel};
use crate::theme;
use crate::words::{Msg, Words, msg};

const fn look(kind: MeasureKind) -> (Icon, Msg, Msg) {
    match kind {
        MeasureKind::Distance => (Icon::Ruler, msg::MEASURE_DISTANCE, msg::MEASURE_HINT_DISTANCE),
        MeasureKind::Height => (Icon::Height, msg::MEASURE_HEIGHT, msg::MEASURE_HINT_HEIGHT),
        MeasureKind::Area => (Icon::Area, msg::MEASURE_AREA, msg::MEASURE_HINT_AREA),
        MeasureKind::Angle => (Icon::Angle, msg::MEASURE_ANGLE, msg::MEASURE_HINT_ANGLE),
    }
}

const fn part_name(part: MeasurePart) -> Msg {
    match part {
        MeasurePart::Horizontal => msg::MEASURE_HORIZONTAL,
        MeasurePart::Vertical => msg::MEASURE_VERTICAL,
        MeasurePart::Perimeter => msg::MEASURE_PERIMETER,
        MeasurePart::Slope => msg::MEASURE_SLOPE,
    }
}

const fn snap_name(kind: SnapKind) -> Msg {
    match kind {
        SnapKind::Vertex => msg::SNAP_VERTEX,
        SnapKind::Edge => msg::SNAP_EDGE,
        SnapKind::Face => msg::SNAP_FACE,
    }
}

/// The card, while a tool is in the hand or measurements exist.
///
/// `list_height`: points of the list before it scrolls; `None` where there is room for the value only.
pub(crate) fn panel(
    ui: &mut Ui,
    model: &MeasureModel,
    list_height: Option<f32>,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let close = words.t(msg::MEASURE_END);
    if card::title(ui, &words.t(msg::MEASURE_TITLE), Some(&close)) {
        out.push(Action::Measure(None));
    }
    tools(ui, model.active, words, out);
    if let Some(kind) = model.active {
        live(ui, kind, model, list_height.is_some(), words);
    }
    let Some(list_height) = list_height.filter(|_| !model.rows.is_empty()) else { return };
    ui.separator();
    ScrollArea::vertical().id_salt("measurements").max_height(list_height).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for row in &model.rows {
            ui.push_id(row.id, |ui| list_row(ui, row, words, out));
        }
    });
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.button(words.t(msg::MEASURE_CLEAR)).clicked() {
            out.push(Action::ClearMeasurements);
        }
    });
}

fn tools(ui: &mut Ui, active: Option<MeasureKind>, words: &Words, out: &mut Vec<Action>) {
    let choices = MeasureKind::ALL.map(|kind| {
        let (icon, name, _) = look(kind);
        (icon, words.t(name), active == Some(kind))
    });
    if let Some(ix) = card::icon_choices(ui, &choices) {
        let kind = MeasureKind::ALL.get(ix).copied();
        out.push(Action::Measure(kind.filter(|k| active != Some(*k))));
    }
}

/// The value so far, large, and what to do next.
fn live(ui: &mut Ui, kind: MeasureKind, model: &MeasureModel, with_hint: bool, words: &Words) {
    ui.add_space(4.0);
    if let Some((value, parts)) = &model.live {
        let text = format::measure(*value);
        let response = ui.label(draw::strong(&text, 22.0));
        let label = words.t_args(msg::MEASURE_LIVE, &[("value", text.as_str().into())]);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &label));
        if !parts.is_empty() {
            ui.label(draw::weak(ui, &parts_text(parts, words)));
        }
    } else {
        ui.label(draw::strong(&words.t(msg::MEASURE_NOTHING), 15.0));
    }
    if let Some(snap) = &model.snap {
        ui.label(
            RichText::new(words.t(snap_name(snap.kind)).as_ref()).size(12.0).color(theme::of(ui).accent),
        );
    }
    if with_hint {
        ui.add(egui::Label::new(draw::weak(ui, &words.t(look(kind).2))).wrap());
    }
}

fn parts_text(parts: &[(MeasurePart, Measure)], words: &Words) -> String {
    let texts = parts.iter().map(|(part, value)| {
        let mut name = words.t(part_name(*part)).into_owned();
        name.push('\u{202F}');
        name + &format::measure(*value)
    });
    texts.collect::<Vec<_>>().join(" · ")
}

fn list_row(ui: &mut Ui, row: &MeasureRow, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::click());
    let (icon, kind, _) = look(row.kind);
    let value = format::measure(row.value);
    let what = words.t_args(
        msg::MEASURE_ROW,
        &[("kind", words.t(kind).as_ref().into()), ("value", value.as_str().into())],
    );
    let go = words.t_args(msg::MEASURE_GO, &[("what", what.as_str().into())]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &go));
    if ui.rect_contains_pointer(rect) || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let y = rect.center().y;
    draw::icon(
        ui.painter(),
        Rect::from_center_size(pos2(rect.left() + 12.0, y), Vec2::splat(14.0)),
        icon,
        t.weak,
    );
    let font = FontId::new(13.0, theme::strong_family());
    let used = draw::cut_text(
        ui.painter(),
        pos2(rect.left() + 26.0, y),
        &value,
        font,
        (t.text, rect.width() - 50.0),
    );
    let room = rect.width() - 62.0 - used;
    if !row.parts.is_empty() && room > 40.0 {
        let font = FontId::new(11.0, egui::FontFamily::Proportional);
        let parts = parts_text(&row.parts, words);
        draw::cut_text(ui.painter(), pos2(rect.left() + 36.0 + used, y), &parts, font, (t.weak, room));
    }
    let at = Rect::from_center_size(pos2(rect.right() - 12.0, y), Vec2::splat(20.0));
    let delete = words.t_args(msg::MEASURE_DELETE, &[("what", what.as_str().into())]);
    if draw::icon_at(ui, at, (Icon::Trash, &delete), "delete").clicked() {
        out.push(Action::DeleteMeasurement(row.id));
    }
    if response.on_hover_text(parts_text(&row.parts, words)).clicked() {
        out.push(Action::FitMeasurement(row.id));
    }
}

/// Lines, values and the snap mark over the scene. `scale`: 1, or more where people stand far away.
pub(crate) fn over_scene(ui: &Ui, scene: Rect, model: &MeasureModel, scale: f32, words: &Words) {
    let painter = ui.painter().with_clip_rect(scene);
    for shape in &model.shapes {
        lines(&painter, shape, scale);
    }
    // Values lie over all lines.
    for (at, value) in model.shapes.iter().flat_map(|s| &s.labels) {
        plate(ui, &painter, pos2(at[0], at[1]), &format::measure(*value), scale);
    }
    if let (Some(snap), Some(_)) = (&model.snap, model.active) {
        snap_mark(&painter, snap, &words.t(snap_name(snap.kind)), scale);
    }
}

fn lines(p: &Painter, shape: &MeasureShape, scale: f32) {
    let mut points: Vec<Pos2> = shape
        .points
        .iter()
        .map(|[x, y]| pos2(*x, *y))
        .filter(|p| p.x.is_finite() && p.y.is_finite())
        .collect();
    if shape.closed && points.len() > 2 {
        fill(p, &points);
        points.extend(points.first().copied());
    }
    // A light edge keeps the line apart from any ground.
    p.add(Shape::line(points.clone(), Stroke::new(4.0 * scale, Color32::from_white_alpha(210))));
    if shape.live {
        p.extend(Shape::dashed_line(
            &points,
            Stroke::new(2.0 * scale, theme::MEASURE),
            6.0 * scale,
            4.0 * scale,
        ));
    } else {
        p.add(Shape::line(points.clone(), Stroke::new(2.0 * scale, theme::MEASURE)));
    }
    for point in points {
        p.circle(point, 3.2 * scale, Color32::WHITE, Stroke::new(1.6 * scale, theme::MEASURE));
    }
}

/// Tints the area of a polygon that need not be convex: triangles by ear clipping.
fn fill(p: &Painter, points: &[Pos2]) {
    let tint = theme::MEASURE.gamma_multiply(0.16);
    let mut mesh = egui::Mesh::default();
    for point in points {
        mesh.colored_vertex(*point, tint);
    }
    for [a, b, c] in ears(points) {
        mesh.add_triangle(a, b, c);
    }
    p.add(Shape::mesh(mesh));
}

fn cross(o: Pos2, a: Pos2, b: Pos2) -> f32 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// Triangles of a simple polygon. A polygon that crosses itself gets what can be cut off before it is stuck.
fn ears(points: &[Pos2]) -> Vec<[u32; 3]> {
    let at = |ix: u32| points.get(ix as usize).copied().unwrap_or_default();
    let n = u32::try_from(points.len()).unwrap_or(0);
    let mut ring: Vec<u32> = (0..n).collect();
    let area: f32 = (0..n).map(|i| cross(Pos2::ZERO, at(i), at((i + 1) % n.max(1)))).sum();
    if area < 0.0 {
        ring.reverse();
    }
    let mut triangles = Vec::new();
    while ring.len() > 2 {
        let m = ring.len();
        let ear = (0..m).find(|i| {
            let corner = [(i + m - 1) % m, *i, (i + 1) % m].map(|j| ring.get(j).copied().unwrap_or(0));
            let [a, b, c] = corner.map(at);
            let inside = |p: Pos2| cross(a, b, p) >= 0.0 && cross(b, c, p) >= 0.0 && cross(c, a, p) >= 0.0;
            cross(a, b, c) >= 0.0 && ring.iter().filter(|r| !corner.contains(r)).all(|r| !inside(at(*r)))
        });
        let Some(i) = ear else { break };
        triangles.push([(i + m - 1) % m, i, (i + 1) % m].map(|j| ring.get(j).copied().unwrap_or(0)));
        ring.remove(i);
    }
    triangles
}

fn plate(ui: &Ui, p: &Painter, at: Pos2, text: &str, scale: f32) {
    if !(at.x.is_finite() && at.y.is_finite()) {
        return;
    }
    let font = FontId::new(14.0 * scale, theme::strong_family());
    let galley = p.layout_no_wrap(text.to_owned(), font, theme::MEASURE);
    let rect = Rect::from_center_size(at, galley.size() + vec2(14.0, 6.0) * scale);
    p.rect(
        rect,
        4.0,
        Color32::from_white_alpha(238),
        Stroke::new(1.0, theme::MEASURE),
        egui::StrokeKind::Inside,
    );
    p.galley(rect.center() - galley.size() / 2.0, galley, theme::MEASURE);
    let id = ui.scope_id().with(("measured", at.x.to_bits(), at.y.to_bits()));
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
}

/// Square for a corner, triangle for an edge, ring for a face; beside it the word.
fn snap_mark(p: &Painter, snap: &SnapModel, word: &str, scale: f32) {
    let c = pos2(snap.at[0], snap.at[1]);
    let r = 7.0 * scale;
    for (width, color) in [(4.0, Color32::from_white_alpha(220)), (2.0, theme::MEASURE)] {
        let stroke = Stroke::new(width * scale, color);
        match snap.kind {
            SnapKind::Vertex => {
                let square = Rect::from_center_size(c, Vec2::splat(2.0 * r));
                p.rect_stroke(square, 0.0, stroke, egui::StrokeKind::Middle);
            }
            SnapKind::Edge => {
                let triangle = vec![c + vec2(0.0, -r), c + vec2(r, r * 0.8), c + vec2(-r, r * 0.8)];
                p.add(Shape::closed_line(triangle, stroke));
            }
            SnapKind::Face => {
                p.circle_stroke(c, r, stroke);
            }
        }
    }
    let at = c + vec2(r + 6.0, r + 6.0);
    let font = FontId::new(12.5 * scale, theme::strong_family());
    for shift in [vec2(1.0, 1.0), vec2(-1.0, 1.0), vec2(1.0, -1.0), vec2(-1.0, -1.0)] {
        p.text(at + shift, Align2::LEFT_TOP, word, font.clone(), Color32::from_white_alpha(220));
    }
    p.text(at, Align2::LEFT_TOP, word, font, theme::MEASURE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(points: &[Pos2], triangles: &[[u32; 3]]) -> f32 {
        let at = |i: u32| points[i as usize];
        triangles.iter().map(|[a, b, c]| cross(at(*a), at(*b), at(*c)).abs() / 2.0).sum()
    }

    #[test]
    fn the_tint_covers_a_polygon_with_a_notch_and_nothing_beside_it() {
        let l = [(0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)];
        let mut points: Vec<Pos2> = l.iter().map(|(x, y)| pos2(*x, *y)).collect();
        for _ in 0..2 {
            let triangles = ears(&points);
            assert_eq!(triangles.len(), 4);
            assert!((area(&points, &triangles) - 7.0).abs() < 1e-4);
            points.reverse();
        }
    }

    #[test]
    fn a_polygon_that_crosses_itself_ends() {
        let bow = [pos2(0.0, 0.0), pos2(2.0, 2.0), pos2(2.0, 0.0), pos2(0.0, 2.0)];
        assert!(ears(&bow).len() <= 2);
        assert_eq!(ears(&[]), Vec::<[u32; 3]>::new());
    }
}
