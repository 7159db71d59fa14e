//! Rows that are linked to the same records: what holds for one of them holds for all.
//!
//! Many objects are named by few tasks and channels. A step in time judges each set of links once and then copies one
//! byte a row, which a million rows bear sixty times a second.

use std::collections::HashMap;

use crate::linker::{Links, N_LISTS};

/// The group of rows to which nothing is linked.
const NONE: u32 = u32::MAX;
/// No state: what such rows are shown as is their overlay's background.
const NO_STATE: u8 = u8::MAX;

/// Rows by what is linked to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    /// `n_rows` × 4 bytes: the group of each row.
    of_row: Vec<u32>,
    /// The first row of each group, ascending.
    first: Vec<u32>,
    /// Links of these rows alone: some thousand that stay in the processor's cache, beside the millions of all rows.
    lists: [Vec<(u32, u32)>; N_LISTS],
}

impl Groups {
    /// Groups rows by the lists of (row, record) that name them, each ascending and without doubles.
    pub(crate) fn new(n_rows: usize, lists: [&[(u32, u32)]; N_LISTS]) -> Self {
        let mut out = Self { of_row: vec![NONE; n_rows], ..Self::default() };
        let mut known: HashMap<Box<[u32]>, u32> = HashMap::new();
        let mut rest = lists;
        let mut key: Vec<u32> = Vec::new();
        while let Some(row) = rest.iter().filter_map(|l| l.first()).map(|l| l.0).min() {
            key.clear();
            let links = take(&mut rest, row);
            for own in links {
                // How many, then which: so that one list's records are not taken for the next one's.
                key.push(u32::try_from(own.len()).unwrap_or(u32::MAX));
                key.extend(own.iter().map(|link| link.1));
            }
            let group = known.get(key.as_slice()).copied().unwrap_or_else(|| {
                let group = u32::try_from(out.first.len()).unwrap_or(NONE);
                out.first.push(row);
                for (all, own) in out.lists.iter_mut().zip(links) {
                    all.extend_from_slice(own);
                }
                known.insert(key.as_slice().into(), group);
                group
            });
            if let Some(slot) = out.of_row.get_mut(row as usize) {
                *slot = group;
            }
        }
        out
    }

    /// Sets the state of every row of a group to that of its first row; `None` leaves what was there.
    pub(crate) fn fill(&self, states: &mut [u8], state_of: impl Fn(&Links<'_>) -> Option<u8>) {
        let mut rest = self.lists.each_ref().map(Vec::as_slice);
        let state = |row: &u32| state_of(&Links::of_lists(take(&mut rest, *row))).unwrap_or(NO_STATE);
        let of_group: Vec<u8> = self.first.iter().map(state).collect();
        for (slot, group) in states.iter_mut().zip(&self.of_row) {
            if let Some(&state) = of_group.get(*group as usize)
                && state != NO_STATE
            {
                *slot = state;
            }
        }
    }
}

/// Takes the links of a row, the first that has any, from the begin of all lists.
fn take<'l>(rest: &mut [&'l [(u32, u32)]; N_LISTS], row: u32) -> [&'l [(u32, u32)]; N_LISTS] {
    rest.each_mut().map(|list| {
        let n = list.iter().take_while(|link| link.0 == row).count();
        let (own, after) = list.split_at_checked(n).unwrap_or_default();
        *list = after;
        own
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_the_same_links_are_judged_once_and_rows_without_links_not_at_all() {
        let tasks = [(1, 0), (2, 0), (2, 7), (4, 0), (6, 0)];
        let channels = [(4, 7), (5, 7), (6, 7)];
        let links = Links { tasks: &tasks, channels: &channels, ..Links::default() };
        let groups = Groups::new(8, links.lists());
        let asked = std::cell::RefCell::new(Vec::new());
        let mut states = vec![9; 8];
        groups.fill(&mut states, |links| {
            let row = links.tasks.first().or(links.channels.first()).unwrap().0;
            asked.borrow_mut().push((row, links.tasks.len(), links.channels.len()));
            (row != 5).then_some(u8::try_from(row).unwrap())
        });
        assert_eq!(asked.into_inner(), [(1, 1, 0), (2, 2, 0), (4, 1, 1), (5, 0, 1)]);
        assert_eq!(states, [9, 1, 2, 9, 4, 9, 4, 9], "rows 4 and 6 have the same task and channel");
    }
}
