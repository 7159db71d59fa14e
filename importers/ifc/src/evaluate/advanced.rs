//! B-reps with curved faces: edges become lines once, faces are filled between them in the parameters of their
//! surface.

use std::collections::HashMap;

use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::Fail;
use super::bend::bend;
use super::context::{Context, Record};
use super::curve::between;
use super::faces::faces_of;
use super::fill::{fill, fill_around, pairs, plane_axes, twice_area};
use super::mesh::Mesh;
use super::shell::orient;
use super::surface::{Surface, surfaces};
use crate::shapes::{charge, charge_triangles};

/// Most points inside one face. Chosen: a sphere of 100 m radius needs fewer.
const MAX_INNER: usize = 20_000;

/// Largest distance of a face's bounds from its surface, as a part of the face's size. Chosen: tolerances of
/// exporters and lines for arcs stay below; a surface that is read wrongly does not.
const MAX_OFF: f64 = 0.02;

/// `IfcAdvancedBrep`, with or without voids.
pub(crate) fn brep(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let mut mesh = shell(cx, r.reference(0)?)?;
    for void in r.references(1) {
        let mut hole = shell(cx, void)?;
        hole.turn_over();
        mesh.append(hole);
    }
    if mesh.triangles.is_empty() { Err(r.empty("none of its faces has an area")) } else { Ok(mesh) }
}

/// The faces of a shell, flat or curved.
pub(crate) fn shell(cx: Context<'_>, id: u64) -> Result<Mesh, Fail> {
    let mut builder = Builder::default();
    for face in faces_of(&cx.record(id)?)? {
        let face = cx.record(face)?;
        builder.face(cx, &face)?;
    }
    let mut mesh = builder.mesh.welded();
    orient(&mut mesh);
    mesh.curved = true;
    Ok(mesh)
}

/// What of a surface lies within rings of points on it.
pub(crate) fn within(
    cx: Context<'_>,
    r: &Record<'_>,
    surface: u64,
    rings: &[Vec<DVec3>],
) -> Result<Mesh, Fail> {
    let mut builder = Builder::default();
    let mut numbered = Vec::new();
    for ring in rings {
        numbered.push(ring.iter().map(|p| builder.add(*p)).collect());
    }
    let is_flat = builder.area(surfaces(cx, surface)?, &numbered, true)?;
    builder.mesh.curved = !is_flat;
    if builder.mesh.triangles.is_empty() {
        return Err(r.empty("its boundaries enclose nothing"));
    }
    Ok(builder.mesh.welded())
}

/// The plane of a ring of points, on the side from which they run counterclockwise.
fn flat(ring: &[DVec3]) -> Result<Surface, Fail> {
    let origin = *ring.first().ok_or(Fail::Unknown)?;
    let sides = ring.iter().zip(ring.iter().skip(1));
    let normal: DVec3 = sides.map(|(a, b)| (*a - origin).cross(*b - origin)).sum();
    let (x, y) = plane_axes(normal).ok_or(Fail::Unknown)?;
    Ok(Surface::Plane(DAffine3 { matrix3: DMat3::from_cols(x, y, x.cross(y)), translation: origin }))
}

/// A corner of a face: its number and its parameters.
type Corner = (u32, DVec2);

#[derive(Default)]
struct Builder {
    mesh: Mesh,
    vertices: HashMap<u64, u32>,
    edges: HashMap<u64, Vec<u32>>,
}

impl Builder {
    fn add(&mut self, p: DVec3) -> u32 {
        let n = self.mesh.next();
        self.mesh.points.push(p);
        n
    }

    fn vertex(&mut self, cx: Context<'_>, id: u64) -> Result<u32, Fail> {
        if let Some(n) = self.vertices.get(&id) {
            return Ok(*n);
        }
        let r = cx.record(id)?;
        let p = if r.keyword == "IFCVERTEXPOINT" {
            r.point(0)?
        } else {
            cx.read.point(id).ok_or(Fail::Unknown)?
        };
        let n = self.add(p);
        self.vertices.insert(id, n);
        Ok(n)
    }

