//! From what is open to what the panels show.

use std::sync::Arc;

use lantu_base::{ObjectRow, RasterKind, WorldPoint};
use lantu_geodesy::Crs;
use lantu_ingest::{Fact, FactKind};
use lantu_live::SensorRules;
use lantu_overlay::{Arg, OverlayResult, Reason};
use lantu_session::{Session, SourceState, text_value};
use lantu_tiles::PixelValue;
use lantu_ui::{
    BesideModel, ColoringModel, HereModel, HereNumber, HereValue, HistoryModel, LayerKind, LayerRow,
    LayersModel, LegendModel, LegendRow, MeasureModel, OverlayKind, PlaceModel, PropertiesModel, PropertySet,
    SectionModel, StateId, SwipeModel, TimelineModel, TopBarModel, ViewsModel, VisibilityModel, WhyModel,
    Words, format,
};

use crate::explain;
use crate::window::desk::Desk;
use crate::window::sensors;
use crate::window::tape::Screen;

/// Bins of the task histogram.
const BINS: usize = 96;

pub(crate) fn ui_overlay(desk: &Desk) -> OverlayKind {
    in_panels(desk.shown.overlay)
}

fn in_panels(overlay: Option<lantu_overlay::OverlayKind>) -> OverlayKind {
    let name = overlay.map_or("none", lantu_overlay::OverlayKind::name);
    OverlayKind::ALL.into_iter().find(|k| k.name() == name).unwrap_or(OverlayKind::None)
}

pub(crate) fn top_bar(desk: &Desk) -> TopBarModel {
    TopBarModel {
        project: desk.session.name().to_owned(),
        overlay: ui_overlay(desk),
        outline: in_panels(desk.shown.outlined()),
        labels: desk.shown.labels,
        xray_ground: desk.shown.xray,
    }
}

pub(crate) fn visibility(desk: &Desk) -> VisibilityModel {
    let shown = &desk.shown;
    VisibilityModel {
        n_hidden: shown.hidden.len(),
        n_ghosted: shown.ghosted.len(),
        filtered: !shown.isolated.is_empty()
            || shown.filter.is_some()
            || shown.coloring.as_ref().is_some_and(|c| c.only.is_some()),
        can_ghost: true,
    }
}

pub(crate) fn views(desk: &Desk) -> ViewsModel {
    let names = desk.shown.views.iter().map(|v| v.name.clone()).collect();
    ViewsModel { names, current: desk.current_view }
}

pub(crate) fn measure(desk: &Desk, screen: &Screen) -> MeasureModel {
    let done = &desk.shown.measurements;
    let shapes = done.iter().map(|m| m.shape(screen)).chain(desk.tape.live_shape(screen));
    MeasureModel {
        active: desk.tape.active,
        live: desk.tape.live(),
        n_points: desk.tape.points.len(),
        shapes: shapes.collect(),
        snap: desk.tape.snap_model(screen),
        rows: done.iter().filter_map(crate::window::tape::Measurement::row).collect(),
    }
}

pub(crate) fn section(desk: &Desk) -> SectionModel {
    let has_selection = !desk.shown.selection.is_empty();
    desk.shown.section.model(&desk.session.district(), desk.picking_face, has_selection)
}

pub(crate) fn coloring(desk: &Desk) -> ColoringModel {
    let now = desk.coloring.as_ref().filter(|_| desk.shown.coloring.is_some());
    ColoringModel {
        choices: desk.choices.clone().unwrap_or_else(|| Arc::from([])),
        now: now.map(|n| (**n).clone()),
        counting: desk.choices.is_none() || (desk.shown.coloring.is_some() && now.is_none()),
    }
}

pub(crate) fn history(desk: &Desk) -> HistoryModel {
    let (undo, redo) = desk.history.next();
    HistoryModel { undo, redo }
}

