//! Areas swept around an axis or along a curve: revolutions, disks, sweeps with a fixed reference or on a surface.

use std::f64::consts::TAU;

use glam::{DAffine3, DMat3, DQuat, DVec2, DVec3};

use super::Fail;
use super::context::{Context, Record};
use super::curve::{Path, part, path};
use super::extrude::{joined, loft};
use super::fill::fill;
use super::mesh::{Mesh, WELD_M};
use super::profile::{Profile, Region, profile};
use super::surface::surfaces;
use super::tolerance::{arc_segments, double_arc_segments};
use crate::shapes::charge_triangles;

/// Sharpest turn of a directrix that is mitered, as the cosine between its sides: 150°. Chosen: beyond, the miter
/// would reach further than four times the profile.
const MIN_MITER_COS: f64 = -0.866;

/// Sharpest corner between two lines that stand for an arc, as the cosine between them: 30°. Chosen: lines for arcs
/// turn by 10°, small ones by a little more.
const MIN_ARC_COS: f64 = 0.866;

/// A closed solid through placements of a region, which follow each other: outlines become sides, and unless the
/// last placement leads back to the first, both ends are closed. Outward.
pub(crate) fn sweep(region: &Region, frames: &[DAffine3], closed: bool) -> Result<Mesh, Fail> {
    let flat: Vec<DVec2> = region.rings.iter().flatten().copied().collect();
    charge_triangles(flat.len().saturating_mul(frames.len()).saturating_mul(2));
    let mut mesh = Mesh::default();
    for frame in frames {
        mesh.points.extend(flat.iter().map(|p| frame.transform_point3(p.extend(0.0))));
    }
    let size = u32::try_from(flat.len()).ok().ok_or(Fail::Unknown)?;
    let stations = u32::try_from(frames.len()).ok().ok_or(Fail::Unknown)?;
    if stations < 2 {
        return Err(Fail::Unknown);
    }
    for s in 0..(if closed { stations } else { stations - 1 }) {
        let (low, high) = (s * size, (s + 1) % stations * size);
        let mut first = 0;
        for ring in &region.rings {
            let n = u32::try_from(ring.len()).ok().ok_or(Fail::Unknown)?;
            for i in 0..n {
                let (a, b) = (first + i, first + (i + 1) % n);
                mesh.triangles.extend([[low + a, low + b, high + b], [low + a, high + b, high + a]]);
            }
            first += n;
        }
    }
    if !closed {
        let cap = fill(&region.rings).ok_or(Fail::Unknown)?;
        let last = (stations - 1) * size;
        mesh.triangles.extend(cap.iter().map(|[a, b, c]| [*a, *c, *b]));
        mesh.triangles.extend(cap.iter().map(|t| t.map(|i| i + last)));
    }
    mesh.curved = true;
    Ok(mesh.welded().outward())
}

/// All areas of a profile, swept alike.
fn sweep_all(area: &Profile, frames: &[DAffine3], closed: bool) -> Result<Mesh, Fail> {
    let parts = area.regions.iter().map(|r| sweep(r, frames, closed)).collect::<Result<Vec<_>, _>>()?;
    joined(parts)
}

