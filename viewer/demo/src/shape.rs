//! Plane geometry of the plan: oriented rectangles, polylines, and bins that find them.

use glam::DVec2;

/// An oriented rectangle, e.g. a house or a car.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rect {
    pub(crate) center: DVec2,
    /// Half extents along the own axes.
    pub(crate) half: DVec2,
    /// Unit vector of the own x axis.
    pub(crate) axis: DVec2,
}

impl Rect {
    pub(crate) fn new(center: DVec2, half: DVec2, angle_rad: f64) -> Self {
        Self { center, half, axis: DVec2::from_angle(angle_rad) }
    }

    /// An unrotated rectangle between two corners.
    pub(crate) fn span(from: (f64, f64), to: (f64, f64)) -> Self {
        let (a, b) = (DVec2::from(from), DVec2::from(to));
        Self { center: (a + b) * 0.5, half: ((b - a) * 0.5).abs(), axis: DVec2::X }
    }

    /// `p` in the own frame, origin at the center.
    pub(crate) fn local(&self, p: DVec2) -> DVec2 {
        let d = p - self.center;
        DVec2::new(d.dot(self.axis), d.dot(self.axis.perp()))
    }

    pub(crate) fn contains(&self, p: DVec2) -> bool {
        self.inside(p) > 0.0
    }

    /// Distance to the nearest edge, positive inside. Outside it is the larger axis distance.
    pub(crate) fn inside(&self, p: DVec2) -> f64 {
        let q = self.half - self.local(p).abs();
        q.x.min(q.y)
    }

    pub(crate) fn grown(&self, by: f64) -> Self {
        Self { half: (self.half + DVec2::splat(by)).max(DVec2::splat(0.05)), ..*self }
    }

    /// The point at own coordinates `(x, y)`.
    pub(crate) fn at(&self, x: f64, y: f64) -> DVec2 {
        self.center + self.axis * x + self.axis.perp() * y
    }

    /// Counter-clockwise corners.
    pub(crate) fn corners(&self) -> [DVec2; 4] {
        let h = self.half;
        [self.at(-h.x, -h.y), self.at(h.x, -h.y), self.at(h.x, h.y), self.at(-h.x, h.y)]
    }

    /// Radius of the circle around it.
    pub(crate) fn reach(&self) -> f64 {
        self.half.length()
    }

    /// Whether the segment from `p` along unit `dir` of length `len` meets the rectangle.
    pub(crate) fn meets(&self, p: DVec2, dir: DVec2, len: f64) -> bool {
        let q = self.local(p);
        let d = DVec2::new(dir.dot(self.axis), dir.dot(self.axis.perp()));
        let (mut near, mut far) = (0.0_f64, len);
        for (q, d, h) in [(q.x, d.x, self.half.x), (q.y, d.y, self.half.y)] {
            if d.abs() < 1e-9 {
                if q.abs() > h {
                    return false;
                }
            } else {
                let (a, b) = ((-h - q) / d, (h - q) / d);
                near = near.max(a.min(b));
                far = far.min(a.max(b));
            }
        }
        near <= far
    }
}

/// Nearest point of a polyline: distance, signed (left positive), and station from its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foot {
    pub(crate) offset: f64,
    pub(crate) station: f64,
    /// The point lies behind an end of the axis.
    pub(crate) past: bool,
}

/// An axis of a road, path or pipe.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) points: Vec<DVec2>,
}

impl Axis {
    pub(crate) fn new(points: Vec<DVec2>) -> Self {
        Self { points }
    }

    pub(crate) fn of(points: &[(f64, f64)]) -> Self {
        Self::new(points.iter().map(|p| DVec2::from(*p)).collect())
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
        self.points.iter().copied().zip(self.points.iter().copied().skip(1))
    }

    pub(crate) fn length(&self) -> f64 {
        self.segments().map(|(a, b)| a.distance(b)).sum()
    }

    /// Nearest point to `p`; `None` only for an axis without segments.
    pub(crate) fn foot(&self, p: DVec2) -> Option<Foot> {
        let mut best: Option<(f64, Foot)> = None;
        let mut station = 0.0;
        let last = self.points.len().saturating_sub(2);
        for (i, (a, b)) in self.segments().enumerate() {
            let d = b - a;
            let len = d.length().max(1e-9);
            let u = d / len;
            let along = (p - a).dot(u);
            let past = (i == 0 && along < 0.0) || (i == last && along > len);
            let along = along.clamp(0.0, len);
            let gap = p - (a + u * along);
            let dist = gap.length();
            if best.is_none_or(|(seen, _)| dist < seen) {
                let side = if u.perp_dot(gap) < 0.0 { -1.0 } else { 1.0 };
                let foot = Foot { offset: dist * side, station: station + along, past };
                best = Some((dist, foot));
            }
            station += len;
        }
        best.map(|(_, foot)| foot)
    }

