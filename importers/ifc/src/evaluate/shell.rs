//! Faces that share corners: filled, joined without T-junctions, turned outward.

use std::collections::HashMap;

use glam::{DVec2, DVec3};

use super::fill::{by_ears, fill, pairs, plane_axes, twice_area};
use super::mesh::{Mesh, WELD_M};
use crate::shapes::charge;

/// Largest distance of a corner from a side that it is taken to lie on, meters. Chosen: ten times the welding
/// distance; files round coordinates to a micrometer or so.
const ON_SIDE_M: f64 = 10.0 * WELD_M;

/// A face: its outlines as numbers of corners, the outer one first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Face {
    /// Counterclockwise from outside; holes in either direction.
    pub(crate) rings: Vec<Vec<u32>>,
    /// Its number in the list that it comes from.
    pub(crate) source: u32,
}

/// Corners and the faces between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shell {
    /// Meters.
    pub(crate) points: Vec<DVec3>,
    /// The faces.
    pub(crate) faces: Vec<Face>,
}

impl Shell {
    /// The faces as triangles: corners nearer than [`WELD_M`] are one, a corner on the side of a neighbor becomes a
    /// corner of the neighbor, and what is closed is turned outward.
    pub(crate) fn mesh(mut self) -> Mesh {
        self.weld();
        self.split_sides();
        let mut mesh = Mesh { points: self.points, ..Mesh::default() };
        for face in &self.faces {
            let before = mesh.triangles.len();
            triangulate(&mesh.points, &face.rings, &mut mesh.triangles);
            mesh.faces.extend(std::iter::repeat_n(face.source, mesh.triangles.len() - before));
        }
        orient(&mut mesh);
        mesh
    }

    fn weld(&mut self) {
        let mut grid = Grid::default();
        let map: Vec<u32> = self.points.iter().map(|p| grid.number(*p)).collect();
        self.points = grid.points;
        for face in &mut self.faces {
            for ring in &mut face.rings {
                for i in ring.iter_mut() {
                    *i = map.get(*i as usize).copied().unwrap_or(u32::MAX);
                }
                ring.retain(|i| *i != u32::MAX);
                tidy(ring);
            }
            // Without an outer outline the holes bound nothing.
            if face.rings.first().is_none_or(|r| r.len() < 3) {
                face.rings.clear();
            }
            face.rings.retain(|r| r.len() >= 3);
        }
    }

    /// Puts corners that lie on the side of another face into that side.
    fn split_sides(&mut self) {
        let mut uses: HashMap<(u32, u32), i32> = HashMap::new();
        let sides = |f: &Face| f.rings.iter().flat_map(|r| pairs(r).collect::<Vec<_>>()).collect::<Vec<_>>();
        for (a, b) in self.faces.iter().flat_map(sides) {
            *uses.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
        }
        let mut single: Vec<(u32, u32)> = uses.into_iter().filter(|(_, n)| *n != 0).map(|(k, _)| k).collect();
        if single.is_empty() {
            return;
        }
        single.sort_unstable();
        let at = |i: u32| self.points.get(i as usize).copied().unwrap_or_default();
        let mut ends: Vec<u32> = single.iter().flat_map(|(a, b)| [*a, *b]).collect();
        ends.sort_unstable();
        ends.dedup();
        ends.sort_by(|a, b| at(*a).x.total_cmp(&at(*b).x));
        let mut within: HashMap<(u32, u32), Vec<u32>> = HashMap::new();
        for (a, b) in single {
            let (p, q) = (at(a), at(b));
            let (low, high) = (p.x.min(q.x) - ON_SIDE_M, p.x.max(q.x) + ON_SIDE_M);
            let first = ends.partition_point(|i| at(*i).x < low);
            let d = q - p;
            let length = d.length_squared();
            let mut looked = 0;
            let mut on: Vec<(f64, u32)> = ends
                .iter()
                .skip(first)
                .take_while(|i| at(**i).x <= high)
                .inspect(|_| looked += 1)
                .filter(|i| **i != a && **i != b)
                .filter_map(|i| {
                    let t = (at(*i) - p).dot(d) / length;
                    let near = (p + d * t).distance_squared(at(*i)) <= ON_SIDE_M * ON_SIDE_M;
                    (near && t > 0.0 && t < 1.0).then_some((t, *i))
                })
                .collect();
            charge(looked);
            on.sort_by(|x, y| x.0.total_cmp(&y.0));
            if !on.is_empty() {
                within.insert((a, b), on.into_iter().map(|x| x.1).collect());
            }
        }
        if within.is_empty() {
            return;
        }
        for ring in self.faces.iter_mut().flat_map(|f| &mut f.rings) {
            let mut out = Vec::with_capacity(ring.len());
            for (a, b) in pairs(ring) {
                out.push(a);
                match within.get(&(a.min(b), a.max(b))) {
                    Some(on) if a < b => out.extend(on),
                    Some(on) => out.extend(on.iter().rev()),
                    None => {}
                }
            }
            tidy(&mut out);
            *ring = out;
        }
    }
}