/// `IfcRevolvedAreaSolid` and `IfcRevolvedAreaSolidTapered`, whose profile becomes another on its way.
pub(crate) fn revolved(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let area = profile(cx, r.reference(0)?)?;
    let end = match r.optional(4).filter(|_| r.keyword == "IFCREVOLVEDAREASOLIDTAPERED") {
        Some(end) => Some(profile(cx, end)?),
        None => None,
    };
    let axis = r.axes(2);
    let (origin, direction) = (axis.translation, axis.matrix3.z_axis);
    let angle = r.number(3)? * cx.read.angle_rad;
    let closed = angle.abs() >= TAU - 1e-6 && end.is_none();
    let angle = if angle.abs() >= TAU - 1e-6 { TAU.copysign(angle) } else { angle };
    if angle == 0.0 || direction.truncate().length() < 1e-6 {
        return Err(r.bad("the revolution has no angle, or its axis stands on the profile"));
    }
    let radius = area
        .regions
        .iter()
        .chain(end.iter().flat_map(|e| &e.regions))
        .flat_map(|r| r.rings.iter().flatten())
        .map(|p| direction.cross(p.extend(0.0) - origin).length())
        .fold(0.0, f64::max);
    let n = double_arc_segments(radius, angle);
    let about = |t: f64| {
        DAffine3::from_translation(origin)
            * DAffine3::from_quat(DQuat::from_axis_angle(direction, t))
            * DAffine3::from_translation(-origin)
    };
    let count = if closed { n } else { n + 1 };
    let frames: Vec<DAffine3> = (0..count).map(|i| about(angle * (i as f64 / n as f64))).collect();
    let solid = match end {
        None => sweep_all(&area, &frames, closed)?,
        Some(end) => {
            if end.regions.len() != area.regions.len() {
                return Err(Fail::Unknown);
            }
            let pairs = area.regions.iter().zip(&end.regions);
            joined(pairs.map(|(from, to)| tapered(from, to, &frames)).collect::<Result<Vec<_>, _>>()?)?
        }
    };
    Ok(solid.transformed(r.axes(1)))
}

/// The solid through placements between which a region becomes another, whose outlines correspond corner by corner.
fn tapered(from: &Region, to: &Region, frames: &[DAffine3]) -> Result<Mesh, Fail> {
    let last = frames.len().saturating_sub(1).max(1) as f64;
    let between = |share: f64| {
        let ring =
            |(a, b): (&Vec<DVec2>, &Vec<DVec2>)| a.iter().zip(b).map(|(a, b)| a.lerp(*b, share)).collect();
        Region { rings: from.rings.iter().zip(&to.rings).map(ring).collect() }
    };
    let mut mesh = Mesh::default();
    for (n, pair) in frames.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        let (low, high) = (between(n as f64 / last), between((n + 1) as f64 / last));
        let part =
            loft(&low, &high, |p| a.transform_point3(p.extend(0.0)), |p| b.transform_point3(p.extend(0.0)))?;
        let caps = part.triangles.len() - 2 * low.rings.iter().map(Vec::len).sum::<usize>();
        // Of the two ends of each part, only the first and the last of all are seen.
        let (first, last) = (n == 0, n + 2 == frames.len());
        let base = mesh.next();
        let kept = part
            .triangles
            .iter()
            .enumerate()
            .filter(|(i, _)| *i >= caps || if *i < caps / 2 { first } else { last });
        mesh.triangles.extend(kept.map(|(_, t)| t.map(|c| c + base)));
        mesh.points.extend(part.points);
    }
    mesh.curved = true;
    Ok(mesh.welded().outward())
}

/// The directrix between two parameters.
///
/// From 0 to 1 is all of it: that is how exporters write a whole curve of several segments, of which the standard
/// would have the first alone.
fn directrix(cx: Context<'_>, r: &Record<'_>, at: usize, trims: [usize; 2]) -> Result<Path, Fail> {
    let id = r.reference(at)?;
    let value = |t: usize| r.optional_number(t);
    match trims.map(value) {
        [Some(a), Some(b)] if a < b && !(a == 0.0 && (b - 1.0).abs() < 1e-9) => {
            let basis = cx.record(id)?;
            match basis.keyword {
                "IFCPOLYLINE" | "IFCCOMPOSITECURVE" => match part(cx, &basis, a, b)? {
                    p if p.points.len() >= 2 => {
                        let whole = path(cx, id)?;
                        let all = whole.round();
                        let ends = |p: &Path| p.points.first().copied().zip(p.points.last().copied());
                        let is_all = ends(&p) == all.first().copied().zip(all.last().copied());
                        Ok(if is_all { whole } else { tidy(p) })
                    }
                    _ => path(cx, id),
                },
                _ => path(cx, id),
            }
        }
        _ => path(cx, id),
    }
}

fn tidy(mut p: Path) -> Path {
    p.points.dedup_by(|b, a| a.distance(*b) <= WELD_M);
    p
}

