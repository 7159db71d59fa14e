//! Which things have names in the scene, and their texts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, WorldPoint};
use lantu_ingest::LabelKind;
use lantu_render::{Label, LabelGlyph, LabelSheet, MOST_LABEL_PX};
use lantu_scene::{ObjectKind, ObjectView, SceneSnapshot};
use lantu_session::SceneTable;
use lantu_ui::Language;

use crate::stage::{LEAST_OPACITY, Overlays};
use crate::window::history::Shown;

/// Named things at most, the largest of each kind. Chosen: more than any screen shows, and their glyphs fit an atlas.
const MOST: usize = 2_000;
/// Features of a layer at most: names of larger layers are not read, which would take longer than anybody waits.
const MOST_FEATURES: usize = 20_000;
/// Parts of a structure at most whose bounds make up its own.
const MOST_PARTS: usize = 20_000;
/// Parts at most whose shapes are asked whether they lie where a name stands.
const MOST_BELOW: usize = 4;
/// A name that is no farther from its shape on the map stands on it, meters. Chosen: wider gaps are seen as such.
const BESIDE_M: f64 = 2.0;
/// Chosen objects that are named: who selects more knows what they are.
const MOST_CHOSEN: usize = 24;

/// Kinds in the order of their priority.
const CHOSEN: u8 = 0;
const OBSERVED: u8 = 1;
const STRUCTURE: u8 = 2;
const FEATURE: u8 = 3;
const AXIS: u8 = 4;
const STATION: u8 = 5;
const TEXT: u8 = 6;

/// Structures that have a name of their own in a district.
const STRUCTURES: [&str; 6] =
    ["IfcBuilding", "IfcBridge", "IfcRoad", "IfcRailway", "IfcTunnel", "IfcMarineFacility"];

/// Everything that the labels follow from, besides the camera.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) overlays: Arc<Overlays>,
    pub(crate) shown: Shown,
    /// Physical pixels per point of the user interface.
    pub(crate) scale: f32,
    pub(crate) language: Language,
}

impl Wanted {
    /// Whether the same labels follow from another.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let (a, b) = (&self.shown, &other.shown);
        Arc::ptr_eq(&self.overlays, &other.overlays)
            && self.scale.to_bits() == other.scale.to_bits()
            && self.language == other.language
            && (&a.selection, &a.hidden, &a.isolated) == (&b.selection, &b.hidden, &b.isolated)
            && (&a.hidden_layers, &a.faded) == (&b.hidden_layers, &b.faded)
    }
}

/// The name of a manhole or a mark is seen from where that of a thing of this size is, meters: its own size says nothing
/// of how far one looks for it. Chosen: names of a street's manholes are read from above the street.
const MARK_M: f64 = 6.0;
/// What is smaller in every direction is a mark, meters. Chosen: a manhole is, a shrub is not.
const MARK_SIZE_M: f64 = 1.5;

/// A named thing.
struct Named {
    row: ObjectRow,
    kind: u8,
    name: String,
    bounds: Bounds,
    /// Where the name stands.
    anchor: DVec3,
    extent_m: f64,
    /// Which of several words of one object.
    nth: u64,
}

/// The labels: chosen objects, those with sensors, structures, features of layers with names, then words that models
/// have at places.
pub(crate) fn sheet(wanted: &Wanted) -> LabelSheet {
    let mut named = names(wanted);
    named.sort_by(|a, b| {
        a.kind.cmp(&b.kind).then(b.extent_m.total_cmp(&a.extent_m)).then((a.row, a.nth).cmp(&(b.row, b.nth)))
    });
    named.truncate(MOST);
    let scale = wanted.scale;
    let texts = named.iter().map(|n| n.name.as_str());
    // Half of a label and its gap are on one side of its place.
    let shaped = lantu_ui::labels::shape(texts, scale, (MOST_LABEL_PX - 20.0) * scale, wanted.language);
    let mut sheet =
        LabelSheet { atlas_px: shaped.atlas_px, coverage: shaped.coverage, ..LabelSheet::default() };
    for (n, text) in named.iter().zip(shaped.texts) {
        let first = sheet.glyphs.len();
        sheet.glyphs.extend(text.glyphs.iter().map(|g| LabelGlyph {
            min_px: g.min_px,
            size_px: g.size_px,
            texels: g.texels,
        }));
        sheet.labels.push(Label {
            anchor: WorldPoint(n.anchor),
            bounds: n.bounds,
            reach_m: n.bounds.size().truncate().length() * 0.5,
            kind: n.kind,
            extent_m: if n.kind <= OBSERVED { f64::INFINITY } else { n.extent_m },
            centered: n.kind == AXIS,
            id: u64::from(n.row.0) | n.nth << 32,
            size_px: text.size_px,
            glyphs: first..sheet.glyphs.len(),
        });
    }
    sheet
}

