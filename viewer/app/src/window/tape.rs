//! Measuring: the points set so far, what they give, and how that looks on the screen.

use glam::DVec2;
use lantu_base::WorldPoint;
use lantu_render::Camera;
use lantu_tiles::{Snap, SnapKind, measure};
use lantu_ui::format::Measure;
use lantu_ui::{MeasureKind, MeasurePart, MeasureRow, MeasureShape, SnapModel};

/// A finished measurement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) id: u64,
    pub(crate) kind: MeasureKind,
    pub(crate) points: Vec<WorldPoint>,
}

/// The tool in the hand.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) active: Option<MeasureKind>,
    /// Points set so far.
    pub(crate) points: Vec<WorldPoint>,
    /// Where the next point would be set.
    pub(crate) hover: Option<Snap>,
    next_id: u64,
}

/// A value and what else is known.
type Told = (Measure, Vec<(MeasurePart, Measure)>);

/// How many points a kind takes at most, and at least to give a value.
fn limits(kind: MeasureKind) -> (usize, usize) {
    match kind {
        MeasureKind::Distance => (usize::MAX, 2),
        MeasureKind::Height => (2, 2),
        MeasureKind::Area => (usize::MAX, 3),
        MeasureKind::Angle => (3, 3),
    }
}

/// The value of points, if they are enough.
pub(crate) fn value(kind: MeasureKind, points: &[WorldPoint]) -> Option<Told> {
    use MeasurePart as Part;
    let (first, last) = (*points.first()?, *points.last()?);
    match kind {
        MeasureKind::Distance => {
            let (space, flat) = (points.len() > 1).then(|| measure::path_length(points))?;
            let rise = last.0.z - first.0.z;
            let mut parts =
                vec![(Part::Horizontal, Measure::Length(flat)), (Part::Vertical, Measure::Length(rise))];
            if points.len() == 2 && flat > 0.0 {
                parts.push((Part::Slope, Measure::Angle(rise.atan2(flat))));
            }
            Some((Measure::Length(space), parts))
        }
        MeasureKind::Height => {
            let d = (points.len() > 1).then(|| measure::distance(first, last))?;
            Some((Measure::Length(d.rise_m), vec![(Part::Horizontal, Measure::Length(d.horizontal_m))]))
        }
        MeasureKind::Area => {
            let a = measure::area(points)?;
            let parts = vec![
                (Part::Horizontal, Measure::Area(a.horizontal_m2)),
                (Part::Perimeter, Measure::Length(a.perimeter_m)),
            ];
            Some((Measure::Area(a.planar_m2), parts))
        }
        MeasureKind::Angle => {
            let &[a, vertex, b] = points else { return None };
            Some((Measure::Angle(measure::angle(a, vertex, b)?), Vec::new()))
        }
    }
}

impl Tape {
    /// Takes a tool, or puts it away; what was under way is dropped.
    pub(crate) fn take(&mut self, kind: Option<MeasureKind>) {
        self.active = kind;
        self.points.clear();
        self.hover = None;
    }

    /// Sets a point. Returns the measurement when that finished it.
    pub(crate) fn set(&mut self, p: WorldPoint) -> Option<Measurement> {
        let kind = self.active?;
        // Clicking the last point again, or the first one of an area, says that this was all.
        let again = |q: Option<&WorldPoint>| q.is_some_and(|q| q.0.distance(p.0) < 1e-4);
        let closes = kind == MeasureKind::Area && self.points.len() > 2 && again(self.points.first());
        if closes || again(self.points.last()) {
            return self.finish();
        }
        self.points.push(p);
        if self.points.len() >= limits(kind).0 { self.finish() } else { None }
    }

    /// Takes the last point back.
    pub(crate) fn back(&mut self) {
        self.points.pop();
    }

    /// Finishes with the points set; too few are dropped.
    pub(crate) fn finish(&mut self) -> Option<Measurement> {
        let kind = self.active?;
        let points = std::mem::take(&mut self.points);
        if points.len() < limits(kind).1 {
            return None;
        }
        self.next_id += 1;
        Some(Measurement { id: self.next_id, kind, points })
    }

    /// Points with the one that the pointer would add; a pointer that rests where it just clicked adds none.
    fn with_hover(&self) -> Vec<WorldPoint> {
        let next = self.hover.map(|s| s.point).filter(|p| self.points.last() != Some(p));
        self.points.iter().copied().chain(next).collect()
    }

