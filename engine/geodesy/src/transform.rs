//! Transformations between CRS, with the policy of what is refused.

use gdal::spatial_ref::{CoordTransform, CoordTransformOptions, SpatialRef};

use crate::crs::{Heights, is_derived};
use crate::{Crs, CrsKind, GeodesyError, capture_gdal_errors, osr};

/// A convention that a transformation relies on, for logs and reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformNote {
    /// Stable name: `cgcs2000_is_wgs84`, `heights_kept`.
    pub code: &'static str,
    /// One English sentence.
    pub text: String,
}

/// Carries points from one CRS to another. One per thread; easting or longitude first on both sides.
///
/// Coordinates are in the units of each CRS (degrees for a geographic one).
pub struct Transform {
    steps: Vec<CoordTransform>,
    /// Heights go through the steps too; otherwise they stay as they are.
    heights: bool,
    notes: Vec<TransformNote>,
    to: String,
}

impl std::fmt::Debug for Transform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transform")
            .field("to", &self.to)
            .field("steps", &self.steps.len())
            .finish_non_exhaustive()
    }
}

/// Reference frames that agree to a few decimeters, so that a district map cannot tell them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Datum {
    Cgcs2000,
    Wgs84,
}

impl Transform {
    /// Prepares the transformation from `from` to `to`.
    ///
    /// Operations without known parameters (PROJ calls them ballpark) are refused; CGCS2000 and WGS 84 count as
    /// one at map accuracy, which a note says. Heights are kept as they are unless both CRS state them and differ.
    ///
    /// # Errors
    /// [`GeodesyError::Refused`] with the reason.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, GeodesyError> {
        for crs in [from, to] {
            if matches!(crs.kind(), CrsKind::Local | CrsKind::Vertical) {
                let reason = format!("{} is {} and has no place on Earth", crs.label(), crs.kind().word());
                return Err(refused(from, to, reason));
            }
        }
        if from.on_earth() != to.on_earth() {
            return Err(refused(from, to, "they are not on the same celestial body".to_owned()));
        }
        let (result, said) = capture_gdal_errors(|| Self::build(from, to));
        result.map_err(|e| match e {
            GeodesyError::Library(_) => refused(from, to, reason_of(&said, from, to)),
            other => other,
        })
    }

    fn build(from: &Crs, to: &Crs) -> Result<Self, GeodesyError> {
        let mut notes = Vec::new();
        let whole = |notes| -> Result<Self, GeodesyError> {
            let steps = vec![operation(from.srs(), to.srs())?];
            Ok(Self { steps, heights: true, notes, to: to.label().to_owned() })
        };
        if from.kind() == CrsKind::Geocentric || to.kind() == CrsKind::Geocentric {
            return whole(notes);
        }
        match (from.heights(), to.heights()) {
            (a, b) if a == b => {}
            (Heights::Unstated, _) => notes.push(TransformNote {
                code: "heights_kept",
                text: format!(
                    "{} does not say what its heights are; they were kept as they are",
                    from.label()
                ),
            }),
            (a, Heights::Unstated) => notes.push(TransformNote {
                code: "heights_kept",
                text: format!("heights ({}) were kept as they are: {} states none", describe(a), to.label()),
            }),
            _ => return whole(notes),
        }
        let (Some(a), Some(b)) = (osr::horizontal(from.srs()), osr::horizontal(to.srs())) else {
            return Err(refused(from, to, "the horizontal part cannot be taken out".to_owned()));
        };
        let mut steps = Vec::new();
        if a == b {
            return Ok(Self { steps, heights: false, notes, to: to.label().to_owned() });
        }
        // A city's grid is left and entered by way of degrees on its own datum, which is a mere conversion.
        let (mut a, mut b) = (a, b);
        let mut last = None;
        if is_derived(&a) {
            let degrees = geographic(&a)?;
            steps.push(operation(&a, &degrees)?);
            a = degrees;
        }
        if is_derived(&b) {
            let degrees = geographic(&b)?;
            last = Some(operation(&degrees, &b)?);
            b = degrees;
        }
        // A grid with parameters of its own is left and entered by way of the datum that they lead to.
        if let Some(degrees) = crate::helmert::hub(&a) {
            steps.push(operation(&a, &degrees)?);
            a = degrees;
        }
        if let Some(degrees) = crate::helmert::hub(&b) {
            last = Some(operation(&degrees, &b)?);
            b = degrees;
        }
        if a != b {
            if let (Some(da), Some(db)) = (datum(&a), datum(&b)) {
                if da != db {
                    notes.push(TransformNote {
                        code: "cgcs2000_is_wgs84",
                        text:
                            "CGCS2000 and WGS 84 are taken as one, which holds at map accuracy (decimeters)"
                                .to_owned(),
                    });
                }
                // Each side is converted to and from degrees on its own datum, without any datum shift.
                if a.is_projected() {
                    steps.push(operation(&a, &geographic(&a)?)?);
                }
                if b.is_projected() {
                    steps.push(operation(&geographic(&b)?, &b)?);
                }
            } else {
                steps.push(operation(&a, &b)?);
            }
        }
        steps.extend(last);
        Ok(Self { steps, heights: false, notes, to: to.label().to_owned() })
    }

    /// Transforms points in place: x, y, z in the units of the CRS. A z of NaN stays NaN.
    ///
    /// # Errors
    /// [`GeodesyError::Outside`] where a point cannot be expressed; then no point is changed.
    pub fn apply(&self, points: &mut [[f64; 3]]) -> Result<(), GeodesyError> {
        if points.is_empty() {
            return Ok(());
        }
        let mut x: Vec<f64> = points.iter().map(|p| p[0]).collect();
        let mut y: Vec<f64> = points.iter().map(|p| p[1]).collect();
        let mut z: Vec<f64> = points.iter().map(|p| if p[2].is_nan() { 0.0 } else { p[2] }).collect();
        let finite = |x: &[f64], y: &[f64]| x.iter().chain(y).all(|v| v.is_finite());
        let (ok, _said) = capture_gdal_errors(|| {
            finite(&x, &y)
                && self.steps.iter().all(|step| {
                    let heights: &mut [f64] = if self.heights { &mut z } else { &mut [] };
                    step.transform_coords(&mut x, &mut y, heights).is_ok() && finite(&x, &y)
                })
        });
        if !ok {
            return Err(self.first_outside(points));
        }
        for (((p, x), y), z) in points.iter_mut().zip(x).zip(y).zip(z) {
            *p = [x, y, if self.heights && !p[2].is_nan() { z } else { p[2] }];
        }
        Ok(())
    }

    fn first_outside(&self, points: &[[f64; 3]]) -> GeodesyError {
        let fails = |p: &&[f64; 3]| points.len() > 1 && self.apply(&mut [**p]).is_err();
        let point = points.iter().find(fails).or(points.first()).copied().unwrap_or_default();
        GeodesyError::Outside { point: format!("{} {}", point[0], point[1]), to: self.to.clone() }
    }

    /// Whether points stay as they are.
    pub fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// Conventions that it relies on; callers report them.
    pub fn notes(&self) -> &[TransformNote] {
        &self.notes
    }
}

