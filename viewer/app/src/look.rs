//! How a scene is drawn: what people chose and where it is drawn decide the passes and their flags, the same way for the
//! window, for pictures and for measurements.

use lantu_render::{Camera, Options, Relief, Section, Shading};

/// Where a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the window, again and again.
    Window {
        /// The processor draws it.
        is_software: bool,
        /// The camera moves.
        moving: bool,
    },
    /// In a file, once.
    Picture,
}

/// Opacity of the ground in x-ray unless somebody says otherwise. Chosen: streets and houses' plots are still recognized,
/// and pipes under them told apart.
pub(crate) const XRAY_OPACITY: f32 = 0.35;

/// What was chosen, and where it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) place: Place,
    /// How opaque the ground is, 0 to 1.
    pub(crate) ground_opacity: f32,
    /// How the ground's picture is shown.
    pub(crate) relief: Relief,
    /// Where a line parts two pictures of the ground, share of the width.
    pub(crate) swipe: Option<f32>,
    /// Simple shading: no sky, shadows, occlusion, edges or haze.
    pub(crate) simple: bool,
    /// Names of things.
    pub(crate) labels: bool,
    /// What is cut away.
    pub(crate) section: Option<Section>,
    /// Physical pixels per point of the user interface.
    pub(crate) scale: f32,
}

impl Look {
    /// Nothing chosen.
    pub(crate) const fn at(place: Place) -> Self {
        let relief = Relief { brightness: 0.0, contrast: 1.0, hillshade: 0.0, slope: 0.0, contour_m: 0.0 };
        Self {
            place,
            ground_opacity: 1.0,
            relief,
            swipe: None,
            simple: false,
            labels: false,
            section: None,
            scale: 1.0,
        }
    }

    /// Passes and flags. Where the processor draws and the camera moves, what costs most is spared: shadows, occlusion,
    /// edges. They come back when it rests.
    pub(crate) fn options(&self, camera: &Camera) -> Options {
        let (soft_shadows, all) = match self.place {
            Place::Window { is_software, moving } => (!is_software, !(is_software && moving)),
            Place::Picture => (true, true),
        };
        Options {
            shading: if self.simple { Shading::PLAIN } else { Shading::Full },
            edges: all,
            shadows: all,
            occlusion: all,
            soft_shadows,
            ground_opacity: self.ground_opacity,
            relief: self.relief,
            swipe: self.swipe,
            labels: self.labels,
            section: self.section,
            scale: self.scale,
            haze_m: haze_m(camera),
            ..Options::default()
        }
    }
}

/// Distance at which haze has taken most of a color: beyond what the camera looks at, however far that is.
fn haze_m(camera: &Camera) -> f64 {
    (camera.distance() * 4.0).max(Options::default().haze_m)
}
