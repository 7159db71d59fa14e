//! Small drawings and widgets that several panels share: icons, state swatches, section titles.

use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use lantu_base::Pattern;

use crate::states::{Fill, Mark, StateId};
use crate::theme;
use crate::words::{Msg, Words};

/// Line drawings in a square of 16 points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Menu,
    Bars,
    Search,
    Close,
    ChevronRight,
    ChevronDown,
    Eye,
    EyeOff,
    Play,
    Pause,
    Back,
    Forward,
    Fit,
    Top,
    Xray,
    PanelLeft,
    PanelRight,
    Model,
    Picture,
    Terrain,
    Lines,
    Pipe,
    Grid,
    Copy,
    Plus,
    Folder,
    Spark,
    Info,
    Check,
    Warn,
    Ruler,
    Cut,
    Palette,
    Outline,
    Undo,
    Redo,
    Pencil,
    Trash,
    Up,
    Down,
    Camera,
    File,
    Map,
    Flip,
    Orbit,
    Fly,
    Walk,
    Help,
    Height,
    Area,
    Angle,
    Swipe,
}

/// Draws an icon into the middle of `rect`.
pub(crate) fn icon(p: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let c = rect.center();
    // Icons are designed on a grid from -8 to 8.
    let s = rect.width().min(rect.height()).min(16.0) / 16.0;
    let at = |x: f32, y: f32| pos2(c.x + x * s, c.y + y * s);
    let stroke = Stroke::new(1.4 * s, color);
    let line = |points: &[(f32, f32)]| {
        p.add(Shape::line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke));
    };
    let closed = |points: &[(f32, f32)]| {
        p.add(Shape::closed_line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke));
    };
    let filled = |points: &[(f32, f32)]| {
        p.add(Shape::convex_polygon(points.iter().map(|(x, y)| at(*x, *y)).collect(), color, Stroke::NONE));
    };
    match icon {
        Icon::Bars => {
            line(&[(-6.0, -4.5), (1.0, -4.5)]);
            line(&[(-3.0, 0.0), (4.0, 0.0)]);
            line(&[(0.0, 4.5), (6.5, 4.5)]);
        }
        Icon::Menu => [-4.5, 0.0, 4.5].iter().for_each(|y| line(&[(-6.0, *y), (6.0, *y)])),
        Icon::Search => {
            p.circle_stroke(at(-1.2, -1.2), 4.6 * s, stroke);
            line(&[(2.2, 2.2), (6.2, 6.2)]);
        }
        Icon::Close => {
            line(&[(-4.0, -4.0), (4.0, 4.0)]);
            line(&[(-4.0, 4.0), (4.0, -4.0)]);
        }
        Icon::ChevronRight => line(&[(-2.0, -4.0), (2.0, 0.0), (-2.0, 4.0)]),
        Icon::ChevronDown => line(&[(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)]),
        Icon::Eye | Icon::EyeOff => {
            closed(&[
                (-7.0, 0.0),
                (-4.0, -3.2),
                (0.0, -4.4),
                (4.0, -3.2),
                (7.0, 0.0),
                (4.0, 3.2),
                (0.0, 4.4),
                (-4.0, 3.2),
            ]);
            p.circle_filled(at(0.0, 0.0), 2.0 * s, color);
            if icon == Icon::EyeOff {
                line(&[(-6.0, 5.5), (6.0, -5.5)]);
            }
        }
        Icon::Play => filled(&[(-3.5, -5.5), (5.5, 0.0), (-3.5, 5.5)]),
        Icon::Pause => {
            filled(&[(-4.5, -5.0), (-1.5, -5.0), (-1.5, 5.0), (-4.5, 5.0)]);
            filled(&[(1.5, -5.0), (4.5, -5.0), (4.5, 5.0), (1.5, 5.0)]);
        }
        Icon::Back => {
            filled(&[(4.0, -5.0), (-3.0, 0.0), (4.0, 5.0)]);
            line(&[(-5.0, -5.0), (-5.0, 5.0)]);
        }
        Icon::Forward => {
            filled(&[(-4.0, -5.0), (3.0, 0.0), (-4.0, 5.0)]);
            line(&[(5.0, -5.0), (5.0, 5.0)]);
        }
        Icon::Copy => {
            closed(&[(-2.5, -2.5), (5.5, -2.5), (5.5, 5.5), (-2.5, 5.5)]);
            line(&[(-2.5, 2.5), (-5.5, 2.5), (-5.5, -5.5), (2.5, -5.5), (2.5, -2.5)]);
        }
        Icon::Plus => {
            line(&[(-5.0, 0.0), (5.0, 0.0)]);
            line(&[(0.0, -5.0), (0.0, 5.0)]);
        }
        Icon::Check => line(&[(-5.0, 0.0), (-1.5, 3.5), (5.0, -4.0)]),
        Icon::Info | Icon::Warn => {
            if icon == Icon::Info {
                p.circle_stroke(c, 6.0 * s, stroke);
                line(&[(0.0, -0.5), (0.0, 3.2)]);
                p.circle_filled(at(0.0, -2.9), 0.9 * s, color);
            } else {
                closed(&[(0.0, -6.0), (6.5, 5.5), (-6.5, 5.5)]);
                line(&[(0.0, -2.2), (0.0, 1.6)]);
                p.circle_filled(at(0.0, 3.6), 0.9 * s, color);
            }
        }
        _ => scene_icon(icon, &line, &closed),
    }
}

