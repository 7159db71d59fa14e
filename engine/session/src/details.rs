//! Types, containers, materials and properties of a source's objects, and what has an id but is no object, in pages
//! like its columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lantu_ingest::{EntryRecord, Fact, Field, ObjectDetail, PropertyRecord, PropertyValue};
use lantu_scene::{PageCache, PageError, PageHash, PageStore, Paged};
use lantu_tiles::PackHash;
use lantu_tiles::io::PackStore;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::packs::{PackPages, decode_value, read_value, write_value};

/// Records after which a page ends, with all of the object that they belong to. Chosen: about 1 MB in memory.
const PAGE_RECORDS: usize = 8192;

/// Where the details of a source lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DetailsDirectory {
    pages: Vec<DetailsEntry>,
    /// Distinct names of properties.
    names: Vec<String>,
    /// Pages of entries, by their first id, ascending.
    entries: Vec<(String, PackHash)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DetailsEntry {
    /// Number of the first object that it speaks of.
    first: u32,
    hash: PackHash,
    /// Names that occur, as places in `DetailsDirectory::names`, ascending.
    names: Vec<u32>,
}

impl DetailsDirectory {
    /// Names of its pages.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PackHash> + '_ {
        self.pages.iter().map(|p| p.hash).chain(self.entries.iter().map(|e| e.1))
    }
}

/// Details and properties of consecutive objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct DetailsPage {
    /// Sorted by object.
    details: Vec<ObjectDetail>,
    /// Sorted by object; occurrence before type.
    properties: Vec<PropertyRecord>,
}

impl Paged for DetailsPage {
    fn heap_bytes(&self) -> usize {
        let text = |t: &Option<String>| t.as_ref().map_or(0, String::capacity);
        let texts = |l: &Vec<String>| l.iter().map(|t| t.capacity() + size_of::<String>()).sum::<usize>();
        let detail = |d: &ObjectDetail| {
            size_of::<ObjectDetail>()
                + text(&d.type_name)
                + text(&d.container)
                + texts(&d.materials)
                + texts(&d.classifications)
                + d.facts.iter().map(fact_bytes).sum::<usize>()
        };
        self.details.iter().map(detail).sum::<usize>()
            + self.properties.iter().map(property_bytes).sum::<usize>()
    }
}

/// Entries whose ids follow each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct EntriesPage(Vec<EntryRecord>);

impl Paged for EntriesPage {
    fn heap_bytes(&self) -> usize {
        let entry = |e: &EntryRecord| {
            size_of::<EntryRecord>()
                + e.id.capacity()
                + e.class.capacity()
                + e.name.capacity()
                + e.facts.iter().map(fact_bytes).sum::<usize>()
                + e.properties.iter().map(property_bytes).sum::<usize>()
        };
        self.0.iter().map(entry).sum()
    }
}

fn fact_bytes(f: &Fact) -> usize {
    let text = |t: &Option<String>| t.as_ref().map_or(0, String::capacity);
    let field = |f: &Field| size_of::<Field>() + f.name.capacity() + text(&f.unit) + value_bytes(&f.value);
    size_of::<Fact>()
        + text(&f.id)
        + f.class.capacity()
        + f.name.capacity()
        + f.fields.iter().map(field).sum::<usize>()
}

fn property_bytes(p: &PropertyRecord) -> usize {
    size_of::<PropertyRecord>()
        + p.set.capacity()
        + p.name.capacity()
        + p.unit.as_ref().map_or(0, String::capacity)
        + value_bytes(&p.value)
}

fn value_bytes(v: &PropertyValue) -> usize {
    match v {
        PropertyValue::Text(t) => t.capacity(),
        PropertyValue::List(l) => l.iter().map(|v| size_of::<PropertyValue>() + value_bytes(v)).sum(),
        _ => 0,
    }
}

