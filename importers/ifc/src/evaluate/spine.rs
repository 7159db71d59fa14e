//! `IfcSectionedSpine`: profiles that stand at places along a line, joined corner by corner.

use glam::DAffine3;

use super::Fail;
use super::along::{Stack, matched};
use super::context::{Context, Record};
use super::extrude::joined;
use super::mesh::Mesh;
use super::profile::{Region, profile};

/// `IfcSectionedSpine`. Between two sections the sides are straight.
pub(crate) fn sectioned(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let (profiles, places) = (r.references(1), r.references(2));
    if profiles.len() != places.len() || profiles.len() < 2 {
        return Err(r.bad("it has not one place for each of its profiles, two at least"));
    }
    let mut sections: Vec<(Region, DAffine3)> = Vec::with_capacity(profiles.len());
    for (id, place) in profiles.into_iter().zip(places) {
        let [region] = <[Region; 1]>::try_from(profile(cx, id)?.regions).map_err(|_several| Fail::Unknown)?;
        let place = cx.read.axes(place).ok_or_else(|| r.bad("a place of a section cannot be read"))?;
        sections.push((region, place));
    }
    let lengths = |r: &Region| r.rings.iter().map(Vec::len).collect::<Vec<_>>();
    let first = sections.first().map(|s| lengths(&s.0)).unwrap_or_default();
    let mesh = if sections.iter().all(|s| lengths(&s.0) == first) {
        stacked(sections.iter().map(|(region, at)| (region, *at)))?
    } else {
        let pairs = sections.iter().zip(sections.iter().skip(1)).map(|((a, from), (b, to))| {
            let (a, b) = matched(a, b).ok_or(Fail::Unknown)?;
            stacked([(&a, *from), (&b, *to)].into_iter())
        });
        joined(pairs.collect::<Result<_, _>>()?)?
    };
    Ok(mesh.outward())
}

fn stacked<'s>(sections: impl Iterator<Item = (&'s Region, DAffine3)>) -> Result<Mesh, Fail> {
    let mut stack = Stack::default();
    for (region, at) in sections {
        let corners = region.rings.iter().flatten().map(|p| at.transform_point3(p.extend(0.0)));
        stack.push(region, corners);
    }
    Ok(stack.solid()?.outward())
}