/// Draws through points on a grid from -8 to 8.
pub(crate) type Draw<'a> = &'a dyn Fn(&[(f32, f32)]);

/// The icons that stand for things in the scene and for views of it.
fn scene_icon(icon: Icon, line: Draw<'_>, closed: Draw<'_>) {
    match icon {
        Icon::Fit => {
            line(&[(-6.0, -2.5), (-6.0, -6.0), (-2.5, -6.0)]);
            line(&[(2.5, -6.0), (6.0, -6.0), (6.0, -2.5)]);
            line(&[(6.0, 2.5), (6.0, 6.0), (2.5, 6.0)]);
            line(&[(-2.5, 6.0), (-6.0, 6.0), (-6.0, 2.5)]);
            closed(&[(-2.5, -2.5), (2.5, -2.5), (2.5, 2.5), (-2.5, 2.5)]);
        }
        Icon::Top => {
            line(&[(0.0, -7.0), (0.0, -1.0)]);
            line(&[(-2.5, -3.2), (0.0, -0.7), (2.5, -3.2)]);
            closed(&[(-6.5, 3.4), (0.0, 0.8), (6.5, 3.4), (0.0, 6.6)]);
        }
        Icon::Xray => {
            closed(&[(-6.5, -2.5), (0.0, -6.0), (6.5, -2.5), (0.0, 1.0)]);
            line(&[(-6.5, 1.0), (-4.0, 2.4)]);
            line(&[(-2.6, 3.2), (0.0, 4.6), (2.6, 3.2)]);
            line(&[(4.0, 2.4), (6.5, 1.0)]);
        }
        Icon::PanelLeft | Icon::PanelRight => {
            let x = if icon == Icon::PanelLeft { -2.0 } else { 2.0 };
            closed(&[(-6.5, -5.0), (6.5, -5.0), (6.5, 5.0), (-6.5, 5.0)]);
            line(&[(x, -5.0), (x, 5.0)]);
        }
        Icon::Model => {
            closed(&[(0.0, -6.5), (5.8, -3.2), (5.8, 3.2), (0.0, 6.5), (-5.8, 3.2), (-5.8, -3.2)]);
            line(&[(-5.8, -3.2), (0.0, 0.0), (5.8, -3.2)]);
            line(&[(0.0, 0.0), (0.0, 6.5)]);
        }
        Icon::Picture => {
            closed(&[(-6.5, -5.0), (6.5, -5.0), (6.5, 5.0), (-6.5, 5.0)]);
            line(&[(-6.5, 3.0), (-2.0, -1.5), (1.5, 2.0), (3.5, 0.2), (6.5, 3.0)]);
        }
        Icon::Terrain => {
            line(&[(-7.0, 5.0), (-2.0, -4.5), (1.2, 1.2), (3.0, -1.6), (7.0, 5.0)]);
            line(&[(-7.0, 5.0), (7.0, 5.0)]);
        }
        Icon::Lines => {
            line(&[(-6.5, 4.0), (-2.0, -3.0), (2.0, 1.5), (6.5, -5.0)]);
            closed(&[(-3.0, -4.0), (-1.0, -4.0), (-1.0, -2.0), (-3.0, -2.0)]);
        }
        Icon::Pipe => {
            line(&[(-6.5, -3.0), (1.0, -3.0), (3.0, -1.0), (3.0, 6.5)]);
            line(&[(-6.5, -6.5), (3.0, -6.5), (6.5, -3.0), (6.5, 6.5)]);
        }
        Icon::Grid => {
            closed(&[(-6.0, -6.0), (6.0, -6.0), (6.0, 6.0), (-6.0, 6.0)]);
            line(&[(-2.0, -6.0), (-2.0, 6.0)]);
            line(&[(2.0, -6.0), (2.0, 6.0)]);
            line(&[(-6.0, -2.0), (6.0, -2.0)]);
            line(&[(-6.0, 2.0), (6.0, 2.0)]);
        }
        Icon::Folder => {
            closed(&[(-6.5, -5.0), (-2.0, -5.0), (-0.5, -3.0), (6.5, -3.0), (6.5, 5.0), (-6.5, 5.0)]);
        }
        Icon::Spark => {
            closed(&[(-6.5, 6.0), (-6.5, -1.0), (-1.5, -1.0), (-1.5, 6.0)]);
            closed(&[(-1.5, 6.0), (-1.5, -6.0), (3.5, -6.0), (3.5, 6.0)]);
            line(&[(3.5, 1.0), (6.5, 1.0), (6.5, 6.0), (3.5, 6.0)]);
        }
        _ => crate::tool_icons::draw(icon, line, closed),
    }
}

