//! What became of messages before they were stored.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Different reasons and keys that are kept by name. Chosen: a flood of them must not fill the memory.
const MAX_NAMES: usize = 256;
/// Bytes of such a name.
const MAX_NAME_BYTES: usize = 120;

/// Why a value is refused that reads as a number, and that nothing can have measured.
pub(crate) const NOT_MEASURABLE: &str = "a value that is not finite, or beyond 1e30";

/// Counts of one source, written by its threads.
#[derive(Debug, Default)]
pub struct Counters {
    messages: AtomicU64,
    readings: AtomicU64,
    rejected: AtomicU64,
    clock: AtomicU64,
    reconnects: AtomicU64,
    missing: AtomicU64,
    names: Mutex<Names>,
}

#[derive(Debug, Default)]
struct Names {
    reasons: BTreeMap<String, Named>,
    quarantined: BTreeMap<String, Named>,
    gaps: BTreeMap<String, Named>,
}

/// How often something came, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// How often.
    pub n: u64,
    /// Where first: a line, a device, a topic.
    pub first: String,
}

/// The counts at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that were understood, or rows.
    pub messages: u64,
    /// Readings in them.
    pub readings: u64,
    /// Messages, rows or readings that were refused.
    pub rejected: u64,
    /// Readings whose device's clock was far off.
    pub clock: u64,
    /// Connections that were made again.
    pub reconnects: u64,
    /// Messages that sources counted and that never came.
    pub missing: u64,
    /// Where they are missing: by channel how often, and the first and the next number around the first gap.
    pub gaps: BTreeMap<String, Named>,
    /// Why something was refused, and how often: the first of many different reasons.
    pub reasons: BTreeMap<String, Named>,
    /// Keys that no profile knows, and how often they came.
    pub quarantined: BTreeMap<String, Named>,
}

impl Counters {
    /// A message came.
    pub fn message(&self) {
        self.messages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn readings(&self, n: usize) {
        self.readings.fetch_add(n as u64, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) {
        self.clock.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn reconnect(&self) {
        self.reconnects.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn reject(&self, reason: &str, place: &str) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut names.reasons, reason, place);
    }

    /// A connection that failed, or what was left out of a reading: it costs no reading, so it is not counted as refused.
    pub(crate) fn trouble(&self, reason: &str, place: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut names.reasons, reason, place);
    }

    /// `n` messages of a source that numbers them are missing between two numbers.
    pub(crate) fn gap(&self, n: u64, source: &str, after: i64, before: i64) {
        self.missing.fetch_add(n, Ordering::Relaxed);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut names.gaps, source, &format!("between {after} and {before}"));
    }

    pub(crate) fn quarantine(&self, key: &str, place: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut names.quarantined, key, place);
    }

    /// The counts now.
    pub fn tally(&self) -> Tally {
        let get = |c: &AtomicU64| c.load(Ordering::Relaxed);
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        Tally {
            messages: get(&self.messages),
            readings: get(&self.readings),
            rejected: get(&self.rejected),
            clock: get(&self.clock),
            reconnects: get(&self.reconnects),
            missing: get(&self.missing),
            gaps: names.gaps.clone(),
            reasons: names.reasons.clone(),
            quarantined: names.quarantined.clone(),
        }
    }
}

fn count(map: &mut BTreeMap<String, Named>, name: &str, place: &str) {
    let name = cut(name);
    if let Some(known) = map.get_mut(name) {
        known.n += 1;
    } else if map.len() < MAX_NAMES {
        map.insert(name.to_owned(), Named { n: 1, first: cut(place).to_owned() });
    }
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().map(|(at, _)| at).find(|&at| at >= MAX_NAME_BYTES).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
