//! Which labels are shown and where.

use lantu_base::WorldPoint;

use crate::camera::{Camera, NEAR_M};
use crate::labels::Label;
use crate::section::HalfSpace;
use crate::uniforms::narrow;

/// Free space around a label, pixels at scale 1. Chosen: the halo and a hand's breadth.
const MARGIN_PX: f32 = 4.0;
/// From the place to the text, pixels at scale 1.
const GAP_PX: f32 = 5.0;
/// A thing that is smaller on the screen has no name, pixels at scale 1. Chosen: about as wide as a word.
const LEAST_EXTENT_PX: f64 = 36.0;
/// Share of the distance by which something must stand before a place to hide it: terrain and what is drawn on it are
/// not exact.
const SLACK: f64 = 0.02;
/// Edge of the cells in which taken places are looked up, pixels. Chosen: about a label wide.
const CELL_PX: f32 = 96.0;

/// A label that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedLabel {
    /// Its index in the list that was placed.
    pub label: usize,
    /// Upper left corner of the text, whole pixels.
    pub at_px: [f32; 2],
    /// Pixel of the named place.
    pub place_px: [f32; 2],
    /// It is hidden where the scene's reversed depth is greater.
    pub depth: f32,
}

/// Taken places, by cells.
struct Grid {
    columns: usize,
    rows: usize,
    cells: Vec<Vec<[f32; 4]>>,
}

impl Grid {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a picture's cells are few")]
    fn new(size: [u32; 2]) -> Self {
        let [columns, rows] = size.map(|s| (s as f32 / CELL_PX).ceil().max(1.0) as usize);
        Self { columns, rows, cells: vec![Vec::new(); columns * rows] }
    }

    /// Indices of cells that a box (left, top, right, bottom) touches.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "boxes lie inside the picture"
    )]
    fn touched(&self, b: [f32; 4]) -> impl Iterator<Item = usize> + use<> {
        let [left, top, right, bottom] = b.map(|v| (v / CELL_PX).max(0.0) as usize);
        let (columns, rows) = (self.columns, self.rows);
        (top..=bottom.min(rows - 1))
            .flat_map(move |y| (left..=right.min(columns - 1)).map(move |x| y * columns + x))
    }

    fn is_free(&self, b: [f32; 4]) -> bool {
        let apart = |o: &[f32; 4]| b[2] <= o[0] || o[2] <= b[0] || b[3] <= o[1] || o[3] <= b[1];
        self.touched(b).filter_map(|ix| self.cells.get(ix)).all(|c| c.iter().all(apart))
    }

    fn take(&mut self, b: [f32; 4]) {
        for ix in self.touched(b) {
            if let Some(cell) = self.cells.get_mut(ix) {
                cell.push(b);
            }
        }
    }
}

/// Where a label's text may stand, best first: above, below, right, left of its place.
fn choices([x, y]: [f32; 2], [w, h]: [f32; 2], scale: f32) -> [[f32; 2]; 4] {
    let gap = GAP_PX * scale;
    [[x - w * 0.5, y - gap - h], [x - w * 0.5, y + gap], [x + gap, y - h * 0.5], [x - gap - w, y - h * 0.5]]
        .map(|p| p.map(f32::round))
}

/// How far behind a cut a name may still be taken to stand on what is left, meters: rounding, and slanting planes to which
/// the steps below come near.
const CUT_SLACK_M: f64 = 0.05;
/// Steps towards the nearest point of a box that slanting planes leave. Chosen: planes square to the axes need one.
const CUT_STEPS: usize = 16;

/// Where a name stands once `cut` took away what lies in any of its half-spaces: at its place, else where its thing is cut,
/// else nowhere.
fn kept(label: &Label, cut: &[HalfSpace]) -> Option<WorldPoint> {
    let over = |h: &HalfSpace, p: glam::DVec3| h.normal.dot(p) - h.limit;
    let stays = |p: glam::DVec3| cut.iter().all(|h| over(h, p) <= CUT_SLACK_M);
    let at = label.anchor.0;
    if stays(at) {
        return Some(label.anchor);
    }
    let b = label.bounds;
    if b.is_empty() {
        return None;
    }
    let mut p = at.clamp(b.min, b.max);
    for _ in 0..CUT_STEPS {
        for h in cut {
            p = (p - h.normal * over(h, p).max(0.0)).clamp(b.min, b.max);
        }
    }
    stays(p).then_some(WorldPoint(p))
}