/// A square button with an icon; `label` is what it says to screen readers and on hover.
pub(crate) fn icon_button(ui: &mut Ui, kind: Icon, label: &str, on: bool) -> Response {
    let side = ui.spacing().interact_size.y.max(26.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, ui.is_enabled(), on, label));
    let t = theme::of(ui);
    let (fill, ink) = match (on, response.hovered() || response.has_focus()) {
        (true, _) => (t.accent_soft, t.accent),
        (false, true) => (t.hover, t.text),
        (false, false) => (Color32::TRANSPARENT, t.weak),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, 4.0, fill);
    if response.has_focus() {
        painter.rect_stroke(rect, 4.0, Stroke::new(1.0, t.accent), egui::StrokeKind::Inside);
    }
    icon(painter, rect.shrink(5.0), kind, ink);
    response.on_hover_text(label)
}

/// A flat button with a word and a chevron, for a menu below it; `label` is its accessible name.
pub(crate) fn menu_button(ui: &mut Ui, text: &str, label: &str, open: bool) -> Response {
    let t = theme::of(ui);
    let font = FontId::new(13.0, egui::FontFamily::Proportional);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, t.text);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 34.0, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, label));
    if open || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, t.hover);
    }
    ui.painter().galley(pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0), galley, t.text);
    let chevron = Rect::from_center_size(pos2(rect.right() - 13.0, rect.center().y), Vec2::splat(12.0));
    icon(ui.painter(), chevron, Icon::ChevronDown, t.weak);
    response
}

/// A small icon button in a given rectangle; takes no space in the layout. `salt` tells it from its neighbors.
pub(crate) fn icon_at(
    ui: &Ui,
    rect: Rect,
    (kind, label): (Icon, &str),
    salt: impl egui::AsIdSalt,
) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, label));
    let t = theme::of(ui);
    let color = if response.hovered() || response.has_focus() { t.text } else { t.weak };
    icon(ui.painter(), rect.shrink(3.0), kind, color);
    response.on_hover_text(label)
}