    /// Point and unit direction at a station, held at the ends.
    pub(crate) fn at(&self, station: f64) -> Option<(DVec2, DVec2)> {
        let mut left = station.max(0.0);
        let mut last = None;
        for (a, b) in self.segments() {
            let len = a.distance(b).max(1e-9);
            let u = (b - a) / len;
            if left <= len {
                return Some((a + u * left, u));
            }
            left -= len;
            last = Some((b, u));
        }
        last
    }

    /// The axis moved to its left by `offset`, mitered at the corners.
    pub(crate) fn offset(&self, offset: f64) -> Vec<DVec2> {
        let normals: Vec<DVec2> = self.segments().map(|(a, b)| (b - a).normalize_or_zero().perp()).collect();
        let mut out = Vec::with_capacity(self.points.len());
        for (i, p) in self.points.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|k| normals.get(k)).copied();
            let after = normals.get(i).copied();
            let (n, m) = match (before, after) {
                (Some(n), Some(m)) => (n, m),
                (Some(n), None) | (None, Some(n)) => (n, n),
                (None, None) => (DVec2::ZERO, DVec2::ZERO),
            };
            let sum = n + m;
            let miter = sum * (2.0 / sum.length_squared().max(0.2));
            out.push(*p + miter * offset);
        }
        out
    }

    /// A closed ring around the axis between two offsets (left positive), first point not repeated.
    pub(crate) fn band(&self, right: f64, left: f64) -> Vec<DVec2> {
        let mut ring = self.offset(right);
        ring.extend(self.offset(left).into_iter().rev());
        ring
    }

    /// Stations at which another axis crosses this one.
    pub(crate) fn crossings(&self, other: &Self) -> Vec<f64> {
        let mut out = Vec::new();
        let mut station = 0.0;
        for (a, b) in self.segments() {
            let r = b - a;
            for (c, d) in other.segments() {
                let s = d - c;
                let det = r.perp_dot(s);
                if det.abs() < 1e-9 {
                    continue;
                }
                let t = (c - a).perp_dot(s) / det;
                let u = (c - a).perp_dot(r) / det;
                if (0.0..1.0).contains(&t) && (-0.02..1.02).contains(&u) {
                    out.push(station + t * r.length());
                }
            }
            station += r.length();
        }
        out
    }
}

/// Whether `p` lies in a simple polygon.
pub(crate) fn in_ring(ring: &[DVec2], p: DVec2) -> bool {
    let mut inside = false;
    let next = ring.iter().skip(1).chain(ring.first());
    for (a, b) in ring.iter().zip(next) {
        if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}

/// Area of a simple polygon, positive when counter-clockwise.
pub(crate) fn ring_area(ring: &[DVec2]) -> f64 {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().zip(next).map(|(a, b)| a.perp_dot(*b)).sum::<f64>() * 0.5
}

/// Where things lie: a grid of cells, each with the indices whose bounds touch it, in order.
#[derive(Clone, Debug)]
pub(crate) struct Bins {
    from: DVec2,
    n_x: usize,
    cells: Vec<Vec<u32>>,
}

/// Edge of a bin, meters: a few houses or a dozen trees fall into one.
const BIN_M: f64 = 12.0;

impl Bins {
    /// `bounds` yields minimum and maximum of each thing, in index order.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
    pub(crate) fn new(from: DVec2, to: DVec2, bounds: impl Iterator<Item = (DVec2, DVec2)>) -> Self {
        let n = ((to - from) / BIN_M).ceil().max(DVec2::ONE);
        let (n_x, n_y) = (n.x as usize, n.y as usize);
        let mut cells = vec![Vec::new(); n_x * n_y];
        for (i, (lo, hi)) in (0u32..).zip(bounds) {
            let lo = ((lo - from) / BIN_M).floor().clamp(DVec2::ZERO, n - DVec2::ONE);
            let hi = ((hi - from) / BIN_M).floor().clamp(DVec2::ZERO, n - DVec2::ONE);
            for y in lo.y as usize..=hi.y as usize {
                for x in lo.x as usize..=hi.x as usize {
                    if let Some(cell) = cells.get_mut(y * n_x + x) {
                        cell.push(i);
                    }
                }
            }
        }
        Self { from, n_x, cells }
    }

    /// Indices whose bounds touch the bin of `p`; none outside of the grid.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    pub(crate) fn at(&self, p: DVec2) -> &[u32] {
        let q = ((p - self.from) / BIN_M).floor();
        if q.x < 0.0 || q.y < 0.0 || q.x >= self.n_x as f64 {
            return &[];
        }
        self.cells.get(q.y as usize * self.n_x + q.x as usize).map_or(&[], Vec::as_slice)
    }

    /// The things of `items` near `p`.
    pub(crate) fn of<'a, T>(&'a self, items: &'a [T], p: DVec2) -> impl DoubleEndedIterator<Item = &'a T> {
        self.at(p).iter().filter_map(|i| items.get(*i as usize))
    }
}