/// Things that are shown and have a name, each once, by the first kind that it is of.
fn names(wanted: &Wanted) -> Vec<Named> {
    let table = &wanted.overlays.table;
    let scene = table.scene();
    let shown = &wanted.shown;
    let mut out: BTreeMap<ObjectRow, Named> = BTreeMap::new();
    let mut add = |o: &ObjectView<'_>, kind: u8, (bounds, anchor): (Bounds, DVec3)| {
        let name = o.name().trim();
        if !bounds.is_empty() && !name.is_empty() && is_shown(shown, o) {
            let size_m = bounds.size().truncate().max_element();
            let extent_m = if kind == FEATURE && is_mark(bounds) { MARK_M } else { size_m };
            let named = Named { row: o.row, kind, name: name.to_owned(), bounds, anchor, extent_m, nth: 0 };
            out.entry(o.row).or_insert(named);
        }
    };
    for row in shown.selection.iter().take(MOST_CHOSEN) {
        if let Some(o) = scene.object(row) {
            add(&o, CHOSEN, on_top(o.bounds()));
        }
    }
    for o in wanted.overlays.observed().filter_map(|row| scene.object(row)) {
        add(&o, OBSERVED, on_top(o.bounds()));
    }
    for s in wanted.overlays.structures.get_or_init(|| structures(table)) {
        if let Some(o) = scene.object(s.row) {
            add(&o, STRUCTURE, (s.bounds, s.anchor));
        }
    }
    for o in features(scene, shown) {
        add(&o, FEATURE, on_top(o.bounds()));
    }
    let mut out: Vec<Named> = out.into_values().collect();
    out.extend(words(wanted));
    out
}

/// Words that models have at places: stations, grid axes, texts.
fn words(wanted: &Wanted) -> Vec<Named> {
    let (table, shown) = (&wanted.overlays.table, &wanted.shown);
    let mut out = Vec::new();
    for (ix, span) in table.scene().sources().iter().enumerate() {
        if shown.hidden_layers.contains(span.source.as_str()) {
            continue;
        }
        for (word, nth) in table.labels(ix).into_iter().zip(1..) {
            let row = ObjectRow(span.first_row.saturating_add(word.object));
            let kind = match word.kind {
                LabelKind::Name => FEATURE,
                LabelKind::Axis => AXIS,
                LabelKind::Station => STATION,
                LabelKind::Text => TEXT,
            };
            if span.object(row).is_some_and(|o| is_shown(shown, &o)) {
                let at = word.at.into();
                let bounds = Bounds::new(at, at);
                let (_, anchor) = on_top(bounds);
                out.push(Named { row, kind, name: word.text, bounds, anchor, extent_m: word.extent_m, nth });
            }
        }
    }
    out
}

/// Whether a thing is the mark of a place.
fn is_mark(bounds: Bounds) -> bool {
    bounds.size().max_element() < MARK_SIZE_M
}

/// Features with names; of several with the same name in one layer (the pieces of a street) the largest, of marks each.
fn features<'s>(scene: &'s SceneSnapshot, shown: &Shown) -> Vec<ObjectView<'s>> {
    let mut largest: HashMap<(&str, String, Option<ObjectRow>), (f64, ObjectView<'s>)> = HashMap::new();
    let small = |n: usize| (1..=MOST_FEATURES).contains(&n);
    for span in scene.sources().iter().filter(|s| small(s.objects.len())) {
        if shown.hidden_layers.contains(span.source.as_str()) {
            continue;
        }
        for o in span.objects().filter(|o| o.kind() == ObjectKind::Feature && !o.name().is_empty()) {
            let extent_m = o.bounds().size().truncate().max_element();
            let key = (o.class(), o.name().to_owned(), is_mark(o.bounds()).then_some(o.row));
            // The earlier row among equals.
            if largest.get(&key).is_none_or(|(m, _)| *m < extent_m) {
                largest.insert(key, (extent_m, o));
            }
        }
    }
    let mut out: Vec<_> = largest.into_values().map(|(_, o)| o).collect();
    out.sort_by_key(|o| o.row);
    out
}

/// The middle of a box, on its top.
fn on_top(b: Bounds) -> (Bounds, DVec3) {
    (b, b.center().with_z(b.max.z))
}

/// Structures with their bounds and where their names stand: a function of the scene alone.
fn structures(table: &SceneTable) -> Vec<Structure> {
    let scene = table.scene();
    let of_class = scene.of_class(&|class| STRUCTURES.contains(&class));
    let mut out: Vec<Structure> =
        of_class.into_iter().filter_map(|r| scene.object(r)).map(|o| whole(&o)).collect();
    let asked: Vec<(ObjectRow, DVec3)> =
        out.iter().flat_map(|s| s.below.iter().map(|row| (*row, s.anchor))).collect();
    let mut found = table.nearest_points(&asked).into_iter();
    for s in &mut out {
        let points: Vec<DVec3> = found.by_ref().take(s.below.len()).flatten().collect();
        s.anchor = on_shapes(s.anchor, &points);
    }
    out
}

/// A structure, its box, and where its name stands.
pub(crate) struct Structure {
    row: ObjectRow,
    bounds: Bounds,
    anchor: DVec3,
    /// Parts whose boxes are where the name stands, the largest.
    below: Vec<ObjectRow>,
}