fn detail_has(d: &ObjectDetail, has: &impl Fn(&str) -> bool) -> bool {
    let named =
        [&d.type_name, &d.container].into_iter().flatten().chain(&d.materials).chain(&d.classifications);
    let fact = |f: &Fact| {
        has(&f.name) || f.id.as_deref().is_some_and(has) || f.fields.iter().any(|f| value_has(&f.value, has))
    };
    named.into_iter().any(|t| has(t)) || d.facts.iter().any(fact)
}

fn value_has(v: &PropertyValue, has: &impl Fn(&str) -> bool) -> bool {
    match v {
        PropertyValue::Text(t) => has(t),
        PropertyValue::List(l) => l.iter().any(|v| value_has(v, has)),
        _ => false,
    }
}

/// Writes details page by page. Holds one page.
pub struct DetailsWriter<'s> {
    store: &'s dyn PackStore,
    directory: DetailsDirectory,
    name_ix: BTreeMap<String, u32>,
    page: DetailsPage,
    first: Option<u32>,
    last: u32,
}

impl<'s> DetailsWriter<'s> {
    /// A writer into a store.
    pub fn new(store: &'s dyn PackStore) -> Self {
        Self {
            store,
            directory: DetailsDirectory::default(),
            name_ix: BTreeMap::new(),
            page: DetailsPage::default(),
            first: None,
            last: 0,
        }
    }

    /// Takes what is known of one object; objects come in ascending order, properties of the occurrence before those of
    /// its type. An object that comes too late is dropped.
    ///
    /// # Errors
    /// [`SessionError::Tiles`] if a page cannot be written.
    pub fn push(
        &mut self,
        object: u32,
        detail: Option<ObjectDetail>,
        properties: impl IntoIterator<Item = PropertyRecord>,
    ) -> Result<(), SessionError> {
        debug_assert!(object >= self.last, "objects ascend");
        if object < self.last {
            tracing::error!(object, "details came out of order and are dropped");
            return Ok(());
        }
        let n = self.page.details.len() + self.page.properties.len();
        if n >= PAGE_RECORDS && object > self.last {
            self.end_page()?;
        }
        self.first.get_or_insert(object);
        self.last = object;
        self.page.details.extend(detail.map(|d| ObjectDetail { object, ..d }));
        self.page.properties.extend(properties.into_iter().map(|p| PropertyRecord { object, ..p }));
        Ok(())
    }

    /// Takes all entries of the source. Of several with one id the first counts.
    ///
    /// # Errors
    /// [`SessionError::Tiles`] if a page cannot be written.
    pub fn push_entries(&mut self, mut entries: Vec<EntryRecord>) -> Result<(), SessionError> {
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        entries.dedup_by(|later, first| later.id == first.id);
        let (mut page, mut n) = (EntriesPage::default(), 0);
        for entry in entries {
            n += 1 + entry.facts.len() + entry.properties.len();
            page.0.push(entry);
            if n >= PAGE_RECORDS {
                self.end_entries(&std::mem::take(&mut page))?;
                n = 0;
            }
        }
        self.end_entries(&page)
    }

    fn end_entries(&mut self, page: &EntriesPage) -> Result<(), SessionError> {
        let Some(first) = page.0.first().map(|e| e.id.clone()) else { return Ok(()) };
        let hash = write_value(self.store, page)?;
        self.directory.entries.push((first, hash));
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), SessionError> {
        let page = std::mem::take(&mut self.page);
        let Some(first) = self.first.take() else { return Ok(()) };
        let mut names = BTreeSet::new();
        for p in &page.properties {
            let known = self.name_ix.get(&p.name).copied();
            let ix = known.unwrap_or_else(|| {
                let ix = u32::try_from(self.directory.names.len()).unwrap_or(u32::MAX);
                self.directory.names.push(p.name.clone());
                self.name_ix.insert(p.name.clone(), ix);
                ix
            });
            names.insert(ix);
        }
        let hash = write_value(self.store, &page)?;
        self.directory.pages.push(DetailsEntry { first, hash, names: names.into_iter().collect() });
        Ok(())
    }

