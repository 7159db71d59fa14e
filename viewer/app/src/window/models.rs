//! From what is open to what the panels show.

use std::sync::Arc;

use lantu_base::{ObjectRow, RasterKind, UtcNanos, WorldPoint};
use lantu_geodesy::Crs;
use lantu_overlay::Reason;
use lantu_session::{SourceState, text_value};
use lantu_ui::{
    ChannelModel, LayerKind, LayerRow, LayersModel, LegendModel, LegendRow, OverlayKind, PlaceModel,
    PropertiesModel, PropertySet, SceneTreeModel, StateId, TimelineModel, TopBarModel, TreeRow,
    VisibilityModel, WhyModel, Words, format,
};

use crate::window::desk::{Desk, object_key, source_key};

/// Rows of the tree at most; a search that finds more says so by its count.
const MAX_TREE_ROWS: usize = 20_000;
/// Points of a channel's curve.
const CURVE_POINTS: u32 = 240;
/// Bins of the task histogram.
const BINS: usize = 96;

pub(crate) fn ui_overlay(desk: &Desk) -> OverlayKind {
    let name = desk.overlay.map_or("none", lantu_overlay::OverlayKind::name);
    OverlayKind::ALL.into_iter().find(|k| k.name() == name).unwrap_or(OverlayKind::None)
}

fn state_of(desk: &Desk, row: ObjectRow) -> Option<StateId> {
    let result = desk.result.as_ref()?;
    StateId::parse(ui_overlay(desk), result.state(row)?.name)
}

pub(crate) fn top_bar(desk: &Desk) -> TopBarModel {
    TopBarModel { project: desk.session.name().to_owned(), overlay: ui_overlay(desk), xray_ground: desk.xray }
}

pub(crate) fn visibility(desk: &Desk) -> VisibilityModel {
    VisibilityModel {
        n_hidden: desk.hidden.len() as u64,
        filtered: !desk.isolated.is_empty() || desk.filter.is_some(),
        ..VisibilityModel::default()
    }
}

pub(crate) fn tree(desk: &Desk) -> SceneTreeModel {
    let scene = desk.scene();
    let mut rows = Vec::new();
    let mut model = SceneTreeModel {
        n_objects: u64::from(scene.n_rows()),
        search: desk.search.clone(),
        ..SceneTreeModel::default()
    };
    if !desk.search.is_empty() {
        model.n_matches = search(desk, &mut rows);
        model.rows = Arc::new(rows);
        return model;
    }
    for (ix, span) in scene.sources().iter().enumerate() {
        if span.objects.is_empty() {
            continue;
        }
        let key = source_key(ix as u64);
        let expanded = desk.expanded.contains(&key);
        rows.push(TreeRow {
            row: None,
            key,
            depth: 0,
            label: span.source.to_string(),
            class: String::new(),
            n_below: span.objects.len() as u64,
            has_children: true,
            expanded,
            visible: !desk.hidden_layers.contains(span.source.as_str()),
            selected: false,
            state: None,
        });
        if !expanded {
            continue;
        }
        let n = u32::try_from(span.objects.len()).unwrap_or(0);
        let last = span.first_row + n;
        let roots = scene.roots().iter().filter(|r| (span.first_row..last).contains(&r.0));
        let mut stack: Vec<(ObjectRow, u16)> = roots.rev().map(|r| (*r, 1)).collect();
        while let Some((row, depth)) = stack.pop() {
            if rows.len() >= MAX_TREE_ROWS {
                break;
            }
            let children = scene.children(row);
            let Some(tree_row) = object_row(desk, row, depth, !children.is_empty()) else { continue };
            if tree_row.expanded {
                stack.extend(children.iter().rev().map(|c| (*c, depth.saturating_add(1))));
            }
            rows.push(tree_row);
        }
    }
    let selected = desk.selection.iter().next();
    model.scroll_to = selected.and_then(|s| rows.iter().position(|r: &TreeRow| r.row == Some(s.0)));
    model.rows = Arc::new(rows);
    model
}

/// Fills the rows that match, and counts all that do.
fn search(desk: &Desk, rows: &mut Vec<TreeRow>) -> u64 {
    let scene = desk.scene();
    let wanted = desk.search.to_lowercase();
    let found = |text: &str| text.to_lowercase().contains(&wanted);
    let mut n_matches = 0;
    for o in scene.objects() {
        if found(o.name()) || found(o.id()) || found(o.class()) {
            n_matches += 1;
            if rows.len() < MAX_TREE_ROWS {
                rows.extend(object_row(desk, o.row, 0, false));
            }
        }
    }
    n_matches
}

