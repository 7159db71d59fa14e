//! Outlines of the profiles that are given by sizes: rolled steel, rectangles, circles.

use std::f64::consts::{PI, TAU};

use glam::DVec2;

use super::Fail;
use super::context::Record;
use super::tolerance::arc_segments;

/// A corner and the radius of its rounding.
type Corner = (DVec2, f64);

/// Outer outline and holes of a profile given by sizes, about its own origin; `None` if it is of another kind.
pub(crate) fn outlines(r: &Record<'_>) -> Result<Option<Vec<Vec<DVec2>>>, Fail> {
    let one = |corners: Vec<Corner>| vec![rounded(&corners)];
    Ok(Some(match r.keyword {
        "IFCRECTANGLEPROFILEDEF" => one(rectangle(r.size(3)?, r.size(4)?, 0.0)),
        "IFCROUNDEDRECTANGLEPROFILEDEF" => one(rectangle(r.size(3)?, r.size(4)?, radius(r, 5))),
        "IFCRECTANGLEHOLLOWPROFILEDEF" => {
            let (x, y, wall) = (r.size(3)?, r.size(4)?, r.size(5)?);
            if 2.0 * wall >= x.min(y) {
                return Err(r.bad("the walls of a hollow profile leave no room between them"));
            }
            let inner = rectangle(x - 2.0 * wall, y - 2.0 * wall, radius(r, 6));
            vec![rounded(&rectangle(x, y, radius(r, 7))), rounded(&inner)]
        }
        "IFCCIRCLEPROFILEDEF" => vec![ellipse(r.size(3)?, r.size(3)?)],
        "IFCCIRCLEHOLLOWPROFILEDEF" => {
            let (outer, wall) = (r.size(3)?, r.size(4)?);
            if wall >= outer {
                return Err(r.bad("the wall of a hollow profile leaves no room inside"));
            }
            vec![ellipse(outer, outer), ellipse(outer - wall, outer - wall)]
        }
        "IFCELLIPSEPROFILEDEF" => vec![ellipse(r.size(3)?, r.size(4)?)],
        "IFCTRAPEZIUMPROFILEDEF" => {
            let (bottom, top, y, shift) =
                (r.size(3)? / 2.0, r.size(4)?, r.size(5)? / 2.0, r.length_or_zero(6));
            let left = shift - bottom;
            // The origin is the middle of the box around it, not of its lower side.
            let middle = f64::midpoint(left.min(-bottom), (left + top).max(bottom));
            let [a, b, c, d] = [-bottom, bottom, left + top, left].map(|x| x - middle);
            one(sharp(&[[a, -y], [b, -y], [c, y], [d, y]]))
        }
        "IFCISHAPEPROFILEDEF" => one(i_shape(&symmetric(r)?)),
        "IFCASYMMETRICISHAPEPROFILEDEF" => one(i_shape(&asymmetric(r)?)),
        "IFCLSHAPEPROFILEDEF" => one(l_shape(r)?),
        "IFCUSHAPEPROFILEDEF" => one(u_shape(r)?),
        "IFCTSHAPEPROFILEDEF" => one(t_shape(r)?),
        "IFCZSHAPEPROFILEDEF" => one(z_shape(r)?),
        "IFCCSHAPEPROFILEDEF" => one(c_shape(r)?),
        _ => return Ok(None),
    }))
}

fn radius(r: &Record<'_>, at: usize) -> f64 {
    r.length_or_zero(at).max(0.0)
}

/// A slope in radians, at most 45°: nothing is rolled steeper, and at 90° its tangent has no end.
fn slope(r: &Record<'_>, at: usize) -> f64 {
    r.angle_or_zero(at).clamp(-PI / 4.0, PI / 4.0).tan()
}

fn sharp(points: &[[f64; 2]]) -> Vec<Corner> {
    points.iter().map(|p| (DVec2::from_array(*p), 0.0)).collect()
}

fn rectangle(x: f64, y: f64, radius: f64) -> Vec<Corner> {
    let (x, y) = (x / 2.0, y / 2.0);
    let mut out = sharp(&[[-x, -y], [x, -y], [x, y], [-x, y]]);
    for c in &mut out {
        c.1 = radius;
    }
    out
}

