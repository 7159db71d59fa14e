//! Streets, lanes, footpaths and fences.

use glam::DVec2;

use super::{ABUTMENTS, Plan, Way, WayKind, river_x};
use crate::shape::Axis;

/// Importance of a street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoadClass {
    Main,
    Secondary,
    Local,
}

impl RoadClass {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Main => "主干路",
            Self::Secondary => "次干路",
            Self::Local => "支路",
        }
    }
}

/// A street with a sidewalk on each side.
#[derive(Clone, Debug)]
pub(crate) struct Road {
    pub(crate) name: &'static str,
    pub(crate) class: RoadClass,
    pub(crate) axis: Axis,
    /// Carriageway between the curbs.
    pub(crate) width_m: f64,
    pub(crate) sidewalk_m: f64,
    /// Stations and half widths of the streets that cross or meet this one.
    pub(crate) junctions: Vec<(f64, f64)>,
}

fn road(name: &'static str, class: RoadClass, points: Vec<DVec2>) -> Road {
    let (width_m, sidewalk_m) = match class {
        RoadClass::Main => (15.0, 4.5),
        RoadClass::Secondary => (9.0, 3.0),
        RoadClass::Local => (7.0, 2.5),
    };
    Road { name, class, axis: Axis::new(points), width_m, sidewalk_m, junctions: Vec::new() }
}

/// Points every 20 m of a curve over plan x.
fn along_x(from: f64, to: f64, y: impl Fn(f64) -> f64) -> Vec<DVec2> {
    let n = ((to - from) / 20.0).ceil().max(1.0);
    (0..1000_i32)
        .map(f64::from)
        .take_while(|i| *i <= n)
        .map(|i| from + (to - from) * i / n)
        .map(|x| DVec2::new(x, y(x)))
        .collect()
}

fn along_y(from: f64, to: f64, x: impl Fn(f64) -> f64) -> Vec<DVec2> {
    along_x(from, to, x).into_iter().map(|p| DVec2::new(p.y, p.x)).collect()
}

/// The main street: straight through the block, bending at both ends.
fn main_y(x: f64) -> f64 {
    if x < -270.0 {
        -0.000_5 * (x + 270.0).powi(2)
    } else if x > 290.0 {
        0.000_55 * (x - 290.0).powi(2)
    } else {
        0.0
    }
}

/// The street west of the river.
pub(super) fn west_bank(y: f64) -> f64 {
    river_x(y) - 56.0
}

/// The street east of the river.
pub(super) fn east_bank(y: f64) -> f64 {
    river_x(y) + 58.0
}

pub(super) fn lay(plan: &mut Plan) {
    use RoadClass::{Local, Main, Secondary};
    plan.roads = vec![
        road("蓝图大街", Main, along_x(-690.0, ABUTMENTS.0, main_y)),
        road("蓝图大街", Main, along_x(ABUTMENTS.1, 700.0, main_y)),
        road(
            "春晓路",
            Secondary,
            along_y(-510.0, 610.0, |y| -72.0 + 0.000_08 * (y - 300.0).max(0.0).powi(2)),
        ),
        road(
            "槐荫路",
            Secondary,
            along_y(-510.0, 610.0, |y| -262.0 - 0.000_2 * (y.abs() - 260.0).max(0.0).powi(2)),
        ),
        road("滨河西路", Local, along_y(-510.0, 610.0, west_bank)),
        road("滨河东路", Local, along_y(-510.0, 610.0, east_bank)),
        road("西环路", Secondary, along_y(-510.0, 610.0, |y| -450.0 + 14.0 * (y / 190.0).sin())),
        road("东环路", Secondary, along_y(-510.0, 610.0, |y| 410.0 + 12.0 * (y / 160.0).sin())),
        road(
            "学府街",
            Local,
            along_x(-690.0, west_bank(122.0), |x| 122.0 + 0.000_25 * (-300.0 - x).max(0.0).powi(2)),
        ),
        road("南苑街", Local, along_x(-690.0, west_bank(-128.0), |_| -128.0)),
        road(
            "北园街",
            Local,
            along_x(-690.0, west_bank(262.0), |x| 262.0 + 6.0 * ((x + 80.0) / 120.0).sin()),
        ),
        road("南环路", Secondary, along_x(-690.0, west_bank(-292.0), |x| -292.0 + 8.0 * (x / 150.0).sin())),
        road("东兴街", Local, along_x(east_bank(124.0), 700.0, |x| 124.0 + 5.0 * ((x - 240.0) / 90.0).sin())),
        road("东柳街", Local, along_x(east_bank(-126.0), 700.0, |_| -126.0)),
    ];
    join(plan);
    ways(plan);
}

