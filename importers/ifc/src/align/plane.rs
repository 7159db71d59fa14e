//! Curves in a plane by their curvature: the horizontal of an alignment, and pieces of its profile.

use std::f64::consts::PI;

use glam::DVec2;

use super::blend::Blend;

/// Nodes and weights of Gauss's rule with 5 points on −1 to 1, the half of it that is not its mirror image.
const GAUSS: [(f64, f64); 3] = [
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
];
/// Largest turn within one panel of the rule, radians. Chosen: the rule's error is then below 10⁻¹⁴ of the length.
const PANEL_TURN_RAD: f64 = 0.06;
/// Panels of the rule at least, for laws that turn back and forth, and at most, for absurd ones.
const PANELS: (f64, f64) = (8.0, 4096.0);
/// Places at which the direction of a piece is looked at. Chosen: each of the two extremes that a law has lies between.
const TURN_PROBES: u32 = 32;
/// Steps when a distance is sought. Newton doubles the digits with each.
const MAX_STEPS: usize = 32;

/// Terms of a polynomial, from the constant on. Specified: the highest spiral of IFC 4.3 has the seventh power.
pub(crate) const TERMS: usize = 8;

/// A law of curvature over the distance `s` from a segment's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    /// From one curvature to another.
    Blend {
        /// How.
        blend: Blend,
        /// At the start, 1/m.
        from: f64,
        /// Added until the end, 1/m.
        change: f64,
        /// The length over which, meters.
        length: f64,
        /// For the Viennese bend: height of the center of gravity times the change of the cant angle, m·rad.
        sway: f64,
    },
    /// Sum of terms of `s` to the power of their index, from 1/m on.
    Polynomial([f64; TERMS]),
    /// `constant + cosine · cos(π s/length)`.
    Cosine {
        /// 1/m
        constant: f64,
        /// 1/m
        cosine: f64,
        /// Meters.
        length: f64,
    },
    /// `constant + linear · s + sine · sin(2π s/length)`.
    Sine {
        /// 1/m
        constant: f64,
        /// 1/m²
        linear: f64,
        /// 1/m
        sine: f64,
        /// Meters.
        length: f64,
    },
}

impl Law {
    /// A curvature that stays.
    pub(crate) fn constant(curvature: f64) -> Self {
        Self::Polynomial([curvature, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    /// Curvature at `s`, 1/m.
    pub(crate) fn curvature(&self, s: f64) -> f64 {
        match *self {
            Self::Blend { blend, from, change, length, sway } => {
                let t = s / length;
                let own = from + change * blend.value(t);
                if sway == 0.0 { own } else { own - sway / (length * length) * Blend::viennese_bend(t) }
            }
            Self::Polynomial(terms) => terms.iter().rev().fold(0.0, |sum, term| sum * s + term),
            Self::Cosine { constant, cosine, length } => constant + cosine * (PI * s / length).cos(),
            Self::Sine { constant, linear, sine, length } => {
                constant + linear * s + sine * (2.0 * PI * s / length).sin()
            }
        }
    }

    /// How far it turns from 0 to `s`, radians.
    pub(crate) fn turn(&self, s: f64) -> f64 {
        match *self {
            Self::Blend { blend, from, change, length, sway } => {
                let t = s / length;
                let own = length * (from * t + change * blend.integral(t));
                if sway == 0.0 { own } else { own - sway / length * blend.slope(t) }
            }
            Self::Polynomial(terms) => {
                let (mut sum, mut power) = (0.0, TERMS as f64);
                for term in terms.iter().rev() {
                    sum = sum * s + term / power;
                    power -= 1.0;
                }
                sum * s
            }
            Self::Cosine { constant, cosine, length } => {
                constant * s + cosine * length / PI * (PI * s / length).sin()
            }
            Self::Sine { constant, linear, sine, length } => {
                let wave = length / (2.0 * PI) * (1.0 - (2.0 * PI * s / length).cos());
                constant * s + 0.5 * linear * s * s + sine * wave
            }
        }
    }

    /// The curvature if it is the same everywhere.
    fn as_constant(&self) -> Option<f64> {
        match self {
            Self::Blend { change, sway, from, .. } if *change == 0.0 && *sway == 0.0 => Some(*from),
            Self::Polynomial([constant, rest @ ..]) if rest.iter().all(|t| *t == 0.0) => Some(*constant),
            _ => None,
        }
    }
}

/// What a segment's curve is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bend {
    /// By its curvature, from a distance on the law, forward or backward along it.
    Law {
        /// The law.
        law: Law,
        /// Where on the law the segment starts, meters.
        from: f64,
        /// Against the law's direction: curves left where it curves right.
        reversed: bool,
    },
    /// A polynomial `y(x)` in the frame of the segment's start, terms from the constant on, beginning at `x`.
    Graph {
        /// `y(x)`, meters.
        terms: [f64; TERMS],
        /// Where on the graph the segment starts, meters.
        from: f64,
    },
}

/// A place on a plane curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlanePoint {
    /// Meters.
    pub(crate) at: DVec2,
    /// Counterclockwise from X, radians.
    pub(crate) heading: f64,
    /// Positive to the left, 1/m.
    pub(crate) curvature: f64,
}

/// A piece of a plane curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlaneSegment {
    /// Where it starts, meters.
    pub(crate) start: DVec2,
    /// In which direction, radians counterclockwise from X.
    pub(crate) heading: f64,
    /// Meters along it.
    pub(crate) length: f64,
    /// Its curve.
    pub(crate) bend: Bend,
}

