//! Statistics over the readings of a while, one reading at a time in the order of time.

use std::collections::VecDeque;

use lantu_base::UtcNanos;

use crate::rules::{Fact, Statistic, StatisticKind};

const NANOS_PER_S: f64 = 1e9;

/// One statistic while it runs. A function of the readings pushed so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running {
    /// (time, value), ascending: of a mean or sum all readings of the window, of an extreme those that may still become
    /// it, of a rate the window's and the latest one before it.
    kept: VecDeque<(i64, f64)>,
    /// Sum of what is kept, for means.
    sum: f64,
    /// Readings taken out of `sum` since it was last summed up afresh: rounding must not add up over months.
    n_removed: usize,
    /// Readings in the window.
    n: usize,
    first: Option<f64>,
    in_hours: bool,
}

impl Running {
    /// Takes the next reading; `in_hours` is whether the statistic's hours hold at `t`.
    pub(crate) fn push(&mut self, s: &Statistic, t: i64, value: f64, in_hours: bool) -> Fact {
        if !in_hours {
            *self = Self::default();
            return Fact::Off;
        }
        if !self.in_hours {
            *self = Self { in_hours: true, ..Self::default() };
        }
        let cut = s.window_s.map_or(i64::MIN, |w| UtcNanos(t).0.saturating_sub(nanos(w)));
        let enough = |n: usize| n >= s.min_samples.unwrap_or(1) as usize;
        match s.kind {
            StatisticKind::Value => Fact::Known(value),
            StatisticKind::Mean | StatisticKind::Leq | StatisticKind::Sum => {
                self.sums(s, (t, value), cut, enough)
            }
            StatisticKind::Min => self.extreme((t, value), cut, |kept, new| kept >= new),
            StatisticKind::Max => self.extreme((t, value), cut, |kept, new| kept <= new),
            StatisticKind::Rate => self.rate(s, (t, value), cut),
            StatisticKind::Change => Fact::Known(value - *self.first.get_or_insert(value)),
        }
    }

    fn sums(
        &mut self,
        s: &Statistic,
        (t, value): (i64, f64),
        cut: i64,
        enough: impl Fn(usize) -> bool,
    ) -> Fact {
        let term = if s.kind == StatisticKind::Leq { 10_f64.powf(value / 10.0) } else { value };
        self.n += 1;
        self.sum += term;
        if s.window_s.is_some() {
            self.kept.push_back((t, term));
            while self.kept.front().is_some_and(|&(time, _)| time <= cut) {
                if let Some((_, old)) = self.kept.pop_front() {
                    self.sum -= old;
                    self.n -= 1;
                    self.n_removed += 1;
                }
            }
            // As often as there are terms: the sum costs two additions a reading, and its error does not grow.
            // A value of 10³⁰⁸ leaves no more than itself behind.
            if self.n_removed >= self.kept.len() || !self.sum.is_finite() {
                self.sum = self.kept.iter().map(|&(_, v)| v).sum();
                self.n_removed = 0;
            }
        }
        if !enough(self.n) || !self.sum.is_finite() {
            return Fact::Missing;
        }
        let mean = self.sum / self.n as f64;
        Fact::Known(match s.kind {
            StatisticKind::Sum => self.sum,
            StatisticKind::Leq => 10.0 * mean.log10(),
            _ => mean,
        })
    }

    fn extreme(&mut self, new: (i64, f64), cut: i64, gives_way: impl Fn(f64, f64) -> bool) -> Fact {
        while self.kept.back().is_some_and(|&(_, v)| gives_way(v, new.1)) {
            self.kept.pop_back();
        }
        self.kept.push_back(new);
        while self.kept.front().is_some_and(|&(time, _)| time <= cut) {
            self.kept.pop_front();
        }
        self.kept.front().map_or(Fact::Missing, |&(_, v)| Fact::Known(v))
    }

    fn rate(&mut self, s: &Statistic, (t, value): (i64, f64), cut: i64) -> Fact {
        self.kept.push_back((t, value));
        while self.kept.get(1).is_some_and(|&(time, _)| time <= cut) {
            self.kept.pop_front();
        }
        match self.kept.front() {
            Some(&(time, before)) if time <= cut => {
                let elapsed_s = (i128::from(t) - i128::from(time)) as f64 / NANOS_PER_S;
                Fact::Known((value - before) / elapsed_s * s.per_s.unwrap_or(1.0))
            }
            _ => Fact::Missing,
        }
    }
}

/// Seconds as nanoseconds, at most those of 292 years.
#[expect(clippy::cast_possible_truncation, reason = "saturates, as it should")]
pub(crate) fn nanos(seconds: f64) -> i64 {
    (seconds * NANOS_PER_S).round() as i64
}
