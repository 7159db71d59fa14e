//! Views with what is asked of them thousands of times a frame worked out once.

use glam::DVec3;
use lantu_base::Bounds;

use crate::stretch::Stretch;
use crate::tree::TileNode;
use crate::view::{Frustum, View, shown_from};

/// Errors count up to this many pixels, so that around the eye, where they are infinite, the middle of the view
/// still comes first. Chosen: a hundred screens.
pub(super) const MAX_PX: f64 = 1e6;

/// Some views that look at the same tiles.
pub(super) struct Eyes(Vec<Eye>);

struct Eye {
    at: DVec3,
    forward: DVec3,
    px_per_radian: f64,
    tan_half_y: f64,
    /// `None` for a view that is not finite: it may see anything, and nothing well.
    frustum: Option<Frustum>,
    stretch: Stretch,
}

/// How a tile appears in the view that shows it largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Screen-space error, physical pixels; infinite around the eye.
    pub(super) error_px: f64,
    /// How large its box appears, physical pixels, up to [`MAX_PX`].
    pub(super) size_px: f64,
    /// 1 in the middle of the view, 0.5 half a screen height away from it, and so on.
    pub(super) weight: f64,
}

impl Eyes {
    /// Without the views whose viewport is empty.
    pub(super) fn new(views: &[View]) -> Self {
        Self(views.iter().filter(|v| v.viewport.iter().all(|&n| n > 0)).map(Eye::new).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a tile appears; `None` if no view shows it.
    pub(super) fn look(&self, node: &TileNode) -> Option<Look> {
        let looks = self.0.iter().filter_map(|eye| eye.look(node));
        looks.reduce(|a, b| Look {
            error_px: a.error_px.max(b.error_px),
            size_px: a.size_px.max(b.size_px),
            weight: if b.error_px > a.error_px { b.weight } else { a.weight },
        })
    }

    /// Whether any view shows a box.
    pub(super) fn see(&self, bounds: &Bounds) -> bool {
        self.0.iter().any(|eye| eye.frustum.is_none_or(|f| f.sees(bounds)))
    }

    /// From the nearest eye to a box, as shown, meters.
    pub(super) fn distance_m(&self, bounds: &Bounds) -> f64 {
        self.0.iter().map(|eye| eye.shown(bounds).distance(DVec3::ZERO)).fold(f64::INFINITY, f64::min)
    }
}

impl Eye {
    fn new(view: &View) -> Self {
        let [_, _, forward] = view.axes();
        Self {
            at: view.eye.0,
            forward,
            px_per_radian: view.px_per_radian(),
            tan_half_y: view.tan_half().y,
            frustum: view.frustum_if_finite(),
            stretch: view.stretch,
        }
    }

    fn shown(&self, b: &Bounds) -> Bounds {
        shown_from(self.at, self.stretch, b)
    }

    fn look(&self, node: &TileNode) -> Option<Look> {
        let Some(frustum) = &self.frustum else {
            return Some(Look { error_px: 0.0, size_px: 0.0, weight: 0.0 });
        };
        if !frustum.sees(&node.bounds) {
            return None;
        }
        // Division by zero at the eye means: infinitely large.
        let shown = self.shown(&node.bounds);
        let scale = self.px_per_radian / shown.distance(DVec3::ZERO);
        let error_m = node.geometric_error_m * self.stretch.longest();
        let error_px = if error_m <= 0.0 { 0.0 } else { error_m * scale };
        let (to_center, diagonal) = (shown.center(), shown.size().length());
        let depth = to_center.dot(self.forward).max(diagonal * 0.5);
        let beside = (to_center - self.forward * depth).length() - diagonal * 0.5;
        let screens = (beside.max(0.0) / (depth * self.tan_half_y)).min(MAX_PX);
        Some(Look {
            error_px,
            size_px: (diagonal.max(1e-3) * scale).min(MAX_PX),
            weight: if screens.is_finite() { (1.0 + screens * screens).recip() } else { 1.0 },
        })
    }
}
