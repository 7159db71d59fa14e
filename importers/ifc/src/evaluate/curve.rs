//! Curves as lines: every kind but alignment curves, in two and three dimensions.

use std::f64::consts::TAU;

use glam::{DAffine3, DVec3};

use super::Fail;
use super::bounded::parameter_curve;
use super::context::{Context, Record, bad};
use super::spline::{Spline, expand_knots};
use super::tolerance::{MAX_DEVIATION_M, MAX_SEGMENTS, MAX_TURN_RAD, arc_segments};
use crate::shapes::charge;
use crate::step::Value;

/// Points nearer than this are one point of a curve, meters. Chosen: a tenth of the welding distance, so that no
/// line of a curve vanishes when corners are welded.
pub(crate) const SAME_POINT_M: f64 = 1e-7;

/// Largest gap between the segments of one curve that is closed without a word, meters. Chosen: as far as lines may
/// be from their curve.
const MAX_GAP_M: f64 = MAX_DEVIATION_M;

/// Parameters that differ by less, as a share of their range, are one. Chosen: files write them with nine digits.
const SAME_PARAMETER: f64 = 1e-7;

/// Steps that a curve takes, whatever it is. Measured: its record is read.
const STEPS_PER_CURVE: usize = 32;
/// Steps that a point of a curve takes on its way through curves that hold curves: it is copied for each. Chosen: a
/// million points are the most of a product, 24 MB.
const STEPS_PER_POINT: usize = 16;

/// A curve as lines. A closed one does not repeat its first point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Path {
    /// Meters.
    pub(crate) points: Vec<DVec3>,
    /// The last point is joined to the first.
    pub(crate) closed: bool,
    /// Some of it stands for an arc or a spline.
    pub(crate) curved: bool,
}

impl Path {
    /// Without points that repeat the one before; closed if it ends where it starts.
    fn tidy(mut self) -> Self {
        self.points.dedup_by(|b, a| a.distance_squared(*b) <= SAME_POINT_M * SAME_POINT_M);
        while self.points.len() > 2
            && let (Some(a), Some(b)) = (self.points.first(), self.points.last())
            && a.distance_squared(*b) <= SAME_POINT_M * SAME_POINT_M
        {
            self.points.pop();
            self.closed = true;
        }
        self.once()
    }

    /// Cut off where it starts to repeat its beginning: a last segment written twice.
    fn once(mut self) -> Self {
        let same = |a: &DVec3, b: &DVec3| a.distance_squared(*b) <= SAME_POINT_M * SAME_POINT_M;
        let again = (3..self.points.len()).find(|n| {
            let tail = self.points.get(*n..).unwrap_or_default();
            let alike = tail.iter().zip(&self.points).take_while(|(a, b)| same(a, b)).count();
            charge(1 + alike);
            alike == tail.len()
        });
        if let Some(n) = again {
            self.points.truncate(n);
            self.closed = true;
        }
        self
    }

    fn reversed(mut self) -> Self {
        self.points.reverse();
        self
    }

    /// The points, with the first one again at the end of a closed curve.
    pub(crate) fn round(&self) -> Vec<DVec3> {
        let mut out = self.points.clone();
        out.extend(self.points.first().filter(|_| self.closed));
        out
    }
}

/// A curve as lines.
pub(crate) fn path(cx: Context<'_>, id: u64) -> Result<Path, Fail> {
    let path = path_or_point(cx, id)?;
    if path.points.len() < 2 { Err(bad(id, "the curve has no length")) } else { Ok(path) }
}

