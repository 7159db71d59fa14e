//! How unusual a reading is: how far it, its jump, and the mean and spread of the last ones lie beyond everything that
//! the series has shown. One reading after another; nothing is tuned to a series.
//!
//! Weights and lengths were chosen on every other file of the Numenta Anomaly Benchmark, and hold on the others.

use std::collections::VecDeque;

/// Readings that are learned from before anything is unusual. Chosen.
const WARM_UP: usize = 200;
/// Readings in the mean and the spread. Chosen.
const SPAN: usize = 30;
/// Readings after an unusual one in which only a more unusual one counts. Chosen.
const REST: usize = 100;
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
    /// (number of the reading, score), the unusual ones of the last [`REST`].
    peaks: VecDeque<(usize, f64)>,
}

/// Smallest and largest of what was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Range(Option<(f64, f64)>);

impl Range {
    /// Takes a value; by how much of the range seen before it lies beyond it.
    fn beyond(&mut self, v: f64) -> f64 {
        let Some((low, high)) = self.0 else {
            self.0 = Some((v, v));
            return 0.0;
        };
        self.0 = Some((low.min(v), high.max(v)));
        let (by, range) = ((low - v).max(v - high), high - low);
        if range > 0.0 && by > 0.0 { by / range } else { 0.0 }
    }
}

impl Watcher {
    /// Takes the next reading, which is finite; `None` if it is as usual.
    pub fn push(&mut self, value: f64) -> Option<Unusual> {
        self.n += 1;
        let jump = self.last.replace(value).map_or(0.0, |last| (value - last).abs());
        // Jumps and spreads vary more than levels do.
        let mut found =
            [(Trait::Level, self.level.beyond(value)), (Trait::Jump, self.jump.beyond(jump) / 2.0)].to_vec();
        self.window.push_back(value);
        if self.window.len() > SPAN {
            self.window.pop_front();
            let n = SPAN as f64;
            let mean = self.window.iter().sum::<f64>() / n;
            let variance = self.window.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
            found.push((Trait::Mean, self.mean.beyond(mean)));
            found.push((Trait::Spread, self.spread.beyond(variance.sqrt()) / 2.0));
        }
        let (what, by) = found.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let score = by / (by + HALF);
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
