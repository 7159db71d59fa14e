//! Points, directions and axis placements as the file writes them.

use glam::{DAffine3, DMat3, DVec3};

use crate::step::{StepFile, Value};
use crate::units::Units;

/// Shortest direction that counts as one. Chosen: far above rounding of unit vectors, far below any that is meant.
const MIN_DIRECTION: f64 = 1e-9;

/// Reads geometry of one file: lengths in meters.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The file.
    pub(crate) file: &'a StepFile<'a>,
    /// Meters per length unit.
    pub(crate) length_m: f64,
    /// Radians per angle unit.
    pub(crate) angle_rad: f64,
}

impl<'a> Reader<'a> {
    /// Reads a file whose units are known.
    pub(crate) fn new(file: &'a StepFile<'a>, units: &Units) -> Self {
        Self { file, length_m: units.length_m.unwrap_or(1.0), angle_rad: units.angle_rad }
    }

    /// Keyword and arguments of a record.
    pub(crate) fn get(&self, id: u64) -> Option<(&'a str, Vec<Value<'a>>)> {
        self.file.get(id)
    }

    /// Keyword of a record, without reading its arguments.
    pub(crate) fn keyword(&self, id: u64) -> Option<&'a str> {
        self.file.keyword(id)
    }

    /// A length in meters.
    pub(crate) fn length(&self, v: Option<&Value<'_>>) -> Option<f64> {
        v.and_then(Value::as_f64).map(|l| l * self.length_m).filter(|l| l.is_finite())
    }

    /// A list of coordinates in meters; what is missing is 0.
    pub(crate) fn coordinates(&self, v: Option<&Value<'_>>) -> DVec3 {
        triple(v) * self.length_m
    }

    /// An `IfcCartesianPoint`.
    pub(crate) fn point(&self, id: u64) -> Option<DVec3> {
        let (keyword, args) = self.get(id)?;
        (keyword == "IFCCARTESIANPOINT").then(|| self.coordinates(args.first())).filter(|p| p.is_finite())
    }

    /// An `IfcDirection`, of length 1; `None` if it has no length.
    pub(crate) fn direction(&self, id: u64) -> Option<DVec3> {
        let (keyword, args) = self.get(id)?;
        if keyword != "IFCDIRECTION" {
            return None;
        }
        let v = triple(args.first());
        (v.length() > MIN_DIRECTION).then(|| v.try_normalize()).flatten()
    }

    /// A direction that an argument refers to.
    pub(crate) fn direction_at(&self, args: &[Value<'_>], at: usize) -> Option<DVec3> {
        self.direction(args.get(at)?.as_ref()?)
    }

    /// A point that an argument refers to.
    pub(crate) fn point_at(&self, args: &[Value<'_>], at: usize) -> Option<DVec3> {
        self.point(args.get(at)?.as_ref()?)
    }

    /// `IfcAxis2Placement3D`, `IfcAxis2Placement2D` or `IfcAxis1Placement`; `None` for anything else.
    pub(crate) fn axes(&self, id: u64) -> Option<DAffine3> {
        let (keyword, args) = self.get(id)?;
        let origin = self.point_at(&args, 0).unwrap_or_default();
        match keyword {
            "IFCAXIS2PLACEMENT3D" => {
                Some(frame(origin, self.direction_at(&args, 1), self.direction_at(&args, 2)))
            }
            "IFCAXIS2PLACEMENT2D" => {
                let x = self.direction_at(&args, 1).map(|d| DVec3::new(d.x, d.y, 0.0));
                Some(frame(origin, None, x))
            }
            "IFCAXIS1PLACEMENT" => Some(frame(origin, self.direction_at(&args, 1), None)),
            _ => None,
        }
    }
}

/// Up to three numbers; what is missing is 0.
fn triple(v: Option<&Value<'_>>) -> DVec3 {
    let mut parts = v.map(Value::members).unwrap_or_default().iter().map(|v| v.as_f64().unwrap_or(0.0));
    let mut next = || parts.next().unwrap_or(0.0);
    DVec3::new(next(), next(), next())
}

/// The right-handed frame with a `z` axis and an `x` axis as near to `towards` as it may be.
///
/// Without `z`: up. Without `towards`, or where it runs along `z`: the nearest that does not, X first, as ISO 10303-42
/// builds its axes.
pub(crate) fn frame(origin: DVec3, z: Option<DVec3>, towards: Option<DVec3>) -> DAffine3 {
    let z = z.and_then(DVec3::try_normalize).unwrap_or(DVec3::Z);
    let across = |v: DVec3| {
        let flat = v - z * v.dot(z);
        (flat.length() > MIN_DIRECTION).then(|| flat.try_normalize()).flatten()
    };
    let x = towards
        .and_then(across)
        .or_else(|| across(DVec3::X).filter(|_| z.x.abs() < 1.0 - MIN_DIRECTION))
        .or_else(|| across(DVec3::Y))
        .unwrap_or(DVec3::X);
    DAffine3 { matrix3: DMat3::from_cols(x, z.cross(x), z), translation: origin }
}
