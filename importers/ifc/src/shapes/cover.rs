//! Textures on the faces of an item: which place of the picture each corner has, and triangles that are divided until
//! each takes one color: along the borders between pixels of different color where the picture has few of them, as
//! letters on a sign do, and until each is a few pixels wide where it has many, as photographs do. The body stays what it
//! was: a side that two triangles share is divided in the same points.

mod borders;

use std::collections::{HashMap, HashSet};

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
/// How often triangles are halved where a small picture changes its color. Chosen: to a sixteenth of a pixel.
const SHARPER: usize = 3;
/// Where a triangle is looked at near its corners, as a part of the way to its middle. Chosen: within the same pixel.
const INNER: f64 = 0.02;
/// The sides of a triangle.
const SIDES: [(usize, usize); 3] = [(0, 1), (1, 2), (2, 0)];
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

impl Patch {
    /// The same with its corners in another order.
    fn turned(&self, order: [usize; 3]) -> Self {
        let corners = order.map(|k| self.corner(k));
        Self { corners: corners.map(|c| c.0), places: corners.map(|c| c.1), ..*self }
    }

    /// A corner and its place.
    fn corner(&self, k: usize) -> (u32, [f64; 2]) {
        let place = self.places.get(k).copied().unwrap_or([f64::NAN; 2]);
        (self.corners.get(k).copied().unwrap_or_default(), place)
    }

    /// The place in the middle of a side.
    fn between(&self, (i, j): (usize, usize)) -> [f64; 2] {
        let ([a, b], [c, d]) = (self.corner(i).1, self.corner(j).1);
        [f64::midpoint(a, c), f64::midpoint(b, d)]
    }
}