/// A curve as lines, which may have shrunk to a point.
fn path_or_point(cx: Context<'_>, id: u64) -> Result<Path, Fail> {
    let cx = cx.deeper(id)?;
    charge(STEPS_PER_CURVE);
    let r = cx.record(id)?;
    let path = match r.keyword {
        "IFCPOLYLINE" => Path { points: points_of(cx, &r.references(0))?, ..Path::default() },
        "IFCINDEXEDPOLYCURVE" => indexed(cx, &r)?,
        "IFCCOMPOSITECURVE"
        | "IFCCOMPOSITECURVEONSURFACE"
        | "IFCBOUNDARYCURVE"
        | "IFCOUTERBOUNDARYCURVE"
        | "IFC2DCOMPOSITECURVE" => composite(cx, &r)?,
        "IFCTRIMMEDCURVE" => trimmed(cx, &r)?,
        "IFCCIRCLE" | "IFCELLIPSE" => conic(&r)?.arc(0.0, TAU),
        "IFCSURFACECURVE" | "IFCINTERSECTIONCURVE" | "IFCSEAMCURVE" => path(cx, r.reference(0)?)?,
        "IFCPCURVE" => parameter_curve(cx, &r)?,
        "IFCOFFSETCURVE2D" => offset(&r, &path(cx, r.reference(0)?)?, DVec3::Z)?,
        "IFCOFFSETCURVE3D" => {
            let side = r.direction(3).ok_or_else(|| r.bad("the offset has no direction"))?;
            offset(&r, &path(cx, r.reference(0)?)?, side)?
        }
        _ => {
            let spline = spline(cx, &r)?;
            let (from, to) = spline.range();
            sampled(&spline, from, to)
        }
    };
    charge(path.points.len() * STEPS_PER_POINT);
    let path = path.tidy();
    if path.points.iter().any(|p| !p.is_finite()) {
        return Err(bad(id, "the curve has no length"));
    }
    Ok(path)
}

fn points_of(cx: Context<'_>, ids: &[u64]) -> Result<Vec<DVec3>, Fail> {
    ids.iter().map(|&p| cx.read.point(p).ok_or_else(|| bad(p, "this is not a point"))).collect()
}

/// A circle or an ellipse.
struct Conic {
    axes: DAffine3,
    radii: [f64; 2],
}

fn conic(r: &Record<'_>) -> Result<Conic, Fail> {
    let first = r.size(1)?;
    let second = if r.keyword == "IFCELLIPSE" { r.size(2)? } else { first };
    Ok(Conic { axes: r.axes(0), radii: [first, second] })
}

impl Conic {
    fn at(&self, t: f64) -> DVec3 {
        let [a, b] = self.radii;
        self.axes.transform_point3(DVec3::new(a * t.cos(), b * t.sin(), 0.0))
    }

    /// The parameter of the point nearest in direction.
    fn parameter(&self, p: DVec3) -> f64 {
        let local = self.axes.inverse().transform_point3(p);
        let [a, b] = self.radii;
        (local.y / b).atan2(local.x / a)
    }

    /// Lines from a parameter over an angle of either sign.
    fn arc(&self, from: f64, sweep: f64) -> Path {
        let [a, b] = self.radii;
        let n = arc_segments(a.max(b), sweep);
        let points = (0..=n).map(|i| self.at(from + sweep * (i as f64 / n as f64))).collect();
        Path { points, curved: true, ..Path::default() }
    }
}

/// An end of a trimmed curve: a point, a parameter, or both.
type End = (Option<DVec3>, Option<f64>);

/// Both ends of an `IfcTrimmedCurve`.
fn ends(cx: Context<'_>, r: &Record<'_>) -> [End; 2] {
    [1, 2].map(|at| {
        let members = r.args.get(at).map(Value::members).unwrap_or_default();
        let point = members.iter().find_map(|v| cx.read.point(v.as_ref()?));
        let parameter = members.iter().find(|v| v.as_ref().is_none()).and_then(Value::as_f64);
        (point, parameter)
    })
}

/// Whether points count where an `IfcTrimmedCurve` has points and parameters.
fn by_point(r: &Record<'_>) -> bool {
    r.word(4).eq_ignore_ascii_case("CARTESIAN")
}

