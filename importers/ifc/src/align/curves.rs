//! Reads curves: composites, gradient curves, curves with cant, polylines, older forms.

use glam::{DVec2, DVec3};

use super::axes::Reader;
use super::cant::{Cant, CantPiece, Share};
use super::course::{Course, SpacePath};
use super::legacy;
use super::offset;
use super::placement::missing;
use super::plane::{Bend, Law, PlanePath, PlaneSegment};
use super::profile::{Profile, ProfilePiece};
use super::segment::{CurveSegment, curve_segment};
use crate::shapes::Reason;
use crate::step::Value;

/// Deepest nesting of curves in curves. Chosen: segmented, gradient, composite, trimmed, base and some more.
const MAX_DEPTH: usize = 16;
/// Steepest that a profile may be, radians. Chosen: a curve over the distance is never upright, and arcs end before.
const STEEPEST_RAD: f64 = 1.570;
/// Points of a chord of a curve that is known by points only, per full turn. Chosen: 0.2 mm on 10 m radius.
const POINTS_PER_TURN: f64 = 720.0;

/// Reads any curve that something can be placed on or swept along.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn course(reader: &Reader<'_>, id: u64) -> Result<Course, Reason> {
    course_within(reader, id, 0)
}

pub(super) fn course_within(reader: &Reader<'_>, id: u64, depth: usize) -> Result<Course, Reason> {
    if depth > MAX_DEPTH {
        return Err(Reason::new(id, "curves nest too deeply"));
    }
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let found = match keyword {
        "IFCGRADIENTCURVE" => gradient(reader, id, &args, depth)?,
        "IFCSEGMENTEDREFERENCECURVE" => segmented(reader, id, &args, depth)?,
        "IFCALIGNMENTCURVE" | "IFCALIGNMENTCURVEWITHINCLINATION" => legacy::course(reader, id, &args)?,
        "IFCALIGNMENT2DHORIZONTAL" => legacy::horizontal(reader, id)?,
        "IFCOFFSETCURVEBYDISTANCES" => offset::course(reader, id, &args, depth)?,
        _ => plain(reader, id, depth)?,
    };
    let (from, to) = found.range();
    if to > from { Ok(found) } else { Err(Reason::new(id, "the curve has no length")) }
}

/// A curve without heights of its own, or points in space.
fn plain(reader: &Reader<'_>, id: u64, depth: usize) -> Result<Course, Reason> {
    let mut pieces = Vec::new();
    pieces_of(reader, id, depth, &mut pieces)?;
    let z = pieces.first().map_or(0.0, Piece::z);
    if pieces.iter().all(|p| p.is_level() && (p.z() - z).abs() < 1e-9) {
        let horizontal = PlanePath::new(pieces.iter().filter_map(Piece::in_plane));
        // At height 0 it is a horizontal that says no heights.
        let level = (z != 0.0).then(|| ProfilePiece::line((0.0, horizontal.length()), z, 0.0));
        let profile = Profile::new(level.into_iter().collect());
        return Ok(Course::Alignment { horizontal, profile, cant: Cant::default(), start: 0.0 });
    }
    Ok(Course::Points(SpacePath::new(pieces.iter().flat_map(Piece::points))))
}

