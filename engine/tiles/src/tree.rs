//! The tree of tiles of one source: what selection knows without loading a tile.

use lantu_base::Bounds;

use crate::error::TileError;
use crate::mesh_tile::TileLayer;
use crate::pack::{MAX_RAW_BYTES, PackHash};

/// A tile as selection sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TileNode {
    /// Name of its pack.
    pub hash: PackHash,
    /// Box around everything in it and below it, in the project frame.
    pub bounds: Bounds,
    /// How far its simplified surface may lie from the true one, meters; 0 for a leaf.
    pub geometric_error_m: f64,
    /// The coarser tile that it helps to replace; `None` for a root.
    pub parent: Option<u32>,
    /// The first of the finer tiles that replace it together; 0 for a leaf.
    pub first_child: u32,
    /// How many finer tiles replace it; they follow each other.
    pub n_children: u32,
    /// Size in memory, decoded, which is its size on the GPU.
    pub bytes: u64,
    /// Triangles.
    pub n_triangles: u32,
    /// Vertices.
    pub n_vertices: u32,
    /// How it is drawn.
    pub layer: TileLayer,
}

/// The tiles of one source, breadth first: roots, then their children in the same order, and so on.
///
/// Children replace their parent (3D Tiles calls this refinement by replacement). There may be several roots, at
/// least one for each [`TileLayer`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileTree {
    /// All tiles. [`TileTree::check`] says what has to hold between them.
    pub nodes: Vec<TileNode>,
}

/// Tiles in a tree at most. Chosen: 10⁷ objects make about 10⁵ tiles; ten times that.
pub(crate) const MAX_NODES: usize = 1 << 20;
/// Levels of a tree at most. Chosen: an octree of 32 levels over 65 m leaves spans 10¹¹ m.
const MAX_LEVELS: u32 = 32;
/// Coordinates and errors at most, meters. Chosen: ten times any projected coordinate on Earth; squares stay finite.
const MAX_M: f64 = 1e9;
/// How far a child may reach beyond its parent, meters. Specified: the step of a vertex position.
const SLACK_M: f64 = 1e-3;

impl TileTree {
    /// Brings tiles whose `parent` is set into breadth-first order and sets `first_child` and `n_children`.
    ///
    /// * `nodes`: in any order; `parent` counts in this order. Siblings keep their order.
    ///
    /// # Errors
    /// [`TileError::Damaged`] when [`TileTree::check`] finds something wrong, also for tiles that no root reaches.
    pub fn from_parents(nodes: &[TileNode]) -> Result<Self, TileError> {
        let n = nodes.len();
        if n > MAX_NODES {
            return Err(TileError::TooLarge(size_of_val(nodes)));
        }
        // Siblings next to each other: sorted by parent, roots first. Stable, so in the order given.
        let mut by_parent: Vec<usize> = (0..n).collect();
        by_parent.sort_by_key(|&ix| nodes.get(ix).and_then(|node| node.parent));
        let parent_of = |place: usize| by_parent.get(place).and_then(|&ix| nodes.get(ix)).map(|n| n.parent);
        let mut siblings = vec![0..0; n];
        let n_roots = nodes.iter().filter(|node| node.parent.is_none()).count();
        let mut start = n_roots;
        while start < n {
            let parent = parent_of(start);
            let end = (start..n).find(|&place| parent_of(place) != parent).unwrap_or(n);
            let at = parent.flatten().and_then(|p| siblings.get_mut(p as usize));
            *at.ok_or(TileError::Damaged("a tile's parent does not exist"))? = start..end;
            start = end;
        }
        let mut queue: Vec<(usize, Option<u32>)> =
            by_parent.iter().take(n_roots).map(|&ix| (ix, None)).collect();
        let mut tree = Self { nodes: Vec::with_capacity(n) };
        while let Some(&(ix, parent)) = queue.get(tree.nodes.len()) {
            let (Some(node), Some(children)) = (nodes.get(ix), siblings.get(ix)) else { break };
            let place = u32_of(tree.nodes.len())?;
            let first_child = if children.is_empty() { 0 } else { u32_of(queue.len())? };
            let n_children = u32_of(children.len())?;
            tree.nodes.push(TileNode { parent, first_child, n_children, ..*node });
            queue.extend(
                by_parent.iter().skip(children.start).take(children.len()).map(|&c| (c, Some(place))),
            );
        }
        if tree.nodes.len() < n {
            return Err(TileError::Damaged("a tile hangs below none of the roots"));
        }
        tree.check()?;
        Ok(tree)
    }

