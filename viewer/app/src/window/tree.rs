//! The scene tree of any length: rows are made when the panel asks for them.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use lantu_base::{CancelToken, ObjectRow};
use lantu_overlay::OverlayResult;
use lantu_scene::{SceneSnapshot, Search, SourceSpan};
use lantu_session::{DetailSearch, SceneTable};
use lantu_ui::{OpenTree, OverlayKind, SceneTreeModel, StateId, TreeRow, TreeRows, TreeShape};

use crate::window::desk::{Desk, TreeKey, object_key, parse_key, source_key};
use crate::window::latest::Asker;
use crate::window::models::ui_overlay;
use crate::window::rowset::RowSet;

/// What rows show besides the scene.
#[derive(Clone)]
struct Marks {
    scene: Arc<SceneSnapshot>,
    hidden: Arc<RowSet>,
    selection: Arc<RowSet>,
    hidden_layers: Arc<BTreeSet<String>>,
    result: Option<Arc<OverlayResult>>,
    overlay: OverlayKind,
}

impl Marks {
    fn of(desk: &Desk) -> Self {
        Self {
            scene: desk.scene(),
            hidden: Arc::clone(&desk.shown.hidden),
            selection: Arc::clone(&desk.shown.selection),
            hidden_layers: Arc::clone(&desk.shown.hidden_layers),
            result: desk.result.clone(),
            overlay: ui_overlay(desk),
        }
    }

    fn object(&self, row: ObjectRow, depth: u16, expanded: bool) -> Option<TreeRow> {
        let o = self.scene.object(row)?;
        let state = self.result.as_ref().and_then(|r| StateId::parse(self.overlay, r.state(row)?.name));
        Some(TreeRow {
            row: Some(row.0),
            key: object_key(row),
            depth,
            label: if o.name().is_empty() { o.id() } else { o.name() }.to_owned(),
            class: o.class().to_owned(),
            n_below: 0,
            has_children: self.scene.n_children(row) > 0,
            expanded,
            visible: !self.hidden.contains(row) && !o.starts_hidden(),
            selected: self.selection.contains(row),
            state,
        })
    }

    fn source(&self, ix: u64, depth: u16, expanded: bool) -> Option<TreeRow> {
        let span = self.scene.sources().get(usize::try_from(ix).ok()?)?;
        Some(TreeRow {
            row: None,
            key: source_key(ix),
            depth,
            label: span.source.to_string(),
            class: String::new(),
            n_below: span.objects.len() as u64,
            has_children: !span.objects.is_empty(),
            expanded,
            visible: !self.hidden_layers.contains(span.source.as_str()),
            selected: false,
            state: None,
        })
    }
}

/// Who is below whom in a scene: sources, then their objects.
struct Shape {
    scene: Arc<SceneSnapshot>,
    /// Places of sources that have objects.
    sources: Vec<u64>,
}

impl Shape {
    fn new(scene: Arc<SceneSnapshot>) -> Self {
        let filled = (0..).zip(scene.sources()).filter(|(_, s)| !s.objects.is_empty());
        let sources = filled.map(|(ix, _)| ix).collect();
        Self { scene, sources }
    }

    fn source(&self, ix: u64) -> Option<&SourceSpan> {
        self.scene.sources().get(usize::try_from(ix).ok()?)
    }
}

impl TreeShape for Shape {
    fn n_children(&self, of: Option<u64>) -> usize {
        match of.map(parse_key) {
            None => self.sources.len(),
            Some(TreeKey::Source(ix)) => self.source(ix).map_or(0, |s| s.objects.n_roots() as usize),
            Some(TreeKey::Object(row)) => self.scene.n_children(row) as usize,
        }
    }

    fn child(&self, of: Option<u64>, ix: usize) -> Option<u64> {
        let Some(of) = of else { return self.sources.get(ix).map(|s| source_key(*s)) };
        let place = u32::try_from(ix).ok()?;
        let one = place..place.checked_add(1)?;
        let row = match parse_key(of) {
            TreeKey::Source(source) => {
                let span = self.source(source)?;
                ObjectRow(span.first_row.checked_add(*span.objects.roots(one).first()?)?)
            }
            TreeKey::Object(row) => *self.scene.children(row, one).first()?,
        };
        Some(object_key(row))
    }

