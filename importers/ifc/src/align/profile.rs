//! Heights along a horizontal curve.

use glam::DVec2;

use super::plane::{Bend, Law, PlaneSegment, TERMS};

/// A height with its slope.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Height {
    /// Meters.
    pub(crate) z: f64,
    /// Rise per meter along the horizontal curve.
    pub(crate) gradient: f64,
}

/// A piece of a profile: a curve over the distance along the horizontal, as X, with the height as Y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ProfilePiece {
    /// Distances along the horizontal at which it starts and ends, meters.
    pub(crate) span: (f64, f64),
    /// Its curve; its own length is not used.
    pub(crate) curve: PlaneSegment,
}

impl ProfilePiece {
    /// A piece of constant slope.
    pub(crate) fn line(span: (f64, f64), z: f64, gradient: f64) -> Self {
        Self::parabola(span, z, gradient, 0.0)
    }

    /// A piece whose slope changes by `bend` per meter.
    pub(crate) fn parabola(span: (f64, f64), z: f64, gradient: f64, bend: f64) -> Self {
        let mut terms = [0.0; TERMS];
        for (to, from) in terms.iter_mut().zip([0.0, gradient, 0.5 * bend]) {
            *to = from;
        }
        let curve = PlaneSegment {
            start: DVec2::new(span.0, z),
            heading: gradient.atan(),
            length: span.1 - span.0,
            bend: Bend::Graph { terms, from: 0.0 },
        };
        Self { span, curve }
    }

    /// A piece of a circle of a curvature, positive in a sag.
    pub(crate) fn arc(span: (f64, f64), z: f64, gradient: f64, curvature: f64) -> Self {
        let (start, length) = (DVec2::new(span.0, z), span.1 - span.0);
        Self { span, curve: PlaneSegment::along(start, gradient.atan(), length, Law::constant(curvature)) }
    }

    /// A piece of a clothoid that begins straight with one slope and ends with another.
    pub(crate) fn clothoid(span: (f64, f64), z: f64, (from, to): (f64, f64)) -> Self {
        let (a, b) = (from.atan(), to.atan());
        // Of a unit length, how much is horizontal; the turn grows with the square of the length.
        let unit = Law::Polynomial([0.0, 2.0 * (b - a), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let reach = PlaneSegment::along(DVec2::ZERO, a, 1.0, unit).at(1.0).at.x;
        let length = (span.1 - span.0) / reach;
        let law = Law::Polynomial([0.0, 2.0 * (b - a) / (length * length), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        Self { span, curve: PlaneSegment::along(DVec2::new(span.0, z), a, length, law) }
    }

    fn at(&self, distance: f64) -> Height {
        let p = self.curve.at_x(distance);
        Height { z: p.at.y, gradient: p.heading.tan() }
    }
}

/// A profile of pieces, ordered by distance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    // Invariant: ascending by the start of their spans.
    pieces: Vec<ProfilePiece>,
}

impl Profile {
    /// Puts pieces in order. Those without length say nothing more.
    pub(crate) fn new(mut pieces: Vec<ProfilePiece>) -> Self {
        pieces.retain(|p| p.span.1 > p.span.0);
        pieces.sort_by(|a, b| a.span.0.total_cmp(&b.span.0));
        Self { pieces }
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Its pieces.
    pub(crate) fn pieces(&self) -> &[ProfilePiece] {
        &self.pieces
    }

    /// Height at a distance; 0 and level where there are no pieces. Before the first and after the last the slope
    /// stays.
    pub(crate) fn at(&self, distance: f64) -> Height {
        let behind = self.pieces.partition_point(|p| p.span.0 <= distance);
        let Some(piece) = self.pieces.get(behind.saturating_sub(1)) else { return Height::default() };
        let inside = distance.clamp(piece.span.0, piece.span.1);
        let mut found = piece.at(inside);
        found.z += found.gradient * (distance - inside);
        found
    }
}
