//! Profiles: areas in a plane, bounded by outlines.

use glam::{DAffine3, DVec2, DVec3};

use super::Fail;
use super::context::{Context, Record};
use super::curve::{Path, SAME_POINT_M, parallel, path};
use super::fill::twice_area;
use super::outline::outlines;
use crate::shapes::{Reason, charge};

/// Smallest area that counts as one, m². Chosen: a wire of a tenth of a millimeter has a hundred times as much.
const MIN_AREA_M2: f64 = 1e-10;

/// Steps that a profile takes, whatever it is. Measured: its record is read.
const STEPS_PER_PROFILE: usize = 32;

/// An area without gaps: its outer bound counterclockwise, then its holes, clockwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Region {
    /// Meters. Never empty; the first is the outer bound.
    pub(crate) rings: Vec<Vec<DVec2>>,
}

impl Region {
    /// Outlines in any order of their corners, the outer one first.
    pub(crate) fn new(id: u64, rings: Vec<Vec<DVec2>>) -> Result<Self, Fail> {
        let mut out: Vec<Vec<DVec2>> = Vec::with_capacity(rings.len());
        for (n, ring) in rings.into_iter().enumerate() {
            let mut ring = tidy(ring);
            let area = twice_area(&ring);
            if ring.len() < 3 || area.abs() < 2.0 * MIN_AREA_M2 || !area.is_finite() {
                if n == 0 {
                    return Err(Fail::Empty(Reason::new(id, "the profile has no area")));
                }
                continue;
            }
            if (area > 0.0) != (n == 0) {
                ring.reverse();
            }
            out.push(ring);
        }
        Ok(Self { rings: out })
    }
}

/// A profile: one area or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    /// The areas.
    pub(crate) regions: Vec<Region>,
    /// Some of the outlines stand for arcs or splines.
    pub(crate) curved: bool,
}

/// Without points that repeat the one before.
fn tidy(mut ring: Vec<DVec2>) -> Vec<DVec2> {
    let same = |a: DVec2, b: DVec2| a.distance_squared(b) <= SAME_POINT_M * SAME_POINT_M;
    ring.dedup_by(|b, a| same(*a, *b));
    while ring.len() > 1
        && let (Some(a), Some(b)) = (ring.first(), ring.last())
        && same(*a, *b)
    {
        ring.pop();
    }
    ring
}

/// The areas of an `IfcProfileDef`.
pub(crate) fn profile(cx: Context<'_>, id: u64) -> Result<Profile, Fail> {
    let cx = cx.deeper(id)?;
    charge(STEPS_PER_PROFILE);
    let r = cx.record(id)?;
    match r.keyword {
        "IFCARBITRARYCLOSEDPROFILEDEF" => bounded(cx, &r, &[]),
        "IFCARBITRARYPROFILEDEFWITHVOIDS" => bounded(cx, &r, &r.references(3)),
        "IFCCENTERLINEPROFILEDEF" => center_line(cx, &r),
        "IFCCOMPOSITEPROFILEDEF" => {
            let mut out = Profile::default();
            for part in r.references(2) {
                let part = profile(cx, part)?;
                out.curved |= part.curved;
                out.regions.extend(part.regions);
            }
            if out.regions.is_empty() { Err(r.bad("the profile has no parts")) } else { Ok(out) }
        }
        "IFCDERIVEDPROFILEDEF" | "IFCMIRROREDPROFILEDEF" => {
            let parent = profile(cx, r.reference(2)?)?;
            let axes = if r.keyword == "IFCMIRROREDPROFILEDEF" {
                DAffine3::from_scale(DVec3::new(-1.0, 1.0, 1.0))
            } else {
                operator(cx, r.reference(3)?)?
            };
            moved(id, parent, axes)
        }
        _ => {
            let Some(rings) = outlines(&r)? else { return Err(Fail::Unknown) };
            let sides: usize = rings.iter().map(Vec::len).sum();
            let region = Region::new(id, rings)?;
            // More sides than a sharp I has: arcs.
            let curved = sides > 12;
            moved(id, Profile { regions: vec![region], curved }, r.axes(2))
        }
    }
}

fn moved(id: u64, profile: Profile, axes: DAffine3) -> Result<Profile, Fail> {
    let place = |p: DVec2| axes.transform_point3(p.extend(0.0)).truncate();
    let regions = profile
        .regions
        .into_iter()
        .map(|r| {
            Region::new(id, r.rings.into_iter().map(|ring| ring.into_iter().map(place).collect()).collect())
        })
        .collect::<Result<_, _>>()?;
    Ok(Profile { regions, ..profile })
}

fn flat(p: &Path) -> Vec<DVec2> {
    p.points.iter().map(|p| p.truncate()).collect()
}

/// Outer curve and voids. A void that encloses another, or repeats it, would leave nothing to tell them apart, and
/// stays with whoever can.
fn bounded(cx: Context<'_>, r: &Record<'_>, voids: &[u64]) -> Result<Profile, Fail> {
    let outer = path(cx, r.reference(2)?)?;
    let mut curved = outer.curved;
    let mut rings = vec![flat(&outer)];
    for v in voids {
        let hole = path(cx, *v)?;
        curved |= hole.curved;
        rings.push(flat(&hole));
    }
    Ok(Profile { regions: vec![Region::new(r.id, rings)?], curved })
}

/// `IfcCenterLineProfileDef`: a band of even thickness along a line.
fn center_line(cx: Context<'_>, r: &Record<'_>) -> Result<Profile, Fail> {
    let line = path(cx, r.reference(2)?)?;
    let half = r.size(3)? / 2.0;
    let side = |d: f64| {
        let points = parallel(&line, d, DVec3::Z).ok_or_else(|| r.bad("the line turns back on itself"))?;
        Ok(points.iter().map(|p| p.truncate()).collect::<Vec<DVec2>>())
    };
    let (left, mut right) = (side(half)?, side(-half)?);
    let rings = if line.closed {
        if twice_area(&left).abs() > twice_area(&right).abs() { vec![left, right] } else { vec![right, left] }
    } else {
        right.extend(left.into_iter().rev());
        vec![right]
    };
    Ok(Profile { regions: vec![Region::new(r.id, rings)?], curved: line.curved })
}

/// `IfcCartesianTransformationOperator2D`, uniform or not.
fn operator(cx: Context<'_>, id: u64) -> Result<DAffine3, Fail> {
    let r = cx.record(id)?;
    if !r.keyword.starts_with("IFCCARTESIANTRANSFORMATIONOPERATOR2D") {
        return Err(r.bad("this is not a transformation in a plane"));
    }
    let plane = |at: usize| r.direction(at).map(DVec3::truncate).and_then(DVec2::try_normalize);
    let (x, y) = match (plane(0), plane(1)) {
        (Some(x), Some(y)) => (x, if x.perp_dot(y) < 0.0 { -x.perp() } else { x.perp() }),
        (Some(x), None) => (x, x.perp()),
        (None, Some(y)) => (-y.perp(), y),
        (None, None) => (DVec2::X, DVec2::Y),
    };
    let scale = r.optional_number(3).unwrap_or(1.0);
    let scale_y = r.optional_number(4).filter(|_| r.keyword.ends_with("NONUNIFORM")).unwrap_or(scale);
    if scale == 0.0 || scale_y == 0.0 {
        return Err(r.bad("a transformation scales by zero"));
    }
    let matrix = glam::DMat3::from_cols((x * scale).extend(0.0), (y * scale_y).extend(0.0), DVec3::Z);
    Ok(DAffine3::from_mat3_translation(matrix, r.point(2)?))
}
