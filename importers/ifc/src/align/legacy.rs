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
            let blend = match *kind {
                "CLOTHOIDCURVE" => Blend::Linear,
                "BLOSSCURVE" => Blend::Bloss,
                "COSINECURVE" => Blend::Cosine,
                "SINECURVE" => Blend::Sine,
                "BIQUADRATICPARABOLA" => Blend::Helmert,
                "CUBICPARABOLA" => return Ok(PlaneSegment::cubic(start, heading, length, (from, to))),
                other => return Err(Reason::new(id, format!("a transition {other} is not known"))),
            };
            PlaneSegment::transition(start, heading, length, (from, to), blend)
        }
        other => return Err(Reason::new(id, format!("{other} is no segment of a horizontal"))),
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
            other => return Err(Reason::new(s, format!("{other} as a change of cant is not known"))),
        };
        let length = |at: usize| reader.length(a.get(at)).unwrap_or(0.0);
        let span = (length(3), length(3) + length(4));
        let (left, right) = ((length(5), length(6)), (length(7), length(8)));
        pieces.push(CantPiece::of_rails(span, left, right, gauge, Share::Blend(blend)));
    }
    Ok(Cant::new(Some(gauge), pieces))
}
