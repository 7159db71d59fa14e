//! Pictures larger than any texture: drawn part by part, each with a margin as wide as effects on the screen reach, so
//! that no seam shows.

use glam::DVec2;
use lantu_tiles::{Frustum, View};

use crate::camera::Camera;
use crate::input::Options;
use crate::labels::MOST_LABEL_PX;

/// Pixels of a picture that are drawn at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Width and height of the whole picture.
    pub picture: [u32; 2],
    /// First pixel that is drawn, from the picture's upper left.
    pub corner: [u32; 2],
    /// Width and height of what is drawn.
    pub extent: [u32; 2],
}

/// Pixels of a picture that are kept, and what has to be drawn for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is drawn: what is kept, and the margin as far as the picture goes.
    pub window: Window,
    /// First pixel that is kept, from the picture's upper left.
    pub corner: [u32; 2],
    /// Width and height of what is kept.
    pub extent: [u32; 2],
}

/// Drawn windows begin at multiples of this, pixels: shaders work on blocks of 2 × 2, occlusion on blocks of those.
const ALIGN: u32 = 8;
/// Largest edge of a picture whose parts are rasterized in the coordinates of the whole, pixels. Chosen: there a step of
/// a corner (1/256 pixel) is still eight times the rounding of a 32-bit number.
const EXACT_PX: u32 = 4096;
/// Reach of ambient occlusion per distance, and at most, meters. Mirror `shaders/occlusion.wgsl`.
const REACH: f64 = 0.045;
const REACH_M: f64 = 9.0;
/// Pixels around a pixel whose occlusion and distance go into it: blocks of four, and their neighbors for slopes.
const AROUND_PX: f64 = 8.0;
/// Reach of an outline's rim beyond its width, pixels: `mask_near` in `shaders/composite.wgsl`.
const RIM_PX: f64 = 3.0;
/// Rings around a pixel that outlines of a second overlay look at, a pixel wide at scale 1: `RINGS` in
/// `shaders/common/outline.wgsl`.
const OUTLINE_RINGS: f64 = 4.0;

impl Window {
    /// All of a picture.
    pub const fn whole(picture: [u32; 2]) -> Self {
        Self { picture, corner: [0, 0], extent: picture }
    }

    /// What a camera sees through this window.
    pub fn frustum(&self, camera: &Camera) -> Frustum {
        let [w, h] = self.picture.map(|n| f64::from(n.max(1)));
        let ([x, y], [dx, dy]) = (self.corner.map(f64::from), self.extent.map(f64::from));
        let lo = DVec2::new(x / w * 2.0 - 1.0, 1.0 - (y + dy) / h * 2.0);
        let hi = DVec2::new((x + dx) / w * 2.0 - 1.0, 1.0 - y / h * 2.0);
        camera.view(self.picture).frustum_of(lo, hi)
    }

    /// A view that sees at least what this window shows, as large as the picture shows it: for choosing tiles.
    pub fn view(&self, camera: &Camera) -> View {
        let whole = camera.view(self.picture);
        let ([x, y], [w, h]) = (self.corner.map(f64::from), self.extent.map(f64::from));
        let ray = |x: f64, y: f64| camera.shown_through(DVec2::new(x, y), self.picture);
        let forward = whole.stretch.to_true(ray(x + w * 0.5, y + h * 0.5));
        let [right, up, ahead] = View { forward, ..whole }.axes();
        let reach =
            [(x, y), (x + w, y), (x, y + h), (x + w, y + h)].into_iter().fold(DVec2::ZERO, |most, (x, y)| {
                let r = ray(x, y);
                most.max(DVec2::new(r.dot(right), r.dot(up)).abs() / r.dot(ahead).max(1e-6))
            });
        // Whole pixels, so that those of the picture and of this view are the same.
        let px = whole.px_per_radian();
        let n = (reach * px).ceil().max(DVec2::ONE).min(DVec2::splat(f64::from(u32::MAX / 4)));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded one line above")]
        let viewport = (n * 2.0).to_array().map(|n| n as u32);
        View { forward, fov_y_rad: 2.0 * (n.y / px).atan(), viewport, ..whole }
    }

    /// The pixels of the picture that clip space stands for, across and down: first and number.
    fn cell(&self) -> [(f64, f64); 2] {
        let along = |picture: u32, corner: u32, extent: u32| {
            let (first, n) = if picture <= EXACT_PX { (0, picture) } else { (corner, extent) };
            (f64::from(first), f64::from(n))
        };
        let Self { picture: [w, h], corner: [x, y], extent: [dx, dy] } = *self;
        [along(w, x, dx), along(h, y, dy)]
    }

