//! Triangles divided along the borders between pixels of different color, so that each has one color and the picture is
//! on the body as it is in the file: letters, signs, patterns of a few pixels.

use std::collections::{BTreeMap, HashMap, HashSet};

use glam::{DMat2, DVec2, DVec3};
use spade::handles::FixedVertexHandle;
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::super::budget::charge;
use super::super::local::LocalMesh;
use super::super::looks::Rgba;
use super::{Cover, Net, Patch, SIDES};

/// What is nearer to a side of a triangle is on it, pixels. Chosen: above rounding of pictures of a thousand pixels that
/// repeat a thousand times, far below what is seen.
const ON_SIDE_PX: f64 = 1e-6;
/// Places on a side that are nearer to each other are one, meters. Chosen: twice what bodies are welded at.
const ONE_M: f64 = 2e-6;
/// Most pixels of an item that are looked at. Chosen: 0.1 CPU-s; what has more is a photograph.
const MAX_LOOKS: usize = 1 << 22;
/// Places farther out than this are not followed, pixels: whole numbers are told apart there by far.
const MAX_PX: f64 = 1e9;
/// Steps that a corner of a division takes. Measured: a microsecond.
const STEPS_PER_CORNER: usize = 64;

/// A place on a triangle.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Its corner of this number.
    Corner(usize),
    /// On its side of this number: the share of the way from the first end to the second.
    Side(usize, f64),
    /// Inside: a corner of pixels.
    Inner([f64; 2]),
}

/// A straight border from one place to another.
type Border = [Point; 2];

/// The triangles of an item, divided where the picture changes its color, with their colors. `None` where that takes more
/// than `most` triangles, as for photographs, or where the picture is drawn out to a line.
pub(super) fn divided(
    cover: &Cover<'_>,
    mesh: &LocalMesh,
    patches: &[Patch],
    most: usize,
) -> Option<(LocalMesh, Vec<Rgba>)> {
    let mut looks = Looks { cover, n: 0, n_borders: 0, most };
    let borders: Option<Vec<Vec<Border>>> = patches.iter().map(|p| looks.borders(mesh, p)).collect();
    charge(looks.n);
    let borders = borders?;
    let mut parts = Parts::new(mesh, patches, &borders)?;
    if parts.count() > most {
        return None;
    }
    let mut out = LocalMesh { triangles: Vec::new(), faces: Vec::new(), ..mesh.clone() };
    let mut colors = Vec::new();
    for (n, patch) in patches.iter().enumerate() {
        for (corners, middle) in parts.of(n, patch, &mut out)? {
            out.triangles.push(corners);
            out.faces.push(patch.face);
            // Faces without places have the mean color.
            let color =
                if is_placed(patch) { cover.color_of_pixel(middle.to_array()) } else { cover.color(patch) };
            colors.push(color);
        }
    }
    Some((out, colors))
}

fn is_placed(patch: &Patch) -> bool {
    patch.places.iter().flatten().all(|v| v.is_finite())
}

/// Looks for borders on the picture.
struct Looks<'c> {
    cover: &'c Cover<'c>,
    n: usize,
    n_borders: usize,
    most: usize,
}

