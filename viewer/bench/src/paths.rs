//! Camera paths: a walk, an orbit, a flight, the same for the same district on every machine.

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, WorldPoint};

use crate::city::EYE_M;
use crate::grid::Grid;
use crate::random::cos_sin;

/// An eye and what it looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where the eye is.
    pub eye: WorldPoint,
    /// What it looks at.
    pub target: WorldPoint,
}

/// Which way the camera takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraPath {
    /// A walk at eye height along a street.
    Street,
    /// An orbit from which everything is seen.
    Overview,
    /// From far and high down to the street.
    Flight,
}

/// Where one can walk and land without meeting a wall.
#[derive(Debug)]
pub enum Way {
    /// The avenue at the west of the middle block of a generated district.
    Avenue(Avenue),
    /// Along the south of a box, outside of it.
    Edge(Bounds),
}

/// The avenue of the district of a seed.
#[derive(Debug)]
pub struct Avenue(Grid);

/// Steps of a walker between two frames, meters.
const STEP_M: f64 = 1.4;
/// The walk begins so far north of the crossing, meters.
const START_M: f64 = 20.0;
/// How a walker turns the head to either side, turns.
const HEAD_TURNS: f64 = 12.0 / 360.0;
/// How far from the edge of an unknown project one walks, meters.
const OUTSIDE_M: f64 = 10.0;
/// A flight comes down to this height above the street before it sinks between the houses, meters. Chosen: above the
/// roofs of a generated district.
const ROOFS_M: f64 = 95.0;
/// How long it sinks along the street, meters.
const GLIDE_M: f64 = 260.0;
/// Share of a flight's frames before it sinks.
const CRUISE: f64 = 0.6;
/// How far an orbit goes in one frame, turns, and how steep it looks down.
const ORBIT_TURNS: f64 = 0.5 / 360.0;
const STEEP_TURNS: f64 = 40.0 / 360.0;

impl Avenue {
    /// Of the district that [`crate::City::new`] makes with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Grid::new(seed))
    }

    fn point(&self, way_m: f64) -> DVec2 {
        let node = |j: i32| self.0.node(0, j);
        let (mut left, mut j) = (way_m, 0);
        while left < 0.0 {
            j -= 1;
            left += node(j).distance(node(j + 1));
        }
        while left > node(j).distance(node(j + 1)) {
            left -= node(j).distance(node(j + 1));
            j += 1;
        }
        let (a, b) = (node(j), node(j + 1));
        a + (b - a) * (left / a.distance(b))
    }
}

impl Way {
    /// A point on the ground, `way_m` along.
    fn point(&self, way_m: f64) -> DVec3 {
        match self {
            Self::Avenue(a) => crate::city::MIDDLE.0 + a.point(way_m).extend(0.0),
            Self::Edge(b) => DVec3::new(b.min.x + way_m, b.min.y - OUTSIDE_M, b.min.z),
        }
    }

    fn direction(&self, way_m: f64) -> DVec3 {
        (self.point(way_m + 5.0) - self.point(way_m - 5.0)).try_normalize().unwrap_or(DVec3::Y)
    }
}

impl CameraPath {
    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::Overview => "overview",
            Self::Flight => "flight",
        }
    }

    /// `n` poses. `bounds`: of everything; `fov_y_deg` and `aspect` (width by height) of the picture, for an orbit
    /// that sees it all.
    pub fn poses(self, n: u32, bounds: &Bounds, way: &Way, (fov_y_deg, aspect): (f64, f64)) -> Vec<Pose> {
        let ts = (0..n).map(f64::from);
        match self {
            Self::Street => ts.map(|i| street(way, i, f64::from(n))).collect(),
            Self::Flight => ts.map(|i| flight(way, bounds, i / f64::from(n.max(2) - 1))).collect(),
            Self::Overview => {
                let tan = (fov_y_deg.to_radians() / 2.0).tan();
                let far = ts.clone().map(|i| fit(bounds, orbit(i), DVec2::new(tan * aspect, tan)));
                let far = far.fold(1.0, f64::max);
                let middle = bounds.center();
                ts.map(|i| Pose { eye: WorldPoint(middle - orbit(i) * far), target: WorldPoint(middle) })
                    .collect()
            }
        }
    }
}

fn street(way: &Way, i: f64, n: f64) -> Pose {
    let along = START_M + STEP_M * i;
    let eye = way.point(along) + DVec3::Z * EYE_M;
    let turn = cos_sin(HEAD_TURNS * cos_sin(i / n).y);
    let d = way.direction(along);
    let flat = d.truncate() * turn.x + d.truncate().perp() * turn.y;
    Pose { eye: WorldPoint(eye), target: WorldPoint(eye + (flat * 50.0).extend(1.3)) }
}

