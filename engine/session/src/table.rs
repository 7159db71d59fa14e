//! The scene as overlays see it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use glam::DVec3;
use lantu_base::{Bounds, FeatureGeometry, ObjectKey, ObjectRow, Rgba};
use lantu_ingest::{LabelRecord, PropertyRecord, PropertyValue};
use lantu_overlay::ObjectTable;
use lantu_scene::{Expr, ObjectView, SceneSnapshot, SourceSpan, Value};
use lantu_tiles::io::{DirPackStore, PackStore as _};
use lantu_tiles::{PackHash, decode_mesh_tile, nearest_points};

use crate::details::{ObjectDetails, SourceDetails};
use crate::features::read_features;
use crate::packs::read_value;
use crate::rows::text_value;
use crate::session::Session;

/// Coarsest tiles that are looked at for places of shapes. Chosen: a source has one for each way of drawing, seldom more.
const MOST_ROOTS: usize = 8;

/// One scene revision with what overlays ask of it. Shared with the overlay's thread.
pub struct SceneTable {
    scene: Arc<SceneSnapshot>,
    /// By place of the source in the scene.
    details: Vec<SourceDetails>,
    features: Vec<Option<PackHash>>,
    labels: Vec<Option<PackHash>>,
    store: Arc<DirPackStore>,
    outlines: Vec<OnceLock<HashMap<u32, FeatureGeometry>>>,
    /// The coarsest tiles of each source.
    roots: Vec<Vec<PackHash>>,
}

impl SceneTable {
    /// The table of a session's scene now.
    pub fn new(session: &Session) -> Self {
        let scene = session.scene();
        let spans = scene.sources();
        let details = spans.iter().map(|s| session.details(s.source.as_str())).collect();
        let index = |s: &SourceSpan| {
            let state = session.sources().iter().find(|k| k.record.id == s.source.as_str())?;
            state.index.as_ref()
        };
        let features = spans.iter().map(|s| index(s)?.features).collect();
        let labels = spans.iter().map(|s| index(s)?.labels).collect();
        let outlines = spans.iter().map(|_| OnceLock::new()).collect();
        let trees = session.trees();
        let roots = spans.iter().map(|s| {
            let own = trees.iter().filter(|(first_row, _)| *first_row == s.first_row);
            own.flat_map(|(_, t)| t.nodes.iter().take_while(|n| n.parent.is_none()).map(|n| n.hash)).collect()
        });
        let roots = roots.collect();
        Self { details, features, labels, store: session.store(), outlines, roots, scene }
    }

    /// The scene that it speaks of.
    pub fn scene(&self) -> &Arc<SceneSnapshot> {
        &self.scene
    }

    fn place(&self, row: ObjectRow) -> Option<(usize, u32)> {
        let (span, number) = self.scene.locate(row)?;
        let same = |s: &SourceSpan| s.first_row == span.first_row && s.source == span.source;
        Some((self.scene.sources().iter().position(same)?, number))
    }

    /// Type, container, materials and properties of an object.
    pub fn details(&self, row: ObjectRow) -> Option<ObjectDetails> {
        let (ix, number) = self.place(row)?;
        Some(self.details.get(ix)?.of(number))
    }

    /// Whether an object passes a filter over its own columns and its properties (by name or `Set.Name`). With
    /// [`lantu_scene::Scan`] this is a search over any number of objects that can be stopped and continued.
    pub fn passes(&self, o: &ObjectView<'_>, filter: &Expr) -> bool {
        filter.matches(&|column| self.cell(o, column))
    }

    /// The value of a column for filters: the row's own fields first, then properties.
    fn cell(&self, o: &ObjectView<'_>, column: &str) -> Value {
        let text = |t: &str| Value::Text(t.to_owned());
        let number = |n: Option<f64>| n.map_or(Value::Null, Value::Number);
        match column {
            "source" => text(o.span.source.as_str()),
            "id" => text(o.id()),
            "class" => text(o.class()),
            "name" => text(o.name()),
            "parent" => o.parent().and_then(|p| self.scene.object(p)).map_or(Value::Null, |p| text(p.id())),
            "area_m2" => number(o.area_m2()),
            "volume_m3" => number(o.volume_m3()),
            "n_triangles" => Value::Number(f64::from(o.n_triangles())),
            "closed" => text(if o.closed() { "true" } else { "false" }),
            "color" => o.color().map_or(Value::Null, |c| Value::Text(Rgba(c).to_string())),
            _ => self.text(o.row, column).map_or_else(|| self.said(o.row, column), Value::Text),
        }
    }