/// The labels that a picture of `size` pixels shows, none over another and none cut, in the order of their priority: by
/// kind, then the larger thing, then id. The same for any order of `labels`, and for every frame of the same view: nothing
/// is remembered. `scale`: physical pixels per point of the user interface. `covered`: boxes (left, top, right, bottom in
/// pixels) where panels lie over the picture; no label stands there. `cut`: half-spaces that a section cuts away; what lies
/// in them has no name, and what is cut has it on what is left.
///
/// Each takes the first of four places around its anchor that is free; one that finds none is left out. What the scene hides
/// is left out when it is drawn, by [`PlacedLabel::depth`].
pub fn place_labels(
    labels: &[Label],
    camera: &Camera,
    (size, scale): ([u32; 2], f32),
    covered: &[[f32; 4]],
    cut: &[HalfSpace],
) -> Vec<PlacedLabel> {
    let view = camera.view(size);
    let mut order: Vec<(usize, &Label)> = labels.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| {
        a.kind.cmp(&b.kind).then(b.extent_m.total_cmp(&a.extent_m)).then(a.id.cmp(&b.id))
    });
    let mut grid = Grid::new(size);
    for b in covered {
        grid.take(*b);
    }
    let [width, height] = size.map(|s| s as f32);
    let margin = MARGIN_PX * scale;
    let mut out = Vec::new();
    for (ix, label) in order {
        let Some(anchor) = kept(label, cut) else { continue };
        let distance = view.ahead_m(anchor);
        let Some(at) = camera.project(anchor, size).filter(|_| distance > NEAR_M) else { continue };
        if label.extent_m / distance * view.px_per_radian() < LEAST_EXTENT_PX * f64::from(scale) {
            continue;
        }
        let place_px = [narrow(at.x), narrow(at.y)];
        if place_px[0] < 0.0 || place_px[1] < 0.0 || place_px[0] >= width || place_px[1] >= height {
            continue;
        }
        let around = |[x, y]: [f32; 2]| {
            [x - margin, y - margin, x + label.size_px[0] + margin, y + label.size_px[1] + margin]
        };
        let fits = |p: &[f32; 2]| {
            let b = around(*p);
            b[0] >= 0.0 && b[1] >= 0.0 && b[2] <= width && b[3] <= height && grid.is_free(b)
        };
        let [w, h] = label.size_px;
        let on_it = [place_px[0] - w * 0.5, place_px[1] - h * 0.5].map(f32::round);
        let beside = choices(place_px, label.size_px, scale);
        let at_px = if label.centered { Some(on_it).filter(fits) } else { beside.into_iter().find(fits) };
        let Some(at_px) = at_px else { continue };
        grid.take(around(at_px));
        let before = (distance * (1.0 - SLACK) - label.reach_m.max(0.0) * view.stretch.longest()).max(NEAR_M);
        out.push(PlacedLabel { label: ix, at_px, place_px, depth: narrow(NEAR_M / before) });
    }
    out
}

#[cfg(test)]
mod tests {
    use glam::DVec3;
    use lantu_base::Bounds;

    use super::*;

    const SIZE: [u32; 2] = [1280, 720];

    /// A thousand names on a hill, as a small generator strews them.
    fn thousand() -> Vec<Label> {
        let mut seed = 7_u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        (0..1000)
            .map(|id| {
                let [x, y] = [next(400_000), next(400_000)].map(|v| v as f64 / 1000.0);
                Label {
                    anchor: WorldPoint(DVec3::new(455_000.0 + x, 4_428_000.0 + y, 40.0 + (x * 0.1).sin())),
                    bounds: Bounds::EMPTY,
                    reach_m: 0.0,
                    kind: u8::try_from(next(4)).unwrap(),
                    centered: false,
                    extent_m: 5.0 + next(40) as f64,
                    id,
                    size_px: [24.0 + next(120) as f32, 17.0],
                    glyphs: 0..0,
                }
            })
            .collect()
    }

    fn camera() -> Camera {
        let at = |x: f64, y: f64, z: f64| WorldPoint::new(455_000.0 + x, 4_428_000.0 + y, z);
        Camera::looking(at(200.0, -150.0, 260.0), at(200.0, 200.0, 40.0))
    }

    fn boxes(labels: &[Label], placed: &[PlacedLabel]) -> Vec<[f32; 4]> {
        let of = |p: &PlacedLabel| {
            let ([x, y], [w, h]) = (p.at_px, labels[p.label].size_px);
            [x, y, x + w, y + h]
        };
        placed.iter().map(of).collect()
    }