fn flight(way: &Way, bounds: &Bounds, t: f64) -> Pose {
    let size = bounds.size().truncate().max_element().max(100.0);
    let at_roofs = way.point(START_M) + DVec3::Z * ROOFS_M;
    let d = way.direction(START_M);
    let start = way.point(0.0) - d * (0.75 * size + 300.0) + d.cross(DVec3::Z) * (-0.3 * size);
    let start = DVec3::new(start.x, start.y, at_roofs.z + 0.35 * size + 60.0);
    let eye = if t < CRUISE {
        // Slower as it comes closer.
        let u = 1.0 - (1.0 - t / CRUISE).powi(2);
        let v = 1.0 - u;
        let bend =
            [start.lerp(at_roofs - d * (0.4 * size + 150.0), 0.6), at_roofs - d * (0.15 * size + 80.0)];
        let bend = [bend[0], bend[1] + DVec3::Z * 0.03 * size];
        start * v.powi(3) + bend[0] * (3.0 * v * v * u) + bend[1] * (3.0 * v * u * u) + at_roofs * u.powi(3)
    } else {
        let s = (t - CRUISE) / (1.0 - CRUISE);
        let sunk = (1.0 - s).powi(2) * (1.0 + 2.0 * s);
        way.point(START_M + GLIDE_M * s) + DVec3::Z * (EYE_M + (ROOFS_M - EYE_M) * sunk)
    };
    let ahead = START_M + GLIDE_M + 70.0 + 0.2 * size * (1.0 - t).powi(2);
    Pose { eye: WorldPoint(eye), target: WorldPoint(way.point(ahead) + DVec3::Z * 3.0) }
}

/// Where an orbit looks at a frame.
fn orbit(i: f64) -> DVec3 {
    let (flat, steep) = (cos_sin(0.19 + ORBIT_TURNS * i), cos_sin(STEEP_TURNS));
    (flat * steep.x).extend(-steep.y)
}

/// How far from the middle of a box an eye sees it whole.
fn fit(bounds: &Bounds, forward: DVec3, tan: DVec2) -> f64 {
    let right = forward.cross(DVec3::Z).try_normalize().unwrap_or(DVec3::X);
    let up = right.cross(forward);
    let half = bounds.size() / 2.0;
    let mut far = 0.0_f64;
    for corner in 0..8_u8 {
        let sign = |axis: u8| if corner >> axis & 1 == 1 { 1.0 } else { -1.0 };
        let v = half * DVec3::new(sign(0), sign(1), sign(2));
        let side = (v.dot(right).abs() / tan.x).max(v.dot(up).abs() / tan.y);
        far = far.max(side * 1.03 - v.dot(forward));
    }
    far
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::City;

    const VIEW: (f64, f64) = (42.0, 16.0 / 9.0);

    #[test]
    fn no_path_leads_into_anything() {
        let city = City::new(60_000, 1);
        let blocks: Vec<_> = city.quarters().iter().flat_map(|q| city.blocks(q)).collect();
        let way = Way::Avenue(Avenue::new(1));
        for path in [CameraPath::Street, CameraPath::Overview, CameraPath::Flight] {
            let poses = path.poses(120, &city.bounds(), &way, VIEW);
            assert_eq!(poses.len(), 120);
            let mut near = 0;
            for o in blocks.iter().flat_map(|b| &b.objects) {
                for p in &poses {
                    let distance = o.bounds.distance(p.eye.0);
                    near += u32::from(distance < 40.0);
                    assert!(distance > 0.3, "{}: {} in the way at {:?}", path.name(), o.name, p.eye);
                }
            }
            assert!(near > 0 || path == CameraPath::Overview, "{} sees something", path.name());
        }
    }

    #[test]
    fn an_orbit_sees_every_corner_of_the_district() {
        let bounds = City::new(10_000, 1).bounds();
        let tan = (VIEW.0.to_radians() / 2.0).tan();
        for p in CameraPath::Overview.poses(60, &bounds, &Way::Edge(bounds), VIEW) {
            let f = (p.target.0 - p.eye.0).try_normalize().unwrap();
            let r = f.cross(DVec3::Z).try_normalize().unwrap();
            for c in 0..8_u8 {
                let pick =
                    |a: u8| if c >> a & 1 == 1 { bounds.max[a as usize] } else { bounds.min[a as usize] };
                let v = DVec3::new(pick(0), pick(1), pick(2)) - p.eye.0;
                assert!(v.dot(r).abs() < tan * VIEW.1 * v.dot(f) && v.dot(r.cross(f)).abs() < tan * v.dot(f));
            }
        }
    }

    #[test]
    fn a_flight_moves_on_without_a_jump_and_ends_at_eye_height() {
        let bounds = City::new(10_000, 1).bounds();
        let way = Way::Avenue(Avenue::new(1));
        let poses = CameraPath::Flight.poses(240, &bounds, &way, VIEW);
        let steps: Vec<f64> = poses.windows(2).map(|w| w[0].eye.0.distance(w[1].eye.0)).collect();
        let longest = steps.iter().copied().fold(0.0, f64::max);
        assert!(steps.iter().all(|s| *s > 0.0) && longest < 0.03 * bounds.size().x + 10.0, "{longest}");
        assert!((poses[239].eye.0.z - 41.7).abs() < 1e-9);
        assert!(poses[0].eye.0.z > 150.0);
    }
}
