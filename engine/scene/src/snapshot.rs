//! The scene's owner, and the immutable snapshots that everybody else reads.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use glam::DVec3;
use lantu_base::{Bounds, ObjectKey, ObjectRow, SourceId};

use crate::{NO_PARENT, ObjectKind, RayHit, RelationKind, SourceObjects, SpatialIndex};

/// Where a source's objects stand in the rows of a snapshot.
#[derive(Clone, Debug)]
pub struct SourceSpan {
    /// The source.
    pub source: SourceId,
    /// Row of its object 0; object n has row `first_row + n`.
    pub first_row: u32,
    /// Its columns.
    pub objects: Arc<SourceObjects>,
}

/// One immutable state of the scene. Rows are valid for this revision only.
pub struct SceneSnapshot {
    /// Grows by one with every change.
    pub revision: u64,
    sources: Vec<SourceSpan>,
    n_rows: u32,
    bounds: Bounds,
    index: OnceLock<SpatialIndex>,
    by_id: OnceLock<HashMap<Box<str>, Vec<ObjectRow>>>,
    children: OnceLock<Children>,
}

/// Children of every row in compressed form: those of row r are `rows[starts[r]..starts[r + 1]]`.
struct Children {
    starts: Vec<u32>,
    rows: Vec<ObjectRow>,
    roots: Vec<ObjectRow>,
}

/// The one owner of the scene: sources go in, snapshots come out.
#[derive(Default)]
pub struct Scene {
    sources: Vec<(SourceId, Arc<SourceObjects>)>,
    revision: u64,
}

impl Scene {
    /// Adds a source, or replaces the one of the same name in its place.
    pub fn put_source(&mut self, source: SourceId, objects: Arc<SourceObjects>) {
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

    /// The state now. Cheap: columns are shared.
    pub fn snapshot(&self) -> Arc<SceneSnapshot> {
        let mut spans = Vec::with_capacity(self.sources.len());
        let mut first_row = 0_u32;
        let mut bounds = Bounds::EMPTY;
        for (source, objects) in &self.sources {
            spans.push(SourceSpan { source: source.clone(), first_row, objects: Arc::clone(objects) });
            first_row = first_row.saturating_add(u32::try_from(objects.len()).unwrap_or(u32::MAX));
            bounds = objects.bounds.iter().filter(|b| !b.is_empty()).fold(bounds, |a, b| a.union(*b));
        }
        Arc::new(SceneSnapshot {
            revision: self.revision,
            sources: spans,
            n_rows: first_row,
            bounds,
            index: OnceLock::new(),
            by_id: OnceLock::new(),
            children: OnceLock::new(),
        })
    }
}

/// One object of a snapshot: a cheap view, nothing is copied.
#[derive(Clone, Copy)]
pub struct ObjectView<'a> {
    /// Its row.
    pub row: ObjectRow,
    /// Its source's place.
    pub span: &'a SourceSpan,
    /// Its number in the source.
    pub number: usize,
}