    /// Value of the measurement under way, the next point included.
    pub(crate) fn live(&self) -> Option<Told> {
        self.active.filter(|_| !self.points.is_empty()).and_then(|kind| value(kind, &self.with_hover()))
    }

    /// What is under way, as it is seen.
    pub(crate) fn live_shape(&self, screen: &Screen) -> Option<MeasureShape> {
        let kind = self.active.filter(|_| !self.points.is_empty())?;
        Some(MeasureShape { live: true, ..shape(kind, &self.with_hover(), screen) })
    }

    /// Where the next point would be set.
    pub(crate) fn snap_model(&self, screen: &Screen) -> Option<SnapModel> {
        let snap = self.hover.filter(|_| self.active.is_some())?;
        let kind = match snap.kind {
            SnapKind::Vertex => lantu_ui::SnapKind::Vertex,
            SnapKind::Midpoint | SnapKind::Edge => lantu_ui::SnapKind::Edge,
            SnapKind::Face | SnapKind::Surface => lantu_ui::SnapKind::Face,
        };
        Some(SnapModel { kind, at: screen.point(snap.point)? })
    }
}

/// From the world to points of the window.
pub(crate) struct Screen {
    pub(crate) camera: Camera,
    /// Pixels of the scene.
    pub(crate) size: [u32; 2],
    /// Corner of the scene, pixels of the window.
    pub(crate) origin: DVec2,
    pub(crate) pixels_per_point: f64,
}

/// Nearest that a line is drawn before the eye, meters.
const CLIP_M: f64 = 0.06;

impl Screen {
    /// A position in points; `None` behind the eye.
    pub(crate) fn point(&self, p: WorldPoint) -> Option<[f32; 2]> {
        let px = self.camera.project(p, self.size)?;
        let at = (px + self.origin) / self.pixels_per_point;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "window coordinates; what is far outside is clipped"
        )]
        at.is_finite().then_some([at.x.clamp(-1e5, 1e5) as f32, at.y.clamp(-1e5, 1e5) as f32])
    }

    /// A line as it is seen, cut where it goes behind the eye.
    pub(crate) fn path(&self, points: &[WorldPoint]) -> Vec<[f32; 2]> {
        let view = self.camera.view(self.size);
        let depth = |p: WorldPoint| view.ahead_m(p);
        let mut out = Vec::with_capacity(points.len());
        let mut before: Option<WorldPoint> = None;
        for &p in points {
            if let Some(b) = before {
                let (from, to) = (depth(b), depth(p));
                if (from < CLIP_M) != (to < CLIP_M) {
                    let share = (CLIP_M - from) / (to - from);
                    out.extend(self.point(WorldPoint(b.0.lerp(p.0, share))));
                }
            }
            if depth(p) >= CLIP_M {
                out.extend(self.point(p));
            }
            before = Some(p);
        }
        out
    }
}

/// A measurement as it is seen.
fn shape(kind: MeasureKind, points: &[WorldPoint], screen: &Screen) -> MeasureShape {
    let closed = kind == MeasureKind::Area && points.len() > 2;
    let mut line = points.to_vec();
    if closed {
        line.extend(points.first());
    }
    if let (MeasureKind::Height, &[a, b]) = (kind, points) {
        // Along the level to below or above the second point, then up or down to it.
        line = vec![a, WorldPoint(b.0.with_z(a.0.z)), b];
    }
    let middle = |a: WorldPoint, b: WorldPoint| WorldPoint(a.0.midpoint(b.0));
    let mut labels = Vec::new();
    let mut label = |at: WorldPoint, m: Measure| labels.extend(screen.point(at).map(|p| (p, m)));
    match (kind, value(kind, points)) {
        (_, None) => {}
        (MeasureKind::Distance, Some(_)) => {
            for w in points.windows(2) {
                if let &[a, b] = w {
                    label(middle(a, b), Measure::Length(a.0.distance(b.0)));
                }
            }
        }
        (MeasureKind::Height, Some((m, _))) => {
            if let &[_, corner, top] = line.as_slice() {
                label(middle(corner, top), m);
            }
        }
        (MeasureKind::Area, Some((m, _))) => {
            let sum: glam::DVec3 = points.iter().map(|p| p.0).sum();
            label(WorldPoint(sum / points.len() as f64), m);
        }
        (MeasureKind::Angle, Some((m, _))) => {
            if let Some(vertex) = points.get(1) {
                label(*vertex, m);
            }
        }
    }
    let mut seen = screen.path(&line);
    if closed && seen.len() == line.len() {
        // The panel joins the ends itself.
        seen.pop();
    }
    let closed = closed && seen.len() + 1 == line.len();
    MeasureShape { points: seen, closed, live: false, labels }
}

