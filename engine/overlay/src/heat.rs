//! Values of a few stations over the ground between them: inverse distance, and ordinary kriging with its variance.

use glam::DVec2;

/// Fewer stations say nothing about what lies between them. Chosen: four points fit any of the surfaces that are usually
/// assumed.
pub const MIN_STATIONS: usize = 5;
/// Most stations that are kriged: the equations grow with the cube. Chosen: 400 take a second.
const MAX_STATIONS: usize = 400;
/// Most cells of a grid. Chosen: 2000 × 2000, what a screen shows.
const MAX_CELLS: usize = 4_000_000;
/// Weight falls with the square of the distance. Specified: Shepard 1968, the usual exponent.
const EXPONENT: f64 = 2.0;
/// Stations nearer than that are one, with their mean: the equations have no solution otherwise, meters.
const SAME_PLACE_M: f64 = 0.01;
/// Classes of distance of the empirical variogram. Chosen: as usual, so that each has several pairs.
const LAGS: usize = 12;
/// Ranges that are tried between the least and the largest distance. Chosen: steps of some 8 %.
const RANGES: usize = 40;
/// A cell whose variance is beyond that share of the sill is masked: no station says anything about it. Chosen.
const MASK_SHARE: f64 = 0.95;
/// With inverse distance a cell farther from any station than that share of the stations' extent is masked. Chosen.
const MASK_REACH: f64 = 0.5;

/// A station and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Where it stands, meters in the project frame.
    pub at: DVec2,
    /// What it reads.
    pub value: f64,
}

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeatMethod {
    /// Weights by the square of the inverse distance.
    InverseDistance,
    /// Ordinary kriging with a spherical variogram that is fitted to the stations.
    Kriging,
}

/// A spherical variogram: half the mean squared difference of two values by their distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variogram {
    /// At distance 0, of the square of the unit.
    pub nugget: f64,
    /// What distance adds to it.
    pub partial_sill: f64,
    /// Distance from which values do not depend on each other, meters.
    pub range_m: f64,
}

/// Cells over the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Middle of the south-western cell.
    pub origin: DVec2,
    /// Edge of a cell, meters.
    pub cell_m: f64,
    /// Cells from west to east.
    pub width: usize,
    /// Cells from south to north.
    pub height: usize,
    /// Row by row from the south; `None` where no station says anything.
    pub values: Vec<Option<f64>>,
    /// Kriging variance of each cell, in the square of the unit; empty with inverse distance.
    pub variances: Vec<f64>,
    /// With kriging, what was fitted.
    pub variogram: Option<Variogram>,
}

/// Why there is no map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeatError {
    /// Only the stations themselves can be shown.
    #[error("{n} stations at places of their own: fewer than five say nothing about the ground between them")]
    TooFew {
        /// How many there are.
        n: usize,
    },
    /// The equations would be too large.
    #[error("{n} stations are more than can be kriged; use inverse distance")]
    TooMany {
        /// How many there are.
        n: usize,
    },
    /// The grid would be too large.
    #[error("the map would have more than 4 million cells; use larger ones")]
    TooFine,
}

