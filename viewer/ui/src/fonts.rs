//! The bundled fonts: one for Latin and Chinese, egui's own as a fallback for symbols.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.subset.ttf");
const STRONG: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.subset.ttf");

/// Font definitions for [`egui::Context::set_fonts`].
///
/// Text is Noto Sans SC: its digits all have one width, so numbers in columns line up. The family `strong` has a
/// semi-bold face for the characters of headings; what it lacks comes from the regular face.
pub fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert("noto-sans-sc".to_owned(), Arc::new(FontData::from_static(REGULAR)));
    fonts.font_data.insert("noto-sans-sc-strong".to_owned(), Arc::new(FontData::from_static(STRONG)));
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family =
        |first: &[&str]| first.iter().map(|s| (*s).to_owned()).chain(fallback.clone()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family(&["noto-sans-sc"]));
    fonts
        .families
        .insert(FontFamily::Name("strong".into()), family(&["noto-sans-sc-strong", "noto-sans-sc"]));
    fonts.families.entry(FontFamily::Monospace).or_default().insert(1, "noto-sans-sc".to_owned());
    fonts
}