    /// Number of roots: the first nodes.
    pub fn n_roots(&self) -> u32 {
        let n = self.nodes.iter().take_while(|node| node.parent.is_none()).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    /// Numbers of a node's children; empty for a leaf and for a number that names none.
    ///
    /// Always larger than `node` itself, whatever a damaged tree says, so walking down ends.
    pub fn children(&self, node: u32) -> std::ops::Range<u32> {
        let Some(n) = self.nodes.get(node as usize) else { return 0..0 };
        let end = n.first_child.saturating_add(n.n_children);
        if n.first_child > node && end as usize <= self.nodes.len() { n.first_child..end } else { 0..0 }
    }

    /// Box around everything.
    pub fn bounds(&self) -> Bounds {
        self.nodes.iter().take_while(|n| n.parent.is_none()).fold(Bounds::EMPTY, |b, n| b.union(n.bounds))
    }

    /// Checks what selection relies on: breadth-first order with links that fit together, boxes in their parent's,
    /// errors that never grow downward, one layer from a root down, finite numbers, and sizes that a pack can have.
    ///
    /// # Errors
    /// [`TileError::Damaged`] with what is wrong; [`TileError::TooLarge`] for more than 2²⁰ tiles.
    pub fn check(&self) -> Result<(), TileError> {
        if self.nodes.len() > MAX_NODES {
            return Err(TileError::TooLarge(size_of_val(self.nodes.as_slice())));
        }
        let mut next = self.n_roots();
        if next == 0 && !self.nodes.is_empty() {
            return Err(TileError::Damaged("it has no root"));
        }
        // Depth of each node; filled in for children before the walk reaches them.
        let mut levels = vec![1_u32; self.nodes.len()];
        for (ix, node) in (0_u32..).zip(&self.nodes) {
            check_node(node)?;
            if node.n_children == 0 {
                if node.first_child != 0 {
                    return Err(TileError::Damaged(LINKS));
                }
                continue;
            }
            let end = next.checked_add(node.n_children).filter(|&e| e as usize <= self.nodes.len());
            let (true, Some(end)) = (node.first_child == next && next > ix, end) else {
                return Err(TileError::Damaged(LINKS));
            };
            let level = levels.get(ix as usize).map_or(1, |l| l + 1);
            if level > MAX_LEVELS {
                return Err(TileError::Damaged("it has too many levels"));
            }
            let below = next as usize..end as usize;
            for child in self.nodes.get(below.clone()).unwrap_or_default() {
                check_child(ix, node, child)?;
            }
            levels.get_mut(below).unwrap_or_default().fill(level);
            next = end;
        }
        if next as usize == self.nodes.len() { Ok(()) } else { Err(TileError::Damaged(LINKS)) }
    }
}

const LINKS: &str = "its links do not fit together";

fn check_node(node: &TileNode) -> Result<(), TileError> {
    let finite = node.bounds.to_array().iter().all(|v| v.abs() <= MAX_M);
    if !finite || node.bounds.is_empty() {
        return Err(TileError::Damaged("a box is empty or not finite"));
    }
    if !(0.0..=MAX_M).contains(&node.geometric_error_m) {
        return Err(TileError::Damaged("an error is negative or not finite"));
    }
    if node.n_children > 0 && node.geometric_error_m <= 0.0 {
        return Err(TileError::Damaged("a tile without error has finer ones, which would never be drawn"));
    }
    if node.bytes > MAX_RAW_BYTES as u64 {
        return Err(TileError::Damaged("a tile claims to be too large"));
    }
    Ok(())
}

fn check_child(parent_ix: u32, parent: &TileNode, child: &TileNode) -> Result<(), TileError> {
    if child.parent != Some(parent_ix) {
        return Err(TileError::Damaged(LINKS));
    }
    if child.layer != parent.layer {
        return Err(TileError::Damaged("a tile is in another layer than its parent"));
    }
    if child.geometric_error_m > parent.geometric_error_m {
        return Err(TileError::Damaged("a tile has a larger error than its parent"));
    }
    let (outer, inner) = (parent.bounds, child.bounds);
    if inner.min.cmpge(outer.min - SLACK_M).all() && inner.max.cmple(outer.max + SLACK_M).all() {
        Ok(())
    } else {
        Err(TileError::Damaged("a box reaches out of its parent's"))
    }
}

fn u32_of(n: usize) -> Result<u32, TileError> {
    u32::try_from(n).map_err(|_too_many| TileError::TooLarge(n))
}
