//! Where pages are kept: a trait that the tile store fulfills, and memory for tests and small scenes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Name of a page: a hash of its bytes, given by the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PageHash(pub [u8; 32]);

impl fmt::Display for PageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for PageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A page could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The store has no page of that name.
    #[error("a page of columns is missing\npage: {0}")]
    Missing(PageHash),
    /// The bytes are not what was written.
    #[error("a page of columns is damaged: {0}")]
    Damaged(&'static str),
    /// Another version wrote it.
    #[error("a page of columns was written by another version")]
    Version,
    /// More than the format allows.
    #[error("a page of columns is too large: {0} bytes")]
    TooLarge(usize),
    /// The operating system refused, or compression failed.
    #[error("a page of columns cannot be read or written: {0}")]
    Io(#[source] std::io::Error),
}

impl PageError {
    /// Stable name for diagnostics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "scene.page_missing",
            Self::Damaged(_) | Self::TooLarge(_) => "scene.page_damaged",
            Self::Version => "scene.page_version",
            Self::Io(_) => "scene.page_unreadable",
        }
    }
}

/// Keeps pages under the hash of their bytes.
pub trait PageStore: Send + Sync {
    /// The bytes of a page, checked against its name.
    ///
    /// # Errors
    /// [`PageError::Missing`], [`PageError::Damaged`], [`PageError::Io`].
    fn read_page(&self, page: PageHash) -> Result<Vec<u8>, PageError>;

    /// Keeps a page and says its name. Writing the same bytes twice is one page.
    ///
    /// # Errors
    /// [`PageError::Io`].
    fn write_page(&self, bytes: &[u8]) -> Result<PageHash, PageError>;
}

/// Pages in memory, for tests and small scenes. Its names are no cryptographic hashes.
#[derive(Debug, Default)]
pub struct MemoryPages(Mutex<BTreeMap<PageHash, Vec<u8>>>);

impl MemoryPages {
    /// Forgets a page: what deleting its file does.
    pub fn remove(&self, page: PageHash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&page);
    }

    /// Puts other bytes under a page's name: what damage to its file does.
    pub fn replace(&self, page: PageHash, bytes: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(page, bytes);
    }

    /// Bytes of all pages.
    pub fn bytes(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum()
    }
}

impl PageStore for MemoryPages {
    fn read_page(&self, page: PageHash) -> Result<Vec<u8>, PageError> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(&page).cloned().ok_or(PageError::Missing(page))
    }

    fn write_page(&self, bytes: &[u8]) -> Result<PageHash, PageError> {
        // Four passes of 64 bits with different starts: enough to tell the pages of one process apart.
        let mut name = [0; 32];
        for (part, start) in name.chunks_exact_mut(8).zip(1_u64..) {
            part.copy_from_slice(&fnv(start, bytes).to_le_bytes());
        }
        let name = PageHash(name);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, bytes.to_vec());
        Ok(name)
    }
}

/// FNV-1a, 64 bits. Source: Fowler, Noll, Vo; draft-eastlake-fnv.
pub(crate) fn fnv(start: u64, bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(OFFSET ^ start, |h, b| (h ^ u64::from(*b)).wrapping_mul(PRIME))
}