    /// What `properties` lists of an object besides its properties: `type`, `container`, `material`,
    /// `classification`, or its facts by their kind (`group`, `layer`, `document`, `process` …), each by its name and by
    /// its id.
    fn said(&self, row: ObjectRow, column: &str) -> Value {
        let Some(known) = self.details(row) else { return Value::Null };
        let Some(d) = known.detail() else { return Value::Null };
        let (kind, mut all) = match column {
            "type" => ("type", d.type_name.iter().cloned().collect()),
            "container" => ("container", d.container.iter().cloned().collect()),
            "material" | "materials" => ("material", d.materials.clone()),
            "classification" | "classifications" => ("classification", d.classifications.clone()),
            kind => (kind, Vec::new()),
        };
        let list = all.join(", ");
        let facts = d.facts.iter().filter(|f| f.kind.as_str() == kind);
        all.extend(facts.flat_map(|f| [Some(f.name.clone()), f.id.clone()]).flatten());
        // As it is written where all are listed.
        all.push(list);
        all.retain(|t| !t.is_empty());
        if all.is_empty() { Value::Null } else { Value::Any(all) }
    }

    /// Words at places of a source, by its place in the scene, in the project frame. Reads them from the cache; none where
    /// it has lost them.
    pub fn labels(&self, source: usize) -> Vec<LabelRecord> {
        let hash = self.labels.get(source).copied().flatten();
        hash.and_then(|h| read_value(&*self.store, h).ok()).unwrap_or_default()
    }

    /// The points of some objects' shapes, each nearest on the map to a place of its own, in the project frame; `None` for
    /// what has no shape that can be read. Reads the coarsest tiles of their sources, each once.
    pub fn nearest_points(&self, asked: &[(ObjectRow, DVec3)]) -> Vec<Option<DVec3>> {
        // Of each source: which are asked for, and the number and place of each.
        type Asked = (Vec<usize>, Vec<(u32, DVec3)>);
        let mut found = vec![None; asked.len()];
        let mut by_source: BTreeMap<usize, Asked> = BTreeMap::new();
        for (n, (row, to)) in asked.iter().enumerate() {
            if let Some((ix, number)) = self.place(*row) {
                let (numbers, objects) = by_source.entry(ix).or_default();
                numbers.push(n);
                objects.push((number, *to));
            }
        }
        for (ix, (numbers, objects)) in by_source {
            for hash in self.roots.get(ix).into_iter().flatten().take(MOST_ROOTS) {
                // A tile that cannot be read is told by who draws it.
                let Ok(tile) = self.store.read(*hash).and_then(|pack| decode_mesh_tile(&pack)) else {
                    continue;
                };
                let points = nearest_points(&tile, &objects);
                for ((n, (_, to)), point) in numbers.iter().zip(&objects).zip(points) {
                    let flat = |p: DVec3| p.truncate().distance_squared(to.truncate());
                    if let (Some(slot), Some(p)) = (found.get_mut(*n), point) {
                        *slot = Some(slot.filter(|known: &DVec3| flat(*known) <= flat(p)).unwrap_or(p));
                    }
                }
            }
        }
        found
    }

    /// Whether an object may have a property of that name: `false` is certain.
    pub(crate) fn may_have(&self, row: ObjectRow, name: &str) -> bool {
        self.place(row)
            .is_some_and(|(ix, number)| self.details.get(ix).is_some_and(|d| d.may_have(number, name)))
    }

    /// Polygons of a feature, each an outer ring and its holes; x and y in the project frame, meters.
    pub fn polygons(&self, row: ObjectRow) -> Option<Vec<Vec<Vec<[f64; 2]>>>> {
        let flat = |ring: &Vec<[f64; 3]>| ring.iter().map(|[x, y, _]| [*x, *y]).collect();
        match self.geometry(row)? {
            FeatureGeometry::Polygons(p) => {
                Some(p.iter().map(|rings| rings.iter().map(flat).collect()).collect())
            }
            _ => None,
        }
    }

