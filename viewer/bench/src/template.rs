//! Shapes that repeat: windows, balconies, trees, lamps, cars. Each exists once; objects place it.

use glam::{DVec2, DVec3, Vec3};

use crate::random::{Random, cos_sin};
use crate::shape::{Place, Solid};

/// Most colors of one template.
pub const MAX_PARTS: usize = 4;

/// Triangles of one color of a template, in its own coordinates (meters, z up, standing at its origin).
#[derive(Clone, Debug, PartialEq)]
pub struct TemplatePart {
    /// 3 × n.
    pub positions: Vec<f32>,
    /// 3 × n, or empty: flat faces.
    pub normals: Vec<f32>,
    /// 3 × `n_triangles`, counterclockwise from outside; the surface is closed.
    pub indices: Vec<u32>,
    /// sRGB and alpha, where an instance has no color of its own.
    pub color: [u8; 4],
}

/// A shape that repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// What it is, for people.
    pub name: &'static str,
    /// At most [`MAX_PARTS`], each of one color.
    pub parts: Vec<TemplatePart>,
}

impl Template {
    /// Triangles of all its parts.
    pub fn n_triangles(&self) -> u32 {
        self.parts.iter().map(|p| u32::try_from(p.indices.len() / 3).unwrap_or(u32::MAX)).sum()
    }
}

/// Which template; their order is the order of [`templates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Shape {
    #[default]
    Window,
    DoubleWindow,
    BalconyDoor,
    ShopFront,
    GlassPanel,
    Balcony,
    Conditioner,
    Stair,
    Column,
    Machine,
    Tank,
    SolarPanel,
    Lamp,
    TrafficLight,
    Bench,
    Bin,
    Hydrant,
    Manhole,
    Shelter,
    Sedan,
    Van,
    Bus,
    Pagoda,
    Ginkgo,
    Poplar,
    Cedar,
    Cherry,
    Willow,
    Shrub,
}

/// A template about to be placed.
pub(crate) struct Repeat<'a> {
    pub(crate) shape: Shape,
    pub(crate) place: &'a Place,
    pub(crate) scale: DVec3,
    /// Colors that take the place of the template's, by part.
    pub(crate) paint: &'a [(usize, [u8; 4])],
}

impl Shape {
    /// In its own size and colors.
    pub(crate) fn at(self, place: &Place) -> Repeat<'_> {
        Repeat { shape: self, place, scale: DVec3::ONE, paint: &[] }
    }
}

impl<'a> Repeat<'a> {
    /// In another size.
    pub(crate) fn scaled(self, scale: DVec3) -> Self {
        Self { scale, ..self }
    }

    /// With colors of its own.
    pub(crate) fn painted(self, paint: &'a [(usize, [u8; 4])]) -> Self {
        Self { paint, ..self }
    }
}

pub(crate) const FRAME: [u8; 4] = [232, 232, 228, 255];
/// Glass by day: the sky in it, not the dark behind it.
pub(crate) const GLASS: [u8; 4] = [142, 170, 188, 255];
const STEEL: [u8; 4] = [120, 124, 128, 255];
const DARK: [u8; 4] = [58, 60, 64, 255];
const WHITE: [u8; 4] = [236, 236, 232, 255];
const BARK: [u8; 4] = [98, 78, 58, 255];
const CONCRETE: [u8; 4] = [168, 166, 160, 255];

/// All shapes that repeat, in the order of [`Shape`].
pub(crate) fn templates() -> Vec<Template> {
    let mut all = facade();
    all.extend(inside_and_roof());
    all.extend(street());
    all.extend(cars());
    all.extend(plants());
    all
}

/// Boxes of one color, as (smallest corner, largest corner).
fn boxes(color: [u8; 4], list: &[([f64; 3], [f64; 3])]) -> TemplatePart {
    let mut s = Solid::default();
    for (min, max) in list {
        s.add_box(&Place::at(DVec3::ZERO), DVec3::from(*min), DVec3::from(*max));
    }
    part(color, s)
}

fn part(color: [u8; 4], s: Solid) -> TemplatePart {
    TemplatePart { positions: s.positions, normals: s.normals, indices: s.indices, color }
}

fn bar(color: [u8; 4], ends: [[f64; 3]; 2], radii: [f64; 2], sides: u32) -> TemplatePart {
    let mut s = Solid::default();
    s.add_bar(&Place::at(DVec3::ZERO), ends.map(DVec3::from), radii, sides);
    part(color, s)
}