impl Looks<'_> {
    /// The borders that cross a triangle.
    fn borders(&mut self, mesh: &LocalMesh, patch: &Patch) -> Option<Vec<Border>> {
        if !is_placed(patch) {
            return Some(Vec::new());
        }
        if patch.places.iter().flatten().any(|v| v.abs() > MAX_PX) {
            return None;
        }
        let [a, b, c] = patch.places.map(DVec2::from_array);
        let longest = a.distance(b).max(b.distance(c)).max(c.distance(a));
        let width = (b - a).perp_dot(c - a).abs() / longest.max(f64::MIN_POSITIVE);
        if width <= 2.0 * ON_SIDE_PX {
            let flat = longest <= 1.0 || is_sliver(mesh, patch.corners);
            return flat.then(Vec::new);
        }
        let mut out = Vec::new();
        for upright in [true, false] {
            let across = patch.places.map(|[x, y]| if upright { [x, y] } else { [y, x] });
            let (low, high) = across
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p[0]), h.max(p[0])));
            let mut line = (low + ON_SIDE_PX).ceil();
            while line < high - ON_SIDE_PX {
                // A triangle may be as narrow as it is long.
                self.n += 1;
                if self.n > MAX_LOOKS {
                    return None;
                }
                if let Some(ends) = chord(across, line) {
                    self.along((line, upright), ends, &mut out)?;
                }
                line += 1.0;
            }
        }
        Some(out)
    }

    /// The borders along one line between pixels, from one end of it within the triangle to the other.
    fn along(
        &mut self,
        (line, upright): (f64, bool),
        [(low, from), (high, to)]: [(f64, Point); 2],
        out: &mut Vec<Border>,
    ) -> Option<()> {
        let mut at = low.floor();
        if at + 1.0 <= low + ON_SIDE_PX {
            at += 1.0;
        }
        let pixel = |x: f64, y: f64| if upright { self.cover.pixel(x, y) } else { self.cover.pixel(y, x) };
        let corner = |at: f64| Point::Inner(if upright { [line, at] } else { [at, line] });
        let mut begun: Option<Point> = None;
        let mut before: Option<[[u32; 4]; 2]> = None;
        let n_before = out.len();
        while at < high - ON_SIDE_PX {
            self.n += 1;
            let here = [pixel(line - 1.0, at), pixel(line, at)];
            let [left, right] = here;
            match before {
                None if left != right => begun = Some(from),
                Some(last) if last != here => {
                    // Here a border across ends, begins or goes through: all meet in one corner.
                    out.extend(begun.take().map(|b| [b, corner(at)]));
                    begun = (left != right).then(|| corner(at));
                }
                _ => {}
            }
            before = Some(here);
            at += 1.0;
        }
        out.extend(begun.map(|b| [b, to]));
        self.n_borders += out.len() - n_before;
        (self.n <= MAX_LOOKS && self.n_borders <= self.most).then_some(())
    }
}

/// Whether a triangle has no width, so that its color is not seen.
fn is_sliver(mesh: &LocalMesh, corners: [u32; 3]) -> bool {
    let [a, b, c] =
        corners.map(|c| DVec3::from_array(mesh.positions.get(c as usize).copied().unwrap_or_default()));
    let longest = a.distance(b).max(b.distance(c)).max(c.distance(a));
    (b - a).cross(c - a).length() <= ONE_M * longest
}

/// Where a line across the first coordinate enters and leaves a triangle, by the second; `None` where it only touches it
/// or runs along a side.
fn chord(places: [[f64; 2]; 3], line: f64) -> Option<[(f64, Point); 2]> {
    let [a, b, c] = places;
    let mut hits: Vec<(f64, Point)> = Vec::with_capacity(2);
    for (n, [p, q]) in [[a, b], [b, c], [c, a]].into_iter().enumerate() {
        let (before, behind) = (p[0] - line, q[0] - line);
        if before.abs() <= ON_SIDE_PX {
            hits.push((p[1], Point::Corner(n)));
        } else if behind.abs() > ON_SIDE_PX && (before < 0.0) != (behind < 0.0) {
            let share = before / (before - behind);
            hits.push((p[1] + (q[1] - p[1]) * share, Point::Side(n, share)));
        }
    }
    let [p, q] = <[_; 2]>::try_from(hits).ok()?;
    if matches!((p.1, q.1), (Point::Corner(_), Point::Corner(_))) || (p.0 - q.0).abs() <= ON_SIDE_PX {
        return None;
    }
    Some(if p.0 < q.0 { [p, q] } else { [q, p] })
}

/// The divided triangles, those that share a side with the same corners on it.
struct Parts<'b> {
    borders: &'b [Vec<Border>],
    net: Net,
    /// By side: shares of the way from its lower end, ascending.
    sides: BTreeMap<(u32, u32), Vec<f64>>,
    /// Corners that were made on a side: by its ends and the number of the share.
    made: HashMap<((u32, u32), usize), u32>,
    counts: usize,
}