/// The first source that waits for its place, where nothing else has one.
pub(crate) fn waiting(desk: &Desk) -> Option<(u32, String)> {
    let waits = |s: &SourceState| s.placement.state == lantu_session::PlacementState::Waiting;
    let first = desk.session.sources().iter().position(waits)?;
    let name = desk.session.sources().get(first)?.record.id.clone();
    let nothing_placed = desk.scene().bounds().is_empty()
        && desk.session.rasters().next().is_none()
        && desk.unfinished.job().is_none();
    nothing_placed.then_some((u32::try_from(first).ok()?, name))
}

/// The line between two pictures of the ground, while there is one.
pub(crate) fn swipe(desk: &Desk) -> Option<SwipeModel> {
    let name = desk.shown.swipe.as_deref()?.to_owned();
    Some(SwipeModel { name, at: desk.swipe_at })
}

/// The second picture left of the scene.
pub(crate) fn beside(desk: &Desk) -> BesideModel {
    BesideModel {
        shown: desk.shown.beside,
        has_plan: !desk.session.schedule().tasks.is_empty(),
        has_former: desk.has_former,
    }
}

pub(crate) fn layers(desk: &Desk) -> LayersModel {
    let kind = |s: &SourceState| match s.index.as_ref().and_then(|i| i.raster.as_ref()).map(|r| r.grid.kind) {
        Some(RasterKind::Orthophoto) => LayerKind::Orthophoto,
        Some(RasterKind::Elevation) => LayerKind::Elevation,
        Some(RasterKind::Surface) => LayerKind::Surface,
        None if s.record.importer == "ifc" => LayerKind::Model,
        None if s.record.id.to_lowercase().contains("pipe") => LayerKind::Utilities,
        None if s.record.id.to_lowercase().contains("cell") => LayerKind::Cells,
        None => LayerKind::Vector,
    };
    let row = |(ix, s): (usize, &SourceState)| LayerRow {
        id: u32::try_from(ix).unwrap_or(u32::MAX),
        name: s.record.id.clone(),
        kind: kind(s),
        visible: !desk.shown.hidden_layers.contains(&s.record.id),
        // Heights are what everything lies on: they have no opacity.
        opacity: (!matches!(kind(s), LayerKind::Elevation | LayerKind::Surface))
            .then(|| desk.shown.faded.get(&s.record.id).copied().unwrap_or(1.0)),
        swiped: (kind(s) == LayerKind::Orthophoto)
            .then(|| desk.shown.swipe.as_deref() == Some(s.record.id.as_str())),
        waiting: s.placement.state == lantu_session::PlacementState::Waiting,
        has_report: s.placement.facts.is_some() || s.placement.hypotheses.len() > 1,
        style: super::styles::model(desk, s),
    };
    let shown = |s: &&SourceState| s.record.importer != "tables";
    LayersModel {
        layers: desk.session.sources().iter().enumerate().filter(|(_, s)| shown(s)).map(row).collect(),
        ground_opacity: Some(desk.ground_opacity),
        ground_look: Some(ground_look(&desk.shown)),
    }
}

fn ground_look(shown: &crate::window::history::Shown) -> lantu_ui::GroundLook {
    let relief = shown.relief;
    lantu_ui::GroundLook {
        brightness: relief.brightness,
        contrast: relief.contrast,
        hillshade: relief.hillshade,
        slope: relief.slope,
        contour_m: relief.contour_m,
        exaggeration: shown.stretch.factor(),
    }
}

/// Legends of what fills objects and of what outlines them.
pub(crate) fn legends(desk: &Desk) -> [Option<LegendModel>; 2] {
    let of = |result: &Option<Arc<OverlayResult>>, kind, outlines| {
        let result = result.as_deref().filter(|r| Some(r.kind) == kind)?;
        let overlay = in_panels(kind);
        let n = |state: StateId| {
            result.legend.iter().find(|l| l.state.name == state.name()).map_or(0, |l| l.count)
        };
        // What is not drawn needs no row.
        let rows = StateId::of(overlay)
            .filter(|state| *state != StateId::Former)
            .map(|state| LegendRow { state, n: n(state) });
        let as_of = desk.time.map(|t| format::date_time(t, desk.session.zone())).unwrap_or_default();
        let filter = desk.shown.filter.filter(|state| state.overlay() == overlay);
        Some(LegendModel { overlay, outlines, rows: rows.collect(), filter, as_of })
    };
    let fill = desk.shown.overlay.filter(|_| desk.shown.coloring.is_none());
    [of(&desk.result, fill, false), of(&desk.outlines, desk.shown.outlined(), true)]
}