fn ellipse(a: f64, b: f64) -> Vec<DVec2> {
    let n = arc_segments(a.max(b), TAU);
    (0..n)
        .map(|i| {
            let t = TAU * (i as f64 / n as f64);
            DVec2::new(a * t.cos(), b * t.sin())
        })
        .collect()
}

/// One flange of an I: width, thickness, fillet to the web, radius at its edge, slope.
struct Flange {
    half_width: f64,
    thickness: f64,
    fillet: f64,
    edge: f64,
    slope: f64,
}

impl Flange {
    /// Thickness at the edge and at the web; the written one holds half-way between them.
    fn thickness(&self, half_web: f64) -> (f64, f64) {
        let half = (self.half_width - half_web) / 2.0 * self.slope;
        (self.thickness - half, self.thickness + half)
    }
}

struct IShape {
    half_depth: f64,
    half_web: f64,
    bottom: Flange,
    top: Flange,
}

fn checked(r: &Record<'_>, web: f64, shape: IShape) -> Result<IShape, Fail> {
    let narrow = web >= 2.0 * shape.bottom.half_width.min(shape.top.half_width) + 1e-9;
    if narrow || shape.bottom.thickness + shape.top.thickness >= 2.0 * shape.half_depth {
        return Err(r.bad("web or flanges of a profile are thicker than the profile"));
    }
    Ok(shape)
}

fn symmetric(r: &Record<'_>) -> Result<IShape, Fail> {
    let flange = || -> Result<Flange, Fail> {
        Ok(Flange {
            half_width: r.size(3)? / 2.0,
            thickness: r.size(6)?,
            fillet: radius(r, 7),
            edge: radius(r, 8),
            slope: slope(r, 9),
        })
    };
    let web = r.size(5)?;
    let shape =
        IShape { half_depth: r.size(4)? / 2.0, half_web: web / 2.0, bottom: flange()?, top: flange()? };
    checked(r, web, shape)
}

fn asymmetric(r: &Record<'_>) -> Result<IShape, Fail> {
    let bottom_thickness = r.size(6)?;
    let (edges, slopes) =
        if r.args.len() > 13 { ([11, 13], [12, 14]) } else { ([usize::MAX; 2], [usize::MAX; 2]) };
    let bottom = Flange {
        half_width: r.size(3)? / 2.0,
        thickness: bottom_thickness,
        fillet: radius(r, 7),
        edge: radius(r, edges[0]),
        slope: slope(r, slopes[0]),
    };
    let top = Flange {
        half_width: r.size(8)? / 2.0,
        thickness: r.optional_number(9).map_or(Ok(bottom_thickness), |_| r.size(9))?,
        fillet: radius(r, 10),
        edge: radius(r, edges[1]),
        slope: slope(r, slopes[1]),
    };
    let web = r.size(5)?;
    checked(r, web, IShape { half_depth: r.size(4)? / 2.0, half_web: web / 2.0, bottom, top })
}

fn i_shape(s: &IShape) -> Vec<Corner> {
    let (d, w) = (s.half_depth, s.half_web);
    let (b, t) = (&s.bottom, &s.top);
    let ((b_edge, b_web), (t_edge, t_web)) = (b.thickness(w), t.thickness(w));
    let right = [
        (DVec2::new(b.half_width, -d), 0.0),
        (DVec2::new(b.half_width, -d + b_edge), b.edge),
        (DVec2::new(w, -d + b_web), b.fillet),
        (DVec2::new(w, d - t_web), t.fillet),
        (DVec2::new(t.half_width, d - t_edge), t.edge),
        (DVec2::new(t.half_width, d), 0.0),
    ];
    let left = right.iter().rev().map(|(p, r)| (DVec2::new(-p.x, p.y), *r));
    right.iter().copied().chain(left).collect()
}