    /// Corners of an edge from its start to its end.
    fn edge(&mut self, cx: Context<'_>, id: u64) -> Result<Vec<u32>, Fail> {
        if let Some(known) = self.edges.get(&id) {
            return Ok(known.clone());
        }
        let r = cx.record(id)?;
        let (start, end) = (self.vertex(cx, r.reference(0)?)?, self.vertex(cx, r.reference(1)?)?);
        let mut line = vec![start];
        if r.keyword == "IFCEDGECURVE" {
            let at = |n: u32| self.mesh.points.get(n as usize).copied().unwrap_or_default();
            let points = between(cx, r.reference(2)?, [at(start), at(end)], r.flag(3).unwrap_or(true))?;
            for p in points {
                line.push(self.add(p));
            }
        }
        line.push(end);
        self.edges.insert(id, line.clone());
        Ok(line)
    }

    /// The corners around a bound.
    fn bound(&mut self, cx: Context<'_>, r: &Record<'_>) -> Result<Vec<u32>, Fail> {
        let looped = cx.record(r.reference(0)?)?;
        let mut ring: Vec<u32> = Vec::new();
        match looped.keyword {
            "IFCEDGELOOP" => {
                for id in looped.references(0) {
                    let oriented = cx.record(id)?;
                    let mut line = self.edge(cx, oriented.reference(2)?)?;
                    if oriented.flag(3) == Some(false) {
                        line.reverse();
                    }
                    line.pop();
                    ring.extend(line);
                }
            }
            "IFCPOLYLOOP" => {
                for p in looped.references(0) {
                    ring.push(self.vertex(cx, p)?);
                }
            }
            "IFCVERTEXLOOP" => {}
            _ => return Err(Fail::Unknown),
        }
        if r.flag(1) == Some(false) {
            ring.reverse();
        }
        Ok(ring)
    }

    fn face(&mut self, cx: Context<'_>, r: &Record<'_>) -> Result<(), Fail> {
        if !matches!(r.keyword, "IFCADVANCEDFACE" | "IFCFACESURFACE" | "IFCFACE") {
            return Err(Fail::Unknown);
        }
        let mut bounds = Vec::new();
        for bound in r.references(0) {
            let bound = cx.record(bound)?;
            bounds.push(self.bound(cx, &bound)?);
        }
        bounds.retain(|ring| ring.len() >= 2);
        // A face without a surface is flat.
        let on = if r.keyword == "IFCFACE" {
            vec![flat(&self.points(&bounds))?]
        } else {
            surfaces(cx, r.reference(1)?)?
        };
        self.area(on, &bounds, r.flag(2).unwrap_or(true)).map(drop)
    }

    fn points(&self, bounds: &[Vec<u32>]) -> Vec<DVec3> {
        bounds.iter().flatten().filter_map(|n| self.mesh.points.get(*n as usize)).copied().collect()
    }