fn object_row(desk: &Desk, row: ObjectRow, depth: u16, has_children: bool) -> Option<TreeRow> {
    let scene = desk.scene();
    let o = scene.object(row)?;
    let key = object_key(row);
    let label = if o.name().is_empty() { o.id() } else { o.name() };
    Some(TreeRow {
        row: Some(row.0),
        key,
        depth,
        label: label.to_owned(),
        class: o.class().to_owned(),
        n_below: 0,
        has_children,
        expanded: has_children && desk.expanded.contains(&key),
        visible: !desk.hidden.contains(&row) && !o.starts_hidden(),
        selected: desk.selection.contains(&row),
        state: state_of(desk, row),
    })
}

pub(crate) fn layers(desk: &Desk) -> LayersModel {
    let kind = |s: &SourceState| match s.index.as_ref().and_then(|i| i.raster.as_ref()).map(|r| r.grid.kind) {
        Some(RasterKind::Orthophoto) => LayerKind::Orthophoto,
        Some(RasterKind::Elevation) => LayerKind::Elevation,
        None if s.record.importer == "ifc" => LayerKind::Model,
        None if s.record.id.to_lowercase().contains("pipe") => LayerKind::Utilities,
        None if s.record.id.to_lowercase().contains("cell") => LayerKind::Cells,
        None => LayerKind::Vector,
    };
    let row = |(ix, s): (usize, &SourceState)| LayerRow {
        id: u32::try_from(ix).unwrap_or(u32::MAX),
        name: s.record.id.clone(),
        kind: kind(s),
        visible: !desk.hidden_layers.contains(&s.record.id),
        opacity: 1.0,
        waiting: s.placement.state == lantu_session::PlacementState::Waiting,
    };
    let shown = |s: &&SourceState| s.record.importer != "tables";
    LayersModel {
        layers: desk.session.sources().iter().enumerate().filter(|(_, s)| shown(s)).map(row).collect(),
        ground_opacity: None,
    }
}

pub(crate) fn legend(desk: &Desk) -> Option<LegendModel> {
    desk.result.as_ref()?;
    let overlay = ui_overlay(desk);
    let counts = desk.legend_counts();
    let rows = StateId::of(overlay)
        .map(|state| LegendRow { state, n: counts.get(state.name()).copied().unwrap_or(0) });
    let as_of = desk.time.map(|t| format::date_time(t, desk.session.zone())).unwrap_or_default();
    Some(LegendModel { overlay, rows: rows.collect(), filter: desk.filter, as_of })
}

pub(crate) fn timeline(desk: &Desk) -> Option<TimelineModel> {
    let (span, time) = (desk.session.time_span()?, desk.time?);
    Some(TimelineModel {
        time,
        span,
        now: None,
        playing: desk.playing,
        speed: desk.speed(),
        histogram: histogram(desk, span),
        marks: Vec::new(),
        zone: desk.session.zone().clone(),
    })
}

/// Tasks under way in each bin, by plan.
fn histogram(desk: &Desk, (a, b): (UtcNanos, UtcNanos)) -> Vec<f32> {
    let mut bins = vec![0.0_f32; BINS];
    let length = b.seconds_since(a).max(1.0) / BINS as f64;
    for task in &desk.session.schedule().tasks {
        for (ix, bin) in bins.iter_mut().enumerate() {
            let from = length * ix as f64;
            if task.start.seconds_since(a) < from + length && task.finish.seconds_since(a) > from {
                *bin += 1.0;
            }
        }
    }
    bins
}

