//! Pitched roofs over footprints: gabled, hipped, pyramidal, with one slope.

use glam::{DVec2, DVec3};
use lantu_base::{RoofShape, RoofStyle};

/// Part of its smallest rectangle that a footprint fills at least to get a pitched roof. Chosen: L-shaped houses
/// fill three quarters and less, and one ridge along the rectangle would not lie over their wings.
const FILLS: f64 = 0.78;

/// A plane over the map: height above the eaves at `p` is `slope · p + at_zero`.
#[derive(Clone, Copy, Debug)]
struct Plane {
    slope: DVec2,
    at_zero: f64,
}

impl Plane {
    /// Falls from `rise` at `top` to 0 at a distance of `run` along `down`.
    fn falling(top: DVec2, down: DVec2, rise: f64, run: f64) -> Self {
        let slope = -down * (rise / run);
        Self { slope, at_zero: rise - slope.dot(top) }
    }

    fn at(&self, p: DVec2) -> f64 {
        self.slope.dot(p) + self.at_zero
    }
}

/// The shape of a roof: everywhere the lowest of its planes.
#[derive(Clone, Debug)]
pub(super) struct Roof(Vec<Plane>);

impl Roof {
    /// The roof over an outline, in meters; `None` where it is flat, or the outline is far from a rectangle.
    pub(super) fn over(outline: &[DVec2], style: &RoofStyle) -> Option<Self> {
        let rise = style.rise_m;
        if style.shape == RoofShape::Flat || rise.is_nan() || rise <= 0.0 {
            return None;
        }
        let Rectangle { center, along, half } = Rectangle::around(outline)?;
        let across = along.perp();
        let sides = |run: f64| [across, -across].map(|down| Plane::falling(center, down, rise, run));
        let planes = match style.shape {
            RoofShape::Flat => return None,
            RoofShape::Gabled => sides(half.y).to_vec(),
            RoofShape::Hipped => {
                // Ends as steep as the sides: the ridge begins where they meet.
                let ridge = along * (half.x - half.y);
                let end = |to: f64| Plane::falling(center + ridge * to, along * to, rise, half.y);
                [sides(half.y).as_slice(), &[end(1.0), end(-1.0)]].concat()
            }
            RoofShape::Pyramidal => {
                let ends = [along, -along].map(|down| Plane::falling(center, down, rise, half.x));
                [sides(half.y), ends].concat()
            }
            RoofShape::Skillion => {
                vec![Plane::falling(center + across * half.y, -across, rise, 2.0 * half.y)]
            }
        };
        Some(Self(planes))
    }

    /// Height above the eaves, meters.
    pub(super) fn at(&self, p: DVec2) -> f64 {
        self.0.iter().map(|plane| plane.at(p)).fold(f64::INFINITY, f64::min).max(0.0)
    }

    /// The points of an edge where the roof above it bends, with its ends.
    pub(super) fn bends(&self, a: DVec2, b: DVec2) -> Vec<DVec2> {
        let mut at = vec![0.0, 1.0];
        for (i, one) in self.0.iter().enumerate() {
            for other in self.0.iter().skip(i + 1) {
                let (from, to) = (one.at(a) - other.at(a), one.at(b) - other.at(b));
                if from * to < 0.0 {
                    at.push(from / (from - to));
                }
            }
        }
        at.sort_by(f64::total_cmp);
        at.iter().map(|t| a.lerp(b, *t)).collect()
    }

    /// A triangle of the footprint as pieces of the roof above it, each in one plane and counterclockwise from above.
    pub(super) fn pieces(&self, corners: [DVec2; 3]) -> Vec<[DVec3; 3]> {
        let mut out = Vec::new();
        for (i, plane) in self.0.iter().enumerate() {
            let mut piece = corners.to_vec();
            for (_, other) in self.0.iter().enumerate().filter(|(j, _)| *j != i) {
                piece = clip(&piece, &|p| other.at(p) - plane.at(p));
            }
            let lift = |p: DVec2| p.extend(plane.at(p).max(0.0));
            let Some((first, rest)) = piece.split_first() else { continue };
            for (b, c) in rest.iter().zip(rest.iter().skip(1)) {
                out.push([lift(*first), lift(*b), lift(*c)]);
            }
        }
        out
    }
}

/// The part of a convex polygon where `inside` is not negative; it changes linearly.
fn clip(polygon: &[DVec2], inside: &dyn Fn(DVec2) -> f64) -> Vec<DVec2> {
    let next = polygon.iter().skip(1).chain(polygon.first());
    let mut out = Vec::new();
    for (&a, &b) in polygon.iter().zip(next) {
        let (at_a, at_b) = (inside(a), inside(b));
        if at_a >= 0.0 {
            out.push(a);
        }
        if at_a * at_b < 0.0 {
            out.push(a.lerp(b, at_a / (at_a - at_b)));
        }
    }
    out
}

/// A rectangle on the map.
struct Rectangle {
    center: DVec2,
    /// Unit vector along the longer sides.
    along: DVec2,
    /// Half of its length and width, meters.
    half: DVec2,
}

impl Rectangle {
    /// The smallest one around an outline among those with a side along one of its edges; `None` where the outline
    /// fills too little of it.
    fn around(outline: &[DVec2]) -> Option<Self> {
        let next = outline.iter().skip(1).chain(outline.first());
        let directions = outline.iter().zip(next.clone()).filter_map(|(a, b)| (*b - *a).try_normalize());
        let best = directions
            .map(|along| Self::with_side(outline, along))
            .min_by(|a, b| a.half.element_product().total_cmp(&b.half.element_product()))?;
        let area = outline.iter().zip(next).map(|(a, b)| (*a - best.center).perp_dot(*b - best.center));
        let fills = (area.sum::<f64>() * 0.5).abs() / (4.0 * best.half.element_product());
        (fills >= FILLS && best.half.min_element() > 0.0).then_some(best)
    }

    fn with_side(outline: &[DVec2], along: DVec2) -> Self {
        let own = |p: &DVec2| DVec2::new(p.dot(along), p.dot(along.perp()));
        let (low, high) = outline
            .iter()
            .map(own)
            .fold((DVec2::INFINITY, DVec2::NEG_INFINITY), |(l, h), p| (l.min(p), h.max(p)));
        let (middle, half) = ((low + high) * 0.5, (high - low) * 0.5);
        let center = along * middle.x + along.perp() * middle.y;
        if half.x >= half.y {
            Self { center, along, half }
        } else {
            Self { center, along: along.perp(), half: DVec2::new(half.y, half.x) }
        }
    }
}
