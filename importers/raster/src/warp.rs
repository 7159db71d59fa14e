//! From pixels of a tile to places in the source: exact points, and straight lines between them where that is enough.

use lantu_base::RasterGrid;

use crate::blocks::Blocks;
use crate::native::Projector;
use crate::pixel::{EDGE, Pixel};
use crate::pixels::{Reader, Rect};

/// Largest deviation of a straight line between exact points, source pixels. Chosen: below GDAL's own eighth.
const MAX_ERROR_PX: f64 = 0.1;
/// Most pixels of the source behind one patch. Chosen: a patch that shrinks it 64 times over.
const MAX_WINDOW_PX: f64 = 4.0e6;

/// How one thread fills tiles.
pub(crate) struct Filler<'a, P> {
    pub(crate) reader: &'a Reader<'a>,
    pub(crate) blocks: &'a Blocks<P>,
    pub(crate) grid: &'a RasterGrid,
    /// `None` where the grids agree.
    pub(crate) projector: Option<Projector>,
    /// Length of a unit of the target CRS in meters.
    pub(crate) meters_per_unit: f64,
    /// Pixels of the file in one of the source, where the source is a smaller picture of it.
    pub(crate) shrink: [f64; 2],
    /// Takes the nearest pixel instead of mixing: numbers of a palette have no mean.
    pub(crate) nearest: bool,
    /// Pixels of the source behind the patch in work.
    pub(crate) window: Vec<P>,
}

/// Part of a tile whose pixels lie in the source on straight lines between its corners.
#[derive(Clone, Copy, Debug)]
struct Patch {
    /// In the grid, pixels.
    rect: Rect,
    /// Centers of the first and last pixel of the first and last row, in the source: northwest, northeast, southwest,
    /// southeast.
    corners: [[f64; 2]; 4],
}

impl<P: Pixel> Filler<'_, P> {
    /// Pixels of a part of the grid, as rows of a tile; what lies outside the source stays empty.
    pub(crate) fn fill(&mut self, rect: Rect) -> Vec<P> {
        let mut tile = vec![P::EMPTY; EDGE * EDGE];
        if self.projector.is_none() {
            self.blocks.gather(rect, self.reader, &mut self.window);
            for (to, from) in tile.chunks_exact_mut(EDGE).zip(self.window.chunks_exact(rect.w)) {
                to.iter_mut().zip(from).for_each(|(t, f)| *t = *f);
            }
            return tile;
        }
        let mut waiting = vec![rect];
        while let Some(part) = waiting.pop() {
            match self.patch(part) {
                Some(patch) => self.fill_patch(&patch, rect, &mut tile),
                None if part.w == 1 && part.h == 1 => {}
                None => waiting.extend(quarters(part)),
            }
        }
        tile
    }

    /// The part as a patch; `None` where it must be divided first.
    fn patch(&self, part: Rect) -> Option<Patch> {
        let projector = self.projector.as_ref()?;
        let (gsd, [west, north]) =
            (self.grid.gsd_m / self.meters_per_unit, self.grid.west_north.map(|v| v / self.meters_per_unit));
        let (x0, y0) = (part.x as f64 + 0.5, part.y as f64 + 0.5);
        let (x1, y1) = (x0 + (part.w - 1) as f64, y0 + (part.h - 1) as f64);
        let (xm, ym) = (f64::midpoint(x0, x1), f64::midpoint(y0, y1));
        let at = |x: f64, y: f64| [west + x * gsd, north - y * gsd];
        let exact = projector.to_source([
            at(x0, y0),
            at(x1, y0),
            at(x0, y1),
            at(x1, y1),
            at(xm, ym),
            at(xm, y0),
            at(x0, ym),
            at(x1, ym),
            at(xm, y1),
        ]);
        let exact = exact.map(|p| p.map(|[x, y]| [x / self.shrink[0], y / self.shrink[1]]));
        let [Some(a), Some(b), Some(c), Some(d), Some(m), Some(n), Some(w), Some(e), Some(s)] = exact else {
            return None;
        };
        let mid = |p: [f64; 2], q: [f64; 2]| [f64::midpoint(p[0], q[0]), f64::midpoint(p[1], q[1])];
        let off =
            |line: [f64; 2], true_place: [f64; 2]| (line[0] - true_place[0]).hypot(line[1] - true_place[1]);
        let straight =
            [(mid(mid(a, b), mid(c, d)), m), (mid(a, b), n), (mid(a, c), w), (mid(b, d), e), (mid(c, d), s)]
                .into_iter()
                .all(|(line, place)| off(line, place) <= MAX_ERROR_PX);
        let patch = Patch { rect: part, corners: [a, b, c, d] };
        let [x0, y0, x1, y1] = patch.bounds();
        let single = part.w == 1 && part.h == 1;
        (single || (straight && (x1 - x0 + 3.0) * (y1 - y0 + 3.0) <= MAX_WINDOW_PX)).then_some(patch)
    }

    fn fill_patch(&mut self, patch: &Patch, tile_rect: Rect, tile: &mut [P]) {
        let size = self.blocks.layout.size.map(|n| n as f64);
        let [x0, y0, x1, y1] = patch.bounds();
        // One pixel around for the neighbors, one for the deviation of the lines.
        let low = |v: f64, n: f64| to_index((v - 2.0).clamp(0.0, n));
        let high = |v: f64, n: f64| to_index((v + 2.0).ceil().clamp(0.0, n));
        let (left, top) = (low(x0, size[0]), low(y0, size[1]));
        let (right, bottom) = (high(x1, size[0]), high(y1, size[1]));
        if left >= right || top >= bottom {
            return;
        }
        let rect = Rect { x: left, y: top, w: right - left, h: bottom - top };
        let mut pixels = std::mem::take(&mut self.window);
        self.blocks.gather(rect, self.reader, &mut pixels);
        let view = View { rect, size, pixels: &pixels };
        let part = patch.rect;
        let rows = tile.chunks_exact_mut(EDGE).skip(part.y - tile_rect.y).take(part.h);
        for (j, line) in rows.enumerate() {
            let (start, step) = patch.row(j);
            let line = line.iter_mut().skip(part.x - tile_rect.x).take(part.w);
            for (i, to) in line.enumerate() {
                let place = [start[0] + step[0] * i as f64, start[1] + step[1] * i as f64];
                *to = if self.nearest { view.nearest(place) } else { view.mixed(place) };
            }
        }
        self.window = pixels;
    }
}