fn gradient(reader: &Reader<'_>, id: u64, args: &[Value<'_>], depth: usize) -> Result<Course, Reason> {
    let base = reference(args, 2).ok_or_else(|| Reason::new(id, "the gradient curve has no base curve"))?;
    let Course::Alignment { horizontal, start, .. } = course_within(reader, base, depth + 1)? else {
        return Err(Reason::new(base, "the base curve of a gradient curve is not flat"));
    };
    let segments = segments(reader, args)?;
    let end = reference(args, 3).and_then(|e| reader.axes(e)).map(|e| e.translation.x);
    let mut pieces = Vec::new();
    for (i, s) in segments.iter().enumerate() {
        let from = s.origin.x;
        let own = || s.curve.at(s.curve.length).at.x;
        // Where the next one starts or the end point lies; both may be left at 0 by files that end with an empty one.
        let next = segments.get(i + 1).map(|n| n.origin.x).filter(|n| *n > from);
        let to = next.or(end.filter(|e| *e > from)).unwrap_or_else(own);
        // What stays within 60° of level is at most twice as long as its span; what is longer is not looked at.
        let used = s.curve.length.min(2.0 * (to - from).max(0.0));
        if !s.curve.is_flatter(STEEPEST_RAD, used) {
            return Err(Reason::new(id, "a segment of the profile runs backward"));
        }
        pieces.push(ProfilePiece { span: (from, to), curve: s.curve });
    }
    Ok(Course::Alignment { horizontal, profile: Profile::new(pieces), cant: Cant::default(), start })
}

fn segmented(reader: &Reader<'_>, id: u64, args: &[Value<'_>], depth: usize) -> Result<Course, Reason> {
    let base = reference(args, 2).ok_or_else(|| Reason::new(id, "the curve with cant has no base curve"))?;
    let Course::Alignment { horizontal, profile, start, .. } = course_within(reader, base, depth + 1)? else {
        return Err(Reason::new(base, "the base curve of cant is not an alignment"));
    };
    let segments = segments(reader, args)?;
    let end = reference(args, 3).and_then(|e| reader.axes(e)).map(|e| (e.translation, e.matrix3.z_axis));
    // The tangent of the cross slope: how far Z leans to the left. No track leans by more than 45°: an axis that does is
    // that across the track, to the left, as a draft was read.
    let slope = |axis: DVec3| {
        let (to_left, up) = if axis.y.abs() > axis.z.abs() { (-axis.z, axis.y) } else { (axis.y, axis.z) };
        if up.abs() > 1e-9 { to_left / up } else { 0.0 }
    };
    let mut pieces = Vec::new();
    for (i, s) in segments.iter().enumerate() {
        let ahead = |n: &(DVec3, DVec3)| n.0.x > s.origin.x;
        let next = segments.get(i + 1).map(|n| (n.origin, n.axis)).filter(ahead).or(end.filter(ahead));
        let (to, axis) = next.unwrap_or((s.origin + DVec3::X * s.curve.length, s.axis));
        let share = match s.curve.bend {
            Bend::Law { law, from, reversed } => Share::Law { law, from, reversed },
            Bend::Graph { .. } => {
                return Err(Reason::new(id, "a polynomial as a change of cant is not known"));
            }
        };
        pieces.push(CantPiece {
            span: (s.origin.x, to.x),
            mean: (s.origin.y, to.y),
            slope: (slope(s.axis), slope(axis)),
            share,
        });
    }
    Ok(Course::Alignment { horizontal, profile, cant: Cant::new(None, pieces), start })
}

fn segments(reader: &Reader<'_>, args: &[Value<'_>]) -> Result<Vec<CurveSegment>, Reason> {
    with_next(args).map(|(s, next)| curve_segment(reader, s, next)).collect()
}