    /// Fills what lies within bounds on the one of some surfaces that they lie on; says whether that is flat.
    fn area(&mut self, on: Vec<Surface>, bounds: &[Vec<u32>], same_sense: bool) -> Result<bool, Fail> {
        charge_triangles(bounds.iter().map(Vec::len).sum());
        let corners = self.points(bounds);
        let size = corners.iter().filter_map(|p| corners.first().map(|o| p.distance(*o))).fold(0.0, f64::max);
        let on = on
            .into_iter()
            .map(|on| (on.distance(corners.iter().copied()), on))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|found| found.0 <= MAX_OFF * size)
            .ok_or(Fail::Unknown)?
            .1;
        let rings: Vec<Vec<Corner>> = bounds.iter().map(|ring| self.unrolled(&on, ring)).collect();
        let rings = self.joined(&on, rings, same_sense).ok_or(Fail::Unknown)?;
        self.fill(&on, &rings).ok_or(Fail::Unknown)?;
        Ok(on.is_flat())
    }

    /// Corners with parameters that do not jump where the surface closes on itself.
    fn unrolled(&self, on: &Surface, ring: &[u32]) -> Vec<Corner> {
        let found: Vec<(u32, Option<f64>, f64)> = ring
            .iter()
            .map(|n| {
                let (u, v) = on.parameters(self.mesh.points.get(*n as usize).copied().unwrap_or_default());
                (*n, u, v)
            })
            .collect();
        let periods = on.periods();
        let near = |value: f64, to: f64, period: f64| {
            if period > 0.0 { value + ((to - value) / period).round() * period } else { value }
        };
        // It starts at a corner that is no pole.
        let start = found.iter().position(|f| f.1.is_some()).unwrap_or(0);
        let n = found.len();
        let mut out: Vec<Corner> = Vec::with_capacity(n + 2);
        for k in 0..n {
            let Some((number, u, v)) = found.get((start + k) % n).copied() else { continue };
            let last = out.last().map_or(DVec2::new(u.unwrap_or(0.0), v), |c| c.1);
            let v = near(v, last.y, periods.y);
            if let Some(u) = u {
                out.push((number, DVec2::new(near(u, last.x, periods.x), v)));
            } else {
                // A pole is a side of the parameters: from where the line comes to where it goes on.
                out.push((number, DVec2::new(last.x, v)));
                let next = (1..n).find_map(|j| found.get((start + k + j) % n).and_then(|f| f.1));
                let next = near(next.unwrap_or(last.x), last.x, periods.x);
                out.push((number, DVec2::new(next, v)));
            }
        }
        out
    }

    /// Rings that each bound an area of the parameters: those that run around the surface are joined by a seam, or
    /// closed over a pole. The outer one first.
    fn joined(
        &mut self,
        on: &Surface,
        rings: Vec<Vec<Corner>>,
        same_sense: bool,
    ) -> Option<Vec<Vec<Corner>>> {
        let period = on.periods().x;
        let mut round: Vec<(Vec<Corner>, f64)> = Vec::new();
        let mut out: Vec<Vec<Corner>> = Vec::new();
        for ring in rings {
            let (first, last) = (ring.first()?.1.x, ring.last()?.1.x);
            let turns = if period > 0.0 { ((last - first) / period).round() } else { 0.0 };
            if turns == 0.0 { out.push(ring) } else { round.push((ring, turns)) }
        }
        match round.len() {
            0 => {}
            1 => {
                let (mut ring, turns) = round.pop()?;
                let upwards = (turns > 0.0) == same_sense;
                let v = on.pole(upwards).or_else(|| on.pole(!upwards))?;
                let (number, start) = *ring.first()?;
                let shifted = DVec2::new(start.x + turns * period, start.y);
                ring.push((number, shifted));
                let pole = self.add(on.at(DVec2::new(0.0, v)));
                ring.push((pole, DVec2::new(shifted.x, v)));
                ring.push((pole, DVec2::new(start.x, v)));
                out.push(ring);
            }
            2 => {
                let (mut second, back) = round.pop()?;
                let (mut ring, turns) = round.pop()?;
                if turns * back > 0.0 {
                    second.reverse();
                }
                let (number, start) = *ring.first()?;
                let end = DVec2::new(start.x + turns * period, start.y);
                ring.push((number, end));
                // The seam runs to the corner of the other ring that is nearest around the surface.
                let around = |u: f64| ((u - end.x) / period - ((u - end.x) / period).round()).abs();
                let at =
                    second.iter().enumerate().min_by(|a, b| around(a.1.1.x).total_cmp(&around(b.1.1.x)))?.0;
                let winds = (second.last()?.1.x - second.first()?.1.x).signum() * period;
                let tail = second.split_off(at);
                let head = second.into_iter().map(|(n, p)| (n, DVec2::new(p.x + winds, p.y)));
                let mut second: Vec<Corner> = tail.into_iter().chain(head).collect();
                let (number, first) = *second.first()?;
                second.push((number, DVec2::new(first.x + winds, first.y)));
                let shift = ((end.x - first.x) / period).round() * period;
                ring.extend(second.into_iter().map(|(n, p)| (n, DVec2::new(p.x + shift, p.y))));
                out.push(ring);
            }
            _ => return None,
        }
        let area = |ring: &Vec<Corner>| twice_area(&ring.iter().map(|c| c.1).collect::<Vec<_>>());
        out.sort_by(|a, b| area(b).abs().total_cmp(&area(a).abs()));
        let outer = out.first()?;
        let middle = |ring: &[Corner]| ring.iter().map(|c| c.1.x).sum::<f64>() / ring.len() as f64;
        let center = middle(outer);
        for (n, ring) in out.iter_mut().enumerate() {
            if n > 0 && period > 0.0 {
                let shift = ((center - middle(ring)) / period).round() * period;
                for c in ring.iter_mut() {
                    c.1.x += shift;
                }
            }
            if (area(ring) > 0.0) != (n == 0) {
                ring.reverse();
            }
        }
        Some(out)
    }

    fn fill(&mut self, on: &Surface, rings: &[Vec<Corner>]) -> Option<()> {
        let mut numbers: Vec<u32> = rings.iter().flatten().map(|c| c.0).collect();
        let flat: Vec<Vec<DVec2>> = rings.iter().map(|r| r.iter().map(|c| c.1).collect()).collect();
        let inner = if on.is_flat() { Vec::new() } else { inner_points(on, &flat) };
        // Where lines along the surface are straight, triangles may be as long as they like, but not reach across.
        let shrink = shrink(on, &flat);
        let narrow = |points: &[DVec2]| points.iter().map(|p| *p * shrink).collect::<Vec<_>>();
        let flat: Vec<Vec<DVec2>> = flat.iter().map(|r| narrow(r)).collect();
        let around = if on.is_flat() { fill(&flat) } else { fill_around(&flat, &narrow(&inner)) };
        // Along straight bounds of a twisted face triangles are as long as the bounds.
        let is_bent = !on.is_flat() && (around.is_none() || on.is_spline());
        let bound = || rings.iter().flatten();
        let point = |n: u32| self.mesh.points.get(n as usize).copied().unwrap_or_default();
        let (mut corners, mut triangles): (Vec<(DVec2, DVec3)>, _) = match around {
            Some(triangles) => {
                let all = bound().map(|c| c.1).chain(inner);
                (all.map(|at| (at, on.at(at))).collect(), triangles)
            }
            None if on.is_flat() => return None,
            // Bounds that nearly touch in their parameters have a filling, but none around given points.
            None => (bound().map(|(n, at)| (*at, point(*n))).collect(), fill(&flat)?),
        };
        if is_bent {
            bend(on, &mut corners, &mut triangles);
        }
        let n_bound = numbers.len();
        for (_, at) in corners.into_iter().skip(n_bound) {
            let n = self.add(at);
            numbers.push(n);
        }
        self.push(&numbers, &triangles)
    }

    /// Adds triangles of the corners with some numbers.
    fn push(&mut self, numbers: &[u32], triangles: &[[u32; 3]]) -> Option<()> {
        let number = |i: u32| numbers.get(i as usize).copied();
        for [a, b, c] in triangles {
            self.mesh.triangles.push([number(*a)?, number(*b)?, number(*c)?]);
        }
        Some(())
    }
}