/// A trimmed circle or ellipse: where it starts and how far it goes, radians.
fn trimmed_conic(cx: Context<'_>, r: &Record<'_>, c: &Conic) -> Result<(f64, f64), Fail> {
    let sense = r.flag(3).unwrap_or(true);
    let angle = |(point, parameter): End| {
        let of_point = point.map(|p| c.parameter(p));
        let of_number = parameter.map(|t| t * cx.read.angle_rad);
        // A number that leads elsewhere than the point beside it was written in another unit.
        let agrees = |t: f64| point.is_none_or(|p| c.at(t).distance(p) <= 0.01 * c.radii[0]);
        match (of_number, of_point) {
            (Some(t), Some(p)) if by_point(r) || !agrees(t) => Some(p),
            (Some(t), _) => Some(t),
            (None, p) => p,
        }
    };
    let missing = || r.bad("a curve is trimmed by neither a point nor a parameter");
    let [first, second] = ends(cx, r);
    let (a, b) = (angle(first).ok_or_else(missing)?, angle(second).ok_or_else(missing)?);
    let turn = if sense { (b - a).rem_euclid(TAU) } else { (a - b).rem_euclid(TAU) };
    // From a point to itself is once around.
    let turn = if (1e-9..=TAU - 1e-9).contains(&turn) { turn } else { TAU };
    Ok((a, if sense { turn } else { -turn }))
}

/// `IfcTrimmedCurve`: what lies between two points or two parameters.
fn trimmed(cx: Context<'_>, r: &Record<'_>) -> Result<Path, Fail> {
    let basis = cx.record(r.reference(0)?)?;
    let sense = r.flag(3).unwrap_or(true);
    let [first, second] = ends(cx, r);
    match basis.keyword {
        "IFCCIRCLE" | "IFCELLIPSE" => {
            let c = conic(&basis)?;
            let (from, sweep) = trimmed_conic(cx, r, &c)?;
            Ok(c.arc(from, sweep))
        }
        "IFCLINE" => {
            let from = basis.point(0)?;
            let along = cx.record(basis.reference(1)?)?;
            let length = along.length(1)?;
            let direction = along.direction(0).ok_or_else(|| along.bad("the direction has no length"))?;
            let end = |(point, parameter): End| match (point, parameter) {
                (Some(p), None) => Some(p),
                (Some(p), Some(_)) if by_point(r) => Some(p),
                (_, Some(t)) => Some(from + direction * (length * t)),
                _ => None,
            };
            let missing = || r.bad("a line is trimmed by neither a point nor a parameter");
            let points = vec![end(first).ok_or_else(missing)?, end(second).ok_or_else(missing)?];
            Ok(Path { points, ..Path::default() })
        }
        _ => match (first, second) {
            ((Some(a), t), (Some(b), u)) if by_point(r) || t.is_none() || u.is_none() => {
                let whole = path(cx, basis.id)?;
                let (a, b) = if sense { (a, b) } else { (b, a) };
                let part = Path { points: from_to(&whole, a, b), closed: false, ..whole };
                Ok(if sense { part } else { part.reversed() })
            }
            ((_, Some(a)), (_, Some(b))) => {
                let (low, high) = if a <= b { (a, b) } else { (b, a) };
                let part = part(cx, &basis, low, high)?;
                Ok(if sense == (a <= b) { part } else { part.reversed() })
            }
            _ => Err(Fail::Unknown),
        },
    }
}

/// What of a path lies between the places nearest to two points; through the start of a closed one if need be.
fn from_to(path: &Path, a: DVec3, b: DVec3) -> Vec<DVec3> {
    let points = path.round();
    let sides = || points.iter().zip(points.iter().skip(1));
    // Places count points.
    let nearest = |p: DVec3| {
        let mut best = (f64::INFINITY, 0.0);
        for (n, (a, b)) in sides().enumerate() {
            let at = f64_nearest(*a, *b, p);
            if at.distance_squared(p) < best.0 {
                best =
                    (at.distance_squared(p), n as f64 + at.distance(*a) / a.distance(*b).max(SAME_POINT_M));
            }
        }
        best.1
    };
    let (from, to) = (nearest(a), nearest(b));
    if from < to {
        return cut(&points, from, to);
    }
    let end = points.len() as f64;
    if path.closed {
        let mut out = cut(&points, from, end);
        out.extend(cut(&points, 0.0, to));
        return out;
    }
    cut(&points, to, from).into_iter().rev().collect()
}

