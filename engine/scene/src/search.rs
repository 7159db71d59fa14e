//! Finding objects by a part of their name, id or class, a few hits at a time.

use std::ops::Range;
use std::sync::Arc;

use lantu_base::{CancelToken, Cancelled, ObjectRow};

use crate::SourceColumns;
use crate::grams::{PageSet, SEGMENT_PAGES};
use crate::page::{StringColumn, TextPage};
use crate::snapshot::SceneSnapshot;

/// A search that can be continued, stopped and moved to another thread. Hits come in row order.
///
/// ```no_run
/// # fn list(scene: std::sync::Arc<lantu_scene::SceneSnapshot>) -> Result<(), lantu_base::Cancelled> {
/// let mut search = lantu_scene::Search::new(scene, "外墙");
/// let first = search.advance(100, &lantu_base::CancelToken::default())?;
/// let more = if search.is_done() { Vec::new() } else { search.advance(100, &lantu_base::CancelToken::default())? };
/// # Ok(())
/// # }
/// ```
pub struct Search {
    scene: Arc<SceneSnapshot>,
    /// In lower case.
    needle: String,
    source: usize,
    page: usize,
    /// The object of that page where it goes on.
    at: usize,
    /// Pages of the current segment that may have hits, with source and segment that it is for.
    candidates: Option<(usize, usize, PageSet)>,
    /// Classes of the current source whose name has the text.
    classes: Option<(usize, Vec<bool>)>,
    n_pages_done: usize,
}

impl Search {
    /// A search for objects whose name, id or class contains `text`; letter case does not matter. An empty text finds
    /// everything.
    pub fn new(scene: Arc<SceneSnapshot>, text: &str) -> Self {
        Self {
            scene,
            needle: text.to_lowercase(),
            source: 0,
            page: 0,
            at: 0,
            candidates: None,
            classes: None,
            n_pages_done: 0,
        }
    }

    /// Whether everything has been looked at.
    pub fn is_done(&self) -> bool {
        self.source >= self.scene.sources().len()
    }

    /// Pages that are done, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.scene.sources().iter().map(|s| s.objects.n_pages()).sum();
        (self.n_pages_done, all)
    }

    /// The next hits, at most `n`; fewer only when everything has been looked at.
    ///
    /// # Errors
    /// [`Cancelled`]; hits found since the call are lost, and the search goes on behind them.
    pub fn advance(&mut self, n: usize, cancel: &CancelToken) -> Result<Vec<ObjectRow>, Cancelled> {
        let mut hits = Vec::new();
        while hits.len() < n && !self.is_done() {
            cancel.check()?;
            self.step(n, &mut hits);
        }
        Ok(hits)
    }

    /// Looks at one page.
    fn step(&mut self, n: usize, hits: &mut Vec<ObjectRow>) {
        let scene = Arc::clone(&self.scene);
        let Some(span) = scene.sources().get(self.source) else { return };
        if self.page >= span.objects.n_pages() {
            (self.source, self.page, self.at) = (self.source + 1, 0, 0);
            return;
        }
        let by_text = self.may_have(&span.objects);
        let by_class = self.has_class(&span.objects);
        if by_text || by_class {
            let page_first = span.objects.numbers(self.page).start;
            for at in self.matches(&span.objects, by_text, by_class) {
                if hits.len() == n {
                    self.at = at;
                    return;
                }
                let number = u32::try_from(page_first + at).unwrap_or(u32::MAX);
                hits.push(ObjectRow(span.first_row.saturating_add(number)));
            }
        }
        self.page += 1;
        self.at = 0;
        self.n_pages_done += 1;
    }

    /// Whether the index lets the text be on the current page.
    fn may_have(&mut self, objects: &SourceColumns) -> bool {
        let segment = self.page / SEGMENT_PAGES;
        let known = self.candidates.filter(|c| (c.0, c.1) == (self.source, segment));
        let set = known.map_or_else(
            || {
                let grams = &objects.directory().grams;
                let found = grams.pages_with(objects.store(), objects.cache(), segment, &self.needle);
                // An index that cannot be read costs time, not hits: every page is looked at.
                found.unwrap_or([u64::MAX; size_of::<PageSet>() / 8])
            },
            |c| c.2,
        );
        self.candidates = Some((self.source, segment, set));
        let bit = self.page % SEGMENT_PAGES;
        set.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }

    /// Whether an object of the current page has a class with the text in its name.
    fn has_class(&mut self, objects: &SourceColumns) -> bool {
        if self.classes.as_ref().is_none_or(|c| c.0 != self.source) {
            let has = |c: &String| c.to_lowercase().contains(&self.needle);
            self.classes = Some((self.source, objects.directory().classes().iter().map(has).collect()));
        }
        let wanted = self.classes.as_ref().map_or(&[] as &[bool], |c| &c.1);
        let page = objects.directory().pages.get(self.page);
        page.is_some_and(|p| p.classes.iter().any(|c| wanted.get(c.0 as usize) == Some(&true)))
    }

    /// Places of hits on the current page from where the search stands, ascending. A page that cannot be read has none.
    fn matches(&self, objects: &SourceColumns, by_text: bool, by_class: bool) -> Vec<usize> {
        let mut out = Vec::new();
        if by_text && let Ok(texts) = objects.texts(self.page) {
            out = texts_with(&texts, &self.needle);
        }
        if by_class && let Ok(places) = objects.places(self.page) {
            let wanted = self.classes.as_ref().map_or(&[] as &[bool], |c| &c.1);
            let of_class = places.class_ix.iter().enumerate();
            out.extend(of_class.filter(|(_, c)| wanted.get(**c as usize) == Some(&true)).map(|(at, _)| at));
        }
        out.sort_unstable();
        out.dedup();
        out.retain(|&at| at >= self.at);
        out
    }
}

