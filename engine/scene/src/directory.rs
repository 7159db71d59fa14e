//! What is read of a source when a project opens: how many objects, their classes, and where each page lies.

use lantu_base::Bounds;
use serde::{Deserialize, Serialize};

use crate::codec::{seal, unseal};
use crate::edges::EdgeTable;
use crate::grams::GramTable;
use crate::ids::IdTable;
use crate::object::RelationKind;
use crate::store::{PageError, PageHash, PageStore};

const MAGIC: [u8; 4] = *b"LCD2";

/// Objects in a page. Measured on 10⁷ objects: see decision 007.
pub const PAGE_ROWS: u32 = 4096;

/// What a directory says of one page of objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PageEntry {
    pub(crate) place: PageHash,
    pub(crate) text: PageHash,
    /// Bounds of all its objects, meters in the project frame.
    pub(crate) bounds: Bounds,
    /// Objects without a parent.
    pub(crate) n_roots: u32,
    /// Class and number of objects of it, ascending.
    pub(crate) classes: Vec<(u32, u32)>,
    /// A bit per object that starts hidden, lowest first; empty when none does.
    pub(crate) hidden: Vec<u8>,
    /// The same of objects whose shape stands for one that could not be made.
    pub(crate) stand_ins: Vec<u8>,
}

/// A relation in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RelationTable {
    pub(crate) kind: RelationKind,
    /// From host to part.
    pub(crate) forward: EdgeTable,
    /// From part to host.
    pub(crate) backward: EdgeTable,
}

/// The directory of a source's columns. About 200 bytes for a page of objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Directory {
    pub(crate) page_rows: u32,
    pub(crate) n_rows: u32,
    pub(crate) classes: Vec<String>,
    pub(crate) n_triangles: u64,
    pub(crate) pages: Vec<PageEntry>,
    pub(crate) children: EdgeTable,
    pub(crate) relations: Vec<RelationTable>,
    pub(crate) ids: IdTable,
    pub(crate) grams: GramTable,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            page_rows: PAGE_ROWS,
            n_rows: 0,
            classes: Vec::new(),
            n_triangles: 0,
            pages: Vec::new(),
            children: EdgeTable::default(),
            relations: Vec::new(),
            ids: IdTable::default(),
            grams: GramTable::default(),
        }
    }
}

impl Directory {
    /// Objects.
    pub fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// Triangles of all objects.
    pub fn n_triangles(&self) -> u64 {
        self.n_triangles
    }

    /// Distinct class names, in order of appearance.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Bounds of everything, meters in the project frame; empty without geometry.
    pub fn bounds(&self) -> Bounds {
        let some = self.pages.iter().map(|p| p.bounds).filter(|b| !b.is_empty());
        some.fold(Bounds::EMPTY, Bounds::union)
    }

    /// Names of all pages that belong to it, for lists of what is in use.
    pub fn page_hashes(&self) -> Vec<PageHash> {
        let mut out: Vec<PageHash> = self.pages.iter().flat_map(|p| [p.place, p.text]).collect();
        out.extend(self.children.pages());
        out.extend(self.relations.iter().flat_map(|r| r.forward.pages().chain(r.backward.pages())));
        out.extend(self.ids.pages());
        out.extend(self.grams.pages());
        out
    }

    /// Objects in page `ix`.
    pub(crate) fn rows_of_page(&self, ix: usize) -> usize {
        let before = (self.page_rows as usize).saturating_mul(ix);
        (self.n_rows as usize).saturating_sub(before).min(self.page_rows as usize)
    }

    /// Writes it as a page.
    ///
    /// # Errors
    /// [`PageError`] of the store.
    pub fn write(&self, store: &dyn PageStore) -> Result<PageHash, PageError> {
        let raw = postcard::to_stdvec(self).map_err(|_e| PageError::Damaged("it cannot be encoded"))?;
        store.write_page(&seal(MAGIC, &raw)?)
    }

    /// Reads what [`Directory::write`] wrote.
    ///
    /// # Errors
    /// [`PageError`] if it is missing, damaged, or contradicts itself.
    pub fn read(store: &dyn PageStore, hash: PageHash) -> Result<Self, PageError> {
        let raw = unseal(MAGIC, &store.read_page(hash)?)?;
        let d: Self = postcard::from_bytes(&raw).map_err(|_e| PageError::Damaged("it cannot be decoded"))?;
        if d.is_consistent() { Ok(d) } else { Err(PageError::Damaged("it contradicts itself")) }
    }

    fn is_consistent(&self) -> bool {
        let edges = self.relations.iter().flat_map(|r| [&r.forward, &r.backward]);
        let of_page = |(ix, p): (usize, &PageEntry)| {
            let n = self.rows_of_page(ix);
            p.n_roots as usize <= n
                && [&p.hidden, &p.stand_ins].iter().all(|bits| bits.is_empty() || bits.len() == n.div_ceil(8))
                && p.classes.iter().map(|c| c.1 as usize).sum::<usize>() == n
                && p.classes.iter().all(|c| (c.0 as usize) < self.classes.len())
        };
        self.page_rows > 0
            && self.pages.len() == (self.n_rows as usize).div_ceil(self.page_rows as usize)
            && self.pages.iter().enumerate().all(of_page)
            && self.children.is_consistent()
            && edges.into_iter().all(EdgeTable::is_consistent)
    }
}
