//! The scene tree, of any length.

use std::fmt::Debug;
use std::sync::Arc;

use crate::states::StateId;

/// The rows of the tree that are open, by number. The panel asks for the visible ones only, in every frame.
///
/// A `Vec<TreeRow>` is one; for trees of millions of rows see [`crate::OpenTree`].
pub trait TreeRows: Debug + Send + Sync {
    /// How many rows are open.
    fn n_rows(&self) -> usize;
    /// The row with this number; `None` beyond the end.
    fn row(&self, ix: usize) -> Option<TreeRow>;
}

impl TreeRows for Vec<TreeRow> {
    fn n_rows(&self) -> usize {
        self.len()
    }

    fn row(&self, ix: usize) -> Option<TreeRow> {
        self.get(ix).cloned()
    }
}

/// The scene tree: only the rows that are open, in order.
#[derive(Clone, Debug)]
pub struct SceneTreeModel {
    /// Rows, flattened: children follow their parent.
    pub rows: Arc<dyn TreeRows>,
    /// Objects in the scene.
    pub n_objects: u64,
    /// The search that `rows` answer; empty for the whole tree.
    pub search: String,
    /// Matches of the search.
    pub n_matches: u64,
    /// The tree is still being made.
    pub loading: bool,
    /// The file that is being imported: said where the tree has no rows yet.
    pub importing: Option<String>,
    /// Number of the row to scroll to, when it differs from the frame before.
    pub scroll_to: Option<usize>,
}

impl Default for SceneTreeModel {
    fn default() -> Self {
        Self {
            rows: Arc::new(Vec::new()),
            n_objects: 0,
            search: String::new(),
            n_matches: 0,
            loading: false,
            importing: None,
            scroll_to: None,
        }
    }
}

/// One row of the tree.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a row; every combination occurs")]
pub struct TreeRow {
    /// The object, if the row is one (a group of a class is not).
    pub row: Option<u32>,
    /// Identifies the row from frame to frame.
    pub key: u64,
    /// 0 at the top.
    pub depth: u16,
    /// Name; empty where the source has none.
    pub label: String,
    /// Class: `IfcWall`, `pipe`; empty for groups.
    pub class: String,
    /// Objects below, shown for groups; 0 shows nothing.
    pub n_below: u64,
    /// Can be opened.
    pub has_children: bool,
    /// Is open.
    pub expanded: bool,
    /// Is shown in the scene.
    pub visible: bool,
    /// Is part of the selection.
    pub selected: bool,
    /// State in the current overlay.
    pub state: Option<StateId>,
}
