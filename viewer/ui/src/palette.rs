//! Colors for values: categories that stay apart for color-blind readers, and cividis for numbers.

use lantu_base::Rgba;

/// Categories with a color of their own; what is left shares [`OTHER`].
pub const N_CATEGORIES: usize = 12;

/// For values beyond the first twelve.
pub const OTHER: Rgba = Rgba::hex(0xC9CDD2);

/// For objects without a value.
pub const NO_VALUE: Rgba = Rgba::hex(0xEEF0F2);

/// Found by a search that spreads colors of middle chroma in Oklab as seen by readers with normal sight, protanopia,
/// deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009). Ordered so that neighbors in a legend differ most.
const CATEGORIES: [Rgba; N_CATEGORIES] = [
    Rgba::hex(0x154476),
    Rgba::hex(0x98EC9F),
    Rgba::hex(0x887C0A),
    Rgba::hex(0x0D99CD),
    Rgba::hex(0x415BA0),
    Rgba::hex(0xFFA95E),
    Rgba::hex(0xC08E13),
    Rgba::hex(0xC1A3F1),
    Rgba::hex(0x785170),
    Rgba::hex(0x2CC19C),
    Rgba::hex(0x5C7146),
    Rgba::hex(0x0B878E),
];

/// Cividis (Nuñez, Anderton and Renslow 2018) at ten equal steps.
const CIVIDIS: [[u8; 3]; 10] = [
    [0x00, 0x20, 0x4D],
    [0x00, 0x33, 0x6F],
    [0x39, 0x48, 0x6B],
    [0x57, 0x5C, 0x6D],
    [0x70, 0x71, 0x73],
    [0x8A, 0x87, 0x79],
    [0xA6, 0x9D, 0x75],
    [0xC4, 0xB5, 0x6C],
    [0xE4, 0xCF, 0x5B],
    [0xFF, 0xEA, 0x46],
];

/// The color of a category by its place in the legend, from 0; [`OTHER`] beyond the twelfth.
pub fn category_color(ix: usize) -> Rgba {
    CATEGORIES.get(ix).copied().unwrap_or(OTHER)
}

/// The color of a number by where it lies between the smallest (0) and the largest (1); ends hold beyond them.
/// [`NO_VALUE`] if it is not a number.
pub fn cividis(share: f64) -> Rgba {
    if share.is_nan() {
        return NO_VALUE;
    }
    let steps = (CIVIDIS.len() - 1) as f64;
    let at = share.clamp(0.0, 1.0) * steps;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
    let from = (at.floor() as usize).min(CIVIDIS.len() - 2);
    let (Some(a), Some(b)) = (CIVIDIS.get(from), CIVIDIS.get(from + 1)) else { return NO_VALUE };
    let t = at - from as f64;
    let [r, g, b] = [(a[0], b[0]), (a[1], b[1]), (a[2], b[2])].map(|(a, b)| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two u8")]
        let mixed = (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
        mixed
    });
    Rgba([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(c: Rgba) -> [f64; 3] {
        let [r, g, b, _] = c.0;
        [r, g, b].map(|v| {
            let s = f64::from(v) / 255.0;
            if s <= 0.04045 { s / 12.92 } else { ((s + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).max(0.0).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).max(0.0).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).max(0.0).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
        ]
    }

    /// Normal sight, protanopia, deuteranopia, tritanopia: matrices on linear RGB.
    const SIGHTS: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    fn seen(c: Rgba, sight: &[[f64; 3]; 3]) -> [f64; 3] {
        let rgb = linear(c);
        oklab(sight.map(|row| row.iter().zip(rgb).map(|(m, v)| m * v).sum::<f64>().clamp(0.0, 1.0)))
    }

    #[test]
    fn categories_stay_apart_for_color_blind_readers() {
        // Three times what a trained eye just tells apart side by side (0.02 in Oklab).
        const APART: f64 = 0.06;
        let colors: Vec<Rgba> = CATEGORIES.into_iter().chain([OTHER]).collect();
        for sight in &SIGHTS {
            for (ix, a) in colors.iter().enumerate() {
                for b in &colors[ix + 1..] {
                    let (x, y) = (seen(*a, sight), seen(*b, sight));
                    let distance = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > APART, "{a} and {b}: {distance}");
                }
            }
        }
    }

    #[test]
    fn larger_numbers_are_always_lighter() {
        let mut last = -1.0;
        for step in 0..=100 {
            let [r, g, b] = linear(cividis(f64::from(step) / 100.0));
            let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            assert!(luminance > last, "at {step} %");
            last = luminance;
        }
        assert_eq!(cividis(f64::NAN), NO_VALUE);
        assert_eq!(cividis(7.0), cividis(1.0));
    }
}
