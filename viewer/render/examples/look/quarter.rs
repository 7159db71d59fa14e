//! A made-up quarter: hills with a painted photo, streets, houses with windows, trees, a glass tower, pipes, cells.

use glam::{DVec3, Vec3};
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::{GroundTile, GroundTileId, MeshTile, Segment, TileLayer, Vertex, pack_normal};

/// Middle of the quarter at street level.
pub(crate) const CENTER: DVec3 = DVec3::new(455_616.0, 4_428_544.0, 40.0);
/// Object number of the first management cell; houses come before it.
pub(crate) const FIRST_CELL: u32 = 400;
/// Street grid, meters.
const BLOCK_M: f64 = 64.0;

/// Everything to draw.
pub(crate) struct Quarter {
    /// Mesh tiles; all objects count from 0.
    pub(crate) tiles: Vec<MeshTile>,
    /// Ground tiles of one level.
    pub(crate) ground: Vec<GroundTile>,
    /// Objects.
    pub(crate) n_objects: u32,
}

/// Height of the ground over street level.
fn height(x: f64, y: f64) -> f64 {
    let r = (x * x + y * y).sqrt();
    let hills = 14.0 * (x * 0.006).sin() * (y * 0.0047 + 0.7).cos() + 5.0 * (x * 0.017 + y * 0.013).sin();
    hills * ((r - 230.0) / 300.0).clamp(0.0, 1.0) + 0.6 * (x * 0.011).sin()
}

fn noise(x: f64, y: f64) -> f64 {
    let v = (x * 12.9898 + y * 78.233).sin() * 43_758.545_3;
    v - v.floor()
}

fn is_street(x: f64, y: f64) -> bool {
    let f = |v: f64| (v / BLOCK_M - (v / BLOCK_M).round()).abs() * BLOCK_M;
    x.abs() < 232.0 && y.abs() < 232.0 && (f(x) < 5.0 || f(y) < 5.0)
}

fn photo(x: f64, y: f64) -> [u8; 4] {
    let n = noise((x * 2.0).floor(), (y * 2.0).floor()) * 14.0
        + noise((x * 0.3).floor(), (y * 0.3).floor()) * 16.0;
    let base = if is_street(x, y) {
        [150.0, 151.0, 152.0]
    } else if x.abs() < 232.0 && y.abs() < 232.0 {
        if noise((x / 16.0).floor(), (y / 16.0).floor()) > 0.55 {
            [176.0, 168.0, 152.0]
        } else {
            [140.0, 156.0, 108.0]
        }
    } else {
        match (noise((x / 90.0).floor(), (y / 60.0).floor()) * 3.0) as u32 {
            0 => [150.0, 160.0, 108.0],
            1 => [172.0, 164.0, 126.0],
            _ => [122.0, 142.0, 96.0],
        }
    };
    let [r, g, b] = base.map(|v: f64| (v + n - 12.0) as u8);
    [r, g, b, 255]
}

struct Builder {
    tile: MeshTile,
    glass: Vec<u32>,
}

fn rgba(rgb: u32, a: u8) -> u32 {
    let [_, r, g, b] = rgb.to_be_bytes();
    u32::from_le_bytes([r, g, b, a])
}

impl Builder {
    fn new(layer: TileLayer) -> Self {
        let tile = MeshTile {
            origin: WorldPoint(CENTER),
            bounds: Bounds::EMPTY,
            vertices: Vec::new(),
            indices: Vec::new(),
            first_transparent: 0,
            edges: Vec::new(),
            segments: Vec::new(),
            layer,
        };
        Self { tile, glass: Vec::new() }
    }

    fn finish(mut self) -> MeshTile {
        self.tile.first_transparent = u32::try_from(self.tile.indices.len()).unwrap_or(0);
        self.tile.indices.append(&mut self.glass);
        let ends = self.tile.segments.iter().flat_map(|s| [s.a, s.b]);
        let points = self.tile.vertices.iter().map(|v| v.position).chain(ends);
        self.tile.bounds = points.fold(Bounds::EMPTY, |mut b, p| {
            b.add(CENTER + Vec3::from_array(p).as_dvec3());
            b
        });
        self.tile
    }

