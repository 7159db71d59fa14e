//! How unusual a reading is: how far it, its jump, and the mean and spread of the last ones lie beyond everything that
//! the series has shown. One reading after another; nothing is tuned to a series.
//!
//! What lies far beyond enters the range seen only in part: else one large excursion would be all that was ever seen, and
//! nothing after it unusual.
//!
//! Weights and lengths were chosen on every other file of the Numenta Anomaly Benchmark, and hold on the others.

use std::collections::VecDeque;

use lantu_base::{ChannelId, UtcNanos};

use crate::store::day;
use crate::{Quality, TimeStore};

/// Readings that are learned from before anything is unusual. Chosen.
pub const WARM_UP: usize = 200;
/// From this score on a reading is marked. Chosen: where the benchmark counts most hits against false alarms.
pub const UNUSUAL_SCORE: f64 = 0.106;
/// Readings before the end of a span that are learned from at most, but for the day with which they begin. Chosen: half a
/// year of minutes, watched in a fiftieth of a second.
const MOST_LEARNED: u64 = 250_000;
/// Jumps and spreads vary more than levels do: they count half as much. Chosen.
const CALM: f64 = 0.5;
/// Readings in the mean and the spread. Chosen.
const SPAN: usize = 30;
/// Readings after an unusual one in which only a more unusual one counts. Chosen.
const REST: usize = 100;
/// So many usual readings in a row end an unusual stretch: what is unusual after it is told however it compares. Chosen:
/// with those in which the mean and the spread still hold the last excursion less than an hour of minutes.
const CALM_AGAIN: usize = 20;
/// An excursion widens the range seen by so many times it at most, within [`REST`] readings. Chosen among 0.5 to 8 on
/// every other file of the benchmark.
const WIDENED: f64 = 4.0;
/// Beyond the range seen by this share of it scores one half. Chosen.
const HALF: f64 = 0.2;

/// What of a series is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// The reading.
    Level,
    /// The difference from the reading before.
    Jump,
    /// The mean of the last thirty readings.
    Mean,
    /// The standard deviation of the last thirty readings.
    Spread,
}

/// How unusual a reading is, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unusual {
    /// 0 to 1.
    pub score: f64,
    /// What lies beyond everything seen.
    pub what: Trait,
    /// By how much, as a share of the range seen.
    pub by: f64,
}

/// Watches one series.
#[derive(Clone, Debug, Default)]
pub struct Watcher {
    n: usize,
    last: Option<f64>,
    window: VecDeque<f64>,
    level: Range,
    jump: Range,
    mean: Range,
    spread: Range,
    /// Usual readings in a row.
    n_calm: usize,
    /// (number of the reading, score), the unusual ones of the last [`REST`].
    peaks: VecDeque<(usize, f64)>,
}

/// Smallest and largest of what was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    seen: Option<(f64, f64)>,
    /// When an excursion began, and what had been seen then.
    excursion: Option<(usize, (f64, f64))>,
}

impl Range {
    /// Takes the value of reading `n`; by how much of the range seen before it lies beyond it.
    fn beyond(&mut self, n: usize, v: f64) -> f64 {
        let Some((low, high)) = self.seen else {
            self.seen = Some((v, v));
            return 0.0;
        };
        let (by, range) = ((low - v).max(v - high), high - low);
        if by <= 0.0 {
            return 0.0;
        }
        if n < WARM_UP || range <= 0.0 {
            self.seen = Some((low.min(v), high.max(v)));
            return if range > 0.0 { by / range } else { 0.0 };
        }
        let (_, before) = match self.excursion {
            Some(known) if n - known.0 < REST => known,
            _ => *self.excursion.insert((n, (low, high))),
        };
        let most = (before.1 - before.0) * WIDENED;
        self.seen = Some((low.min(v.max(before.0 - most)), high.max(v.min(before.1 + most))));
        by / range
    }
}

