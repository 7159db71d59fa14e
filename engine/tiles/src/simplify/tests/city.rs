//! A block of a city with the statistics of a residential district: buildings of slabs and bodies, balconies,
//! machines on roofs, lamps, trees, cars, benches. About 190 boxes on 60 m × 60 m.

use super::super::Soup;

/// From one street's center line to the next, meters.
pub(super) const PITCH_M: f32 = 60.0;
const STREET_M: f32 = 14.0;

/// A box: center in x and y and bottom in z, sizes, color.
type Item = ([f32; 3], [f32; 3], [u8; 3]);

/// Numbers that depend on nothing but the seed.
struct Lcg(u64);

impl Lcg {
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / 16_777_216.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    fn integer(&mut self, low: i32, high: i32) -> i32 {
        low + (self.unit() * (high - low + 1) as f32) as i32
    }

    fn side(&mut self) -> f32 {
        if self.unit() < 0.5 { 1.0 } else { -1.0 }
    }

    fn tint(&mut self, color: [u8; 3], amount: i32) -> [u8; 3] {
        let d = self.integer(-amount, amount);
        color.map(|c| (i32::from(c) + d).clamp(0, 255) as u8)
    }
}

fn building(rng: &mut Lcg, out: &mut Vec<Item>, [cx, cy]: [f32; 2], [lx, ly]: [f32; 2], storeys: i32) {
    const FACADES: [[u8; 3]; 4] = [[201, 188, 165], [176, 112, 88], [188, 196, 201], [140, 120, 112]];
    let facade = FACADES[rng.integer(0, 3) as usize];
    let height = rng.between(2.9, 3.9);
    let balconies = rng.unit() < 0.6;
    let mut z = 0.15;
    for storey in 0..storeys {
        out.push(([cx, cy, z], [lx, ly, 0.3], [120, 118, 114]));
        out.push(([cx, cy, z + 0.3], [lx - 0.5, ly - 0.5, height - 0.3], rng.tint(facade, 8)));
        if balconies && storey > 0 {
            let at = [cx + rng.between(-0.25, 0.25) * lx, cy + rng.side() * (ly / 2.0 + 0.6), z];
            out.push((at, [3.0, 1.2, 1.1], [236, 236, 232]));
        }
        z += height;
    }
    out.push(([cx, cy, z], [lx, ly, 0.4], [96, 98, 100]));
    let lift = [cx + rng.between(-0.2, 0.2) * lx, cy + rng.between(-0.2, 0.2) * ly, z + 0.4];
    out.push((lift, [4.0, 3.2, 2.6], [154, 152, 148]));
    for _ in 0..rng.integer(0, 3) {
        let at = [cx + rng.between(-0.4, 0.4) * lx, cy + rng.between(-0.4, 0.4) * ly, z + 0.4];
        out.push((at, [1.6, 1.2, rng.between(0.8, 1.6)], [190, 194, 198]));
    }
}

fn street_furniture(rng: &mut Lcg, out: &mut Vec<Item>, [cx, cy]: [f32; 2]) {
    const CARS: [[u8; 3]; 4] = [[178, 34, 34], [30, 60, 120], [230, 230, 230], [40, 40, 44]];
    let edge = (PITCH_M - STREET_M) / 2.0 - 1.0;
    for i in 0..4 {
        let along = -18.0 + 12.0 * i as f32;
        let s = if i % 2 == 1 { 1.0 } else { -1.0 };
        out.push(([cx + s * edge, cy + along, 0.15], [0.16, 0.16, 6.0], [58, 60, 64]));
        out.push(([cx + s * (edge + 0.7), cy + along, 6.05], [1.6, 0.3, 0.15], [240, 232, 190]));
    }
    for _ in 0..rng.integer(6, 9) {
        let (s, along) = (rng.side(), rng.between(-edge, edge));
        let (x, y) = if rng.unit() < 0.5 { (cx + along, cy + s * edge) } else { (cx + s * edge, cy + along) };
        let (trunk, crown) = (rng.between(1.8, 2.8), rng.between(1.8, 3.4));
        out.push(([x, y, 0.15], [0.3, 0.3, trunk], [96, 72, 50]));
        out.push(([x, y, 0.15 + trunk], [crown, crown, crown * 1.2], rng.tint([70, 118, 58], 14)));
    }
    for slot in 0..8 {
        if rng.unit() < 0.55 {
            continue;
        }
        let s = if slot % 2 == 1 { 1.0 } else { -1.0 };
        let (x, y) = (cx + s * (edge + 2.2), cy - 15.0 + 10.0 * (slot / 2) as f32 + rng.between(-2.0, 2.0));
        out.push(([x, y, 0.25], [1.8, 4.4, 0.75], CARS[rng.integer(0, 3) as usize]));
        out.push(([x, y, 1.0], [1.6, 2.2, 0.55], [52, 58, 66]));
    }
    for _ in 0..rng.integer(2, 4) {
        let at = [cx + rng.between(-4.0, 4.0), cy + rng.between(-4.0, 4.0), 0.2];
        out.push((at, [1.6, 0.5, rng.between(0.4, 0.9)], [130, 92, 56]));
    }
}