    /// Writes what is left and the directory, and returns the directory's name.
    ///
    /// # Errors
    /// [`SessionError::Tiles`] if a page cannot be written.
    pub fn finish(mut self) -> Result<PackHash, SessionError> {
        self.end_page()?;
        write_value(self.store, &self.directory)
    }
}

/// Details of a source, read page by page through the session's cache. Cheap to clone.
#[derive(Clone)]
pub struct SourceDetails {
    directory: Arc<DetailsDirectory>,
    store: Arc<dyn PageStore>,
    cache: Arc<PageCache>,
}

/// What is known of one object beyond its columns.
pub struct ObjectDetails {
    page: Option<Arc<DetailsPage>>,
    object: u32,
    /// Why it cannot be read: a diagnostic's code.
    pub unreadable: Option<&'static str>,
}

impl SourceDetails {
    /// Reads the directory of a source's details.
    pub(crate) fn open<S: PackStore + 'static>(
        store: &Arc<S>,
        cache: &Arc<PageCache>,
        directory: PackHash,
    ) -> Result<Self, SessionError> {
        let directory = Arc::new(read_value(&**store, directory)?);
        Ok(Self { directory, store: Arc::new(PackPages(Arc::clone(store))), cache: Arc::clone(cache) })
    }

    /// Details of a source that has none.
    pub(crate) fn none() -> Self {
        Self {
            directory: Arc::default(),
            store: Arc::<lantu_scene::MemoryPages>::default(),
            cache: Arc::default(),
        }
    }

    /// What is known of an object, by its number.
    pub fn of(&self, object: u32) -> ObjectDetails {
        let entry = self.entry(object);
        let (page, unreadable) = match entry.map(|e| self.page(e)) {
            None => (None, None),
            Some(Ok(page)) => (Some(page), None),
            Some(Err(e)) => (None, Some(e.code())),
        };
        ObjectDetails { page, object, unreadable }
    }

    /// What has this id but is no object.
    ///
    /// # Errors
    /// [`PageError`] if the page on which it would be cannot be read.
    pub fn entry_of(&self, id: &str) -> Result<Option<EntryRecord>, PageError> {
        let pages = &self.directory.entries;
        let at = pages.partition_point(|p| p.0.as_str() <= id).checked_sub(1);
        let Some((first, hash)) = at.and_then(|at| pages.get(at)) else { return Ok(None) };
        let page = self.entries_page(first, *hash)?;
        let found = page.0.binary_search_by(|e| e.id.as_str().cmp(id)).ok();
        Ok(found.and_then(|at| page.0.get(at)).cloned())
    }

    /// Everything that has an id but is no object, by id. Reads all of its pages: for sources of records only.
    ///
    /// # Errors
    /// [`PageError`] if a page cannot be read.
    pub(crate) fn all_entries(&self) -> Result<Vec<EntryRecord>, PageError> {
        let mut out = Vec::new();
        for (first, hash) in &self.directory.entries {
            out.extend(self.entries_page(first, *hash)?.0.iter().cloned());
        }
        Ok(out)
    }

    fn entries_page(&self, first: &str, hash: PackHash) -> Result<Arc<EntriesPage>, PageError> {
        let place = || format!("entries from {first}");
        self.cache.get(&*self.store, PageHash(hash.0), &place, |bytes| {
            decode_value(bytes).map_err(|_e| PageError::Damaged("its entries cannot be decoded"))
        })
    }

    /// How many pages of objects there are.
    pub(crate) fn n_pages(&self) -> usize {
        self.directory.pages.len()
    }

    /// Numbers of the objects of a page of which a text holds `needle`, ascending: type, container, materials,
    /// classifications, values of properties that are texts, and what the object has to do with. Numbers and names of
    /// properties are not looked at. Past the cache, in which what somebody looks at stays.
    ///
    /// * `needle`: in lower case.
    ///
    /// # Errors
    /// [`PageError`] if the page cannot be read.
    pub(crate) fn with_text(&self, page: usize, needle: &str) -> Result<Vec<u32>, PageError> {
        let Some(entry) = self.directory.pages.get(page) else { return Ok(Vec::new()) };
        let bytes = self.store.read_page(PageHash(entry.hash.0))?;
        let page: DetailsPage =
            decode_value(&bytes).map_err(|_e| PageError::Damaged("its properties cannot be decoded"))?;
        let has = |text: &str| text.to_lowercase().contains(needle);
        let mut out: Vec<u32> =
            page.details.iter().filter(|d| detail_has(d, &has)).map(|d| d.object).collect();
        out.extend(page.properties.iter().filter(|p| value_has(&p.value, &has)).map(|p| p.object));
        out.sort_unstable();
        out.dedup();
        Ok(out)
    }

    fn entry(&self, object: u32) -> Option<&DetailsEntry> {
        let at = self.directory.pages.partition_point(|p| p.first <= object).checked_sub(1)?;
        self.directory.pages.get(at)
    }

    fn page(&self, e: &DetailsEntry) -> Result<Arc<DetailsPage>, PageError> {
        let place = || format!("properties of objects from {}", e.first);
        self.cache.get(&*self.store, PageHash(e.hash.0), &place, |bytes| {
            decode_value(bytes).map_err(|_e| PageError::Damaged("its properties cannot be decoded"))
        })
    }

    /// Whether the page of an object has a property that `name` may mean, alone or as `Set.Name`. No page is read.
    pub fn may_have(&self, object: u32, name: &str) -> bool {
        let Some(entry) = self.entry(object) else { return false };
        let fits = |n: &String| {
            name.strip_suffix(n.as_str()).is_some_and(|set| set.is_empty() || set.ends_with('.'))
        };
        entry.names.iter().filter_map(|&ix| self.directory.names.get(ix as usize)).any(fits)
    }

    /// A property of an object by its name alone, or as `Set.Name`.
    pub fn property(&self, object: u32, name: &str) -> Option<PropertyRecord> {
        if !self.may_have(object, name) {
            return None;
        }
        let known = self.of(object);
        let own = known.properties();
        let plain = own.iter().find(|p| p.name == name);
        let in_set = |p: &&PropertyRecord| {
            name.strip_prefix(p.set.as_str()).and_then(|r| r.strip_prefix('.')) == Some(&p.name)
        };
        plain.or_else(|| own.iter().find(in_set)).cloned()
    }
}

