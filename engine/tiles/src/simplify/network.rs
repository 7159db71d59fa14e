//! Points joined by straight lines, and what of them stays within an error.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use glam::Vec3;

use crate::outline::far_points;

/// Ends and width, meters.
pub(super) type Line = ([Vec3; 2], f32);

/// Points that are at least a radius apart, and lines between them.
#[derive(Debug)]
pub(super) struct Network {
    radius_m: f32,
    cells: HashMap<[i32; 3], Vec<u32>>,
    /// Where each point was begun, and the sum and number of what it took in.
    points: Vec<(Vec3, Vec3, f32)>,
    /// By the smaller and larger number of their ends: the largest width, meters.
    lines: BTreeMap<[u32; 2], f32>,
}

impl Network {
    pub(super) fn new(radius_m: f32) -> Self {
        Self { radius_m, cells: HashMap::new(), points: Vec::new(), lines: BTreeMap::new() }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
    fn cell(&self, p: Vec3) -> [i32; 3] {
        (p / self.radius_m).floor().to_array().map(|c| c as i32)
    }

    /// The number of the nearest point within the radius, or of a new one.
    pub(super) fn point(&mut self, p: Vec3) -> u32 {
        let [x, y, z] = self.cell(p);
        let around = (0..27_i32).filter_map(|i| {
            let cell = [(x, i % 3), (y, i / 3 % 3), (z, i / 9)].map(|(c, k)| c.saturating_add(k - 1));
            self.cells.get(&cell)
        });
        let near = around
            .flatten()
            .filter_map(|&n| Some((self.points.get(n as usize)?.0.distance(p), n)))
            .filter(|(m, _)| *m <= self.radius_m)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, n)) = near {
            if let Some((_, sum, weight)) = self.points.get_mut(n as usize) {
                *sum += p;
                *weight += 1.0;
            }
            return n;
        }
        let n = u32::try_from(self.points.len()).unwrap_or(u32::MAX);
        self.points.push((p, p, 1.0));
        self.cells.entry([x, y, z]).or_default().push(n);
        n
    }

    /// A line between two points; none from a point to itself.
    pub(super) fn line(&mut self, [a, b]: [u32; 2], width_m: f32) {
        if a != b {
            let width = self.lines.entry([a.min(b), a.max(b)]).or_insert(width_m);
            *width = width.max(width_m);
        }
    }

    pub(super) fn n_points(&self) -> usize {
        self.points.len()
    }

    pub(super) fn n_lines(&self) -> usize {
        self.lines.len()
    }

    fn at(&self, n: u32) -> Vec3 {
        self.points.get(n as usize).map_or(Vec3::ZERO, |(_, sum, weight)| *sum / *weight)
    }

    /// Ends and widths of all lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        self.lines.iter().map(|(ends, width)| (ends.map(|n| self.at(n)), *width))
    }

    /// Of all lines together, meters.
    pub(super) fn length_m(&self) -> f32 {
        self.lines().map(|([a, b], _)| a.distance(b)).sum()
    }

    /// What hangs together, each with the diagonal of the box around it and its lines, without points that lie within
    /// `error_m` of the line without them. Widths are the largest along each line.
    pub(super) fn things(&self, error_m: f32) -> Vec<(f32, Vec<Line>)> {
        let mut next: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for &[a, b] in self.lines.keys() {
            for (from, to) in [(a, b), (b, a)] {
                if let Some(next) = next.get_mut(from as usize) {
                    next.push(to);
                }
            }
        }
        let ends_here = |n: u32| next.get(n as usize).is_none_or(|to| to.len() != 2);
        let mut left: BTreeSet<[u32; 2]> = self.lines.keys().copied().collect();
        let mut out = Vec::new();
        for start in 0..u32::try_from(self.points.len()).unwrap_or(u32::MAX) {
            // All that hangs together with this point, from points where lines end or meet, else from anywhere (a ring).
            let mut members = vec![start];
            let mut reached: BTreeSet<u32> = BTreeSet::from([start]);
            let mut chains: Vec<Vec<u32>> = Vec::new();
            let is_new = |left: &BTreeSet<[u32; 2]>| {
                next.get(start as usize)
                    .is_some_and(|to| to.iter().any(|&n| left.contains(&[start.min(n), start.max(n)])))
            };
            if !is_new(&left) {
                continue;
            }
            let mut ix = 0;
            while let Some(&n) = members.get(ix) {
                ix += 1;
                for &to in next.get(n as usize).into_iter().flatten() {
                    if reached.insert(to) {
                        members.push(to);
                    }
                }
            }
            members.sort_unstable_by_key(|&n| (!ends_here(n), n));
            for &from in &members {
                for &first in next.get(from as usize).into_iter().flatten() {
                    let mut chain = vec![from];
                    let (mut at, mut to) = (from, first);
                    while left.remove(&[at.min(to), at.max(to)]) {
                        chain.push(to);
                        if ends_here(to) {
                            break;
                        }
                        let on = next.get(to as usize).and_then(|n| n.iter().find(|&&n| n != at));
                        let Some(&on) = on else { break };
                        (at, to) = (to, on);
                    }
                    if chain.len() > 1 {
                        chains.push(chain);
                    }
                }
            }
            let (low, high) = members
                .iter()
                .map(|&n| self.at(n))
                .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)));
            let lines = chains.iter().flat_map(|chain| self.simpler(chain, error_m)).collect();
            out.push((low.distance(high), lines));
        }
        out
    }

    /// The lines of a chain of points within an error.
    fn simpler(&self, chain: &[u32], error_m: f32) -> Vec<Line> {
        let at: Vec<_> = chain.iter().map(|&n| self.at(n).as_dvec3()).collect();
        let keep = far_points(&at, error_m.into());
        let mut out = Vec::new();
        let mut from = chain.first().copied().unwrap_or(0);
        let mut width_m: f32 = 0.0;
        for (pair, kept) in chain.windows(2).zip(keep.iter().skip(1)) {
            let &[a, b] = pair else { continue };
            width_m = width_m.max(self.lines.get(&[a.min(b), a.max(b)]).copied().unwrap_or(0.0));
            if *kept {
                out.push(([self.at(from), self.at(b)], width_m));
                (from, width_m) = (b, 0.0);
            }
        }
        out
    }
}
