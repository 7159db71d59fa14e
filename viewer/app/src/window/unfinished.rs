//! Shapes of models whose import goes on: shown as they are made, hatched, and of no object yet.

use std::sync::Arc;

use lantu_base::{Bounds, Pattern, Style, StyleFlags};
use lantu_tiles::TileTree;

/// How they are drawn: in their colors, hatched as everything that only stands for something.
pub(crate) const UNFINISHED_STYLE: Style = Style { rgba: 0, flags: StyleFlags::pattern(Pattern::Hatch) };

/// Tiles of shapes by the jobs that make them.
#[derive(Default)]
pub(crate) struct Unfinished {
    trees: Vec<(u64, Arc<TileTree>)>,
    revision: u64,
}

impl Unfinished {
    /// Shapes that a job has made.
    pub(crate) fn push(&mut self, job: u64, tree: Arc<TileTree>) {
        self.trees.push((job, tree));
        self.revision += 1;
    }

    /// The job has ended.
    pub(crate) fn drop_of(&mut self, job: u64) {
        let before = self.trees.len();
        self.trees.retain(|(of, _)| *of != job);
        self.revision += u64::from(self.trees.len() != before);
    }

    /// Another number whenever something has changed; 0 as long as there was nothing.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The job that made the last ones.
    pub(crate) fn job(&self) -> Option<u64> {
        self.trees.last().map(|(job, _)| *job)
    }

    /// In the order in which they came.
    pub(crate) fn trees(&self) -> impl Iterator<Item = &Arc<TileTree>> {
        self.trees.iter().map(|(_, tree)| tree)
    }

    /// Boxes of their finest tiles.
    pub(crate) fn boxes(&self) -> Vec<Bounds> {
        self.trees().flat_map(|t| t.nodes.iter().filter(|n| n.n_children == 0).map(|n| n.bounds)).collect()
    }
}
