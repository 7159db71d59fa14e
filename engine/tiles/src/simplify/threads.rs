//! Shapes that are long and thin as lines along their middle: cables, rails, curbs, pipes, railings.
//!
//! Thinner than a pixel, triangles show where a sample happens to hit them, and simplifying folds them away. A line is
//! drawn a pixel wide at least, so what is long stays from afar.

use std::collections::HashMap;

use glam::Vec3;

use super::block::{self, Block, Frame, Shape};
use super::network::Network;
use super::shells::shells;
use super::solid::by_shell;
use super::soup::Face;
use super::visible::Seen;

/// A shape so many times as long as it is thick has a line along its middle.
const SLENDER: f32 = 16.0;
/// Of the longest section through the box around a straight shape, what its surface is at least: one that is bent within
/// its box is much less.
const FULL: f32 = 0.5;
/// Round shapes up to this part of the error thick are drawn as their line alone, about half a pixel at rest: simplified
/// they would fold away.
const THIN: f32 = 0.75;
/// The same of boxes, which stay what they are: samples find as much of them as of full detail.
const THIN_BOX: f32 = 0.25;
/// Triangles of a box.
const BOX_TRIANGLES: usize = 12;
/// Shapes and lines that are shorter than so many errors, some six to eleven pixels at rest, are small things like others.
const LONG: f32 = 16.0;
/// Of the extent of all that one object has in one color, what a shape's length is at least: windows, dashes of markings
/// and cornices are details of something that stays without them.
const OWN: f32 = 0.25;
/// Beside its triangles, a shape has a line if it is so thick at most, meters: what is thicker is seen from as far as a
/// district is.
const FAINT_M: f32 = 0.4;
/// Of the surface of what is drawn as its line alone, what is seen from above at least: pipes that come to light at their
/// end only are none.
const OPEN: f32 = 0.2;
/// What is bent is thin if it is at most so many errors around.
const AROUND: f32 = 4.0;
/// Of the surface of a bent thin shape, what shrinks to lines when corners within an error become one.
const SHRINKS: f32 = 0.8;
/// Lines for each point at most along what is bent and thin; a sheet has three.
const BRANCHED: f32 = 1.3;
/// Lines stay within this part of the error of where they were.
const MOVED: f32 = 0.5;
/// Bits of all sides of a block.
const ALL_SIDES: u8 = 0b11_1111;

/// A straight piece of a long thin shape: a line along its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Thread {
    /// Meters relative to the soup's origin.
    pub ends: [Vec3; 2],
    /// Index of object and color.
    pub part: u32,
    /// How thick the shape is, meters.
    pub width_m: f32,
}

impl Thread {
    fn length_m(&self) -> f32 {
        self.ends[0].distance(self.ends[1])
    }
}

/// What becomes of the faces of a cell.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Everything that is not drawn as a line alone, as far as it is seen.
    pub faces: Vec<Face>,
    /// In the place of faces.
    pub threads: Vec<Thread>,
    /// Along shapes among `faces`: drawn where those are thinner than a pixel.
    pub faint: Vec<Thread>,
}

/// Sorts the thin shells out that are seen from above: lines stand a little before surfaces, and must not come out of what
/// they lie under.
pub(super) fn sort_out(faces: &[Face], seen: &Seen, error_m: f32) -> Sorted {
    let is_seen = |ix: &usize| seen.at_all.get(*ix) == Some(&true);
    let is_open = |ix: &usize| seen.from_above.get(*ix) == Some(&true);
    let extents = extents(faces);
    let mut out = Sorted::default();
    for numbers in shells(faces) {
        if !numbers.iter().any(is_seen) {
            continue;
        }
        let shell: Vec<Face> = numbers.iter().filter_map(|&ix| faces.get(ix)).copied().collect();
        let found = long(&shell, &extents, error_m);
        let area = |f: &Face| f.cross().length();
        let open: f32 = numbers.iter().zip(&shell).filter(|(ix, _)| is_open(ix)).map(|(_, f)| area(f)).sum();
        if open >= OPEN * shell.iter().map(area).sum::<f32>() {
            if found.is_thin(&shell, error_m) {
                out.threads.extend(found.threads());
                continue;
            }
            out.faint.extend(found.faint());
        }
        let seen = numbers.iter().zip(shell).filter(|(ix, _)| is_seen(ix));
        out.faces.extend(seen.map(|(_, face)| face));
    }
    out
}

/// The lines along thin shells beside which their triangles stay; what is bent is thin up to about `error_m`.
pub(super) fn along(faces: &[Face], error_m: f32) -> Vec<Thread> {
    let extents = extents(faces);
    by_shell(faces).into_iter().flat_map(|shell| long(&shell, &extents, error_m).faint()).collect()
}

