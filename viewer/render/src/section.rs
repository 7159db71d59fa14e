//! What is cut away to look inside.

use glam::DVec3;

use crate::uniforms::narrow;

/// Planes of one section. Chosen: a box and one plane more; the shaders' array is as long.
pub(crate) const MAX_PLANES: usize = 8;

/// One side of a plane: points with `normal · p > limit` in the project frame are cut away.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HalfSpace {
    /// Unit vector towards what is cut away.
    pub normal: DVec3,
    /// Meters along `normal`.
    pub limit: f64,
}

/// What is cut away: everything that lies in at least one of a few half-spaces. Closed shapes show a hatched cap where
/// they are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Section {
    planes: [HalfSpace; MAX_PLANES],
    // Invariant: at most MAX_PLANES.
    n: usize,
}

impl Section {
    /// A section by half-spaces, at most eight (a box and two planes); `None` for more, and for normals that are not
    /// of unit length.
    pub fn new(planes: &[HalfSpace]) -> Option<Self> {
        let mut section = Self { n: planes.len(), ..Self::default() };
        section.planes.get_mut(..planes.len())?.copy_from_slice(planes);
        let is_unit = |h: &HalfSpace| (h.normal.length() - 1.0).abs() < 1e-6 && h.limit.is_finite();
        planes.iter().all(is_unit).then_some(section)
    }

    /// Its half-spaces.
    pub fn planes(&self) -> &[HalfSpace] {
        self.planes.get(..self.n).unwrap_or_default()
    }

    /// For shaders, relative to the eye: cut away where `xyz · p_eye > w`.
    pub(crate) fn in_eye(&self, eye: DVec3) -> ([[f32; 4]; MAX_PLANES], u32) {
        let mut out = [[0.0; 4]; MAX_PLANES];
        for (o, h) in out.iter_mut().zip(self.planes()) {
            *o = h.normal.as_vec3().extend(narrow(h.limit - h.normal.dot(eye))).to_array();
        }
        (out, u32::try_from(self.n).unwrap_or(0))
    }
}
