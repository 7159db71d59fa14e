//! What can be drawn of an open project, and the state of every object's paint.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use lantu_base::{ObjectRow, Pattern, Style, StyleFlags, UtcNanos, WorldPoint};
use lantu_overlay::{Linker, Moment, OverlayInput, OverlayKind, OverlayResult, Records, styles};
use lantu_scene::{PageCache, SourceSpan};
use lantu_session::{SceneTable, Session};
use lantu_tiles::io::PackStore;
use lantu_tiles::{GroundSourceIndex, PackHash, PhotoLook, RasterCache, RasterPyramid, TileNode, TileTree};

use crate::district::{Content, Shelves};
use crate::heat::{HeatLayer, Layered};
use crate::labels::Structure;

/// Decoded raster tiles kept while ground is composed, bytes.
pub(crate) const RASTER_CACHE_BYTES: usize = 32 << 20;

/// What can be drawn, for one scene revision and one set of visible layers.
pub(crate) struct Stage {
    /// Row of each source's object 0, and its tiles.
    pub(crate) trees: Vec<(u32, Arc<TileTree>)>,
    pub(crate) shelves: Shelves,
    pub(crate) ground_index: Arc<GroundSourceIndex>,
    columns: Arc<PageCache>,
}

/// How the orthophotos of a source lie on the ground, from what was chosen for layers.
///
/// * `faded`: opacity of layers that are not opaque, 0 to 1, by name of the source.
pub(crate) fn photo_look(source: &str, hidden: bool, faded: &BTreeMap<String, f32>) -> PhotoLook {
    let opacity = if hidden { 0.0 } else { faded.get(source).copied().unwrap_or(1.0) };
    PhotoLook { opacity, ..PhotoLook::OPAQUE }
}

impl Stage {
    /// Reads tile trees and one coarse level of each raster, no shapes.
    pub(crate) fn new(session: &Session, look: &dyn Fn(&str) -> PhotoLook) -> Self {
        Self::with_more(session, look, std::iter::empty(), None)
    }

    /// The same with first looks at rasters that are being imported above all pictures, and a heat map above these.
    pub(crate) fn with_more(
        session: &Session,
        look: &dyn Fn(&str) -> PhotoLook,
        first_looks: impl Iterator<Item = RasterPyramid>,
        heat: Option<&HeatLayer>,
    ) -> Self {
        let mut ground = session.ground(look);
        for first in first_looks {
            if first.grid.kind.is_height() {
                ground.elevation.push(first);
            } else {
                ground.imagery.push(first.into());
            }
        }
        let mut store: Arc<dyn PackStore> = session.store();
        if let Some(heat) = heat {
            ground.imagery.push(heat.raster.clone().into());
            store = Arc::new(Layered { over: Arc::clone(&heat.packs), under: store });
        }
        let ground = Arc::new(ground);
        let rasters = Arc::new(RasterCache::new(Arc::clone(&store), RASTER_CACHE_BYTES));
        let ground_index = Arc::new(GroundSourceIndex::new(&ground, &rasters));
        Self {
            trees: session.trees(),
            shelves: Shelves { store, ground, rasters },
            ground_index,
            columns: Arc::clone(session.column_cache()),
        }
    }

    /// What a district is made of.
    pub(crate) fn content(&self) -> Content {
        Content {
            trees: self.trees.clone(),
            n_unfinished: 0,
            shelves: self.shelves.clone(),
            ground_index: Arc::clone(&self.ground_index),
            columns: Arc::clone(&self.columns),
        }
    }
}

impl Stage {
    /// Packs of the finest tiles around a place, with the row of their source's object 0.
    pub(crate) fn leaves_near(&self, at: WorldPoint, around_m: f64) -> Vec<(PackHash, u32)> {
        let near = |n: &TileNode| n.bounds.distance(at.0) <= around_m;
        let mut out = Vec::new();
        for (base_row, tree) in &self.trees {
            // Roots come first; below each the tiles that reach the place.
            let roots = tree.nodes.iter().take_while(|n| n.parent.is_none());
            let mut stack: Vec<&TileNode> = roots.filter(|n| near(n)).collect();
            while let Some(node) = stack.pop() {
                let first = node.first_child as usize;
                let children = tree.nodes.get(first..first + node.n_children as usize).unwrap_or(&[]);
                if node.n_children == 0 {
                    out.push((node.hash, *base_row));
                }
                stack.extend(children.iter().filter(|n| near(n)));
            }
        }
        out
    }
}