/// The segments that a curve lists first, each with the one behind it.
fn with_next<'a>(args: &'a [Value<'_>]) -> impl Iterator<Item = (u64, Option<u64>)> + 'a {
    let ids = || args.first().map(Value::members).unwrap_or_default().iter().filter_map(Value::as_ref);
    ids().zip(ids().skip(1).map(Some).chain(std::iter::once(None)))
}

/// The first segment of a curve, or of those that it is based on, whose arc is written in radians although the file has
/// another unit of angles.
pub(crate) fn arc_in_radians(reader: &Reader<'_>, id: u64) -> Option<u64> {
    let mut at = Some(id);
    for _ in 0..MAX_DEPTH {
        let (keyword, args) = reader.get(at?)?;
        let found = with_next(&args)
            .find(|(s, next)| curve_segment(reader, *s, *next).is_ok_and(|s| s.is_in_radians));
        if let Some((segment, _)) = found {
            return Some(segment);
        }
        let is_based = matches!(keyword, "IFCGRADIENTCURVE" | "IFCSEGMENTEDREFERENCECURVE");
        at = reference(&args, 2).filter(|_| is_based);
    }
    None
}

fn reference(args: &[Value<'_>], at: usize) -> Option<u64> {
    args.get(at).and_then(Value::as_ref)
}

/// A piece of an ordinary curve.
enum Piece {
    /// In a level plane at a height.
    Level(PlaneSegment, f64),
    /// A straight line in space.
    Line(DVec3, DVec3),
}

impl Piece {
    fn line(a: DVec3, b: DVec3) -> Self {
        if (a.z - b.z).abs() < f64::EPSILON {
            let way = (b - a).truncate();
            Self::Level(PlaneSegment::line(a.truncate(), super::segment::heading(way), way.length()), a.z)
        } else {
            Self::Line(a, b)
        }
    }

    /// From one end over a middle to the other.
    fn arc(a: DVec3, m: DVec3, b: DVec3) -> Vec<Self> {
        let (p, q, r) = (a.truncate(), m.truncate(), b.truncate());
        let (u, v) = (q - p, r - p);
        let cross = u.perp_dot(v);
        let level = (a.z - m.z).abs() < f64::EPSILON && (m.z - b.z).abs() < f64::EPSILON;
        if !level || cross.abs() < 1e-12 * u.length() * v.length() {
            return vec![Self::line(a, m), Self::line(m, b)];
        }
        let center = p + DVec2::new(
            v.y * u.length_squared() - u.y * v.length_squared(),
            u.x * v.length_squared() - v.x * u.length_squared(),
        ) / (2.0 * cross);
        let (radius, left) = (center.distance(p), cross > 0.0);
        let sweep = {
            let (from, to) = (p - center, r - center);
            let raw = from.perp_dot(to).atan2(from.dot(to));
            let full = std::f64::consts::TAU;
            if left { raw.rem_euclid(full) } else { raw.rem_euclid(full) - full }
        };
        vec![Self::circle(center, radius, (p - center).to_angle(), sweep, a.z)]
    }

    fn circle(center: DVec2, radius: f64, from: f64, sweep: f64, z: f64) -> Self {
        let side = sweep.signum();
        let start = center + DVec2::from_angle(from) * radius;
        let heading = from + side * std::f64::consts::FRAC_PI_2;
        Self::Level(
            PlaneSegment::along(start, heading, radius * sweep.abs(), Law::constant(side / radius)),
            z,
        )
    }

    fn is_level(&self) -> bool {
        matches!(self, Self::Level(..))
    }

    fn z(&self) -> f64 {
        match self {
            Self::Level(_, z) => *z,
            Self::Line(a, _) => a.z,
        }
    }

    fn in_plane(&self) -> Option<PlaneSegment> {
        if let Self::Level(s, _) = self { Some(*s) } else { None }
    }

    fn points(&self) -> Vec<DVec3> {
        match self {
            Self::Line(a, b) => vec![*a, *b],
            Self::Level(s, z) => {
                let turn = (s.at(s.length).heading - s.heading).abs();
                let n = (turn / std::f64::consts::TAU * POINTS_PER_TURN).ceil().clamp(1.0, POINTS_PER_TURN);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                let n = n as u32;
                (0..=n).map(|i| s.at(s.length * f64::from(i) / f64::from(n)).at.extend(*z)).collect()
            }
        }
    }

    fn reversed(self) -> Option<Self> {
        match self {
            Self::Line(a, b) => Some(Self::Line(b, a)),
            Self::Level(s, z) => s.reversed().map(|s| Self::Level(s, z)),
        }
    }
}

fn pieces_of(reader: &Reader<'_>, id: u64, depth: usize, out: &mut Vec<Piece>) -> Result<(), Reason> {
    if depth > MAX_DEPTH {
        return Err(Reason::new(id, "curves nest too deeply"));
    }
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    match keyword {
        "IFCCOMPOSITECURVE" | "IFC2DCOMPOSITECURVE" | "IFCBOUNDARYCURVE" | "IFCOUTERBOUNDARYCURVE" => {
            for segment in with_next(&args) {
                composite_piece(reader, segment, depth, out)?;
            }
        }
        "IFCPOLYLINE" => {
            let points: Vec<DVec3> =
                args.first().map(|p| p.refs().filter_map(|p| reader.point(p)).collect()).unwrap_or_default();
            out.extend(
                points
                    .windows(2)
                    .filter_map(|w| if let [a, b] = w { Some(Piece::line(*a, *b)) } else { None }),
            );
        }
        "IFCINDEXEDPOLYCURVE" => indexed(reader, id, &args, out)?,
        "IFCTRIMMEDCURVE" => trimmed(reader, id, &args, out)?,
        "IFCCIRCLE" => {
            let (center, radius) = circle(reader, id, &args)?;
            let x = center.matrix3.x_axis;
            let full = std::f64::consts::TAU;
            out.push(Piece::circle(
                center.translation.truncate(),
                radius,
                x.y.atan2(x.x),
                full,
                center.translation.z,
            ));
        }
        other => return Err(Reason::new(id, format!("{other} as a curve to place on is not known"))),
    }
    Ok(())
}

fn composite_piece(
    reader: &Reader<'_>,
    (id, next): (u64, Option<u64>),
    depth: usize,
    out: &mut Vec<Piece>,
) -> Result<(), Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    match keyword {
        "IFCCURVESEGMENT" => {
            let s = curve_segment(reader, id, next)?;
            out.push(Piece::Level(s.curve, s.origin.z));
        }
        "IFCCOMPOSITECURVESEGMENT" | "IFCREPARAMETRISEDCOMPOSITECURVESEGMENT" => {
            let parent = reference(&args, 2).ok_or_else(|| Reason::new(id, "the segment has no curve"))?;
            let mut own = Vec::new();
            pieces_of(reader, parent, depth + 1, &mut own)?;
            if matches!(args.get(1), Some(Value::Enum("F"))) {
                for piece in own.into_iter().rev() {
                    let turned = piece.reversed();
                    out.push(
                        turned.ok_or_else(|| Reason::new(id, "a polynomial cannot be followed backward"))?,
                    );
                }
            } else {
                out.extend(own);
            }
        }
        other => return Err(Reason::new(id, format!("{other} is no segment of a curve"))),
    }
    Ok(())
}

fn indexed(reader: &Reader<'_>, id: u64, args: &[Value<'_>], out: &mut Vec<Piece>) -> Result<(), Reason> {
    let list = reference(args, 0).and_then(|p| reader.get(p)).map(|p| p.1).unwrap_or_default();
    let points: Vec<DVec3> = list
        .first()
        .map(Value::members)
        .unwrap_or_default()
        .iter()
        .map(|p| reader.coordinates(Some(p)))
        .collect();
    let at = |v: &Value<'_>| -> Option<DVec3> {
        let Value::Int(i) = v else { return None };
        points.get(usize::try_from(*i).ok()?.checked_sub(1)?).copied()
    };
    let pieces = args.get(1).map(Value::members).unwrap_or_default();
    if pieces.is_empty() {
        out.extend(
            points.windows(2).filter_map(|w| if let [a, b] = w { Some(Piece::line(*a, *b)) } else { None }),
        );
        return Ok(());
    }
    for piece in pieces {
        let corners: Option<Vec<DVec3>> = piece.members().iter().map(at).collect();
        let corners = corners.ok_or_else(|| Reason::new(id, "an index of the curve points nowhere"))?;
        match (piece, corners.as_slice()) {
            (Value::Typed(kind, _), [a, m, b]) if kind.eq_ignore_ascii_case("IFCARCINDEX") => {
                out.extend(Piece::arc(*a, *m, *b));
            }
            (_, corners) => out.extend(
                corners
                    .windows(2)
                    .filter_map(|w| if let [a, b] = w { Some(Piece::line(*a, *b)) } else { None }),
            ),
        }
    }
    Ok(())
}