/// `IfcSweptDiskSolid` and `IfcSweptDiskSolidPolygonal`.
pub(crate) fn disk(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let mut line = directrix(cx, r, 0, [3, 4])?;
    if r.keyword == "IFCSWEPTDISKSOLIDPOLYGONAL"
        && let Some(fillet) = r.optional_number(5).filter(|f| *f > 0.0)
    {
        line = filleted(&line, fillet * cx.read.length_m);
    }
    let radius = r.size(1)?;
    let inner = r.length_or_zero(2);
    if inner >= radius {
        return Err(r.bad("the inner radius leaves no wall"));
    }
    let n = arc_segments(radius, TAU);
    let ring = |radius: f64| -> Vec<DVec2> {
        (0..n).map(|i| DVec2::from_angle(TAU * (i as f64 / n as f64)) * radius).collect()
    };
    let mut rings = vec![ring(radius)];
    if inner > 0.0 {
        let mut hole = ring(inner);
        hole.reverse();
        rings.push(hole);
    }
    let frames = untwisted(&line).ok_or_else(|| r.bad("the directrix has no length"))?;
    sweep(&Region { rings }, &frames, line.closed)
}

/// `IfcFixedReferenceSweptAreaSolid` and `IfcSurfaceCurveSweptAreaSolid`: X of the profile follows a direction.
pub(crate) fn referenced(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let area = profile(cx, r.reference(0)?)?;
    let line = directrix(cx, r, 2, [3, 4])?;
    let points = line.round();
    let frames = if r.keyword == "IFCFIXEDREFERENCESWEPTAREASOLID" {
        let reference = r.direction(5).ok_or_else(|| r.bad("the reference has no direction"))?;
        mitered(&line, |along, _| across(reference, along))
    } else {
        let surfaces = surfaces(cx, r.reference(5)?)?;
        let surface = surfaces.first().ok_or(Fail::Unknown)?;
        mitered(&line, |along, side| {
            let middle = points.get(side)?.midpoint(*points.get(side + 1)?);
            across(surface.normal(middle)?, along)
        })
    };
    let frames = frames.ok_or_else(|| r.bad("the directrix has no length, or runs along its reference"))?;
    Ok(sweep_all(&area, &frames, line.closed)?.transformed(r.axes(1)))
}

/// The part of a direction that stands on another.
fn across(direction: DVec3, along: DVec3) -> Option<DVec3> {
    (direction - along * along.dot(direction)).try_normalize()
}

/// Frames that turn about the curve as little as they can.
fn untwisted(line: &Path) -> Option<Vec<DAffine3>> {
    let points = line.round();
    let first = (*points.get(1)? - *points.first()?).try_normalize()?;
    let mut x = first.any_orthonormal_vector();
    let start = x;
    let mut previous = first;
    let frames = mitered(line, |along, _| {
        // Carried over the corner by the rotation that turns one side into the next.
        x = DQuat::from_rotation_arc(previous, along) * x;
        x = (x - along * along.dot(x)).try_normalize()?;
        previous = along;
        Some(x)
    })?;
    if !line.closed {
        return Some(frames);
    }
    // What the frame has turned by once it is back is taken out evenly.
    let back = DQuat::from_rotation_arc(previous, first) * x;
    let twist = first.dot(start.cross(back)).atan2(start.dot(back));
    let n = frames.len() as f64;
    Some(
        frames
            .into_iter()
            .enumerate()
            .map(|(i, f)| f * DAffine3::from_rotation_z(-twist * (i as f64 / n)))
            .collect(),
    )
}

