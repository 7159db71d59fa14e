//! Surfaces by two parameters, scaled so that both are meters along the surface, about.

use std::f64::consts::TAU;

use glam::{DAffine3, DVec2, DVec3};

use super::Fail;
use super::context::{Context, Record};
use super::curve::path;
use super::mesh::WELD_M;
use super::spline::{SplineSurface, expand_knots};
use super::tolerance::{MAX_TURN_RAD, double_arc_segments};
use crate::shapes::charge;

/// Samples in each direction of a spline surface, from which the nearest point is looked for.
const NET: usize = 24;

/// Ends of a surface nearer than this are a seam, meters. Chosen: ten times the welding distance.
const SEAM_M: f64 = 1e-5;

/// How far to both sides of a point its surface is looked at for a direction, meters. Chosen: a tenth of a millimeter
/// is less than any line that stands for a curve.
const NORMAL_STEP_M: f64 = 1e-4;

/// Steps of the search for the nearest point of a spline surface. Chosen: it converges in 5 or is lost.
const MAX_STEPS: usize = 12;

/// A surface with its inverse.
pub(crate) enum Surface {
    /// X and Y of some axes.
    Plane(DAffine3),
    /// A meridian of (radius, height) turned about Z of some axes: angle times `scale`, length along the meridian.
    Turned { axes: DAffine3, meridian: Line, scale: f64 },
    /// A line moved along a direction: length along the line, distance along the direction.
    Moved { line: Line, direction: DVec3 },
    /// A spline: parameters scaled to meters.
    Spline { surface: Box<SplineSurface>, scale: DVec2, net: Vec<(DVec2, DVec3)> },
}

/// Sides of a line that are looked at in one of the steps that work is counted in.
const SIDES_PER_STEP: usize = 4;

/// A polyline with the length up to each of its points.
pub(crate) struct Line {
    points: Vec<DVec3>,
    at: Vec<f64>,
}

impl Line {
    fn new(points: Vec<DVec3>) -> Self {
        let mut sum = 0.0;
        let mut at = vec![0.0];
        for (a, b) in points.iter().zip(points.iter().skip(1)) {
            sum += a.distance(*b);
            at.push(sum);
        }
        Self { points, at }
    }

    /// Its whole length.
    pub(crate) fn length(&self) -> f64 {
        self.at.last().copied().unwrap_or(0.0)
    }

    /// Its length if it ends where it starts, 0 otherwise.
    fn period(&self) -> f64 {
        let ends = self.points.first().zip(self.points.last());
        if ends.is_some_and(|(a, b)| a.distance(*b) < SEAM_M) { self.length() } else { 0.0 }
    }

    /// The point at a length; beyond the ends on the last side's straight.
    fn point(&self, s: f64) -> DVec3 {
        let period = self.period();
        let s = if period > 0.0 && !(0.0..=period).contains(&s) { s.rem_euclid(period) } else { s };
        let n = self.at.partition_point(|a| *a <= s).clamp(1, self.points.len().saturating_sub(1).max(1));
        let get = |i: usize| self.points.get(i).copied().unwrap_or_default();
        let (a, b) = (self.at.get(n - 1).copied().unwrap_or(0.0), self.at.get(n).copied().unwrap_or(1.0));
        get(n - 1).lerp(get(n), if b > a { (s - a) / (b - a) } else { 0.0 })
    }

    /// The length at which the line comes nearest to a point, where distances are measured by `flat`.
    fn nearest(&self, p: DVec3, flat: impl Fn(DVec3) -> DVec3) -> f64 {
        charge(self.points.len() / SIDES_PER_STEP);
        let mut best = (f64::INFINITY, 0.0);
        let last = self.points.len().saturating_sub(2);
        for (n, (a, b)) in self.points.iter().zip(self.points.iter().skip(1)).enumerate() {
            let (a, d) = (flat(*a), flat(*b - *a));
            let t = if d.length_squared() > 0.0 { (flat(p) - a).dot(d) / d.length_squared() } else { 0.0 };
            // Ends are open: what is trimmed may reach beyond the line that is swept.
            let t = t.clamp(if n == 0 { -1e3 } else { 0.0 }, if n == last { 1e3 } else { 1.0 });
            let distance = (flat(p) - a - d * t).length_squared();
            let from = self.at.get(n).copied().unwrap_or(0.0);
            let to = self.at.get(n + 1).copied().unwrap_or(0.0);
            if distance < best.0 {
                best = (distance, from + (to - from) * t);
            }
        }
        best.1
    }
}

