//! Decoded pages of all sources under one limit of bytes: the page that was used longest ago goes first.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lantu_base::{Code, Diagnostic, Severity};

use crate::store::{PageError, PageHash, PageStore};

/// A decoded page that the cache can count.
pub trait Paged: Any + Send + Sync {
    /// Bytes that it holds in memory.
    fn heap_bytes(&self) -> usize;
}

/// Decoded pages, shared by everybody who reads a session's columns.
///
/// The limit bounds what the cache keeps; a page that a reader holds stays alive until the reader lets go.
pub struct PageCache {
    inner: Mutex<Inner>,
}

struct Inner {
    limit_bytes: usize,
    bytes: usize,
    pages: HashMap<PageHash, Slot>,
    /// By time of last use.
    order: BTreeMap<u64, PageHash>,
    clock: u64,
    n_loads: u64,
    /// Pages were let go to make room since somebody asked.
    was_short: bool,
    problems: BTreeMap<PageHash, Diagnostic>,
}

struct Slot {
    page: Arc<dyn Any + Send + Sync>,
    bytes: usize,
    used: u64,
}

impl PageCache {
    /// Chosen: the columns of half a million objects; the rest of a district is read when it is asked for.
    pub const DEFAULT_LIMIT_BYTES: usize = 64 << 20;

    /// An empty cache that keeps at most so many bytes.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                limit_bytes,
                bytes: 0,
                pages: HashMap::new(),
                order: BTreeMap::new(),
                clock: 0,
                n_loads: 0,
                was_short: false,
                problems: BTreeMap::new(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of the pages that are kept now. Never more than the limit.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// The limit, bytes.
    pub fn limit(&self) -> usize {
        self.lock().limit_bytes
    }

    /// Changes the limit; what is beyond it is let go at once.
    pub fn set_limit(&self, limit_bytes: usize) {
        let mut inner = self.lock();
        inner.limit_bytes = limit_bytes;
        inner.shrink(0);
    }

    /// Whether pages had to go to make room since the last call: more memory would have been used.
    pub fn take_was_short(&self) -> bool {
        std::mem::take(&mut self.lock().was_short)
    }

    /// Pages read from the store since the cache was made.
    pub fn n_loads(&self) -> u64 {
        self.lock().n_loads
    }

    /// Pages that could not be read, one diagnostic each; a page that has been read since is not among them.
    pub fn problems(&self) -> Vec<Diagnostic> {
        self.lock().problems.values().cloned().collect()
    }

    /// The page of that name, from memory or from the store. The store is read without the cache being locked.
    ///
    /// `place` says which objects the page is about, for the diagnostic when it cannot be read.
    ///
    /// # Errors
    /// [`PageError`] of the store or of `decode`; also kept for [`PageCache::problems`].
    pub fn get<T: Paged>(
        &self,
        store: &dyn PageStore,
        hash: PageHash,
        place: &dyn Fn() -> String,
        decode: impl FnOnce(&[u8]) -> Result<T, PageError>,
    ) -> Result<Arc<T>, PageError> {
        if let Some(page) = self.lock().touch(hash) {
            return page.downcast().map_err(|_other| PageError::Damaged("it is of another kind"));
        }
        match store.read_page(hash).and_then(|bytes| decode(&bytes)) {
            Ok(page) => {
                let page = Arc::new(page);
                self.lock().keep(hash, Arc::<T>::clone(&page), page.heap_bytes());
                Ok(page)
            }
            Err(e) => {
                let message = format!("objects cannot be read from the cache: {e}");
                let d = Diagnostic::new(Code::new(e.code()), Severity::Error, place(), message);
                self.lock().problems.insert(hash, d);
                Err(e)
            }
        }
    }
}

impl Default for PageCache {
    fn default() -> Self {
        Self::new(Self::DEFAULT_LIMIT_BYTES)
    }
}

impl Inner {
    fn touch(&mut self, hash: PageHash) -> Option<Arc<dyn Any + Send + Sync>> {
        let slot = self.pages.get_mut(&hash)?;
        // The page that was used last stays where it is: the usual case while rows are walked.
        if slot.used != self.clock {
            self.order.remove(&slot.used);
            self.clock += 1;
            slot.used = self.clock;
            self.order.insert(self.clock, hash);
        }
        Some(Arc::clone(&slot.page))
    }

    fn keep(&mut self, hash: PageHash, page: Arc<dyn Any + Send + Sync>, bytes: usize) {
        self.n_loads += 1;
        self.problems.remove(&hash);
        if self.pages.contains_key(&hash) {
            return;
        }
        self.was_short |= self.bytes + bytes > self.limit_bytes;
        if bytes > self.limit_bytes {
            return;
        }
        self.shrink(bytes);
        self.clock += 1;
        self.order.insert(self.clock, hash);
        self.bytes += bytes;
        self.pages.insert(hash, Slot { page, bytes, used: self.clock });
    }

    /// Lets pages go until `more` bytes fit.
    fn shrink(&mut self, more: usize) {
        while self.bytes + more > self.limit_bytes {
            let Some((_, hash)) = self.order.pop_first() else { return };
            if let Some(slot) = self.pages.remove(&hash) {
                self.bytes -= slot.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryPages;

    struct Bytes(Vec<u8>);

    impl Paged for Bytes {
        fn heap_bytes(&self) -> usize {
            self.0.len()
        }
    }

    fn get(cache: &PageCache, store: &MemoryPages, page: PageHash) -> Result<Arc<Bytes>, PageError> {
        cache.get(store, page, &String::new, |b| Ok(Bytes(b.to_vec())))
    }

    #[test]
    fn the_page_used_longest_ago_goes_first_and_the_limit_holds() {
        let (store, cache) = (MemoryPages::default(), PageCache::new(250));
        let pages: Vec<_> = (0..3_u8).map(|i| store.write_page(&[i; 100]).unwrap()).collect();
        for p in [0, 1, 0, 2, 0] {
            assert_eq!(get(&cache, &store, pages[p]).unwrap().0, [u8::try_from(p).unwrap(); 100]);
            assert!(cache.bytes() <= 250);
        }
        assert_eq!(cache.n_loads(), 3, "page 0 was used last each time and stayed");
        get(&cache, &store, pages[1]).unwrap();
        assert_eq!(cache.n_loads(), 4);
        assert!(cache.take_was_short() && !cache.take_was_short());
        cache.set_limit(0);
        assert_eq!(cache.bytes(), 0);
        assert!(get(&cache, &store, pages[2]).is_ok(), "a limit below one page still answers");
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn a_page_that_cannot_be_read_is_named_until_it_can() {
        let (store, cache) = (MemoryPages::default(), PageCache::new(1000));
        let page = store.write_page(b"columns").unwrap();
        store.remove(page);
        assert!(matches!(get(&cache, &store, page), Err(PageError::Missing(p)) if p == page));
        assert_eq!(cache.problems()[0].code.0, "scene.page_missing");
        store.replace(page, b"columns".to_vec());
        assert!(get(&cache, &store, page).is_ok());
        assert!(cache.problems().is_empty());
    }
}
