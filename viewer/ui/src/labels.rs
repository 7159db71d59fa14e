//! Names in the scene as glyphs: shaped and rasterized with the panels' fonts, for whoever draws the scene.

use std::sync::Arc;

use egui::epaint::text::{Fonts, LayoutJob, TextFormat, TextOptions, TextWrapping};
use egui::{Color32, FontId};

use crate::fonts::fonts;
use crate::words::Language;

/// Size of a label's text, points.
pub const LABEL_PT: f32 = 14.0;
/// Widest atlas, texels: what every adapter can have.
const ATLAS_PX: usize = 2048;

/// One glyph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShapedGlyph {
    /// Upper left corner from the text's upper left corner, pixels.
    pub min_px: [f32; 2],
    /// Width and height on the screen, pixels.
    pub size_px: [f32; 2],
    /// Upper left and lower right corner in the atlas, texels.
    pub texels: [f32; 4],
}

/// One text.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapedText {
    /// Width and height, pixels.
    pub size_px: [f32; 2],
    /// What shows; spaces have no glyph.
    pub glyphs: Vec<ShapedGlyph>,
}

/// Texts with the atlas of their glyphs.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapedTexts {
    /// One for each text, in their order.
    pub texts: Vec<ShapedText>,
    /// Width and height of the atlas.
    pub atlas_px: [u32; 2],
    /// One byte a texel, row by row: how much of it ink covers.
    pub coverage: Vec<u8>,
}

/// Shapes names in one line each. `scale`: physical pixels per point. What is wider than `most_px` ends in an ellipsis.
///
/// The same texts give the same glyphs and the same atlas.
pub fn shape<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    scale: f32,
    most_px: f32,
    language: Language,
) -> ShapedTexts {
    let options = TextOptions { max_texture_side: ATLAS_PX, ..TextOptions::default() };
    let mut fonts = Fonts::new(options, fonts(language));
    // Points are pixels here: the size is already that of the screen.
    let mut view = fonts.with_pixels_per_point(1.0);
    let format = TextFormat::simple(FontId::proportional(LABEL_PT * scale), Color32::WHITE);
    let texts = texts
        .into_iter()
        .map(|text| {
            let mut job = LayoutJob::single_section(text.replace(['\n', '\r'], " "), format.clone());
            job.wrap = TextWrapping {
                max_width: most_px,
                max_rows: 1,
                break_anywhere: true,
                ..TextWrapping::default()
            };
            let galley: Arc<egui::Galley> = view.layout_job(job);
            let glyphs = galley.rows.iter().flat_map(|row| {
                let at = row.pos;
                row.row.glyphs.iter().map(move |g| (at, g))
            });
            let shaped = glyphs.filter(|(_, g)| g.uv_rect.size.x > 0.0).map(|(at, g)| {
                let min = at + g.pos.to_vec2() + g.uv_rect.offset;
                let [u0, v0, u1, v1] =
                    [g.uv_rect.min[0], g.uv_rect.min[1], g.uv_rect.max[0], g.uv_rect.max[1]].map(f32::from);
                ShapedGlyph {
                    min_px: [min.x.round(), min.y.round()],
                    size_px: g.uv_rect.size.into(),
                    texels: [u0, v0, u1, v1],
                }
            });
            ShapedText { size_px: galley.size().into(), glyphs: shaped.collect() }
        })
        .collect();
    let image = view.image();
    let atlas_px = image.size.map(|s| u32::try_from(s).unwrap_or(0));
    ShapedTexts { texts, atlas_px, coverage: image.pixels.iter().map(Color32::a).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_english_names_have_glyphs_of_the_size_of_the_screen() {
        let all = shape(["蓝图大街", "Bridge 7", ""], 1.0, 240.0, Language::Chinese);
        assert_eq!(all.coverage.len(), (all.atlas_px[0] * all.atlas_px[1]) as usize);
        let n: Vec<usize> = all.texts.iter().map(|t| t.glyphs.len()).collect();
        assert_eq!(n, [4, 7, 0], "a glyph for each character but spaces");
        for g in &all.texts[0].glyphs {
            let [u0, v0, u1, v1] = g.texels;
            let inside = |at: usize| {
                let (u, v) = (at % all.atlas_px[0] as usize, at / all.atlas_px[0] as usize);
                (u0..u1).contains(&(u as f32)) && (v0..v1).contains(&(v as f32))
            };
            let ink = all.coverage.iter().enumerate().filter(|(at, _)| inside(*at));
            assert!(ink.map(|(_, c)| u32::from(*c)).sum::<u32>() > 2_000, "a glyph is empty");
            assert!((9.0..=18.0).contains(&g.size_px[1]), "{g:?}");
        }
        let large = shape(["蓝图大街"], 2.0, 480.0, Language::Chinese);
        let ratio = large.texts[0].size_px[0] / all.texts[0].size_px[0];
        assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
        assert_eq!(shape(["蓝图大街", "Bridge 7", ""], 1.0, 240.0, Language::Chinese), all);
    }

    #[test]
    fn a_long_name_ends_in_an_ellipsis_within_its_width() {
        let long = "a very long name of something that nobody would write on a wall";
        let text = &shape([long], 1.0, 120.0, Language::English).texts[0];
        assert!(text.size_px[0] <= 120.0 && text.size_px[0] > 80.0, "{:?}", text.size_px);
    }
}