    /// A flat polygon of four corners; with its outline as edges.
    fn quad(&mut self, corners: [DVec3; 4], color: u32, object: u32, edges: bool) {
        let n = (corners[1] - corners[0]).cross(corners[2] - corners[0]).as_vec3();
        let first = u32::try_from(self.tile.vertices.len()).unwrap_or(0);
        for c in corners {
            let position = c.as_vec3().to_array();
            self.tile.vertices.push(Vertex { position, normal: pack_normal(n), rgba: color, object });
        }
        let list = if color >> 24 == 255 { &mut self.tile.indices } else { &mut self.glass };
        list.extend([0, 1, 2, 0, 2, 3].map(|i| first + i));
        if edges {
            self.tile.edges.extend([0, 1, 1, 2, 2, 3, 3, 0].map(|i| first + i));
        }
    }

    fn cuboid(&mut self, lo: DVec3, hi: DVec3, color: u32, object: u32) {
        let p = |i: u32| {
            DVec3::new(
                if i & 1 == 0 { lo.x } else { hi.x },
                if i & 2 == 0 { lo.y } else { hi.y },
                if i & 4 == 0 { lo.z } else { hi.z },
            )
        };
        for f in [[0, 1, 5, 4], [1, 3, 7, 5], [3, 2, 6, 7], [2, 0, 4, 6], [4, 5, 7, 6], [2, 3, 1, 0]] {
            self.quad(f.map(p), color, object, true);
        }
    }

    /// A house with rows of windows on its four sides.
    fn house(&mut self, lo: DVec3, hi: DVec3, color: u32, object: u32) {
        self.cuboid(lo, hi, color, object);
        let pane = rgba(0x5B7386, 255);
        let floors = ((hi.z - lo.z) / 3.2).floor();
        for f in 0..floors as u32 {
            let z = lo.z + 1.0 + f64::from(f) * 3.2;
            for side in 0..4_u32 {
                let along_x = side % 2 == 0;
                let (a, b) = if along_x { (lo.x, hi.x) } else { (lo.y, hi.y) };
                let n = ((b - a) / 3.4).floor();
                for i in 0..n as u32 {
                    let s = a + (b - a) * (f64::from(i) + 0.5) / n;
                    let out = 0.06;
                    let at = |d: f64, z: f64| match side {
                        0 => DVec3::new(s + d, lo.y - out, z),
                        1 => DVec3::new(hi.x + out, s + d, z),
                        2 => DVec3::new(s - d, hi.y + out, z),
                        _ => DVec3::new(lo.x - out, s - d, z),
                    };
                    let q = [at(-0.7, z), at(0.7, z), at(0.7, z + 1.5), at(-0.7, z + 1.5)];
                    self.quad(q, pane, object, true);
                }
            }
        }
    }

    fn gable(&mut self, lo: DVec3, hi: DVec3, color: u32, object: u32) {
        let (m, z) = ((lo.y + hi.y) * 0.5, hi.z + (hi.y - lo.y) * 0.36);
        let o = 0.4;
        let (w, e, s, n) = (lo.x - o, hi.x + o, lo.y - o, hi.y + o);
        let p = DVec3::new;
        self.quad([p(w, s, hi.z), p(e, s, hi.z), p(e, m, z), p(w, m, z)], color, object, true);
        self.quad([p(e, n, hi.z), p(w, n, hi.z), p(w, m, z), p(e, m, z)], color, object, true);
        self.quad([p(e, s, hi.z), p(e, n, hi.z), p(e, m, z), p(e, m, z)], color, object, false);
        self.quad([p(w, n, hi.z), p(w, s, hi.z), p(w, m, z), p(w, m, z)], color, object, false);
    }