pub(crate) fn timeline(desk: &Desk) -> Option<TimelineModel> {
    let (span, time) = (desk.time_span()?, desk.time?);
    Some(TimelineModel {
        time,
        span,
        now: Some(crate::context::now()).filter(|n| span.0 <= *n && *n <= span.1),
        playing: desk.playing,
        speed: desk.speed(),
        histogram: desk.histogram.clone(),
        marks: desk.sensors.marks.to_vec(),
        following: desk.sensors.watches().then_some(desk.sensors.following),
        zone: desk.session.zone().clone(),
    })
}

/// Tasks under way in each bin of the time span, by plan.
pub(crate) fn histogram(session: &Session) -> Vec<f32> {
    let mut bins = vec![0.0_f32; BINS];
    let Some((a, b)) = session.time_span() else { return bins };
    let length = b.seconds_since(a).max(1.0) / BINS as f64;
    for task in &session.schedule().tasks {
        for (ix, bin) in bins.iter_mut().enumerate() {
            let from = length * ix as f64;
            if task.start.seconds_since(a) < from + length && task.finish.seconds_since(a) > from {
                *bin += 1.0;
            }
        }
    }
    bins
}

/// Relations that are listed of an object. Chosen: a storey has thousands of members, which the tree lists.
const MOST_RELATIONS: usize = 200;

pub(crate) fn properties(desk: &Desk, words: &Words) -> Option<PropertiesModel> {
    let row = desk.shown.selection.first()?;
    let scene = desk.scene();
    let o = scene.object(row)?;
    let details = desk.session.details(o.span.source.as_str()).of(u32::try_from(o.number).ok()?);
    let detail = details.detail();
    let mut sets: Vec<PropertySet> = Vec::new();
    for p in details.properties() {
        let value = format::with_unit(&text_value(&p.value), p.unit.as_deref().unwrap_or(""));
        match sets.iter_mut().find(|s| s.name == p.set) {
            Some(set) if set.rows.iter().any(|(n, _)| *n == p.name) => {}
            Some(set) => set.rows.push((p.name.clone(), value)),
            None => sets.push(PropertySet { name: p.set.clone(), rows: vec![(p.name.clone(), value)] }),
        }
    }
    sets.extend(detail.and_then(|d| relations(&d.facts, words)));
    let mut chain = Vec::new();
    let mut at = o.parent();
    while let Some(parent) = at.and_then(|p| scene.object(p)) {
        chain.push(if parent.name().is_empty() { parent.class() } else { parent.name() }.to_owned());
        at = parent.parent();
    }
    chain.reverse();
    Some(PropertiesModel {
        row: row.0,
        n_more: desk.shown.selection.len().saturating_sub(1),
        name: o.name().to_owned(),
        class: o.class().to_owned(),
        id: o.id().to_owned(),
        source: o.span.source.to_string(),
        type_name: detail.and_then(|d| d.type_name.clone()).unwrap_or_default(),
        container: chain.join(" › "),
        materials: detail.map(|d| d.materials.clone()).unwrap_or_default(),
        drawn: detail.map(|d| drawn(&d.facts, words)).unwrap_or_default(),
        place: place(desk, o.bounds()),
        why: why(desk, row, desk.shown.overlay.filter(|_| desk.shown.coloring.is_none()), words),
        why_outline: why(desk, row, desk.shown.outlined(), words),
        channels: sensors::channels(desk, row),
        sets,
    })
}

