//! Divides a budget by demand.

/// What one class of things would need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Bytes wanted within the share that was given.
    pub(crate) wanted_bytes: u64,
    /// Whether more would have been wanted.
    pub(crate) is_coarser: bool,
}

/// Classes of memory: meshes, ground, rasters, columns, targets.
pub(crate) const N_CLASSES: usize = 5;

/// Parts that the classes get when all want more than there is. Chosen: shapes are what a district is looked at for;
/// composed ground counts half of them, rasters are only read to compose it. Targets are not divided.
const WEIGHTS: [u64; N_CLASSES] = [6, 3, 2, 1, 0];
/// Given beyond the demand, as a fraction: so that a class whose demand grows is seen to need more. Chosen.
const HEADROOM: u64 = 4;

/// Divides `room` bytes: nobody gets less than its part by weight unless it wants less; what is left over goes to
/// those who want more, and to all by weight when nobody does. The sum is at most `room`.
pub(crate) fn shares(room: u64, demands: &[Demand; N_CLASSES]) -> [u64; N_CLASSES] {
    let wants = demands.map(|d| {
        let more = d.wanted_bytes.saturating_add(d.wanted_bytes / HEADROOM);
        if d.is_coarser { u64::MAX } else { more }
    });
    // Weight, demand, and what it is given.
    let mut rows: Vec<(u64, u64, u64)> =
        WEIGHTS.into_iter().zip(wants).map(|(w, want)| (w, want, 0)).collect();
    let mut open = WEIGHTS;
    let mut left = room;
    // Each round settles at least one class, or changes nothing.
    for _round in 0..N_CLASSES {
        let (before, weight) = (left, open.iter().sum());
        for ((w, want, given), open) in rows.iter_mut().zip(&mut open).filter(|(_, open)| **open > 0) {
            if *want <= part(before, *w, weight) {
                (*given, *open) = (*want, 0);
                left -= *want;
            }
        }
    }
    let takers = if open.iter().sum::<u64>() > 0 { open } else { WEIGHTS };
    let weight = takers.iter().sum();
    for ((.., given), w) in rows.iter_mut().zip(takers) {
        *given += part(left, w, weight);
    }
    let mut given = rows.into_iter().map(|(.., given)| given);
    std::array::from_fn(|_| given.next().unwrap_or(0))
}

/// `weight` of `all` parts of `bytes`.
fn part(bytes: u64, weight: u64, all: u64) -> u64 {
    let share = u128::from(bytes) * u128::from(weight) / u128::from(all.max(1));
    u64::try_from(share).unwrap_or(bytes)
}