/// Frames at the points of a curve: Z along it, X as given for each of its sides; at corners in the plane that
/// halves them, so that the profile keeps its size on both sides.
fn mitered(line: &Path, mut x_of: impl FnMut(DVec3, usize) -> Option<DVec3>) -> Option<Vec<DAffine3>> {
    let points = line.round();
    let sides: Vec<DVec3> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|(a, b)| (*b - *a).try_normalize())
        .collect::<Option<_>>()?;
    let (first, last) = (*sides.first()?, *sides.last()?);
    let xs: Vec<DVec3> = sides.iter().enumerate().map(|(n, s)| x_of(*s, n)).collect::<Option<_>>()?;
    let mut out = Vec::with_capacity(line.points.len());
    for (n, p) in line.points.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|i| sides.get(i)).copied().unwrap_or(if line.closed {
            last
        } else {
            first
        });
        let after = sides.get(n).copied().unwrap_or(last);
        // The frame of the side that leaves, or of the last side at the end.
        let own = n.min(sides.len() - 1);
        let (along, x) = (*sides.get(own)?, *xs.get(own)?);
        let y = along.cross(x);
        let end = if line.closed {
            None
        } else if n == 0 {
            arc_tangent(line, &points, [0, 1, 2])
        } else if n == sides.len() {
            arc_tangent(line, &points, [n, n - 1, n.saturating_sub(2)]).map(|t| -t)
        } else {
            None
        };
        let halving = match end {
            Some(tangent) => tangent,
            None if before.dot(after) > MIN_MITER_COS => (before + after).try_normalize()?,
            None => along,
        };
        let onto = |v: DVec3| v - along * (v.dot(halving) / along.dot(halving));
        out.push(DAffine3 { matrix3: DMat3::from_cols(onto(x), onto(y), along), translation: *p });
    }
    Some(out)
}

/// The direction in which an arc leaves the first of three of its points, if they are of an arc: its lines are equally
/// long. The face that closes a sweep there stands on the arc, not on the line that stands for it.
fn arc_tangent(line: &Path, points: &[DVec3], at: [usize; 3]) -> Option<DVec3> {
    let [a, b, c] = at.map(|i| points.get(i).copied());
    let (first, second) = (b? - a?, c? - b?);
    let equal = (first.length() - second.length()).abs() <= 1e-6 * first.length();
    let (first, second) = (first.try_normalize()?, second.try_normalize()?);
    if !line.curved || at[1] == at[2] || !equal || first.dot(second) < MIN_ARC_COS {
        return None;
    }
    // In the corner the arc runs along the middle of both lines; at their other end it is the mirror image.
    let middle = (first + second).try_normalize()?;
    Some(first * (2.0 * middle.dot(first)) - middle)
}

/// The line with its corners rounded; a radius that does not fit is made smaller.
fn filleted(line: &Path, radius: f64) -> Path {
    let mut points = Vec::new();
    let n = line.points.len();
    for (i, p) in line.points.iter().enumerate() {
        let neighbor = |step: usize| line.points.get((i + step) % n).copied();
        let at_end = !line.closed && (i == 0 || i + 1 == n);
        let (Some(a), Some(b)) = (neighbor(n - 1), neighbor(1)) else { continue };
        let (Some(u), Some(v)) = ((a - *p).try_normalize(), (b - *p).try_normalize()) else { continue };
        let half = u.angle_between(v) / 2.0;
        let bends = half > 1e-3 && half < std::f64::consts::FRAC_PI_2 - 1e-3;
        if at_end || !bends {
            points.push(*p);
            continue;
        }
        // Half of a side may belong to the next corner, all of it where there is none.
        let room = |q: DVec3, is_end: bool| p.distance(q) * if is_end { 1.0 } else { 0.5 };
        let (a_end, b_end) = (!line.closed && i == 1, !line.closed && i + 2 == n);
        let cut = (radius / half.tan()).min(room(a, a_end)).min(room(b, b_end));
        let r = cut * half.tan();
        let Some(center) = (u + v).try_normalize().map(|m| *p + m * (r / half.sin())) else { continue };
        let (from, to) = (*p + u * cut - center, *p + v * cut - center);
        let turn = from.angle_between(to);
        let Some(axis) = from.cross(to).try_normalize() else { continue };
        let steps = arc_segments(r, turn);
        points.extend(
            (0..=steps)
                .map(|k| center + DQuat::from_axis_angle(axis, turn * (k as f64 / steps as f64)) * from),
        );
    }
    tidy(Path { points, curved: true, closed: line.closed })
}
