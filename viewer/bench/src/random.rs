//! Numbers that are the same on every machine: a generator of our own, and sines from products and sums only.

use glam::DVec2;

/// `SplitMix64` (Steele, Lea and Flood 2014): one word of state, any seed is a good one.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A sequence for a seed and what it is for; different `of` give unrelated sequences.
    pub(crate) fn new(seed: u64, of: [i64; 3]) -> Self {
        let mut r = Self { state: seed };
        for part in of {
            r.state = r.word() ^ part.cast_unsigned().wrapping_mul(0xD6E8_FEB8_6659_FD93);
        }
        r
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        // 53 bits: what an f64 between 0 and 1 can hold.
        (self.word() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// From `low` to below `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// From `low` to `high`, both possible.
    pub(crate) fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.word() % span).unwrap_or(0)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of several; the default of an empty list.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let n = u64::try_from(items.len()).unwrap_or(1).max(1);
        let ix = usize::try_from(self.word() % n).unwrap_or(0);
        items.get(ix).copied().unwrap_or_default()
    }

    /// A color a little lighter or darker, by at most `amount` in each channel.
    pub(crate) fn tint(&mut self, color: [u8; 4], amount: u32) -> [u8; 4] {
        let d = i64::from(self.whole(0, 2 * amount)) - i64::from(amount);
        let [r, g, b, a] = color;
        let c = |v: u8| u8::try_from((i64::from(v) + d).clamp(0, 255)).unwrap_or(v);
        [c(r), c(g), c(b), a]
    }
}

/// Cosine and sine of an angle in turns. Systems' libraries differ in the last bit; this does not.
pub(crate) fn cos_sin(turns: f64) -> DVec2 {
    let quarter = (turns * 4.0).round();
    let x = (turns - quarter * 0.25) * std::f64::consts::TAU;
    // Taylor series on an eighth of a turn to either side: the first term left out is below 10⁻¹⁶.
    let q = x * x;
    let sum = |terms: [f64; 8]| terms.iter().rev().fold(0.0, |s, t| s * q + t);
    let c = sum([
        1.0,
        -1.0 / 2.0,
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
        -1.0 / 87_178_291_200.0,
    ]);
    let s = x * sum([
        1.0,
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5_040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
    ]);
    match quarter.rem_euclid(4.0) {
        q if q < 0.5 => DVec2::new(c, s),
        q if q < 1.5 => DVec2::new(-s, c),
        q if q < 2.5 => DVec2::new(-c, -s),
        _ => DVec2::new(s, -c),
    }
}

/// Smooth noise from −1 to 1 along a line, with a knot at each whole number.
pub(crate) fn noise(seed: u64, of: i64, at: f64) -> f64 {
    let cell = at.floor();
    #[expect(clippy::cast_possible_truncation, reason = "a district has far fewer than 2⁶³ knots")]
    let knot = |k: i64| Random::new(seed, [of, cell as i64 + k, 77]).between(-1.0, 1.0);
    let t = at - cell;
    let s = t * t * (3.0 - 2.0 * t);
    knot(0) + (knot(1) - knot(0)) * s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_sines_are_those_of_the_library_to_fifteen_digits() {
        for i in -2000..2000 {
            let turns = f64::from(i) * 0.001_37;
            let (s, c) = (turns * std::f64::consts::TAU).sin_cos();
            assert!((cos_sin(turns) - DVec2::new(c, s)).length() < 1e-14, "{turns}");
        }
    }

    #[test]
    fn a_seed_gives_the_numbers_that_it_always_gave() {
        let mut r = Random::new(1, [2, 3, 4]);
        let first = [r.whole(0, 999), r.whole(0, 999), r.whole(0, 999)];
        let mut again = Random::new(1, [2, 3, 4]);
        assert_eq!(first, [again.whole(0, 999), again.whole(0, 999), again.whole(0, 999)]);
        assert_ne!(first, [r.whole(0, 999), r.whole(0, 999), r.whole(0, 999)]);
    }
}
