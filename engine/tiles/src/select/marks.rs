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

    /// Takes a tile out.
    pub(super) fn clear(&mut self, at: TileRef) {
        if let Some(bits) = self.place(at).and_then(|(word, bit)| Some((self.bits.get_mut(word)?, bit))) {
            *bits.0 &= !bits.1;
        }
    }

    /// All tiles in it, in the order of their names. Costs a look at each 64 nodes.
    pub(super) fn iter(&self) -> impl Iterator<Item = TileRef> + '_ {
        let set = (0..).zip(&self.bits).filter(|(_, bits)| **bits != 0);
        let places = set.flat_map(|(word, &bits): (usize, _)| {
            std::iter::successors(Some(bits), |b| Some(b & b.wrapping_sub(1)))
                .take_while(|b| *b != 0)
                .map(move |b| word * 64 + b.trailing_zeros() as usize)
        });
        let mut tree = 0_u32;
        let mut offsets = self.offsets.iter().copied().peekable();
        let mut start = offsets.next().unwrap_or(0);
        places.filter_map(move |place| {
            while let Some(next) = offsets.next_if(|next| *next <= place) {
                (start, tree) = (next, tree + 1);
            }
            Some(TileRef { tree, node: u32::try_from(place - start).ok()? })
        })
    }

    fn place(&self, at: TileRef) -> Option<(usize, u64)> {
        let ix = self.offsets.get(at.tree as usize)? + at.node as usize;
        Some((ix / 64, 1 << (ix % 64)))
    }
}