/// Numbers of corners by place.
#[derive(Default)]
struct Grid {
    points: Vec<DVec3>,
    cells: HashMap<[i64; 3], u32>,
}

impl Grid {
    /// The number of the corner at a place, a new one if there is none within a part of [`WELD_M`].
    fn number(&mut self, p: DVec3) -> u32 {
        // Corners in one cell are one; so are those that a cell's border happens to run between.
        const BORDER: f64 = 0.1;
        let scaled = p / WELD_M;
        let cell = scaled.floor();
        let part = scaled - cell;
        #[expect(clippy::cast_possible_truncation, reason = "saturates beyond 9.2e12 m")]
        let key = cell.to_array().map(|v| v as i64);
        if let Some(n) = self.cells.get(&key) {
            return *n;
        }
        let steps = part.to_array().map(|f| i64::from(f > 1.0 - BORDER) - i64::from(f < BORDER));
        let new = u32::try_from(self.points.len()).unwrap_or(u32::MAX);
        let mut found = None;
        for mask in 1..8_u8 {
            let mut neighbor = key;
            let mut differs = true;
            for (axis, (k, step)) in neighbor.iter_mut().zip(steps).enumerate() {
                if mask & (1 << axis) != 0 {
                    differs &= step != 0;
                    *k = k.saturating_add(step);
                }
            }
            if differs
                && let Some(n) = self.cells.get(&neighbor)
                && self.points.get(*n as usize).is_some_and(|q| q.distance_squared(p) <= WELD_M * WELD_M)
            {
                found = Some(*n);
                break;
            }
        }
        let n = found.unwrap_or_else(|| {
            self.points.push(p);
            new
        });
        self.cells.insert(key, n);
        n
    }
}

/// Takes out corners that repeat the one before, and spikes that go somewhere and straight back.
fn tidy(ring: &mut Vec<u32>) {
    loop {
        let before = ring.len();
        ring.dedup();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        let spike =
            ring.iter().zip(ring.iter().cycle().skip(2)).position(|(a, c)| a == c).filter(|_| ring.len() > 2);
        if let Some(i) = spike {
            let n = ring.len();
            ring.remove((i + 1) % n);
        }
        if ring.len() == before {
            return;
        }
    }
}

