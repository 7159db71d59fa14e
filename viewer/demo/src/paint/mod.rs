//! What the district looks like from above: one color for any point of the plan.
//!
//! The sun stands in the south-south-east at 45°; shadows are cast by houses, trees and things.

mod ground;
mod roof;
mod street;

use glam::DVec2;

use crate::noise::{cell, fbm, noise, smoothstep, unit2};
use crate::plan::{House, Plan, STREET_RAD, Thing, ThingKind, Tree};
use crate::shape::Bins;

/// sRGB, 0 to 255 each.
pub(crate) type Color = [f64; 3];

/// Azimuth of the sun, clockwise from north.
const SUN_AZIMUTH_DEG: f64 = 150.0;
/// Horizontal length of a shadow per meter of height.
const SHADOW_PER_M: f64 = 0.95;
/// What is left of the light in a shadow: sky light is bluish.
const SHADE: Color = [0.50, 0.53, 0.60];

pub(crate) fn scale(c: Color, f: f64) -> Color {
    c.map(|v| v * f)
}

pub(crate) fn mix(a: Color, b: Color, t: f64) -> Color {
    let t = t.clamp(0.0, 1.0);
    let [r, g, bl] = a;
    let [x, y, z] = b;
    [r + (x - r) * t, g + (y - g) * t, bl + (z - bl) * t]
}

/// The look of a real survey flight: less saturated, a little lighter in the shadows.
fn graded(color: Color) -> Color {
    let [r, g, b] = color;
    let gray = 0.3 * r + 0.59 * g + 0.11 * b;
    color.map(|v| 10.0 + 1.02 * (gray + (v - gray) * 0.84))
}

/// Paints a plan.
pub(crate) struct Painter<'a> {
    plan: &'a Plan,
    areas: Bins,
    roads: Bins,
    ways: Bins,
    houses: Bins,
    trees: Bins,
    things: Bins,
    /// Unit vector towards the sun in the plan.
    sun: DVec2,
    /// Size of a picture element, meters: patterns finer than it are left out.
    pixel_m: f64,
}

impl<'a> Painter<'a> {
    pub(crate) fn new(plan: &'a Plan, pixel_m: f64) -> Self {
        let azimuth = SUN_AZIMUTH_DEG.to_radians();
        let east_north = DVec2::new(azimuth.sin(), azimuth.cos());
        Self {
            plan,
            areas: plan.area_bins(),
            roads: plan.road_bins(),
            ways: plan.way_bins(),
            houses: plan.house_bins(SHADOW_PER_M),
            trees: plan.tree_bins(SHADOW_PER_M),
            things: plan.thing_bins(SHADOW_PER_M),
            sun: DVec2::from_angle(-STREET_RAD).rotate(east_north),
            pixel_m,
        }
    }

    /// Whether a pattern of this size can be seen.
    fn sees(&self, size_m: f64) -> bool {
        size_m > self.pixel_m * 1.1
    }

    /// Color of the district at a plan point.
    pub(crate) fn color(&self, p: DVec2) -> Color {
        let (base, level, own) = self.surface(p);
        let lit = self.shadow(p, level, own);
        let [r, g, b] = base;
        let [sr, sg, sb] = SHADE;
        let color = [r * (sr + (1.0 - sr) * lit), g * (sg + (1.0 - sg) * lit), b * (sb + (1.0 - sb) * lit)];
        graded(self.crowns(p, level, color))
    }

    /// Color of the surface without shadows and trees, its height above the ground, and the
    /// house that it belongs to.
    fn surface(&self, p: DVec2) -> (Color, f64, Option<&House>) {
        for house in self.plan_houses(p) {
            if house.rect.contains(p) {
                let level = house.eave_m + house.roof_m(p);
                return (self.roof(house, p), level, Some(house));
            }
        }
        for thing in self.things.of(&self.plan.things, p) {
            if thing.rect.contains(p) {
                return (self.thing(thing, p), thing.height_m, None);
            }
        }
        (self.ground(p), 0.0, None)
    }

    fn plan_houses(&self, p: DVec2) -> impl Iterator<Item = &House> {
        self.houses.of(&self.plan.houses, p)
    }

    /// 1 in the sun, 0 in a full shadow. A house's own roof is shaded by its slope alone.
    fn shadow(&self, p: DVec2, level: f64, own: Option<&House>) -> f64 {
        let length = |height: f64| (height - level) * SHADOW_PER_M;
        for house in self.houses.of(&self.plan.houses, p) {
            let len = length(house.shadow_m());
            let other = own.is_none_or(|own| !std::ptr::eq(own, house));
            if other && len > 0.8 && house.rect.meets(p, self.sun, len) {
                return 0.0;
            }
        }
        let mut lit: f64 = if own.is_none() && self.behind_earthwork(p) { 0.12 } else { 1.0 };
        for thing in self.things.of(&self.plan.things, p) {
            let len = length(thing.height_m);
            if len > 0.0 && thing.rect.meets(p, self.sun, len) {
                lit = lit.min(0.12);
            }
        }
        for tree in self.trees.of(&self.plan.trees, p) {
            let len = length(tree.height_m * 0.62);
            if len <= 0.0 {
                continue;
            }
            let q = p + self.sun * len - tree.at;
            let radius = tree.crown_m * 0.5;
            let stretched = q - self.sun * q.dot(self.sun) * 0.22;
            let d = stretched.length() / radius;
            if d < 1.15 {
                let edge = d + 0.22 * noise(p.x * 1.7, p.y * 1.7, 91);
                lit = lit.min(smoothstep(0.86, 1.04, edge) + 0.12);
            }
        }
        lit.min(1.0)
    }