/// Spreads the values of stations over `from` to `to` (south-western and north-eastern corner, meters).
///
/// Values that are not finite are left out, and stations at one place are one with their mean.
///
/// # Errors
/// [`HeatError`].
pub fn heat_map(
    stations: &[Station],
    method: HeatMethod,
    (from, to): (DVec2, DVec2),
    cell_m: f64,
) -> Result<HeatMap, HeatError> {
    let stations = merged(stations);
    let n = stations.len();
    if n < MIN_STATIONS {
        return Err(HeatError::TooFew { n });
    }
    if method == HeatMethod::Kriging && n > MAX_STATIONS {
        return Err(HeatError::TooMany { n });
    }
    let size = ((to - from) / cell_m).ceil().max(DVec2::ONE);
    if !size.is_finite() || size.x * size.y > MAX_CELLS as f64 {
        return Err(HeatError::TooFine);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 4 million")]
    let (width, height) = (size.x as usize, size.y as usize);
    let origin = from + DVec2::splat(cell_m / 2.0);
    let cells = (0..height).flat_map(|j| (0..width).map(move |i| DVec2::new(i as f64, j as f64)));
    let cells = cells.map(|c| origin + c * cell_m);
    let empty =
        HeatMap { origin, cell_m, width, height, values: Vec::new(), variances: Vec::new(), variogram: None };
    Ok(match method {
        HeatMethod::InverseDistance => {
            let reach = extent(&stations) * MASK_REACH;
            HeatMap { values: cells.map(|c| inverse_distance(&stations, c, reach)).collect(), ..empty }
        }
        HeatMethod::Kriging => {
            let variogram = fit(&stations);
            let solver = Kriging::new(&stations, variogram);
            let limit = (variogram.nugget + variogram.partial_sill) * MASK_SHARE;
            let (mut values, mut variances) = (Vec::new(), Vec::new());
            for cell in cells {
                let (value, variance) = solver.at(cell);
                // Where all stations read the same there is no variance and nothing to mask.
                values.push((variance <= limit || limit <= 0.0).then_some(value));
                variances.push(variance);
            }
            HeatMap { values, variances, variogram: Some(variogram), ..empty }
        }
    })
}

/// One station a place.
fn merged(stations: &[Station]) -> Vec<Station> {
    let mut out: Vec<(Station, f64)> = Vec::new();
    for s in stations.iter().filter(|s| s.value.is_finite() && s.at.is_finite()) {
        match out.iter_mut().find(|(o, _)| o.at.distance(s.at) < SAME_PLACE_M) {
            Some((known, n)) => {
                known.value = (known.value * *n + s.value) / (*n + 1.0);
                *n += 1.0;
            }
            None => out.push((*s, 1.0)),
        }
    }
    out.into_iter().map(|(s, _)| s).collect()
}

/// Diagonal of the stations' bounds, meters.
fn extent(stations: &[Station]) -> f64 {
    let low = stations.iter().map(|s| s.at).reduce(DVec2::min).unwrap_or_default();
    let high = stations.iter().map(|s| s.at).reduce(DVec2::max).unwrap_or_default();
    low.distance(high)
}

fn inverse_distance(stations: &[Station], at: DVec2, reach_m: f64) -> Option<f64> {
    let nearest = stations.iter().map(|s| s.at.distance(at)).fold(f64::INFINITY, f64::min);
    if nearest > reach_m {
        return None;
    }
    if nearest < SAME_PLACE_M {
        return stations.iter().find(|s| s.at.distance(at) < SAME_PLACE_M).map(|s| s.value);
    }
    let weights = stations.iter().map(|s| (s.at.distance(at).powf(-EXPONENT), s.value));
    let (sum, weighted) = weights.fold((0.0, 0.0), |(w, v), (wi, vi)| (w + wi, v + wi * vi));
    Some(weighted / sum)
}

impl Variogram {
    /// Half the mean squared difference of values so far apart.
    pub fn at(&self, distance_m: f64) -> f64 {
        if distance_m <= 0.0 {
            return 0.0;
        }
        let h = (distance_m / self.range_m).min(1.0);
        self.nugget + self.partial_sill * (1.5 * h - 0.5 * h.powi(3))
    }
}

/// Fits a spherical variogram to the pairs of stations by least squares, weighted by the pairs of each class of distance:
/// over a series of ranges, nugget and sill follow linearly and are held at 0 or more.
fn fit(stations: &[Station]) -> Variogram {
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for (ix, a) in stations.iter().enumerate() {
        pairs.extend(
            stations.iter().skip(ix + 1).map(|b| (a.at.distance(b.at), (a.value - b.value).powi(2) / 2.0)),
        );
    }
    // Beyond half of the extent pairs are few and all from its edges (Journel and Huijbregts 1978).
    let farthest = (extent(stations) / 2.0).max(f64::MIN_POSITIVE);
    let width = farthest / LAGS as f64;
    let mut classes = [(0.0, 0.0, 0.0); LAGS];
    for (d, g) in pairs.iter().filter(|(d, _)| *d < farthest) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below LAGS")]
        if let Some(c) = classes.get_mut((d / width) as usize) {
            *c = (c.0 + 1.0, c.1 + d, c.2 + g);
        }
    }
    let means: Vec<(f64, f64, f64)> =
        classes.iter().filter(|c| c.0 > 0.0).map(|(n, d, g)| (*n, d / n, g / n)).collect();
    let all = pairs.iter().map(|p| p.1).sum::<f64>() / (pairs.len().max(1) as f64);
    let plain = Variogram { nugget: 0.0, partial_sill: all, range_m: farthest };
    let tried = (1..=RANGES).map(|n| farthest * 2.0 * n as f64 / RANGES as f64);
    let fitted = tried.filter_map(|range_m| linear(&means, range_m));
    fitted.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(plain, |(v, _)| v)
}

