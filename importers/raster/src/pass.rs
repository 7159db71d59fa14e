//! The one pass over a raster: cells of the target grid are filled, halved and compressed on all threads; what lies
//! above the cells is put together as they arrive.
//!
//! A cell is [`CELL_TILES`]² tiles and the levels above them until one tile is left. Memory is that of the cells in
//! work, of the blocks that their neighbors will ask for, and of the tiles whose quarters are not all there: along the
//! curve that cells follow, three for each level.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use gdal::Dataset;
use lantu_base::{Code, Diagnostic, RasterGrid, Severity, TileCoord};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportSink, RasterTile};
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{KeptTiles, PackHash, TileGroup, decode_raster_tile};

use crate::blocks::{Blocks, Layout};
use crate::native::{Projector, WarpJob};
use crate::open::{failed, open};
use crate::pixel::{EDGE, Pixel, Quarter, encode, halve};
use crate::pixels::{Reader, Rect, Scales};
use crate::source::Content;
use crate::warp::Filler;

/// Levels of a cell above its finest one. Chosen: a cell of 1024² pixels is a tenth of a second of work, after which a
/// thread asks whether it should stop.
const CELL_LEVELS: u32 = 2;
/// Tiles on a side of a cell.
const CELL_TILES: u32 = 1 << CELL_LEVELS;
/// How often the reader of the stream asks whether it should stop.
const PATIENCE: Duration = Duration::from_millis(100);
/// Unreadable parts that are named one by one.
const MAX_NAMED: usize = 20;

/// What a pass needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) job: &'a ImportJob,
    pub(crate) source: &'a Content,
    pub(crate) grid: &'a RasterGrid,
    /// `None` where the file's own grid is the target's.
    pub(crate) warp: Option<&'a WarpJob>,
    pub(crate) scales: Scales,
    /// Length of a unit of the target CRS in meters.
    pub(crate) meters_per_unit: f64,
}

/// A finished cell.
struct Cell<P> {
    place: [u32; 2],
    tiles: Vec<RasterTile>,
    /// The one tile of its highest level.
    top: Vec<P>,
    /// An ended import has written its tiles.
    is_kept: bool,
}

/// Cells that an ended import has finished, and the pack of the one tile of each cell's highest level.
type KeptCells = BTreeMap<[u32; 2], PackHash>;

type Sent<P> = Result<Cell<P>, ImportError>;