impl Watcher {
    /// Takes the next reading, which is finite; `None` if it is as usual.
    pub fn push(&mut self, value: f64) -> Option<Unusual> {
        self.n += 1;
        let jump = self.last.replace(value).map_or(0.0, |last| (value - last).abs());
        let mut found = [
            (Trait::Level, self.level.beyond(self.n, value), 1.0),
            (Trait::Jump, self.jump.beyond(self.n, jump), CALM),
        ]
        .to_vec();
        self.window.push_back(value);
        if self.window.len() > SPAN {
            self.window.pop_front();
            let n = SPAN as f64;
            let mean = self.window.iter().sum::<f64>() / n;
            let variance = self.window.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
            found.push((Trait::Mean, self.mean.beyond(self.n, mean), 1.0));
            found.push((Trait::Spread, self.spread.beyond(self.n, variance.sqrt()), CALM));
        }
        let (what, by, weight) = found.into_iter().max_by(|a, b| (a.1 * a.2).total_cmp(&(b.1 * b.2)))?;
        let score = by * weight / (by * weight + HALF);
        self.n_calm = if score > 0.0 { 0 } else { self.n_calm + 1 };
        if self.n_calm >= CALM_AGAIN {
            self.peaks.clear();
        }
        if self.n < WARM_UP || score <= 0.0 {
            return None;
        }
        while self.peaks.front().is_some_and(|&(at, _)| at + REST < self.n) {
            self.peaks.pop_front();
        }
        if self.peaks.iter().any(|p| p.1 >= score) {
            return None;
        }
        self.peaks.push_back((self.n, score));
        Some(Unusual { score, what, by })
    }
}

/// An unusual reading of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oddity {
    /// When.
    pub time: UtcNanos,
    /// The reading.
    pub value: f64,
    /// How unusual, and why.
    pub unusual: Unusual,
}

/// What a look at a channel found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Oddities {
    /// Unusual readings, ascending in time, of any score above 0.
    pub found: Vec<Oddity>,
    /// Believable readings until the end of the span, learned from or judged; fewer than [`WARM_UP`] are too few to know
    /// what is usual.
    pub n: usize,
}