/// The points of an edge's curve between its two ends, without them. `sense`: the curve runs as the edge does.
pub(crate) fn between(cx: Context<'_>, id: u64, [a, b]: [DVec3; 2], sense: bool) -> Result<Vec<DVec3>, Fail> {
    let cx = cx.deeper(id)?;
    let r = cx.record(id)?;
    let inner = |points: Vec<DVec3>| {
        let n = points.len();
        points.into_iter().skip(1).take(n.saturating_sub(2)).collect::<Vec<_>>()
    };
    match r.keyword {
        "IFCLINE" => Ok(Vec::new()),
        "IFCCIRCLE" | "IFCELLIPSE" => {
            let c = conic(&r)?;
            let (from, to) = (c.parameter(a), c.parameter(b));
            let turn = if sense { to - from } else { from - to }.rem_euclid(TAU);
            let turn = if a.distance(b) <= SAME_POINT_M || turn < 1e-9 { TAU } else { turn };
            Ok(inner(c.arc(from, if sense { turn } else { -turn }).points))
        }
        "IFCSURFACECURVE" | "IFCINTERSECTIONCURVE" | "IFCSEAMCURVE" => {
            between(cx, r.reference(0)?, [a, b], sense)
        }
        "IFCTRIMMEDCURVE" => {
            let basis = cx.record(r.reference(0)?)?;
            if matches!(basis.keyword, "IFCLINE" | "IFCCIRCLE" | "IFCELLIPSE") {
                return between(cx, basis.id, [a, b], sense == r.flag(3).unwrap_or(true));
            }
            Ok(clip(&path(cx, id)?, a, b))
        }
        // The edge at a pole may have a curve that is a point.
        _ => Ok(clip(&path_or_point(cx, id)?, a, b)),
    }
}

/// The points of a path between those nearest to two ends, without them.
fn clip(path: &Path, a: DVec3, b: DVec3) -> Vec<DVec3> {
    let points = path.round();
    let nearest = |p: DVec3| {
        let distance = |x: &DVec3| x.distance_squared(p);
        points.iter().enumerate().min_by(|x, y| distance(x.1).total_cmp(&distance(y.1))).map_or(0, |x| x.0)
    };
    let last = points.len().saturating_sub(1);
    let (mut from, mut to) = (nearest(a), nearest(b));
    if path.closed && a.distance(b) <= SAME_POINT_M {
        (from, to) = (0, last);
    } else if path.closed && to == 0 && from > 0 {
        to = last;
    }
    let part: Vec<DVec3> = points.iter().take(from.max(to)).skip(from.min(to) + 1).copied().collect();
    if from <= to { part } else { part.into_iter().rev().collect() }
}