/// The color of a state with its pattern, as surfaces in the scene show it, and its mark.
pub(crate) fn swatch(p: &Painter, rect: Rect, state: StateId, outline: Color32) {
    let fill = theme::state_color(state);
    let p = p.with_clip_rect(rect.intersect(p.clip_rect()));
    p.rect_filled(rect, 2.0, fill);
    let ink = theme::ink_on(fill);
    let soft = Color32::from_rgba_unmultiplied(ink.r(), ink.g(), ink.b(), 150);
    match state.pattern() {
        Pattern::Solid => {}
        Pattern::Hatch => stripes(&p, rect, 4.0, Stroke::new(1.2, soft)),
        Pattern::Wide => stripes(&p, rect, 8.0, Stroke::new(2.6, soft)),
        Pattern::Dots => dots(&p, rect, soft),
        Pattern::Half => {
            let pale = Color32::from_white_alpha(150);
            p.rect_filled(Rect::from_min_max(rect.min, pos2(rect.right(), rect.center().y)), 0.0, pale);
        }
        Pattern::Bar => {
            p.hline(rect.x_range(), rect.center().y, Stroke::new(2.4, soft));
        }
    }
    if state.pattern() != Pattern::Solid && !matches!(state.mark(), Mark::None | Mark::Up) {
        // A plate keeps the mark readable; the pattern shows beside it.
        p.rect_filled(Rect::from_center_size(rect.center(), Vec2::splat(rect.height() * 0.94)), 2.0, fill);
    }
    mark(&p, rect, state.mark(), ink);
    p.rect_stroke(rect, 2.0, Stroke::new(1.0, outline.gamma_multiply(0.6)), egui::StrokeKind::Inside);
}

/// A state as an outline: a band inside of the rectangle in its color, dashed as in the scene, around its sign.
pub(crate) fn outline_swatch(p: &Painter, rect: Rect, state: StateId, (ink, border): (Color32, Color32)) {
    /// Width of the band, and of the line inside of it, points.
    const BAND: f32 = 3.0;
    p.rect_stroke(rect, 2.0, Stroke::new(1.0, border.gamma_multiply(0.6)), egui::StrokeKind::Inside);
    if state.is_outlined() {
        let stroke = Stroke::new(BAND, theme::state_color(state));
        let (period, dash) = dashes(state.pattern());
        let r = rect.shrink(BAND * 0.5);
        let corners = [r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()];
        if dash < period {
            p.extend(Shape::dashed_line(&corners, stroke, dash, period - dash));
        } else {
            p.rect_stroke(r, 0.0, stroke, egui::StrokeKind::Middle);
        }
    }
    mark(p, rect, state.mark(), ink);
}

/// Period of an outline's dashes and how much of it is covered, points. Mirrors `is_dashed` in
/// `shaders/common/outline.wgsl`.
const fn dashes(pattern: Pattern) -> (f32, f32) {
    match pattern {
        Pattern::Solid => (1.0, 1.0),
        Pattern::Hatch => (6.0, 4.0),
        Pattern::Dots => (6.0, 2.0),
        Pattern::Half => (12.0, 6.0),
        Pattern::Bar => (4.0, 2.0),
        Pattern::Wide => (16.0, 12.0),
    }
}

/// A rectangle that is hatched as what stands for a shape in the scene.
pub(crate) fn hatched(p: &Painter, rect: Rect, ink: Color32, outline: Color32) {
    let p = p.with_clip_rect(rect.intersect(p.clip_rect()));
    stripes(&p, rect, 4.0, Stroke::new(1.2, ink));
    p.rect_stroke(rect, 2.0, Stroke::new(1.0, outline), egui::StrokeKind::Inside);
}

