//! What was decoded or computed lately, shared by all snapshots of a store.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::chunk::Columns;

/// Chosen: of decoded chunks the current day of 10⁴ channels at one sample a minute is 245 MB and will not fit, a thousand
/// channels' 25 MB does, and larger districts decode again, 20 µs a chunk; states of 10⁴ channels over a month take 30 MB.
const BUDGET_BYTES: usize = 64 << 20;

/// At most [`BUDGET_BYTES`] by what it follows from; drops the half used longest ago when full.
#[derive(Debug)]
pub(crate) struct Cache<T> {
    inner: Mutex<Inner<T>>,
    /// What is in it, for who must not wait for others that look into it.
    n_bytes: AtomicUsize,
}

/// What is kept in a [`Cache`].
pub(crate) trait Kept {
    /// About how many bytes it takes.
    fn n_bytes(&self) -> usize;
}

#[derive(Debug)]
struct Inner<T> {
    /// With when it was last used.
    entries: BTreeMap<[u64; 2], (u64, Arc<T>)>,
    n_bytes: usize,
    tick: u64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        let inner = Inner { entries: BTreeMap::new(), n_bytes: 0, tick: 0 };
        Self { inner: Mutex::new(inner), n_bytes: AtomicUsize::new(0) }
    }
}

impl Kept for Columns {
    fn n_bytes(&self) -> usize {
        Self::n_bytes(self)
    }
}

impl<T: Kept> Cache<T> {
    pub(crate) fn get(&self, key: [u64; 2]) -> Option<Arc<T>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        let (used, kept) = inner.entries.get_mut(&key)?;
        *used = tick;
        Some(Arc::clone(kept))
    }

    /// Forgets what is not asked for any more.
    pub(crate) fn remove(&self, key: [u64; 2]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, old)) = inner.entries.remove(&key) {
            inner.n_bytes = inner.n_bytes.saturating_sub(old.n_bytes());
        }
        self.n_bytes.store(inner.n_bytes, Ordering::Relaxed);
    }

    pub(crate) fn put(&self, key: [u64; 2], kept: Arc<T>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        inner.n_bytes += kept.n_bytes();
        if let Some((_, old)) = inner.entries.insert(key, (tick, kept)) {
            inner.n_bytes = inner.n_bytes.saturating_sub(old.n_bytes());
        }
        if inner.n_bytes > BUDGET_BYTES {
            let mut ages: Vec<u64> = inner.entries.values().map(|e| e.0).collect();
            ages.sort_unstable();
            let middle = ages.get(ages.len() / 2).copied().unwrap_or(tick);
            inner.entries.retain(|_, e| e.0 >= middle);
            inner.n_bytes = inner.entries.values().map(|e| e.1.n_bytes()).sum();
        }
        self.n_bytes.store(inner.n_bytes, Ordering::Relaxed);
    }

    /// What is in it, bytes. Waits for nobody.
    pub(crate) fn n_bytes(&self) -> usize {
        self.n_bytes.load(Ordering::Relaxed)
    }
}