    #[test]
    fn of_a_thousand_labels_none_lies_over_another_and_none_is_cut() {
        let labels = thousand();
        let placed = place_labels(&labels, &camera(), (SIZE, 1.0), &[], &[]);
        assert!(placed.len() > 60, "{}", placed.len());
        let all = boxes(&labels, &placed);
        for (i, a) in all.iter().enumerate() {
            assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= 1280.0 && a[3] <= 720.0, "{a:?}");
            for b in &all[..i] {
                assert!(a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1], "{a:?} {b:?}");
            }
        }
        let first = placed.iter().map(|p| labels[p.label].kind).collect::<Vec<_>>();
        assert!(first.is_sorted(), "kinds come in their order");
    }

    #[test]
    fn any_order_of_the_same_labels_gives_the_same_picture() {
        let labels = thousand();
        let ids = |labels: &[Label]| {
            let placed = place_labels(labels, &camera(), (SIZE, 1.5), &[], &[]);
            placed.iter().map(|p| (labels[p.label].id, p.at_px, p.depth)).collect::<Vec<_>>()
        };
        let first = ids(&labels);
        let mut turned = labels.clone();
        turned.reverse();
        assert_eq!(ids(&turned), first);
        turned.rotate_left(377);
        turned.swap(3, 900);
        assert_eq!(ids(&turned), first);
    }

    #[test]
    fn a_camera_that_moves_by_a_millimeter_keeps_its_labels() {
        let labels = thousand();
        let shown = |shift: DVec3| {
            let mut c = camera();
            c.eye.0 += shift;
            c.target.0 += shift;
            let placed = place_labels(&labels, &c, (SIZE, 1.0), &[], &[]);
            placed.iter().map(|p| labels[p.label].id).collect::<std::collections::BTreeSet<_>>()
        };
        let before = shown(DVec3::ZERO);
        for step in 1..=20 {
            let after = shown(DVec3::new(0.001, -0.001, 0.0005) * f64::from(step));
            let changed = before.symmetric_difference(&after).count();
            assert!(changed * 20 <= before.len(), "{changed} of {} after {step} mm", before.len());
        }
    }

    #[test]
    fn no_label_stands_under_a_panel_and_those_that_were_there_move_or_leave() {
        let labels = thousand();
        let panel = [400.0, 200.0, 700.0, 500.0];
        let hits = |p: &PlacedLabel| {
            let [w, h] = labels[p.label].size_px;
            let [x, y] = p.at_px;
            x < panel[2] && panel[0] < x + w && y < panel[3] && panel[1] < y + h
        };
        let free = place_labels(&labels, &camera(), (SIZE, 1.0), &[], &[]);
        assert!(free.iter().any(hits));
        let placed = place_labels(&labels, &camera(), (SIZE, 1.0), &[panel], &[]);
        assert!(!placed.is_empty() && !placed.iter().any(hits));
    }

    #[test]
    fn what_is_tiny_or_behind_the_eye_has_no_label_and_what_is_chosen_has_one_from_afar() {
        let mut labels = thousand();
        labels.truncate(3);
        labels[0].anchor = WorldPoint::new(455_200.0, 4_427_000.0, 40.0);
        labels[1].extent_m = 0.5;
        (labels[2].extent_m, labels[2].kind) = (f64::INFINITY, 0);
        let placed = place_labels(&labels, &camera(), (SIZE, 1.0), &[], &[]);
        assert_eq!(placed.iter().map(|p| p.label).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn what_a_section_took_away_has_no_name_and_a_cut_house_has_it_on_the_cut() {
        let ground = DVec3::new(455_200.0, 4_428_200.0, 40.0);
        let house = |from: DVec3, height: f64, id| {
            let bounds = Bounds::new(from, from + DVec3::new(20.0, 12.0, height));
            let anchor = WorldPoint(bounds.center().with_z(bounds.max.z));
            let label = thousand().swap_remove(0);
            Label { anchor, bounds, id, kind: 0, extent_m: f64::INFINITY, ..label }
        };
        // A tower, a low house beside it, and a room high up in the tower.
        let labels = [
            house(ground, 60.0, 0),
            house(ground + DVec3::X * 60.0, 6.0, 1),
            house(ground + DVec3::new(0.0, -40.0, 50.0), 3.0, 2),
        ];
        let placed = |cut: &[HalfSpace]| place_labels(&labels, &camera(), (SIZE, 1.0), &[], cut);
        assert_eq!(placed(&[]).len(), 3);
        // At ten meters above the ground.
        let cut = [HalfSpace { normal: DVec3::Z, limit: 50.0 - 1.0 }];
        let left = placed(&cut);
        assert_eq!(left.iter().map(|p| p.label).collect::<Vec<_>>(), [0, 1]);
        let on_cut = WorldPoint(labels[0].anchor.0.with_z(49.0));
        let at = camera().project(on_cut, SIZE).unwrap();
        let [x, y] = left[0].place_px;
        assert!((f64::from(x) - at.x).abs() < 0.1 && (f64::from(y) - at.y).abs() < 0.1, "{x} {y} {at}");
        // Upright, through nothing: all that lies east of it is gone.
        let east = [HalfSpace { normal: DVec3::X, limit: ground.x + 40.0 }];
        assert_eq!(placed(&east).iter().map(|p| p.label).collect::<Vec<_>>(), [0, 2]);
        // Slanting, over the low house and through the tower.
        let slanting = DVec3::new(-1.0, 0.0, 1.0).try_normalize().unwrap();
        let roof = [HalfSpace { normal: slanting, limit: slanting.dot(ground + DVec3::Z * 10.0) }];
        assert_eq!(placed(&roof).iter().map(|p| p.label).collect::<Vec<_>>(), [0, 1]);
    }
}