impl<'b> Parts<'b> {
    fn new(mesh: &LocalMesh, patches: &[Patch], borders: &'b [Vec<Border>]) -> Option<Self> {
        let net = Net::new(mesh.clone());
        let mut out = Self { borders, net, sides: BTreeMap::new(), made: HashMap::new(), counts: 0 };
        for (patch, borders) in patches.iter().zip(borders) {
            for point in borders.iter().flatten() {
                if let Point::Side(n, share) = *point {
                    let (side, turned) = out.side(patch, n)?;
                    out.sides.entry(side).or_default().push(if turned { 1.0 - share } else { share });
                }
            }
        }
        for (side, shares) in &mut out.sides {
            let one = ONE_M / out.net.length(*side);
            shares.sort_by(f64::total_cmp);
            shares.retain(|s| (one..1.0 - one).contains(s));
            shares.dedup_by(|b, a| *b - *a < one);
        }
        // A triangle of so many corners on its outline and inside has so many parts.
        for (patch, borders) in patches.iter().zip(borders) {
            let inner: HashSet<[u64; 2]> = borders.iter().flatten().filter_map(inner_key).collect();
            let mut ring = 3;
            for n in 0..3 {
                ring += out.side(patch, n).and_then(|(s, _)| out.sides.get(&s)).map_or(0, Vec::len);
            }
            out.counts += ring - 2 + 2 * inner.len();
        }
        Some(out)
    }

    /// How many parts there are in all.
    fn count(&self) -> usize {
        self.counts
    }

    /// A side, and whether the triangle has it the other way round. `None` where it has no length.
    fn side(&self, patch: &Patch, n: usize) -> Option<((u32, u32), bool)> {
        let ends = Net::ends(patch, *SIDES.get(n)?);
        let first = |c: u32| self.net.first.get(c as usize).copied().unwrap_or(c);
        let side = self.net.side(ends);
        (self.net.length(side) > ONE_M).then(|| (side, first(ends.0) > first(ends.1)))
    }

    /// The parts of a triangle: their corners, and the place of their middle on the picture.
    fn of(&mut self, n: usize, patch: &Patch, out: &mut LocalMesh) -> Option<Vec<([u32; 3], DVec2)>> {
        let borders = self.borders.get(n).map(Vec::as_slice).unwrap_or_default();
        let mut ring = Ring::default();
        for n in 0..3 {
            ring.starts.push(ring.corners.len());
            let (corner, place) = patch.corner(n);
            ring.push(corner, place.into(), 1 << n | 1 << ((n + 2) % 3));
            let Some((side, turned)) = self.side(patch, n) else { continue };
            let shares = self.sides.get(&side).cloned().unwrap_or_default();
            let (_, next) = patch.corner((n + 1) % 3);
            let (p, q) = (DVec2::from_array(place), DVec2::from_array(next));
            let ends = Net::ends(patch, *SIDES.get(n)?);
            for k in 0..shares.len() {
                let k = if turned { shares.len() - 1 - k } else { k };
                let share = shares.get(k).copied()?;
                let made = self.on_side((ends, turned), (k, share), out);
                let own = if turned { 1.0 - share } else { share };
                ring.push(made, p.lerp(q, own), 1 << n);
            }
        }
        charge(STEPS_PER_CORNER * (ring.corners.len() + borders.len()));
        let n_ring = ring.corners.len();
        let mut known: HashMap<[u64; 2], usize> = HashMap::new();
        let mut lines = Vec::with_capacity(borders.len());
        for border in borders {
            let mut ends = [0; 2];
            for (end, point) in ends.iter_mut().zip(border) {
                *end = match *point {
                    Point::Corner(n) => *ring.starts.get(n)?,
                    Point::Side(n, share) => self.nearest(patch, &ring, (n, share))?,
                    Point::Inner(place) => {
                        let fresh = ring.corners.len();
                        let at = *known.entry(place.map(f64::to_bits)).or_insert(fresh);
                        if at == fresh {
                            let corner = inside(patch, place.into(), out)?;
                            ring.push(corner, place.into(), 0);
                        }
                        at
                    }
                };
            }
            lines.push(ends);
        }
        let triangles = if lines.is_empty() { ring.ladder() } else { ring.delaunay(n_ring, &lines)? };
        let middle = |t: [usize; 3]| t.iter().filter_map(|i| ring.places.get(*i)).sum::<DVec2>() / 3.0;
        let corners = |t: [usize; 3]| t.map(|i| ring.corners.get(i).copied().unwrap_or_default());
        Some(triangles.into_iter().map(|t| (corners(t), middle(t))).collect())
    }