impl PlaneSegment {
    /// A straight piece.
    pub(crate) fn line(start: DVec2, heading: f64, length: f64) -> Self {
        Self::along(start, heading, length, Law::constant(0.0))
    }

    /// The same piece from its end to its start; `None` for a graph, which is followed one way only.
    pub(crate) fn reversed(&self) -> Option<Self> {
        let Bend::Law { law, from, reversed } = self.bend else { return None };
        let end = self.at(self.length);
        let way = if reversed { -1.0 } else { 1.0 };
        let bend = Bend::Law { law, from: from + way * self.length, reversed: !reversed };
        Some(Self { start: end.at, heading: end.heading + PI, length: self.length, bend })
    }

    /// How far it has turned, radians, at places over the first `length` meters; of a graph nothing, which never
    /// turns back.
    fn turns(&self, length: f64) -> impl Iterator<Item = f64> {
        let law = if let Bend::Law { law, from, reversed } = self.bend {
            Some((law, from, reversed))
        } else {
            None
        };
        law.into_iter().flat_map(move |(law, from, reversed)| {
            let way = if reversed { -length } else { length };
            (1..=TURN_PROBES).map(move |i| {
                let share = f64::from(i) / f64::from(TURN_PROBES);
                law.turn(from + way * share) - law.turn(from)
            })
        })
    }

    /// Whether it keeps below `steepest` radians over the first `length` meters.
    pub(crate) fn is_flatter(&self, steepest: f64, length: f64) -> bool {
        self.heading.abs() < steepest && self.turns(length).all(|t| (self.heading + t).abs() < steepest)
    }

    /// Whether its turns are more than the rule can follow.
    pub(crate) fn is_wound(&self) -> bool {
        !self.turns(self.length).all(|t| t.abs() <= PANELS.1 * PANEL_TURN_RAD)
    }

    /// Where on a graph the place is that lies `s` meters along it from its X = 0.
    pub(crate) fn graph_start(terms: [f64; TERMS], s: f64) -> f64 {
        if s == 0.0 { 0.0 } else { graph_x(terms, 0.0, s) }
    }

    /// A transition from one curvature to another.
    pub(crate) fn transition(
        start: DVec2,
        heading: f64,
        length: f64,
        (from, to): (f64, f64),
        blend: Blend,
    ) -> Self {
        let law = Law::Blend { blend, from, change: to - from, length, sway: 0.0 };
        Self::along(start, heading, length, law)
    }

