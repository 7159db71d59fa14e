//! The way of a source's coordinates, heights included, into the project frame.

use lantu_base::ProjectFrame;

use crate::crs::Heights;
use crate::geoid::GeoidGrid;
use crate::{Crs, CrsKind, GeodesyError, Transform, TransformNote};

/// Carries points of one source into the project frame: meters, z up, heights as the project means them.
///
/// One per thread.
#[derive(Debug)]
pub struct ToFrame {
    transform: Transform,
    meters_per_unit: f64,
    /// Meters per unit of the source's heights, where the transformation leaves them as they are.
    height_unit_m: f64,
    /// Added to heights, meters.
    offset_m: f64,
    /// What heights above the ellipsoid have more than those of the project, and the way to its degrees.
    geoid: Option<(GeoidGrid, Transform)>,
    unknown: Option<String>,
}

/// What is said of the heights of a source.
#[derive(Debug)]
enum Said {
    /// Nothing.
    Nothing,
    /// This many meters are added.
    Offset(f64),
    /// They are in a registered vertical CRS, or above a datum of this name.
    Datum(String),
    /// They are above the ellipsoid, and this geoid is what the project's are above.
    Geoid(GeoidGrid),
}

impl ToFrame {
    /// Prepares the way from a source's CRS. `height`: what a person states of the heights, a vertical CRS, the name of
    /// a datum, meters that are added, or the file of a geoid grid (`.gtx`, GeoTIFF in degrees) whose heights are taken
    /// from heights above the ellipsoid; it goes before what the CRS says.
    ///
    /// Heights stay as they are where the project names no height datum, where both name the same, and where the source
    /// says nothing, which [`ToFrame::unknown_heights`] then tells. Between different ones a transformation with known
    /// parameters is needed.
    ///
    /// # Errors
    /// [`GeodesyError::Refused`] with the reason; [`GeodesyError::UnknownCrs`] for what cannot be read.
    pub fn new(from: &Crs, frame: &ProjectFrame, height: Option<&str>) -> Result<Self, GeodesyError> {
        let to = Crs::parse(&frame.crs)?;
        let mut out = Self {
            transform: Transform::new(&flat(from)?, &to)?,
            meters_per_unit: frame.meters_per_unit,
            height_unit_m: height_unit_m(from).unwrap_or(1.0),
            offset_m: 0.0,
            geoid: None,
            unknown: None,
        };
        let said = match height.map(str::trim).filter(|h| !h.is_empty()) {
            Some(text) => stated(text)?,
            None => match from.heights() {
                Heights::Unstated => Said::Nothing,
                Heights::Ellipsoidal => Said::Datum(ELLIPSOID.to_owned()),
                Heights::Datum(name) => Said::Datum(name.clone()),
            },
        };
        let said = match said {
            Said::Offset(m) => {
                out.offset_m = m;
                return Ok(out);
            }
            Said::Geoid(grid) => {
                out.geoid = Some((grid, Transform::new(&flat(from)?, &from.degrees()?)?));
                return Ok(out);
            }
            said => said,
        };
        let Some(wanted) = &frame.height_crs else { return Ok(out) };
        match said {
            Said::Nothing => {
                out.unknown = Some(format!(
                    "{} does not say what its heights are above; the project's are above {wanted}",
                    from.label()
                ));
            }
            Said::Offset(_) | Said::Geoid(_) => {}
            Said::Datum(name) if same(&name, wanted) => {}
            Said::Datum(name) => {
                (out.transform, out.height_unit_m) = (between(from, &to, &name, wanted)?, 1.0);
            }
        }
        Ok(out)
    }

    /// The way where heights are no matter, as on a map that is laid on the terrain: they stay as they are.
    ///
    /// # Errors
    /// As [`ToFrame::new`].
    pub fn keeping_heights(from: &Crs, frame: &ProjectFrame) -> Result<Self, GeodesyError> {
        Ok(Self {
            transform: Transform::new(from, &Crs::parse(&frame.crs)?)?,
            meters_per_unit: frame.meters_per_unit,
            height_unit_m: 1.0,
            offset_m: 0.0,
            geoid: None,
            unknown: None,
        })
    }