/// Adds the triangles of a face. A face without area has none.
fn triangulate(points: &[DVec3], rings: &[Vec<u32>], out: &mut Vec<[u32; 3]>) {
    let at = |i: &u32| points.get(*i as usize).copied().unwrap_or_default();
    let Some(outer) = rings.first() else { return };
    if let ([a, b, c], 1) = (outer.as_slice(), rings.len()) {
        out.push([*a, *b, *c]);
        return;
    }
    let newell = |ring: &[u32]| -> DVec3 {
        let origin = ring.first().map(at).unwrap_or_default();
        pairs(ring).map(|(a, b)| (at(&a) - origin).cross(at(&b) - origin)).sum()
    };
    let normals: Vec<DVec3> = rings.iter().map(|r| newell(r)).collect();
    let Some(normal) = normals.first().copied() else { return };
    let Some((x, y)) = plane_axes(normal) else { return };
    let origin = outer.first().map(at).unwrap_or_default();
    let mut numbers: Vec<Vec<u32>> = Vec::new();
    let mut flat: Vec<Vec<DVec2>> = Vec::new();
    for (n, ring) in rings.iter().enumerate() {
        let mut ring = ring.clone();
        let project = |i: &u32| DVec2::new((at(i) - origin).dot(x), (at(i) - origin).dot(y));
        let mut line: Vec<DVec2> = ring.iter().map(project).collect();
        if n > 0 && twice_area(&line) > 0.0 {
            line.reverse();
            ring.reverse();
        }
        numbers.push(ring);
        flat.push(line);
    }
    let triangles = fill(&flat)
        .or_else(|| {
            for (line, ring) in flat.iter_mut().zip(&mut numbers) {
                clip_spikes(line, ring, out);
            }
            fill(&flat)
        })
        .unwrap_or_else(|| {
            let all: Vec<DVec2> = flat.iter().flatten().copied().collect();
            by_ears(&flat, &all)
        });
    let numbers = numbers.concat();
    let number = |i: u32| numbers.get(i as usize).copied();
    out.extend(triangles.iter().filter_map(|[a, b, c]| Some([number(*a)?, number(*b)?, number(*c)?])));
}

/// Takes out corners from which an outline runs back along the line on which it came. The triangle that each leaves
/// has no area, and keeps the sides that neighbors use.
fn clip_spikes(line: &mut Vec<DVec2>, ring: &mut Vec<u32>, out: &mut Vec<[u32; 3]>) {
    while line.len() > 3 {
        let n = line.len();
        let around = |i: usize| [(i + n - 1) % n, i, (i + 1) % n];
        let found = (0..n).map(around).find(|[a, b, c]| {
            let (Some(p), Some(v), Some(q)) = (line.get(*a), line.get(*b), line.get(*c)) else {
                return false;
            };
            let (back, on) = (*p - *v, *q - *v);
            let off = back.perp_dot(on).abs() / back.length().max(on.length());
            back.dot(on) > 0.0 && off <= WELD_M
        });
        let Some([a, b, c]) = found else { return };
        if let (Some(p), Some(v), Some(q)) = (ring.get(a), ring.get(b), ring.get(c)) {
            out.push([*p, *v, *q]);
        }
        line.remove(b);
        ring.remove(b);
    }
}

/// A triangle and whether it uses a side in ascending order of corners.
type Use = (u32, bool);