/// Parts of facades: x along the wall, y outwards, the origin on the wall's face below the middle.
fn facade() -> Vec<Template> {
    let shape = |name, parts| Template { name, parts };
    vec![
        shape(
            "window",
            vec![
                boxes(FRAME, &[([-0.6, -0.05, 0.0], [0.6, 0.05, 1.5])]),
                boxes(GLASS, &[([-0.53, 0.0, 0.07], [0.53, 0.08, 1.43])]),
            ],
        ),
        shape(
            "double window",
            vec![
                boxes(
                    FRAME,
                    &[([-0.9, -0.05, 0.0], [0.9, 0.05, 1.55]), ([-1.0, -0.05, -0.08], [1.0, 0.16, 0.0])],
                ),
                boxes(
                    GLASS,
                    &[([-0.83, 0.0, 0.07], [-0.04, 0.08, 1.48]), ([0.04, 0.0, 0.07], [0.83, 0.08, 1.48])],
                ),
            ],
        ),
        shape(
            "balcony door",
            vec![
                boxes(FRAME, &[([-1.1, -0.05, 0.0], [1.1, 0.05, 2.3])]),
                boxes(
                    GLASS,
                    &[([-1.03, 0.0, 0.05], [-0.04, 0.08, 2.23]), ([0.04, 0.0, 0.05], [1.03, 0.08, 2.23])],
                ),
            ],
        ),
        shape(
            "shop front",
            vec![
                boxes(STEEL, &[([-1.45, -0.05, 0.0], [1.45, 0.06, 2.6])]),
                boxes(GLASS, &[([-1.38, 0.0, 0.35], [1.38, 0.09, 2.53])]),
                boxes(WHITE, &[([-1.5, 0.0, 2.75], [1.5, 0.35, 3.35])]),
            ],
        ),
        shape(
            "glass panel",
            vec![
                boxes(STEEL, &[([-1.5, -0.05, 0.0], [1.5, 0.06, 3.3])]),
                boxes(GLASS, &[([-1.44, 0.0, 0.06], [1.44, 0.1, 3.24])]),
            ],
        ),
        shape(
            "balcony",
            vec![
                boxes(CONCRETE, &[([-1.6, 0.0, -0.15], [1.6, 1.3, 0.0])]),
                boxes(
                    WHITE,
                    &[
                        ([-1.6, 1.22, 0.0], [1.6, 1.3, 1.05]),
                        ([-1.6, 0.0, 0.0], [-1.52, 1.22, 1.05]),
                        ([1.52, 0.0, 0.0], [1.6, 1.22, 1.05]),
                    ],
                ),
            ],
        ),
        shape(
            "air conditioner",
            vec![
                boxes(WHITE, &[([-0.42, 0.02, 0.0], [0.42, 0.36, 0.6])]),
                bar(DARK, [[-0.12, 0.3, 0.3], [-0.12, 0.38, 0.3]], [0.22, 0.22], 6),
            ],
        ),
    ]
}

fn inside_and_roof() -> Vec<Template> {
    let step = |i: u32| {
        let y = f64::from(i) * 0.56;
        ([-1.3, y, 0.0], [-0.05, y + 0.56, 0.3 * f64::from(i + 1)])
    };
    let back = |i: u32| {
        let y = 2.8 - f64::from(i) * 0.56;
        ([0.05, y - 0.56, 1.5], [1.3, y, 1.5 + 0.3 * f64::from(i + 1)])
    };
    let steps: Vec<_> = (0..5).map(step).chain((0..4).map(back)).collect();
    let shape = |name, parts| Template { name, parts };
    let mut panel = Solid::default();
    let flat = [(-1.0, -0.8, 0.3), (1.0, -0.8, 0.3), (1.0, 0.8, 1.2), (-1.0, 0.8, 1.2)].map(DVec3::from);
    panel.add_hexahedron(&Place::at(DVec3::ZERO), flat, flat.map(|p| p + DVec3::Z * 0.06));
    vec![
        shape("stair", vec![boxes(CONCRETE, &steps)]),
        // One meter high: placed with the storey's height as its scale.
        shape("column", vec![boxes(CONCRETE, &[([-0.25, -0.25, 0.0], [0.25, 0.25, 1.0])])]),
        shape(
            "machine",
            vec![
                boxes([190, 194, 198, 255], &[([-1.1, -0.8, 0.15], [1.1, 0.8, 1.5])]),
                bar(DARK, [[-0.5, 0.0, 1.5], [-0.5, 0.0, 1.7]], [0.42, 0.42], 8),
                bar(DARK, [[0.55, 0.0, 1.5], [0.55, 0.0, 1.7]], [0.42, 0.42], 8),
            ],
        ),
        shape(
            "tank",
            vec![
                bar([176, 188, 196, 255], [[0.0, 0.0, 0.4], [0.0, 0.0, 2.6]], [1.1, 1.1], 10),
                boxes(DARK, &[([-0.9, -0.9, 0.0], [0.9, 0.9, 0.4])]),
            ],
        ),
        shape("solar panel", vec![part([44, 58, 96, 255], panel)]),
    ]
}

