//! How readings arrive where nothing arrives in order: for tests of what must not depend on it.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of a test are small")]

/// A generator of numbers from 0 to 1 that every run repeats (`SplitMix64`).
pub(crate) fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut x = seed;
    move || {
        x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = x;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The rows of `sorted` as they may arrive: 10 % change places, 10 % come twice, 5 % come at the very end.
pub(crate) fn disordered<T: Clone>(sorted: &[T], next: &mut impl FnMut() -> f64) -> Vec<T> {
    let (mut arriving, mut late) = (Vec::new(), Vec::new());
    for row in sorted {
        let dice = next();
        if dice < 0.05 {
            late.push(row.clone());
            continue;
        }
        arriving.push(row.clone());
        if dice < 0.15 {
            arriving.push(row.clone());
        }
    }
    for ix in 0..arriving.len() {
        if next() < 0.1 {
            let other = (next() * arriving.len() as f64) as usize;
            arriving.swap(ix, other);
        }
    }
    arriving.extend(late);
    arriving
}