/// Unusual readings of a channel in `from ≤ time ≤ to`, by all that it read before, at most some hundred thousand readings,
/// whole days of UTC. Bad ones are left out.
pub fn oddities(store: &TimeStore, channel: &ChannelId, (from, to): (UtcNanos, UtcNanos)) -> Oddities {
    let chunks = store.chunks_until(channel, to);
    let (mut first, mut n) = (chunks.len(), 0_u64);
    for pieces in chunks.chunk_by(|a, b| day(a.header.t0) == day(b.header.t0)).rev() {
        let of_day: u64 = pieces.iter().map(|c| u64::from(c.header.n)).sum();
        if n > 0 && n + of_day > MOST_LEARNED {
            break;
        }
        (first, n) = (first - pieces.len(), n + of_day);
    }
    let (mut out, mut watcher) = (Oddities::default(), Watcher::default());
    for chunk in chunks.get(first..).unwrap_or_default() {
        let Some(columns) = store.columns(chunk) else { continue };
        let rows = columns.times.iter().zip(&columns.values).zip(&columns.quality);
        for ((&time, &value), &quality) in rows.take(columns.count_until(to)) {
            if !matches!(Quality::from_code(quality), Quality::Good | Quality::Uncertain) {
                continue;
            }
            out.n += 1;
            let unusual = watcher.push(value).filter(|_| time >= from.0);
            out.found.extend(unusual.map(|unusual| Oddity { time: UtcNanos(time), value, unusual }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;

    fn rhythm(n: usize) -> f64 {
        (n as f64 / 24.0 * std::f64::consts::TAU).sin() + 0.01 * ((n * 7919) % 13) as f64
    }

    #[test]
    fn a_spike_a_step_and_a_standstill_are_unusual_and_a_rhythm_is_not() {
        let run = |f: &dyn Fn(usize) -> f64| -> Vec<(usize, Trait)> {
            let mut watcher = Watcher::default();
            (0..1000)
                .filter_map(|n| watcher.push(f(n)).filter(|u| u.score > 0.3).map(|u| (n, u.what)))
                .collect()
        };
        assert_eq!(run(&rhythm), []);
        let spike = run(&|n| if n == 700 { 5.0 } else { rhythm(n) });
        assert_eq!(spike.first(), Some(&(700, Trait::Jump)), "{spike:?}");
        let drift = run(&|n| rhythm(n) * 0.5 + n.saturating_sub(600).min(200) as f64 / 200.0 * 0.45);
        assert!(drift.iter().any(|u| u.1 == Trait::Mean && (600..700).contains(&u.0)), "{drift:?}");
        let still = run(&|n| if n > 600 { 0.0 } else { rhythm(n) });
        assert!(still.iter().any(|u| u.1 == Trait::Spread), "{still:?}");
    }

    /// After one large excursion nothing was unusual for ever: it was the range that had been seen.
    #[test]
    fn a_second_excursion_an_hour_after_a_large_one_is_told_however_long_both_last() {
        for (height, minutes) in [(50.0, 1), (50.0, 5), (50.0, 15), (1e6, 5), (-50.0, 5), (1e30, 3)] {
            let mut watcher = Watcher::default();
            let of = |n: usize, from: usize| (from..from + minutes).contains(&n);
            let told: Vec<_> = (0..1500)
                .filter_map(|n| {
                    let value = if of(n, 700) || of(n, 760 + minutes) { height } else { rhythm(n) };
                    watcher.push(value).filter(|u| u.score >= UNUSUAL_SCORE).map(|_| n)
                })
                .collect();
            for from in [700, 760 + minutes] {
                assert!(told.contains(&from), "{height} for {minutes} min from {from}: {told:?}");
            }
            assert!(told.len() <= 2 * minutes + 4, "nothing else is: {told:?}");
        }
    }

    /// Whether a day came at once or reading by reading, and how much of it is looked at, changes nothing.
    #[test]
    fn a_channels_unusual_readings_are_those_of_its_series_however_it_came_and_is_looked_at() {
        let id = ChannelId("a".into());
        let at = |n: usize| UtcNanos(i64::try_from(n).unwrap() * 240_000_000_000);
        let rows: Vec<_> = (0..2000)
            .map(|n| {
                let value = if n == 700 { 5.0 } else { rhythm(n) };
                // What is bad neither teaches nor is told.
                let quality = if n == 900 { Quality::Bad } else { Quality::Good };
                let value = if n == 900 { 1e6 } else { value };
                let sample = Sample::new(at(n), value, quality, "".into());
                (id.clone(), sample)
            })
            .collect();
        let (whole, _) = TimeStore::default().extended(rows.clone());
        let mut grown = TimeStore::default();
        for (id, s) in rows {
            grown.append(&id, vec![s], &mut crate::ExtendCounts::default());
        }
        let found = oddities(&whole, &id, (at(600), at(1500)));
        assert_eq!(found.n, 1500, "of 1501 one is bad");
        let most = found.found.iter().max_by(|a, b| a.unusual.score.total_cmp(&b.unusual.score)).unwrap();
        assert_eq!((most.time, most.value, most.unusual.what), (at(700), 5.0, Trait::Jump));
        assert!(most.unusual.score > UNUSUAL_SCORE && most.unusual.by > 1.0, "{most:?}");
        assert!(found.found.iter().all(|o| o.value < 6.0 && at(600) <= o.time && o.time <= at(1500)));
        assert_eq!(oddities(&grown, &id, (at(600), at(1500))), found);
        let near = oddities(&whole, &id, (at(650), at(720)));
        assert!(near.found.contains(most), "the score is of the series, not of what is shown: {near:?}");
        assert_eq!(oddities(&whole, &id, (at(0), at(99))), Oddities { found: Vec::new(), n: 100 });
    }
}
