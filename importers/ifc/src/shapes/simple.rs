//! What stands for a shape that could not be made: a hatched box.

use std::collections::HashSet;

use glam::DVec3;
use lantu_base::Bounds;

use super::form::Part;
use super::local::Model;
use super::task::Task;
use crate::step::{Record, Value};

/// Records that are looked at for the corners of a box. Chosen: a tenth of a second.
const MAX_RECORDS: usize = 200_000;
/// Stripes along the longest side of a box. Chosen: seen as hatching at any size on screen.
const STRIPES: usize = 12;
/// Colors of the stripes, sRGB and alpha. Chosen: warning colors that no material has.
const COLORS: [[u8; 4]; 2] = [[230, 120, 0, 255], [70, 70, 70, 255]];
/// Thinnest side of a box as a part of its longest, so that it stays a body.
const MIN_SIDE: f64 = 1e-3;

/// A hatched box around the points that a product's shape is made of, in its own axes; `None` without points.
pub(crate) fn hatched_box(model: &Model<'_>, task: &Task) -> Option<Vec<Part>> {
    let mut bounds = points(model, &task.representations);
    if bounds.is_empty() {
        return None;
    }
    let size = bounds.size();
    let longest = size.max_element();
    if !longest.is_finite() || longest <= 0.0 {
        return None;
    }
    let grow = (DVec3::splat(longest * MIN_SIDE) - size).max(DVec3::ZERO) * 0.5;
    bounds = Bounds::new(bounds.min - grow, bounds.max + grow);
    Some(stripes(&bounds))
}

/// Box of all points below some records, with the sizes of what is given by sizes around them.
fn points(model: &Model<'_>, roots: &[u64]) -> Bounds {
    let mut bounds = Bounds::EMPTY;
    let mut reach = 0.0_f64;
    let mut seen: HashSet<u64> = roots.iter().copied().collect();
    let mut todo: Vec<u64> = roots.to_vec();
    while let Some(record) = todo.pop() {
        if seen.len() > MAX_RECORDS {
            break;
        }
        let Some(r) = model.file.scan.find(record) else { continue };
        let keyword = model.file.scan.keyword(r);
        match keyword {
            "IFCCARTESIANPOINT" => {
                let args = model.file.args(r);
                if let Some(point) = args.first() {
                    add(&mut bounds, point, model.meters());
                }
            }
            "IFCCARTESIANPOINTLIST3D" | "IFCCARTESIANPOINTLIST2D" => {
                let args = model.file.args(r);
                for point in args.first().map(Value::members).unwrap_or_default() {
                    add(&mut bounds, point, model.meters());
                }
            }
            k if k.contains("CONTEXT") => {}
            _ => {
                reach = reach.max(size(model, r, keyword));
                model.references(r, |below| {
                    if seen.insert(below) {
                        todo.push(below);
                    }
                });
            }
        }
    }
    // Nothing but the middle of something round, or the foot of something high, is among the points.
    if !bounds.is_empty() && bounds.size().max_element() < reach {
        bounds = Bounds::new(bounds.min - DVec3::splat(reach), bounds.max + DVec3::splat(reach));
    }
    bounds
}

/// Where items and profiles that are given by sizes have them: keyword, first and last attribute.
const SIZES: [(&str, usize, usize); 12] = [
    ("IFCCIRCLE", 1, 1),
    ("IFCELLIPSE", 1, 2),
    ("IFCSPHERE", 1, 1),
    ("IFCBLOCK", 1, 3),
    ("IFCRECTANGULARPYRAMID", 1, 3),
    ("IFCRIGHTCIRCULARCONE", 1, 2),
    ("IFCRIGHTCIRCULARCYLINDER", 1, 2),
    ("IFCBOUNDINGBOX", 1, 3),
    ("IFCSWEPTDISKSOLID", 1, 1),
    ("IFCSWEPTDISKSOLIDPOLYGONAL", 1, 1),
    ("IFCEXTRUDEDAREASOLID", 3, 3),
    ("IFCEXTRUDEDAREASOLIDTAPERED", 3, 3),
];