impl Pass<'_> {
    fn top_level(&self) -> u32 {
        CELL_LEVELS.min(self.grid.n_levels.saturating_sub(1))
    }

    fn cells(&self, striped: bool) -> Vec<[u32; 2]> {
        let [nx, ny] = self.grid.tiles_at(0).map(|n| n.div_ceil(CELL_TILES));
        let mut cells: Vec<[u32; 2]> = (0..ny).flat_map(|y| (0..nx).map(move |x| [x, y])).collect();
        if !striped {
            // Along a Z-curve neighbors are near in time too, whatever the width of the raster.
            cells.sort_by_key(|c| interleaved(*c));
        }
        cells
    }

    /// Reads, sends all tiles, and says what could not be read.
    pub(crate) fn run<P: Pixel>(
        &self,
        dataset: &Dataset,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let layout = Layout::of(dataset);
        let blocks = Blocks::<P>::new(layout);
        let cells = self.cells(layout.is_striped());
        let kept = self.kept();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let n_threads = self.job.threads.clamp(1, cells.len().max(1));
        let (send, receive) = bounded::<Sent<P>>(n_threads);
        std::thread::scope(|scope| {
            for n in 0..n_threads {
                let (send, blocks, next, stop) = (send.clone(), &blocks, &next, &stop);
                let (cells, kept) = (&cells, &kept);
                let work = move || self.work(blocks, (cells, kept, next, stop), &send);
                let named = std::thread::Builder::new().name(format!("raster-{n}"));
                named
                    .spawn_scoped(scope, work)
                    .map_err(|source| ImportError::Read { source, path: self.job.path.clone() })?;
            }
            drop(send);
            let done = self.collect(&blocks, cells.len(), &receive, out);
            stop.store(true, Ordering::Relaxed);
            // Who waits for room to send sees the other end gone and stops.
            drop(receive);
            done
        })
    }

    /// One thread: cell after cell until there are none.
    fn work<P: Pixel>(
        &self,
        blocks: &Blocks<P>,
        (cells, kept, next, stop): (&[[u32; 2]], &KeptCells, &AtomicUsize, &AtomicBool),
        send: &Sender<Sent<P>>,
    ) {
        let started = self.filler_parts();
        let (dataset, projector) = match started {
            Ok(parts) => parts,
            // Nobody takes it only where the import has ended already.
            Err(e) => return send.send(Err(e)).unwrap_or_default(),
        };
        let reader = Reader { dataset: &dataset, source: self.source, scales: self.scales };
        let mut filler = Filler {
            reader: &reader,
            blocks,
            grid: self.grid,
            projector,
            meters_per_unit: self.meters_per_unit,
            shrink: [1.0; 2],
            nearest: self.source.palette.is_some(),
            window: Vec::new(),
        };
        while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let known = kept.get(cell).and_then(|hash| self.kept_cell(*cell, *hash));
            if send.send(known.map_or_else(|| self.cell(*cell, &mut filler), Ok)).is_err() {
                return;
            }
        }
    }

    fn kept(&self) -> KeptCells {
        let Some(resume) = &self.job.resume else { return KeptCells::new() };
        let kept = KeptTiles::read(&resume.journal).filter(|k| k.grid == *self.grid);
        let top_level = self.top_level();
        // A group is a cell; what it completed above is made again from the cells.
        let top = |group: TileGroup| {
            let (coord, hash) = group.into_iter().find(|(c, _)| c.level == top_level)?;
            Some(([coord.col, coord.row], hash))
        };
        kept.map(|k| k.groups.into_iter().filter_map(top).collect()).unwrap_or_default()
    }

    /// A finished cell; `None` where its pack cannot be read, so that it must be done again.
    fn kept_cell<P: Pixel>(&self, place: [u32; 2], top: PackHash) -> Option<Cell<P>> {
        let resume = self.job.resume.as_ref()?;
        let pack = DirPackStore::new(&resume.packs).read(top).ok()?;
        let top = P::of_stored(decode_raster_tile(&pack).ok()?.pixels)?;
        (top.len() == EDGE * EDGE).then_some(Cell { place, tiles: Vec::new(), top, is_kept: true })
    }

    /// A handle of its own for this thread, and the way back to the source where there is one.
    fn filler_parts(&self) -> Result<(Dataset, Option<Projector>), ImportError> {
        let dataset = open(&self.job.path)?;
        let Some(warp) = self.warp else { return Ok((dataset, None)) };
        let projector = Projector::new(&dataset, warp)
            .ok_or_else(|| failed("raster.crs_refused", "GDAL gives no way between the two systems"))?;
        Ok((dataset, Some(projector)))
    }

    fn cell<P: Pixel>(&self, place: [u32; 2], filler: &mut Filler<'_, P>) -> Sent<P> {
        let mut tiles = Vec::new();
        let top_level = self.top_level();
        // Pixels of each tile of a level, by column and row.
        let mut level: BTreeMap<[u32; 2], Vec<P>> = BTreeMap::new();
        let [nx, ny] = self.grid.tiles_at(0);
        let [x0, y0] = place.map(|v| v * CELL_TILES);
        for row in y0..(y0 + CELL_TILES).min(ny) {
            for col in x0..(x0 + CELL_TILES).min(nx) {
                let pixels = filler.fill(self.rect(0, [col, row]));
                tiles.extend(encode(TileCoord { level: 0, col, row }, &pixels)?);
                level.insert([col, row], pixels);
            }
        }
        for n in 1..=top_level {
            level = self.halved(level, n - 1);
            for (&[col, row], pixels) in &level {
                tiles.extend(encode(TileCoord { level: n, col, row }, pixels)?);
            }
        }
        let top = level.into_values().next().unwrap_or_default();
        Ok(Cell { place, tiles, top, is_kept: false })
    }

    /// The tiles above those of a level.
    pub(crate) fn halved<P: Pixel>(
        &self,
        level: BTreeMap<[u32; 2], Vec<P>>,
        number: u32,
    ) -> BTreeMap<[u32; 2], Vec<P>> {
        let mut above = BTreeMap::new();
        for (place, pixels) in level {
            let parent = above.entry(place.map(|v| v / 2)).or_insert_with(|| vec![P::EMPTY; EDGE * EDGE]);
            halve(&pixels, self.quarter(number, place), parent);
        }
        above
    }

    /// Which pixels of a level a tile holds.
    pub(crate) fn rect(&self, level: u32, place: [u32; 2]) -> Rect {
        let [x, y] = place.map(|v| v as usize * EDGE);
        let [w, h] = self.grid.size_at(level).map(|v| v as usize);
        Rect { x, y, w: EDGE.min(w.saturating_sub(x)), h: EDGE.min(h.saturating_sub(y)) }
    }

    fn quarter(&self, level: u32, place: [u32; 2]) -> Quarter {
        let rect = self.rect(level, place);
        Quarter { at: place.map(|v| (v % 2) as usize), size: [rect.w, rect.h] }
    }

    fn collect<P: Pixel>(
        &self,
        blocks: &Blocks<P>,
        n_cells: usize,
        receive: &Receiver<Sent<P>>,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let mut upper = Upper { pass: self, waiting: BTreeMap::new() };
        let (mut n_tiles, mut n_failed, mut n_done) = (0_usize, 0_usize, 0_usize);
        let mut why = String::new();
        while n_done < n_cells {
            self.job.cancel.check()?;
            let cell = match receive.recv_timeout(PATIENCE) {
                Ok(cell) => cell?,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed("raster.read", "a thread of the import stopped"));
                }
            };
            let mut tiles = cell.tiles;
            upper.put(self.top_level(), cell.place, cell.top, &mut tiles)?;
            n_tiles += tiles.len() + usize::from(cell.is_kept);
            n_done += 1;
            if !tiles.is_empty() {
                out.send(Batch::RasterTiles(tiles))?;
            }
            for (rect, reason) in blocks.take_failures().0 {
                n_failed += 1;
                if n_failed <= MAX_NAMED {
                    out.send(unreadable(rect, &reason))?;
                }
                why = reason;
            }
            out.send(Batch::Progress { done: n_done as u64, total: n_cells as u64 })?;
        }
        let n_read = blocks.take_failures().1;
        if n_failed > 0 && n_failed >= n_read && n_tiles == 0 {
            return Err(failed("raster.read", format!("no pixel can be read: {why}")));
        }
        if n_failed > MAX_NAMED {
            let what = format!("{} more parts cannot be read and are left empty", n_failed - MAX_NAMED);
            out.send(say("raster.read", Severity::Error, "", what))?;
        }
        if n_tiles == 0 {
            let what = "no pixel has data: nodata, mask or alpha hide them all".to_owned();
            out.send(say("raster.blank", Severity::Warning, "", what))?;
        }
        Ok(())
    }
}

