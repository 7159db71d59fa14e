//! Alignment curves of IFC 4.1 and 4.2, and of drafts of 4.3.

use super::axes::Reader;
use super::blend::Blend;
use super::cant::{Cant, CantPiece, Share};
use super::course::Course;
use super::placement::missing;
use super::plane::{Law, PlanePath, PlaneSegment};
use super::profile::{Profile, ProfilePiece};
use crate::shapes::Reason;
use crate::step::Value;

/// `IfcAlignmentCurve(Horizontal, Vertical, Tag)`; drafts add cant as the fourth.
pub(super) fn course(reader: &Reader<'_>, id: u64, args: &[Value<'_>]) -> Result<Course, Reason> {
    let part =
        |keyword: &str| args.iter().filter_map(Value::as_ref).find(|&p| reader.keyword(p) == Some(keyword));
    let flat =
        part("IFCALIGNMENT2DHORIZONTAL").ok_or_else(|| Reason::new(id, "the alignment has no horizontal"))?;
    let Course::Alignment { horizontal, start, .. } = horizontal(reader, flat)? else {
        return Err(Reason::new(flat, "the horizontal is not one"));
    };
    let profile =
        part("IFCALIGNMENT2DVERTICAL").map(|v| vertical(reader, v)).transpose()?.unwrap_or_default();
    let cant = part("IFCALIGNMENT2DCANT").map(|c| cant(reader, c)).transpose()?.unwrap_or_default();
    Ok(Course::Alignment { horizontal, profile, cant, start })
}

