//! Surfaces that have ends of their own: what a set of geometry or a representation may hold beside shells.

use std::f64::consts::{PI, TAU};

use glam::{DVec2, DVec3};

use super::advanced::within;
use super::context::{Context, Record};
use super::curve::{Path, path};
use super::fill::{fill, twice_area};
use super::mesh::Mesh;
use super::surface::{Surface, surfaces};
use super::{Fail, mesh_of};
use crate::shapes::{charge, charge_triangles};

/// Keywords of the surfaces that are drawn by themselves. A plane or a cylinder has no end, and is not drawn.
pub(crate) const SURFACES: &[&str] = &[
    "IFCSURFACEOFLINEAREXTRUSION",
    "IFCSURFACEOFREVOLUTION",
    "IFCSPHERICALSURFACE",
    "IFCTOROIDALSURFACE",
    "IFCBSPLINESURFACEWITHKNOTS",
    "IFCRATIONALBSPLINESURFACEWITHKNOTS",
    "IFCRECTANGULARTRIMMEDSURFACE",
    "IFCCURVEBOUNDEDPLANE",
    "IFCCURVEBOUNDEDSURFACE",
];

/// Most triangles of one surface. Chosen: a product may not have more.
const MAX_TRIANGLES: usize = 2_000_000;

/// The surfaces of an `IfcGeometricSet`. Its curves and points are drawn where there are no surfaces beside them.
pub(crate) fn set(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let mut out = Mesh::default();
    for id in r.references(0) {
        let cx = cx.deeper(id)?;
        if SURFACES.contains(&cx.record(id)?.keyword) {
            out.append(mesh_of(cx, id)?);
        }
    }
    out.faces.clear();
    if out.triangles.is_empty() { Err(r.empty("none of its surfaces has an end")) } else { Ok(out) }
}

/// One of the [`SURFACES`].
pub(crate) fn surface(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    match r.keyword {
        "IFCCURVEBOUNDEDPLANE" => within_curves(cx, r),
        "IFCCURVEBOUNDEDSURFACE" => on_surface(cx, r),
        "IFCRECTANGULARTRIMMEDSURFACE" => trimmed(cx, r),
        "IFCSURFACEOFLINEAREXTRUSION" => {
            let on = only(cx, r.id)?;
            let Surface::Moved { line, .. } = &on else { return Err(Fail::Unknown) };
            let high = DVec2::new(line.length(), r.length(3)?);
            sheet(r, &on, DVec2::ZERO, high)
        }
        _ => {
            let on = only(cx, r.id)?;
            let (low, high) = on.extent().ok_or(Fail::Unknown)?;
            sheet(r, &on, low, high)
        }
    }
}

/// A surface as the standard has it.
fn only(cx: Context<'_>, id: u64) -> Result<Surface, Fail> {
    surfaces(cx, id)?.into_iter().next().ok_or(Fail::Unknown)
}

/// `IfcCurveBoundedPlane(BasisSurface, OuterBoundary, InnerBoundaries)`: curves in the axes of the plane.
fn within_curves(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let Surface::Plane(axes) = only(cx, r.reference(0)?)? else { return Err(Fail::Unknown) };
    let mut rings: Vec<Vec<DVec2>> = Vec::new();
    for curve in std::iter::once(r.reference(1)?).chain(r.references(2)) {
        let mut ring: Vec<DVec2> = path(cx, curve)?.round().into_iter().map(DVec3::truncate).collect();
        if ring.first() == ring.last() {
            ring.pop();
        }
        // The outer bound runs counterclockwise, the others clockwise.
        if (twice_area(&ring) > 0.0) != rings.is_empty() {
            ring.reverse();
        }
        rings.push(ring);
    }
    let triangles =
        fill(&rings).ok_or_else(|| r.bad("its boundaries cross each other or enclose nothing"))?;
    let points = rings.iter().flatten().map(|p| axes.transform_point3(p.extend(0.0))).collect();
    Ok(Mesh { points, triangles, ..Mesh::default() })
}

/// `IfcRectangularTrimmedSurface(BasisSurface, U1, V1, U2, V2, Usense, Vsense)`, in the parameters of its surface.
fn trimmed(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let basis = cx.record(r.reference(0)?)?;
    let on = only(cx, basis.id)?;
    let [u, v] = standard(cx, basis.keyword, &on)?;
    let own = |(factor, start): (f64, f64), at: usize| Ok(r.number(at)? * factor + start);
    let ends = |first: f64, second: f64, sense: Option<bool>, period: f64| {
        let (low, high) = if sense == Some(false) { (second, first) } else { (first, second) };
        // Across the seam.
        (low, if high <= low && period > 0.0 { high + period } else { high })
    };
    let periods = on.periods();
    let (low_u, high_u) = ends(own(u, 1)?, own(u, 3)?, r.flag(5), periods.x);
    let (low_v, high_v) = ends(own(v, 2)?, own(v, 4)?, r.flag(6), periods.y);
    sheet(r, &on, DVec2::new(low_u, low_v), DVec2::new(high_u, high_v))
}

