//! Cutting flat shapes along a grid, so that their pieces can follow the terrain.

use glam::{DVec2, DVec3};
use lantu_base::FeatureGeometry;

use super::{InputFeature, Job};
use crate::features::surface::Surface;
use crate::height::HeightField;

/// Finest grid, meters. Chosen: finer than this a draped polygon weighs more than the terrain below it.
const MIN_CELL_M: f64 = 2.0;
/// Cells of one feature and of all features together at most; the grid is coarsened until they suffice.
const MAX_CELLS: f64 = 20_000.0;
const MAX_CELLS_IN_ALL: f64 = 600_000.0;
/// Distance over which the slope of the terrain is measured for normals, meters.
const SLOPE_M: f64 = 1.5;

/// How finely shapes are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draper {
    /// Edge of a grid cell: 2 m · 2ⁿ, so that neighbors are cut along the same lines; infinite on flat ground.
    pub(super) cell_m: f64,
}

impl Draper {
    /// The finest grid that all features together can afford, which cover so many m².
    pub(super) fn for_area(total: f64, ground: &dyn HeightField) -> Self {
        let spacing = ground.spacing_m();
        if !spacing.is_finite() {
            return Self { cell_m: f64::INFINITY };
        }
        Self { cell_m: cell_for(total / MAX_CELLS_IN_ALL, spacing.max(MIN_CELL_M)) }
    }

    /// The grid for one of them.
    pub(super) fn for_feature(self, feature: &InputFeature<'_>) -> Self {
        if !self.cell_m.is_finite() {
            return self;
        }
        Self { cell_m: cell_for(area_of(feature) / MAX_CELLS, self.cell_m) }
    }
}

/// The smallest cell of 2 m · 2ⁿ that is at least `at_least` wide and has at least `cell_area`.
fn cell_for(cell_area: f64, at_least: f64) -> f64 {
    let needed = cell_area.max(0.0).sqrt().max(at_least);
    let mut cell = MIN_CELL_M;
    while cell < needed && cell < 1e6 {
        cell *= 2.0;
    }
    cell
}

/// Roughly the ground that a feature covers, m².
pub(super) fn area_of(feature: &InputFeature<'_>) -> f64 {
    match feature.geometry {
        FeatureGeometry::Points(_) => 0.0,
        FeatureGeometry::Lines(lines) => {
            let length = |l: &Vec<[f64; 3]>| -> f64 {
                l.windows(2)
                    .map(|p| if let [a, b] = p { (a[0] - b[0]).hypot(a[1] - b[1]) } else { 0.0 })
                    .sum()
            };
            let total: f64 = lines.iter().map(length).filter(|l| l.is_finite()).sum();
            // A cell of the grid that a line crosses is cut whatever the line's width.
            total * (feature.style.width_m.max(0.0) + MIN_CELL_M)
        }
        FeatureGeometry::Polygons(polygons) => {
            let outer = polygons.iter().filter_map(|rings| rings.first());
            outer
                .map(|r| signed_area(r.iter().map(|p| DVec2::new(p[0], p[1]))).abs())
                .filter(|a| a.is_finite())
                .sum()
        }
    }
}

/// Signed area of a ring, counterclockwise positive; closed or not.
pub(super) fn signed_area(ring: impl Iterator<Item = DVec2> + Clone) -> f64 {
    let Some(first) = ring.clone().next() else { return 0.0 };
    let next = ring.clone().skip(1).chain([first]);
    // Relative to the first point: at map coordinates the products would lose their last digits.
    ring.zip(next).map(|(a, b)| (a - first).perp_dot(b - first)).sum::<f64>() * 0.5
}

/// Adds a triangle of a flat shape, cut along the grid where it has to follow the ground. Faces up.
pub(super) fn triangle(job: &Job<'_>, corners: [DVec3; 3], surface: &mut Surface) {
    let [a, b, c] = corners;
    let up = (b - a).truncate().perp_dot((c - a).truncate());
    let corners = if up < 0.0 { vec![a, c, b] } else { vec![a, b, c] };
    if !job.follows_ground() {
        let placed = |p: &DVec3| job.place(p.to_array());
        if let [a, b, c] = corners.iter().map(placed).collect::<Vec<_>>()[..] {
            surface.flat([a, b, c]);
        }
        return;
    }
    let cell = job.draper.cell_m;
    for strip in slices(corners, 0, cell) {
        for piece in slices(strip, 1, cell) {
            fan(job, &piece, surface);
        }
    }
}