    fn geometry(&self, row: ObjectRow) -> Option<&FeatureGeometry> {
        let (ix, number) = self.place(row)?;
        let hash = (*self.features.get(ix)?)?;
        let map = self.outlines.get(ix)?.get_or_init(|| {
            // A pack that cannot be read leaves the source without outlines: distances are then "unknown".
            let pages = read_features(&*self.store, hash).into_iter().flatten();
            pages.flatten().flatten().map(|f| (f.object, f.geometry)).collect()
        });
        map.get(&number)
    }

    /// A property by its name alone, or as `Set.Name`.
    pub fn property(&self, row: ObjectRow, name: &str) -> Option<PropertyRecord> {
        let (ix, number) = self.place(row)?;
        self.details.get(ix)?.property(number, name)
    }
}

/// A search for objects by what is known of them beyond name, id and class: type, container, materials,
/// classifications, texts of properties and relations; letter case does not matter. Goes on page by page.
pub struct DetailSearch {
    table: Arc<SceneTable>,
    /// In lower case.
    needle: String,
    source: usize,
    page: usize,
}

impl DetailSearch {
    /// A search that has looked at nothing yet.
    pub fn new(table: Arc<SceneTable>, text: &str) -> Self {
        Self { table, needle: text.to_lowercase(), source: 0, page: 0 }
    }

    /// Looks at the next page, some thousand records: its hits, ascending. `None` when everything has been looked at. A
    /// page that cannot be read has none; whoever opens an object on it is told.
    pub fn step(&mut self) -> Option<Vec<ObjectRow>> {
        while self.page >= self.table.details.get(self.source)?.n_pages() {
            (self.source, self.page) = (self.source + 1, 0);
        }
        let details = self.table.details.get(self.source)?;
        let first = self.table.scene.sources().get(self.source)?.first_row;
        let numbers = details.with_text(self.page, &self.needle).unwrap_or_else(|e| {
            tracing::warn!(page = self.page, error = %e, "a page of details cannot be searched");
            Vec::new()
        });
        self.page += 1;
        Some(numbers.into_iter().map(|n| ObjectRow(first.saturating_add(n))).collect())
    }
}

impl ObjectTable for SceneTable {
    fn n_rows(&self) -> usize {
        self.scene.n_rows() as usize
    }

    fn key(&self, row: ObjectRow) -> Option<ObjectKey> {
        self.scene.object(row).map(|o| o.key())
    }

    fn class(&self, row: ObjectRow) -> &str {
        self.scene.object(row).map_or("", |o| o.class())
    }

    fn bounds(&self, row: ObjectRow) -> Bounds {
        self.scene.object(row).map_or(Bounds::EMPTY, |o| o.bounds())
    }

    /// Besides names of objects, a rule: `where EXPR` over columns and properties (`where class = 'IfcSlab' and
    /// container = '…'`, `where process ~ 'A10'` for what a model assigns to a process). One that cannot be read
    /// names nothing.
    fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        match text.strip_prefix("where ").map(Expr::parse) {
            Some(Ok(rule)) => self.scene.objects().filter(|o| self.passes(o, &rule)).map(|o| o.row).collect(),
            Some(Err(_unreadable)) => Vec::new(),
            None => self.scene.resolve(text),
        }
    }

    fn number(&self, row: ObjectRow, property: &str) -> Option<f64> {
        match self.property(row, property)?.value {
            PropertyValue::Int(i) => Some(i as f64),
            PropertyValue::Real(r) => Some(r),
            PropertyValue::Text(t) => t.trim().parse().ok(),
            _ => None,
        }
    }

    fn text(&self, row: ObjectRow, property: &str) -> Option<String> {
        let p = self.property(row, property)?;
        (p.value != PropertyValue::Null).then(|| text_value(&p.value))
    }

    fn outline(&self, row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>> {
        Some(match self.geometry(row)? {
            FeatureGeometry::Points(p) => p.iter().map(|p| vec![*p]).collect(),
            FeatureGeometry::Lines(l) => l.clone(),
            FeatureGeometry::Polygons(p) => p.iter().flatten().cloned().collect(),
        })
    }

    fn rows_of_class(&self, passes: &dyn Fn(&str) -> bool) -> Vec<ObjectRow> {
        self.scene.of_class(passes)
    }

    fn parent(&self, row: ObjectRow) -> Option<ObjectRow> {
        self.scene.object(row)?.parent()
    }

    fn within(&self, bounds: Bounds) -> Vec<ObjectRow> {
        self.scene.in_box(&bounds)
    }
}