    fn place(&self, key: u64) -> Option<(Option<u64>, usize)> {
        match parse_key(key) {
            TreeKey::Source(ix) => Some((None, self.sources.binary_search(&ix).ok()?)),
            TreeKey::Object(row) => {
                let o = self.scene.object(row)?;
                let above = o.parent().map(object_key).or_else(|| {
                    let same = |s: &SourceSpan| s.source == o.span.source;
                    self.scene.sources().iter().position(same).map(|ix| source_key(ix as u64))
                })?;
                let (span, number) = self.scene.locate(row)?;
                Some((Some(above), span.objects.place_among_siblings(number)? as usize))
            }
        }
    }
}

/// The open part of the tree, row by row.
struct LiveTree {
    shape: Shape,
    open: OpenTree,
    marks: Marks,
}

impl fmt::Debug for LiveTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveTree").field("n_rows", &self.open.n_rows()).finish_non_exhaustive()
    }
}

impl TreeRows for LiveTree {
    fn n_rows(&self) -> usize {
        self.open.n_rows()
    }

    fn row(&self, ix: usize) -> Option<TreeRow> {
        let open = self.open.at(&self.shape, ix)?;
        match parse_key(open.key) {
            TreeKey::Source(source) => self.marks.source(source, open.depth, open.expanded),
            TreeKey::Object(row) => self.marks.object(row, open.depth, open.expanded),
        }
    }
}

/// Rows that a search found.
struct Matches {
    rows: Arc<[ObjectRow]>,
    marks: Marks,
}

impl fmt::Debug for Matches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches").field("n_rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl TreeRows for Matches {
    fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, ix: usize) -> Option<TreeRow> {
        let mut row = self.marks.object(*self.rows.get(ix)?, 0, false)?;
        row.has_children = false;
        Some(row)
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// What was searched for.
    pub(crate) text: String,
    /// In which revision of the scene.
    pub(crate) revision: u64,
    /// Those with the text in name, id or class; then those with it in what else is known of them.
    pub(crate) rows: Arc<[ObjectRow]>,
    /// More may follow.
    pub(crate) goes_on: bool,
}

/// Texts that are not looked for in what is known of objects beyond name, id and class: bytes. Chosen: one Latin letter
/// is in nearly everything, one Chinese character has three bytes.
const TOO_SHORT: usize = 2;

/// Objects whose name, id or class has a text.
fn named(scene: &Arc<SceneSnapshot>, text: &str) -> Vec<ObjectRow> {
    // Nobody else holds this token.
    Search::new(Arc::clone(scene), text).advance(usize::MAX, &CancelToken::default()).unwrap_or_default()
}

/// Searches names, ids and classes and tells what it found, then types, containers, materials, classifications, texts of
/// properties and relations, and tells it all. Reads every page that may have a hit: not for the window's loop.
pub(crate) fn find(table: &Arc<SceneTable>, text: &str, asker: &Asker<'_, Found>) {
    let scene = table.scene();
    let mut rows = named(scene, text);
    let tell = |rows: &[ObjectRow], goes_on: bool| {
        asker.tell(Found { text: text.to_owned(), revision: scene.revision, rows: rows.into(), goes_on });
    };
    if text.len() < TOO_SHORT {
        return tell(&rows, false);
    }
    tell(&rows, true);
    let known_by_name: HashSet<ObjectRow> = rows.iter().copied().collect();
    let mut known = DetailSearch::new(Arc::clone(table), text);
    while let Some(hits) = known.step() {
        if asker.is_outdated() {
            return;
        }
        rows.extend(hits.into_iter().filter(|row| !known_by_name.contains(row)));
    }
    tell(&rows, false);
}

