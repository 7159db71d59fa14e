//! Roofs: tiles, sheets, felt, and what stands on them. Also the sports ground.

use glam::DVec2;

use super::{Color, Painter, mix, scale};
use crate::noise::{cell, fbm, hash2, noise, smoothstep, unit2};
use crate::plan::{House, Roof};

impl Painter<'_> {
    pub(super) fn roof(&self, house: &House, p: DVec2) -> Color {
        let q = house.rect.local(p);
        let h = house.rect.half;
        // Along the ridge and across it.
        let (q, h, along) = if h.x >= h.y {
            (q, h, house.rect.axis)
        } else {
            (DVec2::new(q.y, -q.x), DVec2::new(h.y, h.x), house.rect.axis.perp())
        };
        let seed = hash2(cell(house.rect.center.x), cell(house.rect.center.y), 131);
        let stain = fbm(p.x / 2.6, p.y / 2.6, 3, 132);
        let base = scale(house.color, 1.0 + 0.07 * stain);
        match house.roof {
            Roof::Flat => self.flat(house, (q, h), base, seed),
            Roof::Gable(rise) => self.pitched(q, h, base, (rise, along.perp() * q.y.signum())),
            Roof::Hip(rise) => {
                let end = h.x - q.x.abs() < h.y - q.y.abs();
                let down = if end { along * q.x.signum() } else { along.perp() * q.y.signum() };
                let hip = ((h.x - q.x.abs()) - (h.y - q.y.abs())).abs() < 0.16;
                let color = self.pitched(
                    if end { DVec2::new(q.y, q.x) } else { q },
                    if end { DVec2::new(h.y, h.x) } else { h },
                    base,
                    (rise, down),
                );
                if hip && h.x - q.x.abs() > 0.2 { scale(color, 1.16) } else { color }
            }
            Roof::Hall(_) => {
                let rib = if self.sees(0.3) { (q.x / 0.75 * std::f64::consts::TAU).sin() } else { 0.0 };
                let light = 1.0 + 0.10 * (along.perp() * q.y.signum()).dot(self.sun);
                let sky = (q.x / 9.0).rem_euclid(1.0) < 0.12 && (0.25..0.8).contains(&(q.y.abs() / h.y));
                let rust = smoothstep(0.35, 0.7, fbm(q.x / 2.0, q.y / 9.0, 3, 133)) * 0.3;
                let metal = mix(scale(base, light + 0.05 * rib), [132.0, 106.0, 88.0], rust);
                if q.y.abs() < 0.3 {
                    scale(metal, 1.1)
                } else if sky {
                    [178.0, 186.0, 188.0]
                } else {
                    metal
                }
            }
        }
    }

    /// A plane with rows of tiles; `fall` is its rise and the direction in which it falls.
    fn pitched(&self, q: DVec2, h: DVec2, base: Color, fall: (f64, DVec2)) -> Color {
        let (rise, down) = fall;
        let pitch = rise / h.y;
        let light = (1.0 + pitch * down.dot(self.sun) * 0.95) / (1.0 + pitch * pitch).sqrt();
        let row = if self.sees(0.2) { (q.y.abs() / 0.36).rem_euclid(1.0) } else { 0.5 };
        let tile = if self.sees(0.2) { unit2(cell(q.x / 0.3), cell(q.y / 0.36), 134) } else { 0.5 };
        let course = 1.0 - 0.09 * smoothstep(0.25, 0.0, row) + 0.10 * (tile - 0.5);
        let color = scale(base, light.clamp(0.5, 1.35) * course);
        if q.y.abs() < 0.17 {
            return scale(base, 1.18);
        }
        if h.y - q.y.abs() < 0.2 { scale(color, 0.78) } else { color }
    }

    fn flat(&self, house: &House, at: (DVec2, DVec2), base: Color, seed: u32) -> Color {
        let (q, h) = at;
        let edge = (h.x - q.x.abs()).min(h.y - q.y.abs());
        if edge < 0.32 {
            return scale(base, 1.16);
        }
        // The parapet's shadow on the sides toward the sun.
        let sun = DVec2::new(self.sun.dot(house.rect.axis), self.sun.dot(house.rect.axis.perp()));
        let shade_x = sun.x * q.x.signum() > 0.2 && h.x - q.x.abs() < 0.85;
        let shade_y = sun.y * q.y.signum() > 0.2 && h.y - q.y.abs() < 1.05;
        let stairs = ((q.x + h.x) / 12.0).rem_euclid(1.0) * 12.0;
        let hut = house.floors > 3 && (4.0..8.2).contains(&stairs) && (-1.0..3.6).contains(&q.y);
        if hut {
            let rim = (4.25..7.95).contains(&stairs) && (-0.75..3.35).contains(&q.y);
            return scale(base, if rim { 1.08 } else { 1.24 });
        }
        let hut_shadow = house.floors > 3 && (3.0..7.2).contains(&stairs) && (3.6..5.4).contains(&q.y);
        if let Some(color) = self.rooftop(house, q, seed) {
            return color;
        }
        let seam = self.sees(0.08) && (q.x / 1.0).rem_euclid(1.0) < 0.05;
        let puddle = smoothstep(0.22, 0.4, fbm(q.x / 3.0 + f64::from(seed % 97), q.y / 3.0, 3, 135));
        let sheet = unit2(cell(q.x / 1.0), 0, seed) * 0.06;
        let light = if shade_x || shade_y || hut_shadow { 0.6 } else { 1.0 };
        scale(base, (0.97 + sheet - 0.13 * puddle - if seam { 0.08 } else { 0.0 }) * light)
    }

    /// Solar heaters, ventilators and water tanks in a loose grid.
    fn rooftop(&self, house: &House, q: DVec2, seed: u32) -> Option<Color> {
        let (u, v) = (q.x / 3.4, q.y / 3.2);
        let (ix, iy) = (cell(u), cell(v));
        let lot = unit2(ix, iy, seed);
        let p = DVec2::new(u - f64::from(ix) - 0.5, v - f64::from(iy) - 0.5) * 3.3;
        let near_edge = house.rect.half.min_element() - q.y.abs() < 1.8;
        if near_edge {
            return None;
        }
        let share = if house.floors > 3 { 0.42 } else { 0.16 };
        if lot < share {
            // A solar water heater: dark tubes and a bright tank.
            if p.x.abs() < 0.9 && (-0.9..0.5).contains(&p.y) {
                let tube = (p.x / 0.11).rem_euclid(1.0) < 0.6;
                return Some(if tube || !self.sees(0.08) {
                    [54.0, 60.0, 74.0]
                } else {
                    [108.0, 112.0, 118.0]
                });
            }
            if p.x.abs() < 1.0 && (0.5..0.95).contains(&p.y) {
                return Some([198.0, 200.0, 200.0]);
            }
            if (-1.6..1.0).contains(&p.x) && (0.95..1.5).contains(&p.y) {
                return Some(scale(house.color, 0.62));
            }
        } else if lot > 0.9 && p.length() < 0.85 {
            let fan = if p.length() < 0.5 { 0.55 } else { 0.98 };
            return Some(scale([176.0, 178.0, 178.0], fan));
        }
        None
    }

    /// The school's running track with its pitch; `None` outside.
    pub(super) fn sports(&self, p: DVec2) -> Option<Color> {
        let ground = self.plan.sports.filter(|r| r.contains(p))?;
        let q = ground.local(p);
        let half_straight = ground.half.x - ground.half.y;
        let bend = DVec2::new((q.x.abs() - half_straight).max(0.0), q.y).length();
        let outer = ground.half.y - 1.5;
        let width = 7.3;
        let worn = 1.0 + 0.05 * fbm(p.x / 3.0, p.y / 3.0, 3, 136);
        let line = |x: f64| self.sees(0.06) && x.abs() < 0.05;
        if bend > outer {
            return Some(scale([122.0, 128.0, 96.0], worn));
        }
        if bend > outer - width {
            let lane = ((outer - bend) / 1.22).rem_euclid(1.0) * 1.22;
            let white = line(lane) || (q.y < 0.0 && line(q.x - half_straight));
            let base = if white { [206.0, 198.0, 190.0] } else { [146.0, 84.0, 68.0] };
            return Some(scale(base, worn));
        }
        let pitch = DVec2::new(half_straight + 2.0, outer - width - 2.2);
        let inside = (pitch - q.abs()).min_element();
        let mown = if (q.x / 5.2).rem_euclid(2.0) < 1.0 { 1.06 } else { 0.96 };
        let circle = (q.length() - 6.0).abs();
        let goal_box = (q.x.abs() - (pitch.x - 8.0)).abs() < 0.06 && q.y.abs() < 9.0
            || (q.y.abs() - 9.0).abs() < 0.06 && q.x.abs() > pitch.x - 8.0;
        if inside > 0.0 && self.sees(0.08) && (inside < 0.1 || circle < 0.06 || q.x.abs() < 0.06 || goal_box)
        {
            return Some([204.0, 208.0, 200.0]);
        }
        let base = if inside > 0.0 { [88.0, 116.0, 76.0] } else { [98.0, 112.0, 78.0] };
        let bare = smoothstep(0.2, 0.6, fbm(p.x / 5.0, p.y / 5.0, 3, 137))
            * smoothstep(9.0, 2.0, (pitch.x - q.x.abs()).abs() + q.y.abs() * 0.4);
        let turf = scale(base, mown * worn * (1.0 + 0.04 * noise(p.x * 5.0, p.y * 5.0, 138)));
        Some(mix(turf, [150.0, 132.0, 100.0], bare))
    }
}
