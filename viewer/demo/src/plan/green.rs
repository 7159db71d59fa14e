//! Trees and hedges.

use glam::DVec2;

use super::{Plan, Tree, river_half, river_x};
use crate::noise::{Rng, fbm};

/// Species with crown diameter, height and crown color.
type Kind = (&'static str, f64, f64, [f64; 3]);

const POPLAR: Kind = ("毛白杨", 5.5, 16.0, [88.0, 104.0, 66.0]);
const SOPHORA: Kind = ("国槐", 6.6, 10.5, [78.0, 99.0, 58.0]);
const GINKGO: Kind = ("银杏", 4.6, 11.0, [112.0, 118.0, 64.0]);
const PLANE: Kind = ("悬铃木", 8.2, 13.0, [84.0, 108.0, 62.0]);
const WILLOW: Kind = ("垂柳", 8.6, 9.5, [104.0, 120.0, 72.0]);
const PINE: Kind = ("油松", 4.8, 8.0, [56.0, 78.0, 56.0]);
const CHERRY: Kind = ("山桃", 3.8, 4.5, [124.0, 110.0, 92.0]);
const SHRUB: Kind = ("灌木", 2.3, 2.2, [86.0, 98.0, 60.0]);

pub(super) fn lay(plan: &mut Plan, rng: &mut Rng) {
    street_trees(plan, rng);
    scatter(plan, rng, [(24.0, 14.0), (95.0, 114.0)], 150, &[PLANE, WILLOW, PINE, CHERRY, GINKGO]);
    scatter(plan, rng, [(-252.0, 14.0), (-82.0, 114.0)], 90, &[SOPHORA, GINKGO, CHERRY, SHRUB, PINE]);
    scatter(plan, rng, [(-252.0, 130.0), (-82.0, 254.0)], 90, &[SOPHORA, PLANE, CHERRY, SHRUB]);
    scatter(plan, rng, [(-62.0, -118.0), (94.0, -44.0)], 80, &[SOPHORA, CHERRY, SHRUB, PINE]);
    scatter(plan, rng, [(-62.0, 130.0), (94.0, 254.0)], 120, &[SOPHORA, CHERRY, PINE, SHRUB, GINKGO]);
    scatter(plan, rng, [(-250.0, -60.0), (-84.0, -16.0)], 40, &[GINKGO, SOPHORA, PINE]);
    scatter(plan, rng, [(-62.0, -282.0), (86.0, -136.0)], 240, &[POPLAR, SHRUB, SOPHORA]);
    scatter(plan, rng, [(-250.0, -282.0), (-84.0, -136.0)], 70, &[SOPHORA, CHERRY, SHRUB]);
    scatter(plan, rng, [(-440.0, 14.0), (-272.0, 114.0)], 60, &[SOPHORA, PINE]);
    scatter(plan, rng, [(228.0, 14.0), (402.0, 118.0)], 100, &[POPLAR, CHERRY, SOPHORA, SHRUB]);
    scatter(plan, rng, [(228.0, -120.0), (402.0, -14.0)], 100, &[POPLAR, CHERRY, SOPHORA, SHRUB]);
    scatter(plan, rng, [(-250.0, -500.0), (90.0, -300.0)], 210, &[POPLAR, SHRUB, SOPHORA]);
    scatter(plan, rng, [(-250.0, 425.0), (110.0, 600.0)], 150, &[POPLAR, SHRUB]);
    orchard(plan, rng);
    banks(plan, rng);
    field_edges(plan, rng);
}

fn plant(plan: &mut Plan, rng: &mut Rng, at: DVec2, kind: Kind) {
    let (species, crown, height, color) = kind;
    let grown = rng.range(0.72, 1.2);
    let tone = rng.range(-9.0, 9.0);
    plan.trees.push(Tree {
        at,
        crown_m: crown * grown,
        height_m: height * grown,
        species,
        color: [color[0] + tone + rng.range(-5.0, 7.0), color[1] + tone, color[2] + tone * 0.6],
    });
}

fn street_trees(plan: &mut Plan, rng: &mut Rng) {
    let roads = plan.roads.clone();
    for road in &roads {
        let main = road.width_m > 12.0;
        let kind = match road.name {
            "蓝图大街" => PLANE,
            "滨河西路" | "滨河东路" => WILLOW,
            "春晓路" | "学府街" => SOPHORA,
            _ => POPLAR,
        };
        for side in [-1.0, 1.0] {
            let offset = side * (road.width_m * 0.5 + if main { 1.3 } else { 0.9 });
            let mut station = 6.0;
            while station < road.axis.length() - 3.0 {
                let clear = road.junctions.iter().all(|(s, half)| (station - s).abs() > half + 9.0);
                if let Some((p, u)) = road.axis.at(station)
                    && clear
                    && rng.chance(0.88)
                {
                    let at = p + u.perp() * offset;
                    let works = (104.0..216.0).contains(&at.x) && at.y.abs() < 20.0;
                    let trench = plan.pits.iter().any(|pit| pit.rect.grown(2.0).contains(at));
                    if !works && !trench {
                        plant(plan, rng, at, kind);
                    }
                }
                station += if main { 8.0 } else { 10.5 };
            }
        }
    }
}

/// Trees where noise wants a clump and nothing else stands.
fn scatter(plan: &mut Plan, rng: &mut Rng, span: [(f64, f64); 2], n: u32, kinds: &[Kind]) {
    let [from, to] = span;
    for _ in 0..n {
        let at = DVec2::new(rng.range(from.0, to.0), rng.range(from.1, to.1));
        let kind = rng.pick(kinds, SOPHORA);
        if fbm(at.x / 22.0, at.y / 22.0, 2, 31) > -0.25 && plan.is_free(at, kind.1 * 0.36) {
            let crowded = plan.trees.iter().any(|t| t.at.distance(at) < (t.crown_m + kind.1) * 0.3);
            if !crowded {
                plant(plan, rng, at, kind);
            }
        }
    }
}

fn orchard(plan: &mut Plan, rng: &mut Rng) {
    for row in 0..14 {
        for k in 0..13 {
            let at = DVec2::new(-56.0 + f64::from(k) * 11.0, 276.0 + f64::from(row) * 10.2);
            let shift = DVec2::new(rng.range(-0.5, 0.5), rng.range(-0.5, 0.5));
            if rng.chance(0.9) && plan.is_free(at, 1.5) {
                plant(plan, rng, at + shift, ("苹果", 4.4, 4.0, [92.0, 110.0, 66.0]));
            }
        }
    }
}

fn banks(plan: &mut Plan, rng: &mut Rng) {
    for side in [-1.0, 1.0] {
        let mut y = -495.0;
        while y < 600.0 {
            let off = river_half(y) + rng.range(9.5, 26.0);
            let at = DVec2::new(river_x(y) + side * off, y);
            if at.y.abs() > 34.0 && plan.is_free(at, 1.0) {
                let kind = rng.pick(&[WILLOW, WILLOW, CHERRY, SHRUB], WILLOW);
                plant(plan, rng, at, kind);
            }
            y += rng.range(3.0, 10.5);
        }
    }
}

/// Rows of poplars between fields.
fn field_edges(plan: &mut Plan, rng: &mut Rng) {
    for (from, to) in [
        ((430.0, 185.0), (690.0, 189.0)),
        ((430.0, 14.0), (690.0, 16.0)),
        ((-680.0, 130.0), (-470.0, 130.0)),
        ((234.0, 272.0), (398.0, 272.0)),
        ((430.0, -228.0), (690.0, -226.0)),
    ] {
        let (a, b) = (DVec2::from(from), DVec2::from(to));
        let n = a.distance(b) / 6.0;
        for i in (0..).map(f64::from).take_while(|i| *i < n) {
            let at = a.lerp(b, i / n) + DVec2::new(rng.range(-1.0, 1.0), rng.range(-0.8, 0.8));
            if rng.chance(0.8) && plan.is_free(at, 1.0) {
                plant(plan, rng, at, POPLAR);
            }
        }
    }
}
