//! When a slow series will cross a threshold: Theil–Sen, which a few gross errors do not move.

use lantu_base::{ChannelId, UtcNanos};

use crate::{Quality, TimeStore};

/// Readings that are compared with each other at most: pairs grow with the square. Chosen: 80 000 pairs take 10 ms.
const MAX_POINTS: usize = 400;
/// Fewer say nothing about a slope. Chosen: below it the interval of the slope is the whole range of pairs.
const MIN_POINTS: usize = 10;
/// Share of the distances to the line under which those to two levels say that it was a step. Chosen: a ramp is never nearer
/// to two levels than to its line, a clear step always.
const STEP: f64 = 0.6;
/// Two-sided 95 % of the normal distribution.
const Z95: f64 = 1.959_963_985;
const DAY_S: f64 = 86_400.0;

/// The line through a series, and when it meets a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Slope in units a day.
    pub slope_per_day: f64,
    /// Its interval of 95 %.
    pub slope_interval: (f64, f64),
    /// Value of the line at the end of the series.
    pub level: f64,
    /// When the line crosses the threshold.
    pub crossing: UtcNanos,
    /// Earliest and latest crossing by the interval of the slope; `None` later than a thousand years.
    pub crossing_interval: (UtcNanos, Option<UtcNanos>),
    /// Readings that it rests on.
    pub n: usize,
    /// Instants of the first and the last of them.
    pub series: (UtcNanos, UtcNanos),
}