/// Reads a surface as the standard has it, and where exporters write it in another way too, as they mean it.
///
/// The axis of an `IfcSurfaceOfRevolution` stands in the axes of its position; Revit writes it in those of the item.
pub(crate) fn surfaces(cx: Context<'_>, id: u64) -> Result<Vec<Surface>, Fail> {
    let r = cx.record(id)?;
    if r.keyword == "IFCSURFACEOFREVOLUTION" {
        let (place, axis) = (r.axes(1), r.axes(2));
        return [place * axis, axis].into_iter().map(|axes| revolution(cx, &r, axes)).collect();
    }
    Ok(vec![surface(cx, id)?])
}

fn surface(cx: Context<'_>, id: u64) -> Result<Surface, Fail> {
    let cx = cx.deeper(id)?;
    let r = cx.record(id)?;
    let turned = |points: Vec<DVec3>, axes: DAffine3| {
        let scale = points.iter().map(|p| p.x).fold(0.0, f64::max).max(1e-6);
        Surface::Turned { axes, meridian: Line::new(points), scale }
    };
    match r.keyword {
        "IFCPLANE" => Ok(Surface::Plane(r.axes(0))),
        "IFCCYLINDRICALSURFACE" => Ok(Surface::cylinder(r.axes(0), r.size(1)?)),
        "IFCSPHERICALSURFACE" => Ok(turned(arc(0.0, r.size(1)?, TAU / 2.0), r.axes(0))),
        "IFCTOROIDALSURFACE" => Ok(turned(arc(r.size(1)?, r.size(2)?, TAU), r.axes(0))),
        "IFCSURFACEOFREVOLUTION" => revolution(cx, &r, r.axes(1) * r.axes(2)),
        "IFCSURFACEOFLINEAREXTRUSION" => {
            let curve = swept_curve(cx, &r)?;
            let axes = r.axes(1);
            let direction = r.direction(2).ok_or_else(|| r.bad("the surface has no direction"))?;
            let points = curve.into_iter().map(|p| axes.transform_point3(p)).collect();
            Ok(Surface::Moved { line: Line::new(points), direction: axes.transform_vector3(direction) })
        }
        "IFCRECTANGULARTRIMMEDSURFACE" | "IFCCURVEBOUNDEDPLANE" | "IFCCURVEBOUNDEDSURFACE" => {
            surface(cx, r.reference(0)?)
        }
        "IFCBSPLINESURFACEWITHKNOTS" | "IFCRATIONALBSPLINESURFACEWITHKNOTS" => spline(cx, &r),
        _ => Err(Fail::Unknown),
    }
}

/// The lower pole of a sphere, or the inner equator of a torus, and on from there.
fn arc(major: f64, minor: f64, sweep: f64) -> Vec<DVec3> {
    let n = double_arc_segments(minor, sweep);
    let start = if sweep < TAU { -sweep / 2.0 } else { -TAU / 2.0 };
    (0..=n)
        .map(|i| {
            let t = start + sweep * (i as f64 / n as f64);
            DVec3::new(major + minor * t.cos(), 0.0, minor * t.sin())
        })
        .collect()
}

/// The curve of a profile that a surface sweeps.
fn swept_curve(cx: Context<'_>, r: &Record<'_>) -> Result<Vec<DVec3>, Fail> {
    let profile = cx.record(r.reference(0)?)?;
    match profile.keyword {
        "IFCARBITRARYOPENPROFILEDEF" | "IFCARBITRARYCLOSEDPROFILEDEF" => {
            Ok(path(cx, profile.reference(2)?)?.round())
        }
        _ => Err(Fail::Unknown),
    }
}

fn revolution(cx: Context<'_>, r: &Record<'_>, axes: DAffine3) -> Result<Surface, Fail> {
    let back = axes.inverse() * r.axes(1);
    let points: Vec<DVec3> = swept_curve(cx, r)?
        .into_iter()
        .map(|p| {
            let q = back.transform_point3(p);
            DVec3::new(q.truncate().length(), 0.0, q.z)
        })
        .collect();
    let scale = points.iter().map(|p| p.x).fold(0.0, f64::max).max(1e-6);
    Ok(Surface::Turned { axes, meridian: Line::new(points), scale })
}

