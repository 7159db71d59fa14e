//! Which rows of a tree are open, for trees of any size: memory and time follow the open branches, not the rows.

use std::collections::BTreeMap;

/// Branches deeper than this stay closed: no district nests as deep, and a damaged file must not exhaust the stack.
const MAX_DEPTH: usize = 512;

/// Who is below whom. Keys are those of [`crate::TreeRow`]; `None` stands for what is above the first row.
pub trait TreeShape {
    /// How many rows lie directly below.
    fn n_children(&self, of: Option<u64>) -> usize;
    /// The row with this number directly below; `None` beyond the last.
    fn child(&self, of: Option<u64>, ix: usize) -> Option<u64>;
    /// What the row lies below, and its number there; `None` if there is no such row.
    fn place(&self, key: u64) -> Option<(Option<u64>, usize)>;
}

/// A row of the open part of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRow {
    /// The row.
    pub key: u64,
    /// 0 at the top.
    pub depth: u16,
    /// Its branch is open.
    pub expanded: bool,
}

/// The open part of a tree. Costs memory for each open branch only.
///
/// ```
/// use lantu_ui::{OpenTree, TreeShape};
///
/// // Ten million rows in one branch with the key 0.
/// struct Flat;
/// impl TreeShape for Flat {
///     fn n_children(&self, of: Option<u64>) -> usize {
///         match of { None => 1, Some(0) => 10_000_000, Some(_) => 0 }
///     }
///     fn child(&self, of: Option<u64>, ix: usize) -> Option<u64> {
///         Some(if of.is_none() { 0 } else { ix as u64 + 1 })
///     }
///     fn place(&self, key: u64) -> Option<(Option<u64>, usize)> {
///         Some(if key == 0 { (None, 0) } else { (Some(0), usize::try_from(key - 1).ok()?) })
///     }
/// }
/// let open = OpenTree::new(&Flat, [0]);
/// assert_eq!(open.n_rows(), 10_000_001);
/// assert_eq!(open.at(&Flat, 5_000_000).map(|r| r.key), Some(5_000_000));
/// assert_eq!(open.find(&Flat, 7), Some(7));
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenTree {
    top: Branch,
}

#[derive(Clone, Debug, Default)]
struct Branch {
    n_children: usize,
    /// Rows below, of every depth.
    n_rows: usize,
    /// Open children, ascending by number.
    open: Vec<OpenChild>,
}

#[derive(Clone, Debug)]
struct OpenChild {
    ix: usize,
    /// Rows below the open children before this one.
    rows_before: usize,
    branch: Branch,
}

impl OpenTree {
    /// The open part when the branches `expanded` are open. Branches below a closed one do not count.
    ///
    /// Costs `expanded × log`, whatever the number of rows.
    pub fn new(shape: &dyn TreeShape, expanded: impl IntoIterator<Item = u64>) -> Self {
        let mut below: BTreeMap<Option<u64>, BTreeMap<usize, u64>> = BTreeMap::new();
        for key in expanded {
            if let Some((parent, ix)) = shape.place(key) {
                below.entry(parent).or_default().insert(ix, key);
            }
        }
        Self { top: Branch::new(shape, None, &below, 0) }
    }

    /// Rows that are open.
    pub fn n_rows(&self) -> usize {
        self.top.n_rows
    }

    /// The row with this number; `None` beyond the last.
    pub fn at(&self, shape: &dyn TreeShape, row: usize) -> Option<OpenRow> {
        let (mut branch, mut of, mut row, mut depth) = (&self.top, None, row, 0_u16);
        loop {
            match branch.step(row)? {
                Step::Child { ix, expanded } => {
                    return Some(OpenRow { key: shape.child(of, ix)?, depth, expanded });
                }
                Step::Below { child, row: rest } => {
                    of = Some(shape.child(of, child.ix)?);
                    (branch, row, depth) = (&child.branch, rest, depth.saturating_add(1));
                }
            }
        }
    }

    /// The number of a row; `None` if there is no such row or a branch above it is closed.
    pub fn find(&self, shape: &dyn TreeShape, key: u64) -> Option<usize> {
        let mut path = Vec::new();
        let mut at = Some(key);
        while let Some(key) = at {
            let (parent, ix) = shape.place(key)?;
            path.push(ix);
            if path.len() > MAX_DEPTH {
                return None;
            }
            at = parent;
        }
        let (mut branch, mut row) = (&self.top, 0);
        while let Some(ix) = path.pop() {
            let after = branch.open.partition_point(|c| c.ix < ix);
            let before = after.checked_sub(1).and_then(|last| branch.open.get(last));
            row += ix + before.map_or(0, |c| c.rows_before + c.branch.n_rows);
            if path.is_empty() {
                return Some(row);
            }
            branch = &branch.open.get(after).filter(|c| c.ix == ix)?.branch;
            row += 1;
        }
        None
    }
}

