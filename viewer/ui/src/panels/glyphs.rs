//! Signs over the scene where something is measured, and where people, vehicles and cranes are.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::draw;
use crate::model::{GlyphKind, GlyphModel};
use crate::theme;

/// Half the width of a sign, points. Chosen: as large as the swatches of the legend, so that patterns are told apart.
const HALF: f32 = 8.0;
/// Stretches of a dashed ring, points.
const DASH: f32 = 7.0;

/// All signs, the most urgent on top.
pub(crate) fn show(ui: &Ui, scene: Rect, glyphs: &[GlyphModel]) {
    let painter = ui.painter().with_clip_rect(scene);
    for glyph in glyphs.iter().rev() {
        ring(&painter, glyph);
    }
    for glyph in glyphs.iter().rev() {
        sign(ui, &painter, glyph);
    }
}

/// How far a thing reaches: a light line with dark rims is seen on any picture, dashed where nobody knows who is inside.
fn ring(p: &Painter, glyph: &GlyphModel) {
    let points: Vec<Pos2> = glyph.ring.iter().map(|&[x, y]| pos2(x, y)).collect();
    if points.len() < 2 {
        return;
    }
    let ink = theme::state_color(glyph.state);
    let lines = |width: f32, color: Color32| -> Vec<Shape> {
        let stroke = Stroke::new(width, color);
        if glyph.certain {
            vec![Shape::line(points.clone(), stroke)]
        } else {
            Shape::dashed_line(&points, stroke, DASH, DASH)
        }
    };
    p.extend(lines(4.0, Color32::from_black_alpha(140)));
    p.extend(lines(2.0, ink));
}

fn sign(ui: &Ui, p: &Painter, glyph: &GlyphModel) {
    let t = theme::of(ui);
    let center = pos2(glyph.at[0], glyph.at[1]);
    let rim = Color32::from_black_alpha(190);
    // A stem leads to the place itself.
    let top = center - vec2(0.0, HALF + 7.0);
    p.line_segment([center, top], Stroke::new(3.0, rim));
    p.line_segment([center, top], Stroke::new(1.5, Color32::WHITE));
    let middle = top - vec2(0.0, HALF);
    let plate = Rect::from_center_size(middle, Vec2::splat(2.0 * HALF));
    p.rect(plate.expand(2.0), 4.0, Color32::WHITE, Stroke::new(1.0, rim), egui::StrokeKind::Outside);
    if let Some(shape) = silhouette(glyph.kind) {
        let fill = theme::state_color(glyph.state);
        p.rect_filled(plate, 2.0, fill);
        draw_silhouette(p, plate, shape, theme::ink_on(fill));
    } else {
        draw::swatch(p, plate, glyph.state, rim);
    }
    if glyph.named && !glyph.name.is_empty() {
        let at = plate.right_center() + vec2(7.0, 0.0);
        let galley = p.layout_no_wrap(glyph.name.clone(), FontId::proportional(12.0), t.text);
        let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size()).expand2(vec2(4.0, 1.0));
        p.rect(rect, 3.0, t.surface.gamma_multiply(0.92), Stroke::new(1.0, t.line), egui::StrokeKind::Inside);
        p.galley(rect.min + vec2(4.0, 1.0), galley, t.text);
    }
}

/// Circles and bars in a plate of 2 × 2 around its middle: (x, y, half width, half height, round).
type Silhouette = &'static [(f32, f32, f32, f32, bool)];

fn silhouette(kind: GlyphKind) -> Option<Silhouette> {
    match kind {
        GlyphKind::Sensor => None,
        GlyphKind::Person => Some(&[(0.0, -0.45, 0.26, 0.26, true), (0.0, 0.3, 0.4, 0.42, false)]),
        GlyphKind::Vehicle => Some(&[
            (-0.15, -0.1, 0.5, 0.32, false),
            (0.5, 0.02, 0.2, 0.2, false),
            (-0.35, 0.4, 0.18, 0.18, true),
            (0.4, 0.4, 0.18, 0.18, true),
        ]),
        GlyphKind::Crane => Some(&[
            (-0.2, 0.1, 0.1, 0.65, false),
            (0.05, -0.5, 0.65, 0.1, false),
            (0.5, -0.15, 0.05, 0.3, false),
        ]),
        GlyphKind::Other => Some(&[(0.0, 0.0, 0.4, 0.4, true)]),
    }
}

fn draw_silhouette(p: &Painter, plate: Rect, parts: Silhouette, ink: Color32) {
    for &(x, y, half_w, half_h, round) in parts {
        let half = plate.width() / 2.0;
        let rect = Rect::from_center_size(
            plate.center() + vec2(x, y) * half,
            vec2(2.0 * half_w, 2.0 * half_h) * half,
        );
        if round {
            p.circle_filled(rect.center(), rect.width() / 2.0, ink);
        } else {
            p.rect_filled(rect, 1.0, ink);
        }
    }
}