fn spline(cx: Context<'_>, r: &Record<'_>) -> Result<Surface, Fail> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let degree = |at: usize| r.number(at).map(|d| d.clamp(0.0, 1000.0) as usize);
    let rows = r.args.get(2).map(crate::step::Value::members).unwrap_or_default();
    let points: Vec<Vec<DVec3>> = rows
        .iter()
        .map(|row| row.refs().map(|p| cx.read.point(p)).collect::<Option<Vec<_>>>())
        .collect::<Option<_>>()
        .ok_or_else(|| r.bad("a control point is missing"))?;
    let weights: Vec<Vec<f64>> = r
        .args
        .get(12)
        .map(|v| {
            v.members()
                .iter()
                .map(|row| row.members().iter().filter_map(crate::step::Value::as_f64).collect())
                .collect()
        })
        .unwrap_or_default();
    let knots = |times: usize, values: usize| {
        expand_knots(&r.numbers(values), &r.numbers(times))
            .ok_or_else(|| r.bad("the surface has too many knots"))
    };
    let surface =
        SplineSurface::new([degree(0)?, degree(1)?], [knots(7, 9)?, knots(8, 10)?], &points, &weights)
            .ok_or_else(|| r.bad("degrees, knots and points of the surface do not fit each other"))?;
    let [(u0, u1), (v0, v1)] = surface.range();
    let along = |i: usize, n: usize, a: f64, b: f64| a + (b - a) * (i as f64 / n as f64);
    let mut net = Vec::with_capacity((NET + 1) * (NET + 1));
    for i in 0..=NET {
        for j in 0..=NET {
            let uv = DVec2::new(along(i, NET, u0, u1), along(j, NET, v0, v1));
            net.push((uv, surface.at(uv.x, uv.y)));
        }
    }
    // Meters per parameter: the longest line of the net in each direction.
    let row = NET + 1;
    let length = |step: usize, starts: Vec<usize>| {
        starts
            .into_iter()
            .map(|s| {
                let points: Vec<DVec3> =
                    (0..row).filter_map(|k| net.get(s + k * step)).map(|p| p.1).collect();
                Line::new(points).length()
            })
            .fold(0.0, f64::max)
    };
    let along_u = length(row, (0..row).collect());
    let along_v = length(1, (0..row).map(|i| i * row).collect());
    let scale = DVec2::new(along_u / (u1 - u0), along_v / (v1 - v0));
    if !(scale.x > 0.0 && scale.y > 0.0) {
        return Err(r.bad("the surface has no area"));
    }
    for (uv, _) in &mut net {
        *uv *= scale;
    }
    Ok(Surface::Spline { surface: Box::new(surface), scale, net })
}

impl Surface {
    /// A cylinder about Z of some axes, a meter of it: it has no ends of its own.
    pub(crate) fn cylinder(axes: DAffine3, radius: f64) -> Self {
        let meridian = Line::new(vec![DVec3::new(radius, 0.0, 0.0), DVec3::new(radius, 0.0, 1.0)]);
        Self::Turned { axes, meridian, scale: radius.max(1e-6) }
    }

    /// The point at a pair of parameters.
    pub(crate) fn at(&self, p: DVec2) -> DVec3 {
        match self {
            Self::Plane(axes) => axes.transform_point3(p.extend(0.0)),
            Self::Turned { axes, meridian, scale } => {
                let m = meridian.point(p.y);
                let t = p.x / scale;
                axes.transform_point3(DVec3::new(m.x * t.cos(), m.x * t.sin(), m.z))
            }
            Self::Moved { line, direction } => line.point(p.x) + *direction * p.y,
            Self::Spline { surface, scale, .. } => {
                let [u, v] = surface.range();
                // Beyond a seam it goes on at the other side.
                let wrap = |t: f64, (from, to): (f64, f64), period: f64| {
                    if period > 0.0 && !(from..=to).contains(&t) {
                        from + (t - from).rem_euclid(to - from)
                    } else {
                        t
                    }
                };
                let periods = self.periods();
                surface.at(wrap(p.x / scale.x, u, periods.x), wrap(p.y / scale.y, v, periods.y))
            }
        }
    }

    /// The direction that stands on the surface where it comes nearest to a point: that in which the first parameter
    /// grows, cross that of the second.
    pub(crate) fn normal(&self, p: DVec3) -> Option<DVec3> {
        let (u, v) = self.parameters(p);
        let at = |du: f64, dv: f64| self.at(DVec2::new(u.unwrap_or(0.0) + du, v + dv));
        let (along, across) = (
            at(NORMAL_STEP_M, 0.0) - at(-NORMAL_STEP_M, 0.0),
            at(0.0, NORMAL_STEP_M) - at(0.0, -NORMAL_STEP_M),
        );
        along.cross(across).try_normalize()
    }

