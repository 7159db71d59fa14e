//! Classes of points: ASPRS LAS 1.4 R15, table 17. Colors are chosen: calm, apart in lightness as well as in hue.

/// What a class is called.
pub(crate) fn name(class: u8) -> &'static str {
    match class {
        0 => "never classified",
        1 => "unclassified",
        2 => "ground",
        3 => "low vegetation",
        4 => "medium vegetation",
        5 => "high vegetation",
        6 => "building",
        7 => "low noise",
        8 => "model key point",
        9 => "water",
        10 => "rail",
        11 => "road surface",
        13 => "wire guard",
        14 => "wire conductor",
        15 => "transmission tower",
        16 => "wire connector",
        17 => "bridge deck",
        18 => "high noise",
        19 => "overhead structure",
        20 => "ignored ground",
        21 => "snow",
        22 => "temporal exclusion",
        12 | 23..=63 => "reserved",
        64.. => "user defined",
    }
}

/// Whether points of the class are errors of measurement, which start hidden.
pub(crate) fn is_noise(class: u8) -> bool {
    matches!(class, 7 | 18)
}

/// sRGB and alpha of points without a color of their own.
pub(crate) fn color(class: u8) -> [u8; 4] {
    match class {
        2 | 8 | 20 => [0xA8, 0x8F, 0x6C, 0xFF],
        3 => [0xB4, 0xC4, 0x84, 0xFF],
        4 => [0x8C, 0xA8, 0x64, 0xFF],
        5 => [0x5C, 0x84, 0x4C, 0xFF],
        6 => [0xC8, 0x78, 0x5C, 0xFF],
        7 | 18 => [0xC0, 0x50, 0xA8, 0xFF],
        9 => [0x5C, 0x8C, 0xB8, 0xFF],
        10 | 11 => [0x70, 0x74, 0x7C, 0xFF],
        13..=16 | 19 => [0xD8, 0xB4, 0x48, 0xFF],
        17 => [0x98, 0x94, 0x9C, 0xFF],
        21 => [0xE8, 0xEC, 0xF0, 0xFF],
        _ => [0xB0, 0xB0, 0xB4, 0xFF],
    }
}
