//! How much is loaded for one sight before what is there has to do.

use lantu_tiles::View;

use super::Fineness;

/// What is loaded for one sight at most, in limits of memory. Chosen: from the coarsest to the finest level that fits a view
/// takes less than two; beyond, tiles only push each other out.
const MOST_LIMITS: u64 = 4;

/// What the tiles in memory follow from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sight {
    pub(super) views: Vec<View>,
    pub(super) fineness: Option<Fineness>,
    pub(super) limit_bytes: u64,
    /// Sources, finished or not.
    pub(super) n_trees: usize,
}

/// What was loaded for the present sight.
#[derive(Debug, Default)]
pub(super) struct Patience {
    sight: Sight,
    loaded_bytes: u64,
}

impl Patience {
    /// Begins anew where something else is to be seen.
    pub(super) fn look(&mut self, sight: Sight) {
        if self.sight != sight {
            *self = Self { sight, loaded_bytes: 0 };
        }
    }

    /// Counts what is loaded.
    pub(super) fn count(&mut self, bytes: u64) {
        self.loaded_bytes = self.loaded_bytes.saturating_add(bytes);
    }

    /// Whether so much was loaded that more of it changes nothing for the better.
    pub(super) fn is_over(&self) -> bool {
        self.loaded_bytes > self.sight.limit_bytes.saturating_mul(MOST_LIMITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loading_ends_when_tiles_only_push_each_other_out_and_begins_anew_with_another_sight() {
        let sight = |limit_bytes| Sight { limit_bytes, ..Sight::default() };
        let mut patience = Patience::default();
        patience.look(sight(100));
        for _ in 0..8 {
            patience.count(50);
            patience.look(sight(100));
        }
        assert!(!patience.is_over(), "four times the memory");
        patience.count(1);
        assert!(patience.is_over());
        patience.look(sight(200));
        assert!(!patience.is_over(), "more memory may show more");
    }
}
