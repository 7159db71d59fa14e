//! Colors, sizes and text styles: quiet and dense, so that the scene is the hero.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Vec2};
use lantu_base::Rgba;

use crate::states::StateId;

/// Light for daylight, dark for control rooms, large for a wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ThemeKind {
    /// Light surfaces.
    #[default]
    Light,
    /// Dark surfaces.
    Dark,
    /// Dark, high contrast, large text; only legend, time and title.
    Large,
}

/// The colors of a theme by what they are for.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// Panels.
    pub panel: Color32,
    /// Fields, cards, selected segments.
    pub surface: Color32,
    /// Bars and headers.
    pub bar: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Borders of fields and buttons.
    pub border: Color32,
    /// Text.
    pub text: Color32,
    /// Text that supports.
    pub weak: Color32,
    /// Selection and focus.
    pub accent: Color32,
    /// Background of what is selected.
    pub accent_soft: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Something is wrong.
    pub danger: Color32,
    /// Something needs attention.
    pub caution: Color32,
    /// Something went well.
    pub good: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// A color of a ramp that data brings.
pub(crate) const fn rgb([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

const LIGHT: Tokens = Tokens {
    panel: hex(0xF6F7F9),
    surface: hex(0xFFFFFF),
    bar: hex(0xFBFCFD),
    line: hex(0xE0E4E9),
    border: hex(0xC9D0D8),
    text: hex(0x1E2833),
    weak: hex(0x5A6775),
    accent: hex(0x1C5FA8),
    accent_soft: hex(0xDCE9F7),
    hover: hex(0xECEFF3),
    on_accent: hex(0xFFFFFF),
    danger: hex(0xB3202A),
    caution: hex(0xA85A0A),
    good: hex(0x217A5B),
};

const DARK: Tokens = Tokens {
    panel: hex(0x1D2228),
    surface: hex(0x272E36),
    bar: hex(0x191E23),
    line: hex(0x323A43),
    border: hex(0x46505B),
    text: hex(0xE7EBEF),
    weak: hex(0xA3AEBA),
    accent: hex(0x6FB1F0),
    accent_soft: hex(0x24405C),
    hover: hex(0x2C343C),
    on_accent: hex(0x10161C),
    danger: hex(0xF07A7F),
    caution: hex(0xF0A94F),
    good: hex(0x63C29F),
};

/// Seen from five meters on any projector: black and white, and signals light enough for both.
const LARGE: Tokens = Tokens {
    panel: hex(0x0A0D10),
    surface: hex(0x101418),
    bar: hex(0x0A0D10),
    line: hex(0x4A5560),
    border: hex(0x6B7885),
    text: hex(0xFFFFFF),
    weak: hex(0xD3DAE1),
    accent: hex(0x8CC4FA),
    accent_soft: hex(0x1E4468),
    hover: hex(0x20272E),
    on_accent: hex(0x0A0D10),
    danger: hex(0xFF9A9E),
    caution: hex(0xFFC061),
    good: hex(0x7FE0BC),
};

/// Ink of measurements: a strong color that no state has, on light and on dark ground.
pub(crate) const MEASURE: Color32 = hex(0xD11B7A);

/// The ring around the pointer on a wall.
pub(crate) const POINTER: Color32 = hex(0xFFD23F);

/// The tokens of a theme.
pub const fn tokens(kind: ThemeKind) -> Tokens {
    match kind {
        ThemeKind::Light => LIGHT,
        ThemeKind::Dark => DARK,
        ThemeKind::Large => LARGE,
    }
}

/// The tokens of the theme that `ui` is drawn in.
pub(crate) fn of(ui: &egui::Ui) -> Tokens {
    match ui.visuals().panel_fill {
        fill if fill == LARGE.panel => LARGE,
        _ if ui.visuals().dark_mode => DARK,
        _ => LIGHT,
    }
}

/// The color of a state, the same in every theme and in the scene.
pub fn state_color(state: StateId) -> Color32 {
    color(state.color())
}

/// A scene color on screen.
pub fn color(c: Rgba) -> Color32 {
    let [r, g, b, a] = c.0;
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

/// Black or white, whichever reads better on `on`.
pub fn ink_on(on: Color32) -> Color32 {
    let luma = 0.299 * f32::from(on.r()) + 0.587 * f32::from(on.g()) + 0.114 * f32::from(on.b());
    if luma > 140.0 { hex(0x14181D) } else { Color32::WHITE }
}

/// The family for headings.
pub(crate) fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// Heights and widths, in points at 1×.
pub(crate) mod size {
    pub(crate) const TOP_BAR: f32 = 44.0;
    pub(crate) const STATUS: f32 = 26.0;
    pub(crate) const TIMELINE: f32 = 62.0;
    pub(crate) const ROW: f32 = 24.0;
    pub(crate) const LEFT: f32 = 288.0;
    pub(crate) const RIGHT: f32 = 328.0;
    /// Below this window width the side panels lie over the scene.
    pub(crate) const OVERLAY_BELOW: f32 = 1400.0;
}

/// Sets colors, spacing and text sizes of the whole context. Cheap; call it when the theme changes.
pub fn apply(ctx: &egui::Context, kind: ThemeKind) {
    let dark = kind != ThemeKind::Light;
    ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
    ctx.all_styles_mut(|style| set_style(style, tokens(kind), dark));
}

/// Height of the picture in points on a wall. Chosen: 12 points, the smallest text that remains there, are 28 pixels
/// on 3840 × 2160, and a person five meters before a screen two meters high reads them as 3 mm letters on a desk.
const WALL_HEIGHT: f32 = 925.0;

/// The zoom that a theme asks for beside the person's own: 1, or on the wall so much that the window is 925 points
/// high, whatever its pixels. `native`: pixels per point that the system asks for.
pub fn scale(kind: ThemeKind, window_height_px: f32, native: f32) -> f32 {
    if kind == ThemeKind::Large && window_height_px > 0.0 && native > 0.0 {
        (window_height_px / WALL_HEIGHT / native).clamp(1.0 / native, 6.0)
    } else {
        1.0
    }
}

fn set_style(style: &mut egui::Style, t: Tokens, dark: bool) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(11.5)),
        (TextStyle::Body, font(13.0)),
        (TextStyle::Button, font(13.0)),
        (TextStyle::Heading, FontId::new(15.0, strong_family())),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    let s = &mut style.spacing;
    s.item_spacing = Vec2::new(6.0, 4.0);
    s.button_padding = Vec2::new(8.0, 4.0);
    s.interact_size = Vec2::new(24.0, 24.0);
    s.window_margin = Margin::same(16);
    s.menu_margin = Margin::same(6);
    s.icon_width = 16.0;
    s.slider_rail_height = 4.0;
    s.tooltip_width = 360.0;
    s.scroll = egui::style::ScrollStyle::thin();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style.animation_time = 0.08;
    style.visuals = visuals(t, dark);
}

fn visuals(t: Tokens, dark: bool) -> egui::Visuals {
    let mut v = if dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    let radius = CornerRadius::same(4);
    v.panel_fill = t.panel;
    v.window_fill = t.surface;
    v.window_stroke = Stroke::new(1.0, t.border);
    v.window_corner_radius = CornerRadius::same(8);
    v.menu_corner_radius = CornerRadius::same(6);
    v.extreme_bg_color = t.surface;
    v.text_edit_bg_color = Some(t.surface);
    v.faint_bg_color = t.hover;
    v.code_bg_color = t.hover;
    v.weak_text_color = Some(t.weak);
    v.hyperlink_color = t.accent;
    v.warn_fg_color = t.caution;
    v.error_fg_color = t.danger;
    v.selection.bg_fill = t.accent_soft;
    v.selection.stroke = Stroke::new(1.0, t.accent);
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Circle;
    v.indent_has_left_vline = false;
    let shadow =
        |alpha| egui::Shadow { offset: [0, 4], blur: 14, spread: 0, color: Color32::from_black_alpha(alpha) };
    v.window_shadow = shadow(if dark { 110 } else { 46 });
    v.popup_shadow = shadow(if dark { 90 } else { 36 });
    let w = &mut v.widgets;
    for (visuals, fill, border, text) in [
        (&mut w.noninteractive, t.panel, t.line, t.text),
        (&mut w.inactive, t.surface, t.border, t.text),
        (&mut w.hovered, t.hover, t.weak, t.text),
        (&mut w.active, t.accent_soft, t.accent, t.text),
        (&mut w.open, t.accent_soft, t.accent, t.text),
    ] {
        visuals.bg_fill = fill;
        visuals.weak_bg_fill = fill;
        visuals.bg_stroke = Stroke::new(1.0, border);
        visuals.fg_stroke = Stroke::new(1.0, text);
        visuals.corner_radius = radius;
        visuals.expansion = 0.0;
    }
    // The rail and the box of sliders and checkboxes must stand out from the panel.
    w.inactive.bg_fill = t.line;
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f32 {
        let lin = |v: u8| {
            let s = f32::from(v) / 255.0;
            if s <= 0.04045 { s / 12.92 } else { ((s + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * lin(c.r()) + 0.7152 * lin(c.g()) + 0.0722 * lin(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_reads_on_every_surface_in_every_theme() {
        for t in [LIGHT, DARK, LARGE] {
            for on in [t.panel, t.surface, t.bar, t.hover, t.accent_soft] {
                assert!(contrast(t.text, on) >= 7.0);
                assert!(contrast(t.weak, on) >= 4.5, "{:?} on {on:?}: {}", t.weak, contrast(t.weak, on));
            }
            assert!(contrast(t.on_accent, t.accent) >= 4.5);
            for signal in [t.danger, t.caution, t.good, t.accent] {
                assert!(contrast(signal, t.surface) >= 4.5, "{signal:?}: {}", contrast(signal, t.surface));
            }
        }
    }

    #[test]
    fn the_sign_on_a_state_chip_reads_on_its_color() {
        for state in StateId::ALL {
            let c = state_color(*state);
            assert!(contrast(ink_on(c), c) >= 4.0, "{state:?}: {}", contrast(ink_on(c), c));
        }
    }
}