/// Places of entries whose id or name contains the needle, which is in lower case.
fn texts_with(texts: &TextPage, needle: &str) -> Vec<usize> {
    let mut out = Vec::new();
    for column in [&texts.ids, &texts.names] {
        entries_with(column, needle, &mut out);
    }
    out
}

fn entries_with(column: &StringColumn, needle: &str, out: &mut Vec<usize>) {
    let (text, ends) = column.joined();
    if needle.is_empty() {
        out.extend(0..ends.len());
    } else if let Some(lowered) = lowered_in_place(text) {
        // One pass over all entries.
        let mut from = 0;
        while let Some(found) = lowered.get(from..).and_then(|t| t.find(needle)) {
            let at = from + found;
            let entry = ends.partition_point(|&e| e as usize <= at);
            let end = ends.get(entry).map_or(at, |&e| e as usize);
            if at + needle.len() <= end {
                out.push(entry);
                from = end;
            } else {
                // It runs into the next entry; characters are whole there.
                from = end.max(at + 1);
            }
        }
    } else {
        let has = |ix: &usize| column.get(*ix).to_lowercase().contains(needle);
        out.extend((0..ends.len()).filter(has));
    }
}

/// A text in lower case whose characters stand where they stood; `None` if it has letters that may take another length
/// or depend on their neighbors.
fn lowered_in_place(text: &str) -> Option<String> {
    // Characters without a case: from radicals to the end of Yi (Chinese, Japanese), the punctuation of their width, and
    // signs that dimensions are written with.
    let keeps = |c: char| {
        c.is_ascii()
            || matches!(c, '\u{2E80}'..='\u{A4CF}' | '\u{FF00}'..='\u{FF20}' | '\u{FF3B}'..='\u{FFEF}')
            || matches!(c, '×' | '·' | '²' | '³' | '°' | '±')
    };
    text.chars().all(keeps).then(|| text.to_ascii_lowercase())
}

/// Looks at objects page by page with a question of the caller's own: a filter over properties, say.
///
/// Like [`Search`] it can be continued, stopped and moved to another thread.
pub struct Scan {
    scene: Arc<SceneSnapshot>,
    rows: Range<u32>,
}

impl Scan {
    /// A scan over all rows.
    pub fn new(scene: Arc<SceneSnapshot>) -> Self {
        let rows = 0..scene.n_rows();
        Self { scene, rows }
    }

    /// Whether everything has been looked at.
    pub fn is_done(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows that are done, and how many there are.
    pub fn progress(&self) -> (u32, u32) {
        (self.rows.start, self.rows.end)
    }

    /// The next rows that pass, at most `n`, looking at `at_most` rows; fewer than `n` may only mean that those are over.
    ///
    /// # Errors
    /// [`Cancelled`]; hits found since the call are lost, and the scan goes on behind them.
    pub fn advance(
        &mut self,
        n: usize,
        at_most: u32,
        cancel: &CancelToken,
        passes: &mut dyn FnMut(&crate::ObjectView<'_>) -> bool,
    ) -> Result<Vec<ObjectRow>, Cancelled> {
        let mut hits = Vec::new();
        let stop = self.rows.start.saturating_add(at_most).min(self.rows.end);
        while hits.len() < n && self.rows.start < stop {
            cancel.check()?;
            let Some((span, number)) = self.scene.locate(ObjectRow(self.rows.start)) else { break };
            let (page, at) = span.objects.page_of(number as usize);
            for o in crate::ObjectView::of_page(span, page).skip(at) {
                if hits.len() == n || self.rows.start >= stop {
                    break;
                }
                self.rows.start = o.row.0 + 1;
                if passes(&o) {
                    hits.push(o.row);
                }
            }
        }
        Ok(hits)
    }
}
