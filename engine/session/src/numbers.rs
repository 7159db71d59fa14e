//! Numbers of a source's objects over its revisions.
//!
//! Tiles and pages of columns name objects by number. An object that a new revision brings again keeps its number, so
//! that what did not change is the same pack, wherever in the file other objects came or went.

use std::collections::{BTreeSet, HashMap};

/// An object as the stream brings it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) id: &'a str,
    /// Place in the stream of its parent, an earlier object.
    pub(crate) parent: Option<u32>,
}

/// The number of each arriving object: a permutation in which parents come before their parts, and in which an object
/// that was there before keeps its number wherever that is possible. `before`: the numbers of the last revision.
pub(crate) fn keep_numbers(arrivals: &[Arrival<'_>], before: &HashMap<String, u32>) -> Vec<u32> {
    let in_order = || (0..).take(arrivals.len()).collect::<Vec<u32>>();
    if before.is_empty() {
        return in_order();
    }
    let mut assigned = Assigned::of_known(arrivals, before);
    for ix in 0..arrivals.len() {
        if assigned.number.get(ix).is_some_and(Option::is_none) && !assigned.seat(arrivals, ix) {
            tracing::debug!("objects are numbered anew: their tree leaves no room for the old numbers");
            return in_order();
        }
    }
    let numbers: Option<Vec<u32>> = assigned.number.into_iter().collect();
    numbers.unwrap_or_else(in_order)
}

struct Assigned {
    /// By place in the stream.
    number: Vec<Option<u32>>,
    /// Numbers below the count of objects that nobody has.
    free: BTreeSet<u32>,
    /// Objects without parts, by number: the ones that can move.
    leaves: std::collections::BTreeMap<u32, usize>,
}

impl Assigned {
    /// Seats those that were there before and still come after their parents.
    fn of_known(arrivals: &[Arrival<'_>], before: &HashMap<String, u32>) -> Self {
        let n = u32::try_from(arrivals.len()).unwrap_or(u32::MAX);
        let mut free: BTreeSet<u32> = (0..n).collect();
        let mut number: Vec<Option<u32>> = Vec::with_capacity(arrivals.len());
        let mut has_parts = vec![false; arrivals.len()];
        for a in arrivals {
            let parent = a.parent.map(|p| number.get(p as usize).copied().flatten());
            let own = before.get(a.id).copied().filter(|own| match parent {
                None => true,
                // A parent without number yet is new: it will stand later.
                Some(parent) => parent.is_some_and(|p| p < *own),
            });
            number.push(own.filter(|own| free.remove(own)));
            if let Some(p) = a.parent.and_then(|p| has_parts.get_mut(p as usize)) {
                *p = true;
            }
        }
        let leaf = |(ix, own): (usize, &Option<u32>)| {
            let own = (*own)?;
            (!has_parts.get(ix).copied().unwrap_or(true)).then_some((own, ix))
        };
        let leaves = number.iter().enumerate().filter_map(leaf).collect();
        Self { number, free, leaves }
    }

    fn of(&self, ix: Option<u32>) -> Option<u32> {
        self.number.get(ix? as usize).copied().flatten()
    }

    /// Gives an object the first free number after its parent, or that of a part that can move to a free one.
    fn seat(&mut self, arrivals: &[Arrival<'_>], ix: usize) -> bool {
        let after = arrivals.get(ix).and_then(|a| a.parent);
        let lowest = self.of(after).map_or(0, |p| p + 1);
        let free = self.free.range(lowest..).next().copied();
        let own = free.or_else(|| self.make_room(arrivals, lowest));
        if let Some(own) = own {
            self.free.remove(&own);
        }
        if let Some(slot) = self.number.get_mut(ix) {
            *slot = own;
        }
        own.is_some()
    }

    /// Moves the last leaf that may stand at a free number there, and says what number it leaves.
    fn make_room(&mut self, arrivals: &[Arrival<'_>], lowest: u32) -> Option<u32> {
        let hole = *self.free.first()?;
        let may = |ix: usize| {
            let parent = arrivals.get(ix).and_then(|a| a.parent);
            self.of(parent).is_none_or(|p| p < hole)
        };
        let (left, ix) =
            self.leaves.range(lowest..).rev().map(|(n, ix)| (*n, *ix)).find(|(_, ix)| may(*ix))?;
        self.leaves.remove(&left);
        self.leaves.insert(hole, ix);
        self.free.remove(&hole);
        *self.number.get_mut(ix)? = Some(hole);
        Some(left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn before(ids: &[&str]) -> HashMap<String, u32> {
        ids.iter().zip(0..).map(|(id, n)| ((*id).to_owned(), n)).collect()
    }

    fn arrive<'a>(objects: &[(&'a str, Option<u32>)]) -> Vec<Arrival<'a>> {
        objects.iter().map(|(id, parent)| Arrival { id, parent: *parent }).collect()
    }

    #[test]
    fn what_was_there_keeps_its_number_whatever_comes_before_it_in_the_file() {
        let known = before(&["storey", "a", "b", "c"]);
        let new = arrive(&[("storey", None), ("x", Some(0)), ("a", Some(0)), ("b", Some(0)), ("c", Some(0))]);
        assert_eq!(keep_numbers(&new, &known), [0, 4, 1, 2, 3]);
        // One that goes leaves its number to one that comes.
        let new = arrive(&[("storey", None), ("x", Some(0)), ("a", Some(0)), ("c", Some(0))]);
        assert_eq!(keep_numbers(&new, &known), [0, 2, 1, 3]);
    }

    #[test]
    fn when_more_go_than_come_only_the_last_move_into_their_numbers() {
        let known = before(&["storey", "a", "b", "c", "d"]);
        let new = arrive(&[("storey", None), ("b", Some(0)), ("c", Some(0)), ("d", Some(0))]);
        assert_eq!(keep_numbers(&new, &known), [0, 2, 3, 1]);
    }

    #[test]
    fn a_part_that_was_hung_under_a_later_whole_moves_behind_it() {
        let known = before(&["a", "b", "storey"]);
        let new = arrive(&[("storey", None), ("a", Some(0)), ("b", None)]);
        let numbers = keep_numbers(&new, &known);
        assert!(numbers[0] < numbers[1], "{numbers:?}");
    }

    proptest! {
        #[test]
        fn numbers_are_a_permutation_with_parents_first(
            old in proptest::collection::vec(0_u32..40, 0..30),
            new in proptest::collection::vec((0_u32..40, any::<u32>()), 0..30),
        ) {
            let names: Vec<String> = new.iter().map(|(id, _)| id.to_string()).collect();
            let parent = |ix: u32, r: u32| (!r.is_multiple_of(3) && ix > 0).then(|| r % ix);
            let arrivals: Vec<Arrival<'_>> = (0..)
                .zip(names.iter().zip(&new))
                .map(|(ix, (id, (_, r)))| Arrival { id, parent: parent(ix, *r) })
                .collect();
            let known: HashMap<String, u32> = old.iter().zip(0..).map(|(id, n)| (id.to_string(), n)).collect();
            let numbers = keep_numbers(&arrivals, &known);
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..).take(arrivals.len()).collect::<Vec<u32>>());
            for (a, own) in arrivals.iter().zip(&numbers) {
                prop_assert!(a.parent.is_none_or(|p| numbers[p as usize] < *own));
            }
        }
    }
}
