//! Textures on the faces of an item: which place of the picture each corner has, and triangles that are divided until
//! each is a few pixels wide and takes the color under it. The body stays what it was: a side that two triangles share
//! is divided in the same points.

use std::collections::HashMap;

use glam::{DAffine2, DVec3};
use lantu_ingest::{Texture, Wrap, encoded};

use super::budget::charge;
use super::local::LocalMesh;
use super::looks::{Rgba, bytes};
use super::places::{Faces, Rule};

/// Pixels of a picture that a triangle is wide, at best. Chosen: as for textures of other formats.
const PIXELS: f64 = 4.0;
/// The same of a small picture. Chosen: a pattern of two colors has its edges where they are.
const PIXELS_OF_SMALL: f64 = 0.5;
/// Pixels across a picture that is not small, for each pixel of [`PIXELS`].
const SMALL: f64 = 128.0;
/// Sides are not divided below this for their colors, meters. Chosen: a leaf of a tree, the frame of a window.
const SMALLEST_M: f64 = 0.01;
/// Triangles that an item becomes at most, or as many as it has, if those are more. Chosen: letters on a sign are read.
const MAX_TRIANGLES: usize = 20_000;
/// Colors that are told apart on an item. Chosen: triangles of one color are kept together.
const MAX_COLORS: usize = 400;
/// Steps of a channel that are told apart, from fine to coarse, until there are not too many colors.
const STEPS: [f32; 4] = [31.0, 15.0, 7.0, 3.0];

/// Number of triangles that are of no face.
pub(super) const NO_FACE: u32 = u32::MAX;

/// Where a picture lies on the faces of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover<'c> {
    pub(super) picture: &'c Texture,
    pub(super) wrap: [Wrap; 2],
    /// What becomes of places before the picture is looked at.
    pub(super) transform: DAffine2,
    /// Color of the style, which intensities darken.
    pub(super) style: Option<Rgba>,
    pub(super) lie: Lie<'c>,
}

/// How places on a picture are said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lie<'c> {
    /// For corners of faces.
    Faces(&'c Faces),
    /// By a rule, and meters per unit of the file.
    Rule(Rule, f64),
}

/// A color on a surface of this color: pictures in color replace it, others darken it (ISO/IEC 19775-1, 17.2.2.3).
pub(super) fn over(color: [f32; 4], gray: bool, style: Option<Rgba>) -> Rgba {
    let [r, g, b, a] = color;
    let [r, g, b] = [r, g, b].map(|light| f32::from(encoded(light)) / 255.0);
    match style {
        None => [r, g, b, a],
        Some([sr, sg, sb, sa]) if gray => [r * sr, g * sg, b * sb, a * sa],
        Some([.., sa]) => [r, g, b, a * sa],
    }
}

/// One triangle with the places of its corners on the picture, pixels.
#[derive(Clone, Copy)]
struct Patch {
    corners: [u32; 3],
    face: u32,
    places: [[f64; 2]; 3],
}

