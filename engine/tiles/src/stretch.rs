//! Heights that are drawn taller than they are.
//!
//! A stretched scene is the true one with one factor on heights. Tiles, boxes, eyes and hits stay true; what is seen
//! lies in the *shown* space, which this type leads to and back from. Positions are taken relative to the eye, so that
//! no height has to be named: whatever height a picture is stretched about, it is the same picture.

use glam::DVec3;
use lantu_base::Bounds;

/// A factor on heights, for display only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    // Invariant: within RANGE.
    factor: f64,
}

impl Stretch {
    /// Heights as they are.
    pub const TRUE: Self = Self { factor: 1.0 };
    /// Smallest and largest factor. Chosen: hills of a plain need ten; beyond, walls are needles.
    pub const RANGE: (f64, f64) = (0.1, 20.0);

    /// `None` for a factor outside of [`Stretch::RANGE`] or that is no number.
    pub fn new(factor: f64) -> Option<Self> {
        (Self::RANGE.0..=Self::RANGE.1).contains(&factor).then_some(Self { factor })
    }

    /// The factor on heights.
    pub fn factor(self) -> f64 {
        self.factor
    }

    /// Whether heights are drawn other than they are.
    pub fn changes(self) -> bool {
        self != Self::TRUE
    }

    /// A difference of true positions, as it is shown. Also the true normal of a plane through the eye, from that of the
    /// plane in shown space.
    pub fn to_shown(self, true_m: DVec3) -> DVec3 {
        DVec3::new(true_m.x, true_m.y, true_m.z * self.factor)
    }

    /// A difference of shown positions, as it is.
    pub fn to_true(self, shown_m: DVec3) -> DVec3 {
        DVec3::new(shown_m.x, shown_m.y, shown_m.z / self.factor)
    }

    /// A box around differences of true positions, as it is shown.
    #[must_use]
    pub fn shown_box(self, b: &Bounds) -> Bounds {
        if b.is_empty() { *b } else { Bounds::new(self.to_shown(b.min), self.to_shown(b.max)) }
    }

    /// How many times as long a length can appear, at most.
    pub fn longest(self) -> f64 {
        self.factor.max(1.0)
    }

    /// How many times as long a length appears, at least.
    pub fn shortest(self) -> f64 {
        self.factor.min(1.0)
    }
}

impl Default for Stretch {
    fn default() -> Self {
        Self::TRUE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_leads_back_to_what_is_true() {
        let v = DVec3::new(120.0, -40.0, 8.25);
        for factor in [0.1, 0.5, 1.0, 2.0, 3.7, 20.0] {
            let s = Stretch::new(factor).unwrap();
            assert!((s.to_true(s.to_shown(v)) - v).length() < 1e-12, "{factor}");
            assert!(
                (s.to_shown(v).z - v.z * factor).abs() < 1e-12 && s.to_shown(v).truncate() == v.truncate()
            );
            let (long, short) = (s.longest() * v.length(), s.shortest() * v.length());
            assert!(s.to_shown(v).length() <= long + 1e-9 && s.to_shown(v).length() >= short - 1e-9);
        }
        assert_eq!(Stretch::TRUE.to_shown(v), v);
    }

    #[test]
    fn senseless_factors_are_refused() {
        for factor in [0.0, -2.0, 0.05, 21.0, f64::NAN, f64::INFINITY] {
            assert!(Stretch::new(factor).is_none(), "{factor}");
        }
    }

    #[test]
    fn an_empty_box_stays_empty() {
        let s = Stretch::new(3.0).unwrap();
        assert!(s.shown_box(&Bounds::EMPTY).is_empty());
        let b = s.shown_box(&Bounds::new(DVec3::new(0.0, 0.0, -2.0), DVec3::ONE));
        assert_eq!((b.min.z, b.max.z), (-6.0, 3.0));
    }
}
