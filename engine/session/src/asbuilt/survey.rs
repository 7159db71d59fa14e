//! Compares the heights of a survey with the tops of elements, block by block of its grid.

use std::collections::{BTreeMap, HashMap};

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, RasterKind};
use lantu_tiles::{CellBlock, ColumnRaster, ElevationStack, HeightField, RasterCache, RasterPyramid};

use crate::asbuilt::judge::{AsBuilt, Cells, Span, Thresholds, cell_says, judge};
use crate::placement::Placer;
use crate::session::Session;
use crate::{Epoch, Model, SessionError};

/// What a survey says about one element.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Its row in the scene.
    pub row: ObjectRow,
    /// `source:id`.
    pub key: String,
    /// How far it is.
    pub state: AsBuilt,
    /// Why: `within_lod95`, `beyond_lod95`, `part_of_cells`, `earlier_level`, `covered`, `under_ground`, `too_small`, `only_edges`,
    /// `nodata`, `outside`.
    pub why: &'static str,
    /// The cells that say so.
    pub cells: Cells,
    /// Whether cells at edges are left out, where a height of a survey is a mixture.
    pub inner_only: bool,
}

/// What a survey says about all elements that have a shape of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The survey.
    pub epoch: Epoch,
    /// The survey before, which says how high it was.
    pub before: Option<Epoch>,
    /// By which elements were judged.
    pub thresholds: Thresholds,
    /// Edge of a cell, meters.
    pub cell_m: f64,
    /// In the order of rows.
    pub proposals: Vec<Proposal>,
}

/// An element over the cells of a block.
struct Over {
    cell: u32,
    place: u32,
    span: Span,
    inner: bool,
}

/// Cells of one element, with and without those at edges.
#[derive(Default)]
struct Counted {
    all: Cells,
    inner: Cells,
}

/// Heights that a survey is compared with.
struct Levels<'a> {
    epoch: &'a RasterPyramid,
    before: Option<ElevationStack<'a>>,
    ground: ElevationStack<'a>,
}

impl Session {
    /// What a survey says about how far the elements are. Without a survey before it, the level before is that of the
    /// models of the ground.
    ///
    /// Takes the memory of one block of cells and of a few pages of shapes, and for each element its counts.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a survey without a date, and failures to read.
    pub fn survey(&self, source: &str) -> Result<Survey, SessionError> {
        let unknown = || SessionError::Unknown { what: "survey with a date", name: source.to_owned() };
        let epochs = self.epochs()?;
        let at = epochs.iter().position(|e| e.source == source).ok_or_else(unknown)?;
        let epoch = epochs.get(at).cloned().ok_or_else(unknown)?;
        let before = epochs.iter().take(at).rfind(|e| e.time < epoch.time).cloned();
        let raster = self.height_raster(source)?;
        let cache = self.raster_cache();
        let grounds: Vec<RasterPyramid> = self.elevation_of(RasterKind::Elevation);
        let before_raster = before.as_ref().map(|b| self.height_raster(&b.source)).transpose()?;
        // Where no model of the ground is, the survey before is what elements stand out of.
        let ground: &[RasterPyramid] = match (grounds.as_slice(), before_raster) {
            ([], Some(b)) => std::slice::from_ref(b),
            (all, _) => all,
        };
        let levels = Levels {
            epoch: raster,
            before: before_raster.map(|b| ElevationStack::new(std::slice::from_ref(b), &cache, 0.0)),
            ground: ElevationStack::new(ground, &cache, 0.0),
        };
        let thresholds = Thresholds::of(epoch.sigma_m, before.as_ref().map_or(0.0, |b| b.sigma_m));
        let counted = self.count(&levels, &cache, &thresholds)?;
        if let Some(damaged) = cache.problems().into_iter().next() {
            // A tile that is damaged would count as nodata in silence.
            return Err(SessionError::Unusable { why: Box::new(damaged), path: self.path().to_owned() });
        }
        let scene = self.scene();
        let proposal = |(row, c): (u32, Counted)| {
            let row = ObjectRow(row);
            let inner_only = c.inner.seen() >= thresholds.least_cells;
            let cells = if inner_only { c.inner } else { c.all };
            let (mut state, mut why) = judge(&cells, &thresholds);
            if state == AsBuilt::Deviates && !inner_only {
                // At an edge a height is a mixture: it says that something stands, not where.
                (state, why) = (AsBuilt::NotObservable, "only_edges");
            }
            let object = scene.object(row)?;
            let (b, [west, south, east, north]) = (object.bounds(), raster.grid.extent());
            if b.max.x <= west || b.min.x >= east || b.max.y <= south || b.min.y >= north {
                why = "outside";
            }
            Some(Proposal { row, key: object.key().to_string(), state, why, cells, inner_only })
        };
        let proposals = counted.into_iter().filter_map(proposal).collect();
        Ok(Survey { epoch, before, thresholds, cell_m: raster.grid.gsd_m, proposals })
    }

    fn elevation_of(&self, kind: RasterKind) -> Vec<RasterPyramid> {
        self.rasters().filter(|(_, r)| r.grid.kind == kind).map(|(_, r)| r.clone()).collect()
    }