/// The tree, or what the search found.
pub(crate) fn model(desk: &Desk, found: Option<&Found>) -> SceneTreeModel {
    let scene = desk.scene();
    let marks = Marks::of(desk);
    let n_objects = u64::from(scene.n_rows());
    let search = desk.search.clone();
    if !search.is_empty() {
        let found = found.filter(|f| f.text == search && f.revision == scene.revision);
        let rows = found.map_or_else(|| Arc::from([]), |f| Arc::clone(&f.rows));
        return SceneTreeModel {
            n_objects,
            search,
            n_matches: rows.len() as u64,
            loading: found.is_none_or(|f| f.goes_on),
            rows: Arc::new(Matches { rows, marks }),
            scroll_to: None,
            importing: None,
        };
    }
    let shape = Shape::new(scene);
    let open = OpenTree::new(&shape, desk.expanded.iter().copied());
    let selected = desk.shown.selection.first();
    let scroll_to = selected.and_then(|r| open.find(&shape, object_key(r)));
    SceneTreeModel {
        rows: Arc::new(LiveTree { shape, open, marks }),
        n_objects,
        search,
        scroll_to,
        ..SceneTreeModel::default()
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::SourceId;
    use lantu_scene::{NewObject, Scene, SourceColumns};

    use super::*;

    /// A source of (id, class, parent).
    fn source(objects: &[(String, &str, Option<u32>)]) -> SourceColumns {
        let objects = objects.iter().map(|(id, class, parent)| NewObject {
            id,
            class,
            parent: *parent,
            name: id,
            ..NewObject::default()
        });
        SourceColumns::in_memory(objects).unwrap()
    }

    /// Two sources: a house with two storeys of three walls each, and a list of trees; an empty one between them.
    fn scene() -> Arc<SceneSnapshot> {
        let mut house = vec![("house".to_owned(), "IfcBuilding", None)];
        for s in 0..2_u32 {
            let storey = 1 + s * 4;
            house.push((format!("storey {s}"), "IfcBuildingStorey", Some(0)));
            house.extend((0..3).map(|w| (format!("wall {s}.{w}"), "IfcWall", Some(storey))));
        }
        let trees: Vec<_> = (0..5).map(|i| (format!("tree {i}"), "tree", None)).collect();
        let mut scene = Scene::default();
        scene.put_source(SourceId::new("model"), source(&house));
        scene.put_source(SourceId::new("empty"), SourceColumns::empty());
        scene.put_source(SourceId::new("trees"), source(&trees));
        scene.snapshot()
    }

    #[test]
    fn every_row_has_the_place_from_which_it_is_reached() {
        let shape = Shape::new(scene());
        let mut stack = vec![None];
        let mut n = 0;
        while let Some(of) = stack.pop() {
            for ix in 0..shape.n_children(of) {
                let key = shape.child(of, ix).unwrap();
                assert_eq!(shape.place(key), Some((of, ix)));
                stack.push(Some(key));
                n += 1;
            }
        }
        assert_eq!(n, 2 + 9 + 5);
    }

    #[test]
    fn opening_a_branch_shows_its_rows_in_order() {
        let scene = scene();
        let marks = Marks {
            scene: Arc::clone(&scene),
            hidden: Arc::new([ObjectRow(3)].into_iter().collect()),
            selection: Arc::default(),
            hidden_layers: Arc::new(BTreeSet::from(["trees".to_owned()])),
            result: None,
            overlay: OverlayKind::None,
        };
        let shape = Shape::new(scene);
        let open = OpenTree::new(&shape, [source_key(0), 0, 1]);
        let tree = LiveTree { shape, open, marks };
        let rows: Vec<TreeRow> = (0..tree.n_rows()).map(|i| tree.row(i).unwrap()).collect();
        let labels: Vec<&str> = rows.iter().map(|r| r.label.as_str()).collect();
        let wanted = ["model", "house", "storey 0", "wall 0.0", "wall 0.1", "wall 0.2", "storey 1", "trees"];
        assert_eq!(labels, wanted);
        assert_eq!(rows.iter().map(|r| r.depth).collect::<Vec<_>>(), [0, 1, 2, 3, 3, 3, 2, 0]);
        assert!(!rows[4].visible && rows[3].visible && !rows[7].visible);
        assert!(rows[2].expanded && !rows[6].expanded && rows[6].has_children && !rows[3].has_children);
    }

    #[test]
    fn a_search_looks_at_names_ids_and_classes_whatever_their_case() {
        let scene = scene();
        assert_eq!(named(&scene, "WALL").len(), 6);
        assert_eq!(named(&scene, "tree 3").len(), 1);
        assert_eq!(named(&scene, "ifcbuilding").len(), 3);
        assert!(named(&scene, "nothing").is_empty());
    }
}
