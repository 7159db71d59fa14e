//! Textures on the faces of an item: which place of the picture each corner has, and triangles that are divided until
//! each is a few pixels wide and takes the color under it. The body stays what it was: a side that two triangles share
//! is divided in the same points.

use std::collections::HashMap;
use std::sync::Arc;

use glam::DVec3;
use lantu_ingest::{Texture, Wrap, encoded};

use super::budget::charge;
use super::local::{LocalMesh, Model};
use super::looks::{Rgba, bytes};
use crate::step::Value;

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

/// Where a picture lies on the faces of an item.
#[derive(Debug)]
pub(crate) struct Cover {
    pub(super) picture: Arc<Texture>,
    pub(super) wrap: [Wrap; 2],
    /// Color of the style, which intensities darken.
    pub(super) style: Option<Rgba>,
    /// By number of the face in the item's own list: its corners in the axes of the item, meters, each with its place on
    /// the picture, from the left and from the bottom.
    pub(super) corners: HashMap<u32, Vec<(DVec3, [f64; 2])>>,
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

impl Cover {
    /// Divides the triangles of an item and gives each its color; in the order in which the colors first come. `None`
    /// where no triangle has places on the picture.
    pub(crate) fn paint(&self, mesh: &LocalMesh) -> Option<(LocalMesh, Vec<[u8; 4]>)> {
        let patches = self.patches(mesh)?;
        let most = patches.len().max(MAX_TRIANGLES);
        let [w, h] = self.picture.size();
        let mut pixels = (w.max(h) / SMALL).clamp(PIXELS_OF_SMALL, PIXELS);
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

    /// Triangles with their places; those without take the color of the picture's first corner of their face.
    fn patches(&self, mesh: &LocalMesh) -> Option<Vec<Patch>> {
        if mesh.faces.len() != mesh.triangles.len() {
            return None;
        }
        let [w, h] = self.picture.size();
        let mut any = false;
        let of = |(&corners, &face): (&[u32; 3], &u32)| {
            let known = self.corners.get(&face).map(Vec::as_slice).unwrap_or_default();
            charge(3 * known.len());
            let places = corners.map(|c| {
                let at = DVec3::from_array(mesh.positions.get(c as usize).copied().unwrap_or_default());
                let near =
                    known.iter().min_by(|a, b| a.0.distance_squared(at).total_cmp(&b.0.distance_squared(at)));
                near.map_or([f64::NAN; 2], |n| [n.1[0] * w, n.1[1] * h])
            });
            any |= !known.is_empty();
            Patch { corners, face, places }
        };
        let patches: Vec<Patch> = mesh.triangles.iter().zip(&mesh.faces).map(of).collect();
        any.then_some(patches)
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

/// Places of an item's corners on textures, as the file states them: by number of the item's record.
pub(super) fn corners(model: &Model<'_>) -> HashMap<u64, (Vec<u64>, Corners)> {
    let mut out: HashMap<u64, (Vec<u64>, Corners)> = HashMap::new();
    let scan = &model.file.scan;
    let maps = |args: &[Value<'_>]| args.first().into_iter().flat_map(Value::refs).collect::<Vec<u64>>();
    for r in scan.of("IFCINDEXEDTRIANGLETEXTUREMAP") {
        let args = model.file.args(r);
        let Some(item) = args.get(1).and_then(Value::as_ref) else { continue };
        if let Some(corners) = of_triangles(model, item, &args) {
            out.entry(item).or_insert((maps(&args), corners));
        }
    }
    for r in scan.of("IFCINDEXEDPOLYGONALTEXTUREMAP") {
        let args = model.file.args(r);
        let Some(item) = args.get(1).and_then(Value::as_ref) else { continue };
        if let Some(corners) = of_polygons(model, item, &args) {
            out.entry(item).or_insert((maps(&args), corners));
        }
    }
    out
}

/// By number of the face: its corners, meters, and their places.
pub(super) type Corners = HashMap<u32, Vec<(DVec3, [f64; 2])>>;

/// Of an `IfcTriangulatedFaceSet`: a place for each corner of each triangle, or, without numbers of their own, those of
/// its points.
fn of_triangles(model: &Model<'_>, item: u64, map: &[Value<'_>]) -> Option<Corners> {
    let ("IFCTRIANGULATEDFACESET" | "IFCTRIANGULATEDIRREGULARNETWORK", set) = model.file.get(item)? else {
        return None;
    };
    let points = list(model, set.first()?.as_ref()?, model.meters())?;
    let places = list(model, map.get(2)?.as_ref()?, 1.0)?;
    let rows = set.get(3)?.members();
    let own = map.get(3).map(Value::members).unwrap_or_default();
    let through = set.get(4).map(Value::members).unwrap_or_default();
    let mut out = Corners::new();
    for (n, row) in (0_u32..).zip(rows) {
        let placed = own.get(n as usize).unwrap_or(row);
        let corners = row.members().iter().zip(placed.members());
        let corner = |(point, place): (&Value<'_>, &Value<'_>)| {
            let at = number(point)?;
            let at = if through.is_empty() { at } else { number(through.get(at)?)? };
            let place = places.get(number(place)?)?;
            Some((*points.get(at)?, [place.x, place.y]))
        };
        out.insert(n, corners.filter_map(corner).collect());
    }
    Some(out)
}

/// Of an `IfcPolygonalFaceSet`: a place for each corner of some of its faces.
fn of_polygons(model: &Model<'_>, item: u64, map: &[Value<'_>]) -> Option<Corners> {
    let ("IFCPOLYGONALFACESET", set) = model.file.get(item)? else { return None };
    let points = list(model, set.first()?.as_ref()?, model.meters())?;
    let places = list(model, map.get(2)?.as_ref()?, 1.0)?;
    let through = set.get(3).map(Value::members).unwrap_or_default();
    let faces: HashMap<u64, u32> = set.get(2)?.refs().zip(0..).collect();
    let mut out = Corners::new();
    for id in map.get(3).into_iter().flat_map(Value::refs) {
        let Some((_, indices)) = model.file.get(id) else { continue };
        let Some(face) = indices.get(1).and_then(Value::as_ref) else { continue };
        let (Some(&n), Some((_, face))) = (faces.get(&face), model.file.get(face)) else { continue };
        let corner = |(point, place): (&Value<'_>, &Value<'_>)| {
            let at = number(point)?;
            let at = if through.is_empty() { at } else { number(through.get(at)?)? };
            let place = places.get(number(place)?)?;
            Some((*points.get(at)?, [place.x, place.y]))
        };
        let (points, places) = (rings(&face, (0, 1)), rings(&indices, (0, 2)));
        out.insert(n, points.into_iter().zip(places).filter_map(corner).collect());
    }
    Some(out)
}

/// The numbers of an outer ring and, where there are such, of rings of holes.
fn rings<'v, 'c>(args: &'v [Value<'c>], (outer, inner): (usize, usize)) -> Vec<&'v Value<'c>> {
    let holes = args.get(inner).into_iter().flat_map(Value::members);
    args.get(outer).into_iter().chain(holes).flat_map(Value::members).collect()
}

/// A number that is counted from 1, from 0.
fn number(v: &Value<'_>) -> Option<usize> {
    match v {
        Value::Int(n) => usize::try_from(*n).ok()?.checked_sub(1),
        _ => None,
    }
}

/// Points or places of a list.
fn list(model: &Model<'_>, record: u64, scale: f64) -> Option<Vec<DVec3>> {
    let (_, args) = model.file.get(record)?;
    let row = |v: &Value<'_>| {
        let at = |k: usize| v.members().get(k).and_then(Value::as_f64).unwrap_or(0.0);
        DVec3::new(at(0), at(1), at(2)) * scale
    };
    Some(args.first()?.members().iter().map(row).collect())
}