/// Turns the closed parts of a mesh so that neighbors agree and the outside is outside. Parts within others stay as
/// they are written: they are voids. Open parts stay as they are written.
pub(crate) fn orient(mesh: &mut Mesh) {
    let mut sides: HashMap<(u32, u32), Vec<Use>> = HashMap::new();
    for (n, t) in (0_u32..).zip(&mesh.triangles) {
        for (a, b) in pairs(t) {
            sides.entry((a.min(b), a.max(b))).or_default().push((n, a < b));
        }
    }
    let mut part = vec![u32::MAX; mesh.triangles.len()];
    let mut turned = vec![false; mesh.triangles.len()];
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for start in (0_u32..).take(mesh.triangles.len()) {
        if part.get(start as usize) != Some(&u32::MAX) {
            continue;
        }
        let number = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        parts.push(spread(mesh, &sides, start, (number, &mut part, &mut turned)));
    }
    // Where more than two triangles share a side, those of each part count by themselves: a sheet between such sides is
    // no body, and has no outside of its own.
    let mut own: HashMap<((u32, u32), u32), usize> = HashMap::new();
    for (side, uses) in sides.iter().filter(|(_, uses)| uses.len() > 2) {
        for (n, _) in uses {
            *own.entry((*side, part.get(*n as usize).copied().unwrap_or(u32::MAX))).or_default() += 1;
        }
    }
    let closed: Vec<bool> = (0_u32..)
        .zip(&parts)
        .map(|(number, members)| {
            let bounds =
                members.iter().filter_map(|n| mesh.triangles.get(*n as usize)).flat_map(|t| pairs(t));
            bounds.map(|(a, b)| (a.min(b), a.max(b))).all(|side| match sides.get(&side).map(Vec::len) {
                Some(2) => true,
                _ => own.get(&(side, number)).is_some_and(|n| n % 2 == 0),
            })
        })
        .collect();
    for (n, t) in mesh.triangles.iter_mut().enumerate() {
        let of = part.get(n).and_then(|p| closed.get(*p as usize));
        if turned.get(n) == Some(&true) && of == Some(&true) {
            t.swap(1, 2);
        }
    }
    turn_parts_outward(mesh, &parts, &closed);
}

/// All triangles that hang together with one over sides that two triangles share. Those that face the other way
/// than the first are marked.
fn spread(
    mesh: &Mesh,
    sides: &HashMap<(u32, u32), Vec<Use>>,
    start: u32,
    (number, part, turned): (u32, &mut [u32], &mut [bool]),
) -> Vec<u32> {
    let mut members = Vec::new();
    let mut queue = vec![(start, false)];
    while let Some((n, over)) = queue.pop() {
        let Some(slot) = part.get_mut(n as usize).filter(|p| **p == u32::MAX) else { continue };
        *slot = number;
        members.push(n);
        if let Some(t) = turned.get_mut(n as usize) {
            *t = over;
        }
        let Some(t) = mesh.triangles.get(n as usize) else { continue };
        for (a, b) in pairs(t) {
            if let Some([first, second]) = sides.get(&(a.min(b), a.max(b))).map(Vec::as_slice) {
                let other = if first.0 == n { second } else { first };
                let agrees = first.1 != second.1;
                queue.push((other.0, over == agrees));
            }
        }
    }
    // Whichever way most of them are written is taken for right.
    let over = members.iter().filter(|n| turned.get(**n as usize) == Some(&true)).count();
    if 2 * over > members.len() {
        for n in &members {
            if let Some(t) = turned.get_mut(*n as usize) {
                *t = !*t;
            }
        }
    }
    members
}

fn turn_parts_outward(mesh: &mut Mesh, parts: &[Vec<u32>], closed: &[bool]) {
    let measured: Vec<(f64, DVec3, DVec3)> = parts
        .iter()
        .map(|members| {
            let corners = members.iter().filter_map(|n| mesh.corners(*mesh.triangles.get(*n as usize)?));
            let (mut volume, mut low, mut high) = (0.0, DVec3::INFINITY, DVec3::NEG_INFINITY);
            let mut origin = None;
            for [a, b, c] in corners {
                let o = *origin.get_or_insert(a);
                volume += (a - o).dot((b - o).cross(c - o)) / 6.0;
                low = low.min(a).min(b).min(c);
                high = high.max(a).max(b).max(c);
            }
            (volume, low, high)
        })
        .collect();
    for (n, (members, (volume, low, high))) in parts.iter().zip(&measured).enumerate() {
        let within = || {
            measured.iter().enumerate().any(|(m, (_, l, h))| {
                m != n && closed.get(m) == Some(&true) && l.cmplt(*low).all() && h.cmpgt(*high).all()
            })
        };
        if *volume < 0.0 && closed.get(n) == Some(&true) && !within() {
            for m in members {
                if let Some(t) = mesh.triangles.get_mut(*m as usize) {
                    t.swap(1, 2);
                }
            }
        }
    }
}