fn circle(reader: &Reader<'_>, id: u64, args: &[Value<'_>]) -> Result<(glam::DAffine3, f64), Reason> {
    let place = reference(args, 0).and_then(|p| reader.axes(p)).unwrap_or(glam::DAffine3::IDENTITY);
    let radius = reader.length(args.get(1)).filter(|r| *r > 0.0);
    let radius = radius.ok_or_else(|| Reason::new(id, "the radius of the circle is not positive"))?;
    if place.matrix3.z_axis.z < 1.0 - 1e-9 {
        return Err(Reason::new(id, "a circle that is not level cannot be placed on"));
    }
    Ok((place, radius))
}

fn trimmed(reader: &Reader<'_>, id: u64, args: &[Value<'_>], out: &mut Vec<Piece>) -> Result<(), Reason> {
    let basis = reference(args, 0).ok_or_else(|| Reason::new(id, "the trimmed curve has no basis"))?;
    let (keyword, basis_args) = reader.get(basis).ok_or_else(|| missing(basis))?;
    let agrees = !matches!(args.get(3), Some(Value::Enum("F")));
    let by_parameter = matches!(args.get(4), Some(Value::Enum("PARAMETER")));
    let trim = |at: usize| -> (Option<DVec3>, Option<f64>) {
        let members = args.get(at).map(Value::members).unwrap_or_default();
        (
            members.iter().filter_map(Value::as_ref).find_map(|p| reader.point(p)),
            members.iter().find_map(Value::as_f64),
        )
    };
    let no_ends = || Reason::new(id, "the trimmed curve has no ends");
    match keyword {
        "IFCLINE" => {
            let origin = reader.point_at(&basis_args, 0).unwrap_or_default();
            let (_, v) =
                reference(&basis_args, 1).and_then(|v| reader.get(v)).ok_or_else(|| missing(basis))?;
            let way = reader.direction_at(&v, 0).unwrap_or(DVec3::X);
            let magnitude = v.get(1).and_then(Value::as_f64).unwrap_or(1.0) * reader.length_m;
            let end = |at: usize| match trim(at) {
                (Some(p), t) if !by_parameter || t.is_none() => Some(p),
                (_, t) => t.map(|t| origin + way * (t * magnitude)),
            };
            let (a, b) = (end(1).ok_or_else(no_ends)?, end(2).ok_or_else(no_ends)?);
            out.push(Piece::line(a, b));
        }
        "IFCCIRCLE" => {
            let (place, radius) = circle(reader, basis, &basis_args)?;
            let to_local = place.inverse();
            let angle = |at: usize| match trim(at) {
                (Some(p), t) if !by_parameter || t.is_none() => {
                    let local = to_local.transform_point3(p);
                    Some(local.y.atan2(local.x))
                }
                (_, t) => t.map(|t| t * reader.angle_rad),
            };
            let (a, b) = (angle(1).ok_or_else(no_ends)?, angle(2).ok_or_else(no_ends)?);
            let full = std::f64::consts::TAU;
            let ahead = if agrees { (b - a).rem_euclid(full) } else { -(a - b).rem_euclid(full) };
            let sweep =
                if ahead.abs() < 1e-12 { full.copysign(if agrees { 1.0 } else { -1.0 }) } else { ahead };
            let x = place.matrix3.x_axis;
            let from = x.y.atan2(x.x) + a;
            out.push(Piece::circle(place.translation.truncate(), radius, from, sweep, place.translation.z));
        }
        other => return Err(Reason::new(id, format!("{other} as a trimmed curve to place on is not known"))),
    }
    Ok(())
}
