//! Compares the heights of a survey with the tops of elements, block by block of its grid.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow, RasterKind};
use lantu_tiles::{CellBlock, ColumnRaster, ElevationStack, HeightField, RasterCache, RasterPyramid};

use crate::asbuilt::judge::{AsBuilt, CellSays, Cells, Span, Thresholds, cell_says, judge};
use crate::asbuilt::standing::Standing;
use crate::session::Session;
use crate::{Epoch, SessionError};

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
    /// Cells of all that are as high as before, where that was higher than the ground and than the element's bottom already.
    stood: u64,
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
            let stood = c.stood * 2 > c.all.absent;
            let cells = if inner_only { c.inner } else { c.all };
            let (mut state, mut why) = judge(&cells, &thresholds);
            if state == AsBuilt::Deviates && !inner_only {
                // At an edge a height is a mixture: it says that something stands, not where.
                (state, why) = (AsBuilt::NotObservable, "only_edges");
            }
            if state == AsBuilt::NotStarted && stood {
                // Something stood in its place before: it, with another height, or what makes room for it.
                state = AsBuilt::NotObservable;
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
        let elevation = self.elevation();
        let drawn_on = ElevationStack::new(&elevation, cache, self.base_height_m);
        let mut shapes = Standing::new(self, &drawn_on)?;
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
                    let beneath = own.span.bottom_m.max(ground) + thresholds.change_lod95_m;
                    c.stood += u64::from(says == CellSays::Absent && before > beneath);
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