    /// Largest distance of some points from the surface, meters.
    pub(crate) fn distance(&self, points: impl Iterator<Item = DVec3>) -> f64 {
        points
            .map(|p| {
                let (u, v) = self.parameters(p);
                self.at(DVec2::new(u.unwrap_or(0.0), v)).distance(p)
            })
            .fold(0.0, f64::max)
    }

    /// The parameters of the nearest point; `None` for the first where every one leads there: at a pole.
    pub(crate) fn parameters(&self, p: DVec3) -> (Option<f64>, f64) {
        match self {
            Self::Plane(axes) => {
                let q = axes.inverse().transform_point3(p);
                (Some(q.x), q.y)
            }
            Self::Turned { axes, meridian, scale } => {
                let q = axes.inverse().transform_point3(p);
                let r = q.truncate().length();
                let v = meridian.nearest(DVec3::new(r, 0.0, q.z), |d| d);
                ((r > 1e-6 * scale.max(1.0)).then(|| q.y.atan2(q.x) * scale), v)
            }
            Self::Moved { line, direction } => {
                let flat = |d: DVec3| d - *direction * d.dot(*direction);
                let u = line.nearest(p, flat);
                (Some(u), (p - line.point(u)).dot(*direction))
            }
            Self::Spline { net, .. } => {
                let near =
                    net.iter().min_by(|a, b| a.1.distance_squared(p).total_cmp(&b.1.distance_squared(p)));
                let uv = self.descend(near.map(|n| n.0).unwrap_or_default(), p);
                (Some(uv.x), uv.y)
            }
        }
    }

    /// Newton's steps to the nearest point of a spline surface.
    fn descend(&self, mut uv: DVec2, p: DVec3) -> DVec2 {
        let Self::Spline { surface, scale, .. } = self else { return uv };
        let [(u0, u1), (v0, v1)] = surface.range();
        let (low, high) = (DVec2::new(u0, v0) * *scale, DVec2::new(u1, v1) * *scale);
        let h = (high - low) * 1e-4;
        for _ in 0..MAX_STEPS {
            // Differences are taken inwards at the borders.
            let step = DVec2::new(
                if uv.x + h.x > high.x { -h.x } else { h.x },
                if uv.y + h.y > high.y { -h.y } else { h.y },
            );
            let here = self.at(uv);
            let du = (self.at(uv + DVec2::new(step.x, 0.0)) - here) / step.x;
            let dv = (self.at(uv + DVec2::new(0.0, step.y)) - here) / step.y;
            let d = p - here;
            let (a, b, c) = (du.dot(du), du.dot(dv), dv.dot(dv));
            let det = a * c - b * b;
            if det.is_nan() || det.abs() <= 1e-12 {
                break;
            }
            let (x, y) = (d.dot(du), d.dot(dv));
            let next = (uv + DVec2::new((c * x - b * y) / det, (a * y - b * x) / det)).clamp(low, high);
            let moved = next.distance(uv);
            uv = next;
            if moved < 1e-9 {
                break;
            }
        }
        uv
    }

    /// After how much each parameter comes back to the same place; 0 if it does not.
    pub(crate) fn periods(&self) -> DVec2 {
        match self {
            Self::Turned { scale, meridian, .. } => DVec2::new(TAU * scale, meridian.period()),
            Self::Moved { line, .. } => DVec2::new(line.period(), 0.0),
            Self::Spline { net, .. } => {
                let row = NET + 1;
                let apart = |a: usize, b: usize| {
                    net.get(a).zip(net.get(b)).map_or(f64::INFINITY, |(a, b)| a.1.distance(b.1))
                };
                let last = net.len().saturating_sub(row);
                let closed_u = (0..row).all(|k| apart(k, last + k) < SEAM_M);
                let closed_v = (0..row).all(|k| apart(k * row, k * row + NET) < SEAM_M);
                let reach = net.last().zip(net.first()).map_or(DVec2::ZERO, |(b, a)| b.0 - a.0);
                DVec2::new(if closed_u { reach.x } else { 0.0 }, if closed_v { reach.y } else { 0.0 })
            }
            Self::Plane(_) => DVec2::ZERO,
        }
    }

    /// The second parameter of the upper or the lower pole of a turned surface, if it has one there.
    pub(crate) fn pole(&self, upper: bool) -> Option<f64> {
        let Self::Turned { meridian, scale, .. } = self else { return None };
        let s = if upper { meridian.length() } else { 0.0 };
        (meridian.point(s).x.abs() <= 1e-6 * scale.max(1.0)).then_some(s)
    }