/// How the parameters of a surface are those of the standard: times the first, plus the second.
fn standard(cx: Context<'_>, keyword: &str, on: &Surface) -> Result<[(f64, f64); 2], Fail> {
    let (length, angle) = (cx.read.length_m, cx.read.angle_rad);
    match (keyword, on) {
        ("IFCPLANE", _) => Ok([(length, 0.0), (length, 0.0)]),
        ("IFCCYLINDRICALSURFACE", Surface::Turned { scale, .. }) => Ok([(angle * scale, 0.0), (length, 0.0)]),
        ("IFCSPHERICALSURFACE" | "IFCTOROIDALSURFACE", Surface::Turned { scale, .. }) => {
            let high = on.extent().ok_or(Fail::Unknown)?.1.y;
            // Latitudes count from the equator, ours from the lower pole; the tube of a torus from outside, ours
            // from inside.
            let sweep = if keyword == "IFCSPHERICALSURFACE" { PI } else { TAU };
            Ok([(angle * scale, 0.0), (angle / sweep * high, high / 2.0)])
        }
        (_, Surface::Spline { scale, .. }) => Ok([(scale.x, 0.0), (scale.y, 0.0)]),
        _ => Err(Fail::Unknown),
    }
}

/// `IfcCurveBoundedSurface(BasisSurface, Boundaries, ImplicitOuter)`: curves that lie on the surface.
fn on_surface(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let mut rings: Vec<Vec<DVec3>> = Vec::new();
    for curve in r.references(1) {
        rings.push(path(cx, curve)?.points);
    }
    if r.flag(2) == Some(true) {
        rings.push(outline(&only(cx, r.reference(0)?)?)?);
    }
    within(cx, r, r.reference(0)?, &rings)
}

/// The ends of a surface that has some on all sides.
fn outline(on: &Surface) -> Result<Vec<DVec3>, Fail> {
    let Surface::Spline { .. } = on else { return Err(Fail::Unknown) };
    if on.periods() != DVec2::ZERO {
        return Err(Fail::Unknown);
    }
    let (low, high) = on.extent().ok_or(Fail::Unknown)?;
    let corners = [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)];
    let sides = corners.iter().zip(corners.iter().cycle().skip(1));
    Ok(sides.flat_map(|(a, b)| along(on, *a, *b)).map(|p| on.at(p)).collect())
}

/// `IfcPcurve(BasisSurface, ReferenceCurve)`: a curve in the parameters of a surface.
pub(crate) fn parameter_curve(cx: Context<'_>, r: &Record<'_>) -> Result<Path, Fail> {
    let basis = cx.record(r.reference(0)?)?;
    let on = only(cx, basis.id)?;
    let own = standard(cx, basis.keyword, &on)?;
    let flat = path(cx, r.reference(1)?)?;
    // Its coordinates are no lengths, and were read as such.
    let value = |read: f64, (factor, start): (f64, f64)| read / cx.read.length_m * factor + start;
    let corners: Vec<DVec2> =
        flat.points.iter().map(|p| DVec2::new(value(p.x, own[0]), value(p.y, own[1]))).collect();
    let sides = corners.iter().zip(corners.iter().skip(1));
    let around = flat.closed.then(|| corners.last().zip(corners.first())).flatten();
    let mut points: Vec<DVec3> =
        sides.chain(around).flat_map(|(a, b)| along(&on, *a, *b)).map(|p| on.at(p)).collect();
    points.extend(corners.last().filter(|_| !flat.closed).map(|p| on.at(*p)));
    Ok(Path { points, closed: flat.closed, curved: flat.curved || !on.is_flat() })
}

/// Points on the way from one pair of parameters to another without the last: as many as the surface is curved there.
fn along(on: &Surface, from: DVec2, to: DVec2) -> Vec<DVec2> {
    let [us, vs] = on.lattice(from.min(to), from.max(to));
    let n = if on.is_flat() { 1 } else { us.len().max(vs.len()) + 1 };
    charge(n);
    (0..n).map(|i| from.lerp(to, i as f64 / n as f64)).collect()
}

/// The part of a surface between two corners of its parameters.
fn sheet(r: &Record<'_>, on: &Surface, low: DVec2, high: DVec2) -> Result<Mesh, Fail> {
    if !(low.is_finite() && high.is_finite() && high.x > low.x && high.y > low.y) {
        return Err(r.empty("the surface has no area"));
    }
    let [us, vs] = on.lattice(low, high);
    let with_ends = |low: f64, inner: Vec<f64>, high: f64| {
        std::iter::once(low).chain(inner).chain(std::iter::once(high)).collect::<Vec<f64>>()
    };
    let (us, vs) = (with_ends(low.x, us, high.x), with_ends(low.y, vs, high.y));
    let n_triangles = 2 * (us.len() - 1) * (vs.len() - 1);
    if n_triangles > MAX_TRIANGLES {
        return Err(r.bad("the surface takes too many triangles"));
    }
    charge_triangles(n_triangles);
    let mut mesh = Mesh { curved: !on.is_flat(), ..Mesh::default() };
    for u in &us {
        mesh.points.extend(vs.iter().map(|v| on.at(DVec2::new(*u, *v))));
    }
    let number = |i: usize, j: usize| u32::try_from(i * vs.len() + j).unwrap_or(u32::MAX);
    for i in 1..us.len() {
        for j in 1..vs.len() {
            let [a, b, c, d] = [number(i - 1, j - 1), number(i, j - 1), number(i, j), number(i - 1, j)];
            mesh.triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    Ok(mesh.welded())
}