impl Forecast {
    /// Value of the line at an instant, and its interval by that of the slope: around the end of the series, at which the
    /// line has its level for certain.
    pub fn value_at(&self, t: UtcNanos) -> (f64, [f64; 2]) {
        let days = t.seconds_since(self.series.1) / DAY_S;
        let at = |slope: f64| self.level + slope * days;
        let (a, b) = (at(self.slope_interval.0), at(self.slope_interval.1));
        (at(self.slope_per_day), [a.min(b), a.max(b)])
    }
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoForecast {
    /// Fewer readings than it takes.
    TooFew {
        /// How many there are.
        n: usize,
    },
    /// The interval of the slope holds zero: it may as well stand still.
    NoTrend {
        /// Slope in units a day.
        slope_per_day: f64,
        /// Its interval of 95 %.
        slope_interval: (f64, f64),
    },
    /// It moves away from the threshold.
    Away {
        /// Slope in units a day.
        slope_per_day: f64,
        /// Its interval of 95 %.
        slope_interval: (f64, f64),
    },
    /// It has reached the threshold already.
    Reached {
        /// Value of the line at the end of the series.
        level: f64,
    },
    /// It stood, moved in one step and stands again: a line through that says nothing of what comes.
    Step {
        /// The last reading before it.
        at: UtcNanos,
        /// Medians before and after it.
        levels: (f64, f64),
    },
    /// The crossing lies more than a thousand years away.
    TooFar {
        /// Slope in units a day.
        slope_per_day: f64,
    },
}

/// Forecasts a channel from its believable readings in `span`, both ends included.
///
/// A threshold above the series is crossed upwards, one below it downwards. Where there are more readings than can be
/// compared, equal stretches are represented by their medians.
///
/// # Errors
/// [`NoForecast`] says why there is none.
pub fn forecast(
    store: &TimeStore,
    channel: &ChannelId,
    span: (UtcNanos, UtcNanos),
    threshold: f64,
) -> Result<Forecast, NoForecast> {
    let series = Series::read(store, channel, span);
    let (line, interval) = series.trend()?;
    crossing(&series, (&line, interval), threshold)
}

/// The forecast of the threshold that a channel will cross first, with the threshold.
///
/// # Errors
/// Why there is none of any: [`NoForecast::Reached`] only where all are reached; `None` where there is no threshold.
pub fn first_forecast(
    store: &TimeStore,
    channel: &ChannelId,
    span: (UtcNanos, UtcNanos),
    thresholds: &[f64],
) -> Result<(Forecast, f64), Option<NoForecast>> {
    if thresholds.is_empty() {
        return Err(None);
    }
    let series = Series::read(store, channel, span);
    let (line, interval) = series.trend()?;
    let (mut first, mut why): (Option<(Forecast, f64)>, Option<NoForecast>) = (None, None);
    for &threshold in thresholds {
        match crossing(&series, (&line, interval), threshold) {
            Ok(f) => {
                if first.is_none_or(|(known, _)| f.crossing < known.crossing) {
                    first = Some((f, threshold));
                }
            }
            Err(NoForecast::Reached { .. }) if why.is_some() => {}
            Err(refused) => why = Some(refused),
        }
    }
    first.ok_or(why)
}

/// When the line of a series crosses a threshold.
fn crossing(
    series: &Series,
    (line, interval): (&Line, (f64, f64)),
    threshold: f64,
) -> Result<Forecast, NoForecast> {
    let slope = line.slope;
    line.meets(threshold).map_err(|miss| match miss {
        Miss::Reached => NoForecast::Reached { level: line.level },
        Miss::Away => NoForecast::Away { slope_per_day: slope, slope_interval: interval },
    })?;
    let at = |slope: f64| line.instant((threshold - line.level) / slope);
    let (fast, slow) = if slope > 0.0 { (interval.1, interval.0) } else { interval };
    let crossing = at(slope).ok_or(NoForecast::TooFar { slope_per_day: slope })?;
    let earliest = at(fast).unwrap_or(crossing);
    Ok(Forecast {
        slope_per_day: slope,
        slope_interval: interval,
        level: line.level,
        crossing,
        crossing_interval: (earliest, at(slow)),
        n: series.n,
        series: (series.begin, series.origin),
    })
}

/// The first of some thresholds that a channel will cross: where [`forecast`] gives a crossing of it, and when; `None` where
/// it gives none of any. Costs little where a series has no trend, as most have none, and one line where it has.
pub fn first_crossing(
    store: &TimeStore,
    channel: &ChannelId,
    span: (UtcNanos, UtcNanos),
    thresholds: &[f64],
) -> Option<(UtcNanos, f64)> {
    let series = Series::read(store, channel, span);
    if !series.has_trend() {
        return None;
    }
    let line = series.line()?;
    if series.step(&line).is_some() {
        return None;
    }
    let meets = |threshold: &f64| {
        line.meets(*threshold).ok()?;
        Some((line.instant((threshold - line.level) / line.slope)?, *threshold))
    };
    thresholds.iter().filter_map(meets).min_by_key(|c| c.0)
}

/// Believable readings of a time, as few as can be compared with each other.
struct Series {
    begin: UtcNanos,
    origin: UtcNanos,
    /// Days since the origin, and values.
    points: Vec<(f64, f64)>,
    /// Readings that the points stand for.
    n: usize,
}

/// The line through a series.
struct Line {
    origin: UtcNanos,
    slope: f64,
    /// Its values at the begin and at the end of the series.
    first: f64,
    level: f64,
}

/// Why a line does not come to a threshold.
enum Miss {
    Reached,
    Away,
}

impl Series {
    fn read(store: &TimeStore, channel: &ChannelId, (from, to): (UtcNanos, UtcNanos)) -> Self {
        let good = |q: Quality| matches!(q, Quality::Good | Quality::Uncertain);
        let readings = store.range(channel, from, to);
        let origin = readings.last().map_or(to, |s| s.time);
        let begin = readings.first().map_or(from, |s| s.time);
        let points: Vec<(f64, f64)> = readings
            .iter()
            .filter(|s| good(s.quality))
            .map(|s| (s.time.seconds_since(origin) / DAY_S, s.value))
            .collect();
        Self { begin, origin, n: points.len(), points: thinned(points) }
    }

    /// The line and the interval of its slope, where that leaves zero out.
    fn trend(&self) -> Result<(Line, (f64, f64)), NoForecast> {
        let n = self.n;
        let (line, slope_interval) = self.line().zip(self.interval()).ok_or(NoForecast::TooFew { n })?;
        if slope_interval.0 <= 0.0 && slope_interval.1 >= 0.0 {
            return Err(NoForecast::NoTrend { slope_per_day: line.slope, slope_interval });
        }
        match self.step(&line) {
            Some((days, levels)) => Err(NoForecast::Step { at: self.origin.plus_s(days * DAY_S), levels }),
            None => Ok((line, slope_interval)),
        }
    }