/// Bounds of a structure, its own or, as most have none, those of its parts, and where its name stands.
fn whole(o: &ObjectView<'_>) -> Structure {
    let own = o.bounds();
    let number = u32::try_from(o.number).ok().filter(|_| own.is_empty());
    let parts: Vec<(ObjectRow, Bounds)> = match number {
        Some(number) => {
            let parts = o.span.objects.subtree(number).into_iter().take(MOST_PARTS);
            let parts = parts.filter_map(|n| o.span.object(ObjectRow(o.span.first_row + n)));
            parts
                .filter(|p| !p.starts_hidden())
                .map(|p| (p.row, p.bounds()))
                .filter(|p| !p.1.is_empty())
                .collect()
        }
        None => vec![(o.row, own)],
    };
    let (bounds, anchor, below) = on_parts(&parts);
    Structure { row: o.row, bounds, anchor, below }
}

/// The box of some parts, and the middle of it on its top; or on the part next to it where none lies there, as in the
/// bend of a tunnel or between two wings. With the largest parts that lie there by their boxes.
fn on_parts(parts: &[(ObjectRow, Bounds)]) -> (Bounds, DVec3, Vec<ObjectRow>) {
    let all = parts.iter().fold(Bounds::EMPTY, |all, p| all.union(p.1));
    if all.is_empty() {
        return (all, on_top(all).1, Vec::new());
    }
    let middle = all.center().truncate();
    let is_there = |p: &Bounds| p.min.truncate().cmple(middle).all() && p.max.truncate().cmpge(middle).all();
    let area = |b: &Bounds| b.size().truncate().element_product();
    let mut there: Vec<&(ObjectRow, Bounds)> = parts.iter().filter(|p| is_there(&p.1)).collect();
    there.sort_by(|a, b| area(&b.1).total_cmp(&area(&a.1)).then(a.0.cmp(&b.0)));
    let below = there.iter().take(MOST_BELOW).map(|p| p.0).collect();
    if !there.is_empty() {
        return (all, on_top(all).1, below);
    }
    let far = |p: &Bounds| p.center().truncate().distance_squared(middle);
    let next = parts.iter().min_by(|a, b| far(&a.1).total_cmp(&far(&b.1)));
    next.map_or_else(|| (all, on_top(all).1, below.clone()), |p| (all, on_top(p.1).1, vec![p.0]))
}

/// Where a name stands, given the nearest points of the shapes whose boxes are there: on one of them where none lies
/// below the name, as of a road that is one bent shape.
fn on_shapes(anchor: DVec3, points: &[DVec3]) -> DVec3 {
    let off = |p: &DVec3| p.truncate().distance(anchor.truncate());
    let nearest = points.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
    nearest.filter(|p| off(p) > BESIDE_M).copied().unwrap_or(anchor)
}

fn is_shown(shown: &Shown, o: &ObjectView<'_>) -> bool {
    let source = o.span.source.as_str();
    let faded = shown.faded.get(source).is_some_and(|v| *v < LEAST_OPACITY);
    let apart = !shown.isolated.is_empty() && !shown.isolated.contains(o.row);
    !(shown.hidden_layers.contains(source)
        || faded
        || apart
        || shown.hidden.contains(o.row)
        || o.starts_hidden())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_bent_tunnel_stands_on_its_bore_and_that_of_a_house_on_its_roof() {
        let part = |min: [f64; 3], max: [f64; 3]| (ObjectRow(7), Bounds { min: min.into(), max: max.into() });
        // Around a corner: along x, then along y.
        let bore = [part([0.0, 0.0, 0.0], [90.0, 10.0, 8.0]), part([90.0, 0.0, 0.0], [100.0, 95.0, 6.0])];
        let (all, at, _) = on_parts(&bore);
        assert_eq!((all.size(), at), (DVec3::new(100.0, 95.0, 8.0), DVec3::new(45.0, 5.0, 8.0)));
        let house = [part([0.0; 3], [10.0, 8.0, 3.0]), part([0.0, 0.0, 3.0], [2.0, 8.0, 6.0])];
        assert_eq!(on_parts(&house).1, DVec3::new(5.0, 4.0, 6.0));
    }

    #[test]
    fn the_name_of_a_road_that_is_one_bent_shape_stands_on_it() {
        // The box of an arc is empty in its middle: what lies there by its box is asked for its shape.
        let arc = Bounds { min: DVec3::ZERO, max: DVec3::new(100.0, 100.0, 4.0) };
        let (_, anchor, below) = on_parts(&[(ObjectRow(3), arc)]);
        assert_eq!((anchor, below), (DVec3::new(50.0, 50.0, 4.0), vec![ObjectRow(3)]));
        let on_road = DVec3::new(70.0, 70.0, 2.0);
        assert_eq!(on_shapes(anchor, &[DVec3::new(99.0, 80.0, 2.0), on_road]), on_road);
        // What lies below its name keeps it on top.
        assert_eq!(on_shapes(anchor, &[on_road, DVec3::new(50.0, 51.0, 0.0)]), anchor);
        assert_eq!(on_shapes(anchor, &[]), anchor);
    }
}