    /// Carries points in place. A z of NaN stays NaN.
    ///
    /// # Errors
    /// [`GeodesyError::Outside`] where a point cannot be expressed; then no point is changed.
    pub fn apply(&self, points: &mut [[f64; 3]]) -> Result<(), GeodesyError> {
        let undulations = self.undulations(points)?;
        self.transform.apply(points)?;
        for (p, undulation) in points.iter_mut().zip(undulations.into_iter().chain(std::iter::repeat(0.0))) {
            *p = [
                p[0] * self.meters_per_unit,
                p[1] * self.meters_per_unit,
                p[2] * self.height_unit_m + self.offset_m - undulation,
            ];
        }
        Ok(())
    }

    /// Height of the stated geoid above the ellipsoid at each point; empty without one.
    fn undulations(&self, points: &[[f64; 3]]) -> Result<Vec<f64>, GeodesyError> {
        let Some((grid, to_degrees)) = &self.geoid else { return Ok(Vec::new()) };
        let mut degrees = points.to_vec();
        to_degrees.apply(&mut degrees)?;
        let outside = |p: &[f64; 3]| GeodesyError::Outside {
            point: format!("{} {}", p[0], p[1]),
            to: "the geoid grid".to_owned(),
        };
        degrees.iter().map(|p| grid.height_m(p[0], p[1]).ok_or_else(|| outside(p))).collect()
    }

    /// Takes heights in a unit of so many meters where the CRS says nothing of heights; whether it did so.
    pub fn take_heights_in(&mut self, meters: f64, crs: &Crs) -> bool {
        let open = height_unit_m(crs).is_none() && crs.heights() == &Heights::Unstated;
        if open {
            self.height_unit_m = meters;
        }
        open
    }

    /// Why nobody knows how the heights are meant; `None` where they are known, or the project itself names no datum.
    pub fn unknown_heights(&self) -> Option<&str> {
        self.unknown.as_deref()
    }

    /// Conventions that it relies on; callers report them.
    pub fn notes(&self) -> &[TransformNote] {
        self.transform.notes()
    }
}

/// Meters per unit of the heights of a compound CRS.
fn height_unit_m(crs: &Crs) -> Option<f64> {
    let unit = crs.srs().get_attr_value("VERT_CS|UNIT", 1).ok().flatten()?;
    unit.parse::<f64>().ok().filter(|m| m.is_finite() && *m > 0.0)
}

/// What heights above the ellipsoid are called here.
const ELLIPSOID: &str = "ellipsoid";

/// Words for heights above the ellipsoid; 大地高 are such heights.
const ELLIPSOID_WORDS: [&str; 3] = ["ellipsoid", "ellipsoidal", "大地高"];

/// Whether two texts name the same height datum: `EPSG:5737`, or a name.
pub fn same_heights(a: &str, b: &str) -> bool {
    same(a.trim(), b.trim())
}

/// Whether the heights that a CRS states are those of a project; `None` where it states none. A project that names no
/// height datum takes all as they are.
pub fn states_heights_of(crs: &Crs, frame: &ProjectFrame) -> Option<bool> {
    let Some(own) = &frame.height_crs else { return Some(true) };
    match crs.heights() {
        Heights::Unstated => None,
        Heights::Ellipsoidal => Some(same(ELLIPSOID, own)),
        Heights::Datum(name) => Some(same(name, own)),
    }
}

