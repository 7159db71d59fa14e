//! Solids of constructive geometry: block, pyramid, cone, cylinder, sphere.

use std::f64::consts::{PI, TAU};

use glam::{DAffine3, DVec3};

use super::Fail;
use super::boolean::block;
use super::context::Record;
use super::fill::halved;
use super::mesh::Mesh;
use super::tolerance::{arc_segments, double_arc_segments};
use crate::shapes::charge_triangles;

/// An `IfcCsgPrimitive3D`, or an `IfcBoundingBox` that is all there is of a body.
pub(crate) fn primitive(r: &Record<'_>) -> Result<Mesh, Fail> {
    if r.keyword == "IFCBOUNDINGBOX" {
        let low = r.point(0)?;
        return Ok(block(DAffine3::IDENTITY, low, low + DVec3::new(r.size(1)?, r.size(2)?, r.size(3)?)));
    }
    let axes = r.axes(0);
    let mesh = match r.keyword {
        "IFCBLOCK" => {
            return Ok(block(axes, DVec3::ZERO, DVec3::new(r.size(1)?, r.size(2)?, r.size(3)?)));
        }
        "IFCRECTANGULARPYRAMID" => pyramid(r.size(1)?, r.size(2)?, r.size(3)?),
        "IFCRIGHTCIRCULARCONE" => {
            let (height, radius) = (r.size(1)?, r.size(2)?);
            turned(&[(radius, 0.0), (0.0, height)], arc_segments(radius, TAU))
        }
        "IFCRIGHTCIRCULARCYLINDER" => {
            let (height, radius) = (r.size(1)?, r.size(2)?);
            turned(&[(radius, 0.0), (radius, height)], arc_segments(radius, TAU))
        }
        "IFCSPHERE" => {
            let radius = r.size(1)?;
            let n = double_arc_segments(radius, PI);
            let meridian: Vec<(f64, f64)> = (0..=n)
                .map(|i| {
                    let t = PI * (i as f64 / n as f64 - 0.5);
                    let at_pole = i == 0 || i == n;
                    (if at_pole { 0.0 } else { radius * t.cos() }, radius * t.sin())
                })
                .collect();
            turned(&meridian, double_arc_segments(radius, TAU))
        }
        _ => return Err(Fail::Unknown),
    };
    Ok(mesh.transformed(axes))
}

/// The base with a corner at the origin, the apex above its middle.
fn pyramid(x: f64, y: f64, height: f64) -> Mesh {
    let points = vec![
        DVec3::ZERO,
        DVec3::new(x, 0.0, 0.0),
        DVec3::new(x, y, 0.0),
        DVec3::new(0.0, y, 0.0),
        DVec3::new(x / 2.0, y / 2.0, height),
    ];
    let triangles = vec![[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]];
    Mesh { points, triangles, ..Mesh::default() }
}

/// A line of (radius, height), bottom up, turned about Z in `n` steps; ends off the axis are closed with flat caps.
fn turned(line: &[(f64, f64)], n: usize) -> Mesh {
    let size = u32::try_from(n).unwrap_or(u32::MAX);
    let mut mesh = Mesh { curved: true, ..Mesh::default() };
    charge_triangles(n.saturating_mul(line.len()).saturating_mul(2));
    let mut rings: Vec<(u32, bool)> = Vec::new();
    for &(r, z) in line {
        rings.push((mesh.next(), r == 0.0));
        let count = if r == 0.0 { 1 } else { n };
        mesh.points.extend((0..count).map(|i| {
            let t = TAU * (i as f64 / n as f64);
            DVec3::new(r * t.cos(), r * t.sin(), z)
        }));
    }
    let corner = |(first, is_point): (u32, bool), i: u32| if is_point { first } else { first + i % size };
    for (low, high) in rings.iter().zip(rings.iter().skip(1)) {
        for i in 0..size {
            let [a, b, c, d] = [corner(*low, i), corner(*low, i + 1), corner(*high, i + 1), corner(*high, i)];
            if !low.1 {
                mesh.triangles.push([a, b, c]);
            }
            if !high.1 {
                mesh.triangles.push([a, c, d]);
            }
        }
    }
    let cap = |(first, _): (u32, bool)| halved(size).into_iter().map(move |t| t.map(|i| first + i));
    if let Some(bottom) = rings.first().filter(|r| !r.1) {
        mesh.triangles.extend(cap(*bottom).map(|[a, b, c]| [a, c, b]));
    }
    if let Some(top) = rings.last().filter(|r| !r.1) {
        mesh.triangles.extend(cap(*top));
    }
    mesh
}
