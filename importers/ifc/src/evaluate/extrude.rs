//! Extruded areas, straight and tapered.

use glam::{DVec2, DVec3};

use super::Fail;
use super::boolean::union;
use super::context::{Context, Record};
use super::fill::fill;
use super::mesh::Mesh;
use super::profile::{Region, profile};
use crate::shapes::charge_triangles;

/// Smallest part of an extrusion's direction that leaves the profile's plane. Chosen: 0.06°.
const MIN_RISE: f64 = 1e-3;

/// `IfcExtrudedAreaSolid` and `IfcExtrudedAreaSolidTapered`.
pub(crate) fn extruded(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let area = profile(cx, r.reference(0)?)?;
    let direction = r.direction(2).unwrap_or(DVec3::Z);
    let depth = r.length(3)?;
    if depth == 0.0 || direction.z.abs() < MIN_RISE {
        return Err(r.empty("the extrusion has no height"));
    }
    let rise = direction * depth;
    let end = match r.optional(4).filter(|_| r.keyword == "IFCEXTRUDEDAREASOLIDTAPERED") {
        Some(end) => profile(cx, end)?,
        None => area.clone(),
    };
    if end.regions.len() != area.regions.len() {
        return Err(Fail::Unknown);
    }
    let mut parts = Vec::new();
    for (from, to) in area.regions.iter().zip(&end.regions) {
        let part = loft(from, to, |p| p.extend(0.0), |p| p.extend(0.0) + rise)?.outward();
        parts.push(Mesh { curved: area.curved, ..part });
    }
    Ok(joined(parts)?.transformed(r.axes(1)))
}

/// One mesh of one or several solids, which may touch or overlap.
pub(crate) fn joined(mut parts: Vec<Mesh>) -> Result<Mesh, Fail> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            union(parts)
        }
        None => Err(Fail::Unknown),
    }
}

/// The solid between two placements of regions whose outlines correspond corner by corner.
///
/// Outward if `to` lies above `from` as their outlines turn, inward otherwise.
pub(crate) fn loft(
    from: &Region,
    to: &Region,
    bottom: impl Fn(DVec2) -> DVec3,
    top: impl Fn(DVec2) -> DVec3,
) -> Result<Mesh, Fail> {
    let lengths = |r: &Region| r.rings.iter().map(Vec::len).collect::<Vec<_>>();
    if lengths(from) != lengths(to) {
        return Err(Fail::Unknown);
    }
    charge_triangles(2 * from.rings.iter().map(Vec::len).sum::<usize>());
    let below = fill(&from.rings).ok_or(Fail::Unknown)?;
    let above = if from == to { below.clone() } else { fill(&to.rings).ok_or(Fail::Unknown)? };
    let mut mesh = Mesh::default();
    mesh.points.extend(from.rings.iter().flatten().map(|p| bottom(*p)));
    let n = mesh.next();
    mesh.points.extend(to.rings.iter().flatten().map(|p| top(*p)));
    mesh.triangles.extend(below.iter().map(|[a, b, c]| [*a, *c, *b]));
    mesh.triangles.extend(above.iter().map(|t| t.map(|i| i + n)));
    let mut first = 0;
    for ring in &from.rings {
        let size = u32::try_from(ring.len()).ok().ok_or(Fail::Unknown)?;
        for i in 0..size {
            let (a, b) = (first + i, first + (i + 1) % size);
            mesh.triangles.extend([[a, b, b + n], [a, b + n, a + n]]);
        }
        first += size;
    }
    Ok(mesh)
}