impl<'a> ObjectView<'a> {
    /// Id within the source.
    pub fn id(&self) -> &'a str {
        self.span.objects.ids.get(self.number)
    }

    /// Identity that survives re-import.
    pub fn key(&self) -> ObjectKey {
        ObjectKey { source: self.span.source.clone(), id: self.id().into() }
    }

    /// Name; empty if none.
    pub fn name(&self) -> &'a str {
        self.span.objects.names.get(self.number)
    }

    /// Class.
    pub fn class(&self) -> &'a str {
        self.span.objects.class(self.number)
    }

    /// What it is.
    pub fn kind(&self) -> ObjectKind {
        self.span.objects.kinds.get(self.number).copied().unwrap_or(ObjectKind::Product)
    }

    /// Bounds in the project frame; empty without geometry.
    pub fn bounds(&self) -> Bounds {
        self.span.objects.bounds.get(self.number).copied().unwrap_or(Bounds::EMPTY)
    }

    /// Row of its parent.
    pub fn parent(&self) -> Option<ObjectRow> {
        let p = *self.span.objects.parent.get(self.number)?;
        (p != NO_PARENT).then(|| ObjectRow(self.span.first_row + p))
    }

    /// Surface area, m².
    pub fn area_m2(&self) -> Option<f64> {
        self.span.objects.area_m2.get(self.number).copied().filter(|v| !v.is_nan())
    }

    /// Signed volume, m³.
    pub fn volume_m3(&self) -> Option<f64> {
        self.span.objects.volume_m3.get(self.number).copied().filter(|v| !v.is_nan())
    }

    /// Triangles of its own geometry.
    pub fn n_triangles(&self) -> u32 {
        self.span.objects.n_triangles.get(self.number).copied().unwrap_or(0)
    }

    fn flag(&self, bit: u8) -> bool {
        self.span.objects.flags.get(self.number).is_some_and(|f| f & bit != 0)
    }

    /// Closed surface.
    pub fn closed(&self) -> bool {
        self.flag(1)
    }

    /// Starts hidden.
    pub fn starts_hidden(&self) -> bool {
        self.flag(2)
    }

    /// Color of its largest part.
    pub fn color(&self) -> Option<[u8; 4]> {
        self.flag(4).then(|| self.span.objects.colors.get(self.number).copied()).flatten()
    }

    /// Codes of its diagnostics.
    pub fn diagnostics(&self) -> Vec<&'a str> {
        self.span.objects.diagnostics.get(self.number).split_whitespace().collect()
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

    /// An object; `None` beyond the last row.
    pub fn object(&self, row: ObjectRow) -> Option<ObjectView<'_>> {
        let at = self.sources.partition_point(|s| s.first_row <= row.0).checked_sub(1)?;
        // Empty sources share their first row with the next one; partition_point picks the last of them.
        let span = self.sources.get(at)?;
        let number = (row.0 - span.first_row) as usize;
        (number < span.objects.len()).then_some(ObjectView { row, span, number })
    }

    /// All objects, in row order.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'_>> {
        self.sources.iter().flat_map(|span| {
            (0..span.objects.len()).zip(span.first_row..).map(move |(number, row)| ObjectView {
                row: ObjectRow(row),
                span,
                number,
            })
        })
    }

    /// Rows named by `text`: an id (a `GlobalId`, a feature id) in any source, or `source:id`.
    pub fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        let by_id = self.by_id.get_or_init(|| {
            let mut map: HashMap<Box<str>, Vec<ObjectRow>> = HashMap::with_capacity(self.n_rows as usize);
            for o in self.objects() {
                map.entry(o.id().into()).or_default().push(o.row);
            }
            map
        });
        if let Some(rows) = by_id.get(text) {
            return rows.clone();
        }
        let Some((source, id)) = text.split_once(':') else { return Vec::new() };
        let rows = by_id.get(id).map_or(&[] as &[ObjectRow], Vec::as_slice);
        let of_source =
            |row: &&ObjectRow| self.object(**row).is_some_and(|o| o.span.source.as_str() == source);
        rows.iter().filter(of_source).copied().collect()
    }

    fn children_table(&self) -> &Children {
        self.children.get_or_init(|| {
            let n = self.n_rows as usize;
            let mut starts = vec![0_u32; n + 1];
            let mut roots = Vec::new();
            for o in self.objects() {
                match o.parent() {
                    Some(p) => {
                        if let Some(s) = starts.get_mut(p.ix() + 1) {
                            *s += 1;
                        }
                    }
                    None => roots.push(o.row),
                }
            }
            let mut sum = 0;
            for s in &mut starts {
                sum += *s;
                *s = sum;
            }
            let mut next = starts.clone();
            let mut rows = vec![ObjectRow(0); sum as usize];
            for o in self.objects() {
                if let Some(slot) = o.parent().and_then(|p| next.get_mut(p.ix())) {
                    if let Some(r) = rows.get_mut(*slot as usize) {
                        *r = o.row;
                    }
                    *slot += 1;
                }
            }
            Children { starts, rows, roots }
        })
    }

    /// Objects directly inside `row`, in row order.
    pub fn children(&self, row: ObjectRow) -> &[ObjectRow] {
        let t = self.children_table();
        let range = t.starts.get(row.ix()).zip(t.starts.get(row.ix() + 1));
        range.and_then(|(&a, &b)| t.rows.get(a as usize..b as usize)).unwrap_or(&[])
    }

    /// Objects without a parent, in row order.
    pub fn roots(&self) -> &[ObjectRow] {
        &self.children_table().roots
    }

    /// `row` and everything below it, in tree order.
    pub fn subtree(&self, row: ObjectRow) -> Vec<ObjectRow> {
        let mut out = Vec::new();
        let mut stack = vec![row];
        while let Some(r) = stack.pop() {
            out.push(r);
            stack.extend(self.children(r).iter().rev());
        }
        out
    }

    /// Rows related to `row` by `kind`, as host (`from`) or as part (`to`).
    pub fn related(&self, row: ObjectRow, kind: RelationKind) -> Vec<ObjectRow> {
        let Some(o) = self.object(row) else { return Vec::new() };
        let mut out = Vec::new();
        for r in o.span.objects.relations.iter().filter(|r| r.kind == kind) {
            if r.from as usize == o.number {
                out.push(ObjectRow(o.span.first_row + r.to));
            } else if r.to as usize == o.number {
                out.push(ObjectRow(o.span.first_row + r.from));
            }
        }
        out
    }

    fn index(&self) -> &SpatialIndex {
        self.index.get_or_init(|| SpatialIndex::build(self.objects().map(|o| (o.row, o.bounds()))))
    }

    /// Rows whose box touches `query`, in row order.
    pub fn in_box(&self, query: &Bounds) -> Vec<ObjectRow> {
        self.index().in_box(query)
    }

    /// Rows whose box comes within `radius_m` of `center`, in row order.
    pub fn in_radius(&self, center: DVec3, radius_m: f64) -> Vec<ObjectRow> {
        self.index().in_radius(center, radius_m)
    }

    /// Rows whose box a ray enters, nearest first.
    pub fn on_ray(&self, origin: DVec3, direction: DVec3) -> Vec<RayHit> {
        self.index().on_ray(origin, direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewObject;

    fn scene() -> Scene {
        let mut house = SourceObjects::default();
        for (id, parent) in [("site", None), ("storey", Some(0)), ("wall", Some(1)), ("slab", Some(1))] {
            house.push(NewObject { id, class: "IfcElement", parent, ..NewObject::default() });
        }
        let mut pipes = SourceObjects::default();
        pipes.push(NewObject { id: "wall", class: "pipes", ..NewObject::default() });
        let mut scene = Scene::default();
        scene.put_source(SourceId::new("house"), house.into());
        scene.put_source(SourceId::new("nothing"), Arc::default());
        scene.put_source(SourceId::new("pipes"), pipes.into());
        scene
    }

    #[test]
    fn an_id_alone_names_every_object_that_has_it_and_a_source_picks_one() {
        let s = scene().snapshot();
        assert_eq!(s.resolve("wall"), [ObjectRow(2), ObjectRow(4)]);
        assert_eq!(s.resolve("pipes:wall"), [ObjectRow(4)]);
        assert_eq!(s.resolve("pipes:slab"), []);
        assert_eq!(s.object(ObjectRow(4)).unwrap().class(), "pipes");
        assert!(s.object(ObjectRow(5)).is_none());
    }

    #[test]
    fn the_tree_is_read_from_the_columns() {
        let s = scene().snapshot();
        assert_eq!(s.roots(), [ObjectRow(0), ObjectRow(4)]);
        assert_eq!(s.children(ObjectRow(1)), [ObjectRow(2), ObjectRow(3)]);
        assert_eq!(s.subtree(ObjectRow(0)), [0, 1, 2, 3].map(ObjectRow));
    }

    #[test]
    fn a_reader_keeps_its_snapshot_while_the_scene_changes() {
        let mut scene = scene();
        let before = scene.snapshot();
        scene.remove_source(&SourceId::new("house"));
        assert_eq!((before.n_rows(), scene.snapshot().n_rows()), (5, 1));
        assert!(scene.snapshot().revision > before.revision);
    }

    #[test]
    fn a_parent_that_comes_later_is_not_taken() {
        let mut c = SourceObjects::default();
        c.push(NewObject { id: "a", parent: Some(7), ..NewObject::default() });
        assert_eq!(c.parent, [NO_PARENT]);
        assert!(c.is_consistent());
    }
}
