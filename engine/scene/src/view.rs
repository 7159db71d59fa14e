//! One object of a snapshot, read from its pages when something is asked of it.

use std::sync::{Arc, OnceLock};

use lantu_base::{Bounds, ObjectKey, ObjectRow};

use crate::object::{NO_PARENT, ObjectKind};
use crate::page::{CLOSED, HIDDEN, PlacePage, TextPage};
use crate::snapshot::SourceSpan;

/// The pages that an object stands on, shared by the views of one walk over them. An error is its code.
struct Rows<'a> {
    span: &'a SourceSpan,
    page: usize,
    places: OnceLock<Result<Arc<PlacePage>, &'static str>>,
    texts: OnceLock<Result<Arc<TextPage>, &'static str>>,
}

impl Rows<'_> {
    fn places(&self) -> Result<&PlacePage, &'static str> {
        let read = || self.span.objects.places(self.page).map_err(|e| e.code());
        self.places.get_or_init(read).as_deref().map_err(|e| *e)
    }

    fn texts(&self) -> Result<&TextPage, &'static str> {
        let read = || self.span.objects.texts(self.page).map_err(|e| e.code());
        self.texts.get_or_init(read).as_deref().map_err(|e| *e)
    }
}

/// One object of a snapshot. Its values come from pages, which it keeps alive.
///
/// Where a page cannot be read the object is still there: without texts, place and numbers, and with the reason among
/// its [`ObjectView::diagnostics`].
#[derive(Clone)]
pub struct ObjectView<'a> {
    /// Its row.
    pub row: ObjectRow,
    /// Its source's place.
    pub span: &'a SourceSpan,
    /// Its number in the source.
    pub number: usize,
    /// Its place on its page.
    at: usize,
    rows: Arc<Rows<'a>>,
}

impl<'a> ObjectView<'a> {
    pub(crate) fn new(span: &'a SourceSpan, number: usize) -> Self {
        let (page, at) = span.objects.page_of(number);
        let rows = Rows { span, page, places: OnceLock::new(), texts: OnceLock::new() };
        let row = ObjectRow(span.first_row + u32::try_from(number).unwrap_or(u32::MAX));
        Self { row, span, number, at, rows: Arc::new(rows) }
    }

    /// The objects of a page.
    pub(crate) fn of_page(span: &'a SourceSpan, page: usize) -> impl Iterator<Item = Self> {
        let numbers = span.objects.numbers(page);
        let first = Self::new(span, numbers.start);
        numbers.zip(first.row.0..).enumerate().map(move |(at, (number, row))| Self {
            row: ObjectRow(row),
            span,
            number,
            at,
            rows: Arc::clone(&first.rows),
        })
    }

    /// Why something of it cannot be read: a diagnostic's code; `None` when all is well. Reads both pages.
    pub fn unreadable(&self) -> Option<&'static str> {
        self.rows.places().err().or_else(|| self.rows.texts().err())
    }

    fn place<T>(&self, get: impl FnOnce(&PlacePage) -> Option<T>) -> Option<T> {
        self.rows.places().ok().and_then(get)
    }

    /// Id within the source.
    pub fn id(&self) -> &str {
        self.rows.texts().map_or("", |t| t.ids.get(self.at))
    }

    /// Identity that survives re-import.
    pub fn key(&self) -> ObjectKey {
        ObjectKey { source: self.span.source.clone(), id: self.id().into() }
    }

    /// Name; empty if none.
    pub fn name(&self) -> &str {
        self.rows.texts().map_or("", |t| t.names.get(self.at))
    }

    /// Class.
    pub fn class(&self) -> &'a str {
        let ix = self.place(|p| p.class_ix.get(self.at).copied());
        let classes = self.span.objects.directory().classes();
        ix.and_then(|c| classes.get(c as usize)).map_or("", String::as_str)
    }

    /// What it is.
    pub fn kind(&self) -> ObjectKind {
        self.place(|p| Some(p.kind(self.at))).unwrap_or(ObjectKind::Product)
    }

    /// Bounds in the project frame; empty without geometry.
    pub fn bounds(&self) -> Bounds {
        self.place(|p| p.bounds.get(self.at).copied()).unwrap_or(Bounds::EMPTY)
    }

    /// Row of its parent.
    pub fn parent(&self) -> Option<ObjectRow> {
        let p = self.place(|p| p.parent.get(self.at).copied())?;
        (p != NO_PARENT).then(|| ObjectRow(self.span.first_row + p))
    }

    /// Surface area, m².
    pub fn area_m2(&self) -> Option<f64> {
        self.rows.texts().ok()?.area_m2.get(self.at).copied().filter(|v| !v.is_nan())
    }

    /// Signed volume, m³.
    pub fn volume_m3(&self) -> Option<f64> {
        self.rows.texts().ok()?.volume_m3.get(self.at).copied().filter(|v| !v.is_nan())
    }

    /// Triangles of its own geometry.
    pub fn n_triangles(&self) -> u32 {
        self.place(|p| p.n_triangles.get(self.at).copied()).unwrap_or(0)
    }

    /// Closed surface.
    pub fn closed(&self) -> bool {
        self.place(|p| Some(p.flag(self.at, CLOSED))).unwrap_or(false)
    }

    /// Starts hidden.
    pub fn starts_hidden(&self) -> bool {
        self.place(|p| Some(p.flag(self.at, HIDDEN))).unwrap_or(false)
    }

    /// Color of its largest part.
    pub fn color(&self) -> Option<[u8; 4]> {
        self.place(|p| p.color(self.at))
    }

    /// Codes of its diagnostics; those of pages that cannot be read come last.
    pub fn diagnostics(&self) -> Vec<&str> {
        let own = self.rows.texts().map_or("", |t| t.diagnostics.get(self.at));
        own.split_whitespace().chain(self.unreadable()).collect()
    }
}