    /// The corner of an outline at a share of one of its sides.
    fn nearest(&self, patch: &Patch, ring: &Ring, (n, share): (usize, f64)) -> Option<usize> {
        let (side, turned) = self.side(patch, n)?;
        let shares = self.sides.get(&side).map(Vec::as_slice).unwrap_or_default();
        let share = if turned { 1.0 - share } else { share };
        let behind = shares.partition_point(|s| *s < share);
        let around = [
            behind.checked_sub(1).map(|i| (i + 1, shares.get(i).copied())),
            Some((behind + 1, shares.get(behind).copied())),
        ];
        let mut best = if share < 0.5 { (0, share) } else { (shares.len() + 1, 1.0 - share) };
        for (k, at) in around.into_iter().flatten() {
            if let Some(at) = at
                && (at - share).abs() < best.1
            {
                best = (k, (at - share).abs());
            }
        }
        // 0 is the lower end of the side, the last one the upper.
        let k = if turned { shares.len() + 1 - best.0 } else { best.0 };
        let start = *ring.starts.get(n)?;
        Some(if k > shares.len() { *ring.starts.get((n + 1) % 3)? } else { start + k })
    }

    /// The corner at a share of a side, made once for each pair of corners that has it.
    fn on_side(
        &mut self,
        ((a, b), turned): ((u32, u32), bool),
        (k, share): (usize, f64),
        out: &mut LocalMesh,
    ) -> u32 {
        let (low, high) = if turned { (b, a) } else { (a, b) };
        *self.made.entry(((low, high), k)).or_insert_with(|| {
            let at = |c: u32| DVec3::from_array(out.positions.get(c as usize).copied().unwrap_or_default());
            // From the lower end: the same to the last bit for all that have the side.
            let place = at(low) + (at(high) - at(low)) * share;
            let normals = [(low, 1.0 - share), (high, share)];
            add(out, place, &normals)
        })
    }
}

fn inner_key(point: &Point) -> Option<[u64; 2]> {
    if let Point::Inner(place) = point { Some(place.map(f64::to_bits)) } else { None }
}

/// The corner of a triangle's inside at a place on the picture.
fn inside(patch: &Patch, place: DVec2, out: &mut LocalMesh) -> Option<u32> {
    let [a, b, c] = patch.places.map(DVec2::from_array);
    let both = DMat2::from_cols(b - a, c - a);
    let shares = both.inverse() * (place - a);
    if !shares.is_finite() {
        return None;
    }
    let weights = [1.0 - shares.x - shares.y, shares.x, shares.y];
    let at = |c: u32| DVec3::from_array(out.positions.get(c as usize).copied().unwrap_or_default());
    let position = patch.corners.iter().zip(weights).map(|(c, w)| at(*c) * w).sum();
    let [p, q, r] = patch.corners;
    let [u, v, w] = weights;
    Some(add(out, position, &[(p, u), (q, v), (r, w)]))
}

/// Adds a corner with the mean of normals of others.
fn add(out: &mut LocalMesh, position: DVec3, between: &[(u32, f64)]) -> u32 {
    let new = out.next();
    out.positions.push(position.to_array());
    let normals = between
        .iter()
        .filter_map(|(c, w)| out.normals.get(*c as usize).map(|n| DVec3::from_array(n.map(f64::from)) * *w));
    let (mut sum, mut n) = (DVec3::ZERO, 0);
    for normal in normals {
        sum += normal;
        n += 1;
    }
    if n > 0 {
        let normal = sum.try_normalize().unwrap_or(DVec3::Z);
        #[expect(clippy::cast_possible_truncation, reason = "a unit vector")]
        out.normals.push(normal.to_array().map(|v| v as f32));
    }
    new
}

/// The corners of a triangle's parts: first those of its outline, in order.
#[derive(Default)]
struct Ring {
    corners: Vec<u32>,
    places: Vec<DVec2>,
    /// On which of the three sides each is, a bit each.
    on: Vec<u8>,
    /// Where the three sides begin.
    starts: Vec<usize>,
}

