//! Surfaces that have ends of their own: what a set of geometry or a representation may hold beside shells.

use std::f64::consts::{PI, TAU};

use glam::{DVec2, DVec3};

use super::context::{Context, Record};
use super::curve::path;
use super::fill::{fill, twice_area};
use super::mesh::Mesh;
use super::surface::{Surface, surfaces};
use super::{Fail, mesh_of};
use crate::shapes::charge_triangles;

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
    let (length, angle) = (cx.read.length_m, cx.read.angle_rad);
    // Ours are those of the standard times the first, plus the second.
    let (u, v) = match (basis.keyword, &on) {
        ("IFCPLANE", _) => ((length, 0.0), (length, 0.0)),
        ("IFCCYLINDRICALSURFACE", Surface::Turned { scale, .. }) => ((angle * scale, 0.0), (length, 0.0)),
        ("IFCSPHERICALSURFACE" | "IFCTOROIDALSURFACE", Surface::Turned { scale, .. }) => {
            let high = on.extent().ok_or(Fail::Unknown)?.1.y;
            // Latitudes count from the equator, ours from the lower pole; the tube of a torus from outside, ours
            // from inside.
            let sweep = if basis.keyword == "IFCSPHERICALSURFACE" { PI } else { TAU };
            ((angle * scale, 0.0), (angle / sweep * high, high / 2.0))
        }
        (_, Surface::Spline { scale, .. }) => ((scale.x, 0.0), (scale.y, 0.0)),
        _ => return Err(Fail::Unknown),
    };
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