fn street() -> Vec<Template> {
    let shape = |name, parts| Template { name, parts };
    vec![
        // x across the street, towards it.
        shape(
            "lamp",
            vec![
                bar(STEEL, [[0.0, 0.0, 0.0], [0.0, 0.0, 7.6]], [0.11, 0.06], 6),
                boxes(STEEL, &[([0.0, -0.05, 7.45], [1.9, 0.05, 7.55])]),
                boxes([246, 240, 210, 255], &[([1.2, -0.14, 7.36], [2.1, 0.14, 7.46])]),
            ],
        ),
        shape(
            "traffic light",
            vec![
                bar(STEEL, [[0.0, 0.0, 0.0], [0.0, 0.0, 5.6]], [0.1, 0.08], 6),
                boxes(STEEL, &[([0.0, -0.06, 5.3], [4.2, 0.06, 5.42])]),
                boxes(DARK, &[([3.1, -0.16, 4.55], [3.45, 0.16, 5.55])]),
                boxes([208, 60, 44, 255], &[([3.16, -0.2, 5.2], [3.39, 0.2, 5.42])]),
            ],
        ),
        shape(
            "bench",
            vec![
                boxes(
                    [142, 100, 62, 255],
                    &[([-0.9, -0.25, 0.4], [0.9, 0.2, 0.46]), ([-0.9, 0.2, 0.5], [0.9, 0.26, 0.9])],
                ),
                boxes(
                    DARK,
                    &[([-0.7, -0.2, 0.0], [-0.62, 0.26, 0.4]), ([0.62, -0.2, 0.0], [0.7, 0.26, 0.4])],
                ),
            ],
        ),
        shape("bin", vec![bar([70, 104, 82, 255], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.9]], [0.25, 0.3], 8)]),
        shape(
            "hydrant",
            vec![
                bar([190, 48, 40, 255], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.65]], [0.12, 0.1], 6),
                bar([190, 48, 40, 255], [[-0.2, 0.0, 0.45], [0.2, 0.0, 0.45]], [0.07, 0.07], 6),
            ],
        ),
        shape(
            "manhole",
            vec![bar([74, 74, 76, 255], [[0.0, 0.0, -0.1], [0.0, 0.0, 0.015]], [0.38, 0.38], 10)],
        ),
        // x along the curb, y towards the street.
        shape(
            "bus shelter",
            vec![
                boxes(
                    STEEL,
                    &[
                        ([-3.0, -0.7, 2.45], [3.0, 0.9, 2.6]),
                        ([-2.9, -0.6, 0.0], [-2.8, -0.5, 2.45]),
                        ([2.8, -0.6, 0.0], [2.9, -0.5, 2.45]),
                    ],
                ),
                boxes(GLASS, &[([-2.7, -0.58, 0.4], [2.7, -0.54, 2.2])]),
                boxes([150, 112, 72, 255], &[([-1.8, -0.5, 0.4], [1.8, -0.1, 0.46])]),
            ],
        ),
    ]
}

