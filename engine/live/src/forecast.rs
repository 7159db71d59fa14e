//! When a slow series will cross a threshold: Theil–Sen, which a few gross errors do not move.

use lantu_base::{ChannelId, UtcNanos};

use crate::{Quality, TimeStore};

/// Readings that are compared with each other at most: pairs grow with the square. Chosen: 80 000 pairs take 10 ms.
const MAX_POINTS: usize = 400;
/// Fewer say nothing about a slope. Chosen: below it the interval of the slope is the whole range of pairs.
const MIN_POINTS: usize = 10;
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
    /// The crossing lies more than a thousand years away.
    TooFar {
        /// Slope in units a day.
        slope_per_day: f64,
    },
}

/// Forecasts a channel from its believable readings in `from ≤ time ≤ to`.
///
/// A threshold above the series is crossed upwards, one below it downwards. Where there are more readings than can be
/// compared, equal stretches are represented by their medians.
///
/// # Errors
/// [`NoForecast`] says why there is none.
pub fn forecast(
    store: &TimeStore,
    channel: &ChannelId,
    (from, to): (UtcNanos, UtcNanos),
    threshold: f64,
) -> Result<Forecast, NoForecast> {
    let good = |q: Quality| matches!(q, Quality::Good | Quality::Uncertain);
    let readings = store.range(channel, from, to);
    let origin = readings.last().map_or(to, |s| s.time);
    let points: Vec<(f64, f64)> = readings
        .iter()
        .filter(|s| good(s.quality))
        .map(|s| (s.time.seconds_since(origin) / DAY_S, s.value))
        .collect();
    let n = points.len();
    if n < MIN_POINTS {
        return Err(NoForecast::TooFew { n });
    }
    let points = thinned(&points);
    let (slope, interval) = theil_sen(&points).ok_or(NoForecast::TooFew { n })?;
    let level = median(points.iter().map(|(t, v)| v - slope * t).collect()).unwrap_or(threshold);
    if interval.0 <= 0.0 && interval.1 >= 0.0 {
        return Err(NoForecast::NoTrend { slope_per_day: slope, slope_interval: interval });
    }
    let gap = threshold - level;
    // Which side the series began on says which way it crosses.
    let first = points.first().map_or(level, |(t, _)| level + slope * t);
    if (threshold - first).signum() * gap.signum() <= 0.0 {
        return Err(NoForecast::Reached { level });
    }
    if gap.signum() * slope.signum() < 0.0 {
        return Err(NoForecast::Away { slope_per_day: slope, slope_interval: interval });
    }
    let at = |slope: f64| {
        let days = gap / slope;
        (days.is_finite() && days < 365_250.0).then(|| origin.plus_s(days * DAY_S)).filter(|t| t.0 < i64::MAX)
    };
    let (fast, slow) = if slope > 0.0 { (interval.1, interval.0) } else { interval };
    let crossing = at(slope).ok_or(NoForecast::TooFar { slope_per_day: slope })?;
    let earliest = at(fast).unwrap_or(crossing);
    Ok(Forecast {
        slope_per_day: slope,
        slope_interval: interval,
        level,
        crossing,
        crossing_interval: (earliest, at(slow)),
        n,
    })
}

/// Medians of time and value of equal stretches, where there are too many points.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    let size = points.len().div_ceil(MAX_POINTS);
    let middle = |part: &[(f64, f64)]| {
        let t = median(part.iter().map(|p| p.0).collect())?;
        Some((t, median(part.iter().map(|p| p.1).collect())?))
    };
    points.chunks(size).filter_map(middle).collect()
}

/// Median of the slopes of all pairs, and its interval of 95 % (Sen 1968, by the variance of Kendall's S).
fn theil_sen(points: &[(f64, f64)]) -> Option<(f64, (f64, f64))> {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (ix, (t0, v0)) in points.iter().enumerate() {
        for (t1, v1) in points.iter().skip(ix + 1) {
            if t1 > t0 {
                slopes.push((v1 - v0) / (t1 - t0));
            }
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let n = points.len() as f64;
    let half = Z95 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt() / 2.0;
    let middle = slopes.len() as f64 / 2.0;
    let place = |x: f64| -> Option<f64> {
        let last = slopes.len().checked_sub(1)? as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the list")]
        slopes.get(x.clamp(0.0, last) as usize).copied()
    };
    Some((median_sorted(&slopes)?, (place((middle - half).floor())?, place((middle + half).ceil())?)))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    median_sorted(&values)
}

fn median_sorted(values: &[f64]) -> Option<f64> {
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(upper, *values.get(values.len() / 2 - 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;

    const DAY: i64 = 86_400_000_000_000;

    fn store(values: impl IntoIterator<Item = f64>) -> TimeStore {
        let rows = values.into_iter().zip(0..).map(|(value, day)| {
            let sample =
                Sample { time: UtcNanos(day * DAY), value, quality: Quality::Good, unit: "mm".into() };
            (ChannelId("c".into()), sample)
        });
        TimeStore::default().extended(rows.collect()).0
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
    fn a_year_of_minutes_is_as_good_as_its_medians() {
        let minute = 60_000_000_000;
        let rows = (0..100_000_i64).map(|m| {
            let value = m as f64 / 1440.0 + noise(m.unsigned_abs());
            let sample =
                Sample { time: UtcNanos(m * minute), value, quality: Quality::Good, unit: "".into() };
            (ChannelId("c".into()), sample)
        });
        let store = TimeStore::default().extended(rows.collect()).0;
        let all = (UtcNanos(0), UtcNanos(i64::MAX));
        let f = forecast(&store, &ChannelId("c".into()), all, 100.0).unwrap();
        assert!((f.crossing.0 as f64 / DAY as f64 - 100.0).abs() < 0.1, "{f:?}");
    }
}