    fn tree(&mut self, x: f64, y: f64, size: f64, object: u32) {
        let z = height(x, y);
        let trunk = DVec3::new(0.18, 0.18, 0.0);
        let at = DVec3::new(x, y, z);
        self.cuboid(at - trunk, at + trunk + DVec3::Z * size * 0.5, rgba(0x6E5B48, 255), object);
        let color = rgba(if noise(x, y) > 0.5 { 0x7E9A62 } else { 0x6C8B58 }, 255);
        let ring = |k: u32, r: f64, h: f64| {
            let a = f64::from(k) * std::f64::consts::TAU / 7.0;
            at + DVec3::new(a.cos() * r, a.sin() * r, h)
        };
        let profile = [(0.05, 0.35), (0.36, 0.45), (0.44, 0.68), (0.28, 0.92), (0.02, 1.04)];
        for (lo, hi) in profile.iter().zip(profile.iter().skip(1)) {
            for k in 0..7 {
                let q = [
                    ring(k, lo.0 * size, lo.1 * size),
                    ring(k + 1, lo.0 * size, lo.1 * size),
                    ring(k + 1, hi.0 * size, hi.1 * size),
                    ring(k, hi.0 * size, hi.1 * size),
                ];
                self.quad(q, color, object, false);
            }
        }
    }

    fn line(&mut self, a: DVec3, b: DVec3, color: u32, object: u32) {
        let (a, b) = (a.as_vec3().to_array(), b.as_vec3().to_array());
        self.tile.segments.push(Segment { a, b, rgba: color, object });
    }
}

fn houses() -> MeshTile {
    let mut b = Builder::new(TileLayer::Solid);
    let walls = [0xEDE6DA, 0xE4DED2, 0xDCD3C6, 0xF1EEE8, 0xD9C9B4, 0xC9B7A4, 0xE8E2DC];
    let roofs = [0xA9604A, 0x8C5A4B, 0x7A6E68];
    let mut object = 0;
    for by in -4..4 {
        for bx in -4..4 {
            if matches!((bx, by), (-1 | 0, 0) | (2, -3)) {
                continue;
            }
            for k in 0..4_i32 {
                let (ox, oy) = (f64::from(bx) * BLOCK_M, f64::from(by) * BLOCK_M);
                let (kx, ky) = (f64::from(k % 2), f64::from(k / 2));
                let n = noise(ox + kx * 7.0, oy + ky * 13.0);
                let (w, d) = (15.0 + n * 6.0, 12.0 + noise(oy, ox + kx) * 7.0);
                let (x, y) = (ox + 9.0 + kx * 25.0, oy + 9.0 + ky * 25.0);
                let far = (x.abs().max(y.abs()) / 230.0).min(1.0);
                let floors = (2.0 + (1.0 - far) * 9.0 * noise(x, y) + 1.5 * n).floor();
                let z = height(x, y) - 1.0;
                let (lo, hi) = (DVec3::new(x, y, z), DVec3::new(x + w, y + d, z + 1.4 + floors * 3.2));
                let wall = walls[(n * 6.99) as usize];
                b.house(lo, hi, rgba(wall, 255), object);
                if floors < 5.0 {
                    b.gable(lo, hi, rgba(roofs[(n * 2.99) as usize], 255), object);
                } else {
                    let inset = DVec3::new(4.0, 4.0, 0.0);
                    let top = DVec3::new(hi.x, hi.y, hi.z + 2.6) - inset;
                    b.cuboid(DVec3::new(lo.x, lo.y, hi.z) + inset, top, rgba(0xCFCBC4, 255), object);
                }
                object += 1;
            }
        }
    }
    tower(&mut b);
    b.finish()
}

