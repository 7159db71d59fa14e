//! The scene's owner, and the immutable snapshots that everybody else reads.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, SourceId};

use crate::index::{RayHit, SpatialIndex};
use crate::object::RelationKind;
use crate::{ObjectView, SourceColumns};

/// Where a source's objects stand in the rows of a snapshot.
#[derive(Clone)]
pub struct SourceSpan {
    /// The source.
    pub source: SourceId,
    /// Row of its object 0; object n has row `first_row + n`.
    pub first_row: u32,
    /// Its columns.
    pub objects: SourceColumns,
}

impl SourceSpan {
    /// Its rows.
    pub fn rows(&self) -> Range<u32> {
        self.first_row..self.first_row.saturating_add(self.objects.directory().n_rows())
    }

    /// One of its objects; `None` for a row of another source.
    pub fn object(&self, row: ObjectRow) -> Option<ObjectView<'_>> {
        self.rows().contains(&row.0).then(|| ObjectView::new(self, (row.0 - self.first_row) as usize))
    }

    /// Its objects, in row order, each page read once.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'_>> {
        (0..self.objects.n_pages()).flat_map(|page| ObjectView::of_page(self, page))
    }
}

/// One immutable state of the scene. Rows are valid for this revision only.
pub struct SceneSnapshot {
    /// Grows by one with every change.
    pub revision: u64,
    sources: Vec<SourceSpan>,
    n_rows: u32,
    bounds: Bounds,
    index: OnceLock<SpatialIndex>,
}

/// The one owner of the scene: sources go in, snapshots come out.
#[derive(Default)]
pub struct Scene {
    sources: Vec<(SourceId, SourceColumns)>,
    revision: u64,
}

impl Scene {
    /// Adds a source, or replaces the one of the same name in its place.
    pub fn put_source(&mut self, source: SourceId, objects: SourceColumns) {
        self.revision += 1;
        if let Some(slot) = self.sources.iter_mut().find(|(s, _)| *s == source) {
            slot.1 = objects;
        } else {
            self.sources.push((source, objects));
        }
    }

    /// Removes a source.
    pub fn remove_source(&mut self, source: &SourceId) {
        self.revision += 1;
        self.sources.retain(|(s, _)| s != source);
    }

    /// The state now. Cheap: columns are shared, and only directories are looked at.
    pub fn snapshot(&self) -> Arc<SceneSnapshot> {
        let mut spans = Vec::with_capacity(self.sources.len());
        let mut first_row = 0_u32;
        let mut bounds = Bounds::EMPTY;
        for (source, objects) in &self.sources {
            spans.push(SourceSpan { source: source.clone(), first_row, objects: objects.clone() });
            first_row = first_row.saturating_add(objects.directory().n_rows());
            let own = objects.directory().bounds();
            if !own.is_empty() {
                bounds = bounds.union(own);
            }
        }
        Arc::new(SceneSnapshot {
            revision: self.revision,
            sources: spans,
            n_rows: first_row,
            bounds,
            index: OnceLock::new(),
        })
    }
}

impl SceneSnapshot {
    /// Rows in all.
    pub fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// Bounds of everything that has a place; empty for an empty scene.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The sources, in row order.
    pub fn sources(&self) -> &[SourceSpan] {
        &self.sources
    }

    /// The place of a source.
    pub fn source(&self, id: &SourceId) -> Option<&SourceSpan> {
        self.sources.iter().find(|s| s.source == *id)
    }

    /// The source of a row, and the object's number there; `None` beyond the last row.
    pub fn locate(&self, row: ObjectRow) -> Option<(&SourceSpan, u32)> {
        // Empty sources share their first row with the next one; partition_point picks the last of them.
        let at = self.sources.partition_point(|s| s.first_row <= row.0).checked_sub(1)?;
        let span = self.sources.get(at)?;
        span.rows().contains(&row.0).then(|| (span, row.0 - span.first_row))
    }