impl Measurement {
    pub(crate) fn row(&self) -> Option<MeasureRow> {
        let (value, parts) = value(self.kind, &self.points)?;
        Some(MeasureRow { id: self.id, kind: self.kind, value, parts })
    }

    pub(crate) fn shape(&self, screen: &Screen) -> MeasureShape {
        shape(self.kind, &self.points, screen)
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;

    const AT: DVec3 = DVec3::new(455_612.0, 4_428_540.0, 45.0);

    fn p(x: f64, y: f64, z: f64) -> WorldPoint {
        WorldPoint(AT + DVec3::new(x, y, z))
    }

    fn screen() -> Screen {
        Screen {
            camera: Camera::looking(p(0.0, -20.0, 5.0), p(0.0, 0.0, 0.0)),
            size: [1000, 600],
            origin: DVec2::new(200.0, 40.0),
            pixels_per_point: 2.0,
        }
    }

    fn length(m: Measure) -> f64 {
        match m {
            Measure::Length(m) => m,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn two_points_make_a_height_and_a_chain_ends_with_its_last_point_again() {
        let mut tape = Tape::default();
        tape.take(Some(MeasureKind::Height));
        assert!(tape.set(p(0.0, 0.0, 0.0)).is_none());
        let height = tape.set(p(3.0, 4.0, 2.5)).unwrap();
        let (value, parts) = value(height.kind, &height.points).unwrap();
        assert!((length(value) - 2.5).abs() < 1e-9 && (length(parts[0].1) - 5.0).abs() < 1e-9);

        tape.take(Some(MeasureKind::Distance));
        for x in [0.0, 1.0, 3.0] {
            assert!(tape.set(p(x, 0.0, 0.0)).is_none());
        }
        assert!((length(tape.live().unwrap().0) - 3.0).abs() < 1e-9);
        // The pointer still rests where it clicked: no piece of no length.
        let point = p(3.0, 0.0, 0.0);
        tape.hover = Some(Snap { point, kind: SnapKind::Surface, edge: [point; 2], normal: None });
        assert_eq!(tape.live_shape(&screen()).unwrap().labels.len(), 2);
        let chain = tape.set(p(3.0, 0.0, 0.0)).unwrap();
        assert_eq!(chain.points.len(), 3);
        assert_ne!(chain.id, height.id);
    }

    #[test]
    fn an_area_closes_at_its_first_corner_and_too_few_points_are_nothing() {
        let mut tape = Tape::default();
        tape.take(Some(MeasureKind::Area));
        for (x, y) in [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0)] {
            assert!(tape.set(p(x, y, 0.0)).is_none());
        }
        let area = tape.set(p(0.0, 0.0, 0.0)).unwrap();
        assert!(matches!(area.row().unwrap().value, Measure::Area(a) if (a - 6.0).abs() < 1e-9));
        let shape = area.shape(&screen());
        assert!(shape.closed && shape.points.len() == 3 && shape.labels.len() == 1);
        assert!(tape.set(p(0.0, 0.0, 0.0)).is_none() && tape.finish().is_none() && tape.points.is_empty());
    }

    #[test]
    fn a_line_that_goes_behind_the_eye_is_cut_and_not_mirrored() {
        let m = Measurement {
            id: 1,
            kind: MeasureKind::Distance,
            points: vec![p(0.0, 0.0, 0.0), p(0.5, -40.0, 5.0)],
        };
        let shape = m.shape(&screen());
        assert_eq!(shape.points.len(), 2);
        assert!(shape.points.iter().flatten().all(|v| v.is_finite()));
        let middle = screen().point(p(0.0, 0.0, 0.0)).unwrap();
        assert!((middle[0] - 350.0).abs() < 1e-3);
    }
}
