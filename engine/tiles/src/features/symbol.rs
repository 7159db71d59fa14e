//! Symbols of points: trees, pins, dots.

use std::f64::consts::{PI, TAU};

use glam::DVec3;

use super::Job;
use super::surface::{Surface, blend};

/// Greens of foliage in late summer, and bark.
const GREENS: [[u8; 4]; 5] =
    [[92, 122, 66, 255], [108, 135, 72, 255], [78, 110, 64, 255], [121, 142, 80, 255], [86, 118, 78, 255]];
const BARK: [u8; 4] = [104, 86, 68, 255];

/// Silhouettes of crowns: (height, radius) of each ring of points, as parts of the crown's height and radius.
const CROWNS: [[(f64, f64); 3]; 3] = [
    // Round.
    [(0.20, 0.82), (0.55, 1.0), (0.85, 0.66)],
    // Tall and full.
    [(0.15, 0.70), (0.45, 1.0), (0.80, 0.72)],
    // Narrow above.
    [(0.10, 0.85), (0.40, 0.92), (0.75, 0.48)],
];
/// Points around a crown, and around a trunk.
const AROUND: usize = 7;
const TRUNK_SIDES: usize = 5;

/// Numbers in 0..1 that depend on the object only: neighbors differ, and a tree looks the same every time.
fn noise(object: u32, salt: u32) -> f64 {
    let mut h = object.wrapping_mul(0x9E37_79B9) ^ salt.wrapping_mul(0x85EB_CA6B) ^ 0x27D4_EB2F;
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    f64::from(h) / 4_294_967_296.0
}

/// One of `items`, by a number in 0..1.
fn choose<T: Copy>(items: &[T], at: f64) -> Option<T> {
    let ix = usize::try_from(crate::raster::to_i64(at * items.len() as f64)).unwrap_or(0);
    items.get(ix.min(items.len().saturating_sub(1))).copied()
}

/// Adds the symbol of a point.
pub(super) fn build(job: &Job<'_>, point: [f64; 3], surface: &mut Surface) {
    let foot = job.place(point);
    match job.style.symbol.as_str() {
        "tree" => tree(job, foot, surface),
        "pin" => pin(job, foot, surface),
        _ => {
            let radius = if job.style.width_m > 0.0 { job.style.width_m * 0.5 } else { 0.4 };
            ball(foot + DVec3::Z * radius, radius, surface);
        }
    }
}

fn tree(job: &Job<'_>, foot: DVec3, surface: &mut Surface) {
    let style = job.style;
    // Trees of one feature with several points differ too.
    let salt =
        u32::try_from(crate::raster::to_i64(foot.x * 10.0 + foot.y * 7.0).rem_euclid(65_521)).unwrap_or(0);
    let vary = |k: u32| noise(job.object, salt.wrapping_add(k.wrapping_mul(65_537)));
    let height = if style.extrude_m > 0.0 { style.extrude_m } else { 7.0 };
    let radius = 0.5 * if style.width_m > 0.0 { style.width_m } else { height * 0.6 };
    let clear = height * (0.22 + 0.08 * vary(1));
    let turn = TAU * vary(2);

    surface.color = BARK;
    let trunk = (height * 0.022).clamp(0.06, 0.4);
    let around = |k: usize, n: usize, r: f64, z: f64| {
        let a = turn + TAU * (k % n) as f64 / n as f64;
        foot + DVec3::new(r * a.cos(), r * a.sin(), z)
    };
    let above = clear + 0.25 * (height - clear);
    for k in 0..TRUNK_SIDES {
        let corner = |k: usize, r: f64, z: f64| around(k, TRUNK_SIDES, r, z);
        let quad = [
            corner(k, trunk, -0.2),
            corner(k + 1, trunk, -0.2),
            corner(k + 1, trunk * 0.6, above),
            corner(k, trunk * 0.6, above),
        ];
        surface.quad(quad);
    }

    let green = choose(&GREENS, vary(3)).unwrap_or(BARK);
    surface.color = blend([green[0], green[1], green[2], style.color[3]], style.color, 0.35);
    let Some(profile) = choose(&CROWNS, vary(4)) else { return };
    let crown = height - clear;
    let middle = foot + DVec3::Z * (clear + crown * 0.5);
    let mut rings: Vec<Vec<DVec3>> = vec![vec![foot + DVec3::Z * clear; AROUND]];
    for (level, (z, r)) in (0_u32..).zip(profile) {
        let ring = (0_u32..)
            .take(AROUND)
            .map(|k| {
                // Crowns are lumpy: up to an eighth in and out.
                let lump = 1.0 + 0.25 * (vary(10 + level * 16 + k) - 0.5);
                let half_step = f64::from(level % 2) * 0.5;
                let a = turn + TAU * (f64::from(k) + half_step) / AROUND as f64;
                middle
                    + DVec3::new(radius * r * lump * a.cos(), radius * r * lump * a.sin(), crown * (z - 0.5))
            })
            .collect();
        rings.push(ring);
    }
    rings.push(vec![foot + DVec3::Z * height; AROUND]);
    let normal = |p: DVec3| ((p - middle) / DVec3::new(radius, radius, crown * 0.5)).normalize_or(DVec3::Z);
    loft(&rings, &normal, surface);
    surface.color = style.color;
}

