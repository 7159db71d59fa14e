//! What was dug and filled between two heights inside a polygon, cell by cell.

use lantu_base::RasterGrid;
use lantu_base::TileCoord;

use crate::coverage::coverage;
use crate::height::{ElevationStack, HeightField};
use crate::raster::{RasterCache, RasterPyramid};
use crate::raster_pack::RasterPixels;

/// 95 % of normally distributed errors lie within so many standard deviations.
const Z_95: f64 = 1.96;
/// Cells of which less lies inside are left out: rounding of coordinates, not area.
const SLIVER: f64 = 1e-6;
/// How far grids may lie apart to count as the same, cells. Chosen: a rounding error of a file's georeference.
const SAME_GRID: f64 = 1e-3;

/// One of the two heights that are compared.
#[derive(Clone, Copy, Debug)]
pub enum HeightSide<'a> {
    /// Of an elevation raster, at its finest level.
    Raster(&'a RasterPyramid),
    /// A plane.
    Plane(BasePlane),
}

/// A plane that volumes are measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BasePlane {
    /// Where `height_m` holds: x and y, meters.
    pub origin: [f64; 2],
    /// Meters.
    pub height_m: f64,
    /// Rise per meter of x and of y.
    pub slope: [f64; 2],
}

impl BasePlane {
    /// A level plane.
    pub fn level(height_m: f64) -> Self {
        Self { origin: [0.0; 2], height_m, slope: [0.0; 2] }
    }

    /// Height at a place, meters.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        self.height_m + (x - self.origin[0]) * self.slope[0] + (y - self.origin[1]) * self.slope[1]
    }

    /// The plane that lies nearest to points (x, y, height) by least squares. `None` without points. Where they lie on a
    /// line, or are fewer than three, it is level at their mean.
    pub fn fitted(points: &[[f64; 3]]) -> Option<Self> {
        let n = points.len() as f64;
        if points.is_empty() {
            return None;
        }
        let mean = [0, 1, 2].map(|i| points.iter().filter_map(|p| p.get(i)).sum::<f64>() / n);
        let [mx, my, mz] = mean;
        let (mut xx, mut xy, mut yy, mut xz, mut yz) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &[x, y, z] in points {
            let (x, y, z) = (x - mx, y - my, z - mz);
            (xx, xy, yy, xz, yz) = (xx + x * x, xy + x * y, yy + y * y, xz + x * z, yz + y * z);
        }
        let det = xx * yy - xy * xy;
        // Points within a millionth of a line say nothing about the slope across it.
        let slope = if det > (xx * yy).max(f64::MIN_POSITIVE) * 1e-6 {
            [(xz * yy - yz * xy) / det, (yz * xx - xz * xy) / det]
        } else {
            [0.0; 2]
        };
        Some(Self { origin: [mx, my], height_m: mz, slope })
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct VolumeJob<'a> {
    /// The earlier height.
    pub before: HeightSide<'a>,
    /// The later height.
    pub after: HeightSide<'a>,
    /// Polygons that do not overlap, each an outer ring and its holes; x and y in meters of the project frame.
    pub polygons: &'a [Vec<Vec<[f64; 2]>>],
    /// Standard deviation of a height before and after, meters; 0 where it is not stated.
    pub sigma_m: [f64; 2],
}

/// What changed inside a polygon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Volume {
    /// Where it is lower now, m³.
    pub cut_m3: f64,
    /// Where it is higher now, m³.
    pub fill_m3: f64,
    /// Noise floor: differences below it are left out, meters.
    pub lod95_m: f64,
    /// Cells that lie in the polygon, in whole or in part.
    pub n_cells: u64,
    /// Of these: with a difference below the noise floor, which is left out.
    pub n_below_lod: u64,
    /// Of these: without height before or after.
    pub n_nodata: u64,
    /// Of the polygon within the grid, m².
    pub area_m2: f64,
    /// Of cells without height, m².
    pub nodata_m2: f64,
    /// Of the polygon beyond the grid, m².
    pub outside_m2: f64,
    /// Edge of a cell, meters.
    pub cell_m: f64,
}

impl Volume {
    /// Fill less cut, m³.
    pub fn net_m3(&self) -> f64 {
        self.fill_m3 - self.cut_m3
    }
}