/// What lies between two parameters of a polyline, of a composite curve or of a spline.
pub(crate) fn part(cx: Context<'_>, basis: &Record<'_>, low: f64, high: f64) -> Result<Path, Fail> {
    match basis.keyword {
        "IFCPOLYLINE" => {
            let points = points_of(cx, &basis.references(0))?;
            let count = points.len().saturating_sub(1) as f64;
            let length: f64 = points.iter().zip(points.iter().skip(1)).map(|(a, b)| a.distance(*b)).sum();
            let meters = high * cx.read.length_m;
            // What counts more sides than there are, and fits the length, was written as a length.
            let points = if high > count + SAME_PARAMETER && meters <= length * (1.0 + SAME_PARAMETER) {
                stretch(&points, low * cx.read.length_m / length, meters / length)
            } else {
                cut(&points, low, high)
            };
            Ok(Path { points, ..Path::default() })
        }
        "IFCCOMPOSITECURVE" => {
            let mut points = Vec::new();
            let mut curved = false;
            let mut so_far = 0.0;
            let (own, counted) = parameters_of_segments(cx, basis)?;
            // Some exporters count each polyline, or each segment, as one.
            let is = |total: f64| (high - total).abs() <= SAME_PARAMETER * total;
            let whole = low == 0.0 && (is(counted) || is(own.len() as f64));
            let high = if whole { f64::INFINITY } else { high };
            for (p, own) in segments(cx, basis)?.iter().zip(own) {
                let share = |at: f64| {
                    let share = (at - so_far) / own;
                    if share > 1.0 - SAME_PARAMETER { 1.0 } else { share.max(0.0) }
                };
                let (a, b) = (share(low), share(high));
                so_far += own;
                if a < b {
                    let all = p.round();
                    let sides = all.len().saturating_sub(1) as f64;
                    points.extend(if p.curved {
                        stretch(&all, a, b)
                    } else {
                        cut(&all, a * sides, b * sides)
                    });
                    curved |= p.curved;
                }
            }
            Ok(Path { points, curved, ..Path::default() })
        }
        "IFCINDEXEDPOLYCURVE" => Err(Fail::Unknown),
        _ => {
            let spline = spline(cx, basis)?;
            let (from, to) = spline.range();
            Ok(sampled(&spline, low.max(from), high.min(to)))
        }
    }
}

/// How much of the parameter each segment of a composite curve takes; and all together, if each polyline takes one.
fn parameters_of_segments(cx: Context<'_>, r: &Record<'_>) -> Result<(Vec<f64>, f64), Fail> {
    let cx = cx.deeper(r.id)?;
    let mut out = Vec::new();
    let mut counted = 0.0;
    for id in r.references(0) {
        let s = cx.record(id)?;
        let stated = s.optional_number(3).filter(|_| s.keyword == "IFCREPARAMETRISEDCOMPOSITECURVESEGMENT");
        out.push(match stated {
            Some(own) => own,
            None => parameters(cx, s.reference(2)?)?,
        });
        let is_polyline =
            s.optional(2).and_then(|id| cx.record(id).ok()).is_some_and(|c| c.keyword == "IFCPOLYLINE");
        counted += if is_polyline { 1.0 } else { out.last().copied().unwrap_or(0.0) };
    }
    if out.iter().all(|p| *p >= 0.0 && p.is_finite()) { Ok((out, counted)) } else { Err(Fail::Unknown) }
}

/// How long the range of a curve's parameter is: a line's in lengths of its vector, an arc's in the file's angles, a
/// polyline's in sides.
fn parameters(cx: Context<'_>, id: u64) -> Result<f64, Fail> {
    let cx = cx.deeper(id)?;
    let r = cx.record(id)?;
    match r.keyword {
        "IFCPOLYLINE" => Ok(r.references(0).len().saturating_sub(1) as f64),
        "IFCCIRCLE" | "IFCELLIPSE" => Ok(TAU / cx.read.angle_rad),
        "IFCCOMPOSITECURVE" => Ok(parameters_of_segments(cx, &r)?.0.iter().sum()),
        "IFCTRIMMEDCURVE" => {
            let basis = cx.record(r.reference(0)?)?;
            match (basis.keyword, ends(cx, &r)) {
                ("IFCCIRCLE" | "IFCELLIPSE", _) => {
                    Ok(trimmed_conic(cx, &r, &conic(&basis)?)?.1.abs() / cx.read.angle_rad)
                }
                ("IFCLINE", _) => {
                    let line = trimmed(cx, &r)?.points;
                    let length: f64 = line.iter().zip(line.iter().skip(1)).map(|(a, b)| a.distance(*b)).sum();
                    Ok(length / cx.record(basis.reference(1)?)?.size(1)?)
                }
                (_, [(_, Some(a)), (_, Some(b))]) => Ok((b - a).abs()),
                _ => Err(Fail::Unknown),
            }
        }
        "IFCINDEXEDPOLYCURVE" => {
            let list = cx.record(r.reference(0)?)?;
            let n = r.args.get(1).filter(|v| !matches!(v, Value::Null)).map_or_else(
                || coordinates(&list, 1.0).len().saturating_sub(1),
                |segments| segments.members().len(),
            );
            Ok(n as f64)
        }
        _ => {
            let (from, to) = spline(cx, &r)?.range();
            Ok(to - from)
        }
    }
}

