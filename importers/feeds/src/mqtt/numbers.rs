//! The numbers by which sources count their messages, and which of them never came.

use std::collections::HashMap;

use crate::Counters;

/// Channels whose numbers are watched. Chosen: ten times what a district has.
const MAX_SOURCES: usize = 100_000;
/// A number that is further from the last one is not of the same counting. Chosen: more than a source of ten messages a
/// second sends in a day.
const MAX_STEP: u64 = 1_000_000;
/// Why such a number is left out; the reading stays.
const NOT_COUNTED: &str = "a sequence number more than a million from the last";

/// The last number of each source.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<String, Last>);

#[derive(Debug)]
struct Last {
    number: i64,
    /// The last one that was too far away: a source that goes on from there counts from there.
    apart: Option<i64>,
}

impl Last {
    fn new(number: i64) -> Self {
        Self { number, apart: None }
    }
}

impl Numbers {
    /// Goes on with the last number of each source, as an earlier run left it.
    pub(super) fn after(numbers: impl IntoIterator<Item = (String, i64)>) -> Self {
        Self(numbers.into_iter().take(MAX_SOURCES).map(|(source, n)| (source, Last::new(n))).collect())
    }

    /// How many messages are missing between the last number of a source and this one, which are counted; `None` if no
    /// counter gives this number. A smaller number is a repetition, or the source began anew.
    pub(super) fn count_gap(&mut self, source: &str, n: i64, counters: &Counters) -> Option<u64> {
        let Some(last) = self.0.get_mut(source) else {
            if self.0.len() < MAX_SOURCES {
                self.0.insert(source.to_owned(), Last::new(n));
            }
            return Some(0);
        };
        let mut from = last.number;
        if from.abs_diff(n) > MAX_STEP {
            from = match last.apart.filter(|apart| n > *apart && apart.abs_diff(n) <= MAX_STEP) {
                Some(apart) => apart,
                None if (0..=1).contains(&n) => n,
                None => {
                    last.apart = Some(n);
                    counters.trouble(NOT_COUNTED, source);
                    return None;
                }
            };
        }
        let missing = u64::try_from(n.saturating_sub(from).saturating_sub(1)).unwrap_or(0);
        if missing > 0 {
            counters.gap(missing, source, from, n);
        }
        // A source that was started again counts from its beginning.
        *last = Last::new(if n <= 1 { n } else { n.max(from) });
        Some(missing)
    }
}