    /// When the points are so much nearer to two levels than to a line that they moved in one step: the last of them before
    /// it, and the two levels.
    fn step(&self, line: &Line) -> Option<(f64, (f64, f64))> {
        let off_line: f64 = self.points.iter().map(|(t, v)| (v - line.level - line.slope * t).abs()).sum();
        // With some points on either side: the first and the last may be gross errors.
        let fewest = (self.points.len() / 10).max(3);
        let mut best: Option<(f64, f64, (f64, f64))> = None;
        // Some places are enough: one that is missed by a few points is near to two levels all the same.
        for n in (fewest..=self.points.len().saturating_sub(fewest)).step_by((self.points.len() / 32).max(1))
        {
            let (before, after) = self.points.split_at_checked(n)?;
            let level = |part: &[(f64, f64)]| middle(&mut part.iter().map(|p| p.1).collect::<Vec<_>>());
            let (low, high) = (level(before)?, level(after)?);
            let off = |part: &[(f64, f64)], level: f64| part.iter().map(|p| (p.1 - level).abs()).sum::<f64>();
            let off = off(before, low) + off(after, high);
            if best.is_none_or(|(least, ..)| off < least) {
                best = Some((off, before.last()?.0, (low, high)));
            }
        }
        let (off, at, levels) = best?;
        (off < STEP * off_line).then_some((at, levels))
    }

    /// Whether the interval of the line's slope leaves zero out: by the signs of the slopes of all pairs, without the slopes.
    fn has_trend(&self) -> bool {
        let (mut n_falling, mut n_rising, mut n_pairs) = (0, 0, 0);
        let mut rest = self.points.as_slice();
        while let Some(((t0, v0), after)) = rest.split_first() {
            for (t1, v1) in after {
                n_pairs += usize::from(t1 > t0);
                n_falling += usize::from(t1 > t0 && v1 < v0);
                n_rising += usize::from(t1 > t0 && v1 > v0);
            }
            rest = after;
        }
        let Some((low, high)) = places(n_pairs, self.points.len()) else { return false };
        // In order: falling pairs, level ones, rising ones.
        self.n >= MIN_POINTS && (low >= n_pairs - n_rising || high < n_falling)
    }

    /// `None` for fewer readings than it takes.
    fn line(&self) -> Option<Line> {
        if self.n < MIN_POINTS {
            return None;
        }
        let slope = middle(&mut slopes(&self.points))?;
        let level = median(self.points.iter().map(|(t, v)| v - slope * t).collect())?;
        let first = self.points.first().map_or(level, |(t, _)| level + slope * t);
        Some(Line { origin: self.origin, slope, first, level })
    }

    /// The interval of 95 % of the line's slope (Sen 1968, by the variance of Kendall's S).
    fn interval(&self) -> Option<(f64, f64)> {
        let mut slopes = slopes(&self.points);
        let (low, high) = places(slopes.len(), self.points.len())?;
        let low = nth(&mut slopes, low)?;
        Some((low, nth(&mut slopes, high)?))
    }
}

impl Line {
    /// Whether it comes to a threshold after the series.
    fn meets(&self, threshold: f64) -> Result<(), Miss> {
        let gap = threshold - self.level;
        // Which side the series began on says which way it crosses.
        if (threshold - self.first).signum() * gap.signum() <= 0.0 {
            return Err(Miss::Reached);
        }
        if gap.signum() * self.slope.signum() < 0.0 {
            return Err(Miss::Away);
        }
        Ok(())
    }

    /// So many days after the series; `None` beyond a thousand years.
    fn instant(&self, days: f64) -> Option<UtcNanos> {
        let near = days.is_finite() && days < 365_250.0;
        near.then(|| self.origin.plus_s(days * DAY_S)).filter(|t| t.0 < i64::MAX)
    }
}

/// Medians of time and value of equal stretches, where there are too many points.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MAX_POINTS {
        return points;
    }
    let size = points.len().div_ceil(MAX_POINTS);
    let middle = |part: &[(f64, f64)]| {
        let t = median(part.iter().map(|p| p.0).collect())?;
        Some((t, median(part.iter().map(|p| p.1).collect())?))
    };
    points.chunks(size).filter_map(middle).collect()
}

/// Slopes of all pairs (Theil and Sen).
fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    let mut rest = points;
    while let Some(((t0, v0), after)) = rest.split_first() {
        slopes.extend(after.iter().filter(|(t1, _)| t1 > t0).map(|(t1, v1)| (v1 - v0) / (t1 - t0)));
        rest = after;
    }
    slopes
}

/// The number at a place of the order, which costs a fraction of all of the order.
fn nth(values: &mut [f64], place: usize) -> Option<f64> {
    (place < values.len()).then(|| *values.select_nth_unstable_by(place, f64::total_cmp).1)
}

