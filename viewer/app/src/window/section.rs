//! Cutting the scene open: a plane, a box, and what remains of the scene.

use glam::DVec3;
use lantu_base::{Bounds, ProjectFrame, WorldPoint};
use lantu_render::HalfSpace;
use lantu_ui::{SectionAxis, SectionModel, SectionPlane};

use crate::views::{PlaneRecord, SectionRecord};

/// What is cut away.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Section {
    pub(crate) plane: Option<Plane>,
    /// Only what is inside remains.
    pub(crate) cube: Option<Bounds>,
}

/// A plane that cuts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plane {
    pub(crate) axis: SectionAxis,
    /// From where `offset_m` counts: the origin of the frame, or the point of a picked face.
    pub(crate) anchor: DVec3,
    /// Unit vector along which `offset_m` counts.
    pub(crate) along: DVec3,
    pub(crate) offset_m: f64,
    pub(crate) flipped: bool,
}

impl Plane {
    /// A plane square to an axis of the frame.
    pub(crate) fn square_to(axis: SectionAxis, at: DVec3) -> Self {
        let along = match axis {
            SectionAxis::East => DVec3::X,
            SectionAxis::North => DVec3::Y,
            SectionAxis::Up | SectionAxis::Face => DVec3::Z,
        };
        Self { axis, anchor: DVec3::ZERO, along, offset_m: at.dot(along), flipped: false }
    }

    /// A plane on a face; `normal` looks at the person who picked it, and what lies before the plane goes.
    pub(crate) fn on_face(at: WorldPoint, normal: DVec3) -> Option<Self> {
        let along = normal.try_normalize()?;
        Some(Self { axis: SectionAxis::Face, anchor: at.0, along, offset_m: 0.0, flipped: false })
    }

    /// What it cuts away: above a plan, before a face, and before a cross-section that looks along its axis.
    pub(crate) fn half_space(&self) -> HalfSpace {
        let looks_along = matches!(self.axis, SectionAxis::East | SectionAxis::North);
        let normal = if looks_along == self.flipped { self.along } else { -self.along };
        let point = self.anchor + self.along * self.offset_m;
        HalfSpace { normal, limit: normal.dot(point) }
    }

    /// Offsets at which the plane meets a box.
    pub(crate) fn range(&self, scene: &Bounds) -> (f64, f64) {
        if scene.is_empty() {
            return (self.offset_m, self.offset_m);
        }
        let middle = (scene.center() - self.anchor).dot(self.along);
        let half = (scene.size() * 0.5).dot(self.along.abs());
        (middle - half, middle + half)
    }
}

impl Section {
    pub(crate) fn is_none(&self) -> bool {
        self.plane.is_none() && self.cube.is_none()
    }

    /// What is cut away, as half-spaces: a point remains where it lies in none of them.
    pub(crate) fn half_spaces(&self) -> Vec<HalfSpace> {
        let mut out: Vec<HalfSpace> = self.plane.iter().map(Plane::half_space).collect();
        if let Some(b) = self.cube.filter(|b| !b.is_empty()) {
            for axis in [DVec3::X, DVec3::Y, DVec3::Z] {
                out.push(HalfSpace { normal: axis, limit: b.max.dot(axis) });
                out.push(HalfSpace { normal: -axis, limit: -b.min.dot(axis) });
            }
        }
        out
    }

    /// What the renderer cuts away.
    pub(crate) fn drawn(&self) -> Option<lantu_render::Section> {
        if self.is_none() { None } else { lantu_render::Section::new(&self.half_spaces()) }
    }

    /// Whether a point was cut away.
    pub(crate) fn cuts(&self, p: WorldPoint) -> bool {
        self.half_spaces().iter().any(|h| h.normal.dot(p.0) > h.limit)
    }

    pub(crate) fn model(&self, scene: &Bounds, picking: bool, has_selection: bool) -> SectionModel {
        let plane = self.plane.map(|p| SectionPlane {
            axis: p.axis,
            offset_m: p.offset_m,
            range_m: p.range(scene),
            flipped: p.flipped,
        });
        SectionModel { plane, picking, cube: self.cube.map(Bounds::to_array), has_selection }
    }

    /// As a saved view keeps it.
    pub(crate) fn record(&self, frame: &ProjectFrame) -> SectionRecord {
        let point = |p: DVec3| frame.crs_from_world(WorldPoint(p));
        SectionRecord {
            plane: self.plane.map(|p| PlaneRecord {
                axis: axis_name(p.axis).to_owned(),
                point: point(p.anchor + p.along * p.offset_m),
                normal: p.along.to_array(),
                flipped: p.flipped,
            }),
            cube: self.cube.filter(|b| !b.is_empty()).map(|b| [point(b.min), point(b.max)]),
        }
    }