/// Finds where streets meet.
fn join(plan: &mut Plan) {
    let axes: Vec<(Axis, f64)> = plan.roads.iter().map(|r| (r.axis.clone(), r.width_m * 0.5)).collect();
    for (i, road) in plan.roads.iter_mut().enumerate() {
        for (k, (axis, half)) in axes.iter().enumerate() {
            if i != k {
                let stations = road.axis.crossings(axis);
                road.junctions.extend(stations.into_iter().map(|s| (s, *half)));
            }
        }
        road.junctions.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
}

fn ways(plan: &mut Plan) {
    let mut way = |kind, width_m, points: &[(f64, f64)]| {
        plan.ways.push(Way { axis: Axis::of(points), width_m, kind });
    };
    // Lanes of the housing blocks.
    for y in [33.0, 64.0, 96.0] {
        way(WayKind::Lane, 4.5, &[(-256.0, y), (-78.0, y)]);
    }
    way(WayKind::Lane, 4.5, &[(-168.0, 12.0), (-168.0, 117.0)]);
    for y in [148.0, 188.0, 228.0] {
        way(WayKind::Lane, 4.0, &[(-66.0, y), (94.0, y)]);
        way(WayKind::Lane, 4.5, &[(-256.0, y + 2.0), (-78.0, y + 2.0)]);
    }
    way(WayKind::Lane, 4.5, &[(14.0, 127.0), (14.0, 255.0)]);
    way(WayKind::Lane, 5.0, &[(-66.0, -40.0), (97.0, -40.0)]);
    way(WayKind::Lane, 4.0, &[(-66.0, -82.0), (97.0, -82.0)]);
    way(WayKind::Lane, 4.5, &[(8.0, -12.0), (8.0, -123.0)]);
    way(WayKind::Lane, 4.5, &[(-78.0, -38.0), (-126.0, -38.0), (-134.0, -44.0), (-134.0, -60.0)]);
    // The village east of the river.
    for y in [46.0, 86.0, -46.0, -86.0] {
        way(WayKind::Lane, 3.6, &[(222.0, y), (300.0, y + 3.0), (404.0, y - 1.0)]);
    }
    way(WayKind::Lane, 3.6, &[(316.0, -122.0), (312.0, -60.0), (318.0, 10.0), (313.0, 120.0)]);
    // Tracks in the fields.
    for y in [200.0, 330.0, -230.0, -380.0] {
        way(WayKind::Haul, 3.2, &[(425.0, y), (520.0, y + 14.0), (610.0, y + 6.0), (695.0, y + 18.0)]);
    }
    way(WayKind::Haul, 3.0, &[(-680.0, 210.0), (-560.0, 196.0), (-460.0, 204.0)]);
    way(WayKind::Haul, 3.0, &[(-250.0, -400.0), (-160.0, -410.0), (-80.0, -396.0)]);
    park(plan);
    site(plan);
}

fn park(plan: &mut Plan) {
    let mut path = |points: &[(f64, f64)], width_m| {
        plan.ways.push(Way { axis: Axis::of(points), width_m, kind: WayKind::Footpath });
    };
    // Around the pond, then towards the streets.
    let ring: Vec<(f64, f64)> = (0..=28)
        .map(|i| std::f64::consts::TAU * f64::from(i) / 28.0)
        .map(|a| {
            (
                62.0 + (25.5 + 3.0 * (a * 3.0 + 0.6).sin()) * a.cos(),
                68.0 + (32.0 + 3.0 * (a * 3.0 + 0.6).sin()) * a.sin(),
            )
        })
        .collect();
    path(&ring, 2.4);
    path(&[(40.0, 12.0), (44.0, 24.0), (50.0, 38.0)], 3.0);
    path(&[(84.0, 12.0), (80.0, 26.0), (73.0, 37.0)], 2.4);
    path(&[(88.0, 68.0), (94.0, 70.0), (100.0, 70.0)], 2.6);
    path(&[(62.0, 99.0), (58.0, 108.0), (56.0, 117.0)], 2.6);
    path(&[(36.0, 68.0), (30.0, 74.0), (27.0, 90.0), (29.0, 106.0), (40.0, 112.0), (56.0, 110.0)], 1.8);
    path(&[(30.0, 20.0), (34.0, 40.0), (37.0, 56.0)], 1.8);
    // Promenades on both banks.
    let west = along_y(-500.0, 600.0, |y| river_x(y) - 34.0 + 2.0 * (y / 30.0).sin());
    let east = along_y(-500.0, 600.0, |y| river_x(y) + 35.0 + 2.0 * (y / 27.0).cos());
    for bank in [west, east] {
        // Both end where the bridge is being built.
        let (south, north): (Vec<DVec2>, Vec<DVec2>) = bank.into_iter().partition(|p| p.y < 0.0);
        for piece in [south, north] {
            let points = piece.into_iter().filter(|p| p.y.abs() > 16.0).collect();
            plan.ways.push(Way { axis: Axis::new(points), width_m: 3.0, kind: WayKind::Footpath });
        }
    }
}

fn site(plan: &mut Plan) {
    let mut way = |kind, width_m, points: &[(f64, f64)]| {
        plan.ways.push(Way { axis: Axis::of(points), width_m, kind });
    };
    way(WayKind::Fence, 0.5, &[(-62.5, 14.0), (-62.5, 113.5), (22.0, 113.5), (22.0, 14.0), (-20.0, 14.0)]);
    way(WayKind::Fence, 0.5, &[(-32.0, 14.0), (-62.5, 14.0)]);
    way(
        WayKind::Haul,
        6.5,
        &[
            (-26.0, 10.0),
            (-26.0, 26.0),
            (-36.0, 38.0),
            (-49.0, 44.0),
            (-52.0, 58.0),
            (-51.0, 78.0),
            (-40.0, 83.0),
            (-10.0, 84.0),
            (9.0, 80.0),
            (11.0, 60.0),
            (9.0, 42.0),
            (-8.0, 37.0),
            (-26.0, 34.0),
        ],
    );
    // The temporary bridge beside the new one carries the site traffic over the river.
    way(WayKind::Trestle, 5.5, &[(126.0, -22.0), (194.0, -22.0)]);
    way(WayKind::Haul, 5.5, &[(106.0, -10.0), (114.0, -19.0), (126.0, -22.0)]);
    way(WayKind::Haul, 5.5, &[(194.0, -22.0), (206.0, -19.0), (214.0, -10.0)]);
}