fn block(rng: &mut Lcg, out: &mut Vec<Item>, bx: i32, by: i32) {
    let (cx, cy) = (bx as f32 * PITCH_M, by as f32 * PITCH_M);
    let side = PITCH_M - STREET_M;
    out.push(([cx, cy, -0.35], [PITCH_M, PITCH_M, 0.35], [72, 74, 78]));
    out.push(([cx, cy, 0.0], [side, side, 0.15], [150, 148, 140]));
    out.push(([cx, cy, 0.15], [9.0, 9.0, 0.05], [88, 128, 72]));
    let tall = (-((bx * bx + by * by) as f32) / 60.0).exp();
    for (ox, oy) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
        let size = [rng.between(12.0, 16.5), rng.between(12.0, 16.5)];
        let storeys = rng.integer(3, 8) + (tall * rng.between(0.0, 14.0)) as i32;
        building(rng, out, [cx + ox * 12.5, cy + oy * 12.5], size, storeys);
    }
    street_furniture(rng, out, [cx, cy]);
}

/// Blocks from `first` on, `side` × `side` of them, every box an object of its own, turned by `yaw` radians; and the
/// parts' colors.
pub(super) fn blocks(first: [i32; 2], side: i32, yaw: f32) -> (Soup, Vec<u32>) {
    let mut items = Vec::new();
    for by in first[1]..first[1] + side {
        for bx in first[0]..first[0] + side {
            block(&mut Lcg((1000 * by + bx + 7) as u64), &mut items, bx, by);
        }
    }
    let mut soup = Soup::default();
    let mut colors = Vec::new();
    for (part, (at, size, [r, g, b])) in (0_u32..).zip(items) {
        push_box(&mut soup, part, at, size);
        colors.push(u32::from_le_bytes([r, g, b, 255]));
    }
    let (sin, cos) = yaw.sin_cos();
    for p in &mut soup.positions {
        *p = [p[0] * cos - p[1] * sin, p[0] * sin + p[1] * cos, p[2]];
    }
    (soup, colors)
}

/// The first `side` × `side` blocks.
pub(super) fn city(side: i32, yaw: f32) -> (Soup, Vec<u32>) {
    blocks([0, 0], side, yaw)
}

/// Adds a closed box: center in x and y, bottom in z, sizes.
pub(super) fn push_box(soup: &mut Soup, part: u32, at: [f32; 3], size: [f32; 3]) {
    const TRIANGLES: [[u32; 3]; 12] = [
        [0, 2, 1],
        [1, 2, 3],
        [4, 5, 6],
        [6, 5, 7],
        [0, 1, 4],
        [4, 1, 5],
        [2, 6, 3],
        [3, 6, 7],
        [0, 4, 2],
        [2, 4, 6],
        [1, 3, 5],
        [5, 3, 7],
    ];
    let first = soup.positions.len() as u32;
    for corner in 0..8_u8 {
        let up = |axis: u8| f32::from(corner >> axis & 1);
        soup.positions.push([
            at[0] + size[0] * (up(0) - 0.5),
            at[1] + size[1] * (up(1) - 0.5),
            at[2] + size[2] * up(2),
        ]);
    }
    for t in TRIANGLES {
        soup.triangles.push(t.map(|i| first + i));
        soup.part.push(part);
        soup.single_sided.push(true);
    }
}