/// The part of a polyline between two parameters that count its points.
fn cut(points: &[DVec3], low: f64, high: f64) -> Vec<DVec3> {
    let mut out = Vec::new();
    for (n, (a, b)) in points.iter().zip(points.iter().skip(1)).enumerate() {
        let (from, to) = ((low - n as f64).max(0.0), (high - n as f64).min(1.0));
        if from < to {
            out.push(a.lerp(*b, from));
            out.push(a.lerp(*b, to));
        }
    }
    out
}

/// The part of a polyline between two fractions of its length.
pub(crate) fn stretch(points: &[DVec3], low: f64, high: f64) -> Vec<DVec3> {
    let sides = || points.iter().zip(points.iter().skip(1));
    let total: f64 = sides().map(|(a, b)| a.distance(*b)).sum();
    let mut out = Vec::new();
    let mut at = 0.0;
    for (a, b) in sides() {
        let length = a.distance(*b);
        if length > 0.0 {
            let from = ((low * total - at) / length).max(0.0);
            let to = ((high * total - at) / length).min(1.0);
            if from < to {
                out.push(a.lerp(*b, from));
                out.push(a.lerp(*b, to));
            }
        }
        at += length;
    }
    out
}

/// `IfcCompositeCurve`.
fn composite(cx: Context<'_>, r: &Record<'_>) -> Result<Path, Fail> {
    let mut out = Path::default();
    for mut next in segments(cx, r)? {
        if let (Some(&end), Some(&a), Some(&b)) = (out.points.last(), next.points.first(), next.points.last())
            && end.distance(a) > MAX_GAP_M
            && end.distance(b) <= MAX_GAP_M
        {
            // Written with the wrong sense: it starts where it should end.
            next = next.reversed();
        }
        out.curved |= next.curved;
        // The join is the end of the one before: two points that almost agree are one.
        let joined =
            out.points.last().zip(next.points.first()).is_some_and(|(a, b)| a.distance(*b) <= MAX_GAP_M);
        out.points.extend(next.points.into_iter().skip(usize::from(joined)));
    }
    if let (Some(a), Some(b)) = (out.points.first(), out.points.last())
        && out.points.len() > 3
        && a.distance(*b) <= MAX_GAP_M
    {
        out.points.pop();
        out.closed = true;
    }
    Ok(out)
}

/// The segments of a composite curve, each in its sense.
fn segments(cx: Context<'_>, r: &Record<'_>) -> Result<Vec<Path>, Fail> {
    let mut out = Vec::new();
    for id in r.references(0) {
        let s = cx.record(id)?;
        if !matches!(s.keyword, "IFCCOMPOSITECURVESEGMENT" | "IFCREPARAMETRISEDCOMPOSITECURVESEGMENT") {
            return Err(Fail::Unknown);
        }
        // A segment that starts where it ends is said to be there, and is not.
        let parent = path_or_point(cx, s.reference(2)?)?;
        let points = parent.round();
        let parent = Path { points, closed: false, ..parent };
        out.push(if s.flag(1).unwrap_or(true) { parent } else { parent.reversed() });
    }
    Ok(out)
}