    /// A cubic parabola, `y = x³/(6 R L)`, over `length` meters along it: the piece of it that starts with one
    /// curvature and ends with about the other.
    pub(crate) fn cubic(start: DVec2, heading: f64, length: f64, (from, to): (f64, f64)) -> Self {
        let rate = (to - from) / length;
        if rate == 0.0 || !rate.is_finite() {
            return Self::along(start, heading, length, Law::constant(from));
        }
        let mut terms = [0.0; TERMS];
        if let Some(cubic) = terms.get_mut(3) {
            *cubic = rate / 6.0;
        }
        // Where its second derivative is the curvature at the start; the one end that is straight is its vertex.
        let from = if to == 0.0 { graph_x(terms, 0.0, -length) } else { from / rate };
        Self { start, heading, length, bend: Bend::Graph { terms, from } }
    }

    /// A piece along a law from its beginning.
    pub(crate) fn along(start: DVec2, heading: f64, length: f64, law: Law) -> Self {
        Self { start, heading, length, bend: Bend::Law { law, from: 0.0, reversed: false } }
    }

    /// The place at `s` meters from the start, also before it and after the end, as the curve goes on.
    pub(crate) fn at(&self, s: f64) -> PlanePoint {
        match self.bend {
            Bend::Law { law, from, reversed } => {
                // Backward along the law, what bends left bends right; the angle between two tangents is the same.
                let way = if reversed { -1.0 } else { 1.0 };
                let before = law.turn(from);
                let turn = |u: f64| law.turn(from + way * u) - before;
                let at = match law.as_constant() {
                    Some(k) => arc(way * k, s),
                    None => integrate(s, turn),
                };
                PlanePoint {
                    at: self.start + DVec2::from_angle(self.heading).rotate(at),
                    heading: self.heading + turn(s),
                    curvature: way * law.curvature(from + way * s),
                }
            }
            Bend::Graph { terms, from } => self.on_graph(terms, from, graph_x(terms, from, s)),
        }
    }

    /// The place whose first coordinate is `x`: for profiles, which never turn back.
    pub(crate) fn at_x(&self, x: f64) -> PlanePoint {
        if let Bend::Graph { terms, from } = self.bend
            && self.heading_of_graph(terms, from).abs() < 1e-12
        {
            return self.on_graph(terms, from, from + x - self.start.x);
        }
        let mut s = (x - self.start.x) / self.heading.cos().max(0.01);
        for _ in 0..MAX_STEPS {
            let here = self.at(s);
            let step = (x - here.at.x) / here.heading.cos().abs().max(0.01);
            s += step;
            if step.abs() <= 1e-13 * x.abs().max(1.0) {
                break;
            }
        }
        self.at(s)
    }

    /// How far the graph's own axes are turned, radians: its tangent at the start lies along the segment's heading.
    fn heading_of_graph(&self, terms: [f64; TERMS], from: f64) -> f64 {
        self.heading - slope(terms, from).atan()
    }

    fn on_graph(&self, terms: [f64; TERMS], from: f64, x: f64) -> PlanePoint {
        let turned = self.heading_of_graph(terms, from);
        let local = DVec2::new(x - from, value(terms, x) - value(terms, from));
        let rise = slope(terms, x);
        let at = if turned == 0.0 { local } else { DVec2::from_angle(turned).rotate(local) };
        PlanePoint {
            at: self.start + at,
            heading: turned + rise.atan(),
            curvature: slope(derivative(terms), x) / (1.0 + rise * rise).powf(1.5),
        }
    }
}

fn value(terms: [f64; TERMS], x: f64) -> f64 {
    terms.iter().rev().fold(0.0, |sum, term| sum * x + term)
}

fn slope(terms: [f64; TERMS], x: f64) -> f64 {
    value(derivative(terms), x)
}

fn derivative(terms: [f64; TERMS]) -> [f64; TERMS] {
    let mut out = [0.0; TERMS];
    for ((power, term), out) in (1_u8..).zip(terms.iter().skip(1)).zip(&mut out) {
        *out = f64::from(power) * term;
    }
    out
}

