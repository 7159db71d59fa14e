//! What stands over the cells of an elevation grid: the highest and lowest point of each shape over each cell's middle.

use glam::DVec3;
use lantu_base::{RasterGrid, TileCoord};

use crate::raster::{RasterCache, RasterPyramid};
use crate::raster_pack::RasterPixels;

/// Edge of a block of cells that is looked at in one piece. Chosen: columns of a dense building over it take some tens of
/// megabytes.
pub const BLOCK_CELLS: usize = 128;

/// A block of cells of a grid: first column and row, and how many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellBlock {
    /// Column and row of its northwest cell.
    pub first: [usize; 2],
    /// Columns and rows.
    pub size: [usize; 2],
}

impl CellBlock {
    /// The blocks of a grid that touch a rectangle (west, south, east, north; meters), row by row from the northwest.
    pub fn touching(grid: &RasterGrid, [west, south, east, north]: [f64; 4]) -> Vec<Self> {
        let [width, height] = grid.size_px.map(|n| n as usize);
        let [x0, y0] = grid.west_north;
        // A cell that lies before the first is the first; the conversion saturates.
        let cell = |meters: f64| {
            usize::try_from(crate::raster::to_i64((meters / grid.gsd_m).floor()).max(0)).unwrap_or(usize::MAX)
        };
        let (first_x, last_x) = (cell(west - x0), cell(east - x0));
        let (first_y, last_y) = (cell(y0 - north), cell(y0 - south));
        let mut out = Vec::new();
        if east < x0 || south > y0 || west > east || south > north {
            return out;
        }
        for row in (first_y / BLOCK_CELLS..=last_y / BLOCK_CELLS).take_while(|r| r * BLOCK_CELLS < height) {
            for col in (first_x / BLOCK_CELLS..=last_x / BLOCK_CELLS).take_while(|c| c * BLOCK_CELLS < width)
            {
                let first = [col * BLOCK_CELLS, row * BLOCK_CELLS];
                let size = [BLOCK_CELLS.min(width - first[0]), BLOCK_CELLS.min(height - first[1])];
                out.push(Self { first, size });
            }
        }
        out
    }

    /// Where it lies: west, south, east, north, meters.
    pub fn extent(&self, grid: &RasterGrid) -> [f64; 4] {
        let [west, north] = self.corner(grid);
        let [w, h] = self.size.map(|n| n as f64 * grid.gsd_m);
        [west, north - h, west + w, north]
    }

    fn corner(&self, grid: &RasterGrid) -> [f64; 2] {
        let [x, y] = self.first.map(|n| n as f64 * grid.gsd_m);
        [grid.west_north[0] + x, grid.west_north[1] - y]
    }

    /// Middle of a cell, by its number in the block (row by row from the northwest).
    pub fn middle(&self, grid: &RasterGrid, cell: usize) -> [f64; 2] {
        let [west, north] = self.corner(grid);
        let (i, j) = (cell % self.size[0].max(1), cell / self.size[0].max(1));
        [west + (i as f64 + 0.5) * grid.gsd_m, north - (j as f64 + 0.5) * grid.gsd_m]
    }

    /// Cells in it.
    pub fn n_cells(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Heights of its cells as an elevation raster has them at its finest level; NaN where it has none.
    pub fn heights(&self, raster: &RasterPyramid, cache: &RasterCache) -> Vec<f64> {
        let px = RasterGrid::TILE_PX as usize;
        let mut out = Vec::with_capacity(self.n_cells());
        let mut tile = None;
        let mut tile_at = None;
        for y in (self.first[1]..).take(self.size[1]) {
            for x in (self.first[0]..).take(self.size[0]) {
                let place = (x / px, y / px);
                if tile_at != Some(place) {
                    tile_at = Some(place);
                    let at = u32::try_from(place.0).ok().zip(u32::try_from(place.1).ok());
                    tile = at.and_then(|(col, row)| cache.tile(raster, TileCoord { level: 0, col, row }));
                }
                let height = match tile.as_ref().map(|t| &t.pixels) {
                    Some(RasterPixels::Height(v)) => v.get(y % px * px + x % px).copied().unwrap_or(f32::NAN),
                    _ => f32::NAN,
                };
                out.push(f64::from(height));
            }
        }
        out
    }
}

/// A shape over the middle of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Number of the cell in its block, row by row from the northwest.
    pub cell: u32,
    /// Highest point, meters.
    pub top_m: f64,
    /// Lowest point, meters.
    pub bottom_m: f64,
    /// Whether the four cells around it lie under the same smooth surface: no edge runs through it.
    pub inner: bool,
}

/// Draws shapes onto a block of cells, one after the other.
pub struct ColumnRaster<'g> {
    grid: &'g RasterGrid,
    block: CellBlock,
    /// Top and bottom over each cell of the block and of a ring of one cell around it; NaN where nothing is.
    spans: Vec<(f64, f64)>,
    touched: Vec<usize>,
}

impl<'g> ColumnRaster<'g> {
    /// For one block.
    pub fn new(grid: &'g RasterGrid, block: CellBlock) -> Self {
        let n = (block.size[0] + 2) * (block.size[1] + 2);
        Self { grid, block, spans: vec![(f64::NAN, f64::NAN); n], touched: Vec::new() }
    }