/// `IfcIndexedPolyCurve`: lines and arcs through listed points.
fn indexed(cx: Context<'_>, r: &Record<'_>) -> Result<Path, Fail> {
    let list = cx.record(r.reference(0)?)?;
    let points = coordinates(&list, cx.read.length_m);
    let Some(segments) = r.args.get(1).filter(|v| !matches!(v, Value::Null)) else {
        return Ok(Path { points, ..Path::default() });
    };
    let mut out = Path::default();
    for segment in segments.members() {
        let Value::Typed(kind, _) = segment else { return Err(r.bad("a segment has no kind")) };
        let through: Vec<DVec3> = segment
            .members()
            .iter()
            .map(|v| index(v).and_then(|i| points.get(i).copied()))
            .collect::<Option<_>>()
            .ok_or_else(|| r.bad("a segment refers to a point that is not in the list"))?;
        match (kind.to_ascii_uppercase().as_str(), through.as_slice()) {
            ("IFCARCINDEX", &[a, b, c]) => {
                out.points.extend(arc_through(a, b, c));
                out.curved = true;
            }
            _ => out.points.extend(through),
        }
    }
    Ok(out)
}

/// An index of a list from 0, written from 1.
pub(crate) fn index(v: &Value<'_>) -> Option<usize> {
    if let Value::Int(i) = v { usize::try_from(*i).ok()?.checked_sub(1) } else { None }
}

/// The points of an `IfcCartesianPointList2D` or `3D`, in meters.
pub(crate) fn coordinates(list: &Record<'_>, meters: f64) -> Vec<DVec3> {
    let rows = list.args.first().map(Value::members).unwrap_or_default();
    rows.iter()
        .map(|row| {
            let mut parts = row.members().iter().map(|v| v.as_f64().unwrap_or(0.0));
            let mut next = || parts.next().unwrap_or(0.0);
            DVec3::new(next(), next(), next()) * meters
        })
        .collect()
}

/// Lines along the arc through three points; two lines where they are in line.
pub(crate) fn arc_through(a: DVec3, b: DVec3, c: DVec3) -> Vec<DVec3> {
    let (ab, ac) = (b - a, c - a);
    let normal = ab.cross(ac);
    let straight = normal.length_squared() <= 1e-20 * ab.length_squared() * ac.length_squared();
    let center = a
        + (normal.cross(ab) * ac.length_squared() + ac.cross(normal) * ab.length_squared())
            / (2.0 * normal.length_squared());
    let (Some(x), Some(z)) = ((a - center).try_normalize(), normal.try_normalize()) else {
        return vec![a, b, c];
    };
    if straight || !center.is_finite() {
        return vec![a, b, c];
    }
    let radius = (a - center).length();
    let y = z.cross(x);
    let sweep = (c - center).dot(y).atan2((c - center).dot(x)).rem_euclid(TAU);
    let n = arc_segments(radius, sweep);
    let mut out: Vec<DVec3> = (0..=n)
        .map(|i| {
            let t = sweep * (i as f64 / n as f64);
            center + x * (radius * t.cos()) + y * (radius * t.sin())
        })
        .collect();
    // The ends are those of the file, to the last bit: others may meet there.
    if let Some(first) = out.first_mut() {
        *first = a;
    }
    if let Some(last) = out.last_mut() {
        *last = c;
    }
    out
}

