//! Writes the columns of a source page by page, with memory that does not grow with its texts.

use std::collections::{BTreeMap, HashMap};

use lantu_base::Bounds;

use crate::directory::{Directory, PAGE_ROWS, PageEntry, RelationTable};
use crate::edges::{write_children, write_edges};
use crate::grams::GramWriter;
use crate::ids::IdWriter;
use crate::object::{NO_PARENT, NewObject, Relation, RelationKind};
use crate::page::{HIDDEN, PlacePage, STAND_IN, TextPage};
use crate::store::{PageError, PageStore};

/// Takes the objects of a source one after the other and leaves pages in a store.
///
/// Holds one page, the class names, the tables of the index (40 MiB at most), 4 bytes an object for the tree and 12 a
/// relation. Objects that lie near each other should come near each other: a page is what a query reads.
pub struct ColumnWriter<'s> {
    store: &'s dyn PageStore,
    directory: Directory,
    class_ix: HashMap<String, u32>,
    place: PlacePage,
    text: TextPage,
    parents: Vec<u32>,
    relations: Vec<Relation>,
    ids: IdWriter,
    grams: GramWriter,
}

impl<'s> ColumnWriter<'s> {
    /// A writer of pages of [`PAGE_ROWS`] objects.
    pub fn new(store: &'s dyn PageStore) -> Self {
        Self::with_page_rows(store, PAGE_ROWS)
    }

    /// A writer of pages of so many objects (at least one), for tests and measurements.
    pub fn with_page_rows(store: &'s dyn PageStore, page_rows: u32) -> Self {
        Self {
            store,
            directory: Directory { page_rows: page_rows.max(1), ..Directory::default() },
            class_ix: HashMap::new(),
            place: PlacePage::default(),
            text: TextPage::default(),
            parents: Vec::new(),
            relations: Vec::new(),
            ids: IdWriter::default(),
            grams: GramWriter::new(),
        }
    }

    /// Objects so far.
    pub fn len(&self) -> u32 {
        self.directory.n_rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.directory.n_rows == 0
    }

    /// Appends an object and returns its number. A parent that is not an earlier object is dropped.
    ///
    /// # Errors
    /// [`PageError`] if a page cannot be written.
    pub fn push(&mut self, o: NewObject<'_>) -> Result<u32, PageError> {
        let number = self.directory.n_rows;
        let next = number.checked_add(1).filter(|&n| n < u32::MAX);
        self.directory.n_rows = next.ok_or(PageError::TooLarge(number as usize))?;
        let class = match self.class_ix.get(o.class) {
            Some(&ix) => ix,
            None => self.new_class(o.class),
        };
        let parent = o.parent.filter(|&p| p < number).unwrap_or(NO_PARENT);
        self.parents.push(parent);
        self.ids.push(self.store, o.id, number)?;
        self.grams.add(o.id);
        self.grams.add(o.name);
        self.directory.n_triangles += u64::from(o.n_triangles);
        self.place.push(&o, class, parent);
        self.text.push(&o);
        if self.place.len() == self.directory.page_rows as usize {
            self.end_page()?;
        }
        Ok(number)
    }

    fn new_class(&mut self, class: &str) -> u32 {
        let ix = u32::try_from(self.directory.classes.len()).unwrap_or(u32::MAX);
        self.directory.classes.push(class.to_owned());
        self.class_ix.insert(class.to_owned(), ix);
        ix
    }

    /// Remembers a relation between two objects; one that names an object that never comes is dropped at the end.
    pub fn relate(&mut self, relation: Relation) {
        self.relations.push(relation);
    }

    fn end_page(&mut self) -> Result<(), PageError> {
        let (place, text) = (std::mem::take(&mut self.place), std::mem::take(&mut self.text));
        let text = self.store.write_page(&text.encode()?)?;
        let first = self.directory.pages.len().saturating_mul(self.directory.page_rows as usize);
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        self.directory.pages.push(entry(self.store, &place, first, text)?);
        self.grams.end_page(self.store)
    }

    /// Writes what is left and the tables, and returns the directory, which the caller writes where it belongs.
    ///
    /// # Errors
    /// [`PageError`] if a page cannot be written.
    pub fn finish(mut self) -> Result<Directory, PageError> {
        if !self.place.is_empty() {
            self.end_page()?;
        }
        let Self { store, mut directory, parents, mut relations, ids, grams, .. } = self;
        directory.ids = ids.finish(store)?;
        directory.grams = grams.finish(store)?;
        directory.children = write_children(store, &parents)?;
        drop(parents);
        relations.retain(|r| r.from < directory.n_rows && r.to < directory.n_rows);
        relations.sort_unstable();
        relations.dedup();
        for of_kind in relations.chunk_by(|a, b| a.kind == b.kind) {
            let Some(kind) = of_kind.first().map(|r| r.kind) else { continue };
            directory.relations.push(relation_table(store, kind, of_kind)?);
        }
        Ok(directory)
    }
}

fn relation_table(
    store: &dyn PageStore,
    kind: RelationKind,
    sorted: &[Relation],
) -> Result<RelationTable, PageError> {
    let forward = write_edges(store, sorted.iter().map(|r| (r.from, r.to)))?;
    let mut turned: Vec<(u32, u32)> = sorted.iter().map(|r| (r.to, r.from)).collect();
    turned.sort_unstable();
    let backward = write_edges(store, turned.into_iter())?;
    Ok(RelationTable { kind, forward, backward })
}

/// Writes the places of objects from number `first` on and says what the directory needs to know of it.
pub(crate) fn entry(
    store: &dyn PageStore,
    page: &PlacePage,
    first: u32,
    text: crate::PageHash,
) -> Result<PageEntry, PageError> {
    let place = store.write_page(&page.encode(first)?)?;
    let bounds = page.bounds.iter().filter(|b| !b.is_empty()).fold(Bounds::EMPTY, |a, b| a.union(*b));
    let n_roots = page.parent.iter().filter(|&&p| p == NO_PARENT).count();
    let mut classes: BTreeMap<u32, u32> = BTreeMap::new();
    for &class in &page.class_ix {
        *classes.entry(class).or_default() += 1;
    }
    Ok(PageEntry {
        place,
        text,
        bounds,
        n_roots: u32::try_from(n_roots).unwrap_or(u32::MAX),
        classes: classes.into_iter().collect(),
        hidden: bits(&page.flags, HIDDEN),
        stand_ins: bits(&page.flags, STAND_IN),
    })
}

/// A bit per object, lowest first, that says whether it has a flag; empty when none does.
fn bits(flags: &[u8], flag: u8) -> Vec<u8> {
    if flags.iter().all(|f| f & flag == 0) {
        return Vec::new();
    }
    let byte = |eight: &[u8]| {
        eight.iter().zip(0..).fold(0_u8, |byte, (f, bit)| byte | u8::from(f & flag != 0) << bit)
    };
    flags.chunks(8).map(byte).collect()
}
