//! The pointer in the scene: orbit, pan, zoom, select.

use glam::DVec2;
use lantu_base::WorldPoint;
use lantu_render::{Camera, Pick};

/// What a held button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grip {
    Orbit,
    Pan,
}

/// A drag under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drag {
    pub(crate) grip: Grip,
    start: Camera,
    from: DVec2,
    /// What was under the pointer when it began.
    held: WorldPoint,
    /// It moved far enough not to be a click.
    pub(crate) moved: bool,
}

/// A press that moves less is a click, pixels.
const CLICK_PX: f64 = 4.0;
/// Radians of orbit for a pixel.
const ORBIT_PER_PX: f64 = 0.005;
/// What remains of the distance after one notch of the wheel.
const ZOOM_PER_NOTCH: f64 = 0.84;

/// The point that hands work on: what was picked, or a point ahead at the target's distance.
pub(crate) fn anchor(camera: &Camera, pick: Option<&Pick>, at: DVec2, size: [u32; 2]) -> WorldPoint {
    pick.map_or_else(
        || {
            let ray = camera.ray(at, size);
            WorldPoint(ray.origin.0 + ray.direction * camera.distance())
        },
        |p| p.position,
    )
}

impl Drag {
    pub(crate) fn begin(grip: Grip, camera: Camera, from: DVec2, held: WorldPoint) -> Self {
        Self { grip, start: camera, from, held, moved: false }
    }

    /// The camera for where the pointer is now.
    pub(crate) fn camera(&mut self, to: DVec2, size: [u32; 2]) -> Camera {
        let d = to - self.from;
        self.moved |= d.length() > CLICK_PX;
        if !self.moved {
            return self.start;
        }
        match self.grip {
            Grip::Orbit => self.start.orbit(self.held, -d.x * ORBIT_PER_PX, -d.y * ORBIT_PER_PX),
            Grip::Pan => self.start.pan(self.held, self.from, to, size),
        }
    }
}

/// The camera after the wheel turned.
pub(crate) fn zoomed(camera: &Camera, anchor: WorldPoint, notches: f64) -> Camera {
    camera.zoom(anchor, ZOOM_PER_NOTCH.powf(notches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_that_hardly_moves_leaves_the_camera_alone() {
        let camera = Camera::looking(WorldPoint::new(0.0, -50.0, 30.0), WorldPoint::default());
        let mut drag = Drag::begin(Grip::Orbit, camera, DVec2::new(100.0, 100.0), WorldPoint::default());
        assert_eq!(drag.camera(DVec2::new(102.0, 101.0), [800, 600]), camera);
        assert!(!drag.moved);
        assert_ne!(drag.camera(DVec2::new(140.0, 100.0), [800, 600]), camera);
        assert!(drag.moved);
    }
}