/// The B-spline of a record, or `Unknown`.
fn spline(cx: Context<'_>, r: &Record<'_>) -> Result<Spline, Fail> {
    let with_knots = matches!(r.keyword, "IFCBSPLINECURVEWITHKNOTS" | "IFCRATIONALBSPLINECURVEWITHKNOTS");
    let bezier = matches!(r.keyword, "IFCBEZIERCURVE" | "IFCRATIONALBEZIERCURVE");
    if !with_knots && !bezier {
        return Err(Fail::Unknown);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let degree = r.number(0)?.clamp(0.0, 1000.0) as usize;
    let points = points_of(cx, &r.references(1))?;
    let (knots, weights) = if with_knots {
        let weights = if r.keyword == "IFCRATIONALBSPLINECURVEWITHKNOTS" { r.numbers(8) } else { Vec::new() };
        (expand_knots(&r.numbers(6), &r.numbers(5)), weights)
    } else {
        let weights = if r.keyword == "IFCRATIONALBEZIERCURVE" { r.numbers(5) } else { Vec::new() };
        let inner = points.len().saturating_sub(1).checked_div(degree).unwrap_or(0).saturating_sub(1);
        let values: Vec<f64> = (0..inner + 2).map(|k| k as f64).collect();
        let times: Vec<f64> =
            (0..inner + 2).map(|k| (degree + usize::from(k == 0 || k == inner + 1)) as f64).collect();
        (expand_knots(&values, &times), weights)
    };
    knots
        .and_then(|k| Spline::new(degree, k, &points, &weights))
        .ok_or_else(|| r.bad("degree, knots and points of the spline do not fit each other"))
}

/// Lines along a spline between two parameters.
fn sampled(s: &Spline, from: f64, to: f64) -> Path {
    let mut stops = vec![from];
    stops.extend(s.spans().into_iter().filter(|k| *k > from && *k < to));
    stops.push(to);
    let mut points = vec![s.at(from)];
    for (a, b) in stops.iter().zip(stops.iter().skip(1)) {
        // Two parts at least, so that a symmetric wave is not taken for a line.
        let middle = f64::midpoint(*a, *b);
        refine(s, (*a, middle), &mut points, 0);
        refine(s, (middle, *b), &mut points, 0);
    }
    Path { points, curved: true, ..Path::default() }
}

/// Deepest halving of one part of a spline. Chosen: 256 lines for a half of a span.
const MAX_HALVINGS: usize = 8;

fn refine(s: &Spline, (from, to): (f64, f64), out: &mut Vec<DVec3>, depth: usize) {
    let middle = f64::midpoint(from, to);
    let (a, m, b) = (s.at(from), s.at(middle), s.at(to));
    let deviation = m.distance(f64_nearest(a, b, m));
    let turn = (m - a).angle_between(b - m);
    // Points that fall together turn by no angle at all.
    let straight = turn.is_nan() || turn <= MAX_TURN_RAD;
    let fine = deviation <= MAX_DEVIATION_M && straight || a.distance(b) <= SAME_POINT_M;
    if fine || depth >= MAX_HALVINGS || out.len() >= MAX_SEGMENTS {
        out.push(b);
    } else {
        refine(s, (from, middle), out, depth + 1);
        refine(s, (middle, to), out, depth + 1);
    }
}

/// The point of a line nearest to another.
fn f64_nearest(a: DVec3, b: DVec3, p: DVec3) -> DVec3 {
    let d = b - a;
    let t =
        if d.length_squared() > 0.0 { ((p - a).dot(d) / d.length_squared()).clamp(0.0, 1.0) } else { 0.0 };
    a + d * t
}

/// A parallel of a curve: to its left as seen against `up`, as `IfcOffsetCurve2D` has it.
fn offset(r: &Record<'_>, basis: &Path, up: DVec3) -> Result<Path, Fail> {
    let distance = r.length(1)?;
    let points = parallel(basis, distance, up).ok_or_else(|| r.bad("a curve cannot be offset by so much"))?;
    Ok(Path { points, closed: basis.closed, curved: basis.curved })
}

/// The points of a parallel at a distance to the left, mitered at corners.
pub(crate) fn parallel(basis: &Path, distance: f64, up: DVec3) -> Option<Vec<DVec3>> {
    let points = basis.round();
    let sides: Vec<DVec3> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|(a, b)| up.cross(*b - *a).try_normalize())
        .collect::<Option<_>>()?;
    let (first, last) = (*sides.first()?, *sides.last()?);
    let before = std::iter::once(if basis.closed { last } else { first }).chain(sides.iter().copied());
    let after = sides.iter().copied().chain(std::iter::once(last));
    let out: Vec<DVec3> = basis
        .points
        .iter()
        .zip(before.zip(after))
        .map(|(p, (a, b))| {
            let sum = a + b;
            // A corner that turns back on itself has no miter; its first side is taken.
            let scale = (sum.length_squared() / 2.0).max(0.0);
            *p + if scale > 0.02 { sum * (distance / scale) } else { a * distance }
        })
        .collect();
    out.iter().all(|p| p.is_finite()).then_some(out)
}
