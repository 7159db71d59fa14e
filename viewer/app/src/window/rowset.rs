//! Sets of object rows that may hold millions: sorted ranges, since what belongs together has neighboring rows.

use std::ops::Range;

use lantu_base::ObjectRow;

/// A set of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    // Invariant: not empty each, ascending, with a gap between neighbors.
    ranges: Vec<Range<u32>>,
}

impl RowSet {
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many rows.
    pub(crate) fn len(&self) -> u64 {
        self.ranges.iter().map(|r| u64::from(r.end - r.start)).sum()
    }

    pub(crate) fn first(&self) -> Option<ObjectRow> {
        self.ranges.first().map(|r| ObjectRow(r.start))
    }

    pub(crate) fn ranges(&self) -> &[Range<u32>] {
        &self.ranges
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        self.ranges.iter().flat_map(|r| r.clone().map(ObjectRow))
    }

    pub(crate) fn contains(&self, row: ObjectRow) -> bool {
        let at = self.ranges.partition_point(|r| r.end <= row.0);
        self.ranges.get(at).is_some_and(|r| r.start <= row.0)
    }

    pub(crate) fn insert(&mut self, row: ObjectRow) {
        *self = self.union(&Self::from_iter([row]));
    }

    pub(crate) fn remove(&mut self, row: ObjectRow) {
        *self = self.without(&Self::from_iter([row]));
    }

    /// Rows in either.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all: Vec<Range<u32>> = self.ranges.iter().chain(&other.ranges).cloned().collect();
        all.sort_unstable_by_key(|r| r.start);
        Self::merged(all)
    }

    /// Rows here that are not in `other`.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut out = Vec::with_capacity(self.ranges.len());
        let mut holes = other.ranges.iter().peekable();
        for range in &self.ranges {
            let mut from = range.start;
            while let Some(hole) = holes.peek() {
                if hole.end <= from {
                    holes.next();
                    continue;
                }
                if hole.start >= range.end {
                    break;
                }
                if hole.start > from {
                    out.push(from..hole.start);
                }
                from = hole.end;
                if from >= range.end {
                    break;
                }
            }
            if from < range.end {
                out.push(from..range.end);
            }
        }
        Self { ranges: out }
    }

    /// All rows of a range.
    pub(crate) fn of_range(range: Range<u32>) -> Self {
        Self { ranges: if range.is_empty() { Vec::new() } else { vec![range] } }
    }

    fn merged(sorted: Vec<Range<u32>>) -> Self {
        let mut ranges: Vec<Range<u32>> = Vec::with_capacity(sorted.len());
        for r in sorted {
            match ranges.last_mut() {
                Some(last) if r.start <= last.end => last.end = last.end.max(r.end),
                _ => ranges.push(r),
            }
        }
        Self { ranges }
    }
}

impl FromIterator<ObjectRow> for RowSet {
    fn from_iter<I: IntoIterator<Item = ObjectRow>>(rows: I) -> Self {
        let mut rows: Vec<u32> = rows.into_iter().map(|r| r.0).filter(|&r| r < u32::MAX).collect();
        rows.sort_unstable();
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for r in rows {
            match ranges.last_mut() {
                Some(last) if r <= last.end => last.end = last.end.max(r + 1),
                _ => ranges.push(r..r + 1),
            }
        }
        Self { ranges }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A small generator: the same numbers on every machine.
    fn numbers(seed: &mut u64) -> BTreeSet<u32> {
        (0..60)
            .map(|_| {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                u32::try_from(*seed >> 33).unwrap() % 90
            })
            .collect()
    }

    #[test]
    fn sets_of_rows_do_what_sets_of_numbers_do() {
        let mut seed = 7;
        for _ in 0..200 {
            let (a, b) = (numbers(&mut seed), numbers(&mut seed));
            let set = |s: &BTreeSet<u32>| s.iter().copied().map(ObjectRow).collect::<RowSet>();
            let list = |s: &RowSet| s.iter().map(|r| r.0).collect::<BTreeSet<u32>>();
            let (x, y) = (set(&a), set(&b));
            assert_eq!(list(&x.union(&y)), a.union(&b).copied().collect());
            assert_eq!(list(&x.without(&y)), a.difference(&b).copied().collect());
            assert_eq!(x.len(), a.len() as u64);
            assert!((0..100).all(|r| x.contains(ObjectRow(r)) == a.contains(&r)));
            assert!(x.ranges().windows(2).all(|w| w[0].end < w[1].start));
        }
    }

    #[test]
    fn a_source_of_ten_million_rows_is_one_range() {
        let mut all = RowSet::of_range(0..10_000_000);
        all.remove(ObjectRow(5));
        assert_eq!((all.ranges().len(), all.len(), all.first()), (2, 9_999_999, Some(ObjectRow(0))));
        all.insert(ObjectRow(5));
        assert_eq!(all.ranges().len(), 1);
        assert!(RowSet::of_range(3..3).is_empty());
    }
}