fn l_shape(r: &Record<'_>) -> Result<Vec<Corner>, Fail> {
    let depth = r.size(3)?;
    let width = r.optional_number(4).map_or(Ok(depth), |_| r.size(4))?;
    let (thickness, fillet, edge, slope) = (r.size(5)?, radius(r, 6), radius(r, 7), slope(r, 8));
    if thickness >= depth.min(width) {
        return Err(r.bad("the legs of a profile are thicker than the profile"));
    }
    let (x, y) = (width / 2.0, depth / 2.0);
    // The written thickness holds half-way along the inner face of each leg.
    let (dx, dy) = ((width - thickness) / 2.0 * slope, (depth - thickness) / 2.0 * slope);
    let inner = meeting(
        (DVec2::new(x, -y + thickness - dx), DVec2::new(-1.0, slope)),
        (DVec2::new(-x + thickness - dy, y), DVec2::new(slope, -1.0)),
    );
    Ok(vec![
        (DVec2::new(-x, -y), 0.0),
        (DVec2::new(x, -y), 0.0),
        (DVec2::new(x, -y + thickness - dx), edge),
        (inner, fillet),
        (DVec2::new(-x + thickness - dy, y), edge),
        (DVec2::new(-x, y), 0.0),
    ])
}

fn u_shape(r: &Record<'_>) -> Result<Vec<Corner>, Fail> {
    let (y, x) = (r.size(3)? / 2.0, r.size(4)? / 2.0);
    let (web, flange, fillet, edge, slope) =
        (r.size(5)?, r.size(6)?, radius(r, 7), radius(r, 8), slope(r, 9));
    if web >= 2.0 * x || flange >= y {
        return Err(r.bad("web or flanges of a profile are thicker than the profile"));
    }
    // The written thickness holds in the middle of the flange's width.
    let (at_edge, at_web) = (y - flange + x * slope, y - flange - (x - web) * slope);
    Ok(vec![
        (DVec2::new(-x, -y), 0.0),
        (DVec2::new(x, -y), 0.0),
        (DVec2::new(x, -at_edge), edge),
        (DVec2::new(-x + web, -at_web), fillet),
        (DVec2::new(-x + web, at_web), fillet),
        (DVec2::new(x, at_edge), edge),
        (DVec2::new(x, y), 0.0),
        (DVec2::new(-x, y), 0.0),
    ])
}

fn t_shape(r: &Record<'_>) -> Result<Vec<Corner>, Fail> {
    let (depth, width) = (r.size(3)?, r.size(4)?);
    let (web, flange) = (r.size(5)?, r.size(6)?);
    let (fillet, flange_edge, web_edge) = (radius(r, 7), radius(r, 8), radius(r, 9));
    let (web_slope, flange_slope) = (slope(r, 10), slope(r, 11));
    if web >= width || flange >= depth {
        return Err(r.bad("web or flange of a profile is thicker than the profile"));
    }
    let (y, x, w) = (depth / 2.0, width / 2.0, web / 2.0);
    // Both thicknesses hold in the middle: of half the flange, of the web's height.
    let flange_tip = DVec2::new(x, y - flange + x / 2.0 * flange_slope);
    let web_tip = DVec2::new(w - y * web_slope, -y);
    let inner = meeting((flange_tip, DVec2::new(-1.0, -flange_slope)), (web_tip, DVec2::new(web_slope, 1.0)));
    let right = [(web_tip, web_edge), (inner, fillet), (flange_tip, flange_edge), (DVec2::new(x, y), 0.0)];
    let left = right.iter().rev().map(|(p, r)| (DVec2::new(-p.x, p.y), *r));
    Ok(right.iter().copied().chain(left).collect())
}

fn z_shape(r: &Record<'_>) -> Result<Vec<Corner>, Fail> {
    let (y, width, web, flange) = (r.size(3)? / 2.0, r.size(4)?, r.size(5)?, r.size(6)?);
    let (fillet, edge) = (radius(r, 7), radius(r, 8));
    if web >= width || flange >= y {
        return Err(r.bad("web or flanges of a profile are thicker than the profile"));
    }
    let (w, x) = (web / 2.0, width - web / 2.0);
    let half = [
        (DVec2::new(-w, -y), 0.0),
        (DVec2::new(x, -y), 0.0),
        (DVec2::new(x, -y + flange), edge),
        (DVec2::new(w, -y + flange), fillet),
    ];
    let other = half.iter().map(|(p, r)| (-*p, *r));
    Ok(half.iter().copied().chain(other).collect())
}