    /// Least and greatest parameters of a surface that has ends, or closes on itself, in both directions.
    ///
    /// Of a cylinder it is the meter that its meridian was given; of a moved line nothing is known of the way.
    pub(crate) fn extent(&self) -> Option<(DVec2, DVec2)> {
        match self {
            Self::Plane(_) | Self::Moved { .. } => None,
            Self::Turned { meridian, scale, .. } => {
                Some((DVec2::ZERO, DVec2::new(TAU * scale, meridian.length())))
            }
            Self::Spline { net, .. } => Some((net.first()?.0, net.last()?.0)),
        }
    }

    /// Whether the surface is flat: its faces need no points inside.
    pub(crate) fn is_flat(&self) -> bool {
        matches!(self, Self::Plane(_))
    }

    /// Whether it is a spline, which may be twisted between straight lines.
    pub(crate) fn is_spline(&self) -> bool {
        matches!(self, Self::Spline { .. })
    }

    /// Whether its lines along the second parameter are straight, those along the first not.
    pub(crate) fn is_straight(&self) -> bool {
        match self {
            Self::Turned { meridian, .. } => meridian.points.len() == 2,
            Self::Moved { .. } => true,
            Self::Plane(_) | Self::Spline { .. } => false,
        }
    }

    /// The values of both parameters at which a face between two corners of its parameters needs points.
    pub(crate) fn lattice(&self, low: DVec2, high: DVec2) -> [Vec<f64>; 2] {
        let even = |low: f64, high: f64, n: usize| {
            (1..n).map(|i| low + (high - low) * (i as f64 / n as f64)).collect::<Vec<f64>>()
        };
        // What lies on the border but for rounding is not inside.
        let inner = |line: &Line, low: f64, high: f64| {
            let inside = |s: &f64| *s > low + SEAM_M && *s < high - SEAM_M;
            line.at.iter().copied().filter(inside).collect::<Vec<f64>>()
        };
        match self {
            Self::Plane(_) => [Vec::new(), Vec::new()],
            Self::Turned { scale, meridian, .. } => {
                let n = double_arc_segments(*scale, (high.x - low.x) / scale);
                [even(low.x, high.x, n), straight_or(inner(meridian, low.y, high.y), low.y, high.y)]
            }
            Self::Moved { line, .. } => [inner(line, low.x, high.x), straight_or(Vec::new(), low.y, high.y)],
            Self::Spline { .. } => {
                let turns = |from: DVec2, to: DVec2| {
                    let points: Vec<DVec3> =
                        (0..=NET).map(|i| self.at(from.lerp(to, i as f64 / NET as f64))).collect();
                    let sides: Vec<DVec3> =
                        points.iter().zip(points.iter().skip(1)).map(|(a, b)| *b - *a).collect();
                    sides
                        .iter()
                        .zip(sides.iter().skip(1))
                        .map(|(a, b)| a.angle_between(*b))
                        .filter(|a| a.is_finite())
                        .sum::<f64>()
                };
                let most = |along_u: bool| {
                    [0.25, 0.5, 0.75]
                        .into_iter()
                        .map(|f| {
                            let at = low.lerp(high, f);
                            if along_u {
                                turns(DVec2::new(low.x, at.y), DVec2::new(high.x, at.y))
                            } else {
                                turns(DVec2::new(at.x, low.y), DVec2::new(at.x, high.y))
                            }
                        })
                        .fold(0.0, f64::max)
                };
                // Sides that are straight may still turn against each other.
                let [p, q, r, t] = [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)]
                    .map(|corner| self.at(corner));
                let twist = |a: DVec3, b: DVec3| {
                    if a.length().min(b.length()) > WELD_M { a.angle_between(b) } else { 0.0 }
                };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                let steps = |turn: f64| (turn / MAX_TURN_RAD).ceil().clamp(2.0, 64.0) as usize;
                let across_u = steps(most(true).max(twist(t - p, r - q)));
                let across_v = steps(most(false).max(twist(q - p, r - t)));
                [even(low.x, high.x, across_u), even(low.y, high.y, across_v)]
            }
        }
    }
}

/// Values in the middle of a direction in which the surface is straight: one is enough to tie the lines of the other.
fn straight_or(values: Vec<f64>, low: f64, high: f64) -> Vec<f64> {
    if values.is_empty() { vec![f64::midpoint(low, high)] } else { values }
}
