//! Seeded numbers: a small generator for the plan and value noise for surfaces.
//!
//! Everything is a pure function of its seed, so that two runs write the same bytes.

/// `SplitMix64`: small, fast, and the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn range(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of `items`, which must not be empty: the fallback is the caller's default.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T], fallback: T) -> T {
        let n = items.len().max(1) as u64;
        usize::try_from(self.next() % n).ok().and_then(|i| items.get(i).copied()).unwrap_or(fallback)
    }
}

/// A well mixed hash of a lattice point.
pub(crate) fn hash2(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = x
        .cast_unsigned()
        .wrapping_mul(0x85EB_CA6B)
        .wrapping_add(y.cast_unsigned().wrapping_mul(0xC2B2_AE35))
        .wrapping_add(seed.wrapping_mul(0x27D4_EB2F));
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}

/// [`hash2`] as a number in [0, 1).
pub(crate) fn unit2(x: i32, y: i32, seed: u32) -> f64 {
    f64::from(hash2(x, y, seed)) / 4_294_967_296.0
}

/// The lattice cell of a coordinate. Saturates far outside of any district.
#[expect(clippy::cast_possible_truncation, reason = "coordinates are within a few kilometers")]
pub(crate) fn cell(x: f64) -> i32 {
    x.floor() as i32
}

/// Smooth value noise in [-1, 1] with unit wavelength.
pub(crate) fn noise(x: f64, y: f64, seed: u32) -> f64 {
    let (fx, fy) = (x.floor(), y.floor());
    let (ix, iy) = (cell(x), cell(y));
    let (u, v) = (smooth(x - fx), smooth(y - fy));
    let a = unit2(ix, iy, seed);
    let b = unit2(ix + 1, iy, seed);
    let c = unit2(ix, iy + 1, seed);
    let d = unit2(ix + 1, iy + 1, seed);
    let top = a + (b - a) * u;
    let bottom = c + (d - c) * u;
    2.0 * (top + (bottom - top) * v) - 1.0
}

/// Octaves of [`noise`], each half as long and half as strong; about [-1, 1].
pub(crate) fn fbm(x: f64, y: f64, octaves: u32, seed: u32) -> f64 {
    let (mut sum, mut weight, mut scale, mut total) = (0.0, 1.0, 1.0, 0.0);
    for octave in 0..octaves {
        sum += weight * noise(x * scale, y * scale, seed.wrapping_add(octave * 101));
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

fn smooth(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

/// 0 below `a`, 1 above `b`, smooth between.
pub(crate) fn smoothstep(a: f64, b: f64, x: f64) -> f64 {
    smooth(((x - a) / (b - a)).clamp(0.0, 1.0))
}
