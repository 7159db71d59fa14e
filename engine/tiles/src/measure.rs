//! Lengths, heights, areas and angles between points of the project frame.

use glam::DVec3;
use lantu_base::WorldPoint;

/// From one point to another, meters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Straight through space.
    pub space_m: f64,
    /// On the map.
    pub horizontal_m: f64,
    /// Height of the second point above the first; negative below.
    pub rise_m: f64,
}

/// A polygon's size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// In its own plane (of corners that do not lie in one plane: of the mean plane), m².
    pub planar_m2: f64,
    /// On the map, m².
    pub horizontal_m2: f64,
    /// Along its rim, back to the first corner, meters.
    pub perimeter_m: f64,
    /// Largest distance of a corner from the mean plane, meters: how flat the polygon is.
    pub off_plane_m: f64,
}

/// How far it is from one point to another.
pub fn distance(from: WorldPoint, to: WorldPoint) -> Distance {
    let d = to.0 - from.0;
    Distance { space_m: d.length(), horizontal_m: d.truncate().length(), rise_m: d.z }
}

/// Length of a path through all points, meters: through space, and on the map.
pub fn path_length(points: &[WorldPoint]) -> (f64, f64) {
    let legs = points.windows(2).filter_map(|w| Some(distance(*w.first()?, *w.last()?)));
    legs.fold((0.0, 0.0), |(space, flat), d| (space + d.space_m, flat + d.horizontal_m))
}

/// Angle at `vertex` between the directions to two other points, radians, 0 to π; `None` where a direction is missing.
pub fn angle(a: WorldPoint, vertex: WorldPoint, b: WorldPoint) -> Option<f64> {
    let (u, v) = ((a.0 - vertex.0).try_normalize()?, (b.0 - vertex.0).try_normalize()?);
    // Accurate also for angles near 0 and π, unlike the arc cosine.
    Some(2.0 * (u - v).length().atan2((u + v).length()))
}

/// Area of the polygon through `corners`, closed by itself; `None` below three corners. A polygon that crosses itself
/// counts what it encloses twice twice, as on paper.
///
/// Source: M. E. Newell's vector area; corners are taken relative to the first, so that project coordinates lose nothing.
pub fn area(corners: &[WorldPoint]) -> Option<Area> {
    let origin = corners.first()?.0;
    if corners.len() < 3 {
        return None;
    }
    let local: Vec<DVec3> = corners.iter().map(|c| c.0 - origin).collect();
    let next = || local.iter().cycle().skip(1);
    let doubled = local.iter().zip(next()).fold(DVec3::ZERO, |sum, (a, b)| sum + a.cross(*b));
    let mean = local.iter().sum::<DVec3>() / local.len() as f64;
    let normal = doubled.try_normalize();
    let off = |p: &DVec3| normal.map_or(0.0, |n| n.dot(*p - mean).abs());
    Some(Area {
        planar_m2: doubled.length() * 0.5,
        horizontal_m2: doubled.z.abs() * 0.5,
        perimeter_m: local.iter().zip(next()).map(|(a, b)| a.distance(*b)).sum(),
        off_plane_m: local.iter().map(off).fold(0.0, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Project coordinates of EPSG:4548.
    const AT: DVec3 = DVec3::new(455_612.35, 4_428_540.12, 41.2);

    fn p(x: f64, y: f64, z: f64) -> WorldPoint {
        WorldPoint(AT + DVec3::new(x, y, z))
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }

    #[test]
    fn a_distance_tells_slope_plan_and_rise_apart() {
        let d = distance(p(0.0, 0.0, 0.0), p(3.0, 4.0, -12.0));
        near(d.space_m, 13.0);
        near(d.horizontal_m, 5.0);
        near(d.rise_m, -12.0);
        near(distance(p(0.0, 0.0, 0.0), p(0.001, 0.0, 0.0)).space_m * 1e3, 1.0);
    }

    #[test]
    fn a_path_adds_its_legs() {
        let (space, flat) = path_length(&[p(0.0, 0.0, 0.0), p(3.0, 4.0, 0.0), p(3.0, 4.0, 2.0)]);
        near(space, 7.0);
        near(flat, 5.0);
        assert_eq!(path_length(&[WorldPoint(AT)]), (0.0, 0.0));
    }

    #[test]
    fn angles_are_exact_also_where_they_are_flat() {
        let o = p(0.0, 0.0, 0.0);
        near(angle(p(1.0, 0.0, 0.0), o, p(0.0, 2.0, 0.0)).unwrap().to_degrees(), 90.0);
        near(angle(p(5.0, 0.0, 0.0), o, p(-2.0, 0.0, 0.0)).unwrap().to_degrees(), 180.0);
        near(angle(p(1000.0, 1e-3, 0.0), o, p(1000.0, 0.0, 0.0)).unwrap() * 1e6, 1.0);
        assert!(angle(o, o, p(1.0, 0.0, 0.0)).is_none());
    }

    #[test]
    fn a_roof_has_its_own_area_and_that_of_its_plan() {
        // 6 × 5 m in its plane, rising 3 m over 4 m: the plan is 6 × 4 m.
        let roof = [p(0.0, 0.0, 0.0), p(6.0, 0.0, 0.0), p(6.0, 4.0, 3.0), p(0.0, 4.0, 3.0)];
        let a = area(&roof).unwrap();
        near(a.planar_m2, 30.0);
        near(a.horizontal_m2, 24.0);
        near(a.perimeter_m, 22.0);
        assert!(a.off_plane_m < 1e-9);
        let turned: Vec<_> = roof.iter().rev().copied().collect();
        near(area(&turned).unwrap().planar_m2, 30.0);
    }

    #[test]
    fn a_wall_has_no_plan_and_a_bent_polygon_says_how_bent_it_is() {
        let wall = area(&[p(0.0, 0.0, 0.0), p(4.0, 0.0, 0.0), p(4.0, 0.0, 3.0), p(0.0, 0.0, 3.0)]).unwrap();
        near(wall.planar_m2, 12.0);
        near(wall.horizontal_m2, 0.0);
        let bent = area(&[p(0.0, 0.0, 0.1), p(2.0, 0.0, -0.1), p(2.0, 2.0, 0.1), p(0.0, 2.0, -0.1)]).unwrap();
        near(bent.off_plane_m, 0.1);
        assert!(area(&[p(0.0, 0.0, 0.0), p(1.0, 0.0, 0.0)]).is_none() && area(&[]).is_none());
    }
}