fn fan(job: &Job<'_>, piece: &[DVec3], surface: &mut Surface) {
    let placed: Vec<(DVec3, DVec3)> =
        piece.iter().map(|p| (job.place(p.to_array()), normal(job, p.x, p.y))).collect();
    let Some((&first, rest)) = placed.split_first() else { return };
    for pair in rest.windows(2) {
        let &[b, c] = pair else { continue };
        let ((a, na), (b, nb), (c, nc)) = (first, b, c);
        if (b - a).cross(c - a).length_squared() > 1e-12 {
            surface.smooth([a, b, c], [na, nb, nc]);
        }
    }
}

/// Normal of the ground from its slope.
fn normal(job: &Job<'_>, x: f64, y: f64) -> DVec3 {
    if !job.draper.cell_m.is_finite() {
        return DVec3::Z;
    }
    let at = |dx: f64, dy: f64| job.ground.ground(x + dx, y + dy);
    let dx = (at(SLOPE_M, 0.0) - at(-SLOPE_M, 0.0)) / (2.0 * SLOPE_M);
    let dy = (at(0.0, SLOPE_M) - at(0.0, -SLOPE_M)) / (2.0 * SLOPE_M);
    DVec3::new(-dx, -dy, 1.0).try_normalize().unwrap_or(DVec3::Z)
}

/// Cuts a convex polygon by the grid lines of one axis.
fn slices(polygon: Vec<DVec3>, axis: usize, cell: f64) -> Vec<Vec<DVec3>> {
    let coordinate = |p: &DVec3| if axis == 0 { p.x } else { p.y };
    let low = polygon.iter().map(coordinate).fold(f64::INFINITY, f64::min);
    let high = polygon.iter().map(coordinate).fold(f64::NEG_INFINITY, f64::max);
    let mut cut = (low / cell).floor() * cell + cell;
    // An infinite cell gives NaN or infinity here, and so no cut.
    if !cut.is_finite() || cut >= high {
        return vec![polygon];
    }
    let mut rest = polygon;
    let mut done = Vec::new();
    while cut < high {
        let (below, above) = halve(&rest, cut, &coordinate);
        if below.len() > 2 {
            done.push(below);
        }
        rest = above;
        cut += cell;
    }
    if rest.len() > 2 {
        done.push(rest);
    }
    done
}

fn halve(polygon: &[DVec3], at: f64, coordinate: &impl Fn(&DVec3) -> f64) -> (Vec<DVec3>, Vec<DVec3>) {
    let (mut below, mut above) = (Vec::new(), Vec::new());
    let next = polygon.iter().skip(1).chain(polygon.first());
    for (p, q) in polygon.iter().zip(next) {
        let (dp, dq) = (coordinate(p) - at, coordinate(q) - at);
        if dp <= 0.0 {
            below.push(*p);
        }
        if dp >= 0.0 {
            above.push(*p);
        }
        if dp * dq < 0.0 {
            // From the smaller end always, so that two polygons that share the edge are cut at the same point.
            let (s, e, ds, de) = if dp < dq { (p, q, dp, dq) } else { (q, p, dq, dp) };
            let m = s.lerp(*e, ds / (ds - de));
            below.push(m);
            above.push(m);
        }
    }
    (below, above)
}

/// Points of a line, with more of them between where it has to follow the ground.
pub(super) fn densify(job: &Job<'_>, line: &[[f64; 3]]) -> Vec<DVec3> {
    let mut points: Vec<DVec3> = line.first().map(|&p| job.place(p)).into_iter().collect();
    let step = job.draper.cell_m;
    for pair in line.windows(2) {
        let &[a, b] = pair else { continue };
        if job.follows_ground() && step.is_finite() {
            let n = ((a[0] - b[0]).hypot(a[1] - b[1]) / step).ceil().clamp(1.0, MAX_CELLS);
            let mut k = 1.0;
            while k < n {
                points.push(job.place(DVec3::from_array(a).lerp(DVec3::from_array(b), k / n).to_array()));
                k += 1.0;
            }
        }
        points.push(job.place(b));
    }
    points
}