/// The overlays of one scene revision.
#[derive(Clone)]
pub(crate) struct Overlays {
    pub(crate) table: Arc<SceneTable>,
    linker: Arc<Linker>,
    pub(crate) store: Arc<lantu_live::TimeStore>,
    pub(crate) channels: Arc<Vec<lantu_live::Channel>>,
    schedule: Arc<lantu_records::Schedule>,
    issues: Arc<Vec<lantu_records::Issue>>,
    things: Arc<Vec<lantu_live::Thing>>,
    /// Median height of the ground, for things that do not say how high they are.
    pub(crate) base_height_m: f64,
    pub(crate) rules: Arc<lantu_overlay::RuleSet>,
    changes: Arc<lantu_overlay::Changes>,
    /// Structures and where their names stand, once they are asked for.
    pub(crate) structures: Arc<OnceLock<Vec<Structure>>>,
}

impl Overlays {
    /// Links records to objects, once per revision.
    pub(crate) fn new(session: &Session) -> Self {
        let table = Arc::new(SceneTable::new(session));
        let (channels, schedule, rules) =
            (Arc::clone(session.channels()), Arc::clone(session.schedule()), Arc::clone(session.rules()));
        let issues = Arc::clone(session.issues());
        let things = Arc::clone(session.things());
        let records = Records { schedule: &schedule, channels: &channels, issues: &issues, things: &things };
        let linker = Arc::new(Linker::prepare(&*table, records, &rules));
        let changes = Arc::clone(session.changes());
        Self {
            linker,
            store: Arc::clone(session.time_store()),
            channels,
            schedule,
            issues,
            things,
            base_height_m: session.base_height_m(),
            rules,
            changes,
            table,
            structures: Arc::default(),
        }
    }

    /// The same by what was known at an earlier date.
    pub(crate) fn known(session: &Session, known: lantu_session::Known) -> Self {
        let (table, rules) = (Arc::new(SceneTable::new(session)), Arc::clone(session.rules()));
        let things = known.things;
        let records = Records {
            schedule: &known.schedule,
            channels: &known.channels,
            issues: &known.issues,
            things: &things,
        };
        let linker = Arc::new(Linker::prepare(&*table, records, &rules));
        Self {
            linker,
            store: Arc::new(known.store),
            channels: Arc::new(known.channels),
            schedule: Arc::new(known.schedule),
            issues: Arc::new(known.issues),
            things: Arc::new(things),
            base_height_m: session.base_height_m(),
            rules,
            changes: Arc::default(),
            table,
            structures: Arc::default(),
        }
    }

    /// The same with changes as the other revision sees them.
    pub(crate) fn turned(mut self) -> Self {
        self.changes = Arc::new(self.changes.turned());
        self
    }

    /// The same objects with other readings.
    pub(crate) fn with_readings(&self, store: Arc<lantu_live::TimeStore>) -> Self {
        Self { store, ..self.clone() }
    }

    /// The same objects with what was done about alarms.
    pub(crate) fn with_acts(&self, acts: &[lantu_live::Act]) -> Self {
        let shelves = lantu_live::shelves(acts);
        let mut channels = Vec::clone(&self.channels);
        for c in &mut channels {
            c.shelves = shelves.iter().filter(|s| *s.0 == *c.id.0).map(|s| (s.1, s.2)).collect();
        }
        Self { channels: Arc::new(channels), ..self.clone() }
    }