/// The largest size of an item or a profile that is given by sizes, meters; 0 of all others.
fn size(model: &Model<'_>, record: &Record, keyword: &str) -> f64 {
    let span = SIZES.iter().find(|s| s.0 == keyword).map(|s| (s.1, s.2));
    // Profiles have their sizes behind their name and position.
    let Some((first, last)) = span.or_else(|| keyword.ends_with("PROFILEDEF").then_some((3, 5))) else {
        return 0.0;
    };
    let args = model.file.args(record);
    let sizes = args.get(first..args.len().min(last + 1)).unwrap_or_default();
    let size = sizes.iter().filter_map(Value::as_f64).filter(|v| v.is_finite()).fold(0.0, f64::max);
    size * model.meters()
}

fn add(bounds: &mut Bounds, point: &Value<'_>, meters: f64) {
    let at = |i: usize| point.members().get(i).and_then(Value::as_f64).unwrap_or(0.0);
    let p = DVec3::new(at(0), at(1), at(2)) * meters;
    if p.is_finite() {
        bounds.add(p);
    }
}

/// A closed box whose sides are striped in two colors across its longest side.
fn stripes(bounds: &Bounds) -> Vec<Part> {
    let size = bounds.size();
    let long = (0..3).max_by(|&a, &b| size[a].total_cmp(&size[b])).unwrap_or(0);
    let [u, v] = [(long + 1) % 3, (long + 2) % 3];
    let origin = bounds.min;
    let corner = |step: usize, at_u: f64, at_v: f64| {
        let mut p = DVec3::ZERO;
        p[long] = size[long] * step as f64 / STRIPES as f64;
        p[u] = size[u] * at_u;
        p[v] = size[v] * at_v;
        p
    };
    // Counterclockwise around the long side, seen from its far end.
    let ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let mut parts = COLORS.map(|color| Part { origin: origin.to_array(), color, ..Part::default() });
    for stripe in 0..STRIPES {
        let part = if stripe % 2 == 0 { parts.first_mut() } else { parts.last_mut() };
        let Some(part) = part else { continue };
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let quad = [
                corner(stripe, a.0, a.1),
                corner(stripe, b.0, b.1),
                corner(stripe + 1, b.0, b.1),
                corner(stripe + 1, a.0, a.1),
            ];
            push_quad(part, quad);
        }
    }
    if let Some(part) = parts.first_mut() {
        let [a, b, c, d] = ring.map(|(at_u, at_v)| corner(0, at_u, at_v));
        push_quad(part, [d, c, b, a]);
    }
    if let Some(part) = parts.last_mut() {
        push_quad(part, ring.map(|(at_u, at_v)| corner(STRIPES, at_u, at_v)));
    }
    parts.into()
}

#[expect(clippy::cast_possible_truncation, reason = "relative to the box's own corner")]
fn push_quad(part: &mut Part, quad: [DVec3; 4]) {
    let base = u32::try_from(part.positions.len() / 3).unwrap_or(0);
    part.positions.extend(quad.iter().flat_map(DVec3::to_array).map(|c| c as f32));
    part.indices.extend([0, 1, 2, 0, 2, 3].map(|i| base + i));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::form::Form;

    #[test]
    fn a_hatched_box_is_closed_and_as_large_as_what_it_stands_for() {
        let bounds = Bounds::new(DVec3::new(1.0, 2.0, 3.0), DVec3::new(2.0, 6.0, 5.0));
        let form = Form::new(stripes(&bounds));
        assert!(form.measure.closed);
        assert!((form.measure.volume_m3.unwrap() - 8.0).abs() < 1e-6, "outward");
        assert_eq!(form.parts.len(), 2);
    }
}
