//! The columns of one source, read page by page through the session's cache.

use std::ops::Range;
use std::sync::Arc;

use crate::cache::PageCache;
use crate::directory::{Directory, PageEntry};
use crate::edges::{EdgeTable, Edges};
use crate::object::{NO_PARENT, NewObject, RelationKind};
use crate::page::{PlacePage, TextPage};
use crate::store::{MemoryPages, PageError, PageStore};
use crate::writer::{ColumnWriter, entry};

/// The columns of one source: its directory in memory, its pages wherever the store keeps them. Cheap to clone.
///
/// What cannot be read is reported through [`PageCache::problems`]; answers then leave out what the page would add.
#[derive(Clone)]
pub struct SourceColumns {
    directory: Arc<Directory>,
    store: Arc<dyn PageStore>,
    cache: Arc<PageCache>,
    /// Objects without a parent before each page, and in all.
    roots_before: Arc<[u32]>,
}

impl SourceColumns {
    /// The columns that a directory describes.
    pub fn new(directory: Arc<Directory>, store: Arc<dyn PageStore>, cache: Arc<PageCache>) -> Self {
        let mut sum = 0_u32;
        let mut roots_before = vec![0];
        for page in &directory.pages {
            sum = sum.saturating_add(page.n_roots);
            roots_before.push(sum);
        }
        Self { directory, store, cache, roots_before: roots_before.into() }
    }

    /// No objects.
    pub fn empty() -> Self {
        Self::new(Arc::default(), Arc::<MemoryPages>::default(), Arc::default())
    }