impl Cover<'_> {
    /// Divides the triangles of an item and gives each its color; in the order in which the colors first come. `None`
    /// where no triangle has places on the picture.
    pub(crate) fn paint(&self, mesh: &LocalMesh) -> Option<(LocalMesh, Vec<[u8; 4]>)> {
        let patches = self.patches(mesh)?;
        let most = patches.len().max(MAX_TRIANGLES);
        let [w, h] = self.picture.size();
        // No side can be divided more often than there may be triangles.
        let coarse = widest(&patches) / most as f64;
        let mut pixels = (w.max(h) / SMALL).clamp(PIXELS_OF_SMALL, PIXELS).max(coarse);
        let (mesh, patches) = loop {
            // Each try is as dear as what it makes.
            charge(most);
            match divided(mesh, &patches, pixels, most) {
                Some(divided) => break divided,
                None => pixels *= 1.5,
            }
        };
        let colors: Vec<Rgba> = patches.iter().map(|p| self.color(p)).collect();
        let told = |steps: f32| -> Vec<[u8; 4]> {
            let step = |v: f32| (v * steps).round() / steps;
            colors.iter().map(|c| bytes(c.map(step))).collect()
        };
        let few = |colors: &[[u8; 4]]| {
            let mut all = colors.to_vec();
            all.sort_unstable();
            all.dedup();
            all.len() <= MAX_COLORS
        };
        let [fine, .., coarse] = STEPS;
        let steps = STEPS.into_iter().find(|&s| few(&told(s))).unwrap_or(coarse);
        // A picture of few colors keeps them as they are.
        let exact: Vec<[u8; 4]> = colors.iter().map(|c| bytes(*c)).collect();
        let colors = if steps.to_bits() == fine.to_bits() && few(&exact) { exact } else { told(steps) };
        Some((mesh, colors))
    }

    /// Triangles with their places; those of faces without have none.
    fn patches(&self, mesh: &LocalMesh) -> Option<Vec<Patch>> {
        let [w, h] = self.picture.size();
        let mut any = false;
        let mut patch = |(n, &corners): (usize, &[u32; 3])| {
            let face = mesh.faces.get(n).copied().unwrap_or(NO_FACE);
            let places = self.places(mesh, corners, face);
            any |= places.is_some();
            let places = places.map_or([[f64::NAN; 2]; 3], |places| {
                places.map(|p| {
                    let p = self.transform.transform_point2(p.into());
                    [p.x * w, p.y * h]
                })
            });
            Patch { corners, face, places }
        };
        let patches: Vec<Patch> = mesh.triangles.iter().enumerate().map(&mut patch).collect();
        any.then_some(patches)
    }

    /// Places of the corners of a triangle as the file says them.
    fn places(&self, mesh: &LocalMesh, corners: [u32; 3], face: u32) -> Option<[[f64; 2]; 3]> {
        let at = |c: u32| DVec3::from_array(mesh.positions.get(c as usize).copied().unwrap_or_default());
        match self.lie {
            Lie::Faces(faces) => {
                let outline = faces.get(&face)?;
                charge(3 * outline.len());
                let [a, b, c] = corners.map(|c| outline.place(at(c)));
                Some([a?, b?, c?])
            }
            Lie::Rule(Rule::Position, meters) => Some(corners.map(|c| [at(c).x / meters, at(c).y / meters])),
            Lie::Rule(rule, _) => {
                let [a, b, c] = corners.map(at);
                let flat = (b - a).cross(c - a).try_normalize()?;
                let normal = |c: u32| {
                    let own = mesh.normals.get(c as usize);
                    own.map_or(flat, |n| DVec3::from_array(n.map(f64::from)))
                };
                let (scale, offset) = if rule == Rule::Sphere { (0.5, 0.5) } else { (1.0, 0.0) };
                Some(corners.map(|c| [normal(c).x * scale + offset, normal(c).y * scale + offset]))
            }
        }
    }

    fn color(&self, patch: &Patch) -> Rgba {
        let [w, h] = self.picture.size();
        let [a, b, c] = patch.places;
        let middle = [0, 1].map(|k| [a, b, c].iter().filter_map(|p| p.get(k)).sum::<f64>() / 3.0);
        let own = if middle.iter().all(|v| v.is_finite()) {
            let area = ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).abs() / 2.0;
            let [s, t] = middle;
            // The picture's first row is its uppermost.
            self.picture.color([s / w, 1.0 - t / h], self.wrap, area.sqrt())
        } else {
            self.picture.mean().unwrap_or([1.0; 4])
        };
        over(own, self.picture.is_gray(), self.style)
    }
}

/// The longest side of any triangle on the picture, pixels.
fn widest(patches: &[Patch]) -> f64 {
    let sides = patches.iter().flat_map(|p| {
        let [a, b, c] = p.places;
        [(a, b), (b, c), (c, a)].map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]))
    });
    sides.filter(|w| w.is_finite()).fold(0.0, f64::max)
}

/// Divides sides that are longer than so many pixels in the middle, again and again. `None` if there would be more than
/// `most` triangles.
fn divided(mesh: &LocalMesh, patches: &[Patch], pixels: f64, most: usize) -> Option<(LocalMesh, Vec<Patch>)> {
    let mut net = Net::new(mesh);
    for p in patches {
        for (i, j) in [(0, 1), (1, 2), (2, 0)] {
            net.widen(p, (i, j));
        }
    }
    let mut todo = patches.to_vec();
    todo.reverse();
    let mut done: Vec<Patch> = Vec::with_capacity(patches.len());
    while let Some(p) = todo.pop() {
        if done.len() + todo.len() > most {
            return None;
        }
        let [ab, bc, ca] = [(0, 1), (1, 2), (2, 0)].map(|s| net.wish(&p, s, pixels));
        let longest = ab.max(bc).max(ca);
        if longest <= 1.0 {
            done.push(p);
            continue;
        }
        // Turned so that the side to be divided is the first.
        let turned = |[i, j, k]: [usize; 3]| {
            let corner = |i: usize| p.corners.get(i).copied().unwrap_or_default();
            let place = |i: usize| p.places.get(i).copied().unwrap_or([f64::NAN; 2]);
            Patch { corners: [i, j, k].map(corner), places: [i, j, k].map(place), ..p }
        };
        let p = if ab >= longest {
            p
        } else if bc >= longest {
            turned([1, 2, 0])
        } else {
            turned([2, 0, 1])
        };
        let ([a, b, c], [pa, pb, pc]) = (p.corners, p.places);
        let m = net.middle((a, b));
        let pm = [0, 1].map(|k| {
            let v = |q: [f64; 2]| q.get(k).copied().unwrap_or(f64::NAN);
            f64::midpoint(v(pa), v(pb))
        });
        let halves = [
            Patch { corners: [a, m, c], places: [pa, pm, pc], ..p },
            Patch { corners: [m, b, c], places: [pm, pb, pc], ..p },
        ];
        for h in halves {
            let inner = if h.corners[0] == m { (2, 0) } else { (1, 2) };
            net.widen(&h, inner);
            todo.push(h);
        }
    }
    let mut out = net.mesh;
    out.triangles = done.iter().map(|p| p.corners).collect();
    out.faces = done.iter().map(|p| p.face).collect();
    Some((out, done))
}

