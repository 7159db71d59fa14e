//! How much one rail is above the other along an alignment.

use super::blend::Blend;
use super::plane::Law;

/// A piece of cant over the distance along the horizontal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CantPiece {
    /// Distances at which it starts and ends, meters.
    pub(crate) span: (f64, f64),
    /// Mean of both rails above the profile, at start and end, meters.
    pub(crate) mean: (f64, f64),
    /// Right rail minus left rail over the distance of the rails (the tangent of the cross slope), at start and end.
    pub(crate) slope: (f64, f64),
    /// How they change.
    pub(crate) share: Share,
}

impl CantPiece {
    /// From the heights of both rails at start and end, and their distance.
    pub(crate) fn of_rails(
        span: (f64, f64),
        left: (f64, f64),
        right: (f64, f64),
        gauge: f64,
        share: Share,
    ) -> Self {
        Self {
            span,
            mean: (0.5 * (left.0 + right.0), 0.5 * (left.1 + right.1)),
            slope: ((right.0 - left.0) / gauge, (right.1 - left.1) / gauge),
            share,
        }
    }
}

/// How a change spreads over a piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Share {
    /// As a transition of a name does.
    Blend(Blend),
    /// As the curvature of a curve does, which IFC 4.3 writes for it.
    Law {
        /// The curvature.
        law: Law,
        /// Where on it the piece starts, meters.
        from: f64,
        /// Backward along it.
        reversed: bool,
    },
}

impl Share {
    /// The share of the change after a share `t` of a length.
    fn value(self, t: f64, length: f64) -> f64 {
        match self {
            Self::Blend(blend) => blend.value(t),
            Self::Law { law, from, reversed } => {
                let way = if reversed { -length } else { length };
                let at = |t: f64| law.curvature(from + way * t);
                let (first, last) = (at(0.0), at(1.0));
                // A curve that does not bend, or bends the same everywhere, stands for an even change.
                if (last - first).abs() <= 1e-12 * first.abs().max(last.abs()) {
                    t
                } else {
                    (at(t) - first) / (last - first)
                }
            }
        }
    }
}

/// Cant at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tilt {
    /// Above the profile, meters.
    pub(crate) mean: f64,
    /// Tangent of the cross slope, positive where the right rail is higher.
    pub(crate) slope: f64,
}

/// The cant of an alignment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cant {
    /// Distance between the rail heads, meters, where the file says it.
    pub(crate) rail_head_distance: Option<f64>,
    // Invariant: ascending by the start of their spans.
    pieces: Vec<CantPiece>,
}

impl Cant {
    /// Puts pieces in order. Those without length say nothing more.
    pub(crate) fn new(rail_head_distance: Option<f64>, mut pieces: Vec<CantPiece>) -> Self {
        pieces.retain(|p| p.span.1 > p.span.0);
        pieces.sort_by(|a, b| a.span.0.total_cmp(&b.span.0));
        Self { rail_head_distance, pieces }
    }

    /// Its pieces.
    pub(crate) fn pieces(&self) -> &[CantPiece] {
        &self.pieces
    }

    /// Cant at a distance; none where there are no pieces. Before the first and after the last it stays.
    pub(crate) fn at(&self, distance: f64) -> Tilt {
        let behind = self.pieces.partition_point(|p| p.span.0 <= distance);
        let Some(p) = self.pieces.get(behind.saturating_sub(1)) else { return Tilt::default() };
        let t = ((distance - p.span.0) / (p.span.1 - p.span.0)).clamp(0.0, 1.0);
        let share = p.share.value(t, p.span.1 - p.span.0);
        let between = |(a, b): (f64, f64)| a + (b - a) * share;
        Tilt { mean: between(p.mean), slope: between(p.slope) }
    }
}