pub(crate) fn properties(desk: &Desk, words: &Words) -> Option<PropertiesModel> {
    let row = *desk.selection.iter().next()?;
    let scene = desk.scene();
    let o = scene.object(row)?;
    let details = desk.session.details(o.span.source.as_str());
    let number = u32::try_from(o.number).ok()?;
    let detail = details.detail(number);
    let mut sets: Vec<PropertySet> = Vec::new();
    for p in details.properties(number) {
        let value = format::with_unit(&text_value(&p.value), p.unit.as_deref().unwrap_or(""));
        match sets.iter_mut().find(|s| s.name == p.set) {
            Some(set) if set.rows.iter().any(|(n, _)| *n == p.name) => {}
            Some(set) => set.rows.push((p.name.clone(), value)),
            None => sets.push(PropertySet { name: p.set.clone(), rows: vec![(p.name.clone(), value)] }),
        }
    }
    let mut chain = Vec::new();
    let mut at = o.parent();
    while let Some(parent) = at.and_then(|p| scene.object(p)) {
        chain.push(if parent.name().is_empty() { parent.class() } else { parent.name() });
        at = parent.parent();
    }
    chain.reverse();
    Some(PropertiesModel {
        row: row.0,
        n_more: desk.selection.len() as u64 - 1,
        name: o.name().to_owned(),
        class: o.class().to_owned(),
        id: o.id().to_owned(),
        source: o.span.source.to_string(),
        type_name: detail.and_then(|d| d.type_name.clone()).unwrap_or_default(),
        container: chain.join(" › "),
        materials: detail.map(|d| d.materials.clone()).unwrap_or_default(),
        place: place(desk, o.bounds()),
        why: why(desk, row, words),
        channels: channels(desk, row),
        sets,
    })
}

fn place(desk: &Desk, b: lantu_base::Bounds) -> Option<PlaceModel> {
    if b.is_empty() {
        return None;
    }
    let frame = desk.session.frame();
    Some(PlaceModel {
        center: frame.crs_from_world(WorldPoint(b.center())),
        size: b.size().to_array(),
        decimals: 2,
        unit: unit(frame.meters_per_unit).to_owned(),
        crs: frame.crs.clone(),
        height_datum: height_datum(desk),
    })
}

pub(crate) fn unit(meters_per_unit: f64) -> &'static str {
    if (meters_per_unit - 1.0).abs() < 1e-12 { "m" } else { "ft" }
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

fn why(desk: &Desk, row: ObjectRow, words: &Words) -> Option<WhyModel> {
    let (kind, t) = (desk.overlay?, desk.time?);
    let explained = desk.overlays.explain(kind, t, std::iter::once(row)).into_iter().next()?;
    let state = kind
        .states()
        .get(usize::from(explained.state_ix))
        .and_then(|s| StateId::parse(ui_overlay(desk), s.name));
    let reasons = lantu_ui::reasons::sentences(&explained.reason, words, desk.session.zone());
    let find = |name: &str| find_arg(&explained.reason, name);
    Some(WhyModel {
        state,
        reasons,
        rule: find("rule").unwrap_or_default(),
        rule_version: find("version").unwrap_or_default(),
        evidence: find("standard").or_else(|| find("id")).unwrap_or_default(),
        as_of: t,
    })
}

fn find_arg(reason: &Reason, name: &str) -> Option<String> {
    let own = reason.arg(name).map(ToString::to_string);
    own.or_else(|| reason.parts.iter().find_map(|p| find_arg(p, name)))
}

fn channels(desk: &Desk, row: ObjectRow) -> Vec<ChannelModel> {
    let Some(t) = desk.time else { return Vec::new() };
    let store = desk.session.time_store();
    let week = 14 * 86_400 * 1_000_000_000_i64;
    let from = UtcNanos(t.0.saturating_sub(week));
    desk.overlays
        .channels_of(row, t)
        .into_iter()
        .map(|(channel, state)| {
            let columns = store.min_max(&channel.id, from, t, CURVE_POINTS);
            let step = 14.0 * 86_400.0 / f64::from(CURVE_POINTS);
            let curve = columns
                .iter()
                .enumerate()
                .map(|(ix, c)| [ix as f64 * step, if c.n == 0 { f64::NAN } else { c.max }])
                .collect();
            let rule = desk.session.rules().sensor.for_quantity(&channel.quantity);
            let level = |l: &lantu_live::Level| {
                let name = format!("{:?}", l.state).to_lowercase();
                StateId::parse(OverlayKind::Sensor, &name).map(|s| (s, l.value))
            };
            let name = format!("{:?}", state.state).to_lowercase();
            ChannelModel {
                name: channel.id.to_string(),
                unit: state.unit.clone(),
                last: state.value.zip(state.sample_time),
                decimals: 1,
                state: StateId::parse(OverlayKind::Sensor, &name),
                curve,
                levels: rule.map(|r| r.levels.iter().filter_map(level).collect()).unwrap_or_default(),
            }
        })
        .collect()
}
