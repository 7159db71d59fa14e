//! Extruded areas, straight and tapered.

use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::Fail;
use super::boolean::union;
use super::context::{Context, Record};
use super::curve::path;
use super::fill::{by_ears, fill, plane_axes};
use super::mesh::Mesh;
use super::profile::{Region, profile};
use super::tolerance::MAX_DEVIATION_M;
use crate::shapes::charge_triangles;

/// Smallest part of an extrusion's direction that leaves the profile's plane. Chosen: 0.06°.
const MIN_RISE: f64 = 1e-3;

/// `IfcExtrudedAreaSolid` and `IfcExtrudedAreaSolidTapered`.
pub(crate) fn extruded(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    if let Some(outline) = outline_in_space(cx, r)? {
        return outline.extruded(r);
    }
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

/// The area of an extrusion whose depth is 0: the sheet that it is. Files have signs and tokens so, against the standard,
/// which has depths above 0.
pub(crate) fn sheet(cx: Context<'_>, r: &Record<'_>) -> Option<Mesh> {
    if r.length(3).ok()? != 0.0 {
        return None;
    }
    let (regions, axes) = match outline_in_space(cx, r).ok()? {
        Some(outline) => (vec![outline.region], outline.axes),
        None => (profile(cx, r.reference(0).ok()?).ok()?.regions, DAffine3::IDENTITY),
    };
    let mut mesh = Mesh::default();
    for region in &regions {
        let points: Vec<DVec2> = region.rings.iter().flatten().copied().collect();
        // Nothing stands on the outline of a sheet: one that touches itself is filled as well as it can be.
        let triangles = fill(&region.rings).unwrap_or_else(|| by_ears(&region.rings, &points));
        charge_triangles(triangles.len());
        let n = mesh.next();
        mesh.points.extend(points.iter().map(|p| axes.transform_point3(p.extend(0.0))));
        mesh.triangles.extend(triangles.into_iter().map(|t| t.map(|i| i + n)));
    }
    Some(mesh.transformed(r.axes(1)))
}

/// An outline that leaves its profile's plane: programs that know no other curves than those in space write walls and
/// panels that stand up as such, and mean it.
struct InSpace {
    region: Region,
    axes: DAffine3,
    curved: bool,
}

/// The outline of a profile whose points have heights, if that is what an extrusion has and it is flat.
fn outline_in_space(cx: Context<'_>, r: &Record<'_>) -> Result<Option<InSpace>, Fail> {
    let Some(id) = r.optional(0).filter(|_| r.keyword == "IFCEXTRUDEDAREASOLID") else { return Ok(None) };
    let found = cx.record(id)?;
    if found.keyword != "IFCARBITRARYCLOSEDPROFILEDEF" || !has_heights(cx, found.reference(2)?) {
        return Ok(None);
    }
    let line = path(cx, found.reference(2)?)?;
    let points = line.points.as_slice();
    let Some(origin) = points.first().copied() else { return Ok(None) };
    let sides = points.iter().zip(points.iter().skip(1));
    let normal: DVec3 = sides.map(|(a, b)| (*a - origin).cross(*b - origin)).sum();
    let Some((x, y)) = plane_axes(normal) else { return Ok(None) };
    let axes = DAffine3 { matrix3: DMat3::from_cols(x, y, x.cross(y)), translation: origin };
    let back = axes.inverse();
    let flat: Vec<DVec3> = points.iter().map(|p| back.transform_point3(*p)).collect();
    if flat.iter().any(|p| p.z.abs() > MAX_DEVIATION_M) {
        return Ok(None);
    }
    let ring = flat.into_iter().map(DVec3::truncate).collect();
    Ok(Some(InSpace { region: Region::new(id, vec![ring])?, axes, curved: line.curved }))
}

/// Whether the corners of a polyline have heights that are not 0.
fn has_heights(cx: Context<'_>, line: u64) -> bool {
    let Ok(line) = cx.record(line) else { return false };
    line.keyword == "IFCPOLYLINE"
        && line
            .references(0)
            .first()
            .and_then(|p| cx.record(*p).ok())
            .is_some_and(|p| p.numbers(0).len() == 3)
        && line.references(0).iter().any(|p| cx.read.point(*p).is_some_and(|p| p.z.abs() > MAX_DEVIATION_M))
}

impl InSpace {
    fn extruded(self, r: &Record<'_>) -> Result<Mesh, Fail> {
        let rise = r.direction(2).unwrap_or(DVec3::Z) * r.length(3)?;
        let height = rise.dot(self.axes.matrix3.z_axis);
        if height.abs() < MIN_RISE * rise.length() || rise == DVec3::ZERO {
            return Err(r.empty("the extrusion has no height"));
        }
        let bottom = |p: DVec2| self.axes.transform_point3(p.extend(0.0));
        let part = loft(&self.region, &self.region, bottom, |p| bottom(p) + rise)?.outward();
        Ok(Mesh { curved: self.curved, ..part }.transformed(r.axes(1)))
    }
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