    /// Tree crowns over everything that is lower than they are.
    fn crowns(&self, p: DVec2, level: f64, mut color: Color) -> Color {
        for tree in self.trees.of(&self.plan.trees, p) {
            if tree.height_m > level + 1.0 {
                color = self.crown(tree, p, color);
            }
        }
        color
    }

    fn crown(&self, tree: &Tree, p: DVec2, below: Color) -> Color {
        let q = p - tree.at;
        let radius = tree.crown_m * 0.5;
        let d = q.length() / radius;
        if d > 1.25 {
            return below;
        }
        // Lobes of branches, then leaves.
        let lobes = 0.17 * noise(tree.at.x + q.x * 1.1, tree.at.y + q.y * 1.1, 41)
            + if self.sees(0.3) { 0.12 * noise(p.x * 3.6, p.y * 3.6, 42) } else { 0.0 };
        let edge = d + lobes;
        if edge > 1.0 {
            return below;
        }
        let dome = (1.0 - (edge * edge).min(1.0)).sqrt();
        let facing = q.dot(self.sun) / radius;
        let clump = fbm(p.x * 0.9, p.y * 0.9, 2, 43);
        let leaf = if self.sees(0.15) { noise(p.x * 6.5, p.y * 6.5, 44) } else { 0.0 };
        let light = 0.60 + 0.34 * dome + 0.30 * facing * (1.1 - dome * 0.5) + 0.17 * clump + 0.12 * leaf;
        let color = scale(tree.color, light.clamp(0.32, 1.34));
        // A few gaps show what is below.
        let hole = if tree.crown_m > 4.0 && clump + leaf * 0.5 < -0.62 { 0.55 } else { 0.0 };
        mix(color, scale(below, 0.6), hole)
    }

    fn thing(&self, thing: &Thing, p: DVec2) -> Color {
        let q = thing.rect.local(p);
        let h = thing.rect.half;
        let grain = noise(p.x * 9.0, p.y * 9.0, 51) * 4.0;
        let base = thing.color.map(|v| v + grain);
        let (u, v) = (q.x / h.x, q.y / h.y);
        match thing.kind {
            ThingKind::Car => {
                let corner = (u.abs() - 0.80).max(0.0) * 5.0 + (v.abs() - 0.72).max(0.0) * 3.5;
                if corner > 1.45 {
                    return [62.0, 62.0, 63.0];
                }
                let glass = (0.16..0.42).contains(&u) || (-0.82..-0.6).contains(&u);
                if (glass && v.abs() < 0.82) || ((-0.6..0.16).contains(&u) && v.abs() > 0.84) {
                    return [46.0, 52.0, 58.0];
                }
                scale(base, 1.03 - 0.10 * v.abs() - 0.05 * u)
            }
            ThingKind::Truck => {
                if u > 0.68 {
                    scale(base, 0.82)
                } else if u > 0.62 {
                    [50.0, 50.0, 50.0]
                } else {
                    scale(base, 1.0 - 0.06 * (u * 22.0).sin())
                }
            }
            ThingKind::Container => {
                scale(base, 0.97 + 0.06 * (q.x * 22.0).sin() - 0.12 * smoothstep(0.86, 1.0, v.abs()))
            }
            ThingKind::Rebar => {
                let bar = noise(q.x * 0.25, q.y * 14.0, 52);
                scale(base, 0.85 + 0.30 * bar)
            }
            ThingKind::Formwork => {
                let board = unit2(cell(q.x / 1.2), cell(q.y / 0.4), 53);
                scale(base, 0.78 + 0.36 * board)
            }
            ThingKind::Sand => {
                let d = (u * u + v * v).sqrt();
                let edge = d + 0.14 * noise(p.x, p.y, 54);
                if edge > 0.95 {
                    return self.ground(p);
                }
                scale(
                    base,
                    0.86 + 0.30 * q.dot(self.sun_local(thing)) / h.x
                        + 0.07 * fbm(p.x * 3.0, p.y * 3.0, 2, 55),
                )
            }
            ThingKind::Machine => {
                if v.abs() > 0.72 {
                    [58.0, 56.0, 54.0]
                } else if u > 0.1 && v.abs() > 0.2 {
                    self.ground(p)
                } else {
                    scale(base, 1.0 - 0.2 * v.abs())
                }
            }
            ThingKind::Canopy => scale(base, 0.94 + 0.10 * (q.x * 9.0).sin()),
            ThingKind::Boat => {
                if v.abs() > 1.0 - 0.9 * smoothstep(0.3, 1.0, u.abs()) {
                    self.ground(p)
                } else if v.abs() < 0.5 && u.abs() < 0.4 {
                    scale(base, 0.7)
                } else {
                    base
                }
            }
        }
    }

    fn sun_local(&self, thing: &Thing) -> DVec2 {
        DVec2::new(self.sun.dot(thing.rect.axis), self.sun.dot(thing.rect.axis.perp()))
    }
}