/// By how much parameters are shrunk before a face is filled: along straight lines to about one step across them, so
/// that who is near is near across.
fn shrink(on: &Surface, rings: &[Vec<DVec2>]) -> DVec2 {
    let all = || rings.iter().flatten().copied();
    let low = all().fold(DVec2::INFINITY, DVec2::min);
    let high = all().fold(DVec2::NEG_INFINITY, DVec2::max);
    if !on.is_straight() || high.y <= low.y {
        return DVec2::ONE;
    }
    let [across, _] = on.lattice(low, high);
    let step = (high.x - low.x) / (across.len() + 1) as f64;
    DVec2::new(1.0, (step / (high.y - low.y)).min(1.0))
}

/// Points of a lattice inside a face, not too near to its outline.
fn inner_points(on: &Surface, rings: &[Vec<DVec2>]) -> Vec<DVec2> {
    let all = || rings.iter().flatten().copied();
    let low = all().fold(DVec2::INFINITY, DVec2::min);
    let high = all().fold(DVec2::NEG_INFINITY, DVec2::max);
    let [us, vs] = on.lattice(low, high);
    if us.len() * vs.len() > MAX_INNER {
        return Vec::new();
    }
    let step = DVec2::new((high.x - low.x) / (us.len() + 1) as f64, (high.y - low.y) / (vs.len() + 1) as f64);
    charge_triangles(2 * us.len() * vs.len());
    charge(us.len() * vs.len() * all().count());
    let mut out = Vec::new();
    for u in &us {
        for v in &vs {
            let p = DVec2::new(*u, *v);
            let mut inside = false;
            let mut near = f64::INFINITY;
            for (a, b) in rings.iter().flat_map(|r| pairs(r)) {
                if (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
                    inside = !inside;
                }
                // Distances in steps of the lattice.
                let (x, d) = ((p - a) / step, (b - a) / step);
                let t = if d.length_squared() > 0.0 {
                    (x.dot(d) / d.length_squared()).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                near = near.min((x - d * t).length_squared());
            }
            if inside && near > 0.1 {
                out.push(p);
            }
        }
    }
    out
}