impl Ring {
    fn push(&mut self, corner: u32, place: DVec2, on: u8) {
        self.corners.push(corner);
        self.places.push(place);
        self.on.push(on);
    }

    /// The outline filled without looking at places, which the picture may not have: rungs between two sides, and a fan
    /// over the third.
    fn ladder(&self) -> Vec<[usize; 3]> {
        let n = self.corners.len();
        let &[_, second, third] = self.starts.as_slice() else { return Vec::new() };
        let mut out = Vec::with_capacity(n - 2);
        // From the first corner along the first side, and back along the third.
        let (mut up, mut back) = (0, n);
        while up < second || back > third {
            let at = back % n;
            if up < second {
                out.push([up, up + 1, at]);
                up += 1;
            }
            if back > third {
                if up != back % n {
                    out.push([up, back - 1, back % n]);
                }
                back -= 1;
            }
        }
        // The first rung has no width, and the last one lies over the second side, which may have corners.
        out.retain(|[a, b, c]| a != b && b != c && c != a);
        let Some(over) = out.iter().position(|t| t.contains(&second) && t.contains(&third)) else {
            return out;
        };
        let Some(&[a, b, c]) = out.get(over) else { return out };
        let Some(tip) = [a, b, c].into_iter().find(|i| *i != second && *i != third) else { return out };
        out.remove(over);
        out.extend((second..third).map(|i| [tip, i, i + 1]));
        out
    }

    /// The outline filled so that lines between its corners and those inside are sides of triangles. `None` where that
    /// cannot be.
    fn delaunay(&self, n_ring: usize, lines: &[[usize; 2]]) -> Option<Vec<[usize; 3]>> {
        let base = *self.places.first()?;
        // The triangle may lie the other way round on the picture.
        let [a, b, c] =
            <[usize; 3]>::try_from(self.starts.as_slice()).ok()?.map(|i| self.places.get(i).copied());
        let (a, b, c) = (a?, b?, c?);
        let turned = (b - a).perp_dot(c - a) < 0.0;
        let mut net = ConstrainedDelaunayTriangulation::<Point2<f64>>::new();
        let mut handles: Vec<FixedVertexHandle> = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let d = (*place - base).to_array().map(|v| if v.abs() < 1e-100 { 0.0 } else { v });
            handles.push(net.insert(Point2::new(d[0], d[1])).ok()?);
        }
        if net.num_vertices() != self.places.len() {
            return None;
        }
        let outline = (0..n_ring).map(|i| [i, (i + 1) % n_ring]);
        for [i, j] in outline.clone().chain(lines.iter().copied()).filter(|[i, j]| i != j) {
            let (from, to) = (*handles.get(i)?, *handles.get(j)?);
            if !net.can_add_constraint(from, to) {
                return None;
            }
            net.add_constraint(from, to);
        }
        let mut of: HashMap<FixedVertexHandle, usize> = HashMap::with_capacity(handles.len());
        of.extend(handles.into_iter().enumerate().map(|(i, h)| (h, i)));
        let mut out = Vec::new();
        let mut uses: HashMap<(usize, usize), i32> = HashMap::new();
        for face in net.inner_faces() {
            let [a, b, c] = face.vertices().map(|v| of.get(&v.fix()).copied());
            let (a, b, c) = (a?, b?, c?);
            let on = |i: usize| self.on.get(i).copied().unwrap_or_default();
            // What rounding leaves between a side and the corners on it is outside.
            if on(a) & on(b) & on(c) != 0 {
                continue;
            }
            let t = if turned { [a, c, b] } else { [a, b, c] };
            let [a, b, c] = t;
            for (i, j) in [(a, b), (b, c), (c, a)] {
                *uses.entry((i, j)).or_default() += 1;
                *uses.entry((j, i)).or_default() -= 1;
            }
            out.push(t);
        }
        // Each side of the outline once and all others twice: what is left over is the outline.
        uses.retain(|_, n| *n != 0);
        let is_sound =
            uses.len() == 2 * n_ring && outline.into_iter().all(|[i, j]| uses.get(&(i, j)) == Some(&1));
        is_sound.then_some(out)
    }
}
