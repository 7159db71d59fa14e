//! The source in its own blocks: each is decoded once, by one thread, and kept while others need it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use gdal::Dataset;
use lantu_geodesy::capture_gdal_errors;

use crate::pixel::Pixel;
use crate::pixels::{Reader, Rect};

/// Decoded blocks that are kept, bytes. Chosen: the cells in work and what their neighbors will ask for.
const CACHE_BYTES: usize = 192 << 20;
/// Blocks smaller than this are read several at a time, pixels. Chosen: a call of GDAL costs as much as some thousand
/// pixels.
const MIN_EDGE: usize = 256;
/// Rows of this many pixels count as long; of those, fewer rows make a block.
const LONG_ROW: usize = 2048;
/// Rows of a block of long rows at least.
const MIN_ROWS: usize = 16;

/// How the source is divided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Size of the source, pixels.
    pub(crate) size: [usize; 2],
    /// Size of a block; at the east and south edge blocks are cut.
    pub(crate) block: [usize; 2],
}

impl Layout {
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let (w, h) = dataset.raster_size();
        let (bw, bh) = dataset.rasterband(1).map_or((w, 1), |b| b.block_size());
        let at_least = |own: usize, least: usize, all: usize| {
            let own = own.clamp(1, all.max(1));
            (own * least.div_ceil(own)).min(all.max(1))
        };
        let bw = at_least(bw, MIN_EDGE, w);
        let bh = at_least(bh, if bw > LONG_ROW { MIN_ROWS } else { MIN_EDGE }, h);
        Self { size: [w, h], block: [bw, bh] }
    }

    /// Whether blocks are whole rows or nearly so: then work goes row by row.
    pub(crate) fn is_striped(&self) -> bool {
        self.block[0] > LONG_ROW
    }

    /// Which pixels a block holds.
    pub(crate) fn rect(&self, [col, row]: [usize; 2]) -> Rect {
        let [bw, bh] = self.block;
        let (x, y) = (col * bw, row * bh);
        Rect { x, y, w: bw.min(self.size[0].saturating_sub(x)), h: bh.min(self.size[1].saturating_sub(y)) }
    }
}

enum Slot<P> {
    /// Somebody decodes it.
    Coming,
    /// Its pixels and when they were used last; `None` where it cannot be read.
    Here(Option<Arc<Vec<P>>>, u64),
}

struct State<P> {
    slots: HashMap<[usize; 2], Slot<P>>,
    by_age: BTreeMap<u64, [usize; 2]>,
    clock: u64,
    bytes: usize,
    n_read: usize,
    failures: Vec<(Rect, String)>,
}

/// Blocks of the source that all threads share.
pub(crate) struct Blocks<P> {
    pub(crate) layout: Layout,
    state: Mutex<State<P>>,
    arrived: Condvar,
}

impl<P: Pixel> Blocks<P> {
    pub(crate) fn new(layout: Layout) -> Self {
        let state = State {
            slots: HashMap::new(),
            by_age: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            n_read: 0,
            failures: Vec::new(),
        };
        Self { layout, state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// A small picture that is whole in memory: nothing is read.
    pub(crate) fn whole(size: [usize; 2], pixels: Vec<P>) -> Self {
        let blocks = Self::new(Layout { size, block: size });
        blocks.lock().keep([0, 0], Some(Arc::new(pixels)));
        blocks
    }

    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block's pixels; `None` where it cannot be read, which is kept in [`Blocks::take_failures`].
    fn get(&self, place: [usize; 2], reader: &Reader<'_>) -> Option<Arc<Vec<P>>> {
        let mut state = self.lock();
        loop {
            state.clock += 1;
            let now = state.clock;
            match state.slots.get_mut(&place) {
                Some(Slot::Here(pixels, used)) => {
                    let (pixels, before) = (pixels.clone(), std::mem::replace(used, now));
                    state.by_age.remove(&before);
                    state.by_age.insert(now, place);
                    return pixels;
                }
                Some(Slot::Coming) => {
                    state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        state.slots.insert(place, Slot::Coming);
        drop(state);
        let rect = self.layout.rect(place);
        let (read, said) = capture_gdal_errors(|| P::read(reader, rect));
        let mut state = self.lock();
        state.n_read += 1;
        let pixels = match read {
            Ok(pixels) => Some(Arc::new(pixels)),
            Err(e) => {
                state.failures.push((rect, said.last().cloned().unwrap_or(e)));
                None
            }
        };
        state.keep(place, pixels.clone());
        drop(state);
        self.arrived.notify_all();
        pixels
    }

    /// What could not be read since the last call, and how many blocks were read or tried in all.
    pub(crate) fn take_failures(&self) -> (Vec<(Rect, String)>, usize) {
        let mut state = self.lock();
        (std::mem::take(&mut state.failures), state.n_read)
    }

    /// Pixels of a part of the source; `window` is emptied and filled, row-major.
    pub(crate) fn gather(&self, rect: Rect, reader: &Reader<'_>, window: &mut Vec<P>) {
        window.clear();
        window.resize(rect.area(), P::EMPTY);
        let [bw, bh] = self.layout.block;
        for row in rect.y / bh..=(rect.y + rect.h).saturating_sub(1) / bh {
            for col in rect.x / bw..=(rect.x + rect.w).saturating_sub(1) / bw {
                let Some(pixels) = self.get([col, row], reader) else { continue };
                let block = self.layout.rect([col, row]);
                let (x0, x1) = (rect.x.max(block.x), (rect.x + rect.w).min(block.x + block.w));
                for y in rect.y.max(block.y)..(rect.y + rect.h).min(block.y + block.h) {
                    let from = (y - block.y) * block.w + x0 - block.x;
                    let to = (y - rect.y) * rect.w + x0 - rect.x;
                    let n = x1.saturating_sub(x0);
                    if let (Some(to), Some(from)) = (window.get_mut(to..to + n), pixels.get(from..from + n)) {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
    }
}

impl<P> State<P> {
    fn keep(&mut self, place: [usize; 2], pixels: Option<Arc<Vec<P>>>) {
        let size = |pixels: &Option<Arc<Vec<P>>>| pixels.as_ref().map_or(0, |p| p.len() * size_of::<P>());
        self.clock += 1;
        self.bytes += size(&pixels);
        self.slots.insert(place, Slot::Here(pixels, self.clock));
        self.by_age.insert(self.clock, place);
        while self.bytes > CACHE_BYTES
            && self.by_age.len() > 1
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            if let Some(Slot::Here(old, _)) = self.slots.remove(&oldest) {
                self.bytes -= size(&old);
            }
        }
    }
}