    /// `Frame.cell` in `shaders/common/frame.wgsl`.
    pub(crate) fn clip_cell(&self) -> [f64; 4] {
        let [w, h] = self.picture.map(f64::from);
        let [(x, cell_w), (y, cell_h)] = self.cell();
        [x + cell_w * 0.5 - w * 0.5, h * 0.5 - (y + cell_h * 0.5), cell_w * 0.5, cell_h * 0.5]
    }

    /// Where clip space lies on the target: x, y, width, height, pixels.
    pub(crate) fn viewport(&self) -> [f64; 4] {
        let [(x, w), (y, h)] = self.cell();
        let [left, top] = self.corner.map(f64::from);
        [x - left, y - top, w, h]
    }
}

impl Part {
    /// A rectangle of a picture: its first pixel, and its width and height. `margin_px`: see [`margin_px`].
    pub fn of(picture: [u32; 2], corner: [u32; 2], extent: [u32; 2], margin_px: u32) -> Self {
        let (x, w) = drawn(picture[0], (corner[0], extent[0]), margin_px);
        let (y, h) = drawn(picture[1], (corner[1], extent[1]), margin_px);
        Self { window: Window { picture, corner: [x, y], extent: [w, h] }, corner, extent }
    }

    /// Two parts that keep together what this one does, side by side or one below the other; `None` below `least_px` on
    /// the longer edge of one of them.
    pub fn halves(&self, least_px: u32, margin_px: u32) -> Option<[Self; 2]> {
        let ([x, y], [w, h], picture) = (self.corner, self.extent, self.window.picture);
        let half = (w.max(h) / 2).next_multiple_of(ALIGN);
        let rest = w.max(h).checked_sub(half).filter(|rest| half.min(*rest) >= least_px.max(1))?;
        let of = |corner, extent| Self::of(picture, corner, extent, margin_px);
        Some(if w >= h {
            [of([x, y], [half, h]), of([x + half, y], [rest, h])]
        } else {
            [of([x, y], [w, half]), of([x, y + half], [w, rest])]
        })
    }
}

/// Along one axis: first pixel drawn and their number, for those kept.
fn drawn(size: u32, (at, n): (u32, u32), margin_px: u32) -> (u32, u32) {
    let first = at.saturating_sub(margin_px) / ALIGN * ALIGN;
    let end = (at + n).saturating_add(margin_px).checked_next_multiple_of(ALIGN).unwrap_or(size).min(size);
    (first, end.saturating_sub(first))
}

/// Cuts a picture into parts of at most `part` pixels, row by row from the upper left. `margin_px`: see [`margin_px`].
pub fn parts(picture: [u32; 2], part: [u32; 2], margin_px: u32) -> Vec<Vec<Part>> {
    let [across, down] = [steps(picture[0], part[0]), steps(picture[1], part[1])];
    let row = |&(y, h): &(u32, u32)| {
        across.iter().map(|&(x, w)| Part::of(picture, [x, y], [w, h], margin_px)).collect()
    };
    down.iter().map(row).collect()
}

/// Along one axis: first pixel kept and their number.
fn steps(size: u32, step: u32) -> Vec<(u32, u32)> {
    let step = step.max(1);
    let starts = (0..size).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    starts.map(|at| (at, step.min(size - at))).collect()
}

/// How far effects on the screen reach: pixels that have to be drawn around a part. `nearest_m`: distance of the nearest
/// thing that is drawn, 0 if unknown; `outlined`: something is selected, or a second overlay says something of it.
pub fn margin_px(
    camera: &Camera,
    picture: [u32; 2],
    options: &Options,
    nearest_m: f64,
    outlined: bool,
) -> u32 {
    let view = camera.view(picture);
    let mut margin = AROUND_PX;
    if options.occlusion {
        // Depth counts forward, which is less than the distance toward the corners.
        let shown_m = nearest_m.max(0.0) * view.stretch.shortest();
        let forward_m = shown_m / (1.0 + view.tan_half().length_squared()).sqrt();
        margin += view.px_per_radian() * REACH.min(REACH_M / forward_m);
    }
    if outlined {
        let scale = f64::from(options.scale.clamp(0.25, 8.0));
        margin += (scale * f64::from(crate::buffers::OUTLINE_PX) + RIM_PX).max(scale * OUTLINE_RINGS + 1.0);
    }
    if options.labels {
        // A label is hidden by what stands before its place, which must be drawn with it.
        margin = margin.max(f64::from(MOST_LABEL_PX * options.scale.clamp(0.25, 8.0)));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-int cast saturates"
    )]
    let px = margin.ceil() as u32;
    px
}

