//! How finely curves become lines: the one rule for every arc, spline and sweep.

use std::f64::consts::TAU;

/// Largest distance of a line from the curve that it stands for, meters. Specified: the product's default.
pub(crate) const MAX_DEVIATION_M: f64 = 1e-3;

/// Largest turn between two lines of one curve, radians: 10°. Specified: the product's default. Below a radius of
/// 0.26 m it is the finer of both; an area or a volume then loses 0.5 % at most.
pub(crate) const MAX_TURN_RAD: f64 = std::f64::consts::PI / 18.0;

/// Most lines of one arc, whatever its radius. Chosen: a full circle of 2 km radius still keeps to a millimeter.
pub(crate) const MAX_SEGMENTS: usize = 6_400;

/// Most lines of one arc where the other direction is curved too: their product counts. Chosen: a sphere of 100 m radius
/// still keeps to a millimeter, and one of any radius has the triangles that a product may have.
const MAX_DOUBLE_SEGMENTS: usize = 700;

/// Lines that an arc becomes: at most [`MAX_TURN_RAD`] each and nowhere further than [`MAX_DEVIATION_M`] from the
/// arc, whichever takes more of them. A multiple of 4 for a full circle, so that its extremes are corners.
///
/// * `radius`: meters, the larger one of an ellipse.
/// * `sweep`: radians, of either sign.
pub(crate) fn arc_segments(radius: f64, sweep: f64) -> usize {
    segments(radius, sweep, MAX_TURN_RAD, MAX_SEGMENTS)
}

/// The same where the other direction is curved too, as on a sphere or a torus: three quarters of the turn, so that
/// both together still lose less than 1 % of a volume.
pub(crate) fn double_arc_segments(radius: f64, sweep: f64) -> usize {
    segments(radius, sweep, 0.75 * MAX_TURN_RAD, MAX_DOUBLE_SEGMENTS)
}

fn segments(radius: f64, sweep: f64, max_turn: f64, most: usize) -> usize {
    let sweep = sweep.abs();
    if !(radius > 0.0 && sweep > 0.0) {
        return 1;
    }
    let by_deviation =
        if radius <= MAX_DEVIATION_M { TAU } else { 2.0 * (1.0 - MAX_DEVIATION_M / radius).acos() };
    let step = by_deviation.min(max_turn);
    // A hair below a whole number of steps is that number.
    let n = (sweep / step - 1e-9).ceil().clamp(1.0, most as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and most")]
    let n = n as usize;
    if (sweep - TAU).abs() < 1e-9 { n.next_multiple_of(4) } else { n }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_arcs_turn_by_ten_degrees_and_large_ones_keep_to_a_millimeter() {
        assert_eq!(arc_segments(0.01, TAU), 36);
        assert_eq!(arc_segments(0.25, TAU / 4.0), 9);
        for radius in [0.5, 10.0, 1000.0] {
            let n = arc_segments(radius, TAU) as f64;
            assert!(radius * (1.0 - (TAU / n / 2.0).cos()) <= MAX_DEVIATION_M * 1.000_001, "{radius}");
        }
    }

    #[test]
    fn nonsense_is_one_line_and_nothing_is_without_bound() {
        assert_eq!(arc_segments(-1.0, 1.0), 1);
        assert_eq!(arc_segments(f64::NAN, 1.0), 1);
        assert_eq!(arc_segments(1e30, TAU), MAX_SEGMENTS);
        assert_eq!(double_arc_segments(1e30, TAU), MAX_DOUBLE_SEGMENTS);
    }
}