/// A tower with a glass front.
fn tower(b: &mut Builder) {
    for f in 0..13_u32 {
        let z = f64::from(f) * 3.6;
        let plate = DVec3::new(28.0, 40.0, z + 0.35);
        b.cuboid(DVec3::new(-24.0, 10.0, z), plate, rgba(0xE9E9E6, 255), 300);
        for k in 0..5_u32 {
            let x = -22.0 + f64::from(k) * 12.0;
            for y in [12.0, 37.0] {
                b.cuboid(
                    DVec3::new(x, y, z),
                    DVec3::new(x + 0.7, y + 0.7, z + 3.6),
                    rgba(0xD4D2CC, 255),
                    301,
                );
            }
        }
        b.cuboid(DVec3::new(-4.0, 20.0, z), DVec3::new(8.0, 32.0, z + 3.6), rgba(0xDDD7CC, 255), 302);
    }
    let glass = rgba(0x7FA8B8, 90);
    let p = DVec3::new;
    for k in 0..13_u32 {
        let (a, z) = (-24.0 + f64::from(k) * 4.0, 46.0);
        b.quad(
            [p(a, 10.0, 0.2), p(a + 4.0, 10.0, 0.2), p(a + 4.0, 10.0, z), p(a, 10.0, z)],
            glass,
            303,
            true,
        );
    }
    b.quad(
        [p(28.0, 10.0, 0.2), p(28.0, 40.0, 0.2), p(28.0, 40.0, 46.0), p(28.0, 10.0, 46.0)],
        glass,
        304,
        true,
    );
    b.quad(
        [p(-24.0, 40.0, 0.2), p(-24.0, 10.0, 0.2), p(-24.0, 10.0, 46.0), p(-24.0, 40.0, 46.0)],
        glass,
        305,
        true,
    );
}

fn trees() -> MeshTile {
    let mut b = Builder::new(TileLayer::Solid);
    for i in 0..520_u32 {
        let (u, v) = (noise(f64::from(i), 1.0), noise(2.0, f64::from(i)));
        let (mut x, mut y) = ((u - 0.5) * 900.0, (v - 0.5) * 900.0);
        if i % 2 == 0 {
            (x, y) = ((f64::from(i / 2 % 40) - 20.0) * 11.0, (f64::from(i / 80) - 2.0) * BLOCK_M - 6.5);
        } else if x.abs() < 235.0 && y.abs() < 235.0 {
            continue;
        }
        if !is_street(x, y) {
            b.tree(x, y, 5.0 + 4.0 * noise(x, y), 500);
        }
    }
    b.finish()
}

/// A strip on the ground, in pieces that follow it.
fn strip(b: &mut Builder, x: [f64; 2], y: [f64; 2], color: u32, object: u32) {
    let along_x = x[1] - x[0] > y[1] - y[0];
    let n = 40;
    for i in 0..n {
        let t = |i: i32| f64::from(i) / f64::from(n);
        let cut = |r: [f64; 2], t: f64| r[0] + (r[1] - r[0]) * t;
        let (x0, x1, y0, y1) = if along_x {
            (cut(x, t(i)), cut(x, t(i + 1)), y[0], y[1])
        } else {
            (x[0], x[1], cut(y, t(i)), cut(y, t(i + 1)))
        };
        let on = |x: f64, y: f64| DVec3::new(x, y, height(x, y));
        b.quad([on(x0, y0), on(x1, y0), on(x1, y1), on(x0, y1)], color, object, false);
    }
}

fn streets() -> Vec<MeshTile> {
    let mut cells = Builder::new(TileLayer::Draped { z_order: 2 });
    for k in 0..16_u32 {
        let (x, y) = (f64::from(k % 4) * 116.0 - 232.0, f64::from(k / 4) * 116.0 - 232.0);
        strip(&mut cells, [x + 1.0, x + 115.0], [y + 1.0, y + 115.0], rgba(0x808080, 0), FIRST_CELL + k);
    }
    let mut lines = Builder::new(TileLayer::Draped { z_order: 3 });
    let mut roads = Builder::new(TileLayer::Draped { z_order: 1 });
    for k in -3..=3 {
        let c = f64::from(k) * BLOCK_M;
        strip(&mut roads, [c - 3.4, c + 3.4], [-232.0, 232.0], rgba(0x8F9296, 255), 420);
        strip(&mut roads, [-232.0, 232.0], [c - 3.4, c + 3.4], rgba(0x8F9296, 255), 421);
        for i in 0..40 {
            let (a, z) = (-232.0 + f64::from(i) * 11.6, -232.0 + f64::from(i) * 11.6 + 5.0);
            let on = |x: f64, y: f64| DVec3::new(x, y, height(x, y));
            lines.line(on(c, a), on(c, z), rgba(0xF4F4EE, 255), 422);
            lines.line(on(a, c), on(z, c), rgba(0xF4F4EE, 255), 423);
        }
    }
    vec![roads.finish(), cells.finish(), lines.finish()]
}

