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
    let mut at = base.samples(range, TOLERANCE_M, TURN_RAD);
    at.extend(offsets.iter().map(|o| o.along).filter(|d| *d > range.0 && *d < range.1));
    at.sort_by(f64::total_cmp);
    at.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    let points = at.into_iter().filter_map(|d| {
        let place = base.at(d)?;
        Some(place.frame().transform_point3(between(&offsets, d)))
    });
    Ok(Course::Points(SpacePath::new(points)))
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
