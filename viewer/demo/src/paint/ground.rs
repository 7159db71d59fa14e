//! Lawns, paving, bare earth, fields, water, pits.

use glam::DVec2;

use super::{Color, Painter, SHADOW_PER_M, mix, scale};
use crate::noise::{cell, fbm, noise, smoothstep, unit2};
use crate::plan::{self, Cover, WayKind, pond_distance, river_distance, river_half, river_x};
use crate::shape::Rect;

impl Painter<'_> {
    /// Color of the ground, streets and water.
    pub(super) fn ground(&self, p: DVec2) -> Color {
        if let Some(color) = self.earthwork(p) {
            return color;
        }
        let trestle = self.way(p, |kind| kind == WayKind::Trestle);
        if let Some(color) = trestle {
            return color;
        }
        if let Some(color) = self.water(p) {
            return color;
        }
        if let Some(color) = self.pit(p) {
            return color;
        }
        if let Some(color) = self.way(p, |kind| matches!(kind, WayKind::Fence)) {
            return color;
        }
        if let Some(color) = self.street(p) {
            return soiled(p, color);
        }
        if let Some(color) = self.sports(p) {
            return color;
        }
        let cover = self.plan.cover_at(&self.areas, p).map(|area| area.cover);
        let works = matches!(cover, Some(Cover::Earth | Cover::Gravel));
        if let Some(color) = self.way(p, |kind| !matches!(kind, WayKind::Fence | WayKind::Trestle)) {
            return color;
        }
        if let Some(color) = self.parking(p) {
            return color;
        }
        let color = self.cover(p, cover.unwrap_or(Cover::Scrub));
        if works { tracks(p, color) } else { color }
    }

    fn grass(&self, p: DVec2, base: Color, wild: f64) -> Color {
        let broad = fbm(p.x / 19.0, p.y / 19.0, 3, 61);
        let patch = fbm(p.x / 3.1, p.y / 3.1, 3, 62);
        let blade = if self.sees(0.12) { noise(p.x * 8.0, p.y * 8.0, 63) } else { 0.0 };
        let dry = smoothstep(0.05, 0.65, broad * 0.7 + patch * 0.5) * wild;
        let color = mix(base, [142.0, 134.0, 96.0], dry);
        scale(color, 1.0 + 0.10 * patch + 0.07 * blade + 0.06 * broad)
    }

    fn earth(&self, p: DVec2, base: Color) -> Color {
        let broad = fbm(p.x / 12.0, p.y / 12.0, 4, 64);
        let clod = fbm(p.x * 1.4, p.y * 1.4, 3, 65);
        let fine = if self.sees(0.1) { noise(p.x * 9.0, p.y * 9.0, 66) } else { 0.0 };
        scale(mix(base, [120.0, 104.0, 84.0], 0.5 + 0.7 * broad), 1.0 + 0.09 * clod + 0.05 * fine)
    }

    fn cover(&self, p: DVec2, cover: Cover) -> Color {
        match cover {
            Cover::Lawn => self.grass(p, [102.0, 116.0, 74.0], 0.45),
            Cover::Garden => {
                let bed = fbm(p.x / 5.0 + 9.0, p.y / 5.0, 2, 67);
                let grass = self.grass(p, [106.0, 113.0, 78.0], 0.7);
                mix(grass, self.earth(p, [136.0, 121.0, 98.0]), smoothstep(0.1, 0.5, bed) * 0.8)
            }
            Cover::Scrub => {
                let bush = fbm(p.x / 4.0, p.y / 4.0, 3, 68);
                mix(
                    self.grass(p, [112.0, 114.0, 78.0], 0.95),
                    [74.0, 86.0, 54.0],
                    smoothstep(0.15, 0.5, bush) * 0.75,
                )
            }
            Cover::Paving => self.tiles(p, 0.6, [158.0, 152.0, 143.0]),
            Cover::Asphalt => self.asphalt(p),
            Cover::Concrete => {
                let slab = unit2(cell(p.x / 5.0), cell(p.y / 4.0), 69) * 8.0 - 4.0;
                let joint = self.sees(0.06)
                    && ((p.x / 5.0).fract().abs() * 5.0 < 0.06 || (p.y / 4.0).fract().abs() * 4.0 < 0.06);
                let stain = fbm(p.x / 3.0, p.y / 3.0, 3, 70) * 11.0;
                let base = [164.0, 161.0, 153.0].map(|v| v + slab + stain);
                scale(base, if joint { 0.84 } else { 1.0 })
            }
            Cover::Gravel => {
                let stone = if self.sees(0.1) { noise(p.x * 11.0, p.y * 11.0, 71) * 14.0 } else { 0.0 };
                [150.0, 145.0, 136.0].map(|v| v + stone + 7.0 * fbm(p.x / 4.0, p.y / 4.0, 3, 72))
            }
            Cover::Earth => self.earth(p, [164.0, 139.0, 108.0]),
            Cover::Rubber => [136.0, 78.0, 64.0].map(|v| v + 4.0 * fbm(p.x, p.y, 3, 73)),
            Cover::Pitch => [82.0, 112.0, 84.0].map(|v| v + 4.0 * fbm(p.x, p.y, 3, 74)),
            Cover::Field(crop, angle) => self.field(p, crop, angle),
        }
    }

    fn field(&self, p: DVec2, crop: u8, angle: f64) -> Color {
        let q = DVec2::from_angle(-angle).rotate(p);
        let base = match crop {
            0 => [128.0, 132.0, 84.0],
            1 => [156.0, 142.0, 106.0],
            2 => [96.0, 112.0, 68.0],
            3 => [110.0, 118.0, 76.0],
            _ => [142.0, 124.0, 98.0],
        };
        let period = if crop == 3 { 5.1 } else { 1.6 };
        let row = if self.sees(period * 0.4) {
            (q.y / period * std::f64::consts::TAU + 0.5 * noise(q.x / 9.0, q.y / 9.0, 75)).sin()
        } else {
            0.0
        };
        let broad = fbm(p.x / 26.0, p.y / 26.0, 4, 76);
        let fine = fbm(p.x * 1.1, p.y * 1.1, 2, 77);
        // Wheel tracks of the tractor every 18 m.
        let track = ((q.y / 18.0).fract().abs() - 0.5).abs();
        let worn = if (0.44..0.47).contains(&track) { 0.9 } else { 1.0 };
        scale(base, (1.0 + 0.08 * row + 0.11 * broad + 0.07 * fine) * worn)
    }

    /// The river with its banks, and the pond.
    fn water(&self, p: DVec2) -> Option<Color> {
        let gap = river_distance(p);
        let half = river_half(p.y);
        if gap < half + 9.0 {
            let along = p.y;
            let across = p.x - river_x(p.y);
            if gap < half {
                let depth = smoothstep(0.0, 9.0, half - gap);
                let flow = fbm(across / 3.0, along / 17.0, 3, 81);
                let ripple = if self.sees(0.25) { fbm(across * 1.5, along * 0.8, 2, 82) } else { 0.0 };
                let base = mix([120.0, 121.0, 98.0], [78.0, 95.0, 88.0], depth);
                return Some(scale(base, 1.0 + 0.07 * flow + 0.05 * ripple));
            }
            // Stone at the water's edge, then grass.
            let up = gap - half;
            if p.y.abs() < 34.0 && up > 2.2 {
                return None;
            }
            let wobble = 0.35 * noise(p.x / 2.0, p.y / 2.0, 83);
            if up < 2.4 + wobble {
                let stone = unit2(cell(p.x / 0.5), cell(p.y / 0.6), 84) * 26.0;
                let wet = smoothstep(0.9, 0.0, up) * 0.35;
                return Some(scale([134.0, 131.0, 122.0].map(|v| v + stone - 13.0), 1.0 - wet));
            }
            let light = 1.0 + 0.10 * self.sun.x * (across.signum());
            return Some(scale(self.grass(p, [110.0, 116.0, 78.0], 0.8), light));
        }
        let shore = pond_distance(p);
        if shore < 0.0 {
            let depth = smoothstep(0.0, 5.0, -shore);
            let lily = fbm(p.x / 4.0, p.y / 4.0, 3, 85);
            let base = mix([112.0, 116.0, 90.0], [70.0, 90.0, 86.0], depth);
            let green = smoothstep(0.32, 0.42, lily) * 0.6 * smoothstep(7.0, 3.0, -shore);
            let ripple = fbm(p.x * 0.9, p.y * 0.9, 3, 86);
            return Some(mix(scale(base, 1.0 + 0.05 * ripple), [98.0, 116.0, 66.0], green));
        }
        (shore < 0.9).then(|| {
            let stone = unit2(cell(p.x / 0.7), cell(p.y / 0.7), 87) * 34.0;
            [140.0, 137.0, 128.0].map(|v| v + stone - 17.0)
        })
    }

    /// What was dug out or piled up since the first survey.
    fn earthwork(&self, p: DVec2) -> Option<Color> {
        let at = plan::to_world(p);
        let work = self.plan.earthworks.iter().find(|e| e.inside(at) > 0.0)?;
        let dug = work.rise_m < 0.0;
        let base = if dug { [146.0, 120.0, 90.0] } else { [172.0, 142.0, 104.0] };
        let rim = smoothstep(0.5, 0.1, work.inside(at)) * 0.22;
        let color = scale(self.earth(p, base), 1.0 - rim);
        Some(if dug { tracks(p, color) } else { color })
    }

    /// Whether the upright side of something dug or piled up keeps the sun away.
    pub(super) fn behind_earthwork(&self, p: DVec2) -> bool {
        let at = plan::to_world(p);
        self.plan.earthworks.iter().any(|e| {
            let towards = plan::to_world(p + self.sun * (e.rise_m.abs() * SHADOW_PER_M));
            let (here, there) = (e.inside(at) > 0.0, e.inside(towards) > 0.0);
            if e.rise_m < 0.0 { here && !there } else { !here && there }
        })
    }

    fn pit(&self, p: DVec2) -> Option<Color> {
        let pit = self.plan.pits.iter().find(|pit| pit.rect.contains(p))?;
        let inside = pit.rect.inside(p);
        if pit.dug_m == 0.0 {
            // A trench marked out over the street: cut asphalt, steel plates.
            let plate = unit2(cell(p.y / 2.0), 3, 88);
            let base = if inside < 0.14 { [196.0, 178.0, 92.0] } else { [112.0, 98.0, 84.0] };
            return Some(scale(base, 0.92 + 0.16 * plate));
        }
        let slope = smoothstep(pit.dug_m / 2.6 + 0.2, pit.dug_m / 2.6 - 0.2, inside);
        let floor = self.earth(p, [150.0, 126.0, 98.0]);
        // Under the building lies the blinding concrete.
        let b = Rect::span(plan::BUILDING_AT.into(), (plan::BUILDING_AT + plan::BUILDING_SIZE).into());
        let blinding = smoothstep(-1.1, -0.9, b.inside(p)) * f64::from(pit.dug_m > 3.0);
        let concrete = [158.0, 156.0, 150.0].map(|v| v + 8.0 * fbm(p.x / 2.0, p.y / 2.0, 3, 89));
        let floor = mix(floor, concrete, blinding);
        let toward = (p - pit.rect.center).dot(self.sun).signum();
        let wall = scale(self.earth(p, [148.0, 122.0, 92.0]), 0.84 - 0.16 * toward);
        Some(mix(floor, wall, slope))
    }

    fn parking(&self, p: DVec2) -> Option<Color> {
        let parking = self.plan.parkings.iter().find(|parking| parking.rect.contains(p))?;
        let q = parking.rect.local(p);
        let stall = parking.rect.half.y - q.y.abs();
        let line = ((q.x + parking.rect.half.x) / 2.6).fract() * 2.6;
        if stall < 5.2 && self.sees(0.06) && (line < 0.11 || (5.08..5.2).contains(&stall)) {
            return Some([186.0, 186.0, 180.0]);
        }
        Some(self.asphalt(p))
    }

    /// Lanes, paths, fences and tracks whose kind is wanted.
    fn way(&self, p: DVec2, wanted: impl Fn(WayKind) -> bool) -> Option<Color> {
        let mut best: Option<(f64, Color)> = None;
        for way in self.ways.of(&self.plan.ways, p) {
            if !wanted(way.kind) {
                continue;
            }
            let Some(foot) = way.axis.foot(p) else { continue };
            if foot.past && way.kind == WayKind::Trestle {
                continue;
            }
            let half = way.width_m * 0.5;
            let edge = half - foot.offset.abs() + ragged(way.kind, p);
            if edge <= 0.0 || best.as_ref().is_some_and(|(seen, _)| *seen > edge) {
                continue;
            }
            let color = match way.kind {
                WayKind::Lane => {
                    if edge < 0.18 {
                        [150.0, 147.0, 140.0]
                    } else {
                        scale(self.asphalt(p), 1.12)
                    }
                }
                WayKind::Footpath => {
                    if edge < 0.16 {
                        [138.0, 132.0, 122.0]
                    } else {
                        self.tiles(p, 0.4, [166.0, 154.0, 136.0])
                    }
                }
                WayKind::Haul => {
                    let rut = (foot.offset.abs() - half * 0.45).abs();
                    let worn = 1.0 - 0.16 * smoothstep(0.55, 0.15, rut);
                    scale(self.earth(p, [172.0, 152.0, 122.0]), worn + 0.04)
                }
                WayKind::Fence => {
                    if (foot.station / 3.0).fract() < 0.04 {
                        [120.0, 128.0, 134.0]
                    } else {
                        [92.0, 122.0, 150.0]
                    }
                }
                WayKind::Trestle => {
                    let plank = unit2(cell(foot.station / 0.5), 5, 97);
                    if edge < 0.3 {
                        [176.0, 150.0, 64.0]
                    } else {
                        scale([124.0, 112.0, 98.0], 0.86 + 0.26 * plank)
                    }
                }
            };
            best = Some((edge, color));
        }
        best.map(|(_, color)| color)
    }

    /// Slabs of the given edge, each a little different.
    pub(super) fn tiles(&self, p: DVec2, edge: f64, base: Color) -> Color {
        let stain = fbm(p.x / 4.0, p.y / 4.0, 3, 99) * 8.0;
        if !self.sees(edge * 0.7) {
            return base.map(|v| v + stain);
        }
        let (u, v) = (p.x / edge, p.y / edge);
        let tone = unit2(cell(u), cell(v), 100) * 15.0 - 7.5;
        let joint = u.rem_euclid(1.0).min(v.rem_euclid(1.0)) * edge < 0.035;
        scale(base.map(|c| c + tone + stain), if joint && self.sees(0.06) { 0.86 } else { 1.0 })
    }
}

