//! Which things have names in the scene, and their texts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, WorldPoint};
use lantu_ingest::LabelKind;
use lantu_render::{Label, LabelGlyph, LabelSheet, MOST_LABEL_PX};
use lantu_scene::{ObjectKind, ObjectView, SceneSnapshot};
use lantu_ui::Language;

use crate::stage::{LEAST_OPACITY, Overlays};
use crate::window::history::Shown;

/// Named things at most, the largest of each kind. Chosen: more than any screen shows, and their glyphs fit an atlas.
const MOST: usize = 2_000;
/// Features of a layer at most: names of larger layers are not read, which would take longer than anybody waits.
const MOST_FEATURES: usize = 20_000;
/// Parts of a structure at most whose bounds make up its own.
const MOST_PARTS: usize = 20_000;
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
    let scene = wanted.overlays.table.scene();
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
    for o in scene.of_class(&|class| STRUCTURES.contains(&class)).into_iter().filter_map(|r| scene.object(r))
    {
        add(&o, STRUCTURE, whole(&o));
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

/// Bounds of a structure, its own or, as most have none, those of its parts, and where its name stands.
fn whole(o: &ObjectView<'_>) -> (Bounds, DVec3) {
    let own = o.bounds();
    if !own.is_empty() {
        return on_top(own);
    }
    let Ok(number) = u32::try_from(o.number) else { return on_top(own) };
    let parts = o.span.objects.subtree(number).into_iter().take(MOST_PARTS);
    let parts = parts.filter_map(|n| o.span.object(ObjectRow(o.span.first_row + n)));
    on_parts(&parts.map(|p| p.bounds()).filter(|b| !b.is_empty()).collect::<Vec<_>>())
}

/// The box of some parts, and the middle of it on its top; or on the part next to it where none lies there, as in the
/// bend of a tunnel or between two wings.
fn on_parts(parts: &[Bounds]) -> (Bounds, DVec3) {
    let all = parts.iter().fold(Bounds::EMPTY, |all, p| all.union(*p));
    let middle = all.center().truncate();
    let is_there = |p: &&Bounds| p.min.truncate().cmple(middle).all() && p.max.truncate().cmpge(middle).all();
    if parts.iter().any(|p| is_there(&p)) {
        return on_top(all);
    }
    let far = |p: &Bounds| p.center().truncate().distance_squared(middle);
    let next = parts.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    next.map_or_else(|| on_top(all), |p| (all, on_top(*p).1))
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
        let part = |min: [f64; 3], max: [f64; 3]| Bounds { min: min.into(), max: max.into() };
        // Around a corner: along x, then along y.
        let bore = [part([0.0, 0.0, 0.0], [90.0, 10.0, 8.0]), part([90.0, 0.0, 0.0], [100.0, 95.0, 6.0])];
        let (all, at) = on_parts(&bore);
        assert_eq!((all.size(), at), (DVec3::new(100.0, 95.0, 8.0), DVec3::new(45.0, 5.0, 8.0)));
        let house = [part([0.0; 3], [10.0, 8.0, 3.0]), part([0.0, 0.0, 3.0], [2.0, 8.0, 6.0])];
        assert_eq!(on_parts(&house).1, DVec3::new(5.0, 4.0, 6.0));
    }
}
