//! Places at the crossings of grid axes.

use glam::{DAffine3, DVec2, DVec3};

use super::axes::{Reader, frame};
use super::course::Course;
use super::curves::course;
use super::placement::missing;
use super::plane::{PlanePath, PlaneSegment};
use crate::shapes::Reason;
use crate::step::Value;

/// Steps to find where two curves cross. Newton doubles the digits with each.
const MAX_STEPS: usize = 50;
/// How near to each other two axes must come to cross, meters.
const MEET_M: f64 = 1e-6;

/// `IfcGridPlacement([PlacementRelTo,] PlacementLocation, PlacementRefDirection)`: the placement that it is relative
/// to and the axes in it.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn placement(
    reader: &Reader<'_>,
    id: u64,
    args: &[Value<'_>],
) -> Result<(Option<u64>, DAffine3), Reason> {
    let is = |r: u64, keyword: &str| reader.keyword(r) == Some(keyword);
    let refs: Vec<u64> = args.iter().filter_map(Value::as_ref).collect();
    let mut crossings = refs.iter().copied().filter(|r| is(*r, "IFCVIRTUALGRIDINTERSECTION"));
    let place = crossings.next().ok_or_else(|| Reason::new(id, "the grid placement has no crossing"))?;
    let here = crossing(reader, place)?;
    let towards = match crossings.next() {
        Some(other) => crossing(reader, other)?.at - here.at,
        None => refs.iter().find_map(|r| reader.direction(*r)).unwrap_or(here.along),
    };
    let parent = refs
        .iter()
        .copied()
        .find(|r| reader.keyword(*r).is_some_and(|k| k.ends_with("PLACEMENT")))
        .or_else(|| grid_of(reader, here.axis));
    Ok((parent, frame(here.at, None, Some(towards))))
}

struct Crossing {
    at: DVec3,
    /// Direction of the first axis there.
    along: DVec3,
    /// The first axis.
    axis: u64,
}

/// `IfcVirtualGridIntersection(IntersectingAxes, OffsetDistances)`; offsets are to the left of each axis, and up.
fn crossing(reader: &Reader<'_>, id: u64) -> Result<Crossing, Reason> {
    let (_, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let axes: Vec<u64> = args.first().map(|a| a.refs().collect()).unwrap_or_default();
    let offset = |at: usize| {
        let list = args.get(1).map(Value::members).unwrap_or_default();
        reader.length(list.get(at)).unwrap_or(0.0)
    };
    let [first, second] = axes.as_slice() else {
        return Err(Reason::new(id, "a crossing needs two axes"));
    };
    let (a, b) = (axis(reader, *first)?, axis(reader, *second)?);
    let (at, along) =
        meet(&a, offset(0), &b, offset(1)).ok_or_else(|| Reason::new(id, "the axes do not cross"))?;
    Ok(Crossing { at: at.extend(offset(2)), along: along.extend(0.0), axis: *first })
}

/// The curve of an `IfcGridAxis(AxisTag, AxisCurve, SameSense)`, in its direction.
pub(crate) fn axis(reader: &Reader<'_>, id: u64) -> Result<PlanePath, Reason> {
    let (_, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let curve = args.get(1).and_then(Value::as_ref);
    let curve = curve.ok_or_else(|| Reason::new(id, "the axis has no curve"))?;
    let (keyword, line) = reader.get(curve).ok_or_else(|| missing(curve))?;
    let backward = matches!(args.get(2), Some(Value::Enum("F")));
    let path = if keyword == "IFCLINE" {
        let origin = reader.point_at(&line, 0).unwrap_or_default().truncate();
        let vector = line.get(1).and_then(Value::as_ref).and_then(|v| reader.get(v)).map(|v| v.1);
        let way = vector.as_deref().and_then(|v| reader.direction_at(v, 0)).unwrap_or(DVec3::X).truncate();
        PlanePath::new([PlaneSegment::line(origin, way.to_angle(), 1.0)])
    } else {
        match course(reader, curve)? {
            Course::Alignment { horizontal, .. } => horizontal,
            Course::Points(_) => return Err(Reason::new(curve, "the curve of a grid axis is not flat")),
        }
    };
    Ok(if backward { path.reversed() } else { path })
}

/// Where two axes cross that are moved to their left by offsets, and the first one's direction there.
fn meet(a: &PlanePath, left_of_a: f64, b: &PlanePath, left_of_b: f64) -> Option<(DVec2, DVec2)> {
    let place = |path: &PlanePath, s: f64, left: f64| {
        let p = path.at(s)?;
        let along = DVec2::from_angle(p.heading);
        Some((p.at + along.perp() * left, along * (1.0 - p.curvature * left)))
    };
    let (mut s, mut t) = (0.5 * a.length(), 0.5 * b.length());
    for _ in 0..MAX_STEPS {
        let ((p, u), (q, v)) = (place(a, s, left_of_a)?, place(b, t, left_of_b)?);
        let cross = u.perp_dot(v);
        if cross.abs() < 1e-9 * u.length() * v.length() {
            return None;
        }
        let gap = q - p;
        s += gap.perp_dot(v) / cross;
        t += gap.perp_dot(u) / cross;
    }
    let ((p, u), (q, _)) = (place(a, s, left_of_a)?, place(b, t, left_of_b)?);
    (p.distance(q) < MEET_M).then_some((p, u.try_normalize()?))
}

/// The placement of the grid that has an axis.
fn grid_of(reader: &Reader<'_>, axis: u64) -> Option<u64> {
    reader.file.scan.of("IFCGRID").find_map(|r| {
        let args = reader.file.args(r);
        let has =
            args.iter().skip(7).take(3).flat_map(|l| l.members().iter()).any(|m| m.as_ref() == Some(axis));
        has.then(|| args.get(5).and_then(Value::as_ref)).flatten()
    })
}