    /// Columns in memory, for tests and small scenes.
    ///
    /// # Errors
    /// [`PageError::TooLarge`] if a page has texts beyond the format's limit.
    pub fn in_memory<'o>(objects: impl IntoIterator<Item = NewObject<'o>>) -> Result<Self, PageError> {
        let store = Arc::new(MemoryPages::default());
        let mut writer = ColumnWriter::new(&*store);
        for o in objects {
            writer.push(o)?;
        }
        Ok(Self::new(Arc::new(writer.finish()?), store, Arc::default()))
    }

    /// The directory.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Objects.
    pub fn len(&self) -> usize {
        self.directory.n_rows as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.directory.n_rows == 0
    }

    /// Pages of objects.
    pub fn n_pages(&self) -> usize {
        self.directory.pages.len()
    }

    /// Objects of a page, by number.
    pub fn numbers(&self, page: usize) -> Range<usize> {
        let first = (self.directory.page_rows as usize).saturating_mul(page);
        first..first + self.directory.rows_of_page(page)
    }

    /// The page of an object, and its place there.
    pub fn page_of(&self, number: usize) -> (usize, usize) {
        let rows = self.directory.page_rows as usize;
        (number / rows, number % rows)
    }

    fn place_text(&self, page: usize) -> String {
        let numbers = self.numbers(page);
        format!("objects {} to {}", numbers.start, numbers.end.saturating_sub(1))
    }

    /// What and where the objects of a page are.
    ///
    /// # Errors
    /// [`PageError`], also told to the cache.
    pub fn places(&self, page: usize) -> Result<Arc<PlacePage>, PageError> {
        let e = self.directory.pages.get(page).ok_or(PageError::Damaged("a page is not listed"))?;
        let numbers = self.numbers(page);
        let (first, n_classes) =
            (u32::try_from(numbers.start).unwrap_or(u32::MAX), self.directory.classes.len());
        self.cache.get(&*self.store, e.place, &|| self.place_text(page), |b| {
            PlacePage::decode(b, numbers.len(), first, n_classes)
        })
    }

    /// What the objects of a page are called.
    ///
    /// # Errors
    /// [`PageError`], also told to the cache.
    pub fn texts(&self, page: usize) -> Result<Arc<TextPage>, PageError> {
        let e = self.directory.pages.get(page).ok_or(PageError::Damaged("a page is not listed"))?;
        let n = self.directory.rows_of_page(page);
        self.cache.get(&*self.store, e.text, &|| self.place_text(page), |b| TextPage::decode(b, n))
    }

    /// Whether an object starts hidden. Answered by the directory alone.
    pub fn starts_hidden(&self, number: usize) -> bool {
        self.has_bit(number, |p| &p.hidden)
    }

    /// Whether an object's shape stands for one that could not be made. Answered by the directory alone.
    pub fn is_stand_in(&self, number: usize) -> bool {
        self.has_bit(number, |p| &p.stand_ins)
    }

    /// Objects that start hidden, by number, ascending. Answered by the directory alone.
    pub fn hidden(&self) -> impl Iterator<Item = usize> + '_ {
        self.with_bit(|p| &p.hidden)
    }

    /// Objects whose shape stands for one that could not be made, by number, ascending. Answered by the directory alone.
    pub fn stand_ins(&self) -> impl Iterator<Item = usize> + '_ {
        self.with_bit(|p| &p.stand_ins)
    }

    fn has_bit(&self, number: usize, bits: fn(&PageEntry) -> &Vec<u8>) -> bool {
        let (page, at) = self.page_of(number);
        let byte = self.directory.pages.get(page).and_then(|p| bits(p).get(at / 8));
        byte.is_some_and(|byte| byte >> (at % 8) & 1 != 0)
    }

    fn with_bit(&self, bits: fn(&PageEntry) -> &Vec<u8>) -> impl Iterator<Item = usize> + '_ {
        let pages = self.directory.pages.iter().enumerate().filter(move |(_, p)| !bits(p).is_empty());
        pages.flat_map(|(ix, _)| self.numbers(ix)).filter(move |&n| self.has_bit(n, bits))
    }

    /// Objects whose id is `id`, by number, ascending.
    pub fn find(&self, id: &str) -> Vec<u32> {
        let candidates = self.directory.ids.candidates(&*self.store, &self.cache, id).unwrap_or_default();
        let same = |n: &u32| {
            let (page, at) = self.page_of(*n as usize);
            self.texts(page).is_ok_and(|t| t.ids.get(at) == id)
        };
        candidates.into_iter().filter(same).collect()
    }

    /// Objects whose class passes, by number, ascending. Reads only pages that have one.
    pub fn of_class(&self, passes: &dyn Fn(&str) -> bool) -> Vec<u32> {
        let wanted: Vec<bool> = self.directory.classes.iter().map(|c| passes(c)).collect();
        let is_wanted = |class: u32| wanted.get(class as usize).copied().unwrap_or(false);
        let mut out = Vec::new();
        for (ix, entry) in self.directory.pages.iter().enumerate() {
            if !entry.classes.iter().any(|c| is_wanted(c.0)) {
                continue;
            }
            let Ok(page) = self.places(ix) else { continue };
            let first = u32::try_from(self.numbers(ix).start).unwrap_or(u32::MAX);
            out.extend(page.class_ix.iter().zip(first..).filter(|(c, _)| is_wanted(**c)).map(|(_, n)| n));
        }
        out
    }

    fn edges<'a>(&'a self, table: &'a EdgeTable) -> Edges<'a> {
        Edges { table, store: &*self.store, cache: &self.cache }
    }

    /// How many objects lie directly inside one.
    pub fn n_children(&self, number: u32) -> u32 {
        let range = self.edges(&self.directory.children).range(number).unwrap_or(0..0);
        u32::try_from(range.len()).unwrap_or(u32::MAX)
    }

    /// Those of the objects directly inside `number` that stand at these places among their siblings, ascending.
    pub fn children(&self, number: u32, places: Range<u32>) -> Vec<u32> {
        let edges = self.edges(&self.directory.children);
        let mut out = Vec::new();
        let all = edges.range(number).unwrap_or(0..0);
        let start = all.start.saturating_add(places.start as usize).min(all.end);
        let end = all.start.saturating_add(places.end as usize).min(all.end);
        if edges.targets(start..end.max(start), &mut out).is_err() {
            out.clear();
        }
        out
    }

    /// Objects without a parent.
    pub fn n_roots(&self) -> u32 {
        self.roots_before.last().copied().unwrap_or(0)
    }

    /// Those of the objects without a parent that stand at these places among them, ascending.
    pub fn roots(&self, places: Range<u32>) -> Vec<u32> {
        let mut out = Vec::new();
        let end = places.end.min(self.n_roots());
        let mut page = self.roots_before.partition_point(|&n| n <= places.start).saturating_sub(1);
        while let Some(&before) = self.roots_before.get(page).filter(|&&b| b < end) {
            if let Ok(places_of) = self.places(page) {
                let first = u32::try_from(self.numbers(page).start).unwrap_or(u32::MAX);
                let roots = places_of.parent.iter().zip(first..).filter(|(p, _)| **p == NO_PARENT);
                let skip = places.start.saturating_sub(before) as usize;
                let take = (end - before) as usize - skip.min((end - before) as usize);
                out.extend(roots.map(|(_, n)| n).skip(skip).take(take));
            }
            page += 1;
        }
        out
    }

    /// The place of an object among its siblings: those inside the same one, or those without a parent.
    pub fn place_among_siblings(&self, number: u32) -> Option<u32> {
        let (page, at) = self.page_of(number as usize);
        let places = self.places(page).ok()?;
        match *places.parent.get(at)? {
            NO_PARENT => {
                let before = places.parent.iter().take(at).filter(|&&p| p == NO_PARENT).count();
                self.roots_before.get(page)?.checked_add(u32::try_from(before).ok()?)
            }
            parent => self.edges(&self.directory.children).place(parent, number).ok()?,
        }
    }

    /// `number` and everything below it, ascending.
    pub fn subtree(&self, number: u32) -> Vec<u32> {
        let edges = self.edges(&self.directory.children);
        let mut out = vec![number];
        let mut level = vec![number];
        while !level.is_empty() {
            let mut below = Vec::new();
            if edges.targets_of_all(&level, &mut below).is_err() {
                break;
            }
            below.sort_unstable();
            out.extend_from_slice(&below);
            level = below;
        }
        out.sort_unstable();
        out
    }

    /// Objects related to one by `kind`, as host or as part, ascending.
    pub fn related(&self, number: u32, kind: RelationKind) -> Vec<u32> {
        let mut out = Vec::new();
        for table in self.directory.relations.iter().filter(|r| r.kind == kind) {
            for direction in [&table.forward, &table.backward] {
                let edges = self.edges(direction);
                let read = edges.range(number).and_then(|r| edges.targets(r, &mut out));
                if read.is_err() {
                    break;
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Writes the columns again with other places; texts, tree and indexes stay the pages that they are. `change` gets
    /// each page with the number of its first object, and leaves parents, classes and what is hidden alone.
    ///
    /// # Errors
    /// [`PageError`] if a page cannot be read or written.
    pub fn with_places(&self, change: &mut dyn FnMut(u32, &mut PlacePage)) -> Result<Self, PageError> {
        let mut directory = (*self.directory).clone();
        directory.n_triangles = 0;
        for (ix, e) in directory.pages.iter_mut().enumerate() {
            let mut page = (*self.places(ix)?).clone();
            let first = u32::try_from(self.numbers(ix).start).unwrap_or(u32::MAX);
            change(first, &mut page);
            directory.n_triangles += page.n_triangles.iter().map(|&n| u64::from(n)).sum::<u64>();
            *e = entry(&*self.store, &page, first, e.text)?;
        }
        Ok(Self::new(directory.into(), Arc::clone(&self.store), Arc::clone(&self.cache)))
    }

    pub(crate) fn store(&self) -> &dyn PageStore {
        &*self.store
    }

    pub(crate) fn cache(&self) -> &PageCache {
        &self.cache
    }
}