fn pipes() -> MeshTile {
    let mut b = Builder::new(TileLayer::Underground);
    for (k, (color, depth)) in
        [(0x3B78B8, 2.2), (0xB07A3C, 3.4), (0xC0392B, 1.4), (0x7A5FA0, 4.6)].into_iter().enumerate()
    {
        for line in -3..=3 {
            let c = f64::from(line) * BLOCK_M + k as f64 * 1.6 - 2.4;
            let object = 430 + u32::try_from(k).unwrap_or(0);
            let r = 0.35 + 0.12 * k as f64;
            for i in 0..8_u32 {
                let at = |i: u32, s: f64| {
                    let a = f64::from(i) * std::f64::consts::TAU / 8.0;
                    (s, c + a.cos() * r, -depth + a.sin() * r)
                };
                let (p0, p1) = (at(i, -230.0), at(i, 230.0));
                let (q0, q1) = (at(i + 1, -230.0), at(i + 1, 230.0));
                let color = rgba(color, 255);
                if k % 2 == 0 {
                    let v = |p: (f64, f64, f64)| DVec3::new(p.0, p.1, p.2);
                    b.quad([v(p0), v(p1), v(q1), v(q0)], color, object, false);
                } else {
                    let v = |p: (f64, f64, f64)| DVec3::new(p.1, p.0, p.2);
                    b.quad([v(p0), v(q0), v(q1), v(p1)], color, object, false);
                }
            }
        }
    }
    b.finish()
}

fn ground() -> Vec<GroundTile> {
    let level = 5;
    let edge = GroundTileId::edge_at(level);
    let (n, px) = (65_u32, 256_u32);
    let spacing_m = edge / f64::from(n - 1);
    let first = GroundTileId::at(level, CENTER.x - 1000.0, CENTER.y - 1000.0);
    let last = GroundTileId::at(level, CENTER.x + 1000.0, CENTER.y + 1000.0);
    let mut out = Vec::new();
    for row in first.row..=last.row {
        for col in first.col..=last.col {
            let id = GroundTileId { level, col, row };
            let [w, s, e, t] = id.extent();
            let origin = WorldPoint::new(w, s, CENTER.z);
            let mut heights = Vec::new();
            let mut bounds = Bounds::EMPTY;
            for j in 0..n {
                for i in 0..n {
                    let (x, y) = (w + f64::from(i) * spacing_m, s + f64::from(j) * spacing_m);
                    let z = height(x - CENTER.x, y - CENTER.y);
                    heights.push(z as f32);
                    bounds.add(DVec3::new(x, y, CENTER.z + z));
                }
            }
            let mut texture = Vec::new();
            for j in 0..px {
                for i in 0..px {
                    let (u, v) = ((f64::from(i) + 0.5) / f64::from(px), (f64::from(j) + 0.5) / f64::from(px));
                    texture.extend(photo(w + (e - w) * u - CENTER.x, t - (t - s) * v - CENTER.y));
                }
            }
            let (skirt_m, geometric_error_m) = (4.0, 0.0);
            let texture_px = px;
            let has_height = true;
            out.push(GroundTile {
                id,
                origin,
                bounds,
                n,
                spacing_m,
                heights,
                has_height,
                texture_px,
                texture,
                skirt_m,
                geometric_error_m,
            });
        }
    }
    out
}

impl Quarter {
    /// The same every time.
    pub(crate) fn new() -> Self {
        let mut tiles = vec![houses(), trees(), pipes()];
        tiles.extend(streets());
        Self { tiles, ground: ground(), n_objects: 501 }
    }
}