/// Nugget and sill for a range, and the weighted sum of squares that is left; `None` where they do not follow.
fn linear(means: &[(f64, f64, f64)], range_m: f64) -> Option<(Variogram, f64)> {
    let unit = Variogram { nugget: 0.0, partial_sill: 1.0, range_m };
    let rows: Vec<(f64, f64, f64)> = means.iter().map(|(n, d, g)| (*n, unit.at(*d), *g)).collect();
    let sum = |f: &dyn Fn(&(f64, f64, f64)) -> f64| rows.iter().map(f).sum::<f64>();
    let (w, x, y) = (sum(&|r| r.0), sum(&|r| r.0 * r.1), sum(&|r| r.0 * r.2));
    let (xx, xy) = (sum(&|r| r.0 * r.1 * r.1), sum(&|r| r.0 * r.1 * r.2));
    let det = w * xx - x * x;
    let free = if det.abs() > 1e-12 * w * xx {
        ((y * xx - x * xy) / det, (w * xy - x * y) / det)
    } else {
        (-1.0, 0.0)
    };
    let (nugget, partial_sill) = match free {
        (nugget, sill) if nugget >= 0.0 && sill >= 0.0 => (nugget, sill),
        _ if xx > 0.0 => (0.0, (xy / xx).max(0.0)),
        _ => return None,
    };
    let v = Variogram { nugget, partial_sill, range_m };
    let left = sum(&|r| r.0 * (r.2 - nugget - partial_sill * r.1).powi(2));
    left.is_finite().then_some((v, left))
}

/// The equations of ordinary kriging, decomposed once.
struct Kriging<'a> {
    stations: &'a [Station],
    variogram: Variogram,
    /// Inverse of the matrix of variograms, bordered by the condition that weights sum to 1; row by row.
    inverse: Vec<f64>,
}

impl<'a> Kriging<'a> {
    fn new(stations: &'a [Station], variogram: Variogram) -> Self {
        let n = stations.len() + 1;
        let mut a = vec![0.0; n * n];
        for (i, s) in stations.iter().enumerate() {
            for (j, o) in stations.iter().enumerate() {
                set(&mut a, i * n + j, variogram.at(s.at.distance(o.at)));
            }
            set(&mut a, i * n + n - 1, 1.0);
            set(&mut a, (n - 1) * n + i, 1.0);
        }
        // Stations that all read the same have a variogram of 0: any weights that sum to 1 do.
        let inverse = invert(&a, n).unwrap_or_default();
        Self { stations, variogram, inverse }
    }

    /// Value and variance at a place.
    fn at(&self, at: DVec2) -> (f64, f64) {
        let n = self.stations.len() + 1;
        let right: Vec<f64> =
            self.stations.iter().map(|s| self.variogram.at(s.at.distance(at))).chain([1.0]).collect();
        if self.inverse.is_empty() {
            let mean = self.stations.iter().map(|s| s.value).sum::<f64>() / self.stations.len() as f64;
            return (mean, 0.0);
        }
        let dot = |row: &[f64]| row.iter().zip(&right).map(|(a, b)| a * b).sum::<f64>();
        let weights: Vec<f64> = self.inverse.chunks_exact(n).map(dot).collect();
        let value = weights.iter().zip(self.stations).map(|(w, s)| w * s.value).sum();
        let variance: f64 = weights.iter().zip(&right).map(|(w, r)| w * r).sum();
        (value, variance.max(0.0))
    }
}

fn set(a: &mut [f64], ix: usize, value: f64) {
    if let Some(slot) = a.get_mut(ix) {
        *slot = value;
    }
}