    /// Whether both speak of the same objects, so that a row means the same in both.
    pub(crate) fn same_scene(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table) && Arc::ptr_eq(&self.changes, &other.changes)
    }

    /// Indices of an object's channels.
    pub(crate) fn channel_ixs(&self, row: ObjectRow) -> impl Iterator<Item = usize> + '_ {
        self.linker.channels_of(row)
    }

    pub(crate) fn at(&self, t: UtcNanos) -> Moment<'_> {
        Moment::new(OverlayInput {
            objects: &*self.table,
            linker: &self.linker,
            store: &self.store,
            channels: &self.channels,
            schedule: &self.schedule,
            issues: &self.issues,
            things: &self.things,
            rules: &self.rules,
            changes: &self.changes,
            t,
        })
    }

    /// Tasks of the records.
    pub(crate) fn schedule(&self) -> &lantu_records::Schedule {
        &self.schedule
    }

    /// (row, place of a task in the records), ascending.
    pub(crate) fn links_to_tasks(&self) -> &[(u32, u32)] {
        self.linker.links_to_tasks()
    }

    /// Places of an object's tasks in the records.
    pub(crate) fn tasks_of(&self, row: ObjectRow) -> impl Iterator<Item = usize> + '_ {
        self.linker.tasks_of(row)
    }

    /// The rules that judge.
    pub(crate) fn rules(&self) -> &lantu_overlay::RuleSet {
        &self.rules
    }

    /// States of all objects.
    pub(crate) fn evaluate(&self, kind: OverlayKind, t: UtcNanos) -> OverlayResult {
        self.at(t).evaluate(kind)
    }

    /// People, vehicles, cranes.
    pub(crate) fn things(&self) -> &[lantu_live::Thing] {
        &self.things
    }

    /// Objects that have channels, ascending.
    pub(crate) fn observed(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        self.linker.observed()
    }

    /// Hides what only another revision has.
    pub(crate) fn hide_former(&self, table: &mut [Style]) {
        let only_there = ["removed", "former"].map(lantu_overlay::change_code);
        for (style, state) in table.iter_mut().zip(&self.changes.states) {
            if only_there.contains(&Some(*state)) {
                style.flags |= StyleFlags::HIDDEN;
            }
        }
    }
}

/// A layer that is fainter is neither drawn nor picked. Chosen: a slider at its end, by the width of a finger.
pub(crate) const LEAST_OPACITY: f32 = 0.02;

/// The style table: the overlay's colors, or materials; what starts hidden is hidden. `faded`: opacity of layers that are
/// not opaque, 0 to 1.
pub(crate) fn base_styles(
    session: &Session,
    result: Option<&OverlayResult>,
    hidden: &dyn Fn(&str) -> bool,
    faded: &BTreeMap<String, f32>,
) -> Vec<Style> {
    let scene = session.scene();
    let mut table = match result {
        Some(r) => styles(r),
        None => vec![Style::default(); scene.n_rows() as usize],
    };
    for span in scene.sources() {
        let opacity = faded.get(span.source.as_str()).copied().unwrap_or(1.0);
        let hide_all = hidden(span.source.as_str()) || opacity < LEAST_OPACITY;
        let first = span.first_row as usize;
        let Some(own) = table.get_mut(first..first + span.objects.len()) else { continue };
        if hide_all {
            for style in &mut *own {
                style.flags |= StyleFlags::HIDDEN;
            }
        }
        if opacity < 1.0 {
            for style in &mut *own {
                *style = style.faded(opacity);
            }
        }
        own_looks(span, own);
    }
    table
}

/// What a source says of how its objects are drawn: spaces and openings start hidden, and what only stands for a shape
/// is hatched where no overlay has a color of its own for it. `own`: the styles of its rows.
pub(crate) fn own_looks(span: &SourceSpan, own: &mut [Style]) {
    for number in span.objects.hidden() {
        if let Some(style) = own.get_mut(number) {
            style.flags |= StyleFlags::HIDDEN;
        }
    }
    for number in span.objects.stand_ins() {
        if let Some(style) = own.get_mut(number).filter(|s| s.flags & StyleFlags::COLORED == 0) {
            style.flags |= StyleFlags::pattern(Pattern::Hatch);
        }
    }
}
