//! Curves that accompany another at given offsets.

use glam::DVec3;

use super::axes::Reader;
use super::course::{Course, SpacePath};
use super::curves::course_within;
use super::linear::{Distance, distance};
use crate::shapes::Reason;
use crate::step::Value;

/// How far points of an offset curve may lie from it, meters. Chosen: a tenth of the tolerance of shapes.
const TOLERANCE_M: f64 = 1e-4;
/// Largest turn between points, radians. Chosen: about 1°.
const TURN_RAD: f64 = 0.02;

/// `IfcOffsetCurveByDistances`: offsets change evenly between the given places, and stay before the first and after
/// the last.
pub(super) fn course(
    reader: &Reader<'_>,
    id: u64,
    args: &[Value<'_>],
    depth: usize,
) -> Result<Course, Reason> {
    let found = Offset::read(reader, id, args, depth)?;
    Ok(Course::Points(found.until(found.range.1)))
}

/// How far along its own curve a distance along the alignment is, where a curve is an `IfcOffsetCurveByDistances`; of
/// other curves the distance itself. Meters. A distance before the first offset counts along the offset curve, which has
/// nothing there.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn beside(reader: &Reader<'_>, id: u64, along: f64) -> Result<f64, Reason> {
    match reader.get(id) {
        Some(("IFCOFFSETCURVEBYDISTANCES", args)) => {
            let found = Offset::read(reader, id, &args, 0)?;
            let counts = along >= found.range.0 - TOLERANCE_M;
            Ok(if counts { found.until(along.min(found.range.1)).length() } else { along })
        }
        _ => Ok(along),
    }
}

/// An offset curve before it is points.
struct Offset {
    base: Course,
    /// By distance.
    offsets: Vec<Distance>,
    /// Along the basis, meters.
    range: (f64, f64),
}

impl Offset {
    fn read(reader: &Reader<'_>, id: u64, args: &[Value<'_>], depth: usize) -> Result<Self, Reason> {
        let basis = args.first().and_then(Value::as_ref);
        let basis = basis.ok_or_else(|| Reason::new(id, "the offset curve has no basis"))?;
        let base = course_within(reader, basis, depth + 1)?;
        let mut offsets: Vec<Distance> = args
            .get(1)
            .map(|v| v.refs().map(|d| distance(reader, d)).collect::<Result<Vec<_>, _>>())
            .transpose()?
            .unwrap_or_default();
        offsets.sort_by(|a, b| a.along.total_cmp(&b.along));
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
            return Err(Reason::new(id, "the offset curve has no offsets"));
        };
        // One offset holds along the whole curve; several span from the first to the last of them.
        let range = if offsets.len() == 1 { base.range() } else { (first.along, last.along) };
        Ok(Self { base, offsets, range })
    }

    /// The curve from its start to a distance along the basis.
    fn until(&self, end: f64) -> SpacePath {
        let range = (self.range.0, end);
        let mut at = self.base.samples(range, TOLERANCE_M, TURN_RAD);
        at.extend(self.offsets.iter().map(|o| o.along).filter(|d| *d > range.0 && *d < range.1));
        at.sort_by(f64::total_cmp);
        at.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        SpacePath::new(at.into_iter().filter_map(|d| {
            let place = self.base.at(d)?;
            Some(place.frame().transform_point3(between(&self.offsets, d)))
        }))
    }
}

/// Offset at a distance.
fn between(offsets: &[Distance], at: f64) -> DVec3 {
    let behind = offsets.partition_point(|o| o.along <= at);
    match (offsets.get(behind.wrapping_sub(1)), offsets.get(behind)) {
        (Some(a), Some(b)) if b.along > a.along => {
            a.offset + (b.offset - a.offset) * ((at - a.along) / (b.along - a.along))
        }
        (Some(only), _) | (None, Some(only)) => only.offset,
        (None, None) => DVec3::ZERO,
    }
}
