//! One bit for each node of some trees.

use super::TileRef;
use crate::tree::TileTree;

/// A set of tiles: made in one allocation, changed in none.
pub(super) struct Marks {
    /// Number of nodes in the trees before each.
    offsets: Vec<usize>,
    bits: Vec<u64>,
}

impl Marks {
    pub(super) fn new(trees: &[&TileTree]) -> Self {
        let offsets =
            trees.iter().scan(0, |n, tree| Some(std::mem::replace(n, *n + tree.nodes.len()))).collect();
        let n: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
        Self { offsets, bits: vec![0; n.div_ceil(64)] }
    }

    /// Adds a tile; whether it was not there.
    pub(super) fn set(&mut self, at: TileRef) -> bool {
        let Some((word, bit)) = self.place(at) else { return false };
        let Some(bits) = self.bits.get_mut(word) else { return false };
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }

    pub(super) fn get(&self, at: TileRef) -> bool {
        self.place(at).is_some_and(|(word, bit)| self.bits.get(word).is_some_and(|bits| bits & bit != 0))
    }

    fn place(&self, at: TileRef) -> Option<(usize, u64)> {
        let ix = self.offsets.get(at.tree as usize)? + at.node as usize;
        Some((ix / 64, 1 << (ix % 64)))
    }
}
