//! Distances on the ground, between an excavation's outline and a pipe's axis.

use glam::DVec2;

/// Rings and lines seen from above, relative to a near origin so that map coordinates keep their digits.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    lines: Vec<Vec<DVec2>>,
}

impl Outline {
    pub(crate) fn new(lines: &[Vec<[f64; 3]>], origin: DVec2) -> Self {
        let flat = |line: &Vec<[f64; 3]>| {
            line.iter().map(|p| DVec2::new(p[0], p[1]) - origin).filter(|p| p.is_finite()).collect::<Vec<_>>()
        };
        Self { lines: lines.iter().map(flat).filter(|l| !l.is_empty()).collect() }
    }

    /// Segments; a single point is a segment of length 0.
    fn segments(&self) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
        self.lines.iter().flat_map(|l| {
            let lonely = if let [p] = l.as_slice() { Some((*p, *p)) } else { None };
            l.iter().copied().zip(l.iter().skip(1).copied()).chain(lonely)
        })
    }

    /// Inside by the even-odd rule over all closed rings, so that holes are outside.
    pub(crate) fn contains(&self, p: DVec2) -> bool {
        let rings = self.lines.iter().filter(|l| l.len() > 3 && l.first() == l.last());
        let mut inside = false;
        for ring in rings {
            for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
                if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
                    inside = !inside;
                }
            }
        }
        inside
    }

    /// Horizontal distance in meters between this outline with its inside and a line; 0 where they meet.
    /// Infinite if one of them is empty. Costs the product of their numbers of points.
    pub(crate) fn distance(&self, line: &Self) -> f64 {
        if line.lines.iter().flatten().any(|&p| self.contains(p)) {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for (a, b) in self.segments() {
            for (c, d) in line.segments() {
                best = best.min(between(a, b, c, d));
            }
        }
        best
    }
}

fn between(a: DVec2, b: DVec2, c: DVec2, d: DVec2) -> f64 {
    let (u, v) = (b - a, d - c);
    let cross = u.perp_dot(v);
    if cross != 0.0 {
        let (s, t) = ((c - a).perp_dot(v) / cross, (c - a).perp_dot(u) / cross);
        if (0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&t) {
            return 0.0;
        }
    }
    to_segment(a, c, d).min(to_segment(b, c, d)).min(to_segment(c, a, b)).min(to_segment(d, a, b))
}

fn to_segment(p: DVec2, a: DVec2, b: DVec2) -> f64 {
    let ab = b - a;
    let along =
        if ab.length_squared() > 0.0 { ((p - a).dot(ab) / ab.length_squared()).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(a + ab * along)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(lines: &[&[[f64; 2]]]) -> Outline {
        let lines: Vec<Vec<[f64; 3]>> = lines
            .iter()
            .map(|l| l.iter().map(|p| [p[0] + 455_600.0, p[1] + 4_428_550.0, 0.0]).collect())
            .collect();
        Outline::new(&lines, DVec2::new(455_600.0, 4_428_550.0))
    }

    #[test]
    fn a_line_beside_through_inside_and_in_the_hole_of_a_pit() {
        let pit = outline(&[
            &[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]],
            &[[4.0, 4.0], [6.0, 4.0], [6.0, 6.0], [4.0, 6.0], [4.0, 4.0]],
        ]);
        let check = |line: &[[f64; 2]], expected: f64| {
            assert!((pit.distance(&outline(&[line])) - expected).abs() < 1e-9, "{line:?}");
        };
        check(&[[12.5, -50.0], [12.5, 50.0]], 2.5);
        check(&[[-5.0, 5.0], [15.0, 5.0]], 0.0);
        check(&[[1.0, 1.0], [2.0, 2.0]], 0.0);
        check(&[[5.0, 5.0], [5.2, 5.0]], 0.8);
        check(&[[13.0, 14.0]], 5.0);
        assert!(pit.distance(&outline(&[])).is_infinite());
    }
}