    /// Counts the cells of all elements; one without a single cell is there with zeros.
    fn count(
        &self,
        levels: &Levels<'_>,
        cache: &RasterCache,
        thresholds: &Thresholds,
    ) -> Result<BTreeMap<u32, Counted>, SessionError> {
        let mut shapes = Shapes { session: self, models: HashMap::new() };
        let mut counted: BTreeMap<u32, Counted> = BTreeMap::new();
        let grid = &levels.epoch.grid;
        let scene = self.scene();
        let elements = scene.objects().map(|o| o.row).filter(|r| shapes.is_element(*r));
        counted.extend(elements.map(|r| (r.0, Counted::default())));
        let own = counted.keys().filter_map(|r| Some(scene.object(ObjectRow(*r))?.bounds()));
        let all = own.fold(Bounds::EMPTY, Bounds::union);
        if all.is_empty() {
            return Ok(counted);
        }
        for block in CellBlock::touching(grid, [all.min.x, all.min.y, all.max.x, all.max.y]) {
            self.options.cancel.check()?;
            let [west, south, east, north] = block.extent(grid);
            let column = Bounds::new(
                DVec3::new(west, south, f64::NEG_INFINITY),
                DVec3::new(east, north, f64::INFINITY),
            );
            let rows: Vec<ObjectRow> =
                scene.in_box(&column).into_iter().filter(|r| counted.contains_key(&r.0)).collect();
            if rows.is_empty() {
                continue;
            }
            let mut raster = ColumnRaster::new(grid, block);
            let mut over: Vec<Over> = Vec::new();
            for (row, place) in rows.iter().zip(0_u32..) {
                shapes.draw(*row, &mut raster)?;
                over.extend(raster.take().into_iter().map(|c| Over {
                    cell: c.cell,
                    place,
                    span: Span { top_m: c.top_m, bottom_m: c.bottom_m },
                    inner: c.inner,
                }));
            }
            over.sort_by_key(|o| (o.cell, o.place));
            let heights = block.heights(levels.epoch, cache);
            for cell in over.chunk_by(|a, b| a.cell == b.cell) {
                let Some(number) = cell.first().map(|o| o.cell as usize) else { continue };
                let [x, y] = block.middle(grid, number);
                let nan = |h: Option<f64>| h.unwrap_or(f64::NAN);
                let ground = nan(levels.ground.height(x, y));
                let before = levels.before.as_ref().map_or(ground, |b| nan(b.height(x, y)));
                let height = heights.get(number).copied().unwrap_or(f64::NAN);
                for own in cell {
                    let others = cell.iter().filter(|o| o.place != own.place).map(|o| o.span);
                    let says = cell_says(own.span, &others, (height, before, ground), thresholds);
                    let Some(c) = rows.get(own.place as usize).and_then(|r| counted.get_mut(&r.0)) else {
                        continue;
                    };
                    c.all.take(says);
                    if own.inner {
                        c.inner.take(says);
                    }
                }
            }
        }
        Ok(counted)
    }
}

/// Exact shapes of sources, read as they are wanted.
struct Shapes<'s> {
    session: &'s Session,
    /// By the first row of a source; `None` where it keeps no shapes or has no place.
    models: HashMap<u32, Option<(Model, Placer)>>,
}

impl Shapes<'_> {
    /// Whether an object has a shape of its own that is built: spaces and openings are hidden, and what only stands for a
    /// shape says nothing.
    fn is_element(&self, row: ObjectRow) -> bool {
        let scene = self.session.scene();
        let Some(o) = scene.object(row) else { return false };
        o.n_triangles() > 0
            && !o.span.objects.starts_hidden(o.number)
            && !o.span.objects.is_stand_in(o.number)
            && self.keeps_shapes(o.span.source.as_str())
    }

    fn keeps_shapes(&self, source: &str) -> bool {
        let state = self.session.sources.iter().find(|s| s.record.id == source);
        state.is_some_and(|s| {
            s.record.importer == "ifc" && s.placement.transform().is_some() && s.index.is_some()
        })
    }

    /// Draws an object's exact triangles onto a block.
    fn draw(&mut self, row: ObjectRow, raster: &mut ColumnRaster<'_>) -> Result<(), SessionError> {
        let scene = self.session.scene();
        let Some(o) = scene.object(row) else { return Ok(()) };
        let session = self.session;
        let slot = match self.models.entry(o.span.first_row) {
            std::collections::hash_map::Entry::Occupied(e) => e.into_mut(),
            std::collections::hash_map::Entry::Vacant(e) => {
                let source = o.span.source.as_str();
                let state = session.sources.iter().find(|s| s.record.id == source);
                let placed = state.and_then(|s| s.placement.transform());
                let opened = match placed {
                    Some(t) => Some((session.model(source)?, Placer::new(t, &session.frame)?)),
                    None => None,
                };
                e.insert(opened)
            }
        };
        let Some((model, placer)) = slot else { return Ok(()) };
        for part in model.shape(u32::try_from(o.number).unwrap_or(u32::MAX))? {
            let mut placed = Vec::with_capacity(part.positions.len());
            for p in part.positions {
                placed.push(placer.place(p)?.0);
            }
            raster.add(&placed, &part.indices);
        }
        Ok(())
    }
}
