//! What a pixel of the error shows.

/// Of 255: a pixel whose color is off by less than this looks the same.
pub(super) const SEEN: f32 = 8.0;
/// Up to this error, meters, what stays looks as full detail does. Above it pixels are larger than storeys' slabs,
/// poles and railings, and pictures of them are noise: what covers part of a pixel counts less and less.
const EXACT_M: f32 = 2.0;
/// So much is added at most to the exponent of what covers part of a pixel, one for each meter.
const DULLEST: f32 = 3.0;
/// What a side differs by from what is behind it, where that is not known: two facades.
pub(super) const UNKNOWN_CONTRAST: f32 = 80.0;
/// A rectangle of that contrast can be told from what is behind it at a pixel of the error.
pub(super) fn is_seen(sides: [f32; 2], contrast: f32, error_m: f32) -> bool {
    let covered = sides[0].min(error_m) * sides[1].min(error_m) / (error_m * error_m);
    let dulled = (error_m - EXACT_M).clamp(0.0, DULLEST);
    covered.powf(1.0 + dulled) * contrast > SEEN
}

/// What lies on something else may lie so little above it, meters: a marking on a road, a pond on a lawn. Tops of what
/// is thin move by no more, whatever the error, or they would vanish below it or cover what lies on them.
pub(super) const LAYER_M: f32 = 0.005;