pub(crate) fn operation(from: &SpatialRef, to: &SpatialRef) -> Result<CoordTransform, GeodesyError> {
    use gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder;
    let (mut from, mut to) = (from.clone(), to.clone());
    from.set_axis_mapping_strategy(TraditionalGisOrder);
    to.set_axis_mapping_strategy(TraditionalGisOrder);
    let mut options = CoordTransformOptions::new()?;
    // GDAL cannot tell that of grids derived from another; they only go to and from their own degrees here.
    if !is_derived(&from) && !is_derived(&to) {
        options.set_ballpark_allowed(false)?;
    }
    Ok(CoordTransform::new_with_options(&from, &to, &options)?)
}

pub(crate) fn geographic(srs: &SpatialRef) -> Result<SpatialRef, GeodesyError> {
    Ok(srs.geog_cs()?)
}

/// The reference frame of a CRS in degrees from Greenwich, if it is one of the two.
fn datum(srs: &SpatialRef) -> Option<Datum> {
    let attr = |node: &str, child| srs.get_attr_value(node, child).ok().flatten();
    let number = |node: &str, child| attr(node, child)?.parse::<f64>().ok();
    if number("PRIMEM", 1)? != 0.0 || (number("GEOGCS|UNIT", 1)? - 1_f64.to_radians()).abs() > 1e-12 {
        return None;
    }
    if (number("SPHEROID", 1)? - 6_378_137.0).abs() > 1e-6 {
        return None;
    }
    let flattening = number("SPHEROID", 2)?;
    let name: String =
        attr("DATUM", 0)?.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if (name.contains("china2000") || name.contains("cgcs2000"))
        && (flattening - 298.257_222_101).abs() < 1e-6
    {
        Some(Datum::Cgcs2000)
    } else if (name.contains("wgs1984") || name.contains("wgs84") || name.contains("worldgeodeticsystem1984"))
        && (flattening - 298.257_223_563).abs() < 1e-6
    {
        Some(Datum::Wgs84)
    } else {
        None
    }
}

fn describe(h: &Heights) -> &str {
    match h {
        Heights::Unstated => "unstated",
        Heights::Ellipsoidal => "above the ellipsoid",
        Heights::Datum(name) => name,
    }
}