/// Compares two heights cell by cell of the finer raster; of the other, where its cells are not the same, the bilinear
/// height at the cell's middle. Cells that the polygon cuts count with the share inside. `None` where both are planes:
/// there are no cells. Reads a tile at a time.
pub fn volume(job: &VolumeJob<'_>, cache: &RasterCache) -> Option<Volume> {
    let grid = match (job.before, job.after) {
        (HeightSide::Raster(a), HeightSide::Raster(b)) if b.grid.gsd_m < a.grid.gsd_m => &b.grid,
        (HeightSide::Raster(a), _) => &a.grid,
        (_, HeightSide::Raster(b)) => &b.grid,
        _ => return None,
    };
    let [before, after] = [job.before, job.after].map(|side| Side::new(side, grid, cache));
    let lod95_m = Z_95 * job.sigma_m[0].hypot(job.sigma_m[1]);
    let rings: Vec<Vec<[f64; 2]>> = job.polygons.iter().flat_map(|p| oriented(p)).collect();
    let mut sum = Volume { lod95_m, cell_m: grid.gsd_m, ..Volume::default() };
    let px = RasterGrid::TILE_PX as usize;
    let Some([west, south, east, north]) = bounds(&rings) else { return Some(sum) };
    let tile_m = grid.gsd_m * px as f64;
    let [nx, ny] = grid.tiles_at(0);
    let tile =
        |v: f64, n: u32| u32::try_from(crate::raster::to_i64((v / tile_m).floor())).unwrap_or(0).min(n);
    let [x0, y0] = grid.west_north;
    for row in tile(y0 - north, ny)..ny.min(tile(y0 - south, ny).saturating_add(1)) {
        for col in tile(west - x0, nx)..nx.min(tile(east - x0, nx).saturating_add(1)) {
            let corner = [x0 + f64::from(col) * tile_m, y0 - f64::from(row) * tile_m];
            let size = [
                px.min((grid.size_px[0] as usize).saturating_sub(col as usize * px)),
                px.min((grid.size_px[1] as usize).saturating_sub(row as usize * px)),
            ];
            let in_cells = |p: &[f64; 2]| [(p[0] - corner[0]) / grid.gsd_m, (corner[1] - p[1]) / grid.gsd_m];
            let local: Vec<Vec<[f64; 2]>> = rings.iter().map(|r| r.iter().map(in_cells).collect()).collect();
            let shares = coverage(&local, size);
            if shares.iter().any(|s| *s > SLIVER) {
                let coord = TileCoord { level: 0, col, row };
                let heights = [before.tile(coord, corner, size), after.tile(coord, corner, size)];
                add_cells(&shares, &heights, grid.gsd_m * grid.gsd_m, &mut sum);
            }
        }
    }
    let whole: f64 = rings.iter().map(|r| double_area(r) / 2.0).sum();
    // Rounding of large coordinates is no area.
    let outside = whole - sum.area_m2;
    sum.outside_m2 = if outside > whole * SLIVER { outside } else { 0.0 };
    Some(sum)
}

fn add_cells(shares: &[f64], [before, after]: &[Vec<f64>; 2], cell_m2: f64, sum: &mut Volume) {
    for ((share, before), after) in shares.iter().zip(before).zip(after) {
        if *share <= SLIVER {
            continue;
        }
        let area = share * cell_m2;
        sum.n_cells += 1;
        sum.area_m2 += area;
        let rise = after - before;
        if !rise.is_finite() {
            sum.n_nodata += 1;
            sum.nodata_m2 += area;
        } else if rise.abs() < sum.lod95_m {
            sum.n_below_lod += 1;
        } else if rise > 0.0 {
            sum.fill_m3 += rise * area;
        } else {
            sum.cut_m3 -= rise * area;
        }
    }
}

/// One side, on the cells of a grid.
enum Side<'a> {
    /// Its cells are the grid's, this many columns and rows further.
    Same(&'a RasterPyramid, &'a RasterCache, [i64; 2]),
    /// Its cells are others.
    Other(ElevationStack<'a>, f64),
    Plane(BasePlane, f64),
}