/// The diagonal of the box around all faces of each part, meters.
fn extents(faces: &[Face]) -> HashMap<u32, f32> {
    let mut boxes: HashMap<u32, [Vec3; 2]> = HashMap::new();
    for face in faces {
        let [low, high] = boxes.entry(face.part).or_insert([Vec3::INFINITY, Vec3::NEG_INFINITY]);
        for p in face.p {
            (*low, *high) = (low.min(p), high.max(p));
        }
    }
    boxes.into_iter().map(|(part, [low, high])| (part, low.distance(high))).collect()
}

/// Shells that are straight, long and thin, and the others.
pub(super) fn slender(faces: &[Face]) -> (Vec<Face>, Vec<Face>) {
    let (slender, others): (Vec<Vec<Face>>, Vec<Vec<Face>>) =
        by_shell(faces).into_iter().partition(|shell| straight(shell).is_some());
    (slender.concat(), others.concat())
}

/// How a shell is longer than [`LONG`] errors and thin.
enum Long {
    Not,
    /// In one line; how thick it is, meters.
    Straight(Thread, f32),
    Bent(Vec<Thread>),
}

impl Long {
    /// Whether the shell is drawn as its lines alone.
    fn is_thin(&self, shell: &[Face], error_m: f32) -> bool {
        match self {
            Self::Not => false,
            Self::Straight(_, thick_m) if shell.len() <= BOX_TRIANGLES => {
                *thick_m <= (THIN_BOX * error_m).min(FAINT_M)
            }
            Self::Straight(_, thick_m) => *thick_m <= THIN * error_m,
            Self::Bent(_) => true,
        }
    }

    /// The lines where the triangles stay, too.
    fn faint(self) -> Vec<Thread> {
        match self {
            Self::Straight(_, thick_m) if thick_m > FAINT_M => Vec::new(),
            found => found.threads(),
        }
    }

    fn threads(self) -> Vec<Thread> {
        match self {
            Self::Not => Vec::new(),
            Self::Straight(thread, _) => vec![thread],
            Self::Bent(threads) => threads,
        }
    }
}

/// `extents`: of everything of each part.
fn long(shell: &[Face], extents: &HashMap<u32, f32>, error_m: f32) -> Long {
    let extent_m = shell.first().and_then(|f| extents.get(&f.part)).copied().unwrap_or(0.0);
    let least_m = (LONG * error_m).max(OWN * extent_m);
    match straight(shell) {
        Some((thread, thick_m)) if thread.length_m() >= least_m => Long::Straight(thread, thick_m),
        Some(_) => Long::Not,
        None => bent(shell, error_m, least_m).map_or(Long::Not, Long::Bent),
    }
}

/// The line along a shell that is straight and [`SLENDER`], and how thick that is in the direction where most, meters.
fn straight(shell: &[Face]) -> Option<(Thread, f32)> {
    let part = shell.first()?.part;
    let points = || shell.iter().flat_map(|f| f.p);
    let first = points().next()?;
    let farthest = |from: Vec3| {
        points().max_by(|a, b| a.distance_squared(from).total_cmp(&b.distance_squared(from))).unwrap_or(from)
    };
    let a = farthest(first);
    let b = farthest(a);
    let corner_to_corner = (b - a).try_normalize()?;
    let length_m = a.distance(b);
    // From the middle of one end to the middle of the other.
    let near_end_m = length_m / SLENDER;
    let middle = |end: Vec3, inward: Vec3| {
        let near = points().filter(|p| (*p - end).dot(inward) <= near_end_m);
        let (sum, n) = near.fold((Vec3::ZERO, 0.0), |(sum, n), p| (sum + p, n + 1.0));
        sum / n
    };
    let middles = [middle(a, corner_to_corner), middle(b, -corner_to_corner)];
    let axis = (middles[1] - middles[0]).try_normalize()?;
    let (u, v) = axis.any_orthonormal_pair();
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for p in points() {
        let p = p - middles[0];
        let at = Vec3::new(p.dot(u), p.dot(v), p.dot(axis));
        (low, high) = (low.min(at), high.max(at));
    }
    let size = high - low;
    let thick_m = size.x.max(size.y);
    let area: f32 = shell.iter().map(|f| f.cross().length() / 2.0).sum();
    if !size.is_finite() || size.z < SLENDER * thick_m || area < FULL * thick_m * size.z {
        return None;
    }
    let center = (low + high) / 2.0;
    let at = |along: f32| middles[0] + u * center.x + v * center.y + axis * along;
    let thread = Thread { ends: [at(low.z), at(high.z)], part, width_m: f32::midpoint(size.x, size.y) };
    Some((thread, thick_m))
}

