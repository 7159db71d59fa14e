//! From one CRS to another, with the policy of what PROJ may not do in silence.

use gdal::spatial_ref::{CoordTransform, CoordTransformOptions};

use crate::crs::{Crs, Datum, quiet};
use crate::GeodesyError;

/// A way between two CRS. Not shared between threads: make one per worker.
pub struct Transform {
    /// One step, or two that meet in geographic coordinates which CGCS2000 and WGS 84 share.
    steps: Vec<CoordTransform>,
    from: String,
    to: String,
    notes: Vec<String>,
}

/// The rule that joins the two datums, in the words of the log.
const SAME_DATUM: &str = "rule: CGCS2000 and WGS 84 are taken as equal (they differ by less than map accuracy)";

impl Transform {
    /// Finds a way. Horizontal coordinates are transformed; heights pass unchanged, and only where both sides mean
    /// the same by them or one of them does not say.
    ///
    /// # Errors
    /// [`GeodesyError::Refused`] where PROJ would only relabel coordinates (a ballpark transformation), or where
    /// heights would change their meaning.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, GeodesyError> {
        quiet();
        let refused = |reason: String| GeodesyError::Refused { reason, from: from.name().to_owned(), to: to.name().to_owned() };
        let mut notes = Vec::new();
        check_heights(from, to, &mut notes).map_err(&refused)?;
        let done = |steps, notes| Self { steps, from: from.name().to_owned(), to: to.name().to_owned(), notes };
        if from.same_horizontal(to) {
            return Ok(done(Vec::new(), notes));
        }
        let direct = step(from, to);
        if let Ok(direct) = direct {
            return Ok(done(vec![direct], notes));
        }
        let bridge = match (from.datum(), to.datum()) {
            (Datum::Cgcs2000, Datum::Wgs84) => Some(("EPSG:4490", "EPSG:4326")),
            (Datum::Wgs84, Datum::Cgcs2000) => Some(("EPSG:4326", "EPSG:4490")),
            _ => None,
        };
        let no_way = || {
            refused("no transformation with known parameters leads there, and coordinates are never passed off as another datum's".to_owned())
        };
        let Some((near, far)) = bridge else { return Err(no_way()) };
        let first = step(from, &Crs::parse(near)?).map_err(|_| no_way())?;
        let second = step(&Crs::parse(far)?, to).map_err(|_| no_way())?;
        notes.push(SAME_DATUM.to_owned());
        Ok(done(vec![first, second], notes))
    }

    /// What was assumed on the way, one English sentence each; empty for an exact way.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Transforms points in place: x or longitude, y or latitude, in the units of the two CRS; z passes unchanged.
    ///
    /// # Errors
    /// [`GeodesyError::Outside`] with the first point that has no answer; the points are then undefined.
    pub fn apply(&self, points: &mut [[f64; 3]]) -> Result<(), GeodesyError> {
        let outside = |p: [f64; 3]| GeodesyError::Outside {
            point: format!("{},{}", p[0], p[1]),
            from: self.from.clone(),
            to: self.to.clone(),
        };
        let mut x: Vec<f64> = points.iter().map(|p| p[0]).collect();
        let mut y: Vec<f64> = points.iter().map(|p| p[1]).collect();
        for step in &self.steps {
            let before = (x.clone(), y.clone());
            if step.transform_coords(&mut x, &mut y, &mut []).is_err() {
                let bad = x.iter().zip(&y).position(|(x, y)| !(x.is_finite() && y.is_finite())).unwrap_or(0);
                let at = |v: &[f64]| v.get(bad).copied().unwrap_or(f64::NAN);
                return Err(outside([at(&before.0), at(&before.1), 0.0]));
            }
        }
        for (p, (x, y)) in points.iter_mut().zip(x.into_iter().zip(y)) {
            if !(x.is_finite() && y.is_finite()) {
                return Err(outside(*p));
            }
            (p[0], p[1]) = (x, y);
        }
        Ok(())
    }
}

fn step(from: &Crs, to: &Crs) -> Result<CoordTransform, GeodesyError> {
    let failed = |e: gdal::errors::GdalError| GeodesyError::Refused {
        reason: e.to_string(),
        from: from.name().to_owned(),
        to: to.name().to_owned(),
    };
    let mut options = CoordTransformOptions::new().map_err(failed)?;
    options.set_ballpark_allowed(false).map_err(failed)?;
    CoordTransform::new_with_options(&from.srs()?, &to.srs()?, &options).map_err(failed)
}

fn check_heights(from: &Crs, to: &Crs, notes: &mut Vec<String>) -> Result<(), String> {
    let describe = |c: &Crs| match (c.vertical(), c.ellipsoidal_heights()) {
        (Some(v), _) => Some(v.to_owned()),
        (None, true) => Some("ellipsoidal heights".to_owned()),
        (None, false) => None,
    };
    match (describe(from), describe(to)) {
        (Some(a), Some(b)) if a != b => {
            Err(format!("heights would change from {a} to {b}, and no grid or offset for that was given"))
        }
        (Some(a), None) | (None, Some(a)) => {
            notes.push(format!("heights are passed on unchanged: only one side says that they refer to {a}"));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: &str, to: &str) -> Result<Transform, GeodesyError> {
        Transform::new(&Crs::parse(from)?, &Crs::parse(to)?)
    }

    fn check(from: &str, to: &str, point: [f64; 2], expected: [f64; 2]) {
        let mut p = [[point[0], point[1], 7.5]];
        way(from, to).unwrap().apply(&mut p).unwrap();
        assert!((p[0][0] - expected[0]).abs() < 0.001 && (p[0][1] - expected[1]).abs() < 0.001, "{from} {to} {p:?}");
        assert_eq!(p[0][2].to_bits(), 7.5_f64.to_bits());
    }

    #[test]
    fn control_points_agree_to_a_millimeter() {
        check("EPSG:4490", "EPSG:4548", [116.48, 39.99], [455_588.610, 4_428_548.202]);
        check("EPSG:4490", "EPSG:4548", [116.50, 40.00], [457_302.976, 4_429_648.784]);
        check("EPSG:4490", "EPSG:4549", [120.62, 31.30], [559_026.995, 3_464_401.859]);
    }

    #[test]
    fn wgs84_is_taken_as_cgcs2000_and_says_so() {
        check("EPSG:4326", "EPSG:4548", [116.48, 39.99], [455_588.610, 4_428_548.202]);
        assert_eq!(way("EPSG:32650", "EPSG:4548").unwrap().notes(), [SAME_DATUM]);
        assert!(way("EPSG:4490", "EPSG:4548").unwrap().notes().is_empty());
    }

    #[test]
    fn what_proj_would_pass_through_silently_is_refused() {
        for (from, to) in [
            ("EPSG:4214", "EPSG:4490"),
            ("EPSG:4610", "EPSG:4490"),
            ("EPSG:2414", "EPSG:4548"),
            ("EPSG:4548+EPSG:5737", "EPSG:4979"),
            ("EPSG:4548+EPSG:5737", "EPSG:4326+EPSG:5773"),
        ] {
            assert!(matches!(way(from, to), Err(GeodesyError::Refused { .. })), "{from} {to}");
        }
    }

    #[test]
    fn a_point_without_an_answer_is_named() {
        let mut p = [[116.0, 40.0, 0.0], [f64::NAN, 95.0, 0.0]];
        assert!(matches!(way("EPSG:4490", "EPSG:4548").unwrap().apply(&mut p), Err(GeodesyError::Outside { .. })));
    }
}