/// A place of the ground, and what the rasters that are shown say there.
pub(crate) fn here(desk: &Desk, place: WorldPoint) -> HereModel {
    let cache = &desk.stage.shelves.rasters;
    let shown = desk.session.rasters().filter(|(id, _)| !desk.shown.hidden_layers.contains(*id));
    let values = shown.map(|(id, raster)| HereValue {
        layer: id.to_owned(),
        value: raster.value_at(cache, [place.0.x, place.0.y]).map(|v| match v {
            PixelValue::Color(rgb) => HereNumber::Color(rgb),
            PixelValue::Height(h) => HereNumber::Height(h),
        }),
    });
    HereModel { place: place_of(desk, place, [0.0; 3]), values: values.collect() }
}

/// What an object has to do with, one row each: other objects, materials with their layers, classifications, documents,
/// tasks and costs, who made it.
fn relations(facts: &[Fact], words: &Words) -> Option<PropertySet> {
    let row = |f: &Fact| {
        let mut parts: Vec<String> = Vec::new();
        parts.push(if f.name.is_empty() { f.id.clone().unwrap_or_default() } else { f.name.clone() });
        parts.push(f.class.clone());
        for field in f.fields.iter().filter(|field| field.name != "Name") {
            let value = format::with_unit(&text_value(&field.value), field.unit.as_deref().unwrap_or(""));
            parts.push(format!("{} {value}", field.name));
        }
        parts.retain(|p| !p.is_empty());
        (explain::kind_words(words, f.kind.as_str()), parts.join(" · "))
    };
    let told = facts.iter().filter(|f| f.kind != FactKind::Drawn);
    let rows: Vec<(String, String)> = told.take(MOST_RELATIONS).map(row).collect();
    let name = words.by_id("app-relations", &[]).unwrap_or_default();
    (!rows.is_empty()).then_some(PropertySet { name, rows })
}

/// How an object's drawing differs from its file.
fn drawn(facts: &[Fact], words: &Words) -> Vec<String> {
    let told = |f: &Fact| {
        let args: Vec<_> = f.fields.iter().map(|a| (a.name.as_str(), text_value(&a.value))).collect();
        let args = args.iter().map(|(name, value)| (*name, value.as_str()));
        explain::remark_words(words, &f.class, args, &f.name)
    };
    facts.iter().filter(|f| f.kind == FactKind::Drawn).map(told).collect()
}

fn place(desk: &Desk, b: lantu_base::Bounds) -> Option<PlaceModel> {
    if b.is_empty() {
        return None;
    }
    Some(place_of(desk, WorldPoint(b.center()), b.size().to_array()))
}

fn place_of(desk: &Desk, center: WorldPoint, size: [f64; 3]) -> PlaceModel {
    let frame = desk.session.frame();
    PlaceModel {
        center: frame.crs_from_world(center),
        size,
        decimals: 2,
        unit: unit(frame.meters_per_unit).to_owned(),
        crs: crs_name(&frame.crs).to_owned(),
        height_datum: height_datum(desk),
    }
}

pub(crate) fn unit(meters_per_unit: f64) -> &'static str {
    if (meters_per_unit - 1.0).abs() < 1e-12 { "m" } else { "ft" }
}

/// `EPSG:4548`, or the name of a CRS that only well-known text can say.
pub(crate) fn crs_name(crs: &str) -> &str {
    if crs.contains('[') { crs.split('"').nth(1).unwrap_or(crs) } else { crs }
}

/// The name of the heights' datum, as people know it.
pub(crate) fn height_datum(desk: &Desk) -> String {
    let Some(crs) = &desk.session.frame().height_crs else { return String::new() };
    match crs.as_str() {
        // 1985 national height datum: the name that every office uses.
        "EPSG:5737" => "1985".to_owned(),
        other => Crs::parse(other).map_or_else(|_| other.to_owned(), |c| c.name().to_owned()),
    }
}

