//! Views that the demo's project keeps.

/// A named view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemoView {
    /// What it shows.
    pub name: &'static str,
    /// Where the eye is: easting and northing in EPSG:4548, 1985 height.
    pub eye: [f64; 3],
    /// What it looks at, in the same frame.
    pub target: [f64; 3],
}

/// The views, each with what it is named after in its middle.
pub const VIEWS: [DemoView; 4] = [
    DemoView { name: "demo", eye: [455_452.0, 4_428_330.0, 175.0], target: [455_612.0, 4_428_545.0, 38.0] },
    DemoView {
        name: "building",
        eye: [455_515.0, 4_428_485.0, 84.0],
        target: [455_570.6, 4_428_558.1, 50.0],
    },
    DemoView { name: "bridge", eye: [455_690.0, 4_428_430.0, 82.0], target: [455_758.0, 4_428_525.0, 40.0] },
    DemoView {
        name: "overview",
        eye: [455_250.0, 4_428_050.0, 430.0],
        target: [455_600.0, 4_428_550.0, 40.0],
    },
];

#[cfg(test)]
mod tests {
    use glam::{DVec2, DVec3};

    use super::*;
    use crate::plan::{ABUTMENTS, BUILDING_AT, BUILDING_SIZE, DECK_M, FLOOR_M, to_world};

    /// Angles across and up from the middle of a view, degrees.
    fn aside(view: &DemoView, at: DVec3) -> [f64; 2] {
        let (eye, target) = (DVec3::from(view.eye), DVec3::from(view.target));
        let ahead = (target - eye).try_normalize().unwrap();
        let right = ahead.cross(DVec3::Z).try_normalize().unwrap();
        let to = at - eye;
        [to.dot(right), to.dot(right.cross(ahead))].map(|v| v.atan2(to.dot(ahead)).to_degrees())
    }

    /// A square picture of 42° shows all of what a view is named after, with some room around it.
    #[test]
    fn the_views_of_building_and_bridge_show_them_whole() {
        const MOST_DEG: f64 = 20.0;
        let building = (BUILDING_AT, BUILDING_AT + BUILDING_SIZE, FLOOR_M, FLOOR_M + 20.0);
        let bridge =
            (DVec2::new(ABUTMENTS.0, -11.0), DVec2::new(ABUTMENTS.1, 11.0), DECK_M - 4.0, DECK_M + 1.0);
        for (name, (low, high, bottom, top)) in [("building", building), ("bridge", bridge)] {
            let view = VIEWS.iter().find(|v| v.name == name).unwrap();
            for corner in [low, DVec2::new(high.x, low.y), high, DVec2::new(low.x, high.y)] {
                for height in [bottom, top] {
                    let [across, up] = aside(view, to_world(corner).extend(height));
                    assert!(across.abs() < MOST_DEG && up.abs() < MOST_DEG, "{name}: {across} {up}");
                }
            }
        }
    }
}