/// Ruts of trucks and a track of soil.
fn tracks(p: DVec2, color: Color) -> Color {
    let rut = noise(p.x / 2.3 + 3.0 * noise(p.x / 17.0, p.y / 17.0, 92), p.y / 9.0, 93).abs();
    let puddle = fbm(p.x / 7.0, p.y / 7.0, 3, 94);
    let worn = scale(color, 1.0 - 0.12 * smoothstep(0.10, 0.02, rut));
    mix(worn, [104.0, 98.0, 88.0], smoothstep(0.44, 0.56, puddle) * 0.8)
}

/// Soil carried onto the streets near the site's gate and the bridge works.
fn soiled(p: DVec2, color: Color) -> Color {
    let gate = (p - DVec2::new(-26.0, 4.0)).length();
    let bridge = (p.x - 160.0).abs() - 28.0;
    let near = smoothstep(46.0, 4.0, gate)
        .max(smoothstep(46.0, 4.0, bridge.max(0.0)) * smoothstep(20.0, 10.0, p.y.abs()));
    if near <= 0.0 {
        return color;
    }
    let streak = 0.5 + 0.5 * fbm(p.x / 16.0, p.y / 0.9, 3, 95);
    mix(color, [150.0, 130.0, 104.0], near * streak * 0.75)
}

fn ragged(kind: WayKind, p: DVec2) -> f64 {
    if kind == WayKind::Haul { 0.5 * fbm(p.x / 1.8, p.y / 1.8, 2, 98) } else { 0.0 }
}