#[cfg(test)]
mod tests {
    use lantu_base::{Bounds, WorldPoint};

    use super::*;

    #[test]
    fn the_view_of_a_part_sees_it_and_things_appear_as_large_in_it() {
        let camera = Camera::looking(WorldPoint::new(10.0, -30.0, 12.0), WorldPoint::new(0.0, 0.0, 2.0));
        let picture = [2000, 1200];
        let whole = camera.view(picture);
        for window in parts(picture, [700, 500], 40).into_iter().flatten().map(|p| p.window) {
            let view = window.view(&camera);
            assert!((view.px_per_radian() / whole.px_per_radian() - 1.0).abs() < 1e-9);
            assert!(view.viewport[1] < window.extent[1] * 2, "{view:?}");
            let frustum = view.frustum();
            let [x, y] = window.corner.map(|v| f64::from(v) + 1.0);
            let [w, h] = window.extent.map(|v| f64::from(v) - 2.0);
            for (x, y) in [(x, y), (x + w, y), (x, y + h), (x + w, y + h)] {
                let p = camera.eye.0 + camera.through(DVec2::new(x, y), picture) * 50.0;
                assert!(frustum.sees(&Bounds::new(p - 1e-6, p + 1e-6)));
                assert!(window.frustum(&camera).sees(&Bounds::new(p - 1e-6, p + 1e-6)));
            }
        }
    }

    #[test]
    fn halves_keep_what_their_whole_keeps_until_they_are_too_small() {
        let picture = [1283, 717];
        let mut all = vec![Part::of(picture, [0, 0], picture, 40)];
        assert_eq!(all[0].window, Window::whole(picture));
        let mut whole = Vec::new();
        while let Some(part) = all.pop() {
            match part.halves(100, 40) {
                Some(halves) => all.extend(halves),
                None => whole.push(part),
            }
        }
        assert!(whole.len() > 8, "{}", whole.len());
        let area = |p: &Part| u64::from(p.extent[0]) * u64::from(p.extent[1]);
        assert_eq!(whole.iter().map(area).sum::<u64>(), 1283 * 717);
        for (ix, p) in whole.iter().enumerate() {
            assert!(p.extent[0].max(p.extent[1]) >= 100, "{p:?}");
            for q in &whole[..ix] {
                let apart = |k: usize| {
                    p.corner[k] + p.extent[k] <= q.corner[k] || q.corner[k] + q.extent[k] <= p.corner[k]
                };
                assert!(apart(0) || apart(1), "{p:?} {q:?}");
            }
        }
    }

    #[test]
    fn parts_keep_each_pixel_once_and_draw_as_far_as_effects_reach() {
        for (picture, part, margin) in
            [([1200, 900], [257, 193], 60), ([64, 48], [100, 7], 5), ([20_000, 12_000], [1500, 1024], 700)]
        {
            let rows = parts(picture, part, margin);
            let area: u64 =
                rows.iter().flatten().map(|p| u64::from(p.extent[0]) * u64::from(p.extent[1])).sum();
            assert_eq!(area, u64::from(picture[0]) * u64::from(picture[1]));
            let mut y = 0;
            for row in &rows {
                let mut x = 0;
                for p in row {
                    assert_eq!(p.corner, [x, y], "in reading order, without gaps");
                    x += p.extent[0];
                    for (k, size) in picture.into_iter().enumerate() {
                        let (kept, drawn) = (p.corner[k], p.window.corner[k]);
                        let (kept_end, drawn_end) = (kept + p.extent[k], drawn + p.window.extent[k]);
                        assert_eq!(drawn % ALIGN, 0);
                        assert!(drawn == 0 || drawn + margin <= kept);
                        assert!(drawn_end == size || drawn_end >= kept_end + margin);
                        assert!(drawn_end <= size);
                    }
                }
                assert_eq!(x, picture[0]);
                y += row.first().map_or(0, |p| p.extent[1]);
            }
            assert_eq!(y, picture[1]);
        }
    }
}
