//! Carriageways with their markings, curbs and sidewalks.

use glam::DVec2;

use super::{Color, Painter, mix, scale};
use crate::noise::{cell, fbm, noise, smoothstep, unit2};
use crate::plan::{Road, RoadClass};
use crate::shape::Foot;

/// White of old thermoplastic paint.
const WHITE: Color = [204.0, 203.0, 196.0];
const YELLOW: Color = [196.0, 164.0, 88.0];
const CURB: Color = [174.0, 171.0, 164.0];

impl Painter<'_> {
    /// Color of the street at `p`, if one lies there.
    pub(super) fn street(&self, p: DVec2) -> Option<Color> {
        let mut carriage: Option<(&Road, Foot)> = None;
        let mut sidewalk: Option<(f64, &Road)> = None;
        let mut n_carriages = 0;
        for road in self.roads.of(&self.plan.roads, p) {
            let Some(foot) = road.axis.foot(p) else { continue };
            // Streets end square, e.g. at the abutments.
            if foot.past {
                continue;
            }
            let edge = road.width_m * 0.5 - foot.offset.abs();
            if edge > 0.0 {
                n_carriages += 1;
                if carriage.is_none_or(|(seen, _)| seen.width_m < road.width_m) {
                    carriage = Some((road, foot));
                }
            } else if -edge < road.sidewalk_m && sidewalk.is_none_or(|(seen, _)| seen < edge) {
                sidewalk = Some((edge, road));
            }
        }
        if let Some((road, foot)) = carriage {
            let asphalt = worn(road, foot, self.asphalt(p));
            if n_carriages > 1 {
                return Some(asphalt);
            }
            return Some(match self.marking(road, foot) {
                Some(paint) => mix(asphalt, paint, 0.55 + 0.35 * fbm(p.x * 2.0, p.y * 2.0, 2, 111)),
                None => asphalt,
            });
        }
        let (edge, road) = sidewalk?;
        let from_curb = -edge;
        if from_curb < 0.22 {
            return Some(CURB);
        }
        if road.sidewalk_m > 4.0 && from_curb < 2.0 {
            // A strip of shrubs and soil with the trees.
            let soil = fbm(p.x / 1.6, p.y / 1.6, 3, 112);
            let bush = mix([116.0, 106.0, 84.0], [84.0, 98.0, 60.0], smoothstep(-0.25, 0.2, soil));
            return Some(scale(bush, 0.92 + 0.2 * noise(p.x * 4.0, p.y * 4.0, 113)));
        }
        let guide = (from_curb - road.sidewalk_m * 0.62).abs() < 0.16;
        let base = if guide { [178.0, 158.0, 106.0] } else { [162.0, 155.0, 146.0] };
        Some(self.tiles(p, 0.5, base))
    }

    /// Asphalt with aggregate, patches and cracks.
    pub(super) fn asphalt(&self, p: DVec2) -> Color {
        let broad = fbm(p.x / 14.0, p.y / 14.0, 3, 114) * 6.0;
        let grain = if self.sees(0.08) { noise(p.x * 13.0, p.y * 13.0, 115) * 5.0 } else { 0.0 };
        let (cx, cy) = (cell(p.x / 7.0), cell(p.y / 4.5));
        let patch = if unit2(cx, cy, 116) > 0.93 { -11.0 } else { 0.0 };
        let ridge = fbm(p.x / 5.0, p.y / 5.0, 3, 117).abs();
        let crack = if self.sees(0.1) && ridge < 0.005 { -9.0 } else { 0.0 };
        [106.0, 106.0, 107.0].map(|v| v + broad + grain + patch + crack)
    }

    fn marking(&self, road: &Road, foot: Foot) -> Option<Color> {
        if !self.sees(0.08) {
            return None;
        }
        let edge = road.width_m * 0.5 - foot.offset.abs();
        let o = foot.offset.abs();
        let junction = road
            .junctions
            .iter()
            .map(|(s, half)| (foot.station - s).abs() - half)
            .fold(f64::INFINITY, f64::min);
        // Zebra crossings, then stop lines on the approaching side.
        if (1.6..5.6).contains(&junction) {
            let stripe = (foot.offset / 0.9).rem_euclid(1.0) < 0.5;
            return (stripe && edge > 0.4).then_some(WHITE);
        }
        if junction < 7.0 {
            let stop = (6.4..6.75).contains(&junction) && edge > 0.3;
            return stop.then_some(WHITE);
        }
        let dash = |on: f64, off: f64| foot.station.rem_euclid(on + off) < on;
        match road.class {
            RoadClass::Main => {
                if (0.10..0.25).contains(&o) {
                    return Some(YELLOW);
                }
                let solid = junction < 34.0;
                if (o - 3.65).abs() < 0.075 && (solid || dash(6.0, 9.0)) {
                    return Some(WHITE);
                }
                (0.30..0.45).contains(&edge).then_some(WHITE)
            }
            RoadClass::Secondary => {
                if o < 0.075 && (junction < 26.0 || dash(4.0, 6.0)) {
                    return Some(YELLOW);
                }
                (0.35..0.47).contains(&edge).then_some(WHITE)
            }
            RoadClass::Local => (o < 0.06 && dash(2.0, 4.0)).then_some(WHITE),
        }
    }
}

/// Where tires run, asphalt is polished; at the edge lies dust.
fn worn(road: &Road, foot: Foot, color: Color) -> Color {
    let lane = if road.class == RoadClass::Main { 3.5 } else { road.width_m * 0.5 };
    let in_lane = (foot.offset.abs() / lane).fract() * lane - lane * 0.5;
    let tire = smoothstep(0.42, 0.1, (in_lane.abs() - 0.85).abs());
    let dust = smoothstep(0.7, 0.0, road.width_m * 0.5 - foot.offset.abs());
    mix(scale(color, 1.0 - 0.06 * tire), [148.0, 142.0, 130.0], dust * 0.35)
}