/// Sides of triangles. Corners that are split for their normals lie in one place, and count as one.
struct Net {
    mesh: LocalMesh,
    /// The first corner in the place of each.
    first: Vec<u32>,
    /// Length on the picture, pixels: of the two sides where triangles meet the longer one.
    widths: HashMap<(u32, u32), f64>,
    middles: HashMap<(u32, u32), u32>,
    seen: HashMap<[u64; 3], u32>,
}

impl Net {
    fn new(mesh: &LocalMesh) -> Self {
        let mut net = Self {
            mesh: mesh.clone(),
            first: Vec::with_capacity(mesh.positions.len()),
            widths: HashMap::new(),
            middles: HashMap::new(),
            seen: HashMap::new(),
        };
        for (n, at) in (0_u32..).zip(&mesh.positions) {
            net.first.push(*net.seen.entry(at.map(f64::to_bits)).or_insert(n));
        }
        net
    }

    fn side(&self, (a, b): (u32, u32)) -> (u32, u32) {
        let at = |c: u32| self.first.get(c as usize).copied().unwrap_or(c);
        let (a, b) = (at(a), at(b));
        (a.min(b), a.max(b))
    }

    fn ends(p: &Patch, (i, j): (usize, usize)) -> (u32, u32) {
        let at = |i: usize| p.corners.get(i).copied().unwrap_or_default();
        (at(i), at(j))
    }

    /// Takes in how long a side is on the picture of this triangle.
    fn widen(&mut self, p: &Patch, (i, j): (usize, usize)) {
        let at = |i: usize| p.places.get(i).copied().unwrap_or([f64::NAN; 2]);
        let (a, b) = (at(i), at(j));
        let long = (a[0] - b[0]).hypot(a[1] - b[1]);
        let wide = self.widths.entry(self.side(Self::ends(p, (i, j)))).or_insert(0.0);
        // Where nothing is known nothing is asked for.
        if long.is_finite() {
            *wide = wide.max(long);
        }
    }

    /// How many times as long as wanted a side is.
    fn wish(&self, p: &Patch, ends: (usize, usize), pixels: f64) -> f64 {
        let (a, b) = Self::ends(p, ends);
        let at = |c: u32| DVec3::from_array(self.mesh.positions.get(c as usize).copied().unwrap_or_default());
        let wide = self.widths.get(&self.side((a, b))).copied().unwrap_or(0.0);
        if at(a).distance(at(b)) <= SMALLEST_M { 0.0 } else { wide / pixels }
    }

    /// The corner in the middle of a side.
    fn middle(&mut self, (a, b): (u32, u32)) -> u32 {
        let key = (a.min(b), a.max(b));
        if let Some(&known) = self.middles.get(&key) {
            return known;
        }
        let of = |list: &[[f64; 3]], c: u32| list.get(c as usize).copied().unwrap_or_default();
        let (p, q) = (of(&self.mesh.positions, a), of(&self.mesh.positions, b));
        // The sum is the same from both sides, to the last bit.
        let place = (DVec3::from(p) * 0.5 + DVec3::from(q) * 0.5).to_array();
        let new = self.mesh.next();
        self.mesh.positions.push(place);
        let normals = (self.mesh.normals.get(a as usize), self.mesh.normals.get(b as usize));
        if let (Some(n), Some(m)) = normals {
            let [n, m] = [n, m].map(|v| DVec3::from_array(v.map(f64::from)));
            let normal = (n + m).try_normalize().unwrap_or(n);
            #[expect(clippy::cast_possible_truncation, reason = "a unit vector")]
            self.mesh.normals.push(normal.to_array().map(|v| v as f32));
        }
        let first = *self.seen.entry(place.map(f64::to_bits)).or_insert(new);
        self.first.push(first);
        self.middles.insert(key, new);
        let half = self.widths.get(&self.side((a, b))).copied().unwrap_or(0.0) / 2.0;
        for end in [a, b] {
            self.widths.entry(self.side((end, new))).or_insert(half);
        }
        new
    }
}