fn reason_of(said: &[String], from: &Crs, to: &Crs) -> String {
    let what = if from.heights() != to.heights()
        && from.heights() != &Heights::Unstated
        && to.heights() != &Heights::Unstated
    {
        format!(
            "no parameters or grid are known between these heights ({} and {}); state an offset",
            describe(from.heights()),
            describe(to.heights())
        )
    } else {
        "no parameters are known between their datums, and passing coordinates through unchanged would be wrong by \
         up to a hundred meters"
            .to_owned()
    };
    match said.first() {
        Some(m) if !m.contains("No operation found") => format!("{what} ({m})"),
        _ => what,
    }
}

fn refused(from: &Crs, to: &Crs, reason: String) -> GeodesyError {
    GeodesyError::Refused { reason, from: from.label().to_owned(), to: to.label().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transform(from: &str, to: &str) -> Result<Transform, GeodesyError> {
        Transform::new(&Crs::parse(from)?, &Crs::parse(to)?)
    }

    fn check(from: &str, to: &str, lonlat: [f64; 2], expected: [f64; 2]) {
        let t = transform(from, to).unwrap();
        let mut p = [[lonlat[0], lonlat[1], 41.5]];
        t.apply(&mut p).unwrap();
        let [[e, n, z]] = p;
        assert!((e - expected[0]).abs() < 1e-3 && (n - expected[1]).abs() < 1e-3, "{from} → {to}: {e} {n}");
        assert!((z - 41.5).abs() < 1e-12);
    }

    /// Reference values: PROJ 9.5.1.
    #[test]
    fn control_points_are_met_to_a_millimeter() {
        check("EPSG:4490", "EPSG:4548", [116.48, 39.99], [455_588.610, 4_428_548.202]);
        check("EPSG:4490", "EPSG:4548", [116.50, 40.00], [457_302.976, 4_429_648.784]);
        check("EPSG:4490", "EPSG:4549", [120.62, 31.30], [559_026.995, 3_464_401.859]);
        check("EPSG:4326", "EPSG:4548", [116.48, 39.99], [455_588.610, 4_428_548.202]);
    }

    #[test]
    fn cgcs2000_and_wgs84_are_one_at_map_accuracy_and_a_note_says_so() {
        let t = transform("EPSG:4326", "EPSG:4548").unwrap();
        assert_eq!(t.notes().iter().map(|n| n.code).collect::<Vec<_>>(), ["cgcs2000_is_wgs84"]);
        assert!(transform("EPSG:32650", "EPSG:4548").unwrap().notes().len() == 1);
        assert!(transform("EPSG:4490", "EPSG:4548").unwrap().notes().is_empty());
        let mut p = [[455_588.610, 4_428_548.202, f64::NAN]];
        transform("EPSG:4548", "EPSG:4326").unwrap().apply(&mut p).unwrap();
        assert!((p[0][0] - 116.48).abs() < 1e-7 && (p[0][1] - 39.99).abs() < 1e-7 && p[0][2].is_nan());
    }

    #[test]
    fn what_proj_would_pass_through_unchanged_is_refused() {
        for (from, to) in [
            ("EPSG:4214", "EPSG:4490"),
            ("EPSG:4610", "EPSG:4490"),
            ("EPSG:2414", "EPSG:4548"),
            ("EPSG:4490+EPSG:5737", "EPSG:4480"),
            ("EPSG:4490+EPSG:5737", "EPSG:4490+EPSG:3855"),
        ] {
            let t = transform(from, to);
            assert!(matches!(t, Err(GeodesyError::Refused { .. })), "{from} → {to}: {t:?}");
        }
    }

    #[test]
    fn a_registered_datum_shift_is_carried_out() {
        let t = transform("EPSG:4277", "EPSG:4326").unwrap();
        let mut p = [[-1.0, 52.0, 0.0]];
        t.apply(&mut p).unwrap();
        assert!((p[0][0] + 1.0).abs() > 1e-4, "OSGB36 and WGS 84 differ by some 100 m: {p:?}");
    }

    #[test]
    fn a_point_that_cannot_be_expressed_is_an_error_and_changes_nothing() {
        let t = transform("EPSG:4490", "EPSG:4548").unwrap();
        let mut p = [[116.48, 39.99, 0.0], [f64::INFINITY, 0.0, 0.0]];
        assert!(matches!(t.apply(&mut p), Err(GeodesyError::Outside { .. })));
        assert!((p[0][0] - 116.48).abs() < 1e-12);
    }

    #[test]
    fn a_moon_is_not_a_district() {
        let moon = r#"GEOGCS["GCS_Europa_2000",DATUM["D_Europa_2000",SPHEROID["Europa_2000_IAU_IAG",1560800.0,0]],PRIMEM["Reference_Meridian",0],UNIT["degree",0.0174532925199433]]"#;
        assert!(matches!(transform(moon, "EPSG:4548"), Err(GeodesyError::Refused { .. })));
    }
}
