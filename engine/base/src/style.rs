//! How one object is painted: eight bytes, the only thing that an overlay changes.

use std::fmt;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// A color in sRGB, 8 bits a channel, straight alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rgba(pub [u8; 4]);

impl Rgba {
    /// An opaque color from `0xRRGGBB`.
    pub const fn hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self([r, g, b, 255])
    }

    /// Packed with red in the lowest byte and alpha in the top byte, as shaders unpack it.
    pub const fn packed(self) -> u32 {
        u32::from_le_bytes(self.0)
    }
}

impl fmt::Display for Rgba {
    /// `#rrggbbaa`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b, a] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}{a:02x}")
    }
}

/// The second cue of a state, for gray printing and color blindness. Numbers are shared with the shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[repr(u32)]
pub enum Pattern {
    /// Plain fill.
    #[default]
    Solid = 0,
    /// Diagonal stripes: stale, late.
    Hatch = 1,
    /// Dots: suspect, unlinked.
    Dots = 2,
    /// Half filled: in progress.
    Half = 3,
    /// One bar: shelved.
    Bar = 4,
    /// Wide stripes: ahead, high risk.
    Wide = 5,
}

/// Flags of a style: bits of [`Style::flags`]. Mirrors the constants in `shaders/common/style.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct StyleFlags(pub u32);

impl StyleFlags {
    /// Not drawn and not picked.
    pub const HIDDEN: u32 = 1;
    /// Part of the selection: outlined.
    pub const SELECTED: u32 = 1 << 1;
    /// `Style::rgba` replaces the material's color; without it, the material shows.
    pub const COLORED: u32 = 1 << 2;
    /// Drawn translucent (not started, isolated away).
    pub const GHOSTED: u32 = 1 << 3;
    /// The object has no state in the current overlay: material, slightly desaturated.
    pub const MUTED: u32 = 1 << 4;
    /// Under the pointer.
    pub const HOVERED: u32 = 1 << 5;
    /// The alpha of `Style::rgba` is a factor on the object's opacity. Colors have one anyway.
    pub const FADED: u32 = 1 << 6;
    /// [`Pattern`] sits in these four bits.
    pub const PATTERN_SHIFT: u32 = 8;
    /// All bits of the pattern.
    pub const PATTERN: u32 = 15 << Self::PATTERN_SHIFT;
    /// From here on sits what a second overlay says, see [`StyleFlags::outline`].
    pub const OUTLINE_SHIFT: u32 = 12;
    /// All bits of the outline; none of them: the object has none.
    pub const OUTLINE: u32 = u32::MAX << Self::OUTLINE_SHIFT;

    /// The pattern's bits.
    pub const fn pattern(p: Pattern) -> u32 {
        (p as u32) << Self::PATTERN_SHIFT
    }

    /// The bits of an outline: three that say how it is dashed (the number of its pattern and one), then blue in five and green
    /// and red in six bits each, so that a color is kept to 4 of 255 and a style stays eight bytes long.
    pub const fn outline(color: Rgba, p: Pattern) -> u32 {
        let [r, g, b, _] = color.0;
        let blue = (b as u32 * 31 + 127) / 255;
        let green = (g as u32 * 63 + 127) / 255;
        let red = (r as u32 * 63 + 127) / 255;
        (p as u32 + 1) << Self::OUTLINE_SHIFT
            | blue << (Self::OUTLINE_SHIFT + 3)
            | green << (Self::OUTLINE_SHIFT + 8)
            | red << (Self::OUTLINE_SHIFT + 14)
    }
}

impl Style {
    /// The same paint with the object `opacity` as opaque as it is; it is kept in steps of 1/255.
    #[must_use]
    pub fn faded(self, opacity: f32) -> Self {
        let colored = self.flags & (StyleFlags::COLORED | StyleFlags::FADED) != 0;
        let before = if colored { self.rgba >> 24 } else { 255 };
        // A byte: the factor is limited to 0..=1.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=255")]
        let alpha = (before as f32 * opacity.clamp(0.0, 1.0)).round() as u32;
        Self { rgba: (self.rgba & 0x00FF_FFFF) | alpha << 24, flags: self.flags | StyleFlags::FADED }
    }

    /// Factor on the object's opacity, 255 for none.
    pub const fn opacity(self) -> u8 {
        if self.flags & (StyleFlags::COLORED | StyleFlags::FADED) == 0 {
            255
        } else {
            (self.rgba >> 24) as u8
        }
    }
}

/// One row of the style table: `n_rows × 8 bytes, row = ObjectRow`. Mirrors `Style` in
/// `shaders/common/style.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Style {
    /// sRGB, 8 bits a channel, red lowest, alpha in the top byte.
    pub rgba: u32,
    /// Bits of [`StyleFlags`].
    pub flags: u32,
}
const _: () = assert!(size_of::<Style>() == 8 && align_of::<Style>() == 4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_reads_back_as_people_write_it() {
        let c = Rgba::hex(0xB3202A);
        assert_eq!(c.to_string(), "#b3202aff");
        assert_eq!(c.packed(), 0xFF2A_20B3);
    }

    #[test]
    fn an_outline_touches_no_other_bit_and_keeps_its_color_to_four_steps() {
        for rgb in [0x000000, 0xFFFFFF, 0xB3202A, 0xEE7F1B, 0xF7D046, 0x3B78B8, 0x010203] {
            for p in [Pattern::Solid, Pattern::Dots, Pattern::Wide] {
                let bits = StyleFlags::outline(Rgba::hex(rgb), p);
                assert_eq!(bits & !StyleFlags::OUTLINE, 0);
                assert_eq!((bits >> StyleFlags::OUTLINE_SHIFT) & 7, p as u32 + 1, "black has an outline too");
                let kept = [(bits >> 26 & 63, 63), (bits >> 20 & 63, 63), (bits >> 15 & 31, 31)];
                for ((v, most), was) in kept.into_iter().zip(Rgba::hex(rgb).0) {
                    assert!((v * 255 / most).abs_diff(u32::from(was)) <= 5, "{rgb:06x}");
                }
            }
        }
    }
}