/// x forward.
fn cars() -> Vec<Template> {
    let wheels = |at: &[(f64, f64)]| {
        let mut s = Solid::default();
        for (x, y) in at {
            let side = y.signum() * 0.12;
            let ends = [DVec3::new(*x, y - side, 0.33), DVec3::new(*x, y + side, 0.33)];
            s.add_bar(&Place::at(DVec3::ZERO), ends, [0.33, 0.33], 6);
        }
        part([36, 36, 40, 255], s)
    };
    let cabin = |low: [f64; 4], high: [f64; 4], heights: [f64; 2]| {
        let mut s = Solid::default();
        let r = [
            DVec2::new(low[0], low[1]),
            DVec2::new(low[2], low[3]),
            DVec2::new(high[0], high[1]),
            DVec2::new(high[2], high[3]),
        ];
        s.add_frustum(&Place::at(DVec3::ZERO), r, heights);
        part([74, 88, 100, 255], s)
    };
    let four = [(-1.4, -0.82), (-1.4, 0.82), (1.35, -0.82), (1.35, 0.82)];
    let shape = |name, parts| Template { name, parts };
    vec![
        shape(
            "sedan",
            vec![
                boxes(
                    WHITE,
                    &[([-2.25, -0.9, 0.28], [2.25, 0.9, 0.86]), ([-1.1, -0.66, 1.36], [0.45, 0.66, 1.45])],
                ),
                cabin([-1.75, -0.84, 1.15, 0.84], [-1.1, -0.66, 0.45, 0.66], [0.86, 1.36]),
                wheels(&four),
            ],
        ),
        shape(
            "van",
            vec![
                boxes(
                    WHITE,
                    &[([-2.4, -0.95, 0.3], [2.4, 0.95, 1.05]), ([-2.3, -0.85, 1.75], [1.2, 0.85, 2.0])],
                ),
                cabin([-2.4, -0.93, 1.9, 0.93], [-2.3, -0.85, 1.2, 0.85], [1.05, 1.75]),
                wheels(&four),
            ],
        ),
        shape(
            "bus",
            vec![
                boxes(
                    [54, 122, 168, 255],
                    &[([-5.6, -1.25, 0.35], [5.6, 1.25, 1.3]), ([-5.6, -1.25, 2.5], [5.6, 1.25, 3.0])],
                ),
                cabin([-5.55, -1.22, 5.55, 1.22], [-5.55, -1.22, 5.55, 1.22], [1.3, 2.5]),
                wheels(&[(-3.6, -1.15), (-3.6, 1.15), (3.4, -1.15), (3.4, 1.15)]),
            ],
        ),
    ]
}

fn plants() -> Vec<Template> {
    let trunk =
        |height: f64, radius: f64| bar(BARK, [[0.0; 3], [0.0, 0.0, height]], [radius, radius * 0.7], 5);
    let shape = |name, parts| Template { name, parts };
    let cones = |n: u32| {
        let mut s = Solid::default();
        for i in 0..n {
            let z = 1.2 + 2.0 * f64::from(i);
            let ends = [DVec3::new(0.0, 0.0, z), DVec3::new(0.0, 0.0, z + 3.0)];
            s.add_bar(&Place::at(DVec3::ZERO), ends, [2.6 - 0.55 * f64::from(i), 0.05], 7);
        }
        part([52, 92, 70, 255], s)
    };
    vec![
        shape(
            "pagoda tree",
            vec![
                trunk(3.4, 0.2),
                crown(
                    [84, 128, 62, 255],
                    &[([0.5, 0.3, 5.4], [2.1, 2.1, 1.7]), ([-0.6, -0.4, 4.5], [2.3, 2.3, 1.5])],
                    1,
                ),
            ],
        ),
        shape(
            "ginkgo",
            vec![
                trunk(3.0, 0.16),
                crown(
                    [150, 156, 62, 255],
                    &[([0.0, 0.0, 4.2], [1.8, 1.8, 1.7]), ([0.1, 0.0, 5.8], [1.2, 1.2, 1.6])],
                    2,
                ),
            ],
        ),
        shape(
            "poplar",
            vec![trunk(3.0, 0.2), crown([102, 140, 78, 255], &[([0.0, 0.0, 6.6], [1.5, 1.5, 4.4])], 3)],
        ),
        shape("cedar", vec![trunk(1.6, 0.22), cones(4)]),
        shape(
            "cherry",
            vec![trunk(1.9, 0.13), crown([226, 168, 182, 255], &[([0.0, 0.0, 3.0], [1.9, 1.9, 1.3])], 5)],
        ),
        shape(
            "willow",
            vec![
                trunk(3.0, 0.24),
                crown(
                    [118, 150, 72, 255],
                    &[([0.0, 0.0, 4.6], [2.4, 2.4, 1.7]), ([0.3, 0.2, 3.0], [2.9, 2.9, 1.3])],
                    6,
                ),
            ],
        ),
        shape("shrub", vec![crown([78, 116, 60, 255], &[([0.0, 0.0, 0.5], [0.8, 0.8, 0.6])], 7)]),
    ]
}