fn stripes(p: &Painter, rect: Rect, every: f32, stroke: Stroke) {
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        p.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], stroke);
        x += every;
    }
}

fn dots(p: &Painter, rect: Rect, color: Color32) {
    let mut y = rect.top() + 2.5;
    let mut shift = false;
    while y < rect.bottom() {
        let mut x = rect.left() + if shift { 4.5 } else { 2.5 };
        while x < rect.right() {
            p.circle_filled(pos2(x, y), 0.9, color);
            x += 4.0;
        }
        y += 3.2;
        shift = !shift;
    }
}

fn mark(p: &Painter, rect: Rect, mark: Mark, ink: Color32) {
    let c = rect.center();
    let h = (rect.height() * 0.36).max(2.5);
    match mark {
        Mark::None => {}
        Mark::Text(text) => {
            p.text(
                c,
                Align2::CENTER_CENTER,
                text,
                FontId::new(rect.height() * 0.86, theme::strong_family()),
                ink,
            );
        }
        Mark::Up => {
            // A plate keeps the arrow readable on the stripes.
            p.circle_filled(c, h * 1.4, Color32::from_black_alpha(110));
            p.arrow(pos2(c.x, c.y + h), vec2(0.0, -2.0 * h), Stroke::new(1.4, Color32::WHITE));
        }
        Mark::Triangle(fill) => {
            let tip = pos2(c.x, c.y - h);
            let (left, right) = (pos2(c.x - h * 1.1, c.y + h), pos2(c.x + h * 1.1, c.y + h));
            let stroke = Stroke::new(1.2, ink);
            match fill {
                Fill::Full => {
                    p.add(Shape::convex_polygon(vec![tip, right, left], ink, stroke));
                }
                Fill::Half => {
                    let (ml, mr) = (tip.lerp(left, 0.5), tip.lerp(right, 0.5));
                    p.add(Shape::convex_polygon(vec![ml, mr, right, left], ink, Stroke::NONE));
                    p.add(Shape::closed_line(vec![tip, right, left], stroke));
                }
                Fill::Outline => {
                    p.add(Shape::closed_line(vec![tip, right, left], stroke));
                }
            }
        }
    }
}

/// A thin rail and a round knob, so that a column of sliders stays quiet.
pub(crate) fn slider_look(ui: &mut Ui) {
    let t = theme::of(ui);
    let visuals = ui.visuals_mut();
    visuals.selection.bg_fill = t.accent.gamma_multiply(0.65);
    for look in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active] {
        look.bg_fill = t.border;
        look.fg_stroke = Stroke::new(1.0, t.surface);
    }
    ui.spacing_mut().slider_rail_height = 3.0;
    ui.spacing_mut().interact_size.y = 16.0;
}

/// A small title over a section.
pub(crate) fn section(ui: &mut Ui, words: &Words, title: Msg) {
    ui.add_space(10.0);
    ui.label(strong(words.t(title).as_ref(), 12.5).color(theme::of(ui).text));
    ui.add_space(2.0);
}

/// Semi-bold text.
pub(crate) fn strong(text: &str, size: f32) -> RichText {
    RichText::new(text).font(FontId::new(size, theme::strong_family()))
}

/// Small text that supports.
pub(crate) fn weak(ui: &Ui, text: &str) -> RichText {
    RichText::new(text).size(11.5).color(theme::of(ui).weak)
}

/// A sentence where a panel has nothing to show.
pub(crate) fn empty(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    let text = RichText::new(text).color(theme::of(ui).weak);
    ui.add(egui::Label::new(text).wrap());
    ui.add_space(8.0);
}

/// Paints text cut to `width` with an ellipsis; returns the width used.
pub(crate) fn cut_text(
    p: &Painter,
    at: Pos2,
    text: &str,
    font: FontId,
    (color, width): (Color32, f32),
) -> f32 {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let galley = p.layout_job(job);
    let size = galley.size();
    p.galley(pos2(at.x, at.y - size.y / 2.0), galley, color);
    size.x
}