fn say(code: &'static str, severity: Severity, place: &str, what: String) -> Batch {
    Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, place, what))
}

fn unreadable(rect: Rect, reason: &str) -> Batch {
    let Rect { x, y, w, h } = rect;
    let what = format!("{w} × {h} pixels cannot be read and are left empty: {reason}");
    say("raster.read", Severity::Error, &format!("column {x}, row {y}"), what)
}

/// Place of a cell along a Z-curve.
fn interleaved([x, y]: [u32; 2]) -> u64 {
    (0..32).map(|bit| u64::from(x >> bit & 1) << (2 * bit) | u64::from(y >> bit & 1) << (2 * bit + 1)).sum()
}

/// Tiles above the cells that wait for their quarters.
struct Upper<'a, P> {
    pass: &'a Pass<'a>,
    /// Pixels so far, and how many quarters are missing.
    waiting: BTreeMap<TileCoord, (Vec<P>, u32)>,
}

impl<P: Pixel> Upper<'_, P> {
    /// Takes a tile that is complete, and adds those above that it completes to `tiles`.
    fn put(
        &mut self,
        level: u32,
        place: [u32; 2],
        pixels: Vec<P>,
        tiles: &mut Vec<RasterTile>,
    ) -> Result<(), ImportError> {
        let grid = self.pass.grid;
        let (mut level, mut place, mut pixels) = (level, place, pixels);
        while level + 1 < grid.n_levels {
            let [col, row] = place.map(|v| v / 2);
            let coord = TileCoord { level: level + 1, col, row };
            let [nx, ny] = grid.tiles_at(level);
            let n_quarters = (nx - col * 2).min(2) * (ny - row * 2).min(2);
            let (parent, missing) =
                self.waiting.entry(coord).or_insert_with(|| (vec![P::EMPTY; EDGE * EDGE], n_quarters));
            halve(&pixels, self.pass.quarter(level, place), parent);
            *missing -= 1;
            if *missing > 0 {
                return Ok(());
            }
            let Some((complete, _)) = self.waiting.remove(&coord) else { return Ok(()) };
            tiles.extend(encode(coord, &complete)?);
            (level, place, pixels) = (level + 1, [col, row], complete);
        }
        Ok(())
    }
}