/// Where a row of a branch lies.
enum Step<'a> {
    Child { ix: usize, expanded: bool },
    Below { child: &'a OpenChild, row: usize },
}

impl Branch {
    fn new(
        shape: &dyn TreeShape,
        key: Option<u64>,
        below: &BTreeMap<Option<u64>, BTreeMap<usize, u64>>,
        depth: usize,
    ) -> Self {
        let n_children = shape.n_children(key);
        let (mut open, mut rows_before) = (Vec::new(), 0);
        let children = below.get(&key).filter(|_| depth < MAX_DEPTH);
        for (ix, child) in children.into_iter().flatten().filter(|(ix, _)| **ix < n_children) {
            let branch = Self::new(shape, Some(*child), below, depth + 1);
            let n_rows = branch.n_rows;
            open.push(OpenChild { ix: *ix, rows_before, branch });
            rows_before += n_rows;
        }
        Self { n_children, n_rows: n_children + rows_before, open }
    }

    fn step(&self, row: usize) -> Option<Step<'_>> {
        if row >= self.n_rows {
            return None;
        }
        // The last open child whose own row is not behind the wanted one.
        let after = self.open.partition_point(|c| c.ix + c.rows_before <= row);
        let Some(child) = after.checked_sub(1).and_then(|last| self.open.get(last)) else {
            return (row < self.n_children).then_some(Step::Child { ix: row, expanded: false });
        };
        let inside = row - (child.ix + child.rows_before);
        Some(match inside {
            0 => Step::Child { ix: child.ix, expanded: true },
            n if n <= child.branch.n_rows => Step::Below { child, row: n - 1 },
            n => Step::Child { ix: child.ix + n - child.branch.n_rows, expanded: false },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row has ten rows below it, four levels deep. A key is its path in digits, after a leading 1.
    struct Tens;

    impl TreeShape for Tens {
        fn n_children(&self, of: Option<u64>) -> usize {
            if of.unwrap_or(1) < 10_000 { 10 } else { 0 }
        }

        fn child(&self, of: Option<u64>, ix: usize) -> Option<u64> {
            (ix < self.n_children(of)).then(|| of.unwrap_or(1) * 10 + ix as u64)
        }

        fn place(&self, key: u64) -> Option<(Option<u64>, usize)> {
            (key >= 10).then(|| (Some(key / 10).filter(|k| *k > 1), usize::try_from(key % 10).unwrap()))
        }
    }

    /// The plain way: walks everything that is open.
    fn walk(of: Option<u64>, depth: u16, expanded: &[u64], out: &mut Vec<OpenRow>) {
        for ix in 0..Tens.n_children(of) {
            let key = Tens.child(of, ix).unwrap();
            let open = expanded.contains(&key);
            out.push(OpenRow { key, depth, expanded: open });
            if open {
                walk(Some(key), depth + 1, expanded, out);
            }
        }
    }

    #[test]
    fn every_row_is_where_a_plain_walk_of_the_tree_puts_it() {
        for expanded in [
            vec![],
            vec![10],
            vec![19],
            vec![12, 13, 123, 1230, 1239],
            vec![10, 100, 1000, 19, 199, 1999, 15, 158],
            // Below a closed branch, and not in the tree at all.
            vec![145, 3],
        ] {
            let mut rows = Vec::new();
            walk(None, 0, &expanded, &mut rows);
            let open = OpenTree::new(&Tens, expanded.iter().copied());
            assert_eq!(open.n_rows(), rows.len(), "{expanded:?}");
            for (ix, row) in rows.iter().enumerate() {
                assert_eq!(open.at(&Tens, ix), Some(*row), "{expanded:?} {ix}");
                assert_eq!(open.find(&Tens, row.key), Some(ix), "{expanded:?} {}", row.key);
            }
            assert_eq!(open.at(&Tens, rows.len()), None);
        }
    }

    #[test]
    fn a_row_below_a_closed_branch_has_no_number() {
        let open = OpenTree::new(&Tens, [12]);
        assert_eq!(open.find(&Tens, 1230), None);
        assert_eq!(open.find(&Tens, 3), None);
    }

    #[test]
    fn a_branch_that_contains_itself_ends() {
        struct Ring;
        impl TreeShape for Ring {
            fn n_children(&self, _: Option<u64>) -> usize {
                1
            }
            fn child(&self, _: Option<u64>, _: usize) -> Option<u64> {
                Some(7)
            }
            fn place(&self, _: u64) -> Option<(Option<u64>, usize)> {
                Some((Some(7), 0))
            }
        }
        let open = OpenTree::new(&Ring, [7]);
        assert_eq!(open.find(&Ring, 7), None);
        assert!(open.n_rows() <= MAX_DEPTH + 1);
    }
}
