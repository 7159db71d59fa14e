//! Grids: their axes as lines, and their names in circles at both ends.

use glam::DVec3;
use lantu_ingest::LabelKind;

use super::{GRID_COLOR, Pen};
use crate::align::{Course, Reader, grid_axis};
use crate::step::Value;

/// Radius of a circle as a part of the grid's extent, and its limits, meters. Chosen: as on drawings of 1:100.
const RADIUS: (f64, f64, f64) = (0.015, 0.2, 1.5);
/// Corners of a circle.
const CORNERS: u32 = 24;
/// How far lines may be from an axis, meters, and how much they may turn, radians. Chosen: not seen on a screen.
const FINE: (f64, f64) = (0.01, 0.1);

/// Draws the axes of an `IfcGrid`; `false` where none can be drawn.
pub(super) fn draw(reader: &Reader<'_>, args: &[Value<'_>], pen: &mut Pen<'_>) -> bool {
    let mut axes: Vec<(String, Vec<DVec3>)> = Vec::new();
    for id in args.iter().skip(7).take(3).flat_map(Value::refs) {
        let Ok(path) = grid_axis(reader, id) else { continue };
        let tag = reader.get(id).and_then(|(_, a)| reader.file.text(a.first())).unwrap_or_default();
        let course = Course::flat(path);
        let points: Vec<DVec3> = course
            .samples(course.range(), FINE.0, FINE.1)
            .into_iter()
            .filter_map(|d| course.at(d).map(|p| p.at))
            .collect();
        if points.len() > 1 {
            axes.push((tag, points));
        }
    }
    let all = axes.iter().flat_map(|a| &a.1);
    let bounds = all.fold(lantu_base::Bounds::EMPTY, |mut b, p| {
        b.add(*p);
        b
    });
    if bounds.is_empty() {
        return false;
    }
    let (share, least, most) = RADIUS;
    let radius = (bounds.size().length() * share).clamp(least, most);
    for (tag, points) in &axes {
        pen.line(points, GRID_COLOR);
        let length: f64 = points.iter().zip(points.iter().skip(1)).map(|(a, b)| a.distance(*b)).sum();
        let ends = [(points.first(), points.get(1)), (points.last(), points.iter().rev().nth(1))];
        for (end, inner) in ends {
            let (Some(end), Some(inner)) = (end, inner) else { continue };
            let Some(outward) = (*end - *inner).try_normalize() else { continue };
            let center = *end + outward * radius;
            let circle: Vec<DVec3> = (0..=CORNERS)
                .map(|i| {
                    let angle = std::f64::consts::TAU * f64::from(i) / f64::from(CORNERS);
                    center + glam::DVec2::from_angle(angle).extend(0.0) * radius
                })
                .collect();
            if !tag.is_empty() {
                pen.line(&circle, GRID_COLOR);
                pen.word(center, tag, LabelKind::Axis, length);
            }
        }
    }
    true
}