    /// Adds triangles of the shape that is being drawn: positions in the project frame, three indices a triangle. What
    /// stands upright has no area from above and is seen by its neighbors only.
    pub fn add(&mut self, positions: &[DVec3], indices: &[u32]) {
        for t in indices.as_chunks::<3>().0 {
            let [a, b, c] = t.map(|i| positions.get(i as usize).copied());
            if let (Some(a), Some(b), Some(c)) = (a, b, c) {
                self.triangle([a, b, c]);
            }
        }
    }

    fn triangle(&mut self, world: [DVec3; 3]) {
        let [west, north] = self.block.corner(self.grid);
        let gsd = self.grid.gsd_m;
        // In cells, from the middle of the ring's northwest cell; y to the south.
        let [a, b, c] = world.map(|p| DVec3::new((p.x - west) / gsd + 0.5, (north - p.y) / gsd + 0.5, p.z));
        let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if !area.is_finite() || area == 0.0 {
            return;
        }
        let (width, height) = (self.block.size[0] + 2, self.block.size[1] + 2);
        let (lo, hi) = (a.min(b).min(c), a.max(b).max(c));
        let clamp = |v: f64, n: usize| {
            usize::try_from(crate::raster::to_i64(v).clamp(0, i64::try_from(n).unwrap_or(i64::MAX)))
                .unwrap_or(0)
        };
        for j in clamp(lo.y.ceil(), height)..clamp(hi.y.floor() + 1.0, height) {
            for i in clamp(lo.x.ceil(), width)..clamp(hi.x.floor() + 1.0, width) {
                let (x, y) = (i as f64, j as f64);
                let v = ((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) / area;
                let w = ((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) / area;
                if v < 0.0 || w < 0.0 || v + w > 1.0 {
                    continue;
                }
                let z = a.z + v * (b.z - a.z) + w * (c.z - a.z);
                let at = j * width + i;
                if let Some(span) = self.spans.get_mut(at) {
                    if span.0.is_nan() {
                        self.touched.push(at);
                    }
                    *span = (z.max(span.0), z.min(span.1));
                }
            }
        }
    }

    /// What was drawn over the block's cells, in their order; the next shape starts on an empty block.
    pub fn take(&mut self) -> Vec<Column> {
        let width = self.block.size[0] + 2;
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        let mut out = Vec::new();
        for &at in &touched {
            let (i, j) = (at % width, at / width);
            if i == 0 || j == 0 || i > self.block.size[0] || j > self.block.size[1] {
                continue;
            }
            let Some(&(top_m, bottom_m)) = self.spans.get(at) else { continue };
            // A surface steeper than 45° is an edge on this grid.
            let smooth =
                |other: usize| self.spans.get(other).is_some_and(|s| (s.0 - top_m).abs() <= self.grid.gsd_m);
            let inner = [at - 1, at + 1, at - width, at + width].into_iter().all(smooth);
            let cell = (j - 1) * self.block.size[0] + i - 1;
            out.push(Column { cell: u32::try_from(cell).unwrap_or(u32::MAX), top_m, bottom_m, inner });
        }
        for at in touched {
            if let Some(span) = self.spans.get_mut(at) {
                *span = (f64::NAN, f64::NAN);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::RasterKind;

    use super::*;

    fn grid() -> RasterGrid {
        RasterGrid {
            kind: RasterKind::Surface,
            size_px: [200, 160],
            gsd_m: 0.5,
            west_north: [1000.0, 2000.0],
            n_levels: 1,
        }
    }

    /// A box with its top, its bottom and no sides.
    fn plates([x0, y0, x1, y1]: [f64; 4], bottom: f64, top: f64) -> (Vec<DVec3>, Vec<u32>) {
        let at = |z| [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| DVec3::new(x, y, z));
        let positions = [at(bottom), at(top)].concat();
        (positions, vec![0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7])
    }

    #[test]
    fn a_slab_has_its_top_and_bottom_over_each_cell_whose_middle_it_covers_also_across_blocks() {
        let grid = grid();
        // 20 m × 10 m across the border of two blocks at x = 1064.
        let (positions, indices) = plates([1054.0, 1980.0, 1074.0, 1990.0], 4.0, 4.2);
        let blocks = CellBlock::touching(&grid, [1054.0, 1980.0, 1074.0, 1990.0]);
        assert_eq!(blocks.len(), 2);
        let mut n = 0;
        let mut n_inner = 0;
        for block in blocks {
            let mut raster = ColumnRaster::new(&grid, block);
            raster.add(&positions, &indices);
            let columns = raster.take();
            assert!(columns.iter().all(|c| (c.top_m, c.bottom_m) == (4.2, 4.0)));
            n += columns.len();
            n_inner += columns.iter().filter(|c| c.inner).count();
            assert!(raster.take().is_empty(), "the next shape starts anew");
            for c in &columns {
                let [x, y] = block.middle(&grid, c.cell as usize);
                assert!(x > 1054.0 && x < 1074.0 && y > 1980.0 && y < 1990.0, "{x} {y}");
            }
        }
        assert_eq!((n, n_inner), (40 * 20, 38 * 18), "edges are edges of the slab, not of the blocks");
    }

    #[test]
    fn blocks_cover_a_grid_once_and_nothing_beyond_it() {
        let grid = grid();
        let all = CellBlock::touching(&grid, [0.0, 0.0, 1e7, 1e7]);
        assert_eq!(all.iter().map(CellBlock::n_cells).sum::<usize>(), 32_000);
        assert!(CellBlock::touching(&grid, [0.0, 0.0, 10.0, 10.0]).is_empty());
        assert!(CellBlock::touching(&grid, [3000.0, 1900.0, 3100.0, 1990.0]).is_empty());
    }
}