impl ObjectDetails {
    /// Type, container, materials, classifications.
    pub fn detail(&self) -> Option<&ObjectDetail> {
        let details = &self.page.as_ref()?.details;
        let ix = details.binary_search_by_key(&self.object, |d| d.object).ok()?;
        details.get(ix)
    }

    /// Properties, those of the occurrence before those of its type.
    pub fn properties(&self) -> &[PropertyRecord] {
        let Some(page) = &self.page else { return &[] };
        let first = page.properties.partition_point(|p| p.object < self.object);
        let end = page.properties.partition_point(|p| p.object <= self.object);
        page.properties.get(first..end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use lantu_ingest::PropertyKind;
    use lantu_tiles::io::MemoryPackStore;

    use super::*;

    fn property(name: &str, value: i64) -> PropertyRecord {
        PropertyRecord {
            object: 0,
            set: "Pset.A".into(),
            name: name.into(),
            value: PropertyValue::Int(value),
            unit: None,
            kind: PropertyKind::Property,
            inherited: false,
        }
    }

    #[test]
    fn an_entry_is_found_by_its_id_among_many_pages() {
        let store = Arc::new(MemoryPackStore::default());
        let mut w = DetailsWriter::new(&*store);
        let entry = |n: usize| EntryRecord {
            id: format!("id{n:05}"),
            class: "IfcTask".into(),
            name: format!("task {n}"),
            facts: Vec::new(),
            properties: vec![property("Cost", 1)],
        };
        w.push_entries((0..10_000).rev().map(entry).collect()).unwrap();
        let cache = Arc::new(PageCache::default());
        let details = SourceDetails::open(&store, &cache, w.finish().unwrap()).unwrap();
        assert_eq!(details.directory.entries.len(), 3);
        assert_eq!(details.entry_of("id07777").unwrap().unwrap().name, "task 7777");
        assert_eq!(details.entry_of("id00000").unwrap().unwrap().properties.len(), 1);
        assert!(details.entry_of("id").unwrap().is_none());
        assert!(details.entry_of("id99999").unwrap().is_none());
    }

    #[test]
    fn objects_are_found_by_a_part_of_what_is_known_of_them_whatever_its_case() {
        let store = Arc::new(MemoryPackStore::default());
        let mut w = DetailsWriter::new(&*store);
        let text = |value: &str| PropertyRecord {
            value: PropertyValue::Text(value.into()),
            ..property("Rating", 0)
        };
        let made_of =
            |material: &str| ObjectDetail { materials: vec![material.into()], ..ObjectDetail::default() };
        let layer = Fact {
            kind: lantu_ingest::FactKind::Layer,
            id: None,
            class: "IfcPresentationLayerAssignment".into(),
            name: "A-WALL".into(),
            fields: Vec::new(),
            inherited: false,
        };
        w.push(1, Some(made_of("混凝土 C30")), [text("REI 60")]).unwrap();
        w.push(
            2,
            Some(ObjectDetail { facts: vec![layer], ..ObjectDetail::default() }),
            [property("Rating", 60)],
        )
        .unwrap();
        let nested =
            PropertyValue::List(vec![PropertyValue::List(vec![PropertyValue::Text("rei 90".into())])]);
        w.push(9_000, None, [PropertyRecord { value: nested, ..property("Rating", 0) }]).unwrap();
        let cache = Arc::new(PageCache::default());
        let details = SourceDetails::open(&store, &cache, w.finish().unwrap()).unwrap();
        let find = |text: &str| details.with_text(0, text).unwrap();
        assert_eq!(find("c30"), [1]);
        assert_eq!(find("混凝土"), [1]);
        assert_eq!(find("rei"), [1, 9_000]);
        assert_eq!(find("a-wall"), [2]);
        assert!(find("60 min").is_empty() && find("rating").is_empty());
        assert_eq!((details.n_pages(), cache.n_loads()), (1, 0));
    }

    #[test]
    fn properties_of_many_objects_are_read_page_by_page() {
        let store = Arc::new(MemoryPackStore::default());
        let mut w = DetailsWriter::new(&*store);
        for object in (0..30_000).step_by(3) {
            let name = if object < 15_000 { "Width" } else { "Height" };
            w.push(object, None, [property(name, object.into()), property("Fire", 1)]).unwrap();
        }
        let hash = w.finish().unwrap();
        let cache = Arc::new(PageCache::default());
        let details = SourceDetails::open(&store, &cache, hash).unwrap();
        assert_eq!(details.directory.pages.len(), 3);
        assert_eq!(cache.n_loads(), 0);
        assert_eq!(details.property(9, "Width").unwrap().value, PropertyValue::Int(9));
        assert_eq!(details.property(9, "Pset.A.Width").unwrap().value, PropertyValue::Int(9));
        assert!(details.property(10, "Width").is_none(), "object 10 has none");
        assert!(details.of(4).properties().is_empty());
        assert_eq!(cache.n_loads(), 1);
        assert!(details.property(29_997, "Width").is_none());
        assert_eq!(cache.n_loads(), 1, "a page without the name is not read");
        assert_eq!(details.of(29_997).properties().len(), 2);
    }
}