/// `IfcAlignment2DHorizontal(StartDistAlong, Segments)`.
pub(super) fn horizontal(reader: &Reader<'_>, id: u64) -> Result<Course, Reason> {
    let (_, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let mut pieces = Vec::new();
    for segment in args.get(1).map(Value::members).unwrap_or_default().iter().filter_map(Value::as_ref) {
        let (_, s) = reader.get(segment).ok_or_else(|| missing(segment))?;
        let curve = s.get(3).and_then(Value::as_ref);
        pieces.push(flat_segment(
            reader,
            curve.ok_or_else(|| Reason::new(segment, "the segment has no curve"))?,
        )?);
    }
    let start = reader.length(args.first()).unwrap_or(0.0);
    let (profile, cant) = (Profile::default(), Cant::default());
    Ok(Course::Alignment { horizontal: PlanePath::new(pieces), profile, cant, start })
}

fn flat_segment(reader: &Reader<'_>, id: u64) -> Result<PlaneSegment, Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let number = |at: usize| args.get(at).and_then(Value::as_f64);
    let start =
        reader.point_at(&args, 0).ok_or_else(|| Reason::new(id, "the segment has no start"))?.truncate();
    let heading = number(1).unwrap_or(0.0) * reader.angle_rad;
    let length = reader.length(args.get(2)).filter(|l| *l >= 0.0);
    let length = length.ok_or_else(|| Reason::new(id, "the segment has no length"))?;
    let left = |at: usize| !matches!(args.get(at), Some(Value::Enum("F" | "FALSE")));
    // No radius, or 0, is a straight line.
    let bend = |radius: usize, side: usize| match reader.length(args.get(radius)) {
        Some(r) if r != 0.0 => (1.0 / r.abs()) * if left(side) { 1.0 } else { -1.0 },
        _ => 0.0,
    };
    Ok(match keyword {
        "IFCLINESEGMENT2D" => PlaneSegment::line(start, heading, length),
        "IFCCIRCULARARCSEGMENT2D" => PlaneSegment::along(start, heading, length, Law::constant(bend(3, 4))),
        "IFCTRANSITIONCURVESEGMENT2D" => {
            let (from, to) = (bend(3, 5), bend(4, 6));
            let Some(Value::Enum(kind)) = args.get(7) else {
                return Err(Reason::new(id, "the transition has no kind"));
            };
            if *kind == "CUBICPARABOLA" {
                return Ok(PlaneSegment::cubic(start, heading, length, (from, to)));
            }
            PlaneSegment::transition(start, heading, length, (from, to), transition(id, kind)?)
        }
        other => return Err(Reason::new(id, format!("{other} is no segment of a horizontal"))),
    })
}

/// How a transition of a name changes what it leads from one value to another. A cubic parabola does in proportion.
fn transition(id: u64, kind: &str) -> Result<Blend, Reason> {
    Ok(match kind {
        "CLOTHOIDCURVE" | "CUBICPARABOLA" => Blend::Linear,
        "BLOSSCURVE" => Blend::Bloss,
        "COSINECURVE" => Blend::Cosine,
        "SINECURVE" => Blend::Sine,
        "BIQUADRATICPARABOLA" => Blend::Helmert,
        other => return Err(Reason::new(id, format!("a transition {other} is not known"))),
    })
}

/// `IfcAlignment2DVertical(Segments)`.
fn vertical(reader: &Reader<'_>, id: u64) -> Result<Profile, Reason> {
    let (_, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let mut pieces = Vec::new();
    for s in args.first().map(Value::members).unwrap_or_default().iter().filter_map(Value::as_ref) {
        let (keyword, a) = reader.get(s).ok_or_else(|| missing(s))?;
        let length = |at: usize| reader.length(a.get(at));
        let need = |v: Option<f64>| v.ok_or_else(|| Reason::new(s, "a number of the profile is missing"));
        let from = need(length(3))?;
        let span = (from, from + need(length(4))?);
        let (z, gradient) = (need(length(5))?, need(a.get(6).and_then(Value::as_f64))?);
        // A crest is convex: its slope falls.
        let side = if matches!(a.get(8), Some(Value::Enum("T" | "TRUE"))) { -1.0 } else { 1.0 };
        let radius = || {
            need(length(7))
                .map(f64::abs)
                .and_then(|r| if r > 0.0 { Ok(r) } else { Err(Reason::new(s, "the radius is 0")) })
        };
        pieces.push(match keyword {
            "IFCALIGNMENT2DVERSEGLINE" => ProfilePiece::line(span, z, gradient),
            "IFCALIGNMENT2DVERSEGPARABOLICARC" => ProfilePiece::parabola(span, z, gradient, side / radius()?),
            "IFCALIGNMENT2DVERSEGCIRCULARARC" => ProfilePiece::arc(span, z, gradient, side / radius()?),
            other => return Err(Reason::new(s, format!("{other} is no segment of a profile"))),
        });
    }
    Ok(Profile::new(pieces))
}

/// A curve with the cant that an item says beside it (`IfcInclinedReferenceSweptAreaSolid`), in the place of its own.
///
/// # Errors
/// [`Reason`] naming the record at fault: the curve has no horizontal along which cant is given, or the cant cannot be
/// read.
pub(crate) fn inclined(reader: &Reader<'_>, course: &Course, inclination: u64) -> Result<Course, Reason> {
    let Course::Alignment { horizontal, profile, start, .. } = course else {
        return Err(Reason::new(inclination, "cant is given along a curve that has no horizontal"));
    };
    match reader.get(inclination) {
        Some(("IFCALIGNMENT2DCANT", _)) => {}
        Some((other, _)) => {
            return Err(Reason::new(inclination, format!("{other} as an inclination is not known")));
        }
        None => return Err(missing(inclination)),
    }
    let (horizontal, profile) = (horizontal.clone(), profile.clone());
    Ok(Course::Alignment { horizontal, profile, cant: cant(reader, inclination)?, start: *start })
}

/// `IfcAlignment2DCant(Segments, RailHeadDistance)` of a draft.
fn cant(reader: &Reader<'_>, id: u64) -> Result<Cant, Reason> {
    let (_, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let gauge = reader.length(args.get(1)).filter(|g| *g > 0.0);
    let gauge = gauge.ok_or_else(|| Reason::new(id, "the distance of the rail heads is missing"))?;
    let mut pieces = Vec::new();
    for s in args.first().map(Value::members).unwrap_or_default().iter().filter_map(Value::as_ref) {
        let (keyword, a) = reader.get(s).ok_or_else(|| missing(s))?;
        let blend = match keyword {
            "IFCALIGNMENT2DCANTSEGLINE" => Blend::Linear,
            // Radii stand before the kind; the cant itself is given at both ends.
            "IFCALIGNMENT2DCANTSEGTRANSITION" => match a.get(13) {
                Some(Value::Enum(kind)) => transition(s, kind)?,
                _ => return Err(Reason::new(s, "the transition has no kind")),
            },
            other => return Err(Reason::new(s, format!("{other} as a change of cant is not known"))),
        };
        let length = |at: usize| reader.length(a.get(at)).unwrap_or(0.0);
        let span = (length(3), length(3) + length(4));
        let (left, right) = ((length(5), length(6)), (length(7), length(8)));
        pieces.push(CantPiece::of_rails(span, left, right, gauge, Share::Blend(blend)));
    }
    Ok(Cant::new(Some(gauge), pieces))
}
