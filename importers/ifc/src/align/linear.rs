//! Places by a distance along a curve.

use glam::{DAffine3, DMat3, DVec3};

use super::axes::Reader;
use super::course::Course;
use super::placement::missing;
use crate::shapes::Reason;
use crate::step::Value;

/// `IfcPointByDistanceExpression`, or `IfcDistanceExpression` of its forerunners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Distance {
    /// Meters along the curve.
    pub(crate) along: f64,
    /// Along it, to its left, up; meters, in the curve's axes there.
    pub(crate) offset: DVec3,
    /// The curve, where the expression itself names it.
    pub(crate) basis: Option<u64>,
}

/// Reads a distance expression.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn distance(reader: &Reader<'_>, id: u64) -> Result<Distance, Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    if !matches!(keyword, "IFCPOINTBYDISTANCEEXPRESSION" | "IFCDISTANCEEXPRESSION") {
        return Err(Reason::new(id, format!("{keyword} is no distance along a curve")));
    }
    let along = reader.length(args.first()).ok_or_else(|| Reason::new(id, "no distance is given"))?;
    let length = |at: usize| reader.length(args.get(at)).unwrap_or(0.0);
    let offset = DVec3::new(length(3), length(1), length(2));
    Ok(Distance { along, offset, basis: args.get(4).and_then(Value::as_ref) })
}

/// `IfcAxis2PlacementLinear`: the place and the directions that it fixes, in the axes of the curve's own frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LinearAxes {
    /// The place.
    pub(crate) at: Distance,
    /// Z where it is given.
    pub(crate) axis: Option<DVec3>,
    /// Towards X where it is given.
    pub(crate) towards: Option<DVec3>,
}

/// Reads an `IfcAxis2PlacementLinear`, or a distance expression alone.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn linear_axes(reader: &Reader<'_>, id: u64) -> Result<LinearAxes, Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    if keyword != "IFCAXIS2PLACEMENTLINEAR" {
        return Ok(LinearAxes { at: distance(reader, id)?, axis: None, towards: None });
    }
    let at = args.first().and_then(Value::as_ref);
    let at = distance(reader, at.ok_or_else(|| Reason::new(id, "the placement has no place"))?)?;
    Ok(LinearAxes { at, axis: reader.direction_at(&args, 1), towards: reader.direction_at(&args, 2) })
}

impl LinearAxes {
    /// The axes of the curve itself, meters along it.
    pub(crate) fn at(along: f64) -> Self {
        Self { at: Distance { along, offset: DVec3::ZERO, basis: None }, axis: None, towards: None }
    }

    /// The axes on a curve, in the curve's own frame; `None` if the curve has no pieces.
    ///
    /// Directions that are given count in the axes that the curve itself is given in; what is not given follows the
    /// curve: X its tangent, Z up from it.
    pub(crate) fn on(&self, course: &Course) -> Option<DAffine3> {
        let own = course.at(self.at.along)?.frame();
        let translation = own.transform_point3(self.at.offset);
        if self.axis.is_none() && self.towards.is_none() {
            return Some(DAffine3 { translation, ..own });
        }
        let towards = self.towards.unwrap_or(own.matrix3.x_axis);
        let z = match self.axis {
            Some(z) => z,
            // Only X is given: Z stays as near to the curve's as it may be.
            None => towards.cross(own.matrix3.z_axis.cross(towards)).try_normalize()?,
        };
        let flat = (towards - z * towards.dot(z)).try_normalize();
        let x = flat.or_else(|| (own.matrix3.y_axis.cross(z)).try_normalize())?;
        Some(DAffine3 { matrix3: DMat3::from_cols(x, z.cross(x), z), translation })
    }
}
