//! From the numbers of records to their places in a list.

/// Numbers per record up to which a plain table is used. Chosen: real files count their records with few gaps, and
/// four bytes a number are less than what is known of each record.
const MAX_GAPS: u64 = 8;

/// Places by number.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Place + 1 by number; 0 where there is no record. Empty if numbers are too far apart.
    table: Vec<u32>,
    /// (number, place), sorted: used instead of the table.
    sorted: Vec<(u64, u32)>,
}

impl Index {
    /// Indexes a list. Where a number comes again, the later place counts, and (earlier place, place that counts)
    /// is returned.
    pub(crate) fn of(numbers: impl ExactSizeIterator<Item = u64> + Clone) -> (Self, Vec<(u32, u32)>) {
        let n = numbers.len() as u64;
        let largest = numbers.clone().max().unwrap_or(0);
        if largest <= MAX_GAPS * n + 1024 {
            Self::in_table(numbers, largest)
        } else {
            Self::in_order(numbers)
        }
    }

    fn in_table(numbers: impl Iterator<Item = u64>, largest: u64) -> (Self, Vec<(u32, u32)>) {
        let mut dropped: Vec<(u32, u32)> = Vec::new();
        let mut table = vec![0_u32; usize::try_from(largest).map_or(0, |l| l + 1)];
        for (place, number) in (0_u32..).zip(numbers) {
            let Some(slot) = usize::try_from(number).ok().and_then(|n| table.get_mut(n)) else { continue };
            if *slot != 0 {
                dropped.push((*slot - 1, place));
            }
            *slot = place + 1;
        }
        (Self { table, sorted: Vec::new() }, dropped)
    }

    fn in_order(numbers: impl Iterator<Item = u64>) -> (Self, Vec<(u32, u32)>) {
        let mut sorted: Vec<(u64, u32)> = numbers.zip(0_u32..).collect();
        sorted.sort_unstable();
        let mut dropped = Vec::new();
        for pair in sorted.windows(2) {
            if let [a, b] = pair
                && a.0 == b.0
            {
                dropped.push((a.1, b.1));
            }
        }
        if !dropped.is_empty() {
            let mut kept: Vec<(u64, u32)> = Vec::with_capacity(sorted.len());
            for entry in sorted {
                match kept.last_mut().filter(|k| k.0 == entry.0) {
                    Some(last) => *last = entry,
                    None => kept.push(entry),
                }
            }
            return (Self { table: Vec::new(), sorted: kept }, dropped);
        }
        (Self { table: Vec::new(), sorted }, dropped)
    }

    /// Place of a number.
    pub(crate) fn find(&self, number: u64) -> Option<u32> {
        if self.sorted.is_empty() {
            return self.table.get(usize::try_from(number).ok()?)?.checked_sub(1);
        }
        let at = self.sorted.binary_search_by_key(&number, |e| e.0).ok()?;
        self.sorted.get(at).map(|e| e.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_scattered_numbers_are_found_alike() {
        for far in [1, u64::MAX / 8] {
            let numbers = [5 * far, far, 7 * far, far, 2 * far, far];
            let (index, mut dropped) = Index::of(numbers.into_iter());
            dropped.sort_unstable();
            assert_eq!(dropped, [(1, 3), (3, 5)]);
            assert_eq!(index.find(far), Some(5));
            assert_eq!(index.find(7 * far), Some(2));
            assert_eq!(index.find(3 * far), None);
        }
    }
}
