//! When channels came into alarm, gathered while readings come: for marks on a line of time.

use std::collections::{BTreeMap, HashMap};

use lantu_base::{ChannelId, UtcNanos};

use crate::timeline::Subject;
use crate::{Channel, SensorRules, TimeStore};

/// First width of a cell, nanoseconds. Chosen: one second; it doubles while there are too many cells.
const FIRST_CELL: i64 = 1_000_000_000;

/// A channel came into alarm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Onset {
    /// When.
    pub time: UtcNanos,
    /// Which.
    pub channel: ChannelId,
    /// Name of the level.
    pub level: Option<String>,
}

/// What was gathered: of each stretch of time the first, so that it takes the same memory however many alarms there were.
#[derive(Debug)]
pub struct OnsetFinder {
    /// What each channel was gone through until.
    seen: HashMap<ChannelId, u64>,
    cells: BTreeMap<i64, Onset>,
    cell: i64,
    /// A reading came late: what was gathered may be otherwise by now.
    outdated: bool,
}

impl Default for OnsetFinder {
    fn default() -> Self {
        Self { seen: HashMap::new(), cells: BTreeMap::new(), cell: FIRST_CELL, outdated: false }
    }
}

impl OnsetFinder {
    /// When channels came into alarm, ascending, at most about `most` of them: of those that lie too near the first.
    ///
    /// Looks at what is new since the last call. `afresh`: where readings came late since, at everything.
    pub fn look(
        &mut self,
        (store, channels): (&TimeStore, &[Channel]),
        rules: &SensorRules,
        (most, afresh): (usize, bool),
    ) -> Vec<Onset> {
        if self.outdated && afresh {
            *self = Self::default();
        }
        let mut open: BTreeMap<i64, Onset> = BTreeMap::new();
        let mut before: Option<&ChannelId> = None;
        for channel in channels {
            // A channel bound to several objects has one series.
            if before.replace(&channel.id) == Some(&channel.id) {
                continue;
            }
            let Some(rule) = rules.for_quantity(&channel.quantity) else { continue };
            let subject = Subject { store, channel, rules, rule };
            let since = self.seen.get(&channel.id).copied();
            let Some(found) = subject.onsets(since).or_else(|| {
                self.outdated = true;
                // What lies before is gathered; when it is gone through afresh is for the caller to say.
                subject.onsets(None)
            }) else {
                continue;
            };
            let named = |&(t, level): &(i64, Option<u8>)| {
                let level = level.and_then(|ix| rule.levels.get(usize::from(ix))).map(|l| l.name.clone());
                Onset { time: UtcNanos(t), channel: channel.id.clone(), level }
            };
            for (into, from) in [(&mut self.cells, &found.sealed), (&mut open, &found.open)] {
                for at in from {
                    keep_first(into, self.cell, at.0, || named(at));
                }
            }
            if let Some(until) = found.until {
                self.seen.insert(channel.id.clone(), until);
            }
        }
        while self.cells.len() > 4 * most.max(1) {
            self.cell = self.cell.saturating_mul(2);
            for onset in std::mem::take(&mut self.cells).into_values() {
                keep_first(&mut self.cells, self.cell, onset.time.0, || onset.clone());
            }
        }
        let mut all: Vec<Onset> = self.cells.values().cloned().chain(open.into_values()).collect();
        all.sort();
        thinned(all, store.span(), most)
    }
}

/// Keeps the first of a cell.
fn keep_first(cells: &mut BTreeMap<i64, Onset>, cell: i64, t: i64, make: impl FnOnce() -> Onset) {
    let ix = t.div_euclid(cell);
    match cells.get(&ix) {
        Some(known) if known.time.0 <= t => {}
        _ => {
            cells.insert(ix, make());
        }
    }
}

/// Those that do not lie too near the one before them.
fn thinned(all: Vec<Onset>, span: Option<(UtcNanos, UtcNanos)>, most: usize) -> Vec<Onset> {
    let apart_s = span.map_or(0.0, |(a, b)| b.seconds_since(a) / most.max(1) as f64);
    let mut last: Option<UtcNanos> = None;
    let free = |o: &Onset| {
        let free = last.is_none_or(|l| o.time.seconds_since(l) >= apart_s);
        if free {
            last = Some(o.time);
        }
        free
    };
    all.into_iter().filter(free).collect()
}