fn c_shape(r: &Record<'_>) -> Result<Vec<Corner>, Fail> {
    let (y, x, wall, girth) = (r.size(3)? / 2.0, r.size(4)? / 2.0, r.size(5)?, r.size(6)?);
    if 2.0 * wall >= 2.0 * x.min(y) || girth > y {
        return Err(r.bad("walls or lips of a profile do not fit into the profile"));
    }
    let inner = radius(r, 7);
    let outer = if inner > 0.0 { inner + wall } else { 0.0 };
    let lip = y - girth;
    let p = DVec2::new;
    if girth <= wall {
        // Lips that are no longer than the walls are thick do not stand out: it is a channel.
        return Ok(vec![
            (p(-x, -y), outer),
            (p(x, -y), 0.0),
            (p(x, -y + wall), 0.0),
            (p(-x + wall, -y + wall), inner),
            (p(-x + wall, y - wall), inner),
            (p(x, y - wall), 0.0),
            (p(x, y), 0.0),
            (p(-x, y), outer),
        ]);
    }
    Ok(vec![
        (p(-x, -y), outer),
        (p(x, -y), outer),
        (p(x, -lip), 0.0),
        (p(x - wall, -lip), 0.0),
        (p(x - wall, -y + wall), inner),
        (p(-x + wall, -y + wall), inner),
        (p(-x + wall, y - wall), inner),
        (p(x - wall, y - wall), inner),
        (p(x - wall, lip), 0.0),
        (p(x, lip), 0.0),
        (p(x, y), outer),
        (p(-x, y), outer),
    ])
}

/// Where two lines meet, each by a point and a direction; the first point where they run beside each other.
fn meeting((a, u): (DVec2, DVec2), (b, v): (DVec2, DVec2)) -> DVec2 {
    let d = u.perp_dot(v);
    if d.abs() < 1e-12 { a } else { a + u * ((b - a).perp_dot(v) / d) }
}

/// The outline with its corners rounded. Radii that do not fit on a side are made smaller until they do.
fn rounded(corners: &[Corner]) -> Vec<DVec2> {
    let before = corners.iter().cycle().skip(corners.len().saturating_sub(1));
    let after = corners.iter().cycle().skip(1);
    // Half the angle within each corner, and how much of its sides the rounding takes.
    let cuts: Vec<(f64, f64)> = corners
        .iter()
        .zip(before.clone().zip(after.clone()))
        .map(|((p, r), ((a, _), (b, _)))| {
            let half = (*a - *p).angle_to(*b - *p).abs() / 2.0;
            if *r > 0.0 && half > 1e-6 && half < PI / 2.0 - 1e-6 {
                (half, *r / half.tan())
            } else {
                (half, 0.0)
            }
        })
        .collect();
    let share =
        |own: f64, other: f64, length: f64| if own + other > length { length / (own + other) } else { 1.0 };
    let mut out = Vec::new();
    let neighbors = cuts.iter().cycle().skip(cuts.len().saturating_sub(1)).zip(cuts.iter().cycle().skip(1));
    for (((p, _), (half, cut)), (((a, _), (b, _)), ((_, cut_a), (_, cut_b)))) in
        corners.iter().zip(&cuts).zip(before.zip(after).zip(neighbors))
    {
        let fit = share(*cut, *cut_a, p.distance(*a)).min(share(*cut, *cut_b, p.distance(*b)));
        let cut = cut * fit;
        let (Some(u), Some(v)) = ((*a - *p).try_normalize(), (*b - *p).try_normalize()) else { continue };
        let radius = cut * half.tan();
        let Some(middle) = (u + v).try_normalize().filter(|_| cut > 1e-9) else {
            out.push(*p);
            continue;
        };
        let center = *p + middle * (radius / half.sin());
        let (from, to) = (*p + u * cut - center, *p + v * cut - center);
        let sweep = from.angle_to(to);
        let n = arc_segments(radius, sweep);
        out.extend((0..=n).map(|i| center + DVec2::from_angle(sweep * (i as f64 / n as f64)).rotate(from)));
    }
    out
}