fn pin(job: &Job<'_>, foot: DVec3, surface: &mut Surface) {
    let style = job.style;
    let height = if style.extrude_m > 0.0 { style.extrude_m } else { 4.0 };
    let radius = if style.width_m > 0.0 { style.width_m * 0.5 } else { height * 0.14 };
    let stick = radius * 0.16;
    let color = surface.color;
    surface.color = [70, 74, 80, 255];
    let corner = |k: usize, z: f64| {
        let a = TAU * (k % 6) as f64 / 6.0;
        foot + DVec3::new(stick * a.cos(), stick * a.sin(), z)
    };
    for k in 0..6 {
        surface.quad([
            corner(k, 0.0),
            corner(k + 1, 0.0),
            corner(k + 1, height - radius),
            corner(k, height - radius),
        ]);
    }
    surface.color = color;
    ball(foot + DVec3::Z * (height - radius), radius, surface);
}

fn ball(center: DVec3, radius: f64, surface: &mut Surface) {
    const RINGS: usize = 6;
    const SIDES: usize = 10;
    let ring = |i: usize| -> Vec<DVec3> {
        let polar = PI * i as f64 / RINGS as f64;
        let (r, z) = (polar.sin() * radius, -polar.cos() * radius);
        (0..SIDES)
            .map(|k| {
                let a = TAU * k as f64 / SIDES as f64;
                center + DVec3::new(r * a.cos(), r * a.sin(), z)
            })
            .collect()
    };
    let rings: Vec<Vec<DVec3>> = (0..=RINGS).map(ring).collect();
    loft(&rings, &|p| (p - center).normalize_or(DVec3::Z), surface);
}

/// Joins rings of equally many points, from below upwards, counterclockwise from above; a pole is a ring of equal
/// points, its triangles without area are left out.
fn loft(rings: &[Vec<DVec3>], normal: &dyn Fn(DVec3) -> DVec3, surface: &mut Surface) {
    for pair in rings.windows(2) {
        let [low, high] = pair else { continue };
        let next_low = low.iter().cycle().skip(1);
        let next_high = high.iter().cycle().skip(1);
        for ((a, d), (b, c)) in low.iter().zip(high).zip(next_low.zip(next_high)) {
            for corners in [[*a, *b, *c], [*a, *c, *d]] {
                let [p, q, r] = corners;
                if (q - p).cross(r - p).length_squared() > 1e-12 {
                    surface.smooth(corners, corners.map(normal));
                }
            }
        }
    }
}