/// Reads what a person states of heights.
fn stated(text: &str) -> Result<Said, GeodesyError> {
    if let Ok(meters) = text.parse::<f64>() {
        if meters.is_finite() {
            return Ok(Said::Offset(meters));
        }
    } else if ELLIPSOID_WORDS.contains(&text.to_lowercase().as_str()) {
        return Ok(Said::Datum(ELLIPSOID.to_owned()));
    } else if GeoidGrid::is_named(text) {
        return GeoidGrid::open(text).map(Said::Geoid);
    } else if text.contains(':') || text.contains('[') {
        let crs = Crs::parse(text)?;
        match (crs.kind(), crs.heights()) {
            (CrsKind::Vertical, _) => return Ok(Said::Datum(crs.text().to_owned())),
            (_, Heights::Ellipsoidal) => return Ok(Said::Datum(ELLIPSOID.to_owned())),
            _ => {}
        }
    } else {
        return Ok(Said::Datum(text.to_owned()));
    }
    Err(GeodesyError::UnknownCrs {
        text: text.chars().take(120).collect(),
        reason: "expected a vertical CRS, the name of a height datum, \"ellipsoid\", or meters".to_owned(),
    })
}

/// Whether two height datums are the same, each a code or a name.
fn same(a: &str, b: &str) -> bool {
    let name = |text: &str| {
        let registered = text.contains(':').then(|| Crs::parse(text).ok()).flatten();
        let name = registered.map_or_else(|| text.to_owned(), |crs| crs.name().to_owned());
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    a == b || name(a) == name(b)
}

/// The horizontal part: heights are a matter of their own here.
fn flat(crs: &Crs) -> Result<Crs, GeodesyError> {
    if crs.heights() == &Heights::Unstated || crs.kind() == CrsKind::Geocentric {
        return Ok(crs.clone());
    }
    match crate::osr::horizontal(crs.srs()) {
        Some(srs) => Crs::from_spatial_ref(&srs),
        None => Ok(crs.clone()),
    }
}

/// The way between two CRS whose heights differ: one operation whose parameters are known, or none.
fn between(from: &Crs, to: &Crs, said: &str, wanted: &str) -> Result<Transform, GeodesyError> {
    let refused = |reason: String| GeodesyError::Refused {
        reason,
        from: format!("{}, heights above {said}", from.label()),
        to: format!("{}, heights above {wanted}", to.label()),
    };
    let parts = |crs: &Crs, vertical: &str| -> Option<Crs> {
        let flat = flat(crs).ok()?;
        if vertical == ELLIPSOID {
            return None;
        }
        let code = vertical.strip_prefix("EPSG:")?;
        Crs::parse(&format!("{}+EPSG:{code}", flat.text())).ok()
    };
    let whole = match from.heights() {
        Heights::Datum(name) if name == said => Some(from.clone()),
        Heights::Ellipsoidal if said == ELLIPSOID => Some(from.clone()),
        _ => parts(from, said),
    };
    let (Some(whole), Some(target)) = (whole, parts(to, wanted)) else {
        return Err(refused(
            "no parameters are known between these heights; state an offset in meters".to_owned(),
        ));
    };
    Transform::new(&whole, &target).map_err(|e| match e {
        GeodesyError::Refused { reason, .. } => refused(reason),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make_frame;

    fn way(from: &str, height: Option<&str>) -> Result<ToFrame, GeodesyError> {
        let frame = make_frame("EPSG:4548+EPSG:5737", None, "Asia/Shanghai")?;
        ToFrame::new(&Crs::parse(from)?, &frame, height)
    }

    fn height(way: &ToFrame) -> f64 {
        let mut p = [[455_600.0, 4_428_550.0, 40.0]];
        way.apply(&mut p).unwrap();
        p[0][2]
    }

    #[test]
    fn heights_above_the_projects_datum_stay_and_those_of_which_nothing_is_said_are_asked_for() {
        let known = way("EPSG:4548+EPSG:5737", None).unwrap();
        assert!(known.unknown_heights().is_none() && (height(&known) - 40.0).abs() < 1e-12);
        let asked = way("EPSG:4548", None).unwrap();
        assert!(asked.unknown_heights().is_some_and(|w| w.contains("EPSG:5737")));
        let named =
            way("EPSG:4548", Some("1985 national height datum")).map(|w| w.unknown_heights().is_some());
        assert!(matches!(named, Ok(false) | Err(GeodesyError::Refused { .. })));
    }

    #[test]
    fn a_crs_states_the_heights_of_a_project_or_others_or_none() {
        let frame = make_frame("EPSG:4548+EPSG:5737", None, "Asia/Shanghai").unwrap();
        let states = |crs: &str| states_heights_of(&Crs::parse(crs).unwrap(), &frame);
        assert_eq!(states("EPSG:4548"), None);
        assert_eq!((states("EPSG:4490+EPSG:5737"), states("EPSG:4548+EPSG:3855")), (Some(true), Some(false)));
        assert_eq!(states("EPSG:4979"), Some(false));
        let open = make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        assert_eq!(states_heights_of(&Crs::parse("EPSG:4548").unwrap(), &open), Some(true));
    }

    #[test]
    fn a_stated_offset_is_added_and_answers_the_question() {
        let stated = way("EPSG:4548", Some("-9.85")).unwrap();
        assert!(stated.unknown_heights().is_none() && (height(&stated) - 30.15).abs() < 1e-12);
        assert!(way("EPSG:4548", Some("EPSG:4548")).is_err());
    }

    #[test]
    fn a_geoid_grid_of_the_user_leads_from_the_ellipsoid_to_the_projects_heights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("geoid.gtx");
        std::fs::write(&path, crate::geoid::tilted()).unwrap();
        let way = way("EPSG:4548", path.to_str()).unwrap();
        let mut p = [[455_588.610, 4_428_548.202, 30.0]];
        way.apply(&mut p).unwrap();
        // 116.48° E, 39.99° N: the geoid of the grid lies 7.54 m below the ellipsoid.
        assert!(way.unknown_heights().is_none() && (p[0][2] - 37.54).abs() < 1e-4, "{p:?}");
        let mut far = [[455_588.610, 3_000_000.0, 30.0]];
        assert!(matches!(way.apply(&mut far), Err(GeodesyError::Outside { .. })) && far[0][1] < 3_000_001.0);
    }

    #[test]
    fn heights_above_another_datum_are_refused_where_no_way_is_known() {
        for (from, height) in [
            ("EPSG:4548+EPSG:5773", None),
            ("EPSG:4548", Some("ellipsoid")),
            ("EPSG:4548", Some("EPSG:5736")),
            ("EPSG:4480", None),
        ] {
            let e = way(from, height);
            assert!(matches!(e, Err(GeodesyError::Refused { .. })), "{from} {height:?}: {e:?}");
        }
    }

    #[test]
    fn heights_in_feet_become_meters() {
        let frame = make_frame("EPSG:2263", None, "America/New_York").unwrap();
        let up = |from: &str, unit: Option<f64>| {
            let crs = Crs::parse(from).unwrap();
            let mut way = ToFrame::new(&crs, &frame, None).unwrap();
            let taken = unit.is_some_and(|m| way.take_heights_in(m, &crs));
            let mut p = [[987_000.0, 211_000.0, 100.0]];
            way.apply(&mut p).unwrap();
            (p[0][2], taken)
        };
        let foot = 1200.0 / 3937.0;
        assert!((up("EPSG:2263+EPSG:6360", None).0 - 100.0 * foot).abs() < 1e-9);
        assert!((up("EPSG:2263", Some(0.3048)).0 - 30.48).abs() < 1e-9 && up("EPSG:2263", Some(0.3048)).1);
        assert!(
            !up("EPSG:2263+EPSG:6360", Some(0.3048)).1 && (up("EPSG:2263", None).0 - 100.0).abs() < 1e-12
        );
    }

    #[test]
    fn a_project_without_a_height_datum_takes_heights_as_they_are() {
        let frame = make_frame("EPSG:28992", None, "Europe/Amsterdam").unwrap();
        let way = ToFrame::new(&Crs::parse("EPSG:7415").unwrap(), &frame, None).unwrap();
        let mut p = [[84_616.468, 447_422.999, 2.5]];
        way.apply(&mut p).unwrap();
        assert!(
            way.unknown_heights().is_none()
                && (p[0][0] - 84_616.468).abs() < 1e-9
                && (p[0][2] - 2.5).abs() < 1e-12
        );
    }
}