/// The lines of a shell that is thin but not straight; `None` if it is not.
fn bent(shell: &[Face], error_m: f32, least_m: f32) -> Option<Vec<Thread>> {
    let part = shell.first()?.part;
    let (mut area, mut wide) = (0.0, 0.0);
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for face in shell {
        let [a, b, c] = face.p;
        let double = face.cross().length();
        let longest = a.distance(b).max(b.distance(c)).max(c.distance(a));
        area += double / 2.0;
        wide += if double > longest * error_m { double / 2.0 } else { 0.0 };
        (low, high) = (low.min(a.min(b).min(c)), high.max(a.max(b).max(c)));
    }
    let size = high - low;
    if wide > (1.0 - SHRINKS) * area || size.length() < least_m {
        return None;
    }
    // From one end to the other, so that what is around the shape at one place becomes one point.
    let axis = if size.x >= size.y.max(size.z) { 0 } else { 1 + usize::from(size.z > size.y) };
    let mut corners: Vec<Vec3> = shell.iter().flat_map(|f| f.p).collect();
    let key = |p: &Vec3| (p[axis], p.x, p.y, p.z);
    corners.sort_by(|p, q| {
        let ((a, b, c, d), (e, f, g, h)) = (key(p), key(q));
        a.total_cmp(&e).then(b.total_cmp(&f)).then(c.total_cmp(&g)).then(d.total_cmp(&h))
    });
    let mut network = Network::new(error_m);
    let mut number: HashMap<[u32; 3], u32> = HashMap::new();
    for p in corners {
        number.entry(p.to_array().map(f32::to_bits)).or_insert_with(|| network.point(p));
    }
    let mut stays = 0.0;
    for face in shell {
        let mut at = face.p.map(|p| number.get(&p.to_array().map(f32::to_bits)).copied().unwrap_or(0));
        at.sort_unstable();
        let [a, b, c] = at;
        if a != b && b != c {
            stays += face.cross().length() / 2.0;
        }
        for ends in [[a, b], [b, c], [a, c]] {
            network.line(ends, 0.0);
        }
    }
    let length_m = network.length_m();
    let is_thin = stays <= (1.0 - SHRINKS) * area
        && area <= AROUND * error_m * length_m
        && network.n_lines() as f32 <= BRANCHED * network.n_points() as f32 + 2.0;
    let width_m = area / length_m / std::f32::consts::PI;
    is_thin.then(|| network.lines().map(|(ends, _)| Thread { ends, part, width_m }).collect())
}

/// The lines of all parts within half of the error of where they were, and as boxes what has become too short for a
/// line. At most `most` lines: of more, the shortest things become boxes.
pub(super) fn thin_out(mut threads: Vec<Thread>, error_m: f32, most: usize) -> (Vec<Thread>, Vec<Face>) {
    threads.sort_by_key(|t| t.part);
    let mut things: Vec<(f32, Vec<Thread>)> = Vec::new();
    for of_part in threads.chunk_by(|a, b| a.part == b.part) {
        let Some(first) = of_part.first() else { continue };
        let mut network = Network::new(MOVED * error_m);
        for thread in of_part {
            let ends = thread.ends.map(|p| network.point(p));
            network.line(ends, thread.width_m);
        }
        for (size_m, lines) in network.things(MOVED * error_m) {
            let of = |(ends, width_m)| Thread { ends, part: first.part, width_m };
            things.push((size_m, lines.into_iter().map(of).collect()));
        }
    }
    let mut least_m = LONG * error_m;
    let n_lines = |least_m: f32| things.iter().filter(|t| t.0 >= least_m).map(|t| t.1.len()).sum::<usize>();
    while n_lines(least_m) > most {
        least_m *= 2.0;
    }
    let (mut lines, mut boxes) = (Vec::new(), Vec::new());
    for (size_m, thing) in things {
        if size_m >= least_m {
            lines.extend(thing);
        } else {
            push_box(&thing, &mut boxes);
        }
    }
    (lines, boxes)
}

/// A box about as long and as thick as what the lines are of, along the axis where they reach farthest.
fn push_box(lines: &[Thread], out: &mut Vec<Face>) {
    let Some(first) = lines.first() else { return };
    let (low, high) = lines
        .iter()
        .flat_map(|t| t.ends)
        .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)));
    let width_m = lines.iter().map(|t| t.width_m).fold(0.0, f32::max);
    let reach = high - low;
    let half = Vec3::from_array([0, 1, 2].map(|axis: usize| {
        if reach[axis] >= reach.max_element() { reach[axis].max(width_m) / 2.0 } else { width_m / 2.0 }
    }));
    let middle = (low + high) / 2.0;
    let block = Block {
        frame: 0,
        low: middle - half,
        high: middle + half,
        sides: ALL_SIDES,
        part: first.part,
        part_m2: 0.0,
        single_sided: true,
        color: [Vec3::ZERO; 2],
        taken: (Vec3::ZERO, 0.0),
        moved_m: 0.0,
        shape: Shape::Box,
        shell: None,
    };
    block::draw(&block, Frame(glam::Vec2::X), first.part, out);
}