    /// An object; `None` beyond the last row. Its pages are read when something of them is asked for.
    pub fn object(&self, row: ObjectRow) -> Option<ObjectView<'_>> {
        let (span, _) = self.locate(row)?;
        span.object(row)
    }

    /// All objects, in row order, each page read once.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'_>> {
        self.sources.iter().flat_map(SourceSpan::objects)
    }

    /// Rows named by `text`: an id (a `GlobalId`, a feature id) in any source, or `source:id`.
    pub fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        let of = |span: &SourceSpan, id: &str| -> Vec<ObjectRow> {
            span.objects.find(id).into_iter().map(|n| ObjectRow(span.first_row + n)).collect()
        };
        let rows: Vec<ObjectRow> = self.sources.iter().flat_map(|span| of(span, text)).collect();
        if !rows.is_empty() {
            return rows;
        }
        let Some((source, id)) = text.split_once(':') else { return Vec::new() };
        let named = self.sources.iter().filter(|s| s.source.as_str() == source);
        named.flat_map(|span| of(span, id)).collect()
    }

    /// Rows whose class passes, in row order. Reads only pages that have one.
    pub fn of_class(&self, passes: &dyn Fn(&str) -> bool) -> Vec<ObjectRow> {
        let of = |span: &SourceSpan| -> Vec<ObjectRow> {
            span.objects.of_class(passes).into_iter().map(|n| ObjectRow(span.first_row + n)).collect()
        };
        self.sources.iter().flat_map(of).collect()
    }

    /// Numbers of one source as rows.
    fn rows_of(&self, row: ObjectRow, numbers: &dyn Fn(&SourceColumns, u32) -> Vec<u32>) -> Vec<ObjectRow> {
        let Some((span, number)) = self.locate(row) else { return Vec::new() };
        numbers(&span.objects, number).into_iter().map(|n| ObjectRow(span.first_row + n)).collect()
    }

    /// How many objects lie directly inside `row`.
    pub fn n_children(&self, row: ObjectRow) -> u32 {
        self.locate(row).map_or(0, |(span, number)| span.objects.n_children(number))
    }

    /// Those of the objects directly inside `row` that stand at these places among their siblings, in row order.
    pub fn children(&self, row: ObjectRow, places: Range<u32>) -> Vec<ObjectRow> {
        self.rows_of(row, &|objects, number| objects.children(number, places.clone()))
    }

    /// Objects without a parent, in all sources.
    pub fn n_roots(&self) -> u32 {
        self.sources.iter().map(|s| s.objects.n_roots()).fold(0, u32::saturating_add)
    }

    /// Those of the objects without a parent that stand at these places among them, in row order.
    pub fn roots(&self, places: Range<u32>) -> Vec<ObjectRow> {
        let mut out = Vec::new();
        let mut before = 0_u32;
        for span in &self.sources {
            let n = span.objects.n_roots();
            let (start, end) =
                (places.start.saturating_sub(before), places.end.saturating_sub(before).min(n));
            if start < end {
                let numbers = span.objects.roots(start..end);
                out.extend(numbers.into_iter().map(|n| ObjectRow(span.first_row + n)));
            }
            before = before.saturating_add(n);
        }
        out
    }

    /// `row` and everything below it, in row order.
    pub fn subtree(&self, row: ObjectRow) -> Vec<ObjectRow> {
        self.rows_of(row, &|objects, number| objects.subtree(number))
    }

    /// Rows related to `row` by `kind`, as host (`from`) or as part (`to`), in row order.
    pub fn related(&self, row: ObjectRow, kind: RelationKind) -> Vec<ObjectRow> {
        self.rows_of(row, &|objects, number| objects.related(number, kind))
    }

    fn index(&self) -> &SpatialIndex {
        self.index.get_or_init(|| SpatialIndex::build(&self.sources))
    }

    /// Rows whose box touches `query`, in row order.
    pub fn in_box(&self, query: &Bounds) -> Vec<ObjectRow> {
        self.index().in_box(&self.sources, query)
    }

    /// Rows whose box comes within `radius_m` of `center`, in row order.
    pub fn in_radius(&self, center: DVec3, radius_m: f64) -> Vec<ObjectRow> {
        self.index().in_radius(&self.sources, center, radius_m)
    }

    /// Rows whose box a ray enters, nearest first.
    pub fn on_ray(&self, origin: DVec3, direction: DVec3) -> Vec<RayHit> {
        self.index().on_ray(&self.sources, origin, direction)
    }
}