/// Lumpy balls of 80 triangles each (a shrub's has 20): center, radii.
fn crown(color: [u8; 4], balls: &[([f64; 3], [f64; 3])], seed: i64) -> TemplatePart {
    let mut s = Solid::default();
    let small = balls.iter().all(|(_, r)| r[0] < 1.0);
    for (n, (center, radii)) in balls.iter().enumerate() {
        let (points, faces) = ball(u32::from(!small));
        let first = s.n_vertices();
        let mut r = Random::new(seed.unsigned_abs(), [i64::try_from(n).unwrap_or(0), 0, 23]);
        for d in points {
            let lump = r.between(0.9, 1.08);
            let p = DVec3::from(*center) + d * DVec3::from(*radii) * lump;
            // Looks like leaves in the light: rounder than its faces.
            let normal = (d / DVec3::from(*radii)).as_vec3().try_normalize().unwrap_or(Vec3::Z);
            s.round_vertex(p.as_vec3(), normal);
        }
        s.indices.extend(faces.iter().flatten().map(|i| first + i));
    }
    part(color, s)
}

/// An icosahedron, `fine` times divided: unit vectors and outward triangles.
fn ball(fine: u32) -> (Vec<DVec3>, Vec<[u32; 3]>) {
    // Two rings of five between the poles; heights and radii of a regular icosahedron.
    let (z, r) = (0.447_213_595_5, 0.894_427_191);
    let mut points = vec![DVec3::Z];
    for (ring, height) in [(0.0, z), (0.1, -z)] {
        points.extend((0..5).map(|i| (cos_sin(f64::from(i) / 5.0 + ring) * r).extend(height)));
    }
    points.push(DVec3::NEG_Z);
    let mut faces: Vec<[u32; 3]> = Vec::new();
    for i in 0..5 {
        let j = (i + 1) % 5;
        faces.push([0, 1 + i, 1 + j]);
        faces.push([1 + i, 6 + i, 1 + j]);
        faces.push([1 + j, 6 + i, 6 + j]);
        faces.push([11, 6 + j, 6 + i]);
    }
    for _ in 0..fine {
        let mut known: std::collections::BTreeMap<[u32; 2], u32> = std::collections::BTreeMap::new();
        let mut finer = Vec::with_capacity(faces.len() * 4);
        for [a, b, c] in faces {
            let [ab, bc, ca] = [[a, b], [b, c], [c, a]].map(|[p, q]| {
                *known.entry([p.min(q), p.max(q)]).or_insert_with(|| {
                    let at = |i: u32| points.get(i as usize).copied().unwrap_or(DVec3::Z);
                    let middle = (at(p) + at(q)).try_normalize().unwrap_or(DVec3::Z);
                    points.push(middle);
                    u32::try_from(points.len() - 1).unwrap_or(u32::MAX)
                })
            });
            finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        faces = finer;
    }
    (points, faces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_its_template_in_order_and_is_closed() {
        let all = templates();
        assert_eq!(all.len(), Shape::Shrub as usize + 1);
        assert_eq!(all[Shape::Lamp as usize].name, "lamp");
        assert_eq!(all[Shape::Willow as usize].name, "willow");
        for t in &all {
            assert!((1..=MAX_PARTS).contains(&t.parts.len()), "{}", t.name);
            for p in &t.parts {
                let mut edges = std::collections::BTreeMap::new();
                let corner = |i: u32| {
                    p.positions[i as usize * 3..][..3].iter().map(|v| v.to_bits()).collect::<Vec<_>>()
                };
                for f in p.indices.chunks_exact(3) {
                    for (a, b) in [(f[0], f[1]), (f[1], f[2]), (f[2], f[0])] {
                        *edges.entry((corner(a), corner(b))).or_insert(0) += 1;
                        *edges.entry((corner(b), corner(a))).or_insert(0) -= 1;
                    }
                }
                assert!(edges.values().all(|n| *n == 0), "{} is open", t.name);
            }
        }
    }

    #[test]
    fn trees_have_between_sixty_and_two_hundred_triangles() {
        for t in &templates()[Shape::Pagoda as usize..=Shape::Willow as usize] {
            assert!((60..=200).contains(&t.n_triangles()), "{}: {}", t.name, t.n_triangles());
        }
    }
}
