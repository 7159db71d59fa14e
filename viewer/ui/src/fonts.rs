//! The bundled fonts: Noto Sans SC for Latin and Chinese, egui's own as a fallback for symbols.

use std::sync::Arc;

use egui::epaint::text::FontTweak;
use egui::{FontData, FontDefinitions, FontFamily};

use crate::words::Language;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.subset.ttf");
const STRONG: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.subset.ttf");
const LATIN: &[u8] = include_bytes!("../../../assets/fonts/LatinPunctuation-Regular.ttf");
const LATIN_STRONG: &[u8] = include_bytes!("../../../assets/fonts/LatinPunctuation-SemiBold.ttf");

/// Font definitions for [`egui::Context::set_fonts`]. Set them before the first frame; [`crate::show`] changes them
/// with the language.
///
/// All digits have one width, so numbers in columns line up. The family `strong` is semi-bold for the words of the
/// catalogs; names from files are set in the regular face, which has all of GB 2312. Quotation marks, ellipsis and
/// middle dot are as wide as an ideograph in Chinese text and narrow in English.
pub fn fonts(language: Language) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    // Half a space, the default, does not separate groups of digits at 12 points.
    let tweak = FontTweak { thin_space_width: 0.8, ..FontTweak::default() };
    for (name, bytes) in
        [("regular", REGULAR), ("strong", STRONG), ("latin", LATIN), ("latin-strong", LATIN_STRONG)]
    {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak.clone())));
    }
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let narrow = language != Language::Chinese;
    let family = |latin: &str, faces: &[&str]| {
        let latin = narrow.then(|| latin.to_owned());
        latin
            .into_iter()
            .chain(faces.iter().map(|s| (*s).to_owned()))
            .chain(fallback.clone())
            .collect::<Vec<_>>()
    };
    fonts.families.insert(FontFamily::Proportional, family("latin", &["regular"]));
    fonts.families.insert(FontFamily::Name("strong".into()), family("latin-strong", &["strong", "regular"]));
    fonts.families.entry(FontFamily::Monospace).or_default().insert(1, "regular".to_owned());
    fonts
}
