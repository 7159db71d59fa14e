//! Signs over the scene where something is measured, and where people, vehicles and cranes are.

use std::sync::Arc;

use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::draw;
use crate::model::{GlyphKind, GlyphModel};
use crate::theme;

/// Half the width of a sign, points. Chosen: as large as the swatches of the legend, so that patterns are told apart.
const HALF: f32 = 8.0;
/// From a place up to its sign, points.
const STEM: f32 = HALF + 7.0;
/// Stretches of a dashed ring, points.
const DASH: f32 = 7.0;

/// White around a sign, points.
const RIM: f32 = 2.0;
/// Between a sign and its name, points.
const GAP: f32 = 3.0;
/// Around the words of a name, points.
const PAD: Vec2 = vec2(4.0, 1.0);

/// All signs, the most urgent on top. A name stands where it lies over no other sign or name, the most urgent first. Returns
/// where signs and their names lie.
pub(crate) fn show(ui: &Ui, scene: Rect, glyphs: &[GlyphModel]) -> Vec<Rect> {
    let painter = ui.painter().with_clip_rect(scene);
    let t = theme::of(ui);
    for glyph in glyphs.iter().rev() {
        ring(&painter, glyph);
    }
    for glyph in glyphs.iter().rev() {
        sign(&painter, glyph);
    }
    let words = |g: &GlyphModel| {
        let is_named = g.named && !g.name.is_empty();
        is_named.then(|| painter.layout_no_wrap(g.name.clone(), FontId::proportional(12.0), t.text))
    };
    let words: Vec<Option<Arc<Galley>>> = glyphs.iter().map(words).collect();
    let sizes: Vec<Option<Vec2>> = words.iter().map(|w| w.as_ref().map(|w| w.size() + 2.0 * PAD)).collect();
    let plates: Vec<Rect> = glyphs.iter().map(plate).collect();
    let mut covered: Vec<Rect> = plates.iter().map(|p| p.expand(RIM)).collect();
    for (words, rect) in words.into_iter().zip(places(&plates, &sizes)) {
        let (Some(words), Some(rect)) = (words, rect) else { continue };
        let stroke = Stroke::new(1.0, t.line);
        painter.rect(rect, 3.0, t.surface.gamma_multiply(0.92), stroke, egui::StrokeKind::Inside);
        painter.galley(rect.min + PAD, words, t.text);
        covered.push(rect);
    }
    covered
}

/// Where names of these sizes stand beside their signs: right, left, above or below, where that is free; `None` where
/// nothing is.
fn places(plates: &[Rect], sizes: &[Option<Vec2>]) -> Vec<Option<Rect>> {
    let mut taken: Vec<Rect> = plates.iter().map(|p| p.expand(RIM)).collect();
    let place = |(plate, size): (&Rect, &Option<Vec2>)| {
        let (size, own) = ((*size)?, plate.expand(RIM + GAP));
        let sides = [
            Align2::LEFT_CENTER.anchor_size(own.right_center(), size),
            Align2::RIGHT_CENTER.anchor_size(own.left_center(), size),
            Align2::CENTER_BOTTOM.anchor_size(own.center_top(), size),
            Align2::CENTER_TOP.anchor_size(own.center_bottom(), size),
        ];
        let free = |rect: &Rect| taken.iter().all(|t| !t.intersects(*rect));
        let found = sides.into_iter().find(free)?;
        taken.push(found);
        Some(found)
    };
    plates.iter().zip(sizes).map(place).collect()
}

/// The square of a sign, over the place that it stands for.
fn plate(glyph: &GlyphModel) -> Rect {
    let top = pos2(glyph.at[0], glyph.at[1]) - vec2(0.0, STEM);
    Rect::from_center_size(top - vec2(0.0, HALF), Vec2::splat(2.0 * HALF))
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

fn sign(p: &Painter, glyph: &GlyphModel) {
    let (center, plate) = (pos2(glyph.at[0], glyph.at[1]), plate(glyph));
    let rim = Color32::from_black_alpha(190);
    // A stem leads to the place itself.
    p.line_segment([center, plate.center_bottom()], Stroke::new(3.0, rim));
    p.line_segment([center, plate.center_bottom()], Stroke::new(1.5, Color32::WHITE));
    p.rect(plate.expand(RIM), 4.0, Color32::WHITE, Stroke::new(1.0, rim), egui::StrokeKind::Outside);
    if let Some(shape) = silhouette(glyph.kind) {
        let fill = theme::state_color(glyph.state);
        p.rect_filled(plate, 2.0, fill);
        draw_silhouette(p, plate, shape, theme::ink_on(fill));
    } else {
        draw::swatch(p, plate, glyph.state, rim);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_lies_over_another_sign_or_name_and_the_most_urgent_keeps_its_place() {
        let sign = |x: f32, y: f32| Rect::from_center_size(pos2(x, y), Vec2::splat(2.0 * HALF));
        let size = Some(vec2(50.0, 16.0));
        // A crane in alarm, a worker close to its left, and a sensor without a name between.
        let plates = [sign(100.0, 100.0), sign(60.0, 106.0), sign(76.0, 140.0), sign(80.0, 80.0)];
        let sizes = [size, size, None, size];
        let found = places(&plates, &sizes);
        assert!(found[0].unwrap().left() > plates[0].right(), "where it stands when it is alone");
        assert!(found[1].is_some() && found[2].is_none());
        let all: Vec<Rect> = plates.iter().copied().chain(found.iter().flatten().copied()).collect();
        for (n, a) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|b| !a.intersects(*b)), "{a:?}");
        }
    }
}
