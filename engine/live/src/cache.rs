//! Decoded chunks that were asked for lately, shared by all snapshots of a store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::chunk::Columns;

/// Chosen: the current day of 10⁴ channels at one sample a minute is 245 MB and will not fit, a thousand
/// channels' 25 MB does; larger districts decode again, 20 µs a chunk.
const BUDGET_BYTES: usize = 64 << 20;

/// At most [`BUDGET_BYTES`] of decoded chunks by number; drops the half used longest ago when full.
#[derive(Debug, Default)]
pub(crate) struct ChunkCache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: BTreeMap<u64, Entry>,
    n_bytes: usize,
    tick: u64,
}

#[derive(Debug)]
struct Entry {
    used: u64,
    columns: Arc<Columns>,
}

impl ChunkCache {
    pub(crate) fn get(&self, number: u64) -> Option<Arc<Columns>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        let entry = inner.entries.get_mut(&number)?;
        entry.used = tick;
        Some(entry.columns.clone())
    }

    pub(crate) fn put(&self, number: u64, columns: Arc<Columns>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let used = inner.tick;
        inner.n_bytes += columns.n_bytes();
        if let Some(old) = inner.entries.insert(number, Entry { used, columns }) {
            inner.n_bytes = inner.n_bytes.saturating_sub(old.columns.n_bytes());
        }
        if inner.n_bytes > BUDGET_BYTES {
            let mut ages: Vec<u64> = inner.entries.values().map(|e| e.used).collect();
            ages.sort_unstable();
            let middle = ages.get(ages.len() / 2).copied().unwrap_or(used);
            inner.entries.retain(|_, e| e.used >= middle);
            inner.n_bytes = inner.entries.values().map(|e| e.columns.n_bytes()).sum();
        }
    }
}