/// What the painter's thread explained, if it is about this object and this overlay.
fn why(
    desk: &Desk,
    row: ObjectRow,
    kind: Option<lantu_overlay::OverlayKind>,
    words: &Words,
) -> Option<WhyModel> {
    let why = desk.why.iter().find(|w| w.row == row && Some(w.kind) == kind)?;
    let explained = &why.explained;
    let state = why
        .kind
        .states()
        .get(usize::from(explained.state_ix))
        .and_then(|s| StateId::parse(in_panels(kind), s.name));
    let mut reason = explained.reason.clone();
    in_words(&mut reason, &desk.session.rules().sensor, words.language().tag());
    let reasons = lantu_ui::reasons::sentences(&reason, words, desk.session.zone());
    let find = |name: &str| find_arg(&reason, name);
    let (readings, n_more_readings) = sensors::deciding(desk, row, find("channel").as_deref());
    Some(WhyModel {
        state,
        reasons,
        rule: find("rule").unwrap_or_default(),
        rule_version: find("version").unwrap_or_default(),
        evidence: find("standard").or_else(|| find("id")).unwrap_or_default(),
        source: sensors::sources(desk, row, find("channel").as_deref(), words),
        as_of: why.time,
        readings,
        n_more_readings,
    })
}

/// Says what comes from the rules' file in the language of this tag, as far as the file does.
fn in_words(reason: &mut Reason, rules: &SensorRules, language: &str) {
    let standard = reason.arg("rule").and_then(|id| rules.standard_text(language, &id.to_string()));
    for (name, arg) in &mut reason.args {
        match (*name, arg, &standard) {
            ("standard", Arg::Text(text), Some(standard)) => text.clone_from(standard),
            ("level", Arg::Text(text), _) => *text = rules.word(language, text).to_owned(),
            _ => {}
        }
    }
    reason.parts.iter_mut().for_each(|part| in_words(part, rules, language));
}

fn find_arg(reason: &Reason, name: &str) -> Option<String> {
    let own = reason.arg(name).map(ToString::to_string);
    own.or_else(|| reason.parts.iter().find_map(|p| find_arg(p, name)))
}

#[cfg(test)]
mod tests {
    use lantu_ingest::{Field, PropertyValue};
    use lantu_ui::Language;

    use super::*;

    #[test]
    fn what_an_object_has_to_do_with_is_said_in_the_language_of_the_reader() {
        let text = |t: &str| PropertyValue::Text(t.to_owned());
        let field = |name: &str, value, unit: Option<&str>| Field {
            name: name.to_owned(),
            value,
            unit: unit.map(str::to_owned),
        };
        let fact = |kind, class: &str, name: &str, fields| Fact {
            kind,
            id: None,
            class: class.to_owned(),
            name: name.to_owned(),
            fields,
            inherited: false,
        };
        let thick = field("LayerThickness", PropertyValue::Real(280.0), Some("mm"));
        let facts = [
            fact(FactKind::Material, "IfcMaterialLayer", "Concrete", vec![thick]),
            fact(
                FactKind::ReferencedIn,
                "IfcSpatialZone",
                "Fire zone 3",
                vec![field("Name", text("x"), None)],
            ),
            fact(FactKind::Drawn, "ifc.shape_boxed", "told elsewhere", Vec::new()),
        ];
        let said = |language| relations(&facts, &Words::new(language)).unwrap();
        let english = said(Language::English).rows;
        let layer =
            format!("Concrete · IfcMaterialLayer · LayerThickness {}", format::with_unit("280", "mm"));
        assert_eq!(english[0], ("material".into(), layer));
        assert_eq!(english[1], ("referenced in".into(), "Fire zone 3 · IfcSpatialZone".into()));
        assert_eq!(english.len(), 2);
        let chinese = said(Language::Chinese);
        assert_eq!((chinese.name.as_str(), chinese.rows[1].0.as_str()), ("关系与关联", "被引用于"));
        assert!(relations(&facts[2..], &Words::new(Language::English)).is_none());
    }
}