/// Inverse of an n × n matrix by Gauss and Jordan with row pivots; `None` for a singular one.
fn invert(a: &[f64], n: usize) -> Option<Vec<f64>> {
    // Rows of the matrix beside the unit matrix.
    let mut rows: Vec<Vec<f64>> = a
        .chunks_exact(n)
        .enumerate()
        .map(|(i, row)| row.iter().copied().chain((0..n).map(|j| if i == j { 1.0 } else { 0.0 })).collect())
        .collect();
    for col in 0..n {
        let size = |r: &Vec<f64>| r.get(col).map_or(0.0, |v| v.abs());
        let pivot = (col..n).max_by(|a, b| {
            let (a, b) = (rows.get(*a).map_or(0.0, size), rows.get(*b).map_or(0.0, size));
            a.total_cmp(&b)
        })?;
        rows.swap(col, pivot);
        let mut lead = rows.get(col)?.clone();
        let head = *lead.get(col)?;
        if head.abs() < 1e-300 {
            return None;
        }
        for v in &mut lead {
            *v /= head;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|(ix, _)| *ix != col) {
            let factor = row.get(col).copied().unwrap_or(0.0);
            for (v, l) in row.iter_mut().zip(&lead) {
                *v -= factor * l;
            }
        }
        *rows.get_mut(col)? = lead;
    }
    let out: Vec<f64> = rows.iter().flat_map(|r| r.iter().skip(n).copied()).collect();
    out.iter().all(|v| v.is_finite()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(x: f64, y: f64, value: f64) -> Station {
        Station { at: DVec2::new(x, y), value }
    }

    /// A plane that rises to the east, read at 30 places.
    fn slope() -> Vec<Station> {
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f64 / f64::from(1 << 24) * 100.0
        };
        (0..30)
            .map(|_| {
                let (x, y) = (random(), random());
                station(x, y, 20.0 + 0.3 * x)
            })
            .collect()
    }

    fn area(size: f64) -> (DVec2, DVec2) {
        (DVec2::ZERO, DVec2::splat(size))
    }

    #[test]
    fn under_five_stations_there_is_no_map_also_where_several_stand_at_one_place() {
        let four: Vec<Station> = (0..4).map(|n| station(f64::from(n) * 10.0, 0.0, 1.0)).collect();
        let mut same = four.clone();
        same.push(station(0.0, 0.0, 3.0));
        for method in [HeatMethod::InverseDistance, HeatMethod::Kriging] {
            assert_eq!(heat_map(&four, method, area(10.0), 1.0), Err(HeatError::TooFew { n: 4 }));
            assert_eq!(heat_map(&same, method, area(10.0), 1.0), Err(HeatError::TooFew { n: 4 }));
        }
        assert_eq!(heat_map(&slope(), HeatMethod::Kriging, area(1e6), 0.1), Err(HeatError::TooFine));
    }

    #[test]
    fn at_a_station_both_methods_give_its_value_and_kriging_is_sure_of_it() {
        let mut stations = slope();
        stations.push(station(50.5, 50.5, 35.15));
        for method in [HeatMethod::InverseDistance, HeatMethod::Kriging] {
            let map = heat_map(&stations, method, area(100.0), 1.0).unwrap();
            let at = 50 * map.width + 50;
            assert!((map.values[at].unwrap() - 35.15).abs() < 1e-6, "{method:?} {:?}", map.values[at]);
            if method == HeatMethod::Kriging {
                assert!(map.variances[at] < 1e-6, "{}", map.variances[at]);
            }
        }
    }

    #[test]
    fn kriging_follows_a_slope_better_than_inverse_distance() {
        let error = |method| {
            let map = heat_map(&slope(), method, area(100.0), 5.0).unwrap();
            let mut sum = (0.0, 0.0);
            for (ix, v) in map.values.iter().enumerate() {
                if let Some(v) = v {
                    let x = map.origin.x + (ix % map.width) as f64 * map.cell_m;
                    sum = (sum.0 + (v - 20.0 - 0.3 * x).powi(2), sum.1 + 1.0);
                }
            }
            (sum.0 / sum.1).sqrt()
        };
        let (kriging, inverse) = (error(HeatMethod::Kriging), error(HeatMethod::InverseDistance));
        assert!(kriging < 2.0 && kriging < inverse, "{kriging} {inverse}");
    }

    #[test]
    fn far_from_all_stations_nothing_is_said() {
        let stations = slope();
        for method in [HeatMethod::InverseDistance, HeatMethod::Kriging] {
            let map = heat_map(&stations, method, area(2000.0), 50.0).unwrap();
            assert!(map.values[0].is_some(), "{method:?}");
            assert_eq!(map.values.last().unwrap(), &None, "{method:?}");
        }
    }

    #[test]
    fn where_all_read_the_same_so_does_the_map() {
        let flat: Vec<Station> = slope().into_iter().map(|s| Station { value: 7.0, ..s }).collect();
        for method in [HeatMethod::InverseDistance, HeatMethod::Kriging] {
            let map = heat_map(&flat, method, area(100.0), 10.0).unwrap();
            assert!(map.values.iter().flatten().all(|v| (v - 7.0).abs() < 1e-9), "{method:?}");
            assert!(map.values.iter().flatten().count() > 50, "{method:?}");
        }
    }

    #[test]
    fn five_in_a_cross_weigh_by_hand() {
        let cross = [
            station(0.0, 0.0, 10.0),
            station(10.0, 0.0, 0.0),
            station(-10.0, 0.0, 0.0),
            station(0.0, 10.0, 0.0),
            station(0.0, -10.0, 0.0),
        ];
        let at = DVec2::new(5.0, 0.0);
        // Squared distances 25, 25, 225, 125, 125: 10 · (1/25) / (2/25 + 1/225 + 2/125).
        let expected = 10.0 / 25.0 / (2.0 / 25.0 + 1.0 / 225.0 + 2.0 / 125.0);
        let found = inverse_distance(&cross, at, 100.0).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        // By symmetry the four arms weigh the same in the middle between them.
        let v = Variogram { nugget: 0.0, partial_sill: 4.0, range_m: 30.0 };
        let solver = Kriging::new(&cross, v);
        let (left, right) = (solver.at(DVec2::new(-5.0, 0.0)), solver.at(at));
        assert!((left.0 - right.0).abs() < 1e-9 && (left.1 - right.1).abs() < 1e-9 && right.1 > 0.0);
    }
}