impl Patch {
    /// West, north, east, south in the source.
    fn bounds(&self) -> [f64; 4] {
        let [a, b, c, d] = self.corners;
        let low = |i: [f64; 4]| i.into_iter().fold(f64::INFINITY, f64::min);
        let high = |i: [f64; 4]| i.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (x, y) = ([a[0], b[0], c[0], d[0]], [a[1], b[1], c[1], d[1]]);
        [low(x), low(y), high(x), high(y)]
    }

    /// Where a row starts in the source, and how far it is from pixel to pixel.
    fn row(&self, j: usize) -> ([f64; 2], [f64; 2]) {
        let [a, b, c, d] = self.corners;
        let share = |k: usize, n: usize| if n > 1 { k as f64 / (n - 1) as f64 } else { 0.0 };
        let t = share(j, self.rect.h);
        let between = |p: [f64; 2], q: [f64; 2]| [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t];
        let (from, to) = (between(a, c), between(b, d));
        let per = share(1, self.rect.w);
        (from, [(to[0] - from[0]) * per, (to[1] - from[1]) * per])
    }
}

fn quarters(part: Rect) -> Vec<Rect> {
    let (w, h) = (part.w.div_ceil(2), part.h.div_ceil(2));
    let mut out = Vec::with_capacity(4);
    for (y, h) in [(part.y, h), (part.y + h, part.h - h)] {
        for (x, w) in [(part.x, w), (part.x + w, part.w - w)] {
            if w > 0 && h > 0 {
                out.push(Rect { x, y, w, h });
            }
        }
    }
    out
}

/// A part of the source, and how to look into it.
struct View<'a, P> {
    rect: Rect,
    /// Of the whole source, pixels.
    size: [f64; 2],
    pixels: &'a [P],
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float-to-int cast saturates")]
fn to_index(v: f64) -> usize {
    v as usize
}

impl<P: Pixel> View<'_, P> {
    fn is_inside(&self, [x, y]: [f64; 2]) -> bool {
        x >= 0.0 && y >= 0.0 && x < self.size[0] && y < self.size[1]
    }

    fn nearest(&self, place: [f64; 2]) -> P {
        if !self.is_inside(place) {
            return P::EMPTY;
        }
        let (x, y) =
            (to_index(place[0]).wrapping_sub(self.rect.x), to_index(place[1]).wrapping_sub(self.rect.y));
        if x >= self.rect.w {
            return P::EMPTY;
        }
        self.pixels.get(y.saturating_mul(self.rect.w).saturating_add(x)).copied().unwrap_or(P::EMPTY)
    }

    /// Bilinear; at the edge of the source the edge pixels stand in for the neighbors that they lack.
    fn mixed(&self, place: [f64; 2]) -> P {
        if !self.is_inside(place) {
            return P::EMPTY;
        }
        let (u, v) = (place[0] - 0.5 - self.rect.x as f64, place[1] - 0.5 - self.rect.y as f64);
        let (u, v) = (u.max(0.0), v.max(0.0));
        let (x, y) = (to_index(u), to_index(v));
        let (x, y) = (x.min(self.rect.w - 1), y.min(self.rect.h - 1));
        #[expect(clippy::cast_possible_truncation, reason = "shares of a pixel")]
        let (fx, fy) = ((u - x as f64).min(1.0) as f32, (v - y as f64).min(1.0) as f32);
        let right = usize::from(x + 1 < self.rect.w);
        let below = if y + 1 < self.rect.h { self.rect.w } else { 0 };
        let at = y * self.rect.w + x;
        let pixel = |ix: usize| self.pixels.get(ix).copied().unwrap_or(P::EMPTY);
        let four = [pixel(at), pixel(at + right), pixel(at + below), pixel(at + below + right)];
        P::mix(four, [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy])
    }
}
