//! B-spline curves and surfaces, rational or not.

use glam::{DVec3, DVec4};

use crate::shapes::charge;

/// Most control points in one direction. Chosen: real ones stay below 1000.
const MAX_POINTS: usize = 100_000;

/// Highest degree. Chosen: real ones stay below 10.
const MAX_DEGREE: usize = 30;

/// Steps of de Boor's algorithm that are one of what work is counted in. Measured: some nanoseconds each.
const LERPS_PER_STEP: usize = 4;

/// A B-spline curve.
#[derive(Clone, Debug)]
pub(crate) struct Spline {
    degree: usize,
    /// Not descending; points + degree + 1 of them.
    knots: Vec<f64>,
    /// Weighted position and weight.
    points: Vec<DVec4>,
}

impl Spline {
    /// `None` if degree, knots, points and weights do not fit each other.
    pub(crate) fn new(degree: usize, knots: Vec<f64>, points: &[DVec3], weights: &[f64]) -> Option<Self> {
        let fits = (1..=MAX_DEGREE).contains(&degree)
            && (degree + 1..=MAX_POINTS).contains(&points.len())
            && knots.len() == points.len() + degree + 1
            && knots.is_sorted()
            && (weights.is_empty() || weights.len() == points.len())
            && weights.iter().all(|w| *w > 0.0)
            && points.iter().all(|p| p.is_finite());
        let weight = |n: usize| weights.get(n).copied().unwrap_or(1.0);
        let points = points.iter().enumerate().map(|(n, p)| (*p * weight(n)).extend(weight(n))).collect();
        let curve = Self { degree, knots, points };
        let (from, to) = curve.range();
        (fits && to > from).then_some(curve)
    }

    /// First and last parameter.
    pub(crate) fn range(&self) -> (f64, f64) {
        let at = |i: usize| self.knots.get(i).copied().unwrap_or(0.0);
        (at(self.degree), at(self.points.len()))
    }

    /// The different knots within the range.
    pub(crate) fn spans(&self) -> Vec<f64> {
        let (from, to) = self.range();
        let mut out: Vec<f64> = self.knots.iter().copied().filter(|k| (from..=to).contains(k)).collect();
        out.dedup_by(|b, a| *b - *a <= 1e-12 * (to - from));
        out
    }

    /// The point at a parameter, which is first brought into the range.
    pub(crate) fn at(&self, t: f64) -> DVec3 {
        charge(self.degree * self.degree / LERPS_PER_STEP);
        let p = de_boor(self.degree, &self.knots, &self.points, t);
        p.truncate() / p.w
    }
}

/// De Boor's algorithm at a parameter within the range of the knots.
fn de_boor(degree: usize, knots: &[f64], points: &[DVec4], t: f64) -> DVec4 {
    let knot = |i: usize| knots.get(i).copied().unwrap_or(0.0);
    let t = t.clamp(knot(degree), knot(points.len()).max(knot(degree)));
    let above = knots.partition_point(|k| *k <= t);
    let span = above.saturating_sub(1).clamp(degree, points.len().saturating_sub(1).max(degree));
    let mut d: Vec<DVec4> =
        (0..=degree).map(|j| points.get(span - degree + j).copied().unwrap_or(DVec4::W)).collect();
    for r in 1..=degree {
        for j in (r..=degree).rev() {
            let i = span - degree + j;
            let (low, high) = (knot(i), knot(i + degree + 1 - r));
            let f = if high > low { (t - low) / (high - low) } else { 0.0 };
            let (Some(a), Some(b)) = (d.get(j - 1).copied(), d.get(j).copied()) else { continue };
            if let Some(slot) = d.get_mut(j) {
                *slot = a.lerp(b, f);
            }
        }
    }
    d.last().copied().unwrap_or(DVec4::W)
}

/// A B-spline surface.
#[derive(Clone, Debug)]
pub(crate) struct SplineSurface {
    degrees: [usize; 2],
    knots: [Vec<f64>; 2],
    /// Rows along u; in each the points along v.
    points: Vec<Vec<DVec4>>,
}

impl SplineSurface {
    /// `None` if degrees, knots, points and weights do not fit each other.
    pub(crate) fn new(
        degrees: [usize; 2],
        knots: [Vec<f64>; 2],
        points: &[Vec<DVec3>],
        weights: &[Vec<f64>],
    ) -> Option<Self> {
        let [du, dv] = degrees;
        let [ku, kv] = &knots;
        let columns = points.first()?.len();
        if points.iter().any(|row| row.len() != columns) {
            return None;
        }
        // A row and a column as curves: they fit or they do not.
        let first_column: Vec<DVec3> = points.iter().filter_map(|row| row.first().copied()).collect();
        Spline::new(du, ku.clone(), &first_column, &[])?;
        let mut rows = Vec::with_capacity(points.len());
        for (n, row) in points.iter().enumerate() {
            let of_row = if weights.is_empty() { &[][..] } else { weights.get(n)?.as_slice() };
            rows.push(Spline::new(dv, kv.clone(), row, of_row)?.points);
        }
        Some(Self { degrees, knots, points: rows })
    }

    /// First and last parameter in both directions.
    pub(crate) fn range(&self) -> [(f64, f64); 2] {
        let [du, dv] = self.degrees;
        let [ku, kv] = &self.knots;
        let at = |k: &Vec<f64>, i: usize| k.get(i).copied().unwrap_or(0.0);
        let columns = self.points.first().map_or(0, Vec::len);
        [(at(ku, du), at(ku, self.points.len())), (at(kv, dv), at(kv, columns))]
    }

    /// The point at a pair of parameters, which are first brought into the range.
    pub(crate) fn at(&self, u: f64, v: f64) -> DVec3 {
        let [du, dv] = self.degrees;
        let [ku, kv] = &self.knots;
        charge((self.points.len() * dv * dv + du * du) / LERPS_PER_STEP);
        let column: Vec<DVec4> = self.points.iter().map(|row| de_boor(dv, kv, row, v)).collect();
        let p = de_boor(du, ku, &column, u);
        p.truncate() / p.w
    }
}

/// Knots written as values and how often each occurs; `None` if there are absurdly many.
pub(crate) fn expand_knots(values: &[f64], times: &[f64]) -> Option<Vec<f64>> {
    let mut out = Vec::new();
    for (value, n) in values.iter().zip(times) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let n = n.clamp(0.0, MAX_POINTS as f64) as usize;
        if out.len() + n > MAX_POINTS {
            return None;
        }
        out.extend(std::iter::repeat_n(*value, n));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rational_quadratic_is_a_true_quarter_of_a_circle() {
        let w = std::f64::consts::FRAC_1_SQRT_2;
        let s = Spline::new(
            2,
            vec![0., 0., 0., 1., 1., 1.],
            &[DVec3::X, DVec3::new(1., 1., 0.), DVec3::Y],
            &[1., w, 1.],
        )
        .unwrap();
        for t in [0.0, 0.2, 0.5, 0.9, 1.0] {
            assert!((s.at(t).length() - 1.0).abs() < 1e-12);
        }
        assert_eq!(s.at(-5.0), DVec3::X);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Spline::new(3, vec![0., 0., 1., 1.], &[DVec3::X, DVec3::Y], &[]).is_none());
        assert!(Spline::new(1, vec![0., 0., 1., 1.], &[DVec3::X, DVec3::Y], &[1., -1.]).is_none());
        assert!(Spline::new(1, vec![0., 0., 0., 0.], &[DVec3::X, DVec3::Y], &[]).is_none());
        assert!(expand_knots(&[0.0, 1.0], &[1e18, 2.0]).is_none());
    }
}