/// Where on a graph one is after `s` meters along it.
fn graph_x(terms: [f64; TERMS], from: f64, s: f64) -> f64 {
    let stretch = |x: f64| slope(terms, x).hypot(1.0);
    let mut x = from + s / stretch(from);
    for _ in 0..MAX_STEPS {
        let so_far = gauss(from, x, PANELS.0, |u| DVec2::new(stretch(u), 0.0)).x;
        let step = (s - so_far) / stretch(x);
        x += step;
        if step.abs() <= 1e-13 * s.abs().max(1.0) {
            break;
        }
    }
    x
}

/// Along a circle that starts along X.
fn arc(k: f64, s: f64) -> DVec2 {
    let half = 0.5 * k * s;
    // The chord: s · sin(half)/half, by its series where the division would lose digits.
    let ratio = if half.abs() < 1e-4 { 1.0 - half * half / 6.0 } else { half.sin() / half };
    DVec2::from_angle(half) * (s * ratio)
}

/// Along a curve that starts along X and has turned by `turn(u)` after `u` meters.
fn integrate(s: f64, turn: impl Fn(f64) -> f64) -> DVec2 {
    let panels = (turn(s).abs().max(turn(0.5 * s).abs()) / PANEL_TURN_RAD).ceil().clamp(PANELS.0, PANELS.1);
    gauss(0.0, s, panels, |u| DVec2::from_angle(turn(u)))
}

fn gauss(from: f64, to: f64, panels: f64, f: impl Fn(f64) -> DVec2) -> DVec2 {
    let half = 0.5 * (to - from) / panels;
    let mut sum = DVec2::ZERO;
    let mut middle = from + half;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by PANELS")]
    for _ in 0..panels as usize {
        for (node, weight) in GAUSS {
            if node == 0.0 {
                sum += f(middle) * weight;
            } else {
                sum += (f(middle - half * node) + f(middle + half * node)) * weight;
            }
        }
        middle += 2.0 * half;
    }
    sum * half
}

/// A plane curve of pieces, by the distance along it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlanePath {
    // Invariant: each with the distance at its start, ascending; lengths not negative and finite.
    pieces: Vec<(f64, PlaneSegment)>,
    length: f64,
}

impl PlanePath {
    /// Puts pieces one behind the other. Those without length, which files end with, say nothing more.
    pub(crate) fn new(segments: impl IntoIterator<Item = PlaneSegment>) -> Self {
        let mut out = Self::default();
        for s in segments {
            if s.length > 0.0 && s.length.is_finite() {
                out.pieces.push((out.length, s));
                out.length += s.length;
            }
        }
        out
    }

    /// Meters from start to end.
    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    /// Its pieces with the distances of their starts.
    pub(crate) fn pieces(&self) -> &[(f64, PlaneSegment)] {
        &self.pieces
    }

    /// The place at a distance; `None` if there are no pieces. Before the start and after the end it goes on straight.
    pub(crate) fn at(&self, distance: f64) -> Option<PlanePoint> {
        let behind = self.pieces.partition_point(|p| p.0 <= distance);
        let (start, piece) = self.pieces.get(behind.saturating_sub(1))?;
        let s = distance - start;
        let inside = s.clamp(0.0, piece.length);
        let mut found = piece.at(inside);
        let beyond = s - inside;
        // A shortfall within rounding is no reason to lose the curvature.
        if beyond.abs() > 1e-9 * self.length.max(1.0) {
            found.at += DVec2::from_angle(found.heading) * beyond;
            found.curvature = 0.0;
        }
        Some(found)
    }

    /// The same curve from its end to its start, as far as its pieces can be reversed.
    pub(crate) fn reversed(&self) -> Self {
        Self::new(self.pieces.iter().rev().filter_map(|p| p.1.reversed()))
    }

    /// Largest gap between the end of a piece and the start of the next, meters, and where.
    pub(crate) fn largest_gap(&self) -> (f64, f64) {
        let mut worst = (0.0, 0.0);
        for pair in self.pieces.windows(2) {
            if let [(_, a), (at, b)] = pair {
                let gap = a.at(a.length).at.distance(b.start);
                if gap > worst.0 {
                    worst = (gap, *at);
                }
            }
        }
        worst
    }
}
