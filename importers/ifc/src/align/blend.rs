//! How curvature or cant passes from one value to another over a transition.

use std::f64::consts::PI;

/// A transition from 0 to 1 over 0 to 1, as the railways name them.
///
/// Source: IFC 4.3, `IfcAlignmentHorizontalSegmentTypeEnum` and `IfcAlignmentCantSegmentTypeEnum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Stays at 0: arcs, constant cant.
    Constant,
    /// In proportion: clothoid, linear cant.
    Linear,
    /// Two parabolas: Helmert, Schramm, biquadratic parabola.
    Helmert,
    /// A cubic: Bloss.
    Bloss,
    /// Half a cosine wave.
    Cosine,
    /// A line and a sine wave: Klein.
    Sine,
    /// A polynomial of the seventh degree: Viennese bend.
    Viennese,
}

impl Blend {
    /// Its value, 0 to 1.
    pub(crate) fn value(self, t: f64) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Linear => t,
            Self::Helmert if t <= 0.5 => 2.0 * t * t,
            Self::Helmert => 1.0 - 2.0 * (1.0 - t) * (1.0 - t),
            Self::Bloss => t * t * (3.0 - 2.0 * t),
            Self::Cosine => 0.5 * (1.0 - (PI * t).cos()),
            Self::Sine => t - (2.0 * PI * t).sin() / (2.0 * PI),
            Self::Viennese => t.powi(4) * (35.0 + t * (-84.0 + t * (70.0 - 20.0 * t))),
        }
    }

    /// Its slope.
    pub(crate) fn slope(self, t: f64) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Linear => 1.0,
            Self::Helmert if t <= 0.5 => 4.0 * t,
            Self::Helmert => 4.0 * (1.0 - t),
            Self::Bloss => 6.0 * t * (1.0 - t),
            Self::Cosine => 0.5 * PI * (PI * t).sin(),
            Self::Sine => 1.0 - (2.0 * PI * t).cos(),
            Self::Viennese => t.powi(3) * (140.0 + t * (-420.0 + t * (420.0 - 140.0 * t))),
        }
    }

    /// The slope of its slope. Only that of the Viennese bend is ever asked for; the others jump or are of no use.
    pub(crate) fn viennese_bend(t: f64) -> f64 {
        t * t * (420.0 + t * (-1680.0 + t * (2100.0 - 840.0 * t)))
    }

    /// The area under it from 0 to `t`.
    pub(crate) fn integral(self, t: f64) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Linear => 0.5 * t * t,
            Self::Helmert if t <= 0.5 => 2.0 / 3.0 * t.powi(3),
            Self::Helmert => t - 0.5 + 2.0 / 3.0 * (1.0 - t).powi(3),
            Self::Bloss => t.powi(3) * (1.0 - 0.5 * t),
            Self::Cosine => 0.5 * (t - (PI * t).sin() / PI),
            Self::Sine => 0.5 * t * t + ((2.0 * PI * t).cos() - 1.0) / (4.0 * PI * PI),
            Self::Viennese => t.powi(5) * (7.0 + t * (-14.0 + t * (10.0 - 2.5 * t))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Blend; 6] =
        [Blend::Linear, Blend::Helmert, Blend::Bloss, Blend::Cosine, Blend::Sine, Blend::Viennese];

    #[test]
    fn every_transition_goes_from_0_to_1_and_half_of_the_way_is_half_of_the_change() {
        for b in ALL {
            for (t, v) in [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)] {
                assert!((b.value(t) - v).abs() < 1e-12, "{b:?} at {t}");
            }
            // Symmetric about the middle, so that half of the area lies under it.
            assert!((b.integral(1.0) - 0.5).abs() < 1e-12, "{b:?}");
            assert!(b.integral(0.0).abs() < 1e-15, "{b:?}");
        }
    }

    #[test]
    fn slope_and_integral_belong_to_the_value() {
        let h = 1e-6;
        for b in ALL {
            for i in 1..20 {
                let t = f64::from(i) / 20.0 + 1e-3;
                if t > 1.0 - h {
                    continue;
                }
                let slope = (b.value(t + h) - b.value(t - h)) / (2.0 * h);
                assert!((b.slope(t) - slope).abs() < 1e-6, "{b:?} at {t}");
                let value = (b.integral(t + h) - b.integral(t - h)) / (2.0 * h);
                assert!((b.value(t) - value).abs() < 1e-6, "{b:?} at {t}");
            }
        }
        let (t, b) = (0.3, Blend::Viennese);
        let bend = (b.slope(t + h) - b.slope(t - h)) / (2.0 * h);
        assert!((Blend::viennese_bend(t) - bend).abs() < 1e-6);
    }
}