impl Cover<'_> {
    /// Divides the triangles of an item and gives each its color; in the order in which the colors first come. `None`
    /// where no triangle has places on the picture.
    pub(crate) fn paint(&self, mesh: &LocalMesh) -> Option<(LocalMesh, Vec<[u8; 4]>)> {
        let patches = self.patches(mesh)?;
        let most = patches.len().max(MAX_TRIANGLES);
        let (mesh, colors) =
            borders::divided(self, mesh, &patches, most).unwrap_or_else(|| self.fine(mesh, &patches, most));
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

    /// Triangles a few pixels wide, with the color that is around the middle of each.
    fn fine(&self, mesh: &LocalMesh, patches: &[Patch], most: usize) -> (LocalMesh, Vec<Rgba>) {
        let [w, h] = self.picture.size();
        // No side can be divided more often than there may be triangles.
        let coarse = widest(patches) / most as f64;
        let mut pixels = (w.max(h) / SMALL).clamp(PIXELS_OF_SMALL, PIXELS).max(coarse);
        let sharp = w.max(h) <= SMALL;
        let (mut mesh, mut patches) = loop {
            // Each try is as dear as what it makes.
            charge(most);
            match divided(mesh, patches, pixels, most) {
                Some(divided) => break divided,
                None => pixels *= 1.5,
            }
        };
        if sharp {
            (mesh, patches) = self.sharpened(mesh, patches, most);
        }
        let colors = patches.iter().map(|p| self.color(p)).collect();
        (mesh, colors)
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

    /// Divides the triangles in which a small picture changes its color, so that a pattern ends nearly where it ends also
    /// on triangles that lie askew to it. Up to `most` triangles.
    fn sharpened(&self, mesh: LocalMesh, mut patches: Vec<Patch>, most: usize) -> (LocalMesh, Vec<Patch>) {
        let mut net = Net::new(mesh);
        for _ in 0..SHARPER {
            charge(4 * patches.len());
            let mixed = patches.iter().filter(|p| self.is_mixed(p));
            let sides = mixed.flat_map(|p| SIDES.map(|s| Net::ends(p, s))).filter(|&s| net.is_long(s));
            let marked: HashSet<(u32, u32)> = sides.map(|s| net.side(s)).collect();
            let parts = |p: &Patch| {
                1 + SIDES.iter().filter(|s| marked.contains(&net.side(Net::ends(p, **s)))).count()
            };
            let n: usize = patches.iter().map(parts).sum();
            if marked.is_empty() || n > most {
                break;
            }
            charge(n);
            patches = patches.iter().flat_map(|p| net.halved(p, &marked)).collect();
        }
        (net.with(&patches), patches)
    }

    /// Whether the picture has several colors under a triangle.
    fn is_mixed(&self, patch: &Patch) -> bool {
        let [w, h] = self.picture.size();
        let middle = [0, 1].map(|k| patch.places.iter().filter_map(|p| p.get(k)).sum::<f64>() / 3.0);
        let color = |s: f64, t: f64| bytes(self.picture.color([s / w, 1.0 - t / h], self.wrap, 1.0));
        let [s, t] = middle;
        let own = color(s, t);
        // Not at the very corner, where others begin.
        let inner = |[a, b]: [f64; 2]| color(a + (s - a) * INNER, b + (t - b) * INNER);
        s.is_finite() && t.is_finite() && patch.places.iter().any(|p| inner(*p) != own)
    }

    /// What a pixel looks like, to be compared: the one to the right of and above a corner of pixels.
    fn pixel(&self, x: f64, y: f64) -> [u32; 4] {
        let [w, h] = self.picture.size();
        let color = self.picture.color([(x + 0.5) / w, 1.0 - (y + 0.5) / h], self.wrap, 1.0);
        // What cannot be seen has no color.
        if color[3] > 0.0 { color.map(f32::to_bits) } else { [0; 4] }
    }

    /// The color of the pixel at a place.
    fn color_of_pixel(&self, [s, t]: [f64; 2]) -> Rgba {
        let [w, h] = self.picture.size();
        let own = self.picture.color([s / w, 1.0 - t / h], self.wrap, 1.0);
        over(own, self.picture.is_gray(), self.style)
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
    let mut net = Net::new(mesh.clone());
    for p in patches {
        for (i, j) in SIDES {
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
        let [ab, bc, ca] = SIDES.map(|s| net.wish(&p, s, pixels));
        let longest = ab.max(bc).max(ca);
        if longest <= 1.0 {
            done.push(p);
            continue;
        }
        // Turned so that the side to be divided is the first.
        let p = if ab >= longest {
            p
        } else if bc >= longest {
            p.turned([1, 2, 0])
        } else {
            p.turned([2, 0, 1])
        };
        let ([a, b, c], [pa, pb, pc]) = (p.corners, p.places);
        let (m, pm) = (net.middle((a, b)), p.between((0, 1)));
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
    Some((net.with(&done), done))
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
    fn new(mesh: LocalMesh) -> Self {
        let mut net = Self {
            first: Vec::with_capacity(mesh.positions.len()),
            widths: HashMap::new(),
            middles: HashMap::new(),
            seen: HashMap::new(),
            mesh,
        };
        for (n, at) in (0_u32..).zip(&net.mesh.positions) {
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

    /// The corners with these triangles between them.
    fn with(self, patches: &[Patch]) -> LocalMesh {
        let triangles = patches.iter().map(|p| p.corners).collect();
        let faces = patches.iter().map(|p| p.face).collect();
        LocalMesh { triangles, faces, ..self.mesh }
    }

    fn length(&self, (a, b): (u32, u32)) -> f64 {
        let at = |c: u32| DVec3::from_array(self.mesh.positions.get(c as usize).copied().unwrap_or_default());
        at(a).distance(at(b))
    }

    /// Whether a side may be divided.
    fn is_long(&self, side: (u32, u32)) -> bool {
        self.length(side) > SMALLEST_M
    }

    /// A triangle whose marked sides are divided in the middle.
    fn halved(&mut self, patch: &Patch, marked: &HashSet<(u32, u32)>) -> Vec<Patch> {
        let p = *patch;
        let cut = |p: &Patch| SIDES.map(|s| marked.contains(&self.side(Self::ends(p, s))));
        // Turned so that the sides to be divided come first.
        let p = match cut(&p) {
            [false, true, _] => p.turned([1, 2, 0]),
            [true | false, false, true] => p.turned([2, 0, 1]),
            _ => p,
        };
        let n = cut(&p).into_iter().filter(|c| *c).count();
        let ends = SIDES.map(|s| (Self::ends(&p, s), p.between(s)));
        let whole = [0, 1, 2].map(|k| p.corner(k));
        let [a, b, c] = whole;
        let mut middle = |k: usize| {
            let (side, place) = ends.get(k).copied().unwrap_or_default();
            (self.middle(side), place)
        };
        let triangles = match n {
            0 => vec![whole],
            1 => {
                let m = middle(0);
                vec![[a, m, c], [m, b, c]]
            }
            2 => {
                let (m, n) = (middle(0), middle(1));
                vec![[m, b, n], [a, m, n], [a, n, c]]
            }
            _ => {
                let (m, n, o) = (middle(0), middle(1), middle(2));
                vec![[a, m, o], [m, b, n], [o, n, c], [m, n, o]]
            }
        };
        triangles
            .into_iter()
            .map(|t| Patch { corners: t.map(|c| c.0), places: t.map(|c| c.1), ..p })
            .collect()
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
        let side = Self::ends(p, ends);
        let wide = self.widths.get(&self.side(side)).copied().unwrap_or(0.0);
        if self.is_long(side) { wide / pixels } else { 0.0 }
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