/// The median; the order is lost.
fn middle(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    let upper = nth(values, half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let below = values.get(..half)?;
    Some(f64::midpoint(upper, below.iter().copied().max_by(f64::total_cmp)?))
}

/// Where the ends of the interval of 95 % stand among the slopes of all pairs in their order; `None` without pairs.
fn places(n_pairs: usize, n_points: usize) -> Option<(usize, usize)> {
    let n = n_points as f64;
    let half = Z95 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt() / 2.0;
    let middle = n_pairs as f64 / 2.0;
    let last = n_pairs.checked_sub(1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the list")]
    let place = |x: f64| x.clamp(0.0, last as f64) as usize;
    Some((place((middle - half).floor()), place((middle + half).ceil())))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    middle(&mut values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;

    const DAY: i64 = 86_400_000_000_000;

    /// Values at so many nanoseconds from one to the next.
    fn store_every(step: i64, values: impl IntoIterator<Item = f64>) -> TimeStore {
        let rows = values.into_iter().zip(0..).map(|(value, n)| {
            let (time, quality) = (UtcNanos(n * step), Quality::Good);
            (ChannelId("c".into()), Sample::new(time, value, quality, "mm".into()))
        });
        TimeStore::default().extended(rows.collect()).0
    }

    fn store(values: impl IntoIterator<Item = f64>) -> TimeStore {
        store_every(DAY, values)
    }

    fn ask(values: Vec<f64>, threshold: f64) -> Result<Forecast, NoForecast> {
        let all = (UtcNanos(i64::MIN), UtcNanos(i64::MAX));
        forecast(&store(values), &ChannelId("c".into()), all, threshold)
    }

    /// Noise between −0.5 and 0.5 that every run repeats.
    fn noise(n: u64) -> f64 {
        let z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((z ^ (z >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    #[test]
    fn a_step_is_no_trend_and_a_ramp_with_much_scatter_is_one() {
        for (n_before, n_after) in [(20, 20), (12, 40), (300, 500)] {
            let levels = |d: u64| if d < n_before { 109.0 } else { 65.0 };
            let values: Vec<f64> = (0..n_before + n_after).map(|d| levels(d) + 4.0 * noise(d)).collect();
            let Err(NoForecast::Step { at, levels: (before, after) }) = ask(values.clone(), 0.0) else {
                panic!("{:?}", ask(values, 0.0))
            };
            let day = at.0 / DAY - i64::try_from(n_before).unwrap();
            let near = i64::try_from((n_before + n_after) / 32).unwrap() + 2;
            assert!(day.abs() <= near && (before - 109.0).abs() < 2.0 && (after - 65.0).abs() < 2.0, "{day}");
            let (store, c) = (store(values), ChannelId("c".into()));
            assert_eq!(first_crossing(&store, &c, (UtcNanos(i64::MIN), UtcNanos(i64::MAX)), &[0.0]), None);
        }
        for scatter in [0.0, 1.0, 10.0, 30.0] {
            let values: Vec<f64> = (0..80).map(|d| 0.5 * d as f64 + scatter * noise(d)).collect();
            assert!(ask(values, 100.0).is_ok(), "{scatter}");
        }
    }

    #[test]
    fn a_tenth_of_gross_errors_moves_the_crossing_by_less_than_two_days() {
        // 0.5 mm a day from 0: 30 mm on day 60.
        let values: Vec<f64> =
            (0..40).map(|d| if d % 10 == 7 { 80.0 } else { 0.5 * d as f64 + noise(d) }).collect();
        let f = ask(values, 30.0).unwrap();
        let day = f.crossing.0 as f64 / DAY as f64;
        assert!((day - 60.0).abs() < 2.0, "day {day}");
        let (early, late) = f.crossing_interval;
        assert!(early < f.crossing && f.crossing < late.unwrap());
        assert!(f.slope_interval.0 < 0.5 && 0.5 < f.slope_interval.1, "{f:?}");
    }

    #[test]
    fn what_stands_still_moves_away_or_is_there_already_gets_no_forecast() {
        assert!(matches!(ask((0..40).map(noise).collect(), 30.0), Err(NoForecast::NoTrend { .. })));
        assert!(matches!(ask((0..40).map(|d| -f64::from(d)).collect(), 30.0), Err(NoForecast::Away { .. })));
        assert!(matches!(ask((0..40).map(f64::from).collect(), 30.0), Err(NoForecast::Reached { .. })));
        assert!(matches!(ask(vec![1.0, 2.0], 30.0), Err(NoForecast::TooFew { n: 2 })));
        assert!(ask((0..40).map(|d| -0.5 * f64::from(d)).collect(), -30.0).is_ok(), "downwards too");
    }

    #[test]
    fn the_line_is_that_of_all_slopes_in_their_order() {
        for n in [2_u64, 3, 10, 11, 57, 144] {
            for drift in [0.0, 0.02, -0.4] {
                let value = |d: u64| if n == 57 { (d % 5) as f64 } else { noise(d) * 3.0 + drift * d as f64 };
                let points: Vec<(f64, f64)> = (0..n).map(|d| (d as f64, value(d))).collect();
                let mut slopes: Vec<f64> = Vec::new();
                for (ix, a) in points.iter().enumerate() {
                    slopes.extend(points[ix + 1..].iter().map(|b| (b.1 - a.1) / (b.0 - a.0)));
                }
                slopes.sort_by(f64::total_cmp);
                let (low, high) = places(slopes.len(), points.len()).unwrap();
                let ends = (slopes[low], slopes[high]);
                let half = slopes.len() / 2;
                let median = if slopes.len() % 2 == 1 {
                    slopes[half]
                } else {
                    f64::midpoint(slopes[half], slopes[half - 1])
                };
                assert_eq!(middle(&mut super::slopes(&points)), Some(median), "{n} {drift}");
                let (begin, origin) = (UtcNanos(0), UtcNanos(0));
                let series = Series { begin, origin, n: points.len(), points };
                assert_eq!(series.interval(), Some(ends), "{n} {drift}");
                let still = ends.0 <= 0.0 && ends.1 >= 0.0;
                assert_eq!(series.has_trend(), !still && series.n >= MIN_POINTS, "{n} {drift}");
            }
        }
    }

    #[test]
    fn the_first_of_two_thresholds_is_the_one_that_forecasts_give() {
        let all = (UtcNanos(i64::MIN), UtcNanos(i64::MAX));
        let (rising, id) = (store((0..40).map(|d| 0.5 * d as f64 + noise(d))), ChannelId("c".into()));
        let alone = forecast(&rising, &id, all, 30.0).unwrap();
        assert_eq!(first_crossing(&rising, &id, all, &[-30.0, 45.0, 30.0]), Some((alone.crossing, 30.0)));
        assert_eq!(first_crossing(&rising, &id, all, &[-30.0]), None, "away from it");
        assert_eq!(first_forecast(&rising, &id, all, &[-30.0, 45.0, 30.0]), Ok((alone, 30.0)));
        let refused = |thresholds: &[f64]| first_forecast(&rising, &id, all, thresholds).unwrap_err();
        assert_eq!(refused(&[]), None);
        assert!(matches!(refused(&[5.0, -30.0]), Some(NoForecast::Away { .. })));
        assert!(matches!(refused(&[-30.0, 5.0]), Some(NoForecast::Away { .. })));
        assert!(matches!(refused(&[5.0, 6.0]), Some(NoForecast::Reached { .. })));
        // The line leads from the last reading to the crossing, and its interval to those of the crossing.
        let last = UtcNanos(39 * DAY);
        assert_eq!(alone.series, (UtcNanos(0), last));
        assert_eq!(alone.value_at(last), (alone.level, [alone.level; 2]));
        assert!((alone.value_at(alone.crossing).0 - 30.0).abs() < 1e-6);
        assert!((alone.value_at(alone.crossing_interval.0).1[1] - 30.0).abs() < 1e-6);
        assert!((alone.value_at(alone.crossing_interval.1.unwrap()).1[0] - 30.0).abs() < 1e-6);
        assert_eq!(first_crossing(&store((0..40).map(noise)), &id, all, &[30.0]), None, "no trend");
    }

    #[test]
    fn a_year_of_minutes_is_as_good_as_its_medians() {
        let minute = 60_000_000_000;
        let value = |m: i64| m as f64 / 1440.0 + noise(m.unsigned_abs());
        let store = store_every(minute, (0..100_000).map(value));
        let all = (UtcNanos(0), UtcNanos(i64::MAX));
        let f = forecast(&store, &ChannelId("c".into()), all, 100.0).unwrap();
        assert!((f.crossing.0 as f64 / DAY as f64 - 100.0).abs() < 0.1, "{f:?}");
    }
}