    /// From a saved view; numbers that make no plane or no box are left out.
    pub(crate) fn from_record(record: &SectionRecord, frame: &ProjectFrame) -> Self {
        let point = |p: [f64; 3]| frame.world_from_crs(p).0;
        let plane = record.plane.as_ref().and_then(|r| {
            let axis = SectionAxis::ALL.into_iter().find(|a| axis_name(*a) == r.axis)?;
            let at = point(r.point);
            at.is_finite().then_some(())?;
            let plane = match axis {
                SectionAxis::Face => Plane::on_face(WorldPoint(at), DVec3::from_array(r.normal))?,
                square => Plane::square_to(square, at),
            };
            Some(Plane { flipped: r.flipped, ..plane })
        });
        let cube = record.cube.map(|[lo, hi]| Bounds::new(point(lo), point(hi))).filter(|b| !b.is_empty());
        Self { plane, cube }
    }
}

fn axis_name(axis: SectionAxis) -> &'static str {
    match axis {
        SectionAxis::East => "east",
        SectionAxis::North => "north",
        SectionAxis::Up => "up",
        SectionAxis::Face => "face",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: DVec3 = DVec3::new(455_612.0, 4_428_540.0, 45.0);

    fn p(x: f64, y: f64, z: f64) -> WorldPoint {
        WorldPoint(AT + DVec3::new(x, y, z))
    }

    #[test]
    fn a_plan_shows_what_is_below_and_a_cross_section_what_is_ahead() {
        let up = Section { plane: Some(Plane::square_to(SectionAxis::Up, AT)), cube: None };
        assert!(up.cuts(p(0.0, 0.0, 0.01)) && !up.cuts(p(0.0, 0.0, -0.01)));
        let east = Section { plane: Some(Plane::square_to(SectionAxis::East, AT)), cube: None };
        assert!(east.cuts(p(-0.01, 0.0, 0.0)) && !east.cuts(p(0.01, 0.0, 0.0)));
        let mut turned = east;
        if let Some(plane) = &mut turned.plane {
            plane.flipped = true;
        }
        assert!(!turned.cuts(p(-0.01, 0.0, 0.0)) && turned.cuts(p(0.01, 0.0, 0.0)));
    }

    #[test]
    fn a_plane_on_a_face_cuts_what_stands_before_it_and_moves_into_it() {
        let mut plane = Plane::on_face(WorldPoint(AT), DVec3::new(0.0, -2.0, 0.0)).unwrap();
        let cuts = |plane: Plane, at| Section { plane: Some(plane), cube: None }.cuts(at);
        assert!(cuts(plane, p(0.0, -0.1, 0.0)) && !cuts(plane, p(0.0, 0.1, 0.0)));
        plane.offset_m = -1.0;
        assert!(cuts(plane, p(0.0, 0.9, 0.0)) && !cuts(plane, p(0.0, 1.1, 0.0)));
        let scene = Bounds::new(AT - DVec3::splat(3.0), AT + DVec3::splat(5.0));
        assert_eq!(plane.range(&scene), (-5.0, 3.0));
    }

    #[test]
    fn a_box_keeps_its_inside() {
        let cube = Some(Bounds::new(AT - DVec3::ONE, AT + DVec3::ONE));
        let s = Section { plane: None, cube };
        assert!(!s.cuts(p(0.9, -0.9, 0.0)) && s.cuts(p(1.1, 0.0, 0.0)) && s.cuts(p(0.0, 0.0, -1.1)));
        assert!(Section::default().is_none() && !Section::default().cuts(p(0.0, 0.0, 0.0)));
    }

    #[test]
    fn a_section_comes_back_from_a_saved_view() {
        let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        for plane in [
            Plane::square_to(SectionAxis::North, AT),
            Plane { flipped: true, ..Plane::on_face(WorldPoint(AT), DVec3::new(1.0, 1.0, 0.0)).unwrap() },
        ] {
            let s = Section { plane: Some(plane), cube: Some(Bounds::new(AT, AT + DVec3::ONE)) };
            let back = Section::from_record(&s.record(&frame), &frame);
            assert_eq!(back.cube, s.cube);
            for at in [p(0.2, 0.3, 0.4), p(-0.2, 0.3, 0.4), p(0.2, -0.3, 0.4)] {
                assert_eq!(back.cuts(at), s.cuts(at));
            }
        }
        let bad = SectionRecord {
            plane: Some(PlaneRecord {
                axis: "sideways".into(),
                point: [f64::NAN; 3],
                normal: [0.0; 3],
                flipped: false,
            }),
            cube: Some([[1.0; 3], [0.0; 3]]),
        };
        assert!(Section::from_record(&bad, &frame).is_none());
    }
}
