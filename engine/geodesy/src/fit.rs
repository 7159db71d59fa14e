//! Fits of one plane grid to another by points that are known in both.

use crate::GeodesyError;

/// A point that is known in two grids, meters.
#[derive(Clone, Debug, PartialEq)]
pub struct PointPair {
    /// Its name, for the table of residuals.
    pub id: String,
    /// Where it is in the one grid.
    pub from: [f64; 2],
    /// Where it is in the other one.
    pub to: [f64; 2],
}

/// A plane similarity: `to = origin_to + m·R·(from − origin_from)` with four parameters, or three where the scale is
/// fixed.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneFit {
    /// Rotation counterclockwise, radians.
    pub rotation_rad: f64,
    /// Scale; exactly 1 where it was fixed.
    pub scale: f64,
    /// Middle of the points in the first grid.
    pub origin_from: [f64; 2],
    /// Middle of the points in the second grid.
    pub origin_to: [f64; 2],
    /// What is left of each point, in its order: east and north, where it is minus where the fit puts it, meters.
    pub residuals_m: Vec<[f64; 2]>,
}

impl PlaneFit {
    /// A point of the first grid in the second.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (s, c) = self.rotation_rad.sin_cos();
        let (dx, dy) = (x - self.origin_from[0], y - self.origin_from[1]);
        let m = self.scale;
        [self.origin_to[0] + m * (c * dx - s * dy), self.origin_to[1] + m * (s * dx + c * dy)]
    }

    /// Root mean square of the residuals per coordinate, counted by what is left to check with; `None` where all
    /// points were needed for the fit.
    pub fn sigma_m(&self, parameters: usize) -> Option<f64> {
        let free = (2 * self.residuals_m.len()).checked_sub(parameters).filter(|f| *f > 0)?;
        let sum: f64 = self.residuals_m.iter().map(|[e, n]| e * e + n * n).sum();
        Some((sum / free as f64).sqrt())
    }
}

/// The similarity that leaves the least squares. At least two points that are apart.
///
/// # Errors
/// [`GeodesyError::Fit`] where the points do not determine it.
pub fn fit_plane(points: &[PointPair], with_scale: bool) -> Result<PlaneFit, GeodesyError> {
    let n = points.len();
    if n < 2 {
        return Err(GeodesyError::Fit("at least two points are needed"));
    }
    if points.iter().any(|p| p.from.iter().chain(&p.to).any(|v| !v.is_finite())) {
        return Err(GeodesyError::Fit("a coordinate is not a number"));
    }
    let mean = |pick: &dyn Fn(&PointPair) -> f64| points.iter().map(pick).sum::<f64>() / n as f64;
    let origin_from = [mean(&|p| p.from[0]), mean(&|p| p.from[1])];
    let origin_to = [mean(&|p| p.to[0]), mean(&|p| p.to[1])];
    let (mut dot, mut cross, mut square) = (0.0, 0.0, 0.0);
    for p in points {
        let (x, y) = (p.from[0] - origin_from[0], p.from[1] - origin_from[1]);
        let (u, v) = (p.to[0] - origin_to[0], p.to[1] - origin_to[1]);
        dot += x * u + y * v;
        cross += x * v - y * u;
        square += x * x + y * y;
    }
    // Chosen: points within a centimeter of each other do not show a direction.
    if square < 1e-4 || dot.hypot(cross) < 1e-9 {
        return Err(GeodesyError::Fit("the points lie on one another"));
    }
    let scale = if with_scale { dot.hypot(cross) / square } else { 1.0 };
    let rotation_rad = cross.atan2(dot);
    let mut fit = PlaneFit { rotation_rad, scale, origin_from, origin_to, residuals_m: Vec::new() };
    fit.residuals_m = points
        .iter()
        .map(|p| {
            let [e, n] = fit.apply(p.from);
            [p.to[0] - e, p.to[1] - n]
        })
        .collect();
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(noise: f64) -> Vec<PointPair> {
        let truth = PlaneFit {
            rotation_rad: 0.3,
            scale: 1.000_2,
            origin_from: [0.0; 2],
            origin_to: [455_000.0, 4_428_000.0],
            residuals_m: Vec::new(),
        };
        let at = [[0.0, 0.0], [120.0, 5.0], [80.0, 90.0], [-10.0, 60.0]];
        let row = |(k, from): (usize, &[f64; 2])| {
            let [e, n] = truth.apply(*from);
            let off = if k % 2 == 0 { noise } else { -noise };
            PointPair { id: format!("P{k}"), from: *from, to: [e + off, n] }
        };
        at.iter().enumerate().map(row).collect()
    }

    #[test]
    fn four_parameters_come_back_exactly_from_exact_points() {
        let fit = fit_plane(&pairs(0.0), true).unwrap();
        assert!((fit.rotation_rad - 0.3).abs() < 1e-9 && (fit.scale - 1.000_2).abs() < 1e-9, "{fit:?}");
        assert!(fit.residuals_m.iter().flatten().all(|r| r.abs() < 1e-6));
    }

    #[test]
    fn residuals_show_what_the_points_contradict() {
        let fit = fit_plane(&pairs(0.02), true).unwrap();
        let sigma = fit.sigma_m(4).unwrap();
        assert!(sigma > 0.01 && sigma < 0.04, "{sigma}");
        let fixed = fit_plane(&pairs(0.0), false).unwrap();
        assert!(
            fixed.residuals_m.iter().flatten().any(|r| r.abs() > 0.005),
            "the scale of 200 ppm is left over"
        );
        assert_eq!(fit_plane(&pairs(0.0)[..2], true).unwrap().sigma_m(4), None);
    }

    #[test]
    fn points_that_say_nothing_are_refused() {
        let one = pairs(0.0)[..1].to_vec();
        assert!(fit_plane(&one, true).is_err());
        assert!(fit_plane(&[one[0].clone(), one[0].clone()], true).is_err());
    }
}