impl<'a> Side<'a> {
    fn new(side: HeightSide<'a>, grid: &RasterGrid, cache: &'a RasterCache) -> Self {
        let raster = match side {
            HeightSide::Plane(plane) => return Self::Plane(plane, grid.gsd_m),
            HeightSide::Raster(raster) => raster,
        };
        let own = &raster.grid;
        let shift = [
            (grid.west_north[0] - own.west_north[0]) / own.gsd_m,
            (own.west_north[1] - grid.west_north[1]) / own.gsd_m,
        ];
        let n = f64::from(grid.size_px[0].max(grid.size_px[1]));
        let same = (own.gsd_m / grid.gsd_m - 1.0).abs() * n < SAME_GRID
            && shift.iter().all(|s| (s - s.round()).abs() < SAME_GRID);
        if same {
            Self::Same(raster, cache, shift.map(|s| crate::raster::to_i64(s.round())))
        } else {
            Self::Other(ElevationStack::new(std::slice::from_ref(raster), cache, 0.0), grid.gsd_m)
        }
    }

    /// Heights of a tile's cells, row by row; NaN where there are none.
    fn tile(&self, coord: TileCoord, corner: [f64; 2], [w, h]: [usize; 2]) -> Vec<f64> {
        let each = |gsd: f64, height: &dyn Fn(f64, f64) -> f64| {
            let y = move |j: usize| corner[1] - (j as f64 + 0.5) * gsd;
            let x = move |i: usize| corner[0] + (i as f64 + 0.5) * gsd;
            (0..h).flat_map(|j| (0..w).map(move |i| (i, j))).map(|(i, j)| height(x(i), y(j))).collect()
        };
        match self {
            Self::Plane(plane, gsd) => each(*gsd, &|x, y| plane.at(x, y)),
            Self::Other(stack, gsd) => each(*gsd, &|x, y| stack.height(x, y).unwrap_or(f64::NAN)),
            Self::Same(raster, cache, shift) => pixels(raster, cache, (coord, *shift), [w, h]),
        }
    }
}

/// Pixels under the cells of a tile of another raster with the same cells; NaN where there are none.
fn pixels(
    raster: &RasterPyramid,
    cache: &RasterCache,
    (coord, [dx, dy]): (TileCoord, [i64; 2]),
    [w, h]: [usize; 2],
) -> Vec<f64> {
    let px = i64::from(RasterGrid::TILE_PX);
    let (first_x, first_y) = (i64::from(coord.col) * px + dx, i64::from(coord.row) * px + dy);
    let mut out = Vec::with_capacity(w * h);
    let mut tile = None;
    let mut tile_at = None;
    for y in (first_y..).take(h) {
        for x in (first_x..).take(w) {
            let place = (x.div_euclid(px), y.div_euclid(px));
            if tile_at != Some(place) {
                tile_at = Some(place);
                let at = u32::try_from(place.0).ok().zip(u32::try_from(place.1).ok());
                tile = at.and_then(|(col, row)| cache.tile(raster, TileCoord { level: 0, col, row }));
            }
            let at = usize::try_from(y.rem_euclid(px) * px + x.rem_euclid(px)).unwrap_or(usize::MAX);
            let height = match tile.as_ref().map(|t| &t.pixels) {
                Some(RasterPixels::Height(v)) => v.get(at).copied().unwrap_or(f32::NAN),
                _ => f32::NAN,
            };
            out.push(f64::from(height));
        }
    }
    out
}

/// Twice the area that a ring encloses, positive counter-clockwise.
fn double_area(ring: &[[f64; 2]]) -> f64 {
    let Some(o) = ring.first() else { return 0.0 };
    let next = ring.iter().cycle().skip(1);
    let cross =
        |(a, b): (&[f64; 2], &[f64; 2])| (a[0] - o[0]) * (b[1] - o[1]) - (b[0] - o[0]) * (a[1] - o[1]);
    ring.iter().zip(next).map(cross).sum()
}

/// Outer ring counter-clockwise, holes clockwise, whatever way the file has them.
fn oriented(polygon: &[Vec<[f64; 2]>]) -> Vec<Vec<[f64; 2]>> {
    let turned = |(ix, ring): (usize, &Vec<[f64; 2]>)| {
        let mut ring = ring.clone();
        if (double_area(&ring) > 0.0) != (ix == 0) {
            ring.reverse();
        }
        ring
    };
    polygon.iter().enumerate().map(turned).collect()
}

/// West, south, east, north of all corners.
fn bounds(rings: &[Vec<[f64; 2]>]) -> Option<[f64; 4]> {
    let empty = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let grow = |[w, s, e, n]: [f64; 4], p: &[f64; 2]| [w.min(p[0]), s.min(p[1]), e.max(p[0]), n.max(p[1])];
    let all = rings.iter().flatten().fold(empty, grow);
    (all[0] <= all[2]).then_some(all)
}
